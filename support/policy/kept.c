/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * That an agent goes by a policy, for those who find no file: a file that was moved away for a moment is not told from
 * one that has never been there by looking at where it should be.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/policy/policy_private.h"

#define KEPT_FILE RUN_DIR "/nfs-tls/policy"
#define KEPT_MAX 8192u

/* Whether there is a file, or drop-ins alone. */
static const char of_file[] = "", of_drop_ins[] = ".d";

/* "DEVICE INODE PATH" of the folder and the file, or its drop-ins: another root folder has another /etc. */
static bool describe(const char *root, const char *path, const char *suffix, struct strbuf *text)
{
	AUTO_STRBUF folder = { 0 };
	const char *slash = strrchr(path, '/');
	struct stat st;

	strbuf_addf(&folder, "%s%.*s/", root, slash ? (int)(slash - path) : 1, slash ? path : ".");
	if (folder.failed || stat(folder.text, &st) < 0)
		return false;
	strbuf_addf(text, "%" PRIu64 " %" PRIu64 " %s%s\n", (uint64_t)st.st_dev, (uint64_t)st.st_ino, path, suffix);
	return !text->failed;
}

int policy_keep(const struct policy *policy, struct error *e)
{
	AUTO_STRBUF text = { 0 };

	if (!policy || !policy_section_count(policy))
		return unlink(KEPT_FILE) == 0 || errno == ENOENT ?
			       0 :
			       error_set(e, errno, "cannot remove %s: %s", KEPT_FILE, strerror(errno));
	if (!describe("", policy->found.path, policy->found.file ? of_file : of_drop_ins, &text))
		return error_set(e, ENOENT, "%s: its folder cannot be examined", policy->found.path);
	return file_replace(KEPT_FILE, text.text, text.size, 0644, e);
}

static bool is_kept(const char *root, const char *path, const char *suffix)
{
	AUTO_STRBUF kept = { 0 };
	AUTO_STRBUF text = { 0 };
	AUTO_BYTES found = { 0 };

	strbuf_addf(&kept, "%s%s", root, KEPT_FILE);
	return !kept.failed && describe(root, path, suffix, &text) &&
	       !file_read(kept.text, KEPT_MAX, FILE_TRUSTED, &found, NULL) && found.size == text.size &&
	       !memcmp(found.data, text.text, text.size);
}

const char *policy_loss(const char *root, const struct policy *policy)
{
	const char *path = policy->found.path;

	if (!policy->found.file && is_kept(root, path, of_file))
		return " is gone";
	if (!policy_section_count(policy) && (is_kept(root, path, of_file) || is_kept(root, path, of_drop_ins)))
		return " sets nothing any more";
	return NULL;
}

int policy_check_loss(const char *root, const struct policy *policy, struct error *e)
{
	const char *what = policy_loss(root, policy);

	if (!what)
		return 0;
	return error_set(e, ENOENT,
			 "%s%s, and rpc.tlshd still goes by it: put it back; or, to go on without it, "
			 "restart rpc.tlshd",
			 policy->found.path, what);
}

int policy_may_begin(const struct policy *policy, struct error *e)
{
	const char *what = policy_loss("", policy);

	if (!what)
		return 0;
	return error_set(e, ENOENT,
			 "%s%s, and was in use when the last run ended without having been stopped: put "
			 "it back; or, to go on without it, remove %s",
			 policy->found.path, what, KEPT_FILE);
}
