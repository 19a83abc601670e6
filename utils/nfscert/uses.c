/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfscert/uses.h"

#include <errno.h>
#include <libmount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/question/question.h"

#define VALUE_MAX 256u

/* What the agent was told to show for a mount that names nothing itself. */
static bool policy_says(const struct policy *policy, const struct mount_row *row, const char *name)
{
	struct mount_question question;
	struct policy_mount answer;
	char address[VALUE_MAX];
	struct error e;

	if (mount_question_parse(row->source, row->point, &question, &e))
		return true;
	if (mount_question_option(row->options, "addr", address, sizeof(address)) &&
	    mount_question_add_address(&question, address, &e))
		return true;
	return mount_question_ask(policy, &question, &answer, &e) ||
	       !strcmp(answer.connection.certificate.value, name);
}

static bool is_serial(const char *text, int32_t serial)
{
	long long number;

	return !text_number(text, INT32_MIN, INT32_MAX, &number) && number == serial;
}

bool uses_shows(const struct policy *policy, const struct mount_row *row, const char *name,
		const struct keys_pair *pair)
{
	char value[VALUE_MAX];

	if (!mount_question_option(row->options, "xprtsec", value, sizeof(value)) || strcmp(value, "mtls"))
		return false;
	if (mount_question_option(row->attributes, "tlscertname", value, sizeof(value)))
		return !strcmp(value, name);
	if (mount_question_option(row->attributes, "cert_serial", value, sizeof(value)))
		return is_serial(value, pair->certificate);
	return policy_says(policy, row, name);
}

/* ---- the mount table ----------------------------------------------------------------- */

static bool is_nfs(const char *type)
{
	return type && (!strcmp(type, "nfs") || !strcmp(type, "nfs4"));
}

static int add(struct uses *uses, const struct mount_row *row)
{
	struct use *more = reallocarray(uses->at, uses->count + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	uses->at = more;
	more = &more[uses->count++];
	*more = (struct use){ .source = strdup(row->source), .point = strdup(row->point) };
	return more->source && more->point ? 0 : -ENOMEM;
}

static int look_at(struct libmnt_fs *fs, const struct policy *policy, const char *name, const struct keys_pair *pair,
		   struct uses *uses)
{
	struct mount_row row = {
		.source = mnt_fs_get_source(fs),
		.point = mnt_fs_get_target(fs),
		.options = mnt_fs_get_fs_options(fs),
		.attributes = mnt_fs_get_attributes(fs),
	};

	if (!is_nfs(mnt_fs_get_fstype(fs)) || !row.source || !row.point || !uses_shows(policy, &row, name, pair))
		return 0;
	return add(uses, &row);
}

int uses_read(const struct policy *policy, const char *name, const struct keys_pair *pair, struct uses *uses,
	      struct error *e)
{
	struct libmnt_table *table = mnt_new_table();
	struct libmnt_iter *iter = mnt_new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *fs;
	int r = table && iter ? mnt_table_parse_mtab(table, NULL) : -ENOMEM;

	while (!r && mnt_table_next_fs(table, iter, &fs) == 0)
		r = look_at(fs, policy, name, pair, uses);
	if (iter)
		mnt_free_iter(iter);
	if (table)
		mnt_unref_table(table);
	return r ? error_set(e, r < 0 ? -r : EIO, "cannot read the table of mounts: %s", strerror(r < 0 ? -r : EIO)) :
		   0;
}

void uses_free(struct uses *uses)
{
	for (size_t i = 0; i < uses->count; i++) {
		free(uses->at[i].source);
		free(uses->at[i].point);
	}
	free(uses->at);
	*uses = (struct uses){ 0 };
}
