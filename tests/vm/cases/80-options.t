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

# The reader of a row: its list is the last that -v tells. What -v tells of version 3 is not yet what the kernel gets,
# and differs between the two programs, so there mount(2) itself is looked at, and made to fail.
cat >"$results/reader" <<'END'
folder=$1 data=$2 traced=$3 number=0 last=
last_list() { # TEXT BEFORE AFTER: what stands between them in the last line that has both
	list=-
	case $1 in *"$2"*) list=${1##*"$2"} list=${list%%"$3"*} ;; esac
}
trace() { # ARGUMENT...: the data of mount(2)
	strace -f -qq -s 8192 -e trace=mount -e inject=mount:error=EIO -o /tmp/trace "$@" >/dev/null 2>&1 </dev/null
	last_list "$(</tmp/trace)" ', "' '") = -1'
	list=${list##*, \"}
}
while IFS=$'\t' read -r program conf device options; do
	case $program in '#'* | '') continue ;; esac
	number=$((number + 1))
	if [ "$conf" != "$last" ]; then
		echo "$(<"$data/configurations/$conf.conf")" >/etc/nfsmount.conf
		last=$conf
	fi
	arguments=("$device" /mnt/nfs -n)
	[ "$options" = - ] || arguments+=(-o "$options")
	status=0
	said=$("$folder/$program" -f -v "${arguments[@]}" 2>&1 </dev/null) || status=$?
	last_list "$said" "trying text-based options '" "'"
	case $traced,$status,$list in
	no,* | *,*,- | *vers=4* | *v4*) ;;
	yes,0,*) trace "$folder/$program" "${arguments[@]}" ;;
	esac
	printf '%d\t%d\t%s\n' "$number" "$status" "$list"
done <"$data/table"
: >/etc/nfsmount.conf
END

# run_table FOLDER TRACED OUT: a line for each row: its number, the exit status, the option list ("-" for none)
run_table() { on client timeout 300 bash "$results/reader" "$1" "$data" "$2" >"$results/$3"; }

case_name "the table"
ok "runs with the distribution's program" run_table "$distribution" yes theirs
ok "runs with ours" run_table /usr/sbin no ours
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
