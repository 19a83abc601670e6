/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kernel: what the kernel's server is told of a changed table, and what it will not be able to serve. */
#ifndef NFSTLS_EXPORTFS_KERNEL_H
#define NFSTLS_EXPORTFS_KERNEL_H

#include "utils/exportfs/run.h"

/* Must run->old be filled, for what was unexported to be known? */
bool kernel_wants_old(const struct run *run);

/*
 * Has the kernel forget what it knew, and release the state of paths that nobody may reach any more; then looks
 * whether what
 * was exported in this run can be served.  Complains of what is wrong.
 */
void kernel_tell(struct run *run);

#endif
