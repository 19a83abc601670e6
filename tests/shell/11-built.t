#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Rules about the tree that only what was built can tell: no file needs another one that needs it, and the page of the
# policy has the keys that its reader takes.
set -eu

source_dir=$(cd "${TOP_SRCDIR:-.}" && pwd)
build=$(cd "${TOP_BUILDDIR:-.}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# shellcheck source=tap.sh
. "$source_dir/tests/shell/tap.sh"

# ---- circles ----

# ARCHIVE:OBJECT TYPE SYMBOL
(cd "$build" && nm -A -g support/lib*.a utils/*/lib*.a 2>/dev/null) |
	sed -nE 's,^([^:]+):([^:]+):[0-9a-f ]* ([A-Za-z]) ([^ ]+)$,\1:\2 \3 \4,p' >"$work/symbols"
is "the objects are here" "$([ "$(cut -d' ' -f1 "$work/symbols" | sort -u | wc -l)" -gt 150 ] && echo many)" many

# A symbol is that of the same program, else that of support: programs do not know of each other.
awk '
	{ archive = $1; sub(/:.*/, "", archive); shared = archive ~ /^support\// ? "" : archive }
	NR == FNR { if ($2 != "U") home[shared " " $3] = $1; next }
	$2 == "U" {
		to = (shared " " $3) in home ? home[shared " " $3] : home[" " $3]
		if (to && to != $1) print $1, to
	}' "$work/symbols" "$work/symbols" | sort -u >"$work/uses"
is "who needs whom is seen" "$([ "$(wc -l <"$work/uses")" -gt 300 ] && echo seen)" seen
tsort "$work/uses" 2>"$work/circles" >/dev/null || true
is "no file needs another one that needs it" "$(sed 's/^tsort: //' "$work/circles")" ""

# ---- one public header ----

(cd "$source_dir" && find support -name '*.h' ! -name '*_private.h' ! -path 'support/uapi/*') | sort >"$work/headers"
is "each folder has one public header, of its name" \
	"$(sed -E 's,^(support/([^/]+))/\2\.h$,,' "$work/headers" | grep . || true)" ""

# ---- keys of the policy ----

# takes SECTION: the keys that may stand there, as the reader says them
takes() {
	printf '[%s]\nnone-such = 1\n' "$1" >"$work/policy"
	"$build/utils/nfstls/nfstls" explain --config "$work/policy" mount a:/b 2>&1 |
		sed -nE 's/.*: it takes ([a-z, -]*).*/\1/p' | tr -d ' ' | tr ',' '\n' | sort
}
# items SECTION: the items of the page's list of keys in one of its parts
items() {
	sed -n "/^\\.Ss $1/,/^\\.El/p" "$source_dir/man/nfs-tls.conf.5" | sed -nE 's/^\.It Cm ([a-z-]+) Ns = .*/\1/p' | sort
}
# told ITEM: the keys that the page says a section takes
told() {
	sed -n '/^\.Ss Sections/,/^\.El/p' "$source_dir/man/nfs-tls.conf.5" | awk -v item=".It Cm $1" '
		/^\.It / { here = index($0, item) == 1 }
		here && keys && /^\.Cm / { print $2; next }
		$0 != "and" { keys = here && /^(It t|T)akes$/ }' | sort
}
# agrees SECTION ITEM
agrees() { is "nfs-tls.conf(5) has the keys of [$1]" "$(told "$2")" "$(takes "$1")"; }
is "the reader tells its keys" "$(takes 'client "a:/b"' | wc -l)" 2
is "nfs-tls.conf(5) has the keys of [client]" "$(items 'The keys of client and server')" "$(takes client)"
is "nfs-tls.conf(5) has the keys of [server]" "$(items 'The keys of client and server')" "$(takes server)"
is "nfs-tls.conf(5) has the keys of [client] of a server" "$(takes client)" "$(takes 'client "a.example.com"')"
is "nfs-tls.conf(5) has the keys of [agent]" "$(items 'The keys of agent')" "$(takes agent)"
agrees 'client "a:/b"' '[client \\(dq Ns Ar server Ns Cm :/ Ns Ar path'
agrees 'client "/mnt"' '[client \\(dq/ Ns Ar mount/point'
agrees 'server "/srv"' '[server \\(dq/ Ns Ar path'
agrees 'server "a.example.com"' '[server \\(dq Ns Ar name'
agrees 'server "192.0.2.1"' '[server \\(dq Ns Ar address'

# A key that nobody obeys would be taken, and change nothing.
sed -nE 's/^	X\(([A-Z_]+), +([a-z_]+), +"[a-z-]+", .*/\1 \2/p' "$source_dir/support/policy/policy.h" >"$work/keys"
is "the rows of the keys are seen" "$(wc -l <"$work/keys")" \
	"$({ takes client; takes server; } | sort -u | wc -l)"
while read -r name member; do
	case $member in
	minimum | by_default) grep -q "POLICY_KEY_$name\>" "$source_dir"/support/policy/answer.c "$source_dir"/support/policy/find.c ;;
	*) grep -qE "(connection|policy|question->connection)(\.|->)$member\>" "$source_dir"/utils/tlshd/*.c ;;
	esac || echo "$name"
done <"$work/keys" >"$work/unused"
is "each key has a place that obeys it" "$(cat "$work/unused")" ""

# ---- standard output ----

# A program that could not say what it was asked for has not done it.  Called by its full path, as the name of each is
# that of its file.
mkdir -p "$work/root/etc"
printf 'a.example.com:/srv /mnt nfs4 xprtsec=tls 0 0\n' >"$work/root/etc/fstab"
echo "# nothing is asked for" >"$work/root/etc/nfs-tls.conf"
chmod 0755 "$work" "$work/root" "$work/root/etc"
chmod 0644 "$work/root/etc/nfs-tls.conf"
# lost CAUSE WORD...: what is said when standard output cannot take it
lost() {
	cause=$1 program=${2##*/}
	shift 2
	path=$(find "$build/utils" -type f -name "$program" -perm -u+x | head -n 1)
	status=0
	case $cause in
	'No space left on device') "$path" "$@" >/dev/full 2>"$work/err" || status=$? ;;
	*) "$path" "$@" >&- 2>"$work/err" || status=$? ;;
	esac
	wanted="$program: cannot write to standard output ($cause)"
	if [ "$status" -ne 0 ] && [ "$(grep -Fxc "$wanted" "$work/err")" -eq 1 ]; then
		ok "$program $*: $cause"
	else
		tap_result 1 "$program $*: $cause" "status: $status
said: $(cat "$work/err")"
	fi
}
for cause in 'No space left on device' 'Bad file descriptor'; do
	for program in nfstls nfscert rpc.tlshd nfsv4.exportd nfsstat; do
		lost "$cause" "$program" --help
		lost "$cause" "$program" --version
	done
	lost "$cause" exportfs --version # its --help is on standard error
	lost "$cause" mount.nfs -h
	lost "$cause" mount.nfs -V
	for command in check explain probe; do lost "$cause" nfstls "$command" --help; done
	for command in load unload list show check verify new sign; do lost "$cause" nfscert "$command" --help; done
	lost "$cause" nfstls check --root "$work/root"
	lost "$cause" nfstls explain --root "$work/root" mount a.example.com:/srv
	lost "$cause" nfstls probe --timeout 1 --config "$work/policy" 127.0.0.1:1
	lost "$cause" nfscert list --json
	lost "$cause" exportfs --check --json
	lost "$cause" nfsstat --tls
done

# unknown PROGRAM WORD SHOWN
unknown() {
	run "$build/utils/$1/$1" "$2"
	is "$1: $3" "$status $(cat "$work/err" "$work/out")" "64 $1: '$3' is not an $1 command. See '$1 --help'."
}
for program in nfstls nfscert; do
	unknown "$program" foo foo
	unknown "$program" '' ''
	unknown "$program" "$(printf 'a\033b')" 'a\x1bb'
	unknown "$program" --hel --hel
done
done_testing
