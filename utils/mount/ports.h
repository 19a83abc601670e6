/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ports: where a server of NFS version 3 has its two services, NFS and MOUNT.
 * What the options do not say is asked of the server's rpcbind, and the service found there is called once, since
 * a registration may be stale.  The calls are seams, so that the order of the questions can be tested.
 */
#ifndef NFSTLS_MOUNT_PORTS_H
#define NFSTLS_MOUNT_PORTS_H

#include "utils/mount/kernel_options.h"
#include "utils/mount/resolve.h"

#define PORTS_NFS_PROGRAM 100003u
#define PORTS_MOUNT_PROGRAM 100005u

/* One service of a server. */
struct service {
	const struct address *server;
	unsigned int program, version;
	enum mount_transport transport; /* TCP or UDP */
	unsigned int port;
};

struct ports_calls {
	/* Sets service->port.  -EOPNOTSUPP when it is not registered; other errnos with the sentence. */
	int (*find_port)(void *context, struct service *service, struct error *e);
	/* The NULL procedure. */
	int (*ping)(void *context, const struct service *service, struct error *e);
	void *context;
};

struct ports_request {
	const struct mount_options *user; /* after mount_versions_take() */
	const struct mount_protocol *protocol;
	const struct address *server;
	const struct address *mount_server; /* may be the same */
	bool secured;			    /* rpcbind does not choose where NFS itself is */
	const struct ports_calls *calls;
};

/* What the option list for the kernel is to say. */
struct ports {
	enum mount_transport nfs;
	unsigned int nfs_port; /* 0: it is not said, and the kernel asks rpcbind */
	enum mount_transport mount;
	unsigned int mount_version;
	unsigned int mount_port;
};

/*
 * -EINVAL for options that are no numbers; otherwise what the last call said: -EOPNOTSUPP when nothing
 * is registered there, or at another port than asked for.
 */
int ports_find(const struct ports_request *request, struct ports *ports, struct error *e);

#endif
