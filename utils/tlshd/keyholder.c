/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/keyholder.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "utils/tlshd/filter.h"
#include "utils/tlshd/signer.h"

struct holder {
	const struct process_orders *orders;
	const struct credentials *credentials;
	struct bytes *payload; /* by the number of the certificate, as the keys; until it was parsed */
	gnutls_privkey_t *keys;
	int64_t said_ms;
};

/* ---- the start ------------------------------------------------------------- */

/* As root: bytes are read, and not looked at. */
static int fetch_keys(struct holder *holder, struct error *e)
{
	const struct credentials *credentials = holder->credentials;
	int r = 0;

	for (size_t i = 0; !r && i < credentials->certificate_count; i++) {
		const struct certificate *certificate = &credentials->certificate[i];

		if (certificate->exists)
			r = owncert_fetch_key(&certificate->own, &holder->payload[i], e);
		if (!r)
			r = process_goes_on(holder->orders->channel, &holder->said_ms, e);
	}
	return r;
}

/* No longer as root. */
static int parse_keys(struct holder *holder, struct error *e)
{
	const struct credentials *credentials = holder->credentials;
	int r = 0;

	for (size_t i = 0; !r && i < credentials->certificate_count; i++) {
		const struct certificate *certificate = &credentials->certificate[i];

		if (certificate->exists)
			r = owncert_parse_key(&certificate->own, &holder->payload[i], &holder->keys[i], e);
		bytes_free(&holder->payload[i]);
		if (!r)
			r = process_goes_on(holder->orders->channel, &holder->said_ms, e);
	}
	return r;
}

static int give_up_power(const struct holder *holder, struct error *e)
{
	const struct process_orders *orders = holder->orders;
	int r = sandbox_become(orders->user, orders->empty_root, true, e);

	/* Changing the user id cleared the wish to die with the parent. */
	if (!r && (r = sandbox_die_with(orders->parent)))
		r = error_set(e, -r, "the kernel role is gone");
	return r ? r : filter_install(FILTER_KEY_HOLDER, e);
}

static int prepare(struct holder *holder, struct error *e)
{
	int r = sandbox_start(&holder->orders->channel, 1, holder->orders->parent);

	signal(SIGCHLD, SIG_IGN); /* signers need no farewell */
	if (r)
		return error_set(e, -r, "cannot follow the kernel role: %s", strerror(-r));
	holder->payload = calloc(holder->credentials->certificate_count + 1, sizeof(*holder->payload));
	holder->keys = calloc(holder->credentials->certificate_count + 1, sizeof(*holder->keys));
	if (!holder->payload || !holder->keys)
		return error_set(e, ENOMEM, "out of memory");
	r = sandbox_forbid_core_dumps(e);
	if (!r)
		r = fetch_keys(holder, e);
	if (!r)
		r = give_up_power(holder, e);
	return r ? r : parse_keys(holder, e);
}

/* ---- signers ----------------------------------------------------------------- */

static void __attribute__((noreturn)) become_signer(const struct holder *holder, int worker, int grants)
{
	struct signer *signer = signer_new(holder->credentials, holder->keys);
	struct error e;

	close(holder->orders->channel);
	if (signer && !filter_install(FILTER_SIGNER, &e))
		signer_run(signer, worker, grants);
	log_line(LOG_LEVEL_ERROR, "signer %d ends: %s", (int)getpid(), signer ? e.text : "out of memory");
	_exit(1); /* the kernel takes back the memory */
}

/* Not tied to the key holder's life: a retiring generation finishes its handshakes without it. */
static void fork_signer(const struct holder *holder, int worker, int grants)
{
	if (fork() == 0)
		become_signer(holder, worker, grants);
	/* A failed fork shows as the end of the channels, and the worker is replaced. */
	close(worker);
	close(grants);
}

/* An order is two messages, each with one end. */
static bool take_end(int channel, int *end)
{
	char order;

	return message_receive(channel, &order, sizeof(order), end) > 0 && *end >= 0;
}

static void run_holder(const struct process_orders *orders)
{
	struct holder holder = { .orders = orders, .credentials = orders->with };
	struct error e = { 0 };
	int worker, grants;

	process_report(orders->channel, prepare(&holder, &e), &e);
	while (take_end(orders->channel, &worker) && take_end(orders->channel, &grants))
		fork_signer(&holder, worker, grants);
	_exit(0);
}

/* ---- the kernel role's view --------------------------------------------------- */

int keyholder_start(const struct credentials *credentials, const struct sandbox_user *user, const char *empty_root,
		    struct process *holder, struct error *e)
{
	return process_start("the key holder", run_holder, user, empty_root, credentials, holder, e);
}

int keyholder_add_signer(const struct process *holder, int worker, int grants)
{
	char order = 's';
	int r = message_send(holder->channel, &order, sizeof(order), worker);

	return r ? r : message_send(holder->channel, &order, sizeof(order), grants);
}
