/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfstls/explain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "support/option/option.h"
#include "support/policy/policy.h"
#include "utils/nfstls/command.h"

#define WORDS_MAX 3u

struct request {
	const char *config;
	const char *root;
	const char *options; /* of the mount; NULL: not given */
	struct option_list addresses;
	bool json, help;
	const char *words[WORDS_MAX]; /* what is explained, and its arguments; NULL where there are no more */
	size_t word_count;
	struct conf *nfsmount;	  /* of a question about a mount: the answer names its lines */
	bool is_misused;	  /* what is asked cannot be asked: the command line is wrong */
	struct explain_host host; /* of a question about an export: the answer lies in it */
};

/* ---- the command line ------------------------------------------------------------ */

/* Long options without a letter. */
#define TEXT(to) OPTION_KEEPS(struct request, to)
#define FLAG(to) OPTION_SETS(struct request, to)
#define LIST(to) OPTION_COLLECTS(struct request, to)

static const struct option_row rows[] = {
	{ 0, "address", "ADDRESS",
	  "the server of the mount, or CLIENT, has ADDRESS; its name is not looked up; can be given again",
	  LIST(addresses) },
	{ 'c', "config", "FILE", "the policy is in FILE and FILE.d/*.conf instead of " POLICY_FILE, TEXT(config) },
	{ 'o', "options", "LIST", "the mount has these options, as in fstab", TEXT(options) },
	{ 0, "root", "FOLDER",
	  "look for the policy, nfsmount.conf, exports and mounts below FOLDER, and look no name up", TEXT(root) },
	{ 0, "json", NULL, "answer in JSON", FLAG(json) },
	{ 'h', "help", NULL, "show this text", FLAG(help) },
};

static void add_usage(struct strbuf *text)
{
	strbuf_addf(text, "Usage: nfstls explain [OPTION]... mount SERVER:/PATH [MOUNT-POINT]\n"
			  "       nfstls explain [OPTION]... export /PATH [CLIENT]\n"
			  "       nfstls explain [OPTION]... peer NAME\n"
			  "Tells what the policy decides, of an export also what the table of exports, the mounts and\n"
			  "the kernel make of it, and which lines make it so.\n\n");
	option_rows_help(rows, ARRAY_SIZE(rows), text);
	strbuf_addf(text, "\nExit status: 0 it is allowed, 3 it is refused, 1 it cannot be answered,\n"
			  "64 the command line is wrong.  See nfstls(8).\n");
}

static int parse(int argc, char **argv, struct request *request, struct error *e)
{
	int next, r;

	*request = (struct request){ .config = POLICY_FILE, .root = "" };
	r = option_rows_parse(argc, argv, rows, ARRAY_SIZE(rows), request, &next, e);
	for (; !r && next < argc; next++) {
		if (request->word_count == WORDS_MAX)
			return error_set(e, EINVAL, "\"%s\" is one word too many", argv[next]);
		request->words[request->word_count++] = argv[next];
	}
	return r;
}

/* What comes from the command line or a file must not move a terminal's cursor. */
static void complain(const char *level, const char *text)
{
	AUTO_STRBUF printable = { 0 };

	explanation_add_printable(&printable, text);
	fprintf(stderr, "nfstls: explain: %s%s\n", level, printable.failed || !printable.size ? "?" : printable.text);
}

/* ---- mount -------------------------------------------------------------------------- */

/* Without addresses the policy goes by the name alone, which is said: a section for an address may say otherwise. */
static int find_addresses(struct request *request, struct policy_subject *question, struct error *e)
{
	AUTO_STRBUF warning = { 0 };

	for (size_t i = 0; i < request->addresses.count; i++)
		if (policy_subject_add_address(question, request->addresses.item[i], e)) {
			request->is_misused = true;
			return -EINVAL;
		}
	if (!question->address_count)
		policy_subject_resolve(question);
	if (!*question->unresolved)
		return 0;
	strbuf_addf(&warning, "%s: %s: sections for addresses are not considered; give them with --address",
		    question->device.host, question->unresolved);
	if (!warning.failed)
		complain("warning: ", warning.text);
	return 0;
}

/* As mount.nfs reads it. */
static void read_asked(const struct request *request, const struct conf *conf, const struct policy_subject *question,
		       struct explain_asked *by)
{
	const struct mount_line line = { "nfs", question->device.host, question->point ? question->point : "",
					 request->options };
	struct mount_asked own;
	AUTO_STRBUF warnings = { 0 };
	struct error e;

	*by = (struct explain_asked){ .has_options = request->options };
	by->bad = mount_asked_of_line(&line, conf, &by->asked, &warnings, &by->why);
	if (!by->bad && by->asked.security.given && !mount_asked_of_line(&line, NULL, &own, &warnings, &e) &&
	    !own.security.given)
		by->security = nfsmount_source(conf, line.host, line.target, "xprtsec");
	if (warnings.text && !warnings.failed)
		complain("warning: ", warnings.text);
}

static int ask_mount(const struct policy *policy, struct request *request, struct explanation *to, struct error *e)
{
	struct policy_subject question;
	struct policy_mount answer;
	struct explain_asked by;
	int r = policy_subject_parse(request->words[1], request->words[2], &question, e);

	if (r) {
		request->is_misused = true;
		return error_prefix(e, "%s", request->words[1]);
	}
	r = nfsmount_load(request->root, &request->nfsmount, e);
	if (!r)
		r = find_addresses(request, &question, e);
	if (!r)
		r = policy_subject_ask(policy, &question, &answer, e);
	if (r)
		return r;
	read_asked(request, request->nfsmount, &question, &by);
	explain_mount(&answer, &by, to);
	return 0;
}

static int ask_export(const struct policy *policy, struct request *request, struct explanation *to, struct error *e)
{
	int r = policy_path_check(request->words[1], e);

	request->is_misused = r != 0;
	if (!r)
		r = explain_host_read(request->root, policy, &request->host, e);
	if (r)
		return r;
	return explain_export(policy, &request->host, request->words[1], request->words[2], &request->addresses, to, e);
}

static int ask_peer(const struct policy *policy, struct request *request, struct explanation *to, struct error *e)
{
	return explain_peer(policy, request->words[1], to, e);
}

/* ---- all of it -------------------------------------------------------------------------- */

static const struct question {
	const char *word;
	size_t most; /* words, this one included */
	int (*ask)(const struct policy *policy, struct request *request, struct explanation *to, struct error *e);
} questions[] = {
	{ "mount", 3, ask_mount },
	{ "export", 3, ask_export },
	{ "peer", 2, ask_peer },
};

static const struct question *find_question(const struct request *request, struct error *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(questions); i++) {
		if (!request->word_count || strcmp(questions[i].word, request->words[0]) != 0)
			continue;
		if (request->word_count >= 2 && request->word_count <= questions[i].most)
			return &questions[i];
		error_set(e, EINVAL, "%s: %s", questions[i].word,
			  request->word_count < 2 ? "what is to be explained?" : "too many words");
		return NULL;
	}
	error_set(e, EINVAL, "a mount, an export or a peer?  See nfstls explain --help");
	return NULL;
}

static enum explain_status show(const struct request *request, const struct explanation *explanation)
{
	AUTO_STRBUF text = { 0 };

	if (request->json)
		explanation_json(explanation, &text);
	else
		explanation_text(explanation, &text);
	text.failed |= explanation->failed;
	return command_print("nfstls", &text) ? explanation->status : EXPLAIN_ERROR;
}

static int answer(struct request *request, enum explain_status *status, struct error *e)
{
	const struct question *question = find_question(request, e);
	struct explanation explanation = { 0 };
	AUTO_POLICY *policy = NULL;
	int r;

	request->is_misused = !question;
	if (!question)
		return -EINVAL;
	r = policy_load(request->root, request->config, &policy, e);
	if (!r)
		r = question->ask(policy, request, &explanation, e);
	if (!r)
		*status = show(request, &explanation);
	explanation_free(&explanation);
	explain_host_free(&request->host);
	conf_free(request->nfsmount);
	return r;
}

int explain_command(int argc, char **argv)
{
	enum explain_status status = EXPLAIN_ERROR;
	struct request request;
	struct error e = { 0 };

	if (parse(argc, argv, &request, &e)) {
		complain("", e.text);
		return EX_USAGE;
	}
	if (request.help)
		return command_help("nfstls", add_usage) ? EXPLAIN_ALLOWED : EXPLAIN_ERROR;
	if (!answer(&request, &status, &e))
		return status;
	complain("", e.text);
	return request.is_misused ? EX_USAGE : EXPLAIN_ERROR;
}
