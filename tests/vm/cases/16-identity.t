#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the server of a mount has proven to be. The kernel puts mounts of one address on one connection, whatever their
# servers are called, and has the first name alone proven. server4.nfs.test is a name that the server's certificate has;
# bank.example.com one that somebody who can forge answers of DNS has given the address of that server.
set -u
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../certificates.sh"
hosts_reset || bail "the hosts are not up"
good_hosts
on_sh client <<-'END'
	mkdir -p /mnt/one /mnt/two /mnt/three
	cp /etc/hosts /etc/hosts.usual
	echo '192.0.2.2 bank.example.com Server4.NFS.Test.' >>/etc/hosts
	sed -i 's/server6.nfs.test//; s/server4.nfs.test/& server4.nfs.test./' /etc/hosts
	echo '192.0.2.12 vault.example.com server6.nfs.test' >>/etc/hosts
END
on server busybox mkdir -p /srv/export/b /srv/export/c
on server ip addr add 192.0.2.12/24 dev eth0

# puts POINT HOST[:PATH] OPTIONS [PROGRAM...]: leaves $mount_output and $put_status
puts() {
	local source=$2
	case $2,$3 in
	*:/*) ;;
	*,*vers=3*) source=$2:/srv/export ;;
	*) source=$2:/ ;;
	esac
	put_status=0
	[ $# -gt 3 ] || set -- "$@" /usr/sbin/mount.nfs
	mount_output=$(on client timeout -k 2 60 "${@:4}" "$source" "$1" -o "retry=0,$3" 2>&1) || put_status=$?
	printf '# %s on %s with %s: status %d: %s\n' "$2" "$1" "$3" "$put_status" "$mount_output"
	return "$put_status"
}
is_mounted() { on client busybox grep -q " $1 " /proc/mounts; }
connections() { connection_tls client | wc -l; }
nobody_is_mounted() {
	on client umount -a -t nfs,nfs4
	ok "all is unmounted" wait_for 15 no_connection
}
refused() { # NAME ERE
	is "$1: ends with 32" "$put_status" 32
	like "$1: says why" "$mount_output" "$2"
	nok "$1: nothing is mounted" is_mounted /mnt/two
}
in_the_way='mount\.nfs: the kernel has put [a-zA-Z.]*:[/a-z]* on the connection of server4\.nfs\.test:[/a-z]* on /mnt/one \(xprtsec=[a-z]*\), and'
not_proven="$in_the_way the server there has not proven to be bank\\.example\\.com:"
# says_of NAME NFSSTAT-STATUS NFSTLS-STATUS ERE: what the two judges say of the client's mounts
says_of() {
	local said status=0
	said=$(on client nfsstat --tls -c --check -v 2>&1) || status=$?
	is "$1: nfsstat's status" "$status" "$2"
	[ "$status" = "$2" ] || diag "$said"
	[ -z "${4-}" ] || like "$1: nfsstat's reason" "$said" "$4"
	status=0
	said=$(on client nfstls check 2>&1 | grep -v '^ok') || status=${PIPESTATUS[0]}
	said=$(grep -E '/mnt/(one|two|three)' <<<"$said" || true)
	is "$1: what nfstls check says of mounts" "${said%% *}" "$3"
	[ -z "${4-}" ] || like "$1: nfstls' reason" "$said" "$4"
}

for options in vers=4.2,xprtsec=tls vers=4.1,xprtsec=mtls vers=4.0,xprtsec=tls vers=3,nolock,xprtsec=mtls; do
	case_name "$options"
	nok "the other name alone is refused" puts /mnt/one bank.example.com "$options"
	ok "the server's is mounted" puts /mnt/one server4.nfs.test "$options"
	puts /mnt/two bank.example.com "$options"
	refused "beside it the other" "$not_proven the certificate is for .*, not for bank"
	ok "another name that the certificate has" puts /mnt/two 192.0.2.2 "$options"
	ok "the same name again, in other letters" puts /mnt/three Server4.NFS.Test. "$options"
	is "all on one connection" "$(connections)" 1
	nobody_is_mounted
done
says_of "nothing is mounted" 0 ""

case_name "several connections"
ok "the server's name" puts /mnt/one server4.nfs.test vers=4.2,xprtsec=tls,nconnect=3
puts /mnt/two bank.example.com vers=4.2,xprtsec=tls
refused "the other" "$not_proven"
ok "one that the certificate has" puts /mnt/two 192.0.2.2 vers=4.2,xprtsec=tls
says_of "all is well" 0 ""
on client umount /mnt/two

nobody_is_mounted

# The kernel adds connections to other addresses by the first mount's name; the names of the others are proven there, too.
case_name "several addresses"
use_certificate server bank
ok "the first name" puts /mnt/one server4.nfs.test vers=4.2,xprtsec=tls,max_connect=4
ok "another of its address" puts /mnt/two bank.example.com vers=4.2,xprtsec=tls
ok "one of another address" puts /mnt/three server6.nfs.test vers=4.2,xprtsec=tls,max_connect=4,proto=tcp
is "two connections" "$(connections)" 2
like "the later one has proven both" "$(on client "$agent_program" --ask sessions | tr -d ' \n')" \
	'"address":"192\.0\.2\.12:2049".*"proofs":\[.*"name":"server4\.nfs\.test","proven":true.*"name":"bank\.example\.com","proven":true'
nobody_is_mounted
use_certificate server host

case_name "what others have mounted"
ok "the server's name" puts /mnt/one server4.nfs.test vers=4.2,xprtsec=tls
# Of one file system the kernel has the first mount's name alone, and only the mount command has recorded the other.
for path in /c /; do
	ok "$path: the distribution's mount.nfs does not ask" puts /mnt/two "bank.example.com:$path" vers=4.2,xprtsec=tls \
		"$distribution/mount.nfs"
	says_of "$path: the judges do" 2 failure 'the server has not proven to be bank\.example\.com'
	puts /mnt/two "bank.example.com:$path" remount,ro
	is "$path: a remount of it is refused" "$put_status" 32
	on client umount /mnt/two
done
says_of "without it all is well" 0 ""
ok "by a name that the certificate has" puts /mnt/two 192.0.2.2 vers=4.2,xprtsec=tls "$distribution/mount.nfs"
says_of "nobody has asked before" 0 ""
on client umount /mnt/two

case_name "a younger agent"
restart_agent client
says_of "it does not know" 3 unknown 'rpc\.tlshd does not know this connection'
puts /mnt/two bank.example.com vers=4.2,xprtsec=tls
refused "the other name" "$in_the_way whether the server there is bank\\.example\\.com is not known: .*rpc\\.tlshd does not know"
ok "a mount without TLS elsewhere is nobody's business" puts /mnt/two '[2001:db8::2]' vers=4.1,xprtsec=none
on client umount /mnt/two
nobody_is_mounted

# What the policy says of one name, in its own section.
bank_has() { # LINE...
	{
		default_configuration
		printf '%s\n' '[client "bank.example.com"]' "$@"
	} | configure client
}
put_file client /etc/nfs-tls/stranger.pem <"$set/stranger/ca.pem"
put_file client /etc/nfs-tls/ca.crl <"$set/ca.crl"
use_certificate server bank
default_configuration | configure client

case_name "a name with a policy of its own, which the certificate has"
ok "the first name" puts /mnt/one server4.nfs.test vers=4.2,xprtsec=tls
bank_has minimum=tls peers=bank.example.com truststore=/etc/nfs-tls/ca.pem
ok "the other name is mounted" puts /mnt/two bank.example.com vers=4.2,xprtsec=tls
is "on the same connection" "$(connections)" 1
on client umount /mnt/two
bank_has truststore=/etc/nfs-tls/stranger.pem minimum=tls peers=bank.example.com
puts /mnt/two bank.example.com vers=4.2,xprtsec=tls
refused "another trust store" "$not_proven .* is not trusted here"
bank_has peers=vault.example.com
puts /mnt/two bank.example.com vers=4.2,xprtsec=tls
refused "other peers" "$not_proven .* is not among peers=vault\\.example\\.com in \\[client .bank"
{
	default_configuration
	printf '[client "server4.nfs.test"]\npeers=vault.example.com\n'
} | configure client
puts /mnt/two server4.nfs.test vers=4.2,xprtsec=tls
refused "what the policy says now counts for the first name, too" "has not proven to be server4\\.nfs\\.test: .* is not among peers="
default_configuration | configure client
nobody_is_mounted
use_certificate server bank-revoked
ok "the first name, without a revocation list" puts /mnt/one server4.nfs.test vers=4.2,xprtsec=mtls
bank_has crl=/etc/nfs-tls/ca.crl
puts /mnt/two bank.example.com vers=4.2,xprtsec=mtls
refused "a list that has the certificate" "$not_proven .* was revoked"
default_configuration | configure client
nobody_is_mounted

# The kernel makes a connection anew for the first name, and the agent has the others proven all the same.
cut() { on client ss -K dst 192.0.2.2 dport = 2049 >/dev/null 2>&1 || true; }
reads() { on client timeout -k 2 "$2" busybox cat "$1/file" 2>/dev/null; }
on_sh server <<-'END'
	echo text >/srv/export/file
END
for options in vers=4.2,xprtsec=mtls vers=3,nolock,xprtsec=tls; do
	case_name "$options: a connection that is made anew"
	use_certificate server bank
	ok "both names" puts /mnt/one server4.nfs.test "$options"
	ok "are on it" puts /mnt/two bank.example.com "$options"
	is "on one connection" "$(connections)" 1
	restart_agent client
	use_certificate server host
	cut
	nok "nothing comes from a server that is the first one only" reads /mnt/two 6
	ok "the agent tells why" wait_agent_log client \
		'role=client result=failed why=wrong-name peer=server4\.nfs\.test .*a mount of bank\.example\.com shares this connection'
	use_certificate server bank
	ok "from one that is both it does" wait_for 30 eval '[ "$(reads /mnt/two 10)" = text ]'
	is "to both mounts" "$(reads /mnt/one 10)" text
	says_of "all is well" 0 ""
	nobody_is_mounted
	use_certificate server host
	ok "afterwards the first name needs no other" puts /mnt/one server4.nfs.test "$options"
	nobody_is_mounted
done

# A server that shows another certificate for each name needs a connection for each.
for name in vault bank-only; do install_certificate server "$name" "$set/$name.pem" "$set/$name.key"; done
{
	default_configuration
	printf '[server "vault.example.com"]\ncertificate=vault\n[server "bank.example.com"]\ncertificate=bank-only\n'
} | configure server
clients_of_server() { on server busybox sh -c 'cat /proc/fs/nfsd/clients/*/info' | sed -n 's/^name: //p'; }
for options in vers=4.2,xprtsec=tls vers=4.1,xprtsec=mtls; do
	case_name "$options: a client of its own"
	ok "the first name" puts /mnt/one server4.nfs.test "$options"
	ok "another one, at another address" puts /mnt/two vault.example.com "$options"
	is "has a connection of its own" "$(connections)" 2
	like "as a client that is called by it" "$(clients_of_server)" 'client@vault\.example\.com'
	ok "the same name again" puts /mnt/three vault.example.com "$options"
	is "has no more" "$(connections)" 2
	says_of "all is well" 0 ""
	nobody_is_mounted
done
case_name "a version of its own"
ok "the first name" puts /mnt/one server4.nfs.test vers=4.2,xprtsec=tls
puts /mnt/two bank.example.com vers=4.2,xprtsec=tls
refused "another one at the same address" "$not_proven"
ok "where the version may be a lower one" puts /mnt/two bank.example.com xprtsec=tls
like "it is" "$(on client busybox grep ' /mnt/two ' /proc/mounts)" ',vers=4\.1,'
nobody_is_mounted
default_configuration | configure server

case_name "mounts at the same time"
for round in 1 2; do
	on client sh -c 'for host in server4.nfs.test:/mnt/one bank.example.com:/mnt/two server4.nfs.test:/mnt/three; do
		mount.nfs "${host%%:*}:/" "${host#*:}" -o retry=0,vers=4.2,xprtsec=tls 2>/dev/null & done; wait'
	is "round $round: those of the server are mounted, and not the other" \
		"$(on client awk '$3 == "nfs4" { print $2 }' /proc/mounts | sort | xargs)" "/mnt/one /mnt/three"
	nobody_is_mounted
done

on server ip addr del 192.0.2.12/24 dev eth0
on client busybox mv /etc/hosts.usual /etc/hosts
done_testing
