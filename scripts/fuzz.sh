#!/bin/bash
# Runs fuzz targets, two at a time:
#	BUILD=build FUZZ_SECONDS=60 scripts/fuzz.sh csv json ...
# Seeds come from tests/fuzz/seed/TARGET, words from tests/fuzz/TARGET.dict, if
# there.  What is found grows in $BUILD/fuzz/corpus/TARGET; what breaks the
# target is left as $BUILD/fuzz/TARGET-crash-...
set -uo pipefail
cd "$(dirname "$0")/.."
: "${BUILD:=build}" "${FUZZ_SECONDS:=60}"

fuzz_one()
{
	local target=$1 dir=$BUILD/fuzz
	local log=$dir/$target.log
	local options=("-max_total_time=$FUZZ_SECONDS" -timeout=10
	    -rss_limit_mb=2048 -print_final_stats=1
	    "-artifact_prefix=$dir/$target-")
	local corpus=("$dir/corpus/$target")

	mkdir -p "${corpus[0]}"
	[ ! -d "tests/fuzz/seed/$target" ] ||
	    corpus+=("tests/fuzz/seed/$target")
	[ ! -f "tests/fuzz/$target.dict" ] ||
	    options+=("-dict=tests/fuzz/$target.dict")
	if ! "$dir/$target" "${options[@]}" "${corpus[@]}" >"$log" 2>&1; then
		tail -n 60 "$log"
		echo "FAILED fuzz $target, see $log"
		return 1
	fi
	awk -v target="$target" '/number_of_executed_units/ { runs = $2 }
	    / cov: / { for (i = 1; i < NF; i++)
		if ($i == "cov:") cov = $(i + 1) }
	    END { printf "ok     fuzz %-20s %10d runs, coverage %d\n",
		target, runs, cov }' "$log"
}

if [ "${1-}" = --one ]; then
	fuzz_one "$2"
	exit
fi
[ $# -gt 0 ] || exit 0
export BUILD FUZZ_SECONDS
printf '%s\0' "$@" | xargs -0 -n 1 -P 2 bash "$0" --one
