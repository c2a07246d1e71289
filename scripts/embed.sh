#!/bin/sh
# Writes C for the files that are named, and their names: a table of name and
# text by turns.
#	scripts/embed.sh TABLE FILE... >OUT.c
set -eu
table=$1
shift
n=0
for file; do
	echo "static const char text_$n[] = {"
	od -An -v -tu1 "$file" | sed 's/  *\([0-9]\{1,\}\)/\1,/g'
	echo "0};"
	n=$((n + 1))
done
echo "extern const char *const $table[];"
echo "const char *const $table[] = {"
n=0
for file; do
	echo "    \"${file##*/}\", text_$n,"
	n=$((n + 1))
done
echo "    0};"
