#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Salaries in a directory that is exported strictly, below one that is exported laxly, on one file system: the kernel's
# server serves them with the lax export. So nothing lets such an export out, and they cannot be read in clear: neither
# with rpc.mountd nor with nfsv4.exportd, by no version, by no other path, nor when what was mounted over them is gone.
set -u
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../certificates.sh"

common=rw,no_root_squash,insecure
pay=/srv/export/pay

serve() { # STATUS, LINES of /etc/exports on standard input; leaves what exportfs said in $output
	local status=0
	put_file server /etc/exports
	output=$(on server exportfs -ra 2>&1) || status=$?
	[ "$status" -eq "$1" ] || { diag "status $status: $output"; return 1; }
}
demand() { # the policy's section for PATH, besides what is usual
	{
		default_configuration
		printf '[server "%s"]\nminimum=mtls\n' "$1"
	} | configure server
}

mount_at() { # VERS MODE PATH
	local options=vers=$1,xprtsec=$2,retry=0 status=0
	[ "$1" != 3 ] || options=$options,nolock
	mount_output=$(on client timeout -k 2 "$mount_limit" \
		mount -t nfs -o "$options" "server4.nfs.test:$3" /mnt/nfs 2>&1) || status=$?
	return "$status"
}
shows() { [ "$(nfs_read "$1" 2>/dev/null)" = "$2" ]; }
reads() { # VERS MODE PATH FILE [TEXT]: mounts, reads, unmounts
	local status=0
	mount_at "$1" "$2" "$3" && shows "$4" "${5-salaries}" || status=1
	umount_nfs
	return "$status"
}
said() { exportd_log | grep -q -E -e "$1"; }
explains() { # STATUS PATH: what the client's address gets of it; leaves it in $output
	local status=0
	output=$(on server nfstls explain export "$2" 192.0.2.1 2>&1) || status=$?
	[ "$status" -eq "$1" ] || { diag "status $status: $output"; return 1; }
}

hosts_reset || bail "the hosts are not up"
on_sh server "$pay" <<-'END'
	mkdir -p "$1" /srv/export/pub /srv/elsewhere/view
	echo salaries >"$1/list"
	echo public >/srv/export/pub/list
	mount --bind "$1" /srv/elsewhere/view
END
newer_mountd || bail "the newer rpc.mountd does not start"

case_name "without a policy the kernel serves them"
ok "exportfs" serve 0 <<-END
	/srv/export *($common,fsid=0)
	$pay *($common,fsid=5,xprtsec=mtls)
END
ok "v4.2: with the root's" reads 4.2 none /pay list
ok "v3: with the root's" reads 3 none /srv/export pay/list
nok "v3: not with their own" reads 3 none "$pay" list
like "exportfs --check warns, with both lines" "$(on server exportfs --check 2>&1)" \
	'/etc/exports:2:17: warning: \*:/srv/export/pay is stricter \(xprtsec=\) than \*:/srv/export \(/etc/exports:1:13\)'

ok "nfstls explain knows that" explains 0 "$pay"
like "and says it" "$output" \
	'allowed: 192\.0\.2\.1 may reach /srv/export/pay with xprtsec=mtls; but the same files are served by /srv/export \(/var/lib/nfs/etab:[0-9]+\) with xprtsec=none:tls'

case_name "rpc.mountd"
demand "$pay"
ok "exportfs refuses" serve 1 <<-END
	/srv/export *($common,fsid=0)
	$pay *($common,fsid=5,xprtsec=mtls)
END
like "it names both lines" "$output" \
	'/etc/exports:1:13: \*:/srv/export is refused: .*minimum=mtls in \[server "/srv/export/pay"\] \(/etc/nfs-tls\.conf:8\), and this export serves /srv/export/pay'
ok "nfstls explain: it is not exported" explains 3 /srv/export
nok "v4.2: none" reads 4.2 none /pay list
nok "v3: none" reads 3 none /srv/export pay/list
nok "v3: none, by their own path" reads 3 none "$pay" list
ok "v3: mtls" reads 3 mtls "$pay" list
ok "exportfs takes what is strict enough" serve 0 <<-END
	/srv/export *($common,fsid=0,xprtsec=mtls)
	$pay *($common,fsid=5,xprtsec=mtls)
END
for version in 4.2 4.0; do
	nok "v$version: none" reads "$version" none /pay list
	nok "v$version: tls" reads "$version" tls /pay list
	ok "v$version: mtls" reads "$version" mtls /pay list
done
nok "v3: none, by the root" reads 3 none /srv/export pay/list
ok "exportfs refuses another path of theirs" serve 1 <<<"/srv/elsewhere/view *($common,fsid=6)"
nok "v3: none, by another path" reads 3 none /srv/elsewhere/view list
usual_mountd

case_name "nfsv4.exportd"
stop_mountd
on server mount -t tmpfs -o mode=755 tmpfs "$pay"
on_sh server "$pay" <<<'echo "new salaries" >"$1/list"'
ok "exportfs takes what is mounted over them" serve 0 <<-END
	/srv/export *($common,fsid=0,xprtsec=none:mtls)
	$pay *($common,fsid=5,xprtsec=mtls)
END
# With -g, as rpc.mountd had it: without, 6.12 would wait for half a minute for an answer about groups.
ok "it starts" start_exportd -g
ok "none reads what is public" reads 4.2 none / pub/list public
nok "none does not read what is mounted" reads 4.2 none / pay/list "new salaries"
ok "mtls does" reads 4.2 mtls / pay/list "new salaries"
ok "nfstls explain tells the modes" explains 0 /srv/export
like "which are those of table and policy" "$output" 'may reach /srv/export with xprtsec=none:mtls$'
like "and whom the kernel takes the client for" "$output" 'kernel-client +192\.0\.2\.1 is \* +by /proc/net/rpc/auth\.unix\.ip/content'
like "and what it does" "$output" 'kernel-export +/srv/export \*\(rw,[^)]*fsid=0,sec=1\), xprtsec= is not shown +by /proc/net/rpc/nfsd\.export/content'
ok "mounts" mount_at 4.2 none /
ok "reads what is public" shows pub/list public
ok "what was mounted is gone" on_sh server "$pay" <<<'exportfs -f; umount -l "$1"'
refuses() { said "Cannot export path /srv/export: refused: xprtsec=none is weaker than minimum=mtls in .*/etc/nfs-tls\.conf:8\)"; }
nothing_is_read() { ! shows pay/list salaries && ! on client busybox ls /mnt/nfs/pub >/dev/null 2>&1 && refuses; }
ok "a live mount in clear reads nothing any longer, and the log names the line" wait_for 20 nothing_is_read
nok "nor does it find the salaries" shows pay/list salaries
ok "nfstls explain: refused" explains 3 /srv/export
like "by which line" "$output" 'refused: xprtsec=none is weaker than minimum=mtls in \[server "/srv/export/pay"\] \(/etc/nfs-tls\.conf:8\)'
umount_nfs
nok "nor does a new one" reads 4.2 none /pay list
ok "mounted again, it is as before" on server mount -t tmpfs -o mode=755 tmpfs "$pay"
ok "none reads what is public again" wait_for 20 reads 4.2 none / pub/list public
on server umount -l "$pay"
on server sh -c 'printf "/srv/export\t*(%s,fsid=0)\n" "$1" >/var/lib/nfs/etab.new; mv /var/lib/nfs/etab.new /var/lib/nfs/etab' sh "$common"
on server exportfs -f
nok "an etab that exportfs would not have made: none" reads 4.2 none /pay list
stop_exportd

default_configuration | configure server
on_sh server "$pay" <<-'END'
	umount /srv/elsewhere/view
	rpc.mountd --manage-gids --port 20048
END
serve_export "$default_export"
done_testing
