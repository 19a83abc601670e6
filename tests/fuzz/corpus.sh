#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs every fuzz target over its stored inputs; a target without inputs fails.
set -eu
source=${TOP_SRCDIR:-.}/tests/fuzz
build=${TOP_BUILDDIR:-.}/tests/fuzz
failed=0
count=0
for target in "$source"/fuzz_*.c; do
	name=$(basename "$target" .c)
	count=$((count + 1))
	if "$build/$name" "$source/corpus/$name"; then
		echo "ok - $name"
	else
		echo "not ok - $name"
		failed=1
	fi
done
[ "$count" -gt 0 ] || failed=1
exit "$failed"
