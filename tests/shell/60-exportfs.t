#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# exportfs as a user runs it, in a root folder and a network namespace of its own: listings, what is told of bad lines, what
# stays in the table, the policy, --check. That etab is that of nfs-utils is tested in 65-exportfs-equal.t.
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${TOP_BUILDDIR:-.}" && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
root=$work/root
readonly root # everything below writes beneath it
# shellcheck source=exports/roots.sh
. "$here/exports/roots.sh"
make_root "$root" "$build/utils/exportfs/exportfs"
chmod 755 "$work" "$root" "$root"/etc "$root"/var "$root"/var/lib "$root"/var/lib/nfs

# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

# exportfs ARGUMENT...: leaves $status, $out and $err
exportfs() {
	status=0
	timeout 60 unshare --net chroot "$root" /exportfs "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
	out=$(<"$work/out")
	err=$(grep -v 'no NFS server runs' "$work/err")
}
as_nobody() {
	status=0
	timeout 60 unshare --net chroot --userspec=65534:65534 "$root" /exportfs "$@" >"$work/out" 2>"$work/err" </dev/null ||
		status=$?
	out=$(<"$work/out")
	err=$(<"$work/err")
}
exports() { cat >"$root/etc/exports"; }
etab() { cat "$root/var/lib/nfs/etab"; }
clients() { cut -d '(' -f 1 "$root/var/lib/nfs/etab" | tr '\t' ' ' | sort | tr '\n' ';'; }
empty() {
	rm -f "$root"/var/lib/nfs/etab* "$root/etc/nfs-tls.conf"
	: >"$root/var/lib/nfs/etab"
}
default_flags='ro,sync,wdelay,hide,nocrossmnt,secure,root_squash,no_all_squash,no_subtree_check,secure_locks,acl,no_pnfs'

# --- words -----------------------------------------------------------------------------------------

exportfs --help
is "--help: status" "$status" 0
like "--help: tells of --check" "$err" "--check"
exportfs --version
like "--version" "$out" '^exportfs: \(linux nfs-tls-utils '
exportfs --no-such-word
is "an unknown option: status" "$status" 1
like "an unknown option is named" "$err" "unknown option --no-such-word"
for words in "-a alpha:/srv/e1|extra arguments are not permitted with -a or -r" "-i -a|-i not meaningful with -a, -r or -u" \
	"-r -u|-r and -u are incompatible" "--check -r|--check changes nothing" "--check --nonsense|unknown option"; do
	# shellcheck disable=SC2086 # words
	exportfs ${words%|*}
	wanted=1
	[[ $words != --check* ]] || wanted=64
	is "${words%|*}: status" "$status" "$wanted"
	like "${words%|*}: says why" "$err" "${words#*|}"
done

# --- listings ---------------------------------------------------------------------------------------

empty
printf '%s\n' '/srv/e1 alpha(rw,xprtsec=mtls:tls) *(ro)' '/srv/a-path-that-is-longer-than-fourteen 10.0.0.0/8(ro,fsid=7)' \
	'"/srv/with blank" @group(rw,refer="/a b@h")' | exports
exportfs -ra
is "a good file: status" "$status" 0
is "a good file: nothing is said" "$err" ""
is "a good file: etab is for all to read" "$(stat -c %a "$root/var/lib/nfs/etab")" 644
exportfs
# shellcheck disable=SC1078,SC1079 # tabs in the middle of a text of several lines
is "a listing" "$out" "/srv/e1       "$'\t'"alpha.example.org
/srv/a-path-that-is-longer-than-fourteen
		10.0.0.0/8
/srv/with blank
		@group
/srv/e1       "$'\t'"<world>"
exportfs -v
like "-v shows options" "$out" 'alpha.example.org\(sync,wdelay,hide,no_subtree_check,sec=sys,rw,root_squash,no_all_squash,xprtsec=tls:mtls\)'
exportfs -s
like "-s is exports(5)" "$out" '/srv/with\\040blank  @group\(.*refer=/a\\040b@h'
cp "$work/out" "$root/etc/exports"
before=$(etab)
exportfs -ra
is "what -s lists can be exported" "$status" 0
is "and is the same table" "$(sort <<<"$before")" "$(etab | sort)"
exportfs --json
is "--json: status" "$status" 0
is "--json is JSON, and has it all" "$(perl -MJSON::PP -e '
	local $/; my $all = decode_json(<STDIN>);
	print join ";", map { "$_->{path} $_->{client} $_->{type} " . join(":", @{ $_->{xprtsec} }) . ($_->{read_only} ? " ro" : "") } @$all' <<<"$out")" \
	"/srv/e1 alpha.example.org host tls:mtls;/srv/a-path-that-is-longer-than-fourteen 10.0.0.0/8 subnet none:tls:mtls ro;/srv/with blank @group netgroup none:tls:mtls;/srv/e1 * world none:tls:mtls ro"
as_nobody
is "anybody may list: status" "$status" 0
like "anybody may list" "$out" "alpha.example.org"
as_nobody -ra
is "not anybody may export: status" "$status" 1
like "not anybody may export: says why" "$err" "could not open /var/lib/nfs/.etab.lock for locking: errno 13"

# --- bad lines ------------------------------------------------------------------------------------------

empty
exports <<'FILE'
/srv/e1 alpha(rw) beta(rw,wrong) gamma(rw)
/srv/e2 alpha(rw
/srv/e3 10.0.0.0/33(rw) alpha(ro)
/srv/e4 alpha(xprtsec=) beta(xprtsec=tls:ssl) gamma(xprtsec=auto) h11(ro)
FILE
exportfs -ra
is "bad lines: status" "$status" 1
like "an unknown option: file, line and column" "$err" "exportfs: /etc/exports:1:[0-9]+: unknown keyword \"wrong\""
like "no parenthesis" "$err" "exportfs: /etc/exports:2:[0-9]+: syntax error: bad option list"
like "a bad prefix" "$err" "exportfs: /etc/exports:3:9: Invalid prefix .33' for 10.0.0.0/33"
like "an empty xprtsec=" "$err" "exportfs: /etc/exports:4:[0-9]+: .*xprtsec"
like "an unknown mode" "$err" "exportfs: /etc/exports:4:[0-9]+: .*ssl"
is "the rest is exported" "$(clients)" \
	"/srv/e1 alpha.example.org;/srv/e1 gamma.example.org;/srv/e3 alpha.example.org;/srv/e4 h11;"
empty
exports <<'FILE'
/srv/e1 alpha(rw,wrong,anonuid=x,xprtsec=ssl,ro) beta(rw)
FILE
exportfs -ra
is "several bad options of one list: each is told" "$err" \
	"$(printf '%s\n' 'exportfs: /etc/exports:1:18: unknown keyword "wrong": expected an option of exports(5)' \
		'exportfs: /etc/exports:1:24: bad anonuid "anonuid=x": expected a decimal number, not a name' \
		'exportfs: /etc/exports:1:42: unknown xprtsec mode ssl: expected none, tls, mtls or a list of them joined by colons')"
is "and the next client exported" "$(clients)" "/srv/e1 beta.example.org;"
printf '%s\n' '/srv/e1 alpha(rw)' '/srv/e2 beta(rw)' '/srv/e3 gamma(rw)' | exports
exportfs -ra
printf '%s\n' '/srv/e1 alpha(rw,wrong)' '/srv/e3 gamma(rw)' | exports
exportfs -ra
is "-r and a bad line: status" "$status" 1
is "-r drops what is gone, and keeps what cannot be read" "$(clients)" "/srv/e1 alpha.example.org;/srv/e3 gamma.example.org;"
like "-r tells what it keeps" "$err" "alpha.example.org:/srv/e1 stays exported"
printf '%s\n' '"/srv/e1 alpha(rw)' | exports
exportfs -ra
like "a path that does not end drops nothing" "$(clients)" "/srv/e1 alpha.example.org;.*/srv/e3 gamma.example.org;"
rm "$root/etc/exports"
before=$(etab)
exportfs -ra
is "no file: status" "$status" 1
like "no file: says so" "$err" "cannot open /etc/exports"
is "no file: drops nothing" "$(etab | sort)" "$(sort <<<"$before")"
echo '/srv/e1 alpha(rw)' | exports
printf '/srv/e2\tbeta.example.org(rw,nonsense)\n/srv/e3\tgamma.example.org(%s)\n' "$default_flags" >"$root/var/lib/nfs/etab"
before=$(etab)
exportfs -a
is "a broken etab: -a: status" "$status" 1
is "a broken etab: -a does not lose it" "$(etab)" "$before"
like "a broken etab: says where" "$err" "/var/lib/nfs/etab:1:[0-9]+: unknown keyword"
exportfs -r
is "a broken etab: -r writes it anew" "$(clients)" "/srv/e1 alpha.example.org;"
exportfs -u alpha:/srv/e2
is "-u of what is not there: status" "$status" 1
like "-u of what is not there: says so" "$err" "Could not find 'alpha.example.org:/srv/e2' to unexport."
exportfs -u 10.1.1.1:/srv/e1/
is "-u by the address: status" "$status" 0
is "-u by the address" "$(clients)" ""

# --- the policy -------------------------------------------------------------------------------------------

empty
policy() { cat >"$root/etc/nfs-tls.conf" && chmod 644 "$root/etc/nfs-tls.conf"; }
printf '%s\n' '[server]' minimum=tls '[server "/srv/e3"]' minimum=none '[server "/srv/e4"]' minimum=tls default=mtls | policy
printf '%s\n' '/srv/e1 alpha(rw,xprtsec=none:mtls)' '/srv/e2 alpha(rw)' '/srv/e3 alpha(rw,xprtsec=none)' '/srv/e4 alpha(rw)' | exports
exportfs -rav
is "below the minimum: status" "$status" 1
like "below the minimum: names both lines" "$err" \
	"/etc/exports:1:9: alpha.example.org:/srv/e1 is refused: xprtsec=none is weaker than minimum=tls in \[server\] \(/etc/nfs-tls.conf:2\): offer xprtsec=tls:mtls"
is "the others go out" "$(clients)" "/srv/e2 alpha.example.org;/srv/e3 alpha.example.org;/srv/e4 alpha.example.org;"
like "no xprtsec=: what the policy leaves" "$(etab)" "/srv/e2"$'\t'"[^)]*,xprtsec=tls:mtls\)"
like "no xprtsec=: its default=" "$(etab)" "/srv/e4"$'\t'"[^)]*,xprtsec=mtls\)"
like "-v tells so" "$out" "alpha.example.org:/srv/e4 offers xprtsec=mtls, because of default=mtls in \[server \"/srv/e4\"\]"
exportfs -i -o rw,xprtsec=none beta:/srv/e2
is "an operand below the minimum: status" "$status" 1
unlike "an operand below the minimum is not exported" "$(clients)" beta
# A policy that is being written is waited for: what is there meanwhile is none.
: >"$root/etc/nfs-tls.conf"
(sleep 0.5; echo '[server]' >"$root/etc/nfs-tls.conf"; sleep 1; printf '%s\n' '[server]' minimum=mtls | policy) &
exportfs -i -o rw,xprtsec=tls beta:/srv/e4
is "a policy that is being written: status" "$status" 1
like "a policy that is being written counts when it is complete" "$err" "minimum=mtls in \[server\] \(/etc/nfs-tls.conf:2\)"
wait
exportfs -i -o rw,xprtsec=mtls beta:/srv/e4
unlike "what is in etab obeys a new policy, too" "$(clients)" "/srv/e3"
echo 'minimun=tls' >>"$root/etc/nfs-tls.conf"
before=$(etab)
exportfs -ra
is "a policy with an error: status" "$status" 1
like "a policy with an error: its line" "$err" "/etc/nfs-tls.conf:3: "
is "a policy with an error: nothing changes" "$(etab)" "$before"
exportfs
is "a policy with an error: a listing works" "$status" 0
: >"$root/etc/nfs-tls.conf"
exportfs -ra
is "an empty policy: status" "$status" 1
like "an empty policy: what to do" "$err" "/etc/nfs-tls.conf: it is empty .*: write it anew; if it is to say nothing, remove it"
is "an empty policy: the table stays" "$(etab)" "$before"
rm "$root/etc/nfs-tls.conf"

# --- --check --------------------------------------------------------------------------------------------------

printf '%s\n' '/srv/e1 alpha(rw,fsid=1)' | exports
exportfs --check
is "--check of a good file: status" "$status" 0
is "--check of a good file: silence" "$out$err" ""
cat >"$root/tmp/bad" <<'FILE'
/srv/e1 alpha(rw,wrong)
/srv/nowhere alpha(rw)
/srv/file alpha(rw)
/srv/e2 nobody.example.org(rw)
/srv/e3 alpha(rw) 10.0.0.0/8(ro) *(ro)
/srv/e4 alpha(rw,xprtsec=none) beta(rw,xprtsec=mtls)
/srv/e4 alpha(rw)
relative alpha(rw)
FILE
printf '%s\n' '[server]' minimum=tls | policy
before=$(etab)
exportfs --check /tmp/bad
is "--check: status" "$status" 2
is "--check touches nothing" "$(etab)" "$before"
while IFS='|' read -r name wanted; do
	like "--check: $name" "$out" "$wanted"
done <<'ROWS'
an unknown option|/tmp/bad:1:[0-9]+: failure: unknown keyword "wrong"
a missing path|/tmp/bad:2:[0-9]+: failure: Failed to stat /srv/nowhere
a file|/tmp/bad:3:[0-9]+: failure: /srv/file is not a directory
a name|/tmp/bad:4:[0-9]+: failure: Failed to resolve nobody.example.org
clients that overlap|/tmp/bad:5:[0-9]+: warning: /srv/e3: alpha.example.org is also 10.0.0.0/8, with other options: those of alpha.example.org count
the policy|/tmp/bad:6:[0-9]+: failure: alpha.example.org:/srv/e4 is refused: xprtsec=none
no certificate|/tmp/bad:6:[0-9]+: failure: xprtsec= offers TLS, but this server has no usable certificate
twice|/tmp/bad:7:[0-9]+: failure: duplicated export entry
a relative path|/tmp/bad:8:[0-9]+: failure: relative is not an absolute path
ROWS
exportfs --check --json /tmp/bad
is "--check --json: status" "$status" 2
is "--check --json is JSON" "$(perl -MJSON::PP -e 'local $/; my $all = decode_json(<STDIN>);
	my ($f) = grep { $_->{subject} eq "/srv/nowhere" } @{$all->{findings}};
	print "$all->{level} $f->{level} $f->{check} $f->{source}"' <<<"$out")" "failure failure exports /tmp/bad:2:14"
printf '%s\n' '/srv/e3 alpha(rw) 10.0.0.0/8(ro)' >"$root/tmp/warned"
exportfs --check /tmp/warned
is "--check: a warning alone" "$status" 1
rm "$root/etc/nfs-tls.conf"
echo nonsense | policy
exportfs --check --json /tmp/warned
is "--check: a policy that cannot be read" "$status" 3
like "--check --json: says so" "$out" '"level":"unknown"'
rm "$root/etc/nfs-tls.conf"
as_nobody --check
is "--check needs no root" "$status" 0

# --- exports in exports --------------------------------------------------------------------------------------------

empty
field=$here/exports/field
mkdir -p "$root"/srv/c/data "$root"/srv/c/deep/pay "$root"/srv/pay "$root"/srv/view "$root/proc/self"
# mounts LINE...: what is mounted, besides the root and /srv, a file system each
mounts() {
	printf '%s\n' '22 1 8:1 / / rw - ext4 x rw' '23 22 8:2 / /srv rw - ext4 x rw' "$@" >"$root/proc/self/mountinfo"
}
mounts
cp "$field/nested.exports" "$root/etc/exports"
policy <"$field/nested.nfs-tls.conf"
exportfs -ra
is "the field's nested exports: status" "$status" 1
like "the field's nested exports: both lines are named" "$err" \
	"/etc/exports:2:8: \*:/srv/c is refused: without xprtsec= it offers xprtsec=none:tls, weaker than minimum=mtls in \[server \"/srv/c/data\"\] \(/etc/nfs-tls.conf:2\), and this export serves /srv/c/data, too: offer xprtsec=mtls, or put"
is "the field's nested exports: the strict one goes out" "$(clients)" "/srv/c/data *;"
exportfs --check
is "the field's nested exports: --check: status" "$status" 2
like "the field's nested exports: --check" "$out" "/etc/exports:2:8: failure: \*:/srv/c is refused: .*/etc/nfs-tls.conf:2"
rm "$root/etc/nfs-tls.conf"
exportfs -ra
is "without a policy: status" "$status" 0
is "without a policy: not a word" "$err" ""
for words in -rav --check; do
	exportfs "$words"
	like "without a policy: $words: a warning that names both lines" "$out$err" \
		"/etc/exports:3:13: (warning: )?\*:/srv/c/data is stricter \(xprtsec=\) than \*:/srv/c \(/etc/exports:2:8\), which serves the same files: put /srv/c/data on a file system of its own"
done
exportfs -v
is "a listing: status" "$status" 0
like "a listing with -v warns" "$err" "/var/lib/nfs/etab:[12]:[0-9]+: \*:/srv/c/data is stricter \(xprtsec=\) than \*:/srv/c \(/var/lib/nfs/etab:"
exportfs
is "a listing without -v does not" "$err" ""

# What is refused, by POLICY SECTION'S PATH | EXPORTS | what is exported | MOUNT
while IFS='|' read -r name section line wanted mount; do
	policy <<-END
		[server "$section"]
		minimum = mtls
	END
	# shellcheck disable=SC2059 # with newlines in it
	mounts "$(printf "$mount")"
	printf '%b\n' "$line" | exports
	exportfs -ra
	is "$name" "$(clients)" "$wanted"
	case $wanted in *"${line%% *} "*) said=0 ;; *) said=1 ;; esac
	is "$name: status" "$status" "$said"
done <<'ROWS'
several levels|/srv/c/deep/pay|/srv/c *(rw)\n/srv/c/deep *(rw)\n/srv/e1 *(rw)|/srv/e1 *;
strong enough|/srv/c/deep/pay|/srv/c *(rw,xprtsec=mtls)|/srv/c *;
subtree_check|/srv/c/deep/pay|/srv/c *(rw,subtree_check)|
a section with slashes|/srv//c/deep/pay/|/srv/c *(rw)|
an export with slashes|/srv/c/data|/srv//c/ *(rw)|
an export with dots|/srv/c/data|/srv/c/deep/../../c *(rw)|
an export by a link|/srv/e1/new|/srv/link *(rw)|
a section by a link|/srv/link|/srv/e1 *(rw)|
a section below a link|/srv/link/pay|/srv/e1 *(rw)|
a section that is not there|/srv/c/nowhere/x|/srv/c *(rw)|
a name that goes on|/srv/c/dat|/srv/c *(rw,xprtsec=none)\n/srv/c/data *(rw,xprtsec=none)|/srv/c/data *;
not the same file system|/srv/c/data|/ *(rw)|/ *;
a mount hides it|/srv/c/data|/srv/c *(rw)|/srv/c *;|24 23 8:3 / /srv/c/data rw - ext4 x rw
a mount that is hidden hides nothing|/srv/c/data|/srv/c *(rw)||24 23 8:3 / /srv/c/data rw - ext4 x rw\n25 23 8:4 / /srv/c rw - ext4 x rw
crossmnt crosses into it|/srv/c/data|/srv/c *(rw,crossmnt)||24 23 8:3 / /srv/c/data rw - ext4 x rw
crossmnt, and an export of its own|/srv/c/data|/srv/c *(rw,crossmnt)\n/srv/c/data *(xprtsec=mtls)|/srv/c *;/srv/c/data *;|24 23 8:3 / /srv/c/data rw - ext4 x rw
a folder bound elsewhere|/srv/pay|/srv/view *(rw)||24 23 8:2 /pay /srv/view rw - ext4 x rw
a folder below one that is bound|/srv/pay|/srv/view/2024 *(rw,xprtsec=tls)||24 23 8:2 /pay /srv/view rw - ext4 x rw
a section for what is bound|/srv/view|/srv/pay *(rw)||24 23 8:2 /pay /srv/view rw - ext4 x rw
a subvolume|/srv/view|/srv/c *(rw)||24 23 0:71 /@c /srv/c rw - btrfs x rw\n25 23 0:71 /@c/pay /srv/view rw - btrfs x rw
ROWS
mounts
policy <<'END'
[server "/srv/e1"]
minimum = mtls
END
printf '%s\n' '/srv/e2 *(rw)' | exports
exportfs -ra
exportfs -i -o rw '*:/srv/link'
is "an operand that is a link: status" "$status" 1
like "an operand that is a link" "$err" '\*:/srv/link is refused: .*minimum=mtls in \[server "/srv/e1"\]'
exportfs -i -o rw '*:/srv/e1/../e1'
is "an operand with dots: status" "$status" 1
is "neither is exported" "$(clients)" "/srv/e2 *;"
# Where rpc.tlshd says that it goes by a policy, what is left of that one is not taken for none.
mkdir -p "$root/run/nfs-tls"
kept() { printf '%s %s\n' "$(stat -c '%d %i' "$root/etc")" "$1" >"$root/run/nfs-tls/policy"; }
lost() { # NAME ERE
	exportfs -ra
	is "$1: status" "$status" 1
	like "$1: says what to do" "$err" "/etc/nfs-tls.conf $2, and rpc.tlshd still goes by it: put it back"
}
rm "$root/etc/nfs-tls.conf"
kept /etc/nfs-tls.conf
lost "a policy whose file is gone" "is gone"
kept /etc/nfs-tls.conf.d
lost "a policy of drop-ins that are gone" "sets nothing any more"
echo '# nothing' | policy
kept /etc/nfs-tls.conf
lost "a policy of which a comment is left" "sets nothing any more"
rm "$root/run/nfs-tls/policy"
exportfs -ra
is "nobody goes by one: status" "$status" 0
policy <<'END'
[server "/srv/c/data"]
peers = *.hr.example.com
END
printf '%s\n' '/srv/c *(rw,xprtsec=mtls)' '/srv/e1 *(rw)' '/srv/c/data *(rw)' | exports
exportfs -ra
is "peers=: status" "$status" 1
like "peers=: both lines are named" "$err" \
	"/etc/exports:1:8: \*:/srv/c is refused: this export serves /srv/c/data, too, to others than peers=\*.hr.example.com in \[server \"/srv/c/data\"\] \(/etc/nfs-tls.conf:2\)"
is "peers=: the others go out" "$(clients)" "/srv/c/data *;/srv/e1 *;"
exportfs --check
like "peers= is said to be not enforced" "$out" \
	"/etc/exports:3:13: warning: /srv/c/data: peers=\*.hr.example.com in .*/etc/nfs-tls.conf:2\) is not enforced for a single export: every client that may connect"
unlike "where nothing is set nothing is said" "$out" "/srv/e1"
mkdir -p "$root/srv/a"
cp "$field/peers.exports" "$root/etc/exports"
policy <"$field/peers.nfs-tls.conf"
mounts '24 23 8:3 / /srv/a rw - ext4 x rw' '25 23 8:4 / /srv/c rw - ext4 x rw'
exportfs --check
like "the field's peers=" "$out" "/etc/exports:2:8: warning: /srv/a: peers=hr.example.com .*/etc/nfs-tls.conf:10\) is not enforced"
printf '%s\n' '[server]' 'peers = *.example.com' | policy
exportfs --check
unlike "peers= of all exports are enforced" "$out" "not enforced"
rm "$root/etc/nfs-tls.conf"

# Without a policy: the same path for different clients, networks in networks, sec= and ro.
printf '%s\n' '/srv/c 10.0.0.0/8(rw)' '/srv/c/data 10.1.0.0/16(rw) @hr(rw,sec=krb5)' '/srv/c/deep 10.0.0.0/8(ro)' | exports
mounts
exportfs --check
like "clients" "$out" "/etc/exports:2:13: warning: .*:/srv/c/data is stricter \(clients\) than 10.0.0.0/8:/srv/c \(/etc/exports:1:8\)"
like "ro" "$out" "/etc/exports:3:13: warning: 10.0.0.0/8:/srv/c/deep is stricter \(ro\) than 10.0.0.0/8:/srv/c"
rm -r "$root/proc"
exportfs --check
like "what is mounted cannot be seen: it is said" "$err" "mountinfo.*so nothing counts as mounted"
like "and nothing is" "$out" "/srv/c/deep is stricter"
printf '%s\n' '/srv/e1 alpha(rw,fsid=1)' | exports

# --- a network with its interface, as in fe80::%eth0/64 ---

printf '%s\n' '/srv/e1 fe80::%lo/64(rw,fsid=1)' | exports
exportfs -ra
is "a link-local network with its interface: status" "$status" 0
like "a link-local network with its interface" "$(cat "$root/var/lib/nfs/etab")" "fe80::%lo/64"
printf '%s\n' '/srv/e1 192.0.2.0%lo/24(rw,fsid=1)' | exports
exportfs -ra
like "no interface behind IPv4" "$err" "Invalid IP address"
printf '%s\n' '/srv/e1 alpha(rw,fsid=1)' | exports
exportfs -ra

# --- a file system with a number of its own needs no fsid= ---

if unshare -rm true 2>/dev/null; then
	out=$(unshare -rm sh -euc 'mount -t tmpfs tmpfs /etc; printf "%s\n" "/etc *(ro)" "/proc *(ro)" >/etc/exports
		"$0" --check 2>&1 || true' "$build/utils/exportfs/exportfs")
	unlike "tmpfs needs no fsid=" "$out" "requires fsid="
	like "but file systems are examined" "$out" "/proc does not support NFS export"
fi

# --- the state folder --------------------------------------------------------------------------------------------

mv "$root/var/lib/nfs" "$root/var/lib/gone"
exportfs -ra
is "no state folder: status" "$status" 1
like "no state folder: says so" "$err" "Failed to stat /var/lib/nfs: No such file or directory"
printf '[mountd]\nstate-directory-path = /var/lib/gone\n' >"$root/etc/nfs.conf"
exportfs -ra
is "nfs.conf names another: status" "$status" 0
like "nfs.conf names another" "$(cat "$root/var/lib/gone/etab")" "alpha.example.org"
rm "$root/etc/nfs.conf"

done_testing
