/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "support/agent/agent.h"
#include "support/handshake/handshake.h"
#include "support/json/json.h"
#include "support/rival/rival.h"
#include "utils/nfstls/check.h"

static const char agent_subject[] = "rpc.tlshd", rival_subject[] = "other agents";

/* ---- does it answer ---------------------------------------------------------------- */

static int64_t number_of(struct json_object *answer, const char *key)
{
	struct json_object *value = NULL;

	return json_object_object_get_ex(answer, key, &value) ? json_object_get_int64(value) : 0;
}

static size_t length_of(struct json_object *answer, const char *key)
{
	size_t count;

	(void)json_array_in(answer, key, &count);
	return count;
}

/* Returns the agent's process, 0 when the answer is none. */
static pid_t take_answer(struct check *check, const char *text)
{
	struct json_object *answer = json_tokener_parse(text);
	pid_t pid = 0;

	if (answer && !strcmp(json_text_in(answer, "agent"), "rpc.tlshd"))
		pid = (pid_t)number_of(answer, "pid");
	if (pid <= 0)
		check_say(check, FINDING_FAILURE, agent_subject, "restart rpc-tlshd.service",
			  "what it answers is not understood");
	else if (!length_of(answer, "workers"))
		check_say(check, FINDING_FAILURE, agent_subject, "see its log", "it has no workers");
	else
		check_say(check, FINDING_OK, agent_subject, NULL,
			  "version %s answers, process %d with %zu workers and %zu certificates",
			  json_text_in(answer, "version"), (int)pid, length_of(answer, "workers"),
			  length_of(answer, "certificates"));
	json_object_put(answer);
	return pid > 0 ? pid : 0;
}

static void say_no_answer(struct check *check, int r, const struct error *e)
{
	bool not_running = r == -ENOENT || r == -ECONNREFUSED;

	if (r == -EACCES || r == -EPERM)
		check_say(check, FINDING_UNKNOWN, agent_subject, "ask again as root", "only root may ask it");
	else if (not_running && !check->live)
		check_say(check, FINDING_UNKNOWN, agent_subject, "run nfstls check on the host itself",
			  "not asked, since another root is examined");
	else
		check_say(check, FINDING_FAILURE, agent_subject,
			  not_running ? "systemctl enable --now rpc-tlshd.service" : "restart rpc-tlshd.service", "%s",
			  not_running ? "it does not run, so no handshake can succeed" : e->text);
}

static pid_t ask(struct check *check)
{
	AUTO_FREE char *path = check_path(check, AGENT_SOCKET);
	AUTO_STRBUF answer = { 0 };
	struct error e = { .text = "out of memory" };
	int r;

	check->source = AGENT_SOCKET;
	r = path ? agent_ask(path, "status", &answer, &e) : -ENOMEM;

	if (!r && !answer.failed)
		return take_answer(check, answer.text);
	say_no_answer(check, r, &e);
	return 0;
}

/* ---- does it listen, and nobody else ---------------------------------------------------- */

static void check_members(struct check *check, uint32_t group, pid_t agent)
{
	struct error e;
	int r;

	if (agent && rival_is_member(group, agent, &e) == 0)
		check_say(check, FINDING_FAILURE, agent_subject, "start one in this network namespace",
			  "process %d does not listen for handshakes here: it serves another network namespace",
			  (int)agent);
	r = rival_check(group, agent ? agent : getpid(), &e);
	if (!r)
		check_say(check, FINDING_OK, rival_subject, NULL, "nobody else listens for handshakes");
	else if (r == -EBUSY)
		check_say(check, FINDING_FAILURE, rival_subject, NULL, "%s", e.text);
	else if (r == 1)
		check_say(check, FINDING_WARNING, rival_subject, "stop it if you do not know it", "%s", e.text);
	else
		check_say(check, FINDING_UNKNOWN, rival_subject, NULL, "%s", e.text);
}

static void check_rivals(struct check *check, pid_t agent)
{
	uint32_t group;
	struct error e;

	check->source = "/proc/net/netlink";
	if (!check->live)
		check_say(check, FINDING_UNKNOWN, rival_subject, "run nfstls check on the host itself",
			  "not looked for, since another root is examined");
	else if (!check->is_root)
		check_say(check, FINDING_UNKNOWN, rival_subject, "ask again as root",
			  "only root can see who listens for handshakes");
	else if (handshake_find_group(&group, &e))
		check_say(check, FINDING_UNKNOWN, rival_subject, NULL, "cannot be looked for: %s", e.text);
	else
		check_members(check, group, agent);
}

void check_agent(struct check *check)
{
	check_rivals(check, ask(check));
}
