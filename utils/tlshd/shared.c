/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file has a line for each name:
 *
 *   PEER MODE REMOTE HOME NAME
 *   server.example.com tls 192.0.2.2:2049 c0000202:801 files.example.com
 *
 * with "-" for no peer, and "mtls" or "mtls:CERTIFICATE:KEY" where this host shows a certificate.
 */
#include "utils/tlshd/shared.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/mounts/mounts.h"

#define FILE_MAX (8u << 20)
#define FIELDS 5u
#define MODE_MAX 40u

static const char no_peer[] = "-";

struct shared {
	const char *path;
	struct shared_name *at;
	size_t count;
};

struct lineage lineage_of(const struct handshake_request *request)
{
	struct lineage lineage = { .shows_certificate = request->auth == HANDSHAKE_AUTH_X509 };

	text_copy(lineage.peer, sizeof(lineage.peer), request->peername);
	if (request->has_certificate) {
		lineage.certificate = request->certificate;
		lineage.private_key = request->private_key;
	}
	return lineage;
}

bool lineage_equal(const struct lineage *a, const struct lineage *b)
{
	return !strcmp(a->peer, b->peer) && a->shows_certificate == b->shows_certificate &&
	       a->certificate == b->certificate && a->private_key == b->private_key;
}

/* ---- the file -------------------------------------------------------------- */

/* A word, which a blank or the end of the line ends in the file. */
static bool is_word(const char *text)
{
	for (const char *at = text; *at; at++)
		if (*at <= ' ' || *at > '~')
			return false;
	return *text;
}

static void format_mode(const struct lineage *lineage, char mode[MODE_MAX])
{
	if (!lineage->shows_certificate)
		snprintf(mode, MODE_MAX, "tls");
	else if (!lineage->certificate && !lineage->private_key)
		snprintf(mode, MODE_MAX, "mtls");
	else
		snprintf(mode, MODE_MAX, "mtls:%d:%d", lineage->certificate, lineage->private_key);
}

static int parse_serials(char *text, struct lineage *lineage)
{
	char *colon = strchr(text, ':');
	long long certificate, private_key;

	if (!colon)
		return -EINVAL;
	*colon = '\0';
	if (text_number(text, INT32_MIN, INT32_MAX, &certificate) ||
	    text_number(colon + 1, INT32_MIN, INT32_MAX, &private_key))
		return -EINVAL;
	lineage->certificate = (int32_t)certificate;
	lineage->private_key = (int32_t)private_key;
	return 0;
}

static int parse_mode(char *mode, struct lineage *lineage)
{
	lineage->shows_certificate = strcmp(mode, "tls") != 0;
	if (!lineage->shows_certificate || !strcmp(mode, "mtls"))
		return 0;
	return strncmp(mode, "mtls:", 5) ? -EINVAL : parse_serials(mode + 5, lineage);
}

/* Cuts the line into words; false unless there are as many as it has to have. */
static bool split(char *line, char *fields[FIELDS])
{
	for (size_t i = 0; i < FIELDS; i++) {
		fields[i] = strsep(&line, " ");
		if (!fields[i] || !is_word(fields[i]))
			return false;
	}
	return !line;
}

int shared_parse(const char *line, size_t size, struct shared_name *name)
{
	char text[HANDSHAKE_PEERNAME_MAX + MODE_MAX + ADDRESS_END_MAX + VOLUMES_HOME_MAX + SHARED_NAME_MAX];
	struct shared_name parsed = { 0 };
	char *fields[FIELDS];

	if (size >= sizeof(text) || memchr(line, '\0', size))
		return -EINVAL;
	memcpy(text, line, size);
	text[size] = '\0';
	if (!split(text, fields) || parse_mode(fields[1], &parsed.lineage) ||
	    !text_copy(parsed.lineage.peer, sizeof(parsed.lineage.peer), strcmp(fields[0], no_peer) ? fields[0] : "") ||
	    !text_copy(parsed.remote, sizeof(parsed.remote), fields[2]) ||
	    !text_copy(parsed.home, sizeof(parsed.home), fields[3]) ||
	    !text_copy(parsed.name, sizeof(parsed.name), fields[4]))
		return -EINVAL;
	*name = parsed;
	return 0;
}

static int write_file(const struct shared *shared, struct error *e)
{
	AUTO_STRBUF text = { 0 };

	for (size_t i = 0; i < shared->count; i++) {
		const struct shared_name *one = &shared->at[i];
		char mode[MODE_MAX];

		format_mode(&one->lineage, mode);
		strbuf_addf(&text, "%s %s %s %s %s\n", *one->lineage.peer ? one->lineage.peer : no_peer, mode,
			    one->remote, one->home, one->name);
	}
	if (text.failed)
		return error_set(e, ENOMEM, "out of memory");
	return file_replace(shared->path, text.text ? text.text : "", text.size, 0600, e);
}

/* ---- names ------------------------------------------------------------------ */

static int add(struct shared *shared, const struct shared_name *name, struct error *e)
{
	struct shared_name *more = reallocarray(shared->at, shared->count + 1, sizeof(*more));

	if (!more)
		return error_set(e, ENOMEM, "out of memory");
	shared->at = more;
	more[shared->count++] = *name;
	return 0;
}

static bool is_kept(const struct shared *shared, const struct shared_name *name, size_t *of_lineage)
{
	*of_lineage = 0;
	for (size_t i = 0; i < shared->count; i++) {
		const struct shared_name *one = &shared->at[i];

		if (!lineage_equal(&one->lineage, &name->lineage))
			continue;
		++*of_lineage;
		if (!strcmp(one->remote, name->remote) && !strcmp(one->home, name->home) &&
		    mount_same_host(one->name, name->name))
			return true;
	}
	return false;
}

int shared_keep(struct shared *shared, const struct shared_name *name, struct error *e)
{
	size_t of_lineage;
	int r;

	if ((*name->lineage.peer && !is_word(name->lineage.peer)) || !is_word(name->remote) || !is_word(name->home) ||
	    !is_word(name->name))
		return error_set(e, EINVAL, "a name of the server holds what no name of a host does");
	if (is_kept(shared, name, &of_lineage))
		return 0;
	if (of_lineage >= SHARED_NAMES_MAX || shared->count >= SHARED_ENTRIES_MAX)
		return error_set(e, ENOSPC, "too many names share its connection: rpc.tlshd keeps no more than %u",
				 SHARED_NAMES_MAX);
	r = add(shared, name, e);
	if (r)
		return r;
	r = write_file(shared, e);
	if (r)
		shared->count--;
	return r;
}

void shared_names(const struct shared *shared, const struct lineage *lineage, const char *remote, struct strbuf *names)
{
	for (size_t i = 0; i < shared->count; i++) {
		const struct shared_name *one = &shared->at[i];

		if (lineage_equal(&one->lineage, lineage) &&
		    (!strcmp(one->remote, remote) || !strcmp(one->remote, SHARED_ANY)))
			strbuf_add(names, one->name, strlen(one->name) + 1);
	}
}

void shared_forget(struct shared *shared, const char *volumes)
{
	size_t kept = 0, before = shared->count;
	struct error e;

	for (size_t i = 0; i < before; i++)
		if (volumes_at_home(volumes, shared->at[i].home))
			shared->at[kept++] = shared->at[i];
	shared->count = kept;
	/* What stays in the file is forgotten again by the next agent. */
	if (kept != before && write_file(shared, &e))
		log_line(LOG_LEVEL_WARNING, "%s", e.text);
}

/* ---- all of it --------------------------------------------------------------- */

static int parse_all(struct shared *shared, const char *text, struct error *e)
{
	struct shared_name name;
	unsigned int number = 1;

	for (const char *line = text; *line; number++) {
		size_t size = strcspn(line, "\n");
		int r = line[size] && shared->count < SHARED_ENTRIES_MAX ? shared_parse(line, size, &name) : -EINVAL;

		if (r)
			return error_set(e, EINVAL,
					 "%s:%u: not understood, so that nobody knows which servers"
					 " have to be proven: unmount what is mounted with TLS, and remove the file",
					 shared->path, number);
		r = add(shared, &name, e);
		if (r)
			return r;
		line += size + 1;
	}
	return 0;
}

int shared_load(const char *path, struct shared **shared, struct error *e)
{
	struct shared *new = calloc(1, sizeof(*new));
	AUTO_BYTES file = { 0 };
	int r;

	if (!new)
		return error_set(e, ENOMEM, "out of memory");
	new->path = path;
	r = file_read(path, FILE_MAX, FILE_TRUSTED, &file, e);
	if (!r && memchr(file.data, '\0', file.size))
		r = error_set(e, EINVAL, "%s: holds a NUL byte: unmount what is mounted with TLS, and remove the file",
			      path);
	if (!r)
		r = parse_all(new, (const char *)file.data, e);
	if (r && r != -ENOENT) {
		shared_free(new);
		return r;
	}
	*shared = new;
	return 0;
}

void shared_free(struct shared *shared)
{
	if (shared)
		free(shared->at);
	free(shared);
}
