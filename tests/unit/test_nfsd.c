/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/nfsd/nfsd.h"

static char root[64];

static void put(const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/proc/%s", root, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void get(const char *name, struct bytes *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/proc/%s", root, name);
	assert_int_equal(file_read(path, 65536, FILE_ANY, text, NULL), 0);
}

/* Runs a shell command in the root. */
static int run(const char *what)
{
	char command[512];

	snprintf(command, sizeof(command), "cd %s && %s", root, what);
	return system(command);
}

static int make_root(void **state)
{
	(void)state;
	strcpy(root, "/tmp/test_nfsd.XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
	(void)state;
	return run("rm -r \"$PWD\"");
}

static void threads(void **state)
{
	(void)state;
	assert_int_equal(run("mkdir -p proc/net/rpc"), 0);
	assert_int_equal(nfsd_thread_count(root), 0);
	put("net/rpc/nfsd", "rc 0 0 1\nfh 0 0 0 0 0\nio 0 0\nth 16 0 0.000 0.000\nra 0 0\nnet 0 0 0 0\n");
	assert_int_equal(nfsd_thread_count(root), 16);
	put("net/rpc/nfsd", "rc 0 0 1\nth 0 0 0.000\n");
	assert_int_equal(nfsd_thread_count(root), 0);
	put("net/rpc/nfsd", "rc 0 0 1\nth -3 0 0.000\n");
	assert_int_equal(nfsd_thread_count(root), 0);
	put("net/rpc/nfsd", "rc 0 th 9\n");
	assert_int_equal(nfsd_thread_count(root), 0);
	assert_int_equal(run("rm -r proc"), 0);
}

static void no_server(void **state)
{
	struct nfsd *nfsd;
	struct error e;
	bool told = true;

	(void)state;
	assert_int_equal(nfsd_open(root, false, &nfsd, &e), 0);
	assert_int_equal(nfsd_way(nfsd), NFSD_WAY_NONE);
	assert_false(nfsd_runs(nfsd));
	assert_int_equal(nfsd_sec_flags(nfsd, 7), 7);
	assert_int_equal(nfsd_flush(nfsd, &told, &e), 0);
	assert_false(told);
	assert_int_equal(nfsd_release_export(nfsd, "/a", &e), -EOPNOTSUPP);
	assert_int_equal(nfsd_try_export(nfsd, "/a", 0, 0, &e), -EOPNOTSUPP);
	nfsd_close(nfsd);
}

static void files_in_proc(void **state)
{
	AUTO_BYTES text = { 0 };
	struct nfsd *nfsd;
	struct error e;
	bool told;

	(void)state;
	assert_int_equal(run("mkdir -p proc/fs/nfsd proc/net/rpc/auth.unix.ip proc/net/rpc/nfsd.fh"
			     " proc/net/rpc/nfsd.export"),
			 0);
	put("fs/nfsd/threads", "8\n");
	put("fs/nfsd/export_features", "0x3ffff 0xf\n");
	put("net/rpc/auth.unix.ip/flush", "");
	put("net/rpc/nfsd.fh/flush", "");
	put("net/rpc/nfsd.export/flush", "");
	put("net/rpc/auth.unix.ip/channel", "");
	put("net/rpc/nfsd.export/channel", "");
	assert_int_equal(nfsd_open(root, false, &nfsd, &e), 0);
	assert_int_equal(nfsd_way(nfsd), NFSD_WAY_PROC);
	assert_true(nfsd_runs(nfsd));
	assert_int_equal(nfsd_sec_flags(nfsd, 7), 0xf);
	assert_int_equal(nfsd_flush(nfsd, &told, &e), 0); /* auth.unix.gid is missing, which is no fault */
	assert_true(told);
	get("net/rpc/nfsd.export/flush", &text);
	assert_true(text.size > 9 && text.data[text.size - 1] == '\n');
	bytes_free(&text);
	assert_int_equal(nfsd_try_export(nfsd, "/a b\\", 0x425, 7, &e), 0);
	get("net/rpc/nfsd.export/channel", &text);
	assert_string_equal((char *)text.data, "-test-client- /a\\040b\\134 3 1061 65534 65534 7\n");
	assert_int_equal(nfsd_release_export(nfsd, "/a", &e), -EOPNOTSUPP);
	nfsd_close(nfsd);
}

static void nonsense_in_proc(void **state)
{
	static const char *const texts[] = { "", "x", "0x3ffff", "0x3ffff ", "0x3ffff y", "1 -1", "1 99999999999999" };
	struct nfsd *nfsd;
	struct error e;

	(void)state;
	put("fs/nfsd/threads", "many\n");
	assert_int_equal(nfsd_open(root, false, &nfsd, &e), 0);
	assert_false(nfsd_runs(nfsd));
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		put("fs/nfsd/export_features", texts[i]);
		assert_int_equal(nfsd_sec_flags(nfsd, 7), 7);
	}
	nfsd_close(nfsd);
}

/* As kernels 6.12 and 7.3 print it. */
static const char told_exports[] = "#path domain(flags)\n"
				   "# /srv/sub\t*()\n"
				   "/srv/a\\040b\t*(rw,insecure,no_root_squash,sync,wdelay,fsid=5,sec=1)\n"
				   "# /srv/a\\040b\t*(ro,sec=1)\n"
				   "# /srv/old\t*(rw,sec=1)\n"
				   "# expiry=1795389002 refcnt=2 flags=5\n"
				   "/srv/b\th[(1,2].example.com,192.0.2.0/24(ro,root_squash,sec=390003)\n"
				   "/srv/cut\t*(rw\n/srv/nothing\n";
static const char told_clients[] = "#class IP domain\n"
				   "nfsd 192.0.2.1 *\n"
				   "nfsd 2001:0db8:0000:0000:0000:0000:0000:0001 *,a\\040b\n"
				   "# nfsd 192.0.2.9 -no-domain-\n"
				   "# nfsd 192.0.2.8 *\n"
				   "nfs4.0 192.0.2.7 *\nnfsd 192.0.2.6\n";

static void what_it_was_told(void **state)
{
	static const struct {
		const char *domain, *path, *flags;
		enum nfsd_told_state state;
	} exports[] = {
		{ "*", "/srv/a b", "rw,insecure,no_root_squash,sync,wdelay,fsid=5,sec=1", NFSD_TOLD_YES },
		{ "*", "/srv/sub", "", NFSD_TOLD_NO },
		{ "*", "/srv/old", "rw,sec=1", NFSD_TOLD_OLD },
		{ "h[(1,2].example.com,192.0.2.0/24", "/srv/b", "ro,root_squash,sec=390003", NFSD_TOLD_YES },
	};
	static const struct {
		const char *address, *domain;
		enum nfsd_told_state state;
	} clients[] = {
		{ "192.0.2.1", "*", NFSD_TOLD_YES },	   { "::ffff:192.0.2.1", "*", NFSD_TOLD_YES },
		{ "2001:db8::1", "*,a b", NFSD_TOLD_YES }, { "192.0.2.9", "-no-domain-", NFSD_TOLD_NO },
		{ "192.0.2.8", "*", NFSD_TOLD_OLD },
	};
	static const char *const strangers[] = { "192.0.2.7", "192.0.2.6", "::", "x", "" };
	struct nfsd_told told;
	struct error e;

	(void)state;
	assert_int_equal(nfsd_told_read(root, &told, &e), -ENOENT);
	assert_int_equal(run("mkdir -p proc/net/rpc/nfsd.export proc/net/rpc/auth.unix.ip"), 0);
	put("net/rpc/nfsd.export/content", told_exports);
	put("net/rpc/auth.unix.ip/content", told_clients);
	assert_int_equal(nfsd_told_read(root, &told, &e), 0);
	assert_int_equal(told.export_count, 5);
	for (size_t i = 0; i < ARRAY_SIZE(exports); i++) {
		const struct nfsd_told_entry *found = nfsd_told_export(&told, exports[i].domain, exports[i].path);

		assert_non_null(found);
		assert_string_equal(found->flags, exports[i].flags);
		assert_int_equal(found->state, exports[i].state);
	}
	assert_null(nfsd_told_export(&told, "*", "/srv/b"));
	assert_null(nfsd_told_export(&told, "*", "/srv/cut"));
	for (size_t i = 0; i < ARRAY_SIZE(clients); i++) {
		const struct nfsd_told_entry *found = nfsd_told_client(&told, clients[i].address);

		assert_non_null(found);
		assert_string_equal(found->domain, clients[i].domain);
		assert_int_equal(found->state, clients[i].state);
	}
	for (size_t i = 0; i < ARRAY_SIZE(strangers); i++)
		assert_null(nfsd_told_client(&told, strangers[i]));
	nfsd_told_free(&told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads),	    cmocka_unit_test(no_server),	cmocka_unit_test(files_in_proc),
		cmocka_unit_test(nonsense_in_proc), cmocka_unit_test(what_it_was_told),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
