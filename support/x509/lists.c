/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/x509/foreign_private.h"
#include "support/x509/lists_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SIGNERS_MAX 8u
#define NO_TIME ((time_t)-1)

/* What keeps a list from telling that a certificate is not revoked. */
enum list_limit {
	LIMIT_DELTA = 1 << 0,
	LIMIT_REASONS = 1 << 1,
	LIMIT_INDIRECT = 1 << 2,
	LIMIT_ATTRIBUTES = 1 << 3,
	LIMIT_UNKNOWN = 1 << 4,
	LIMITS_OF_ALL = LIMIT_DELTA | LIMIT_REASONS | LIMIT_INDIRECT | LIMIT_ATTRIBUTES | LIMIT_UNKNOWN,
	/* These depend on the certificate. */
	LIMIT_LEAVES = 1 << 5,
	LIMIT_AUTHORITIES = 1 << 6,
	LIMIT_POINT = 1 << 7,
};

/* What is known of one key. */
struct signer {
	unsigned char key[FACTS_KEY_HASH_SIZE];
	bool has_signed;
};

struct list {
	gnutls_datum_t whole; /* DER; all below points into it */
	struct signature signature;
	struct der issuer, key_id;
	struct der point;		 /* fullName of the distribution point: GeneralNames */
	time_t this_update, next_update; /* NO_TIME: it says none */
	unsigned int limits;
	struct der *revoked; /* serial numbers, sorted */
	size_t revoked_count;
	struct signer signer[SIGNERS_MAX];
	unsigned int signer_count;
};

/* ---- extensions ------------------------------------------------------------- */

static bool is_extension(const struct facts_extension *extension, unsigned char number)
{
	const unsigned char oid[] = { 0x55, 0x1d, number }; /* id-ce */

	return extension->oid.size == sizeof(oid) && !memcmp(extension->oid.data, oid, sizeof(oid));
}

#define EXTENSION_REASON 21
#define EXTENSION_DELTA 27
#define EXTENSION_POINT 28
#define EXTENSION_ENTRY_ISSUER 29
#define EXTENSION_ISSUER_KEY_ID 35

/* RFC 5280 section 5.2.5: issuingDistributionPoint. */
static bool read_point(const struct der *value, struct list *list)
{
	static const struct {
		unsigned int number;
		enum list_limit limit;
	} flags[] = {
		{ 1, LIMIT_LEAVES },   { 2, LIMIT_AUTHORITIES }, { 3, LIMIT_REASONS },
		{ 4, LIMIT_INDIRECT }, { 5, LIMIT_ATTRIBUTES },
	};
	struct der file = *value, all, name, reasons;
	bool set;

	if (!der_take(&file, DER_SEQUENCE, &all) || file.size)
		return false;
	if (der_take(&all, DER_CONSTRUCTED(0), &name)) {
		list->limits |= LIMIT_POINT;
		der_take(&name, DER_CONSTRUCTED(0), &list->point);
	}
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		if (flags[i].limit == LIMIT_REASONS)
			set = der_take(&all, DER_SIMPLE(flags[i].number), &reasons);
		else if (!der_take_flag(&all, DER_SIMPLE(flags[i].number), &set))
			return false;
		if (set)
			list->limits |= flags[i].limit;
	}
	return !all.size;
}

static bool read_extension(const struct facts_extension *extension, struct list *list)
{
	if (is_extension(extension, EXTENSION_ISSUER_KEY_ID))
		return facts_read_issuer_key_id(&extension->value, &list->key_id);
	if (is_extension(extension, EXTENSION_POINT))
		return read_point(&extension->value, list);
	if (is_extension(extension, EXTENSION_DELTA))
		list->limits |= LIMIT_DELTA;
	else if (extension->critical)
		list->limits |= LIMIT_UNKNOWN;
	return true;
}

static bool read_extensions(struct der *body, struct list *list)
{
	struct facts_extension extension;
	struct der tagged, all;

	if (!der_take(body, DER_CONSTRUCTED(0), &tagged))
		return true;
	if (!der_take(&tagged, DER_SEQUENCE, &all) || tagged.size)
		return false;
	while (all.size)
		if (!facts_next_extension(&all, &extension) || !read_extension(&extension, list))
			return false;
	return true;
}

/* ---- entries ---------------------------------------------------------------------- */

/* While the entries are walked. */
struct walk {
	struct list *list;
	bool is_another; /* the entry is of another issuer's certificate (RFC 5280 section 5.3.3), as those after it */
	bool is_taken_back;
	size_t room;
};

static bool read_entry_issuer(const struct der *value, struct walk *walk)
{
	struct der file = *value, names, name;

	if (!der_take(&file, DER_SEQUENCE, &names) || file.size)
		return false;
	walk->is_another = !der_take(&names, DER_CONSTRUCTED(4), &name) || !der_equal(&name, &walk->list->issuer);
	return true;
}

/* removeFromCRL (RFC 5280 section 5.3.1) stands in delta lists alone; elsewhere it is an entry like others. */
static bool read_reason(const struct der *value, struct walk *walk)
{
	enum { ENUMERATED = 0x0a, REMOVE_FROM_CRL = 8 };
	struct der file = *value, reason;

	if (!der_take(&file, ENUMERATED, &reason) || file.size || reason.size != 1)
		return false;
	walk->is_taken_back = reason.data[0] == REMOVE_FROM_CRL && walk->list->limits & LIMIT_DELTA;
	return true;
}

static bool read_entry_extension(const struct facts_extension *extension, struct walk *walk)
{
	if (is_extension(extension, EXTENSION_ENTRY_ISSUER))
		return read_entry_issuer(&extension->value, walk);
	if (extension->critical)
		walk->list->limits |= LIMIT_UNKNOWN;
	return !is_extension(extension, EXTENSION_REASON) || read_reason(&extension->value, walk);
}

static bool take_time(struct der *rest)
{
	struct der content;

	return der_take(rest, DER_UTC_TIME, &content) || der_take(rest, DER_GENERALIZED_TIME, &content);
}

static bool add_revoked(struct walk *walk, const struct der *serial)
{
	struct list *list = walk->list;
	struct der *more;

	if (list->revoked_count == walk->room) {
		walk->room = walk->room ? walk->room * 2 : 16;
		more = reallocarray(list->revoked, walk->room, sizeof(*more));
		if (!more)
			return false;
		list->revoked = more;
	}
	list->revoked[list->revoked_count++] = *serial;
	return true;
}

static bool read_entry(struct der *rest, struct walk *walk)
{
	struct facts_extension extension;
	struct der one, serial, all = { 0 };

	walk->is_taken_back = false;
	if (!der_take(rest, DER_SEQUENCE, &one) || !der_take(&one, DER_INTEGER, &serial) || !der_is_integer(&serial) ||
	    !take_time(&one))
		return false;
	der_take(&one, DER_SEQUENCE, &all);
	while (all.size)
		if (!facts_next_extension(&all, &extension) || !read_entry_extension(&extension, walk))
			return false;
	if (one.size)
		return false;
	return walk->is_another || walk->is_taken_back || add_revoked(walk, &serial);
}

static int compare_serials(const void *a, const void *b)
{
	return der_compare(a, b);
}

static bool read_entries(struct der entries, struct list *list)
{
	struct walk walk = { .list = list };

	while (entries.size)
		if (!read_entry(&entries, &walk))
			return false;
	if (list->revoked_count)
		qsort(list->revoked, list->revoked_count, sizeof(*list->revoked), compare_serials);
	return true;
}

/* ---- a list -------------------------------------------------------------------------- */

/* The entries after the extensions, since it takes those to know what an entry means. */
static bool read_body(struct list *list)
{
	struct der file = list->signature.body, body, algorithm, entries = { 0 };
	int version;

	if (!der_take(&file, DER_SEQUENCE, &body))
		return false;
	if (der_has(&body, DER_INTEGER) && (!der_take_number(&body, DER_INTEGER, &version) || version != 1))
		return false;
	if (!der_take_whole(&body, DER_SEQUENCE, &algorithm) || !der_equal(&algorithm, &list->signature.algorithm) ||
	    !der_take_whole(&body, DER_SEQUENCE, &list->issuer) || !take_time(&body))
		return false;
	take_time(&body);
	der_take(&body, DER_SEQUENCE, &entries);
	return read_extensions(&body, list) && !body.size && read_entries(entries, list);
}

/* What GnuTLS makes of it is needed once; the bytes are kept. */
static bool read_list(struct list *list)
{
	const struct der whole = { list->whole.data, list->whole.size };
	gnutls_sign_algorithm_t kind;
	gnutls_x509_crl_t crl;
	bool good;

	if (gnutls_x509_crl_init(&crl) < 0)
		return false;
	good = gnutls_x509_crl_import(crl, &list->whole, GNUTLS_X509_FMT_DER) >= 0;
	kind = (gnutls_sign_algorithm_t)gnutls_x509_crl_get_signature_algorithm(crl);
	list->this_update = gnutls_x509_crl_get_this_update(crl);
	list->next_update = gnutls_x509_crl_get_next_update(crl);
	gnutls_x509_crl_deinit(crl);
	if (!good || list->this_update == NO_TIME || !signature_read(&whole, kind, &list->signature) ||
	    !read_body(list))
		return false;
	signature_make_digest(&list->signature);
	return true;
}

/* Moves rest to the next block that is a list; false when there is none. */
static bool find_block(gnutls_datum_t *rest)
{
	static const char begin[] = "-----BEGIN X509 CRL-----";
	unsigned char *found = rest->size ? memmem(rest->data, rest->size, begin, sizeof(begin) - 1) : NULL;

	if (!found)
		return false;
	rest->size -= (unsigned int)(found - rest->data);
	rest->data = found;
	return true;
}

static bool read_block(gnutls_datum_t *rest, struct lists *lists)
{
	struct list *more = reallocarray(lists->list, lists->count + 1, sizeof(*more)), *list;

	if (!more)
		return false;
	lists->list = more;
	list = &more[lists->count];
	memset(list, 0, sizeof(*list));
	if (gnutls_pem_base64_decode2("X509 CRL", rest, &list->whole) < 0)
		return false;
	lists->count++;
	/* Over the line that was found. */
	rest->data++;
	rest->size--;
	return read_list(list);
}

int lists_read(const char *name, const struct bytes *pem, struct lists *lists, struct error *e)
{
	gnutls_datum_t rest = { pem->data, (unsigned int)pem->size };
	unsigned int number = 0;
	int r = 0;

	*lists = (struct lists){ 0 };
	if (foreign_refuse_hiding(name, pem->data, pem->size, X509_REVOCATION_LIST, e))
		return -EINVAL;
	for (; !r && find_block(&rest); number++)
		if (!read_block(&rest, lists))
			r = error_set(e, EINVAL, "%s: revocation list %u is malformed", name, number + 1);
	if (!r && !lists->count)
		r = foreign_refuse(name, pem->data, pem->size, X509_REVOCATION_LIST, e);
	if (!r && !lists->count)
		r = error_set(e, EINVAL, "%s: no revocation list can be read: there is none in it", name);
	if (r)
		lists_free(lists);
	return r;
}

void lists_free(struct lists *lists)
{
	for (unsigned int i = 0; i < lists->count; i++) {
		gnutls_free(lists->list[i].whole.data);
		free(lists->list[i].revoked);
	}
	free(lists->list);
	*lists = (struct lists){ 0 };
}

void lists_issuer(const struct lists *lists, unsigned int i, char *out, size_t room)
{
	const struct der *name = &lists->list[i].issuer;
	gnutls_datum_t der = { (unsigned char *)(uintptr_t)name->data, (unsigned int)name->size }, text;

	text_copy(out, room, "unnamed");
	if (gnutls_x509_rdn_get2(&der, &text, 0) < 0)
		return;
	text_escape(out, room, (const char *)text.data, text.size);
	gnutls_free(text.data);
}

const char *lists_limit(const struct lists *lists, unsigned int i)
{
	static const struct {
		enum list_limit limit;
		const char *what;
	} words[] = {
#define REVOKES_ONLY "it revokes, but is not the list that must be there: add the full one"
		{ LIMIT_DELTA, "is a delta list: " REVOKES_ONLY },
		{ LIMIT_REASONS, "is for some reasons only: " REVOKES_ONLY },
		{ LIMIT_INDIRECT, "is an indirect list: " REVOKES_ONLY },
		{ LIMIT_ATTRIBUTES, "is for attribute certificates: " REVOKES_ONLY },
		{ LIMIT_UNKNOWN, "has a critical extension that is not understood: " REVOKES_ONLY },
	};

	for (size_t w = 0; w < ARRAY_SIZE(words); w++)
		if (lists->list[i].limits & words[w].limit)
			return words[w].what;
	return NULL;
}

/* ---- who signed it ------------------------------------------------------------------------ */

bool lists_name(const struct lists *lists, unsigned int i, const struct facts *issuer)
{
	return facts_are_named(issuer, &lists->list[i].issuer, &lists->list[i].key_id);
}

/* Of many keys the last is remembered in the place of the one before. */
static void remember(struct list *list, const unsigned char key[FACTS_KEY_HASH_SIZE], bool has_signed)
{
	struct signer *to = &list->signer[list->signer_count < SIGNERS_MAX ? list->signer_count++ : SIGNERS_MAX - 1];

	memcpy(to->key, key, sizeof(to->key));
	to->has_signed = has_signed;
}

bool lists_signed(const struct lists *lists, unsigned int i, const struct facts *issuer)
{
	struct list *list = &lists->list[i];
	unsigned char key[FACTS_KEY_HASH_SIZE];
	bool has_signed;

	if (!lists_name(lists, i, issuer) || !facts_hash_key(issuer, key))
		return false;
	for (unsigned int s = 0; s < list->signer_count; s++)
		if (!memcmp(list->signer[s].key, key, sizeof(key)))
			return list->signer[s].has_signed;
	has_signed = signature_is_by(&list->signature, issuer->cert);
	remember(list, key, has_signed);
	return has_signed;
}

/* ---- what they say ----------------------------------------------------------------------------- */

static bool have_a_name_in_common(struct der some, struct der others)
{
	struct der one, other, rest, content;
	unsigned int tag;

	while (der_next(&some, &tag, &content, &one))
		for (rest = others; der_next(&rest, &tag, &content, &other);)
			if (der_equal(&one, &other))
				return true;
	return false;
}

/* Is it the list of one of the certificate's distribution points (RFC 5280 section 6.3.3 (b) (2))? */
static bool is_at_point(const struct list *list, const struct facts *cert)
{
	struct der points = cert->points, point, name, full;

	while (der_take(&points, DER_SEQUENCE, &point))
		if (der_take(&point, DER_CONSTRUCTED(0), &name) && der_take(&name, DER_CONSTRUCTED(0), &full) &&
		    have_a_name_in_common(list->point, full))
			return true;
	return false;
}

static bool covers(const struct list *list, const struct facts *cert)
{
	if (list->limits & (LIMITS_OF_ALL | (cert->is_authority ? LIMIT_LEAVES : LIMIT_AUTHORITIES)))
		return false;
	return !(list->limits & LIMIT_POINT) || is_at_point(list, cert);
}

static bool has_revoked(const struct list *list, const struct facts *cert)
{
	return list->revoked_count &&
	       bsearch(&cert->serial, list->revoked, list->revoked_count, sizeof(*list->revoked), compare_serials);
}

/* Of two that were made at once the one that lasts. */
static bool is_newer(const struct list *a, const struct list *b)
{
	if (a->this_update != b->this_update)
		return a->this_update > b->this_update;
	return b->next_update != NO_TIME && (a->next_update == NO_TIME || a->next_update > b->next_update);
}

enum lists_answer lists_ask(const struct lists *lists, const struct facts *cert, const struct facts *issuer, time_t now,
			    time_t *when)
{
	bool may_sign = issuer->usage & USAGE_CRL_SIGN;
	const struct list *newest = NULL, *early = NULL;

	for (unsigned int i = 0; may_sign && i < lists->count; i++) {
		const struct list *list = &lists->list[i];

		if (!lists_name(lists, i, issuer) || !covers(list, cert) || !lists_signed(lists, i, issuer))
			continue;
		if (list->this_update > now)
			early = list;
		else if (!newest || is_newer(list, newest))
			newest = list;
	}
	for (unsigned int i = 0; i < lists->count; i++)
		if ((!newest || lists->list[i].this_update >= newest->this_update) &&
		    has_revoked(&lists->list[i], cert) && lists_signed(lists, i, issuer))
			return LISTS_REVOKED;
	if (!newest && !early)
		return LISTS_MISSING;
	*when = newest ? newest->next_update : early->this_update;
	if (!newest)
		return LISTS_EARLY;
	return newest->next_update != NO_TIME && now > newest->next_update ? LISTS_OUTDATED : LISTS_GOOD;
}
