/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/base/base.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

/* The one piece of file-level state that the house style allows: where log lines go. */
static struct {
	const char *program;
	enum log_level most;
	bool journal, syslog;
} sink = { "nfs-tls-utils", LOG_LEVEL_INFO, false, false };

/* JOURNAL_STREAM holds "device:inode" of the stream, so that a redirected stderr is told apart. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	if (!stream || sscanf(stream, "%llu:%llu", &device, &inode) != 2 || fstat(STDERR_FILENO, &st) < 0)
		return false;
	return st.st_dev == device && st.st_ino == inode;
}

void log_start(const char *program, enum log_level most)
{
	sink.program = program;
	sink.most = most;
	sink.journal = stderr_is_journal();
}

void log_most(enum log_level most)
{
	sink.most = most;
}

void log_to_syslog(void)
{
	openlog(sink.program, LOG_PID, LOG_DAEMON);
	sink.syslog = true;
}

bool log_wants(enum log_level level)
{
	return level <= sink.most;
}

void log_line(enum log_level level, const char *fmt, ...)
{
	AUTO_STRBUF line = { 0 };
	char text[2048];
	va_list args;
	ssize_t put;

	if (!log_wants(level))
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (sink.syslog) {
		syslog((int)level, "%s", text);
		return;
	}
	if (sink.journal)
		strbuf_addf(&line, "<%d>%s\n", (int)level, text);
	else
		strbuf_addf(&line, "%s: %s\n", sink.program, text);
	if (line.failed)
		return;
	/* One write per line, so that lines of several processes do not mix. */
	put = write(STDERR_FILENO, line.text, line.size);
	(void)put; /* there is nowhere left to complain */
}

/* Digits of the number, at the end of text, which has NUMBER_MAX bytes. */
#define NUMBER_MAX 24u
static char *digits_of(long number, char *text)
{
	unsigned long rest = number < 0 ? 0ul - (unsigned long)number : (unsigned long)number;
	char *at = text + NUMBER_MAX - 1;

	*at = '\0';
	do {
		*--at = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (number < 0)
		*--at = '-';
	return at;
}

void log_number(enum log_level level, const char *before, long number, const char *after)
{
	char prefix[] = { '<', (char)('0' + level), '>', '\0' };
	char text[NUMBER_MAX];
	const char *part[] = { sink.journal ? prefix : sink.program,
			       sink.journal ? "" : ": ",
			       before,
			       digits_of(number, text),
			       after,
			       "\n" };
	struct iovec io[ARRAY_SIZE(part)];
	ssize_t put;

	if (!log_wants(level))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(part); i++)
		io[i] = (struct iovec){ .iov_base = (void *)(uintptr_t)part[i], .iov_len = strlen(part[i]) };
	put = writev(STDERR_FILENO, io, ARRAY_SIZE(io));
	(void)put;
}

static int notify_address(const char *path, struct sockaddr_un *to, socklen_t *size)
{
	size_t length = strlen(path);

	if ((path[0] != '/' && path[0] != '@') || length >= sizeof(to->sun_path))
		return -EINVAL;
	memset(to, 0, sizeof(*to));
	to->sun_family = AF_UNIX;
	memcpy(to->sun_path, path, length);
	if (path[0] == '@')
		to->sun_path[0] = '\0';
	*size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
	return 0;
}

int service_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to;
	socklen_t size;
	int r;

	if (!path || !*path)
		return 0;
	r = notify_address(path, &to, &size);
	if (r)
		return r;
	AUTO_FD fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to, size) < 0)
		return -errno;
	return 0;
}
