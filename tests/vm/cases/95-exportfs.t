#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Our exportfs before a real kernel, with the rpc.mountd of nfs-utils answering from our etab: each transport
# security reaches what offers it and nothing else, changes reach live mounts, the policy's floor holds, and the
# kernel is told by the interface it has.
set -u
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../certificates.sh"

etab=/var/lib/nfs/etab
sets='none tls mtls none:tls none:mtls tls:mtls none:tls:mtls'
common=rw,no_root_squash,insecure

folder_of() { echo "${1//:/-}"; }

# exports [SET=OTHER]...: the root, which takes all, and a file system for each set, perhaps offered otherwise
exports() {
	local set change offered number=0
	echo "/srv/export *($common,fsid=0)"
	for set in $sets; do
		number=$((number + 1))
		offered=$set
		for change; do
			[ "${change%%=*}" != "$set" ] || offered=${change#*=}
		done
		[ "$offered" = gone ] || echo "/srv/export/$(folder_of "$set") *($common,fsid=$number,xprtsec=$offered)"
	done
}
serve() { exports "$@" | put_file server /etc/exports; }

# What can be read has no copy on the client: a file of its own for each question.
question() { # SET: makes the file, leaves its name in $asked
	asked=$(new_marker)
	on server busybox sh -c 'echo "$1" >"$2"' sh "$1" "/srv/export/$(folder_of "$1")/$asked"
}
answers() { # SET: through the mount that is there
	question "$1"
	[ "$(nfs_read "$asked" 2>/dev/null)" = "$1" ]
}

mount_set() { # VERS MODE SET
	local path options status=0
	path=/$(folder_of "$3")
	options=vers=$1,xprtsec=$2,retry=0
	[ "$1" != 3 ] || path=/srv/export$path options=$options,nolock
	mount_output=$(on client timeout -k 2 "$mount_limit" \
		mount -t nfs -o "$options" "server4.nfs.test:$path" /mnt/nfs 2>&1) || status=$?
	return "$status"
}

reach() { # VERS MODE SET
	local status=0
	mount_set "$@" && answers "$3" || status=1
	umount_nfs
	return "$status"
}
reaches() { # as reach; a failure tells what the server knew, and whether it lasts
	reach "$@" && return
	diag "etab: $(on server busybox cat "$etab")"
	diag "the kernel: $(on server busybox cat /proc/net/rpc/nfsd.export/content)"
	if reach "$@"; then diag "a second time it works"; else diag "nor does it work a second time"; fi
	return 1
}
is_refused_there() { # VERS MODE SET: by the mount, and no other way
	local status=0
	mount_set "$@" || status=$?
	umount_nfs
	[ "$status" -eq 32 ]
}

# ends_with STATUS COMMAND...: leaves what COMMAND, on the server, printed in $output
ends_with() {
	local wanted=$1 status=0
	shift
	output=$(on server "$@" 2>&1) || status=$?
	[ "$status" -eq "$wanted" ] || { echo "# status $status: $output"; return 1; }
}

hosts_reset || bail "the hosts are not up"
for set in $sets; do
	dir=/srv/export/$(folder_of "$set")
	on_sh server "$dir" <<<'mkdir "$1"; mount -t tmpfs -o mode=755 tmpfs "$1"'
done
newer_mountd || bail "the newer rpc.mountd does not start"

case_name "each mode against each set"
serve
ok "exportfs -ra" ends_with 0 exportfs -ra
is "says nothing" "$output" ""
for set in $sets; do
	like "$set is in etab" "$(on server busybox cat "$etab")" "/srv/export/$(folder_of "$set")	\*\([^)]*,xprtsec=$set\)"
	for mode in none tls mtls; do
		case :$set: in
		*:$mode:*) ok "$mode reaches $set" reaches 4.2 "$mode" "$set" ;;
		*) ok "$mode is refused by $set" is_refused_there 4.2 "$mode" "$set" ;;
		esac
	done
done
ok "v3: none reaches none" reaches 3 none none
ok "v3: none is refused by tls" is_refused_there 3 none tls
ok "v3: tls reaches tls" reaches 3 tls tls
ok "v3: tls is refused by mtls" is_refused_there 3 tls mtls

case_name "the policy's floor"
{
	default_configuration # ends with [server]
	echo minimum=tls
} | configure server
serve
ok "exportfs -ra fails" ends_with 1 exportfs -ra
like "names the line" "$output" "minimum=tls.*/etc/nfs-tls\.conf:[0-9]+"
for set in none none:tls none:mtls none:tls:mtls; do
	unlike "$set is not exported" "$(on server busybox cat "$etab")" "/srv/export/$(folder_of "$set")	"
done
like "what names no mode offers what is allowed" "$(on server busybox cat "$etab")" \
	"/srv/export	\*\([^)]*,xprtsec=tls:mtls\)"
ok "the others are exported: tls" reaches 4.2 tls tls
ok "the others are exported: mtls" reaches 4.2 mtls mtls
ok "the refused one cannot be mounted: v3" is_refused_there 3 tls none:tls
nok "the refused one cannot be reached: v4.2" reach 4.2 tls none:tls
ok "none cannot be mounted" is_refused_there 4.2 none tls
default_configuration | configure server

case_name "the kernel is told"
serve
ok "exportfs -ra" ends_with 0 exportfs -ra
trace=$vm_dir/trace
ok "exportfs -f" ends_with 0 strace -f -qq -s 200 -e trace=openat,socket -o "$trace" /usr/sbin/exportfs -f
case $(uname -r) in
[0-6].*)
	ok "by /proc" grep -q 'nfsd\.export/flush' "$trace"
	;;
*)
	ok "by netlink" grep -q 'NETLINK_GENERIC' "$trace"
	nok "not by /proc" grep -q 'nfsd\.export/flush' "$trace"
	;;
esac

# Behind the floor: after these steps nfsd of 7.3 refuses the client's next EXCHANGE_ID, which a mount tells as EPERM, until
# it is started anew. No step alone brings it about, and 6.12 has nothing of it: what nfsd keeps of the state that was
# revoked seems to be in the way.
case_name "a live mount"
serve
ok "exportfs -ra" ends_with 0 exportfs -ra
ok "mounts" mount_set 4.2 tls tls:mtls
ok "answers" answers tls:mtls
ok "exportfs -u" ends_with 0 exportfs -u '*:/srv/export/tls-mtls'
nok "does not answer any longer" answers tls:mtls
ok "exportfs -a" ends_with 0 exportfs -a
ok "answers again" wait_for 30 answers tls:mtls
serve tls:mtls=mtls
ok "exportfs -r to mtls" ends_with 0 exportfs -r
nok "tls does not answer any longer" answers tls:mtls
serve tls:mtls=tls
ok "exportfs -r to tls" ends_with 0 exportfs -r
ok "answers again, with tls" wait_for 30 answers tls:mtls
serve tls:mtls=gone
ok "exportfs -r without it" ends_with 0 exportfs -r
nok "what is gone does not answer" answers tls:mtls
unlike "what is gone is not in etab" "$(on server busybox cat "$etab")" "/srv/export/tls-mtls"
umount_nfs

case_name "the server stops and starts"
on server rpc.nfsd 0
ok "exportfs -ra without it" ends_with 0 exportfs -ra
like "says so" "$output" "no NFS server runs"
start_threads
ok "what was exported counts when it is back" reaches 4.2 mtls mtls

usual_mountd
for set in $sets; do on server busybox umount "/srv/export/$(folder_of "$set")"; done
serve_export "$default_export"
done_testing
