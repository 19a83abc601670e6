#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What rpc.tlshd does with the policy: it admits peers by their names, chooses its certificate by the name that
# the client asks for and by the address at which it arrived, and says which line decided.
set -u
. "$(dirname "$0")/../hosts.sh"
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../certificates.sh"

agent=${agent_program:-/usr/sbin/rpc.tlshd}
conf='/etc/nfs-tls\.conf'

# policy HOST [CLIENT-LINE...] -- [LINE...]: the usual settings, more for [client], and more at the end of [server]
policy() {
	local host=$1
	shift
	{
		printf '%s\n' '[client]' certificate=host truststore=/etc/nfs-tls/ca.pem
		while [ "$1" != -- ]; do echo "$1"; shift; done
		shift
		printf '%s\n' '[server]' certificate=host truststore=/etc/nfs-tls/ca.pem "$@"
	} | configure "$host"
}

refused_for() { wait_agent_log "$1" "$handshake_line role=$1 result=failed why=$2 .* reason=\".*$3"; } # HOST WHY ERE
saw() { wait_agent_log client "$handshake_line role=client result=ok .* peer=$1 .* identity=$2"; } # NAME ERE

hosts_reset || bail "the hosts are not up"

case_name "a server's peers"
policy server -- 'peers=*.hr.example.com'
ok "another's certificate is refused" is_refused xprtsec=mtls
ok "with the line that decided" refused_for server not-permitted \
	"client\.nfs\.test.* is not among peers=\*\.hr\.example\.com in \[server\] \($conf:7\)"
ok "no certificate is refused" is_refused xprtsec=tls
ok "with the line, too" refused_for server no-certificate "peers=\*\.hr\.example\.com in \[server\] \($conf:7\)"
policy server -- 'peers=*.hr.example.com, *.nfs.test'
ok "a name that matches is admitted" works xprtsec=mtls
policy server -- 'peers=*.hr.example.com' '[server "/srv/other"]' 'peers=192.0.2.1'
try_mount xprtsec=mtls || true # whether that export lets it in is not the agent's business
ok "and an address, if there is one export for it" said_ok server yes
umount_nfs

case_name "a client's peers"
policy server --
policy client 'peers=10.0.0.0/8' --
ok "another server is refused" is_refused xprtsec=tls
ok "with the line that decided" refused_for client not-permitted \
	"is not among peers=10\.0\.0\.0/8 in \[client\] \($conf:4\)"
ok "the server hears of it" said server refused-by-peer
policy client 'peers=192.0.2.0/24' --
ok "an address in the certificate that matches is admitted" works xprtsec=tls

case_name "minimum=mtls for every export"
policy client --
policy server -- minimum=mtls
use_certificate client nameless
ok "a certificate without names will do" works xprtsec=mtls
use_certificate client host
ok "no certificate will not" is_refused xprtsec=tls
ok "the server says no-certificate" refused_for server no-certificate "minimum=mtls in \[server\] \($conf:7\)"

case_name "certificates by the name that is asked for"
ok "one is made" make_certificate four --dns server4.nfs.test
ok "another is made" make_certificate wide --dns server6.nfs.test --dns a.wide.nfs.test
for name in four wide; do install_certificate server "$name" "$pki/$name.pem" "$pki/$name.key"; done
policy server -- '[server "server4.nfs.test"]' certificate=four '[server "*.wide.nfs.test"]' certificate=wide
ok "a mount by the name works" works xprtsec=mtls server4.nfs.test
ok "with its certificate" saw 'server4\.nfs\.test' 'server4\.nfs\.test '
ok "a mount by another name works" works xprtsec=mtls
ok "with the usual one" saw 'server\.nfs\.test' 'server\.nfs\.test,'
ok "mount" mount_nfs 4.2 server4.nfs.test xprtsec=tls
ok "the session tells which it was" grep -q '"certificate":"four"' <<<"$(on server "$agent" --ask sessions)"
ok "unmount" umount_nfs
policy server -- '[server "server5.nfs.test"]' certificate=four
nok "a certificate without the name is not loaded" on server "$agent" --ask reload
ok "the refusal names the line and the names" wait_agent_log server \
	"^rpc\.tlshd: reload refused: $conf:8: \[server \"server5\.nfs\.test\"\] certificate=four: .* it is for server4\.nfs\.test"

case_name "certificates by the local address"
policy server -- '[server "192.0.2.2"]' certificate=four '[server "2001:db8::/32"]' certificate=wide
ok "a mount by IPv4 works" works xprtsec=mtls server4.nfs.test
ok "with its certificate" saw 'server4\.nfs\.test' 'server4\.nfs\.test '
ok "a mount by IPv6 works" works xprtsec=mtls server6.nfs.test
ok "with the other" saw 'server6\.nfs\.test' 'server6\.nfs\.test,a\.wide\.nfs\.test '

case_name "sections that disagree"
policy server --
policy client -- '[client "server4.nfs.test"]' crl=/etc/nfs-tls/one.crl '[client "192.0.2.2"]' crl=/etc/nfs-tls/two.crl
for file in one two; do put_file client "/etc/nfs-tls/$file.crl" <"$set/ca.crl"; done
ok "the mount is refused" is_refused xprtsec=tls server4.nfs.test
like "and both lines are named" "$mount_output" 'one\.crl in .*\.conf:[0-9]+\) and .*two\.crl in .*\.conf:[0-9]+\)'

case_name "no certificate but for one name"
remove_files server /etc/nfs-tls/certs/host.pem /etc/nfs-tls/certs/host.key
policy client --
printf '%s\n' '[server]' truststore=/etc/nfs-tls/ca.pem '[server "server4.nfs.test"]' certificate=four | configure server
ok "a mount by that name works" works xprtsec=tls server4.nfs.test
ok "any other is refused" is_refused xprtsec=tls
ok "the server says no-credentials" said server no-credentials
done_testing
