/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * neighbours: mounts of the same server that are there already.  NFSv4 in the
 * kernel makes one client of all mounts of a server with the same minor version, and puts them on
 * one connection, whatever security the later one asked for; nothing reports it (fs/nfs/nfs4client.c of the
 * kernel, trunking detection).  So they are looked for before the mount.
 */
#ifndef NFSTLS_MOUNT_NEIGHBOURS_H
#define NFSTLS_MOUNT_NEIGHBOURS_H

#include "support/xprtsec/xprtsec.h"
#include "utils/mount/mountinfo.h"

struct neighbour_question {
	const char *source;
	const char *address;	 /* numeric: of the server */
	unsigned int port;	 /* 2049 where nothing is said */
	int minor;		 /* of NFS version 4 */
	enum xprtsec mode;	 /* that this mount is to have */
	const char *certificate; /* which certificate it shows, in words that can be compared */
	int skip;		 /* the number of a mount that is not looked at; 0: none */

	/* Appends those words for an existing mount; negative errno. */
	int (*certificate_of)(void *context, const char *source, const char *point, struct strbuf *words);
	void *context;
};

/*
 * Looks through the text of a mountinfo file.  0 when no mount there is in the way; -EBUSY, or -ENOTUNIQ when only
 * their certificates differ, with a sentence that names those that are, and what would work; -ENOMEM.  What cannot be
 * read is for the proof after the mount.
 */
int neighbours_check(const char *mountinfo, size_t size, const struct neighbour_question *question, struct error *e);

#endif
