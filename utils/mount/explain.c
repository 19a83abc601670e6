/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a mount failed, or what it waits for: the one line that the user reads. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/address/address.h"
#include "support/agent/agent.h"
#include "support/handshake/handshake.h"
#include "support/keys/keys.h"
#include "support/mounts/mounts.h"
#include "support/rival/rival.h"
#include "support/rpc/rpc.h"
#include "utils/mount/diagnosis.h"
#include "utils/mount/job.h"

#define ASK_MS 2000
#define PROBE_MS 6000
#define TRY_MS 4000
#define REACH_MS 1000
#define PROBE_ANSWER_MAX (1u << 20)

/* ---- whom to ask --------------------------------------------------------------- */

static int agent_failures(void *context, struct strbuf *answer, struct error *e)
{
	(void)context;
	return agent_ask_within(AGENT_SOCKET, "failures", ASK_MS, answer, e);
}

static int ask_rival(void *context, struct error *e)
{
	uint32_t group;
	int r = handshake_find_group(&group, e);

	(void)context;
	if (!r)
		r = rival_check(group, getpid(), e);
	/* its name alone: who has chosen that agent is not to stop it */
	return r == -EBUSY ? rival_find(group, getpid(), e) : r;
}

/* Everything that nfstls is told; an empty environment, as whoever calls a setuid program must not reach it. */
static void run_probe(const struct job *job, const char *server, int output)
{
	const char *certificate = job->decided.protection.policy.connection.certificate.value;
	bool shows = job->decided.protection.mode == XPRTSEC_MTLS && certificate &&
		     protection_has_certificate(&job->decided.protection, CERTIFICATE_FOLDER);
	const char *arguments[] = { "nfstls",
				    "probe",
				    "--json",
				    "--timeout",
				    "2",
				    "--name",
				    job->asked.device.host,
				    shows ? "--certificate" : "--",
				    shows ? certificate : server,
				    shows ? "--" : NULL,
				    shows ? server : NULL,
				    NULL };
	static char *const environment[] = { NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
	    dup2(null, STDERR_FILENO) < 0)
		_exit(127);
	execve(SBIN_DIR "/nfstls", (char *const *)(uintptr_t)arguments, environment);
	_exit(127);
}

static int read_all(int fd, int64_t deadline, struct strbuf *text)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	char part[4096];

	for (;;) {
		int64_t left = deadline - clock_ms();
		int n = left > 0 ? poll(&ready, 1, (int)left) : 0;
		ssize_t got;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -ETIMEDOUT;
		got = read(fd, part, sizeof(part));
		if (got <= 0)
			return got ? -errno : 0;
		strbuf_add(text, part, (size_t)got);
		if (text->failed || text->size > PROBE_ANSWER_MAX)
			return -EFBIG;
	}
}

/* The address that was tried, so that the answer is about that one. */
static void server_text(const struct job *job, char text[RPC_ADDRESS_TEXT_MAX])
{
	struct sockaddr_storage to = job->decided.addresses[0].socket;

	address_set_port(&to, job_port(job));
	rpc_address_text((struct sockaddr *)&to, job->decided.addresses[0].size, text);
}

static int ask_probe(void *context, struct strbuf *answer)
{
	const struct job *job = context;
	char server[RPC_ADDRESS_TEXT_MAX];
	int ends[2], r;
	pid_t child;

	server_text(job, server);
	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	child = fork();
	if (!child)
		run_probe(job, server, ends[1]);
	close(ends[1]);
	r = child < 0 ? -errno : read_all(ends[0], clock_ms() + PROBE_MS, answer);
	close(ends[0]);
	if (child > 0) {
		kill(child, SIGKILL); /* it has said all, or takes too long */
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	return r;
}

static int try_as(void *context, enum xprtsec mode, const char *sec)
{
	const struct job *job = context;
	struct watch watch = { .give_up_at = clock_ms() + TRY_MS };
	AUTO_MOUNT_OPTIONS options = { 0 };
	struct kernel_request request = { job->type, job->asked.source, job->asked.flags, &options, &watch, NULL };
	struct kernel_failure failure;

	if (!job->made.tried || mount_options_append_all(&options, job->made.tried))
		return -ENOMEM;
	mount_options_remove(&options, "xprtsec");
	if (mode != XPRTSEC_MTLS) {
		mount_options_remove(&options, "cert_serial");
		mount_options_remove(&options, "privkey_serial");
	}
	if (mode != XPRTSEC_NONE && mount_options_append(&options, "xprtsec", xprtsec_word(mode)))
		return -ENOMEM;
	if (sec)
		mount_options_remove(&options, "sec");
	if (sec && mount_options_append(&options, "sec", sec))
		return -ENOMEM;
	return kernel_try(&request, &failure);
}

static bool has_gssd(void *context)
{
	(void)context;
	return rival_daemon_runs("/proc", "rpc.gssd");
}

static bool has_rdma(void *context)
{
	DIR *folder = opendir("/sys/class/infiniband");
	struct dirent *entry = NULL;

	(void)context;
	while (folder && (entry = readdir(folder)) && entry->d_name[0] == '.')
		continue;
	if (folder)
		closedir(folder);
	return entry;
}

static void tell_step(void *context, const char *step)
{
	const struct job *job = context;

	if (job->cli->verbose)
		message_note(job->program, "%s", step);
}

static struct diagnosis_calls calls_of(const struct job *job)
{
	return (struct diagnosis_calls){ agent_failures, ask_rival, ask_probe, try_as,
					 has_gssd,	 has_rdma,  tell_step, (void *)(uintptr_t)job };
}

/* As the kernel knows it, which takes the last one. */
static const char *sec_of(const struct job *job)
{
	const struct mount_option *word = mount_options_last(&job->decided.options, "sec");

	return word && word->value && *word->value ? word->value : "sys";
}

static struct diagnosis_question question_of(const struct job *job, const struct kernel_failure *failure,
					     const struct diagnosis_calls *calls)
{
	return (struct diagnosis_question){
		.host = job->asked.device.host,
		.addresses = job->decided.addresses,
		.address_count = job->decided.address_count,
		.mode = job->decided.protection.mode,
		.minimum = job->decided.protection.policy.minimum.mode,
		.sec = sec_of(job),
		.rdma = job->asked.words.protocol.transport == MOUNT_RDMA,
		.began_ms = job->made.began_day_ms,
		.failure = failure,
		.calls = calls,
		.discreet = job->restricted,
	};
}

/* ---- the sentence ----------------------------------------------------------------- */

/* Who gave no xprtsec= must be told why a handshake was tried at all. */
static void explain_decision(const struct job *job, struct strbuf *sentence)
{
	AUTO_STRBUF why = { 0 };

	if (!job->decided.done)
		return;
	protection_explain(&job->decided.protection, !job->restricted, &why);
	if (why.text && !why.failed)
		strbuf_addf(sentence, " (%s)", why.text);
}

/* An option that the user did not write stands in a file. */
static void explain_word(const struct job *job, const struct kernel_failure *failure, struct strbuf *sentence)
{
	const struct conf_setting *setting;
	char key[sizeof(failure->word)];

	if (!failure->word_refused || !job->defaults)
		return;
	text_copy(key, sizeof(key), failure->word);
	key[strcspn(key, "=")] = '\0';
	for (size_t i = 0; i < job->asked.given_count; i++)
		if (!strcmp(job->asked.given.words[i].key, key))
			return;
	setting = nfsmount_source(job->defaults, job->asked.device.host, job->asked.target, key);
	if (setting)
		strbuf_addf(sentence, "; it comes from %s:%u", setting->file, setting->line);
}

/* What was mounted as version 3 before it was encrypted. */
static void explain_version(const struct job *job, const struct kernel_failure *failure, struct strbuf *sentence)
{
	if (job->decided.versions.not_3_for_tls && failure->code != EACCES && version_3_may_help(failure))
		strbuf_addf(sentence, "; with xprtsec=%s NFS version 3 is used only where vers=3 asks for it",
			    xprtsec_word(job->decided.protection.mode));
}

static void describe(const struct job *job, const struct kernel_failure *failure, struct strbuf *sentence)
{
	struct mount_subject subject = { job->asked.source, job->asked.target, job->decided.protection.mode };

	message_mount_failed(&subject, failure, sentence);
	explain_word(job, failure, sentence);
	explain_version(job, failure, sentence);
	explain_decision(job, sentence);
}

/* What the kernel says of an option quotes it, and that may stand in a file which is not the user's to read. */
static void describe_to_user(const struct job *job, const struct kernel_failure *failure, struct strbuf *sentence)
{
	struct kernel_failure shown = *failure;
	char key[sizeof(failure->word)];

	text_copy(key, sizeof(key), failure->word);
	key[strcspn(key, "=")] = '\0';
	if (job->restricted && failure->word_refused && job_has_default(job, key)) {
		text_copy(shown.word, sizeof(shown.word), "one of this host's defaults for NFS mounts");
		shown.text[0] = '\0';
	}
	describe(job, &shown, sentence);
}

void job_describe(const struct job *job, const struct trouble *trouble, struct strbuf *sentence)
{
	if (trouble->e.text[0])
		strbuf_addf(sentence, "%s", trouble->e.text);
	else
		describe(job, &trouble->failure, sentence);
}

/* ---- what is said ------------------------------------------------------------------- */

static void say_sentence(const struct job *job, const struct strbuf *sentence, int code)
{
	message_error(job->program, "%s", sentence->failed || !sentence->text ? strerror(code) : sentence->text);
}

static bool find_cause(const struct job *job, const struct kernel_failure *failure, struct strbuf *cause)
{
	struct diagnosis_calls calls = calls_of(job);
	struct diagnosis_question question = question_of(job, failure, &calls);

	return job->made.tried && !job->cli->fake && job->decided.address_count && diagnosis_find(&question, cause) &&
	       !cause->failed;
}

static void say_kernel_failure(const struct job *job, const struct kernel_failure *failure)
{
	AUTO_STRBUF sentence = { 0 };
	AUTO_STRBUF cause = { 0 };
	struct mount_subject subject = { job->asked.source, job->asked.target, job->decided.protection.mode };

	if (find_cause(job, failure, &cause)) {
		message_mount_failed_because(&subject, failure, cause.text, &sentence);
		explain_version(job, failure, &sentence);
		explain_decision(job, &sentence);
	} else {
		describe_to_user(job, failure, &sentence);
	}
	say_sentence(job, &sentence, failure->code);
}

void job_say_failure(struct job *job, const struct trouble *trouble)
{
	const char *text = trouble->e.text[0] ? trouble->e.text : NULL;

	if (trouble->failure.code == EALREADY)
		return;
	if (trouble->not_allowed)
		message_error(job->program, "%s is not %s: %s", job->asked.source,
			      mount_options_last(&job->asked.given, "remount") ? "remounted" : "mounted",
			      text ? text : strerror(trouble->failure.code));
	else if (text)
		message_error(job->program, "%s", text);
	else
		say_kernel_failure(job, &trouble->failure);
}

const struct reason_row *job_handshake_failure(const struct job *job, const struct kernel_failure *failure)
{
	struct diagnosis_calls calls = calls_of(job);
	struct diagnosis_question question = question_of(job, failure, &calls);
	AUTO_STRBUF answer = { 0 };
	AUTO_STRBUF sentence = { 0 };
	struct error e;

	if (agent_failures(NULL, &answer, &e) || answer.failed)
		return NULL;
	return diagnosis_from_agent(&question, answer.text, &sentence);
}

/* What keeps the kernel from connecting, as far as a connection of our own shows; empty when nothing does. */
static void find_obstacle(const struct job *job, struct error *e)
{
	struct sockaddr_storage to = job->decided.addresses[0].socket;
	AUTO_FD fd = -1;

	e->text[0] = '\0';
	address_set_port(&to, job_port(job));
	(void)rpc_connect((struct sockaddr *)&to, job->decided.addresses[0].size, clock_ms() + REACH_MS, &fd, e);
}

/* TCP says why it has no connection; of the others nothing is seen. */
static void say_unconnected(const struct job *job, const char *server)
{
	struct error e = { .code = ETIMEDOUT };

	if (job->decided.address_count && job->asked.words.protocol.transport == MOUNT_TCP)
		find_obstacle(job, &e);
	if (e.text[0] && e.code != ETIMEDOUT)
		message_error(job->program, "%s: still waiting: %s", job->asked.source, e.text);
	else
		message_error(job->program,
			      "%s: still waiting: no answer from %s: see that it is up, and the firewalls between",
			      job->asked.source, server);
}

void job_say_waiting(struct job *job, bool connected, bool *hopeless)
{
	struct kernel_failure none = { .code = ETIMEDOUT };
	struct diagnosis_calls calls = calls_of(job);
	struct diagnosis_question question = question_of(job, &none, &calls);
	char server[RPC_ADDRESS_TEXT_MAX] = "the server";
	AUTO_STRBUF cause = { 0 };

	*hopeless = false;
	if (job->decided.address_count)
		server_text(job, server);
	if (diagnosis_waiting(&question, connected, &cause, hopeless) && !cause.failed)
		message_error(job->program, "%s: still waiting: %s", job->asked.source, cause.text);
	else if (connected)
		message_error(job->program, "%s: still waiting: %s has taken the connection, and does not answer yet",
			      job->asked.source, server);
	else
		say_unconnected(job, server);
}

bool job_is_transient(struct job *job, const struct trouble *trouble, struct strbuf *cause)
{
	struct diagnosis_calls calls = calls_of(job);
	struct diagnosis_question question = question_of(job, &trouble->failure, &calls);

	calls.tell = NULL;
	return job->made.tried && diagnosis_is_transient(&question, cause, &job->made.hopeless);
}
