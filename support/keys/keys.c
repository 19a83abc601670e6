/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/keys/keys.h"

#include <errno.h>
#include <keyutils.h>
#include <stdio.h>
#include <string.h>

int keys_own_session(struct error *e)
{
	if (keyctl_join_session_keyring(NULL) < 0)
		return error_set(e, errno, "cannot make a session keyring: %s", strerror(errno));
	return 0;
}

/* The kernel's keyring is found by its description in /proc/keys; root may link it, and so possess what it holds. */
static bool link_nfs_keyring(void)
{
	key_serial_t ring = find_key_by_type_and_desc("keyring", ".nfs", 0);

	return ring > 0 && keyctl_link(ring, KEY_SPEC_SESSION_KEYRING) == 0;
}

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

	if ((r == -EACCES || r == -ENOKEY) && link_nfs_keyring())
		r = read_once(serial, payload);
	if (r)
		return error_set(e, -r, "cannot read key %d: %s", serial, remedy(-r));
	return 0;
}

/* ---- certificates by name ----------------------------------------------- */

bool keys_is_certificate_name(const char *name)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t size = strlen(name);

	return size && size <= KEYS_NAME_MAX && strspn(name, allowed) == size && name[0] != '.' && name[0] != '-';
}

static int find_part(key_serial_t ring, const char *name, const char *part, int32_t *serial, struct error *e)
{
	char description[KEYS_NAME_MAX + 32];
	long found;

	snprintf(description, sizeof(description), "nfs-tls:%s:%s", name, part);
	found = keyctl_search(ring, "user", description, 0);
	if (found < 0)
		return error_set(e, errno, "the key %s of certificate %s: %s", description, name, remedy(errno));
	*serial = (int32_t)found;
	return 0;
}

/* The process keyring, not that of the session: nobody else is to possess what is linked there. */
int keys_find_certificate(const char *name, int32_t *certificate, int32_t *key, struct error *e)
{
	key_serial_t ring = find_key_by_type_and_desc("keyring", ".nfs", 0);
	int r;

	if (!keys_is_certificate_name(name))
		return error_set(e, ENOKEY, "no certificate can have that name");
	if (ring <= 0)
		return error_set(e, EOPNOTSUPP, "this kernel has no keyring for NFS certificates");
	if (keyctl_link(ring, KEY_SPEC_PROCESS_KEYRING) < 0)
		return error_set(e, errno, "cannot use the kernel's keyring for NFS certificates:"
					   " %s", strerror(errno));
	r = find_part(ring, name, "cert", certificate, e);
	return r ? r : find_part(ring, name, "key", key, e);
}
