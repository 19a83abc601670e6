/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mount.nfs: the command line, and how often and how long a mount is tried. */
#include "config.h"

#include "utils/mount/mount.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "support/command/command.h"
#include "utils/mount/job.h"

#define PROC_TEXT_MAX 65536u
#define WONDER_MS 3000	  /* then the user is told what is waited for */
#define HOPELESS_MS 20000 /* for a server that has to be helped first */

/* ---- time ---------------------------------------------------------------------- */

/* Empty when it cannot be read: then the parent is nobody special. */
static void read_proc(const char *name, struct strbuf *text)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)getppid(), name);
	(void)file_read_unsized(path, PROC_TEXT_MAX, text, NULL);
}

static int64_t uptime_ms(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t began_with_parent(void)
{
	AUTO_STRBUF stat = { 0 };
	AUTO_STRBUF command_line = { 0 };

	read_proc("stat", &stat);
	read_proc("cmdline", &command_line);
	if (!stat.text || !command_line.text)
		return clock_ms();
	return retry_began(stat.text, command_line.text, command_line.size, uptime_ms(), sysconf(_SC_CLK_TCK),
			   clock_ms());
}

static void start_clock(struct job *job, bool child)
{
	bool shared = !job->retry.given && !job->retry.background;

	job->in_background = child;
	job->made.hopeless = false;
	job->made.began_ms = clock_ms();
	retry_start(&job->retry, shared ? began_with_parent() : clock_ms(), child, &job->made.tries);
}

static void wait_ms(int64_t ms)
{
	struct timespec left = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&left, &left) && errno == EINTR)
		continue;
}

/* ---- tries ----------------------------------------------------------------------- */

static int try_once(struct job *job, struct trouble *trouble)
{
	int r;

	*trouble = (struct trouble){ 0 };
	r = job_find_server(job, trouble);
	if (r)
		return r;
	do
		r = job_try(job, trouble);
	while (r && job_settle_for_less(job, trouble));
	return r;
}

/* Whom nobody but an administrator can help is not tried for two minutes; who said retry= gets what he said. */
static bool has_patience(const struct job *job)
{
	return !job->made.hopeless || job->retry.given || job->retry.background ||
	       clock_ms() < job->made.began_ms + HOPELESS_MS;
}

static bool may_try_again(struct job *job, const struct trouble *trouble, struct strbuf *cause)
{
	if (trouble->failure.code == EALREADY)
		return false;
	if (job_is_transient(job, trouble, cause))
		return has_patience(job);
	return has_patience(job) && retry_is_temporary(&job->made.tries, trouble->failure.code);
}

/* A server that is silent was told of while it was waited for. */
static void find_wait(const struct job *job, const struct trouble *trouble, struct strbuf *cause)
{
	if (!cause->size && trouble->failure.code != ETIMEDOUT)
		job_describe(job, trouble, cause);
}

/* Once, when it takes long enough for somebody to wonder. */
static void tell_waiting(struct job *job, int64_t pause, const struct trouble *trouble, struct strbuf *cause)
{
	if (job->made.said_waiting || job->in_background || clock_ms() + pause < job->made.began_ms + WONDER_MS)
		return;
	find_wait(job, trouble, cause);
	if (!cause->size || cause->failed)
		return;
	job->made.said_waiting = true;
	message_error(job->program, "%s: still waiting: %s", job->asked.source, cause->text);
}

/* 0, or -errno with the last trouble when the time is over or nothing will change. */
static int try_for_a_while(struct job *job, struct trouble *trouble)
{
	for (;;) {
		int r = try_once(job, trouble);
		AUTO_STRBUF cause = { 0 };
		int64_t pause;

		if (!r || job->cli->fake || !may_try_again(job, trouble, &cause))
			return r;
		pause = retry_pause(&job->made.tries, trouble->failure.code, clock_ms());
		if (pause < 0)
			return r;
		tell_waiting(job, pause, trouble, &cause);
		wait_ms(pause);
	}
}

static enum exit_status in_foreground(struct job *job)
{
	struct trouble trouble;

	start_clock(job, false);
	if (!try_for_a_while(job, &trouble))
		return EXIT_DONE;
	job_say_failure(job, &trouble);
	return EXIT_MOUNT_FAILED;
}

/* ---- in the background -------------------------------------------------------------- */

/* A user is not told what nfsmount.conf has added. */
static void tell_background(const struct job *job)
{
	struct mount_options known = job->asked.given; /* a part of it */
	AUTO_STRBUF options = { 0 };

	if (job->restricted)
		known.count = job->asked.given_count;
	mount_options_format(&known, &options);
	printf("%s: backgrounding \"%s\"\n", job->program, job->asked.source);
	printf("%s: mount options: \"%s%s%s\"\n", job->program, job->asked.flags & MS_RDONLY ? "ro" : "rw",
	       options.size ? "," : "", options.text ? options.text : "");
	fflush(stdout);
}

static void log_failure(const struct job *job, const struct trouble *trouble, bool for_good)
{
	AUTO_STRBUF sentence = { 0 };

	job_describe(job, trouble, &sentence);
	syslog(LOG_ERR, "mount to NFS server '%s' failed: %s, %s", job->asked.device.host,
	       sentence.text && !sentence.failed ? sentence.text : strerror(trouble->failure.code),
	       for_good ? "giving up" : "retrying");
}

/* First a pause: the server has just failed to answer. */
static enum exit_status in_child(struct job *job)
{
	struct trouble trouble = { 0 };

	start_clock(job, true);
	wait_ms(retry_pause(&job->made.tries, 0, clock_ms()));
	if (!try_for_a_while(job, &trouble))
		return EXIT_DONE;
	if (trouble.failure.code != EALREADY)
		log_failure(job, &trouble, true);
	return EXIT_MOUNT_FAILED;
}

static enum exit_status in_background(struct job *job)
{
	AUTO_STRBUF cause = { 0 };
	struct trouble trouble;

	start_clock(job, false);
	job->made.tries.deadline = clock_ms();
	job->in_background = true;
	if (!try_once(job, &trouble))
		return EXIT_DONE;
	if (!may_try_again(job, &trouble, &cause)) {
		job_say_failure(job, &trouble);
		return EXIT_MOUNT_FAILED;
	}
	openlog("mount", LOG_PID, LOG_AUTH);
	log_failure(job, &trouble, false);
	tell_background(job);
	if (daemon(0, 0)) {
		message_error(job->program, "cannot go into the background: %s", strerror(errno));
		return EXIT_MOUNT_FAILED;
	}
	return in_child(job);
}

/* ---- all ways --------------------------------------------------------------------------- */

static enum exit_status run_remount(struct job *job)
{
	struct trouble trouble = { 0 };

	start_clock(job, false);
	if (!job_remount(job, &trouble))
		return EXIT_DONE;
	job_say_failure(job, &trouble);
	return EXIT_MOUNT_FAILED;
}

static void tell_timeout(const struct job *job, const char *bad)
{
	time_t end = time(NULL) + (time_t)job->retry.minutes * 60;
	char text[32];

	if (!job->cli->verbose)
		return;
	if (bad && !(job->restricted && job_has_default(job, "retry")))
		message_note(job->program, "retry=%s is no number of minutes, %u are used", bad, job->retry.minutes);
	if (ctime_r(&end, text))
		printf("%s: timeout set for %s", job->program, text);
}

static enum exit_status mount_new(struct job *job)
{
	const char *bad;

	retry_of(&job->decided.options, &job->retry, &bad);
	tell_timeout(job, bad);
	return job->retry.background && !job->cli->fake ? in_background(job) : in_foreground(job);
}

static enum exit_status run_mount(struct job *job)
{
	struct trouble trouble = { 0 };
	int r = job_prepare(job, &trouble.e);

	if (r) {
		trouble.failure.code = -r;
		job_say_failure(job, &trouble);
		return EXIT_MOUNT_FAILED;
	}
	return job->asked.flags & MS_REMOUNT ? run_remount(job) : mount_new(job);
}

/* ---- the command line --------------------------------------------------- */

static enum exit_status mount_usage(const char *program, enum exit_status status)
{
	mount_cli_usage(CLI_MOUNT, program, stdout);
	(void)command_flush(program);
	return status;
}

static enum exit_status mount_cli(const char *program, const struct cli *cli)
{
	struct job job = { .program = program, .cli = cli, .asked = { .source = cli->operands[0] } };
	enum exit_status status;

	if (cli->help)
		return mount_usage(program, EXIT_USAGE);
	if (cli->version)
		return command_version(program, "(linux " PACKAGE_NAME " " PACKAGE_VERSION ")") ? EXIT_DONE :
												  EXIT_MOUNT_FAILED;
	if (cli->operand_count < 2) {
		message_error(program, "no mount point provided");
		return mount_usage(program, EXIT_MOUNT_FAILED);
	}
	if (cli->operand_count > 2) {
		message_error(program, "more than a remote target and a folder were given");
		return mount_usage(program, EXIT_USAGE);
	}
	if (geteuid()) {
		message_error(program, "not installed setuid - \"user\" NFS mounts not supported.");
		return EXIT_MOUNT_FAILED;
	}
	job.restricted = getuid() != 0;
	job.type = strncmp(program, "mount.nfs4", strlen("mount.nfs4")) ? "nfs" : "nfs4";
	job.made.began_day_ms = clock_day_ms();
	job.made.began_ms = clock_ms();
	status = run_mount(&job);
	job_free(&job);
	return status;
}

enum exit_status mount_run(const char *program, int argc, char **argv)
{
	struct cli cli = { 0 };
	struct error e = { 0 };
	enum exit_status status;

	if (mount_cli_parse(CLI_MOUNT, argc, argv, &cli, &e)) {
		message_error(program, "%s", e.text);
		status = mount_usage(program, EXIT_USAGE);
	} else {
		status = mount_cli(program, &cli);
	}
	mount_options_free(&cli.options);
	return status;
}
