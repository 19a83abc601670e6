/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one place of this program that writes to standard error. */
#include <stdarg.h>
#include <stdio.h>

#include "utils/exportfs/run.h"

static void say(const char *place, const char *fmt, va_list arguments)
{
	fprintf(stderr, "exportfs: %s", place);
	vfprintf(stderr, fmt, arguments);
	fputc('\n', stderr);
}

void complain(struct run *run, const char *fmt, ...)
{
	va_list arguments;

	va_start(arguments, fmt);
	say("", fmt, arguments);
	va_end(arguments);
	run->failed = true;
}

void warn(const char *fmt, ...)
{
	va_list arguments;

	va_start(arguments, fmt);
	say("", fmt, arguments);
	va_end(arguments);
}

void add_place(struct strbuf *out, const struct export_place *place)
{
	if (place->file && place->line) /* without a line the text itself names the file */
		strbuf_addf(out, "%s:%u:%u: ", place->file, place->line, place->column);
}

void complain_at(struct run *run, const struct export_place *place, const char *fmt, ...)
{
	AUTO_STRBUF where = { 0 };
	va_list arguments;

	add_place(&where, place);
	va_start(arguments, fmt);
	say(where.text ? where.text : "", fmt, arguments);
	va_end(arguments);
	run->failed = true;
}

void warn_nested(const struct export_place *place, const char *text, void *context)
{
	AUTO_STRBUF where = { 0 };

	(void)context;
	add_place(&where, place);
	warn("%s%s", where.text ? where.text : "", text);
}

void say_problems(struct run *run, const struct export_list *list)
{
	for (size_t i = 0; i < export_list_problem_count(list); i++) {
		const struct export_problem *problem = export_list_problem(list, i);

		if (problem->severity >= EXPORT_ERROR)
			complain_at(run, &problem->place, "%s", problem->text);
		else
			warn("%s", problem->text);
	}
}
