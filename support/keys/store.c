/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everything here changes the kernel's keyrings. */
#include <errno.h>
#include <keyutils.h>
#include <stdio.h>
#include <string.h>

#include "support/keys/keys_private.h"

/*
 * Everything for root by its user id, and nothing for whoever possesses it: a process that gave up root still possesses
 * what the session keyring it was started with leads to, and that of a login leads to root's user keyring.
 */
#define PERMISSIONS KEY_USR_ALL

static int too_much(const char *what, struct error *e)
{
	return error_set(e, EDQUOT,
			 "%s: root's quota of keys is used up: raise /proc/sys/kernel/keys/root_maxbytes "
			 "and root_maxkeys, or unload what is not needed",
			 what);
}

static int possess(int32_t ring, const char *name, struct error *e)
{
	if (keyctl_link(ring, KEY_SPEC_PROCESS_KEYRING) == 0)
		return 0;
	return errno == EDQUOT ? too_much("cannot use a keyring", e) :
				 error_set(e, errno, "cannot use the keyring %s: %s", name, strerror(errno));
}

static int protect(int32_t serial, const char *description, struct error *e)
{
	if (keyctl_setperm(serial, PERMISSIONS) == 0)
		return 0;
	return error_set(e, errno, "cannot protect %s: %s", description, strerror(errno));
}

/*
 * Made in this process' own keyring, which nobody else reaches, and possessed there, which setting permissions needs:
 * root possesses its user keyring only where the session keyring leads to it, and that of a service does not.
 */
static int make_home(int32_t *ring, struct error *e)
{
	const char *name = keys_ring_name(KEYS_HOME);
	key_serial_t made = add_key("keyring", name, NULL, 0, KEY_SPEC_PROCESS_KEYRING);
	int r;

	if (made < 0)
		return errno == EDQUOT ? too_much("cannot make a keyring", e) :
					 error_set(e, errno, "cannot make the keyring %s: %s", name, strerror(errno));
	r = protect(made, "the new keyring", e);
	if (!r && keyctl_link(made, KEY_SPEC_USER_KEYRING) < 0)
		r = error_set(e, errno, "cannot put the keyring %s into root's: %s", name, strerror(errno));
	(void)keyctl_unlink(made, KEY_SPEC_PROCESS_KEYRING);
	if (!r)
		*ring = made;
	return r;
}

/* Whoever has made it, and however far that went. */
static int mend_home(int32_t ring, struct error *e)
{
	int r = possess(KEY_SPEC_USER_KEYRING, "of root", e);

	if (!r)
		r = protect(ring, "the keyring nfs-tls", e);
	(void)keyctl_unlink(KEY_SPEC_USER_KEYRING, KEY_SPEC_PROCESS_KEYRING);
	return r;
}

int keys_home_make(int32_t *ring, struct error *e)
{
	int r = keys_ring_find(KEYS_HOME, ring);
	int32_t kernels;

	if (r == -ENOKEY)
		r = make_home(ring, e);
	else if (r)
		return error_set(e, -r, "cannot find the keyring %s: %s", keys_ring_name(KEYS_HOME), strerror(-r));
	else
		r = mend_home(*ring, e);
	/* What others have put there, or an older version here, can be replaced, too. */
	if (!r)
		r = possess(*ring, keys_ring_name(KEYS_HOME), e);
	if (!r && !keys_ring_find(KEYS_NFS, &kernels))
		r = possess(kernels, keys_ring_name(KEYS_NFS), e);
	return r;
}

/* As make_home() does it: in the other keyring it must not be seen before its permissions are what they should be. */
static int add_protected(const char *description, const struct bytes *payload, int32_t *serial, struct error *e)
{
	key_serial_t made = add_key("user", description, payload->data, payload->size, KEY_SPEC_PROCESS_KEYRING);
	int r;

	if (made < 0 && errno == EDQUOT)
		return too_much(description, e);
	if (made < 0)
		return error_set(e, errno, "cannot add the key %s: %s", description, strerror(errno));
	r = protect(made, description, e);
	if (r)
		(void)keyctl_unlink(made, KEY_SPEC_PROCESS_KEYRING);
	else
		*serial = made;
	return r;
}

int keys_add(int32_t ring, const char *name, enum keys_part part, const struct bytes *payload, int32_t *serial,
	     struct error *e)
{
	char description[KEYS_DESCRIPTION_MAX];
	int r;

	keys_describe(name, part, description);
	r = add_protected(description, payload, serial, e);
	if (r)
		return r;
	if (keyctl_link(*serial, ring) < 0)
		r = error_set(e, errno, "cannot put the key %s into the keyring: %s", description, strerror(errno));
	(void)keyctl_unlink(*serial, KEY_SPEC_PROCESS_KEYRING);
	return r;
}

int keys_update(int32_t serial, const struct bytes *payload, struct error *e)
{
	if (keyctl_update(serial, payload->data, payload->size) == 0)
		return 0;
	if (errno == EDQUOT)
		return too_much("cannot replace what is loaded", e);
	return error_set(e, errno, "cannot replace the payload of key %d: %s", serial, strerror(errno));
}

int keys_protect(int32_t serial, struct error *e)
{
	char description[KEYS_DESCRIPTION_MAX];

	snprintf(description, sizeof(description), "key %d", serial);
	return protect(serial, description, e);
}

int keys_link(int32_t serial, enum keys_ring ring, struct error *e)
{
	int32_t where;
	int r = keys_ring_find(ring, &where);

	if (r)
		return error_set(e, -r, "there is no keyring %s", keys_ring_name(ring));
	if (keyctl_link(serial, where) < 0)
		return error_set(e, errno, "cannot link key %d into the keyring %s: %s", serial, keys_ring_name(ring),
				 strerror(errno));
	return 0;
}

int keys_discard(int32_t serial, struct error *e)
{
	if (keyctl_invalidate(serial) < 0)
		return error_set(e, errno, "cannot discard key %d: %s", serial, strerror(errno));
	return 0;
}
