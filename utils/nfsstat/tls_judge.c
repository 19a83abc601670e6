/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "utils/nfsstat/tls.h"

#define VERSION_TLS13 0x0304u

static const char *const words[TLS_STATE_COUNT] = {
	[TLS_OK] = "ok",	   [TLS_PLAIN] = "plain", [TLS_CLEAR] = "CLEAR",       [TLS_WEAK] = "WEAK",
	[TLS_UNKNOWN] = "unknown", [TLS_IDLE] = "idle",	  [TLS_STARTING] = "starting",
};

const char *tls_state_word(enum tls_state state)
{
	return (size_t)state < TLS_STATE_COUNT ? words[state] : "unknown";
}

void tls_clean(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

static void judge(struct tls_row *row, enum tls_state state, const char *fmt, ...) PRINTF_LIKE(3, 4);

static void judge(struct tls_row *row, enum tls_state state, const char *fmt, ...)
{
	va_list args;

	row->state = state;
	va_start(args, fmt);
	vsnprintf(row->why, sizeof(row->why), fmt, args);
	va_end(args);
	tls_clean(row->why);
}

#define DEMANDS_ROOM 300u

/* Who demands the stronger of the two, for a sentence. */
static const char *who_demands(const struct tls_row *row, enum xprtsec wanted, char text[DEMANDS_ROOM])
{
	if (xprtsec_at_least(row->minimum, wanted) && row->minimum_line[0])
		snprintf(text, DEMANDS_ROOM, "%s", row->minimum_line);
	else if (row->transport->is_stray)
		snprintf(text, DEMANDS_ROOM, "what the kernel was told (%s)", row->transport->security);
	else if (row->transport->mount_count > 1 && row->asked_by)
		snprintf(text, DEMANDS_ROOM, "the xprtsec=%s of %s", xprtsec_word(row->asked), row->asked_by);
	else
		snprintf(text, DEMANDS_ROOM, "the mount's xprtsec=%s", xprtsec_word(row->asked));
	return text;
}

/* A mount that is not what it asked to be shares what the first one of its server asked for. */
static const char *what_the_kernel_did(const struct tls_row *row)
{
	if (row->transport->is_callback)
		return ": the kernel cannot encrypt callbacks of NFSv4.0; vers=4.1 or later has none";
	return row->transport->mount_count && !xprtsec_at_least(row->options, row->asked) ?
		       ": the kernel has put it on another mount's connection" :
		       "";
}

/* "none of the 3 exports for it takes that" */
static const char *no_export_takes(const struct tls_row *row, const char *what, char text[DEMANDS_ROOM])
{
	if (row->exports == 1)
		snprintf(text, DEMANDS_ROOM, "the only export for it does not take %s", what);
	else
		snprintf(text, DEMANDS_ROOM, "none of the %zu exports for it takes %s", row->exports, what);
	return text;
}

/* Why it is not known who has shown a certificate. */
static const char *why_nobody_knows(const struct tls_row *row)
{
	static const char *const reasons[TLS_AGENT_COUNT] = {
		[TLS_AGENT_ANSWERS] = "rpc.tlshd does not know this connection, as when it was started later",
		[TLS_AGENT_NOT_ASKED] = "rpc.tlshd is not asked below another root",
		[TLS_AGENT_NOT_RUNNING] = "rpc.tlshd does not run",
		[TLS_AGENT_FORBIDDEN] = "only root may ask rpc.tlshd",
		[TLS_AGENT_ELSEWHERE] = "the rpc.tlshd that answers is of another network namespace",
		[TLS_AGENT_FAILED] = "rpc.tlshd gives no answer",
	};

	if (row->has_session)
		return "rpc.tlshd could not tell";
	return (size_t)row->agent < TLS_AGENT_COUNT ? reasons[row->agent] : reasons[TLS_AGENT_FAILED];
}

enum xprtsec tls_wanted(const struct tls_row *row)
{
	return xprtsec_at_least(row->minimum, row->asked) ? row->minimum : row->asked;
}

/* The kernel prints what was configured; the record layer alone is proof. */
static bool is_said_to_be_tls(const struct tls_row *row)
{
	return !strncmp(row->transport->security, "tls", 3);
}

static void judge_clear(struct tls_row *row, enum xprtsec wanted)
{
	const char *what = row->transport->proof == TRANSPORT_HALF ? "one direction is in clear text" : "clear text";
	char demands[DEMANDS_ROOM];

	if (wanted != XPRTSEC_NONE)
		judge(row, TLS_CLEAR, "%s, but %s demands %s%s", what, who_demands(row, wanted, demands),
		      xprtsec_word(wanted), what_the_kernel_did(row));
	else if (is_said_to_be_tls(row) || row->transport->proof == TRANSPORT_HALF)
		judge(row, TLS_CLEAR, "%s, but the kernel says %s: see the handshake agents of both sides", what,
		      row->transport->security[0] ? row->transport->security : "otherwise");
	else if (row->exports_refuse)
		judge(row, TLS_CLEAR, "%s, and %s%s", what, no_export_takes(row, "that", demands),
		      what_the_kernel_did(row));
	else
		judge(row, TLS_PLAIN, "%s", "");
}

/* What is a fault if it stays so. */
static void judge_new(struct tls_row *row)
{
	if (row->is_new && row->state == TLS_CLEAR)
		judge(row, TLS_UNKNOWN, "clear text, but it was made just now, and may yet be encrypted");
}

static void judge_mutual(struct tls_row *row)
{
	char demands[DEMANDS_ROOM];

	if (row->mutual == AGENT_MUTUAL_NO)
		judge(row, TLS_WEAK, "encrypted, but no client certificate was shown, and %s demands mtls%s",
		      who_demands(row, XPRTSEC_MTLS, demands), what_the_kernel_did(row));
	else
		judge(row, TLS_UNKNOWN,
		      "encrypted, but who is at the other end is not known, since %s, and %s "
		      "demands mtls",
		      why_nobody_knows(row), who_demands(row, XPRTSEC_MTLS, demands));
}

static void judge_for_exports(struct tls_row *row)
{
	char demands[DEMANDS_ROOM];

	if (row->exports_refuse)
		judge(row, TLS_WEAK, "encrypted, but without a client certificate, and %s",
		      no_export_takes(row, "that", demands));
	else
		judge(row, TLS_UNKNOWN,
		      "encrypted, but whether with a client certificate is not known, since %s, "
		      "and %s",
		      why_nobody_knows(row), no_export_takes(row, "it without one", demands));
}

static void judge_other_server(struct tls_row *row)
{
	judge(row, TLS_WEAK, "encrypted, but the server has not proven to be %s, which %s names: %s", row->named_host,
	      row->named_by, row->named_why);
}

static void doubt_server(struct tls_row *row)
{
	judge(row, TLS_UNKNOWN, "encrypted, but whether the server is %s, which %s names, is not known, since %s",
	      row->named_host, row->named_by, row->agent == TLS_AGENT_ANSWERS ? row->named_why : why_nobody_knows(row));
}

static void judge_encrypted(struct tls_row *row, enum xprtsec wanted)
{
	if (row->transport->socket.tls_version < VERSION_TLS13)
		judge(row, TLS_WEAK, "encrypted by TLS %s, but RFC 9289 takes nothing below 1.3",
		      tls_version_name(row->transport->socket.tls_version));
	else if (row->is_to_be_named && row->named == AGENT_NOT_PROVEN)
		judge_other_server(row);
	else if (row->mutual == AGENT_MUTUAL_YES)
		judge(row, TLS_OK, "%s", "");
	else if (wanted == XPRTSEC_MTLS)
		judge_mutual(row);
	else if (row->exports_refuse || row->exports_need_mutual)
		judge_for_exports(row);
	else
		judge(row, TLS_OK, "%s", "");
	if (row->state == TLS_OK && row->is_to_be_named && row->named == AGENT_UNKNOWN)
		doubt_server(row);
}

/* It will be connected again as the kernel was told. */
static void judge_idle(struct tls_row *row, enum xprtsec wanted)
{
	const char *configured = tls_configured(row);
	enum xprtsec mode = XPRTSEC_NONE;
	char demands[DEMANDS_ROOM];

	if (xprtsec_parse(configured, strlen(configured), &mode))
		mode = XPRTSEC_NONE;
	if (xprtsec_at_least(mode, wanted))
		judge(row, TLS_IDLE, "not connected now");
	else
		judge(row, TLS_CLEAR, "not connected now, and it will be with %s, but %s demands %s", configured,
		      who_demands(row, wanted, demands), xprtsec_word(wanted));
}

static void judge_unproven(struct tls_row *row, enum xprtsec wanted)
{
	char demands[DEMANDS_ROOM];

	if (!row->transport->connected)
		judge_idle(row, wanted);
	else if (wanted == XPRTSEC_NONE)
		judge(row, TLS_UNKNOWN, "whether it is encrypted cannot be seen; -v tells why");
	else
		judge(row, TLS_UNKNOWN, "whether it is encrypted cannot be seen, and %s demands %s; -v tells why",
		      who_demands(row, wanted, demands), xprtsec_word(wanted));
}

static bool is_strongest(const struct tls_row *row)
{
	if (row->state == TLS_IDLE)
		return !strcmp(tls_configured(row), "mtls");
	return row->state == TLS_OK && row->mutual == AGENT_MUTUAL_YES;
}

/* What is good enough for what is known of the demands may not be for those that are not. */
static void doubt(struct tls_row *row)
{
	static const char *const what[TLS_STATE_COUNT] = {
		[TLS_OK] = "encrypted",
		[TLS_PLAIN] = "clear text",
		[TLS_IDLE] = "not connected now",
	};

	if (!what[row->state] || is_strongest(row))
		return;
	if (row->minimum_unknown)
		judge(row, TLS_UNKNOWN, "%s, but what is demanded of it cannot be seen; -v tells why",
		      what[row->state]);
	else if (row->exports_doubtful)
		judge(row, TLS_UNKNOWN,
		      "%s, but whether any export that takes that is for it cannot be seen, since no "
		      "names are looked up",
		      what[row->state]);
	else if (row->asked_unknown && row->transport->is_stray)
		judge(row, TLS_UNKNOWN,
		      "%s, and no mount that can be seen uses it, so that what was asked of it is "
		      "not known",
		      what[row->state]);
	else if (row->asked_unknown)
		judge(row, TLS_UNKNOWN, "%s, but what its mounts have asked for cannot be seen; -v tells why",
		      what[row->state]);
}

void tls_judge(struct tls_row *row)
{
	enum xprtsec wanted = tls_wanted(row);

	switch (row->transport->proof) {
	case TRANSPORT_ENCRYPTED:
		judge_encrypted(row, wanted);
		break;
	case TRANSPORT_CLEAR:
	case TRANSPORT_HALF:
		judge_clear(row, wanted);
		judge_new(row);
		break;
	case TRANSPORT_STARTING:
		judge(row, TLS_STARTING,
		      row->is_new ? "it was made just now, and nothing has gone over it yet" :
				    "its TLS handshake is under way");
		break;
	default:
		judge_unproven(row, wanted);
		break;
	}
	doubt(row);
}

static void count_row(const struct tls_row *row, struct tls_totals *to)
{
	enum transport_proof proof = row->transport->proof;

	to->transports++;
	to->encrypted += proof == TRANSPORT_ENCRYPTED;
	to->clear += proof == TRANSPORT_CLEAR || proof == TRANSPORT_HALF;
	to->unknown += proof == TRANSPORT_UNPROVEN && row->transport->connected;
	to->starting += proof == TRANSPORT_STARTING;
	to->idle += proof == TRANSPORT_UNPROVEN && !row->transport->connected;
	to->violations += row->state == TLS_CLEAR || row->state == TLS_WEAK;
	to->undecided += row->state == TLS_UNKNOWN;
}

void tls_count(struct tls_report *report)
{
	memset(&report->client, 0, sizeof(report->client));
	memset(&report->server, 0, sizeof(report->server));
	for (size_t i = 0; i < report->list.count; i++)
		count_row(&report->rows[i], report->rows[i].transport->is_server ? &report->server : &report->client);
	report->lost_mounts = 0;
	for (size_t i = 0; i < report->list.mount_count; i++)
		report->lost_mounts += report->list.mounts[i].why[0] != '\0';
}

bool tls_sees(const struct tls_report *report, bool is_server)
{
	return is_server ? report->wants_server && !report->list.server_unseen : report->wants_client;
}

bool tls_is_incomplete(const struct tls_report *report, bool is_server)
{
	return is_server ? report->list.server_incomplete : report->list.client_incomplete;
}

int tls_check_status(const struct tls_report *report)
{
	bool doubtful = report->client.undecided || report->server.undecided || report->lost_mounts ||
			tls_is_incomplete(report, false) || tls_is_incomplete(report, true);

	if (report->client.violations || report->server.violations)
		return 2;
	return doubtful ? 3 : 0;
}
