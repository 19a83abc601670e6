/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines of the channel files: words with a blank behind each, escaped as the kernel's qword_add(),
 * qword_addhex() and qword_get() have it (net/sunrpc/cache.c).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "support/upcall/upcall.h"

#define LINE_MAX_WRITTEN 32767u /* the kernel takes less than 32768 bytes */

void upcall_request_free(struct upcall_request *request)
{
	free(request->domain);
	free(request->path);
	memset(request, 0, sizeof(*request));
}

/* ---- reading ------------------------------------------------------------------------------ */

/* What is left of a line. */
struct reader {
	const char *at, *end;
};

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* "\x" and pairs of hexadecimal digits to the end of the word. */
static ssize_t read_hex(const char *at, const char *end, unsigned char *out, size_t room)
{
	size_t size = 0;

	for (; end - at >= 2; at += 2) {
		int high = hex_digit(at[0]), low = hex_digit(at[1]);

		if (high < 0 || low < 0 || size == room)
			return -EINVAL;
		out[size++] = (unsigned char)(high << 4 | low);
	}
	return at == end ? (ssize_t)size : -EINVAL;
}

/* A backslash stands for itself only as \134. */
static ssize_t read_plain(const char *at, const char *end, unsigned char *out, size_t room)
{
	size_t size = 0;

	while (at < end) {
		int byte = *at == '\\' ? text_octal_escape(at, (size_t)(end - at)) : (unsigned char)*at;

		if (byte < 0 || size == room)
			return -EINVAL;
		out[size++] = (unsigned char)byte;
		at += *at == '\\' ? OCTAL_ESCAPE_SIZE : 1;
	}
	return (ssize_t)size;
}

/* The next word, decoded: its size, which is not 0, or -EINVAL, also when there is none or it does not fit. */
static ssize_t next_word(struct reader *reader, unsigned char *out, size_t room)
{
	const char *begin, *end;
	ssize_t size;

	while (reader->at < reader->end && *reader->at == ' ')
		reader->at++;
	begin = end = reader->at;
	while (end < reader->end && *end != ' ')
		end++;
	reader->at = end;
	if (end - begin >= 2 && begin[0] == '\\' && begin[1] == 'x')
		size = read_hex(begin + 2, end, out, room);
	else
		size = read_plain(begin, end, out, room);
	return size ? size : -EINVAL;
}

/* A word without NUL bytes. */
static int next_text(struct reader *reader, char *out, size_t room)
{
	ssize_t size = next_word(reader, (unsigned char *)out, room - 1);

	if (size < 0 || memchr(out, '\0', (size_t)size))
		return -EINVAL;
	out[size] = '\0';
	return 0;
}

static int next_number(struct reader *reader, long long max, long long *number)
{
	char text[24];

	if (next_text(reader, text, sizeof(text)) || strspn(text, "0123456789") != strlen(text))
		return -EINVAL;
	/* The kernel writes plain decimals; a leading 0 is no octal. */
	*number = strtoll(text, NULL, 10);
	return *number > max ? -EINVAL : 0;
}

static int next_copy(struct reader *reader, size_t max, char **copy)
{
	AUTO_FREE char *text = malloc(max + 1);

	if (!text)
		return -ENOMEM;
	if (next_text(reader, text, max + 1))
		return -EINVAL;
	*copy = strdup(text);
	return *copy ? 0 : -ENOMEM;
}

static int read_client(struct reader *reader, struct upcall_request *request)
{
	int r = next_text(reader, request->class, sizeof(request->class));

	return r ? r : next_text(reader, request->address, sizeof(request->address));
}

static int read_groups(struct reader *reader, struct upcall_request *request)
{
	long long uid;
	int r = next_number(reader, UINT32_MAX, &uid);

	if (!r)
		request->uid = (uint32_t)uid;
	return r;
}

static int read_handle(struct reader *reader, struct upcall_request *request)
{
	long long type;
	ssize_t size;
	int r = next_copy(reader, UPCALL_DOMAIN_MAX, &request->domain);

	if (!r)
		r = next_number(reader, 255, &type);
	if (r)
		return r;
	request->fsid_type = (unsigned int)type;
	size = next_word(reader, request->fsid, sizeof(request->fsid));
	if (size < 0)
		return (int)size;
	request->fsid_size = (size_t)size;
	return 0;
}

static int read_export(struct reader *reader, struct upcall_request *request)
{
	int r = next_copy(reader, UPCALL_DOMAIN_MAX, &request->domain);

	return r ? r : next_copy(reader, UPCALL_PATH_MAX, &request->path);
}

typedef int request_reader(struct reader *reader, struct upcall_request *request);

static request_reader *const request_readers[UPCALL_CACHES] = {
	[UPCALL_CLIENT] = read_client,
	[UPCALL_GROUPS] = read_groups,
	[UPCALL_HANDLE] = read_handle,
	[UPCALL_EXPORT] = read_export,
};

static bool only_blanks(const struct reader *reader)
{
	for (const char *at = reader->at; at < reader->end; at++)
		if (*at != ' ')
			return false;
	return true;
}

int upcall_text_parse(enum upcall_cache cache, const char *line, size_t size, struct upcall_request *request,
		      struct error *e)
{
	struct reader reader = { .at = line, .end = line + size };
	int r;

	memset(request, 0, sizeof(*request));
	request->cache = cache;
	if (size && line[size - 1] == '\n')
		reader.end--;
	r = request_readers[cache](&reader, request);
	if (!r && !only_blanks(&reader))
		r = -EINVAL;
	if (!r)
		return 0;
	upcall_request_free(request);
	return r == -ENOMEM ? error_set(e, ENOMEM, "out of memory") :
			      error_set(e, EINVAL, "the kernel's question is malformed");
}

/* ---- writing -------------------------------------------------------------------------------- */

static void add_hex(struct strbuf *line, const unsigned char *bytes, size_t size)
{
	strbuf_addf(line, "\\x");
	for (size_t i = 0; i < size; i++)
		strbuf_addf(line, "%02x", bytes[i]);
	strbuf_add(line, " ", 1);
}

static void add_number(struct strbuf *line, long long number)
{
	strbuf_addf(line, "%lld ", number);
}

static void write_client(const struct upcall_request *request, const struct upcall_answer *answer, struct strbuf *line)
{
	strbuf_add_word(line, request->class);
	strbuf_add_word(line, request->address);
	add_number(line, answer->expiry);
	if (!answer->negative)
		strbuf_add_word(line, answer->domain);
}

static void write_groups(const struct upcall_request *request, const struct upcall_answer *answer, struct strbuf *line)
{
	add_number(line, request->uid);
	add_number(line, answer->expiry);
	if (answer->negative)
		return;
	add_number(line, (long long)answer->group_count);
	for (size_t i = 0; i < answer->group_count; i++)
		add_number(line, answer->groups[i]);
}

static void write_handle(const struct upcall_request *request, const struct upcall_answer *answer, struct strbuf *line)
{
	strbuf_add_word(line, request->domain);
	add_number(line, request->fsid_type);
	add_hex(line, request->fsid, request->fsid_size);
	add_number(line, answer->expiry);
	if (!answer->negative)
		strbuf_add_word(line, answer->path);
}

static void add_locations(const struct upcall_answer *answer, struct strbuf *line)
{
	if (!answer->location_count)
		return;
	strbuf_addf(line, "fsloc %zu ", answer->location_count);
	for (size_t i = 0; i < answer->location_count; i++) {
		strbuf_add_word(line, answer->locations[i].hosts);
		strbuf_add_word(line, answer->locations[i].path);
	}
	add_number(line, answer->replicas ? 0 : 1);
}

static void add_security(const struct upcall_answer *answer, struct strbuf *line)
{
	strbuf_addf(line, "secinfo %u ", answer->sec_count);
	for (unsigned int i = 0; i < answer->sec_count; i++) {
		add_number(line, answer->sec[i].flavor);
		add_number(line, (int32_t)answer->sec[i].flags);
	}
}

static void add_modes(const struct upcall_answer *answer, struct strbuf *line)
{
	unsigned int count = 0;

	for (unsigned int mode = 1; mode <= 4; mode <<= 1)
		count += (answer->xprtsec & mode) != 0;
	strbuf_addf(line, "xprtsec %u ", count);
	for (unsigned int mode = 1; mode <= 4; mode <<= 1)
		if (answer->xprtsec & mode)
			add_number(line, mode);
}

/* xprtsec comes first: a kernel passes over all that follows a word it does not know. */
static void write_export(const struct upcall_request *request, const struct upcall_answer *answer, struct strbuf *line)
{
	strbuf_add_word(line, request->domain);
	strbuf_add_word(line, request->path);
	add_number(line, answer->expiry);
	if (answer->negative)
		return;
	add_number(line, (int32_t)answer->flags);
	add_number(line, answer->anonuid);
	add_number(line, answer->anongid);
	add_number(line, answer->fsid);
	if (answer->xprtsec)
		add_modes(answer, line);
	add_locations(answer, line);
	add_security(answer, line);
	if (answer->has_uuid) {
		strbuf_addf(line, "uuid ");
		add_hex(line, answer->uuid, sizeof(answer->uuid));
	}
}

typedef void answer_writer(const struct upcall_request *request, const struct upcall_answer *answer,
			   struct strbuf *line);

static answer_writer *const answer_writers[UPCALL_CACHES] = {
	[UPCALL_CLIENT] = write_client,
	[UPCALL_GROUPS] = write_groups,
	[UPCALL_HANDLE] = write_handle,
	[UPCALL_EXPORT] = write_export,
};

int upcall_text_format(const struct upcall_request *request, const struct upcall_answer *answer, struct strbuf *line,
		       struct error *e)
{
	size_t before = line->size;

	answer_writers[request->cache](request, answer, line);
	strbuf_add(line, "\n", 1);
	if (line->failed)
		return error_set(e, ENOMEM, "out of memory");
	if (line->size - before > LINE_MAX_WRITTEN)
		return error_set(e, E2BIG, "an answer of %zu bytes is more than the kernel takes", line->size - before);
	return 0;
}
