/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The texts of utab, of two files of /proc/fs/nfsfs and of the server's portlist; each input is read as all of them. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/transport/transport_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_record(const struct utab_record *record, void *context)
{
	(void)context;
	if (!record->source || !record->target || !record->options)
		abort();
	(void)utab_record_is_of(record, "[2001:db8::2]:/x", "vers=4.2,addr=2001:db8::2");
}

static void on_server(const struct sockaddr_storage *end, const char *server, void *context)
{
	(void)context;
	if (!end->ss_family || !*server || strchr(server, '\n'))
		abort();
}

static int on_volume(const struct transport_volume *volume, void *context)
{
	(void)context;
	if (!volume->end.ss_family)
		abort();
	return 0;
}

static void on_listener(const char *protocol, in_port_t port, void *context)
{
	(void)port;
	(void)context;
	if (!*protocol || strchr(protocol, ' '))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_STRBUF text = { 0 };
	char *copy[4] = { NULL };

	strbuf_add(&text, (const char *)data, size);
	for (size_t i = 0; i < ARRAY_SIZE(copy); i++)
		copy[i] = text.failed ? NULL : strdup(text.text);
	if (copy[0] && copy[1] && copy[2] && copy[3]) {
		(void)transport_records_parse("fuzz", copy[0], on_record, NULL, NULL);
		(void)transport_servers_parse("fuzz", copy[1], on_server, NULL, NULL);
		(void)transport_listeners_parse("fuzz", copy[2], on_listener, NULL, NULL);
		(void)transport_volumes_parse("fuzz", copy[3], on_volume, NULL, NULL);
	}
	for (size_t i = 0; i < ARRAY_SIZE(copy); i++)
		free(copy[i]);
	return 0;
}
