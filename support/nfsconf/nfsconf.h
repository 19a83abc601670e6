/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nfsconf: nfs.conf(5), which all NFS tools of a host share: the settings, and what a yes is. */
#ifndef NFSTLS_NFSCONF_H
#define NFSTLS_NFSCONF_H

#include "support/conf/conf.h"

/*
 * Reads /usr/etc/nfs.conf, /etc/nfs.conf and the drop-ins beside them.  Missing files are empty.  Errors name file and
 * line.  Free with conf_free().
 */
int nfsconf_load(struct conf **conf, struct error *e);

/* The same of files below a root folder; "" is the live system. */
int nfsconf_load_below(const char *root, struct conf **conf, struct error *e);

/* Of two files, and of two lines, the later wins.  NULL: not set.  Borrowed. */
const char *nfsconf_value(const struct conf *conf, const char *section, const char *key);

/* The first of some sections that has the setting. */
const char *nfsconf_first(const struct conf *conf, const char *key, const char *const *sections, size_t count);

/* Where exportfs keeps its files; NULL where nobody says.  Borrowed. */
const char *nfsconf_state_folder(const struct conf *conf);

/*
 * The path of one of exportfs' files, for those who only read it: without root, below which nfs.conf is looked for;
 * fallback is the folder that is used where nobody names one.  -ENAMETOOLONG, and the errors of nfsconf_load().
 */
int nfsconf_state_file(const char *root, const char *fallback, const char *name, char *path, size_t room,
		       struct error *e);

/* 1, t, true, y, yes and on, in any case; NULL is none. */
bool nfsconf_is_yes(const char *value);

#endif
