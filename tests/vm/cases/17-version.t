#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Answers that nobody vouches for do not choose how a protected mount is made. The server's port is closed, and somebody
# answers for its rpcbind and its mountd: NFS is at another port, and every path leads to the same folder. The control is
# a mount that asks for version 3, whose MOUNT protocol nobody can protect (nfs(5)).
set -u
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../certificates.sh"
hosts_reset || bail "the hosts are not up"
good_hosts

other_port=2050
log=$vm_dir/false-rpcbind.log

serve_at() { # PORT
	on_sh server "$1" <<-'END'
		rpc.nfsd 0
		rpc.nfsd --tcp --no-udp --port "$1" --nfs-version 3,4,4.0,4.1,4.2 8
		[ "$(cat /proc/fs/nfsd/v4_end_grace)" = Y ] || echo Y >/proc/fs/nfsd/v4_end_grace
	END
}

start_false() {
	on_sh server <<-'END'
		pid=$(busybox pidof rpcbind)
		kill $pid
		while [ -e "/proc/$pid" ]; do busybox usleep 20000; done
	END
	(exec setsid busybox nsenter "--net=$vm_dir/server/net" -- "$vm_lib/false-rpcbind" 192.0.2.2 "$other_port" 20048 \
		/srv/export/pay </dev/null >"$log" 2>&1 3>&- 4>&-) &
	false_pid=$!
	disown
	wait_log "$log" 1 '^ready' 10
}

end_false() {
	kill "$false_pid"
	wait_for 10 gone "$false_pid"
	on server rpcbind -w
}

# tries OPTIONS: to mount another folder than the one that the false mountd gives out
tries() {
	mount_output=$(on client timeout -k 2 60 mount -t nfs -o "retry=0,nolock${1:+,$1}" server4.nfs.test:/srv/export /mnt/nfs 2>&1)
}
nothing_is_mounted() { ! on client busybox grep -q ' /mnt/nfs ' /proc/mounts; }
questions() { grep -c '^asked' "$log"; }

on server mkdir -p /srv/export/pay
echo salaries | put_file server /srv/export/pay/list
umount_nfs
ok "the server moves to another port" serve_at "$other_port"
ok "somebody answers for its rpcbind" start_false

case_name "the control: version 3 is asked for, and its port is known"
ok "it mounts" tries "xprtsec=tls,vers=3,port=$other_port"
is "what the false mountd chose" "$(nfs_read list)" salaries
ok "unmounts" umount_nfs

for options in xprtsec=tls xprtsec=mtls,proto=tcp,soft; do
	case_name "$options without a version"
	before=$(questions)
	nok "is not mounted" tries "$options"
	like "says why" "$mount_output" "NFS version 3 is used only where vers=3 asks for it"
	ok "nothing is" nothing_is_mounted
	is "nobody was asked for a port" "$(questions)" "$before"
done

case_name "the policy asks for TLS"
{
	default_configuration
	printf '[client "server4.nfs.test"]\nminimum=tls\ndefault=tls\n'
} | configure client
nok "is not mounted" tries ""
ok "nothing is" nothing_is_mounted
default_configuration | configure client

case_name "the words of version 3 without vers=3"
for word in mountport=20050 mounthost=server4.nfs.test; do
	nok "$word" tries "xprtsec=tls,port=$other_port,$word"
	like "$word: says what to write" "$mount_output" "${word%%=*}= belongs to NFS version 3, .*add vers=3"
done
ok "nothing is mounted" nothing_is_mounted
for default in Defaultvers=3 Mountproto=udp; do
	printf '[ NFSMount_Global_Options ]\n%s\n' "$default" | put_file client /etc/nfsmount.conf
	nok "$default of nfsmount.conf" tries xprtsec=tls
	ok "$default: nothing is mounted" nothing_is_mounted
done

case_name "vers=3 without a port"
: >"$log"
printf '[ NFSMount_Global_Options ]\nNfsvers=3\n' | put_file client /etc/nfsmount.conf
for options in xprtsec=tls,vers=3 xprtsec=tls,v3 xprtsec=tls; do
	nok "$options: goes to no port that rpcbind names" tries "$options"
done
nok "rpcbind was not asked for NFS" grep '^asked for 100003' "$log"
ok "with a port that is written Nfsvers=3 of nfsmount.conf is enough" tries "xprtsec=tls,port=$other_port"
like "it is version 3" "$(on client busybox grep ' /mnt/nfs ' /proc/mounts)" ',vers=3,.*,xprtsec=tls,'
ok "unmounts" umount_nfs
: | put_file client /etc/nfsmount.conf

case_name "without TLS all is as before"
ok "it mounts" tries xprtsec=none
like "by version 3" "$(on client busybox grep ' /mnt/nfs ' /proc/mounts)" ',vers=3,.*,port=2050,'
ok "unmounts" umount_nfs

ok "the true rpcbind is back" end_false
ok "and the server" serve_at 2049
ok "a mount works" mount_nfs 4.2 server4.nfs.test xprtsec=tls
ok "unmounts" umount_nfs
done_testing
