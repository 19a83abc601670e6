/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * policy: what nfs-tls.conf(5) allows.  Settings in; questions in, answers with
 * their reason out.  It acts on nothing and knows no certificate, socket or
 * mount; who obeys it (mount.nfs, exportfs, nfsv4.exportd, rpc.tlshd, nfstls) asks here,
 * so that all of them give the same answer.
 *
 * Each key of a question is decided on its own, by the most specific section
 * that sets it: an exact name or address, then the longest pattern, prefix or
 * path, then the bare section.  Two sections that are equally specific and
 * disagree are an error, never a choice.
 *
 * A policy is immutable: processes forked with it may ask at the same time.
 * All strings in answers belong to the policy.  Look-ups are by hash, one for
 * each label, used prefix length and path component of the question; no list of sections is walked.
 */
#ifndef NFSTLS_POLICY_H
#define NFSTLS_POLICY_H

#include "support/address/address.h"
#include "support/base/base.h"
#include "support/conf/conf.h"
#include "support/export/export.h"
#include "support/mounts/mounts.h"
#include "support/still/still.h"
#include "support/tree/tree.h"
#include "support/xprtsec/xprtsec.h"

#define POLICY_FILE SYSCONF_DIR "/nfs-tls.conf"
#define POLICY_WORKERS_MAX 64u

struct policy;

/* ---- loading ------------------------------------------------------------ */

/*
 * Pure: makes a policy of settings; conf may be freed afterwards.  -EINVAL with
 * "FILE:LINE: what is wrong" for an unknown section, key or value, a bad target, a key
 * that cannot stand in its section, a setting given twice in one file, a
 * default weaker than the minimum beside it, crl-required=yes where no crl= holds, and a drop-in that loosens a
 * minimum.  -ENOMEM.  Free with policy_free(), which takes NULL.
 */
int policy_from_conf(const struct conf *conf, struct policy **policy, struct error *e);
void policy_free(struct policy *policy);
void policy_free_pointer(struct policy **policy);
#define AUTO_POLICY __attribute__((cleanup(policy_free_pointer))) struct policy

/*
 * conf_load() of path ("" or a folder as root, see there), then policy_from_conf().  Without any file there is a policy
 * all the same, one that demands nothing; a file that says nothing at all is being written, or was lost, and -EINVAL.
 * This reads at once: files gets all files and folders that count, also on failure, for still_check().
 */
int policy_read(const char *root, const char *path, struct still *files, struct policy **policy, struct error *e);

/*
 * The same for those who read once: waits until the files have been still for a moment, which costs nothing where they
 * have been for long.  -EBUSY where nobody leaves them alone; and the error of policy_check_loss().
 */
int policy_load(const char *root, const char *path, struct policy **policy, struct error *e);

/* -ENOENT, with the remedy, while an agent uses a policy (policy_keep()) whose file is gone, or says nothing now. */
int policy_check_loss(const char *root, const struct policy *policy, struct error *e);

/*
 * May a running program go from the policy before to after?  0, or -ENOENT with a sentence and the remedy when after is
 * none any more, or one whose file has vanished.  Such a loss is not told from one of a moment; an administrator who
 * means it starts the program anew.
 */
int policy_may_follow(const struct policy *before, const struct policy *after, struct error *e);

/*
 * May a program that tells others of its policy (policy_keep()) begin with this one?  Not with what is left of the one
 * of an earlier run that did not end by itself: 0, or -ENOENT with the remedy.
 */
int policy_may_begin(const struct policy *policy, struct error *e);

/*
 * Tells those who read once that a policy is in use here, so that policy_load() does not take one whose files are not
 * there for none; NULL, or one that sets nothing: that none is.
 */
int policy_keep(const struct policy *policy, struct error *e);

/* Sections with settings. */
size_t policy_section_count(const struct policy *policy);

/* ---- what answers are made of ------------------------------------------- */

/* The line that decided.  file is NULL where no line did. */
struct policy_source {
	const char *file;
	unsigned int line;
	const char *section; /* as [client "x"] */
	const char *key;
	const char *value; /* as it was written */
};

/* Appends: minimum=tls in [client "x"] (FILE:LINE); "no setting" where no line decided. */
void policy_source_format(const struct policy_source *source, struct strbuf *out);

/* A setting with a text; value is NULL where nothing is set. */
struct policy_text {
	const char *value;
	unsigned int number; /* of this value among all of its kind (policy_certificates() and so on) */
	struct policy_source source;
};

struct policy_mode {
	enum xprtsec mode;
	struct policy_source source;
};

/* Appends where a minimum comes from: its source, or "mtls, which is needed by peers=..." where that implies it. */
void policy_minimum_format(const struct policy_mode *minimum, struct strbuf *out);

struct policy_peers; /* a list of identities */

/* ---- keys ------------------------------------------------------------------ */

enum policy_role { POLICY_CLIENT, POLICY_SERVER };
#define POLICY_ROLE_COUNT 2

/* What a key decides: which sections take it, and whether two that disagree are an error, follow from that. */
enum policy_decides {
	POLICY_DECIDES_MOUNT,		   /* of one mount; where the mount is not known, nothing */
	POLICY_DECIDES_EXPORT,		   /* of one export; only its path says which section counts, so nothing ties */
	POLICY_DECIDES_CONNECTION,	   /* of all mounts of a server, of all clients of an address */
	POLICY_DECIDES_CONNECTION_BY_NAME, /* likewise; the section of the name that a client asks for comes first */
	POLICY_DECIDES_COUNT,
};

/* What its values are, and what struct policy_text.number is of them. */
enum policy_values {
	POLICY_VALUES_MODE,   /* none, tls or mtls */
	POLICY_VALUES_MODES,  /* of a mount: one, or auto; of an export: several */
	POLICY_VALUES_NAME,   /* of files in a folder; number: among all that the policy names, from 1 */
	POLICY_VALUES_FILE,   /* a path, likewise */
	POLICY_VALUES_CHOICE, /* the usual word, or the other one: number is 1 */
	POLICY_VALUES_SWITCH, /* likewise, no and yes */
	POLICY_VALUES_PEERS,  /* a list of identities */
	POLICY_VALUES_COUNT,
};

#define POLICY_USUAL_CERTIFICATE "host"

/* clang-format off */
/*
 * The keys, a row each: name, member of struct policy_connection, word, what it decides under [client] and under
 * [server], its values, what holds where nobody sets it, for a choice the other word, and a title for people.  All else
 * that is done with a key goes by its row: a new one is a row here, the place that obeys it, and nfs-tls.conf(5).
 */
#define POLICY_MODE_KEYS(X)                                                                                    \
	X(MINIMUM,      minimum,      "minimum",      MOUNT,      EXPORT,             MODE,                    \
	  "", NULL, "minimum")                                                                                 \
	X(DEFAULT,      by_default,   "default",      MOUNT,      EXPORT,             MODES,                   \
	  "", NULL, "default")
#define POLICY_CONNECTION_KEYS(X)                                                                              \
	X(CERTIFICATE,  certificate,  "certificate",  CONNECTION, CONNECTION_BY_NAME, NAME,                    \
	  POLICY_USUAL_CERTIFICATE, NULL, "certificate")                                                       \
	X(TRUSTSTORE,   truststore,   "truststore",   CONNECTION, CONNECTION,         FILE,                    \
	  "the system's", NULL, "trust store")                                                                 \
	X(CRL,          crl,          "crl",          CONNECTION, CONNECTION,         FILE,                    \
	  "none", NULL, "revocation list")                                                                     \
	X(CRL_REQUIRED, crl_required, "crl-required", CONNECTION, CONNECTION,         SWITCH,                  \
	  "no", "yes", "list required")                                                                        \
	X(ALPN,         alpn,         "alpn",         CONNECTION, CONNECTION,         CHOICE,                  \
	  "optional", "required", "ALPN")                                                                      \
	X(PEERS,        peers,        "peers",        CONNECTION, EXPORT,             PEERS,                   \
	  "every server with a valid certificate", NULL, "peers")
#define POLICY_KEYS(X) POLICY_MODE_KEYS(X) POLICY_CONNECTION_KEYS(X)
/* clang-format on */

enum policy_key {
#define X(name, ...) POLICY_KEY_##name,
	POLICY_KEYS(X)
#undef X
		POLICY_KEY_COUNT
};

struct policy_key_row {
	const char *word;
	const char *member; /* of struct policy_connection, and of reports */
	enum policy_decides decides[POLICY_ROLE_COUNT];
	enum policy_values values;
	const char *usual, *other;
	const char *title;
	bool of_connection;
};

const struct policy_key_row *policy_key(enum policy_key key);

/* What one TLS connection goes by; used by the agent and by nfstls. */
struct policy_connection {
	/* The value of a name is its usual one where nobody sets it, of all others NULL; see source.file. */
#define X(name, member, ...) struct policy_text member;
	POLICY_CONNECTION_KEYS(X)
#undef X
	const struct policy_peers *peer_list; /* NULL: everyone with a valid certificate */
};

/* What it has of a key; NULL where the key is none of a connection. */
const struct policy_text *policy_connection_text(const struct policy_connection *connection, enum policy_key key);

/* What holds, for people: what is set, else what is usual. */
const char *policy_text_shown(enum policy_key key, const struct policy_text *text);

/* ---- questions: a client's mounts --------------------------------------- */

struct policy_server {
	const char *name;		    /* as the user gave it: a name or an address; never NULL */
	const struct ip_address *addresses; /* that the name stands for; may be NULL */
	size_t address_count;
};

struct policy_mount_question {
	struct policy_server server;
	const char *path;  /* on the server, absolute; NULL: unknown */
	const char *point; /* mount point, absolute; NULL: unknown */
};

struct policy_mount {
	struct policy_mode minimum;	 /* none where nothing is set */
	struct policy_mode default_mode; /* none where nothing is set; may be auto */
	struct policy_connection connection;
};

/*
 * -EINVAL with both lines in the text when equally specific sections, or the
 * sections of two addresses of the server, disagree.
 */
int policy_mount(const struct policy *policy, const struct policy_mount_question *question, struct policy_mount *answer,
		 struct error *e);

/*
 * The strictest minimum that any section for paths of this server, or for mount points, sets: what a mount has to be at
 * most of which neither is known.  none where there is no such section.
 */
struct policy_mode policy_mount_at_most(const struct policy *policy, const struct policy_server *server);

/* The same for a connection to one address, of which neither path nor mount point are known. */
int policy_client_connection(const struct policy *policy, const char *name, const struct ip_address *address,
			     struct policy_connection *answer, struct error *e);

/*
 * Which mode the mount has: the one given by its xprtsec= (given is true), else the default.  *mode may be
 * XPRTSEC_AUTO: then the caller calls policy_auto_decide().  -EPERM with a
 * sentence that names the deciding line when the mode is below the minimum.
 */
int policy_mount_decide(const struct policy_mount *answer, bool given, enum xprtsec wanted, enum xprtsec *mode,
			struct policy_source *decided_by, struct error *e);

/*
 * xprtsec=auto: whether the server offers TLS (RFC 9289 section 4.1), as far as is known, and whether this client
 * has a certificate that will be asked for, in; none, tls or mtls, the strongest, out.  -EPERM when that is below the
 * minimum, with the line.
 */
int policy_auto_decide(const struct policy_mount *answer, bool server_offers_tls, bool has_certificate,
		       enum xprtsec *mode, struct error *e);

/* ---- questions: a server's exports --------------------------------------- */

struct policy_export {
	struct policy_mode minimum;
	unsigned int may_offer;		     /* set of enum xprtsec: what is not below the minimum, never empty */
	unsigned int by_default;	     /* what an export without xprtsec= offers; a subset of may_offer */
	struct policy_source default_source; /* file NULL: all that may be offered */
	const struct policy_peers *peers;    /* NULL: everyone */
	struct policy_source peers_source;
};

/* -EINVAL for what no export can be about: a path that is not absolute, has dots in it or is too long. */
int policy_path_check(const char *path, struct error *e);

/* path: absolute, as exported.  -EINVAL for another, and for a default that is below a minimum from elsewhere. */
int policy_export(const struct policy *policy, const char *path, struct policy_export *answer, struct error *e);

/* The path of each [server "/PATH"] section that says something of exports, in no order. */
typedef void policy_path_visitor(const char *path, void *context);
void policy_export_paths(const struct policy *policy, policy_path_visitor *visit, void *context);

/* Is everybody in a list also in another one?  A NULL list has everybody with a valid certificate. */
bool policy_peers_within(const struct policy_peers *inner, const struct policy_peers *outer);

/*
 * Are the peers= of an export kept to?  They are looked at when a client connects, and it may connect when it may reach
 * any export: so they are when nobody else may connect.
 */
bool policy_peers_are_kept(const struct policy *policy, const struct policy_export *answer);

/* ---- questions: peers ----------------------------------------------------- */

/*
 * The server's side of a connection: asked_name is the SNI or NULL, local the address at which the client
 * arrived.  A section for the name the client asked for is more specific than one for an address.
 */
int policy_server_connection(const struct policy *policy, const char *asked_name, const struct ip_address *local,
			     struct policy_connection *answer, struct error *e);

/* What a verified certificate says of its owner: dNSName and iPAddress entries; others are of no use here. */
struct policy_identity {
	const char *name; /* NULL for an address */
	struct ip_address address;
};

/* Is one of the identities in the list?  A NULL list has everyone.  A presented wildcard is nobody. */
bool policy_peers_have(const struct policy_peers *peers, const struct policy_identity *identities, size_t count);

/*
 * May a client with these identities connect to this server: it may when it may reach any export.
 * count 0: it showed no certificate.  *source is the line that refuses, or admits (file NULL: nothing is
 * set).
 */
bool policy_client_may_connect(const struct policy *policy, const struct policy_identity *identities, size_t count,
			       struct policy_source *source);

/* One line of "which exports may it reach": path is NULL for "all others". */
typedef void policy_reach_visitor(const char *path, bool may, const struct policy_source *source, void *context);
void policy_client_reach(const struct policy *policy, const struct policy_identity *identities, size_t count,
			 policy_reach_visitor *visit, void *context);

/* ---- what all answers together can name ----------------------------------- */

/*
 * Every certificate name of that role, by policy_text.number; number 0 is "host" when nothing names it
 * (source.file NULL).
 */
size_t policy_certificate_count(const struct policy *policy, enum policy_role role);
const struct policy_text *policy_certificate(const struct policy *policy, enum policy_role role, size_t number);

/*
 * Names that a server certificate must cover: one for each [server "NAME"] that sets certificate=.
 * name is "files.example.com" or "*.example.com".
 */
struct policy_own_name {
	const char *name;
	struct policy_text certificate;
};
size_t policy_own_name_count(const struct policy *policy);
const struct policy_own_name *policy_own_name(const struct policy *policy, size_t i);

/*
 * Every pair of trust store and revocation list that an answer of that role can have; number 0 of either
 * means "not set".
 */
struct policy_trust {
	struct policy_text truststore;
	struct policy_text crl;
};
size_t policy_trust_count(const struct policy *policy, enum policy_role role);
const struct policy_trust *policy_trust(const struct policy *policy, enum policy_role role, size_t i);

/* The [agent] section. */
unsigned int policy_workers(const struct policy *policy); /* 0: not set */
const char *policy_user(const struct policy *policy);	  /* "": not set */

/* ---- a mount as it is written (mount.c) -------------------------------- */

#define POLICY_SUBJECT_ADDRESSES_MAX 16u

struct policy_subject {
	struct mount_device device;
	char path[MOUNT_PATH_MAX + 2]; /* with a slash in front: for NFS version 4 that is the same */
	const char *point;	       /* borrowed; may be NULL */
	struct ip_address address[POLICY_SUBJECT_ADDRESSES_MAX];
	size_t address_count;
	char unresolved[160]; /* why the name has no addresses; empty when it was not asked for, or has some */
};

/* Takes "SERVER:/PATH" apart.  point must outlive the question.  Errors as mount_device_parse(). */
int policy_subject_parse(const char *source, const char *point, struct policy_subject *question, struct error *e);

/* Adds an address given as text; -EINVAL for what is none, -E2BIG for one too many. */
int policy_subject_add_address(struct policy_subject *question, const char *text, struct error *e);

/* Asks the resolver, unless the server is named by address; fills address or unresolved. */
void policy_subject_resolve(struct policy_subject *question);

/* Pure.  Errors as policy_mount(). */
int policy_subject_ask(const struct policy *policy, const struct policy_subject *question, struct policy_mount *answer,
		       struct error *e);

/*
 * The question about a mount that is there: options are those of the kernel's table, with addr=.  Errors as
 * policy_subject_parse() and policy_subject_add_address().
 */
int policy_subject_of_mount(const char *source, const char *point, const char *options, struct policy_subject *subject,
			    struct error *e);

/*
 * Pure: what becomes of a mount that asks for this.  As policy_mount_decide(), and a transport without TLS is none
 * for tls and mtls, while auto comes to none there.  -EPERM, -EINVAL with the line.
 */
int policy_mount_settle(const struct policy_mount *answer, const struct mount_security *asked,
			const struct mount_protocol *protocol, enum xprtsec *mode, struct policy_source *source,
			struct error *e);

/* ---- exports, and all that they serve (sections.c, exports.c) ------------------------ */

/*
 * An export serves more than its own path: every directory below it on the same file system, by whatever name.  So what
 * the policy demands of it is what the strictest of the sections for all of these demands.  Which directories those are
 * is told by the tree of mounts; what is not known of it counts as served.
 */
struct policy_sections;

/*
 * An index over the sections of a policy that are about paths.  Borrows the policy, and the tree, which may be NULL:
 * then nothing is known of mounts and links.  -ENOMEM.  Free with policy_sections_free(), which takes NULL.
 */
int policy_sections_new(const struct policy *policy, const struct tree *tree, struct policy_sections **sections,
			struct error *e);
void policy_sections_free(struct policy_sections *sections);

/* Does the policy say anything of paths?  Where it does not, no tree is needed. */
bool policy_wants_tree(const struct policy *policy);

/* Do both lead to the same answers for a path that leads where it did, if their policy is the same? */
bool policy_sections_equal(const struct policy_sections *a, const struct policy_sections *b);

/* What all sections demand together of an export of a path, or of whatever else serves what lies there. */
struct policy_demand {
	struct policy_export own; /* by the section for the path itself */
	/*
	 * Paths that are served, too, and of which more is demanded; NULL where nothing is.  They belong to the index,
	 * as the texts of the sources do to the policy.
	 */
	const char *stricter_path;
	struct policy_mode minimum; /* the strictest of all, own.minimum where stricter_path is NULL */
	unsigned int by_default;    /* own.by_default without what is weaker than other default=; may be empty */
	const char *default_path;   /* whose default= is stronger than a mode of own.by_default */
	struct policy_source default_source;
	const char *peers_path; /* whose peers= leave out somebody whom own.peers have */
	struct policy_source peers_source;
};

/*
 * Remembers the last path that was asked for, so that asking again is cheap; not for two threads at once.  Errors as
 * those of policy_export(), also for one of the other paths; -ENOMEM.
 */
int policy_demand(struct policy_sections *sections, const char *path, struct policy_demand *demand, struct error *e);

enum policy_outcome {
	POLICY_AS_WRITTEN,
	POLICY_CHOSEN,	/* it has no xprtsec=, and the policy says which modes it offers */
	POLICY_REFUSED, /* it offers what the policy does not allow, or the policy contradicts itself */
};

struct policy_judgement {
	enum policy_outcome verdict;
	unsigned int modes; /* what it offers then, a set of enum xprtsec; 0: it is refused */
};

/*
 * What becomes of an export of path with these options.  Appends to text what was chosen or why it is refused, and the
 * line of the policy; nothing for POLICY_AS_WRITTEN.
 */
void policy_judge_export(struct policy_sections *sections, const char *path, const struct export_options *options,
			 struct policy_judgement *answer, struct strbuf *text);

/* The same by the section for the path alone, as if nothing else were served: for a look before mounts are known. */
void policy_judge_export_alone(const struct policy *policy, const char *path, const struct export_options *options,
			       struct policy_judgement *answer, struct strbuf *text);

/*
 * The modes, a set of enum xprtsec, that remain of those of an export with crossmnt for a path that is on a file system
 * mounted below it and no export itself; 0, and the reason in text, when it is to be refused there.
 */
unsigned int policy_modes_inherited(struct policy_sections *sections, const struct export *export, const char *path,
				    struct strbuf *text);

/*
 * Whether an export with crossmnt may be given as it is for all the file systems that are mounted below it, as far as
 * no other export of the table is there for all of its clients.  POLICY_AS_WRITTEN or POLICY_REFUSED.  A daemon that
 * asks policy_modes_inherited() for each of them need not ask.
 */
void policy_judge_crossing(struct policy_sections *sections, const struct export_table *table,
			   const struct export *export, struct policy_judgement *answer, struct strbuf *text);

#endif
