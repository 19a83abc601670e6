#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The kernel puts NFSv4.1 and 4.2 mounts of one server on one connection, whatever security the second
# one asked for, and reports success. mount.nfs must notice, undo the mount and say so.
set -u
. "$(dirname "$0")/../tap.sh"
hosts_reset || bail "the hosts are not up"

# try_second OPTIONS: a second mount of the same server on another folder; output and status
try_second() {
	second_status=0
	second_output=$(on client timeout -k 2 60 mount -t nfs -o "vers=4.2,$1" server.nfs.test:/ /mnt/second 2>&1) ||
		second_status=$?
}
second_is_mounted() { on client grep -q ' /mnt/second ' /proc/mounts; }
first_security() { on client grep ' /mnt/nfs ' /proc/mounts | grep -o 'xprtsec=[a-z]*'; }

# refused FIRST SECOND
refused() {
	is "fails with 32" "$second_status" 32
	like "says what was asked for and what came" "$second_output" \
		"asked for xprtsec=$2, and the kernel gave it xprtsec=$1"
	nok "nothing stays mounted" second_is_mounted
	is "the first mount still works" "$(nfs_read file)" text
}

on client mkdir -p /mnt/second
echo text | on server tee /srv/export/file >/dev/null

case_name "mtls beside an unprotected mount"
ok "the first mounts" mount_nfs 4.2 server.nfs.test xprtsec=none
try_second xprtsec=mtls
refused none mtls
ok "unmounts" umount_nfs

case_name "tls beside mtls"
ok "the first mounts" mount_nfs 4.2 server.nfs.test xprtsec=mtls
try_second xprtsec=tls
refused mtls tls
ok "unmounts" umount_nfs

case_name "mtls beside mtls"
ok "the first mounts" mount_nfs 4.2 server.nfs.test xprtsec=mtls
try_second xprtsec=mtls
is "mounts" "$second_status" 0
ok "is there" second_is_mounted
on client umount /mnt/second
is "the first keeps its security" "$(first_security)" xprtsec=mtls

case_name "the same folder again, with less"
again_status=0
again_output=$(on client mount.nfs server.nfs.test:/ /mnt/nfs -o vers=4.2,xprtsec=mtls 2>&1) || again_status=$?
is "the same mount again changes nothing" "$again_status" 0
like "and says so" "$again_output" "is already mounted on /mnt/nfs: nothing was changed"
again_status=0
again_output=$(on client mount.nfs server.nfs.test:/ /mnt/nfs -o vers=4.2,xprtsec=tls 2>&1) || again_status=$?
is "another security is refused" "$again_status" 32
like "and what is mounted stays" "$again_output" "gave it xprtsec=mtls.*nothing was changed"
is "with its security" "$(first_security)" xprtsec=mtls
ok "unmounts" umount_nfs

case_name "no agent on the client"
stop_agent client
nok "does not mount" mount_nfs 4.2 server.nfs.test xprtsec=mtls
like "says whom to start" "$mount_output" "No such process for server.nfs.test:/ on /mnt/nfs: .*start rpc.tlshd"
start_agent client

case_name "a closed port"
nok "does not mount" mount_nfs 4.2 192.0.2.2 xprtsec=tls,port=2050
like "the message says so" "$mount_output" "Connection refused for 192.0.2.2:/ on /mnt/nfs: no NFS server listens"

done_testing
