/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "utils/nfstls/check.h"

/* One path of the reach of somebody without certificate: of interest are the paths alone. */
static void check_peers_of(const char *path, bool may, const struct policy_source *source, void *context)
{
	struct check *check = context;
	struct policy_export answer;
	AUTO_STRBUF minimum = { 0 };
	AUTO_STRBUF peers = { 0 };
	struct error e;

	(void)may;
	(void)source;
	/* No path: all exports without a section, for which the root stands. */
	if (policy_export(check->policy, path ? path : "/", &answer, &e)) {
		check_say(check, FINDING_FAILURE, path ? path : "exports", "correct the default", "%s", e.text);
		return;
	}
	if (!answer.peers || answer.minimum.mode == XPRTSEC_MTLS)
		return;
	policy_source_format(&answer.peers_source, &peers);
	policy_source_format(&answer.minimum.source, &minimum);
	check_say(check, FINDING_WARNING, path ? path : "other exports", "set minimum=mtls there",
		  "%s does not bind clients without a certificate, whom %s lets in",
		  peers.failed ? "peers=" : peers.text, minimum.failed ? "the minimum" : minimum.text);
}

/* Any certificate of a public authority would do. */
static void check_public_trust(struct check *check)
{
	if (!check_is_server(check))
		return;
	for (size_t i = 0; i < policy_trust_count(check->policy, POLICY_SERVER); i++) {
		if (policy_trust(check->policy, POLICY_SERVER, i)->truststore.value)
			continue;
		check_say(check, FINDING_WARNING, "[server]",
			  "set truststore= to the authority that signs your clients' certificates",
			  "there is no truststore=, so a client may show a certificate of any public authority");
		return;
	}
}

void check_policy(struct check *check)
{
	size_t count;

	check->source = check->config;
	if (!check->policy) {
		check_say(check, FINDING_FAILURE, check->config, "correct it: until then every tool refuses to act",
			  "%s", check->policy_why.text);
		return;
	}
	count = policy_section_count(check->policy);
	if (count)
		check_say(check, FINDING_OK, check->config, NULL, "is understood, %zu section%s", count,
			  count == 1 ? "" : "s");
	else
		check_say(check, FINDING_OK, check->config, NULL, "says nothing, so nothing is demanded");
	check_public_trust(check);
	policy_client_reach(check->policy, NULL, 0, check_peers_of, check);
}
