#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nfsstat --tls over files of made-up systems (nfsstat/tls, and some that are made here): what it says without a kernel
# that has connections, of damaged files, and of ten thousand mounts. The VM's case has the rest.
# shellcheck disable=SC2016 # for perl
set -u
here=$(cd "$(dirname "$0")" && pwd)
program=$(cd "${TOP_BUILDDIR:-.}" && pwd)/utils/nfsstat/nfsstat
work=$(mktemp -d) || exit 1
many=
trap 'rm -rf "$work" "$many"' EXIT
trap 'exit 1' HUP INT TERM
root=$work/root

# shellcheck source=nfsstat/many.sh
. "$here/nfsstat/many.sh"
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
# promtool_clean NAME: Prometheus' own tool has nothing to say of the last metrics
promtool_clean() {
	if command -v promtool >/dev/null || [ -n "${CI-}" ]; then
		ends "$1: promtool" 0 '^$' promtool check metrics <"$work/metrics"
	else
		ok "$1 # SKIP there is no promtool"
	fi
}
"$program" --root "$root" --openmetrics >"$work/metrics"
promtool_clean "below another root"
"$program" --openmetrics >"$work/metrics"
promtool_clean "of this host"
cp -r "$root" "$work/closed"
for part in xprt_info srcaddr; do
	echo '<closed>' >"$work/closed/sys/kernel/sunrpc/xprt-switches/switch-1/xprt-9-tcp/$part"
done
echo 'state=BOUND' >"$work/closed/sys/kernel/sunrpc/xprt-switches/switch-1/xprt-9-tcp/xprt_state"
# shellcheck disable=SC2016 # for perl
{
	json "JSON" '"$j->{transports}[0]{configured} $j->{transports}[0]{reconnects} $j->{transports}[0]{mounts}[0]{path}"' \
		"mtls 2 /mnt/home" --tls --json -c
	json "JSON: what is not known is null" 'exists $j->{transports}[0]{identity} && !defined $j->{transports}[0]{identity}' 1 --tls --json
	json "JSON: an end that is not known is null" '$j->{transports}[0]{peer} . (exists $j->{transports}[0]{local} ? $j->{transports}[0]{local} // "null" : "none")' \
		"192.0.2.2null" --tls --json -c --root "$work/closed"
	json "JSON: notes" 'join " ", grep /another root/, @{$j->{notes}}' \
		"sockets are not looked at below another root: nothing is proven" --tls --json
}

# As a test machine had them: NFSv3, 4.0, 4.1 with tls and nconnect=2, 4.2 with mtls over IPv6 and two mounts on it.
captured() { # EXPRESSION: of each transport, sorted
	"$program" --root "$root" --tls -c --json | perl -MJSON::PP -e 'local $/; my $j = decode_json(<STDIN>);
		print join "; ", sort map { $t = $_; join " ", map { $_ // "null" } eval $ARGV[0] } @{$j->{transports}}' "$1"
}
for kernel in 6.12 7.3; do
	rm -rf "$root"
	cp -r "$here/nfsstat/captured-$kernel" "$root"
	is "captured from $kernel: mounts, what they ask for, and what is configured" \
		"$(captured '(join ",", map { $_->{path} } @{$t->{mounts}}), $t->{asked}, $t->{configured}, $t->{in_effect}{proof}')" \
		"/mnt/mtls,/mnt/shared mtls mtls unknown; /mnt/old none none unknown; /mnt/plain v3 none none unknown; \
/mnt/tls tls tls unknown; /mnt/tls tls tls unknown"
	is "captured from $kernel: both ends, as ss had them" \
		"$(captured '$t->{local}, $t->{peer}')" "$(sort <"$here/nfsstat/captured-$kernel/ss" | paste -sd ';' | sed 's/;/; /g')"
	is "captured from $kernel: never reconnected" "$(captured '$t->{reconnects}' | tr -d '; ')" 00000
	says "captured from $kernel: what cannot be proven is not well" 3 ', 5 unknown, ' --tls -c --check
done
fresh
says "--json and --openmetrics" 1 'exclude each other' --json --openmetrics
for words in "-S $work" -l -n -r -3 "-o io" --auto; do
	# shellcheck disable=SC2086 # options of their own
	says "--tls $words" 1 'are about counters' --tls $words
done
says "--tls -m" 1 'exclude each other' --tls -m
says "--wide --json" 1 'exclude each other' --wide --json
says "--check -Z" 64 'exclude each other' --check -Z 2
says "--openmetrics -Z" 1 'exclude each other' --openmetrics -Z 2
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

# What the policy is not asked about is not known, and nobody's demand.
fresh
long=server:/$(printf 'x%.0s' {1..1100})
sed -i "s|server:/home rw,vers=4.2,xprtsec=mtls|$long rw,vers=4.2|" "$root/proc/self/mountinfo"
echo none >"$root/sys/kernel/sunrpc/xprt-switches/switch-1/xprt-9-tcp/xprtsec"
sed -i 's/CONNECTED//' "$root/sys/kernel/sunrpc/xprt-switches/switch-1/xprt-9-tcp/xprt_state"
says "a path that is too long" 3 'unknown: not connected now, but what is demanded of it cannot be seen; -v tells why' --check -c
says "-v tells why" 0 'what the policy demands of /mnt/home is not known: export pathname is too long: 1101 bytes' --tls -c -v
says "in the wide table" 0 'unknown 192\.0\.2\.1:801 192\.0\.2\.2:2049 server none +unknown none ' --tls -c --wide
json "JSON" 'exists $j->{transports}[0]{minimum} && !defined $j->{transports}[0]{minimum}' 1 --tls -c --json

# ---- what mounts have asked for ------------------------------------------------------------------------------

# The kernel shows what the first mount of a connection asked for; the mount command records what each did.
fresh
sed -i 's/xprtsec=mtls,//' "$root/proc/self/mountinfo"
echo none >"$root/sys/kernel/sunrpc/xprt-switches/switch-1/xprt-9-tcp/xprtsec"
mkdir -p "$root/run/mount"
says "as the kernel has it" 0 ' server none +- +none .* /mnt/home' --tls -c --wide
echo 'SRC=other:/home TARGET=/mnt/home ROOT=/ ATTRS=vers=4.2,xprtsec=mtls,addr=192.0.2.2 ' >"$root/run/mount/utab"
says "as the mount command has it" 0 ' server mtls +- +none .* /mnt/home' --tls -c --wide
json "JSON: of the mount" '$j->{transports}[0]{mounts}[0]{asked} . $j->{transports}[0]{asked} . $j->{transports}[0]{configured}' \
	mtlsmtlsnone --tls --json
says "and demands it" 3 "and the mount's xprtsec=mtls demands mtls; -v tells why \(/mnt/home\)" --check -c
for record in 'other:/home 2001:db8::2' 'server:/elsewhere 192.0.2.2'; do
	echo "SRC=${record% *} TARGET=/mnt/home ROOT=/ ATTRS=vers=4.2,xprtsec=mtls,addr=${record#* } " >"$root/run/mount/utab"
	says "that of another mount on this folder ($record) says nothing" 0 ' server unknown +- +none' --tls -c --wide
	says "-v says so ($record)" 0 '/mnt/home: what it has asked for is not known: what mount commands have recorded' --tls -c -v
done
echo 'SRC=other:/home TARGET=/mnt/elsewhere ROOT=/ ATTRS=xprtsec=mtls ' >"$root/run/mount/utab"
says "that of another folder is not its own" 0 ' server none +- +none' --tls -c --wide
printf 'SRC=other:/home TARGET=/mnt/home ROOT=/ ATTRS=vers=4.2,xprts' >"$root/run/mount/utab"
says "records that are cut off" 0 'what mounts have asked for is not all known: [^ ]*/run/mount/utab:1: not understood' --tls -c -v
says "then nobody knows what was asked" 0 ' server unknown +- +none' --tls -c --wide
json "JSON: then it is null" 'exists $j->{transports}[0]{asked} && !defined $j->{transports}[0]{asked}' 1 --tls --json

# ---- transports that no mount has ---------------------------------------------------------------------------------

stray() { # SECURITY: of the mount, which is there no more
	fresh
	sed -i '/nfs4/d' "$root/proc/self/mountinfo"
	rm "$root/proc/self/mountstats"
	mkdir -p "$root/proc/fs/nfsfs"
	printf 'NV SERVER   PORT USE HOSTNAME\nv4 c0000202  801   1 server.example.com\n' >"$root/proc/fs/nfsfs/servers"
	if [ $# -gt 0 ]; then
		echo "$1" >"$root/sys/kernel/sunrpc/xprt-switches/switch-1/xprt-9-tcp/xprtsec"
	else
		rm "$root/sys/kernel/sunrpc/xprt-switches/switch-1/xprt-9-tcp/xprtsec"
	fi
}
stray tls-x509
says "has a row" 3 'client 192\.0\.2\.2:2049 mtls +unknown +unknown -'$'\n' --check -c
says "with the server's name, and no mounts" 0 ' 192\.0\.2\.2:2049 server\.example\.com - +- +mtls .* -'$'\n' --tls --wide -c
json "JSON" '$j->{transports}[0]{server} . @{$j->{transports}[0]{mounts}} . (defined $j->{transports}[0]{asked} ? "asked" : "null")' \
	server.example.com0null --tls --json
says "what the kernel was told is what was asked" 3 'and what the kernel was told \(tls-x509\) demands mtls' --check -c
stray_policy() { mkdir -p "$root/etc"; printf '[client "%s"]\nminimum=mtls\n' "$1" >"$root/etc/nfs-tls.conf"; }
stray none
stray_policy server.example.com
says "the policy for the server's name" 0 'and minimum=mtls in \[client "server\.example\.com"\] \([^ ]*:2\) demands mtls' --tls -c
stray_policy 192.0.2.0/24
says "the policy for its address" 0 'and minimum=mtls in \[client "192\.0\.2\.0/24"\]' --tls -c
stray
says "an older kernel does not say what it was told" 0 ' server\.example\.com - +- +unknown' --tls --wide -c
says "an older kernel: what is wanted" 0 'client 192\.0\.2\.2:2049 unknown unknown' --tls -c
stray none
sed -i s/c0000202/c0000203/ "$root/proc/fs/nfsfs/servers"
says "what leads elsewhere is not NFS, and where the server is nothing leads" 3 'client: 0 transports, [^;]*; there may be more' --check -c
says "-v names the server" 0 'the kernel knows 1 server that no transport in /sys leads to, as 192\.0\.2\.3:2049' --tls -c -v
stray none
volumes() { # DEVICE...: of file systems that the kernel knows
	local device
	echo 'NV SERVER   PORT DEV          FSID                              FSC' >"$root/proc/fs/nfsfs/volumes"
	for device; do echo "v4 c0000202  801 $device         0:0                               no " >>"$root/proc/fs/nfsfs/volumes"; done
}
volumes 0:40
says "with its file system" 3 'client 192\.0\.2\.2:2049 none +unknown +unknown -'$'\n' --check -c
volumes 0:40 0:0
says "one that is just being mounted has none" 0 'client: 1 transport, [^;]*\n' --tls -c
volumes 0:40 0:41
says "a file system that /sys does not have" 0 'client: 1 transport, .*; there may be more' --tls -c
says "-v tells that" 0 "1 file system of the kernel's NFS client has no transport in /sys" --tls -c -v
volumes 0:41
says "/sys has other file systems only" 3 $'\nclient: /sys is of another network namespace: these transports are of there\n' --check -c
json "JSON" '$j->{elsewhere} . $j->{totals}{client}{complete}' 10 --tls --json
rm -r "$root/sys/fs/nfs"
says "there is no /sys" 3 $'\nclient: 1 transport, .*; there may be more' --check -c
volumes 0:
says "file systems that are not understood" 3 'nfsstat: [^ ]*/proc/fs/nfsfs/volumes:2: not understood' --check -c
for proof in '- 1 transport' 'udp 1 transport' 'rdma 1 transport' 'local 0 transports'; do
	stray none
	[ "${proof%% *}" = - ] || mv "$root"/sys/kernel/sunrpc/xprt-switches/switch-1/xprt-9-tcp \
		"$root/sys/kernel/sunrpc/xprt-switches/switch-1/xprt-9-${proof%% *}"
	says "whatever protocol it has (${proof%% *})" 0 "client: ${proof#* }" --tls -c
done
stray none
sed -i 's/CONNECTED//' "$root/sys/kernel/sunrpc/xprt-switches/switch-1/xprt-9-tcp/xprt_state"
volumes 0:40
stray_policy 192.0.2.0/24
says "one that will be connected without what is demanded" 2 'not connected now, and it will be with none, but minimum=mtls' --check -c
stray none
printf 'NV SERVER   PORT USE HOSTNAME\nv4 c00' >"$root/proc/fs/nfsfs/servers"
says "the list of servers is cut off" 3 'nfsstat: [^ ]*/proc/fs/nfsfs/servers:2: not understood' --check -c
stray none
printf 'state=' >"$root/sys/kernel/sunrpc/xprt-switches/switch-1/xprt-9-tcp/xprt_state"
says "one that cannot be read may be of NFS" 3 'client: 0 transports, [^;]*; there may be more: -v tells why' --check -c
says "-v names the file" 0 '/xprt-9-tcp/xprt_state: not understood' --tls -v -c

# ---- the server's side ------------------------------------------------------------------------------------------------

fresh
mkdir -p "$root/proc/fs/nfsd" "$root/proc/net/rpc"
echo 'tcp 2049' >"$root/proc/fs/nfsd/portlist"
says "its connections were not looked at: that is not well" 3 $'\nserver: unknown: its transports are sockets, which are not looked at' --check -s
says "nor is it zero" 0 'server: unknown' --tls
json "JSON: totals" '(defined $j->{totals}{client} ? "client" : "-") . (defined $j->{totals}{server} ? "server" : "-")' client- --tls --json
json "JSON: of a side that was not asked for" '(exists $j->{totals}{client} ? defined $j->{totals}{client} ? 1 : 0 : "none")' 0 --tls --json -s
says "OpenMetrics" 0 'nfs_tls_incomplete\{side="server"\} 1' --openmetrics -s
said=$("$program" --root "$root" --openmetrics | grep -c 'transports{side="server"')
is "OpenMetrics has no zeros for it" "$said" 0
mv "$root/proc/fs/nfsd/portlist" "$work/portlist"
echo 'rc 0 0 0' >"$root/proc/net/rpc/nfsd"
says "no list of ports, but the server's module: -v tells what is a guess" 3 \
	"the server's ports are not known \\([^)]*portlist: No such file or directory\\): 2049 is taken for one" --check -s -v
rm "$root/proc/net/rpc/nfsd"
says "without the module there is no server" 0 $'\nserver: 0 transports, [^;\n]*\n' --check -s
printf 'tcp 2049\ntcp 20' >"$root/proc/fs/nfsd/portlist"
says "the list of ports is cut off" 3 'nfsstat: [^ ]*/proc/fs/nfsd/portlist:2: not understood' --check -s

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
for file in xprt_state xprt_info srcaddr dstaddr xprtsec; do
	for text in "" 'garbage\nand more' 'cut off'; do
		fresh
		printf '%b' "$text" >"$root/sys/kernel/sunrpc/xprt-switches/switch-1/xprt-9-tcp/$file"
		says "$file is \"$text\": its mount is not known" 3 \
			"client /mnt/home: unknown: [^:]*: [^ ]*/xprt-9-tcp/$file: not understood" --check -c
		unlike "$file is \"$text\": nothing is called idle or ok" "$("$program" --root "$root" --tls -c)" ' (ok|idle|plain) '
	done
done
fresh
cp -a "$root/sys/kernel/sunrpc/xprt-switches/switch-1/xprt-9-tcp" "$root/sys/kernel/sunrpc/xprt-switches/switch-1/xprt-10-tcp"
: >"$root/sys/kernel/sunrpc/xprt-switches/switch-1/xprt-10-tcp/srcaddr"
says "of two transports one is damaged: the mount" 3 'client /mnt/home: unknown: not all of its transports are known: ' --check -c
says "of two transports one is damaged: the other" 0 'client: 1 transport, .*; 1 mount without known transports' --tls -c
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

# ---- the live view -----------------------------------------------------------------------------------------------------

# It goes on when something cannot be read at that moment.
fresh
mkdir -p "$root/etc"
mkfifo "$work/live"
"$program" --root "$root" --tls -c -Z 1 >"$work/live" 2>&1 &
live=$!
exec 3<"$work/live"
shown() { timeout 30 grep -m 1 -o "$1" <&3; }
is "the first table" "$(shown '^client: 1 transport')" "client: 1 transport"
echo 'minimum=' >"$root/etc/nfs-tls.conf"
is "a policy that is just being written is told" "$(shown '/etc/nfs-tls.conf:1: ')" "/etc/nfs-tls.conf:1: "
rm "$root/etc/nfs-tls.conf"
is "and it goes on" "$(shown '^client: 1 transport')" "client: 1 transport"
mv "$root/proc/self/mountinfo" "$root/proc/self/away"
is "a file that cannot be read is told" "$(shown 'mountinfo: No such file')" "mountinfo: No such file"
mv "$root/proc/self/away" "$root/proc/self/mountinfo"
is "and it goes on again" "$(shown '^client: 1 transport')" "client: 1 transport"
kill "$live"
wait "$live"
is "until it is ended" "$?" 143
exec 3<&-

# An agent that has stopped: what does not answer, and soon takes no more questions, does not make it late.
cat >"$work/silent" <<-'END'
	mount -t tmpfs none /run && mkdir /run/nfs-tls || exit
	perl -MIO::Socket::UNIX -e '$l = IO::Socket::UNIX->new(Local => "/run/nfs-tls/agent.sock", Listen => 1) or die; sleep 60' &
	while [ ! -S /run/nfs-tls/agent.sock ]; do sleep 0.1; done
	timeout 5 "$1" --tls -c -v -Z 1
	kill $!
END
unshare -mn --propagation private bash "$work/silent" "$program" >"$work/shown" 2>&1
said=$(grep -c 'identities and handshakes are not known: the handshake agent does not answer' "$work/shown")
[ "$said" -ge 4 ]
tap_result $? "an agent that does not answer does not make it late" "$said tables in five seconds
$(<"$work/shown")"

# ---- terminals, and what this process may see ------------------------------------------------------------------------------

on_terminal() { # VARIABLE...
	env TERM=xterm "$@" script -qec "'$program' --root '$root' --tls -c" /dev/null </dev/null
}
like "colours on a terminal" "$(on_terminal)" $'\033\\[33munknown'
like "colours with an empty NO_COLOR" "$(on_terminal NO_COLOR=)" $'\033\\[33munknown'
unlike "none with NO_COLOR" "$(on_terminal NO_COLOR=1)" $'\033'
unlike "none on a dumb terminal" "$(on_terminal TERM=dumb)" $'\033'
# Without a single socket, too.
ends "not privileged" 0 'not privileged \(CAP_NET_ADMIN\)' \
	unshare -n setpriv --inh-caps=-net_admin --bounding-set=-net_admin "$program" --tls -v -c
said=$(unshare -n "$program" --tls -v -c 2>&1)
unlike "privileged" "$said" 'not privileged'

# The live view on a terminal of six lines, and then of forty: the worst stay, and the number of the others is told.
# Each of the eight has a sentence, too.
rm -rf "$root"
"$here/nfsstat/make-mounts" "$root" 8
cat >"$work/watch" <<-END
	stty rows 6 cols 100
	'$program' --root '$root' --tls -c -Z 1 &
	sleep 1.5
	stty rows 40
	sleep 1.5
	kill \$!
END
TERM=dumb timeout 30 script -qec "bash '$work/watch'" /dev/null </dev/null | tr -d '\r' >"$work/shown"
views=$(tr '\033' '@' <"$work/shown" | sed 's/^@\[H@\[2J/@/' | awk '/^@/ { view++ } { lines[view]++ } /^client [0-9]/ && NF == 6 { rows[view]++ }
	/^\+/ { more[view] = $0 } END { for (i = 1; i <= view; i += view - 1) print lines[i], rows[i], more[i] }')
is "a terminal with six lines, and then with forty: lines, rows, more" "$views" "5 1 +7 more
21 8 "
"$program" --root "$root" --tls -c >"$work/shown"
is "not where there is no terminal" "$(grep -c '^client [0-9].* /mnt/' "$work/shown")" 8

# ---- ten thousand mounts, each with a connection of its own --------------------------------------------------------

rm -rf "$root"
many=$(many_folder) || exit 1
root=$many/root
"$here/nfsstat/make-mounts" "$root" 10000
ulimit -v 200000 # kilobytes
says "ten thousand mounts" 0 'client: 10000 transports, 0 encrypted, 0 clear, 10000 unknown, 0 idle' --tls -c
says "ten thousand mounts: the last" 0 '/mnt/10000' --tls -c --wide

done_testing
