#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# One text of mount options has one meaning: mount.nfs, nfstls explain, nfstls check and nfsstat answer alike.  Nothing
# is mounted over NFS (-f), and servers are addresses, so nobody is asked.  In a mount namespace of its own /etc and /mnt
# are folders of this test, so that mount.nfs reads the nfsmount.conf that the others read.
here=$(readlink /proc/self/ns/mnt)
if [ "${1-}" != --inside ]; then
	[ "$(id -u)" -eq 0 ] || { echo "1..0 # SKIP needs root for namespaces of its own"; exit 0; }
	exec unshare --net --mount --propagation private "$0" --inside "$here"
fi
[ "$here" != "${2-$here}" ] || { echo "Bail out! not in a mount namespace of its own"; exit 1; }
set -eu
umask 022

build=$(cd "${TOP_BUILDDIR:-.}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

nfstls=$build/utils/nfstls/nfstls
nfsstat=$build/utils/nfsstat/nfsstat
ln -s "$build/utils/mount/mount.nfs" "$work/mount.nfs"
root=$work/root
mkdir -p "$work/mnt" "$root/etc/nfs-tls/certs" "$root/proc/self"
: >"$root/proc/self/mountinfo"
cp -r "$(dirname "$0")/nfsstat/tls" "$work/mounted"
mkdir -p "$work/mounted/run/mount"
sed -i 's/xprtsec=mtls,//' "$work/mounted/proc/self/mountinfo"
ip link set lo up
mount --bind "$work/mnt" /mnt
mount --bind "$root/etc" /etc
for name in host web; do : >"$root/etc/nfs-tls/certs/$name.pem"; done

# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

# Each program's answer is a mode, or "refused".

# by_mount OPTIONS SERVER POINT: the kernel's options stay in $work/list
by_mount() {
	status=0
	mkdir -p "$3"
	"$work/mount.nfs" -f -v "$2:/home" "$3" -o "$1" >"$work/out" 2>&1 || status=$?
	sed -n "s/.*trying text-based options '\(.*\)'.*/\1/p" "$work/out" >"$work/list"
	case $status in
	0) sed 's/"[^"]*"//g' "$work/list" | tr , '\n' | sed -n 's/^xprtsec=//p' | sort -u | grep . || echo none ;;
	1 | 32) echo refused ;;
	*) echo "status $status" ;;
	esac
}
# by_stat: of a mount that mount.nfs has recorded with $work/list, of which the kernel tells nothing
by_stat() {
	sed 's/ /\\040/g; s/\(.*\)/SRC=a:\/home TARGET=\/mnt\/home ROOT=\/ ATTRS=\1,addr=192.0.2.2 /' "$work/list" \
		>"$work/mounted/run/mount/utab"
	"$nfsstat" --root "$work/mounted" --tls -c --json |
		sed -n '/"path":"\/mnt\/home"/{n;s/.*"asked":"\([a-z]*\)".*/\1/p}'
}
# stat_of MODE: auto takes what the server has, and promises nothing
stat_of() { case $1 in auto) echo none ;; *) echo "$1" ;; esac; }
# by_explain OPTIONS SERVER POINT
by_explain() {
	"$nfstls" explain --root "$root" -c /etc/none --options "$1" --address 127.0.0.1 mount "$2:/x" "$3" \
		>"$work/out" 2>"$work/err" || true
	sed -n -e 's/^allowed: .* has xprtsec=//p' -e 's/^refused: .*/refused/p' "$work/out"
}
# by_check POINT: of the report in $work/report
by_check() {
	sed -n -e "s,^failure $1: .*,refused,p" -e "s,^[a-z]* $1: xprtsec=\([a-z]*\).*,\1,p" \
		-e "s,^[a-z]* $1: clear text.*,none,p" "$work/report"
}
report() { "$nfstls" check --root "$root" -c /etc/none >"$work/report" 2>&1 || true; }

# ---- options alone ----

cat >"$work/table" <<'END'
rw none
xprtsec=none none
xprtsec=tls tls
xprtsec=mtls mtls
xprtsec=auto auto
xprtsec=tls,xprtsec=tls tls
xprtsec=mtls,xprtsec=tls refused
xprtsec=tls,xprtsec=mtls refused
XPRTSEC=TLS tls
Xprtsec=mtls,xprtsec=MTLS mtls
XPRTSEC=tls,xprtsec=none refused
xprtsec=mutual refused
xprtsec= refused
xprtsec refused
xprtsec="tls" refused
xprtsecs=tls,noxprtsec none
context="a,xprtsec=none",xprtsec=tls tls
context="a,xprtsec=tls" none
xprtsec=tls,context="a,b refused
=tls refused
xprtsec=tls,proto=tcp tls
xprtsec=tls,proto=tcp6 tls
xprtsec=tls,proto=udp refused
xprtsec=tls,proto=udp6 refused
xprtsec=mtls,udp refused
xprtsec=mtls,rdma refused
xprtsec=tls,proto=rdma refused
xprtsec=tls,udp,tcp tls
xprtsec=tls,tcp,udp refused
xprtsec=tls,proto=udp,proto=tcp tls
xprtsec=auto,rdma none
proto=tcpx refused
proto= refused
xprtsec=tls,nfsvers=4,minorversion=1 tls
xprtsec=tls,v4.2 tls
vers=4.x refused
vers=5 refused
vers=2 refused
nfsvers=3,v4 refused
minorversion=1,vers=3 refused
vers=4.1,minorversion=1,xprtsec=tls tls
xprtsec=mtls,minorversion=1,nfsvers=4.1 mtls
v4.1,minorversion=2 none
vers=4.1,nfsvers=4.1 refused
minorversion=1,minorversion=2 refused
VERS=3,xprtsec=tls tls
xprtsec=tls,mountport=9 refused
xprtsec=mtls,mounthost=127.0.0.1 refused
mountproto=tcpx refused
mountproto=rdma,vers=4.2 refused
clientaddr=here refused
clientaddr= refused
clientaddr=127.0.0.1,xprtsec=tls tls
xprtsec=tls,port=20049 tls
remount,xprtsec=auto none
remount,xprtsec=tls tls
,,xprtsec=tls,, tls
xprtsec=tls,comment=xprtsec=mtls tls
comment="a,xprtsec=mtls",xprtsec=tls tls
x-note="a,xprtsec=mtls",X-xprtsec=none,xprtsec=tls tls
noauto,user,xprtsec=tls tls
xprtsec='tls' refused
xprtsec=tls=mtls refused
xprtsec=tls;mtls refused
options=xprtsec=tls none
tlscertname=web,xprtsec=mtls mtls
TlsCertName=web,tlscertname=web,xprtsec=mtls mtls
tlscertname=web,tlscertname=host,xprtsec=mtls refused
tlscertname=web refused
tlscertname=web,xprtsec=tls refused
tlscertname=a/b,xprtsec=mtls refused
cert_serial=1,privkey_serial=2,xprtsec=mtls mtls
cert_serial=1,xprtsec=mtls refused
cert_serial=1,privkey_serial=2,tlscertname=web,xprtsec=mtls refused
defaults,_netdev,nofail,x-systemd.automount,user=me,xprtsec=tls tls
END

server_of() { case $1 in *tcp6* | *udp6*) echo '[::1]' ;; *) echo 127.0.0.1 ;; esac; }

# answers NAME OPTIONS SERVER POINT EXPECTED: check's is in the report; nfsstat is asked about what can be mounted
answers() {
	mount_nfs=$(by_mount "$2" "$3" "$4")
	got="mount.nfs $mount_nfs, explain $(by_explain "$2" "$3" "${4%/}"), check $(by_check "$4")"
	want="mount.nfs $5, explain $5, check $5"
	if [ "$mount_nfs" != refused ]; then
		got="$got, nfsstat $(by_stat)"
		want="$want, nfsstat $(stat_of "$5")"
	fi
	is "$1" "$got" "$want"
}

number=0
while read -r options expected; do
	number=$((number + 1))
	echo "$(server_of "$options"):/x /mnt/n$number nfs $options 0 0"
done <"$work/table" >"$root/etc/fstab"
report

number=0
while read -r options expected; do
	number=$((number + 1))
	answers "-o $options" "$options" "$(server_of "$options")" "/mnt/n$number" "$expected"
done <"$work/table"

# ---- nfsmount.conf and fstab's own writing ----

cat >"$root/etc/nfsmount.conf" <<'END'
[ NFSMount_Global_Options ]
Xprtsec=tls
[ Server "127.0.0.9" ]
XPRTSEC=mtls
[sErVeR "[::1]"]
xprtSec = "mtls"
[ MountPoint "/mnt/auto" ]
Xprtsec=auto
Nfsvers=3
mountport=9
[ mountpoint "/MNT/Case/" ]
NFSVERS = 4.2
xprtsec = MTLS
[ MountPoint "/mnt/last" ]
Xprtsec=none
Xprtsec=mtls
[ MountPoint "/mnt/udp" ]
Proto=UDP
[ MountPoint "/mnt/usually-udp" ]
Defaultproto=udp
DefaultVers=3
[ MountPoint "/mnt/no-version" ]
defaultvers=7
[ MountPoint "/mnt/no-proto" ]
DEFAULTPROTO=foo
[ MountPoint "/mnt/no-default" ]
defaultfoo=foo
[ MountPoint "/mnt/minor" ]
Nfsvers=4.1
Minorversion=1
[ MountPoint "/mnt/host" ]
Mounthost=127.0.0.1
[ MountPoint "/mnt/client" ]
Clientaddr=here
[ MountPoint "/mnt/named" ]
Tlscertname=web
[ MountPoint "/mnt/truth" ]
Xprtsec=True
[ MountPoint "/mnt/false" ]
Xprtsec=False
[ MountPoint "/mnt/two" ]
Xprtsec=tls,mtls
[ MountPoint "/mnt/no" ]
NoXprtsec=True
[ MountPoint "/mnt/list" ]
Options=vers=4.2,xprtsec=mtls
[ MountPoint "/mnt/smuggled" ]
nconnect=2,xprtsec=none
[ MountPoint "/mnt/serial" ]
Cert_serial=1
END
cat >"$work/table" <<'END'
127.0.0.1 /mnt/plain rw tls
127.0.0.9 /mnt/server rw mtls
127.0.0.9,127.0.0.1 /mnt/first rw mtls
[::1] /mnt/v6 rw mtls
127.0.0.9 /mnt/auto vers=4.2 auto
127.0.0.1 /mnt/own xprtsec=none none
127.0.0.1 /mnt/case XPRTSEC=tls tls
127.0.0.1 /mnt/Case rw mtls
127.0.0.1 /mnt/last rw mtls
127.0.0.1 /mnt/udp rw refused
127.0.0.1 /mnt/udp xprtsec=none none
127.0.0.1 /mnt/udp proto=tcp tls
127.0.0.1 /mnt/usually-udp vers=4.2 refused
127.0.0.1 /mnt/usually-udp xprtsec=none,vers=4.2 none
127.0.0.1 /mnt/no-version rw refused
127.0.0.1 /mnt/no-proto rw refused
127.0.0.1 /mnt/no-default rw tls
127.0.0.1 /mnt/minor rw tls
127.0.0.1 /mnt/host rw refused
127.0.0.1 /mnt/client rw refused
127.0.0.1 /mnt/named rw tls
127.0.0.1 /mnt/named xprtsec=mtls mtls
127.0.0.1 /mnt/named xprtsec=none none
127.0.0.1 /mnt/truth rw refused
127.0.0.1 /mnt/truth XPRTSEC=tls tls
127.0.0.1 /mnt/false rw refused
127.0.0.1 /mnt/two rw refused
127.0.0.1 /mnt/no rw refused
127.0.0.1 /mnt/list rw refused
127.0.0.1 /mnt/smuggled rw refused
127.0.0.1 /mnt/serial rw refused
127.0.0.1 /mnt/plain/ mountport=9 refused
127.0.0.1 /mnt/plain remount none
END
while read -r server point options expected; do
	echo "$server:/x $point nfs $options 0 0" >"$root/etc/fstab"
	report
	answers "nfsmount.conf: $server on $point with $options" "$options" "$server" "$point" "$expected"
done <"$work/table"

# Of several lines for one directory each counts; comments and other types do not.
cat >"$root/etc/fstab" <<'END'
# 127.0.0.1:/x /mnt/plain nfs xprtsec=mtls 0 0
127.0.0.1:/x	/mnt/plain	nfs4	xprtsec=none,noauto,user	0	0
127.0.0.1:/x   /mnt/plain   nfs   defaults,comment="a,xprtsec=none",x-systemd.automount,XPRTSEC=MTLS
127.0.0.1:/x /mnt/plain ext4 xprtsec=auto 0 0
END
report
is "several lines for one directory" "$(by_check /mnt/plain | paste -sd ' ')" "none mtls"
# README, From plain NFS to TLS in fstab, 3 and 4: what is the same for all lines, and that it has to stay so.
printf '[ NFSMount_Global_Options ]\nXprtsec=tls\n' >"$root/etc/nfsmount.conf"
printf '[client]\nminimum=tls\n' >"$root/etc/nfs-tls.conf"
printf '127.0.0.1:/srv/home /mnt/home nfs _netdev 0 0\n' >"$root/etc/fstab"
"$nfstls" check --root "$root" >"$work/report" 2>&1 || true
is "the README's steps leave the line ok" \
	"$(by_mount _netdev 127.0.0.1 /mnt/home), $(grep /mnt/home "$work/report")" \
	"tls, ok /mnt/home: xprtsec=tls, and the minimum is tls"
rm "$root/etc/nfs-tls.conf"

printf '127.0.0.1:/x /mnt/o\\040x nfs xprtsec=t\\154s 0 0\n' >"$root/etc/fstab"
report
is "fstab's escapes" "$(by_check "/mnt/o x")" tls

"$nfstls" explain --root "$root" -c /etc/none --address 127.0.0.1 mount 127.0.0.1:/x >"$work/out" 2>&1 || true
is "the line that says it is named" "$(sed -n 's/^without-option *//p' "$work/out")" \
	"xprtsec=tls    by /etc/nfsmount.conf:2"

echo "Xprtsec=ssl" >>"$root/etc/nfsmount.conf"
echo "127.0.0.1:/x /mnt/udp nfs rw 0 0" >"$root/etc/fstab"
report
is "a bad line of nfsmount.conf refuses the mounts that it is for" "$(by_check /mnt/udp)" refused
printf '[ Servr "a" ]\nXprtsec=tls\n' >"$root/etc/nfsmount.conf"
report
is "a section that is none" "$(by_check /mnt/udp)" refused
printf '[ broken\n' >"$root/etc/nfsmount.conf"
report
is "a file that cannot be read" "$(by_check /etc/nfsmount.conf)" refused

done_testing
