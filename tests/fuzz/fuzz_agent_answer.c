/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What answers at the agent's socket: each input is read as its answer to "sessions" and to "status". */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/verdict/verdict_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sockaddr_storage end(const char *address, unsigned int port)
{
	struct sockaddr_storage socket = { .ss_family = AF_INET };
	struct sockaddr_in *v4 = (struct sockaddr_in *)&socket;

	inet_pton(AF_INET, address, &v4->sin_addr);
	v4->sin_port = htons((uint16_t)port);
	return socket;
}

static void visit(const struct agent_session *session, void *context)
{
	char list[64], shown[32];
	size_t left_out = agent_session_names(session, list, sizeof(list));

	(void)context;
	if (!session->role || !session->serial || !session->certificate)
		abort();
	text_list_show(list, left_out, shown, sizeof(shown));
	if (!memchr(shown, '\0', sizeof(shown)) || (left_out && !strchr(shown, '+')))
		abort();
}

static void read_sessions(struct json_object *answer)
{
	struct transport_entry transport = { .proof = TRANSPORT_ENCRYPTED, .connected = true };
	struct verdict_row row = { .transport = &transport, .asked = XPRTSEC_MTLS, .minimum = XPRTSEC_NONE };
	struct agent_sessions *sessions = agent_sessions_new(answer);
	struct agent_proof proof;

	transport.local = end("192.0.2.1", 700);
	transport.remote = end("192.0.2.2", 2049);
	verdict_take_session(sessions, &row);
	if (!agent_sessions_proof(sessions, &transport.local, &transport.remote, "server", &proof) &&
	    proof.verdict != AGENT_UNKNOWN)
		abort();
	(void)agent_sessions_starting(sessions, &transport.local, &transport.remote);
	free(row.names);
	agent_sessions_visit(sessions, visit, NULL);
	agent_sessions_free(sessions);
}

static void read_status(struct json_object *answer)
{
	struct verdict_report report = { .handshakes = { { .side = "client" }, { .side = "server" } } };

	verdict_take_status(answer, &report);
	for (size_t i = 0; i < ARRAY_SIZE(report.handshakes); i++)
		free(report.handshakes[i].failed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_STRBUF text = { 0 };
	struct json_object *answer;

	strbuf_add(&text, (const char *)data, size);
	answer = text.failed ? NULL : json_tokener_parse(text.text);
	/* As agent_ask_object() has it. */
	if (!answer || !json_object_is_type(answer, json_type_object)) {
		json_object_put(answer);
		return 0;
	}
	read_status(answer);
	read_sessions(answer);
	return 0;
}
