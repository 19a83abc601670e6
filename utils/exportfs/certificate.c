/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/exportfs/certificate.h"

#include <errno.h>
#include <time.h>

#include "support/owncert/owncert.h"

static int check_dates(const struct owncert *own, struct error *e)
{
	const struct x509_chain *chain = &own->chain;
	time_t now = time(NULL);

	for (unsigned int i = 0; i < chain->count; i++) {
		if (gnutls_x509_crt_get_expiration_time(chain->cert[i]) < now)
			return error_set(e, EKEYEXPIRED, "%s has expired: renew it", owncert_shown(own));
		if (gnutls_x509_crt_get_activation_time(chain->cert[i]) > now)
			return error_set(e, EKEYREJECTED, "%s is not valid yet: look at this host's clock",
					 owncert_shown(own));
	}
	return 0;
}

static int check_key(const struct owncert *own, struct error *e)
{
	gnutls_privkey_t key = NULL;
	int r = owncert_read_key(own, &key, e);

	if (key)
		gnutls_privkey_deinit(key);
	return r;
}

int certificate_examine(const struct policy *policy, struct error *e)
{
	const struct ip_address anywhere = { .size = 4 };
	struct policy_connection answer;
	AUTO_OWNCERT own = { 0 };
	int r = policy_server_connection(policy, NULL, &anywhere, &answer, e);

	if (!r)
		r = owncert_read(CERTIFICATE_FOLDER, answer.certificate.value, &own, e);
	if (!r)
		r = check_dates(&own, e);
	return r ? r : check_key(&own, e);
}
