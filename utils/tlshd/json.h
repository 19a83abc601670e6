/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json: the forms that the agent's answers have in common, private to this folder. */
#ifndef NFSTLS_TLSHD_JSON_H
#define NFSTLS_TLSHD_JSON_H

#include <json-c/json.h>
#include <stdint.h>
#include <time.h>

/* null for an empty text. */
void json_add_text(struct json_object *to, const char *key, const char *text);

void json_add_number(struct json_object *to, const char *key, int64_t number);

/* RFC 3339, UTC; null for a time that is not known, which is 0 or less. */
void json_add_time(struct json_object *to, const char *key, time_t when);

/* The same with three digits of the second's fraction, of milliseconds since 1970. */
void json_add_moment(struct json_object *to, const char *key, int64_t when_ms);

/* A new object that only says what went wrong; NULL without memory. */
struct json_object *json_error(const char *text);

#endif
