/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options of a mount, a row each: who takes it, what form it has, what it is about, and what nfsmount.conf(5) makes
 * of its value.  A new option is a row here and an entry in nfs(5).  What is not in the table goes to the kernel as it
 * stands, which tells the user when it does not know it, either.
 */
#include <string.h>
#include <sys/mount.h>

#include "support/mounts/mounts_private.h"

#define OF_OWNER (MS_NOSUID | MS_NODEV)
#define OF_USER (MS_NOSUID | MS_NODEV | MS_NOEXEC)

/* What False of nfsmount.conf(5) means: "no" and the word where off is NULL, nothing at all where it is NOTHING. */
#define NOTHING ""

/* clang-format off */
static const struct mount_option_row rows[] = {
	/* word              owner         form    about              value   off      set             clear */
	/* transport security and who proves what */
	{ "xprtsec",         MOUNT_KERNEL, VALUE,  MOUNT_IS_SECURITY, AS_IS,  NULL,    0,              0 },
	{ "tlscertname",     MOUNT_OURS,   VALUE,  MOUNT_IS_SECURITY, AS_IS,  NULL,    0,              0 },
	{ "cert_serial",     MOUNT_KERNEL, VALUE,  MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	{ "privkey_serial",  MOUNT_KERNEL, VALUE,  MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	{ "sec",             MOUNT_KERNEL, VALUE,  MOUNT_IS_OTHER,    LOWER,  NULL,    0,              0 },
	/* the version; v2, v3, v4 and v4.N begin with one letter */
	{ "vers",            MOUNT_KERNEL, VALUE,  MOUNT_IS_VERSION,  AS_IS,  NULL,    0,              0 },
	{ "nfsvers",         MOUNT_KERNEL, VALUE,  MOUNT_IS_VERSION,  AS_IS,  NULL,    0,              0 },
	{ "minorversion",    MOUNT_KERNEL, VALUE,  MOUNT_IS_MINOR,    AS_IS,  NULL,    0,              0 },
	{ "v2",              MOUNT_KERNEL, NUMBER, MOUNT_IS_SHORT,    AS_IS,  NULL,    0,              0 },
	{ "v3",              MOUNT_KERNEL, NUMBER, MOUNT_IS_SHORT,    AS_IS,  NULL,    0,              0 },
	{ "v4",              MOUNT_KERNEL, NUMBER, MOUNT_IS_SHORT,    AS_IS,  NULL,    0,              0 },
	/* the transport */
	{ "proto",           MOUNT_KERNEL, VALUE,  MOUNT_IS_PROTOCOL, LOWER,  NULL,    0,              0 },
	{ "tcp",             MOUNT_KERNEL, BARE,   MOUNT_IS_PROTOCOL, AS_IS,  NULL,    0,              0 },
	{ "udp",             MOUNT_KERNEL, BARE,   MOUNT_IS_PROTOCOL, AS_IS,  NULL,    0,              0 },
	{ "rdma",            MOUNT_KERNEL, BARE,   MOUNT_IS_PROTOCOL, AS_IS,  NULL,    0,              0 },
	{ "port",            MOUNT_KERNEL, VALUE,  MOUNT_IS_PORT,     AS_IS,  NULL,    0,              0 },
	{ "nfsprog",         MOUNT_KERNEL, VALUE,  MOUNT_IS_PORT,     AS_IS,  NULL,    0,              0 },
	{ "addr",            MOUNT_KERNEL, VALUE,  MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	{ "clientaddr",      MOUNT_KERNEL, VALUE,  MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	{ "nconnect",        MOUNT_KERNEL, VALUE,  MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	{ "max_connect",     MOUNT_KERNEL, VALUE,  MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	{ "resvport",        MOUNT_KERNEL, BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	/* the MOUNT protocol, which version 3 alone has */
	{ "mounthost",       MOUNT_OURS,   VALUE,  MOUNT_IS_HOST_3,   AS_IS,  NULL,    0,              0 },
	{ "mountaddr",       MOUNT_KERNEL, VALUE,  MOUNT_IS_HOST_3,   AS_IS,  NULL,    0,              0 },
	{ "mountvers",       MOUNT_KERNEL, VALUE,  MOUNT_IS_OF_3,     AS_IS,  NULL,    0,              0 },
	{ "mountproto",      MOUNT_KERNEL, VALUE,  MOUNT_IS_OF_3,     LOWER,  NULL,    0,              0 },
	{ "mountport",       MOUNT_KERNEL, VALUE,  MOUNT_IS_OF_3,     AS_IS,  NULL,    0,              0 },
	{ "mountprog",       MOUNT_KERNEL, VALUE,  MOUNT_IS_PORT,     AS_IS,  NULL,    0,              0 },
	/* when nobody answers */
	{ "hard",            MOUNT_KERNEL, BARE,   MOUNT_IS_OTHER,    AS_IS,  "soft",  0,              0 },
	{ "soft",            MOUNT_KERNEL, BARE,   MOUNT_IS_OTHER,    AS_IS,  "hard",  0,              0 },
	{ "softerr",         MOUNT_KERNEL, BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	{ "softreval",       MOUNT_KERNEL, BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	{ "timeo",           MOUNT_KERNEL, VALUE,  MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	{ "retrans",         MOUNT_KERNEL, VALUE,  MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	{ "fatal_neterrors", MOUNT_KERNEL, VALUE,  MOUNT_IS_OTHER,    LOWER,  NULL,    0,              0 },
	{ "bg",              MOUNT_OURS,   BARE,   MOUNT_IS_OTHER,    AS_IS,  "fg",    0,              0 },
	{ "fg",              MOUNT_OURS,   BARE,   MOUNT_IS_OTHER,    AS_IS,  "bg",    0,              0 },
	{ "retry",           MOUNT_OURS,   VALUE,  MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	{ "sloppy",          MOUNT_KERNEL, BARE,   MOUNT_IS_OTHER,    AS_IS,  NOTHING, 0,              0 },
	/* sizes and caches */
	{ "rsize",           MOUNT_KERNEL, VALUE,  MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	{ "wsize",           MOUNT_KERNEL, VALUE,  MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	{ "ac",              MOUNT_KERNEL, BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	{ "acregmin",        MOUNT_KERNEL, VALUE,  MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	{ "acregmax",        MOUNT_KERNEL, VALUE,  MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	{ "acdirmin",        MOUNT_KERNEL, VALUE,  MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	{ "acdirmax",        MOUNT_KERNEL, VALUE,  MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	{ "actimeo",         MOUNT_KERNEL, VALUE,  MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	{ "cto",             MOUNT_KERNEL, BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	{ "lookupcache",     MOUNT_KERNEL, VALUE,  MOUNT_IS_OTHER,    LOWER,  NULL,    0,              0 },
	{ "sharecache",      MOUNT_KERNEL, BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	{ "fsc",             MOUNT_KERNEL, ANY,    MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	{ "rdirplus",        MOUNT_KERNEL, ANY,    MOUNT_IS_OTHER,    LOWER,  NULL,    0,              0 },
	{ "write",           MOUNT_KERNEL, VALUE,  MOUNT_IS_OTHER,    LOWER,  NULL,    0,              0 },
	/* locks and rights */
	{ "lock",            MOUNT_KERNEL, BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	{ "local_lock",      MOUNT_KERNEL, VALUE,  MOUNT_IS_OTHER,    LOWER,  NULL,    0,              0 },
	{ "acl",             MOUNT_KERNEL, BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	/* labels of SELinux: values may have a comma, for which the kernel wants quotes */
	{ "context",         MOUNT_KERNEL, VALUE,  MOUNT_IS_LABEL,    QUOTED, NULL,    0,              0 },
	{ "fscontext",       MOUNT_KERNEL, VALUE,  MOUNT_IS_LABEL,    QUOTED, NULL,    0,              0 },
	{ "defcontext",      MOUNT_KERNEL, VALUE,  MOUNT_IS_LABEL,    QUOTED, NULL,    0,              0 },
	{ "rootcontext",     MOUNT_KERNEL, VALUE,  MOUNT_IS_LABEL,    QUOTED, NULL,    0,              0 },
	{ "seclabel",        MOUNT_KERNEL, ANY,    MOUNT_IS_LABEL,    AS_IS,  NULL,    0,              0 },
	/* flags of mount(2), by the words of mount(8) */
	{ "defaults",        MOUNT_FLAG,   BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	{ "ro",              MOUNT_FLAG,   BARE,   MOUNT_IS_OTHER,    AS_IS,  "rw",    MS_RDONLY,      0 },
	{ "rw",              MOUNT_FLAG,   BARE,   MOUNT_IS_OTHER,    AS_IS,  "ro",    0,              MS_RDONLY },
	{ "nosuid",          MOUNT_FLAG,   BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    MS_NOSUID,      0 },
	{ "suid",            MOUNT_FLAG,   BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              MS_NOSUID },
	{ "nodev",           MOUNT_FLAG,   BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    MS_NODEV,       0 },
	{ "dev",             MOUNT_FLAG,   BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              MS_NODEV },
	{ "noexec",          MOUNT_FLAG,   BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    MS_NOEXEC,      0 },
	{ "exec",            MOUNT_FLAG,   BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              MS_NOEXEC },
	{ "sync",            MOUNT_FLAG,   BARE,   MOUNT_IS_OTHER,    AS_IS,  "async", MS_SYNCHRONOUS, 0 },
	{ "async",           MOUNT_FLAG,   BARE,   MOUNT_IS_OTHER,    AS_IS,  "sync",  0,              MS_SYNCHRONOUS },
	{ "dirsync",         MOUNT_FLAG,   BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    MS_DIRSYNC,     0 },
	{ "remount",         MOUNT_FLAG,   BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    MS_REMOUNT,     0 },
	{ "bind",            MOUNT_FLAG,   BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    MS_BIND,        0 },
	{ "rbind",           MOUNT_FLAG,   BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    MS_BIND | MS_REC, 0 },
	{ "mand",            MOUNT_FLAG,   BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    MS_MANDLOCK,    0 },
	{ "nomand",          MOUNT_FLAG,   BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              MS_MANDLOCK },
	{ "noatime",         MOUNT_FLAG,   BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    MS_NOATIME,     0 },
	{ "atime",           MOUNT_FLAG,   BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              MS_NOATIME },
	{ "nodiratime",      MOUNT_FLAG,   BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    MS_NODIRATIME,  0 },
	{ "diratime",        MOUNT_FLAG,   BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              MS_NODIRATIME },
	{ "relatime",        MOUNT_FLAG,   BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    MS_RELATIME,    0 },
	{ "norelatime",      MOUNT_FLAG,   BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              MS_RELATIME },
	{ "strictatime",     MOUNT_FLAG,   BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    MS_STRICTATIME, 0 },
	{ "nostrictatime",   MOUNT_FLAG,   BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              MS_STRICTATIME },
	{ "lazytime",        MOUNT_FLAG,   BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    MS_LAZYTIME,    0 },
	{ "nolazytime",      MOUNT_FLAG,   BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              MS_LAZYTIME },
	{ "silent",          MOUNT_FLAG,   BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    MS_SILENT,      0 },
	{ "loud",            MOUNT_FLAG,   BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              MS_SILENT },
	/* for those who read fstab: mount(8), systemd, automounters */
	{ "auto",            MOUNT_FSTAB,  BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	{ "noauto",          MOUNT_FSTAB,  BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	{ "nofail",          MOUNT_FSTAB,  BARE,   MOUNT_IS_OTHER,    AS_IS,  NOTHING, 0,              0 },
	{ "_netdev",         MOUNT_FSTAB,  BARE,   MOUNT_IS_OTHER,    AS_IS,  NOTHING, 0,              0 },
	{ "user",            MOUNT_FSTAB,  BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    OF_USER,        0 },
	/* user=NAME is the record of who mounted */
	{ "user",            MOUNT_FSTAB,  ANY,    MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	{ "users",           MOUNT_FSTAB,  BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    OF_USER,        0 },
	{ "owner",           MOUNT_FSTAB,  BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    OF_OWNER,       0 },
	{ "group",           MOUNT_FSTAB,  BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    OF_OWNER,       0 },
	{ "nouser",          MOUNT_FSTAB,  BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	{ "nousers",         MOUNT_FSTAB,  BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	{ "noowner",         MOUNT_FSTAB,  BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	{ "nogroup",         MOUNT_FSTAB,  BARE,   MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	{ "comment",         MOUNT_FSTAB,  ANY,    MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	{ "x-",              MOUNT_FSTAB,  PREFIX, MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
	{ "X-",              MOUNT_FSTAB,  PREFIX, MOUNT_IS_OTHER,    AS_IS,  NULL,    0,              0 },
};

/*
 * Options that say the same thing, its opposite, or a part of it by other names: what the user, or a more specific
 * section, said with one of a row is not touched by another.  Of an exclusive row a section itself takes one
 * only.  Why they touch each other is seen in the kernel's fs/nfs/fs_context.c; the last rows are what
 * mount(8) makes of a word.
 */
static const struct family {
	bool exclusive;
	const char *words[7];
} families[] = {
	{ true,  { "vers", "nfsvers", "minorversion" } },
	{ true,  { "bg", "fg" } },
	{ true,  { "hard", "soft", "softerr" } },
	{ true,  { "ro", "rw" } },
	{ true,  { "sync", "async" } },
	{ true,  { "silent", "loud" } },
	{ true,  { "proto", "tcp", "udp", "rdma" } },
	{ true,  { "mounthost", "mountaddr" } },
	{ true,  { "atime", "noatime", "relatime", "norelatime", "strictatime", "nostrictatime" } },
	{ false, { "hard", "soft", "softerr", "softreval", "nosoftreval" } },
	{ false, { "lock", "nolock", "local_lock" } },
	{ false, { "async", "noac" } },
	{ false, { "actimeo", "acregmin" } },
	{ false, { "actimeo", "acregmax" } },
	{ false, { "actimeo", "acdirmin" } },
	{ false, { "actimeo", "acdirmax" } },
	{ false, { "tlscertname", "cert_serial", "privkey_serial" } },
	{ false, { "user", "suid" } },
	{ false, { "user", "dev" } },
	{ false, { "user", "exec" } },
	{ false, { "users", "suid" } },
	{ false, { "users", "dev" } },
	{ false, { "users", "exec" } },
	{ false, { "owner", "suid" } },
	{ false, { "owner", "dev" } },
	{ false, { "group", "suid" } },
	{ false, { "group", "dev" } },
};
/* clang-format on */

/* v4.1 is v4 with more behind it; v5 is not a version but an option that nobody knows, and the kernel says so. */
static bool is_word(const struct mount_option_row *row, const char *key)
{
	size_t size = strlen(row->word);

	if (strncmp(key, row->word, size))
		return false;
	return row->form == PREFIX || !key[size] || (row->form == NUMBER && key[size] == '.');
}

static bool has_form(const struct mount_option_row *row, bool has_value)
{
	return !has_value || (row->form != BARE && row->form != NUMBER);
}

const struct mount_option_row *mount_option_find(const char *key, bool has_value)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (is_word(&rows[i], key) && has_form(&rows[i], has_value))
			return &rows[i];
	return NULL;
}

enum mount_option_about mount_option_about(const struct mount_option *option)
{
	const struct mount_option_row *row = mount_option_find(option->key, option->value);

	return row ? row->about : MOUNT_IS_OTHER;
}

void mount_options_take_generic(struct mount_options *options, unsigned long *flags, bool drop_labels)
{
	for (size_t i = 0; i < options->count;) {
		const struct mount_option *option = &options->words[i];
		const struct mount_option_row *row = mount_option_find(option->key, option->value);

		if (!row || !(row->owner == MOUNT_FLAG || row->owner == MOUNT_FSTAB ||
			      (drop_labels && row->about == MOUNT_IS_LABEL))) {
			i++;
			continue;
		}
		*flags = (*flags | row->set) & ~row->clear;
		mount_options_remove_at(options, i);
	}
}

/* ---- what touches what ------------------------------------------------------------------ */

static bool is_version(const char *key)
{
	const struct mount_option_row *row = mount_option_find(key, false);

	return row && row->about == MOUNT_IS_SHORT;
}

static bool in_family(const struct family *family, const char *key)
{
	if (family == &families[0] && is_version(key))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(family->words) && family->words[i]; i++)
		if (text_equal_nocase(family->words[i], key))
			return true;
	return false;
}

/* What protects a mount has no opposite with "no" in front. */
static const char *without_no(const char *key)
{
	return !strncasecmp(key, "no", 2) && !mount_option_protects(key + 2) ? key + 2 : key;
}

bool mount_option_protects(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].about == MOUNT_IS_SECURITY && text_equal_nocase(rows[i].word, key))
			return true;
	return false;
}

/* Without case: what the user writes as XPRTSEC= is taken for what it means. */
enum mount_option_relation mount_option_relation(const char *a, const char *b)
{
	enum mount_option_relation relation = MOUNT_UNRELATED;

	if (text_equal_nocase(without_no(a), without_no(b)))
		return MOUNT_SAME;
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		if (in_family(&families[i], a) && in_family(&families[i], b)) {
			if (families[i].exclusive)
				return MOUNT_SAME;
			relation = MOUNT_RELATED;
		}
	return relation;
}
