/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all checks use. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "utils/nfstls/check.h"

#define READ_MAX (8u << 20)

void check_say(struct check *check, enum finding_level level, const char *subject, const char *remedy, const char *fmt,
	       ...)
{
	va_list args;

	va_start(args, fmt);
	findings_add_list(&check->findings, level, check->current, subject, remedy, check->source, fmt, args);
	va_end(args);
}

void check_say_from(struct check *check, enum finding_level level, const char *subject, const char *remedy,
		    const char *source, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	findings_add_list(&check->findings, level, check->current, subject, remedy, source, fmt, args);
	va_end(args);
}

bool check_lacks_policy(struct check *check, const char *subject)
{
	if (!check->policy)
		check_say_from(check, FINDING_UNKNOWN, subject, "correct the policy first", check->config,
			       "not judged, since the policy cannot be read");
	return !check->policy;
}

bool check_is_client(const struct check *check)
{
	return check->host.fstab.count || check->host.mounts.count;
}

bool check_is_server(const struct check *check)
{
	return check->host.exports.table && export_table_count(check->host.exports.table);
}

char *check_path(const struct check *check, const char *path)
{
	char *whole;

	return asprintf(&whole, "%s%s", check->root, path) < 0 ? NULL : whole;
}

int check_read(const struct check *check, const char *path, struct strbuf *text)
{
	AUTO_FREE char *whole = check_path(check, path);
	FILE *file = whole ? fopen(whole, "re") : NULL;
	int r = whole ? -errno : -ENOMEM;
	char part[4096];
	size_t got;

	if (!file)
		return r;
	while ((got = fread(part, 1, sizeof(part), file)) > 0 && text->size < READ_MAX)
		strbuf_add(text, part, got);
	r = ferror(file) ? -EIO : got ? -EFBIG : 0;
	fclose(file);
	if (!r)
		strbuf_add(text, "", 0); /* text is there, even if the file is empty */
	return text->failed ? -ENOMEM : r;
}
