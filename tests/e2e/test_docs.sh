#!/bin/bash
# What the documents say is what the program has: options in --help, the man
# page and the completion; links; the commands in README.md; the members of
# the summary in docs/scan.md.
. "$(dirname "$0")/judge.bash"

# Lines of file $1 that are not in $2, and of $2 that are not in $1.
differences()
{
	comm -23 "$1" "$2" | sed "s|^|only in $(basename "$1"): |"
	comm -13 "$1" "$2" | sed "s|^|only in $(basename "$2"): |"
}

options_in()
{
	grep -oE -- '(^|[^-a-zA-Z])--[a-z][a-z-]*' |
	    sed 's/^[^-]//' | sort -u
}

# The options that getopt knows are those that the help shows and --help.
help_options()
{
	{ "$FIRN" "$1" --help; echo " --help"; } | options_in
}

# A command's own part of the man page.
man_options()
{
	sed -n "/^\.Ss $1$/,/^\.S[hs] /p" docs/firn.1 |
	    sed -n 's/^\.It Fl -\([a-z-]*\).*/ --\1/p' | options_in
}

synopsis_options()
{
	sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/p' docs/firn.1 |
	    awk '/^\.Cm/ { command = $2 } /^\.Fl/ { command = "" }
		{ if (command == want) print }' want="$1" |
	    sed 's/Fl -/ --/g' | options_in
}

# What the completion offers behind the words given; the last is being typed.
complete_words()
{
	bash -c '
		. scripts/completion/firn.bash
		COMP_WORDS=("$@")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_firn
		[ ${#COMPREPLY[@]} = 0 ] || printf "%s\n" "${COMPREPLY[@]}"
	' completion "$@" | sort -u
}

for command in scan rules run status check-config init import coverage damage check search sql verify prove \
    verify-proof ledger keys witness; do
	help_options $command >"$tmp/help"
	man_options $command >"$tmp/man"
	complete_words firn $command -- >"$tmp/completion"
	[ -s "$tmp/help" ] || echo "no options" >"$tmp/help"
	differences "$tmp/help" "$tmp/man" |
	    judge "man page: options of $command"
	{ synopsis_options $command; echo --help; } | sort -u >"$tmp/synopsis"
	differences "$tmp/help" "$tmp/synopsis" |
	    judge "man page: synopsis of $command"
	differences "$tmp/help" "$tmp/completion" |
	    judge "completion: options of $command"
done

"$FIRN" scan --help >"$tmp/help"
grep -oE '^\| `--[a-z-]+' docs/scan.md | tr -d '|` ' | sort -u >"$tmp/scan.md"
help_options scan >"$tmp/scan"
differences "$tmp/scan" "$tmp/scan.md" | judge "docs/scan.md: options"

"$FIRN" check-config --keys | sed 's/ *$//' >"$tmp/keys"
sed -n '/^```text$/,/^```$/p' docs/configuration.md | sed '1d;$d' >"$tmp/written"
diff "$tmp/keys" "$tmp/written" | judge "docs/configuration.md: the keys"

# Every value that the completion offers is taken by the program.
record='{"RecordType":1,"Operation":"New-InboxRule","Id":"1",
    "CreationTime":"2026-10-05T10:00:00","UserId":"kim@example.org",
    "Workload":"Exchange"}'
tr -d '\n' <<< "$record" >"$tmp/log.ndjson"
for option in --level --fail-on --format --progress; do
	complete_words firn scan $option "" >"$tmp/values"
	complete_words firn scan $option = >"$tmp/values="
	differences "$tmp/values" "$tmp/values="
	[ -s "$tmp/values" ] || echo "no values of $option"
	while read -r value; do
		"$FIRN" scan --no-shipped-rules $option "$value" \
		    "$tmp/log.ndjson" >"$tmp/out" 2>"$tmp/err" ||
		    { echo "$option $value:"; cat "$tmp/err"; }
		grep -qw -- "$value" "$tmp/help" docs/firn.1 ||
		    echo "$option $value is in no document"
	done <"$tmp/values"
done | judge "completion: values of scan"

{
	[ "$(complete_words firn "" | tr '\n' ' ')" = \
	    "--help --version check check-config coverage damage help import init keys ledger prove rules run scan search sql status verify verify-proof witness " ] ||
	    echo "commands"
	[ "$(complete_words firn sc)" = scan ] || echo "beginning of a command"
	[ "$(complete_words firn scan --level=hi --level = h)" = high ] ||
	    echo "beginning of a value behind ="
	[ "$(complete_words firn rules "" | tr '\n' ' ')" = \
	    "backtest bench check explain list match test " ] || echo "verbs of rules"
	[ "$(complete_words firn rules list --format j)" = json ] ||
	    echo "format of rules list"
	[ "$(complete_words firn ledger "" | tr '\n' ' ')" = \
	    "cosign erase expire publish recover reindex seal stat " ] ||
	    echo "verbs of ledger"
	[ "$(complete_words firn keys "" | tr '\n' ' ')" = "new rotate show " ] ||
	    echo "verbs of keys"
	mkdir "$tmp/two words"
	: >"$tmp/two files"
	[ "$(complete_words firn scan "$tmp/two" | wc -l)" = 2 ] ||
	    echo "paths"
	[ "$(complete_words firn scan --rules "$tmp/two")" = \
	    "$tmp/two words" ] || echo "folders"
	[ "$(complete_words firn rules check "$tmp/two")" = \
	    "$tmp/two words" ] || echo "folders of rules check"
} | judge "completion: words"

# --- links ---

# Targets of [text](target) and [name]: target, outside of code.
links_of()
{
	awk '/^```/ { code = !code; next } !code' "$1" |
	    sed 's/`[^`]*`//g' |
	    grep -oE '\]\([^) ]+\)|^\[[^]]+\]: *[^ ]+' |
	    sed -E 's/^\]\(//; s/\)$//; s/^\[[^]]+\]: *//'
}

# The anchors that headings get: lower case, no punctuation, blanks to hyphens.
anchors_of()
{
	awk '/^```/ { code = !code; next } !code && /^#+ /' "$1" |
	    sed -E 's/^#+ +//; s/[^[:alnum:] _-]//g; s/ /-/g' |
	    tr '[:upper:]' '[:lower:]'
}

for document in README.md CONTRIBUTING.md CHANGELOG.md docs/*.md; do
	links_of "$document" | while read -r link; do
		case $link in
		http://* | https://* | mailto:*)
			continue ;;
		esac
		path=${link%%#*} anchor=
		[[ $link != *#* ]] || anchor=${link#*#}
		target=$document
		[ -z "$path" ] || target=$(dirname "$document")/$path
		if [ ! -e "$target" ]; then
			echo "$document: $link is not there"
		elif [ -n "$anchor" ] && ! anchors_of "$target" |
		    grep -qxF -- "$anchor"; then
			echo "$document: $link: no such heading"
		fi
	done
done | judge "links"

# --- commands ---

# Commands of firn in blocks of shell: the words behind the program's name, up
# to a pipe or the end.
commands_of()
{
	awk '/^```/ { code = $0 == "```sh"; next } code' "$1" |
	    grep -oE '(^|[|&] *)(build/)?firn [^|&#]*' |
	    sed -E 's|^[|& ]*(build/)?firn ||'
}

for document in README.md CONTRIBUTING.md docs/*.md; do
	commands_of "$document" | while read -r command words; do
		if [ "$command" != --help ] && [ "$command" != --version ] &&
		    ! "$FIRN" help "$command" >"$tmp/out" 2>&1; then
			echo "$document: no command '$command'"
			continue
		fi
		options_in <<< " $words" | while read -r option; do
			help_options "$command" | grep -qxF -- "$option" ||
			    echo "$document: firn $command has no $option"
		done
	done
done | judge "commands in shell blocks"

# Targets of make in README.md and CONTRIBUTING.md.
for document in README.md CONTRIBUTING.md; do
	awk '/^```/ { code = $0 == "```sh"; next } code && $1 == "make" {
	    sub(/#.*/, ""); for (i = 2; i <= NF; i++) if ($i ~ /^[a-z]+$/)
		print $i }' $document | sort -u | while read -r target; do
		grep -qE "^$target:" Makefile || echo "$document: make $target"
	done
done | judge "targets of make"

# --- the summary ---

"$FIRN" scan --no-shipped-rules --summary "$tmp/summary" "$tmp/log.ndjson" \
    >"$tmp/out" 2>&1
{
	jq -r 'keys_unsorted[]' "$tmp/summary" | while read -r key; do
		grep -qE "^\| .*\`$key(\`|\.)" docs/scan.md ||
		    echo "$key is not in docs/scan.md"
	done
	jq -e '.records == .events + .duplicates + .rejected' \
	    "$tmp/summary" >"$tmp/out" || cat "$tmp/summary"
} | judge "docs/scan.md: members of the summary"

# --- the man page ---

if command -v groff >"$tmp/out"; then
	groff -mandoc -ww -z docs/firn.1 2>&1 | judge "man page: groff"
else
	echo "skip man page: no groff"
fi
exit $status
