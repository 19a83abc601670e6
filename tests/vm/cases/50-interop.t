#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# We speak with peers that are not ours: an OpenSSL client with the kernel's server and our agent, and the
# kernel's client and our agent with an OpenSSL server.
set -u
. "$(dirname "$0")/../hosts.sh"
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../certificates.sh"

log=$vm_dir/peer-server.log
port=20490 # of the OpenSSL server; nfsd has 2049
identity=(--cert "$set/host.pem" --key "$set/host.key")

# --- an OpenSSL client with our server -------------------------------------------------------------

talk() { # ARGUMENT...: what the client said goes to $talk_output
	local status=0
	talk_output=$(on client "$peers/peer-client" --ca "$set/ca.pem" "$@" server.nfs.test 2049 2>&1) ||
		status=$?
	printf '%s\n' "$talk_output" | sed 's/^/# /'
	return "$status"
}

openssl_client_is_refused() { # DESCRIPTION WHY ALERT ARGUMENT...
	local why=$2 alert=$3
	case_name "OpenSSL client $1"
	shift 3
	nok "is refused" talk "$@"
	like "is told \"$alert\"" "$talk_output" "$alert"
	ok "the server's agent says $why" said server "$why"
}

hosts_reset || bail "the hosts are not up"
[ -x "$peers/peer-client" ] && [ -x "$peers/peer-server" ] ||
	bail "the peers are not built: make check TESTS= builds them"
good_hosts

# The first handshake since the boot makes the kernel load its ciphers, which a slow machine does not finish
# within nfsd's 5 s.
case_name "the kernel's ciphers"
ok "are there after some time" wait_for 60 talk

case_name "OpenSSL client"
ok "probe, handshake and encrypted call succeed" talk
like "TLS 1.3, ALPN, a certificate is asked for, no tickets" "$talk_output" \
	'tls=TLSv1\.3 .* alpn=sunrpc certificate-requested=yes certificate-sent=no tickets=0'
ok "the server's agent says that it was not mutual" wait_agent_log server \
	"$handshake_line role=server result=ok why=ok .* tls=1\.3 .* mutual=no identity=- "

case_name "OpenSSL client with a certificate"
ok "probe, handshake and encrypted call succeed" talk "${identity[@]}"
like "the certificate was sent" "$talk_output" 'certificate-sent=yes'
ok "the server's agent says who it was" wait_agent_log server \
	"$handshake_line role=server result=ok why=ok .*mutual=yes identity=[^ ]*client\.nfs\.test"

openssl_client_is_refused "with an expired certificate" expired 'certificate expired' \
	--cert "$set/expired.pem" --key "$set/expired.key"
openssl_client_is_refused "with a stranger's certificate" unknown-ca 'unknown ca' \
	--cert "$set/stranger/host.pem" --key "$set/stranger/host.key"
# GnuTLS looks for a cipher suite first, so the alert may be the less fitting of the two.
openssl_client_is_refused "with TLS 1.2" protocol 'protocol version|handshake failure' --tls-max 1.2
openssl_client_is_refused "with another ALPN" alpn 'no application protocol' --alpn http/1.1

# It looks at the server's certificate before it has keys of its own, so that its alert comes in clear text.
case_name "OpenSSL client that does not know our authority"
nok "refuses" talk --ca "$set/stranger/ca.pem"
like "says why" "$talk_output" 'unable to get local issuer certificate|certificate verify failed'
ok "the server's agent says so" said server refused-by-peer
like "and that nobody vouches for the alert" "$(agent_log server)" \
	"the peer refused this host's certificate: [^\"]* \(TLS alert 48, in clear text, for which nobody vouches\)"
ok "another one is served" talk

# The agent of ktls-utils does that.
case_name "OpenSSL client that does not take our certificate, and says nothing"
nok "ends" talk --close-at-certificate
ok "the server's agent says what it was about" wait_agent_log server \
	"why=refused-by-peer .*had seen this server's certificate \(server\.nfs\.test.*, valid from 20.* until 20.*\): most likely it does not accept it"

case_name "OpenSSL client without ALPN"
ok "is accepted" talk --alpn none
like "without" "$talk_output" ' alpn=- '
ok "the server's agent notes it" wait_agent_log server "$handshake_line role=server result=ok .* alpn=none "

good_hosts alpn=required
openssl_client_is_refused "without ALPN, where it is required" alpn 'no application protocol' --alpn none
like "the log names the line" "$(agent_log server)" 'alpn=required.*nfs-tls\.conf:[0-9]+'
ok "one that says sunrpc is accepted" talk
good_hosts

# --- our client with an OpenSSL server -------------------------------------------------------------

peer_pid=
stop_peer() {
	umount_nfs
	[ -z "$peer_pid" ] || { kill "$peer_pid" && wait "$peer_pid"; } 2>/dev/null
	peer_pid=
}
peer_listens() { grep -q '^listening' "$log"; }
peer_said() { wait_for 10 grep -q -E -e "$1" "$log"; }

start_peer() { # ARGUMENT...
	stop_peer
	: >"$log"
	# nsenter becomes the server itself, so that its process id is known.
	(exec nsenter --net="$vm_dir/server/net" -- "$peers/peer-server" "${identity[@]}" --ca "$set/ca.pem" \
		"$@" 0.0.0.0 "$port" </dev/null >"$log" 2>&1) &
	peer_pid=$!
	wait_for 10 peer_listens
}

# That server has no files: the mount always fails. How far it came is what counts.
mount_fails() { # XPRTSEC [ADDRESS]
	local status=0
	try_mount "xprtsec=$1,port=$port" "${2-server.nfs.test}" || status=$?
	sed 's/^/#   server: /' "$log"
	[ "$status" -ne 0 ]
}

mount_speaks() { # XPRTSEC CLIENT-CERTIFICATE
	case_name "OpenSSL server, $1"
	ok "listens" start_peer
	ok "the mount ends, for there are no files" mount_fails "$1"
	ok "the handshake completes" peer_said \
		"^handshake ok tls=TLSv1\.3 .*alpn=sunrpc sni=server\.nfs\.test client-certificate=$2"
	ok "the encrypted NULL call comes" peer_said '^encrypted null ok 100003 4'
	ok "the encrypted NFS call comes" peer_said '^encrypted call 100003 4 1'
}

we_refuse() { # DESCRIPTION WHY ARGUMENT...
	local why=$2
	case_name "OpenSSL server $1"
	shift 2
	ok "listens" start_peer "$@"
	ok "the mount ends" mount_fails tls
	ok "the client's agent says $why" said client "$why"
	nok "nothing was said through it" grep '^encrypted' "$log"
}

mount_speaks tls no
mount_speaks mtls yes
we_refuse "with TLS 1.2" 'protocol|refused-by-peer' --tls-max 1.2
we_refuse "with another ALPN" alpn --alpn http/1.1

case_name "OpenSSL server without ALPN"
ok "listens" start_peer --no-alpn
ok "the mount ends, for there are no files" mount_fails tls
ok "the handshake completes" peer_said '^handshake ok tls=TLSv1\.3 .*alpn=- '
ok "the encrypted NFS call comes" peer_said '^encrypted call 100003 4 1'
ok "the client's agent notes it" wait_agent_log client "$handshake_line role=client result=ok .* alpn=none "

case_name "OpenSSL server that asks for no certificate"
ok "listens" start_peer --no-request
ok "the mount with mtls ends" mount_fails mtls
ok "the client's agent says why" said client not-asked
nok "nothing was said through it" grep '^encrypted' "$log"
like "and the mount says it" "$mount_output" "asked for no certificate"
ok "auto listens" start_peer --no-request
ok "the mount with auto ends, for there are no files" mount_fails auto
ok "auto takes tls there: the encrypted NFS call comes" peer_said '^encrypted call 100003 4 1'
nok "and nothing in the clear" grep '^clear call' "$log"

# It may close before or after this agent has planted its keys; that it said why must not be lost in either.
case_name "OpenSSL server that does not know our authority"
ok "listens" start_peer --ca "$set/stranger/ca.pem"
ok "the mount ends" mount_fails mtls server4.nfs.test
ok "the server refused" peer_said '^handshake failed'
like "mount.nfs says so" "$mount_output" 'the server refused'
nok "and not that nobody does handshakes there" grep -q 'start rpc.tlshd' <<<"$mount_output"
unlike "nor does the agent" "$(agent_log client)" 'why=closed-by-peer'

case_name "OpenSSL server that says no to the probe"
ok "listens" start_peer --no-starttls
ok "the mount ends" mount_fails tls
ok "the probe came" peer_said '^probe call 100003'
nok "and nothing after it" grep -e '^clear call' -e '^encrypted' "$log"
ok "auto listens" start_peer --no-starttls
ok "the mount with auto ends, for there are no files" mount_fails auto
ok "auto takes none there" peer_said '^clear call 100003 4 1'

# There a hard mount tries again and again, so it is ended from outside; what is asked is what the agent saw.
mount_limit=20
we_refuse "that goes away after STARTTLS" closed-by-peer --close-after starttls
we_refuse "that is silent after STARTTLS" 'stalled|timeout' --silent-after starttls
stop_peer
done_testing
