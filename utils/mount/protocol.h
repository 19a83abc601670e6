/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * protocol: the mount options that choose the NFS version and the transport,
 * and the option list that the kernel gets for one version and one address.
 * Values only: what is tried, in which order, is negotiate.h's business.
 */
#ifndef NFSTLS_MOUNT_PROTOCOL_H
#define NFSTLS_MOUNT_PROTOCOL_H

#include "utils/mount/options.h"

/* ---- transport -------------------------------------------------------- */

enum transport { TRANSPORT_TCP, TRANSPORT_UDP, TRANSPORT_RDMA };

struct protocol {
	bool given;
	enum transport transport;
	int family;	  /* AF_INET, AF_INET6, or AF_UNSPEC when nothing restricts it */
	const char *name; /* the netid: tcp, tcp6 and so on; static */
};

/*
 * The transport that the last of proto=, tcp, udp and rdma names; without any, default_name (Defaultproto= of
 * nfsmount.conf(5); may be NULL), else TCP.  -EPROTONOSUPPORT for a name that is none.
 */
int protocol_find(const struct options *options, const char *default_name, struct protocol *protocol, struct error *e);

/*
 * The transport of the MOUNT protocol: that of mountproto= (then *given), else that of the mount itself.
 * -EPROTONOSUPPORT for a name that is none.
 */
int protocol_of_mount(const struct options *options, const struct protocol *protocol, enum transport *transport,
		      bool *given, struct error *e);

/* The address family that mountproto= demands; AF_UNSPEC when it is not given or unknown. */
int protocol_mount_family(const struct options *options);

/* ---- version ---------------------------------------------------------- */

struct version {
	int major; /* 3 or 4 */
	int minor; /* of 4 */
};

struct version_request {
	bool pinned;		/* exactly this one, the user's own word stays in the list */
	bool four_only;		/* a bare 4: any minor version, never 3 */
	struct version version; /* the pinned one, else the newest to try */
	int least_minor;	/* of 4: the oldest to try */
	bool not_3_for_tls;	/* four_only is so by version_for_tls() */
};

/*
 * Reads vers=, nfsvers=, v3, v4.1, minorversion= and so on, removes a bare 4 from
 * the list and turns minorversion= into vers=4.N.  -EINVAL for what is no
 * version and for two of them; default_text (Defaultvers=, may be NULL) is where to begin when there is none.
 * With empty text, since the sentence then depends on the mount point, -EOPNOTSUPP for version 2 and -EIO for
 * versions that NFS does not have.
 */
int version_take(struct options *options, bool type_is_nfs4, const char *default_text, struct version_request *request,
		 struct error *e);

/*
 * For a mount with TLS: which version is tried must not be up to answers that nobody vouches for.  So an older one than
 * 4.1 is tried only where it was asked for: 3, of which the MOUNT protocol that chooses the file system, locks and
 * restarts have no TLS, and 4.0, whose callbacks have none.  -EINVAL for a word that belongs to version 3 when that
 * was not asked for.
 */
int version_for_tls(const struct options *options, struct version_request *request, struct error *e);

/* ---- the list for the kernel ------------------------------------------ */

struct ports; /* ports.h */

struct kernel_options_request {
	const struct options *user; /* after options_take_generic() and version_take() */
	struct version version;
	bool pinned;
	const struct protocol *protocol;
	const char *address;	    /* numeric */
	const char *client_address; /* numeric; NULL when the user gave one or for version 3 */
	const char *mount_address;  /* numeric address of mounthost=, else NULL */
	const struct ports *ports;  /* for version 3, what rpcbind said; NULL: nobody asked, the kernel will */
};

/* Appends to *out, which the caller frees.  -EINVAL for a bad number in a version 3 word; -ENOMEM. */
int kernel_options(const struct kernel_options_request *request, struct options *out, struct error *e);

#endif
