/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/allowance/allowance.h"

#include <errno.h>

#define KIB 1024u

/*
 * The longest message of each type: room for a chain or a list of authorities, for keys and signatures that no quantum
 * computer breaks, and for names; others are short.
 */
static const struct {
	unsigned int type;
	size_t size;
} longest[] = {
	{ GNUTLS_HANDSHAKE_CLIENT_HELLO, 16 * KIB },	    { GNUTLS_HANDSHAKE_SERVER_HELLO, 8 * KIB },
	{ GNUTLS_HANDSHAKE_HELLO_RETRY_REQUEST, 8 * KIB },  { GNUTLS_HANDSHAKE_ENCRYPTED_EXTENSIONS, 8 * KIB },
	{ GNUTLS_HANDSHAKE_CERTIFICATE_REQUEST, 64 * KIB }, { GNUTLS_HANDSHAKE_CERTIFICATE_PKT, 64 * KIB },
	{ GNUTLS_HANDSHAKE_CERTIFICATE_VERIFY, 16 * KIB },  { GNUTLS_HANDSHAKE_NEW_SESSION_TICKET, 16 * KIB },
};
#define LONGEST_OTHER (1 * KIB)

static int exceed(struct allowance *allowance, gnutls_alert_description_t alert)
{
	allowance->exceeded = true;
	allowance->alert = alert;
	return -allowance->why.code;
}

static int exceed_size(struct allowance *allowance, const char *what)
{
	error_set(&allowance->why, E2BIG, "%s than a handshake needs", what);
	return exceed(allowance, GNUTLS_A_ILLEGAL_PARAMETER);
}

int allowance_take_bytes(struct allowance *allowance, size_t size)
{
	if (allowance->exceeded)
		return -allowance->why.code;
	allowance->bytes += size;
	if (allowance->bytes > ALLOWANCE_BYTES_MAX)
		return exceed_size(allowance, "the peer sends more bytes");
	if (++allowance->pieces > ALLOWANCE_PIECES_MAX)
		return exceed_size(allowance, "the peer sends smaller pieces");
	return 0;
}

/* ---- the certificates of a message (RFC 8446 section 4.4.2) ----------------- */

struct reader {
	const unsigned char *at;
	size_t left;
};

/* A part with a length of so many bytes in front. */
static bool next(struct reader *from, unsigned int length_bytes, struct reader *part)
{
	size_t size = 0;

	if (from->left < length_bytes)
		return false;
	for (unsigned int i = 0; i < length_bytes; i++)
		size = size << 8 | *from->at++;
	from->left -= length_bytes;
	if (size > from->left)
		return false;
	*part = (struct reader){ from->at, size };
	from->at += size;
	from->left -= size;
	return true;
}

static int malformed(struct allowance *allowance)
{
	error_set(&allowance->why, EINVAL, "the peer's Certificate message is malformed");
	return exceed(allowance, GNUTLS_A_DECODE_ERROR);
}

static int refuse_certificate(struct allowance *allowance, unsigned int number)
{
	allowance->by_certificate = true;
	error_prefix(&allowance->why, "certificate %u of the peer's chain is refused", number);
	return exceed(allowance,
		      allowance->why.code == EOPNOTSUPP ? GNUTLS_A_UNSUPPORTED_CERTIFICATE : GNUTLS_A_BAD_CERTIFICATE);
}

static int take_certificates(struct allowance *allowance, struct reader message)
{
	struct x509_allowance left = { .certificates = X509_CHAIN_MAX, .elements = X509_ELEMENTS_MAX };
	struct reader context, list, certificate, extensions;

	if (!next(&message, 1, &context) || !next(&message, 3, &list) || message.left)
		return malformed(allowance);
	for (unsigned int number = 1; list.left; number++) {
		if (!next(&list, 3, &certificate) || !next(&list, 2, &extensions))
			return malformed(allowance);
		if (x509_check_allowance(certificate.at, certificate.left, &left, &allowance->why))
			return refuse_certificate(allowance, number);
	}
	return 0;
}

static size_t longest_of(unsigned int type)
{
	for (size_t i = 0; i < ARRAY_SIZE(longest); i++)
		if (longest[i].type == type)
			return longest[i].size;
	return LONGEST_OTHER;
}

int allowance_take_message(struct allowance *allowance, unsigned int type, const void *data, size_t size)
{
	if (allowance->exceeded)
		return -allowance->why.code;
	if (size > longest_of(type))
		return exceed_size(allowance, "the peer sends longer messages");
	if (++allowance->messages > ALLOWANCE_MESSAGES_MAX)
		return exceed_size(allowance, "the peer sends more messages");
	if (type != GNUTLS_HANDSHAKE_CERTIFICATE_PKT)
		return 0;
	return take_certificates(allowance, (struct reader){ data, size });
}
