/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "support/address/address.h"
#include "support/names/names.h"

#define LOCAL_FILE_MAX (16u << 20)
#define NAME_MAX_SIZE 256u
#define BLANKS " \t\r\v\f"

/* A name in lower case, or the bytes of an address. */
struct known {
	UT_hash_handle hh;
	unsigned char key[];
};

struct names_local {
	struct known *names, *addresses;
};

static bool add(struct known **table, const void *key, size_t size)
{
	struct known *known;

	HASH_FIND(hh, *table, key, size, known);
	if (known)
		return true;
	known = malloc(sizeof(*known) + size);
	if (!known)
		return false;
	memcpy(known->key, key, size);
	HASH_ADD_KEYPTR(hh, *table, known->key, size, known);
	if (known->hh.tbl)
		return true;
	free(known);
	return false;
}

/* The size of the name in lower case, without a dot at the end; 0 for one that is too long. */
static size_t lower(const char *name, char out[NAME_MAX_SIZE])
{
	size_t size = strlen(name);

	size -= size && name[size - 1] == '.';
	if (size >= NAME_MAX_SIZE)
		return 0;
	for (size_t i = 0; i < size; i++)
		out[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] + 'a' - 'A') : name[i];
	return size;
}

/* line is cut into words.  False without memory. */
static bool add_line(struct names_local *local, char *line)
{
	struct ip_address address;
	char *rest = line, *word;

	line[strcspn(line, "#")] = '\0';
	word = strtok_r(rest, BLANKS, &rest);
	if (!word || !address_parse_bare(word, strlen(word), &address))
		return true;
	address_unmap(&address); /* as the resolver does */
	if (!add(&local->addresses, address.bytes, address.size))
		return false;
	while ((word = strtok_r(NULL, BLANKS, &rest))) {
		char name[NAME_MAX_SIZE];
		size_t size = lower(word, name);

		if (size && !add(&local->names, name, size))
			return false;
	}
	return true;
}

struct names_local *names_local_parse(const char *text, size_t size)
{
	struct names_local *local = calloc(1, sizeof(*local));
	AUTO_FREE char *copy = strndup(text, size); /* a NUL byte ends it, as it does for the resolver */
	char *line = copy, *end;
	bool good = local && copy;

	for (; good && line; line = end) {
		end = strchr(line, '\n');
		if (end)
			*end++ = '\0';
		good = add_line(local, line);
	}
	if (good)
		return local;
	names_local_free(local);
	return NULL;
}

struct names_local *names_local_read(const char *path)
{
	AUTO_BYTES text = { 0 };

	if (file_read(path, LOCAL_FILE_MAX, FILE_ANY, &text, NULL))
		return names_local_parse("", 0);
	return names_local_parse((const char *)text.data, text.size);
}

static void free_table(struct known **table)
{
	struct known *known, *next;

	HASH_ITER(hh, *table, known, next) {
		HASH_DEL(*table, known);
		free(known);
	}
}

void names_local_free(struct names_local *local)
{
	if (!local)
		return;
	free_table(&local->names);
	free_table(&local->addresses);
	free(local);
}

bool names_local_has_name(const struct names_local *local, const char *name)
{
	struct known *known = NULL;
	char key[NAME_MAX_SIZE];
	size_t size = lower(name, key);

	if (size)
		HASH_FIND(hh, local->names, key, size, known);
	return known;
}

bool names_local_has_address(const struct names_local *local, const unsigned char *bytes, size_t size)
{
	struct known *known;

	HASH_FIND(hh, local->addresses, bytes, size, known);
	return known;
}
