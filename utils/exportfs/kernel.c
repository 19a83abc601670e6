/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/exportfs/kernel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "utils/exportfs/paths.h"

bool kernel_wants_old(const struct run *run)
{
	return nfsd_way(run->nfsd) == NFSD_WAY_NETLINK && !run->cli->unexport;
}

/* ---- paths that are exported --------------------------------------------------------------- */

struct live_path {
	const char *path;
	UT_hash_handle hh;
};

static bool is_live(const struct live_path *live, const char *path)
{
	const struct live_path *found;

	HASH_FIND_STR(live, path, found);
	return found;
}

static bool add_live(struct live_path **live, const char *path)
{
	struct live_path *new;

	if (is_live(*live, path))
		return true;
	new = calloc(1, sizeof(*new));
	if (!new)
		return false;
	new->path = path;
	HASH_ADD_KEYPTR(hh, *live, new->path, strlen(new->path), new);
	if (new->hh.tbl)
		return true;
	free(new);
	return false;
}

static void free_live(struct live_path *live)
{
	struct live_path *path, *next;

	HASH_ITER(hh, live, path, next) {
		HASH_DEL(live, path);
		free(path);
	}
}

/* ---- the state of what is gone ------------------------------------------------------------------ */

static void release(struct run *run, const char *path)
{
	struct error e;
	int r = nfsd_release_export(run->nfsd, path, &e);

	if (r && r != -EOPNOTSUPP)
		warn("Failed to release state for %s: %s", path, e.text);
}

/* Each path of the old table that is in no line of the new one, once. */
static void release_gone(struct run *run)
{
	struct live_path *live = NULL;
	bool fits = true;

	for (const struct export *export = export_table_first(run->table); fits && export;
	     export = export_table_next(run->table, export))
		if (!export->dropped)
			fits = add_live(&live, export->path);
	for (size_t i = 0; fits && i < export_list_count(run->old); i++) {
		const char *path = export_list_at(run->old, i)->path;

		if (is_live(live, path))
			continue;
		release(run, path);
		fits = add_live(&live, path); /* not again */
	}
	free_live(live);
	if (!fits)
		complain(run, "out of memory: the state of what was unexported was not released");
}

/* ---- what will not work ---------------------------------------------------------------------------- */

/* What a file system answered to the trial: it is the same for all exports of one device with the same flag. */
struct trial {
	struct trial_key {
		dev_t device;
		uint32_t fsid_flag;
	} key;
	int result;
	UT_hash_handle hh;
};

static int try_once(struct run *run, struct trial **trials, const struct export *export, const struct stat *st)
{
	struct trial_key key;
	struct trial *trial;

	memset(&key, 0, sizeof(key));
	key.device = st->st_dev;
	key.fsid_flag = export->options->flags & NFSEXP_FSID;
	HASH_FIND(hh, *trials, &key, sizeof(key), trial);
	if (trial)
		return trial->result;
	trial = calloc(1, sizeof(*trial));
	if (!trial)
		return -ENOMEM;
	trial->key = key;
	trial->result = nfsd_try_export(run->nfsd, export->path, export->options->flags, export->options->fsid, NULL);
	if (trial->result == -EINVAL && !key.fsid_flag && !export->options->uuid &&
	    !nfsd_try_export(run->nfsd, export->path, export->options->flags | NFSEXP_FSID, 1, NULL))
		trial->result = paths_has_identity(export->path) ? 0 : -EXDEV; /* it lacks only a number */
	HASH_ADD(hh, *trials, key, sizeof(trial->key), trial);
	return trial->result;
}

static void examine(struct run *run, struct trial **trials, const struct export *export)
{
	const struct path_facts *facts = paths_facts(run->paths, export->path);
	int r;

	if (!facts || facts->error) {
		complain(run, "Failed to stat %s: %s", export->path, strerror(facts ? facts->error : ENOMEM));
		return;
	}
	if (!S_ISDIR(facts->st.st_mode) && !S_ISREG(facts->st.st_mode)) {
		complain(run, "%s is neither a directory nor a file. Remote access will fail", export->path);
		return;
	}
	if (!S_ISDIR(facts->st.st_mode))
		complain(run, "%s is not a directory. Remote access will fail", export->path);
	if (*run->settings.root || nfsd_way(run->nfsd) == NFSD_WAY_NONE)
		return;
	r = try_once(run, trials, export, &facts->st);
	if (r == -EXDEV)
		complain(run, "%s requires fsid= for NFS export", export->path);
	else if (r == -EINVAL && !export->options->uuid)
		complain(run, "%s does not support NFS export", export->path);
}

static void examine_exported(struct run *run)
{
	struct trial *trials = NULL, *trial, *next;
	struct live_path *seen = NULL;

	for (const struct export *export = export_table_first(run->table); export;
	     export = export_table_next(run->table, export)) {
		if (export->dropped || !export->marked || is_live(seen, export->path))
			continue;
		examine(run, &trials, export);
		if (!add_live(&seen, export->path))
			break;
	}
	HASH_ITER(hh, trials, trial, next) {
		HASH_DEL(trials, trial);
		free(trial);
	}
	free_live(seen);
}

/* ---- all of it ---------------------------------------------------------------------------------------- */

void kernel_tell(struct run *run)
{
	struct error e;
	bool told;

	if (nfsd_flush(run->nfsd, &told, &e))
		complain(run, "%s: the server goes on with what it knew", e.text);
	else if (!told || !nfsd_runs(run->nfsd))
		warn("no NFS server runs on this host: what is exported counts when one is started");
	if (run->cli->unexport && run->cli->all)
		return;
	if (nfsd_way(run->nfsd) == NFSD_WAY_NETLINK)
		release_gone(run);
	examine_exported(run);
}
