/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/mounts/mounts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool true_always)
{
	if (!true_always)
		abort();
}

static size_t count_nocase(const struct mount_options *options, const char *key)
{
	size_t count = 0;

	for (size_t i = 0; i < options->count; i++)
		count += text_equal_nocase(options->words[i].key, key);
	return count;
}

/* The user's words stand first and as they were; each other one is of a line of the file. */
static void check_words(const struct conf *conf, const struct mount_options *user, const struct mount_options *all)
{
	check(all->count >= user->count);
	for (size_t i = 0; i < user->count; i++)
		check(!strcmp(all->words[i].key, user->words[i].key));
	for (size_t i = user->count; i < all->count; i++)
		check(nfsmount_source(conf, "fd00::2", "/mnt/a", all->words[i].key));
	check(count_nocase(user, "xprtsec") ? count_nocase(user, "xprtsec") == count_nocase(all, "xprtsec") :
					      count_nocase(all, "xprtsec") <= 1);
}

/* What the kernel reads from the text are the words that were looked at here. */
static void check_text(const struct mount_options *all)
{
	AUTO_STRBUF text = { 0 };
	AUTO_MOUNT_OPTIONS again = { 0 };

	mount_options_format(all, &text);
	if (text.failed || !text.text)
		return;
	check(!mount_options_parse(&again, text.text, text.size, NULL) && again.count == all->count);
	for (size_t i = 0; i < again.count; i++)
		check(!strcmp(again.words[i].key, all->words[i].key));
}

/* The first line is the user's options, the others are the file. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	size_t first = end ? (size_t)(end - data) : size, rest = end ? first + 1 : size;
	AUTO_CONF *conf = conf_new();
	AUTO_MOUNT_OPTIONS user = { 0 }, all = { 0 };
	AUTO_STRBUF warnings = { 0 };
	struct nfsmount_found found;

	if (!conf || mount_options_parse(&user, (const char *)data, first, NULL) ||
	    mount_options_append_all(&all, &user) ||
	    conf_parse(conf, "fuzz", (const char *)data + rest, size - rest, NULL) ||
	    nfsmount_apply(conf, "fd00::2", "/mnt/a", &all, &found, &warnings, NULL))
		return 0;
	check_words(conf, &user, &all);
	check_text(&all);
	return 0;
}
