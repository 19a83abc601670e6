/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The grammar of exports(5): a record is a path and clients up to the end of the line, parted by blanks.
 * What a token means is looked at after quotes and escapes are gone, as nfs-utils does: "a(rw, sync)" in
 * quotes is one client, and a comma that is written \054 parts options.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "support/export/export_private.h"

struct cursor {
	const char *at, *line_start;
	unsigned int line;
};

struct token {
	struct cursor start;
	struct strbuf text; /* decoded */
	bool holds_nul;
	bool holds_newline; /* inside quotes */
	bool open;	    /* the text ended inside quotes */
};

struct parser {
	struct export_list *list;
	struct export_known_options *usual; /* exports(5)'s defaults */
	const char *file, *end;
	struct cursor cursor;
	struct token token;
	const char *last_path;
};

/* One line of exports, as far as it was read. */
struct record {
	const char *path;
	struct export_place place;
	struct export_known_options *defaults; /* as "-..." changed them */
	struct export_place defaults_place;
	bool defaults_given;
	bool any_client;
	bool nobody; /* no client stands behind the path and the last "-..." yet */
};

/* ---- bytes --------------------------------------------------------------------------- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/* Bytes that stand for themselves. */
static bool is_plain(char c, bool quoted)
{
	return c != '\n' && c != '"' && c != '\\' && c != '\0' && (quoted || !is_blank(c));
}

static bool is_continuation(const char *at, const char *end)
{
	return end - at > 1 && at[0] == '\\' && at[1] == '\n';
}

/* Takes the newline at the cursor. */
static void next_line(struct cursor *cursor)
{
	cursor->line_start = ++cursor->at;
	cursor->line++;
}

static void skip_continuation(struct cursor *cursor, const char *end)
{
	cursor->at++;
	next_line(cursor);
	while (cursor->at < end && (*cursor->at == ' ' || *cursor->at == '\t'))
		cursor->at++;
}

/* A comment ends with its line, also behind a backslash. */
static void skip_comment(struct cursor *cursor, const char *end)
{
	const char *newline = memchr(cursor->at, '\n', (size_t)(end - cursor->at));

	cursor->at = newline ? newline : end;
}

/* To the next token of the record; false at its end, which is a newline or the end of the text. */
static bool find_token(struct cursor *cursor, const char *end)
{
	while (cursor->at < end) {
		if (is_blank(*cursor->at))
			cursor->at++;
		else if (is_continuation(cursor->at, end))
			skip_continuation(cursor, end);
		else if (*cursor->at == '#')
			skip_comment(cursor, end);
		else
			return *cursor->at != '\n';
	}
	return false;
}

/* To the end of the record, whatever stands there. */
static void skip_record(struct cursor *cursor, const char *end)
{
	while (cursor->at < end && *cursor->at != '\n') {
		if (is_continuation(cursor->at, end))
			skip_continuation(cursor, end);
		else
			cursor->at++;
	}
}

/* ---- tokens ------------------------------------------------------------------------------ */

/* One byte that does not stand for itself. */
static void take_special(struct cursor *cursor, const char *end, struct token *token, bool *quoted)
{
	int escaped = text_octal_escape(cursor->at, (size_t)(end - cursor->at));
	char byte = escaped < 0 ? *cursor->at : (char)escaped;

	if (escaped >= 0) {
		cursor->at += OCTAL_ESCAPE_SIZE;
	} else if (byte == '"') {
		*quoted = !*quoted;
		cursor->at++;
		return;
	} else if (byte == '\n') {
		token->holds_newline = true;
		next_line(cursor);
	} else if (is_continuation(cursor->at, end)) {
		byte = ' ';
		skip_continuation(cursor, end);
	} else {
		cursor->at++;
	}
	token->holds_nul |= !byte;
	strbuf_add(&token->text, &byte, 1);
}

/* Takes the token at the cursor; at most so many of its decoded bytes. */
static void take_token(struct cursor *cursor, const char *end, struct token *token, size_t most)
{
	bool quoted = false;

	token->start = *cursor;
	token->text.size = 0;
	token->holds_nul = token->holds_newline = false;
	strbuf_add(&token->text, "", 0);
	while (cursor->at < end && token->text.size < most && !token->text.failed) {
		const char *plain = cursor->at;
		size_t size;

		while (plain < end && is_plain(*plain, quoted))
			plain++;
		size = (size_t)(plain - cursor->at);
		if (size > most - token->text.size)
			size = most - token->text.size;
		if (size) {
			strbuf_add(&token->text, cursor->at, size);
			cursor->at += size;
		} else if (!quoted && (*plain == '\n' || is_blank(*plain) || is_continuation(plain, end))) {
			break;
		} else {
			take_special(cursor, end, token, &quoted);
		}
	}
	token->open = quoted && cursor->at == end;
}

static struct export_place place_of(const struct parser *p, const struct cursor *cursor)
{
	return (struct export_place){ .file = p->file,
				      .line = cursor->line,
				      .column = (unsigned int)(cursor->at - cursor->line_start) + 1 };
}

/* Where a decoded byte of the token stands in the text: decodes it once more, which only messages need. */
static struct export_place place_in_token(const struct parser *p, size_t offset)
{
	struct cursor cursor = p->token.start;
	struct token before = { 0 };

	take_token(&cursor, p->end, &before, offset);
	strbuf_free(&before.text);
	while (cursor.at < p->end && *cursor.at == '"')
		cursor.at++;
	return place_of(p, &cursor);
}

/* ---- what is said -------------------------------------------------------------------------- */

static int say(struct parser *p, enum export_severity severity, const struct export_place *place, const char *fmt, ...)
	PRINTF_LIKE(4, 5);

static int say(struct parser *p, enum export_severity severity, const struct export_place *place, const char *fmt, ...)
{
	struct error text;
	va_list args;

	va_start(args, fmt);
	vsnprintf(text.text, sizeof(text.text), fmt, args);
	va_end(args);
	return export_list_add_problem(p->list, severity, place, text.text);
}

/* An error, and the gap that it leaves; path NULL: it could not be read. */
static int fail(struct parser *p, const char *path, const struct export_place *place, const char *text)
{
	int r = export_list_add_gap(p->list, path, place);

	return r ? r : export_list_add_problem(p->list, EXPORT_ERROR, place, text);
}

/* Bytes of a path or client for a message. */
struct shown {
	char text[160];
};

static const char *show(struct shown *shown, const char *text)
{
	text_escape(shown->text, sizeof(shown->text), text, strlen(text));
	return shown->text;
}

static const char no_newline[] = "syntax error: the quote is not closed on its line: expected a \" before its end";
static const char no_nul[] = "syntax error: a NUL byte: expected text";

/* ---- records --------------------------------------------------------------------------------- */

static int add_entry(struct parser *p, const struct record *record, const char *client, size_t size,
		     const struct export_known_options *options, const struct export_place *place)
{
	const struct export_entry entry = {
		.path = record->path,
		.client = size ? export_list_word(p->list, client, size) : export_list_word(p->list, "*", 1),
		.options = &options->options,
		.place = *place,
	};

	return entry.client ? export_list_add_entry(p->list, &entry) : -ENOMEM;
}

struct bad_options {
	struct parser *parser;
	const struct record *record;
	size_t offset; /* of the list in the token */
	unsigned int count;
};

/* The first leaves the gap. */
static int say_bad_option(size_t at, const char *why, void *context)
{
	struct bad_options *bad = context;
	struct export_place place = place_in_token(bad->parser, bad->offset + at);

	if (bad->count++)
		return export_list_add_problem(bad->parser->list, EXPORT_ERROR, &place, why);
	return fail(bad->parser, bad->record->path, &place, why);
}

/*
 * Reads a part of the token as options on top of the record's. 1 and the options; 0 when some are wrong, which is
 * said of each; -ENOMEM.
 */
static int read_options(struct parser *p, const struct record *record, size_t offset, size_t size,
			struct export_known_options **options)
{
	struct bad_options bad = { .parser = p, .record = record, .offset = offset };
	struct export_place place;
	size_t ignored;
	int r;

	r = export_options_read(p->list, record->defaults, p->token.text.text + offset, size, options, &ignored,
				say_bad_option, &bad);
	if (r)
		return bad.count && r == -EINVAL ? 0 : r;
	if (ignored != SIZE_MAX) {
		place = place_in_token(p, offset + ignored);
		r = say(p, EXPORT_WARNING, &place,
			"squash_uids= and squash_gids= are ignored: nothing looks at such lists");
	}
	return r ? r : 1;
}

static int warn_no_options(struct parser *p, const struct record *record, const char *client,
			   const struct export_place *place)
{
	struct shown path, name;

	show(&name, client);
	return say(p, EXPORT_WARNING, place, "No options for %s %s: suggest %s(sync) to avoid warning",
		   show(&path, record->path), name.text, name.text);
}

static int warn_no_client(struct parser *p, const struct record *record, const struct export_place *place)
{
	struct shown path, options;

	show(&options, p->token.text.text);
	return say(p, EXPORT_WARNING, place, "No host name given with %s %s, suggest *%s to avoid warning",
		   show(&path, record->path), options.text, options.text);
}

/*
 * Behind an option list that its token does not close: a blank has cut it.  Goes on behind its end, or with a
 * token that opens a list of its own.
 */
static void skip_options(struct parser *p)
{
	while (find_token(&p->cursor, p->end)) {
		take_token(&p->cursor, p->end, &p->token, SIZE_MAX);
		if (p->token.open || p->token.holds_newline || memchr(p->token.text.text, '(', p->token.text.size)) {
			p->cursor = p->token.start;
			return;
		}
		if (memchr(p->token.text.text, ')', p->token.text.size))
			return;
	}
}

static int bad_list(struct parser *p, const struct record *record, size_t offset, const char *expected)
{
	const struct export_place place = place_in_token(p, offset);
	struct error e;

	error_set(&e, EINVAL, "syntax error: bad option list: expected %s", expected);
	return fail(p, record->path, &place, e.text);
}

static int read_client_options(struct parser *p, const struct record *record, size_t open)
{
	const struct export_place place = place_of(p, &p->token.start);
	struct export_known_options *options;
	const struct strbuf *text = &p->token.text;
	const char *close = memchr(text->text + open, ')', text->size - open);
	int r = 0;

	if (!close) {
		r = bad_list(p, record, open, "a ) behind the options, and no blank among them");
		skip_options(p);
		return r;
	}
	if (close + 1 < text->text + text->size)
		return bad_list(p, record, (size_t)(close + 1 - text->text), "a blank behind the )");
	if (!open)
		r = warn_no_client(p, record, &place);
	if (!r)
		r = read_options(p, record, open + 1, (size_t)(close - text->text) - open - 1, &options);
	else
		return r;
	return r > 0 ? add_entry(p, record, text->text, open, options, &place) : r;
}

static int read_client(struct parser *p, const struct record *record)
{
	const struct export_place place = place_of(p, &p->token.start);
	const struct strbuf *text = &p->token.text;
	const char *open = memchr(text->text, '(', text->size);
	const char *close = memchr(text->text, ')', text->size);
	int r = 0;

	if (open && (!close || close > open))
		return read_client_options(p, record, (size_t)(open - text->text));
	if (close)
		return bad_list(p, record, (size_t)(close - text->text), "a ( before the options");
	if (!text->size)
		return fail(p, record->path, &place, "syntax error: an empty client: expected a name, or * for all");
	if (!record->defaults_given)
		r = warn_no_options(p, record, text->text, &place);
	return r ? r : add_entry(p, record, text->text, text->size, record->defaults, &place);
}

/* 1 to go on with the record, 0 when what follows cannot be understood. */
static int read_defaults(struct parser *p, struct record *record)
{
	int r = read_options(p, record, 1, p->token.text.size - 1, &record->defaults);

	record->defaults_place = place_of(p, &p->token.start);
	record->defaults_given = true;
	record->nobody = r > 0;
	if (!r)
		skip_record(&p->cursor, p->end);
	return r;
}

/* 1 to go on, 0 when the record is at its end. */
static int read_token(struct parser *p, struct record *record)
{
	struct export_place place;
	int r;

	if (!find_token(&p->cursor, p->end))
		return 0;
	take_token(&p->cursor, p->end, &p->token, SIZE_MAX);
	if (p->token.text.failed)
		return -ENOMEM;
	place = place_of(p, &p->token.start);
	if (*p->token.text.text == '-' && !p->token.open && !p->token.holds_newline && !p->token.holds_nul)
		return read_defaults(p, record);
	record->any_client = true;
	record->nobody = false;
	if (p->token.open || p->token.holds_newline) {
		p->cursor = p->token.start;
		skip_record(&p->cursor, p->end);
		return fail(p, record->path, &place, no_newline);
	}
	r = p->token.holds_nul ? fail(p, record->path, &place, no_nul) : read_client(p, record);
	return r ? r : 1;
}

/* Who names nobody names everybody. */
static int end_record(struct parser *p, const struct record *record)
{
	struct shown path;
	int r = 0;

	if (!record->nobody)
		return 0;
	if (!record->defaults_given)
		r = warn_no_options(p, record, "", &record->place);
	else if (record->any_client)
		r = say(p, EXPORT_WARNING, &record->defaults_place,
			"No host name given with %s behind the last options: they hold for everybody, suggest * to avoid"
			" warning",
			show(&path, record->path));
	return r ? r :
		   add_entry(p, record, "", 0, record->defaults,
			     record->any_client ? &record->defaults_place : &record->place);
}

/* Paths hardly repeat but from line to line, as in etab. */
static const char *keep_path(struct parser *p)
{
	const struct strbuf *text = &p->token.text;
	char *copy;

	if (!p->last_path || strcmp(p->last_path, text->text)) {
		copy = export_list_memory(p->list, text->size + 1);
		if (copy)
			memcpy(copy, text->text, text->size);
		p->last_path = copy;
	}
	return p->last_path;
}

/* 1 and the path; 0 when there is none, which is said; -ENOMEM. */
static int read_path(struct parser *p, struct record *record)
{
	const struct token *token = &p->token;
	int r = 0;

	take_token(&p->cursor, p->end, &p->token, SIZE_MAX);
	if (token->text.failed)
		return -ENOMEM;
	record->place = place_of(p, &token->start);
	if (token->open || token->holds_nul || !token->text.size) {
		if (token->open)
			p->cursor = token->start;
		skip_record(&p->cursor, p->end);
		return fail(p, NULL, &record->place,
			    token->open	     ? no_newline :
			    token->holds_nul ? no_nul :
					       "syntax error: an empty path: expected the folder to export");
	}
	/* Legal, but far more often two quotes that were forgotten, with records between them. */
	if (token->holds_newline) {
		r = export_list_add_gap(p->list, NULL, &record->place);
		if (!r)
			r = say(p, EXPORT_WARNING, &record->place,
				"the path goes on over the end of the line: is a quote missing? If not, write \\012");
	}
	record->path = r ? NULL : keep_path(p);
	return record->path ? 1 : -ENOMEM;
}

static int read_record(struct parser *p)
{
	struct record record = { .defaults = p->usual, .nobody = true };
	int r;

	if (!find_token(&p->cursor, p->end)) {
		if (p->cursor.at < p->end)
			next_line(&p->cursor);
		return 0;
	}
	r = read_path(p, &record);
	if (r <= 0)
		return r;
	while ((r = read_token(p, &record)) > 0)
		;
	return r ? r : end_record(p, &record);
}

int export_parse(struct export_list *list, const char *name, const char *text, size_t size, struct error *e)
{
	struct parser p = {
		.list = list,
		.usual = export_list_options(list, &export_options_default),
		.file = export_list_word(list, name, strlen(name)),
		.end = text + size,
		.cursor = { .at = text, .line_start = text, .line = 1 },
	};
	int r = p.usual && p.file ? 0 : -ENOMEM;

	while (!r && p.cursor.at < p.end)
		r = read_record(&p);
	strbuf_free(&p.token.text);
	return r ? error_set(e, ENOMEM, "%s: no memory for its exports", name) : 0;
}
