/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the answers of the control socket have in common. */
#include "utils/tlshd/agent_private.h"

#include <unistd.h>

#include "support/json/json.h"

struct json_object *report_error(const char *sentence)
{
	struct json_object *answer = json_object_new_object();

	json_put_text(answer, "error", sentence);
	return answer;
}

struct json_object *report_reloaded(void)
{
	struct json_object *answer = json_object_new_object();

	json_object_object_add(answer, "reloaded", json_object_new_boolean(1));
	return answer;
}

/* "net:[4026531833]": each network namespace has an agent of its own, and some share the folder of the socket. */
void report_add_namespace(struct json_object *answer)
{
	char name[64];
	ssize_t size = readlink("/proc/self/ns/net", name, sizeof(name) - 1);

	name[size > 0 ? size : 0] = '\0';
	json_put_text(answer, "namespace", name);
}
