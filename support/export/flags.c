/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of exports(5) that are one bit of the kernel: all that is known of each, which all others go by. */
#include "support/export/export.h"

/* In the order of etab. What sets a flag, what clears it, whether it is set by default, and enums of export.h. */
/* clang-format off */
#define ROWS(ROW) \
	/*  flag                    set                 clear          default  per flavour  listing */ \
	ROW(NFSEXP_READONLY,        "ro",               "rw",              1,   VARIES,      IN_GROUPS)   \
	ROW(NFSEXP_ASYNC,           "async",            "sync",            0,   SPREAD,      BOTH)        \
	ROW(NFSEXP_GATHERED_WRITES, "wdelay",           "no_wdelay",       1,   SPREAD,      BOTH)        \
	ROW(NFSEXP_NOHIDE,          "nohide",           "hide",            0,   SPREAD,      BOTH)        \
	ROW(NFSEXP_CROSSMOUNT,      "crossmnt",         "nocrossmnt",      0,   SPREAD,      IF_SET)      \
	ROW(NFSEXP_INSECURE_PORT,   "insecure",         "secure",          0,   MAY_VARY,    IN_GROUPS)   \
	ROW(NFSEXP_ROOTSQUASH,      "root_squash",      "no_root_squash",  1,   VARIES,      IN_GROUPS)   \
	ROW(NFSEXP_ALLSQUASH,       "all_squash",       "no_all_squash",   0,   VARIES,      IN_GROUPS)   \
	ROW(NFSEXP_NOSUBTREECHECK,  "no_subtree_check", "subtree_check",   1,   SPREAD,      IF_SET)      \
	ROW(NFSEXP_NOAUTHNLM,       "insecure_locks",   "secure_locks",    0,   SPREAD,      IF_SET)      \
	ROW(NFSEXP_NOACL,           "no_acl",           "acl",             0,   SPREAD,      IF_SET_LATE) \
	ROW(NFSEXP_NOREADDIRPLUS,   "nordirplus",       NULL,              0,   SPREAD,      IF_SET)      \
	ROW(NFSEXP_SECURITY_LABEL,  "security_label",   NULL,              0,   SPREAD,      IF_SET)      \
	ROW(NFSEXP_SIGN_FH,         "sign_fh",          NULL,              0,   SPREAD,      IF_SET)      \
	ROW(NFSEXP_PNFS,            "pnfs",             "no_pnfs",         0,   SPREAD,      IF_SET_LATE)
/* clang-format on */

#define ENTRY(flag, set, clear, on, flavored, listed) { flag, set, clear, EXPORT_##flavored, EXPORT_##listed },
const struct export_flag export_flags[] = { ROWS(ENTRY) };
const size_t export_flag_count = ARRAY_SIZE(export_flags);

#define IF_ON(flag, set, clear, on, ...) | ((on) ? (flag) : 0u)
#define IF_VARIES(flag, set, clear, on, flavored, ...) | (EXPORT_##flavored == EXPORT_VARIES ? (flag) : 0u)
#define IF_NOT_SPREAD(flag, set, clear, on, flavored, ...) | (EXPORT_##flavored != EXPORT_SPREAD ? (flag) : 0u)

const struct export_options export_options_default = {
	.flags = 0u ROWS(IF_ON),
	.anonuid = EXPORT_NOBODY,
	.anongid = EXPORT_NOBODY,
};
const uint32_t export_sec_flags = 0u ROWS(IF_VARIES);
const uint32_t export_sec_flags_most = 0u ROWS(IF_NOT_SPREAD);
