/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/certificate_check.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "support/agent/agent.h"
#include "support/policy/policy.h"
#include "support/transport/transport.h"
#include "utils/mount/other_mounts.h"

#define AGENT_WAIT_MS 5000

/* ---- names ------------------------------------------------------------------------ */

int certificate_recorded_options(const struct job *job, const struct mount_options *options, struct strbuf *text)
{
	AUTO_MOUNT_OPTIONS copy = { 0 };

	if (mount_options_append_all(&copy, options) || certificate_name_instead(&job->decided.certificate, &copy))
		return -ENOMEM;
	mount_options_format(&copy, text);
	return text->failed ? -ENOMEM : 0;
}

int certificate_of_options(const struct job *job, const struct mount_options *options, struct strbuf *name)
{
	AUTO_STRBUF text = { 0 };
	int r = certificate_recorded_options(job, options, &text);

	return r ? r : certificate_in_options(text.text ? text.text : "", name);
}

/* The policy's where the mount has none. */
static int shown_by(const struct job *job, const struct mount_options *options, struct strbuf *name)
{
	int r = certificate_of_options(job, options, name);

	if (!r && !name->size)
		strbuf_addf(name, "%s", job->decided.protection.policy.connection.certificate.value);
	return name->failed ? -ENOMEM : r;
}

int certificate_on_record(const char *target, struct strbuf *name)
{
	struct table_index *index;
	int r = table_index_new(&index);

	if (r)
		return r;
	r = certificate_in_options(table_index_attributes(index, target), name);
	table_index_free(index);
	return r;
}

static bool may_be_folded(const struct job *job, const struct attempt *attempt)
{
	return attempt->version.major == 4 && job->asked.words.protocol.transport == MOUNT_TCP;
}

/* What [client] has for servers that no other section speaks of. */
static bool is_usual(const struct job *job, const char *name)
{
	struct policy_connection usual;
	struct error e;

	return !policy_client_connection(job->policy, "", NULL, &usual, &e) && !strcmp(usual.certificate.value, name);
}

void certificate_name_client(const struct job *job, const struct attempt *attempt, char name[CLIENT_NAME_MAX + 1],
			     bool *always)
{
	char node[HOST_NAME_MAX + 1] = "";
	AUTO_STRBUF certificate = { 0 };

	name[0] = '\0';
	*always = false;
	if (job->decided.protection.mode != XPRTSEC_MTLS || !may_be_folded(job, attempt))
		return;
	if (gethostname(node, sizeof(node) - 1) || shown_by(job, attempt->options, &certificate) ||
	    !client_name_of_certificate(node, certificate.text, name)) {
		name[0] = '\0';
		return;
	}
	*always = certificate_is_told(attempt->options) || !is_usual(job, certificate.text);
}

/* ---- neighbours ---------------------------------------------------------------------- */

/* The records are read once, and only where a neighbour's certificate matters. */
struct neighbourhood {
	const struct job *job;
	const char *address; /* of them all; NULL after the mount */
	struct table_index *index;
	/* Once it is mounted. */
	int id;
	const char *transports; /* the name of their switch */
};

/* What a mount shows that names nothing itself; nothing when that cannot be told. */
static void ask_policy_for(const struct neighbourhood *here, const struct mountinfo_entry *entry, const char *source,
			   const char *point, struct strbuf *name)
{
	struct mountinfo_field field;
	struct policy_subject question;
	struct policy_mount answer;
	char address[128] = "";
	struct error e;

	if (mountinfo_option(&entry->options, "addr", &field) && field.size < sizeof(address))
		memcpy(address, field.text, field.size);
	if (policy_subject_parse(source, point, &question, &e) ||
	    (*address && policy_subject_add_address(&question, address, &e)) ||
	    policy_subject_ask(here->job->policy, &question, &answer, &e))
		return;
	strbuf_addf(name, "%s", answer.connection.certificate.value);
}

/* Bind mounts, and what the kernel mounts below others by itself, have no record. */
static void certificate_of(void *context, const struct mountinfo_entry *entry, const char *source, const char *point,
			   struct strbuf *name)
{
	struct neighbourhood *here = context;

	if (!here->index && table_index_new(&here->index))
		return;
	if (certificate_in_options(table_index_attributes(here->index, point), name) || name->size)
		return;
	if (!other_mounts_is_told(entry))
		ask_policy_for(here, entry, source, point, name);
}

static bool is_other_on_connection(void *context, const struct mountinfo_entry *entry)
{
	const struct neighbourhood *here = context;
	char transports[TRANSPORT_SWITCH_MAX];
	struct error e;

	return entry->id != here->id && !transport_switch_of_mount("", entry->major, entry->minor, transports, &e) &&
	       !strcmp(transports, here->transports);
}

static int look_for_neighbours(const struct attempt *attempt, struct neighbourhood *here, struct error *e)
{
	const struct job *job = here->job;
	AUTO_STRBUF table = { 0 };
	AUTO_STRBUF name = { 0 };
	struct other_mounts_request question = {
		.source = job->asked.source,
		.address = here->address,
		.port = job_port(job),
		.minor = attempt->version.minor,
		.mode = job->decided.protection.mode,
		.kernel_is_told = certificate_is_told(attempt->options),
		.certificate_of = certificate_of,
		.shares = here->transports ? is_other_on_connection : NULL,
		.context = here,
	};
	int r;

	if (kernel_mount_table(&table) || !table.text || shown_by(job, attempt->options, &name))
		return error_set(e, EIO,
				 "cannot learn from /proc/self/mountinfo which mounts of the server"
				 " there are");
	question.certificate = name.text;
	r = other_mounts_check(table.text, table.size, &question, e);
	table_index_free(here->index);
	return r;
}

int certificate_check_before(const struct job *job, const struct attempt *attempt, struct error *e)
{
	struct neighbourhood here = { .job = job, .address = attempt->address->text };

	return may_be_folded(job, attempt) ? look_for_neighbours(attempt, &here, e) : 0;
}

/* ---- after ---------------------------------------------------------------------------- */

static int check_neighbours(const struct job *job, const struct attempt *attempt, const struct mountinfo_entry *entry,
			    struct error *e)
{
	char transports[TRANSPORT_SWITCH_MAX];
	struct neighbourhood here = { .job = job, .id = entry->id, .transports = transports };
	int r = transport_switch_of_mount("", entry->major, entry->minor, transports, e);

	return r ? r : look_for_neighbours(attempt, &here, e);
}

/* What rpc.tlshd has shown on the connections of the mount. */
struct asking {
	const struct agent_sessions *sessions;
	const char *wanted;
	size_t known;
	char other[64]; /* the name of one that is not wanted */
};

static void ask_about(const struct transport_link *link, void *context)
{
	struct asking *asking = context;
	struct agent_session session;

	if (!link->has_ports || !agent_sessions_find(asking->sessions, &link->local, &link->remote, &session) ||
	    !*session.certificate)
		return;
	asking->known++;
	if (strcmp(session.certificate, asking->wanted))
		text_copy(asking->other, sizeof(asking->other), session.certificate);
}

static int refuse_other_certificate(const struct job *job, const struct asking *asking, struct error *e)
{
	if (!asking->other[0])
		return 0;
	return error_set(
		e, ENOTUNIQ,
		"the kernel has put %s on a connection on which the certificate %s was shown, and not %s, by another"
		" mount of this server which has another certificate: unmount that first, or give both the same"
		" tlscertname=",
		job->asked.source, asking->other, asking->wanted);
}

/* Another agent than ours knows nothing of connections. */
static struct agent_sessions *agent_sessions_now(void)
{
	struct error ignored;
	struct json_object *answer = agent_ask_here("sessions", AGENT_WAIT_MS, &ignored);

	return answer ? agent_sessions_new(answer) : NULL;
}

static int check_connections(const struct mountinfo_entry *entry, struct asking *asking, struct error *e)
{
	struct agent_sessions *sessions = agent_sessions_now();
	int r;

	if (!sessions)
		return 0;
	asking->sessions = sessions;
	r = transport_of_mount("", entry->major, entry->minor, ask_about, asking, e);
	agent_sessions_free(sessions);
	return r;
}

int certificate_check_after(const struct job *job, const struct attempt *attempt, const struct mountinfo_entry *entry,
			    struct error *e)
{
	AUTO_STRBUF wanted = { 0 };
	struct asking asking = { .known = 0 };
	int r;

	if (job->asked.words.protocol.transport != MOUNT_TCP)
		return 0;
	if (shown_by(job, attempt->options, &wanted))
		return error_set(e, ENOMEM, "out of memory");
	asking.wanted = wanted.text;
	r = check_connections(entry, &asking, e);
	if (!r)
		r = refuse_other_certificate(job, &asking, e);
	return r || asking.known ? r : check_neighbours(job, attempt, entry, e);
}
