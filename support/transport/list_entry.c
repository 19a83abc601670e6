/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One transport of a list: what /sys says of it and what its socket proves; and what all parts of a list need. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/transport/list_private.h"

#define TABLE_MAX (256u << 20)

/* ---- common --------------------------------------------------------------------- */

int transport_join_out_of_memory(const struct joining *j)
{
	return error_set(j->e, ENOMEM, "out of memory");
}

void transport_join_note(const struct joining *j, const char *fmt, ...)
{
	char text[TRANSPORT_WHY_MAX];
	va_list args;

	if (!j->sources->note)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	j->sources->note(text, j->sources->context);
}

int transport_join_read(const struct joining *j, const char *name, char *path, size_t room, struct strbuf *text,
			struct error *e)
{
	int r;

	if (snprintf(path, room, "%s%s", j->sources->root, name) >= (int)room)
		return error_set(e, ENAMETOOLONG, "%s: the path is too long", j->sources->root);
	r = file_read_unsized(path, TABLE_MAX, text, e);
	if (!r && strlen(text->text) != text->size)
		r = error_set(e, EBADMSG, "%s: not understood", path);
	return r;
}

/* ---- one transport -------------------------------------------------------------- */

enum transport_proof transport_join_proof_of(const struct transport_socket *socket)
{
	if (socket->tls_version && socket->tls_cipher && socket->tls_sends && socket->tls_receives)
		return TRANSPORT_ENCRYPTED;
	if (socket->tls_sends != socket->tls_receives)
		return TRANSPORT_HALF;
	if (socket->tls_sends)
		return TRANSPORT_UNPROVEN; /* a record layer that does not say what it does */
	return socket->all_told ? TRANSPORT_CLEAR : TRANSPORT_UNPROVEN;
}

bool transport_join_is_promised(const struct transport_entry *t)
{
	return t->proof == TRANSPORT_CLEAR && transport_is_promised_tls(&t->socket);
}

static void prove(const struct joining *j, const char *name, struct transport_entry *t)
{
	struct transport_ends ends = transport_ends_of(&t->local, &t->remote);
	struct socket_entry *entry = NULL;

	/* TLS is for TCP. */
	if (strcmp(t->protocol, "tcp")) {
		t->proof = TRANSPORT_CLEAR;
		return;
	}
	/* Here another connection may have the same ends. */
	if (j->list->sys_elsewhere)
		return;
	if (t->has_ends)
		HASH_FIND(hh, j->sockets, &ends, sizeof(ends), entry);
	if (entry) {
		t->socket = *entry->socket;
		t->proof = transport_join_proof_of(entry->socket);
	} else if (t->connected && j->sources->has_sockets) {
		transport_join_note(j, "%s: there is no socket with its addresses and ports", name);
	}
}

struct transport_entry *transport_join_add(struct joining *j)
{
	const struct transport_entry entry = { .is_server = false };
	struct transport_list *list = j->list;

	return ARRAY_APPEND(list->at, list->count, entry) ? &list->at[list->count - 1] : NULL;
}

int transport_join_add_number(size_t **numbers, size_t *count, size_t number)
{
	return ARRAY_APPEND(*numbers, *count, number) ? 0 : -ENOMEM;
}

/* ---- switches ------------------------------------------------------------------------ */

struct gathering {
	struct joining *j;
	struct switch_entry *entry;
	bool failed;
};

static int name_transport(struct joining *j, const char *name, size_t number)
{
	struct named_entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return -ENOMEM;
	text_copy(entry->name, sizeof(entry->name), name);
	entry->number = number;
	HASH_ADD_STR(j->named, name, entry);
	if (entry->hh.tbl)
		return 0;
	free(entry);
	return -ENOMEM;
}

struct transport_entry *transport_join_add_link(struct joining *j, const struct transport_link *link)
{
	struct transport_entry *t = transport_join_add(j);

	if (!t)
		return NULL;
	text_copy(t->protocol, sizeof(t->protocol), link->protocol);
	text_copy(t->security, sizeof(t->security), link->security);
	t->tells_security = link->tells_security;
	t->connected = link->connected;
	t->has_ends = link->has_ports;
	t->local = link->local;
	t->remote = link->remote;
	prove(j, link->name, t);
	return t;
}

/* Its number in the list; -ENOMEM. */
static int number_of(struct joining *j, const struct transport_link *link, size_t *number)
{
	struct named_entry *known;

	HASH_FIND_STR(j->named, link->name, known);
	*number = known ? known->number : j->list->count;
	if (known)
		return 0;
	return transport_join_add_link(j, link) ? name_transport(j, link->name, *number) : -ENOMEM;
}

static void take_link(const struct transport_link *link, void *context)
{
	struct gathering *to = context;
	size_t number;

	if (number_of(to->j, link, &number) ||
	    transport_join_add_number(&to->entry->numbers, &to->entry->count, number))
		to->failed = true;
}

static struct switch_entry *add_switch(struct joining *j, const char *name)
{
	struct switch_entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return NULL;
	text_copy(entry->name, sizeof(entry->name), name);
	HASH_ADD_STR(j->switches, name, entry);
	if (entry->hh.tbl)
		return entry;
	free(entry);
	return NULL;
}

/* What keeps a switch from being read is kept with it: it is so for all its mounts. */
static int read_switch(struct joining *j, struct switch_entry *entry)
{
	struct gathering to = { .j = j, .entry = entry };
	struct error why;

	entry->error = transport_of_switch(j->sources->root, entry->name, take_link, &to, &why);
	if (!entry->error && !entry->count)
		entry->error = error_set(&why, ENOENT, "%s of the kernel has no transport", entry->name);
	if (entry->error)
		text_copy(entry->why, sizeof(entry->why), why.text);
	return to.failed || entry->error == -ENOMEM ? transport_join_out_of_memory(j) : 0;
}

int transport_join_switch(struct joining *j, const char *name, struct switch_entry **found)
{
	HASH_FIND_STR(j->switches, name, *found);
	if (*found)
		return 0;
	*found = add_switch(j, name);
	return *found ? read_switch(j, *found) : transport_join_out_of_memory(j);
}
