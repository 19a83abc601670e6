/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/rpc/rpc.h"

#include <errno.h>
#include <string.h>

/* RFC 5531 section 9 */
enum { MSG_CALL = 0, MSG_REPLY = 1, RPC_VERSION = 2, MSG_ACCEPTED = 0, MSG_DENIED = 1 };
enum { REJECT_VERSION = 0, REJECT_AUTH = 1 };
#define VERIFIER_MAX 400u

/* RFC 5531 section 11 */
#define LAST_FRAGMENT 0x80000000u

/* RFC 9289 section 4.1 */
static const char starttls[] = "STARTTLS";

static const char *const status_words[] = {
	[RPC_ACCEPTED] = "SUCCESS",
	[RPC_PROG_UNAVAIL] = "PROG_UNAVAIL",
	[RPC_PROG_MISMATCH] = "PROG_MISMATCH",
	[RPC_PROC_UNAVAIL] = "PROC_UNAVAIL",
	[RPC_GARBAGE_ARGS] = "GARBAGE_ARGS",
	[RPC_SYSTEM_ERR] = "SYSTEM_ERR",
	[RPC_DENIED_VERSION] = "RPC_MISMATCH",
	[RPC_DENIED_AUTH] = "AUTH_ERROR",
};

const char *rpc_status_word(enum rpc_status status)
{
	return (size_t)status < ARRAY_SIZE(status_words) ? status_words[status] : "?";
}

/* ---- numbers ----------------------------------------------------------- */

static unsigned char *put_number(unsigned char *at, uint32_t value)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		*at++ = (unsigned char)(value >> shift);
	return at;
}

static uint32_t number_at(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* What of a message is not read yet. */
struct reader {
	const unsigned char *at;
	size_t left;
};

static bool take_number(struct reader *r, uint32_t *value)
{
	if (r->left < 4)
		return false;
	*value = number_at(r->at);
	r->at += 4;
	r->left -= 4;
	return true;
}

/* ---- calls ------------------------------------------------------------- */

void rpc_put_null_call(unsigned char call[RPC_NULL_CALL_SIZE], uint32_t xid, uint32_t program, uint32_t version,
		       enum rpc_credential credential)
{
	const uint32_t words[RPC_NULL_CALL_SIZE / 4] = {
		LAST_FRAGMENT | (RPC_NULL_CALL_SIZE - 4),
		xid,
		MSG_CALL,
		RPC_VERSION,
		program,
		version,
		0,
		credential,
		0, /* no body */
		RPC_AUTH_NONE,
		0, /* verifier */
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		call = put_number(call, words[i]);
}

/* ---- records ----------------------------------------------------------- */

size_t rpc_record_room(struct rpc_record *record, unsigned char **to)
{
	if (record->mark_size < sizeof(record->mark)) {
		*to = record->mark + record->mark_size;
		return sizeof(record->mark) - record->mark_size;
	}
	*to = record->data + record->size;
	return record->left;
}

static int begin_fragment(struct rpc_record *record, struct error *e)
{
	uint32_t mark = number_at(record->mark);
	size_t size = mark & ~LAST_FRAGMENT;
	char shown[4 * sizeof(record->mark) + 1];

	/* An empty fragment that is not the last would let a peer talk for ever. */
	if (!size || size > sizeof(record->data) - record->size) {
		text_escape(shown, sizeof(shown), (const char *)record->mark, sizeof(record->mark));
		return error_set(e, EPROTO, "what it says is no RPC reply, it begins with \"%s\"", shown);
	}
	record->left = size;
	record->last = mark & LAST_FRAGMENT;
	return 0;
}

int rpc_record_advance(struct rpc_record *record, size_t size, struct error *e)
{
	if (record->mark_size < sizeof(record->mark)) {
		record->mark_size += size;
		return record->mark_size < sizeof(record->mark) ? 0 : begin_fragment(record, e);
	}
	record->size += size;
	record->left -= size;
	if (!record->left && !record->last)
		record->mark_size = 0;
	return 0;
}

/* ---- replies ----------------------------------------------------------- */

static int cut_short(struct error *e)
{
	return error_set(e, EPROTO, "its RPC reply is cut short");
}

static int take_verifier(struct reader *r, struct rpc_reply *reply, struct error *e)
{
	uint32_t flavor, size;
	size_t padded;

	if (!take_number(r, &flavor) || !take_number(r, &size))
		return cut_short(e);
	if (size > VERIFIER_MAX)
		return error_set(e, EPROTO, "its RPC reply has a verifier of %u bytes, and %u is the most", size,
				 VERIFIER_MAX);
	padded = (size + 3u) & ~(size_t)3;
	if (padded > r->left)
		return cut_short(e);
	reply->starttls = flavor == RPC_AUTH_NONE && size == sizeof(starttls) - 1 && !memcmp(r->at, starttls, size);
	r->at += padded;
	r->left -= padded;
	return 0;
}

static int take_range(struct reader *r, struct rpc_reply *reply, struct error *e)
{
	if (!take_number(r, &reply->low) || !take_number(r, &reply->high))
		return cut_short(e);
	if (reply->low > reply->high)
		return error_set(e, EPROTO, "its RPC reply says that it has versions from %u to %u", reply->low,
				 reply->high);
	return 0;
}

static int take_accepted(struct reader *r, struct rpc_reply *reply, struct error *e)
{
	uint32_t status;
	int result = take_verifier(r, reply, e);

	if (result)
		return result;
	if (!take_number(r, &status))
		return cut_short(e);
	if (status > RPC_SYSTEM_ERR)
		return error_set(e, EPROTO, "its RPC reply has the unknown status %u", status);
	reply->status = (enum rpc_status)status;
	return reply->status == RPC_PROG_MISMATCH ? take_range(r, reply, e) : 0;
}

static int take_denied(struct reader *r, struct rpc_reply *reply, struct error *e)
{
	uint32_t why;

	if (!take_number(r, &why))
		return cut_short(e);
	if (why == REJECT_VERSION) {
		reply->status = RPC_DENIED_VERSION;
		return take_range(r, reply, e);
	}
	if (why != REJECT_AUTH)
		return error_set(e, EPROTO, "its RPC reply refuses for the unknown reason %u", why);
	reply->status = RPC_DENIED_AUTH;
	if (!take_number(r, &reply->auth_reason))
		return cut_short(e);
	/* 0 is AUTH_OK: a refusal that says all is well says nothing. */
	return reply->auth_reason ? 0 : error_set(e, EPROTO, "its RPC reply refuses the call, and says AUTH_OK");
}

int rpc_decode_reply(const void *message, size_t size, uint32_t xid, struct rpc_reply *reply, struct error *e)
{
	struct reader r = { message, size };
	struct rpc_reply found = { 0 };
	uint32_t answered, direction, how;
	int result;

	if (!take_number(&r, &answered) || !take_number(&r, &direction) || !take_number(&r, &how))
		return cut_short(e);
	if (direction != MSG_REPLY)
		return error_set(e, EPROTO, "what it says is no RPC reply");
	if (answered != xid)
		return error_set(e, EPROTO, "its RPC reply is for another call than ours");
	if (how != MSG_ACCEPTED && how != MSG_DENIED)
		return error_set(e, EPROTO, "its RPC reply neither accepts nor refuses the call");
	result = how == MSG_ACCEPTED ? take_accepted(&r, &found, e) : take_denied(&r, &found, e);
	if (result)
		return result;
	if (r.left)
		return error_set(e, EPROTO, "its RPC reply has %zu bytes too many", r.left);
	*reply = found;
	return 0;
}

int rpc_tls_answer_of(const struct rpc_reply *reply, enum rpc_tls_answer *answer, struct error *e)
{
	switch (reply->status) {
	case RPC_ACCEPTED:
		*answer = reply->starttls ? RPC_TLS_OFFERED : RPC_TLS_NOT_OFFERED;
		return 0;
	case RPC_DENIED_AUTH:
		*answer = RPC_TLS_NOT_OFFERED;
		return 0;
	case RPC_PROG_MISMATCH:
		return error_set(e, EPROTONOSUPPORT, "it has no such version of the program, only %u to %u", reply->low,
				 reply->high);
	case RPC_PROG_UNAVAIL:
		return error_set(e, EPROTONOSUPPORT, "it has no such RPC program: is this the NFS server's port?");
	case RPC_DENIED_VERSION:
		return error_set(e, EPROTONOSUPPORT, "it speaks another version of RPC, %u to %u", reply->low,
				 reply->high);
	default:
		return error_set(e, EPROTO, "it answers neither yes nor no to the question for TLS, but %s",
				 rpc_status_word(reply->status));
	}
}
