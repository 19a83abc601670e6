#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Renewed certificates are used by the next handshake; what cannot be used is refused and the old kept.
set -u
. "$(dirname "$0")/../tap.sh"

mount_and_unmount() { mount_nfs 4.2 server.nfs.test xprtsec=mtls && umount_nfs; }

all_names=(--dns server.nfs.test --ip 192.0.2.2 --ip 2001:db8::2 --dns client.nfs.test --ip 192.0.2.1 --ip 2001:db8::1)

renew() { # HOST EXTRA-NAME: put a new certificate, which has one more name, where the old one is
	make_certificate "$2" "${all_names[@]}" --dns "$2" || return 1
	install_certificate "$1" host "$pki/$2.pem" "$pki/$2.key"
}

saw() { wait_agent_log "$1" "^rpc\.tlshd: handshake role=$1 result=ok .* identity=[^ ]*$2"; } # HOST NAME

pid_is() { is "the $1's agent is the same process" "$(agent_pid "$1")" "$2" && kill -0 "$2"; }

files_change() {
	local client_pid server_pid
	client_pid=$(agent_pid client) server_pid=$(agent_pid server)
	case_name "the certificate files change"
	ok "a mount with the first set" mount_and_unmount
	nok "nobody saw the new name yet" grep -q renewed "$(agent_log_file client)"
	ok "the server's is renewed" renew server renewed-server.nfs.test
	ok "the next mount works" mount_and_unmount
	ok "the client saw the new one" saw client renewed-server.nfs.test
	ok "the client's is renewed" renew client renewed-client.nfs.test
	ok "the next mount works, too" mount_and_unmount
	ok "the server saw the new one" saw server renewed-client.nfs.test
	pid_is client "$client_pid"
	pid_is server "$server_pid"
}

bad_set() {
	case_name "a certificate and a key that do not belong together"
	install_certificate server host "$test_pki/host.pem" "$test_pki/rsa.key"
	ok "a mount still works" mount_and_unmount
	ok "the new set is refused" wait_agent_log server '^rpc\.tlshd: reload refused: .*host\.'
	ok "the old one was used" saw client renewed-server.nfs.test
	nok "asking for it fails, too" on server "$agent_program" --ask reload

	case_name "a file that is no certificate"
	echo rubbish | put_file server /etc/nfs-tls/certs/host.pem
	ok "a mount still works" mount_and_unmount
	ok "the new set is refused" wait_agent_log server '^rpc\.tlshd: reload refused: .*host\.pem'

	case_name "a configuration with an unknown key"
	install_certificate server host "$test_pki/host.pem" "$test_pki/host.key"
	{ default_configuration; echo 'cretificate=host'; } | configure server
	ok "a mount still works" mount_and_unmount
	ok "it is refused, with file and line" wait_agent_log server '^rpc\.tlshd: reload refused: .*/etc/nfs-tls\.conf:7'

	case_name "all is well again"
	default_configuration | configure server
	ok "a mount works" mount_and_unmount
	ok "with the certificate now on disk" saw client server4.nfs.test
}

by_signal() {
	case_name "SIGHUP"
	ok "the server's is renewed" renew server by-signal.nfs.test
	kill -HUP "$(agent_pid server)"
	ok "it says that it has reloaded" wait_agent_log server '^rpc\.tlshd: reloaded: .*by-signal\.nfs\.test'
	ok "a mount works" mount_and_unmount
	ok "the client saw the new one" saw client by-signal.nfs.test

	case_name "--ask reload"
	ok "the server's is renewed" renew server by-request.nfs.test
	ok "it answers yes" on server "$agent_program" --ask reload
	ok "a mount works" mount_and_unmount
	ok "the client saw the new one" saw client by-request.nfs.test
}

out_of_descriptors() {
	case_name "descriptors are lacking for a while"
	prlimit --pid "$(agent_pid server)" --nofile=3:
	ok "the server's is renewed" renew server was-lacking.nfs.test
	kill -HUP "$(agent_pid server)"
	ok "it says what is lacking" wait_agent_log server '^rpc\.tlshd: reload refused: .*Too many open files'
	prlimit --pid "$(agent_pid server)" --nofile=1024:
	ok "it tries again by itself" wait_agent_log server '^rpc\.tlshd: reloaded: .*was-lacking\.nfs\.test' 30
	is "and has said so once" "$(agent_log server | grep -c 'reload refused')" 1
}

under_a_mount() {
	local marker
	marker=$(new_marker)
	case_name "renewal under a mount"
	ok "mount" mount_nfs 4.2 server.nfs.test xprtsec=mtls
	ok "the server's is renewed" renew server under-mount.nfs.test
	ok "it is taken" on server "$agent_program" --ask reload
	ok "writes go on" nfs_write marker <<<"$marker"
	is "and arrive" "$(on server cat "$(server_path marker)")" "$marker"
	ok "unmount" umount_nfs
}

hosts_reset || bail "the hosts are not up"
files_change
bad_set
by_signal
out_of_descriptors
under_a_mount
done_testing
