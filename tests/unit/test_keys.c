/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be told of keys without a kernel: texts, names, descriptions. */
#include "tests/unit/unit.h"

#include <string.h>

#include "support/keys/keys.h"

/* As 7.3 has it, with a keyring of another user that has the same name, and names that only begin alike. */
static const char table[] = "01d5a2c1 I--Q---     2 perm 1f3f0000     0 65534 keyring   _uid.0: 1\n"
			    "07b1e8bb I------     2 perm 1f1f0000     0     0 keyring   .nfs: empty\n"
			    "0a11ce00 I--Q---     1 perm 3f1f0000  1000  1000 keyring   nfs-tls: 2\n"
			    "0b0b0b0b I--Q---     1 perm 3f1f0000     0     0 keyring   nfs-tls-other: 2\n"
			    "0c0c0c0c I--Q---     1 perm 3f0b0000     0     0 user      nfs-tls: 12\n"
			    "1234abcd I--Q---     3 perm 3f1f0000     0     0 keyring   nfs-tls: 4\n"
			    "2345abcd I--Q---     3 perm 3f1f0000     0     0 keyring   .nfsd: 4\n";

static void finds_rings_of_root(void **state)
{
	(void)state;
	assert_int_equal(keys_ring_in_table(table, "nfs-tls"), 0x1234abcd);
	assert_int_equal(keys_ring_in_table(table, ".nfs"), 0x07b1e8bb);
	assert_int_equal(keys_ring_in_table(table, ".nfsd"), 0x2345abcd);
	assert_int_equal(keys_ring_in_table(table, ".nvme"), 0);
	assert_int_equal(keys_ring_in_table("", "nfs-tls"), 0);
}

static void passes_over_nonsense(void **state)
{
	static const char *const texts[] = {
		"\n",
		"   ",
		"1234abcd",
		"1234abcd I--Q---     3 perm 3f1f0000     0     0 keyring",
		"1234abcd I--Q---     3 perm 3f1f0000     0     0 keyring   nfs-tls",
		"nonsense I--Q---     3 perm 3f1f0000     0     0 keyring   nfs-tls: 4\n",
		"00000000 I--Q---     3 perm 3f1f0000     0     0 keyring   nfs-tls: 4\n",
		"ffffffffffffffff I--Q--- 3 perm 3f1f0000 0     0 keyring   nfs-tls: 4\n",
		"1234abcd I--Q---     3 perm 3f1f0000    00     0 keyring   nfs-tls: 4\n",
		"1234abcd I--Q---\n3 perm 3f1f0000     0     0 keyring   nfs-tls: 4\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_int_equal(keys_ring_in_table(texts[i], "nfs-tls"), 0);
}

static void parses_descriptions(void **state)
{
	static const struct {
		const char *text, *name;
		bool is_certificate;
	} rows[] = {
		{ "nfs-tls:host:cert", "host", true },
		{ "nfs-tls:host:key", "host", false },
		{ "nfs-tls:a.b_c-d:key", "a.b_c-d", false },
		{ "nfs-tls::cert", "", false },
		{ "nfs-tls:host", "", false },
		{ "nfs-tls:host:keys", "", false },
		{ "nfs-tls:a:b:key", "", false },
		{ "nfs-tls:-a:key", "", false },
		{ "nfs-tls:.a:key", "", false },
		{ "other:host:key", "", false },
		{ "", "", false },
	};
	char longest[KEYS_NAME_MAX + 32], name[KEYS_NAME_MAX + 1];
	bool is_certificate = false;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		keys_parse_description(rows[i].text, name, &is_certificate);
		assert_string_equal(name, rows[i].name);
		if (*rows[i].name)
			assert_int_equal(is_certificate, rows[i].is_certificate);
	}
	memset(longest, 0, sizeof(longest));
	strcpy(longest, "nfs-tls:");
	memset(longest + 8, 'x', KEYS_NAME_MAX);
	strcat(longest, ":cert");
	keys_parse_description(longest, name, &is_certificate);
	assert_int_equal(strlen(name), KEYS_NAME_MAX);
	memset(longest + 8, 'x', KEYS_NAME_MAX + 1);
	strcpy(longest + 8 + KEYS_NAME_MAX + 1, ":cert");
	keys_parse_description(longest, name, &is_certificate);
	assert_string_equal(name, "");
}

static void tells_stamps_apart(void **state)
{
	const struct keys_stamp one = { { 1, 2 }, 3 }, same = one, renewed = { { 1, 2 }, 4 }, other = { { 1, 5 }, 3 };

	(void)state;
	assert_true(keys_stamp_equal(&one, &same));
	assert_false(keys_stamp_equal(&one, &renewed));
	assert_false(keys_stamp_equal(&one, &other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_rings_of_root),
		cmocka_unit_test(passes_over_nonsense),
		cmocka_unit_test(parses_descriptions),
		cmocka_unit_test(tells_stamps_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
