/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <stdlib.h>

#include "support/x509/x509.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_CHAIN chain = { .count = 0 };
	struct x509_reference ref, identities[4];
	char names[64], serial[64];

	x509_reference_parse("server.example.org", &ref);
	if (x509_chain_parse("fuzz", data, size, &chain, NULL))
		return 0;
	if (!chain.count || chain.count > X509_CHAIN_MAX)
		abort();
	for (unsigned int i = 0; i < chain.count; i++) {
		(void)x509_cert_covers(chain.cert[i], &ref);
		(void)x509_cert_covers_below(chain.cert[i], "example.org");
		(void)x509_cert_identities(chain.cert[i], identities, sizeof(identities) / sizeof(identities[0]));
		x509_cert_names(chain.cert[i], names, sizeof(names));
		x509_cert_serial(chain.cert[i], serial, sizeof(serial));
	}
	return 0;
}
