#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# rpc.tlshd as a user meets it, as far as it gets without the kernel's help. No agent is started here:
# those that answer are stand-ins, and whatever would start one runs as an ordinary user, who may not.
set -eu

build=${TOP_BUILDDIR:-.}
source_dir=${TOP_SRCDIR:-.}
work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# A copy, since the ordinary user may not be let into the build folder.
cp "$build/utils/tlshd/rpc.tlshd" "$work/rpc.tlshd"
program=$work/rpc.tlshd
socket=$work/agent.sock

# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

# expect WHAT STATUS out|err TEXT: a line of that stream contains TEXT, and the other stream is empty
expect() {
	what=$1 expected=$2 stream=$3 text=$4
	[ "$stream" = out ] && other=err || other=out
	if [ "$status" -eq "$expected" ] && grep -qF -e "$text" "$work/$stream" && [ ! -s "$work/$other" ]; then
		ok "$what"
	else
		not_ok "$what"
	fi
}
# As expect on standard error, and that line is all.
complains() {
	if [ "$(wc -l <"$work/err")" -eq 1 ]; then
		expect "$1" "$2" err "$3"
	else
		not_ok "$1"
	fi
}

# ---- the command line ----

run "$program" --help
expect "--help" 0 out "Usage: rpc.tlshd"
sed -nE 's/^	\{ [^,]*, "([a-z-]+)", (NULL|"[A-Z]+"), ".*/\1/p' "$source_dir/utils/tlshd/cli.c" >"$work/options"
missing=
while read -r option; do
	grep -qE "^  (-[a-zA-Z], |    )--$option( |\$)" "$work/out" || missing="$missing --$option"
done <"$work/options"
if [ -z "$missing" ] && [ "$(wc -l <"$work/options")" -ge 7 ]; then
	ok "--help shows every option"
else
	not_ok "--help shows every option, but not$missing"
fi
run "$program" -h
expect "-h" 0 out "Usage: rpc.tlshd"
for option in --version -V; do
	run "$program" "$option"
	expect "$option" 0 out "rpc.tlshd: nfs-tls-utils "
done

for option in --nonsense -x --versionx -vx; do
	run "$program" "$option"
	complains "$option is unknown" 64 "rpc.tlshd: unknown option "
done
for option in -c --config --control --ask; do
	run "$program" "$option"
	complains "$option without its argument" 64 "rpc.tlshd: $option needs an argument: see rpc.tlshd --help"
done
run "$program" start
complains "a word too many" 64 'rpc.tlshd: "start" is one word too many'
run "$program" --ask status failures
complains "two requests" 64 'rpc.tlshd: "failures" is one word too many'
run "$program" --control "$work/none" --ask status --nonsense
complains "nothing is asked when the line is wrong" 64 "unknown option --nonsense"

# ---- asking ----

run "$program" --control "$work/none" --ask status
complains "no agent runs" 1 "rpc.tlshd: no handshake agent answers at $work/none: start rpc.tlshd"
run "$program" --control "$work/$(printf '%0120d' 0)" --ask status
complains "a socket name that is too long" 1 "is too long"

# answer_once TEXT: a stand-in for the agent, which hears one request and says TEXT. It listens before this returns.
answer_once() {
	rm -f "$socket" "$work/heard"
	perl -MIO::Socket::UNIX -e '
		my ($path, $heard, $text) = @ARGV;
		my $listener = IO::Socket::UNIX->new(Local => $path, Listen => 1) or die "$path: $!";
		exit 0 if fork;
		close STDOUT; close STDERR;
		alarm 20;
		my $client = $listener->accept or exit 1;
		my $request = <$client>;
		open my $file, ">", $heard or exit 1;
		print $file $request;
		close $file;
		print $client $text;
	' "$socket" "$work/heard" "$1"
}

for request in status failures sessions reload; do
	answer_once '{ "answer": 1 }
'
	run "$program" --control "$socket" --ask "$request"
	if [ "$(cat "$work/heard")" = "$request" ]; then
		expect "--ask $request" 0 out '{ "answer": 1 }'
	else
		not_ok "--ask $request"
	fi
done
answer_once '{ "error": "the new set is bad" }
'
run "$program" --control "$socket" --ask reload
complains "the agent refuses" 1 "rpc.tlshd: the new set is bad"
answer_once '{ "answer": 1'
run "$program" --control "$socket" --ask status
complains "the agent dies while it answers" 1 "rpc.tlshd: the handshake agent's answer is cut short"
answer_once 'hello
'
run "$program" --control "$socket" --ask status
complains "what answers is no agent" 1 "rpc.tlshd: the agent's answer is not JSON"
answer_once ''
run "$program" --control "$socket" --ask status
complains "the agent says nothing" 1 "rpc.tlshd: the handshake agent's answer is cut short"
run "$program" --control "$socket" --ask status
complains "a socket that is left over" 1 "rpc.tlshd: no handshake agent answers at $socket"

# ---- starting ----

as_user() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	else
		"$@"
	fi
}
run as_user "$program" --control "$work/none"
complains "only root can start it" 1 "rpc.tlshd: must be started by root"
answer_once '{}
'
run as_user "$program" --control "$socket" --ask status
if [ "$(id -u)" -eq 0 ]; then
	complains "only root may ask" 1 "rpc.tlshd: only root may ask the handshake agent at $socket"
else
	expect "who owns the socket may ask" 0 out '{}'
fi
# The stand-in still waits: let it go.
run "$program" --control "$socket" --ask status

done_testing
