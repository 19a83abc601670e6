/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts in JSON: what goes in comes out, whatever bytes it has. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "support/json/json.h"

/* What a program that reads our JSON does: each \xHH is a byte. */
static void undo(const char *text, char *out)
{
	unsigned int byte;

	while (*text) {
		if (text[0] == '\\' && text[1] == 'x' && sscanf(text + 2, "%2x", &byte) == 1 &&
		    strspn(text + 2, "0123456789abcdefABCDEF") >= 2) {
			*out++ = (char)byte;
			text += 4;
		} else {
			*out++ = *text++;
		}
	}
	*out = '\0';
}

static void bytes_come_back(void **state)
{
	static const struct {
		const char *bytes, *read; /* and as a parser of JSON reads it */
	} rows[] = {
		{ "/srv/plain", "/srv/plain" },
		{ "/srv/a b", "/srv/a b" },
		{ "/srv/\"quoted\"", "/srv/\"quoted\"" },
		{ "/srv/back\\slash", "/srv/back\\slash" },
		{ "/srv/back\\\\slash\\", "/srv/back\\\\slash\\" },
		{ "/srv/\xc3\xa9", "/srv/\\xc3\\xa9" },
		{ "/srv/\xff\xfe", "/srv/\\xff\\xfe" },
		{ "/srv/\n\t\x7f", "/srv/\\x0a\\x09\\x7f" },
		{ "/srv/\\xff", "/srv/\\x5cxff" },
		{ "/srv/\\x5cxff", "/srv/\\x5cx5cxff" },
		{ "/srv/\\\\x41", "/srv/\\\\x5cx41" },
		{ "/srv/\\x4", "/srv/\\x4" },
		{ "\\x", "\\x" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct json_object *object = json_object_new_object(), *read;
		AUTO_STRBUF text = { 0 };
		char back[64];

		json_put_bytes(object, "path", rows[i].bytes);
		json_print(object, &text);
		read = json_tokener_parse(text.text);
		assert_string_equal(json_text_in(read, "path"), rows[i].read);
		undo(json_text_in(read, "path"), back);
		assert_string_equal(back, rows[i].bytes);
		json_object_put(read);
	}
}

/* Also each of two bytes that may make an escape together. */
static void all_pairs_come_back(void **state)
{
	static const char heads[] = "\\x/a";

	(void)state;
	for (const char *head = heads; *head; head++)
		for (unsigned int byte = 1; byte < 256; byte++) {
			const char bytes[] = { '\\', *head, (char)byte, 'f', '\0' };
			struct json_object *one = json_bytes(bytes);
			char back[64];

			undo(json_object_get_string(one), back);
			assert_string_equal(back, bytes);
			json_object_put(one);
		}
}

static void nothing_is_null(void **state)
{
	(void)state;
	assert_null(json_bytes(NULL));
	assert_null(json_bytes(""));
	assert_null(json_text(""));
}

static struct json_object *make_row(const void *context, size_t number)
{
	struct json_object *row = json_object_new_object(), *inner = json_object_new_object();

	json_put_text(inner, "b\"c", context);
	json_put_number(row, "number", (int64_t)number);
	json_object_object_add(row, "inner", inner);
	return row;
}

/* Byte for byte as if all of them had been there at once, but that each object is made when it is printed. */
static void rows_are_printed_as_they_come(void **state)
{
	(void)state;
	for (size_t count = 0; count < 4; count++) {
		const struct json_rows rows = { "rows", count, make_row, "x\ny\"/" };
		struct json_object *late = json_object_new_object(), *whole = json_object_new_object(), *all;
		AUTO_STRBUF printed = { 0 };
		AUTO_STRBUF wanted = { 0 };

		all = json_object_new_array();
		for (size_t i = 0; i < count; i++)
			json_object_array_add(all, make_row(rows.context, i));
		json_put_text(late, "before", "a");
		json_put_text(whole, "before", "a");
		json_object_object_add(late, "rows", NULL);
		json_object_object_add(whole, "rows", all);
		json_object_object_add(late, "after", make_row("z", 7));
		json_object_object_add(whole, "after", make_row("z", 7));
		json_print_rows(late, &rows, &printed);
		json_print(whole, &wanted);
		assert_string_equal(printed.text, wanted.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_come_back),
		cmocka_unit_test(rows_are_printed_as_they_come),
		cmocka_unit_test(all_pairs_come_back),
		cmocka_unit_test(nothing_is_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
