#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Rules about the tree itself: what may include what, who may speak, and how files look.
set -eu

source_dir=$(cd "${TOP_SRCDIR:-.}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$source_dir"

modules='gnutls libmnl libevent_core json-c libkeyutils mount libxml-2.0 p11-kit-1'

# shellcheck source=tap.sh
. "tests/shell/tap.sh"
# clean NAME: passes when the complaints in $work/complaints are none
clean() { is "$1" "$(cat "$work/complaints")" ""; }
complain() { printf '%s\n' "$*" >>"$work/complaints"; }
fresh() { : >"$work/complaints"; }

# What was built inside the tree is not looked at.
list() {
	find support utils tests systemd man build-aux/m4 -type f "$@" ! -path '*/corpus/*' ! -path '*/.*' | sort
}
list '(' -name '*.c' -o -name '*.h' ')' >"$work/c"
grep -E '^(support|utils)/' "$work/c" >"$work/programs"
list '(' -name '*.[ch]' -o -name '*.sh' -o -name '*.t' -o -name '*.mk' -o -name '*.bash' -o -name '*.[58]' \
	-o -name '*.service' -o -name '*.m4' ')' >"$work/ours"
find tests -type f -perm -u+x ! -path '*/corpus/*' -exec grep -lE '^#!/bin/(ba)?sh' {} + | sort >"$work/scripts"
sort -u "$work/ours" "$work/scripts" -o "$work/ours"

fresh
[ "$(wc -l <"$work/programs")" -gt 50 ] || complain "only $(wc -l <"$work/programs") sources found"
[ "$(wc -l <"$work/scripts")" -gt 5 ] || complain "only $(wc -l <"$work/scripts") scripts found"
clean "the tree is here"

# ---- headers stand alone ----

# shellcheck disable=SC2086 # several words
cflags=$(pkg-config --cflags $modules) || { echo "Bail out! pkg-config does not know $modules"; exit 1; }
fresh
grep '\.h$' "$work/programs" >"$work/headers"
while read -r header; do
	printf '#include "%s"\n' "$header" >"$work/alone.c"
	# shellcheck disable=SC2086 # several words
	${CC:-gcc} -std=gnu11 -Wall -Wextra -Werror -fsyntax-only -I. -D_GNU_SOURCE -DSYSCONF_DIR='"/etc"' \
		-DRUN_DIR='"/run"' $cflags "$work/alone.c" >"$work/log" 2>&1 ||
		complain "$header: $(head -n 1 "$work/log")"
done <"$work/headers"
clean "every header compiles alone"

# ---- includes go down ----

# FOLDER FOLDER lines: who includes whom; FILE kept for the complaint
while read -r file; do
	sed -nE "s,^[[:space:]]*#[[:space:]]*include \"([^\"]*)\".*,${file%/*} \1 $file,p" "$file"
done <"$work/programs" >"$work/includes"
# FOLDER FLOOR: README's table. An include goes to a lower floor, or stays in its folder.
awk -F'|' '/^### Floors/ { here = 1; next } /^### / { here = 0 }
	here && $3 ~ /`(support|utils)\/[a-z0-9]+`/ { if ($2 + 0 || $2 ~ /0/) floor = $2 + 0; gsub(/[` ]/, "", $3); print $3, floor }' \
	README.md >"$work/floors"
fresh
find support utils -mindepth 1 -maxdepth 1 -type d | sort >"$work/folders"
cut -d' ' -f1 "$work/floors" | sort | diff "$work/folders" - |
	sed -nE -e 's/^< (.*)/README.md: the table of floors lacks \1/p' -e 's/^> (.*)/README.md: the table of floors has \1/p' >>"$work/complaints"
clean "README's table of floors has each folder, once, and no other"

fresh
awk '
	NR == FNR { floor[$1] = $2; next }
	$2 == "config.h" { next }
	{
		to = $2
		if (!sub("/[^/]*$", "", to)) { print $3 ": \"" $2 "\" must be named from the top of the tree"; next }
		if ($1 == to) next
		if (!(to in floor)) { print $3 ": includes " $2 ", which is on no lower floor"; next }
		if (floor[to] >= floor[$1]) print $3 ": includes " $2 ", which is not below it"
	}' "$work/floors" "$work/includes" >>"$work/complaints"
clean "includes go down the floors, and programs include no other program"

fresh
awk '$1 ~ /^(support|utils)\// && $2 ~ /_private\.h$/ {
	to = $2; sub("/[^/]*$", "", to); if (to != $1) print $3 ": " $2 " is private to its folder" }' \
	"$work/includes" >>"$work/complaints"
clean "private headers stay in their folder"

# ---- only programs speak ----

fresh
grep '^support/.*\.c$' "$work/programs" | grep -vxE 'support/(base/log|command/command)\.c' | xargs grep -nE \
	'(^|[^_[:alnum:]])(v?printf|v?fprintf|puts|fputs|putchar|perror|exit|_exit|syslog|log_line|err|errx|warnx?)[ ]?\(' \
	/dev/null >>"$work/complaints" || true
clean "support code does not print, log or exit"

# ---- how files look ----

fresh
while read -r file; do
	head -n 3 "$file" | grep -qF 'SPDX-License-Identifier: GPL-2.0-or-later' || complain "$file: no SPDX line"
done <"$work/ours"
clean "every source names its license"

fresh
# A text that users read may be longer: in one piece it can be searched for.
while read -r file; do
	expand -t 8 "$file" | awk -v file="$file" \
		'length($0) > 120 && $0 !~ /^ *"/ { print file ":" FNR ": " length($0) " columns" }'
done <"$work/c" >>"$work/complaints"
clean "no line of a C source is longer than 120 columns"

fresh
xargs grep -nE '[[:blank:]]+$' /dev/null <"$work/ours" >>"$work/complaints" || true
grep -nE '[[:blank:]]+$' README.md NEWS Makefile.am configure.ac autogen.sh >>"$work/complaints" || true
clean "no line ends in blanks"

fresh
while read -r file; do
	[ -z "$(tail -c 1 "$file")" ] || complain "$file: the last line has no end"
done <"$work/ours"
clean "every file ends with a newline"

# ---- comments ----

# comments FILE...: FILE LINE and a line of its comments
comments() {
	awk '
		FNR == 1 { inside = 0 }
		{ text = $0; gsub(/"([^"\\]|\\.)*"/, "\"\"", text) }
		!inside && match(text, /\/\*|\/\//) { inside = 1; one = substr(text, RSTART, 2) == "//"; text = substr(text, RSTART) }
		inside { print FILENAME, FNR, text; if (one || text ~ /\*\//) inside = one = 0 }' "$@"
}

# A source is named alone in its own folder, else from the top of the tree, or as the kernel's tree has it.
fresh
while read -r file; do comments "$file"; done <"$work/c" | awk '
	{
		folder = $1; sub(/[^\/]*$/, "", folder)
		for (i = 3; i <= NF; i++) {
			word = $i
			if (word ~ /^[(]?</) continue
			gsub(/^[^A-Za-z0-9_.\/]+|[^A-Za-z0-9_]+$/, "", word)
			if (word ~ /^(support|utils|tests|man|systemd)\/[a-z0-9_\/.-]+$/) print $1 ":" $2, word, word
			else if (word ~ /^[a-z0-9_-]+\.[ch]$/) print $1 ":" $2, word, folder word
			else if (word ~ /\/[a-z0-9_-]+\.[ch]$/ &&
				 word !~ /^(include|net|fs|lib|security|kernel|linux|uapi|netinet|sys)\//) print $1 ":" $2, word, word
		}
	}' >"$work/names"
[ "$(wc -l <"$work/names")" -gt 100 ] || complain "only $(wc -l <"$work/names") names of files are found in comments"
while read -r place word path; do
	[ -e "$path" ] || complain "$place: $word is not there"
done <"$work/names"
clean "comments name files that are there"

# "(FILE.c)" in a comment of a header: the function behind it is there; in a heading, all up to the next one.
fresh
grep '\.h$' "$work/programs" | xargs awk '
	FNR == 1 { section = one = ""; folder = FILENAME; sub(/[^\/]*$/, "", folder) }
	/^\/\*/ { inside = 1; one = ""; heading = /^\/\* ----/; if (heading) section = "" }
	inside {
		if (match($0, /\([a-z0-9_]+\.c(, [a-z0-9_]+\.c)*\)/)) {
			files = substr($0, RSTART + 1, RLENGTH - 2); gsub(/, /, " " folder, files)
			if (heading) section = folder files
			else one = folder files
		}
		if (/\*\//) inside = 0
		next
	}
	/^[a-z].*\(/ && !/^(typedef|static|struct [a-z_]+ \{)/ && (one || section) {
		name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name)
		print FILENAME ":" FNR, name, one ? one : section
		one = ""
	}' >"$work/homes"
[ "$(wc -l <"$work/homes")" -gt 100 ] || complain "only $(wc -l <"$work/homes") functions are found behind the names of their files"
while read -r place name files; do
	# shellcheck disable=SC2086 # several words
	grep -qE "^[a-z].*[ *]$name\(" $files 2>/dev/null || complain "$place: $name() is not in $files"
done <"$work/homes"
clean "functions are in the files that the headers name"

# ---- documentation ----

fresh
command -v mandoc >/dev/null || complain "mandoc is missing: install the package mandoc"
for page in man/*.[58]; do
	# Whether the pages that are referred to are installed here is no matter.
	mandoc -T lint -W all "$page" 2>/dev/null | grep -v 'referenced manual not found' >>"$work/complaints" || true
done
clean "the manual pages are clean"

fresh
sed -nE 's/^	\{ [^,]*, "([a-z-]+)", (NULL|"[A-Z]+"), ".*/\1/p' utils/tlshd/cli.c >"$work/options"
[ "$(wc -l <"$work/options")" -ge 7 ] || complain "utils/tlshd/cli.c: its table of options is not found"
while read -r option; do
	grep -qE "Fl Fl $option( |\$)" man/rpc.tlshd.8 || complain "man/rpc.tlshd.8 does not know --$option"
done <"$work/options"
{
	sed -nE "s/^	\{ '(.)', .*/\1/p" utils/nfsstat/cli.c
	sed -nE 's/^	\{ [^,]*, "([a-z]+)", .*/-\1/p' utils/nfsstat/cli.c
} >"$work/options"
[ "$(wc -l <"$work/options")" -ge 25 ] || complain "utils/nfsstat/cli.c: its table of options is not found"
while read -r option; do
	grep -qE "Fl $option( |\$)" man/nfsstat.8 || complain "man/nfsstat.8 does not know -$option"
done <"$work/options"
sed -nE -e 's/^	\{ "([a-z]+) ?", (report_[a-z]+|true|false) \},$/\1/p' -e 's/.*char [a-z]+\[\] = "([a-z]+) ";$/\1/p' \
	utils/tlshd/control.c >"$work/requests"
[ "$(wc -l <"$work/requests")" -ge 7 ] || complain "utils/tlshd/control.c: its requests are not found"
while read -r request; do
	grep -qE "^\.(Ss|It Li|Ql) (.* )?$request( |\$)" man/rpc.tlshd.8 || complain "man/rpc.tlshd.8 does not know the request $request"
done <"$work/requests"
sed -nE 's/^	\{ "([a-z0-9_]+)", +MOUNT_(KERNEL|OURS), .*/\1/p' support/mounts/table.c | sort -u >"$work/words"
[ "$(wc -l <"$work/words")" -ge 50 ] || complain "support/mounts/table.c: its table of mount options is not found"
while read -r word; do
	grep -qE "^\.(It .*)?(Cm|,) (no)?$word( |,|\$)" man/nfs.5 || complain "man/nfs.5 does not know $word"
done <"$work/words"
# The other way round: what the page offers has a row, else it would go to the kernel as a word that nobody knows.
sed -nE 's/^	\{ "([a-z0-9_]+)", +MOUNT_[A-Z]+, .*/\1/p' support/mounts/table.c | sed 'p;s/^/no/' | sort -u >"$work/words"
sed -n '/^\.Ss Transport security/,/^\.Sh FILES/p' man/nfs.5 | awk '
	/^\.It Cm / {
		value = 0
		for (i = 3; i <= NF; i++) {
			if ($i == "=") value = 1
			else if ($i == ",") value = 0
			else if (!value && $i ~ /^[a-z][a-z_0-9]+$/) print $i
		}
	}' | sort -u >"$work/told"
[ "$(wc -l <"$work/told")" -ge 60 ] || complain "man/nfs.5: its options are not found"
comm -13 "$work/words" "$work/told" | sed 's/^/support\/mounts\/table.c lacks /' >>"$work/complaints"
clean "the manual pages know every option and request"

# ---- rows that somebody uses ----

# A reason that nobody finds, and a bit of the kernel that its own mask lacks, would be silent.
fresh
sed -nE 's/^	X\(([A-Z_]+), "[a-z-]+", .*/\1/p' support/reason/reason.h >"$work/reasons"
[ "$(wc -l <"$work/reasons")" -ge 20 ] || complain "support/reason/reason.h: its table of reasons is not found"
while read -r reason; do
	grep '\.c$' "$work/programs" | grep -v '^support/reason/' | xargs grep -qE "REASON_$reason([^A-Z_]|\$)" ||
		complain "nobody finds the reason $reason"
done <"$work/reasons"
bits=0 all=0
while read -r name value; do
	if [ "$name" = NFSEXP_ALLFLAGS ]; then all=$((value)); else bits=$((bits | value)); fi
done <<-END
$(sed -nE 's/^#define (NFSEXP_[A-Z0-9_]+) (0x[0-9a-f]+)u.*/\1 \2/p' support/uapi/nfsd_export.h)
END
[ "$bits" -gt 0 ] && [ "$bits" -eq "$all" ] || complain "support/uapi/nfsd_export.h: NFSEXP_ALLFLAGS is not all flags"
clean "each reason is found by somebody, and each flag is among all"

# Names of options are what stands behind .It Cm, and behind "Also"; what follows Ar is a value.
fresh
sed -n '/^\.Ss Options/,/^\.El/p' man/exports.5 | awk '
	/^\.It Cm / || (also && /^\.Cm /) {
		for (i = 2; i <= NF; i++) {
			if ($i == "Ar") i++
			else if ($i ~ /^[a-z_]+(=.*)?$/) { sub(/=.*/, "", $i); print $i }
		}
	}
	/^Also$/ { also = 1 }
	/:$/ { also = 0 }' | sort -u >"$work/told"
{
	sed -nE 's/^	ROW\(NFSEXP_[A-Z_]+, *"([a-z_]+)", *(NULL|"([a-z_]+)"),.*/\1 \3/p' support/export/flags.c | xargs -n 1
	sed -nE 's/^	\{ "([a-z_]+)=?", (read_.*|"[a-z_]+") \},/\1/p' support/export/options.c | grep -v '^squash_'
} | sort -u >"$work/options"
[ "$(wc -l <"$work/options")" -ge 37 ] || complain "support/export: its tables of options are not found"
diff "$work/options" "$work/told" | sed -nE -e 's/^< /man\/exports.5 lacks /p' -e 's/^> /no option: /p' >>"$work/complaints"
clean "exports(5) has every option, and none more"

fresh
for word in tests/demo tests/run; do
	grep -qF "$word" README.md || complain "README.md does not mention $word"
	[ -x "$word" ] || complain "$word cannot be run"
done
cat README.md CONTRIBUTING.md | grep -oE '(tests|utils|support|systemd|man)/[[:alnum:]_./-]*[[:alnum:]]' | sort -u >"$work/paths"
while read -r path; do
	[ -e "$path" ] || [ -e "$path.c" ] || [ "$path" = utils/tlshd/rpc.tlshd ] || complain "README.md or CONTRIBUTING.md speaks of $path, which is not there"
done <"$work/paths"
# A source is named alone where the program is clear: one of that name has to be there.
cat README.md CONTRIBUTING.md | grep -oE '(^|[^[:alnum:]_/.*-])[a-z0-9_]+\.[ch]($|[^[:alnum:]_-])' | grep -oE '[a-z0-9_]+\.[ch]' | sort -u |
	while read -r name; do
		grep -qE "/$name\$" "$work/c" || echo "README.md or CONTRIBUTING.md speaks of $name, which is not there"
	done >>"$work/complaints"
clean "the README names what is there"

done_testing
