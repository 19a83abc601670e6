#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# One contract of all that checks: nfstls check, nfscert check, exportfs --check, nfsstat --tls --check. Each is given
# what is well, what is worth a warning, what is wrong, what cannot be examined, and a wrong option; status and JSON are
# compared. And every program of our own ends with 64 when its command line is wrong.
set -eu
umask 022

build=$(cd "${TOP_BUILDDIR:-.}" && pwd)
source_dir=$(cd "${TOP_SRCDIR:-.}" && pwd)
work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# shellcheck source=tap.sh
. "$source_dir/tests/shell/tap.sh"

nfstls=$build/utils/nfstls/nfstls
nfscert=$build/utils/nfscert/nfscert
exportfs=$build/utils/exportfs/exportfs
nfsstat=$build/utils/nfsstat/nfsstat
tlshd=$build/utils/tlshd/rpc.tlshd

# The level of the whole and the status that belongs to the worst finding, or what is wrong with the form.
cat >"$work/form.pl" <<'EOF2'
use JSON::PP;
local $/;
my $all = decode_json(<STDIN>);
my %rank = (ok => 0, warning => 1, unknown => 2, failure => 3);
my $worst = "ok";
for my $f (@{$all->{findings}}) {
	my $keys = join " ", sort keys %$f;
	$keys eq "check finding level remedy source subject" or die "members: $keys\n";
	length($f->{$_} // "") or die "no $_: $f->{finding}\n" for qw(check finding subject);
	# A family of netlink, and the trust store of the system, are no files.
	length($f->{source} // "") or $f->{subject} =~ /^handshake interface$|of the system$/ or die "no source: $f->{finding}\n";
	exists $rank{$f->{level}} or die "level $f->{level}\n";
	$worst = $f->{level} if $rank{$f->{level}} > $rank{$worst};
}
$all->{level} eq $worst or die "level $all->{level}, but the worst is $worst\n";
print "$worst\n";
EOF2

# contract WHAT STATUS COMMAND...: so it ends, with and without --json, and the form is right
contract() {
	local name=$1 wanted=$2 levels=(ok warning failure unknown) text_status
	shift 2
	run "$@"
	text_status=$status
	run "$@" --json
	is "$name: status" "$text_status $status" "$wanted $wanted"
	is "$name: JSON" "$(perl "$work/form.pl" <"$work/out" 2>&1)" "${levels[wanted]}"
}
# usage COMMAND...
usage() {
	run "$@"
	if [ "$status" -eq 64 ] && [ -s "$work/err" ]; then
		ok "64: ${1##*/} ${*:2}"
	else
		not_ok "64: ${1##*/} ${*:2}"
	fi
}

# ---- exportfs --check ----

mkdir "$work/srv"
printf '%s\n' "$work/srv 192.0.2.1(ro,sync,fsid=7,no_subtree_check)" >"$work/good.exports"
printf '%s\n' "$work/srv 192.0.2.1(ro,sync,fsid=7) 192.0.2.0/24(rw,sync,fsid=7)" >"$work/warned.exports"
printf '%s\n' "$work/nowhere 192.0.2.1(ro,sync)" >"$work/bad.exports"
contract "exportfs: good" 0 "$exportfs" --check "$work/good.exports"
contract "exportfs: a warning" 1 "$exportfs" --check "$work/warned.exports"
contract "exportfs: a failure" 2 "$exportfs" --check "$work/bad.exports"
contract "exportfs: no such file" 3 "$exportfs" --check "$work/none.exports"
contract "exportfs: a directory" 3 "$exportfs" --check "$work/srv"
contract "exportfs: a failure is worse than what is unknown" 2 "$exportfs" --check "$work/none.exports" "$work/bad.exports"
contract "exportfs: what is unknown is worse than a warning" 3 "$exportfs" --check "$work/none.exports" "$work/warned.exports"
usage "$exportfs" --check --nonsense
usage "$exportfs" --nonsense --check
usage "$exportfs" --check -a

# ---- nfscert check ----

pki=$source_dir/tests/peer/pki
set=$work/pki
if ! { "$pki" ca "$set" && "$pki" cert "$set" good --dns good.example --not-after "+60 days" &&
	"$pki" cert "$set" expired --dns old.example --not-before "-20 days" --not-after "-3 days"; } >"$work/log" 2>&1; then
	sed 's/^/# /' "$work/log"
	echo "Bail out! no certificates"
	exit 1
fi
mkdir "$work/good" "$work/expired"
for name in good expired; do
	cp "$set/$name.pem" "$work/$name/"
	install -m 600 "$set/$name.key" "$work/$name/"
done
check_certificates() { "$nfscert" check -c "$work/none.conf" --truststore "$set/ca.pem" "$@"; }
contract "nfscert: good" 0 check_certificates -d "$work/good"
contract "nfscert: a warning" 1 check_certificates -d "$work/good" --warn 100
contract "nfscert: a failure" 2 check_certificates -d "$work/expired"
contract "nfscert: a name that is nowhere" 2 check_certificates -d "$work/good" nobody
contract "nfscert: a policy with an error" 3 "$nfscert" check -d "$work/good" -c "$work/good.exports"
contract "nfscert: no such trust store" 3 "$nfscert" check -c "$work/none.conf" -d "$work/good" --truststore "$work/none.pem"
usage "$nfscert" check --nonsense
usage "$nfscert" check --warn soon

# ---- nfsstat --tls --check ----

stat_root=$work/stat
fresh() { rm -rf "$stat_root"; cp -r "$source_dir/tests/shell/nfsstat/tls" "$stat_root"; mkdir -p "$stat_root/etc"; }
fresh
: >"$stat_root/proc/self/mountinfo"
rm -rf "$stat_root"/sys/kernel/sunrpc/xprt-switches/*
contract "nfsstat: nothing is there" 0 "$nfsstat" --root "$stat_root" --tls --check -c
fresh
sed -i 's/xprtsec=mtls,//' "$stat_root/proc/self/mountinfo"
echo none >"$stat_root/sys/kernel/sunrpc/xprt-switches/switch-1/xprt-9-tcp/xprtsec"
sed -i 's/CONNECTED//' "$stat_root/sys/kernel/sunrpc/xprt-switches/switch-1/xprt-9-tcp/xprt_state"
printf '[client]\nminimum = tls\n' >"$stat_root/etc/nfs-tls.conf"
contract "nfsstat: a failure" 2 "$nfsstat" --root "$stat_root" --tls --check -c
echo nonsense >"$stat_root/etc/nfs-tls.conf"
contract "nfsstat: a policy with an error" 3 "$nfsstat" --root "$stat_root" --tls --check -c
fresh
contract "nfsstat: what cannot be seen" 3 "$nfsstat" --root "$stat_root" --tls --check -c
mkdir -p "$stat_root/proc/net/rpc"
: >"$stat_root/proc/net/rpc/nfsd"
contract "nfsstat: a side that cannot be seen" 3 "$nfsstat" --root "$stat_root" --tls --check -s
usage "$nfsstat" --tls --check --nonsense
usage "$nfsstat" --nonsense --check
usage "$nfsstat" --tls --check word

# ---- nfstls check: below another root nothing that runs is known ----

root=$work/root
host() {
	rm -rf "$root"
	mkdir -p "$root/etc" "$root/proc/sys/kernel" "$root/proc/self" "$root/var/lib/nfs"
	echo 7.3.0 >"$root/proc/sys/kernel/osrelease"
	: >"$root/proc/self/mountinfo"
}
host
check() { "$nfstls" check --root "$root" "$@"; }
contract "nfstls: what runs is unknown" 3 check
mkdir "$root/etc/fstab"
contract "nfstls: a directory for fstab" 3 check
rmdir "$root/etc/fstab"
mkdir "$root/etc/exports"
contract "nfstls: a directory for exports" 3 check
rmdir "$root/etc/exports"
echo 'rubbish /mnt nfs4 xprtsec=tls 0 0' >"$root/etc/fstab"
contract "nfstls: a failure" 2 check
usage "$nfstls" check --nonsense
usage "$nfstls" check word

# ---- a wrong command line, of all that is our own ----

for words in '' nonsense --nonsense 'explain nonsense' 'explain mount' probe 'probe --timeout 0 x' 'probe --nonsense x'; do
	# shellcheck disable=SC2086 # several words
	usage "$nfstls" $words
done
for words in '' nonsense --nonsense 'list --nonsense' 'list word' 'show a b' 'load --cert x' unload verify 'new --days x' sign; do
	# shellcheck disable=SC2086 # several words
	usage "$nfscert" $words
done
for words in --nonsense word --ask '--ask status word' -x; do
	# shellcheck disable=SC2086 # several words
	usage "$tlshd" $words
done

done_testing
