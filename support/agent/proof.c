/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent's answers to "prove" and "hold" (rpc.tlshd(8)). */
#include <errno.h>
#include <string.h>

#include "support/agent/agent.h"
#include "support/json/json.h"
#include "support/transport/transport.h"

/* What is a name of a host, and nothing that could be more words of the request. */
static bool is_word(const char *name)
{
	for (const char *at = name; *at; at++)
		if (*at <= ' ' || *at > '~')
			return false;
	return *name;
}

static int format(const struct agent_proof_question *question, struct strbuf *request, struct error *e)
{
	char local[ADDRESS_END_MAX], remote[ADDRESS_END_MAX];

	if (!is_word(question->name))
		return error_set(e, EINVAL, "no host has such a name");
	address_end_text(question->local, local);
	address_end_text(question->remote, remote);
	strbuf_addf(request, "%s %s %s %s", question->hold ? "hold" : "prove", question->name, local, remote);
	if (question->hold)
		strbuf_addf(request, " %u:%u%s", question->major, question->minor, question->any_address ? " any" : "");
	return request->failed ? error_set(e, ENOMEM, "out of memory") : 0;
}

static bool is_true(struct json_object *answer, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(answer, key, &value) && json_object_is_type(value, json_type_boolean) &&
	       json_object_get_boolean(value);
}

int agent_prove(const struct agent_proof_question *question, int limit_ms, struct agent_proof *proof, struct error *e)
{
	AUTO_STRBUF request = { 0 };
	struct json_object *answer;
	int r = format(question, &request, e);

	if (r)
		return r;
	answer = agent_ask_here(request.text, limit_ms, e);
	if (!answer)
		return -e->code;
	*proof = (struct agent_proof){ .verdict = AGENT_UNKNOWN };
	if (is_true(answer, "known"))
		proof->verdict = is_true(answer, "proven") ? AGENT_PROVEN : AGENT_NOT_PROVEN;
	proof->again = is_true(answer, "again");
	text_copy(proof->peer, sizeof(proof->peer), json_text_in(answer, "peer"));
	text_copy(proof->reason, sizeof(proof->reason), json_text_in(answer, "reason"));
	json_object_put(answer);
	return 0;
}
