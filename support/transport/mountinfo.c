/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mounts of /proc/self, what is recorded of them, and what their transports have counted. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/mounts/mounts.h"
#include "support/transport/transport_private.h"

/* ---- words and lines ----------------------------------------------------------- */

char *transport_next_word(char **line)
{
	char *word = *line + strspn(*line, " ");

	if (!*word)
		return NULL;
	*line = word + strcspn(word, " ");
	if (**line)
		*(*line)++ = '\0';
	return word;
}

int transport_each_line(const char *name, char *text, transport_line_taker *take, void *context, struct error *e)
{
	unsigned int number = 0;

	while (*text) {
		size_t size = strcspn(text, "\n");
		int r = -EBADMSG; /* of a line that is cut off */

		number++;
		if (text[size]) {
			text[size] = '\0';
			r = take(text, context);
		}
		if (r == -EBADMSG)
			return error_set(e, EBADMSG, "%s:%u: not understood", name, number);
		if (r)
			return error_set(e, -r, "%s:%u: %s", name, number, strerror(-r));
		text += size + 1;
	}
	return 0;
}

/* ---- mounts ------------------------------------------------------------------------ */

static int add_mount(struct transport_list *list, const struct mountinfo_entry *entry)
{
	const struct transport_mount mount = {
		.source = mountinfo_unescape(&entry->source),
		.point = mountinfo_unescape(&entry->point),
		.options = strndup(entry->options.text, entry->options.size),
		.major = entry->major,
		.minor = entry->minor,
	};

	list->mounts[list->mount_count++] = mount;
	return mount.source && mount.point && mount.options ? 0 : -ENOMEM;
}

/* By powers of two. */
static int make_room(struct transport_list *list)
{
	size_t room = list->mount_count ? list->mount_count * 2 : 1;
	struct transport_mount *more;

	if (list->mount_count & (list->mount_count - 1))
		return 0;
	more = reallocarray(list->mounts, room, sizeof(*more));
	if (!more)
		return -ENOMEM;
	list->mounts = more;
	return 0;
}

static int take_mount_line(char *line, void *context)
{
	const char *at = line, *end = line + strlen(line);
	struct mountinfo_entry entry;
	int r;

	if (!*line)
		return 0;
	r = mountinfo_next(&at, end, &entry);
	if (r < 0 || !mountinfo_is_nfs(&entry))
		return r < 0 ? r : 0;
	return make_room(context) ? -ENOMEM : add_mount(context, &entry);
}

int transport_mounts_parse(const char *name, char *text, struct transport_list *list, struct error *e)
{
	return transport_each_line(name, text, take_mount_line, list, e);
}

/* ---- what mount commands have recorded ------------------------------------------------- */

struct records {
	transport_record_visitor *visit;
	void *context;
};

static int take_record_line(char *line, void *context)
{
	const struct records *records = context;
	struct utab_record record;
	int r = utab_record_parse(line, &record);

	if (r > 0)
		records->visit(&record, records->context);
	return r < 0 ? r : 0;
}

int transport_records_parse(const char *name, char *text, transport_record_visitor *visit, void *context,
			    struct error *e)
{
	struct records records = { visit, context };

	return transport_each_line(name, text, take_record_line, &records, e);
}

/* ---- counters of mounts ---------------------------------------------------------------- */

struct stats {
	transport_stats_visitor *visit;
	void *context;
	const char *point; /* of the mount whose lines these are; NULL: none */
	bool has_age;
	uint64_t age;
};

/* "device SOURCE mounted on POINT with fstype nfs4 statvers=1.1" */
static void take_device(char *line, struct stats *stats)
{
	static const char before[] = " mounted on ", after[] = " with fstype ";
	char *point = strstr(line, before), *end;

	stats->point = NULL;
	stats->has_age = false;
	end = point ? strstr(point, after) : NULL;
	if (!end)
		return;
	*end = '\0';
	point += sizeof(before) - 1;
	text_unescape_octal(point);
	stats->point = point;
}

/* " tcp SRCPORT BIND_COUNT CONNECT_COUNT ..." */
static int take_transport(const char *words, struct stats *stats)
{
	struct transport_stats one = { .point = stats->point, .has_age = stats->has_age, .age = stats->age };
	unsigned long long port = 0, binds, connects = 0;
	char protocol[16];
	int got = sscanf(words, "%15s %llu %llu %llu", protocol, &port, &binds, &connects);

	one.is_tcp = got > 0 && !strcmp(protocol, "tcp");
	one.port = one.is_tcp ? (unsigned int)port : 0;
	one.connects = connects;
	if (got < 1 || (one.is_tcp && (got != 4 || port > UINT16_MAX)))
		return -EBADMSG;
	if (stats->point)
		stats->visit(&one, stats->context);
	return 0;
}

/* Seconds since the file system was mounted */
static int take_age(const char *number, struct stats *stats)
{
	unsigned long long age;
	char rest;

	if (sscanf(number, "%llu%c", &age, &rest) != 1)
		return -EBADMSG;
	stats->has_age = true;
	stats->age = age;
	return 0;
}

static int take_stats_line(char *line, void *context)
{
	static const char device[] = "device ", transport[] = "\txprt:", age[] = "\tage:\t";

	if (!strncmp(line, device, sizeof(device) - 1))
		take_device(line, context);
	else if (!strncmp(line, age, sizeof(age) - 1))
		return take_age(line + sizeof(age) - 1, context);
	else if (!strncmp(line, transport, sizeof(transport) - 1))
		return take_transport(line + sizeof(transport) - 1, context);
	return 0;
}

int transport_stats_parse(const char *name, char *text, transport_stats_visitor *visit, void *context, struct error *e)
{
	struct stats stats = { .visit = visit, .context = context };

	return transport_each_line(name, text, take_stats_line, &stats, e);
}
