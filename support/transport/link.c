/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of one transport say, in its folder of /sys (net/sunrpc/sysfs.c). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "support/transport/transport_private.h"

#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

/* ---- forms ------------------------------------------------------------------ */

/* The size of a text that is one line, without its end; -1 for another one, as one that is cut off. */
static ssize_t one_line(const char *text)
{
	size_t size = strcspn(text, "\n");

	return size && text[size] == '\n' && !text[size + 1] ? (ssize_t)size : -1;
}

/* "<closed>", "<not a socket>": what the kernel says in place of something. */
static bool is_remark(const char *text)
{
	ssize_t size = one_line(text);

	return size > 2 && text[0] == '<' && text[size - 1] == '>';
}

/* Others, as "local", have a path or something else in place of addresses, and no ports. */
static bool has_addresses(const struct transport_link *link)
{
	static const char *const protocols[] = { "tcp", "udp", "rdma" };

	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		if (!strcmp(link->protocol, protocols[i]))
			return true;
	return false;
}

/* ---- xprt_state: "state=" and words, two of them "CONNECTED" and "CONNECTING" ----- */

static bool is_word(const char *text, size_t size, const char *word)
{
	return size == strlen(word) && !memcmp(text, word, size);
}

static bool parse_state(const char *text, struct transport_link *link)
{
	static const char begin[] = "state=";
	const char *word = text + sizeof(begin) - 1;

	if (one_line(text) < 0 || strncmp(text, begin, sizeof(begin) - 1))
		return false;
	for (size_t size; *word != '\n'; word += size) {
		word += strspn(word, " ");
		size = strspn(word, UPPER);
		if (word[size] != ' ' && word[size] != '\n')
			return false;
		link->connected |= is_word(word, size, "CONNECTED");
		link->connecting |= is_word(word, size, "CONNECTING");
	}
	return true;
}

/* ---- xprt_info: lines of "key=value" --------------------------------------------- */

struct ports {
	bool has_source, has_destination;
	unsigned int source, destination; /* 0: none */
};

static bool parse_port(const char *text, unsigned int *port)
{
	size_t size = strspn(text, DIGITS);

	if (!size || size > 5 || text[size] != '\n')
		return false;
	*port = (unsigned int)strtoul(text, NULL, 10);
	return *port <= UINT16_MAX;
}

static bool take_info(const char *line, size_t key, struct ports *ports)
{
	static const char source[] = "src_port", destination[] = "dst_port";

	if (key == sizeof(source) - 1 && !memcmp(line, source, key))
		return ports->has_source = parse_port(line + key + 1, &ports->source);
	if (key == sizeof(destination) - 1 && !memcmp(line, destination, key))
		return ports->has_destination = parse_port(line + key + 1, &ports->destination);
	return true;
}

/* Where there are no ports the kernel says so in its own way: "(null)". */
static bool parse_info(const char *text, const struct transport_link *link, struct ports *ports)
{
	if (is_remark(text))
		return true;
	if (!*text)
		return false;
	for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
		size_t key = strspn(line, LOWER "_");

		if (!key || line[key] != '=' || !line[strcspn(line, "\n")])
			return false;
		if (has_addresses(link) && !take_info(line, key, ports))
			return false;
	}
	return !has_addresses(link) || (ports->has_source && ports->has_destination);
}

/* ---- srcaddr, dstaddr --------------------------------------------------------------- */

bool transport_address_parse(const char *text, unsigned int port, struct sockaddr_storage *end)
{
	struct ip_address address = { .size = 0 };

	(void)address_parse_bare(text, strcspn(text, "%\n"), &address); /* a zone is of no use for comparing */
	return address_make_end(&address, port, end);
}

/* Where it leads is known also while it is not connected. */
static bool parse_end(const char *text, const struct transport_link *link, unsigned int port,
		      struct sockaddr_storage *address)
{
	memset(address, 0, sizeof(*address));
	if (is_remark(text))
		return true;
	return one_line(text) >= 0 && (!has_addresses(link) || transport_address_parse(text, port, address));
}

/* ---- xprtsec: one word --------------------------------------------------------------- */

/* A remark says nothing of what was configured. */
static bool parse_security(const char *text, struct transport_link *link)
{
	ssize_t size = one_line(text);

	link->tells_security = true;
	if (is_remark(text))
		return true;
	if (size < 0 || size >= (ssize_t)sizeof(link->security) || strspn(text, LOWER DIGITS "-") != (size_t)size)
		return false;
	memcpy(link->security, text, (size_t)size);
	link->security[size] = '\0';
	return true;
}

/* ---- all ------------------------------------------------------------------------------- */

static int bad(const char *folder, const char *file, struct error *e)
{
	return error_set(e, EBADMSG, "%s/%s: not understood", folder, file);
}

int transport_link_parse(const char *folder, const struct transport_texts *texts, struct transport_link *link,
			 struct error *e)
{
	struct ports ports = { .has_source = false };

	link->connected = link->connecting = link->tells_security = false;
	link->security[0] = '\0';
	if (!parse_state(texts->state, link))
		return bad(folder, "xprt_state", e);
	if (!parse_info(texts->info, link, &ports))
		return bad(folder, "xprt_info", e);
	if (!parse_end(texts->local, link, ports.source, &link->local))
		return bad(folder, "srcaddr", e);
	if (!parse_end(texts->remote, link, ports.destination, &link->remote))
		return bad(folder, "dstaddr", e);
	if (texts->security && !parse_security(texts->security, link))
		return bad(folder, "xprtsec", e);
	link->has_ports = link->local.ss_family && link->remote.ss_family && ports.source && ports.destination;
	return 0;
}
