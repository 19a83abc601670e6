/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <netinet/in.h>
#include <string.h>

#include "support/address/address.h"

/* As each reader has it; NULL: it is refused. */
static const struct {
	const char *text, *bare, *written, *unmapped;
} texts[] = {
	{ "192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.1" },
	{ "0.0.0.0", "0.0.0.0", "0.0.0.0", "0.0.0.0" },
	{ "::", "::", "::", "::" },
	{ "2001:DB8:0::1", "2001:db8::1", "2001:db8::1", "2001:db8::1" },
	{ "::ffff:192.0.2.1", "::ffff:192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1" },
	{ "::ffff:c000:201", "::ffff:192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1" },
	{ "::fffe:192.0.2.1", "::fffe:c000:201", "::fffe:c000:201", "::fffe:c000:201" },
	{ "::192.0.2.1", "::192.0.2.1", "::192.0.2.1", "::192.0.2.1" },
	{ "[2001:db8::1]", NULL, "2001:db8::1", "2001:db8::1" },
	{ "[::ffff:192.0.2.1]", NULL, "::ffff:192.0.2.1", "192.0.2.1" },
	{ "[192.0.2.1]", NULL, "192.0.2.1", "192.0.2.1" },
	{ "fe80::1%eth0", NULL, "fe80::1", "fe80::1" },
	{ "[fe80::1%eth0]", NULL, "fe80::1", "fe80::1" },
	{ "fe80::1%", NULL, "fe80::1", "fe80::1" },
	{ "fe80::1%a-scope-that-is-longer-than-any-address-can-be-written", NULL, "fe80::1", "fe80::1" },
	{ "", NULL, NULL, NULL },
	{ "%eth0", NULL, NULL, NULL },
	{ "[]", NULL, NULL, NULL },
	{ "[", NULL, NULL, NULL },
	{ "[::1", NULL, NULL, NULL },
	{ "::1]", NULL, NULL, NULL },
	{ "[[::1]]", NULL, NULL, NULL },
	{ "[fe80::1]%eth0", NULL, NULL, NULL },
	{ "192.0.2", NULL, NULL, NULL },
	{ "192.0.2.1.", NULL, NULL, NULL },
	{ "192.0.2.256", NULL, NULL, NULL },
	{ " 192.0.2.1", NULL, NULL, NULL },
	{ "192.0.2.1/24", NULL, NULL, NULL },
	{ "0x7f.0.0.1", NULL, NULL, NULL },
	{ "2130706433", NULL, NULL, NULL },
	{ "1:2:3:4:5:6:7", NULL, NULL, NULL },
	{ "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", NULL, NULL, NULL },
};

static const struct ip_address before = { { 9, 9, 9, 9 }, 4 };

static void check_text(bool good, const struct ip_address *address, const char *wanted)
{
	static const unsigned char nothing[16];
	struct ip_address again;
	char text[ADDRESS_TEXT_MAX];

	assert_int_equal(good, wanted != NULL);
	if (!wanted) {
		assert_memory_equal(address, &before, sizeof(before));
		return;
	}
	address_text(address, text);
	assert_string_equal(text, wanted);
	assert_memory_equal(address->bytes + address->size, nothing, 16 - address->size);
	assert_true(address_parse_bare(text, strlen(text), &again));
	assert_memory_equal(&again, address, sizeof(again));
}

static void texts_come_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct ip_address address = before;

		print_message("%s\n", texts[i].text);
		check_text(address_parse_bare(texts[i].text, strlen(texts[i].text), &address), &address, texts[i].bare);
		address = before;
		check_text(address_parse_written(texts[i].text, strlen(texts[i].text), &address), &address,
			   texts[i].written);
		address = before;
		check_text(address_parse(texts[i].text, &address), &address, texts[i].unmapped);
	}
}

static void the_size_of_a_text_counts(void **state)
{
	struct ip_address address;
	char text[ADDRESS_TEXT_MAX];

	(void)state;
	assert_true(address_parse_bare("192.0.2.17", 9, &address));
	address_text(&address, text);
	assert_string_equal(text, "192.0.2.1");
	assert_false(address_parse_bare("192.0.2.1\0x", 11, &address));
	assert_false(address_parse_written("192.0.2.1\0%x", 12, &address));
	address.size = 0;
	address_text(&address, text);
	assert_string_equal(text, "");
}

static void addresses_of_two_families_are_not_equal(void **state)
{
	struct ip_address v4, mapped;

	(void)state;
	assert_true(address_parse_written("192.0.2.1", 9, &v4) &&
		    address_parse_written("::ffff:192.0.2.1", 16, &mapped));
	assert_false(address_equal(&v4, &mapped));
	address_unmap(&mapped);
	assert_true(address_equal(&v4, &mapped));
	assert_memory_equal(&v4, &mapped, sizeof(v4));
}

static void networks_are_compared_by_their_first_bits(void **state)
{
	static const struct {
		const char *address, *network;
		unsigned int bits;
		bool within;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.0", 24, true },	      { "192.0.3.1", "192.0.2.0", 24, false },
		{ "192.0.3.1", "192.0.2.0", 23, true },	      { "192.0.2.1", "192.0.2.1", 32, true },
		{ "192.0.2.1", "192.0.2.0", 32, false },      { "203.0.113.1", "0.0.0.0", 0, true },
		{ "128.0.0.0", "0.0.0.0", 1, false },	      { "192.0.2.129", "192.0.2.1", 25, false },
		{ "192.0.2.1", "192.0.2.1", 33, false },      { "2001:db8::1", "2001:db8::", 127, true },
		{ "2001:db8::1", "2001:db8::", 128, false },  { "2001:db8::1", "2001:db8::1", 128, true },
		{ "2001:db8::1", "2001:db8::1", 129, false }, { "192.0.2.1", "::", 0, false },
		{ "2001:db8::1", "0.0.0.0", 0, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ip_address address, network;

		assert_true(address_parse(rows[i].address, &address) && address_parse(rows[i].network, &network));
		assert_int_equal(address_in_network(&address, &network, rows[i].bits), rows[i].within);
	}
}

static void masks_are_ones_then_zeros(void **state)
{
	static const struct {
		const char *mask;
		int bits;
	} rows[] = {
		{ "255.255.255.0", 24 }, { "255.255.255.255", 32 }, { "0.0.0.0", 0 },	 { "128.0.0.0", 1 },
		{ "255.255.254.0", 23 }, { "255.0.255.0", -1 },	    { "0.0.0.255", -1 }, { "255.255.255.1", -1 },
		{ "ffff:ffff::", 32 },	 { "ffff:fffe::", 31 },	    { "::", 0 },	 { "ffff::1", -1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ip_address mask;
		unsigned int bits = 77;

		assert_true(address_parse_bare(rows[i].mask, strlen(rows[i].mask), &mask));
		assert_int_equal(address_mask_bits(&mask, &bits), rows[i].bits >= 0);
		assert_int_equal(bits, rows[i].bits >= 0 ? rows[i].bits : 77);
	}
}

static void host_bits_are_found_and_cut(void **state)
{
	static const struct {
		const char *address;
		unsigned int bits;
		const char *network;
	} rows[] = {
		{ "192.0.2.255", 24, "192.0.2.0" },
		{ "192.0.2.255", 25, "192.0.2.128" },
		{ "192.0.2.255", 0, "0.0.0.0" },
		{ "192.0.2.255", 32, "192.0.2.255" },
		{ "2001:db8::ff", 121, "2001:db8::80" },
		{ "2001:db8::ff", 128, "2001:db8::ff" },
		{ "2001:db8::ff", 1, "::" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ip_address address;
		char text[ADDRESS_TEXT_MAX];

		assert_true(address_parse(rows[i].address, &address));
		assert_int_equal(address_has_host_bits(&address, rows[i].bits),
				 strcmp(rows[i].address, rows[i].network) != 0);
		address_cut_host_bits(&address, rows[i].bits);
		assert_false(address_has_host_bits(&address, rows[i].bits));
		address_text(&address, text);
		assert_string_equal(text, rows[i].network);
	}
}

static void ends_have_an_address_and_a_port(void **state)
{
	static const struct {
		const char *address;
		unsigned int port;
		const char *text, *back;
	} rows[] = {
		{ "192.0.2.1", 2049, "192.0.2.1:2049", "192.0.2.1" },
		{ "192.0.2.1", 0, "192.0.2.1", "192.0.2.1" },
		{ "2001:db8::1", 65535, "[2001:db8::1]:65535", "2001:db8::1" },
		{ "2001:db8::1", 0, "[2001:db8::1]", "2001:db8::1" },
		{ "::ffff:192.0.2.1", 700, "192.0.2.1:700", "192.0.2.1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ip_address address, back;
		struct sockaddr_storage end;
		char text[ADDRESS_END_MAX];

		assert_true(address_parse_bare(rows[i].address, strlen(rows[i].address), &address));
		assert_int_equal(address_make_end(&address, rows[i].port, &end),
				 address.size == 4 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
		address_end_text(&end, text);
		assert_string_equal(text, rows[i].text);
		assert_int_equal(address_port(&end), rows[i].port);
		back = address_of(&end);
		address_text(&back, text);
		assert_string_equal(text, rows[i].back);
		address_set_port(&end, 111);
		assert_int_equal(address_port(&end), 111);
	}
}

static void what_is_no_end_is_shown_as_none(void **state)
{
	const struct ip_address none = { .size = 0 };
	struct sockaddr_storage end = { .ss_family = AF_UNIX };
	char text[ADDRESS_END_MAX];

	(void)state;
	assert_int_equal(address_of(&end).size, 0);
	address_set_port(&end, 2049);
	assert_int_equal(address_port(&end), 0);
	address_end_text(&end, text);
	assert_string_equal(text, "-");
	assert_int_equal(address_make_end(&none, 2049, &end), 0);
	assert_int_equal(end.ss_family, AF_UNSPEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_come_back),
		cmocka_unit_test(the_size_of_a_text_counts),
		cmocka_unit_test(addresses_of_two_families_are_not_equal),
		cmocka_unit_test(networks_are_compared_by_their_first_bits),
		cmocka_unit_test(masks_are_ones_then_zeros),
		cmocka_unit_test(host_bits_are_found_and_cut),
		cmocka_unit_test(ends_have_an_address_and_a_port),
		cmocka_unit_test(what_is_no_end_is_shown_as_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
