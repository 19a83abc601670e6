/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One program under four names; the name says what to do. */
#include <stdlib.h>
#include <string.h>

#include "utils/mount/caller.h"
#include "utils/mount/messages.h"
#include "utils/mount/mount.h"

/* Who starts it can give it any name, also none. */
static const char *name_of(int argc, char **argv)
{
	const char *path = argc > 0 && argv[0] ? argv[0] : "";
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	return *name ? name : "mount.nfs";
}

int main(int argc, char **argv)
{
	static const char unmounting[] = "umount";
	const char *program = name_of(argc, argv);
	struct error e;

	if (caller_disarm(&e)) {
		message_error(program, "%s", e.text);
		return EXIT_FAILURE;
	}
	if (!strncmp(program, unmounting, sizeof(unmounting) - 1))
		return (int)umount_run(program, argc, argv);
	return (int)mount_run(program, argc, argv);
}
