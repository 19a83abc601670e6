#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes ./configure from configure.ac; needs autoconf and automake.
set -eu
cd "$(dirname "$0")"
for tool in autoreconf aclocal automake pkg-config; do
	command -v "$tool" >/dev/null || {
		echo "autogen.sh: $tool is missing: install the packages autoconf, automake and pkg-config" >&2
		exit 1
	}
done
exec autoreconf --install --force --warnings=all
