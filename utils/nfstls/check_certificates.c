/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every certificate and trust store that an answer of the policy can name. */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support/owncert/owncert.h"
#include "utils/nfstls/check.h"
#include "utils/nfstls/probe.h"

#define NAMES_ROOM 512u

static const char *role_word(enum policy_role role)
{
	return role == POLICY_CLIENT ? "client" : "server";
}

static bool is_used(const struct check *check, enum policy_role role)
{
	return role == POLICY_CLIENT ? check_is_client(check) : check_is_server(check);
}

/* ---- trust stores ----------------------------------------------------------------- */

/* 0 with *file NULL where nothing is set; it keeps the bytes in *bytes. */
static int read_bundle(const struct check *check, const struct policy_text *text, struct bytes *bytes,
		       const struct bytes **file, struct error *e)
{
	AUTO_FREE char *path = NULL;
	int r;

	*file = NULL;
	if (!text->value)
		return 0;
	path = check_path(check, text->value);
	if (!path)
		return error_set(e, ENOMEM, "out of memory");
	r = file_read(path, X509_TRUST_FILE_MAX, FILE_TRUSTED, bytes, e);
	if (!r)
		*file = bytes;
	return r;
}

/* -ENOTSUP for the system's trust store below another root, which only GnuTLS can find. */
static int read_trust(const struct check *check, const struct policy_trust *pair, struct x509_trust **trust,
		      struct error *e)
{
	AUTO_BYTES ca_bytes = { 0 };
	AUTO_BYTES crl_bytes = { 0 };
	const struct bytes *ca = NULL, *crl = NULL;
	int r;

	if (!pair->truststore.value && !check->live)
		return error_set(e, ENOTSUP, "the system's trust store below another root cannot be examined");
	r = read_bundle(check, &pair->truststore, &ca_bytes, &ca, e);
	if (!r)
		r = read_bundle(check, &pair->crl, &crl_bytes, &crl, e);
	return r ? r :
		   x509_trust_new(pair->truststore.value ? pair->truststore.value : "the system's trust store", ca,
				  pair->crl.value ? pair->crl.value : "", crl, trust, e);
}

/* What cannot be corrected, since it is as it has to be, is no warning. */
static void say_remarks(struct check *check, const char *subject, const struct x509_trust *trust)
{
	const struct x509_remark *remark;

	for (unsigned int i = 0; (remark = x509_trust_remark(trust, i)); i++)
		check_say(check, remark->is_fault ? FINDING_WARNING : FINDING_OK, subject, NULL, "%s", remark->text);
}

static void check_trust(struct check *check, enum policy_role role, const struct policy_trust *pair)
{
	const struct policy_source *line = pair->crl.value ? &pair->crl.source : &pair->truststore.source;
	struct x509_trust *trust = NULL;
	AUTO_STRBUF subject = { 0 };
	AUTO_STRBUF where = { 0 };
	struct error e;
	int r;

	/* Nobody is verified in a role that this host does not have. */
	if (!pair->truststore.value && !pair->crl.value && !is_used(check, role))
		return;
	strbuf_addf(&subject, "%s trust store %s", role_word(role),
		    pair->truststore.value ? pair->truststore.value : "of the system");
	if (pair->crl.value)
		strbuf_addf(&subject, " with %s", pair->crl.value);
	policy_source_format(line, &where);
	if (subject.failed || where.failed) {
		check->findings.failed = true;
		return;
	}
	check->source = pair->truststore.value ? pair->truststore.value : pair->crl.value;
	r = read_trust(check, pair, &trust, &e);
	if (r == -ENOTSUP)
		check_say(check, FINDING_UNKNOWN, subject.text, "run nfstls check on the host itself", "%s", e.text);
	else if (r == -EACCES && !check->is_root)
		check_say(check, FINDING_UNKNOWN, subject.text, "ask again as root", "%s", e.text);
	else if (r)
		check_say(check, FINDING_FAILURE, subject.text, "correct the file or the setting", "%s: %s", where.text,
			  e.text);
	else if (!x509_trust_count(trust))
		check_say(check, FINDING_WARNING, subject.text, "set truststore=", "it has no authority");
	else
		check_say(check, FINDING_OK, subject.text, NULL, "%u authorit%s", x509_trust_count(trust),
			  x509_trust_count(trust) == 1 ? "y" : "ies");
	say_remarks(check, subject.text, trust);
	x509_trust_free(trust);
}

static void check_all_trust(struct check *check, enum policy_role role)
{
	for (size_t i = 0; i < policy_trust_count(check->policy, role); i++)
		check_trust(check, role, policy_trust(check->policy, role, i));
}

/* ---- one certificate ------------------------------------------------------------------ */

/* One certificate in one of its roles, while it is examined. */
struct examined {
	enum policy_role role;
	const struct policy_text *answer; /* of the policy; source.file NULL: nobody names it */
	bool usual;			  /* what the bare section answers */
	char subject[300];
	struct owncert own;
	bool troubled; /* something was said of it */
};

static void say(struct check *check, struct examined *x, enum finding_level level, const char *remedy, const char *fmt,
		...) PRINTF_LIKE(5, 6);

static void say(struct check *check, struct examined *x, enum finding_level level, const char *remedy, const char *fmt,
		...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	check_say_from(check, level, x->subject, remedy, owncert_shown(&x->own), "%s", text);
	x->troubled = true;
}

/* It does not exist. */
static void say_missing(struct check *check, struct examined *x)
{
	const char *shown = x->own.path + strlen(check->root);
	AUTO_STRBUF line = { 0 };
	char remedy[512];

	snprintf(remedy, sizeof(remedy),
		 "put the certificate at %.400s, and its key beside it, and load it with "
		 "nfscert(8)",
		 shown);
	policy_source_format(&x->answer->source, &line);
	if (x->answer->source.file)
		say(check, x, FINDING_FAILURE, remedy, "is not there, but %s", line.failed ? "is named" : line.text);
	else if (!is_used(check, x->role))
		say(check, x, FINDING_OK, NULL, "is not there, and not needed: %s",
		    x->role == POLICY_CLIENT ? "nothing is mounted over NFS" : "nothing is exported");
	else if (x->role == POLICY_CLIENT)
		say(check, x, FINDING_WARNING, remedy, "is not there: mounts with xprtsec=mtls will fail");
	else
		say(check, x, FINDING_WARNING, remedy, "is not there: no client can use TLS");
}

/* Only root sees the kernel's keyring. */
static bool may_be_loaded(const struct check *check)
{
	return check->live && !check->is_root;
}

static bool read_chain(struct check *check, struct examined *x)
{
	AUTO_STRBUF folder = { 0 };
	struct error e;
	int r;

	strbuf_addf(&folder, "%s%s", check->root, CERTIFICATE_FOLDER);
	r = folder.failed ? error_set(&e, ENOMEM, "out of memory") :
			    owncert_read(folder.text, x->answer->value, &x->own, &e);
	if ((r == -EACCES || r == -ENOENT) && may_be_loaded(check))
		say(check, x, FINDING_UNKNOWN, "ask again as root", "only root can examine it");
	else if (r == -ENOENT)
		say_missing(check, x);
	else if (r)
		say(check, x, FINDING_FAILURE, "correct the file, or load it again with nfscert(8)", "%s", e.text);
	return !r;
}

static void check_key(struct check *check, struct examined *x)
{
	gnutls_privkey_t key = NULL;
	struct error e;
	int r = owncert_read_key(&x->own, &key, &e);

	if (key)
		gnutls_privkey_deinit(key);
	if (r == -EACCES && !check->is_root)
		say(check, x, FINDING_UNKNOWN, "ask again as root", "only root can examine its key");
	else if (r)
		say(check, x, FINDING_FAILURE, "correct the key, and load it again with nfscert(8)", "%s", e.text);
}

/* The kernel's copy is what counts. */
static void check_loaded(struct check *check, struct examined *x)
{
	char remedy[128];

	snprintf(remedy, sizeof(remedy), "run nfscert load %.64s", x->answer->value);
	if (owncert_file_differs(&x->own))
		say(check, x, FINDING_WARNING, remedy,
		    "is not what %s holds by now, and it is the old one that is used", x->own.path);
}

/* The certificate of the chain that ends first. */
static gnutls_x509_crt_t first_to_expire(const struct examined *x)
{
	gnutls_x509_crt_t first = x->own.chain.cert[0];

	for (unsigned int i = 1; i < x->own.chain.count; i++)
		if (gnutls_x509_crt_get_expiration_time(x->own.chain.cert[i]) <
		    gnutls_x509_crt_get_expiration_time(first))
			first = x->own.chain.cert[i];
	return first;
}

static void check_days(struct check *check, struct examined *x)
{
	struct check_judgement judged = { .source = "" };

	check_judge_dates(first_to_expire(x), check->now, &judged);
	if (judged.level != FINDING_OK)
		say(check, x, judged.level, judged.remedy, "%s", judged.finding);
}

/* ---- does it verify ---------------------------------------------------------------------- */

/*
 * Under one of the trust stores of its role: those judge the other side's certificates, but mostly one authority
 * signs both.  Another one may sign this, so that it is unknown here is a warning.
 */
static void check_chain(struct check *check, struct examined *x)
{
	enum x509_purpose purpose = x->role == POLICY_CLIENT ? X509_FOR_CLIENT : X509_FOR_SERVER;
	enum reason verdict = REASON_UNKNOWN_CA;
	char why[512] = "no trust store could be read", one_why[512];
	struct error e;

	for (size_t i = 0; verdict != REASON_OK && i < policy_trust_count(check->policy, x->role); i++) {
		struct x509_trust *trust = NULL;
		enum reason one;

		if (read_trust(check, policy_trust(check->policy, x->role, i), &trust, &e))
			continue;
		one = x509_verify(trust, &x->own.chain, purpose, NULL, check->now, one_why, sizeof(one_why));
		x509_trust_free(trust);
		/* Who knows the authority knows best what is wrong. */
		if (i && one == REASON_UNKNOWN_CA)
			continue;
		verdict = one;
		text_copy(why, sizeof(why), one_why);
	}
	/* check_days() has told of that, unless it is the authority that has expired. */
	if (verdict == REASON_OK ||
	    (verdict == REASON_EXPIRED && gnutls_x509_crt_get_expiration_time(first_to_expire(x)) < check->now))
		return;
	if (verdict == REASON_UNKNOWN_CA)
		say(check, x, FINDING_WARNING, "see that the other side trusts its authority, or correct truststore=",
		    "does not verify under this host's trust store: %s", why);
	else
		say(check, x, FINDING_FAILURE, reason_row(verdict)->remedy, "does not verify: %s", why);
}

/* ---- for which names ----------------------------------------------------------------------- */

struct host_names {
	char name[256], full[256]; /* may be empty, or the same */
};

static bool read_names(struct check *check, struct host_names *names)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_CANONNAME };
	struct addrinfo *found = NULL;
	AUTO_STRBUF text = { 0 };

	*names = (struct host_names){ .name = "" };
	if (!check->live) {
		if (check_read(check, SYSCONF_DIR "/hostname", &text))
			return false;
		text.text[strcspn(text.text, " \t\n")] = '\0';
		text_copy(names->name, sizeof(names->name), text.text);
	} else if (gethostname(names->name, sizeof(names->name) - 1) < 0) {
		return false;
	}
	if (check->live && getaddrinfo(names->name, NULL, &hints, &found) == 0) {
		if (found->ai_canonname && strchr(found->ai_canonname, '.'))
			text_copy(names->full, sizeof(names->full), found->ai_canonname);
		freeaddrinfo(found);
	}
	return names->name[0];
}

static bool covers(const struct examined *x, const char *name)
{
	struct x509_reference reference;

	if (name[0] == '*' && name[1] == '.')
		return x509_cert_covers_below(x->own.chain.cert[0], name + 2);
	x509_reference_parse(name, &reference);
	return x509_cert_covers(x->own.chain.cert[0], &reference);
}

/* Of a server: clients mount by these names. */
static void check_host_names(struct check *check, struct examined *x)
{
	char has[NAMES_ROOM];
	struct host_names names;

	if (!read_names(check, &names)) {
		say(check, x, FINDING_UNKNOWN, "give this host a name",
		    "whether it covers this host's name is not known");
		return;
	}
	if (covers(x, names.name) || (*names.full && covers(x, names.full)))
		return;
	x509_cert_names(x->own.chain.cert[0], has, sizeof(has));
	say(check, x, FINDING_WARNING, "have one issued that clients can mount by, or have them use a name that it has",
	    "is for %s, not for this host's name %s%s%s", has, names.name, *names.full ? " or " : "", names.full);
}

/* Nobody looks for a server's name elsewhere (RFC 9525 section 6.1). */
static void check_alt_name(struct check *check, struct examined *x)
{
	if (!x509_cert_names_server(x->own.chain.cert[0]))
		say(check, x, FINDING_FAILURE, "have one issued with this host's DNS name",
		    "has no DNS name and no address in subjectAltName, so that every client refuses it");
}

/* Sections for this server's own names say which certificate must cover them. */
static void check_own_names(struct check *check, struct examined *x)
{
	for (size_t i = 0; i < policy_own_name_count(check->policy); i++) {
		const struct policy_own_name *own = policy_own_name(check->policy, i);
		char has[NAMES_ROOM];

		if (strcmp(own->certificate.value, x->answer->value) != 0 || covers(x, own->name))
			continue;
		x509_cert_names(x->own.chain.cert[0], has, sizeof(has));
		say(check, x, FINDING_FAILURE, "have one issued with that name, or set certificate= to one that has it",
		    "is for %s, not for %s, which %s:%u gives it", has, own->name, own->certificate.source.file,
		    own->certificate.source.line);
	}
}

/* ---- all of one -------------------------------------------------------------------------------- */

static void examine(struct check *check, struct examined *x)
{
	char names[NAMES_ROOM], left[48];

	if (!read_chain(check, x))
		return;
	check_key(check, x);
	check_loaded(check, x);
	check_days(check, x);
	check_chain(check, x);
	if (x->role == POLICY_SERVER) {
		check_alt_name(check, x);
		check_own_names(check, x);
		if (x->usual)
			check_host_names(check, x);
	}
	x509_cert_names(x->own.chain.cert[0], names, sizeof(names));
	x509_show_left(gnutls_x509_crt_get_expiration_time(first_to_expire(x)), check->now, left, sizeof(left));
	if (!x->troubled)
		say(check, x, FINDING_OK, NULL, "is for %s, verifies, has its key, %s left%s", names, left,
		    x->own.place == OWNCERT_IN_KEYRING ? ", loaded into the kernel" : "");
}

static void check_certificate(struct check *check, enum policy_role role, const struct policy_text *answer, bool usual)
{
	struct examined x = { .role = role, .answer = answer, .usual = usual };

	snprintf(x.subject, sizeof(x.subject), "%s certificate %.200s", role_word(role), answer->value);
	examine(check, &x);
	owncert_free(&x.own);
}

/* Where sections name "host", too, this is the number of theirs: a line is there to be blamed. */
static unsigned int named_number(const struct check *check, enum policy_role role, unsigned int usual)
{
	const char *name = policy_certificate(check->policy, role, usual)->value;

	for (unsigned int i = 1; !usual && i < policy_certificate_count(check->policy, role); i++)
		if (!strcmp(policy_certificate(check->policy, role, i)->value, name))
			return i;
	return usual;
}

/* What the bare section answers; nothing falls back to number 0 when it names one. */
static bool usual_number(const struct check *check, enum policy_role role, unsigned int *number)
{
	struct policy_connection usual;
	struct error e;
	int r = role == POLICY_CLIENT ? policy_client_connection(check->policy, "", NULL, &usual, &e) :
					policy_server_connection(check->policy, NULL, NULL, &usual, &e);

	*number = r ? 0 : named_number(check, role, usual.certificate.number);
	return !r;
}

static void check_role(struct check *check, enum policy_role role)
{
	unsigned int usual;

	if (!usual_number(check, role, &usual)) {
		check_say_from(check, FINDING_FAILURE, "certificates", "see the policy", check->config,
			       "the policy does not decide");
		return;
	}
	for (size_t i = 0; i < policy_certificate_count(check->policy, role); i++)
		if (i || !usual)
			check_certificate(check, role, policy_certificate(check->policy, role, i), i == usual);
	check_all_trust(check, role);
}

void check_certificates(struct check *check)
{
	if (check_lacks_policy(check, "certificates"))
		return;
	check_role(check, POLICY_CLIENT);
	check_role(check, POLICY_SERVER);
}
