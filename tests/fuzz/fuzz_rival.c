/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of /proc/net/netlink, and a message of sock_diag; each input is read as both. */
#include <stdint.h>

#include "support/rival/rival.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_RIVAL_SOCKETS sockets = { 0 };
	AUTO_BYTES text = { 0 };
	unsigned long inode;

	if (bytes_copy(&text, data, size))
		return 0;
	(void)rival_inodes((const char *)text.data, 15, &sockets);
	/* As many as the first byte says, and beyond. */
	for (unsigned int group = size ? text.data[0] : 0; group < 1024; group += 255)
		(void)rival_decode(text.data, size, group, &inode);
	return 0;
}
