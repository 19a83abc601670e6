#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nfsstat beside the distribution's, over counters of five kernels (nfsstat/KERNEL/proc: their layout, with numbers made
# up so that no two places have the same; captured-KERNEL: as a test machine had them) and all that can be asked for:
# output, complaints and exit status must be the same, byte for byte. Both run in root folders of their own, with a
# /proc of plain files; the kernel of this machine is not asked, unless it has nfsd's counters over netlink (7.2).
#
# What differs on purpose comes last: counters and files that it misreads, JSON.
# shellcheck disable=SC2086 # lists of words are split all over
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${TOP_BUILDDIR:-.}" && pwd)
declare -A program=([theirs]=/usr/sbin/nfsstat [ours]=$build/utils/nfsstat/nfsstat)
work=$(mktemp -d) || exit 1
children=()
# shellcheck disable=SC2329 # by trap
cleanup() {
	[ ${#children[@]} -eq 0 ] || kill "${children[@]}" 2>/dev/null
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM
# shellcheck source=exports/roots.sh
. "$here/exports/roots.sh"
for who in theirs ours; do
	[ -x "${program[$who]}" ] || { echo "Bail out! there is no ${program[$who]}"; exit 1; }
	mkdir -p "$work/$who/tmp" "$work/$who/proc/net/rpc"
	copy_program "$work/$who" "${program[$who]}" nfsstat
done

# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

# nfsstat WHO ARGUMENT...: leaves $work/WHO.out, .err and .status
nfsstat() {
	local who=$1
	shift
	timeout 60 chroot "$work/$who" /nfsstat "$@" >"$work/$who.out" 2>"$work/$who.err" </dev/null
	echo $? >"$work/$who.status"
}

# ---- the same ----------------------------------------------------------------------------------

differing=
same() { # ARGUMENT...: adds to $differing when they are not
	local part
	nfsstat theirs "$@"
	nfsstat ours "$@"
	for part in out err status; do
		cmp -s "$work/theirs.$part" "$work/ours.$part" && continue
		differing+="nfsstat $*: $part
$(diff "$work/theirs.$part" "$work/ours.$part" | head -n 8)
"
	done
}
equal() { # NAME: of all that was called since the last time
	[ -z "$differing" ]
	tap_result $? "$1" "$differing"
	differing=
}

# give KERNEL [FILTER]: both have its counters
give() {
	local who file
	for who in theirs ours; do
		for file in nfs nfsd; do
			${2:-cat} <"$here/nfsstat/$1/proc/net/rpc/$file" >"$work/$who/proc/net/rpc/$file"
		done
	done
}
take_away() { rm -f "$work/theirs/proc/net/rpc/$1" "$work/ours/proc/net/rpc/$1"; }

# Without what nfs-utils misreads: where the kernel has zero_range in the client's slot 57 (6.16), it takes it for
# layoutstats, and that for clone.
classic() { awk '{ if ($1 == "proc4" && $2 >= 71) $60 = $61 = $62 = 0; print }'; }
# A third of it: what was counted earlier.
earlier() {
	classic | awk '{ for (i = /^proc/ ? 3 : 2; i <= NF; i++) if ($i !~ /\./) $i = sprintf("%.0f", int($i / 3)); print }'
}
# All zeros, but that there were calls.
idle() {
	awk '{ for (i = /^proc/ ? 3 : 2; i <= NF; i++) if ($i !~ /\./) $i = 0; if ($1 == "rpc") $2 = 5; print }'
}
save() { # NAME [TEXT]: as /tmp/NAME for both; TEXT or standard input
	if [ $# -gt 1 ]; then printf '%s' "$2" >"$work/ours/tmp/$1"; else cat >"$work/ours/tmp/$1"; fi
	cp "$work/ours/tmp/$1" "$work/theirs/tmp/$1"
}

sides=("" -s -c "-s -c")
kinds=("" -n -r "-o net" "-o rc -o rpc" "-o all" "-o nfs -o fh" -v)
versions=("" -2 -3 -4 "-2 -3 -4" "-3 --auto")
combinations() {
	local side kind version list
	for side in "${sides[@]}"; do
		for kind in "${kinds[@]}"; do
			for version in "${versions[@]}"; do
						for list in "" -l; do same $side $kind $version $list; done
			done
		done
	done
}
for kernel in 4.19 5.10 6.1 6.12 7.3 captured-6.12 captured-7.3; do
	give $kernel classic
	combinations
	equal "Linux $kernel: all combinations of sides, kinds, versions and -l"
done
give 5.10 idle
combinations
equal "nothing was called: all combinations"
# Linux 6.12 counts NFSv4 procedures in all network namespaces together, and operations in each.
give 6.12 idle
for who in ours theirs; do sed -i 's/^proc4 .*/proc4 2 11 136/' "$work/$who/proc/net/rpc/nfsd"; done
combinations
equal "procedures without operations: all combinations"
give 6.1
for word in net rpc nfs rc io ra fh all th "" n nfs,rpc ALL; do same -s -o "$word"; same -o "$word" -c; done
equal "the words of -o"
for words in "-s -v" "-c -v" --all --verbose --list --server --client --rpc --nfs --li "-sr" "-crn3" "-onet" "operand" "-c operand -r" \
	"-a" "-z" "-a -z" "-z -a" "--acl" "--zero" "-o th -a" "-a -o th" "-r -x" "-x -r" "-q" "-cq" "--nope" "--ver" "--a" "--s" \
	"--server=1" "-o" "-S" "--since" "--since -r" "-m" "-m -x" "-x -m" "-m -o th" "-o th -m" "-S /tmp/no -m" "--auto -r" "-- -x"; do
	same $words
done
equal "options in other forms, and bad ones"
# Every beginning of every long option, also those that nothing of ours may take away from it.
for name in acl all auto client help list mounts nfs rpc server since sleep verbose version zero; do
	for ((size = 1; size <= ${#name}; size++)); do
		word=--${name:0:size}
		# help and the version differ; and to sleep is to wait for Ctrl-C
		case $word in
		--h*) "${program[ours]}" "$word" | grep -q '^usage: ' || differing+="$word: no help" ;;
		--vers*) "${program[ours]}" "$word" | grep -q '^nfsstat: [0-9]' || differing+="$word: no version" ;;
		--sl*) same "$word" -z; same "$word=1" -z; same "$word=1" --nope ;;
		--si*) same "$word" /tmp/no; same "$word=/tmp/no"; same "$word" ;;
		*) same "$word"; same "$word=x" ;;
		esac
	done
done
equal "all abbreviations of all long options"

take_away nfsd
for words in "" -s -c -v "-s -r" "-s -c -o all"; do same $words; done
equal "no server"
take_away nfs
for words in "" -s -c -v "-o net" "-c -l"; do same $words; done
equal "neither server nor client"
give 6.1
take_away nfs
for words in "" -s -c -v "-c -r" -l; do same $words; done
equal "no client"
: >"$work/ours/proc/net/rpc/nfs"
: >"$work/theirs/proc/net/rpc/nfs"
for words in "" -c; do same $words; done
equal "a client's file that is empty"

# numbers that do not fit their columns, or 32 bits
printf 'net 4294967295 4294967296 5368709120 0\nrpc 123456789 12 3\nproc3 9 4294967295 4294967295 4294967296 0 5 11 0 2 1\nproc4 1 12345678\n' |
	tee "$work/ours/proc/net/rpc/nfs" >"$work/theirs/proc/net/rpc/nfs"
printf 'rc 1\nio 5368709120 4294967295\nproc3 1 123456789\nproc4 2 0 0\n' |
	tee "$work/ours/proc/net/rpc/nfsd" >"$work/theirs/proc/net/rpc/nfsd"
for words in -v "-v -l" "-c -4" "-s -4 -o io"; do same $words; done
equal "large numbers, few numbers"

# what that layout has no place for is zero there
{ printf 'net 1 0 1 1\nrpc 9 0 0\nproc3 2 0 4294967296\nproc4 69'; printf ' 0%.0s' {1..60}; printf ' 7'; printf ' 0%.0s' {1..8}; echo; } |
	tee "$work/ours/proc/net/rpc/nfs" >"$work/theirs/proc/net/rpc/nfs"
{ printf 'rc 1 2 3\nrpc 9 0 0 0 0\nproc4 2 0 4294967296\nproc4ops 76'; printf ' 0%.0s' {1..75}; echo ' 7'; } |
	tee "$work/ours/proc/net/rpc/nfsd" >"$work/theirs/proc/net/rpc/nfsd"
combinations
equal "only operations that are newer, and numbers that are longer: all combinations"

# ---- mounts ------------------------------------------------------------------------------------

for kernel in 7.3 4.19 captured-6.12 captured-7.3; do
	cp "$here/nfsstat/$kernel/proc/mounts" "$work/ours/proc/mounts"
	cp "$here/nfsstat/$kernel/proc/mounts" "$work/theirs/proc/mounts"
	same -m
	same --mounts -c
done
printf '# x\n\nbad\n s:/a   /b\tnfs\trw,x 0 0\ns:/c /d nfs4 ro' | tee "$work/ours/proc/mounts" >"$work/theirs/proc/mounts"
same -m
printf 's:/a /b nfs\ns:/c /d nfs4 \ns:/e /f nfs4 ro 0 0\n' | tee "$work/ours/proc/mounts" >"$work/theirs/proc/mounts"
same -m
equal "-m"

# ---- -S ----------------------------------------------------------------------------------------

since="-r -n -o net -o rc" # the others are below
for kernel in 4.19 6.1 7.3; do
	give $kernel earlier
	save nfs <"$work/ours/proc/net/rpc/nfs"
	save nfsd <"$work/ours/proc/net/rpc/nfsd"
	nfsstat ours -v
	save both <"$work/ours.out"
	nfsstat ours -c -v
	nfsstat ours -c -n
	save client <"$work/ours.out"
	nfsstat ours -s -r
	save server-rpc <"$work/ours.out"
	give $kernel classic
	for file in nfs nfsd both client server-rpc no; do
		for side in "${sides[@]}"; do
			same $side $since -S /tmp/$file
			same $side -l -S /tmp/$file
			same $side -3 --since=/tmp/$file
		done
	done
done
equal "-S with saved files of all forms"
save empty ""
for words in "" -s -c; do same $words -S /tmp/empty; done
equal "-S with an empty file"
for side in nfs nfsd; do
	take_away $side
	for words in "" -s -c; do
		for file in nfs nfsd both no; do same $words -S /tmp/$file; done
	done
	give 7.3 classic
done
equal "-S where a side is missing"

# ---- -Z ----------------------------------------------------------------------------------------

# begin WHO ARGUMENT...: runs in the background, its output can be read from descriptor 3
begin() {
	local who=$1
	shift
	rm -f "$work/pipe"
	mkfifo "$work/pipe"
	exec 3<>"$work/pipe"
	chroot "$work/$who" /nfsstat "$@" >"$work/pipe" 2>"$work/$who.err" 3<&- </dev/null &
	child=$!
	children=("$child")
}
line() { IFS= read -r -t 30 REPLY <&3 || REPLY="nothing within 30 seconds"; }
finish() { # leaves $ended, and what is still in the pipe in $rest
	ended=0
	wait "$child" || ended=$?
	children=()
	echo end >&3
	rest=
	while line && [ "$REPLY" != end ] && [ "$REPLY" != "nothing within 30 seconds" ]; do rest+=$REPLY$'\n'; done
	exec 3<&-
}
# nfs-utils' own sentences wait in its buffer until all is over, so that nobody could tell when to press Ctrl-C: what it
# has to show for that time is taken from -S.
give 6.1 earlier
nfsstat ours -v
save both <"$work/ours.out"
for words in "" "-c" "-s -l" "-n -3" "-s $since"; do
	give 6.1 earlier
	begin ours -Z $words
	line
	first=$REPLY
	give 6.1 classic
	kill -INT "$child"
	finish
	nfsstat theirs $words -S /tmp/both
	is "-Z $words: what was counted from then to Ctrl-C" \
		"$(echo "$ended $first"; sed 's/last [0-9]* minutes, [0-9]* seconds/last M minutes, S seconds/' <<<"$rest")" \
		"0 Collecting statistics; press CTRL-C to view results from interval (i.e., from pause to CTRL-C).
Signal 2 received; displaying (only) statistics gathered over the last M minutes, S seconds:

$(<"$work/theirs.out")"
done

for option in -Z --sleep -Z0 --sleep=abc; do
	begin ours $option -r
	line
	kill -INT "$child"
	finish
	is "$option waits for Ctrl-C, and says nothing of what stood still" "$ended $REPLY $(wc -l <<<"$rest")" "0 end 3"
done

# The first report comes at once, then one for each second in which something was counted: also where it is less than
# nfs-utils would show. With -S the first is not empty, so that it tells that the interval has begun.
small_step() {
	awk '{ if ($1 == "rpc") $2 += 3; if ($1 == "proc4") $4 += 2; print }' "$work/ours/proc/net/rpc/nfs" >"$work/new"
	mv "$work/new" "$work/ours/proc/net/rpc/nfs"
}
lines() { # COUNT: into $shown, with a bar behind a blank at the end
	local i
	shown=
	for ((i = 0; i < $1; i++)); do line; shown+=${REPLY/% / |}$'\n'; done
}
give 6.1 earlier
save nfs <"$work/ours/proc/net/rpc/nfs"
small_step
begin ours -Z1 -S /tmp/nfs -c -r
for when in "the first is since the file" "one second with three calls" "one more, after some without"; do
	lines 4
	is "-Z1 -S: $when" "$shown" "Client rpc stats:
calls      retrans    authrefrsh
3          0          0       |

"
	small_step
done
kill -TERM "$child"
finish
is "-Z1 ends by a signal" "$ended" 143
small_step
begin ours --sleep=1 -c -4 -l -S /tmp/nfs
lines 4
small_step
lines 4
kill -TERM "$child"
finish
is "--sleep=1 -l: two calls are enough" "$shown" "nfs v4 client        total:        2 |
------------- ------------- --------
nfs v4 client         read:        2 |

"

# ---- better, and so not the same ---------------------------------------------------------------------

nfsstat ours --version
is "--version" "$(cat "$work/ours.out" "$work/ours.status")" "$(sed -n 's/^PACKAGE_VERSION = /nfsstat: /p' "$build/Makefile")
0"
nfsstat ours --help
is "--help: on standard output" "$(head -c 14 "$work/ours.out") $(cat "$work/ours.status" "$work/ours.err")" "usage: nfsstat 0"
missing=
for option in -c -s -n -r -m -v -l -2 -3 -4 -o -S -Z --sleep --since --json --help --version; do
	grep -qE -- "(^|[ ,])$option([][, =]|\$)" "$work/ours.out" || missing+=" $option"
done
is "--help knows the options" "$missing" ""

give 7.3
nfsstat ours -c -l
is "Linux 7.3: layoutstats and clone have their own counts" \
	"$(awk '$4 == "layoutstats:" || $4 == "clone:" { print $4 $5 }' "$work/ours.out" | xargs)" "layoutstats:41508 clone:1205"

# What nfsstat has printed can be read by itself, whatever is in it.
for kernel in 4.19 6.12 7.3; do
	give $kernel
	nfsstat ours -v
	save pretty <"$work/ours.out"
	{ echo "$ nfsstat -v"; cat "$work/ours.out"; echo bye; } | save around
	for file in pretty around; do
		nfsstat ours -v -S /tmp/$file
		is "Linux $kernel: -S of one's own output ($file): nothing was counted since" \
			"$(grep -vE '^(0 +)+$|^(0 +0% +)+$|^$|:|[a-z]' "$work/ours.out"; cat "$work/ours.err" "$work/ours.status")" 0
	done
done

give 6.1
nfsstat ours -s -o io -o ra -o fh
save pretty <"$work/ours.out"
cp "$work/ours/proc/net/rpc/nfsd" "$work/ours/tmp/nfsd"
for file in pretty nfsd; do
	nfsstat ours -s -o io -o ra -o fh -S /tmp/$file
	is "-S $file: all numbers of io, ra and fh are subtracted" "$(grep -E '^[0-9 ]+$' "$work/ours.out" | tr -d ' \n')" \
		0000000000000000000
done

# refused STATUS-AND-COMPLAINT NAME: what became of "$@" is in the files
refused() { is "$2" "$(cat "$work/ours.status" "$work/ours.err")" "2
$1"; }
save junk "hello
world
"
nfsstat ours -r -S /tmp/junk
refused "Error: No Client Stats (/tmp/junk: this is no saved output of nfsstat, and no copy of a file in /proc/net/rpc). " \
	"-S with a file that is something else"
nfsstat ours -l
save list <"$work/ours.out"
nfsstat ours -S /tmp/list -s
refused "Error: No Server Stats (/tmp/list: this is no saved output of nfsstat, and no copy of a file in /proc/net/rpc). " \
	"-S with the output of -l"
nfsstat ours -v
head -n 9 "$work/ours.out" | save cut
nfsstat ours -S /tmp/cut
refused "Error: No Client Stats (/tmp/cut:9: the names of the columns are missing). " "-S with output that is cut off"
save table "Client nfs v3:
null             getattr
1         2%     x         3%
"
nfsstat ours -c -S /tmp/table
refused "Error: No Client Stats (/tmp/table:3: what should be a number is none). " "-S with a table that is damaged"
save table "Client nfs v3:
null             fetattr
1         2%     3         3%
"
nfsstat ours -c -S /tmp/table
refused "Error: No Client Stats (/tmp/table:2: there is an operation that is not known). " "-S with an operation that nobody has"

bad_line() { # NAME TEXT COMPLAINT: the client's file
	printf '%b' "$2" >"$work/ours/proc/net/rpc/nfs"
	nfsstat ours -c
	refused "Error: No Client Stats (/proc/net/rpc/nfs:$3). " "$1"
	nfsstat ours
	refused "Error: No Client Stats (/proc/net/rpc/nfs:$3). " "$1, and the server is there"
}
bad_line "a file that is cut off" 'net 0 0 0 0\nrpc 1 2 3\nproc3 22 1 2 3' "3: the line is cut short"
bad_line "a number that is none" 'net 0 0 0 0\nrpc 1 12x 3\n' "2: what should be a number is none"
bad_line "a number that is too large" 'net 0 0 0 99999999999999999999\n' "1: what should be a number is none"
bad_line "a table without end" 'proc4 4000000000 1 2\n' "1: there are more operations than can be"
bad_line "a file of something else" 'hello\n' " there are no counters of NFS in it"

# ---- JSON ----------------------------------------------------------------------------------------

json() { # EXPRESSION over $j, and $status
	perl -MJSON::PP -e 'local $/; my $j = decode_json(<STDIN>); print eval($ARGV[0]) // "null"' "$1" <"$work/ours.out"
	cat "$work/ours.err"
}
give 7.3
namespace=$(readlink /proc/self/ns/net)
mkdir -p "$work/ours/proc/self/ns"
ln -sf "$namespace" "$work/ours/proc/self/ns/net"
nfsstat ours --json -v
# shellcheck disable=SC2016 # for perl
{
	is "--json -v: sides" "$(json 'join " ", sort keys %$j')" "client namespace server time"
	is "--json: where and when" "$(json '"$j->{namespace} " . $j->{time} =~ /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/')" "$namespace 1"
	is "--json -v: of the server" "$(json 'join " ", sort keys %{$j->{server}}')" \
		"calls file_handles io net read_ahead reply_cache rpc source"
	is "--json -v: of the client" "$(json 'join " ", sort keys %{$j->{client}}')" "calls net rpc source"
	is "--json: numbers are whole" "$(json '$j->{server}{io}{read}')" 812345678901
	is "--json: zero_range has its own count" "$(json 'join " ", @{$j->{client}{calls}{v4}}{qw(zero_range layoutstats clone copy)}')" \
		"50973 41508 1205 4861"
	is "--json: all operations of the kernel" "$(json 'join " ", map { scalar keys %$_ } @{$j->{client}{calls}}{qw(v3 v4)},
		@{$j->{server}{calls}}{qw(v3 v4 v4_operations)}')" "22 71 22 2 76"
	nfsstat ours --json -c -3
	is "--json -c -3" "$(json 'join " ", grep(!/namespace|time/, keys %$j), sort(keys %{$j->{client}}), keys %{$j->{client}{calls}}')" "client calls rpc source v3"
	cp "$work/ours/proc/net/rpc/nfs" "$work/ours/tmp/nfs"
	nfsstat ours --json -c -S /tmp/nfs
	is "--json -S" "$(json '"$j->{since} $j->{client}{rpc}{calls} $j->{client}{calls}{v3}{getattr}"')" "/tmp/nfs 0 0"
	give 7.3 idle
	nfsstat ours --json -c -S /tmp/nfs
	is "--json -S: counters that were reset are null" \
		"$(json 'join " ", map { $_ // "null" } $j->{client}{rpc}{calls}, $j->{client}{calls}{v3}{getattr}, $j->{client}{calls}{v4}{clone}')" \
		"null null null"
	give 7.3
	cp "$here/nfsstat/7.3/proc/mounts" "$work/ours/proc/mounts"
	nfsstat ours -m --json
	is "--json -m" "$(json 'join "|", map { "$_->{source} $_->{path} $_->{type} $_->{options}[0]" } @{$j->{mounts}}')" \
		'server.example.com:/srv/home /home nfs4 rw|old:/srv/with blank /mnt/with blank nfs rw|[fd00::2]:/ /srv/gr\xc3\xbcn nfs4 ro'
	is "--json -m: where and when" "$(json '"$j->{namespace} " . exists $j->{time}')" "$namespace 1"
	cp "$here/nfsstat/4.19/proc/mounts" "$work/ours/proc/mounts"
	nfsstat ours --json -m
	is "--json -m: no mounts" "$(json 'ref($j->{mounts}) . @{$j->{mounts}}')" "ARRAY0"
	nfsstat ours --json -l
	is "--json and -l exclude each other" "$(cat "$work/ours.err" "$work/ours.status")" "/nfsstat: --json and -l exclude each other
1"
}
begin ours --json -Z1 -c -r
line
is "--json -Z1: each interval is a document, also an idle one" "$REPLY" "{"
kill -TERM "$child"
finish
rm -f "$work/pipe"
mkfifo "$work/pipe"
exec 3<>"$work/pipe"
chroot "$work/ours" /nfsstat --json -Z -c -r >"$work/ours.out" 2>"$work/pipe" 3<&- </dev/null &
child=$!
children=("$child")
line
kill -INT "$child"
: >"$work/ours.err"
first=${REPLY%%;*}
finish
# shellcheck disable=SC2016 # for perl
is "--json -Z: what is for people goes to standard error" "$first $(json '"$j->{client}{rpc}{calls} " . exists $j->{seconds}')" \
	"Collecting statistics 0 1"

# ---- all of it is written ----------------------------------------------------------------------------------

chroot "$work/ours" /nfsstat -v >/dev/full 2>"$work/ours.err"
is "a full disk" "$? $(<"$work/ours.err")" "1 nfsstat: cannot write to standard output (No space left on device)"

done_testing
