#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The units under a real systemd: loading at boot, the agent, loading again when files change, and the look at the
# dates. It is process 1 of a PID namespace on the client, with a /run and a host name of its own and nothing else to do.
set -u
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../certificates.sh"
hosts_reset || bail "the hosts are not up"
good_hosts

certs=/etc/nfs-tls/certs
manager=$vm_dir/systemd
serial_of() { openssl x509 -noout -serial -in "$1" | sed 's/^serial=0*//' | tr A-F a-f; }
server_saw() { wait_agent_log server "role=server result=ok .* mutual=yes .* serial=0*$(serial_of "$1") " "${2-10}"; }

# ---- systemd ------------------------------------------------------------------------------------

start_systemd() {
	# What a whole machine would start first is left out, and what tests/vm has done by itself.
	on_sh client <<-'END'
		cat >/etc/systemd/system/nfs-test.target <<-UNIT
			[Unit]
			Description=nothing but what the test starts
			DefaultDependencies=no
		UNIT
		: >/etc/fstab
		mkdir -p /sys/fs/cgroup
		mount -t cgroup2 cgroup2 /sys/fs/cgroup
	END
	cat >"$manager.start" <<-END
		mount -t proc proc /proc
		mount --bind "$manager.log" /dev/console
		for folder in /usr/lib/systemd/system /etc/systemd/system; do
			for target in sysinit local-fs sockets timers basic multi-user; do
				[ ! -d \$folder/\$target.target.wants ] || mount -t tmpfs none \$folder/\$target.target.wants
			done
		done
		mount -t tmpfs -o mode=755 run /run
		exec env -i PATH="$PATH" container=nfs-test /lib/systemd/systemd --unit=nfs-test.target --log-target=console \
			--show-status=no
	END
	: >"$manager.log"
	(exec setsid busybox nsenter "--net=$vm_dir/client/net" "--mount=$vm_dir/client/mnt" "--uts=$vm_dir/client/uts" -- \
		/usr/bin/unshare --pid --fork --mount --uts --kill-child bash "$manager.start" >>"$manager.log" 2>&1 </dev/null 3>&- 4>&-) &
	unshared=$!
	disown
	wait_for 60 systemd_answers
}
systemd_answers() { [ "$(systemctl show --property=Version --value 2>/dev/null)" ]; }
inside() { # COMMAND...: where that systemd is process 1
	local first
	first=$(pgrep -P "$unshared") && nsenter --target "$first" --pid --mount --net --uts "$@"
}
eval "on_host() $(declare -f on | tail -n +2)"
# A function of hosts.sh, with the client where that systemd is, and so its agent's socket.
in_systemd() (
	on() { if [ "$1" = client ]; then inside "${@:2}"; else on_host "$@"; fi; }
	"$@"
)
systemctl() { inside systemctl "$@"; }
is_active() { [ "$(systemctl is-active "$1")" = active ]; }
show_unit() { diag "$(systemctl status --no-pager --full "$1" 2>&1 | head -n 25)"; }
starts() { # UNIT
	systemctl start "$1" || { show_unit "$1"; return 1; }
}

payload_is() { # PEM: what is loaded as station
	cmp -s <(keyctl pipe "0x$(awk '$9 == "nfs-tls:station:cert:" { print $1 }' /proc/keys)") <(openssl x509 -in "$1" -outform DER)
}
permissions() { awk '$9 ~ /^nfs-tls/ { print $5 }' /proc/keys | sort -u; }

# put SUFFIX PAIR: one file of the two
put() { put_fresh_file client "$certs/station.$1" <"$2.$1"; }

# One after the other, as most programs do it: in between they are no pair.
replace() { # NAME
	put key "$1"
	put pem "$1"
}

# ---- the units --------------------------------------------------------------------------------------

# Both hosts have one kernel, and what is loaded into it they share: so this one has a name of its own.
stop_agent client
on_sh client "$certs" <<<'rm "$1"/host.*'
replace "$set/host"
printf '%s\n' '[client]' certificate=station truststore=/etc/nfs-tls/ca.pem '[server]' truststore=/etc/nfs-tls/ca.pem |
	configure client
on client nfscert unload --force station >/dev/null 2>&1
keyctl unlink "$(keyctl search @u keyring nfs-tls)" @u >/dev/null 2>&1

case_name "systemd"
ok "runs" start_systemd || bail "systemd does not run: $(tail -n 5 "$manager.log")"

case_name "loading at boot"
ok "enabled" systemctl enable nfscert-load.service nfscert-check.timer rpc-tlshd.service
like "before remote mounts, and the agent" "$(systemctl show nfscert-load.service -p Before --value)" 'remote-fs-pre\.target'
ok "remote-fs.target brings it" starts remote-fs.target
ok "it was successful" is_active nfscert-load.service || show_unit nfscert-load.service
ok "its certificate is loaded" payload_is "$set/host.pem"
is "for root alone" "$(permissions)" 003f0000

case_name "the agent"
ok "starts" starts rpc-tlshd.service
ok "is ready" is_active rpc-tlshd.service || show_unit rpc-tlshd.service
on_sh client "$certs" <<<'rm "$1"/station.*'
ok "mounts, without files" in_systemd mount_nfs 4.2 server.nfs.test xprtsec=mtls
ok "the server saw it" server_saw "$set/host.pem"

case_name "files change under the mount"
ok "another certificate" on client nfscert new -d "$pki" --ca "$pki" --dns client.nfs.test later
ok "the path unit watches" starts nfscert@station.path
replace "$pki/later"
ok "it is loaded by itself" wait_for 30 payload_is "$pki/later.pem" || show_unit nfscert@station.service
ok "the connection is cut" restart_server
ok "the mount goes on" in_systemd nfs_write units <<<again
ok "the server saw the new one" server_saw "$pki/later.pem" 30
replace "$set/rsa"
ok "and once more" wait_for 30 payload_is "$set/rsa.pem" || show_unit nfscert@station.service
ok "the path unit still watches" is_active nfscert@station.path
ok "unmounts" in_systemd umount_nfs

property() { systemctl show --property="$2" --value "$1"; }
service_is() { [ "$(property nfscert@station.service SubState)" = "$1" ]; }
path_waits() { wait_for 30 service_is dead && [ "$(property nfscert@station.path SubState)" = waiting ]; }

case_name "the second file changes while the first is handled"
pair=$pki/later
for delay in 0 0.3 0.6 1 1.5; do
	put pem "$pair"
	ok "the service starts" wait_for 30 service_is start
	sleep "$delay"
	put key "$pair"
	ok "loaded when the key comes $delay s later" wait_for 30 payload_is "$pair.pem" || show_unit nfscert@station.service
	ok "the path unit watches again" path_waits || show_unit nfscert@station.path
	is "it was read once" "$(property nfscert@station.service NRestarts)" 0
	[ "$pair" = "$set/rsa" ] && pair=$pki/later || pair=$set/rsa
done

case_name "the second file changes much later"
put pem "$pair"
ok "what is no pair is tried again" wait_for 20 service_is auto-restart || show_unit nfscert@station.service
nok "what was loaded stays" payload_is "$pair.pem"
put key "$pair"
ok "then it is loaded" wait_for 30 payload_is "$pair.pem" || show_unit nfscert@station.service
ok "the path unit watches again" path_waits || show_unit nfscert@station.path
replace "$pki/later"
ok "and sees the next change" wait_for 30 payload_is "$pki/later.pem" || show_unit nfscert@station.service

case_name "files that change often"
for _ in {1..12}; do
	on client touch "$certs/station.pem"
	sleep 0.3
done
ok "the path unit still watches" path_waits || show_unit nfscert@station.path
is "the service may start as often as it has to" "$(property nfscert@station.service StartLimitIntervalUSec)" 0
replace "$set/rsa"
ok "a renewal is loaded" wait_for 30 payload_is "$set/rsa.pem" || show_unit nfscert@station.service
ok "the path unit watches again" path_waits || show_unit nfscert@station.path

# nfscert(8), Renewal: what certbot changes is a link that stands between the one that we have and the file. Here it is
# never away, so that nothing but the drop-in can see it.
case_name "certbot's links"
systemctl stop nfscert@station.path
on_sh client "$set/rsa" "$certs/station" <<-'END'
	live=/etc/letsencrypt/live/client.nfs.test archive=/etc/letsencrypt/archive/client.nfs.test
	umask 077
	mkdir -p $live $archive /etc/systemd/system/nfscert@station.path.d
	cp "$1.pem" $archive/fullchain1.pem
	cp "$1.key" $archive/privkey1.pem
	ln -s ../../archive/client.nfs.test/fullchain1.pem $live/fullchain.pem
	ln -s ../../archive/client.nfs.test/privkey1.pem $live/privkey.pem
	ln -sf $live/fullchain.pem "$2.pem"
	ln -sf $live/privkey.pem "$2.key"
	printf '%s\n' '[Path]' PathChanged=$live >/etc/systemd/system/nfscert@station.path.d/certbot.conf
END
systemctl daemon-reload
ok "the path unit watches, with the drop-in" starts nfscert@station.path
on_sh client "$pki/later" <<-'END'
	live=/etc/letsencrypt/live/client.nfs.test archive=/etc/letsencrypt/archive/client.nfs.test
	umask 077
	cp "$1.pem" $archive/fullchain2.pem
	cp "$1.key" $archive/privkey2.pem
	for file in privkey fullchain; do
		ln -s ../../archive/client.nfs.test/${file}2.pem $live/new
		mv -T $live/new $live/$file.pem
	done
END
ok "what certbot renews is loaded by itself" wait_for 30 payload_is "$pki/later.pem" || show_unit nfscert@station.service
ok "the path unit watches again" path_waits || show_unit nfscert@station.path
systemctl stop nfscert@station.path
on_sh client "$certs/station" <<<'rm -r "$1.pem" "$1.key" /etc/systemd/system/nfscert@station.path.d'
replace "$set/rsa"
systemctl daemon-reload
starts nfscert@station.path
systemctl start nfscert@station.service

case_name "the look at the dates"
ok "the timer runs" starts nfscert-check.timer
like "and will look" "$(systemctl list-timers --no-pager --all)" 'nfscert-check\.service'
ok "a young one is loaded" payload_is "$set/rsa.pem"
ok "29 days of 30 are enough" starts nfscert-check.service
make_certificate old --dns client.nfs.test --not-before '-60 days' --not-after '+20 days'
replace "$pki/old"
ok "an old one is loaded" wait_for 30 payload_is "$pki/old.pem"
nok "20 days of 80 are too few" systemctl start nfscert-check.service
replace "$pki/later"
ok "another is loaded" wait_for 30 payload_is "$pki/later.pem"
ok "a year is enough" starts nfscert-check.service

case_name "the end"
ok "the agent stops" systemctl stop rpc-tlshd.service
kill -KILL "$(pgrep -P "$unshared")"
ok "systemd has ended" wait_for 20 gone "$unshared"
on client umount /sys/fs/cgroup
done_testing
