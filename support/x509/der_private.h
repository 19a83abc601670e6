/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * der: reading what peers encode (X.690 section 10), element by element, in
 * place and without memory of its own; private to this folder.  Stricter than
 * DER readers need to be: a length in more octets than it takes, an indefinite
 * one and a tag above 30 end the reading, so that nothing has two spellings.
 */
#ifndef NFSTLS_X509_DER_PRIVATE_H
#define NFSTLS_X509_DER_PRIVATE_H

#include "support/base/base.h"

/* Bytes of somebody else's; size 0 also for what is not there. */
struct der {
	const unsigned char *data;
	size_t size;
};

/* A text's bytes, without the NUL at its end. */
#define DER_OF(text)                                            \
	{                                                       \
		(const unsigned char *)(text), sizeof(text) - 1 \
	}

enum der_tag {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_OID = 0x06,
	DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
};

/* [n] of a module with implicit tags: around a simple type, and around a constructed one. */
#define DER_SIMPLE(n) (0x80 | (n))
#define DER_CONSTRUCTED(n) (0xa0 | (n))

/* The next element of rest, which moves behind it.  whole (may be NULL) has its header as well.  False at the end, and
 * for what is not well-formed: then rest keeps its size. */
bool der_next(struct der *rest, unsigned int *tag, struct der *content, struct der *whole);

/* The same when the element has this tag; else false, and rest stays where it is. */
bool der_take(struct der *rest, unsigned int tag, struct der *content);
bool der_take_whole(struct der *rest, unsigned int tag, struct der *whole);

/* Is an element with this tag next? */
bool der_has(const struct der *rest, unsigned int tag);

/* An INTEGER's content in its one form (X.690 section 8.3.2)? */
bool der_is_integer(const struct der *content);

/* Reads an INTEGER from 0 to INT_MAX.  False for another. */
bool der_take_number(struct der *rest, unsigned int tag, int *number);

/* Reads a BOOLEAN DEFAULT FALSE: false when it is not the next element.  False is returned for a malformed one. */
bool der_take_flag(struct der *rest, unsigned int tag, bool *flag);

/* The bits of a BIT STRING's content, the first is 1 << 0, those after the 32nd are dropped.  False when malformed. */
bool der_bits(const struct der *content, unsigned int *bits);

bool der_equal(const struct der *a, const struct der *b);

/* As memcmp(), the shorter one first. */
int der_compare(const struct der *a, const struct der *b);

#endif
