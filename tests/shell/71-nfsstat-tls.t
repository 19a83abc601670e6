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

# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"
# says NAME STATUS ERE ARGUMENT...: as ends, of nfsstat
says() { ends "$1" "$2" "$3" "$program" --root "$root" "${@:4}"; }
fresh() { rm -rf "$root"; cp -r "$here/nfsstat/tls" "$root"; }
json() { # WHAT EXPRESSION WANTED ARGUMENT...
	local what=$1 expression=$2 wanted=$3 got
	shift 3
	got=$("$program" --root "$root" "$@" | perl -MJSON::PP -e 'local $/; my $j = decode_json(<STDIN>);
		print eval($ARGV[0]) // "null"' "$expression")
	is "$what" "$got" "$wanted"
}

# ---- what is shown ------------------------------------------------------------------------------------

fresh
says "files have no namespace" 0 '^NFS as files tell of it' --tls -c
says "what cannot be seen is unknown" 0 'client 192\.0\.2\.2:2049 mtls +unknown +unknown /mnt/home' --tls -c
says "-v says why" 0 'sockets are not looked at below another root' --tls -v -c
says "-v does not choose a side" 0 $'client: 1 transport, [^\n]*\nrecord layer' --tls -v -c
says "what the kernel was told, and reconnects" 0 \
	'unknown 192\.0\.2\.1:801 192\.0\.2\.2:2049 server mtls +- +mtls( +unknown){9} +2( +unknown){2} +/mnt/home' --tls --wide -c
says "both sides" 0 $'client: 1 transport.*\nserver: 0 transports' --tls
says "--check: what is unknown is not well" 3 '; -v tells why' --tls --check -c
says "--check alone means --tls" 3 '^NFS as files tell' --check -c
says "no side of it" 0 $'NFS as files[^\n]*\nserver: 0 transports' --tls -s
says "OpenMetrics" 0 'nfs_tls_undecided\{side="client"\} 1.*# EOF$' --openmetrics
# shellcheck disable=SC2016 # for perl
{
	json "JSON" '"$j->{transports}[0]{configured} $j->{transports}[0]{reconnects} $j->{transports}[0]{mounts}[0]{path}"' \
		"mtls 2 /mnt/home" --tls --json -c
	json "JSON: what is not known is null" 'exists $j->{transports}[0]{identity} && !defined $j->{transports}[0]{identity}' 1 --tls --json
	json "JSON: notes" 'join " ", grep /another root/, @{$j->{notes}}' \
		"sockets are not looked at below another root: nothing is proven" --tls --json
}
says "--json and --openmetrics" 1 'exclude each other' --json --openmetrics
for words in "-S $work" -l -n -r -3 "-o io" --auto; do
	# shellcheck disable=SC2086 # options of their own
	says "--tls $words" 1 'are about counters' --tls $words
done
says "--tls -m" 1 'exclude each other' --tls -m
says "--wide --json" 1 'exclude each other' --wide --json
says "--check -Z" 1 'exclude each other' --check -Z 2
says "-Z with a word" 1 '-Z abc: not a number' --tls -Z abc
says "an operand" 1 "unexpected operand 'operand'" --tls operand

# ---- the policy -----------------------------------------------------------------------------------------

mkdir -p "$root/etc"
printf '[client]\nminimum=mtls\n' >"$root/etc/nfs-tls.conf"
says "the policy's line" 0 'and minimum=mtls in \[client\] \([^ ]*/etc/nfs-tls\.conf:2\) demands mtls' --tls -c
echo 'minimum=' >"$root/etc/nfs-tls.conf"
says "a broken policy" 2 '^nfsstat: [^ ]*/etc/nfs-tls\.conf:1: ' --tls -c
says "a broken policy with --check" 3 '^nfsstat: [^ ]*/etc/nfs-tls\.conf:1: ' --check -c
printf '[client]\nminimum=tls\n' >"$root/etc/other.conf"
says "--config" 0 'unknown +unknown /mnt/home' --tls -c --config "/etc/other.conf"

# ---- damaged and missing files ----------------------------------------------------------------------------

damaged() { # WHAT FILE TEXT ERE
	fresh
	printf '%b' "$3" >"$root/$2"
	says "$1" 2 "^nfsstat: [^ ]*$2:$4" --tls -c
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
says "no mountinfo" 2 'mountinfo: No such file or directory' --tls -c
fresh
rm "$root/proc/self/mountstats"
says "no mountstats" 0 'reconnects are not known: [^:]*mountstats: No such file' --tls -c -v
fresh
rm -r "$root/sys/fs/nfs"
says "a mount without transports is named" 0 'client /mnt/home: unknown: its transports cannot be found: ' --tls -c
says "a mount without transports is not well" 3 '' --check -c
two_mounts() { # both with the transports of one
	fresh
	echo '31 1 0:41 / /mnt/second rw - nfs4 server:/second rw,vers=4.2,xprtsec=mtls,addr=192.0.2.2' >>"$root/proc/self/mountinfo"
	cp -a "$root/sys/fs/nfs/0:40" "$root/sys/fs/nfs/0:41"
}
two_mounts
says "two mounts share a transport" 0 '/mnt/home \+1' --tls -c
rm -r "$root"/sys/kernel/sunrpc/xprt-switches/*
says "their transports are gone: the first is named" 3 'client /mnt/home: unknown: its transports cannot be found' --check -c
says "their transports are gone: so is the second" 3 'client /mnt/second: unknown: its transports cannot be found' --check -c
two_mounts
rm "$root"/sys/kernel/sunrpc/xprt-switches/*/*/srcaddr
says "a transport that is just going away leaves its mounts unknown" 3 'client /mnt/second: unknown: .*has no transport' --check -c
fresh
printf '31 1 0:41 / /mnt/\\033]0;x\\007\\012forged:\\377 rw - nfs4 [%0400d rw,vers=4.2\n' 0 >>"$root/proc/self/mountinfo"
says "names cannot speak to the terminal" 0 'client /mnt/.x1b]0;x.x07.x0aforged:.xff: unknown: ' --tls -c -v
said=$("$program" --root "$root" --tls -c -v --wide | LC_ALL=C tr -d '\n -~' | wc -c)
is "nor do notes" "$said" 0
# shellcheck disable=SC2016 # for perl
json "JSON stays JSON" 'scalar @{$j->{lost_mounts}}' 1 --tls --json
fresh
rm "$root"/sys/kernel/sunrpc/xprt-switches/*/*/xprtsec
says "an older kernel: -v names what is missing" 0 'this kernel has no xprtsec in /sys/kernel/sunrpc' --tls -c -v

# ---- ten thousand mounts, each with a connection of its own --------------------------------------------------------

rm -rf "$root"
"$here/nfsstat/make-mounts" "$root" 10000
ulimit -v 200000 # kilobytes
says "ten thousand mounts" 0 'client: 10000 transports, 0 encrypted, 0 clear, 10000 unknown, 0 idle' --tls -c
says "ten thousand mounts: the last" 0 '/mnt/10000' --tls -c --wide

done_testing
