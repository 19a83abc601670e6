/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/keys/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <keyutils.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/keys/keys_private.h"

#define TABLE "/proc/keys"
#define TABLE_MAX (64u << 20)

int keys_own_session(struct error *e)
{
	if (keyctl_join_session_keyring(NULL) < 0)
		return error_set(e, errno, "cannot make a session keyring: %s", strerror(errno));
	return 0;
}

/* ---- keyrings ----------------------------------------------------------- */

static const char *const ring_names[KEYS_RING_COUNT] = {
	[KEYS_HOME] = "nfs-tls",
	[KEYS_NFS] = ".nfs",
	[KEYS_NFSD] = ".nfsd",
};

const char *keys_ring_name(enum keys_ring ring)
{
	return ring_names[ring];
}

/* Of a process that has given up the file system; else each look opens it anew. */
static int kept_table = -1;

void keys_keep_table(void)
{
	kept_table = open(TABLE, O_RDONLY | O_CLOEXEC);
}

static int read_table(struct strbuf *text)
{
	if (kept_table < 0)
		return file_read_unsized(TABLE, TABLE_MAX, text, NULL);
	return lseek(kept_table, 0, SEEK_SET) < 0 ? -errno : file_read_rest(kept_table, TABLE, TABLE_MAX, text, NULL);
}

static int find_in_table(enum keys_ring ring, int32_t *serial)
{
	AUTO_STRBUF text = { 0 };
	int r = read_table(&text);

	if (r)
		return r;
	*serial = text.text ? keys_ring_in_table(text.text, ring_names[ring]) : 0;
	return *serial ? 0 : -ENOKEY;
}

/*
 * Root's user keyring leads to home at once.  Who is root by set-user-ID alone has the user keyring of whoever called
 * it, and has to look for root's.
 */
static int find_home(int32_t *serial)
{
	long found;

	if (getuid() != 0)
		return find_in_table(KEYS_HOME, serial);
	found = keyctl_search(KEY_SPEC_USER_KEYRING, "keyring", ring_names[KEYS_HOME], 0);
	if (found < 0)
		return -errno;
	*serial = (int32_t)found;
	return 0;
}

int keys_ring_find(enum keys_ring ring, int32_t *serial)
{
	*serial = 0;
	if (geteuid() != 0)
		return -ENOKEY;
	return ring == KEYS_HOME ? find_home(serial) : find_in_table(ring, serial);
}

/* From here on this process possesses what the keyring holds. */
static bool possess(enum keys_ring ring, int32_t *serial)
{
	return !keys_ring_find(ring, serial) && keyctl_link(*serial, KEY_SPEC_PROCESS_KEYRING) == 0;
}

/* In which order what is loaded is looked for; only the first is cheap. */
static const enum keys_ring ways[] = { KEYS_HOME, KEYS_NFS };

/* ---- one key ------------------------------------------------------------ */

static int read_once(int32_t serial, struct bytes *payload)
{
	AUTO_BYTES buffer = { 0 };
	long size;

	if (bytes_alloc(&buffer, KEYS_PAYLOAD_MAX + 1))
		return -ENOMEM;
	size = keyctl_read(serial, (char *)buffer.data, buffer.size);
	if (size < 0)
		return -errno;
	if ((size_t)size > KEYS_PAYLOAD_MAX)
		return -EFBIG;
	return bytes_copy(payload, buffer.data, (size_t)size);
}

static const char *remedy(int code)
{
	switch (code) {
	case ENOKEY:
		return "it is gone (serial numbers change at every boot): load it again and mount with the new serial";
	case EKEYEXPIRED:
		return "it has expired: load it again";
	case EKEYREVOKED:
		return "it was revoked: load a new one";
	case EACCES:
		return "the agent may not read it: it must be a \"user\" key in the kernel's .nfs keyring";
	case EOPNOTSUPP:
		return "keys of its type cannot be read: load it as a \"user\" key";
	default:
		return strerror(code);
	}
}

int keys_read(int32_t serial, struct bytes *payload, struct error *e)
{
	int r = read_once(serial, payload);
	int32_t ring;

	/* Root may read by its user id alone what is ours, but not what others put into .nfs. */
	for (size_t i = 0; (r == -EACCES || r == -ENOKEY) && i < ARRAY_SIZE(ways); i++)
		if (possess(ways[i], &ring))
			r = read_once(serial, payload);
	if (r)
		return error_set(e, -r, "cannot read key %d: %s", serial, remedy(-r));
	return 0;
}

/* ---- certificates by name ----------------------------------------------- */

static int find_part(key_serial_t ring, const char *name, enum keys_part part, int32_t *serial, struct error *e)
{
	char description[KEYS_DESCRIPTION_MAX];
	long found;

	keys_describe(name, part, description);
	found = keyctl_search(ring, "user", description, 0);
	if (found < 0)
		return error_set(e, errno, "the key %s of certificate %s: %s", description, name, remedy(errno));
	*serial = (int32_t)found;
	return 0;
}

static int find_pair(int32_t ring, const char *name, struct keys_pair *pair, struct error *e)
{
	struct error other;
	int r = find_part(ring, name, KEYS_CERTIFICATE, &pair->certificate, e);
	int s = find_part(ring, name, KEYS_PRIVATE_KEY, &pair->key, r ? &other : e);

	return r ? r : s;
}

/* Root may search what is ours by its user id alone, but has to possess what others put into .nfs. */
static int find_pair_in(enum keys_ring ring, const char *name, struct keys_pair *pair, struct error *e)
{
	int32_t serial;
	int r = keys_ring_find(ring, &serial);

	if (r == -ENOKEY)
		return error_set(e, ENOKEY, "no certificate is loaded under the name %s", name);
	if (r)
		return error_set(e, -r, "cannot look into the keyring %s: %s", ring_names[ring], strerror(-r));
	r = find_pair(serial, name, pair, e);
	return r == -EACCES && possess(ring, &serial) ? find_pair(serial, name, pair, e) : r;
}

static int find_pair_by(size_t way_count, const char *name, struct keys_pair *pair, struct error *e)
{
	int r = -ENOKEY;

	*pair = (struct keys_pair){ 0 };
	if (!keys_is_certificate_name(name))
		return error_set(e, ENOKEY, "no certificate can have that name");
	for (size_t i = 0; r == -ENOKEY && i < way_count; i++)
		r = find_pair_in(ways[i], name, pair, e);
	return r;
}

int keys_find_certificate(const char *name, struct keys_pair *pair, struct error *e)
{
	return find_pair_by(ARRAY_SIZE(ways), name, pair, e);
}

int keys_find_loaded(const char *name, struct keys_pair *pair, struct error *e)
{
	return find_pair_by(1, name, pair, e);
}

void keys_certificate_of(int32_t serial, char *name)
{
	char *text = NULL, *description;
	bool is_certificate;

	name[0] = '\0';
	/* "type;uid;gid;perm;description" */
	if (keyctl_describe_alloc(serial, &text) < 0)
		return;
	description = strrchr(text, ';');
	if (description && !strncmp(text, "user;", 5))
		keys_parse_description(description + 1, name, &is_certificate);
	free(text);
}

struct walk {
	const int32_t *serials;
	size_t count;
	keys_visitor *visit;
	void *context;
};

/* Visits the pair that begins at i, when its certificate was not seen before. */
static void visit_name_of(const struct walk *walk, size_t i)
{
	struct keys_pair pair = { 0 };
	char name[KEYS_NAME_MAX + 1];
	struct error e;

	keys_certificate_of(walk->serials[i], name);
	if (!name[0])
		return;
	(void)keys_find_loaded(name, &pair, &e);
	/* Of a whole pair the certificate is the one that counts, of half a pair the half. */
	if (walk->serials[i] == (pair.certificate ? pair.certificate : pair.key))
		walk->visit(name, &pair, walk->context);
}

int keys_each_certificate(keys_visitor *visit, void *context, struct error *e)
{
	struct walk walk = { .visit = visit, .context = context };
	void *serials = NULL;
	int32_t ring;
	int size;

	if (keys_ring_find(KEYS_HOME, &ring))
		return 0; /* nothing was ever loaded */
	size = keyctl_read_alloc(ring, &serials);
	if (size < 0)
		return error_set(e, errno, "cannot list the keyring %s: %s", ring_names[KEYS_HOME], strerror(errno));
	walk.serials = serials;
	walk.count = (size_t)size / sizeof(int32_t);
	for (size_t i = 0; i < walk.count; i++)
		visit_name_of(&walk, i);
	free(serials);
	return 0;
}

static int compare_serials(const void *a, const void *b)
{
	int32_t one = *(const int32_t *)a, other = *(const int32_t *)b;

	return (one > other) - (one < other);
}

int32_t *keys_ring_members(enum keys_ring ring, size_t *count)
{
	void *list = NULL;
	int32_t where;
	int size = keys_ring_find(ring, &where) ? -1 : keyctl_read_alloc(where, &list);

	*count = size > 0 ? (size_t)size / sizeof(int32_t) : 0;
	if (*count)
		qsort(list, *count, sizeof(int32_t), compare_serials);
	return list;
}

bool keys_is_member(const int32_t *members, size_t count, int32_t serial)
{
	return count && bsearch(&serial, members, count, sizeof(*members), compare_serials);
}

/* FNV-1a: only root writes what is hashed, so a hash that nobody can forge is not needed. */
static uint64_t hash(const struct bytes *bytes)
{
	uint64_t value = 14695981039346656037u;

	for (size_t i = 0; i < bytes->size; i++)
		value = (value ^ bytes->data[i]) * 1099511628211u;
	return value;
}

void keys_stamp_take(const char *name, struct keys_stamp *stamp)
{
	AUTO_BYTES payload = { 0 };
	struct error e;

	memset(stamp, 0, sizeof(*stamp));
	if (keys_find_loaded(name, &stamp->pair, &e) || keys_read(stamp->pair.certificate, &payload, &e))
		return;
	stamp->content = hash(&payload);
}

bool keys_stamp_equal(const struct keys_stamp *a, const struct keys_stamp *b)
{
	return a->pair.certificate == b->pair.certificate && a->pair.key == b->pair.key && a->content == b->content;
}
