/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/line.h"

#include <string.h>

#include "support/transport/transport.h"

static const char *or_dash(const char *text)
{
	return *text ? text : "-";
}

void line_of_handshake(const struct record_handshake *handshake, int64_t ms, struct strbuf *out)
{
	const struct outcome *outcome = handshake->outcome;
	char address[ADDRESS_END_MAX], peer[300], names[IDENTITY_MAX], reason[REASON_SENTENCE_MAX];

	address_end_text(&handshake->remote, address);
	text_escape(peer, sizeof(peer), handshake->peer, strlen(handshake->peer));
	text_list_show(outcome->names, outcome->names_left_out, names, sizeof(names));
	reason_sentence(outcome->why, outcome->cause, role_word(role_of_peer(handshake->role)), reason, sizeof(reason));
	strbuf_addf(out,
		    "handshake role=%s result=%s why=%s peer=%s addr=%s tls=%s cipher=%s alpn=%s mutual=%s identity=%s "
		    "serial=%s ms=%lld reason=\"%s\"",
		    role_word(handshake->role), outcome->why == REASON_OK ? "ok" : "failed",
		    reason_row(outcome->why)->word, or_dash(peer), address, or_dash(outcome->tls),
		    or_dash(outcome->cipher), or_dash(outcome->alpn), outcome->mutual ? "yes" : "no", or_dash(names),
		    or_dash(outcome->serial), (long long)ms, reason);
}
