/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/command/command.h"
#include "utils/exportd/daemon.h"

#define PROGRAM "nfsv4.exportd"

enum { EXIT_OK = 0, EXIT_FAILED = 1 };

/* ---- into the background ------------------------------------------------------------------ */

/* The child says by a byte that it answers; when it ends before that, the pipe closes without one. */
static int await_child(int from_child)
{
	char byte;
	ssize_t size;

	do {
		size = read(from_child, &byte, 1);
	} while (size < 0 && errno == EINTR);
	return size == 1 ? EXIT_OK : EXIT_FAILED;
}

/* -1 in the parent never: it exits.  Returns the descriptor to say "ready" on. */
static int go_to_background(void)
{
	int ends[2];
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) < 0 || (child = fork()) < 0) {
		fprintf(stderr, PROGRAM ": cannot go to the background: %s\n", strerror(errno));
		exit(EXIT_FAILED);
	}
	if (child > 0) {
		close(ends[1]);
		_exit(await_child(ends[0]));
	}
	close(ends[0]);
	setsid();
	if (chdir("/") < 0)
		_exit(EXIT_FAILED);
	return ends[1];
}

static void leave_terminal(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = STDIN_FILENO; null >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	close_fd(&null);
}

struct readiness {
	int to_parent; /* -1 in the foreground */
};

static void on_ready(void *context)
{
	struct readiness *readiness = context;

	if (readiness->to_parent >= 0) {
		ssize_t put = write(readiness->to_parent, "", 1);

		(void)put; /* a parent that has gone does not care */
		close_fd(&readiness->to_parent);
		log_to_syslog();
		leave_terminal();
		readiness->to_parent = -1;
	}
	if (service_notify("READY=1"))
		log_line(LOG_LEVEL_WARNING, "the service manager cannot be told that all is ready");
}

static int run(const struct cli *cli)
{
	struct readiness readiness = { .to_parent = -1 };
	struct settings settings;
	struct error e;
	int r;

	if (!standard_descriptors_fill())
		return EXIT_FAILED; /* and nowhere to say so */
	log_start(PROGRAM, LOG_LEVEL_INFO);
	if (geteuid() != 0) {
		log_line(LOG_LEVEL_ERROR, "must be started by root: the kernel asks nobody else");
		return EXIT_FAILED;
	}
	r = settings_read(cli, &settings, &e);
	if (!r && *settings.root)
		r = error_set(&e, ENOTSUP,
			      "nfs.conf: rootdir= in [exports] is not supported: start " PROGRAM
			      " in that folder, with RootDirectory= of systemd or chroot(8)");
	if (r) {
		log_line(LOG_LEVEL_ERROR, "%s", e.text);
		settings_free(&settings);
		return EXIT_FAILED;
	}
	log_start(PROGRAM, settings.debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	(void)signal(SIGPIPE, SIG_IGN);
	umask(022);
	if (!cli->foreground)
		readiness.to_parent = go_to_background();
	r = daemon_run(&settings, on_ready, &readiness, &e);
	if (r)
		log_line(LOG_LEVEL_ERROR, "%s", e.text);
	/* Nothing is freed, and not by exit(3): a thread may still wait for a name server with our settings in hand. */
	_exit(r ? EXIT_FAILED : EXIT_OK);
}

int main(int argc, char **argv)
{
	struct error e;
	struct cli cli;

	if (!standard_descriptors_fill())
		return EXIT_FAILED; /* and nowhere to say so */
	if (cli_parse(argc, argv, &cli, &e)) {
		fprintf(stderr, PROGRAM ": %s: see " PROGRAM " --help\n", e.text);
		return EXIT_FAILED;
	}
	switch (cli.action) {
	case CLI_HELP:
		return command_help(PROGRAM, cli_usage) ? EXIT_OK : EXIT_FAILED;
	case CLI_VERSION:
		return command_version(PROGRAM, PACKAGE_STRING) ? EXIT_OK : EXIT_FAILED;
	default:
		return run(&cli);
	}
}
