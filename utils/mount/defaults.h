/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * defaults: what nfsmount.conf(5) adds to a mount's options: those of its mount point, of its server, and of all
 * mounts, in this order.  What the user gave always wins, also where the file says the opposite by
 * another name.
 */
#ifndef NFSTLS_MOUNT_DEFAULTS_H
#define NFSTLS_MOUNT_DEFAULTS_H

#include "support/conf/conf.h"
#include "utils/mount/options.h"

/* Where negotiation is to begin; "" where nothing is said.  These are no options. */
struct defaults_found {
	char version[16];  /* Defaultvers= */
	char protocol[16]; /* Defaultproto=, in lower case */
};

/*
 * Reads /usr/etc/nfsmount.conf and SYSCONF_DIR/nfsmount.conf with their drop-in folders; root is put before each path.  A
 * missing file is none.  The caller frees *conf with conf_free().  Errors of conf_load(): a file that may hold
 * xprtsec= is read whole or not at all.
 */
int defaults_load(const char *root, struct conf **conf, struct error *e);

/*
 * Pure: appends the defaults for host (without brackets) and target (resolved).  Warnings are lines with file
 * and line.  -EINVAL for a section that is misspelt and holds xprtsec= or tlscertname=: security must not be lost
 * without a word; -ENOMEM.
 */
int defaults_apply(const struct conf *conf, const char *host, const char *target, struct options *options,
		   struct defaults_found *found, struct strbuf *warnings, struct error *e);

/* Pure: the line that gave the word key (as in the option list), or NULL. */
const struct conf_setting *defaults_source(const struct conf *conf, const char *host, const char *target,
					   const char *key);

#endif
