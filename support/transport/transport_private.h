/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of this folder share. */
#ifndef NFSTLS_TRANSPORT_PRIVATE_H
#define NFSTLS_TRANSPORT_PRIVATE_H

#include <netinet/in.h>

#include "support/mounts/mounts.h"
#include "support/transport/transport.h"

/* Both ends of a connection, in a form that can be hashed and compared by bytes; IPv4 within IPv6 is IPv4. */
struct transport_ends {
	struct ip_address local, remote;
	in_port_t local_port, remote_port;
};

struct transport_ends transport_ends_of(const struct sockaddr_storage *local, const struct sockaddr_storage *remote);

/* What the sockets of one dump tell together, see transport_sockets_all(). */
void transport_sockets_settle(struct transport_socket *sockets, size_t count);

/* The texts of the files in a transport's folder of /sys. */
struct transport_texts {
	const char *state, *info, *local, *remote; /* xprt_state, xprt_info, srcaddr, dstaddr */
	const char *security;			   /* xprtsec; NULL where the kernel has none */
};

/*
 * Fills all members of *link but name and protocol, which have to be there.  -EBADMSG with the path of the file in
 * folder that is cut off, or is not what kernels write.
 */
int transport_link_parse(const char *folder, const struct transport_texts *texts, struct transport_link *link,
			 struct error *e);

/* An address as text, without its zone, and with this port; false, and *end all zeros, for what is none. */
bool transport_address_parse(const char *text, unsigned int port, struct sockaddr_storage *end);

/* ---- texts of lines and words ------------------------------------------------- */

/* The next word of the line, without the blanks around it; NULL at its end. */
char *transport_next_word(char **line);

/* 0, or a negative errno that ends it; the line may be changed. */
typedef int transport_line_taker(char *line, void *context);

/*
 * Gives take each line of text, which is changed; name is what errors call it.  -EBADMSG, with name and number of the
 * line, when take says so and for a last line without an end; other errors of take in the same way.
 */
int transport_each_line(const char *name, char *text, transport_line_taker *take, void *context, struct error *e);

/*
 * Adds the NFS mounts in the text of /proc/self/mountinfo (proc_pid_mountinfo(5)), which is changed, to list->mounts.
 * Errors as transport_each_line().
 */
int transport_mounts_parse(const char *name, char *text, struct transport_list *list, struct error *e);

/* One "xprt:" line of a mount (net/sunrpc/xprtsock.c, xs_tcp_print_stats). */
struct transport_stats {
	const char *point; /* without escapes */
	bool is_tcp;
	unsigned int port; /* of tcp: ours; 0 with TLS, and while it is not connected */
	uint64_t connects; /* of tcp: begun connections, and those that were then there */
	bool has_age;
	uint64_t age; /* seconds since the mount's file system was mounted */
};

typedef void transport_stats_visitor(const struct transport_stats *stats, void *context);

/* Visits them in the text of /proc/self/mountstats, which is changed.  Errors as transport_each_line(). */
int transport_stats_parse(const char *name, char *text, transport_stats_visitor *visit, void *context, struct error *e);

typedef void transport_record_visitor(const struct utab_record *record, void *context);

/* Visits the lines of /run/mount/utab in the text, which is changed.  Errors as transport_each_line(). */
int transport_records_parse(const char *name, char *text, transport_record_visitor *visit, void *context,
			    struct error *e);

/* A server has a line for each version, and for each name that it was mounted by. */
typedef void transport_server_visitor(const struct sockaddr_storage *end, const char *server, void *context);

/* Visits the lines in the text of /proc/fs/nfsfs/servers, which is changed.  Errors as transport_each_line(). */
int transport_servers_parse(const char *name, char *text, transport_server_visitor *visit, void *context,
			    struct error *e);

/* Visits the lines in the text of /proc/fs/nfsfs/volumes, which is changed.  Errors as transport_each_line(). */
int transport_volumes_parse(const char *name, char *text, transport_volume_visitor *visit, void *context,
			    struct error *e);

/* "tcp", "udp", "rdma" */
typedef void transport_listener_visitor(const char *protocol, in_port_t port, void *context);

/* Visits the lines in the text of /proc/fs/nfsd/portlist, which is changed.  Errors as transport_each_line(). */
int transport_listeners_parse(const char *name, char *text, transport_listener_visitor *visit, void *context,
			      struct error *e);

/* Visits those in an answer to NFSD_CMD_LISTENER_GET (listeners.c).  -EBADMSG when it is malformed. */
int transport_listeners_decode(const void *message, size_t size, transport_listener_visitor *visit, void *context);

/*
 * Asks the kernel for them, in this network namespace.  -ENOENT without the server's module, -EOPNOTSUPP from a kernel
 * that is too old; other errnos of the kernel.
 */
int transport_listeners_ask(transport_listener_visitor *visit, void *context, struct error *e);

#endif
