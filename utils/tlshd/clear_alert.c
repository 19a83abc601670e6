/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/clear_alert.h"

#include <string.h>

/* RFC 8446 section 5.1: type, version and length; an alert has two bytes, and is longer when it is encrypted. */
#define HEADER_SIZE 5u
#define TYPE_ALERT 21u
#define ALERT_SIZE 2u

static size_t body_size(const struct clear_alert *alert)
{
	return (size_t)alert->record[3] << 8 | alert->record[4];
}

/* How many bytes are needed until more is known of the record: its header, then all of it. */
static size_t missing(const struct clear_alert *alert)
{
	return alert->size < HEADER_SIZE ? HEADER_SIZE - alert->size : HEADER_SIZE + body_size(alert) - alert->size;
}

static void keep(struct clear_alert *alert, const unsigned char *data, size_t size)
{
	if (alert->size < sizeof(alert->record)) {
		size_t room = sizeof(alert->record) - alert->size;

		memcpy(alert->record + alert->size, data, size < room ? size : room);
	}
	alert->size += size;
}

static void end_record(struct clear_alert *alert)
{
	alert->is_last = alert->record[0] == TYPE_ALERT && body_size(alert) == ALERT_SIZE;
	alert->description = alert->record[HEADER_SIZE + 1];
	alert->size = 0;
}

void clear_alert_take(struct clear_alert *alert, const void *data, size_t size)
{
	const unsigned char *at = data;

	while (size) {
		size_t wanted = missing(alert), part = size < wanted ? size : wanted;

		keep(alert, at, part);
		at += part;
		size -= part;
		if (alert->size >= HEADER_SIZE && !missing(alert))
			end_record(alert);
	}
}
