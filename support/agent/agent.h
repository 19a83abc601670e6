/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * agent: the client side of rpc.tlshd's control socket, for every program that
 * wants to know what the handshake agent knows.  One request, a line; one
 * answer, JSON as documented in rpc.tlshd(8); then the connection ends.
 */
#ifndef NFSTLS_AGENT_H
#define NFSTLS_AGENT_H

#include <json-c/json.h>
#include <sys/socket.h>
#include <time.h>

#include "support/base/base.h"

#define AGENT_FOLDER RUN_DIR "/nfs-tls"
#define AGENT_SOCKET AGENT_FOLDER "/agent.sock"
#define AGENT_REQUEST_MAX 512u
#define AGENT_ANSWER_MAX (64u << 20)
#define AGENT_NAMES_MAX 2048u /* bytes of a list of names; no agent of ours tells more */
#define AGENT_LIMIT_MS 30000  /* a reload reads every certificate */

/*
 * Sends request ("status", "failures", "sessions", "reload") to the agent at
 * path and puts its answer into *answer, which the caller frees.  Errors:
 * -ENOENT or -ECONNREFUSED when no agent runs, -EACCES when not root,
 * -ETIMEDOUT, -EPROTO for an answer that is cut short; each with its sentence.
 */
int agent_ask(const char *path, const char *request, struct strbuf *answer, struct error *e);

/* The same within limit_ms, for those who cannot wait. */
int agent_ask_within(const char *path, const char *request, int limit_ms, struct strbuf *answer, struct error *e);

/*
 * The same of the agent of this host, with its answer as an object, which the caller puts.  NULL with the
 * sentence for the errors above; EPROTO also for what is no JSON object, and EREMOTEIO with the agent's own sentence
 * when it does not do what was asked.
 */
struct json_object *agent_ask_object(const char *request, int limit_ms, struct error *e);

/*
 * Whether an answer is of the agent of this process' network namespace: some share the folder of the
 * socket, and in another one the same addresses may be those of other connections.  False where it cannot be told.
 */
bool agent_is_of_here(struct json_object *status);

/*
 * As agent_ask_object(), of the agent of this process' network namespace, which may have another socket in
 * AGENT_FOLDER.  ENONET when only agents of others answer.
 */
struct json_object *agent_ask_here(const char *request, int limit_ms, struct error *e);

/* ---- the connections that it has set up (sessions.c) ------------------------- */

/* Whether the other side showed a certificate. */
enum agent_mutual { AGENT_MUTUAL_UNKNOWN, AGENT_MUTUAL_NO, AGENT_MUTUAL_YES };

/* The texts belong to the sessions; "" where there is none. */
struct agent_session {
	enum agent_mutual mutual;
	const char *role;	   /* ours: "client", "server" */
	struct json_object *names; /* see agent_session_names() */
	size_t names_left_out;
	const char *serial;	     /* of the other side's certificate */
	const char *certificate;     /* the name of ours that was shown */
	time_t established, expires; /* 0: not known */
};

struct agent_sessions;

/*
 * Takes over an answer to "sessions", of a live agent or not, to look connections up in it by their ends.  NULL without
 * memory, and then the answer is put.
 */
struct agent_sessions *agent_sessions_new(struct json_object *answer);
void agent_sessions_free(struct agent_sessions *sessions);

/* *session is filled and true, or false for a connection that the agent does not know.  sessions may be NULL. */
bool agent_sessions_find(const struct agent_sessions *sessions, const struct sockaddr_storage *local,
			 const struct sockaddr_storage *remote, struct agent_session *session);

/* Whether a handshake is under way on the connection, of which there is no session yet.  sessions may be NULL. */
bool agent_sessions_starting(const struct agent_sessions *sessions, const struct sockaddr_storage *local,
			     const struct sockaddr_storage *remote);

/*
 * The names in the other side's certificate, as a list of texts (text_list_add()); returns how many more there are.
 */
size_t agent_session_names(const struct agent_session *session, char *list, size_t room);

typedef void agent_session_visitor(const struct agent_session *session, void *context);
void agent_sessions_visit(const struct agent_sessions *sessions, agent_session_visitor *visit, void *context);

/* ---- who the server at the other end is (proof.c) ----------------------------- */

enum agent_verdict {
	AGENT_UNKNOWN, /* the agent does not know the connection, as when it was started later */
	AGENT_NOT_PROVEN,
	AGENT_PROVEN,
};

struct agent_proof {
	enum agent_verdict verdict;
	bool again;	  /* AGENT_UNKNOWN only for a moment */
	char peer[256];	  /* the name for which the kernel has made the connection; "": not known */
	char reason[512]; /* why it is not proven or not known */
};

struct agent_proof_question {
	const char *name;			       /* of the server, as it was mounted */
	const struct sockaddr_storage *local, *remote; /* the ends of the connection */

	/* Have it proven by every handshake in place of this one's, too; see "hold" in rpc.tlshd(8). */
	bool hold;
	unsigned int major, minor; /* then: of the file system */
	bool any_address;
};

/* Asks the agent, which judges what the server has shown.  Errors as agent_ask_here(). */
int agent_prove(const struct agent_proof_question *question, int limit_ms, struct agent_proof *proof, struct error *e);

/*
 * What sessions has of it, without asking: true and *proof, or false where nobody has asked for that name on that
 * connection yet.  A connection that it does not know is AGENT_UNKNOWN (sessions.c).
 */
bool agent_sessions_proof(const struct agent_sessions *sessions, const struct sockaddr_storage *local,
			  const struct sockaddr_storage *remote, const char *name, struct agent_proof *proof);

#endif
