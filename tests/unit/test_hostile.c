/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A real worker, with a real key holder and signer, against all of
 * tests/peer/hostile-attacks.c, in both roles, with a good handshake beside
 * each of them.  What an attack may cost is processor time of the worker, so
 * that a busy machine changes nothing.
 */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/peer/hostile.h"
#include "utils/tlshd/credentials.h"
#include "utils/tlshd/keyholder.h"
#include "utils/tlshd/message.h"
#include "utils/tlshd/signer.h"
#include "utils/tlshd/worker.h"

#define PATIENCE_MS 300 /* with the bad ones; the good ones' is all the time that there is */
#define LIMIT_MS 10000

/* Of the worker, with the good handshake; on a usual machine none takes a fifth of it. */
#ifdef __SANITIZE_ADDRESS__
#define COST_MAX_MS 1000
#else
#define COST_MAX_MS 100
#endif

struct bed {
	char folder[64];
	struct credentials *credentials;
	struct process holder;
	struct sandbox_user user;
	gnutls_certificate_credentials_t good; /* of the good peers */
	gnutls_priority_t priority;
	int channel, grants;
	pid_t worker;
	uint64_t tasks;
	struct pulse *pulse;
};

static struct bed bed;

/* ---- the certificates ------------------------------------------------------- */

static void path_in_folder(const char *name, char path[128])
{
	snprintf(path, 128, "%s/%s", bed.folder, name);
}

static void write_file(const char *name, const void *data, size_t size)
{
	char path[128];
	int fd;

	path_in_folder(name, path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, size), size);
	assert_int_equal(close(fd), 0);
}

static void make_host(gnutls_x509_crt_t authority, gnutls_privkey_t authority_key)
{
	struct x509_reference names[1];
	struct x509_subject subject = { .common_name = "", .name = names, .count = 1 };
	AUTO_STRBUF request = { 0 };
	AUTO_STRBUF pem = { 0 };
	AUTO_BYTES key_pem = { 0 };
	gnutls_x509_crt_t cert;
	gnutls_privkey_t key;
	struct error e;

	x509_reference_parse("localhost", &names[0]);
	assert_int_equal(x509_key_make(X509_KEY_ECDSA, &key, &e), 0);
	assert_int_equal(x509_request_make(&subject, key, &request, &e), 0);
	assert_int_equal(x509_request_sign("request", request.text, request.size, authority, authority_key, 30,
					   time(NULL), &cert, &e),
			 0);
	assert_int_equal(x509_cert_to_pem(cert, &pem, &e), 0);
	assert_int_equal(x509_key_to_pem(key, &key_pem, &e), 0);
	write_file("host.pem", pem.text, pem.size);
	write_file("host.key", key_pem.data, key_pem.size);
	gnutls_x509_crt_deinit(cert);
	gnutls_privkey_deinit(key);
}

static void make_certificates(void)
{
	AUTO_STRBUF pem = { 0 };
	gnutls_x509_crt_t authority;
	gnutls_privkey_t key;
	struct error e;

	assert_int_equal(x509_key_make(X509_KEY_ECDSA, &key, &e), 0);
	assert_int_equal(x509_authority_make(HOSTILE_AUTHORITY, key, 30, time(NULL), &authority, &e), 0);
	assert_int_equal(x509_cert_to_pem(authority, &pem, &e), 0);
	write_file("ca.pem", pem.text, pem.size);
	make_host(authority, key);
	gnutls_x509_crt_deinit(authority);
	gnutls_privkey_deinit(key);
}

/* ---- the worker ------------------------------------------------------------- */

/* The usual certificate is the one of the test's folder, not that of this machine. */
static void take_certificate(void)
{
	struct error e;

	for (size_t i = 0; i < bed.credentials->certificate_count; i++) {
		struct certificate *certificate = &bed.credentials->certificate[i];

		owncert_free(&certificate->own);
		assert_int_equal(owncert_read(bed.folder, "host", &certificate->own, &e), 0);
		certificate->exists = true;
	}
}

static void load_credentials(void)
{
	AUTO_STRBUF conf = { 0 };
	struct watch watch = { 0 };
	char path[128];
	struct error e;

	strbuf_addf(&conf, "[server]\ntruststore=%s/ca.pem\n[client]\ntruststore=%s/ca.pem\n", bed.folder, bed.folder);
	write_file("conf", conf.text, conf.size);
	path_in_folder("conf", path);
	if (credentials_load(path, NULL, &bed.credentials, &watch, &e))
		fail_msg("%s", e.text);
	watch_free(&watch);
	take_certificate();
	if (keyholder_start(bed.credentials, &bed.user, bed.folder, &bed.holder, &e))
		fail_msg("%s", e.text);
}

static void start_worker(void)
{
	struct worker_orders orders = {
		.credentials = bed.credentials,
		.user = &bed.user,
		.empty_root = bed.folder,
		.parent = getpid(),
		.pulse = bed.pulse,
	};
	int tasks[2], keys[2], grants[2];

	assert_non_null(bed.pulse);
	assert_int_equal(message_pair(tasks), 0);
	assert_int_equal(message_pair(keys), 0);
	assert_int_equal(message_pair(grants), 0);
	assert_int_equal(signer_channels(keys[1], grants[1]), 0);
	assert_int_equal(keyholder_add_signer(&bed.holder, keys[0], grants[1]), 0);
	orders.kernel_role = tasks[1];
	orders.signer = keys[1];
	bed.worker = fork();
	assert_true(bed.worker >= 0);
	if (!bed.worker)
		worker_run(&orders);
	close(tasks[1]);
	close(keys[0]);
	close(keys[1]);
	close(grants[1]);
	bed.channel = tasks[0];
	bed.grants = grants[0];
}

static void prepare_good_peers(void)
{
	char authority[128], certificate[128], key[128];

	path_in_folder("ca.pem", authority);
	path_in_folder("host.pem", certificate);
	path_in_folder("host.key", key);
	assert_int_equal(gnutls_certificate_allocate_credentials(&bed.good), 0);
	assert_int_equal(gnutls_certificate_set_x509_trust_file(bed.good, authority, GNUTLS_X509_FMT_PEM), 1);
	assert_int_equal(gnutls_certificate_set_x509_key_file(bed.good, certificate, key, GNUTLS_X509_FMT_PEM), 0);
	assert_int_equal(gnutls_priority_init(&bed.priority, "NORMAL:-VERS-ALL:+VERS-TLS1.3", NULL), 0);
}

static int set_up(void **state)
{
	struct error e;

	(void)state;
	snprintf(bed.folder, sizeof(bed.folder), "/tmp/test_hostile.XXXXXX");
	if (!mkdtemp(bed.folder))
		return -1;
	make_certificates();
	assert_int_equal(sandbox_find_user("nobody", &bed.user, &e), 0);
	load_credentials();
	bed.pulse = pulse_new();
	start_worker();
	prepare_good_peers();
	return 0;
}

static int tear_down(void **state)
{
	static const char *const files[] = { "ca.pem", "host.pem", "host.key", "conf" };
	char path[128];

	(void)state;
	close(bed.channel);
	waitpid(bed.worker, NULL, 0);
	close(bed.grants);
	process_stop(&bed.holder);
	credentials_free(bed.credentials);
	pulse_free(bed.pulse);
	gnutls_certificate_free_credentials(bed.good);
	gnutls_priority_deinit(bed.priority);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		path_in_folder(files[i], path);
		(void)unlink(path);
	}
	return rmdir(bed.folder);
}

static double worker_cpu_ms(void)
{
	struct timespec t;
	clockid_t clock;

	assert_int_equal(clock_getcpuclockid(bed.worker, &clock), 0);
	assert_int_equal(clock_gettime(clock, &t), 0);
	return (double)t.tv_sec * 1000 + (double)t.tv_nsec / 1e6;
}

/* ---- connections ------------------------------------------------------------ */

static void connect_pair(int fd[2])
{
	struct sockaddr_in self = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(self);
	int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(listener, (struct sockaddr *)&self, sizeof(self)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&self, &size), 0);
	fd[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd[0], (struct sockaddr *)&self, sizeof(self)), 0);
	fd[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	assert_true(fd[1] >= 0);
	setsockopt(fd[0], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	close(listener);
}

/* What the worker may have signed, as the kernel role says it. */
static void grant(const struct task *task)
{
	struct grant grant = {
		.news = SIGNER_GRANT,
		.slot = task->slot,
		.id = task->id,
		.role = task->role,
		.ends_ms = clock_ms() + LIMIT_MS,
		.reference = "localhost",
	};

	assert_int_equal(message_send(bed.grants, &grant, sizeof(grant), -1), 0);
}

/* Gives one end to the worker, which takes it. */
static uint64_t hand_over(enum role role, uint32_t patience_ms, int fd)
{
	struct task task = { .id = ++bed.tasks,
			     .role = role,
			     .show_certificate = true,
			     .patience_ms = patience_ms,
			     .limit_ms = LIMIT_MS,
			     .reference = "localhost" };

	task.slot = (uint32_t)(task.id % WORKER_SLOTS);
	grant(&task);
	assert_int_equal(message_send(bed.channel, &task, sizeof(task), fd), 0);
	close(fd);
	return task.id;
}

static int good_peer(int fd, bool server)
{
	static const gnutls_datum_t alpn = { (unsigned char *)(uintptr_t) "sunrpc", 6 };
	gnutls_session_t tls;
	int r = gnutls_init(&tls, server ? GNUTLS_SERVER : GNUTLS_CLIENT);

	if (r < 0)
		return r;
	gnutls_transport_set_int(tls, fd);
	gnutls_priority_set(tls, bed.priority);
	gnutls_credentials_set(tls, GNUTLS_CRD_CERTIFICATE, bed.good);
	gnutls_alpn_set_protocols(tls, &alpn, 1, 0);
	if (server)
		gnutls_certificate_server_set_request(tls, GNUTLS_CERT_REQUIRE);
	else
		gnutls_session_set_verify_cert(tls, "localhost", 0);
	do {
		r = gnutls_handshake(tls);
	} while (r < 0 && !gnutls_error_is_fatal(r));
	return r;
}

/* One side of a handshake: the worker has the other. */
struct side {
	pid_t peer;
	uint64_t task;
	struct outcome outcome;
};

/* attack NULL: the good peer. */
static struct side start(const struct hostile_attack *attack, enum role role)
{
	struct side side = { 0 };
	int fd[2];

	connect_pair(fd);
	side.peer = fork();
	assert_true(side.peer >= 0);
	if (!side.peer) {
		close(fd[1]); /* the worker alone decides when it ends */
		if (!attack)
			_exit(good_peer(fd[0], role == ROLE_CLIENT) < 0);
		_exit(hostile_run(attack, role == ROLE_SERVER ? HOSTILE_AS_CLIENT : HOSTILE_AS_SERVER, fd[0],
				  2 * LIMIT_MS) < 0);
	}
	close(fd[0]);
	side.task = hand_over(role, attack ? PATIENCE_MS : LIMIT_MS, fd[1]);
	return side;
}

static struct outcome next_outcome(void)
{
	/* With the chain of a good server behind it. */
	static struct {
		struct outcome outcome;
		unsigned char chain[65536];
	} received;
	struct pollfd ready = { .fd = bed.channel, .events = POLLIN };

	if (poll(&ready, 1, 2 * LIMIT_MS) != 1)
		fail_msg("the worker says nothing");
	if (message_receive(bed.channel, &received, sizeof(received), NULL) < (ssize_t)sizeof(received.outcome))
		fail_msg("the worker is gone");
	return received.outcome;
}

static void wait_for_both(struct side *bad, struct side *good)
{
	for (int i = 0; i < 2; i++) {
		struct outcome outcome = next_outcome();

		if (outcome.id == bad->task)
			bad->outcome = outcome;
		else if (outcome.id == good->task)
			good->outcome = outcome;
		else
			fail_msg("an outcome for nothing");
	}
}

static int status_of(pid_t pid)
{
	int status = -1;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* Where the kernel of this machine has no record layer, a good handshake ends there. */
static bool is_good(const struct outcome *outcome)
{
	return outcome->why == REASON_OK || outcome->why == REASON_KTLS;
}

static void run_attack(const struct hostile_attack *attack, enum role role)
{
	double before = worker_cpu_ms(), cost;
	struct side bad = start(attack, role), good = start(NULL, role);
	int good_status, bad_status;

	wait_for_both(&bad, &good);
	cost = worker_cpu_ms() - before;
	bad_status = status_of(bad.peer);
	good_status = status_of(good.peer);
	if (cost > 1)
		printf("# %s against a %s: %.1f ms, %s\n", attack->name, role_word(role), cost,
		       reason_row(bad.outcome.why)->word);
	if (cost > COST_MAX_MS)
		fail_msg("%s against a %s cost %.1f ms", attack->name, role_word(role), cost);
	if (is_good(&bad.outcome) || bad_status)
		fail_msg("%s against a %s: %s, status %x", attack->name, role_word(role),
			 reason_row(bad.outcome.why)->word, (unsigned int)bad_status);
	if (!is_good(&good.outcome) || good_status)
		fail_msg("a good one beside %s: %s: %s", attack->name, reason_row(good.outcome.why)->word,
			 good.outcome.cause);
}

static void test_attacks(void **state)
{
	(void)state;
	for (size_t i = 0; i < hostile_attack_count; i++) {
		if (hostile_attacks[i].roles & HOSTILE_AS_CLIENT)
			run_attack(&hostile_attacks[i], ROLE_SERVER);
		if (hostile_attacks[i].roles & HOSTILE_AS_SERVER)
			run_attack(&hostile_attacks[i], ROLE_CLIENT);
	}
}

/* All at once, and good ones among them. */
static void test_attacks_at_once(void **state)
{
	struct side side[32];
	double before = worker_cpu_ms();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(side); i++)
		side[i] = start(i % 4 ? hostile_find("rsa-65536-exponent-65536") : NULL,
				i % 2 ? ROLE_SERVER : ROLE_CLIENT);
	for (size_t i = 0; i < ARRAY_SIZE(side); i++) {
		struct outcome outcome = next_outcome();

		for (size_t j = 0; j < ARRAY_SIZE(side); j++)
			if (side[j].task == outcome.id)
				side[j].outcome = outcome;
	}
	for (size_t i = 0; i < ARRAY_SIZE(side); i++) {
		assert_int_equal(status_of(side[i].peer), 0);
		assert_int_equal(is_good(&side[i].outcome), i % 4 == 0);
	}
	assert_true(worker_cpu_ms() - before < COST_MAX_MS * ARRAY_SIZE(side));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attacks),
		cmocka_unit_test(test_attacks_at_once),
	};

	return cmocka_run_group_tests_name("hostile", tests, set_up, tear_down);
}
