# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion of mount.nfs, mount.nfs4, umount.nfs and umount.nfs4 for bash.

# The last option of a list "a,b,c": what stands before it is kept.
_nfs_options() {
	local list=$1 kept=
	local words="ro rw soft hard noac sync nosuid nodev noexec noatime remount sec=sys sec=krb5 sec=krb5i sec=krb5p
		xprtsec=none xprtsec=tls xprtsec=mtls xprtsec=auto vers=3 vers=4 vers=4.0 vers=4.1 vers=4.2
		proto=tcp proto=tcp6 proto=udp proto=udp6 proto=rdma proto=rdma6
		tlscertname= bg fg retry= lock nolock mountproto=tcp mountproto=udp mountvers=3
		port= timeo= retrans= rsize= wsize= nconnect= clientaddr= mounthost= mountport="

	[[ $list != *,* ]] || kept=${list%,*},
	compopt -o nospace
	mapfile -t COMPREPLY < <(compgen -P "$kept" -W "$words" -- "${list##*,}")
	# bash takes "=" for the end of a word, so only what follows it is replaced.
	[[ $list != *=* || $COMP_WORDBREAKS != *=* ]] || COMPREPLY=("${COMPREPLY[@]#"${list%=*}="}")
}

# The word at the cursor back to the last blank, with the "=" that bash has split it at.
_nfs_word() {
	local line=${COMP_LINE:0:COMP_POINT}
	printf '%s' "${line##*[[:blank:]]}"
}

# Is that word the argument of -o?
_nfs_after_o() {
	local line=${COMP_LINE:0:COMP_POINT}
	line=${line%"$(_nfs_word)"}
	[[ $line =~ [[:blank:]](-[rvVwfnsh]*o|--options)[[:blank:]]+$ ]]
}

_mount_nfs() {
	local current=${COMP_WORDS[COMP_CWORD]}

	if _nfs_after_o; then
		_nfs_options "$(_nfs_word)"
	elif [[ $current == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "-r --read-only -w --read-write -v --verbose -f --fake -n --no-mtab \
			-s --sloppy -o --options -V --version -h --help" -- "$current")
	else
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -d -- "$current")
	fi
}
complete -F _mount_nfs mount.nfs mount.nfs4

# The paths of the NFS mounts in a mountinfo on standard input that begin with $1. Names of folders are the
# server's choice, so they must not get near anything that expands words, as compgen -W does.
_nfs_offer_mounted() {
	local typed=${1//\\/} point rest type

	COMPREPLY=()
	while read -r _ _ _ _ point rest; do
		type=${rest#* - } # the fields before it vary in number
		[[ $type == 'nfs '* || $type == 'nfs4 '* ]] || continue
		point=${point//'\040'/ }
		point=${point//'\011'/$'\t'}
		point=${point//'\012'/$'\n'}
		point=${point//'\043'/'#'}
		point=${point//'\134'/\\} # last, since it makes backslashes
		[[ $point != "$typed"* ]] || COMPREPLY+=("$point")
	done
}

_umount_nfs() {
	local current=${COMP_WORDS[COMP_CWORD]}

	if [[ $current == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "-f --force -l --lazy -r --read-only -n --no-mtab -v --verbose \
			-h --help" -- "$current")
	else
		compopt -o filenames # quotes what is special in a name
		_nfs_offer_mounted "$current" </proc/self/mountinfo
	fi
}
complete -F _umount_nfs umount.nfs umount.nfs4
