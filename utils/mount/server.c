/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>
#include <sys/mount.h>

#include "support/keys/keys.h"
#include "support/rpc/rpc.h"
#include "utils/mount/job.h"

/* ---- addresses -------------------------------------------------------------- */

/* A callback address that is not ours is somebody's NAT, or an error: the user knows. */
static void check_client_address(const struct job *job)
{
	const struct mount_option *word = mount_options_last(&job->decided.options, "clientaddr");
	bool local;

	if (!word || job->decided.versions.version.major == 3 || resolve_is_local(word->value, &local) || local)
		return;
	if (!(job->restricted && job_has_default(job, "clientaddr")))
		message_error(job->program,
			      "[warning] supplied clientaddr=%s does not match any existing network"
			      " addresses",
			      word->value);
}

/* mountproto=tcp is IPv4, also where the server itself may be reached by IPv6. */
static bool needs_own_address(const struct job *job, int family)
{
	return family != AF_UNSPEC && family != job->asked.words.protocol.family;
}

static int resolve_mount_host(struct job *job, struct error *e)
{
	const struct mount_option *word = mount_options_last(&job->decided.options, "mounthost");
	int family = mount_mountproto_family(&job->decided.options);
	const char *host = word && word->value ? word->value : word ? "" : job->asked.device.host;

	if (job->decided.versions.version.major != 3 || (!word && !needs_own_address(job, family)))
		return 0;
	if (family == AF_UNSPEC)
		family = job->asked.words.protocol.family;
	return resolve_host(host, family, &job->decided.mount_hosts, &job->decided.mount_host_count, e);
}

/* That an option is wrong quotes it. */
static int of_option(const struct job *job, const char *key, int r, struct error *e)
{
	return r && job_has_default(job, key) ?
		       job_keep_to_root(job, e, "this host's defaults for NFS mounts are not right") :
		       r;
}

static int find_addresses(struct job *job, struct error *e)
{
	int r = resolve_host(job->asked.device.host, job->asked.words.protocol.family, &job->decided.addresses,
			     &job->decided.address_count, e);

	check_client_address(job);
	if (!r)
		r = of_option(job, "mounthost", resolve_mount_host(job, e), e);
	return r;
}

unsigned int job_port(const struct job *job)
{
	struct error e;
	uint16_t port;

	return mount_port(&job->decided.options, &port, &e) ? RPC_NFS_PORT : port;
}

/* ---- policy -------------------------------------------------------------------- */

static bool names_certificate(const struct job *job)
{
	return job->decided.certificate.serials || job->decided.certificate.name[0];
}

static struct protection_request protection_request(const struct job *job)
{
	return (struct protection_request){
		.host = job->asked.device.host,
		.path = job->asked.device.path,
		.point = job->asked.target,
		.addresses = job->decided.addresses,
		.address_count = job->decided.address_count,
		.asked = job->asked.words.security,
		.protocol = &job->asked.words.protocol,
		.own_certificate = names_certificate(job),
	};
}

/* A sentence that quotes the policy, or names what it names. */
static int by_policy(const struct job *job, int r, struct error *e)
{
	if (r)
		(void)job_keep_to_root(job, e, "this host's policy does not let it be mounted");
	return r;
}

static int settle_auto(struct job *job, struct error *e)
{
	bool has_certificate = names_certificate(job) ||
			       protection_has_certificate(&job->decided.protection, CERTIFICATE_FOLDER);
	struct protection *protection = &job->decided.protection;
	uint16_t port;
	int r = job->cli->fake ? 0 : mount_port(&job->decided.options, &port, e);

	if (r)
		return r;
	return by_policy(job,
			 job->cli->fake ? protection_if_asked(protection, has_certificate, e) :
					  protection_of_auto(protection, PROTECTION_STRONGEST, has_certificate, e),
			 e);
}

static void tell_decision(const struct job *job)
{
	AUTO_STRBUF text = { 0 };

	if (!job->cli->verbose)
		return;
	protection_explain(&job->decided.protection, !job->restricted, &text);
	if (text.text && !text.failed)
		message_note(job->program, "%s", text.text);
}

static int choose_certificate(struct job *job, struct error *e)
{
	/* auto may end without TLS, and then nobody is shown anything */
	int r = job->decided.protection.by_auto != PROTECTION_GIVEN ?
			0 :
			mount_certificate_check_mode(&job->decided.certificate, job->decided.protection.mode, e);

	/* -f: nothing is mounted, so there may be no kernel with a keyring, either */
	if (r || job->decided.protection.mode != XPRTSEC_MTLS)
		return r;
	if (!names_certificate(job))
		text_copy(job->decided.certificate.name, sizeof(job->decided.certificate.name),
			  job->asked.words.usual_certificate);
	if (job->cli->fake)
		return 0;
	if (job->decided.certificate.name[0])
		kernel_load();
	return certificate_apply(&job->decided.certificate, &job->decided.protection, &job->decided.options, e);
}

/* What follows from the mode.  Afterwards the options ask for what was decided. */
static int apply_mode(struct job *job, struct error *e)
{
	enum xprtsec mode = job->decided.protection.mode;
	int r = mode == XPRTSEC_TLS || mode == XPRTSEC_MTLS ? mount_versions_for_tls(&job->decided.versions, e) : 0;

	if (!r && mode != XPRTSEC_AUTO)
		r = by_policy(job, choose_certificate(job, e), e);
	if (r)
		return r;
	if (mount_security_set(&job->decided.options, mode))
		return error_set(e, ENOMEM, "out of memory");
	job->decided.done = true;
	tell_decision(job);
	return 0;
}

static int decide(struct job *job, struct error *e)
{
	struct protection_request request = protection_request(job);
	int r = protection_decide(job->policy, &request, &job->decided.protection, e);

	if (!r)
		r = protection_check_certificate(&job->decided.protection, request.own_certificate, CERTIFICATE_FOLDER,
						 e);
	r = by_policy(job, r, e);
	if (!r && job->decided.protection.mode == XPRTSEC_AUTO)
		r = settle_auto(job, e);
	return r ? r : apply_mode(job, e);
}

/* ---- less, for auto ---------------------------------------------------------------- */

/* The word that auto became, and the serial numbers that were not the user's, are for the mode that has failed. */
static void forget_mode(struct job *job)
{
	struct mount_options *options = &job->decided.options;

	if (!job->asked.words.security.given)
		mount_options_remove(options, "xprtsec");
	if (!job->asked.words.certificate.serials) {
		mount_options_remove(options, "cert_serial");
		mount_options_remove(options, "privkey_serial");
	}
	job->decided.certificate = job->asked.words.certificate;
	job->decided.versions = job->asked.words.versions;
	job->made.began_day_ms = clock_day_ms(); /* what failed so far is no cause of what fails from here on */
}

int job_decide_for_less(struct job *job, enum protection_auto why, struct error *e)
{
	int r = by_policy(job, protection_of_auto(&job->decided.protection, why, false, e), e);

	if (r)
		return r;
	forget_mode(job);
	return apply_mode(job, e);
}

int job_find_server(struct job *job, struct trouble *trouble)
{
	int r = job->decided.addresses ? 0 : find_addresses(job, &trouble->e);

	if (!r && !job->decided.done) {
		r = decide(job, &trouble->e);
		trouble->not_allowed = r;
	}
	trouble->failure = (struct kernel_failure){ .code = -r };
	return r;
}

int job_ask_policy(struct job *job, struct protection *decision, struct error *e)
{
	struct protection_request request;
	int r = mount_device_parse(job->asked.source, strlen(job->asked.source), &job->asked.device, e);

	if (!r && !job->decided.addresses)
		r = resolve_host(job->asked.device.host, job->asked.words.protocol.family, &job->decided.addresses,
				 &job->decided.address_count, e);
	if (r)
		return r;
	request = protection_request(job);
	return protection_decide(job->policy, &request, decision, e);
}

/*
 * A remount leaves the connection as it is, so there is nothing to add, and the reader has dropped auto, which has
 * nothing to choose.  mount(8) repeats the words of the mount table, and a remount
 * must not need a name server without reason: who asks for the strongest is not looked up.
 */
int job_decide_remount(struct job *job, struct error *e)
{
	struct protection decision;

	if (!job->asked.words.security.given || job->decided.protection.mode == XPRTSEC_MTLS ||
	    !policy_section_count(job->policy))
		return 0;
	return job_ask_policy(job, &decision, e);
}
