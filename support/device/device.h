/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * device: what stands in the first column of fstab: "host:/path", with the
 * host in brackets when it is an IPv6 address.  Text only; nothing is resolved.
 */
#ifndef NFSTLS_DEVICE_H
#define NFSTLS_DEVICE_H

#include "support/base/base.h"

#define DEVICE_HOST_MAX 255u
#define DEVICE_PATH_MAX 1024u

struct device {
	char host[DEVICE_HOST_MAX + 1]; /* without brackets; of several, the first */
	char path[DEVICE_PATH_MAX + 1]; /* may be empty or relative: the server decides what it means */
	bool several_hosts;		/* "a,b:/path": only a is used */
};

/*
 * Parses size bytes.  -EINVAL with the sentence for the user, -ENAMETOOLONG
 * for a host or a path beyond the limits; *device is then untouched.
 */
int device_parse(const char *text, size_t size, struct device *device, struct error *e);

/*
 * Whether both names stand for the same server where its certificate is compared with them: letters without case, with
 * or without a dot at the end, and an address however it is spelled, in brackets and with a zone.
 */
bool device_same_host(const char *a, const char *b);

#endif
