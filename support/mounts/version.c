/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which versions of NFS a mount asks for. */
#include "support/mounts/mounts_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int bad_version(const struct mount_option *word, enum mount_option_about kind, struct error *e)
{
	if (kind == MOUNT_IS_SHORT)
		return error_set(e, EINVAL, "parsing error on 'v' option");
	return error_set(e, EINVAL, "parsing error on '%s=' option", word->key);
}

/* One digit, or one digit, a point and one digit; *minor is -1 without the second. */
static bool parse_number(const char *text, int *major, int *minor)
{
	if (text[0] < '0' || text[0] > '9')
		return false;
	*major = text[0] - '0';
	*minor = -1;
	if (!text[1])
		return true;
	if (text[1] != '.' || text[2] < '0' || text[2] > '9' || text[3])
		return false;
	*minor = text[2] - '0';
	return *major == 4;
}

struct found_version {
	int major; /* 0: none */
	int minor; /* -1: none */
	size_t at; /* index of the word */
	bool has_minor_word;
	size_t minor_at;
};

static int find_version(const struct mount_options *options, struct found_version *found, struct error *e)
{
	*found = (struct found_version){ .minor = -1 };
	for (size_t i = 0; i < options->count; i++) {
		const struct mount_option *word = &options->words[i];
		enum mount_option_about kind = mount_option_about(word);
		const char *text = kind == MOUNT_IS_SHORT ? word->key + 1 : word->value ? word->value : "";

		if (kind != MOUNT_IS_VERSION && kind != MOUNT_IS_SHORT && kind != MOUNT_IS_MINOR)
			continue;
		if (kind == MOUNT_IS_MINOR) {
			if (text[0] < '0' || text[0] > '9' || text[1])
				return bad_version(word, kind, e);
			if (found->has_minor_word && strcmp(options->words[found->minor_at].value, text) != 0)
				return error_set(e, EINVAL, "multiple version options not permitted");
			found->has_minor_word = true;
			found->minor_at = i;
			continue;
		}
		if (found->major)
			return error_set(e, EINVAL, "multiple version options not permitted");
		if (!parse_number(text, &found->major, &found->minor) || !found->major)
			return bad_version(word, kind, e);
		found->at = i;
	}
	return 0;
}

static void remove_minor_words(struct mount_options *options)
{
	for (size_t i = options->count; i-- > 0;)
		if (mount_option_about(&options->words[i]) == MOUNT_IS_MINOR)
			mount_options_remove_at(options, i);
}

/*
 * minorversion=N becomes vers=4.N, at the end, where nfs-utils has it: the kernel goes by the last word.  Beside a word
 * that has a minor version itself, as in vers=4.1,minorversion=1, it says that one once more, whatever N is.  Version 3
 * has no minor version, and the kernel takes 0 for that.
 */
static int use_minor_word(struct mount_options *options, struct found_version *found, struct error *e)
{
	const char *given = options->words[found->minor_at].value;
	int minor = found->minor >= 0 ? found->minor : given[0] - '0';
	char value[16];

	if (found->major == 3 && !minor)
		return 0;
	if (found->major && found->major != 4)
		return error_set(e, EINVAL, "minorversion=%s belongs to version 4, not to version %d", given,
				 found->major);
	snprintf(value, sizeof(value), "4.%d", minor);
	remove_minor_words(options);
	if (mount_options_append(options, "vers", value))
		return error_set(e, ENOMEM, "out of memory");
	found->major = 4;
	found->minor = minor;
	return 0;
}

/* One of those that belong to the MOUNT protocol, which only version 3 speaks; NULL where there is none. */
static const char *word_of_version_3(const struct mount_options *options)
{
	for (size_t i = 0; i < options->count; i++) {
		enum mount_option_about about = mount_option_about(&options->words[i]);

		if (about == MOUNT_IS_HOST_3 || about == MOUNT_IS_OF_3)
			return mount_option_find(options->words[i].key, options->words[i].value)->word;
	}
	return NULL;
}

static const struct mount_version newest = { 4, 2 };

/* Where negotiation begins: Defaultvers=. */
static int default_version(const char *text, struct mount_version *version, struct error *e)
{
	int major, minor;

	*version = newest;
	if (!text || !*text)
		return 0;
	if (!parse_number(text, &major, &minor) || (major != 3 && major != 4))
		return error_set(e, EINVAL,
				 "Defaultvers=%s of nfsmount.conf is no version of NFS: use 3, 4,"
				 " 4.0, 4.1 or 4.2",
				 text);
	if (major == 3)
		*version = (struct mount_version){ .major = 3 };
	else if (minor >= 0)
		version->minor = minor;
	return 0;
}

int mount_versions_take(struct mount_options *options, bool type_is_nfs4, const char *default_text,
			struct mount_versions *request, struct error *e)
{
	struct mount_versions wanted = { .of_version_3 = word_of_version_3(options) };
	struct found_version found;
	int r = find_version(options, &found, e);

	if (!r && found.has_minor_word)
		r = use_minor_word(options, &found, e);
	if (!r)
		r = default_version(default_text, &wanted.version, e);
	if (r)
		return r;
	if (wanted.version.major == 3 && (found.major || type_is_nfs4))
		wanted.version = newest;
	if (found.major == 2)
		return error_set(e, EOPNOTSUPP, "%s", "");
	if (found.major && found.major != 3 && found.major != 4)
		return error_set(e, EIO, "%s", "");
	if (found.major == 3 || (!found.major && !type_is_nfs4 && wanted.of_version_3)) {
		wanted.pinned = found.major == 3;
		wanted.version = (struct mount_version){ 3, 0 };
	} else if (found.minor >= 0) {
		wanted.pinned = true;
		wanted.version.minor = found.minor;
	} else if (found.major || type_is_nfs4) {
		wanted.four_only = true;
		if (found.major)
			mount_options_remove_at(options, found.at);
	}
	*request = wanted;
	return 0;
}

int mount_versions_for_tls(struct mount_versions *request, struct error *e)
{
	const char *word = request->of_version_3;

	if (request->pinned)
		return 0;
	if (request->version.major == 3 && word)
		return error_set(e, EINVAL,
				 "%s= belongs to NFS version 3, in which the choice of the file system is"
				 " not protected, and with TLS that is used only where it was asked for: leave %s="
				 " out, or add vers=3 (see nfs(5))",
				 word, word);
	if (request->version.major == 3)
		request->version = newest;
	request->not_3_for_tls = !request->four_only;
	request->four_only = true;
	/* Defaultvers=4.0 asks for it */
	request->least_minor = request->version.minor ? 1 : 0;
	return 0;
}
