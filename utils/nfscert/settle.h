/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * settle: waits until nobody is replacing the files of certificates any more.  Whoever renews one replaces two files,
 * one after the other, and who looks in between finds no pair.
 */
#ifndef NFSTLS_NFSCERT_SETTLE_H
#define NFSTLS_NFSCERT_SETTLE_H

#include "support/base/base.h"

struct settle_file {
	char *path;
	struct file_stamp stamp; /* as it was when it was looked at last; where links lead counts */
};

struct settle {
	struct settle_file *file;
	size_t count;
};

/* NAME.pem and NAME.key of each name, as they are now.  The caller frees with settle_free() in any case. */
int settle_start(const char *folder, const char *const *names, size_t count, struct settle *settle, struct error *e);

/* Has one of them changed since it was looked at? */
bool settle_changed(const struct settle *settle);

/* Blocks until none has changed for about two seconds, or until_ms (clock_ms()) is over, and looks at them. */
void settle_wait(struct settle *settle, int64_t until_ms);

void settle_free(struct settle *settle);
#define AUTO_SETTLE __attribute__((cleanup(settle_free))) struct settle

#endif
