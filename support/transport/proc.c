/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text files of /proc: the record layer's counters, and the server's clients. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/transport/transport_private.h"

/* ---- /proc/net/tls_stat -------------------------------------------------- */

struct counters {
	struct transport_tls_counters *to;
	uint64_t sockets[4];
};

static const struct {
	const char *name;
	int socket; /* number in sockets, -1: another */
	size_t member;
	bool rekeys;
} counter_names[] = {
	{ "TlsCurrTxSw", 0, 0, false },
	{ "TlsCurrRxSw", 1, 0, false },
	{ "TlsCurrTxDevice", 2, 0, false },
	{ "TlsCurrRxDevice", 3, 0, false },
	{ "TlsDecryptError", -1, offsetof(struct transport_tls_counters, decrypt_errors), false },
	{ "TlsRxRekeyOk", -1, offsetof(struct transport_tls_counters, rekeys), true },
	{ "TlsTxRekeyOk", -1, offsetof(struct transport_tls_counters, rekeys), true },
	{ "TlsRxRekeyError", -1, offsetof(struct transport_tls_counters, rekey_errors), true },
	{ "TlsTxRekeyError", -1, offsetof(struct transport_tls_counters, rekey_errors), true },
};

static void take_counter(const char *name, size_t size, uint64_t value, struct counters *counters)
{
	for (size_t i = 0; i < ARRAY_SIZE(counter_names); i++) {
		if (strlen(counter_names[i].name) != size || strncmp(counter_names[i].name, name, size))
			continue;
		if (counter_names[i].socket >= 0)
			counters->sockets[counter_names[i].socket] = value;
		else
			*(uint64_t *)(void *)((char *)counters->to + counter_names[i].member) += value;
		counters->to->has_rekeys = counters->to->has_rekeys || counter_names[i].rekeys;
	}
}

static int parse_line(const char *line, struct counters *counters)
{
	size_t size = strcspn(line, " \t\n");
	const char *number = line + size + strspn(line + size, " \t");
	unsigned long long value;
	char *end;

	if (!size || number[0] < '0' || number[0] > '9')
		return -EBADMSG;
	errno = 0;
	value = strtoull(number, &end, 10);
	if (errno || *end != '\n')
		return -EBADMSG;
	take_counter(line, size, value, counters);
	return 0;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

int transport_tls_counters_parse(const char *text, struct transport_tls_counters *to, struct error *e)
{
	struct counters counters = { .to = to };
	unsigned int number = 0;

	*to = (struct transport_tls_counters){ .known = true };
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		number++;
		if (parse_line(line, &counters))
			return error_set(e, EBADMSG, "/proc/net/tls_stat:%u: not understood", number);
	}
	to->sockets_software = larger(counters.sockets[0], counters.sockets[1]);
	to->sockets_device = larger(counters.sockets[2], counters.sockets[3]);
	return 0;
}

int transport_tls_counters_read(const char *root, struct transport_tls_counters *counters, struct error *e)
{
	AUTO_STRBUF text = { 0 };
	char path[PATH_MAX];
	int r;

	*counters = (struct transport_tls_counters){ .known = false };
	snprintf(path, sizeof(path), "%s/proc/net/tls_stat", root);
	r = file_read_unsized(path, 65536, &text, e);
	if (r == -ENOENT)
		return 0; /* the module is not loaded: there is no connection with TLS */
	return r ? r : transport_tls_counters_parse(text.text, counters, e);
}

/* ---- /proc/fs/nfsd/portlist ------------------------------------------------------ */

struct listeners {
	transport_listener_visitor *visit;
	void *context;
};

/* "tcp 2049" */
static int take_listener(char *line, void *context)
{
	const struct listeners *listeners = context;
	char *protocol = transport_next_word(&line), *number = protocol ? transport_next_word(&line) : NULL;
	long long port;

	if (!number || *line || text_number(number, 0, UINT16_MAX, &port))
		return -EBADMSG;
	listeners->visit(protocol, htons((uint16_t)port), listeners->context);
	return 0;
}

int transport_listeners_parse(const char *name, char *text, transport_listener_visitor *visit, void *context,
			      struct error *e)
{
	struct listeners listeners = { visit, context };

	return transport_each_line(name, text, take_listener, &listeners, e);
}

/* ---- /proc/fs/nfsd/clients ------------------------------------------------------ */

/* The value behind "key: ", with or without quotes, to the end of the line; false without it. */
static bool value_of(const char *text, const char *key, char *value, size_t room)
{
	size_t size = strlen(key);

	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *at = line + size;
		size_t length;

		if (strncmp(line, key, size) || *at++ != ':')
			continue;
		at += strspn(at, " ");
		length = strcspn(at, "\n");
		if (length >= 2 && at[0] == '"' && at[length - 1] == '"') {
			at++;
			length -= 2;
		}
		if (length >= room)
			length = room - 1;
		memcpy(value, at, length);
		value[length] = '\0';
		return true;
	}
	return false;
}

int transport_client_parse(const char *text, struct transport_client *client)
{
	size_t size = strlen(text);
	long long number;
	char minor[8];

	*client = (struct transport_client){ .minor = -1 };
	if (!size || text[size - 1] != '\n' || !value_of(text, "clientid", client->id, sizeof(client->id)) ||
	    !value_of(text, "address", client->address, sizeof(client->address)))
		return -EBADMSG;
	if (value_of(text, "minor version", minor, sizeof(minor)) && !text_number(minor, 0, 9, &number))
		client->minor = (int)number;
	(void)value_of(text, "name", client->name, sizeof(client->name));
	(void)value_of(text, "callback address", client->callback, sizeof(client->callback));
	(void)value_of(text, "status", client->status, sizeof(client->status));
	return 0;
}

/* What a client that leaves does to those who read of it. */
static bool has_left(int r)
{
	return r == -ENOENT || r == -ENXIO || r == -ENODEV || r == -ESTALE;
}

static int visit_client(const char *folder, const char *name, transport_client_visitor *visit, void *context,
			struct error *e)
{
	AUTO_STRBUF text = { 0 };
	struct transport_client client;
	char path[PATH_MAX];
	int r;

	if (name[0] < '0' || name[0] > '9')
		return 0;
	if (snprintf(path, sizeof(path), "%s/%s/info", folder, name) >= (int)sizeof(path))
		return error_set(e, ENAMETOOLONG, "%s: the path is too long", folder);
	r = file_read_unsized(path, 65536, &text, e);
	if (r)
		return has_left(r) ? 0 : r;
	if (transport_client_parse(text.text, &client))
		return error_set(e, EBADMSG, "%s: not understood", path);
	visit(&client, context);
	return 0;
}

int transport_clients(const char *root, transport_client_visitor *visit, void *context, struct error *e)
{
	char folder[PATH_MAX];
	struct dirent *entry;
	struct error next;
	DIR *dir;
	int r = 0;

	snprintf(folder, sizeof(folder), "%s/proc/fs/nfsd/clients", root);
	dir = opendir(folder);
	if (!dir)
		return error_set(e, errno, "cannot list %s: %s", folder, strerror(errno));
	while ((entry = readdir(dir))) {
		int one = visit_client(folder, entry->d_name, visit, context, r ? &next : e);

		r = r ? r : one;
	}
	closedir(dir);
	return r;
}
