/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * credentials: everything public that handshakes need, read once per
 * generation: policy, certificate chains, trust stores, revocation lists.
 * No private key: those are read by the key holder (keyholder.h) and by
 * nobody else.  Workers inherit the finished set through fork(2).
 */
#ifndef NFSTLS_TLSHD_CREDENTIALS_H
#define NFSTLS_TLSHD_CREDENTIALS_H

#include "support/owncert/owncert.h"
#include "support/policy/policy.h"
#include "support/x509/x509.h"
#include "utils/tlshd/message.h"
#include "utils/tlshd/watch.h"

#include <uthash.h>

/* One of this host's certificates.  Both roles share it when they name the same. */
struct certificate {
	const char *name; /* the policy's */
	uint32_t number;  /* in struct credentials; also that of its key */
	bool exists;
	bool was_unloaded; /* credentials_forget(): once it is gone, what needs it fails */
	struct owncert own;
	UT_hash_handle hh; /* by name */
};

/* Whom to trust for one answer of the policy. */
struct trust_store {
	unsigned int truststore, crl; /* policy_text.number of each */
	struct x509_trust *trust;
};

struct role_credentials {
	struct policy_connection usual;	  /* where no section for a name or an address applies */
	struct certificate **certificate; /* by policy_text.number; NULL for one that no answer names */
	size_t certificate_count;
	struct trust_store *store; /* sorted by its numbers */
	size_t store_count;
};

struct credentials {
	struct policy *policy;
	struct certificate *certificate; /* of both roles */
	size_t certificate_count;
	struct certificate *by_name;
	struct role_credentials role[ROLE_COUNT];
	gnutls_priority_t priority;
};

/*
 * Reads the configuration at conf_path and all it names.  *watch is replaced
 * by what was looked at, also when it fails, so that a broken set is tried
 * again only after something changed.  before is the set in use, NULL when there is none: that what was forgotten there
 * is nowhere now keeps nothing else from being read.  The caller frees with credentials_free().
 */
int credentials_load(const char *conf_path, const struct credentials *before, struct credentials **credentials,
		     struct watch *watch, struct error *e);
void credentials_free(struct credentials *credentials);

/*
 * The certificate of that name was taken away on purpose.  Any other that is gone may be back in a moment, and until
 * then the set with it stays in use.  False when it is none of this set.
 */
bool credentials_forget(struct credentials *credentials, const char *name);

/*
 * What the policy says of one connection: name is the one that the client asks for on a server (NULL or "" for none),
 * the one that was mounted on a client; end is the address of the server, be that this host or the peer.
 */
int credentials_connection(const struct credentials *credentials, enum role role, const char *name,
			   const struct ip_address *end, struct policy_connection *answer, struct error *e);

/* The certificate that the policy answered with; it may not exist (exists).  NULL when there is no such number. */
const struct certificate *credentials_certificate(const struct credentials *credentials, enum role role,
						  const struct policy_text *answer);

/* For listing those of a role that exist, each once: number runs up to certificate_count; NULL for one to leave out. */
const struct certificate *credentials_listed(const struct credentials *credentials, enum role role, size_t number);

/* The trust store that the policy answered with.  NULL when there is none, which then verifies nobody. */
const struct x509_trust *credentials_trust(const struct credentials *credentials, enum role role,
					   const struct policy_connection *answer);

#endif
