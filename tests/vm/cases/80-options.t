#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What reaches the kernel is what the distribution's mount.nfs would pass: a table of option strings, configurations
# and devices (80-options/table), each given to both programs with -f -n -v. Where ours is meant to differ,
# 80-options/differences says how and why, and that, too, is asserted.
set -u
. "$(dirname "$0")/../hosts.sh"
. "$(dirname "$0")/../tap.sh"
data=$(cd "$(dirname "$0")" && pwd)/80-options
results=$vm_dir/options
mkdir -p "$results"

hosts_reset || bail "the hosts are not up"
# On this network nobody answers for it: a name that is not in /etc/hosts is unknown at once.
echo 'hosts: files' | put_file client /etc/nsswitch.conf

# run_table FOLDER OUT: a line for each row: its number, the exit status, the option list ("-" for none)
run_table() {
	on_sh client "$1" "$data" <<-'END' >"$results/$2"
		folder=$1 data=$2 number=0 last=
		tab=$(printf '\t')
		while IFS=$tab read -r program conf device options; do
			case $program in '#'* | '') continue ;; esac
			number=$((number + 1))
			if [ "$conf" != "$last" ]; then
				cat "$data/configurations/$conf.conf" >/etc/nfsmount.conf
				last=$conf
			fi
			[ "$options" != - ] || options=
			status=0
			timeout 20 "$folder/$program" "$device" /mnt/nfs -f -n -v ${options:+-o "$options"} >/tmp/said 2>&1 </dev/null ||
				status=$?
			list=$(sed -n "s/.*trying text-based options '\(.*\)'$/\1/p" /tmp/said | tail -n 1)
			printf '%d\t%d\t%s\n' "$number" "$status" "${list:--}"
		done <"$data/table"
		: >/etc/nfsmount.conf
	END
}

case_name "the table"
ok "runs with the distribution's program" run_table "$distribution" theirs
ok "runs with ours" run_table /usr/sbin ours
rows=$(grep -vc '^#' "$data/table")
less "has at least 200 rows" 199 "$rows"
is "all rows ran with the distribution's program" "$(wc -l <"$results/theirs")" "$rows"
is "all rows ran with ours" "$(wc -l <"$results/ours")" "$rows"

# A port that rpcbind chose anew at each start is the same for both, so it is compared, too.
compare() {
	awk -F '\t' -v OFS='\t' '
		FILENAME == ARGV[1] { if ($0 !~ /^#/ && $0 != "") { n++; row[n] = $0; title[n] = name } else if (/^# /) name = substr($0, 3); next }
		FILENAME == ARGV[2] { theirs[$1] = $2 "\t" $3; next }
		FILENAME == ARGV[3] { ours[$1] = $2 "\t" $3; next }
		FILENAME == ARGV[4] { if ($0 !~ /^#/ && $0 != "") { wanted[$1 OFS $2 OFS $3 OFS $4] = $5 OFS $6; used[$1 OFS $2 OFS $3 OFS $4] = 0 } }
		END {
			for (i = 1; i <= n; i++) {
				if (row[i] in wanted) {
					used[row[i]] = 1
					verdict = ours[i] != wanted[row[i]] ? "bad" : theirs[i] == ours[i] ? "stale" : "good"
				} else
					verdict = theirs[i] != "" && theirs[i] == ours[i] ? "good" : "bad"
				print verdict, title[i], row[i], "theirs:", theirs[i], "ours:", ours[i]
			}
			for (key in used) if (!used[key]) print "stale", "differences", key, "is not in the table"
		}' "$data/table" "$results/theirs" "$results/ours" "$data/differences"
}
compare >"$results/verdicts"

case_name "the options are the same"
while IFS= read -r title; do
	bad=$(awk -F '\t' -v title="$title" '$2 == title && $1 != "good"' "$results/verdicts")
	is "$title" "$bad" ""
done < <(awk -F '\t' '!seen[$2]++ { print $2 }' "$results/verdicts")

done_testing
