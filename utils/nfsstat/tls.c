/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fills a report: asks the kernel, the agent and the policy. */
#include "utils/nfsstat/tls.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "utils/nfsstat/tls_private.h"

void tls_note(struct tls_report *report, const char *fmt, ...)
{
	char text[600];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	tls_clean(text);
	strbuf_addf(&report->notes, "%s\n", text);
}

static void on_note(const char *text, void *context)
{
	tls_note(context, "%s", text);
}

static void name_namespace(struct tls_report *report)
{
	ssize_t size = readlink("/proc/self/ns/net", report->namespace, sizeof(report->namespace) - 1);

	report->namespace[size > 0 ? size : 0] = '\0';
}

static int read_list(const struct tls_wishes *wishes, struct tls_report *report, struct error *e)
{
	struct transport_sources sources = { .root = wishes->root, .note = on_note, .context = report };
	int r = *wishes->root ? 0 : transport_sockets_all(&report->sockets, &sources.socket_count, e);

	if (r)
		return r;
	if (*wishes->root)
		tls_note(report, "sockets are not looked at below another root: nothing is proven");
	sources.has_sockets = !*wishes->root;
	sources.sockets = report->sockets;
	if (sources.socket_count && !report->sockets->all_told)
		tls_note(report, "not privileged (CAP_NET_ADMIN): the kernel may not have told of every record layer");
	return transport_list_read(&sources, wishes->client, wishes->server, &report->list, e);
}

static void clean_mounts(struct tls_report *report)
{
	for (size_t i = 0; i < report->list.mount_count; i++)
		tls_clean(report->list.mounts[i].why);
}

static bool has_sysfs_security(const struct tls_report *report)
{
	for (size_t i = 0; i < report->list.count; i++)
		if (!report->list.at[i].is_server && !report->list.at[i].tells_security)
			return false;
	return true;
}

/* NULL without memory; the caller frees. */
static struct tls_mount_demand *demands_of_mounts(const struct tls_report *report, const struct policy *policy)
{
	struct tls_mount_demand *demands = calloc(report->list.mount_count + 1, sizeof(*demands));

	for (size_t i = 0; demands && i < report->list.mount_count; i++)
		tls_mount_demand_of(policy, &report->list.mounts[i], &demands[i]);
	return demands;
}

static int fill_rows(const struct tls_wishes *wishes, struct tls_report *report, const struct policy *policy,
		     struct error *e)
{
	AUTO_FREE struct tls_mount_demand *demands = demands_of_mounts(report, policy);

	report->rows = calloc(report->list.count + 1, sizeof(*report->rows));
	if (!demands || !report->rows)
		return error_set(e, ENOMEM, "out of memory");
	for (size_t i = 0; i < report->list.count; i++) {
		struct tls_row *row = &report->rows[i];

		row->transport = &report->list.at[i];
		row->asked = row->minimum = XPRTSEC_NONE;
		row->minimum_unknown = !policy;
		if (!row->transport->is_server)
			tls_demand_of_mounts(demands, row);
	}
	if (!*wishes->root)
		tls_ask_agent(report);
	clean_mounts(report);
	if (!has_sysfs_security(report))
		tls_note(report, "this kernel has no xprtsec in /sys/kernel/sunrpc: the mounts' own options tell what "
				 "is configured");
	if (wishes->server && report->list.has_server)
		tls_fill_server(wishes, report, policy);
	for (size_t i = 0; i < report->list.count; i++)
		tls_judge(&report->rows[i]);
	tls_count(report);
	return 0;
}

/* Who may not read it still sees the connections. */
static int load_policy(const struct tls_wishes *wishes, struct tls_report *report, struct policy **policy,
		       struct error *e)
{
	int r = policy_load(wishes->root, wishes->config, policy, e);

	if (r != -EACCES)
		return r;
	tls_note(report, "what the policy demands is not known: %s", e->text);
	return 0;
}

int tls_read(const struct tls_wishes *wishes, struct tls_report *report, struct error *e)
{
	AUTO_POLICY *policy = NULL;
	int r;

	*report = (struct tls_report){ .when = time(NULL), .wants_client = wishes->client,
				       .wants_server = wishes->server };
	report->handshakes[0].side = "client";
	report->handshakes[1].side = "server";
	if (!*wishes->root)
		name_namespace(report);
	r = load_policy(wishes, report, &policy, e);
	if (!r)
		r = read_list(wishes, report, e);
	if (!r)
		r = fill_rows(wishes, report, policy, e);
	return r ? r : transport_tls_counters_read(wishes->root, &report->counters, e);
}

void tls_free(struct tls_report *report)
{
	transport_list_free(&report->list);
	free(report->sockets);
	free(report->rows);
	for (size_t i = 0; i < ARRAY_SIZE(report->handshakes); i++)
		free(report->handshakes[i].failed);
	strbuf_free(&report->notes);
}
