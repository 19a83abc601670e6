#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nfstls against real kernels: how far a mount with TLS would get, what is wrong with a server, and what the policy says.
set -u
. "$(dirname "$0")/../hosts.sh"
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../certificates.sh"

nfstls=/usr/sbin/nfstls
answer=

# probe STATUS WORD ARGUMENT...: the exit status, and the verdict's word in the last line
probe() {
	local status=0 wanted=$1 word=$2
	shift 2
	answer=$(on client timeout -k 2 60 "$nfstls" probe "$@" 2>&1) || status=$?
	printf '%s\n' "$answer" | sed 's/^/# /'
	[ "$status" -eq "$wanted" ] && grep -q "^nfstls: $word: " <<<"$(tail -n 1 <<<"$answer")"
}

probe_json() { on client timeout 60 "$nfstls" probe --json server.nfs.test | grep -q '"verdict": *"ok"'; }

hosts_reset || bail "the hosts are not up"
good_hosts

case_name "a server with TLS"
ok "is good" probe 0 ok server.nfs.test
like "the version is told" "$answer" 'TLS ?1\.3|1\.3'
like "the name is told" "$answer" 'server4\.nfs\.test'
ok "by its address" probe 0 ok 192.0.2.2
ok "by IPv6" probe 0 ok '[2001:db8::2]:2049'
ok "with a certificate of ours" probe 0 ok --certificate host server.nfs.test
ok "in JSON" probe_json
ok "for another name" probe 7 bad-certificate --name elsewhere.nfs.test server.nfs.test

case_name "a server that demands a certificate"
printf '%s\n' '[server]' truststore=/etc/nfs-tls/ca.pem minimum=mtls | configure server
ok "refuses without" probe 8 certificate-required server.nfs.test
ok "is good with one" probe 0 ok --certificate host server.nfs.test
good_hosts

case_name "a server whose certificate has expired"
use_certificate server expired
ok "is told" probe 7 bad-certificate server.nfs.test
like "with the word" "$answer" 'expired'
good_hosts

case_name "an authority that is not ours"
use_authorities client stranger/ca.pem
ok "is told" probe 7 bad-certificate server.nfs.test
like "with the word" "$answer" 'unknown-ca'
use_authorities client ca.pem

case_name "a closed port"
ok "is told" probe 2 unreachable server.nfs.test:2050

case_name "a server that says nothing"
(exec nsenter --net="$vm_dir/server/net" -- busybox nc -l -p 2051 </dev/zero >/dev/null 2>&1) &
listener=$!
disown
ok "it listens" wait_for 10 on server busybox sh -c 'busybox netstat -tln | grep -q ":2051 "'
kill -STOP "$listener"
ok "is told, in time" probe 3 silent --timeout 2 192.0.2.2:2051
kill -KILL "$listener"

case_name "a policy with an error"
printf '%s\n' '[client]' minimun=tls | configure client
nok "nothing is asked" on client "$nfstls" probe server.nfs.test
answer=$(on client "$nfstls" probe server.nfs.test 2>&1)
like "with its line" "$answer" '/etc/nfs-tls\.conf:2: unknown key "minimun"'
good_hosts

case_name "explain"
printf '%s\n' '[client]' minimum=tls '[client "192.0.2.0/24"]' minimum=mtls | configure client
like "finds a server's address by its name" "$(on client "$nfstls" explain mount server4.nfs.test:/ /mnt 2>&1)" \
	'minimum=mtls in \[client "192\.0\.2\.0/24"\] \(/etc/nfs-tls\.conf:4\)'

case_name "servers without TLS"
good_hosts
(exec nsenter --net="$vm_dir/server/net" -- "$vm_lib/plain-proxy" 192.0.2.2 2052 </dev/null >"$vm_dir/proxy.log" 2>&1) &
proxy=$!
ok "one is there" wait_for 20 grep -q ready "$vm_dir/proxy.log"
ok "one that says so" probe 5 no-tls 192.0.2.2:2052
kill "$proxy"
ok "the server's agent stops" stop_agent server
ok "one that offers what nobody there can do" probe 6 handshake-failed server.nfs.test
ok "the server's agent starts" start_agent server
done_testing
