/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/x509/x509.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is needed of a revocation list besides what GnuTLS keeps. */
struct list_issuer {
	struct bytes name; /* DER */
	unsigned char signer[64]; /* tells namesakes apart; the key's identifier */
	size_t signer_size;	  /* 0 when it is not known */
	time_t next_update;	  /* (time_t)-1 without one */
};

struct x509_trust {
	gnutls_x509_trust_list_t list;
	unsigned int count;
	struct list_issuer *issuer;
	unsigned int issuer_count;
	char crl_name[256];
};

/* ---- loading ------------------------------------------------------------ */

static int add_authorities(struct x509_trust *trust, const char *name, const struct bytes *ca, struct error *e)
{
	gnutls_datum_t pem = { ca->data, (unsigned int)ca->size };
	gnutls_x509_crt_t *certs = NULL;
	unsigned int count = 0;
	int r = gnutls_x509_crt_list_import2(&certs, &count, &pem, GNUTLS_X509_FMT_PEM, 0);

	if (r < 0)
		return error_set(e, EINVAL, "%s: the authorities cannot be read: %s", name, gnutls_strerror(r));
	/* Certificates that the list takes are its own; a duplicate is freed by it. */
	r = gnutls_x509_trust_list_add_cas(trust->list, certs, count, GNUTLS_TL_NO_DUPLICATES);
	gnutls_free(certs);
	if (r <= 0)
		return error_set(e, EINVAL, "%s holds no authority", name);
	trust->count = (unsigned int)r;
	return 0;
}

/* A system without a trust store trusts nobody; that is no error until a peer comes. */
static void add_system(struct x509_trust *trust)
{
	int r = gnutls_x509_trust_list_add_system_trust(trust->list, 0, 0);

	trust->count = r > 0 ? (unsigned int)r : 0;
}

static bool has_subject(gnutls_x509_crt_t cert, const gnutls_datum_t *name)
{
	gnutls_datum_t raw;
	bool same;

	if (gnutls_x509_crt_get_raw_dn(cert, &raw) < 0)
		return false;
	same = raw.size == name->size && !memcmp(raw.data, name->data, raw.size);
	gnutls_free(raw.data);
	return same;
}

static bool is_signed_by(gnutls_x509_crl_t crl, gnutls_x509_crt_t issuer)
{
	unsigned int status = 0;

	if (gnutls_x509_crl_verify(crl, &issuer, 1, GNUTLS_VERIFY_DISABLE_TIME_CHECKS, &status) < 0)
		return false;
	/* Age is judged at each handshake, not here. */
	return !(status & ~(unsigned int)(GNUTLS_CERT_REVOCATION_DATA_SUPERSEDED |
					  GNUTLS_CERT_REVOCATION_DATA_ISSUED_IN_FUTURE | GNUTLS_CERT_INVALID));
}

static void note_signer(struct list_issuer *to, gnutls_x509_crt_t issuer)
{
	size_t size = sizeof(to->signer);

	to->signer_size = gnutls_x509_crt_get_key_id(issuer, 0, to->signer, &size) < 0 ? 0 : size;
}

/* For the list of an intermediate that only the peers have. */
static void note_claimed_signer(struct list_issuer *to, gnutls_x509_crl_t crl)
{
	size_t size = sizeof(to->signer);

	to->signer_size = gnutls_x509_crl_get_authority_key_id(crl, to->signer, &size, NULL) < 0 ? 0 : size;
}

/*
 * A list whose issuer is known here must be signed by it; an intermediate's is
 * taken on the file owner's word.  An authority that changes its key is there
 * twice under one name: either may have signed.
 */
static int check_signature(struct x509_trust *trust, const char *file, gnutls_x509_crl_t crl, struct list_issuer *to,
			   struct error *e)
{
	gnutls_x509_trust_list_iter_t at = NULL;
	bool known = false, good = false;
	gnutls_x509_crt_t issuer;
	gnutls_datum_t name;

	if (gnutls_x509_crl_get_raw_issuer_dn(crl, &name) < 0)
		return error_set(e, EINVAL, "%s: a revocation list names no issuer", file);
	while (!good && gnutls_x509_trust_list_iter_get_ca(trust->list, &at, &issuer) >= 0) {
		if (has_subject(issuer, &name)) {
			known = true;
			good = is_signed_by(crl, issuer);
			if (good)
				note_signer(to, issuer);
		}
		gnutls_x509_crt_deinit(issuer);
	}
	gnutls_x509_trust_list_iter_deinit(at);
	gnutls_free(name.data);
	if (known && !good)
		return error_set(e, EINVAL, "%s: a revocation list is not signed by its issuer", file);
	if (!known)
		note_claimed_signer(to, crl);
	return 0;
}

static int note_issuer(struct x509_trust *trust, gnutls_x509_crl_t crl, struct error *e)
{
	struct list_issuer *to = &trust->issuer[trust->issuer_count];
	gnutls_datum_t raw;
	int r = gnutls_x509_crl_get_raw_issuer_dn(crl, &raw);

	if (r < 0)
		return error_set(e, EINVAL, "a revocation list names no issuer");
	r = bytes_copy(&to->name, raw.data, raw.size);
	gnutls_free(raw.data);
	if (r)
		return error_set(e, ENOMEM, "out of memory");
	to->next_update = gnutls_x509_crl_get_next_update(crl);
	trust->issuer_count++;
	return 0;
}

/* Gives the lists to GnuTLS, which owns them from then on. */
static int keep_lists(struct x509_trust *trust, const char *name, gnutls_x509_crl_t *crls, unsigned int count,
		      struct error *e)
{
	int r = 0;

	trust->issuer = calloc(count, sizeof(*trust->issuer));
	if (!trust->issuer)
		r = error_set(e, ENOMEM, "out of memory");
	for (unsigned int i = 0; !r && i < count; i++) {
		r = check_signature(trust, name, crls[i], &trust->issuer[i], e);
		if (!r)
			r = note_issuer(trust, crls[i], e);
	}
	if (!r && gnutls_x509_trust_list_add_crls(trust->list, crls, count, 0, 0) != (int)count)
		return error_set(e, EINVAL, "%s: the revocation lists cannot be used", name);
	for (unsigned int i = 0; r && i < count; i++)
		gnutls_x509_crl_deinit(crls[i]);
	return r;
}

static int add_lists(struct x509_trust *trust, const char *name, const struct bytes *crl, struct error *e)
{
	gnutls_datum_t pem = { crl->data, (unsigned int)crl->size };
	gnutls_x509_crl_t *crls = NULL;
	unsigned int count = 0;
	int r = gnutls_x509_crl_list_import2(&crls, &count, &pem, GNUTLS_X509_FMT_PEM, 0);

	if (r < 0 || !count)
		return error_set(e, EINVAL, "%s: no revocation list can be read: %s", name,
				 r < 0 ? gnutls_strerror(r) : "it is empty");
	text_copy(trust->crl_name, sizeof(trust->crl_name), name);
	r = keep_lists(trust, name, crls, count, e);
	gnutls_free(crls);
	return r;
}

int x509_trust_new(const char *ca_name, const struct bytes *ca, const char *crl_name, const struct bytes *crl,
		   struct x509_trust **trust, struct error *e)
{
	struct x509_trust *new = calloc(1, sizeof(*new));
	int r = 0;

	if (!new || gnutls_x509_trust_list_init(&new->list, 0) < 0) {
		free(new);
		return error_set(e, ENOMEM, "out of memory");
	}
	if (ca)
		r = add_authorities(new, ca_name, ca, e);
	else
		add_system(new);
	if (!r && crl)
		r = add_lists(new, crl_name, crl, e);
	if (r)
		x509_trust_free(new);
	else
		*trust = new;
	return r;
}

void x509_trust_free(struct x509_trust *trust)
{
	if (!trust)
		return;
	gnutls_x509_trust_list_deinit(trust->list, 1);
	for (unsigned int i = 0; i < trust->issuer_count; i++)
		bytes_free(&trust->issuer[i].name);
	free(trust->issuer);
	free(trust);
}

unsigned int x509_trust_count(const struct x509_trust *trust)
{
	return trust ? trust->count : 0;
}

/* ---- words --------------------------------------------------------------- */

static const struct {
	const char *word;
	gnutls_alert_description_t alert;
} verdicts[] = {
	[X509_OK] = { "ok", GNUTLS_A_CLOSE_NOTIFY },
	[X509_EXPIRED] = { "expired", GNUTLS_A_CERTIFICATE_EXPIRED },
	[X509_NOT_YET_VALID] = { "not-yet-valid", GNUTLS_A_CERTIFICATE_EXPIRED },
	[X509_WRONG_PURPOSE] = { "wrong-purpose", GNUTLS_A_UNSUPPORTED_CERTIFICATE },
	[X509_WRONG_NAME] = { "wrong-name", GNUTLS_A_BAD_CERTIFICATE },
	[X509_UNKNOWN_CA] = { "unknown-ca", GNUTLS_A_UNKNOWN_CA },
	[X509_REVOKED] = { "revoked", GNUTLS_A_CERTIFICATE_REVOKED },
	[X509_CRL_OUTDATED] = { "crl-outdated", GNUTLS_A_CERTIFICATE_UNKNOWN },
	[X509_BAD] = { "bad-certificate", GNUTLS_A_BAD_CERTIFICATE },
};

const char *x509_verdict_word(enum x509_verdict verdict)
{
	return verdicts[(size_t)verdict < ARRAY_SIZE(verdicts) ? verdict : X509_BAD].word;
}

gnutls_alert_description_t x509_verdict_alert(enum x509_verdict verdict)
{
	return verdicts[(size_t)verdict < ARRAY_SIZE(verdicts) ? verdict : X509_BAD].alert;
}

/* ---- verification --------------------------------------------------------- */

/* One look at one chain; the steps below fill in why. */
struct inspection {
	const struct x509_trust *trust;
	const struct x509_chain *chain;
	time_t now;
	char *why;
	size_t room;
	gnutls_x509_crt_t way[X509_CHAIN_MAX]; /* from the leaf up; see find_way() */
	unsigned int way_count;
};

static void explain(const struct inspection *in, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void explain(const struct inspection *in, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(in->why, in->room, fmt, args);
	va_end(args);
}

static void show_time(time_t when, char *out, size_t room)
{
	struct tm broken;

	if (!gmtime_r(&when, &broken) || !strftime(out, room, "%Y-%m-%d %H:%M:%S UTC", &broken))
		snprintf(out, room, "an unknown time");
}

static enum x509_verdict check_dates(const struct inspection *in, gnutls_x509_crt_t cert)
{
	time_t from = gnutls_x509_crt_get_activation_time(cert), until = gnutls_x509_crt_get_expiration_time(cert);
	char names[128], when[48];

	x509_cert_names(cert, names, sizeof(names));
	if (from == (time_t)-1 || until == (time_t)-1) {
		explain(in, "the certificate of %s has no readable dates", names);
		return X509_BAD;
	}
	if (in->now > until) {
		show_time(until, when, sizeof(when));
		explain(in, "the certificate of %s expired at %s: renew it", names, when);
		return X509_EXPIRED;
	}
	if (in->now < from) {
		show_time(from, when, sizeof(when));
		explain(in, "the certificate of %s is valid only from %s: is the clock of this host right?", names,
			when);
		return X509_NOT_YET_VALID;
	}
	return X509_OK;
}

static bool is_signed_by_current(const struct inspection *in, gnutls_x509_crt_t cert, gnutls_x509_crt_t issuer)
{
	unsigned int status = GNUTLS_CERT_INVALID;

	return in->now >= gnutls_x509_crt_get_activation_time(issuer) &&
	       in->now <= gnutls_x509_crt_get_expiration_time(issuer) && gnutls_x509_crt_check_issuer(cert, issuer) &&
	       gnutls_x509_crt_verify(cert, &issuer, 1, GNUTLS_VERIFY_DISABLE_TIME_CHECKS, &status) >= 0 && !status;
}

/* A renewed authority may be there next to its predecessor, which the search finds first. */
static bool has_current_authority(const struct inspection *in, gnutls_x509_crt_t cert)
{
	gnutls_x509_trust_list_iter_t at = NULL;
	gnutls_x509_crt_t issuer;
	bool found = false;

	while (!found && gnutls_x509_trust_list_iter_get_ca(in->trust->list, &at, &issuer) >= 0) {
		found = is_signed_by_current(in, cert, issuer);
		gnutls_x509_crt_deinit(issuer);
	}
	gnutls_x509_trust_list_iter_deinit(at);
	return found;
}

static enum x509_verdict check_authority_dates(const struct inspection *in, gnutls_x509_crt_t cert,
					       gnutls_x509_crt_t issuer)
{
	enum x509_verdict verdict = check_dates(in, issuer);

	return verdict != X509_OK && has_current_authority(in, cert) ? X509_OK : verdict;
}

/*
 * What leads from the leaf to the authority that is trusted; what else the
 * peer sent does not count.  The way up goes by issuer and not by place in the
 * list: the peer chooses the order, and GnuTLS sorts.  Where two could be the
 * issuer both are taken, since GnuTLS does not tell which one it took.
 */
static void find_way(struct inspection *in)
{
	bool taken[X509_CHAIN_MAX] = { true };

	in->way[0] = in->chain->cert[0];
	in->way_count = 1;
	for (unsigned int i = 0; i < in->way_count; i++) {
		gnutls_x509_crt_t issuer;

		if (gnutls_x509_trust_list_get_issuer(in->trust->list, in->way[i], &issuer, 0) >= 0)
			continue;
		for (unsigned int up = 1; up < in->chain->count; up++) {
			if (taken[up] || !gnutls_x509_crt_check_issuer(in->way[i], in->chain->cert[up]))
				continue;
			taken[up] = true;
			in->way[in->way_count++] = in->chain->cert[up];
		}
	}
}

static enum x509_verdict check_all_dates(const struct inspection *in)
{
	enum x509_verdict verdict = X509_OK;

	for (unsigned int i = 0; verdict == X509_OK && i < in->way_count; i++) {
		gnutls_x509_crt_t issuer;

		verdict = check_dates(in, in->way[i]);
		if (verdict == X509_OK &&
		    gnutls_x509_trust_list_get_issuer(in->trust->list, in->way[i], &issuer, 0) >= 0)
			verdict = check_authority_dates(in, in->way[i], issuer);
	}
	return verdict;
}

static bool is_issuer_of(const struct list_issuer *issuer, gnutls_x509_crt_t cert)
{
	gnutls_datum_t raw;
	bool same;

	if (gnutls_x509_crt_get_raw_issuer_dn(cert, &raw) < 0)
		return true; /* cannot tell: then the list had better be current */
	same = raw.size == issuer->name.size && !memcmp(raw.data, issuer->name.data, raw.size);
	gnutls_free(raw.data);
	return same;
}

static bool is_current(const struct list_issuer *list, time_t now)
{
	return list->next_update == (time_t)-1 || now <= list->next_update;
}

static bool have_same_signer(const struct list_issuer *a, const struct list_issuer *b)
{
	return a->signer_size && a->signer_size == b->signer_size && !memcmp(a->signer, b->signer, a->signer_size) &&
	       a->name.size == b->name.size && !memcmp(a->name.data, b->name.data, a->name.size);
}

/* An old list does no harm next to a current one of the same key: what either revokes is revoked. */
static bool is_outdated(const struct inspection *in, const struct list_issuer *list)
{
	if (is_current(list, in->now))
		return false;
	for (unsigned int i = 0; i < in->trust->issuer_count; i++)
		if (have_same_signer(list, &in->trust->issuer[i]) && is_current(&in->trust->issuer[i], in->now))
			return false;
	return true;
}

static enum x509_verdict check_lists_current(const struct inspection *in)
{
	for (unsigned int i = 0; i < in->trust->issuer_count; i++) {
		const struct list_issuer *list = &in->trust->issuer[i];

		if (!is_outdated(in, list))
			continue;
		for (unsigned int c = 0; c < in->chain->count; c++) {
			char when[48];

			if (!is_issuer_of(list, in->chain->cert[c]))
				continue;
			show_time(list->next_update, when, sizeof(when));
			explain(in, "the revocation list in %s should have been replaced by %s: fetch the current one",
				in->trust->crl_name, when);
			return X509_CRL_OUTDATED;
		}
	}
	return X509_OK;
}

/* What GnuTLS found wrong, the gravest first. */
static const struct {
	unsigned int flag;
	enum x509_verdict verdict;
	const char *what;
} findings[] = {
	{ GNUTLS_CERT_SIGNER_NOT_FOUND, X509_UNKNOWN_CA,
	  "is signed by %s, which is not trusted here, or an intermediate certificate is missing: check truststore= and the chain" },
	{ GNUTLS_CERT_SIGNER_NOT_CA, X509_BAD, "is signed by %s, which is no authority" },
	{ GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE, X509_BAD, "breaks the constraints of its authority %s" },
	{ GNUTLS_CERT_SIGNATURE_FAILURE, X509_BAD, "has a bad signature of %s" },
	{ GNUTLS_CERT_INSECURE_ALGORITHM, X509_BAD,
	  "or one above it (issuer %s) uses a key or signature that is too weak: at least RSA-2048 with SHA-256 is needed" },
	{ GNUTLS_CERT_UNKNOWN_CRIT_EXTENSIONS, X509_BAD,
	  "(issuer %s) has a critical extension that is not understood" },
	/* Last: GnuTLS looks at no revocation list when the chain itself fails. */
	{ GNUTLS_CERT_REVOKED, X509_REVOKED, "was revoked by %s: it needs a new certificate" },
};

/* Dates and the age of lists are checked afterwards, against in->now and with the certificate at fault named. */
static int look_up(const struct inspection *in, const gnutls_x509_crt_t *from, unsigned int count, unsigned int *status)
{
	unsigned int flags = GNUTLS_VERIFY_DISABLE_TIME_CHECKS | GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS |
			     GNUTLS_PROFILE_TO_VFLAGS(GNUTLS_PROFILE_MEDIUM);
	gnutls_x509_crt_t certs[X509_CHAIN_MAX];
	int r;

	*status = GNUTLS_CERT_INVALID;
	memcpy(certs, from, count * sizeof(certs[0]));
	r = gnutls_x509_trust_list_verify_crt2(in->trust->list, certs, count, NULL, 0, flags, status, NULL);
	*status &= ~(unsigned int)(GNUTLS_CERT_REVOCATION_DATA_SUPERSEDED |
				   GNUTLS_CERT_REVOCATION_DATA_ISSUED_IN_FUTURE);
	return r;
}

/*
 * GnuTLS tells what is wrong with a chain, not where: it is the certificate
 * with which, seen from the top, the flag first appears.
 */
static gnutls_x509_crt_t find_fault(const struct inspection *in, unsigned int flag)
{
	for (unsigned int i = in->way_count; i-- > 0;) {
		unsigned int status;

		if (look_up(in, in->way + i, in->way_count - i, &status) >= 0 && (status & flag))
			return in->way[i];
	}
	return in->way[0];
}

/* An intermediate's name alone would not tell whose certificate was refused. */
static void show_place(const struct inspection *in, gnutls_x509_crt_t cert, char *out, size_t room)
{
	char names[64], leaf[64];

	if (cert == in->way[0]) {
		x509_cert_names(cert, out, room);
		return;
	}
	x509_cert_names(cert, names, sizeof(names));
	x509_cert_names(in->way[0], leaf, sizeof(leaf));
	snprintf(out, room, "%s (above %s)", names, leaf);
}

static enum x509_verdict judge(const struct inspection *in, unsigned int status)
{
	char place[144], issuer[128], what[256];

	for (size_t i = 0; i < ARRAY_SIZE(findings); i++) {
		gnutls_x509_crt_t cert;

		if (!(status & findings[i].flag))
			continue;
		cert = find_fault(in, findings[i].flag);
		show_place(in, cert, place, sizeof(place));
		x509_cert_issuer(cert, issuer, sizeof(issuer));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(what, sizeof(what), findings[i].what, issuer);
#pragma GCC diagnostic pop
		explain(in, "the certificate of %s %s", place, what);
		return findings[i].verdict;
	}
	x509_cert_names(in->way[0], place, sizeof(place));
	explain(in, "the certificate of %s does not verify", place);
	return X509_BAD;
}

static enum x509_verdict check_chain(const struct inspection *in)
{
	unsigned int status;
	int r = look_up(in, in->chain->cert, in->chain->count, &status);

	if (r < 0) {
		explain(in, "the certificate cannot be verified: %s", gnutls_strerror(r));
		return X509_BAD;
	}
	return status & ~(unsigned int)GNUTLS_CERT_INVALID ? judge(in, status) : X509_OK;
}

/* RFC 5280 section 4.2.1.12: no extension, no restriction. */
static bool allows(gnutls_x509_crt_t cert, const char *purpose)
{
	char oid[128];
	size_t size = sizeof(oid);
	int r;

	for (unsigned int i = 0;; i++, size = sizeof(oid)) {
		r = gnutls_x509_crt_get_key_purpose_oid(cert, i, oid, &size, NULL);
		if (r == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			return i == 0;
		if (r == GNUTLS_E_SHORT_MEMORY_BUFFER)
			continue;
		if (r < 0)
			return false;
		if (!strcmp(oid, purpose) || !strcmp(oid, GNUTLS_KP_ANY))
			return true;
	}
}

/* RFC 5280 section 4.2.1.3: no extension, no restriction.  Of what a key can do TLS 1.3 has use for signing only. */
static bool may_sign(gnutls_x509_crt_t cert)
{
	unsigned int usage = 0;
	int r = gnutls_x509_crt_get_key_usage(cert, &usage, NULL);

	return r == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE || (r >= 0 && usage & GNUTLS_KEY_DIGITAL_SIGNATURE);
}

static enum x509_verdict check_purpose(const struct inspection *in, enum x509_purpose purpose)
{
	const char *oid = purpose == X509_FOR_SERVER ? GNUTLS_KP_TLS_WWW_SERVER : GNUTLS_KP_TLS_WWW_CLIENT;
	bool allowed = allows(in->chain->cert[0], oid);
	char names[128];

	if (allowed && may_sign(in->chain->cert[0]))
		return X509_OK;
	x509_cert_names(in->chain->cert[0], names, sizeof(names));
	if (allowed) {
		explain(in, "the certificate of %s may not be used in TLS 1.3: its keyUsage lacks digitalSignature, "
			"issue one that has it", names);
		return X509_WRONG_PURPOSE;
	}
	explain(in, "the certificate of %s is not meant for a TLS %s: its extendedKeyUsage lacks %s, issue one "
		"that has it", names,
		purpose == X509_FOR_SERVER ? "server" : "client",
		purpose == X509_FOR_SERVER ? "serverAuth" : "clientAuth");
	return X509_WRONG_PURPOSE;
}

static enum x509_verdict check_name(const struct inspection *in, const struct x509_reference *ref)
{
	char names[160], wanted[160];

	if (!ref || x509_cert_covers(in->chain->cert[0], ref))
		return X509_OK;
	x509_cert_names(in->chain->cert[0], names, sizeof(names));
	text_escape(wanted, sizeof(wanted), ref->name, strlen(ref->name));
	if (!strncmp(names, "CN=", 3) || !strcmp(names, "-"))
		explain(in, "the certificate (%s) has no subjectAltName, the CN does not count: give the server one "
			"with the name %s", names, wanted);
	else
		explain(in, "the certificate is for %s, not for %s: mount by a name that it has, or give the server "
			"one with this name", names, wanted);
	return X509_WRONG_NAME;
}

enum x509_verdict x509_verify(const struct x509_trust *trust, const struct x509_chain *chain, enum x509_purpose purpose,
			      const struct x509_reference *ref, time_t now, char *why, size_t room)
{
	struct inspection in = { .trust = trust, .chain = chain, .now = now, .why = why, .room = room };
	enum x509_verdict verdict;

	if (!trust || !chain->count) {
		explain(&in, "there is nothing to verify");
		return X509_BAD;
	}
	find_way(&in);
	verdict = check_chain(&in);
	if (verdict == X509_OK)
		verdict = check_all_dates(&in);
	if (verdict == X509_OK)
		verdict = check_lists_current(&in);
	if (verdict == X509_OK)
		verdict = check_purpose(&in, purpose);
	if (verdict == X509_OK)
		verdict = check_name(&in, ref);
	if (verdict == X509_OK)
		explain(&in, "verified");
	return verdict;
}
