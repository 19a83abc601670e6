/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/json/json.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define TO_SECONDS "%Y-%m-%dT%H:%M:%S"

static bool is_plain(const char *at)
{
	return *at >= 0x20 && *at < 0x7f;
}

/* A backslash that would read as an escape of ours is one: so what is written can be undone. */
static bool is_plain_byte(const char *at)
{
	return is_plain(at) &&
	       !(at[0] == '\\' && at[1] == 'x' && isxdigit((unsigned char)at[2]) && isxdigit((unsigned char)at[3]));
}

static struct json_object *escaped(const char *text, bool (*keeps)(const char *at))
{
	AUTO_STRBUF out = { 0 };

	for (const char *at = text; at && *at; at++)
		if (keeps(at))
			strbuf_add(&out, at, 1);
		else
			strbuf_addf(&out, "\\x%02x", (unsigned char)*at);
	return out.size && !out.failed ? json_object_new_string(out.text) : NULL;
}

struct json_object *json_text(const char *text)
{
	return escaped(text, is_plain);
}

struct json_object *json_bytes(const char *bytes)
{
	return escaped(bytes, is_plain_byte);
}

void json_put_bytes(struct json_object *to, const char *key, const char *bytes)
{
	json_object_object_add(to, key, json_bytes(bytes));
}

void json_put_text(struct json_object *to, const char *key, const char *text)
{
	json_object_object_add(to, key, json_text(text));
}

struct json_object *json_list(const char *list)
{
	struct json_object *array = json_object_new_array();

	for (const char *text = NULL; (text = text_list_next(list, text));)
		json_object_array_add(array, json_text(text));
	return array;
}

void json_put_list(struct json_object *to, const char *key, const char *list)
{
	json_object_object_add(to, key, json_list(list));
}

void json_put_bool(struct json_object *to, const char *key, bool value)
{
	json_object_object_add(to, key, json_object_new_boolean(value));
}

void json_put_number(struct json_object *to, const char *key, int64_t value)
{
	json_object_object_add(to, key, json_object_new_int64(value));
}

static struct json_object *time_text(time_t when, const char *rest)
{
	char text[64] = "";
	struct tm broken;
	size_t size;

	if (when > 0 && gmtime_r(&when, &broken)) {
		size = strftime(text, sizeof(text), TO_SECONDS, &broken);
		snprintf(text + size, sizeof(text) - size, "%s", rest);
	}
	return json_text(text);
}

struct json_object *json_time(time_t when)
{
	return time_text(when, "Z");
}

void json_put_time(struct json_object *to, const char *key, time_t when)
{
	json_object_object_add(to, key, json_time(when));
}

void json_put_moment(struct json_object *to, const char *key, int64_t when_ms)
{
	char rest[16];

	snprintf(rest, sizeof(rest), ".%03uZ", (unsigned int)(when_ms % 1000));
	json_object_object_add(to, key, time_text((time_t)(when_ms / 1000), rest));
}

#define PRETTY (JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE)

void json_print(struct json_object *object, struct strbuf *out)
{
	strbuf_addf(out, "%s\n", json_object_to_json_string_ext(object, PRETTY));
	json_object_put(object);
}

/* Its lines, but for the first, are moved to their level. */
static void add_indented(struct json_object *value, int level, struct strbuf *out)
{
	const char *line = json_object_to_json_string_ext(value, PRETTY);

	for (size_t size; size = strcspn(line, "\n"), line[size]; line += size + 1) {
		strbuf_add(out, line, size + 1);
		strbuf_addf(out, "%*s", level * 2, "");
	}
	strbuf_addf(out, "%s", line);
}

static void add_rows(const struct json_rows *rows, struct strbuf *out)
{
	struct json_object *row;

	strbuf_addf(out, "[");
	for (size_t i = 0; i < rows->count; i++) {
		strbuf_addf(out, "%s\n    ", i ? "," : "");
		row = rows->make(rows->context, i);
		add_indented(row, 2, out);
		json_object_put(row);
	}
	strbuf_addf(out, "\n  ]");
}

void json_print_rows(struct json_object *object, const struct json_rows *rows, struct strbuf *out)
{
	const char *before = "{";

	if (!rows->count)
		json_object_object_add(object, rows->key, json_object_new_array());
	json_object_object_foreach(object, key, value)
	{
		strbuf_addf(out, "%s\n  \"%s\":", before, key);
		if (!rows->count || strcmp(key, rows->key))
			add_indented(value, 1, out);
		else
			add_rows(rows, out);
		before = ",";
	}
	strbuf_addf(out, "\n}\n");
	json_object_put(object);
}

const char *json_text_in(struct json_object *object, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(object, key, &value) && json_object_is_type(value, json_type_string) ?
		       json_object_get_string(value) :
		       "";
}

time_t json_time_in(struct json_object *object, const char *key)
{
	struct tm broken = { 0 };

	return strptime(json_text_in(object, key), TO_SECONDS "Z", &broken) ? timegm(&broken) : 0;
}

int64_t json_moment_in(struct json_object *object, const char *key)
{
	struct tm broken = { 0 };
	const char *rest = strptime(json_text_in(object, key), TO_SECONDS, &broken);
	unsigned int ms;

	return rest && sscanf(rest, ".%3uZ", &ms) == 1 ? (int64_t)timegm(&broken) * 1000 + ms : 0;
}

struct json_object *json_array_in(struct json_object *object, const char *key, size_t *count)
{
	struct json_object *value;

	*count = 0;
	if (!json_object_object_get_ex(object, key, &value) || !json_object_is_type(value, json_type_array))
		return NULL;
	*count = json_object_array_length(value);
	return value;
}
