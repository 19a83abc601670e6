/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfstls/export_line.h"

#include <errno.h>
#include <string.h>

#include "support/xprtsec/xprtsec.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* ---- logical lines ------------------------------------------------------------- */

/* A # begins a comment, but not inside quotes. */
static size_t without_comment(const char *text, size_t size)
{
	bool quoted = false;

	for (size_t i = 0; i < size; i++) {
		quoted ^= text[i] == '"';
		if (text[i] == '#' && !quoted)
			return i;
	}
	return size;
}

int export_line_next(const char **text, const char *end, unsigned int *lines, struct strbuf *line,
		     unsigned int *number)
{
	bool more = true;

	if (*text >= end)
		return 0;
	*number = *lines + 1;
	while (more && *text < end) {
		const char *newline = memchr(*text, '\n', (size_t)(end - *text));
		size_t size = (size_t)((newline ? newline : end) - *text);
		size_t kept = without_comment(*text, size);

		/* A backslash at the end of a comment belongs to the comment: the next line counts. */
		more = size && kept == size && (*text)[size - 1] == '\\';
		strbuf_add(line, *text, kept - more);
		if (more)
			strbuf_add(line, " ", 1);
		*text += size + (newline != NULL);
		++*lines;
	}
	strbuf_add(line, "", 0);
	return line->failed ? -ENOMEM : 1;
}

/* ---- words ------------------------------------------------------------------------ */

/* Where a word ends: at a blank outside quotes and parentheses.  NULL when either is not closed. */
static const char *word_end(const char *at, const char *end)
{
	bool quoted = false, inside = false;

	for (; at < end; at++) {
		if (*at == '"')
			quoted = !quoted;
		else if (!quoted && *at == '(')
			inside = true;
		else if (!quoted && *at == ')')
			inside = false;
		else if (!quoted && !inside && is_blank(*at))
			break;
	}
	return quoted || inside ? NULL : at;
}

/* 1 and a word, 0 at the end of the line. */
static int take_word(struct export_line *line, const char **word, size_t *size, struct error *e)
{
	const char *stop;

	while (line->at < line->end && is_blank(*line->at))
		line->at++;
	if (line->at == line->end)
		return 0;
	stop = word_end(line->at, line->end);
	if (!stop)
		return error_set(e, EINVAL, "a quote or parenthesis is not closed");
	*word = line->at;
	*size = (size_t)(stop - line->at);
	line->at = stop;
	return 1;
}

/* Without quotes, and \ooo made a byte. */
static int plain(const char *text, size_t size, char *out, size_t room, struct error *e)
{
	size_t used = 0;

	for (size_t i = 0; i < size; i++) {
		const char *c = text + i;
		char byte = *c;

		if (byte == '"')
			continue;
		if (byte == '\\' && size - i > 3 && is_octal(c[1]) && is_octal(c[2]) && is_octal(c[3])) {
			byte = (char)((c[1] - '0') * 64 + (c[2] - '0') * 8 + (c[3] - '0'));
			i += 3;
		}
		if (!byte)
			return error_set(e, EINVAL, "it holds a NUL byte");
		if (used + 1 >= room)
			return error_set(e, EINVAL, "a path or a client is too long");
		out[used++] = byte;
	}
	out[used] = '\0';
	return 0;
}

/* ---- options ------------------------------------------------------------------------- */

static const char xprtsec_key[] = "xprtsec=";

static int add_modes(const char *text, size_t size, unsigned int *modes, struct error *e)
{
	while (size) {
		const char *colon = memchr(text, ':', size);
		size_t part = colon ? (size_t)(colon - text) : size;
		enum xprtsec mode;

		if (xprtsec_parse(text, part, &mode) || mode == XPRTSEC_AUTO)
			return error_set(e, EINVAL, "xprtsec= has a word other than none, tls and mtls");
		*modes |= mode;
		text += part + (colon != NULL);
		size -= part + (colon != NULL);
	}
	return *modes ? 0 : error_set(e, EINVAL, "xprtsec= is empty");
}

/* Several xprtsec= add up, as they do for exportfs(8). */
static int take_options(const char *text, size_t size, unsigned int *modes, struct error *e)
{
	const size_t key = sizeof(xprtsec_key) - 1;
	int r = 0;

	while (size && !r) {
		const char *comma = memchr(text, ',', size);
		size_t part = comma ? (size_t)(comma - text) : size;

		if (part >= key && !memcmp(text, xprtsec_key, key))
			r = add_modes(text + key, part - key, modes, e);
		text += part + (comma != NULL);
		size -= part + (comma != NULL);
	}
	return r;
}

/* ---- the line --------------------------------------------------------------------------- */

int export_line_begin(const char *text, size_t size, struct export_line *line, struct error *e)
{
	const char *word = NULL;
	size_t word_size = 0;
	int r;

	line->at = text;
	line->end = text + size;
	line->usual = 0;
	line->any_client = false;
	r = take_word(line, &word, &word_size, e);
	if (r <= 0)
		return r;
	r = plain(word, word_size, line->path, sizeof(line->path), e);
	if (!r && line->path[0] != '/')
		r = error_set(e, EINVAL, "the path does not begin with a slash");
	return r ? r : 1;
}

static int take_client(const char *word, size_t size, unsigned int usual, struct export_client *client,
		       struct error *e)
{
	const char *open = memchr(word, '(', size);
	size_t name = open ? (size_t)(open - word) : size;
	unsigned int modes = 0;
	int r = 0;

	if (open && word[size - 1] != ')')
		return error_set(e, EINVAL, "text follows a closing parenthesis");
	if (open)
		r = take_options(open + 1, size - name - 2, &modes, e);
	if (!r)
		r = plain(word, name, client->name, sizeof(client->name), e);
	if (r)
		return r;
	if (!client->name[0])
		text_copy(client->name, sizeof(client->name), "*");
	client->modes = modes ? modes : usual;
	return 1;
}

int export_line_client(struct export_line *line, struct export_client *client, struct error *e)
{
	const char *word = NULL;
	size_t size = 0;
	int r;

	while ((r = take_word(line, &word, &size, e)) > 0) {
		if (*word == '-') {
			line->usual = 0;
			r = take_options(word + 1, size - 1, &line->usual, e);
			if (r)
				return r;
			continue;
		}
		line->any_client = true;
		return take_client(word, size, line->usual, client, e);
	}
	if (r || line->any_client)
		return r;
	line->any_client = true;
	*client = (struct export_client){ .name = "*", .modes = line->usual };
	return 1;
}
