/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/snapshot/snapshot.h"

#include <unistd.h>

#include "support/json/json.h"

void snapshot_take(const char *root, struct snapshot *snapshot)
{
	ssize_t size = *root ? 0 : readlink("/proc/self/ns/net", snapshot->namespace, sizeof(snapshot->namespace) - 1);

	snapshot->namespace[size > 0 ? size : 0] = '\0';
	snapshot->when = time(NULL);
}

void snapshot_json(const struct snapshot *snapshot, struct json_object *to)
{
	json_put_text(to, "namespace", snapshot->namespace);
	json_put_time(to, "time", snapshot->when);
}
