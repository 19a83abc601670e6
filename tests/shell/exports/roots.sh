# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# roots.sh - small root folders in which an exportfs runs without touching the machine; sourced by 65-* and 66-*
#
#   make_root DIR PROGRAM   DIR with PROGRAM as /exportfs, its libraries, hosts and folders to export
#
# What is in /etc and /srv there is what the *.cases count on.

# copy_program DIR PROGRAM NAME: with the libraries it is linked to, at their own places
copy_program() {
	cp "$2" "$1/$3"
	ldd "$2" | awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\// { print $1 }' | while read -r library; do
		mkdir -p "$1$(dirname "$library")"
		[ -e "$1$library" ] || cp -L "$library" "$1$library"
	done
}

make_root() {
	mkdir -p "$1/etc" "$1/var/lib/nfs" "$1/run" "$1/tmp" "$1/dev"
	mkdir -p "$1"/srv/e1 "$1"/srv/e2 "$1"/srv/e3 "$1"/srv/e4 "$1"/srv/deep/below/deeper "$1/srv/with blank" \
		"$1/srv/q\"uote" "$1/srv/h#ash" "$1/srv/back\\slash" "$1/srv/a-path-that-is-longer-than-fourteen" "$1/srv/UPPER" \
		"$1/home" "$1/home/user1" "$1/home/user2" "$1/media" "$1/srv/comma,name" "$1/srv/par(en"
	mkdir -p "$1/srv/$(printf 'gr\303\274n')" "$1/srv/$(printf 'ta\tb')"
	ln -s e1 "$1/srv/link"
	: >"$1/srv/file"
	: >"$1/dev/null"
	echo 'hosts: files' >"$1/etc/nsswitch.conf"
	cat >"$1/etc/hosts" <<-'END'
		127.0.0.1 localhost
		::1 localhost
		10.1.1.1 alpha.example.org alpha al
		10.1.1.2 beta.example.org beta
		10.1.1.3 gamma.example.org gamma
		10.1.1.3 delta.example.org delta
		10.1.1.4 dual.example.org dual
		fd00::4 dual.example.org dual
		fd00::5 six.example.org six
		10.1.1.6 many.example.org many
		10.1.1.7 many.example.org many
		10.1.1.8 many.example.org many
		10.1.1.11 h11
		10.1.1.12 h12
		10.1.1.13 h13
	END
	copy_program "$1" "$2" exportfs
}
