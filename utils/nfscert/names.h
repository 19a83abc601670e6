/* SPDX-License-Identifier: GPL-2.0-or-later */
/* names: which certificates this host has, by name: files in a folder, and what is loaded into the kernel. */
#ifndef NFSTLS_NFSCERT_NAMES_H
#define NFSTLS_NFSCERT_NAMES_H

#include "support/keys/keys.h"

struct name {
	char name[KEYS_NAME_MAX + 1];
	bool has_file;
	struct keys_pair pair; /* 0: not loaded */
	bool in_ring[KEYS_RING_COUNT];
};

struct names {
	struct name *at; /* sorted */
	size_t count;
};

enum names_from { NAMES_FROM_FILES = 1, NAMES_FROM_KERNEL = 2, NAMES_FROM_BOTH = 3 };

/*
 * Without the folder there are no files.  Of another folder than the usual one nothing is loaded, whatever the names
 * there are, and so the kernel is not asked.  The caller frees with names_free().
 */
int names_read(const char *folder, enum names_from from, struct names *names, struct error *e);
const struct name *names_find(const struct names *names, const char *name);
void names_free(struct names *names);
#define AUTO_NAMES __attribute__((cleanup(names_free))) struct names

/* "NAME.pem" of a certificate's name: the name's length, else 0. */
size_t names_of_file(const char *file);

#endif
