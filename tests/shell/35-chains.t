#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Some hundred certificate chains and revocation lists, made now (tests/chains/recipe), and what we say of each: it must
# be the verdict that the recipe expects, and where openssl verify or certtool --verify judges another way there must be
# a reason (tests/chains/differences).
set -eu

build=$(cd "${TOP_BUILDDIR:-.}" && pwd)
source_dir=$(cd "${TOP_SRCDIR:-.}" && pwd)
chains=$source_dir/tests/chains
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$work/made"

# shellcheck source=tap.sh
. "$source_dir/tests/shell/tap.sh"

"$chains/recipe" | "$build/tests/chains/make-chains" "$work/made" || { echo "Bail out! the chains cannot be made"; exit 1; }
"$build/tests/chains/judge-chains" "$work/made" >"$work/ours" || { echo "Bail out! the chains cannot be judged"; exit 1; }

count=$(wc -l <"$work/made/cases")
tap_result "$([ "$count" -ge 300 ]; echo $?)" "there are some hundred cases" "$count"
is "each is judged" "$(wc -l <"$work/ours")" "$count"
# The fifth word of a case is what is expected, the second of ours what it got.
is "our verdict is the expected one" "$(awk 'NR == FNR { wanted[$1] = $5; next }
	wanted[$1] != $2 { print "wanted " wanted[$1] ": " $0 }' "$work/made/cases" "$work/ours")" ""
is "every refusal says why" "$(awk '$2 != "ok" && $2 != "ok,ok" && NF < 6' "$work/ours")" ""

awk -v folder="$work/made" '{ print folder, $1, $2, $3, $4 }' "$work/made/cases" |
	xargs -P "$(nproc)" -n 5 "$chains/judge-theirs" >"$work/theirs"
is "so do openssl and certtool" "$(wc -l <"$work/theirs")" "$count"

# With lists openssl's question is our second, certtool's our first.  NAME WHO accepts|refuses TEXT
awk 'NR == FNR { split($2 "," $2, two, ","); first[$1] = two[1] == "ok" ? "yes" : "no"
		second[$1] = two[2] == "ok" ? "yes" : "no"; ours[$1] = $2; next }
	function tell(who, theirs, mine) {
		if (theirs != mine) print name, who, theirs == "yes" ? "accepts" : "refuses", "(we: " ours[name] ")", text
	}
	{ name = $1; text = $0; sub(/^[^ ]+ [^ ]+ [^ ]+ /, "", text); tell("openssl", $2, second[name]); tell("certtool", $3, first[name]) }' \
	"$work/ours" "$work/theirs" | sort >"$work/found"

: >"$work/new"
: >"$work/used"
grep -v '^#' "$chains/differences" | grep . >"$work/listed"
while read -r name who what rest; do
	known=no
	while read -r cases by does reason; do
		# shellcheck disable=SC2254 # both are patterns
		case "$name/$who/$what" in
		$cases/$by/$does) known=yes; echo "$cases $by $does $reason" >>"$work/used" ;;
		esac
	done <"$work/listed"
	[ $known = yes ] || echo "$name: $who $what it $rest" >>"$work/new"
done <"$work/found"
is "nobody judges another way without a reason" "$(cat "$work/new")" ""
is "every reason is given" "$(awk 'NF != 4' "$work/listed")" ""
# The tools change from one version to the next.
echo "# $(openssl version), $(certtool --version | head -n 1): $(wc -l <"$work/found") differences with reasons"
tr -s '\t' ' ' <"$work/listed" | sort | while read -r row; do
	grep -qxF "$row" "$work/used" || echo "# no longer: $row"
done

done_testing
