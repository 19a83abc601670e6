/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/conf/conf.h"

/* ---- the grammar --------------------------------------------------------- */

/* One line for each setting: section|argument|key|value|line. */
static void show(const struct conf *conf, struct strbuf *out)
{
	strbuf_add(out, "", 0);
	for (size_t i = 0; i < conf_count(conf); i++) {
		const struct conf_setting *s = conf_at(conf, i);

		strbuf_addf(out, "%s|%s|%s|%s|%u\n", s->section, s->argument ? s->argument : "-", s->key, s->value,
			    s->line);
	}
	assert_false(out->failed);
}

static void test_accepted(void **state)
{
	static const struct {
		const char *what, *text, *settings;
	} rows[] = {
		{ "nothing", "", "" },
		{ "blank lines and comments", "\n  \n# a\n ; b\n\t#c", "" },
		{ "a section without settings", "[client]\n", "" },
		{ "a setting", "[client]\nalpn = required\n", "client|-|alpn|required|2\n" },
		{ "no newline at the end", "[a]\nb=c", "a|-|b|c|2\n" },
		{ "no blanks, many blanks", "[ a ]\n\tb\t=\t c \t\n", "a|-|b|c|2\n" },
		{ "names in lower case, values as they are", "[Client]\nALPN = Required\n",
		  "client|-|alpn|Required|2\n" },
		{ "a quoted argument keeps its case", "[Client \"Some Host\"]\nb=c\n", "client|Some Host|b|c|2\n" },
		{ "an argument without blank before it", "[a\"x\"]\nb=c\n", "a|x|b|c|2\n" },
		{ "a bracket within the argument", "[a \"x]y\"]\nb=c\n", "a|x]y|b|c|2\n" },
		{ "an empty argument is one", "[a \"\"]\nb=c\n", "a||b|c|2\n" },
		{ "the next section drops the argument", "[a \"x\"]\nb=1\n[c]\nd=2\n", "a|x|b|1|2\nc|-|d|2|4\n" },
		{ "a comment behind a section", "[a] # x\nb=1\n[c];y\nd=2\n", "a|-|b|1|2\nc|-|d|2|4\n" },
		{ "an inline comment with #", "[a]\nb = c # d\n", "a|-|b|c|2\n" },
		{ "an inline comment with ;", "[a]\nb = c\t; d\n", "a|-|b|c|2\n" },
		{ "# and ; within a word are no comment", "[a]\nb=c#d;e\n", "a|-|b|c#d;e|2\n" },
		{ "a comment in place of the value", "[a]\nb=# c\nd= ;e\n", "a|-|b||2\na|-|d||3\n" },
		{ "an empty value", "[a]\nb=\n", "a|-|b||2\n" },
		{ "a quoted value", "[a]\nb = \"  c # d \" \n", "a|-|b|  c # d |2\n" },
		{ "a quoted value and a comment", "[a]\nb=\"c\" # d\ne=\"f\";g\n", "a|-|b|c|2\na|-|e|f|3\n" },
		{ "an empty quoted value", "[a]\nb=\"\"\n", "a|-|b||2\n" },
		{ "a quote within a value is no quote", "[a]\nb=c\"d\n", "a|-|b|c\"d|2\n" },
		{ "= within a value", "[a]\nb=c=d\n", "a|-|b|c=d|2\n" },
		{ "blanks within a value", "[a]\nb= c  d\n", "a|-|b|c  d|2\n" },
		{ "lines that end with CR LF", "[a]\r\nb=c\r\n\r\nd=\"e\"\r\n", "a|-|b|c|2\na|-|d|e|4\n" },
		{ "the same key twice stays twice", "[a]\nb=1\nb=2\n", "a|-|b|1|2\na|-|b|2|3\n" },
		{ "include is a key like others", "[a]\ninclude=-x\n", "a|-|include|-x|2\n" },
		{ "include opens no section", "include = x\n", "|-|include|x|1\n" },
		{ "bytes above ASCII", "[a]\nb=\xc3\xa4\n", "a|-|b|\xc3\xa4|2\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO_CONF *conf = conf_new();
		AUTO_STRBUF shown = { 0 };
		struct error e = { .text = "" };

		assert_non_null(conf);
		if (conf_parse(conf, "f", rows[i].text, strlen(rows[i].text), &e))
			fail_msg("%s: %s", rows[i].what, e.text);
		show(conf, &shown);
		if (strcmp(shown.text, rows[i].settings))
			fail_msg("%s: got %s", rows[i].what, shown.text);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *text;
		size_t size; /* 0: up to the NUL */
		const char *error;
	} rows[] = {
		{ "alpn=required\n", 0, "f:1: a setting before the first [section]" },
		{ "\n# x\n\nwords\n", 0, "f:4: neither [section] nor key = value" },
		{ "[a]\nb\n", 0, "f:2: neither [section] nor key = value" },
		{ "[a]\r\n\r\nb\r\n", 0, "f:3: neither [section] nor key = value" },
		{ "[a]\n= b\n", 0, "f:2: there is no key before =" },
		{ "[a]\n \t = b\n", 0, "f:2: there is no key before =" },
		{ "[a\nb=c\n", 0, "f:1: a closing ] is missing" },
		{ "[a]\nb=1\n[\"x\"]\n", 0, "f:3: a section needs a name: [name]" },
		{ "[]\n", 0, "f:1: a section needs a name: [name]" },
		{ "[ ]\n", 0, "f:1: a section needs a name: [name]" },
		{ "[a b]\n", 0, "f:1: the argument of a section must be quoted: [name \"argument\"]" },
		{ "[a \"b]\n", 0, "f:1: a closing \" is missing" },
		{ "[a \"b\"\n", 0, "f:1: a closing ] is missing" },
		{ "[a \"b\" c]\n", 0, "f:1: a closing ] is missing" },
		{ "[a] b\n", 0, "f:1: text after the section's ]" },
		{ "[a]]\n", 0, "f:1: text after the section's ]" },
		{ "[a]\nb=\"c\n", 0, "f:2: a closing \" is missing" },
		{ "[a]\nb=\"c\nd\"\n", 0, "f:2: a closing \" is missing" },
		{ "[a]\nb=\"c\" d\n", 0, "f:2: text after the closing \"" },
		{ "[a]\nb=c\0d\n", 10, "f:2: the line has a NUL byte: is this a text file?" },
		{ "[a]\n# \0\n", 8, "f:2: the line has a NUL byte: is this a text file?" },
		{ "\0", 1, "f:1: the line has a NUL byte: is this a text file?" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO_CONF *conf = conf_new();
		struct error e = { .text = "" };
		size_t size = rows[i].size ? rows[i].size : strlen(rows[i].text);

		assert_non_null(conf);
		assert_int_equal(conf_parse(conf, "f", rows[i].text, size, &e), -EINVAL);
		assert_string_equal(e.text, rows[i].error);
	}
}

/* "[a]\nb=xxx...", the second line of the given length. */
static int parse_line_of(size_t length, struct conf *conf, struct error *e)
{
	AUTO_BYTES text = { 0 };

	assert_int_equal(bytes_alloc(&text, 4 + length), 0);
	memset(text.data, 'x', text.size);
	memcpy(text.data, "[a]\nb=", 6);
	return conf_parse(conf, "f", (const char *)text.data, text.size, e);
}

static void test_long_lines(void **state)
{
	AUTO_CONF *longest = conf_new();
	AUTO_CONF *too_long = conf_new();
	struct error e = { .text = "" };

	(void)state;
	assert_int_equal(parse_line_of(CONF_LINE_MAX, longest, &e), 0);
	assert_int_equal(conf_count(longest), 1);
	assert_int_equal(strlen(conf_at(longest, 0)->value), CONF_LINE_MAX - 2);
	assert_int_equal(parse_line_of(CONF_LINE_MAX + 1, too_long, &e), -EINVAL);
	assert_string_equal(e.text, "f:2: the line is too long");
}

static void test_texts_are_appended(void **state)
{
	AUTO_CONF *conf = conf_new();
	struct error e;

	(void)state;
	assert_int_equal(conf_parse(conf, "one", "[a]\nb=1\n", 8, &e), 0);
	/* A section ends with its text. */
	assert_int_equal(conf_parse(conf, "two", "b=2\n", 4, &e), -EINVAL);
	assert_int_equal(conf_parse(conf, "three", "[c]\nd=3\n", 8, &e), 0);
	assert_int_equal(conf_count(conf), 2);
	assert_string_equal(conf_at(conf, 0)->file, "one");
	assert_string_equal(conf_at(conf, 1)->file, "three");
}

/* ---- files ---------------------------------------------------------------- */

struct folder {
	char path[32];
};

static int make_folder(void **state)
{
	struct folder *folder = calloc(1, sizeof(*folder));

	assert_non_null(folder);
	strcpy(folder->path, "/tmp/nfs-tls-conf.XXXXXX");
	assert_non_null(mkdtemp(folder->path));
	*state = folder;
	return 0;
}

static int remove_folder(void **state)
{
	struct folder *folder = *state;
	AUTO_STRBUF command = { 0 };
	int r;

	strbuf_addf(&command, "rm -r '%s'", folder->path);
	assert_false(command.failed);
	r = system(command.text);
	free(folder);
	return r;
}

/* All files of a test belong to us and lie below the folder, folders on their way are made. */
static void put(const struct folder *folder, const char *path, const char *text)
{
	AUTO_STRBUF real = { 0 };
	FILE *file;
	char *slash;

	strbuf_addf(&real, "%s%s", folder->path, path);
	assert_false(real.failed);
	slash = real.text + strlen(folder->path);
	while ((slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		assert_true(!mkdir(real.text, 0755) || errno == EEXIST);
		*slash = '/';
	}
	file = fopen(real.text, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(real.text, 0644), 0);
}

static void change_mode(const struct folder *folder, const char *path, mode_t mode)
{
	AUTO_STRBUF real = { 0 };

	strbuf_addf(&real, "%s%s", folder->path, path);
	assert_int_equal(chmod(real.text, mode), 0);
}

/* Loads /etc/x.conf below the folder and compares "file:line key=value;..." */
static void expect(const struct folder *folder, const char *wanted)
{
	AUTO_CONF *conf = conf_new();
	AUTO_STRBUF shown = { 0 };
	struct error e = { .text = "" };
	bool found = false;

	if (conf_load(conf, folder->path, "/etc/x.conf", &found, &e))
		fail_msg("%s", e.text);
	assert_true(found);
	strbuf_add(&shown, "", 0);
	for (size_t i = 0; i < conf_count(conf); i++) {
		const struct conf_setting *s = conf_at(conf, i);

		strbuf_addf(&shown, "%s:%u %s=%s;", s->file, s->line, s->key, s->value);
	}
	assert_false(shown.failed);
	assert_string_equal(shown.text, wanted);
}

static void expect_error(const struct folder *folder, int code, const char *part)
{
	AUTO_CONF *conf = conf_new();
	struct error e = { .text = "" };
	bool found = false;

	assert_int_equal(conf_load(conf, folder->path, "/etc/x.conf", &found, &e), -code);
	if (!strstr(e.text, part))
		fail_msg("wanted \"%s\", got \"%s\"", part, e.text);
}

/* Who may write there could take away the file that makes a rule stronger. */
static void test_folder_that_others_may_change(void **state)
{
	const struct folder *folder = *state;

	put(folder, "/etc/x.conf", "[a]\nb=c\n");
	put(folder, "/etc/x.conf.d/1.conf", "[a]\nb=d\n");
	change_mode(folder, "/etc/x.conf.d", 0777);
	expect_error(folder, EPERM, "/etc/x.conf.d can be written by others than root (mode 0777): chmod go-w ");
	change_mode(folder, "/etc/x.conf.d", 0755);
	expect(folder, "/etc/x.conf:2 b=c;/etc/x.conf.d/1.conf:2 b=d;");
}

static void test_nothing_there(void **state)
{
	const struct folder *folder = *state;
	AUTO_CONF *conf = conf_new();
	bool found = true;
	struct error e;

	assert_int_equal(conf_load(conf, folder->path, "/etc/x.conf", &found, &e), 0);
	assert_false(found);
	assert_int_equal(conf_count(conf), 0);
}

static void test_drop_ins(void **state)
{
	const struct folder *folder = *state;

	put(folder, "/etc/x.conf.d/b.conf", "[a]\nk=4\n");
	expect(folder, "/etc/x.conf.d/b.conf:2 k=4;");
	put(folder, "/etc/x.conf", "[a]\nk=1\n");
	put(folder, "/etc/x.conf.d/10.conf", "[a]\nk=2\n");
	put(folder, "/etc/x.conf.d/B.conf", "[a]\nk=3\n");
	put(folder, "/etc/x.conf.d/.hidden.conf", "junk");
	put(folder, "/etc/x.conf.d/c.conf~", "junk");
	put(folder, "/etc/x.conf.d/README", "junk");
	put(folder, "/etc/x.conf.d/.conf", "junk");
	expect(folder, "/etc/x.conf:2 k=1;/etc/x.conf.d/10.conf:2 k=2;/etc/x.conf.d/B.conf:2 k=3;"
		       "/etc/x.conf.d/b.conf:2 k=4;");
}

static void test_includes(void **state)
{
	const struct folder *folder = *state;

	put(folder, "/etc/x.conf", "include = sub/one.conf\n[a]\nk=1\ninclude=/abs.conf\nk=2\ninclude=-none.conf\n");
	put(folder, "/etc/sub/one.conf", "[one]\nk=o\ninclude=two.conf # next to it\n");
	put(folder, "/etc/sub/two.conf", "[two]\nk=t\n");
	put(folder, "/abs.conf", "[abs]\nk=b\n");
	expect(folder, "/etc/sub/one.conf:2 k=o;/etc/sub/two.conf:2 k=t;/etc/x.conf:3 k=1;/abs.conf:2 k=b;"
		       "/etc/x.conf:5 k=2;");
	/* "-" forgives that the file is missing, and nothing else. */
	put(folder, "/etc/none.conf", "[junk\n");
	expect_error(folder, EINVAL, "/etc/x.conf:6: include: /etc/none.conf:1: a closing ] is missing");
}

static void test_bad_includes(void **state)
{
	const struct folder *folder = *state;

	put(folder, "/etc/x.conf", "\ninclude=missing.conf\n");
	expect_error(folder, ENOENT, "/etc/x.conf:2: include");
	expect_error(folder, ENOENT, "/etc/missing.conf");
	put(folder, "/etc/x.conf", "include=\n");
	expect_error(folder, EINVAL, "/etc/x.conf:1: include needs a file");
	put(folder, "/etc/x.conf", "include=-\n");
	expect_error(folder, EINVAL, "/etc/x.conf:1: include needs a file");
	put(folder, "/etc/x.conf", "include=sub\n");
	put(folder, "/etc/sub/y", "");
	expect_error(folder, EISDIR, "/etc/sub");
}

static void test_cycles(void **state)
{
	const struct folder *folder = *state;

	put(folder, "/etc/x.conf", "include=x.conf\n");
	expect_error(folder, ELOOP, "/etc/x.conf:1: /etc/x.conf includes itself");
	put(folder, "/etc/x.conf", "[a]\ninclude=y.conf\n");
	put(folder, "/etc/y.conf", "include=-/etc/x.conf\n");
	expect_error(folder, ELOOP, "/etc/x.conf:2: include: /etc/y.conf:1: /etc/x.conf includes itself");
	/* The same file twice, one after the other, is no cycle. */
	put(folder, "/etc/x.conf", "include=y.conf\ninclude=y.conf\n");
	put(folder, "/etc/y.conf", "[a]\nb=c\n");
	expect(folder, "/etc/y.conf:2 b=c;/etc/y.conf:2 b=c;");
}

/* x.conf includes 1, 1 includes 2, ... up to the last, which holds a setting. */
static void put_nested(const struct folder *folder, unsigned int last)
{
	char path[32], text[32];

	put(folder, "/etc/x.conf", "include=1\n");
	for (unsigned int i = 1; i <= last; i++) {
		snprintf(path, sizeof(path), "/etc/%u", i);
		snprintf(text, sizeof(text), i < last ? "include=%u\n" : "[a]\nb=c\n", i + 1);
		put(folder, path, text);
	}
}

static void test_depth(void **state)
{
	const struct folder *folder = *state;

	put_nested(folder, CONF_INCLUDE_DEPTH_MAX);
	expect(folder, "/etc/8:2 b=c;");
	put_nested(folder, CONF_INCLUDE_DEPTH_MAX + 1);
	expect_error(folder, ELOOP, "/etc/8:1: includes are nested too deeply");
}

/* Each file includes the next twice: short files that would be read 2^8 times. */
static void test_many_includes_end(void **state)
{
	const struct folder *folder = *state;
	char path[32], text[64];

	put(folder, "/etc/x.conf", "include=1\ninclude=1\n");
	for (unsigned int i = 1; i <= CONF_INCLUDE_DEPTH_MAX; i++) {
		snprintf(path, sizeof(path), "/etc/%u", i);
		snprintf(text, sizeof(text), "include=%u\ninclude=%u\n", i + 1, i + 1);
		put(folder, path, i < CONF_INCLUDE_DEPTH_MAX ? text : "[a]\nb=c\n");
	}
	expect_error(folder, E2BIG, "the configuration has too many files");
}

static void test_modes(void **state)
{
	const struct folder *folder = *state;

	put(folder, "/etc/x.conf", "[a]\nb=c\ninclude=y\n");
	put(folder, "/etc/y", "[d]\ne=f\n");
	expect(folder, "/etc/x.conf:2 b=c;/etc/y:2 e=f;");
	change_mode(folder, "/etc/y", 0666);
	expect_error(folder, EPERM, "/etc/y can be written by others than root (mode 0666): chmod go-w");
	change_mode(folder, "/etc/y", 0664);
	expect_error(folder, EPERM, "/etc/y can be written by others than root (mode 0664): chmod go-w");
	change_mode(folder, "/etc/y", 0600);
	change_mode(folder, "/etc/x.conf", 0646);
	expect_error(folder, EPERM, "/etc/x.conf can be written by others");
	change_mode(folder, "/etc/x.conf", 0644);
	put(folder, "/etc/x.conf.d/z.conf", "[g]\nh=i\n");
	change_mode(folder, "/etc/x.conf.d/z.conf", 0666);
	expect_error(folder, EPERM, "/etc/x.conf.d/z.conf can be written by others");
}

/* Makes files of root look like those of a stranger: of all users only we are known here, as number 1. */
static void enter_user_namespace(void)
{
	FILE *map;
	unsigned int uid = geteuid();

	assert_int_equal(unshare(CLONE_NEWUSER), 0);
	map = fopen("/proc/self/uid_map", "w");
	assert_non_null(map);
	fprintf(map, "1 %u 1", uid);
	assert_int_equal(fclose(map), 0);
}

static void put_file_of_a_stranger(const struct folder *folder)
{
	AUTO_STRBUF real = { 0 };

	strbuf_addf(&real, "%s/etc/x.conf", folder->path);
	assert_false(real.failed);
	if (geteuid() == 0) {
		assert_int_equal(chown(real.text, 65534, (gid_t)-1), 0);
		return;
	}
	assert_int_equal(unlink(real.text), 0);
	assert_int_equal(symlink("/etc/passwd", real.text), 0);
	expect_error(folder, EINVAL, "/etc/x.conf:1: "); /* root's: trusted, and then not understood */
	enter_user_namespace();
}

/* Runs last: who is not root stays in the user namespace. */
static void test_owner(void **state)
{
	const struct folder *folder = *state;

	put(folder, "/etc/x.conf", "[a]\nb=c\n");
	expect(folder, "/etc/x.conf:2 b=c;");
	put_file_of_a_stranger(folder);
	expect_error(folder, EPERM, "/etc/x.conf is owned by uid 65534: it must belong to root (chown root ");
}

static void test_drop_in_folder_is_a_file(void **state)
{
	const struct folder *folder = *state;

	put(folder, "/etc/x.conf", "[a]\nb=c\n");
	put(folder, "/etc/x.conf.d", "not a folder");
	expect_error(folder, ENOTDIR, "/etc/x.conf.d is not a folder");
}

static void test_sources(void **state)
{
	static const char *const wanted[] = { "/etc/x.conf", "/etc/none", "/etc/x.conf.d", "/etc/x.conf.d/y.conf" };
	const struct folder *folder = *state;
	AUTO_CONF *conf = conf_new();
	struct error e;
	bool found;

	put(folder, "/etc/x.conf", "include=-none\n");
	put(folder, "/etc/x.conf.d/y.conf", "");
	assert_int_equal(conf_load(conf, folder->path, "/etc/x.conf", &found, &e), 0);
	assert_int_equal(conf_source_count(conf), ARRAY_SIZE(wanted));
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		assert_memory_equal(conf_source(conf, i), folder->path, strlen(folder->path));
		assert_string_equal(conf_source(conf, i) + strlen(folder->path), wanted[i]);
	}
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_texts_are_appended),
		IN_FOLDER(test_nothing_there),
		IN_FOLDER(test_folder_that_others_may_change),
		IN_FOLDER(test_drop_ins),
		IN_FOLDER(test_includes),
		IN_FOLDER(test_bad_includes),
		IN_FOLDER(test_cycles),
		IN_FOLDER(test_depth),
		IN_FOLDER(test_many_includes_end),
		IN_FOLDER(test_modes),
		IN_FOLDER(test_drop_in_folder_is_a_file),
		IN_FOLDER(test_sources),
		IN_FOLDER(test_owner),
	};

	return cmocka_run_group_tests_name("conf", tests, NULL, NULL);
}
