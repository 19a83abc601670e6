/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfscert/describe.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "utils/nfscert/examine.h"

#define NAMES_SHOWN 256u /* of all together, in a line */
#define NAME_SHOWN 1024u /* of one */

void describe(const char *folder, const struct name *name, struct described *d)
{
	*d = (struct described){ .name = name };
	d->readable = !owncert_read(folder, name->name, &d->own, &d->why);
	d->file_differs = d->readable && owncert_file_differs(&d->own);
}

void described_free(struct described *d)
{
	owncert_free(&d->own);
	uses_free(&d->uses);
}

/* ---- words ------------------------------------------------------------------ */

static bool is_loaded(const struct described *d)
{
	return d->name->pair.certificate && d->name->pair.key;
}

static const char *loaded_word(const struct described *d)
{
	if (geteuid() != 0)
		return "?";
	if (!is_loaded(d))
		return d->name->pair.certificate || d->name->pair.key ? "half" : "no";
	return d->file_differs ? "old" : "yes";
}

static void show_key(gnutls_x509_crt_t cert, char *out, size_t room)
{
	unsigned int bits = 0;
	int algorithm = gnutls_x509_crt_get_pk_algorithm(cert, &bits);
	const char *word = gnutls_pk_get_name((gnutls_pk_algorithm_t)algorithm);

	snprintf(out, room, "%s, %u bits", word ? word : "unknown", bits);
}

typedef int name_getter(gnutls_x509_crt_t cert, gnutls_datum_t *name, unsigned int flags);

static void add_distinguished_name(gnutls_x509_crt_t cert, name_getter *get, const char *none, struct strbuf *out)
{
	gnutls_datum_t name = { 0 };

	if (get(cert, &name, 0) >= 0 && name.size)
		strbuf_add_escaped(out, (const char *)name.data, name.size);
	else
		strbuf_addf(out, "%s", none);
	gnutls_free(name.data);
}

void describe_subject(gnutls_x509_crt_t cert, struct strbuf *out)
{
	add_distinguished_name(cert, gnutls_x509_crt_get_dn3, "-", out);
}

static void add_issuer(gnutls_x509_crt_t cert, struct strbuf *out)
{
	add_distinguished_name(cert, gnutls_x509_crt_get_issuer_dn3, "unnamed", out);
}

/* ---- list --------------------------------------------------------------------- */

void described_heading(struct strbuf *out)
{
	strbuf_addf(out, "%-16s %6s  %-6s  %s\n", "NAME", "DAYS", "LOADED", "FOR");
}

void described_line(const struct described *d, time_t now, struct strbuf *out)
{
	char names[NAMES_SHOWN];

	if (!d->readable) {
		strbuf_addf(out, "%-16s %6s  %-6s  %s\n", d->name->name, "-", loaded_word(d), d->why.text);
		return;
	}
	x509_cert_names(d->own.chain.cert[0], names, sizeof(names));
	strbuf_addf(out, "%-16s %6ld  %-6s  %s\n", d->name->name, chain_days_left(&d->own.chain, now), loaded_word(d),
		    names);
}

/* ---- show ------------------------------------------------------------------------ */

static void add_chain(const struct x509_chain *chain, struct strbuf *out)
{
	for (unsigned int i = 1; i < chain->count; i++) {
		char until[48];

		strbuf_addf(out, "  above it       ");
		describe_subject(chain->cert[i], out);
		x509_show_time(gnutls_x509_crt_get_expiration_time(chain->cert[i]), until, sizeof(until));
		strbuf_addf(out, ", until %s\n", until);
	}
}

/* All of them, on lines of their own. */
static void add_names(gnutls_x509_crt_t cert, struct strbuf *out)
{
	const char *heading = "names";
	unsigned int at = 0;
	char name[NAME_SHOWN];

	for (; x509_cert_next_name(cert, &at, name, sizeof(name)); heading = "")
		strbuf_addf(out, "  %-14s %s\n", heading, name);
	if (*heading)
		strbuf_addf(out, "  %-14s none\n", heading);
}

static void add_times(gnutls_x509_crt_t cert, struct strbuf *out)
{
	char text[48];

	x509_show_time(gnutls_x509_crt_get_activation_time(cert), text, sizeof(text));
	strbuf_addf(out, "  from           %s\n", text);
	x509_show_time(gnutls_x509_crt_get_expiration_time(cert), text, sizeof(text));
	strbuf_addf(out, "  until          %s\n", text);
}

static void add_certificate(const struct described *d, time_t now, struct strbuf *out)
{
	gnutls_x509_crt_t leaf = d->own.chain.cert[0];
	char text[NAMES_SHOWN];

	strbuf_addf(out, "  subject        ");
	describe_subject(leaf, out);
	strbuf_addf(out, "\n");
	add_names(leaf, out);
	strbuf_addf(out, "  issuer         ");
	add_issuer(leaf, out);
	strbuf_addf(out, "\n");
	add_chain(&d->own.chain, out);
	x509_cert_serial(leaf, text, sizeof(text));
	strbuf_addf(out, "  serial         %s\n", text);
	show_key(leaf, text, sizeof(text));
	strbuf_addf(out, "  key            %s\n", text);
	add_times(leaf, out);
	strbuf_addf(out, "  days left      %ld\n", chain_days_left(&d->own.chain, now));
}

static void add_keyrings(const struct described *d, struct strbuf *out)
{
	const char *between = "";

	if (!is_loaded(d)) {
		strbuf_addf(out, "  loaded         %s\n", loaded_word(d));
		return;
	}
	strbuf_addf(out, "  loaded         certificate is key %d, private key is key %d\n  keyrings       ",
		    d->name->pair.certificate, d->name->pair.key);
	for (enum keys_ring ring = 0; ring < KEYS_RING_COUNT; ring++)
		if (d->name->in_ring[ring]) {
			strbuf_addf(out, "%s%s", between, keys_ring_name(ring));
			between = ", ";
		}
	strbuf_addf(out, "\n");
}

static void add_uses(const struct described *d, struct strbuf *out)
{
	for (size_t i = 0; i < d->uses.count; i++) {
		strbuf_addf(out, "  mount          ");
		strbuf_add_escaped(out, d->uses.at[i].source, strlen(d->uses.at[i].source));
		strbuf_addf(out, " on ");
		strbuf_add_escaped(out, d->uses.at[i].point, strlen(d->uses.at[i].point));
		strbuf_addf(out, "\n");
	}
	if (!d->uses.count)
		strbuf_addf(out, "  mount          %s\n", d->uses.mounts_are_known ? "none" : "?");
	if (d->uses.connections_are_known)
		strbuf_addf(out, "  connections    %zu as client, %zu as server\n", d->uses.client, d->uses.server);
	else
		strbuf_addf(out, "  connections    ?\n");
}

void described_text(const struct described *d, time_t now, struct strbuf *out)
{
	strbuf_addf(out, "%s\n", d->name->name);
	if (d->readable)
		add_certificate(d, now, out);
	else
		strbuf_addf(out, "  error          %s\n", d->why.text);
	add_keyrings(d, out);
	strbuf_addf(out, "  file           %s%s\n", d->name->has_file ? d->own.path : "none",
		    d->file_differs ? ", which holds something else: load it" : "");
	add_uses(d, out);
}

/* ---- JSON -------------------------------------------------------------------------- */

static void put_strbuf(struct json_object *to, const char *key, const struct strbuf *text)
{
	json_put_text(to, key, text->failed ? NULL : text->text);
}

static struct json_object *names_json(gnutls_x509_crt_t cert)
{
	struct json_object *array = json_object_new_array();
	unsigned int at = 0;
	char name[NAME_SHOWN];

	while (x509_cert_next_name(cert, &at, name, sizeof(name)))
		json_object_array_add(array, json_text(name));
	return array;
}

static void put_certificate(struct json_object *to, gnutls_x509_crt_t cert)
{
	AUTO_STRBUF subject = { 0 };
	AUTO_STRBUF issuer = { 0 };
	char text[NAMES_SHOWN];

	describe_subject(cert, &subject);
	put_strbuf(to, "subject", &subject);
	json_object_object_add(to, "names", names_json(cert));
	add_issuer(cert, &issuer);
	put_strbuf(to, "issuer", &issuer);
	x509_cert_serial(cert, text, sizeof(text));
	json_put_text(to, "serial", text);
	show_key(cert, text, sizeof(text));
	json_put_text(to, "key", text);
	json_put_time(to, "not_before", gnutls_x509_crt_get_activation_time(cert));
	json_put_time(to, "not_after", gnutls_x509_crt_get_expiration_time(cert));
}

static struct json_object *chain_json(const struct x509_chain *chain)
{
	struct json_object *array = json_object_new_array();

	for (unsigned int i = 1; i < chain->count; i++) {
		struct json_object *one = json_object_new_object();

		put_certificate(one, chain->cert[i]);
		json_object_array_add(array, one);
	}
	return array;
}

static struct json_object *keyrings_json(const struct described *d)
{
	struct json_object *array = json_object_new_array();

	for (enum keys_ring ring = 0; ring < KEYS_RING_COUNT; ring++)
		if (d->name->in_ring[ring])
			json_object_array_add(array, json_text(keys_ring_name(ring)));
	return array;
}

/* Only root sees it: for others it is not known. */
static void put_loaded(struct json_object *to, const struct described *d)
{
	bool known = geteuid() == 0;

	json_object_object_add(to, "loaded", known ? json_object_new_boolean(is_loaded(d)) : NULL);
	json_object_object_add(to, "certificate_key", known ? json_object_new_int(d->name->pair.certificate) : NULL);
	json_object_object_add(to, "private_key", known ? json_object_new_int(d->name->pair.key) : NULL);
	json_object_object_add(to, "keyrings", known ? keyrings_json(d) : NULL);
}

static struct json_object *mounts_json(const struct uses *uses)
{
	struct json_object *mounts = json_object_new_array();

	for (size_t i = 0; i < uses->count; i++) {
		struct json_object *one = json_object_new_object();

		json_put_bytes(one, "source", uses->at[i].source);
		json_put_bytes(one, "point", uses->at[i].point);
		json_object_array_add(mounts, one);
	}
	return mounts;
}

static void put_uses(struct json_object *to, const struct described *d)
{
	struct json_object *connections = json_object_new_object();
	const struct uses *uses = &d->uses;
	bool known = uses->connections_are_known;

	json_object_object_add(to, "mounts", uses->mounts_are_known ? mounts_json(uses) : NULL);
	json_object_object_add(connections, "client", known ? json_object_new_int64((int64_t)uses->client) : NULL);
	json_object_object_add(connections, "server", known ? json_object_new_int64((int64_t)uses->server) : NULL);
	json_object_object_add(to, "connections", connections);
}

struct json_object *described_json(const struct described *d, bool with_uses, time_t now)
{
	struct json_object *to = json_object_new_object();

	json_put_text(to, "name", d->name->name);
	json_put_text(to, "error", d->readable ? NULL : d->why.text);
	if (d->readable) {
		put_certificate(to, d->own.chain.cert[0]);
		json_put_number(to, "days_left", chain_days_left(&d->own.chain, now));
		json_object_object_add(to, "chain", chain_json(&d->own.chain));
	}
	put_loaded(to, d);
	json_put_bytes(to, "file", d->name->has_file ? d->own.path : NULL);
	json_put_bool(to, "file_differs", d->file_differs);
	if (with_uses)
		put_uses(to, d);
	return to;
}
