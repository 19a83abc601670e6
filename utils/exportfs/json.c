/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/exportfs/json.h"

#include "support/json/json.h"

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
			json_object_array_add(array, json_text(xprtsec_word(modes[i])));
	return array;
}

static struct json_object *flavors_of(const struct export_options *options)
{
	struct json_object *array = json_object_new_array();

	for (unsigned int i = 0; i < options->sec_count; i++)
		json_object_array_add(array, json_text(options->sec[i].word));
	if (!options->sec_count)
		json_object_array_add(array, json_text("sys"));
	return array;
}

static struct json_object *export_object(const struct export *export)
{
	struct json_object *object = json_object_new_object();
	AUTO_STRBUF options = { 0 };

	export_options_format_etab(export->options, export_sec_flags, &options);
	json_put_bytes(object, "path", export->path);
	json_put_bytes(object, "client", export->client->form.type == EXPORT_WORLD ? "*" : export->client->name);
	json_put_text(object, "type", type_words[export->client->form.type]);
	json_put_bool(object, "read_only", export->options->flags & NFSEXP_READONLY);
	json_object_object_add(object, "sec", flavors_of(export->options));
	json_object_object_add(object, "xprtsec", modes_of(export->options->xprtsec));
	json_put_bytes(object, "options", options.text ? options.text : "");
	return object;
}

void json_exports(const struct export_table *table, struct strbuf *out)
{
	struct json_object *array = json_object_new_array();

	for (const struct export *export = export_table_first(table); export; export = export_table_next(table, export))
		json_object_array_add(array, export_object(export));
	json_print(array, out);
}
