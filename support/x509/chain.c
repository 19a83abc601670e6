/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/x509/x509.h"

#include <errno.h>
#include <string.h>

#include "support/x509/encoding_private.h"
#include "support/x509/foreign_private.h"

void x509_chain_free(struct x509_chain *chain)
{
	if (!chain)
		return;
	for (unsigned int i = 0; i < chain->count; i++)
		gnutls_x509_crt_deinit(chain->cert[i]);
	chain->count = 0;
}

static int too_many(const char *name, struct error *e)
{
	return error_set(e, EINVAL, "%s holds more than %u certificates", name, X509_CHAIN_MAX);
}

/* Appends one certificate in DER. */
static int add_der(const char *name, const gnutls_datum_t *der, struct x509_chain *chain, struct error *e)
{
	gnutls_x509_crt_t cert;
	int r;

	if (chain->count == X509_CHAIN_MAX)
		return too_many(name, e);
	r = gnutls_x509_crt_init(&cert);
	if (r < 0)
		return error_set(e, ENOMEM, "out of memory");
	r = gnutls_x509_crt_import(cert, der, GNUTLS_X509_FMT_DER);
	if (r < 0) {
		gnutls_x509_crt_deinit(cert);
		return error_set(e, EINVAL, "%s: certificate %u cannot be read: %s", name, chain->count + 1,
				 gnutls_strerror(r));
	}
	chain->cert[chain->count++] = cert;
	return 0;
}

static int parse_pem(const char *name, const gnutls_datum_t *pem, struct x509_chain *chain, struct error *e)
{
	unsigned int count = X509_CHAIN_MAX;
	int r = gnutls_x509_crt_list_import(chain->cert, &count, pem, GNUTLS_X509_FMT_PEM,
					    GNUTLS_X509_CRT_LIST_IMPORT_FAIL_IF_EXCEED);

	if (r == GNUTLS_E_SHORT_MEMORY_BUFFER)
		return too_many(name, e);
	if (r < 0)
		return error_set(e, EINVAL, "%s: no certificate can be read: %s", name, gnutls_strerror(r));
	chain->count = (unsigned int)r;
	return chain->count ? 0 : error_set(e, EINVAL, "%s holds no certificate", name);
}

static int parse_der(const char *name, const unsigned char *data, size_t size, struct x509_chain *chain,
		     struct error *e)
{
	int r = 0;

	while (!r && size) {
		size_t whole = encoding_element_size(data, size);
		gnutls_datum_t der = { (unsigned char *)(uintptr_t)data, (unsigned int)whole };

		if (!whole)
			return error_set(e, EINVAL, "%s: neither PEM nor whole certificates in DER", name);
		r = add_der(name, &der, chain, e);
		data += whole;
		size -= whole;
	}
	return r || chain->count ? r : error_set(e, EINVAL, "%s is empty", name);
}

int x509_chain_parse(const char *name, const void *data, size_t size, struct x509_chain *chain, struct error *e)
{
	struct x509_chain new = { .count = 0 };
	gnutls_datum_t pem = { (unsigned char *)(uintptr_t)data, (unsigned int)size };
	int r;

	if (size > X509_FILE_MAX)
		return error_set(e, EFBIG, "%s is too long for a certificate chain", name);
	if (foreign_refuse_hiding(name, data, size, X509_CERTIFICATE, e))
		return -EINVAL;
	r = encoding_is_pem(data, size) ? parse_pem(name, &pem, &new, e) : parse_der(name, data, size, &new, e);
	if (!r) {
		*chain = new;
		return 0;
	}
	x509_chain_free(&new);
	return foreign_refuse(name, data, size, X509_CERTIFICATE, e) ? -EINVAL : r;
}

int x509_chain_from_peer(const gnutls_datum_t *list, unsigned int count, struct x509_chain *chain, struct error *e)
{
	struct x509_chain new = { .count = 0 };
	int r = count ? 0 : error_set(e, EINVAL, "the peer sent no certificate");

	for (unsigned int i = 0; !r && i < count; i++)
		r = add_der("the peer's chain", &list[i], &new, e);
	if (r)
		x509_chain_free(&new);
	else
		*chain = new;
	return r;
}

int x509_chain_to_der(const struct x509_chain *chain, struct bytes *out, struct error *e)
{
	AUTO_STRBUF all = { 0 };

	for (unsigned int i = 0; i < chain->count; i++) {
		gnutls_datum_t der;
		int r = gnutls_x509_crt_export2(chain->cert[i], GNUTLS_X509_FMT_DER, &der);

		if (r < 0)
			return error_set(e, EIO, "a certificate cannot be written: %s", gnutls_strerror(r));
		strbuf_add(&all, (const char *)der.data, der.size);
		gnutls_free(der.data);
	}
	if (all.failed || bytes_copy(out, all.text, all.size))
		return error_set(e, ENOMEM, "out of memory");
	return 0;
}

bool x509_is_pem(const void *data, size_t size)
{
	return encoding_is_pem(data, size);
}

bool x509_is_der(const void *data, size_t size)
{
	return encoding_element_size(data, size) > 0;
}
