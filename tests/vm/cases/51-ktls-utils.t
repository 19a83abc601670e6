#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# One side's handshakes are done by the agent of ktls-utils (of a newer Debian: tests/vm/nfs-utils), the other's by ours:
# what is right works, what is wrong is refused, and ours says what was wrong.  Only on a kernel of which ktls-utils 1.4
# can use the record layer: it sets TLS_TX_MAX_PAYLOAD_LEN, which 6.12 lacks, and fails.
set -u
. "$(dirname "$0")/../hosts.sh"
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../certificates.sh"

foreign_root=/vm/share/nfs-utils
foreign_pid=

has_agent() { # HOST: somebody is in a group of generic netlink
	on "$1" busybox awk '$2 == 16 && $4 != "00000000" { found = 1 } END { exit !found }' /proc/net/netlink
}

start_foreign() { # HOST
	local ns=$vm_dir/$1 log=$vm_dir/$1.foreign.log role
	stop_agent "$1"
	{
		echo "[debug]"
		echo "loglevel=1"
		for role in client server; do
			printf '[authenticate.%s]\n' "$role"
			printf 'x509.%s=/etc/nfs-tls/%s\n' truststore ca.pem certificate certs/host.pem private_key certs/host.key
		done
	} | put_file "$1" /etc/tlshd.config
	on_sh "$1" "$foreign_root" <<-'END'
		for dir in etc proc sys dev; do mount -o rbind "/$dir" "$1/$dir"; done
	END
	(exec setsid busybox nsenter "--net=$ns/net" "--mount=$ns/mnt" "--uts=$ns/uts" -- \
		/usr/sbin/chroot "$foreign_root" /usr/sbin/tlshd -s -c /etc/tlshd.config </dev/null >"$log" 2>&1 3>&- 4>&-) &
	foreign_pid=$!
	disown
	wait_for 10 grep -q "priority string" "$log" && wait_for 10 has_agent "$1"
}

stop_foreign() { # HOST
	sed "s/^/#   ktls-utils on $1: /" "$vm_dir/$1.foreign.log"
	kill "$foreign_pid" && wait_for 10 gone "$foreign_pid"
	on_sh "$1" "$foreign_root" <<-'END'
		for dir in etc proc sys dev; do umount -l "$1/$dir"; done
	END
	start_agent "$1"
}

hosts_reset || bail "the hosts are not up"
good_hosts
on client mkdir -p /mnt/second /mnt/third

# --- on the client ---------------------------------------------------------------------------------

case_name "their client, our server"
ok "their agent runs" start_foreign client
ok "tls works" works xprtsec=tls
ok "our agent says that ALPN was not spoken" wait_agent_log server "$handshake_line role=server result=ok .* alpn=none mutual=no "
ok "mtls works" works xprtsec=mtls
ok "our agent says who it was" wait_agent_log server \
	"$handshake_line role=server result=ok .* alpn=none mutual=yes identity=[^ ]*client\.nfs\.test"
ok "a mount stays" try_mount xprtsec=tls 192.0.2.2
ok "a second one of the same name shares its connection" on client mount.nfs 192.0.2.2:/ /mnt/second -o xprtsec=tls,vers=4.2
nok "one of another name is refused, for which nothing was proven" \
	on client mount.nfs server4.nfs.test:/ /mnt/third -o xprtsec=tls,vers=4.2
on client umount.nfs /mnt/second
umount_nfs
use_certificate client expired
ok "a certificate that has expired is refused" is_refused xprtsec=mtls
ok "our agent says so" said server expired
use_certificate client stranger/host
ok "a certificate of another CA is refused" is_refused xprtsec=mtls
ok "our agent says so, too" said server unknown-ca
use_certificate client host
use_certificate server expired
ok "it refuses our certificate when that has expired" is_refused xprtsec=tls
ok "and our agent says that the certificate is what it was about" said server refused-by-peer
ok "their agent stops, ours starts" stop_foreign client

# --- on the server ---------------------------------------------------------------------------------

good_hosts
case_name "our client, their server"
ok "their agent runs" start_foreign server
ok "tls works" works xprtsec=tls
ok "our agent says that ALPN was not spoken" wait_agent_log client "$handshake_line role=client result=ok .* alpn=none mutual=no "
ok "mtls works" works xprtsec=mtls
ok "and is mutual" said_ok client yes
use_certificate server expired
ok "a certificate that has expired is refused" is_refused xprtsec=tls
ok "our agent says so" said client expired
use_certificate server stranger/host
ok "a certificate of another CA is refused" is_refused xprtsec=tls
ok "our agent says so, too" said client unknown-ca
use_certificate server host
settings alpn=required | configure client
restart_agent client
ok "where ALPN is required it is refused" is_refused xprtsec=tls
ok "and the line of the policy is named" wait_agent_log client "why=alpn .*alpn=required.*nfs-tls\.conf:[0-9]+"
like "by the mount, too" "$mount_output" "alpn=required.*nfs-tls\.conf:[0-9]+"
ok "their agent stops, ours starts" stop_foreign server

done_testing
