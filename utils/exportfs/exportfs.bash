# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion of exportfs for bash.

_exportfs() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	case $previous in
	-d | --debug)
		mapfile -t COMPREPLY < <(compgen -W "all general call auth parse" -- "$current")
		return
		;;
	-o | --options)
		compopt -o nospace
		mapfile -t COMPREPLY < <(compgen -W "ro rw sync async no_root_squash root_squash all_squash insecure crossmnt
			fsid= sec=sys sec=krb5 sec=krb5i sec=krb5p xprtsec=none xprtsec=tls xprtsec=mtls" -- "$current")
		return
		;;
	esac
	if [[ $current == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "-a --all -r --reexport -u --unexport -i --ignore -o --options -v --verbose
			-s --exports -f --flush -L --no-netlink -d --debug --check --json -h --help -V --version" -- "$current")
	elif [[ " ${COMP_WORDS[*]} " == *" --check "* ]]; then
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
	fi
}
complete -F _exportfs exportfs
