#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nfscert: certificates and keys that exist only in the kernel, from load to unload. On 7.x mounts name them, on 6.12 the
# policy does.
set -u
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../certificates.sh"
hosts_reset || bail "the hosts are not up"
good_hosts

watch=$peers/watch-program
certs=/etc/nfs-tls/certs
away=/etc/nfs-tls/away
takes_serials() { case $(uname -r) in 6.*) return 1 ;; esac; }
serial_of() { openssl x509 -noout -serial -in "$1" | sed 's/^serial=0*//' | tr A-F a-f; }

output=
status=0
run() { # COMMAND...: leaves output and status
	status=0
	output=$("$@" 2>&1) || status=$?
	printf '# %s\n' "status $status: $output"
}
nfscert() { run on client nfscert "$@"; }
ends() { is "$1: status" "$status" "$2"; } # WHAT STATUS
says() { like "$1" "$output" "$2"; }

# Two ways to the same mount: by the mount's option, and by the policy, which the agent asks.
policy() { # NAME
	printf '%s\n' '[client]' "certificate=$1" truststore=/etc/nfs-tls/ca.pem '[server]' truststore=/etc/nfs-tls/ca.pem |
		configure client
}
alice_options() { # of a mount, under the policy that mount_as has made
	takes_serials && echo vers=4.2,xprtsec=mtls,tlscertname=alice || echo vers=4.2,xprtsec=mtls
}
mount_as() { # NAME [VERSION]
	if takes_serials; then
		mount_nfs "${2-4.2}" server.nfs.test "xprtsec=mtls,tlscertname=$1"
	else
		policy "$1" && mount_nfs "${2-4.2}" server.nfs.test xprtsec=mtls
	fi
}
server_saw() { wait_agent_log server "role=server result=ok .* mutual=yes .* serial=0*$(serial_of "$1") "; } # PEM
client_saw() { wait_agent_log client "role=client result=ok .* serial=0*$(serial_of "$1") "; }

# By the authority of pki-set, and much faster than openssl.
nfscert_new() { nfscert new --directory "$pki" --ca "$pki" "${@:2}" "$1" && [ "$status" -eq 0 ]; }

put_pair() { # HOST NAME PEM-FILE KEY-FILE: as files of that name
	install_certificate "$1" "$2" "$3" "$4"
}
keys_of() { awk -v name="nfs-tls:$1:" 'index($9, name) == 1 { print $1, $5 }' /proc/keys; } # NAME: serial permissions
serials() { keys_of "$1" | cut -d ' ' -f 1 | sort; }
payload() { # NAME PART
	keyctl pipe "0x$(awk -v name="nfs-tls:$1:$2:" 'index($9 ":", name) == 1 { print $1 }' /proc/keys)" | sha256sum
}
unload_all() {
	local names
	names=$(on client nfscert list --json | sed -nE 's/^ *"name": *"(.*)",$/\1/p')
	# shellcheck disable=SC2086 # a list
	[ -z "$names" ] || on client nfscert unload --force $names >/dev/null 2>&1
}

# --- load ----------------------------------------------------------------------------------------------

home() { awk '$8 == "keyring" && $9 == "nfs-tls:" { print $5 }' /proc/keys; } # its permissions
home_is_gone() { [ -z "$(home)" ]; }
forget_home() {
	unload_all
	keyctl unlink "$(keyctl search @u keyring nfs-tls)" @u >/dev/null 2>&1
	wait_for 10 home_is_gone
}
# A service, and whoever comes by sudo, has a session keyring that does not lead to root's.
in_session() { run on client keyctl session - "$@"; }

case_name "the first load ever"
put_pair client alice "$set/chained.pem" "$set/chained.key"
put_pair client bob "$set/rsa.pem" "$set/rsa.key"
ok "nothing is left of others" forget_home
in_session nfscert load alice
ends "in a session of its own" 0
is "the keyring is root's" "$(home)" 003f0000
in_session nfscert load alice
ends "again" 0
says "again: says so" 'alice: is loaded already'
ok "the keyring is forgotten" forget_home
on client keyctl session - keyctl newring nfs-tls @u >/dev/null 2>&1
is "somebody makes one that root may only look at" "$(home)" 3f010000
ok "an agent starts all the same, with its files" restart_agent client
in_session nfscert load alice
ends "load mends it" 0
is "the keyring is root's again" "$(home)" 003f0000
unload_all

case_name "load"
nfscert load -v alice bob
ends "two names" 0
says "with their chain" 'read [^ ]*/alice\.pem, 2 certificates'
says "the agent has read it" 'rpc\.tlshd has read it'
if takes_serials; then
	in_ring() { keyctl rlist "0x$(awk '$8 == "keyring" && $9 == ".nfs:" { print $1 }' /proc/keys)" | grep -qw "$1"; }
	for serial in $(serials alice) $(serials bob); do
		ok "the kernel's keyring has key $serial" in_ring "$((16#$serial))"
	done
fi
is "their permissions" "$(keys_of alice | cut -d ' ' -f 2 | sort -u)" 003f0000
key=0x$(awk '$9 == "nfs-tls:alice:key:" { print $1 }' /proc/keys)
root_reads() { [ "$(keyctl pipe "$key" | wc -c)" -gt 100 ]; }
ok "root reads them" root_reads
# As a login has it: its session keyring leads to root's, and whoever gives up root keeps it.
as_nobody() {
	on client keyctl session - bash -c 'keyctl link @u @s && exec setpriv --reuid=65534 --regid=65534 --clear-groups \
		--inh-caps=-all "$@"' nobody "$@"
}
ok "nobody is somebody" as_nobody true
control=$(on client keyctl padd user control @u </proc/version)
ok "nobody reads what whoever possesses it may read" as_nobody keyctl pipe "$control"
on client keyctl unlink "$control" @u
like "there is a keyring" "$(keyctl search @u keyring nfs-tls)" '^[0-9]+$'
for what in "pipe $key" "read $key" "update $key x" "invalidate $key" "revoke $key" "clear $(keyctl search @u keyring nfs-tls)" \
	"unlink $key $(keyctl search @u keyring nfs-tls)" "setperm $key 0x3f3f3f3f" "describe $key"; do
	# shellcheck disable=SC2086 # words
	nok "but may not $what" as_nobody keyctl $what
done
ok "and they are still there" root_reads
nok "nor may nobody keep others from loading" as_nobody flock -n /run/nfs-tls/nfscert.lock true
was=$(serials alice)
nfscert load alice
ends "again" 0
says "again: says so" 'alice: is loaded already'
is "again: the same keys" "$(serials alice)" "$was"

case_name "without files"
on client "$peers/earlier" 10 busybox sh -euc 'mkdir -m 700 "$2"; mv "$1"/* "$2"' sh "$certs" "$away"
ok "mounts" mount_as alice
ok "the server saw alice, with its chain" server_saw "$set/chained.pem"
nfscert show alice
ends "show" 0
says "show: the mount" 'mount +server\.nfs\.test:/ on /mnt/nfs'
says "show: the connection" 'connections +1 as client'
says "show: the chain" 'above it +CN=mid'
says "show: where" 'keyrings +nfs-tls'
if takes_serials; then
	like "the mount is recorded by name" "$(grep 'TARGET=/mnt/nfs ' /run/mount/utab "$vm_dir"/client* 2>/dev/null;
		on client cat /run/mount/utab)" 'tlscertname=alice'
	unlike "and not by serial numbers" "$(on client cat /run/mount/utab)" 'cert_serial|privkey_serial'
fi
nfscert unload alice
ends "unload in use is refused" 13
says "and names the mount" 'unload: alice: the mount /mnt/nfs uses it'
on client mkdir -p /mnt/bound
on client mount --bind /mnt/nfs /mnt/bound
on client umount /mnt/nfs
nfscert unload alice
ends "in use by a bind mount alone" 13
says "names it" '/mnt/bound uses it'
nfscert unload bob
ends "which is not bob's" 0
on client umount /mnt/bound
nfscert load -d "$away" bob
ends "bob, from where the files are now" 0
on client mkdir -p /mnt/unseen
mkfifo "$vm_dir/begun" "$vm_dir/end"
on client unshare -m --propagation private bash -c 'mount.nfs "$1:/" /mnt/unseen -o "$2" >"$3"; nfscert unload alice >>"$3" 2>&1
	echo "status $?" >>"$3"; echo begun >"$4"; exec <"$5"' x server.nfs.test "$(alice_options)" "$vm_dir/unseen" \
	"$vm_dir/begun" "$vm_dir/end" &
read -r _ <"$vm_dir/begun"
diag "$(cat "$vm_dir/unseen")"
is "in use in another mount namespace: there" "$(tail -n 1 "$vm_dir/unseen")" "status 13"
nfscert unload alice
ends "in use in another mount namespace: here" 13
says "where to look" 'mounts that cannot be seen from here'
: >"$vm_dir/end"
ok "its connection ends with it" wait_for 15 no_connection
ok "mounts without a record" on client mount.nfs -n server.nfs.test:/ /mnt/nfs -o "$(alice_options)"
nfscert unload alice
ends "in use by that" 13
is "the keys are there" "$(serials alice)" "$was"

# --- renewal -------------------------------------------------------------------------------------------------

case_name "renewal under a mount"
ok "a new certificate" nfscert_new renewed --dns client.nfs.test --ip 192.0.2.1 --ip 2001:db8::1
put_pair client alice "$pki/renewed.pem" "$pki/renewed.key"
nfscert load alice
ends "load" 0
says "in place" 'alice: replaced what was loaded'
nfscert check alice
ends "check: all is well" 0
put_pair client alice "$set/chained.pem" "$set/chained.key"
cat "$pki/renewed.pem" "$set/ca.pem" | put_file client "$certs/alice.pem"
nfscert check alice
ends "check: the file has another chain" 1
says "check: says so" 'alice\.pem holds something else'
put_pair client alice "$pki/renewed.pem" "$pki/renewed.key"
is "the same serial numbers" "$(serials alice)" "$was"
remove_files client "$certs/alice.pem" "$certs/alice.key"
marker=$(new_marker)
ok "the connection is cut" restart_server
ok "the mount goes on" nfs_write renewal <<<"$marker"
is "what was written is there" "$(on server cat "$(server_path renewal)")" "$marker"
ok "the server saw the new certificate" server_saw "$pki/renewed.pem"
umount_nfs

# --- two identities at once -------------------------------------------------------------------------------------

# On 6.12 it is the agent that chooses, by server, and what the kernel takes for one server has one connection.
case_name "two at once"
on client mkdir -p /mnt/second
if takes_serials; then
	servers=(server.nfs.test server.nfs.test)
	names=(',tlscertname=bob' ',tlscertname=alice')
else
	servers=(server4.nfs.test server6.nfs.test)
	names=("" "")
	printf '%s\n' '[client]' truststore=/etc/nfs-tls/ca.pem '[client "server4.nfs.test"]' certificate=bob \
		'[client "server6.nfs.test"]' certificate=alice | configure client
fi
ok "bob" mount_nfs 4.2 "${servers[0]}" "xprtsec=mtls${names[0]}"
ok "the server saw bob" server_saw "$set/rsa.pem"
run on client mount.nfs "${servers[1]}:/" /mnt/second -v -o "vers=4.2,xprtsec=mtls${names[1]}"
ends "alice" 0
says "has a client of its own" "as NFS client 'client\\+alice'"
ok "the server saw alice" server_saw "$pki/renewed.pem"
if takes_serials; then
	on client mkdir -p /mnt/third /mnt/bound
	on client mount --bind /mnt/second /mnt/bound
	run on client mount.nfs server.nfs.test:/ /mnt/third -o vers=4.2,xprtsec=mtls,tlscertname=alice
	ends "a third with alice, beside a bind mount of her" 0
	on client umount /mnt/third /mnt/bound
fi
ok "both work" on client cat /mnt/nfs/renewal /mnt/second/renewal
is "two connections" "$(connection_tls client | wc -l)" 2
mark_logs
ok "both are cut" restart_server
ok "both go on" on client cat /mnt/nfs/renewal /mnt/second/renewal
ok "the server saw bob again" server_saw "$set/rsa.pem"
ok "the server saw alice again" server_saw "$pki/renewed.pem"
nfscert show --json bob
says "bob's mount is bob's alone" '"point": *"/mnt/nfs"'
unlike "bob's mount is bob's alone: and no other" "$output" '/mnt/second'
on client umount /mnt/second
umount_nfs
if ! takes_serials; then
	printf '%s\n' '[client]' truststore=/etc/nfs-tls/ca.pem '[client "server.nfs.test"]' certificate=bob \
		'[client "server4.nfs.test"]' certificate=alice | configure client
	ok "bob, by one name of an address" mount_nfs 4.2 server.nfs.test xprtsec=mtls,proto=tcp
	run on client mount.nfs server4.nfs.test:/ /mnt/second -o vers=4.2,xprtsec=mtls
	ends "alice, by another, would be on the same connection" 32
	says "and why" 'which has another certificate'
	run on client mount.nfs server4.nfs.test:/ /mnt/second -o xprtsec=mtls
	ends "with a version of its own choice it is not" 0
	ok "the server saw alice" server_saw "$pki/renewed.pem"
	on client umount /mnt/second
	umount_nfs
fi

case_name "two at once, with version 3"
printf '%s\n' '[client]' truststore=/etc/nfs-tls/ca.pem '[client "server.nfs.test"]' certificate=bob \
	'[client "server4.nfs.test"]' certificate=alice | configure client
ok "bob, by one name of an address" mount_nfs 3 server.nfs.test xprtsec=mtls,proto=tcp
ok "the server saw bob" server_saw "$set/rsa.pem"
run on client mount.nfs server4.nfs.test:/srv/export /mnt/second -o vers=3,nolock,xprtsec=mtls
ends "alice, by another, would be on the same connection" 32
says "and why" 'certificate bob was shown, and not alice'
nok "nothing is left of it" on client busybox grep -q /mnt/second /proc/mounts
umount_nfs

case_name "unload"
nfscert unload bob
ends "what nobody uses" 0
is "its keys are gone" "$(serials bob)" ""
if takes_serials; then
	nok "a mount with it" mount_as bob
	like "says what to do" "$mount_output" 'nfscert load bob'
fi
nfscert unload bob
ends "once more" 14
printf '%s\n' '[client]' truststore=/etc/nfs-tls/ca.pem certificate=alice | configure client
ok "a mount that shows what the policy names" mount_nfs 4.2 server.nfs.test xprtsec=mtls
ok "the server saw it" server_saw "$pki/renewed.pem"
umount_nfs
nfscert unload alice
ends "what the policy names" 0
ok "the agent gives it up" wait_agent_log client 'the certificate alice was unloaded'
nok "and shows it no more" mount_nfs 4.2 server.nfs.test xprtsec=mtls
like "says what to do" "$mount_output" 'load it with nfscert'
nfscert load alice --cert "$pki/renewed.pem" --key "$pki/renewed.key"
ends "loaded again" 0
ok "mounts again" mount_nfs 4.2 server.nfs.test xprtsec=mtls
umount_nfs

# --- the server ---------------------------------------------------------------------------------------------------

case_name "the server's certificate"
put_pair server srv "$set/server.pem" "$set/server.key"
run on server nfscert load --role server srv
ends "load" 0
on server "$peers/earlier" 10 busybox sh -euc 'mkdir -m 700 "$2"; mv "$1"/* "$2"' sh "$certs" "$away"
printf '%s\n' '[server]' certificate=srv truststore=/etc/nfs-tls/ca.pem '[client]' truststore=/etc/nfs-tls/ca.pem |
	configure server
ok "mounts" mount_nfs 4.2 server.nfs.test xprtsec=tls
ok "the client saw it" client_saw "$set/server.pem"
umount_nfs
ok "another certificate" nfscert_new srv2 --dns server.nfs.test --dns server
run on server nfscert load --role server srv --cert "$pki/srv2.pem" --key - <"$pki/srv2.key"
ends "renewed from standard input" 0
ok "mounts again" mount_nfs 4.2 server.nfs.test xprtsec=tls
ok "the client saw the new one" client_saw "$pki/srv2.pem"
umount_nfs
nfscert verify alice --peer server.nfs.test
ends "verify: the server takes alice" 0
on_sh server <<<'cp /etc/nfs-tls/ca.pem /etc/nfs-tls/good.pem'
put_file server /etc/nfs-tls/ca.pem <"$set/stranger/ca.pem"
nfscert verify alice --peer server.nfs.test
ends "verify: a server that does not know its authority" 15
on_sh server <<<'mv /etc/nfs-tls/good.pem /etc/nfs-tls/ca.pem'

# --- what cannot be loaded ----------------------------------------------------------------------------------------------

# bad WHAT STATUS WORDS CERTIFICATE KEY
before=$(payload alice cert)$(payload alice key)
bad() {
	nfscert load alice --cert "$4" --key "$5"
	ends "$1" "$2"
	says "$1: words" "$3"
}
case_name "what cannot be loaded"
on_sh client <<'END'
	mkdir -m 700 /etc/nfs-tls/bad
END
give() { put_file client "/etc/nfs-tls/bad/$1"; }
there=/etc/nfs-tls/bad
for name in chained rsa expired unchained; do
	give "$name.pem" <"$set/$name.pem"
	give "$name.key" <"$set/$name.key"
done
head -c 300 "$set/rsa.pem" | give cut.pem
openssl x509 -in "$set/rsa.pem" -outform DER | give rsa.der
for ((i = 0; i < 100; i++)); do cat "$set/rsa.pem"; done | give hundred.pem
: | give empty.pem
head -c 4096 /dev/urandom | give noise.pem
give open.key <"$set/rsa.key"
on client chmod 644 $there/open.key
bad "another's key" 6 'chained\.key does not belong to .*rsa\.pem' $there/rsa.pem $there/chained.key
bad "expired" 8 'expired at' $there/expired.pem $there/expired.key
bad "cut off" 5 'cut\.pem is cut off' $there/cut.pem $there/rsa.key
bad "DER" 5 'rsa\.der is a certificate in DER and not in PEM' $there/rsa.der $there/rsa.key
bad "a key that others may read" 4 'open\.key' $there/rsa.pem $there/open.key
bad "a hundred certificates" 5 'more than 16 certificates' $there/hundred.pem $there/rsa.key
bad "an empty file" 5 'empty\.pem is empty' $there/empty.pem $there/rsa.key
bad "noise" 5 'noise\.pem is no certificate' $there/noise.pem $there/rsa.key
bad "a folder" 3 'bad' $there $there/rsa.key
bad "an intermediate is missing" 10 'intermediate certificate is missing' $there/unchained.pem $there/unchained.key
openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:512 -out "$vm_dir/weak.key" 2>/dev/null
openssl req -x509 -key "$vm_dir/weak.key" -subj /CN=weak -addext subjectAltName=DNS:client.nfs.test -days 2 -out "$vm_dir/weak.pem"
give weak.key <"$vm_dir/weak.key"
give weak.pem <"$vm_dir/weak.pem"
bad "RSA with 512 bits" 7 'a key of 512 bits \(RSA\) is too weak' $there/weak.pem $there/weak.key
head -c 300 "$set/rsa.key" | give cut.key
bad "a key that is cut off" 5 'cut\.key is cut off' $there/rsa.pem $there/cut.key
{
	echo '-----BEGIN PRIVATE KEY-----'
	head -c 600 /dev/urandom | base64
	echo '-----END PRIVATE KEY-----'
} | give broken.key
bad "a broken key" 5 'broken\.key: no private key can be read' $there/rsa.pem $there/broken.key
quota=$(cat /proc/sys/kernel/keys/root_maxbytes)
used=$(awk '$1 == "0:" { split($5, bytes, "/"); print bytes[1] }' /proc/key-users)
echo "$used" >/proc/sys/kernel/keys/root_maxbytes
bad "the quota is used up" 12 "quota of keys is used up" $there/rsa.pem $there/rsa.key
run on client nfscert load another --cert $there/rsa.pem --key $there/rsa.key
ends "the quota is used up, for another name" 12
is "nothing of it is left" "$(serials another)" ""
echo "$quota" >/proc/sys/kernel/keys/root_maxbytes
is "all the while nothing has changed" "$(payload alice cert)$(payload alice key)" "$before"
ok "and alice still mounts" mount_as alice
umount_nfs

# --- killed -------------------------------------------------------------------------------------------------------------------

# At every moment there is a pair, or nothing: check reads the key and compares.
killed() { # WHAT CERTIFICATE: kills a load of it before its first, second... change, until it comes through
	local n=0 states=
	status=100
	while [ "$status" -eq 100 ] && [ $((n += 1)) -lt 30 ]; do
		run on client "$watch" kill "$n" /usr/sbin/nfscert load alice --cert "$2.pem" --key "$2.key"
		on client nfscert check alice >/dev/null 2>&1
		states+="$?$([ -z "$(serials alice)" ] && echo -)"
	done
	is "$1: comes through in the end" "$status" 0
	like "$1: was killed some times" "$n" '^([3-9]|[12][0-9])$'
	states_seen=$states
	printf '# states after each kill: %s\n' "$states"
}
case_name "killed before each change"
unload_all
killed "the first load" $there/chained
like "the first load: there was a pair in the end" "$states_seen" '[01]$'
unlike "the first load: what was there of one was seen to be no pair" "$states_seen" '3'
ok "the first load: mounts" mount_as alice
umount_nfs
killed "a renewal" $there/rsa
like "a renewal: there was a pair at each moment" "$states_seen" '^[01]+$'
was=$(serials alice)
ok "a renewal: mounts with what is new" mount_as alice
ok "a renewal: the server saw it" server_saw "$set/rsa.pem"
umount_nfs

case_name "no trace of the key"
sed -n '3p' "$set/chained.key" | head -c 48 | give needle.pem
openssl ec -in "$set/chained.key" -text -noout 2>/dev/null | sed -n '/priv:/,/pub:/{/priv:/d;/pub:/d;p}' |
	tr -d ' :\n' | tail -c 64 | xxd -r -p | give needle.raw
ok "there is something to look for" on client test -s $there/needle.pem -a -s $there/needle.raw
run on client "$watch" search $there/needle.pem $there/needle.raw -- \
	/usr/sbin/nfscert load -v alice --cert $there/chained.pem --key $there/chained.key
ends "not in the memory of any of its processes at its end" 0
give ed25519.pem <"$set/ed25519.pem"
give ed25519.key <"$set/ed25519.key"
for key in rsa ed25519; do
	sed -n '2{s/^\(.\{12,64\}\).*/\1/p}' "$set/$key.key" | tr -d '\n' | give needle.pem
	run on client "$watch" search $there/needle.pem -- \
		/usr/sbin/nfscert load -n -v "$key" --cert "$there/$key.pem" --key "$there/$key.key"
	ends "nor of an $key key's text" 0
done
sed -n '3p' "$set/chained.key" | head -c 48 | give needle.pem
run on client "$watch" search $there/needle.pem -- /bin/sh -c "read -r line <$there/needle.pem; exit 0"
ends "where it is, it is found" 101
sed '/-----/d' "$set/chained.key" >"$vm_dir/lines"
on client nfscert load -v alice --cert $there/chained.pem --key $there/chained.key >"$vm_dir/said" 2>&1
dmesg >"$vm_dir/dmesg"
logs=("$(agent_log_file client)" "$(agent_log_file server)" "$vm_dir/said" "$vm_dir/dmesg")
nok "nor in a log" grep -qFf "$vm_dir/lines" "${logs[@]}"
nok "nor in one, as hexadecimal digits" grep -qiF "$(on client xxd -p -c 100 $there/needle.raw)" "${logs[@]}"
ok "where it is, it is found there, too" grep -qFf "$vm_dir/lines" "$set/chained.key"

# --- at once ---------------------------------------------------------------------------------------------------------------------

case_name "a hundred loads while mounts are made"
load_loop() {
	local n which
	for ((n = 0; n < 100; n++)); do
		which=chained
		[ $((n % 2)) -eq 0 ] || which=rsa
		on client nfscert load alice --cert "$there/$which.pem" --key "$there/$which.key" >/dev/null || return 1
	done
}
takes_serials || policy alice
load_loop &
loop=$!
mounts=0 failed=0
while kill -0 "$loop" 2>/dev/null; do
	mount_nfs 4.2 server.nfs.test "xprtsec=mtls$(takes_serials && echo ,tlscertname=alice)" && umount_nfs ||
		failed=$((failed + 1))
	mounts=$((mounts + 1))
done
ok "every load came through" wait "$loop"
is "no mount failed" "$failed" 0
diag "$mounts mounts"
less "there were some" 20 "$mounts"

unload_all
on client nfscert list
done_testing
