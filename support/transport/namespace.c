/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of which network namespace is /sys?  Network devices tell where these differ; see also list_known.c. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/transport/transport.h"

#define DEVICES "/sys/class/net"

/* The number of a device of /sys; 0 for what is none, as the file bonding_masters. */
static unsigned int index_in_sys(const char *name)
{
	char path[sizeof(DEVICES) + NAME_MAX + sizeof("//ifindex")], text[16];
	AUTO_FD fd = -1;
	ssize_t got;

	snprintf(path, sizeof(path), DEVICES "/%s/ifindex", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	text[got > 0 ? got : 0] = '\0';
	return (unsigned int)strtoul(text, NULL, 10);
}

static bool differ(const struct if_nameindex *devices, DIR *dir)
{
	size_t here = 0, there = 0;
	struct dirent *entry;

	for (; devices[here].if_index; here++)
		if (index_in_sys(devices[here].if_name) != devices[here].if_index)
			return true;
	while ((entry = readdir(dir)))
		there += entry->d_name[0] != '.' && index_in_sys(entry->d_name) != 0;
	return here != there;
}

bool transport_sys_is_elsewhere(void)
{
	struct if_nameindex *devices = if_nameindex();
	DIR *dir = opendir(DEVICES);
	bool elsewhere = devices && dir && differ(devices, dir);

	if (dir)
		closedir(dir);
	if_freenameindex(devices);
	return elsewhere;
}
