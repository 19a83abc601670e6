/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfscert/store.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "utils/nfscert/examine.h"

#define LOCK_FOLDER RUN_DIR "/nfs-tls"
#define LOCK_FILE LOCK_FOLDER "/nfscert.lock"

int store_lock(struct error *e)
{
	if (mkdir(LOCK_FOLDER, 0755) < 0 && errno != EEXIST)
		return error_set(e, errno, "cannot make the folder %s: %s", LOCK_FOLDER, strerror(errno));
	return file_lock(LOCK_FILE, e);
}

/* ---- payloads ------------------------------------------------------------------ */

/* What the keys hold, or will hold. */
struct payloads {
	struct bytes chain, key; /* DER */
};

static void payloads_free(struct payloads *payloads)
{
	bytes_free(&payloads->chain);
	bytes_free(&payloads->key);
}
#define AUTO_PAYLOADS __attribute__((cleanup(payloads_free))) struct payloads

static int check_size(const struct payloads *new, struct error *e)
{
	size_t size = new->chain.size > new->key.size ? new->chain.size : new->key.size;

	if (size <= KEYS_PAYLOAD_MAX)
		return 0;
	return error_set(e, EFBIG,
			 "the %s has %zu bytes in DER, and a key of the kernel has room for %u: leave out "
			 "certificates that the peers have anyway",
			 new->chain.size > new->key.size ? "chain" : "private key", size, KEYS_PAYLOAD_MAX);
}

static int make_payloads(const struct x509_chain *chain, gnutls_privkey_t key, struct payloads *new, struct error *e)
{
	int r = x509_chain_to_der(chain, &new->chain, e);

	if (!r)
		r = x509_key_to_der(key, &new->key, e);
	return r ? r : check_size(new, e);
}

static bool equal(const struct bytes *a, const struct bytes *b)
{
	return a->size == b->size && !memcmp(a->data, b->data, a->size);
}

/*
 * What is loaded now, with just the key that belongs to the certificate: a load that was killed may have left another
 * beside it.  Without one there is nothing to preserve.
 */
static int read_old(const struct keys_pair *pair, struct payloads *old, struct error *e)
{
	gnutls_privkey_t key = NULL;
	AUTO_CHAIN chain = { 0 };
	AUTO_BYTES keys = { 0 };
	int r = keys_read(pair->certificate, &old->chain, e);

	if (!r)
		r = keys_read(pair->key, &keys, e);
	if (!r)
		r = x509_chain_parse("what is loaded", old->chain.data, old->chain.size, &chain, e);
	if (!r)
		r = x509_key_parse_for("the loaded key", keys.data, keys.size, "the loaded certificate", chain.cert[0],
				       &key, e);
	if (!r)
		r = x509_key_to_der(key, &old->key, e);
	if (key)
		gnutls_privkey_deinit(key);
	return r;
}

/* ---- replacing ----------------------------------------------------------------------- */

/* The next key first, the last one behind it: whichever certificate is there, its key is, too. */
static int put_both_keys(int32_t serial, const struct bytes *new, const struct bytes *old, struct error *e)
{
	AUTO_BYTES both = { 0 };

	if (new->size + old->size > KEYS_PAYLOAD_MAX)
		return error_set(e, EFBIG,
				 "two such keys have no room in one key of the kernel: unload the old one "
				 "first");
	if (bytes_alloc(&both, new->size + old->size))
		return error_set(e, ENOMEM, "out of memory");
	memcpy(both.data, new->data, new->size);
	memcpy(both.data + new->size, old->data, old->size);
	return keys_update(serial, &both, e);
}

/* Undoing makes payloads shorter, or as they were: the quota cannot forbid it. */
static void undo(const struct keys_pair *pair, const struct payloads *old)
{
	struct error ignored;

	(void)keys_update(pair->certificate, &old->chain, &ignored);
	(void)keys_update(pair->key, &old->key, &ignored);
}

/*
 *   key payload      certificate payload    a reader between two steps finds
 *   new, old         old                    the old pair
 *   new, old         new                    the new pair
 *   new              new                    the new pair
 */
static int replace_pair(const struct keys_pair *pair, const struct payloads *new, const struct payloads *old,
			struct error *e)
{
	int r;

	/* With the same key there is nothing to put beside it, but there may be something to take away. */
	r = equal(&new->key, &old->key) ? 0 : put_both_keys(pair->key, &new->key, &old->key, e);
	if (r)
		return r;
	r = keys_update(pair->certificate, &new->chain, e);
	if (!r)
		r = keys_update(pair->key, &new->key, e);
	if (r)
		undo(pair, old);
	return r;
}

/* What is there is no pair, so nobody can be using it. */
static int overwrite_pair(const struct keys_pair *pair, const struct payloads *new, struct error *e)
{
	int r = keys_update(pair->key, &new->key, e);

	return r ? r : keys_update(pair->certificate, &new->chain, e);
}

static int replace_loaded(const struct payloads *new, struct stored *stored, struct error *e)
{
	AUTO_PAYLOADS old = { 0 };
	struct error ignored;

	stored->replaced = true;
	if (read_old(&stored->pair, &old, &ignored))
		return overwrite_pair(&stored->pair, new, e);
	stored->unchanged = equal(&new->chain, &old.chain) && equal(&new->key, &old.key);
	return replace_pair(&stored->pair, new, &old, e);
}

/* ---- adding ---------------------------------------------------------------------------- */

/* The key first: a certificate without a key would look loaded. */
static int add_pair(int32_t home, const char *name, const struct payloads *new, struct keys_pair *pair, struct error *e)
{
	struct error ignored;
	int r = keys_add(home, name, KEYS_PRIVATE_KEY, &new->key, &pair->key, e);

	if (r)
		return r;
	r = keys_add(home, name, KEYS_CERTIFICATE, &new->chain, &pair->certificate, e);
	if (r)
		(void)keys_discard(pair->key, &ignored);
	return r;
}

/* Where the kernel has a keyring of its own; elsewhere home is enough. */
static int link_pair(const struct keys_pair *pair, enum keys_ring ring, struct error *e)
{
	int32_t serial;
	int r;

	if (keys_ring_find(ring, &serial))
		return 0;
	r = keys_link(pair->key, ring, e);
	return r ? r : keys_link(pair->certificate, ring, e);
}

static int link_everywhere(const struct keys_pair *pair, unsigned int roles, struct error *e)
{
	int r = keys_protect(pair->key, e);

	if (!r)
		r = keys_protect(pair->certificate, e);
	if (!r)
		r = link_pair(pair, KEYS_HOME, e);
	if (!r && roles & ROLE_CLIENT)
		r = link_pair(pair, KEYS_NFS, e);
	if (!r && roles & ROLE_SERVER)
		r = link_pair(pair, KEYS_NFSD, e);
	return r;
}

int store_pair(const char *name, const struct x509_chain *chain, gnutls_privkey_t key, unsigned int roles,
	       struct stored *stored, struct error *e)
{
	AUTO_PAYLOADS new = { 0 };
	struct error ignored;
	int32_t home;
	int r = make_payloads(chain, key, &new, e);

	*stored = (struct stored){ .replaced = false };
	if (!r)
		r = keys_home_make(&home, e);
	if (r)
		return r;
	/* Replacing comes last: what fails before it leaves the old pair in use. */
	if (!keys_find_certificate(name, &stored->pair, &ignored)) {
		r = link_everywhere(&stored->pair, roles, e);
		return r ? r : replace_loaded(&new, stored, e);
	}
	(void)store_remove(&stored->pair, &ignored); /* half a pair, of a load that was killed */
	r = add_pair(home, name, &new, &stored->pair, e);
	if (r)
		return r;
	r = link_everywhere(&stored->pair, roles, e);
	if (r)
		(void)store_remove(&stored->pair, &ignored);
	return r;
}

int store_remove(const struct keys_pair *pair, struct error *e)
{
	int r = pair->certificate ? keys_discard(pair->certificate, e) : 0;

	if (!r && pair->key)
		r = keys_discard(pair->key, e);
	return r;
}
