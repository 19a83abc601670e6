/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/x509/x509.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR 3600
#define DAY (24 * HOUR)

/* As the clients of ACME do; of a year nobody wants to hear for four months. */
#define USUAL_PERCENT 33
#define USUAL_SECONDS (30LL * DAY)

/* clang-format off */
static const struct {
	const char *unit;
	long long seconds, most; /* seconds 0: percent */
} units[] = {
	{ "",  DAY,  36500 },
	{ "d", DAY,  36500 },
	{ "h", HOUR, 876000 },
	{ "%", 0,    100 },
};
/* clang-format on */

int x509_renewal_parse(const char *text, struct x509_renewal *when, struct error *e)
{
	size_t digits = strspn(text, "0123456789");
	char number[12] = "";
	long long value;

	for (size_t i = 0; i < ARRAY_SIZE(units) && digits && digits < sizeof(number); i++) {
		if (strcmp(text + digits, units[i].unit) != 0)
			continue;
		memcpy(number, text, digits);
		if (text_number(number, 0, units[i].most, &value))
			break;
		*when = units[i].seconds ?
				(struct x509_renewal){ .seconds = value * units[i].seconds, .percent = 100 } :
				(struct x509_renewal){ .seconds = INT64_MAX, .percent = (unsigned int)value };
		return 0;
	}
	return error_set(e, EINVAL, "\"%.20s\" is no number of days (30), hours (12h) or percent of its life (33%%)",
			 text);
}

bool x509_renewal_is_due(gnutls_x509_crt_t cert, const struct x509_renewal *when, time_t now)
{
	static const struct x509_renewal usual = { .seconds = USUAL_SECONDS, .percent = USUAL_PERCENT };
	long long from = gnutls_x509_crt_get_activation_time(cert), end = gnutls_x509_crt_get_expiration_time(cert);
	long long life = end > from ? end - from : 0, left = end - now, share;

	if (!when)
		when = &usual;
	share = life / 100 * when->percent;
	return left < (when->percent < 100 && share < when->seconds ? share : when->seconds);
}

void x509_show_left(time_t end, time_t now, char *out, size_t room)
{
	long long seconds = end > now ? end - now : now - end;
	bool in_days = seconds >= 2 * DAY;
	long long count = seconds / (in_days ? DAY : HOUR);

	snprintf(out, room, "%lld %s%s", count, in_days ? "day" : "hour", count == 1 ? "" : "s");
}
