/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json: what the reports of all commands have in common. */
#ifndef NFSTLS_NFSTLS_JSON_H
#define NFSTLS_NFSTLS_JSON_H

#include <json-c/json.h>

#include "support/base/base.h"

/*
 * Escaped: what comes from a certificate, a file or the command line need not be UTF-8.  null for NULL and "".
 */
void json_put_text(struct json_object *to, const char *key, const char *text);
void json_put_bool(struct json_object *to, const char *key, bool value);
void json_put_number(struct json_object *to, const char *key, int64_t value);

/* Appends it as text with a newline, and frees it. */
void json_print(struct json_object *object, struct strbuf *out);

#endif
