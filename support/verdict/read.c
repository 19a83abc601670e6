/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fills a report: asks the kernel, the agent and the policy. */
#include "support/verdict/verdict.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "support/verdict/verdict_private.h"

#define MOMENT_MS 400 /* before a second look */

static void on_note(const char *text, void *context)
{
	verdict_note(context, "%s", text);
}

/* By what the kernel tells of sockets; without any, by what this process may do. */
static bool is_privileged(const struct transport_sources *sources)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

	if (sources->socket_count)
		return sources->sockets->all_told;
	return !syscall(SYS_capget, &header, data) && data[0].effective & 1u << CAP_NET_ADMIN;
}

static void note_what_is_not_seen(const struct verdict_wishes *wishes, struct verdict_report *report,
				  const struct transport_sources *sources)
{
	if (*wishes->root) {
		verdict_note(report, "sockets are not looked at below another root: nothing is proven");
		return;
	}
	if (!is_privileged(sources))
		verdict_note(report,
			     "not privileged (CAP_NET_ADMIN): the kernel may not have told of every record layer");
}

static void note_whose_sys(struct verdict_report *report)
{
	if (report->list.sys_elsewhere)
		verdict_note(report,
			     "/sys is of another network namespace than this one, %s: the transports that it shows "
			     "are those of there",
			     report->snapshot.namespace);
}

static int read_list(const struct verdict_wishes *wishes, struct verdict_report *report, struct error *e)
{
	struct transport_sources sources = {
		.root = wishes->root, .has_sockets = !*wishes->root, .note = on_note, .context = report
	};
	int r = sources.has_sockets ? transport_sockets_all(&report->sockets, &sources.socket_count, e) : 0;

	if (r)
		return r;
	sources.sockets = report->sockets;
	sources.sys_elsewhere = wishes->client && !*wishes->root && transport_sys_is_elsewhere();
	note_what_is_not_seen(wishes, report, &sources);
	r = transport_list_read(&sources, wishes->client, wishes->server, &report->list, e);
	if (!r)
		note_whose_sys(report);
	return r;
}

static void clean_mounts(struct verdict_report *report)
{
	for (size_t i = 0; i < report->list.mount_count; i++)
		verdict_clean(report->list.mounts[i].why);
}

static bool has_sysfs_security(const struct verdict_report *report)
{
	for (size_t i = 0; i < report->list.count; i++)
		if (!report->list.at[i].is_server && !report->list.at[i].tells_security)
			return false;
	return true;
}

/* ---- what is demanded -------------------------------------------------------------------- */

static int out_of_memory(struct error *e)
{
	return error_set(e, ENOMEM, "out of memory");
}

static void demand_of_server(struct verdict_report *report, const struct policy *policy, size_t number,
			     struct verdict_mount_demand *demand)
{
	const struct transport_server *server = &report->list.servers[number];

	verdict_server_demand_of(policy, server, demand);
	if (demand->minimum_unknown)
		verdict_note(report, "what the policy demands of a mount of %s is not known: %s", server->names[0],
			     demand->why);
}

/* Only of servers that have a transport without mounts: there are many, and the policy is asked about each name. */
static int demand_of_strays(struct verdict_report *report, const struct policy *policy, struct error *e)
{
	size_t count = report->list.server_count;
	AUTO_FREE struct verdict_mount_demand *demands = calloc(count + 1, sizeof(*demands));
	AUTO_FREE bool *asked = calloc(count + 1, sizeof(*asked));

	if (!demands || !asked)
		return out_of_memory(e);
	for (size_t i = 0; i < report->list.count; i++) {
		size_t server = report->list.at[i].server;

		if (!report->list.at[i].is_stray)
			continue;
		if (!asked[server])
			demand_of_server(report, policy, server, &demands[server]);
		asked[server] = true;
		verdict_demand_of_stray(&demands[server], &report->rows[i]);
	}
	return 0;
}

static int make_rows(struct verdict_report *report, const struct policy *policy, struct error *e)
{
	const struct transport_list *list = &report->list;

	report->demands = calloc(list->mount_count + 1, sizeof(*report->demands));
	report->rows = calloc(list->count + 1, sizeof(*report->rows));
	if (!report->demands || !report->rows)
		return out_of_memory(e);
	for (size_t i = 0; i < list->mount_count; i++) {
		verdict_mount_demand_of(policy, &list->mounts[i], list->records_unknown, &report->demands[i]);
		if (report->demands[i].minimum_unknown)
			verdict_note(report, "what the policy demands of %s is not known: %s", list->mounts[i].point,
				     report->demands[i].why);
	}
	for (size_t i = 0; i < list->count; i++) {
		struct verdict_row *row = &report->rows[i];

		row->transport = &list->at[i];
		row->asked = row->options = row->minimum = XPRTSEC_NONE;
		row->minimum_unknown = !policy;
		verdict_demand_of_mounts(report->demands, row);
	}
	return demand_of_strays(report, policy, e);
}

/* ---- ages ------------------------------------------------------------------------------------ */

/* One that was never connected again is as old as the oldest of its mounts. */
static void age_by_mounts(const struct verdict_report *report, struct verdict_row *row)
{
	const struct transport_entry *t = row->transport;

	if (!t->connected || !t->has_reconnects || t->reconnects)
		return;
	for (size_t i = 0; i < t->mount_count; i++) {
		const struct transport_mount *mount = &report->list.mounts[t->mounts[i]];

		if (!mount->has_age || (row->has_age && mount->age <= row->age))
			continue;
		row->has_age = true;
		row->age = mount->age;
	}
}

static void tell_age(const struct verdict_report *report, struct verdict_row *row)
{
	time_t age = report->snapshot.when - row->established;

	if (!row->established || row->transport->proof != TRANSPORT_ENCRYPTED) {
		age_by_mounts(report, row);
		return;
	}
	row->has_age = true;
	row->age = age > 0 ? (uint64_t)age : 0;
}

/* ---- all -------------------------------------------------------------------------------------- */

static int fill_rows(const struct verdict_wishes *wishes, const struct verdict_seen *before,
		     struct verdict_report *report, const struct policy *policy, struct error *e)
{
	int r = make_rows(report, policy, e);

	if (r)
		return r;
	verdict_ask_agent(report, *wishes->root ? 0 : wishes->agent_limit_ms);
	clean_mounts(report);
	if (!has_sysfs_security(report))
		verdict_note(report,
			     "this kernel has no xprtsec in /sys/kernel/sunrpc: the mounts' own options tell what "
			     "is configured");
	if (wishes->server && report->list.has_server)
		verdict_fill_server(wishes, report, policy);
	for (size_t i = 0; i < report->list.count; i++) {
		tell_age(report, &report->rows[i]);
		verdict_judge(&report->rows[i]);
	}
	if (before)
		verdict_give_time(report, before);
	verdict_note_callbacks(report);
	verdict_count(report);
	verdict_sort(report);
	return 0;
}

static int read_counters(const struct verdict_wishes *wishes, struct verdict_report *report, struct error *e)
{
	int r = transport_tls_counters_read(wishes->root, &report->counters, e);

	if (!r && report->counters.known && !report->counters.has_rekeys)
		verdict_note(report, "this kernel does not count changes of keys (rekeys)");
	return r;
}

/* Who may not read it still sees the connections. */
static int load_policy(const struct verdict_wishes *wishes, struct verdict_report *report, struct policy **policy,
		       struct error *e)
{
	int r = policy_load(wishes->root, wishes->config, policy, e);

	if (r != -EACCES)
		return r;
	verdict_note(report, "what the policy demands is not known: %s", e->text);
	return 0;
}

int verdict_look(const struct verdict_wishes *wishes, const struct verdict_seen *before, struct verdict_report *report,
		 struct error *e)
{
	AUTO_POLICY *policy = NULL;
	int r;

	*report = (struct verdict_report){ .wants_client = wishes->client, .wants_server = wishes->server };
	report->handshakes[0].side = "client";
	report->handshakes[1].side = "server";
	snapshot_take(wishes->root, &report->snapshot);
	report->source = wishes->config;
	r = load_policy(wishes, report, &policy, e);
	if (r)
		return r;
	report->source = "/proc/self/mountinfo";
	r = read_list(wishes, report, e);
	if (!r)
		r = fill_rows(wishes, before, report, policy, e);
	if (r)
		return r;
	report->source = "/proc/net/tls_stat";
	return read_counters(wishes, report, e);
}

/* ---- once, or twice ------------------------------------------------------------------------------ */

void verdict_free(struct verdict_report *report)
{
	free(report->sockets);
	for (size_t i = 0; report->rows && i < report->list.count; i++)
		free(report->rows[i].names);
	free(report->rows);
	free(report->demands);
	transport_list_free(&report->list);
	for (size_t i = 0; i < ARRAY_SIZE(report->handshakes); i++)
		free(report->handshakes[i].failed);
	strbuf_free(&report->notes);
}

int verdict_read(const struct verdict_wishes *wishes, struct verdict_report *report, struct error *e)
{
	return verdict_look(wishes, NULL, report, e);
}

/* A signal that shortens it does no harm. */
static void wait_a_moment(void)
{
	const struct timespec moment = { .tv_nsec = MOMENT_MS * 1000000L };

	(void)nanosleep(&moment, NULL);
}

int verdict_read_calmly(const struct verdict_wishes *wishes, struct verdict_report *report, struct error *e)
{
	struct verdict_seen seen = { 0 };
	int r = verdict_read(wishes, report, e);

	if (r || !verdict_may_change(report, !*wishes->root))
		return r;
	r = verdict_remember_clear(report, &seen, e);
	if (!r) {
		verdict_free(report);
		wait_a_moment();
		r = verdict_look(wishes, &seen, report, e);
	}
	free(seen.at);
	return r;
}
