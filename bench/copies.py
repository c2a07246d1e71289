#!/usr/bin/env python3
"""Rule sets of any size, to see what a rule costs when there are many.

    copies.py OUT COUNT RULES...

Writes COUNT rules into the folder OUT, a file each: as many of the rules given
as there are, evenly chosen, then copies of them with new ids.  A copy looks
for something else of the same kind: the same log source, fields, modifiers and
condition, with every text altered in one letter of four, so that it begins,
ends and is spread like the real one but equals none.  Numbers stay, where a
text beside them is altered; a map that has nothing but numbers gets others.
What the condition negates stays: with its filters altered a copy would match
far more than any rule that is in use; rules that only negate are not copied.
Equal arguments give equal bytes.
"""

import fnmatch
import hashlib
import pathlib
import re
import sys
import uuid

import yaml

LETTERS = "abcdefghijklmnopqrstuvwxyz"
ENDING = 4  # .exe, .dll: real rules share them
KEPT = {"cidr", "fieldref", "exists", "expand"}
NAMESPACE = uuid.UUID("6f1b9c36-5c0e-5d8a-9d51-3c0a4a6a2f10")


def number(text, salt):
    digest = hashlib.blake2b(f"{salt}/{text}".encode(), digest_size=8)
    return int.from_bytes(digest.digest(), "big")


def altered(text, copy):
    """One letter of four is another; a text without letters gets some."""
    end = len(text)
    if "." in text[-ENDING - 1 :]:
        end = text.rindex(".")
    at = [i for i in range(end) if text[i].lower() in LETTERS]
    if len(at) < 4:
        at = [i for i, c in enumerate(text) if c.lower() in LETTERS]
    if len(at) < 4:
        # After the first letter or, without one, in front of a wildcard.
        put = at[0] + 1 if at else len(text.rstrip("*?\\"))
        add = LETTERS[copy % 26] + LETTERS[number(text, "short") % 26]
        return text[:put] + add + text[put:]
    chosen = sorted(at, key=lambda i: number(f"{i}{text}", "place"))
    out = list(text)
    for i in chosen[: max(1, len(at) // 4)]:
        step = 1 + (number(f"{i}{text}", "step") + copy) % 25
        letter = LETTERS[(LETTERS.index(out[i].lower()) + step) % 26]
        out[i] = letter.upper() if out[i].isupper() else letter
    return "".join(out)


def is_text(value):
    return isinstance(value, str) and value.strip("*?") != ""


def altered_value(value, modifiers, copy, numbers):
    if isinstance(value, list):
        return [altered_value(v, modifiers, copy, numbers) for v in value]
    if is_text(value):
        if "re" in modifiers:
            return f"(?:{value})xq{LETTERS[copy % 26]}"
        return altered(value, copy)
    if numbers and type(value) is int:
        return value + 100000 * copy
    return value


def has_text(node):
    """Whether something in it is altered even if numbers are not."""
    if isinstance(node, dict):
        return any(
            not KEPT.intersection(key.split("|")[1:]) and has_text(value)
            for key, value in node.items()
        )
    if isinstance(node, list):
        return all(has_text(value) for value in node)
    return is_text(node)


def altered_node(node, copy):
    """A search identifier: a map, a list of maps, a list of keywords."""
    if isinstance(node, list):
        return [altered_node(value, copy) for value in node]
    if not isinstance(node, dict):
        return altered_value(node, (), copy, True)
    out = {}
    numbers = not has_text(node)
    for key, value in node.items():
        modifiers = key.split("|")[1:]
        if not KEPT.intersection(modifiers):
            value = altered_value(value, modifiers, copy, numbers)
        out[key] = value
    return out


def kept_identifiers(detection):
    """What the condition negates."""
    condition = str(detection["condition"])
    names = re.findall(r"not (?:(?:1|all|any) of )?([\w*]+)", condition)
    return [n for n in detection if any(fnmatch.fnmatch(n, name) for name in names)]


def altered_rule(rule, copy):
    out = dict(rule)
    kept = ["condition", *kept_identifiers(rule["detection"])]
    out["id"] = str(uuid.uuid5(NAMESPACE, f"{rule['id']}/{copy}"))
    out.pop("related", None)
    out["detection"] = {
        name: node if name in kept else altered_node(node, copy)
        for name, node in rule["detection"].items()
    }
    return out


def files_in(folders):
    return sorted(
        path for folder in folders for path in pathlib.Path(folder).rglob("*.yml")
    )


def main():
    out, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    files = files_in(sys.argv[3:])
    first = min(count, len(files))
    chosen = [files[i * len(files) // first] for i in range(first)]
    out.mkdir(parents=True)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    rules = []
    for i, path in enumerate(chosen):
        text = path.read_text(encoding="utf-8")
        (out / f"{i:05}.yml").write_text(text, encoding="utf-8")
        if count > first:
            rule = yaml.load(text, loader)
            if altered_rule(rule, 1)["detection"] != rule["detection"]:
                rules.append(rule)
    for i in range(first, count):
        rule = altered_rule(rules[i % len(rules)], 1 + (i - first) // len(rules))
        text = yaml.dump(
            rule, Dumper=dumper, allow_unicode=True, sort_keys=False, width=1 << 20
        )
        (out / f"{i:05}.yml").write_text(text, encoding="utf-8")


main()
