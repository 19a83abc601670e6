/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfstls/explain.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utils/nfstls/command.h"

#define ADDRESSES_MAX 64u

struct request {
	const char *config;
	const char *root;
	bool json, help;
	const char *words[3];
	size_t word_count;
	struct policy_address addresses[ADDRESSES_MAX];
	size_t address_count;
};

/* ---- the command line ------------------------------------------------------------ */

enum { OPTION_ROOT = 256, OPTION_ADDRESS, OPTION_JSON };

static const struct {
	struct option option;
	const char *argument, *help;
} rows[] = {
	{ { "address", required_argument, NULL, OPTION_ADDRESS }, "ADDRESS",
	  "the server of the mount has ADDRESS; no name service is asked" },
	{ { "config", required_argument, NULL, 'c' }, "FILE",
	  "the policy is in FILE and FILE.d/*.conf instead of " POLICY_FILE },
	{ { "root", required_argument, NULL, OPTION_ROOT }, "FOLDER", "look for the policy below FOLDER" },
	{ { "json", no_argument, NULL, OPTION_JSON }, "", "answer in JSON" },
	{ { "help", no_argument, NULL, 'h' }, "", "show this text" },
};

static const char usage_text[] =
	"Usage: nfstls explain [OPTION]... mount SERVER:/PATH [MOUNT-POINT]\n"
	"       nfstls explain [OPTION]... export /PATH [CLIENT]\n"
	"       nfstls explain [OPTION]... peer NAME\n"
	"Tells what the policy decides, and which lines make it so.\n\n";

static void show_usage(void)
{
	fputs(usage_text, stdout);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int letter = rows[i].option.val;

		printf("  %s%s--%-9s %-8s %s\n", letter < 256 ? (char[]){ '-', (char)letter, 0 } : "  ",
		       letter < 256 ? ", " : "  ", rows[i].option.name, rows[i].argument, rows[i].help);
	}
	puts("\nThe exit status is 0 when it is allowed, 3 when it is refused, 1 for anything that cannot be\n"
	     "answered.  See nfstls(8).");
}

static int take_address(struct request *request, const char *text, struct error *e)
{
	if (request->address_count == ADDRESSES_MAX)
		return error_set(e, EINVAL, "too many addresses");
	if (!policy_address_parse(text, &request->addresses[request->address_count]))
		return error_set(e, EINVAL, "\"%s\" is not an address", text);
	request->address_count++;
	return 0;
}

static int take_option(struct request *request, int letter, struct error *e)
{
	switch (letter) {
	case OPTION_ADDRESS:
		return take_address(request, optarg, e);
	case OPTION_ROOT:
		request->root = optarg;
		return 0;
	case OPTION_JSON:
		request->json = true;
		return 0;
	case 'c':
		request->config = optarg;
		return 0;
	case 'h':
		request->help = true;
		return 0;
	case ':':
		return error_set(e, EINVAL, "an option needs an argument");
	default:
		return error_set(e, EINVAL, "unknown option");
	}
}

static int parse(int argc, char **argv, struct request *request, struct error *e)
{
	struct option longs[ARRAY_SIZE(rows) + 1] = { { 0 } };
	int letter;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		longs[i] = rows[i].option;
	*request = (struct request){ .config = POLICY_FILE, .root = "" };
	optind = 0;
	while ((letter = getopt_long(argc, argv, ":c:h", longs, NULL)) != -1)
		if (take_option(request, letter, e))
			return -EINVAL;
	for (; optind < argc; optind++) {
		if (request->word_count == ARRAY_SIZE(request->words))
			return error_set(e, EINVAL, "\"%s\" is one word too many", argv[optind]);
		request->words[request->word_count++] = argv[optind];
	}
	return 0;
}

/* ---- mount -------------------------------------------------------------------------- */

/* The policy then goes by the name alone, which is said: a section for an address may say otherwise. */
static void resolve(const char *host, struct request *request)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list;
	int r;

	if (request->address_count || policy_address_parse(host, &request->addresses[0]))
		return;
	r = getaddrinfo(host, NULL, &hints, &list);
	if (r) {
		fprintf(stderr, "nfstls: warning: %s: %s: sections for addresses are not considered (--address)\n", host,
			gai_strerror(r));
		return;
	}
	for (const struct addrinfo *at = list; at && request->address_count < ADDRESSES_MAX; at = at->ai_next) {
		struct sockaddr_storage socket = { 0 };

		memcpy(&socket, at->ai_addr, at->ai_addrlen);
		request->addresses[request->address_count++] = policy_address_of(&socket);
	}
	freeaddrinfo(list);
}

/* SERVER:/PATH; an IPv6 address may stand in brackets, and must when it has none around it that tell its end. */
static int split_source(const char *source, char host[NI_MAXHOST], const char **path, struct error *e)
{
	const char *end = source[0] == '[' ? strchr(source, ']') : NULL;
	const char *colon = strstr(end ? end : source, ":/");
	const char *from = source;
	size_t size;

	if (!colon)
		return error_set(e, EINVAL, "\"%s\": a mount is SERVER:/PATH", source);
	size = (size_t)(colon - source);
	if (end && colon == end + 1) {
		from++;
		size -= 2;
	}
	if (!size || size >= NI_MAXHOST)
		return error_set(e, EINVAL, "\"%s\": the server's name is missing or too long", source);
	memcpy(host, from, size);
	host[size] = '\0';
	*path = colon + 1;
	return 0;
}

static int ask_mount(const struct policy *policy, struct request *request, struct explanation *to, struct error *e)
{
	struct policy_mount_question question = { .point = request->words[2] };
	char host[NI_MAXHOST];
	int r = split_source(request->words[1], host, &question.path, e);

	if (r)
		return r;
	resolve(host, request);
	question.server = (struct policy_server){ host, request->addresses, request->address_count };
	return explain_mount(policy, &question, to, e);
}

static int ask_export(const struct policy *policy, struct request *request, struct explanation *to, struct error *e)
{
	return explain_export(policy, request->words[1], request->words[2], to, e);
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
	error_set(e, EINVAL, "explain what: a mount, an export or a peer?");
	return NULL;
}

static int show(const struct request *request, const struct explanation *explanation, struct error *e)
{
	AUTO_STRBUF text = { 0 };

	if (request->json)
		explanation_json(explanation, &text);
	else
		explanation_text(explanation, &text);
	if (explanation->failed || text.failed)
		return error_set(e, ENOMEM, "out of memory");
	if (fputs(text.text, stdout) == EOF || fflush(stdout) == EOF)
		return error_set(e, EIO, "cannot write the answer");
	return 0;
}

static int answer(struct request *request, enum explain_status *status, struct error *e)
{
	const struct question *question = find_question(request, e);
	struct explanation explanation = { 0 };
	AUTO_POLICY *policy = NULL;
	int r;

	if (!question)
		return -EINVAL;
	r = policy_load(request->root, request->config, &policy, e);
	if (!r)
		r = question->ask(policy, request, &explanation, e);
	if (!r)
		r = show(request, &explanation, e);
	*status = explanation.status;
	explanation_free(&explanation);
	return r;
}

int explain_command(int argc, char **argv)
{
	enum explain_status status = EXPLAIN_ERROR;
	struct request request;
	struct error e = { 0 };
	int r = parse(argc, argv, &request, &e);

	if (!r && request.help) {
		show_usage();
		return EXPLAIN_ALLOWED;
	}
	if (!r)
		r = answer(&request, &status, &e);
	if (!r)
		return status;
	fprintf(stderr, "nfstls: %s\n", e.text);
	return EXPLAIN_ERROR;
}
