/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfscert/settle.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "utils/nfscert/command.h"

#define QUIET_MS 2000

static const char *const suffixes[] = { "pem", "key" };
#define SUFFIXES ARRAY_SIZE(suffixes)

static void look(struct settle *settle)
{
	for (size_t i = 0; i < settle->count; i++)
		file_stamp_take(settle->file[i].path, &settle->file[i].stamp);
}

int settle_start(const char *folder, const char *const *names, size_t count, struct settle *settle, struct error *e)
{
	*settle = (struct settle){ .file = calloc(count * SUFFIXES, sizeof(*settle->file)) };
	if (!settle->file)
		return error_set(e, ENOMEM, "out of memory");
	for (; settle->count < count * SUFFIXES; settle->count++) {
		char *path = command_path(folder, names[settle->count / SUFFIXES], suffixes[settle->count % SUFFIXES]);

		if (!path)
			return error_set(e, ENOMEM, "out of memory");
		settle->file[settle->count].path = path;
	}
	look(settle);
	return 0;
}

bool settle_changed(const struct settle *settle)
{
	struct file_stamp now;

	for (size_t i = 0; i < settle->count; i++) {
		file_stamp_take(settle->file[i].path, &now);
		if (!file_stamp_equal(&now, &settle->file[i].stamp))
			return true;
	}
	return false;
}

void settle_wait(struct settle *settle, int64_t until_ms)
{
	static const struct timespec pause = { .tv_nsec = 100000000 };
	int64_t quiet_since = clock_ms(), now = quiet_since;

	look(settle);
	while (now < until_ms && now - quiet_since < QUIET_MS) {
		(void)nanosleep(&pause, NULL); /* woken early, it looks once more */
		now = clock_ms();
		if (!settle_changed(settle))
			continue;
		look(settle);
		quiet_since = now;
	}
}

void settle_free(struct settle *settle)
{
	for (size_t i = 0; i < settle->count; i++)
		free(settle->file[i].path);
	free(settle->file);
	*settle = (struct settle){ .count = 0 };
}
