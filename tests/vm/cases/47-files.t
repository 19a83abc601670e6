#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# While a policy, or what it names, is being written, moved away or copied again and again, the last one that was good
# decides: a client that only a policy keeps out knocks all the time, and is never let in. What reads once waits.
set -u
. "$(dirname "$0")/../hosts.sh"
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../certificates.sh"

agent=${agent_program:-/usr/sbin/rpc.tlshd}
conf=/etc/nfs-tls.conf
good=$vm_dir/good.conf
system_store=/etc/ssl/certs/ca-certificates.crt

# --- a stranger who knocks -------------------------------------------------------------------------

# The server's system trusts the stranger's authority, as hosts trust a public one.
knock() {
	local ns=$vm_dir/client
	rm -f "$vm_dir/stop-knocking"
	(exec setsid busybox nsenter "--net=$ns/net" "--mount=$ns/mnt" "--uts=$ns/uts" -- busybox sh -c '
		while [ ! -e "$1" ]; do
			"$2/peer-client" --ca "$3/ca.pem" --cert "$3/stranger/host.pem" --key "$3/stranger/host.key" \
				server.nfs.test 2049
		done' sh "$vm_dir/stop-knocking" "$peers" "$set" </dev/null >"$vm_dir/stranger.log" 2>&1 3>&- 4>&-) &
	stranger=$!
}
knocks() { agent_log server | grep -c 'role=server result=failed why=unknown-ca'; }
more_knocks() { [ "$(knocks)" -ge "$1" ]; }
# Some handshakes begin and end after this.
time_passes() { wait_for 30 more_knocks $(($(knocks) + ${1:-3})); }
never_let_in() { ! agent_log server | grep 'role=server result=ok'; }

# on_server LINE: what an administrator's programs do with files, by busybox's shell
on_server() { on server busybox sh -euc "$1" sh "$conf" "$good"; }
reloads() { agent_log server | grep -c '^rpc\.tlshd: reloaded:'; }
refusals() { agent_log server | grep -c '^rpc\.tlshd: reload refused:'; }
says() { wait_agent_log server "^rpc\.tlshd: $1" "${2:-10}"; }
begin() { # NAME: a test whose log has the good policy, and nothing else
	case_name "$1"
	mark_logs
}

hosts_reset || bail "the hosts are not up"
good_hosts
put_file server "$system_store" <"$set/stranger/ca.pem"
settings | sed 's/^\[server\]/&\npeers=*.nfs.test/' >"$good"
configure server <"$good"
ok "a good policy is loaded" on server "$agent" --ask reload

begin "without it the stranger would be let in"
printf '%s\n' '[server]' certificate=host | configure server
ok "another policy is loaded" on server "$agent" --ask reload
knock
ok "he is let in" wait_agent_log server 'role=server result=ok .* mutual=yes'
configure server <"$good"
ok "the good one is loaded again" on server "$agent" --ask reload
mark_logs
ok "he is not" time_passes

begin "emptied, and written a little later"
on_server ': >"$1"; sleep 1.5; cat "$2" >"$1"; sleep 0.5; : >"$1"'
ok "empty for good: it is refused, with what to do" says "reload refused: $conf: it is empty .*remove it or put a comment into it"
on_server 'cat "$2" >"$1"'
ok "written: it is loaded" says 'reloaded:'
ok "never let in" never_let_in

begin "moved away and back"
on_server 'mv "$1" "$1.away"'
ok "it is not given up, and the log says what to do" says "reload refused: $conf is gone: put it back; or, to go on without it, start"
on_server 'mv "$1.away" "$1"'
ok "back: it is loaded" says 'reloaded:'
ok "never let in" never_let_in

begin "copied again and again"
on_server 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do cp "$2" "$1"; : >"$1"; cp "$2" "$1"; done'
ok "it is loaded" says 'reloaded:'
is "once" "$(reloads)" 1
is "and nothing else was tried" "$(refusals)" 0
ok "never let in" never_let_in

begin "a writer that takes longer than anybody waits"
on_server '{ head -n 4 "$2"; sleep 4; tail -n +5 "$2"; } >"$1"'
ok "it is loaded" says 'reloaded:'
is "once" "$(reloads)" 1
ok "never let in" never_let_in

begin "what sets nothing, and a link"
on_server 'echo "# to be done" >"$1"'
ok "is not gone on with" says "reload refused: $conf sets nothing any more"
on_server 'rm "$1"; ln -s "$2" "$1"'
ok "a link to a good one is loaded" says 'reloaded:'
ok "never let in" never_let_in

begin "a trust store and a list that are being written"
on_server 'rm "$1"; cat "$2" >"$1"; : >/etc/nfs-tls/ca.pem; : >/etc/nfs-tls/ca.crl; sleep 1.5'
put_fresh_file server /etc/nfs-tls/ca.crl <"$set/ca.crl"
put_fresh_file server /etc/nfs-tls/ca.pem <"$set/ca.pem"
ok "whoever asks for a reload gets it when they are still" on server "$agent" --ask reload
is "and nothing else was tried" "$(refusals)" 0
ok "never let in" never_let_in

begin "a drop-in"
{ echo '[server]'; echo 'minimum=mtls'; } | put_fresh_file server "$conf.d/50-more.conf"
ok "is loaded" says 'reloaded:'
on_server ': >"$1.d/50-more.conf"'
ok "an empty one is refused" says "reload refused: $conf\.d/50-more\.conf: it is empty"
ok "never let in" never_let_in
touch "$vm_dir/stop-knocking"
wait "$stranger"
ok "and he has knocked all the time" more_knocks 3

case_name "an agent that is started"
stop_agent server
nok "does not start with an empty file" on server timeout 20 "$agent"
like "and says so" "$(on server timeout 20 "$agent" 2>&1)" "$conf\.d/50-more\.conf: it is empty"
on_server 'rm -r "$1.d"; : >"$1"; (sleep 1.5; cat "$2" >"$1") &'
ok "waits until the file is complete" start_agent server
like "and has read it" "$(agent_log server)" 'ready: .*1 authorities'
unlike "and nothing else" "$(agent_log server)" 'no truststore='
kill_agent server
on_server 'mv "$1" "$1.away"'
like "after a crash it does not start without" "$(on server timeout 20 "$agent" 2>&1)" "$conf is gone, and was in use"
on_server 'mv "$1.away" "$1"'
ok "but with it" start_agent server
good_hosts

case_name "mount.nfs"
on_client() { on client busybox sh -euc "$1" sh "$conf" "$good"; }
slowly() { # LINE: begins with a change, which has been made when this returns
	on_client "$1" &
	writer=$!
	wait_for 10 is_fresh
}
is_fresh() { [ -n "$(on client busybox find /etc/nfs-tls.conf /etc/nfsmount.conf -size 0)" ]; }
on client busybox sh -c 'cat >"$1"' sh "$conf" <<<'[client]'
settings minimum=mtls >"$good"
slowly ': >"$1"; sleep 1; head -n 2 "$2" >"$1"; sleep 1; cat "$2" >"$1"'
ok "waits until the policy is complete, and obeys it" is_refused xprtsec=tls
like "and names its line" "$mount_output" 'minimum=mtls in \[client\]'
wait "$writer"
settings minimum=tls >"$good"
configure client <"$good"
slowly ': >/etc/nfsmount.conf; sleep 1; printf "[ NFSMount_Global_Options ]\nXprtsec=tls\n" >/etc/nfsmount.conf'
ok "waits for its defaults, too" try_mount ""
like "and has them" "$(on client busybox grep /mnt/nfs /proc/mounts)" 'xprtsec=tls'
wait "$writer"
umount_nfs
on_client 'mv "$1" "$1.away"; (sleep 1; cat "$2" >"$1") &'
ok "does not take one that is moved away for none" is_refused xprtsec=none
on_client 'rm "$1"'
ok "nor one that is gone" is_refused xprtsec=none
like "and says what to do" "$mount_output" "$conf is gone, and rpc\.tlshd still goes by it: put it back; or"
on_client ': >"$1"'
ok "refuses an empty policy" is_refused xprtsec=tls
like "and says what to do" "$mount_output" "$conf: it is empty .*nothing is mounted until this is corrected"
configure client <"$good"
on client rm /etc/nfsmount.conf
ok "and is content when it is written" works xprtsec=mtls

case_name "a policy of drop-ins alone"
on_client 'rm "$1"'
settings minimum=mtls | put_file client "$conf.d/50-all.conf"
restart_agent client
ok "it counts" is_refused xprtsec=none
on client "$peers/earlier" 10 busybox mv "$conf.d" "$conf.d.away"
ok "moved away it is not taken for none" is_refused xprtsec=none
like "and the message says what to do" "$mount_output" "$conf sets nothing any more, and rpc\.tlshd still goes by it: put it back; or"
on_client 'rm -r "$1.d.away"'
default_configuration | configure client
restart_agent client

case_name "nfsv4.exportd"
ok "rpc.mountd stops" stop_mountd
{ default_configuration; echo minimum=tls; } | configure server
ok "it starts" start_exportd
said() { exportd_log | grep -q -E -e "$1"; }
plainly() { mount_nfs 4.2 server4.nfs.test xprtsec=none,retry=0; }
nok "the policy counts" plainly
on_server 'mv "$1" "$1.away"; : >"$1"'
ok "an empty one does not" wait_for 20 said "$conf: it is empty .*the policy that was read before stays in force"
on server exportfs -f
nok "the policy counts" plainly
on_server 'rm "$1"'
ok "and neither does none" wait_for 20 said "$conf is gone: put it back"
on server exportfs -f
nok "the policy counts" plainly
ok "it is killed" kill_exportd
like "and does not start without" "$(on server timeout 20 nfsv4.exportd -F 2>&1)" "$conf is gone, and rpc\.tlshd still goes by it"
on_server 'cat "$1.away" >"$1"'
ok "but with it" start_exportd
nok "the policy counts" plainly
on_server 'mv "$1.away" "$1"'
default_configuration | put_fresh_file server "$conf"
ok "another does" wait_for 20 plainly
umount_nfs
stop_exportd
on server rpc.mountd --manage-gids --port 20048
done_testing
