#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nfsstat --tls over ten thousand mounts and ten thousand clients at once: what it says is true, and it says it within
# bounds of memory. The connections are real ones, of processes beside it, in a network namespace of its own; what the
# kernel tells of mounts and clients are plain files below a root folder. tests/bench/nfsstat tells how long it takes.
set -u
[ -n "${nfsstat_many-}" ] || nfsstat_many=yes exec unshare -n bash "$0"
here=$(cd "$(dirname "$0")" && pwd)
program=$(cd "${TOP_BUILDDIR:-.}" && pwd)/utils/nfsstat/nfsstat
# shellcheck source=nfsstat/many.sh
. "$here/nfsstat/many.sh"
work=$(many_folder) || exit 1
trap 'many_end; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

count=10000
root=$work/root
mkdir "$root"
many_connections "$count" || { echo "Bail out! no connections"; exit 1; }
many_root "$root" "$count" "$program"
many_agent "$root" || { echo "Bail out! nobody answers"; exit 1; }
rows() { grep -c "^$1 " "$work/out"; }

# Twice as much as it needs now, and far from what would come of something that grows faster than what is looked at.
memory=256000 # kilobytes
bounded() { run bash -c 'ulimit -v "$1" && shift && exec chroot "$@"' bash "$memory" "$root" /nfsstat "$@"; }

# ---- the short table -----------------------------------------------------------------------------------

bounded --tls -c -s --check
is "status: all of them are in clear text, and more is demanded" "$status" 2
is "nothing is complained about" "$(<"$work/err")" ""
is "rows of the client, and sentences: one for each server" "$(rows client)" $((count + count / 400))
is "rows of the server, and sentences: one for each client" "$(rows server)" $((2 * count))
is "the totals" "$(grep ' transports, ' "$work/out" | grep -v CLEAR)" \
	"client: 10000 transports, 0 encrypted, 10000 clear, 0 unknown, 0 idle; 10000 not as demanded
server: 10000 transports, 0 encrypted, 10000 clear, 0 unknown, 0 idle; 10000 not as demanded"
like "a sentence for many" "$(grep '^client 127.0.1.1:2049: ' "$work/out")" \
	"CLEAR: clear text, but the mount's xprtsec=tls demands tls \(/mnt/[0-9]+ \+399, 400 transports\)"
is "no row is longer than a terminal" "$(awk 'length > 80 && /^[a-z]+ [0-9.:]+ +[a-z]/' "$work/out")" ""

# ---- all that is known of each -----------------------------------------------------------------------------

bounded --tls --wide -c -s
is "a wide row for each transport" "$(grep -cE '^CLEAR +127\.' "$work/out")" $((2 * count))
is "every connection is there on both sides" \
	"$(awk '$1 == "CLEAR" { print ($2 ~ /:2049$/ ? $3 " " $2 : $2 " " $3) }' "$work/out" | sort | uniq -c | awk '{ print $1 }' | sort | uniq -c | xargs)" \
	"$count 2"
is "they are the connections" "$(awk '$1 == "CLEAR" && $2 !~ /:2049$/ { print $2 " " $3 }' "$work/out" | sort | sha256sum)" \
	"$(awk '{ print $1 ":" $2 " " $3 ":2049" }' "$work/connections" | sort | sha256sum)"
is "each client's name is that of its address" \
	"$(awk '$1 == "CLEAR" && $2 ~ /:2049$/ { print $3 " " $4 }' "$work/out" | sort | sha256sum)" \
	"$(awk '{ print $1 ":" $2 " Linux\\x20NFSv4.2\\x20client-" NR }' "$work/connections" | sort | sha256sum)"
is "each mount is there" "$(awk '$1 == "CLEAR" && $2 !~ /:2049$/ { print $NF }' "$work/out" | sort -u | wc -l)" "$count"
is "what the exports take of them" "$(awk '$1 == "CLEAR" && $2 ~ /:2049$/ { print $16 }' "$work/out" | sort | uniq -c | xargs)" "$count 0/1"

# ---- for programs ------------------------------------------------------------------------------------------------

bounded --tls --json -c -s -v
# Decoded once: it takes perl seconds.
# shellcheck disable=SC2016 # for perl
is "JSON" "$(perl -MJSON::PP -e 'local $/; my $j = decode_json(<STDIN>); my (%path, %again);
	my @all = @{$j->{transports}};
	print "transports: ", scalar(@all), "\n";
	for (qw(client server)) { print "$_: @{$j->{totals}{$_}}{qw(transports clear violations undecided)}\n" }
	$path{$_->{path}}++ for map { @{$_->{mounts} // []} } @all;
	print "mounts: ", scalar(keys %path), "\n";
	print "with bytes: ", scalar(grep { defined $_->{bytes_received} } @all), "\n";
	$again{$_->{reconnects}}++ for grep { $_->{side} eq "client" } @all;
	print "reconnects: @{[%again]}\n";
	print "handshakes: @{[map { $j->{handshakes}{$_}{done} } qw(client server)]}\n"' <"$work/out")" \
	"transports: $((2 * count))
client: $count $count $count 0
server: $count $count $count 0
mounts: $count
with bytes: $((2 * count))
reconnects: 0 $count
handshakes: $count $count"
bounded --openmetrics
is "OpenMetrics: bytes of each" "$(grep -c '^nfs_tls_transport_sent_bytes_total{' "$work/out")" $((2 * count))
is "OpenMetrics: violations" "$(grep '^nfs_tls_violations{' "$work/out" | xargs)" \
	"nfs_tls_violations{side=client} $count nfs_tls_violations{side=server} $count"
is "OpenMetrics: its end" "$(tail -n 1 "$work/out")" "# EOF"

# ---- the exports ---------------------------------------------------------------------------------------------

# nfs.conf says where they are; and what is in clear text is no better for what an agent says of handshakes on it.
mkdir -p "$root/etc" "$root/srv/state"
printf '[mountd]\nstate-directory-path=/srv/state\n' >"$root/etc/nfs.conf"
printf '/srv/export\t*(rw,sync,no_subtree_check)\n' >"$root/srv/state/etab"
bounded --tls -s --check
is "exports that take all, where nfs.conf says: all are plain" "$status $(grep -c ' plain ' "$work/out")" "0 $count"
# An export for each client, some for networks, and some for all.
{
	awk '{ print "/srv/" NR "\t" $1 "(rw,sync,no_subtree_check,xprtsec=" (NR % 2 ? "mtls" : "none") ")" }' "$work/connections"
	for i in {1..100}; do printf '/srv/net/%d\t198.51.%d.0/24(rw,sync,no_subtree_check)\n/srv/all/%d\t*(rw,sync,xprtsec=tls)\n' "$i" "$i" "$i"; done
} >"$root/srv/state/etab"
bounded --tls -s --check --wide
is "an export for each: status" "$status" 2
is "an export for each: what they take" "$(awk '$1 ~ /CLEAR|plain/ { print $1, $16 }' "$work/out" | sort | uniq -c | xargs)" \
	"$((count / 2)) CLEAR 0/101 $((count / 2)) plain 1/101"
echo 'nonsense' >"$root/etc/nfs.conf"
bounded --tls -s --check -v
is "an nfs.conf that is not understood: nothing is known of the exports" \
	"$status $(grep -c ' unknown: clear text, but what is demanded of it cannot be seen' "$work/out")" "3 $count"
like "and it is named" "$(<"$work/out")" "the exports' demands are not known: /etc/nfs\.conf:1: "
rm "$root/etc/nfs.conf"

done_testing
