/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * agent: the kernel role.  Takes the kernel's requests as soon as they are
 * announced, hands each socket to a worker, tells the kernel how it ended.  It
 * keeps its own copy of every socket, so that a worker that dies without a
 * word is reported to the kernel at once.  It parses nothing that a peer sent.
 */
#ifndef NFSTLS_TLSHD_AGENT_H
#define NFSTLS_TLSHD_AGENT_H

#include "support/base/base.h"

struct agent_options {
	const char *conf_path;
	const char *control_path;
};

/* Runs until SIGTERM or SIGINT.  0, or a negative errno when it could not start. */
int agent_run(const struct agent_options *options, struct error *e);

#endif
