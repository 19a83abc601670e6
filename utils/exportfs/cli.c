/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/exportfs/cli.h"

#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <string.h>

enum effect { SET, OPTIONS, DEBUG };

struct option_switch {
	char letter; /* 0: only a long form */
	const char *word;
	const char *argument;
	const char *help;
	enum effect effect;
	size_t member; /* offset of a bool */
};

#define MEMBER(name) offsetof(struct cli, name)

static const struct option_switch switches[] = {
	{ 'a', "all", NULL, "export everything in the files; with -u, unexport everything", SET, MEMBER(all) },
	{ 'r', "reexport", NULL, "as -a, and unexport what is no longer in the files", SET, MEMBER(reexport) },
	{ 'u', "unexport", NULL, "unexport", SET, MEMBER(unexport) },
	{ 'i', "ignore", NULL, "ignore the files: only the command line counts", SET, MEMBER(ignore) },
	{ 'o', "options", "LIST", "export options, see exports(5)", OPTIONS, 0 },
	{ 'v', "verbose", NULL, "tell what is done; list with options", SET, MEMBER(verbose) },
	{ 's', "exports", NULL, "list in the form of exports(5)", SET, MEMBER(as_exports) },
	{ 'f', "flush", NULL, "have the kernel ask anew for everything", SET, MEMBER(flush) },
	{ 'L', "no-netlink", NULL, "speak to the kernel by files in /proc only", SET, MEMBER(no_netlink) },
	{ 'd', "debug", "KIND", "as nfs-utils has it; here the same as -v", DEBUG, 0 },
	{ 0, "check", NULL, "only examine the files (or those named), and change nothing", SET, MEMBER(check) },
	{ 0, "json", NULL, "list, or report on --check, in JSON", SET, MEMBER(json) },
	{ 'h', "help", NULL, "print this help", SET, MEMBER(help) },
	{ 'V', "version", NULL, "print the version", SET, MEMBER(version) },
};

void exportfs_cli_usage(FILE *to)
{
	fprintf(to, "usage: exportfs [-adfhioruvsLV] [host:/path ...]\n"
		    "       exportfs --check [--json] [FILE ...]\n");
	for (size_t i = 0; i < ARRAY_SIZE(switches); i++) {
		const struct option_switch *s = &switches[i];
		char words[40];

		snprintf(words, sizeof(words), "--%s%s%s", s->word, s->argument ? " " : "",
			 s->argument ? s->argument : "");
		fprintf(to, "  %c%c%c %-16s %s\n", s->letter ? '-' : ' ', s->letter ? s->letter : ' ',
			s->letter ? ',' : ' ', words, s->help);
	}
}

/* getopt_long(3)'s two lists; every form answers with the index of its row + 256. */
static void make_lists(char *letters, struct option *words)
{
	*letters++ = ':';
	for (size_t i = 0; i < ARRAY_SIZE(switches); i++) {
		words[i] = (struct option){ switches[i].word, switches[i].argument != NULL, NULL, 256 + (int)i };
		if (!switches[i].letter)
			continue;
		*letters++ = switches[i].letter;
		if (switches[i].argument)
			*letters++ = ':';
	}
	*letters = '\0';
	words[ARRAY_SIZE(switches)] = (struct option){ 0 };
}

static const struct option_switch *switch_of(int answer)
{
	if (answer >= 256)
		return &switches[answer - 256];
	for (size_t i = 0; i < ARRAY_SIZE(switches); i++)
		if (switches[i].letter == answer)
			return &switches[i];
	return NULL;
}

static void apply(const struct option_switch *s, struct cli *cli)
{
	switch (s->effect) {
	case SET:
		*(bool *)((char *)cli + s->member) = true;
		break;
	case OPTIONS:
		cli->options = optarg;
		break;
	case DEBUG:
		cli->debug = optarg;
		break;
	}
}

static int check_combination(const struct cli *cli, struct error *e)
{
	const struct {
		bool wrong;
		const char *text;
	} rules[] = {
		{ cli->operand_count && (cli->all || cli->reexport),
		  "extra arguments are not permitted with -a or -r" },
		{ cli->ignore && (cli->all || cli->reexport || cli->unexport),
		  "-i not meaningful with -a, -r or -u" },
		{ cli->reexport && cli->unexport, "-r and -u are incompatible" },
		{ cli->check && (cli->all || cli->reexport || cli->unexport || cli->ignore || cli->flush ||
			cli->options),
		  "--check changes nothing: it takes only --json and files" },
		{ cli->json && !cli->check && (cli->all || cli->reexport || cli->unexport || cli->operand_count),
		  "--json is for listings and for --check" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i].wrong)
			return error_set(e, EINVAL, "%s", rules[i].text);
	return 0;
}

int exportfs_cli_parse(int argc, char **argv, struct cli *cli, struct error *e)
{
	char letters[2 * ARRAY_SIZE(switches) + 2];
	struct option words[ARRAY_SIZE(switches) + 1];
	int answer;

	memset(cli, 0, sizeof(*cli));
	make_lists(letters, words);
	optind = 0; /* also starts anew in a process that has parsed before */
	opterr = 0;
	while ((answer = getopt_long(argc, argv, letters, words, NULL)) != -1) {
		const struct option_switch *s = switch_of(answer);

		if (answer == ':')
			return error_set(e, EINVAL, "%s needs an argument", argv[optind - 1]);
		if (!s)
			return error_set(e, EINVAL, "unknown option %s", argv[optind - 1]);
		apply(s, cli);
	}
	cli->operands = argv + optind;
	cli->operand_count = argc - optind;
	return check_combination(cli, e);
}
