/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a request to a reply: now, or when the names of a client, a generation or a mount are there. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <uthash.h>
#include <utlist.h>

#include "utils/exportd/daemon_private.h"

#define KEPT_MAX 16384u /* the kernel asks again for those beyond */
#define SAID_MAX 10000u
#define PARTLY_KNOWN_MS 1000 /* for the names of a client that is let in by its address alone */
#define UNSURE_TTL 10	     /* seconds: answers that names may change */
#define FAILED_TTL 60
#define STALE_TTL 60 /* for a handle that means nothing now */

struct kept {
	struct upcall_request request;
	struct kept *prev, *next;
};

struct said {
	UT_hash_handle hh;
	char text[];
};

/* ---- requests that wait ----------------------------------------------------------------------------- */

static void keep(struct daemon *daemon, struct kept **list, struct upcall_request *request)
{
	struct kept *kept = daemon->kept_count < KEPT_MAX ? calloc(1, sizeof(*kept)) : NULL;

	if (!kept)
		return;
	kept->request = *request;
	*request = (struct upcall_request){ 0 };
	DL_APPEND(*list, kept);
	daemon->kept_count++;
}

static void forget(struct daemon *daemon, struct kept *kept)
{
	upcall_request_free(&kept->request);
	free(kept);
	daemon->kept_count--;
}

static void forget_all(struct daemon *daemon, struct kept **list)
{
	struct kept *kept, *next;

	DL_FOREACH_SAFE(*list, kept, next) {
		DL_DELETE(*list, kept);
		forget(daemon, kept);
	}
}

void daemon_forget_requests(struct daemon *daemon)
{
	forget_all(daemon, &daemon->parked);
	forget_all(daemon, &daemon->held);
	daemon_forget_said(daemon);
}

/* ---- the log ----------------------------------------------------------------------------------------- */

void daemon_forget_said(struct daemon *daemon)
{
	struct said *said, *next;

	HASH_ITER(hh, daemon->said, said, next) {
		HASH_DEL(daemon->said, said);
		free(said);
	}
}

/* Once for each generation of exports: a client that asks again and again must not fill the log. */
static void say_once(struct daemon *daemon, enum log_level level, const char *text)
{
	struct said *said;

	HASH_FIND_STR(daemon->said, text, said);
	if (said || HASH_COUNT(daemon->said) >= SAID_MAX)
		return;
	log_line(level, "%s", text);
	said = malloc(sizeof(*said) + strlen(text) + 1);
	if (!said)
		return;
	strcpy(said->text, text);
	HASH_ADD_STR(daemon->said, text, said);
	if (!said->hh.tbl)
		free(said);
}

static void say_about(struct daemon *daemon, enum log_level level, const char *before, const char *path,
		      const char *text)
{
	AUTO_STRBUF line = { 0 };

	strbuf_addf(&line, "%s", before);
	strbuf_add_escaped(&line, path, strlen(path));
	strbuf_addf(&line, "%s%s", *text ? ": " : "", text);
	if (!line.failed)
		say_once(daemon, level, line.text);
}

/* In per-address mode a domain is '$' and the address. */
static const char *shown(const char *domain)
{
	return *domain == '$' ? domain + 1 : domain;
}

/* ---- answers to the kernel ----------------------------------------------------------------------------- */

static int64_t wall_clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int send_answer(struct daemon *daemon, const struct upcall_request *request, const struct upcall_answer *answer,
		       struct error *e)
{
	int r = upcall_answer(daemon->upcall, request, answer, e);

	daemon->last_answer_ns = wall_clock_ns();
	return r;
}

static int64_t in_seconds(unsigned int ttl)
{
	return (int64_t)time(NULL) + ttl;
}

/*
 * For answers that the kernel has no reason to refuse; it may have forgotten the domain meanwhile, and will ask
 * again.
 */
static void tell(struct daemon *daemon, const struct upcall_request *request, const struct upcall_answer *answer)
{
	struct error e;

	if (send_answer(daemon, request, answer, &e))
		log_line(LOG_LEVEL_DEBUG, "the kernel does not take an answer: %s", e.text);
}

static unsigned int at_most(unsigned int ttl, unsigned int most)
{
	return ttl < most ? ttl : most;
}

/* ---- who a client is ------------------------------------------------------------------------------------ */

static bool parse_address(const char *text, struct ip_address *address)
{
	if (!address_parse_bare(text, strlen(text), address))
		return false;
	address_unmap(address);
	return true;
}

/* Whoever is let in by its address need not wait as long for what its names may add. */
static int64_t patience(const struct daemon *daemon, const struct access_client *client)
{
	AUTO_ACCESS_SCOPE scope = { 0 };

	if (access_scope_of(daemon->current->exports->access, client, &scope))
		return CLIENTS_PATIENCE_MS;
	return scope.count ? PARTLY_KNOWN_MS : CLIENTS_PATIENCE_MS;
}

enum identity {
	IDENTITY_KNOWN,
	IDENTITY_UNSURE, /* by its address alone; names may come later, or nobody could say */
	IDENTITY_WAIT,	 /* the request is kept until its names are known */
};

static enum identity identify(struct daemon *daemon, const struct ip_address *address, struct upcall_request *request,
			      bool late, struct access_client *client)
{
	int64_t now = clock_ms();

	*client = (struct access_client){ .address = *address };
	if (!access_needs_names(daemon->current->exports->access))
		return IDENTITY_KNOWN;
	switch (clients_find(daemon->clients, address, now, client)) {
	case CLIENTS_KNOWN:
		return IDENTITY_KNOWN;
	case CLIENTS_WAIT:
		if (late || !clients_wait(daemon->clients, address, request, now, patience(daemon, client)))
			return IDENTITY_UNSURE;
		daemon_await_names(daemon);
		return IDENTITY_WAIT;
	default:
		return IDENTITY_UNSURE;
	}
}

/* ---- auth.unix.ip ------------------------------------------------------------------------------------------- */

static void say_authenticated(const struct daemon *daemon, const char *address, const char *domain)
{
	if (!daemon->settings->log_auth)
		return;
	if (!domain)
		log_line(LOG_LEVEL_NOTICE, "failed authentication for IP %s", address);
	else if (*domain == '$')
		log_line(LOG_LEVEL_NOTICE, "successful authentication for IP %s", address);
	else
		log_line(LOG_LEVEL_NOTICE, "successful authentication for IP %s as %s", address, domain);
}

static void reply_client(struct daemon *daemon, struct upcall_request *request, bool late)
{
	struct upcall_answer answer = { 0 };
	struct ip_address address;
	struct access_client client;
	AUTO_STRBUF domain = { 0 };
	enum identity identity;

	if (strcmp(request->class, "nfsd") != 0)
		return; /* somebody else's */
	if (!parse_address(request->address, &address)) {
		log_line(LOG_LEVEL_WARNING, "the kernel asks about an address that is none");
		return;
	}
	identity = identify(daemon, &address, request, late, &client);
	if (identity == IDENTITY_WAIT || answers_domain(daemon->current, &client, daemon->per_address, &domain))
		return;
	answer.negative = !domain.size;
	answer.domain = domain.text;
	answer.expiry = in_seconds(identity == IDENTITY_KNOWN ? daemon->settings->ttl :
								at_most(daemon->settings->ttl, UNSURE_TTL));
	if (domain.size >= UPCALL_DOMAIN_MAX) {
		log_line(LOG_LEVEL_WARNING, "%s matches so many clients of etab that the kernel cannot be told: use -i",
			 request->address);
		answer.negative = true;
	}
	say_authenticated(daemon, request->address, answer.negative ? NULL : answer.domain);
	tell(daemon, request, &answer);
}

/* ---- auth.unix.gid ----------------------------------------------------------------------------------------- */

void daemon_on_groups(uint32_t uid, const struct groups_answer *groups, void *context)
{
	struct daemon *daemon = context;
	const struct upcall_request request = { .cache = UPCALL_GROUPS, .uid = uid };
	struct upcall_answer answer = { .groups = groups->ids, .group_count = groups->count };

	if (groups->failed) {
		log_line(LOG_LEVEL_WARNING,
			 "the groups of user %u cannot be found out: "
			 "requests of this user wait",
			 uid);
		return;
	}
	answer.expiry = in_seconds(daemon->settings->ttl);
	tell(daemon, &request, &answer);
}

static void reply_groups(struct daemon *daemon, const struct upcall_request *request)
{
	const struct upcall_answer no = { .negative = true, .expiry = in_seconds(daemon->settings->ttl) };

	if (!daemon->settings->manage_gids) {
		tell(daemon, request, &no); /* those that the client sends count */
		return;
	}
	if (groups_ask(daemon->groups, request->uid))
		log_line(LOG_LEVEL_WARNING, "too many users are being asked about: user %u has to wait", request->uid);
}

/* ---- nfsd.fh and nfsd.export ------------------------------------------------------------------------------------ */

/*
 * The scope that a domain of a question stands for; IDENTITY_WAIT when the request is kept, or, without memory,
 * dropped: the kernel asks again, and a wrong "no" would stay there.
 */
static enum identity scope_of(struct daemon *daemon, struct upcall_request *request, bool late,
			      struct access_scope *scope)
{
	const struct access *access = daemon->current->exports->access;
	struct ip_address address;
	struct access_client client;
	enum identity identity;

	if (*request->domain != '$' || !parse_address(request->domain + 1, &address)) {
		return access_scope_parse(access, request->domain, scope) ? IDENTITY_WAIT : IDENTITY_KNOWN;
	}
	identity = identify(daemon, &address, request, late, &client);
	if (identity != IDENTITY_WAIT && access_scope_of(access, &client, scope))
		return IDENTITY_WAIT;
	return identity;
}

static void reply_handle(struct daemon *daemon, struct upcall_request *request, bool late)
{
	struct upcall_answer answer = { .expiry = UPCALL_NEVER };
	AUTO_ACCESS_SCOPE scope = { 0 };
	AUTO_STRBUF remark = { 0 };
	const char *path;

	if (scope_of(daemon, request, late, &scope) == IDENTITY_WAIT)
		return;
	switch (answers_handle(daemon->current, &scope, request, &path, &remark)) {
	case ANSWERS_HOLD:
		keep(daemon, &daemon->held, request);
		return;
	case ANSWERS_YES:
		answer.path = path;
		break;
	default:
		answer.negative = true;
		answer.expiry = in_seconds(STALE_TTL);
		if (daemon->settings->log_auth)
			log_line(LOG_LEVEL_NOTICE, "denied access to %s", shown(request->domain));
	}
	if (remark.size)
		say_about(daemon, LOG_LEVEL_WARNING, "file handles: ", remark.text, "");
	tell(daemon, request, &answer);
}

static void say_access(const struct daemon *daemon, const struct upcall_request *request, bool granted)
{
	AUTO_STRBUF path = { 0 };

	if (!daemon->settings->log_auth)
		return;
	strbuf_add_escaped(&path, request->path, strlen(request->path));
	if (!path.failed)
		log_line(LOG_LEVEL_NOTICE, "%s access to %s for %s", granted ? "granted" : "denied", path.text,
			 shown(request->domain));
}

static void say_kernel_refuses(struct daemon *daemon, const char *path, const struct error *why)
{
	if (why->code == EINVAL)
		say_about(daemon, LOG_LEVEL_WARNING, "Cannot export ", path,
			  "possibly unsupported filesystem or fsid= required");
	else
		say_about(daemon, LOG_LEVEL_WARNING, "Cannot export ", path, why->text);
}

static void deny(struct daemon *daemon, const struct upcall_request *request, unsigned int ttl)
{
	const struct upcall_answer no = { .negative = true, .expiry = in_seconds(ttl) };

	say_access(daemon, request, false);
	tell(daemon, request, &no);
}

static void reply_export(struct daemon *daemon, struct upcall_request *request, bool late)
{
	AUTO_ACCESS_SCOPE scope = { 0 };
	struct answers_export export;
	enum identity identity = scope_of(daemon, request, late, &scope);
	unsigned int ttl = daemon->settings->ttl;
	struct error e;

	if (identity == IDENTITY_WAIT)
		return;
	if (identity == IDENTITY_UNSURE)
		ttl = at_most(ttl, UNSURE_TTL);
	if (answers_export(daemon->current, &scope, request->path, &export) != ANSWERS_YES) {
		if (export.why.size && !export.why.failed)
			say_about(daemon, LOG_LEVEL_WARNING, "Cannot export path ", request->path, export.why.text);
		daemon->told_unmounted |= export.ttl == ANSWERS_UNMOUNTED_TTL;
		deny(daemon, request, export.ttl ? at_most(ttl, export.ttl) : ttl);
	} else {
		if (export.why.size && !export.why.failed)
			say_about(daemon, LOG_LEVEL_WARNING, "", request->path, export.why.text);
		export.answer.expiry = in_seconds(export.ttl ? at_most(ttl, export.ttl) : ttl);
		if (send_answer(daemon, request, &export.answer, &e)) {
			say_kernel_refuses(daemon, request->path, &e);
			deny(daemon, request, at_most(ttl, FAILED_TTL));
		} else {
			say_access(daemon, request, true);
		}
	}
	answers_export_free(&export);
}

/* ---- all of them -------------------------------------------------------------------------------------------- */

static void reply(struct daemon *daemon, struct upcall_request *request, bool late)
{
	switch (request->cache) {
	case UPCALL_CLIENT:
		reply_client(daemon, request, late);
		break;
	case UPCALL_GROUPS:
		reply_groups(daemon, request);
		break;
	case UPCALL_HANDLE:
		reply_handle(daemon, request, late);
		break;
	case UPCALL_EXPORT:
		reply_export(daemon, request, late);
		break;
	default:
		break;
	}
}

void daemon_on_request(struct upcall_request *request, void *context)
{
	struct daemon *daemon = context;

	if (daemon_is_stale(daemon) && request->cache != UPCALL_GROUPS)
		keep(daemon, &daemon->parked, request);
	else
		reply(daemon, request, false);
}

void daemon_on_client_ready(struct upcall_request *request, bool late, void *context)
{
	struct daemon *daemon = context;

	if (daemon_is_stale(daemon))
		keep(daemon, &daemon->parked, request);
	else
		reply(daemon, request, late);
}

void daemon_answer_parked(struct daemon *daemon)
{
	struct kept *all = daemon->parked, *kept, *next;

	if (daemon_is_stale(daemon))
		return;
	DL_CONCAT(all, daemon->held);
	daemon->parked = NULL;
	daemon->held = NULL;
	DL_FOREACH_SAFE(all, kept, next) {
		reply(daemon, &kept->request, false);
		forget(daemon, kept);
	}
}
