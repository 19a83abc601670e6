#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every member that a source puts into JSON stands in the section of the man page about it.
set -eu

cd "${TOP_SRCDIR:-.}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# shellcheck source=tap.sh
. tests/shell/tap.sh

# members_stand_in PAGE FROM TO SOURCE...
members_stand_in() {
	local page=$1 from=$2 to=$3
	shift 3
	sed -n "/$from/,/$to/p" "man/$page" | grep '^\.' | tr ' ' '\n' | sort -u >"$work/words"
	sed -nE 's/.*(json_put_[a-z]+|json_object_object_add|put_known)\([a-z_]+, "([a-z0-9_]+)".*/\2/p' "$@" | sort -u >"$work/members"
	tap_result "$([ -s "$work/members" ]; echo $?)" "$page: $* put members"
	is "$page has each of them" "$(comm -13 "$work/words" "$work/members" | xargs)" ""
}

members_stand_in nfsstat.8 '^\.Ss JSON' '^\.Sh ENV' utils/nfsstat/json.c utils/nfsstat/tls_json.c support/snapshot/snapshot.c support/finding/finding.c
members_stand_in nfstls.8 '^\.Sh JSON' '^\.Sh FILES' utils/nfstls/probe_report.c utils/nfstls/explain_answers.c support/finding/finding.c
members_stand_in nfscert.8 '^\.Sh JSON' '^\.Sh FILES' utils/nfscert/describe.c utils/nfscert/list.c support/finding/finding.c
members_stand_in exportfs.8 '^\.Ss JSON' '^\.Sh FILES' utils/exportfs/json.c support/finding/finding.c
members_stand_in rpc.tlshd.8 '^\.Sh REQUESTS' '^\.Sh FILES' utils/tlshd/answer.c utils/tlshd/live.c utils/tlshd/proving.c utils/tlshd/record.c utils/tlshd/report.c
sed -n '/^\.Sh THE LOG LINE/,/^\.Sh REQUESTS/p' man/rpc.tlshd.8 | grep '^\.It' | tr ' ' '\n' | sort -u >"$work/words"
grep -oE '[a-z]+=(%|\\")' utils/tlshd/line.c | sed 's/=.*//' | sort -u >"$work/members"
is "rpc.tlshd.8 has each word of the log line" "$(comm -13 "$work/words" "$work/members" | xargs)" ""

done_testing
