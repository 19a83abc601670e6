/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Joins what different files of the kernel say about one transport; see transport.h. */
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/transport/list_private.h"

static const char *const proof_words[] = { "unknown", "clear", "half", "encrypted", "starting" };

const char *transport_proof_word(enum transport_proof proof)
{
	return (size_t)proof < ARRAY_SIZE(proof_words) ? proof_words[proof] : proof_words[0];
}

static int index_sockets(struct joining *j)
{
	const struct transport_sources *from = j->sources;

	j->socket_room = calloc(from->socket_count + 1, sizeof(*j->socket_room));
	if (!j->socket_room)
		return transport_join_out_of_memory(j);
	for (size_t i = 0; i < from->socket_count; i++) {
		struct socket_entry *entry = &j->socket_room[i];

		entry->ends = transport_ends_of(&from->sockets[i].local, &from->sockets[i].remote);
		entry->socket = &from->sockets[i];
		HASH_ADD(hh, j->sockets, ends, sizeof(entry->ends), entry);
		if (!entry->hh.tbl)
			return transport_join_out_of_memory(j);
	}
	return 0;
}

/* ---- the client's ------------------------------------------------------------------ */

static void lose_mount(struct joining *j, struct transport_mount *mount, const char *why)
{
	text_copy(mount->why, sizeof(mount->why), why);
	transport_join_note(j, "%s: %s", mount->point, why);
}

/* Also those of a switch that could not be read to its end: what is there is the mount's. */
static int join_mount(struct joining *j, size_t number)
{
	struct transport_mount *mount = &j->list->mounts[number];
	struct volume_entry *volume = transport_join_volume_of(j, mount->major, mount->minor);
	char name[TRANSPORT_SWITCH_MAX];
	struct switch_entry *entry;
	struct error why;
	int r = transport_switch_of_mount(j->sources->root, mount->major, mount->minor, name, &why);

	if (volume)
		volume->has_mount = true;
	if (r) {
		lose_mount(j, mount, why.text);
		return r == -ENOMEM ? transport_join_out_of_memory(j) : 0;
	}
	r = transport_join_switch(j, name, &entry);
	if (r)
		return r;
	if (entry->error)
		lose_mount(j, mount, entry->why);
	else
		j->of_mount[number] = entry;
	mount->some_known = entry->count > 0;
	for (size_t i = 0; i < entry->count; i++) {
		struct transport_entry *t = &j->list->at[entry->numbers[i]];

		if (transport_join_add_number(&t->mounts, &t->mount_count, number))
			return transport_join_out_of_memory(j);
	}
	return 0;
}

/* ---- mounts ----------------------------------------------------------------------------- */

static int read_mounts(struct joining *j)
{
	AUTO_STRBUF text = { 0 };
	char path[PATH_MAX];
	int r = transport_join_read(j, "/proc/self/mountinfo", path, sizeof(path), &text, j->e);

	return r ? r : transport_mounts_parse(path, text.text, j->list, j->e);
}

static int index_points(struct joining *j)
{
	struct transport_list *list = j->list;

	j->point_room = calloc(list->mount_count + 1, sizeof(*j->point_room));
	if (!j->point_room)
		return transport_join_out_of_memory(j);
	for (size_t i = 0; i < list->mount_count; i++) {
		struct mount_entry *entry = &j->point_room[i], *old;

		entry->point = list->mounts[i].point;
		entry->number = i;
		HASH_FIND_STR(j->points, entry->point, old);
		if (old)
			HASH_DEL(j->points, old);
		HASH_ADD_KEYPTR(hh, j->points, entry->point, strlen(entry->point), entry);
		if (!entry->hh.tbl)
			return transport_join_out_of_memory(j);
	}
	return 0;
}

/* ---- mountstats: how often each transport was connected ------------------------------------ */

/* The kernel counts a connection when it is begun, and once more when it is there (xs_stream_start_connect). */
static uint64_t reconnects_in(const struct transport_stats *stats)
{
	return stats->connects < 2 ? 0 : stats->connects / 2 - 1;
}

static struct transport_entry *transport_at_port(const struct joining *j, const struct switch_entry *entry,
						 unsigned int port)
{
	for (size_t i = 0; i < entry->count; i++) {
		struct transport_entry *t = &j->list->at[entry->numbers[i]];

		if (t->has_ends && ntohs(transport_ends_of(&t->local, &t->remote).local_port) == port)
			return t;
	}
	return NULL;
}

static void count_reconnects(struct transport_entry *t, uint64_t reconnects)
{
	t->has_reconnects = true;
	t->reconnects = reconnects;
}

/* With TLS the kernel names no port (0), and the order of its lines is not that of its numbers. */
static void take_stats(const struct transport_stats *stats, void *context)
{
	struct joining *j = context;
	uint64_t reconnects = reconnects_in(stats);
	struct switch_entry *entry;
	struct transport_entry *t;
	struct mount_entry *mount;

	HASH_FIND_STR(j->points, stats->point, mount);
	if (mount && stats->has_age) {
		j->list->mounts[mount->number].has_age = true;
		j->list->mounts[mount->number].age = stats->age;
	}
	entry = mount && stats->is_tcp ? j->of_mount[mount->number] : NULL;
	if (!entry)
		return;
	t = stats->port ? transport_at_port(j, entry, stats->port) : NULL;
	if (t) {
		count_reconnects(t, reconnects);
	} else if (!stats->port) {
		entry->fewest = entry->has_stats && entry->fewest < reconnects ? entry->fewest : reconnects;
		entry->most = entry->has_stats && entry->most > reconnects ? entry->most : reconnects;
		entry->has_stats = true;
	}
}

/* Where all lines say the same it does not matter whose they are. */
static void spread_stats(struct joining *j)
{
	for (struct switch_entry *entry = j->switches; entry; entry = entry->hh.next)
		for (size_t i = 0; i < entry->count && entry->has_stats && entry->fewest == entry->most; i++) {
			struct transport_entry *t = &j->list->at[entry->numbers[i]];

			if (!t->has_reconnects)
				count_reconnects(t, entry->most);
		}
}

static int read_stats(struct joining *j)
{
	AUTO_STRBUF text = { 0 };
	char path[PATH_MAX];
	struct error why;
	int r = transport_join_read(j, "/proc/self/mountstats", path, sizeof(path), &text, &why);

	if (r == -EBADMSG)
		return error_set(j->e, EBADMSG, "%s", why.text);
	if (r) {
		transport_join_note(j, "reconnects are not known: %s", why.text);
		return 0;
	}
	r = transport_stats_parse(path, text.text, take_stats, j, j->e);
	spread_stats(j);
	return r;
}

static int read_client(struct joining *j)
{
	int r = transport_join_known(j);

	if (!r)
		r = read_mounts(j);
	if (!r)
		r = index_points(j);
	if (!r) {
		j->of_mount = calloc(j->list->mount_count + 1, sizeof(struct switch_entry *));
		r = j->of_mount ? 0 : transport_join_out_of_memory(j);
	}
	for (size_t i = 0; !r && i < j->list->mount_count; i++)
		r = join_mount(j, i);
	if (!r && j->list->mount_count)
		r = read_stats(j);
	if (!r && j->list->mount_count)
		r = transport_join_records(j);
	if (!r)
		r = transport_join_callbacks(j);
	if (!r)
		r = transport_join_strays(j);
	return r ? r : transport_join_compare_known(j);
}

/* ---- all ---------------------------------------------------------------------------------------- */

static void free_indexes(struct joining *j)
{
	struct switch_entry *s, *next_switch;
	struct named_entry *n, *next_name;

	HASH_CLEAR(hh, j->sockets);
	free(j->socket_room);
	HASH_CLEAR(hh, j->points);
	free(j->point_room);
	free(j->of_mount);
	HASH_ITER(hh, j->switches, s, next_switch) {
		HASH_DEL(j->switches, s);
		free(s->numbers);
		free(s);
	}
	HASH_ITER(hh, j->named, n, next_name) {
		HASH_DEL(j->named, n);
		free(n);
	}
	transport_join_known_free(j);
}

int transport_list_read(const struct transport_sources *sources, bool client, bool server, struct transport_list *list,
			struct error *e)
{
	struct joining j = { .sources = sources, .list = list, .e = e };
	int r = index_sockets(&j);

	*list = (struct transport_list){ .count = 0 };
	if (!r && client)
		r = read_client(&j);
	list->client_incomplete |= list->sys_elsewhere;
	if (!r && server)
		r = transport_join_server(&j);
	free_indexes(&j);
	if (r)
		transport_list_free(list);
	return r;
}

static void free_server(struct transport_server *server)
{
	for (size_t i = 0; i < server->name_count; i++)
		free(server->names[i]);
	free(server->names);
}

void transport_list_free(struct transport_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->at[i].mounts);
	free(list->at);
	for (size_t i = 0; i < list->mount_count; i++) {
		free(list->mounts[i].source);
		free(list->mounts[i].point);
		free(list->mounts[i].options);
		free(list->mounts[i].recorded);
		free(list->mounts[i].recorded_source);
	}
	free(list->mounts);
	for (size_t i = 0; i < list->server_count; i++)
		free_server(&list->servers[i]);
	free(list->servers);
	free(list->clients);
	*list = (struct transport_list){ .count = 0 };
}
