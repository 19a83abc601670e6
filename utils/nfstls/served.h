/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * served: which exports serve a path to a client, as the daemons would answer from the table of exports, under the
 * policy, as things are mounted now.  Private to this folder.
 */
#ifndef NFSTLS_NFSTLS_SERVED_H
#define NFSTLS_NFSTLS_SERVED_H

#include "support/access/access.h"
#include "support/names/names.h"
#include "support/option/option.h"
#include "support/policy/policy.h"
#include "support/tree/tree.h"

/* An export that serves the path. */
struct served_by {
	const struct export *export;
	bool is_own;	    /* it is that of the path itself */
	bool crosses;	    /* by crossmnt, into the file system that the path lies on */
	bool is_there;	    /* unless it has mountpoint=, and nothing is mounted there */
	unsigned int modes; /* a set of enum xprtsec; 0: refused */
	char *why;	    /* of what is refused */
};

struct served_question {
	const struct export_list *exports; /* the table */
	const struct tree *tree;
	struct policy_sections *sections;
	const char *path;
	const char *client;		     /* a name or an address */
	const struct option_list *addresses; /* which it has; none: they are looked up, if look_up says so */
	bool look_up;			     /* names may be asked for */
};

struct served {
	struct tree_place place;      /* where the path leads */
	struct ip_address *addresses; /* of the client */
	size_t address_count;
	char name[1025];  /* of a client that is an address: the one that leads back to it; empty where none is known */
	char unsure[200]; /* what is not known of the client, though it may matter; else empty */
	struct served_by *by; /* that of the path itself first, then from the nearest on */
	size_t count;
	/* What the above lies in. */
	struct export_table *table; /* what serves the path, to whomever */
	struct hosts *hosts;
	struct access *access;
};

/* -EINVAL for what is no path, client or address, -ENOMEM.  Free with served_free(), in any case. */
int served_find(const struct served_question *question, struct served *served, struct error *e);
void served_free(struct served *served);

#endif
