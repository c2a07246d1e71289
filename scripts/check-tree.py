#!/usr/bin/python3
"""Checks what no compiler does: the order of the folders, own header first,
the limits of size, stray blanks, and that scripts can be read at all.

A folder of src/ includes only folders that stand earlier in ORDER; what lies
in src/ itself, src/cmd and src/web may use all, the simulator only SIM.
"""

import ast
import pathlib
import re
import subprocess
import sys

ORDER = ("base text json net geo privacy event ledger store coverage source"
         " baseline rule finding incident exposure gate guard respond web"
         " cmd").split()
FREE = {"web", "cmd"}
SIM = {"base", "text", "json", "net", "geo"}
FILE_LINES = 600
HEADER_LINES = 150
FOLDER_MODULES = 35  # foo.c, foo.h and foo_part.c are one
HEADER_INCLUDES = 10
CODE = {".c", ".h", ".cc"}
TEXT = CODE | {".py", ".sh", ".yml", ".yaml", ".md", ".json", ".bash", ".1"}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)

ROOT = pathlib.Path(__file__).resolve().parent.parent
SRC = ROOT / "src"
complaints = []


def complain(path, what):
    complaints.append(f"{path.relative_to(ROOT)}: {what}")


def project_files():
    listed = subprocess.run(
        ["git", "ls-files", "-coz", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True).stdout.decode()
    paths = (ROOT / name for name in sorted(listed.split("\0")) if name)
    return [p for p in paths if p.is_file() and not p.is_symlink()]


def allowed(path):
    """The folders of src/ that this file may include; None means all."""
    parts = path.relative_to(ROOT).parts
    if parts[0] == "sim":
        return SIM
    if parts[0] != "src" or len(parts) == 2 or parts[1] in FREE:
        return None
    return set(ORDER[:ORDER.index(parts[1]) + 1])


def check_includes(path, text):
    includes = INCLUDE.findall(text)
    may = allowed(path)
    for name in includes:
        near = path.parent / name
        if not (SRC / name).is_file() and not near.is_file():
            complain(path, f"no such header: {name}")
        folder = name.split("/")[0] if "/" in name else None
        if folder in ORDER and may is not None and folder not in may:
            complain(path, f"may not include {name}: see ORDER in"
                     " scripts/check-tree.py")
    if path.suffix == ".h" and len(includes) > HEADER_INCLUDES:
        complain(path, f"a header with {len(includes)} includes")
    own = path.with_suffix(".h")
    if path != own and own.exists():
        first = re.search(r"^\s*#\s*include\s+(.*)$", text, re.M)
        if not first or first.group(1).strip(' "').split("/")[-1] != own.name:
            complain(path, f"does not include its own {own.name} first")


def check_size(path, text):
    lines = text.count("\n")
    contract = path.suffix == ".h" and not path.stem.endswith("_table")
    limit = HEADER_LINES if contract else FILE_LINES
    if lines > limit:
        complain(path, f"{lines} lines, more than {limit}")


def check_text(path, text):
    for number, line in enumerate(text.split("\n"), 1):
        if line != line.rstrip() and path.suffix != ".md":
            complain(path, f"line {number} ends in blanks")
    if text and not text.endswith("\n"):
        complain(path, "does not end with a newline")


def check_script(path, text):
    if path.suffix == ".py":
        try:
            ast.parse(text)
        except SyntaxError as error:
            complain(path, f"line {error.lineno}: {error.msg}")
    elif re.match(r"#!/bin/(ba)?sh", text):
        check = subprocess.run(["bash", "-n", path], capture_output=True,
                               text=True)
        if check.returncode:
            complain(path, check.stderr.strip())


def check_folders():
    folders = [p for p in SRC.iterdir() if p.is_dir()]
    for folder in folders:
        if folder.name not in ORDER:
            complain(folder, "stands nowhere in ORDER in"
                     " scripts/check-tree.py")
    for folder in [*folders, ROOT / "sim"]:
        modules = {p.stem for p in folder.iterdir()}
        modules = {m for m in modules if not any(
            m.startswith(other + "_") for other in modules)}
        if len(modules) > FOLDER_MODULES:
            complain(folder, f"{len(modules)} modules, more than"
                     f" {FOLDER_MODULES}")


def main():
    check_folders()
    for path in project_files():
        top = path.relative_to(ROOT).parts[0]
        script = top in {"scripts", ".ci", "tests"} and path.suffix in {
            "", ".sh", ".py", ".bash"}
        if {"data", "seed"} & set(path.parts) or not (path.suffix in TEXT or script):
            continue
        text = path.read_text(encoding="utf-8")
        check_text(path, text)
        check_script(path, text)
        if path.suffix in CODE:
            check_includes(path, text)
            check_size(path, text)
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


sys.exit(main())
