/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exportfs --check: what is wrong with exports files, without touching anything. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

#include "support/access/access.h"
#include "support/command/command.h"
#include "support/finding/finding.h"
#include "support/names/names.h"
#include "utils/exportfs/certificate.h"
#include "utils/exportfs/paths.h"
#include "utils/exportfs/run.h"

#define FILE_MAX (256u << 20)

struct check {
	struct run *run;
	struct findings findings;
	bool failed; /* without memory */
	bool certificate_examined;
	const char *source; /* what is read: of what keeps all from being examined */
};

/* ---- findings -------------------------------------------------------------------------------- */

static void find(struct check *check, enum finding_level level, const char *subject, const struct export_place *place,
		 const char *fmt, ...) PRINTF_LIKE(5, 6);

static void find(struct check *check, enum finding_level level, const char *subject, const struct export_place *place,
		 const char *fmt, ...)
{
	AUTO_STRBUF source = { 0 };
	va_list arguments;

	if (place->file && place->line)
		strbuf_addf(&source, "%s:%u:%u", place->file, place->line, place->column);
	else if (place->file)
		strbuf_addf(&source, "%s", place->file);
	check->failed |= source.failed;
	va_start(arguments, fmt);
	findings_add_list(&check->findings, level, "exports", subject, NULL, source.text, fmt, arguments);
	va_end(arguments);
}

/* ---- one export ---------------------------------------------------------------------------------- */

/* File systems that the kernel's server does not serve, or only with a number (linux/magic.h). */
static const struct {
	long magic;
	const char *name;
	bool with_fsid; /* fsid= makes it possible */
} file_systems[] = {
	{ 0x9fa0, "proc", false },	  { 0x62656572, "sysfs", false },      { 0x1cd1, "devpts", false },
	{ 0x27e0eb, "cgroup", false },	  { 0x63677270, "cgroup2", false },    { 0x64626720, "debugfs", false },
	{ 0x74726163, "tracefs", false }, { 0x73636673, "securityfs", false }, { 0x62656570, "configfs", false },
	{ 0xcafe4a11, "bpf", false },	  { 0x01021994, "tmpfs", true },       { 0x6969, "nfs", true },
	{ 0x794c7630, "overlay", true },  { 0x65735546, "fuse", true },
};

static void check_file_system(struct check *check, const struct export *export)
{
	bool has_fsid = export->options->flags & NFSEXP_FSID || export->options->uuid;
	struct statfs st;

	if (*check->run->settings.root || statfs(export->path, &st) < 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(file_systems); i++) {
		if ((unsigned long)st.f_type != (unsigned long)file_systems[i].magic)
			continue;
		if (!file_systems[i].with_fsid)
			find(check, FINDING_FAILURE, export->path, &export->place,
			     "%s does not support NFS export: it is on %s", export->path, file_systems[i].name);
		else if (!has_fsid && !paths_has_identity(export->path))
			find(check, FINDING_FAILURE, export->path, &export->place,
			     "%s requires fsid= for NFS export: "
			     "it is on %s",
			     export->path, file_systems[i].name);
	}
}

static void check_path(struct check *check, const struct export *export)
{
	const struct path_facts *facts;

	if (*export->path != '/') {
		find(check, FINDING_FAILURE, export->path, &export->place, "%s is not an absolute path", export->path);
		return;
	}
	facts = paths_facts(check->run->paths, export->path);
	if (!facts)
		check->failed = true;
	else if (facts->error)
		find(check, FINDING_FAILURE, export->path, &export->place, "Failed to stat %s: %s", export->path,
		     strerror(facts->error));
	else if (!S_ISDIR(facts->st.st_mode))
		find(check, FINDING_FAILURE, export->path, &export->place,
		     "%s is not a directory. Remote access will fail", export->path);
	else
		check_file_system(check, export);
}

/* Once: it is the same for all that offer TLS. */
static void check_certificate(struct check *check, const struct export *export)
{
	struct error e;
	int r;

	if (check->certificate_examined || !(export->options->xprtsec & (XPRTSEC_TLS | XPRTSEC_MTLS)))
		return;
	check->certificate_examined = true;
	r = certificate_examine(check->run->policy, &e);
	if (r == -EACCES)
		find(check, FINDING_UNKNOWN, export->path, &export->place,
		     "only root can examine the certificate for xprtsec=");
	else if (r)
		find(check, FINDING_FAILURE, export->path, &export->place,
		     "xprtsec= offers TLS, "
		     "but this server has no usable certificate: %s",
		     e.text);
}

/* ---- overlapping clients ---------------------------------------------------------------------------- */

/* The address that stands for a client: any one of a host, the first of a subnet. */
static const struct ip_address *address_for(const struct export_client *client)
{
	if (client->form.type == EXPORT_HOST && client->address_count)
		return &client->addresses[0];
	return client->form.address.size ? &client->form.address : NULL;
}

static void say_overlap(struct check *check, const struct export *export, const struct export *other)
{
	if (export == other || export->options == other->options)
		return;
	find(check, FINDING_WARNING, export->path, &export->place,
	     "%s: %s is also %s, with other options: those of %s count", export->path, export->client->name,
	     other->client->name, export->client->name);
}

/* Of all clients that this one is, too, the next one in the order in which they are matched. */
static void check_overlap(struct check *check, const struct access *access, const struct export *export)
{
	const struct ip_address *address = address_for(export->client);
	const char *names[] = { export->client->name };
	struct access_client client = { .names = names, .name_count = export->client->form.type == EXPORT_HOST };
	AUTO_ACCESS_SCOPE scope = { 0 };

	if (!address)
		return;
	client.address = *address;
	if (access_scope_of(access, &client, &scope)) {
		check->failed = true;
		return;
	}
	for (size_t i = 0; i < scope.count; i++) {
		const struct export_client *other = access_client_at(access, scope.clients[i]);
		const struct export *same;

		if (other == export->client || other->form.type < export->client->form.type)
			continue;
		same = export_table_find(check->run->table, export->path, other->name, NULL);
		if (!same)
			continue;
		say_overlap(check, export, same);
		return;
	}
}

static void check_overlaps(struct check *check)
{
	struct access *access;
	struct error e;

	if (access_new(check->run->table, access_modes_as_written, NULL, &access, &e)) {
		check->failed = true;
		return;
	}
	for (const struct export *export = export_table_first(check->run->table); export;
	     export = export_table_next(check->run->table, export))
		check_overlap(check, access, export);
	access_free(access);
}

/* ---- all ------------------------------------------------------------------------------------------------ */

static void add_entry(struct check *check, const struct export_entry *from)
{
	struct run *run = check->run;
	struct export_entry entry = *from;
	const struct export_host *host;
	enum host_state state = hosts_find(run->hosts, from->client, &host);
	struct export *export;
	struct error e;
	int r;

	entry.path = paths_resolve(run->paths, from->path);
	if (state == HOST_GONE || state == HOST_UNANSWERED) {
		find(check, FINDING_FAILURE, from->path, &from->place, "Failed to resolve %s%s", from->client,
		     state == HOST_UNANSWERED ? ": no name server answers" : "");
		host = NULL; /* its other faults can be told all the same */
	}
	r = entry.path ? export_table_add(run->table, &entry, host, &export, &e) : -ENOMEM;
	if (r == -EINVAL)
		find(check, FINDING_FAILURE, from->path, &from->place, "%s", e.text);
	else if (r < 0)
		check->failed = true;
	else if (r == 1)
		find(check, FINDING_FAILURE, from->path, &from->place,
		     "duplicated export entry: %s:%s is already in line %u", from->client, entry.path,
		     export->place.line);
}

/* ---- the policy, and exports in exports ----------------------------------------------------------------- */

static void say_refused(const struct export *export, const char *why, void *check)
{
	find(check, FINDING_FAILURE, export->path, &export->place, "%s:%s is %s", export->client->name, export->path,
	     why);
}

static void say_chosen(const struct export *export, const char *why, void *check)
{
	find(check, FINDING_OK, export->path, &export->place, "%s:%s %s", export->client->name, export->path, why);
}

static void say_nested(const struct export_place *place, const char *text, void *check)
{
	find(check, FINDING_WARNING, place->file, place, "%s", text);
}

/* What is said of peers must not be taken for more than it is. */
static void check_peers(struct check *check, const struct export *export)
{
	const struct policy *policy = check->run->policy;
	struct policy_export answer;
	AUTO_STRBUF line = { 0 };
	struct error e;

	if (export->dropped || policy_export(policy, export->path, &answer, &e) ||
	    policy_peers_are_kept(policy, &answer))
		return;
	policy_source_format(&answer.peers_source, &line);
	find(check, FINDING_WARNING, export->path, &export->place,
	     "%s: %s is not enforced for a single export: "
	     "every client that may connect to this server reaches it",
	     export->path, line.failed ? "peers=" : line.text);
}

static bool is_new_path(const struct export *export, const struct export *last)
{
	return !last || strcmp(last->path, export->path) != 0;
}

static int check_exports(struct check *check, struct error *e)
{
	struct run *run = check->run;
	const struct export *last = NULL;
	int r;

	for (const struct export *export = export_table_first(run->table); export;
	     export = export_table_next(run->table, export)) {
		if (is_new_path(export, last))
			check_path(check, export);
		check_certificate(check, export);
		last = export;
	}
	check_overlaps(check);
	r = run_apply_policy(run, say_refused, say_chosen, check, e);
	last = NULL;
	for (const struct export *export = export_table_first(run->table); !r && export;
	     export = export_table_next(run->table, export)) {
		if (is_new_path(export, last))
			check_peers(check, export);
		last = export;
	}
	return r ? r : run_find_nested(run, say_nested, check, e);
}

static int read_named(struct run *run, struct error *e)
{
	int r = 0;

	if (!run->cli->operand_count)
		return read_files(run->list, e);
	for (int i = 0; !r && i < run->cli->operand_count; i++) {
		AUTO_BYTES text = { 0 };
		const char *path = run->cli->operands[i];
		struct error why;

		if (file_read(path, FILE_MAX, FILE_ANY, &text, &why))
			r = export_list_unreadable(run->list, path, &why);
		else
			r = export_parse(run->list, path, (const char *)text.data, text.size, e);
	}
	return r;
}

static int examine(struct check *check, struct error *e)
{
	static const enum finding_level levels[] = {
		[EXPORT_REMARK] = FINDING_OK,
		[EXPORT_WARNING] = FINDING_WARNING,
		[EXPORT_ERROR] = FINDING_FAILURE,
		[EXPORT_UNREADABLE] = FINDING_UNKNOWN,
	};
	struct run *run = check->run;
	int r;

	check->source = POLICY_FILE;
	r = policy_load("", POLICY_FILE, &run->policy, e);
	if (r)
		return r;
	check->source = EXPORTS_FILE;
	r = read_named(run, e);
	if (r)
		return r;
	for (size_t i = 0; i < export_list_problem_count(run->list); i++) {
		const struct export_problem *problem = export_list_problem(run->list, i);

		find(check, levels[problem->severity], problem->place.file, &problem->place, "%s", problem->text);
	}
	for (size_t i = 0; !r && i < export_list_count(run->list); i++)
		r = hosts_want(run->hosts, export_list_at(run->list, i)->client);
	r = r ? error_set(e, -r, "out of memory") : hosts_resolve(run->hosts, e);
	if (r)
		return r;
	for (size_t i = 0; i < export_list_count(run->list); i++)
		add_entry(check, export_list_at(run->list, i));
	r = check_exports(check, e);
	if (r)
		return r;
	return check->failed ? error_set(e, ENOMEM, "out of memory") : 0;
}

int run_check(struct run *run)
{
	struct check check = { .run = run };
	AUTO_STRBUF out = { 0 };
	struct error e;
	int status;

	if (examine(&check, &e)) {
		complain(run, "%s", e.text);
		findings_add(&check.findings, FINDING_UNKNOWN, "exports", EXPORTS_FILE, NULL, check.source, "%s",
			     e.text);
	}
	findings_sort(&check.findings);
	if (run->cli->json)
		findings_json(&check.findings, &out);
	else
		findings_text(&check.findings, FINDING_BY_SOURCE, &out);
	status = command_print("exportfs", &out) ? (int)findings_level(&check.findings) : (int)FINDING_UNKNOWN;
	findings_free(&check.findings);
	return status;
}
