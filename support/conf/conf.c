/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/conf/conf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "support/conf/conf_private.h"

struct source {
	char *path;
	enum conf_found found;
};

struct conf {
	struct conf_setting *setting;
	size_t count, room;
	struct source *source;
	size_t source_count, source_room;
};

/* ---- the list ---------------------------------------------------------- */

struct conf *conf_new(void)
{
	return calloc(1, sizeof(struct conf));
}

static void free_setting(struct conf_setting *setting)
{
	free((char *)(uintptr_t)setting->section);
	free((char *)(uintptr_t)setting->argument);
	free((char *)(uintptr_t)setting->key);
	free((char *)(uintptr_t)setting->value);
	free((char *)(uintptr_t)setting->file);
}

void conf_free(struct conf *conf)
{
	if (!conf)
		return;
	for (size_t i = 0; i < conf->count; i++)
		free_setting(&conf->setting[i]);
	for (size_t i = 0; i < conf->source_count; i++)
		free(conf->source[i].path);
	free(conf->setting);
	free(conf->source);
	free(conf);
}

void conf_free_pointer(struct conf **conf)
{
	conf_free(*conf);
}

/* Doubles an array when it is full; the array stays valid on failure. */
static int make_room(void **array, size_t count, size_t *room, size_t element)
{
	size_t more = *room ? *room * 2 : 32;
	void *bigger;

	if (count < *room)
		return 0;
	bigger = reallocarray(*array, more, element);
	if (!bigger)
		return -ENOMEM;
	*array = bigger;
	*room = more;
	return 0;
}

int conf_append(struct conf *conf, const struct conf_setting *setting, struct error *e)
{
	struct conf_setting copy = { .line = setting->line };

	copy.section = strdup(setting->section);
	copy.argument = setting->argument ? strdup(setting->argument) : NULL;
	copy.key = strdup(setting->key);
	copy.value = strdup(setting->value);
	copy.file = strdup(setting->file);
	if (!copy.section || (setting->argument && !copy.argument) || !copy.key || !copy.value || !copy.file ||
	    make_room((void **)&conf->setting, conf->count, &conf->room, sizeof(copy))) {
		free_setting(&copy);
		return error_set(e, ENOMEM, "out of memory");
	}
	conf->setting[conf->count++] = copy;
	return 0;
}

int conf_append_source(struct conf *conf, const char *path, struct error *e)
{
	struct source copy = { .path = strdup(path) };

	if (!copy.path || make_room((void **)&conf->source, conf->source_count, &conf->source_room, sizeof(copy))) {
		free(copy.path);
		return error_set(e, ENOMEM, "out of memory");
	}
	conf->source[conf->source_count++] = copy;
	return 0;
}

size_t conf_count(const struct conf *conf)
{
	return conf->count;
}

const struct conf_setting *conf_at(const struct conf *conf, size_t i)
{
	return &conf->setting[i];
}

size_t conf_source_count(const struct conf *conf)
{
	return conf->source_count;
}

const char *conf_source(const struct conf *conf, size_t i)
{
	return conf->source[i].path;
}

enum conf_found conf_source_found(const struct conf *conf, size_t i)
{
	return conf->source[i].found;
}

void conf_set_found(struct conf *conf, size_t source, enum conf_found found)
{
	conf->source[source].found = found;
}

/* ---- the parser --------------------------------------------------------- */

struct parser {
	const char *name;
	unsigned int line;
	char *section;	/* NULL before the first header */
	char *argument; /* or NULL */
	conf_visitor *visit;
	void *context;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static char *skip_blanks(char *at)
{
	while (is_blank(*at))
		at++;
	return at;
}

static void cut_trailing_blanks(char *text)
{
	size_t size = strlen(text);

	while (size && is_blank(text[size - 1]))
		text[--size] = '\0';
}

static void make_lower(char *text)
{
	for (; *text; text++)
		if (*text >= 'A' && *text <= 'Z')
			*text += 'a' - 'A';
}

static bool is_comment(const char *at)
{
	return *at == '#' || *at == ';';
}

static int complain(const struct parser *parser, struct error *e, const char *what)
{
	return error_set(e, EINVAL, "%s:%u: %s", parser->name, parser->line, what);
}

/* Takes over copies of the words of a header. */
static int enter_section(struct parser *parser, const char *section, const char *argument, struct error *e)
{
	free(parser->section);
	free(parser->argument);
	parser->section = strdup(section);
	parser->argument = argument ? strdup(argument) : NULL;
	if (!parser->section || (argument && !parser->argument))
		return error_set(e, ENOMEM, "out of memory");
	return 0;
}

/* After "]" only a comment may follow. */
static int check_rest(const struct parser *parser, char *rest, struct error *e)
{
	rest = skip_blanks(rest);
	return *rest && !is_comment(rest) ? complain(parser, e, "text after the section's ]") : 0;
}

/* at stands on the opening quote; gives the text between the quotes and what follows. */
static int take_quoted(const struct parser *parser, char *at, char **inner, char **rest, struct error *e)
{
	char *end = strchr(at + 1, '"');

	if (!end)
		return complain(parser, e, "a closing \" is missing");
	*end = '\0';
	*inner = at + 1;
	*rest = end + 1;
	return 0;
}

static int parse_header(struct parser *parser, char *at, struct error *e)
{
	char *section = skip_blanks(at + 1), *argument = NULL, *end;
	size_t size = strcspn(section, " \t\"]");
	int r;

	end = skip_blanks(section + size);
	if (!size)
		return complain(parser, e, "a section needs a name: [name]");
	if (*end == '"') {
		r = take_quoted(parser, end, &argument, &end, e);
		if (r)
			return r;
		end = skip_blanks(end);
	} else if (*end && *end != ']') {
		return complain(parser, e, "the argument of a section must be quoted: [name \"argument\"]");
	}
	if (*end != ']')
		return complain(parser, e, "a closing ] is missing");
	r = check_rest(parser, end + 1, e);
	if (r)
		return r;
	section[size] = '\0';
	make_lower(section);
	return enter_section(parser, section, argument, e);
}

/* A comment begins with # or ; at the start or after a blank. */
static void cut_comment(char *text)
{
	for (char *at = text; *at; at++)
		if (is_comment(at) && (at == text || is_blank(at[-1]))) {
			*at = '\0';
			return;
		}
}

static int parse_value(const struct parser *parser, char *at, char **value, struct error *e)
{
	char *rest = NULL;
	int r;

	at = skip_blanks(at);
	if (*at != '"') {
		cut_comment(at);
		cut_trailing_blanks(at);
		*value = at;
		return 0;
	}
	r = take_quoted(parser, at, value, &rest, e);
	if (r)
		return r;
	rest = skip_blanks(rest);
	return *rest && !is_comment(rest) ? complain(parser, e, "text after the closing \"") : 0;
}

static int parse_assignment(struct parser *parser, char *at, struct error *e)
{
	char *equals = strchr(at, '='), *value = NULL;
	struct conf_setting setting;
	int r;

	if (!equals)
		return complain(parser, e, "neither [section] nor key = value");
	*equals = '\0';
	cut_trailing_blanks(at);
	if (!*at)
		return complain(parser, e, "there is no key before =");
	make_lower(at);
	/* An include may stand before any section, since it opens none. */
	if (!parser->section && strcmp(at, "include"))
		return complain(parser, e, "a setting before the first [section]");
	r = parse_value(parser, equals + 1, &value, e);
	if (r)
		return r;
	setting = (struct conf_setting){
		parser->section ? parser->section : "", parser->argument, at, value, parser->name, parser->line
	};
	return parser->visit(&setting, parser->context, e);
}

/* line is a private, terminated copy that may be cut into words. */
static int parse_line(struct parser *parser, char *line, size_t size, struct error *e)
{
	char *at;

	if (memchr(line, '\0', size))
		return complain(parser, e, "the line has a NUL byte: is this a text file?");
	at = skip_blanks(line);
	if (!*at || is_comment(at))
		return 0;
	return *at == '[' ? parse_header(parser, at, e) : parse_assignment(parser, at, e);
}

static int parse_lines(struct parser *parser, const char *text, size_t size, char *line, struct error *e)
{
	for (size_t at = 0; at < size;) {
		const char *end = memchr(text + at, '\n', size - at);
		size_t length = end ? (size_t)(end - text) - at : size - at;
		int r;

		parser->line++;
		if (length > CONF_LINE_MAX)
			return complain(parser, e, "the line is too long");
		memcpy(line, text + at, length);
		line[length] = '\0';
		r = parse_line(parser, line, length, e);
		if (r)
			return r;
		at += length + 1;
	}
	return 0;
}

int conf_parse_text(const char *name, const char *text, size_t size, conf_visitor *visit, void *context,
		    struct error *e)
{
	struct parser parser = { .name = name, .visit = visit, .context = context };
	AUTO_FREE char *line = malloc(CONF_LINE_MAX + 1);
	int r = line ? parse_lines(&parser, text, size, line, e) : error_set(e, ENOMEM, "out of memory");

	free(parser.section);
	free(parser.argument);
	return r;
}

static int keep(const struct conf_setting *setting, void *context, struct error *e)
{
	return conf_append(context, setting, e);
}

int conf_parse(struct conf *conf, const char *name, const char *text, size_t size, struct error *e)
{
	return conf_parse_text(name, text, size, keep, conf, e);
}
