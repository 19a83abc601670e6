/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/exportd/groups.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>

#include <uthash.h>

#include "support/upcall/upcall.h"

#define PASSWD_BUFFER_MAX (1u << 20)

struct question {
	struct pool_job job;
	struct groups *groups;
	groups_lookup *lookup; /* a thread must not look at groups, which may be gone */
	uint32_t uid;
	struct groups_answer answer;
	UT_hash_handle hh;
};

struct groups {
	struct pool *pool;
	groups_lookup *lookup;
	groups_ready *ready;
	void *context;
	struct question *questions;
};

/* ---- the system ------------------------------------------------------------------------------- */

/* 0 with *found, which is NULL for a user that is not there; or an errno.  *buffer is the caller's to free. */
static int find_user(uid_t uid, struct passwd *user, char **buffer, struct passwd **found)
{
	int r = ERANGE;

	*found = NULL;
	for (size_t size = 2048; r == ERANGE && size <= PASSWD_BUFFER_MAX; size *= 4) {
		char *grown = realloc(*buffer, size);

		if (!grown)
			return ENOMEM;
		*buffer = grown;
		r = getpwuid_r(uid, user, grown, size, found);
	}
	/* Some modules say so in place of "not there" (getpwuid_r(3)). */
	return r == ENOENT || r == ESRCH ? 0 : r;
}

static int list_groups(const struct passwd *user, struct groups_answer *answer)
{
	int room = 64;

	for (;;) {
		gid_t *grown = reallocarray(answer->ids, (size_t)room, sizeof(*grown));
		int wanted = room;

		if (!grown)
			return ENOMEM;
		answer->ids = grown;
		if (getgrouplist(user->pw_name, user->pw_gid, grown, &wanted) >= 0) {
			answer->count = (size_t)wanted;
			return 0;
		}
		if (wanted <= room)
			wanted = room * 2;
		if (wanted > (int)UPCALL_GROUPS_MAX * 4)
			return E2BIG;
		room = wanted;
	}
}

void groups_lookup_system(uint32_t uid, struct groups_answer *answer)
{
	AUTO_FREE char *buffer = NULL;
	struct passwd user, *found;
	int r = find_user(uid, &user, &buffer, &found);

	if (!r && found)
		r = list_groups(found, answer);
	answer->failed = r;
	if (answer->count > UPCALL_GROUPS_MAX)
		answer->count = UPCALL_GROUPS_MAX; /* what the kernel takes */
}

/* ---- questions -------------------------------------------------------------------------------------- */

struct groups *groups_new(struct pool *pool, groups_lookup *lookup, groups_ready *ready, void *context)
{
	struct groups *groups = calloc(1, sizeof(*groups));

	if (groups)
		*groups = (struct groups){ .pool = pool, .lookup = lookup, .ready = ready, .context = context };
	return groups;
}

void groups_free(struct groups *groups)
{
	struct question *question, *next;

	if (!groups)
		return;
	HASH_ITER(hh, groups->questions, question, next)
		HASH_DEL(groups->questions, question); /* a thread may still be at work on it */
	free(groups);
}

static void run(struct pool_job *job)
{
	struct question *question = (struct question *)job;

	question->lookup(question->uid, &question->answer);
}

static void done(struct pool_job *job)
{
	struct question *question = (struct question *)job;
	struct groups *groups = question->groups;

	HASH_DEL(groups->questions, question);
	groups->ready(question->uid, &question->answer, groups->context);
	free(question->answer.ids);
	free(question);
}

int groups_ask(struct groups *groups, uint32_t uid)
{
	struct question *question;

	HASH_FIND(hh, groups->questions, &uid, sizeof(uid), question);
	if (question)
		return 0;
	question = calloc(1, sizeof(*question));
	if (!question)
		return -ENOMEM;
	question->job.run = run;
	question->job.done = done;
	question->groups = groups;
	question->lookup = groups->lookup;
	question->uid = uid;
	HASH_ADD(hh, groups->questions, uid, sizeof(uid), question);
	if (!question->hh.tbl) {
		free(question);
		return -ENOMEM;
	}
	if (!pool_submit(groups->pool, &question->job))
		return 0;
	HASH_DEL(groups->questions, question);
	free(question);
	return -EAGAIN;
}
