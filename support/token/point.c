/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A private key object on a curve holds the private number and not the public point, the object with the point may be
 * missing (p11tool --write stores none), and GnuTLS takes no key without it.  So it is computed, with the library that
 * GnuTLS itself computes with.
 */
#include "support/token/token_private.h"

#include <errno.h>
#include <gmp.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecc.h>
#include <string.h>

static const struct curve {
	unsigned char der[16]; /* object identifiers: RFC 5480 section 2.1.1.1 */
	size_t size;
	gnutls_ecc_curve_t curve;
	const struct ecc_curve *(*get)(void);
} curves[] = {
	{ { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07 }, 10, GNUTLS_ECC_CURVE_SECP256R1,
	  nettle_get_secp_256r1 },
	{ { 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22 }, 7, GNUTLS_ECC_CURVE_SECP384R1, nettle_get_secp_384r1 },
	{ { 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23 }, 7, GNUTLS_ECC_CURVE_SECP521R1, nettle_get_secp_521r1 },
};

static bool is_same(const struct bytes *params, const void *der, size_t size)
{
	return params->size == size && !memcmp(params->data, der, size);
}

gnutls_ecc_curve_t token_curve(const struct bytes *params)
{
	for (size_t i = 0; i < ARRAY_SIZE(curves); i++)
		if (is_same(params, curves[i].der, curves[i].size))
			return curves[i].curve;
	return GNUTLS_ECC_CURVE_INVALID;
}

bool token_curve_is_ed25519(const struct bytes *params)
{
	static const unsigned char identifier[] = { 0x06, 0x03, 0x2b, 0x65, 0x70 }; /* RFC 8410 section 3 */
	static const char name[] = "\x13\x0c" "edwards25519"; /* PKCS#11 3.0 section 2.3.5 */

	return is_same(params, identifier, sizeof(identifier)) || is_same(params, name, sizeof(name) - 1);
}

static const struct ecc_curve *find_curve(gnutls_ecc_curve_t curve)
{
	for (size_t i = 0; i < ARRAY_SIZE(curves); i++)
		if (curves[i].curve == curve)
			return curves[i].get();
	return NULL;
}

/* mpz_clear() and ecc_scalar_clear() give memory back as it is. */
static void wipe(mp_limb_t *limbs, size_t count)
{
	explicit_bzero(limbs, count * sizeof(*limbs));
}

/* Fails when the number is zero, or not below the order of the curve. */
static bool set_scalar(struct ecc_scalar *scalar, const struct bytes *number)
{
	mpz_t secret;
	bool fits;

	mpz_init2(secret, number->size * 8 + 1); /* so that it never moves, and leaves a copy behind */
	mpz_import(secret, number->size, 1, 1, 1, 0, number->data);
	fits = ecc_scalar_set(scalar, secret);
	if (mpz_size(secret))
		wipe(mpz_limbs_modify(secret, (mp_size_t)mpz_size(secret)), mpz_size(secret));
	mpz_clear(secret);
	return fits;
}

/* Of the width of the curve, big-endian. */
static int to_bytes(const struct ecc_curve *curve, const mpz_t value, struct bytes *out)
{
	size_t width = (ecc_bit_size(curve) + 7) / 8, size = (mpz_sizeinbase(value, 2) + 7) / 8;

	if (size > width)
		return -EINVAL;
	if (bytes_alloc(out, width))
		return -ENOMEM;
	mpz_export(out->data + width - size, NULL, 1, 1, 1, 0, value);
	return 0;
}

static int multiply(const struct ecc_curve *curve, const struct ecc_scalar *scalar, struct bytes *x, struct bytes *y)
{
	struct ecc_point point;
	mpz_t px, py;
	int r;

	ecc_point_init(&point, curve);
	mpz_init(px);
	mpz_init(py);
	ecc_point_mul_g(&point, scalar);
	ecc_point_get(&point, px, py);
	r = to_bytes(curve, px, x);
	if (!r)
		r = to_bytes(curve, py, y);
	if (r)
		bytes_free(x);
	mpz_clear(px);
	mpz_clear(py);
	ecc_point_clear(&point);
	return r;
}

int token_point(gnutls_ecc_curve_t curve, const struct bytes *number, struct bytes *x, struct bytes *y)
{
	const struct ecc_curve *on = find_curve(curve);
	struct ecc_scalar scalar;
	int r = -EINVAL;

	if (!on || !number->size)
		return -EINVAL;
	ecc_scalar_init(&scalar, on);
	if (set_scalar(&scalar, number))
		r = multiply(on, &scalar, x, y);
	wipe(scalar.p, (size_t)ecc_size(on));
	ecc_scalar_clear(&scalar);
	return r;
}
