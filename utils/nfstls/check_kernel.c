/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support/handshake/handshake.h"
#include "utils/nfstls/check.h"

#define RELEASE_MAX 128u

/* xprtsec= came with 6.5; these tools are made for 6.12 and later. */
enum { NEEDED_MAJOR = 6, NEEDED_MINOR = 5, MEANT_MINOR = 12 };

enum presence { ABSENT, PRESENT, LOADABLE, UNKNOWN };

static bool exists(const struct check *check, const char *path)
{
	AUTO_FREE char *whole = check_path(check, path);

	return whole && access(whole, F_OK) == 0;
}

/* ---- the release ------------------------------------------------------------------ */

static bool read_release(struct check *check, char release[RELEASE_MAX])
{
	AUTO_STRBUF text = { 0 };

	check->source = "/proc/sys/kernel/osrelease";
	if (check_read(check, check->source, &text) || !text.size) {
		check_say(check, FINDING_UNKNOWN, "kernel", "see that /proc is mounted", "its release cannot be read");
		return false;
	}
	text.text[strcspn(text.text, "\n")] = '\0';
	return text_copy(release, RELEASE_MAX, text.text) && !strchr(release, '/');
}

static void check_release(struct check *check, const char *release)
{
	unsigned int major, minor;

	if (sscanf(release, "%u.%u", &major, &minor) != 2)
		check_say(check, FINDING_UNKNOWN, "kernel", NULL, "its release %s is not understood", release);
	else if (major < NEEDED_MAJOR || (major == NEEDED_MAJOR && minor < NEEDED_MINOR))
		check_say(check, FINDING_FAILURE, "kernel", "boot a kernel from 6.12 on",
			  "%s does not know xprtsec=", release);
	else if (major == NEEDED_MAJOR && minor < MEANT_MINOR)
		check_say(check, FINDING_WARNING, "kernel", "boot a kernel from 6.12 on",
			  "%s is older than what these tools are tested with", release);
	else
		check_say(check, FINDING_OK, "kernel", NULL, "%s knows xprtsec=", release);
}

/* ---- modules ------------------------------------------------------------------------ */

/* In a list of modules: is there a line with .../NAME.ko? */
static bool lists_module(const char *text, const char *name)
{
	char wanted[64];

	snprintf(wanted, sizeof(wanted), "/%s.ko", name);
	return strstr(text, wanted);
}

/* Can the kernel load it, as far as its lists tell? */
static enum presence find_module(const struct check *check, const char *release, const char *name)
{
	static const char *const lists[] = { "modules.builtin", "modules.dep" };
	enum presence found = UNKNOWN;

	for (size_t i = 0; i < ARRAY_SIZE(lists) && found != LOADABLE; i++) {
		AUTO_STRBUF text = { 0 };
		char path[RELEASE_MAX + 64];

		snprintf(path, sizeof(path), "/lib/modules/%s/%s", release, lists[i]);
		if (check_read(check, path, &text))
			continue;
		found = lists_module(text.text, name) ? LOADABLE : ABSENT;
	}
	return found;
}

static bool has_filesystem(const struct check *check, const char *name)
{
	AUTO_STRBUF text = { 0 };
	char line[64];

	snprintf(line, sizeof(line), "\t%s\n", name);
	return !check_read(check, "/proc/filesystems", &text) && strstr(text.text, line);
}

/* What the host needs of its kernel, and how it shows. */
static const struct {
	const char *subject, *module;
	const char *trace;			    /* is there while it is loaded; may be NULL */
	const char *filesystem;			    /* likewise, in /proc/filesystems */
	bool (*is_used)(const struct check *check); /* NULL: always */
	const char *option;			    /* of a kernel's configuration */
} parts[] = {
	{ "TLS in the kernel", "tls", "/proc/net/tls_stat", NULL, NULL, "CONFIG_TLS" },
	{ "RPC in the kernel", "sunrpc", "/proc/net/rpc", NULL, NULL, "CONFIG_SUNRPC" },
	{ "NFS client", "nfs", NULL, "nfs", check_is_client, "CONFIG_NFS_FS" },
	{ "NFS server", "nfsd", NULL, "nfsd", check_is_server, "CONFIG_NFSD" },
};

static enum presence find_part(const struct check *check, const char *release, size_t i)
{
	char module[64];

	snprintf(module, sizeof(module), "/sys/module/%s", parts[i].module);
	if ((parts[i].trace && exists(check, parts[i].trace)) || exists(check, module) ||
	    (parts[i].filesystem && has_filesystem(check, parts[i].filesystem)))
		return PRESENT;
	return find_module(check, release, parts[i].module);
}

static void check_part(struct check *check, const char *release, size_t i)
{
	char remedy[128];

	check->source = parts[i].trace ? parts[i].trace : "/proc/filesystems";
	if (parts[i].is_used && !parts[i].is_used(check)) {
		check_say(check, FINDING_OK, parts[i].subject, NULL, "not in use here");
		return;
	}
	snprintf(remedy, sizeof(remedy), "boot a kernel with %s, or install its modules", parts[i].option);
	switch (find_part(check, release, i)) {
	case PRESENT:
		check_say(check, FINDING_OK, parts[i].subject, NULL, "is there");
		break;
	case LOADABLE:
		check_say(check, FINDING_OK, parts[i].subject, NULL, "the module %s is loaded when it is needed",
			  parts[i].module);
		break;
	case ABSENT:
		check_say(check, FINDING_FAILURE, parts[i].subject, remedy, "the kernel has no module %s",
			  parts[i].module);
		break;
	case UNKNOWN:
		snprintf(remedy, sizeof(remedy), "try modprobe %s", parts[i].module);
		check_say(check, FINDING_UNKNOWN, parts[i].subject, remedy,
			  "%s is not loaded, and there is no list of modules to see whether it could be",
			  parts[i].module);
		break;
	}
}

/* ---- handshakes ------------------------------------------------------------------------ */

static void check_handshake(struct check *check)
{
	static const char subject[] = "handshake interface";
	uint32_t group;
	struct error e;
	int r;

	check->source = NULL;
	if (!check->live) {
		check_say(check, FINDING_UNKNOWN, subject, "run nfstls check on the host itself",
			  "not asked for, since another root is examined");
		return;
	}
	r = handshake_find_group(&group, &e);
	if (!r)
		check_say(check, FINDING_OK, subject, NULL, "the kernel has the family and its agents' group");
	else if (r == -ENOENT)
		check_say(check, FINDING_FAILURE, subject, "boot a kernel with CONFIG_NET_HANDSHAKE", "%s", e.text);
	else
		check_say(check, FINDING_UNKNOWN, subject, "ask again as root", "%s", e.text);
}

void check_kernel(struct check *check)
{
	char release[RELEASE_MAX] = "unknown";

	if (read_release(check, release))
		check_release(check, release);
	check_handshake(check);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		check_part(check, release, i);
}
