/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * defaults: what nfsmount.conf(5) adds to a mount's options: those of its mount point, of its server, and of all
 * mounts, in this order.  What the user gave always wins, also where the file says the opposite by
 * another name, and what is more specific wins in the same way over what is less.  What is decided with the
 * options is not known here.
 */
#ifndef NFSTLS_MOUNT_DEFAULTS_H
#define NFSTLS_MOUNT_DEFAULTS_H

#include "support/conf/conf.h"
#include "utils/mount/options.h"

/* What is said beside the options; "" where nothing is. */
struct defaults_found {
	char version[16];  /* Defaultvers=: where negotiation is to begin */
	char protocol[16]; /* Defaultproto=, in lower case: likewise */
	/*
	 * Tlscertname= for a mount without xprtsec=, whose transport security the policy decides later: the
	 * certificate to show if that is mtls, and nothing otherwise.  Such a mount gets no tlscertname= as an option.
	 */
	char certificate[64];
};

/*
 * Reads /usr/etc/nfsmount.conf and SYSCONF_DIR/nfsmount.conf with their drop-in folders; root is put before each
 * path.  A missing file is none.  The caller frees *conf with conf_free().  Errors of conf_load(): a file that may
 * hold xprtsec= is read whole or not at all; so a file that has just been changed is waited for (support/still).
 * -EBUSY.
 */
int defaults_load(const char *root, struct conf **conf, struct error *e);

/*
 * Pure: appends the defaults for host (without brackets) and target (resolved), of each section the last line
 * first.  tlscertname= is appended only where the xprtsec= that counts, the user's or the file's, is mtls or auto: a
 * certificate for all mounts must not break those that show none.  Warnings are lines with file and line, for sections
 * that look misspelt and default... keys that are none.  -EINVAL with file and line for xprtsec= or tlscertname= in a
 * section that fits no mount at all (security must not be lost without a word), for a bad value of these two, for
 * noxprtsec and for what is no single word of an option list; -ENOMEM.  After an error options may have
 * grown, and no mount may be made of them.
 */
int defaults_apply(const struct conf *conf, const char *host, const char *target, struct options *options,
		   struct defaults_found *found, struct strbuf *warnings, struct error *e);

/*
 * Pure: the line that gives the word key (as it is in the option list) for such a mount, or NULL.  Whether the
 * user gave the word as well is not asked.  Borrowed from conf.
 */
const struct conf_setting *defaults_source(const struct conf *conf, const char *host, const char *target,
					   const char *key);

#endif
