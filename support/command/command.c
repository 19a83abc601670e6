/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/command/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* ---- standard output ------------------------------------------------------ */

/* code 0: the write that failed is over, and its errno gone. */
static bool output_lost(const char *program, int code)
{
	static bool said;

	if (!said)
		fprintf(stderr, "%s: cannot write to standard output (%s)\n", program,
			code ? strerror(code) : "an earlier write failed");
	said = true;
	return false;
}

bool command_flush(const char *program)
{
	if (fflush(stdout))
		return output_lost(program, errno);
	return ferror(stdout) ? output_lost(program, 0) : true;
}

bool command_print(const char *program, const struct strbuf *text)
{
	if (text->failed) {
		fprintf(stderr, "%s: out of memory\n", program);
		return false;
	}
	if (text->size && fwrite(text->text, text->size, 1, stdout) != 1)
		return output_lost(program, errno);
	return command_flush(program);
}

bool command_help(const char *program, void (*add)(struct strbuf *text))
{
	AUTO_STRBUF text = { 0 };

	add(&text);
	return command_print(program, &text);
}

bool command_version(const char *program, const char *version)
{
	printf("%s: %s\n", program, version);
	return command_flush(program);
}

/* ---- programs that have commands --------------------------------------------- */

static bool print_commands(const struct command_set *set)
{
	AUTO_STRBUF text = { 0 };

	strbuf_addf(&text, "Usage: %s COMMAND [ARGUMENT]...\n%s\n", set->program, set->purpose);
	for (size_t i = 0; i < set->count; i++) {
		const char *usage = set->commands[i].usage, *what = strchr(usage, '\t');

		strbuf_addf(&text, "  %s %s %.*s\n        %s\n", set->program, set->commands[i].name,
			    (int)(what - usage), usage, what + 1);
	}
	strbuf_addf(&text, "\n\"%s COMMAND --help\" tells more.  See %s(8).\n", set->program, set->program);
	return command_print(set->program, &text);
}

static int no_such_command(const char *program, const char *word)
{
	char shown[128];

	text_escape(shown, sizeof(shown), word, strlen(word));
	fprintf(stderr, "%s: '%s' is not an %s command. See '%s --help'.\n", program, shown, program, program);
	return EX_USAGE;
}

int command_run(const struct command_set *set, int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : NULL;

	if (!standard_descriptors_fill())
		return EXIT_FAILURE; /* and nowhere to say so */
	if (!word) {
		fprintf(stderr, "%s: which command? See '%s --help'.\n", set->program, set->program);
		return EX_USAGE;
	}
	for (size_t i = 0; i < set->count; i++)
		if (!strcmp(set->commands[i].name, word))
			return set->commands[i].run(argc - 1, argv + 1);
	if (!strcmp(word, "--help") || !strcmp(word, "-h"))
		return print_commands(set) ? EXIT_SUCCESS : EXIT_FAILURE;
	if (!strcmp(word, "--version") || !strcmp(word, "-V"))
		return command_version(set->program, set->version) ? EXIT_SUCCESS : EXIT_FAILURE;
	return no_such_command(set->program, word);
}
