/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps of a mount that need no kernel of their own: paths, neighbours, certificates, ports, retries, causes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/unit.h"
#include "utils/mount/certificate.h"
#include "utils/mount/client_name.h"
#include "utils/mount/diagnosis.h"
#include "utils/mount/mount_point.h"
#include "utils/mount/other_mounts.h"
#include "utils/mount/ports.h"
#include "utils/mount/retry.h"

static struct mount_options parsed(const char *text)
{
	struct mount_options options = { 0 };
	struct error e;

	assert_int_equal(mount_options_parse(&options, text, strlen(text), &e), 0);
	return options;
}

static void assert_list(const struct mount_options *options, const char *wanted)
{
	AUTO_STRBUF text = { 0 };

	mount_options_format(options, &text);
	assert_string_equal(text.text ? text.text : "", wanted);
}

/* ---- paths ------------------------------------------------------------------------- */

/* A folder of the test's own with a/b, the file "file" and some links. */
struct folders {
	char path[64];
	char *real;
};

static void in(const struct folders *folders, const char *name, char path[128])
{
	assert_true(snprintf(path, 128, "%s/%s", folders->real, name) < 128);
}

static void make_link(const struct folders *folders, const char *target, const char *name)
{
	char path[128];

	in(folders, name, path);
	assert_int_equal(symlink(target, path), 0);
}

static void folders_make(struct folders *folders)
{
	char path[128];
	FILE *file;

	text_copy(folders->path, sizeof(folders->path), "/tmp/nfs-tls-test.XXXXXX");
	assert_non_null(mkdtemp(folders->path));
	assert_int_equal(chmod(folders->path, 0755), 0);
	folders->real = realpath(folders->path, NULL);
	assert_non_null(folders->real);
	in(folders, "a", path);
	assert_int_equal(mkdir(path, 0777), 0);
	in(folders, "a/b", path);
	assert_int_equal(mkdir(path, 0777), 0);
	in(folders, "file", path);
	file = fopen(path, "we");
	assert_non_null(file);
	fclose(file);
	make_link(folders, "a", "link");
	make_link(folders, folders->real, "absolute");
	make_link(folders, "loop", "loop");
	make_link(folders, "a/none", "dangling");
	make_link(folders, "../..", "a/up");
}

static void folders_remove(struct folders *folders)
{
	static const char *const names[] = { "link", "absolute", "loop", "dangling", "a/up", "file", "a/b", "a", "" };
	char path[128];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		in(folders, names[i], path);
		assert_int_equal(remove(path), 0);
	}
	free(folders->real);
}

/* With links of root's in a folder that is root's, r is the result; for anybody else's they are none. */
static void a_walk_follows_roots_links_only(void **state)
{
	static const struct {
		const char *path, *leads_to;
		int r;
		bool has_link;
	} cases[] = {
		{ "a/b", "a/b", 0, false },	     { "a//./b/", "a/b", 0, false },
		{ "a/../a/b/..", "a", 0, false },    { "none", NULL, -ENOENT, false },
		{ "none/b", NULL, -ENOENT, false },  { "file", NULL, -ENOTDIR, false },
		{ "file/b", NULL, -ENOTDIR, false }, { "link", "a", 0, true },
		{ "link/b", "a/b", 0, true },	     { "absolute/link//b/", "a/b", 0, true },
		{ "loop", NULL, -ELOOP, true },	     { "loop/b", NULL, -ELOOP, true },
		{ "dangling", NULL, -ENOENT, true },
	};
	struct folders folders;
	char path[128];

	(void)state;
	folders_make(&folders);
	for (int others_may_write = 0; others_may_write < 2; others_may_write++) {
		assert_int_equal(chmod(folders.path, others_may_write ? 0777 : 0755), 0);
		for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
			bool counts = !cases[i].has_link || (!geteuid() && !others_may_write);
			AUTO_STRBUF resolved = { 0 };
			AUTO_FD fd = -1;

			in(&folders, cases[i].path, path);
			fd = mount_point_walk(path, &resolved);
			if (!counts || cases[i].r) {
				assert_int_equal(fd, counts ? cases[i].r : -ELOOP);
				continue;
			}
			in(&folders, cases[i].leads_to, path);
			assert_true(fd >= 0);
			assert_string_equal(resolved.text, path);
			assert_true(mount_point_is_at(fd, path));
			assert_false(mount_point_is_at(fd, folders.real));
		}
	}
	folders_remove(&folders);
}

static void a_walk_begins_at_the_root(void **state)
{
	static const char *const bad[] = { "", "a", "./a" };
	AUTO_STRBUF resolved = { 0 };
	int fd;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(mount_point_walk(bad[i], &resolved), -EINVAL);
	fd = mount_point_walk("//", &resolved);
	assert_true(fd >= 0);
	close(fd);
	assert_string_equal(resolved.text, "/");
}

static void a_resolved_path_has_no_links(void **state)
{
	struct folders folders;
	char path[128];
	int fd;

	(void)state;
	folders_make(&folders);
	in(&folders, "a/b", path);
	fd = mount_point_open(path);
	assert_true(fd >= 0);
	close(fd);
	in(&folders, "link/b", path);
	assert_int_equal(mount_point_open(path), -ELOOP);
	in(&folders, "link", path);
	assert_int_equal(mount_point_open(path), -ELOOP);
	in(&folders, "file", path);
	assert_int_equal(mount_point_open(path), -ENOTDIR);
	fd = mount_point_open_any(path);
	assert_true(fd >= 0);
	close(fd);
	folders_remove(&folders);
}

/* ---- neighbours ------------------------------------------------------------------ */

static const char table[] =
	"21 1 0:20 / / rw shared:1 - tmpfs t rw\n"
	"garbage\n"
	"40 21 0:44 / /mnt/plain rw - nfs4 s:/a rw,vers=4.2,addr=192.0.2.2\n"
	"41 21 0:45 / /mnt/mutual\\040one rw - nfs4 m:/b rw,vers=4.2,xprtsec=mtls,addr=192.0.2.3\n"
	"42 21 0:46 / /mnt/old rw - nfs m:/c rw,vers=3,xprtsec=tls,mountaddr=192.0.2.3,addr=192.0.2.3\n"
	"43 21 0:47 / /mnt/six rw - nfs4 [2001:db8::2]:/d rw,vers=4.1,xprtsec=tls,port=2050,addr=2001:db8::2\n";

static void the_table_tells_parents(void **state)
{
	struct mountinfo_entry entry;

	(void)state;
	assert_int_equal(mountinfo_find(table, sizeof(table) - 1, 43, &entry), 0);
	assert_int_equal(entry.parent, 21);
	assert_int_equal(mountinfo_find(table, sizeof(table) - 1, 21, &entry), 0);
	assert_int_equal(entry.parent, 1);
	assert_int_equal(mountinfo_find("44 x 0:1 / / rw - t s o\n", 24, 44, &entry), -ENOENT);
}

static void recorded(void *context, const struct mountinfo_entry *entry, const char *source, const char *point,
		     struct strbuf *name)
{
	(void)context;
	(void)entry;
	if (!strcmp(source, "m:/b") && !strcmp(point, "/mnt/mutual one"))
		strbuf_addf(name, "one");
	if (!strcmp(source, "m:/a"))
		strbuf_addf(name, "a");
}

static void a_mount_with_other_security_is_in_the_way(void **state)
{
	static const struct {
		const char *address;
		unsigned int port;
		int minor;
		enum xprtsec mode;
		const char *certificate;
		const char *says; /* NULL: nothing is in the way */
	} cases[] = {
		{ "192.0.2.2", 2049, 2, XPRTSEC_NONE, "", NULL },
		{ "192.0.2.2", 2049, 2, XPRTSEC_TLS, "", "s:/a on /mnt/plain (xprtsec=none)" },
		{ "192.0.2.2", 2049, 2, XPRTSEC_MTLS, "", "with xprtsec=mtls, on the connection of s:/a" },
		{ "::ffff:192.0.2.2", 2049, 2, XPRTSEC_MTLS, "", "s:/a" },
		{ "192.0.2.2", 2049, 1, XPRTSEC_TLS, "", NULL },
		{ "192.0.2.2", 2050, 2, XPRTSEC_TLS, "", NULL },
		{ "192.0.2.9", 2049, 2, XPRTSEC_TLS, "", NULL },
		{ "192.0.2.3", 2049, 2, XPRTSEC_NONE, "", "/mnt/mutual one (xprtsec=mtls)" },
		{ "192.0.2.3", 2049, 2, XPRTSEC_TLS, "", "xprtsec=mtls" },
		{ "192.0.2.3", 2049, 2, XPRTSEC_MTLS, "one", NULL },
		{ "192.0.2.3", 2049, 2, XPRTSEC_MTLS, "two", "another certificate" },
		{ "192.0.2.3", 2049, 2, XPRTSEC_MTLS, "", "another certificate" },
		{ "2001:db8::2", 2050, 1, XPRTSEC_TLS, "", NULL },
		{ "2001:0db8::0:2", 2050, 1, XPRTSEC_NONE, "", "/mnt/six" },
		{ "2001:db8::2", 2049, 1, XPRTSEC_NONE, "", NULL },
		{ "no address", 2049, 1, XPRTSEC_NONE, "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct other_mounts_request question = {
			.source = "new:/x",
			.address = cases[i].address,
			.port = cases[i].port,
			.minor = cases[i].minor,
			.mode = cases[i].mode,
			.certificate = cases[i].certificate,
			.certificate_of = recorded,
		};
		struct error e = { 0 };
		int expected = !cases[i].says ? 0 : strstr(cases[i].says, "certificate") ? -ENOTUNIQ : -EBUSY;

		assert_int_equal(other_mounts_check(table, sizeof(table) - 1, &question, &e), expected);
		if (cases[i].says)
			assert_non_null(strstr(e.text, cases[i].says));
	}
}

static bool shares_41(void *context, const struct mountinfo_entry *entry)
{
	(void)context;
	return entry->id == 41;
}

static bool shares_none(void *context, const struct mountinfo_entry *entry)
{
	(void)context;
	(void)entry;
	return false;
}

static void the_kernel_keeps_apart_what_it_is_told(void **state)
{
	static const char told[] =
		"41 21 0:45 / /mnt/a rw - nfs4 m:/a rw,vers=4.2,xprtsec=mtls,cert_serial=<redacted>,addr=192.0.2.3\n";
	static const char untold[] = "41 21 0:45 / /mnt/a rw - nfs4 m:/a rw,vers=4.2,xprtsec=mtls,addr=192.0.2.3\n";
	static const char nameless[] =
		"41 21 0:45 / /mnt/a rw - nfs4 x:/a rw,vers=4.2,xprtsec=mtls,cert_serial=<redacted>,addr=192.0.2.3\n";
	static const char policys[] = "41 21 0:45 / /mnt/a rw - nfs4 x:/a rw,vers=4.2,xprtsec=mtls,addr=192.0.2.3\n";
	static const char elsewhere[] =
		"41 21 0:45 / /mnt/a rw - nfs4 m:/a rw,vers=4.1,port=77,xprtsec=mtls,addr=192.0.2.9\n";
	static const struct {
		const char *table, *certificate;
		bool kernel_is_told;
		enum xprtsec mode;
		bool (*shares)(void *context, const struct mountinfo_entry *entry);
		int result;
	} cases[] = {
		{ told, "b", true, XPRTSEC_MTLS, NULL, -EXDEV },
		{ told, "b", false, XPRTSEC_MTLS, NULL, -EXDEV },
		{ untold, "b", true, XPRTSEC_MTLS, NULL, -EXDEV },
		{ untold, "b", false, XPRTSEC_MTLS, NULL, -ENOTUNIQ },
		{ told, "a", true, XPRTSEC_MTLS, NULL, 0 },
		{ untold, "a", false, XPRTSEC_MTLS, NULL, 0 },
		/* One that is not known might be any. */
		{ nameless, "b", true, XPRTSEC_MTLS, NULL, -EXDEV },
		{ nameless, "b", false, XPRTSEC_MTLS, NULL, -EXDEV },
		{ policys, "b", false, XPRTSEC_MTLS, NULL, -EXDEV },
		{ told, "a", true, XPRTSEC_TLS, NULL, -EBUSY },
		{ elsewhere, "b", true, XPRTSEC_MTLS, NULL, 0 },
		/* Afterwards. */
		{ told, "b", true, XPRTSEC_MTLS, shares_41, -ENOTUNIQ },
		{ untold, "b", false, XPRTSEC_MTLS, shares_41, -ENOTUNIQ },
		{ told, "a", true, XPRTSEC_MTLS, shares_41, 0 },
		{ nameless, "b", true, XPRTSEC_MTLS, shares_41, 0 },
		{ nameless, "b", false, XPRTSEC_MTLS, shares_41, -ENOTUNIQ },
		{ policys, "b", false, XPRTSEC_MTLS, shares_41, -ENOTUNIQ },
		{ elsewhere, "b", true, XPRTSEC_MTLS, shares_41, -ENOTUNIQ },
		{ told, "b", true, XPRTSEC_MTLS, shares_none, 0 },
		{ untold, "b", false, XPRTSEC_MTLS, shares_none, 0 },
		{ told, "b", true, XPRTSEC_TLS, shares_none, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct other_mounts_request question = {
			.source = "new:/x",
			.address = "192.0.2.3",
			.port = 2049,
			.minor = 2,
			.mode = cases[i].mode,
			.certificate = cases[i].certificate,
			.kernel_is_told = cases[i].kernel_is_told,
			.certificate_of = recorded,
			.shares = cases[i].shares,
		};
		struct error e = { 0 };

		if (other_mounts_check(cases[i].table, strlen(cases[i].table), &question, &e) != cases[i].result)
			fail_msg("case %zu", i);
		if (cases[i].result)
			assert_non_null(strstr(e.text, ":/a on /mnt/a (xprtsec=mtls)"));
	}
}

static void a_certificate_names_its_client(void **state)
{
	static const char thirty[] = "a-host-with-a-name-of-30-bytes";
	static const struct {
		const char *node, *certificate, *name; /* NULL: none */
	} cases[] = {
		{ "client1", "alice", "client1+alice" },
		{ "client1", "key:-12", "client1+key:-12" },
		{ "", "alice", "+alice" },
		{ "client1", "", NULL },
		{ thirty, "thirty-four-bytes-long-as-it-is--.", NULL },
	};
	char name[CLIENT_NAME_MAX + 1], longest[80];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(client_name_of_certificate(cases[i].node, cases[i].certificate, name),
				 cases[i].name != NULL);
		if (cases[i].name)
			assert_string_equal(name, cases[i].name);
	}
	/* 30 + 1 + 33 is just what has room. */
	snprintf(longest, sizeof(longest), "%033d", 0);
	assert_true(client_name_of_certificate(thirty, longest, name));
	assert_int_equal(strlen(name), CLIENT_NAME_MAX);
}

static void servers_have_clients_of_their_own(void **state)
{
	static const struct {
		const char *node, *server, *name;
	} cases[] = {
		{ "client1", "files.example.com", "client1@files.example.com" },
		{ "client1+alice", "files.example.com", "client1+alice@files.example.com" },
		{ "client1", "Files.Example.COM.", "client1@files.example.com" },
		{ "client1", "2001:db8::2", "client1@2001:db8::2" },
	};
	char long_name[251], node[CLIENT_NAME_MAX + 1], name[CLIENT_NAME_MAX + 1], other[CLIENT_NAME_MAX + 1];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_true(client_name_of_server(cases[i].node, cases[i].server, name));
		assert_string_equal(name, cases[i].name);
	}
	/* one that is too long has a number, which is always the same and not another's */
	snprintf(long_name, sizeof(long_name), "%0250d", 1);
	assert_true(client_name_of_server("client1", long_name, name));
	assert_int_equal(strlen(name), strlen("client1@") + 16);
	assert_true(client_name_of_server("client1", long_name, other));
	assert_string_equal(name, other);
	snprintf(long_name, sizeof(long_name), "%0250d", 2);
	assert_true(client_name_of_server("client1", long_name, other));
	assert_string_not_equal(name, other);
	/* a shortened host could be another one */
	snprintf(node, sizeof(node), "%048d", 0);
	assert_false(client_name_of_server(node, long_name, name));
	assert_string_equal(name, "");
}

static bool shares_odd(void *context, const struct mountinfo_entry *entry)
{
	++*(size_t *)context;
	return entry->minor % 2;
}

static void owners_of_a_connection_are_listed(void **state)
{
	AUTO_STRBUF text = { 0 };
	AUTO_STRBUF names = { 0 };
	AUTO_STRBUF none = { 0 };
	size_t asked = 0;

	(void)state;
	strbuf_addf(&text, "20 1 0:1 / / rw - ext4 /dev/a rw\nnonsense\n");
	for (int i = 0; i < 10; i++)
		strbuf_addf(&text, "3%d 20 0:%d / /m/%d rw - %s s\\040t:/%d rw,xprtsec=tls\n", i, i, i,
			    i < 4 ? "nfs" : "nfs4", i);
	other_mounts_list(text.text, text.size, shares_odd, &asked, &names);
	assert_string_equal(names.text, "s t:/1 on /m/1 (xprtsec=tls), s t:/3 on /m/3 (xprtsec=tls), s t:/5 on /m/5"
					" (xprtsec=tls) and 2 more");
	assert_int_equal(asked, 10); /* never of other file systems */
	other_mounts_list("", 0, shares_odd, &asked, &none);
	assert_null(none.text);
}

static void many_neighbours_are_counted(void **state)
{
	struct other_mounts_request question = { .source = "n",
						 .address = "192.0.2.2",
						 .port = 2049,
						 .minor = 2,
						 .mode = XPRTSEC_TLS,
						 .certificate = "",
						 .certificate_of = recorded };
	AUTO_STRBUF text = { 0 };
	struct error e;

	(void)state;
	for (int i = 0; i < 7; i++)
		strbuf_addf(&text, "%d 21 0:%d / /m/%d rw - nfs4 s:/%d rw,vers=4.2,addr=192.0.2.2\n", i, i, i, i);
	assert_int_equal(other_mounts_check(text.text, text.size, &question, &e), -EBUSY);
	assert_non_null(strstr(e.text, "s:/2 on /m/2 (xprtsec=none) and 4 more"));
	assert_null(strstr(e.text, "s:/3"));
}

/* ---- certificates ------------------------------------------------------------------- */

static void certificates_are_named_once(void **state)
{
	static const struct {
		const char *text;
		int result;
		const char *name, *rest; /* or what the error says */
	} cases[] = {
		{ "soft", 0, "", "soft" },
		{ "tlscertname=host,soft", 0, "host", "soft" },
		{ "TLSCertName=a.b_c-1,soft,tlscertname=a.b_c-1", 0, "a.b_c-1", "soft" },
		{ "cert_serial=1,privkey_serial=2", 0, "", "cert_serial=1,privkey_serial=2" },
		{ "tlscertname=a,tlscertname=b", -EINVAL, NULL, "given as a and as b" },
		{ "tlscertname=", -EINVAL, NULL, "bad value ''" },
		{ "tlscertname", -EINVAL, NULL, "bad value ''" },
		{ "tlscertname=../key", -EINVAL, NULL, "bad value '../key'" },
		{ "tlscertname=.hidden", -EINVAL, NULL, "bad value" },
		{ "tlscertname=a b", -EINVAL, NULL, "bad value" },
		{ "tlscertname=a123456789012345678901234567890123456789012345678901234567890123", -EINVAL, NULL,
		  "bad value" },
		{ "cert_serial=1", -EINVAL, NULL, "cert_serial= needs privkey_serial=" },
		{ "privkey_serial=1", -EINVAL, NULL, "privkey_serial= needs cert_serial=" },
		{ "tlscertname=a,cert_serial=1,privkey_serial=2", -EINVAL, NULL, "both name a certificate" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_MOUNT_OPTIONS options = parsed(cases[i].text);
		struct mount_certificate identity;
		struct error e = { 0 };

		assert_int_equal(mount_certificate_take(&options, &identity, &e), cases[i].result);
		if (cases[i].result) {
			assert_non_null(strstr(e.text, cases[i].rest));
			continue;
		}
		assert_string_equal(identity.name, cases[i].name);
		assert_list(&options, cases[i].rest);
	}
}

static void a_certificate_needs_mtls(void **state)
{
	struct mount_certificate named = { .name = "host" }, numbered = { .serials = true }, none = { 0 };
	struct error e;

	(void)state;
	assert_int_equal(mount_certificate_check_mode(&named, XPRTSEC_MTLS, &e), 0);
	assert_int_equal(mount_certificate_check_mode(&none, XPRTSEC_NONE, &e), 0);
	assert_int_equal(mount_certificate_check_mode(&named, XPRTSEC_TLS, &e), -EINVAL);
	assert_non_null(strstr(e.text, "tlscertname=host needs xprtsec=mtls"));
	assert_int_equal(mount_certificate_check_mode(&numbered, XPRTSEC_NONE, &e), -EINVAL);
}

static void hidden_serial_numbers_are_not_repeated(void **state)
{
	AUTO_MOUNT_OPTIONS options = parsed("soft,cert_serial=<redacted>,privkey_serial=<redacted>,cert_serial=7");
	AUTO_STRBUF words = { 0 };

	(void)state;
	mount_certificate_drop_hidden(&options);
	assert_list(&options, "soft,cert_serial=7");
	assert_int_equal(certificate_in_options("vers=4.2,soft,addr=::1", &words), 0);
	assert_int_equal(words.size, 0);
	assert_int_equal(certificate_in_options("vers=4.2,tlscertname=alice,soft", &words), 0);
	assert_string_equal(words.text, "alice");
	words.size = 0;
	/* Whatever key has the number, it is none of ours. */
	assert_int_equal(certificate_in_options("vers=4.2,cert_serial=-0x7ffffff0,soft,privkey_serial=2,addr=::1",
						&words),
			 0);
	assert_string_equal(words.text, "key:-2147483632");
}

/* ---- ports -------------------------------------------------------------------------------- */

/* A server: what is registered, and a log of the questions. */
struct portmap {
	unsigned int nfs_tcp, nfs_udp, mount_udp, mount_tcp; /* 0: not registered */
	bool stale;					     /* the first that is found does not answer */
	int code;					     /* of rpcbind itself */
	char log[256];
};

static void note(struct portmap *map, const char *what, const struct service *service)
{
	size_t used = strlen(map->log);

	snprintf(map->log + used, sizeof(map->log) - used, "%s %s/%s ", what,
		 service->program == PORTS_NFS_PROGRAM ? "nfs" : "mount",
		 service->transport == MOUNT_UDP ? "udp" : "tcp");
}

static int find_port(void *context, struct service *service, struct error *e)
{
	struct portmap *map = context;
	bool udp = service->transport == MOUNT_UDP, nfs = service->program == PORTS_NFS_PROGRAM;

	note(map, "find", service);
	service->port = nfs ? udp ? map->nfs_udp : map->nfs_tcp : udp ? map->mount_udp : map->mount_tcp;
	if (map->code)
		return error_set(e, map->code, "no rpcbind");
	return service->port ? 0 : error_set(e, EOPNOTSUPP, "not registered");
}

static int ping(void *context, const struct service *service, struct error *e)
{
	struct portmap *map = context;

	note(map, "ping", service);
	if (!map->stale)
		return 0;
	map->stale = false;
	return error_set(e, ECONNREFUSED, "stale");
}

/* Whoever answers for rpcbind may choose where MOUNT is, which has no TLS anyway, but not where NFS is. */
static void rpcbind_does_not_choose_where_tls_goes(void **state)
{
	static const struct address server = { .text = "192.0.2.2" };
	static const struct {
		const char *text;
		unsigned int port;
		enum mount_transport mount;
	} cases[] = {
		{ "", 2049, MOUNT_UDP },	  { "tcp", 2049, MOUNT_TCP },		{ "port=0", 2049, MOUNT_UDP },
		{ "port=2050", 2050, MOUNT_UDP }, { "tcp,port=2050", 2050, MOUNT_TCP },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_MOUNT_OPTIONS options = parsed(cases[i].text);
		struct portmap map = { 666, 666, 700, 701, false, 0, "" };
		struct ports_calls calls = { find_port, ping, &map };
		struct mount_protocol protocol;
		struct ports_request request = { &options, &protocol, &server, &server, true, &calls };
		struct ports ports = { 0 };
		struct error e;

		assert_int_equal(mount_protocol_find(&options, NULL, &protocol, &e), 0);
		assert_int_equal(ports_find(&request, &ports, &e), 0);
		assert_null(strstr(map.log, "nfs/"));
		assert_int_equal(ports.nfs, MOUNT_TCP);
		assert_int_equal(ports.nfs_port, cases[i].port);
		assert_int_equal(ports.mount, cases[i].mount);
	}
}

static void ports_are_asked_for_where_nothing_says_them(void **state)
{
	static const struct address server = { .text = "192.0.2.2" };
	static const struct {
		const char *text;
		struct portmap map;
		int result;
		struct ports wanted;
		const char *log;
		/* clang-format off */
	} cases[] = {
		{ "", { 2049, 2049, 700, 701, false, 0, "" }, 0, { MOUNT_TCP, 0, MOUNT_UDP, 3, 700 },
		  "find nfs/tcp ping nfs/tcp find mount/udp ping mount/udp " },
		{ "", { 0, 2050, 0, 701, false, 0, "" }, 0, { MOUNT_UDP, 2050, MOUNT_TCP, 3, 701 },
		  "find nfs/tcp find nfs/udp ping nfs/udp find mount/udp find mount/tcp ping mount/tcp " },
		{ "tcp", { 2049, 2049, 700, 701, false, 0, "" }, 0, { MOUNT_TCP, 0, MOUNT_TCP, 3, 701 },
		  "find nfs/tcp ping nfs/tcp find mount/tcp ping mount/tcp " },
		{ "port=2049,proto=tcp", { 0, 0, 700, 701, false, 0, "" }, 0,
		  { MOUNT_TCP, 2049, MOUNT_TCP, 3, 701 }, "find mount/tcp ping mount/tcp " },
		{ "port=2049,udp,mountport=9,mountproto=tcp,mountvers=3", { 0 }, 0,
		  { MOUNT_UDP, 2049, MOUNT_TCP, 3, 9 }, "" },
		{ "mountproto=tcp", { 2049, 0, 700, 701, false, 0, "" }, 0, { MOUNT_TCP, 0, MOUNT_TCP, 3, 701 },
		  "find nfs/tcp ping nfs/tcp find mount/tcp ping mount/tcp " },
		{ "port=2050", { 2049, 0, 0, 0, false, 0, "" }, -EOPNOTSUPP, { 0 }, "find nfs/tcp find nfs/udp " },
		{ "", { 0, 0, 0, 0, false, 0, "" }, -EOPNOTSUPP, { 0 }, "find nfs/tcp find nfs/udp " },
		{ "", { 0, 0, 0, 0, false, EACCES, "" }, -EACCES, { 0 }, "find nfs/tcp " },
		{ "tcp", { 0, 0, 0, 0, false, ECONNREFUSED, "" }, -ECONNREFUSED, { 0 }, "find nfs/tcp " },
		{ "", { 2049, 2049, 700, 701, true, 0, "" }, 0, { MOUNT_UDP, 0, MOUNT_UDP, 3, 700 },
		  "find nfs/tcp ping nfs/tcp find nfs/udp ping nfs/udp find mount/udp ping mount/udp " },
		{ "port=x", { 0 }, -EINVAL, { 0 }, "" },
		{ "tcp,port=1,mountport=70000", { 0 }, -EINVAL, { 0 }, "" },
		{ "tcp,port=1,mountvers=x", { 0 }, -EINVAL, { 0 }, "" },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_MOUNT_OPTIONS options = parsed(cases[i].text);
		struct portmap map = cases[i].map;
		struct ports_calls calls = { find_port, ping, &map };
		struct mount_protocol protocol;
		struct ports_request request = { &options, &protocol, &server, &server, false, &calls };
		struct ports ports = { 0 };
		struct error e;

		assert_int_equal(mount_protocol_find(&options, NULL, &protocol, &e), 0);
		assert_int_equal(ports_find(&request, &ports, &e), cases[i].result);
		assert_string_equal(map.log, cases[i].log);
		assert_memory_equal(&ports, &cases[i].wanted, sizeof(ports));
	}
}

/* ---- retries ---------------------------------------------------------------------------------- */

static void retries_end_when_nfs5_says(void **state)
{
	static const struct {
		const char *text;
		bool background;
		unsigned int minutes;
		const char *bad;
	} cases[] = {
		{ "", false, 2, NULL },
		{ "bg", true, 10000, NULL },
		{ "bg,fg", false, 2, NULL },
		{ "fg,bg,retry=5", true, 5, NULL },
		{ "retry=0", false, 0, NULL },
		{ "retry=abc", false, 2, "abc" },
		{ "retry=-1,bg", true, 10000, "-1" },
		{ "retry", false, 2, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_MOUNT_OPTIONS options = parsed(cases[i].text);
		struct retry retry;
		const char *bad;

		retry_of(&options, &retry, &bad);
		assert_int_equal(retry.background, cases[i].background);
		assert_int_equal(retry.minutes, cases[i].minutes);
		if (cases[i].bad)
			assert_string_equal(bad, cases[i].bad);
		else
			assert_null(bad);
	}
}

static void pauses_grow(void **state)
{
	struct retry retry = { .minutes = 1 };
	struct retry_state tries;
	static const int front[] = { 1, 2, 4, 8, 10, 10 }, back[] = { 1, 2, 4, 8, 16, 32, 64, 120, 120 };

	(void)state;
	retry_start(&retry, 5000, false, &tries);
	for (size_t i = 0; i < ARRAY_SIZE(front); i++)
		assert_int_equal(retry_pause(&tries, ECONNREFUSED, 5000), front[i] * 1000);
	assert_int_equal(retry_pause(&tries, ETIMEDOUT, 5000), 0);
	assert_int_equal(retry_pause(&tries, ECONNREFUSED, 65900), 10000);
	assert_int_equal(retry_pause(&tries, ECONNREFUSED, 66000), -1);
	assert_int_equal(retry_pause(&tries, ETIMEDOUT, 66000), -1);
	retry_start(&retry, 0, true, &tries);
	for (size_t i = 0; i < ARRAY_SIZE(back); i++)
		assert_int_equal(retry_pause(&tries, ECONNREFUSED, 0), back[i] * 1000);
}

static void some_errors_go_away(void **state)
{
	static const int temporary[] = { ETIMEDOUT, EHOSTUNREACH, EAGAIN, ECONNREFUSED },
			 permanent[] = { EACCES, EPERM, ENOENT, EINVAL, ESRCH, EPROTONOSUPPORT, EIO, ENXIO, EALREADY };
	struct retry_state tries = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(temporary); i++)
		assert_true(retry_is_temporary(&tries, temporary[i]));
	for (size_t i = 0; i < ARRAY_SIZE(permanent); i++)
		assert_false(retry_is_temporary(&tries, permanent[i]));
	assert_true(retry_is_temporary(&tries, EOPNOTSUPP));
	assert_true(retry_is_temporary(&tries, ESTALE));
	assert_true(retry_is_temporary(&tries, ETIMEDOUT)); /* not in a row */
	assert_true(retry_is_temporary(&tries, EOPNOTSUPP));
	assert_true(retry_is_temporary(&tries, EOPNOTSUPP));
	assert_false(retry_is_temporary(&tries, EOPNOTSUPP));
}

#define STAT(name, start) "77 (" name ") S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 " start " 23 24\n"

static void mounts_of_one_mount_all_share_their_time(void **state)
{
	static const char all[] = "mount\0-a\0-t\0nfs", among[] = "/bin/mount\0-va", word[] = "mount\0--all",
			  one[] = "mount\0-t\0nfs\0-oasync,a\0s:/x\0/mnt";

	(void)state;
	/* it began at 600 s of a host that is up for 650 s */
	assert_int_equal(retry_began(STAT("mount", "60000"), all, sizeof(all), 650000, 100, 9000000), 8950000);
	assert_int_equal(retry_began(STAT("mount", "60000"), among, sizeof(among), 650000, 100, 9000000), 8950000);
	assert_int_equal(retry_began(STAT("mount", "60000"), word, sizeof(word), 650000, 100, 9000000), 8950000);
	assert_int_equal(retry_began(STAT("mount", "60000"), one, sizeof(one), 650000, 100, 9000000), 9000000);
	assert_int_equal(retry_began(STAT("bash", "60000"), all, sizeof(all), 650000, 100, 9000000), 9000000);
	assert_int_equal(retry_began(STAT("mount) S 1", "60000"), all, sizeof(all), 650000, 100, 9000000), 9000000);
	assert_int_equal(retry_began(STAT("mount", "x"), all, sizeof(all), 650000, 100, 9000000), 9000000);
	assert_int_equal(retry_began(STAT("mount", "99999999"), all, sizeof(all), 650000, 100, 9000000), 9000000);
	assert_int_equal(retry_began("", all, sizeof(all), 650000, 100, 9000000), 9000000);
	assert_int_equal(retry_began("77 (mount) S 1", all, sizeof(all), 650000, 100, 9000000), 9000000);
}

/* ---- causes ---------------------------------------------------------------------------------- */

/* What the others would say. */
struct world {
	const char *agent;  /* NULL: none runs */
	int rival;	    /* as rival_check() */
	const char *probe;  /* NULL: nfstls is not there */
	unsigned int works; /* set of enum xprtsec */
	unsigned int tried;
	bool gssd, rdma; /* are there */
	bool sys_works;
	bool sys_tried;
	int fails; /* what else a try says; 0: -EPERM */
};

static int world_agent(void *context, struct strbuf *answer, struct error *e)
{
	const struct world *world = context;

	if (!world->agent)
		return error_set(e, ENOENT, "no agent");
	strbuf_addf(answer, "%s", world->agent);
	return 0;
}

static int world_rival(void *context, struct error *e)
{
	const struct world *world = context;

	error_set(e, EBUSY, "cat (pid 7, uid 65534) has joined");
	return world->rival;
}

static int world_probe(void *context, struct strbuf *answer)
{
	const struct world *world = context;

	if (!world->probe)
		return -ENOENT;
	strbuf_addf(answer, "%s", world->probe);
	return 0;
}

static int world_try(void *context, enum xprtsec mode, const char *sec)
{
	struct world *world = context;

	if (sec) {
		assert_string_equal(sec, "sys");
		world->sys_tried = true;
		return world->sys_works ? 0 : -EPERM;
	}
	world->tried |= 1u << mode;
	return world->works & 1u << mode ? 0 : world->fails ? world->fails : -EPERM;
}

static bool world_gssd(void *context)
{
	return ((struct world *)context)->gssd;
}

static bool world_rdma(void *context)
{
	return ((struct world *)context)->rdma;
}

static struct diagnosis_calls calls_of(struct world *world)
{
	return (struct diagnosis_calls){ world_agent, world_rival, world_probe, world_try,
					 world_gssd,  world_rdma,  NULL,	world };
}

#define FAILURE(role, address, time, why)                                                         \
	"{\"time\":\"" time "\",\"role\":\"" role "\",\"address\":\"" address "\",\"why\":\"" why \
	"\",\"reason\":\"REASON\"}"
#define FAILURES(list) "{\"failures\":[" list "]}"
#define NO_FAILURES FAILURES("")
#define NOW "2026-11-23T10:00:00.250Z"
#define BEGAN_MS 1795428000250 /* that time */

static const struct address server_addresses[] = { { .text = "2001:db8::2" }, { .text = "192.0.2.2" } };

static void causes_are_found(void **state)
{
	static const struct {
		int code;
		enum xprtsec mode, minimum;
		struct world world;
		const char *says; /* NULL: nothing is known */
		unsigned int tried;
		/* clang-format off */
	} cases[] = {
		{ ESRCH, XPRTSEC_TLS, XPRTSEC_NONE, { .agent = NULL, .rival = 0 }, "no TLS handshake agent runs"
										   " on this client: start", 0 },
		{ ETIMEDOUT, XPRTSEC_TLS, XPRTSEC_NONE, { .agent = NULL, .rival = 1 }, "cat (pid 7, uid 65534)"
										       " has joined: start", 0 },
		{ ETIMEDOUT, XPRTSEC_TLS, XPRTSEC_NONE, { .agent = NULL, .rival = -EBUSY },
		  "does the TLS handshakes of this client, and tells no reasons", 0 },
		/* another's handshake may have failed, and where the export has spoken it has not */
		{ EACCES, XPRTSEC_TLS, XPRTSEC_NONE, { .agent = NULL, .rival = -EBUSY },
		  "does the TLS handshakes of this client, and tells no reasons", 1u << XPRTSEC_MTLS },
		{ EACCES, XPRTSEC_MTLS, XPRTSEC_MTLS,
		  { .agent = NULL, .rival = -EBUSY, .probe = "{\"verdict\":\"ok\",\"sentence\":\"TLS works\"}" },
		  "it is the export that does not admit this client", 0 },
		{ EPERM, XPRTSEC_MTLS, XPRTSEC_MTLS, { .agent = NULL, .rival = -EBUSY }, NULL, 0 },
		{ EPERM, XPRTSEC_TLS, XPRTSEC_NONE, { .agent = NULL, .rival = -EBUSY, .works = 1u << XPRTSEC_MTLS },
		  "does not take xprtsec=tls, but xprtsec=mtls", 1u << XPRTSEC_MTLS },
		{ ESRCH, XPRTSEC_TLS, XPRTSEC_NONE, { .agent = NO_FAILURES }, "not in this network namespace", 0 },
		{ EACCES, XPRTSEC_TLS, XPRTSEC_NONE,
		  { .agent = FAILURES(FAILURE("client", "192.0.2.2", NOW, "expired")) },
		  "the server's certificate has expired: REASON", 0 },
		{ EACCES, XPRTSEC_TLS, XPRTSEC_NONE,
		  { .agent = FAILURES(FAILURE("client", "[2001:db8::2]", NOW, "wrong-name")) },
		  "the server's certificate has another name: REASON", 0 },
		{ EACCES, XPRTSEC_TLS, XPRTSEC_NONE,
		  { .agent = FAILURES(FAILURE("client", "192.0.2.2", NOW, "something-new")) },
		  "the TLS handshake failed: REASON", 0 },
		/* old ones, those of others and those of the server's role count for nothing */
		{ EACCES, XPRTSEC_MTLS, XPRTSEC_MTLS,
		  { .agent = FAILURES(FAILURE("client", "192.0.2.2", "2026-11-23T10:00:00.249Z", "expired") ","
				      FAILURE("client", "192.0.2.2", "2026-11-23T10:00:01Z", "expired") ","
				      FAILURE("client", "192.0.2.9", NOW, "expired") ","
				      FAILURE("client", "192.0.2.22", NOW, "expired") ","
				      FAILURE("server", "192.0.2.2", NOW, "expired")) }, NULL, 0 },
		{ EACCES, XPRTSEC_MTLS, XPRTSEC_MTLS,
		  { .agent = NO_FAILURES, .probe = "{\"verdict\":\"certificate-required\",\"sentence\":\"takes"
						   " no client\"}" },
		  "takes no client", 0 },
		{ EPROTONOSUPPORT, XPRTSEC_TLS, XPRTSEC_NONE,
		  { .agent = NO_FAILURES, .probe = "{\"verdict\":\"no-tls\",\"sentence\":\"without"
						   " TLS\"}" }, "without TLS", 0 },
		{ EACCES, XPRTSEC_MTLS, XPRTSEC_MTLS,
		  { .agent = NO_FAILURES, .probe = "{\"verdict\":\"ok\",\"sentence\":\"TLS works\"}" },
		  "it is the export that does not admit this client", 0 },
		{ EPERM, XPRTSEC_TLS, XPRTSEC_NONE, { .agent = NO_FAILURES, .works = 1u << XPRTSEC_MTLS },
		  "does not take xprtsec=tls, but xprtsec=mtls", 1u << XPRTSEC_MTLS },
		{ EPERM, XPRTSEC_MTLS, XPRTSEC_NONE, { .agent = NO_FAILURES, .works = 1u << XPRTSEC_TLS },
		  "does not take xprtsec=mtls, but xprtsec=tls", 1u << XPRTSEC_TLS },
		{ EPERM, XPRTSEC_NONE, XPRTSEC_NONE, { .agent = NULL, .works = 1u << XPRTSEC_MTLS },
		  "does not take xprtsec=none, but xprtsec=mtls", 1u << XPRTSEC_TLS | 1u << XPRTSEC_MTLS },
		/* never weaker than the policy, and never in the clear */
		{ EPERM, XPRTSEC_MTLS, XPRTSEC_MTLS, { .agent = NO_FAILURES, .works = ~0u }, NULL, 0 },
		{ EPERM, XPRTSEC_TLS, XPRTSEC_NONE, { .agent = NO_FAILURES },
		  "the export refuses sec=sys with each xprtsec= but none, so sec= is in the way", 1u << XPRTSEC_MTLS },
		{ EPERM, XPRTSEC_TLS, XPRTSEC_NONE, { .agent = NO_FAILURES, .fails = -EACCES }, NULL,
		  1u << XPRTSEC_MTLS },
		{ EPERM, XPRTSEC_NONE, XPRTSEC_NONE, { .agent = NULL },
		  "the export refuses sec=sys with each xprtsec=, so sec= is in the way: mount with sec=krb5",
		  1u << XPRTSEC_TLS | 1u << XPRTSEC_MTLS },
		{ EPERM, XPRTSEC_NONE, XPRTSEC_NONE, { .agent = NULL, .fails = -EPROTONOSUPPORT },
		  "the export refuses sec=sys with each xprtsec=, so sec= is in the way: mount with sec=krb5",
		  1u << XPRTSEC_TLS | 1u << XPRTSEC_MTLS },
		{ EPERM, XPRTSEC_NONE, XPRTSEC_NONE, { .agent = NULL, .fails = -ESRCH }, NULL,
		  1u << XPRTSEC_TLS | 1u << XPRTSEC_MTLS },
		{ ENOENT, XPRTSEC_TLS, XPRTSEC_NONE, { .agent = NULL }, NULL, 0 },
		{ EACCES, XPRTSEC_NONE, XPRTSEC_NONE, { .agent = NULL }, NULL, 0 },
		{ EACCES, XPRTSEC_TLS, XPRTSEC_TLS, { .agent = "not JSON", .works = 0 }, NULL, 1u << XPRTSEC_MTLS },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct world world = cases[i].world;
		struct diagnosis_calls calls = calls_of(&world);
		struct kernel_failure failure = { .code = cases[i].code };
		struct diagnosis_question question = {
			.host = "server",
			.addresses = server_addresses,
			.address_count = ARRAY_SIZE(server_addresses),
			.mode = cases[i].mode,
			.minimum = cases[i].minimum,
			.sec = "sys",
			.began_ms = BEGAN_MS,
			.failure = &failure,
			.calls = &calls,
		};
		AUTO_STRBUF cause = { 0 };

		if (diagnosis_find(&question, &cause) != (cases[i].says != NULL))
			fail_msg("case %zu: %s", i, cause.text ? cause.text : "no cause");
		if (cases[i].says)
			assert_non_null(strstr(cause.text, cases[i].says));
		assert_int_equal(world.tried, cases[i].tried);
	}
}

static void what_stands_beside_tls_is_named(void **state)
{
	static const struct {
		int code;
		enum xprtsec mode;
		const char *sec;
		bool rdma;
		struct world world;
		const char *says; /* NULL: nothing is known */
		bool sys_tried;
		/* clang-format off */
	} cases[] = {
		{ EINVAL, XPRTSEC_NONE, "krb5", false, { .gssd = false }, "needs rpc.gssd, which does not run", false },
		{ EACCES, XPRTSEC_NONE, "krb5i", false, { .gssd = false }, "needs rpc.gssd", false },
		{ EPERM, XPRTSEC_NONE, "sys:krb5p", false, { .gssd = false }, "needs rpc.gssd", false },
		{ EINVAL, XPRTSEC_TLS, "krb5", false, { .agent = NO_FAILURES }, "needs rpc.gssd", false },
		{ EPERM, XPRTSEC_TLS, "krb5", false, { .rival = -EBUSY }, "needs rpc.gssd", false },
		{ EACCES, XPRTSEC_TLS, "krb5", false,
		  { .agent = FAILURES(FAILURE("client", "192.0.2.2", NOW, "expired")) }, "has expired", false },
		{ EINVAL, XPRTSEC_NONE, "krb5", false, { .gssd = true }, NULL, false },
		{ EINVAL, XPRTSEC_NONE, "sys", false, { .gssd = false }, NULL, false },
		{ ETIMEDOUT, XPRTSEC_NONE, "krb5", false, { .gssd = false }, NULL, false },
		{ EPERM, XPRTSEC_NONE, "none", false, { .sys_works = true }, "but sec=sys: mount with that", true },
		{ EACCES, XPRTSEC_NONE, "none", false, { .sys_works = true }, "but sec=sys: mount with that", true },
		{ EPERM, XPRTSEC_NONE, "krb5", false, { .gssd = true, .sys_works = true }, "but sec=sys", true },
		{ EPERM, XPRTSEC_NONE, "krb5i", false, { .gssd = true }, "refuses sec=krb5i with each xprtsec=", true },
		/* what was to be encrypted is not tried in the clear */
		{ EACCES, XPRTSEC_NONE, "krb5p", false, { .gssd = true, .sys_works = true }, NULL, false },
		{ EPERM, XPRTSEC_TLS, "krb5p", false, { .agent = NO_FAILURES, .gssd = true, .sys_works = true },
		  "but sec=sys", true },
		{ EACCES, XPRTSEC_NONE, "sys", false, { .sys_works = true }, NULL, false },
		{ ENODEV, XPRTSEC_NONE, "sys", true, { .rdma = false }, "this client has no RDMA device", false },
		{ EPROTO, XPRTSEC_NONE, "sys", true, { .rdma = false }, "this client has no RDMA device", false },
		{ ENODEV, XPRTSEC_NONE, "sys", true, { .rdma = true }, "no RDMA device of this client", false },
		{ ECONNREFUSED, XPRTSEC_NONE, "sys", true, { .rdma = true }, NULL, false },
		{ ENODEV, XPRTSEC_NONE, "sys", false, { .rdma = false }, NULL, false },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct world world = cases[i].world;
		struct diagnosis_calls calls = calls_of(&world);
		struct kernel_failure failure = { .code = cases[i].code };
		struct diagnosis_question question = {
			.host = "server",
			.addresses = server_addresses,
			.address_count = ARRAY_SIZE(server_addresses),
			.mode = cases[i].mode,
			.minimum = XPRTSEC_NONE,
			.sec = cases[i].sec,
			.rdma = cases[i].rdma,
			.began_ms = BEGAN_MS,
			.failure = &failure,
			.calls = &calls,
		};
		AUTO_STRBUF cause = { 0 };

		if (diagnosis_find(&question, &cause) != (cases[i].says != NULL))
			fail_msg("case %zu: %s", i, cause.text ? cause.text : "no cause");
		if (cases[i].says && !strstr(cause.text, cases[i].says))
			fail_msg("case %zu: %s", i, cause.text);
		assert_int_equal(world.sys_tried, cases[i].sys_tried);
	}
}

/* The reasons of agent and probe quote the policy. */
static void users_are_not_told_reasons(void **state)
{
	static const struct {
		struct world world;
		const char *says;
	} cases[] = {
		{ { .agent = FAILURES(FAILURE("client", "192.0.2.2", NOW, "not-permitted")) },
		  "the policy of this client does not permit that server: 'rpc.tlshd --ask failures' tells root more" },
		{ { .agent = FAILURES(FAILURE("client", "192.0.2.2", NOW, "expired")) },
		  "the server's certificate has expired: renew it: 'rpc.tlshd --ask failures' tells root more" },
		{ { .agent = FAILURES(FAILURE("client", "192.0.2.2", NOW, "new word")) },
		  "the TLS handshake failed: 'rpc.tlshd --ask failures' tells root more" },
		{ { .agent = NO_FAILURES, .probe = "{\"verdict\":\"bad-certificate\",\"sentence\":\"REASON\"}" },
		  "no TLS with the server: bad-certificate ('nfstls probe' tells root more)" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct world world = cases[i].world;
		struct diagnosis_calls calls = calls_of(&world);
		struct kernel_failure failure = { .code = EACCES };
		struct diagnosis_question question = {
			.host = "server",
			.addresses = server_addresses,
			.address_count = ARRAY_SIZE(server_addresses),
			.mode = XPRTSEC_TLS,
			.sec = "sys",
			.began_ms = BEGAN_MS,
			.failure = &failure,
			.calls = &calls,
			.discreet = true,
		};
		AUTO_STRBUF cause = { 0 };

		assert_true(diagnosis_find(&question, &cause));
		assert_string_equal(cause.text, cases[i].says);
	}
}

static void some_waits_are_hopeless(void **state)
{
	static const struct {
		struct world world;
		enum xprtsec mode;
		bool connected, known, hopeless;
	} cases[] = {
		{ { .agent = FAILURES(FAILURE("client", "192.0.2.2", NOW, "closed-by-peer")) },
		  XPRTSEC_TLS,
		  false,
		  true,
		  true },
		{ { .agent = FAILURES(FAILURE("client", "192.0.2.2", NOW, "timeout")) },
		  XPRTSEC_TLS,
		  true,
		  true,
		  false },
		{ { .agent = NULL, .rival = 1 }, XPRTSEC_TLS, true, true, true },
		{ { .agent = NULL, .rival = 1 }, XPRTSEC_TLS, false, true, true },
		{ { .agent = NULL, .rival = 0 }, XPRTSEC_TLS, false, false, false },
		{ { .agent = NULL, .rival = -EBUSY }, XPRTSEC_TLS, true, true, false },
		{ { .agent = NULL, .rival = -EBUSY }, XPRTSEC_TLS, false, false, false },
		{ { .agent = NO_FAILURES }, XPRTSEC_TLS, true, false, false },
		{ { .agent = NULL }, XPRTSEC_NONE, true, false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct world world = cases[i].world;
		struct diagnosis_calls calls = calls_of(&world);
		struct kernel_failure failure = { .code = ETIMEDOUT };
		struct diagnosis_question question = {
			.host = "server",
			.addresses = server_addresses,
			.address_count = ARRAY_SIZE(server_addresses),
			.mode = cases[i].mode,
			.sec = "sys",
			.began_ms = BEGAN_MS,
			.failure = &failure,
			.calls = &calls,
		};
		AUTO_STRBUF cause = { 0 };
		bool hopeless;

		assert_int_equal(diagnosis_waiting(&question, cases[i].connected, &cause, &hopeless), cases[i].known);
		assert_int_equal(hopeless, cases[i].hopeless);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_walk_follows_roots_links_only),
		cmocka_unit_test(a_walk_begins_at_the_root),
		cmocka_unit_test(a_resolved_path_has_no_links),
		cmocka_unit_test(the_table_tells_parents),
		cmocka_unit_test(a_mount_with_other_security_is_in_the_way),
		cmocka_unit_test(the_kernel_keeps_apart_what_it_is_told),
		cmocka_unit_test(a_certificate_names_its_client),
		cmocka_unit_test(servers_have_clients_of_their_own),
		cmocka_unit_test(owners_of_a_connection_are_listed),
		cmocka_unit_test(many_neighbours_are_counted),
		cmocka_unit_test(certificates_are_named_once),
		cmocka_unit_test(a_certificate_needs_mtls),
		cmocka_unit_test(hidden_serial_numbers_are_not_repeated),
		cmocka_unit_test(rpcbind_does_not_choose_where_tls_goes),
		cmocka_unit_test(ports_are_asked_for_where_nothing_says_them),
		cmocka_unit_test(retries_end_when_nfs5_says),
		cmocka_unit_test(pauses_grow),
		cmocka_unit_test(some_errors_go_away),
		cmocka_unit_test(mounts_of_one_mount_all_share_their_time),
		cmocka_unit_test(causes_are_found),
		cmocka_unit_test(what_stands_beside_tls_is_named),
		cmocka_unit_test(users_are_not_told_reasons),
		cmocka_unit_test(some_waits_are_hopeless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
