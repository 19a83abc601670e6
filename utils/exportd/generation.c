/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/exportd/generation.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/names/names.h"

/* Questions wait meanwhile. */
#define HOSTS_LIMIT_MS 5000

static void exports_free(struct exports *exports)
{
	if (!exports)
		return;
	access_free(exports->access);
	export_table_free(exports->table);
	hosts_free(exports->hosts);
	export_list_free(exports->list);
	rules_release(exports->rules);
	free(exports);
}

void generation_free(struct generation *generation)
{
	if (!generation)
		return;
	handle_index_free(generation->handles);
	policy_sections_free(generation->sections);
	volumes_free(generation->volumes);
	if (generation->exports && --generation->exports->users == 0)
		exports_free(generation->exports);
	free(generation);
}

void generation_stamp(const struct generation_source *source, struct file_stamp *stamp)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", source->state_folder, EXPORT_ETAB_NAME);
	file_stamp_take(path, stamp);
}

/* ---- etab ----------------------------------------------------------------------------------- */

/* What stands in a line that cannot be read may be what keeps a client out. */
static int check_whole(const struct export_list *list, struct error *e)
{
	for (size_t i = 0; i < export_list_problem_count(list); i++) {
		const struct export_problem *problem = export_list_problem(list, i);

		if (problem->severity >= EXPORT_ERROR)
			return error_set(e, EINVAL, "%s:%u:%u: %s", problem->place.file, problem->place.line,
					 problem->place.column, problem->text);
	}
	return 0;
}

static int read_etab(const struct generation_source *source, struct exports *exports, struct error *e)
{
	AUTO_EXPORT_STATE state = { .lock = -1 };
	int r = export_state_open(&state, source->state_folder, false, e);

	if (r)
		return r;
	generation_stamp(source, &exports->etab); /* under the lock: what is stamped is what is read */
	r = export_state_read(&state, exports->list, e);
	if (r == -ENOENT)
		return 0;
	return r ? r : check_whole(exports->list, e);
}

/* Names of hosts are resolved here, once for each change of etab, and not when a client comes. */
static int fill_table(struct exports *exports, const struct exports *before, struct error *e)
{
	const size_t count = export_list_count(exports->list);
	int r = 0;

	for (size_t i = 0; i < count; i++)
		if (hosts_want(exports->hosts, export_list_at(exports->list, i)->client))
			return error_set(e, ENOMEM, "out of memory");
	r = hosts_resolve_within(exports->hosts, HOSTS_LIMIT_MS, e);
	if (!r && before && hosts_remember(exports->hosts, before->hosts, &exports->remembered))
		r = error_set(e, ENOMEM, "out of memory");
	for (size_t i = 0; !r && i < count; i++) {
		const struct export_entry *entry = export_list_at(exports->list, i);
		const struct export_host *host;
		enum host_state state = hosts_find(exports->hosts, entry->client, &host);
		struct export *export;

		exports->unresolved += state == HOST_GONE || state == HOST_UNANSWERED;
		r = export_table_add(exports->table, entry, host, &export, e);
		if (r == 1) /* a second line for the same: the first counts, as everywhere */
			r = 0;
	}
	return r;
}

/* ---- policy ------------------------------------------------------------------------------------ */

/* What an export offers by its own section; 0: it is refused.  What else it serves is looked at when it is answered. */
static unsigned int effective_modes(const struct export *export, void *context)
{
	const struct policy *policy = context;
	struct policy_judgement answer;
	AUTO_STRBUF text = { 0 };

	policy_judge_export_alone(policy, export->path, export->options, &answer, &text);
	return answer.modes;
}

static int exports_build(const struct generation_source *source, struct exports **built, struct error *e)
{
	struct exports *exports = calloc(1, sizeof(*exports));
	int r;

	if (!exports)
		return error_set(e, ENOMEM, "out of memory");
	exports->list = export_list_new();
	exports->table = export_table_new();
	exports->hosts = hosts_new();
	r = exports->list && exports->table && exports->hosts ? 0 : error_set(e, ENOMEM, "out of memory");
	exports->rules = source->rules;
	exports->rules->users++;
	exports->policy = exports->rules->policy;
	if (!r)
		r = read_etab(source, exports, e);
	if (!r)
		r = fill_table(exports, source->before, e);
	if (!r)
		r = access_new(exports->table, effective_modes, exports->rules->policy, &exports->access, e);
	if (r)
		exports_free(exports);
	else
		*built = exports;
	return r;
}

int generation_build(const struct generation_source *source, struct exports *same, struct generation **built,
		     struct error *e)
{
	struct generation *generation = calloc(1, sizeof(*generation));
	int r = generation ? 0 : error_set(e, ENOMEM, "out of memory");

	if (!r && !same)
		r = exports_build(source, &same, e);
	if (!r) {
		generation->exports = same;
		same->users++;
		r = volumes_new(source->volume_calls, &generation->volumes, e);
	}
	if (!r)
		r = policy_sections_new(same->policy, volumes_tree(generation->volumes), &generation->sections, e);
	if (!r)
		r = handle_index_new(same->access, generation->volumes, &generation->handles, e);
	if (r)
		generation_free(generation);
	else
		*built = generation;
	return r;
}

bool generation_demands_as(const struct generation *a, const struct generation *b)
{
	return policy_sections_equal(a->sections, b->sections);
}
