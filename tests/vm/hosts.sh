# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# hosts.sh - two hosts, "client" and "server", inside the guest: sourced (bash) by the cases
#
# Each host is a network, mount and UTS namespace of its own with its own /etc, /run, /var/lib/nfs,
# /mnt, /srv and /sys: what one writes there the other does not see. Everything else is common. A veth
# pair joins them, named eth0 on both sides:
#
#   client   client.nfs.test   192.0.2.1   2001:db8::1
#   other    other.nfs.test    192.0.2.3   2001:db8::3     (a second address of the client)
#   server   server.nfs.test   192.0.2.2   2001:db8::2
#
# server4.nfs.test is the server by IPv4 alone, server6.nfs.test by IPv6 alone.
#
# The hosts stay from `hosts_up` to the end of the guest, across case files. A case file begins with
# `hosts_reset`, which gives the state every case may count on:
#   - nothing mounted on the client, no agent of an earlier case, empty logs
#   - nfsd runs on the server: v3, v4.0, v4.1, v4.2, TCP port 2049, 8 threads, export /srv/export (fsid=0,
#     rw, no_root_squash, insecure, any transport security)
#   - certificates as `provision` makes them, /etc/nfs-tls.conf of both hosts naming them
#   - an agent running on both hosts
#
# A case: see tap.sh, and cases/10-matrix.t for an example.
#
# Functions. Each returns 0 or fails with a status; those that wait have a deadline.
#
#   Hosts
#     hosts_up                      build both hosts and start the server (once per boot)
#     hosts_reset                   the state above
#     on HOST COMMAND...            run COMMAND on HOST (a program, not a shell function)
#     on_sh HOST [ARG...]           run the script on standard input on HOST, by busybox's shell
#     put_file HOST PATH            write standard input to PATH on HOST (0600, renamed into place); what mount.nfs and
#                                   rpc.tlshd are configured by has been as it is for ten seconds then
#     put_fresh_file HOST PATH      the same, and it has not
#     remove_files HOST PATH...     those, or folders, have been gone for as long
#
#   Agents (rpc.tlshd)
#     start_agent HOST [ARG...]     start, wait for its ready line (10 s)
#     stop_agent HOST               SIGTERM, wait until it is gone
#     restart_agent HOST [ARG...]   both
#     kill_agent HOST               SIGKILL to the agent and its workers, wait until all are gone
#     agent_pid HOST                process id of the agent's main process
#     agent_workers HOST            process ids of its children, one per line
#     agent_log HOST                what it logged (standard output and error) since the last `mark_logs`
#     agent_log_file HOST           the file with all it logged since hosts_reset
#     wait_agent_log HOST ERE [S]   wait until a line since the last mark matches (S seconds, 10)
#     mark_logs                     "now" for agent_log, wait_agent_log and kernel_log; tap.sh calls it
#                                   whenever a test begins
#     kernel_log                    the guest's kernel messages since the last mark
#
#   Server
#     start_server | stop_server | restart_server
#     serve_export OPTIONS          replace the export line's options, tell the kernel
#     demand_xprtsec MODE...        have the export take these modes only, until the next serve_export
#     newer_mountd                  the rpc.mountd of a newer nfs-utils, which knows xprtsec= in etab, answers the kernel
#                                   from here on. It sees what is mounted below /srv now, not what will be.
#     usual_mountd                  this machine's own does again
#     start_exportd [ARG...]        nfsv4.exportd, in place of rpc.mountd, which must not run; waits until it is ready. With
#                                   $exportd_root set it lives in that root folder
#     stop_exportd | kill_exportd   SIGTERM, or SIGKILL, and wait until it is gone
#     exportd_log                   what it has logged since it was started
#     stop_mountd                   nobody answers the kernel from here on
#     own_root | no_own_root        a root folder for the server's programs ($own_root_folder), with the machine's own in it,
#                                   on a file system that can be exported, so that "/" can be the root of NFSv4
#
#   Mounts, always on the client, at /mnt/nfs
#     mount_nfs VERS ADDR [OPTS]    VERS 3, 4.0, 4.1 or 4.2; ADDR a name or number (IPv6 without
#                                   brackets); OPTS more options, e.g. xprtsec=tls. Status of mount(8), or
#                                   124 after $mount_limit (60) seconds. What mount said is in
#                                   $mount_output, the seconds it took (a decimal) in $mount_seconds.
#     umount_nfs                    unmount if mounted, wait until the connection to nfsd is gone
#     nfs_write FILE / nfs_read FILE  standard input to / output from a file, through the mount
#     server_path FILE              the same file on the server's own file system
#     connection_tls HOST           "ss" lines of HOST's live connections to port 2049, with their TLS state
#
#   Certificates (made by tests/peer/pki-set, before the guest started)
#     provision                     the CA, the host's own certificate under the name "host", and the usual
#                                   configuration, on both hosts (agents notice at the next handshake)
#     install_certificate HOST NAME CHAIN KEY   put a pair under /etc/nfs-tls/certs/NAME.{pem,key} on HOST
#     configure HOST                write standard input to HOST's /etc/nfs-tls.conf
#     make_certificate NAME [OPTION...]         $pki/NAME.{pem,key}: `pki cert`, see tests/peer/pki
#     default_configuration         prints the usual /etc/nfs-tls.conf
#     $test_pki                     what pki-set made (read-only), and $pki: a copy of it to add to
#     $peers                        the folder of peer-client and peer-server
#     $agent_program                /usr/sbin/rpc.tlshd
#
#   Others
#     $distribution                 the folder of the distribution's own mount.nfs and its other names
#     start_liar HOST lie|hold [COMMAND...]   start $peers/lying-agent on HOST (by COMMAND, as "setpriv ..."), wait
#                                   until it is ready; there must be no other agent
#     stop_liar HOST
#     join_group HOST FAMILY GROUP SOCKETS [UID]   a process joins the netlink group with so many sockets; its id is in
#                                   $joined_pid. It ends with leave_group.
#
#   Wire
#     capture_start [FILTER]        capture port 2049 on the server's side; returns when it listens
#     capture_stop                  returns when everything sent so far is in the file
#     capture_has TEXT              was TEXT on the wire?
#     capture_bytes                 TCP payload bytes captured
#     $capture_file
#
#   Waiting
#     wait_for SECONDS COMMAND...   until COMMAND succeeds (tried every 50 ms)
#     new_marker                    a fresh random text of 32 letters

vm_dir=/run/hosts                   # guest-wide state of this library
vm_lib=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
test_pki=/vm/share/pki              # made by tests/peer/pki-set before the guest started; read-only
pki=$vm_dir/pki                     # a copy of it, where a case may make more (slow: see pki-set)
peers=/vm/share/peers               # the folder of peer-client and peer-server
: "${agent_program:=/usr/sbin/rpc.tlshd}"
distribution=/usr/lib/distribution
capture_file=$vm_dir/capture.pcap
mount_limit=60
mount_output=
mount_seconds=

die() { printf 'hosts: %s\n' "$*" >&2; return 1; }

# --- hosts -----------------------------------------------------------------------------------------

# The guest is emulated: starting a program costs a tenth of a second, most of it for its libraries, a
# busybox applet a fifth of that. So what runs often below is busybox or the shell itself.
on() {
	local ns=$vm_dir/$1 program
	program=$(type -P "$2") || { die "there is no program $2"; return 127; }
	shift 2
	# The full path: else busybox would run an applet of that name.
	busybox nsenter "--net=$ns/net" "--mount=$ns/mnt" "--uts=$ns/uts" -- "$program" "$@"
}

# on_sh HOST [ARG...]: run the script on standard input there, by busybox's shell
on_sh() { on "$1" busybox sh -euc "$(cat)" sh "${@:2}"; }

# What is judged by files waits until they have been still for a moment (support/still). Cases about something else do
# not, since theirs are written with the clock set back by more than that.
put_file() {
	case $2 in
	/etc/nfs-tls* | /etc/nfsmount.conf*) put_file_by "$1" "$2" "$peers/earlier" 10 ;;
	*) put_file_by "$1" "$2" ;;
	esac
}
remove_files() { on "$1" "$peers/earlier" 10 busybox rm -rf "${@:2}"; }
put_fresh_file() { put_file_by "$1" "$2"; }
put_file_by() { # HOST PATH [COMMAND...]: by that command, which runs its arguments
	on "$1" "${@:3}" busybox sh -euc 'umask 077; mkdir -p "${1%/*}"; cat >"$1.new"; mv "$1.new" "$1"' sh "$2"
}

now_ms() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }

wait_for() {
	local end
	end=$(($(now_ms) + $1 * 1000))
	shift
	until "$@"; do
		[ "$(now_ms)" -lt "$end" ] || return 1
		busybox sleep 0.05
	done
}

# A finite input: nothing is cut off by a pipe that closes, which `set -o pipefail` would call a failure.
new_marker() { busybox head -c 2048 /dev/urandom | busybox tr -dc A-Z | busybox cut -c 1-32; }

hosts_up() {
	local host
	mkdir -p "$vm_dir"
	# A file that stands for a mount namespace can only be made below a mount that is private.
	mount --bind "$vm_dir" "$vm_dir"
	mount --make-private "$vm_dir"
	[ ! -d "$test_pki" ] || cp -r "$test_pki" "$pki"
	modprobe -a nfsd nfs nfsv3 nfsv4 tls veth sunrpc # here, so that no test waits for it
	for host in client server; do make_host "$host"; done
	ip link add client0 netns "$vm_dir/client/net" type veth peer name server0 netns "$vm_dir/server/net"
	join_host client client0 1
	join_host server server0 2
	on client ip -batch - <<-END
		addr add 192.0.2.3/24 dev eth0
		addr add 2001:db8::3/64 dev eth0 nodad preferred_lft 0
	END
	start_server
}

make_host() {
	local host=$1 ns=$vm_dir/$1
	mkdir -p "$ns" "$vm_dir/$host.etc"
	touch "$ns"/{net,mnt,uts}
	unshare --net="$ns/net" --mount="$ns/mnt" --uts="$ns/uts" --propagation private hostname "$host"
	on_sh "$host" "$host" "$vm_dir/$host.etc" <<-'END'
		host=$1 etc=$2
		mount -t sysfs sysfs /sys # what it shows depends on who mounts it
		mount -t tmpfs -o mode=755 etc "$etc"
		mkdir "$etc/changes" "$etc/work"
		mount -t overlay -o "lowerdir=/etc,upperdir=$etc/changes,workdir=$etc/work" etc /etc
		# Only what lies below /run is private: /run/hosts must stay in sight.
		mkdir -p /run/nfs-tls /run/rpcbind /run/rpc_pipefs /run/mount
		for dir in /mnt /srv /var/lib/nfs /run/nfs-tls /run/rpcbind /run/mount; do
			mount -t tmpfs -o mode=755 "$host" "$dir"
		done
		mount -t rpc_pipefs rpc_pipefs /run/rpc_pipefs
		mkdir -p /mnt/nfs /srv/export
		mkdir /var/lib/nfs/sm /var/lib/nfs/sm.bak /var/lib/nfs/nfsdcld /var/lib/nfs/v4recovery
		cat >/etc/hosts <<-HOSTS
			127.0.0.1 localhost
			::1 localhost
			192.0.2.1 client.nfs.test client
			2001:db8::1 client.nfs.test client
			192.0.2.2 server.nfs.test server server4.nfs.test
			2001:db8::2 server.nfs.test server server6.nfs.test
			192.0.2.3 other.nfs.test other
			2001:db8::3 other.nfs.test other
		HOSTS
		# Nothing of the machine's own NFS and TLS configuration may reach a test.
		rm -rf /etc/nfs.conf.d /etc/nfsmount.conf.d /etc/exports.d /etc/resolv.conf
		rm -rf /etc/nfs-tls /etc/nfs-tls.conf /etc/nfs-tls.conf.d
		for file in resolv.conf nfs.conf nfsmount.conf exports; do : >"/etc/$file"; done
	END
}

join_host() {
	on "$1" ip -batch - <<-END
		link set $2 name eth0
		addr add 192.0.2.$3/24 dev eth0
		addr add 2001:db8::$3/64 dev eth0 nodad
		link set lo up
		link set eth0 up
	END
}

hosts_reset() {
	local host
	umount_nfs
	capture_stop 2>/dev/null || true
	for host in client server; do
		stop_liar "$host"
		kill_agent "$host"
		: >"$(agent_log_file "$host")"
	done
	mark_logs
	on server sh -c 'rm -rf /srv/export/*'
	serve_export "$default_export"
	provision
	for host in server client; do start_agent "$host"; done
}

# --- agents ----------------------------------------------------------------------------------------

start_liar() {
	local host=$1 what=$2 ns=$vm_dir/$1 log=$vm_dir/$1.liar.log
	shift 2
	[ $# -eq 0 ] || set -- "$(type -P "$1")" "${@:2}" # else busybox would run an applet of that name
	: >"$log"
	(exec setsid busybox nsenter "--net=$ns/net" "--mount=$ns/mnt" "--uts=$ns/uts" -- \
		"$@" "$peers/lying-agent" "$what" </dev/null >>"$log" 2>&1 3>&- 4>&-) &
	echo $! >"$vm_dir/$host.liar.pid"
	disown
	wait_log "$log" 1 '^ready' 10 || { die "the liar on $host did not start: $(cat "$log")"; return 1; }
}

stop_liar() {
	local pid
	pid=$(cat "$vm_dir/$1.liar.pid" 2>/dev/null) || return 0
	kill "$pid" 2>/dev/null || true
	wait_for 10 gone "$pid" || { die "the liar on $1 did not stop"; return 1; }
	rm "$vm_dir/$1.liar.pid"
}

joined_pid=
join_group() {
	local number
	number=$(genl ctrl get name "$2" | awk -v name="$3" '/^\t*multicast groups:/ { groups = 1 }
		groups && $4 == name { sub(/^ID-/, "", $2); print $2 }')
	[ -n "$number" ] || { die "$2 has no group $3"; return 1; }
	exec {joined}< <(exec busybox nsenter "--net=$vm_dir/$1/net" -- /usr/bin/setpriv --reuid="${5-0}" --regid="${5-0}" \
		--clear-groups /usr/bin/perl -e 'for (1 .. $ARGV[1]) {
			my $s; socket($s, 16, 3, 16) && bind($s, pack("SSLL", 16, 0, 0, 0)) && setsockopt($s, 270, 1, pack("I", hex $ARGV[0])) or die;
			push @all, $s }
			$| = 1; print "$$\n"; sleep' "$number" "$4" 3>&- 4>&-)
	read -r joined_pid <&"$joined"
}
leave_group() {
	kill "$joined_pid"
	exec {joined}<&-
	wait_for 10 gone "$joined_pid"
}

agent_log_file() { echo "$vm_dir/$1.agent.log"; }
agent_pid() { cat "$vm_dir/$1.agent.pid"; }
agent_workers() { pgrep -P "$(agent_pid "$1")"; }

start_agent() {
	local host=$1 log ns=$vm_dir/$1 from
	shift
	log=$(agent_log_file "$host")
	touch "$log"
	from=$(($(wc -l <"$log") + 1))
	# exec: so that $! is the agent itself; nsenter does not fork for these namespaces.
	(exec setsid busybox nsenter "--net=$ns/net" "--mount=$ns/mnt" "--uts=$ns/uts" -- \
		"$agent_program" "$@" </dev/null >>"$log" 2>&1 3>&- 4>&-) &
	echo $! >"$vm_dir/$host.agent.pid"
	disown
	wait_log "$log" "$from" '^rpc\.tlshd: ready' 15 ||
		{ die "the agent on $host did not become ready: $(tail -n 3 "$log")"; return 1; }
}

gone() { # no live process among the ids (a zombie is gone)
	local pid stat
	for pid in "$@"; do
		{ read -r stat <"/proc/$pid/stat"; } 2>/dev/null || continue
		case ${stat##*) } in Z* | X*) ;; *) return 1 ;; esac
	done
}

stop_agent() {
	local pid
	[ -e "$vm_dir/$1.agent.pid" ] || return 0
	pid=$(agent_pid "$1")
	kill "$pid" 2>/dev/null || true
	wait_for 10 gone "$pid" || { die "the agent on $1 did not stop"; return 1; }
	rm "$vm_dir/$1.agent.pid"
}

restart_agent() { stop_agent "$1" && start_agent "$@"; }

kill_agent() {
	local pid pids
	[ -e "$vm_dir/$1.agent.pid" ] || return 0
	pid=$(agent_pid "$1")
	pids="$pid $(agent_workers "$1" | tr '\n' ' ')"
	# shellcheck disable=SC2086 # a list of numbers
	kill -KILL $pids 2>/dev/null || true
	# shellcheck disable=SC2086
	wait_for 10 gone $pids || { die "the agent on $1 cannot be killed"; return 1; }
	rm "$vm_dir/$1.agent.pid"
}

mark_logs() {
	local host lines
	for host in client server; do
		mapfile -t lines 2>/dev/null <"$(agent_log_file "$host")" || lines=()
		echo ${#lines[@]} >"$vm_dir/$host.mark"
	done
	echo "<5>tests: mark $(now_ms)" >/dev/kmsg
}

log_mark() {
	local count=0
	{ read -r count <"$vm_dir/$1.mark"; } 2>/dev/null || true
	echo $((count + 1))
}
agent_log() { tail -n "+$(log_mark "$1")" "$(agent_log_file "$1")"; }
kernel_log() { dmesg | awk '/tests: mark [0-9]+$/ { n = 0; next } { line[n++] = $0 } END { for (i = 0; i < n; i++) print line[i] }'; }
wait_agent_log() { wait_log "$(agent_log_file "$1")" "$(log_mark "$1")" "$2" "${3:-10}"; }

wait_log() { # FILE FROM-LINE ERE SECONDS
	local follow lines status=0
	exec {lines}< <(exec tail -n "+$2" -F -- "$1" 2>/dev/null)
	follow=$!
	timeout "$4" grep -q -m 1 -E -e "$3" <&"$lines" || status=$?
	kill "$follow" 2>/dev/null || true
	exec {lines}<&-
	return "$status"
}

# --- server ----------------------------------------------------------------------------------------

default_export='rw,no_root_squash,insecure,no_subtree_check,fsid=0'

start_server() {
	on_sh server <<-'END'
		mountpoint -q /proc/fs/nfsd || mount -t nfsd nfsd /proc/fs/nfsd
		[ -e /run/rpcbind/up ] || { rpcbind -w; touch /run/rpcbind/up; }
		# 10 s is the shortest lease, and grace, the kernel takes.
		echo 10 >/proc/fs/nfsd/nfsv4leasetime
		echo 10 >/proc/fs/nfsd/nfsv4gracetime
	END
	serve_export "$default_export"
	on_sh server <<-'END'
		nfsdcld -s /var/lib/nfs/nfsdcld -p /run/rpc_pipefs
		rpc.mountd --manage-gids --port 20048
	END
	start_threads
}

start_threads() {
	on_sh server <<-'END'
		rpc.nfsd --tcp --no-udp --nfs-version 3,4,4.0,4.1,4.2 8
		# Nothing has state to reclaim, or it does not matter to a test: do not wait for it.
		[ "$(cat /proc/fs/nfsd/v4_end_grace)" = Y ] || echo Y >/proc/fs/nfsd/v4_end_grace
	END
}

server_daemons() { pgrep -x 'rpc\.mountd|nfsdcld'; } # nobody but the server runs them

stop_server() {
	local pids
	on server rpc.nfsd 0
	pids=$(server_daemons | tr '\n' ' ')
	# shellcheck disable=SC2086 # a list of numbers
	kill $pids
	# shellcheck disable=SC2086
	wait_for 10 gone $pids
}

restart_server() {
	stop_server
	start_server
}

newer_nfs_utils=/vm/share/nfs-utils # a root folder, see the script nfs-utils

newer_mountd() {
	on_sh server "$newer_nfs_utils" <<-'END'
		# Only what lies below /run is the server's own, and /run/hosts must not be copied into itself.
		for dir in etc proc sys dev srv var/lib/nfs run/rpcbind; do
			[ -d "$1/$dir" ] || continue
			mount -o rbind "/$dir" "$1/$dir"
		done
	END
	replace_mountd chroot "$newer_nfs_utils"
}

usual_mountd() {
	replace_mountd
	on_sh server "$newer_nfs_utils" <<-'END'
		busybox awk -v root="$1/" 'index($2, root) == 1 { print $2 }' /proc/mounts | busybox tac |
			while read -r dir; do umount "$dir"; done
	END
}

stop_mountd() {
	local pid
	pid=$(pgrep -x rpc.mountd) || return 0
	kill "$pid"
	wait_for 10 gone "$pid" || { die "rpc.mountd did not stop"; return 1; }
}

replace_mountd() { # COMMAND...: what starts the new one
	stop_exportd
	stop_mountd || return 1
	on server "$@" /usr/sbin/rpc.mountd --manage-gids --port 20048
	on server exportfs -f
}

exportd_root=
exportd_log() { cat "$vm_dir/exportd.log"; }

start_exportd() {
	local ns=$vm_dir/server log=$vm_dir/exportd.log into=()
	[ -z "$exportd_root" ] || into=(/usr/sbin/chroot "$exportd_root")
	: >"$log"
	(exec setsid busybox nsenter "--net=$ns/net" "--mount=$ns/mnt" "--uts=$ns/uts" -- \
		"${into[@]}" /usr/sbin/nfsv4.exportd -F "$@" </dev/null >>"$log" 2>&1 3>&- 4>&-) &
	echo $! >"$vm_dir/exportd.pid"
	disown
	wait_log "$log" 1 '^nfsv4\.exportd: ready' 20 || { die "nfsv4.exportd is not ready: $(tail -n 3 "$log")"; return 1; }
}

end_exportd() { # SIGNAL
	local pid
	pid=$(cat "$vm_dir/exportd.pid" 2>/dev/null) || return 0
	kill "-$1" "$pid" 2>/dev/null || true
	wait_for 10 gone "$pid" || { die "nfsv4.exportd did not end"; return 1; }
	rm "$vm_dir/exportd.pid"
}
stop_exportd() { end_exportd TERM; }
kill_exportd() { end_exportd KILL; }

own_root_folder=/srv/root

own_root() {
	on_sh server "$own_root_folder" <<-'END'
		root=$1
		mkdir -p "$root"
		mount -t tmpfs -o mode=755 tmpfs "$root"
		mkdir -p "$root/srv" "$root/tmp"
		for dir in etc proc sys dev run usr var/lib/nfs; do
			mkdir -p "$root/$dir"
			mount -o rbind "/$dir" "$root/$dir"
		done
		for dir in bin sbin lib lib32 lib64 libx32; do
			if [ -L "/$dir" ]; then
				cp -a "/$dir" "$root/$dir"
			elif [ -d "/$dir" ]; then
				mkdir "$root/$dir"
				mount -o rbind "/$dir" "$root/$dir"
			fi
		done
	END
}

no_own_root() {
	on_sh server "$own_root_folder" <<-'END'
		busybox awk -v root="$1/" 'index($2, root) == 1 { print $2 }' /proc/mounts | busybox tac |
			while read -r dir; do umount -l "$dir"; done # the kernel may still know an export in it
		umount -l "$1"
	END
}

serve_export() {
	echo "/srv/export *($1)" | put_file server /etc/exports
	on server exportfs -ra
	on server exportfs -f
}

# An exportfs may be too old to know xprtsec=, so the kernel is told what a newer one would tell it: a client, which
# makes the domain "*", and the export of that domain with flags fsid, no_subtree_check and insecure (linux/nfsd/export.h).
demand_xprtsec() {
	local mode modes=
	for mode; do
		case $mode in none) modes="$modes 1" ;; tls) modes="$modes 2" ;; mtls) modes="$modes 4" ;; esac
	done
	on server exportfs -f
	on_sh server "$#$modes" <<-'END'
		printf 'nfsd 192.0.2.1 2147483647 * \n' >/proc/net/rpc/auth.unix.ip/channel
		# mountd sends the export along when it is asked for the file handle, so it is not to be asked
		printf '* 1 \\x00000000 2147483647 /srv/export \n' >/proc/net/rpc/nfsd.fh/channel
		printf '* /srv/export 2147483647 9218 65534 65534 0 xprtsec %s \n' "$1" >/proc/net/rpc/nfsd.export/channel
	END
}

# --- mounts ----------------------------------------------------------------------------------------

server_path() { echo "/srv/export/$1"; }

mount_nfs() {
	local version=$1 address=$2 options=vers=$1${3:+,$3} path=/ begin status=0
	case $version in 3) path=/srv/export options=$options,nolock ;; esac
	case $address in *:*) address="[$address]" ;; esac
	begin=$(now_ms)
	mount_output=$(on client timeout -k 2 "$mount_limit" mount -t nfs -o "$options" "$address:$path" /mnt/nfs 2>&1) ||
		status=$?
	mount_seconds=$(($(now_ms) - begin))
	mount_seconds=$((mount_seconds / 1000)).$(printf %03d $((mount_seconds % 1000)))
	return "$status"
}

umount_nfs() {
	while on client busybox grep -q " /mnt/nfs " /proc/mounts; do
		on client timeout -k 2 20 umount -f /mnt/nfs || on client umount -l /mnt/nfs || return 1
	done
	wait_for 15 no_connection || die "the connection to nfsd outlives the mount"
}

no_connection() { ! on client busybox netstat -tn | grep -q '2049 *ESTABLISHED'; }

nfs_write() { on client busybox timeout -k 2 60 busybox sh -c 'cat >"/mnt/nfs/$1" && sync' sh "$1"; }
nfs_read() { on client busybox timeout -k 2 60 busybox cat "/mnt/nfs/$1"; }

connection_tls() {
	on "$1" ss -HtinO state established "( sport = 2049 or dport = 2049 )"
}

# --- certificates ----------------------------------------------------------------------------------

make_certificate() { # NAME ARGUMENT...: a certificate of the CA in $pki, made by tests/peer/pki
	"$vm_lib/../peer/pki" cert "$pki" "$@"
}

provision() {
	local host
	for host in client server; do
		on "$host" rm -rf /etc/nfs-tls /etc/nfs-tls.conf.d
		put_file "$host" /etc/nfs-tls/ca.pem <"$test_pki/ca.pem"
		on "$host" busybox chmod 644 /etc/nfs-tls/ca.pem
		install_certificate "$host" host "$test_pki/$host.pem" "$test_pki/$host.key"
		default_configuration | configure "$host"
	done
}

default_configuration() {
	local section
	for section in client server; do
		printf '[%s]\ncertificate=host\ntruststore=/etc/nfs-tls/ca.pem\n' "$section"
	done
}

install_certificate() {
	put_file "$1" "/etc/nfs-tls/certs/$2.key" <"$4"
	put_file "$1" "/etc/nfs-tls/certs/$2.pem" <"$3"
}

configure() { put_file "$1" /etc/nfs-tls.conf; }

# --- wire ------------------------------------------------------------------------------------------

capture_start() {
	local filter="${1:-tcp port 2049}" log=$vm_dir/tcpdump.log ns=$vm_dir/server
	capture_stop 2>/dev/null || true
	rm -f "$capture_file"
	: >"$log"
	(exec setsid busybox nsenter "--net=$ns/net" -- /usr/bin/tcpdump -i eth0 -U --immediate-mode -s 0 -B 16384 -Z root \
		-w "$capture_file" "($filter) or udp port 9" </dev/null >>"$log" 2>&1 3>&- 4>&-) &
	echo $! >"$vm_dir/tcpdump.pid"
	disown
	wait_log "$log" 1 'listening on' 15 || die "tcpdump did not start: $(cat "$log")"
}

# A datagram of our own ends the capture: once it is in the file, so is all that was sent before it.
capture_stop() {
	local pid fence status=0
	pid=$(cat "$vm_dir/tcpdump.pid" 2>/dev/null) || return 1
	fence=$(new_marker)
	on client bash -c 'printf %s "$1" >/dev/udp/192.0.2.2/9' bash "$fence"
	wait_for 10 grep -q -a -F -e "$fence" "$capture_file" || status=1
	kill -INT "$pid"
	wait_for 10 gone "$pid" || status=1
	rm "$vm_dir/tcpdump.pid"
	return "$status"
}

capture_has() { LC_ALL=C grep -q -a -F -e "$1" "$capture_file"; }

capture_bytes() {
	tcpdump -r "$capture_file" -nn -q 'tcp port 2049' 2>/dev/null | awk '{ bytes += $NF } END { print bytes + 0 }'
}
