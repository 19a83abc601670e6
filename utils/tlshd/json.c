/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/json.h"

void json_add_text(struct json_object *to, const char *key, const char *text)
{
	json_object_object_add(to, key, *text ? json_object_new_string(text) : NULL);
}

void json_add_number(struct json_object *to, const char *key, int64_t number)
{
	json_object_object_add(to, key, json_object_new_int64(number));
}

void json_add_time(struct json_object *to, const char *key, time_t when)
{
	char text[32] = "";
	struct tm broken;

	if (when > 0 && gmtime_r(&when, &broken))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &broken);
	json_add_text(to, key, text);
}

struct json_object *json_error(const char *text)
{
	struct json_object *answer = json_object_new_object();

	json_add_text(answer, "error", text);
	return answer;
}
