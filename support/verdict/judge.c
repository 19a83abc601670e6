/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "support/verdict/verdict.h"

#define VERSION_TLS13 0x0304u

static const char *const words[VERDICT_STATE_COUNT] = {
	[VERDICT_OK] = "ok",
	[VERDICT_PLAIN] = "plain",
	[VERDICT_CLEAR] = "CLEAR",
	[VERDICT_WEAK] = "WEAK",
	[VERDICT_UNKNOWN] = "unknown",
	[VERDICT_IDLE] = "idle",
	[VERDICT_STARTING] = "starting",
};

const char *verdict_state_word(enum verdict_state state)
{
	return (size_t)state < VERDICT_STATE_COUNT ? words[state] : "unknown";
}

const char *verdict_side(const struct verdict_row *row)
{
	return row->transport->is_server ? "server" : "client";
}

/* The words of the kernel are those of its source (net/sunrpc/sysfs.c). */
const char *verdict_configured(const struct verdict_row *row)
{
	static const struct {
		const char *kernels, *ours;
	} modes[] = { { "none", "none" }, { "tls-anon", "tls" }, { "tls-x509", "mtls" } };
	const char *security = row->transport->security;

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		if (!strcmp(modes[i].kernels, security))
			return modes[i].ours;
	if (*security)
		return security;
	return row->transport->is_stray ? "unknown" : xprtsec_word(row->options);
}

const char *verdict_version_name(unsigned int version)
{
	return version == 0x0304 ? "1.3" : version == 0x0303 ? "1.2" : version ? "unknown" : "";
}

void verdict_clean(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

static void judge(struct verdict_row *row, enum verdict_state state, const char *fmt, ...) PRINTF_LIKE(3, 4);

static void judge(struct verdict_row *row, enum verdict_state state, const char *fmt, ...)
{
	va_list args;

	row->state = state;
	va_start(args, fmt);
	vsnprintf(row->why, sizeof(row->why), fmt, args);
	va_end(args);
	verdict_clean(row->why);
}

#define DEMANDS_ROOM 300u

/* Who demands the stronger of the two, for a sentence. */
static const char *who_demands(const struct verdict_row *row, enum xprtsec wanted, char text[DEMANDS_ROOM])
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
static const char *what_the_kernel_did(const struct verdict_row *row)
{
	if (row->transport->is_callback)
		return ": the kernel cannot encrypt callbacks of NFSv4.0; vers=4.1 or later has none";
	return row->transport->mount_count && !xprtsec_at_least(row->options, row->asked) ?
		       ": the kernel has put it on another mount's connection" :
		       "";
}

/* "none of the 3 exports for it takes that" */
static const char *no_export_takes(const struct verdict_row *row, const char *what, char text[DEMANDS_ROOM])
{
	if (row->exports == 1)
		snprintf(text, DEMANDS_ROOM, "the only export for it does not take %s", what);
	else
		snprintf(text, DEMANDS_ROOM, "none of the %zu exports for it takes %s", row->exports, what);
	return text;
}

/* Why it is not known who has shown a certificate. */
static const char *why_nobody_knows(const struct verdict_row *row)
{
	static const char *const reasons[VERDICT_AGENT_COUNT] = {
		[VERDICT_AGENT_ANSWERS] = "rpc.tlshd does not know this connection, as when it was started later",
		[VERDICT_AGENT_NOT_ASKED] = "rpc.tlshd is not asked below another root",
		[VERDICT_AGENT_NOT_RUNNING] = "rpc.tlshd does not run",
		[VERDICT_AGENT_FORBIDDEN] = "only root may ask rpc.tlshd",
		[VERDICT_AGENT_ELSEWHERE] = "the rpc.tlshd that answers is of another network namespace",
		[VERDICT_AGENT_FAILED] = "rpc.tlshd gives no answer",
	};

	if (row->has_session)
		return "rpc.tlshd could not tell";
	return (size_t)row->agent < VERDICT_AGENT_COUNT ? reasons[row->agent] : reasons[VERDICT_AGENT_FAILED];
}

enum xprtsec verdict_wanted(const struct verdict_row *row)
{
	return xprtsec_at_least(row->minimum, row->asked) ? row->minimum : row->asked;
}

/* The kernel prints what was configured; the record layer alone is proof. */
static bool is_said_to_be_tls(const struct verdict_row *row)
{
	return !strncmp(row->transport->security, "tls", 3);
}

static void judge_clear(struct verdict_row *row, enum xprtsec wanted)
{
	const char *what = row->transport->proof == TRANSPORT_HALF ? "one direction is in clear text" : "clear text";
	char demands[DEMANDS_ROOM];

	if (wanted != XPRTSEC_NONE)
		judge(row, VERDICT_CLEAR, "%s, but %s demands %s%s", what, who_demands(row, wanted, demands),
		      xprtsec_word(wanted), what_the_kernel_did(row));
	else if (is_said_to_be_tls(row) || row->transport->proof == TRANSPORT_HALF)
		judge(row, VERDICT_CLEAR, "%s, but the kernel says %s: see the handshake agents of both sides", what,
		      row->transport->security[0] ? row->transport->security : "otherwise");
	else if (row->exports_refuse)
		judge(row, VERDICT_CLEAR, "%s, and %s%s", what, no_export_takes(row, "that", demands),
		      what_the_kernel_did(row));
	else
		judge(row, VERDICT_PLAIN, "%s", "");
}

/* What is a fault if it stays so. */
static void judge_new(struct verdict_row *row)
{
	if (row->is_new && row->state == VERDICT_CLEAR)
		judge(row, VERDICT_UNKNOWN, "clear text, but it was made just now, and may yet be encrypted");
}

static void judge_mutual(struct verdict_row *row)
{
	char demands[DEMANDS_ROOM];

	if (row->mutual == AGENT_MUTUAL_NO)
		judge(row, VERDICT_WEAK, "encrypted, but no client certificate was shown, and %s demands mtls%s",
		      who_demands(row, XPRTSEC_MTLS, demands), what_the_kernel_did(row));
	else
		judge(row, VERDICT_UNKNOWN,
		      "encrypted, but who is at the other end is not known, since %s, and %s "
		      "demands mtls",
		      why_nobody_knows(row), who_demands(row, XPRTSEC_MTLS, demands));
}

static void judge_for_exports(struct verdict_row *row)
{
	char demands[DEMANDS_ROOM];

	if (row->exports_refuse)
		judge(row, VERDICT_WEAK, "encrypted, but without a client certificate, and %s",
		      no_export_takes(row, "that", demands));
	else
		judge(row, VERDICT_UNKNOWN,
		      "encrypted, but whether with a client certificate is not known, since %s, "
		      "and %s",
		      why_nobody_knows(row), no_export_takes(row, "it without one", demands));
}

static void judge_other_server(struct verdict_row *row)
{
	judge(row, VERDICT_WEAK, "encrypted, but the server has not proven to be %s, which %s names: %s",
	      row->named_host, row->named_by, row->named_why);
}

static void doubt_server(struct verdict_row *row)
{
	judge(row, VERDICT_UNKNOWN, "encrypted, but whether the server is %s, which %s names, is not known, since %s",
	      row->named_host, row->named_by,
	      row->agent == VERDICT_AGENT_ANSWERS ? row->named_why : why_nobody_knows(row));
}

static void judge_encrypted(struct verdict_row *row, enum xprtsec wanted)
{
	if (row->transport->socket.tls_version < VERSION_TLS13)
		judge(row, VERDICT_WEAK, "encrypted by TLS %s, but RFC 9289 takes nothing below 1.3",
		      verdict_version_name(row->transport->socket.tls_version));
	else if (row->is_to_be_named && row->named == AGENT_NOT_PROVEN)
		judge_other_server(row);
	else if (row->mutual == AGENT_MUTUAL_YES)
		judge(row, VERDICT_OK, "%s", "");
	else if (wanted == XPRTSEC_MTLS)
		judge_mutual(row);
	else if (row->exports_refuse || row->exports_need_mutual)
		judge_for_exports(row);
	else
		judge(row, VERDICT_OK, "%s", "");
	if (row->state == VERDICT_OK && row->is_to_be_named && row->named == AGENT_UNKNOWN)
		doubt_server(row);
}

/* It will be connected again as the kernel was told. */
static void judge_idle(struct verdict_row *row, enum xprtsec wanted)
{
	const char *configured = verdict_configured(row);
	enum xprtsec mode = XPRTSEC_NONE;
	char demands[DEMANDS_ROOM];

	if (xprtsec_parse(configured, strlen(configured), &mode))
		mode = XPRTSEC_NONE;
	if (xprtsec_at_least(mode, wanted))
		judge(row, VERDICT_IDLE, "not connected now");
	else
		judge(row, VERDICT_CLEAR, "not connected now, and it will be with %s, but %s demands %s", configured,
		      who_demands(row, wanted, demands), xprtsec_word(wanted));
}

static void judge_unproven(struct verdict_row *row, enum xprtsec wanted)
{
	char demands[DEMANDS_ROOM];

	if (!row->transport->connected)
		judge_idle(row, wanted);
	else if (wanted == XPRTSEC_NONE)
		judge(row, VERDICT_UNKNOWN, "whether it is encrypted cannot be seen; -v tells why");
	else
		judge(row, VERDICT_UNKNOWN, "whether it is encrypted cannot be seen, and %s demands %s; -v tells why",
		      who_demands(row, wanted, demands), xprtsec_word(wanted));
}

static bool is_strongest(const struct verdict_row *row)
{
	if (row->state == VERDICT_IDLE)
		return !strcmp(verdict_configured(row), "mtls");
	return row->state == VERDICT_OK && row->mutual == AGENT_MUTUAL_YES;
}

/* What is good enough for what is known of the demands may not be for those that are not. */
static void doubt(struct verdict_row *row)
{
	static const char *const what[VERDICT_STATE_COUNT] = {
		[VERDICT_OK] = "encrypted",
		[VERDICT_PLAIN] = "clear text",
		[VERDICT_IDLE] = "not connected now",
	};

	if (!what[row->state] || is_strongest(row))
		return;
	if (row->minimum_unknown)
		judge(row, VERDICT_UNKNOWN, "%s, but what is demanded of it cannot be seen; -v tells why",
		      what[row->state]);
	else if (row->exports_doubtful)
		judge(row, VERDICT_UNKNOWN,
		      "%s, but whether any export that takes that is for it cannot be seen, since no "
		      "names are looked up",
		      what[row->state]);
	else if (row->asked_unknown && row->transport->is_stray)
		judge(row, VERDICT_UNKNOWN,
		      "%s, and no mount that can be seen uses it, so that what was asked of it is "
		      "not known",
		      what[row->state]);
	else if (row->asked_unknown)
		judge(row, VERDICT_UNKNOWN, "%s, but what its mounts have asked for cannot be seen; -v tells why",
		      what[row->state]);
}

void verdict_judge(struct verdict_row *row)
{
	enum xprtsec wanted = verdict_wanted(row);

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
		judge(row, VERDICT_STARTING,
		      row->is_new ? "it was made just now, and nothing has gone over it yet" :
				    "its TLS handshake is under way");
		break;
	default:
		judge_unproven(row, wanted);
		break;
	}
	doubt(row);
}

static void count_row(const struct verdict_row *row, struct verdict_totals *to)
{
	enum transport_proof proof = row->transport->proof;

	to->transports++;
	to->encrypted += proof == TRANSPORT_ENCRYPTED;
	to->clear += proof == TRANSPORT_CLEAR || proof == TRANSPORT_HALF;
	to->unknown += proof == TRANSPORT_UNPROVEN && row->transport->connected;
	to->starting += proof == TRANSPORT_STARTING;
	to->idle += proof == TRANSPORT_UNPROVEN && !row->transport->connected;
	to->violations += row->state == VERDICT_CLEAR || row->state == VERDICT_WEAK;
	to->undecided += row->state == VERDICT_UNKNOWN;
}

void verdict_count(struct verdict_report *report)
{
	memset(&report->client, 0, sizeof(report->client));
	memset(&report->server, 0, sizeof(report->server));
	for (size_t i = 0; i < report->list.count; i++)
		count_row(&report->rows[i], report->rows[i].transport->is_server ? &report->server : &report->client);
	report->lost_mounts = 0;
	for (size_t i = 0; i < report->list.mount_count; i++)
		report->lost_mounts += report->list.mounts[i].why[0] != '\0';
}

bool verdict_sees(const struct verdict_report *report, bool is_server)
{
	return is_server ? report->wants_server && !report->list.server_unseen : report->wants_client;
}

bool verdict_is_incomplete(const struct verdict_report *report, bool is_server)
{
	return is_server ? report->list.server_incomplete : report->list.client_incomplete;
}
