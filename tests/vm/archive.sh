# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# archive.sh - packages of other Debian suites, kept unpacked; sourced by kernel and nfs-utils, which define die
#
#   kept NAME FETCH       prints the folder $cache/NAME after FETCH has filled it, once; callers at the same time wait
#   archive_open SUITE    lists of SUITE in a folder of their own; then $apt is what apt-get and apt-cache are to be told
#   archive_close         that folder is removed
#   archive_unpack DIR    every *.deb in DIR is unpacked there, and removed
#
# The packages come from the Debian archive this machine already uses, through apt and with apt's signatures checked, but
# with lists and a state of their own, so that the machine's apt is not touched. All is kept in
# ${XDG_CACHE_HOME:-~/.cache}/nfs-tls-vm; remove a folder there to fetch a newer one.
# shellcheck disable=SC2034 # apt is for those who source this

[ "$(dpkg --print-architecture)" = amd64 ] || die "only amd64 machines can run these tests"
cache=${XDG_CACHE_HOME:-$HOME/.cache}/nfs-tls-vm

# The main Debian archive of this machine's apt configuration, whatever the form of its sources. The
# label is known only once lists have been fetched; without them the path has to tell.
debian_archive() {
	local targets
	targets=$(apt-get indextargets --format '$(LABEL)|$(REPO_URI)' 'Created-By: Packages')
	awk -F'|' '
		$1 == "Debian"                     { print 1, $2 }
		$1 == "" && $2 ~ /\/debian\/?$/    { print 2, $2 }
		$1 == "" && $2 !~ /security/       { print 3, $2 }' <<<"$targets" |
		sort -s -k1,1 | awk 'NR == 1 { print $2 }'
}

debian_keyring() {
	local file
	for file in /usr/share/keyrings/debian-archive-keyring.{gpg,pgp}; do
		[ ! -e "$file" ] || { echo "$file"; return; }
	done
	die "the package debian-archive-keyring is missing"
}

archive_open() {
	local suite=$1 archive
	archive=$(debian_archive)
	[ -n "$archive" ] || die "no Debian archive found in this machine's apt sources"
	own=$cache/apt-$suite
	rm -rf "$own"
	mkdir -p "$own/lists/partial" "$own/cache/archives/partial" "$own/state"
	: >"$own/state/status" # nothing is installed
	echo "deb [signed-by=$(debian_keyring)] $archive $suite main" >"$own/sources.list"
	apt=(-qq -o "Dir::Etc::SourceList=$own/sources.list" -o Dir::Etc::SourceParts=/dev/null
		-o "Dir::State=$own/state" -o "Dir::State::Lists=$own/lists" -o "Dir::State::status=$own/state/status"
		-o "Dir::Cache=$own/cache" -o APT::Sandbox::User=root -o Acquire::Retries=3)
	apt-get "${apt[@]}" update >&2 || die "cannot read the lists of $suite"
}

archive_close() { rm -rf "$own"; }

archive_unpack() {
	local package
	for package in "$1"/*.deb; do
		dpkg-deb -x "$package" "$1" || return
		rm "$package"
	done
}

kept() {
	local tree=$cache/$1
	mkdir -p "$cache"
	exec 9>"$cache/$1.lock"
	flock 9
	if [ ! -d "$tree" ]; then # filled elsewhere, then renamed: an interrupted fetch leaves nothing that looks complete
		rm -rf "$tree.new"
		mkdir "$tree.new"
		"$2" "$tree.new"
		mv "$tree.new" "$tree"
	fi
	echo "$tree"
}
