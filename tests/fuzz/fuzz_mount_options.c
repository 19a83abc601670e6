/* SPDX-License-Identifier: GPL-2.0-or-later */
// fuzz-sources: utils/mount/identity.c utils/mount/mountinfo.c utils/mount/options.c
// fuzz-sources: utils/mount/protocol.c utils/mount/security.c
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "utils/mount/identity.h"
#include "utils/mount/protocol.h"
#include "utils/mount/security.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A list that was parsed is parsed again to the same text. */
static void check_round_trip(const struct options *options)
{
	AUTO_STRBUF first = { 0 }, second = { 0 };
	AUTO_OPTIONS again = { 0 };
	struct error e;

	options_format(options, &first);
	if (!first.text)
		return;
	if (options_parse(&again, first.text, first.size, &e))
		abort();
	options_format(&again, &second);
	if (second.size != first.size || memcmp(first.text, second.text, first.size))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_OPTIONS options = { 0 }, kernel = { 0 };
	struct kernel_options_request request = { .user = &options, .address = "::1", .client_address = "::1" };
	struct security_request security;
	struct version_request version;
	struct protocol protocol;
	unsigned long flags = 0;
	struct identity identity;
	struct error e;

	if (options_parse(&options, (const char *)data, size, &e))
		return 0;
	check_round_trip(&options);
	options_take_generic(&options, &flags, size & 1);
	if (!identity_take(&options, &identity, &e) && options_last(&options, "tlscertname"))
		abort(); /* the kernel does not know it */
	if (security_check(&options, &security, &e) || version_take(&options, false, NULL, &version, &e) ||
	    protocol_find(&options, NULL, &protocol, &e))
		return 0;
	request.version = version.version;
	request.pinned = version.pinned;
	request.protocol = &protocol;
	/* Whatever is sent to the kernel still asks for what was checked. */
	if (!kernel_options(&request, &kernel, &e) && security.given &&
	    strcmp(options_last(&kernel, "xprtsec")->value, xprtsec_word(security.mode)))
		abort();
	if (security_apply(&options, XPRTSEC_MTLS) || strcmp(options_last(&options, "xprtsec")->value, "mtls"))
		abort();
	return 0;
}
