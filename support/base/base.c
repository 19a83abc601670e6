/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/base/base.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

int error_set(struct error *e, int code, const char *fmt, ...)
{
	va_list args;

	if (!e)
		return -code;
	e->code = code;
	va_start(args, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, args);
	va_end(args);
	return -code;
}

int error_prefix(struct error *e, const char *fmt, ...)
{
	char old[sizeof(e->text)];
	va_list args;
	size_t used;

	if (!e)
		return -EIO;
	memcpy(old, e->text, sizeof(old));
	va_start(args, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, args);
	va_end(args);
	used = strlen(e->text);
	snprintf(e->text + used, sizeof(e->text) - used, ": %s", old);
	return -e->code;
}

int bytes_alloc(struct bytes *b, size_t size)
{
	unsigned char *data = size == SIZE_MAX ? NULL : calloc(1, size + 1);

	if (!data)
		return -ENOMEM;
	b->data = data;
	b->size = size;
	return 0;
}

int bytes_copy(struct bytes *b, const void *data, size_t size)
{
	int r = bytes_alloc(b, size);

	if (!r && size)
		memcpy(b->data, data, size);
	return r;
}

void bytes_free(struct bytes *b)
{
	if (!b)
		return;
	if (b->data)
		explicit_bzero(b->data, b->size);
	free(b->data);
	b->data = NULL;
	b->size = 0;
}

#define ARRAY_FIRST 4u /* items for which there is room at first; a power of two */

/* What there is room for follows from the count: the next power of two. */
void *array_grow(void *items, size_t count, size_t size)
{
	if (count && (count < ARRAY_FIRST || count & (count - 1)))
		return items;
	return reallocarray(items, count ? count * 2 : ARRAY_FIRST, size);
}

/* Makes room for more bytes and the final NUL; false once anything failed. */
static bool strbuf_grow(struct strbuf *s, size_t more)
{
	size_t room;
	char *text;

	if (s->failed || more > SIZE_MAX / 2 - s->size) {
		s->failed = true;
		return false;
	}
	if (s->size + more + 1 <= s->room)
		return true;
	room = (s->size + more + 1) * 2;
	text = realloc(s->text, room);
	if (!text) {
		s->failed = true;
		return false;
	}
	s->text = text;
	s->room = room;
	return true;
}

void strbuf_add(struct strbuf *s, const char *text, size_t size)
{
	if (!strbuf_grow(s, size))
		return;
	if (size)
		memcpy(s->text + s->size, text, size);
	s->size += size;
	s->text[s->size] = '\0';
}

void strbuf_addf(struct strbuf *s, const char *fmt, ...)
{
	va_list args;
	int size;

	va_start(args, fmt);
	size = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (size < 0 || !strbuf_grow(s, (size_t)size)) {
		s->failed = true;
		return;
	}
	va_start(args, fmt);
	vsnprintf(s->text + s->size, (size_t)size + 1, fmt, args);
	va_end(args);
	s->size += (size_t)size;
}

static bool needs_escape(unsigned char c)
{
	return c < 0x20 || c > 0x7e || c == '"' || c == '\\';
}

void strbuf_add_escaped(struct strbuf *s, const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];

		if (needs_escape(c))
			strbuf_addf(s, "\\x%02x", c);
		else
			strbuf_add(s, text + i, 1);
	}
}

void strbuf_free(struct strbuf *s)
{
	if (!s)
		return;
	free(s->text);
	memset(s, 0, sizeof(*s));
}

void text_escape(char *out, size_t room, const char *text, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];
		size_t need = needs_escape(c) ? 4 : 1;

		if (used + need >= room)
			break;
		if (need == 4)
			snprintf(out + used, room - used, "\\x%02x", c);
		else
			out[used] = (char)c;
		used += need;
	}
	if (room)
		out[used] = '\0';
}

bool text_copy(char *out, size_t room, const char *text)
{
	size_t size = strlen(text);
	bool fits = size < room;

	if (!room)
		return false;
	if (!fits)
		size = room - 1;
	memcpy(out, text, size);
	out[size] = '\0';
	return fits;
}

/* Not strcasecmp(): the locale must not decide whether two host names are one. */
static int lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static size_t list_size(const char *list)
{
	size_t size = 0;

	while (list[size])
		size += strlen(list + size) + 1;
	return size;
}

bool text_list_add(char *list, size_t room, const char *text)
{
	size_t used = list_size(list), size = strlen(text) + 1;

	if (used + size + 1 > room)
		return false;
	memcpy(list + used, text, size);
	list[used + size] = '\0';
	return true;
}

char *text_list_copy(const char *list)
{
	size_t size = list_size(list) + 1;
	char *copy = malloc(size);

	return copy ? memcpy(copy, list, size) : NULL;
}

const char *text_list_next(const char *list, const char *text)
{
	const char *next = text ? text + strlen(text) + 1 : list;

	return *next ? next : NULL;
}

#define COUNT_SIZE sizeof(",+4294967295")

/* As much as has room; false when something had none. */
static bool show_one(const char *text, char *out, size_t room)
{
	size_t used = strlen(out), begin = used;

	if (used && used + 1 < room)
		out[used++] = ',';
	for (; *text && used + 5 < room; text++)
		used += (size_t)snprintf(out + used, room - used, *text == ',' ? "\\x2c" : "%c", *text);
	out[*text ? begin : used] = '\0';
	return !*text;
}

void text_list_show(const char *list, size_t left_out, char *out, size_t room)
{
	size_t most = room > COUNT_SIZE ? room - COUNT_SIZE : 0;
	bool is_full = false;

	*out = '\0';
	for (const char *text = NULL; (text = text_list_next(list, text));) {
		is_full = is_full || !show_one(text, out, most);
		left_out += is_full;
	}
	if (left_out)
		snprintf(out + strlen(out), room - strlen(out), "%s+%u", *out ? "," : "", (unsigned int)left_out);
}

bool text_equal_nocase(const char *a, const char *b)
{
	for (; *a && lower((unsigned char)*a) == lower((unsigned char)*b); a++, b++)
		;
	return lower((unsigned char)*a) == lower((unsigned char)*b);
}

int text_number(const char *text, long long min, long long max, long long *value)
{
	const char *digits = *text == '-' ? text + 1 : text;
	long long number;
	char *end;

	/* strtoll() takes leading blanks and a plus sign; a setting has neither. */
	if (!isdigit((unsigned char)*digits))
		return -EINVAL;
	errno = 0;
	number = strtoll(text, &end, 0);
	if (errno || *end || number < min || number > max)
		return -EINVAL;
	*value = number;
	return 0;
}

int text_octal_escape(const char *text, size_t size)
{
	int byte = 0;

	if (size < OCTAL_ESCAPE_SIZE || text[0] != '\\')
		return -1;
	for (unsigned int i = 1; i < OCTAL_ESCAPE_SIZE; i++) {
		if (text[i] < '0' || text[i] > (i == 1 ? '3' : '7'))
			return -1;
		byte = byte << 3 | (text[i] - '0');
	}
	return byte;
}

void strbuf_add_octal(struct strbuf *buf, const char *text, const char *special)
{
	for (;;) {
		size_t plain = strcspn(text, special);

		strbuf_add(buf, text, plain);
		text += plain;
		if (!*text)
			return;
		strbuf_addf(buf, "\\%03o", (unsigned char)*text++);
	}
}

void strbuf_add_word(struct strbuf *buf, const char *text)
{
	strbuf_add_octal(buf, text, " \t\n\\");
	strbuf_add(buf, " ", 1);
}

void text_unescape_octal(char *text)
{
	char *to = text;

	while (*text) {
		int byte = text_octal_escape(text, SIZE_MAX);

		*to++ = byte < 0 ? *text : (char)byte;
		text += byte < 0 ? 1 : OCTAL_ESCAPE_SIZE;
	}
	*to = '\0';
}

void free_pointer(void *pointer_to_pointer)
{
	free(*(void **)pointer_to_pointer);
}

void close_fd(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
}

static int64_t milliseconds_of(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_ms(void)
{
	return milliseconds_of(CLOCK_MONOTONIC);
}

int64_t clock_day_ms(void)
{
	return milliseconds_of(CLOCK_REALTIME);
}
