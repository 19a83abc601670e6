/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A peer's chain where its last certificate is trusted, and each of its certificates as an authority of the others. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/x509/constraints_private.h"
#include "support/x509/cost_private.h"
#include "support/x509/facts_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void constrain(const struct x509_chain *chain)
{
	struct facts facts[X509_CHAIN_MAX];
	unsigned int count = 0;

	for (unsigned int i = 0; i < chain->count; i++)
		if (facts_read(chain->cert[i], &facts[count]))
			count++;
	for (unsigned int i = 0; i < count; i++)
		for (unsigned int j = 0; j < count; j++) {
			unsigned int budget = 1000;

			(void)constraints_check(&facts[i], &facts[j], j == 0, &budget);
			(void)facts_may_have_issued(&facts[i], &facts[j]);
			(void)cost_check_key(&facts[j].key, NULL);
			if (budget > 1000)
				abort();
		}
	for (unsigned int i = 0; i < count; i++)
		facts_free(&facts[i]);
}

static void verify(const struct x509_chain *chain)
{
	const struct x509_demands demands = { .purpose = X509_FOR_CLIENT, .lists_required = true, .now = 1800000000 };
	AUTO_STRBUF pem = { 0 };
	struct x509_trust *trust = NULL;
	struct bytes ca;
	char why[256] = "";

	if (x509_cert_to_pem(chain->cert[chain->count - 1], &pem, NULL))
		return;
	ca = (struct bytes){ (unsigned char *)pem.text, pem.size };
	if (x509_trust_new("fuzz", &ca, "", NULL, &trust, NULL))
		return;
	if (!*reason_row(x509_verify_with(trust, chain, &demands, why, sizeof(why)))->word || !*why ||
	    strlen(why) >= sizeof(why))
		abort();
	x509_trust_free(trust);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_CHAIN chain = { .count = 0 };

	if (x509_chain_parse("fuzz", data, size, &chain, NULL))
		return 0;
	constrain(&chain);
	verify(&chain);
	return 0;
}
