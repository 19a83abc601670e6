/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * daemon: the loop.  One thread takes the kernel's questions and answers them from the current generation; all
 * that may have
 * to wait for others is done in threads of pools.
 */
#ifndef NFSTLS_EXPORTD_DAEMON_H
#define NFSTLS_EXPORTD_DAEMON_H

#include "utils/exportd/settings.h"

/*
 * Answers the kernel until SIGTERM or SIGINT: 0 then.  ready is called once it does.  Errors are those that
 * keep it from
 * starting.
 */
int daemon_run(const struct settings *settings, void (*ready)(void *context), void *context, struct error *e);

#endif
