"""Records that leave the WAL: ledger seal, and what is asked of them then."""

import hashlib
import json
import os
import pathlib
import subprocess

import pytest

from conftest import FIRN
from ledger_home import Ledger

# A confined process cannot look into itself for leaks.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"

SEAL = pathlib.Path(FIRN).parent / "lib" / "firn" / "firn-seal"
MAIL = {"CreationTime": "2026-10-05T12:00:00", "Operation": "Send", "RecordType": 2,
        "UserId": "anna@contoso.example", "Workload": "Exchange"}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A ledger of a made-up tenant, and its exports."""
    root = tmp_path_factory.mktemp("segments")
    subprocess.run([os.environ["FIRN_SIM"], "write", root / "demo", "--people", "30", "--days",
                    "2", "--seed", "3"], check=True, stdout=subprocess.DEVNULL)
    place = Ledger(root)
    place.firn("import", place.dir, root / "demo", "--progress", "never")
    return place


@pytest.fixture
def ledger(place, tmp_path):
    """A copy of it, to be changed."""
    root = tmp_path / "a=b"  # which is no column of a segment
    root.mkdir()
    subprocess.run(["cp", "-r", *place.root.iterdir(), root], check=True)
    return Ledger(root, make=False)


def rows(ledger, text="FROM records ORDER BY index"):
    return [json.loads(line) for line in ledger.firn(
        "sql", ledger.dir, text, "--format", "ndjson").splitlines()]


def same(a, b):
    """Without pytest's words on how they differ, which take minutes of many rows."""
    return a == b


def seal(ledger, first, end, out):
    share = pathlib.Path(FIRN).parent
    share = share if (share / "share").exists() else share.parent
    geo = share / "share" / "firn" / "geo" / "country.mmdb"
    return subprocess.run([SEAL, "make", ledger.dir, str(first), str(end), out],
                          capture_output=True, env={**os.environ, "FIRN_GEO": str(geo)})


def files(ledger, ending):
    return sorted((ledger.dir / "segment").glob(f"*/*{ending}"))


def manifest(ledger):
    lines = (ledger.dir / "manifest").read_text().splitlines()
    return [line.split() for line in lines if line.startswith("segment ")]


def add(ledger, name):
    path = ledger.root / f"{name}.json"
    path.write_text(json.dumps({**MAIL, "Id": name}))
    ledger.firn("import", ledger.dir, path, "--progress", "never")


def test_a_segment_says_what_the_records_say(ledger, tmp_path):
    before = rows(ledger)
    out = tmp_path / "out"
    out.mkdir()
    line = seal(ledger, 7, len(before), out).stdout.decode().split()
    assert line[:3] == ["segment", "7", str(len(before))]
    assert len(line[-1]) == 64, "no country table"
    for digest, ending in zip(line[4:7], ("raw", "parquet", "idx")):
        path = out / f"{7:020}-{len(before):020}.{ending}"
        assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
        assert path.stat().st_mode & 0o777 == 0o600
    (ledger.dir / "x.parquet").write_bytes(
        (out / f"{7:020}-{len(before):020}.parquet").read_bytes())
    name = f"read_parquet('{ledger.dir / 'x.parquet'}', hive_partitioning = false)"
    assert same(rows(ledger, f"FROM {name} ORDER BY index"), before[7:])
    order = rows(ledger, f"SELECT actor_name a, mailbox m, time t, index i FROM {name}")
    last = [(r["a"] is None, r["a"] or "", r["m"] is None, r["m"] or "", r["t"] is None,
             r["t"] or "", r["i"]) for r in order]
    assert same(last, sorted(last))


def test_what_is_sealed_answers_as_before(ledger):
    before = rows(ledger)
    left = ledger.dir / "segment" / "new"
    left.mkdir(parents=True)
    (left / f"{0:020}-{len(before):020}.raw").write_text("left by one that was killed")
    assert f"{len(before)}  records sealed now" in ledger.firn("ledger", "seal", ledger.dir)
    assert same(rows(ledger), before)
    text = (ledger.dir / "manifest").read_text()
    assert " 0  records sealed now" in ledger.firn("ledger", "seal", ledger.dir)
    assert (ledger.dir / "manifest").read_text() == text
    assert not list(left.iterdir())
    ledger.verify()


def test_records_leave_the_wal(ledger):
    before = rows(ledger)
    ledger.firn("ledger", "seal", ledger.dir)
    add(ledger, "more")
    assert len(list((ledger.dir / "wal").iterdir())) == 2
    ledger.firn("ledger", "seal", ledger.dir)
    wal, = (ledger.dir / "wal").iterdir()
    assert int(wal.stem) == len(before)
    ledger.verify()
    ledger.verify("--quick")
    assert same(rows(ledger)[:len(before)], before)
    # All of it is known, and the files that were taken in, too.
    done = json.loads(ledger.firn("import", ledger.dir, ledger.root / "demo", "--format", "json",
                                  "--progress", "never"))
    assert done["records"] == 0 and done["files_before"] > 0
    path = ledger.root / "all.ndjson"
    lines = []
    for export in sorted((ledger.root / "demo").rglob("*.ndjson")):
        lines += export.read_text().splitlines()
    path.write_text("\n".join(reversed(lines)) + "\n")
    done = json.loads(ledger.firn("import", ledger.dir, path, "--format", "json",
                                  "--progress", "never"))
    assert done["records"] == done["duplicates"] >= len(lines) and done["events"] == 0, done
    ledger.firn("prove", ledger.dir, "--index", "5", "--out", ledger.root / "p")
    ledger.firn("verify-proof", ledger.root / "p", "--key", ledger.key)


def test_segments_are_put_together(ledger):
    for n in range(9):
        add(ledger, f"m{n}")
        said = ledger.firn("ledger", "seal", ledger.dir)
    assert "8  segments put together" in said
    before = rows(ledger)
    assert [r["id"] for r in before if r["id"] and r["id"].startswith("m")] == [
        f"m{n}" for n in range(9)]
    # Of those of three records each one was made, and the old files are gone.
    assert len(manifest(ledger)) == 2
    for ending in (".raw", ".parquet", ".idx", ".postings"):
        assert len(files(ledger, ending)) == 2
    ledger.verify()
    assert rows(ledger, f"SELECT count(*) n FROM '{files(ledger, '.parquet')[1]}'") == [{"n": 24}]


@pytest.mark.parametrize("ending", (".raw", ".idx", ".parquet", ".postings"))
def test_every_changed_byte_is_found(ledger, tmp_path, ending):
    small = Ledger(tmp_path / "small")
    small.add(3)
    small.firn("ledger", "seal", small.dir)
    path, = files(small, ending)
    whole = path.read_bytes()
    for at in range(0, len(whole), max(1, len(whole) // 40)):
        changed = bytearray(whole)
        changed[at] ^= 1 << at % 8
        path.write_bytes(changed)
        assert path.name in small.verify(check=1)
    for size in range(0, len(whole), max(1, len(whole) // 10)):
        path.write_bytes(whole[:size])
        assert path.name in small.verify(check=1)
    path.write_bytes(whole)
    small.verify()


def test_seal_refuses_what_is_not_there(place, tmp_path):
    for words in (("0", "999999"), ("5", "5"), ("x", "1")):
        done = seal(place, *words, tmp_path)
        assert done.returncode == 2 and done.stderr
    assert not list(tmp_path.iterdir())
