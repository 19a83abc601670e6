/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folder: is it marked as a junction, and what does its attribute say. */
#include <errno.h>
#include <string.h>
#include <sys/xattr.h>

#include "support/junction/junction_private.h"

/*
 * The mark by which the kernel knows that it must ask, too (fs/nfsd/vfs.c nfsd4_is_junction()): sticky, and nobody may
 * search it.  Anybody who owns a folder can set it; the attribute takes CAP_SYS_ADMIN.
 */
static bool is_marked(const struct stat *st)
{
	return S_ISDIR(st->st_mode) && st->st_mode & S_ISVTX && !(st->st_mode & (S_IXUSR | S_IXGRP | S_IXOTH));
}

static int report(const char *what, const char *path, int code, struct error *e)
{
	char shown[256];

	text_escape(shown, sizeof(shown), path, strlen(path));
	return error_set(e, code, "cannot read the %s of %s: %s", what, shown, strerror(code));
}

static int prefix(const char *path, struct error *e)
{
	char shown[256];

	text_escape(shown, sizeof(shown), path, strlen(path));
	return error_prefix(e, "the attribute " JUNCTION_ATTRIBUTE " of %s", shown);
}

int junction_read_with(const struct junction_calls *calls, const char *path, struct junction *junction, struct error *e)
{
	AUTO_BYTES xml = { 0 };
	struct stat st;
	ssize_t size;
	int r;

	if (calls->lstat(path, &st))
		return report("mode", path, errno, e);
	if (!is_marked(&st))
		return 0;
	if (bytes_alloc(&xml, JUNCTION_XML_MAX))
		return error_set(e, ENOMEM, "out of memory");
	size = calls->lgetxattr(path, JUNCTION_ATTRIBUTE, xml.data, xml.size);
	/* Where it is hidden, for want of CAP_SYS_ADMIN, the kernel says ENODATA as well. */
	if (size < 0 && (errno == ENODATA || errno == ENOTSUP))
		return 0;
	if (size < 0)
		return report("attribute " JUNCTION_ATTRIBUTE, path, errno == ERANGE ? EFBIG : errno, e);
	r = junction_parse((const char *)xml.data, (size_t)size, junction, e);
	if (!r)
		return 1;
	return e ? prefix(path, e) : r;
}

int junction_read(const char *path, struct junction *junction, struct error *e)
{
	/* Calls by path open nothing, so that looking at a folder mounts no automount point. */
	static const struct junction_calls live = { .lstat = lstat, .lgetxattr = lgetxattr };

	return junction_read_with(&live, path, junction, e);
}
