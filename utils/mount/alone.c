/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/alone.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool alone_name(const char *node, const char *certificate, char name[ALONE_NAME_MAX + 1])
{
	int length = snprintf(name, ALONE_NAME_MAX + 1, "%s+%s", node, certificate);

	return *certificate && length > 0 && (size_t)length <= ALONE_NAME_MAX;
}

void alone_take(const char *name)
{
	/* Whether the mount then stands alone is looked at when it is there. */
	if (!unshare(CLONE_NEWUTS))
		(void)!sethostname(name, strlen(name));
}
