/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * transport: the connections that carry RPC, as the kernel tells of them: which
 * ones a mount uses (sysfs), and the TCP sockets with their TLS record layer, the
 * only proof of encryption there is.
 */
#ifndef NFSTLS_TRANSPORT_H
#define NFSTLS_TRANSPORT_H

#include <sys/socket.h>

#include "support/address/address.h"
#include "support/base/base.h"

/* ---- sockets ---------------------------------------------------------- */

/* Format: linux/sock_diag.h, linux/inet_diag.h; the TLS attributes are INET_ULP_INFO_TLS of net/tls/tls_main.c. */
struct transport_socket {
	struct sockaddr_storage local, remote;
	uint16_t tls_version;				  /* 0x0304; 0 without record layer */
	uint16_t tls_cipher;				  /* TLS_CIPHER_* of linux/tls.h */
	bool tls_sends, tls_receives;			  /* the record layer is active in this direction */
	bool tls_sends_in_device, tls_receives_in_device; /* it is the network card that does it */
	bool tls_told;					  /* the kernel told of its record layer, in whatever state */
	bool all_told; /* false: without CAP_NET_ADMIN the kernel may have kept the record layer to itself */
	bool counted;  /* the kernel told the next two (struct tcp_info) */
	uint64_t bytes_sent, bytes_received; /* acknowledged by the peer; received in order */
	uint32_t bytes_unsent;		     /* not acknowledged by the peer yet, or not even sent */
};

/* Decodes one message of a dump.  -EBADMSG when it is malformed. */
int transport_socket_decode(const void *message, size_t size, struct transport_socket *socket);

/*
 * Nothing of NFS has gone over it yet: no more bytes than a call of the NULL procedure, the shortest call there is, and
 * its answer have.  False also where the kernel has not counted them.
 */
bool transport_is_unused(const struct transport_socket *socket);

/*
 * Just the question for TLS (RFC 9289 section 4.1) and the server's consent have gone over it, which is longer than
 * the answer to another call: next comes the handshake.
 */
bool transport_is_promised_tls(const struct transport_socket *socket);

/* "software", "device", or "mixed" where they share the two directions; "" where neither is active. */
const char *transport_layer_word(const struct transport_socket *socket);

typedef void transport_visitor(const struct transport_socket *socket, void *context);

/* Visits every established TCP socket of this network namespace.  Negative errno on failure. */
int transport_sockets(transport_visitor *visit, void *context, struct error *e);

/* ---- the transports of a mount ---------------------------------------- */

/* Format: net/sunrpc/sysfs.c and fs/nfs/sysfs.c of the kernel. */
struct transport_link {
	char protocol[16]; /* "tcp" also with TLS */
	char name[64];	   /* "xprt-5-tcp": mounts that share it have the same */
	/* What was configured: "none", "tls-anon", "tls-x509"; "" where the kernel does not tell (6.12). */
	char security[16];
	bool tells_security; /* the kernel would tell, also when it says nothing now */
	bool connected;
	bool connecting; /* it is being connected; with TLS that lasts until the handshake has ended */
	bool has_ports;
	struct sockaddr_storage local, remote; /* with ports when connected; local is not known otherwise */
};

typedef void transport_mount_visitor(const struct transport_link *transport, void *context);

/*
 * Visits the transports that carry the mount whose file system has this device number; several mounts may
 * share them.  root is put before every path ("" for the live system).  -ENOENT when the kernel does not tell,
 * with what is missing; -EBADMSG for a file that is not understood.
 */
int transport_of_mount(const char *root, unsigned int major, unsigned int minor, transport_mount_visitor *visit,
		       void *context, struct error *e);

/*
 * The same in two steps, for those who have many mounts: the name of the switch that the mount's transports belong
 * to, and the transports of a switch.
 */
#define TRANSPORT_SWITCH_MAX 48u
int transport_switch_of_mount(const char *root, unsigned int major, unsigned int minor, char name[TRANSPORT_SWITCH_MAX],
			      struct error *e);
int transport_of_switch(const char *root, const char *name, transport_mount_visitor *visit, void *context,
			struct error *e);

/* Whether the socket is the transport's: both ends are equal, IPv4 in IPv6 being IPv4. */
bool transport_has_socket(const struct transport_link *transport, const struct transport_socket *socket);

/* ---- the file systems of servers (servers.c) ------------------------------ */

/* A file system of a server that is mounted somewhere; of one that is just being mounted the device is 0:0. */
struct transport_volume {
	struct sockaddr_storage end; /* with port */
	unsigned int major, minor;
};

/* 0, or a negative errno that ends it. */
typedef int transport_volume_visitor(const struct transport_volume *volume, void *context);

/*
 * Visits all that this network namespace has, also those that are mounted in other mount namespaces or nowhere (any
 * more).  Errors: those of the file, -EBADMSG with its line, and the visitor's.
 */
int transport_volumes(const char *root, transport_volume_visitor *visit, void *context, struct error *e);

/* ---- all transports of NFS (list.c) ------------------------------------- */

/* What the kernel's sockets prove. */
enum transport_proof {
	TRANSPORT_UNPROVEN, /* the record layer could not be seen, or the connection is not there now */
	TRANSPORT_CLEAR,    /* there is none */
	TRANSPORT_HALF,	    /* it is active in one direction only */
	TRANSPORT_ENCRYPTED,
	/*
	 * Its handshake is under way: its owner knows, or nothing but the promise of TLS has gone over it, or it has
	 * its keys and is about to be the connection of a transport that was told to have TLS.
	 */
	TRANSPORT_STARTING,
};

/* "unknown", "clear", "half", "encrypted", "starting". */
const char *transport_proof_word(enum transport_proof proof);

#define TRANSPORT_WHY_MAX sizeof(((struct error *)0)->text)

/* An NFS mount, as /proc/self/mountinfo has it; texts without escapes. */
struct transport_mount {
	char *source, *point, *options;
	/*
	 * The options with which the mount command says that it was mounted; NULL where it says nothing.  The kernel
	 * tells those of the mount whose connection this one was put on.
	 */
	char *recorded;
	/*
	 * The source with which it was mounted, as the same says; NULL where it says nothing.  The kernel tells that of
	 * the first mount of the file system.
	 */
	char *recorded_source;
	/*
	 * It has said something of this folder, but of another mount; or several times, and once more than the last
	 * time: which of these is about this mount nobody knows.
	 */
	bool record_unknown;
	unsigned int major, minor;
	bool has_age;
	uint64_t age;		     /* seconds since its file system was mounted */
	char why[TRANSPORT_WHY_MAX]; /* why its transports are not, or not all, known; "" when they are */
	bool some_known;	     /* then: there are some in the list */
};

/* One end at which NFS servers of the kernel's client are, by the names that they were mounted by. */
struct transport_server {
	struct sockaddr_storage end; /* with port */
	char **names;		     /* at least one */
	size_t name_count;
};

struct transport_entry {
	bool is_server;	      /* we are */
	bool is_callback;     /* which the server has made: it calls a client of NFSv4.0 back */
	bool is_stray;	      /* we are the client, but no mount that can be seen uses it */
	bool has_file_system; /* of a stray: one that is mounted, or was when it was last open, uses it */
	char protocol[16], security[16];
	bool tells_security;
	bool connected;
	bool has_ends;
	struct sockaddr_storage local, remote; /* with ports, when has_ends */
	enum transport_proof proof;
	struct transport_socket socket; /* when proof is known */
	size_t *mounts;			/* of a client: numbers in the list; they share it */
	size_t mount_count;
	size_t server; /* of a stray: number in the list of servers */
	bool has_reconnects;
	uint64_t reconnects; /* of a client; attempts that failed count half */
};

struct transport_client; /* below */

struct transport_list {
	struct transport_entry *at;
	size_t count;
	struct transport_mount *mounts;
	size_t mount_count;
	struct transport_server *servers;
	size_t server_count;
	struct transport_client *clients; /* of the server, as far as they are known */
	size_t client_count;
	bool records_unknown;	/* there are mount commands' records, which cannot be read */
	bool sys_elsewhere;	/* the client's transports are of another network namespace, whose /sys this is */
	bool client_incomplete; /* it may have connections that are not in the list */
	bool client_missed;	/* since it has a server, or a file system, that no transport leads to */
	bool has_server;	/* the kernel's server listens */
	bool server_unseen;	/* and its connections were not looked for */
	bool server_incomplete; /* it may have connections that are not in the list */
	bool server_guessed;	/* since its ports are not known: those at the usual one were looked for */
};

struct transport_sources {
	const char *root; /* before /proc, /sys and /run; "" for the live system */
	bool has_sockets; /* they were looked at; there may be none */
	const struct transport_socket *sockets;
	size_t socket_count;
	bool sys_elsewhere; /* transport_sys_is_elsewhere() says so */
	/* Where a source is missing and another is used instead, or nothing; may be NULL. */
	void (*note)(const char *text, void *context);
	void *context;
};

/*
 * Joins mounts, their transports and the sockets; adds the client's transports that no mount accounts for, and the
 * sockets of the server's ports.  A malformed file of /proc is -EBADMSG with its name and line; one of /sys costs the
 * mounts that it belongs to.  The caller frees with transport_list_free().
 */
int transport_list_read(const struct transport_sources *sources, bool client, bool server, struct transport_list *list,
			struct error *e);
void transport_list_free(struct transport_list *list);

/*
 * Whether the network devices of /sys, which shows the network namespace of whoever mounted it, are others than those
 * of this process' network namespace.  False also where both look alike: what proves that it is of another one is that
 * it has none of our file systems, which transport_list_read() looks for (namespace.c).
 */
bool transport_sys_is_elsewhere(void);

/*
 * All TCP sockets of this network namespace in one array, which the caller frees.  A kernel that tells somebody without
 * CAP_NET_ADMIN of one record layer tells of all of them, so that then all_told is true of all (transport.c).
 */
int transport_sockets_all(struct transport_socket **sockets, size_t *count, struct error *e);

/* ---- the record layer's counters (proc.c) --------------------------------- */

/* Format: /proc/net/tls_stat (net/tls/tls_proc.c): a name and a number in each line. */
struct transport_tls_counters {
	bool known; /* false: the tls module is not loaded */
	uint64_t decrypt_errors, rekeys, rekey_errors;
	bool has_rekeys;			   /* 6.14 and later */
	uint64_t sockets_software, sockets_device; /* open now, the more of both directions */
};

/* -EBADMSG for a line that is not understood. */
int transport_tls_counters_parse(const char *text, struct transport_tls_counters *counters, struct error *e);
int transport_tls_counters_read(const char *root, struct transport_tls_counters *counters, struct error *e);

/* ---- who is a client of the server (proc.c) ----------------------------------- */

/* Format: /proc/fs/nfsd/clients/ID/info (fs/nfsd/nfs4state.c, client_info_show). */
struct transport_client {
	char id[24];	  /* "0x..." */
	char address[64]; /* as the kernel has it: address and port */
	char name[128];	  /* as the kernel has it, shortened */
	char status[24];  /* "confirmed" */
	int minor;	  /* version; -1: not known */
	/* Where it is called back, address and port; NFSv4.1 and later do that over the client's connection. */
	char callback[64];
};

/* -EBADMSG for a text that lacks its number or address, or is cut off. */
int transport_client_parse(const char *text, struct transport_client *client);

/*
 * -EACCES for those who are not root.  One that cannot be read, or is not understood, does not hide the others: the
 * first such mistake is told after all were visited.
 */
typedef void transport_client_visitor(const struct transport_client *client, void *context);
int transport_clients(const char *root, transport_client_visitor *visit, void *context, struct error *e);

#endif
