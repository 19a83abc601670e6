/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What -v tells. */
#include <stdio.h>
#include <string.h>

#include "support/policy/policy.h"
#include "support/verdict/verdict_private.h"

#define VERSION "4.0"

void verdict_note(struct verdict_report *report, const char *fmt, ...)
{
	char text[600];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	verdict_clean(text);
	strbuf_addf(&report->notes, "%s\n", text);
}

/* ---- what goes beside the transports ---------------------------------------------------- */

static bool is_version_4_0(const struct transport_mount *mount)
{
	char value[sizeof(VERSION)];

	return mount_option_in(mount->options, "vers", value, sizeof(value)) && !strcmp(value, VERSION);
}

/* Who is called back: the first one, and how many there are. */
struct called {
	const char *first;
	size_t count;
};

static void count_called(const char *who, struct called *called)
{
	called->first = called->count ? called->first : who;
	called->count++;
}

static void note(struct verdict_report *report, const struct called *called)
{
	char more[48] = "";

	if (!called->count)
		return;
	if (called->count > 1)
		snprintf(more, sizeof(more), " and %zu more", called->count - 1);
	verdict_note(
		report,
		"NFSv4.0 calls clients back over connections of its own, in clear text, also beside TLS: mount %s%s",
		called->first, more);
}

/*
 * The server shows them; the client's kernel does not tell of those that it takes.  A mount that is encrypted has asked
 * for it.
 */
void verdict_note_callbacks(struct verdict_report *report)
{
	struct called mounts = { .count = 0 };

	for (size_t i = 0; i < report->list.mount_count; i++)
		if (report->demands[i].asked != XPRTSEC_NONE && is_version_4_0(&report->list.mounts[i]))
			count_called(report->list.mounts[i].point, &mounts);
	note(report, &mounts);
}
