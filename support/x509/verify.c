/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is there a way from the peer's certificate up to one that is trusted here, and does every certificate on it allow it?
 *
 * Ways are looked for by names and key identifiers, which costs next to nothing.  A way that ends in the trust store is
 * then proven from its top down, so that the key of a certificate is used only once somebody trusted has vouched for
 * it: a peer without a certificate of a trusted authority has us check a few signatures with trusted keys, and none
 * with another key.  All is bounded: certificates, steps, ways, signatures, comparisons of names.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "support/x509/constraints_private.h"
#include "support/x509/cost_private.h"
#include "support/x509/trust_private.h"

#define STEPS_MAX 256u	   /* of the search */
#define WAYS_MAX 32u	   /* that are looked at closely */
#define SIGNATURES_MAX 16u /* that are checked, each once */
#define NAMES_MAX 65536u   /* comparisons with nameConstraints */
#define TEXT_MAX 512u

/* ---- the search's memory ----------------------------------------------------- */

/* A signature that was checked. */
struct proof {
	const struct facts *cert, *issuer;
	bool is_good;
};

/* Of one certificate of the peer's chain. */
struct candidate {
	struct facts facts;
	bool was_examined, is_weak;
};

struct search {
	const struct x509_trust *trust;
	const struct x509_demands *demands;
	struct candidate chain[X509_CHAIN_MAX]; /* each once; the first is the peer's own */
	unsigned int count;
	unsigned int malformed; /* the number of one that is left out; 0: none is */
	/* The way that is looked at: from the peer's certificate up. */
	struct candidate *way[X509_CHAIN_MAX];
	unsigned int length;
	const struct anchor *anchor; /* its end */
	struct proof proof[SIGNATURES_MAX];
	unsigned int proofs, steps, ways, names;
	/* The best that was found, and why it is no better. */
	enum reason verdict;
	char text[TEXT_MAX];
};

/* From the peer's certificate, 0, to the one that is trusted. */
static const struct facts *at(const struct search *s, unsigned int i)
{
	return i < s->length ? &s->way[i]->facts : &s->anchor->facts;
}

static enum reason conclude(struct search *s, enum reason verdict, const char *fmt, ...) PRINTF_LIKE(3, 4);

static enum reason conclude(struct search *s, enum reason verdict, const char *fmt, ...)
{
	va_list args;

	if (*s->text && reason_row(verdict)->rank <= reason_row(s->verdict)->rank)
		return verdict;
	s->verdict = verdict;
	va_start(args, fmt);
	vsnprintf(s->text, sizeof(s->text), fmt, args);
	va_end(args);
	return verdict;
}

void x509_show_time(time_t when, char *out, size_t room)
{
	struct tm broken;

	if (!gmtime_r(&when, &broken) || !strftime(out, room, "%Y-%m-%d %H:%M:%S UTC", &broken))
		snprintf(out, room, "an unknown time");
}

/* An intermediate's name alone would not tell whose certificate was refused. */
static void show_place(const struct search *s, const struct facts *cert, char *out, size_t room)
{
	char names[64], leaf[64];

	if (cert == at(s, 0)) {
		x509_cert_names(cert->cert, out, room);
		return;
	}
	x509_cert_names(cert->cert, names, sizeof(names));
	x509_cert_names(s->chain[0].facts.cert, leaf, sizeof(leaf));
	snprintf(out, room, "%s (above %s)", names, leaf);
}

/* "the certificate of PLACE ..." and what is wrong with it, with the issuer where what has a %s. */
static enum reason blame(struct search *s, const struct facts *cert, enum reason verdict, const char *what)
{
	char place[144], issuer[128], text[256];

	show_place(s, cert, place, sizeof(place));
	x509_cert_issuer(cert->cert, issuer, sizeof(issuer));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(text, sizeof(text), what, issuer);
#pragma GCC diagnostic pop
	return conclude(s, verdict, "the certificate of %s %s", place, text);
}

/* ---- one way ---------------------------------------------------------------------- */

/* A trusted authority of X.509 version 1 has nothing to say so with. */
static bool is_authority(const struct search *s, const struct facts *cert)
{
	bool is_trusted = cert == &s->anchor->facts && facts_is_self_issued(cert);

	return cert->is_authority || (is_trusted && cert->is_version_1) ||
	       (is_trusted && !cert->has_basic && cert->has_usage && cert->usage & USAGE_CERT_SIGN);
}

/* below: how many authorities stand between this one and the peer's certificate. */
static enum reason check_authority(struct search *s, const struct facts *authority, const struct facts *cert,
				   unsigned int below)
{
	if (!is_authority(s, authority))
		return blame(s, cert, REASON_BAD_CERTIFICATE, "is signed by %s, which is no authority");
	if (!(authority->usage & USAGE_CERT_SIGN))
		return blame(s, cert, REASON_BAD_CERTIFICATE,
			     "breaks the constraints of its authority %s, which may not sign "
			     "certificates (keyUsage lacks keyCertSign)");
	if (authority->path_length >= 0 && below > (unsigned int)authority->path_length)
		return blame(s, cert, REASON_BAD_CERTIFICATE,
			     "breaks the constraints of its authority %s: there are more "
			     "intermediate certificates than its pathLenConstraint allows");
	if (authority != &s->anchor->facts && cost_check_key(&authority->key, NULL))
		return blame(s, cert, REASON_BAD_CERTIFICATE,
			     "is signed by %s, whose key is not taken: at most RSA-8192 is, P-256, "
			     "P-384, P-521, Ed25519 and Ed448");
	return REASON_OK;
}

static bool is_proven(struct search *s, const struct facts *cert, const struct facts *issuer)
{
	struct proof *new;

	for (unsigned int i = 0; i < s->proofs; i++)
		if (s->proof[i].cert == cert && s->proof[i].issuer == issuer)
			return s->proof[i].is_good;
	if (s->proofs == SIGNATURES_MAX)
		return false;
	new = &s->proof[s->proofs++];
	*new = (struct proof){ cert, issuer, facts_issued(issuer, cert) };
	return new->is_good;
}

/* Without authorities GnuTLS checks no signature, but what it thinks of the certificate's own key and digest. */
static bool is_weak(struct candidate *cert)
{
	unsigned int flags = GNUTLS_VERIFY_DISABLE_TIME_CHECKS | GNUTLS_PROFILE_TO_VFLAGS(GNUTLS_PROFILE_MEDIUM);
	unsigned int status = GNUTLS_CERT_INSECURE_ALGORITHM;

	if (!cert->was_examined)
		cert->is_weak = gnutls_x509_crt_verify(cert->facts.cert, NULL, 0, flags, &status) < 0 ||
				(status & GNUTLS_CERT_INSECURE_ALGORITHM);
	cert->was_examined = true;
	return cert->is_weak;
}

static enum reason check_strength(struct search *s, unsigned int i)
{
	if (i < s->length ? is_weak(s->way[i]) : s->anchor->is_weak)
		return blame(s, at(s, i), REASON_BAD_CERTIFICATE,
			     "(issuer %s) uses a key or signature that is too weak: at least "
			     "RSA-2048 with SHA-256 is needed");
	if (at(s, i)->not_understood)
		return blame(s, at(s, i), REASON_BAD_CERTIFICATE,
			     "(issuer %s) has a critical extension that is not understood");
	return REASON_OK;
}

/* What costs nothing is looked at first, then the signatures from the top down. */
static enum reason check_signatures(struct search *s)
{
	enum reason verdict = check_strength(s, s->length);

	for (unsigned int i = s->length; verdict == REASON_OK && i-- > 0;) {
		verdict = check_authority(s, at(s, i + 1), at(s, i), i);
		if (verdict == REASON_OK)
			verdict = check_strength(s, i);
	}
	for (unsigned int i = s->length; verdict == REASON_OK && i-- > 0;)
		if (!is_proven(s, at(s, i), at(s, i + 1)))
			verdict = blame(s, at(s, i), REASON_BAD_CERTIFICATE, "has a bad signature of %s");
	return verdict;
}

static enum reason check_constraints_of(struct search *s, unsigned int authority)
{
	for (unsigned int i = 0; i < authority; i++) {
		/* An authority that has a new key has no other names than it had (RFC 5280 section 6.1.3 (b)). */
		if (i && facts_is_self_issued(at(s, i)))
			continue;
		switch (constraints_check(at(s, authority), at(s, i), !i, &s->names)) {
		case CONSTRAINTS_KEPT:
			break;
		case CONSTRAINTS_BROKEN:
			return blame(s, at(s, i), REASON_BAD_CERTIFICATE,
				     "breaks the constraints of its authority %s, or of one "
				     "above it: it has a name that nameConstraints do not allow");
		case CONSTRAINTS_TOO_MANY:
			return blame(s, at(s, i), REASON_BAD_CERTIFICATE,
				     "(issuer %s) has too many names for the nameConstraints "
				     "above it");
		}
	}
	return REASON_OK;
}

static enum reason check_constraints(struct search *s)
{
	enum reason verdict = REASON_OK;

	for (unsigned int i = s->length; verdict == REASON_OK && i > 0; i--)
		verdict = check_constraints_of(s, i);
	return verdict;
}

/* ---- revocation ------------------------------------------------------------------------ */

static enum lists_answer ask_lists(const struct search *s, unsigned int i, time_t *when)
{
	const struct anchor *issuer = s->anchor->issuer;

	if (i < s->length)
		return lists_ask(&s->trust->lists, at(s, i), at(s, i + 1), s->demands->now, when);
	/* What is trusted by itself needs no list, but can be on one. */
	if (issuer)
		return lists_ask(&s->trust->lists, at(s, i), &issuer->facts, s->demands->now, when);
	return LISTS_GOOD;
}

static enum reason check_revoked(struct search *s)
{
	time_t when;

	for (unsigned int i = s->length + 1; s->trust->lists.count && i-- > 0;)
		if (ask_lists(s, i, &when) == LISTS_REVOKED)
			return blame(s, at(s, i), REASON_REVOKED, "was revoked by %s");
	return REASON_OK;
}

static enum reason check_list(struct search *s, unsigned int i)
{
	char issuer[128], place[144], when_text[48];
	time_t when = 0;
	enum lists_answer answer = ask_lists(s, i, &when);

	if (answer == LISTS_GOOD || answer == LISTS_REVOKED ||
	    (answer == LISTS_MISSING && (!s->demands->lists_required || i == s->length)))
		return REASON_OK;
	x509_cert_issuer(at(s, i)->cert, issuer, sizeof(issuer));
	show_place(s, at(s, i), place, sizeof(place));
	if (answer == LISTS_MISSING)
		return conclude(s, REASON_CRL_MISSING,
				"there is no revocation list of %s for the certificate of %s, and "
				"crl-required=yes demands one",
				issuer, place);
	x509_show_time(when, when_text, sizeof(when_text));
	if (answer == LISTS_EARLY)
		return conclude(s, REASON_CRL_OUTDATED, "the revocation list of %s in %s counts only from %s", issuer,
				s->trust->crl_name, when_text);
	return conclude(s, REASON_CRL_OUTDATED, "the revocation list of %s in %s should have been replaced by %s",
			issuer, s->trust->crl_name, when_text);
}

static enum reason check_lists(struct search *s)
{
	enum reason verdict = REASON_OK;

	if (!s->trust->lists.count && !s->demands->lists_required)
		return REASON_OK;
	for (unsigned int i = 0; verdict == REASON_OK && i <= s->length; i++)
		verdict = check_list(s, i);
	return verdict;
}

/* ---- time and purpose ---------------------------------------------------------------------- */

static enum reason check_dates(struct search *s, const struct facts *cert)
{
	char names[128], when[48];

	if (s->demands->now >= cert->from && s->demands->now <= cert->until && cert->from != (time_t)-1)
		return REASON_OK;
	x509_cert_names(cert->cert, names, sizeof(names));
	if (cert->from == (time_t)-1 || cert->until == (time_t)-1)
		return conclude(s, REASON_BAD_CERTIFICATE, "the certificate of %s has no readable dates", names);
	if (s->demands->now > cert->until) {
		x509_show_time(cert->until, when, sizeof(when));
		return conclude(s, REASON_EXPIRED, "the certificate of %s expired at %s", names, when);
	}
	x509_show_time(cert->from, when, sizeof(when));
	return conclude(s, REASON_NOT_YET_VALID, "the certificate of %s is valid only from %s", names, when);
}

static enum reason check_all_dates(struct search *s)
{
	enum reason verdict = REASON_OK;

	for (unsigned int i = 0; verdict == REASON_OK && i <= s->length; i++)
		verdict = check_dates(s, at(s, i));
	return verdict;
}

static const struct {
	unsigned int wanted; /* enum facts_purpose */
	const char *peer, *purpose;
} purposes[] = {
	[X509_FOR_SERVER] = { PURPOSE_SERVER, "server", "serverAuth" },
	[X509_FOR_CLIENT] = { PURPOSE_CLIENT, "client", "clientAuth" },
};

/*
 * RFC 5280 section 4.2.1.12 speaks of the peer's certificate.  Above it the extension limits what is signed, and nobody
 * takes anyExtendedKeyUsage for an answer.
 */
static enum reason check_purpose(struct search *s)
{
	enum x509_purpose purpose = s->demands->purpose;
	char place[144];

	for (unsigned int i = 0; i <= s->length; i++) {
		if (at(s, i)->purposes & (purposes[purpose].wanted | (i ? 0 : PURPOSE_ANY)))
			continue;
		show_place(s, at(s, i), place, sizeof(place));
		return conclude(s, REASON_WRONG_PURPOSE,
				"the certificate of %s is not meant for a TLS %s: its "
				"extendedKeyUsage lacks %s",
				place, purposes[purpose].peer, purposes[purpose].purpose);
	}
	/* Of what a key can do TLS 1.3 has use for signing only. */
	if (at(s, 0)->usage & USAGE_DIGITAL_SIGNATURE)
		return REASON_OK;
	x509_cert_names(at(s, 0)->cert, place, sizeof(place));
	return conclude(s, REASON_WRONG_PURPOSE,
			"the certificate of %s may not be used in TLS 1.3: its keyUsage lacks "
			"digitalSignature",
			place);
}

/* The order is that of x509.h; the first that finds something ends it. */
static enum reason check_way(struct search *s)
{
	static enum reason (*const checks[])(struct search * s) = {
		check_signatures, check_constraints, check_revoked, check_all_dates, check_lists, check_purpose,
	};
	enum reason verdict = REASON_OK;

	for (size_t i = 0; verdict == REASON_OK && i < ARRAY_SIZE(checks); i++)
		verdict = checks[i](s);
	return verdict;
}

/* ---- the search ------------------------------------------------------------------------------ */

static bool is_current(const struct search *s, const struct facts *cert)
{
	return s->demands->now >= cert->from && s->demands->now <= cert->until;
}

/* Who is more likely the issuer is tried first; 0 is for those who are not. */
#define LIKELIHOODS 4u

static unsigned int likelihood(const struct search *s, const struct facts *issuer, const struct facts *cert)
{
	if (!facts_may_have_issued(issuer, cert))
		return 0;
	return 1 + (is_current(s, issuer) ? 2 : 0) + (cert->issuer_key_id.size && issuer->key_id.size ? 1 : 0);
}

static bool is_on_way(const struct search *s, const struct candidate *cert)
{
	for (unsigned int i = 0; i < s->length; i++)
		if (s->way[i] == cert)
			return true;
	return false;
}

static bool has_budget(struct search *s)
{
	if (s->steps < STEPS_MAX && s->ways < WAYS_MAX && s->proofs < SIGNATURES_MAX)
		return true;
	conclude(s, REASON_BAD_CERTIFICATE,
		 "the peer sent more certificates that could have signed each other than anybody needs");
	return false;
}

/* The certificate itself, when it is in the store. */
static const struct anchor *find_same(const struct search *s, const struct facts *cert)
{
	const struct der whole = { cert->whole.data, cert->whole.size };
	unsigned int count;
	const struct anchor *first = trust_find(s->trust, &cert->subject, &count);

	for (unsigned int i = 0; i < count; i++)
		if (der_equal(&whole, &(struct der){ first[i].facts.whole.data, first[i].facts.whole.size }))
			return &first[i];
	return NULL;
}

static bool end_at(struct search *s, const struct anchor *anchor)
{
	s->anchor = anchor;
	s->ways++;
	return check_way(s) == REASON_OK;
}

static bool climb(struct search *s);

static bool climb_to(struct search *s, struct candidate *cert)
{
	bool found;

	s->way[s->length++] = cert;
	found = climb(s);
	if (!found)
		s->length--;
	return found;
}

/* Those that are equally likely, the trusted ones first.  *any: there was one. */
static bool try_issuers(struct search *s, unsigned int wanted, bool *any)
{
	const struct facts *top = &s->way[s->length - 1]->facts;
	unsigned int count;
	const struct anchor *anchor = trust_find(s->trust, &top->issuer, &count);

	for (unsigned int i = 0; i < count; i++) {
		if (likelihood(s, &anchor[i].facts, top) != wanted)
			continue;
		*any = true;
		if (!has_budget(s))
			return false;
		if (end_at(s, &anchor[i]))
			return true;
	}
	for (unsigned int i = 1; i < s->count; i++) {
		if (is_on_way(s, &s->chain[i]) || likelihood(s, &s->chain[i].facts, top) != wanted)
			continue;
		*any = true;
		if (climb_to(s, &s->chain[i]))
			return true;
	}
	return false;
}

/* True when the way that begins with s->way reaches its end; it stays in s then. */
static bool climb(struct search *s)
{
	struct candidate *top = s->way[s->length - 1];
	const struct anchor *same = find_same(s, &top->facts);
	bool any = false;

	if (!has_budget(s))
		return false;
	s->steps++;
	if (same) {
		s->length--;
		if (end_at(s, same))
			return true;
		s->length++;
		return false;
	}
	for (unsigned int wanted = LIKELIHOODS; wanted > 0; wanted--)
		if (try_issuers(s, wanted, &any))
			return true;
	if (!any)
		blame(s, &top->facts, REASON_UNKNOWN_CA,
		      "is signed by %s, which is not trusted here, or an intermediate certificate is missing");
	return false;
}

/* ---- the chain -------------------------------------------------------------------------------------- */

static bool is_there(const struct search *s, const struct facts *cert)
{
	for (unsigned int i = 0; i < s->count; i++)
		if (der_equal(&(struct der){ s->chain[i].facts.whole.data, s->chain[i].facts.whole.size },
			      &(struct der){ cert->whole.data, cert->whole.size }))
			return true;
	return false;
}

/* What is malformed can be on no way; the peer's own certificate has to be good. */
static bool read_chain(struct search *s, const struct x509_chain *chain)
{
	for (unsigned int i = 0; i < chain->count; i++) {
		struct facts *to = &s->chain[s->count].facts;

		if (!facts_read(chain->cert[i], to)) {
			s->malformed = i + 1;
			if (!i)
				return false;
		} else if (is_there(s, to)) {
			facts_free(to);
		} else {
			s->count++;
		}
	}
	return true;
}

static void check_name(struct search *s)
{
	const struct x509_reference *ref = s->demands->reference;
	gnutls_x509_crt_t leaf = s->chain[0].facts.cert;
	char names[160], wanted[160];

	if (!ref || x509_cert_covers(leaf, ref)) {
		conclude(s, REASON_OK, "verified");
		return;
	}
	x509_cert_names(leaf, names, sizeof(names));
	text_escape(wanted, sizeof(wanted), ref->name, strlen(ref->name));
	if (!strncmp(names, "CN=", 3) || !strcmp(names, "-"))
		conclude(s, REASON_WRONG_NAME,
			 "the certificate (%s) has no subjectAltName, the CN does not count, and it is to be for %s",
			 names, wanted);
	else
		conclude(s, REASON_WRONG_NAME, "the certificate is for %s, not for %s", names, wanted);
}

static void verify(struct search *s, const struct x509_chain *chain)
{
	if (!s->trust || !chain->count)
		conclude(s, REASON_BAD_CERTIFICATE, "there is nothing to verify");
	else if (read_chain(s, chain) && climb_to(s, &s->chain[0]))
		check_name(s);
	/* It might have been the one that is missing. */
	if (s->malformed && (!*s->text || s->verdict == REASON_UNKNOWN_CA))
		conclude(s, REASON_BAD_CERTIFICATE, "certificate %u of the peer's chain is malformed", s->malformed);
}

enum reason x509_verify_with(const struct x509_trust *trust, const struct x509_chain *chain,
			     const struct x509_demands *demands, char *cause, size_t room)
{
	struct search s = { .trust = trust, .demands = demands, .verdict = REASON_BAD_CERTIFICATE, .names = NAMES_MAX };

	verify(&s, chain);
	for (unsigned int i = 0; i < s.count; i++)
		facts_free(&s.chain[i].facts);
	text_copy(cause, room, s.text);
	return s.verdict;
}

enum reason x509_verify(const struct x509_trust *trust, const struct x509_chain *chain, enum x509_purpose purpose,
			const struct x509_reference *ref, time_t now, char *cause, size_t room)
{
	const struct x509_demands demands = { .purpose = purpose, .reference = ref, .now = now };

	return x509_verify_with(trust, chain, &demands, cause, room);
}
