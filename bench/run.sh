#!/bin/bash
# What `make bench` measures, one thread:
#
# scan: a made-up unified audit log with the shipped rules and, where they are
# at hand, SigmaHQ's cloud and identity rules; beside it, in the same run, bare
# simdjson over the same file (the floor) and `jq -c .`.  The machine may be
# busy: rounds are interleaved, and medians are what is printed.
#
# correlate: events a second into a correlation of a million groups.
#
# match: matching alone, over that log and, where they are at hand, over the
# lanes that others measure with, against all of SigmaHQ.
#
#	BENCH_SIZE=1G       of the log
#	BENCH_ROUNDS=5
set -euo pipefail
cd "$(dirname "$0")/.."
: "${BUILD:=build}" "${BENCH_SIZE:=1G}" "${BENCH_ROUNDS:=5}"

dir=$BUILD/bench
log=$dir/log/audit.ndjson
sigma=${FIRN_DATA:-../shared/data}/sigmahq/rules
rules=()
for folder in cloud identity; do
	[ ! -d "$sigma/$folder" ] || rules+=(--rules "$sigma/$folder")
done

mkdir -p "$dir"
if [ "$(cat "$dir/size" 2>/dev/null)" != "$BENCH_SIZE" ]; then
	rm -rf "$dir/log"
	"$BUILD/firn-sim" write "$dir/log" --people 20000 --days 21 --seed 1 \
		--size "$BENCH_SIZE"
	echo "$BENCH_SIZE" >"$dir/size"
fi
megabytes=$(($(stat -c %s "$log") / 1000000))
cat "$log" >/dev/null # into the page cache, for all alike

# Seconds of wall time, as a rate.
rate()
{
	local start=$EPOCHREALTIME

	"$@" >/dev/null
	awk -v a="$start" -v b="$EPOCHREALTIME" -v m="$megabytes" \
		'BEGIN { printf "%.0f\n", m / (b - a) }'
}

scan()
{
	"$BUILD/firn" scan "$log" --threads 1 --format ndjson --progress never "$@"
}

peak()
{
	python3 -c '
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)' "$@"
}

median()
{
	sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

rm -f "$dir"/*.rate
for ((i = 1; i <= BENCH_ROUNDS; i++)); do
	"$BUILD/bench-floor" "$log" >>"$dir/floor.rate"
	rate scan "${rules[@]}" >>"$dir/rules.rate"
	rate scan --no-shipped-rules --rules rules/detections/entra \
		--rules rules/detections/m365 "${rules[@]}" >>"$dir/single.rate"
	rate scan --no-shipped-rules >>"$dir/plain.rate"
done
head -c 100000000 "$log" >"$dir/part.ndjson"
megabytes=100 rate jq -c . "$dir/part.ndjson" >"$dir/jq.rate" 2>/dev/null || true

floor=$(median "$dir/floor.rate")
count=$("$BUILD/firn" scan "$log" --format ndjson --progress never \
	"${rules[@]}" --summary /dev/stderr 2>&1 >/dev/null | jq -c '[.events, .rules.loaded]')
events=$(jq '.[0]' <<<"$count")
memory=$(peak "$BUILD/firn" scan "$log" --threads 1 --format ndjson \
	--progress never "${rules[@]}")

printf 'scan of %s MB unified audit log, %s events, one core, %s rounds\n' \
	"$megabytes" "$events" "$BENCH_ROUNDS"
printf '%-34s %8s %8s\n' '' 'MB/s' 'floor'
row()
{
	printf '%-34s %8s %7s%%\n' "$1" "$2" "$(($2 * 100 / floor))"
}
row "bare simdjson (the floor)" "$floor"
row "firn scan, $(jq '.[1]' <<<"$count") rules" "$(median "$dir/rules.rate")"
row "firn scan, without correlations" "$(median "$dir/single.rate")"
row "firn scan, no rules" "$(median "$dir/plain.rate")"
row "jq -c . (over 100 MB)" "$(median "$dir/jq.rate")"
printf 'memory at most %s MB; allowed 256 MB and 24 B an event: %s MB\n' \
	"$memory" "$((256 + events * 24 / 1000000))"

# --- correlate ---

echo
for type in event_count value_count; do
	printf '%-26s ' "$type"
	"$BUILD/bench-correlate" "$type"
done

# --- match ---

match()
{
	printf '%-26s ' "$1"
	shift
	"$BUILD/bench-match" "$@"
}

echo
echo "matching, best of five passes"
head -n 20000 "$log" >"$dir/lane.ndjson"
match "audit log" -m rules/mapping "$dir/lane.ndjson" rules \
	$([ ! -d "$sigma" ] || echo "$sigma")
lanes=${FIRN_DATA:-../shared/data}/lanes
[ -d "$lanes" ] && [ -d "$sigma" ] || {
	echo "no lanes here: ../shared/data is absent"
	exit 0
}
all=("$sigma")
for more in emerging-threats threat-hunting compliance; do
	all+=("$sigma-$more")
done
for lane in structured_windows cisco_syslog; do
	match "$lane, routed" -m bench/mapping "$lanes/$lane.ndjson.zst" "${all[@]}"
	match "$lane, all rules" -u "$lanes/$lane.ndjson.zst" "${all[@]}"
done
