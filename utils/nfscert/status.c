/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfscert/status.h"

#include <errno.h>

static const struct {
	enum status status;
	const char *meaning;
} meanings[] = {
	{ STATUS_DONE, "done" },
	{ STATUS_FAILED, "the kernel or the system does not allow it" },
	{ STATUS_UNREADABLE, "a file is missing, in the way or no file, or cannot be read or written" },
	{ STATUS_NOT_PRIVATE, "others may read the key, or write the file" },
	{ STATUS_MALFORMED, "a file is empty, cut off, too long, or not what it should be" },
	{ STATUS_NOT_A_PAIR, "the key is another certificate's" },
	{ STATUS_WEAK, "the key is too weak, or of a kind that cannot sign in TLS 1.3" },
	{ STATUS_DATES, "a certificate has expired or is not valid yet" },
	{ STATUS_PURPOSE, "the certificate is not meant for this purpose" },
	{ STATUS_UNVERIFIED, "the chain is incomplete or does not verify" },
	{ STATUS_PASSPHRASE, "the key's passphrase is missing or wrong" },
	{ STATUS_QUOTA, "the kernel's quota of keys is used up" },
	{ STATUS_IN_USE, "a mount uses the certificate" },
	{ STATUS_NOT_LOADED, "no certificate is known by that name" },
	{ STATUS_REFUSED, "the server does not accept it, or did not answer" },
	{ STATUS_USAGE, "the command line was not understood" },
};

const char *status_meaning(enum status status)
{
	for (size_t i = 0; i < ARRAY_SIZE(meanings); i++)
		if (meanings[i].status == status)
			return meanings[i].meaning;
	return "";
}

enum status status_of_file(int code)
{
	switch (code < 0 ? -code : code) {
	case EPERM:
		return STATUS_NOT_PRIVATE;
	case EFBIG:
		return STATUS_MALFORMED;
	case ENOMEM:
		return STATUS_FAILED;
	default:
		return STATUS_UNREADABLE;
	}
}

enum status status_of_making(int code)
{
	switch (code < 0 ? -code : code) {
	case EINVAL:
		return STATUS_MALFORMED;
	case ENOKEY:
		return STATUS_NOT_A_PAIR;
	case EKEYEXPIRED:
		return STATUS_DATES;
	case EKEYREJECTED:
	case EOPNOTSUPP:
		return STATUS_WEAK;
	case EIO:
		return STATUS_FAILED;
	default:
		return status_of_file(code);
	}
}

enum status status_of_keyring(int code)
{
	switch (code < 0 ? -code : code) {
	case EDQUOT:
		return STATUS_QUOTA;
	case EFBIG:
		return STATUS_MALFORMED;
	default:
		return STATUS_FAILED;
	}
}

void status_table(struct strbuf *text)
{
	strbuf_addf(text, "\nExit status:\n");
	for (size_t i = 0; i < ARRAY_SIZE(meanings); i++)
		strbuf_addf(text, "  %2d  %s\n", (int)meanings[i].status, meanings[i].meaning);
}
