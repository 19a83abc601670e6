/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * explain: what the policy says to one question, as a list of facts, each with
 * the line that made it; for people and as JSON.  Private to this folder.
 */
#ifndef NFSTLS_NFSTLS_EXPLAIN_H
#define NFSTLS_NFSTLS_EXPLAIN_H

#include "support/nfsd/nfsd.h"
#include "support/option/option.h"
#include "support/policy/policy.h"
#include "utils/nfstls/exports.h"

/* The exit statuses. */
enum explain_status { EXPLAIN_ALLOWED = 0, EXPLAIN_ERROR = 1, EXPLAIN_REFUSED = 3 };

/* Who says it. */
enum explain_origin {
	EXPLAIN_POLICY,	  /* or, without a line, the default */
	EXPLAIN_TABLE,	  /* what exportfs has exported */
	EXPLAIN_EXPORTS,  /* the files that exportfs reads */
	EXPLAIN_KERNEL,	  /* what its NFS server was told */
	EXPLAIN_NFSMOUNT, /* nfsmount.conf */
};

struct explain_fact {
	const char *what; /* a fixed word of nfstls(8) */
	char *value;
	enum explain_origin origin;
	struct policy_source source; /* belongs to who says it; file NULL: no line.  A section only in the policy */
};

struct explanation {
	struct explain_fact *fact;
	size_t count;
	enum explain_status status;
	char sentence[2048]; /* the conclusion */
	bool failed;	     /* without memory: nothing may be shown */
};

/* Appends a fact of the policy; one of somebody else (line 0: no line).  Without memory the explanation has failed. */
void explanation_add(struct explanation *to, const char *what, const struct policy_source *source, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
void explanation_add_from(struct explanation *to, const char *what, enum explain_origin origin, const char *file,
			  unsigned int line, const char *fmt, ...) PRINTF_LIKE(6, 7);
void explanation_free(struct explanation *explanation);

/* The conclusion; a later one replaces it. */
void explanation_conclude(struct explanation *to, enum explain_status status, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Goes on with it: a sentence that begins with "; ". */
void explanation_go_on(struct explanation *to, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* What the client or server has for a name or an address. */
struct policy_identity explain_identity(const char *text);

#define EXPLAIN_MODES_MAX 16u /* "none:tls:mtls" */
const char *explain_modes(unsigned int modes, char words[EXPLAIN_MODES_MAX]);

/* What this host exports, and what its kernel was told of it. */
struct explain_host {
	struct exports table, files;
	struct exports_mounts mounts;
	struct policy_sections *sections;
	struct nfsd_told told;
	int told_status; /* 0, or why there is nothing: -ENOENT, -EACCES or another */
	struct error told_why;
	bool live; /* names may be looked up */
};

/* Read below root ("": the live system).  -EINVAL when the table cannot be read whole, -ENOMEM.  Free in any case. */
int explain_host_read(const char *root, const struct policy *policy, struct explain_host *host, struct error *e);
void explain_host_free(struct explain_host *host);

/* What a mount asks for by its options and nfsmount.conf. */
struct explain_asked {
	bool has_options;		     /* some were given with the question */
	bool bad;			     /* mount.nfs takes none of it, and why says what is wrong */
	struct error why;		     /* when bad */
	struct mount_asked asked;	     /* when not */
	const struct conf_setting *security; /* the line of nfsmount.conf that says xprtsec=; NULL: none counts */
};

/* The three answers; -EINVAL with *e for a question that cannot be asked.  That about an export may look names up. */
void explain_mount(const struct policy_mount *answer, const struct explain_asked *by, struct explanation *to);
/* client may be NULL. */
int explain_export(const struct policy *policy, const struct explain_host *host, const char *path, const char *client,
		   const struct option_list *addresses, struct explanation *to, struct error *e);
int explain_peer(const struct policy *policy, const char *name, struct explanation *to, struct error *e);

/* Appends text, whose bytes that are not printable ASCII become \xHH. */
void explanation_add_printable(struct strbuf *out, const char *text);

void explanation_text(const struct explanation *explanation, struct strbuf *out);
void explanation_json(const struct explanation *explanation, struct strbuf *out);

#endif
