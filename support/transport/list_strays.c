/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the mounts that can be seen do not account for: transports of NFS whose mounts are detached but busy, or in
 * other mount namespaces; and what mounts asked for before the kernel put them on another one's connection.
 *
 * With TLS the kernel connects each transport by a helper without TLS, a transport of its own, which is gone when the
 * handshake has ended (net/sunrpc/xprtsock.c, xs_tcp_tls_setup_socket).  Nothing that /sys says of a helper could not
 * be so of another transport, too: so all are in the list, and only what the socket proves tells what is a helper.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/mounts/mounts.h"
#include "support/transport/list_private.h"

/* ---- of file systems that no mount here has -------------------------------------------- */

/* Where it is not connected only the file system tells the server. */
static int take_as_stray(struct joining *j, struct transport_entry *t, const struct volume_entry *volume)
{
	const struct server_entry *server = transport_join_server_at(j, &t->remote);

	if (t->mount_count)
		return 0;
	t->is_stray = t->has_file_system = true;
	if (!server)
		return transport_join_need_server(j, &volume->end, &t->server);
	t->server = server->number;
	return 0;
}

static int join_volume(struct joining *j, struct volume_entry *volume)
{
	char name[TRANSPORT_SWITCH_MAX];
	struct switch_entry *entry;
	struct error why;
	int r = transport_switch_of_mount(j->sources->root, volume->device.major, volume->device.minor, name, &why);

	volume->is_missed = r;
	if (r)
		return r == -ENOMEM ? r : 0;
	r = transport_join_switch(j, name, &entry);
	if (r)
		return r;
	volume->is_missed = entry->error;
	for (size_t i = 0; !r && i < entry->count; i++)
		r = take_as_stray(j, &j->list->at[entry->numbers[i]], volume);
	return r;
}

static int join_volumes(struct joining *j)
{
	int r = 0;

	for (struct volume_entry *volume = j->volumes; !r && volume; volume = volume->hh.next)
		if (!volume->has_mount)
			r = join_volume(j, volume);
	return r;
}

static int reach_servers(struct joining *j)
{
	int r = 0;

	for (size_t i = 0; !r && i < j->list->count; i++)
		r = transport_join_reach(j, &j->list->at[i].remote);
	return r;
}

/* ---- switches that no file system has ---------------------------------------------------- */

struct straying {
	struct joining *j;
	bool failed;	 /* no memory */
	size_t doubtful; /* transports that may be of NFS */
};

/* Others than TCP have no ports of their own, and are in clear text. */
static bool is_connected(const struct transport_link *link)
{
	return link->connected && (link->has_ports || (strcmp(link->protocol, "tcp") && link->remote.ss_family));
}

/* Told to have none, and has it: its transport, which was told to, is not told yet. */
static bool is_about_to_be_anothers(const struct transport_entry *t)
{
	return t->proof == TRANSPORT_ENCRYPTED && !strcmp(t->security, "none");
}

static void add_stray(struct straying *s, const struct transport_link *link, const struct server_entry *server)
{
	struct transport_entry *t = transport_join_add_link(s->j, link);

	if (!t) {
		s->failed = true;
		return;
	}
	t->is_stray = true;
	t->server = server->number;
	if (transport_join_is_promised(t) || is_about_to_be_anothers(t))
		t->proof = TRANSPORT_STARTING;
}

/*
 * What leads to where an NFS server is, is NFS: not the server's calls back to its clients, and not what goes to the
 * ports of NFSv3's other protocols.
 */
static void take_stray(const struct transport_link *link, void *context)
{
	struct straying *s = context;
	const struct server_entry *server;
	struct named_entry *known;

	HASH_FIND_STR(s->j->named, link->name, known);
	if (known)
		return;
	if (transport_join_reach(s->j, &link->remote))
		s->failed = true;
	if (!is_connected(link))
		return;
	server = transport_join_server_at(s->j, &link->remote);
	s->doubtful += s->j->known_unknown;
	if (server)
		add_stray(s, link, server);
}

static int read_unreached(struct straying *s, const char *name)
{
	struct switch_entry *reached;
	struct error why;
	int r;

	HASH_FIND_STR(s->j->switches, name, reached);
	if (reached || strncmp(name, "switch-", 7) != 0)
		return 0;
	r = transport_of_switch(s->j->sources->root, name, take_stray, s, &why);
	if (s->failed || r == -ENOMEM)
		return -ENOMEM;
	if (r && r != -ENOENT) {
		transport_join_note(s->j, "%s", why.text);
		s->doubtful++;
	}
	return 0;
}

static int read_switches(struct straying *s)
{
	char path[PATH_MAX];
	struct dirent *entry;
	int r = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/sys/kernel/sunrpc/xprt-switches", s->j->sources->root);
	dir = opendir(path);
	if (!dir && errno == ENOENT)
		return 0; /* no RPC; or no /sys, and then the servers have no transports */
	if (!dir) {
		transport_join_note(s->j, "transports without mounts are not known: cannot list %s: %s", path,
				    strerror(errno));
		s->doubtful++;
		return 0;
	}
	while (!r && (entry = readdir(dir)))
		r = read_unreached(s, entry->d_name);
	closedir(dir);
	return r;
}

int transport_join_strays(struct joining *j)
{
	struct straying s = { .j = j };
	int r = join_volumes(j);

	if (!r)
		r = reach_servers(j);
	if (!r && (j->servers || j->known_unknown))
		r = read_switches(&s);
	if (s.doubtful)
		j->list->client_incomplete = true;
	return r == -ENOMEM ? transport_join_out_of_memory(j) : r;
}

/* ---- what mount commands have recorded -------------------------------------------------- */

struct recording {
	struct joining *j;
	enum xprtsec *strongest; /* for each mount: what its own records have promised */
	bool failed;
};

/*
 * Of several records for one folder the last of its own is that of the mount that can be seen.  Others are of mounts in
 * other mount namespaces, which share /run but not their folders; and some that look like its own may be so, too.
 */
static void take_record(const struct utab_record *record, void *context)
{
	struct recording *recording = context;
	enum xprtsec asked = mount_security_promised(record->options);
	struct transport_mount *mount;
	struct mount_entry *entry;

	HASH_FIND_STR(recording->j->points, record->target, entry);
	if (!entry)
		return;
	mount = &recording->j->list->mounts[entry->number];
	if (!utab_record_is_of(record, mount->source, mount->options)) {
		mount->record_unknown = true;
		return;
	}
	if (!mount->recorded || !xprtsec_at_least(recording->strongest[entry->number], asked))
		recording->strongest[entry->number] = asked;
	free(mount->recorded);
	free(mount->recorded_source);
	mount->recorded = strdup(record->options);
	mount->recorded_source = strdup(record->source);
	recording->failed = recording->failed || !mount->recorded || !mount->recorded_source;
}

/* Another one's may have taken the place of its own, or stand behind it. */
static bool is_unknown(const struct recording *recording, size_t number)
{
	const struct transport_mount *mount = &recording->j->list->mounts[number];

	if (!mount->recorded)
		return mount->record_unknown;
	return !xprtsec_at_least(mount_security_promised(mount->recorded), recording->strongest[number]);
}

static void settle_records(const struct recording *recording)
{
	struct transport_list *list = recording->j->list;

	for (size_t i = 0; i < list->mount_count; i++) {
		struct transport_mount *mount = &list->mounts[i];

		mount->record_unknown = is_unknown(recording, i);
		if (mount->record_unknown)
			transport_join_note(recording->j,
					    "%s: what it has asked for is not known: what mount commands "
					    "have recorded for this folder is %s",
					    mount->point, mount->recorded ? "not all the same" : "another mount's");
	}
}

static int read_records(struct recording *recording)
{
	struct joining *j = recording->j;
	AUTO_STRBUF text = { 0 };
	char path[PATH_MAX];
	struct error why;
	int r = transport_join_read(j, "/run/mount/utab", path, sizeof(path), &text, &why);

	if (!r)
		r = transport_records_parse(path, text.text, take_record, recording, &why);
	if (recording->failed || r == -ENOMEM)
		return transport_join_out_of_memory(j);
	if (r && r != -ENOENT) {
		transport_join_note(j, "what mounts have asked for is not all known: %s", why.text);
		j->list->records_unknown = true;
	}
	settle_records(recording);
	return 0;
}

int transport_join_records(struct joining *j)
{
	struct recording recording = { .j = j };
	int r;

	recording.strongest = calloc(j->list->mount_count + 1, sizeof(*recording.strongest));
	r = recording.strongest ? read_records(&recording) : transport_join_out_of_memory(j);
	free(recording.strongest);
	return r;
}
