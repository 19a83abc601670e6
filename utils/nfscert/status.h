/* SPDX-License-Identifier: GPL-2.0-or-later */
/* status: how nfscert ends, a number for each kind of trouble.  They are in nfscert(8), and stay what they are. */
#ifndef NFSTLS_NFSCERT_STATUS_H
#define NFSTLS_NFSCERT_STATUS_H

#include "support/reason/reason.h"

enum status {
	STATUS_DONE = 0,
	STATUS_FAILED = 1,		  /* the kernel or the system said no */
	STATUS_UNREADABLE = 3,		  /* missing, in the way or no file, or it cannot be read or written */
	STATUS_NOT_PRIVATE = 4,		  /* others may read the key or write the file */
	STATUS_MALFORMED = 5,		  /* what is in it cannot be understood */
	STATUS_NOT_A_PAIR = 6,		  /* the key is another certificate's */
	STATUS_WEAK = 7,		  /* the key is too short, or of a kind that TLS 1.3 does not have */
	STATUS_DATES = REASON_DATES,	  /* expired, or not valid yet */
	STATUS_PURPOSE = REASON_PURPOSE,  /* not meant for what it is loaded for */
	STATUS_UNVERIFIED = REASON_CHAIN, /* the chain is not complete, or does not verify */
	STATUS_PASSPHRASE = 11,		  /* the key is encrypted, and its passphrase missing or wrong */
	STATUS_QUOTA = 12,		  /* the kernel's quota of keys is used up */
	STATUS_IN_USE = 13,		  /* a mount uses it */
	STATUS_NOT_LOADED = 14,		  /* nothing is known under that name */
	STATUS_REFUSED = 15,		  /* the server does not take it, or cannot be asked */
	STATUS_USAGE = 64,		  /* the command line; EX_USAGE of <sysexits.h> */
};

/* For --help; "" for a number that is none. */
const char *status_meaning(enum status status);

/* What a failed file_read() means for whoever gave the file. */
enum status status_of_file(int code);

/* The same for what makes keys, requests and certificates. */
enum status status_of_making(int code);

/* What a failed change of a keyring means. */
enum status status_of_keyring(int code);

/* Appends the table for --help; the page has the same. */
void status_table(struct strbuf *text);

#endif
