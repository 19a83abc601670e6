# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion of nfsv4.exportd for bash.

_nfsv4_exportd() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	case $previous in
	-d | --debug)
		mapfile -t COMPREPLY < <(compgen -W "auth all call general parse" -- "$current")
		return
		;;
	-s | --state-directory-path)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -d -- "$current")
		return
		;;
	-T | --ttl | -t | --num-threads)
		return
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "-F --foreground -d --debug -l --log-auth -g --manage-gids -i --cache-use-ipaddr
		-T --ttl -s --state-directory-path -t --num-threads -L --no-netlink -h --help -v --version" -- "$current")
}
complete -F _nfsv4_exportd nfsv4.exportd
