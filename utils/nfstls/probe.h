/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * probe: what "nfstls probe" was asked, what it found at each address of the
 * server, and the verdict on it.  Private to this folder.
 */
#ifndef NFSTLS_NFSTLS_PROBE_H
#define NFSTLS_NFSTLS_PROBE_H

#include <sys/socket.h>

#include "support/base/base.h"
#include "support/policy/policy.h"
#include "support/rpc/rpc.h"
#include "support/x509/x509.h"
#include "utils/nfstls/tls_client.h"

#define PROBE_ADDRESSES_MAX 16u /* of one name; the others are counted only */
#define PROBE_SENTENCE_MAX 1024u

/* ---- the verdict ---------------------------------------------------------- */

/* The numbers are the exit statuses. */
enum probe_verdict {
	PROBE_OK = 0,
	PROBE_ERROR = 1,
	PROBE_UNREACHABLE = 2,
	PROBE_SILENT = 3,
	PROBE_NOT_NFS = 4,
	PROBE_NO_TLS = 5,
	PROBE_HANDSHAKE_FAILED = 6,
	PROBE_BAD_CERTIFICATE = 7,
	PROBE_CERTIFICATE_REQUIRED = 8,
	PROBE_VERDICT_COUNT,
};

/* For the last line and JSON; stable. */
const char *probe_verdict_word(enum probe_verdict verdict);
/* For --help. */
const char *probe_verdict_meaning(enum probe_verdict verdict);

/* ---- the question ---------------------------------------------------------- */

struct probe_options {
	char host[256]; /* without brackets */
	char port[8];
	const char *name;	 /* that the certificate must have; NULL: host */
	const char *certificate; /* name of one of this host's, to show to the server */
	const char *cert_file, *key_file;
	const char *truststore; /* NULL: the policy's */
	const char *config;
	const char *timeout; /* as it was given */
	int timeout_ms;	     /* of each step */
	bool only_v4, only_v6;
	bool json, verbose, help;
};

/* -EINVAL with what is wrong.  Strings are those of argv.  With help the rest is not checked. */
int probe_cli_parse(int argc, char **argv, struct probe_options *options, struct error *e);
void probe_cli_usage(struct strbuf *text);

/* ---- the findings ----------------------------------------------------------- */

enum probe_auth_tls { PROBE_NOT_ASKED, PROBE_NO_ANSWER, PROBE_OFFERED, PROBE_NOT_OFFERED };

/* What was found at one address, as far as it got. */
struct probe_findings {
	struct sockaddr_storage address;
	socklen_t address_size;
	char text[RPC_ADDRESS_TEXT_MAX];

	struct policy_connection policy;
	struct x509_trust *trust; /* what policy or option names; x509_trust_free() */

	bool connected;
	int connect_ms;
	bool version[5];       /* of NFS, by number */
	bool versions_refused; /* it tells them only to those with credentials or TLS */
	enum probe_auth_tls auth_tls;

	struct tls_client_findings tls;

	bool verified; /* certificate and why hold the verdict, as a word and a sentence */
	enum reason certificate;
	char why[REASON_SENTENCE_MAX];
	bool peers_say_no;

	bool decided; /* verdict and sentence are final */
	enum probe_verdict verdict;
	char sentence[PROBE_SENTENCE_MAX];
};

struct probe_result {
	const struct probe_options *options;
	const char *name; /* that was verified */
	bool shows_certificate;
	struct probe_findings *at;
	size_t count;
	size_t left_out;	    /* addresses past PROBE_ADDRESSES_MAX */
	enum probe_verdict verdict; /* of all */
	char sentence[PROBE_SENTENCE_MAX];
};

/* Pure: the verdict on the server from those on its addresses, of which there is at least one. */
void probe_conclude(struct probe_result *result);

/* ---- the report --------------------------------------------------------------- */

/* Pure: all that was found, for people or as JSON.  now counts the days that are left. */
void probe_report_text(const struct probe_result *result, time_t now, struct strbuf *out);
void probe_report_json(const struct probe_result *result, time_t now, struct strbuf *out);

/* Whole days from now until when; negative when that is past. */
long probe_days_left(time_t now, time_t when);

#endif
