/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uses: which mounts and connections show a certificate.  The kernel does not tell; but mount.nfs(8) records the name
 * that was given, rpc.tlshd(8) knows what it has shown, and a mount without a name shows what the policy says.
 */
#ifndef NFSTLS_NFSCERT_USES_H
#define NFSTLS_NFSCERT_USES_H

#include "support/keys/keys.h"
#include "support/policy/policy.h"

struct use {
	char *source, *point;
};

struct uses {
	bool mounts_are_known;
	struct use *at; /* the NFS mounts of this mount namespace */
	size_t count;
	/* Connections that show it now, by what the agent knows: also of mounts that are not seen from here. */
	bool connections_are_known;
	size_t client, server;
};

/*
 * Asks the mount table and, as root, the agent.  That no agent runs is no error, but then connections are not known;
 * that one does not answer is.  *uses has what is known also on failure; the caller frees with uses_free().
 */
int uses_read(const struct policy *policy, const char *name, const struct keys_pair *pair, struct uses *uses,
	      struct error *e);
void uses_free(struct uses *uses);
#define AUTO_USES __attribute__((cleanup(uses_free))) struct uses

/*
 * Does a mount of source at point, with these options in the kernel's table and these attributes in the record, show
 * the certificate? Pure.  What cannot be decided counts as a use.
 */
struct mount_row {
	const char *source, *point, *options;
	const char *attributes; /* NULL: it is not in the record */
	const char *shown;	/* what the agent has shown on one of its connections; NULL: it does not know */
};
bool uses_shows(const struct policy *policy, const struct mount_row *row, const char *name,
		const struct keys_pair *pair);

#endif
