# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# many.sh - a root folder in which nfsstat sees many mounts and clients; sourced by 71-*, 72-* and the bench
#
#   many_folder                  prints a new folder for a hundred thousand files: in memory, where there is room, since disks
#                                may be slow with so many
#
# and, for those who have a network namespace of their own, and a folder $work:
#
#   many_connections COUNT       holds them open, and tells of them in $work/connections
#   many_root FOLDER COUNT PROGRAM
#                                FOLDER with so many mounts and clients on these connections, and PROGRAM as /nfsstat
#   many_agent FOLDER            what answers there in place of rpc.tlshd
#   many_end                     ends what the others began

many_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../exports/roots.sh
. "$many_here/../exports/roots.sh"
many_children=()
many_holds=()

many_needs=400000 # kilobytes
many_folder() {
	local folder
	if [ "$(df -k --output=avail /dev/shm 2>/dev/null | tail -n 1)" -gt "$many_needs" ] 2>/dev/null &&
		folder=$(mktemp -d -p /dev/shm); then
		# Programs may not be allowed there.
		cp "$(type -P true)" "$folder/try" && "$folder/try" 2>/dev/null && rm "$folder/try" && echo "$folder" && return
		rm -rf "$folder"
	fi
	mktemp -d
}

# many_start COMMAND...: in the background, until its standard input ends; it says "ready"
many_start() {
	local pipe=$work/many.${#many_children[@]} hold
	mkfifo "$pipe.in" "$pipe.out"
	"$@" <"$pipe.in" >"$pipe.out" &
	many_children+=($!)
	exec {hold}>"$pipe.in"
	many_holds+=("$hold")
	read -r REPLY <"$pipe.out"
	[ "$REPLY" = ready ]
}

many_connections() {
	many_start "$many_here/hold-connections" "$1" "$work/connections"
}

many_root() {
	"$many_here/make-mounts" "$1" "$2" "$work/connections"
	"$many_here/make-clients" "$1" "$work/connections"
	copy_program "$1" "$3" nfsstat
}

many_agent() {
	mkdir -p "$1/run/nfs-tls"
	many_start "$many_here/answer-as-agent" "$1/run/nfs-tls/agent.sock" "$1/agent"
}

many_end() {
	[ ${#many_children[@]} -gt 0 ] || return 0
	# Those of several processes end when their input does.
	for hold in "${many_holds[@]}"; do exec {hold}>&-; done
	wait "${many_children[@]}" || :
	many_children=()
	many_holds=()
}
