/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/alone.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool alone_name(const char *node, const char *words, char name[ALONE_NAME_MAX + 1])
{
	size_t key = strcspn(words, "="), size;
	const char *value = words + key + (words[key] == '=');
	int length;

	size = strcspn(value, ",");
	length = snprintf(name, ALONE_NAME_MAX + 1, "%s+%.*s", node, (int)size, value);
	return size && length > 0 && (size_t)length <= ALONE_NAME_MAX;
}

void alone_take(const char *name)
{
	/* Whether the mount then stands alone is looked at when it is there. */
	if (!unshare(CLONE_NEWUTS))
		(void)!sethostname(name, strlen(name));
}
