# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion of nfsstat for bash.

_nfsstat() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	[[ $current != = ]] || current=
	[[ $previous != = ]] || previous=${COMP_WORDS[COMP_CWORD - 2]}
	case $previous in
	-o)
		mapfile -t COMPREPLY < <(compgen -W "nfs rpc net rc io ra fh all" -- "$current")
		return
		;;
	-S | --since | --config | --root)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "-c --client -s --server -n --nfs -r --rpc -o -v --verbose --all -2 -3 -4 -l --list
		-m --mounts -Z --sleep -S --since --tls --wide --check --openmetrics --config --root --json --help --version" -- "$current")
}
complete -F _nfsstat nfsstat
