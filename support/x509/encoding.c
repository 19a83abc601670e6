/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/x509/encoding_private.h"

#include <string.h>

bool encoding_is_pem(const void *data, size_t size)
{
	static const char mark[] = "-----BEGIN ";

	return size && memmem(data, size, mark, sizeof(mark) - 1);
}

size_t encoding_element_size(const unsigned char *data, size_t size)
{
	size_t length = 0, octets;

	if (size < 2 || data[0] != 0x30)
		return 0;
	if (data[1] < 0x80)
		return size >= data[1] + 2u ? data[1] + 2u : 0;
	octets = data[1] & 0x7f;
	/* Three octets are 16 MB, more than any certificate. */
	if (octets < 1 || octets > 3 || size < 2 + octets)
		return 0;
	for (size_t i = 0; i < octets; i++)
		length = length << 8 | data[2 + i];
	return length <= size - 2 - octets ? length + 2 + octets : 0;
}
