/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfscert/pem.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "support/x509/x509.h"

/* What a file should hold, as in its lines of dashes (RFC 7468). */
struct expectation {
	enum x509_content content;
	const char *thing, *label;
};

static const struct expectation expectations[] = {
	[PEM_CERTIFICATE] = { X509_CERTIFICATE, "certificate", "CERTIFICATE" },
	[PEM_PRIVATE_KEY] = { X509_PRIVATE_KEY, "private key", "PRIVATE KEY" },
};

/* Not in the middle of a text; but right behind what was cut off it may stand. */
static bool may_begin(const char *at, const char *begin)
{
	static const char others[] = "\n\r+/=";

	return at == begin || isalnum((unsigned char)at[-1]) || strchr(others, at[-1]);
}

static const char *find(const struct bytes *file, size_t from, const char *text)
{
	const char *begin = (const char *)file->data, *end = begin + file->size, *at = begin + from;
	size_t size = strlen(text);

	for (; (at = memmem(at, (size_t)(end - at), text, size)); at += size)
		if (may_begin(at, begin))
			return at;
	return NULL;
}

static bool has_label(const struct bytes *file, const char *label)
{
	char line[32];

	snprintf(line, sizeof(line), "%s-----", label);
	return memmem(file->data, file->size, line, strlen(line)) != NULL;
}

/* The number of the first block that does not end, from 1; 0 when all do. */
static unsigned int find_cut(const struct bytes *file)
{
	const char *begin = (const char *)file->data, *at;
	unsigned int number = 1;
	size_t from = 0;

	for (; (at = find(file, from, "-----BEGIN ")); number++) {
		const char *stop, *next;

		from = (size_t)(at - begin) + 1;
		stop = find(file, from, "-----END ");
		next = find(file, from, "-----BEGIN ");
		if (!stop || (next && next < stop))
			return number;
	}
	return 0;
}

static int check_blocks(const char *name, const struct bytes *file, const struct expectation *expected, struct error *e)
{
	unsigned int cut = find_cut(file);

	if (cut == 1)
		return error_set(e, EINVAL, "%s is cut off: the line -----END %s----- is missing", name,
				 expected->label);
	if (cut)
		return error_set(e, EINVAL, "%s is cut off: the line -----END of part %u is missing", name, cut);
	if (has_label(file, expected->label))
		return 0;
	return error_set(e, EINVAL, "%s holds something else than a %s", name, expected->thing);
}

static int check(const char *name, const struct bytes *file, const struct expectation *expected, struct error *e)
{
	if (!file->size)
		return error_set(e, EINVAL, "%s is empty", name);
	if (x509_is_pem(file->data, file->size))
		return check_blocks(name, file, expected, e);
	if (x509_is_der(file->data, file->size))
		return error_set(e, EINVAL,
				 "%s is DER and not PEM: have it written as PEM, which begins with "
				 "-----BEGIN %s-----",
				 name, expected->label);
	return error_set(e, EINVAL, "%s is no %s in PEM, which begins with -----BEGIN %s-----", name, expected->thing,
			 expected->label);
}

int pem_check(const char *name, const struct bytes *file, enum pem_content content, struct error *e)
{
	const struct expectation *expected = &expectations[content];
	int r = check(name, file, expected, e);
	const char *form;

	if (!r)
		return 0;
	form = x509_what_it_is(file->data, file->size, expected->content);
	return form ? error_set(e, EINVAL, "%s %s", name, form) : r;
}
