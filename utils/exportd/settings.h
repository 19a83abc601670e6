/* SPDX-License-Identifier: GPL-2.0-or-later */
/* settings: what nfs.conf(5) and the command line say together; the command line wins. */
#ifndef NFSTLS_EXPORTD_SETTINGS_H
#define NFSTLS_EXPORTD_SETTINGS_H

#include "utils/exportd/cli.h"

#define SETTINGS_TTL 1800u
#define SETTINGS_TTL_MAX 0x7fffffff
#define SETTINGS_THREADS 16u
#define SETTINGS_THREADS_MAX 64u

struct settings {
	char *state_folder;
	char *root; /* [exports] rootdir: what stands before every exported path on this host; "" for none */
	bool debug, log_auth, manage_gids, per_address, no_netlink;
	unsigned int ttl; /* seconds */
	unsigned int threads;
};

/*
 * Section [exportd] comes before [mountd], so that a host that had rpc.mountd keeps its settings.  Errors name file and
 * line.  Free with settings_free().
 */
int settings_read(const struct cli *cli, struct settings *settings, struct error *e);
void settings_free(struct settings *settings);

#endif
