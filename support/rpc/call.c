/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/rpc/rpc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <rpc/rpc.h>
#include <string.h>
#include <sys/param.h>
#include <unistd.h>

/* They cannot be read before rpc.h. */
#include <rpc/pmap_prot.h>
#include <rpc/rpcb_prot.h>

#include "support/address/address.h"

#define UMNT_PROCEDURE 3u   /* RFC 1813 section 5.2.3 */
#define UMNT_PATH_MAX 1024u /* MNTPATHLEN, RFC 1813 section 5.1.4 */
#define AGAIN_MS 2000	    /* a datagram may get lost */
#define MARK_SIZE 4u	    /* RFC 5531 section 11 */
#define LAST_FRAGMENT 0x80000000u
#define CALL_MAX 2048u	 /* heads, a credential and the longest path */
#define ANSWER_MAX 1024u /* a head, the largest verifier, and an address or a number */
#define ADDRESS_MAX 128u /* a universal address, with its scope not half of that */

/* One call: where to, what, and what comes back. */
struct call {
	const struct rpc_endpoint *to;
	uint32_t program, version, procedure;
	bool as_root;				     /* from a reserved port, too */
	bool (*put)(XDR *to, const void *arguments); /* NULL: there are none */
	bool (*get)(XDR *from, void *results);	     /* NULL: none */
	const void *arguments;
	void *results;
};

/* Its bytes. */
struct exchange {
	unsigned char call[MARK_SIZE + CALL_MAX];
	size_t call_size; /* without the mark */
	unsigned char answer[ANSWER_MAX];
	size_t answer_size;
};

/* ---- errors ----------------------------------------------------------------------- */

static const char *service_name(uint32_t program)
{
	static const struct {
		uint32_t program;
		const char *name;
	} rows[] = {
		{ PMAPPROG, "rpcbind" },
		{ 100003, "NFS" },
		{ RPC_MOUNT_PROGRAM, "mountd" },
		{ 100024, "statd" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].program == program)
			return rows[i].name;
	return "the service";
}

static const char *advice_for(int code)
{
	static const struct {
		int code;
		const char *advice;
	} rows[] = {
		{ ECONNREFUSED, "start that service there, or name the right port" },
		{ EOPNOTSUPP, "start that service there" },
		{ EPROTONOSUPPORT, "ask for a version that it has" },
		{ EACCES, "see which clients that service admits, and the firewall of this host" },
		{ EPROTO, "see what it is that listens there" },
		{ EHOSTUNREACH, "see that the host is up, and the way to it" },
		{ ENETUNREACH, "this host has no route to it" },
		{ EINVAL, "see what was asked for" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].code == code)
			return rows[i].advice;
	return "see that the service runs there, and the firewalls between";
}

static int fail(const struct call *call, int code, const char *what, struct error *e)
{
	char where[RPC_ADDRESS_TEXT_MAX];

	rpc_address_text(call->to->address, call->to->size, where);
	return error_set(e, code, "%s (RPC program %u version %u) at %s by %s: %s: %s: %s", service_name(call->program),
			 call->program, call->version, where, call->to->transport == RPC_UDP ? "udp" : "tcp", what,
			 strerror(code), advice_for(code));
}

static int fail_with_status(const struct call *call, enum clnt_stat status, struct error *e)
{
	static const struct {
		enum clnt_stat status;
		int code;
		const char *text;
	} rows[] = {
		{ RPC_AUTHERROR, EACCES, "it refuses the call" },
		{ RPC_PROGUNAVAIL, EOPNOTSUPP, "it does not have this program" },
		{ RPC_PROGVERSMISMATCH, EPROTONOSUPPORT, "it has the program in other versions only" },
		{ RPC_VERSMISMATCH, EPROTONOSUPPORT, "it speaks another version of RPC" },
		{ RPC_PROCUNAVAIL, EPROTONOSUPPORT, "it does not have the procedure" },
		{ RPC_CANTDECODEARGS, EPROTO, "it does not understand the call" },
		{ RPC_SYSTEMERROR, EIO, "it has trouble of its own" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].status == status)
			return fail(call, rows[i].code, rows[i].text, e);
	return fail(call, EPROTO, "its answer is not understood", e);
}

/* ---- messages ---------------------------------------------------------------------- */

/* AUTH_UNIX of uid 0 and gid 0, in room. */
static bool make_root(struct opaque_auth *credential, char room[MAX_AUTH_BYTES])
{
	char machine[] = "localhost";
	struct authunix_parms root = { .aup_machname = machine };
	XDR xdr;

	xdrmem_create(&xdr, room, MAX_AUTH_BYTES, XDR_ENCODE);
	if (!xdr_authunix_parms(&xdr, &root))
		return false;
	*credential = (struct opaque_auth){ AUTH_UNIX, room, xdr_getpos(&xdr) };
	return true;
}

static int write_call(const struct call *call, struct exchange *x, struct error *e)
{
	char room[MAX_AUTH_BYTES];
	struct rpc_msg message = { .rm_xid = rpc_new_xid(), .rm_direction = CALL };
	uint32_t mark;
	XDR xdr;

	message.rm_call.cb_rpcvers = RPC_MSG_VERSION;
	message.rm_call.cb_prog = call->program;
	message.rm_call.cb_vers = call->version;
	message.rm_call.cb_proc = call->procedure;
	xdrmem_create(&xdr, (char *)x->call + MARK_SIZE, CALL_MAX, XDR_ENCODE);
	if ((call->as_root && !make_root(&message.rm_call.cb_cred, room)) || !xdr_callmsg(&xdr, &message) ||
	    (call->put && !call->put(&xdr, call->arguments)))
		return fail(call, EINVAL, "the arguments are too long", e);
	x->call_size = xdr_getpos(&xdr);
	mark = htonl(LAST_FRAGMENT | (uint32_t)x->call_size);
	memcpy(x->call, &mark, MARK_SIZE);
	return 0;
}

static bool answers_the_call(const struct exchange *x)
{
	return x->answer_size >= sizeof(uint32_t) && !memcmp(x->answer, x->call + MARK_SIZE, sizeof(uint32_t));
}

static bool_t get_nothing(XDR *xdr, ...)
{
	(void)xdr;
	return TRUE;
}

static int read_answer(const struct call *call, struct exchange *x, struct error *e)
{
	char verifier[MAX_AUTH_BYTES]; /* given, or libtirpc allocates */
	struct rpc_msg message = { 0 };
	struct rpc_err why = { 0 };
	XDR xdr;

	message.acpted_rply.ar_verf.oa_base = verifier;
	message.acpted_rply.ar_results.proc = get_nothing; /* ours come later, when all is well */
	xdrmem_create(&xdr, (char *)x->answer, (unsigned int)x->answer_size, XDR_DECODE);
	if (!answers_the_call(x) || !xdr_replymsg(&xdr, &message))
		return fail(call, EPROTO, "what it says is no answer to the call", e);
	_seterr_reply(&message, &why);
	if (why.re_status != RPC_SUCCESS)
		return fail_with_status(call, why.re_status, e);
	if (call->get && !call->get(&xdr, call->results))
		return fail(call, EPROTO, "its answer is not understood", e);
	return 0;
}

/* ---- sockets ------------------------------------------------------------------- */

/* Some servers believe root only from below 1024; without the right to it, any port must do. */
static void bind_reserved(int fd, int family)
{
	struct sockaddr_in6 address = { .sin6_family = (sa_family_t)family };

	(void)bindresvport_sa(fd, (struct sockaddr *)&address);
}

static int wait_connected(int fd, int64_t deadline)
{
	int code = 0, r = rpc_wait(fd, POLLOUT, deadline);
	socklen_t size = sizeof(code);

	if (r)
		return r;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) ? -errno : -code;
}

static int open_socket(const struct call *call, int64_t deadline, int *fd)
{
	const struct rpc_endpoint *to = call->to;
	int type = to->transport == RPC_UDP ? SOCK_DGRAM : SOCK_STREAM, r = 0;
	AUTO_FD new = socket(to->address->sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (new < 0)
		return -errno;
	if (call->as_root)
		bind_reserved(new, to->address->sa_family);
	if (connect(new, to->address, to->size))
		r = errno == EINPROGRESS || errno == EINTR ? wait_connected(new, deadline) : -errno;
	if (r)
		return r;
	*fd = new;
	new = -1;
	return 0;
}

static bool is_worth_waiting(int code)
{
	return code == EAGAIN || code == EINTR;
}

static int send_all(int fd, const unsigned char *data, size_t size, int64_t deadline)
{
	while (size) {
		ssize_t n = send(fd, data, size, MSG_NOSIGNAL);
		int r;

		if (n >= 0) {
			data += n;
			size -= (size_t)n;
			continue;
		}
		r = is_worth_waiting(errno) ? rpc_wait(fd, POLLOUT, deadline) : -errno;
		if (r)
			return r;
	}
	return 0;
}

static int receive_all(int fd, unsigned char *to, size_t size, int64_t deadline)
{
	while (size) {
		ssize_t n = recv(fd, to, size, 0);
		int r;

		if (!n)
			return -ECONNRESET;
		if (n > 0) {
			to += n;
			size -= (size_t)n;
			continue;
		}
		r = is_worth_waiting(errno) ? rpc_wait(fd, POLLIN, deadline) : -errno;
		if (r)
			return r;
	}
	return 0;
}

/* One record in its fragments.  An empty one would let a server talk for ever. */
static int receive_record(int fd, struct exchange *x, int64_t deadline)
{
	uint32_t mark, size;

	x->answer_size = 0;
	do {
		int r = receive_all(fd, (unsigned char *)&mark, MARK_SIZE, deadline);

		if (r)
			return r;
		mark = ntohl(mark);
		size = mark & ~LAST_FRAGMENT;
		if (!size || size > sizeof(x->answer) - x->answer_size)
			return -EPROTO;
		r = receive_all(fd, x->answer + x->answer_size, size, deadline);
		if (r)
			return r;
		x->answer_size += size;
	} while (!(mark & LAST_FRAGMENT));
	return 0;
}

/* Datagrams that are no answer to this call are passed over. */
static int receive_datagram(int fd, struct exchange *x, int64_t deadline)
{
	for (;;) {
		int r = rpc_wait(fd, POLLIN, deadline);
		ssize_t n;

		if (r)
			return r;
		n = recv(fd, x->answer, sizeof(x->answer), MSG_TRUNC);
		if (n < 0 && !is_worth_waiting(errno))
			return -errno;
		x->answer_size = n > 0 ? MIN((size_t)n, sizeof(x->answer)) : 0;
		if (answers_the_call(x))
			return (size_t)n > sizeof(x->answer) ? -EPROTO : 0;
	}
}

static int ask_by_datagram(int fd, struct exchange *x, int64_t deadline)
{
	int r;

	do {
		r = send_all(fd, x->call + MARK_SIZE, x->call_size, deadline);
		if (!r)
			r = receive_datagram(fd, x, MIN(deadline, clock_ms() + AGAIN_MS));
	} while (r == -ETIMEDOUT && clock_ms() < deadline);
	return r;
}

static int ask_by_stream(int fd, struct exchange *x, int64_t deadline)
{
	int r = send_all(fd, x->call, MARK_SIZE + x->call_size, deadline);

	return r ? r : receive_record(fd, x, deadline);
}

/* ---- calls --------------------------------------------------------------------------- */

static int make_call(const struct call *call, int64_t deadline, struct error *e)
{
	struct exchange x;
	AUTO_FD fd = -1;
	int r = write_call(call, &x, e);

	if (r)
		return r;
	r = open_socket(call, deadline, &fd);
	if (r)
		return fail(call, -r, "cannot connect", e);
	r = call->to->transport == RPC_UDP ? ask_by_datagram(fd, &x, deadline) : ask_by_stream(fd, &x, deadline);
	return r ? fail(call, -r, "no answer", e) : read_answer(call, &x, e);
}

int rpc_ping(const struct rpc_endpoint *to, uint32_t program, uint32_t version, int64_t deadline, struct error *e)
{
	struct call call = { .to = to, .program = program, .version = version };

	return make_call(&call, deadline, e);
}

static bool put_path(XDR *to, const void *arguments)
{
	char *path = (char *)(uintptr_t)arguments;

	return xdr_string(to, &path, UMNT_PATH_MAX);
}

int rpc_unmount(const struct rpc_endpoint *mountd, uint32_t version, const char *path, int64_t deadline,
		struct error *e)
{
	struct call call = { .to = mountd,
			     .program = RPC_MOUNT_PROGRAM,
			     .version = version,
			     .procedure = UMNT_PROCEDURE,
			     .as_root = true,
			     .put = put_path,
			     .arguments = path };

	return make_call(&call, deadline, e);
}

/* ---- universal addresses ------------------------------------------------------------------ */

/* Takes ".NUMBER" from the end of the first *size bytes; 0 to 255 as RFC 5665 writes it, without needless zeros. */
static bool take_byte(const char *text, size_t *size, unsigned int *value)
{
	size_t at = *size;

	*value = 0;
	while (at && text[at - 1] >= '0' && text[at - 1] <= '9' && *size - at < 3)
		at--;
	if (!at || text[at - 1] != '.' || at == *size || (text[at] == '0' && *size - at > 1))
		return false;
	for (size_t i = at; i < *size; i++)
		*value = *value * 10 + (unsigned int)(text[i] - '0');
	*size = at - 1;
	return *value <= 255;
}

/* A scope, as in fe80::1%eth0, may follow. */
static bool is_host(const char *text, size_t size)
{
	const char *scope = memchr(text, '%', size);
	struct ip_address any;

	if (!scope)
		return address_parse_bare(text, size, &any);
	return scope + 1 < text + size && address_parse_bare(text, (size_t)(scope - text), &any) && any.size == 16;
}

int rpc_universal_port(const char *text, uint16_t *port)
{
	size_t size = strlen(text);
	unsigned int high, low;

	if (!take_byte(text, &size, &low) || !take_byte(text, &size, &high) || !is_host(text, size))
		return -EPROTO;
	*port = (uint16_t)(high << 8 | low);
	return 0;
}

/* ---- rpcbind --------------------------------------------------------------------------- */

static bool put_mapping(XDR *to, const void *arguments)
{
	struct pmap question = *(const struct pmap *)arguments;

	return xdr_pmap(to, &question);
}

static bool get_number(XDR *from, void *results)
{
	return xdr_uint32_t(from, results);
}

/* RFC 1833 section 3: GETPORT of version 2 */
static int ask_for_port(const struct rpc_endpoint *rpcbind, uint32_t rpcbind_version, uint32_t program,
			uint32_t version, int64_t deadline, uint16_t *port, struct error *e)
{
	struct pmap question = { program, version, rpcbind->transport == RPC_UDP ? IPPROTO_UDP : IPPROTO_TCP, 0 };
	uint32_t answer = 0;
	struct call call = { .to = rpcbind,
			     .program = PMAPPROG,
			     .version = rpcbind_version,
			     .procedure = PMAPPROC_GETPORT,
			     .put = put_mapping,
			     .arguments = &question,
			     .get = get_number,
			     .results = &answer };
	int r = make_call(&call, deadline, e);

	if (!r && answer > UINT16_MAX)
		return fail(&call, EPROTO, "the port it tells is none", e);
	*port = (uint16_t)answer;
	return r;
}

static bool put_binding(XDR *to, const void *arguments)
{
	struct rpcb question = *(const struct rpcb *)arguments;

	return xdr_rpcb(to, &question);
}

static bool get_address(XDR *from, void *results)
{
	char *text = results;

	return xdr_string(from, &text, ADDRESS_MAX - 1);
}

/* RFC 5665 section 5.1 */
static const char *netid_of(const struct rpc_endpoint *to)
{
	static const char *const names[2][2] = {
		[RPC_TCP] = { "tcp", "tcp6" },
		[RPC_UDP] = { "udp", "udp6" },
	};

	return names[to->transport][to->address->sa_family == AF_INET6];
}

/* RFC 1833 section 2: GETADDR of the versions 3 and 4 */
static int ask_for_address(const struct rpc_endpoint *rpcbind, uint32_t rpcbind_version, uint32_t program,
			   uint32_t version, int64_t deadline, uint16_t *port, struct error *e)
{
	char nothing[] = "", answer[ADDRESS_MAX] = "";
	struct rpcb question = { program, version, (char *)(uintptr_t)netid_of(rpcbind), nothing, nothing };
	struct call call = { .to = rpcbind,
			     .program = RPCBPROG,
			     .version = rpcbind_version,
			     .procedure = RPCBPROC_GETADDR,
			     .put = put_binding,
			     .arguments = &question,
			     .get = get_address,
			     .results = answer };
	int r = make_call(&call, deadline, e);

	*port = 0;
	if (!r && *answer && rpc_universal_port(answer, port))
		return fail(&call, EPROTO, "the address it tells is none", e);
	return r;
}

/* In the order of asking: every rpcbind has version 2, which knows IPv4 only, unless it was built without. */
static const struct dialect {
	uint32_t version;
	bool for_ipv6;
	int (*ask)(const struct rpc_endpoint *rpcbind, uint32_t rpcbind_version, uint32_t program, uint32_t version,
		   int64_t deadline, uint16_t *port, struct error *e);
} dialects[] = {
	{ PMAPVERS, false, ask_for_port },
	{ RPCBVERS4, true, ask_for_address },
	{ RPCBVERS, true, ask_for_address },
};

int rpc_find_port(const struct sockaddr *host, socklen_t size, uint16_t rpcbind_port, enum rpc_transport wanted,
		  uint32_t program, uint32_t version, int64_t deadline, uint16_t *port, struct error *e)
{
	struct sockaddr_storage address = { 0 };
	struct rpc_endpoint rpcbind = { (struct sockaddr *)&address, size, wanted };
	struct call about = { .to = &rpcbind, .program = program, .version = version };
	uint16_t found = 0;
	int r = -EPROTONOSUPPORT;

	if (size > sizeof(address))
		return error_set(e, EINVAL, "the address is too long");
	memcpy(&address, host, size);
	address_set_port(&address, rpcbind_port);
	for (size_t i = 0; i < ARRAY_SIZE(dialects) && r == -EPROTONOSUPPORT; i++)
		if (dialects[i].for_ipv6 || host->sa_family != AF_INET6)
			r = dialects[i].ask(&rpcbind, dialects[i].version, program, version, deadline, &found, e);
	if (r)
		return r;
	if (!found)
		return fail(&about, EOPNOTSUPP, "it is not registered with the rpcbind there", e);
	*port = found;
	return 0;
}
