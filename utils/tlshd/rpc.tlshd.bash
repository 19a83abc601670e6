# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion of rpc.tlshd for bash.

_rpc_tlshd() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}

	case $previous in
	-c | --config | --control)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		;;
	--ask)
		mapfile -t COMPREPLY < <(compgen -W "status failures sessions reload" -- "$current")
		;;
	*)
		mapfile -t COMPREPLY < <(compgen -W "-c --config --control --ask -s --stderr -v --verbose \
			-h --help -V --version" -- "$current")
		;;
	esac
}
complete -F _rpc_tlshd rpc.tlshd
