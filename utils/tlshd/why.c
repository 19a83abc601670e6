/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/why.h"

#include <errno.h>
#include <stdio.h>

static const struct {
	const char *word;
	int code;
} whys[WHY_COUNT] = {
	[WHY_OK] = { "ok", 0 },
	[WHY_EXPIRED] = { "expired", EACCES },
	[WHY_NOT_YET_VALID] = { "not-yet-valid", EACCES },
	[WHY_WRONG_PURPOSE] = { "wrong-purpose", EACCES },
	[WHY_WRONG_NAME] = { "wrong-name", EACCES },
	[WHY_UNKNOWN_CA] = { "unknown-ca", EACCES },
	[WHY_REVOKED] = { "revoked", EACCES },
	[WHY_CRL_OUTDATED] = { "crl-outdated", EACCES },
	[WHY_CRL_MISSING] = { "crl-missing", EACCES },
	[WHY_BAD_CERTIFICATE] = { "bad-certificate", EACCES },
	[WHY_NO_CERTIFICATE] = { "no-certificate", EACCES },
	[WHY_NOT_PERMITTED] = { "not-permitted", EACCES },
	[WHY_REFUSED_BY_PEER] = { "refused-by-peer", EACCES },
	[WHY_ALPN] = { "alpn", EACCES },
	[WHY_STALLED] = { "stalled", ETIMEDOUT },
	[WHY_TIMEOUT] = { "timeout", ETIMEDOUT },
	[WHY_CLOSED_BY_PEER] = { "closed-by-peer", ETIMEDOUT },
	[WHY_PROTOCOL] = { "protocol", EACCES },
	[WHY_KTLS] = { "ktls", EACCES },
	[WHY_NO_CREDENTIALS] = { "no-credentials", EACCES },
	[WHY_UNSUPPORTED] = { "unsupported", EACCES },
	[WHY_WORKER_DIED] = { "worker-died", ETIMEDOUT },
	[WHY_AGENT_ERROR] = { "agent-error", EACCES },
};

const char *why_word(enum why why)
{
	return whys[why < WHY_COUNT ? why : WHY_AGENT_ERROR].word;
}

int why_errno(enum why why)
{
	return whys[why < WHY_COUNT ? why : WHY_AGENT_ERROR].code;
}

enum why why_from_verdict(enum x509_verdict verdict)
{
	static const enum why map[] = {
		[X509_OK] = WHY_OK,
		[X509_EXPIRED] = WHY_EXPIRED,
		[X509_NOT_YET_VALID] = WHY_NOT_YET_VALID,
		[X509_WRONG_PURPOSE] = WHY_WRONG_PURPOSE,
		[X509_WRONG_NAME] = WHY_WRONG_NAME,
		[X509_UNKNOWN_CA] = WHY_UNKNOWN_CA,
		[X509_REVOKED] = WHY_REVOKED,
		[X509_CRL_OUTDATED] = WHY_CRL_OUTDATED,
		[X509_CRL_MISSING] = WHY_CRL_MISSING,
		[X509_BAD] = WHY_BAD_CERTIFICATE,
	};

	return (size_t)verdict < ARRAY_SIZE(map) ? map[verdict] : WHY_BAD_CERTIFICATE;
}

static enum why from_alert(gnutls_session_t session, char *reason, size_t room)
{
	gnutls_alert_description_t alert = gnutls_alert_get(session);
	const char *name = gnutls_alert_get_name(alert);

	snprintf(reason, room, "the peer refused the handshake: %s (TLS alert %d): its own log tells more",
		 name ? name : "unknown alert", (int)alert);
	return alert == GNUTLS_A_NO_APPLICATION_PROTOCOL ? WHY_ALPN : WHY_REFUSED_BY_PEER;
}

static bool is_about_certificate(unsigned int description)
{
	switch (description) {
	case GNUTLS_A_BAD_CERTIFICATE:
	case GNUTLS_A_UNSUPPORTED_CERTIFICATE:
	case GNUTLS_A_CERTIFICATE_REVOKED:
	case GNUTLS_A_CERTIFICATE_EXPIRED:
	case GNUTLS_A_CERTIFICATE_UNKNOWN:
	case GNUTLS_A_UNKNOWN_CA:
		return true;
	default:
		return false;
	}
}

enum why why_from_clear_alert(unsigned int description, char *reason, size_t room)
{
	const char *name = gnutls_alert_get_name((gnutls_alert_description_t)description);

	snprintf(reason, room,
		 "the peer refused %s: %s (TLS alert %u, in clear text, for which nobody vouches): its "
		 "own log tells more",
		 is_about_certificate(description) ? "this host's certificate" : "the handshake",
		 name ? name : "unknown alert", description);
	return WHY_REFUSED_BY_PEER;
}

enum why why_from_gnutls(int code, gnutls_session_t session, char *reason, size_t room)
{
	switch (code) {
	case GNUTLS_E_FATAL_ALERT_RECEIVED:
		return from_alert(session, reason, room);
	case GNUTLS_E_PREMATURE_TERMINATION:
	case GNUTLS_E_PULL_ERROR:
	case GNUTLS_E_PUSH_ERROR:
	case GNUTLS_E_SESSION_EOF:
		snprintf(reason, room,
			 "the peer closed the connection in the middle of the handshake: is an agent running there?");
		return WHY_CLOSED_BY_PEER;
	case GNUTLS_E_UNSUPPORTED_VERSION_PACKET:
		snprintf(reason, room, "the peer does not speak TLS 1.3, which RPC-with-TLS demands");
		return WHY_PROTOCOL;
	case GNUTLS_E_NO_APPLICATION_PROTOCOL:
		snprintf(reason, room, "the peer did not offer ALPN \"sunrpc\": set alpn=optional if it is an old one");
		return WHY_ALPN;
	case GNUTLS_E_NO_CERTIFICATE_FOUND:
	case GNUTLS_E_CERTIFICATE_REQUIRED:
		snprintf(reason, room, "no certificate was presented");
		return WHY_NO_CERTIFICATE;
	default:
		snprintf(reason, room, "TLS failed: %s", gnutls_strerror(code));
		return WHY_PROTOCOL;
	}
}
