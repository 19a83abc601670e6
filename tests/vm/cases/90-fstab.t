#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# mount.nfs and umount.nfs as fstab, ordinary users and a boot meet them: defaults from nfsmount.conf, certificates by
# name, what users may and may not, records in utab, version 3 and its servers' lists, servers that are down.
set -u
. "$(dirname "$0")/../hosts.sh"
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../certificates.sh"

kernel_has_keyring() { case $(uname -r) in 6.*) return 1 ;; esac; }
nfs_keyring() { awk '/ keyring +\.nfs: / { print "0x" $1 }' /proc/keys; }
load() { keyctl padd user "$1" "$(nfs_keyring)" <"$2"; }
serial_of() { openssl x509 -noout -serial -in "$1" | sed 's/^serial=0*//' | tr A-F a-f; }

# run COMMAND...: on the client; leaves $status and $output
run() {
	status=0
	output=$(on client timeout -k 2 "${run_limit-60}" "$@" 2>&1) || status=$?
	printf '# status %d: %s\n' "$status" "$output"
}
as_nobody() { run setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
is_mounted() { on client busybox grep -q " $1 " /proc/mounts; }
mode_of() { on client busybox awk -v dir="$1" '$2 == dir' /proc/mounts | grep -o 'xprtsec=[a-z]*' || echo none; }
options_of() { on client busybox awk -v dir="$1" '$2 == dir { print $4 }' /proc/mounts; }
utab_of() { on client busybox grep " TARGET=$1 " /run/mount/utab; }
client_file() { put_file client "$1" && on client busybox chmod 644 "$1"; }

hosts_reset || bail "the hosts are not up"
good_hosts
on client busybox mkdir -p /mnt/u1 /mnt/u2 /mnt/u3 /mnt/u4

# --- nfsmount.conf ---------------------------------------------------------------------------------

case_name "nfsmount.conf"
printf '%s\n' '[ NFSMount_Global_Options ]' Xprtsec=TLS '[ Server "server4.nfs.test" ]' xprtsec=mtls \
	'[ MountPoint "/mnt/u1" ]' Xprtsec=none | client_file /etc/nfsmount.conf
ok "global: mounts" mount_nfs 4.2 server.nfs.test ""
is "global" "$(mode_of /mnt/nfs)" xprtsec=tls
umount_nfs
ok "server: mounts" mount_nfs 4.2 server4.nfs.test ""
is "server" "$(mode_of /mnt/nfs)" xprtsec=mtls
umount_nfs
run mount.nfs server4.nfs.test:/ /mnt/u1
is "mount point: mounts" "$status" 0
is "mount point" "$(mode_of /mnt/u1)" none
run umount.nfs /mnt/u1
ok "the user's word: mounts" mount_nfs 4.2 server4.nfs.test xprtsec=tls
is "the user's word" "$(mode_of /mnt/nfs)" xprtsec=tls
umount_nfs
printf '%s\n' '[ Server server4.nfs.test ]' xprtsec=mtls | client_file /etc/nfsmount.conf
nok "a section without quotes that holds xprtsec=: nothing is mounted" mount_nfs 4.2 server4.nfs.test ""
like "and the line is named" "$mount_output" "/etc/nfsmount.conf:1: the argument of a section must be quoted"
printf '%s\n' '[ Servers "server4.nfs.test" ]' xprtsec=mtls | client_file /etc/nfsmount.conf
nok "a misspelt section that holds xprtsec=: nothing is mounted" mount_nfs 4.2 server4.nfs.test ""
like "and its line is named" "$mount_output" "/etc/nfsmount.conf:2: xprtsec="
printf '%s\n' '[ NFSMount_Global_Options ]' rsizee=8192 | client_file /etc/nfsmount.conf
nok "an unknown word: nothing is mounted" mount_nfs 4.2 server4.nfs.test ""
like "and its line is named" "$mount_output" "the kernel refuses 'rsizee=8192'.*; it comes from /etc/nfsmount.conf:2"
printf '%s\n' '[ NFSMount_Global_Options ]' xprtsec=mtls | client_file /etc/nfsmount.conf
on client chmod 666 /etc/nfsmount.conf
nok "a file that others may write: nothing is mounted" mount_nfs 4.2 server4.nfs.test ""
: | client_file /etc/nfsmount.conf

# --- certificates by name --------------------------------------------------------------------------

case_name "tlscertname"
if kernel_has_keyring; then
	load nfs-tls:alice:cert "$set/chained.pem" >/dev/null
	load nfs-tls:alice:key "$set/chained.key" >/dev/null
	ok "mounts" mount_nfs 4.2 server.nfs.test xprtsec=mtls,tlscertname=alice
	ok "the server saw that certificate" wait_agent_log server \
		"role=server result=ok .* mutual=yes .* serial=0*$(serial_of "$set/chained.pem") "
	like "the record has the name" "$(utab_of /mnt/nfs)" "tlscertname=alice"
	run mount.nfs server.nfs.test:/ /mnt/nfs -o remount,xprtsec=mtls,tlscertname=alice
	is "a remount with the same name" "$status" 0
	umount_nfs
	printf '%s\n' '[ NFSMount_Global_Options ]' xprtsec=mtls tlscertname=alice | client_file /etc/nfsmount.conf
	mark_logs
	ok "from nfsmount.conf: mounts" mount_nfs 4.2 server.nfs.test ""
	ok "from nfsmount.conf: the server saw it" wait_agent_log server \
		"role=server result=ok .* mutual=yes .* serial=0*$(serial_of "$set/chained.pem") "
	umount_nfs
	ok "from nfsmount.conf, and tls on the command line: mounts" mount_nfs 4.2 server.nfs.test xprtsec=tls
	umount_nfs
	: | client_file /etc/nfsmount.conf
else
	ok "what the policy names anyway: mounts" mount_nfs 4.2 server.nfs.test xprtsec=mtls,tlscertname=host
	is "what the policy names anyway" "$(mode_of /mnt/nfs)" xprtsec=mtls
	umount_nfs
	nok "another" mount_nfs 4.2 server.nfs.test xprtsec=mtls,tlscertname=alice
	like "another: says how" "$mount_output" "put certificate=alice into a section \[client"
fi

# --- users -----------------------------------------------------------------------------------------

case_name "users"
client_file /etc/fstab <<-'END'
	server.nfs.test:/ /mnt/u1 nfs user,noauto,vers=4.2,xprtsec=mtls 0 0
	server.nfs.test:/ /mnt/u2 nfs users,noauto,vers=4.2,xprtsec=mtls,exec 0 0
	server.nfs.test:/ /mnt/u3 nfs noauto,vers=4.2,xprtsec=mtls 0 0
END
printf '%s\n' '[client]' truststore=/etc/nfs-tls/ca.pem certificate=host minimum=mtls | configure client
as_nobody mount.nfs server.nfs.test:/ /mnt/u1 -o rw,suid,dev,xprtsec=none
is "user: mounts what fstab says" "$status" 0
is "user: with fstab's security" "$(mode_of /mnt/u1)" xprtsec=mtls
like "user: without its dangers" "$(options_of /mnt/u1)" "nosuid.*nodev.*noexec"
like "user: is recorded" "$(utab_of /mnt/u1)" "OPTS=.*user=nobody"
run setpriv --reuid=1 --regid=1 --clear-groups umount.nfs /mnt/u1
is "user: nobody else unmounts it" "$status" 32
ok "user: it is still there" is_mounted /mnt/u1
as_nobody umount.nfs /mnt/u1
is "user: who mounted it unmounts it" "$status" 0
nok "user: it is gone" is_mounted /mnt/u1
nok "user: and so is the record" utab_of /mnt/u1
as_nobody mount /mnt/u2
is "users, by mount(8): mounts" "$status" 0
unlike "users, by mount(8): fstab's exec counts" "$(options_of /mnt/u2)" noexec
like "users, by mount(8): nosuid" "$(options_of /mnt/u2)" "nosuid,nodev"
run setpriv --reuid=1 --regid=1 --clear-groups umount /mnt/u2
is "users: anybody unmounts it" "$status" 0
as_nobody mount.nfs server.nfs.test:/ /mnt/u3
is "a line without user: is refused" "$status" 32
like "a line without user: says so" "$output" "failed to prepare mount: Operation not permitted"
as_nobody mount.nfs server.nfs.test:/ /mnt/u4
is "no line: is refused" "$status" 32
like "no line: says so" "$output" "failed to apply fstab options"
as_nobody mount.nfs server4.nfs.test:/ /mnt/u1
is "another source than fstab's: is refused" "$status" 32

case_name "hostile users"
printf 'server.nfs.test:/ /mnt/u4 nfs user,noauto,vers=4.2,xprtsec=none 0 0\n' | client_file /tmp/evil-fstab
hostile() { # NAME SPEC DIR ARGUMENT...
	local name=$1
	shift
	as_nobody env LIBMOUNT_FSTAB=/tmp/evil-fstab LIBMOUNT_MTAB=/tmp/evil-fstab LIBMOUNT_UTAB=/tmp/evil-utab \
		LD_PRELOAD=/tmp/evil.so LD_LIBRARY_PATH=/tmp PATH=/tmp IFS=/ TLSHD=1 GNUTLS_FORCE_FIPS_MODE=1 \
		/usr/sbin/mount.nfs "$@"
	like "$name: is refused" "$status" '^(1|32)$'
	nok "$name: nothing is mounted" anything_is_mounted
}
anything_is_mounted() { on client busybox grep -q ' /mnt/u[0-9] ' /proc/mounts; }
hostile "an fstab of one's own" server.nfs.test:/ /mnt/u4
hostile "a comma in the source" server.nfs.test:/,xprtsec=none /mnt/u1
hostile "a newline in the source" $'server.nfs.test:/\nserver.nfs.test:/' /mnt/u1
hostile "a tab and a newline in the folder" server.nfs.test:/ $'/mnt/u1 nfs user,xprtsec=none\n/mnt/u1'
hostile "a quote in the options" server.nfs.test:/ /mnt/u4 -o $'context="a,xprtsec=none'
hostile "a source of 70,000 bytes" "server.nfs.test:/$(printf '%070000d' 0)" /mnt/u1
hostile "bytes that are no text" $'\xff\xfe\x01:/' /mnt/u1
hostile "a folder by another way" server.nfs.test:/ /mnt/../mnt/u4
as_nobody env LIBMOUNT_FSTAB=/tmp/evil-fstab mount.nfs server.nfs.test:/ /mnt/u1 -o $'xprtsec=none,"\n,x=' -o suid
like "options that cannot be parsed do not matter, or are refused" "$status" '^(0|1|32)$'
unlike "options that cannot be parsed: no clear text" "$(is_mounted /mnt/u1 && mode_of /mnt/u1)" none
run umount /mnt/u1

case_name "root's own words against the policy"
smuggled() { # NAME OPTIONS
	run mount.nfs server.nfs.test:/ /mnt/u4 -o "$2"
	is "$1: is refused" "$status" 32
	nok "$1: nothing is mounted" is_mounted /mnt/u4
}
smuggled "upper case" vers=4.2,XPRTSEC=NONE
smuggled "sloppy and a misspelling" sloppy,vers=4.2,xprtsec=non
smuggled "twice" vers=4.2,xprtsec=mtls,xprtsec=none
smuggled "behind a quote" 'vers=4.2,xprtsec=mtls,context="x",xprtsec=none'
smuggled "an embedded newline" $'vers=4.2,xprtsec=none\n'
smuggled "no value" vers=4.2,xprtsec
smuggled "none at all" vers=4.2
good_hosts

# --- records ---------------------------------------------------------------------------------------

case_name "utab"
run mount.nfs server4.nfs.test:/ /mnt/u1 -o vers=4.2,xprtsec=tls,_netdev,x-test=1
is "mounts" "$status" 0
like "has what the kernel got" "$(utab_of /mnt/u1)" \
	"SRC=server4.nfs.test:/ TARGET=/mnt/u1 ROOT=/ .*ATTRS=vers=4.2,xprtsec=tls,addr=192.0.2.2,clientaddr=192.0.2.1"
like "has what is for programs" "$(utab_of /mnt/u1)" "OPTS=.*_netdev.*x-test=1"
run umount.nfs /mnt/u1
nok "is gone after umount" utab_of /mnt/u1
run mount.nfs -n server4.nfs.test:/ /mnt/u1 -o vers=4.2
nok "-n leaves none" utab_of /mnt/u1
run umount.nfs /mnt/u1
run mount.nfs -f server4.nfs.test:/ /mnt/u1 -o vers=4.2
nok "-f leaves none" utab_of /mnt/u1

case_name "version 3"
on server busybox rm -f /var/lib/nfs/rmtab
run mount.nfs server4.nfs.test:/srv/export /mnt/u1 -o vers=3,nolock -v
is "mounts" "$status" 0
like "asks for the ports" "$output" "prog 100005, trying vers=3, prot=17"
like "passes them" "$output" "nolock,addr=192.0.2.2,vers=3,proto=tcp,mountvers=3,mountproto=udp,mountport=[0-9]+'"
like "the record has no ports" "$(utab_of /mnt/u1)" "ATTRS=vers=3,nolock,addr=192.0.2.2"
like "the server knows it" "$(on server busybox cat /var/lib/nfs/rmtab)" "/srv/export:0x0*1"
run umount.nfs /mnt/u1
is "unmounts" "$status" 0
unlike "the server was told" "$(on server busybox cat /var/lib/nfs/rmtab)" "192.0.2.1:/srv/export:0x0*1"
run mount.nfs server4.nfs.test:/srv/export /mnt/u1 -o vers=3,nolock,xprtsec=mtls
is "with TLS" "$status" 0
is "with TLS: has it" "$(mode_of /mnt/u1)" xprtsec=mtls
run umount.nfs /mnt/u1
run mount.nfs server4.nfs.test:/srv/export /mnt/u1 -o nolock
is "a path that only version 3 has is found" "$status" 0
like "by version 3" "$(options_of /mnt/u1)" "vers=3"
run umount.nfs -f /mnt/u1
is "umount -f" "$status" 0
run mount.nfs server4.nfs.test:/ /mnt/u1 -o vers=4.2
run umount.nfs -l /mnt/u1
is "umount -l" "$status" 0
nok "umount -l: it is gone" is_mounted /mnt/u1
run mount.nfs server4.nfs.test:/ /mnt/u1 -o vers=4.2,xprtsec=tls
run umount.nfs server4.nfs.test:/
is "umount by source" "$status" 0

# --- servers that are down ---------------------------------------------------------------------------

case_name "umount where the server is gone"
run mount.nfs server4.nfs.test:/ /mnt/u2 -o vers=4.2,noac
run mount.nfs server4.nfs.test:/ /mnt/u3 -o vers=4.2,noac,ro,nosharecache
on server rpc.nfsd 0
run_limit=20 run umount.nfs -l /mnt/u2
is "-l" "$status" 0
nok "-l: it is gone" is_mounted /mnt/u2
run_limit=10 run umount.nfs -f /mnt/u3 # the kernel may wait for the server, but not with the mount
nok "-f: it is gone" is_mounted /mnt/u3

case_name "bg"
begin=$(now_ms)
run mount.nfs server4.nfs.test:/ /mnt/u1 -o bg,vers=4.2,xprtsec=mtls
is "exits with 0" "$status" 0
like "says so" "$output" 'mount.nfs: backgrounding "server4.nfs.test:/"'
like "with its options" "$output" 'mount.nfs: mount options: "rw,bg,vers=4.2,xprtsec=mtls"'
less "at once" "$((($(now_ms) - begin) / 1000))" 20
nok "nothing is mounted yet" is_mounted /mnt/u1
on server rpc.nfsd --tcp --no-udp --nfs-version 3,4,4.0,4.1,4.2 8
ok "is mounted when the server is there" wait_for 60 is_mounted /mnt/u1
is "as was asked" "$(mode_of /mnt/u1)" xprtsec=mtls
run umount.nfs /mnt/u1

case_name "mount -a"
on client ip neigh replace 192.0.2.77 lladdr 02:00:00:00:00:77 dev eth0 nud permanent
# 180 that are there, 6 each that refuse, that are waited for in the background, and 8 that swallow everything.
fstab_lines() {
	local i dead=192.0.2.77
	for i in $(seq 1 200); do
		case $i in
		*0) case $i in 10 | 30 | 50 | 70 | 90 | 110) echo "server4.nfs.test:/ /mnt/a/$i nfs port=2050,retry=0 0 0" ;;
			20 | 40 | 60 | 80 | 100 | 120) echo "server4.nfs.test:/ /mnt/a/$i nfs port=2050,bg 0 0" ;;
			*) echo "$dead:/ /mnt/a/$i nfs xprtsec=tls 0 0" ;;
			esac ;;
		*) echo "server4.nfs.test:/ /mnt/a/$i nfs vers=4.2,xprtsec=mtls 0 0" ;;
		esac
	done
}
fstab_lines | client_file /etc/fstab
# shellcheck disable=SC2046 # numbers
on client busybox mkdir -p $(seq -f /mnt/a/%g 1 200)
begin=$(now_ms)
run_limit=400 run mount -a
took=$((($(now_ms) - begin) / 1000))
diag "mount -a took $took s"
is "tells that some failed" "$((status == 64 || status == 32))" 1
less "is bounded" "$took" 360
is "the others are mounted" "$(on client busybox grep -c ' /mnt/a/[0-9]* .*xprtsec=mtls' /proc/mounts)" 180
is "with one connection" "$(on client ss -Htn state established dport = :2049 | wc -l)" 1
on client busybox pkill mount.nfs
ok "all of them are unmounted" on client umount -i -a -t nfs,nfs4 # without umount.nfs: that was tried above
: | client_file /etc/fstab

done_testing
