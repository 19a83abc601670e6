#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every transport security over every protocol version and both address families: files pass both ways,
# and what is on the wire is what was asked for.
set -u
. "$(dirname "$0")/../tap.sh"

# On the wire of a mount that moved two files, whatever the version: so an empty capture proves nothing.
least_bytes=1500

expected_tls() { # SECURITY: how `ss` describes such a connection
	case $1 in
	none) echo '^$' ;;
	*) echo 'tcp-ulp-tls version: 1\.3 .*rxconf: sw txconf: sw' ;;
	esac
}

tls_state() { connection_tls "$1" | grep -o 'tcp-ulp-tls.*' | head -n 1; }

security_is_real() { # SECURITY: the connection and both agents agree
	local mutual=no host
	[ "$1" != mtls ] || mutual=yes
	for host in client server; do
		like "ss on the $host: $1" "$(tls_state "$host")" "$(expected_tls "$1")"
	done
	if [ "$1" = none ]; then
		is "no handshake" "$(agent_log client; agent_log server)" ""
		return
	fi
	ok "the server's agent logs mutual=$mutual" \
		wait_agent_log server "^rpc\.tlshd: handshake role=server result=ok why=ok .* tls=1\.3 .* mutual=$mutual "
	ok "the client's agent logs the handshake" \
		wait_agent_log client "^rpc\.tlshd: handshake role=client result=ok why=ok .* tls=1\.3 "
}

wire_is_as_asked() { # SECURITY MARKER...
	local security=$1 marker
	shift
	ok "the capture is whole" capture_stop
	less "the capture holds the traffic" "$least_bytes" "$(capture_bytes)"
	for marker in "$@"; do
		if [ "$security" = none ]; then
			ok "what was moved is readable on the wire" capture_has "$marker"
		else
			nok "what was moved is not readable on the wire" capture_has "$marker"
		fi
	done
	if [ "$security" = none ]; then
		nok "no STARTTLS on the wire" capture_has STARTTLS
	else
		ok "STARTTLS on the wire" capture_has STARTTLS
	fi
}

try() { # SECURITY VERSION ADDRESS
	local written served
	written=$(new_marker) served=$(new_marker)
	case_name "$1 v$2 $3"
	echo "$served" | put_file server "$(server_path served)"
	ok "capture" capture_start
	ok "mount" mount_nfs "$2" "$3" "xprtsec=$1"
	echo "$written" | nfs_write written
	is "written through the mount, read on the server" "$(on server cat "$(server_path written)")" "$written"
	is "written on the server, read through the mount" "$(nfs_read served)" "$served"
	security_is_real "$1"
	ok "unmount" umount_nfs
	wire_is_as_asked "$1" "$written" "$served"
}

hosts_reset || bail "the hosts are not up"
for security in none tls mtls; do
	# Names and numbers in turn: every security, version and family, and each of both kinds somewhere.
	try "$security" 3 server4.nfs.test
	try "$security" 3 2001:db8::2
	try "$security" 4.1 192.0.2.2
	try "$security" 4.1 server6.nfs.test
	try "$security" 4.2 server4.nfs.test
	try "$security" 4.2 2001:db8::2
done
try tls 4.0 server.nfs.test
done_testing
