/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reason: why a handshake, or a certificate in it, came to nothing.  Who finds a reason, tells of it or acts on it
 * takes what he needs from its row here; rpc.tlshd(8) has a paragraph for each.  A new reason is a row, the place that
 * finds it, and that paragraph.
 *
 * A *cause* is what was found in one case ("the certificate of a.example.org expired at ..."), and says nothing of what
 * to do.  That is the row's remedy; reason_sentence() puts the two together, once, for people.
 */
#ifndef NFSTLS_REASON_H
#define NFSTLS_REASON_H

#include "support/base/base.h"

/* Whether trying again helps. */
enum reason_end {
	REASON_STAYS,  /* an administrator has to act */
	REASON_PASSES, /* as soon as there is less to do */
	REASON_AWAITS, /* somebody on the other host, which may just be starting */
};

/* Who is to blame. */
enum reason_blame { REASON_PEER, REASON_SILENT_PEER, REASON_HOST };

/* How nfscert(8) ends when a certificate is refused for it. */
enum reason_exit { REASON_DONE = 0, REASON_DATES = 8, REASON_PURPOSE = 9, REASON_CHAIN = 10 };

/* clang-format off */
/*
 * name, word (stays as it is: it stands in logs, JSON and pages), end, blame, the TLS alert that tells the peer
 * (CLOSE_NOTIFY: none does), nfscert's exit status, rank (of several ways through a chain the one that came furthest is
 * told: the greatest), what it means (see reason_meaning()), the remedy (NULL: each cause has one of its own in it).
 */
#define REASONS(X)                                                                                                   \
	X(OK, "ok", STAYS, PEER, CLOSE_NOTIFY, DONE, 8,                                                              \
	  "it succeeded", NULL)                                                                                      \
	X(EXPIRED, "expired", STAYS, PEER, CERTIFICATE_EXPIRED, DATES, 3,                                            \
	  "the <peer>'s certificate has expired", "renew it")                                                        \
	X(NOT_YET_VALID, "not-yet-valid", STAYS, PEER, CERTIFICATE_EXPIRED, DATES, 3,                                \
	  "the <peer>'s certificate is not valid yet", "see the clocks of both hosts")                               \
	X(WRONG_PURPOSE, "wrong-purpose", STAYS, PEER, UNSUPPORTED_CERTIFICATE, PURPOSE, 6,                          \
	  "the <peer>'s certificate is not one for <peer>s", "issue one for this purpose")                              \
	X(WRONG_NAME, "wrong-name", STAYS, PEER, BAD_CERTIFICATE, CHAIN, 7,                                          \
	  "the <peer>'s certificate has another name",                                                               \
	  "mount by a name that it has, or give the server one with this name")                                      \
	X(UNKNOWN_CA, "unknown-ca", STAYS, PEER, UNKNOWN_CA, CHAIN, 0,                                               \
	  "this <host> does not trust the <peer>'s certificate",                                                     \
	  "add the authority to truststore= in /etc/nfs-tls.conf, if it is to be trusted, or what is missing to the "\
	  "chain")                                                                                                   \
	X(REVOKED, "revoked", STAYS, PEER, CERTIFICATE_REVOKED, CHAIN, 2,                                            \
	  "the <peer>'s certificate is revoked", "it needs a new one")                                               \
	X(CRL_OUTDATED, "crl-outdated", STAYS, PEER, CERTIFICATE_UNKNOWN, CHAIN, 4,                                  \
	  "this <host>'s revocation list is outdated", "fetch the current one, and see the clock of this host")      \
	X(CRL_MISSING, "crl-missing", STAYS, PEER, CERTIFICATE_UNKNOWN, CHAIN, 5,                                    \
	  "this <host> demands a revocation list of every authority, and one is missing", "add it to crl=")          \
	X(BAD_CERTIFICATE, "bad-certificate", STAYS, PEER, BAD_CERTIFICATE, CHAIN, 1,                                \
	  "the <peer>'s certificate is bad", "issue another one")                                                    \
	X(NO_CERTIFICATE, "no-certificate", STAYS, PEER, CERTIFICATE_REQUIRED, CHAIN, 0,                             \
	  "the <peer> showed no certificate", NULL)                                                                  \
	X(NOT_PERMITTED, "not-permitted", STAYS, PEER, ACCESS_DENIED, CHAIN, 0,                                      \
	  "the policy of this <host> does not permit that <peer>", NULL)                                             \
	X(REFUSED_BY_PEER, "refused-by-peer", STAYS, PEER, CLOSE_NOTIFY, CHAIN, 0,                                   \
	  "the <peer> refused this <host> or its certificate", "the log of its agent tells more")                    \
	X(PEER_UNREADY, "peer-unready", STAYS, PEER, CLOSE_NOTIFY, CHAIN, 0,                                         \
	  "the <peer> refused the handshake before it showed a certificate",                                         \
	  "see that the <peer> has one for TLS, and the log of its agent")                                           \
	X(ALPN, "alpn", STAYS, PEER, NO_APPLICATION_PROTOCOL, CHAIN, 0,                                              \
	  "the <peer> did not agree to speak RPC over TLS",                                                          \
	  "see that the <peer> speaks NFS; where it only says nothing of it, alpn=optional lets it in")                \
	X(NOT_ASKED, "not-asked", STAYS, PEER, HANDSHAKE_FAILURE, CHAIN, 0,                                          \
	  "the <peer> asked for no certificate, so this <host> is not authenticated",                                \
	  "have the <peer> ask for certificates, or mount with xprtsec=tls where the policy permits it")             \
	X(STALLED, "stalled", AWAITS, SILENT_PEER, CLOSE_NOTIFY, CHAIN, 0,                                           \
	  "the <peer> offers TLS, but does no handshake",                                                             \
	  "start rpc.tlshd on the <peer>, and see that the network is whole")                                       \
	X(TIMEOUT, "timeout", PASSES, SILENT_PEER, CLOSE_NOTIFY, CHAIN, 0,                                           \
	  "the handshake took too long", "see the load and the log of both agents")                                  \
	X(CLOSED_BY_PEER, "closed-by-peer", AWAITS, PEER, CLOSE_NOTIFY, CHAIN, 0,                                    \
	  "the <peer> offers TLS, but ends every handshake", "start rpc.tlshd on the <peer>")                         \
	X(PROTOCOL, "protocol", STAYS, PEER, HANDSHAKE_FAILURE, CHAIN, 0,                                            \
	  "the TLS handshake failed", "the log of the other host's agent may tell more")                             \
	X(KTLS, "ktls", STAYS, HOST, CLOSE_NOTIFY, CHAIN, 0,                                                         \
	  "this <host>'s kernel does not take the session", "load the module tls")                                   \
	X(NO_CREDENTIALS, "no-credentials", STAYS, HOST, ACCESS_DENIED, CHAIN, 0,                                    \
	  "this <host> has no certificate to show", NULL)                                                            \
	X(UNSUPPORTED, "unsupported", STAYS, HOST, CLOSE_NOTIFY, CHAIN, 0,                                           \
	  "this <host>'s agent cannot do what was asked", "it serves NFS over TCP")                                  \
	X(WORKER_DIED, "worker-died", PASSES, HOST, CLOSE_NOTIFY, CHAIN, 0,                                          \
	  "this <host>'s agent lost a process in the handshake", "this is a defect, please report it")               \
	X(AGENT_ERROR, "agent-error", STAYS, HOST, INTERNAL_ERROR, CHAIN, 0,                                         \
	  "this <host>'s agent failed", "see the log of rpc.tlshd on this host")
/* clang-format on */

enum reason {
#define X(name, word, end, blame, alert, exit, rank, meaning, remedy) REASON_##name,
	REASONS(X)
#undef X
		REASON_COUNT
};

struct reason_row {
	const char *word;
	enum reason_end end;
	enum reason_blame blame;
	unsigned int alert;
	enum reason_exit exit;
	unsigned int rank;
	const char *meaning;
	const char *remedy;
};

#define REASON_SENTENCE_MAX 600u /* room for any remedy, and a cause of 400 bytes */

/* Its row; that of REASON_AGENT_ERROR for a number out of range. */
const struct reason_row *reason_row(enum reason reason);

/* Its row by its word; NULL for a word of somebody else's. */
const struct reason_row *reason_by_word(const char *word);

/*
 * The positive errno for the kernel, 0 for REASON_OK.  What may pass by itself is ETIMEDOUT, which makes a hard mount
 * try again; what needs an administrator is EACCES, which fails the mount (net/sunrpc/clnt.c, call_connect_status).
 */
int reason_errno(enum reason reason);

/* Appends what it means where this host is host, and the other peer: "client" and "server", or the other way round. */
void reason_meaning(const struct reason_row *row, const char *host, const char *peer, struct strbuf *out);

/* Appends the remedy where the row has one. */
void reason_remedy(const struct reason_row *row, const char *peer, struct strbuf *out);

/* "CAUSE: REMEDY", where the other host is peer.  A cause that is too long is cut, the remedy is not. */
void reason_sentence(enum reason reason, const char *cause, const char *peer, char *out, size_t room);

#endif
