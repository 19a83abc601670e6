/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfscert/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "support/keys/keys.h"

int command_fail(const char *command, enum status status, const char *fmt, ...)
{
	va_list args;

	fprintf(stderr, "nfscert: %s: ", command);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	return status;
}

static int help(const struct command_form *form)
{
	AUTO_STRBUF text = { 0 };

	strbuf_addf(&text, "Usage: nfscert %s %s\n%s\n", form->name, form->arguments, form->purpose);
	option_rows_help(form->rows, form->count, &text);
	if (form->more)
		strbuf_addf(&text, "\n%s", form->more);
	else
		status_table(&text);
	strbuf_addf(&text, "\nSee nfscert(8).\n");
	return command_print("nfscert", &text) ? STATUS_DONE : STATUS_FAILED;
}

bool command_ends(const struct command_form *form, int argc, char **argv, void *options, int *first, int *status)
{
	struct error e;

	if (option_rows_parse(argc, argv, form->rows, form->count, options, first, &e)) {
		*status = command_fail(form->name, STATUS_USAGE, "%s: see nfscert %s --help", e.text, form->name);
		return true;
	}
	if (*form->help)
		*status = help(form);
	return *form->help;
}

int command_name(const char *argument, struct error *e)
{
	char shown[128];

	if (keys_is_certificate_name(argument))
		return 0;
	text_escape(shown, sizeof(shown), argument, strlen(argument));
	return error_set(e, EINVAL,
			 "\"%s\" is no name for a certificate: use letters, digits, '.', '_' and '-', at most "
			 "%u of them",
			 shown, KEYS_NAME_MAX);
}

char *command_path(const char *folder, const char *name, const char *suffix)
{
	struct strbuf path = { 0 };

	strbuf_addf(&path, "%s/%s.%s", folder, name, suffix);
	if (!path.failed)
		return path.text;
	strbuf_free(&path);
	return NULL;
}
