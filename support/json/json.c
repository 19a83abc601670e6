/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/json/json.h"

void json_put_text(struct json_object *to, const char *key, const char *text)
{
	AUTO_STRBUF escaped = { 0 };

	for (const char *at = text; at && *at; at++)
		if (*at >= 0x20 && *at < 0x7f)
			strbuf_add(&escaped, at, 1);
		else
			strbuf_addf(&escaped, "\\x%02x", (unsigned char)*at);
	json_object_object_add(to, key, escaped.size && !escaped.failed ? json_object_new_string(escaped.text) : NULL);
}

void json_put_bool(struct json_object *to, const char *key, bool value)
{
	json_object_object_add(to, key, json_object_new_boolean(value));
}

void json_put_number(struct json_object *to, const char *key, int64_t value)
{
	json_object_object_add(to, key, json_object_new_int64(value));
}

void json_put_time(struct json_object *to, const char *key, time_t when)
{
	char text[32] = "";
	struct tm broken;

	if (when > 0 && gmtime_r(&when, &broken))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &broken);
	json_put_text(to, key, text);
}

void json_print(struct json_object *object, struct strbuf *out)
{
	strbuf_addf(out, "%s\n",
		    json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}
