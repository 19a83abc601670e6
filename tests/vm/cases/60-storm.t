#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Many clients at once are all served, and clients that stop half way do not keep others out.
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
# connections whose handshake takes longer than 5 s (SVC_HANDSHAKE_TO); they connect again, too.
not_the_agents=' why=stalled | why=closed-by-peer .* ms=([5-9]|[1-9][0-9])[0-9]{3} '
none_failed_here() { ! agent_log server | grep "$handshake_line .*result=failed" | grep -Ev "$not_the_agents"; }

held_pid=
holds() { grep -q '^holding 64' "$log"; }
hold() { # ARGUMENT...: 64 connections, from the client's second address
	: >"$log"
	(exec nsenter --net="$vm_dir/client/net" -- "$peers/peer-client" "${identity[@]}" --bind 192.0.2.3 \
		--hold 64 "$@" 192.0.2.2 2049 </dev/null >"$log" 2>&1) &
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

case_name "when they are gone"
ok "all are served" all_at_once 8
done_testing
