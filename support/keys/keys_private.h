/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How our keys are described; private to this folder. */
#ifndef NFSTLS_KEYS_PRIVATE_H
#define NFSTLS_KEYS_PRIVATE_H

#include "support/keys/keys.h"

#define KEYS_DESCRIPTION_MAX (KEYS_NAME_MAX + 32u)

/* nfs-tls:NAME:cert or nfs-tls:NAME:key */
void keys_describe(const char *name, enum keys_part part, char description[KEYS_DESCRIPTION_MAX]);

#endif
