/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <string.h>

#include "support/rpc/rpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* The bytes as a connection would bring them, in pieces of the size that the first one says. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	size_t piece = size ? 1u + bytes[0] % 64u : 0, at = 1, room;
	struct rpc_record record = { 0 };
	enum rpc_tls_answer answer;
	struct rpc_reply reply;
	unsigned char *to;
	uint32_t xid;

	while ((room = rpc_record_room(&record, &to))) {
		size_t step = room < piece ? room : piece;

		if (at >= size || step > size - at)
			return 0;
		memcpy(to, bytes + at, step);
		at += step;
		if (rpc_record_advance(&record, step, NULL))
			return 0;
	}
	if (record.size < 4)
		return 0;
	xid = (uint32_t)record.data[0] << 24 | (uint32_t)record.data[1] << 16 | (uint32_t)record.data[2] << 8 |
	      record.data[3];
	if (!rpc_decode_reply(record.data, record.size, xid, &reply, NULL))
		(void)rpc_tls_answer_of(&reply, &answer, NULL);
	return 0;
}
