/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfscert/agent.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "support/agent/agent.h"
#include "utils/nfscert/command.h"

/* The text of {"error": "..."}; NULL when it is an answer. */
static const char *error_in(struct json_object *answer)
{
	struct json_object *text;

	if (!answer)
		return "its answer is not JSON";
	return json_object_object_get_ex(answer, "error", &text) ? json_object_get_string(text) : NULL;
}

void agent_notify(const char *command, bool verbose)
{
	AUTO_STRBUF text = { 0 };
	struct json_object *answer;
	const char *why;
	struct error e;
	int r = agent_ask(AGENT_SOCKET, "reload", &text, &e);

	if (r == -ENOENT || r == -ECONNREFUSED) {
		if (verbose)
			fprintf(stderr, "nfscert: %s: rpc.tlshd does not run here; it will see it when it does\n",
				command);
		return;
	}
	if (r) {
		fprintf(stderr, "nfscert: %s: warning: rpc.tlshd was not told: %s\n", command, e.text);
		return;
	}
	answer = json_tokener_parse(text.text);
	why = error_in(answer);
	if (why)
		fprintf(stderr, "nfscert: %s: warning: rpc.tlshd goes on with what it had: %s\n", command, why);
	else if (verbose)
		fprintf(stderr, "nfscert: %s: rpc.tlshd has read it\n", command);
	json_object_put(answer);
}

static void count(struct json_object *session, const char *name, struct agent_shown *shown)
{
	struct json_object *certificate, *role;

	if (!json_object_object_get_ex(session, "certificate", &certificate) ||
	    !json_object_object_get_ex(session, "role", &role) || !json_object_is_type(certificate, json_type_string) ||
	    strcmp(json_object_get_string(certificate), name))
		return;
	if (!strcmp(json_object_get_string(role), "server"))
		shown->server++;
	else
		shown->client++;
}

struct agent_shown agent_count_shown(const char *name)
{
	struct agent_shown shown = { 0 };
	struct json_object *answer, *sessions;
	AUTO_STRBUF text = { 0 };
	struct error e;

	if (agent_ask(AGENT_SOCKET, "sessions", &text, &e))
		return shown;
	answer = json_tokener_parse(text.text);
	if (!error_in(answer) && json_object_object_get_ex(answer, "sessions", &sessions) &&
	    json_object_is_type(sessions, json_type_array))
		for (size_t i = 0; i < json_object_array_length(sessions); i++)
			count(json_object_array_get_idx(sessions, i), name, &shown);
	json_object_put(answer);
	return shown;
}
