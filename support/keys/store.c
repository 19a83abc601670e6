/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everything here changes the kernel's keyrings. */
#include <errno.h>
#include <keyutils.h>
#include <string.h>

#include "support/keys/keys_private.h"

/* For whoever possesses it everything; root may see, read and find it, and add to a keyring. */
#define RING_PERMISSIONS (KEY_POS_ALL | KEY_USR_VIEW | KEY_USR_READ | KEY_USR_WRITE | KEY_USR_SEARCH | KEY_USR_LINK)
#define KEY_PERMISSIONS (KEY_POS_ALL | KEY_USR_VIEW | KEY_USR_READ | KEY_USR_SEARCH)

static int too_much(const char *what, struct error *e)
{
	return error_set(e, EDQUOT, "%s: root's quota of keys is used up: raise /proc/sys/kernel/keys/root_maxbytes "
			 "and root_maxkeys, or unload what is not needed", what);
}

static int possess(enum keys_ring ring, int32_t serial, struct error *e)
{
	if (keyctl_link(serial, KEY_SPEC_PROCESS_KEYRING) == 0)
		return 0;
	return errno == EDQUOT ? too_much("cannot use a keyring", e) :
				 error_set(e, errno, "cannot use the keyring %s: %s", keys_ring_name(ring),
					   strerror(errno));
}

static int make_home(int32_t *ring, struct error *e)
{
	key_serial_t made = add_key("keyring", keys_ring_name(KEYS_HOME), NULL, 0, KEY_SPEC_USER_KEYRING);

	if (made < 0)
		return errno == EDQUOT ? too_much("cannot make a keyring", e) :
					 error_set(e, errno, "cannot make the keyring %s: %s",
						   keys_ring_name(KEYS_HOME), strerror(errno));
	if (keyctl_setperm(made, RING_PERMISSIONS) < 0)
		return error_set(e, errno, "cannot protect the keyring %s: %s", keys_ring_name(KEYS_HOME),
				 strerror(errno));
	*ring = made;
	return 0;
}

int keys_home_make(int32_t *ring, struct error *e)
{
	int r = keys_ring_find(KEYS_HOME, ring);
	int32_t kernels;

	if (r == -ENOKEY)
		r = make_home(ring, e);
	else if (r)
		return error_set(e, -r, "cannot find the keyring %s: %s", keys_ring_name(KEYS_HOME), strerror(-r));
	if (!r)
		r = possess(KEYS_HOME, *ring, e);
	/* What others have put there can be replaced, too. */
	if (!r && !keys_ring_find(KEYS_NFS, &kernels))
		r = possess(KEYS_NFS, kernels, e);
	return r;
}

/*
 * Added to this process' own keyring first, which nobody else reaches: in the other one it must not be seen before
 * its permissions are what they should be.
 */
static int add_protected(const char *description, const struct bytes *payload, int32_t *serial, struct error *e)
{
	key_serial_t made = add_key("user", description, payload->data, payload->size, KEY_SPEC_PROCESS_KEYRING);
	int code = errno;

	if (made < 0 && code == EDQUOT)
		return too_much(description, e);
	if (made < 0)
		return error_set(e, code, "cannot add the key %s: %s", description, strerror(code));
	if (keyctl_setperm(made, KEY_PERMISSIONS) < 0) {
		code = errno;
		(void)keyctl_unlink(made, KEY_SPEC_PROCESS_KEYRING);
		return error_set(e, code, "cannot protect the key %s: %s", description, strerror(code));
	}
	*serial = made;
	return 0;
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
	if (keyctl_setperm(serial, KEY_PERMISSIONS) == 0)
		return 0;
	return error_set(e, errno, "cannot protect key %d: %s", serial, strerror(errno));
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

int keys_unlink(int32_t serial, enum keys_ring ring, struct error *e)
{
	int32_t where;
	int r = keys_ring_find(ring, &where);

	if (r)
		return error_set(e, -r, "there is no keyring %s", keys_ring_name(ring));
	if (keyctl_unlink(serial, where) < 0)
		return error_set(e, errno, "cannot take key %d out of the keyring %s: %s", serial,
				 keys_ring_name(ring), strerror(errno));
	return 0;
}

int keys_discard(int32_t serial, struct error *e)
{
	if (keyctl_invalidate(serial) < 0)
		return error_set(e, errno, "cannot discard key %d: %s", serial, strerror(errno));
	return 0;
}
