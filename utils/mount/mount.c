/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "utils/mount/mount.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/policy/policy.h"
#include "support/rpc/rpc.h"
#include "utils/mount/cli.h"
#include "utils/mount/decision.h"
#include "support/device/device.h"
#include "utils/mount/negotiate.h"
#include "utils/mount/offer.h"
#include "utils/mount/security.h"

/* One mount, from the command line to the kernel. */
struct job {
	const char *program;
	const struct cli *cli;
	const char *type;
	const char *source;
	char *target; /* resolved; owned */
	unsigned long flags;
	struct policy *policy; /* owned */
	struct options options; /* what is left for the kernel; owned */
	struct security_request security; /* what the user asked for, later what was decided */
	struct decision decision; /* its strings belong to the policy */
	struct version_request version;
	struct protocol protocol;
	struct device device;
	struct address *addresses; /* owned */
	size_t address_count;
	struct address *mount_hosts; /* addresses of mounthost=; owned */
	size_t mount_host_count;
};

static void job_free(struct job *job)
{
	free(job->target);
	options_free(&job->options);
	policy_free(job->policy);
	free(job->addresses);
	free(job->mount_hosts);
}

/* Who gave no xprtsec= must be told why a handshake was tried at all. */
static void explain_decision(const struct job *job, struct strbuf *sentence)
{
	AUTO_STRBUF why = { 0 };

	decision_explain(&job->decision, &why);
	if (why.text && !why.failed)
		strbuf_addf(sentence, " (%s)", why.text);
}

static enum exit_status failed(const struct job *job, const struct kernel_failure *failure)
{
	struct mount_subject subject = { job->source, job->target, job->security.mode };
	AUTO_STRBUF sentence = { 0 };

	message_mount_failed(&subject, failure, &sentence);
	explain_decision(job, &sentence);
	message_error(job->program, "%s", sentence.failed ? strerror(failure->code) : sentence.text);
	return EXIT_MOUNT_FAILED;
}

/* An error object with no text stands for the usual sentence of its errno. */
static enum exit_status refused(const struct job *job, const struct error *e)
{
	struct kernel_failure failure = { .code = e->code };

	if (!e->text[0])
		return failed(job, &failure);
	message_error(job->program, "%s", e->text);
	return EXIT_MOUNT_FAILED;
}

/* What the policy, or the server when it was asked for TLS, has against this mount. */
static enum exit_status not_allowed(const struct job *job, const struct error *e)
{
	message_error(job->program, "%s is not %s: %s", job->source,
		      job->flags & MS_REMOUNT ? "remounted" : "mounted", e->text[0] ? e->text : strerror(e->code));
	return EXIT_MOUNT_FAILED;
}

/* ---- before anything is sent ------------------------------------------ */

static int check_mount_point(const char *dir, char **target, struct error *e)
{
	struct stat st;

	if (stat(dir, &st))
		return error_set(e, errno, errno == ENOENT ? "mount point %s does not exist" : "mount point %s: %s",
				 dir, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return error_set(e, ENOTDIR, "mount point %s is not a directory", dir);
	*target = realpath(dir, NULL);
	return *target ? 0 : error_set(e, errno, "mount point %s: %s", dir, strerror(errno));
}

/* A policy that cannot be read might forbid this very mount. */
static int load_policy(struct job *job, struct error *e)
{
	struct error why = { 0 };

	if (!policy_load("", POLICY_FILE, &job->policy, &why))
		return 0;
	return error_set(e, why.code, "%s: nothing is mounted until this is corrected", why.text);
}

/* Without SELinux nobody knows its labels, and an fstab that has them must still work. */
static bool has_selinux(void)
{
	return !access("/sys/fs/selinux/enforce", F_OK);
}

static int take_options(struct job *job, struct error *e)
{
	int r = options_append_all(&job->options, &job->cli->options);

	if (!r && job->cli->sloppy)
		r = options_prepend(&job->options, "sloppy", NULL);
	if (r)
		return error_set(e, ENOMEM, "out of memory");
	if (job->cli->read_only)
		job->flags |= MS_RDONLY;
	options_take_generic(&job->options, &job->flags, !has_selinux());
	options_remove(&job->options, "addr");
	if (job->flags & MS_REMOUNT)
		security_drop_auto(&job->options);
	r = security_check(&job->options, &job->security, e);
	if (!r)
		r = version_take(&job->options, !strcmp(job->type, "nfs4"), &job->version, e);
	if (!r)
		r = protocol_find(&job->options, &job->protocol, e);
	return r;
}

/* A callback address that is not ours is somebody's NAT, or an error: the user knows. */
static int check_client_address(struct job *job, struct error *e)
{
	const struct option_word *word = options_last(&job->options, "clientaddr");
	const char *address = word && word->value ? word->value : "";
	bool local;

	if (!word || job->version.version.major == 3)
		return 0;
	if (resolve_is_local(address, &local))
		return error_set(e, EINVAL, "an incorrect mount option was specified for %s: clientaddr=%s is not a"
				 " numeric address", job->target, address);
	if (!local)
		message_error(job->program, "[warning] supplied clientaddr=%s does not match any existing network"
			      " addresses", address);
	return 0;
}

static int resolve_mount_host(struct job *job, struct error *e)
{
	const struct option_word *word = options_last(&job->options, "mounthost");

	if (!word || job->version.version.major != 3)
		return 0;
	return resolve_host(word->value ? word->value : "", job->protocol.family, &job->mount_hosts,
			    &job->mount_host_count, e);
}

static int take_device(struct job *job, struct error *e)
{
	int r = device_parse(job->source, strlen(job->source), &job->device, e);

	if (!r && job->device.several_hosts)
		message_error(job->program, "warning: multiple hostnames not supported, using %s", job->device.host);
	return r;
}

static int find_server(struct job *job, struct error *e)
{
	int r = take_device(job, e);

	if (!r)
		r = check_client_address(job, e);
	if (!r)
		r = resolve_host(job->device.host, job->protocol.family, &job->addresses, &job->address_count, e);
	if (!r)
		r = resolve_mount_host(job, e);
	return r;
}

/* ---- policy -------------------------------------------------------------- */

static struct decision_request decision_request(const struct job *job)
{
	return (struct decision_request){
		.host = job->device.host,
		.path = job->device.path,
		.point = job->target,
		.addresses = job->addresses,
		.address_count = job->address_count,
		.asked = job->security,
		.protocol = &job->protocol,
		.own_certificate = options_last(&job->options, "cert_serial"),
	};
}

/* What one address says holds for no other, so the mount has to be from the address that answered. */
static void keep_address(struct job *job, size_t which)
{
	job->addresses[0] = job->addresses[which];
	job->address_count = 1;
}

static int ask_server(struct job *job, bool has_certificate, struct error *e)
{
	struct offer_question question = {
		.addresses = job->addresses,
		.address_count = job->address_count,
		.version = job->version,
		.ask = rpc_probe_tls,
	};
	enum rpc_tls_answer answer;
	size_t which;
	int r = offer_port(&job->options, &question.port, e);

	if (r)
		return r;
	r = offer_find(&question, &answer, &which, e);
	if (r) {
		error_prefix(e, "xprtsec=auto asks the server whether it has TLS");
		return r;
	}
	keep_address(job, which);
	return decision_by_server(&job->decision, answer == RPC_TLS_OFFERED, has_certificate, e);
}

static int settle_auto(struct job *job, bool own_certificate, struct error *e)
{
	bool has_certificate = own_certificate || decision_has_certificate(&job->decision, POLICY_CERTIFICATE_FOLDER);

	if (job->cli->fake)
		return decision_if_asked(&job->decision, has_certificate, e);
	return ask_server(job, has_certificate, e);
}

static void tell_decision(const struct job *job)
{
	AUTO_STRBUF text = { 0 };

	if (!job->cli->verbose)
		return;
	decision_explain(&job->decision, &text);
	if (text.text && !text.failed)
		message_note(job->program, "%s", text.text);
}

/* Afterwards the options ask for what was decided, and job->security is what the kernel must have made of it. */
static int decide(struct job *job, struct error *e)
{
	struct decision_request request = decision_request(job);
	int r = decision_make(job->policy, &request, &job->decision, e);

	if (!r)
		r = decision_check_certificate(&job->decision, request.own_certificate, POLICY_CERTIFICATE_FOLDER, e);
	if (!r && job->decision.mode == XPRTSEC_AUTO)
		r = settle_auto(job, request.own_certificate, e);
	if (r)
		return r;
	if (security_apply(&job->options, job->decision.mode))
		return error_set(e, ENOMEM, "out of memory");
	job->security.mode = job->decision.mode;
	tell_decision(job);
	return 0;
}

/*
 * A remount leaves the connection as it is, so there is nothing to add, and
 * auto has nothing to choose.  mount(8) repeats the words of the mount table, and a remount
 * must not need a name server without reason: who asks for the strongest is not looked up.
 */
static int decide_remount(struct job *job, struct error *e)
{
	struct decision_request request;
	struct decision decision;
	int r;

	if (job->security.mode == XPRTSEC_AUTO) {
		security_drop(&job->options);
		job->security = (struct security_request){ .mode = XPRTSEC_NONE };
	}
	if (!job->security.given || job->security.mode == XPRTSEC_MTLS || !policy_section_count(job->policy))
		return 0;
	r = take_device(job, e);
	if (!r)
		r = resolve_host(job->device.host, job->protocol.family, &job->addresses, &job->address_count, e);
	if (r)
		return r;
	request = decision_request(job);
	return decision_make(job->policy, &request, &decision, e);
}

/* ---- the mount --------------------------------------------------------- */

/* The mount table tells what the kernel made of the request: an existing connection may have been shared. */
static int check_security(const struct job *job, const struct kernel_mounted *mounted, struct error *e)
{
	int id = kernel_mount_id(mounted), r = id < 0 ? id : 0;
	AUTO_STRBUF table = { 0 };
	enum xprtsec mode;

	if (!r)
		r = kernel_mount_table(&table);
	if (!r)
		r = table.text ? security_effective(table.text, table.size, id, &mode) : -ENOENT;
	if (r)
		return error_set(e, -r, "cannot learn from /proc/self/mountinfo whether %s is protected: %s",
				 job->target, strerror(-r));
	if (mode == job->security.mode)
		return 0;
	return error_set(e, EPERM,
			 "%s asked for xprtsec=%s, and the kernel gave it xprtsec=%s: another mount of this"
			 " server fixed that; unmount the others first, or give all of them the same xprtsec=",
			 job->source, xprtsec_word(job->security.mode), xprtsec_word(mode));
}

static bool must_check_security(const struct job *job)
{
	return job->security.mode != XPRTSEC_NONE;
}

/* Says so itself when it fails; failure->code is then EALREADY. */
static int settle(const struct job *job, struct kernel_mounted *mounted, struct kernel_failure *failure)
{
	bool ours = !mounted->already;
	struct error e = { 0 };
	int r = 0;

	if (must_check_security(job))
		r = check_security(job, mounted, &e);
	if (r) {
		int undone = kernel_undo(mounted, job->target);

		message_error(job->program, "%s; %s", e.text,
			      !ours  ? "nothing was changed" :
			      undone ? "and it could not be unmounted: UNMOUNT IT NOW" :
				       "it was unmounted again");
		failure->code = EALREADY;
		r = -EALREADY;
	} else if (!ours && !(job->flags & MS_REMOUNT)) {
		message_error(job->program, "%s is already mounted on %s: nothing was changed", job->source,
			      job->target);
	}
	kernel_settle(mounted);
	return r;
}

static void tell_attempt(const struct job *job, const struct options *options)
{
	AUTO_STRBUF text = { 0 };

	if (!job->cli->verbose)
		return;
	options_format(options, &text);
	message_note(job->program, "trying text-based options '%s'", text.text ? text.text : "");
}

static int attempt(void *context, const struct options *options, struct kernel_failure *failure)
{
	const struct job *job = context;
	struct kernel_request request = { job->type, job->source, job->target, job->flags, options };
	struct kernel_mounted mounted;
	int r;

	tell_attempt(job, options);
	if (job->cli->fake)
		return 0;
	r = job->flags & MS_REMOUNT ? kernel_remount(&request, &mounted, failure) :
				      kernel_mount(&request, &mounted, failure);
	if (!r)
		return settle(job, &mounted, failure);
	if (job->cli->verbose)
		message_error(job->program, "mount(2): %s", strerror(failure->code));
	return r;
}

static enum exit_status mount_or_say_why(struct job *job)
{
	struct negotiation n = {
		.user = &job->options,
		.version = job->version,
		.protocol = job->protocol,
		.addresses = job->addresses,
		.address_count = job->address_count,
		.mount_address = job->mount_host_count ? job->mount_hosts[0].text : NULL,
		.attempt = attempt,
		.context = job,
	};
	struct kernel_failure failure;
	struct error e = { 0 };

	if (!negotiate(&n, &failure, &e))
		return EXIT_DONE;
	if (failure.code == EALREADY)
		return EXIT_MOUNT_FAILED;
	if (failure.code)
		return failed(job, &failure);
	return refused(job, &e);
}

/* The server is not asked: only the user's own words go to the kernel. */
static enum exit_status remount(struct job *job)
{
	struct kernel_failure failure;
	struct error e = { 0 };

	if (decide_remount(job, &e))
		return not_allowed(job, &e);
	if (!attempt(job, &job->options, &failure))
		return EXIT_DONE;
	return failure.code == EALREADY ? EXIT_MOUNT_FAILED : failed(job, &failure);
}

static enum exit_status mount_new(struct job *job)
{
	struct error e = { 0 };

	if (find_server(job, &e))
		return refused(job, &e);
	if (decide(job, &e))
		return not_allowed(job, &e);
	return mount_or_say_why(job);
}

static enum exit_status run(struct job *job)
{
	struct error e = { 0 };
	int r = check_mount_point(job->cli->operands[1], &job->target, &e);

	if (!r)
		r = load_policy(job, &e);
	if (!r)
		r = take_options(job, &e);
	if (r)
		return refused(job, &e);
	return job->flags & MS_REMOUNT ? remount(job) : mount_new(job);
}

/* ---- the command line --------------------------------------------------- */

static enum exit_status usage(const char *program, enum exit_status status)
{
	mount_cli_usage(CLI_MOUNT, program, stdout);
	return status;
}

static enum exit_status run_cli(const char *program, const struct cli *cli)
{
	struct job job = { .program = program, .cli = cli, .source = cli->operands[0] };
	enum exit_status status;

	if (cli->help)
		return usage(program, EXIT_USAGE);
	if (cli->version) {
		printf("%s: (linux %s %s)\n", program, PACKAGE_NAME, PACKAGE_VERSION);
		return EXIT_DONE;
	}
	if (cli->operand_count < 2) {
		message_error(program, "no mount point provided");
		return usage(program, EXIT_MOUNT_FAILED);
	}
	if (cli->operand_count > 2) {
		message_error(program, "more than a remote target and a folder were given");
		return usage(program, EXIT_USAGE);
	}
	if (getuid() || geteuid()) {
		message_error(program, "not installed setuid - \"user\" NFS mounts not supported.");
		return EXIT_MOUNT_FAILED;
	}
	job.type = strncmp(program, "mount.nfs4", strlen("mount.nfs4")) ? "nfs" : "nfs4";
	status = run(&job);
	job_free(&job);
	return status;
}

enum exit_status mount_run(const char *program, int argc, char **argv)
{
	struct cli cli = { 0 };
	struct error e = { 0 };
	enum exit_status status;

	if (mount_cli_parse(CLI_MOUNT, argc, argv, &cli, &e)) {
		message_error(program, "%s", e.text);
		status = usage(program, EXIT_USAGE);
	} else {
		status = run_cli(program, &cli);
	}
	options_free(&cli.options);
	return status;
}
