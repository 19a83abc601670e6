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

/* "DEVICE INODE PATH" of the folder and the file: another root folder has another /etc. */
static bool describe(const char *root, const char *path, struct strbuf *text)
{
	AUTO_STRBUF folder = { 0 };
	const char *slash = strrchr(path, '/');
	struct stat st;

	strbuf_addf(&folder, "%s%.*s/", root, slash ? (int)(slash - path) : 1, slash ? path : ".");
	if (folder.failed || stat(folder.text, &st) < 0)
		return false;
	strbuf_addf(text, "%" PRIu64 " %" PRIu64 " %s\n", (uint64_t)st.st_dev, (uint64_t)st.st_ino, path);
	return !text->failed;
}

int policy_keep(const struct policy *policy, struct error *e)
{
	AUTO_STRBUF text = { 0 };

	if (!policy || !policy->found.file || !policy_section_count(policy))
		return unlink(KEPT_FILE) == 0 || errno == ENOENT ?
			       0 :
			       error_set(e, errno, "cannot remove %s: %s", KEPT_FILE, strerror(errno));
	if (!describe("", policy->found.path, &text))
		return error_set(e, ENOENT, "%s: its folder cannot be examined", policy->found.path);
	return file_replace(KEPT_FILE, text.text, text.size, 0644, e);
}

bool policy_is_kept(const char *root, const char *path)
{
	AUTO_STRBUF kept = { 0 };
	AUTO_STRBUF text = { 0 };
	AUTO_BYTES found = { 0 };

	strbuf_addf(&kept, "%s%s", root, KEPT_FILE);
	return !kept.failed && describe(root, path, &text) &&
	       !file_read(kept.text, KEPT_MAX, FILE_TRUSTED, &found, NULL) && found.size == text.size &&
	       !memcmp(found.data, text.text, text.size);
}

int policy_may_begin(const struct policy *policy, struct error *e)
{
	if (policy->found.file || !policy_is_kept("", policy->found.path))
		return 0;
	return error_set(e, ENOENT,
			 "%s is gone, and was in use when the last run ended without having been stopped: put "
			 "it back; or, to go on without it, remove %s",
			 policy->found.path, KEPT_FILE);
}
