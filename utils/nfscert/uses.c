/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfscert/uses.h"

#include <errno.h>
#include <libmount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "support/agent/agent.h"
#include "support/policy/policy.h"
#include "support/transport/transport.h"

#define VALUE_MAX 256u

/* What the agent was told to show for a mount that names nothing itself. */
static bool policy_says(const struct policy *policy, const struct mount_row *row, const char *name)
{
	struct policy_subject question;
	struct policy_mount answer;
	struct error e;

	if (policy_subject_of_mount(row->source, row->point, row->options, &question, &e))
		return true;
	return policy_subject_ask(policy, &question, &answer, &e) || !strcmp(answer.connection.certificate.value, name);
}

static bool is_serial(const char *text, int32_t serial)
{
	long long number;

	return !text_number(text, INT32_MIN, INT32_MAX, &number) && number == serial;
}

/* A word that is not known may be it, too. */
static bool is_mtls(const char *options)
{
	return mount_security_promised(options) == XPRTSEC_MTLS;
}

bool uses_shows(const struct policy *policy, const struct mount_row *row, const char *name,
		const struct keys_pair *pair)
{
	char value[VALUE_MAX];

	if (!is_mtls(row->options))
		return false;
	if (mount_option_in(row->attributes, "tlscertname", value, sizeof(value)))
		return !strcmp(value, name);
	if (mount_option_in(row->attributes, "cert_serial", value, sizeof(value)))
		return is_serial(value, pair->certificate);
	if (row->shown && !strcmp(row->shown, name))
		return true;
	/* The kernel was told one, and hides which: of a bind mount, or one that was not recorded. */
	if (mount_option_in(row->options, "cert_serial", value, sizeof(value)))
		return !row->shown;
	return policy_says(policy, row, name);
}

/* ---- what the agent knows ------------------------------------------------------------------ */

struct asking {
	const struct agent_sessions *sessions;
	const char *name;
	struct uses *uses;
	char shown[KEYS_NAME_MAX + 1]; /* on a connection of the mount that is looked at; "": unknown */
};

static void count_session(const struct agent_session *session, void *context)
{
	struct asking *asking = context;

	if (strcmp(session->certificate, asking->name))
		return;
	if (!strcmp(session->role, "server"))
		asking->uses->server++;
	else
		asking->uses->client++;
}

static void take_shown(const struct transport_link *link, void *context)
{
	struct asking *asking = context;
	struct agent_session session;

	if (link->has_ports && agent_sessions_find(asking->sessions, &link->local, &link->remote, &session))
		text_copy(asking->shown, sizeof(asking->shown), session.certificate);
}

static const char *shown_by(dev_t device, struct asking *asking)
{
	struct error ignored;

	asking->shown[0] = '\0';
	if (asking->sessions)
		(void)transport_of_mount("", major(device), minor(device), take_shown, asking, &ignored);
	return asking->shown[0] ? asking->shown : NULL;
}

/* *sessions stays NULL without an agent, or for those whom it does not answer. */
static int ask_agent(struct agent_sessions **sessions, struct error *e)
{
	struct json_object *answer;

	*sessions = NULL;
	if (geteuid() != 0)
		return 0;
	answer = agent_ask_object("sessions", AGENT_LIMIT_MS, e);
	if (!answer)
		return e->code == ENOENT || e->code == ECONNREFUSED ? 0 : -e->code;
	*sessions = agent_sessions_new(answer);
	return *sessions ? 0 : error_set(e, EBADMSG, "rpc.tlshd tells its connections in a way that is not known here");
}

/* ---- the mount table ----------------------------------------------------------------- */

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

static int look_at(struct libmnt_fs *fs, const struct policy *policy, const struct keys_pair *pair,
		   struct asking *asking)
{
	struct mount_row row = {
		.source = mnt_fs_get_source(fs),
		.point = mnt_fs_get_target(fs),
		.options = mnt_fs_get_fs_options(fs),
		.attributes = mnt_fs_get_attributes(fs),
	};

	if (!mount_is_nfs(mnt_fs_get_fstype(fs)) || !row.source || !row.point || !is_mtls(row.options))
		return 0;
	row.shown = shown_by(mnt_fs_get_devno(fs), asking);
	return uses_shows(policy, &row, asking->name, pair) ? add(asking->uses, &row) : 0;
}

static int read_mounts(const struct policy *policy, const struct keys_pair *pair, struct asking *asking,
		       struct error *e)
{
	struct libmnt_table *table = mnt_new_table();
	struct libmnt_iter *iter = mnt_new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *fs;
	int r = table && iter ? mnt_table_parse_mtab(table, NULL) : -ENOMEM;

	while (!r && mnt_table_next_fs(table, iter, &fs) == 0)
		r = look_at(fs, policy, pair, asking);
	if (iter)
		mnt_free_iter(iter);
	if (table)
		mnt_unref_table(table);
	return r ? error_set(e, r < 0 ? -r : EIO, "cannot read the table of mounts: %s", strerror(r < 0 ? -r : EIO)) :
		   0;
}

int uses_read(const struct policy *policy, const char *name, const struct keys_pair *pair, struct uses *uses,
	      struct error *e)
{
	struct asking asking = { .name = name, .uses = uses };
	struct agent_sessions *sessions;
	int r = ask_agent(&sessions, e);

	asking.sessions = sessions;
	if (!r)
		r = read_mounts(policy, pair, &asking, e);
	uses->mounts_are_known = !r;
	uses->connections_are_known = sessions != NULL;
	agent_sessions_visit(sessions, count_session, &asking);
	agent_sessions_free(sessions);
	return r;
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
