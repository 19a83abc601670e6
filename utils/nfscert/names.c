/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfscert/names.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "support/owncert/owncert.h"

static const char suffix[] = ".pem";

size_t names_of_file(const char *file)
{
	size_t size = strlen(file), end = sizeof(suffix) - 1;
	char name[KEYS_NAME_MAX + 1];

	if (size <= end || size - end > KEYS_NAME_MAX || strcmp(file + size - end, suffix))
		return 0;
	memcpy(name, file, size - end);
	name[size - end] = '\0';
	return keys_is_certificate_name(name) ? size - end : 0;
}

static struct name *add(struct names *names, const char *name, size_t size)
{
	struct name *more;

	/* Grows by powers of two, so that many names cost no more each than few. */
	if (!(names->count & (names->count - 1))) {
		size_t room = names->count ? names->count * 2 : 1;

		more = reallocarray(names->at, room, sizeof(*more));
		if (!more)
			return NULL;
		names->at = more;
	}
	more = &names->at[names->count++];
	*more = (struct name){ .has_file = false };
	memcpy(more->name, name, size);
	return more;
}

static int read_folder(const char *path, struct names *names, struct error *e)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	int r = 0;

	if (!folder)
		return errno == ENOENT ? 0 : error_set(e, errno, "cannot list %s: %s", path, strerror(errno));
	while (!r && (entry = readdir(folder))) {
		size_t size = names_of_file(entry->d_name);
		struct name *name = size ? add(names, entry->d_name, size) : NULL;

		if (name)
			name->has_file = true;
		else if (size)
			r = error_set(e, ENOMEM, "out of memory");
	}
	closedir(folder);
	return r;
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct name *)a)->name, ((const struct name *)b)->name);
}

static void sort(struct names *names)
{
	if (names->count)
		qsort(names->at, names->count, sizeof(*names->at), compare);
}

/* While the keyring is read: files are sorted already, what is only loaded comes behind them. */
struct gathering {
	struct names *names;
	size_t files;
	bool failed;
};

static void take_loaded(const char *name, const struct keys_pair *pair, void *context)
{
	struct gathering *to = context;
	struct names files = { to->names->at, to->files };
	struct name *found = (struct name *)(uintptr_t)names_find(&files, name);

	if (!found)
		found = add(to->names, name, strlen(name));
	if (found)
		found->pair = *pair;
	else
		to->failed = true;
}

/* Each keyring is read once, however many names there are. */
static void mark_rings(struct names *names)
{
	for (enum keys_ring ring = 0; ring < KEYS_RING_COUNT; ring++) {
		size_t count;
		AUTO_FREE int32_t *members = keys_ring_members(ring, &count);

		for (size_t i = 0; i < names->count; i++)
			names->at[i].in_ring[ring] = keys_is_member(members, count, names->at[i].pair.certificate);
	}
}

int names_read(const char *folder, enum names_from from, struct names *names, struct error *e)
{
	struct gathering gathering = { .names = names };
	bool ask_kernel = from & NAMES_FROM_KERNEL && owncert_folder_is_usual(folder);
	int r = from & NAMES_FROM_FILES ? read_folder(folder, names, e) : 0;

	if (r)
		return r;
	sort(names);
	gathering.files = names->count;
	if (ask_kernel)
		r = keys_each_certificate(take_loaded, &gathering, e);
	if (!r && gathering.failed)
		r = error_set(e, ENOMEM, "out of memory");
	sort(names);
	if (!r && ask_kernel)
		mark_rings(names);
	return r;
}

const struct name *names_find(const struct names *names, const char *name)
{
	struct name wanted = { .has_file = false };

	if (!names->count || !text_copy(wanted.name, sizeof(wanted.name), name))
		return NULL;
	return bsearch(&wanted, names->at, names->count, sizeof(*names->at), compare);
}

void names_free(struct names *names)
{
	free(names->at);
	*names = (struct names){ 0 };
}
