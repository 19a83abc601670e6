#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What is wrong with a certificate is said in the right word, by the side that saw it, and nothing is
# mounted; what is right works, with every kind of key, intermediates and several authorities.
set -u
. "$(dirname "$0")/../hosts.sh"
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../certificates.sh"

agent=${agent_program:-/usr/sbin/rpc.tlshd}
key=/etc/nfs-tls/certs/host.key

# How mount.nfs begins what the agent's word stands for.
declare -A sentences=(
	[expired]="the server's certificate has expired: .* expired at .* UTC: renew it$"
	[not-yet-valid]="the server's certificate is not valid yet: .* is valid only from .* UTC: see the clocks of both hosts$"
	[wrong-purpose]="the server's certificate is not one for servers: .* lacks serverAuth: issue one for this purpose$"
	[wrong-name]="the server's certificate has another name: the certificate [^:]*.*: mount by a name that it has, or [^:]*$"
	[unknown-ca]="this client does not trust the server's certificate: .* certificate is missing: add the authority to truststore=[^:]*$"
	[revoked]="the server's certificate is revoked: .* was revoked by [^:]*: it needs a new one$"
	[crl-outdated]="this client's revocation list is outdated: "
)

# The server's alert reaches the client's kernel, and mount.nfs asks the server once more; or, on a slow machine, still
# the client's agent, whose word it is then.
refused_us="(.*takes no client with this certificate: the server refused: |the server refused this client or its certificate: )"

# The server shows CERTIFICATE to a client that mounts ADDRESS.
server_is_refused() { # DESCRIPTION CERTIFICATE WHY [ADDRESS]
	good_hosts
	use_certificate server "$2"
	case_name "$1"
	ok "the mount is refused" is_refused xprtsec=tls "${4-server.nfs.test}"
	ok "the client's agent says $3" said client "$3"
	like "mount.nfs says so, too" "$mount_output" "^mount\.nfs: mounting .* with xprtsec=tls failed: ${sentences[$3]}"
}

client_is_refused() { # DESCRIPTION CERTIFICATE WHY
	good_hosts
	use_certificate client "$2"
	case_name "$1"
	ok "the mount is refused" is_refused xprtsec=mtls
	ok "the server's agent says $3" said server "$3"
	like "mount.nfs says who refused whom" "$mount_output" \
		"with xprtsec=mtls failed: $refused_us.*TLS alert"
}

both_sides_accept() { # DESCRIPTION CERTIFICATE
	good_hosts
	use_certificate server "$2"
	use_certificate client "$2"
	case_name "$1"
	ok "the mount works" works xprtsec=mtls
	ok "the client verified the server" said_ok client '(yes|no)'
	ok "the server verified the client" said_ok server yes
}

remove_certificate() { # HOST
	remove_files "$1" /etc/nfs-tls/certs/host.pem "$key"
	# Not naming one in the settings either: else that is an error, not a choice.
	settings | grep -v certificate= | configure "$1"
}

hosts_reset || bail "the hosts are not up"

# --- accepted --------------------------------------------------------------------------------------

both_sides_accept "ECDSA keys" host
both_sides_accept "RSA keys" rsa
both_sides_accept "Ed25519 keys" ed25519
both_sides_accept "a chain with its intermediate" chained

good_hosts
case_name "two authorities in each trust store"
for host in client server; do use_authorities "$host" both.pem; done
use_certificate server stranger/host
ok "the mount works with the second for the server" works xprtsec=mtls
use_certificate server host
use_certificate client stranger/host
ok "the mount works with the second for the client" works xprtsec=mtls

# --- the server's certificate ----------------------------------------------------------------------

server_is_refused "server's certificate has expired" expired expired
server_is_refused "server's certificate is not yet valid" not-yet-valid not-yet-valid
server_is_refused "server's certificate is for clients only" client-only wrong-purpose
server_is_refused "server's authority is for clients only" narrowed wrong-purpose
server_is_refused "server's certificate has another name" wrong-name wrong-name
server_is_refused "server's certificate has another IPv4 address" wrong-name wrong-name 192.0.2.2
server_is_refused "server's certificate has another IPv6 address" wrong-name wrong-name 2001:db8::2
server_is_refused "server's name is only in the common name" nameless wrong-name
server_is_refused "server's authority is unknown" stranger/host unknown-ca
server_is_refused "server's intermediate is missing" unchained unknown-ca
server_is_refused "server's certificate is revoked" revoked revoked

good_hosts
case_name "the client's revocation list is outdated"
use_crl client outdated.crl
ok "the mount is refused" is_refused xprtsec=tls
ok "the client's agent says crl-outdated" said client crl-outdated

good_hosts
case_name "server has no certificate"
remove_certificate server
ok "the mount is refused" is_refused xprtsec=tls
ok "the server's agent says no-credentials" said server no-credentials
ok "the client's agent says whom it is about" said client peer-unready

# --- the client's certificate ----------------------------------------------------------------------

client_is_refused "client's certificate has expired" expired expired
client_is_refused "client's certificate is not yet valid" not-yet-valid not-yet-valid
client_is_refused "client's certificate is for servers only" server-only wrong-purpose
client_is_refused "client's authority is unknown" stranger/host unknown-ca
client_is_refused "client's intermediate is missing" unchained unknown-ca
client_is_refused "client's certificate is revoked" revoked revoked

good_hosts
case_name "client has no certificate"
remove_certificate client
ok "mtls is refused" is_refused xprtsec=mtls
ok "the client's agent says no-credentials" said client no-credentials
ok "tls works" works xprtsec=tls
ok "and the server knows that it was not mutual" said_ok server no

# --- lists of every authority -----------------------------------------------------------------------

good_hosts crl-required=yes
case_name "every authority needs a revocation list"
ok "the authority has one" works xprtsec=mtls
use_certificate client chained
ok "an intermediate without one is refused" is_refused xprtsec=mtls
ok "the server's agent says crl-missing" said server crl-missing
cat "$set/ca.crl" "$set/mid.crl" | put_file server /etc/nfs-tls/ca.crl
ok "and works once it has one" works xprtsec=mtls
ok "the server's agent has warned that the list is verified only then" wait_agent_log server \
	'ca\.crl: the revocation list of CN=mid is not verified yet'

# --- key files -------------------------------------------------------------------------------------

good_hosts
case_name "a key that others may read"
ok "a good one is loaded" on server "$agent" --ask reload
on server chmod 644 "$key"
nok "the agent does not reload it" on server "$agent" --ask reload
ok "and says which file" wait_agent_log server "^rpc\.tlshd: reload refused: .*$key"
ok "the old one goes on working" works xprtsec=mtls
stop_agent server
nok "an agent does not start with it" start_agent server
like "and says which file" "$(agent_log server | tail -n 3)" "$key"

good_hosts
done_testing
