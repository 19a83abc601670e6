/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mounts: what is written of mounts, and what it means: "host:/path", the options of a mount with the table of all that
 * is known of them, nfsmount.conf(5), the kernel's mount table, and the records of mount commands.  Nothing is
 * resolved, asked or mounted here, and what the policy says of it is support/policy's business.
 */
#ifndef NFSTLS_MOUNTS_H
#define NFSTLS_MOUNTS_H

#include <stdint.h>

#include "support/base/base.h"
#include "support/conf/conf.h"
#include "support/xprtsec/xprtsec.h"

/* ---- host:/path (device.c) ------------------------------------------------- */

/* The host may be in brackets, and is when it is an IPv6 address. */
#define MOUNT_HOST_MAX 255u
#define MOUNT_PATH_MAX 1024u

struct mount_device {
	char host[MOUNT_HOST_MAX + 1]; /* without brackets; of several, the first */
	char path[MOUNT_PATH_MAX + 1]; /* may be empty or relative: the server decides what it means */
	bool several_hosts;	       /* "a,b:/path": only a is used */
};

/*
 * Parses size bytes.  -EINVAL with the sentence for the user, -ENAMETOOLONG
 * for a host or a path beyond the limits; *device is then untouched.
 */
int mount_device_parse(const char *text, size_t size, struct mount_device *device, struct error *e);

/*
 * Whether both names stand for the same server where its certificate is compared with them: letters without case, with
 * or without a dot at the end, and an address however it is spelled, in brackets and with a zone.
 */
bool mount_same_host(const char *a, const char *b);

/* Whether both are addresses, and the same, without their zones. */
bool mount_same_address(const char *a, const char *b);

/* ---- the options of a mount (options.c, table.c) --------------------------- */

/*
 * The comma list behind -o as an ordered list of words, duplicates kept, because for the kernel the last of two wins.
 */
struct mount_option {
	char *key;
	char *value; /* with its quotes; NULL for a word without "=" */
};

/* Zero it to begin; mount_options_free() at the end. */
struct mount_options {
	struct mount_option *words;
	size_t count;
	size_t room;
};

void mount_options_free(struct mount_options *options);
#define AUTO_MOUNT_OPTIONS __attribute__((cleanup(mount_options_free))) struct mount_options

/*
 * Appends the words of size bytes of text.  A comma between double quotes does
 * not separate; empty words vanish.  -EINVAL for a NUL byte, a word without a
 * key or a quote that is not closed, -ENOMEM; words before the bad one may then
 * have been appended.
 */
int mount_options_parse(struct mount_options *options, const char *text, size_t size, struct error *e);

/* Appends or puts in front one word, copied; value may be NULL.  -ENOMEM. */
int mount_options_append(struct mount_options *options, const char *key, const char *value);
int mount_options_prepend(struct mount_options *options, const char *key, const char *value);

/* Appends a copy of every word of from.  -ENOMEM. */
int mount_options_append_all(struct mount_options *options, const struct mount_options *from);

/* The last word of that key, else NULL.  Borrowed until the next change. */
const struct mount_option *mount_options_last(const struct mount_options *options, const char *key);

/* Removes all words of that key and tells how many there were. */
size_t mount_options_remove(struct mount_options *options, const char *key);

/* Removes the word at index i. */
void mount_options_remove_at(struct mount_options *options, size_t i);

/* Puts another value into a word; -ENOMEM. */
int mount_options_set_value(struct mount_option *word, const char *value);

/* Appends "key=value,key" to text; check text->failed. */
void mount_options_format(const struct mount_options *options, struct strbuf *text);

/*
 * The value of KEY=VALUE in a text of options (may be NULL), the last of several, as the kernel takes it; false, with
 * value empty, without it and where it does not fit room.  Allocates nothing: for many mounts.
 */
bool mount_option_in(const char *options, const char *key, char *value, size_t room);

/* Whose an option is. */
enum mount_option_owner {
	MOUNT_KERNEL, /* the kernel's NFS client takes it */
	MOUNT_OURS,   /* mount.nfs does something about it, and the kernel does not get it */
	MOUNT_FLAG,   /* a flag of mount(2), as mount(8) writes it */
	MOUNT_FSTAB,  /* for those who read fstab: mount(8), systemd, automounters */
};

/* What an option is about, where somebody here must know it. */
enum mount_option_about {
	MOUNT_IS_OTHER,
	MOUNT_IS_SECURITY, /* xprtsec=, tlscertname= */
	MOUNT_IS_VERSION,  /* vers=, nfsvers= */
	MOUNT_IS_SHORT,	   /* v3, v4.1 */
	MOUNT_IS_MINOR,	   /* minorversion= */
	MOUNT_IS_PROTOCOL, /* proto=, and tcp, udp and rdma alone */
	MOUNT_IS_PORT,	   /* where a service is that rpcbind would tell */
	MOUNT_IS_HOST_3,   /* who answers the MOUNT protocol, which version 3 alone has */
	MOUNT_IS_OF_3,	   /* the rest of that protocol */
	MOUNT_IS_LABEL,	   /* of SELinux */
};

enum mount_option_about mount_option_about(const struct mount_option *option);

/*
 * Takes the words out that mount(2) knows as flags, and those that are meant
 * for programs only; *flags (MS_*) is changed word by word.  With
 * drop_security_labels the context= family goes, too: for kernels without SELinux.
 */
void mount_options_take_generic(struct mount_options *options, unsigned long *flags, bool drop_security_labels);

/* ---- which transport (protocol.c) -------------------------------------- */

enum mount_transport { MOUNT_TCP, MOUNT_UDP, MOUNT_RDMA };

struct mount_protocol {
	bool given;
	enum mount_transport transport;
	int family;	  /* AF_INET, AF_INET6, or AF_UNSPEC when nothing restricts it */
	const char *name; /* the netid: tcp, tcp6 and so on; static */
};

/*
 * The transport that the last of proto=, tcp, udp and rdma names; without any, default_name (Defaultproto= of
 * nfsmount.conf(5); may be NULL), else TCP.  -EPROTONOSUPPORT for a name that is none.
 */
int mount_protocol_find(const struct mount_options *options, const char *default_name, struct mount_protocol *protocol,
			struct error *e);

/*
 * The transport of the MOUNT protocol: that of mountproto= (then *given), else that of the mount itself.
 * -EPROTONOSUPPORT for a name that is none.
 */
int mount_mountproto_find(const struct mount_options *options, const struct mount_protocol *protocol,
			  enum mount_transport *transport, bool *given, struct error *e);

/* The netid of a transport for a family, AF_INET or AF_INET6. */
const char *mount_netid(enum mount_transport transport, int family);

/* The port= of the mount; 2049 without one and for 0, which leaves it open.  -EINVAL for what is no port. */
int mount_port(const struct mount_options *options, uint16_t *port, struct error *e);

/* The address family that mountproto= demands; AF_UNSPEC when it is not given or unknown. */
int mount_mountproto_family(const struct mount_options *options);

/* ---- which version (version.c) ----------------------------------------- */

struct mount_version {
	int major; /* 3 or 4 */
	int minor; /* of 4 */
};

struct mount_versions {
	bool pinned;		      /* exactly this one, the user's own word stays in the list */
	bool four_only;		      /* a bare 4: any minor version, never 3 */
	struct mount_version version; /* the pinned one, else the newest to try */
	int least_minor;	      /* of 4: the oldest to try */
	bool not_3_for_tls;	      /* four_only is so by mount_versions_for_tls() */
	const char *of_version_3;     /* a word that belongs to version 3 alone; static; NULL: none */
};

/*
 * Reads vers=, nfsvers=, v3, v4.1, minorversion= and so on, removes a bare 4 from
 * the list and turns minorversion= into vers=4.N.  -EINVAL for what is no
 * version and for two of them; default_text (Defaultvers=, may be NULL) is where to begin when there is none.
 * With empty text, since the sentence then depends on the mount point, -EOPNOTSUPP for version 2 and -EIO for
 * versions that NFS does not have.
 */
int mount_versions_take(struct mount_options *options, bool type_is_nfs4, const char *default_text,
			struct mount_versions *request, struct error *e);

/*
 * For a mount with TLS: which version is tried must not be up to answers that nobody vouches for.  So an older one than
 * 4.1 is tried only where it was asked for: 3, of which the MOUNT protocol that chooses the file system, locks and
 * restarts have no TLS, and 4.0, whose callbacks have none.  -EINVAL for a word that belongs to version 3 when that
 * was not asked for.
 */
int mount_versions_for_tls(struct mount_versions *request, struct error *e);

/* ---- which transport security (security.c) --------------------------------- */

struct mount_security {
	bool given;	   /* the option was there */
	enum xprtsec mode; /* may be auto; XPRTSEC_NONE when it was not given */
};

/*
 * Checks every xprtsec= word and writes it as the kernel reads it, in lower
 * case.  -EINVAL with a sentence that names the option and the allowed words,
 * for a word that is none of them, for two words that differ, and for a
 * protected transport over UDP or RDMA, for which there is none.  -ENOMEM.
 */
int mount_security_check(struct mount_options *options, struct mount_security *request, struct error *e);

/* Makes a list that was checked ask the kernel for mode; none is not added where nothing was said.  -ENOMEM. */
int mount_security_set(struct mount_options *options, enum xprtsec mode);

/*
 * Removes every xprtsec=auto.  For a remount: mount(8) puts the words of fstab and those of the mount itself together,
 * and what auto once chose stays.
 */
void mount_security_drop_auto(struct mount_options *options);

/* ---- which certificate (certificate.c) ------------------------------------- */

/*
 * tlscertname=NAME is ours, not the kernel's: it becomes cert_serial= and privkey_serial=, the numbers of the keys that
 * nfscert(8) loaded under that name.
 */
struct mount_certificate {
	char name[64]; /* of tlscertname=; "": not given */
	bool serials;  /* cert_serial= and privkey_serial= are given */
};

/*
 * Takes tlscertname= out of the list.  -EINVAL with the sentence for a bad name, two that
 * differ, a name beside serial numbers, and one serial number without the other.
 */
int mount_certificate_take(struct mount_options *options, struct mount_certificate *identity, struct error *e);

/*
 * For a remount: removes serial numbers that are not shown.  The mount table has cert_serial=<redacted>, and mount(8)
 * repeats what it has.
 */
void mount_certificate_drop_hidden(struct mount_options *options);

/* A certificate is shown with mtls only: -EINVAL for any other mode when one was named. */
int mount_certificate_check_mode(const struct mount_certificate *identity, enum xprtsec mode, struct error *e);

/* ---- nfsmount.conf (nfsmount.c) -------------------------------------------- */

/*
 * What it adds to a mount's options: those of its mount point, of its server, and of all mounts, in this order.  What
 * the user gave always wins, also where the file says the opposite by another name, and what is more specific wins in
 * the same way over what is less.
 */

/* What is said beside the options; "" where nothing is. */
struct nfsmount_found {
	char version[16];  /* Defaultvers=: where negotiation is to begin */
	char protocol[16]; /* Defaultproto=, in lower case: likewise */
	/*
	 * Tlscertname= for a mount without xprtsec=, whose transport security the policy decides later: the
	 * certificate to show if that is mtls, and nothing otherwise.  Such a mount gets no tlscertname= as an option.
	 */
	char certificate[64];
};

/*
 * Reads /usr/etc/nfsmount.conf and SYSCONF_DIR/nfsmount.conf with their drop-in folders; root is put before each
 * path.  A missing file is none.  The caller frees *conf with conf_free().  Errors of conf_load(): a file that may
 * hold xprtsec= is read whole or not at all; so a file that has just been changed is waited for (support/still).
 * -EBUSY.
 */
int nfsmount_load(const char *root, struct conf **conf, struct error *e);

/*
 * Pure: appends the defaults for host (without brackets) and target (resolved), of each section the last line
 * first.  tlscertname= is appended only where the xprtsec= that counts, the user's or the file's, is mtls or auto: a
 * certificate for all mounts must not break those that show none.  Warnings are lines with file and line, for sections
 * that look misspelt and default... keys that are none.  -EINVAL with file and line for xprtsec= or tlscertname= in a
 * section that fits no mount at all (security must not be lost without a word), for a bad value of these two, for
 * noxprtsec and for what is no single word of an option list; -ENOMEM.  After an error options may have
 * grown, and no mount may be made of them.
 */
int nfsmount_apply(const struct conf *conf, const char *host, const char *target, struct mount_options *options,
		   struct nfsmount_found *found, struct strbuf *warnings, struct error *e);

/*
 * Pure: the line that gives the word key (as it is in the option list) for such a mount, or NULL.  Whether the
 * user gave the word as well is not asked.  Borrowed from conf.
 */
const struct conf_setting *nfsmount_source(const struct conf *conf, const char *host, const char *target,
					   const char *key);

/* ---- the mount table (mountinfo.c, options.c) ----------------------------------------- */

/*
 * A line of a mountinfo file (proc_pid_mountinfo(5)), in which blanks, tabs, newlines and backslashes are \ooo:
 *
 *   ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [TAG]... - TYPE SOURCE SUPER-OPTIONS
 */

/* A piece of the file's text: borrowed, not terminated, still escaped. */
struct mountinfo_field {
	const char *text;
	size_t size;
};

struct mountinfo_entry {
	int id, parent;		     /* the parent is the mount that the mount point is in */
	unsigned int major, minor;   /* of the file system, as st_dev has them */
	struct mountinfo_field root; /* the directory of the file system that is mounted */
	struct mountinfo_field point;
	struct mountinfo_field type;
	struct mountinfo_field source;
	struct mountinfo_field options; /* those of the super block */
};

/*
 * Reads the line at *text and moves *text behind it.  1 and *entry; 0 at the
 * end; -EBADMSG for a line that is not understood, which the caller may skip.
 */
int mountinfo_next(const char **text, const char *end, struct mountinfo_entry *entry);

/* The field without escapes; NULL without memory.  The caller frees. */
char *mountinfo_unescape(const struct mountinfo_field *field);

/* The value of the last word "key=value" in a list of options, still escaped: false without one. */
bool mountinfo_option(const struct mountinfo_field *options, const char *key, struct mountinfo_field *value);

/* The fields of a line of /proc/mounts, as they stand there: blanks in them are "\040". */
struct proc_mount {
	const char *source, *path, *type, *options;
};

/*
 * Takes the next whole line about NFS; the text is cut up and borrowed.  False at the end.  A line that is cut off is
 * no mount.
 */
bool proc_mounts_next(char **text, struct proc_mount *mount);

/* Finds the mount with that number; -ENOENT without it. */
int mountinfo_find(const char *text, size_t size, int id, struct mountinfo_entry *entry);

/* Whether a type of file systems is one of NFS: "nfs", "nfs4".  NULL is none. */
bool mount_is_nfs(const char *type);
bool mountinfo_is_nfs(const struct mountinfo_entry *entry);

/* True when the field, without escapes, is that text. */
bool mountinfo_equal(const struct mountinfo_field *field, const char *text);

/* ---- the protection that a mount table tells of (security.c) ----------------- */

/*
 * The transport security of a mount, from its options in the mount table (proc_pid_mountinfo(5)); no word
 * means none.  -EBADMSG for a word that is not understood: never a guess.
 */
int mount_security_effective(const struct mountinfo_field *options, enum xprtsec *mode);

/* The same of a text (may be NULL). */
int mount_security_in(const char *options, enum xprtsec *mode);

/*
 * The protection that such options, of the mount table or of a record, have promised: none for auto, which takes
 * whatever the server has; and mtls for a word that is not known, which may be stronger than those that are.
 */
enum xprtsec mount_security_promised(const char *options);

/* ---- what mount commands have recorded (utab.c) ---------------------------- */

/* A line of libmount's /run/mount/utab: what is mounted where, with which options; "" for what is not told. */
struct utab_record {
	const char *source, *target, *options;
};

/*
 * Takes a line without its newline, which is changed, and which the record borrows.  1 and *record; 0 for one that has
 * none; -EBADMSG for one that is not understood.
 */
int utab_record_parse(char *line, struct utab_record *record);

/*
 * Whether a record for the directory of a mount, which has this source and these options in the kernel's table, is that
 * mount's own: it leads to the same path at the same address, by whatever name of the server, since where mounts share
 * a file system the kernel tells the first one's.  Without an address, the name must be the same.
 */
bool utab_record_is_of(const struct utab_record *record, const char *source, const char *options);

/* ---- what a mount asks for (asked.c) ---------------------------------------- */

/* The words of its options, with those of nfsmount.conf. */
struct mount_asked {
	struct mount_security security;
	struct mount_certificate certificate;
	char usual_certificate[64]; /* Tlscertname= of the file, for a mount that the policy makes mtls; "": none */
	struct mount_versions versions;
	struct mount_protocol protocol;
};

/* What a list of options belongs to. */
struct mount_context {
	const char *target; /* for sentences */
	bool is_remount;
	bool is_nfs4; /* the type */
	const struct nfsmount_found *found;
};

/*
 * The one reader of options.  They are after nfsmount_apply(), which made found, and mount_options_take_generic(); what
 * is not for the kernel is taken out.  Errors as the functions above, some with empty text; options may then
 * have changed.
 */
int mount_asked_take(struct mount_options *options, const struct mount_context *context, struct mount_asked *asked,
		     struct error *e);

/* A line of fstab, or what stands for it. */
struct mount_line {
	const char *type;    /* "nfs", "nfs4" */
	const char *host;    /* without brackets */
	const char *target;  /* resolved; "": not known */
	const char *options; /* may be NULL */
};

/*
 * All of that for a line that is not to be mounted now, by nfsmount.conf in conf (NULL: none).  Warnings as
 * nfsmount_apply(); errors always with text.
 */
int mount_asked_of_line(const struct mount_line *line, const struct conf *conf, struct mount_asked *asked,
			struct strbuf *warnings, struct error *e);

/*
 * Whether a mount that asks for this can be made with the mode that was decided: its version and its certificate have
 * to fit.  auto: nobody knows yet.  -EINVAL with the sentence.
 */
int mount_asked_fits(const struct mount_asked *asked, enum xprtsec mode, struct error *e);

#endif
