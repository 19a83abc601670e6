/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfsstat/gather.h"

#include <errno.h>
#include <stdio.h>

/*
 * One side cannot be had: without a word where there is another one.  What is there and cannot be understood is an
 * error in any case.
 */
static int leave_out(struct gather *gather, enum counters_side side, int r, enum counters_side *failed)
{
	enum counters_side other = side == COUNTERS_SERVER ? COUNTERS_CLIENT : COUNTERS_SERVER;

	*failed = side;
	gather->has[side] = false;
	return gather->has[other] && r != -EBADMSG && r != -ENOMEM ? 0 : r;
}

/* ---- a file ---------------------------------------------------------------------------- */

/* A raw file is of one side. */
static int check_form(struct gather *gather, enum counters_form form, enum counters_side *side, struct error *e)
{
	static const struct {
		enum counters_side lacks;
		const char *text;
	} forms[] = {
		[COUNTERS_RAW_CLIENT] = { COUNTERS_SERVER, "no server info present in raw client stats file." },
		[COUNTERS_RAW_SERVER] = { COUNTERS_CLIENT, "no client info present in raw server stats file." },
	};
	int r;

	if (form == COUNTERS_PRETTY || !gather->has[forms[form].lacks])
		return 0;
	fprintf(stderr, "Warning: %s\n", forms[form].text);
	r = leave_out(gather, forms[form].lacks, -ENODATA, side);
	return r ? error_set(e, ENODATA, "%s", gather->cli->since) : 0;
}

/* The same failure for each of the sides: the last one is told. */
static int no_file(struct gather *gather, int r, enum counters_side *side)
{
	for (unsigned int i = 0; i < COUNTERS_SIDES; i++)
		if (gather->has[i])
			(void)leave_out(gather, i, r, side);
	return r;
}

int gather_saved(struct gather *gather, enum counters_side *side, struct error *e)
{
	struct counters_saved saved;
	int r = counters_read_saved(gather->cli->since, &saved, e);

	if (r)
		return no_file(gather, r, side);
	for (unsigned int i = 0; i < COUNTERS_SIDES; i++)
		gather->since[i] = saved.side[i];
	return check_form(gather, saved.form, side, e);
}

/* ---- the kernel ------------------------------------------------------------------------ */

int gather_now(struct gather *gather, enum counters_side *side, struct error *e)
{
	struct error remark;
	int r = 0;

	for (unsigned int i = 0; i < COUNTERS_SIDES && !r; i++) {
		if (!gather->has[i])
			continue;
		r = counters_read(gather->root, i, &gather->now[i], &remark, e);
		if (r)
			r = leave_out(gather, i, r, side);
		else if (remark.code && gather->cli->verbose)
			fprintf(stderr, "nfsstat: the server's counters are from /proc, since netlink fails: %s\n",
				remark.text);
	}
	return r;
}
