/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a value is shown in a table, and in JSON: by its kind, whatever fact it is of. */
#include <string.h>

#include "support/json/json.h"
#include "utils/nfsstat/tls.h"

bool tls_field_is_of(const struct tls_field *field, bool is_server)
{
	return field->of == TLS_BOTH || (field->of == TLS_SERVER) == is_server;
}

/* ---- in a table ------------------------------------------------------------------------------ */

void tls_add_text(const struct tls_view *view, const char *text, struct strbuf *out)
{
	size_t size = strlen(text);

	if (!size)
		strbuf_addf(out, "-");
	for (size_t part; size; text += part, size -= part) {
		part = view->wide ? strcspn(text, " ") : size;
		strbuf_add_escaped(out, text, part);
		if (part < size) {
			strbuf_addf(out, "\\x20");
			part++;
		}
	}
}

static void add_list(const struct tls_view *view, const struct tls_value *value, struct strbuf *out)
{
	char names[256];

	text_list_show(value->text, value->number, names, sizeof(names));
	tls_add_text(view, names, out);
}

static void add_time(const struct tls_view *view, const struct tls_value *value, struct strbuf *out)
{
	const time_t when = (time_t)value->number;
	char text[48] = "";
	struct tm broken;

	if (when > 0 && gmtime_r(&when, &broken))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &broken);
	tls_add_text(view, text, out);
}

static void add_seconds(uint64_t seconds, struct strbuf *out)
{
	static const struct {
		uint64_t seconds;
		char unit;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	size_t i = 0;

	while (i + 1 < ARRAY_SIZE(units) && seconds < units[i].seconds)
		i++;
	strbuf_addf(out, "%llu%c", (unsigned long long)(seconds / units[i].seconds), units[i].unit);
}

static void add_value(const struct tls_view *view, const struct tls_value *value, struct strbuf *out)
{
	switch (value->kind) {
	case TLS_UNKNOWN:
		strbuf_addf(out, "unknown");
		break;
	case TLS_NOTHING:
		strbuf_addf(out, "-");
		break;
	case TLS_TEXT:
		tls_add_text(view, value->text, out);
		break;
	case TLS_LIST:
		add_list(view, value, out);
		break;
	case TLS_NUMBER:
		strbuf_addf(out, "%llu", (unsigned long long)value->number);
		break;
	case TLS_SECONDS:
		add_seconds(value->number, out);
		break;
	case TLS_TIME:
		add_time(view, value, out);
		break;
	case TLS_FLAG:
		strbuf_addf(out, "%s", value->number ? "yes" : "no");
		break;
	}
}

void tls_field_cell(const struct tls_field *field, const struct tls_view *view, struct strbuf *out)
{
	struct tls_value value;
	char room[TLS_ROOM];

	if (field->cell) {
		field->cell(view, out);
		return;
	}
	value = field->get(view, room);
	add_value(view, &value, out);
}

/* ---- in JSON ----------------------------------------------------------------------------------- */

struct json_object *tls_field_json(const struct tls_field *field, const struct tls_view *view)
{
	struct tls_value value;
	char room[TLS_ROOM];

	if (field->json)
		return field->json(view);
	value = field->get(view, room);
	switch (value.kind) {
	case TLS_UNKNOWN:
	case TLS_NOTHING:
		return NULL;
	case TLS_TEXT:
		return json_text(value.text);
	case TLS_LIST:
		return json_list(value.text);
	case TLS_NUMBER:
	case TLS_SECONDS:
		return json_object_new_int64((int64_t)value.number);
	case TLS_TIME:
		return json_time((time_t)value.number);
	case TLS_FLAG:
		return json_object_new_boolean(value.number != 0);
	}
	return NULL;
}
