/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "support/json/json.h"
#include "support/mounts/mounts.h"
#include "utils/nfsstat/mounts.h"
#include "utils/nfsstat/report.h"

/* ---- counters -------------------------------------------------------------------------- */

/* null for a difference from what was counted before a reset. */
static void put_count(const struct counters *of, struct json_object *to, const char *key, uint64_t value)
{
	json_object_object_add(to, key, of->was_reset ? NULL : json_object_new_uint64(value));
}

static struct json_object *block_object(const struct counters *counters, enum counters_block block)
{
	const struct counters_block_form *form = counters_block_form(counters->side, block);
	struct json_object *object = json_object_new_object();

	for (size_t i = 0; i < form->count; i++)
		put_count(counters, object, form->value[i].key, counters->value[block][i]);
	return object;
}

static struct json_object *table_object(const struct counters *counters, enum counters_table table)
{
	const struct counters_table_form *form = counters_table_form(counters->side, table);
	struct json_object *object = json_object_new_object();
	char room[COUNTERS_NAME_ROOM];

	for (size_t i = 0; i < counters->calls[table].count; i++)
		put_count(counters, object, counters_operation_name(form, i, room), counters->calls[table].at[i]);
	return object;
}

/* Zeros too, so that what is there does not depend on what happened. */
static bool wants_table(const struct cli *cli, const struct counters_table_form *form,
			const struct counters_calls *calls)
{
	return form && cli->tables && calls->count && (cli->automatic || cli->version[form->version]);
}

static struct json_object *side_object(const struct report *report, enum counters_side side)
{
	static const char *const sources[] = {
		[COUNTERS_FROM_PROC] = "proc",
		[COUNTERS_FROM_NETLINK] = "netlink",
		[COUNTERS_FROM_FILE] = "file",
	};
	const struct counters *counters = &report->side[side];
	struct json_object *object = json_object_new_object(), *calls = json_object_new_object();

	json_put_text(object, "source", sources[counters->source]);
	for (unsigned int i = 0; i < COUNTERS_BLOCKS; i++) {
		const struct counters_block_form *form = counters_block_form(side, i);

		if (form && report->cli->block[i])
			json_object_object_add(object, form->key, block_object(counters, i));
	}
	for (unsigned int i = 0; i < COUNTERS_TABLES; i++) {
		const struct counters_table_form *form = counters_table_form(side, i);

		if (wants_table(report->cli, form, &counters->calls[i]))
			json_object_object_add(calls, form->key, table_object(counters, i));
	}
	json_object_object_add(object, "calls", calls);
	return object;
}

void report_json(const struct report *report, struct strbuf *text)
{
	static const char *const keys[COUNTERS_SIDES] = { "server", "client" };
	struct json_object *object = json_object_new_object();

	snapshot_json(&report->snapshot, object);
	if (report->cli->since)
		json_put_text(object, "since", report->cli->since);
	if (report->is_interval)
		json_put_number(object, "seconds", report->seconds);
	for (unsigned int side = 0; side < COUNTERS_SIDES; side++)
		if (report->has[side])
			json_object_object_add(object, keys[side], side_object(report, side));
	json_print(object, text);
}

/* ---- mounts ---------------------------------------------------------------------------- */

/* Of a file of the kernel, which writes a blank as "\040". */
static struct json_object *field_text(const char *field, size_t size)
{
	AUTO_FREE char *text = strndup(field, size);

	if (text)
		text_unescape_octal(text);
	return json_bytes(text);
}

static void put_field(struct json_object *to, const char *key, const char *field)
{
	json_object_object_add(to, key, field_text(field, strlen(field)));
}

/* Up to the next comma; those between quotes, as in the context of SELinux, are part of a word. */
static size_t option_size(const char *options)
{
	size_t size = 0;

	for (bool quoted = false; options[size] && (quoted || options[size] != ','); size++)
		quoted ^= options[size] == '"';
	return size;
}

/* A list with commas becomes an array. */
static struct json_object *options_array(const char *options)
{
	struct json_object *array = json_object_new_array();

	while (*options) {
		size_t size = option_size(options);

		if (size)
			json_object_array_add(array, field_text(options, size));
		options += size + (options[size] ? 1 : 0);
	}
	return array;
}

static void add_mount(const struct proc_mount *mount, struct json_object *array)
{
	struct json_object *object = json_object_new_object();

	put_field(object, "source", mount->source);
	put_field(object, "path", mount->path);
	json_put_text(object, "type", mount->type);
	json_object_object_add(object, "options", options_array(mount->options));
	json_object_array_add(array, object);
}

void mounts_json(const struct snapshot *snapshot, char *mounts, struct strbuf *text)
{
	struct json_object *object = json_object_new_object(), *array = json_object_new_array();
	struct proc_mount mount;

	snapshot_json(snapshot, object);
	while (proc_mounts_next(&mounts, &mount))
		add_mount(&mount, array);
	json_object_object_add(object, "mounts", array);
	json_print(object, text);
}
