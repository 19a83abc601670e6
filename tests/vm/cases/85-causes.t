#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Why a mount failed: each cause is produced, and mount.nfs names it with the remedy, in bounded time. Those of
# certificates are in 40-certificate-failures.t, those of the policy in 70-policy.t.
set -u
. "$(dirname "$0")/../hosts.sh"
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../certificates.sh"

kernel_has_keyring() { case $(uname -r) in 6.*) return 1 ;; esac; }

# fails NAME OPTIONS ADDRESS SAID [VERS]: status 32, nothing mounted, the sentence; $mount_output is one line
fails() {
	local status=0
	mount_nfs "${5-4.2}" "$3" "$2" || status=$?
	printf '# status %d after %s s: %s\n' "$status" "$mount_seconds" "$mount_output"
	is "$1: status" "$status" 32
	like "$1: the sentence" "$mount_output" "$4"
	nok "$1: nothing is mounted" on client busybox grep -q " /mnt/nfs " /proc/mounts
}
says_one_line() { is "$1: is one line" "$(printf '%s\n' "$mount_output" | wc -l)" 1; }

hosts_reset || bail "the hosts are not up"
good_hosts
mount_limit=90

case_name "no agent on the client"
stop_agent client
fails "tls" xprtsec=tls server.nfs.test \
	"mounting server.nfs.test:/ on /mnt/nfs with xprtsec=tls failed: no TLS handshake agent runs on this client: start rpc.tlshd"
says_one_line "tls"
less "tls: takes seconds" "$mount_seconds" 10

case_name "a stranger in the agent's place"
start_liar client hold setpriv --reuid=65534 --regid=65534 --clear-groups
fails "tls" xprtsec=tls server.nfs.test "failed: no TLS handshake agent runs on this client, and lying-agent \(pid [0-9]+, uid 65534\) has joined"
like "tells what it waits for" "$mount_output" "^mount.nfs: server.nfs.test:/: still waiting: no TLS handshake agent runs"
less "is bounded" "$mount_seconds" 60
stop_liar client
start_agent client

# Anybody may join the agents' group, as often as he likes. He keeps nobody from starting, and hides nobody.
case_name "many strangers, and another agent behind them"
stop_agent client
ok "strangers" join_group client handshake tlshd 400 65534
ok "the agent starts beside them" start_agent client
like "and tells of them" "$(agent_log client)" 'perl \(pid [0-9]+, uid 65534\) has joined the handshake agents. netlink group'
stop_agent client
ok "another agent" start_liar client hold
said=$(on client timeout 20 rpc.tlshd 2>&1)
like "is seen" "$said" 'lying-agent \(pid [0-9]+, uid 0\) already serves this network namespace as its TLS handshake agent'
like "nfstls check sees it, too" "$(on client timeout 60 nfstls check 2>&1)" 'failure other agents: lying-agent \(pid [0-9]+, uid 0\) already serves'
stop_liar client
ok "strangers leave" leave_group
ok "one with the capability alone" start_liar client hold setpriv --reuid=65534 --regid=65534 --clear-groups \
	--inh-caps=+net_admin --ambient-caps=+net_admin
like "could answer, too" "$(on client timeout 20 rpc.tlshd 2>&1)" 'lying-agent \(pid [0-9]+, uid 65534\) already serves'
stop_liar client
start_agent client

case_name "no agent on the server"
stop_agent server
fails "tls" xprtsec=tls server4.nfs.test "failed: the server offers TLS, but (ends every|does no) handshake: .*start rpc.tlshd on the server"
like "tells what it waits for" "$mount_output" "^mount.nfs: server4.nfs.test:/: still waiting: the server offers TLS, but"
less "is bounded" "$mount_seconds" 60
(exec nsenter --net="$vm_dir/server/net" -- "$vm_lib/plain-proxy" 192.0.2.2 2052 </dev/null >"$vm_dir/proxy.log" 2>&1) &
proxy=$!
ok "a server without TLS is beside it" wait_for 20 grep -q ready "$vm_dir/proxy.log"
fails "with retry=0" xprtsec=mtls,retry=0 server4.nfs.test "start rpc.tlshd on the server"
less "with retry=0: is bounded" "$mount_seconds" 60

case_name "a server without TLS"
# At once, so that the agent's last word for this address is still young: it is not about this mount.
fails "tls" xprtsec=tls,port=2052 server4.nfs.test "failed: 192.0.2.2:2052 is an NFS server without TLS.*mount with xprtsec=none"
kill "$proxy"
wait "$proxy" 2>/dev/null
start_agent server

case_name "an export that takes another mode"
demand_xprtsec mtls
fails "none, it wants mtls" xprtsec=none server4.nfs.test \
	"Operation not permitted for server4.nfs.test:/ on /mnt/nfs: the export does not take xprtsec=none, but xprtsec=mtls: mount with that"
fails "no word, it wants mtls" "" server4.nfs.test "the export does not take xprtsec=none, but xprtsec=mtls"
fails "tls, it wants mtls" xprtsec=tls server4.nfs.test "the export does not take xprtsec=tls, but xprtsec=mtls"
ok "mtls: mounts" mount_nfs 4.2 server4.nfs.test xprtsec=mtls
umount_nfs
serve_export "$default_export"
demand_xprtsec tls
fails "mtls, it wants tls" xprtsec=mtls server4.nfs.test "the export does not take xprtsec=mtls, but xprtsec=tls"
serve_export "$default_export"

case_name "an export that takes another sec="
on_sh server <<-'END'
	for dir in a b c; do
		mkdir -p "/srv/export/$dir"
		mount -t tmpfs tmpfs "/srv/export/$dir"
	done
	cat >/etc/exports <<'EXPORTS'
	/srv/export *(ro,fsid=0,no_subtree_check,insecure)
	/srv/export/a *(rw,insecure,fsid=7,no_subtree_check,sec=krb5)
	/srv/export/b *(rw,insecure,fsid=8,no_subtree_check,sec=krb5,xprtsec=tls:mtls)
	/srv/export/c *(rw,insecure,fsid=3,no_subtree_check)
	EXPORTS
	exportfs -ra
END
ok "rpc.mountd that knows xprtsec=" newer_mountd
on server exportfs -f
# fails_there NAME PATH OPTIONS SAID: as fails, of that path
fails_there() {
	local status=0
	mount_output=$(on client timeout -k 2 60 mount.nfs "server4.nfs.test:$2" /mnt/nfs -o "$3" 2>&1) || status=$?
	printf '# status %d: %s\n' "$status" "$mount_output"
	is "$1: status" "$status" 32
	like "$1: the sentence" "$mount_output" "$4"
	nok "$1: nothing is mounted" on client busybox grep -q " /mnt/nfs " /proc/mounts
}
fails_there "sys, it wants krb5" /a vers=4.2 \
	"the export refuses sec=sys with each xprtsec=, so sec= is in the way: mount with sec=krb5"
fails_there "tls and sys, it wants tls and krb5" /b vers=4.2,xprtsec=tls \
	"the export refuses sec=sys with each xprtsec= but none, so sec= is in the way: mount with sec=krb5"
fails_there "sec=none, it wants sys" /c vers=4.2,sec=none "the export does not take the mount's sec=, but sec=sys"
fails_there "krb5 without rpc.gssd" /a vers=4.2,sec=krb5 "needs rpc.gssd, which does not run on this client"
fails_there "krb5 and tls without rpc.gssd" /b vers=4.2,sec=krb5,xprtsec=tls "needs rpc.gssd, which does not run"
fails_there "version 3, sec=none" /srv/export/c vers=3,nolock,sec=none "but sec=sys: mount with that"
fails_there "version 3, krb5 without rpc.gssd" /srv/export/a vers=3,nolock,sec=krb5i "needs rpc.gssd"

case_name "no RDMA device"
fails_there "version 4" /c proto=rdma,port=20049,vers=4.2 "this client has no RDMA device"
fails_there "version 3" /srv/export/c async,vers=3,rsize=1048576,rdma,port=20049,nolock "this client has no RDMA device"

case_name "an agent that is not ours"
# One that does handshakes and answers nobody else.
ok "its socket is away" on client busybox mv /run/nfs-tls/agent.sock /run/nfs-tls/agent.away
fails_there "the export refuses" /b vers=4.2,xprtsec=tls "the export refuses sec=sys with each xprtsec= but none"
unlike "the export refuses: nothing of an agent that does not run" "$mount_output" "does not run|tells no reasons"
ok "its socket is back" on client busybox mv /run/nfs-tls/agent.away /run/nfs-tls/agent.sock
on_sh server <<-'END'
	for dir in a b c; do umount -l "/srv/export/$dir"; done
END
ok "the usual rpc.mountd" usual_mountd
serve_export "$default_export"

case_name "nothing is mounted there"
for xprtsec in "" ,xprtsec=tls ,xprtsec=none; do
	fails_there "a remount$xprtsec" / "remount,ro$xprtsec" "is not remounted: no NFS file system is mounted on /mnt/nfs"
done

case_name "a certificate that is not there"
fails "tlscertname" xprtsec=mtls,tlscertname=nobody server.nfs.test \
	"is not mounted: (no certificate is provisioned under the name nobody: load it \(nfscert load nobody\)|this kernel cannot be told .* certificate=nobody)"
fails "tlscertname with tls" xprtsec=tls,tlscertname=host server.nfs.test "tlscertname=host needs xprtsec=mtls"
fails "tlscertname without a word" tlscertname=host server.nfs.test "tlscertname=host needs xprtsec=mtls"
if kernel_has_keyring; then
	fails "a key that is gone" xprtsec=mtls,cert_serial=99999999,privkey_serial=99999998 server.nfs.test \
		"cert_serial= or privkey_serial= names no key.*load the key again"
fi

case_name "no TLS over UDP"
fails "tls" xprtsec=tls,proto=udp server4.nfs.test "xprtsec=tls needs TCP, and proto=udp was asked for" 3

case_name "a kernel without TLS"
# The agent looks for it when it starts, so it has to go afterwards.
mkdir -p /run/modprobe.d
echo 'install tls /bin/false' >/run/modprobe.d/no-tls.conf
ok "the module can be removed" wait_for 10 rmmod tls
if [ ! -d /sys/module/tls ]; then
	fails "tls" xprtsec=tls server.nfs.test "failed: this client's kernel does not take the session: .*: load the module tls"
else
	fail "the module tls could not be removed"
fi
rm /run/modprobe.d/no-tls.conf
modprobe tls

case_name "nothing there"
fails "no such name" xprtsec=tls,retry=0 nosuch.nfs.test \
	"(Failed to resolve server nosuch.nfs.test: |Resource temporarily unavailable for nosuch.nfs.test:/ on /mnt/nfs: the name service)"
fails "a closed port" xprtsec=tls,port=2050,retry=0 server4.nfs.test "Connection refused for .* no NFS server listens there"
status=0
mount_output=$(on client timeout -k 2 12 mount.nfs server4.nfs.test:/ /mnt/nfs -o vers=4.2,xprtsec=tls,port=2050 2>&1) || status=$?
is "a closed port: is tried again" "$status" 124
like "a closed port: tells what it waits for" "$mount_output" "still waiting: .*Connection refused"
unlike "a closed port: nothing of firewalls" "$mount_output" "no answer from"
status=0
mount_output=$(on client mount.nfs "[2001:db8::2%1]:/" /mnt/nfs -o vers=4.2 2>&1) || status=$?
is "a zone that means nothing: status" "$status" 32
like "a zone that means nothing: the sentence" "$mount_output" "2001:db8::2%1: only a link-local address .* has a zone. Leave out %1"
# An address that exists and swallows all that is sent to it.
on client ip neigh replace 192.0.2.77 lladdr 02:00:00:00:00:77 dev eth0 nud permanent
fails "no answer" xprtsec=tls,retry=0 192.0.2.77 "(Connection timed out|mounting 192.0.2.77:/ .* failed).*"
like "no answer: tells what it waits for" "$mount_output" "192.0.2.77:/: still waiting: no answer from 192.0.2.77:2049"
less "no answer: is bounded" "$mount_seconds" 30

case_name "the steps"
stop_agent client
status=0
mount_output=$(on client mount.nfs -v server.nfs.test:/ /mnt/nfs -o vers=4.2,xprtsec=tls 2>&1) || status=$?
is "status" "$status" 32
like "-v tells whom it asks" "$mount_output" "asking the handshake agent of this host"
start_agent client

done_testing
