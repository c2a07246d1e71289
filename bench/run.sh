#!/bin/bash
# What `make bench` measures, one thread.  The machine may be busy: rounds are
# interleaved, and medians are what is printed.
#
# scan: a made-up unified audit log, with and without rules; beside it, in the
# same run, bare simdjson over the same file (the floor) and `jq -c .`.
# correlate: events a second into a correlation of a million groups.
# load: all of SigmaHQ checked and compiled, beside libfyaml alone.
# match: parsing and matching, over that log, made-up sign-ins and, where they
# are at hand, the lanes that others measure with.
# scale: what an event costs with 100 to 31,000 rules.
# ledger: appending, importing, and how long until a checkpoint is signed.
# store: sealing, verifying, searching and erasing.
# damage: an intrusion in a large ledger, and one mailbox's month.
# run: firn run beside firn-sim serve, one core each, and curl alone as the floor;
# and how long a verdict on damage that is followed takes, with both cores.
# peer: whole programs on the same lanes; RSigma, where $RSIGMA names it.
#
#	BENCH="scan correlate load match scale ledger store damage run peer"
#	BENCH_SIZE=1G       of the log
#	BENCH_ROUNDS=5
#	BENCH_RECORDS=5000000  of the ledger that damage looks into
#	BENCH_SECONDS=60    of each steady rate
#	RSIGMA=PROGRAM      (rsigma)
set -euo pipefail
cd "$(dirname "$0")/.."
: "${BUILD:=build}" "${BENCH_SIZE:=1G}" "${BENCH_ROUNDS:=5}"
: "${BENCH:=scan correlate load match scale ledger store damage run peer}" "${RSIGMA:=rsigma}"
: "${BENCH_SECONDS:=60}" "${BENCH_RECORDS:=5000000}"

dir=$BUILD/bench
log=$dir/log/audit.ndjson
data=${FIRN_DATA:-../shared/data}
sigma=$data/sigmahq/rules
lanes=$data/lanes
all=()
for folder in "$sigma" "$sigma"-{compliance,emerging-threats,placeholder,threat-hunting}; do
	[ ! -d "$folder" ] || all+=("$folder")
done

wanted()
{
	[[ " $BENCH " == *" $1 "* ]]
}

median()
{
	sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

mkdir -p "$dir"

# --- what is measured with ---

make_log()
{
	[ "$(cat "$dir/size" 2>/dev/null)" = "$BENCH_SIZE" ] && return
	rm -rf "$dir/log"
	"$BUILD/firn-sim" write "$dir/log" --people 20000 --days 21 --seed 1 \
		--size "$BENCH_SIZE"
	echo "$BENCH_SIZE" >"$dir/size"
}

# As Graph gives sign-ins of people, and an Event Hub those of their programs.
make_signins()
{
	local made=$dir/signins

	[ ! -f "$dir/signins.ndjson" ] || return 0
	rm -rf "$made"
	"$BUILD/firn-sim" write "$made" --people 1000 --days 4 --seed 1
	jq -c '.value[]' "$made"/entra/signins-20*.json >"$dir/signins.part"
	jq -c '.records[]' "$made/entra/signins-noninteractive.ndjson" \
		>>"$dir/signins.part"
	mv "$dir/signins.part" "$dir/signins.ndjson"
	rm -rf "$made"
}

make_copies()
{
	[ ! -d "$dir/rules-$1" ] || return 0
	rm -rf "$dir/rules.part"
	python3 bench/copies.py "$dir/rules.part" "$1" "${all[@]}"
	mv "$dir/rules.part" "$dir/rules-$1"
}

no_sigma()
{
	[ ${#all[@]} -eq 0 ] || return 1
	echo "$1: not measured, SigmaHQ's rules are not at hand"
}

# --- scan ---

# Megabytes, then a command: their rate.
rate()
{
	local start=$EPOCHREALTIME megabytes=$1

	shift
	"$@" >/dev/null
	awk -v a="$start" -v b="$EPOCHREALTIME" -v m="$megabytes" \
		'BEGIN { printf "%.0f\n", m / (b - a) }'
}

scan()
{
	"$BUILD/firn" scan "$log" --threads 1 --format ndjson --progress never "$@"
}

# MB at most.
peak()
{
	python3 -c '
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)' "$@"
}

row()
{
	printf '%-42s %8s %7s%%\n' "$1" "$2" "$(($2 * 100 / floor))"
}

bench_scan()
{
	local count events floor megabytes memory rules=() every=() folder

	for folder in "$sigma"/{cloud,identity}; do
		[ ! -d "$folder" ] || rules+=(--rules "$folder")
	done
	for folder in "${all[@]}"; do
		every+=(--rules "$folder")
	done
	megabytes=$(($(stat -c %s "$log") / 1000000))
	cat "$log" >/dev/null # into the page cache, for all alike
	rm -f "$dir"/*.rate
	for ((i = 1; i <= BENCH_ROUNDS; i++)); do
		"$BUILD/bench-floor" "$log" >>"$dir/floor.rate"
		rate "$megabytes" scan "${rules[@]}" >>"$dir/rules.rate"
		rate "$megabytes" scan --no-shipped-rules \
			--rules rules/detections/entra \
			--rules rules/detections/m365 "${rules[@]}" >>"$dir/single.rate"
		rate "$megabytes" scan --no-shipped-rules >>"$dir/plain.rate"
		# Refused placeholder rules are said each time; `load` counts them.
		[ ${#all[@]} -eq 0 ] || rate "$megabytes" scan "${every[@]}" \
			>>"$dir/every.rate" 2>"$dir/every.err" || {
			cat "$dir/every.err" >&2
			exit 1
		}
	done
	head -c 100000000 "$log" >"$dir/part.ndjson"
	rate 100 jq -c . "$dir/part.ndjson" >"$dir/jq.rate" 2>/dev/null || true

	floor=$(median "$dir/floor.rate")
	count=$(scan "${rules[@]}" --summary /dev/stderr 2>&1 >/dev/null |
		jq -c '[.events, .rules.loaded]')
	events=$(jq '.[0]' <<<"$count")
	memory=$(peak "$BUILD/firn" scan "$log" --threads 1 --format ndjson \
		--progress never "${rules[@]}")
	printf 'scan of %s MB unified audit log, %s events, one core, %s rounds\n' \
		"$megabytes" "$events" "$BENCH_ROUNDS"
	printf '%-42s %8s %8s\n' '' 'MB/s' 'floor'
	row "bare simdjson (the floor)" "$floor"
	row "firn scan, $(jq '.[1]' <<<"$count") rules" "$(median "$dir/rules.rate")"
	row "firn scan, without correlations" "$(median "$dir/single.rate")"
	[ ${#all[@]} -eq 0 ] || row "firn scan, shipped and all of SigmaHQ's rules" \
		"$(median "$dir/every.rate")"
	row "firn scan, no rules" "$(median "$dir/plain.rate")"
	row "jq -c . (over 100 MB)" "$(median "$dir/jq.rate")"
	printf 'memory at most %s MB; allowed 256 MB and 24 B an event: %s MB\n' \
		"$memory" "$((256 + events * 24 / 1000000))"
}

# --- correlate ---

bench_correlate()
{
	for type in event_count value_count; do
		printf '%-26s ' "$type"
		"$BUILD/bench-correlate" "$type"
	done
}

# --- load ---

bench_load()
{
	! no_sigma load || return 0
	"$BUILD/bench-load" "$BENCH_ROUNDS" "${all[@]}" | awk -F'\t' '{
		printf "loading all of SigmaHQ: %s rules, %s refused\n", $1, $2
		printf "  read, checked and compiled  %s s\n", $3
		printf "  libfyaml alone (the floor)  %s s\n", $4
		printf "  the compiled rules take     %s MB, loading them at most %s MB\n", $5, $6
	}'
}

# --- match ---

# Name, lane, mappings: a row for each way of choosing rules.
match()
{
	local way

	for way in routed unrouted; do
		"$BUILD/bench-match" -r "$BENCH_ROUNDS" \
			$([ "$way" = routed ] && echo -m "$3" || echo -u) \
			"$2" "${all[@]}" | awk -F'\t' -v name="$1, $way" '{
			printf "%-30s %8d %9d %10d %9d %9d  %s\n",
				name, $1, $7, $5, $6, $3, $4 }'
	done
}

bench_match()
{
	local lane

	! no_sigma match || return 0
	make_signins
	head -n 20000 "$log" >"$dir/lane.ndjson"
	printf 'matching against all of SigmaHQ, %s rounds; events/s a core\n' \
		"$BENCH_ROUNDS"
	printf '%-30s %8s %9s %10s %9s %9s  %s\n' '' events matching parsing \
		both matches 'their hash'
	match "audit log" "$dir/lane.ndjson" rules/mapping
	match "Entra sign-ins" "$dir/signins.ndjson" rules/mapping
	for lane in structured_windows.ndjson cisco_syslog.ndjson \
		otrf_windows_sample.jsonl; do
		[ ! -f "$lanes/$lane.zst" ] ||
			match "${lane%.*}" "$lanes/$lane.zst" bench/mapping
	done
}

# --- scale ---

# Name, then how and on which lane; sets of rules take turns.
scale()
{
	local name=$1 count ns before=0

	shift
	rm -f "$dir"/scale.*
	for ((i = 1; i <= BENCH_ROUNDS; i++)); do
		for count in "${counts[@]}"; do
			"$BUILD/bench-match" -r 1 -n 10000 "$@" "$dir/rules-$count" \
				>>"$dir/scale.$count"
		done
	done
	for count in "${counts[@]}"; do
		awk -F'\t' '{ printf "%.0f\n", $7 ? 1e9 / $7 : 0 }' \
			"$dir/scale.$count" >"$dir/scale.ns"
		cut -f8 "$dir/scale.$count" >"$dir/scale.load"
		ns=$(median "$dir/scale.ns")
		tail -n 1 "$dir/scale.$count" | awk -F'\t' -v name="$name" -v ns="$ns" \
			-v load="$(median "$dir/scale.load")" '{
			printf "%-30s %8d %9d %9d %9.2f %9.1f\n",
				name, $2, ns, $3, load, $9 }'
		[ "$count" != 3779 ] || before=$ns
	done
	awk -v a="$before" -v b="$ns" 'BEGIN {
		printf "%30s from 3,779 to 31,000: %.2f times the cost\n", "",
			a ? b / a : 0 }'
}

bench_scale()
{
	local lane count counts=(100 1000 3779 31000)

	! no_sigma scale || return 0
	for count in "${counts[@]}"; do
		make_copies "$count"
	done
	printf 'cost by number of rules, %s rounds\n' "$BENCH_ROUNDS"
	printf '%-30s %8s %9s %9s %9s %9s\n' '' rules ns/event matches \
		'load s' 'MB'
	for lane in structured_windows.ndjson otrf_windows_sample.jsonl; do
		[ -f "$lanes/$lane.zst" ] || continue
		scale "${lane%.*}, routed" -m bench/mapping "$lanes/$lane.zst"
		scale "${lane%.*}, unrouted" -u "$lanes/$lane.zst"
	done
}

# --- ledger ---

# What bench/ledger.c measures, in an empty folder each time.
ledger()
{
	rm -rf "$dir/ledger"
	mkdir "$dir/ledger"
	"$BUILD/bench-ledger" "$1" "$log" "$dir/ledger"
}

# Threads: records a second of an import into an empty ledger.
import_rate()
{
	local start records

	rm -rf "$dir/ledger"
	mkdir "$dir/ledger"
	"$BUILD/firn" init "$dir/ledger/it" --origin bench.example \
		--key "$dir/ledger/key" >/dev/null
	start=$EPOCHREALTIME
	records=$("$BUILD/firn" import "$dir/ledger/it" "$log" --threads "$1" \
		--key "$dir/ledger/key" --format json --progress never |
		jq .records)
	awk -v a="$start" -v b="$EPOCHREALTIME" -v n="$records" \
		'BEGIN { printf "%.0f\n", n / (b - a) }'
}

bench_ledger()
{
	# In the folder that goes: what is remembered is not for the next round.
	XDG_STATE_HOME=$(realpath "$dir")/ledger/home
	export XDG_STATE_HOME
	cat "$log" >/dev/null
	rm -rf "$dir"/ledger.*
	for ((i = 1; i <= BENCH_ROUNDS; i++)); do
		ledger append >>"$dir/ledger.append"
		import_rate 1 >>"$dir/ledger.one"
		import_rate 2 >>"$dir/ledger.two"
	done
	for i in 3 4 5 6; do
		cut -f"$i" "$dir/ledger.append" >"$dir/ledger.column$i"
	done
	head -n 1 "$dir/ledger.append" | awk -F'\t' -v rounds="$BENCH_ROUNDS" '{
		printf "ledger: %d records of %d bytes, one writer, %s rounds\n",
			$1, $2, rounds }'
	awk -v rate="$(median "$dir/ledger.column3")" \
		-v mb="$(median "$dir/ledger.column4")" \
		-v us="$(median "$dir/ledger.column5")" \
		-v floor="$(median "$dir/ledger.column6")" 'BEGIN {
		printf "  bare SHA-256 (the floor)  %8d records/s\n", floor
		printf "  append and commit         %8d records/s, %d MB/s, " \
			"%.2f of the floor; %.2f us of processor a record\n",
			rate, mb, rate / floor, us }'
	printf '  firn import, one thread   %8d records/s\n' \
		"$(median "$dir/ledger.one")"
	printf '  firn import, two threads  %8d records/s\n' \
		"$(median "$dir/ledger.two")"
	ledger pace | awk -F'\t' '{
		printf "  append to signed checkpoint at %d records/s: " \
			"p50 %d ms, p99 %d ms, at most %d ms\n", $1, $2, $3, $4 }'
	rm -rf "$dir/ledger"
}

# --- store ---

bench_store()
{
	rm -rf "$dir/store"
	python3 bench/store.py "$BUILD/firn" "$log" "$dir/store" "$BENCH_ROUNDS"
	rm -rf "$dir/store"
}

# --- damage ---

bench_damage()
{
	rm -rf "$dir/damage"
	python3 bench/damage.py "$BUILD/firn" "$BUILD/firn-sim" "$dir/damage" \
		"$BENCH_RECORDS" "$BENCH_ROUNDS"
	rm -rf "$dir/damage"
}

# --- run ---

bench_run()
{
	printf 'firn run and firn-sim serve, a core each; load average %s\n' \
		"$(cut -d' ' -f1 /proc/loadavg)"
	python3 bench/run_service.py "$BUILD/firn" "$BUILD/firn-sim" \
		"$dir/run" 1000000 "$BENCH_SECONDS"
}

# --- peer ---

# A file for the seconds, one of events, then a command that reads them.
clock()
{
	local start=$EPOCHREALTIME out=$1 events=$2

	shift 2
	# 1: rules with placeholders were refused.
	"$@" <"$events" >"$dir/peer.out" 2>"$dir/peer.err" || [ $? = 1 ] || {
		cat "$dir/peer.err" >&2
		exit 2
	}
	awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }' >>"$out"
}

# Name, lane, program and arguments: net of what it takes without events.
peer()
{
	local name=$1 lane=$2

	shift 2
	rm -f "$dir"/peer.*.s
	for ((i = 1; i <= BENCH_ROUNDS; i++)); do
		clock "$dir/peer.none.s" /dev/null "$@"
		clock "$dir/peer.lane.s" "$lane" "$@"
	done
	awk -v name="$name" -v none="$(median "$dir/peer.none.s")" \
		-v lane="$(median "$dir/peer.lane.s")" \
		-v events="$(wc -l <"$lane")" -v matches="$(wc -l <"$dir/peer.out")" \
		'BEGIN { printf "%-38s %8d %9.0f %9d %9.2f\n", name, events,
			(lane > none ? events / (lane - none) : 0), matches, none }'
}

bench_peer()
{
	local lane

	! no_sigma peer || return 0
	command -v "$RSIGMA" >/dev/null || {
		echo "peer: no RSigma here; RSIGMA=PROGRAM names it"
		return
	}
	# A rule with a placeholder that nothing fills is refused here; RSigma
	# takes the placeholder for a text, and some fire on every event.
	rm -rf "$dir/sigmahq"
	mkdir -p "$dir/sigmahq"
	grep -rLZ '|expand' --include='*.yml' "${all[@]}" |
		xargs -0 cp -t "$dir/sigmahq"
	printf 'whole programs, one core, printing matches, all rules on every event\n'
	printf '%-38s %8s %9s %9s %9s\n' '' events events/s matches 'load s'
	for lane in structured_windows.ndjson cisco_syslog.ndjson \
		otrf_windows_sample.jsonl; do
		[ -f "$lanes/$lane.zst" ] || continue
		# Some 40,000 events, to be long beside what starting takes.
		zstd -qdcf "$lanes/$lane.zst" >"$dir/peer.once"
		for ((i = 40000 / $(wc -l <"$dir/peer.once") + 1; i > 0; i--)); do
			cat "$dir/peer.once"
		done >"$dir/peer.ndjson"
		peer "${lane%.*}, firn" "$dir/peer.ndjson" "$BUILD/firn" rules match \
			--ignore-logsource "$dir/sigmahq" /dev/stdin
		peer "${lane%.*}, RSigma" "$dir/peer.ndjson" env \
			RAYON_NUM_THREADS=1 "$RSIGMA" engine eval -r "$dir/sigmahq"
	done
}

if wanted scan || wanted match || wanted ledger || wanted store; then
	make_log
fi
for section in scan correlate load match scale ledger store damage run peer; do
	if wanted "$section"; then
		"bench_$section"
		echo
	fi
done
