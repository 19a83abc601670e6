/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * protection: which transport security a mount gets, from what the user asked
 * for, what the policy says and what the server said.  Values only, but for
 * one function that looks for files: the policy is read, the server asked and
 * the mount made by server.c and attempt.c.
 */
#ifndef NFSTLS_MOUNT_PROTECTION_H
#define NFSTLS_MOUNT_PROTECTION_H

#include "support/mounts/mounts.h"
#include "support/policy/policy.h"
#include "utils/mount/kernel_options.h"
#include "utils/mount/resolve.h"

/* All borrowed. */
struct protection_request {
	const char *host;		 /* as the user wrote it, without brackets */
	const char *path;		 /* on the server, as the user wrote it */
	const char *point;		 /* resolved */
	const struct address *addresses; /* of host; NULL when nobody was asked for them */
	size_t address_count;
	struct mount_security asked;
	const struct mount_protocol *protocol;
	bool own_certificate; /* the mount itself names one: cert_serial= */
};

/*
 * What auto takes, in this order: the strongest that this client can do, and less only where the server has said that
 * it does less.
 */
enum protection_auto { PROTECTION_GIVEN, PROTECTION_STRONGEST, PROTECTION_NOT_ASKED, PROTECTION_NO_TLS };

struct protection {
	enum xprtsec mode;	      /* AUTO: protection_of_auto() is to make it another */
	struct policy_source source;  /* the line that chose the mode; file NULL: the user, or nobody */
	enum protection_auto by_auto; /* why it is mode, where it was auto */
	struct policy_mount policy;   /* belongs to the policy */
};

/*
 * What can be decided before anything is sent.  auto without TCP is decided
 * here, too: there is no TLS then.  -EPERM with the line that forbids the mode, -EINVAL for
 * sections that disagree and for a mode that the chosen transport cannot have, -ENOMEM.
 */
int protection_decide(const struct policy *policy, const struct protection_request *request,
		      struct protection *protection, struct error *e);

/*
 * For a protection that is, or was, auto: what why makes of it: mtls with a certificate and else tls, tls, or none.
 * -EPERM with the line when that is too weak; nothing is changed then.
 */
int protection_of_auto(struct protection *protection, enum protection_auto why, bool has_certificate, struct error *e);

/*
 * For a protection that is still auto when nobody will ask the server: -EPERM when even a server with
 * TLS would be refused.
 */
int protection_if_asked(const struct protection *protection, bool has_certificate, struct error *e);

/*
 * Whether the certificate that the policy names is loaded into the kernel's keyring, or folder has its NAME.pem and
 * NAME.key; reads both.
 */
bool protection_has_certificate(const struct protection *protection, const char *folder);

/*
 * For mtls: a certificate that the policy names and that is not there would
 * fail in the handshake only, in other words and on another host.  -ENOENT and other errnos of stat(2) with
 * file and line; a certificate that nobody named is not looked for.
 */
int protection_check_certificate(const struct protection *protection, bool own_certificate, const char *folder,
				 struct error *e);

/*
 * Appends "xprtsec=mtls: default=mtls in [client] (FILE:LINE)"; nothing when the user's own word is all there is.
 * Without quoting, for those who may not be allowed to read the file: that a policy has decided.
 */
void protection_explain(const struct protection *protection, bool quoting, struct strbuf *text);

#endif
