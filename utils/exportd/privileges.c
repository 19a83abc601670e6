/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/exportd/privileges.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const int kept[] = { CAP_NET_ADMIN, CAP_DAC_READ_SEARCH, CAP_SYS_ADMIN };

static bool is_kept(int capability)
{
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		if (kept[i] == capability)
			return true;
	return false;
}

/* As many as the kernel knows, which may be more than its headers did when this was built. */
static int drop_from_bounding_set(void)
{
	for (int capability = 0; capability < 64; capability++) {
		int is_there = prctl(PR_CAPBSET_READ, capability, 0, 0, 0);

		if (is_there < 0)
			return 0; /* past the last one */
		if (is_there && !is_kept(capability) && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0)
			return -errno;
	}
	return 0;
}

static int set_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct now[_LINUX_CAPABILITY_U32S_3], wanted[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

	if (syscall(SYS_capget, &header, now) < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		wanted[CAP_TO_INDEX(kept[i])].permitted |= CAP_TO_MASK(kept[i]);
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		wanted[i].permitted &= now[i].permitted; /* a unit may have left us fewer */
		wanted[i].effective = wanted[i].permitted;
	}
	return syscall(SYS_capset, &header, wanted) < 0 ? -errno : 0;
}

int privileges_drop(struct error *e)
{
	int r = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;

	if (!r)
		r = drop_from_bounding_set();
	if (!r)
		r = set_capabilities();
	return r ? error_set(e, -r, "cannot give up capabilities: %s", strerror(-r)) : 0;
}
