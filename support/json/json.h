/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json: what the reports of all programs have in common.  Text from certificates, files and command lines need not be
 * UTF-8, and times are shown in one form.
 */
#ifndef NFSTLS_JSON_H
#define NFSTLS_JSON_H

#include <json-c/json.h>
#include <time.h>

#include "support/base/base.h"

/*
 * Escaped: what comes from a certificate, a file or the command line need not be UTF-8.  null for NULL and "", which
 * json-c writes for NULL.  An object that is returned is the caller's.
 */
struct json_object *json_text(const char *text);
void json_put_text(struct json_object *to, const char *key, const char *text);
/* A list of texts (text_list_add()) as an array. */
struct json_object *json_list(const char *list);
void json_put_list(struct json_object *to, const char *key, const char *list);

/*
 * The same of what may be any bytes, and has to be found again: a path, a client, an option.  Each \xHH in it stands
 * for a byte, and nothing else does: a backslash that would read so becomes \x5c, and any other stays as it is.
 */
struct json_object *json_bytes(const char *bytes);
void json_put_bytes(struct json_object *to, const char *key, const char *bytes);

void json_put_bool(struct json_object *to, const char *key, bool value);
void json_put_number(struct json_object *to, const char *key, int64_t value);

/* RFC 3339, UTC; null for a time that is not known, which is 0 or less. */
struct json_object *json_time(time_t when);
void json_put_time(struct json_object *to, const char *key, time_t when);

/* The same of milliseconds since 1970, with three digits behind the seconds. */
void json_put_moment(struct json_object *to, const char *key, int64_t when_ms);

/* Appends it as text with a newline, and frees it. */
void json_print(struct json_object *object, struct strbuf *out);

/*
 * The same with an array of very many, whose elements are made one by one as they are printed, and freed at once: it
 * takes the place of the object's member of that name, which is null.
 */
struct json_rows {
	const char *key;
	size_t count;
	struct json_object *(*make)(const void *context, size_t number);
	const void *context;
};
void json_print_rows(struct json_object *object, const struct json_rows *rows, struct strbuf *out);

/* ---- what others have written ------------------------------------------- */

/* The member's text, which belongs to the object; "" for no object, no such member and one that is no text. */
const char *json_text_in(struct json_object *object, const char *key);

/* Times as json_put_time() and json_put_moment() write them; 0 where there is none. */
time_t json_time_in(struct json_object *object, const char *key);
int64_t json_moment_in(struct json_object *object, const char *key);

/* The member that is an array, which belongs to the object, and how long it is; NULL and 0 as above. */
struct json_object *json_array_in(struct json_object *object, const char *key, size_t *count);

#endif
