/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/protection.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "support/keys/keys.h"

/* ---- the question -------------------------------------------------------- */

static struct ip_address *policy_addresses(const struct protection_request *request)
{
	struct ip_address *list = calloc(request->address_count + 1, sizeof(*list));

	for (size_t i = 0; list && i < request->address_count; i++)
		list[i] = address_of(&request->addresses[i].socket);
	return list;
}

/* For NFS version 4 "server:export" is the same as "server:/export", so it must be for the policy. */
static const char *absolute_path(const char *path, struct strbuf *text)
{
	strbuf_addf(text, "%s%s", path[0] == '/' ? "" : "/", path);
	return text->text;
}

static int ask_policy(const struct policy *policy, const struct protection_request *request,
		      struct policy_mount *answer, struct error *e)
{
	AUTO_FREE struct ip_address *addresses = policy_addresses(request);
	AUTO_STRBUF path = { 0 };
	struct policy_mount_question question = {
		.server = { request->host, addresses, request->address_count },
		.path = absolute_path(request->path, &path),
		.point = request->point,
	};

	if (!addresses || path.failed)
		return error_set(e, ENOMEM, "out of memory");
	return policy_mount(policy, &question, answer, e);
}

/* ---- the decision ------------------------------------------------------------ */

int protection_decide(const struct policy *policy, const struct protection_request *request,
		      struct protection *protection, struct error *e)
{
	struct protection made = { 0 };
	int r = ask_policy(policy, request, &made.policy, e);

	if (!r)
		r = policy_mount_settle(&made.policy, &request->asked, request->protocol, &made.mode, &made.source, e);
	if (!r)
		*protection = made;
	return r;
}

int protection_of_auto(struct protection *protection, enum protection_auto why, bool has_certificate, struct error *e)
{
	int r = policy_auto_decide(&protection->policy, why != PROTECTION_NO_TLS,
				   has_certificate && why == PROTECTION_STRONGEST, &protection->mode, e);

	if (!r)
		protection->by_auto = why;
	return r;
}

int protection_if_asked(const struct protection *protection, bool has_certificate, struct error *e)
{
	enum xprtsec strongest;

	return policy_auto_decide(&protection->policy, true, has_certificate, &strongest, e);
}

/* ---- the certificate ------------------------------------------------------------ */

/* 0 or a positive errno. */
static int look_for(const char *folder, const char *name, const char *suffix, char path[PATH_MAX])
{
	int size = snprintf(path, PATH_MAX, "%s/%s%s", folder, name, suffix);
	struct stat st;

	if (size < 0 || size >= PATH_MAX)
		return ENAMETOOLONG;
	return stat(path, &st) ? errno : 0;
}

static bool is_loaded(const char *name)
{
	struct keys_pair pair;
	struct error e;

	return !keys_find_loaded(name, &pair, &e);
}

bool protection_has_certificate(const struct protection *protection, const char *folder)
{
	const char *name = protection->policy.connection.certificate.value;
	char path[PATH_MAX];

	if (is_loaded(name))
		return true;
	return !look_for(folder, name, ".pem", path) && !look_for(folder, name, ".key", path);
}

int protection_check_certificate(const struct protection *protection, bool own_certificate, const char *folder,
				 struct error *e)
{
	const struct policy_text *certificate = &protection->policy.connection.certificate;
	AUTO_STRBUF line = { 0 };
	char path[PATH_MAX];
	int code;

	if (protection->mode != XPRTSEC_MTLS || own_certificate || !certificate->source.file)
		return 0;
	code = look_for(folder, certificate->value, ".pem", path);
	if (!code || is_loaded(certificate->value))
		return 0;
	policy_source_format(&certificate->source, &line);
	return error_set(e, code,
			 "xprtsec=mtls needs what %s names, and %s: %s: load it with nfscert(8), put it there, or"
			 " correct certificate=",
			 line.failed ? "the policy" : line.text, path, strerror(code));
}

/* ---- words ------------------------------------------------------------------------ */

static void explain_auto(const struct protection *protection, bool quoting, struct strbuf *text)
{
	const char *name = protection->policy.connection.certificate.value;

	if (protection->by_auto == PROTECTION_GIVEN)
		return;
	if (protection->by_auto == PROTECTION_NO_TLS)
		strbuf_addf(text, "; the server says that it has no TLS");
	else if (protection->by_auto == PROTECTION_NOT_ASKED)
		strbuf_addf(text, "; the server offers TLS, and asks for no certificate");
	else if (protection->mode == XPRTSEC_MTLS)
		strbuf_addf(text, "; this client has a certificate");
	else if (quoting)
		strbuf_addf(text, "; this client has no certificate \"%s\"", name);
	else
		strbuf_addf(text, "; this client has no certificate for it");
}

void protection_explain(const struct protection *protection, bool quoting, struct strbuf *text)
{
	if (!protection->source.file && protection->by_auto == PROTECTION_GIVEN)
		return;
	strbuf_addf(text, "xprtsec=%s: ", xprtsec_word(protection->mode));
	if (protection->source.file && quoting)
		policy_source_format(&protection->source, text);
	else
		strbuf_addf(text, "%s",
			    protection->source.file ? "this host's policy has decided" : "xprtsec=auto was asked for");
	explain_auto(protection, quoting, text);
}
