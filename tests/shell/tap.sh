# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # work is whose tests these are
#
# tap.sh - the Test Anything Protocol for the tests beside it, which source it once they have a folder $work of their own:
#
#     . "$(dirname "$0")/tap.sh"
#
#     run COMMAND...              leaves $status, and what was said in $work/out and $work/err
#     ok NAME / not_ok NAME       about the last run, which is shown where it is not
#     tap_result STATUS NAME [WHY]
#                                 passed with a STATUS of 0; WHY is shown where it is not
#     is NAME GOT WANTED          passes when both texts are equal
#     done_testing                the last line of every test: its status is that of the whole
#
# and for those that are bash:
#
#     like NAME GOT ERE           passes when GOT matches the extended regular expression
#     unlike NAME GOT ERE
#     ends NAME STATUS ERE COMMAND...
#                                 passes when COMMAND ends so, and what it says on both streams matches

tap_count=0
tap_failed=0

tap_result() {
	tap_count=$((tap_count + 1))
	if [ "$1" -eq 0 ]; then
		printf 'ok %d - %s\n' "$tap_count" "$2"
	else
		tap_failed=$((tap_failed + 1))
		printf 'not ok %d - %s\n' "$tap_count" "$2"
		printf '%s\n' "${3-}" | head -n 40 | cut -c 1-300 | sed 's/^/#   /'
	fi
}

run() {
	status=0
	"$@" >"$work/out" 2>"$work/err" || status=$?
}

ok() { tap_result 0 "$1"; }
not_ok() {
	tap_result 1 "$1" "status $status
$(sed 's/^/out: /' "$work/out"; sed 's/^/err: /' "$work/err")"
}

tap_differs() { # NAME GOT WORD WANTED
	tap_result 1 "$1" "got: $2
$3: $4"
}
is() { if [ "$2" = "$3" ]; then ok "$1"; else tap_differs "$1" "$2" wanted "$3"; fi; }
like() { if [[ $2 =~ $3 ]]; then ok "$1"; else tap_differs "$1" "$2" wanted "$3"; fi; }
unlike() { if [[ $2 =~ $3 ]]; then tap_differs "$1" "$2" unwanted "$3"; else ok "$1"; fi; }
ends() {
	local name=$1 wanted=$2 pattern=$3 status=0 said
	shift 3
	said=$("$@" 2>&1) || status=$?
	[ "$status" -ne "$wanted" ] || ! [[ $said =~ $pattern ]] || { ok "$name"; return; }
	tap_result 1 "$name" "status: $status
said: $said
wanted: $wanted, $pattern"
}

done_testing() {
	printf '1..%d\n' "$tap_count"
	[ "$tap_failed" -eq 0 ]
}
