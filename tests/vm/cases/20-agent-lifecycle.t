#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What happens to mounts when an agent is absent, dies, is doubled, or the server restarts.
set -u
. "$(dirname "$0")/../tap.sh"

quick=8 # seconds on a slow machine: less than the 10 s after which the kernel itself gives up

mount_tls() { mount_nfs 4.2 server.nfs.test "xprtsec=${1:-tls}"; }

io_works() {
	local marker
	marker=$(new_marker)
	echo "$marker" | nfs_write marker && [ "$(on server cat "$(server_path marker)")" = "$marker" ]
}

works_again() { # TEST-NAME
	ok "$1" mount_tls mtls
	ok "files pass" io_works
	ok "unmount" umount_nfs
}

# The server's side stands still, so that the client's handshake stays half done.
# shellcheck disable=SC2046 # several numbers
freeze() { kill -STOP "$(agent_pid "$1")" $(agent_workers "$1"); }
# shellcheck disable=SC2046
thaw() { kill -CONT "$(agent_pid "$1")" $(agent_workers "$1"); }

in_progress() { [ "$(status_number client in_progress)" -ge 1 ]; }
status_number() { on "$1" "$agent_program" --ask status | json "$2"; }
json() { perl -MJSON::PP -e 'local $/; my $v = decode_json(<STDIN>); $v = /^\d+$/ ? $v->[$_] : $v->{$_} for split /\./, shift; print $v' "$1"; }

worker_pids() { # HOST: of the processes that perform handshakes
	on "$1" "$agent_program" --ask status |
		perl -MJSON::PP -e 'local $/; print "$_->{pid}\n" for @{decode_json(<STDIN>)->{workers}}'
}

mount_in_background() {
	(mount_nfs 4.2 server.nfs.test xprtsec=mtls; echo "$? $mount_seconds $mount_output" >"$vm_dir/mounted") \
		</dev/null >/dev/null 2>&1 &
	mount_pid=$!
}

no_agent() {
	case_name "no agent on the client"
	stop_agent client
	nok "mount fails" mount_tls
	less "it fails at once" "$mount_seconds" "$quick"
	like "it says that the agent is not running" "$mount_output" '(No such process|rpc\.tlshd)'
	ok "a mount without TLS needs no agent" mount_nfs 4.2 server.nfs.test xprtsec=none
	ok "unmount" umount_nfs
	ok "the agent starts" start_agent client
	works_again "the next mount works"
}

second_agent() {
	local said status=0
	case_name "a second agent in the same network namespace"
	said=$(on client timeout -k 2 10 "$agent_program" 2>&1) || status=$?
	ok "it ends by itself" [ "$status" -ne 124 ]
	is "with a failure" "$status" 1
	like "it says why" "$said" 'rpc\.tlshd: .*already'
	works_again "the first one still serves"
}

killed_agent() {
	case_name "the client's agent is killed in the middle of a handshake"
	freeze server
	mount_in_background
	ok "the handshake is under way" wait_for 10 in_progress
	ok "all of it dies" kill_agent client
	thaw server
	ok "it starts again" start_agent client
	ok "the waiting mount comes to an end" wait_for 40 gone "$mount_pid"
	diag "that mount: $(cat "$vm_dir/mounted")"
	umount_nfs
	works_again "a new mount works"
}

killed_worker() {
	local before after victim
	case_name "one worker is killed in the middle of a handshake"
	before=$(worker_pids client)
	ok "there is more than one worker, or one" [ -n "$before" ]
	freeze server
	mount_in_background
	ok "the handshake is under way" wait_for 10 in_progress
	# Which of them has it is not told: kill all workers but not the agent.
	for victim in $before; do kill -KILL "$victim"; done
	ok "the handshake is reported failed" \
		wait_agent_log client '^rpc\.tlshd: handshake role=client result=failed why=worker-died ' "$quick"
	thaw server
	ok "the mount comes to an end" wait_for 40 gone "$mount_pid"
	diag "that mount: $(cat "$vm_dir/mounted")"
	ok "workers are replaced" wait_for 10 replaced "$before"
	after=$(worker_pids client)
	is "as many as before" "$(wc -w <<<"$after")" "$(wc -w <<<"$before")"
	umount_nfs
	works_again "a new mount works"
}

replaced() { # OLD-PIDS: as many workers, and none of the old
	local pid now
	now=$(worker_pids client) || return 1
	[ "$(wc -w <<<"$now")" -eq "$(wc -w <<<"$1")" ] || return 1
	for pid in $now; do
		! grep -qx "$pid" <<<"$1" || return 1
	done
}

# The first one has the next handshake when all are idle. It has not begun it, so another can.
frozen_worker() {
	local victim
	case_name "a worker of the server stands still"
	victim=$(worker_pids server | head -n 1)
	ok "it is stopped" kill -STOP "$victim"
	mount_in_background
	ok "the agent sees it" wait_agent_log server "^rpc\.tlshd: worker $victim stood still for too long"
	ok "the mount comes to an end" wait_for 40 gone "$mount_pid"
	like "and works: another has begun its handshake anew" "$(cat "$vm_dir/mounted")" '^0 '
	ok "the kernel did not ask twice" [ "$(agent_log server | grep -c 'handshake role=server')" -eq 1 ]
	ok "the worker is replaced" wait_for 10 no_longer "$victim"
	ok "files pass" io_works
	ok "unmount" umount_nfs
}

no_longer() { # PID: there are workers, and it is none of them
	local now
	now=$(worker_pids server) && [ -n "$now" ] && ! grep -qx "$1" <<<"$now"
}

server_restarts() {
	case_name "the server restarts"
	ok "mount" mount_tls mtls
	ok "files pass" io_works
	mark_logs
	ok "nfsd restarts" restart_server
	ok "files pass again by themselves" io_works
	ok "over a new handshake" wait_agent_log client '^rpc\.tlshd: handshake role=client result=ok '
	ok "seen by the server, too" wait_agent_log server '^rpc\.tlshd: handshake role=server result=ok .* mutual=yes '
	ok "unmount" umount_nfs
}

agents_restart() {
	case_name "the agents restart under a mount"
	ok "mount" mount_tls mtls
	ok "the client's stops" stop_agent client
	ok "the server's stops" stop_agent server
	ok "files pass without agents" io_works
	ok "the server's starts" start_agent server
	ok "the client's starts" start_agent client
	ok "files pass" io_works
	ok "unmount" umount_nfs
}

hosts_reset || bail "the hosts are not up"
no_agent
second_agent
killed_agent
killed_worker
frozen_worker
server_restarts
agents_restart
done_testing
