"""firn coverage, over ledgers with records as collectors make them."""

import hashlib
import json
import os
import struct
import subprocess
import time

import pytest

from conftest import FIRN, run
from control import ask, connect, text

# Hours are kept apart for 35 days: not long ago.
DAY = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 2 * 86400))
NEXT_WEEK = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 5 * 86400))
SOURCE = {"source": "contoso", "stream": "Audit.Exchange"}


class Filling:
    """A ledger that another process writes, and which is added to through it."""

    def __init__(self, root):
        self.dir = root / "ledger"
        run("init", self.dir, "--origin", "firn.example.com/test")
        os.mkfifo(root / "slow")
        self.writer = subprocess.Popen(
            [FIRN, "import", self.dir, root / "slow", "--progress", "never"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.pipe = open(root / "slow", "wb")
        self.pipe.write(b'{"RecordType":1,"Operation":"X","Id":"1","Workload":"Exchange",'
                        b'"CreationTime":"2026-10-05T10:00:00"}\n')
        self.pipe.flush()
        end_by = time.monotonic() + 60
        while not (self.dir / "control").exists():
            assert time.monotonic() < end_by
            time.sleep(0.01)
        self.client = connect(self.dir)

    def ask(self, body):
        code, answer = ask(self.client, body)
        assert code == 0, answer
        return answer

    def own(self, stream, record):
        self.ask(b"\5" + os.urandom(16) + text("H", stream) + text("H", b"")
                 + text("I", json.dumps(record).encode()))

    def begin(self, name, created, **more):
        key = hashlib.sha256(name).digest()[:16]
        record = {"by": "m365", "name": key.hex(), **SOURCE, "created": created, **more}
        answer = self.ask(b"\2" + key + text("H", b"") + text("I", json.dumps(record).encode()))
        return key, struct.unpack_from("<Q", answer, 1)[0]

    def end(self, key, index, **counts):
        record = {"delivery": index, **SOURCE, **counts}
        self.ask(b"\4" + key + text("H", b"") + text("I", json.dumps(record).encode()))

    def close(self):
        self.ask(b"\6")
        self.client.close()
        self.pipe.close()
        err = self.writer.communicate(timeout=600)[1]
        assert self.writer.returncode == 0, err.decode()


@pytest.fixture
def filling(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return Filling(tmp_path)


def coverage(filling, *options, check=0):
    done = run("coverage", filling.dir, *options, "--format", "json", check=check)
    return json.loads(done.stdout)


def fill(filling):
    """Three deliveries in two hours, one of them not here yet, and no gap."""
    first = filling.begin(b"a", f"{DAY}T08:10:00Z", tenant="0000-1")
    second = filling.begin(b"b", f"{DAY}T09:20:00Z")
    filling.end(*second, items=5, added=4, repeats=1, tellings=1, late=1,
                hours=[[f"{DAY}T08", 3]], to_available=[[30, 3]], to_record=[[2, 3]],
                newest=f"{DAY}T08:59:00Z")
    filling.end(*first, items=3, added=2, unreadable=1, hours=[[f"{DAY}T07", 2]])
    filling.begin(b"c", f"{DAY}T09:30:00Z")
    filling.own(b"clock", {**SOURCE, "until": f"{DAY}T10:00:00Z", "next": "x"})


def gap(key, cause, **more):
    return {**SOURCE, "key": key, "cause": cause, "from": f"{DAY}T08:00:00Z",
            "to": f"{DAY}T09:00:00Z", **more}


def test_what_came(filling):
    fill(filling)
    filling.close()
    said = coverage(filling)
    assert (said["open"], said["strange"], said["gaps"]) == (0, 0, [])
    stream, = said["streams"]
    assert (stream["source"], stream["stream"], stream["by"]) == ("contoso", "Audit.Exchange", "m365")
    assert (stream["tenant"], stream["clock"]) == ("0000-1", f"{DAY}T10:00:00.000000Z")
    counts = {"announced": 3, "fetched": 2, "lost": 0, "records": 8, "events": 5, "duplicates": 2,
              "tellings": 1, "refused": 1, "late": 1}
    assert {key: stream[key] for key in counts} == counts
    assert stream["to_available"]["count"] == 3
    hours = coverage(filling, "--hours")["streams"][0]
    assert [(h["from"][:13], h["announced"], h["fetched"]) for h in hours["hours"]] == \
        [(f"{DAY}T08", 1, 1), (f"{DAY}T09", 2, 1)]
    assert [h["events"] for h in hours["happened"]] == [2, 3]
    part = coverage(filling, "--from", f"{DAY}T09:00:00Z")["streams"][0]
    assert (part["announced"], part["records"]) == (2, 5)
    part = coverage(filling, "--to", f"{DAY}T09:00:00Z")["streams"][0]
    assert (part["announced"], part["records"]) == (1, 3)


def test_gaps(filling):
    fill(filling)
    filling.own(b"gap", gap("one", "expired", detail="AF20051"))
    filling.own(b"gap", gap("two", "missing", heals_until=f"{NEXT_WEEK}T08:00:00Z"))
    filling.own(b"gap", gap("three", "silence"))
    filling.own(b"gap", {"source": "contoso", "key": "two", "healed": True})
    filling.close()
    said = coverage(filling, check=1)
    assert said["open"] == 2
    assert [(g["key"], g["open"]) for g in said["gaps"]] == \
        [("one", True), ("three", True), ("two", False)]
    stream, = said["streams"]
    assert (stream["announced"], stream["fetched"], stream["lost"]) == (4, 2, 1)
    # Before and after the time that they are of.
    assert coverage(filling, "--to", f"{DAY}T08:00:00Z")["gaps"] == []
    assert coverage(filling, "--from", f"{DAY}T09:30:00Z")["gaps"] == []
    assert coverage(filling, "--from", f"{DAY}T08:30:00Z", check=1)["open"] == 2
    shown = run("coverage", filling.dir, check=1).stdout.decode()
    assert "2 open gaps" in shown and "AF20051" in shown and "suspected" in shown
    assert shown.index("AF20051") < shown.index("healed")
    assert max(map(len, shown.splitlines())) <= 80


def test_of_people_made_text(filling):
    """What a source says is shown harmlessly."""
    filling.own(b"gap", gap("one", "expired", detail="\x1b[31mred\u202e"))
    filling.close()
    shown = run("coverage", filling.dir, check=1).stdout
    assert b"\x1b" not in shown and "\u202e".encode() not in shown


def test_strange_records(filling):
    filling.own(b"clock", {"source": "contoso"})
    filling.own(b"gap", {"source": "contoso", "key": "never", "healed": True})
    filling.close()
    assert coverage(filling)["strange"] == 2
    assert b"2 of firn's own records" in run("coverage", filling.dir).stdout


def test_a_file_beside_it_is_no_evidence(filling):
    fill(filling)
    filling.close()
    said = coverage(filling)
    for bytes_ in (b"", b"firn-coverage/1\n", os.urandom(4096)):
        (filling.dir / "coverage").write_bytes(bytes_)
        assert coverage(filling) == said


def test_imports_are_no_streams(filling):
    filling.close()
    said = coverage(filling)
    assert (said["size"], said["streams"], said["strange"]) == (3, [], 0)


def test_wrong_usage(filling, tmp_path):
    filling.close()
    for options in ([], [tmp_path], [filling.dir, filling.dir], [filling.dir, "--from", "soon"],
                    [filling.dir, "--format", "csv"], [filling.dir, "--source", "nobody"],
                    [filling.dir, "--nonsense"]):
        assert run("coverage", *options, check=2).stdout == b""
