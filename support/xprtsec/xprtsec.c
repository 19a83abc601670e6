/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/xprtsec/xprtsec.h"

#include <errno.h>
#include <string.h>

#include "support/base/base.h"

static const struct {
	const char *word;
	enum xprtsec mode;
} modes[] = {
	{ "none", XPRTSEC_NONE },
	{ "tls", XPRTSEC_TLS },
	{ "mtls", XPRTSEC_MTLS },
	{ "auto", XPRTSEC_AUTO },
};

int xprtsec_parse(const char *word, size_t size, enum xprtsec *mode)
{
	char copy[sizeof("none")];

	/* A NUL inside the word must not end it early. */
	if (size >= sizeof(copy) || memchr(word, '\0', size))
		return -EINVAL;
	memcpy(copy, word, size);
	copy[size] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		if (text_equal_nocase(copy, modes[i].word)) {
			*mode = modes[i].mode;
			return 0;
		}
	}
	return -EINVAL;
}

const char *xprtsec_word(enum xprtsec mode)
{
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		if (modes[i].mode == mode)
			return modes[i].word;
	return "?";
}

unsigned int xprtsec_set_from(enum xprtsec minimum)
{
	unsigned int set = 0;

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		if (modes[i].mode != XPRTSEC_AUTO && xprtsec_at_least(modes[i].mode, minimum))
			set |= modes[i].mode;
	return set;
}

enum xprtsec xprtsec_set_weakest(unsigned int set)
{
	return (enum xprtsec)(set & -set);
}

int xprtsec_set_parse(const char *text, size_t size, unsigned int *set, const char **bad)
{
	const char *end = text + size;
	unsigned int found = 0;

	for (const char *item = text;; item++) {
		const char *colon = memchr(item, ':', (size_t)(end - item));
		const char *stop = colon ? colon : end;
		enum xprtsec mode;

		if (xprtsec_parse(item, (size_t)(stop - item), &mode) || mode == XPRTSEC_AUTO) {
			if (bad)
				*bad = item;
			return -EINVAL;
		}
		found |= mode;
		item = stop;
		if (!colon)
			break;
	}
	*set = found;
	return 0;
}

void xprtsec_set_format(unsigned int set, struct strbuf *out)
{
	const char *colon = "";

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		if (!(set & modes[i].mode & XPRTSEC_ALL))
			continue;
		strbuf_addf(out, "%s%s", colon, modes[i].word);
		colon = ":";
	}
}

static int strength(enum xprtsec mode)
{
	switch (mode) {
	case XPRTSEC_NONE:
		return 1;
	case XPRTSEC_TLS:
		return 2;
	case XPRTSEC_MTLS:
		return 3;
	default:
		return 0;
	}
}

int xprtsec_at_least(enum xprtsec a, enum xprtsec b)
{
	return strength(a) && strength(b) && strength(a) >= strength(b);
}
