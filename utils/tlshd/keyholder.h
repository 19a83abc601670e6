/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keyholder: the process that reads private keys, and the signers it forks,
 * one per worker, so that slow RSA signatures use every processor.  No other
 * process of rpc.tlshd has a private key in its memory, and no process that
 * has one reads what a peer sent.
 */
#ifndef NFSTLS_TLSHD_KEYHOLDER_H
#define NFSTLS_TLSHD_KEYHOLDER_H

#include <sys/types.h>

#include "utils/tlshd/credentials.h"

struct keyholder {
	pid_t pid;
	int channel;
};

/*
 * Forks a key holder and waits until it has read the keys of credentials and
 * compared them with the certificates.  On failure the process is gone and *e
 * says which file is at fault.
 */
int keyholder_start(const struct credentials *credentials, struct keyholder *holder, struct error *e);

/* Has a signer forked that serves the other end of channel.  The caller still closes channel. */
int keyholder_add_signer(const struct keyholder *holder, int channel);

/* Ends the key holder and reaps it; its signers leave with their workers.  Does nothing when it does not run. */
void keyholder_stop(struct keyholder *holder);

#endif
