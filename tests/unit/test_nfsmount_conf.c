/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All rules of nfsmount.conf(5): from its text and the user's options to those of the mount. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/mounts/mounts.h"

#define GLOBAL "[ NFSMount_Global_Options ]\n"
#define SERVER "[ Server \"fs.example.com\" ]\n"
#define POINT "[ MountPoint \"/mnt/a\" ]\n"

/* The mount is of fs.example.com on /mnt/a where nothing else is said. */
struct row {
	const char *file, *user, *expected;
	const char *host, *target;
	const char *version, *protocol, *certificate; /* NULL: "" */
	const char *warning;			      /* part of it; NULL: there is none */
	const char *error;			      /* part of it; NULL: it works */
};

static struct conf *conf_of(const char *text)
{
	struct conf *conf = conf_new();
	struct error e = { 0 };

	assert_non_null(conf);
	if (conf_parse(conf, "/etc/nfsmount.conf", text, strlen(text), &e))
		fail_msg("%s: %s", text, e.text);
	return conf;
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static void check_found(const struct row *row, const struct nfsmount_found *found)
{
	assert_string_equal(found->version, or_empty(row->version));
	assert_string_equal(found->protocol, or_empty(row->protocol));
	assert_string_equal(found->certificate, or_empty(row->certificate));
}

static void check_warnings(const struct row *row, const struct strbuf *warnings)
{
	assert_false(warnings->failed);
	if (!row->warning)
		assert_string_equal(or_empty(warnings->text), "");
	else if (!strstr(or_empty(warnings->text), row->warning))
		fail_msg("%s: \"%s\" lacks \"%s\"", row->file, or_empty(warnings->text), row->warning);
}

static void check_row(const struct row *row)
{
	AUTO_CONF *conf = conf_of(row->file);
	AUTO_MOUNT_OPTIONS options = { 0 };
	AUTO_STRBUF warnings = { 0 };
	AUTO_STRBUF text = { 0 };
	struct nfsmount_found found;
	struct error e = { 0 };
	int r;

	assert_int_equal(mount_options_parse(&options, row->user, strlen(row->user), &e), 0);
	r = nfsmount_apply(conf, row->host ? row->host : "fs.example.com", row->target ? row->target : "/mnt/a",
			   &options, &found, &warnings, &e);
	if (row->error) {
		if (r != -EINVAL || !strstr(e.text, row->error))
			fail_msg("%s: %d, \"%s\" lacks \"%s\"", row->file, r, e.text, row->error);
		return;
	}
	if (r)
		fail_msg("%s: %s", row->file, e.text);
	mount_options_format(&options, &text);
	if (strcmp(or_empty(text.text), row->expected))
		fail_msg("%s with \"%s\": \"%s\", not \"%s\"", row->file, row->user, or_empty(text.text),
			 row->expected);
	check_found(row, &found);
	check_warnings(row, &warnings);
}

#define CHECK_ROWS(rows)                                      \
	do {                                                  \
		for (size_t i = 0; i < ARRAY_SIZE(rows); i++) \
			check_row(&(rows)[i]);                \
	} while (0)

/* ---- sections ------------------------------------------------------------ */

static void sections_fit_mounts(void **state)
{
	static const struct row rows[] = {
		{ .file = "", "soft", "soft" },
		{ .file = GLOBAL "rsize=8192\n", "", "rsize=8192" },
		{ .file = "[nfsmount_GLOBAL_options]\nRSize = 8192\n", "soft", "soft,rsize=8192" },
		{ .file = SERVER "rsize=8192\n", "", "rsize=8192" },
		{ .file = "[ Server \"FS.Example.COM\" ]\nrsize=1\n", "", "rsize=1" },
		{ .file = "[ Server \"fs.example.com.\" ]\nrsize=1\n", "", "rsize=1" },
		{ .file = SERVER "rsize=1\n", "", "rsize=1", .host = "fs.example.com." },
		{ .file = SERVER "rsize=8192\n", "", "", .host = "other.example.com" },
		{ .file = SERVER "rsize=8192\n", "", "", .host = "" },
		{ .file = "[ Server \"fs.example\" ]\nrsize=1\n", "", "" },
		{ .file = "[ Server \"::1\" ]\nrsize=1\n", "", "rsize=1", .host = "::1" },
		{ .file = "[ Server \"[::1]\" ]\nrsize=1\n", "", "rsize=1", .host = "::1" },
		{ .file = "[ Server \"[::1\" ]\nrsize=1\n", "", "", .host = "::1" },
		{ .file = "[ Server \"[]\" ]\nrsize=1\n", "", "", .host = "::1" },
		{ .file = "[ Server \"fd00:0:0::2\" ]\nrsize=1\n", "", "rsize=1", .host = "FD00::2" },
		{ .file = "[ Server \"fd00::3\" ]\nrsize=1\n", "", "", .host = "fd00::2" },
		{ .file = "[ Server \"192.0.2.7\" ]\nrsize=1\n", "", "rsize=1", .host = "192.0.2.7" },
		{ .file = POINT "rsize=1\n", "", "rsize=1" },
		{ .file = "[ mountpoint \"/MNT/a//\" ]\nrsize=1\n", "", "rsize=1" },
		{ .file = POINT "rsize=1\n", "", "", .target = "/mnt/ab" },
		{ .file = "[ MountPoint \"/\" ]\nrsize=1\n", "", "rsize=1", .target = "/" },
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void the_more_specific_wins(void **state)
{
	static const struct row rows[] = {
		{ .file = GLOBAL "rsize=1\n" SERVER "rsize=2\n" POINT "rsize=3\n", "", "rsize=3" },
		{ .file = POINT "rsize=3\n" SERVER "rsize=2\n" GLOBAL "rsize=1\n", "", "rsize=3" },
		{ .file = GLOBAL "rsize=1\n" SERVER "rsize=2\n", "", "rsize=2" },
		{ .file = GLOBAL "rsize=1\n" POINT "rsize=3\n", "rsize=4", "rsize=4" },
		{ .file = GLOBAL "rsize=1\nwsize=1\n" SERVER "wsize=2\n", "", "wsize=2,rsize=1" },
		{ .file = GLOBAL "rsize=1\nwsize=2\ntimeo=3\n", "soft", "soft,timeo=3,wsize=2,rsize=1" },
		{ .file = GLOBAL "rsize=1\nrsize=2\n", "", "rsize=2" },
		{ .file = GLOBAL "rsize=1\n" GLOBAL "rsize=2\n", "", "rsize=2" },
		{ .file = GLOBAL "hard=True\n" SERVER "soft=True\n", "", "soft" },
		{ .file = GLOBAL "proto=tcp\n" POINT "rdma=True\n", "", "rdma" },
		{ .file = GLOBAL "sloppy=True\n" POINT "sloppy=False\n", "", "" },
		{ .file = GLOBAL "Xprtsec=tls\n" SERVER "Xprtsec=mtls\n", "", "xprtsec=mtls" },
	};

	(void)state;
	CHECK_ROWS(rows);
}

/* ---- the user -------------------------------------------------------------- */

static void the_user_wins(void **state)
{
	static const struct row rows[] = {
		{ .file = GLOBAL "lock=True\n", "nolock", "nolock" },
		{ .file = GLOBAL "lock=False\n", "lock", "lock" },
		{ .file = GLOBAL "nolock=True\n", "lock", "lock" },
		{ .file = GLOBAL "background=True\n", "fg", "fg" },
		{ .file = GLOBAL "foreground=True\n", "bg", "bg" },
		{ .file = GLOBAL "hard=True\n", "soft", "soft" },
		{ .file = GLOBAL "soft=True\n", "hard", "hard" },
		{ .file = GLOBAL "hard=True\n", "softerr", "softerr" },
		{ .file = GLOBAL "hard=True\n", "softreval", "softreval" },
		{ .file = GLOBAL "softreval=True\n", "hard", "hard" },
		{ .file = GLOBAL "ro=True\n", "rw", "rw" },
		{ .file = GLOBAL "rw=True\n", "ro", "ro" },
		{ .file = GLOBAL "sync=True\n", "async", "async" },
		{ .file = GLOBAL "ac=False\n", "async", "async" },
		{ .file = GLOBAL "ac=False\n", "ac", "ac" },
		{ .file = GLOBAL "suid=True\ndev=True\nexec=True\n", "nosuid,nodev,noexec", "nosuid,nodev,noexec" },
		{ .file = GLOBAL "suid=True\ndev=True\nexec=True\n", "user", "user" },
		{ .file = GLOBAL "suid=True\nexec=True\n", "owner", "owner,exec" },
		{ .file = GLOBAL "nosuid=True\n", "noexec", "noexec,nosuid" },
		{ .file = GLOBAL "atime=False\n", "relatime", "relatime" },
		{ .file = GLOBAL "proto=udp\n", "tcp", "tcp" },
		{ .file = GLOBAL "tcp=True\n", "proto=rdma", "proto=rdma" },
		{ .file = GLOBAL "vers=3\n", "v4.1", "v4.1" },
		{ .file = GLOBAL "nfsvers=3\n", "minorversion=1", "minorversion=1" },
		{ .file = GLOBAL "v3=True\n", "vers=4.2", "vers=4.2" },
		{ .file = GLOBAL "actimeo=60\n", "acregmin=5", "acregmin=5" },
		{ .file = GLOBAL "acdirmin=5\n", "actimeo=60", "actimeo=60" },
		{ .file = GLOBAL "lock=False\n", "local_lock=none", "local_lock=none" },
		{ .file = GLOBAL "mountaddr=192.0.2.1\n", "mounthost=a", "mounthost=a" },
		{ .file = GLOBAL "timeo=600\nretrans=3\n", "timeo=50", "timeo=50,retrans=3" },
		{ .file = GLOBAL "xprtsec=none\n", "xprtsec=mtls", "xprtsec=mtls" },
		{ .file = GLOBAL "xprtsec=none\n", "XPRTSEC=mtls", "XPRTSEC=mtls" },
		{ .file = GLOBAL "xprtsec=tls\n", "sloppy,noxprtsec", "sloppy,noxprtsec,xprtsec=tls" },
		{ .file = GLOBAL "xprtsec=nonsense\n", "xprtsec=tls", "xprtsec=tls" },
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void a_section_may_say_what_goes_together(void **state)
{
	static const struct row rows[] = {
		{ .file = GLOBAL "softreval=True\nsoft=True\n", "", "soft,softreval" },
		{ .file = GLOBAL "acregmin=5\nactimeo=60\n", "", "actimeo=60,acregmin=5" },
		{ .file = GLOBAL "cert_serial=1\nprivkey_serial=2\n", "", "privkey_serial=2,cert_serial=1" },
		{ .file = GLOBAL "hard=True\nsoft=True\n", "", "soft" },
		{ .file = GLOBAL "vers=4\nv3=True\nminorversion=1\n", "", "minorversion=1" },
		{ .file = GLOBAL "bg=True\nfg=True\n", "", "fg" },
	};

	(void)state;
	CHECK_ROWS(rows);
}

/* ---- words ----------------------------------------------------------------------- */

static void values_become_words(void **state)
{
	static const struct row rows[] = {
		{ .file = GLOBAL "ac=True\n", "", "ac" },
		{ .file = GLOBAL "AC = fAlSe\n", "", "noac" },
		{ .file = GLOBAL "Background=True\n", "", "bg" },
		{ .file = GLOBAL "Background=False\n", "", "fg" },
		{ .file = GLOBAL "Foreground=False\n", "", "bg" },
		{ .file = GLOBAL "Sloppy=True\n", "", "sloppy" },
		{ .file = GLOBAL "Sloppy=False\n", "", "" },
		{ .file = GLOBAL "soft=False\n", "", "hard" },
		{ .file = GLOBAL "ro=False\n", "", "rw" },
		{ .file = GLOBAL "async=False\n", "", "sync" },
		{ .file = GLOBAL "nolock=False\n", "", "lock" },
		{ .file = GLOBAL "rsize=32k\n", "", "rsize=32768" },
		{ .file = GLOBAL "Wsize=1M\n", "", "wsize=1048576" },
		{ .file = GLOBAL "bsize=2g\n", "", "bsize=2147483648" },
		{ .file = GLOBAL "rsize=0x10K\n", "", "rsize=16384" },
		{ .file = GLOBAL "rsize=010k\n", "", "rsize=8192" },
		{ .file = GLOBAL "rsize=k\n", "", "rsize=k" },
		{ .file = GLOBAL "rsize=9999999999999999g\n", "", "rsize=9999999999999999g" },
		{ .file = GLOBAL "rsize=-1k\n", "", "rsize=-1k" },
		{ .file = GLOBAL "Proto=Tcp\n", "", "proto=tcp" },
		{ .file = GLOBAL "MountProto=UDP6\n", "", "mountproto=udp6" },
		{ .file = GLOBAL "Sec=KRB5P\n", "", "sec=krb5p" },
		{ .file = GLOBAL "LookupCache=Positive\nLocal_Lock=FLOCK\n",
		  "",
		  "local_lock=flock,lookupcache=positive" },
		{ .file = GLOBAL "Fatal_Neterrors=enetdown:enetunreach\n", "", "fatal_neterrors=ENETDOWN:ENETUNREACH" },
		{ .file = GLOBAL "Fatal_Neterrors=None\n", "", "fatal_neterrors=none" },
		{ .file = GLOBAL "XPRTSEC=TLS\n", "", "xprtsec=tls" },
		{ .file = GLOBAL "mounthost=Filer.Example.COM\n", "", "mounthost=Filer.Example.COM" },
		{ .file = GLOBAL "context=system_u:object_r:nfs_t:s0:c1,c2\n",
		  "",
		  "context=\"system_u:object_r:nfs_t:s0:c1,c2\"" },
		{ .file = GLOBAL "context=system_u:object_r:nfs_t:s0\n", "", "context=system_u:object_r:nfs_t:s0" },
		{ .file = GLOBAL "rsizee=\n", "", "rsizee=" },
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void what_is_no_word_is_refused(void **state)
{
	static const struct row rows[] = {
		{ .file = GLOBAL "\nrsize=1,xprtsec=none\n",
		  "",
		  .error = "/etc/nfsmount.conf:3: rsize=1,xprtsec=none: a comma" },
		{ .file = GLOBAL "soft,xprtsec=none\n", "", .error = ":2: soft,xprtsec=none: a comma" },
		{ .file = GLOBAL "rsize=1\"\n", "", .error = ":2: rsize=1" },
		{ .file = GLOBAL "r size=1\n", "", .error = ":2: r size=1" },
		{ .file = GLOBAL "rsize=1\x01\n", "", .error = ":2: rsize=1\\x01" },
		{ .file = GLOBAL "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg=True\n",
		  "",
		  .error = "too long" },
	};

	(void)state;
	CHECK_ROWS(rows);
}

/* ---- security ---------------------------------------------------------------------- */

static void certificates_go_with_mtls(void **state)
{
	static const struct row rows[] = {
		{ .file = GLOBAL "Xprtsec=mtls\nTlscertname=host\n", "", "xprtsec=mtls,tlscertname=host" },
		{ .file = GLOBAL "Tlscertname=host\n" SERVER "Xprtsec=Auto\n", "", "xprtsec=auto,tlscertname=host" },
		{ .file = GLOBAL "Tlscertname=host\n" POINT "Tlscertname=payroll\n",
		  "xprtsec=mtls",
		  "xprtsec=mtls,tlscertname=payroll" },
		{ .file = GLOBAL "Tlscertname=host\n", "xprtsec=MTLS", "xprtsec=MTLS,tlscertname=host" },
		{ .file = GLOBAL "Tlscertname=host\n", "Xprtsec=mtls", "Xprtsec=mtls,tlscertname=host" },
		{ .file = GLOBAL "Xprtsec=mtls\nTlscertname=host\n", "xprtsec=tls", "xprtsec=tls" },
		{ .file = GLOBAL "Tlscertname=host\n", "xprtsec=none", "xprtsec=none" },
		{ .file = GLOBAL "Tlscertname=host\n", "", "", .certificate = "host" },
		{ .file = GLOBAL "Xprtsec=mtls\nTlscertname=host\n",
		  "tlscertname=mine",
		  "tlscertname=mine,xprtsec=mtls" },
		{ .file = GLOBAL "Xprtsec=mtls\nTlscertname=host\n",
		  "cert_serial=1,privkey_serial=2",
		  "cert_serial=1,privkey_serial=2,xprtsec=mtls" },
		{ .file = GLOBAL "cert_serial=1\nprivkey_serial=2\n" POINT "Tlscertname=host\n",
		  "xprtsec=mtls",
		  "xprtsec=mtls,tlscertname=host" },
		{ .file = GLOBAL "Tlscertname=True\n", "xprtsec=mtls", "xprtsec=mtls,tlscertname=True" },
		{ .file = GLOBAL "Tlscertname=\n",
		  "xprtsec=mtls",
		  .error = ":2: tlscertname=: this is no name of a certificate" },
		{ .file = GLOBAL "Tlscertname=../a\n", "", .error = ":2: tlscertname=../a: this is no name" },
		{ .file = GLOBAL "Tlscertname=../a\n", "xprtsec=tls", "xprtsec=tls" },
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void security_is_not_lost(void **state)
{
	static const struct row rows[] = {
		{ .file = GLOBAL "xprtsec=ssl\n",
		  "",
		  .error = "/etc/nfsmount.conf:2: xprtsec=ssl: this is no transport security" },
		{ .file = GLOBAL "xprtsec=\n", "", .error = ":2: xprtsec=: " },
		{ .file = GLOBAL "xprtsec=True\n", "", .error = ":2: xprtsec=True: " },
		{ .file = GLOBAL "noxprtsec=True\n", "", .error = ":2: noxprtsec=True: there is no such option" },
		{ .file = "[ Serve \"a\" ]\nxprtsec=tls\n",
		  "",
		  .error = "/etc/nfsmount.conf:2: xprtsec= stands in the section [serve], which is none: use" },
		{ .file = "[ Server ]\nxprtsec=tls\n", "", .error = "[server]" },
		{ .file = "[ Server \"\" ]\nxprtsec=tls\n", "", .error = "[server]" },
		{ .file = "[ Server \"fs:/srv\" ]\nxprtsec=tls\n", "xprtsec=tls", .error = "[server]" },
		{ .file = "[ MountPoint \"mnt\" ]\ntlscertname=a\n", "", .error = "[mountpoint]" },
		{ .file = "[ NFSMount_Global_Options \"x\" ]\nxprtsec=tls\n",
		  "",
		  .error = "[nfsmount_global_options]" },
		{ .file = "[ whatever ]\nXPRTSEC=tls\n", "", .error = "[whatever]" },
	};

	(void)state;
	CHECK_ROWS(rows);
}

/* ---- what is told ---------------------------------------------------------------------- */

static void odd_sections_are_told(void **state)
{
	static const struct row rows[] = {
		{ .file = "\n[ Serve \"fs.example.com\" ]\nrsize=1\n",
		  "",
		  "",
		  .warning = "/etc/nfsmount.conf:3: rsize= is ignored, since [serve] is no section, and so is" },
		{ .file = "[ Mount_Point \"/mnt/a\" ]\nrsize=1\n", "", "", .warning = ":2: " },
		{ .file = "[ NFSMount_Global_Option ]\nrsize=1\n", "", "", .warning = ":2: " },
		{ .file = "[ NFS_Mount_Global_Options ]\nrsize=1\n", "", "", .warning = ":2: " },
		{ .file = "[ MontPoint \"/mnt/a\" ]\nrsize=1\n", "", "", .warning = ":2: " },
		{ .file = "[ Server ]\nrsize=1\n", "", "", .warning = ":2: " },
		{ .file = "[ MountPoint \"mnt/a\" ]\nrsize=1\n", "", "", .warning = ":2: " },
		{ .file = "[ nfsd ]\nthreads=8\n[ mountd ]\nport=1\n[ a_very_long_name_that_resembles_nothing ]\na=b\n",
		  "",
		  "" },
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void a_section_is_told_once(void **state)
{
	AUTO_CONF *conf = conf_of("[ Serve \"a\" ]\nrsize=1\nwsize=1\n[ Serve \"b\" ]\nrsize=1\n");
	AUTO_MOUNT_OPTIONS options = { 0 };
	AUTO_STRBUF warnings = { 0 };
	struct nfsmount_found found;
	struct error e;
	int lines = 0;

	(void)state;
	assert_int_equal(nfsmount_apply(conf, "a", "/mnt", &options, &found, &warnings, &e), 0);
	for (const char *at = warnings.text; (at = strchr(at, '\n')); at++)
		lines++;
	assert_int_equal(lines, 2);
}

static void defaults_are_returned(void **state)
{
	static const struct row rows[] = {
		{ .file = GLOBAL "Defaultvers=4.1\nDefaultproto=TCP6\n",
		  "soft",
		  "soft",
		  .version = "4.1",
		  .protocol = "tcp6" },
		{ .file = GLOBAL "Defaultvers=4.1\n" SERVER "Defaultvers=3\n", "", "", .version = "3" },
		{ .file = GLOBAL "Defaultvers=4.1\n", "vers=4", "vers=4", .version = "4.1" },
		{ .file = GLOBAL "Defaultvers=\n", "", "" },
		{ .file = GLOBAL "Defaultsec=krb5\n",
		  "",
		  "",
		  .warning = "/etc/nfsmount.conf:2: Invalid default setting: 'defaultsec'" },
		{ .file = GLOBAL "Defaults=True\n", "", "", .warning = "Invalid default setting: 'defaults'" },
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void words_have_a_source(void **state)
{
	static const struct {
		const char *key;
		unsigned int line; /* 0: none */
	} cases[] = {
		{ "rsizee", 7 }, { "noac", 3 }, { "bg", 4 },	      { "soft", 10 },  { "tlscertname", 8 },
		{ "wsize", 0 },	 { "ac", 0 },	{ "defaultvers", 0 }, { "sloppy", 0 }, { "", 0 },
	};
	AUTO_CONF *conf = conf_of(GLOBAL "soft=True\nac=False\nbackground=True\n"
					 "defaultvers=3\nsloppy=False\nRsizee=1\ntlscertname=a\n" SERVER "soft=True\n"
					 "[ Server \"other\" ]\nwsize=1\n");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct conf_setting *source = nfsmount_source(conf, "fs.example.com", "/mnt/a", cases[i].key);

		if (!source != !cases[i].line || (source && source->line != cases[i].line))
			fail_msg("%s: line %u", cases[i].key, source ? source->line : 0);
	}
}

/* ---- files ------------------------------------------------------------------------------- */

struct tree {
	char root[64];
};

static void make_folder(const struct tree *tree, const char *path)
{
	AUTO_STRBUF real = { 0 };

	strbuf_addf(&real, "%s%s", tree->root, path);
	assert_int_equal(mkdir(real.text, 0755), 0);
}

static void write_text(const struct tree *tree, const char *path, const char *text, mode_t mode)
{
	AUTO_STRBUF real = { 0 };
	FILE *file;

	strbuf_addf(&real, "%s%s", tree->root, path);
	file = fopen(real.text, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(real.text, mode), 0);
}

static int make_tree(void **state)
{
	static const char *const folders[] = { "/usr", "/usr/etc", "/usr/etc/nfsmount.conf.d" };
	struct tree *tree = calloc(1, sizeof(*tree));

	assert_non_null(tree);
	strcpy(tree->root, "/tmp/test_nfsmount_conf.XXXXXX");
	assert_non_null(mkdtemp(tree->root));
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		make_folder(tree, folders[i]);
	*state = tree;
	return 0;
}

static int remove_tree(void **state)
{
	struct tree *tree = *state;
	static const char *const paths[] = { "/usr/etc/nfsmount.conf.d/a.conf",
					     "/usr/etc/nfsmount.conf.d",
					     "/usr/etc/nfsmount.conf",
					     "/usr/etc",
					     "/usr",
					     "" };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		AUTO_STRBUF real = { 0 };

		strbuf_addf(&real, "%s%s", tree->root, paths[i]);
		(void)remove(real.text);
	}
	free(tree);
	return 0;
}

static void no_file_is_no_default(void **state)
{
	const struct tree *tree = *state;
	AUTO_CONF *conf = NULL;
	struct error e;

	assert_int_equal(nfsmount_load(tree->root, &conf, &e), 0);
	assert_int_equal(conf_count(conf), 0);
}

static void the_later_file_wins(void **state)
{
	const struct tree *tree = *state;
	AUTO_CONF *conf = NULL;
	AUTO_MOUNT_OPTIONS options = { 0 };
	AUTO_STRBUF warnings = { 0 };
	AUTO_STRBUF text = { 0 };
	struct nfsmount_found found;
	struct error e;

	write_text(tree, "/usr/etc/nfsmount.conf", GLOBAL "rsize=1\nwsize=1\ntimeo=1\n", 0644);
	write_text(tree, "/usr/etc/nfsmount.conf.d/a.conf", GLOBAL "wsize=2\n", 0644);
	assert_int_equal(nfsmount_load(tree->root, &conf, &e), 0);
	assert_int_equal(nfsmount_apply(conf, "a", "/m", &options, &found, &warnings, &e), 0);
	mount_options_format(&options, &text);
	assert_string_equal(text.text, "wsize=2,timeo=1,rsize=1");
	assert_string_equal(nfsmount_source(conf, "a", "/m", "wsize")->file, "/usr/etc/nfsmount.conf.d/a.conf");
}

static void what_cannot_be_trusted_is_refused(void **state)
{
	const struct tree *tree = *state;
	struct conf *conf = NULL;
	struct error e = { 0 };

	write_text(tree, "/usr/etc/nfsmount.conf", GLOBAL "rsize=1\n", 0666);
	assert_int_equal(nfsmount_load(tree->root, &conf, &e), -EPERM);
	assert_non_null(strstr(e.text, "/usr/etc/nfsmount.conf"));
	write_text(tree, "/usr/etc/nfsmount.conf", GLOBAL "\n[ Server v4only ]\n", 0644);
	assert_int_equal(nfsmount_load(tree->root, &conf, &e), -EINVAL);
	assert_non_null(strstr(e.text, "/usr/etc/nfsmount.conf:3: "));
	assert_non_null(strstr(e.text, "quoted"));
	assert_null(conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sections_fit_mounts),
		cmocka_unit_test(the_more_specific_wins),
		cmocka_unit_test(the_user_wins),
		cmocka_unit_test(a_section_may_say_what_goes_together),
		cmocka_unit_test(values_become_words),
		cmocka_unit_test(what_is_no_word_is_refused),
		cmocka_unit_test(certificates_go_with_mtls),
		cmocka_unit_test(security_is_not_lost),
		cmocka_unit_test(odd_sections_are_told),
		cmocka_unit_test(a_section_is_told_once),
		cmocka_unit_test(defaults_are_returned),
		cmocka_unit_test(words_have_a_source),
		cmocka_unit_test_setup_teardown(no_file_is_no_default, make_tree, remove_tree),
		cmocka_unit_test_setup_teardown(the_later_file_wins, make_tree, remove_tree),
		cmocka_unit_test_setup_teardown(what_cannot_be_trusted_is_refused, make_tree, remove_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
