# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion of nfstls for bash.

# The first word that is no option, after the program's name.
_nfstls_command() {
	local word
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case $word in -*) ;; *) printf '%s\n' "$word" && return ;; esac
	done
}

_nfstls_options() {
	case $1 in
	explain) echo "mount export peer --address -o --options -c --config --root --json -h --help" ;;
	probe)
		echo "--name --certificate --cert --key --truststore --timeout -4 --ipv4 -6 --ipv6 -c --config --json" \
			"-v --verbose -h --help"
		;;
	check) echo "-c --config --root --json -v --verbose -h --help" ;;
	*) echo "explain probe check --help --version" ;;
	esac
}

_nfstls_certificates() {
	local file
	for file in /etc/nfs-tls/certs/*.pem; do
		[ -e "$file" ] && basename "$file" .pem
	done
}

_nfstls() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command
	command=$(_nfstls_command)
	case $previous in
	-c | --config | --cert | --key | --truststore | --root)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		;;
	--certificate)
		mapfile -t COMPREPLY < <(compgen -W "$(_nfstls_certificates)" -- "$current")
		;;
	-o | --options | --name | --address | --timeout)
		COMPREPLY=()
		;;
	*)
		mapfile -t COMPREPLY < <(compgen -W "$(_nfstls_options "$command")" -- "$current")
		;;
	esac
}
complete -F _nfstls nfstls
