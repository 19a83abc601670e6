/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One try: the kernel is asked, and what it gave is compared with what was asked for. */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "support/rpc/rpc.h"
#include "support/transport/transport.h"
#include "utils/mount/certificate_check.h"
#include "utils/mount/encryption.h"
#include "utils/mount/job.h"
#include "utils/mount/server_name.h"
#include "utils/mount/statd.h"

#define NOTICE_MS 5000	   /* then the user is told what is waited for */
#define CONNECTED_MS 30000 /* a server that has taken the connection gets that long, whatever retry= says */
#define HOPELESS_MS 15000  /* more, when it cannot succeed before somebody acts */
#define RPCBIND_MS 10000
#define PING_MS 5000

static bool is_remount(const struct job *job)
{
	return job->asked.flags & MS_REMOUNT;
}

/* ---- the clock --------------------------------------------------------------- */

struct seen {
	const struct job *job;
	bool connected;
};

static bool is_to_server(const struct job *job, const struct sockaddr_storage *remote)
{
	struct ip_address address = address_of(remote), server;

	if (address_port(remote) != job_port(job))
		return false;
	for (size_t i = 0; i < job->decided.address_count; i++) {
		server = address_of(&job->decided.addresses[i].socket);
		if (address_equal(&server, &address))
			return true;
	}
	return false;
}

static void look_for_server(const struct transport_socket *socket, void *context)
{
	struct seen *seen = context;

	seen->connected |= is_to_server(seen->job, &socket->remote);
}

/* A server that does not even take the connection is down; one that has taken it may be slow. */
static void notice(void *context, int64_t *give_up_at)
{
	struct job *job = context;
	struct seen seen = { .job = job };
	bool was_hopeless = job->made.hopeless; /* at another address */
	int64_t now = clock_ms(), patience;
	struct error e;

	(void)transport_sockets(look_for_server, &seen, &e);
	if (!job->in_background)
		job_say_waiting(job, seen.connected, &job->made.hopeless);
	patience = seen.connected ? now + CONNECTED_MS : now;
	if (job->made.hopeless && !job->retry.given)
		*give_up_at = was_hopeless ? now : now + HOPELESS_MS;
	else
		*give_up_at = job->made.tries.deadline > patience ? job->made.tries.deadline : patience;
}

static struct watch watch_of(struct job *job)
{
	int64_t now = clock_ms();

	return (struct watch){ .notice_at = now + NOTICE_MS, .notice = notice, .context = job };
}

/* ---- after --------------------------------------------------------------------- */

/* Certificates are named by the policy. */
static int other_in_the_way(const struct job *job, int r, struct error *e)
{
	(void)job_keep_to_root(job, e,
			       "another mount of this server is in the way, for which this host's policy has"
			       " another certificate or other demands");
	return r;
}

static int check_shown(const struct job *job, const struct attempt *attempt, const struct mountinfo_entry *entry,
		       struct error *e)
{
	int r = certificate_check_after(job, attempt, entry, e);

	return r ? other_in_the_way(job, r, e) : 0;
}

/* Why a name is not proven may quote the policy. */
static int check_named(const struct job *job, const struct mountinfo_entry *entry, struct error *e)
{
	int r = server_name_check(job, entry, e);

	if (r)
		(void)job_keep_to_root(job, e, "the server has not proven the name that the mount has for it");
	return r;
}

/* Its line in the mount table tells what the kernel made of the request, the sockets whether it is true. */
static int check_security(const struct job *job, const struct attempt *attempt, const struct kernel_mount *mount,
			  struct error *e)
{
	enum xprtsec mode;
	int r;

	if (!mount->line)
		return error_set(e, ENOENT,
				 "cannot learn whether %s is protected: there is no /proc, or no mount"
				 " namespace can be made (unshare -m)",
				 job->asked.source);
	r = mount_security_effective(&mount->entry.options, &mode);
	if (r)
		return error_set(e, -r, "cannot learn from /proc/self/mountinfo whether %s is protected: %s",
				 job->asked.source, strerror(-r));
	/* a remount that asks for nothing keeps what is there */
	if (mode != job->decided.protection.mode && !(is_remount(job) && !job->asked.words.security.given))
		return error_set(e, EPERM,
				 "%s asked for xprtsec=%s, and the kernel gave it xprtsec=%s: another mount of this"
				 " server fixed that; unmount the others first, or give all of them the same xprtsec=",
				 job->asked.source, xprtsec_word(job->decided.protection.mode), xprtsec_word(mode));
	if (mode == XPRTSEC_NONE)
		return 0;
	r = encryption_prove(mount->entry.major, mount->entry.minor, e);
	if (r)
		error_prefix(e, "%s asked for xprtsec=%s, and", job->asked.source, xprtsec_word(mode));
	if (!r && !attempt)
		return server_name_check_again(job, &mount->entry, e);
	if (!r && mode == XPRTSEC_MTLS)
		r = check_shown(job, attempt, &mount->entry, e);
	return r ? r : check_named(job, &mount->entry, e);
}

/* Where no encryption was asked for, a mount table that cannot be read is no reason to fail. */
static bool must_be_known(const struct job *job, int r)
{
	return job->decided.protection.mode != XPRTSEC_NONE || r == -EPERM;
}

/* What other_mounts_check() says of certificates, and server_name_check() of servers. */
static bool is_shared(int r)
{
	return r == -ENOTUNIQ || r == -EXDEV || r == -EKEYREJECTED;
}

/*
 * Another client, another address or another version may be a way around what is in the way; where none is,
 * tell_shared() says what is in the way.  made: the mount was there to be seen.
 */
static int look_for_a_way(struct job *job, int r, bool made, const struct error *e, struct kernel_failure *failure)
{
	if (job->cli->verbose)
		message_note(job->program, "not like that: %s", e->text);
	job->made.shared = *e;
	job->made.shared_made = made;
	failure->code = ENOTUNIQ;
	return r;
}

static void tell_shared(const struct job *job)
{
	if (job->made.shared_made)
		message_error(job->program, "%s; nothing was mounted", job->made.shared.text);
	else
		message_error(job->program, "%s is not mounted: %s", job->asked.source, job->made.shared.text);
}

/*
 * Before anybody sees the mount.  Says so itself when it fails, unless look_for_a_way() does; failure->code is then
 * EALREADY.
 */
static int prove(struct job *job, const struct attempt *attempt, const struct kernel_mount *mount,
		 struct kernel_failure *failure)
{
	struct error e = { 0 };
	int r = check_security(job, attempt, mount, &e);

	if (!r || !must_be_known(job, r))
		return 0;
	if (attempt && is_shared(r))
		return look_for_a_way(job, r, true, &e, failure);
	message_error(job->program, "%s; %s", e.text, is_remount(job) ? "nothing was changed" : "nothing was mounted");
	failure->code = EALREADY;
	return -EALREADY;
}

/* What umount.nfs and the next mount of this server will want to know. */
static int write_record(const struct job *job, const struct attempt *attempt, uint64_t number, struct error *e)
{
	AUTO_STRBUF attributes = { 0 };
	AUTO_STRBUF options = { 0 };
	struct table_record record = {
		.source = job->asked.source, .target = job->asked.target, .number = number, .flags = job->asked.flags
	};

	mount_options_format(&job->asked.given, &options);
	if (options.failed || certificate_recorded_options(job, attempt->options, &attributes))
		return error_set(e, ENOMEM, "out of memory");
	record.options = options.text ? options.text : "";
	record.attributes = attributes.text ? attributes.text : "";
	return table_remember(&record, e);
}

/* For version 3 the ports are left out: umount.nfs asks for them anew. */
static int remember_attempt(const struct job *job, const struct attempt *attempt, uint64_t number, struct error *e)
{
	struct attempt unnegotiated = *attempt;
	AUTO_MOUNT_OPTIONS options = { 0 };

	if (attempt->version.major != 3)
		return write_record(job, attempt, number, e);
	unnegotiated.options = &options;
	if (mount_options_append_all(&options, attempt->user) ||
	    mount_options_append(&options, "addr", attempt->address->text))
		return error_set(e, ENOMEM, "out of memory");
	return write_record(job, &unnegotiated, number, e);
}

/* ---- one attempt ------------------------------------------------------------------ */

/* To a user without what is in nfsmount.conf. */
static int add_known(const struct job *job, const struct mount_options *from, struct mount_options *to)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct mount_option *word = &from->words[i];

		if (job->restricted && job_has_default(job, word->key))
			continue;
		if (mount_options_append(to, word->key, word->value))
			return -ENOMEM;
	}
	return 0;
}

static void tell_attempt(const struct job *job, const struct mount_options *options)
{
	AUTO_MOUNT_OPTIONS known = { 0 };
	AUTO_STRBUF text = { 0 };

	if (!job->cli->verbose || add_known(job, options, &known))
		return;
	mount_options_format(&known, &text);
	message_note(job->program, "trying text-based options '%s'", text.text ? text.text : "");
}

/* So that explain.c can try the same in another mode. */
static int keep_tried(struct job *job, const struct mount_options *options)
{
	if (!job->made.tried)
		job->made.tried = calloc(1, sizeof(*job->made.tried));
	if (!job->made.tried)
		return -ENOMEM;
	mount_options_free(job->made.tried);
	return mount_options_append_all(job->made.tried, options);
}

static void tell_refusal(const struct job *job, const struct kernel_failure *failure)
{
	if (job->cli->verbose)
		message_error(job->program, "mount(2): %s", strerror(failure->code));
}

static struct kernel_request request_of(const struct job *job, const struct mount_options *options,
					const char *node_name, const struct watch *watch)
{
	return (struct kernel_request){ job->type, job->asked.source, job->asked.flags, options, watch, node_name };
}

/* As prove(). */
static int refuse_other_mounts(struct job *job, int r, const struct error *e, struct kernel_failure *failure)
{
	if (is_shared(r))
		return look_for_a_way(job, r, false, e, failure);
	message_error(job->program, "%s is not mounted: %s", job->asked.source, e->text);
	failure->code = EALREADY;
	return -EALREADY;
}

/*
 * A mount without its record is still a mount, but a user's he could not unmount.  The record comes last: one that says
 * that a user has mounted what somebody else then mounts there would let him unmount that.  So -n is not for users.
 */
static int record(const struct job *job, const struct attempt *attempt, const struct kernel_mount *mount,
		  struct kernel_failure *failure)
{
	struct error e = { 0 };

	if (job->cli->no_record && !job->restricted)
		return 0;
	if (!remember_attempt(job, attempt, mount->number, &e))
		return 0;
	if (job->restricted) {
		int r = kernel_take_back(mount);

		message_error(job->program, "%s is not mounted: %s: without it its user could not unmount it%s",
			      job->asked.source, e.text, r ? "; and it could not be unmounted: root has to" : "");
		failure->code = EALREADY;
		return -EALREADY;
	}
	if (job->cli->verbose)
		message_error(job->program, "%s", e.text);
	return 0;
}

static int show(struct job *job, const struct attempt *attempt, const struct kernel_mount *mount,
		struct kernel_failure *failure)
{
	sigset_t all, old;
	int r;

	sigfillset(&all); /* in between it would have no record */
	sigprocmask(SIG_BLOCK, &all, &old);
	r = kernel_show(mount, job->asked.target, failure);
	if (!r)
		r = record(job, attempt, mount, failure);
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (r > 0)
		message_error(job->program, "%s is already mounted on %s: nothing was changed", job->asked.source,
			      job->asked.target);
	return r < 0 ? r : 0;
}

/* As the client of that name, "" for the host's. */
static int attempt_as(struct job *job, const struct attempt *attempt, const char *client,
		      struct kernel_failure *failure)
{
	struct watch watch = watch_of(job);
	struct kernel_request request = request_of(job, attempt->options, *client ? client : NULL, &watch);
	struct kernel_mount mount;
	int r;

	*failure = (struct kernel_failure){ 0 };
	if (*client && job->cli->verbose)
		message_note(job->program, "as NFS client '%s', for a connection of its own",
			     job->restricted ? "?" : client);
	r = kernel_make(&request, &mount, failure);
	if (r) {
		tell_refusal(job, failure);
		return r;
	}
	r = prove(job, attempt, &mount, failure);
	if (!r)
		r = show(job, attempt, &mount, failure);
	kernel_let_go(&mount);
	return r;
}

/*
 * As the host's client, and when the kernel puts that on the wrong connection as one of its own: for the certificate,
 * and for the server's name.  That helps where the kernel takes both for one since their server says it is one, and not
 * where their addresses, certificates and xprtsec= are the same, which it compares first.
 */
static int attempt_as_clients(struct job *job, const struct attempt *attempt, const char *of_certificate, bool alone,
			      struct kernel_failure *failure)
{
	const char *client = alone ? of_certificate : "";
	char of_server[CLIENT_NAME_MAX + 1];
	int r = attempt_as(job, attempt, client, failure);

	if (is_shared(r) && r != -EKEYREJECTED && *of_certificate && !*client) {
		client = of_certificate;
		r = attempt_as(job, attempt, client, failure);
	}
	if (r != -EKEYREJECTED)
		return r;
	server_name_client(job, attempt, client, of_server);
	return *of_server ? attempt_as(job, attempt, of_server, failure) : r;
}

static int attempt_once(void *context, const struct attempt *attempt, struct kernel_failure *failure)
{
	char of_certificate[CLIENT_NAME_MAX + 1];
	struct job *job = context;
	struct error e;
	bool alone;
	int r;

	tell_attempt(job, attempt->options);
	if (job->cli->fake)
		return 0;
	certificate_name_client(job, attempt, of_certificate, &alone);
	r = certificate_check_before(job, attempt, &e);
	if (r && r != -EBUSY) /* that one names mounts and modes only */
		r = other_in_the_way(job, r, &e);
	if (r && !(r == -EXDEV && *of_certificate))
		return refuse_other_mounts(job, r, &e, failure);
	if (keep_tried(job, attempt->options)) {
		failure->code = ENOMEM;
		return -ENOMEM;
	}
	return attempt_as_clients(job, attempt, of_certificate, *of_certificate && (r || alone), failure);
}

/* ---- version 3 ---------------------------------------------------------------------- */

static const char *protocol_word(enum mount_transport transport)
{
	return transport == MOUNT_UDP ? "UDP" : "TCP";
}

static void with_port(const struct address *address, unsigned int port, struct sockaddr_storage *to)
{
	*to = address->socket;
	address_set_port(to, port);
}

static enum rpc_transport rpc_transport_of(enum mount_transport transport)
{
	return transport == MOUNT_UDP ? RPC_UDP : RPC_TCP;
}

static int find_port(void *context, struct service *service, struct error *e)
{
	const struct job *job = context;
	const struct address *server = service->server;
	uint16_t port = 0;
	int r;

	if (job->cli->verbose)
		message_note(job->program, "prog %u, trying vers=%u, prot=%d", service->program, service->version,
			     service->transport == MOUNT_UDP ? IPPROTO_UDP : IPPROTO_TCP);
	r = rpc_find_port((const struct sockaddr *)&server->socket, server->size, RPC_RPCBIND_PORT,
			  rpc_transport_of(service->transport), service->program, service->version,
			  clock_ms() + RPCBIND_MS, &port, e);
	service->port = port;
	if (r && job->cli->verbose)
		message_error(job->program, "portmap query failed: %s", e->text);
	return r;
}

static int ping(void *context, const struct service *service, struct error *e)
{
	const struct job *job = context;
	struct sockaddr_storage to;
	struct rpc_endpoint endpoint = { (struct sockaddr *)&to, service->server->size,
					 rpc_transport_of(service->transport) };

	with_port(service->server, service->port, &to);
	if (job->cli->verbose)
		message_error(job->program, "trying %s prog %u vers %u prot %s port %u", service->server->text,
			      service->program, service->version, protocol_word(service->transport), service->port);
	return rpc_ping(&endpoint, service->program, service->version, clock_ms() + PING_MS, e);
}

static int start_statd(struct job *job, struct kernel_failure *failure)
{
	if (job->cli->fake || !statd_is_needed(&job->decided.options) || !statd_start(job->restricted))
		return 0;
	message_error(job->program, "rpc.statd is not running but is required for remote locking.");
	message_error(job->program, "Either use '-o nolock' to keep locks local, or start statd.");
	failure->code = EALREADY;
	return -EALREADY;
}

static int prepare_version_3(void *context, const struct ports_request *request, struct ports *ports,
			     struct kernel_failure *failure)
{
	struct job *job = context;
	struct ports_calls calls = { find_port, ping, job };
	struct ports_request with_calls = *request;
	struct error e = { 0 };
	int r = 0;

	with_calls.calls = &calls;
	if (job->asked.words.protocol.transport != MOUNT_RDMA)
		r = ports_find(&with_calls, ports, &e);
	if (r) {
		failure->code = -r;
		text_escape(failure->text, sizeof(failure->text), e.text, strlen(e.text));
		return r;
	}
	return start_statd(job, failure);
}

/* ---- does the server speak it ---------------------------------------------------- */

static bool speaks_4(const struct job *job, const struct address *address)
{
	struct sockaddr_storage to;
	struct rpc_reply reply;
	AUTO_FD fd = -1;
	int64_t deadline = clock_ms() + PING_MS;
	struct error e;

	with_port(address, job_port(job), &to);
	return !rpc_connect((struct sockaddr *)&to, address->size, deadline, &fd, &e) &&
	       !rpc_null(fd, RPC_NFS_PROGRAM, 4, RPC_AUTH_NONE, deadline, &reply, &e) &&
	       reply.status != RPC_PROG_MISMATCH && reply.status != RPC_PROG_UNAVAIL;
}

static bool speaks_3(const struct address *address)
{
	struct error e;
	uint16_t port;

	return !rpc_find_port((const struct sockaddr *)&address->socket, address->size, RPC_RPCBIND_PORT, RPC_TCP,
			      RPC_NFS_PROGRAM, 3, clock_ms() + PING_MS, &port, &e);
}

static bool speaks(void *context, const struct address *address, int major)
{
	const struct job *job = context;

	return major == 3 ? speaks_3(address) : speaks_4(job, address);
}

/* ---- all of them ------------------------------------------------------------------- */

/* No way around it was found; a lower version was only tried since that was in the way. */
static bool was_in_the_way(const struct job *job, int code)
{
	return job->made.shared.code && (code == ENOTUNIQ || code == EPROTONOSUPPORT || code == EINVAL);
}

/* An error before any attempt is one of the options. */
static void tell_options(const struct job *job, struct error *e)
{
	if (e->text[0] && job->asked.given.count > job->asked.given_count)
		(void)job_keep_to_root(job, e,
				       "the options in /etc/fstab, or this host's defaults for NFS mounts, are not"
				       " right");
}

int job_try(struct job *job, struct trouble *trouble)
{
	struct negotiation n = {
		.user = &job->decided.options,
		.version = job->decided.versions,
		.protocol = job->asked.words.protocol,
		.addresses = job->decided.addresses,
		.address_count = job->decided.address_count,
		.mount_host = job->decided.mount_hosts,
		.secured = job->decided.protection.mode != XPRTSEC_NONE,
		.attempt = attempt_once,
		.prepare_3 = prepare_version_3,
		.speaks = speaks,
		.context = job,
	};
	int r;

	job->made.shared.code = 0;
	r = negotiate(&n, &trouble->failure, &trouble->e);
	if (r && !trouble->failure.code) {
		trouble->failure.code = -r;
		tell_options(job, &trouble->e);
	}
	if (r && was_in_the_way(job, trouble->failure.code)) {
		tell_shared(job);
		trouble->failure.code = EALREADY;
	}
	return r;
}

/* ---- remount ------------------------------------------------------------------------ */

static int check_same_certificate(struct job *job, struct error *e)
{
	AUTO_STRBUF asked = { 0 };
	AUTO_STRBUF recorded = { 0 };
	struct protection decision;
	int r = 0;

	if (job->decided.certificate.name[0])
		r = job_ask_policy(job, &decision, e);
	if (!r && job->decided.certificate.name[0])
		r = certificate_apply(&job->decided.certificate, &decision, &job->decided.options, e);
	if (r)
		return r;
	if (certificate_of_options(job, &job->decided.options, &asked) ||
	    certificate_on_record(job->asked.target, &recorded))
		return error_set(e, EIO, "cannot learn with which certificate it was mounted");
	mount_options_remove(&job->decided.options, "cert_serial");
	mount_options_remove(&job->decided.options, "privkey_serial");
	/* a name that is the policy's has no serial numbers, neither here nor in the record */
	if (strcmp(asked.text ? asked.text : "", recorded.text ? recorded.text : "") &&
	    (asked.size || job->decided.certificate.name[0]))
		return error_set(e, EINVAL,
				 "it has another certificate, and a remount does not change that:"
				 " unmount it and mount"
				 " it anew");
	return 0;
}

/* The kernel takes any xprtsec= in a remount, and does nothing about it. */
static int check_unchanged(struct job *job, const struct kernel_mount *mount, struct error *e)
{
	int r = mount->line ? 0 : -ENOENT;
	enum xprtsec mode;

	if (!job->asked.words.security.given && !job->decided.certificate.serials && !job->decided.certificate.name[0])
		return 0;
	if (!r)
		r = mount_security_effective(&mount->entry.options, &mode);
	if (r)
		return error_set(e, -r,
				 "cannot learn from /proc/self/mountinfo what is mounted on %s:"
				 " %s",
				 job->asked.target, strerror(-r));
	if (job->asked.words.security.given && job->decided.protection.mode != mode)
		return error_set(e, EINVAL,
				 "it is mounted with xprtsec=%s, and a remount does not change that:"
				 " unmount it and"
				 " mount it anew with"
				 " xprtsec=%s",
				 xprtsec_word(mode), xprtsec_word(job->decided.protection.mode));
	return check_same_certificate(job, e);
}

static int not_allowed(struct trouble *trouble, int r)
{
	trouble->not_allowed = true;
	trouble->failure.code = -r;
	return r;
}

static int remount(struct job *job, struct kernel_mount *mount, struct trouble *trouble)
{
	struct watch watch = watch_of(job);
	struct kernel_request request;
	int r = check_unchanged(job, mount, &trouble->e);

	if (r)
		return not_allowed(trouble, r);
	tell_attempt(job, &job->decided.options);
	r = prove(job, NULL, mount, &trouble->failure); /* a remount changes nothing about it */
	if (r)
		return r;
	request = request_of(job, &job->decided.options, NULL, &watch);
	r = kernel_remount(&request, mount, &trouble->failure);
	if (r)
		tell_refusal(job, &trouble->failure);
	return r;
}

/* What is looked at is what is changed, also where somebody mounts, or moves folders, meanwhile. */
int job_remount(struct job *job, struct trouble *trouble)
{
	struct kernel_mount mount;
	int r = job_decide_remount(job, &trouble->e);

	if (r)
		return not_allowed(trouble, r);
	if (job->cli->fake) {
		tell_attempt(job, &job->decided.options);
		return 0;
	}
	r = kernel_look(job->asked.target, &mount);
	if (r) {
		trouble->failure.code = -r;
		return r;
	}
	if (kernel_is_nfs_root(&mount))
		r = remount(job, &mount, trouble);
	else
		r = not_allowed(trouble, error_set(&trouble->e, EINVAL, "no NFS file system is mounted on %s",
						   job->asked.target));
	kernel_let_go(&mount);
	return r;
}
