/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/exportfs/json.h"

#include <json-c/json.h>
#include <string.h>

/* Text from files need not be UTF-8, which JSON has to be: bytes above 0x7e become \xHH. */
static void put_text(struct json_object *to, const char *key, const char *text)
{
	AUTO_STRBUF clean = { 0 };

	strbuf_add_escaped(&clean, text, strlen(text));
	json_object_object_add(to, key, clean.text ? json_object_new_string(clean.text) : json_object_new_string(""));
}

static void print(struct json_object *array, struct strbuf *out)
{
	const char *text = array ? json_object_to_json_string_ext(array, JSON_C_TO_STRING_PRETTY |
										 JSON_C_TO_STRING_NOSLASHESCAPE) :
				   NULL;

	if (text)
		strbuf_addf(out, "%s\n", text);
	else
		out->failed = true;
	json_object_put(array);
}

/* ---- listings -------------------------------------------------------------------------------- */

static const char *const type_words[EXPORT_CLIENT_TYPES] = {
	[EXPORT_HOST] = "host",		[EXPORT_SUBNET] = "subnet", [EXPORT_WILDCARD] = "wildcard",
	[EXPORT_NETGROUP] = "netgroup", [EXPORT_WORLD] = "world",   [EXPORT_GSS] = "gss",
};

static struct json_object *modes_of(unsigned int set)
{
	static const enum xprtsec modes[] = { XPRTSEC_NONE, XPRTSEC_TLS, XPRTSEC_MTLS };
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		if (!set || set & modes[i])
			json_object_array_add(array, json_object_new_string(xprtsec_word(modes[i])));
	return array;
}

static struct json_object *flavors_of(const struct export_options *options)
{
	struct json_object *array = json_object_new_array();

	for (unsigned int i = 0; i < options->sec_count; i++)
		json_object_array_add(array, json_object_new_string(options->sec[i].word));
	if (!options->sec_count)
		json_object_array_add(array, json_object_new_string("sys"));
	return array;
}

static struct json_object *export_object(const struct export *export)
{
	struct json_object *object = json_object_new_object();
	AUTO_STRBUF options = { 0 };

	export_options_format_etab(export->options, export_sec_flags, &options);
	put_text(object, "path", export->path);
	put_text(object, "client", export->client->form.type == EXPORT_WORLD ? "*" : export->client->name);
	put_text(object, "type", type_words[export->client->form.type]);
	json_object_object_add(object, "read_only", json_object_new_boolean(export->options->flags & NFSEXP_READONLY));
	json_object_object_add(object, "sec", flavors_of(export->options));
	json_object_object_add(object, "xprtsec", modes_of(export->options->xprtsec));
	put_text(object, "options", options.text ? options.text : "");
	return object;
}

void json_exports(const struct export_table *table, struct strbuf *out)
{
	struct json_object *array = json_object_new_array();

	for (const struct export *export = export_table_first(table); export; export = export_table_next(table, export))
		json_object_array_add(array, export_object(export));
	print(array, out);
}

/* ---- findings ------------------------------------------------------------------------------------ */

const char *json_severity_word(enum export_severity severity)
{
	static const char *const words[] = { "remark", "warning", "error" };

	return words[severity];
}

static struct json_object *finding_object(const struct finding *finding)
{
	struct json_object *object = json_object_new_object();
	bool placed = finding->place.file && finding->place.line;

	put_text(object, "severity", json_severity_word(finding->severity));
	if (finding->place.file)
		put_text(object, "file", finding->place.file);
	else
		json_object_object_add(object, "file", NULL);
	json_object_object_add(object, "line", placed ? json_object_new_int64((int64_t)finding->place.line) : NULL);
	json_object_object_add(object, "column", placed ? json_object_new_int64((int64_t)finding->place.column) : NULL);
	put_text(object, "text", finding->text);
	return object;
}

void json_findings(const struct finding *findings, size_t count, struct strbuf *out)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < count; i++)
		json_object_array_add(array, finding_object(&findings[i]));
	print(array, out);
}
