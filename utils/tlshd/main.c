/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "support/agent/agent.h"
#include "support/base/base.h"
#include "support/command/command.h"
#include "utils/tlshd/agent.h"
#include "utils/tlshd/cli.h"

enum { EXIT_OK = 0, EXIT_FAILED = 1 };

/* The agent answers a failed request with {"error": "..."}; that is a failure of ours, too. */
static bool is_error(const char *answer, struct error *e)
{
	struct json_object *whole = json_tokener_parse(answer), *text;
	bool found = !whole || json_object_object_get_ex(whole, "error", &text);

	if (found)
		error_set(e, EPROTO, "%s", whole ? json_object_get_string(text) : "the agent's answer is not JSON");
	json_object_put(whole);
	return found;
}

static int ask(const struct cli *cli)
{
	AUTO_STRBUF answer = { 0 };
	struct error e;

	if (agent_ask(cli->control_path, cli->request, &answer, &e) || is_error(answer.text, &e)) {
		fprintf(stderr, "rpc.tlshd: %s\n", e.text);
		return EXIT_FAILED;
	}
	return command_print("rpc.tlshd", &answer) ? EXIT_OK : EXIT_FAILED;
}

static int run(const struct cli *cli)
{
	struct agent_options options = { .conf_path = cli->conf_path, .control_path = cli->control_path };
	struct error e;

	log_start("rpc.tlshd", cli->verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	if (geteuid() != 0) {
		log_line(LOG_LEVEL_ERROR, "must be started by root: the kernel gives its sockets to nobody else");
		return EXIT_FAILED;
	}
	if (agent_run(&options, &e)) {
		log_line(LOG_LEVEL_ERROR, "%s", e.text);
		return EXIT_FAILED;
	}
	return EXIT_OK;
}

int main(int argc, char **argv)
{
	struct error e;
	struct cli cli;

	if (!standard_descriptors_fill())
		return EXIT_FAILED; /* and nowhere to say so */
	if (cli_parse(argc, argv, &cli, &e)) {
		fprintf(stderr, "rpc.tlshd: %s: see rpc.tlshd --help\n", e.text);
		return EX_USAGE;
	}
	switch (cli.action) {
	case CLI_HELP:
		return command_help("rpc.tlshd", cli_usage) ? EXIT_OK : EXIT_FAILED;
	case CLI_VERSION:
		return command_version("rpc.tlshd", PACKAGE_STRING) ? EXIT_OK : EXIT_FAILED;
	case CLI_ASK:
		return ask(&cli);
	default:
		return run(&cli);
	}
}
