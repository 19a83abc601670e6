#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a user can try with programs that are installed set-uid: paths that lead elsewhere while they are used, signals and
# limits at every step, records that stay, and files that he cannot read.
set -u
. "$(dirname "$0")/../hosts.sh"
. "$(dirname "$0")/../tap.sh"

home=/home/alice

run() { # COMMAND...: on the client; leaves $status and $output
	status=0
	output=$(on client timeout -k 2 60 "$@" 2>&1) || status=$?
	printf '# status %d: %s\n' "$status" "$output"
}
# with its path: busybox has an applet of that name
as=("$(type -P setpriv)" --reuid=4242 --regid=4242 --clear-groups)
as_alice() { run "${as[@]}" "$@"; }
is_mounted() { on client busybox grep -q " $1 " /proc/mounts; }
options_of() { on client busybox awk -v dir="$1" '$2 == dir { print $4 }' /proc/mounts; }
is_readable() { on client test -r "$1"; }
utab_of() { on client busybox grep " TARGET=$1 " /run/mount/utab; }
nfs_mounts() { on client busybox awk '$3 ~ /^nfs4?$/' /proc/mounts; }
client_file() { put_file client "$1" && on client busybox chmod 644 "$1"; }

# at SYSCALL NAME FUNCTION PROGRAM...: alice runs PROGRAM; where the process NAME enters SYSCALL (a number of x86-64 and a
# name, "166:umount2") it is held, and FUNCTION is called; leaves $status and $output
at() {
	local number=${1%%:*} call=${1##*:} name=$2 during=$3
	shift 3
	${at_by-on client} strace -u alice -qq -o /tmp/trace -e "trace=$call" -e "inject=$call:delay_enter=3s" \
		"$@" >"$vm_dir/at.output" 2>&1 &
	held=
	wait_for 20 is_held "$number" "$name" || diag "$name did not come to $call"
	# It goes on when strace lets it, however long that takes on a busy machine.
	find_tracer
	[ -z "$tracer" ] || kill -STOP "$tracer"
	"$during"
	[ -z "$tracer" ] || kill -CONT "$tracer"
	status=0
	wait $! || status=$?
	output=$(cat "$vm_dir/at.output")
	printf '# status %d: %s\n' "$status" "$output"
}
# No program is started for it: it is not held for long.
is_held() {
	local folder call
	for folder in /proc/[0-9]*; do
		has_text "$2" "$folder/comm" && { read -r call _ <"$folder/syscall"; } 2>/dev/null && [ "$call" = "$1" ] || continue
		held=${folder#/proc/}
		return 0
	done
	return 1
}
has_text() { # TEXT FILE
	local text
	{ read -r text <"$2"; } 2>/dev/null && [ "$text" = "$1" ]
}
find_tracer() {
	local key value
	tracer=
	[ -n "$held" ] || return
	while read -r key value; do
		[ "$key $value" = "TracerPid: 0" ] || [ "$key" != TracerPid: ] || tracer=$value
	done <"/proc/$held/status"
}

hosts_reset || bail "the hosts are not up"
on_sh client <<-'END'
	echo 'alice:x:4242:4242::/home/alice:/bin/sh' >>/etc/passwd
	rm -rf /home/alice
	mkdir -p /home/alice/p/mnt /home/alice/m /home/alice/root /mnt/mnt /mnt/cgroup
	chown -R 4242:4242 /home/alice
	echo kept >/mnt/roots
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
	mkdir /sys/fs/cgroup/alice
END
client_file /etc/fstab <<-'END'
	server4.nfs.test:/ /home/alice/p/mnt nfs user,noauto,vers=4.2 0 0
	server4.nfs.test:/ /home/alice/m nfs user,noauto,vers=4.2,xprtsec=tls 0 0
	server4.nfs.test:/ /home/alice/link/mnt/mnt nfs users,noauto,vers=4.2 0 0
	server4.nfs.test:/srv/export /home/alice/p/mnt nfs user,noauto,vers=3,nolock,proto=tcp 0 0
END
# A mount namespace in which nothing of what follows is mounted.
on client unshare -m --propagation private sleep 1000 >/dev/null 2>&1 &
there_is_elsewhere() { elsewhere=$(pgrep -x -f 'sleep 1000'); }
wait_for 10 there_is_elsewhere || bail "there is no other mount namespace"
on client mount -t tmpfs roots $home/root
on client touch $home/root/roots

# --- paths that lead elsewhere -------------------------------------------------------------------------

exchange_once() { on client "${exchanging[@]}" $home/p $home/slash; }
exchanging=(perl -e 'syscall(316, -100, $ARGV[0], -100, $ARGV[1], 2) == 0 or die "$!\n"')
swap_parent() { on client sh -c 'mv /home/alice/p /home/alice/q; ln -s / /home/alice/p'; }
swap_back() {
	on client sh -c '[ ! -L /home/alice/p ] || { rm /home/alice/p; mv /home/alice/q /home/alice/p; }
		! mountpoint -q /home/alice/p/mnt || umount -i /home/alice/p/mnt; : >/run/mount/utab'
}

case_name "umount.nfs, while mountd does not answer"
as_alice mount.nfs server4.nfs.test:/srv/export $home/p/mnt
is "mounts" "$status" 0
mountd=$(pgrep -x rpc.mountd)
kill -STOP "$mountd"
on client "${as[@]}" umount.nfs $home/p/mnt >/dev/null 2>&1 &
is_root_now() { [ "$(awk '/^Uid:/ { print $2 }' "/proc/$(pgrep -x umount.nfs)/status" 2>/dev/null)" = 0 ]; }
ok "is root soon" wait_for 10 is_root_now
swap_parent
wait $!
kill -CONT "$mountd"
ok "root's mount stays" is_readable /mnt/roots
nok "the user's own is gone" is_mounted $home/q/mnt
swap_back

case_name "umount.nfs, at the moment of umount2"
for options in "" -l; do
	as_alice mount.nfs server4.nfs.test:/ $home/p/mnt
	# shellcheck disable=SC2086 # none, or one
	at 166:umount2 umount.nfs swap_parent umount.nfs $options $home/p/mnt
	ok "umount.nfs $options: root's mount stays" is_readable /mnt/roots
	nok "umount.nfs $options: the user's own is gone" is_mounted $home/q/mnt
	swap_back
done
as_alice mount.nfs server4.nfs.test:/ $home/p/mnt
as_alice umount.nfs -f $home/p/mnt
is "-f, which would end others' requests, is for root" "$status" 1
join_group() { on client sh -c 'echo $$ >/sys/fs/cgroup/alice/cgroup.procs; exec "$@"' x "$@"; }
see_group() { group=$(cat "/proc/$held/cgroup"); }
at_by=join_group at 166:umount2 umount.nfs see_group umount.nfs $home/p/mnt
is "then no control group of the user's can stop it" "$group" 0::/
swap_back

case_name "umount.nfs, while the folder above and a link change places all the time"
on client "${as[@]}" ln -s / $home/slash
on client "${as[@]}" perl -e 'syscall(316, -100, $ARGV[0], -100, $ARGV[1], 2) while 1' $home/p $home/slash &
is_swapping() { swapping=$(pgrep -x perl); }
wait_for 10 is_swapping
for _ in 1 2 3 4 5 6; do
	kill -STOP "$swapping"
	on client test ! -L $home/p || exchange_once
	as_alice mount.nfs server4.nfs.test:/ $home/p/mnt
	kill -CONT "$swapping"
	as_alice umount.nfs $home/p/mnt
	is_readable /mnt/roots || break
done
kill -KILL "$swapping"
ok "root's mount stays" is_readable /mnt/roots
on client test ! -L $home/p || exchange_once
on client rm $home/slash
swap_back

case_name "umount.nfs, where another mount gets the name"
# Where it is none it can be moved.
exchange() {
	busybox nsenter "--mount=/proc/$elsewhere/ns/mnt" -- "${as[@]}" "${exchanging[@]}" $home/p/mnt $home/root
}
as_alice mount.nfs server4.nfs.test:/ $home/p/mnt
at 166:umount2 umount.nfs exchange umount.nfs $home/p/mnt
is "it is not unmounted" "$status" 16
ok "root's mount stays" is_readable $home/p/mnt/roots
exchange
like "the record stays, too" "$(utab_of $home/p/mnt)" user=alice
on client mount -t nfs -o vers=4.2 server4.nfs.test:/ $home/root
exchange
as_alice umount.nfs $home/p/mnt
is "root's of the same source, moved to where the record is: is refused" "$status" 32
exchange
ok "and stays" is_mounted $home/root
on client umount $home/root
as_alice umount.nfs $home/p/mnt
is "where nobody interferes it goes" "$status" 0

case_name "umount.nfs, beside a mount that is covered"
cover() { # OWNER of the folder in which the covered one lies
	on client sh -c 'mkdir -p /home/x/y; chown "$1" /home/x; mount -t tmpfs covered /home/x/y; mount -t tmpfs cover /home/x' x "$1"
	as_alice mount.nfs server4.nfs.test:/ $home/p/mnt
}
uncover() { on client umount /home/x /home/x/y; }
cover 0
as_alice umount.nfs $home/p/mnt
is "where only root could rename it: is done" "$status" 0
run mount.nfs server4.nfs.test:/ $home/p/mnt -o vers=4.2
run umount.nfs $home/p/mnt
is "by root, too" "$status" 0
uncover
cover 4242
as_alice umount.nfs $home/p/mnt
is "where she could: is refused" "$status" 16
like "and says why" "$output" "its mount point, or one beside it, is moved or covered"
uncover
as_alice umount.nfs $home/p/mnt
is "uncovered: is done" "$status" 0

case_name "umount.nfs -r"
keep_busy() { on client sh -c "cd '$1' && exec sleep 1001" >/dev/null 2>&1 & wait_for 10 pgrep -x -f 'sleep 1001' >/dev/null; }
as_alice mount.nfs server4.nfs.test:/ $home/p/mnt
on client mount -t nfs -o vers=4.2 server4.nfs.test:/ /mnt/nfs
keep_busy $home/p/mnt
at 442:mount_setattr umount.nfs swap_parent umount.nfs -r $home/p/mnt
is "is done" "$status" 0
like "makes it read-only" "$(options_of $home/q/mnt)" '^ro,'
like "nothing else is lifted" "$(options_of $home/q/mnt)" 'nosuid,nodev,noexec'
like "root's mount of the same stays as it is" "$(options_of /mnt/nfs)" '^rw,'
ok "and so does root's at the other end of the path" on client touch /mnt/roots
pkill -x -f 'sleep 1001'
umount_nfs
swap_back

case_name "mount.nfs"
at 437:openat2 mount.nfs swap_parent mount.nfs server4.nfs.test:/ $home/p/mnt
is "a folder that is replaced by a link: is refused" "$status" 32
like "and says so" "$output" "the mount point was moved or replaced meanwhile"
is "nothing is mounted" "$(nfs_mounts)" ""
swap_back
at 429:move_mount mount.nfs swap_parent mount.nfs server4.nfs.test:/ $home/p/mnt
nok "at the last moment: nothing is mounted where the link leads" on client mountpoint -q /mnt/mnt
is "nor anywhere" "$(nfs_mounts)" ""
swap_back
on client "${as[@]}" ln -s / $home/link
for program in mount.nfs "mount -t nfs"; do
	# shellcheck disable=SC2086 # words
	as_alice $program server4.nfs.test:/ $home/link/mnt/mnt
	like "$program: a link in fstab's path: is refused" "$status" '^(1|32)$'
done
like "and says why" "$output" "there is a symbolic link in it which is not root's"
is "nothing is mounted" "$(nfs_mounts)" ""
on client mount -t nfs -o vers=4.2 server4.nfs.test:/ /mnt/mnt
as_alice umount.nfs $home/link/mnt/mnt
is "umount.nfs: what the link leads to is not fstab's" "$status" 32
ok "and stays" is_mounted /mnt/mnt
on client umount /mnt/mnt

# --- records ------------------------------------------------------------------------------------------

case_name "records that would outlive their mount"
as_alice mount.nfs -n server4.nfs.test:/ $home/p/mnt
like "-n is not for users" "$(utab_of $home/p/mnt)" user=alice
as_alice umount.nfs -n $home/p/mnt
is "-n: unmounts" "$status" 0
nok "-n: and no record stays" utab_of $home/p/mnt
run mount.nfs server4.nfs.test:/ $home/p/mnt -o vers=4.2
as_alice umount.nfs $home/p/mnt
is "what root has mounted by that line is root's" "$status" 32
run umount.nfs $home/p/mnt
is "root unmounts it" "$status" 0

# --- files that are not his to read -------------------------------------------------------------------

# What of the lines of the policy and of nfsmount.conf, in words that nothing else says, is in $output.
told() { grep -o -E 'zebra|minimum|default=|certificate=|truststore|peers|nfs-tls\.conf|nfsmount\.conf|:[0-9]+\)|rsize|acregmin' <<<"$output"; }
private_policy() { printf '%s\n' '[client]' truststore=/etc/nfs-tls/ca.pem "$@" | put_file client /etc/nfs-tls.conf; }
private_defaults() { printf '%s\n' '[ NFSMount_Global_Options ]' "$@" | put_file client /etc/nfsmount.conf; }

case_name "what a user is told"
private_policy 'default=tls' 'peers=server4.nfs.test'
private_defaults rsize=65536 acregmin=7
as_alice mount.nfs -v server4.nfs.test:/ $home/p/mnt
is "the policy's default: mounts" "$status" 0
like "the policy's default: is told to have decided" "$output" "xprtsec=tls: this host's policy has decided"
is "and no word of it" "$(told)" ""
like "what it says counts" "$(options_of $home/p/mnt)" "rsize=65536.*xprtsec=tls"
as_alice umount.nfs -v $home/p/mnt
refused() { # NAME
	as_alice mount.nfs -v server4.nfs.test:/ $home/m
	is "$1: is refused" "$status" 32
	is "$1: no word of it" "$(told)" ""
}
private_policy '[client "server4.nfs.test"]' minimum=mtls
refused "a minimum"
like "that it is the policy is told" "$output" "this host's policy does not let it be mounted"
private_policy 'zebra=stripes'
refused "a policy with an error"
private_policy default=mtls certificate=zebra
as_alice mount.nfs -v server4.nfs.test:/ $home/p/mnt
is "a certificate that is not there: is refused" "$status" 32
is "a certificate that is not there: no word of it" "$(told)" ""
private_policy '[client "server4.nfs.test"]' peers=zebra.nfs.test
refused "a server that is not among the peers"
like "it is the policy" "$output" "the policy of this client does not permit that server"
default_configuration | configure client
private_defaults zebra=7
refused "a default that the kernel does not know"
printf '%s\n' '[ Server zebra ]' xprtsec=mtls | put_file client /etc/nfsmount.conf
refused "a default with an error"
put_file client /etc/nfsmount.conf </dev/null

# --- ends at any step --------------------------------------------------------------------------------

# killed SYSCALL PROGRAM...: by SIGKILL where the program itself enters SYSCALL for the first time
killed() {
	local call=$1
	shift
	on client strace -u alice -qq -o /tmp/trace -e "trace=$call" -e "inject=$call:signal=KILL:when=${at_which-1}" \
		"$@" >/dev/null 2>&1
}
is_encrypted() { [ -z "$(nfs_mounts)" ] || connection_tls client | grep -q 'tcp-ulp-tls version: 1.3'; }

case_name "mount.nfs is killed"
for call in recvmsg readlink move_mount; do
	killed $call mount.nfs server4.nfs.test:/ $home/m
	is "at $call: nothing is mounted" "$(nfs_mounts)" ""
done
killed rename mount.nfs server4.nfs.test:/ $home/m
like "before the record is written: it is mounted" "$(options_of $home/m)" xprtsec=tls
ok "and is encrypted" is_encrypted
as_alice umount.nfs $home/m
is "nobody knows whose it is" "$status" 32
on client umount $home/m
as_alice mount.nfs server4.nfs.test:/ $home/m
killed umount2 umount.nfs $home/m
ok "umount.nfs, before it has unmounted: it is mounted" is_mounted $home/m
nok "and no record says whose" utab_of $home/m
on client umount $home/m

case_name "limits"
for limits in --stack=32768 --stack=40960 --stack=47104 \
	"--fsize=0 --cpu=1 --nofile=8 --nproc=0 --data=8000000 --rss=0 --memlock=0 --sigpending=0 --core=0"; do
	# shellcheck disable=SC2086 # words
	as_alice prlimit $limits mount.nfs server4.nfs.test:/ $home/m
	is "$limits: mounts" "$status" 0
	like "$limits: is recorded" "$(utab_of $home/m)" user=alice
	# shellcheck disable=SC2086
	as_alice prlimit $limits umount.nfs $home/m
	is "$limits: unmounts" "$status" 0
done
as_alice perl -e 'use POSIX; $SIG{CHLD} = "IGNORE"; sigprocmask(SIG_BLOCK, POSIX::SigSet->new(1 .. 31));
	alarm 1; open my $f, "<", "/dev/null" for 1 .. 50; exec { "/usr/sbin/mount.nfs" } "", @ARGV' \
	server4.nfs.test:/ $home/m
is "signals, timers and files, and no name: mounts" "$status" 0
as_alice sh -c 'exec umount.nfs "$1" <&- >&- 2>&-' x $home/m
is "no standard streams: unmounts" "$status" 0

case_name "an agent that lies"
for host in client server; do
	stop_agent "$host"
	start_liar "$host" lie
done
for limit in --stack=32768 --fsize=0; do
	as_alice prlimit "$limit" mount.nfs server4.nfs.test:/ $home/m
	is "$limit: is refused" "$status" 32
	is "$limit: nothing is mounted" "$(nfs_mounts)" ""
done
for call in readlink getdents64 umount2 exit_group; do
	killed $call mount.nfs server4.nfs.test:/ $home/m
	is "killed at $call: nothing is mounted" "$(nfs_mounts)" ""
done
for host in client server; do
	stop_liar "$host"
	start_agent "$host"
done

kill "$elsewhere"
on client sh -c 'umount /home/alice/root /sys/fs/cgroup; rm -rf /home/alice /home/x; : >/etc/fstab'
done_testing
