# What the tests in shell share: sourced, with the tree as working folder after.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
: "${FIRN:=build/firn}"
status=0
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# A test is ok if its complaints, on standard input, are none.
judge()
{
	local name=$1 complaints

	complaints=$(cat)
	if [ -z "$complaints" ]; then
		echo "ok $name"
	else
		sed 's/^/    /' <<< "$complaints"
		echo "not ok $name"
		status=1
	fi
}
