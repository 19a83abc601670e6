/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Joining mounts, transports and sockets, from files of a made-up root folder. */
#include "tests/unit/connections.h"
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "support/transport/transport_private.h"
#include "support/uapi/nfsd_netlink.h"

static char root[PATH_MAX];

/* ---- a root folder ------------------------------------------------------------- */

static void make_folders(const char *path)
{
	char whole[PATH_MAX * 2];

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	for (char *slash = whole + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		(void)mkdir(whole, 0755);
		*slash = '/';
	}
}

static void write_text(const char *path, const char *text)
{
	char whole[PATH_MAX * 2];
	FILE *file;

	make_folders(path);
	snprintf(whole, sizeof(whole), "%s%s", root, path);
	file = fopen(whole, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void link_to(const char *path, const char *target)
{
	char whole[PATH_MAX * 2];

	make_folders(path);
	snprintf(whole, sizeof(whole), "%s%s", root, path);
	assert_int_equal(symlink(target, whole), 0);
}

static void put_transport(unsigned int group, unsigned int number, const char *remote, unsigned int local_port,
			  const char *security)
{
	char folder[256], path[320], text[128];

	snprintf(folder, sizeof(folder), "/sys/kernel/sunrpc/xprt-switches/switch-%u/xprt-%u-tcp", group, number);
	snprintf(path, sizeof(path), "%s/xprt_state", folder);
	write_text(path, "state= CONNECTED BOUND\n");
	snprintf(path, sizeof(path), "%s/xprt_info", folder);
	snprintf(text, sizeof(text), "last_used=1\nsrc_port=%u\ndst_port=2049\nmain_xprt=1\n", local_port);
	write_text(path, text);
	snprintf(path, sizeof(path), "%s/srcaddr", folder);
	write_text(path, "192.0.2.1\n");
	snprintf(path, sizeof(path), "%s/dstaddr", folder);
	write_text(path, remote);
	snprintf(path, sizeof(path), "%s/xprtsec", folder);
	if (security)
		write_text(path, security);
}

static void put_part(unsigned int group, unsigned int number, const char *file, const char *text)
{
	char path[320];

	snprintf(path, sizeof(path), "/sys/kernel/sunrpc/xprt-switches/switch-%u/xprt-%u-tcp/%s", group, number, file);
	write_text(path, text);
}

static void put_mount(unsigned int device, unsigned int client, unsigned int group)
{
	char path[128], target[128];

	snprintf(path, sizeof(path), "/sys/fs/nfs/0:%u/nfs_client", device);
	snprintf(target, sizeof(target), "../../../kernel/sunrpc/rpc-clients/clnt-%u", client);
	link_to(path, target);
	snprintf(path, sizeof(path), "/sys/kernel/sunrpc/rpc-clients/clnt-%u/switch", client);
	snprintf(target, sizeof(target), "../../xprt-switches/switch-%u", group);
	if (access(path, F_OK))
		link_to(path, target);
}

static int make_root(void **state)
{
	(void)state;
	snprintf(root, sizeof(root), "/tmp/test-transport-XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
	char command[PATH_MAX + 16];

	(void)state;
	snprintf(command, sizeof(command), "rm -r '%s'", root);
	return system(command);
}

/* ---- joining ------------------------------------------------------------------------ */

static const char mountinfo[] =
	"21 1 0:20 / /proc rw,nosuid - proc proc rw\n"
	"30 1 0:40 / /mnt/one rw,relatime shared:7 - nfs4 server:/one rw,vers=4.2,xprtsec=mtls,addr=192.0.2.2\n"
	"31 1 0:41 / /mnt/two\\040words rw,relatime - nfs4 server:/two rw,vers=4.2,xprtsec=mtls,addr=192.0.2.2\n"
	"32 1 0:42 / /mnt/plain rw - nfs plain:/x rw,vers=3,addr=192.0.2.3\n"
	"33 1 0:43 / /mnt/gone rw - nfs4 gone:/x rw,vers=4.2,addr=192.0.2.4\n";

static const char mountstats[] = "device proc mounted on /proc with fstype proc\n"
				 "device server:/one mounted on /mnt/one with fstype nfs4 statvers=1.1\n\tage:\t77\n"
				 "\topts:\trw\n"
				 "\txprt:\ttcp 802 0 6 0 12 100 100 0 100 0 2 0 0\n"
				 "\txprt:\ttcp 0 0 2 0 12 100 100 0 100 0 2 0 0\n"
				 "\tper-op statistics\n\n"
				 "device plain:/x mounted on /mnt/plain with fstype nfs statvers=1.1\n"
				 "\txprt:\ttcp 803 1 11 0 12 100 100 0 100 0 2 0 0\n";

static void fill_root(void)
{
	write_text("/proc/self/mountinfo", mountinfo);
	write_text("/proc/self/mountstats", mountstats);
	put_mount(40, 1, 1);
	put_mount(41, 2, 1);
	put_mount(42, 3, 2);
	put_transport(1, 10, "192.0.2.2\n", 801, "tls-x509\n");
	put_transport(1, 9, "192.0.2.2\n", 802, "tls-x509\n");
	put_transport(2, 11, "192.0.2.3\n", 803, "none\n");
	write_text("/proc/fs/nfsd/portlist", "rdma 20049\ntcp 2049\nudp 2049\ntcp 20490\n");
}

struct notes {
	unsigned int count;
	char last[512];
};

static void on_note(const char *text, void *context)
{
	struct notes *notes = context;

	notes->count++;
	text_copy(notes->last, sizeof(notes->last), text);
}

static void joins(void **state)
{
	struct transport_socket sockets[] = {
		connection("192.0.2.1", 801, "192.0.2.2", 2049, true),
		connection("192.0.2.1", 802, "192.0.2.2", 2049, false),
		connection("192.0.2.1", 803, "192.0.2.3", 2049, false),
		connection("192.0.2.1", 2049, "192.0.2.9", 900, true),
		connection("192.0.2.1", 20490, "192.0.2.9", 901, false),
		connection("192.0.2.1", 22, "192.0.2.9", 902, false),
	};
	struct notes notes = { 0 };
	struct transport_sources sources = { .root = root,
					     .has_sockets = true,
					     .sockets = sockets,
					     .socket_count = ARRAY_SIZE(sockets),
					     .note = on_note,
					     .context = &notes };
	struct transport_list list;
	struct error e;

	(void)state;
	fill_root();
	assert_int_equal(transport_list_read(&sources, true, true, &list, &e), 0);
	assert_int_equal(list.mount_count, 4);
	assert_string_equal(list.mounts[1].point, "/mnt/two words");
	assert_non_null(strstr(list.mounts[3].why, "0:43"));
	/* A mount without transports, two listeners whose clients no TCP socket tells of, and the server's clients. */
	assert_int_equal(notes.count, 4);
	assert_true(list.server_incomplete);
	assert_int_equal(list.count, 5);
	for (size_t i = 0; i < list.count; i++) {
		const struct transport_entry *t = &list.at[i];
		unsigned int port = ntohs(((const struct sockaddr_in *)&t->local)->sin_port);

		assert_true(t->has_ends);
		switch (port) {
		case 801:
			assert_int_equal(t->proof, TRANSPORT_ENCRYPTED);
			assert_int_equal(t->mount_count, 2);
			assert_int_equal(t->reconnects, 0);
			assert_string_equal(t->security, "tls-x509");
			break;
		case 802:
			assert_int_equal(t->proof, TRANSPORT_CLEAR);
			assert_int_equal(t->reconnects, 2);
			break;
		case 803:
			assert_int_equal(t->mount_count, 1);
			assert_string_equal(list.mounts[t->mounts[0]].point, "/mnt/plain");
			assert_int_equal(t->reconnects, 4);
			assert_string_equal(t->security, "none");
			break;
		case 2049:
		case 20490:
			assert_true(t->is_server);
			assert_int_equal(t->proof, port == 2049 ? TRANSPORT_ENCRYPTED : TRANSPORT_CLEAR);
			break;
		default:
			fail_msg("port %u", port);
		}
	}
	assert_false(list.client_incomplete);
	transport_list_free(&list);
	/* In another network namespace the same ends may be of another connection. */
	sources.sys_elsewhere = true;
	assert_int_equal(transport_list_read(&sources, true, true, &list, &e), 0);
	for (size_t i = 0; i < list.count; i++)
		assert_int_equal(list.at[i].proof != TRANSPORT_UNPROVEN, list.at[i].is_server);
	assert_true(list.client_incomplete);
	transport_list_free(&list);
	sources.sys_elsewhere = false;
	/* Who cannot see the record layer proves nothing by not seeing it. */
	for (size_t i = 0; i < ARRAY_SIZE(sockets); i++)
		sockets[i].all_told = false;
	assert_int_equal(transport_list_read(&sources, true, false, &list, &e), 0);
	for (size_t i = 0; i < list.count; i++)
		assert_int_not_equal(list.at[i].proof, TRANSPORT_CLEAR);
	transport_list_free(&list);
}

static void names_what_is_malformed(void **state)
{
	static const struct {
		const char *path, *text, *says;
	} rows[] = {
		{ "/proc/self/mountinfo", "30 1 0:40 / /mnt/one rw - nfs4 server:/one\n",
		  "mountinfo:1: not understood" },
		{ "/proc/self/mountinfo", "21 1 0:20 / /proc rw - proc proc rw\n30 1 0:4",
		  "mountinfo:2: not understood" },
		{ "/proc/self/mountinfo", "30 1 zero / /mnt/one rw - nfs4 s:/one rw\n", "mountinfo:1: not understood" },
		{ "/proc/self/mountstats",
		  "device server:/one mounted on /mnt/one with fstype nfs4\n\txprt:\ttcp 0 0\n",
		  "mountstats:2: not understood" },
	};
	struct transport_sources sources = { .root = root };
	struct transport_list list;
	struct error e;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		write_text("/proc/self/mountinfo", mountinfo);
		write_text("/proc/self/mountstats", mountstats);
		write_text(rows[i].path, rows[i].text);
		assert_int_equal(transport_list_read(&sources, true, false, &list, &e), -EBADMSG);
		assert_non_null(strstr(e.text, rows[i].says));
	}
}

/* ---- files of /sys that are damaged ----------------------------------------------------------- */

/* The mounts that it belongs to are not known, and are told the file; what else was found stays. */
static void a_damaged_transport_costs_its_mounts(void **state)
{
	static const struct {
		const char *file, *text;
	} rows[] = {
		{ "xprt_state", "state= CONN" },  { "xprt_info", "src_port=802\n" }, { "srcaddr", "192.0.2" },
		{ "dstaddr", "what is this?\n" }, { "xprtsec", "tls-x509" },
	};
	struct transport_socket socket = connection("192.0.2.1", 801, "192.0.2.2", 2049, true);
	struct transport_sources sources = { .root = root, .has_sockets = true, .sockets = &socket, .socket_count = 1 };
	struct transport_list list;
	struct error e;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char file[32];

		fill_root();
		put_part(1, 9, rows[i].file, rows[i].text);
		assert_int_equal(transport_list_read(&sources, true, false, &list, &e), 0);
		snprintf(file, sizeof(file), "/xprt-9-tcp/%s: not", rows[i].file);
		for (size_t mount = 0; mount < 2; mount++)
			if (!strstr(list.mounts[mount].why, file))
				fail_msg("row %zu: \"%s\"", i, list.mounts[mount].why);
		assert_string_equal(list.mounts[2].why, "");
		assert_int_equal(list.count, 2); /* the other one of that switch, and the plain mount's */
		transport_list_free(&list);
		assert_int_equal(remove_root(NULL), 0);
		assert_int_equal(make_root(NULL), 0);
	}
}

/* ---- what no mount accounts for ------------------------------------------------------------------ */

static const char servers[] = "NV SERVER   PORT USE HOSTNAME\n"
			      "v4 c0000202  801   1 server\n"
			      "v3 c0000205  801   1 five\n"
			      "v4 c0000205  801   1 five\n"
			      "v4 c0000205  801   1 other.name\n";

static void put_strays(void)
{
	fill_root();
	write_text("/proc/fs/nfsfs/servers", servers);
	put_transport(7, 20, "192.0.2.5\n", 820, "tls-anon\n"); /* busy, detached */
	put_transport(8, 21, "192.0.2.6\n", 821, "none\n");	/* somebody else's */
	put_transport(9, 22, "192.0.2.5\n", 822, NULL);
	put_part(9, 22, "xprt_info", "src_port=822\ndst_port=875\n"); /* another port */
	put_transport(10, 23, "192.0.2.5\n", 823, "none\n");
	put_part(10, 23, "xprt_state", "state=    BOUND       \n"); /* not connected */
}

static void transports_without_mounts_are_found(void **state)
{
	struct transport_socket socket = connection("192.0.2.1", 820, "192.0.2.5", 2049, true);
	struct transport_sources sources = { .root = root, .has_sockets = true, .sockets = &socket, .socket_count = 1 };
	const struct transport_entry *stray = NULL;
	struct transport_list list;
	struct error e;

	(void)state;
	put_strays();
	assert_int_equal(transport_list_read(&sources, true, false, &list, &e), 0);
	assert_int_equal(list.count, 4);
	for (size_t i = 0; i < list.count; i++)
		if (list.at[i].is_stray) {
			assert_null(stray);
			stray = &list.at[i];
		}
	assert_non_null(stray);
	assert_int_equal(stray->mount_count, 0);
	assert_int_equal(stray->proof, TRANSPORT_ENCRYPTED);
	assert_string_equal(stray->security, "tls-anon");
	assert_int_equal(list.servers[stray->server].name_count, 2);
	assert_string_equal(list.servers[stray->server].names[0], "five");
	assert_string_equal(list.servers[stray->server].names[1], "other.name");
	assert_false(list.client_incomplete);
	transport_list_free(&list);
}

/* As a kernel has a transport with TLS while it is being connected. */
static void put_connecting(unsigned int group, unsigned int number, const char *security)
{
	put_transport(group, number, "192.0.2.5\n", 0, security);
	put_part(group, number, "xprt_state", "state=LOCKED CONNECTING BOUND\n");
	put_part(group, number, "xprt_info", "<closed>\n");
	put_part(group, number, "srcaddr", "<closed>\n");
}

/* What is said of the one stray that there is. */
static enum transport_proof proof_of_stray(const struct transport_socket *socket, bool has_file_system)
{
	struct transport_sources sources = { .root = root, .has_sockets = true, .sockets = socket, .socket_count = 1 };
	enum transport_proof proof = TRANSPORT_UNPROVEN;
	struct transport_list list;
	size_t strays = 0;
	struct error e;

	assert_int_equal(transport_list_read(&sources, true, false, &list, &e), 0);
	for (size_t i = 0; i < list.count; i++) {
		if (!list.at[i].is_stray)
			continue;
		assert_int_equal(list.at[i].has_file_system, has_file_system);
		proof = list.at[i].proof;
		strays++;
	}
	assert_int_equal(strays, 1);
	transport_list_free(&list);
	return proof;
}

static struct transport_socket counted(bool tls, uint64_t sent, uint64_t received)
{
	struct transport_socket socket = connection("192.0.2.1", 820, "192.0.2.5", 2049, tls);

	socket.counted = true;
	socket.bytes_sent = sent;
	socket.bytes_received = received;
	return socket;
}

static const char volumes[] = "NV SERVER   PORT DEV          FSID                              FSC\n"
			      "v4 c0000202  801 0:40         0:0                               no \n"
			      "v4 c0000202  801 0:41         0:0                               no \n"
			      "v3 c0000203  801 0:42         0:0                               no \n"
			      "v4 c0000205  801 0:0          0:0                               no \n";

/* Whatever is being connected: the kernel says of a helper what it could say of another transport, too. */
static void what_is_a_helper_the_socket_tells(void **state)
{
	struct transport_socket clear = counted(false, 1925, 1964), promised = counted(false, 45, 36);
	struct transport_socket unanswered = counted(false, 45, 0), answered = counted(false, 45, 28);
	struct transport_socket unsent = counted(false, 45, 36), encrypted = counted(true, 1925, 1964);

	(void)state;
	unsent.bytes_unsent = 100;
	fill_root();
	write_text("/proc/fs/nfsfs/servers", servers);
	put_transport(7, 20, "192.0.2.5\n", 820, "none\n");
	for (unsigned int round = 0; round < 2; round++) {
		assert_int_equal(proof_of_stray(&clear, false), TRANSPORT_CLEAR);
		assert_int_equal(proof_of_stray(&unanswered, false), TRANSPORT_CLEAR);
		assert_int_equal(proof_of_stray(&answered, false), TRANSPORT_CLEAR); /* as without TLS */
		assert_int_equal(proof_of_stray(&unsent, false), TRANSPORT_CLEAR);
		assert_int_equal(proof_of_stray(&promised, false), TRANSPORT_STARTING);
		assert_int_equal(proof_of_stray(&encrypted, false), TRANSPORT_STARTING); /* told to have none */
		put_connecting(8, 21, round ? NULL : "tls-x509\n");
	}
	put_part(7, 20, "xprtsec", "tls-anon\n");
	assert_int_equal(proof_of_stray(&encrypted, false), TRANSPORT_ENCRYPTED);
	/* What has a file system is no helper. */
	write_text("/proc/fs/nfsfs/volumes", "NV SERVER   PORT DEV          FSID                              FSC\n"
					     "v4 c0000205  801 0:60         0:0                               no \n");
	put_mount(60, 9, 7);
	assert_int_equal(proof_of_stray(&promised, true), TRANSPORT_CLEAR);
	assert_int_equal(proof_of_stray(&encrypted, true), TRANSPORT_ENCRYPTED);
}

/* Also what is not connected now, and what is not TCP. */
static void file_systems_without_mounts_are_found(void **state)
{
	struct transport_sources sources = { .root = root, .has_sockets = true };
	struct transport_list list;
	size_t strays = 0;
	struct error e;

	(void)state;
	fill_root();
	write_text("/proc/self/mountinfo", "30 1 0:40 / /mnt/one rw - nfs4 server:/ rw,addr=192.0.2.2\n");
	write_text("/proc/self/mountstats", "");
	write_text("/proc/fs/nfsfs/servers", "NV SERVER   PORT USE HOSTNAME\n"
					     "v4 c0000202  801   2 server\nv3 c0000203  801   1 plain\n");
	write_text("/proc/fs/nfsfs/volumes", volumes);
	put_part(2, 11, "xprt_state", "state= BOUND\n");
	put_part(2, 11, "xprt_info", "<closed>\n");
	assert_int_equal(transport_list_read(&sources, true, false, &list, &e), 0);
	for (size_t i = 0; i < list.count; i++) {
		const struct transport_entry *t = &list.at[i];

		if (!t->is_stray)
			continue;
		strays++;
		assert_true(t->has_file_system);
		assert_false(t->connected);
		assert_string_equal(t->security, "none");
		assert_string_equal(list.servers[t->server].names[0], "plain");
	}
	assert_int_equal(strays, 1);
	assert_false(list.client_incomplete || list.client_missed || list.sys_elsewhere);
	transport_list_free(&list);
}

/* Reads the client's side of root; whether it is complete, and what is said of /sys. */
static void assert_known(bool complete, bool missed, bool elsewhere)
{
	struct transport_sources sources = { .root = root, .has_sockets = true };
	struct transport_list list;
	struct error e;

	assert_int_equal(transport_list_read(&sources, true, false, &list, &e), 0);
	assert_int_equal(list.client_incomplete, !complete);
	assert_int_equal(list.client_missed, missed);
	assert_int_equal(list.sys_elsewhere, elsewhere);
	transport_list_free(&list);
}

static void what_the_kernel_knows_has_transports(void **state)
{
	(void)state;
	fill_root();
	write_text("/proc/self/mountinfo", "21 1 0:20 / /proc rw - proc proc rw\n");
	write_text("/proc/fs/nfsfs/volumes", volumes);
	write_text("/proc/fs/nfsfs/servers", "NV SERVER   PORT USE HOSTNAME\n"
					     "v4 c0000202  801   2 server\nv3 c0000203  801   1 plain\n");
	assert_known(true, false, false);
	/* At this port there is none; but one that is not connected may lead there. */
	write_text("/proc/fs/nfsfs/servers", "NV SERVER   PORT USE HOSTNAME\n"
					     "v4 c0000202  801   2 server\nv3 c0000203  501   1 plain\n");
	assert_known(false, true, false);
	put_part(2, 11, "xprt_state", "state= BOUND\n");
	put_part(2, 11, "xprt_info", "<closed>\n");
	assert_known(true, false, false);
	/* A server of which there is nothing at all. */
	write_text("/proc/fs/nfsfs/servers", "NV SERVER   PORT USE HOSTNAME\n"
					     "v4 c0000202  801   2 server\nv4 c0000209  801   1 nine\n");
	assert_known(false, true, false);
	write_text("/proc/fs/nfsfs/servers", "NV SERVER   PORT USE HOSTNAME\nv4 c0000202  801   2 server\n");
	/* A file system that /sys does not have, and others that it has. */
	write_text("/proc/fs/nfsfs/volumes", "NV SERVER   PORT DEV          FSID                              FSC\n"
					     "v4 c0000202  801 0:40         0:0                               no \n"
					     "v4 c0000202  801 0:77         0:0                               no \n");
	assert_known(false, true, false);
	/* All that it has are others': it is of another network namespace. */
	write_text("/proc/fs/nfsfs/volumes", "NV SERVER   PORT DEV          FSID                              FSC\n"
					     "v4 c0000202  801 0:77         0:0                               no \n");
	assert_known(false, false, true);
	/* Where nothing is mounted it does not matter whose it is. */
	write_text("/proc/fs/nfsfs/volumes", "NV SERVER   PORT DEV          FSID                              FSC\n");
	write_text("/proc/fs/nfsfs/servers", "NV SERVER   PORT USE HOSTNAME\n");
	assert_known(true, false, false);
}

static void file_systems_that_are_malformed(void **state)
{
	static const char *const lines[] = { "v4 c0000202  801 0:x 0:0 no", "v4 c0000202  801",
					     "v4 c00002 801 0:1 0:0 no", "4 c0000202 801 0:1 0:0 no",
					     "v4 c0000202 801 0:1:2 0:0 no" };
	struct transport_sources sources = { .root = root };
	struct transport_list list;
	struct error e;

	(void)state;
	fill_root();
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		char text[256];

		snprintf(text, sizeof(text), "NV SERVER   PORT DEV  FSID  FSC\n%s\n", lines[i]);
		write_text("/proc/fs/nfsfs/volumes", text);
		assert_int_equal(transport_list_read(&sources, true, false, &list, &e), -EBADMSG);
		assert_non_null(strstr(e.text, "/proc/fs/nfsfs/volumes:2: not understood"));
	}
}

static void doubts_about_transports_without_mounts(void **state)
{
	struct transport_sources sources = { .root = root, .has_sockets = true };
	struct transport_list list;
	struct error e;

	(void)state;
	put_strays();
	put_part(8, 21, "xprt_state", "state"); /* nobody knows whose it is */
	assert_int_equal(transport_list_read(&sources, true, false, &list, &e), 0);
	assert_true(list.client_incomplete);
	transport_list_free(&list);
	write_text("/proc/fs/nfsfs/servers", "NV SERVER   PORT USE HOSTNAME\nv4 c00002");
	assert_int_equal(transport_list_read(&sources, true, false, &list, &e), -EBADMSG);
	assert_non_null(strstr(e.text, "/proc/fs/nfsfs/servers:2: not understood"));
}

/* ---- what mounts have asked for ------------------------------------------------------------------- */

static void records_of_mount_commands(void **state)
{
	struct notes notes = { 0 };
	struct transport_sources sources = { .root = root, .has_sockets = true, .note = on_note, .context = &notes };
	struct transport_list list;
	struct error e;

	(void)state;
	fill_root();
	write_text("/run/mount/utab",
		   "SRC=server:/one TARGET=/mnt/one ROOT=/ ATTRS=vers=4.2,xprtsec=none \n"
		   "SRC=another:/two TARGET=/mnt/two\\040words ROOT=/ ATTRS=vers=4.2,xprtsec=mtls,addr=192.0.2.2 \n"
		   "SRC=server:/one TARGET=/mnt/one ROOT=/ ATTRS=vers=4.2,xprtsec=tls \n"
		   /* in another mount namespace */
		   "SRC=server6:/one TARGET=/mnt/one ROOT=/ ATTRS=xprtsec=mtls,addr=2001:db8::2 \n"
		   "SRC=server6:/x TARGET=/mnt/plain ROOT=/ ATTRS=xprtsec=mtls,addr=2001:db8::2 \n"
		   "SRC=x TARGET=/elsewhere ROOT=/ ATTRS=y\n");
	assert_int_equal(transport_list_read(&sources, true, false, &list, &e), 0);
	assert_string_equal(list.mounts[0].recorded, "vers=4.2,xprtsec=tls");
	assert_string_equal(list.mounts[1].recorded, "vers=4.2,xprtsec=mtls,addr=192.0.2.2");
	assert_null(list.mounts[2].recorded);
	assert_false(list.records_unknown || list.mounts[0].record_unknown || list.mounts[1].record_unknown);
	assert_true(list.mounts[2].record_unknown);
	assert_non_null(strstr(notes.last, "/mnt/plain: what it has asked for is not known"));
	assert_true(list.mounts[0].has_age);
	assert_int_equal(list.mounts[0].age, 77);
	assert_false(list.mounts[2].has_age);
	transport_list_free(&list);
	/* One that asked for more stands before the last: it may be that of this mount. */
	write_text("/run/mount/utab", "SRC=server:/one TARGET=/mnt/one ROOT=/ ATTRS=xprtsec=mtls \n"
				      "SRC=server:/one TARGET=/mnt/one ROOT=/ ATTRS=xprtsec=tls \n");
	assert_int_equal(transport_list_read(&sources, true, false, &list, &e), 0);
	assert_string_equal(list.mounts[0].recorded, "xprtsec=tls");
	assert_true(list.mounts[0].record_unknown);
	assert_non_null(strstr(notes.last, "/mnt/one: what it has asked for is not known"));
	transport_list_free(&list);
	write_text("/run/mount/utab", "SRC=server:/one TARGET=/mnt/one ROOT=/ ATTRS=vers=4.2,xprt");
	assert_int_equal(transport_list_read(&sources, true, false, &list, &e), 0);
	assert_true(list.records_unknown);
	transport_list_free(&list);
}

/* Its server calls a mount of NFSv4.0 back without TLS, which is only seen by where that comes from. */
static void callbacks_of_mounts(void **state)
{
	static const struct {
		const char *options, *address;
		unsigned int port;
		bool tls, complete;
	} rows[] = {
		{ "vers=4.0,xprtsec=tls,clientaddr=192.0.2.1,addr=192.0.2.2", "192.0.2.2", 789, false, false },
		{ "vers=4.0,xprtsec=mtls,addr=192.0.2.2", "192.0.2.2", 1023, false, false },
		{ "vers=4.0,xprtsec=tls,addr=192.0.2.2", "192.0.2.2", 789, true, true },
		{ "vers=4.0,xprtsec=tls,addr=192.0.2.2", "192.0.2.2", 22, false, true },
		{ "vers=4.0,xprtsec=tls,addr=192.0.2.2", "192.0.2.2", 1024, false, true },
		{ "vers=4.0,xprtsec=tls,addr=192.0.2.2", "192.0.2.3", 789, false, true },
		{ "vers=4.0,xprtsec=tls,clientaddr=0.0.0.0,addr=192.0.2.2", "192.0.2.2", 789, false, true },
		{ "vers=4.0,addr=192.0.2.2", "192.0.2.2", 789, false, true },
		{ "vers=4.1,xprtsec=tls,addr=192.0.2.2", "192.0.2.2", 789, false, true },
	};

	(void)state;
	fill_root();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct transport_socket socket =
			connection("192.0.2.1", 40000, rows[i].address, rows[i].port, rows[i].tls);
		struct transport_sources sources = {
			.root = root, .has_sockets = true, .sockets = &socket, .socket_count = 1
		};
		struct transport_list list;
		struct error e;
		char text[256];

		snprintf(text, sizeof(text), "30 1 0:40 / /mnt/one rw - nfs4 server:/ rw,%s\n", rows[i].options);
		write_text("/proc/self/mountinfo", text);
		assert_int_equal(transport_list_read(&sources, true, false, &list, &e), 0);
		if (list.client_incomplete == rows[i].complete)
			fail_msg("row %zu", i);
		transport_list_free(&list);
	}
}

/* ---- the server ------------------------------------------------------------------------------------ */

/* No sockets is something else than not having looked at them. */
static void a_server_without_sockets(void **state)
{
	struct transport_sources sources = { .root = root, .has_sockets = true };
	struct transport_list list;
	struct error e;

	(void)state;
	write_text("/proc/fs/nfsd/portlist", "tcp 2049\n");
	make_folders("/proc/fs/nfsd/clients/");
	assert_int_equal(transport_list_read(&sources, false, true, &list, &e), 0);
	assert_true(list.has_server);
	assert_false(list.server_unseen || list.server_incomplete);
	transport_list_free(&list);
	sources.has_sockets = false;
	assert_int_equal(transport_list_read(&sources, false, true, &list, &e), 0);
	assert_true(list.server_unseen && list.server_incomplete);
	transport_list_free(&list);
	write_text("/proc/fs/nfsd/portlist", "tcp 2049\ntcp");
	assert_int_equal(transport_list_read(&sources, false, true, &list, &e), -EBADMSG);
	assert_non_null(strstr(e.text, "/proc/fs/nfsd/portlist:2: not understood"));
}

/* Where its ports are a guess it may have others; where there is no server nothing is guessed. */
static void a_server_whose_ports_nobody_tells(void **state)
{
	struct transport_socket socket = connection("192.0.2.1", 20490, "192.0.2.9", 900, false);
	struct transport_sources sources = { .root = root, .has_sockets = true, .sockets = &socket, .socket_count = 1 };
	struct transport_list list;
	struct error e;

	(void)state;
	assert_int_equal(transport_list_read(&sources, false, true, &list, &e), 0);
	assert_false(list.has_server || list.server_guessed || list.server_incomplete);
	transport_list_free(&list);
	write_text("/proc/net/rpc/nfsd", "rc 0 0 0\n");
	assert_int_equal(transport_list_read(&sources, false, true, &list, &e), 0);
	assert_int_equal(list.count, 0);
	assert_true(list.has_server && list.server_guessed && list.server_incomplete);
	transport_list_free(&list);
}

/* ---- listeners by netlink ----------------------------------------------------------------------------- */

static void put_listener(struct nlmsghdr *header, uint16_t family, unsigned int port, const char *protocol)
{
	struct nlattr *nest = mnl_attr_nest_start(header, NFSD_A_SERVER_SOCK_ADDR);
	struct sockaddr_storage address = { .ss_family = family };

	((struct sockaddr_in *)&address)->sin_port = htons((uint16_t)port);
	mnl_attr_put(header, NFSD_A_SOCK_ADDR, sizeof(address), &address);
	if (protocol)
		mnl_attr_put_strz(header, NFSD_A_SOCK_TRANSPORT_NAME, protocol);
	mnl_attr_nest_end(header, nest);
}

static void take_listener(const char *protocol, in_port_t port, void *context)
{
	char *said = context;
	size_t size = strlen(said);

	snprintf(said + size, 128 - size, "%s %u\n", protocol, ntohs(port));
}

static void listeners_by_netlink(void **state)
{
	char room[2048] = { 0 }, said[128] = "";
	struct nlmsghdr *header = mnl_nlmsg_put_header(room);
	uint32_t whole;

	(void)state;
	mnl_nlmsg_put_extra_header(header, sizeof(struct genlmsghdr));
	assert_int_equal(transport_listeners_decode(header, header->nlmsg_len, take_listener, said), 0);
	put_listener(header, AF_INET, 2049, "tcp");
	mnl_attr_put_u32(header, 77, 1); /* what newer kernels may have */
	put_listener(header, AF_INET6, 20490, "tcp");
	put_listener(header, AF_INET, 20049, "rdma");
	assert_int_equal(transport_listeners_decode(header, header->nlmsg_len, take_listener, said), 0);
	assert_string_equal(said, "tcp 2049\ntcp 20490\nrdma 20049\n");
	whole = header->nlmsg_len;
	header->nlmsg_len -= 4; /* cut off */
	assert_int_equal(transport_listeners_decode(header, header->nlmsg_len, take_listener, said), -EBADMSG);
	assert_int_equal(transport_listeners_decode(header, 3, take_listener, said), -EBADMSG);
	header->nlmsg_len = whole;
	put_listener(header, AF_UNIX, 1, "tcp");
	assert_int_equal(transport_listeners_decode(header, header->nlmsg_len, take_listener, said), -EBADMSG);
	header->nlmsg_len = whole;
	put_listener(header, AF_INET, 1, NULL);
	assert_int_equal(transport_listeners_decode(header, header->nlmsg_len, take_listener, said), -EBADMSG);
}

/* ---- clients ------------------------------------------------------------------------------------------- */

static void count_client(const struct transport_client *client, void *context)
{
	size_t *count = context;

	*count += client->id[0] == '0';
}

/* One that is damaged does not hide the others. */
static void clients_of_the_server(void **state)
{
	size_t count = 0;
	struct error e;

	(void)state;
	write_text("/proc/fs/nfsd/clients/3/info", "clientid: 0x3\naddress: \"192.0.2.9:903\"\n");
	write_text("/proc/fs/nfsd/clients/4/info", "clientid: 0x4\nadd");
	write_text("/proc/fs/nfsd/clients/5/info", "clientid: 0x5\naddress: \"192.0.2.9:905\"\n");
	write_text("/proc/fs/nfsd/clients/6/states", ""); /* it has just left */
	assert_int_equal(transport_clients(root, count_client, &count, &e), -EBADMSG);
	assert_non_null(strstr(e.text, "/clients/4/info: not understood"));
	assert_int_equal(count, 2);
}

static void put_client(unsigned int number, const char *address, unsigned int minor, const char *callback)
{
	char path[64], info[256];

	snprintf(path, sizeof(path), "/proc/fs/nfsd/clients/%u/info", number);
	snprintf(info, sizeof(info),
		 "clientid: 0x%u\naddress: \"%s\"\nstatus: confirmed\nname: \"n\"\nminor version: %u\n"
		 "callback state: UP\ncallback address: \"%s\"\n",
		 number, address, minor, callback);
	write_text(path, info);
}

/* Only NFSv4.0 has connections for them. */
static void callbacks_of_the_server(void **state)
{
	struct transport_socket sockets[] = { connection("192.0.2.1", 2049, "192.0.2.9", 900, true),
					      connection("192.0.2.1", 700, "192.0.2.9", 40000, false),
					      connection("192.0.2.1", 701, "192.0.2.8", 40000, false),
					      connection("192.0.2.1", 702, "192.0.2.9", 40001, false) };
	struct transport_sources sources = { .root = root, .has_sockets = true, .sockets = sockets, .socket_count = 4 };
	struct transport_list list;
	size_t callbacks = 0;
	struct error e;

	(void)state;
	write_text("/proc/fs/nfsd/portlist", "tcp 2049\n");
	put_client(1, "192.0.2.9:900", 0, "192.0.2.9:40000");
	put_client(2, "192.0.2.8:900", 1, "192.0.2.8:40000");
	assert_int_equal(transport_list_read(&sources, false, true, &list, &e), 0);
	assert_int_equal(list.client_count, 2);
	assert_false(list.server_incomplete);
	assert_int_equal(list.count, 2);
	for (size_t i = 0; i < list.count; i++) {
		const struct transport_entry *t = &list.at[i];

		assert_true(t->is_server);
		callbacks += t->is_callback;
		assert_int_equal(t->is_callback, ((const struct sockaddr_in *)&t->local)->sin_port == htons(700));
		assert_int_equal(t->proof, t->is_callback ? TRANSPORT_CLEAR : TRANSPORT_ENCRYPTED);
	}
	assert_int_equal(callbacks, 1);
	transport_list_free(&list);
	write_text("/proc/fs/nfsd/clients/3/info", "clientid: 0x3\nadd"); /* who knows where that is called back */
	assert_int_equal(transport_list_read(&sources, false, true, &list, &e), 0);
	assert_true(list.server_incomplete);
	assert_int_equal(list.count, 2);
	transport_list_free(&list);
}

/* ---- many --------------------------------------------------------------------------------------------- */

/* Each of a client of its own: found by hashing, so that it takes no longer than they are many. */
static void serves_ten_thousand(void **state)
{
	enum { MANY = 10000 };
	struct transport_socket *sockets = calloc(MANY, sizeof(*sockets));
	struct transport_sources sources = {
		.root = root, .has_sockets = true, .sockets = sockets, .socket_count = MANY
	};
	struct transport_list list;
	size_t encrypted = 0;
	struct error e;

	(void)state;
	assert_non_null(sockets);
	write_text("/proc/fs/nfsd/portlist", "tcp 2049\n");
	make_folders("/proc/fs/nfsd/clients/");
	for (unsigned int i = 0; i < MANY; i++) {
		char address[32];

		snprintf(address, sizeof(address), "10.0.%u.%u", i / 250, i % 250 + 1);
		sockets[i] = connection("192.0.2.1", 2049, address, 700 + i % 300, i % 2);
	}
	assert_int_equal(transport_list_read(&sources, false, true, &list, &e), 0);
	assert_int_equal(list.count, MANY);
	assert_false(list.server_incomplete);
	for (size_t i = 0; i < list.count; i++)
		encrypted += list.at[i].is_server && list.at[i].proof == TRANSPORT_ENCRYPTED;
	assert_int_equal(encrypted, MANY / 2);
	transport_list_free(&list);
	free(sockets);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(joins, make_root, remove_root),
		cmocka_unit_test_setup_teardown(names_what_is_malformed, make_root, remove_root),
		cmocka_unit_test_setup_teardown(a_damaged_transport_costs_its_mounts, make_root, remove_root),
		cmocka_unit_test_setup_teardown(transports_without_mounts_are_found, make_root, remove_root),
		cmocka_unit_test_setup_teardown(what_is_a_helper_the_socket_tells, make_root, remove_root),
		cmocka_unit_test_setup_teardown(file_systems_without_mounts_are_found, make_root, remove_root),
		cmocka_unit_test_setup_teardown(what_the_kernel_knows_has_transports, make_root, remove_root),
		cmocka_unit_test_setup_teardown(file_systems_that_are_malformed, make_root, remove_root),
		cmocka_unit_test_setup_teardown(doubts_about_transports_without_mounts, make_root, remove_root),
		cmocka_unit_test_setup_teardown(records_of_mount_commands, make_root, remove_root),
		cmocka_unit_test_setup_teardown(callbacks_of_mounts, make_root, remove_root),
		cmocka_unit_test_setup_teardown(a_server_without_sockets, make_root, remove_root),
		cmocka_unit_test_setup_teardown(a_server_whose_ports_nobody_tells, make_root, remove_root),
		cmocka_unit_test(listeners_by_netlink),
		cmocka_unit_test_setup_teardown(clients_of_the_server, make_root, remove_root),
		cmocka_unit_test_setup_teardown(callbacks_of_the_server, make_root, remove_root),
		cmocka_unit_test_setup_teardown(serves_ten_thousand, make_root, remove_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
