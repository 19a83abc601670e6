#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What reaches the kernel is what the distribution's mount.nfs would pass: a table of option strings, configurations
# and devices (80-options/table), each given to ours with -f -n -v, and compared with what the distribution's program
# was seen to do (80-options/recorded). Where ours is meant to differ, 80-options/differences says how and why, and that,
# too, is asserted. All rows take minutes here, so each of the two kernels, which have no say in this, has one half;
# and a share, another one on each kernel, has to show that the record is what the program of this machine does.
set -u
. "$(dirname "$0")/../hosts.sh"
. "$(dirname "$0")/../tap.sh"
data=$(cd "$(dirname "$0")" && pwd)/80-options
results=$vm_dir/options
mkdir -p "$results"

hosts_reset || bail "the hosts are not up"
# On this network nobody answers for it: a name that is not in /etc/hosts is unknown at once.
echo 'hosts: files' | put_file client /etc/nsswitch.conf

every=10
case $(uname -r) in
6.*) offset=2 ours="2 0" ;;
*) offset=5 ours="2 1" ;;
esac

rows_of() { grep -v -e '^#' -e '^$' "$1"; }
run_table() { # FOLDER TRACED EVERY OFFSET OUT
	on client timeout 300 bash "$data/reader" "${@:1:4}" >"$results/$5"
}

case_name "the table"
rows=$(rows_of "$data/table" | wc -l)
less "has at least 400 rows" 399 "$rows"
is "is what was recorded" "$(rows_of "$data/recorded" | cut -f 1-4)" "$(rows_of "$data/table")"
# shellcheck disable=SC2086 # two numbers
ok "runs with ours" run_table /usr/sbin no $ours ours
is "all of its rows ran with ours" "$(wc -l <"$results/ours")" \
	"$(rows_of "$data/table" | awk -v every="${ours% *}" -v offset="${ours#* }" 'NR % every == offset' | wc -l)"
ok "a share of it runs with the distribution's program" run_table "$distribution" yes "$every" "$offset" theirs
less "a share is some rows" 39 "$(wc -l <"$results/theirs")"
is "the distribution's program does what was recorded" "$(grep -vxFf "$data/recorded" "$results/theirs")" ""

# Lines "verdict TAB group TAB row and what both did".
compare() {
	awk -F '\t' -v OFS='\t' '
		function row_of() { return $1 OFS $2 OFS $3 OFS $4 }
		/^#/ { if (FILENAME == ARGV[1]) name = substr($0, 3) }
		/^#/ || NF == 0 { next }
		FILENAME == ARGV[1] { n++; row[n] = $0; title[n] = name }
		FILENAME == ARGV[2] { theirs[row_of()] = $5 OFS $6 }
		FILENAME == ARGV[3] { ours[row_of()] = $5 OFS $6 }
		FILENAME == ARGV[4] { wanted[row_of()] = $5 OFS $6; unused[row_of()] = 1 }
		END {
			for (i = 1; i <= n; i++) {
				r = row[i]
				delete unused[r]
				if (!(r in ours)) continue
				same = theirs[r] != "" && theirs[r] == ours[r]
				verdict = same ? "good" : "bad"
				if (r in wanted)
					verdict = ours[r] != wanted[r] ? "bad" : same ? "stale" : "good"
				print verdict, title[i], r, "theirs:", theirs[r], "ours:", ours[r]
			}
			for (r in unused) print "stale", "differences", r, "is not in the table"
		}' "$data/table" "$data/recorded" "$results/ours" "$data/differences"
}
compare >"$results/verdicts"

case_name "the options are the same"
while IFS= read -r title; do
	bad=$(awk -F '\t' -v title="$title" '$2 == title && $1 != "good"' "$results/verdicts")
	is "$title" "$bad" ""
done < <(awk -F '\t' '!seen[$2]++ { print $2 }' "$results/verdicts")

done_testing
