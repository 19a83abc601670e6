/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/x509/constraints_private.h"

#include <string.h>

#include "support/x509/directory_private.h"

/* GeneralName (RFC 5280 section 4.2.1.6), by the tags of its kinds. */
enum name_kind {
	NAME_EMAIL = DER_SIMPLE(1),
	NAME_DNS = DER_SIMPLE(2),
	NAME_DIRECTORY = DER_CONSTRUCTED(4),
	NAME_ADDRESS = DER_SIMPLE(7),
};

struct name {
	unsigned int kind; /* the tag */
	struct der value;
};

/* One authority's constraints against one certificate's names. */
struct check {
	struct der permitted, excluded; /* GeneralSubtrees */
	unsigned int *budget;
	enum constraints_answer answer;
};

/* ---- DNS names ---------------------------------------------------------------- */

static struct der without_dot_at_end(struct der name)
{
	if (name.size && name.data[name.size - 1] == '.')
		name.size--;
	return name;
}

static unsigned char lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c - 'A' + 'a') : c;
}

static bool equal_nocase(const unsigned char *a, const unsigned char *b, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (lower(a[i]) != lower(b[i]))
			return false;
	return true;
}

/* The base stands for itself and all below it; with a dot in front, as many write it, only for what is below. */
static bool is_in_domain(const struct der *name, const struct der *base)
{
	size_t more = name->size - base->size;

	if (!base->size)
		return true;
	if (name->size < base->size || !equal_nocase(name->data + more, base->data, base->size))
		return false;
	return !more || base->data[0] == '.' || name->data[more - 1] == '.';
}

/* *.example.org could be used as a.example.org, so it is excluded together with that one. */
static bool could_be_in_domain(const struct der *name, const struct der *base)
{
	const unsigned char *dot = base->size ? memchr(base->data, '.', base->size) : NULL;
	size_t rest;

	if (name->size < 2 || name->data[0] != '*' || !dot)
		return false;
	rest = (size_t)(base->data + base->size - dot);
	return rest == name->size - 1 && dot > base->data && equal_nocase(dot, name->data + 1, rest);
}

static bool is_dns_within(const struct der *raw_name, const struct der *raw_base, bool excluding)
{
	struct der name = without_dot_at_end(*raw_name), base = without_dot_at_end(*raw_base);

	return is_in_domain(&name, &base) || (excluding && could_be_in_domain(&name, &base));
}

/* ---- addresses ------------------------------------------------------------------ */

/* An address and a mask (RFC 4632), each as long as the name. */
static bool is_address_within(const struct der *name, const struct der *base)
{
	if (base->size != 2 * name->size)
		return false;
	for (size_t i = 0; i < name->size; i++)
		if ((name->data[i] ^ base->data[i]) & base->data[name->size + i])
			return false;
	return true;
}

static bool is_subnet(const struct der *base)
{
	size_t half = base->size / 2;
	bool ended = false;

	if (base->size != 8 && base->size != 32)
		return false;
	for (size_t bit = 0; bit < half * 8; bit++) {
		bool set = base->data[half + bit / 8] & 0x80u >> bit % 8;

		if (set && ended)
			return false;
		ended = !set;
	}
	return true;
}

/* ---- mail addresses --------------------------------------------------------------- */

/* One address, all of a host, or with a dot in front all of the hosts below a domain. */
static bool is_email_within(const struct der *name, const struct der *base, bool excluding)
{
	const unsigned char *sign = name->size ? memrchr(name->data, '@', name->size) : NULL;
	struct der host;

	if (!base->size)
		return true;
	if (!sign)
		return excluding; /* it is none */
	host.data = sign + 1;
	host.size = name->size - (size_t)(host.data - name->data);
	if (memchr(base->data, '@', base->size)) {
		size_t local = (size_t)(host.data - name->data);

		return base->size == name->size && !memcmp(base->data, name->data, local) &&
		       equal_nocase(base->data + local, host.data, host.size);
	}
	if (base->data[0] == '.')
		return host.size > base->size &&
		       equal_nocase(host.data + host.size - base->size, base->data, base->size);
	return host.size == base->size && equal_nocase(host.data, base->data, base->size);
}

/* ---- subtrees ------------------------------------------------------------------------ */

static void conclude(struct check *check, enum constraints_answer answer)
{
	if (check->answer == CONSTRAINTS_KEPT)
		check->answer = answer;
}

/* minimum and maximum have no use (RFC 5280 section 4.2.1.10). */
static bool next_base(struct der *rest, struct name *base)
{
	struct der one;

	return der_take(rest, DER_SEQUENCE, &one) && der_next(&one, &base->kind, &base->value, NULL) && !one.size &&
	       (base->kind != NAME_ADDRESS || is_subnet(&base->value));
}

/* Names of kinds that nobody here compares are within all that is excluded, and in nothing that is permitted. */
static bool is_within(const struct name *name, const struct name *base, bool excluding)
{
	switch (name->kind) {
	case NAME_DNS:
		return is_dns_within(&name->value, &base->value, excluding);
	case NAME_ADDRESS:
		return is_address_within(&name->value, &base->value);
	case NAME_EMAIL:
		return is_email_within(&name->value, &base->value, excluding);
	case NAME_DIRECTORY:
		return directory_is_within(&name->value, &base->value, excluding);
	default:
		return excluding;
	}
}

/* *mentioned: are there subtrees for names of this kind? */
static bool find_within(struct check *check, struct der rest, const struct name *name, bool excluding, bool *mentioned)
{
	struct name base;

	*mentioned = false;
	while (rest.size && check->answer == CONSTRAINTS_KEPT) {
		if (!*check->budget) {
			conclude(check, CONSTRAINTS_TOO_MANY);
			return false;
		}
		--*check->budget;
		if (!next_base(&rest, &base)) {
			conclude(check, CONSTRAINTS_BROKEN);
			return false;
		}
		if (base.kind != name->kind)
			continue;
		*mentioned = true;
		if (is_within(name, &base, excluding))
			return true;
	}
	return false;
}

static void check_name(struct check *check, const struct name *name)
{
	bool mentioned;

	if (find_within(check, check->excluded, name, true, &mentioned) ||
	    (!find_within(check, check->permitted, name, false, &mentioned) && mentioned))
		conclude(check, CONSTRAINTS_BROKEN);
}

/* ---- a certificate's names -------------------------------------------------------------- */

static void check_alternative_names(struct check *check, const struct facts *cert, bool *has_dns_name)
{
	struct der rest = cert->names;
	struct name name;

	while (rest.size && check->answer == CONSTRAINTS_KEPT) {
		if (!der_next(&rest, &name.kind, &name.value, NULL)) {
			conclude(check, CONSTRAINTS_BROKEN);
			return;
		}
		*has_dns_name = *has_dns_name || name.kind == NAME_DNS;
		check_name(check, &name);
	}
}

static bool could_be_host(const struct der *name)
{
	char text[256];

	if (name->size >= sizeof(text) || !memchr(name->data, '.', name->size))
		return false;
	memcpy(text, name->data, name->size);
	text[name->size] = '\0';
	return strlen(text) == name->size && x509_dns_name_matches(text, name->size, text);
}

/* What else a subject can hold besides itself: a mail address, and a common name that is a host's. */
static void check_attribute(struct check *check, struct der *rest, bool common_name_counts)
{
	static const struct der email = { (const unsigned char *)"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", 9 };
	static const struct der common_name = { (const unsigned char *)"\x55\x04\x03", 3 };
	struct der one, oid;
	struct name name;
	unsigned int type;

	if (!der_take(rest, DER_SEQUENCE, &one) || !der_take(&one, DER_OID, &oid) ||
	    !der_next(&one, &type, &name.value, NULL)) {
		conclude(check, CONSTRAINTS_BROKEN);
		return;
	}
	if (der_equal(&oid, &email))
		name.kind = NAME_EMAIL;
	else if (der_equal(&oid, &common_name) && common_name_counts && could_be_host(&name.value))
		name.kind = NAME_DNS;
	else
		return;
	check_name(check, &name);
}

static void check_subject(struct check *check, const struct facts *cert, bool common_name_counts)
{
	struct name subject = { NAME_DIRECTORY, cert->subject };
	struct der file = cert->subject, all, set;

	if (!der_take(&file, DER_SEQUENCE, &all) || !all.size)
		return;
	check_name(check, &subject);
	while (check->answer == CONSTRAINTS_KEPT && der_take(&all, DER_SET, &set))
		while (check->answer == CONSTRAINTS_KEPT && set.size)
			check_attribute(check, &set, common_name_counts);
}

static bool read_constraints(const struct facts *authority, struct check *check)
{
	struct der all = authority->constraints;

	der_take(&all, DER_CONSTRUCTED(0), &check->permitted);
	der_take(&all, DER_CONSTRUCTED(1), &check->excluded);
	return !all.size;
}

enum constraints_answer constraints_check(const struct facts *authority, const struct facts *cert, bool is_leaf,
					  unsigned int *budget)
{
	struct check check = { .budget = budget, .answer = CONSTRAINTS_KEPT };
	bool has_dns_name = false;

	if (!authority->has_constraints)
		return CONSTRAINTS_KEPT;
	if (!read_constraints(authority, &check))
		return CONSTRAINTS_BROKEN;
	check_alternative_names(&check, cert, &has_dns_name);
	check_subject(&check, cert, is_leaf && !has_dns_name);
	return check.answer;
}
