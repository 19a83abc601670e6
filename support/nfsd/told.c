/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel's server was told, as it shows that itself (net/sunrpc/svcauth_unix.c ip_map_show(), fs/nfsd/export.c
 * svc_export_show()).  A line that begins with "# " is of an entry that does not count: it says "no", or is out of
 * date.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/address/address.h"
#include "support/nfsd/nfsd.h"

#define CONTENT_MAX (256u << 20)
#define NO_DOMAIN "-no-domain-"

struct line {
	const char *text;
	size_t size;
	bool counts; /* no "# " before it */
};

/* False at the end. */
static bool take_line(const char **at, const char *end, struct line *line)
{
	const char *newline;

	if (*at >= end)
		return false;
	newline = memchr(*at, '\n', (size_t)(end - *at));
	line->text = *at;
	line->size = (size_t)((newline ? newline : end) - *at);
	*at = newline ? newline + 1 : end;
	line->counts = line->size < 2 || memcmp(line->text, "# ", 2) != 0;
	if (!line->counts) {
		line->text += 2;
		line->size -= 2;
	}
	return true;
}

/* What a cache of the kernel shows of itself: "#class IP domain", "expiry=... refcnt=... flags=...". */
static bool is_remark(const struct line *line)
{
	return !line->size || line->text[0] == '#' || (line->size > 7 && !memcmp(line->text, "expiry=", 7));
}

/* The text up to a byte, escapes undone, and what follows it; NULL without the byte or without memory. */
static char *take_text(struct line *line, char until)
{
	const char *end = memchr(line->text, until, line->size);
	char *text = end ? strndup(line->text, (size_t)(end - line->text)) : NULL;

	if (!text)
		return NULL;
	text_unescape_octal(text);
	line->size -= (size_t)(end + 1 - line->text);
	line->text = end + 1;
	return text;
}

static void free_entry(struct nfsd_told_entry *entry)
{
	free(entry->what);
	free(entry->domain);
	free(entry->flags);
}

static int add_entry(struct nfsd_told_entry **list, size_t *count, const struct nfsd_told_entry *entry)
{
	return ARRAY_APPEND(*list, *count, *entry) ? 0 : -ENOMEM;
}

/* An entry that is whole is added; one that is not is passed over. */
static int take_entry(struct nfsd_told_entry **list, size_t *count, struct nfsd_told_entry *entry)
{
	int r = 0;

	if (entry->what && entry->domain && entry->flags)
		r = add_entry(list, count, entry);
	else
		r = 1;
	if (r)
		free_entry(entry);
	return r < 0 ? r : 0;
}

/* nfsd 192.0.2.1 * */
int nfsd_told_take_clients(struct nfsd_told *told, const char *text, size_t size)
{
	const char *end = text + size;
	struct line line;
	int r = 0;

	while (!r && take_line(&text, end, &line)) {
		struct nfsd_told_entry entry = { .state = line.counts ? NFSD_TOLD_YES : NFSD_TOLD_OLD };
		AUTO_FREE char *class = is_remark(&line) ? NULL : take_text(&line, ' ');

		if (!class || strcmp(class, "nfsd") != 0)
			continue;
		entry.what = take_text(&line, ' ');
		entry.domain = strndup(line.text, line.size);
		entry.flags = strdup("");
		if (entry.domain) {
			text_unescape_octal(entry.domain);
			if (!strcmp(entry.domain, NO_DOMAIN))
				entry.state = NFSD_TOLD_NO;
		}
		r = take_entry(&told->clients, &told->client_count, &entry);
	}
	return r;
}

/* /srv/a<TAB>*(rw,insecure,no_root_squash,sync,wdelay,no_subtree_check,fsid=5,sec=1) */
int nfsd_told_take_exports(struct nfsd_told *told, const char *text, size_t size)
{
	const char *end = text + size;
	struct line line;
	int r = 0;

	while (!r && take_line(&text, end, &line)) {
		struct nfsd_told_entry entry = { .state = line.counts ? NFSD_TOLD_YES : NFSD_TOLD_OLD };
		const char *bracket;

		if (is_remark(&line))
			continue;
		entry.what = take_text(&line, '\t');
		/* A domain may have brackets in it, the flags have none. */
		bracket = entry.what ? memrchr(line.text, '(', line.size) : NULL;
		if (bracket && line.text[line.size - 1] == ')') {
			entry.domain = strndup(line.text, (size_t)(bracket - line.text));
			entry.flags = strndup(bracket + 1, line.size - (size_t)(bracket - line.text) - 2);
		}
		if (entry.domain)
			text_unescape_octal(entry.domain);
		if (entry.flags && !*entry.flags)
			entry.state = NFSD_TOLD_NO;
		r = take_entry(&told->exports, &told->export_count, &entry);
	}
	return r;
}

static int read_content(const char *root, const char *cache, struct strbuf *text, struct error *e)
{
	AUTO_STRBUF path = { 0 };

	strbuf_addf(&path, "%s/proc/net/rpc/%s/content", root, cache);
	return path.failed ? error_set(e, ENOMEM, "out of memory") : file_read_unsized(path.text, CONTENT_MAX, text, e);
}

int nfsd_told_read(const char *root, struct nfsd_told *told, struct error *e)
{
	AUTO_STRBUF clients = { 0 };
	AUTO_STRBUF exports = { 0 };
	int r = read_content(root, "nfsd.export", &exports, e);

	*told = (struct nfsd_told){ 0 };
	if (!r)
		r = read_content(root, "auth.unix.ip", &clients, e);
	if (r)
		return r;
	r = nfsd_told_take_exports(told, exports.text, exports.size);
	if (!r)
		r = nfsd_told_take_clients(told, clients.text, clients.size);
	if (!r)
		return 0;
	nfsd_told_free(told);
	return error_set(e, ENOMEM, "out of memory");
}

void nfsd_told_free(struct nfsd_told *told)
{
	for (size_t i = 0; i < told->client_count; i++)
		free_entry(&told->clients[i]);
	for (size_t i = 0; i < told->export_count; i++)
		free_entry(&told->exports[i]);
	free(told->clients);
	free(told->exports);
	*told = (struct nfsd_told){ 0 };
}

/* ---- questions ----------------------------------------------------------------------------- */

/* IPv4 in IPv6 is IPv4. */
static bool parse_address(const char *text, struct ip_address *address)
{
	if (!address_parse_bare(text, strlen(text), address))
		return false;
	address_unmap(address);
	return true;
}

/* Of several about the same, which there are while one is being replaced, the one that counts. */
static bool is_better(const struct nfsd_told_entry *entry, const struct nfsd_told_entry *than)
{
	return !than || entry->state < than->state;
}

const struct nfsd_told_entry *nfsd_told_client(const struct nfsd_told *told, const char *address)
{
	const struct nfsd_told_entry *best = NULL;
	struct ip_address wanted, found;

	if (!parse_address(address, &wanted))
		return NULL;
	for (size_t i = 0; i < told->client_count; i++)
		if (is_better(&told->clients[i], best) && parse_address(told->clients[i].what, &found) &&
		    address_equal(&wanted, &found))
			best = &told->clients[i];
	return best;
}

const struct nfsd_told_entry *nfsd_told_export(const struct nfsd_told *told, const char *domain, const char *path)
{
	const struct nfsd_told_entry *best = NULL;

	for (size_t i = 0; i < told->export_count; i++) {
		const struct nfsd_told_entry *entry = &told->exports[i];

		if (is_better(entry, best) && !strcmp(entry->domain, domain) && !strcmp(entry->what, path))
			best = entry;
	}
	return best;
}
