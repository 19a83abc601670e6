#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nfsv4.exportd as a user meets it, as far as it gets without a kernel's server: what starts one has no /proc, no
# privileges, or settings that forbid it.
set -eu

build=${TOP_BUILDDIR:-.}
source_dir=${TOP_SRCDIR:-.}
work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
# A copy, since the ordinary user may not be let into the build folder.
cp "$build/utils/exportd/nfsv4.exportd" "$work/nfsv4.exportd"
program=$work/nfsv4.exportd

# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

ends "--help" 0 '^Usage: nfsv4\.exportd.*--manage-gids.*nfs-tls\.conf\(5\)' "$program" --help
ends "-h" 0 '^Usage:' "$program" -h
ends "-v" 0 '^nfsv4\.exportd: nfs-tls-utils [0-9]' "$program" -v
ends "--version" 0 '^nfsv4\.exportd: nfs-tls-utils [0-9]' "$program" --version
ends "an unknown option" 1 'unknown option --nonsense: see nfsv4\.exportd --help' "$program" --nonsense
ends "a word too many" 1 '"/srv" is one word too many' "$program" -F /srv
ends "no argument" 1 '-s needs an argument' "$program" -s
for value in 0 -1 abc '' 99999999999; do
	ends "-T '$value'" 1 "bad ttl number of seconds: $value" "$program" -T "$value"
done
ends "--ttl takes a number, too" 1 'bad ttl number of seconds: x' "$program" --ttl x
ends "-t 0" 1 'bad number of threads: 0' "$program" -t 0
ends "-d with a kind that is none" 1 '-d takes auth, call, general, parse or all, not "nonsense"' "$program" -d nonsense
ends "an ordinary user" 1 'must be started by root' setpriv --reuid 65534 --regid 65534 --clear-groups "$program" -F

# with NFS.CONF COMMAND...: in a mount namespace of its own, with nothing in /proc and /etc but this nfs.conf
with() {
	unshare --mount --net bash -euc '
		mount -t tmpfs tmpfs /proc
		mount -t tmpfs tmpfs /etc
		printf "%s" "$1" >/etc/nfs.conf
		shift
		exec "$@"' bash "$@"
}
ends "without /proc it cannot see who else answers, and does not start" 1 'cannot see which other daemons run: /proc/self/ns/net' \
	with '' "$program" -F
ends "nor in the background" 1 'cannot see which other daemons run' with '' "$program"
ends "nfs.conf: rootdir" 1 'rootdir= in \[exports\] is not supported' with $'[exports]\nrootdir=/srv\n' "$program" -F
ends "nfs.conf: a bad number" 1 'ttl=soon in \[exportd\] or \[mountd\]: expected a number above 0' \
	with $'[mountd]\nttl=soon\n' "$program" -F
ends "nfs.conf: [exportd] comes first" 1 'ttl=never in' with $'[exportd]\nttl=never\n[mountd]\nttl=1800\n' "$program" -F
ends "nfs.conf: the command line comes before it" 1 'cannot see which other daemons run' \
	with $'[exportd]\nttl=never\n' "$program" -F -T 60
ends "nfs.conf: a line that is none" 1 '/etc/nfs\.conf:2: ' with $'[exportd]\nnonsense\n' "$program" -F

# The units: what systemd-analyze can tell of them without a systemd that runs.
for unit in nfsv4-exportd nfsv4-server; do
	sed "s,/usr/sbin/nfsv4.exportd,$program,; s,/usr/sbin/exportfs,$build/utils/exportfs/exportfs," \
		"$source_dir/systemd/$unit.service" >"$work/$unit.service"
done
ends "the units are well formed" 0 '^$' systemd-analyze verify --man=no "$work"/nfsv4-{exportd,server}.service

done_testing
