/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/export/export.h"

#define USUAL_FLAGS "sync,wdelay,hide,nocrossmnt,secure,root_squash,no_all_squash,no_subtree_check,secure_locks,acl,"
#define IDS "anonuid=65534,anongid=65534,"
#define SEC_RO "ro,root_squash,no_all_squash"
#define SEC_RW "rw,root_squash,no_all_squash"

static struct export_list *parse(const char *text, size_t size)
{
	struct export_list *list = export_list_new();
	struct error e;

	assert_non_null(list);
	assert_int_equal(export_parse(list, "exports", text, size, &e), 0);
	return list;
}

/* ---- entries ---------------------------------------------------------------------- */

/* "LINE:COLUMN PATH CLIENT LISTING;" for each entry. */
static void entries_of(const struct export_list *list, struct strbuf *out)
{
	strbuf_add(out, "", 0);
	for (size_t i = 0; i < export_list_count(list); i++) {
		const struct export_entry *entry = export_list_at(list, i);

		strbuf_addf(out, "%u:%u %s %s %s;", entry->place.line, entry->place.column, entry->path, entry->client,
			    entry->options->flags & NFSEXP_READONLY ? "ro" : "rw");
	}
}

static void good_texts_have_these_entries(void **state)
{
	static const struct {
		const char *text, *entries;
		size_t warnings;
	} cases[] = {
		{ "", "", 0 },
		{ "\n# a\n\t # b \\\n \n", "", 0 },
		{ "/a b(rw)", "1:4 /a b rw;", 0 },
		{ " /a\tb(rw)  c(ro) # d(rw)\n/b e()\r\n", "1:5 /a b rw;1:12 /a c ro;2:4 /b e ro;", 0 },
		{ "/a # b\\\n/c *(rw)", "1:1 /a * ro;2:4 /c * rw;", 1 },
		{ "/a\\\n  b(rw)\\\nc(rw)", "2:3 /a b rw;3:1 /a c rw;", 0 },
		{ "/h#h b#(rw)", "1:6 /h#h b# rw;", 0 },
		{ "/s/\"q q\"z \"b(rw, ro,)\"", "1:11 /s/q qz b ro;", 0 },
		{ "/\\040\\134040\\8\\400 b(\\162w)", "1:20 / \\040\\8\\400 b rw;", 0 },
		{ "/a", "1:1 /a * ro;", 1 },
		{ "/a b *", "1:4 /a b ro;1:6 /a * ro;", 2 },
		{ "/a b (rw)", "1:4 /a b ro;1:6 /a * rw;", 2 },
		{ "/a \"\"(rw)", "1:4 /a * rw;", 1 },
		{ "/a -rw", "1:1 /a * rw;", 0 },
		{ "/a - b", "1:6 /a b ro;", 0 },
		{ "/a -rw b c(ro) -ro,async d\n/b e()", "1:8 /a b rw;1:10 /a c ro;1:26 /a d ro;2:4 /b e ro;", 0 },
		{ "/a b(rw) -ro", "1:4 /a b rw;1:10 /a * ro;", 1 },
		{ "/a b(squash_uids=1-2,rw)", "1:4 /a b rw;", 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_EXPORT_LIST *list = parse(cases[i].text, strlen(cases[i].text));
		AUTO_STRBUF text = { 0 };

		entries_of(list, &text);
		assert_string_equal(text.text, cases[i].entries);
		assert_int_equal(export_list_gap_count(list), 0);
		assert_int_equal(export_list_problem_count(list), cases[i].warnings);
		for (size_t k = 0; k < cases[i].warnings; k++)
			assert_int_equal(export_list_problem(list, k)->severity, EXPORT_WARNING);
	}
}

/* ---- errors --------------------------------------------------------------------------- */

static void each_error_has_its_place_and_a_gap(void **state)
{
	static const struct {
		const char *text;
		size_t size; /* 0: to the NUL */
		unsigned int line, column;
		const char *problem, *gap, *entries;
	} cases[] = {
		{ "/a b(foo) c(rw)", 0, 1, 6, "unknown keyword \"foo\": expected an option of", "/a", "1:11 /a c rw;" },
		{ "/a b(rw,no_hide)", 0, 1, 9, "unknown keyword \"no_hide\": expected nohide", "/a", "" },
		{ "/a b(RW)", 0, 1, 6, "unknown keyword \"RW\": expected rw", "/a", "" },
		{ "/a b(rw,,ro)", 0, 1, 9, "unknown keyword \"\"", "/a", "" },
		{ "/a b(,ro)", 0, 1, 6, "unknown keyword \"\"", "/a", "" },
		{ "/a \"b(rw ,ro)\"", 0, 1, 7, "unknown keyword \"rw \"", "/a", "" },
		{ "/a b(fsid)", 0, 1, 6, "unknown keyword \"fsid\": expected fsid=", "/a", "" },
		{ "/a b(ro=1)", 0, 1, 6, "unknown keyword \"ro=1\"", "/a", "" },
		{ "/a b(rw,anonuid=joe)", 0, 1, 9, "bad anonuid \"anonuid=joe\": expected a decimal", "/a", "" },
		{ "/a b(anonuid=)", 0, 1, 6, "bad anonuid \"anonuid=\"", "/a", "" },
		{ "/a b(anongid=4294967296)", 0, 1, 6, "bad anongid \"anongid=4294967296\"", "/a", "" },
		{ "/a b(anongid=-2147483649)", 0, 1, 6, "bad anongid", "/a", "" },
		{ "/a b(fsid=)", 0, 1, 6, "bad fsid \"fsid=\"", "/a", "" },
		{ "/a b(fsid=4294967296)", 0, 1, 6, "bad fsid", "/a", "" },
		{ "/a b(fsid=1234-5)", 0, 1, 6, "bad fsid", "/a", "" },
		{ "/a b(sec=sys:foo)", 0, 1, 14, "unknown flavor foo: expected", "/a", "" },
		{ "/a b(sec=sys:)", 0, 1, 14, "unknown flavor : expected", "/a", "" },
		{ "/a b(sec=)", 0, 1, 10, "unknown flavor : expected", "/a", "" },
		{ "/a b(xprtsec=tls:foo:mtls)", 0, 1, 18, "unknown xprtsec mode foo: expected", "/a", "" },
		{ "/a b(xprtsec=)", 0, 1, 14, "unknown xprtsec mode : expected", "/a", "" },
		{ "/a b(xprtsec=auto)", 0, 1, 14, "unknown xprtsec mode auto", "/a", "" },
		{ "/a b(reexport=x)", 0, 1, 6, "bad option x: expected reexport=none", "/a", "" },
		{ "/a b(rw c(rw)", 0, 1, 5, "syntax error: bad option list: expected a )", "/a", "1:9 /a c rw;" },
		{ "/a b(rw, ro) c(rw)", 0, 1, 5, "syntax error: bad option list", "/a", "1:14 /a c rw;" },
		{ "/a b(rw\n/c d(rw)", 0, 1, 5, "syntax error: bad option list", "/a", "2:4 /c d rw;" },
		{ "/a b(rw)x c(rw)", 0, 1, 9, "syntax error: bad option list", "/a", "1:11 /a c rw;" },
		{ "/a b) c(rw)", 0, 1, 5, "syntax error: bad option list: expected a (", "/a", "1:7 /a c rw;" },
		{ "/a \"\" c(rw)", 0, 1, 4, "syntax error: an empty client", "/a", "1:7 /a c rw;" },
		{ "/a -foo b(rw)\n/c d(rw)", 0, 1, 5, "unknown keyword \"foo\"", "/a", "2:4 /c d rw;" },
		{ "/a b\\\n  \"c\"(\"r\\167\",fo\\157)", 0, 2, 15, "unknown keyword \"foo\"", "/a", NULL },
		{ "\"/a b(rw)\n/c d(rw)", 0, 1, 1, "syntax error: the quote is not closed", NULL, "2:4 /c d rw;" },
		{ "/a \"b(rw)\n/c d(rw)", 0, 1, 4, "syntax error: the quote is not closed", "/a", "2:4 /c d rw;" },
		{ "/a \"b\n/c\" d(rw)\n/e f(rw)", 0, 1, 4, "syntax error: the quote", "/a", NULL },
		{ "\"\" b(rw)\n/c d(rw)", 0, 1, 1, "syntax error: an empty path", NULL, "2:4 /c d rw;" },
		{ "/a b\0(rw) c(rw)\n/d e(rw)", 24, 1, 4, "syntax error: a NUL byte", "/a",
		  "1:11 /a c rw;2:4 /d e rw;" },
		{ "/a\0 b(rw)\n/c d(rw)", 18, 1, 1, "syntax error: a NUL byte", NULL, "2:4 /c d rw;" },
		{ "/a\\000 b(rw)\n/c d(rw)", 0, 1, 1, "syntax error: a NUL byte", NULL, "2:4 /c d rw;" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_EXPORT_LIST *list = parse(cases[i].text, cases[i].size ? cases[i].size : strlen(cases[i].text));
		const struct export_problem *problem = NULL;
		const struct export_gap *gap;
		AUTO_STRBUF text = { 0 };

		for (size_t k = 0; k < export_list_problem_count(list) && !problem; k++)
			if (export_list_problem(list, k)->severity == EXPORT_ERROR)
				problem = export_list_problem(list, k);
		assert_non_null(problem);
		assert_string_equal(problem->place.file, "exports");
		if (strncmp(problem->text, cases[i].problem, strlen(cases[i].problem)))
			assert_string_equal(problem->text, cases[i].problem);
		if (problem->place.line != cases[i].line || problem->place.column != cases[i].column)
			fail_msg("%s: %u:%u", cases[i].text, problem->place.line, problem->place.column);
		assert_true(export_list_gap_count(list) >= 1);
		gap = export_list_gap(list, 0);
		assert_int_equal(gap->path != NULL, cases[i].gap != NULL);
		if (gap->path)
			assert_string_equal(gap->path, cases[i].gap);
		entries_of(list, &text);
		if (cases[i].entries)
			assert_string_equal(text.text, cases[i].entries);
	}
}

static void a_path_over_lines_leaves_a_gap(void **state)
{
	static const char text[] = "\"/a\nb\" c(rw)\n";
	AUTO_EXPORT_LIST *list = parse(text, strlen(text));

	(void)state;
	assert_int_equal(export_list_count(list), 1);
	assert_string_equal(export_list_at(list, 0)->path, "/a\nb");
	assert_int_equal(export_list_gap_count(list), 1);
	assert_null(export_list_gap(list, 0)->path);
	assert_int_equal(export_list_problem(list, 0)->severity, EXPORT_WARNING);
}

static void an_unreadable_file_is_a_gap(void **state)
{
	AUTO_EXPORT_LIST *list = export_list_new();
	struct error e;

	(void)state;
	error_set(&e, EACCES, "no way in");
	assert_int_equal(export_list_unreadable(list, "x", &e), 0);
	assert_null(export_list_gap(list, 0)->path);
	assert_string_equal(export_list_problem(list, 0)->text, "no way in");
	assert_int_equal(export_list_problem(list, 0)->severity, EXPORT_UNREADABLE);
}

/* ---- options ------------------------------------------------------------------------------ */

static bool has_word(const char *text, const char *word)
{
	const size_t size = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at += size)
		if ((at == text || at[-1] == ',') && (!at[size] || at[size] == ','))
			return true;
	return false;
}

/* Flags that came after these texts stand in etab as well, at rest; every_flag_goes_round() has them. */
static void assert_written(char *got, const char *wanted)
{
	for (size_t i = 0; i < export_flag_count; i++) {
		const struct export_flag *row = &export_flags[i];
		char word[64], *at;

		if (!row->clear || has_word(wanted, row->set) || has_word(wanted, row->clear))
			continue;
		snprintf(word, sizeof(word), "%s,", row->clear);
		at = strstr(got, word);
		if (at)
			memmove(at, at + strlen(word), strlen(at + strlen(word)) + 1);
	}
	assert_string_equal(got, wanted);
}

static void options_are_written_in_their_order(void **state)
{
	static const struct {
		const char *options, *etab, *listing;
	} cases[] = {
		{ "", "ro," USUAL_FLAGS "no_pnfs," IDS "sec=sys," SEC_RO,
		  "sync,wdelay,hide,no_subtree_check,sec=sys," SEC_RO },
		{ "rw,async,no_wdelay,nohide,crossmnt,insecure,no_root_squash,all_squash,subtree_check,insecure_locks,"
		  "no_acl,nordirplus,security_label,sign_fh,pnfs,fsid=root,"
		  "fsid=12345678-90ab-cdef-1234-567890abcdef,reexport=predefined-fsidnum,mp=/a\\040b,refer=/x@[::1],"
		  "anonuid=-2,anongid=4294967294,sec=krb5p,xprtsec=mtls:none:mtls",
		  "rw,async,no_wdelay,nohide,crossmnt,insecure,no_root_squash,all_squash,subtree_check,insecure_locks,"
		  "no_acl,nordirplus,security_label,sign_fh,pnfs,fsid=0,fsid=12345678-90ab-cdef-1234-567890abcdef,"
		  "reexport=predefined-fsidnum,mountpoint=/a\\040b,refer=/x@[::1],anonuid=-2,anongid=-2,"
		  "sec=krb5p,rw,no_root_squash,all_squash,xprtsec=none:mtls",
		  "async,no_wdelay,nohide,crossmnt,insecure_locks,nordirplus,security_label,sign_fh,no_acl,pnfs,fsid=0,"
		  "fsid=12345678-90ab-cdef-1234-567890abcdef,reexport=predefined-fsidnum,mountpoint=/a\\040b,"
		  "anonuid=-2,anongid=-2,refer=/x@[::1],sec=krb5p,rw,no_root_squash,all_squash,xprtsec=none:mtls" },
		{ "xprtsec=mtls,xprtsec=tls,mp=,replicas=x,fsid=4294967295",
		  "ro," USUAL_FLAGS "no_pnfs,fsid=4294967295,mountpoint,replicas=x," IDS "sec=sys," SEC_RO
		  ",xprtsec=tls:mtls",
		  "sync,wdelay,hide,no_subtree_check,fsid=4294967295,mountpoint,replicas=x,sec=sys," SEC_RO
		  ",xprtsec=tls:mtls" },
		{ "sec=krb5p:krb5i,rw,sec=sys:unix:none:null,ro,secure",
		  "ro," USUAL_FLAGS "no_pnfs," IDS "sec=krb5p:krb5i," SEC_RW ",sec=sys:none," SEC_RO,
		  "sync,wdelay,hide,no_subtree_check,sec=krb5p:krb5i," SEC_RW ",sec=sys:none," SEC_RO },
		{ "rw,sec=unix,sec=krb5,sec=unix:krb5,ro,", "ro," USUAL_FLAGS "no_pnfs," IDS "sec=unix:krb5," SEC_RO,
		  "sync,wdelay,hide,no_subtree_check,sec=unix:krb5," SEC_RO },
		{ "sec=sys,rw,sec=krb5", "rw," USUAL_FLAGS "no_pnfs," IDS "sec=sys:krb5," SEC_RW,
		  "sync,wdelay,hide,no_subtree_check,sec=sys:krb5," SEC_RW },
		{ "sec=sys,async,sec=krb5,sync", "ro," USUAL_FLAGS "no_pnfs," IDS "sec=sys," SEC_RO ",sec=krb5," SEC_RO,
		  "sync,wdelay,hide,no_subtree_check,sec=sys," SEC_RO ",sec=krb5," SEC_RO },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_STRBUF line = { 0 }, etab = { 0 }, listing = { 0 }, again = { 0 };
		AUTO_EXPORT_LIST *list = NULL, *copy = NULL;

		strbuf_addf(&line, "/a b(%s)", cases[i].options);
		list = parse(line.text, line.size);
		assert_int_equal(export_list_problem_count(list), 0);
		export_options_format_etab(export_list_at(list, 0)->options, export_sec_flags, &etab);
		export_options_format_list(export_list_at(list, 0)->options, export_sec_flags, &listing);
		assert_string_equal(listing.text, cases[i].listing);
		line.size = 0;
		strbuf_addf(&line, "/a b(%s)", etab.text);
		copy = parse(line.text, line.size);
		assert_int_equal(export_list_problem_count(copy), 0);
		export_options_format_etab(export_list_at(copy, 0)->options, export_sec_flags, &again);
		if (!strstr(cases[i].options, "async,sec=krb5")) /* what etab joins is no two groups any more */
			assert_string_equal(again.text, etab.text);
		assert_written(etab.text, cases[i].etab);
	}
}

static void a_kernel_may_let_more_flags_differ(void **state)
{
	static const char text[] = "/a b(sec=sys,insecure,sec=krb5,secure)";
	AUTO_EXPORT_LIST *list = parse(text, strlen(text));
	AUTO_STRBUF out = { 0 };

	(void)state;
	export_options_format_list(export_list_at(list, 0)->options, export_sec_flags | NFSEXP_INSECURE_PORT, &out);
	assert_string_equal(out.text, "sync,wdelay,hide,no_subtree_check,sec=sys,ro,insecure,root_squash,no_all_squash,"
				      "sec=krb5,ro,secure,root_squash,no_all_squash");
}

static const struct export_options *only(const struct export_list *list)
{
	assert_int_equal(export_list_count(list), 1);
	assert_int_equal(export_list_problem_count(list), 0);
	return export_list_at(list, 0)->options;
}

static struct export_list *parse_options(const char *options)
{
	AUTO_STRBUF line = { 0 };

	strbuf_addf(&line, "/a b(%s)", options);
	return parse(line.text, line.size);
}

/* What a word makes of the flag, through parser, etab and parser again; the listing of it. */
static void go_round(const struct export_flag *row, const char *word, bool set, struct strbuf *listing)
{
	const uint32_t flags = set ? export_options_default.flags | row->flag :
				     export_options_default.flags & ~row->flag;
	AUTO_EXPORT_LIST *list = parse_options(word), *copy = NULL;
	AUTO_STRBUF etab = { 0 };

	assert_int_equal(only(list)->flags, flags);
	export_options_format_etab(only(list), NFSEXP_ALLFLAGS, &etab);
	copy = parse_options(etab.text);
	assert_int_equal(only(copy)->flags, flags);
	assert_int_equal(only(copy)->sec[0].flags, flags);
	export_options_format_list(only(list), NFSEXP_ALLFLAGS, listing);
}

static void every_flag_goes_round(void **state)
{
	(void)state;
	for (size_t i = 0; i < export_flag_count; i++) {
		const struct export_flag *row = &export_flags[i];
		AUTO_STRBUF set = { 0 }, clear = { 0 };
		AUTO_EXPORT_LIST *list = NULL;

		print_message("# %s\n", row->set);
		go_round(row, row->set, true, &set);
		go_round(row, row->clear ? row->clear : "", false, &clear);
		assert_string_not_equal(set.text, clear.text); /* a listing tells the two apart */
		list = parse_options(set.text);
		assert_true(only(list)->flags & row->flag);
	}
}

/* What the kernel has, and what only a number and the pseudo root set. */
static void every_flag_of_the_kernel_has_a_row(void **state)
{
	uint32_t flags = 0;

	(void)state;
	for (size_t i = 0; i < export_flag_count; i++) {
		assert_int_equal(flags & export_flags[i].flag, 0);
		flags |= export_flags[i].flag;
	}
	assert_int_equal(flags | NFSEXP_FSID | NFSEXP_MSNFS | NFSEXP_V4ROOT, NFSEXP_ALLFLAGS);
	assert_int_equal(flags & (NFSEXP_FSID | NFSEXP_MSNFS | NFSEXP_V4ROOT), 0);
}

/* A flag that varies stays with its flavours, any other one is spread; both survive etab. */
static void flavors_have_their_flags(void **state)
{
	(void)state;
	for (size_t i = 0; i < export_flag_count; i++) {
		const struct export_flag *row = &export_flags[i];
		const bool spread = row->flavored == EXPORT_SPREAD;
		AUTO_STRBUF options = { 0 }, etab = { 0 };
		AUTO_EXPORT_LIST *list = NULL, *copy = NULL;

		strbuf_addf(&options, "%s,sec=sys,%s,sec=krb5,%s", row->clear ? row->clear : "sync",
			    row->clear ? row->clear : "sync", row->set);
		list = parse_options(options.text);
		assert_int_equal(only(list)->sec[0].flags & row->flag, spread ? row->flag : 0);
		assert_int_equal(only(list)->sec[1].flags & row->flag, row->flag);
		export_options_format_etab(only(list), export_sec_flags_most, &etab);
		copy = parse_options(etab.text);
		for (unsigned int k = 0; k < only(copy)->sec_count; k++)
			assert_int_equal(only(copy)->sec[k].flags & row->flag, only(list)->sec[k].flags & row->flag);
		assert_int_equal(export_sec_flags_most & row->flag, spread ? 0 : row->flag);
		assert_int_equal(export_sec_flags & row->flag, row->flavored == EXPORT_VARIES ? row->flag : 0);
	}
}

static void options_go_on_top_of_others(void **state)
{
	AUTO_EXPORT_LIST *list = export_list_new();
	const struct export_options *first = NULL, *second = NULL, *modes;
	struct error e;

	(void)state;
	assert_int_equal(export_options_parse(list, &export_options_default, "rw, fsid=3", &first, &e), 0);
	assert_int_equal(first->fsid, 3);
	assert_false(first->flags & NFSEXP_READONLY);
	assert_int_equal(export_options_parse(list, first, "async", &second, &e), 0);
	assert_int_equal(second->fsid, 3);
	assert_true(second->flags & NFSEXP_ASYNC);
	assert_int_equal(export_options_parse(list, first, "async,bad", &second, &e), -EINVAL);
	assert_non_null(strstr(e.text, "unknown keyword \"bad\""));
	modes = export_options_with_xprtsec(list, first, XPRTSEC_TLS | XPRTSEC_MTLS);
	assert_int_equal(modes->xprtsec, XPRTSEC_TLS | XPRTSEC_MTLS);
	assert_ptr_equal(modes, export_options_with_xprtsec(list, first, XPRTSEC_TLS | XPRTSEC_MTLS));
	assert_ptr_equal(first, export_options_with_xprtsec(list, modes, 0));
}

static void equal_options_are_one(void **state)
{
	static const char text[] = "/a b(rw,mp=/x) c(rw,mp=/x)\n/d e(mp=/x,rw) f(ro)";
	AUTO_EXPORT_LIST *list = parse(text, strlen(text));

	(void)state;
	assert_ptr_equal(export_list_at(list, 0)->options, export_list_at(list, 1)->options);
	assert_ptr_equal(export_list_at(list, 0)->options, export_list_at(list, 2)->options);
	assert_ptr_not_equal(export_list_at(list, 0)->options, export_list_at(list, 3)->options);
}

/* ---- sizes ------------------------------------------------------------------------------------ */

static void long_tokens_and_many_lines_are_fine(void **state)
{
	const size_t size = 300000, lines = 20000;
	AUTO_STRBUF text = { 0 };
	AUTO_EXPORT_LIST *list = NULL;

	(void)state;
	for (size_t i = 0; i < size; i++)
		strbuf_add(&text, i ? "x" : "/", 1);
	strbuf_addf(&text, " b(ro");
	for (size_t i = 0; i < size; i++)
		strbuf_addf(&text, ",rw");
	strbuf_addf(&text, ")\n");
	for (size_t i = 0; i < lines; i++)
		strbuf_addf(&text, "/p%zu h%zu(fsid=%zu)\n", i, i, i);
	list = parse(text.text, text.size);
	assert_int_equal(export_list_count(list), lines + 1);
	assert_int_equal(export_list_problem_count(list), 0);
	assert_int_equal(strlen(export_list_at(list, 0)->path), size);
	assert_int_equal(export_list_at(list, lines)->options->fsid, lines - 1);
	assert_int_equal(export_list_at(list, lines)->place.line, lines + 1);
}

static void special_bytes_are_escaped(void **state)
{
	AUTO_STRBUF out = { 0 };

	(void)state;
	export_add_escaped(&out, "/a b\t\n\"\\#\x7f\xc3\xa4");
	assert_string_equal(out.text, "/a\\040b\\011\\012\\042\\134\\043\\177\xc3\xa4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_texts_have_these_entries),
		cmocka_unit_test(each_error_has_its_place_and_a_gap),
		cmocka_unit_test(a_path_over_lines_leaves_a_gap),
		cmocka_unit_test(an_unreadable_file_is_a_gap),
		cmocka_unit_test(options_are_written_in_their_order),
		cmocka_unit_test(a_kernel_may_let_more_flags_differ),
		cmocka_unit_test(every_flag_goes_round),
		cmocka_unit_test(every_flag_of_the_kernel_has_a_row),
		cmocka_unit_test(flavors_have_their_flags),
		cmocka_unit_test(options_go_on_top_of_others),
		cmocka_unit_test(equal_options_are_one),
		cmocka_unit_test(long_tokens_and_many_lines_are_fine),
		cmocka_unit_test(special_bytes_are_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
