/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/json.h"

#include <stdio.h>

void json_add_text(struct json_object *to, const char *key, const char *text)
{
	json_object_object_add(to, key, *text ? json_object_new_string(text) : NULL);
}

void json_add_number(struct json_object *to, const char *key, int64_t number)
{
	json_object_object_add(to, key, json_object_new_int64(number));
}

static void add_time(struct json_object *to, const char *key, time_t when, const char *rest)
{
	char text[64] = "";
	struct tm broken;
	size_t size;

	if (when > 0 && gmtime_r(&when, &broken)) {
		size = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &broken);
		snprintf(text + size, sizeof(text) - size, "%s", rest);
	}
	json_add_text(to, key, text);
}

void json_add_time(struct json_object *to, const char *key, time_t when)
{
	add_time(to, key, when, "Z");
}

void json_add_moment(struct json_object *to, const char *key, int64_t when_ms)
{
	char rest[16];

	snprintf(rest, sizeof(rest), ".%03uZ", (unsigned int)(when_ms % 1000));
	add_time(to, key, (time_t)(when_ms / 1000), rest);
}

struct json_object *json_error(const char *text)
{
	struct json_object *answer = json_object_new_object();

	json_add_text(answer, "error", text);
	return answer;
}
