/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything that changes the table:
 *
 *   files -> names, paths -> table <- operands, etab <- policy -> etab -> kernel -> what will not work
 *
 * Names are looked up before the lock is taken, so that no name server can make the daemons wait, and the lock is held
 * from reading etab to replacing it, so that no run loses what another one did.
 */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/names/names.h"
#include "utils/exportfs/kernel.h"
#include "utils/exportfs/operand.h"
#include "utils/exportfs/paths.h"
#include "utils/exportfs/run.h"

/* ---- into the table ------------------------------------------------------------------------ */

static const char *shown(const char *client)
{
	return *client ? client : "*";
}

/* The same words as nfs-utils, which monitoring looks for. */
static void say_duplicate(struct run *run, const struct export_entry *entry, const struct export *first)
{
	const char *new_client = shown(entry->client), *old_client = shown(first->typed);

	if (entry->options->flags == first->options->flags) {
		complain_at(run, &entry->place, "duplicated export entries:");
		complain(run, "\t%s:%s", new_client, first->path);
		complain(run, "\t%s:%s", old_client, first->path);
		return;
	}
	complain_at(run, &entry->place, "incompatible duplicated export entries:");
	complain(run, "\t%s:%s (0x%x) [IGNORED]", new_client, first->path, entry->options->flags);
	complain(run, "\t%s:%s (0x%x)", old_client, first->path, first->options->flags);
}

/* What a name that cannot be resolved leaves behind: nothing, or the old entry when only the answer is missing. */
static int skip_unresolved(struct run *run, const struct export_entry *entry, enum host_state state, const char *path)
{
	warn("Failed to resolve %s%s", entry->client, state == HOST_UNANSWERED ? ": no name server answers" : "");
	return state == HOST_UNANSWERED ? export_list_add_gap(run->list, path, &entry->place) : 0;
}

/* One entry of the files. */
static int add_configured(struct run *run, const struct export_entry *from, bool everything, struct error *e)
{
	struct export_entry entry = *from;
	const struct export_host *host;
	enum host_state state = hosts_find(run->hosts, from->client, &host);
	struct export *export;
	int r;

	entry.path = paths_resolve(run->paths, from->path);
	if (!entry.path)
		return error_set(e, ENOMEM, "out of memory");
	if (state == HOST_GONE || state == HOST_UNANSWERED)
		return skip_unresolved(run, from, state, entry.path);
	r = export_table_add(run->table, &entry, host, &export, e);
	if (r == -EINVAL) {
		complain_at(run, &from->place, "%s", e->text);
		return export_list_add_gap(run->list, entry.path, &from->place);
	}
	if (r == 1)
		say_duplicate(run, from, export);
	if (r == 0) {
		export->dropped = !everything;
		export->marked = everything;
	}
	return r < 0 ? r : 0;
}

static int add_files(struct run *run, bool everything, struct error *e)
{
	for (size_t i = 0; i < export_list_count(run->list); i++) {
		int r = add_configured(run, export_list_at(run->list, i), everything, e);

		if (r)
			return r;
	}
	return 0;
}

/*
 * One entry of etab.  Before the files' entries it gives way also when they call its host otherwise; two of etab never
 * give way to each other.
 */
static int add_old(struct run *run, const struct export_entry *entry, struct error *e)
{
	const struct export_host *known;
	struct export_host host;
	struct export *export;
	int r;

	hosts_find(run->hosts, entry->client, &known);
	if (known) {
		host = *known;
		host.canonical = entry->client; /* etab's name for it stays */
	}
	r = export_table_add(run->table, entry, known && !run->cli->unexport ? &host : NULL, &export, e);
	if (r == 1 && !export->place.file && !export->marked)
		r = export_table_add(run->table, entry, NULL, &export, e);
	if (r == -EINVAL) { /* nothing that could be matched ever */
		complain(run, "%s: %s", entry->path, e->text);
		return 0;
	}
	if (r < 0)
		return r;
	if (r == 0)
		export->place = (struct export_place){ 0 };
	export->dropped = false;
	return 0;
}

/* ---- what -r may drop ------------------------------------------------------------------------ */

/* Marks the paths of lines that could not be read; *all when one of them could be any. */
static int mark_gaps(struct run *run, bool *all)
{
	int r = 0;

	*all = false;
	for (size_t i = 0; !r && i < export_list_gap_count(run->list); i++) {
		const struct export_gap *gap = export_list_gap(run->list, i);
		const char *resolved = gap->path ? paths_resolve(run->paths, gap->path) : NULL;

		if (!resolved)
			*all = true;
		else
			r = paths_mark(run->paths, resolved);
	}
	return r;
}

/* With -r: what stands in etab, and not in the files as far as they could be read. */
static int keep_unknown(struct run *run, struct error *e)
{
	bool all;
	int r = mark_gaps(run, &all);

	if (r)
		return error_set(e, -r, "out of memory");
	for (size_t i = 0; !r && i < export_list_count(run->old); i++) {
		const struct export_entry *entry = export_list_at(run->old, i);

		if (!all && !paths_is_marked(run->paths, entry->path))
			continue;
		if (export_table_find(run->table, entry->path, entry->client, NULL))
			continue;
		warn("%s:%s stays exported: its line, if it is there, cannot be read", shown(entry->client),
		     entry->path);
		r = add_old(run, entry, e);
	}
	return r;
}

static int add_etab(struct run *run, struct error *e)
{
	int r = 0;

	if (run->cli->reexport)
		return keep_unknown(run, e);
	for (size_t i = 0; !r && i < export_list_count(run->old); i++)
		r = add_old(run, export_list_at(run->old, i), e);
	return r;
}

/* ---- operands: export --------------------------------------------------------------------------- */

static bool is_in_subnet(const struct export_client_form *subnet, const struct export_host *host)
{
	for (size_t i = 0; i < host->address_count; i++) {
		const struct ip_address *address = &host->addresses[i];
		unsigned int bit = 0;

		if (address->size != subnet->address.size)
			continue;
		while (bit < subnet->prefix &&
		       !((address->bytes[bit / 8] ^ subnet->address.bytes[bit / 8]) & (0x80u >> bit % 8)))
			bit++;
		if (bit == subnet->prefix)
			return true;
	}
	return false;
}

static bool covers(const struct export_client *client, const struct export_host *host)
{
	switch (client->form.type) {
	case EXPORT_SUBNET:
		return is_in_subnet(&client->form, host);
	case EXPORT_WILDCARD:
		return !fnmatch(client->name, host->canonical, FNM_CASEFOLD | FNM_NOESCAPE);
	case EXPORT_NETGROUP:
		return innetgr(client->name + 1, host->canonical, NULL, NULL);
	case EXPORT_WORLD:
		return true;
	default:
		return false;
	}
}

/* The files' entry that would hold for a host if it had none of its own: -o builds on its options. */
static const struct export *find_covering(const struct run *run, const char *path, const struct export_host *host)
{
	for (const struct export *export = export_table_first(run->table); host && export;
	     export = export_table_next(run->table, export))
		if (!strcmp(export->path, path) && covers(export->client, host))
			return export;
	return NULL;
}

static int options_for(struct run *run, const struct export *known, const struct export_options **options,
		       struct error *e)
{
	const struct export_options *base = known && !run->cli->ignore ? known->options : &export_options_default;

	*options = base;
	return run->cli->options ? export_options_parse(run->list, base, run->cli->options, options, e) : 0;
}

static int export_operand(struct run *run, const struct operand *operand, struct error *e)
{
	const struct export_host *host;
	enum host_state state = hosts_find(run->hosts, operand->client, &host);
	struct export_entry entry = { .path = operand->path, .client = operand->client };
	struct export *export;
	int r;

	if (state == HOST_GONE || state == HOST_UNANSWERED)
		return error_set(e, ENOENT, "Failed to resolve %s", operand->client);
	export = export_table_find(run->table, operand->path, operand->client, host);
	r = options_for(run, export ? export : find_covering(run, operand->path, host), &entry.options, e);
	if (r)
		return r;
	if (export)
		export->options = entry.options;
	else
		r = export_table_add(run->table, &entry, host, &export, e);
	if (r < 0)
		return r;
	export->dropped = false;
	export->marked = true;
	return 0;
}

/* ---- operands: unexport --------------------------------------------------------------------------- */

static size_t size_without_slashes(const char *path)
{
	size_t size = strlen(path);

	while (size > 1 && path[size - 1] == '/')
		size--;
	return size;
}

static bool is_same_path(const char *a, const char *b)
{
	size_t size = size_without_slashes(a);

	return size == size_without_slashes(b) && !memcmp(a, b, size);
}

static bool share_an_address(const struct export_host *a, const struct export_host *b)
{
	for (size_t i = 0; i < a->address_count; i++)
		for (size_t j = 0; j < b->address_count; j++)
			if (a->addresses[i].size == b->addresses[j].size &&
			    !memcmp(a->addresses[i].bytes, b->addresses[j].bytes, a->addresses[i].size))
				return true;
	return false;
}

/* What a client of the table or of the command line stands for, also when it is a number. */
static bool host_of(const struct run *run, const char *client, struct export_host *host,
		    struct export_client_form *form)
{
	const struct export_host *known;

	if (export_client_form(client, form, NULL) || form->type != EXPORT_HOST)
		return false;
	*host = (struct export_host){ .canonical = client,
				      .addresses = &form->address,
				      .address_count = form->address.size ? 1 : 0 };
	if (hosts_find(run->hosts, client, &known) == HOST_KNOWN)
		*host = *known;
	return true;
}

/* Two texts mean the same client when they are equal, or hosts with one name or address. */
static bool is_same_client(const struct run *run, const char *a, const char *b)
{
	struct export_client_form form_a, form_b;
	struct export_host host_a, host_b;

	if (text_equal_nocase(a, b) || !strcmp(shown(a), shown(b)))
		return true;
	if (!host_of(run, a, &host_a, &form_a) || !host_of(run, b, &host_b, &form_b))
		return false;
	return text_equal_nocase(host_a.canonical, host_b.canonical) || share_an_address(&host_a, &host_b);
}

static void unexport_operand(struct run *run, const struct operand *operand)
{
	bool found = false;

	for (struct export *export = export_table_first(run->table); export;
	     export = export_table_next(run->table, export)) {
		if (export->dropped || !is_same_path(export->path, operand->path) ||
		    !is_same_client(run, export->client->name, operand->client))
			continue;
		export->dropped = true;
		found = true;
		if (run->cli->verbose)
			printf("unexporting %s:%s\n", shown(export->client->name), export->path);
	}
	if (!found) {
		const struct export_host *host;

		hosts_find(run->hosts, operand->client, &host);
		complain(run, "Could not find '%s:%s' to unexport.", host ? host->canonical : operand->client,
			 operand->path);
	}
}

/* ---- the steps -------------------------------------------------------------------------------------- */

struct change {
	struct run *run;
	struct operand *operands;
	size_t operand_count;
	struct export_state state;
	bool has_old; /* etab was read */
};

static int parse_operands(struct change *change, struct error *e)
{
	struct run *run = change->run;

	change->operands = calloc((size_t)run->cli->operand_count + 1, sizeof(*change->operands));
	if (!change->operands)
		return error_set(e, ENOMEM, "out of memory");
	for (int i = 0; i < run->cli->operand_count; i++) {
		int r = operand_parse(run->cli->operands[i], &change->operands[change->operand_count], e);

		if (r == -ENOMEM)
			return r;
		if (r)
			complain(run, "%s", e->text); /* the others are done */
		else
			change->operand_count++;
	}
	return 0;
}

static bool exports(const struct run *run)
{
	return !run->cli->unexport;
}

static bool does_everything(const struct run *run)
{
	return run->cli->all || run->cli->reexport;
}

static bool is_about(const struct change *change, const struct export_entry *entry)
{
	for (size_t i = 0; i < change->operand_count; i++)
		if (is_same_path(entry->path, change->operands[i].path))
			return true;
	return false;
}

/*
 * Hosts that etab may call otherwise than the files and operands do.  What another run changes there before we have the
 * lock is then known by its names alone.
 */
static int want_old_hosts(struct change *change)
{
	struct run *run = change->run;
	AUTO_EXPORT_STATE state = { .lock = -1 };
	AUTO_EXPORT_LIST *list = export_list_new();
	int r = 0;

	if (!list)
		return -ENOMEM;
	/* What cannot be read is told when it is read again. */
	if (export_state_open(&state, run->settings.state_folder, false, NULL) || export_state_read(&state, list, NULL))
		return 0;
	for (size_t i = 0; !r && i < export_list_count(list); i++) {
		const struct export_entry *entry = export_list_at(list, i);

		if (exports(run) || is_about(change, entry))
			r = hosts_want(run->hosts, entry->client);
	}
	return r;
}

/* All that may be looked up before the lock is taken. */
static int prepare(struct change *change, struct error *e)
{
	struct run *run = change->run;
	int r = 0;

	if (exports(run) && !run->cli->ignore)
		r = read_files(run->list, e);
	if (r)
		return r;
	say_problems(run, run->list);
	for (size_t i = 0; !r && i < export_list_count(run->list); i++)
		r = hosts_want(run->hosts, export_list_at(run->list, i)->client);
	for (size_t i = 0; !r && i < change->operand_count; i++)
		r = hosts_want(run->hosts, change->operands[i].client);
	if (!r && !run->cli->reexport && !(run->cli->unexport && run->cli->all))
		r = want_old_hosts(change);
	return r ? error_set(e, -r, "out of memory") : hosts_resolve(run->hosts, e);
}

/* etab; missing is an error only for those who need what is in it. */
static int read_etab(struct change *change, struct error *e)
{
	struct run *run = change->run;
	int r = change->has_old ? 0 : export_state_read(&change->state, run->old, e);

	change->has_old = true;
	if (r == -ENOENT && run->cli->reexport)
		return 0;
	if (r == -ENOENT) {
		complain(run, "can't open %s/etab for reading", change->state.folder);
		return 0;
	}
	if (!r && export_list_gap_count(run->old) && !run->cli->reexport) {
		say_problems(run, run->old);
		return error_set(
			e, EBADMSG,
			"%s/etab has lines that cannot be read, which would be lost: repair or remove them, or use"
			" exportfs -r to write it anew from the files",
			change->state.folder);
	}
	return r;
}

static int fill_for_export(struct change *change, struct error *e)
{
	struct run *run = change->run;
	int r = add_files(run, does_everything(run), e);

	for (size_t i = 0; !r && i < change->operand_count; i++) {
		r = export_operand(run, &change->operands[i], e);
		if (r && r != -ENOMEM) {
			complain(run, "%s", e->text);
			r = 0;
		}
	}
	if (!r && (!run->cli->reexport || export_list_gap_count(run->list)))
		r = read_etab(change, e);
	return r ? r : add_etab(run, e);
}

static int fill_for_unexport(struct change *change, struct error *e)
{
	struct run *run = change->run;
	int r = add_etab(run, e);

	for (size_t i = 0; !r && i < change->operand_count; i++)
		unexport_operand(run, &change->operands[i]);
	return r;
}

static void say_refused(const struct export *export, const char *why, void *run)
{
	complain_at(run, &export->place, "%s:%s is %s", shown(export->client->name), export->path, why);
}

static void say_chosen(const struct export *export, const char *why, void *context)
{
	const struct run *run = context;

	if (run->cli->verbose)
		printf("%s:%s %s\n", shown(export->client->name), export->path, why);
}

static void say_exported(const struct run *run)
{
	bool any = false;

	for (const struct export *export = export_table_first(run->table); export;
	     export = export_table_next(run->table, export)) {
		if (export->dropped || !export->marked)
			continue;
		any = true;
		printf("exporting %s:%s\n", shown(export->client->name), export->path);
	}
	if (!any)
		printf("No file systems exported!\n");
}

static int write_etab(struct change *change, bool *changed, struct error *e)
{
	struct run *run = change->run;
	AUTO_STRBUF text = { 0 };

	if (export_etab_format(run->table, nfsd_sec_flags(run->nfsd, export_sec_flags), &text))
		return error_set(e, ENOMEM, "out of memory");
	return export_state_replace(&change->state, text.text ? text.text : "", text.size, changed, e);
}

static int fill(struct change *change, struct error *e)
{
	struct run *run = change->run;
	int r = 0;

	if (run->cli->unexport && run->cli->all)
		return 0; /* nothing is left, whatever there was */
	if (!exports(run) || kernel_wants_old(run))
		r = read_etab(change, e);
	if (r)
		return r;
	return exports(run) ? fill_for_export(change, e) : fill_for_unexport(change, e);
}

static int change_table(struct change *change, struct error *e)
{
	struct run *run = change->run;
	bool changed;
	int r = export_state_open(&change->state, run->settings.state_folder, true, e);

	if (!r)
		r = fill(change, e);
	if (r)
		return r;
	r = run_apply_policy(run, say_refused, say_chosen, run, e);
	if (r)
		return r;
	if (run->cli->verbose && exports(run)) {
		say_exported(run);
		r = run_find_nested(run, warn_nested, NULL, e);
	}
	if (r)
		return r;
	r = write_etab(change, &changed, e);
	export_state_close(&change->state);
	return r;
}

/* ---- the run ----------------------------------------------------------------------------------------- */

/* Two runs of nfs-utils' exportfs keep each other out by this lock, so ours takes it, too. */
static int take_turn(int *fd, struct error *e)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	*fd = open(EXPORT_LOCK, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (*fd < 0)
		return errno == ENOENT || errno == EACCES || errno == EROFS ?
			       0 :
			       error_set(e, errno, "cannot open %s: %s", EXPORT_LOCK, strerror(errno));
	while (fcntl(*fd, F_SETLKW, &lock) < 0)
		if (errno != EINTR)
			return error_set(e, errno, "cannot lock %s: %s", EXPORT_LOCK, strerror(errno));
	return 0;
}

static int check_folder(const struct run *run, struct error *e)
{
	struct stat st;

	if (!stat(run->settings.state_folder, &st))
		return 0;
	return error_set(e, errno,
			 "Failed to stat %s: %s: make it, "
			 "or name another by state-directory-path= in nfs.conf",
			 run->settings.state_folder, strerror(errno));
}

static bool changes_the_table(const struct run *run)
{
	return does_everything(run) || run->cli->operand_count;
}

int run_change(struct run *run)
{
	AUTO_FD turn = -1;
	struct change change = { .run = run, .state = { .lock = -1 } };
	struct error e;
	int r = 0;

	if (changes_the_table(run)) {
		r = check_folder(run, &e);
		if (!r)
			r = policy_load("", POLICY_FILE, &run->policy, &e);
		if (!r)
			r = take_turn(&turn, &e);
		if (!r)
			r = parse_operands(&change, &e);
		if (!r)
			r = prepare(&change, &e);
		if (!r)
			r = change_table(&change, &e);
	}
	if (r)
		complain(run, "%s", e.text);
	else
		kernel_tell(run);
	for (size_t i = 0; i < change.operand_count; i++)
		operand_free(&change.operands[i]);
	free(change.operands);
	export_state_close(&change.state);
	return run->failed ? 1 : 0;
}
