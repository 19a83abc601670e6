/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of this folder share: targets, rules and how a question finds them. */
#ifndef NFSTLS_POLICY_PRIVATE_H
#define NFSTLS_POLICY_PRIVATE_H

#include <uthash.h>

#include "support/policy/policy.h"

#define POLICY_NAME_MAX 253u /* RFC 1035 section 2.3.4, without the dot at the end */
#define POLICY_PATH_MAX 4095u

/* ---- names, addresses and paths in their one form (form.c) ----------------- */

struct prefix {
	struct ip_address address; /* bits beyond the prefix are zero */
	unsigned int bits;
};

/* Lower case without a dot at the end.  False for what is no host name (RFC 1123 section 2.1, and underscores). */
bool form_name(const char *text, char name[POLICY_NAME_MAX + 1]);

/* ADDRESS or ADDRESS/BITS.  0; -EINVAL with a reason in *problem; -ENOENT when text does not look like an address. */
int form_prefix(const char *text, struct prefix *prefix, const char **problem);

bool form_in_prefix(const struct ip_address *address, const struct prefix *prefix);

/* One slash between components, none at the end; 0, or -EINVAL with a reason in *problem. */
int form_path(const char *text, char path[POLICY_PATH_MAX + 1], const char **problem);

/* Cuts the last component off; false when path is "/" already. */
bool form_parent(char *path);

/* The key of a prefix in hash tables: "aHEX/BITS". */
#define FORM_PREFIX_KEY_MAX 48u
void form_prefix_key(const struct ip_address *address, unsigned int bits, char key[FORM_PREFIX_KEY_MAX]);

unsigned int form_count(const char *text, char what);

/* ---- identities (peers.c) --------------------------------------------------- */

/*
 * Parses "NAME *.PATTERN ADDRESS SUBNET/LEN *", separated by blanks or commas.  -EINVAL with *problem
 * (in a static or the given buffer), -ENOMEM.  Free with peers_free().
 */
int peers_parse(const char *text, const struct policy_source *source, struct policy_peers **peers, char *problem,
		size_t room);
void peers_free(struct policy_peers *peers);

/* An empty list, and the addition of all of one list to another.  NULL, -ENOMEM without memory. */
struct policy_peers *peers_new(void);
int peers_add_all(struct policy_peers *to, const struct policy_peers *from);

/* The line through which one of the identities is in the list, else NULL. */
const struct policy_source *peers_find(const struct policy_peers *peers, const struct policy_identity *identities,
				       size_t count);

/* ---- targets (target.c) ------------------------------------------------------ */

/* Bits, since the table of keys tells with a set of them where a key may stand. */
enum target_kind {
	TARGET_BARE = 1,
	TARGET_NAME = 2,    /* a name or a pattern */
	TARGET_ADDRESS = 4, /* an address or a subnet */
	TARGET_REMOTE = 8,  /* SERVER:/PATH */
	TARGET_PATH = 16,   /* a mount point, or an export */
};

struct target {
	enum policy_role role;
	enum target_kind kind;
	bool exact;			/* an exact name or address (of a remote path: its server) */
	bool is_name;			/* the server part is a name or pattern */
	char name[POLICY_NAME_MAX + 1]; /* of a pattern: without "*." */
	struct prefix prefix;
	char path[POLICY_PATH_MAX + 1]; /* TARGET_REMOTE, TARGET_PATH */
};

/* argument NULL: the bare section.  -EINVAL with a sentence in *e, without file and line. */
int target_parse(enum policy_role role, const char *argument, struct target *target, struct error *e);

/* Appends the key under which the rule is kept; with_path false: of the server part alone. */
void target_key(const struct target *target, bool with_path, struct strbuf *key);

/* ---- rules -------------------------------------------------------------------- */

/* One key of one section. */
struct setting {
	struct policy_source source; /* file NULL: not set */
	unsigned int modes;	     /* POLICY_KEY_MINIMUM, POLICY_KEY_DEFAULT: set of enum xprtsec */
	unsigned int number;	     /* see enum policy_values */
	struct policy_peers *peers;  /* POLICY_KEY_PEERS; owned */
};

/* One section, of all files together. */
struct rule {
	UT_hash_handle hh;
	char *key;
	struct target target;
	const char *section;
	bool has_paths; /* there are rules for SERVER:/PATH of this server */
	struct setting set[POLICY_KEY_COUNT];
};

/* A text that rules name, once: a certificate, a trust store, a revocation list. */
struct term {
	UT_hash_handle hh;
	struct policy_text text;
};

struct term_list {
	struct term *by_text;
	struct term **term;
	size_t count;
};

struct string {
	UT_hash_handle hh;
	char text[];
};

/* Where it was read. */
struct policy_found {
	const char *path;
	bool file; /* path itself was there */
};

struct policy {
	struct policy_found found;
	struct rule *rules;
	bool has_remote_paths;
	struct string *strings;	    /* all texts of answers, each once */
	bool used4[33], used6[129]; /* prefix lengths that rules have */
	struct term_list terms[POLICY_KEY_COUNT][POLICY_ROLE_COUNT];
	struct policy_trust *trust[POLICY_ROLE_COUNT];
	size_t trust_count[POLICY_ROLE_COUNT];
	struct policy_own_name *own_name;
	size_t own_name_count;
	struct policy_peers *admitted;	    /* to any export; NULL: everyone */
	struct policy_mode weakest_minimum; /* of all exports */
	unsigned int workers;
	char user[128];
};

/* What has become of the policy that an agent uses, as " is gone", if this one, read below root, is left of it. */
const char *policy_loss(const char *root, const struct policy *policy);

/* The policy's own copy of text; NULL without memory (text.c). */
const char *policy_string(struct policy *policy, const char *text);

const struct rule *policy_find_rule(const struct policy *policy, const char *key);

/* Sets one setting of a configuration (settings.c); rule is that of its section.  -EINVAL with FILE:LINE, -ENOMEM. */
int settings_apply(struct policy *policy, struct rule *rule, const struct conf_setting *s, struct error *e);
int settings_apply_agent(struct policy *policy, const struct conf_setting *s, struct error *e);

/* Tables of what answers can name, once all rules are there (inventory.c). */
int inventory_make(struct policy *policy, struct error *e);

/* ---- finding (find.c) ----------------------------------------------------------- */

/* Who decides one key. */
struct winner {
	const struct setting *setting; /* NULL: nobody */
	const struct rule *rule;
	unsigned int exactness;	    /* 2 exact, 1 pattern, prefix or path, 0 bare */
	unsigned int length;	    /* among the same kind of section: the longer one wins */
	const struct winner *rival; /* equally specific, and of another opinion */
};

struct winners {
	struct winner key[POLICY_KEY_COUNT];
	struct winner rival[POLICY_KEY_COUNT];
};

/* A question in its one form; parts that are not known are empty. */
struct question {
	enum policy_role role;
	const char *name;
	const struct ip_address *address;
	const char *path;  /* on the server of a mount, in form_path()'s form */
	const char *place; /* mount point or export, in form_path()'s form */
};

void find_winners(const struct policy *policy, const struct question *question, struct winners *winners);

/* The winners for a section itself: what it says, and what it inherits. */
void find_for_target(const struct policy *policy, const struct target *target, struct winners *winners);

/*
 * -EINVAL naming both lines when two sections are equally specific and disagree: of any key for a mount, else of one
 * that decides the connection.
 */
int find_check_ties(const struct winners *winners, enum policy_role role, bool of_mount, struct error *e);

/* Does the setting mean the same?  Either may be NULL. */
bool settings_agree(const struct setting *a, const struct setting *b);

/* The minimum that is in force, with what peers= implies. */
struct policy_mode find_minimum(enum policy_role role, const struct winners *winners);

#endif
