/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * floor: what the policy makes of exports: nothing weaker than its minimum gets out.
 *
 * An export serves more than its own path: every directory below it on the same file system, by whatever name.  So what
 * the policy demands of it is what the strictest of the sections for all of these demands.  Which directories those are
 * is told by the tree of mounts; what is not known of it counts as served.
 */
#ifndef NFSTLS_FLOOR_H
#define NFSTLS_FLOOR_H

#include "support/export/export.h"
#include "support/policy/policy.h"
#include "support/tree/tree.h"

struct floor;

/*
 * An index over the sections of a policy that are about paths.  Borrows the policy, and the tree, which may be NULL:
 * then nothing is known of mounts and links.  -ENOMEM.  Free with floor_free(), which takes NULL.
 */
int floor_new(const struct policy *policy, const struct tree *tree, struct floor **floor, struct error *e);
void floor_free(struct floor *floor);

/* Does the policy say anything of paths?  Where it does not, no tree is needed. */
bool floor_wants_tree(const struct policy *policy);

/* Do both lead to the same answers for a path that leads where it did, if their policy is the same? */
bool floor_equal(const struct floor *a, const struct floor *b);

/* What all sections demand together of an export of a path, or of whatever else serves what lies there. */
struct floor_demand {
	struct policy_export own; /* by the section for the path itself */
	/*
	 * Paths that are served, too, and of which more is demanded; NULL where nothing is.  They belong to the floor,
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
int floor_demand(struct floor *floor, const char *path, struct floor_demand *demand, struct error *e);

enum floor_verdict {
	FLOOR_AS_WRITTEN,
	FLOOR_CHOSEN,  /* it has no xprtsec=, and the policy says which modes it offers */
	FLOOR_REFUSED, /* it offers what the policy does not allow, or the policy contradicts itself */
};

struct floor_answer {
	enum floor_verdict verdict;
	unsigned int modes; /* what it offers then, a set of enum xprtsec; 0: it is refused */
};

/*
 * What becomes of an export of path with these options.  Appends to text what was chosen or why it is refused, and the
 * line of the policy; nothing for FLOOR_AS_WRITTEN.
 */
void floor_judge(struct floor *floor, const char *path, const struct export_options *options,
		 struct floor_answer *answer, struct strbuf *text);

/* The same by the section for the path alone, as if nothing else were served: for a look before mounts are known. */
void floor_judge_alone(const struct policy *policy, const char *path, const struct export_options *options,
		       struct floor_answer *answer, struct strbuf *text);

/*
 * The modes, a set of enum xprtsec, that remain of those of an export with crossmnt for a path that is on a file system
 * mounted below it and no export itself; 0, and the reason in text, when it is to be refused there.
 */
unsigned int floor_modes_inherited(struct floor *floor, const struct export *export, const char *path,
				   struct strbuf *text);

/*
 * Whether an export with crossmnt may be given as it is for all the file systems that are mounted below it, as far as
 * no other export of the table is there for all of its clients.  FLOOR_AS_WRITTEN or FLOOR_REFUSED.  A daemon that asks
 * floor_modes_inherited() for each of them need not ask.
 */
void floor_judge_crossing(struct floor *floor, const struct export_table *table, const struct export *export,
			  struct floor_answer *answer, struct strbuf *text);

#endif
