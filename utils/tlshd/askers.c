/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/askers.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NFSD "nfsd"
#define ASKERS_MAX 1024u     /* more are not watched */
#define LIST_MS 2000	     /* how old a list of threads may be: their number changes seldom */
#define LOOK_MS 2	     /* how old a look at them may be */
#define CHILDREN_MAX 262144u /* some 30,000 threads of the kernel */
#define STAT_SIZE 64u	     /* the id, the name and the state are at its begin */

struct asker {
	int stat; /* its file of that name; -1: it has ended */
	int64_t asleep_ms;
};

struct askers {
	const char *kthreads, *threads;
	struct asker at[ASKERS_MAX];
	size_t count;
	int64_t listed_ms, looked_ms; /* 0: never */
};

struct askers *askers_new(const char *kthreads, const char *threads)
{
	struct askers *askers = calloc(1, sizeof(*askers));

	if (askers) {
		askers->kthreads = kthreads;
		askers->threads = threads;
	}
	return askers;
}

static void let_go(struct askers *askers)
{
	for (size_t i = 0; i < askers->count; i++)
		if (askers->at[i].stat >= 0)
			close(askers->at[i].stat);
	askers->count = 0;
}

void askers_free(struct askers *askers)
{
	if (askers)
		let_go(askers);
	free(askers);
}

/* Its state (proc_pid_stat(5)); '\0' when it has ended, or is not of nfsd. */
static char state_of(int stat)
{
	char text[STAT_SIZE + 1], name[17], state;
	ssize_t size = pread(stat, text, STAT_SIZE, 0);

	if (size <= 0)
		return '\0';
	text[size] = '\0';
	return sscanf(text, "%*d (%16[^)]) %c", name, &state) == 2 && !strcmp(name, NFSD) ? state : '\0';
}

static void add_thread(struct askers *askers, const char *id)
{
	char path[256];
	int stat;

	if (askers->count == ASKERS_MAX ||
	    snprintf(path, sizeof(path), "%s/%s/stat", askers->threads, id) >= (int)sizeof(path))
		return;
	stat = open(path, O_RDONLY | O_CLOEXEC);
	if (stat >= 0 && state_of(stat))
		askers->at[askers->count++] = (struct asker){ .stat = stat };
	else if (stat >= 0)
		close(stat);
}

/* A thread that is new in the list has not been seen asleep yet. */
static void list(struct askers *askers, int64_t now_ms)
{
	AUTO_STRBUF children = { 0 };
	char *rest = NULL;

	let_go(askers);
	askers->listed_ms = now_ms;
	askers->looked_ms = 0;
	if (file_read_unsized(askers->kthreads, CHILDREN_MAX, &children, NULL) || children.failed)
		return;
	for (char *id = strtok_r(children.text, " ", &rest); id; id = strtok_r(NULL, " ", &rest))
		add_thread(askers, id);
}

static void look(struct askers *askers, int64_t now_ms)
{
	askers->looked_ms = now_ms;
	for (size_t i = 0; i < askers->count; i++) {
		struct asker *one = &askers->at[i];
		char state = one->stat < 0 ? '\0' : state_of(one->stat);

		if (state != 'R')
			one->asleep_ms = now_ms;
		if (!state && one->stat >= 0) {
			close(one->stat);
			one->stat = -1;
		}
	}
}

bool askers_have_slept(struct askers *askers, int64_t since_ms, int64_t now_ms)
{
	if (!askers->listed_ms || now_ms - askers->listed_ms >= LIST_MS)
		list(askers, now_ms);
	if (!askers->looked_ms || now_ms - askers->looked_ms >= LOOK_MS || askers->looked_ms < since_ms)
		look(askers, now_ms);
	for (size_t i = 0; i < askers->count; i++)
		if (askers->at[i].asleep_ms <= since_ms)
			return false;
	return true;
}
