/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/cli.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

#define SWITCHES_MAX 24

/* What a switch does to struct cli. */
enum effect { SET, CLEAR, OPTIONS };

struct option_switch {
	char letter; /* 0: the long form is only another name */
	const char *word;
	const char *help;
	enum effect effect;
	size_t member; /* offset of a bool */
};

#define MEMBER(name) offsetof(struct cli, name)

static const struct option_switch mount_switches[] = {
	{ 'r', "read-only", "mount read-only", SET, MEMBER(read_only) },
	{ 0, "ro", NULL, SET, MEMBER(read_only) },
	{ 'w', "read-write", "mount read-write, as without -r", CLEAR, MEMBER(read_only) },
	{ 0, "rw", NULL, CLEAR, MEMBER(read_only) },
	{ 'v', "verbose", "tell each step", SET, MEMBER(verbose) },
	{ 'f', "fake", "do everything but the mount itself", SET, MEMBER(fake) },
	{ 'n', "no-mtab", "leave no record in /run/mount/utab", SET, MEMBER(no_record) },
	{ 's', "sloppy", "let the kernel ignore options it does not know", SET, MEMBER(sloppy) },
	{ 'o', "options", "mount options, see nfs(5)", OPTIONS, 0 },
	{ 'V', "version", "print the version", SET, MEMBER(version) },
	{ 'h', "help", "print this help", SET, MEMBER(help) },
	{ 0, NULL, NULL, SET, 0 },
};

static const struct option_switch umount_switches[] = {
	{ 'f', "force", "abort waiting requests of a server that does not answer", SET, MEMBER(force) },
	{ 'l', "lazy", "detach now, clean up when the last user is gone", SET, MEMBER(lazy) },
	{ 'r', "read-only", "if busy, make it read-only instead", SET, MEMBER(read_only) },
	{ 'n', "no-mtab", "leave the record in /run/mount/utab alone", SET, MEMBER(no_record) },
	{ 'v', "verbose", "tell each step", SET, MEMBER(verbose) },
	{ 'h', "help", "print this help", SET, MEMBER(help) },
	{ 0, NULL, NULL, SET, 0 },
};

static const struct {
	const char *synopsis;
	const struct option_switch *switches;
} kinds[] = {
	[CLI_MOUNT] = { "remotetarget dir [-rvVwfnsh] [-o nfsoptions]", mount_switches },
	[CLI_UMOUNT] = { "dir | remotetarget [-fvnrlh]", umount_switches },
};

void mount_cli_usage(enum cli_kind kind, const char *program, FILE *to)
{
	fprintf(to, "usage: %s %s\n", program, kinds[kind].synopsis);
	for (const struct option_switch *s = kinds[kind].switches; s->word; s++)
		if (s->help)
			fprintf(to, "  -%c, --%-12s %s\n", s->letter, s->word, s->help);
}

/* getopt_long(3)'s two lists; a long form answers with the index of its row + 256. */
static void make_lists(const struct option_switch *switches, char *letters, struct option *words)
{
	size_t i;

	*letters++ = ':';
	for (i = 0; switches[i].word; i++) {
		bool argument = switches[i].effect == OPTIONS;

		words[i] = (struct option){ switches[i].word, argument, NULL, 256 + (int)i };
		if (!switches[i].letter)
			continue;
		*letters++ = switches[i].letter;
		if (argument)
			*letters++ = ':';
	}
	*letters = '\0';
	words[i] = (struct option){ 0 };
}

static const struct option_switch *find_switch(const struct option_switch *switches, int answer)
{
	if (answer >= 256)
		return &switches[answer - 256];
	for (; switches->word; switches++)
		if (switches->letter == answer)
			return switches;
	return NULL;
}

static int apply(const struct option_switch *s, const char *argument, struct cli *cli, struct error *e)
{
	if (s->effect == OPTIONS)
		return options_parse(&cli->options, argument, strlen(argument), e);
	*(bool *)((char *)cli + s->member) = s->effect == SET;
	return 0;
}

/* argument is what getopt_long(3) had just looked at */
static int bad_switch(int answer, const char *argument, struct error *e)
{
	char shown[64];

	if (optopt > 0 && optopt < 256)
		snprintf(shown, sizeof(shown), "-%c", optopt);
	else
		text_escape(shown, sizeof(shown), argument, strlen(argument));
	return error_set(e, EINVAL, answer == ':' ? "option %s needs an argument" : "unknown option %s", shown);
}

int mount_cli_parse(enum cli_kind kind, int argc, char **argv, struct cli *cli, struct error *e)
{
	const struct option_switch *switches = kinds[kind].switches;
	char letters[2 * SWITCHES_MAX + 2];
	struct option words[SWITCHES_MAX + 1];
	int answer, r;

	_Static_assert(ARRAY_SIZE(mount_switches) <= SWITCHES_MAX, "room for all switches");
	_Static_assert(ARRAY_SIZE(umount_switches) <= SWITCHES_MAX, "room for all switches");
	make_lists(switches, letters, words);
	optind = 0; /* begin anew: tests parse more than once */
	opterr = 0;
	while ((answer = getopt_long(argc, argv, letters, words, NULL)) != -1) {
		const struct option_switch *s = find_switch(switches, answer);

		if (!s)
			return bad_switch(answer, argv[optind - 1], e);
		r = apply(s, optarg, cli, e);
		if (r)
			return r;
	}
	for (; optind < argc; optind++) {
		if (cli->operand_count < ARRAY_SIZE(cli->operands))
			cli->operands[cli->operand_count] = argv[optind];
		cli->operand_count++;
	}
	return 0;
}
