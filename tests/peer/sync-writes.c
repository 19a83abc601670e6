/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sync-writes FILE SECONDS: 4 KiB at a time, each of which the server has before the next is written.  Prints how many,
 * and the median and the longest of the milliseconds that they took.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WRITES_MAX 100000u

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1000 + (double)t.tv_nsec / 1e6;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
	static double took[WRITES_MAX];
	static char block[4096];
	unsigned int count = 0;
	double end;
	int fd;

	if (argc != 3) {
		fprintf(stderr, "usage: sync-writes FILE SECONDS\n");
		return 2;
	}
	fd = open(argv[1], O_WRONLY | O_CREAT | O_SYNC | O_CLOEXEC, 0600);
	end = now() + atof(argv[2]) * 1000;
	while (fd >= 0 && count < WRITES_MAX && (now() < end || !count)) {
		double begin = now();

		if (pwrite(fd, block, sizeof(block), 0) != sizeof(block))
			break;
		took[count++] = now() - begin;
	}
	if (fd < 0 || !count || close(fd)) {
		fprintf(stderr, "sync-writes: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	qsort(took, count, sizeof(took[0]), compare);
	printf("writes=%u median=%.0f worst=%.0f\n", count, took[count / 2], took[count - 1]);
	return 0;
}
