/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "support/command/command.h"
#include "support/mounts/mounts.h"
#include "utils/mount/caller.h"
#include "utils/mount/cli.h"
#include "utils/mount/held_mount.h"
#include "utils/mount/mount.h"
#include "utils/mount/rmtab.h"
#include "utils/mount/table.h"

/* What is to be unmounted; all is owned. */
struct victim {
	struct held_mount held;
	char *point;
	char *source;
	char *type;
	char *options;
};

static void victim_free(struct victim *victim)
{
	held_mount_free(&victim->held);
	free(victim->point);
	free(victim->source);
	free(victim->type);
	free(victim->options);
}

/* ---- finding it ---------------------------------------------------------- */

/* The mount point in the last line of that mount point or source: the one on top.  -ENOENT without any. */
static int find_in_table(const struct strbuf *table, const char *name, bool is_source, char **point)
{
	const char *at = table->text, *end = at + table->size;
	struct mountinfo_entry entry, last;
	bool found = false;
	int r;

	while (at && (r = mountinfo_next(&at, end, &entry))) {
		if (r < 0 || !mountinfo_equal(is_source ? &entry.source : &entry.point, name))
			continue;
		last = entry;
		found = true;
	}
	if (!found)
		return -ENOENT;
	*point = mountinfo_unescape(&last.point);
	return *point ? 0 : -ENOMEM;
}

static void strip_slashes(char *path)
{
	size_t size = strlen(path);

	while (size > 1 && path[size - 1] == '/')
		path[--size] = '\0';
}

/* The folder's real path and the last name as it is: the mount, whose server may be dead, is not touched. */
static char *resolve_parent(const char *path)
{
	const char *slash = strrchr(path, '/');
	AUTO_FREE char *folder = strndup(path, slash == path ? 1 : (size_t)(slash - path));
	AUTO_FREE char *real = folder ? realpath(folder, NULL) : NULL;
	AUTO_STRBUF whole = { 0 };

	if (!real)
		return NULL;
	strbuf_addf(&whole, "%s/%s", strcmp(real, "/") ? real : "", slash + 1);
	return whole.failed ? NULL : strdup(whole.text);
}

/*
 * The name as given, then with its folder resolved, then resolved whole: the
 * last one asks the file system and comes only when the table did not know the others.
 */
static int find_folder(const struct strbuf *table, const char *operand, char **point)
{
	AUTO_FREE char *plain = strdup(operand);
	AUTO_FREE char *half = NULL;
	AUTO_FREE char *real = NULL;
	int r;

	if (!plain)
		return -ENOMEM;
	strip_slashes(plain);
	r = find_in_table(table, plain, false, point);
	if (r != -ENOENT)
		return r;
	half = resolve_parent(plain);
	r = half ? find_in_table(table, half, false, point) : -ENOENT;
	if (r != -ENOENT)
		return r;
	real = realpath(plain, NULL);
	if (!real)
		return errno == ENOENT ? -ENOENT : -errno;
	r = find_in_table(table, real, false, point);
	return r == -ENOENT ? -EINVAL : r; /* it exists and is no mount point */
}

static int find_point(const char *operand, char **point)
{
	AUTO_STRBUF table = { 0 };
	int r = kernel_mount_table(&table);

	if (r)
		return r;
	if (*operand == '/')
		return find_folder(&table, operand, point);
	r = find_in_table(&table, operand, true, point);
	return r == -ENOENT ? -EINVAL : r;
}

static int copy_entry(const struct mountinfo_entry *entry, struct victim *victim)
{
	victim->point = mountinfo_unescape(&entry->point);
	victim->source = mountinfo_unescape(&entry->source);
	victim->type = mountinfo_unescape(&entry->type);
	victim->options = mountinfo_unescape(&entry->options);
	return victim->point && victim->source && victim->type && victim->options ? 0 : -ENOMEM;
}

/* A plain path needs no look into the table, which is long where there are many mounts. */
static int hold_operand(const char *operand, struct held_mount *held)
{
	AUTO_FREE char *point = *operand == '/' ? strdup(operand) : NULL;
	int r;

	if (point) {
		strip_slashes(point);
		if (!held_mount_take(point, held))
			return 0;
		held_mount_free(held);
		free(point);
		point = NULL;
	}
	r = find_point(operand, &point);
	return r ? r : held_mount_take(point, held);
}

/* Of all that the name was found by, nothing counts any more: what is held now is looked up. */
static int find(const char *operand, struct victim *victim)
{
	AUTO_STRBUF table = { 0 };
	struct mountinfo_entry entry;
	int r = hold_operand(operand, &victim->held);

	if (!r)
		r = kernel_mount_table(&table);
	if (!r)
		r = table.text ? mountinfo_find(table.text, table.size, victim->held.id, &entry) : -ENOENT;
	return r ? r : copy_entry(&entry, victim);
}

/* ---- unmounting ---------------------------------------------------------- */

/* The server of a lazy unmount may be dead, and a version 4 server knows by itself. */
static void tell_server(const char *program, const struct cli *cli, const struct victim *victim)
{
	AUTO_MOUNT_OPTIONS options = { 0 };
	struct error e;
	int r;

	if (cli->lazy || strcmp(victim->type, "nfs"))
		return;
	r = mount_options_parse(&options, victim->options, strlen(victim->options), &e);
	if (!r)
		r = rmtab_leave(victim->source, &options, &e);
	if (r && cli->verbose)
		message_error(program, "%s: the server was not told: %s", victim->point, e.text);
}

static void forget(const char *program, const struct cli *cli, const struct victim *victim)
{
	struct error e;

	if (!cli->no_record && table_forget(victim->point, &e) && cli->verbose)
		message_error(program, "%s", e.text);
}

static bool made_read_only(const char *program, struct victim *victim)
{
	int r = held_mount_make_read_only(&victim->held);

	if (!r)
		message_error(program, "%s busy - remounted read-only", victim->point);
	return !r;
}

static enum exit_status say_failure(const char *program, const struct victim *victim, int r)
{
	message_error(program, "%s: %s", victim->point, message_umount_failed(-r));
	return EXIT_UNMOUNT_FAILED;
}

static int detach(const struct cli *cli, struct victim *victim)
{
	int flags = (cli->force ? MNT_FORCE : 0) | (cli->lazy ? MNT_DETACH : 0);
	int r = held_mount_unmount(&victim->held, flags);

	if (cli->verbose)
		printf("%s: %s\n", victim->point, r ? "umount failed" : "umounted");
	return r;
}

static void begin(const char *program, const struct cli *cli, const struct victim *victim)
{
	if (cli->verbose)
		printf("%s: %s mount point detected\n", victim->point, victim->type);
	tell_server(program, cli, victim);
}

static enum exit_status unmount(const char *program, const struct cli *cli, struct victim *victim)
{
	int r;

	begin(program, cli, victim);
	r = detach(cli, victim);
	if (r == -EBUSY && cli->read_only && made_read_only(program, victim))
		return EXIT_DONE;
	if (r)
		return say_failure(program, victim, r);
	forget(program, cli, victim);
	return EXIT_DONE;
}

/*
 * For a user the record goes first: one that is left, since we were killed, would say of the next mount there that it
 * is his.  So -n is not for users, either.
 */
static enum exit_status unmount_recorded(const char *program, const struct cli *cli, struct victim *victim,
					 const struct table_mount *mount)
{
	struct error e;
	int r;

	begin(program, cli, victim);
	if (table_forget(victim->point, &e)) {
		message_error(program, "%s: nothing is unmounted", e.text);
		return EXIT_UNMOUNT_FAILED;
	}
	caller_leave_group();
	r = detach(cli, victim);
	if (!r)
		return EXIT_DONE;
	if (table_recall(mount, &e))
		message_error(program, "%s", e.text);
	return r == -EBUSY && cli->read_only && made_read_only(program, victim) ? EXIT_DONE :
										  say_failure(program, victim, r);
}

/* Whom fstab or the record of the mount allows it.  Afterwards he can neither stop nor trace us. */
static enum exit_status unmount_as_user(const char *program, const struct cli *cli, struct victim *victim)
{
	struct table_mount mount = {
		.source = victim->source,
		.point = victim->point,
		.id = victim->held.id,
		.number = victim->held.unique,
	};
	enum exit_status status = EXIT_MOUNT_FAILED;
	struct error e;

	if (table_user_umount(&mount, &e))
		message_error(program, "%s", e.text);
	else if (setuid(0))
		message_error(program, "cannot become root: %s", strerror(errno));
	else
		status = unmount_recorded(program, cli, victim, &mount);
	table_mount_free(&mount);
	return status;
}

/* With the eyes of the real user, who is not to learn what lies in folders that he cannot read. */
static int find_as_caller(const char *operand, struct victim *victim)
{
	int r = seteuid(getuid()) ? -errno : 0;

	if (!r)
		r = find(operand, victim);
	return seteuid(0) ? -errno : r;
}

static enum exit_status run_umount(const char *program, const struct cli *cli)
{
	const char *operand = cli->operands[0];
	struct victim victim = { .held = HELD_MOUNT_NONE };
	enum exit_status status;
	int r;

	/* so says umount(8), too */
	if (getuid() && cli->force) {
		message_error(program, "only root can use -f, which aborts requests of other mounts, too: use -l");
		return EXIT_USAGE;
	}
	r = find_as_caller(operand, &victim);
	if (r) {
		message_error(program, "%s: %s", operand, r == -EACCES ? strerror(EACCES) : message_umount_failed(-r));
		status = EXIT_UNMOUNT_FAILED;
	} else if (!mount_is_nfs(victim.type)) {
		message_error(program, "%s: is not an NFS filesystem", operand);
		status = EXIT_USAGE;
	} else if (getuid()) {
		status = unmount_as_user(program, cli, &victim);
	} else {
		status = unmount(program, cli, &victim);
	}
	victim_free(&victim);
	return status;
}

/* ---- the command line ------------------------------------------------------ */

static enum exit_status umount_usage(const char *program)
{
	mount_cli_usage(CLI_UMOUNT, program, stdout);
	(void)command_flush(program);
	return EXIT_USAGE;
}

static bool is_operand(const char *text)
{
	return *text == '/' || strchr(text, ':');
}

static enum exit_status umount_cli(const char *program, const struct cli *cli)
{
	if (cli->help)
		return umount_usage(program);
	if (cli->operand_count != 1 || !is_operand(cli->operands[0])) {
		message_error(program, "no mount point provided");
		return umount_usage(program);
	}
	if (geteuid()) {
		message_error(program, "%s: must be superuser to umount", cli->operands[0]);
		return EXIT_UNMOUNT_FAILED;
	}
	return run_umount(program, cli);
}

enum exit_status umount_run(const char *program, int argc, char **argv)
{
	struct cli cli = { 0 };
	struct error e = { 0 };
	enum exit_status status;

	if (mount_cli_parse(CLI_UMOUNT, argc, argv, &cli, &e)) {
		message_error(program, "%s", e.text);
		status = umount_usage(program);
	} else {
		status = umount_cli(program, &cli);
	}
	mount_options_free(&cli.options);
	return status;
}
