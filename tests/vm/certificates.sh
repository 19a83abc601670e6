# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# certificates.sh - hosts with good and bad certificates, for the cases; sourced after hosts.sh and tap.sh
#
#   $set                          what tests/peer/pki-set made before the guest was started
#   $peers                        the folder with peer-client and peer-server
#   good_hosts [LINE...]          both hosts as they should be: set's certificate "host", authority and
#                                 revocation list; LINEs more settings for [client] and [server]. Nothing
#                                 mounted. An agent notices changed files by itself, at its next handshake.
#   use_certificate HOST NAME     from here on HOST has the set's NAME
#   use_authorities HOST FILE     a trust store of the set
#   use_crl HOST FILE             a revocation list of the set
#   said HOST WHY                 HOST's agent logs, or has logged in this test, a handshake that failed for
#                                 WHY (an extended regular expression), in the role that is HOST's
#   said_ok HOST MUTUAL           or one that succeeded
#   is_refused OPTIONS [ADDRESS]  the mount ends with status 32 and nothing is mounted
#   works OPTIONS [ADDRESS]       it ends with 0 and a file has the server's contents; unmounts again
# shellcheck disable=SC2034,SC2154 # variables between sourced files

set=/vm/share/pki
peers=/vm/share/peers

use_certificate() { install_certificate "$1" host "$set/$2.pem" "$set/$2.key"; }
use_authorities() { put_file "$1" /etc/nfs-tls/ca.pem <"$set/$2"; }
use_crl() { put_file "$1" /etc/nfs-tls/ca.crl <"$set/$2"; }

settings() { # LINE...: the configuration of both roles
	local role
	for role in client server; do
		printf '%s\n' "[$role]" certificate=host truststore=/etc/nfs-tls/ca.pem \
			crl=/etc/nfs-tls/ca.crl "$@"
	done
}

good_hosts() {
	local host
	umount_nfs
	for host in client server; do
		use_certificate "$host" host
		use_authorities "$host" ca.pem
		use_crl "$host" ca.crl
		settings "$@" | configure "$host"
	done
}

handshake_line='^rpc\.tlshd: handshake'
said() { wait_agent_log "$1" "$handshake_line role=$1 result=failed why=($2) "; }
said_ok() { wait_agent_log "$1" "$handshake_line role=$1 result=ok why=ok .* mutual=$2 "; }

try_mount() { # OPTIONS [ADDRESS]
	local status=0
	mount_nfs 4.2 "${2-server.nfs.test}" "$1" || status=$?
	printf "# mount's status %d after %s s: %s\n" "$status" "$mount_seconds" "$mount_output"
	return "$status"
}

is_refused() {
	local status=0
	try_mount "$@" || status=$?
	[ "$status" -eq 32 ] && ! on client mountpoint -q /mnt/nfs
}

works() {
	local marker
	marker=$(new_marker)
	echo "$marker" | put_file server /srv/export/marker
	try_mount "$@" && [ "$(nfs_read marker)" = "$marker" ] && umount_nfs
}
