/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What volumes asks the system for, and how it reads what /proc says; for its own sources and their tests. */
#ifndef NFSTLS_EXPORTD_VOLUMES_PRIVATE_H
#define NFSTLS_EXPORTD_VOLUMES_PRIVATE_H

#include "utils/exportd/volumes.h"

#define VOLUME_PATH_MAX 4096u	  /* with the NUL; no longer one can be given to a system call */
#define VOLUME_TYPE_MAX 32u	  /* with the NUL; longer ones are cut, none that matters is */
#define VOLUME_UUID_TEXT_MAX 128u /* with the NUL */
#define VOLUME_MOUNTINFO_MAX (64u << 20)

/* ---- /proc/self/mountinfo -------------------------------------------------------- */

/* One line, octal escapes undone. */
struct volume_mount {
	uint32_t major, minor;
	bool whole; /* the root of the file system is mounted, not a folder of it */
	char point[VOLUME_PATH_MAX];
	char type[VOLUME_TYPE_MAX];
};

/*
 * Takes the next line of a text (proc(5)).  1; 0 at the end; -EBADMSG for a line that is none or whose mount point is
 * too long to be named, after which reading may go on with the next one: a mount that cannot be understood is one that
 * is not known, and must not take the others with it.
 */
int volume_mount_next(const char **text, const char *end, struct volume_mount *mount);

/* ---- UUIDs ----------------------------------------------------------------------- */

/* See handle_uuid_parse(). */
void volume_uuid_parse(const char *text, unsigned char uuid[VOLUME_UUID_SIZE]);

/* ---- the system ------------------------------------------------------------------ */

struct volume_stat {
	uint32_t major, minor;
	uint64_t inode;
};

struct volume_statfs {
	uint32_t type;	  /* f_type, of linux/magic.h */
	uint32_t fsid[2]; /* f_fsid */
};

/* All return 0 or a negative errno. */
struct volume_calls {
	/* Appends the text of mountinfo. */
	int (*mountinfo)(struct strbuf *text, struct error *e);
	/* Follows no symbolic link at the end, starts no automount, waits for no server. */
	int (*stat)(const char *path, struct volume_stat *stat);
	/* The same, but may wait for a server: not called where mountinfo says that there is one. */
	int (*statfs)(const char *path, struct volume_statfs *statfs);
	/* The UUID of what is on a block device, as libblkid writes it; -ENOENT for none. */
	int (*uuid)(uint32_t major, uint32_t minor, char text[VOLUME_UUID_TEXT_MAX]);
};

#endif
