#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Our exportfs and the distribution's, over some hundred exports files and what happens to them on the command line:
# etab must be the same, byte for byte. See exports/compare for the cases; exports/differences lists what differs on
# purpose. Each runs in a root folder of its own, in namespaces of their own: nothing of this machine is touched.
set -eu

if [ "${1-}" != --inside ]; then
	exec unshare --net --mount "$0" --inside "$@"
fi
shift

here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${TOP_BUILDDIR:-.}" && pwd)
theirs=/usr/sbin/exportfs
ours=$build/utils/exportfs/exportfs
for program in "$theirs" "$ours"; do
	[ -x "$program" ] || { echo "Bail out! there is no $program"; exit 1; }
done
work=$(mktemp -d)
trap 'umount "$work"; rmdir "$work"' EXIT
trap 'exit 1' HUP INT TERM
mount -t tmpfs tmpfs "$work" # where to sync costs nothing
ip link set lo up

# shellcheck source=exports/roots.sh
. "$here/exports/roots.sh"
make_root "$work/theirs" "$theirs"
make_root "$work/ours" "$ours"
"$here/exports/generate" 1 180 >"$work/generated.cases"

"$here/exports/compare" ${1+"$1"} "$work/theirs" "$work/ours" "$here/exports/differences" \
	"$here"/exports/*.cases "$work/generated.cases"
