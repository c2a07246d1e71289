#!/bin/bash
# Runs tests and counts them:
#	S=build/san tests/run.sh tests/unit/test_csv.c tests/e2e/scan.sh ...
#
# tests/unit/*.c        the program built from it in $S
# tests/e2e/*.sh        counts its lines `ok ...`, `not ok ...`, `skip ...`; one
#                       that prints none is one test: exit 0 passed, 77 skipped
# tests/e2e/test_*.py   pytest
#
# The long ones begin first, so that none of them runs alone at the end.  AT_ONCE
# (2) run at once; for half of its time a test waits for a clock, a server or the
# disk, so that more of them take less time on a machine of one's own.
#
# A test gets FIRN and FIRN_SIM (the programs, sanitized), FIRN_DATA (recorded
# logs kept beside the project; unset if they are not there), and a TMPDIR and
# HOME of its own, removed afterwards.  The last line is the sum.
set -uo pipefail
cd "$(dirname "$0")/.."
: "${S:=build/san}" "${LIMIT:=900}" "${AT_ONCE:=2}"

# The longest first.
long=(tests/e2e/test_{search_words,sim_serve,damage,audit,run_known,run}.py
	tests/unit/test_kafka.c
	tests/e2e/test_{graph,damage_follow,run_paths,graph_sim}.py
	tests/e2e/test_{ledger_changes,sim_attacks,faults,run_disk}.py
	tests/unit/test_ledger_change_fault.c
	tests/e2e/test_{outputs,run_service,sim_webhook,erase,elastic,ledger}.py
	tests/unit/test_kafka_broker.c
	tests/e2e/test_{control,rules_sigma,scan_forms,ledger_cosign}.py
	tests/unit/test_run_crash.c)

# Prints "passed failed skipped" of a test's output.
count()
{
	case $1 in
	*.c)
		awk '/^not ok .*# SKIP/ || /^ok .*# SKIP/ { s++; next }
		    /^ok / { p++ } /^not ok / { f++ }
		    END { print p + 0, f + 0, s + 0 }' "$2" ;;
	*.sh)
		awk '/^ok / { p++ } /^not ok / { f++ } /^skip / { s++ }
		    END { print p + 0, f + 0, s + 0 }' "$2" ;;
	*)
		tail -n 1 "$2" | tr -d '=,' | awk '{
			for (i = 2; i <= NF; i++) {
				if ($i ~ /^x?passed$/) p += $(i - 1)
				if ($i ~ /^(failed|errors?)$/) f += $(i - 1)
				if ($i ~ /^(skipped|xfailed)$/) s += $(i - 1)
			}
			print p + 0, f + 0, s + 0 }' ;;
	esac
}

command_of()
{
	case $1 in
	*.c)
		echo "$S/${1%.c}" ;;
	*.sh)
		echo "bash $1" ;;
	*)
		echo "/usr/bin/python3 -m pytest -q -rs -p no:cacheprovider $1" ;;
	esac
}

run_one()
{
	local test=$1 out tmp status passed failed skipped word
	local start=${EPOCHREALTIME/./}

	tmp=$(mktemp -d)
	out=$tmp/output
	mkdir "$tmp/tmp" "$tmp/home"
	# shellcheck disable=SC2046
	TMPDIR=$tmp/tmp HOME=$tmp/home timeout "$LIMIT" \
	    $(command_of "$test") >"$out" 2>&1 </dev/null
	status=$?
	read -r passed failed skipped < <(count "$test" "$out")
	if [ "$((passed + failed + skipped))" = 0 ]; then
		case $test:$status in
		*.sh:0)
			passed=1 ;;
		*.sh:77)
			skipped=1 ;;
		esac
	fi
	# A crash, a leak, a timeout, or a program that holds no test.
	if [ "$failed" = 0 ] && [ "$status" != 0 ] && [ "$status" != 77 ] ||
	    [ "$((passed + failed + skipped))" = 0 ]; then
		failed=1
		echo "exit status $status" >>"$out"
	fi
	word=ok
	[ "$failed" = 0 ] || word=FAILED
	{
		[ "$failed" = 0 ] || sed 's/^/    /' "$out"
		printf '%-6s %-44s %4d passed' $word "$test" "$passed"
		[ "$failed" = 0 ] || printf ', %d failed' "$failed"
		[ "$skipped" = 0 ] || printf ', %d skipped' "$skipped"
		printf ' %6d ms\n' $(((${EPOCHREALTIME/./} - start) / 1000))
		[ "$failed" != 0 ] || [ "$skipped" = 0 ] ||
		    grep -iE '^skip|# skip|^SKIPPED' "$out" | sed 's/^/    /'
	} >"$tmp/report"
	cat "$tmp/report"
	echo "$passed $failed $skipped" >>"$COUNTS"
	rm -rf "$tmp"
}

if [ "${1-}" = --one ]; then
	run_one "$2"
	exit 0
fi

COUNTS=$(mktemp)
trap 'rm -f "$COUNTS"' EXIT
export S LIMIT COUNTS
FIRN=$(realpath -m "$S/firn")
FIRN_SIM=$(realpath -m "$S/firn-sim")
export FIRN FIRN_SIM
unset FIRN_DATA
if [ -d ../shared/data ]; then
	FIRN_DATA=$(realpath ../shared/data)
	export FIRN_DATA
fi
export LC_ALL=C.UTF-8 TZ=UTC PYTHONDONTWRITEBYTECODE=1
export CMOCKA_MESSAGE_OUTPUT=TAP
# The programs answer with 0, 1 and 2; a sanitizer says something else.
export ASAN_OPTIONS=exitcode=99:strict_string_checks=1
export LSAN_OPTIONS=exitcode=99:print_suppressions=0:suppressions=$PWD/tests/leaks.supp
export TSAN_OPTIONS=exitcode=99
export UBSAN_OPTIONS=exitcode=99:print_stacktrace=1

# The tests that are asked for, a line each.
in_order()
{
	printf '%s\n' "${long[@]}" | grep -Fx -f <(printf '%s\n' "$@")
	printf '%s\n' "$@" | grep -Fvx -f <(printf '%s\n' "${long[@]}")
}

[ $# = 0 ] || in_order "$@" |
    xargs -d '\n' -n 1 -P "$AT_ONCE" bash "$0" --one
awk '{ p += $1; f += $2; s += $3 }
    END {
	printf "%d passed, %d failed", p, f
	if (s)
		printf ", %d skipped", s
	print ""
	exit !(p + s && !f)
    }' "$COUNTS" | tee "${TOTAL:-/dev/null}"
