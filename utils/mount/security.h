/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * security: which transport security a mount asks for, checked before a byte
 * is sent, and which one the kernel gave, read back from the mount table.  Both
 * are values here; who reads the table and who undoes a mount is mount.c's business.
 */
#ifndef NFSTLS_MOUNT_SECURITY_H
#define NFSTLS_MOUNT_SECURITY_H

#include "support/xprtsec/xprtsec.h"
#include "utils/mount/mountinfo.h"
#include "utils/mount/options.h"

struct security_request {
	bool given;	   /* the option was there */
	enum xprtsec mode; /* may be auto; XPRTSEC_NONE when it was not given */
};

/*
 * Checks every xprtsec= word and writes it as the kernel reads it, in lower
 * case.  -EINVAL with a sentence that names the option and the allowed words,
 * for a word that is none of them, for two words that differ, and for a
 * protected transport over UDP or RDMA, for which there is none.  -ENOMEM.
 */
int security_check(struct options *options, struct security_request *request, struct error *e);

/* Makes a list that was checked ask the kernel for mode; none is not added where nothing was said.  -ENOMEM. */
int security_apply(struct options *options, enum xprtsec mode);

/* Takes every xprtsec= out of a list that was checked. */
void security_drop(struct options *options);

/*
 * Removes every xprtsec=auto.  For a remount: mount(8) puts the words of fstab and those of the mount itself together,
 * and what auto once chose stays.
 */
void security_drop_auto(struct options *options);

/*
 * The transport security of a mount, from its options in the mount table (proc_pid_mountinfo(5)); no word
 * means none.  -EBADMSG for a word that is not understood: never a guess.
 */
int security_effective(const struct mountinfo_field *options, enum xprtsec *mode);

#endif
