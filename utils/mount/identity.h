/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * identity: which certificate a mount shows to its server.  tlscertname=NAME
 * is ours, not the kernel's: it becomes cert_serial= and privkey_serial=, the numbers of the keys that nfscert(8)
 * loaded under that name, or, where the kernel has no keyring, it must be what the policy tells the agent anyway.
 */
#ifndef NFSTLS_MOUNT_IDENTITY_H
#define NFSTLS_MOUNT_IDENTITY_H

#include "utils/mount/decision.h"

struct identity {
	char name[64]; /* of tlscertname=; "": not given */
	bool serials;  /* cert_serial= and privkey_serial= are given */
};

/*
 * Takes tlscertname= out of the list.  -EINVAL with the sentence for a bad name, two that
 * differ, a name beside serial numbers, and one serial number without the other.
 */
int identity_take(struct options *options, struct identity *identity, struct error *e);

/*
 * For a remount: removes serial numbers that are not shown.  The mount table has cert_serial=<redacted>, and mount(8)
 * repeats what it has.
 */
void identity_drop_hidden(struct options *options);

/* A certificate is shown with mtls only: -EINVAL for any other mode when one was named. */
int identity_check_mode(const struct identity *identity, enum xprtsec mode, struct error *e);

/*
 * For mtls: adds the serial numbers to the list.  Reads the keyring.  -ENOKEY when nothing is provisioned under
 * that name, and the expiry or revocation of what is; each with the remedy.
 */
int identity_apply(const struct identity *identity, const struct decision *decision, struct options *options,
		   struct error *e);

/* Whether the list names the certificate to the kernel, so that it keeps it apart from others. */
bool identity_is_told(const struct options *options);

/*
 * For the record of a mount: puts the name in place of the serial numbers that identity_apply() added.  They mean
 * nothing after a boot, and the name tells people and nfscert(8) more.
 */
int identity_name_instead(const struct identity *identity, struct options *options);

/*
 * Appends which certificate a comma list names, as rpc.tlshd(8) calls it: the name of tlscertname=, or of the key whose
 * number cert_serial= is, or "key:N" for one without a name; nothing where the list names none.  Reads the keyring.
 */
int identity_shown(const char *options, struct strbuf *name);

#endif
