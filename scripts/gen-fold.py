#!/usr/bin/env python3
"""Writes src/base/fold_table.h: Unicode simple case folding as ranges.

usage: scripts/gen-fold.py > src/base/fold_table.h

Python knows full folding (str.casefold).  Where that is a single code point it
is the simple folding too; where it is several, the simple folding is the
lower-case letter if that is a single, different code point (U+1E9E, the Greek
letters with iota below), else there is none.
"""
import sys
import unicodedata


def simple_fold(code):
    full = chr(code).casefold()
    if len(full) == 1:
        return ord(full)
    lower = chr(code).lower()
    return ord(lower) if len(lower) == 1 else code


def ranges():
    out = []
    for code in range(0x80, sys.maxunicode + 1):
        if 0xD800 <= code <= 0xDFFF:
            continue
        delta = simple_fold(code) - code
        if not delta:
            continue
        if out:
            first, last, step, before = out[-1]
            gap = code - last
            if before == delta and gap in (1, 2) and step in (0, gap):
                out[-1] = (first, code, gap, delta)
                continue
        out.append((code, code, 0, delta))
    return out


def main():
    print("/* Made by scripts/gen-fold.py from Unicode "
          f"{unicodedata.unidata_version}. */")
    print("static const struct fold_range fold_table[] = {")
    for first, last, step, delta in ranges():
        print(f"    {{0x{first:04x}, 0x{last:04x}, {step or 1}, {delta}}},")
    print("};")


main()
