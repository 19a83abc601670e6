/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/keyreader.h"

#include <errno.h>
#include <gnutls/abstract.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "support/keys/keys.h"
#include "support/owncert/owncert.h"
#include "utils/tlshd/filter.h"

/* ---- one order --------------------------------------------------------------- */

static int put_parts(const struct bytes *chain, const struct bytes *key, struct key_delivery *delivery, struct error *e)
{
	if (chain->size > KEY_REPLY_MAX || key->size > KEY_DER_MAX)
		return error_set(e, EMSGSIZE, "the certificate or its key is too long");
	memcpy(delivery->data, chain->data, chain->size);
	memcpy(delivery->data + chain->size, key->data, key->size);
	delivery->chain_size = (uint32_t)chain->size;
	delivery->key_size = (uint32_t)key->size;
	return 0;
}

static int read_pair(const struct key_order *order, struct key_delivery *delivery, struct error *e)
{
	AUTO_CHAIN chain = { 0 };
	AUTO_BYTES chain_der = { 0 };
	AUTO_BYTES key_der = { 0 };
	gnutls_privkey_t key = NULL;
	int r;

	if (!order->certificate_serial || !order->key_serial)
		return error_set(e, EINVAL, "the mount names only one of cert_serial= and privkey_serial=: give both");
	r = owncert_read_serials(order->certificate_serial, order->key_serial, &chain, &key, e);
	if (r)
		return r;
	r = x509_chain_to_der(&chain, &chain_der, e);
	if (!r)
		r = x509_key_to_der(key, &key_der, e);
	if (!r)
		r = put_parts(&chain_der, &key_der, delivery, e);
	if (!r)
		keys_certificate_of(order->certificate_serial, delivery->name);
	gnutls_privkey_deinit(key);
	return r;
}

static void put_reason(int status, const struct error *e, struct key_delivery *delivery)
{
	delivery->status = status;
	delivery->key_size = 0;
	delivery->chain_size = (uint32_t)strlen(e->text);
	memcpy(delivery->data, e->text, delivery->chain_size);
}

static void deliver(const struct key_order *order, int signer)
{
	static struct key_delivery delivery; /* too large for a stack */
	struct error e;
	int r;

	memset(&delivery, 0, offsetof(struct key_delivery, data));
	delivery.news = SIGNER_KEY;
	delivery.slot = order->slot;
	delivery.id = order->id;
	r = read_pair(order, &delivery, &e);
	if (r)
		put_reason(r, &e, &delivery);
	/* A signer that has gone, or does not read, needs none. */
	(void)message_send(signer, &delivery,
			   offsetof(struct key_delivery, data) + delivery.chain_size + delivery.key_size, -1);
	explicit_bzero(&delivery, sizeof(delivery));
}

/* ---- life ---------------------------------------------------------------------- */

static int prepare(const struct process_orders *orders, struct error *e)
{
	int r = sandbox_start(&orders->channel, 1, orders->parent);

	if (r)
		return error_set(e, -r, "cannot follow the kernel role: %s", strerror(-r));
	keys_keep_table();
	r = sandbox_become(NULL, orders->empty_root, false, e);
	return r ? r : filter_install(FILTER_KEY_READER, e);
}

static void run_reader(const struct process_orders *orders)
{
	struct key_order order;
	struct error e = { 0 };
	ssize_t got;
	int signer;

	process_report(orders->channel, prepare(orders, &e), &e);
	while ((got = message_receive(orders->channel, &order, sizeof(order), &signer)) > 0) {
		if (got == (ssize_t)sizeof(order) && signer >= 0)
			deliver(&order, signer);
		if (signer >= 0)
			close(signer);
	}
	_exit(0);
}

int keyreader_start(const char *empty_root, struct process *reader, struct error *e)
{
	return process_start("the key reader", run_reader, NULL, empty_root, NULL, reader, e);
}

int keyreader_order(const struct process *reader, const struct key_order *order, int channel)
{
	return message_send(reader->channel, order, sizeof(*order), channel);
}
