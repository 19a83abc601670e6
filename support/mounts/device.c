/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/mounts/mounts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

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
	unsigned char address[sizeof(struct in6_addr)];
	size_t address_size; /* 0: it is a name */
	char name[MOUNT_HOST_MAX + 1];
};

/* False for what is too long to be one. */
static bool take_host(const char *text, struct host *host)
{
	size_t size = strlen(text), without_zone;
	char plain[MOUNT_HOST_MAX + 1];

	memset(host, 0, sizeof(*host));
	if (size > 1 && text[0] == '[' && text[size - 1] == ']')
		text++, size -= 2;
	if (size > 1 && text[size - 1] == '.')
		size--;
	if (size > MOUNT_HOST_MAX)
		return false;
	memcpy(host->name, text, size);
	without_zone = strcspn(host->name, "%");
	memcpy(plain, host->name, without_zone);
	plain[without_zone] = '\0';
	if (inet_pton(AF_INET, plain, host->address) == 1)
		host->address_size = sizeof(struct in_addr);
	else if (inet_pton(AF_INET6, plain, host->address) == 1)
		host->address_size = sizeof(struct in6_addr);
	return true;
}

bool mount_same_host(const char *a, const char *b)
{
	struct host first, second;

	if (!take_host(a, &first) || !take_host(b, &second) || first.address_size != second.address_size)
		return false;
	if (first.address_size)
		return !memcmp(first.address, second.address, first.address_size);
	return *first.name && text_equal_nocase(first.name, second.name);
}

/* IPv4 within IPv6 is IPv4. */
static void unmap(struct host *host)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff }; /* RFC 4291 section 2.5.5.2 */

	if (host->address_size != sizeof(struct in6_addr) || memcmp(host->address, mapped, sizeof(mapped)) != 0)
		return;
	host->address_size = sizeof(struct in_addr);
	memmove(host->address, host->address + sizeof(mapped), host->address_size);
}

bool mount_same_address(const char *a, const char *b)
{
	struct host first, second;

	if (!take_host(a, &first) || !take_host(b, &second))
		return false;
	unmap(&first);
	unmap(&second);
	return first.address_size && first.address_size == second.address_size &&
	       !memcmp(first.address, second.address, first.address_size);
}
