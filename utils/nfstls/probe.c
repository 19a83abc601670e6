/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfstls/probe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "support/tls/tls.h"
#include "utils/nfstls/command.h"
#include "utils/nfstls/probe_private.h"

/* All addresses together may take as long as this many steps. */
#define STEPS_MAX 12
#define IDENTITIES_MAX 64u

void probe_decide(struct probe_findings *f, enum probe_verdict verdict, const char *fmt, ...)
{
	va_list args;

	if (f->decided)
		return;
	f->decided = true;
	f->verdict = verdict;
	va_start(args, fmt);
	vsnprintf(f->sentence, sizeof(f->sentence), fmt, args);
	va_end(args);
}

static int64_t step_deadline(const struct probe_job *job)
{
	int64_t step = clock_ms() + job->options->timeout_ms;

	return step < job->deadline ? step : job->deadline;
}

/* ---- steps: TCP and RPC ------------------------------------------------------- */

static bool connect_to(const struct probe_job *job, struct probe_findings *f, int *fd)
{
	int64_t began = clock_ms();
	struct error e;
	int r = rpc_connect((struct sockaddr *)&f->address, f->address_size, step_deadline(job), fd, &e);

	if (r) {
		probe_decide(f, r == -ETIMEDOUT ? PROBE_SILENT : PROBE_UNREACHABLE, "%s", e.text);
		return false;
	}
	f->connected = true;
	f->connect_ms = (int)(clock_ms() - began);
	return true;
}

static void decide_call_failed(struct probe_findings *f, int r, const struct error *e)
{
	if (r == -ETIMEDOUT)
		probe_decide(f, PROBE_SILENT, "%s: see whether its NFS threads are all busy, and what is in between",
			     e->text);
	else
		probe_decide(f, PROBE_NOT_NFS, "%s: see that this is the port of the NFS server", e->text);
}

static void note_versions(struct probe_findings *f, unsigned int asked, const struct rpc_reply *reply)
{
	if (reply->status == RPC_ACCEPTED)
		f->version[asked] = true;
	else if (reply->status == RPC_DENIED_AUTH)
		f->versions_refused = true;
}

/* False when there is no NFS there. */
static bool find_versions(const struct probe_job *job, struct probe_findings *f)
{
	struct rpc_reply reply = { 0 };
	AUTO_FD fd = -1;
	int64_t deadline;

	if (!connect_to(job, f, &fd))
		return false;
	deadline = step_deadline(job);
	for (unsigned int version = 4; version >= 3; version--) {
		struct error e;
		int r = rpc_null(fd, RPC_NFS_PROGRAM, version, RPC_AUTH_NONE, deadline, &reply, &e);

		if (r) {
			decide_call_failed(f, r, &e);
			return false;
		}
		note_versions(f, version, &reply);
	}
	if (f->version[3] || f->version[4] || f->versions_refused)
		return true;
	probe_decide(f, PROBE_NOT_NFS,
		     "%s: it speaks RPC, but has neither NFS version 3 nor 4 (%s): see that this is the port of the "
		     "NFS server",
		     f->text, rpc_status_word(reply.status));
	return false;
}

static uint32_t version_to_use(const struct probe_findings *f)
{
	return f->version[3] && !f->version[4] ? 3 : 4;
}

static void decide_no_tls(struct probe_findings *f, const struct rpc_reply *reply)
{
	probe_decide(
		f, PROBE_NO_TLS,
		"%s is an NFS server without TLS, it answers the question for it with %s: turn RPC-with-TLS on there, "
		"or mount with xprtsec=none",
		f->text, reply->status == RPC_DENIED_AUTH ? "a refusal" : "a plain yes, as to any call");
}

/* False unless TLS is on offer. */
static bool ask_for_tls(const struct probe_job *job, struct probe_findings *f, int fd)
{
	enum rpc_tls_answer answer;
	struct rpc_reply reply;
	struct error e;
	int r;

	f->auth_tls = PROBE_NO_ANSWER;
	r = rpc_null(fd, RPC_NFS_PROGRAM, version_to_use(f), RPC_AUTH_TLS, step_deadline(job), &reply, &e);
	if (!r) {
		r = rpc_tls_answer_of(&reply, &answer, &e);
		if (r)
			error_prefix(&e, "%s", f->text);
	}
	if (r == -ECONNRESET)
		probe_decide(f, PROBE_HANDSHAKE_FAILED,
			     "%s answers other calls, but closes the connection when it is asked for TLS: see its log",
			     f->text);
	if (r) {
		decide_call_failed(f, r, &e);
		return false;
	}
	f->auth_tls = answer == RPC_TLS_OFFERED ? PROBE_OFFERED : PROBE_NOT_OFFERED;
	if (answer == RPC_TLS_NOT_OFFERED)
		decide_no_tls(f, &reply);
	return answer == RPC_TLS_OFFERED;
}

/* ---- steps: the certificate ------------------------------------------------------ */

static bool is_among_peers(const struct probe_findings *f)
{
	struct x509_reference reference[IDENTITIES_MAX];
	struct policy_identity identity[IDENTITIES_MAX];
	size_t count = x509_cert_identities(f->tls.chain.cert[0], reference, IDENTITIES_MAX);

	for (size_t i = 0; i < count; i++) {
		identity[i] = (struct policy_identity){ .name = reference[i].is_address ? NULL : reference[i].name };
		identity[i].address = reference[i].address;
	}
	return policy_peers_have(f->policy.peer_list, identity, count);
}

static void look_at_certificate(const struct probe_job *job, struct probe_findings *f)
{
	const struct x509_demands demands = {
		.purpose = X509_FOR_SERVER,
		.reference = &job->reference,
		.lists_required = f->policy.crl_required.number,
		.now = time(NULL),
	};
	char cause[400];

	if (!f->tls.chain.count)
		return;
	f->verified = true;
	f->certificate = x509_verify_with(f->trust, &f->tls.chain, &demands, cause, sizeof(cause));
	reason_sentence(f->certificate, cause, "server", f->why, sizeof(f->why));
	f->peers_say_no = f->policy.peer_list && !is_among_peers(f);
}

static void judge_certificate(struct probe_findings *f)
{
	AUTO_STRBUF source = { 0 };
	char names[512];

	if (!f->verified)
		return;
	if (f->certificate != REASON_OK)
		probe_decide(f, PROBE_BAD_CERTIFICATE, "%s: %s: %s", f->text, reason_row(f->certificate)->word, f->why);
	if (!f->peers_say_no)
		return;
	x509_cert_names(f->tls.chain.cert[0], names, sizeof(names));
	policy_source_format(&f->policy.peers.source, &source);
	probe_decide(f, PROBE_BAD_CERTIFICATE,
		     "%s: not-in-peers: the certificate is valid, but none of its names (%s) is admitted by %s: "
		     "add one there if this is the right server",
		     f->text, names, source.failed ? "peers=" : source.text);
}

static void judge_alpn(struct probe_findings *f)
{
	AUTO_STRBUF source = { 0 };

	if (f->tls.alpn_agreed || !f->policy.alpn.number)
		return;
	policy_source_format(&f->policy.alpn.source, &source);
	probe_decide(
		f, PROBE_HANDSHAKE_FAILED,
		"%s does not say by ALPN that it speaks RPC, which is demanded by %s: set alpn=optional if it is the "
		"right server",
		f->text, source.failed ? "alpn=required" : source.text);
}

/* ---- steps: TLS ---------------------------------------------------------------------- */

static void decide_refused(struct probe_findings *f, const struct error *e)
{
	if (f->tls.refused_unasked)
		probe_decide(f, PROBE_HANDSHAKE_FAILED,
			     "%s: %s before it showed a certificate: see that it has one for TLS, and the log of its "
			     "handshake agent",
			     f->text, e->text);
	else if (!f->tls.asked || !tls_alert_is_about_certificate(f->tls.alert))
		probe_decide(f, PROBE_HANDSHAKE_FAILED, "%s: %s: the log of its handshake agent tells more", f->text,
			     e->text);
	else if (f->tls.shown)
		probe_decide(
			f, PROBE_CERTIFICATE_REQUIRED,
			"%s takes no client with this certificate: %s: see what authorities it trusts, which peers "
			"it admits, and its log",
			f->text, e->text);
	else
		probe_decide(
			f, PROBE_CERTIFICATE_REQUIRED,
			"%s takes no client without a certificate: %s: mount with xprtsec=mtls, and try --certificate "
			"host here",
			f->text, e->text);
}

/* r: of tls_client.  where: what was going on. */
static void decide_tls_failed(struct probe_findings *f, int r, const char *where, const struct error *e)
{
	if (r == -ECONNREFUSED)
		decide_refused(f, e);
	else if (r == -ECONNRESET || r == -ETIMEDOUT)
		probe_decide(f, PROBE_HANDSHAKE_FAILED,
			     "%s offers TLS, but %s %s: see that a handshake agent (rpc.tlshd) runs there, and its log",
			     f->text, e->text, where);
	else
		probe_decide(f, PROBE_HANDSHAKE_FAILED, "%s: %s: the log of its handshake agent may tell more", f->text,
			     e->text);
}

static void decide_good(const struct probe_job *job, struct probe_findings *f)
{
	gnutls_x509_crt_t cert = f->tls.chain.cert[0];
	time_t now = time(NULL);
	const char *mutual = f->tls.asked && !f->tls.shown ? ", or mtls where this host has a certificate" : "";
	char name[256], left[48], soon[80] = "";

	text_escape(name, sizeof(name), job->name, strlen(job->name));
	x509_show_left(gnutls_x509_crt_get_expiration_time(cert), now, left, sizeof(left));
	if (x509_renewal_is_due(cert, NULL, now))
		snprintf(soon, sizeof(soon), "; it expires in %s: renew it", left);
	probe_decide(f, PROBE_OK, "TLS works at %s, and its certificate is good for %s: mount with xprtsec=%s%s%s",
		     f->text, name, f->tls.shown ? "mtls" : "tls", mutual, soon);
}

static void speak_tls(const struct probe_job *job, struct probe_findings *f, int fd)
{
	AUTO_TLS_CLIENT *client = NULL;
	gnutls_privkey_t key = NULL;
	struct error e;
	int r = probe_own_key(job, &key, &e);

	if (!r)
		r = tls_client_new(fd, &job->reference, job->has_own ? &job->own.chain : NULL, key, &f->tls, &client,
				   &e);
	if (r) {
		probe_decide(f, PROBE_ERROR, "%s", e.text);
		gnutls_privkey_deinit(key);
		return;
	}
	r = tls_client_handshake(client, step_deadline(job), &e);
	look_at_certificate(job, f);
	if (r) {
		decide_tls_failed(f, r, "in the middle of the handshake", &e);
		return;
	}
	judge_certificate(f);
	judge_alpn(f);
	r = tls_client_null(client, version_to_use(f), step_deadline(job), &e);
	if (r)
		decide_tls_failed(f, r, "when the first call came through TLS", &e);
	else if (f->verified) /* a handshake without a certificate earns nothing */
		decide_good(job, f);
}

/* ---- an address ------------------------------------------------------------------------ */

static void probe_address(const struct probe_job *job, struct probe_findings *f)
{
	AUTO_FD fd = -1;

	/* Whatever path forgets to decide has not succeeded. */
	f->verdict = PROBE_HANDSHAKE_FAILED;
	if (clock_ms() >= job->deadline) {
		probe_decide(f, PROBE_SILENT, "%s was not tried: the others took all the time: give it alone", f->text);
		return;
	}
	/* A second connection for TLS: what was said on the first must not matter. */
	if (find_versions(job, f) && connect_to(job, f, &fd) && ask_for_tls(job, f, fd))
		speak_tls(job, f, fd);
}

/* ---- the command ------------------------------------------------------------------------- */

static bool tell(const struct probe_result *result)
{
	AUTO_STRBUF text = { 0 };

	if (result->options->json)
		probe_report_json(result, time(NULL), &text);
	else
		probe_report_text(result, time(NULL), &text);
	return command_print("nfstls", &text);
}

static void findings_free(struct probe_result *result)
{
	for (size_t i = 0; i < result->count; i++) {
		x509_chain_free(&result->at[i].tls.chain);
		x509_trust_free(result->at[i].trust);
	}
	free(result->at);
}

/* Before any address is known, or when none is to be tried. */
static void conclude_early(struct probe_result *result, enum probe_verdict verdict, const struct error *e)
{
	result->verdict = verdict;
	text_copy(result->sentence, sizeof(result->sentence), e->text);
}

static void probe_server(struct probe_job *job, struct probe_result *result)
{
	struct error e;

	if (probe_prepare(job, &e)) {
		conclude_early(result, PROBE_ERROR, &e);
	} else if (probe_resolve(job->options, result, &e)) {
		conclude_early(result, PROBE_UNREACHABLE, &e);
	} else if (probe_ask_policy(job, result, &e)) {
		conclude_early(result, PROBE_ERROR, &e);
		findings_free(result);
		result->at = NULL;
		result->count = 0;
	} else {
		job->deadline = clock_ms() + (int64_t)STEPS_MAX * job->options->timeout_ms;
		for (size_t i = 0; i < result->count; i++)
			probe_address(job, &result->at[i]);
		probe_conclude(result);
	}
}

int probe_command(int argc, char **argv)
{
	struct probe_options options;
	struct probe_job job = { .options = &options };
	struct probe_result result = { .options = &options };
	struct error e;

	if (probe_cli_parse(argc, argv, &options, &e)) {
		fprintf(stderr, "nfstls: probe: %s: see nfstls probe --help\n", e.text);
		return EX_USAGE;
	}
	if (options.help)
		return command_help("nfstls", probe_cli_usage) ? PROBE_OK : PROBE_ERROR;
	job.name = result.name = options.name ? options.name : options.host;
	x509_reference_parse(job.name, &job.reference);
	probe_server(&job, &result);
	if (!tell(&result))
		result.verdict = PROBE_ERROR;
	findings_free(&result);
	probe_job_free(&job);
	return result.verdict;
}
