/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * judge: what the chain of a peer is worth: whether it is valid, stands for the name that it has to, and whether the
 * policy lets its owner in.  A function of the chain, the credentials and the time; runs in workers, where bytes of a
 * peer are parsed.
 */
#ifndef NFSTLS_TLSHD_JUDGE_H
#define NFSTLS_TLSHD_JUDGE_H

#include "utils/tlshd/credentials.h"
#include "utils/tlshd/message.h"

/* Who is judged, and by what. */
struct judge_question {
	enum role role; /* ours */
	const struct policy *policy;
	const struct policy_connection *connection; /* its answer */
	const struct x509_trust *trust;
	const struct x509_reference *reference; /* of a server; NULL for a client */
};

struct judgement {
	enum reason why; /* REASON_OK: verified, and permitted */
	bool verified;	 /* the chain is good, and for that name */
	char cause[CAUSE_MAX];
};

void judge_chain(const struct judge_question *question, const struct x509_chain *chain, struct judgement *to);

/* The chain of a server at that address, for another name than the one of its handshake: the policy is asked anew. */
void judge_server(const struct credentials *credentials, const char *name, const struct ip_address *address,
		  const struct x509_chain *chain, struct judgement *to);

/* "peers=*.example.com in [server] (FILE:LINE)"; without the value where that would leave no room for the line. */
void judge_show_line(const struct policy_source *source, struct strbuf *out);

#endif
