/* SPDX-License-Identifier: GPL-2.0-or-later */
// fuzz-sources: utils/mount/certificate.c utils/mount/kernel_options.c
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/mounts/mounts.h"
#include "utils/mount/certificate.h"
#include "utils/mount/kernel_options.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A list that was parsed is parsed again to the same text. */
static void check_round_trip(const struct mount_options *options)
{
	AUTO_STRBUF first = { 0 }, second = { 0 };
	AUTO_MOUNT_OPTIONS again = { 0 };
	struct error e;

	mount_options_format(options, &first);
	if (!first.text)
		return;
	if (mount_options_parse(&again, first.text, first.size, &e))
		abort();
	mount_options_format(&again, &second);
	if (second.size != first.size || memcmp(first.text, second.text, first.size))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_MOUNT_OPTIONS options = { 0 }, kernel = { 0 };
	struct kernel_options_request request = { .user = &options, .address = "::1", .client_address = "::1" };
	struct mount_security security;
	struct mount_versions version;
	struct mount_protocol protocol;
	unsigned long flags = 0;
	struct mount_certificate identity;
	struct error e;

	if (mount_options_parse(&options, (const char *)data, size, &e))
		return 0;
	check_round_trip(&options);
	mount_options_take_generic(&options, &flags, size & 1);
	if (!mount_certificate_take(&options, &identity, &e) && mount_options_last(&options, "tlscertname"))
		abort(); /* the kernel does not know it */
	if (mount_security_check(&options, &security, &e) || mount_versions_take(&options, false, NULL, &version, &e) ||
	    mount_protocol_find(&options, NULL, &protocol, &e))
		return 0;
	request.version = version.version;
	request.pinned = version.pinned;
	request.protocol = &protocol;
	/* Whatever is sent to the kernel still asks for what was checked. */
	if (!kernel_options(&request, &kernel, &e) && security.given &&
	    strcmp(mount_options_last(&kernel, "xprtsec")->value, xprtsec_word(security.mode)))
		abort();
	if (mount_security_set(&options, XPRTSEC_MTLS) ||
	    strcmp(mount_options_last(&options, "xprtsec")->value, "mtls"))
		abort();
	return 0;
}
