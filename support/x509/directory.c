/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/x509/directory_private.h"

/* ---- strings ---------------------------------------------------------------- */

enum string_type {
	STRING_UTF8 = 0x0c,
	STRING_PRINTABLE = 0x13,
	STRING_TELETEX = 0x14,
	STRING_IA5 = 0x16,
	STRING_VISIBLE = 0x1a,
	STRING_UNIVERSAL = 0x1c,
	STRING_BMP = 0x1e,
};

/* How many bytes a character has; 0: it is no string. */
static size_t width_of(unsigned int type)
{
	switch (type) {
	case STRING_UTF8:
	case STRING_PRINTABLE:
	case STRING_TELETEX:
	case STRING_IA5:
	case STRING_VISIBLE:
		return 1;
	case STRING_BMP:
		return 2;
	case STRING_UNIVERSAL:
		return 4;
	default:
		return 0;
	}
}

struct text {
	struct der rest;
	unsigned int type;
	bool is_broken;
};

#define END_OF_TEXT UINT32_MAX

/* RFC 3629; overlong forms are left to the comparison, which finds them different. */
static uint32_t next_utf8(struct text *text)
{
	unsigned char first = text->rest.data[0];
	size_t more = first < 0x80 ? 0 : first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
	uint32_t c = more ? first & (0x3fu >> more) : first;

	if ((first >= 0x80 && first < 0xc0) || first >= 0xf8 || text->rest.size <= more) {
		text->is_broken = true;
		return END_OF_TEXT;
	}
	for (size_t i = 1; i <= more; i++) {
		if ((text->rest.data[i] & 0xc0) != 0x80)
			text->is_broken = true;
		c = c << 6 | (text->rest.data[i] & 0x3fu);
	}
	text->rest.data += more + 1;
	text->rest.size -= more + 1;
	return c;
}

static uint32_t next_raw(struct text *text)
{
	size_t width = width_of(text->type);
	uint32_t c = 0;

	if (!text->rest.size)
		return END_OF_TEXT;
	if (text->type == STRING_UTF8)
		return next_utf8(text);
	if (text->rest.size < width) {
		text->is_broken = true;
		return END_OF_TEXT;
	}
	for (size_t i = 0; i < width; i++)
		c = c << 8 | text->rest.data[i];
	text->rest.data += width;
	text->rest.size -= width;
	return c;
}

static bool is_blank(uint32_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip_blanks(struct text *text)
{
	struct text before = *text;

	while (is_blank(next_raw(text)))
		before = *text;
	text->rest = before.rest;
}

/* Blanks count as one, and at the end as none. */
static uint32_t next_character(struct text *text)
{
	uint32_t c = next_raw(text);

	if (is_blank(c)) {
		skip_blanks(text);
		return text->rest.size ? ' ' : END_OF_TEXT;
	}
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static bool equal_texts(struct text a, struct text b, bool doubtful)
{
	uint32_t c;

	skip_blanks(&a);
	skip_blanks(&b);
	do {
		c = next_character(&a);
		if (c != next_character(&b))
			return (a.is_broken || b.is_broken) && doubtful;
	} while (c != END_OF_TEXT);
	return (!a.is_broken && !b.is_broken) || doubtful;
}

/* ---- parts --------------------------------------------------------------------- */

/* AttributeTypeAndValue. */
struct attribute {
	struct der type, value;
	unsigned int tag;
};

static bool next_attribute(struct der *set, struct attribute *attribute)
{
	struct der one;

	return der_take(set, DER_SEQUENCE, &one) && der_take(&one, DER_OID, &attribute->type) &&
	       der_next(&one, &attribute->tag, &attribute->value, NULL) && !one.size;
}

static bool equal_attributes(const struct attribute *a, const struct attribute *b, bool doubtful)
{
	if (!der_equal(&a->type, &b->type))
		return false;
	if (width_of(a->tag) && width_of(b->tag))
		return equal_texts((struct text){ .rest = a->value, .type = a->tag },
				   (struct text){ .rest = b->value, .type = b->tag }, doubtful);
	return a->tag == b->tag && der_equal(&a->value, &b->value);
}

static bool has_attribute(struct der set, const struct attribute *wanted, bool doubtful)
{
	struct attribute one;

	while (set.size) {
		if (!next_attribute(&set, &one))
			return doubtful;
		if (equal_attributes(&one, wanted, doubtful))
			return true;
	}
	return false;
}

/* The attributes of a part have no order. */
static bool has_all(const struct der *set, struct der wanted, bool doubtful)
{
	struct attribute one;

	while (wanted.size) {
		if (!next_attribute(&wanted, &one))
			return doubtful;
		if (!has_attribute(*set, &one, doubtful))
			return false;
	}
	return true;
}

bool directory_is_within(const struct der *name, const struct der *base, bool doubtful)
{
	struct der name_file = *name, base_file = *base, parts, wanted, part, wanted_part;

	if (!der_take(&name_file, DER_SEQUENCE, &parts) || !der_take(&base_file, DER_SEQUENCE, &wanted))
		return doubtful;
	while (wanted.size) {
		if (!der_take(&wanted, DER_SET, &wanted_part))
			return doubtful;
		if (!parts.size)
			return false;
		if (!der_take(&parts, DER_SET, &part))
			return doubtful;
		if (!has_all(&part, wanted_part, doubtful) || !has_all(&wanted_part, part, doubtful))
			return false;
	}
	return true;
}
