/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfscert/taken.h"

#include <stdlib.h>
#include <unistd.h>

#include "support/agent/agent.h"

#include <uthash.h>

/* One certificate of its answer, whose texts these are. */
struct entry {
	const char *name, *serial;
	UT_hash_handle hh;
};

struct taken {
	struct json_object *answer;
	struct entry *by_name;
};

static const char *text_of(struct json_object *object, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(object, key, &value) ? json_object_get_string(value) : NULL;
}

/* One that both roles have is there twice. */
static void add(struct taken *taken, struct json_object *certificate)
{
	const char *name = text_of(certificate, "name"), *serial = text_of(certificate, "serial");
	struct entry *entry = NULL;

	if (!name || !serial)
		return;
	HASH_FIND_STR(taken->by_name, name, entry);
	if (entry)
		return;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return;
	entry->name = name;
	entry->serial = serial;
	HASH_ADD_KEYPTR(hh, taken->by_name, name, strlen(name), entry);
	if (!entry->hh.tbl)
		free(entry);
}

struct taken *taken_ask(void)
{
	struct json_object *answer, *all;
	struct taken *taken;
	struct error ignored;

	if (geteuid() != 0)
		return NULL;
	answer = agent_ask_object("status", AGENT_LIMIT_MS, &ignored);
	taken = answer ? calloc(1, sizeof(*taken)) : NULL;
	if (!taken) {
		json_object_put(answer);
		return NULL;
	}
	taken->answer = answer;
	if (!json_object_object_get_ex(answer, "certificates", &all) || !json_object_is_type(all, json_type_array))
		return taken;
	for (size_t i = 0; i < json_object_array_length(all); i++)
		add(taken, json_object_array_get_idx(all, i));
	return taken;
}

void taken_free(struct taken *taken)
{
	struct entry *entry, *next;

	if (!taken)
		return;
	HASH_ITER(hh, taken->by_name, entry, next) {
		HASH_DEL(taken->by_name, entry);
		free(entry);
	}
	json_object_put(taken->answer);
	free(taken);
}

const char *taken_serial(const struct taken *taken, const char *name)
{
	struct entry *entry = NULL;

	if (taken)
		HASH_FIND_STR(taken->by_name, name, entry);
	return entry ? entry->serial : NULL;
}
