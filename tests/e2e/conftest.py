"""What the tests of the program share."""

import functools
import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIRN = os.environ.get("FIRN", str(ROOT / "build" / "firn"))
FIRN_SIM = os.environ.get("FIRN_SIM", str(ROOT / "build" / "firn-sim"))


READS = ("search", "sql", "prove")


def run(*args, check=0, recorded=False, **kwargs):
    """Runs firn; asserts the exit code unless check is None.

    Who reads a ledger has no key unless `recorded`: so reading changes nothing.
    """
    if args and args[0] in READS and not recorded:
        kwargs["env"] = {**kwargs.get("env", os.environ), "XDG_CONFIG_HOME": "/dev/null/none"}
    done = subprocess.run(
        [FIRN, *map(str, args)], capture_output=True, timeout=600, **kwargs
    )
    if check is not None:
        assert done.returncode == check, done.stderr.decode(errors="replace")
    return done


@functools.cache
def preload():
    """What LD_PRELOAD is for a program whose disk is to fail: before the sanitizers' own library, if the program has one."""
    linked = subprocess.run(["ldd", FIRN], capture_output=True, check=True).stdout.decode()
    asan = [line.split()[2] for line in linked.splitlines() if "libasan" in line]
    return ":".join([*asan, str(pathlib.Path(FIRN).parent / "fault.so")])


class Scan:
    """One scan's answers: summary, rejects and events or findings."""

    def __init__(self, directory, paths, *options, check=0, **kwargs):
        summary, rejects = directory / "summary.json", directory / "rejects.ndjson"
        self.done = run(
            "scan", "--progress", "never", "--summary", summary, "--rejects", rejects,
            *options, *paths, check=check, **kwargs)
        self.summary = json.loads(summary.read_text()) if summary.exists() else None
        self.rejects = [json.loads(line) for line in rejects.read_text().splitlines()]

    @property
    def lines(self):
        return [json.loads(line) for line in self.done.stdout.splitlines()]

    def assert_closed(self):
        s = self.summary
        assert s["records"] == s["events"] + s["duplicates"] + s["rejected"]
        assert len(self.rejects) == s["rejected"]
        assert sum(s["kinds"].values()) == s["events"]
        for reject in self.rejects:
            assert reject["file"] and reject["reason"]
            assert reject["line"] or reject["record"]


@pytest.fixture
def scan(tmp_path_factory):
    """scan(paths..., options=[...]) with a closed tally."""

    def go(*paths, options=(), check=0, **kwargs):
        result = Scan(tmp_path_factory.mktemp("scan"), paths, *options, check=check, **kwargs)
        if result.summary:
            result.assert_closed()
        return result

    return go


@pytest.fixture(scope="session")
def data():
    """The real data that others made; not part of the project."""
    path = pathlib.Path(os.environ.get("FIRN_DATA", ROOT.parent / "shared" / "data"))
    if not path.is_dir():
        pytest.skip("no real data here: ../shared/data is absent")
    return path
