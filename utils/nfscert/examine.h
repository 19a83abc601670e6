/* SPDX-License-Identifier: GPL-2.0-or-later */
/* examine: is a certificate fit to be loaded?  Asks before the kernel has it, not when a mount fails. */
#ifndef NFSTLS_NFSCERT_EXAMINE_H
#define NFSTLS_NFSCERT_EXAMINE_H

#include <time.h>

#include "support/policy/policy.h"
#include "utils/nfscert/source.h"

enum { ROLE_CLIENT = 1, ROLE_SERVER = 2, ROLE_BOTH = 3 }; /* a set */

/* "client", "server", "client and server". */
const char *role_words(unsigned int roles);

/* -EINVAL for another word than client and server. */
int role_parse(const char *word, unsigned int *roles, struct error *e);

/*
 * Whom to take for an authority: every trust store and revocation list that the policy names, and the system's; or just
 * one file, without a look at the policy.  Mostly one authority signs both sides of a connection; what really counts is
 * what the other side trusts.
 */
struct authorities;
int authorities_read(const struct policy *policy, const char *only_file, struct authorities **all, struct error *e);

/*
 * What is wrong with the first of the policy's stores that could not be read, with the policy's line; NULL when all
 * could.  It vouches for nothing, and is no reason to do without the others.
 */
const char *authorities_trouble(const struct authorities *all);
void authorities_free(struct authorities *all);

/*
 * Of the chain's first certificate and those above it, the one that expires first; borrowed.  What else is in the file
 * is not looked at, as by peers.
 */
gnutls_x509_crt_t chain_first_to_expire(const struct x509_chain *chain);

/* Days until that; negative when it is over. */
long chain_days_left(const struct x509_chain *chain, time_t now);

/*
 * Dates, chain and purpose.  Without wanted (0) *roles becomes what it is fit for, which must be something; else it
 * must be fit for each of them.  The code of e is ENOKEY where just its authority is not known.
 */
enum status examine_chain(const struct x509_chain *chain, const struct authorities *all, unsigned int wanted,
			  time_t now, unsigned int *roles, struct error *e);

/* The same, and before that: key and certificate are a pair, and the key is strong enough. */
enum status examine_material(const struct material *material, const struct authorities *all, unsigned int wanted,
			     time_t now, unsigned int *roles, struct error *e);

#endif
