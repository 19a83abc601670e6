/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * certificate: which certificate a mount shows to its server, for the kernel.  The name becomes cert_serial= and
 * privkey_serial=, or, where the kernel has no keyring, it must be what the policy tells the agent anyway.
 */
#ifndef NFSTLS_MOUNT_CERTIFICATE_H
#define NFSTLS_MOUNT_CERTIFICATE_H

#include "utils/mount/protection.h"

/*
 * For mtls: adds the serial numbers to the list.  Reads the keyring.  -ENOKEY when nothing is provisioned under
 * that name, and the expiry or revocation of what is; each with the remedy.
 */
int certificate_apply(const struct mount_certificate *asked, const struct protection *protection,
		      struct mount_options *options, struct error *e);

/* Whether the list names the certificate to the kernel, so that it keeps it apart from others. */
bool certificate_is_told(const struct mount_options *options);

/*
 * For the record of a mount: puts the name in place of the serial numbers that certificate_apply() added.  They mean
 * nothing after a boot, and the name tells people and nfscert(8) more.
 */
int certificate_name_instead(const struct mount_certificate *asked, struct mount_options *options);

/*
 * Appends which certificate a comma list names, as rpc.tlshd(8) calls it: the name of tlscertname=, or of the key whose
 * number cert_serial= is, or "key:N" for one without a name; nothing where the list names none.  Reads the keyring.
 */
int certificate_in_options(const char *options, struct strbuf *name);

#endif
