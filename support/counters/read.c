/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the counters are: with the kernel, and in files. */
#include <errno.h>
#include <string.h>

#include "support/counters/counters_private.h"
#include "support/genl/genl.h"
#include "support/uapi/nfsd_netlink.h"

#define TEXT_MAX (1u << 20)
#define DUMP_TRIES 3

/* ---- text ------------------------------------------------------------------------------ */

static int read_proc(const char *root, enum counters_side side, struct counters *counters, struct error *e)
{
	AUTO_STRBUF text = { 0 }, path = { 0 };
	int r;

	strbuf_addf(&path, "%s/proc/net/rpc/%s", root, side == COUNTERS_SERVER ? "nfsd" : "nfs");
	if (path.failed)
		return error_set(e, ENOMEM, "out of memory");
	r = file_read_unsized(path.text, TEXT_MAX, &text, e);
	return r ? r : counters_parse_proc(side, path.text, text.text, text.size, counters, e);
}

int counters_read_saved(const char *path, struct counters_saved *saved, struct error *e)
{
	AUTO_STRBUF text = { 0 };
	int r = file_read_unsized(path, TEXT_MAX, &text, e);

	return r ? r : counters_parse_saved(path, text.text, text.size, saved, e);
}

/* ---- netlink ---------------------------------------------------------------------------- */

static int visit(const void *message, size_t size, void *context)
{
	return counters_netlink_decode(message, size, context);
}

static int try_netlink(struct counters *server, struct error *e)
{
	struct genl *genl;
	int r = genl_open(NFSD_FAMILY_NAME, &genl, e);

	memset(server, 0, sizeof(*server));
	if (r)
		return r;
	(void)genl_request(genl, NFSD_CMD_SERVER_STATS_GET, NLM_F_DUMP);
	r = genl_dump(genl, visit, server, e);
	genl_close(genl);
	return r;
}

/* -ENOENT and -EOPNOTSUPP: this kernel is too old for it, or has no server. */
static int read_netlink(struct counters *server, struct error *e)
{
	int r = -EAGAIN;

	for (unsigned int tries = 0; r == -EAGAIN && tries < DUMP_TRIES; tries++)
		r = try_netlink(server, e);
	return r;
}

int counters_read(const char *root, enum counters_side side, struct counters *counters, struct error *remark,
		  struct error *e)
{
	struct error why = { 0 };
	int r;

	remark->code = 0;
	if (side == COUNTERS_CLIENT || *root)
		return read_proc(root, side, counters, e);
	r = read_netlink(counters, &why);
	if (!r)
		return 0;
	if (r != -ENOENT && r != -EOPNOTSUPP)
		*remark = why;
	return read_proc(root, side, counters, e);
}
