#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What is left of root in each process of rpc.tlshd, and what becomes of one that makes a system call which its filter
# does not have: the call is refused, the log says so, and the next handshake works.
set -u
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../certificates.sh"
hosts_reset || bail "the hosts are not up"
good_hosts

# Numbers of x86-64.
socket=41 execve=59 personality=135

workers() { # of the client
	on client "$agent_program" --ask status |
		perl -MJSON::PP -e 'local $/; print "$_->{pid}\n" for @{decode_json(<STDIN>)->{workers}}'
}

status_of() { sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status" | tr '\t' ' '; } # PID FIELD

# The key holder has the keys' user and children, signers have it and none; the key reader is root.
find_processes() {
	local pid uid
	workers=$(workers) || return 1
	worker=$(head -n 1 <<<"$workers") holder='' reader='' signer=''
	for pid in $(agent_workers client); do
		uid=$(status_of "$pid" Uid)
		! grep -qx "$pid" <<<"$workers" || continue
		case ${uid%% *} in 0) reader=$pid ;; *) holder=$pid ;; esac
	done
	signer=$(pgrep -P "$holder" | head -n 1)
	[ "$worker" ] && [ "$holder" ] && [ "$reader" ] && [ "$signer" ]
}

gives_up() { # NAME PID USER FILTERS: what all but the kernel role have given up
	local uid gid
	uid=$(id -u "$3") gid=$(id -g "$3")
	is "the $1 is $3" "$(status_of "$2" Uid), $(status_of "$2" Gid)" "$uid $uid $uid $uid, $gid $gid $gid $gid"
	is "no capabilities" "$(sed -n 's/^Cap[IPEA][a-z]*:[[:space:]]*//p' "/proc/$2/status" | tr -d '0\n')" ""
	is "no new privileges" "$(status_of "$2" NoNewPrivs)" 1
	is "a filter" "$(status_of "$2" Seccomp)" 2
	is "over its parents'" "$(status_of "$2" Seccomp_filters)" "$4"
	is "an empty root directory" "$(ls -A "/proc/$2/root/" "/proc/$2/cwd/" 2>&1)" "$(printf '%s\n' "/proc/$2/cwd/:" "" "/proc/$2/root/:")"
}

case_name "what is left of root"
# The agent has seen the new files then, and is not about to replace all of these processes.
ok "the agent works" works xprtsec=mtls
ok "all kinds run" wait_for 10 find_processes || bail "no processes: $(agent_workers client)"
gives_up worker "$worker" nfs-tls 2
is "no other groups" "$(status_of "$worker" Groups)" ""
gives_up "key holder" "$holder" nfs-tls-keys 2
is "no other groups" "$(status_of "$holder" Groups)" ""
gives_up signer "$signer" nfs-tls-keys 3
is "no other groups" "$(status_of "$signer" Groups)" ""
gives_up "key reader" "$reader" root 2
is "one signer for each worker" "$(pgrep -c -P "$holder")" "$(wc -l <<<"$workers")"
agent=$(agent_pid client)
# CAP_DAC_READ_SEARCH, CAP_KILL, CAP_SETGID, CAP_SETUID, CAP_NET_ADMIN, CAP_SYS_CHROOT
is "the kernel role has six capabilities" "$(status_of "$agent" CapEff) $(status_of "$agent" CapPrm)" \
	"00000000000410e4 00000000000410e4"
is "no new privileges" "$(status_of "$agent" NoNewPrivs)" 1
is "and a filter" "$(status_of "$agent" Seccomp)" 2

# ---- what is refused ------------------------------------------------------------------------------

inject() { "$peers/inject-call" "$1" "$2"; } # PID NUMBER
says() { wait_agent_log client "^rpc\.tlshd: $1 ends: its filter refuses system call $2 "; }
is_whole() { # OLD-PID: all kinds run, and that process does not
	gone "$1" && find_processes
}

case_name "a worker opens a socket"
victim=$worker
is "that is refused" "$(inject "$victim" $socket)" refused
ok "the log says so" says "a worker" $socket
ok "it is gone and all kinds run again" wait_for 15 is_whole "$victim"

case_name "a signer opens a socket"
victim=$signer
is "that is refused" "$(inject "$victim" $socket)" refused
ok "the log says so" says "a signer" $socket
ok "its worker leaves with it" wait_agent_log client 'its signer is gone'
ok "it is gone and all kinds run again" wait_for 15 is_whole "$victim"
ok "the next mount works" works xprtsec=mtls

case_name "the key reader opens a socket"
victim=$reader
is "that is refused" "$(inject "$victim" $socket)" refused
ok "the log says so" says "the key reader" $socket
case $(uname -r) in
6.*) ;; # this kernel's mounts cannot name keys
*)
	nfs_keyring=$(awk '/ keyring +\.nfs: / { print "0x" $1 }' /proc/keys)
	certificate=$(keyctl padd user processes-chain "$nfs_keyring" <"$set/host.pem")
	key=$(keyctl padd user processes-key "$nfs_keyring" <"$set/host.key")
	ok "the next mount that names a key works" works "xprtsec=mtls,cert_serial=$certificate,privkey_serial=$key"
	ok "it was replaced" is_whole "$victim"
	;;
esac

case_name "the key holder opens a socket"
victim=$holder
is "that is refused" "$(inject "$victim" $socket)" refused
ok "the log says so" says "the key holder" $socket
ok "signers go on without" works xprtsec=mtls
kill -KILL "$(workers | head -n 1)" # it needs a new signer
ok "all is started anew" wait_agent_log client '^rpc\.tlshd: reloaded: '
ok "it is gone and all kinds run again" wait_for 15 is_whole "$victim"

case_name "the kernel role makes a call that nothing needs"
victim=$(agent_pid client)
is "it gets an error" "$(inject "$victim" $personality)" -38 # ENOSYS
ok "the kernel logs it" eval "kernel_log | grep -q 'type=1326.* pid=$victim .*syscall=$personality '"
ok "and goes on" works xprtsec=mtls

case_name "the kernel role starts a program"
find_processes
others=$(agent_workers client; pgrep -P "$holder")
is "that is refused" "$(inject "$victim" $execve)" refused
ok "the log says so" says "the kernel role" $execve
# shellcheck disable=SC2086 # a list of numbers
ok "all others leave with it" wait_for 10 gone "$victim" $others
ok "the agent starts again" start_agent client
ok "the next mount works" works xprtsec=mtls

done_testing
