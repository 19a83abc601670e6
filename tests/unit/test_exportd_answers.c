/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From etab, policy and mounts in files of this test to what the kernel would be told. */
#include "utils/exportd/answers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/unit.h"
#include "utils/exportd/volumes_private.h"

/* ---- a made-up host -------------------------------------------------------------------- */

static const char *mountinfo;

static int fake_mountinfo(struct strbuf *text, struct error *e)
{
	(void)e;
	strbuf_addf(text, "%s", mountinfo);
	return 0;
}

/* Paths are on a disk, but for those below /mem; the inode is the length of the path. */
static int fake_stat(const char *path, struct volume_stat *stat)
{
	if (!strcmp(path, "/missing"))
		return -ENOENT;
	*stat = strncmp(path, "/mem", 4) ? (struct volume_stat){ 8, 1, strlen(path) } :
					   (struct volume_stat){ 0, 40, strlen(path) };
	return 0;
}

static int fake_statfs(const char *path, struct volume_statfs *statfs)
{
	*statfs = strncmp(path, "/mem", 4) ? (struct volume_statfs){ 0xef53, { 1, 2 } } :
					     (struct volume_statfs){ 0x01021994, { 3, 4 } };
	return 0;
}

static int fake_uuid(uint32_t major, uint32_t minor, char text[VOLUME_UUID_TEXT_MAX])
{
	(void)minor;
	if (major != 8)
		return -ENOENT;
	text_copy(text, VOLUME_UUID_TEXT_MAX, "00112233-4455-6677-8899-aabbccddeeff");
	return 0;
}

static const struct volume_calls fake_calls = { fake_mountinfo, fake_stat, fake_statfs, fake_uuid, NULL };

static char folder[] = "/tmp/answers.XXXXXX";
static struct generation_source source;
static struct generation *generation;
static struct answers_export out;

static void put(const char *name, const char *text, size_t size)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, size), (ssize_t)size);
	close(fd);
}

static int use_rules(const char *text, struct error *e)
{
	AUTO_CONF *conf = conf_new();
	struct policy *policy;
	int r;

	assert_non_null(conf);
	r = conf_parse(conf, "policy", text, strlen(text), e);
	if (!r)
		r = policy_from_conf(conf, &policy, e);
	if (r)
		return r;
	rules_release(source.rules);
	source.rules = rules_new(policy);
	assert_non_null(source.rules);
	return 0;
}

static int build(const char *etab, const char *policy, struct error *e)
{
	int r = use_rules(policy, e);

	put("etab", etab, strlen(etab));
	return r ? r : generation_build(&source, NULL, &generation, e);
}

static void use(const char *etab, const char *policy)
{
	struct error e = { 0 };

	generation_free(generation);
	generation = NULL;
	if (build(etab, policy, &e))
		fail_msg("%s", e.text);
}

static int set_up(void **state)
{
	(void)state;
	mountinfo = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n26 22 0:40 / /mem rw - tmpfs tmpfs rw\n"
		    "27 22 8:1 /x /tree/sub rw - ext4 /dev/sda1 rw\n";
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	answers_export_free(&out);
	memset(&out, 0, sizeof(out));
	generation_free(generation);
	generation = NULL;
	return 0;
}

/* ---- questions --------------------------------------------------------------------------- */

static enum answers_verdict ask_export(const char *domain, const char *path)
{
	AUTO_ACCESS_SCOPE scope = { 0 };

	answers_export_free(&out);
	assert_int_equal(access_scope_parse(generation->exports->access, domain, &scope), 0);
	return answers_export(generation, &scope, path, &out);
}

static enum answers_verdict ask_handle(const char *domain, unsigned int type, const void *fsid, size_t size,
				       const char **path, struct strbuf *remark)
{
	struct upcall_request request = { .cache = UPCALL_HANDLE, .fsid_type = type, .fsid_size = size };
	AUTO_ACCESS_SCOPE scope = { 0 };

	memcpy(request.fsid, fsid, size);
	assert_int_equal(access_scope_parse(generation->exports->access, domain, &scope), 0);
	return answers_handle(generation, &scope, &request, path, remark);
}

static const char *domain_of(unsigned char last, const char *name, bool per_address)
{
	static char text[256];
	struct access_client client = { .address = { { 192, 0, 2, last }, 4 },
					.names = &name,
					.name_count = name != NULL };
	AUTO_STRBUF domain = { 0 };

	assert_int_equal(answers_domain(generation, &client, per_address, &domain), 0);
	snprintf(text, sizeof(text), "%s", domain.size ? domain.text : "");
	return text;
}

#define SYS "sec=sys,rw,secure,root_squash,no_all_squash"

/* ---- clients -------------------------------------------------------------------------------- */

static void domains(void **state)
{
	(void)state;
	use("/a\t*(rw)\n/b\t192.0.2.0/24(rw)\n/c\t*.example.com(rw)\n/d\t192.0.2.7(rw)\n", "");
	assert_string_equal(domain_of(1, NULL, false), "*,192.0.2.0/24");
	assert_string_equal(domain_of(7, "h.example.com", false), "*,*.example.com,192.0.2.0/24,192.0.2.7");
	assert_string_equal(domain_of(7, "h.example.com", true), "$192.0.2.7");
	use("/b\t192.0.2.0/28(rw)\n", "");
	assert_string_equal(domain_of(200, "h", false), ""); /* nobody */
	assert_string_equal(domain_of(200, "h", true), "");
}

/* ---- exports --------------------------------------------------------------------------------- */

static void a_plain_export(void **state)
{
	(void)state;
	use("/a\t*(rw,sync,wdelay,hide,nocrossmnt,secure,root_squash,no_all_squash,no_subtree_check,secure_locks,acl,"
	    "no_pnfs,fsid=7,anonuid=5,anongid=-2," SYS ")\n",
	    "");
	assert_int_equal(ask_export("*", "/a"), ANSWERS_YES);
	assert_int_equal(out.answer.flags, 0x2424);
	assert_int_equal(out.answer.anonuid, 5);
	assert_int_equal(out.answer.anongid, -2);
	assert_int_equal(out.answer.fsid, 7);
	assert_false(out.answer.has_uuid);
	assert_int_equal(out.answer.sec_count, 1);
	assert_int_equal(out.answer.sec[0].flavor, 1);
	assert_int_equal(out.answer.sec[0].flags, 0x2424);
	assert_int_equal(out.answer.xprtsec, 0);
	assert_int_equal(ask_export("*", "/b"), ANSWERS_NO);
	assert_int_equal(ask_export("other", "/a"), ANSWERS_NO);
}

/* What exports(5) can say reaches the kernel: as the flag of the export, and of its flavour. */
static void every_flag_is_answered(void **state)
{
	(void)state;
	for (size_t i = 0; i < export_flag_count; i++) {
		const struct export_flag *row = &export_flags[i];

		for (unsigned int set = 0; set < 2; set++) {
			AUTO_STRBUF etab = { 0 };
			const char *word = set ? row->set : row->clear ? row->clear : "sync";

			strbuf_addf(&etab, "/a\t*(%s,sec=sys,%s)\n", word, word);
			use(etab.text, "");
			assert_int_equal(ask_export("*", "/a"), ANSWERS_YES);
			assert_int_equal(out.answer.flags & row->flag, set ? row->flag : 0);
			assert_int_equal(out.answer.sec[0].flags & row->flag, set ? row->flag : 0);
		}
	}
}

static void below_crossmnt(void **state)
{
	static const unsigned char disk[16] = "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff";

	(void)state;
	use("/tree\t*(rw,crossmnt,fsid=7,xprtsec=mtls)\n", "");
	assert_int_equal(ask_export("*", "/tree/sub"), ANSWERS_YES);
	assert_int_equal(out.answer.flags & 0x6000, 0x4000); /* not the number's bit */
	assert_int_equal(out.answer.fsid, 7);
	assert_int_equal(out.answer.xprtsec, XPRTSEC_MTLS);
	assert_true(out.answer.has_uuid);
	assert_memory_equal(out.answer.uuid, disk, sizeof(disk));
}

static void the_pseudo_root(void **state)
{
	(void)state;
	use("/srv/strict/a\t*(rw,xprtsec=mtls)\n/srv/b\t*(rw,xprtsec=tls)\n/srv/c\tother.example.com(rw)\n", "");
	assert_int_equal(ask_export("*", "/"), ANSWERS_YES);
	assert_int_equal(out.answer.flags, 0x12403);
	assert_int_equal(out.answer.fsid, 0);
	assert_int_equal(out.answer.xprtsec, XPRTSEC_TLS | XPRTSEC_MTLS);
	assert_int_equal(ask_export("*", "/srv/strict"), ANSWERS_YES);
	assert_int_equal(out.answer.flags, 0x10403);
	assert_int_equal(out.answer.xprtsec, XPRTSEC_MTLS);
	assert_int_equal(ask_export("*", "/srv/c"), ANSWERS_NO);
	assert_int_equal(ask_export("*,other.example.com", "/srv"), ANSWERS_YES);
	assert_int_equal(out.answer.xprtsec, 0); /* somebody below takes all */
	use("/mem/deep/a\t*(rw)\n", "");
	assert_int_equal(ask_export("*", "/mem/deep"), ANSWERS_YES);
	assert_true(out.answer.has_uuid); /* no device: by name */
}

static void refused_by_policy(void **state)
{
	(void)state;
	use("/a\t*(rw,xprtsec=none)\n/b\t*(rw)\n/t\t*(rw,crossmnt,xprtsec=tls:mtls)\n/n\t*(rw,crossmnt,xprtsec=tls)\n",
	    "[server]\nminimum=tls\n[server \"/t/x\"]\nminimum=mtls\n[server \"/n/x\"]\nminimum=mtls\n");
	assert_int_equal(ask_export("*", "/a"), ANSWERS_NO);
	assert_non_null(strstr(out.why.text, "minimum=tls in [server] ("));
	assert_non_null(strstr(out.why.text, "policy:2)"));
	assert_int_equal(ask_export("*", "/b"), ANSWERS_YES);
	assert_int_equal(out.answer.xprtsec, XPRTSEC_TLS | XPRTSEC_MTLS);
	assert_int_equal(ask_export("*", "/t/x"), ANSWERS_YES);
	assert_int_equal(out.answer.xprtsec, XPRTSEC_MTLS);
	assert_int_equal(ask_export("*", "/n/x"), ANSWERS_NO);
	assert_non_null(strstr(out.why.text, "minimum=mtls"));
	/* The root knows nothing of what is refused. */
	assert_int_equal(ask_export("*", "/"), ANSWERS_YES);
	assert_int_equal(out.answer.xprtsec, XPRTSEC_TLS | XPRTSEC_MTLS);
}

/* The next generation, of the same exports, with other mounts; true when the kernel has to forget what it was told. */
static bool remount(const char *mounts)
{
	struct generation *next = NULL;
	struct error e;
	bool same;

	mountinfo = mounts;
	assert_int_equal(generation_build(&source, generation->exports, &next, &e), 0);
	same = generation_demands_as(generation, next);
	generation_free(generation);
	generation = next;
	return !same;
}

/* The directory that is for few is served with the laxer export that it lies in, while nothing is mounted over it. */
static void what_a_mount_covers_counts_when_it_is_gone(void **state)
{
	static const char *const bare = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n";
	static const char *const covered = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n23 22 8:2 / /srv/pay rw - ext4 x rw\n";
	static const char *const more = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n23 22 8:2 / /srv/pay rw - ext4 x rw\n"
					"24 22 8:3 / /mnt rw - ext4 x rw\n";
	const uint32_t zero = 0;
	const char *path;

	(void)state;
	mountinfo = covered;
	use("/srv\t*(rw,fsid=0,xprtsec=none:tls)\n/srv/pay\t*(rw,fsid=5,xprtsec=mtls)\n/home\t*(rw)\n",
	    "[server \"/srv/pay\"]\nminimum=mtls\n");
	assert_int_equal(ask_export("*", "/srv"), ANSWERS_YES);
	assert_int_equal(ask_export("*", "/srv/pay"), ANSWERS_YES);
	assert_true(remount(bare));
	assert_int_equal(ask_export("*", "/srv"), ANSWERS_NO);
	assert_non_null(
		strstr(out.why.text, "refused: xprtsec=none:tls is weaker than minimum=mtls in [server \"/srv/pay\"]"));
	assert_non_null(strstr(out.why.text, "policy:2), and this export serves /srv/pay, too"));
	/* Of the handle only the path is asked; what may be done there is no longer told. */
	assert_int_equal(ask_handle("*", HANDLE_NUM, &zero, 4, &path, NULL), ANSWERS_YES);
	assert_string_equal(path, "/srv");
	assert_int_equal(ask_export("*", "/srv/pay"), ANSWERS_YES);
	assert_int_equal(out.answer.xprtsec, XPRTSEC_MTLS);
	assert_int_equal(ask_export("*", "/home"), ANSWERS_YES);
	assert_false(remount(bare));
	assert_true(remount(covered));
	assert_int_equal(ask_export("*", "/srv"), ANSWERS_YES);
	assert_int_equal(out.answer.xprtsec, XPRTSEC_NONE | XPRTSEC_TLS);
	assert_false(remount(more)); /* what it covers is nobody's */
}

/* Below crossmnt each file system has what remains for it, also for what lies in it. */
static void what_is_inherited_is_judged_where_it_is(void **state)
{
	(void)state;
	mountinfo = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n23 22 8:2 / /srv/a rw - ext4 x rw\n"
		    "24 22 8:3 / /srv/b rw - ext4 x rw\n25 22 8:3 /pay /data rw - ext4 x rw\n";
	use("/srv\t*(rw,fsid=0,crossmnt,xprtsec=none:mtls)\n", "[server \"/srv/a/x\"]\nminimum=mtls\n"
							       "[server \"/data\"]\npeers=hr.example.com\n");
	assert_int_equal(ask_export("*", "/srv"), ANSWERS_YES);
	assert_int_equal(out.answer.xprtsec, XPRTSEC_NONE | XPRTSEC_MTLS);
	assert_int_equal(ask_export("*", "/srv/a"), ANSWERS_YES);
	assert_int_equal(out.answer.xprtsec, XPRTSEC_MTLS);
	assert_int_equal(ask_export("*", "/srv/b"), ANSWERS_NO);
	assert_non_null(strstr(out.why.text, "to others than peers=hr.example.com in [server \"/data\"]"));
}

static void waits_for_its_mount(void **state)
{
	const uint32_t number = 9;
	const char *path;

	(void)state;
	use("/late\t*(rw,fsid=9,mountpoint)\n/p\t*(rw,fsid=8,mountpoint=/tree/sub)\n", "");
	assert_int_equal(ask_export("*", "/late"), ANSWERS_NO);
	assert_int_equal(out.ttl, 60);
	assert_string_equal(out.why.text, "not a mountpoint");
	assert_int_equal(ask_handle("*", HANDLE_NUM, &number, sizeof(number), &path, NULL), ANSWERS_HOLD);
	assert_int_equal(ask_export("*", "/p"), ANSWERS_YES);
}

static void locations(void **state)
{
	(void)state;
	use("/r\t*(rw,refer=/x@a.example.com+192.0.2.1:/y@[2001:db8::1])\n/c\t*(rw,replicas=/x@a:bad:/z@b)\n"
	    "/n\t*(rw,refer=nowhere)\n",
	    "");
	assert_int_equal(ask_export("*", "/r"), ANSWERS_YES);
	assert_false(out.answer.replicas);
	assert_int_equal(out.answer.location_count, 2);
	assert_string_equal(out.answer.locations[0].hosts, "a.example.com:192.0.2.1");
	assert_string_equal(out.answer.locations[0].path, "/x");
	assert_string_equal(out.answer.locations[1].hosts, "[2001:db8::1]");
	assert_string_equal(out.answer.locations[1].path, "/y");
	assert_int_equal(ask_export("*", "/c"), ANSWERS_YES);
	assert_true(out.answer.replicas);
	assert_int_equal(out.answer.location_count, 2);
	assert_non_null(strstr(out.why.text, "\"bad\" is no location"));
	assert_int_equal(ask_export("*", "/n"), ANSWERS_NO); /* never served here instead */
}

/* ---- handles ------------------------------------------------------------------------------------ */

static void handles(void **state)
{
	const uint32_t zero = 0, seven = 7, unknown = 8;
	const char *path;

	(void)state;
	use("/a\t*(rw,fsid=7)\n/b\tother.example.com(rw,fsid=8)\n", "");
	assert_int_equal(ask_handle("*", HANDLE_NUM, &seven, 4, &path, NULL), ANSWERS_YES);
	assert_string_equal(path, "/a");
	assert_int_equal(ask_handle("*", HANDLE_NUM, &zero, 4, &path, NULL), ANSWERS_YES);
	assert_string_equal(path, "/");
	assert_int_equal(ask_handle("*", HANDLE_NUM, &unknown, 4, &path, NULL), ANSWERS_NO); /* another's */
	assert_int_equal(ask_handle("*", HANDLE_NUM, &seven, 3, &path, NULL), ANSWERS_NO);
	assert_int_equal(ask_handle("nobody", HANDLE_NUM, &zero, 4, &path, NULL), ANSWERS_NO);
	use("/srv\t*(rw,fsid=0)\n", "");
	assert_int_equal(ask_handle("*", HANDLE_NUM, &zero, 4, &path, NULL), ANSWERS_YES);
	assert_string_equal(path, "/srv");
}

static void one_handle_for_two(void **state)
{
	unsigned char fsid[24] = { 3 }; /* the length of both paths is their inode */
	AUTO_STRBUF remark = { 0 };
	const char *path;

	(void)state;
	memcpy(fsid + 8, "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff", 16);
	use("/aa\t*(rw)\n/bb\t*(rw)\n", "");
	assert_int_equal(ask_handle("*", HANDLE_UUID16_INUM, fsid, 24, &path, &remark), ANSWERS_YES);
	assert_string_equal(path, "/aa");
	assert_non_null(strstr(remark.text, "/aa and /bb have the same file handle"));
}

/* ---- hostile names ------------------------------------------------------------------------------- */

/* etab's line of a path, the kernel's question about it, and our answer, in the form of the channel files. */
static void goes_round(const char *path)
{
	struct upcall_request asked = { .cache = UPCALL_EXPORT,
					.domain = (char *)(uintptr_t) "*",
					.path = (char *)(uintptr_t)path };
	AUTO_STRBUF etab = { 0 }, line = { 0 };
	struct upcall_request read;
	struct error e;

	export_add_escaped(&etab, path);
	strbuf_addf(&etab, "\t*(rw,fsid=1)\n");
	assert_false(etab.failed);
	use(etab.text, "");
	assert_int_equal(ask_export("*", path), ANSWERS_YES);
	assert_int_equal(upcall_text_format(&asked, &out.answer, &line, &e), 0);
	assert_int_equal(strchr(line.text, '\n') - line.text, (ptrdiff_t)line.size - 1);
	/* The answer begins with the two fields of the question, escaped as the kernel escapes them. */
	*strstr(line.text + 2, " 0 ") = '\0';
	assert_int_equal(upcall_text_parse(UPCALL_EXPORT, line.text, strlen(line.text), &read, &e), 0);
	assert_string_equal(read.path, path);
	assert_string_equal(read.domain, "*");
	upcall_request_free(&read);
}

static void hostile_names(void **state)
{
	char longest[4096] = "/";

	(void)state;
	goes_round("/a\nb");
	goes_round("/a\\b\\012c");
	goes_round("/ \t\"#'");
	goes_round("/\xff\xfe\x80\xc0\xaf");
	goes_round("/\x01\x1b[2J\x7f");
	goes_round("/*(rw)");
	memset(longest + 1, 'x', sizeof(longest) - 2);
	for (size_t i = 200; i < sizeof(longest) - 1; i += 200)
		longest[i] = '/';
	assert_int_equal(strlen(longest), 4095);
	goes_round(longest);
	memset(longest + 1, '\\', 1000); /* four bytes each on the way */
	goes_round(longest);
}

/* ---- generations ----------------------------------------------------------------------------------- */

static void broken_files(void **state)
{
	struct file_stamp stamp;
	struct error e;

	(void)state;
	assert_int_equal(build("/a\t*(rw)\n/b\t*(rw,nonsense)\n", "", &e), -EINVAL);
	assert_non_null(strstr(e.text, "/etab:2:"));
	assert_int_equal(build("/a\t*(rw)\n", "[server]\nminimum=strong\n", &e), -EINVAL);
	assert_non_null(strstr(e.text, "policy:2"));
	use("/a\t*(rw)\n", "");
	generation_stamp(&source, &stamp);
	assert_true(file_stamp_equal(&stamp, &generation->exports->etab));
	put("etab", "/other\t*(rw)\n", 13);
	generation_stamp(&source, &stamp);
	assert_false(file_stamp_equal(&stamp, &generation->exports->etab));
}

static void no_etab(void **state)
{
	char path[128];
	struct error e;

	(void)state;
	assert_int_equal(use_rules("", &e), 0);
	snprintf(path, sizeof(path), "%s/etab", folder);
	(void)unlink(path);
	assert_int_equal(generation_build(&source, NULL, &generation, &e), 0);
	assert_int_equal(ask_export("*", "/"), ANSWERS_NO);
}

static void shared_exports(void **state)
{
	struct generation *next = NULL;
	struct error e;

	(void)state;
	use("/tree\t*(rw,crossmnt,fsid=1)\n", "");
	assert_int_equal(generation_build(&source, generation->exports, &next, &e), 0);
	assert_ptr_equal(next->exports, generation->exports);
	assert_int_equal(next->exports->users, 2);
	generation_free(generation);
	generation = next;
	assert_int_equal(generation->exports->users, 1);
	assert_int_equal(ask_export("*", "/tree"), ANSWERS_YES);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(domains),
		TEST(a_plain_export),
		TEST(every_flag_is_answered),
		TEST(below_crossmnt),
		TEST(the_pseudo_root),
		TEST(refused_by_policy),
		TEST(what_a_mount_covers_counts_when_it_is_gone),
		TEST(what_is_inherited_is_judged_where_it_is),
		TEST(waits_for_its_mount),
		TEST(locations),
		TEST(handles),
		TEST(one_handle_for_two),
		TEST(hostile_names),
		TEST(broken_files),
		TEST(no_etab),
		TEST(shared_exports),
	};
	char command[96];
	int failed;

	if (!mkdtemp(folder))
		return 1;
	source = (struct generation_source){ .state_folder = folder, .volume_calls = &fake_calls };
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rules_release(source.rules);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command) ? 1 : failed;
}
