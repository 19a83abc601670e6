/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/client_name.h"

#include <ctype.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool client_name_of_certificate(const char *node, const char *certificate, char name[CLIENT_NAME_MAX + 1])
{
	int length = snprintf(name, CLIENT_NAME_MAX + 1, "%s+%s", node, certificate);

	return *certificate && length > 0 && (size_t)length <= CLIENT_NAME_MAX;
}

/* As certificates are compared with it: without case, and without a dot at the end. */
static void put_server(const char *server, char text[HOST_NAME_MAX * 4 + 1])
{
	size_t size;

	text_copy(text, HOST_NAME_MAX * 4 + 1, server);
	size = strlen(text);
	if (size > 1 && text[size - 1] == '.')
		text[size - 1] = '\0';
	for (char *at = text; *at; at++)
		*at = (char)tolower((unsigned char)*at);
}

/* FNV-1a. Two servers with the same number share a client, and what has to be proven of each is proven all the same. */
static uint64_t hash_of(const char *text)
{
	uint64_t number = 0xcbf29ce484222325u;

	for (; *text; text++)
		number = (number ^ (unsigned char)*text) * 0x100000001b3u;
	return number;
}

bool client_name_of_server(const char *node, const char *server, char name[CLIENT_NAME_MAX + 1])
{
	char text[HOST_NAME_MAX * 4 + 1];
	int length;

	put_server(server, text);
	length = snprintf(name, CLIENT_NAME_MAX + 1, "%s@%s", node, text);
	if (length > 0 && (size_t)length > CLIENT_NAME_MAX)
		length = snprintf(name, CLIENT_NAME_MAX + 1, "%s@%016llx", node, (unsigned long long)hash_of(text));
	if (length > 0 && (size_t)length <= CLIENT_NAME_MAX)
		return true;
	name[0] = '\0';
	return false;
}

void client_name_take(const char *name)
{
	/* Whether the mount then stands alone is looked at when it is there. */
	if (!unshare(CLONE_NEWUTS))
		(void)!sethostname(name, strlen(name));
}
