/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "utils/nfscert/agent.h"
#include "utils/nfscert/command.h"
#include "utils/nfscert/store.h"
#include "utils/nfscert/uses.h"

struct unload_options {
	const char *config;
	bool force, verbose, help;
};

static const struct option_row rows[] = {
	{ 'f', "force", NULL, "also while mounts use it: their next connection will fail",
	  OPTION_SETS(struct unload_options, force) },
	{ 'c', "config", "FILE", "the policy is in FILE and FILE.d/*.conf",
	  OPTION_KEEPS(struct unload_options, config) },
	{ 'v', "verbose", NULL, "tell each step", OPTION_SETS(struct unload_options, verbose) },
	{ 'h', "help", NULL, "show this text", OPTION_SETS(struct unload_options, help) },
};

static int refuse_unseen(const char *name, size_t connections)
{
	return command_fail("unload", STATUS_IN_USE,
			    "%s: rpc.tlshd shows it on %zu connection%s of mounts that cannot "
			    "be seen from here (detached, or in another mount namespace): end those first, or give "
			    "--force, and the next connection fails",
			    name, connections, connections == 1 ? "" : "s");
}

static int refuse(const char *name, const struct uses *uses)
{
	char point[256];

	if (!uses->count)
		return refuse_unseen(name, uses->client);
	text_escape(point, sizeof(point), uses->at[0].point, strlen(uses->at[0].point));
	if (uses->count == 1)
		return command_fail("unload", STATUS_IN_USE,
				    "%s: the mount %s uses it: unmount that first, or give "
				    "--force, and its next connection fails",
				    name, point);
	return command_fail("unload", STATUS_IN_USE,
			    "%s: the mount %s and %zu more use it: unmount them first, or give "
			    "--force, and their next connections fail",
			    name, point, uses->count - 1);
}

static int find(const char *name, struct keys_pair *pair)
{
	struct error e;
	int r = keys_find_certificate(name, pair, &e);

	if (!r || pair->certificate || pair->key) /* half a pair can be unloaded, too */
		return STATUS_DONE;
	if (r != -ENOKEY && r != -EKEYEXPIRED && r != -EKEYREVOKED)
		return command_fail("unload", STATUS_FAILED, "%s: %s", name, e.text);
	return command_fail("unload", STATUS_NOT_LOADED, "%s: nothing is loaded under that name", name);
}

static int unload_one(const struct unload_options *o, const struct policy *policy, const char *name)
{
	struct keys_pair pair;
	AUTO_USES uses = { 0 };
	struct error e;
	int status = find(name, &pair);

	if (status)
		return status;
	if (!o->force && uses_read(policy, name, &pair, &uses, &e))
		return command_fail("unload", STATUS_FAILED, "%s: cannot learn whether a mount uses it: %s", name,
				    e.text);
	if (uses.count || uses.client)
		return refuse(name, &uses);
	if (store_remove(&pair, &e))
		return command_fail("unload", STATUS_FAILED, "%s: %s", name, e.text);
	if (!agent_forget(name, o->verbose))
		return STATUS_FAILED;
	printf("%s: unloaded\n", name);
	return STATUS_DONE;
}

static int run(const struct unload_options *o, const char *const *names, size_t count)
{
	struct policy *policy = NULL;
	int status = STATUS_DONE;
	struct error e;
	AUTO_FD lock = store_lock(&e);

	if (lock < 0)
		return command_fail("unload", STATUS_FAILED, "%s", e.text);
	if (!o->force && policy_load("", o->config, &policy, &e))
		return command_fail("unload", STATUS_FAILED, "%s", e.text);
	for (size_t i = 0; i < count; i++) {
		int one = command_name(names[i], &e) ? command_fail("unload", STATUS_USAGE, "%s", e.text) :
						       unload_one(o, policy, names[i]);

		status = status ? status : one;
	}
	policy_free(policy);
	return status;
}

int unload_command(int argc, char **argv)
{
	struct unload_options options = { .config = POLICY_FILE };
	const struct command_form form = {
		.name = "unload",
		.arguments = "[OPTION]... NAME...",
		.purpose =
			"Takes a certificate and its key out of the kernel.  What mounts use stays, unless forced.\n",
		.rows = rows,
		.count = ARRAY_SIZE(rows),
		.help = &options.help,
	};
	int first, status;

	if (command_ends(&form, argc, argv, &options, &first, &status))
		return status;
	if (first == argc)
		return command_fail("unload", STATUS_USAGE, "which one?  See nfscert list");
	if (geteuid() != 0)
		return command_fail("unload", STATUS_FAILED, "only root can take keys out of the kernel");
	return run(&options, (const char *const *)(argv + first), (size_t)(argc - first));
}
