/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/counters/counters.h"
#include "support/genl/genl.h"
#include "support/uapi/nfsd_netlink.h"
#include "utils/nfsstat/cli.h"
#include "utils/nfsstat/mounts.h"
#include "utils/nfsstat/report.h"

static struct counters counters;
static struct error e;

static int parse(enum counters_side side, const char *text)
{
	return counters_parse_proc(side, "file", text, strlen(text), &counters, &e);
}

/* ---- the files of /proc ------------------------------------------------------------------ */

static void proc(void **state)
{
	(void)state;
	assert_int_equal(parse(COUNTERS_SERVER, "rc 1 2 3\nfh 5 4 3 2 1\nio 812345678901 7\nth 8 0 0.000\n"
						"net 1 2 3 4 99\nnew 1 2\nproc3 3 7 8 9\nproc4 2 1 5"),
			 0);
	assert_int_equal(counters.value[COUNTERS_REPLY_CACHE][2], 3);
	assert_int_equal(counters.value[COUNTERS_IO][0], 812345678901);
	assert_int_equal(counters.value[COUNTERS_NET][3], 4);
	assert_int_equal(counters.value[COUNTERS_FILE_HANDLES][0], 4); /* lookup */
	assert_int_equal(counters.value[COUNTERS_FILE_HANDLES][2], 1);
	assert_int_equal(counters.value[COUNTERS_FILE_HANDLES][3], 2);
	assert_int_equal(counters.value[COUNTERS_FILE_HANDLES][4], 5); /* stale */
	assert_int_equal(counters.calls[COUNTERS_V3].count, 3);
	assert_int_equal(counters.calls[COUNTERS_V3].at[2], 9);
	assert_int_equal(counters.calls[COUNTERS_V4].at[1], 5);
	assert_int_equal(counters.calls[COUNTERS_V2].count, 0);
	assert_true(counters_block_is_zero(&counters, COUNTERS_RPC));
	assert_true(counters_table_is_zero(&counters, COUNTERS_V2));
	assert_false(counters_table_is_zero(&counters, COUNTERS_V3));
}

static void proc_mistakes(void **state)
{
	static const struct {
		const char *text, *complaint;
		int r;
	} bad[] = {
		{ "", "file", -ENODATA },
		{ "\n", "file: there are no counters of NFS in it", -EBADMSG },
		{ "hello\n", "file: there are no counters of NFS in it", -EBADMSG },
		{ "net 1 2 3 4\nrpc 1 -2\n", "file:2: what should be a number is none", -EBADMSG },
		{ "net 18446744073709551616\n", "file:1: what should be a number is none", -EBADMSG },
		{ "proc3\n", "file:1: the line is cut short", -EBADMSG },
		{ "proc3 3 1 2\nproc4 1 1\n", "file:1: the line is cut short", -EBADMSG },
		{ "proc3 3 1 2 3x\n", "file:1: what should be a number is none", -EBADMSG },
		{ "proc3 257 1 2\n", "file:1: there are more operations than can be", -EBADMSG },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(parse(COUNTERS_CLIENT, bad[i].text), bad[i].r);
		assert_string_equal(e.text, bad[i].complaint);
	}
}

/* A line of count slots, each with its own number. */
static void client_slots(size_t count)
{
	AUTO_STRBUF text = { 0 };

	strbuf_addf(&text, "proc4 %zu", count);
	for (size_t i = 0; i < count; i++)
		strbuf_addf(&text, " %zu", 1000 + i);
	assert_int_equal(parse(COUNTERS_CLIENT, text.text), 0);
}

static uint64_t of(const char *name)
{
	const struct counters_table_form *form = counters_table_form(COUNTERS_CLIENT, COUNTERS_V4);
	char room[COUNTERS_NAME_ROOM];

	for (size_t i = 0; i < counters.calls[COUNTERS_V4].count; i++)
		if (!strcmp(counters_operation_name(form, i, room), name))
			return counters.calls[COUNTERS_V4].at[i];
	return 0;
}

static void slots_of_the_client(void **state)
{
	(void)state;
	client_slots(70); /* Linux 6.14 */
	assert_int_equal(of("deallocate"), 1056);
	assert_int_equal(of("layoutstats"), 1057);
	assert_int_equal(of("clone"), 1058);
	assert_int_equal(of("readplus"), 1068);
	assert_int_equal(of("offloadstatus"), 1069);
	assert_int_equal(of("zero_range"), 0);
	client_slots(73); /* 6.16, and two that nobody knows yet */
	assert_int_equal(of("deallocate"), 1056);
	assert_int_equal(of("zero_range"), 1057);
	assert_int_equal(of("layoutstats"), 1058);
	assert_int_equal(of("clone"), 1059);
	assert_int_equal(of("offloadstatus"), 1070);
	assert_int_equal(of("op71"), 1071);
	assert_int_equal(of("op72"), 1072);
}

/* The layout of old has no place for newer operations, nor for more than 32 bits. */
static void zeros_of_the_classic_layout(void **state)
{
	struct cli cli = { .tables = true, .automatic = true };
	struct report report = { .cli = &cli, .has = { true, true } };
	AUTO_STRBUF text = { 0 };
	AUTO_STRBUF json = { 0 };

	(void)state;
	client_slots(0);
	counters.calls[COUNTERS_V4].count = 71;
	counters.calls[COUNTERS_V4].at[68] = 7; /* readplus */
	report.side[COUNTERS_CLIENT] = counters;
	assert_int_equal(parse(COUNTERS_SERVER, "io 4294967296 0\nproc3 2 0 8589934592\n"), 0);
	report.side[COUNTERS_SERVER] = counters;
	assert_true(counters_block_is_zero(&counters, COUNTERS_IO));
	report_text(&report, &text);
	report_list(&report, &text);
	assert_int_equal(text.size, 0);
	report_json(&report, &json);
	assert_non_null(strstr(json.text, "\"readplus\":7"));
	assert_non_null(strstr(json.text, "\"getattr\":8589934592"));
	counters.calls[COUNTERS_V3].at[1]++;
	assert_false(counters_table_is_zero(&counters, COUNTERS_V3));
}

/* ---- differences ------------------------------------------------------------------------- */

static void differences(void **state)
{
	struct counters since;

	(void)state;
	assert_int_equal(parse(COUNTERS_SERVER, "rc 5 4294967290 9\nio 812345678901 7\nproc3 2 8 1\nproc4 1 3\n"), 0);
	since = counters;
	assert_int_equal(parse(COUNTERS_SERVER, "rc 7 4 9\nio 912345678901 7\nproc3 3 9 1 4\n"), 0);
	counters_subtract(&counters, &since);
	assert_int_equal(counters.value[COUNTERS_REPLY_CACHE][0], 2);
	assert_int_equal(counters.value[COUNTERS_REPLY_CACHE][1], 10); /* it began again at 0 */
	assert_int_equal(counters.value[COUNTERS_IO][0], 100000000000);
	assert_int_equal(counters.calls[COUNTERS_V3].at[0], 1);
	assert_int_equal(counters.calls[COUNTERS_V3].at[2], 4);
	assert_true(counters_table_is_zero(&counters, COUNTERS_V4)); /* the kernel has it no more */
	since.narrow = true;
	since.value[COUNTERS_IO][0] = (uint32_t)712345678901;
	assert_int_equal(parse(COUNTERS_SERVER, "io 712345678999\n"), 0);
	counters_subtract(&counters, &since);
	assert_int_equal(counters.value[COUNTERS_IO][0], 98);
}

/* As after a reboot: then no number says what was counted since. */
static void counters_that_were_reset(void **state)
{
	static const struct {
		const char *since, *now;
		bool was_reset;
	} rows[] = {
		{ "io 4294967296 1\nrpc 1\n", "io 500 1\nrpc 5\n", true },
		{ "rc 1 5 5\n", "rc 0 7 7\n", true },
		{ "proc4ops 2 3 9\n", "proc4ops 2 3 8\n", true },
		{ "rpc 4294967290\nio 7 7\n", "rpc 4\nio 8 8\n", false }, /* it has 32 bits */
		{ "ra 32 5\nrpc 7\n", "ra 16 5\nrpc 7\n", false },
		{ "proc4ops 2 3 9\nrpc 7\n", "rpc 7\n", false }, /* the kernel has it no more */
	};
	struct counters since;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(parse(COUNTERS_SERVER, rows[i].since), 0);
		since = counters;
		assert_int_equal(parse(COUNTERS_SERVER, rows[i].now), 0);
		counters_subtract(&counters, &since);
		if (counters.was_reset != rows[i].was_reset)
			fail_msg("row %zu", i);
	}
}

/* Netlink counts callbacks, files of /proc do not: what was counted since one was copied cannot be known. */
static void callbacks_since(void **state)
{
	static const char copy[] = "rc 5 6 9\nproc4ops 2 8 1\n";
	static const char printed[] = "Server nfs v4:\nnull \n8    100%     \n\n";
	struct counters_saved raw, pretty;

	(void)state;
	memset(&counters, 0, sizeof(counters));
	counters.source = COUNTERS_FROM_NETLINK;
	counters.calls[COUNTERS_V4_CALLBACKS] = (struct counters_calls){ .count = 13, .at = { [1] = 7 } };
	assert_int_equal(counters_parse_saved("copy", copy, strlen(copy), &raw, &e), 0);
	assert_int_equal(counters_parse_saved("printed", printed, strlen(printed), &pretty, &e), 0);
	counters_subtract(&counters, &pretty.side[COUNTERS_SERVER]); /* there it would stand if it had counted */
	assert_int_equal(counters.calls[COUNTERS_V4_CALLBACKS].at[1], 7);
	counters_subtract(&counters, &raw.side[COUNTERS_SERVER]);
	assert_int_equal(counters.calls[COUNTERS_V4_CALLBACKS].count, 0);
	assert_true(counters_table_is_zero(&counters, COUNTERS_V4_CALLBACKS));
}

/* ---- what was saved ---------------------------------------------------------------------- */

static struct counters_saved saved;

static int parse_saved(const char *text)
{
	return counters_parse_saved("file", text, strlen(text), &saved, &e);
}

static void saved_files(void **state)
{
	(void)state;
	assert_int_equal(parse_saved("net 1 2 3 4\nproc3 1 5\n"), 0);
	assert_int_equal(saved.form, COUNTERS_RAW_CLIENT);
	assert_int_equal(saved.side[COUNTERS_CLIENT].calls[COUNTERS_V3].at[0], 5);
	assert_int_equal(parse_saved("rc 1 2 3\nproc4ops 1 5\n"), 0);
	assert_int_equal(saved.form, COUNTERS_RAW_SERVER);
	assert_int_equal(saved.side[COUNTERS_SERVER].calls[COUNTERS_V4_OPERATIONS].at[0], 5);
	assert_int_equal(parse_saved("$ nfsstat\nServer rpc stats:\n"
				     "calls badcalls badfmt badauth badclnt\n1 2 3 4 5\n\n"
				     "Client nfs v3:\nnull getattr\n12345678100%     9  0%\ncommit\n7  1%"),
			 0);
	assert_int_equal(saved.form, COUNTERS_PRETTY);
	assert_int_equal(saved.side[COUNTERS_SERVER].value[COUNTERS_RPC][4], 5);
	assert_int_equal(saved.side[COUNTERS_CLIENT].calls[COUNTERS_V3].at[0], 12345678);
	assert_int_equal(saved.side[COUNTERS_CLIENT].calls[COUNTERS_V3].at[1], 9);
	assert_int_equal(saved.side[COUNTERS_CLIENT].calls[COUNTERS_V3].at[21], 7);
	assert_int_equal(saved.side[COUNTERS_CLIENT].calls[COUNTERS_V3].count, 22);
}

static void saved_mistakes(void **state)
{
	static const struct {
		const char *text, *complaint;
	} bad[] = {
		{ "hello\n", "file: this is no saved output of nfsstat, and no copy of a file in /proc/net/rpc" },
		{ "net x\n", "file:1: what should be a number is none" },
		{ "a\nClient rpc stats:\n", "file:2: the names of the columns are missing" },
		{ "Client rpc stats:\n\n", "file:2: the names of the columns are missing" },
		{ "Client rpc stats:\ncalls retry\n1 2 3\n", "file:2: these are not the names of the columns" },
		{ "Client rpc stats:\ncalls retrans authrefrsh\n", "file:2: the numbers are missing" },
		{ "Client rpc stats:\ncalls retrans authrefrsh\n1 2\n", "file:3: a number is missing" },
		{ "Client nfs v3:\n", "file:1: the operations are missing" },
		{ "Client nfs v3:\nnull\n", "file:2: the numbers are missing" },
		{ "Client nfs v3:\nnull compound\n", "file:2: there is an operation that is not known" },
		{ "Client nfs v3:\nnull getattr\n1  2%\n", "file:3: a number with its percentage is missing" },
		{ "Client nfs v3:\nnull\n2%\n", "file:3: a number with its percentage is missing" },
		{ "Client nfs v3:\nnull\nx  2%\n", "file:3: what should be a number is none" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(parse_saved(bad[i].text), -EBADMSG);
		assert_string_equal(e.text, bad[i].complaint);
	}
	assert_int_equal(parse_saved(""), -ENODATA);
}

/* ---- netlink ------------------------------------------------------------------------------ */

static char message[8192];

static struct nlmsghdr *begin(void)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(message);

	mnl_nlmsg_put_extra_header(header, sizeof(struct genlmsghdr));
	return header;
}

static void put_entry(struct nlmsghdr *header, uint16_t type, uint32_t op, uint64_t count)
{
	struct nlattr *nest = mnl_attr_nest_start(header, type);

	mnl_attr_put_u32(header, NFSD_A_SERVER_PROC_ENTRY_OP, op);
	mnl_attr_put_u64(header, NFSD_A_SERVER_PROC_ENTRY_COUNT, count);
	mnl_attr_nest_end(header, nest);
}

static void netlink(void **state)
{
	struct nlmsghdr *header = begin();

	(void)state;
	memset(&counters, 0, sizeof(counters));
	mnl_attr_put_u64(header, NFSD_A_SERVER_STATS_RC_NOCACHE, 1ull << 40);
	mnl_attr_put_u64(header, NFSD_A_SERVER_STATS_FH_STALE, 3);
	mnl_attr_put_u64(header, NFSD_A_SERVER_STATS_IO_WRITE, 4);
	mnl_attr_put_u32(header, NFSD_A_SERVER_STATS_NETTCPCONN, 5);
	mnl_attr_put_u32(header, NFSD_A_SERVER_STATS_RPCCNT, 100);
	mnl_attr_put_u32(header, NFSD_A_SERVER_STATS_RPCBADFMT, 1);
	mnl_attr_put_u32(header, NFSD_A_SERVER_STATS_RPCBADAUTH, 2);
	mnl_attr_put_u32(header, NFSD_A_SERVER_STATS_RPCBADCLNT, 3);
	mnl_attr_put_u32(header, 99, 3);
	put_entry(header, NFSD_A_SERVER_STATS_PROC3_OPS, 21, 7);
	put_entry(header, NFSD_A_SERVER_STATS_PROC4CB_OPS, 1, 9);
	put_entry(header, NFSD_A_SERVER_STATS_PROC4CB_OPS, 4, 8);
	assert_int_equal(counters_netlink_decode(header, header->nlmsg_len, &counters), 0);
	header = begin();
	put_entry(header, NFSD_A_SERVER_STATS_PROC4OPS_OPS, 80, 11);
	assert_int_equal(counters_netlink_decode(header, header->nlmsg_len, &counters), 0);

	assert_int_equal(counters.value[COUNTERS_REPLY_CACHE][2], 1ull << 40);
	assert_int_equal(counters.value[COUNTERS_FILE_HANDLES][4], 3);
	assert_int_equal(counters.value[COUNTERS_IO][1], 4);
	assert_int_equal(counters.value[COUNTERS_NET][3], 5);
	assert_int_equal(counters.value[COUNTERS_RPC][0], 100);
	assert_int_equal(counters.value[COUNTERS_RPC][1], 6);
	assert_int_equal(counters.calls[COUNTERS_V3].count, 22);
	assert_int_equal(counters.calls[COUNTERS_V3].at[21], 7);
	assert_int_equal(counters.calls[COUNTERS_V4_CALLBACKS].at[1], 8); /* cb_recall */
	assert_int_equal(counters.calls[COUNTERS_V4_OPERATIONS].count, 81);
	assert_int_equal(counters.source, COUNTERS_FROM_NETLINK);
}

static void netlink_mistakes(void **state)
{
	struct nlmsghdr *header = begin();

	(void)state;
	memset(&counters, 0, sizeof(counters));
	assert_int_equal(counters_netlink_decode(header, 3, &counters), -EBADMSG);
	put_entry(header, NFSD_A_SERVER_STATS_PROC3_OPS, 1, 7);
	assert_int_equal(counters_netlink_decode(header, header->nlmsg_len - 4, &counters), -EBADMSG);
	header->nlmsg_len -= 4;
	assert_int_equal(counters_netlink_decode(header, header->nlmsg_len, &counters), -EBADMSG);
	header = begin();
	put_entry(header, NFSD_A_SERVER_STATS_PROC3_OPS, COUNTERS_OPERATIONS_MAX, 7);
	assert_int_equal(counters_netlink_decode(header, header->nlmsg_len, &counters), -EBADMSG);
	header = begin();
	put_entry(header, NFSD_A_SERVER_STATS_PROC4CB_OPS, UINT32_MAX, 7);
	assert_int_equal(counters_netlink_decode(header, header->nlmsg_len, &counters), -EBADMSG);
	header = begin();
	mnl_attr_put_u32(header, NFSD_A_SERVER_STATS_IO_READ, 7);
	assert_int_equal(counters_netlink_decode(header, header->nlmsg_len, &counters), -EBADMSG);
	header = begin();
	mnl_attr_put_u32(header, NFSD_A_SERVER_STATS_PROC2_OPS, 7);
	assert_int_equal(counters_netlink_decode(header, header->nlmsg_len, &counters), -EBADMSG);
}

/* The family of families is in every kernel, and shows all of them, in several messages. */
static int count_family(const void *part, size_t size, void *context)
{
	struct genl_family family;
	unsigned int *count = context;

	++*count;
	return genl_family_decode(part, size, &family);
}

static int end_at_once(const void *part, size_t size, void *context)
{
	(void)part;
	(void)size;
	(void)context;
	return -EBADMSG;
}

static void dumps(void **state)
{
	unsigned int count = 0;
	struct genl *genl;

	(void)state;
	assert_int_equal(genl_open("nlctrl", &genl, &e), 0);
	(void)genl_request(genl, CTRL_CMD_GETFAMILY, NLM_F_DUMP);
	assert_int_equal(genl_dump(genl, count_family, &count, &e), 0);
	assert_true(count > 1);
	(void)genl_request(genl, 255, NLM_F_DUMP);
	assert_int_equal(genl_dump(genl, count_family, &count, &e), -EOPNOTSUPP);
	(void)genl_request(genl, CTRL_CMD_GETFAMILY, NLM_F_DUMP);
	assert_int_equal(genl_dump(genl, end_at_once, NULL, &e), -EBADMSG);
	genl_close(genl);
}

/* ---- reading ------------------------------------------------------------------------------- */

static void reading(void **state)
{
	struct error remark;

	(void)state;
	assert_int_equal(counters_read("/nowhere", COUNTERS_SERVER, &counters, &remark, &e), -ENOENT);
	assert_string_equal(e.text, "/nowhere/proc/net/rpc/nfsd: No such file or directory");
	assert_int_equal(counters_read_saved("/nowhere", &saved, &e), -ENOENT);
	assert_string_equal(e.text, "/nowhere: No such file or directory");
	assert_int_equal(counters_read_saved("/dev", &saved, &e), -EISDIR);
	assert_int_equal(counters_read_saved("/dev/null", &saved, &e), -ENODATA);
	assert_int_equal(counters_read_saved("/dev/zero", &saved, &e), -EFBIG);
}

/* ---- what nfsstat makes of them -------------------------------------------------------------- */

static void callbacks_are_shown(void **state)
{
	struct cli cli = { .tables = true, .version[4] = true };
	struct report report = { .cli = &cli, .has[COUNTERS_SERVER] = true };
	struct counters *server = &report.side[COUNTERS_SERVER];
	AUTO_STRBUF text = { 0 }, again = { 0 };

	(void)state;
	report_text(&report, &text); /* of /proc, which does not have them */
	assert_null(strstr(text.text, "callback"));
	server->calls[COUNTERS_V4_CALLBACKS].count = 13;
	report_text(&report, &again);
	assert_non_null(strstr(again.text, "\nServer nfs v4 callback operations:\ncb_getattr       cb_recall        "));
	strbuf_free(&text);
	text = (struct strbuf){ 0 };
	server->calls[COUNTERS_V4_CALLBACKS].at[12] = 2;
	report_list(&report, &text);
	assert_string_equal(text.text, " nfs v4 cback        total:        2 \n------------- ------------- --------\n"
				       " nfs v4 cback   cb_offload:        2 \n\n");
}

/* What is printed can be read again: all that the layout has a place for. */
static void round_trip(void **state)
{
	struct cli cli = { .tables = true, .automatic = true };
	struct report report = { .cli = &cli, .has[COUNTERS_CLIENT] = true };
	AUTO_STRBUF text = { 0 };

	(void)state;
	client_slots(80);
	for (size_t i = 0; i < COUNTERS_BLOCKS; i++)
		cli.block[i] = true;
	counters.value[COUNTERS_RPC][0] = UINT32_MAX;
	report.side[COUNTERS_CLIENT] = counters;
	report_text(&report, &text);
	assert_int_equal(counters_parse_saved("text", text.text, text.size, &saved, &e), 0);
	assert_memory_equal(saved.side[COUNTERS_CLIENT].value, counters.value, sizeof(counters.value));
	for (unsigned int table = 0; table < COUNTERS_TABLES; table++) {
		const struct counters_table_form *form = counters_table_form(COUNTERS_CLIENT, table);

		if (form)
			assert_memory_equal(saved.side[COUNTERS_CLIENT].calls[table].at, counters.calls[table].at,
					    form->classic * sizeof(counters.calls[table].at[0]));
	}
}

static void mounts(void **state)
{
	char lines[] = "s:/a /b nfs4 rw,x 0 0\n# /c nfs rw\nt /d nfs\nproc /proc proc rw\n\nx\n";
	const struct snapshot snapshot = { .namespace = "net:[1]", .when = 0 };
	char odd[] = "s:/a\\040b /b nfs rw,context=\"u:r:t:s0:c0,c1\",x=\\040\\134\\054y,,z=\xc3 0 0\n";
	char empty[] = "";
	AUTO_STRBUF text = { 0 }, json = { 0 }, words = { 0 };

	(void)state;
	mounts_text(lines, &text);
	assert_string_equal(text.text, "/b from s:/a\n Flags:\trw,x\n\n");
	mounts_json(&snapshot, empty, &json);
	assert_non_null(strstr(json.text, "\"mounts\":["));
	assert_non_null(strstr(json.text, "\"namespace\":\"net:[1]\""));
	mounts_json(&snapshot, odd, &words);
	assert_non_null(strstr(words.text, "\"source\":\"s:/a b\""));
	assert_non_null(strstr(words.text, "\"rw\",\n        \"context=\\\"u:r:t:s0:c0,c1\\\"\",\n"
					   "        \"x= \\\\,y\",\n"
					   "        \"z=\\\\xc3\"\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(proc),
		cmocka_unit_test(proc_mistakes),
		cmocka_unit_test(slots_of_the_client),
		cmocka_unit_test(zeros_of_the_classic_layout),
		cmocka_unit_test(differences),
		cmocka_unit_test(counters_that_were_reset),
		cmocka_unit_test(callbacks_since),
		cmocka_unit_test(saved_files),
		cmocka_unit_test(saved_mistakes),
		cmocka_unit_test(netlink),
		cmocka_unit_test(netlink_mistakes),
		cmocka_unit_test(dumps),
		cmocka_unit_test(reading),
		cmocka_unit_test(callbacks_are_shown),
		cmocka_unit_test(round_trip),
		cmocka_unit_test(mounts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
