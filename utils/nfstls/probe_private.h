/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What probe.c needs before the first packet: names to addresses, policy, trust and own certificate. */
#ifndef NFSTLS_NFSTLS_PROBE_PRIVATE_H
#define NFSTLS_NFSTLS_PROBE_PRIVATE_H

#include "support/owncert/owncert.h"
#include "utils/nfstls/probe.h"

struct probe_job {
	const struct probe_options *options;
	const char *name; /* to verify, and to ask the policy for */
	struct x509_reference reference;
	struct policy *policy;
	bool has_own; /* a certificate to show */
	struct owncert own;
	int64_t deadline; /* of everything */
};

/* The first verdict stays: what follows it is only its echo. */
void probe_decide(struct probe_findings *f, enum probe_verdict verdict, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Reads policy and own certificate, and sees that its key belongs to it.  Texts name file and line. */
int probe_prepare(struct probe_job *job, struct error *e);
void probe_job_free(struct probe_job *job);

/* The key to show the certificate with, for the caller to free or hand on; NULL and 0 when none is shown. */
int probe_own_key(const struct probe_job *job, gnutls_privkey_t *key, struct error *e);

/* Fills result->at, count and left_out, within the time limit of a step. */
int probe_resolve(const struct probe_options *options, struct probe_result *result, struct error *e);

/* What policy says of each address, and the trust store it names. */
int probe_ask_policy(const struct probe_job *job, struct probe_result *result, struct error *e);

#endif
