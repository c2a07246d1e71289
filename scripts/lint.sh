#!/bin/bash
# The checks of `make lint` that take seconds; clang-tidy is in the Makefile,
# which knows what has changed since it last looked.
set -uo pipefail
cd "$(dirname "$0")/.."
status=0

while read -r file; do
	clang-format-14 --dry-run -Werror "$file" 2>/dev/null && continue
	echo "$file: not as clang-format-14 -i would have it"
	status=1
done < <(find src sim tests -name '*.c' -o -name '*.h' -o -name '*.cc' | sort)
scripts/check-tree.py || status=1
[ $status = 0 ] || echo "lint: see above" >&2
exit $status
