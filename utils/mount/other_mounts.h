/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * other_mounts: mounts of the same server that are there already.  NFSv4 in the
 * kernel makes one client of all mounts of a server with the same minor version, and puts them on
 * one connection, whatever security the later one asked for; nothing reports it (fs/nfs/nfs4client.c of the
 * kernel, trunking detection).  So they are looked for before the mount, and again after it.  Mounts
 * with NFSv3 share a client only where the kernel knows of no difference (fs/nfs/client.c, nfs_match_client), as of
 * certificates of the policy; those are looked for after the mount.
 */
#ifndef NFSTLS_MOUNT_OTHER_MOUNTS_H
#define NFSTLS_MOUNT_OTHER_MOUNTS_H

#include "support/mounts/mounts.h"
#include "support/xprtsec/xprtsec.h"

struct other_mounts_request {
	const char *source;
	const char *address;	 /* numeric: of the server */
	unsigned int port;	 /* 2049 where nothing is said */
	int minor;		 /* of NFS version 4 */
	enum xprtsec mode;	 /* that this mount is to have */
	const char *certificate; /* which certificate it shows */
	bool kernel_is_told;	 /* by serial numbers, and not the agent by the policy */

	/* Appends the same for an existing mount; nothing when it is not known. */
	void (*certificate_of)(void *context, const struct mountinfo_entry *entry, const char *source,
			       const char *point, struct strbuf *name);
	/*
	 * After the mount: whether that one has our connection, and is not ours; then only such are looked at, whatever
	 * their address.  NULL before it.
	 */
	bool (*shares)(void *context, const struct mountinfo_entry *entry);
	void *context;
};

/* Whether the kernel was told the certificate of that mount; it hides the number (7.3). */
bool other_mounts_is_told(const struct mountinfo_entry *entry);

/*
 * Looks through the text of a mountinfo file.  0 when no mount there is in the way, else a sentence that names those
 * that are, and what would work:
 *
 *   -EBUSY     another xprtsec=
 *   -ENOTUNIQ  another certificate, and the kernel knows of neither
 *   -EXDEV     another certificate, or one that is not known, and the kernel keeps the connections apart for a client
 *              with a name of its own (client_name.h); only before the mount
 *
 * and -ENOMEM.  What cannot be read is for the proof after the mount.
 */
int other_mounts_check(const char *mountinfo, size_t size, const struct other_mounts_request *question,
		       struct error *e);

/* Appends "S on /M (xprtsec=tls), T on /N (xprtsec=tls) and 2 more": the mounts of NFS for which shares() says so. */
void other_mounts_list(const char *mountinfo, size_t size,
		       bool (*shares)(void *context, const struct mountinfo_entry *entry), void *context,
		       struct strbuf *names);

#endif
