"""The checkers that others could have written: tools/audit, and Go's x/mod."""

import fcntl
import os
import pathlib
import shutil
import subprocess

import pytest

from conftest import FIRN, ROOT

AUDIT = ROOT / "tools" / "audit"
TLOGCHECK = ROOT.parent / "shared" / "reference" / "tlogcheck.go"
GOPATH = pathlib.Path("/usr/share/gocode")
# Go's own library is compiled once, and not anew for each test.
GOCACHE = pathlib.Path(FIRN).parent / "gocache"


def audit(*args, check=0, tool=AUDIT):
    """What tools/audit prints; a fault or a refusal is one line, never a trace."""
    if not shutil.which("node"):
        pytest.skip("no Node.js here")
    done = subprocess.run(["node", tool / "audit.mjs", *map(str, args)],
                          capture_output=True, timeout=600)
    assert done.returncode == check, done.stderr.decode()
    said = (done.stdout if check == 0 else done.stderr).decode()
    if check:
        assert said.startswith({1: "fault: ", 2: "audit: "}[check]) and said.count("\n") == 1, said
    return said


def tlogcheck(copy, key):
    """Go's golang.org/x/mod over a copy with entries."""
    modules = GOPATH / "src" / "golang.org" / "x" / "mod" / "sumdb"
    for path in (TLOGCHECK, modules):
        if not path.exists():
            pytest.skip(f"no {path} here: golang.org/x/mod was not asked")
    if not shutil.which("go"):
        pytest.skip("no Go here: golang.org/x/mod was not asked")
    env = {**os.environ, "GO111MODULE": "off", "GOPATH": str(GOPATH), "GOTOOLCHAIN": "local",
           "GOCACHE": str(GOCACHE)}
    GOCACHE.mkdir(exist_ok=True)
    with open(GOCACHE / "lock", "wb") as lock:
        # Who comes second waits, and compiles nothing.
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(["go", "run", TLOGCHECK, copy, key],
                              capture_output=True, env=env, timeout=600)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()
