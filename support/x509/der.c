/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/x509/der_private.h"

#include <string.h>

#define HIGH_TAG 0x1fu	 /* the tag's number is in the octets that follow */
#define LENGTH_OCTETS 4u /* 4 GB are enough */

static bool read_length(const unsigned char *data, size_t size, size_t *length, size_t *header)
{
	size_t octets;

	*length = data[1];
	*header = 2;
	if (*length < 0x80)
		return true;
	octets = *length & 0x7f;
	if (octets < 1 || octets > LENGTH_OCTETS || size < 2 + octets || !data[2])
		return false;
	*length = 0;
	for (size_t i = 0; i < octets; i++)
		*length = *length << 8 | data[2 + i];
	*header += octets;
	return *length >= 0x80;
}

bool der_next(struct der *rest, unsigned int *tag, struct der *content, struct der *whole)
{
	size_t length, header;

	if (rest->size < 2 || (rest->data[0] & HIGH_TAG) == HIGH_TAG ||
	    !read_length(rest->data, rest->size, &length, &header) || length > rest->size - header)
		return false;
	*tag = rest->data[0];
	*content = (struct der){ rest->data + header, length };
	if (whole)
		*whole = (struct der){ rest->data, header + length };
	rest->data += header + length;
	rest->size -= header + length;
	return true;
}

bool der_has(const struct der *rest, unsigned int tag)
{
	return rest->size && rest->data[0] == tag;
}

bool der_take(struct der *rest, unsigned int tag, struct der *content)
{
	return der_has(rest, tag) && der_next(rest, &tag, content, NULL);
}

bool der_take_whole(struct der *rest, unsigned int tag, struct der *whole)
{
	struct der content;

	return der_has(rest, tag) && der_next(rest, &tag, &content, whole);
}

bool der_is_integer(const struct der *content)
{
	const unsigned char *at = content->data;

	return content->size &&
	       (content->size == 1 || !((at[0] == 0 && at[1] < 0x80) || (at[0] == 0xff && at[1] >= 0x80)));
}

bool der_take_number(struct der *rest, unsigned int tag, int *number)
{
	struct der content;

	if (!der_take(rest, tag, &content) || !der_is_integer(&content) || content.data[0] & 0x80 || content.size > 4)
		return false;
	*number = 0;
	for (size_t i = 0; i < content.size; i++)
		*number = *number << 8 | content.data[i];
	return true;
}

bool der_take_flag(struct der *rest, unsigned int tag, bool *flag)
{
	struct der content;

	*flag = false;
	if (!der_has(rest, tag))
		return true;
	if (!der_take(rest, tag, &content) || content.size != 1)
		return false;
	*flag = content.data[0] != 0;
	return content.data[0] == 0 || content.data[0] == 0xff;
}

bool der_bits(const struct der *content, unsigned int *bits)
{
	*bits = 0;
	if (!content->size || content->data[0] > 7 || (content->size == 1 && content->data[0]))
		return false;
	for (size_t i = 0; i < 32 && i / 8 + 1 < content->size; i++)
		if (content->data[1 + i / 8] & 0x80u >> i % 8)
			*bits |= 1u << i;
	return true;
}

bool der_equal(const struct der *a, const struct der *b)
{
	return a->size == b->size && (!a->size || !memcmp(a->data, b->data, a->size));
}

int der_compare(const struct der *a, const struct der *b)
{
	if (a->size != b->size)
		return a->size < b->size ? -1 : 1;
	return a->size ? memcmp(a->data, b->data, a->size) : 0;
}
