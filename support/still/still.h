/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * still: whether somebody is at work on files.  Who writes a file empties it first and fills it bit by bit, moves it
 * away and back, or replaces one file of several; who reads meanwhile finds what nobody has meant.  So what is judged
 * by files is read when none of them has changed for a moment.  It looks at files, and what they say is not its
 * business.
 *
 * A file's own time of change tells how long it has been as it is, and its folder's how long it has been gone, so files
 * that are old cost no wait.  Where that cannot be, since it lies in the future, the file counts as changed when it was
 * first seen so.
 */
#ifndef NFSTLS_STILL_H
#define NFSTLS_STILL_H

#include "support/base/base.h"

#define STILL_MS 2000	    /* unchanged for so long is still */
#define STILL_MOST_MS 20000 /* as long as anybody waits for that */

struct still_file;

/* The files and folders of one set, each once.  All zeros: none.  Free with still_free(). */
struct still {
	struct still_file *files;
};

/*
 * Looks at the file, or folder, which may be missing, unless it is in the set already.  The path is copied; a link
 * counts as changed when it was changed itself, or what it leads to was.  -ENOMEM.
 */
int still_add(struct still *still, const char *path);

/* True when one of them is no longer what it was when it was looked at. */
bool still_changed(const struct still *still);

/* Looks at all of them anew. */
void still_look(struct still *still);

/*
 * The same, and judges.  0 when all had been still at begin_ms (clock_ms()), are as they were then, and nobody has
 * one open for writing: what was read since begin_ms is good.  Else -EBUSY with a sentence that names the file.
 */
int still_check(struct still *still, int64_t begin_ms, struct error *e);

/* Takes all for changed just now: something has been said to have changed. */
void still_doubt(struct still *still);

/* The milliseconds that are left, by what was seen when they were looked at last, until all of them may be still. */
int still_left_ms(const struct still *still);

/* Blocks until all may be still, or until_ms (clock_ms()) has come, and looks at them meanwhile. */
void still_wait(struct still *still, int64_t until_ms);

/*
 * For those who read once.  Has read, which puts into files whatever it looks at, read until all of them have been
 * still for a moment before it did; what an earlier call has made it frees itself.  That costs nothing where they have
 * been for long.  The result of the last call; or -EBUSY when nobody leaves them alone.
 */
typedef int still_reader(void *context, struct still *files, struct error *e);
int still_read(still_reader *read, void *context, struct error *e);

/* What is known of the same files in the same state from earlier looks counts here, too. */
void still_inherit(struct still *still, const struct still *before);

unsigned int still_count(const struct still *still);

void still_free(struct still *still);
#define AUTO_STILL __attribute__((cleanup(still_free))) struct still

#endif
