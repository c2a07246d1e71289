"""The disk fails under the real programs: an error that says so, and no damage."""

import json
import os
import subprocess

import pytest

from conftest import FIRN, preload
from ledger_files import checkpoint
from ledger_home import Ledger, record

# Every call takes minutes; FIRN_FAULT_STEP=1 does them all.
STEP = int(os.environ.get("FIRN_FAULT_STEP", "17"))
KINDS = ("eio", "short", "full", "crash")
RECORDS = 60
EXPORTS = "exports.ndjson"
# What DuckDB makes of some of them, in a process of its own.
ABORTED = "'firn-seal' was ended by signal 6"
# What libmaxminddb says when it cannot open its file.
NO_TABLE = "Error opening the specified MaxMind DB file"
SAYS = {"eio": "Input/output error", "full": "No space left on device",
        "short": "No space left on device"}


class Broken(Ledger):
    def fail(self, program, kind, at, *words):
        """Runs firn with a fault.  Whether it came, the exit code and what was said."""
        came = self.root / "came"
        came.unlink(missing_ok=True)
        done = subprocess.run(
            [FIRN, *map(str, words)], capture_output=True, timeout=600, env={
                **self.env, "LD_PRELOAD": preload(), "FIRN_FAULT": f"{program} {kind} {at}",
                "FIRN_FAULT_CAME": str(came), "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "")
                + ":detect_leaks=0:verify_asan_link_order=0"})
        said = done.stderr.decode()
        crashed = kind == "crash" and (done.returncode == 77 or "firn-seal could not" in said)
        return came.exists() or crashed or ABORTED in said, done.returncode, said


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A ledger without records, and what is to be taken into it."""
    root = tmp_path_factory.mktemp("empty")
    Broken(root)
    (root / EXPORTS).write_text("".join(record(n) + "\n" for n in range(RECORDS)))
    return root


@pytest.fixture(scope="module")
def taken(empty, tmp_path_factory):
    """The same when it was taken."""
    root = tmp_path_factory.mktemp("taken")
    ledger, exports = copy(empty, root)
    ledger.firn("import", ledger.dir, exports, "--progress", "never")
    return root


def copy(model, root):
    subprocess.run(["cp", "-r", f"{model}/.", root], check=True)
    return Broken(root, make=False), root / EXPORTS


def check(ledger, exports):
    """Once the disk is well again, everything goes on as if nothing had been."""
    ledger.firn("import", ledger.dir, exports, "--progress", "never")
    ledger.firn("ledger", "seal", ledger.dir)
    ledger.verify()
    assert checkpoint(ledger.dir)[1] == RECORDS + 2


def try_all(tmp_path, program, kind, model, words):
    """One call after another, until it does not come any more; each in a copy."""
    at = 1
    while True:
        root = tmp_path / str(at)
        ledger, exports = copy(model, root)
        came, code, said = ledger.fail(program, kind, at, *words(ledger, exports))
        if not came:
            assert code == 0, said
            break
        if kind != "short" and code == 0:
            # Tidying may fail without harm, and reading what is not there.
            assert kind != "full" and kind != "crash", f"call {at} of {program} failed unheard"
        if code and kind != "crash":
            reasons = (SAYS[kind], ABORTED, NO_TABLE)
            assert code in (1, 2) and any(why in said for why in reasons), (at, code, said)
        check(ledger, exports)
        subprocess.run(["rm", "-rf", root], check=True)
        at += STEP
    assert at > 20, "a program that calls nothing proves nothing"


@pytest.mark.parametrize("kind", KINDS)
def test_an_import(tmp_path, empty, kind):
    try_all(tmp_path, "firn", kind, empty, lambda ledger, exports: (
        "import", ledger.dir, exports, "--progress", "never"))


@pytest.mark.parametrize("program", ("firn", "firn-seal"))
@pytest.mark.parametrize("kind", KINDS)
def test_sealing(tmp_path, taken, program, kind):
    try_all(tmp_path, program, kind, taken, lambda ledger, _: (
        "ledger", "seal", ledger.dir))
