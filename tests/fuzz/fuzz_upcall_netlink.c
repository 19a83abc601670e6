/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A netlink message with questions of the kind that the first byte says.  An answer names what was asked by the
 * attributes of the question, so each question that was understood has to be read back from a refusal of it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/upcall/upcall_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static void compare(struct upcall_request *again, void *context)
{
	const struct upcall_request *request = *(struct upcall_request **)context;

	if (strcmp(again->class, request->class) || strcmp(again->address, request->address) ||
	    again->uid != request->uid || again->fsid_type != request->fsid_type ||
	    again->fsid_size != request->fsid_size || memcmp(again->fsid, request->fsid, request->fsid_size) ||
	    !same_text(again->domain, request->domain) || !same_text(again->path, request->path))
		abort();
	*(struct upcall_request **)context = NULL;
}

static void answer(struct upcall_request *request, void *context)
{
	const struct upcall_answer refusal = { .negative = true, .expiry = 1 };
	static _Alignas(8) char message[UPCALL_BUFFER_SIZE];
	uint64_t bad = 0;
	uint32_t size;

	(void)context;
	if (upcall_netlink_encode(request, &refusal, 1, 1, message, sizeof(message), NULL))
		abort();
	memcpy(&size, message, sizeof(size));
	if (upcall_netlink_decode(request->cache, message, size, compare, &request, &bad) || bad || request)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool wanted[UPCALL_CACHES] = { false };
	uint64_t bad = 0;
	void *message;

	if (!size)
		return 0;
	/* Netlink buffers are aligned; a copy also lets the sanitizer see every byte past the end. */
	message = malloc(size > 1 ? size - 1 : 1);
	if (!message)
		return 0;
	memcpy(message, data + 1, size - 1);
	(void)upcall_netlink_decode(data[0] % UPCALL_CACHES, message, size - 1, answer, NULL, &bad);
	upcall_netlink_notice(data[0] % UPCALL_FAMILIES, message, size - 1, wanted);
	free(message);
	return 0;
}
