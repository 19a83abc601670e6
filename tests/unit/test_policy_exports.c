/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a policy, a list of mounts and exports to what becomes of each export. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/export/export.h"
#include "support/policy/policy.h"

struct bed {
	struct conf *conf;
	struct policy *policy;
	struct tree *tree;
	struct policy_sections *sections;
	struct export_list *list;
	struct export_table *table;
};

static const struct tree_roots no_files = { .points = "" };

static void take_policy(struct bed *bed, const char *text)
{
	struct error e;

	bed->conf = conf_new();
	if (conf_parse(bed->conf, "conf", text, strlen(text), &e) || policy_from_conf(bed->conf, &bed->policy, &e))
		fail_msg("%s", e.text);
}

static void take_exports(struct bed *bed, const char *text)
{
	struct error e;

	bed->list = export_list_new();
	bed->table = export_table_new();
	assert_int_equal(export_parse(bed->list, "exports", text, strlen(text), &e), 0);
	assert_int_equal(export_list_gap_count(bed->list), 0);
	for (size_t i = 0; i < export_list_count(bed->list); i++) {
		struct export *export;

		assert_int_equal(export_table_add(bed->table, export_list_at(bed->list, i), NULL, &export, &e), 0);
	}
}

/* Without mounts (NULL) nothing is known of them. */
static struct bed bed_with(const char *policy, const char *mounts, const struct tree_roots *roots, const char *exports)
{
	struct bed bed = { .tree = NULL };
	struct error e;

	take_policy(&bed, policy);
	if (mounts)
		assert_int_equal(tree_new(mounts, strlen(mounts), roots, &bed.tree, &e), 0);
	assert_int_equal(policy_sections_new(bed.policy, bed.tree, &bed.sections, &e), 0);
	take_exports(&bed, exports);
	return bed;
}

static void tear_down(struct bed *bed)
{
	policy_sections_free(bed->sections);
	tree_free(bed->tree);
	policy_free(bed->policy);
	conf_free(bed->conf);
	export_table_free(bed->table);
	export_list_free(bed->list);
}

/* What is said of each export, in the order of the list: "exported", what is chosen, or why it is refused. */
static void judge(const struct bed *bed, const struct export *export, struct strbuf *text)
{
	struct policy_judgement answer;

	policy_judge_export(bed->sections, export->path, export->options, &answer, text);
	assert_int_equal(answer.verdict == POLICY_REFUSED, answer.modes == 0);
	if (answer.verdict != POLICY_REFUSED)
		policy_judge_crossing(bed->sections, bed->table, export, &answer, text);
	if (answer.verdict == POLICY_AS_WRITTEN && !text->size)
		strbuf_addf(text, "exported");
}

static void assert_judged(const char *policy, const char *mounts, const char *export, const char *wanted)
{
	struct bed bed = bed_with(policy, mounts, &no_files, export);
	AUTO_STRBUF text = { 0 };

	/* That of the first line. */
	judge(&bed,
	      export_table_find(bed.table, export_list_at(bed.list, 0)->path, export_list_at(bed.list, 0)->client,
				NULL),
	      &text);
	if (!strstr(text.text, wanted))
		fail_msg("%s: %s, not %s", export, text.text, wanted);
	tear_down(&bed);
}

/* ---- on one file system --------------------------------------------------------------------------- */

static const char *const one_disk = "22 1 8:1 / / rw - ext4 x rw\n23 22 8:2 / /srv rw - ext4 x rw\n";
static const char *const pay_is_mtls = "[server \"/srv/pay\"]\nminimum=mtls\n";

static void what_lies_below_counts(void **state)
{
	static const struct {
		const char *export, *wanted;
	} rows[] = {
		{ "/srv *(rw,fsid=0)",
		  "refused: without xprtsec= it offers xprtsec=none:tls, weaker than minimum=mtls in "
		  "[server \"/srv/pay\"] (conf:2), and this export serves /srv/pay, too: offer xprtsec=mtls, or put" },
		{ "/srv *(rw,xprtsec=none:tls:mtls)",
		  "refused: xprtsec=none:tls is weaker than minimum=mtls in [server \"/srv/pay\"]" },
		{ "/srv *(rw,subtree_check,xprtsec=tls)", "refused: xprtsec=tls" },
		{ "/srv *(rw,xprtsec=mtls)", "exported" },
		{ "/srv/ *(rw)", "and this export serves /srv/pay" },
		{ "//srv/. *(rw)", "refused: //srv/.: a path must not have" },
		{ "/srv/pay *(rw)", "offers xprtsec=mtls, because of minimum=mtls" },
		{ "/srv/pay/2024 *(rw)", "offers xprtsec=mtls" },
		{ "/srv/pay/2024 *(rw,xprtsec=tls)",
		  "refused: xprtsec=tls is weaker than minimum=mtls in [server \"/srv/pay\"] (conf:2): offer" },
		{ "/srv/payroll *(rw)", "exported" },
		{ "/srv/home *(rw)", "exported" },
		{ "/ *(rw,fsid=0)", "exported" }, /* /srv is a file system of its own */
		{ "relative *(rw)", "exported" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_judged(pay_is_mtls, one_disk, rows[i].export, rows[i].wanted);
	/* What is not known counts as one file system. */
	assert_judged(pay_is_mtls, NULL, "/ *(rw,fsid=0)", "and this export serves /srv/pay");
	assert_judged(pay_is_mtls, "", "/srv *(rw)", "and this export serves /srv/pay");
}

static void the_strictest_of_several_counts(void **state)
{
	static const char *const levels =
		"[server]\nminimum=none\n[server \"/srv\"]\nminimum=tls\n"
		"[server \"/srv/a/b\"]\nminimum=mtls\n[server \"/srv/a/b/open\"]\nminimum=none\n";

	(void)state;
	assert_judged(levels, one_disk, "/srv *(xprtsec=tls)", "minimum=mtls in [server \"/srv/a/b\"] (conf:6)");
	assert_judged(levels, one_disk, "/srv/a *(xprtsec=tls)", "minimum=mtls in [server \"/srv/a/b\"] (conf:6)");
	assert_judged(levels, one_disk, "/srv/a/b/open *(xprtsec=none)", "exported");
	assert_judged(levels, one_disk, "/srv/x *(xprtsec=none)", "minimum=tls in [server \"/srv\"] (conf:4)");
	/* Laxer ones below make nothing laxer. */
	assert_judged("[server]\nminimum=mtls\n[server \"/srv/open\"]\nminimum=none\ndefault=none\npeers=*\n", one_disk,
		      "/srv *(rw)", "offers xprtsec=mtls, because of minimum=mtls in [server]");
	/* A section that contradicts itself is no reason to serve it. */
	assert_judged("[server]\ndefault=tls\n[server \"/srv/pay\"]\nminimum=mtls\n", one_disk, "/srv *(xprtsec=mtls)",
		      "refused: /srv/pay: default=tls in [server] (conf:2) offers less than minimum=mtls");
}

static void a_default_is_a_minimum_for_what_names_no_modes(void **state)
{
	static const char *const policy = "[server \"/srv/pay\"]\ndefault=mtls\n";

	(void)state;
	assert_judged(
		policy, one_disk, "/srv *(rw)",
		"refused: without xprtsec= it offers xprtsec=none:tls, weaker than "
		"default=mtls in [server \"/srv/pay\"] (conf:2), and this export serves /srv/pay, too: write xprtsec=");
	assert_judged(policy, one_disk, "/srv *(rw,xprtsec=none)", "exported");
	assert_judged(policy, one_disk, "/srv/pay *(rw)", "offers xprtsec=mtls");
	assert_judged("[server]\ndefault=mtls\n[server \"/srv/open\"]\ndefault=none:tls\n", one_disk, "/srv *(rw)",
		      "offers xprtsec=mtls, because of default=mtls in [server]");
}

static void peers_count_as_well(void **state)
{
	static const char *const narrow = "[server \"/srv/pay\"]\npeers=hr.example.com\n";
	static const char *const both =
		"[server]\npeers=*.example.com\n[server \"/srv/pay\"]\npeers=*.hr.example.com 192.0.2.0/25\n"
		"[server \"/srv/pay/all\"]\npeers=*\n";

	(void)state;
	assert_judged(narrow, one_disk, "/srv *(rw)", "weaker than mtls, which is needed by peers=hr.example.com in");
	assert_judged(narrow, one_disk, "/srv *(rw,xprtsec=mtls)",
		      "refused: this export serves /srv/pay, too, to others than "
		      "peers=hr.example.com in [server \"/srv/pay\"] (conf:2) has: give its path the same peers=");
	assert_judged(both, one_disk, "/srv *(rw,xprtsec=mtls)",
		      "to others than peers=*.hr.example.com 192.0.2.0/25 in "
		      "[server \"/srv/pay\"] (conf:4) has, since it has peers=*.example.com in [server] (conf:2)");
	assert_judged(both, one_disk, "/srv/home *(rw,xprtsec=mtls)", "exported");
	assert_judged(both, one_disk, "/srv/pay *(rw,xprtsec=mtls)", "exported");
	assert_judged("[server \"/srv\"]\npeers=hr.example.com\n[server \"/srv/pay\"]\npeers=*.example.com\n", one_disk,
		      "/srv *(rw,xprtsec=mtls)", "exported");
}

/* ---- mounts -------------------------------------------------------------------------------------------- */

static void a_mount_takes_what_lies_below_it_away(void **state)
{
	AUTO_STRBUF mounts = { 0 };

	(void)state;
	strbuf_addf(&mounts, "%s24 23 8:3 / /srv/pay rw - ext4 x rw\n", one_disk);
	assert_judged(pay_is_mtls, mounts.text, "/srv *(rw)", "exported");
	assert_judged(pay_is_mtls, mounts.text, "/srv/pay *(xprtsec=none)", "refused: xprtsec=none is weaker");
	/* One that is hidden by another takes away nothing. */
	strbuf_addf(&mounts, "25 23 8:4 / /srv rw - ext4 x rw\n");
	assert_judged(pay_is_mtls, mounts.text, "/srv *(rw)", "and this export serves /srv/pay");
	/* Of what is yet to be mounted there is only the directory. */
	assert_judged("[server \"/srv/disk/pay\"]\nminimum=mtls\n", one_disk, "/srv *(rw)", "serves /srv/disk/pay");
	assert_judged("[server \"/srv/disk/pay\"]\nminimum=mtls\n", one_disk, "/srv/disk *(rw,mountpoint)",
		      "serves /srv/disk/pay");
}

static void other_paths_of_a_directory_count(void **state)
{
	static const char *const bound = "22 1 8:1 / / rw - ext4 x rw\n23 22 8:2 / /srv rw - ext4 x rw\n"
					 "24 22 8:2 /pay /export/view rw - ext4 x rw\n"
					 "25 22 8:2 /pay/2024 /export/new rw - ext4 x rw\n"
					 "26 22 8:2 / /export/all rw - ext4 x rw\n";
	static const char *const subvolumes = "22 1 8:1 / / rw - ext4 x rw\n23 22 0:71 /@srv /srv rw - btrfs x rw\n"
					      "24 22 0:71 /@srv/pay /export/view rw - btrfs x rw\n"
					      "25 22 0:71 / /pool rw - btrfs x rw\n";

	(void)state;
	assert_judged(pay_is_mtls, bound, "/export/view *(rw)", "and this export serves /srv/pay");
	assert_judged(pay_is_mtls, bound, "/export/new *(rw)", "and this export serves /srv/pay");
	assert_judged(pay_is_mtls, bound, "/export/view/2024 *(rw,xprtsec=tls)", "and this export serves /srv/pay");
	assert_judged(pay_is_mtls, bound, "/export/all *(rw)", "and this export serves /srv/pay");
	assert_judged(pay_is_mtls, bound, "/export/all/home *(rw)", "exported");
	assert_judged(pay_is_mtls, bound, "/export *(rw)", "exported");
	/* The other way round: the section names the mount, the export the directory. */
	assert_judged("[server \"/export/view\"]\nminimum=mtls\n", bound, "/srv *(rw)",
		      "and this export serves /export/view");
	assert_judged("[server \"/export/view\"]\nminimum=mtls\n", bound, "/srv/pay/2023 *(rw)", "serves /export/view");
	/* A section right there speaks for what it names. */
	assert_judged("[server \"/srv/pay\"]\nminimum=mtls\n[server \"/srv/pay/2024\"]\nminimum=none\n", bound,
		      "/export/new *(rw)", "exported");
	assert_judged(pay_is_mtls, subvolumes, "/srv *(rw)", "and this export serves /srv/pay");
	assert_judged(pay_is_mtls, subvolumes, "/export/view *(rw)", "and this export serves /srv/pay");
	assert_judged(pay_is_mtls, subvolumes, "/pool/@srv *(rw)", "and this export serves /srv/pay");
	assert_judged(pay_is_mtls, subvolumes, "/pool/@home *(rw)", "exported");
}

static void links_count(void **state)
{
	static char folder[] = "/tmp/exports.XXXXXX";
	char link[64];
	struct tree_roots roots = { .points = "", .files = folder };
	struct bed bed;
	AUTO_STRBUF text = { 0 };

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(link, sizeof(link), "%s/salaries", folder);
	assert_int_equal(symlink("/srv/pay", link), 0);
	bed = bed_with("[server \"/salaries\"]\nminimum=mtls\n", one_disk, &roots,
		       "/srv *(rw)\n/srv/pay *(rw)\n/salaries/x *(rw)\n");
	judge(&bed, export_table_find(bed.table, "/srv", "*", NULL), &text);
	assert_non_null(strstr(text.text, "and this export serves /salaries"));
	strbuf_free(&text);
	judge(&bed, export_table_find(bed.table, "/srv/pay", "*", NULL), &text);
	assert_non_null(strstr(text.text, "and this export serves /salaries"));
	strbuf_free(&text);
	judge(&bed, export_table_find(bed.table, "/salaries/x", "*", NULL), &text);
	assert_non_null(strstr(text.text, "offers xprtsec=mtls"));
	tear_down(&bed);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(rmdir(folder), 0);
}

/* ---- crossmnt ---------------------------------------------------------------------------------------------- */

static const char *const disks = "22 1 8:1 / / rw - ext4 x rw\n23 22 8:2 / /srv rw - ext4 x rw\n"
				 "24 23 8:3 / /srv/pay rw - ext4 x rw\n25 24 8:4 / /srv/pay/deep rw - ext4 x rw\n";

static void crossmnt_serves_what_is_mounted_below(void **state)
{
	static const char *const deep = "[server \"/srv/pay/deep/x\"]\nminimum=mtls\n";

	(void)state;
	assert_judged(pay_is_mtls, disks, "/srv *(rw,crossmnt)", "and this export serves /srv/pay");
	assert_judged(pay_is_mtls, disks, "/srv *(rw,crossmnt,xprtsec=mtls)", "exported");
	assert_judged(pay_is_mtls, disks, "/srv/home *(rw,crossmnt)", "exported");
	/* Where another export is there for all who have this one, it counts. */
	assert_judged(pay_is_mtls, disks, "/srv *(rw,crossmnt)\n/srv/pay *(xprtsec=mtls,crossmnt)", "exported");
	assert_judged(pay_is_mtls, disks, "/srv 10.1.0.0/16(rw,crossmnt)\n/srv/pay 10.0.0.0/8(xprtsec=mtls,crossmnt)",
		      "exported");
	assert_judged(pay_is_mtls, disks, "/srv *(rw,crossmnt)\n/srv/pay 10.0.0.0/8(xprtsec=mtls,crossmnt)",
		      "serves /srv/pay");
	/* What is mounted in what is taken over is crossed into anew. */
	assert_judged(deep, disks, "/srv *(rw,crossmnt)\n/srv/pay *(xprtsec=mtls)", "serves /srv/pay/deep/x");
	assert_judged(deep, disks, "/srv *(rw,crossmnt)\n/srv/pay *(xprtsec=mtls,crossmnt)", "exported");
	assert_judged(deep, disks, "/srv *(rw,crossmnt)\n/srv/pay/deep/x *(xprtsec=mtls)", "serves /srv/pay/deep/x");
}

static void who_inherits_has_what_remains(void **state)
{
	struct bed bed = bed_with(
		"[server \"/srv/pay\"]\nminimum=tls\n[server \"/srv/pay/deep/x\"]\nminimum=mtls\npeers=hr.example.com\n",
		disks, &no_files, "/srv *(rw,crossmnt)\n/clear *(rw,crossmnt,xprtsec=none)\n");
	const struct export *srv = export_table_find(bed.table, "/srv", "*", NULL);
	const struct export *clear = export_table_find(bed.table, "/clear", "*", NULL);
	AUTO_STRBUF text = { 0 };

	(void)state;
	assert_int_equal(policy_modes_inherited(bed.sections, srv, "/srv/pay", &text), XPRTSEC_TLS | XPRTSEC_MTLS);
	assert_int_equal(policy_modes_inherited(bed.sections, srv, "/srv/other", &text), XPRTSEC_ALL);
	assert_int_equal(text.size, 0);
	assert_int_equal(policy_modes_inherited(bed.sections, clear, "/srv/pay", &text), 0);
	assert_non_null(strstr(text.text, "refused: xprtsec=none is weaker than minimum=tls"));
	strbuf_free(&text);
	assert_int_equal(policy_modes_inherited(bed.sections, srv, "/srv/pay/deep", &text), 0);
	assert_non_null(strstr(text.text, "to others than peers=hr.example.com"));
	tear_down(&bed);
}

/* ---- as a whole ---------------------------------------------------------------------------------------------- */

static void sections_are_compared(void **state)
{
	struct bed one = bed_with(pay_is_mtls, one_disk, &no_files, "");
	struct bed same = bed_with(pay_is_mtls, one_disk, &no_files, "");
	struct bed other = bed_with(pay_is_mtls, disks, &no_files, "");
	struct bed none = bed_with("[server]\nminimum=mtls\n", disks, &no_files, "");

	(void)state;
	assert_true(policy_sections_equal(one.sections, same.sections));
	assert_false(policy_sections_equal(one.sections, other.sections));
	assert_false(policy_sections_equal(one.sections, none.sections));
	assert_true(policy_wants_tree(one.policy));
	assert_false(policy_wants_tree(none.policy));
	tear_down(&one);
	tear_down(&same);
	tear_down(&other);
	tear_down(&none);
}

#define MANY 10000

/* Side by side in one directory, and one in the other: in about the same time. */
static void ten_thousand_exports_and_sections(void **state)
{
	AUTO_STRBUF policy = { 0 };
	AUTO_STRBUF exports = { 0 };
	struct policy_judgement answer;
	struct bed bed;
	size_t refused = 0;

	(void)state;
	strbuf_addf(&exports, "/srv *(rw)\n");
	for (unsigned int i = 0; i < MANY; i++) {
		strbuf_addf(&policy, "[server \"/srv/d%u/pay\"]\nminimum=%s\n", i, i % 2 ? "mtls" : "none");
		strbuf_addf(&exports, "/srv/d%u 10.0.%u.%u(rw) *(ro)\n", i, i / 256, i % 256);
	}
	bed = bed_with(policy.text, one_disk, &no_files, exports.text);
	for (const struct export *export = export_table_first(bed.table); export;
	     export = export_table_next(bed.table, export)) {
		AUTO_STRBUF text = { 0 };

		policy_judge_export(bed.sections, export->path, export->options, &answer, &text);
		refused += answer.verdict == POLICY_REFUSED;
	}
	assert_int_equal(refused, MANY + 1);
	tear_down(&bed);
}

/* ---- exports in exports, without a policy ---------------------------------------------------------------------- */

static void add_pair(const struct export_nested_pair *pair, void *context)
{
	static const char letters[] = "xsrc";
	struct strbuf *found = context;

	strbuf_addf(found, "%s%s<%s:", found->size ? " " : "", pair->inner->path, pair->outer->path);
	for (unsigned int bit = 0; bit < 4; bit++)
		if (pair->aspects & 1u << bit)
			strbuf_addf(found, "%c", letters[bit]);
}

static void assert_nested(const char *mounts, const char *exports, const char *wanted)
{
	struct bed bed = bed_with("", mounts, &no_files, exports);
	AUTO_STRBUF found = { 0 };
	struct error e;

	assert_int_equal(export_nested_find(bed.table, bed.tree, add_pair, &found, &e), 0);
	if (strcmp(found.text ? found.text : "", wanted))
		fail_msg("%s: %s, not %s", exports, found.text ? found.text : "nothing", wanted);
	tear_down(&bed);
}

static void each_aspect_is_seen(void **state)
{
	static const struct {
		const char *exports, *wanted;
	} rows[] = {
		{ "/srv *(rw)\n/srv/pay *(rw,xprtsec=mtls)", "/srv/pay</srv:x" },
		{ "/srv *(rw,xprtsec=tls)\n/srv/pay *(rw,xprtsec=mtls)", "/srv/pay</srv:x" },
		{ "/srv *(rw,xprtsec=mtls)\n/srv/pay *(rw,xprtsec=tls:mtls)", "" },
		{ "/srv *(rw,xprtsec=none)\n/srv/pay *(rw,xprtsec=none:mtls)", "" },
		{ "/srv *(rw,sec=sys:krb5p)\n/srv/pay *(rw,sec=krb5p)", "/srv/pay</srv:s" },
		{ "/srv *(rw,sec=krb5)\n/srv/pay *(rw,sec=krb5i)", "/srv/pay</srv:s" },
		{ "/srv *(rw)\n/srv/pay *(rw,sec=krb5)", "/srv/pay</srv:s" },
		{ "/srv *(rw,sec=krb5p)\n/srv/pay *(rw)", "" },
		{ "/srv *(rw)\n/srv/pay *(ro)", "/srv/pay</srv:r" },
		{ "/srv *(rw)\n/srv/pay *(sec=sys,ro,sec=krb5,rw)", "/srv/pay</srv:r" },
		{ "/srv *(ro)\n/srv/pay *(rw)", "" },
		{ "/srv *(rw)\n/srv/pay 10.0.0.0/8(rw)", "/srv/pay</srv:c" },
		{ "/srv 10.0.0.0/8(rw)\n/srv/pay 10.1.0.0/16(rw)", "/srv/pay</srv:c" },
		{ "/srv 10.1.0.0/16(rw)\n/srv/pay 10.0.0.0/8(rw)", "" },
		{ "/srv 10.1.2.3(rw)\n/srv/pay 10.0.0.0/8(ro)", "/srv/pay</srv:r" },
		{ "/srv 10.1.2.3(rw)\n/srv/pay 10.9.9.9(ro)", "/srv/pay</srv:c" },
		{ "/srv *(rw)\n/srv/pay 10.1.2.3(ro) *(rw)", "/srv/pay</srv:r" },
		{ "/srv *(rw)\n/srv/pay hr.example.com(rw,xprtsec=mtls)", "/srv/pay</srv:xc" },
		{ "/srv a.hr.example.com(rw)\n/srv/pay *.hr.example.com(rw)", "" },
		{ "/srv @admins(rw)\n/srv/pay @admins(rw)", "" },
		{ "/srv @admins(rw)\n/srv/pay @hr(rw)", "/srv/pay</srv:c" },
		{ "/srv *(rw,sec=sys,xprtsec=none)\n/srv/pay 10.0.0.1(ro,sec=krb5,xprtsec=mtls)",
		  "/srv/pay</srv:xsrc" },
		{ "/srv *(rw)\n/srv/pay *(rw)", "" },
		{ "/srv *(rw)\n/srv/a *(rw)\n/srv/a/pay *(ro)", "/srv/a/pay</srv/a:r /srv/a/pay</srv:r" },
		{ "/srv *(rw)\n/srv/pay/ *(ro)", "/srv/pay/</srv:r" },
		{ "/srv *(rw)\n/srvpay *(ro)\n/srv/../pay *(ro)", "" },
		{ "/srv *(rw)\n/srv/pay/list *(ro)", "/srv/pay/list</srv:r" },
		{ "/ *(rw,fsid=0)\n/srv *(ro)", "" }, /* another file system */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_nested(one_disk, rows[i].exports, rows[i].wanted);
}

static void mounts_matter_to_exports_in_exports(void **state)
{
	static const char *const bound = "22 1 8:1 / / rw - ext4 x rw\n23 22 8:2 / /srv rw - ext4 x rw\n"
					 "24 22 8:2 /pay /export/view rw - ext4 x rw\n";

	(void)state;
	assert_nested(disks, "/srv *(rw)\n/srv/pay *(ro)", "");
	assert_nested(NULL, "/srv *(rw)\n/srv/pay *(ro)", "/srv/pay</srv:r");
	assert_nested(bound, "/srv *(rw)\n/export/view *(ro)", "/export/view</srv:r");
	assert_nested(bound, "/export/view *(rw)\n/srv/pay *(ro)", "/srv/pay</export/view:r");
	assert_nested(bound, "/export/view *(rw)\n/srv/pay/x *(ro)", "/srv/pay/x</export/view:r");
	/* crossmnt: an export of what is mounted there counts for whom it is for, and for nobody else. */
	assert_nested(disks, "/srv *(rw,crossmnt)\n/srv/pay *(ro)", "");
	assert_nested(disks, "/srv *(rw,crossmnt)\n/srv/pay 10.0.0.0/8(ro)", "/srv/pay</srv:c");
	assert_nested(disks, "/srv *(rw,crossmnt)\n/srv/pay/x *(ro)", "/srv/pay/x</srv:r");
	assert_nested(disks, "/srv *(rw,crossmnt)\n/srv/pay/x *(ro)\n/srv/pay *(ro)", "");
}

static void a_pair_is_told_in_one_sentence(void **state)
{
	struct bed bed = bed_with("", one_disk, &no_files, "/srv *(rw)\n/srv/pay 10.0.0.1(ro)\n");
	struct export_nested_pair pair = { .inner = export_table_find(bed.table, "/srv/pay", "10.0.0.1", NULL),
					   .outer = export_table_find(bed.table, "/srv", "*", NULL),
					   .aspects = EXPORT_NESTED_READ_ONLY | EXPORT_NESTED_CLIENTS };
	AUTO_STRBUF text = { 0 };

	(void)state;
	export_nested_format(&pair, &text);
	strbuf_addf(&text, ": ");
	export_nested_format_remedy(&pair, &text);
	assert_string_equal(
		text.text,
		"10.0.0.1:/srv/pay is stricter (ro, clients) than *:/srv (exports:1:6), which serves the same "
		"files: put /srv/pay on a file system of its own, or make /srv as strict");
	tear_down(&bed);
}

/* The same many hosts at both ends are compared in no time; of networks that are all others, not all can be. */
static void many_clients(void **state)
{
	AUTO_STRBUF hosts = { 0 };
	AUTO_STRBUF networks = { 0 };
	AUTO_STRBUF found = { 0 };
	struct bed bed;
	struct error e;

	(void)state;
	for (unsigned int i = 0; i < 8000; i++) {
		strbuf_addf(&hosts, "/srv 10.0.%u.%u(rw)\n/srv/pay 10.0.%u.%u(ro)\n", i / 256, i % 256, i / 256,
			    i % 256);
		strbuf_addf(&networks, "/srv 10.%u.%u.0/24(rw)\n/srv/pay 10.%u.%u.0/24(rw)\n", i / 256, i % 256,
			    i / 256, i % 256);
	}
	assert_nested(one_disk, hosts.text, "/srv/pay</srv:r");
	bed = bed_with("", one_disk, &no_files, networks.text);
	assert_int_equal(export_nested_find(bed.table, bed.tree, add_pair, &found, &e), 1);
	assert_int_equal(found.size, 0);
	tear_down(&bed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_lies_below_counts),
		cmocka_unit_test(the_strictest_of_several_counts),
		cmocka_unit_test(a_default_is_a_minimum_for_what_names_no_modes),
		cmocka_unit_test(peers_count_as_well),
		cmocka_unit_test(a_mount_takes_what_lies_below_it_away),
		cmocka_unit_test(other_paths_of_a_directory_count),
		cmocka_unit_test(links_count),
		cmocka_unit_test(crossmnt_serves_what_is_mounted_below),
		cmocka_unit_test(who_inherits_has_what_remains),
		cmocka_unit_test(sections_are_compared),
		cmocka_unit_test(ten_thousand_exports_and_sections),
		cmocka_unit_test(each_aspect_is_seen),
		cmocka_unit_test(mounts_matter_to_exports_in_exports),
		cmocka_unit_test(a_pair_is_told_in_one_sentence),
		cmocka_unit_test(many_clients),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
