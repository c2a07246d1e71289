#!/bin/bash
# The rules that ship: they load, their samples are judged as they expect, they
# say of themselves what a rule must say, and docs/detections.md lists them all.
. "$(dirname "$0")/judge.bash"

# The output of a command that must succeed, and only if it does not.
quiet()
{
	"$@" > "$tmp/out" 2>&1 || cat "$tmp/out"
}

mapfile -t rules < <(find rules/detections -name '*.yml' | sort)

quiet "$FIRN" rules check rules/ | judge "rules and mappings load"
quiet "$FIRN" rules test rules/ | judge "samples are judged as they expect"

{
	[ ${#rules[@]} -ge 60 ] || echo "only ${#rules[@]} rules"
	for product in m365 azure okta google_workspace; do
		grep -qx "    product: $product" "${rules[@]}" ||
		    echo "no rule for $product"
	done
} | judge "at least 60 rules over the four suites"

for rule in "${rules[@]}"; do
	for key in title id status description references author date tags \
	    falsepositives level; do
		grep -q "^$key:" "$rule" || echo "$rule: no $key"
	done
	grep -q '^correlation:' "$rule" || for key in logsource detection; do
		grep -q "^$key:" "$rule" || echo "$rule: no $key"
	done
	grep -qE '^    - attack\.t[0-9]{4}' "$rule" ||
	    echo "$rule: no technique"
	samples=${rule%.yml}.test.ndjson
	[ -f "$samples" ] || { echo "$rule: no samples"; continue; }
	grep -q '^{"expect": true,' "$samples" || echo "$samples: no match"
	grep -q '^{"expect": false,' "$samples" || echo "$samples: no near miss"
done | judge "every rule says what it must and has samples"

# Every rule is named in the lists of docs/detections.md, and nothing else is.
sed 's|^rules/detections/||; s|\.yml$||' <(printf '%s\n' "${rules[@]}") |
    sort > "$tmp/there"
grep -oE '^\| `[a-z0-9_]+/[a-z0-9_]+` \|' docs/detections.md |
    tr -d '|` ' | sort > "$tmp/listed"
diff "$tmp/there" "$tmp/listed" | judge "docs/detections.md lists every rule"

# What its tables name is there.
grep -oE '`(correlation|m365|entra|okta|google_workspace|github)/[a-z0-9_]+`' \
    docs/detections.md | tr -d '`' | sort -u |
    comm -23 - "$tmp/there" | judge "docs/detections.md names no other rule"

exit $status
