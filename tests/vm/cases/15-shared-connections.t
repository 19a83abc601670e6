#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The kernel puts NFSv4 mounts of one server on one connection, whatever security the second one asked for, and
# reports success; and it never looks whether the agent encrypted anything. With the distribution's mount.nfs as
# the control both are seen in a capture; ours refuses the one beforehand, and notices the other.
set -u
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../certificates.sh"
hosts_reset || bail "the hosts are not up"
good_hosts

kernel_takes_serials() { case $(uname -r) in 6.*) return 1 ;; esac; }
nfs_keyring() { awk '/ keyring +\.nfs: / { print "0x" $1 }' /proc/keys; }
load() { keyctl padd user "$1" "$(nfs_keyring)" <"$2"; }

# try_second VERS OPTIONS [PROGRAM]: a second mount of the same server on another folder
try_second() {
	second_status=0
	second_output=$(on client timeout -k 2 60 "${3-/usr/sbin/mount.nfs}" server.nfs.test:/ /mnt/second \
		-o "vers=$1${2:+,$2}" 2>&1) || second_status=$?
	printf '# second: status %d: %s\n' "$second_status" "$second_output"
}
second_is_mounted() { on client busybox grep -q ' /mnt/second ' /proc/mounts; }
unmount_second() { on client umount.nfs /mnt/second; }
first_security() { on client busybox awk '$2 == "/mnt/nfs"' /proc/mounts | grep -o 'xprtsec=[a-z]*'; }

# Writes a marker through the second mount; was it on the wire?
marker_is_seen() {
	local marker
	marker=$(new_marker)
	capture_start || return 2
	on client busybox sh -c 'echo "$1" >/mnt/second/marker && sync' sh "$marker" || return 2
	capture_stop || return 2
	[ "$(cat_server marker)" = "$marker" ] || return 2
	capture_has "$marker"
}
cat_server() { on server busybox cat "/srv/export/$1"; }

# refused NAME WANTED EXISTING
refused() {
	is "$1: fails with 32" "$second_status" 32
	like "$1: names the mount in its way" "$second_output" \
		"server.nfs.test:/ is not mounted: .*xprtsec=$2.* server.nfs.test:/ on /mnt/nfs \(xprtsec=$3\)"
	nok "$1: nothing stays mounted" second_is_mounted
	is "$1: the first mount still works" "$(nfs_read file)" text
}

on client mkdir -p /mnt/second
echo text | on server tee /srv/export/file >/dev/null

case_name "the control"
ok "an unprotected mount" mount_nfs 4.2 server.nfs.test xprtsec=none
try_second 4.2 xprtsec=mtls "$distribution/mount.nfs"
is "the distribution's mount.nfs reports success for mtls beside it" "$second_status" 0
ok "and its data crosses the wire in the clear" marker_is_seen
ok "unmounts" unmount_second
ok "unmounts the first" umount_nfs

modes='none tls mtls'
for version in 4.2 4.1; do
	for first in $modes; do
		case_name "$version: beside a mount with xprtsec=$first"
		ok "the first mounts" mount_nfs "$version" server.nfs.test "xprtsec=$first"
		for second in $modes; do
			[ "$second" != "$first" ] || continue
			try_second "$version" "xprtsec=$second"
			refused "$second" "$second" "$first"
		done
		ok "unmounts" umount_nfs
	done
done

case_name "4.0"
ok "the first mounts" mount_nfs 4.0 server.nfs.test xprtsec=none
try_second 4.0 xprtsec=mtls
refused "mtls beside none" mtls none
ok "unmounts" umount_nfs

case_name "no word and auto"
ok "a protected mount" mount_nfs 4.2 server.nfs.test xprtsec=mtls
try_second 4.2 ""
refused "no xprtsec= beside mtls" none mtls
try_second 4.2 xprtsec=auto
is "auto beside what it chooses, too: mounts" "$second_status" 0
ok "auto beside what it chooses, too: is not seen" eval '! marker_is_seen'
ok "unmounts" unmount_second
ok "unmounts the first" umount_nfs
ok "an unprotected mount" mount_nfs 4.2 server.nfs.test ""
try_second 4.2 xprtsec=auto
refused "auto beside none" mtls none
ok "unmounts the first" umount_nfs

case_name "mtls beside mtls"
ok "the first mounts" mount_nfs 4.2 server.nfs.test xprtsec=mtls
try_second 4.2 xprtsec=mtls
is "mounts" "$second_status" 0
nok "nothing of it is seen on the wire" marker_is_seen
ok "unmounts" unmount_second
is "the first keeps its security" "$(first_security)" xprtsec=mtls

case_name "the same folder again"
again_status=0
again_output=$(on client mount.nfs server.nfs.test:/ /mnt/nfs -o vers=4.2,xprtsec=mtls 2>&1) || again_status=$?
is "the same mount again changes nothing" "$again_status" 0
like "and says so" "$again_output" "is already mounted on /mnt/nfs: nothing was changed"
again_status=0
again_output=$(on client mount.nfs server.nfs.test:/ /mnt/nfs -o vers=4.2,xprtsec=tls 2>&1) || again_status=$?
is "another security is refused" "$again_status" 32
is "what is there keeps its own" "$(first_security)" xprtsec=mtls

case_name "remount"
remount() {
	second_status=0
	second_output=$(on client mount.nfs server.nfs.test:/ /mnt/nfs -o "remount,$1" 2>&1) || second_status=$?
}
for other in none tls; do
	remount "xprtsec=$other"
	is "xprtsec=$other is refused" "$second_status" 32
	like "xprtsec=$other: says what it has" "$second_output" "it is mounted with xprtsec=mtls, and a remount does not"
done
remount ro,xprtsec=mtls
is "with its own word" "$second_status" 0
remount rw
is "without a word" "$second_status" 0
remount tlscertname=nobody,xprtsec=mtls
is "another certificate is refused" "$second_status" 32
ok "by mount(8), which repeats the mount table" on client mount -o remount,ro /mnt/nfs
is "keeps its security" "$(first_security)" xprtsec=mtls
ok "unmounts" umount_nfs

case_name "what the kernel does not fold"
ok "an unprotected mount of version 4.1" mount_nfs 4.1 server.nfs.test ""
try_second 4.2 xprtsec=mtls
is "mtls with version 4.2 beside it" "$second_status" 0
nok "is not seen on the wire" marker_is_seen
ok "unmounts" unmount_second
ok "unmounts the first" umount_nfs
ok "an unprotected mount of version 3" mount_nfs 3 server.nfs.test ""
try_second 4.2 xprtsec=tls
is "tls with version 4.2 beside it" "$second_status" 0
nok "is not seen on the wire" marker_is_seen
ok "unmounts" unmount_second
ok "unmounts the first" umount_nfs

# Each with a client of its own, which has the certificate in its name.
case_name "two certificates"
clients_of_server() { cat_all_infos | sed -n 's/^name: //p' | sort; }
cat_all_infos() { on server busybox sh -c 'cat /proc/fs/nfsd/clients/*/info'; }
connections() { connection_tls client | wc -l; }
if kernel_takes_serials; then
	certificate_one=$(load one "$set/chained.pem")
	one=cert_serial=$certificate_one,privkey_serial=$(load one-key "$set/chained.key")
	two=cert_serial=$(load two "$set/rsa.pem"),privkey_serial=$(load two-key "$set/rsa.key")
	ok "the first mounts" mount_nfs 4.2 server.nfs.test "xprtsec=mtls,$one"
	for other in "$two" ""; do
		try_second 4.2 "xprtsec=mtls${other:+,$other}"
		is "another mounts" "$second_status" 0
		is "on a connection of its own" "$(connections)" 2
		nok "of it nothing is seen on the wire" marker_is_seen
		ok "unmounts" unmount_second
	done
	like "the server knows the first by its name" "$(clients_of_server)" "client\\+key:$certificate_one\""
	try_second 4.2 "xprtsec=mtls,$one"
	is "the same mounts" "$second_status" 0
	is "on the same connection" "$(connections)" 1
	ok "unmounts" unmount_second
	ok "unmounts the first" umount_nfs
	ok "without a record" on client mount.nfs -n server.nfs.test:/ /mnt/nfs -o "vers=4.2,xprtsec=mtls,$one"
	try_second 4.2 "xprtsec=mtls,$one"
	is "the same mounts beside it" "$second_status" 0
	is "on the same connection" "$(connections)" 1
	ok "unmounts" unmount_second
	ok "unmounts the first" umount_nfs
	ok "by the distribution's, with the name of all, and without a record" on client "$distribution/mount.nfs" -n \
		server.nfs.test:/ /mnt/nfs -o "vers=4.2,xprtsec=mtls,$one"
	mark_logs
	try_second 4.2 xprtsec=mtls
	is "the policy's mounts beside it" "$second_status" 0
	is "on a connection of its own" "$(connections)" 2
	ok "with its own certificate" wait_agent_log server \
		"role=server result=ok .* serial=0*$(openssl x509 -noout -serial -in "$set/host.pem" | sed 's/.*=0*//' | tr A-F a-f) "
	ok "unmounts" unmount_second
	ok "unmounts the first" umount_nfs
else
	nok "this kernel cannot be told" mount_nfs 4.2 server.nfs.test xprtsec=mtls,cert_serial=1,privkey_serial=1
	like "the option is named" "$mount_output" "the kernel refuses 'cert_serial=1'"
fi

# Where the policy names them the kernel knows of no certificate, and has one client for an address. What that has shown
# the agent knows, whoever has made it.
case_name "two certificates of the policy, for two names of an address"
install_certificate client rsa "$set/rsa.pem" "$set/rsa.key"
{
	default_configuration
	printf '[client "server4.nfs.test"]\ncertificate=rsa\n'
} | configure client
mkfifo "$vm_dir/begun" "$vm_dir/end"
on client unshare -m --propagation private bash -c 'mount.nfs server4.nfs.test:/ /mnt/nfs -o vers=4.2,xprtsec=mtls; echo $? >"$1"
	exec <"$2"' x "$vm_dir/begun" "$vm_dir/end" &
read -r status <"$vm_dir/begun"
is "one is mounted where the other cannot see it" "$status" 0
second_status=0
second_output=$(on client mount.nfs 192.0.2.2:/ /mnt/second -o vers=4.2,xprtsec=mtls 2>&1) || second_status=$?
is "the other is refused" "$second_status" 32
like "and why" "$second_output" 'on which the certificate rsa was shown, and not host, .*; nothing was mounted'
nok "nothing stays mounted" second_is_mounted
ok "with a version of its own choice" on client mount.nfs 192.0.2.2:/ /mnt/second -o xprtsec=mtls
like "it is a lower one" "$(on client grep ' /mnt/second ' /proc/mounts)" 'vers=4\.1'
ok "unmounts" unmount_second
second_status=0
second_output=$(on client mount.nfs server6.nfs.test:/ /mnt/second -o vers=4.2,xprtsec=mtls 2>&1) || second_status=$?
is "by another address it is a client of its own" "$second_status" 0
ok "unmounts" unmount_second
: >"$vm_dir/end"
ok "the first has ended" wait_for 15 no_connection
rm "$vm_dir/begun" "$vm_dir/end"
default_configuration | configure client

case_name "agents that lie"
for host in client server; do
	stop_agent "$host"
	start_liar "$host" lie
done
for mode in tls mtls; do
	try_second 4.2 "xprtsec=$mode" "$distribution/mount.nfs"
	is "the control mounts with $mode" "$second_status" 0
	ok "and its data crosses the wire in the clear" marker_is_seen
	ok "unmounts" unmount_second
	try_second 4.2 "xprtsec=$mode"
	is "ours fails with 32" "$second_status" 32
	like "and says that nothing is encrypted" "$second_output" "is not encrypted, whatever the handshake agent said"
	nok "nothing stays mounted" second_is_mounted
done
try_second 4.2 xprtsec=mtls "$distribution/mount.nfs"
second_status=0
second_output=$(on client mount.nfs server.nfs.test:/ /mnt/second -o remount,ro 2>&1) || second_status=$?
is "a remount of such a mount fails" "$second_status" 32
like "and says why" "$second_output" "is not encrypted.*nothing was changed"
ok "unmounts" unmount_second
for host in client server; do
	stop_liar "$host"
	start_agent "$host"
done

case_name "a closed port"
nok "does not mount" mount_nfs 4.2 192.0.2.2 xprtsec=tls,port=2050,retry=0
like "the message says so" "$mount_output" "Connection refused for 192.0.2.2:/ on /mnt/nfs: no NFS server listens"

done_testing
