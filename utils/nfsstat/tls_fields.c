/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is reported of a transport: a row for each fact, from which the tables, --json and --openmetrics come.  A new
 * one is a row here and its entry in man/nfsstat.8, which tests/unit/test_nfsstat_tls.c compares.
 */
#include "support/json/json.h"
#include "utils/nfsstat/tls.h"

/* ---- values ---------------------------------------------------------------------------------- */

#define VALUE(KIND, MEMBER, WHAT) ((struct tls_value){ .kind = (KIND), .MEMBER = (WHAT) })
#define TEXT(WHAT) VALUE(TLS_TEXT, text, WHAT)
#define NUMBER(WHAT) VALUE(TLS_NUMBER, number, WHAT)
#define FLAG(WHAT) VALUE(TLS_FLAG, number, WHAT)
#define UNKNOWN ((struct tls_value){ .kind = TLS_UNKNOWN })
#define NOTHING ((struct tls_value){ .kind = TLS_NOTHING })

/* Nobody can have asked for, or demand, more than the strongest. */
static struct tls_value word(enum xprtsec asked, bool maybe_more)
{
	return maybe_more && asked != XPRTSEC_MTLS ? UNKNOWN : TEXT(xprtsec_word(asked));
}

static struct tls_value known(bool is_known, uint64_t number)
{
	return is_known ? NUMBER(number) : UNKNOWN;
}

static struct tls_value end_of(const struct sockaddr_storage *end, char room[TLS_ROOM])
{
	_Static_assert(TLS_ROOM >= ADDRESS_END_MAX, "room");
	address_end_text(end, room);
	return TEXT(room);
}

static bool is_encrypted(const struct verdict_row *row)
{
	return row->transport->proof == TRANSPORT_ENCRYPTED;
}

/* What the socket tells; where it could not be seen, it is unknown. */
static struct tls_value proven(const struct verdict_row *row, struct tls_value value)
{
	return row->transport->proof == TRANSPORT_UNPROVEN ? UNKNOWN : value;
}

/* Only the agent knows it, and of what is in clear text there is nothing to know. */
static struct tls_value of_session(const struct verdict_row *row, struct tls_value value)
{
	return proven(row, !is_encrypted(row) ? NOTHING : row->has_session ? value : UNKNOWN);
}

/* Of what is not connected there is none of what a connection has. */
static struct tls_value of_connection(const struct verdict_row *row, bool is_known, struct tls_value value)
{
	return is_known ? value : row->transport->connected ? UNKNOWN : NOTHING;
}

static struct tls_value get_side(const struct tls_view *view, char room[TLS_ROOM])
{
	(void)room;
	return TEXT(verdict_side(view->row));
}

static struct tls_value get_protocol(const struct tls_view *view, char room[TLS_ROOM])
{
	(void)room;
	return TEXT(view->row->transport->protocol);
}

static struct tls_value get_state(const struct tls_view *view, char room[TLS_ROOM])
{
	(void)room;
	return TEXT(verdict_state_word(view->row->state));
}

static struct tls_value get_why(const struct tls_view *view, char room[TLS_ROOM])
{
	(void)room;
	return TEXT(view->row->why);
}

static struct tls_value get_connected(const struct tls_view *view, char room[TLS_ROOM])
{
	(void)room;
	return FLAG(view->row->transport->connected);
}

static struct tls_value get_asked(const struct tls_view *view, char room[TLS_ROOM])
{
	(void)room;
	return view->row->transport->is_stray ? NOTHING : word(view->row->asked, view->row->asked_unknown);
}

static struct tls_value get_minimum(const struct tls_view *view, char room[TLS_ROOM])
{
	(void)room;
	return word(view->row->minimum, view->row->minimum_unknown);
}

static struct tls_value get_minimum_by(const struct tls_view *view, char room[TLS_ROOM])
{
	(void)room;
	return TEXT(view->row->minimum_line);
}

static struct tls_value get_server_proven(const struct tls_view *view, char room[TLS_ROOM])
{
	(void)room;
	return !view->row->is_to_be_named || view->row->named == AGENT_UNKNOWN ? UNKNOWN :
										 FLAG(view->row->named == AGENT_PROVEN);
}

static struct tls_value get_configured(const struct tls_view *view, char room[TLS_ROOM])
{
	(void)room;
	return view->row->transport->is_stray && !view->row->transport->security[0] ?
		       UNKNOWN :
		       TEXT(verdict_configured(view->row));
}

static struct tls_value get_proof(const struct tls_view *view, char room[TLS_ROOM])
{
	(void)room;
	return TEXT(transport_proof_word(view->row->transport->proof));
}

static struct tls_value get_version(const struct tls_view *view, char room[TLS_ROOM])
{
	(void)room;
	return proven(view->row, TEXT(verdict_version_name(view->row->transport->socket.tls_version)));
}

static struct tls_value get_cipher(const struct tls_view *view, char room[TLS_ROOM])
{
	(void)room;
	return proven(view->row, TEXT(tls_cipher_name(view->row->transport->socket.tls_cipher)));
}

static struct tls_value get_layer(const struct tls_view *view, char room[TLS_ROOM])
{
	(void)room;
	return proven(view->row, TEXT(transport_layer_word(&view->row->transport->socket)));
}

static struct tls_value get_mutual(const struct tls_view *view, char room[TLS_ROOM])
{
	(void)room;
	return of_session(view->row, view->row->mutual == AGENT_MUTUAL_UNKNOWN ?
					     UNKNOWN :
					     FLAG(view->row->mutual == AGENT_MUTUAL_YES));
}

static struct tls_value get_identity(const struct tls_view *view, char room[TLS_ROOM])
{
	(void)room;
	return of_session(view->row, view->row->names ? (struct tls_value){ TLS_LIST, view->row->names,
									    view->row->names_left_out } :
							NOTHING);
}

static struct tls_value get_left_out(const struct tls_view *view, char room[TLS_ROOM])
{
	(void)room;
	return of_session(view->row, known(view->row->names, view->row->names_left_out));
}

static struct tls_value get_serial(const struct tls_view *view, char room[TLS_ROOM])
{
	(void)room;
	return of_session(view->row, TEXT(view->row->serial));
}

static struct tls_value get_certificate(const struct tls_view *view, char room[TLS_ROOM])
{
	(void)room;
	return of_session(view->row, TEXT(view->row->certificate));
}

static struct tls_value get_established(const struct tls_view *view, char room[TLS_ROOM])
{
	(void)room;
	return of_session(view->row, VALUE(TLS_TIME, number, (uint64_t)view->row->established));
}

static struct tls_value get_expires(const struct tls_view *view, char room[TLS_ROOM])
{
	(void)room;
	return of_session(view->row,
			  view->row->expires > 0 ? VALUE(TLS_TIME, number, (uint64_t)view->row->expires) : NOTHING);
}

static struct tls_value get_age(const struct tls_view *view, char room[TLS_ROOM])
{
	(void)room;
	return of_connection(view->row, view->row->has_age, VALUE(TLS_SECONDS, number, view->row->age));
}

static struct tls_value get_reconnects(const struct tls_view *view, char room[TLS_ROOM])
{
	(void)room;
	return known(view->row->transport->has_reconnects, view->row->transport->reconnects);
}

static struct tls_value get_exports(const struct tls_view *view, char room[TLS_ROOM])
{
	(void)room;
	return known(view->row->exports_known, view->row->exports);
}

static struct tls_value get_exports_met(const struct tls_view *view, char room[TLS_ROOM])
{
	(void)room;
	return known(view->row->exports_known, view->row->exports_met);
}

static struct tls_value get_sent(const struct tls_view *view, char room[TLS_ROOM])
{
	(void)room;
	return of_connection(view->row, view->row->transport->socket.counted,
			     NUMBER(view->row->transport->socket.bytes_sent));
}

static struct tls_value get_received(const struct tls_view *view, char room[TLS_ROOM])
{
	(void)room;
	return of_connection(view->row, view->row->transport->socket.counted,
			     NUMBER(view->row->transport->socket.bytes_received));
}

static struct tls_value get_client_name(const struct tls_view *view, char room[TLS_ROOM])
{
	(void)room;
	return *view->row->client_id ? TEXT(view->row->client_name) : UNKNOWN;
}

static struct tls_value get_client_id(const struct tls_view *view, char room[TLS_ROOM])
{
	(void)room;
	return *view->row->client_id ? TEXT(view->row->client_id) : UNKNOWN;
}

static struct tls_value get_callback(const struct tls_view *view, char room[TLS_ROOM])
{
	(void)room;
	return FLAG(view->row->transport->is_callback);
}

static struct tls_value get_local(const struct tls_view *view, char room[TLS_ROOM])
{
	return view->row->transport->local.ss_family ? end_of(&view->row->transport->local, room) : NOTHING;
}

static struct tls_value get_peer(const struct tls_view *view, char room[TLS_ROOM])
{
	return view->row->transport->remote.ss_family ? end_of(&view->row->transport->remote, room) : NOTHING;
}

static struct tls_value get_server(const struct tls_view *view, char room[TLS_ROOM])
{
	tls_server_name(view->report, view->row, room);
	return TEXT(room);
}

/* ---- what a form shows in its own way ------------------------------------------------------------ */

#define CELL_MAX 4096u /* of the mounts that share a transport */

/* Where the policy says nothing, JSON has "none" and no line. */
static void policy_cell(const struct tls_view *view, struct strbuf *out)
{
	const struct verdict_row *row = view->row;

	if (row->minimum_unknown && row->minimum != XPRTSEC_MTLS)
		strbuf_addf(out, "unknown");
	else
		strbuf_addf(out, "%s", row->minimum_line[0] ? xprtsec_word(row->minimum) : "-");
}

static void exports_cell(const struct tls_view *view, struct strbuf *out)
{
	if (view->row->exports_known)
		strbuf_addf(out, "%zu/%zu", view->row->exports_met, view->row->exports);
	else
		strbuf_addf(out, "unknown");
}

static const struct transport_mount *mount_of(const struct tls_view *view, size_t number)
{
	return &view->report->list.mounts[view->row->transport->mounts[number]];
}

static void mounts_cell(const struct tls_view *view, struct strbuf *out)
{
	const size_t begin = out->size, count = view->row->transport->mount_count;

	if (!count)
		strbuf_addf(out, "-");
	for (size_t i = 0; i < count; i++) {
		if (out->size - begin > CELL_MAX) {
			strbuf_addf(out, ",+%zu", count - i);
			return;
		}
		strbuf_addf(out, "%s", i ? "," : "");
		tls_add_text(view, mount_of(view, i)->point, out);
	}
}

struct json_object *tls_mount_json(const struct verdict_report *report, size_t number)
{
	const struct transport_mount *mount = &report->list.mounts[number];
	const struct verdict_mount_demand *demand = &report->demands[number];
	struct json_object *to = json_object_new_object();

	json_put_bytes(to, "source", mount->source);
	json_put_bytes(to, "path", mount->point);
	json_put_text(to, "asked", word(demand->asked, demand->asked_unknown).text);
	return to;
}

static struct json_object *mounts_json(const struct tls_view *view)
{
	const struct transport_entry *t = view->row->transport;
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < t->mount_count; i++)
		json_object_array_add(array, tls_mount_json(view->report, t->mounts[i]));
	return array;
}

/* ---- the facts ------------------------------------------------------------------------------------ */

/* clang-format off */
const struct tls_field tls_fields[] = {
	{ TLS_BOTH,   NULL,         "side",              .get = get_side },
	{ TLS_BOTH,   NULL,         "protocol",          .get = get_protocol },
	{ TLS_BOTH,   "STATE",      "state",             .get = get_state },
	{ TLS_BOTH,   NULL,         "why",               .get = get_why },
	{ TLS_BOTH,   "LOCAL",      "local",             .get = get_local },
	{ TLS_BOTH,   "PEER",       "peer",              .get = get_peer },
	{ TLS_BOTH,   NULL,         "connected",         .get = get_connected },
	{ TLS_CLIENT, "SERVER",     "server",            .get = get_server },
	{ TLS_CLIENT, NULL,         "server_proven",     .get = get_server_proven },
	{ TLS_SERVER, "CLIENT",     "client_name",       .get = get_client_name },
	{ TLS_SERVER, "CLIENT-ID",  "client_id",         .get = get_client_id },
	{ TLS_CLIENT, "ASKED",      "asked",             .get = get_asked },
	{ TLS_BOTH,   "POLICY",     "minimum",           .get = get_minimum, .cell = policy_cell },
	{ TLS_BOTH,   NULL,         "minimum_by",        .get = get_minimum_by },
	{ TLS_CLIENT, "CONFIGURED", "configured",        .get = get_configured },
	{ TLS_BOTH,   "PROOF",      "proof",             "in_effect", .get = get_proof },
	{ TLS_BOTH,   "VERSION",    "version",           "in_effect", .get = get_version },
	{ TLS_BOTH,   "CIPHER",     "cipher",            "in_effect", .get = get_cipher },
	{ TLS_BOTH,   "LAYER",      "layer",             "in_effect", .get = get_layer },
	{ TLS_BOTH,   "MUTUAL",     "mutual",            .get = get_mutual },
	{ TLS_BOTH,   "IDENTITY",   "identity",          .get = get_identity },
	{ TLS_BOTH,   NULL,         "identity_left_out", .get = get_left_out },
	{ TLS_BOTH,   "SERIAL",     "serial",            .get = get_serial },
	{ TLS_BOTH,   NULL,         "certificate",       .get = get_certificate },
	{ TLS_BOTH,   NULL,         "established",       .get = get_established },
	{ TLS_BOTH,   "EXPIRES",    "expires",           .get = get_expires,
	  .metric = "nfs_tls_peer_certificate_expiry_timestamp_seconds", .type = "gauge", .unit = "seconds",
	  .help = "When the certificate of the peer expires.", .names_peer = true },
	{ TLS_BOTH,   "AGE",        "age",               .get = get_age },
	{ TLS_CLIENT, "RECONNECTS", "reconnects",        .get = get_reconnects },
	{ TLS_SERVER, "EXPORTS",    "exports",           .get = get_exports, .cell = exports_cell },
	{ TLS_SERVER, NULL,         "exports_met",       .get = get_exports_met },
	{ TLS_BOTH,   "SENT",       "bytes_sent",        .get = get_sent,
	  .metric = "nfs_tls_transport_sent_bytes_total", .type = "counter",
	  .help = "Bytes sent over this connection, and acknowledged." },
	{ TLS_BOTH,   "RECEIVED",   "bytes_received",    .get = get_received,
	  .metric = "nfs_tls_transport_received_bytes_total", .type = "counter",
	  .help = "Bytes received over this connection." },
	{ TLS_CLIENT, "MOUNTS",     "mounts",            .cell = mounts_cell, .json = mounts_json },
	{ TLS_SERVER, "CALLBACK",   "callback",          .get = get_callback },
};
/* clang-format on */
const size_t tls_field_count = ARRAY_SIZE(tls_fields);

/* ---- the short table ------------------------------------------------------------------------------ */

static void side_cell(const struct tls_view *view, struct strbuf *out)
{
	strbuf_addf(out, "%s", verdict_side(view->row));
}

static void state_cell(const struct tls_view *view, struct strbuf *out)
{
	strbuf_addf(out, "%s", verdict_state_word(view->row->state));
}

static void peer_cell(const struct tls_view *view, struct strbuf *out)
{
	char end[ADDRESS_END_MAX];

	address_end_text(&view->row->transport->remote, end);
	strbuf_addf(out, "%s", end);
}

/* What the mounts or the policy want; "-" where nobody wants anything. */
static void wanted_cell(const struct tls_view *view, struct strbuf *out)
{
	enum xprtsec wanted = verdict_wanted(view->row);

	if (wanted == XPRTSEC_NONE && view->row->asked_unknown)
		strbuf_addf(out, "unknown");
	else
		strbuf_addf(out, "%s",
			    view->row->transport->is_server && wanted == XPRTSEC_NONE ? "-" : xprtsec_word(wanted));
}

static void effect_cell(const struct tls_view *view, struct strbuf *out)
{
	char effect[48];

	tls_effect(view->row, effect, sizeof(effect));
	strbuf_addf(out, "%s", effect);
}

/* The first of the names in its certificate. */
static void add_identity(const struct tls_view *view, struct strbuf *out)
{
	const char *first = view->row->names ? text_list_next(view->row->names, NULL) : NULL;

	tls_add_text(view, first ? first : "", out);
}

/* The first mount, and how many more share the transport; of a server, who the client is, or says it is. */
static void for_cell(const struct tls_view *view, struct strbuf *out)
{
	const struct verdict_row *row = view->row;
	const struct transport_entry *t = row->transport;

	if (t->is_callback)
		strbuf_addf(out, "callback");
	else if (t->is_server && is_encrypted(row) && row->mutual == AGENT_MUTUAL_YES)
		add_identity(view, out);
	else if (t->is_server)
		tls_add_text(view, row->client_name, out);
	else
		tls_add_text(view, t->mount_count ? mount_of(view, 0)->point : "", out);
	if (t->mount_count > 1)
		strbuf_addf(out, " +%zu", t->mount_count - 1);
}

#define EFFECT_COLUMNS 25u /* "unknown CHACHA20-POLY1305": no version and cipher is cut at its front */

/* clang-format off */
const struct tls_short_field tls_short_fields[] = {
	{ "SIDE",      side_cell,   6, false },
	{ "PEER",      peer_cell,   24, false },
	{ "ASKED",     wanted_cell, 7, false },
	{ "IN EFFECT", effect_cell, EFFECT_COLUMNS, false },
	{ "STATE",     state_cell,  8, true },
	{ "FOR",       for_cell,    TLS_REST, false },
};
/* clang-format on */
const size_t tls_short_field_count = ARRAY_SIZE(tls_short_fields);
