/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/policy/policy_private.h"

#define LABEL_MAX 63u

/* ---- names ---------------------------------------------------------------- */

static bool is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static bool labels_are_good(const char *name)
{
	for (;;) {
		size_t size = strcspn(name, ".");

		if (!size || size > LABEL_MAX)
			return false;
		for (size_t i = 0; i < size; i++)
			if (!is_name_byte(name[i]))
				return false;
		if (!name[size])
			return true;
		name += size + 1;
	}
}

/* Then it is a misspelt address: no top-level domain is a number. */
static bool ends_in_number(const char *name)
{
	const char *dot = strrchr(name, '.');
	const char *last = dot ? dot + 1 : name;

	return last[strspn(last, "0123456789")] == '\0';
}

bool form_name(const char *text, char name[POLICY_NAME_MAX + 1])
{
	size_t size = strlen(text);

	if (size && text[size - 1] == '.')
		size--;
	if (!size || size > POLICY_NAME_MAX)
		return false;
	for (size_t i = 0; i < size; i++)
		name[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] + 'a' - 'A') : text[i];
	name[size] = '\0';
	return labels_are_good(name) && !ends_in_number(name);
}

unsigned int form_count(const char *text, char what)
{
	unsigned int count = 0;

	for (; *text; text++)
		count += *text == what;
	return count;
}

/* ---- addresses -------------------------------------------------------------- */

static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff }; /* RFC 4291 section 2.5.5.2 */

static void unmap(struct policy_address *address)
{
	if (address->size != 16 || memcmp(address->bytes, mapped, sizeof(mapped)) != 0)
		return;
	memmove(address->bytes, address->bytes + sizeof(mapped), 4);
	memset(address->bytes + 4, 0, sizeof(address->bytes) - 4);
	address->size = 4;
}

static bool parse_raw(const char *text, struct policy_address *address)
{
	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET, text, address->bytes) == 1)
		address->size = 4;
	else if (inet_pton(AF_INET6, text, address->bytes) == 1)
		address->size = 16;
	return address->size;
}

struct policy_address policy_address_of(const struct sockaddr_storage *socket)
{
	struct policy_address address = { .size = 0 };

	if (socket->ss_family == AF_INET) {
		memcpy(address.bytes, &((const struct sockaddr_in *)socket)->sin_addr, 4);
		address.size = 4;
	} else if (socket->ss_family == AF_INET6) {
		memcpy(address.bytes, &((const struct sockaddr_in6 *)socket)->sin6_addr, 16);
		address.size = 16;
	}
	unmap(&address);
	return address;
}

bool policy_address_parse(const char *text, struct policy_address *address)
{
	struct policy_address new;
	char copy[INET6_ADDRSTRLEN + 20];
	size_t size = strlen(text);

	if (size >= 2 && text[0] == '[' && text[size - 1] == ']') {
		text++;
		size -= 2;
	}
	if (size >= sizeof(copy))
		return false;
	memcpy(copy, text, size);
	copy[size] = '\0';
	copy[strcspn(copy, "%")] = '\0'; /* a zone is local to this host */
	if (!parse_raw(copy, &new))
		return false;
	unmap(&new);
	*address = new;
	return true;
}

static bool bit_is_set(const unsigned char *bytes, unsigned int bit)
{
	return bytes[bit / 8] & (0x80u >> bit % 8);
}

static bool has_host_bits(const struct policy_address *address, unsigned int bits)
{
	for (unsigned int bit = bits; bit < address->size * 8; bit++)
		if (bit_is_set(address->bytes, bit))
			return true;
	return false;
}

static bool looks_like_address(const char *text)
{
	return text[0] == '[' || strchr(text, ':') || (text[0] >= '0' && text[0] <= '9' && strchr(text, '/'));
}

/* "::ffff:192.0.2.0/120" is 192.0.2.0/24; a shorter one reaches beyond IPv4 and stays what it is. */
static void unmap_prefix(struct prefix *prefix)
{
	if (prefix->address.size != 16 || prefix->bits < 96)
		return;
	unmap(&prefix->address);
	if (prefix->address.size == 4)
		prefix->bits -= 96;
}

int form_prefix(const char *text, struct prefix *prefix, const char **problem)
{
	const char *slash = strchr(text, '/');
	size_t size = slash ? (size_t)(slash - text) : strlen(text);
	char copy[INET6_ADDRSTRLEN + 2];
	char *at = copy;
	struct prefix new;
	long long bits;

	*problem = "this is no address";
	if (size >= sizeof(copy))
		return looks_like_address(text) ? -EINVAL : -ENOENT;
	memcpy(copy, text, size);
	copy[size] = '\0';
	if (size >= 2 && copy[0] == '[' && copy[size - 1] == ']') {
		copy[size - 1] = '\0';
		at++;
	}
	if (!parse_raw(at, &new.address))
		return looks_like_address(text) ? -EINVAL : -ENOENT;
	bits = new.address.size * 8;
	*problem = "the number of bits after / is not possible";
	if (slash && (slash[1] < '0' || slash[1] > '9' || (slash[1] == '0' && slash[2]) ||
		      text_number(slash + 1, 0, bits, &bits)))
		return -EINVAL;
	*problem = "the address has bits beyond the prefix: write the network's own address";
	new.bits = (unsigned int)bits;
	if (has_host_bits(&new.address, new.bits))
		return -EINVAL;
	unmap_prefix(&new);
	*prefix = new;
	return 0;
}

static void cut_host_bits(struct policy_address *address, unsigned int bits)
{
	unsigned int whole = bits / 8;

	if (whole >= address->size)
		return;
	address->bytes[whole] &= (unsigned char)(0xff00u >> bits % 8);
	memset(address->bytes + whole + 1, 0, address->size - whole - 1);
}

bool form_in_prefix(const struct policy_address *address, const struct prefix *prefix)
{
	struct policy_address network = *address;

	if (address->size != prefix->address.size)
		return false;
	cut_host_bits(&network, prefix->bits);
	return !memcmp(network.bytes, prefix->address.bytes, network.size);
}

void form_prefix_key(const struct policy_address *address, unsigned int bits, char key[FORM_PREFIX_KEY_MAX])
{
	struct policy_address network = *address;
	char *at = key;

	cut_host_bits(&network, bits);
	*at++ = 'a';
	for (unsigned int i = 0; i < network.size; i++)
		at += sprintf(at, "%02x", network.bytes[i]);
	sprintf(at, "/%u", bits);
}

/* ---- paths -------------------------------------------------------------------- */

static bool is_dots(const char *component, size_t size)
{
	return (size == 1 && component[0] == '.') || (size == 2 && component[0] == '.' && component[1] == '.');
}

int form_path(const char *text, char path[POLICY_PATH_MAX + 1], const char **problem)
{
	size_t used = 0;

	*problem = "a path must begin with /";
	if (text[0] != '/')
		return -EINVAL;
	while (*text) {
		size_t size;

		text += strspn(text, "/");
		size = strcspn(text, "/");
		if (!size)
			break;
		*problem = "a path must not have . or .. in it";
		if (is_dots(text, size))
			return -EINVAL;
		*problem = "the path is too long";
		if (used + 1 + size > POLICY_PATH_MAX)
			return -EINVAL;
		path[used++] = '/';
		memcpy(path + used, text, size);
		used += size;
		text += size;
	}
	if (!used)
		path[used++] = '/';
	path[used] = '\0';
	return 0;
}

bool form_parent(char *path)
{
	char *slash = strrchr(path, '/');

	if (!path[1])
		return false;
	slash[slash == path] = '\0';
	return true;
}
