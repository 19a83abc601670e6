/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/volumes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "support/address/address.h"

#define VOLUMES_MAX (4u << 20) /* some 50,000 volumes */
#define LINE_MAX_READ 128u     /* what is of interest is at its begin */

/* As the kernel writes a server: the address and the port. */
static void wanted_home(const struct sockaddr_storage *server, char home[VOLUMES_HOME_MAX])
{
	const struct ip_address address = address_of(server);
	size_t used = 0;

	for (size_t i = 0; i < address.size; i++)
		used += (size_t)snprintf(home + used, VOLUMES_HOME_MAX - used, "%02x", address.bytes[i]);
	snprintf(home + used, VOLUMES_HOME_MAX - used, ":%x", address_port(server));
}

/* One line of the text. */
struct volume {
	char home[VOLUMES_HOME_MAX];
	unsigned int major, minor;
};

/* Reads the line at *text and moves *text behind it; false at the end.  A line that is no volume is passed over. */
static bool next_volume(const char **text, struct volume *volume)
{
	char address[40], port[8], line[LINE_MAX_READ];

	while (**text) {
		size_t size = strcspn(*text, "\n");

		/* sscanf(3) would look for the end of the whole text each time */
		snprintf(line, sizeof(line), "%.*s", (int)(size < sizeof(line) ? size : sizeof(line) - 1), *text);
		*text += size + ((*text)[size] == '\n');
		if (sscanf(line, "%*7s %39[0-9a-f] %7[0-9a-f] %u:%u", address, port, &volume->major, &volume->minor) !=
		    4)
			continue;
		snprintf(volume->home, sizeof(volume->home), "%s:%s", address, port);
		return true;
	}
	return false;
}

bool volumes_home(const char *text, unsigned int major, unsigned int minor, char home[VOLUMES_HOME_MAX])
{
	struct volume volume;

	while (next_volume(&text, &volume))
		if (volume.major == major && volume.minor == minor)
			return text_copy(home, VOLUMES_HOME_MAX, volume.home);
	return false;
}

bool volumes_at_home(const char *text, const char *home)
{
	struct volume volume;

	while (next_volume(&text, &volume))
		if (!strcmp(volume.home, home))
			return true;
	return false;
}

int volumes_read(struct strbuf *text)
{
	return file_read_unsized(VOLUMES_FILE, VOLUMES_MAX, text, NULL);
}

bool volumes_have(const char *text, const struct sockaddr_storage *server)
{
	char wanted[VOLUMES_HOME_MAX];

	wanted_home(server, wanted);
	return volumes_at_home(text, wanted);
}

bool volumes_mounted(const struct sockaddr_storage *server)
{
	AUTO_STRBUF text = { 0 };
	int r = volumes_read(&text);

	if (r)
		return r != -ENOENT; /* without the file there is no NFS client, and no mount */
	return volumes_have(text.text, server);
}
