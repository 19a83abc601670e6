#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# mount.nfs and umount.nfs as a user meets them, up to the point where the kernel would be asked:
# every command line here fails, or is fake (-f), before that. Host names are numbers, so nobody is asked.
set -eu

build=${TOP_BUILDDIR:-.}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# Links of our own: the build folder holds the program under one name only.
program=$(cd "$build" && pwd)/utils/mount/mount.nfs
for name in mount.nfs mount.nfs4 umount.nfs umount.nfs4; do ln -s "$program" "$work/$name"; done
mkdir "$work/dir"
: >"$work/file"
dir=$work/dir
server=127.0.0.1:/export

# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

# call NAME ARG...: as run
call() {
	name=$1
	shift
	run "$work/$name" "$@"
}

# expect WHAT STATUS out|err TEXT: a line of that stream contains TEXT
expect() {
	what=$1 expected=$2 stream=$3 text=$4
	if [ "$status" -eq "$expected" ] && grep -qF -e "$text" "$work/$stream"; then
		ok "$what"
	else
		not_ok "$what"
	fi
}
# As expect, and that line is all that was printed.
expect_only() {
	if [ "$(cat "$work/out" "$work/err" | wc -l)" -eq 1 ]; then
		expect "$@"
	else
		not_ok "$1"
	fi
}

# ---- the command line ----

call mount.nfs -h
expect "mount.nfs -h prints usage and fails with 1" 1 out "usage: mount.nfs remotetarget dir"
call mount.nfs --help
expect "mount.nfs --help does the same" 1 out "[-o nfsoptions]"
call mount.nfs4 -h
expect "usage names the program as it was called" 1 out "usage: mount.nfs4 "
call umount.nfs -h
expect "umount.nfs -h prints usage and fails with 1" 1 out "usage: umount.nfs "
call mount.nfs -V
expect_only "mount.nfs -V prints the version" 0 out "mount.nfs: (linux nfs-tls-utils "
call mount.nfs --version
expect_only "mount.nfs --version does the same" 0 out "mount.nfs: (linux nfs-tls-utils "
call mount.nfs -t nfs "$server" "$dir"
expect "an unknown switch is a usage error" 1 out "usage: "
call mount.nfs -t nfs "$server" "$dir"
expect "an unknown switch is named" 1 err "mount.nfs: unknown option -t"
call mount.nfs "$server" "$dir" --nonsense
expect "an unknown long switch is named" 1 err "mount.nfs: unknown option --nonsense"
call mount.nfs "$server" "$dir" -o
expect "-o without a list is a usage error" 1 err "mount.nfs: -o needs an argument"
call mount.nfs
expect "no operands fail with 32" 32 err "mount.nfs: no mount point provided"
call mount.nfs "$server"
expect "one operand fails with 32 and usage" 32 out "usage: "
call mount.nfs "$server" "$dir" more
expect "three operands are a usage error" 1 out "usage: "
call mount.nfs "$server" "$dir" -o 'a,"b'
expect "an open quote is named" 1 err "opens a quote and does not close it"

# Everything below is for root alone; others are told so.
if [ "$(id -u)" -ne 0 ]; then
	call mount.nfs "$server" "$dir"
	expect_only "users cannot mount" 32 err 'not installed setuid - "user" NFS mounts not supported.'
	call umount.nfs "$dir"
	expect_only "users cannot unmount" 16 err "must be superuser to umount"
	done_testing
	exit
fi

# ---- mount point and device ----

call mount.nfs "$server" "$work/none"
expect_only "a missing mount point" 32 err "mount.nfs: mount point $work/none does not exist"
call mount.nfs "$server" "$work/file"
expect_only "a mount point that is a file" 32 err "mount.nfs: mount point $work/file is not a directory"
call mount.nfs export "$dir"
expect_only "a device without a colon" 32 err "mount.nfs: remote share not in 'host:dir' format"
call mount.nfs '[::1]/c' "$dir"
expect_only "brackets without a colon" 32 err "mount.nfs: remote share not in 'host:dir' format"
call mount.nfs '[::1/c' "$dir"
expect_only "an open bracket" 32 err "mount.nfs: closing bracket missing from server address"
call mount.nfs nfs://127.0.0.1/c "$dir"
expect_only "a URL" 32 err "mount.nfs: NFS URLs are not supported"
call mount.nfs '[::1]:/c' "$dir" -o proto=tcp
expect_only "tcp means IPv4" 32 err "mount.nfs: Failed to resolve server ::1: "

# ---- options ----

call mount.nfs "$server" "$dir" -o vers=3,nfsvers=4
expect_only "two versions" 32 err "mount.nfs: multiple version options not permitted"
call mount.nfs "$server" "$dir" -o vers=abc
expect_only "no version" 32 err "mount.nfs: parsing error on 'vers=' option"
call mount.nfs "$server" "$dir" -o vers=2
expect_only "version 2" 32 err \
	"mount.nfs: requested NFS version or transport protocol is not supported for $dir"
call mount.nfs "$server" "$dir" -o vers=5
expect_only "version 5" 32 err "mount.nfs: mount system call failed for $dir"
call mount.nfs "$server" "$dir" -o proto=foo
expect_only "an unknown protocol" 32 err "mount.nfs: Failed to find 'foo' protocol"
call mount.nfs "$server" "$dir" -o clientaddr=here
expect_only "a client address that is none" 32 err \
	"an incorrect mount option was specified for $dir: clientaddr=here"
call mount.nfs "$server" "$dir" -o vers=3,port=abc
expect_only "a port that is none" 32 err "an incorrect mount option was specified for $dir: invalid value for 'port=' option"

# ---- transport security ----

for word in xprtsec xprtsec= xprtsec=automatic xprtsec=ssl xprtsec=tls:mtls 'xprtsec="tls"'; do
	call mount.nfs "$server" "$dir" -o "soft,$word"
	expect_only "$word is refused, and the words that are allowed are named" 32 err \
		"for mount option xprtsec=: use xprtsec=none, xprtsec=tls, xprtsec=mtls or xprtsec=auto"
	call mount.nfs -s "$server" "$dir" -o "$word"
	expect_only "$word is refused with -s, too" 32 err "for mount option xprtsec="
done
call mount.nfs "$server" "$dir" -o xprtsec=mtls,xprtsec=none
expect_only "two levels are refused" 32 err "mount option xprtsec= is given as mtls and as none"
call mount.nfs "$server" "$dir" -o xprtsec=auto,xprtsec=tls
expect_only "auto is a level, too" 32 err \
	"mount option xprtsec= is given as auto and as tls: keep one of none, tls, mtls or auto"
call mount.nfs "$server" "$dir" -o xprtsec=auto,port=nfs
expect_only "auto needs a port that is a number" 32 err \
	"mount.nfs: $server is not mounted: invalid value for 'port=' option"
call mount.nfs "$server" "$dir" -o xprtsec=tls,proto=udp
expect_only "UDP cannot be protected" 32 err "xprtsec=tls needs TCP, and proto=udp was asked for"
call mount.nfs "$server" "$dir" -o rdma,xprtsec=mtls
expect_only "RDMA cannot be protected" 32 err "xprtsec=mtls needs TCP, and proto=rdma was asked for"

# ---- what the kernel would get ----

# would_get WHAT LIST NAME ARG...
would_get() {
	what=$1 list=$2
	shift 2
	call "$@" -f -v
	expect "$what" 0 out "trying text-based options '$list'"
}
tail=addr=127.0.0.1,clientaddr=127.0.0.1
would_get "no options" "vers=4.2,$tail" mount.nfs "$server" "$dir"
would_get "operands may stand anywhere" "soft,hard,vers=4.2,$tail" mount.nfs -o soft "$server" -o hard "$dir"
would_get "a bare 4 goes" "soft,vers=4.2,$tail" mount.nfs "$server" "$dir" -o vers=4,soft
would_get "a full version stays where it is" "nfsvers=4.1,soft,$tail" \
	mount.nfs "$server" "$dir" -o nfsvers=4.1,soft
would_get "words for programs go" "vers=4.2,$tail" mount.nfs "$server" "$dir" \
	-o rw,nosuid,_netdev,x-systemd.automount,comment=x,noauto,addr=192.0.2.9
would_get "-s puts sloppy first" "sloppy,foo,vers=4.2,$tail" mount.nfs -s "$server" "$dir" -o foo
would_get "the kernel reads lower case" "xprtsec=mtls,vers=4.2,$tail" \
	mount.nfs "$server" "$dir" -o xprtsec=MTLS
would_get "a fake mount asks nobody, so auto stays" "xprtsec=auto,port=1,vers=4.2,$tail" \
	mount.nfs "$server" "$dir" -o xprtsec=Auto,port=1
would_get "there is no TLS over UDP" "xprtsec=none,udp,vers=4.2,$tail" mount.nfs "$server" "$dir" -o xprtsec=auto,udp
would_get "a remount has nothing to choose" "soft" mount.nfs "$server" "$dir" -o remount,xprtsec=auto,soft
would_get "a remount keeps the user's word" "xprtsec=tls,soft" \
	mount.nfs "$server" "$dir" -o remount,xprtsec=tls,soft
would_get "version 3 is rewritten" \
	"nolock,addr=127.0.0.1,vers=3,proto=tcp,port=2049,mountvers=3,mountproto=tcp,mountport=9" \
	mount.nfs "$server" "$dir" -o v3,nolock,port=2049,tcp,mountport=9
# Whether ::1 is there to be called back on depends on the machine.
call mount.nfs '[::1]:/e' "$dir" -f -v
expect "IPv6" 0 out "trying text-based options 'vers=4.2,addr=::1,clientaddr=::"

# ---- umount.nfs ----

call umount.nfs
expect "umount.nfs without an operand" 1 err "umount.nfs: no mount point provided"
call umount.nfs relative
expect "a relative folder" 1 err "umount.nfs: no mount point provided"
call umount.nfs -x /mnt
expect "an unknown switch" 1 out "usage: umount.nfs"
call umount.nfs "$work/none"
expect_only "a missing folder" 16 err "umount.nfs: $work/none: not found"
call umount.nfs "$dir"
expect_only "a folder that is no mount point" 16 err "umount.nfs: $dir: not mounted"
call umount.nfs 192.0.2.1:/no/such/export
expect_only "a device that is not mounted" 16 err "umount.nfs: 192.0.2.1:/no/such/export: not mounted"
call umount.nfs /proc
expect_only "what is not NFS" 1 err "umount.nfs: /proc: is not an NFS filesystem"

done_testing
