#!/bin/bash
# A tenant of 10,000 people with an intruder in it, and firn that collects it:
#	scripts/demo.sh BUILD [SECONDS]
# Without seconds it runs until Ctrl-C.  With them it ends by itself, and fails
# if the intrusion was not found.
set -uo pipefail
build=$(realpath "$1")
for=${2:-}
dir=$build/demo
sim= firn=

stop()
{
	trap '' INT TERM
	[ -z "$firn" ] || { kill "$firn" && wait "$firn"; } 2>/dev/null
	[ -z "$sim" ] || { kill "$sim" && wait "$sim"; } 2>/dev/null
}
trap 'stop; exit 130' INT TERM

rm -rf "$dir"
mkdir -p "$dir"
export XDG_CONFIG_HOME=$dir/config XDG_STATE_HOME=$dir/state

echo "starting a tenant of 10,000 people ..."
"$build/firn-sim" serve "$dir/sim" --people 10000 --history 5m \
	--attack midnight-blizzard --attack-in 45s >"$dir/sim.log" 2>&1 &
sim=$!
while ! [ -s "$dir/sim/address" ]; do
	kill -0 "$sim" 2>/dev/null || { cat "$dir/sim.log"; exit 2; }
	sleep 0.2
done
address=$(cat "$dir/sim/address")

# One source for each tenant that the simulator serves.
{
	printf 'ledger: ledger\nlisten: 127.0.0.1:0\nsources:\n'
	sed -n 's/.*"tenant":"\([^"]*\)".*"test":\([a-z]*\),"client":"\([^"]*\)".*/\1 \2 \3/p' \
		"$dir/sim/tenants.json" |
	while read -r tenant test client; do
		[ "$test" = true ] && name=test-tenant || name=corporate
		printf '  %s:\n    kind: m365\n    tenant: %s\n    client: %s\n' \
			"$name" "$tenant" "$client"
		printf '    secret: {file: sim/client.secret}\n'
		printf '    endpoint: %s\n    login: %s\n    poll: 1 s\n' \
			"$address" "$address"
	done
	printf 'outputs:\n  findings: {kind: file, path: findings.ndjson, level: medium}\n'
} >"$dir/firn.yaml"

"$build/firn" init "$dir/ledger" --origin demo.example/tenant >/dev/null || exit 2
"$build/firn" run -c "$dir/firn.yaml" 2>"$dir/firn.log" &
firn=$!
begin=$SECONDS
while [ -z "$for" ] || [ $((SECONDS - begin)) -lt "$for" ]; do
	sleep 1
	kill -0 "$firn" 2>/dev/null || { cat "$dir/firn.log"; stop; exit 2; }
	at=$(sed -n 's/.*status at http:\/\/\([^/]*\).*/\1/p' "$dir/firn.log")
	[ -n "$at" ] || continue
	text=$("$build/firn" status --at "$at")
	if [ -t 1 ]; then
		printf '\033[H\033[2J%s\n\n' "$text"
		echo "an intruder is at work in this tenant; Ctrl-C ends it all"
	fi
done
[ -t 1 ] || printf '%s\n' "$text"
stop
if ! grep -q 'App gave another app full access to all mailboxes' \
	"$dir/findings.ndjson"; then
	echo "the intrusion was not found" >&2
	exit 1
fi
echo "the intrusion was found; the ledger is $dir/ledger:"
echo "  XDG_STATE_HOME=$dir/state $build/firn verify $dir/ledger"
