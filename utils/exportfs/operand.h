/* SPDX-License-Identifier: GPL-2.0-or-later */
/* operand: HOST:/PATH of the command line. */
#ifndef NFSTLS_EXPORTFS_OPERAND_H
#define NFSTLS_EXPORTFS_OPERAND_H

#include "support/base/base.h"

struct operand {
	char *client; /* as an exports file would have it: IPv6 without brackets; "*" for none */
	char *path;   /* as it was typed */
};

/*
 * Splits an operand.  An IPv6 address stands in brackets, also with a prefix behind them: [fd00::]/64:/srv.
 * Brackets without a colon are
 * a wildcard's.  -EINVAL for another form; -ENOMEM.  Free with operand_free().
 */
int operand_parse(const char *text, struct operand *operand, struct error *e);
void operand_free(struct operand *operand);
#define AUTO_OPERAND __attribute__((cleanup(operand_free))) struct operand

#endif
