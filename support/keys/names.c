/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel's texts about keys say, and how our keys are described: nothing here asks the kernel. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/keys/keys_private.h"

static const char prefix[] = "nfs-tls:";
static const char *const suffixes[] = { [KEYS_CERTIFICATE] = ":cert", [KEYS_PRIVATE_KEY] = ":key" };

bool keys_is_certificate_name(const char *name)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t size = strlen(name);

	return size && size <= KEYS_NAME_MAX && strspn(name, allowed) == size && name[0] != '.' && name[0] != '-';
}

void keys_describe(const char *name, enum keys_part part, char description[KEYS_DESCRIPTION_MAX])
{
	snprintf(description, KEYS_DESCRIPTION_MAX, "%s%s%s", prefix, name, suffixes[part]);
}

void keys_parse_description(const char *description, char name[KEYS_NAME_MAX + 1], bool *is_certificate)
{
	size_t skip = sizeof(prefix) - 1, size;

	name[0] = '\0';
	if (strncmp(description, prefix, skip))
		return;
	size = strlen(description + skip);
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		size_t end = strlen(suffixes[i]);

		if (size <= end || size - end > KEYS_NAME_MAX || strcmp(description + skip + size - end, suffixes[i]))
			continue;
		memcpy(name, description + skip, size - end);
		name[size - end] = '\0';
		*is_certificate = i == KEYS_CERTIFICATE;
	}
	if (!keys_is_certificate_name(name))
		name[0] = '\0';
}

/* ---- /proc/keys ----------------------------------------------------------- */

/* "SERIAL FLAGS USAGE TIMEOUT PERM UID GID TYPE DESCRIPTION: SUMMARY" */
#define FIELD_SERIAL 0
#define FIELD_UID 5
#define FIELD_TYPE 7
#define FIELD_COUNT 8

/* The next word of the line, of *size bytes; NULL at its end. */
static const char *next_word(const char **at, size_t *size)
{
	const char *word = *at + strspn(*at, " ");

	*size = strcspn(word, " \n");
	*at = word + *size;
	return *size ? word : NULL;
}

static bool is_word(const char *word, size_t size, const char *wanted)
{
	return size == strlen(wanted) && !strncmp(word, wanted, size);
}

/* The serial number, when the line is about a keyring of root with this name. */
static int32_t ring_in_line(const char *line, const char *name)
{
	size_t size, length = strlen(name);
	long serial = 0;

	for (int field = 0; field < FIELD_COUNT; field++) {
		const char *word = next_word(&line, &size);

		if (!word || (field == FIELD_UID && !is_word(word, size, "0")) ||
		    (field == FIELD_TYPE && !is_word(word, size, "keyring")))
			return 0;
		if (field == FIELD_SERIAL)
			serial = strtol(word, NULL, 16);
	}
	line += strspn(line, " ");
	if (strncmp(line, name, length) || line[length] != ':')
		return 0;
	return serial > 0 && serial <= INT32_MAX ? (int32_t)serial : 0;
}

int32_t keys_ring_in_table(const char *text, const char *name)
{
	while (*text) {
		int32_t serial = ring_in_line(text, name);

		if (serial)
			return serial;
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return 0;
}
