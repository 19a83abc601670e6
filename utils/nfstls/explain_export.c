/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a client gets of a path: by the table of exports, the policy, and what the kernel was told. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "utils/nfstls/explain.h"
#include "utils/nfstls/served.h"

#define CLIENTS_SHOWN 3u
#define TOLD_EXPORTS "/proc/net/rpc/nfsd.export/content"
#define TOLD_CLIENTS "/proc/net/rpc/auth.unix.ip/content"

/* ---- the host ------------------------------------------------------------------------------- */

int explain_host_read(const char *root, const struct policy *policy, struct explain_host *host, struct error *e)
{
	int r;

	*host = (struct explain_host){ .live = !*root };
	exports_read_table(root, &host->table);
	exports_read_files(root, &host->files);
	/* What stands in a line that cannot be read may be what is asked about. */
	if (host->table.unread)
		return error_set(e, EINVAL, "%s: run exportfs -ra", host->table.why);
	r = exports_mounts_read(root, &host->mounts, e);
	if (!r)
		r = policy_sections_new(policy, host->mounts.tree, &host->sections, e);
	if (r)
		return r;
	host->told_status = nfsd_told_read(root, &host->told, &host->told_why);
	return 0;
}

void explain_host_free(struct explain_host *host)
{
	nfsd_told_free(&host->told);
	policy_sections_free(host->sections);
	exports_mounts_free(&host->mounts);
	exports_free(&host->table);
	exports_free(&host->files);
}

/* ---- the policy --------------------------------------------------------------------------------- */

static const char *shown(const char *client)
{
	return *client ? client : "*";
}

static void add_demand(const struct policy_demand *demand, struct explanation *to)
{
	char words[EXPLAIN_MODES_MAX];

	explanation_add(to, "minimum", &demand->minimum.source, "%s", xprtsec_word(demand->minimum.mode));
	if (demand->stricter_path)
		explanation_add(to, "served-too", &demand->minimum.source, "%s", demand->stricter_path);
	explanation_add(to, "may-offer", &demand->minimum.source, "%s",
			explain_modes(xprtsec_set_from(demand->minimum.mode), words));
	explanation_add(to, "without-option", &demand->own.default_source, "xprtsec=%s",
			explain_modes(demand->own.by_default, words));
	explanation_add(to, "peers", &demand->own.peers_source, "%s",
			demand->own.peers ? demand->own.peers_source.value : "every client with a valid certificate");
}

/* ---- the files ------------------------------------------------------------------------------------- */

static void add_export(struct explanation *to, const char *what, enum explain_origin origin,
		       const struct export *export)
{
	AUTO_STRBUF text = { 0 };

	export_options_format_list(export->options, export_sec_flags, &text);
	explanation_add_from(to, what, origin, export->place.file, export->place.line, "%s %s(%s)", export->path,
			     shown(export->client->name), text.text ? text.text : "");
}

/* The lines about a path in the files, whatever it is called there; of one client, or of all (NULL).  How many. */
static size_t add_lines(const struct explain_host *host, const struct tree_place *place, const char *client,
			struct explanation *to)
{
	size_t found = 0;

	for (const struct export *export = export_table_first(host->files.table); export;
	     export = export_table_next(host->files.table, export)) {
		AUTO_TREE_PLACE there = { 0 };

		if ((client && !text_equal_nocase(export->client->name, client)) ||
		    tree_place(host->mounts.tree, export->path, &there, NULL) || strcmp(there.path, place->path) != 0)
			continue;
		add_export(to, "exports", EXPLAIN_EXPORTS, export);
		found++;
	}
	return found;
}

/* What is exported and stands in no file was exported by a command line, or has been taken out since. */
static void add_files(const struct explain_host *host, const struct export *export, struct explanation *to)
{
	AUTO_TREE_PLACE place = { 0 };

	if (tree_place(host->mounts.tree, export->path, &place, NULL))
		return;
	if (host->files.unread)
		explanation_add_from(to, "exports", EXPLAIN_EXPORTS, NULL, 0, "not understood: %s", host->files.why);
	/* The table has hosts by another name than the files, perhaps. */
	else if (!add_lines(host, &place, export->client->name, to) && !add_lines(host, &place, NULL, to))
		explanation_add_from(to, "exports", EXPLAIN_EXPORTS, NULL, 0, "no line is about it");
}

/* ---- without a client ---------------------------------------------------------------------------------- */

static void add_all(const struct explain_host *host, const struct tree_place *place, struct explanation *to)
{
	size_t found = 0;

	for (const struct export *export = export_table_first(host->table.table); export;
	     export = export_table_next(host->table.table, export)) {
		AUTO_TREE_PLACE there = { 0 };

		if (tree_place(host->mounts.tree, export->path, &there, NULL) || strcmp(there.path, place->path) != 0)
			continue;
		add_export(to, "export", EXPLAIN_TABLE, export);
		found++;
	}
	if (!found)
		explanation_add_from(to, "export", EXPLAIN_TABLE, NULL, 0, "not exported");
	add_lines(host, place, NULL, to);
}

static void conclude_path(const struct explain_host *host, const struct policy_demand *demand, const char *path,
			  struct explanation *to)
{
	const struct export_options strictest = { .xprtsec = xprtsec_set_from(demand->minimum.mode) };
	struct policy_judgement answer;
	char words[EXPLAIN_MODES_MAX];
	AUTO_STRBUF why = { 0 };

	policy_judge_export(host->sections, path, &strictest, &answer, &why);
	if (answer.verdict == POLICY_REFUSED)
		explanation_conclude(to, EXPLAIN_REFUSED, "%s", why.text && !why.failed ? why.text : "refused");
	else
		explanation_conclude(to, EXPLAIN_ALLOWED, "allowed: %s may be exported with xprtsec=%s", path,
				     explain_modes(strictest.xprtsec, words));
}

static int explain_path(const struct explain_host *host, const char *path, struct explanation *to, struct error *e)
{
	AUTO_TREE_PLACE place = { 0 };
	struct policy_demand demand;
	int r = policy_demand(host->sections, path, &demand, e);

	if (!r)
		r = tree_place(host->mounts.tree, path, &place, e);
	if (r)
		return r;
	add_all(host, &place, to);
	add_demand(&demand, to);
	conclude_path(host, &demand, path, to);
	return 0;
}

/* ---- the kernel -------------------------------------------------------------------------------------------- */

static const char *state_words(const struct nfsd_told_entry *entry)
{
	return !entry ? "not asked yet" : entry->state == NFSD_TOLD_NO ? "refused" : "out of date, asks anew";
}

/* What it was told of one address of the client; an entry of the path that counts, or NULL. */
static const struct nfsd_told_entry *add_told(const struct explain_host *host, const struct ip_address *address,
					      const char *path, struct explanation *to)
{
	const struct nfsd_told_entry *client, *export;
	char text[ADDRESS_TEXT_MAX];

	address_text(address, text);
	client = nfsd_told_client(&host->told, text);
	explanation_add_from(to, "kernel-client", EXPLAIN_KERNEL, TOLD_CLIENTS, 0, "%s %s%s", text,
			     client && client->state == NFSD_TOLD_YES ? "is " : "",
			     client && client->state == NFSD_TOLD_YES ? client->domain : state_words(client));
	if (!client || client->state != NFSD_TOLD_YES)
		return client;
	export = nfsd_told_export(&host->told, client->domain, path);
	if (export && export->state == NFSD_TOLD_YES)
		explanation_add_from(to, "kernel-export", EXPLAIN_KERNEL, TOLD_EXPORTS, 0,
				     "%s %s(%s), xprtsec= is not shown", path, client->domain, export->flags);
	else
		explanation_add_from(to, "kernel-export", EXPLAIN_KERNEL, TOLD_EXPORTS, 0, "%s %s: %s", path,
				     client->domain, state_words(export));
	return export;
}

static bool add_kernel(const struct explain_host *host, struct explanation *to)
{
	switch (host->told_status) {
	case 0:
		return true;
	case -ENOENT:
		explanation_add_from(to, "kernel-export", EXPLAIN_KERNEL, NULL, 0, "no NFS server is loaded");
		return false;
	case -EACCES:
		explanation_add_from(to, "kernel-export", EXPLAIN_KERNEL, NULL, 0,
				     "only root can see what it was told");
		return false;
	default:
		explanation_add_from(to, "kernel-export", EXPLAIN_KERNEL, NULL, 0, "not known: %s",
				     host->told_why.text);
		return false;
	}
}

/*
 * Goes by what the kernel holds from before: it does not ask again for what it was told until that is out of date, or
 * somebody has it forget.
 */
static void heed_kernel(const struct explain_host *host, const struct served *served, const char *path,
			struct explanation *to)
{
	bool no = false, yes = false;

	if (!add_kernel(host, to))
		return;
	for (size_t i = 0; i < served->address_count; i++) {
		const struct nfsd_told_entry *told = add_told(host, &served->addresses[i], path, to);

		no |= told && told->state == NFSD_TOLD_NO;
		yes |= told && told->state == NFSD_TOLD_YES;
	}
	if (!served->address_count)
		explanation_add_from(to, "kernel-client", EXPLAIN_KERNEL, NULL, 0, "not looked for without an address");
	if (to->status == EXPLAIN_ALLOWED && no && !yes)
		explanation_conclude(
			to, EXPLAIN_REFUSED,
			"refused: the kernel was told that this client has no %s, and goes by that, though it "
			"is exported now: run exportfs -f",
			path);
	else if (to->status == EXPLAIN_REFUSED && yes)
		explanation_go_on(to, "; but the kernel was told otherwise before, and goes by that: run exportfs -f");
}

/* ---- peers ------------------------------------------------------------------------------ */

/*
 * What is known of the client's certificate: that it is for the name that was asked about.  Of an address, which is
 * where a client comes from, only what a name server says is known, and its certificate may say more.
 */
struct holder {
	struct policy_identity identities[2];
	size_t count;
	bool is_certain;
};

static struct holder holder_of(const char *client, const struct served *served)
{
	struct holder holder = { .identities = { explain_identity(client) }, .count = 1 };

	holder.is_certain = holder.identities[0].name;
	if (*served->name)
		holder.identities[holder.count++].name = served->name;
	return holder;
}

static bool may_connect(const struct policy *policy, const struct holder *holder, struct policy_source *source)
{
	return policy_client_may_connect(policy, holder->identities, holder->count, source);
}

/* The modes with which the client gets as far as to an export at all. */
static unsigned int connecting_modes(const struct policy *policy, const struct holder *holder,
				     struct policy_source *refused_by)
{
	unsigned int modes = XPRTSEC_ALL;
	struct policy_source source;

	if (!may_connect(policy, holder, refused_by) && holder->is_certain)
		modes &= ~(unsigned int)XPRTSEC_MTLS;
	if (!policy_client_may_connect(policy, NULL, 0, &source))
		modes &= ~(unsigned int)XPRTSEC_TLS;
	return modes;
}

static void add_client(const struct policy *policy, const struct policy_export *own, const struct holder *holder,
		       struct explanation *to)
{
	const char *words = "not permitted";

	if (policy_peers_have(own->peers, holder->identities, holder->count))
		words = "permitted";
	else if (!holder->is_certain)
		words = "not permitted by its address, which its certificate need not be for";
	explanation_add(to, "client", &own->peers_source, "%s", words);
	if (!policy_peers_are_kept(policy, own))
		explanation_add(to, "peers-enforced", &own->peers_source,
				"no: every client that may connect to this server reaches the export");
}

/* What is said of peers must not be taken for more than it is. */
static void go_on_about_peers(const struct policy *policy, const struct policy_export *own, const struct holder *holder,
			      struct explanation *to)
{
	struct policy_source source;

	if (!may_connect(policy, holder, &source))
		explanation_go_on(to, "; with a certificate only if that is for one of the peers= of this server");
	else if (!policy_peers_have(own->peers, holder->identities, holder->count))
		explanation_go_on(to, "; it is not among the peers= of this path, which are not enforced for a single "
				      "export");
}

/* ---- with a client ---------------------------------------------------------------------- */

struct question {
	const struct policy *policy;
	const struct explain_host *host;
	const struct served *served;
	const char *path, *client;
	struct holder holder;
};

/* To whom the nearest export is, when it is not to this client. */
static void conclude_elsewhere(const struct question *q, struct explanation *to)
{
	const struct export *nearest = NULL;
	AUTO_STRBUF clients = { 0 };
	unsigned int count = 0;

	for (const struct export *export = export_table_first(q->served->table); export;
	     export = export_table_next(q->served->table, export))
		if (!nearest || strlen(export->path) > strlen(nearest->path))
			nearest = export;
	if (!nearest) {
		explanation_conclude(to, EXPLAIN_REFUSED, "refused: %s is not exported", q->path);
		return;
	}
	for (const struct export *export = export_table_of_path(q->served->table, nearest->path); export;
	     export = export_table_same_path(export)) {
		if (count < CLIENTS_SHOWN)
			strbuf_addf(&clients, "%s%s", count ? ", " : "", shown(export->client->name));
		else if (count == CLIENTS_SHOWN)
			strbuf_addf(&clients, " and others");
		count++;
		add_export(to, "export", EXPLAIN_TABLE, export);
	}
	explanation_conclude(to, EXPLAIN_REFUSED, "refused: %s is not exported to %s, but to %s", nearest->path,
			     q->client, clients.failed ? "others" : clients.text);
}

/* A line of the files about the path that the table does not have. */
static const struct export *find_missing(const struct question *q)
{
	for (const struct export *export = export_table_first(q->host->files.table); export;
	     export = export_table_next(q->host->files.table, export)) {
		AUTO_TREE_PLACE place = { 0 };

		if (!tree_place(q->host->mounts.tree, export->path, &place, NULL) &&
		    !strcmp(place.path, q->served->place.path) &&
		    !export_table_find(q->host->table.table, place.path, export->client->name, NULL))
			return export;
	}
	return NULL;
}

static void conclude_nothing(const struct question *q, struct explanation *to)
{
	const struct export *missing = find_missing(q);

	conclude_elsewhere(q, to);
	add_lines(q->host, &q->served->place, NULL, to);
	if (missing)
		explanation_go_on(to, "; %s:%u is not in the table of exports: run exportfs -ra", missing->place.file,
				  missing->place.line);
	else if (!q->host->table.file)
		explanation_go_on(to, "; nothing is: there is no table of exports");
	if (*q->served->unsure && export_table_count(q->served->table))
		explanation_go_on(to, " (%s)", q->served->unsure);
}

/* How the path is served with another export than its own, also when it has one. */
static void add_others(const struct question *q, struct explanation *to)
{
	for (size_t i = 1; i < q->served->count; i++) {
		const struct served_by *by = &q->served->by[i];
		const struct export_place *place = &by->export->place;
		char words[EXPLAIN_MODES_MAX];

		explanation_add_from(to, "served-by", EXPLAIN_TABLE, place->file, place->line, "%s %s with xprtsec=%s",
				     by->export->path, shown(by->export->client->name),
				     by->modes ? explain_modes(by->modes, words) : "nothing: it is refused");
	}
}

/* With what else the client reaches the same files: that of the path itself does not keep it out. */
static void warn_of_others(const struct question *q, unsigned int modes, unsigned int connecting,
			   struct explanation *to)
{
	for (size_t i = 1; i < q->served->count; i++) {
		const struct served_by *by = &q->served->by[i];
		unsigned int more = by->is_there ? by->modes & connecting & ~modes : 0;
		char words[EXPLAIN_MODES_MAX];

		if (!more)
			continue;
		to->status = EXPLAIN_ALLOWED;
		explanation_go_on(to, "; but the same files are served by %s (%s:%u) with xprtsec=%s as well",
				  by->export->path, by->export->place.file, by->export->place.line,
				  explain_modes(more, words));
	}
}

static void conclude_peers(const struct question *q, const struct policy_source *refused_by, struct explanation *to)
{
	AUTO_STRBUF line = { 0 };

	policy_source_format(refused_by, &line);
	explanation_conclude(to, EXPLAIN_REFUSED,
			     "refused: a client with a certificate for %s may not connect (%s), and without "
			     "one %s is not to be reached",
			     q->client, line.failed ? "peers=" : line.text, q->path);
}

static void conclude_served(const struct question *q, const struct served_by *by, const struct policy_export *own,
			    struct explanation *to)
{
	struct policy_source refused_by = { .file = NULL };
	unsigned int connecting = connecting_modes(q->policy, &q->holder, &refused_by);
	unsigned int modes = by->is_there ? by->modes & connecting : 0;
	char words[EXPLAIN_MODES_MAX];

	explanation_add_from(to, "modes", EXPLAIN_TABLE, by->export->place.file, by->export->place.line, "%s",
			     modes ? explain_modes(modes, words) : "none at all");
	if (!by->is_there)
		explanation_conclude(to, EXPLAIN_REFUSED,
				     "refused: %s waits for its mount point, and nothing is mounted there",
				     by->export->path);
	else if (!by->modes)
		explanation_conclude(to, EXPLAIN_REFUSED, "%s", by->why);
	else if (!modes)
		conclude_peers(q, &refused_by, to);
	else if (by->export->options->location == EXPORT_REFER)
		explanation_conclude(to, EXPLAIN_ALLOWED,
				     "allowed: %s is sent elsewhere for %s, with xprtsec=%s: refer=%s", q->client,
				     q->path, explain_modes(modes, words), by->export->options->locations);
	else
		explanation_conclude(to, EXPLAIN_ALLOWED, "allowed: %s may reach %s with xprtsec=%s", q->client,
				     q->path, explain_modes(modes, words));
	warn_of_others(q, modes, connecting, to);
	if (to->status == EXPLAIN_ALLOWED)
		go_on_about_peers(q->policy, own, &q->holder, to);
	if (*q->served->unsure)
		explanation_go_on(to, " (%s)", q->served->unsure);
	if (q->host->live && q->host->told_status == -ENOENT)
		explanation_go_on(to, "; no NFS server is loaded yet");
}

/* The path that the kernel asks about: of an export, or where a client crosses into a file system. */
static void ask_kernel(const struct question *q, const struct served_by *by, struct explanation *to)
{
	const struct tree_place *place = &q->served->place;
	AUTO_FREE char *top = strndup(place->path, place->top);

	if (!top)
		to->failed = true;
	else if (by)
		heed_kernel(q->host, q->served, by->crosses ? top : by->export->path, to);
	else
		heed_kernel(q->host, q->served, place->path, to);
}

static int explain_served(const struct question *q, struct explanation *to, struct error *e)
{
	const struct served_by *by = q->served->count ? &q->served->by[0] : NULL;
	struct policy_demand demand;
	int r = policy_demand(q->host->sections, q->path, &demand, e);

	if (r)
		return r;
	if (by) {
		add_export(to, by->is_own ? "export" : "served-by", EXPLAIN_TABLE, by->export);
		add_files(q->host, by->export, to);
		add_others(q, to);
	}
	add_demand(&demand, to);
	add_client(q->policy, &demand.own, &q->holder, to);
	if (by)
		conclude_served(q, by, &demand.own, to);
	else
		conclude_nothing(q, to);
	ask_kernel(q, by, to);
	return 0;
}

int explain_export(const struct policy *policy, const struct explain_host *host, const char *path, const char *client,
		   const struct option_list *addresses, struct explanation *to, struct error *e)
{
	struct served_question question = { .exports = host->table.list,
					    .tree = host->mounts.tree,
					    .sections = host->sections,
					    .path = path,
					    .client = client,
					    .addresses = addresses,
					    .look_up = host->live };
	struct export_client_form form;
	struct served served;
	int r;

	if (!client)
		return explain_path(host, path, to, e);
	if (export_client_form(client, &form, NULL) || form.type != EXPORT_HOST) {
		explanation_conclude(to, EXPLAIN_REFUSED, "refused: %s is no host: name one, or give an address",
				     client);
		return 0;
	}
	r = served_find(&question, &served, e);
	if (!r) {
		const struct question q = { policy, host, &served, path, client, holder_of(client, &served) };

		r = explain_served(&q, to, e);
	}
	served_free(&served);
	return r;
}
