/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/tree/tree.h"

/* ---- lines ---------------------------------------------------------------------------------- */

static const char *const odd_lines =
	"22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro\n"
	"40 22 8:2 / /srv/with\\040blank rw - ext4 /dev/sda2 rw\n"
	"41 22 8:3 /@x\\040y /srv/new\\012line rw shared:4 master:5 propagate_from:6 - btrfs x rw\n"
	"42 22 8:4 / /srv/back\\134slash rw - ext4 /dev/sda4 rw\n"
	"43 22 8:5 net:[4026531833] /srv/tab\\011and\\134040 rw - ext4 /dev/sda4 rw\n";

static void odd_paths_are_unescaped(void **state)
{
	static const struct {
		const char *point, *root, *type;
		uint32_t id, parent, minor;
	} wanted[] = {
		{ "/", "/", "ext4", 22, 1, 1 },
		{ "/srv/with blank", "/", "ext4", 40, 22, 2 },
		{ "/srv/new\nline", "/@x y", "btrfs", 41, 22, 3 },
		{ "/srv/back\\slash", "/", "ext4", 42, 22, 4 },
		{ "/srv/tab\tand\\040", "net:[4026531833]", "ext4", 43, 22, 5 },
	};
	const char *at = odd_lines, *end = at + strlen(at);
	struct tree_line line;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		assert_int_equal(tree_line_next(&at, end, &line), 1);
		assert_string_equal(line.point, wanted[i].point);
		assert_string_equal(line.root, wanted[i].root);
		assert_string_equal(line.type, wanted[i].type);
		assert_int_equal(line.id, wanted[i].id);
		assert_int_equal(line.parent, wanted[i].parent);
		assert_int_equal(line.major, 8);
		assert_int_equal(line.minor, wanted[i].minor);
	}
	assert_int_equal(tree_line_next(&at, end, &line), 0);
}

static const struct tree_roots no_files = { .points = "" };

static struct tree *tree_of(const char *mountinfo, const struct tree_roots *roots)
{
	struct tree *tree;
	struct error e;

	assert_int_equal(tree_new(mountinfo, strlen(mountinfo), roots, &tree, &e), 0);
	return tree;
}

/* Each is refused alone, and passed over in a tree. */
static void malformed_lines_are_passed_over(void **state)
{
	static const char *const lines[] = {
		"",
		"22",
		"x 1 8:1 / /bad rw - ext4 x rw",
		"22 -1 8:1 / /bad rw - ext4 x rw",
		"22 1 8:1 /",
		"22 1 81 / /bad rw - ext4 x rw",
		"22 1 8: / /bad rw - ext4 x rw",
		"22 1 8:-1 / /bad rw - ext4 x rw",
		"22 1 4294967296:1 / /bad rw - ext4 x rw",
		"22 1 8:1 / bad rw - ext4 x rw",
		"22 1 8:1 / /bad\\000 rw - ext4 x rw",
		"22 1 8:1 /bad\\000 /bad rw - ext4 x rw",
		"22 1 8:1 / /bad rw shared:1 ext4 x rw",
		"22 1 8:1 / /bad rw -",
		"22 1 8:1 /  /bad rw - ext4 x rw",
	};
	AUTO_STRBUF text = { 0 };
	AUTO_TREE *tree = NULL;
	const char *const *points;
	struct tree_line line;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		AUTO_STRBUF one = { 0 };
		const char *at;

		strbuf_addf(&one, "%s\n", lines[i]);
		strbuf_add(&text, one.text, one.size);
		at = one.text;
		assert_int_equal(tree_line_next(&at, one.text + one.size, &line), -EBADMSG);
		assert_ptr_equal(at, one.text + one.size);
	}
	strbuf_addf(&text, "9 1 8:1 / /%04200d rw - ext4 x rw\n", 0); /* too long to be named */
	strbuf_addf(&text, "10 1 8:1 / /good rw - ext4 x rw");	      /* and without a newline */
	tree = tree_of(text.text, &no_files);
	assert_int_equal(tree_points(tree, &points), 1);
	assert_string_equal(points[0], "/good");
}

static void the_longest_path_fits(void **state)
{
	AUTO_STRBUF text = { 0 };
	AUTO_STRBUF longer = { 0 };
	AUTO_TREE *tree = NULL;
	AUTO_TREE_PLACE place = { 0 };
	struct tree_line line;
	const char *at;
	struct error e;

	(void)state;
	strbuf_addf(&text, "9 1 8:1 / /%0*d rw - %040d x rw\n", (int)TREE_PATH_MAX - 2, 0, 0);
	at = text.text;
	assert_int_equal(tree_line_next(&at, text.text + text.size, &line), 1);
	assert_int_equal(strlen(line.point), TREE_PATH_MAX - 1);
	assert_int_equal(strlen(line.type), TREE_TYPE_MAX - 1);
	tree = tree_of(text.text, &no_files);
	assert_int_equal(tree_place(tree, line.point, &place, &e), 0);
	assert_string_equal(place.spot, "8:1");
	tree_place_free(&place);
	strbuf_addf(&longer, "%s0", line.point);
	assert_int_equal(tree_place(tree, longer.text, &place, &e), -EINVAL);
	assert_int_equal(tree_place(tree, "srv", &place, &e), -EINVAL);
	assert_int_equal(tree_place(tree, "", &place, &e), -EINVAL);
}

/* ---- places ------------------------------------------------------------------------------------ */

/* "PATH SPOT TOP" of a path. */
static const char *place_of(const struct tree *tree, const char *path)
{
	static char text[3 * TREE_PATH_MAX];
	AUTO_TREE_PLACE place = { 0 };
	struct error e;

	if (tree_place(tree, path, &place, &e))
		fail_msg("%s", e.text);
	snprintf(text, sizeof(text), "%s %s %.*s", place.path, place.spot, (int)place.top, place.path);
	return text;
}

static const char *const usual = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
				 "23 22 8:17 / /srv rw - ext4 /dev/sdb1 rw\n"
				 "24 23 8:33 / /srv/disk rw - xfs /dev/sdc1 rw\n"
				 "25 22 8:17 /pay /export/view rw - ext4 /dev/sdb1 rw\n"
				 "26 23 0:40 / /srv/mem rw - tmpfs tmpfs rw\n"
				 "27 22 0:71 /@home /home rw - btrfs /dev/sdd rw,subvol=/@home\n"
				 "28 22 0:71 / /pool rw - btrfs /dev/sdd rw,subvol=/\n"
				 "29 22 8:16 / /other rw - ext4 /dev/sdb rw\n";

static void a_path_leads_to_a_directory_of_a_file_system(void **state)
{
	AUTO_TREE *tree = tree_of(usual, &no_files);

	(void)state;
	assert_string_equal(place_of(tree, "/"), "/ 8:1 /");
	assert_string_equal(place_of(tree, "/etc"), "/etc 8:1/etc /");
	assert_string_equal(place_of(tree, "/srv"), "/srv 8:17 /srv");
	assert_string_equal(place_of(tree, "/srv/pay/2024"), "/srv/pay/2024 8:17/pay/2024 /srv");
	assert_string_equal(place_of(tree, "/export/view/2024"), "/export/view/2024 8:17/pay/2024 /export/view");
	assert_string_equal(place_of(tree, "/srv/disk/x"), "/srv/disk/x 8:33/x /srv/disk");
	assert_string_equal(place_of(tree, "/srv/diskette"), "/srv/diskette 8:17/diskette /srv");
	/* Of subvolumes the one file system counts, wherever they are mounted. */
	assert_string_equal(place_of(tree, "/home/alice"), "/home/alice 0:71/@home/alice /home");
	assert_string_equal(place_of(tree, "/pool/@home/alice"), "/pool/@home/alice 0:71/@home/alice /pool");
	/* The spelling does not matter. */
	assert_string_equal(place_of(tree, "//srv/./pay//2024/"), "/srv/pay/2024 8:17/pay/2024 /srv");
	assert_string_equal(place_of(tree, "/srv/disk/../pay/."), "/srv/pay 8:17/pay /srv");
	assert_string_equal(place_of(tree, "/../.."), "/ 8:1 /");
}

/* A mount that another one covers is not what a path leads to, though mountinfo has it. */
static void what_is_hidden_is_not_there(void **state)
{
	AUTO_TREE *tree = tree_of("22 1 8:1 / / rw - ext4 x rw\n"
				  "30 22 0:50 / /srv/st/pay rw - tmpfs x rw\n" /* below what was mounted later */
				  "31 22 0:51 / /srv/st rw - tmpfs x rw\n"
				  "32 22 0:52 / /mnt rw - tmpfs x rw\n" /* twice the same point */
				  "33 32 0:53 / /mnt rw - tmpfs x rw\n"
				  "34 32 0:54 / /mnt/old rw - tmpfs x rw\n"
				  "35 33 0:55 / /mnt/new rw - tmpfs x rw\n",
				  &no_files);
	const char *const *points;

	(void)state;
	assert_string_equal(place_of(tree, "/srv/st/pay"), "/srv/st/pay 0:51/pay /srv/st");
	assert_null(tree_mount_at(tree, "/srv/st/pay"));
	assert_string_equal(place_of(tree, "/mnt/x"), "/mnt/x 0:53/x /mnt");
	assert_string_equal(place_of(tree, "/mnt/old"), "/mnt/old 0:53/old /mnt");
	assert_string_equal(place_of(tree, "/mnt/new"), "/mnt/new 0:55 /mnt/new");
	assert_int_equal(tree_mount_at(tree, "/mnt")->minor, 53);
	assert_int_equal(tree_points(tree, &points), 4);
	assert_string_equal(points[3], "/srv/st");
}

static void what_is_not_known_is_one_file_system(void **state)
{
	AUTO_TREE *nothing = tree_of("", &no_files);
	/* As it looks after chroot(2) into a directory: what the mounts are mounted on is not in the list. */
	AUTO_TREE *jail =
		tree_of("131 114 0:57 / /etc rw - tmpfs x rw\n150 114 0:69 / /srv/x rw - tmpfs x rw\n", &no_files);
	AUTO_TREE *loop =
		tree_of("1 1 0:1 / / rw - rootfs x rw\n2 3 0:2 / / rw - tmpfs x rw\n3 2 0:3 / / rw - tmpfs x rw\n",
			&no_files);

	(void)state;
	assert_string_equal(place_of(nothing, "/srv/pay"), "/srv/pay ?/srv/pay /");
	assert_string_equal(place_of(nothing, "/"), "/ ? /");
	assert_string_equal(place_of(jail, "/srv/y"), "/srv/y ?/srv/y /");
	assert_string_equal(place_of(jail, "/srv/x/y"), "/srv/x/y 0:69/y /srv/x");
	assert_string_equal(place_of(loop, "/srv"), "/srv 0:1/srv /");
}

static void below_is_below(void **state)
{
	(void)state;
	assert_true(tree_lies_below("/a", "/"));
	assert_true(tree_lies_below("/a/b", "/a"));
	assert_true(tree_lies_below("8:1/a", "8:1"));
	assert_false(tree_lies_below("8:16/a", "8:1"));
	assert_false(tree_lies_below("8:1", "8:1"));
	assert_false(tree_lies_below("/", "/"));
	assert_false(tree_lies_below("/a", "/a"));
	assert_false(tree_lies_below("/ab", "/a"));
	assert_false(tree_lies_below("/a", "/a/b"));
}

/* ---- links ------------------------------------------------------------------------------------------ */

static char folder[] = "/tmp/tree.XXXXXX";

static const char *in_folder(const char *name)
{
	static char path[2][128];
	static unsigned int next;

	next = !next;
	snprintf(path[next], sizeof(path[next]), "%s%s", folder, name);
	return path[next];
}

static int make_folder(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(mkdir(in_folder("/srv"), 0755), 0);
	assert_int_equal(mkdir(in_folder("/srv/pay"), 0755), 0);
	assert_int_equal(symlink("/srv/pay", in_folder("/salaries")), 0);
	assert_int_equal(symlink("pay/../pay", in_folder("/srv/short")), 0);
	assert_int_equal(symlink("../salaries/x", in_folder("/srv/twice")), 0);
	assert_int_equal(symlink("gone", in_folder("/srv/dangling")), 0);
	assert_int_equal(symlink("loop", in_folder("/loop")), 0);
	return 0;
}

static int remove_folder(void **state)
{
	static const char *const names[] = { "/loop",	  "/srv/dangling", "/srv/twice", "/srv/short",
					     "/salaries", "/srv/pay",	   "/srv",	 "" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(remove(in_folder(names[i])), 0);
	return 0;
}

static void links_are_followed_below_a_root(void **state)
{
	const struct tree_roots roots = { .points = "", .files = folder };
	AUTO_TREE *tree = tree_of("22 1 8:1 / / rw - ext4 x rw\n23 22 8:2 / /srv rw - ext4 x rw\n", &roots);

	(void)state;
	assert_string_equal(place_of(tree, "/salaries"), "/srv/pay 8:2/pay /srv");
	assert_string_equal(place_of(tree, "/salaries/2024/"), "/srv/pay/2024 8:2/pay/2024 /srv");
	assert_string_equal(place_of(tree, "/srv/short"), "/srv/pay 8:2/pay /srv");
	assert_string_equal(place_of(tree, "/srv/twice/y"), "/srv/pay/x/y 8:2/pay/x/y /srv");
	assert_string_equal(place_of(tree, "/salaries/.."), "/srv 8:2 /srv");
	/* What is not there is taken as it is written. */
	assert_string_equal(place_of(tree, "/srv/new/.././pay"), "/srv/pay 8:2/pay /srv");
	assert_string_equal(place_of(tree, "/srv/dangling/x"), "/srv/gone/x 8:2/gone/x /srv");
	assert_string_equal(place_of(tree, "/loop/x"), "/loop/x 8:1/loop/x /");
}

/* A root that is put before paths (rootdir= of nfs.conf) is put before mount points, too. */
static void a_root_is_put_before_mount_points(void **state)
{
	const struct tree_roots roots = { .points = folder, .files = folder };
	AUTO_STRBUF text = { 0 };
	AUTO_TREE *tree = NULL;

	(void)state;
	strbuf_addf(&text,
		    "22 1 8:1 / / rw - ext4 x rw\n23 22 8:2 /vol %s/srv rw - ext4 x rw\n"
		    "24 22 8:3 / /srv rw - ext4 x rw\n",
		    folder);
	tree = tree_of(text.text, &roots);
	assert_string_equal(place_of(tree, "/salaries/x"), "/srv/pay/x 8:2/vol/pay/x /srv");
	strbuf_free(&text);
	strbuf_addf(&text, "/x 8:1%s/x /", folder);
	assert_string_equal(place_of(tree, "/x"), text.text);
}

static void who_may_have_to_be_waited_for_is_not_looked_at(void **state)
{
	const struct tree_roots roots = { .points = "", .files = folder };
	AUTO_TREE *tree = tree_of("22 1 8:1 / / rw - ext4 x rw\n23 22 0:90 / /srv rw - nfs4 server:/ rw\n", &roots);

	(void)state;
	assert_string_equal(place_of(tree, "/srv/short"), "/srv/short 0:90/short /srv");
	assert_string_equal(place_of(tree, "/salaries"), "/srv/pay 0:90/pay /srv");
}

static void the_system_has_a_tree(void **state)
{
	const struct tree_roots roots = { .points = "", .files = "" }, nowhere = { .points = "", .files = "/nowhere" };
	AUTO_TREE *tree = NULL;
	AUTO_TREE_PLACE place = { 0 };
	struct error e;

	(void)state;
	assert_int_equal(tree_read(&roots, &tree, &e), 0);
	assert_string_equal(tree_mount_at(tree, "/proc")->type, "proc");
	assert_int_equal(tree_place(tree, "/proc/self/..", &place, &e), 0);
	assert_string_equal(place.path, "/proc");
	assert_int_equal(tree_read(&nowhere, &tree, &e), -ENOENT);
	assert_non_null(strstr(e.text, "/nowhere/proc/self/mountinfo"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(odd_paths_are_unescaped),
		cmocka_unit_test(malformed_lines_are_passed_over),
		cmocka_unit_test(the_longest_path_fits),
		cmocka_unit_test(a_path_leads_to_a_directory_of_a_file_system),
		cmocka_unit_test(what_is_hidden_is_not_there),
		cmocka_unit_test(what_is_not_known_is_one_file_system),
		cmocka_unit_test(below_is_below),
		cmocka_unit_test(links_are_followed_below_a_root),
		cmocka_unit_test(a_root_is_put_before_mount_points),
		cmocka_unit_test(who_may_have_to_be_waited_for_is_not_looked_at),
		cmocka_unit_test(the_system_has_a_tree),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
