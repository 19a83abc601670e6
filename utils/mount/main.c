/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One program under four names; the name says what to do. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "utils/mount/mount.h"

/* A file opened later must not become the standard error that messages are written to. */
static int open_standard_streams(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

/* Installed setuid: of an ordinary user's environment nothing may reach libraries or programs that we start. */
static int forget_environment(void)
{
	umask(022);
	return clearenv() || setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1) ? -1 : 0;
}

int main(int argc, char **argv)
{
	static const char unmounting[] = "umount";
	const char *path = argc > 0 ? argv[0] : "mount.nfs";
	const char *slash = strrchr(path, '/');
	const char *program = slash ? slash + 1 : path;

	if (open_standard_streams() || (getuid() != geteuid() && forget_environment()))
		return EXIT_FAILURE;
	if (!strncmp(program, unmounting, sizeof(unmounting) - 1))
		return (int)umount_run(program, argc, argv);
	return (int)mount_run(program, argc, argv);
}
