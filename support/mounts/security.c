/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/mounts/mounts_private.h"

#include <errno.h>
#include <string.h>

static const char option_name[] = "xprtsec";

/* The kernel knows the key in lower case only; "sloppy" would drop any other spelling without a word. */
static bool is_ours(const struct mount_option *word)
{
	return text_equal_nocase(word->key, option_name);
}

static int check_word(struct mount_option *word, enum xprtsec *mode, struct error *e)
{
	char shown[64];
	int r = -EINVAL;

	if (word->value)
		r = xprtsec_parse(word->value, strlen(word->value), mode);
	if (!r) {
		memcpy(word->key, option_name, sizeof(option_name)); /* same size */
		if (mount_options_set_value(word, xprtsec_word(*mode)))
			return error_set(e, ENOMEM, "out of memory");
		return 0;
	}
	text_escape(shown, sizeof(shown), word->value ? word->value : "", word->value ? strlen(word->value) : 0);
	return error_set(e, EINVAL,
			 "%s '%s' for mount option xprtsec=: use xprtsec=none, xprtsec=tls,"
			 " xprtsec=mtls or"
			 " xprtsec=auto",
			 word->value && *word->value ? "bad value" : "empty value", shown);
}

int mount_security_check(struct mount_options *options, struct mount_security *request, struct error *e)
{
	struct mount_security found = { .mode = XPRTSEC_NONE };
	struct mount_protocol protocol;
	int r;

	for (size_t i = 0; i < options->count; i++) {
		enum xprtsec mode = XPRTSEC_NONE;

		if (!is_ours(&options->words[i]))
			continue;
		r = check_word(&options->words[i], &mode, e);
		if (r)
			return r;
		if (found.given && mode != found.mode)
			return error_set(
				e, EINVAL,
				"mount option xprtsec= is given as %s and as %s: keep one of none, tls, mtls or auto",
				xprtsec_word(found.mode), xprtsec_word(mode));
		found.given = true;
		found.mode = mode;
	}
	if (found.mode == XPRTSEC_TLS || found.mode == XPRTSEC_MTLS) {
		r = mount_protocol_find(options, NULL, &protocol, e);
		if (r)
			return r;
		if (protocol.transport != MOUNT_TCP)
			return error_set(e, EINVAL,
					 "xprtsec=%s needs TCP, and proto=%s was asked for: leave"
					 " proto= out"
					 " or use proto=tcp",
					 xprtsec_word(found.mode), protocol.name);
	}
	*request = found;
	return 0;
}

int mount_security_set(struct mount_options *options, enum xprtsec mode)
{
	bool given = false;

	for (size_t i = 0; i < options->count; i++) {
		if (!is_ours(&options->words[i]))
			continue;
		given = true;
		if (mount_options_set_value(&options->words[i], xprtsec_word(mode)))
			return -ENOMEM;
	}
	/* Older kernels do not know the word, and without it they do what it would say. */
	return given || mode == XPRTSEC_NONE ? 0 : mount_options_append(options, option_name, xprtsec_word(mode));
}

void mount_security_drop_auto(struct mount_options *options)
{
	for (size_t i = options->count; i-- > 0;) {
		const struct mount_option *word = &options->words[i];

		if (is_ours(word) && word->value && text_equal_nocase(word->value, xprtsec_word(XPRTSEC_AUTO)))
			mount_options_remove_at(options, i);
	}
}

/* ---- mounts that are there -------------------------------------------- */

int mount_security_effective(const struct mountinfo_field *options, enum xprtsec *mode)
{
	struct mountinfo_field value;

	*mode = XPRTSEC_NONE;
	if (!mountinfo_option(options, option_name, &value))
		return 0;
	return xprtsec_parse(value.text, value.size, mode) || *mode == XPRTSEC_AUTO ? -EBADMSG : 0;
}

int mount_security_in(const char *options, enum xprtsec *mode)
{
	const struct mountinfo_field all = { options, options ? strlen(options) : 0 };

	return mount_security_effective(&all, mode);
}

enum xprtsec mount_security_promised(const char *options)
{
	char word[sizeof("auto")];
	enum xprtsec mode;

	if (!mount_security_in(options, &mode))
		return mode;
	return mount_option_in(options, option_name, word, sizeof(word)) &&
			       text_equal_nocase(word, xprtsec_word(XPRTSEC_AUTO)) ?
		       XPRTSEC_NONE :
		       XPRTSEC_MTLS;
}
