#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What bash offers after a Tab, asked of the functions that bash would call.
set -eu

source_dir=${TOP_SRCDIR:-.}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

compopt() { :; } # works only while bash completes
# shellcheck source=/dev/null
source "$source_dir/utils/tlshd/rpc.tlshd.bash"
# shellcheck source=/dev/null
source "$source_dir/utils/mount/mount.nfs.bash"
# shellcheck source=/dev/null
source "$source_dir/utils/nfstls/nfstls.bash"
# shellcheck source=/dev/null
source "$source_dir/utils/exportd/nfsv4.exportd.bash"
# shellcheck source=/dev/null
source "$source_dir/utils/nfscert/nfscert.bash"
# shellcheck source=/dev/null
source "$source_dir/utils/nfsstat/nfsstat.bash"

# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"
# offers NAME WORDS: what was offered, joined by blanks
offers() { is "$1" "${COMPREPLY[*]-}" "$2"; }

# tab FUNCTION LINE: presses Tab at the end of LINE, which has bash's own idea of words: = ends one
tab() {
	local line=${2//=/ = }
	COMP_LINE=$2
	COMP_POINT=${#COMP_LINE}
	read -ra COMP_WORDS <<<"$line"
	[[ $2 != *' ' ]] || COMP_WORDS+=('')
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	COMPREPLY=()
	"$1"
}

# offers_all WHAT FUNCTION LINE WORDS: each of WORDS (one per line, at least so many) is offered
offers_all() {
	local word missing=
	tab "$2" "$3"
	while read -r word; do
		[[ " ${COMPREPLY[*]-} " == *" $word "* ]] || missing+=" $word"
	done <<<"$4"
	COMPREPLY=("$missing")
	[ "$(wc -l <<<"$4")" -ge "$5" ] || COMPREPLY=("the table of options is not found")
	offers "$1" ""
}

# ---- rpc.tlshd ----

options=$(sed -nE 's/^	\{ [^,]*, "([a-z-]+)", (NULL|"[A-Z]+"), ".*/--\1/p' "$source_dir/utils/tlshd/cli.c")
offers_all "rpc.tlshd: every long option" _rpc_tlshd "rpc.tlshd --" "$options" 7
tab _rpc_tlshd "rpc.tlshd --ask "
offers "rpc.tlshd: what can be asked" "status failures sessions reload"
tab _rpc_tlshd "rpc.tlshd --ask s"
offers "rpc.tlshd: what can be asked with s" "status sessions"
: >"$work/one.conf"
tab _rpc_tlshd "rpc.tlshd -c $work/o"
offers "rpc.tlshd: a file for -c" "$work/one.conf"

# ---- nfsv4.exportd ----

options=$(sed -nE "s/^	\{ '.', \"([a-z-]+)\", .*/--\1/p" "$source_dir/utils/exportd/cli.c")
offers_all "nfsv4.exportd: every long option" _nfsv4_exportd "nfsv4.exportd --" "$options" 11
tab _nfsv4_exportd "nfsv4.exportd -d a"
offers "nfsv4.exportd: kinds of -d with a" "auth all"

# ---- nfsstat ----

# Those that have a help.
options=$(sed -nE 's/^	\{ [^,]*, "([a-z-]+)", (NULL|"[^"]+"), ".*/--\1/p' "$source_dir/utils/nfsstat/cli.c")
offers_all "nfsstat: every long option" _nfsstat "nfsstat --" "$options" 12
tab _nfsstat "nfsstat -o r"
offers "nfsstat: words of -o with r" "rpc rc ra"
tab _nfsstat "nfsstat -S $work/o"
offers "nfsstat: a file for -S" "$work/one.conf"
tab _nfsstat "nfsstat --since=$work/o"
offers "nfsstat: a file for --since=" "$work/one.conf"

# ---- nfscert ----

tab _nfscert "nfscert "
offers "nfscert: its commands" "load unload list show check verify new sign --help --version"
# options_of FILE TABLE: the long options of a table of rows
options_of() {
	sed -n "/option_row $2\[\]/,/^};/p" "$source_dir/utils/nfscert/$1.c" |
		sed -nE "s/^	\{ ([^,]*|'.'), \"([a-z-]+)\", .*/--\2/p"
}
for table in load:load:rows:11 unload:unload:rows:4 list:list:list_rows:3 show:list:show_rows:4 check:check:rows:6 \
	verify:verify:rows:3 new:new:rows:10 sign:sign:rows:3; do
	IFS=: read -r command file rows least <<<"$table"
	offers_all "nfscert $command: every long option" _nfscert "nfscert $command --" "$(options_of "$file" "$rows")" \
		"$least"
done
tab _nfscert "nfscert new --key-type e"
offers "nfscert new: kinds of keys with e" "ecdsa ed25519"
: >"$work/asks.csr"
tab _nfscert "nfscert sign $work/a"
offers "nfscert sign: requests" "$work/asks.csr"

# ---- mount.nfs, umount.nfs ----

# switches TABLE: the long options that the usage text shows
switches() {
	sed -n "/ $1\[\]/,/^};/p" "$source_dir/utils/mount/cli.c" |
		sed -nE "s/^	\{ '.', \"([a-z-]+)\", .*/--\1/p"
}
offers_all "mount.nfs: every long option" _mount_nfs "mount.nfs --" "$(switches mount_switches)" 9
offers_all "umount.nfs: every long option" _umount_nfs "umount.nfs --" "$(switches umount_switches)" 6
tab _mount_nfs "mount.nfs s:/x /mnt -o xp"
offers "mount.nfs: transport security" "xprtsec=none xprtsec=tls xprtsec=mtls xprtsec=auto"
# A selection, of which each has its row: NAME=VALUE, NAME, or noNAME for a row of NAME.
_nfs_options ""
sed -n 's/^\t{ "\([^"]*\)", *MOUNT_.*/\1/p' "$source_dir/support/mounts/table.c" >"$work/rows"
is "mount.nfs: what is completed is in the table of options" \
	"$(printf '%s\n' "${COMPREPLY[@]%%=*}" | sort -u | while read -r word; do
		grep -qxF -e "$word" -e "${word#no}" "$work/rows" || echo "$word"
	done) $(("${#COMPREPLY[@]}" > 40))" " 1"
tab _mount_nfs "mount.nfs s:/x /mnt -o ro,vers=4."
offers "mount.nfs: bash replaces what follows the =" "4.0 4.1 4.2"
tab _mount_nfs "mount.nfs s:/x /mnt -o vers=4.2,xprtsec=m"
offers "mount.nfs: a list with two =" "mtls"
mkdir "$work/folder"
tab _mount_nfs "mount.nfs s:/x $work/f"
offers "mount.nfs: a folder" "$work/folder"

# ---- nfstls ----

tab _nfstls "nfstls "
offers "nfstls: its commands" "explain probe check --help --version"
tab _nfstls "nfstls explain e"
offers "nfstls explain: what can be explained" "export"
for table in probe_cli:probe:9 explain:explain:4 check:check:5; do
	IFS=: read -r file command least <<<"$table"
	options=$(sed -nE 's/^	\{ .*, "([a-z0-9-]+)", (NULL|"[A-Z]+"), .*/--\1/p; s/^	\{ \{ "([a-z]+)", .*_argument, .*/--\1/p' \
		"$source_dir/utils/nfstls/$file.c")
	offers_all "nfstls $command: every long option" _nfstls "nfstls $command --" "$options" "$least"
done
tab _nfstls "nfstls probe --cert $work/o"
offers "nfstls probe: a file for --cert" "$work/one.conf"

cat >"$work/mountinfo" <<'END'
30 1 0:30 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 30 0:40 / /mnt/home rw,relatime shared:2 - nfs4 s:/home rw,vers=4.2
41 30 0:41 / /mnt/old rw - nfs s:/old rw,vers=3
42 30 0:42 / /mnt/tmp rw - tmpfs - nfs rw
43 30 0:43 / /srv/a\040b\011c\043d\134040e rw - nfs4 s:/b rw
44 30 0:44 / /srv/$(touch${IFS}executed)`touch${IFS}executed` rw - nfs4 s:/c rw
45 30 0:45 / /srv/* rw - nfs4 s:/d rw
END
cd "$work"
_nfs_offer_mounted /mnt/ <mountinfo
offers "umount.nfs: NFS mounts, no others" "/mnt/home /mnt/old"
_nfs_offer_mounted /mnt/o <mountinfo
offers "umount.nfs: those that begin so" "/mnt/old"
_nfs_offer_mounted /srv/a <mountinfo
offers "umount.nfs: escaped bytes" $'/srv/a b\tc#d\\040e'
_nfs_offer_mounted '/srv/a\ b' <mountinfo
offers "umount.nfs: a blank that was typed with a backslash" $'/srv/a b\tc#d\\040e'
_nfs_offer_mounted '/srv/$' <mountinfo
# shellcheck disable=SC2016 # not to be expanded is the point
offers "umount.nfs: a command in a name stays a name" '/srv/$(touch${IFS}executed)`touch${IFS}executed`'
_nfs_offer_mounted '/srv/*' <mountinfo
offers "umount.nfs: a pattern in a name stays a name" '/srv/*'
COMPREPLY=(executed*)
offers "umount.nfs: nothing was executed" 'executed*'

done_testing
