#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nfsstat --tls over files of made-up systems (nfsstat/tls, and some that are made here): what it says without a kernel
# that has connections, of damaged files, and of ten thousand mounts. The VM's case has the rest.
set -u
here=$(cd "$(dirname "$0")" && pwd)
program=$(cd "${TOP_BUILDDIR:-.}" && pwd)/utils/nfsstat/nfsstat
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
root=$work/root

count=0
failures=0
# ends WHAT STATUS ERE ARGUMENT...: nfsstat ends with STATUS, and what it says matches
ends() {
	local what=$1 wanted=$2 pattern=$3 status=0 said
	shift 3
	said=$("$program" --root "$root" "$@" 2>&1) || status=$?
	count=$((count + 1))
	if [ "$status" -eq "$wanted" ] && [[ $said =~ $pattern ]]; then
		printf 'ok %d - %s\n' "$count" "$what"
	else
		failures=$((failures + 1))
		printf 'not ok %d - %s\n' "$count" "$what"
		printf '%s\n' "status $status: $said" | head -n 20 | cut -c 1-300 | sed 's/^/#   /'
	fi
}
fresh() { rm -rf "$root"; cp -r "$here/nfsstat/tls" "$root"; }
json() { # WHAT EXPRESSION WANTED ARGUMENT...
	local what=$1 expression=$2 wanted=$3 got
	shift 3
	got=$("$program" --root "$root" "$@" | perl -MJSON::PP -e 'local $/; my $j = decode_json(<STDIN>);
		print eval($ARGV[0]) // "null"' "$expression")
	count=$((count + 1))
	[ "$got" = "$wanted" ] && { printf 'ok %d - %s\n' "$count" "$what"; return; }
	failures=$((failures + 1))
	printf 'not ok %d - %s\n#   got:    %s\n#   wanted: %s\n' "$count" "$what" "$got" "$wanted"
}

# ---- what is shown ------------------------------------------------------------------------------------

fresh
ends "the namespace is named" 0 '^NFS in this network namespace \(net:\[[0-9]+\]\)' --tls -c
ends "what cannot be seen is unknown" 0 'client 192\.0\.2\.2:2049 mtls +unknown +unknown /mnt/home' --tls -c
ends "-v says why" 0 'sockets are not looked at below another root' --tls -v -c
ends "-v does not choose a side" 0 $'client: 1 transport, [^\n]*\nrecord layer' --tls -v -c
ends "what the kernel was told, and reconnects" 0 \
	'unknown 192\.0\.2\.1:801 192\.0\.2\.2:2049 server mtls +- +mtls +unknown .* 2 +- +- +/mnt/home' --tls --wide -c
ends "both sides" 0 $'client: 1 transport.*\nserver: 0 transports' --tls
ends "--check: what is unknown is not well" 3 '; -v tells why' --tls --check -c
ends "--check alone means --tls" 3 '^NFS in this' --check -c
ends "no side of it" 0 $'NFS in this [^\n]*\nserver: 0 transports' --tls -s
ends "OpenMetrics" 0 'nfs_tls_undecided\{side="client"\} 1.*# EOF$' --openmetrics
# shellcheck disable=SC2016 # for perl
{
	json "JSON" '"$j->{transports}[0]{configured} $j->{transports}[0]{reconnects} $j->{transports}[0]{mounts}[0]{path}"' \
		"mtls 2 /mnt/home" --tls --json -c
	json "JSON: what is not known is null" 'exists $j->{transports}[0]{identity} && !defined $j->{transports}[0]{identity}' 1 --tls --json
	json "JSON: notes" 'join " ", grep /another root/, @{$j->{notes}}' \
		"sockets are not looked at below another root: nothing is proven" --tls --json
}
ends "--json and --openmetrics" 1 'exclude each other' --json --openmetrics
ends "-S" 1 'are about counters' --tls -S "$work"
ends "--tls -m: -m acts at once" 1 "Warning: $root/proc/mounts: No such file" --tls -m

# ---- the policy -----------------------------------------------------------------------------------------

mkdir -p "$root/etc"
printf '[client]\nminimum=mtls\n' >"$root/etc/nfs-tls.conf"
ends "the policy's line" 0 'and minimum=mtls in \[client\] \([^ ]*/etc/nfs-tls\.conf:2\) demands mtls' --tls -c
echo 'minimum=' >"$root/etc/nfs-tls.conf"
ends "a broken policy" 2 '^nfsstat: [^ ]*/etc/nfs-tls\.conf:1: ' --tls -c
ends "a broken policy with --check" 3 '^nfsstat: [^ ]*/etc/nfs-tls\.conf:1: ' --check -c
printf '[client]\nminimum=tls\n' >"$root/etc/other.conf"
ends "--config" 0 'unknown +unknown /mnt/home' --tls -c --config "/etc/other.conf"

# ---- damaged and missing files ----------------------------------------------------------------------------

damaged() { # WHAT FILE TEXT ERE
	fresh
	printf '%b' "$3" >"$root/$2"
	ends "$1" 2 "^nfsstat: [^ ]*$2:$4" --tls -c
}
damaged "mountinfo is cut off" proc/self/mountinfo '21 1 0:20 / /proc rw - proc proc rw\n31 1 0:4' '2: not understood'
damaged "mountinfo: no options" proc/self/mountinfo '31 1 0:40 / /mnt/home rw - nfs4 server:/\n' '1: not understood'
damaged "mountinfo: a device" proc/self/mountinfo '31 1 0:x / /mnt/home rw - nfs4 server:/ rw\n' '1: not understood'
damaged "mountstats is cut off" proc/self/mountstats 'device a mounted on /mnt/home with fstype nfs4\n\txprt:\ttcp 0\n' '2: not understood'
damaged "mountstats: a number" proc/self/mountstats '\txprt:\ttcp 0 0 x\n' '1: not understood'
damaged "tls_stat" proc/net/tls_stat 'TlsCurrTxSw \t4\nTlsDecryptError \t-1\n' '2: not understood'
damaged "tls_stat is cut off" proc/net/tls_stat 'TlsCurrTxSw \t4\nTlsDec' '2: not understood'
fresh
rm "$root/proc/self/mountinfo"
ends "no mountinfo" 2 'mountinfo: No such file or directory' --tls -c
fresh
rm "$root/proc/self/mountstats"
ends "no mountstats" 0 'reconnects are not known: [^:]*mountstats: No such file' --tls -c -v
fresh
rm -r "$root/sys/fs/nfs"
ends "a mount without transports is named" 0 'client /mnt/home: unknown: its transports cannot be found: ' --tls -c
ends "a mount without transports is not well" 3 '' --check -c
fresh
rm "$root"/sys/kernel/sunrpc/xprt-switches/*/*/xprtsec
ends "an older kernel: -v names what is missing" 0 'this kernel has no xprtsec in /sys/kernel/sunrpc' --tls -c -v

# ---- ten thousand mounts, each with a connection of its own --------------------------------------------------------

rm -rf "$root"
"$here/nfsstat/make-mounts" "$root" 10000
ulimit -v 200000 # kilobytes
ends "ten thousand mounts" 0 'client: 10000 transports, 0 encrypted, 0 clear, 10000 unknown, 0 idle' --tls -c
ends "ten thousand mounts: the last" 0 '/mnt/10000' --tls -c --wide

printf '1..%d\n' "$count"
[ "$failures" -eq 0 ]
