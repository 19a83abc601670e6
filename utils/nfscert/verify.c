/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/owncert/owncert.h"
#include "utils/nfscert/command.h"

#define ANSWER_MAX (1u << 20)

struct verify_options {
	const char *peer, *name;
	bool help;
};

static const struct option_row rows[] = {
	{ 0, "peer", "SERVER", "the server, as in a mount: SERVER or SERVER:PORT",
	  OPTION_KEEPS(struct verify_options, peer) },
	{ 0, "name", "NAME", "what the server's certificate must be for, when that is not SERVER",
	  OPTION_KEEPS(struct verify_options, name) },
	{ 'h', "help", NULL, "show this text", OPTION_SETS(struct verify_options, help) },
};

/* ---- asking nfstls --------------------------------------------------------------- */

static int read_answer(int fd, struct strbuf *answer)
{
	char part[4096];
	ssize_t got;

	do {
		got = read(fd, part, sizeof(part));
		if (got > 0)
			strbuf_add(answer, part, (size_t)got);
	} while ((got > 0 && answer->size < ANSWER_MAX) || (got < 0 && errno == EINTR));
	return got < 0 || answer->failed ? -EIO : 0;
}

static int spawn_probe(const char *const *arguments, int output, pid_t *child)
{
	static char *const environment[] = { NULL };
	posix_spawn_file_actions_t actions;
	int r = posix_spawn_file_actions_init(&actions);

	if (r)
		return -r;
	r = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	if (!r)
		r = posix_spawn(child, SBIN_DIR "/nfstls", &actions, NULL, (char *const *)(uintptr_t)arguments,
				environment);
	posix_spawn_file_actions_destroy(&actions);
	return -r;
}

static int run_probe(const char *const *arguments, struct strbuf *answer, struct error *e)
{
	int ends[2], status, r;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(e, errno, "cannot make a pipe: %s", strerror(errno));
	r = spawn_probe(arguments, ends[1], &child);
	close(ends[1]);
	if (!r) {
		r = read_answer(ends[0], answer);
		while (waitpid(child, &status, 0) < 0 && errno == EINTR)
			continue;
	}
	close(ends[0]);
	return r ? error_set(e, -r, "cannot run %s/nfstls: %s", SBIN_DIR, strerror(-r)) : 0;
}

/* ---- what it found ----------------------------------------------------------------- */

static const char *text_of(struct json_object *object, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(object, key, &value) && value ? json_object_get_string(value) : "";
}

static bool is_true(struct json_object *object, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(object, key, &value) && json_object_get_boolean(value);
}

/* One address of the server: does it take the certificate?  One that cannot be reached says nothing, if others do. */
enum acceptance { ACCEPTED, REFUSED, SILENT };

static enum acceptance judge_address(const char *name, const char *peer, struct json_object *address)
{
	const char *where = text_of(address, "address"), *sentence = text_of(address, "sentence");
	struct json_object *tls = NULL;

	(void)json_object_object_get_ex(address, "tls", &tls);
	if (strcmp(text_of(address, "verdict"), "ok")) {
		fprintf(stderr, "nfscert: verify: %s: %s\n", name, sentence);
		return strcmp(text_of(address, "verdict"), "unreachable") ? REFUSED : SILENT;
	}
	if (!is_true(tls, "client_certificate_shown")) {
		fprintf(stderr,
			"nfscert: verify: %s: %s (%s) does not ask for a certificate, so mtls is not possible: see "
			"its agent\n",
			name, peer, where);
		return REFUSED;
	}
	printf("%s: %s (%s) accepts it\n", name, peer, where);
	return ACCEPTED;
}

static int judge(const char *name, const char *peer, const struct strbuf *answer)
{
	struct json_object *whole = json_tokener_parse(answer->text ? answer->text : ""), *addresses;
	size_t count = 0, found[SILENT + 1] = { 0 };

	if (whole && json_object_object_get_ex(whole, "addresses", &addresses) &&
	    json_object_is_type(addresses, json_type_array)) {
		count = json_object_array_length(addresses);
		for (size_t i = 0; i < count; i++)
			found[judge_address(name, peer, json_object_array_get_idx(addresses, i))]++;
	}
	if (!count)
		fprintf(stderr, "nfscert: verify: %s: %s\n", name,
			whole ? text_of(whole, "sentence") : "nfstls probe gave no answer: run it to see why");
	json_object_put(whole);
	return found[ACCEPTED] && !found[REFUSED] ? STATUS_DONE : STATUS_REFUSED;
}

/* Who may not look leaves it to nfstls to say so. */
static bool is_nowhere(const char *name)
{
	AUTO_OWNCERT own = { .place = OWNCERT_NOWHERE };
	struct error e;

	return owncert_read(CERTIFICATE_FOLDER, name, &own, &e) == -ENOENT;
}

static int run(const char *name, const struct verify_options *o)
{
	const char *arguments[] = { "nfstls",
				    "probe",
				    "--json",
				    "--certificate",
				    name,
				    o->name ? "--name" : "--",
				    o->name ? o->name : o->peer,
				    o->name ? "--" : NULL,
				    o->name ? o->peer : NULL,
				    NULL };
	AUTO_STRBUF answer = { 0 };
	struct error e;

	if (run_probe(arguments, &answer, &e))
		return command_fail("verify", STATUS_FAILED, "%s: %s", name, e.text);
	return judge(name, o->peer, &answer);
}

int verify_command(int argc, char **argv)
{
	struct verify_options options = { .peer = NULL };
	const struct command_form form = {
		.name = "verify",
		.arguments = "[OPTION]... [NAME] --peer SERVER",
		.purpose =
			"Shows the certificate to a server, as a mount with mtls would, and tells whether it is accepted.\n",
		.rows = rows,
		.count = ARRAY_SIZE(rows),
		.help = &options.help,
	};
	const char *name = CERTIFICATE_USUAL;
	struct error e;
	int first, status;

	if (command_ends(&form, argc, argv, &options, &first, &status))
		return status;
	if (first + 1 < argc)
		return command_fail("verify", STATUS_USAGE, "one name at a time");
	if (first < argc)
		name = argv[first];
	if (command_name(name, &e))
		return command_fail("verify", STATUS_USAGE, "%s", e.text);
	if (!options.peer)
		return command_fail("verify", STATUS_USAGE, "with which server?  Give --peer SERVER");
	if (is_nowhere(name))
		return command_fail("verify", STATUS_NOT_LOADED,
				    "%s: there is no " CERTIFICATE_FOLDER "/%s.pem, and "
				    "nothing is loaded under that name",
				    name, name);
	return run(name, &options);
}
