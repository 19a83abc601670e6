/* SPDX-License-Identifier: GPL-2.0-or-later */
/* taken: which certificates rpc.tlshd works with, for who wants to know whether it has taken what was loaded. */
#ifndef NFSTLS_NFSCERT_TAKEN_H
#define NFSTLS_NFSCERT_TAKEN_H

/*
 * Asks the agent, once for all names.  NULL where it does not run, tells nothing, or is not asked because the caller is
 * not root: then nothing is known.  Freed by taken_free(), which takes NULL.
 */
struct taken *taken_ask(void);
void taken_free(struct taken *taken);

/*
 * The serial number, in hexadecimal, of the certificate that the agent has under the name; borrowed.  NULL where it has
 * none under it, or nothing is known.
 */
const char *taken_serial(const struct taken *taken, const char *name);

#endif
