/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/exportd/handle.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uuid.h>

#include <uthash.h>

#include "utils/exportd/volumes_private.h"

#define FSID_MAX 24u

static const size_t sizes[HANDLE_TYPES] = {
	[HANDLE_DEV] = 8,	 [HANDLE_NUM] = 4,   [HANDLE_MAJOR_MINOR] = 12, [HANDLE_ENCODE_DEV] = 8,
	[HANDLE_UUID4_INUM] = 8, [HANDLE_UUID8] = 8, [HANDLE_UUID16] = 16,	[HANDLE_UUID16_INUM] = 24,
};

/* Bytes only, so that there is nothing between them when it is hashed and compared. */
struct handle_key {
	unsigned char type;
	unsigned char fsid[FSID_MAX]; /* zeros behind the size of the type */
};

/* A path that is in the index, kept once. */
struct place {
	size_t size;
	bool crossmnt;
	UT_hash_handle hh;
	char path[];
};

/* What is collected, one for each key and path, until all is known and sorted. */
struct record {
	struct handle_key key;
	const struct place *place;
};

/* A key and its part of `paths`. */
struct slot {
	struct handle_key key;
	size_t first, count;
	UT_hash_handle hh;
};

struct handle_index {
	struct place *places;
	struct slot *slots; /* the first of an array that is freed as one: `slot_memory` */
	struct slot *slot_memory;
	const char **paths;
};

struct builder {
	struct handle_index *index;
	struct volumes *volumes;
	struct record *records;
	size_t count;
};

/* ---- UUIDs ------------------------------------------------------------------------ */

void handle_uuid_parse(const char *text, unsigned char uuid[VOLUME_UUID_SIZE])
{
	volume_uuid_parse(text, uuid);
}

void handle_uuid_of_pseudo_path(const char *path, unsigned char uuid[VOLUME_UUID_SIZE])
{
	/* That of nfs-utils: another one would make all handles of pseudo nodes stale when it is replaced. */
	static const uuid_t namespace_of_paths = { 0x39, 0xc6, 0xb5, 0xc1, 0x3f, 0x24, 0x4f, 0x4e,
						   0x97, 0x7c, 0x7f, 0xe6, 0x54, 0x6b, 0x8a, 0x25 };

	uuid_generate_sha1(uuid, namespace_of_paths, path, strlen(path));
}

/* As nfs-utils, which goes by whether the kernel takes an export of the path with neither a number nor a UUID. */
static bool has_pseudo_uuid(const struct volume_facts *facts, bool pseudo)
{
	return pseudo && facts->wants_uuid;
}

bool handle_uuid(const struct volume_facts *facts, const char *path, const char *written, bool pseudo,
		 unsigned char uuid[VOLUME_UUID_SIZE])
{
	if (written)
		handle_uuid_parse(written, uuid);
	else if (has_pseudo_uuid(facts, pseudo))
		handle_uuid_of_pseudo_path(path, uuid);
	else if (facts->uuid_count)
		memcpy(uuid, facts->uuid[0], VOLUME_UUID_SIZE);
	else
		return false;
	return true;
}

/* ---- collecting --------------------------------------------------------------------- */

static int add_record(struct builder *b, const struct place *place, enum handle_type type, const void *fsid)
{
	struct record record;

	memset(&record, 0, sizeof(record)); /* also what lies between the members: keys are compared as bytes */
	record.key.type = (unsigned char)type;
	memcpy(record.key.fsid, fsid, sizes[type]);
	record.place = place;
	return ARRAY_APPEND(b->records, b->count, record) ? 0 : -ENOMEM;
}

/* As new_encode_dev() of the kernel. */
static uint32_t encode_device(uint32_t major, uint32_t minor)
{
	return (minor & 0xff) | major << 8 | (minor & ~(uint32_t)0xff) << 12;
}

static int add_device_keys(struct builder *b, const struct place *place, const struct volume_facts *facts)
{
	uint32_t inode = (uint32_t)facts->inode; /* the kernel cuts it, too */
	uint32_t old[2] = { htonl(facts->major << 16 | facts->minor), inode };
	uint32_t apart[3] = { htonl(facts->major), htonl(facts->minor), inode };
	uint32_t encoded[2] = { encode_device(facts->major, facts->minor), inode };
	int r = 0;

	if (facts->major <= 0xffff && facts->minor <= 0xffff)
		r = add_record(b, place, HANDLE_DEV, old);
	if (!r)
		r = add_record(b, place, HANDLE_MAJOR_MINOR, apart);
	return r ? r : add_record(b, place, HANDLE_ENCODE_DEV, encoded);
}

/* For a folder of a file system; the inode tells which one. */
static int add_inode_keys(struct builder *b, const struct place *place, const unsigned char uuid[VOLUME_UUID_SIZE],
			  uint64_t inode)
{
	uint32_t words[4], folded[2];
	unsigned char full[sizeof(inode) + VOLUME_UUID_SIZE];
	int r;

	memcpy(words, uuid, sizeof(words));
	folded[0] = (uint32_t)inode;
	folded[1] = words[0] ^ words[1] ^ words[2] ^ words[3];
	memcpy(full, &inode, sizeof(inode));
	memcpy(full + sizeof(inode), uuid, VOLUME_UUID_SIZE);
	r = add_record(b, place, HANDLE_UUID4_INUM, folded);
	return r ? r : add_record(b, place, HANDLE_UUID16_INUM, full);
}

/* For the root of a file system. */
static int add_root_keys(struct builder *b, const struct place *place, const unsigned char uuid[VOLUME_UUID_SIZE])
{
	uint32_t words[4], folded[2];
	int r;

	memcpy(words, uuid, sizeof(words));
	folded[0] = words[0] ^ words[2];
	folded[1] = words[1] ^ words[3];
	r = add_record(b, place, HANDLE_UUID8, folded);
	return r ? r : add_record(b, place, HANDLE_UUID16, uuid);
}

static int add_uuid_keys(struct builder *b, const struct place *place, const unsigned char uuid[VOLUME_UUID_SIZE],
			 const struct volume_facts *facts, bool root)
{
	int r = add_inode_keys(b, place, uuid, facts->inode);

	return r || !root ? r : add_root_keys(b, place, uuid);
}

/* All that the kernel may have been told, now or by what ran here before: handles outlive both. */
static int add_keys(struct builder *b, const struct place *place, const struct access_path *export,
		    const struct volume_facts *facts)
{
	unsigned char uuid[VOLUME_UUID_SIZE];
	int r = facts->by_device ? add_device_keys(b, place, facts) : 0;

	for (unsigned int i = 0; !r && i < facts->uuid_count; i++)
		r = add_uuid_keys(b, place, facts->uuid[i], facts, facts->whole);
	for (size_t i = 0; !r && export && i < export->uuid_count; i++) {
		handle_uuid_parse(export->uuids[i], uuid);
		r = add_uuid_keys(b, place, uuid, facts, true);
	}
	if (!r && export && has_pseudo_uuid(facts, export->pseudo)) {
		handle_uuid_of_pseudo_path(export->path, uuid);
		r = add_uuid_keys(b, place, uuid, facts, true);
	}
	return r;
}

static struct place *find_place(const struct handle_index *index, const char *path, size_t size)
{
	struct place *place;

	HASH_FIND(hh, index->places, path, size, place);
	return place;
}

static struct place *add_place(struct handle_index *index, const char *path, bool crossmnt)
{
	size_t size = strlen(path);
	struct place *place = calloc(1, sizeof(*place) + size + 1);

	if (!place)
		return NULL;
	place->size = size;
	place->crossmnt = crossmnt;
	memcpy(place->path, path, size + 1);
	HASH_ADD_KEYPTR(hh, index->places, place->path, size, place);
	if (place->hh.tbl)
		return place;
	free(place);
	return NULL;
}

/* export is NULL for what is only mounted below one.  A path that is not there has no handle. */
static int ask_path(struct builder *b, const struct place *place, const struct access_path *export)
{
	struct volume_facts facts;
	int r = volumes_facts(b->volumes, place->path, &facts, NULL);

	if (r)
		return r == -ENOMEM ? r : 0;
	return add_keys(b, place, export, &facts);
}

/* Is there a crossmnt export above?  Then that one has all that is mounted below this one. */
static bool is_covered(const struct handle_index *index, const char *path)
{
	size_t size = strlen(path);

	while (size > 1) {
		const struct place *above;

		do
			size--;
		while (size && path[size] != '/');
		above = find_place(index, path, size ? size : 1);
		if (above && above->crossmnt)
			return true;
	}
	return false;
}

static int add_mounted_below(struct builder *b, const char *path)
{
	const char *const *points;
	size_t count = volumes_below(b->volumes, path, &points);
	int r = 0;

	for (size_t i = 0; !r && i < count; i++) {
		const struct place *place;

		if (find_place(b->index, points[i], strlen(points[i])))
			continue; /* is exported itself */
		place = add_place(b->index, points[i], false);
		r = place ? ask_path(b, place, NULL) : -ENOMEM;
	}
	return r;
}

static int collect(struct builder *b, const struct access *access)
{
	size_t count = access_path_count(access);
	struct access_path export;
	int r = 0;

	for (size_t i = 0; i < count; i++) {
		access_path_at(access, i, &export);
		if (!add_place(b->index, export.path, export.crossmnt))
			return -ENOMEM;
	}
	for (size_t i = 0; !r && i < count; i++) {
		access_path_at(access, i, &export);
		r = ask_path(b, find_place(b->index, export.path, strlen(export.path)), &export);
		if (!r && export.crossmnt && !is_covered(b->index, export.path))
			r = add_mounted_below(b, export.path);
	}
	return r;
}

/* ---- the index -------------------------------------------------------------------------- */

/* By key, then as handle_index_find() gives them. */
static int compare_records(const void *a, const void *b)
{
	const struct record *one = a, *other = b;
	int r = memcmp(&one->key, &other->key, sizeof(one->key));

	if (r || one->place == other->place)
		return r;
	if (one->place->size != other->place->size)
		return one->place->size > other->place->size ? -1 : 1;
	return strcmp(one->place->path, other->place->path);
}

static int fill(struct handle_index *index, const struct record *records, size_t count)
{
	struct slot *slot = NULL;
	size_t filled = 0, used = 0;

	for (size_t i = 0; i < count; i++) {
		if (i && !compare_records(&records[i - 1], &records[i]))
			continue; /* the same path twice: two sources gave the same UUID */
		if (!slot || memcmp(&slot->key, &records[i].key, sizeof(slot->key))) {
			slot = &index->slot_memory[used++];
			slot->key = records[i].key;
			slot->first = filled;
			HASH_ADD(hh, index->slots, key, sizeof(slot->key), slot);
			if (!slot->hh.tbl)
				return -ENOMEM;
		}
		index->paths[filled++] = records[i].place->path;
		slot->count++;
	}
	return 0;
}

static int finish(struct builder *b)
{
	struct handle_index *index = b->index;

	index->paths = calloc(b->count + 1, sizeof(*index->paths));
	index->slot_memory = calloc(b->count + 1, sizeof(*index->slot_memory));
	if (!index->paths || !index->slot_memory)
		return -ENOMEM;
	if (b->count)
		qsort(b->records, b->count, sizeof(*b->records), compare_records);
	return fill(index, b->records, b->count);
}

int handle_index_new(const struct access *access, struct volumes *volumes, struct handle_index **index, struct error *e)
{
	struct builder b = { .index = calloc(1, sizeof(*b.index)), .volumes = volumes };
	int r = b.index ? collect(&b, access) : -ENOMEM;

	if (!r)
		r = finish(&b);
	free(b.records);
	if (r) {
		handle_index_free(b.index);
		return error_set(e, ENOMEM, "no memory for the index of file handles");
	}
	*index = b.index;
	return 0;
}

void handle_index_free(struct handle_index *index)
{
	struct place *place, *next;

	if (!index)
		return;
	HASH_CLEAR(hh, index->slots);
	HASH_ITER(hh, index->places, place, next) {
		HASH_DEL(index->places, place);
		free(place);
	}
	free(index->slot_memory);
	free(index->paths);
	free(index);
}

size_t handle_index_find(const struct handle_index *index, unsigned int type, const unsigned char *fsid, size_t size,
			 const char *const **paths)
{
	struct handle_key key = { 0 };
	const struct slot *slot;

	if (type >= HANDLE_TYPES || type == HANDLE_NUM || size != sizes[type])
		return 0;
	key.type = (unsigned char)type;
	memcpy(key.fsid, fsid, size);
	HASH_FIND(hh, index->slots, &key, sizeof(key), slot);
	if (!slot)
		return 0;
	*paths = index->paths + slot->first;
	return slot->count;
}
