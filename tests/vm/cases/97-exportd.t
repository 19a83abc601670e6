#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nfsv4.exportd tells a real kernel who may reach what, with no rpc.mountd anywhere: by netlink where the kernel has it,
# by the channel files elsewhere.
set -u
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../certificates.sh"

sets='none tls mtls none:tls none:mtls tls:mtls none:tls:mtls'
common=rw,no_root_squash,insecure,no_subtree_check
etab=/var/lib/nfs/etab

folder_of() { echo "${1//:/-}"; }

# What can be read has no copy on the client: a file of its own for each question.
place() { # FOLDER: a file on the server with its own name in it, which is left in $asked
	asked=$(new_marker)
	on server busybox sh -c 'echo "$1" >"$2/$1"' sh "$asked" "$1"
}
# Is what lies in a folder of the server to be read through the mount?
shows() { # FOLDER-ON-SERVER [FOLDER-BELOW-THE-MOUNT]
	place "$1"
	[ "$(nfs_read "${2-}/$asked" 2>/dev/null)" = "$asked" ]
}
mount_at() { # MODE PATH [OPTIONS]
	local status=0
	mount_output=$(on client timeout -k 2 "$mount_limit" \
		mount -t nfs -o "vers=4.2,xprtsec=$1,retry=0${3:+,$3}" "server4.nfs.test:$2" /mnt/nfs 2>&1) || status=$?
	return "$status"
}
reaches() { # MODE PATH FOLDER-ON-SERVER
	local status=0
	mount_at "$1" "$2" && shows "$3" || status=1
	umount_nfs
	return "$status"
}
is_refused_there() { # MODE PATH
	local status=0
	mount_at "$1" "$2" || status=$?
	umount_nfs
	[ "$status" -eq 32 ]
}
cannot_see() { ! shows "$@"; }

serve() { # LINES of /etc/exports on standard input
	put_file server /etc/exports
	on server "${in_root[@]}" /usr/sbin/exportfs -ra
}
in_root=()
serve_sets() {
	local set number=0
	{
		echo "/srv/export *($common,fsid=0)"
		for set in $sets; do
			number=$((number + 1))
			echo "/srv/export/$(folder_of "$set") *($common,fsid=$number,xprtsec=$set)"
		done
		cat
	} | serve
}
said() { exportd_log | grep -q -E -e "$1"; }
tmpfs_at() { on_sh server "$1" <<<'mkdir -p "$1"; mount -t tmpfs -o mode=755 tmpfs "$1"'; }
end_background() { # the one that start_exportd has not started
	local pid
	pid=$(pgrep -x nfsv4.exportd) && kill "$pid" && wait_for 10 gone "$pid"
}
exportd_fds() { on server busybox ls -l "/proc/$(cat "$vm_dir/exportd.pid")/fd"; }

hosts_reset || bail "the hosts are not up"
for set in $sets; do tmpfs_at "/srv/export/$(folder_of "$set")"; done

case_name "one answers, and no two"
nok "beside rpc.mountd it does not start" on server /usr/sbin/nfsv4.exportd -F
like "and says so" "$(on server /usr/sbin/nfsv4.exportd -F 2>&1)" 'rpc\.mountd answers the kernel already \(process [0-9]+\)'
ok "rpc.mountd stops" stop_mountd
case $(uname -r) in
[0-6].*) ;; # it has no such group
*)
	ok "somebody of root's listens to the kernel" join_group server nfsd exportd 1
	like "beside him it does not start, whatever he is called" "$(on server timeout 20 /usr/sbin/nfsv4.exportd -F 2>&1)" \
		'perl \(pid [0-9]+, uid 0\) listens for the kernel.s questions already: stop it first'
	ok "he leaves" leave_group
	ok "somebody else listens" join_group server nfsd exportd 1 65534
	serve_sets </dev/null
	ok "beside him it starts" start_exportd -l -g
	like "and tells of him" "$(exportd_log)" 'perl \(pid [0-9]+, uid 65534\) listens for the kernel.s questions; it can delay answers'
	stop_exportd
	ok "he leaves, too" leave_group
	;;
esac
serve_sets </dev/null
# With -g, as rpc.mountd had it: without, 6.12 would wait for half a minute for an answer about groups.
ok "it starts" start_exportd -l -g
nok "a second one does not" on server /usr/sbin/nfsv4.exportd -F
case $(uname -r) in
[0-6].*)
	ok "answers by the channel files" said 'ready: answers by the channel files'
	like "which are open" "$(exportd_fds)" 'nfsd\.export/channel'
	;;
*)
	ok "answers by netlink" said 'ready: answers by netlink'
	unlike "and reads no channel file" "$(exportd_fds)" 'lr[-w]x------[^>]*-> [^ ]*/channel'
	;;
esac
like "what it may do is little" "$(on server busybox grep CapPrm "/proc/$(cat "$vm_dir/exportd.pid")/status")" '0000000000201004$'

case_name "each mode against each set"
for set in $sets; do
	path=/$(folder_of "$set")
	for mode in none tls mtls; do
		case :$set: in
		*:$mode:*) ok "$mode reaches $set" reaches "$mode" "$path" "/srv/export$path" ;;
		*) ok "$mode is refused by $set" is_refused_there "$mode" "$path" ;;
		esac
	done
done
ok "the log tells who" said 'successful authentication for IP 192\.0\.2\.1 as \*'
ok "the log tells who came" said 'v4\.2 client attached: 0x[0-9a-f]+ from "192\.0\.2\.1:[0-9]+"'
ok "and who went" wait_for 10 said 'v4\.2 client detached: 0x[0-9a-f]+ from "192\.0\.2\.1:[0-9]+"'
ok "the log tells what" said 'granted access to /srv/export/mtls for \*'

case_name "clients"
serve <<-END
	/srv/export *($common,fsid=0)
	/srv/export/none 192.0.2.0/28($common,fsid=1) 2001:db8::1($common,fsid=1)
	/srv/export/tls *.nfs.test($common,fsid=2)
	/srv/export/mtls other.nfs.test($common,fsid=3) 192.0.2.64/26($common,fsid=3)
	/srv/export/none-tls @trusted($common,fsid=4)
END
ok "a subnet" reaches none /none /srv/export/none
ok "a wildcard, by the confirmed name of the address" reaches none /tls /srv/export/tls
nok "another host's" reaches none /mtls /srv/export/mtls
nok "a netgroup that it is not in" reaches none /none-tls /srv/export/none-tls
on_sh server <<-'END'
	echo 'trusted (client.nfs.test,,)' >/etc/netgroup
	cp /etc/nsswitch.conf /etc/nsswitch.conf.before
	busybox sed -i '/^netgroup:/d' /etc/nsswitch.conf
	echo 'netgroup: files' >>/etc/nsswitch.conf
END
stop_exportd
ok "it starts again" start_exportd -l -g
ok "a netgroup that it is in" reaches none /none-tls /srv/export/none-tls
ok "the domain is all that it is" said 'for IP 192\.0\.2\.1 as \*,\*\.nfs\.test,192\.0\.2\.0/28,@trusted'

case_name "a name server that is dead"
on_sh server <<-'END'
	cp /etc/hosts /etc/hosts.before
	busybox grep -v client /etc/hosts.before >/etc/hosts
	busybox sed -i '/^hosts:/d' /etc/nsswitch.conf
	echo 'hosts: files dns' >>/etc/nsswitch.conf
	echo 'nameserver 192.0.2.99' >/etc/resolv.conf # there is nobody
END
stop_exportd
ok "it starts" start_exportd -l -g
begin=$(now_ms)
ok "who is let in by address is let in" reaches none /none /srv/export/none
less "within seconds" $(($(now_ms) - begin)) 10000
like "by that alone" "$(exportd_log)" 'for IP 192\.0\.2\.1 as \*,192\.0\.2\.0/28'
nok "whoever needs a name is not" reaches none /tls /srv/export/tls
on_sh server <<-'END'
	mv /etc/hosts.before /etc/hosts
	: >/etc/resolv.conf
END
stop_exportd
ok "it starts again" start_exportd -l -g
ok "with names all are let in" reaches none /tls /srv/export/tls

case_name "other ways"
stop_exportd
ok "it starts with -i and -L" start_exportd -l -g -i -L
ok "says that it uses the channel files" said 'ready: answers by the channel files'
ok "a subnet" reaches none /none /srv/export/none
ok "a wildcard" reaches none /tls /srv/export/tls
ok "a netgroup" reaches none /none-tls /srv/export/none-tls
nok "another host's" reaches none /mtls /srv/export/mtls
ok "the kernel knows it by its address" said 'successful authentication for IP 192\.0\.2\.1$'
ok "IPv6: mounts" mount_nfs 4.2 server6.nfs.test xprtsec=none
ok "IPv6: a wildcard" shows /srv/export/tls tls
umount_nfs
stop_exportd
ok "it goes to the background" on server /usr/sbin/nfsv4.exportd -g --ttl 60 -s /var/lib/nfs
ok "and answers" reaches none /none /srv/export/none
ok "and ends" end_background
ok "it starts again" start_exportd -l -g

case_name "a crowd about which nobody answers"
# Any address of this network is the client's, and a name server hears and says nothing.
on client ip route add local 10.9.0.0/16 dev lo
on server ip route add 10.9.0.0/16 via 192.0.2.1
on server sh -c 'echo nameserver 127.0.0.1 >/etc/resolv.conf'
ns=$vm_dir/server
(exec setsid busybox nsenter "--net=$ns/net" "--mount=$ns/mnt" -- perl -MIO::Socket::INET -e '
	my $socket = IO::Socket::INET->new(Proto => "udp", LocalAddr => "127.0.0.1", LocalPort => 53) or die;
	sleep' </dev/null >"$vm_dir/silent.log" 2>&1 3>&- 4>&-) &
silent=$!
stop_exportd
ok "it starts" start_exportd -l -g
serve <<<"/srv/export *.nfs.test($common,fsid=0)"
ok "mounts, and is known" mount_at none /
# 150 of one network, and one each of 150 more.
crowd=
for number in $(seq 1 150); do crowd+=" 10.9.0.$number 10.9.$number.7"; done
ns=$vm_dir/client
# shellcheck disable=SC2086 # a list of addresses
(exec setsid busybox nsenter "--net=$ns/net" "--mount=$ns/mnt" -- "$vm_lib/crowd" 192.0.2.2 $crowd \
	</dev/null >"$vm_dir/crowd.log" 2>&1 3>&- 4>&-) &
crowd=$!
ok "the crowd is there" wait_for 30 said 'failed authentication for IP 10\.9\.'
on server exportfs -f
begin=$(now_ms)
ok "who is known goes on" shows /srv/export
less "at once" $(($(now_ms) - begin)) 8000
begin=$(now_ms)
is "who is in the server's hosts file gets an answer" "$(on client "$vm_lib/crowd" 192.0.2.2 192.0.2.3)" 1
less "at once, too" $(($(now_ms) - begin)) 8000
ok "and is let in" said 'successful authentication for IP 192\.0\.2\.3 as \*\.nfs\.test'
umount_nfs
wait "$crowd"
less "nearly all have had an answer" $((300 - $(cat "$vm_dir/crowd.log"))) 30
nok "and nobody was let in" said 'successful authentication for IP 10\.9\.'
kill "$silent"
on client ip route del local 10.9.0.0/16 dev lo
on server ip route del 10.9.0.0/16 via 192.0.2.1
on_sh server <<<': >/etc/resolv.conf'

case_name "what is unexported is gone"
serve_sets </dev/null
ok "mounts" mount_at tls /tls-mtls
ok "shows" shows /srv/export/tls-mtls
ok "exportfs -u" on server exportfs -u '*:/srv/export/tls-mtls'
ok "shows nothing any longer" cannot_see /srv/export/tls-mtls
ok "exportfs -a" on server exportfs -a
ok "shows again" wait_for 30 shows /srv/export/tls-mtls
umount_nfs

case_name "what exportfs should have refused"
on server busybox sed -i 's/fsid=1,\(.*\)xprtsec=none/fsid=1,\1xprtsec=none/' "$etab"
{
	default_configuration # ends with [server]
	echo 'minimum=mtls'
} | configure server
# The clock was set back when the file came: nfsv4.exportd, which saw it come, takes it for a new one.
ok "none does not reach it" wait_for 20 is_refused_there none /none
nok "tls does not reach it" reaches tls /none-tls /srv/export/none-tls
ok "mtls reaches what is strong enough" reaches mtls /mtls /srv/export/mtls
ok "the log names the line" said 'Cannot export path /srv/export/none.*minimum=mtls.*/etc/nfs-tls\.conf:[0-9]+'
is "once" "$(exportd_log | grep -c 'Cannot export path /srv/export/none:')" 1
default_configuration | configure server
ok "without the floor it is back, with no word to anybody" wait_for 20 reaches none /none /srv/export/none

case_name "a broken etab"
on server busybox cp "$etab" "$etab.good"
on server busybox sh -c 'echo "/srv/export/none *(rw,nonsense" >>"$1"' sh "$etab"
on server exportfs -f
ok "what was exported before stays" reaches none /none /srv/export/none
ok "the log names the line" said "$etab:[0-9]+:[0-9]+: .*stays in force"
on server busybox mv "$etab.good" "$etab"

case_name "file systems below"
tmpfs_at /srv/export/tree
tmpfs_at /srv/export/tree/sub
tmpfs_at /srv/export/tree/sub/deep
tmpfs_at /srv/export/flat
tmpfs_at /srv/export/flat/seen
tmpfs_at /srv/export/flat/unseen
serve_sets <<-END
	/srv/export/tree *($common,fsid=20,crossmnt)
	/srv/export/flat *($common,fsid=21)
	/srv/export/flat/seen *($common,fsid=22,nohide)
END
ok "mounts" mount_at none /
ok "crossmnt: the first" shows /srv/export/tree tree
ok "crossmnt: one below" shows /srv/export/tree/sub tree/sub
ok "crossmnt: one below that" shows /srv/export/tree/sub/deep tree/sub/deep
tmpfs_at /srv/export/tree/new
ok "crossmnt: one that is mounted later" shows /srv/export/tree/new tree/new
ok "nohide" shows /srv/export/flat/seen flat/seen
ok "without it nothing is seen" cannot_see /srv/export/flat/unseen flat/unseen
umount_nfs

case_name "UUIDs"
on_sh server <<-'END'
	/usr/sbin/modprobe -a loop ext4
	busybox truncate -s 16M /srv/disk
	mkfs.ext4 -q -U 11223344-5566-7788-99aa-bbccddeeff00 /srv/disk
	mkdir -p /srv/export/disk /srv/export/named
	/usr/bin/mount -o loop -t ext4 /srv/disk /srv/export/disk
	mount -t tmpfs tmpfs /srv/export/named
END
serve_sets <<-END
	/srv/export/disk *($common)
	/srv/export/named *($common,fsid=aabbccdd-eeff-0011-2233-445566778899)
END
ok "of a file system" reaches none /disk /srv/export/disk
ok "as written" reaches none /named /srv/export/named
handles=$(on server busybox cat /proc/net/rpc/nfsd.fh/content)
like "the handle has that of the file system" "$handles" '\* 6 0x44332211887766[0-9a-f]* /srv/export/disk'
like "the handle has the one that was written" "$handles" '\* 6 0xddccbbaa1100ffee[0-9a-f]* /srv/export/named'
on server umount /srv/export/disk

case_name "hostile names"
hostile=$'a\nb\\c\xff\xfe d"e'
tmpfs_at "/srv/export/$hostile"
serve_sets <<-'END'
	/srv/export/a\012b\134c\377\376\040d\042e *(rw,insecure,no_root_squash,no_subtree_check,fsid=30,xprtsec=none)
END
ok "mounts" mount_at none /
ok "a name with newline, backslash, blank, quote and bytes that are no UTF-8" shows "/srv/export/$hostile" "$hostile"
umount_nfs
ok "mounts with tls" mount_at tls /
ok "which it is refused to" cannot_see "/srv/export/$hostile" "$hostile"
umount_nfs

case_name "a junction"
on_sh server "$vm_lib/cases/97-junction.xml" <<-'END'
	mkdir -p /srv/export/junction /srv/export/elsewhere
	# 188 is setxattr(2).
	perl -e 'local $/; my ($path, $name, $xml) = ("/srv/export/junction", "trusted.junction.nfs", scalar <STDIN>);
		syscall(188, $path, $name, $xml, length $xml, 0) == 0 or die "setxattr: $!"' <"$1"
	chmod 1000 /srv/export/junction
END
serve_sets </dev/null
ok "mounts" mount_at none /
ok "leads where it says" shows /srv/export/elsewhere junction
like "by a mount of its own" "$(on client busybox grep /mnt/nfs/junction /proc/mounts)" '[^ ]*:/elsewhere /mnt/nfs/junction nfs4'
on client umount /mnt/nfs/junction
umount_nfs

case_name "refer="
on server mkdir -p /srv/export/referral
tmpfs_at /srv/export/referral
serve_sets <<<"/srv/export/referral *($common,fsid=31,refer=/elsewhere@192.0.2.2)"
ok "mounts" mount_at none /
ok "leads where it says" shows /srv/export/elsewhere referral
on client umount /mnt/nfs/referral
umount_nfs

case_name "groups of users"
on_sh server <<-'END'
	echo 'alice:x:4711:4711::/:/bin/false' >>/etc/passwd
	printf 'alice:x:4711:\nstaff-of-server:x:4712:alice\n' >>/etc/group
	echo secret >/srv/export/none/secret
	chown 0:4712 /srv/export/none/secret
	chmod 640 /srv/export/none/secret
END
as_alice() { # GROUPS COMMAND...
	local groups=$1
	shift
	on client setpriv --reuid 4711 --regid 4711 --groups "$groups" "$@"
}
ok "mounts" mount_at none /none
ok "the server's word counts" as_alice 4711 busybox cat /mnt/nfs/secret
on server busybox sed -i '/^staff-of-server/d' /etc/group
stop_exportd
ok "it starts, and forgets" start_exportd -l -g
nok "a group that the server does not know of is none" as_alice 4712 busybox cat /mnt/nfs/secret
umount_nfs

# Reads everything below the mount again and again until it is told to stop; any error is in its output.
read_all() {
	local ns=$vm_dir/client
	rm -f "$vm_dir/stop-reading"
	(exec setsid busybox nsenter "--net=$ns/net" "--mount=$ns/mnt" "--uts=$ns/uts" -- busybox sh -c '
		rounds=0
		while [ ! -e "$1" ]; do
			find /mnt/nfs -type f -exec cat {} + >/dev/null || exit 1
			rounds=$((rounds + 1))
			echo "round $rounds"
		done' sh "$vm_dir/stop-reading" </dev/null >"$vm_dir/reader.log" 2>&1 3>&- 4>&-) &
	reader=$!
	wait_for 30 grep -q round "$vm_dir/reader.log"
}
all_was_read() {
	touch "$vm_dir/stop-reading"
	wait "$reader" && ! grep -v '^round' "$vm_dir/reader.log"
}

case_name "killed and started under load"
serve_sets <<<"/srv/export/tree *($common,fsid=20,crossmnt)"
place /srv/export/tree/sub
ok "mounts" mount_at none /tree
ok "is read" read_all
ok "killed" kill_exportd
on server exportfs -f # now the kernel has questions, and nobody to ask
ok "started" start_exportd -g
rounds=$(grep -c round "$vm_dir/reader.log")
ok "reading goes on" wait_for 60 eval '[ "$(grep -c round "$vm_dir/reader.log")" -gt $((rounds + 1)) ]'
ok "without an error" all_was_read

case_name "etab replaced 100 times under load"
ok "is read" read_all
replace_etab() {
	on_sh server "$etab" <<-'END'
		for i in $(busybox seq 100); do
			busybox cp "$1" "$1.tmp"
			echo "/srv/export/none$i 192.0.2.77(ro,sync,wdelay,fsid=$((100 + i)))" >>"$1.tmp"
			busybox mv "$1.tmp" "$1"
			[ $((i % 10)) -ne 0 ] || echo 1 >/proc/net/rpc/nfsd.export/flush
		done
	END
}
ok "100 times" replace_etab
ok "without an error" all_was_read
umount_nfs

case_name "the pseudo root"
on server exportfs -ua
stop_exportd
ok "a root that can be exported" own_root
on_sh server "$own_root_folder" <<-'END'
	for dir in strict/mtls mixed/tls mixed/none; do
		mkdir -p "$1/srv/$dir"
		mount -t tmpfs -o mode=755 tmpfs "$1/srv/$dir"
	done
	mkdir "$1/srv/late" "$1/srv/disk"
	/usr/bin/mount -o loop -t ext4 /srv/disk "$1/srv/disk"
	mkdir "$1/srv/disk/part"
END
exportd_root=$own_root_folder
in_root=(/usr/sbin/chroot "$own_root_folder")
ok "exportfs" serve <<-END
	/srv/strict/mtls *($common,fsid=1,xprtsec=mtls)
END
ok "it starts" start_exportd -l -g
ok "mtls walks down to it" reaches mtls /srv/strict/mtls "$own_root_folder/srv/strict/mtls"
ok "tls does not get the root of a tree that is mtls only" is_refused_there tls /
ok "nor none" is_refused_there none /
ok "exportfs, more" serve <<-END
	/srv/strict/mtls *($common,fsid=1,xprtsec=mtls)
	/srv/mixed/tls *($common,fsid=2,xprtsec=tls)
	/srv/mixed/none *($common,fsid=3,xprtsec=none)
	/srv/late *($common,fsid=4,mountpoint)
	/srv/disk/part *($common)
END
ok "none mounts the root" mount_at none /
is "none finds the way" "$(on client busybox ls /mnt/nfs)" srv
ok "none finds what it may" shows "$own_root_folder/srv/mixed/none" srv/mixed/none
ok "a folder of a file system that is not exported itself" shows "$own_root_folder/srv/disk/part" srv/disk/part
like "the handle has the folder's number" "$(on server busybox cat /proc/net/rpc/nfsd.fh/content)" '\* 7 0x[0-9a-f]* [^ ]*/srv/disk/part'
ok "none does not find the rest" cannot_see "$own_root_folder/srv/mixed/tls" srv/mixed/tls
nok "none does not enter what is mtls only" on client busybox ls /mnt/nfs/srv/strict
nok "nobody writes to a node" on client busybox touch /mnt/nfs/srv/new
ok "mountpoint: nothing is mounted there" cannot_see "$own_root_folder/srv/late" srv/late
ok "the log says so" said 'Cannot export path /srv/late: not a mountpoint'
umount_nfs
tmpfs_at "$own_root_folder/srv/late"
ok "mountpoint: when it is" reaches none /srv/late "$own_root_folder/srv/late"
ok "mtls mounts the root" mount_at mtls /
ok "mtls finds what it may" shows "$own_root_folder/srv/strict/mtls" srv/strict/mtls
umount_nfs
stop_exportd
exportd_root=
on server exportfs -ua
no_own_root

on_sh server <<-'END'
	busybox awk '$2 ~ "^/srv/export/" { print $2 }' /proc/mounts | busybox tac | while read -r dir; do
		umount -l "$(printf %b "$dir")" # the kernel may still know an export in it
	done
	mv /etc/nsswitch.conf.before /etc/nsswitch.conf
	rpc.mountd --manage-gids --port 20048
END
serve_export "$default_export"
done_testing
