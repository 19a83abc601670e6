/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/policy/policy_private.h"

#define BLANKS_AND_COMMAS " \t\r\n\v\f,"

/* One identity: "nNAME", "wSUFFIX", "aHEX/BITS", or "*". */
struct peer {
	UT_hash_handle hh;
	struct policy_source source;
	char key[];
};

struct policy_peers {
	struct peer *by_key;
	bool used4[33], used6[129]; /* prefix lengths in the list */
};

struct policy_peers *peers_new(void)
{
	return calloc(1, sizeof(struct policy_peers));
}

void peers_free(struct policy_peers *peers)
{
	struct peer *peer, *next;

	if (!peers)
		return;
	HASH_ITER(hh, peers->by_key, peer, next) {
		HASH_DEL(peers->by_key, peer);
		free(peer);
	}
	free(peers);
}

static int add(struct policy_peers *peers, const char *key, const struct policy_source *source)
{
	struct peer *peer;

	HASH_FIND_STR(peers->by_key, key, peer);
	if (peer)
		return 0;
	peer = calloc(1, sizeof(*peer) + strlen(key) + 1);
	if (!peer)
		return -ENOMEM;
	peer->source = *source;
	strcpy(peer->key, key);
	HASH_ADD_STR(peers->by_key, key, peer);
	HASH_FIND_STR(peers->by_key, key, peer);
	return peer ? 0 : -ENOMEM;
}

static int add_prefix(struct policy_peers *peers, const struct prefix *prefix, const struct policy_source *source)
{
	char key[FORM_PREFIX_KEY_MAX];

	form_prefix_key(&prefix->address, prefix->bits, key);
	(prefix->address.size == 4 ? peers->used4 : peers->used6)[prefix->bits] = true;
	return add(peers, key, source);
}

static int add_name(struct policy_peers *peers, const char *word, const struct policy_source *source,
		    const char **problem)
{
	char key[1 + POLICY_NAME_MAX + 1];
	bool pattern = word[0] == '*' && word[1] == '.';

	key[0] = pattern ? 'w' : 'n';
	*problem = "this is neither a name, a pattern (*.example.com), an address nor a subnet";
	if (!form_name(word + (pattern ? 2 : 0), key + 1))
		return -EINVAL;
	return add(peers, key, source);
}

static int add_word(struct policy_peers *peers, const char *word, const struct policy_source *source,
		    const char **problem)
{
	struct prefix prefix;
	int r;

	if (!strcmp(word, "*"))
		return add(peers, "*", source);
	r = form_prefix(word, &prefix, problem);
	if (!r)
		return add_prefix(peers, &prefix, source);
	return r == -ENOENT ? add_name(peers, word, source, problem) : r;
}

static int add_words(struct policy_peers *peers, char *text, const struct policy_source *source, char *problem,
		     size_t room)
{
	const char *what;
	char *rest;

	for (char *word = strtok_r(text, BLANKS_AND_COMMAS, &rest); word;
	     word = strtok_r(NULL, BLANKS_AND_COMMAS, &rest)) {
		int r = add_word(peers, word, source, &what);

		if (r == -EINVAL) {
			char shown[64];

			text_escape(shown, sizeof(shown), word, strlen(word));
			snprintf(problem, room, "%s: %s", shown, what);
		}
		if (r)
			return r;
	}
	snprintf(problem, room, "no identity is named: write * for everyone with a valid certificate");
	return peers->by_key ? 0 : -EINVAL;
}

int peers_parse(const char *text, const struct policy_source *source, struct policy_peers **peers, char *problem,
		size_t room)
{
	struct policy_peers *new = peers_new();
	AUTO_FREE char *copy = strdup(text);
	int r = new &&copy ? add_words(new, copy, source, problem, room) : -ENOMEM;

	if (r) {
		peers_free(new);
		return r;
	}
	*peers = new;
	return 0;
}

int peers_add_all(struct policy_peers *to, const struct policy_peers *from)
{
	int r = 0;

	for (const struct peer *peer = from->by_key; peer && !r; peer = peer->hh.next)
		r = add(to, peer->key, &peer->source);
	for (unsigned int bits = 0; bits <= 128; bits++) {
		if (bits <= 32)
			to->used4[bits] |= from->used4[bits];
		to->used6[bits] |= from->used6[bits];
	}
	return r;
}

/* ---- matching ------------------------------------------------------------------ */

static const struct peer *find(const struct policy_peers *peers, const char *key)
{
	const struct peer *peer;

	HASH_FIND_STR(peers->by_key, key, peer);
	return peer;
}

/* A name that form_name() does not take, a wildcard above all, is nobody. */
static const struct peer *find_name(const struct policy_peers *peers, const char *name)
{
	char key[1 + POLICY_NAME_MAX + 1];
	const struct peer *peer;
	char *dot;

	if (!form_name(name, key + 1))
		return NULL;
	key[0] = 'n';
	peer = find(peers, key);
	for (dot = strchr(key, '.'); dot && !peer; dot = strchr(dot + 1, '.')) {
		*dot = 'w';
		peer = find(peers, dot);
		*dot = '.';
	}
	return peer;
}

/* The narrowest network that has all of a network in it. */
static const struct peer *find_network(const struct policy_peers *peers, const struct prefix *prefix)
{
	const bool *used = prefix->address.size == 4 ? peers->used4 : peers->used6;
	const struct peer *peer = NULL;

	for (int bits = (int)prefix->bits; prefix->address.size && bits >= 0 && !peer; bits--) {
		char key[FORM_PREFIX_KEY_MAX];

		if (!used[bits])
			continue;
		form_prefix_key(&prefix->address, (unsigned int)bits, key);
		peer = find(peers, key);
	}
	return peer;
}

static const struct peer *find_address(const struct policy_peers *peers, const struct ip_address *address)
{
	const struct prefix prefix = { .address = *address, .bits = address->size * 8 };

	return find_network(peers, &prefix);
}

const struct policy_source *peers_find(const struct policy_peers *peers, const struct policy_identity *identities,
				       size_t count)
{
	const struct peer *peer = count ? find(peers, "*") : NULL;

	for (size_t i = 0; i < count && !peer; i++)
		peer = identities[i].name ? find_name(peers, identities[i].name) :
					    find_address(peers, &identities[i].address);
	return peer ? &peer->source : NULL;
}

/* ---- lists within lists ------------------------------------------------------------ */

/* The pattern of the name itself, or a wider one. */
static bool has_pattern(const struct policy_peers *peers, const char *pattern)
{
	char key[1 + POLICY_NAME_MAX + 1];

	if (!text_copy(key, sizeof(key), pattern))
		return false;
	for (char *at = key; at; at = strchr(at + 1, '.')) {
		*at = 'w';
		if (find(peers, at))
			return true;
		*at = '.';
	}
	return false;
}

/* "aHEX/BITS", as form_prefix_key() has made it; false for what it cannot have made. */
static bool parse_prefix_key(const char *key, struct prefix *prefix)
{
	size_t digits = strspn(key + 1, "0123456789abcdef");
	long long bits;

	memset(prefix, 0, sizeof(*prefix));
	prefix->address.size = (unsigned int)digits / 2;
	if ((digits != 8 && digits != 32) || key[1 + digits] != '/' ||
	    text_number(key + 1 + digits + 1, 0, prefix->address.size * 8, &bits))
		return false;
	for (size_t i = 0; i < digits / 2; i++) {
		const char byte[3] = { key[1 + 2 * i], key[2 + 2 * i], '\0' };

		prefix->address.bytes[i] = (unsigned char)strtoul(byte, NULL, 16);
	}
	prefix->bits = (unsigned int)bits;
	return true;
}

/* The network itself, or a wider one. */
static bool has_prefix(const struct policy_peers *peers, const char *key)
{
	struct prefix prefix;

	return parse_prefix_key(key, &prefix) && find_network(peers, &prefix);
}

static bool is_within(const struct peer *peer, const struct policy_peers *outer)
{
	if (find(outer, "*"))
		return true;
	switch (peer->key[0]) {
	case 'n':
		return find_name(outer, peer->key + 1);
	case 'w':
		return has_pattern(outer, peer->key);
	case 'a':
		return has_prefix(outer, peer->key);
	default:
		return false;
	}
}

bool policy_peers_within(const struct policy_peers *inner, const struct policy_peers *outer)
{
	if (!outer || inner == outer)
		return true;
	if (!inner)
		return find(outer, "*");
	for (const struct peer *peer = inner->by_key; peer; peer = peer->hh.next)
		if (!is_within(peer, outer))
			return false;
	return true;
}

bool policy_peers_have(const struct policy_peers *peers, const struct policy_identity *identities, size_t count)
{
	return !peers || peers_find(peers, identities, count);
}
