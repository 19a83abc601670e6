/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * visitors: which NFSv4 clients come and go, for the log.  The kernel has a folder for each in
 * /proc/fs/nfsd/clients, with a file "info" (fs/nfsd/nfs4state.c client_info_show()), and tells by inotify(7).
 */
#ifndef NFSTLS_EXPORTD_VISITORS_H
#define NFSTLS_EXPORTD_VISITORS_H

#include "support/base/base.h"

#define VISITORS_FOLDER "/proc/fs/nfsd/clients"
#define VISITORS_MAX 65536u /* those beyond are not told of */

/* What "info" says of one client. */
struct visitor_info {
	char id[24];	    /* with its 0x */
	char address[72];   /* with port, in quotation marks */
	unsigned int minor; /* of NFSv4.MINOR */
	bool confirmed;	    /* else it is only about to come */
};

/* Pure.  -EINVAL when id, address or version are missing or malformed. */
int visitor_info_parse(const char *text, size_t size, struct visitor_info *info);

struct visitors;

/* One line of the log; info belongs to visitors. */
typedef void visitors_say(const struct visitor_info *info, bool attached, void *context);

/*
 * Watches the folder; those who are there already are not told of.  -ENOENT when there is none (no NFS server, or
 * its file system is not mounted).  Free with visitors_free(), which takes NULL.
 */
int visitors_new(const char *folder, visitors_say *say, void *context, struct visitors **visitors, struct error *e);
void visitors_free(struct visitors *visitors);

/* Readable when somebody came or went; then visitors_take() tells. */
int visitors_descriptor(const struct visitors *visitors);
void visitors_take(struct visitors *visitors);

#endif
