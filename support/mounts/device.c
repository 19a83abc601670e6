/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/mounts/mounts.h"

#include <errno.h>
#include <string.h>

#include "support/address/address.h"

static const char url_scheme[] = "nfs://";

static int bad_form(struct error *e)
{
	return error_set(e, EINVAL, "remote share not in 'host:dir' format");
}

/* Sets *host to the bytes before the separating colon and *rest to those behind it. */
static int split(const char *text, size_t size, const char **host, size_t *host_size, const char **rest,
		 struct error *e)
{
	const char *end = text + size, *colon;

	if (size && *text == '[') {
		const char *bracket = memchr(text, ']', size);

		if (!bracket)
			return error_set(e, EINVAL, "closing bracket missing from server address");
		*host = text + 1;
		*host_size = (size_t)(bracket - *host);
		colon = bracket + 1;
		if (colon == end || *colon != ':')
			return bad_form(e);
	} else {
		colon = memchr(text, ':', size);
		if (!colon)
			return bad_form(e);
		*host = text;
		*host_size = (size_t)(colon - text);
	}
	*rest = colon + 1;
	return *host_size ? 0 : bad_form(e);
}

int mount_device_parse(const char *text, size_t size, struct mount_device *device, struct error *e)
{
	const char *host = NULL, *path = NULL, *comma;
	size_t host_size = 0, path_size;
	bool several;
	int r;

	if (memchr(text, '\0', size))
		return bad_form(e);
	if (size >= sizeof(url_scheme) - 1 && !memcmp(text, url_scheme, sizeof(url_scheme) - 1))
		return error_set(e, EINVAL, "NFS URLs are not supported: write host:/path");
	r = split(text, size, &host, &host_size, &path, e);
	if (r)
		return r;
	path_size = (size_t)(text + size - path);

	comma = *text == '[' ? NULL : memchr(host, ',', host_size);
	several = comma;
	if (comma)
		host_size = (size_t)(comma - host);
	if (!host_size)
		return bad_form(e);
	if (host_size > MOUNT_HOST_MAX)
		return error_set(e, ENAMETOOLONG, "server hostname is too long: %zu bytes, at most %u", host_size,
				 MOUNT_HOST_MAX);
	if (path_size > MOUNT_PATH_MAX)
		return error_set(e, ENAMETOOLONG, "export pathname is too long: %zu bytes, at most %u", path_size,
				 MOUNT_PATH_MAX);

	memcpy(device->host, host, host_size);
	device->host[host_size] = '\0';
	memcpy(device->path, path, path_size);
	device->path[path_size] = '\0';
	device->several_hosts = several;
	return 0;
}

/* A host as it is compared. */
struct host {
	struct ip_address address; /* size 0: it is a name */
	char name[MOUNT_HOST_MAX + 1];
};

/* False for what is too long to be one. */
static bool take_host(const char *text, struct host *host)
{
	size_t size = strlen(text);

	memset(host, 0, sizeof(*host));
	if (size > 1 && text[0] == '[' && text[size - 1] == ']')
		text++, size -= 2;
	if (size > 1 && text[size - 1] == '.')
		size--;
	if (size > MOUNT_HOST_MAX)
		return false;
	memcpy(host->name, text, size);
	(void)address_parse_bare(host->name, strcspn(host->name, "%"), &host->address);
	return true;
}

bool mount_same_host(const char *a, const char *b)
{
	struct host first, second;

	if (!take_host(a, &first) || !take_host(b, &second) || first.address.size != second.address.size)
		return false;
	if (first.address.size)
		return address_equal(&first.address, &second.address);
	return *first.name && text_equal_nocase(first.name, second.name);
}

bool mount_same_address(const char *a, const char *b)
{
	struct ip_address one, other;

	return address_parse(a, &one) && address_parse(b, &other) && address_equal(&one, &other);
}
