# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# tap.sh - the Test Anything Protocol for the cases; sources hosts.sh
#
#     case_name TEXT              a new step of the story: its name goes before the tests that follow, and
#                                 the logs shown when one of those fails begin here
#     ok NAME COMMAND...          passes when COMMAND succeeds
#     check NAME COMMAND...       a step of one test: case_name and ok in one
#     diag TEXT                   a remark for whoever reads the output
#     nok NAME COMMAND...         passes when COMMAND fails with a status of its own (1..125)
#     is NAME GOT WANTED          passes when both texts are equal
#     like NAME GOT ERE           passes when GOT matches the extended regular expression
#     unlike NAME GOT ERE
#     pass NAME / fail NAME [WHY]
#     less NAME GOT LIMIT         passes when the number GOT (decimals allowed) is less than LIMIT
#     done_testing                last line of every case: without it prove reports a broken file
#
# A case is bash, starts with `set -u` (not -e: a failure is to be reported, not to end the file):
#
#     #!/bin/bash
#     # SPDX-License-Identifier: GPL-2.0-or-later
#     set -u
#     . "$(dirname "$0")/../tap.sh"
#     hosts_reset || bail "the hosts are not up"
#     case_name "tls by name"
#     ok "mounts" mount_nfs 4.2 server.nfs.test xprtsec=tls
#     done_testing

# shellcheck source=hosts.sh
. "$(dirname "${BASH_SOURCE[0]}")/hosts.sh"

tap_count=0
tap_failed=0
tap_case=

case_name() {
	tap_case="$1: "
	mark_logs
	printf '# == %s\n' "$1"
}

pass() {
	tap_count=$((tap_count + 1))
	printf 'ok %d - %s%s\n' "$tap_count" "$tap_case" "$1"
}

fail() {
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	printf 'not ok %d - %s%s\n' "$tap_count" "$tap_case" "$1"
	{
		[ -z "${2-}" ] || printf '%s\n' "$2"
		[ -z "$mount_output" ] || printf 'last mount said: %s (after %s s)\n' "$mount_output" "$mount_seconds"
		local host
		for host in client server; do
			echo "--- agent of the $host"
			agent_log "$host" | grep ' result=failed' | tail -n 8
			agent_log "$host" | tail -n 12
		done
		if [ -s "$vm_dir/exportd.log" ]; then
			echo "--- nfsv4.exportd"
			tail -n 12 "$vm_dir/exportd.log"
		fi
		echo "--- kernel"
		kernel_log | tail -n 25
		echo "---"
	} 2>&1 | sed 's/^/#   /'
	return 0
}

ok() {
	local name=$1 its_status=0
	shift
	"$@" || its_status=$?
	[ "$its_status" -ne 0 ] || { pass "$name"; return; }
	fail "$name" "status $its_status of: $*"
}

check() {
	tap_case=
	mark_logs
	ok "$@"
}

diag() { printf '%s\n' "$*" | sed 's/^/# /'; }

nok() {
	local name=$1 its_status=0
	shift
	"$@" || its_status=$?
	case $its_status in
	0) fail "$name" "succeeded: $*" ;;
	12[4-9] | 1[3-9]? | 2??) fail "$name" "status $its_status (no answer, or no such command) of: $*" ;;
	*) pass "$name" ;;
	esac
}

is() {
	[ "$2" != "$3" ] || { pass "$1"; return; }
	fail "$1" "got:    $2
wanted: $3"
}

like() {
	if [[ $2 =~ $3 ]]; then pass "$1"; else fail "$1" "got:    $2
wanted: $3"; fi
}

unlike() {
	if [[ $2 =~ $3 ]]; then fail "$1" "got:      $2
unwanted: $3"; else pass "$1"; fi
}

less() {
	if awk -v got="$2" -v limit="$3" 'BEGIN { exit !(got != "" && got + 0 < limit + 0) }'; then
		pass "$1"
	else
		fail "$1" "got $2, wanted less than $3"
	fi
}

bail() {
	fail "can run" "$1"
	done_testing
	exit 1
}

done_testing() {
	printf '1..%d\n' "$tap_count"
	[ "$tap_count" -gt 0 ] && [ "$tap_failed" -eq 0 ]
}
