/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/job.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "support/mounts/mounts.h"
#include "utils/mount/mount_point.h"

/* What a user must not get rid of, whatever the files of the administrator add. */
static const unsigned long user_flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;

void job_free(struct job *job)
{
	table_entry_free(&job->asked.entry);
	free(job->asked.target);
	mount_options_free(&job->asked.given);
	mount_options_free(&job->decided.options);
	mount_options_free(job->made.tried);
	free(job->made.tried);
	conf_free(job->defaults);
	policy_free(job->policy);
	free(job->decided.addresses);
	free(job->decided.mount_hosts);
}

/* ---- whose mount it is -------------------------------------------------------- */

/* For ordinary users the line of fstab is all that counts. */
static int adopt_fstab(struct job *job, struct error *e)
{
	const char *target = job->cli->operands[1];
	int r;

	if (!job->restricted)
		return mount_options_append_all(&job->asked.given, &job->cli->options) ?
			       error_set(e, ENOMEM, "out of memory") :
			       0;
	r = table_user_mount(job->asked.source, target, &job->asked.entry, e);
	if (r)
		return r;
	job->asked.source = job->asked.entry.source;
	/* From here on the user may not stop or trace us. */
	if (setuid(0))
		return error_set(e, errno, "cannot become root: %s", strerror(errno));
	return mount_options_parse(&job->asked.given, job->asked.entry.options, strlen(job->asked.entry.options), e);
}

static int bad_mount_point(const char *dir, int code, struct error *e)
{
	if (code == ENOENT)
		return error_set(e, code, "mount point %s does not exist", dir);
	if (code == ENOTDIR)
		return error_set(e, code, "mount point %s is not a directory", dir);
	return error_set(e, code, "mount point %s: %s", dir, strerror(code));
}

/* Root has written the path, and means what it leads to; a symbolic link of the user's would lead anywhere. */
static int find_users_mount_point(struct job *job, struct error *e)
{
	const char *dir = job->asked.entry.target;
	AUTO_STRBUF resolved = { 0 };
	AUTO_FD directory = mount_point_walk(dir, &resolved);

	if (directory == -ELOOP)
		return error_set(e, ELOOP,
				 "mount point %s: there is a symbolic link in it which is not root's, or lies where"
				 " others can write: put the path that it leads to into /etc/fstab",
				 dir);
	if (directory < 0)
		return bad_mount_point(dir, -directory, e);
	job->asked.target = strdup(resolved.text);
	return job->asked.target ? 0 : error_set(e, ENOMEM, "out of memory");
}

static int find_mount_point(struct job *job, struct error *e)
{
	const char *dir = job->cli->operands[1];
	struct stat st;

	if (job->restricted)
		return find_users_mount_point(job, e);
	if (stat(dir, &st))
		return bad_mount_point(dir, errno, e);
	if (!S_ISDIR(st.st_mode))
		return bad_mount_point(dir, ENOTDIR, e);
	job->asked.target = realpath(dir, NULL);
	return job->asked.target ? 0 : bad_mount_point(dir, errno, e);
}

/* ---- what a user may know -------------------------------------------------------- */

int job_keep_to_root(const struct job *job, struct error *e, const char *instead)
{
	int code = e->code;

	if (!job->restricted)
		return -code;
	syslog(LOG_AUTH | LOG_NOTICE, "mounting %s on %s for a user: %s", job->asked.source,
	       job->asked.target ? job->asked.target : job->asked.entry.target, e->text);
	return error_set(e, code, "%s: the system's log tells root why", instead);
}

static bool has_word(const struct mount_options *options, size_t from, size_t to, const char *key)
{
	for (size_t i = from; i < to; i++)
		if (text_equal_nocase(options->words[i].key, key))
			return true;
	return false;
}

bool job_has_default(const struct job *job, const char *key)
{
	return has_word(&job->asked.given, job->asked.given_count, job->asked.given.count, key);
}

/* ---- files --------------------------------------------------------------------- */

/* A policy that cannot be read might forbid this very mount. */
static int load_policy(struct job *job, struct error *e)
{
	struct error why = { 0 };

	if (!policy_load("", POLICY_FILE, &job->policy, &why))
		return 0;
	(void)error_set(e, why.code, "%s: nothing is mounted until this is corrected", why.text);
	return job_keep_to_root(job, e,
				"this host's policy cannot be used, and nothing is mounted until it is"
				" corrected");
}

static int load_defaults(struct job *job, struct error *e)
{
	struct error why = { 0 };

	if (!nfsmount_load("", &job->defaults, &why))
		return 0;
	return error_set(e, why.code, "%s: nothing is mounted until this is corrected", why.text);
}

/* A warning a line; they are about files, and so for root. */
static void warn(const struct job *job, const struct strbuf *warnings)
{
	const char *line = warnings->text, *end;

	for (; !job->restricted && line && *line; line = end + (*end == '\n')) {
		end = line + strcspn(line, "\n");
		message_error(job->program, "%.*s", (int)(end - line), line);
	}
}

/* A remount is about one mount as it is, and not about what new ones are to be like. */
static int apply_defaults(struct job *job, struct nfsmount_found *found, struct error *e)
{
	AUTO_STRBUF warnings = { 0 };
	int r;

	job->asked.given_count = job->asked.given.count;
	if (mount_options_last(&job->asked.given, "remount"))
		return 0;
	r = load_defaults(job, e);
	if (!r)
		r = nfsmount_apply(job->defaults, job->asked.device.host, job->asked.target, &job->asked.given, found,
				   &warnings, e);
	if (r)
		return job_keep_to_root(job, e,
					"this host's defaults for NFS mounts cannot be used, and nothing is"
					" mounted until they are corrected");
	warn(job, &warnings);
	return 0;
}

/* ---- options ---------------------------------------------------------------------- */

/* Without SELinux nobody knows its labels, and an fstab that has them must still work. */
static bool has_selinux(void)
{
	return !access("/sys/fs/selinux/enforce", F_OK);
}

/* libmount has taken them with all that the line says; what a word like exec has lifted must not come back. */
static void take_users_flags(struct job *job)
{
	static const char *const applied[] = { "user", "users", "owner", "group" };

	for (size_t i = 0; i < ARRAY_SIZE(applied); i++)
		mount_options_remove(&job->decided.options, applied[i]);
	job->asked.flags = job->asked.entry.flags;
}

static int take_flags(struct job *job, struct error *e)
{
	int r = mount_options_append_all(&job->decided.options, &job->asked.given);

	if (!r && job->cli->sloppy && !job->restricted)
		r = mount_options_prepend(&job->decided.options, "sloppy", NULL);
	if (r)
		return error_set(e, ENOMEM, "out of memory");
	if (job->restricted)
		take_users_flags(job);
	mount_options_take_generic(&job->decided.options, &job->asked.flags, !has_selinux());
	/* rw of the command line undoes -r; rw of a file does not */
	if (job->cli->read_only && !mount_options_last(&job->cli->options, "rw"))
		job->asked.flags |= MS_RDONLY;
	if (job->restricted)
		job->asked.flags |= job->asked.entry.flags & user_flags;
	mount_options_remove(&job->decided.options, "addr");
	return 0;
}

static int read_words(struct job *job, const struct nfsmount_found *found, struct error *e)
{
	const struct mount_context context = { job->asked.target, job->asked.flags & MS_REMOUNT,
					       !strcmp(job->type, "nfs4"), found };
	int r = mount_asked_take(&job->decided.options, &context, &job->asked.words, e);

	job->decided.protection.mode = job->asked.words.security.mode;
	job->decided.certificate = job->asked.words.certificate;
	job->decided.versions = job->asked.words.versions;
	return r;
}

/* What is wrong may be a word of the line in fstab, or one of the defaults. */
static int take_words(struct job *job, const struct nfsmount_found *found, struct error *e)
{
	int r = read_words(job, found, e);

	return r && job->asked.given.count > job->asked.given_count ?
		       job_keep_to_root(job, e,
					"the options in /etc/fstab, or this host's defaults for NFS mounts, are"
					" not right") :
		       r;
}

/* A device that is none is told of before any file is read; a remount does not look at it. */
static int take_device(struct job *job, struct error *e)
{
	int r;

	if (mount_options_last(&job->asked.given, "remount"))
		return 0;
	r = mount_device_parse(job->asked.source, strlen(job->asked.source), &job->asked.device, e);
	if (!r && job->asked.device.several_hosts)
		message_error(job->program, "warning: multiple hostnames not supported, using %s",
			      job->asked.device.host);
	return r;
}

int job_prepare(struct job *job, struct error *e)
{
	struct nfsmount_found found = { 0 };
	int r = adopt_fstab(job, e);

	if (!r)
		r = find_mount_point(job, e);
	if (!r)
		r = load_policy(job, e);
	if (!r)
		r = take_device(job, e);
	if (!r)
		r = apply_defaults(job, &found, e);
	if (!r)
		r = take_flags(job, e);
	if (!r)
		r = take_words(job, &found, e);
	return r;
}
