#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# One text of mount options has one meaning: mount.nfs, nfstls explain and nfstls check answer alike.  Nothing is
# mounted (-f), and servers are addresses, so nobody is asked.
set -eu
umask 022

build=$(cd "${TOP_BUILDDIR:-.}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

nfstls=$build/utils/nfstls/nfstls
ln -s "$build/utils/mount/mount.nfs" "$work/mount.nfs"
root=$work/root
mkdir -p "$work/dir" "$root/etc/nfs-tls/certs" "$root/proc/self"
: >"$root/proc/self/mountinfo"
for name in host web; do : >"$root/etc/nfs-tls/certs/$name.pem"; done

# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

# Each program's answer is a mode, or "refused".

# by_mount OPTIONS SERVER
by_mount() {
	status=0
	"$work/mount.nfs" -f -v "$2:/x" "$work/dir" -o "$1" >"$work/out" 2>&1 || status=$?
	case $status in
	0)
		sed -n "s/.*trying text-based options '\(.*\)'.*/\1/p" "$work/out" | sed 's/"[^"]*"//g' | tr , '\n' |
			sed -n 's/^xprtsec=//p' | sort -u | grep . || echo none
		;;
	1 | 32) echo refused ;;
	*) echo "status $status" ;;
	esac
}
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
xprtsec=tls,mountport=9 refused
xprtsec=mtls,mounthost=127.0.0.1 refused
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

number=0
while read -r options expected; do
	number=$((number + 1))
	echo "$(server_of "$options"):/x /mnt/n$number nfs $options 0 0"
done <"$work/table" >"$root/etc/fstab"
report

number=0
while read -r options expected; do
	number=$((number + 1))
	server=$(server_of "$options")
	is "-o $options" \
		"mount.nfs $(by_mount "$options" "$server"), explain $(by_explain "$options" "$server" /mnt/x), check $(by_check "/mnt/n$number")" \
		"mount.nfs $expected, explain $expected, check $expected"
done <"$work/table"

# ---- nfsmount.conf and fstab's own writing ----

cat >"$root/etc/nfsmount.conf" <<'END'
[ NFSMount_Global_Options ]
Xprtsec=tls
[ Server "127.0.0.9" ]
XPRTSEC=mtls
[ MountPoint "/mnt/auto" ]
Xprtsec=auto
Nfsvers=3
[ MountPoint "/mnt/udp" ]
Proto=UDP
END
cat >"$work/table" <<'END'
127.0.0.1 /mnt/plain rw tls
127.0.0.9 /mnt/server rw mtls
127.0.0.9 /mnt/auto rw auto
127.0.0.1 /mnt/own xprtsec=none none
127.0.0.1 /mnt/case XPRTSEC=MTLS mtls
127.0.0.1 /mnt/udp rw refused
127.0.0.1 /mnt/udp/clear xprtsec=none,udp none
127.0.0.1 /mnt/auto/ xprtsec=tls,mountport=9 tls
127.0.0.1 /mnt/no3 mountport=9 refused
END
while read -r server point options expected; do
	echo "$server:/x $point nfs $options 0 0" >"$root/etc/fstab"
	report
	is "nfsmount.conf: $server on $point with $options" \
		"explain $(by_explain "$options" "$server" "${point%/}"), check $(by_check "$point")" \
		"explain $expected, check $expected"
done <"$work/table"
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
