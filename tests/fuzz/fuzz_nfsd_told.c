/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/nfsd/nfsd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is found is whole, and is found again by what it is about; nothing that is refused has flags. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nfsd_told told = { .clients = NULL };

	if (nfsd_told_take_exports(&told, (const char *)data, size) ||
	    nfsd_told_take_clients(&told, (const char *)data, size))
		abort();
	for (size_t i = 0; i < told.export_count && i < 100; i++) {
		const struct nfsd_told_entry *entry = &told.exports[i];
		const struct nfsd_told_entry *found = nfsd_told_export(&told, entry->domain, entry->what);

		if (!found || found->state > entry->state || (entry->state == NFSD_TOLD_NO) != !*entry->flags)
			abort();
	}
	for (size_t i = 0; i < told.client_count && i < 100; i++) {
		const struct nfsd_told_entry *found = nfsd_told_client(&told, told.clients[i].what);

		if (found && found->state > told.clients[i].state)
			abort();
	}
	nfsd_told_free(&told);
	return 0;
}
