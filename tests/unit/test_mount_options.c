/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the text behind -o to the list that the kernel gets, and back from its mount table. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>

#include "support/mounts/mounts.h"
#include "utils/mount/messages.h"
#include "utils/mount/negotiate.h"

static struct mount_options parsed(const char *text)
{
	struct mount_options options = { 0 };
	struct error e;

	assert_int_equal(mount_options_parse(&options, text, strlen(text), &e), 0);
	return options;
}

static void assert_options(const struct mount_options *options, const char *expected)
{
	AUTO_STRBUF text = { 0 };

	mount_options_format(options, &text);
	assert_false(text.failed);
	assert_string_equal(text.text ? text.text : "", expected);
}

/* ---- the list ---------------------------------------------------------- */

static void order_and_duplicates_are_kept(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{ "", "" },
		{ ",,", "" },
		{ ",,a,,b=1,", "a,b=1" },
		{ "rsize=1,rsize=2", "rsize=1,rsize=2" },
		{ "a=,b", "a=,b" },
		{ "a=b=c", "a=b=c" },
		{ "context=\"a,b\",c", "context=\"a,b\",c" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_MOUNT_OPTIONS options = parsed(cases[i].text);

		assert_options(&options, cases[i].expected);
	}
}

static void quoted_commas_do_not_separate(void **state)
{
	AUTO_MOUNT_OPTIONS options = parsed("context=\"a,b\",c");

	(void)state;
	assert_int_equal(options.count, 2);
	assert_string_equal(mount_options_last(&options, "context")->value, "\"a,b\"");
	assert_null(mount_options_last(&options, "c")->value);
	assert_null(mount_options_last(&options, "b"));
}

static void bad_text_is_refused(void **state)
{
	static const struct {
		const char *text;
		size_t size;
		const char *why;
	} cases[] = {
		{ "a,\"b", 4, "quote" },
		{ "a,=b", 4, "name" },
		{ "a\0,b", 4, "NUL" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_MOUNT_OPTIONS options = { 0 };
		struct error e = { 0 };

		assert_int_equal(mount_options_parse(&options, cases[i].text, cases[i].size, &e), -EINVAL);
		assert_non_null(strstr(e.text, cases[i].why));
	}
}

static void generic_words_become_flags(void **state)
{
	static const struct {
		const char *text;
		unsigned long flags;
		const char *rest;
	} cases[] = {
		{ "defaults", 0, "" },
		{ "ro,nosuid,nodev,noexec,soft", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "soft" },
		{ "ro,rw", 0, "" },
		{ "rw,ro", MS_RDONLY, "" },
		{ "noatime,nodiratime,sync,dirsync", MS_NOATIME | MS_NODIRATIME | MS_SYNCHRONOUS | MS_DIRSYNC, "" },
		{ "remount,vers=4.2", MS_REMOUNT, "vers=4.2" },
		{ "auto,noauto,nofail,_netdev,comment=x,x-systemd.automount,x-a=b,X-c", 0, "" },
		{ "user=joe,bg,retry=1", 0, "bg,retry=1" },
		{ "user", MS_NOSUID | MS_NODEV | MS_NOEXEC, "" },
		{ "user,exec", MS_NOSUID | MS_NODEV, "" },
		{ "owner", MS_NOSUID | MS_NODEV, "" },
		{ "ro=1,_netdevx,xattr", 0, "ro=1,_netdevx,xattr" },
		{ "context=c", 0, "context=c" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_MOUNT_OPTIONS options = parsed(cases[i].text);
		unsigned long flags = 0;

		mount_options_take_generic(&options, &flags, false);
		assert_int_equal(flags, cases[i].flags);
		assert_options(&options, cases[i].rest);
	}
}

static void labels_are_dropped_without_selinux(void **state)
{
	AUTO_MOUNT_OPTIONS options = parsed("soft,context=\"a,b\",fscontext=x,seclabel");
	unsigned long flags = 0;

	(void)state;
	mount_options_take_generic(&options, &flags, true);
	assert_options(&options, "soft");
}

/* ---- version and transport ------------------------------------------------ */

static void version_words_are_settled(void **state)
{
	static const struct {
		const char *text;
		bool nfs4;
		int result;
		int major, minor;
		bool pinned, four_only;
		const char *rest; /* or what the error says */
	} cases[] = {
		{ "soft", false, 0, 4, 2, false, false, "soft" },
		{ "soft", true, 0, 4, 2, false, true, "soft" },
		{ "vers=4,soft", false, 0, 4, 2, false, true, "soft" },
		{ "nfsvers=4", false, 0, 4, 2, false, true, "" },
		{ "v4", false, 0, 4, 2, false, true, "" },
		{ "vers=4.0", false, 0, 4, 0, true, false, "vers=4.0" },
		{ "nfsvers=4.2", false, 0, 4, 2, true, false, "nfsvers=4.2" },
		{ "v4.1", false, 0, 4, 1, true, false, "v4.1" },
		{ "vers=4.3", false, 0, 4, 3, true, false, "vers=4.3" },
		{ "vers=4,minorversion=1", false, 0, 4, 1, true, false, "vers=4,vers=4.1" },
		{ "minorversion=1", false, 0, 4, 1, true, false, "vers=4.1" },
		{ "vers=3", false, 0, 3, 0, true, false, "vers=3" },
		{ "v3", true, 0, 3, 0, true, false, "v3" },
		{ "mountport=99", false, 0, 3, 0, false, false, "mountport=99" },
		{ "v5", false, 0, 4, 2, false, false, "v5" },
		{ "v4=1", false, 0, 4, 2, false, false, "v4=1" },
		{ "vers=2", false, -EOPNOTSUPP, 0, 0, false, false, "" },
		{ "v2", false, -EOPNOTSUPP, 0, 0, false, false, "" },
		{ "vers=5", false, -EIO, 0, 0, false, false, "" },
		{ "vers=3,nfsvers=4", false, -EINVAL, 0, 0, false, false, "multiple version options not permitted" },
		{ "vers=4,vers=4.2", false, -EINVAL, 0, 0, false, false, "multiple version options not permitted" },
		{ "vers=4.1,minorversion=1", false, 0, 4, 1, true, false, "vers=4.1,vers=4.1" },
		{ "minorversion=1,nfsvers=4.1", false, 0, 4, 1, true, false, "nfsvers=4.1,vers=4.1" },
		{ "vers=4,minorversion=1,sec=sys", false, 0, 4, 1, true, false, "vers=4,sec=sys,vers=4.1" },
		{ "minorversion=1,soft", false, 0, 4, 1, true, false, "soft,vers=4.1" },
		{ "vers=3,minorversion=0", false, 0, 3, 0, true, false, "vers=3,minorversion=0" },
		{ "v4.1,minorversion=2", true, 0, 4, 1, true, false, "v4.1,vers=4.1" },
		{ "minorversion=1,minorversion=1", false, 0, 4, 1, true, false, "vers=4.1" },
		{ "minorversion=1,minorversion=2", false, -EINVAL, 0, 0, false, false, "multiple version" },
		{ "vers=3,minorversion=1", false, -EINVAL, 0, 0, false, false, "minorversion=1" },
		{ "vers=abc", false, -EINVAL, 0, 0, false, false, "parsing error on 'vers=' option" },
		{ "vers=", false, -EINVAL, 0, 0, false, false, "parsing error on 'vers=' option" },
		{ "vers", false, -EINVAL, 0, 0, false, false, "parsing error on 'vers=' option" },
		{ "nfsvers=4.x", false, -EINVAL, 0, 0, false, false, "parsing error on 'nfsvers=' option" },
		{ "vers=3.1", false, -EINVAL, 0, 0, false, false, "parsing error on 'vers=' option" },
		{ "vers=4.22", false, -EINVAL, 0, 0, false, false, "parsing error on 'vers=' option" },
		{ "v4.", false, -EINVAL, 0, 0, false, false, "parsing error on 'v' option" },
		{ "minorversion=x", false, -EINVAL, 0, 0, false, false, "parsing error on 'minorversion=' option" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_MOUNT_OPTIONS options = parsed(cases[i].text);
		struct mount_versions request;
		struct error e = { 0 };

		assert_int_equal(mount_versions_take(&options, cases[i].nfs4, NULL, &request, &e), cases[i].result);
		if (cases[i].result) {
			assert_non_null(strstr(e.text, cases[i].rest));
			continue;
		}
		assert_int_equal(request.version.major, cases[i].major);
		assert_int_equal(request.version.minor, cases[i].minor);
		assert_int_equal(request.pinned, cases[i].pinned);
		assert_int_equal(request.four_only, cases[i].four_only);
		assert_options(&options, cases[i].rest);
	}
}

static void transports_restrict_the_family(void **state)
{
	static const struct {
		const char *text;
		int result;
		enum mount_transport transport;
		int family;
	} cases[] = {
		{ "", 0, MOUNT_TCP, AF_UNSPEC },
		{ "proto=tcp", 0, MOUNT_TCP, AF_INET },
		{ "proto=tcp6", 0, MOUNT_TCP, AF_INET6 },
		{ "tcp", 0, MOUNT_TCP, AF_INET },
		{ "udp,proto=tcp", 0, MOUNT_TCP, AF_INET },
		{ "tcp,udp", 0, MOUNT_UDP, AF_INET },
		{ "proto=rdma6", 0, MOUNT_RDMA, AF_INET6 },
		{ "rdma", 0, MOUNT_RDMA, AF_INET },
		{ "proto=foo", -EPROTONOSUPPORT, 0, 0 },
		{ "proto", -EPROTONOSUPPORT, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_MOUNT_OPTIONS options = parsed(cases[i].text);
		struct mount_protocol protocol;
		struct error e;

		assert_int_equal(mount_protocol_find(&options, NULL, &protocol, &e), cases[i].result);
		if (cases[i].result)
			continue;
		assert_int_equal(protocol.transport, cases[i].transport);
		assert_int_equal(protocol.family, cases[i].family);
	}
}

/* ---- transport security ----------------------------------------------------- */

static void security_words_are_checked(void **state)
{
	static const struct {
		const char *text;
		int result;
		bool given;
		enum xprtsec mode;
		const char *rest; /* or what the error says */
	} cases[] = {
		{ "soft", 0, false, XPRTSEC_NONE, "soft" },
		{ "xprtsec=none", 0, true, XPRTSEC_NONE, "xprtsec=none" },
		{ "xprtsec=tls", 0, true, XPRTSEC_TLS, "xprtsec=tls" },
		{ "XPRTSEC=mTLS", 0, true, XPRTSEC_MTLS, "xprtsec=mtls" },
		{ "xprtsec=tls,soft,xprtsec=TLS", 0, true, XPRTSEC_TLS, "xprtsec=tls,soft,xprtsec=tls" },
		{ "xprtsec=tls,proto=tcp6", 0, true, XPRTSEC_TLS, "xprtsec=tls,proto=tcp6" },
		{ "xprtsec=none,udp", 0, true, XPRTSEC_NONE, "xprtsec=none,udp" },
		{ "xprtsec=Auto", 0, true, XPRTSEC_AUTO, "xprtsec=auto" },
		{ "xprtsec=auto,udp", 0, true, XPRTSEC_AUTO, "xprtsec=auto,udp" },
		{ "xprtsec", -EINVAL, false, 0, "none, xprtsec=tls, xprtsec=mtls or xprtsec=auto" },
		{ "xprtsec=", -EINVAL, false, 0, "none, xprtsec=tls, xprtsec=mtls or xprtsec=auto" },
		{ "xprtsec=autos", -EINVAL, false, 0, "none, xprtsec=tls, xprtsec=mtls or xprtsec=auto" },
		{ "xprtsec=tls:mtls", -EINVAL, false, 0, "'tls:mtls'" },
		{ "xprtsec=\"mtls,none\"", -EINVAL, false, 0, "xprtsec=" },
		{ "xprtsec=mtls,xprtsec=none", -EINVAL, false, 0, "as mtls and as none" },
		{ "xprtsec=tls,xprtsec=mtls", -EINVAL, false, 0, "as tls and as mtls" },
		{ "xprtsec=auto,xprtsec=mtls", -EINVAL, false, 0, "as auto and as mtls" },
		{ "xprtsec=mtls,udp", -EINVAL, false, 0, "proto=udp" },
		{ "proto=rdma,xprtsec=tls", -EINVAL, false, 0, "proto=rdma" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_MOUNT_OPTIONS options = parsed(cases[i].text);
		struct mount_security request;
		struct error e = { 0 };

		assert_int_equal(mount_security_check(&options, &request, &e), cases[i].result);
		if (cases[i].result) {
			assert_non_null(strstr(e.text, cases[i].rest));
			continue;
		}
		assert_int_equal(request.given, cases[i].given);
		assert_int_equal(request.mode, cases[i].mode);
		assert_options(&options, cases[i].rest);
	}
}

static void the_list_asks_for_what_was_decided(void **state)
{
	static const struct {
		const char *text;
		enum xprtsec mode;
		const char *expected;
	} cases[] = {
		{ "soft", XPRTSEC_NONE, "soft" },
		{ "soft", XPRTSEC_TLS, "soft,xprtsec=tls" },
		{ "", XPRTSEC_MTLS, "xprtsec=mtls" },
		{ "xprtsec=auto,soft", XPRTSEC_MTLS, "xprtsec=mtls,soft" },
		{ "xprtsec=auto,soft,xprtsec=auto", XPRTSEC_TLS, "xprtsec=tls,soft,xprtsec=tls" },
		{ "xprtsec=auto", XPRTSEC_NONE, "xprtsec=none" },
		{ "xprtsec=tls", XPRTSEC_TLS, "xprtsec=tls" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_MOUNT_OPTIONS options = parsed(cases[i].text);

		assert_int_equal(mount_security_set(&options, cases[i].mode), 0);
		assert_options(&options, cases[i].expected);
	}
}

static void a_remount_forgets_auto_only(void **state)
{
	AUTO_MOUNT_OPTIONS options = parsed("ro,xprtsec=mtls,XPRTSEC=Auto,xprtsec=auto");
	struct mount_security request;
	struct error e;

	(void)state;
	assert_int_equal(mount_security_check(&options, &request, &e), -EINVAL);
	mount_security_drop_auto(&options);
	assert_options(&options, "ro,xprtsec=mtls");
	assert_int_equal(mount_security_check(&options, &request, &e), 0);
}

static void the_mount_table_tells_the_security(void **state)
{
	static const char table[] =
		"21 1 0:20 / / rw shared:1 - tmpfs t rw\n"
		"garbage\n"
		"40 21 0:44 / /mnt/a rw,relatime - nfs4 s:/ rw,vers=4.2,xprtsec=mtls,addr=192.0.2.2\n"
		"41 21 0:45 / /mnt/b\\040c rw shared:9 master:1 - nfs4 s:/b rw,vers=4.2\n"
		"42 21 0:46 / /mnt/d rw - nfs4 s:/d rw,xprtsec=better\n"
		"43 21 0:47 / /mnt/e rw - nfs4 s:/e rw,fooxprtsec=mtls\n"
		"44 21 0:47 / /mnt/f rw - nfs4 xprtsec=mtls\n";
	static const struct {
		int id, result;
		enum xprtsec mode;
	} cases[] = {
		{ 40, 0, XPRTSEC_MTLS }, { 41, 0, XPRTSEC_NONE }, { 42, -EBADMSG, 0 },
		{ 43, 0, XPRTSEC_NONE }, { 44, -ENOENT, 0 },	  { 4, -ENOENT, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct mountinfo_entry entry;
		enum xprtsec mode = 77;
		int r = mountinfo_find(table, sizeof(table) - 1, cases[i].id, &entry);

		if (!r)
			r = mount_security_effective(&entry.options, &mode);
		assert_int_equal(r, cases[i].result);
		if (!r)
			assert_int_equal(mode, cases[i].mode);
	}
}

/* ---- negotiation -------------------------------------------------------------- */

struct script {
	const int *codes; /* of the attempts in turn; 0 ends */
	bool word_refused;
	size_t used;
	bool speaks[5];	   /* by version */
	struct strbuf log; /* the lists that were tried, a semicolon behind each */
};

static int scripted_attempt(void *context, const struct attempt *attempt, struct kernel_failure *failure)
{
	struct script *script = context;

	mount_options_format(attempt->options, &script->log);
	strbuf_add(&script->log, ";", 1);
	failure->code = script->codes[script->used++];
	failure->word_refused = script->word_refused;
	return -failure->code;
}

/* A server whose rpcbind is not needed. */
static int no_rpcbind(void *context, const struct ports_request *request, struct ports *ports,
		      struct kernel_failure *failure)
{
	struct error e;
	bool given;

	(void)context;
	(void)failure;
	*ports = (struct ports){ .nfs = request->protocol->transport, .mount_version = 3 };
	return mount_mountproto_find(request->user, request->protocol, &ports->mount, &given, &e);
}

static bool scripted_speaks(void *context, const struct address *address, int major)
{
	const struct script *script = context;

	(void)address;
	return script->speaks[major];
}

static const struct address two_addresses[] = {
	{ .text = "2001:db8::2", .client = "2001:db8::1" },
	{ .text = "192.0.2.2", .client = "192.0.2.1" },
};

static int negotiate_script(const char *text, size_t addresses, struct script *script, struct kernel_failure *failure,
			    struct error *e)
{
	AUTO_MOUNT_OPTIONS options = parsed(text);
	struct negotiation n = {
		.user = &options,
		.addresses = two_addresses + ARRAY_SIZE(two_addresses) - addresses,
		.address_count = addresses,
		.secured = strstr(text, "xprtsec"),
		.attempt = scripted_attempt,
		.prepare_3 = no_rpcbind,
		.speaks = scripted_speaks,
		.context = script,
	};

	*failure = (struct kernel_failure){ 0 };
	assert_int_equal(mount_versions_take(&options, false, NULL, &n.version, e), 0);
	if (n.secured)
		assert_int_equal(mount_versions_for_tls(&n.version, e), 0);
	assert_int_equal(mount_protocol_find(&options, NULL, &n.protocol, e), 0);
	return negotiate(&n, failure, e);
}

#define V4_TAIL "addr=192.0.2.2,clientaddr=192.0.2.1;"
#define V4_DOWN "vers=4.2," V4_TAIL "vers=4,minorversion=1," V4_TAIL "vers=4," V4_TAIL
#define V3_TRY "addr=192.0.2.2,vers=3,proto=tcp,mountvers=3,mountproto=tcp;"

static void versions_and_addresses_are_tried_in_order(void **state)
{
	static const struct {
		const char *text;
		size_t addresses;
		int codes[6];
		bool word_refused;
		int result;
		const char *log;
		/* clang-format off */
	} cases[] = {
		{ "soft", 1, { 0 }, false, 0, "soft,vers=4.2," V4_TAIL },
		{ "vers=4", 1, { 0 }, false, 0, "vers=4.2," V4_TAIL },
		{ "nfsvers=4.2", 1, { 0 }, false, 0, "nfsvers=4.2," V4_TAIL },
		{ "port=2049", 1, { 0 }, false, 0, "port=2049,vers=4.2," V4_TAIL },
		{ "clientaddr=1.2.3.4,soft", 1, { 0 }, false, 0, "clientaddr=1.2.3.4,soft,vers=4.2,addr=192.0.2.2;" },
		{ "soft,sloppy,foo", 1, { 0 }, false, 0, "sloppy,soft,foo,vers=4.2," V4_TAIL },
		{ "namlen=255", 1, { 0 }, false, 0, "namlen=255,vers=4.2," V4_TAIL },
		{ "", 1, { EPROTONOSUPPORT, EINVAL, 0 }, false, 0,
		  "vers=4.2," V4_TAIL "vers=4,minorversion=1," V4_TAIL "vers=4," V4_TAIL },
		{ "", 1, { EPROTONOSUPPORT, EPROTONOSUPPORT, EPROTONOSUPPORT, 0 }, false, 0, V4_DOWN V3_TRY },
		{ "", 1, { EPROTONOSUPPORT, EPROTONOSUPPORT, EPROTONOSUPPORT, EACCES }, false, -EPROTONOSUPPORT,
		  V4_DOWN V3_TRY },
		{ "vers=4", 1, { EPROTONOSUPPORT, EPROTONOSUPPORT, EPROTONOSUPPORT }, false, -EPROTONOSUPPORT,
		  V4_DOWN },
		{ "vers=4.2", 1, { EPROTONOSUPPORT }, false, -EPROTONOSUPPORT, "vers=4.2," V4_TAIL },
		{ "foo", 1, { EINVAL }, true, -EINVAL, "foo,vers=4.2," V4_TAIL },
		{ "", 1, { EACCES, EACCES, EACCES, ENOENT }, false, -EACCES, V4_DOWN V3_TRY },
		{ "", 1, { ENOENT, 0 }, false, 0, "vers=4.2," V4_TAIL V3_TRY },
		{ "", 1, { ENOENT, EACCES }, false, -ENOENT, "vers=4.2," V4_TAIL V3_TRY },
		{ "", 1, { ECONNREFUSED }, false, -ECONNREFUSED, "vers=4.2," V4_TAIL },
		{ "xprtsec=mtls", 1, { EACCES }, false, -EACCES, "xprtsec=mtls,vers=4.2," V4_TAIL },
		{ "", 1, { EPERM }, false, -EPERM, "vers=4.2," V4_TAIL },
		{ "xprtsec=mtls", 1, { ESRCH }, false, -ESRCH, "xprtsec=mtls,vers=4.2," V4_TAIL },
		{ "", 2, { ECONNREFUSED, 0 }, false, 0,
		  "vers=4.2,addr=2001:db8::2,clientaddr=2001:db8::1;vers=4.2," V4_TAIL },
		{ "", 2, { EHOSTUNREACH, ETIMEDOUT }, false, -ETIMEDOUT,
		  "vers=4.2,addr=2001:db8::2,clientaddr=2001:db8::1;vers=4.2," V4_TAIL },
		{ "vers=4", 2, { ENOENT }, false, -ENOENT, "vers=4.2,addr=2001:db8::2,clientaddr=2001:db8::1;" },
		{ "vers=3,nolock", 1, { 0 }, false, 0,
		  "nolock,addr=192.0.2.2,vers=3,proto=tcp,mountvers=3,mountproto=tcp;" },
		{ "v3,nolock,udp,port=2050,mountport=9,mountproto=tcp,sloppy", 1, { 0 }, false, 0,
		  "sloppy,nolock,addr=192.0.2.2,vers=3,proto=udp,port=2050,mountvers=3,mountproto=tcp,mountport=9;" },
		{ "vers=3", 2, { EOPNOTSUPP, 0 }, false, 0,
		  "addr=2001:db8::2,vers=3,proto=tcp6,mountvers=3,mountproto=tcp6;"
		  "addr=192.0.2.2,vers=3,proto=tcp,mountvers=3,mountproto=tcp;" },
		{ "vers=3,rdma", 1, { 0 }, false, 0, "vers=3,rdma,addr=192.0.2.2;" },
		/* a mount that is to be kept apart has the connection: another address, then a lower version */
		{ "vers=4.2", 2, { ENOTUNIQ, 0 }, false, 0,
		  "vers=4.2,addr=2001:db8::2,clientaddr=2001:db8::1;vers=4.2," V4_TAIL },
		{ "vers=4.2", 1, { ENOTUNIQ }, false, -ENOTUNIQ, "vers=4.2," V4_TAIL },
		{ "", 1, { ENOTUNIQ, 0 }, false, 0, "vers=4.2," V4_TAIL "vers=4,minorversion=1," V4_TAIL },
		{ "xprtsec=tls", 1, { ENOTUNIQ, ENOTUNIQ }, false, -ENOTUNIQ,
		  "xprtsec=tls,vers=4.2," V4_TAIL "xprtsec=tls,vers=4,minorversion=1," V4_TAIL },
		{ "vers=3", 1, { ENOTUNIQ }, false, -ENOTUNIQ, V3_TRY },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct script script = { .codes = cases[i].codes, .word_refused = cases[i].word_refused };
		struct kernel_failure failure;
		struct error e;

		assert_int_equal(negotiate_script(cases[i].text, cases[i].addresses, &script, &failure, &e),
				 cases[i].result);
		assert_string_equal(script.log.text, cases[i].log);
		strbuf_free(&script.log);
	}
}

/* What a server says of itself decides where an errno alone does not. */
static void a_server_is_asked_before_its_version_is_given_up(void **state)
{
	static const struct {
		const char *text;
		int codes[6];
		bool has_3, has_4;
		int result;
		const char *log;
		/* clang-format off */
	} cases[] = {
		/* no TLS there: the same in every version */
		{ "xprtsec=tls", { EPROTONOSUPPORT }, true, true, -EPROTONOSUPPORT, "xprtsec=tls,vers=4.2," V4_TAIL },
		/* what it says in the clear leads neither to callbacks without TLS nor to version 3 */
		{ "xprtsec=tls", { EPROTONOSUPPORT, EPROTONOSUPPORT }, true, false, -EPROTONOSUPPORT,
		  "xprtsec=tls,vers=4.2," V4_TAIL "xprtsec=tls,vers=4,minorversion=1," V4_TAIL },
		{ "xprtsec=mtls", { EINVAL, EINVAL }, true, true, -EINVAL,
		  "xprtsec=mtls,vers=4.2," V4_TAIL "xprtsec=mtls,vers=4,minorversion=1," V4_TAIL },
		{ "xprtsec=tls", { ECONNREFUSED }, true, false, -ECONNREFUSED, "xprtsec=tls,vers=4.2," V4_TAIL },
		{ "xprtsec=tls", { ENOENT }, true, true, -ENOENT, "xprtsec=tls,vers=4.2," V4_TAIL },
		{ "xprtsec=tls,vers=4", { ENOENT }, true, true, -ENOENT, "xprtsec=tls,vers=4.2," V4_TAIL },
		{ "xprtsec=tls,vers=3", { 0 }, true, true, 0, "xprtsec=tls," V3_TRY },
		/* a server that is just starting */
		{ "", { ECONNREFUSED, 0 }, true, true, 0, "vers=4.2," V4_TAIL "vers=4.2," V4_TAIL },
		{ "", { ECONNREFUSED, 0 }, true, false, 0, "vers=4.2," V4_TAIL V3_TRY },
		{ "", { ECONNREFUSED, ECONNREFUSED }, true, false, -ECONNREFUSED, "vers=4.2," V4_TAIL V3_TRY },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct script script = { .codes = cases[i].codes,
					 .speaks = { [3] = cases[i].has_3, [4] = cases[i].has_4 } };
		struct kernel_failure failure;
		struct error e;

		assert_int_equal(negotiate_script(cases[i].text, 1, &script, &failure, &e), cases[i].result);
		assert_string_equal(script.log.text, cases[i].log);
		strbuf_free(&script.log);
	}
}

static void bad_ports_of_version_3_are_not_tried(void **state)
{
	static const char *const texts[] = { "vers=3,port=abc", "vers=3,port=65536", "vers=3,port", "vers=3,port=-1" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct script script = { 0 };
		struct kernel_failure failure;
		struct error e = { 0 };

		assert_int_equal(negotiate_script(texts[i], 1, &script, &failure, &e), -EINVAL);
		assert_string_equal(e.text, "invalid value for 'port=' option");
		assert_int_equal(failure.code, 0);
		assert_null(script.log.text);
	}
}

static void tls_needs_version_4_unless_3_was_written(void **state)
{
	static const struct {
		const char *text, *usual;
		int result, major, minor, least_minor;
		bool pinned;
	} cases[] = {
		{ "", NULL, 0, 4, 2, 1, false },
		{ "", "3", 0, 4, 2, 1, false },
		{ "", "4.1", 0, 4, 1, 1, false },
		{ "", "4.0", 0, 4, 0, 0, false },
		{ "vers=3", NULL, 0, 3, 0, 0, true },
		{ "nfsvers=3", "4.2", 0, 3, 0, 0, true },
		{ "v3", NULL, 0, 3, 0, 0, true },
		{ "vers=4.0", NULL, 0, 4, 0, 0, true },
		{ "vers=3,mountport=9", NULL, 0, 3, 0, 0, true },
		{ "vers=4,mountport=9", NULL, 0, 4, 2, 1, false },
		{ "mountport=9", NULL, -EINVAL, 3, 0, 0, false },
		{ "mounthost=a", "3", -EINVAL, 3, 0, 0, false },
		{ "mountproto=tcp", NULL, -EINVAL, 3, 0, 0, false },
		{ "mountvers=3", NULL, -EINVAL, 3, 0, 0, false },
		{ "mountaddr=192.0.2.2", NULL, -EINVAL, 3, 0, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_MOUNT_OPTIONS options = parsed(cases[i].text);
		struct mount_versions request;
		struct error e;

		assert_int_equal(mount_versions_take(&options, false, cases[i].usual, &request, &e), 0);
		assert_int_equal(mount_versions_for_tls(&request, &e), cases[i].result);
		if (cases[i].result)
			assert_non_null(strstr(e.text, "add vers=3"));
		assert_int_equal(request.version.major, cases[i].major);
		assert_int_equal(request.version.minor, cases[i].minor);
		assert_int_equal(request.least_minor, cases[i].least_minor);
		assert_int_equal(request.pinned, cases[i].pinned);
		assert_int_equal(request.four_only, !cases[i].pinned && !cases[i].result);
	}
}

/* ---- messages ------------------------------------------------------------------ */

static void failures_keep_their_words_and_say_why(void **state)
{
	static const struct {
		struct kernel_failure failure;
		enum xprtsec security;
		const char *begin, *why;
		/* clang-format off */
	} cases[] = {
		{ { .code = ESRCH }, XPRTSEC_TLS, "No such process for s:/p on /mnt: ", "start rpc.tlshd" },
		{ { .code = EACCES }, XPRTSEC_MTLS, "access denied by server while mounting s:/p: ",
		  "rpc.tlshd --ask failures" },
		{ { .code = EACCES }, XPRTSEC_NONE, "access denied by server while mounting s:/p", "" },
		{ { .code = EPROTONOSUPPORT }, XPRTSEC_TLS, "Protocol not supported for s:/p on /mnt: ",
		  "does not offer RPC-with-TLS" },
		{ { .code = EPERM, .text = "NFS4: no" }, XPRTSEC_TLS, "Operation not permitted for s:/p on /mnt: ",
		  "wants another sec= (such as krb5) or another xprtsec=" },
		{ { .code = EINVAL, .word_refused = true, .word = "nosuch=1", .text = "nfs: Unknown" }, XPRTSEC_NONE,
		  "an incorrect mount option was specified for /mnt: the kernel refuses 'nosuch=1'",
		  "(kernel: nfs: Unknown)" },
		{ { .code = ENOENT }, XPRTSEC_NONE,
		  "mounting s:/p failed, reason given by server: No such file or directory", "" },
		{ { .code = ENOTDIR }, XPRTSEC_NONE, "mount spec s:/p or point /mnt is not a directory", "" },
		{ { .code = EOPNOTSUPP }, XPRTSEC_NONE,
		  "requested NFS version or transport protocol is not supported for /mnt", "" },
		{ { .code = EIO }, XPRTSEC_NONE, "mount system call failed for /mnt", "" },
		{ { .code = EBUSY }, XPRTSEC_NONE, "/mnt is busy or already mounted or sharecache fail", "" },
		{ { .code = EHOSTUNREACH }, XPRTSEC_NONE, "No route to host for s:/p on /mnt", "" },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct mount_subject subject = { "s:/p", "/mnt", cases[i].security };
		AUTO_STRBUF sentence = { 0 };

		message_mount_failed(&subject, &cases[i].failure, &sentence);
		assert_int_equal(strncmp(sentence.text, cases[i].begin, strlen(cases[i].begin)), 0);
		assert_non_null(strstr(sentence.text, cases[i].why));
		if (!*cases[i].why)
			assert_string_equal(sentence.text, cases[i].begin);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_and_duplicates_are_kept),
		cmocka_unit_test(quoted_commas_do_not_separate),
		cmocka_unit_test(bad_text_is_refused),
		cmocka_unit_test(generic_words_become_flags),
		cmocka_unit_test(labels_are_dropped_without_selinux),
		cmocka_unit_test(version_words_are_settled),
		cmocka_unit_test(transports_restrict_the_family),
		cmocka_unit_test(security_words_are_checked),
		cmocka_unit_test(the_list_asks_for_what_was_decided),
		cmocka_unit_test(a_remount_forgets_auto_only),
		cmocka_unit_test(the_mount_table_tells_the_security),
		cmocka_unit_test(versions_and_addresses_are_tried_in_order),
		cmocka_unit_test(a_server_is_asked_before_its_version_is_given_up),
		cmocka_unit_test(tls_needs_version_4_unless_3_was_written),
		cmocka_unit_test(bad_ports_of_version_3_are_not_tried),
		cmocka_unit_test(failures_keep_their_words_and_say_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
