/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a mount asks for: its options, by nfsmount.conf and what the words mean. */
#include <errno.h>
#include <netdb.h>
#include <string.h>

#include "support/mounts/mounts_private.h"

/* Where the server is to call back with version 4. */
static int check_client_address(const struct mount_options *options, const struct mount_versions *versions,
				const char *target, struct error *e)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST };
	const struct mount_option *word = mount_options_last(options, "clientaddr");
	struct addrinfo *answer;
	char shown[64];

	if (!word || versions->version.major == 3)
		return 0;
	if (word->value && !getaddrinfo(word->value, NULL, &hints, &answer)) {
		freeaddrinfo(answer);
		return 0;
	}
	text_escape(shown, sizeof(shown), word->value ? word->value : "", word->value ? strlen(word->value) : 0);
	return error_set(e, EINVAL,
			 "an incorrect mount option was specified for %s: clientaddr=%s is not a numeric address",
			 target, shown);
}

/* What the kernel refuses with any version. */
static int check_mountproto(const struct mount_options *options, const struct mount_protocol *protocol, struct error *e)
{
	enum mount_transport transport;
	bool given;

	return mount_mountproto_find(options, protocol, &transport, &given, e);
}

int mount_asked_take(struct mount_options *options, const struct mount_context *context, struct mount_asked *asked,
		     struct error *e)
{
	int r;

	*asked = (struct mount_asked){ 0 };
	text_copy(asked->usual_certificate, sizeof(asked->usual_certificate), context->found->certificate);
	if (context->is_remount) {
		mount_security_drop_auto(options);
		mount_certificate_drop_hidden(options);
	}
	r = mount_security_check(options, &asked->security, e);
	if (!r)
		r = mount_certificate_take(options, &asked->certificate, e);
	if (!r)
		r = mount_versions_take(options, context->is_nfs4, context->found->version, &asked->versions, e);
	if (!r)
		r = mount_protocol_find(options, context->found->protocol, &asked->protocol, e);
	if (!r)
		r = check_mountproto(options, &asked->protocol, e);
	if (!r && !context->is_remount)
		r = check_client_address(options, &asked->versions, context->target, e);
	return r;
}

static int take_line(const struct mount_line *line, const struct conf *conf, struct mount_options *options,
		     struct mount_asked *asked, struct strbuf *warnings, struct error *e)
{
	const char *text = line->options ? line->options : "";
	struct nfsmount_found found = { 0 };
	unsigned long flags = 0;
	int r = mount_options_parse(options, text, strlen(text), e);
	const struct mount_context context = { line->target, mount_options_last(options, "remount"),
					       !strcmp(line->type, "nfs4"), &found };

	/* A remount is about one mount as it is, and not about what new ones are to be like. */
	if (!r && conf && !context.is_remount)
		r = nfsmount_apply(conf, line->host, line->target, options, &found, warnings, e);
	if (r)
		return r;
	mount_options_take_generic(options, &flags, true);
	return mount_asked_take(options, &context, asked, e);
}

int mount_asked_of_line(const struct mount_line *line, const struct conf *conf, struct mount_asked *asked,
			struct strbuf *warnings, struct error *e)
{
	AUTO_MOUNT_OPTIONS options = { 0 };
	int r;

	e->text[0] = '\0';
	r = take_line(line, conf, &options, asked, warnings, e);
	if (r && !e->text[0])
		return error_set(e, -r, "there is no such version of NFS here: use 3, 4, 4.0, 4.1 or 4.2");
	return r;
}

int mount_asked_fits(const struct mount_asked *asked, enum xprtsec mode, struct error *e)
{
	struct mount_versions versions = asked->versions;
	int r = mode == XPRTSEC_TLS || mode == XPRTSEC_MTLS ? mount_versions_for_tls(&versions, e) : 0;

	return r || mode == XPRTSEC_AUTO ? r : mount_certificate_check_mode(&asked->certificate, mode, e);
}
