/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/tls/tls.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/*
 * TLS 1.3 only, and only the ciphers that have a kTLS number (linux/tls.h).  Everything is taken away from the
 * distribution's default, nothing added, so that its crypto policy stays in force.
 */
#define PRIORITY_REMOVALS "-VERS-TLS1.2:-VERS-TLS1.1:-VERS-TLS1.0:-VERS-DTLS-ALL:-AES-128-CCM-8"

/* A peer that sends nothing but warnings must not keep us from others. */
#define WARNINGS_MAX 8u

/* RFC 9289 section 8.2: the ALPN protocol of RPC-with-TLS. */
static const char alpn_name[] = "sunrpc";
#define EXTENSION_ALPN 16u /* RFC 7301 section 6 */

int tls_priority_new(gnutls_priority_t *priority, struct error *e)
{
	const char *where = NULL;
	int r = gnutls_priority_init2(priority, PRIORITY_REMOVALS, &where, GNUTLS_PRIORITY_INIT_DEF_APPEND);

	if (r < 0)
		return error_set(e, EINVAL, "the system's TLS policy leaves nothing that RPC-with-TLS can use: %s",
				 gnutls_strerror(r));
	return 0;
}

static int set_up(gnutls_session_t tls, gnutls_priority_t priority, gnutls_certificate_credentials_t credentials)
{
	static const gnutls_datum_t alpn = { (unsigned char *)(uintptr_t)alpn_name, sizeof(alpn_name) - 1 };
	int r = gnutls_priority_set(tls, priority);

	gnutls_handshake_set_timeout(tls, 0);
	if (r >= 0)
		/* Who offers only other protocols is refused; who offers none is not (RFC 7301 section 3.2). */
		r = gnutls_alpn_set_protocols(tls, &alpn, 1, GNUTLS_ALPN_MANDATORY);
	return r < 0 ? r : gnutls_credentials_set(tls, GNUTLS_CRD_CERTIFICATE, credentials);
}

int tls_session_new(bool is_client, gnutls_priority_t priority, gnutls_certificate_credentials_t credentials,
		    gnutls_session_t *tls)
{
	unsigned int flags = GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL | GNUTLS_NO_TICKETS;
	int r;

	/* A client that was told to show its certificate shows it, whatever issuers the server hints at. */
	flags |= is_client ? GNUTLS_CLIENT | GNUTLS_FORCE_CLIENT_CERT : GNUTLS_SERVER;
	r = gnutls_init(tls, flags);
	if (r < 0)
		return r;
	r = set_up(*tls, priority, credentials);
	if (r < 0)
		gnutls_deinit(*tls);
	return r;
}

/* ---- names ---------------------------------------------------------------------- */

int tls_ask_for_name(gnutls_session_t tls, const struct x509_reference *name)
{
	if (name->is_address)
		return 0;
	return gnutls_server_name_set(tls, GNUTLS_NAME_DNS, name->name, strlen(name->name));
}

void tls_asked_name(gnutls_session_t tls, char *name, size_t room)
{
	size_t size = room - 1;
	unsigned int type;
	bool found = gnutls_server_name_get(tls, name, &size, &type, 0) >= 0 && type == GNUTLS_NAME_DNS && size < room;

	name[found ? size : 0] = '\0';
	/* A host name, and nothing but one, covers itself. */
	if (strlen(name) != size || name[0] == '*' || !x509_dns_name_matches(name, size, name))
		name[0] = '\0';
}

/* ---- what came of it -------------------------------------------------------------- */

/* The list of one name that an extension of a server holds (RFC 7301 section 3.1). */
static int is_another_protocol(void *is_another, unsigned int type, const unsigned char *data, unsigned int size)
{
	if (type == EXTENSION_ALPN)
		*(bool *)is_another = size != 3 + sizeof(alpn_name) - 1 || memcmp(data + 3, alpn_name, size - 3) != 0;
	return 0;
}

int tls_check_message(unsigned int type, const gnutls_datum_t *message)
{
	bool is_another = false;

	if (type != GNUTLS_HANDSHAKE_ENCRYPTED_EXTENSIONS ||
	    gnutls_ext_raw_parse(&is_another, is_another_protocol, message, 0) < 0)
		return 0;
	return is_another ? GNUTLS_E_NO_APPLICATION_PROTOCOL : 0;
}

bool tls_agreed_to_rpc(gnutls_session_t tls)
{
	gnutls_datum_t chosen;

	return gnutls_alpn_get_selected_protocol(tls, &chosen) == 0 && chosen.size == sizeof(alpn_name) - 1 &&
	       !memcmp(chosen.data, alpn_name, chosen.size);
}

void tls_protocol(gnutls_session_t tls, char *out, size_t room)
{
	gnutls_datum_t chosen;

	*out = '\0';
	if (gnutls_alpn_get_selected_protocol(tls, &chosen) == 0)
		text_escape(out, room, (const char *)chosen.data, chosen.size);
}

bool tls_is_new_enough(gnutls_session_t tls)
{
	return gnutls_protocol_get_version(tls) == GNUTLS_TLS1_3;
}

void tls_describe(gnutls_session_t tls, char *version, size_t version_room, char *cipher, size_t cipher_room)
{
	const char *name = gnutls_cipher_get_name(gnutls_cipher_get(tls));

	text_copy(version, version_room, tls_is_new_enough(tls) ? "1.3" : "old");
	text_copy(cipher, cipher_room, name ? name : "unknown");
}

bool tls_is_warning(int code, unsigned int *warnings)
{
	return code != GNUTLS_E_AGAIN && !gnutls_error_is_fatal(code) && (*warnings)++ < WARNINGS_MAX;
}

/* ---- reasons ------------------------------------------------------------------------ */

static const char *alert_name(unsigned int description)
{
	const char *name = gnutls_alert_get_name((gnutls_alert_description_t)description);

	return name ? name : "unknown alert";
}

static enum reason from_alert(gnutls_session_t tls, const char *peer, char *cause, size_t room)
{
	gnutls_alert_description_t alert = gnutls_alert_get(tls);

	snprintf(cause, room, "%s refused: %s (TLS alert %d)", peer, alert_name(alert), (int)alert);
	return alert == GNUTLS_A_NO_APPLICATION_PROTOCOL ? REASON_ALPN : REASON_REFUSED_BY_PEER;
}

enum reason tls_reason(int code, gnutls_session_t tls, const char *peer, char *cause, size_t room)
{
	/* GnuTLS takes a hello without TLS 1.3 for one without a common cipher. */
	if (code == GNUTLS_E_NO_CIPHER_SUITES && tls && !tls_is_new_enough(tls))
		code = GNUTLS_E_UNSUPPORTED_VERSION_PACKET;
	switch (code) {
	case GNUTLS_E_FATAL_ALERT_RECEIVED:
		return from_alert(tls, peer, cause, room);
	case GNUTLS_E_PREMATURE_TERMINATION:
	case GNUTLS_E_PULL_ERROR:
	case GNUTLS_E_PUSH_ERROR:
	case GNUTLS_E_SESSION_EOF:
		snprintf(cause, room, "%s closed the connection", peer);
		return REASON_CLOSED_BY_PEER;
	case GNUTLS_E_UNEXPECTED_PACKET_LENGTH:
	case GNUTLS_E_UNSUPPORTED_VERSION_PACKET:
		snprintf(cause, room, "%s does not speak TLS 1.3, which RPC-with-TLS demands", peer);
		return REASON_PROTOCOL;
	case GNUTLS_E_NO_APPLICATION_PROTOCOL:
		snprintf(cause, room, "%s speaks another protocol by ALPN, not \"%s\"", peer, alpn_name);
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

bool tls_refused_unasked(gnutls_session_t tls)
{
	unsigned int count;

	if (gnutls_certificate_get_peers(tls, &count) || gnutls_certificate_client_get_request_status(tls))
		return false;
	switch (gnutls_alert_get(tls)) {
	case GNUTLS_A_ACCESS_DENIED:
	case GNUTLS_A_HANDSHAKE_FAILURE:
	case GNUTLS_A_INTERNAL_ERROR:
		return true;
	default:
		return false;
	}
}

enum reason tls_reason_of_clear_alert(unsigned int description, const char *peer, char *cause, size_t room)
{
	snprintf(cause, room, "%s refused %s: %s (TLS alert %u, in clear text, for which nobody vouches)", peer,
		 tls_alert_is_about_certificate(description) ? "this host's certificate" : "the handshake",
		 alert_name(description), description);
	return REASON_REFUSED_BY_PEER;
}

bool tls_alert_is_about_certificate(unsigned int description)
{
	switch (description) {
	case GNUTLS_A_CERTIFICATE_REQUIRED:
	case GNUTLS_A_BAD_CERTIFICATE:
	case GNUTLS_A_UNSUPPORTED_CERTIFICATE:
	case GNUTLS_A_CERTIFICATE_REVOKED:
	case GNUTLS_A_CERTIFICATE_EXPIRED:
	case GNUTLS_A_CERTIFICATE_UNKNOWN:
	case GNUTLS_A_UNKNOWN_CA:
	case GNUTLS_A_ACCESS_DENIED:
		return true;
	default:
		return false;
	}
}
