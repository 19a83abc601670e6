/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uapi/nfsd_export: the flags of an export.
 * Numbers and names of include/uapi/linux/nfsd/export.h, since the headers of a build machine may be older.
 *
 *   7.x   SIGN_FH; 6.12, the oldest kernel that this works with, has all others
 *
 * support/export/flags.c has one row for each flag that exports(5) can set; a test compares it with NFSEXP_ALLFLAGS.
 */
#ifndef NFSTLS_UAPI_NFSD_EXPORT_H
#define NFSTLS_UAPI_NFSD_EXPORT_H

#define NFSEXP_READONLY 0x0001u
#define NFSEXP_INSECURE_PORT 0x0002u
#define NFSEXP_ROOTSQUASH 0x0004u
#define NFSEXP_ALLSQUASH 0x0008u
#define NFSEXP_ASYNC 0x0010u
#define NFSEXP_GATHERED_WRITES 0x0020u
#define NFSEXP_NOREADDIRPLUS 0x0040u
#define NFSEXP_SECURITY_LABEL 0x0080u
#define NFSEXP_SIGN_FH 0x0100u
#define NFSEXP_NOHIDE 0x0200u
#define NFSEXP_NOSUBTREECHECK 0x0400u
#define NFSEXP_NOAUTHNLM 0x0800u
#define NFSEXP_MSNFS 0x1000u /* without effect */
#define NFSEXP_FSID 0x2000u  /* a number identifies the file system */
#define NFSEXP_CROSSMOUNT 0x4000u
#define NFSEXP_NOACL 0x8000u
#define NFSEXP_V4ROOT 0x10000u /* a node of the pseudo root of NFSv4 */
#define NFSEXP_PNFS 0x20000u
#define NFSEXP_ALLFLAGS 0x3ffffu /* all of the above: the kernel refuses an export with others */

#endif
