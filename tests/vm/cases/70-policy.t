#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What mount.nfs does with the policy: what is too weak is refused before a packet is sent, and the line that
# decided is named; defaults are used; xprtsec=auto takes what the server says it has, and nothing less when a
# handshake fails; a policy with an error stops every mount.
set -u
. "$(dirname "$0")/../hosts.sh"
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../certificates.sh"

agent=${agent_program:-/usr/sbin/rpc.tlshd}
conf='/etc/nfs-tls\.conf'

# policy LINE...: the client's; the first line of them is line 4 of the file
policy() {
	printf '%s\n' '[client]' truststore=/etc/nfs-tls/ca.pem certificate=host "$@" | configure client
}
drop_in() { printf '%s\n' "$@" | put_file client /etc/nfs-tls.conf.d/50-test.conf; }
no_drop_in() { remove_files client /etc/nfs-tls.conf.d; }

# Whatever goes to the server's port 2049 or comes from it, an opening packet too.
nothing_was_sent() {
	local packets
	capture_stop || return 1
	packets=$(tcpdump -r "$capture_file" -nn 'tcp port 2049' 2>/dev/null | tee "$vm_dir/sent" | wc -l)
	[ "$packets" -eq 0 ] || { sed 's/^/# sent: /' "$vm_dir/sent"; return 1; }
}

is_refused_in_silence() { # NAME OPTIONS ADDRESS SAID
	ok "$1: capture" capture_start
	ok "$1: is refused" is_refused "$2" "$3"
	ok "$1: nothing was sent" nothing_was_sent
	like "$1: the line is named" "$mount_output" "$4"
}

# The mode that the kernel gave; no word in the table means none.
mode_is() {
	local options
	options=$(on client busybox awk '$5 == "/mnt/nfs" { print $NF }' /proc/self/mountinfo)
	case $1 in
	none) [ -n "$options" ] && { [[ $options != *xprtsec=* ]] || [[ $options == *xprtsec=none* ]]; } ;;
	*) [[ ,$options, == *,xprtsec=$1,* ]] ;;
	esac || { echo "# $options"; return 1; }
}
gets() { # NAME MODE OPTIONS [ADDRESS]
	ok "$1: mounts" try_mount "$3" "${4-server.nfs.test}"
	ok "$1: has xprtsec=$2" mode_is "$2"
	ok "$1: unmounts" umount_nfs
}

# NFSv4 calls that the server has answered, all but NULL.
compounds() { on server busybox awk '$1 == "proc4" { print $4 }' /proc/net/rpc/nfsd; }

hosts_reset || bail "the hosts are not up"
good_hosts

case_name "weaker than the minimum"
policy minimum=mtls
is_refused_in_silence "no xprtsec=" "" server.nfs.test "minimum=mtls in \[client\] \($conf:4\)"
is_refused_in_silence "xprtsec=none" xprtsec=none server4.nfs.test "minimum=mtls in \[client\] \($conf:4\)"
is_refused_in_silence "xprtsec=tls" xprtsec=tls 192.0.2.2 "minimum=mtls in \[client\] \($conf:4\)"
gets "what is strong enough" mtls xprtsec=mtls

case_name "the most specific section"
policy minimum=none '[client "*.test"]' minimum=tls '[client "*.nfs.test"]' minimum=mtls '[client "server6.nfs.test"]' \
	minimum=none '[client "/mnt/nfs"]' default=tls
is_refused_in_silence "the longer pattern" xprtsec=tls server4.nfs.test \
	"minimum=mtls in \[client \"\*\.nfs\.test\"\] \($conf:8\)"
gets "the exact name, and the mount point's default" tls "" server6.nfs.test
policy '[client "192.0.2.0/24"]' minimum=tls '[client "192.0.2.2:/"]' minimum=mtls
is_refused_in_silence "a path of the server" xprtsec=tls 192.0.2.2 "minimum=mtls in \[client \"192\.0\.2\.2:/\"\]"

case_name "default"
policy default=mtls
gets "used without xprtsec=" mtls ""
ok "used without xprtsec=: the server saw the certificate" said_ok server yes
gets "the mount's own word counts" tls xprtsec=tls
policy default=mtls '[client "192.0.2.0/24"]' default=none
gets "by subnet" none "" server4.nfs.test

case_name "drop-ins"
policy minimum=tls
drop_in '[client]' minimum=mtls
is_refused_in_silence "one that is stronger" xprtsec=tls server.nfs.test \
	"minimum=mtls in \[client\] \(/etc/nfs-tls\.conf\.d/50-test\.conf:2\)"
drop_in '[client]' minimum=none
is_refused_in_silence "one that is weaker" xprtsec=mtls server.nfs.test \
	"/etc/nfs-tls\.conf\.d/50-test\.conf:2: minimum=none would loosen .*$conf:4"
no_drop_in

case_name "xprtsec=auto"
policy
mark_logs
gets "a server with TLS, a client with a certificate" mtls xprtsec=auto
policy default=auto
gets "as the default" mtls ""
like "the server's agent has seen them" "$(agent_log server)" "role=server result=ok .* mutual=yes "
unlike "and no handshake that came to nothing" "$(agent_log server)" "result=failed"
policy '[client "server4.nfs.test"]' certificate=absent
put_file client /etc/nfs-tls/certs/absent.pem <"$set/host.pem" # but no key: it cannot be shown
ok "with half a certificate, it is tls" try_mount xprtsec=auto server4.nfs.test
ok "with half a certificate, it is tls: in the table" mode_is tls
umount_nfs
policy
use_authorities client stranger/ca.pem
before=$(compounds)
ok "a server that does not verify is refused" is_refused xprtsec=auto
is "and has heard no NFS call in clear text" "$(compounds)" "$before"
ok "the client's agent says unknown-ca" said client unknown-ca
use_authorities client ca.pem
proxy_log=$vm_dir/proxy.log
(exec nsenter --net="$vm_dir/server/net" -- "$vm_lib/plain-proxy" 192.0.2.2 2052 </dev/null >"$proxy_log" 2>&1) &
proxy=$!
ok "a server without TLS is there" wait_for 20 grep -q ready "$proxy_log"
policy
gets "a server without TLS" none xprtsec=auto,port=2052 server4.nfs.test
policy default=auto
gets "as the default, a server without TLS" none port=2052 server4.nfs.test
stop_agent client
gets "and a client without agent" none port=2052 server4.nfs.test
ok "a server with TLS, and a client without agent: is refused" is_refused xprtsec=auto,retry=0
start_agent client
policy minimum=tls
before=$(compounds)
ok "a server without TLS, and a minimum: is refused" is_refused xprtsec=auto,port=2052 server4.nfs.test
like "a server without TLS, and a minimum: the line is named" "$mount_output" "minimum=tls in \[client\] \($conf:4\)"
is "a server without TLS, and a minimum: no NFS call" "$(compounds)" "$before"
kill "$proxy"
wait "$proxy" 2>/dev/null
policy
ok "a server that does not answer is refused" is_refused xprtsec=auto,port=2052,retry=0 server4.nfs.test

case_name "a policy with an error"
policy
ok "mount, while it is good" try_mount xprtsec=mtls
policy minimum=tls minimun=mtls
ok "what is mounted can be unmounted" umount_nfs
is_refused_in_silence "an unknown key" xprtsec=mtls server.nfs.test "$conf:5: unknown key \"minimun\""
nok "an unknown key: the agent does not reload" on client "$agent" --ask reload
ok "an unknown key: and says which line" wait_agent_log client "^rpc\.tlshd: reload refused: $conf:5: unknown key"
policy minimum=strong
is_refused_in_silence "an unknown value" xprtsec=mtls server.nfs.test "$conf:4: minimum=strong: "
policy '[client "*server"]' minimum=none
is_refused_in_silence "a bad pattern" xprtsec=mtls server.nfs.test "$conf:5: section \[client\]: \"\*server\": "
policy minimum=none
on client chmod 666 /etc/nfs-tls.conf
is_refused_in_silence "a file that others may write" xprtsec=mtls server.nfs.test "/etc/nfs-tls\.conf can be written by others"
on client chmod 644 /etc/nfs-tls.conf
on client chown 1234 /etc/nfs-tls.conf
is_refused_in_silence "a file of somebody else" xprtsec=mtls server.nfs.test "/etc/nfs-tls\.conf is owned by uid 1234"

case_name "a certificate for each server"
install_certificate client alt "$set/rsa.pem" "$set/rsa.key"
policy '[client "server4.nfs.test"]' certificate=alt
serial_of() { openssl x509 -noout -serial -in "$1" | sed 's/^serial=0*//' | tr A-F a-f; }
shown() { wait_agent_log server "role=server result=ok .* mutual=yes .* serial=0*$(serial_of "$set/$1.pem") "; }
ok "the one with a section" works xprtsec=mtls server4.nfs.test
ok "the server saw that certificate" shown rsa
ok "another" works xprtsec=mtls server6.nfs.test
ok "the server saw the usual one" shown host

case_name "a trust store for each server"
put_file client /etc/nfs-tls/other-ca.pem <"$set/stranger/ca.pem"
policy '[client "server6.nfs.test"]' truststore=/etc/nfs-tls/other-ca.pem
ok "the one with a section is not trusted" is_refused xprtsec=tls server6.nfs.test
ok "the client's agent says so" said client unknown-ca
ok "another is" works xprtsec=tls server4.nfs.test

case_name "remount"
policy default=mtls
ok "mounts" try_mount ""
ok "remounts" on client timeout 30 mount -o remount,ro,xprtsec=auto /mnt/nfs
ok "keeps its mode" mode_is mtls
done_testing
