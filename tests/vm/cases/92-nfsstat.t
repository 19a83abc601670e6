#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nfsstat --tls: what it says of each connection is what others say of it: ss, mountstats, openssl, the server's own list
# of clients, a capture. And its counters, on a kernel that counts, are those of the distribution's nfsstat.
set -u
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../certificates.sh"
hosts_reset || bail "the hosts are not up"
good_hosts

report=$vm_dir/report
old_kernel() { case $(uname -r) in 6.*) ;; *) return 1 ;; esac; }

# ---- what it says, and what others say ---------------------------------------------------------------

# say HOST ARGUMENT...: into the file $report and $output; leaves $status
say() {
	status=0
	on "$1" nfsstat "${@:2}" >"$report" 2>&1 || status=$?
	output=$(<"$report")
}
# A connection is known by the client's end of it, address and port: over IPv4 and IPv6 the same port may be in use.
# of CONNECTION COLUMN: the client's wide table's word for it
of() {
	awk -v end="$1" -v column="$2" '
		$1 == "STATE" { for (i = 1; i <= NF; i++) if ($i == column) at = i; next }
		at && $2 == end { print $at }' "$report"
}
# connections_of MOUNT-POINT
connections_of() { awk -v point="$1" '$1 != "STATE" && ("," $NF ",") ~ ("," point ",") { print $2 }' "$report"; }

# What ss says, with IPv4 addresses as they are written elsewhere.
ss_says() { on "$1" ss -HtineO state established '( sport = 2049 or dport = 2049 )' 2>/dev/null | sed 's/\[::ffff:\([0-9.]*\)\]/\1/g'; }
ss_line() { ss_says client | awk -v end="$1" '$3 == end'; } # CONNECTION
# What ss says of the client's connection: SECURITY-VERSION CIPHER, or "clear".
ss_security() {
	ss_line "$1" | awk '{
		for (i = 1; i <= NF; i++) if ($i == "tcp-ulp-tls") tls = 1
		for (i = 1; i <= NF && tls; i++) { if ($i == "version:") version = $(i + 1); if ($i == "cipher:") cipher = $(i + 1) }
		print tls ? version " " cipher : "clear"
	}'
}
number_after() { grep -o "$1:[0-9]*" | head -n 1 | cut -d : -f 2; } # WORD
our_security() { # CONNECTION: in ss' words
	case $(of "$1" PROOF) in
	encrypted) echo "$(of "$1" VERSION) $(of "$1" CIPHER | sed 's/AES-256-GCM/aes-gcm-256/; s/AES-128-GCM/aes-gcm-128/')" ;;
	*) of "$1" PROOF ;;
	esac
}
# The numbers of a mount's "xprt:" lines: field N of each, sorted. Field 5 counts each connection twice.
stats_field() {
	awk -v point="$1" -v field="$2" '$1 == "device" { on = $5 == point } on && $1 == "xprt:" { print $field }' \
		< <(on client cat /proc/self/mountstats) | sort -n
}

# ---- three kinds at once -------------------------------------------------------------------------------

case_name "mounts of all kinds"
on server mkdir -p /srv/export/sub
on client mkdir -p /mnt/plain /mnt/old /mnt/tls /mnt/mtls /mnt/shared
# The kernel makes one client of all NFSv4 mounts of a server that have the same minor version.
mounts() { # POINT SOURCE OPTIONS
	mount_output=$(on client timeout -k 2 "$mount_limit" mount -t nfs -o "$3" "$2" "$1" 2>&1)
}
ok "NFSv3, none" mounts /mnt/plain 192.0.2.2:/srv/export vers=3,nolock,xprtsec=none
ok "NFSv4.0, none" mounts /mnt/old server4.nfs.test:/ vers=4.0,xprtsec=none
ok "NFSv4.1, tls, four connections" mounts /mnt/tls server4.nfs.test:/ vers=4.1,xprtsec=tls,nconnect=4
ok "NFSv4.2, mtls, over IPv6" mounts /mnt/mtls server6.nfs.test:/ vers=4.2,xprtsec=mtls
ok "another on the same connection" mounts /mnt/shared server6.nfs.test:/sub vers=4.2,xprtsec=mtls
for point in plain old tls mtls; do
	ok "$point is used" on client busybox sh -c 'echo text >"/mnt/$1/file-$1" && sync && ls "/mnt/$1" >/dev/null' sh "$point"
done

case_name "the client's side"
ss_before=$(ss_says client)
say client --tls -c --wide -v
printf '%s\n' "$output" | cut -c 1-250 | sed 's/^/# /'
is "status" "$status" 0
is "as many as ss sees" "$(grep -c ':2049 ' "$report")" "$(wc -l <<<"$ss_before")"
is "the namespace" "$(head -n 1 "$report")" "NFS in this network namespace ($(on client readlink /proc/self/ns/net))"
is "four connections of one mount" "$(connections_of /mnt/tls | wc -l)" 4
is "as mountstats has them" "$(connections_of /mnt/tls | wc -l)" "$(stats_field /mnt/tls 2 | wc -l)"
is "two mounts of one connection" "$(connections_of /mnt/mtls)" "$(connections_of /mnt/shared)"
like "they are named in one row" "$output" ' /mnt/mtls,/mnt/shared'$'\n'
for point in /mnt/plain /mnt/old /mnt/tls /mnt/mtls; do
	for one in $(connections_of "$point"); do
		before=$(awk -v end="$one" '$3 == end' <<<"$ss_before")
		is "$point, $one: in effect, as ss says" "$(our_security "$one")" "$(ss_security "$one")"
		is "$point, $one: its server is that of ss" "$(of "$one" PEER)" "$(awk '{ print $4 }' <<<"$before")"
		less "$point, $one: bytes sent, not less than ss saw before" "$(number_after bytes_acked <<<"$before")" \
			"$(($(of "$one" SENT) + 1))"
		now=$(ss_line "$one")
		less "$point, $one: nor more than it sees now" "$(of "$one" SENT)" "$(($(number_after bytes_acked <<<"$now") + 1))"
		less "$point, $one: bytes received, the same" "$(of "$one" RECEIVED)" \
			"$(($(number_after bytes_received <<<"$now") + 1))"
		less "$point, $one: something was received" 0 "$(of "$one" RECEIVED)"
	done
	is "$point: configured" "$(for one in $(connections_of "$point"); do of "$one" CONFIGURED; done | sort -u)" \
		"$(on client awk -v point="$point" '$2 == point { print (match($4, /xprtsec=[a-z]+/) ? substr($4, RSTART + 8, RLENGTH - 8) : "none") }' \
			/proc/mounts)"
	is "$point: reconnects, as mountstats" "$(for one in $(connections_of "$point"); do of "$one" RECONNECTS; done | sort -n)" \
		"$(stats_field "$point" 5 | awk '{ print int($1 / 2) - 1 }')"
done
mutual=$(connections_of /mnt/mtls)
is "the server's name" "$(of "$mutual" SERVER)" server6.nfs.test
is "mutual" "$(of "$mutual" MUTUAL)" yes
for one in $(connections_of /mnt/tls); do is "not mutual" "$(of "$one" MUTUAL)" no; done
like "the peer" "$(of "$mutual" IDENTITY)" server.nfs.test
certificate_says() { openssl x509 -noout -in "$set/host.pem" "$@" | sed 's/.*=//'; }
is "the serial number of its certificate" "$(of "$mutual" SERIAL | sed 's/^0*//' | tr a-f A-F)" "$(certificate_says -serial | sed 's/^0*//')"
is "its expiry" "$(date -u -d "$(of "$mutual" EXPIRES)" +%s)" "$(date -u -d "$(certificate_says -enddate)" +%s)"
like "its age" "$(of "$mutual" AGE)" '^[0-9]+[sm]$'
is "the states" "$(awk '/:2049 / { print $1 }' "$report" | sort | uniq -c | awk '{ print $2 "=" $1 }' | xargs)" "ok=5 plain=2"
like "the totals" "$output" $'\nclient: 7 transports, 5 encrypted, 2 clear, 0 unknown, 0 idle\n'
is "decrypt errors" "$(sed -n 's/^record layer: \([0-9]*\) decrypt errors.*/\1/p' "$report")" \
	"$(on client awk '$1 == "TlsDecryptError" { print $2 }' /proc/net/tls_stat)"
like "handshakes" "$output" 'handshakes as client: [5-9][0-9]* done, 0 failed'
if old_kernel; then
	like "-v names what the kernel lacks" "$output" 'this kernel has no xprtsec in /sys/kernel/sunrpc'
else
	unlike "nothing is lacking" "$output" 'this kernel has no xprtsec'
fi
say client --tls --check
is "--check: all is as it was asked for, and there is no server" "$status" 0
say client --tls -c
is "lines have 80 columns" "$(awk 'length > 80' "$report")" ""
like "the short table" "$output" 'client 192\.0\.2\.2:2049 +tls +1\.3 AES-256-GCM +ok +/mnt/tls'
like "the short table, two mounts" "$output" 'client \[2001:db8::2\]:2049 +mtls +1\.3 AES-256-GCM +ok +/mnt/mtls \+1'
like "the short table, a plain one" "$output" 'client 192\.0\.2\.2:2049 +none +clear +plain +/mnt/plain'
unlike "no colour in a file" "$output" $'\033'

# An eavesdropper has the last word.
seen() { # POINT
	local marker
	marker=$(new_marker)
	capture_start && on client busybox sh -c 'echo "$2" >"$1/marker" && sync' sh "$1" "$marker" && capture_stop || return 2
	capture_has "$marker"
}
ok "what is called clear can be read on the wire" seen /mnt/plain
nok "what is called encrypted cannot" seen /mnt/tls

# ---- the server's side -------------------------------------------------------------------------------------

case_name "the server's side"
say server --tls -s --wide
printf '%s\n' "$output" | cut -c 1-250 | sed 's/^/# /'
is "status" "$status" 0
server_of() { # CONNECTION COLUMN
	awk -v end="$1" -v column="$2" '
		$1 == "STATE" { for (i = 1; i <= NF; i++) if ($i == column) at = i; next }
		at && $3 == end { print $at }' "$report"
}
clients=$(for folder in $(on server ls /proc/fs/nfsd/clients); do on server cat "/proc/fs/nfsd/clients/$folder/info" | xargs; done)
printf '%s\n' "$clients" | cut -c 1-150 | sed 's/^/# /'
id_of() { # CONNECTION: what nfsd says
	grep -F " $1 " <<<"$clients" | sed -n 's/.*clientid: \(0x[0-9a-f]*\) .*/\1/p'
}
is "all connections" "$(grep -c ':2049 ' "$report")" "$(on server ss -Htn state established '( sport = 2049 )' | wc -l)"
say client --tls -c --wide
cp "$report" "$vm_dir/client.report"
declare -A first=()
for point in plain old tls mtls; do first[$point]=$(connections_of "/mnt/$point"); done
say server --tls -s --wide
for point in old mtls; do
	is "$point: the client's number" "$(server_of "${first[$point]}" CLIENT-ID)" "$(id_of "${first[$point]}")"
	like "$point: the client's name" "$(server_of "${first[$point]}" CLIENT)" 'client'
done
ids=$(for one in ${first[tls]}; do id_of "$one"; done)
like "tls: the kernel lists one of its connections" "$ids" '^0x[0-9a-f]+$'
is "that one has the number, and the others are not guessed" \
	"$(for one in ${first[tls]} ${first[plain]}; do server_of "$one" CLIENT-ID; done | sort | uniq -c | awk '{ print $1, $2 }' | xargs)" \
	"1 $ids 4 unknown"
for one in ${first[plain]} ${first[old]} ${first[tls]} ${first[mtls]}; do
	security=$(ss_says server | awk -v end="$one" '$4 == end' | grep -o 'version: [0-9.]* cipher: [^ ]*' | awk '{ print $2, $4 }')
	is "$one: in effect, as ss says" \
		"$(server_of "$one" VERSION | tr -d -) $(server_of "$one" CIPHER | sed 's/^-$//; s/AES-256-GCM/aes-gcm-256/')" "${security:- }"
done
is "a client with a certificate" "$(server_of "${first[mtls]}" MUTUAL)" yes
like "its identity" "$(server_of "${first[mtls]}" IDENTITY)" client.nfs.test
is "one without" "$(for one in ${first[tls]}; do server_of "$one" MUTUAL; done | sort -u)" no
is "an export that takes all" "$(server_of "${first[plain]}" EXPORTS) $(server_of "${first[mtls]}" EXPORTS)" "1/1 1/1"
like "the totals" "$output" $'\nserver: 7 transports, 5 encrypted, 2 clear, 0 unknown, 0 idle\n'
ok "an export for mtls only" serve_export "rw,no_root_squash,insecure,no_subtree_check,fsid=0,xprtsec=mtls"
say server --tls -s --wide
is "then some do not meet it" \
	"$(server_of "${first[plain]}" EXPORTS) $(server_of "${first[old]}" EXPORTS) $(server_of "${first[mtls]}" EXPORTS)" "0/1 0/1 1/1"
ok "an export for all again" serve_export "$default_export"
# Who was turned away may have connected again.
ok "all mounts are used again" on client ls /mnt/plain /mnt/old /mnt/tls /mnt/mtls
all_are_back() { on client ls /mnt/tls >/dev/null && say client --tls -c && [[ $output == *"client: 7 transports, 5 encrypted, 2 clear, 0 unknown, 0 idle"* ]]; }
ok "and connected" wait_for 20 all_are_back

# ---- other forms ------------------------------------------------------------------------------------------------

case_name "JSON and OpenMetrics"
say client --tls --json
is "status" "$status" 0
json() { perl -MJSON::PP -e 'local $/; my $j = decode_json(<STDIN>); print join " ", map { eval($_) // "null" } @ARGV' "$@" <"$report"; }
# shellcheck disable=SC2016 # for perl
is "JSON" "$(json '$j->{totals}{client}{encrypted}' '$j->{totals}{client}{clear}' 'scalar @{$j->{transports}}' '@{$j->{lost_mounts}} + 0' \
	'join ",", sort map { $_->{in_effect}{cipher} // "none" } @{$j->{transports}}' \
	'join ",", map { $_->{path} } map { @{$_->{mounts}} } grep { $_->{asked} eq "mtls" } @{$j->{transports}}' \
	'join ",", sort map { $_->{in_effect}{layer} // "none" } @{$j->{transports}}')" \
	"5 2 7 0 AES-256-GCM,AES-256-GCM,AES-256-GCM,AES-256-GCM,AES-256-GCM,none,none /mnt/mtls,/mnt/shared none,none,software,software,software,software,software"
say client --openmetrics -c
is "OpenMetrics" "$(grep '^nfs_tls_transports' "$report" | xargs)" \
	"nfs_tls_transports{side=client,protection=encrypted} 5 nfs_tls_transports{side=client,protection=clear} 2 nfs_tls_transports{side=client,protection=unknown} 0 nfs_tls_transports{side=client,protection=idle} 0"
is "its end" "$(tail -n 1 "$report")" "# EOF"

case_name "the live view"
mkfifo "$vm_dir/live"
(exec setsid busybox nsenter "--net=$vm_dir/client/net" "--mount=$vm_dir/client/mnt" -- /usr/sbin/nfsstat --tls -c -Z 1 \
	>"$vm_dir/live" 2>&1 </dev/null 3>&- 4>&-) &
live=$!
disown
exec {lines}<"$vm_dir/live"
tables() { timeout 30 grep -q -m "$1" '^SIDE ' <&"$lines"; }
is "a second table comes by itself" "$(timeout 60 grep -m 2 -o '^client: 7 transports' <&"$lines" | wc -l)" 2
kill "$live"
exec {lines}<&-

case_name "somebody who is not root"
status=0
output=$(on client setpriv --reuid=65534 --regid=65534 --clear-groups nfsstat --tls -c -v 2>&1) || status=$?
is "status" "$status" 0
like "says what could not be seen" "$output" 'not privileged \(CAP_NET_ADMIN\)'
like "and read" "$output" 'what the policy demands is not known: cannot open /etc/nfs-tls\.conf: Permission denied'
unlike "nothing is called plain or ok that was not seen" "$output" ' (plain|ok) '
like "but unknown" "$output" 'client 192\.0\.2\.2:2049 +none +unknown +unknown'

# ---- what is wrong ---------------------------------------------------------------------------------------------------

case_name "a reconnected transport"
say client --tls -c --wide
before=$(of "$(connections_of /mnt/mtls)" RECONNECTS)
ok "the connection is cut" restart_server
ok "it is used again" on client busybox sh -c 'ls /mnt/mtls >/dev/null && echo again >/mnt/mtls/again'
say client --tls -c --wide
new=$(connections_of /mnt/mtls)
is "one more" "$(of "$new" RECONNECTS)" "$((before + 1))"
is "as mountstats has it" "$(of "$new" RECONNECTS)" "$(($(stats_field /mnt/mtls 5) / 2 - 1))"
is "encrypted again" "$(our_security "$new")" "$(ss_security "$new")"
is "and well" "$(of "$new" STATE)" ok

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
like "flagged, with file and line" "$output" "192\.0\.2\.2:2049: CLEAR: clear text, but minimum=tls in \[client \"192\.0\.2\.2\"\] \(/etc/nfs-tls\.conf:$line\) demands tls"
like "counted" "$output" $'\nclient: 7 transports, [^\n]*; 2 not as demanded\n'
say client --tls -c
is "without --check the status is 0" "$status" 0
say client --openmetrics -c
like "in OpenMetrics" "$output" 'nfs_tls_violations\{side="client"\} 2'
checked=$(on client timeout 60 nfstls check 2>&1)
like "nfstls check: clear text" "$checked" "failure server 192\.0\.2\.2: [0-9]+ connections, one of them: clear text, which is weaker than minimum=tls .*nfs-tls\.conf:$line"
like "nfstls check: the agent's word for mutual authentication" "$checked" 'ok server 2001:db8::2: encrypted with mutual authentication, and the minimum is mtls'
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
like "it is encrypted, but with whom?" "$output" '\[2001:db8::2\]:2049: unknown: encrypted, but rpc\.tlshd does not know who is at the other end'
like "handshakes" "$output" 'handshakes as client: unknown'
start_agent client

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

# ---- the kernel says mtls, and nothing is encrypted ----------------------------------------------------------------------

on client umount -a -t nfs,nfs4
wait_for 15 no_connection
case_name "agents that lie"
for host in client server; do
	stop_agent "$host"
	start_liar "$host" lie
done
mount_output=$(on client timeout -k 2 60 "$distribution/mount.nfs" server.nfs.test:/ /mnt/mtls -o vers=4.2,xprtsec=mtls 2>&1)
like "the kernel says mtls" "$(on client busybox grep ' /mnt/mtls ' /proc/mounts)" xprtsec=mtls
say client --tls -c --check
is "status" "$status" 2
like "nfsstat does not" "$output" 'CLEAR: clear text, but the mount.s xprtsec=mtls demands mtls'
like "it is counted by proof" "$output" $'\nclient: 1 transport, 0 encrypted, 1 clear, 0 unknown, 0 idle; 1 not as demanded\n'
on client umount /mnt/mtls
for host in client server; do
	stop_liar "$host"
	start_agent "$host"
done
say client --tls
like "nothing is mounted" "$output" $'\nclient: 0 transports, 0 encrypted, 0 clear, 0 unknown, 0 idle\n'

done_testing
