/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfscert/agent.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "support/agent/agent.h"
#include "utils/nfscert/command.h"

static void say_not_read(const char *command, bool verbose, const struct error *e)
{
	if (e->code == EREMOTEIO)
		fprintf(stderr, "nfscert: %s: warning: rpc.tlshd goes on with what it had: %s\n", command, e->text);
	else if (e->code != ENOENT && e->code != ECONNREFUSED)
		fprintf(stderr, "nfscert: %s: warning: rpc.tlshd was not told: %s\n", command, e->text);
	else if (verbose)
		fprintf(stderr, "nfscert: %s: rpc.tlshd does not run here; it will see it when it does\n", command);
}

bool agent_forget(const char *name, bool verbose)
{
	AUTO_STRBUF request = { 0 };
	struct json_object *answer = NULL;
	struct error e = { .code = ENOMEM, .text = "out of memory" };

	strbuf_addf(&request, "forget %s", name);
	if (!request.failed)
		answer = agent_ask_object(request.text, AGENT_LIMIT_MS, &e);
	if (answer) {
		json_object_put(answer);
		return true;
	}
	if (e.code == ENOENT || e.code == ECONNREFUSED) {
		say_not_read("unload", verbose, &e);
		return true;
	}
	command_fail("unload", STATUS_FAILED,
		     "%s: it is gone from the kernel, but rpc.tlshd still has its key: %s: "
		     "restart it",
		     name, e.text);
	return false;
}

void agent_notify(const char *command, bool verbose)
{
	struct error e;
	struct json_object *answer = agent_ask_object("reload", AGENT_LIMIT_MS, &e);

	if (!answer)
		say_not_read(command, verbose, &e);
	else if (verbose)
		fprintf(stderr, "nfscert: %s: rpc.tlshd has read it\n", command);
	json_object_put(answer);
}
