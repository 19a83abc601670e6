/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * turns: whose look-up is next.  A name server that is silent holds a thread for many seconds, and who can send from
 * many addresses can ask for many names that nobody answers.  So threads are shared among networks, and nobody waits
 * behind a crowd: a network about which somebody answers comes before one about which nobody has, one with fewer
 * look-ups under way before one with more, and in doubt the newest comes first.  It starts nothing itself.
 *
 * A look-up that has been under way for a second is unanswered most likely.  It holds a thread, but no longer a place
 * among those that may be at work at once; there are threads for three times as many of these.
 */
#ifndef NFSTLS_EXPORTD_TURNS_H
#define NFSTLS_EXPORTD_TURNS_H

#include "support/export/export.h"

#define TURNS_WAITING_MAX 4096u
#define TURNS_WAIT_MS 10000 /* nobody is interested any longer */
#define TURNS_SLOW_MS 1000
#define TURNS_SLOW_SHARE 3u   /* for one that may be at work at once, so many may be slow */
#define TURNS_SILENT_MS 60000 /* for so long a network about which nobody answers comes after others */

struct turns_network;

/* A look-up; of the caller, who never moves it. */
struct turn {
	struct turns_network *network;
	int64_t since_ms; /* when it was asked for last, or begun */
	bool running;
	struct turn *prev, *next;
};

struct turns;

/* At once so many may be at work that are not slow.  NULL without memory. */
struct turns *turns_new(unsigned int at_once);
/* All look-ups must have been taken out.  Takes NULL. */
void turns_free(struct turns *turns);

/* The threads that it takes. */
unsigned int turns_threads(const struct turns *turns);

/*
 * Has a look-up wait.  Where too many wait already, the oldest of the network with the most is taken out and becomes
 * *dropped; else that is NULL.  False without memory.
 */
bool turns_wait(struct turns *turns, struct turn *turn, const struct ip_address *address, int64_t now_ms,
		struct turn **dropped);

/* Somebody has asked for it again: it is the newest. */
void turns_ask_again(struct turn *turn, int64_t now_ms);

/* The one whose turn it is, which is under way from now on; NULL when none may be. */
struct turn *turns_next(struct turns *turns, int64_t now_ms);

/* One that has waited for so long that nobody wants it any longer is taken out; NULL when there is none. */
struct turn *turns_expired(struct turns *turns, int64_t now_ms);

/* Whether somebody has answered about that network, and has not stopped to. */
bool turns_is_answered(const struct turns *turns, const struct ip_address *address);

/* Takes one out: it has ended, answered or not, or is not wanted. */
void turns_end(struct turns *turns, struct turn *turn, bool answered, int64_t now_ms);

#endif
