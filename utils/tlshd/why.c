/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/why.h"

#include <stdio.h>

static enum reason from_alert(gnutls_session_t session, char *cause, size_t room)
{
	gnutls_alert_description_t alert = gnutls_alert_get(session);
	const char *name = gnutls_alert_get_name(alert);

	snprintf(cause, room, "the peer refused the handshake: %s (TLS alert %d)", name ? name : "unknown alert",
		 (int)alert);
	return alert == GNUTLS_A_NO_APPLICATION_PROTOCOL ? REASON_ALPN : REASON_REFUSED_BY_PEER;
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

enum reason why_from_clear_alert(unsigned int description, char *cause, size_t room)
{
	const char *name = gnutls_alert_get_name((gnutls_alert_description_t)description);

	snprintf(cause, room, "the peer refused %s: %s (TLS alert %u, in clear text, for which nobody vouches)",
		 is_about_certificate(description) ? "this host's certificate" : "the handshake",
		 name ? name : "unknown alert", description);
	return REASON_REFUSED_BY_PEER;
}

enum reason why_from_gnutls(int code, gnutls_session_t session, char *cause, size_t room)
{
	switch (code) {
	case GNUTLS_E_FATAL_ALERT_RECEIVED:
		return from_alert(session, cause, room);
	case GNUTLS_E_PREMATURE_TERMINATION:
	case GNUTLS_E_PULL_ERROR:
	case GNUTLS_E_PUSH_ERROR:
	case GNUTLS_E_SESSION_EOF:
		snprintf(cause, room, "the peer closed the connection in the middle of the handshake");
		return REASON_CLOSED_BY_PEER;
	case GNUTLS_E_UNSUPPORTED_VERSION_PACKET:
		snprintf(cause, room, "the peer does not speak TLS 1.3, which RPC-with-TLS demands");
		return REASON_PROTOCOL;
	case GNUTLS_E_NO_APPLICATION_PROTOCOL:
		snprintf(cause, room, "the peer did not offer ALPN \"sunrpc\"");
		return REASON_ALPN;
	case GNUTLS_E_NO_CERTIFICATE_FOUND:
	case GNUTLS_E_CERTIFICATE_REQUIRED:
		snprintf(cause, room, "a certificate is demanded of every client: mount with xprtsec=mtls");
		return REASON_NO_CERTIFICATE;
	default:
		snprintf(cause, room, "TLS failed: %s", gnutls_strerror(code));
		return REASON_PROTOCOL;
	}
}
