/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/rpc/call.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <rpc/rpc.h>
#include <rpc/pmap_prot.h> /* after rpc.h: it cannot be read alone */
#include <rpc/rpcb_prot.h>
#include <string.h>
#include <unistd.h>

#include "support/rpc/address.h"

#define UMNT_PROCEDURE 3u /* RFC 1813 section 5.2.3 */
#define AGAIN_S 2	  /* a datagram may get lost */

/* One call: where to, what, and what comes back. */
struct call {
	const struct rpc_endpoint *to;
	uint32_t program, version, procedure;
	bool as_root;
	bool reserved; /* port */
	xdrproc_t put, get;
	void *arguments, *results;
};

/* ---- sockets ------------------------------------------------------------------- */

static int wait_connected(int fd, int64_t deadline)
{
	struct pollfd ready = { .fd = fd, .events = POLLOUT };
	int code = 0, n;
	socklen_t size = sizeof(code);

	do {
		int64_t left = deadline - clock_ms();

		n = left > 0 ? poll(&ready, 1, left > INT_MAX ? INT_MAX : (int)left) : 0;
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n ? -errno : -ETIMEDOUT;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) ? -errno : -code;
}

/* Some servers believe root only from below 1024; without the right to it, any port must do. */
static void bind_reserved(int fd, int family)
{
	struct sockaddr_in6 address = { .sin6_family = (sa_family_t)family };

	(void)bindresvport_sa(fd, (struct sockaddr *)&address);
}

static int open_socket(const struct call *call, int64_t deadline, int *fd)
{
	const struct rpc_endpoint *to = call->to;
	int type = to->transport == RPC_UDP ? SOCK_DGRAM : SOCK_STREAM, r = 0;
	AUTO_FD new = socket(to->address->sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (new < 0)
		return -errno;
	if (call->reserved)
		bind_reserved(new, to->address->sa_family);
	if (connect(new, to->address, to->size))
		r = errno == EINPROGRESS || errno == EINTR ? wait_connected(new, deadline) : -errno;
	/* libtirpc polls before it reads, and writes no more here than a socket takes at once */
	if (!r && fcntl(new, F_SETFL, 0))
		r = -errno;
	if (r)
		return r;
	*fd = new;
	new = -1;
	return 0;
}

/* ---- errors ----------------------------------------------------------------------- */

static const struct {
	enum clnt_stat status;
	int code; /* 0: that of the socket */
	const char *text;
} statuses[] = {
	{ RPC_TIMEDOUT, ETIMEDOUT, "no answer in time" },
	{ RPC_CANTSEND, 0, "cannot send" },
	{ RPC_CANTRECV, 0, "no answer" },
	{ RPC_AUTHERROR, EACCES, "it refuses the call" },
	{ RPC_PROGUNAVAIL, EOPNOTSUPP, "it does not have this program" },
	{ RPC_PROGNOTREGISTERED, EOPNOTSUPP, "the program is not registered" },
	{ RPC_PROGVERSMISMATCH, EPROTONOSUPPORT, "it has the program in other versions only" },
	{ RPC_VERSMISMATCH, EPROTONOSUPPORT, "it speaks another version of RPC" },
	{ RPC_PROCUNAVAIL, EPROTONOSUPPORT, "it does not have the procedure" },
	{ RPC_CANTDECODERES, EPROTO, "the answer is not understood" },
	{ RPC_CANTDECODEARGS, EPROTO, "it does not understand the call" },
	{ RPC_CANTENCODEARGS, EINVAL, "the arguments are too long" },
};

static int fail(const struct call *call, int code, const char *what, struct error *e)
{
	char where[RPC_ADDRESS_TEXT_MAX];

	rpc_address_text(call->to->address, call->to->size, where);
	return error_set(e, code, "RPC program %u version %u at %s (%s): %s%s%s: see that the service runs"
				  " there, and the"
			 " firewalls between", call->program, call->version, where,
			 call->to->transport == RPC_UDP ? "udp" : "tcp", what, code ? ": " : "",
			 code ? strerror(code) : "");
}

static int fail_with_status(const struct call *call, CLIENT *client, enum clnt_stat status, struct error *e)
{
	struct rpc_err why;

	clnt_geterr(client, &why);
	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++) {
		int code = statuses[i].code ? statuses[i].code : why.re_errno ? why.re_errno : EIO;

		if (statuses[i].status == status)
			return fail(call, code, statuses[i].text, e);
	}
	return fail(call, EIO, clnt_sperrno(status), e);
}

/* ---- calls --------------------------------------------------------------------------- */

static CLIENT *make_client(const struct call *call, int fd)
{
	struct netbuf address = {
		.maxlen = call->to->size,
		.len = call->to->size,
		.buf = (void *)(uintptr_t)call->to->address,
	};
	struct timeval again = { .tv_sec = AGAIN_S };
	CLIENT *client;

	if (call->to->transport == RPC_TCP)
		return clnt_vc_create(fd, &address, call->program, call->version, 0, 0);
	client = clnt_dg_create(fd, &address, call->program, call->version, 0, 0);
	if (client)
		clnt_control(client, CLSET_RETRY_TIMEOUT, (char *)&again);
	return client;
}

static bool set_credential(CLIENT *client, bool as_root)
{
	char machine[] = "localhost";

	if (!as_root)
		return true;
	auth_destroy(client->cl_auth);
	client->cl_auth = authunix_create(machine, 0, 0, 0, NULL);
	return client->cl_auth;
}

static int call_on(int fd, const struct call *call, int64_t deadline, struct error *e)
{
	int64_t left = deadline - clock_ms();
	struct timeval limit = { .tv_sec = left / 1000, .tv_usec = left % 1000 * 1000 };
	enum clnt_stat status;
	CLIENT *client;
	int r = 0;

	if (left <= 0)
		return fail(call, ETIMEDOUT, "no answer in time", e);
	client = make_client(call, fd);
	if (!client)
		return fail(call, ENOMEM, "cannot prepare the call", e);
	if (!set_credential(client, call->as_root)) {
		r = fail(call, ENOMEM, "cannot prepare the call", e);
	} else {
		status = clnt_call(client, call->procedure, call->put, call->arguments, call->get, call->results,
				   limit);
		if (status != RPC_SUCCESS)
			r = fail_with_status(call, client, status, e);
	}
	if (client->cl_auth)
		auth_destroy(client->cl_auth);
	clnt_destroy(client);
	return r;
}

static int make_call(const struct call *call, int64_t deadline, struct error *e)
{
	AUTO_FD fd = -1;
	int r = open_socket(call, deadline, &fd);

	return r ? fail(call, -r, "cannot connect", e) : call_on(fd, call, deadline, e);
}

static bool_t put_nothing(XDR *xdr, ...)
{
	(void)xdr;
	return TRUE;
}

int rpc_ping(const struct rpc_endpoint *to, uint32_t program, uint32_t version, int64_t deadline, struct error *e)
{
	struct call call = { .to = to, .program = program, .version = version, .put = put_nothing,
			     .get = put_nothing };

	return make_call(&call, deadline, e);
}

int rpc_unmount(const struct rpc_endpoint *mountd, uint32_t version, const char *path, int64_t deadline,
		struct error *e)
{
	char *argument = (char *)(uintptr_t)path;
	struct call call = { .to = mountd, .program = RPC_MOUNT_PROGRAM, .version = version,
			     .procedure = UMNT_PROCEDURE, .as_root = true, .reserved = true,
			     .put = (xdrproc_t)xdr_wrapstring, .arguments = &argument, .get = put_nothing };

	return make_call(&call, deadline, e);
}

/* ---- rpcbind --------------------------------------------------------------------------- */

int rpc_universal_port(const char *text, uint16_t *port)
{
	const char *end = text + strlen(text), *dot;
	unsigned int part[2];

	for (int i = 1; i >= 0; i--) {
		char digits[4];
		long long number;

		for (dot = end; dot > text && dot[-1] != '.'; dot--)
			continue;
		if (dot == text || dot == end || (size_t)(end - dot) >= sizeof(digits))
			return -EPROTO;
		memcpy(digits, dot, (size_t)(end - dot));
		digits[end - dot] = '\0';
		/* text_number() would take 010 for 8 */
		if ((digits[0] == '0' && digits[1]) || strspn(digits, "0123456789") != strlen(digits) ||
		    text_number(digits, 0, 255, &number))
			return -EPROTO;
		part[i] = (unsigned int)number;
		end = dot - 1;
	}
	if (end == text)
		return -EPROTO;
	*port = (uint16_t)(part[0] << 8 | part[1]);
	return 0;
}

static int ask_version_2(const struct rpc_endpoint *rpcbind, uint32_t program, uint32_t version, int64_t deadline,
			 uint16_t *port, struct error *e)
{
	struct pmap question = { program, version, rpcbind->transport == RPC_UDP ? IPPROTO_UDP : IPPROTO_TCP, 0 };
	uint32_t answer = 0;
	struct call call = { .to = rpcbind, .program = PMAPPROG, .version = PMAPVERS, .procedure = PMAPPROC_GETPORT,
			     .put = (xdrproc_t)xdr_pmap, .arguments = &question, .get = (xdrproc_t)xdr_uint32_t,
			     .results = &answer };
	int r = make_call(&call, deadline, e);

	if (!r && answer > UINT16_MAX)
		return fail(&call, EPROTO, "the port it tells is none", e);
	*port = (uint16_t)answer;
	return r;
}

static int ask_for_address(const struct rpc_endpoint *rpcbind, uint32_t rpcbind_version, uint32_t program,
			   uint32_t version, int64_t deadline, uint16_t *port, struct error *e)
{
	char netid[8], nothing[] = "", *answer = NULL;
	struct rpcb question = { program, version, netid, nothing, nothing };
	struct call call = { .to = rpcbind, .program = RPCBPROG, .version = rpcbind_version,
			     .procedure = RPCBPROC_GETADDR, .put = (xdrproc_t)xdr_rpcb, .arguments = &question,
			     .get = (xdrproc_t)xdr_wrapstring, .results = &answer };
	int r;

	text_copy(netid, sizeof(netid), rpcbind->transport == RPC_UDP ? "udp6" : "tcp6");
	r = make_call(&call, deadline, e);
	*port = 0;
	if (!r && answer && *answer && rpc_universal_port(answer, port))
		r = fail(&call, EPROTO, "the address it tells is none", e);
	if (answer)
		xdr_free((xdrproc_t)xdr_wrapstring, (char *)&answer);
	return r;
}

static int ask_version_4(const struct rpc_endpoint *rpcbind, uint32_t program, uint32_t version, int64_t deadline,
			 uint16_t *port, struct error *e)
{
	int r = ask_for_address(rpcbind, RPCBVERS4, program, version, deadline, port, e);

	return r == -EPROTONOSUPPORT ? ask_for_address(rpcbind, RPCBVERS, program, version, deadline, port, e) : r;
}

static void set_port(struct sockaddr_storage *address, uint16_t port)
{
	if (address->ss_family == AF_INET6)
		((struct sockaddr_in6 *)address)->sin6_port = htons(port);
	else
		((struct sockaddr_in *)address)->sin_port = htons(port);
}

int rpc_find_port(const struct sockaddr *host, socklen_t size, uint16_t rpcbind_port, enum rpc_transport wanted,
		  uint32_t program, uint32_t version, int64_t deadline, uint16_t *port, struct error *e)
{
	struct sockaddr_storage address = { 0 };
	struct rpc_endpoint rpcbind = { (struct sockaddr *)&address, size, wanted };
	struct call about = { .to = &rpcbind, .program = program, .version = version };
	uint16_t found = 0;
	int r;

	if (size > sizeof(address))
		return error_set(e, EINVAL, "the address is too long");
	memcpy(&address, host, size);
	set_port(&address, rpcbind_port);
	r = host->sa_family == AF_INET6 ? ask_version_4(&rpcbind, program, version, deadline, &found, e) :
					  ask_version_2(&rpcbind, program, version, deadline, &found, e);
	if (r)
		return r;
	if (!found)
		return fail(&about, EOPNOTSUPP, "it is not registered with the rpcbind there", e);
	*port = found;
	return 0;
}
