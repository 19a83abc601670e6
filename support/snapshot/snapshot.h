/* SPDX-License-Identifier: GPL-2.0-or-later */
/* snapshot: where and when something was looked at; every output for programs begins with it. */
#ifndef NFSTLS_SNAPSHOT_H
#define NFSTLS_SNAPSHOT_H

#include <json-c/json.h>
#include <time.h>

struct snapshot {
	char namespace[64]; /* of the network: "net:[4026531833]"; "" below another root */
	time_t when;
};

/* Of now; root "" is the live system. */
void snapshot_take(const char *root, struct snapshot *snapshot);

/* Adds its members. */
void snapshot_json(const struct snapshot *snapshot, struct json_object *to);

#endif
