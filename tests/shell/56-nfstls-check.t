#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nfstls check of made-up hosts: trees with a policy, certificates, fstab, exports and what the kernel would show.
# Of the host that runs this test only that it can be examined is said, for what it has is not known.
set -eu
umask 022

build=${TOP_BUILDDIR:-.}
source_dir=${TOP_SRCDIR:-.}
work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

program=$build/utils/nfstls/nfstls
pki=$source_dir/tests/peer/pki
root=$work/root

# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

check() { run "$program" check --root "$root" "$@"; }

# reports WHAT STATUS: so it ended, each line has its form, and nothing was complained of
reports() {
	if [ "$status" -eq "$2" ] && [ -s "$work/out" ] && [ ! -s "$work/err" ] &&
		! grep -qvE '^(ok|warning|failure|unknown) [^:]+.*: .+' "$work/out"; then
		ok "$1"
	else
		not_ok "$1"
	fi
}
# says WHAT LEVEL SUBJECT TEXT: one line is of that level and subject, and has TEXT
says() {
	# Through the environment, since awk would take the backslashes of a variable away.
	if begin="$2 $3: " text="$4" awk '
		BEGIN { begin = ENVIRON["begin"]; text = ENVIRON["text"] }
		index($0, begin) == 1 && index(substr($0, length(begin)), text) { found++ }
		END { exit found != 1 }' "$work/out"; then
		ok "$1"
	else
		not_ok "$1"
	fi
}
# says_nothing WHAT TEXT
says_nothing() {
	if grep -qF -e "$2" "$work/out"; then
		not_ok "$1"
	else
		ok "$1"
	fi
}
# complains WHAT STATUS TEXT: one line on standard error
complains() {
	if [ "$status" -eq "$2" ] && [ "$(wc -l <"$work/err")" -eq 1 ] && grep -qF -e "$3" "$work/err" &&
		[ ! -s "$work/out" ]; then
		ok "$1"
	else
		not_ok "$1"
	fi
}

# ---- a host ----

set=$work/pki
make_certificates() {
	"$pki" ca "$set" &&
		"$pki" cert "$set" host --dns files.example.com --not-after "+60 days" &&
		"$pki" cert "$set" soon --dns files.example.com --not-before "-60 days" --not-after "+20 days" &&
		"$pki" cert "$set" expired --dns files.example.com --not-before "-20 days" --not-after "-3 days" &&
		"$pki" cert "$set" client --dns files.example.com --role client --not-after "+60 days" &&
	"$pki" crl "$set" && "$pki" intermediate "$set" mid && "$pki" crl "$set" --issuer mid &&
		"$pki" ca "$work/other" &&
		"$pki" cert "$work/other" host --dns files.example.com
}
if ! make_certificates >"$work/log" 2>&1; then
	sed 's/^/# /' "$work/log"
	echo "Bail out! no certificates"
	exit 1
fi

# certificate NAME [FOLDER]: the host's certificate is that one
certificate() {
	mkdir -p "$root/etc/nfs-tls/certs"
	cp "${2:-$set}/$1.pem" "$root/etc/nfs-tls/certs/host.pem"
	install -m 600 "${2:-$set}/$1.key" "$root/etc/nfs-tls/certs/host.key"
}

# host: one where all is well, as far as files tell
host() {
	rm -rf "$root"
	mkdir -p "$root/etc/nfs-tls" "$root/proc/sys/kernel" "$root/proc/net/rpc" "$root/proc/self" "$root/var/lib/nfs"
	cp "$set/ca.pem" "$root/etc/nfs-tls/ca.pem"
	certificate host
	cat >"$root/etc/nfs-tls.conf" <<-END
		[client]
		minimum = tls
		truststore = /etc/nfs-tls/ca.pem
		[client "192.0.2.9"]
		minimum = none
		[server]
		minimum = tls
		truststore = /etc/nfs-tls/ca.pem
	END
	echo files.example.com >"$root/etc/hostname"
	echo "192.0.2.1:/home /mnt/home nfs4 rw,xprtsec=mtls 0 0" >"$root/etc/fstab"
	printf '/srv/home\t*.example.com(rw,sync,sec=sys,xprtsec=tls:mtls)\n' >"$root/var/lib/nfs/etab"
	echo 6.12.9-test >"$root/proc/sys/kernel/osrelease"
	printf 'nodev\tnfs\nnodev\tnfs4\nnodev\tnfsd\n' >"$root/proc/filesystems"
	: >"$root/proc/net/tls_stat"
	cat >"$root/proc/self/mountinfo" <<-END
		30 1 0:30 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
		40 30 0:40 / /mnt/home rw,relatime shared:2 - nfs4 192.0.2.1:/home rw,vers=4.2,xprtsec=mtls,addr=192.0.2.1
	END
}

host
check
reports "a good host" 3
says "its kernel" ok kernel "6.12.9-test"
for subject in "TLS in the kernel" "RPC in the kernel" "NFS client" "NFS server"; do
	says "$subject" ok "$subject" "is there"
done
for subject in "handshake interface" rpc.tlshd "other agents" connections; do
	says "$subject: not seen is unknown, never ok" unknown "$subject" "another root"
done
says "its policy" ok /etc/nfs-tls.conf "3 sections"
says "its certificate as a client" ok "client certificate host" "files.example.com, verifies, has its key, "
says "its certificate as a server" ok "server certificate host" "files.example.com, verifies, has its key, "
says "its trust store" ok "server trust store /etc/nfs-tls/ca.pem" "1 authority"
says "its fstab" ok /mnt/home "xprtsec=mtls, and the minimum is tls"
says "its mount" ok /mnt/home "mounted with mtls"
says "its export" ok "/srv/home to *.example.com" "offers tls:mtls"

check -v
if [ "$status" -eq 3 ] && [ "$(grep -c '^# [a-z]*: ' "$work/out")" -eq 8 ]; then
	ok "-v names the checks"
else
	not_ok "-v names the checks"
fi

# ---- the kernel ----

host
echo 6.4.0 >"$root/proc/sys/kernel/osrelease"
check
reports "an old kernel is a failure" 2
says "its remedy" failure kernel "6.4.0 does not know xprtsec=; boot a kernel from 6.12 on"
echo 6.8.0 >"$root/proc/sys/kernel/osrelease"
check
says "an untested kernel" warning kernel "older"
echo 7.3.1 >"$root/proc/sys/kernel/osrelease"
rm "$root/proc/net/tls_stat"
check
says "whether TLS can be loaded is not known" unknown "TLS in the kernel" "modprobe tls"
mkdir -p "$root/lib/modules/7.3.1"
echo "kernel/net/core/x.ko.xz:" >"$root/lib/modules/7.3.1/modules.dep"
check
says "TLS cannot be loaded" failure "TLS in the kernel" "no module tls"
echo "kernel/net/tls/tls.ko.xz:" >"$root/lib/modules/7.3.1/modules.dep"
check
says "TLS can be loaded" ok "TLS in the kernel" "loaded when it is needed"
rm "$root/etc/fstab" "$root/var/lib/nfs/etab" "$root/proc/filesystems"
echo "30 1 0:30 / / rw,relatime shared:1 - ext4 /dev/sda1 rw" >"$root/proc/self/mountinfo"
check
reports "a host without NFS" 3
says "no client" ok "NFS client" "not in use"
says "no server" ok "NFS server" "not in use"
says "no fstab" ok /etc/fstab "no line for NFS"
says "no export" ok exports "nothing is exported"
says "no mount" ok mounts "nothing is mounted"

# ---- the agent ----

# answer_once TEXT: a stand-in for the agent, which says TEXT once. It listens before this returns.
answer_once() {
	mkdir -p "$root/run/nfs-tls"
	rm -f "$root/run/nfs-tls/agent.sock"
	perl -MIO::Socket::UNIX -e '
		my ($path, $text) = @ARGV;
		my $listener = IO::Socket::UNIX->new(Local => $path, Listen => 1) or die "$path: $!";
		exit 0 if fork;
		close STDOUT; close STDERR;
		alarm 20;
		my $client = $listener->accept or exit 1;
		my $request = <$client>;
		print $client "$text\n";
	' "$root/run/nfs-tls/agent.sock" "$1"
}

host
answer_once '{"agent":"rpc.tlshd","version":"0.1","pid":4711,"workers":[{"pid":4712}],"certificates":[]}'
check
says "an agent" ok rpc.tlshd "version 0.1 answers, process 4711 with 1 workers"
answer_once '{"agent":"rpc.tlshd","version":"0.1","pid":4711,"workers":[]}'
check
says "an agent without workers" failure rpc.tlshd "no workers"
answer_once '{"error":"x"}'
check
says "an agent that talks nonsense" failure rpc.tlshd "not understood"

# ---- the policy ----

host
printf '[client]\nminimum = strong\n' >"$root/etc/nfs-tls.conf"
check
reports "a policy with an error" 2
says "its line" failure /etc/nfs-tls.conf "/etc/nfs-tls.conf:2"
for subject in certificates /etc/fstab exports mounts; do
	says "$subject: without policy not judged, and not ok" unknown "$subject" "not judged"
done
host
chmod 666 "$root/etc/nfs-tls.conf"
check
says "a policy that everybody can write" failure /etc/nfs-tls.conf "chmod go-w"
host
printf '[server]\nminimum = tls\npeers = *.example.com\n[server "/srv/pay"]\npeers = a.example.com\nminimum = mtls\n' \
	>"$root/etc/nfs-tls.conf"
check
says "no trust store of its own" warning "[server]" "public authority"
says "peers without mtls" warning "other exports" "minimum=mtls"
says_nothing "peers with mtls" "warning /srv/pay:"
rm "$root/etc/nfs-tls.conf"
check
says "no policy" ok /etc/nfs-tls.conf "nothing is demanded"
printf '[client]\nminimum = none\n' >"$work/other.conf"
run "$program" check --config "$work/other.conf"
says "--config" ok "$work/other.conf" "1 section"

# ---- certificates ----

host
certificate soon
check
reports "a certificate that expires soon is no failure" 3
says "when" warning "server certificate host" "days; renew it"
certificate expired
check
reports "an expired certificate is one" 2
says "since when" failure "server certificate host" "expired "
certificate client
check
says "a certificate that is for no server" failure "server certificate host" "does not verify"
says "but for a client" ok "client certificate host" "verifies"
certificate host "$work/other"
check
says "of an unknown authority" warning "server certificate host" "does not verify under this host's trust store"
certificate host
install -m 600 "$set/soon.key" "$root/etc/nfs-tls/certs/host.key"
check
says "another one's key" failure "server certificate host" "host.key"
install -m 644 "$set/host.key" "$root/etc/nfs-tls/certs/host.key"
check
says "a key that others can read" failure "server certificate host" "chmod 600"
rm "$root/etc/nfs-tls/certs/host.key"
check
says "no key" failure "server certificate host" "host.key"
echo rubbish >"$root/etc/nfs-tls/certs/host.pem"
check
says "no certificate in the file" failure "server certificate host" "host.pem"
rm "$root/etc/nfs-tls/certs/host.pem"
check
says "no file" warning "server certificate host" "no client can use TLS; put the certificate at /etc/nfs-tls/certs/host.pem"
says "a mount that needs it" failure /mnt/home "no certificate \"host\""
host
echo nas.example.com >"$root/etc/hostname"
check
says "another name" warning "server certificate host" "not for this host's name nas.example.com"
printf '[server "nas.example.com"]\ncertificate = host\n' >>"$root/etc/nfs-tls.conf"
check
says "a name that the policy gives it" failure "server certificate host" "not for nas.example.com, which /etc/nfs-tls.conf:10"
host
sed -i 's,/etc/nfs-tls/ca.pem,/etc/nfs-tls/gone.pem,' "$root/etc/nfs-tls.conf"
check
says "no trust store" failure "client trust store /etc/nfs-tls/gone.pem" "/etc/nfs-tls.conf:3"

# ---- revocation lists ----

host
cat "$set/ca.crl" "$set/mid.crl" >"$root/etc/nfs-tls/ca.crl"
echo "crl = /etc/nfs-tls/ca.crl" >>"$root/etc/nfs-tls.conf"
check
reports "lists of authorities, one of which only peers have" 3
says "which one" ok "server trust store /etc/nfs-tls/ca.pem with /etc/nfs-tls/ca.crl" \
	"the revocation list of CN=mid is not verified yet"
sed -i 's/^\(\[server\]\)$/\1\ncrl-required = yes/' "$root/etc/nfs-tls.conf"
check
reports "all of them required" 3
sed -i '/^crl = /d' "$root/etc/nfs-tls.conf"
check
says "required, and none is named" failure /etc/nfs-tls.conf "crl-required=yes, but no crl= holds for [server]"
host
"$pki" ca "$work/forged" "Test CA" && "$pki" crl "$work/forged" && cp "$work/forged/ca.crl" "$root/etc/nfs-tls/ca.crl"
echo "crl = /etc/nfs-tls/ca.crl" >>"$root/etc/nfs-tls.conf"
check
says "a forged list" failure "server trust store /etc/nfs-tls/ca.pem with /etc/nfs-tls/ca.crl" \
	"/etc/nfs-tls.conf:9): /etc/nfs-tls/ca.crl: a revocation list is not signed by its issuer"

# ---- fstab, mounts, exports ----

host
cat >"$root/etc/fstab" <<'END'
192.0.2.1:/a /mnt/clear nfs4 rw 0 0
192.0.2.9:/b /mnt/free nfs rw 0 0
nobody.example.com:/c /mnt/named nfs4 xprtsec=tls 0 0
192.0.2.1:/d /mnt/a\040b nfs4 xprtsec=none 0 0
[2001:db8::1]:/e /mnt/six nfs4 xprtsec=tls 0 0
rubbish /mnt/rubbish nfs4 xprtsec=tls 0 0
/dev/sda1 / ext4 xprtsec=none 0 0
END
check
reports "a bad fstab" 2
says "clear text where it must not be" failure /mnt/clear "(/etc/nfs-tls.conf:2); mount with xprtsec=tls"
says "clear text where it may be" ok /mnt/free "clear text, which the policy allows"
says "a name whose addresses are not known" warning /mnt/named "by name alone"
says "a path with a blank" failure "/mnt/a b" "xprtsec=none is weaker"
says "an address in brackets" ok /mnt/six "xprtsec=tls"
says "no server" failure /mnt/rubbish "SERVER:/PATH"
host
echo "41 30 0:41 / /mnt/bad rw - nfs 192.0.2.1:/x rw,vers=3,addr=192.0.2.1" >>"$root/proc/self/mountinfo"
check
says "a mount in clear text" failure /mnt/bad "mounted with clear text, which is weaker than minimum=tls"
rm "$root/proc/self/mountinfo"
check
says "no list of mounts" unknown mounts "not examined"

host
printf '/srv/a\\040\\033[2J\t*(rw,sec=sys)\n/srv/b\t*(ro,xprtsec=none:tls)\n' >"$root/var/lib/nfs/etab"
check
reports "bad exports" 2
says "an export without xprtsec=, its path escaped" failure '/srv/a \x1b[2J to *' "export it with xprtsec=tls:mtls"
says "an export in clear text" failure "/srv/b to *" "(/etc/nfs-tls.conf:7) forbids none"
printf '/srv/a\t*(rw\n' >"$root/var/lib/nfs/etab"
check
says "a line that is not understood" failure exports "/var/lib/nfs/etab:1"
mkdir -p "$root/srv/state"
printf '/srv/elsewhere\t*(rw,sec=sys)\n' >"$root/srv/state/etab"
printf '[mountd]\nstate-directory-path=/srv/state\n' >"$root/etc/nfs.conf"
check
says "etab is where nfs.conf says" failure "/srv/elsewhere to *" "xprtsec"
echo 'nonsense' >"$root/etc/nfs.conf"
check
says "an nfs.conf that is not understood" failure exports "/etc/nfs.conf:1: "
rm -r "$root/srv/state" "$root/etc/nfs.conf"
rm "$root/var/lib/nfs/etab"
mkdir "$root/etc/exports.d"
printf '# ours\n/srv/c -xprtsec=mtls \\\n  a(rw) b(rw,xprtsec=none)\n' >"$root/etc/exports"
echo '/srv/d *(xprtsec=tls)' >"$root/etc/exports.d/d.exports"
echo '/srv/e *(xprtsec=none)' >"$root/etc/exports.d/e.not"
check
says "exports without etab" ok "/srv/c to a" "offers mtls"
says "an option of one client" failure "/srv/c to b" "none"
says "exports.d" ok "/srv/d to *" "offers tls"
says_nothing "other files there" "/srv/e"

# ---- exports in exports, and peers of one export ----

host
field=$source_dir/tests/shell/exports/field
nested() {
	sed 's/^#.*//; s/ \*/\t*/' "$field/nested.exports" >"$root/var/lib/nfs/etab"
}
nested
cat "$field/nested.nfs-tls.conf" >>"$root/etc/nfs-tls.conf"
check
reports "a strict export in a lax one, and a policy" 2
says "what the outer one offers" failure "/srv/c to *" "without xprtsec= it offers none:tls:mtls, and minimum=tls"
says "the pair" warning "/srv/c/data to *" "/var/lib/nfs/etab:3:13: *:/srv/c/data is stricter (xprtsec=) than *:/srv/c (/var/lib/nfs/etab:2:8), which serves the same files; put /srv/c/data on a file system of its own"
sed -i 's/fsid=0)/fsid=0,xprtsec=tls:mtls)/' "$root/var/lib/nfs/etab"
check
says "what the outer one serves" failure "/srv/c to *" "xprtsec=tls is weaker than minimum=mtls in [server \"/srv/c/data\"] (/etc/nfs-tls.conf:10), and this export serves /srv/c/data, too; offer xprtsec=mtls"
echo "41 30 0:41 / /srv/c/data rw - ext4 x rw" >>"$root/proc/self/mountinfo"
check
reports "what is mounted is apart" 3
says_nothing "and not in it" stricter
sed -i '/0:41/d; /mount/d' "$root/proc/self/mountinfo"
sed -i 's/fsid=0,/fsid=0,crossmnt,/' "$root/var/lib/nfs/etab"
echo "41 30 0:41 / /srv/c/data rw - ext4 x rw" >>"$root/proc/self/mountinfo"
check
reports "crossmnt, and an export of its own" 3
sed -i '/data/d' "$root/var/lib/nfs/etab"
check
says "crossmnt alone" failure "/srv/c to *" "and this export serves /srv/c/data, too"
rm "$root/etc/nfs-tls.conf" "$root/proc/self/mountinfo"
nested
check
says "without a policy the pair is told all the same" warning "/srv/c/data to *" "is stricter (xprtsec=) than"
says "what is not known of mounts" unknown exports "counts as not mounted"

host
sed 's/^#.*//; s/ \*/\t*/; s/fsid=8/fsid=8,xprtsec=tls:mtls/; s/fsid=0/fsid=0,xprtsec=mtls/' "$field/peers.exports" >"$root/var/lib/nfs/etab"
printf '41 30 0:41 / /srv/a rw - ext4 x rw\n42 30 0:42 / /srv/c rw - ext4 x rw\n' >>"$root/proc/self/mountinfo"
cat "$field/peers.nfs-tls.conf" >"$root/etc/nfs-tls.conf"
check
says "peers= that are not enforced" warning /srv/a "peers=hr.example.com in [server \"/srv/a\"] (/etc/nfs-tls.conf:10) is not enforced for a single export: every client that may connect to this server reaches it; export it to"
says_nothing "none are told of what has none" "warning /srv/c:"
sed -i '/^\[server \"/,$d' "$root/etc/nfs-tls.conf"
echo 'peers=hr.example.com' >>"$root/etc/nfs-tls.conf"
check
says_nothing "peers= of all exports are enforced" "not enforced"

# ---- JSON ----

host
rm "$root/etc/nfs-tls/certs/host.pem"
check --json
# shellcheck disable=SC2016 # Perl's
if [ "$status" -eq 2 ] && perl -MJSON::PP -e '
	local $/;
	my $whole = decode_json(<STDIN>);
	my $all = $whole->{findings};
	my %keys = map { join(",", sort keys %$_) => 1 } @$all;
	my ($bad) = grep { $_->{level} eq "failure" } @$all;
	my ($good) = grep { $_->{level} eq "ok" } @$all;
	exit !(join(";", keys %keys) eq "check,finding,level,remedy,source,subject" && $whole->{level} eq "failure" && $bad->{check} eq "fstab" &&
		$bad->{subject} eq "/mnt/home" && $bad->{remedy} && !defined $good->{remedy})' <"$work/out"; then
	ok "JSON"
else
	not_ok "JSON"
fi

# What was looked at is named, where it has a name: the handshake interface and the system's trust store are no files.
host
check --json
# shellcheck disable=SC2016 # Perl's
is "each finding of kernel, agent, policy and certificates has a source" "$(perl -MJSON::PP -e '
	local $/;
	my @own = grep { $_->{check} =~ /^(kernel|agent|policy|certificates)$/ && $_->{subject} !~ /^handshake interface$|of the system$/ }
		@{decode_json(<STDIN>)->{findings}};
	my %seen = map { $_->{check} => 1 } @own;
	print join(",", sort keys %seen), ": ", join(", ", map { $_->{subject} } grep { !$_->{source} } @own)' <"$work/out")" \
	"agent,certificates,kernel,policy: "

# ---- one exit contract ----

# The status is that of the worst finding, whatever is found: a failure before what is unknown, and that before a warning.
for case in good soon expired none; do
	host
	[ "$case" = good ] || [ "$case" = none ] || certificate "$case"
	[ "$case" != none ] || rm "$root/proc/self/mountinfo"
	check --json
	# shellcheck disable=SC2016 # Perl's
	wanted=$(perl -MJSON::PP -e '
		local $/;
		my $whole = decode_json(<STDIN>);
		my %status = (ok => 0, warning => 1, failure => 2, unknown => 3);
		my ($worst) = grep { my $level = $_; grep { $_->{level} eq $level } @{$whole->{findings}} } qw(failure unknown warning ok);
		print $worst eq $whole->{level} ? $status{$worst} : "level"' <"$work/out")
	is "$case: the status is that of the worst finding" "$status" "$wanted"
done
run sh -c '"$1" check --root "$2" >/dev/full' sh "$program" "$root"
is "a report that cannot be written is not known to be well" "$status" 3

# ---- the command line, and this host ----

run "$program" check --help
if [ "$status" -eq 0 ] && grep -q '^Usage: nfstls check' "$work/out" && grep -q -e '--root FOLDER' "$work/out"; then
	ok "--help"
else
	not_ok "--help"
fi
run "$program" check --nonsense
complains "an unknown option" 64 "--nonsense"
run "$program" check word
complains "a word too many" 64 "one word too many"
run "$program" check --root "$work/nothing"
complains "a root that is not there" 64 "$work/nothing"
run "$program" check
if [ "$status" -le 3 ]; then
	reports "this host" "$status"
	says_nothing "it is not taken for another root" "another root"
else
	not_ok "this host"
fi
run "$program" --help
if [ "$status" -eq 0 ] && grep -q '^  nfstls check ' "$work/out" && grep -q '^  nfstls probe ' "$work/out"; then
	ok "--help shows the commands"
else
	not_ok "--help shows the commands"
fi

done_testing
