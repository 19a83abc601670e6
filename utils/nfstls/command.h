/* SPDX-License-Identifier: GPL-2.0-or-later */
/* command: what each command of nfstls is to main(). */
#ifndef NFSTLS_NFSTLS_COMMAND_H
#define NFSTLS_NFSTLS_COMMAND_H

#include "support/command/command.h"

int check_command(int argc, char **argv);
int explain_command(int argc, char **argv);
int probe_command(int argc, char **argv);

#endif
