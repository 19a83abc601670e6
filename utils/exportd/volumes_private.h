/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What volumes asks the system for; for its own sources and their tests. */
#ifndef NFSTLS_EXPORTD_VOLUMES_PRIVATE_H
#define NFSTLS_EXPORTD_VOLUMES_PRIVATE_H

#include "utils/exportd/volumes.h"

#define VOLUME_UUID_TEXT_MAX 128u /* with the NUL */

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

/* All functions return 0 or a negative errno. */
struct volume_calls {
	/* Appends the text of mountinfo. */
	int (*mountinfo)(struct strbuf *text, struct error *e);
	/* Follows no symbolic link at the end, starts no automount, waits for no server. */
	int (*stat)(const char *path, struct volume_stat *stat);
	/* The same, but may wait for a server: not called where mountinfo says that there is one. */
	int (*statfs)(const char *path, struct volume_statfs *statfs);
	/* The UUID of what is on a block device, as libblkid writes it; -ENOENT for none. */
	int (*uuid)(uint32_t major, uint32_t minor, char text[VOLUME_UUID_TEXT_MAX]);
	const char *files; /* see struct tree_roots */
};

#endif
