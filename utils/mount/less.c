/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xprtsec=auto after a mount that has failed: whether the server has said that it does less than was tried. */
#include <errno.h>
#include <string.h>

#include "support/rpc/rpc.h"
#include "utils/mount/job.h"
#include "utils/mount/tls_offer.h"

/* What one address says holds for no other, so the mount has to be from the address that answered. */
static void keep_address(struct job *job, size_t which)
{
	job->decided.addresses[0] = job->decided.addresses[which];
	job->decided.address_count = 1;
}

/* Asks in clear text: whoever offers TLS would wait for a handshake then.  True when the server says no. */
static bool has_no_tls(struct job *job)
{
	struct tls_offer_request question = {
		.addresses = job->decided.addresses,
		.address_count = job->decided.address_count,
		.version = job->decided.versions,
		.ask = rpc_probe_tls,
	};
	enum rpc_tls_answer answer;
	struct error e;
	size_t which;

	if (mount_port(&job->decided.options, &question.port, &e) || tls_offer_find(&question, &answer, &which, &e) ||
	    answer != RPC_TLS_NOT_OFFERED)
		return false;
	keep_address(job, which);
	return true;
}

/* What a server without TLS makes of a mount that asks for it, or a kernel without. */
static bool may_be_without_tls(const struct kernel_failure *failure)
{
	if (failure->word_refused)
		return !strncmp(failure->word, "xprtsec=", strlen("xprtsec="));
	return failure->code == EPROTONOSUPPORT || failure->code == EACCES;
}

static bool settle_for(struct job *job, enum protection_auto why, struct trouble *trouble)
{
	struct trouble of_less = { 0 };
	int r = job_decide_for_less(job, why, &of_less.e);

	of_less.failure.code = -r;
	of_less.not_allowed = r;
	/* that a certificate was not asked for says more than that nothing less is allowed */
	if (!r || why == PROTECTION_NO_TLS)
		*trouble = of_less;
	return !r;
}

bool job_settle_for_less(struct job *job, struct trouble *trouble)
{
	const struct protection *protection = &job->decided.protection;
	const struct reason_row *row;

	if (job->cli->fake || protection->by_auto == PROTECTION_GIVEN || protection->by_auto == PROTECTION_NO_TLS ||
	    trouble->e.text[0])
		return false;
	row = job_handshake_failure(job, &trouble->failure);
	if (row == reason_row(REASON_NOT_ASKED) && protection->mode == XPRTSEC_MTLS)
		return settle_for(job, PROTECTION_NOT_ASKED, trouble);
	/* a server that has begun a handshake has TLS */
	return !row && may_be_without_tls(&trouble->failure) && has_no_tls(job) &&
	       settle_for(job, PROTECTION_NO_TLS, trouble);
}
