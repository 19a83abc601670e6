/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keys: the kernel's keyrings, as far as certificates live in them.  Knows
 * serial numbers, names and bytes; what the bytes mean is support/x509's business.
 *
 * A certificate and its private key are two keys of type "user", described as
 * nfs-tls:NAME:cert and nfs-tls:NAME:key.  Both lie in a keyring of our own,
 * the home, which is root's and outlives programs and modules; and they are linked into the keyrings that the
 * kernel's modules make for themselves, as long as those are there:
 *
 *   _uid.0 --- nfs-tls --- nfs-tls:host:cert, nfs-tls:host:key
 *                             |
 *   .nfs (nfs.ko) ------------+      .nfsd (nfsd.ko) ---- the same
 *
 * Root may do everything with our keys by its user id, and who only possesses them, nothing.  Who wants to read or
 * change what others put into .nfs must possess it: it must be reachable from a keyring of the process.  For that the
 * process keyring serves, which no other process has, not even a child.
 */
#ifndef NFSTLS_KEYS_H
#define NFSTLS_KEYS_H

#include "support/base/base.h"

#define KEYS_PAYLOAD_MAX 32767u /* the kernel's limit for "user" keys (security/keys/user_defined.c) */

/*
 * Gives this process a session keyring of its own, so that neither it nor its
 * children reach what the session of whoever started them reaches.  Negative errno on failure.
 */
int keys_own_session(struct error *e);

/* ---- keyrings ----------------------------------------------------------- */

enum keys_ring { KEYS_HOME, KEYS_NFS, KEYS_NFSD, KEYS_RING_COUNT };

/* "nfs-tls", ".nfs", ".nfsd". */
const char *keys_ring_name(enum keys_ring ring);

/*
 * Finds a keyring of root by that name; ".nfs" exists only while the nfs module is loaded, and on kernels that can be
 * told the certificate of a mount, ".nfsd" on none so far.  -ENOKEY when it is not there.
 */
int keys_ring_find(enum keys_ring ring, int32_t *serial);

/*
 * The serial number of a keyring of root (uid 0) in the text of /proc/keys (kernel: security/keys/proc.c), 0 when it is
 * not there.  What others have made is never taken for it.
 */
int32_t keys_ring_in_table(const char *text, const char *name);

/*
 * Keeps the kernel's table of keys open for the rest of the process, so that it can look into keyrings, and read keys,
 * after it has given up the file system.  Where there is no table, that goes without.
 */
void keys_keep_table(void);

/* ---- reading ------------------------------------------------------------ */

/*
 * Reads the payload of the key.  Where that is not allowed at once, it links home and the kernel's keyring, which may
 * have come since, to possess it (kernel: security/keys/process_keys.c).  Errors: -ENOKEY, -EKEYEXPIRED,
 * -EKEYREVOKED, -EACCES, -EFBIG, each with its sentence.  The caller frees *payload.
 */
int keys_read(int32_t serial, struct bytes *payload, struct error *e);

#define CERTIFICATE_FOLDER SYSCONF_DIR "/nfs-tls/certs" /* the files of the same names: NAME.pem and NAME.key */
#define CERTIFICATE_USUAL "host"			/* the name where nobody gives one */
#define KEYS_NAME_MAX 63u

/*
 * Letters, digits, '.', '_' and '-', not beginning with '.' or '-', at most KEYS_NAME_MAX: also fit for a file
 * name.
 */
bool keys_is_certificate_name(const char *name);

/* What of a certificate is loaded. */
struct keys_pair {
	int32_t certificate, key; /* serial numbers; 0: not there */
};

/*
 * Finds the two keys of that name, at home or in ".nfs".  Errors: -ENOKEY when nothing is loaded under the name, or
 * only half of it; -EKEYEXPIRED, -EKEYREVOKED; each with its sentence.  *pair is filled in as far as it is there.
 */
int keys_find_certificate(const char *name, struct keys_pair *pair, struct error *e);

/* The same at home only, where nfscert(8) puts them: without a look at all keys of the system. */
int keys_find_loaded(const char *name, struct keys_pair *pair, struct error *e);

/*
 * The name of the certificate that this key belongs to; name has KEYS_NAME_MAX + 1 bytes. "" when it is none of ours.
 */
void keys_certificate_of(int32_t serial, char *name);

/* The name in the description of one of our keys, "" for another; is_certificate tells the two parts apart.  Pure. */
void keys_parse_description(const char *description, char name[KEYS_NAME_MAX + 1], bool *is_certificate);

/* Calls visit for each name at home, in no order, also when only half of it is there. */
typedef void keys_visitor(const char *name, const struct keys_pair *pair, void *context);
int keys_each_certificate(keys_visitor *visit, void *context, struct error *e);

/*
 * The serial numbers of what is in the keyring itself, for keys_is_member(); none where there is no such keyring.  The
 * caller frees.
 */
int32_t *keys_ring_members(enum keys_ring ring, size_t *count);
bool keys_is_member(const int32_t *members, size_t count, int32_t serial);

/*
 * What is loaded under the name, as far as two looks at it need to be told apart: serial numbers and a hash of the
 * certificate's payload.  All zero when nothing is.
 */
struct keys_stamp {
	struct keys_pair pair;
	uint64_t content;
};

void keys_stamp_take(const char *name, struct keys_stamp *stamp);
bool keys_stamp_equal(const struct keys_stamp *a, const struct keys_stamp *b);

/* ---- changing (store.c): each function is one change of the kernel's state ------ */

enum keys_part { KEYS_CERTIFICATE, KEYS_PRIVATE_KEY };

/*
 * Finds home, or makes it, and gives it permissions for root alone; from then on this process possesses what is there
 * and in ".nfs", which the functions below need for keys that others have made.
 */
int keys_home_make(int32_t *ring, struct error *e);

/*
 * Adds a key that is not there yet, for root and nobody else.  -EDQUOT, with what to raise; -ENOMEM.
 */
int keys_add(int32_t ring, const char *name, enum keys_part part, const struct bytes *payload, int32_t *serial,
	     struct error *e);

/* Replaces the payload; the serial number stays.  On failure the old payload is there as before.  -EDQUOT. */
int keys_update(int32_t serial, const struct bytes *payload, struct error *e);

/* Gives a key that others have made the permissions that keys_add() gives. */
int keys_protect(int32_t serial, struct error *e);

/* Does nothing when the link is there. */
int keys_link(int32_t serial, enum keys_ring ring, struct error *e);

/* Ends the key wherever it is linked: nobody reads it from now on. */
int keys_discard(int32_t serial, struct error *e);

#endif
