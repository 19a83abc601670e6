#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nfsstat --tls: what it says of each connection is what others say of it: ss, mountstats, openssl, the server's own list
# of clients, the agents' logs, a capture. And its counters, on a kernel that counts, are those of the distribution's nfsstat.
#
# There are two hosts more, each joined to the server by a network of its own: "anon" mounts with tls and has no certificate,
# "plain" mounts without, and has no agent.
set -u
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../certificates.sh"
hosts_reset || bail "the hosts are not up"

report=$vm_dir/report
see=$vm_dir/see
mkdir -p "$see"
old_kernel() { case $(uname -r) in 6.*) ;; *) return 1 ;; esac; }

# ---- hosts ---------------------------------------------------------------------------------------------

add_host() { # NAME NUMBER [INDEX]: 198.51.100.N, and the server at the next address; INDEX of its device
	local own=$(($2 * 4 + 1))
	make_host "$1"
	ip link add "far$2" ${3:+index "$3"} netns "$vm_dir/$1/net" type veth peer name "near$2" netns "$vm_dir/server/net"
	on "$1" ip -batch - <<-END
		link set far$2 name eth0
		addr add 198.51.100.$own/30 dev eth0
		link set lo up
		link set eth0 up
	END
	on server ip -batch - <<-END
		addr add 198.51.100.$((own + 1))/30 dev near$2
		link set near$2 up
	END
	printf '127.0.0.1 localhost\n198.51.100.%d server.nfs.test server\n' $((own + 1)) | put_file "$1" /etc/hosts
}

remove_host() { # NAME
	on "$1" umount -a -t nfs,nfs4
	stop_agent "$1"
	umount "$vm_dir/$1"/{net,mnt,uts}
}

# mounts HOST WHO MODE POINT SOURCE OPTIONS: and remembers when. WHO is what 92-columns knows it by.
mounts() {
	local before=$EPOCHSECONDS status=0
	mount_output=$(on "$1" timeout -k 2 "$mount_limit" mount -t nfs -o "$6,xprtsec=$3" "$5" "$4" 2>&1) || status=$?
	echo "$2 $3 $before $EPOCHSECONDS" >>"$see/kinds"
	return "$status"
}

# ---- what it says ----------------------------------------------------------------------------------------

# say HOST ARGUMENT...: into the file $report and $output; leaves $status
say() {
	status=0
	on "$1" nfsstat "${@:2}" >"$report" 2>&1 || status=$?
	output=$(<"$report")
}
# Also the connections over which the server calls clients of NFSv4.0 back.
callback_ends() {
	on server busybox sh -c 'cat /proc/fs/nfsd/clients/*/info' |
		awk '/^minor version: / { minor = $3 } /^callback address: / && minor == 0 { gsub(/"/, "", $3); print "or dst " $3 }' | xargs
}
sockets() {
	local also=
	[ "$1" != server ] || also=$(callback_ends)
	on "$1" ss -HtineO state established "( sport = 2049 or dport = 2049 $also )" 2>/dev/null
}
number_of() { [[ $output =~ $1 ]] && echo "${BASH_REMATCH[1]}"; } # ERE

# compare HOST SIDE: every column of the wide table with what others say of it
compare() {
	local name got wanted
	sockets "$1" >"$see/before"
	printf '%s ' "$EPOCHSECONDS" >"$see/now"
	say "$1" --tls "--$2" --wide -v
	echo "$EPOCHSECONDS" >>"$see/now"
	sockets "$1" >"$see/after"
	cp "$report" "$see/table"
	cp "$(agent_log_file "$1")" "$see/log"
	on "$1" busybox cat /proc/self/mountinfo >"$see/mounts"
	on "$1" busybox cat /proc/self/mountstats >"$see/stats"
	on server busybox sh -c 'cat /proc/fs/nfsd/clients/*/info' >"$see/info"
	is "status" "$status" 0
	while IFS=$'\t' read -r name got wanted; do is "$name" "$got" "$wanted"; done \
		< <("$(dirname "$0")/92-columns" "$2" "$see")
}

# What the agent has logged since it was started is what is shown of its handshakes.
handshakes_are_logged() { # HOST SIDE
	local log wanted
	log=$(agent_log_file "$1")
	wanted="handshakes as $2: $(grep -c "handshake role=$2 result=ok" "$log") done, $(grep -c "handshake role=$2 result=failed" "$log") failed"
	wanted+=$(sed -n "s/.*handshake role=$2 result=failed why=\([a-z-]*\) .*/\1/p" "$log" | sort | uniq -c |
		awk '{ printf "%s%s %s", (NR > 1 ? ", " : " ("), $1, $2 } END { if (NR) printf ")" }')
	is "handshakes as $2, as the log has them" "$(number_of "(handshakes as $2: [^"$'\n'"]*)")" "$wanted"
}
counters_are_the_kernels() { # HOST
	local wanted
	wanted=$(on "$1" busybox awk '{ n[$1] = $2 } END {
		printf "record layer: %d decrypt errors, ", n["TlsDecryptError"]
		if ("TlsRxRekeyOk" in n) printf "%d rekeys, %d failed", n["TlsRxRekeyOk"] + n["TlsTxRekeyOk"], n["TlsRxRekeyError"] + n["TlsTxRekeyError"]
		else printf "rekeys unknown" }' /proc/net/tls_stat)
	is "errors and rekeys, as tls_stat has them" "$(number_of '(record layer: [^'$'\n'']*)')" "$wanted"
}

fact() { openssl x509 -noout -in "$test_pki/$1.pem" "${@:2}"; }
expiry() { date -u -d "$(fact "$1" -enddate | cut -d = -f 2)" +%Y-%m-%dT%H:%M:%SZ; }
{
	echo "identity server.nfs.test,server,server4.nfs.test,server6.nfs.test,192.0.2.2,2001:db8::2"
	echo "serial $(fact server -serial | sed 's/.*=0*//' | tr A-F a-f)"
	echo "expires $(expiry server)"
	echo "client-expires $(expiry client)"
	echo "exports 1/1"
} >"$see/facts"

# ---- all kinds at once -----------------------------------------------------------------------------------

case_name "mounts of all kinds"
add_host anon 0
add_host plain 1
on server mkdir -p /srv/export/sub
on client mkdir -p /mnt/plain /mnt/old /mnt/tls /mnt/mtls /mnt/shared /mnt/first /mnt/second
put_file anon /etc/nfs-tls/ca.pem <"$test_pki/ca.pem"
printf '[client]\ntruststore=/etc/nfs-tls/ca.pem\n' | configure anon
start_agent anon
# The kernel makes one client of all NFSv4 mounts of a server that have the same minor version.
ok "NFSv3, none" mounts client /mnt/plain none /mnt/plain 192.0.2.2:/srv/export vers=3,nolock
ok "NFSv4.0, none" mounts client /mnt/old none /mnt/old server4.nfs.test:/ vers=4.0
ok "NFSv4.1, tls, four connections" mounts client /mnt/tls tls /mnt/tls server4.nfs.test:/ vers=4.1,nconnect=4
ok "NFSv4.2, mtls, over IPv6" mounts client /mnt/mtls mtls /mnt/mtls server6.nfs.test:/ vers=4.2
ok "another on the same connection" mounts client /mnt/shared mtls /mnt/shared server6.nfs.test:/sub vers=4.2
ok "another host, tls" mounts anon 198.51.100.1 tls /mnt/nfs server.nfs.test:/ vers=4.2
ok "another host, none" mounts plain 198.51.100.5 none /mnt/nfs server.nfs.test:/ vers=4.2
markers=()
for kind in tls mtls plain old; do markers+=("$(new_marker)"); done
# An eavesdropper has the last word.
ok "a capture" capture_start
ok "all are used" on client busybox sh -euc 'for kind in tls mtls plain old; do
	echo "$1" >"/mnt/$kind/$kind"; shift; done; sync; ls /mnt/tls >/dev/null' sh "${markers[@]}"
capture_stop
echo "used $EPOCHSECONDS" >>"$see/facts"
nok "on the wire: tls cannot be read" capture_has "${markers[0]}"
nok "on the wire: mtls cannot be read" capture_has "${markers[1]}"
ok "on the wire: NFSv3 without TLS can" capture_has "${markers[2]}"
ok "on the wire: NFSv4.0 without TLS can" capture_has "${markers[3]}"

case_name "the client's side"
compare client client
printf '%s\n' "$output" | cut -c 1-250 | sed 's/^/# /'
is "the namespace" "$(head -n 1 "$report")" "NFS in this network namespace ($(on client readlink /proc/self/ns/net))"
like "the totals" "$output" $'\nclient: 7 transports, 5 encrypted, 2 clear, 0 unknown, 0 idle\n'
handshakes_are_logged client client
counters_are_the_kernels client
unlike "nothing is called back beside TLS" "$output" 'NFSv4.0 calls'
if old_kernel; then
	like "-v names what the kernel lacks: security" "$output" 'this kernel has no xprtsec in /sys/kernel/sunrpc'
	like "-v names what the kernel lacks: rekeys" "$output" 'this kernel does not count changes of keys'
else
	unlike "nothing is lacking" "$output" 'this kernel (has no|does not)'
fi
say client --tls --check
is "--check: all is as it was asked for, and there is no server" "$status" 0
is "lines have 80 columns" "$(awk 'length > 80' "$report")" ""
like "the short table" "$output" 'client 192\.0\.2\.2:2049 +tls +1\.3 AES-256-GCM +ok +/mnt/tls'
like "the short table, two mounts" "$output" 'client \[2001:db8::2\]:2049 +mtls +1\.3 AES-256-GCM +ok +/mnt/mtls \+1'
like "the short table, a plain one" "$output" 'client 192\.0\.2\.2:2049 +none +clear +plain +/mnt/plain'
unlike "no colour in a file" "$output" $'\033'

case_name "the server's side, clients of three kinds"
compare server server
printf '%s\n' "$output" | cut -c 1-250 | sed 's/^/# /'
like "the totals" "$output" $'\nserver: 10 transports, 6 encrypted, 4 clear, 0 unknown, 0 idle\n'
handshakes_are_logged server server
counters_are_the_kernels server
say server --tls -s --check
is "--check" "$status" 0
like "one with a certificate is called by that" "$output" 'server \[2001:db8::1\]:[0-9]+ +- +1\.3 AES-256-GCM ok +client\.nfs\.test'
like "one with tls by what it calls itself" "$output" 'server 198\.51\.100\.1:[0-9]+ +- +1\.3 AES-256-GCM ok +Linux NFSv4\.2 anon'
like "one in clear text, too" "$output" 'server 198\.51\.100\.5:[0-9]+ +- +clear +plain +Linux NFSv4\.2 plain'

# What exportfs would write. The kernel is not told, so that all clients stay connected as they are.
exports_take() { awk 'BEGIN { for (i = 1; i < ARGC; i++) printf "/srv/export%s\t*(rw,sync,no_subtree_check,xprtsec=%s)\n", (i > 1 ? i : ""), ARGV[i] }' "$@" | on server tee /var/lib/nfs/etab >/dev/null; }
server_state() { # ADDRESS: what the short table says of its connections
	awk -v peer="$1" '$1 == "server" && index($2, peer ":") == 1 && $2 !~ /:$/ {
		for (i = 3; $i !~ /^(ok|plain|CLEAR|WEAK|unknown|idle)$/;) i++
		print $i
	}' "$report" | sort -u | xargs
}

case_name "exports for mtls only"
exports_take mtls mtls
say server --tls -s --check
is "status" "$status" 2
is "states: mtls, tls, none" "$(server_state '[2001:db8::1]') $(server_state 198.51.100.1) $(server_state 198.51.100.5)" "ok WEAK CLEAR"
like "clear text" "$output" 'server 198\.51\.100\.5:[0-9]+: CLEAR: clear text, and none of the 2 exports for it takes that'
like "without a certificate" "$output" \
	'server 198\.51\.100\.1:[0-9]+: WEAK: encrypted, but without a client certificate, and none of the 2 exports for it takes that'
like "one sentence for several" "$output" 'server 192\.0\.2\.1:[0-9]+: WEAK: [^'$'\n'']* \(4 transports\)'
like "counted" "$output" '; 9 not as demanded'
like "a callback" "$output" 'server 192\.0\.2\.1:[0-9]+: CLEAR: clear text, and none of the 2 exports for it takes that: the kernel cannot encrypt callbacks'
case_name "exports for tls only"
exports_take tls tls
say server --tls -s --check
is "status" "$status" 2
is "states: mtls, tls, none" "$(server_state '[2001:db8::1]') $(server_state 198.51.100.1) $(server_state 198.51.100.5)" "ok ok CLEAR"
case_name "some exports for each"
exports_take none:tls mtls
say server --tls -s --check --wide
is "status" "$status" 0
is "how many take each: mtls, tls, none" "$(awk '$1 != "STATE" && $2 ~ /:2049$/ { print $3, $16 }' "$report" |
	sed -n 's/^\(.2001:db8::1.\|198.51.100.1\|198.51.100.5\):[0-9]* //p' | xargs)" "1/2 1/2 1/2"

case_name "the server's agent was restarted"
stop_agent server
exports_take none:tls:mtls tls:mtls
say server --tls -s --check
is "nobody needs to know where all exports take tls and mtls alike: status" "$status" 0
exports_take tls mtls
say server --tls -s --check --wide
is "else EXPORTS are unknown" "$(awk '$3 ~ /^198.51.100.1:/ { print $16 }' "$report")" unknown
exports_take mtls
say server --tls -s -c --check
is "and the state is, where the exports demand it: status" "$status" 2 # of those in clear text
like "the reason: no agent" "$output" \
	'unknown: encrypted, but whether with a client certificate is not known, since rpc\.tlshd does not run, and the only export for it does not take it without one'
: >"$(agent_log_file server)"
start_agent server
say server --tls -s
like "the reason: a younger agent" "$output" 'is not known, since rpc\.tlshd does not know this connection, as when it was started later'
ok "the exports as they were" serve_export "$default_export"

# ---- other forms ------------------------------------------------------------------------------------------------

case_name "JSON and OpenMetrics"
ok "all mounts are used again" on client ls /mnt/plain /mnt/old /mnt/tls /mnt/mtls
all_are_there() { say client --tls -c && [[ $output == *"client: 7 transports, 5 encrypted, 2 clear, 0 unknown, 0 idle"* ]]; }
ok "and connected" wait_for 20 all_are_there
say client --tls --json
is "status" "$status" 0
json() { perl -MJSON::PP -e 'local $/; my $j = decode_json(<STDIN>); print join " ", map { eval($_) // "null" } @ARGV' "$@" <"$report"; }
# shellcheck disable=SC2016 # for perl
is "JSON" "$(json '$j->{totals}{client}{encrypted}' '$j->{totals}{client}{clear}' 'scalar @{$j->{transports}}' '@{$j->{lost_mounts}} + 0' \
	'join ",", sort map { $_->{in_effect}{cipher} // "none" } @{$j->{transports}}' \
	'join ",", map { "$_->{path}=$_->{asked}" } map { @{$_->{mounts}} } grep { $_->{asked} eq "mtls" } @{$j->{transports}}' \
	'join ",", sort map { $_->{in_effect}{layer} // "none" } @{$j->{transports}}')" \
	"5 2 7 0 AES-256-GCM,AES-256-GCM,AES-256-GCM,AES-256-GCM,AES-256-GCM,none,none /mnt/mtls=mtls,/mnt/shared=mtls none,none,software,software,software,software,software"
say client --openmetrics -c
is "OpenMetrics" "$(grep '^nfs_tls_transports' "$report" | xargs)" \
	"nfs_tls_transports{side=client,protection=encrypted} 5 nfs_tls_transports{side=client,protection=clear} 2 nfs_tls_transports{side=client,protection=unknown} 0 nfs_tls_transports{side=client,protection=idle} 0 nfs_tls_transports{side=client,protection=starting} 0"
is "its end" "$(tail -n 1 "$report")" "# EOF"

case_name "the live view"
mkfifo "$vm_dir/live"
(exec setsid busybox nsenter "--net=$vm_dir/client/net" "--mount=$vm_dir/client/mnt" -- /usr/sbin/nfsstat --tls -c -Z 1 \
	>"$vm_dir/live" 2>&1 </dev/null 3>&- 4>&-) &
live=$!
disown
exec {lines}<"$vm_dir/live"
is "a second table comes by itself" "$(timeout 60 grep -m 2 -o '^client: 7 transports' <&"$lines" | wc -l)" 2
kill "$live"
exec {lines}<&-

case_name "an agent that has stopped"
kill -STOP "$(agent_pid client)"
on client timeout 6 nfsstat --tls -c -v -Z 1 >"$report" 2>&1
kill -CONT "$(agent_pid client)"
less "the live view stays live" 3 "$(grep -c '^client: 7 transports, 5 encrypted' "$report")"
like "and says why peers are not known" "$(<"$report")" 'identities and handshakes are not known: the handshake agent does not answer'
like "also with the rows" "$(<"$report")" 'since rpc\.tlshd gives no answer'

case_name "somebody who is not root"
status=0
output=$(on client setpriv --reuid=65534 --regid=65534 --clear-groups nfsstat --tls -c -v 2>&1) || status=$?
is "status" "$status" 0
like "and read" "$output" 'what the policy demands is not known: cannot open /etc/nfs-tls\.conf: Permission denied'
unlike "nothing is called plain or ok that was not seen" "$output" ' (plain|ok) '
# Newer kernels tell everybody of the record layer, which the sockets that have one prove: then the others have none.
put_file client /etc/readable.conf <<<"# nothing is demanded"
on client busybox chmod 644 /etc/readable.conf
readable=$(on client setpriv --reuid=65534 --regid=65534 --clear-groups nfsstat --tls -c --config /etc/readable.conf 2>&1)
if old_kernel; then
	like "says what could not be seen" "$output" 'not privileged \(CAP_NET_ADMIN\)'
	like "but unknown" "$output" 'client 192\.0\.2\.2:2049 +none +unknown +unknown'
	unlike "also under a policy that can be read" "$readable" ' (plain|ok) '
else
	unlike "all could be seen" "$output" 'not privileged \(CAP_NET_ADMIN\)'
	like "what is demanded is not known" "$output" 'client 192\.0\.2\.2:2049 +none +clear +unknown'
	like "under a policy that can be read it is plain" "$readable" 'client 192\.0\.2\.2:2049 +none +clear +plain +/mnt/plain'
fi
old_kernel || like "and why the peer is" "$output" \
	'unknown: encrypted, but who is at the other end is not known, since only root may ask rpc\.tlshd, and the xprtsec=mtls of /mnt/mtls'

case_name "another network namespace"
output=$(on client unshare -n nfsstat --tls -c -v 2>&1)
like "says that /sys is not of it" "$output" '/sys is of another network namespace than this one, net:'
like "also without -v, above the table" "$(on client unshare -n nfsstat --tls -c)" \
	$'^NFS in this network namespace [^\n]*\nclient: /sys is of another network namespace: these transports are of there\nSIDE '
like "they may not be all" "$(on client unshare -n nfsstat --openmetrics -c)" 'nfs_tls_incomplete\{side="client"\} 1'
status=0
on client unshare -n nfsstat --tls -c --check >/dev/null 2>&1 || status=$?
is "status" "$status" 3
like "nor is the agent" "$output" 'the rpc\.tlshd that answers is of another network namespace'

# ---- what is wrong ---------------------------------------------------------------------------------------------------

case_name "a handshake that fails"
echo '192.0.2.2 wrong.nfs.test' | on client tee -a /etc/hosts >/dev/null
nok "a server that has no such name" mounts client wrong tls /mnt/nfs wrong.nfs.test:/ vers=4.2
say client --tls -c
like "is counted" "$output" 'handshakes as client: [0-9]+ done, [0-9]+ failed \(.*wrong-name'
handshakes_are_logged client client
say server --tls -s
handshakes_are_logged server server

case_name "a reconnected transport"
# With each successful connection the client's agent logs a handshake with that address.
mtls_handshakes() { grep -c 'handshake role=client result=ok .* addr=\[2001:db8::2\]:2049 ' "$(agent_log_file client)"; }
of() { # COLUMN: of the one with mtls
	awk -v column="$1" '$1 == "STATE" { for (i = 1; i <= NF; i++) if ($i == column) at = i; next } $3 == "[2001:db8::2]:2049" { print $at }' "$report"
}
begin=$EPOCHSECONDS
on server ss -K -tn state established '( sport = 2049 )' dst '[2001:db8::1]' >/dev/null 2>&1
ok "its connection was cut, and it is used again" on client busybox sh -c 'ls /mnt/mtls >/dev/null && echo again >/mnt/mtls/again'
say client --tls -c --wide
is "reconnects, as the handshakes of the log" "$(of RECONNECTS)" "$(($(mtls_handshakes) - 1))"
is "as mountstats has it" "$(of RECONNECTS)" "$(on client busybox awk '$1 == "device" { on = $5 == "/mnt/mtls" } on && $1 == "xprt:" { print int($5 / 2) - 1 }' /proc/self/mountstats)"
nok "it was reconnected" test "$(of RECONNECTS)" = 0
age=$(of AGE)
less "its age is that of the new connection" "${age%s}" $((EPOCHSECONDS - begin + 2))
is "encrypted again, and well" "$(of PROOF) $(of STATE)" "encrypted ok"

# both_say HOST WHAT LEVEL STATUS: nfsstat --tls --check and what nfstls check says of connections agree
both_say() {
	local level
	say "$1" --tls --check
	is "$2: nfsstat's status" "$status" "$4"
	level=$(on "$1" timeout 60 nfstls check --json 2>/dev/null | perl -MJSON::PP -e 'local $/; my $j = decode_json(<STDIN>);
		my @of = grep { $_->{check} eq "transports" } @{$j->{findings}};
		for my $level (qw(failure unknown warning ok)) { if (grep { $_->{level} eq $level } @of) { print $level; last } }')
	is "$2: nfstls check" "$level" "$3"
}

case_name "a plain mount under a policy that demands TLS"
{
	default_configuration
	printf '[client "2001:db8::2"]\nminimum=mtls\n'
	printf '[client "192.0.2.2"]\nminimum=tls\n'
} | configure client
line=$(grep -c '' < <(on client cat /etc/nfs-tls.conf))
ok "the mounts are in use" on client ls /mnt/plain /mnt/old
say client --tls -c --check
is "status" "$status" 2
like "flagged, with file and line, and the mounts" "$output" "192\.0\.2\.2:2049: CLEAR: clear text, but minimum=tls in \[client \"192\.0\.2\.2\"\] \(/etc/nfs-tls\.conf:$line\) demands tls \(/mnt/old \+1, 2 transports\)"
like "counted" "$output" $'\nclient: 7 transports, [^\n]*; 2 not as demanded\n'
say client --tls -c
is "without --check the status is 0" "$status" 0
say client --openmetrics -c
like "in OpenMetrics" "$output" 'nfs_tls_violations\{side="client"\} 2'
checked=$(on client timeout 60 nfstls check 2>&1)
like "nfstls check: clear text" "$checked" "failure server 192\.0\.2\.2: [0-9]+ connections, one of them: clear text, but minimum=tls .*nfs-tls\.conf:$line\) demands tls; unmount"
like "nfstls check: the agent's word for mutual authentication" "$checked" 'ok server 2001:db8::2: encrypted with mutual authentication, and the minimum is mtls'
both_say client "clear text" failure 2
checked=$(on server timeout 60 nfstls check 2>&1)
like "nfstls check: the server's clients" "$checked" 'ok client 192\.0\.2\.1: [0-9]+ connections, the first: '
echo 'minimum = nonsense' | configure client
say client --tls -c --check
is "a policy that cannot be read: status" "$status" 3
like "names the line" "$output" 'nfsstat: /etc/nfs-tls\.conf:1: '
default_configuration | configure client

case_name "the agent is gone"
stop_agent client
say client --tls -c --check
is "status" "$status" 3
like "it is encrypted, but with whom?" "$output" '\[2001:db8::2\]:2049: unknown: encrypted, but who is at the other end is not known, since rpc\.tlshd does not run, and the xprtsec=mtls of /mnt/mtls demands mtls \(/mnt/mtls \+1\)'
like "handshakes" "$output" 'handshakes as client: unknown'
: >"$(agent_log_file client)"
start_agent client
say client --tls -c --check
is "a younger agent does not know either: status" "$status" 3
like "the reason" "$output" 'since rpc\.tlshd does not know this connection'

# ---- counters --------------------------------------------------------------------------------------------------------

# The distribution's knows nothing of callbacks, which netlink counts.
without_callbacks() {
	awk '/^Server nfs v4 callback operations:$/ || /^ nfs v4 cback  *total:/ { skip = 1 } !skip; /^$/ { skip = 0 }'
}
# Something may be counted between the two: then once more.
equal_counters() { # HOST ARGUMENT...
	local try
	for try in 1 2 3 4 5; do
		on "$1" "$distribution/nfsstat" "${@:2}" >"$vm_dir/theirs" 2>&1
		on "$1" nfsstat "${@:2}" 2>&1 | without_callbacks >"$vm_dir/ours"
		cmp -s "$vm_dir/theirs" "$vm_dir/ours" && return 0
	done
	diff "$vm_dir/theirs" "$vm_dir/ours" | sed 's/^/# /'
	on "$1" cat /proc/net/rpc/nfsd | sed 's/^/# /'
	return 1
}
case_name "counters"
ok "of the client, as the distribution's nfsstat" equal_counters client -c -v
ok "of the server" equal_counters server -s -o all
ok "as a list" equal_counters server -l
ok "the mounts" equal_counters client -m
say server --json -s
# shellcheck disable=SC2016 # for perl
if old_kernel; then
	is "where they are from" "$(json '$j->{server}{source}')" proc
else
	is "where they are from" "$(json '$j->{server}{source}')" netlink
	like "of callbacks" "$(json '$j->{server}{calls}{v4_callbacks}')" HASH
fi
on server cat /proc/net/rpc/nfsd >"$vm_dir/copy"
put_file server /run/nfs-tls/copy <"$vm_dir/copy"
say server --json -s -S /run/nfs-tls/copy
# shellcheck disable=SC2016 # for perl
is "since a copy of /proc, which has no callbacks" "$(json 'exists $j->{server}{calls}{v4_callbacks} ? "told" : "not told"' '$j->{server}{calls}{v4}{null}')" "not told 0"

# ---- transports that no mount accounts for ------------------------------------------------------------------------------

on client umount -a -t nfs,nfs4
wait_for 15 no_connection
state_of_stray() { # what the kernel was told: 6.12 does not say
	if old_kernel; then echo unknown; else echo "$1"; fi
}

case_name "a mount that was detached while it was busy"
for host in anon plain; do on "$host" umount -a -t nfs,nfs4; done
ok "NFSv4.0, tls" mounts client busy tls /mnt/tls server6.nfs.test:/ vers=4.0
say client --tls -c -v
like "the server calls back in clear text, and that is told" "$output" 'NFSv4\.0 calls clients back over connections of its own, in clear text, also beside TLS: mount /mnt/tls'
called_back() { say client --tls -c -v --check; [ "$status" = 3 ]; }
ok "--check: the client's list is not complete, then" wait_for 10 called_back
like "and from where it is" "$output" 'a server seems to call a mount of NFSv4\.0 back in clear text, from \[2001:db8::2\]:[0-9]+:'
say server --tls -s --check
like "on the server it is a row" "$output" 'server \[2001:db8::1\]:[0-9]+ +- +clear +plain +callback'
is "status" "$status" 0
like "counted" "$output" $'\nserver: 2 transports, 1 encrypted, 1 clear, 0 unknown, 0 idle\n'
on server cat /etc/nfs-tls.conf >"$vm_dir/kept.conf"
sed 's/^\[server\]/&\nminimum=tls/' "$vm_dir/kept.conf" | configure server
say server --tls -s --check
is "under a policy: status" "$status" 2
like "under a policy" "$output" 'demands tls: the kernel cannot encrypt callbacks of NFSv4\.0; vers=4\.1 or later has none'
both_say server "a callback in clear text" failure 2
say server --tls -s --json
# shellcheck disable=SC2016 # for perl
is "JSON" "$(json 'join ",", sort map { "$_->{callback}=$_->{state}=" . ($_->{client_id} ? "known" : "-") } @{$j->{transports}}')" "0=ok=known,1=CLEAR=known"
configure server <"$vm_dir/kept.conf"
exec {busy}< <(on client busybox sh -c 'cd /mnt/tls && echo $$ && exec busybox sleep 1000')
read -r sleeper <&"$busy"
ok "unmounted" on client umount -l /mnt/tls
say client --tls -c --wide
is "it has a row: state, server, asked, configured, mounts" \
	"$(awk '$3 == "[2001:db8::2]:2049" { print $1, $4, $5, $7, $NF }' "$report")" \
	"$(state_of_stray ok) server6.nfs.test - $(state_of_stray tls) -"
like "by proof" "$output" $'\nclient: 1 transport, 1 encrypted, 0 clear, 0 unknown, 0 idle'
printf '[client "server6.nfs.test"]\nminimum=mtls\n' | configure client
say client --tls -c --check
is "the policy for its server: status" "$status" 2
like "the policy for its server" "$output" 'client \[2001:db8::2\]:2049: WEAK: encrypted, but no client certificate was shown, and minimum=mtls in \[client "server6\.nfs\.test"\]'
default_configuration | configure client
kill "$sleeper"
exec {busy}<&-
ok "it is gone with who kept it busy" wait_for 15 no_connection

case_name "a mount in another mount namespace"
exec {busy}< <(on client unshare -m --propagation private busybox sh -c \
	'mount -t nfs -o vers=4.2,xprtsec=none 192.0.2.2:/ /mnt/plain && echo $$ && exec busybox sleep 1000')
read -r sleeper <&"$busy"
like "it is mounted there" "$sleeper" '^[0-9]+$'
say client --tls -c --check
is "it has a row" "$(awk '$1 == "client" && $2 == "192.0.2.2:2049" { print $3, $4, $5, $6 }' "$report")" \
	"$(state_of_stray none) clear $(state_of_stray plain) -"
if old_kernel; then
	is "status" "$status" 3
	like "why it is unknown" "$output" 'clear text, and no mount that can be seen uses it, so that what was asked of it is not known'
else
	is "status" "$status" 0
fi
say client --tls --json
# shellcheck disable=SC2016 # for perl
is "JSON" "$(json '@{$j->{transports}[0]{mounts}} + 0' '$j->{transports}[0]{asked}' '$j->{transports}[0]{server}')" "0 null 192.0.2.2"
printf '[client "192.0.2.0/24"]\nminimum=tls\n' | configure client
say client --tls -c --check
is "the policy for its address: status" "$status" 2
default_configuration | configure client
kill "$sleeper"
exec {busy}<&-
ok "it is gone with its namespace" wait_for 15 no_connection

# Its devices have the client's names and numbers, and its mounts are in a mount namespace of their own.
case_name "another network namespace that looks like this one"
add_host twin 2 "$(on client busybox cat /sys/class/net/eth0/ifindex)"
from_twin() { # ARGUMENT...: as say(), in the network namespace of one and the mount namespace of the other
	status=0
	busybox nsenter "--net=$vm_dir/twin/net" "--mount=$vm_dir/client/mnt" -- /usr/sbin/nfsstat "$@" >"$report" 2>&1 || status=$?
	output=$(<"$report")
}
from_twin --tls -c --check
is "nothing is mounted: status" "$status" 0
ok "a mount without TLS" mounts twin twin none /mnt/nfs server.nfs.test:/ vers=4.2
from_twin --tls -c --check -v
is "status" "$status" 3
like "says that /sys is not of it" "$output" $'\nclient: /sys is of another network namespace'
# The client has a connection to a server at the same address, too: no name, address or port tells them apart.
on client ip route add 198.51.100.8/30 dev eth0
on server ip addr add 198.51.100.10/32 dev eth0
ok "one that leads to the same server" mounts client alike none /mnt/plain 198.51.100.10:/ vers=4.2
from_twin --tls -c --check -v
is "beside one of the client's: status" "$status" 3
like "and /sys is not of it" "$output" $'\nclient: /sys is of another network namespace'
say client --tls -c --check
is "the client sees its own alone" "$(number_of 'client: ([^,]*)')" "1 transport"
is "status" "$status" 0
on client umount /mnt/plain
on client ip route del 198.51.100.8/30
on server ip addr del 198.51.100.10/32 dev eth0
remove_host twin
ok "nobody is connected" wait_for 15 no_connection

# ---- clear connections beside those that are being connected ---------------------------------------------------------------

# A handshake is held, and a server at another port takes a connection and says nothing. Neither hides what is in clear text.
case_name "a clear connection without a mount, while others are being connected"
ok "a mount without TLS" mounts client busy none /mnt/plain 192.0.2.2:/ vers=4.0
exec {busy}< <(on client busybox sh -c 'cd /mnt/plain && echo $$ && exec busybox sleep 1000')
read -r sleeper <&"$busy"
ok "unmounted while it is busy" on client umount -l /mnt/plain
stop_agent client
start_liar client hold
{
	default_configuration
	printf '[client "192.0.2.2"]\nminimum=tls\n'
} | configure client
rows() { awk '$1 == "client" && $2 == "192.0.2.2:2049" { print $(NF - 1) }' "$report" | sort | uniq -c | xargs; } # how many of each state
connected_to() { [ "$(on client ss -Htn state established "( dport = $1 )" | wc -l)" = "$2" ]; } # PORT COUNT
say client --tls -c --check
is "nothing is being connected: status" "$status" 2
is "it is CLEAR" "$(rows)" "1 CLEAR"
(exec busybox nsenter "--net=$vm_dir/server/net" -- /usr/bin/perl -MIO::Socket::INET -e '
	$l = IO::Socket::INET->new(LocalPort => 20490, Listen => 5) or die; push @held, $l->accept while 1' >/dev/null 2>&1 </dev/null 3>&- 4>&-) &
silent=$!
(on client timeout -k 1 8 mount -t nfs -o vers=4.1,xprtsec=tls,port=20490 192.0.2.2:/ /mnt/tls >/dev/null 2>&1 </dev/null 3>&- 4>&-) &
mounting=$!
ok "another port is being connected" wait_for 10 connected_to 20490 1
say client --tls -c --check
is "status" "$status" 2
is "it is CLEAR still" "$(rows)" "1 CLEAR"
kill "$silent"
wait "$mounting"
(on client timeout -k 1 8 mount -t nfs -o vers=4.2,xprtsec=tls 192.0.2.2:/ /mnt/mtls >/dev/null 2>&1 </dev/null 3>&- 4>&-) &
mounting=$!
ok "a handshake with the same server is held" wait_for 10 connected_to 2049 2
say client --tls -c --check
is "status" "$status" 2
is "it is CLEAR still, and the other one is starting" "$(rows)" "1 CLEAR 1 starting"
checked=$(on client timeout 60 nfstls check 2>&1)
like "nfstls check" "$checked" 'failure server 192\.0\.2\.2: .*clear text, but minimum=tls '
kill "$sleeper"
exec {busy}<&-
wait "$mounting"
stop_liar client
default_configuration | configure client
start_agent client
ok "nobody is connected" wait_for 30 no_connection

case_name "two mount namespaces, one folder, and one /run"
ok "here, without TLS" mounts client /mnt/plain none /mnt/plain server4.nfs.test:/ vers=4.1
exec {busy}< <(on client unshare -m --propagation private bash -c \
	'umount -i /mnt/plain; mount -t nfs -o vers=4.2,xprtsec=mtls server6.nfs.test:/ /mnt/plain && echo $$ && exec busybox sleep 1000')
read -r sleeper <&"$busy"
like "there, with mtls" "$sleeper" '^[0-9]+$'
like "that is what was recorded of the folder" "$(on client busybox grep ' TARGET=/mnt/plain ' /run/mount/utab)" 'addr=2001:db8::2'
say client --tls -c -v --check
is "nobody knows what this one has asked for: status" "$status" 3
like "and its state" "$output" 'client 192\.0\.2\.2:2049: unknown: clear text, but what its mounts have asked for cannot be seen; -v tells why \(/mnt/plain\)'
like "-v tells why" "$output" '/mnt/plain: what it has asked for is not known: what mount commands have recorded for this folder is another mount.s'
kill "$sleeper"
exec {busy}<&-
on client umount /mnt/plain
on client busybox umount /mnt/plain 2>/dev/null
on client busybox sed -i '/ TARGET=.mnt.plain /d' /run/mount/utab
ok "unmounted, and it is gone with its namespace" wait_for 15 no_connection

# ---- the kernel says something else ----------------------------------------------------------------------------------------

case_name "a mount that the kernel has put on another one's connection"
ok "the first, without TLS" mounts client first none /mnt/first server4.nfs.test:/ vers=4.2
mount_output=$(on client timeout -k 2 60 "$distribution/mount.nfs" server4.nfs.test:/ /mnt/second -o vers=4.2,xprtsec=mtls 2>&1)
unlike "the kernel shows nothing of mtls" "$(on client busybox grep ' /mnt/second ' /proc/mounts)" xprtsec
say client --tls -c --check
is "status" "$status" 2
like "nfsstat tells which mount asked, and what became of it" "$output" \
	'client 192\.0\.2\.2:2049: CLEAR: clear text, but the xprtsec=mtls of /mnt/second demands mtls: the kernel has put it on another mount.s connection'
say client --tls --json
# shellcheck disable=SC2016 # for perl
is "JSON: what each has asked for" "$(json 'join ",", sort map { "$_->{path}=$_->{asked}" } @{$j->{transports}[0]{mounts}}' \
	'$j->{transports}[0]{asked}' '$j->{transports}[0]{configured}' '$j->{transports}[0]{state}')" \
	"/mnt/first=none,/mnt/second=mtls mtls none CLEAR"
on client umount /mnt/second /mnt/first
ok "unmounted" wait_for 15 no_connection

# A client's agent that only holds the handshake: the kernels wait, and nothing of NFS flows. There is a policy on both sides.
case_name "handshakes that are under way"
ok "tls" mounts client held tls /mnt/tls server4.nfs.test:/ vers=4.2
{
	default_configuration
	printf '[client "192.0.2.2"]\nminimum=tls\n[client "server4.nfs.test"]\nminimum=tls\n'
} | configure client
on server cat /etc/nfs-tls.conf >"$vm_dir/kept.conf"
sed 's/^\[server\]/&\nminimum=tls/' "$vm_dir/kept.conf" | configure server
stop_agent client
start_liar client hold
# The longer the agent only holds them, the longer the client's kernel waits before it connects again: up to five minutes.
look_often() { # leaves what was seen in $see/often
	local i began=$SECONDS
	: >"$see/often"
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		[ "$i" -le 3 ] || [ $((SECONDS - began)) -lt 8 ] || break
		say client --tls -c --check
		echo "client $status $(number_of '(client [^'$'\n'']*CLEAR[^'$'\n'']*)')" >>"$see/often"
		say server --tls -s --check
		echo "server $status $(number_of '(server [^'$'\n'']*CLEAR[^'$'\n'']*)') $(number_of 'server: ([^'$'\n'']*)')" >>"$see/often"
		sleep 0.2
	done
	sort "$see/often" | uniq -c | sed 's/^/# /'
}
on server ss -K -tn state established '( sport = 2049 )' >/dev/null 2>&1
(on client busybox ls /mnt/tls >/dev/null 2>&1 </dev/null 3>&- 4>&- &)
look_often
is "a mount that is connected again: nobody calls that a violation" "$(grep -c CLEAR "$see/often")" 0
is "status" "$(cut -d ' ' -f 1,2 "$see/often" | sort -u | xargs)" "client 0 server 0"
like "the server counts it as what it is" "$(<"$see/often")" 'server 0 +1 transport, 0 encrypted, 0 clear, 0 unknown, 0 idle, 1 starting'
(on client timeout -k 1 20 mount -t nfs -o vers=4.1,xprtsec=mtls server4.nfs.test:/ /mnt/mtls >/dev/null 2>&1 </dev/null 3>&- 4>&-) &
mounting=$!
look_often
is "one that is being mounted: nobody calls that a violation" "$(grep -c CLEAR "$see/often")" 0
is "status" "$(cut -d ' ' -f 1,2 "$see/often" | sort -u | xargs)" "client 0 server 0"
# shellcheck disable=SC2016 # for perl
starts_in_json() {
	say server --tls -s --json
	[[ $(json 'join ",", map { "$_->{state}=$_->{in_effect}{proof}" } @{$j->{transports}}') == starting=starting* ]]
}
ok "JSON" wait_for 20 starts_in_json
stop_liar client
start_agent client
ok "it goes on" on client busybox ls /mnt/tls
wait "$mounting" # it may be mounted by now, or be given up
on client umount -a -t nfs,nfs4
configure server <"$vm_dir/kept.conf"
default_configuration | configure client
ok "nobody is connected" wait_for 30 no_connection

case_name "connections that stay in clear text, and are nobody's"
sed 's/^\[server\]/&\nminimum=tls/' "$vm_dir/kept.conf" | configure server
exec {held}< <(on client bash -c 'exec 9<>/dev/tcp/192.0.2.2/2049 && echo $$ && exec busybox sleep 1000')
read -r sleeper <&"$held"
is_there() { [ "$(on server ss -Htn state established '( sport = 2049 )' | wc -l)" = 1 ]; }
ok "connected" wait_for 10 is_there
say server --tls -s --check
is "status" "$status" 2
like "CLEAR" "$output" 'server 192\.0\.2\.1:[0-9]+: CLEAR: clear text, but minimum=tls in \[server\]'
kill "$sleeper"
exec {held}<&-
configure server <"$vm_dir/kept.conf"
ok "it is gone" wait_for 15 no_connection

# ---- the server's ports --------------------------------------------------------------------------------------------------------

case_name "a server at another port, whose file system is not mounted here"
on server rpc.nfsd 0
ok "a server" on server busybox sh -ec 'echo "tcp 20490" >/proc/fs/nfsd/portlist; echo 4 >/proc/fs/nfsd/threads
	[ "$(cat /proc/fs/nfsd/v4_end_grace)" = Y ] || echo Y >/proc/fs/nfsd/v4_end_grace'
ok "a mount in clear text" mounts client elsewhere none /mnt/plain 192.0.2.2:/ vers=4.2,port=20490
sed 's/^\[server\]/&\nminimum=tls/' "$vm_dir/kept.conf" | configure server
say server --tls -s --check
is "with it: status" "$status" 2
both_say server "a server at another port" failure 2
printf '[client "192.0.2.2"]\nminimum=tls\n' | configure client
both_say client "a mount at another port" failure 2
default_configuration | configure client
status=0
output=$(on server unshare -m busybox sh -c 'umount /proc/fs/nfsd; exec nfsstat --tls -s --check -v' 2>&1) || status=$?
is "without it: status" "$status" 2
like "without it" "$output" 'CLEAR: clear text, but minimum=tls in \[server\]'
unlike "nothing is a guess" "$output" '2049 is (a guess|taken)'
configure server <"$vm_dir/kept.conf"
on client umount /mnt/plain
on server rpc.nfsd 0
start_threads

case_name "agents that lie"
for host in client server; do
	stop_agent "$host"
	start_liar "$host" lie
done
mount_output=$(on client timeout -k 2 60 "$distribution/mount.nfs" server.nfs.test:/ /mnt/mtls -o vers=4.2,xprtsec=mtls 2>&1)
like "the kernel says mtls" "$(on client busybox grep ' /mnt/mtls ' /proc/mounts)" xprtsec=mtls
say client --tls -c --check
is "status" "$status" 2
like "nfsstat does not" "$output" 'CLEAR: clear text, but the mount.s xprtsec=mtls demands mtls \(/mnt/mtls\)'
like "it is counted by proof" "$output" $'\nclient: 1 transport, 0 encrypted, 1 clear, 0 unknown, 0 idle; 1 not as demanded\n'
exports_take mtls
say server --tls -s --check
is "on the server, where the kernel lets it reach an export for mtls alone: status" "$status" 2
like "on the server" "$output" 'server (192\.0\.2\.1|\[2001:db8::1\]):[0-9]+: CLEAR: clear text, and the only export for it does not take that'
on client umount /mnt/mtls
for host in client server; do
	stop_liar "$host"
	start_agent "$host"
done
remove_host anon
remove_host plain
serve_export "$default_export"
ok "nobody is connected" wait_for 15 no_connection
say client --tls
like "nothing is mounted" "$output" $'\nclient: 0 transports, 0 encrypted, 0 clear, 0 unknown, 0 idle\n'

done_testing
