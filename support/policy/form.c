/* SPDX-License-Identifier: GPL-2.0-or-later */
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

static bool looks_like_address(const char *text)
{
	return text[0] == '[' || strchr(text, ':') || (text[0] >= '0' && text[0] <= '9' && strchr(text, '/'));
}

/* "::ffff:192.0.2.0/120" is 192.0.2.0/24; a shorter one reaches beyond IPv4 and stays what it is. */
static void unmap_prefix(struct prefix *prefix)
{
	if (prefix->address.size != 16 || prefix->bits < 96)
		return;
	address_unmap(&prefix->address);
	if (prefix->address.size == 4)
		prefix->bits -= 96;
}

int form_prefix(const char *text, struct prefix *prefix, const char **problem)
{
	const char *slash = strchr(text, '/');
	size_t size = slash ? (size_t)(slash - text) : strlen(text);
	bool bracketed = size >= 2 && text[0] == '[' && text[size - 1] == ']';
	struct prefix new;
	long long bits;

	*problem = "this is no address";
	if (!address_parse_bare(text + bracketed, size - 2 * bracketed, &new.address))
		return looks_like_address(text) ? -EINVAL : -ENOENT;
	bits = new.address.size * 8;
	*problem = "the number of bits after / is not possible";
	if (slash && (slash[1] < '0' || slash[1] > '9' || (slash[1] == '0' && slash[2]) ||
		      text_number(slash + 1, 0, bits, &bits)))
		return -EINVAL;
	*problem = "the address has bits beyond the prefix: write the network's own address";
	new.bits = (unsigned int)bits;
	if (address_has_host_bits(&new.address, new.bits))
		return -EINVAL;
	unmap_prefix(&new);
	*prefix = new;
	return 0;
}

bool form_in_prefix(const struct ip_address *address, const struct prefix *prefix)
{
	return address_in_network(address, &prefix->address, prefix->bits);
}

void form_prefix_key(const struct ip_address *address, unsigned int bits, char key[FORM_PREFIX_KEY_MAX])
{
	struct ip_address network = *address;
	char *at = key;

	address_cut_host_bits(&network, bits);
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
