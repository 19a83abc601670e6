/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utils/exportd/handle.h"
#include "utils/exportd/volumes_private.h"

#define EXT4 0xef53u
#define TMPFS 0x01021994u
#define BTRFS 0x9123683eu

/* ---- a made-up host ------------------------------------------------------------------ */

struct fake_path {
	const char *path;
	struct volume_stat stat;
};

struct fake_device {
	uint32_t major, minor;
	struct volume_statfs statfs;
	const char *uuid;
};

struct fake_host {
	const char *mountinfo;
	const struct fake_path *paths;
	size_t path_count;
	const struct fake_device *devices;
	size_t device_count;
	unsigned int statfs_calls, uuid_calls;
};

static struct fake_host *host;

static int fake_mountinfo(struct strbuf *text, struct error *e)
{
	if (!host->mountinfo)
		return error_set(e, EACCES, "cannot open mountinfo");
	strbuf_add(text, host->mountinfo, strlen(host->mountinfo));
	return 0;
}

static int fake_stat(const char *path, struct volume_stat *stat)
{
	for (size_t i = 0; i < host->path_count; i++)
		if (!strcmp(host->paths[i].path, path)) {
			*stat = host->paths[i].stat;
			return 0;
		}
	return -ENOENT;
}

static const struct fake_device *fake_device(uint32_t major, uint32_t minor)
{
	for (size_t i = 0; i < host->device_count; i++)
		if (host->devices[i].major == major && host->devices[i].minor == minor)
			return &host->devices[i];
	return NULL;
}

static int fake_statfs(const char *path, struct volume_statfs *statfs)
{
	struct volume_stat stat = { 0 };
	const struct fake_device *device;

	host->statfs_calls++;
	assert_int_equal(fake_stat(path, &stat), 0);
	device = fake_device(stat.major, stat.minor);
	if (!device)
		return -EIO;
	*statfs = device->statfs;
	return 0;
}

static int fake_uuid(uint32_t major, uint32_t minor, char text[VOLUME_UUID_TEXT_MAX])
{
	const struct fake_device *device = fake_device(major, minor);

	host->uuid_calls++;
	if (!device || !device->uuid)
		return -ENOENT;
	assert_true(text_copy(text, VOLUME_UUID_TEXT_MAX, device->uuid));
	return 0;
}

static const struct volume_calls fake_calls = {
	.mountinfo = fake_mountinfo,
	.stat = fake_stat,
	.statfs = fake_statfs,
	.uuid = fake_uuid,
};

static struct volumes *volumes_of(struct fake_host *of)
{
	struct volumes *volumes;
	struct error e;

	host = of;
	assert_int_equal(volumes_new(&fake_calls, &volumes, &e), 0);
	return volumes;
}

static const char *const usual_mountinfo = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
					   "23 22 8:17 / /srv/data rw shared:9 master:2 - ext4 /dev/sdb1 rw\n"
					   "24 23 8:33 / /srv/data/child rw - xfs /dev/sdc1 rw\n"
					   "25 22 8:17 /sub /srv/bound rw - ext4 /dev/sdb1 rw\n"
					   "26 22 0:40 / /mem rw - tmpfs tmpfs rw\n"
					   "27 22 0:50 / /home rw - nfs4 server.example:/home rw\n";

static const struct fake_path usual_paths[] = {
	{ "/", { 8, 1, 2 } },
	{ "/srv", { 8, 1, 77 } },
	{ "/srv/plain", { 8, 1, 0x100000005 } },
	{ "/srv/data", { 8, 17, 2 } },
	{ "/srv/data/folder", { 8, 17, 12 } },
	{ "/srv/data/child", { 8, 33, 128 } },
	{ "/srv/bound", { 8, 17, 13 } },
	{ "/mem", { 0, 40, 1 } },
	{ "/mem/x", { 0, 40, 9 } },
	{ "/home", { 0, 50, 3 } },
	{ "/pool", { 0, 60, 256 } },
	{ "/far", { 259, 70000, 4 } },
};

static const struct fake_device usual_devices[] = {
	{ 8, 1, { EXT4, { 0xf59bea2e, 0x3b299c83 } }, "00112233-4455-6677-8899-aabbccddeeff" },
	{ 8, 17, { EXT4, { 0x1, 0x2 } }, "ffeeddcc-bbaa-9988-7766-554433221101" },
	{ 8, 33, { 0x58465342, { 0x10, 0x0 } }, "0f0e0d0c-0b0a-0908-0706-050403020100" },
	{ 0, 40, { TMPFS, { 0xabcd, 0xef } }, NULL },
	{ 0, 60, { BTRFS, { 0x60, 0x61 } }, "11111111-1111-1111-1111-111111111111" },
	{ 259, 70000, { EXT4, { 0, 0 } }, "1234-ABCD" },
};

#define USUAL_HOST                                                                                         \
	{                                                                                                  \
		.mountinfo = usual_mountinfo, .paths = usual_paths, .path_count = ARRAY_SIZE(usual_paths), \
		.devices = usual_devices, .device_count = ARRAY_SIZE(usual_devices)                        \
	}

/* ---- volumes ------------------------------------------------------------------------------- */

static void assert_below(const struct volumes *volumes, const char *path, const char *wanted)
{
	AUTO_STRBUF found = { 0 };
	const char *const *points;
	size_t count = volumes_below(volumes, path, &points);

	for (size_t i = 0; i < count; i++)
		strbuf_addf(&found, "%s%s", i ? "," : "", points[i]);
	assert_string_equal(found.text ? found.text : "", wanted);
}

static void what_lies_below_is_found(void **state)
{
	struct fake_host of = { .mountinfo = "1 0 8:1 / / rw - ext4 x rw\n2 3 8:2 / /a/b rw - ext4 x rw\n"
					     "3 1 8:3 / /a rw - ext4 x rw\n4 1 8:4 / /a-b rw - ext4 x rw\n"
					     "5 7 8:5 / /a/b/c rw - ext4 x rw\n6 1 8:6 / /a0 rw - ext4 x rw\n"
					     "7 2 8:7 /x /a/b rw - ext4 x rw\n" };
	struct fake_host none = { .mountinfo = "" };
	struct volumes *volumes = volumes_of(&of);

	(void)state;
	assert_below(volumes, "/", "/a,/a-b,/a/b,/a/b/c,/a0");
	assert_below(volumes, "/a", "/a/b,/a/b/c");
	assert_below(volumes, "/a/b", "/a/b/c");
	assert_below(volumes, "/a/b/c", "");
	assert_below(volumes, "/0", "");
	assert_below(volumes, "/z", "");
	assert_true(volumes_is_mounted(volumes, "/a/b"));
	assert_false(volumes_is_mounted(volumes, "/a/x"));
	volumes_free(volumes);
	volumes = volumes_of(&none);
	assert_below(volumes, "/", "");
	assert_true(volumes_is_mounted(volumes, "/"));
	volumes_free(volumes);
	volumes_free(NULL);
}

static struct volume_facts facts_of(struct volumes *volumes, const char *path)
{
	struct volume_facts facts;
	struct error e;

	assert_int_equal(volumes_facts(volumes, path, &facts, &e), 0);
	return facts;
}

static void assert_uuid(const unsigned char *uuid, const char *wanted)
{
	char text[2 * VOLUME_UUID_SIZE + 1];

	for (unsigned int i = 0; i < VOLUME_UUID_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", uuid[i]);
	assert_string_equal(text, wanted);
}

static void facts_tell_what_names_a_file_system(void **state)
{
	struct fake_host of = USUAL_HOST;
	struct volumes *volumes = volumes_of(&of);
	struct volume_facts facts = facts_of(volumes, "/srv/data");
	struct error e;

	(void)state;
	assert_true(facts.mounted && facts.whole && facts.by_device && !facts.wants_uuid);
	assert_int_equal(facts.major, 8);
	assert_int_equal(facts.minor, 17);
	assert_int_equal(facts.inode, 2);
	assert_int_equal(facts.uuid_count, 2);
	assert_uuid(facts.uuid[0], "ffeeddccbbaa99887766554433221101");
	assert_uuid(facts.uuid[1], "00000001000000020000000000000000");
	facts = facts_of(volumes, "/srv/bound");
	assert_true(facts.mounted && !facts.whole);
	facts = facts_of(volumes, "/srv/data/folder");
	assert_true(!facts.mounted && !facts.whole);
	assert_int_equal(of.statfs_calls, 1); /* one device, three paths */
	assert_int_equal(of.uuid_calls, 1);
	facts = facts_of(volumes, "/");
	assert_true(facts.mounted && facts.whole);
	assert_uuid(facts.uuid[1], "f59bea2e3b299c830000000000000000");

	of.statfs_calls = of.uuid_calls = 0;
	facts = facts_of(volumes, "/mem");
	assert_true(!facts.by_device && facts.wants_uuid);
	assert_int_equal(facts.uuid_count, 1);
	assert_uuid(facts.uuid[0], "0000abcd000000ef0000000000000000");
	facts = facts_of(volumes, "/pool"); /* has a device, though its number is made up */
	assert_true(!facts.by_device && !facts.wants_uuid);
	assert_int_equal(facts.uuid_count, 1);
	assert_int_equal(of.uuid_calls, 0);
	assert_int_equal(of.statfs_calls, 2);
	facts = facts_of(volumes, "/home"); /* no server is asked */
	assert_true(facts.mounted && facts.wants_uuid);
	assert_int_equal(facts.uuid_count, 0);
	assert_int_equal(of.statfs_calls, 2);
	facts = facts_of(volumes, "/far"); /* an f_fsid of zeros is none */
	assert_int_equal(facts.uuid_count, 1);
	assert_uuid(facts.uuid[0], "1234abcd000000000000000000000000");

	assert_int_equal(volumes_facts(volumes, "/nowhere", &facts, &e), -ENOENT);
	assert_non_null(strstr(e.text, "/nowhere"));
	volumes_free(volumes);
}

static void a_type_without_device_uuid_is_not_probed(void **state)
{
	static const struct fake_path paths[] = { { "/b", { 8, 5, 256 } } };
	static const struct fake_device devices[] = { { 8, 5, { BTRFS, { 7, 8 } }, "11111111" } };
	struct fake_host of = {
		.mountinfo = "", .paths = paths, .path_count = 1, .devices = devices, .device_count = 1
	};
	struct volumes *volumes = volumes_of(&of);
	struct volume_facts facts = facts_of(volumes, "/b");

	(void)state;
	assert_int_equal(facts.uuid_count, 1);
	assert_uuid(facts.uuid[0], "00000007000000080000000000000000");
	assert_int_equal(of.uuid_calls, 0);
	volumes_free(volumes);
}

/* After chroot(2) into a folder there is no line for "/". */
static void the_root_counts_as_mounted(void **state)
{
	struct fake_host of = USUAL_HOST;
	struct volumes *volumes;
	struct volume_facts facts;

	(void)state;
	of.mountinfo = "";
	volumes = volumes_of(&of);
	facts = facts_of(volumes, "/");
	assert_true(facts.mounted && facts.whole);
	facts = facts_of(volumes, "/srv/data");
	assert_true(!facts.mounted && !facts.whole);
	volumes_free(volumes);
}

static void an_unreadable_mountinfo_is_an_error(void **state)
{
	struct fake_host of = { 0 };
	struct volumes *volumes;
	struct error e;

	(void)state;
	host = &of;
	assert_int_equal(volumes_new(&fake_calls, &volumes, &e), -EACCES);
	assert_non_null(strstr(e.text, "mountinfo"));
}

/* This process's own: "/" can be examined, and /proc is no file system with a device. */
static void the_system_answers(void **state)
{
	struct volumes *volumes;
	struct volume_facts facts;
	struct error e;

	(void)state;
	assert_int_equal(volumes_new(&volume_calls_system, &volumes, &e), 0);
	facts = facts_of(volumes, "/");
	assert_true(facts.mounted);
	assert_true(facts.inode > 0);
	assert_true(volumes_is_mounted(volumes, "/proc"));
	facts = facts_of(volumes, "/proc");
	assert_true(facts.mounted && facts.whole && !facts.by_device && facts.wants_uuid);
	assert_int_equal(volumes_facts(volumes, "/nowhere/at/all", &facts, &e), -ENOENT);
	volumes_free(volumes);
}

/* ---- UUIDs --------------------------------------------------------------------------------- */

static void uuid_texts_are_folded(void **state)
{
	static const struct {
		const char *text, *wanted;
	} cases[] = {
		{ "00112233-4455-6677-8899-aabbccddeeff", "00112233445566778899aabbccddeeff" },
		{ "00112233:44556677:8899AABB:CCDDEEFF", "00112233445566778899aabbccddeeff" },
		{ "1234-ABCD", "1234abcd000000000000000000000000" },
		{ "123", "12300000000000000000000000000000" },
		{ "", "00000000000000000000000000000000" },
		{ "xyz!", "00000000000000000000000000000000" },
		{ "00112233445566778899aabbccddeeffff01", "ff102233445566778899aabbccddeeff" },
	};
	unsigned char uuid[VOLUME_UUID_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		handle_uuid_parse(cases[i].text, uuid);
		assert_uuid(uuid, cases[i].wanted);
	}
}

/* The values are those of uuid.uuid5() of Python. */
static void pseudo_paths_have_their_uuid(void **state)
{
	unsigned char uuid[VOLUME_UUID_SIZE];

	(void)state;
	handle_uuid_of_pseudo_path("/srv", uuid);
	assert_uuid(uuid, "caf9a5bec5395c6081ba26139041c6d8");
	handle_uuid_of_pseudo_path("/srv/with blank", uuid);
	assert_uuid(uuid, "5f55f06b1fda56e0b98a096572cd481e");
}

static void the_right_uuid_is_sent(void **state)
{
	struct fake_host of = USUAL_HOST;
	struct volumes *volumes = volumes_of(&of);
	struct volume_facts facts = facts_of(volumes, "/srv");
	unsigned char uuid[VOLUME_UUID_SIZE];
	unsigned char pseudo[VOLUME_UUID_SIZE];

	(void)state;
	assert_true(handle_uuid(&facts, "/srv", "a-b", false, uuid));
	assert_uuid(uuid, "ab000000000000000000000000000000");
	assert_true(handle_uuid(&facts, "/srv", NULL, false, uuid));
	assert_uuid(uuid, "00112233445566778899aabbccddeeff");
	assert_true(handle_uuid(&facts, "/srv", NULL, true, uuid));
	assert_uuid(uuid, "00112233445566778899aabbccddeeff");
	facts = facts_of(volumes, "/mem/x");
	assert_true(handle_uuid(&facts, "/mem/x", NULL, false, uuid));
	assert_uuid(uuid, "0000abcd000000ef0000000000000000");
	/* nfs-utils takes the one of the path, and handles must live on when it is replaced */
	handle_uuid_of_pseudo_path("/mem/x", pseudo);
	assert_true(handle_uuid(&facts, "/mem/x", NULL, true, uuid));
	assert_memory_equal(uuid, pseudo, sizeof(pseudo));
	facts = facts_of(volumes, "/home");
	assert_false(handle_uuid(&facts, "/home", NULL, false, uuid));
	volumes_free(volumes);
}

/* ---- handles ------------------------------------------------------------------------------- */

struct bed {
	struct export_list *list;
	struct export_table *table;
	struct access *access;
	struct volumes *volumes;
	struct handle_index *index;
};

static void set_up(struct bed *bed, struct fake_host *of, const char *exports)
{
	struct error e;

	bed->list = export_list_new();
	bed->table = export_table_new();
	assert_int_equal(export_parse(bed->list, "exports", exports, strlen(exports), &e), 0);
	assert_int_equal(export_list_gap_count(bed->list), 0);
	for (size_t i = 0; i < export_list_count(bed->list); i++) {
		struct export *export;

		assert_true(export_table_add(bed->table, export_list_at(bed->list, i), NULL, &export, &e) >= 0);
	}
	assert_int_equal(access_new(bed->table, access_modes_as_written, NULL, &bed->access, &e), 0);
	bed->volumes = volumes_of(of);
	assert_int_equal(handle_index_new(bed->access, bed->volumes, &bed->index, &e), 0);
	/* The index keeps nothing of these. */
	volumes_free(bed->volumes);
	access_free(bed->access);
	export_table_free(bed->table);
	export_list_free(bed->list);
}

static void tear_down(struct bed *bed)
{
	handle_index_free(bed->index);
}

static void assert_found(const struct bed *bed, unsigned int type, const void *fsid, size_t size, const char *wanted)
{
	AUTO_STRBUF found = { 0 };
	const char *const *paths = NULL;
	size_t count = handle_index_find(bed->index, type, fsid, size, &paths);

	for (size_t i = 0; i < count; i++)
		strbuf_addf(&found, "%s%s", i ? "," : "", paths[i]);
	assert_string_equal(found.text ? found.text : "", wanted);
}

/* An fsid as bytes in hexadecimal, then, where inode_size is not 0, the inode before it in the order of this host. */
static void assert_found_uuid(const struct bed *bed, unsigned int type, uint64_t inode, size_t inode_size,
			      const char *hex, const char *wanted)
{
	unsigned char fsid[24], bytes[VOLUME_UUID_SIZE];
	uint32_t inode32 = (uint32_t)inode;
	size_t size = strlen(hex) / 2;

	handle_uuid_parse(hex, bytes);
	if (inode_size == 4)
		memcpy(fsid, &inode32, 4);
	else
		memcpy(fsid, &inode, inode_size);
	memcpy(fsid + inode_size, bytes, size);
	assert_found(bed, type, fsid, inode_size + size, wanted);
}

#define BE(number) (unsigned char)((number) >> 8), (unsigned char)(number)

static void every_type_is_found(void **state)
{
	struct fake_host of = USUAL_HOST;
	struct bed bed;
	unsigned char old[8] = { BE(8), BE(17) };
	unsigned char apart[12] = { 0, 0, BE(8), 0, 0, BE(17) };
	uint32_t inode = 2, big_inode = 5;
	uint32_t encoded[2] = { 17 | 8 << 8, 2 };
	uint32_t far[2] = { (70000 & 0xff) | 259 << 8 | (uint32_t)(70000 & ~0xff) << 12, 4 };

	(void)state;
	set_up(&bed, &of, "/srv/data *(ro)\n/srv/plain *(ro)\n/far *(ro)\n");
	memcpy(old + 4, &inode, 4);
	assert_found(&bed, HANDLE_DEV, old, 8, "/srv/data");
	memcpy(apart + 8, &inode, 4);
	assert_found(&bed, HANDLE_MAJOR_MINOR, apart, 12, "/srv/data");
	assert_found(&bed, HANDLE_ENCODE_DEV, encoded, 8, "/srv/data");
	assert_found(&bed, HANDLE_ENCODE_DEV, far, 8, "/far");
	/* words of ffeeddcc bbaa9988 77665544 33221101 */
	assert_found_uuid(&bed, HANDLE_UUID4_INUM, 2, 4, "00000001", "/srv/data");
	assert_found_uuid(&bed, HANDLE_UUID8, 0, 0, "8888888888888889", "/srv/data");
	assert_found_uuid(&bed, HANDLE_UUID16, 0, 0, "ffeeddccbbaa99887766554433221101", "/srv/data");
	assert_found_uuid(&bed, HANDLE_UUID16_INUM, 2, 8, "ffeeddccbbaa99887766554433221101", "/srv/data");
	/* f_fsid */
	assert_found_uuid(&bed, HANDLE_UUID4_INUM, 2, 4, "00000003", "/srv/data");
	assert_found_uuid(&bed, HANDLE_UUID8, 0, 0, "0000000100000002", "/srv/data");
	assert_found_uuid(&bed, HANDLE_UUID16, 0, 0, "00000001000000020000000000000000", "/srv/data");
	assert_found_uuid(&bed, HANDLE_UUID16_INUM, 2, 8, "00000001000000020000000000000000", "/srv/data");
	/* A folder is not the root of its file system; its inode is cut only where the kernel cuts it. */
	assert_found_uuid(&bed, HANDLE_UUID16, 0, 0, "00112233445566778899aabbccddeeff", "/");
	assert_found_uuid(&bed, HANDLE_UUID16_INUM, 0x100000005, 8, "00112233445566778899aabbccddeeff", "/srv/plain");
	assert_found_uuid(&bed, HANDLE_UUID16_INUM, 5, 8, "00112233445566778899aabbccddeeff", "");
	assert_found_uuid(&bed, HANDLE_UUID4_INUM, 5, 4, "00000000", "/srv/plain");
	old[3] = 1;
	memcpy(old + 4, &big_inode, 4);
	assert_found(&bed, HANDLE_DEV, old, 8, "/srv/plain");
	tear_down(&bed);
}

static void other_sizes_and_types_find_nothing(void **state)
{
	static const size_t sizes[] = { 8, 4, 12, 8, 8, 8, 16, 24 };
	struct fake_host of = USUAL_HOST;
	struct bed bed;
	unsigned char fsid[64] = { 0 };
	const char *const *paths;

	(void)state;
	set_up(&bed, &of, "/srv/data *(fsid=0)\n");
	for (unsigned int type = 0; type < HANDLE_TYPES + 3; type++)
		for (size_t size = 0; size <= sizeof(fsid); size++)
			assert_int_equal(handle_index_find(bed.index, type, fsid, size, &paths), 0);
	for (size_t size = 0; size <= sizeof(fsid); size++) {
		uint32_t encoded[16] = { 17 | 8 << 8, 2 };

		assert_int_equal(handle_index_find(bed.index, HANDLE_ENCODE_DEV, (const unsigned char *)encoded, size,
						   &paths),
				 size == sizes[HANDLE_ENCODE_DEV]);
	}
	tear_down(&bed);
	handle_index_free(NULL);
}

static void children_of_crossmnt_come_first(void **state)
{
	static const struct fake_path paths[] = {
		{ "/a", { 8, 1, 2 } },	  { "/a/b", { 8, 1, 2 } }, { "/a/b/c", { 8, 1, 2 } },
		{ "/a/bb", { 8, 1, 2 } }, { "/z", { 8, 1, 2 } },
	};
	static const struct fake_device devices[] = { { 8, 1, { EXT4, { 0, 0 } }, "0123" } };
	struct fake_host of = { .mountinfo = "1 0 8:1 / /a rw - ext4 x rw\n2 1 8:1 / /a/b rw - ext4 x rw\n"
					     "3 2 8:1 / /a/b/c rw - ext4 x rw\n4 1 8:1 / /a/bb rw - ext4 x rw\n"
					     "5 1 8:1 / /a/gone rw - ext4 x rw\n6 0 8:1 / /z rw - ext4 x rw\n",
				.paths = paths,
				.path_count = ARRAY_SIZE(paths),
				.devices = devices,
				.device_count = 1 };
	static const char uuid[] = "01230000000000000000000000000000";
	struct bed bed;

	(void)state;
	/* Without crossmnt only the export itself is meant. */
	set_up(&bed, &of, "/a *(ro)\n/z *(ro)\n");
	assert_found_uuid(&bed, HANDLE_UUID16, 0, 0, uuid, "/a,/z");
	tear_down(&bed);
	set_up(&bed, &of, "/a *(ro,crossmnt)\n/z *(ro)\n");
	assert_found_uuid(&bed, HANDLE_UUID16, 0, 0, uuid, "/a/b/c,/a/bb,/a/b,/a,/z");
	tear_down(&bed);
	/* One crossmnt below the other, and a child that is exported itself: each path once. */
	set_up(&bed, &of, "/a/b *(ro,crossmnt)\n/a *(ro,crossmnt)\n/a/bb *(ro)\n/a/b/c *(ro)\n");
	assert_found_uuid(&bed, HANDLE_UUID16, 0, 0, uuid, "/a/b/c,/a/bb,/a/b,/a");
	tear_down(&bed);
	set_up(&bed, &of, "/a/b *(ro,crossmnt)\n");
	assert_found_uuid(&bed, HANDLE_UUID16, 0, 0, uuid, "/a/b/c,/a/b,/a"); /* "/a" is of the pseudo root */
	tear_down(&bed);
	set_up(&bed, &of, "/ *(ro,crossmnt)\n"); /* "/" itself cannot be asked here */
	assert_found_uuid(&bed, HANDLE_UUID16, 0, 0, uuid, "/a/b/c,/a/bb,/a/b,/a,/z");
	tear_down(&bed);
}

/* A folder that was bound elsewhere is no root of a file system: the kernel names it with its inode. */
static void bound_folders_are_no_roots(void **state)
{
	struct fake_host of = USUAL_HOST;
	struct bed bed;

	(void)state;
	set_up(&bed, &of, "/srv/data *(ro)\n/srv/bound *(ro)\n");
	assert_found_uuid(&bed, HANDLE_UUID16, 0, 0, "ffeeddccbbaa99887766554433221101", "/srv/data");
	assert_found_uuid(&bed, HANDLE_UUID16_INUM, 13, 8, "ffeeddccbbaa99887766554433221101", "/srv/bound");
	tear_down(&bed);
}

static void written_uuids_are_found(void **state)
{
	struct fake_host of = USUAL_HOST;
	struct bed bed;

	(void)state;
	set_up(&bed, &of, "/srv/data/folder *(ro,fsid=a0b1c2d3-0000-0000-0000-000000000001)\n/mem *(ro)\n");
	assert_found_uuid(&bed, HANDLE_UUID16, 0, 0, "a0b1c2d3000000000000000000000001", "/srv/data/folder");
	assert_found_uuid(&bed, HANDLE_UUID8, 0, 0, "a0b1c2d300000001", "/srv/data/folder");
	assert_found_uuid(&bed, HANDLE_UUID16_INUM, 12, 8, "a0b1c2d3000000000000000000000001", "/srv/data/folder");
	/* What it had before that was written. */
	assert_found_uuid(&bed, HANDLE_UUID16_INUM, 12, 8, "ffeeddccbbaa99887766554433221101", "/srv/data/folder");
	tear_down(&bed);
}

static void pseudo_nodes_are_found(void **state)
{
	struct fake_host of = USUAL_HOST;
	struct bed bed;
	unsigned char uuid[VOLUME_UUID_SIZE];

	(void)state;
	set_up(&bed, &of, "/mem/x *(ro)\n/srv/plain *(ro)\n");
	handle_uuid_of_pseudo_path("/mem", uuid);
	assert_found(&bed, HANDLE_UUID16, uuid, sizeof(uuid), "/mem");
	assert_found_uuid(&bed, HANDLE_UUID16, 0, 0, "0000abcd000000ef0000000000000000", "/mem");
	assert_found_uuid(&bed, HANDLE_UUID16_INUM, 9, 8, "0000abcd000000ef0000000000000000", "/mem/x");
	/* No pseudo node, or one on a device. */
	handle_uuid_of_pseudo_path("/mem/x", uuid);
	assert_found(&bed, HANDLE_UUID16, uuid, sizeof(uuid), "");
	handle_uuid_of_pseudo_path("/srv", uuid);
	assert_found(&bed, HANDLE_UUID16, uuid, sizeof(uuid), "");
	assert_found_uuid(&bed, HANDLE_UUID16_INUM, 77, 8, "00112233445566778899aabbccddeeff", "/srv");
	tear_down(&bed);
}

/* ---- many ---------------------------------------------------------------------------------- */

#define MANY 10000u

static int stat_of_number(const char *path, struct volume_stat *stat)
{
	unsigned int number;

	if (sscanf(path, "/many/%u", &number) != 1)
		return -ENOENT;
	*stat = (struct volume_stat){ .major = 8, .minor = 1, .inode = number };
	return 0;
}

static int no_statfs(const char *path, struct volume_statfs *statfs)
{
	(void)path;
	(void)statfs;
	return -EIO;
}

static void ten_thousand_exports_are_found(void **state)
{
	static const struct volume_calls calls = { fake_mountinfo, stat_of_number, no_statfs, fake_uuid, NULL };
	AUTO_STRBUF exports = { 0 };
	AUTO_STRBUF mounts = { 0 };
	struct fake_host of = USUAL_HOST;
	struct bed bed;
	struct error e;
	const char *const *paths;
	unsigned char same[VOLUME_UUID_SIZE];
	uint32_t encoded[2] = { 1 | 8 << 8, 0 };

	(void)state;
	for (unsigned int i = 1; i <= MANY; i++) {
		strbuf_addf(&exports, "/many/%u *(ro,crossmnt,fsid=5555aaaa-0000-0000-0000-000000000000)\n", i);
		strbuf_addf(&mounts, "%u 1 8:1 / /many/%u/below rw - ext4 x rw\n", i + 1, i);
	}
	of.mountinfo = mounts.text;
	host = &of;
	bed.list = export_list_new();
	bed.table = export_table_new();
	assert_int_equal(export_parse(bed.list, "exports", exports.text, exports.size, &e), 0);
	for (size_t i = 0; i < export_list_count(bed.list); i++) {
		struct export *export;

		assert_int_equal(export_table_add(bed.table, export_list_at(bed.list, i), NULL, &export, &e), 0);
	}
	assert_int_equal(access_new(bed.table, access_modes_as_written, NULL, &bed.access, &e), 0);
	assert_int_equal(volumes_new(&calls, &bed.volumes, &e), 0);
	assert_int_equal(handle_index_new(bed.access, bed.volumes, &bed.index, &e), 0);
	for (unsigned int i = 1; i <= MANY; i++) {
		char wanted[64];

		encoded[1] = i;
		snprintf(wanted, sizeof(wanted), "/many/%u/below,/many/%u", i, i);
		assert_found(&bed, HANDLE_ENCODE_DEV, encoded, sizeof(encoded), wanted);
	}
	handle_uuid_parse("5555aaaa", same);
	assert_int_equal(handle_index_find(bed.index, HANDLE_UUID16, same, sizeof(same), &paths), MANY);
	assert_string_equal(paths[0], "/many/10000");
	assert_string_equal(paths[1], "/many/1000");
	assert_string_equal(paths[MANY - 1], "/many/9");
	tear_down(&bed);
	volumes_free(bed.volumes);
	access_free(bed.access);
	export_table_free(bed.table);
	export_list_free(bed.list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_lies_below_is_found),
		cmocka_unit_test(facts_tell_what_names_a_file_system),
		cmocka_unit_test(a_type_without_device_uuid_is_not_probed),
		cmocka_unit_test(the_root_counts_as_mounted),
		cmocka_unit_test(an_unreadable_mountinfo_is_an_error),
		cmocka_unit_test(the_system_answers),
		cmocka_unit_test(uuid_texts_are_folded),
		cmocka_unit_test(pseudo_paths_have_their_uuid),
		cmocka_unit_test(the_right_uuid_is_sent),
		cmocka_unit_test(every_type_is_found),
		cmocka_unit_test(other_sizes_and_types_find_nothing),
		cmocka_unit_test(children_of_crossmnt_come_first),
		cmocka_unit_test(bound_folders_are_no_roots),
		cmocka_unit_test(written_uuids_are_found),
		cmocka_unit_test(pseudo_nodes_are_found),
		cmocka_unit_test(ten_thousand_exports_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
