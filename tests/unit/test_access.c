/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "support/access/access.h"

struct bed {
	struct export_list *list;
	struct export_table *table;
	struct access *access;
};

/* A table as exportfs would make it of these lines; hosts are numbers, so that nothing is looked up. */
static void set_up(struct bed *bed, const char *exports)
{
	struct error e;

	bed->list = export_list_new();
	bed->table = export_table_new();
	assert_int_equal(export_parse(bed->list, "exports", exports, strlen(exports), &e), 0);
	assert_int_equal(export_list_gap_count(bed->list), 0);
	for (size_t i = 0; i < export_list_count(bed->list); i++) {
		struct export *export;

		assert_true(export_table_add(bed->table, export_list_at(bed->list, i), NULL, &export, &e) >= 0);
	}
	assert_int_equal(access_new(bed->table, access_modes_as_written, NULL, &bed->access, &e), 0);
}

static void tear_down(struct bed *bed)
{
	access_free(bed->access);
	export_table_free(bed->table);
	export_list_free(bed->list);
}

static struct access_client client_at(const char *address)
{
	struct access_client client = { .address = { .size = strchr(address, ':') ? 16 : 4 } };

	assert_int_equal(inet_pton(client.address.size == 4 ? AF_INET : AF_INET6, address, client.address.bytes), 1);
	return client;
}

static void assert_domain(const struct bed *bed, const struct access_client *client, const char *wanted)
{
	AUTO_ACCESS_SCOPE scope = { 0 };
	AUTO_ACCESS_SCOPE parsed = { 0 };
	AUTO_STRBUF domain = { 0 };

	assert_int_equal(access_scope_of(bed->access, client, &scope), 0);
	access_domain_format(bed->access, &scope, &domain);
	assert_string_equal(domain.text ? domain.text : "", wanted);
	/* What the kernel asks about later is the same set. */
	assert_int_equal(access_scope_parse(bed->access, wanted, &parsed), 0);
	assert_int_equal(parsed.count, scope.count);
	if (scope.count)
		assert_memory_equal(parsed.clients, scope.clients, scope.count * sizeof(*scope.clients));
}

static void domains_join_all_that_match(void **state)
{
	static const char *const names[] = { "www.example.org" };
	static const char *const groups[] = { "trusted" };
	struct access_client client = client_at("10.1.2.3");
	struct bed bed;

	(void)state;
	set_up(&bed,
	       "/a 10.1.2.3(rw) 10.0.0.0/8(ro) *(ro)\n/b *.example.org(rw) @trusted(rw) h[1,2](rw) 10.1.0.0/16(rw)\n"
	       "/c fd00::/64(rw) gss/krb5(rw)\n");
	assert_true(access_needs_names(bed.access));
	assert_domain(&bed, &client, "*,10.0.0.0/8,10.1.0.0/16,10.1.2.3");
	client.names = names;
	client.name_count = 1;
	client.netgroups = groups;
	client.netgroup_count = 1;
	assert_domain(&bed, &client, "*,*.example.org,10.0.0.0/8,10.1.0.0/16,10.1.2.3,@trusted");
	client = client_at("fd00::99");
	assert_domain(&bed, &client, "*,fd00::/64");
	client = client_at("fd01::99");
	assert_domain(&bed, &client, "*");
	tear_down(&bed);
	set_up(&bed, "/a 10.1.2.3(rw) h[1,2](rw)\n");
	client = client_at("10.9.9.9");
	assert_domain(&bed, &client, "");
	client.names = (const char *const[]){ "h2" };
	client.name_count = 1;
	assert_domain(&bed, &client, "h[1,2]");
	tear_down(&bed);
}

/* "PATH CLIENT FLAGS MODES", "PATH pseudo FLAGS MODES" or "none" for what counts. */
static void describe(const struct bed *bed, const char *domain, const char *path, char *text, size_t room)
{
	AUTO_ACCESS_SCOPE scope = { 0 };
	struct access_answer answer;

	assert_int_equal(access_scope_parse(bed->access, domain, &scope), 0);
	if (!access_find(bed->access, &scope, path, &answer))
		snprintf(text, room, "none");
	else if (answer.export)
		snprintf(text, room, "%s %s%s %x %u", answer.export->path, answer.export->client->name,
			 answer.inherited ? " inherited" : "", answer.flags, answer.modes);
	else
		snprintf(text, room, "pseudo %x %u %u", answer.flags, answer.modes, answer.sec_count);
}

static void the_right_export_counts(void **state)
{
	static const struct {
		const char *domain, *path, *wanted;
	} cases[] = {
		{ "*,10.0.0.0/8,10.1.2.3", "/a", "/a 10.1.2.3 424 7" }, /* a host before a network before everybody */
		{ "*,10.0.0.0/8", "/a", "/a 10.0.0.0/8 425 7" },
		{ "*", "/a", "/a * 425 7" },
		{ "*", "/a/below", "none" },
		{ "*", "/x", "/x * 4425 7" },
		{ "*", "/x/y/z", "/x * inherited 4425 7" }, /* crossmnt */
		{ "*,10.1.2.3", "/x/y", "/x/y 10.1.2.3 424 4" },
		{ "*,10.1.2.3", "/x/y/z", "/x * inherited 4425 7" }, /* /x/y has no crossmnt itself */
		{ "*", "/", "pseudo 12403 7 1" },
		{ "10.1.2.3", "/deep", "pseudo 10403 4 2" },
		{ "10.1.2.3", "/deep/er", "pseudo 10403 4 2" },
		{ "10.0.0.0/8,10.1.2.3", "/deep", "pseudo 10403 4 2" },
		{ "10.0.0.0/8", "/deep", "none" },
		{ "nobody", "/a", "none" },
		{ "", "/a", "none" },
	};
	struct bed bed;

	(void)state;
	set_up(&bed,
	       "/a *(ro) 10.0.0.0/8(ro) 10.1.2.3(rw)\n/x *(ro,crossmnt)\n/x/y 10.1.2.3(rw,xprtsec=mtls)\n"
	       "/deep/er/one 10.1.2.3(rw,sec=krb5,xprtsec=mtls)\n/deep/er/two 10.1.2.3(rw,sec=sys,xprtsec=mtls)\n");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char got[256];

		describe(&bed, cases[i].domain, cases[i].path, got, sizeof(got));
		if (strcmp(got, cases[i].wanted) != 0)
			fail_msg("%s %s: got %s, wanted %s", cases[i].domain, cases[i].path, got, cases[i].wanted);
	}
	tear_down(&bed);
}

/*
 * A tree for certificates only is reached by those with one, and by nobody else; unless something else is
 * below, too.
 */
static void the_pseudo_root_asks_for_what_is_below(void **state)
{
	char got[256];
	struct bed bed;

	(void)state;
	set_up(&bed, "/srv/a *(rw,xprtsec=mtls)\n");
	describe(&bed, "*", "/", got, sizeof(got));
	assert_string_equal(got, "pseudo 12403 4 1");
	tear_down(&bed);
	set_up(&bed, "/srv/a *(rw,xprtsec=mtls)\n/srv/b 10.0.0.0/8(rw,xprtsec=none)\n");
	describe(&bed, "*,10.0.0.0/8", "/srv", got, sizeof(got));
	assert_string_equal(got, "pseudo 10403 5 1");
	describe(&bed, "*", "/srv", got, sizeof(got));
	assert_string_equal(got, "pseudo 10403 4 1");
	tear_down(&bed);
}

static void fsid_zero_is_the_root(void **state)
{
	AUTO_ACCESS_SCOPE scope = { 0 };
	char got[256];
	struct bed bed;

	(void)state;
	set_up(&bed, "/srv *(ro,fsid=0)\n/srv/a *(rw,fsid=7)\n");
	assert_int_equal(access_scope_parse(bed.access, "*", &scope), 0);
	assert_string_equal(access_find_fsid(bed.access, &scope, 0), "/srv");
	assert_string_equal(access_find_fsid(bed.access, &scope, 7), "/srv/a");
	assert_null(access_find_fsid(bed.access, &scope, 8));
	describe(&bed, "*", "/", got, sizeof(got));
	assert_string_equal(got, "none");
	tear_down(&bed);
	access_scope_free(&scope);
	set_up(&bed, "/srv/a *(rw)\n");
	assert_int_equal(access_scope_parse(bed.access, "*", &scope), 0);
	assert_string_equal(access_find_fsid(bed.access, &scope, 0), "/");
	tear_down(&bed);
}

static unsigned int refuse_all(const struct export *export, void *context)
{
	(void)export;
	(void)context;
	return 0;
}

static void what_policy_refuses_has_no_pseudo_root(void **state)
{
	struct access *refused;
	AUTO_ACCESS_SCOPE scope = { 0 };
	struct access_answer answer;
	struct bed bed;

	(void)state;
	set_up(&bed, "/srv/a *(rw)\n");
	assert_int_equal(access_new(bed.table, refuse_all, NULL, &refused, NULL), 0);
	assert_int_equal(access_scope_parse(refused, "*", &scope), 0);
	assert_false(access_find(refused, &scope, "/srv", &answer));
	assert_true(access_find(refused, &scope, "/srv/a", &answer));
	assert_int_equal(answer.modes, 0);
	access_free(refused);
	tear_down(&bed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(domains_join_all_that_match),
		cmocka_unit_test(the_right_export_counts),
		cmocka_unit_test(the_pseudo_root_asks_for_what_is_below),
		cmocka_unit_test(fsid_zero_is_the_root),
		cmocka_unit_test(what_policy_refuses_has_no_pseudo_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
