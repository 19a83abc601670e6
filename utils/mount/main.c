/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One program under four names; the name says what to do. */
#include <string.h>

#include "utils/mount/mount.h"

int main(int argc, char **argv)
{
	static const char unmounting[] = "umount";
	const char *path = argc > 0 ? argv[0] : "mount.nfs";
	const char *slash = strrchr(path, '/');
	const char *program = slash ? slash + 1 : path;

	if (!strncmp(program, unmounting, sizeof(unmounting) - 1))
		return (int)umount_run(program, argc, argv);
	return (int)mount_run(program, argc, argv);
}
