#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nfstls probe against servers of every kind, on the loopback's addresses: each has its verdict, its exit status and
# its sentence. Nothing here needs root, a kernel's NFS, or a network.
set -eu

build=${TOP_BUILDDIR:-.}
source_dir=${TOP_SRCDIR:-.}
work=$(mktemp -d)
server=
stop() {
	[ -z "$server" ] || kill "$server" 2>/dev/null || true
	server=
}
trap 'stop; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

program=$build/utils/nfstls/nfstls
pki=$source_dir/tests/peer/pki
set=$work/set

# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

# The host's own policy must not matter.
probe() { run "$program" probe --config "$work/policy.conf" "$@"; }
trusting() { probe --truststore "$set/ca.pem" "$@"; }

# verdict WHAT WORD STATUS TEXT: the last line has WORD and TEXT, and nothing was complained of
verdict() {
	if [ "$status" -eq "$3" ] && tail -n 1 "$work/out" | grep -q "^nfstls: $2: " &&
		tail -n 1 "$work/out" | grep -qF -e "$4" && [ ! -s "$work/err" ]; then
		ok "$1"
	else
		not_ok "$1"
	fi
}
# shows WHAT LABEL TEXT: the report has such a line
shows() {
	if grep -qE "^  $2 +$3" "$work/out"; then
		ok "$1"
	else
		not_ok "$1"
	fi
}
# complains WHAT TEXT: one line on standard error, status 64
complains() {
	if [ "$status" -eq 64 ] && [ "$(wc -l <"$work/err")" -eq 1 ] && [ ! -s "$work/out" ] &&
		grep -qF -e "$2" "$work/err"; then
		ok "$1"
	else
		not_ok "$1"
	fi
}

# start COMMAND...: a server whose first line ends in its port; sets port
start() {
	stop
	rm -f "$work/says"
	mkfifo "$work/says"
	"$@" >"$work/says" 2>&1 &
	server=$!
	exec 3<"$work/says"
	read -r line <&3
	port=${line##* }
	case $line in
	'listening '*) ;;
	*)
		echo "Bail out! a server does not start: $line"
		exit 1
		;;
	esac
}
# serve CERTIFICATE [OPTION]...: an NFS server with TLS
serve() {
	certificate=$set/$1
	shift
	start "$build/tests/peer/peer-server" --cert "$certificate.pem" --key "$certificate.key" "$@" 127.0.0.1 0
}
# says TEXT: a server that says TEXT to everybody
says() {
	# shellcheck disable=SC2016 # Perl's
	start perl -MIO::Socket::INET -e '
		$| = 1;
		$SIG{PIPE} = "IGNORE";
		my $listener = IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 9) or die $!;
		print "listening ", $listener->sockport, "\n";
		while (my $client = $listener->accept) {
			print $client $ARGV[0];
			$client->flush;
			sysread($client, my $heard, 100);
		}' "$1"
}

"$pki" ca "$set" "Test CA"
"$pki" cert "$set" host --dns localhost --ip 127.0.0.1 --ip ::1
"$pki" cert "$set" expired --dns localhost --ip 127.0.0.1 --not-before '-3 days' --not-after '-1 day'
"$pki" cert "$set" soon --dns localhost --ip 127.0.0.1 --not-before "-60 days" --not-after "+3 days"
"$pki" cert "$set" elsewhere --dns elsewhere.example --ip 192.0.2.99
"$pki" intermediate "$set" mid
"$pki" cert "$set" chained --issuer mid --dns localhost --ip 127.0.0.1
"$pki" intermediate "$set" narrow --role client
"$pki" cert "$set" narrowed --issuer narrow --dns localhost --ip 127.0.0.1
"$pki" crl "$set"
"$pki" crl "$set" --issuer mid
cat "$set/ca.crl" "$set/mid.crl" >"$set/both.crl"
"$pki" ca "$set/stranger" "Another CA"
"$pki" cert "$set/stranger" host --dns localhost --ip 127.0.0.1

# ---- the command line ----

run "$program" probe --help
missing=
sed -nE 's/^	\{ [^,]*, "([a-z0-9-]+)", (NULL|"[A-Z]+"),.*/\1/p' "$source_dir/utils/nfstls/probe_cli.c" >"$work/options"
while read -r option; do
	grep -qE "^  (-[a-zA-Z0-9], |    )--$option( |\$)" "$work/out" || missing="$missing --$option"
done <"$work/options"
sed -nE 's/^	\[PROBE_[A-Z_]+\] = \{ "([a-z-]+)",.*/\1/p' "$source_dir/utils/nfstls/probe_report.c" >"$work/words"
while read -r word; do
	grep -qE "^  [0-8]  $word " "$work/out" || missing="$missing $word"
done <"$work/words"
if [ -z "$missing" ] && [ "$status" -eq 0 ] && [ "$(wc -l <"$work/options")" -eq 12 ] &&
	[ "$(wc -l <"$work/words")" -eq 9 ]; then
	ok "--help shows every option and every verdict"
else
	not_ok "--help shows every option and every verdict, but not$missing"
fi

probe
complains "no server" "nfstls: probe: which server?"
probe --nonsense server
complains "an unknown option" "unknown option --nonsense"
probe server another
complains "a word too many" '"another" is one word too many'
probe server.example.com:/srv
complains "a path" 'a server is probed, not a path: leave out ":/srv"'
for bad in server:0 server:65536 server:nfs '[::1]:x'; do
	probe "$bad"
	complains "$bad" "is not a port"
done
probe '[::1'
complains "an open bracket" "write an IPv6 address with a port as [ADDRESS]:PORT"
probe :2049
complains "no name before the port" "the server has no name"
probe --cert "$set/host.pem" server
complains "a certificate without its key" "--cert and --key go together"
probe -4 -6 server
complains "neither IPv4 nor IPv6" "--ipv4 and --ipv6 exclude each other"
for bad in 0 601 1s ''; do
	probe --timeout "$bad" server
	complains "--timeout \"$bad\"" "--timeout takes seconds"
done
probe --certificate ../host server
complains "a certificate is a name" "--certificate takes a name"

# ---- what is read before anything is sent ----

printf '[client]\nalpn = required\ncolour = blue\n' >"$work/bad.conf"
run "$program" probe --config "$work/bad.conf" 127.0.0.1:1
verdict "a policy with an error" error 1 "$work/bad.conf:3: "
probe --truststore "$work/none.pem" 127.0.0.1:1
verdict "a trust store that is missing" error 1 "$work/none.pem"
probe --cert "$set/host.pem" --key "$set/expired.key" 127.0.0.1:1
verdict "the key of another certificate" error 1 "$set/expired.key"
cp "$set/host.key" "$work/open.key"
chmod 644 "$work/open.key"
probe --cert "$set/host.pem" --key "$work/open.key" 127.0.0.1:1
verdict "a key that others can read" error 1 "$work/open.key"

# ---- unreachable, silent ----

probe --timeout 1 nfs-server.invalid
verdict "a name that does not resolve" unreachable 2 "cannot find the address of nfs-server.invalid"
says ''
stop
wait
probe 127.0.0.1:"$port"
verdict "a closed port" unreachable 2 "nothing listens there: start the NFS server, or name its port"

serve host --silent-after accept
before=$(date +%s)
probe --timeout 1 127.0.0.1:"$port"
after=$(date +%s)
verdict "a silent port" silent 3 "it takes connections, but did not answer within 10"
if [ $((after - before)) -le 5 ]; then
	ok "a silent port is given up in time"
else
	not_ok "a silent port is given up in time, but it took $((after - before)) s"
fi

# ---- not NFS ----

says 'SSH-2.0-Server
'
probe 127.0.0.1:"$port"
verdict "a server that speaks something else" not-nfs 4 \
	'what it says is no RPC reply, it begins with "SSH-": see that this is the port of the NFS server'
serve host --close-after accept
probe 127.0.0.1:"$port"
verdict "a server that closes at once" not-nfs 4 "it closed the connection instead of answering"
serve host --no-program
probe 127.0.0.1:"$port"
verdict "RPC without NFS" not-nfs 4 "has neither NFS version 3 nor 4 (PROG_UNAVAIL)"
serve host --only-version 2
probe 127.0.0.1:"$port"
verdict "only NFSv2" not-nfs 4 "has neither NFS version 3 nor 4 (PROG_MISMATCH)"

# ---- no TLS ----

serve host --no-starttls
probe 127.0.0.1:"$port"
verdict "a plain NFS server" no-tls 5 "with a plain yes, as to any call: turn RPC-with-TLS on there"
shows "its versions" "NFS versions" "3, 4$"
shows "its answer" TLS not-offered
serve host --refuse-probe --only-version 3
probe 127.0.0.1:"$port"
verdict "a plain NFS server that refuses" no-tls 5 "with a refusal: turn RPC-with-TLS on there"
shows "its only version" "NFS versions" "3$"

# ---- the handshake fails ----

serve host --silent-after starttls
trusting --timeout 1 127.0.0.1:"$port"
verdict "a server that promises TLS, and no more" handshake-failed 6 \
	"said nothing more in the middle of the handshake: see that a handshake agent (rpc.tlshd) runs there"
serve host --close-after starttls
trusting 127.0.0.1:"$port"
verdict "a server that closes in the middle" handshake-failed 6 "closed the connection in the middle of the handshake"
serve host --silent-after handshake
trusting --timeout 1 127.0.0.1:"$port"
verdict "a server that is silent within TLS" handshake-failed 6 "said nothing more when the first call came through TLS"
serve host --tls-max 1.2
trusting 127.0.0.1:"$port"
verdict "a server with an old TLS" handshake-failed 6 "TLS alert 70"
serve host --no-alpn
trusting 127.0.0.1:"$port"
verdict "a server without ALPN" ok 0 "TLS works at 127.0.0.1:$port"
shows "that it said nothing of ALPN" handshake "TLS 1.3, .*, ALPN none, "
printf '[client]\nalpn = required\n' >"$work/alpn.conf"
run "$program" probe --config "$work/alpn.conf" --truststore "$set/ca.pem" 127.0.0.1:"$port"
verdict "ALPN is required" handshake-failed 6 "demanded by alpn=required in [client] ($work/alpn.conf:2)"
shows "that all else works" "NFS within TLS" answers
serve host --alpn http/1.1
trusting 127.0.0.1:"$port"
verdict "a server of another protocol" handshake-failed 6 'speaks another protocol by ALPN, not "sunrpc"'

# ---- authorities and their lists ----

serve narrowed
trusting 127.0.0.1:"$port"
verdict "an authority for clients" bad-certificate 7 "CN=narrow (above localhost,127.0.0.1) is not meant for a TLS server"
serve chained
for lists in ca both; do
	printf '[client]\ncrl = %s\ncrl-required = yes\n' "$set/$lists.crl" >"$work/lists.conf"
	run "$program" probe -v --config "$work/lists.conf" --truststore "$set/ca.pem" 127.0.0.1:"$port"
	case $lists in
	ca) verdict "a list is missing" bad-certificate 7 "crl-missing: there is no revocation list of CN=mid" ;;
	both) verdict "no list is missing" ok 0 "TLS works" ;;
	esac
	shows "that lists are required" "list required" "yes \(crl-required=yes in \[client\] "
done
"$pki" revoke "$set" chained
"$pki" crl "$set" --issuer mid
cat "$set/ca.crl" "$set/mid.crl" >"$set/both.crl"
run "$program" probe --config "$work/lists.conf" --truststore "$set/ca.pem" 127.0.0.1:"$port"
verdict "revoked by the intermediate" bad-certificate 7 "revoked: the certificate of localhost,127.0.0.1 was revoked by CN=mid"
# A newer list of that name, signed by somebody else, takes nothing back.
"$pki" ca "$set/forged" mid
"$pki" crl "$set/forged"
cat "$set/forged/ca.crl" >>"$set/both.crl"
run "$program" probe --config "$work/lists.conf" --truststore "$set/ca.pem" 127.0.0.1:"$port"
verdict "a forged list beside it" bad-certificate 7 "revoked: the certificate of localhost,127.0.0.1 was revoked by CN=mid"

# ---- all is well ----

serve host
trusting -4 localhost:"$port"
verdict "a good server" ok 0 "its certificate is good for localhost: mount with xprtsec=tls"
shows "the handshake" handshake "TLS 1.3, .*, ALPN sunrpc, "
shows "the names" certificate 'localhost,127\.0\.0\.1,::1$'
shows "the issuer" "" "issuer CN=Test CA"
shows "the days" "" 'until 20.*Z \((29|30) days left\)'
shows "that it verifies" verifies "yes, for localhost"
shows "that no certificate was asked for" "client certificate" "not asked for"
shows "that NFS works within" "NFS within TLS" answers
if grep -qF 'serial' "$work/out"; then
	not_ok "serial numbers only with -v"
else
	ok "serial numbers only with -v"
fi
trusting -v 127.0.0.1:"$port"
verdict "by its address" ok 0 "its certificate is good for 127.0.0.1"
shows "the trust store" "trust store" "$set/ca.pem \(--truststore\)"
shows "the serial number" "" "from 20.*, serial [0-9a-f]+, EC"

start "$build/tests/peer/peer-server" --cert "$set/host.pem" --key "$set/host.key" ::1 0
trusting "[::1]:$port"
verdict "over IPv6" ok 0 "TLS works at [::1]:$port"

serve host --only-version 3
trusting 127.0.0.1:"$port"
verdict "with NFSv3 only" ok 0 "TLS works"

serve soon
trusting 127.0.0.1:"$port"
verdict "a certificate that ends soon" ok 0 "it expires in 2 days: renew it"

# ---- bad certificates ----

serve expired
trusting 127.0.0.1:"$port"
verdict "an expired certificate" bad-certificate 7 "expired: "
shows "since when" "" 'until 20.*Z \([12] days ago\)'
shows "that all else works" "NFS within TLS" answers
serve elsewhere
trusting 127.0.0.1:"$port"
verdict "a wrong name" bad-certificate 7 "wrong-name: the certificate is for elsewhere.example,192.0.2.99, not for 127.0.0.1"
trusting --name elsewhere.example 127.0.0.1:"$port"
verdict "the name it has" ok 0 "good for elsewhere.example"
serve stranger/host
trusting 127.0.0.1:"$port"
verdict "an unknown authority" bad-certificate 7 "unknown-ca: "

printf '[client]\ntruststore = %s\n[client "127.0.0.0/8"]\npeers = *.example.com\n' "$set/ca.pem" >"$work/peers.conf"
serve host
run "$program" probe --config "$work/peers.conf" 127.0.0.1:"$port"
verdict "a certificate that is not among the peers" bad-certificate 7 "not-in-peers: "
verdict "the line that refuses it" bad-certificate 7 "$work/peers.conf:4"
printf '[client]\ntruststore = %s\npeers = localhost\n' "$set/ca.pem" >"$work/peers.conf"
run "$program" probe -v --config "$work/peers.conf" 127.0.0.1:"$port"
verdict "a certificate that is among them" ok 0 "TLS works"
shows "that it is" peers "among them"
shows "the line of the trust store" "trust store" "$set/ca.pem .*peers.conf:2"

# ---- certificates of clients ----

serve host --ca "$set/ca.pem" --require-client
trusting 127.0.0.1:"$port"
verdict "a certificate is required" certificate-required 8 "takes no client without a certificate"
shows "that one was asked for" "client certificate" "asked for, none shown"
trusting --cert "$set/host.pem" --key "$set/host.key" 127.0.0.1:"$port"
verdict "a certificate is shown" ok 0 "mount with xprtsec=mtls"
shows "that it was" "client certificate" "asked for, and shown"
trusting --cert "$set/stranger/host.pem" --key "$set/stranger/host.key" 127.0.0.1:"$port"
verdict "a stranger's certificate is shown" certificate-required 8 "takes no client with this certificate"
serve host --ca "$set/ca.pem"
trusting 127.0.0.1:"$port"
verdict "a certificate is asked for, but not required" ok 0 "xprtsec=tls, or mtls where this host has a certificate"

# ---- JSON ----

# field WHAT EXPRESSION EXPECTED: of the JSON, in Perl
field() {
	found=$(perl -MJSON::PP -e '
		local $/;
		my $r = decode_json(<STDIN>);
		my $a = $r->{addresses}[0];
		my $value = eval $ARGV[0];
		print ref $value eq "ARRAY" ? join(",", @$value) : $value // "null"' "$2" <"$work/out" 2>&1) || found="no JSON"
	if [ "$found" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1: $found"
	fi
}
trusting --json 127.0.0.1:"$port"
# shellcheck disable=SC2016 # Perl's
{
	field "JSON: verdict" '$r->{verdict}' ok
	field "JSON: status" '$r->{status}' "$status"
	field "JSON: versions" '$a->{nfs_versions}' 3,4
	field "JSON: probe" '$a->{auth_tls}' offered
	field "JSON: version of TLS" '$a->{tls}{version}' 1.3
	field "JSON: ALPN" '$a->{tls}{alpn}' sunrpc
	field "JSON: a certificate was asked for" '$a->{tls}{client_certificate_asked} ? "yes" : "no"' yes
	field "JSON: names" '"@{$a->{tls}{chain}[0]{names}} $a->{tls}{chain}[0]{names_left_out}"' "localhost 127.0.0.1 ::1 0"
	field "JSON: certificate" '$a->{tls}{certificate}' ok
	members=$(perl -MJSON::PP -e '
		sub names { my $v = shift; ref $v eq "HASH" ? map { $_, names($v->{$_}) } keys %$v : ref $v eq "ARRAY" ? map { names($_) } @$v : () }
		local $/;
		my %seen = map { $_ => 1 } names(decode_json(<STDIN>));
		print join("\n", sort keys %seen)' <"$work/out")
	described=$(sed -n '/^\.It Cm probe$/,/^\.It Cm check$/{/^\.Cm /{s/^\.Cm //;s/=$//;s/ [,;)]$//;s/ , /\n/g;p;}}' "$source_dir/man/nfstls.8" | sort -u)
	# What the policy says is described by its keys.
	keys=$(sed -nE 's/^\.It Cm ([a-z-]+) Ns = .*/\1/p' "$source_dir/man/nfs-tls.conf.5" | tr - _ | grep -Fx "$members")
	described=$(printf '%s\n' "$described" "$keys" | sort -u)
	is "JSON: nfstls(8) has every member, and none more" "$members" "$described"
	field "JSON: no list is required" '$a->{policy}{crl_required} ? "yes" : "no"' no
	serve expired
	trusting --json 127.0.0.1:"$port"
	field "JSON: the verdict on an expired one" '$r->{verdict} . $r->{status}' bad-certificate7
	field "JSON: why" '$a->{tls}{certificate}' expired
	run "$program" probe --json --config "$work/bad.conf" 127.0.0.1:1
	field "JSON: a policy with an error" '$r->{verdict} . @{$r->{addresses}}' error0
}

# ---- servers that mean harm ----

# Two seconds of the processor are all that it may have.
hostile() { # ATTACK TEXT
	start "$build/tests/peer/hostile-peer" server 127.0.0.1 0 "$1"
	run sh -c 'ulimit -t 2; exec "$@"' sh "$program" probe --config "$work/policy.conf" --truststore "$set/ca.pem" \
		127.0.0.1:"$port"
	verdict "a hostile server: $1" handshake-failed 6 "$2"
}
hostile rsa-65536-exponent-65536 "its RSA key has 65536 bits"
hostile chain-rsa-65536 "certificate 2 of the peer's chain is refused: its RSA key has 65536 bits"
hostile names-10000 "it has more in it than a certificate needs"
hostile certificate-16-megabytes "the peer sends more bytes than a handshake needs"
hostile certificate-in-bytes "the peer sends smaller pieces than a handshake needs"
hostile hello-retries "the peer sends longer messages than a handshake needs"
hostile key-updates "TLS failed"

# ---- who may ----

if [ "$(id -u)" -eq 0 ]; then
	cp "$program" "$work/nfstls"
	chmod 755 "$work" "$set"
	serve host
	run setpriv --reuid=65534 --regid=65534 --clear-groups "$work/nfstls" probe --config "$work/policy.conf" \
		--truststore "$set/ca.pem" 127.0.0.1:"$port"
	verdict "anybody may ask" ok 0 "TLS works"
else
	ok "anybody may ask, as all of this has shown"
fi

done_testing
