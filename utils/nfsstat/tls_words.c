/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words for what is known of a transport, the same in all forms. */
#include <stdio.h>
#include <string.h>

#include "utils/nfsstat/tls.h"

/* linux/tls.h */
static const struct {
	unsigned int number;
	const char *name;
} ciphers[] = {
	{ 51, "AES-128-GCM" }, { 52, "AES-256-GCM" }, { 53, "AES-128-CCM" },  { 54, "CHACHA20-POLY1305" },
	{ 55, "SM4-GCM" },     { 56, "SM4-CCM" },     { 57, "ARIA-128-GCM" }, { 58, "ARIA-256-GCM" },
};

const char *tls_cipher_name(unsigned int cipher)
{
	for (size_t i = 0; i < ARRAY_SIZE(ciphers); i++)
		if (ciphers[i].number == cipher)
			return ciphers[i].name;
	return cipher ? "unknown cipher" : "";
}

void tls_effect(const struct verdict_row *row, char *out, size_t room)
{
	const struct transport_socket *socket = &row->transport->socket;

	if (row->transport->proof == TRANSPORT_ENCRYPTED)
		snprintf(out, room, "%s %s", verdict_version_name(socket->tls_version),
			 tls_cipher_name(socket->tls_cipher));
	else
		snprintf(out, room, "%s", transport_proof_word(row->transport->proof));
}

/* Up to the first colon; that of an IPv6 address stands behind its bracket. */
static void cut_path(char *source)
{
	size_t end = strcspn(source, source[0] == '[' ? "]" : ":");

	if (source[end])
		source[end + (source[0] == '[')] = '\0';
}

void tls_server_name(const struct verdict_report *report, const struct verdict_row *row, char name[TLS_ROOM])
{
	const struct transport_entry *t = row->transport;

	name[0] = '\0';
	if (t->is_stray) {
		text_copy(name, TLS_ROOM, report->list.servers[t->server].names[0]);
	} else if (t->mount_count) {
		text_copy(name, TLS_ROOM, report->list.mounts[t->mounts[0]].source);
		cut_path(name);
	}
}
