#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Many clients at once are all served, and clients that stop half way, or send what costs time, do not keep others out.
set -u
. "$(dirname "$0")/../hosts.sh"
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../certificates.sh"

log=$vm_dir/held.log
identity=(--cert "$set/host.pem" --key "$set/host.key" --ca "$set/ca.pem")
# Seconds that a mount may take while 64 connections are held. A machine on which a mount takes longer than
# half of that when all is quiet is too busy to be measured in seconds: there it is twice the quiet time.
deadline=3

# The kernel keeps a short queue of handshakes that wait for an agent (about 5 in a machine of 2 GB), and cuts off those
# beyond it before any agent can see them. An NFS client then connects again, and so do these.
all_at_once() { # CLIENTS
	local output left=$1 round
	for round in 1 2 3 4; do
		output=$(on client "$peers/peer-client" --count "$left" --jobs "$left" --timeout 60 "${identity[@]}" \
			server.nfs.test 2049 2>&1) || true
		printf '%s\n' "$output" | sort | uniq -c | sed "s/^/# round $round: /"
		left=$(sed -n 's/.*sessions=[0-9]* failed=\([0-9]*\) .*/\1/p' <<<"$output")
		[ -n "$left" ] || return 1
		[ "$left" -gt 0 ] || return 0
	done
	return 1
}
# Of 128 on a slow machine some say nothing for longer than the agent waits for one of a crowd, and the kernel closes
# connections whose handshake takes longer than 5 s (SVC_HANDSHAKE_TO): the agent sees that, or its own limit of
# 4.5 s, later than that since it gets no processor, either; they connect again, too.
not_the_agents=' why=stalled | why=(closed-by-peer|timeout) .* ms=([5-9]|[1-9][0-9])[0-9]{3} '
none_failed_here() { ! agent_log server | grep "$handshake_line .*result=failed" | grep -Ev "$not_the_agents"; }

held_pid=
holds() { grep -q '^holding' "$log"; }
hold() { # ARGUMENT...: 64 connections, from the client's second address
	hold_from 192.0.2.3 192.0.2.2 --hold 64 "$@"
}
hold_from() { # SOURCE SERVER ARGUMENT...
	: >"$log"
	(exec nsenter --net="$vm_dir/client/net" -- "$peers/peer-client" "${identity[@]}" --bind "$1" "${@:3}" "$2" 2049 \
		</dev/null >"$log" 2>&1) &
	held_pid=$!
	wait_for 20 holds
}

let_go() {
	local status=0
	kill "$held_pid" && wait "$held_pid" || status=$?
	sed 's/^/# /' "$log"
	return "$status"
}

# Not umount_nfs: that would wait until the held connections, too, are gone.
mounts() { try_mount xprtsec=mtls 192.0.2.2 && on client timeout 20 umount /mnt/nfs; }

find_deadline() {
	ok "a mount, for the first time" mounts
	ok "a mount" mounts
	deadline=$(awk -v quiet="$mount_seconds" -v most="$deadline" \
		'BEGIN { if (quiet * 2 > most) most = quiet * 2; print most }')
}

others_mount_while_held() { # DESCRIPTION ARGUMENT...
	case_name "$1"
	shift
	ok "64 connections are in place" hold "$@"
	ok "another address mounts" mounts
	less "within $deadline s" "$mount_seconds" "$deadline"
	ok "they were there all the time" let_go
}

hosts_reset || bail "the hosts are not up"
[ -x "$peers/peer-client" ] || bail "the peers are not built: make check TESTS= builds them"
good_hosts

case_name "all is quiet"
find_deadline

case_name "128 clients at once"
ok "all are served" all_at_once 128
ok "the agent failed none" none_failed_here

others_mount_while_held "64 connections of one address stop after STARTTLS" --stop-after starttls
others_mount_while_held "64 connections of one address stop after their ClientHello" --stop-after clienthello
# Whoever connects again and again takes processor time too, and every call of the mount queues behind 64 of
# theirs; the mount works all the same, within the time that the kernel gives one handshake.
deadline=10
others_mount_while_held "64 connections of one address, replaced as often as the server ends one" \
	--stop-after starttls --persist

# A /40 that is all the client's, so that it can come from any address of it.
strangers_network() {
	on client ip -6 route add local 2001:db8:b00::/40 dev lo &&
		on server ip -6 route add 2001:db8:b00::/40 via 2001:db8::1 dev eth0
}

writes() { # SECONDS: the median of what an O_SYNC write takes, in ms
	local said
	said=$(on client "$peers/sync-writes" /mnt/nfs/file "$1") || return 1
	diag "$said"
	median=${said#*median=} median=${median%% *}
}

a_network_of_strangers() {
	local quiet
	case_name "16 silent strangers of one IPv6 network"
	ok "their network is there" strangers_network
	ok "a mount" try_mount xprtsec=mtls 192.0.2.2
	ok "writes while all is quiet" writes 2
	quiet=$median
	ok "strangers come, each from another address, and come again" \
		hold_from 2001:db8:bad::1 2001:db8::2 --hold 16 --spread 16 --persist --stop-after starttls
	ok "writes go on" writes 6
	less "half of them in not much more than before" "$median" $((quiet * 4 + 100))
	ok "strangers were there all the time" let_go
	on client umount /mnt/nfs
}

# They are of the same address as the mount, but none of its kernel.
own_host() {
	case_name "six silent connections of a process on the client"
	ok "they are in place" hold_from 192.0.2.1 192.0.2.2 --hold 6 --persist --stop-after starttls
	ok "the client mounts" mounts
	less "within $quick s" "$mount_seconds" "$quick"
	ok "and again" mounts
	less "within $quick s" "$mount_seconds" "$quick"
	ok "none of its kernel's handshakes failed" no_kernel_failed
	ok "they were there all the time" let_go
}
no_kernel_failed() { ! agent_log server | grep -E "$handshake_line role=server result=failed .* addr=192\.0\.2\.1:[0-9]{1,3} "; }

# The sum of what the workers of a host have used of the processor, in hundredths of a second.
workers_cpu() { # HOST
	local pid sum=0 fields
	for pid in $(on "$1" "$agent_program" --ask status | grep -oE '"pid": ?[0-9]+, ?"handshakes"' | grep -oE '[0-9]+'); do
		fields=$(sed 's/.*) //' "/proc/$pid/stat") || return 1
		sum=$((sum + $(cut -d ' ' -f 12 <<<"$fields") + $(cut -d ' ' -f 13 <<<"$fields")))
	done
	echo "$sum"
}

# Those that cost most before what a peer sends was measured.
attacks=(rsa-65536-exponent-65536 rsa-16384-exponent-16384 rsa-2048-exponent-400000 chain-rsa-65536 names-10000 extensions
	subject-parts certificate-16-megabytes certificate-in-bytes hello-of-15000-bytes change-cipher-specs)

hostile_clients() {
	local before pid
	case_name "hostile clients"
	before=$(workers_cpu server)
	on client "$peers/hostile-peer" client 2001:db8::2 2049 2001:db8:bad::1 "${attacks[@]}" >"$log" 2>&1 &
	pid=$!
	ok "a client mounts beside them" mounts
	less "within $quick s" "$mount_seconds" "$quick"
	ok "each is turned away" wait "$pid"
	diag "$(cat "$log")"
	less "they cost the workers little" "$(($(workers_cpu server) - before))" 800
	ok "no worker had to be replaced" none_replaced server
	ok "of the largest key the log says why" wait_agent_log server 'why=bad-certificate .*RSA key has 65536 bits'
}
none_replaced() { ! agent_log "$1" | grep -E 'worker [0-9]+ (died|stood still)'; }

hostile_server() {
	local before
	case_name "a hostile server"
	before=$(workers_cpu client)
	(exec busybox nsenter "--net=$vm_dir/server/net" -- "$peers/hostile-peer" server 192.0.2.2 20490 \
		rsa-65536-exponent-65536 >"$log" 2>&1 </dev/null 3>&- 4>&-) &
	held_pid=$!
	ok "it listens" wait_for 10 grep -q listening "$log"
	nok "a mount of it fails" try_mount xprtsec=tls,port=20490 192.0.2.2
	less "within $quick s" "$mount_seconds" "$quick"
	ok "the log says why" wait_agent_log client 'role=client .*why=bad-certificate .*RSA key has 65536 bits'
	ok "a mount of another works" mounts
	less "it cost the workers little" "$(($(workers_cpu client) - before))" 400
	ok "no worker had to be replaced" none_replaced client
	kill "$held_pid"
	ok "it is gone" wait_for 10 gone "$held_pid"
}

quick=10
a_network_of_strangers
own_host
hostile_clients
hostile_server

case_name "when they are gone"
ok "all are served" all_at_once 8
done_testing
