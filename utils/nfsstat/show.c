/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfsstat/show.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "support/command/command.h"
#include "support/json/json.h"
#include "utils/nfsstat/gather.h"
#include "utils/nfsstat/interval.h"
#include "utils/nfsstat/mounts.h"
#include "utils/nfsstat/report.h"
#include "utils/nfsstat/tls.h"

#define STATUS_NO_COUNTERS 2
#define LIVE_SECONDS 2u	 /* of the live view */
#define AGENT_SECONDS 5u /* for an answer of rpc.tlshd, else */

/* At once, so that who reads a pipe sees an interval when it ends. */
static int print(const struct strbuf *text)
{
	return command_print("nfsstat", text) ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int complain(const struct error *e)
{
	fprintf(stderr, "nfsstat: %s\n", e->text);
	return EXIT_FAILURE;
}

/* The blank at the end is part of what scripts look for, and so is the "Success" of a file with nothing in it. */
static int no_counters(enum counters_side side, int r, const struct error *e)
{
	fprintf(stderr, "Error: No %s Stats (%s%s). \n", side == COUNTERS_SERVER ? "Server" : "Client", e->text,
		r == -ENODATA ? ": Success" : "");
	return STATUS_NO_COUNTERS;
}

static int read_now(struct gather *gather, int *status)
{
	enum counters_side side = COUNTERS_CLIENT;
	struct error e;
	int r;

	snapshot_take(gather->root, &gather->snapshot);
	r = gather_now(gather, &side, &e);

	if (r)
		*status = no_counters(side, r, &e);
	return r;
}

static int read_since(struct gather *gather, int *status)
{
	enum counters_side side = COUNTERS_CLIENT;
	struct error e;
	int r = gather_saved(gather, &side, &e);

	if (r)
		*status = no_counters(side, r, &e);
	return r;
}

/* ---- one report ------------------------------------------------------------------------ */

static void fill(struct report *report, const struct gather *gather, bool compared)
{
	report->cli = gather->cli;
	report->snapshot = gather->snapshot;
	for (size_t i = 0; i < COUNTERS_SIDES; i++) {
		report->has[i] = gather->has[i];
		report->side[i] = gather->now[i];
		if (compared)
			counters_subtract(&report->side[i], &gather->since[i]);
	}
}

static int print_report(const struct report *report)
{
	AUTO_STRBUF text = { 0 };

	if (report->cli->json)
		report_json(report, &text);
	else if (report->cli->list)
		report_list(report, &text);
	else
		report_text(report, &text);
	return print(&text);
}

static int show_once(struct gather *gather)
{
	struct report report = { 0 };

	fill(&report, gather, gather->cli->since);
	return print_report(&report);
}

/* ---- intervals ------------------------------------------------------------------------- */

/* What was read is what the next interval begins with. */
static void begin_interval(struct gather *gather)
{
	memcpy(gather->since, gather->now, sizeof(gather->since));
}

static int show_interval(struct gather *gather, int64_t milliseconds)
{
	struct report report = { .is_interval = true, .seconds = (unsigned int)(milliseconds / 1000) };

	fill(&report, gather, true);
	return print_report(&report);
}

/* From now, or from what -S says, to Ctrl-C. */
static int show_until_interrupted(struct gather *gather)
{
	FILE *talk = gather->cli->json ? stderr : stdout;
	int64_t begin = clock_ms(), took;
	int number, status;
	struct error e;

	if (interval_hold_interrupts(&e))
		return complain(&e);
	fprintf(talk, "Collecting statistics; press CTRL-C to view results from interval (i.e., from pause to "
		      "CTRL-C).\n");
	fflush(talk);
	number = interval_until_interrupted(&e);
	if (number < 0)
		return complain(&e);
	took = clock_ms() - begin;
	fprintf(talk,
		"Signal %d received; displaying (only) statistics gathered over the last %d minutes, %d "
		"seconds:\n\n",
		number, (int)(took / 60000), (int)(took / 1000 % 60));
	return read_now(gather, &status) ? status : show_interval(gather, took);
}

/* The first one at once; it is empty, but with -S. */
static int show_every_interval(struct gather *gather)
{
	int64_t begin = clock_ms();
	struct error e;
	AUTO_FD timer = interval_timer(gather->cli->interval, &e);
	int status;

	if (timer < 0)
		return complain(&e);
	for (;;) {
		int64_t end = clock_ms();

		status = show_interval(gather, end - begin);
		if (status)
			return status;
		begin_interval(gather);
		begin = end;
		if (interval_tick(timer, &e))
			return complain(&e);
		if (read_now(gather, &status))
			return status;
	}
}

/* ---- what main calls ------------------------------------------------------------------- */

static bool wants_server_blocks(const struct cli *cli)
{
	return cli->block[COUNTERS_REPLY_CACHE] || cli->block[COUNTERS_IO] || cli->block[COUNTERS_READ_AHEAD] ||
	       cli->block[COUNTERS_FILE_HANDLES];
}

int show_counters(const struct cli *cli)
{
	struct gather gather = { .cli = cli, .root = cli->root };
	int status;

	gather.has[COUNTERS_SERVER] = cli->server;
	gather.has[COUNTERS_CLIENT] = cli->client;
	if (!cli->server && wants_server_blocks(cli))
		fprintf(stderr, "You requested fh/io/ra/rc statistics while using the -c option.\n"
				"This information is available only for the NFS server.\n");
	if (cli->since && read_since(&gather, &status))
		return status;
	if (read_now(&gather, &status))
		return status;
	if (!cli->sleep)
		return show_once(&gather);
	if (!cli->since)
		begin_interval(&gather);
	return cli->interval ? show_every_interval(&gather) : show_until_interrupted(&gather);
}

int show_mounts(const struct cli *cli)
{
	AUTO_STRBUF mounts = { 0 }, text = { 0 };
	struct snapshot snapshot;
	struct error e;

	snapshot_take(cli->root, &snapshot);
	if (mounts_read(cli->root, &mounts, &e)) {
		fprintf(stderr, "Warning: %s\n", e.text);
		return EXIT_FAILURE;
	}
	if (cli->json)
		mounts_json(&snapshot, mounts.text, &text);
	else
		mounts_text(mounts.text, &text);
	return print(&text);
}

/* ---- transports ------------------------------------------------------------------------ */

/* See no-color.org. */
static bool may_colour(void)
{
	const char *terminal = getenv("TERM"), *no_colour = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && !(no_colour && *no_colour) && terminal && strcmp(terminal, "dumb");
}

/* As it is now: windows change.  The last line is left to the cursor; what is no terminal has no size. */
static void fit_terminal(struct tls_style *style)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_row < 2)
		return;
	style->lines = size.ws_row - 1u;
	style->columns = size.ws_col;
}

static void write_transports(const struct cli *cli, const struct verdict_report *report, struct strbuf *text)
{
	struct tls_style style = { .wide = cli->wide, .colour = may_colour(), .notes = cli->verbose };

	if (cli->sleep)
		fit_terminal(&style);
	if (cli->openmetrics)
		tls_openmetrics(report, text);
	else if (cli->json)
		tls_json(report, text);
	else
		tls_text(report, &style, text);
}

static unsigned int interval_of(const struct cli *cli)
{
	return cli->interval ? cli->interval : LIVE_SECONDS;
}

/* The live view asks the agent twice within its interval, so that one that does not answer does not make it late. */
static int agent_limit_ms(const struct cli *cli)
{
	return cli->sleep && interval_of(cli) < 2 * AGENT_SECONDS ? (int)interval_of(cli) * 1000 / 2 :
								    (int)AGENT_SECONDS * 1000;
}

static struct verdict_wishes wishes_of(const struct cli *cli)
{
	return (struct verdict_wishes){ .root = cli->root,
					.config = cli->config,
					.client = cli->client,
					.server = cli->server,
					.agent_limit_ms = agent_limit_ms(cli) };
}

static int print_transports(const struct cli *cli, const struct verdict_report *report, const char *before)
{
	AUTO_STRBUF text = { 0 };

	strbuf_addf(&text, "%s", before);
	write_transports(cli, report, &text);
	return print(&text);
}

/* What cannot be read says nothing of how all is; and who reads JSON gets it in this case, too. */
static int cannot_check(const struct cli *cli, const struct verdict_report *report, const struct error *e)
{
	AUTO_FINDINGS findings = { 0 };
	AUTO_STRBUF text = { 0 };

	findings_add(&findings, FINDING_UNKNOWN, "transports", "transports", NULL, report->source, "%s", e->text);
	if (cli->json)
		findings_json(&findings, &text);
	(void)print(&text);
	return FINDING_UNKNOWN;
}

static int show_transports_once(const struct cli *cli)
{
	const struct verdict_wishes wishes = wishes_of(cli);
	struct verdict_report report;
	struct error e;
	int status;

	if (verdict_read_calmly(&wishes, &report, &e)) {
		(void)complain(&e);
		status = cli->check ? cannot_check(cli, &report, &e) : STATUS_NO_COUNTERS;
	} else {
		status = print_transports(cli, &report, "");
		if (cli->check)
			status = status ? (int)FINDING_UNKNOWN : (int)verdict_worst(&report);
	}
	verdict_free(&report);
	return status;
}

/* What is wrong now, as a policy that is just being written, may be well the next time. */
static int show_transports_now(const struct cli *cli, const char *before)
{
	const struct verdict_wishes wishes = wishes_of(cli);
	struct verdict_report report;
	int status = EXIT_SUCCESS;
	struct error e;

	if (verdict_read(&wishes, &report, &e)) {
		fputs(before, stdout);
		fflush(stdout);
		(void)complain(&e);
	} else {
		status = print_transports(cli, &report, before);
	}
	verdict_free(&report);
	return status;
}

/* On a terminal each table takes the place of the last one. */
static int watch_transports(const struct cli *cli)
{
	const char *clear = isatty(STDOUT_FILENO) && !cli->json ? "\033[H\033[2J" : "";
	struct error e;
	AUTO_FD timer = interval_timer(interval_of(cli), &e);
	int status;

	if (timer < 0)
		return complain(&e);
	for (;;) {
		status = show_transports_now(cli, clear);
		if (status)
			return status;
		if (interval_tick(timer, &e))
			return complain(&e);
	}
}

int show_transports(const struct cli *cli)
{
	return cli->sleep ? watch_transports(cli) : show_transports_once(cli);
}
