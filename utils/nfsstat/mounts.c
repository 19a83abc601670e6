/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfsstat/mounts.h"

#include <errno.h>

#include "support/mounts/mounts.h"

#define MOUNTS_MAX (256u << 20)

void mounts_text(char *mounts, struct strbuf *text)
{
	struct proc_mount mount;

	while (proc_mounts_next(&mounts, &mount))
		strbuf_addf(text, "%s from %s\n Flags:\t%s\n\n", mount.path, mount.source, mount.options);
}

int mounts_read(const char *root, struct strbuf *text, struct error *e)
{
	AUTO_STRBUF path = { 0 };

	strbuf_addf(&path, "%s/proc/mounts", root);
	return path.failed ? error_set(e, ENOMEM, "out of memory") : file_read_unsized(path.text, MOUNTS_MAX, text, e);
}
