/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/retry.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOREGROUND_MINUTES 2u
#define BACKGROUND_MINUTES 10000u
#define FORGIVEN 2u

void retry_of(const struct mount_options *options, struct retry *retry, const char **bad)
{
	const struct mount_option *word = mount_options_last(options, "retry");
	long long minutes;

	*retry = (struct retry){ 0 };
	for (size_t i = 0; i < options->count; i++) {
		if (!strcmp(options->words[i].key, "bg"))
			retry->background = true;
		else if (!strcmp(options->words[i].key, "fg"))
			retry->background = false;
	}
	retry->given = word && word->value && !text_number(word->value, 0, INT_MAX, &minutes);
	if (retry->given)
		retry->minutes = (unsigned int)minutes;
	else
		retry->minutes = retry->background ? BACKGROUND_MINUTES : FOREGROUND_MINUTES;
	if (bad)
		*bad = word && !retry->given ? word->value ? word->value : "" : NULL;
}

void retry_start(const struct retry *retry, int64_t began, bool child, struct retry_state *state)
{
	*state = (struct retry_state){ .deadline = began + (int64_t)retry->minutes * 60000, .child = child };
}

bool retry_is_temporary(struct retry_state *state, int code)
{
	switch (code) {
	case ETIMEDOUT:
	case EHOSTUNREACH:
	case EAGAIN:
	case ECONNREFUSED:
		state->in_a_row = 0;
		return true;
	case ESTALE:
	case EOPNOTSUPP:
		return state->in_a_row++ < FORGIVEN;
	default:
		return false;
	}
}

/* 1, 2, 4, 8, 10, 10 ... seconds; in the background 1, 2, 4 ... 64, 120, 120 ... */
static int64_t seconds_before(unsigned int wait, bool child)
{
	int64_t most = child ? 120 : 10, seconds = wait < 7 ? 1 << wait : most;

	return seconds < most ? seconds : most;
}

int64_t retry_pause(struct retry_state *state, int code, int64_t now)
{
	/* whole seconds, as ever: a quick first try is followed by a second one also with retry=0 */
	if (now / 1000 > state->deadline / 1000)
		return -1;
	if (code == ETIMEDOUT)
		return 0;
	return seconds_before(state->waits++, state->child) * 1000;
}

/* ---- mount -a --------------------------------------------------------------- */

static bool is_all_word(const char *word)
{
	if (!strcmp(word, "--all"))
		return true;
	/* -a, also among others as in -va; but not in what belongs to -o, -t or -O */
	return word[0] == '-' && word[1] != '-' && word[strcspn(word, "aotOTLUN")] == 'a';
}

static bool is_mount_all(const char *command_line, size_t size)
{
	const char *end = command_line + size;

	for (const char *word = command_line; word < end; word += strnlen(word, (size_t)(end - word)) + 1)
		if (memchr(word, '\0', (size_t)(end - word)) && is_all_word(word))
			return true;
	return false;
}

/* Field 22 of proc_pid_stat(5), counted behind the command's name, which may hold anything. */
static bool start_of(const char *stat, long long *start)
{
	const char *name = strchr(stat, '('), *at = strrchr(stat, ')');

	if (!name || strncmp(name, "(mount)", 7) || at != name + 6)
		return false;
	for (int field = 2; field < 22 && at; field++)
		at = strchr(at + 1, ' ');
	return at && sscanf(at, " %lld", start) == 1 && *start >= 0;
}

int64_t retry_began(const char *stat, const char *command_line, size_t command_line_size, int64_t uptime_ms, long ticks,
		    int64_t now)
{
	long long start;
	int64_t age;

	if (ticks <= 0 || !start_of(stat, &start) || start > LLONG_MAX / 1000 ||
	    !is_mount_all(command_line, command_line_size))
		return now;
	age = uptime_ms - start * 1000 / ticks;
	return age > 0 ? now - age : now;
}
