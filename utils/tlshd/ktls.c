/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/ktls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef TCP_ULP
#define TCP_ULP 31
#endif
#ifndef SOL_TLS
#define SOL_TLS 282
#endif

/* One direction's secrets, as GnuTLS gives them. */
struct record_state {
	gnutls_datum_t iv;
	gnutls_datum_t key;
	unsigned char sequence[8];
};

union crypto_info {
	struct tls_crypto_info head;
	struct tls12_crypto_info_aes_gcm_128 aes_gcm_128;
	struct tls12_crypto_info_aes_gcm_256 aes_gcm_256;
	struct tls12_crypto_info_aes_ccm_128 aes_ccm_128;
	struct tls12_crypto_info_chacha20_poly1305 chacha20_poly1305;
};

/* Where the parts go; all structs are {head, iv, key, salt, rec_seq} without padding. */
static const struct cipher {
	gnutls_cipher_algorithm_t gnutls;
	uint16_t kernel;
	size_t iv_size, key_size, salt_size, size;
} ciphers[] = {
	{ GNUTLS_CIPHER_AES_128_GCM, TLS_CIPHER_AES_GCM_128, 8, 16, 4, sizeof(struct tls12_crypto_info_aes_gcm_128) },
	{ GNUTLS_CIPHER_AES_256_GCM, TLS_CIPHER_AES_GCM_256, 8, 32, 4, sizeof(struct tls12_crypto_info_aes_gcm_256) },
	{ GNUTLS_CIPHER_AES_128_CCM, TLS_CIPHER_AES_CCM_128, 8, 16, 4, sizeof(struct tls12_crypto_info_aes_ccm_128) },
	{ GNUTLS_CIPHER_CHACHA20_POLY1305, TLS_CIPHER_CHACHA20_POLY1305, 12, 32, 0,
	  sizeof(struct tls12_crypto_info_chacha20_poly1305) },
};

static const struct cipher *find_cipher(gnutls_cipher_algorithm_t algorithm)
{
	for (size_t i = 0; i < ARRAY_SIZE(ciphers); i++)
		if (ciphers[i].gnutls == algorithm)
			return &ciphers[i];
	return NULL;
}

/* A connection with ourselves over loopback; -1 in fd[0] and fd[1] when there is none to be had. */
static int connect_to_self(int fd[2])
{
	struct sockaddr_in self = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	AUTO_FD listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof(self);

	fd[0] = fd[1] = -1;
	if (listener < 0 || bind(listener, (struct sockaddr *)&self, size) < 0 || listen(listener, 1) < 0 ||
	    getsockname(listener, (struct sockaddr *)&self, &size) < 0)
		return -errno;
	fd[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd[0] < 0 || connect(fd[0], (struct sockaddr *)&self, size) < 0)
		return -errno;
	fd[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	return fd[1] < 0 ? -errno : 0;
}

/* Sets a key of zeros, for no data will be sent with it. */
static void try_cipher(const struct cipher *cipher)
{
	union crypto_info info;
	int fd[2];

	memset(&info, 0, sizeof(info));
	info.head.version = TLS_1_3_VERSION;
	info.head.cipher_type = cipher->kernel;
	if (connect_to_self(fd) == 0 && setsockopt(fd[0], SOL_TCP, TCP_ULP, "tls", sizeof("tls")) == 0)
		(void)setsockopt(fd[0], SOL_TLS, TLS_TX, &info, (socklen_t)cipher->size);
	close_fd(&fd[0]);
	close_fd(&fd[1]);
}

static int load_tls(struct error *e)
{
	AUTO_FD fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return error_set(e, errno, "cannot open a socket: %s", strerror(errno));
	/* On a socket without connection the kernel loads the module, then refuses with ENOTCONN. */
	if (setsockopt(fd, SOL_TCP, TCP_ULP, "tls", sizeof("tls")) < 0 && errno != ENOTCONN)
		return error_set(e, ENOENT, "this kernel has no TLS record layer (CONFIG_TLS; modprobe tls): %s",
				 strerror(errno));
	return 0;
}

int ktls_prepare(struct error *e)
{
	int r = load_tls(e);

	/*
	 * The ciphers are modules too, and loading them within the first handshake can take longer than nfsd
	 * waits.  What cannot be tried (no loopback yet) or is not there shows when it is needed.
	 */
	for (size_t i = 0; !r && i < ARRAY_SIZE(ciphers); i++)
		try_cipher(&ciphers[i]);
	return r;
}

static int fill(const struct cipher *cipher, const struct record_state *state, union crypto_info *info)
{
	unsigned char *at = (unsigned char *)info + sizeof(info->head);

	if (state->iv.size != cipher->salt_size + cipher->iv_size || state->key.size != cipher->key_size)
		return -EINVAL;
	info->head.version = TLS_1_3_VERSION;
	info->head.cipher_type = cipher->kernel;
	memcpy(at, state->iv.data + cipher->salt_size, cipher->iv_size);
	at += cipher->iv_size;
	memcpy(at, state->key.data, cipher->key_size);
	at += cipher->key_size;
	if (cipher->salt_size)
		memcpy(at, state->iv.data, cipher->salt_size);
	at += cipher->salt_size;
	memcpy(at, state->sequence, sizeof(state->sequence));
	return 0;
}

static int plant_direction(gnutls_session_t session, int fd, const struct cipher *cipher, bool read, struct error *e)
{
	gnutls_datum_t mac; /* AEAD ciphers have none */
	struct record_state state;
	union crypto_info info;
	int r = gnutls_record_get_state(session, read, &mac, &state.iv, &state.key, state.sequence);

	if (r < 0)
		return error_set(e, EIO, "GnuTLS does not give its record keys: %s", gnutls_strerror(r));
	memset(&info, 0, sizeof(info));
	r = fill(cipher, &state, &info);
	if (r)
		r = error_set(e, EINVAL, "unexpected key sizes for %s", gnutls_cipher_get_name(cipher->gnutls));
	else if (setsockopt(fd, SOL_TLS, read ? TLS_RX : TLS_TX, &info, (socklen_t)cipher->size) < 0)
		r = error_set(e, errno, "this kernel does not take %s for TLS 1.3: %s",
			      gnutls_cipher_get_name(cipher->gnutls), strerror(errno));
	explicit_bzero(&info, sizeof(info));
	return r;
}

static int add_record_layer(int fd, struct error *e)
{
	if (setsockopt(fd, SOL_TCP, TCP_ULP, "tls", sizeof("tls")) == 0)
		return 0;
	if (errno == ENOTCONN)
		return error_set(e, ENOTCONN, "the peer closed the connection at the end of the handshake");
	return error_set(e, errno, "the kernel does not add TLS to the socket: %s", strerror(errno));
}

int ktls_plant(gnutls_session_t session, int fd, struct error *e)
{
	const struct cipher *cipher = find_cipher(gnutls_cipher_get(session));
	int r;

	if (!cipher)
		return error_set(e, EOPNOTSUPP, "the kernel has no record layer for %s",
				 gnutls_cipher_get_name(gnutls_cipher_get(session)));
	/* Bytes that GnuTLS has read ahead would be lost to the kernel. */
	if (gnutls_record_check_pending(session))
		return error_set(e, EPROTO, "the peer sent data before the handshake had ended");
	r = add_record_layer(fd, e);
	if (!r)
		r = plant_direction(session, fd, cipher, false, e);
	return r ? r : plant_direction(session, fd, cipher, true, e);
}
