/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keyholder: the process that reads the private keys of all certificates, and the signers it forks, one per worker, so
 * that slow RSA signatures use every processor.  It reads the bytes as root, and has given up root, the file system and
 * all but a few system calls before it looks at them.  No other process of rpc.tlshd keeps a private key in its memory,
 * and no process that has one reads what a peer sent.
 */
#ifndef NFSTLS_TLSHD_KEYHOLDER_H
#define NFSTLS_TLSHD_KEYHOLDER_H

#include "utils/tlshd/credentials.h"
#include "utils/tlshd/process.h"

/*
 * Forks a key holder and waits until it has read the keys of credentials and
 * compared them with the certificates.  On failure the process is gone and *e
 * says which file is at fault.
 */
int keyholder_start(const struct credentials *credentials, const struct sandbox_user *user, const char *empty_root,
		    struct process *holder, struct error *e);

/* Has a signer forked that serves the other ends of two channels (signer.h).  The caller still closes both. */
int keyholder_add_signer(const struct process *holder, int worker, int grants);

#endif
