# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion of nfscert for bash.

# The first word that is no option, after the program's name.
_nfscert_command() {
	local word
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case $word in -*) ;; *) printf '%s\n' "$word" && return ;; esac
	done
}

_nfscert_options() {
	case $1 in
	load)
		echo "--cert --key --passphrase-fd --role --truststore --settle -a --all -d --directory -n --dry-run -c --config" \
			"-v --verbose -h --help"
		;;
	unload) echo "-f --force -c --config -v --verbose -h --help" ;;
	list) echo "-d --directory --json -h --help" ;;
	show) echo "-d --directory -c --config --json -h --help" ;;
	check) echo "--warn -d --directory -c --config --truststore --json -h --help" ;;
	verify) echo "--peer --name -h --help" ;;
	new)
		echo "--dns --ip --key-type --ca --self-signed --days --reuse-key -f --force -d --directory -h --help"
		;;
	sign) echo "--ca --days -f --force -h --help" ;;
	*) echo "load unload list show check verify new sign --help --version" ;;
	esac
}

# Files only: what is loaded only root may ask, and that takes longer.
_nfscert_names() {
	local file
	for file in /etc/nfs-tls/certs/*.pem; do
		[ -e "$file" ] && basename "$file" .pem
	done
}

_nfscert_words() {
	case $1 in
	load | unload | show | check | verify) _nfscert_names ;;
	esac
	_nfscert_options "$1"
}

_nfscert() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command
	command=$(_nfscert_command)
	case $previous in
	-c | --config | --cert | --key | --truststore)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		;;
	-d | --directory | --ca)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -d -- "$current")
		;;
	--role)
		mapfile -t COMPREPLY < <(compgen -W "client server" -- "$current")
		;;
	--key-type)
		mapfile -t COMPREPLY < <(compgen -W "ecdsa rsa ed25519" -- "$current")
		;;
	--passphrase-fd | --warn | --days | --dns | --ip | --name)
		COMPREPLY=()
		;;
	--peer)
		mapfile -t COMPREPLY < <(compgen -A hostname -- "$current")
		;;
	*)
		mapfile -t COMPREPLY < <(compgen -W "$(_nfscert_words "$command")" -- "$current")
		if [ "$command" = sign ]; then
			mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -X '!*.csr' -- "$current")
		fi
		;;
	esac
}
complete -F _nfscert nfscert
