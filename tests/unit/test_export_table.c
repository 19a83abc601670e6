/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/export/export.h"

/* ---- clients -------------------------------------------------------------------------- */

static void client_forms(void **state)
{
	static const struct {
		const char *text;
		int type; /* -1: refused */
		unsigned int size, prefix;
	} cases[] = {
		{ "", EXPORT_WORLD, 0, 0 },
		{ "*", EXPORT_WORLD, 0, 0 },
		{ "alpha.example.org", EXPORT_HOST, 0, 0 },
		{ "10.1.1.2", EXPORT_HOST, 4, 0 },
		{ "fd00::5", EXPORT_HOST, 16, 0 },
		{ "[fd00::5]", EXPORT_HOST, 16, 0 },
		{ "10.0.0.0/8", EXPORT_SUBNET, 4, 8 },
		{ "10.0.0.0/255.255.0.0", EXPORT_SUBNET, 4, 16 },
		{ "0.0.0.0/0", EXPORT_SUBNET, 4, 0 },
		{ "fd00::/64", EXPORT_SUBNET, 16, 64 },
		{ "[fd00::]/64", EXPORT_SUBNET, 16, 64 },
		{ "fd00::/ffff::", EXPORT_SUBNET, 16, 16 },
		{ "*.example.org", EXPORT_WILDCARD, 0, 0 },
		{ "h?st", EXPORT_WILDCARD, 0, 0 },
		{ "host[0-9]", EXPORT_WILDCARD, 0, 0 },
		{ "@group", EXPORT_NETGROUP, 0, 0 },
		{ "gss/krb5p", EXPORT_GSS, 0, 0 },
		{ "10.0.0.0/", -1, 0, 0 },
		{ "10.0.0.0/33", -1, 0, 0 },
		{ "fd00::/129", -1, 0, 0 },
		{ "10.0.0.0/255.0.255.0", -1, 0, 0 },
		{ "10.0.0.0/ffff::", -1, 0, 0 },
		{ "10.0.0/24", -1, 0, 0 },
		{ "300.0.0.0/8", -1, 0, 0 },
		{ "10.0.0.0/99999999999999999999", -1, 0, 0 },
		{ "alpha/8", -1, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct export_client_form form;
		struct error e;
		int r = export_client_form(cases[i].text, &form, &e);

		if (r != (cases[i].type < 0 ? -EINVAL : 0))
			fail_msg("%s: %d", cases[i].text, r);
		if (r)
			continue;
		if ((int)form.type != cases[i].type || form.address.size != cases[i].size ||
		    form.prefix != cases[i].prefix)
			fail_msg("%s: type %d, size %u, prefix %u", cases[i].text, (int)form.type, form.address.size,
				 form.prefix);
	}
}

/* ---- the table ------------------------------------------------------------------------------ */

struct bed {
	struct export_list *list;
	struct export_table *table;
};

static void set_up(struct bed *bed)
{
	bed->list = export_list_new();
	bed->table = export_table_new();
	assert_non_null(bed->list);
	assert_non_null(bed->table);
}

static void tear_down(struct bed *bed)
{
	export_table_free(bed->table);
	export_list_free(bed->list);
}

static int add_host(struct bed *bed, const char *path, const char *client, const struct export_host *host)
{
	struct export_entry entry = { .path = path, .client = client, .options = &export_options_default };
	struct export *export;

	return export_table_add(bed->table, &entry, host, &export, NULL);
}

static int add(struct bed *bed, const char *path, const char *client)
{
	return add_host(bed, path, client, NULL);
}

static void assert_order(const struct bed *bed, const char *wanted)
{
	AUTO_STRBUF got = { 0 };

	for (const struct export *export = export_table_first(bed->table); export;
	     export = export_table_next(bed->table, export))
		strbuf_addf(&got, "%s %s;", export->path, export->client->name);
	assert_string_equal(got.text, wanted);
}

static void etab_has_the_order_of_nfs_utils(void **state)
{
	struct bed bed;

	(void)state;
	set_up(&bed);
	assert_int_equal(add(&bed, "/srv/e1", "*"), 0);
	assert_int_equal(add(&bed, "/srv/e1", "10.0.0.1"), 0);
	assert_int_equal(add(&bed, "/srv/e2", "10.0.0.1"), 0);
	assert_int_equal(add(&bed, "/srv/e3", "10.0.0.1"), 0);
	assert_int_equal(add(&bed, "/srv/e2", "10.0.0.2"), 0);
	assert_int_equal(add(&bed, "/srv/e1", "*.example.org"), 0);
	assert_int_equal(add(&bed, "/srv/e1", "10.0.0.0/8"), 0);
	assert_int_equal(add(&bed, "/srv/e1", "gss/krb5"), 0);
	assert_int_equal(add(&bed, "/srv/e1", "@group"), 0);
	assert_order(&bed, "/srv/e3 10.0.0.1;/srv/e2 10.0.0.1;/srv/e2 10.0.0.2;/srv/e1 10.0.0.1;/srv/e1 10.0.0.0/8;"
			   "/srv/e1 *.example.org;/srv/e1 @group;/srv/e1 *;/srv/e1 gss/krb5;");
	tear_down(&bed);
}

/* Paths of one of the 1021 buckets stay together: here the sums of byte times place are equal. */
static void paths_of_one_bucket_stay_together(void **state)
{
	struct bed bed;

	(void)state;
	set_up(&bed);
	/* 'c' * 1 + 'a' * 2 == 'a' * 1 + 'b' * 2 */
	assert_int_equal(add(&bed, "/ca", "*"), 0);
	assert_int_equal(add(&bed, "/other", "*"), 0);
	assert_int_equal(add(&bed, "/ab", "*"), 0);
	assert_order(&bed, "/other *;/ca *;/ab *;");
	tear_down(&bed);
}

static struct ip_address address_from(const char *text)
{
	struct ip_address address = { .size = strchr(text, ':') ? 16 : 4 };

	assert_int_equal(inet_pton(address.size == 4 ? AF_INET : AF_INET6, text, address.bytes), 1);
	return address;
}

static void hosts_are_known_by_their_addresses(void **state)
{
	const struct ip_address alpha_addresses[] = { address_from("10.0.0.1"), address_from("fd00::1") };
	const struct ip_address six = address_from("fd00::1"), beta_address = address_from("10.0.0.2");
	const struct export_host alpha = { "alpha.example.org", alpha_addresses, 2 };
	const struct export_host by_six = { "fd00::1", &six, 1 };
	const struct export_host beta = { "beta.example.org", &beta_address, 1 };
	struct bed bed;

	(void)state;
	set_up(&bed);
	assert_int_equal(add_host(&bed, "/a", "alpha", &alpha), 0);
	assert_int_equal(add_host(&bed, "/a", "fd00::1", &by_six), 1);
	assert_int_equal(add_host(&bed, "/b", "fd00::1", &by_six), 0);
	assert_int_equal(add_host(&bed, "/a", "beta", &beta), 0);
	assert_int_equal(add(&bed, "/a", "ALPHA.example.org"), 1);
	assert_order(&bed, "/b alpha.example.org;/a alpha.example.org;/a beta.example.org;");
	assert_non_null(export_table_find(bed.table, "/a", "fd00::1", &by_six));
	assert_non_null(export_table_find(bed.table, "/a", "Beta.Example.Org", NULL));
	assert_null(export_table_find(bed.table, "/b", "beta", &beta));
	assert_null(export_table_find(bed.table, "/c", "alpha", &alpha));
	assert_int_equal(export_table_count(bed.table), 3);
	tear_down(&bed);
}

static void a_bad_client_changes_nothing(void **state)
{
	struct bed bed;

	(void)state;
	set_up(&bed);
	assert_int_equal(add(&bed, "/a", "10.0.0.0/33"), -EINVAL);
	assert_int_equal(export_table_count(bed.table), 0);
	assert_null(export_table_first(bed.table));
	tear_down(&bed);
}

static void etab_leaves_out_what_is_dropped(void **state)
{
	AUTO_STRBUF text = { 0 };
	struct bed bed;
	struct export *export;

	(void)state;
	set_up(&bed);
	assert_int_equal(add(&bed, "/a b", "*"), 0);
	assert_int_equal(add(&bed, "/c", "10.0.0.1"), 0);
	export = export_table_find(bed.table, "/c", "10.0.0.1", NULL);
	assert_non_null(export);
	export->dropped = true;
	assert_int_equal(export_etab_format(bed.table, export_sec_flags, &text), 0);
	assert_int_equal(strncmp(text.text, "/a\\040b\t*(ro,sync,", 18), 0);
	assert_null(strstr(text.text, "/c"));
	tear_down(&bed);
}

/* ---- the file --------------------------------------------------------------------------------- */

static char folder[64];

static int make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/test_export_table.XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

static const char *in_folder(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void etab_is_replaced_only_when_it_changes(void **state)
{
	AUTO_EXPORT_STATE open = { .lock = -1 };
	AUTO_BYTES text = { 0 };
	struct stat first, second;
	struct error e;
	bool changed;

	(void)state;
	umask(077);
	assert_int_equal(export_state_open(&open, folder, true, &e), 0);
	assert_int_equal(export_state_replace(&open, "one\n", 4, &changed, &e), 0);
	assert_true(changed);
	assert_int_equal(stat(in_folder("etab"), &first), 0);
	assert_int_equal(first.st_mode & 0777, 0644);
	assert_int_equal(export_state_replace(&open, "one\n", 4, &changed, &e), 0);
	assert_false(changed);
	assert_int_equal(stat(in_folder("etab"), &second), 0);
	assert_int_equal(first.st_ino, second.st_ino);
	assert_int_equal(export_state_replace(&open, "two\n", 4, &changed, &e), 0);
	assert_true(changed);
	assert_int_equal(file_read(in_folder("etab"), 100, FILE_ANY, &text, &e), 0);
	assert_string_equal((char *)text.data, "two\n");
	assert_int_equal(access(in_folder("etab.tmp"), F_OK), -1);
}

static void writers_keep_each_other_out(void **state)
{
	AUTO_EXPORT_STATE open = { .lock = -1 };
	struct error e;
	int status, ready[2];
	char byte;
	pid_t child;

	(void)state;
	assert_int_equal(export_state_open(&open, folder, true, &e), 0);
	assert_int_equal(pipe(ready), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		struct export_state other;
		int r = export_state_open(&other, folder, true, NULL); /* waits for us */

		_exit(r || write(ready[1], "x", 1) != 1 ? 1 : 0);
	}
	close(ready[1]);
	assert_int_equal(waitpid(child, &status, WNOHANG), 0);
	export_state_close(&open);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void a_missing_folder_is_told(void **state)
{
	AUTO_EXPORT_STATE open = { .lock = -1 };
	struct error e;

	(void)state;
	assert_int_equal(export_state_open(&open, in_folder("nowhere"), true, &e), -ENOENT);
	assert_non_null(strstr(e.text, "nowhere/.etab.lock"));
}

static void a_missing_etab_is_no_broken_one(void **state)
{
	AUTO_EXPORT_STATE open = { .lock = -1 };
	struct export_list *list = export_list_new();
	struct error e;

	(void)state;
	unlink(in_folder("etab"));
	assert_int_equal(export_state_open(&open, folder, false, &e), 0);
	assert_int_equal(export_state_read(&open, list, &e), -ENOENT);
	assert_int_equal(export_list_count(list), 0);
	export_list_free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(client_forms),
		cmocka_unit_test(etab_has_the_order_of_nfs_utils),
		cmocka_unit_test(paths_of_one_bucket_stay_together),
		cmocka_unit_test(hosts_are_known_by_their_addresses),
		cmocka_unit_test(a_bad_client_changes_nothing),
		cmocka_unit_test(etab_leaves_out_what_is_dropped),
		cmocka_unit_test(etab_is_replaced_only_when_it_changes),
		cmocka_unit_test(writers_keep_each_other_out),
		cmocka_unit_test(a_missing_folder_is_told),
		cmocka_unit_test(a_missing_etab_is_no_broken_one),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
