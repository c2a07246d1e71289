"""tools/audit over ledgers with segments: what it finds, and what firn says of it."""

import os
import shutil
import subprocess
import time

import pytest

import segment_files as files
from audit import AUDIT, audit, tlogcheck
from conftest import FIRN
from ledger_home import Ledger, record

# A confined process cannot look into itself for leaks.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"

MERGED = 0  # the number of the segment that was made of eight
SMALL = 1
TOLD = 6  # an index in the first: the record of an event, record(3)


def seal(ledger):
    ledger.firn("ledger", "seal", ledger.dir)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Two segments, one of eight, records in a segment and the WAL, and in the WAL alone."""
    place = Ledger(tmp_path_factory.mktemp("audit"))
    for _ in range(9):
        place.add(3)
        seal(place)
    place.add(300)
    assert files.segments(place) == [(0, 40), (40, 45)]
    assert sorted(int(path.stem) for path in (place.dir / "wal").iterdir()) == [40, 45]
    return place


@pytest.fixture
def ledger(place, tmp_path):
    """A copy of it, to be changed."""
    subprocess.run(["cp", "-r", *place.root.iterdir(), tmp_path], check=True)
    ledger = Ledger(tmp_path, make=False)
    ledger.records = place.records
    return ledger


def fault(ledger, *words):
    """What audit says of a ledger that it should refuse."""
    said = audit("ledger", ledger.dir, check=1)
    for word in words:
        assert str(word) in said, said
    return said


# --- what is right ---

def test_segments_and_wal_are_one_ledger(place):
    said = audit("ledger", place.dir, "--key", place.key).splitlines()
    assert said[0].startswith("ok: ledger log.example/a, 347 records signed by log.example/a+")
    assert said[1:] == [
        "segments: 45 records in 2",
        "columns: index received source tenant of all, id operation time of 45 of 45; "
        "no others were compared"]
    place.verify()


def test_a_ledger_of_which_all_is_sealed(ledger, tmp_path):
    seal(ledger)
    ledger.grow(600)
    seal(ledger)
    assert "segments: 600 records in 4" in audit("ledger", ledger.dir)
    copy = tmp_path / "copy"
    ledger.firn("ledger", "publish", ledger.dir, copy, "--bundles")
    assert "600 leaves" in audit("published", copy, "--key", ledger.key)
    raw, proof = tmp_path / "raw", tmp_path / "p.tlog-proof"
    raw.write_text(record(2))
    ledger.firn("prove", ledger.dir, "--id", "id-2", "--out", proof)
    assert "this is record 3 " in audit("proof", proof, "--record", raw, "--key", ledger.key)
    # Without a file of the WAL nothing is missing, either.
    for path in (ledger.dir / "wal").iterdir():
        path.unlink()
    audit("ledger", ledger.dir)
    ledger.verify()
    assert "600 entries ok" in tlogcheck(copy, ledger.key)


def test_a_made_up_tenant(tmp_path):
    ledger = Ledger(tmp_path)
    subprocess.run([os.environ["FIRN_SIM"], "write", tmp_path / "demo", "--people", "30", "--days",
                    "2", "--seed", "3"], check=True, stdout=subprocess.DEVNULL)
    ledger.firn("import", ledger.dir, tmp_path / "demo", "--progress", "never")
    seal(ledger)
    said = audit("ledger", ledger.dir).splitlines()[-1]
    size = ledger.size()
    compared = int(said.split("time of ")[1].split()[0])
    assert f"time of {compared} of {size};" in said and size / 2 < compared < size


def test_a_ledger_is_audited_while_it_is_sealed(ledger, tmp_path):
    path = tmp_path / "many.ndjson"
    path.write_text("".join(record(n) + "\n" for n in range(1000, 20000)))
    writer = subprocess.Popen([FIRN, "import", ledger.dir, path, "--progress", "never"],
                              env=ledger.env, stdout=subprocess.DEVNULL)
    sealer = subprocess.Popen(
        ["sh", "-c", 'while [ -e "$2" ]; do "$0" ledger seal "$1" >/dev/null || exit 1; done',
         FIRN, ledger.dir, path], env=ledger.env)
    end = time.monotonic() + 10
    while writer.poll() is None or time.monotonic() < end:
        audit("ledger", ledger.dir)
    path.unlink()
    assert writer.returncode == 0 and sealer.wait(timeout=60) == 0
    audit("ledger", ledger.dir)


def test_packages_are_asked_for_when_they_are_needed(ledger, tmp_path):
    tool = tmp_path / "tool"
    shutil.copytree(AUDIT, tool, ignore=shutil.ignore_patterns("node_modules"))
    said = audit("ledger", ledger.dir, check=2, tool=tool)
    assert "run 'npm ci --ignore-scripts' in" in said and str(tool) in said
    other = Ledger(tmp_path / "other")
    other.add(3)
    audit("ledger", other.dir, tool=tool)


# --- a byte that is another, a file that is cut ---

def all_files(ledger):
    return {
        "format": "format", "origin": "origin", "keys": "keys.pub", "checkpoint": "checkpoint",
        "manifest": "manifest", "leaves": "hash/0", "upper": "hash/8",
        "wal": f"wal/{40:020}.wal", "last": f"wal/{45:020}.wal",
        **{kind: files.path_of(ledger, MERGED, kind).relative_to(ledger.dir)
           for kind in files.KINDS},
        "small": files.path_of(ledger, SMALL, "raw").relative_to(ledger.dir)}


@pytest.mark.parametrize("name", (
    "format", "origin", "keys", "checkpoint", "manifest", "leaves", "upper", "wal", "last", "raw",
    "parquet", "idx", "small"))
def test_a_changed_file_is_named(ledger, name):
    path = ledger.dir / all_files(ledger)[name]
    whole = path.read_bytes()
    contents = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:]
                for at in (0, len(whole) // 2, len(whole) - 1)]
    # The line feed behind a last line is nobody's loss.
    contents += [whole[:size] for size in (0, len(whole) // 2, len(whole) - 1)
                 if whole[size:] != b"\n" or name not in ("keys", "origin")]
    for content in contents:
        path.write_bytes(content)
        fault(ledger, path.name)
        # Of an origin that is another firn says that the checkpoint's is.
        assert path.name in ledger.verify(check=1) or name == "origin"
    path.write_bytes(whole)
    audit("ledger", ledger.dir)
    ledger.verify()


@pytest.mark.parametrize("kind", files.KINDS)
def test_a_missing_file_is_named(ledger, kind):
    path = files.path_of(ledger, SMALL, kind)
    path.unlink()
    fault(ledger, path.name, "is missing")
    ledger.verify(check=2)


# --- files that verify by themselves, and are not those of the records ---

def test_a_record_that_was_changed(ledger, tmp_path):
    raw = files.Raw(files.path_of(ledger, MERGED, "raw"), tmp_path)
    frame = raw.frame(TOLD)
    assert frame.raw == record(3).encode()
    frame.raw = frame.raw.replace(b"kim@", b"tim@")
    files.replace(ledger, MERGED, "raw", raw.bytes())
    fault(ledger, f"hash/0': hash {TOLD} ", files.path_of(ledger, MERGED, "raw").name)
    ledger.verify(check=1)


def test_records_that_are_gone_or_doubled(ledger, tmp_path):
    whole = files.path_of(ledger, MERGED, "raw").read_bytes()
    for change in (lambda frames: frames.pop(), lambda frames: frames.append(frames[-1])):
        raw = files.Raw(files.path_of(ledger, MERGED, "raw"), tmp_path)
        change(raw.blocks[-1][2])
        files.replace(ledger, MERGED, "raw", raw.bytes())
        fault(ledger, files.path_of(ledger, MERGED, "raw").name)
        ledger.verify(check=1)
        files.replace(ledger, MERGED, "raw", whole)
    audit("ledger", ledger.dir)


def idx_changes():
    def told(idx):
        number, told, index = idx.entries[0]
        idx.entries[0] = (number, bytes(8) if any(told) else b"\1" * 8, index)

    def gone(idx):
        idx.entries.pop()

    def order(idx):
        idx.entries[:2] = idx.entries[1::-1]

    def bit(idx):
        idx.filter[0] ^= 1

    def received(idx):
        idx.received += 1

    def record_of(idx):
        number, told, _ = idx.entries[0]
        idx.entries[0] = (number, told, 44)

    return (told, gone, order, bit, received, record_of)


@pytest.mark.parametrize("change", idx_changes(), ids=lambda change: change.__name__)
def test_an_index_of_other_events(ledger, change):
    idx = files.Idx(files.path_of(ledger, MERGED, "idx"))
    change(idx)
    files.replace(ledger, MERGED, "idx", idx.bytes())
    fault(ledger, files.path_of(ledger, MERGED, "idx").name)


@pytest.mark.parametrize("column, value", (
    ("time", "time + INTERVAL 1 SECOND"), ("time", "NULL"), ("id", "'id-4'"),
    ("operation", "'Send'"), ("operation", "NULL"), ("received", "received + INTERVAL 1 SECOND"),
    ("source", "'o365/SharePoint'"), ("tenant", "'0000-2'"), ("tenant", "NULL"),
    ("index", "7::UBIGINT"), ("index", "NULL")))
def test_columns_of_another_record(ledger, tmp_path, column, value):
    files.write_columns(
        ledger, MERGED, "SELECT * REPLACE (CASE WHEN index = "
        f"{TOLD} THEN {value} ELSE {column} END AS {column}) FROM {{0}}", tmp_path)
    name = files.path_of(ledger, MERGED, "parquet").name
    fault(ledger, name, "row without" if value == "NULL" and column == "index" else
          "record 7 is there twice" if column == "index" else column)


@pytest.mark.parametrize("select", (
    f"FROM {{0}} WHERE index <> {TOLD}", f"FROM {{0}} UNION ALL FROM {{0}} WHERE index = {TOLD}",
    "SELECT * EXCLUDE (operation) FROM {0}", "SELECT 1 AS x FROM {0}"),
    ids=("fewer", "more", "without", "others"))
def test_columns_that_are_not_those_of_the_segment(ledger, tmp_path, select):
    files.write_columns(ledger, MERGED, select, tmp_path)
    fault(ledger, files.path_of(ledger, MERGED, "parquet").name)


def test_what_is_not_a_parquet_file(ledger):
    for content in (b"", b"PAR1", b"PAR1" + bytes(40) + b"PAR1"):
        files.replace(ledger, SMALL, "parquet", content)
        fault(ledger, files.path_of(ledger, SMALL, "parquet").name)


def test_a_manifest_that_says_something_else(ledger):
    lines = (ledger.dir / "manifest").read_text()
    for number, field, value in ((SMALL, 1, "41"), (SMALL, 2, "44"), (SMALL, 3, "2026-02-30"),
                                 (MERGED, 0, "segments"), (MERGED, 1, "1")):
        files.change_line(ledger, number, field, value)
        fault(ledger, "manifest" if field != 2 else f"-{44:020}-")
        ledger.verify(check=None)
        (ledger.dir / "manifest").write_text(lines)
    # Of files that are in the folder of another day.
    day = next((ledger.dir / "segment").glob("2*"))
    day.rename(day.with_name("2020-01-01"))
    for number in (MERGED, SMALL):
        files.change_line(ledger, number, 3, "2020-01-01")
    fault(ledger, "is not of 2020-01-01")


# --- erased records ---

def erase(ledger, tmp_path, told=files.TOLD_ERASED):
    """As docs/ledger.md has it: the leaf's text, and of the columns what it says."""
    raw = files.Raw(files.path_of(ledger, MERGED, "raw"), tmp_path)
    idx = files.Idx(files.path_of(ledger, MERGED, "idx"))
    raw.frame(TOLD).erase(raw.leaf(TOLD), told)
    idx.entries = [(number, told if index == TOLD else old, index)
                   for number, old, index in idx.entries]
    files.replace(ledger, MERGED, "raw", raw.bytes())
    files.replace(ledger, MERGED, "idx", idx.bytes())


def test_an_erased_record_is_still_a_leaf(ledger, tmp_path):
    erase(ledger, tmp_path)
    name = files.path_of(ledger, MERGED, "parquet").name
    fault(ledger, name, f"time is not that of record {TOLD}")
    files.write_columns(ledger, MERGED, "SELECT * REPLACE ("
                        + ", ".join(f"CASE WHEN index <> {TOLD} THEN {column} END AS {column}"
                                    for column in ("time", "id", "operation"))
                        + ") FROM {0}", tmp_path)
    name = files.path_of(ledger, MERGED, "parquet").name
    fault(ledger, name, f"record {TOLD} was erased, and has still its ")
    files.write_columns(
        ledger, MERGED, f"FROM {{0}} WHERE index <> {TOLD} UNION ALL BY NAME "
        f"SELECT index, received, source, tenant, 'erased' AS kind FROM {{0}} "
        f"WHERE index = {TOLD}", tmp_path)
    assert "time of 45 of 45;" in audit("ledger", ledger.dir)
    ledger.verify()


def test_an_erased_record_tells_nothing(ledger, tmp_path):
    erase(ledger, tmp_path, b"\1" * 8)
    fault(ledger, files.path_of(ledger, MERGED, "raw").name, "still says what its event tells")
