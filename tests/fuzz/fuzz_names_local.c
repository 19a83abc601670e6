/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <stdlib.h>

#include "support/names/names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes as a file of hosts, to be asked for its own first bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct names_local *local = names_local_parse((const char *)data, size);
	char name[] = "0123456789abcdef";

	if (!local)
		return 0;
	for (size_t i = 0; i < sizeof(name) - 1 && i < size && data[i]; i++)
		name[i] = (char)data[i];
	(void)names_local_has_name(local, name);
	if (size >= 4)
		(void)names_local_has_address(local, data, 4);
	names_local_free(local);
	return 0;
}
