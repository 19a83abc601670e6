#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A certificate and key that exist only in the kernel's .nfs keyring, named by their serial numbers.
# Kernels without these mount options (6.12) refuse them, and mount.nfs says which.
set -u
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../certificates.sh"
hosts_reset || bail "the hosts are not up"
good_hosts

# The kernel makes the keyring when its nfs module loads.
nfs_keyring() { awk '/ keyring +\.nfs: / { print "0x" $1 }' /proc/keys; }
# load DESCRIPTION FILE: prints the serial number
load() { keyctl padd user "$1" "$(nfs_keyring)" <"$2"; }
serial_of() { openssl x509 -noout -serial -in "$1" | sed 's/^serial=0*//' | tr A-F a-f; }
takes_serials() { case $(uname -r) in 6.*) return 1 ;; esac; }

modprobe nfs
like "there is a keyring, or the kernel has none" "$(nfs_keyring)$(uname -r)" '^(0x[0-9a-f]+|6\.)'

if ! takes_serials; then
	case_name "a kernel without serials"
	nok "the mount fails" mount_nfs 4.2 server.nfs.test xprtsec=mtls,cert_serial=1,privkey_serial=1
	like "the option is named" "$mount_output" 'cert_serial'
	done_testing
	exit
fi

# No file holds the client's key from here on.
remove_files client /etc/nfs-tls/certs/host.pem /etc/nfs-tls/certs/host.key
printf '%s\n' '[client]' truststore=/etc/nfs-tls/ca.pem '[server]' truststore=/etc/nfs-tls/ca.pem | configure client

case_name "no certificate at all"
nok "mtls is refused" mount_nfs 4.2 server.nfs.test xprtsec=mtls
ok "the client's agent says no-credentials" said client no-credentials

case_name "a PEM chain with an intermediate"
certificate=$(load chain "$set/chained.pem")
key=$(load key "$set/chained.key")
ok "mounts" works "xprtsec=mtls,cert_serial=$certificate,privkey_serial=$key"
ok "the server saw that certificate" wait_agent_log server \
	"role=server result=ok .* mutual=yes .* serial=0*$(serial_of "$set/chained.pem") "

case_name "DER"
openssl x509 -in "$set/rsa.pem" -outform DER -out "$vm_dir/rsa.der"
openssl pkcs8 -topk8 -nocrypt -in "$set/rsa.key" -outform DER -out "$vm_dir/rsa.key.der"
certificate=$(load rsa "$vm_dir/rsa.der")
key=$(load rsa-key "$vm_dir/rsa.key.der")
ok "mounts" works "xprtsec=mtls,cert_serial=$certificate,privkey_serial=$key"
ok "the server saw that certificate" wait_agent_log server \
	"role=server result=ok .* mutual=yes .* serial=0*$(serial_of "$set/rsa.pem") "

case_name "a key of another certificate"
key=$(load other-key "$set/host.key")
nok "does not mount" mount_nfs 4.2 server.nfs.test "xprtsec=mtls,cert_serial=$certificate,privkey_serial=$key"
ok "the client's agent says that they are not a pair" wait_agent_log client 'why=no-credentials .*not a pair'

case_name "a certificate without its key"
nok "does not mount" mount_nfs 4.2 server.nfs.test "xprtsec=mtls,cert_serial=$certificate"
like "mount.nfs says what is missing" "$mount_output" 'cert_serial= needs privkey_serial=, too'

case_name "payload that is no certificate"
key=$(load noise /proc/version)
nok "does not mount" mount_nfs 4.2 server.nfs.test "xprtsec=mtls,cert_serial=$key,privkey_serial=$key"
ok "the client's agent says so" said client no-credentials

done_testing
