/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/server_name.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "support/peer/peer.h"
#include "support/transport/transport.h"
#include "utils/mount/other_mounts.h"

#define LIMIT_MS 5000

/* ---- whose connection it is ---------------------------------------------------- */

static bool uses_transports(void *context, const struct mountinfo_entry *entry)
{
	const char *transports = context;
	char its[TRANSPORT_SWITCH_MAX];
	struct error e;

	return !transport_switch_of_mount("", entry->major, entry->minor, its, &e) && !strcmp(its, transports);
}

/* ---- where another agent does the handshakes ------------------------------------ */

/*
 * The kernel has the handshake prove the name of the first mount.  An agent that is not ours tells nothing of it, but
 * where every file system on the connection is mounted by one name, this is the name that was proven.
 */
struct one_name {
	const struct mountinfo_entry *own;
	const char *host;
	char transports[TRANSPORT_SWITCH_MAX];
	const char *table; /* of mounts that can be seen */
	size_t table_size;
};

/* The source is that of the first mount of the file system. */
static bool is_of_host(const struct mountinfo_entry *entry, const char *host)
{
	AUTO_FREE char *source = mountinfo_unescape(&entry->source);
	struct mount_device device;
	struct error e;

	return source && !mount_device_parse(source, strlen(source), &device, &e) && mount_same_host(device.host, host);
}

static bool is_seen_with_name(const struct one_name *one, const struct transport_volume *volume)
{
	const char *at = one->table, *end = at + one->table_size;
	struct mountinfo_entry entry;
	bool seen = false;
	int line;

	while ((line = mountinfo_next(&at, end, &entry))) {
		if (line < 0 || entry.major != volume->major || entry.minor != volume->minor)
			continue;
		if (!is_of_host(&entry, one->host))
			return false;
		seen = true;
	}
	return seen;
}

static int look_at_volume(const struct transport_volume *volume, void *context)
{
	const struct one_name *one = context;
	char its[TRANSPORT_SWITCH_MAX];
	struct error e;
	int r = transport_switch_of_mount("", volume->major, volume->minor, its, &e);

	if (!r && strcmp(its, one->transports) != 0)
		return 0;
	if (!r && volume->major == one->own->major && volume->minor == one->own->minor)
		return is_of_host(one->own, one->host) ? 0 : -EKEYREJECTED;
	return is_seen_with_name(one, volume) ? 0 : -EKEYREJECTED;
}

static bool has_one_name(const char *host, const struct mountinfo_entry *entry)
{
	struct one_name one = { .own = entry, .host = host };
	AUTO_STRBUF table = { 0 };
	struct error e;

	if (transport_switch_of_mount("", entry->major, entry->minor, one.transports, &e) ||
	    kernel_mount_table(&table) || !table.text)
		return false;
	one.table = table.text;
	one.table_size = table.size;
	return !transport_volumes("", look_at_volume, &one, &e);
}

/* ---- a mount that nobody sees yet: who is in the way ------------------------------ */

/* Our own mount is in no table yet. */
static void add_owners(const struct mountinfo_entry *entry, struct strbuf *owners)
{
	char transports[TRANSPORT_SWITCH_MAX];
	AUTO_STRBUF table = { 0 };
	AUTO_STRBUF names = { 0 };
	struct error e;

	if (!transport_switch_of_mount("", entry->major, entry->minor, transports, &e) && !kernel_mount_table(&table) &&
	    table.text)
		other_mounts_list(table.text, table.size, uses_transports, transports, &names);
	if (names.text && !names.failed)
		strbuf_addf(owners, "the connection of %s", names.text);
	else
		strbuf_addf(owners, "a connection of a mount that is in another mount namespace, or detached");
}

/* ---- a mount that nobody sees yet -------------------------------------------------- */

static int refuse_server(const struct job *job, const struct mountinfo_entry *entry, const struct peer_finding *finding,
			 struct error *e)
{
	const char *host = job->asked.device.host;
	AUTO_STRBUF owners = { 0 };

	add_owners(entry, &owners);
	if (owners.failed)
		return error_set(e, ENOMEM, "out of memory");
	if (finding->verdict == AGENT_NOT_PROVEN)
		return error_set(e, EKEYREJECTED,
				 "the kernel has put %s on %s, and the server there has not proven to be %s: %s",
				 job->asked.source, owners.text, host, finding->why);
	return error_set(e, EKEYREJECTED,
			 "the kernel has put %s on %s, and whether the server there is %s is not known: unmount that"
			 " first (%s)",
			 job->asked.source, owners.text, host, finding->why);
}

/* Then the kernel may add connections to other addresses of the server. */
static bool may_grow(const struct mountinfo_entry *entry)
{
	struct mountinfo_field most;

	return mountinfo_option(&entry->options, "max_connect", &most);
}

int server_name_check(const struct job *job, const struct mountinfo_entry *entry, struct error *e)
{
	const struct peer_question question = {
		.major = entry->major,
		.minor = entry->minor,
		.host = job->asked.device.host,
		.hold = true,
		.any_address = may_grow(entry),
		.limit_ms = LIMIT_MS,
	};
	struct peer_finding finding;
	int r = peer_prove(&question, &finding, e);

	/* No agent of ours did the handshake. */
	if ((r == -ENOENT || r == -ECONNREFUSED) && !may_grow(entry) && has_one_name(job->asked.device.host, entry))
		return 0;
	if (r)
		return error_prefix(e, "%s asked for xprtsec=%s, and nobody knows whether the server is %s",
				    job->asked.source, xprtsec_word(job->decided.protection.mode),
				    job->asked.device.host);
	return finding.verdict == AGENT_PROVEN ? 0 : refuse_server(job, entry, &finding, e);
}

/* ---- a mount that is there ---------------------------------------------------------- */

static int check_source(const struct mountinfo_entry *entry, const char *source, struct error *e)
{
	struct peer_question question = { .major = entry->major, .minor = entry->minor, .limit_ms = LIMIT_MS };
	struct peer_finding finding;
	struct mount_device device;
	struct error unknown;

	if (mount_device_parse(source, strlen(source), &device, &unknown))
		return 0;
	question.host = device.host;
	if (peer_prove(&question, &finding, &unknown) || finding.verdict != AGENT_NOT_PROVEN)
		return 0;
	return error_set(e, EPERM, "the server of %s has not proven to be %s: %s: unmount it", source, device.host,
			 finding.why);
}

/* The kernel has the name of the first mount of the file system, and the command line that of this one. */
int server_name_check_again(const struct job *job, const struct mountinfo_entry *entry, struct error *e)
{
	AUTO_FREE char *source = mountinfo_unescape(&entry->source);
	int r = source ? check_source(entry, source, e) : 0;

	return r ? r : check_source(entry, job->asked.source, e);
}

/* ---- a client of its own -------------------------------------------------------------- */

void server_name_client(const struct job *job, const struct attempt *attempt, const char *usual,
			char name[CLIENT_NAME_MAX + 1])
{
	char node[HOST_NAME_MAX + 1] = "";

	name[0] = '\0';
	if (attempt->version.major != 4 || job->asked.words.protocol.transport != MOUNT_TCP)
		return;
	if (*usual || !gethostname(node, sizeof(node) - 1))
		(void)client_name_of_server(*usual ? usual : node, job->asked.device.host, name);
}
