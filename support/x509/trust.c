/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/x509/foreign_private.h"
#include "support/x509/trust_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int out_of_memory(struct error *e)
{
	return error_set(e, ENOMEM, "out of memory");
}

/* ---- authorities --------------------------------------------------------- */

/* GnuTLS takes what verifies itself for an authority, and looks at nothing but its key. */
static bool has_weak_key(gnutls_x509_crt_t cert)
{
	unsigned int flags = GNUTLS_VERIFY_DISABLE_TIME_CHECKS | GNUTLS_PROFILE_TO_VFLAGS(GNUTLS_PROFILE_MEDIUM);
	unsigned int status = GNUTLS_CERT_INVALID;

	return gnutls_x509_crt_verify(cert, &cert, 1, flags, &status) < 0 || (status & GNUTLS_CERT_INSECURE_ALGORITHM);
}

static bool add_anchor(struct x509_trust *trust, gnutls_x509_crt_t cert)
{
	struct anchor *to = &trust->anchor[trust->count];

	if (!facts_read(cert, &to->facts))
		return false;
	to->is_weak = has_weak_key(cert);
	trust->count++;
	return true;
}

static void free_anchor(struct anchor *anchor)
{
	gnutls_x509_crt_t cert = anchor->facts.cert;

	facts_free(&anchor->facts);
	gnutls_x509_crt_deinit(cert);
}

/* Namesakes in an order of their own, so that those which are there twice are neighbours. */
static int compare_anchors(const void *first, const void *second)
{
	const struct anchor *a = first, *b = second;
	int order = der_compare(&a->facts.subject, &b->facts.subject);

	return order ? order :
		       der_compare(&(struct der){ a->facts.whole.data, a->facts.whole.size },
				   &(struct der){ b->facts.whole.data, b->facts.whole.size });
}

static void sort_anchors(struct x509_trust *trust)
{
	unsigned int kept = 0;

	if (trust->count)
		qsort(trust->anchor, trust->count, sizeof(*trust->anchor), compare_anchors);
	for (unsigned int i = 0; i < trust->count; i++) {
		if (kept && !compare_anchors(&trust->anchor[kept - 1], &trust->anchor[i]))
			free_anchor(&trust->anchor[i]);
		else
			trust->anchor[kept++] = trust->anchor[i];
	}
	trust->count = kept;
}

const struct anchor *trust_find(const struct x509_trust *trust, const struct der *subject, unsigned int *count)
{
	unsigned int low = 0, high = trust->count;

	while (low < high) {
		unsigned int middle = low + (high - low) / 2;

		if (der_compare(&trust->anchor[middle].facts.subject, subject) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (*count = 0; low + *count < trust->count; ++*count)
		if (!der_equal(&trust->anchor[low + *count].facts.subject, subject))
			break;
	return &trust->anchor[low];
}

static bool make_room(struct x509_trust *trust, size_t count)
{
	trust->anchor = calloc(count + 1, sizeof(*trust->anchor));
	return trust->anchor != NULL;
}

static int add_file(struct x509_trust *trust, const char *name, const struct bytes *ca, struct error *e)
{
	gnutls_datum_t pem = { ca->data, (unsigned int)ca->size };
	gnutls_x509_crt_t *certs = NULL;
	unsigned int count = 0;
	int r;

	if (foreign_refuse_hiding(name, ca->data, ca->size, X509_AUTHORITIES, e))
		return -EINVAL;
	r = gnutls_x509_crt_list_import2(&certs, &count, &pem, GNUTLS_X509_FMT_PEM, 0);

	if (r < 0 && foreign_refuse(name, ca->data, ca->size, X509_AUTHORITIES, e))
		return -EINVAL;
	if (r < 0)
		return error_set(e, EINVAL, "%s: the authorities cannot be read: %s", name, gnutls_strerror(r));
	r = make_room(trust, count) ? 0 : out_of_memory(e);
	for (unsigned int i = 0; i < count; i++) {
		if (!r && add_anchor(trust, certs[i]))
			continue;
		if (!r)
			r = error_set(e, EINVAL, "%s: certificate %u is malformed", name, i + 1);
		gnutls_x509_crt_deinit(certs[i]);
	}
	gnutls_free(certs);
	if (!r && !count)
		r = error_set(e, EINVAL, "%s holds no authority", name);
	return r;
}

static size_t count_certificates(gnutls_x509_trust_list_t list)
{
	gnutls_x509_trust_list_iter_t at = NULL;
	gnutls_x509_crt_t cert;
	size_t count = 0;

	for (; gnutls_x509_trust_list_iter_get_ca(list, &at, &cert) >= 0; count++)
		gnutls_x509_crt_deinit(cert);
	gnutls_x509_trust_list_iter_deinit(at);
	return count;
}

/* A distribution's malformed certificate takes the others with it nowhere. */
static void copy_certificates(struct x509_trust *trust, gnutls_x509_trust_list_t list, size_t count)
{
	gnutls_x509_trust_list_iter_t at = NULL;
	gnutls_x509_crt_t cert;

	while (gnutls_x509_trust_list_iter_get_ca(list, &at, &cert) >= 0)
		if (trust->count == count || !add_anchor(trust, cert))
			gnutls_x509_crt_deinit(cert);
	gnutls_x509_trust_list_iter_deinit(at);
}

/* A system without a trust store trusts nobody; that is no error until a peer comes. */
static int add_system(struct x509_trust *trust, struct error *e)
{
	gnutls_x509_trust_list_t list;
	size_t count;

	if (gnutls_x509_trust_list_init(&list, 0) < 0)
		return out_of_memory(e);
	gnutls_x509_trust_list_add_system_trust(list, 0, 0);
	count = count_certificates(list);
	if (make_room(trust, count))
		copy_certificates(trust, list, count);
	gnutls_x509_trust_list_deinit(list, 1);
	return trust->anchor ? 0 : out_of_memory(e);
}

/* ---- lists ------------------------------------------------------------------- */

static int remark(struct x509_trust *trust, unsigned int list, bool is_fault, const char *what, struct error *e)
{
	char issuer[128];
	struct strbuf text = { 0 };

	lists_issuer(&trust->lists, list, issuer, sizeof(issuer));
	strbuf_addf(&text, "%s: the revocation list of %s %s", trust->crl_name, issuer, what);
	if (text.failed) {
		strbuf_free(&text);
		return out_of_memory(e);
	}
	trust->remark[trust->remark_count++] = (struct x509_remark){ text.text, is_fault };
	return 0;
}

/* The authority of the store whose key has signed the list; *namesakes: there are some that might have. */
static const struct anchor *find_signer(const struct x509_trust *trust, unsigned int list, bool *namesakes)
{
	*namesakes = false;
	for (unsigned int i = 0; i < trust->count; i++) {
		if (!lists_name(&trust->lists, list, &trust->anchor[i].facts))
			continue;
		*namesakes = true;
		if (lists_signed(&trust->lists, list, &trust->anchor[i].facts))
			return &trust->anchor[i];
	}
	return NULL;
}

/* An authority that changes its key is there twice under one name: either may have signed. */
static int check_list(struct x509_trust *trust, unsigned int list, struct error *e)
{
	bool namesakes;
	const struct anchor *signer = find_signer(trust, list, &namesakes);
	const char *limit = lists_limit(&trust->lists, list);

	if (!signer && namesakes)
		return error_set(e, EINVAL, "%s: a revocation list is not signed by its issuer", trust->crl_name);
	if (limit)
		return remark(trust, list, true, limit, e);
	if (!signer)
		return remark(trust, list, false,
			      "is not verified yet, since its authority is not in the trust store: "
			      "it counts for chains with a certificate of this authority whose key has signed it",
			      e);
	if (!(signer->facts.usage & USAGE_CRL_SIGN))
		return remark(trust, list, true,
			      "is from an authority that may not sign lists (keyUsage lacks "
			      "cRLSign): it revokes, but is not the list that must be there",
			      e);
	return 0;
}

/* Who has signed a certificate of the store, for the lists that might revoke it. */
static void find_issuer(struct x509_trust *trust, struct anchor *anchor)
{
	unsigned int count;
	const struct anchor *first = trust_find(trust, &anchor->facts.issuer, &count);

	for (unsigned int i = 0; !anchor->issuer && i < count; i++)
		if (facts_may_have_issued(&first[i].facts, &anchor->facts) &&
		    facts_issued(&first[i].facts, &anchor->facts))
			anchor->issuer = &first[i];
}

static int add_lists(struct x509_trust *trust, const char *name, const struct bytes *crl, struct error *e)
{
	int r = lists_read(name, crl, &trust->lists, e);

	if (r)
		return r;
	text_copy(trust->crl_name, sizeof(trust->crl_name), name);
	trust->remark = calloc(trust->lists.count + 1, sizeof(*trust->remark));
	if (!trust->remark)
		return out_of_memory(e);
	for (unsigned int i = 0; i < trust->count; i++)
		find_issuer(trust, &trust->anchor[i]);
	for (unsigned int i = 0; !r && i < trust->lists.count; i++)
		r = check_list(trust, i, e);
	return r;
}

/* ---- a store ---------------------------------------------------------------------- */

int x509_trust_new(const char *ca_name, const struct bytes *ca, const char *crl_name, const struct bytes *crl,
		   struct x509_trust **trust, struct error *e)
{
	struct x509_trust *new = calloc(1, sizeof(*new));
	int r;

	if (!new)
		return out_of_memory(e);
	r = ca ? add_file(new, ca_name, ca, e) : add_system(new, e);
	if (!r)
		sort_anchors(new);
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
	for (unsigned int i = 0; i < trust->count; i++)
		free_anchor(&trust->anchor[i]);
	free(trust->anchor);
	lists_free(&trust->lists);
	for (unsigned int i = 0; i < trust->remark_count; i++)
		free(trust->remark[i].text);
	free(trust->remark);
	free(trust);
}

unsigned int x509_trust_count(const struct x509_trust *trust)
{
	return trust ? trust->count : 0;
}

const struct x509_remark *x509_trust_remark(const struct x509_trust *trust, unsigned int i)
{
	return trust && i < trust->remark_count ? &trust->remark[i] : NULL;
}
