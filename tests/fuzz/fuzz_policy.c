/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "support/policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever was understood must answer, and name a line for all that is not the default. */
static void ask(const struct policy *policy)
{
	const struct ip_address address = { { 192, 0, 2, 7 }, 4 };
	const struct policy_identity identity = { "a.b.example.com", { { 0 }, 0 } };
	const struct policy_mount_question question = { { "fs.example.com", &address, 1 }, "/srv/a", "/mnt/a" };
	struct policy_connection connection;
	struct policy_source source;
	struct policy_export export;
	struct policy_mount mount;

	if (!policy_mount(policy, &question, &mount, NULL) && mount.minimum.mode != XPRTSEC_NONE &&
	    !mount.minimum.source.file)
		abort();
	if (!policy_export(policy, "/srv/a", &export, NULL) && (!export.by_default || !export.may_offer))
		abort();
	if (!policy_server_connection(policy, "fs.example.com", &address, &connection, NULL) &&
	    connection.certificate.number >= policy_certificate_count(policy, POLICY_SERVER))
		abort();
	(void)policy_client_may_connect(policy, &identity, 1, &source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_CONF *conf = conf_new();
	AUTO_POLICY *policy = NULL;

	if (conf && !conf_parse(conf, "fuzz", (const char *)data, size, NULL) && !policy_from_conf(conf, &policy, NULL))
		ask(policy);
	return 0;
}
