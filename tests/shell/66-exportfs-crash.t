#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# exportfs when things go wrong around it: killed before each step of its writing, run twice at once, in a state folder
# it may not write or that is full, and with name servers that are asked too often or do not answer.
# It runs in a root folder and namespaces of its own; see exports/roots.sh.
set -eu

if [ "${1-}" != --inside ]; then
	exec unshare --net --mount "$0" --inside
fi
ip link set lo up
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${TOP_BUILDDIR:-.}" && pwd)
[ -x "$build/utils/exportfs/exportfs" ] || { echo "Bail out! there is no $build/utils/exportfs/exportfs"; exit 1; }
work=$(mktemp -d)
server=
cleanup() {
	# It writes down its questions in there.
	[ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true
	umount "$work"
	rmdir "$work"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM
mount -t tmpfs tmpfs "$work" # where to sync costs nothing

# shellcheck source=exports/roots.sh
. "$here/exports/roots.sh"
root=$work/root
state=$root/var/lib/nfs
chmod 755 "$work"
make_root "$root" "$build/utils/exportfs/exportfs"
chmod 1777 "$root/tmp"

# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"
holds() { # NAME COMMAND...: passes when the command succeeds
	what=$1
	shift
	if "$@" >"$work/said" 2>&1; then
		ok "$what"
	else
		tap_result 1 "$what" "$(cat "$work/said"; sed 's/^/stderr: /' "$work/err")"
	fi
}
there() { chroot "$root" /exportfs "$@"; }
reset() { # the state of the beginning of a test: old is what etab has, new is what the files say
	find "$state" -mindepth 1 -delete
	cp "$work/old" "$state/etab"
	chmod 644 "$state/etab"
}
is_old() { cmp "$work/old" "$state/etab"; }
is_new() { cmp "$work/new" "$state/etab"; }
is_old_or_new() { cmp -s "$work/old" "$state/etab" || cmp "$work/new" "$state/etab"; }
nothing_left() { [ -z "$(find "$state" -name '*.tmp*')" ] || { ls -la "$state"; false; }; }
ended_with() { [ "$status" -eq "$1" ] || { echo "status $status"; false; }; }
one_line() { # with this text
	[ "$(wc -l <"$work/err")" -eq 1 ] && grep -q "$1" "$work/err" || { cat "$work/err"; false; }
}

# ---- old and new -----------------------------------------------------------------

exports() { # OPTIONS: a thousand lines, so that there are many bytes to be lost
	awk -v options="$1" 'BEGIN {
		for (i = 0; i < 1000; i++) printf "/srv/p%d 10.9.%d.%d(%s)\n", i, i / 250, i % 250, options }'
}
mkdir -p "$root/srv"
i=0
while [ "$i" -lt 1000 ]; do
	mkdir "$root/srv/p$i"
	i=$((i + 1))
done
: >"$state/etab"
exports rw,async >"$root/etc/exports"
run there -ra
holds "the old table is made" ended_with 0
cp "$state/etab" "$work/old"
exports ro,sync >"$root/etc/exports"
run there -ra
holds "the new table is made" ended_with 0
cp "$state/etab" "$work/new"
holds "they differ, and are large" sh -c '! cmp -s "$1" "$2" && [ "$(wc -l <"$1")" -eq 1000 ]' sh \
	"$work/old" "$work/new"

# ---- killed ----------------------------------------------------------------------

# Before the Nth call of each of these; when it runs through there is no Nth one.
killed=0
for call in openat write fsync fchmod rename unlink close fcntl; do
	n=0 wrong=0 lost=
	while :; do
		n=$((n + 1))
		reset
		status=0
		strace -f -qq -o "$work/trace" -e "trace=$call" -e "inject=$call:signal=KILL:when=$n" \
			chroot "$root" /exportfs -ra >"$work/out" 2>"$work/err" || status=$?
		is_old_or_new >"$work/said" 2>&1 || { wrong=$((wrong + 1)); lost="$lost $n: $(cat "$work/said")"; }
		if [ "$status" -eq 0 ]; then
			is_new >/dev/null || { wrong=$((wrong + 1)); lost="$lost $n: ran through, not new"; }
			break
		fi
		[ "$status" -eq 137 ] || { wrong=$((wrong + 1)); lost="$lost $n: status $status"; break; }
		run timeout 10 chroot "$root" /exportfs -ra
		{ ended_with 0 && is_new && nothing_left; } >"$work/said" 2>&1 ||
			{ wrong=$((wrong + 1)); lost="$lost $n, then: $(cat "$work/said" "$work/err")"; }
		[ "$n" -lt 200 ] || { wrong=$((wrong + 1)); lost="$lost no end"; break; }
	done
	killed=$((killed + n - 1))
	echo "# $call: killed before each of $((n - 1))"
	holds "killed before any $call: the old or the new, and the next run works" \
		sh -c '[ "$1" -eq 0 ] || { echo "$2"; false; }' sh "$wrong" "$lost"
	case $call in
	rename | fsync | write | openat)
		holds "there is a $call to be killed at" [ "$n" -gt 1 ]
		;;
	esac
done

# ---- errors ----------------------------------------------------------------------

# Which openat() is that of the new file; the paths of the others do not matter.
reset
strace -f -qq -o "$work/trace" -e trace=openat chroot "$root" /exportfs -ra 2>"$work/err"
nth=$(grep -n 'etab\.tmp' "$work/trace" | cut -d: -f1)

for error in openat:ENOSPC write:ENOSPC write:EIO fsync:EIO rename:EROFS; do
	reset
	call=${error%:*}
	set -- -e "inject=$call:error=${error#*:}"
	case $call in
	openat) set -- -e "inject=$call:error=${error#*:}:when=$nth" ;;
	write | fsync) set -- -P "$state/etab.tmp" "$@" ;; # strace sees it from outside of the root
	esac
	run strace -f -qq -o "$work/trace" "$@" chroot "$root" /exportfs -ra
	holds "$error: it happened" grep -q INJECTED "$work/trace"
	holds "$error: status 1" ended_with 1
	holds "$error: one line says so" one_line etab
	holds "$error: nothing is lost" is_old
	holds "$error: nothing is left" nothing_left
done

# Ignored, the signal of a file that grows too large leaves an error.
reset
run sh -c 'trap "" XFSZ; ulimit -f 8; exec chroot "$1" /exportfs -ra' sh "$root"
holds "no room: status 1" ended_with 1
holds "no room: one line says so" one_line etab
holds "no room: nothing is lost" is_old
holds "no room: nothing is left" nothing_left

reset
run chroot --userspec=65534:65534 "$root" /exportfs -ra
holds "no right to write: status 1" ended_with 1
holds "no right to write: one line says so" one_line /var/lib/nfs
holds "no right to write: nothing is lost" is_old
holds "no right to write: nothing is left" nothing_left
: >"$state/.etab.lock"
: >"$state/export-lock"
chmod 666 "$state/.etab.lock" "$state/export-lock"
run chroot --userspec=65534:65534 "$root" /exportfs -ra
holds "right to lock, not to write: status 1" ended_with 1
holds "right to lock, not to write: one line says so" one_line etab
holds "right to lock, not to write: nothing is lost" is_old
holds "right to lock, not to write: nothing is left" nothing_left
run chroot --userspec=65534:65534 "$root" /exportfs -s
holds "anybody may list" ended_with 0
holds "anybody may list all" sh -c '[ "$(wc -l <"$1")" -eq 1000 ]' sh "$work/out"

# ---- at once ---------------------------------------------------------------------

reset
: >"$state/etab"
wrong=0
i=0
while [ "$i" -lt 50 ]; do
	there -i -o rw "10.7.0.$i:/srv/e1" 2>"$work/err" &
	first=$!
	there -i -o ro "10.8.0.$i:/srv/e2" 2>"$work/err2" &
	wait "$first" || wrong=$((wrong + 1))
	wait $! || wrong=$((wrong + 1))
	i=$((i + 1))
	[ "$(wc -l <"$state/etab")" -eq $((2 * i)) ] || wrong=$((wrong + 1))
done
holds "two at once, fifty times: no entry is lost" [ "$wrong" -eq 0 ]
holds "two at once, fifty times: all are there" sh -c '[ "$(sort -u "$1" | wc -l)" -eq 100 ]' sh "$state/etab"

# ---- names -----------------------------------------------------------------------

"$here/exports/name-server" "$work/questions" &
server=$!
end=$(($(date +%s) + 10))
until grep -q ready "$work/questions" 2>/dev/null; do
	[ "$(date +%s)" -lt "$end" ] || { echo "Bail out! the name server does not start"; exit 1; }
done
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
echo 'nameserver 127.0.0.1' >"$root/etc/resolv.conf"
questions() { grep -c " $1\$" "$work/questions" || true; }

awk 'BEGIN { print "/srv/e1 once.test(rw)" }' >"$root/etc/exports"
run there -ra
holds "a name of the name server" grep -q '^/srv/e1	once.test(' "$state/etab"
once=$(questions once.test)
holds "cost a question" [ "$once" -gt 0 ]
awk 'BEGIN { for (i = 0; i < 1000; i++) printf "/srv/p%d same.test(rw)\n", i }' >"$root/etc/exports"
run there -ra
holds "a thousand lines with one name" sh -c '[ "$(grep -c "	same.test(" "$1")" -eq 1000 ]' sh "$state/etab"
echo "# $(questions same.test) questions, $once for one line"
holds "cost no more than one" [ "$(questions same.test)" -eq "$once" ]
run there -ra
holds "and again one in the next run, not one for each old entry" [ "$(questions same.test)" -le $((2 * once)) ]

# Each name would take a minute, one after the other five hours.
printf 'nameserver 127.0.0.1\noptions timeout:30 attempts:2\n' >"$root/etc/resolv.conf"
{
	awk 'BEGIN { for (i = 0; i < 300; i++) printf "/srv/p%d n%d.silent(rw)\n", i, i }'
	echo '/srv/e1 alpha(rw) good.test(rw)'
} >"$root/etc/exports"
: >"$state/etab"
begin=$(date +%s)
run timeout 100 chroot "$root" /exportfs -ra
seconds=$(($(date +%s) - begin))
echo "# 300 names of a silent name server: $seconds seconds"
holds "a silent name server costs seconds" [ "$seconds" -lt 25 ]
holds "and its own names only" sh -c '
	grep -q "^/srv/e1	alpha.example.org(" "$1" && grep -q "^/srv/e1	good.test(" "$1" &&
		[ "$(wc -l <"$1")" -eq 2 ]' sh "$state/etab"
holds "and they are named" grep -q 'n7\.silent' "$work/err"

done_testing
