/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The texts of /proc/net/tls_stat and of a client's info in /proc/fs/nfsd/clients; each input is read as both. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/transport/transport.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct transport_tls_counters counters;
	struct transport_client client;
	AUTO_STRBUF text = { 0 };

	strbuf_add(&text, (const char *)data, size);
	if (text.failed)
		return 0;
	(void)transport_tls_counters_parse(text.text, &counters, NULL);
	if (!transport_client_parse(text.text, &client) && (!client.id[0] && !client.address[0]) &&
	    !strstr(text.text, "clientid:"))
		abort();
	return 0;
}
