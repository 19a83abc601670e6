#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nfstls explain: what the policy decides about mounts, exports and peers, and the line that is named for it.
set -eu

build=${TOP_BUILDDIR:-.}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

program=$build/utils/nfstls/nfstls
conf=$work/policy.conf

# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

explain() { run "$program" explain --config "$conf" "$@"; }
# mount ARGUMENT...: of a server whose addresses are given, so that no name service is asked
mount() { explain --address 192.0.2.1 mount "$@"; }

# concludes WHAT STATUS TEXT: the last line has TEXT, and nothing was complained of
concludes() {
	if [ "$status" -eq "$2" ] && tail -n 1 "$work/out" | grep -qF -e "$3" && [ ! -s "$work/err" ]; then
		ok "$1"
	else
		not_ok "$1"
	fi
}
# fact WHAT FACT VALUE [KEY LINE]: is shown, by that line of the policy; without, by no line
fact() {
	if awk -v fact="$2" -v value="$3" -v by="${4:-}" -v at="($conf:${5:-})" '
		$1 == fact {
			line = substr($0, 17)
			wanted = value (by == "" ? "" : "    by " by)
			if (by == "" ? line == wanted : index(line, wanted) == 1 && substr(line, length(line) - length(at) + 1) == at)
				found = 1
		}
		END { exit !found }' "$work/out"; then
		ok "$1"
	else
		not_ok "$1"
	fi
}
# complains WHAT TEXT [STATUS]: one line on standard error; the status is 64, the command line is wrong
complains() {
	if [ "$status" -eq "${3:-64}" ] && [ "$(wc -l <"$work/err")" -eq 1 ] && [ ! -s "$work/out" ] &&
		grep -qF -e "$2" "$work/err"; then
		ok "$1"
	else
		not_ok "$1"
	fi
}

cat >"$conf" <<'END'
[client]
truststore = /etc/ca.pem
[client "*.example.com"]
minimum = tls
default = mtls
[client "files.example.com"]
certificate = files
crl = /etc/files.crl
alpn = required
peers = files.example.com, 192.0.2.0/24
[client "*.strict.example"]
minimum = mtls
[client "files.example.com:/srv/payroll"]
minimum = mtls
[client "/mnt/open"]
minimum = none
[client "198.51.100.0/24"]
default = auto
[server]
peers = *.example.com
[server "/srv/payroll"]
minimum = mtls
peers = payroll.example.com 192.0.2.7
[server "/srv/public"]
minimum = none
default = none:tls
peers = *
[client "lists.example.com"]
crl = /etc/lists.crl
crl-required = yes
END

# ---- the command line ----

run "$program" explain --help
concludes "--help says where there is more" 0 "nfstls(8)"
explain
complains "nothing to explain" "a mount, an export or a peer?"
explain weather today
complains "something else" "a mount, an export or a peer?"
explain mount
complains "a mount without a server" "what is to be explained?"
explain peer one two
complains "too many words" "too many words"
explain mount a:/b /c d
complains "far too many words" '"d" is one word too many'
explain mount files.example.com
complains "a server without a path" "files.example.com"
explain --address example.com mount files.example.com:/srv
complains "a name where an address belongs" '"example.com" is no IPv4 or IPv6 address'
explain --never
complains "an unknown option" "unknown option --never"
explain export srv
complains "a relative export" "srv"

# ---- mounts ----

mount files.example.com:/srv/home
concludes "a mount with a default" 0 "allowed: a mount without xprtsec= has xprtsec=mtls"
fact "its minimum, of the pattern" minimum tls "minimum=tls in [client \"*.example.com\"]" 4
fact "its default" without-option xprtsec=mtls "default=mtls in [client \"*.example.com\"]" 5
fact "what is not below" allowed tls:mtls minimum=tls 4
fact "its certificate, of the server" certificate files certificate=files 7
fact "its trust store, of the bare section" truststore /etc/ca.pem truststore=/etc/ca.pem 2
fact "its revocation list" crl /etc/files.crl crl=/etc/files.crl 8
fact "ALPN" alpn required alpn=required 9
fact "its peers" peers "files.example.com, 192.0.2.0/24" peers= 10
mount files.example.com:/srv/payroll/2024 /mnt/pay
fact "a path below a section's" minimum mtls minimum=mtls 14
mount other.example.com:/srv
fact "no certificate is named" certificate host
fact "no list is named" crl none
fact "no list has to be there" crl-required no
fact "ALPN where nothing is set" alpn optional
mount lists.example.com:/srv
fact "a list has to be there" crl-required yes "crl-required=yes in [client \"lists.example.com\"]" 30
mount a.strict.example:/srv
concludes "a mount that must name xprtsec=" 3 "clear text, weaker than minimum=mtls"
fact "it is refused, and by which line" without-option refused minimum=mtls 12
fact "what it may name" allowed mtls minimum=mtls 12
mount elsewhere.example:/srv
concludes "a server of which nothing is said" 0 "has xprtsec=none"
fact "no line decides" minimum none
explain --address 198.51.100.9 mount elsewhere.example:/srv
concludes "a section for the address" 0 "has xprtsec=auto"
fact "which one" default auto "default=auto in [client \"198.51.100.0/24\"]" 18
explain --address 198.51.100.9 --address 192.0.2.9 mount elsewhere.example:/srv
complains "addresses of which different things are said" "make them agree" 1
explain mount 198.51.100.9:/srv
concludes "a server named by address" 0 "has xprtsec=auto"
explain mount '[2001:db8::1]:/srv'
concludes "an IPv6 address" 0 "has xprtsec=none"

explain mount name.invalid:/srv
if [ "$status" -eq 0 ] && [ "$(wc -l <"$work/err")" -eq 1 ] &&
	grep -q "^nfstls: explain: warning: name.invalid: .*--address" "$work/err" && [ -s "$work/out" ]; then
	ok "a name without address is a warning, and the decision is by name"
else
	not_ok "a name without address is a warning, and the decision is by name"
fi

# ---- exports ----

explain export /srv/home
concludes "peers= alone demands certificates" 0 "allowed: /srv/home may be exported with xprtsec=mtls"
fact "by which line" minimum mtls "peers=*.example.com in [server]" 20
fact "whose" peers "*.example.com" peers= 20
explain export /srv/public/films
concludes "an export for all" 0 "xprtsec=none:tls:mtls"
fact "what it offers without xprtsec=" without-option xprtsec=none:tls default=none:tls 26
explain export /srv/payroll '*.example.com'
concludes "a wildcard is nobody" 3 "refused: *.example.com"

# ---- exports to a client: the table, the policy, the mounts, the kernel ----

root=$work/root
mkdir -p "$root/etc" "$root/var/lib/nfs" "$root/proc/self" "$root/proc/net/rpc/nfsd.export" "$root/proc/net/rpc/auth.unix.ip"
etab=/var/lib/nfs/etab
cp "$conf" "$root/etc/nfs-tls.conf"
export=$(printf '/srv/home\t*(rw,xprtsec=mtls)\n/srv/payroll\t*(rw,xprtsec=mtls)\n/srv/public\t192.0.2.0/24(ro,xprtsec=none:tls) *.example.com(rw)\n/srv/late\t*(rw,mountpoint,xprtsec=mtls)\n/srv/away\t*(rw,refer=/x@192.0.2.5,xprtsec=mtls)\n')
printf '%s\n' "$export" >"$root$etab"
printf '%s\n' '# ours' '/srv/home *(rw,xprtsec=mtls)' '/srv/new *(rw,xprtsec=mtls)' >"$root/etc/exports"
echo '22 1 8:1 / / rw - ext4 x rw' >"$root/proc/self/mountinfo"
# of_host QUESTION...: below the root
of_host() { run "$program" explain --root "$root" --config /etc/nfs-tls.conf "$@"; }
# shows WHAT ERE: a line is like that
shows() {
	if grep -qE -e "$2" "$work/out"; then
		ok "$1"
	else
		not_ok "$1"
	fi
}
# table WHAT FACT VALUE FILE:LINE: a fact of another source than the policy
table() { shows "$1" "^$2 +$3    by $4\$"; }

of_host export /srv/home laptop.example.com
concludes "what is exported" 0 "allowed: laptop.example.com may reach /srv/home with xprtsec=mtls"
table "by which line of the table" export '/srv/home \*\(.*xprtsec=mtls\)' "$etab:1"
table "by which line of the files" exports '/srv/home \*\(.*xprtsec=mtls\)' /etc/exports:2
table "the modes that remain" modes mtls "$etab:1"
conf_before=$conf
conf=/etc/nfs-tls.conf
fact "the policy's line" minimum mtls "peers=*.example.com in [server]" 20
conf=$conf_before
of_host export /srv/payroll payroll.example.com
concludes "a client among the peers" 0 "allowed: payroll.example.com may reach /srv/payroll with xprtsec=mtls"
of_host export /srv/payroll 192.0.2.7
concludes "an address among the peers" 0 "allowed: 192.0.2.7 may reach /srv/payroll"
of_host export /srv/payroll laptop.example.com
concludes "a client that is not is let in all the same, which is said" 0 \
	"may reach /srv/payroll with xprtsec=mtls; it is not among the peers= of this path, which are not enforced for a single export"
shows "and as a fact" '^peers-enforced  no: every client that may connect'
sed -i '/^\[server "\/srv\/public/,$d' "$root/etc/nfs-tls.conf"
of_host export /srv/payroll laptop.example.net
concludes "a client that may not connect" 3 "refused: a client with a certificate for laptop.example.net may not connect"
printf '[server]\npeers = *.example.com\n' >"$root/etc/nfs-tls.conf"
of_host export /srv/home laptop.example.com
if grep -q 'peers-enforced' "$work/out"; then
	not_ok "peers= of all exports are enforced"
else
	ok "peers= of all exports are enforced"
fi
cp "$conf" "$root/etc/nfs-tls.conf"
of_host export /srv/home/alice laptop.example.com
concludes "a directory of an export" 0 "allowed: laptop.example.com may reach /srv/home/alice"
table "by which export" served-by '/srv/home \*\(.*\)' "$etab:1"
of_host export /srv/home/../home/ laptop.example.com
complains "a path with dots" "must not have . or .."
of_host export /srv/nowhere laptop.example.com
concludes "what is not exported" 3 "refused: /srv/nowhere is not exported"
of_host export /srv/new laptop.example.com
concludes "what is in the files only" 3 "refused: /srv/new is not exported; /etc/exports:3 is not in the table of exports: run exportfs -ra"
of_host export /srv/public 198.51.100.1
concludes "what is not exported to this client" 3 "refused: /srv/public is not exported to 198.51.100.1, but to "
of_host export /srv/public 192.0.2.99
concludes "a network" 0 "allowed: 192.0.2.99 may reach /srv/public with xprtsec=none:tls"
of_host --address 198.51.100.1 export /srv/public a.example.com
concludes "a name with an address, by the default of the policy" 0 "allowed: a.example.com may reach /srv/public with xprtsec=none:tls"
of_host export /srv/late a.example.com
concludes "what waits for its mount" 3 "refused: /srv/late waits for its mount point"
of_host export /srv/away a.example.com
concludes "what is elsewhere" 0 "is sent elsewhere for /srv/away, with xprtsec=mtls: refer=/x@192.0.2.5"
of_host export /srv/home 10.0.0.0/8
concludes "a network is no client" 3 "refused: 10.0.0.0/8 is no host"

# What the policy does not let out, and what lies in something lax.
printf '/srv\t*(rw,xprtsec=none)\n/srv/home\t*(rw,xprtsec=mtls)\n' >"$root$etab"
of_host export /srv/home a.example.com
concludes "an outer export that the policy refuses" 0 "allowed: a.example.com may reach /srv/home with xprtsec=mtls"
table "which is told" served-by '/srv \* with xprtsec=nothing: it is refused' "$etab:1"
of_host export /srv a.example.com
concludes "and refused" 3 "refused: xprtsec=none is weaker than peers=*.example.com in [server]"
rm "$root/etc/nfs-tls.conf"
of_host export /srv/home a.example.com
concludes "without a policy it serves the same files" 0 \
	"may reach /srv/home with xprtsec=mtls; but the same files are served by /srv ($etab:1) with xprtsec=none as well"
printf '[server "/srv/home"]\nminimum=mtls\n' >"$root/etc/nfs-tls.conf"
of_host export /srv a.example.com
concludes "what it serves is looked at" 3 "weaker than minimum=mtls in [server \"/srv/home\"] (/etc/nfs-tls.conf:2), and this export serves /srv/home, too"
of_host export /srv
shows "also without a client" '^served-too      /srv/home    by minimum=mtls'
concludes "which modes it may offer" 0 "allowed: /srv may be exported with xprtsec=mtls"
printf '23 22 8:2 / /srv/home rw - ext4 x rw\n' >>"$root/proc/self/mountinfo"
of_host export /srv a.example.com
concludes "not when that is mounted" 0 "allowed: a.example.com may reach /srv with xprtsec=none"
printf '/srv\t*(rw,crossmnt)\n' >"$root$etab"
of_host export /srv/home/x a.example.com
concludes "crossmnt: what remains" 0 "allowed: a.example.com may reach /srv/home/x with xprtsec=mtls"

# What the kernel was told.
printf '/srv/home\t*(rw,xprtsec=mtls)\n' >"$root$etab"
printf '#class IP domain\nnfsd 192.0.2.1 *\nnfsd 2001:0db8:0000:0000:0000:0000:0000:0001 *\n# nfsd 192.0.2.9 -no-domain-\n' \
	>"$root/proc/net/rpc/auth.unix.ip/content"
printf '#path domain(flags)\n/srv/home\t*(rw,root_squash,sync,wdelay,no_subtree_check,sec=1)\n# /srv/no\t*()\n/srv/gone\t*(rw,sec=1)\n' \
	>"$root/proc/net/rpc/nfsd.export/content"
of_host export /srv/home 192.0.2.1
concludes "the kernel was told" 0 "allowed: 192.0.2.1 may reach /srv/home with xprtsec=mtls"
table "whom it takes the client for" kernel-client '192.0.2.1 is \*' /proc/net/rpc/auth.unix.ip/content
table "what it does" kernel-export '/srv/home \*\(rw,.*,sec=1\), xprtsec= is not shown' /proc/net/rpc/nfsd.export/content
of_host export /srv/home 2001:db8::1
table "by IPv6" kernel-client '2001:db8::1 is \*' /proc/net/rpc/auth.unix.ip/content
of_host export /srv/home 192.0.2.2
table "it was not asked" kernel-client '192.0.2.2 not asked yet' /proc/net/rpc/auth.unix.ip/content
of_host export /srv/gone 192.0.2.1
concludes "what it was told before" 3 "refused: /srv/gone is not exported; but the kernel was told otherwise before, and goes by that: run exportfs -f"
of_host export /srv/home 192.0.2.9
concludes "whom it was told to refuse" 3 "refused: the kernel was told that this client has no /srv/home"
printf '/srv/no\t*(rw)\n' >>"$root$etab"
of_host export /srv/no 192.0.2.1
concludes "what it was told to refuse" 3 "goes by that, though it is exported now: run exportfs -f"
of_host export /srv/no a.example.com
concludes "without an address it is not looked at" 0 "allowed: a.example.com may reach /srv/no"
echo '/srv/no *(rw' >>"$root$etab"
of_host export /srv/home 192.0.2.1
complains "a table that cannot be read" "$etab:3:" 1
rm -r "${root:?}/var" "$root/proc"
of_host export /srv/home 192.0.2.1
concludes "no table" 3 "refused: /srv/home is not exported; /etc/exports:2 is not in the table of exports: run exportfs -ra"
rm "$root/etc/exports"
of_host export /srv/home 192.0.2.1
concludes "nothing at all" 3 "refused: /srv/home is not exported; nothing is: there is no table of exports"
rm -r "$root"

# ---- peers ----

explain peer laptop.example.com
concludes "a peer that may connect" 0 "allowed: a client with a valid certificate for laptop.example.com may connect"
fact "what it may not reach" may-not-reach /srv/payroll peers= 23
fact "what it may reach" may-reach /srv/public peers= 27
fact "what else" may-reach "all other exports" peers= 20
explain peer laptop.example.net
fact "a stranger reaches what is for all" may-reach /srv/public peers= 27
fact "but nothing else" may-not-reach "all other exports" peers= 20
sed '/public/,$d' "$conf" >"$work/private.conf"
run "$program" explain -c "$work/private.conf" peer laptop.example.net
concludes "a peer that may not connect" 3 "refused: a client with a certificate for laptop.example.net may not connect"
esc=$(printf '\033')
explain peer "evil${esc}[2J"
if ! grep -qF "$esc" "$work/out" && grep -qF 'evil\x1b[2J' "$work/out"; then
	ok "a name cannot speak to the terminal"
else
	not_ok "a name cannot speak to the terminal"
fi
explain mount "evil${esc}[2J"
if ! grep -qF "$esc" "$work/err"; then
	complains "nor in a complaint" 'evil\x1b[2J'
else
	not_ok "nor in a complaint"
fi

# ---- the policy's files ----

mkdir -p "$work/root/etc" "$work/root/var/lib/nfs"
cp "$conf" "$work/root/etc/nfs-tls.conf"
run "$program" explain --root "$work/root" --config /etc/nfs-tls.conf export /srv/payroll
concludes "--root: the policy below it" 0 "allowed: /srv/payroll may be exported with xprtsec=mtls"
run "$program" explain -c "$work/missing.conf" --address 192.0.2.1 mount files.example.com:/srv
concludes "no policy demands nothing" 0 "has xprtsec=none"
printf '[client]\nminimum = tls\nminimun = mtls\n' >"$work/broken.conf"
for question in "mount files.example.com:/srv" "export /srv" "peer files.example.com"; do
	# shellcheck disable=SC2086 # two words
	run "$program" explain -c "$work/broken.conf" $question
	complains "an unknown key: explain ${question%% *} names file and line" "$work/broken.conf:3: " 1
done
printf '[client "*.example.com"]\nminimum = tls\ndefault = none\n' >"$work/broken.conf"
run "$program" explain -c "$work/broken.conf" peer files.example.com
complains "a default below the minimum beside it" "$work/broken.conf:3: " 1
cp "$conf" "$work/open.conf"
chmod 666 "$work/open.conf"
run "$program" explain -c "$work/open.conf" peer files.example.com
complains "a policy that everybody can write" "$work/open.conf" 1

# ---- JSON ----

# field WHAT EXPRESSION VALUE: of $r, the answer; %f has the facts by name
field() {
	found=$(perl -MJSON::PP -0777 -ne '
		my $r = decode_json($_);
		my %f = map { $_->{what} => $_ } @{ $r->{facts} };
		print '"$2" "$work/out" 2>&1) || true
	if [ "$found" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1"
		printf '# found: %s\n' "$found"
	fi
}
# shellcheck disable=SC2016 # Perl's
{
	mount --json files.example.com:/srv/home
	field "JSON: the verdict" '$r->{verdict}' allowed
	field "JSON: the sentence" '$r->{sentence}' "allowed: a mount without xprtsec= has xprtsec=mtls"
	field "JSON: a fact" '$f{minimum}{value}' tls
	field "JSON: its line" '"$f{minimum}{file}:$f{minimum}{line}"' "$conf:4"
	field "JSON: its section" '$f{minimum}{section}' '[client "*.example.com"]'
	field "JSON: its key" '$f{minimum}{setting}' minimum
	mount --json a.strict.example:/srv
	field "JSON: refused" '$r->{verdict}' refused
	field "JSON: a fact that no line made" 'exists $f{crl}{file} ? "a line" : $f{crl}{value}' none
	explain --json peer "$(printf 'caf\351.example')"
	field "JSON: bytes that are not UTF-8" '$r->{sentence} =~ /(caf\S+)/' 'caf\xe9.example'
}
printf '/srv/home\t*(rw,xprtsec=mtls)\n' >"$work/root/var/lib/nfs/etab"
run "$program" explain --json --root "$work/root" --config /etc/nfs-tls.conf export /srv/home laptop.example.com
# shellcheck disable=SC2016 # Perl's
{
	field "JSON: an export" '$r->{verdict}' allowed
	field "JSON: whose fact it is" 'join ",", map { $f{$_}{source} } qw(export exports minimum modes kernel-export)' \
		table,exports,policy,table,kernel
	field "JSON: a line of the table" '"$f{export}{file}:$f{export}{line}"' /var/lib/nfs/etab:1
	field "JSON: that has no section" 'exists $f{export}{section} ? "one" : "none"' none
	field "JSON: a fact without a line" 'exists $f{exports}{line} ? "one" : $f{exports}{value}' "no line is about it"
}
run "$program" explain --json --root "$work/root" --config /etc/nfs-tls.conf export /srv/nowhere laptop.example.com
if [ "$status" -eq 3 ]; then
	ok "JSON: the same status"
else
	not_ok "JSON: the same status"
fi

done_testing
