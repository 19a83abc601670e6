/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/nfsd/nfsd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "support/genl/genl.h"
#include "support/uapi/nfsd_netlink.h"
#include "support/uapi/sunrpc_netlink.h"

#define TRIAL_CLIENT "-test-client-" /* nobody's name; nfs-utils uses the same */
#define TRIAL_SECONDS 30

struct nfsd {
	char *root;
	enum nfsd_way way;
	struct genl *nfsd, *sunrpc; /* with NFSD_WAY_NETLINK */
};

/* In the order in which they are asked, so that nothing is answered anew from what is about to go. */
static const char *const caches[] = { "auth.unix.ip", "auth.unix.gid", "nfsd.fh", "nfsd.export" };

static int path_of(const struct nfsd *nfsd, const char *name, char **path, struct error *e)
{
	if (asprintf(path, "%s/proc/%s", nfsd->root, name) >= 0)
		return 0;
	*path = NULL;
	return error_set(e, ENOMEM, "out of memory");
}

/* ---- the way ------------------------------------------------------------------------- */

static bool takes_flushes(const struct genl *genl)
{
	const struct genl_family *family = genl_family(genl);

	for (unsigned int i = 0; i < family->group_count; i++)
		if (!strcmp(family->group[i].name, NFSD_MCGRP_EXPORTD))
			return true;
	return false;
}

static bool open_family(const char *name, struct genl **genl)
{
	if (genl_open(name, genl, NULL))
		return false;
	if (takes_flushes(*genl))
		return true;
	genl_close(*genl);
	*genl = NULL;
	return false;
}

static bool open_netlink(struct nfsd *nfsd)
{
	if (!open_family(NFSD_FAMILY_NAME, &nfsd->nfsd))
		return false;
	if (open_family(SUNRPC_FAMILY_NAME, &nfsd->sunrpc))
		return true;
	genl_close(nfsd->nfsd);
	nfsd->nfsd = NULL;
	return false;
}

static bool has_text(const struct nfsd *nfsd)
{
	AUTO_FREE char *path = NULL;

	return !path_of(nfsd, "net/rpc/nfsd.export/flush", &path, NULL) && !access(path, F_OK);
}

int nfsd_open(const char *root, bool proc_only, struct nfsd **result, struct error *e)
{
	struct nfsd *nfsd = calloc(1, sizeof(*nfsd));

	if (nfsd)
		nfsd->root = strdup(root);
	if (!nfsd || !nfsd->root) {
		nfsd_close(nfsd);
		return error_set(e, ENOMEM, "out of memory");
	}
	nfsd->way = NFSD_WAY_NONE;
	if (!*root && !proc_only && open_netlink(nfsd))
		nfsd->way = NFSD_WAY_NETLINK;
	else if (has_text(nfsd))
		nfsd->way = NFSD_WAY_PROC;
	*result = nfsd;
	return 0;
}

void nfsd_close(struct nfsd *nfsd)
{
	if (!nfsd)
		return;
	genl_close(nfsd->nfsd);
	genl_close(nfsd->sunrpc);
	free(nfsd->root);
	free(nfsd);
}

void nfsd_close_pointer(struct nfsd **nfsd)
{
	nfsd_close(*nfsd);
}

enum nfsd_way nfsd_way(const struct nfsd *nfsd)
{
	return nfsd->way;
}

/* ---- what it says ---------------------------------------------------------------------- */

/* A small file of /proc; its size is 0 to stat(2), so it is read as far as it goes. */
static bool read_line(const struct nfsd *nfsd, const char *name, char *line, size_t room)
{
	AUTO_FREE char *path = NULL;
	AUTO_FD fd = -1;
	ssize_t got;

	if (path_of(nfsd, name, &path, NULL))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	got = fd < 0 ? -1 : read(fd, line, room - 1);
	if (got <= 0)
		return false;
	line[got] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return true;
}

bool nfsd_runs(const struct nfsd *nfsd)
{
	char line[64];
	long long threads;

	return read_line(nfsd, "fs/nfsd/threads", line, sizeof(line)) && !text_number(line, 0, INT32_MAX, &threads) &&
	       threads > 0;
}

/* "th 8 0 0.000 ..." on a line of its own */
unsigned int nfsd_thread_count(const char *root)
{
	AUTO_STRBUF path = { 0 };
	char text[4096], *line;
	long long threads;
	AUTO_FD fd = -1;
	ssize_t got;

	strbuf_addf(&path, "%s/proc/net/rpc/nfsd", root);
	fd = path.failed ? -1 : open(path.text, O_RDONLY | O_CLOEXEC);
	got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (got <= 0)
		return 0;
	text[got] = '\0';
	line = strstr(text, "\nth ");
	if (!line)
		return 0;
	line += strlen("\nth ");
	line[strcspn(line, " \n")] = '\0';
	return text_number(line, 0, INT32_MAX, &threads) ? 0 : (unsigned int)threads;
}

uint32_t nfsd_sec_flags(const struct nfsd *nfsd, uint32_t fallback)
{
	char line[64], *second;
	long long flags;

	if (!read_line(nfsd, "fs/nfsd/export_features", line, sizeof(line)))
		return fallback;
	second = strchr(line, ' ');
	if (!second || text_number(second + 1, 0, UINT32_MAX, &flags))
		return fallback;
	return (uint32_t)flags;
}

/* ---- what it is told --------------------------------------------------------------------- */

/* One write(2): these files take a line whole or not at all. */
static int write_line(const struct nfsd *nfsd, const char *name, const char *line, size_t size, struct error *e)
{
	AUTO_FREE char *path = NULL;
	AUTO_FD fd = -1;
	int r = path_of(nfsd, name, &path, e);

	if (r)
		return r;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, line, size) < 0)
		return error_set(e, errno, "cannot write %s: %s", path, strerror(errno));
	return 0;
}

/* *told becomes true when the cache is there. */
static int flush_text(const struct nfsd *nfsd, const char *cache, bool *told, struct error *e)
{
	char name[64], line[32];
	int size = snprintf(line, sizeof(line), "%lld\n", (long long)time(NULL) + 1);
	int r;

	snprintf(name, sizeof(name), "net/rpc/%s/flush", cache);
	r = write_line(nfsd, name, line, (size_t)size, e);
	if (r == -ENOENT)
		return 0;
	if (!r)
		*told = true;
	return r;
}

static int call(struct genl *genl, uint8_t command, const char *what, struct error *e)
{
	const void *reply;
	size_t size;
	int r;

	(void)genl_request(genl, command, NLM_F_ACK);
	r = genl_call(genl, &reply, &size, e);
	return r < 0 ? error_prefix(e, "the kernel does not flush %s", what) : 0;
}

static int flush_netlink(struct nfsd *nfsd, bool *told, struct error *e)
{
	int r = call(nfsd->sunrpc, SUNRPC_CMD_CACHE_FLUSH, "what it knows of clients", e);

	if (!r)
		r = call(nfsd->nfsd, NFSD_CMD_CACHE_FLUSH, "what it knows of exports", e);
	if (!r)
		*told = true;
	/*
	 * A connection remembers its client until the file's flush time says otherwise; the command leaves that
	 * alone.
	 */
	return r ? r : flush_text(nfsd, caches[0], told, e);
}

int nfsd_flush(struct nfsd *nfsd, bool *told, struct error *e)
{
	int r = 0;

	*told = false;
	if (nfsd->way == NFSD_WAY_NETLINK)
		return flush_netlink(nfsd, told, e);
	for (size_t i = 0; i < ARRAY_SIZE(caches) && !r; i++)
		r = flush_text(nfsd, caches[i], told, e);
	return r;
}

int nfsd_release_export(struct nfsd *nfsd, const char *path, struct error *e)
{
	struct nlmsghdr *request;
	const void *reply;
	size_t size;
	int r;

	if (nfsd->way != NFSD_WAY_NETLINK)
		return error_set(e, EOPNOTSUPP, "this kernel cannot release the state of one export");
	request = genl_request(nfsd->nfsd, NFSD_CMD_UNLOCK_EXPORT, NLM_F_ACK);
	if (!mnl_attr_put_strz_check(request, GENL_REQUEST_ROOM, NFSD_A_UNLOCK_EXPORT_PATH, path))
		return error_set(e, ENAMETOOLONG, "the path %.64s... is too long for the kernel", path);
	r = genl_call(nfsd->nfsd, &reply, &size, e);
	return r < 0 ? r : 0;
}

/* ---- a trial ------------------------------------------------------------------------------- */

/* The export of an unknown client is refused before its path is looked at, so the kernel has to know one. */
static int introduce_client(const struct nfsd *nfsd, struct error *e)
{
	char line[96];
	int size = snprintf(line, sizeof(line), "nfsd 0.0.0.0 %lld " TRIAL_CLIENT "\n",
			    (long long)time(NULL) + TRIAL_SECONDS);

	return write_line(nfsd, "net/rpc/auth.unix.ip/channel", line, (size_t)size, e);
}

int nfsd_try_export(struct nfsd *nfsd, const char *path, uint32_t flags, uint32_t fsid, struct error *e)
{
	AUTO_STRBUF line = { 0 };
	int r;

	if (nfsd->way == NFSD_WAY_NONE || introduce_client(nfsd, NULL))
		return error_set(e, EOPNOTSUPP, "no NFS server can be asked");
	strbuf_add_word(&line, TRIAL_CLIENT);
	strbuf_add_word(&line, path);
	/* It ended in 1970: such an entry is checked and forgotten. */
	strbuf_addf(&line, "3 %d 65534 65534 %d\n", (int)flags, (int)fsid);
	if (line.failed)
		return error_set(e, ENOMEM, "out of memory");
	r = write_line(nfsd, "net/rpc/nfsd.export/channel", line.text, line.size, e);
	return r == -EACCES || r == -EPERM ? error_set(e, EOPNOTSUPP, "only root can ask the NFS server") : r;
}
