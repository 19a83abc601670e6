/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mount: what these programs do, each as one function that maps to an exit status.
 */
#ifndef NFSTLS_MOUNT_MOUNT_H
#define NFSTLS_MOUNT_MOUNT_H

#include "utils/mount/messages.h"

/* program is the name that the program was called by, without its folder. */
enum exit_status mount_run(const char *program, int argc, char **argv);
enum exit_status umount_run(const char *program, int argc, char **argv);

#endif
