"""verify, prove, verify-proof, ledger publish and stat, and others' checkers."""

import base64
import json
import pathlib
import shutil
import subprocess

import pytest

from audit import audit, tlogcheck
from conftest import FIRN, ROOT, run
from ledger_home import ORIGIN, Ledger, record


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path)


# --- verify ---

def test_a_ledger_verifies(ledger):
    assert "0 of 0 records" in ledger.verify()
    ledger.add(300)
    text = ledger.verify()
    assert "302 of 302 records" in text and "0 records before" in text
    assert "a key in the ledger itself" in text
    answer = json.loads(ledger.verify("--format", "json", "--key", ledger.key))
    assert answer["ok"] and answer["verified"] == 302 and answer["key"] == "given"
    assert answer["seen"] == 302 and answer["signer"] == ledger.key
    quick = json.loads(ledger.verify("--quick", "--format", "json"))
    assert quick["check"] == "sample" and quick["verified"] == 302
    assert "302 records" in audit("ledger", ledger.dir, "--key", ledger.key)


def test_a_fault_is_named(ledger):
    ledger.add(20)
    wal = next((ledger.dir / "wal").iterdir())
    good = wal.read_bytes()
    at = good.index(b'"id-7"') + 4
    wal.write_bytes(good[:at] + b"8" + good[at + 1:])
    assert wal.name in ledger.verify(check=1)
    assert wal.name in ledger.verify("--quick", check=1)
    assert wal.name in audit("ledger", ledger.dir, check=1)
    wal.write_bytes(good)
    hashes = ledger.dir / "hash" / "0"
    bytes_ = bytearray(hashes.read_bytes())
    bytes_[32 * 5] ^= 1
    hashes.write_bytes(bytes_)
    assert "hash/0': hash 5 " in ledger.verify(check=1)
    assert "hash/0': hash 5 " in audit("ledger", ledger.dir, check=1)
    answer = run("verify", ledger.dir, "--format", "json", check=1, env=ledger.env).stdout
    assert json.loads(answer)["ok"] is False


def test_a_log_that_was_rewritten_or_set_back_is_found(ledger, tmp_path):
    ledger.add(10)
    shutil.copytree(ledger.dir, tmp_path / "old")
    ledger.add(10)
    ledger.verify()
    current = ledger.dir.rename(tmp_path / "current")
    (tmp_path / "old").rename(ledger.dir)
    assert "one for 24 was seen here before" in ledger.verify(check=1)
    shutil.rmtree(ledger.dir)
    current.rename(ledger.dir)
    ledger.verify()
    # Of the same origin, by the same key, but another log.
    (tmp_path / "other").mkdir()
    other = Ledger(tmp_path / "other")
    other.add(40)
    other.env = ledger.env
    assert "the log was rewritten" not in ledger.verify()
    assert "the log was rewritten" in other.verify(check=1)


def test_a_ledger_verifies_while_it_grows(ledger, tmp_path):
    path = tmp_path / "many.ndjson"
    path.write_text("".join(record(n) + "\n" for n in range(60000)))
    writer = subprocess.Popen([FIRN, "import", ledger.dir, path, "--progress", "never"],
                              env=ledger.env, stdout=subprocess.DEVNULL)
    sizes = set()
    while True:
        done = writer.poll() is not None
        for options in ([], ["--quick"]):
            answer = json.loads(ledger.verify("--format", "json", *options))
            sizes.add(answer["size"])
        ledger.firn("ledger", "publish", ledger.dir, tmp_path / "copy")
        audit("ledger", ledger.dir)
        if done:
            break
    assert writer.returncode == 0 and max(sizes) == 60002
    audit("published", tmp_path / "copy", "--key", ledger.key)


def test_what_is_no_ledger_has_no_answer(ledger, tmp_path):
    for command in (["verify"], ["prove", "--index", "0"], ["ledger", "stat"]):
        ledger.firn(*command, tmp_path, check=2)
    ledger.verify("--key", "no-key", check=2)
    assert "is not signed by" in ledger.verify(
        "--key", ledger.firn("keys", "new", tmp_path / "k", "--name", "x").strip(), check=1)


# --- proofs ---

def prove(ledger, tmp_path, *which, check=0):
    path = tmp_path / "p.tlog-proof"
    return path, ledger.firn("prove", ledger.dir, *which, "--out", path, check=check)


def test_a_record_is_proven(ledger, tmp_path):
    ledger.add(300)
    raw = tmp_path / "raw"
    raw.write_text(record(250))
    path, _ = prove(ledger, tmp_path, "--index", "251")
    key = ("--key", ledger.key)
    text = ledger.firn("verify-proof", path, "--record", raw, *key)
    assert "record 251 of the ledger 'log.example/a'" in text and text.count("\n") == 1
    assert "of tenant '0000-1'" in text
    assert "this is record 251" in audit("proof", path, "--record", raw, *key)
    assert ledger.firn("verify-proof", path, "--record", "-", *key,
                       input=record(250).encode()) == text
    # Without the record: something was there.
    assert "proven: there is record 251" in ledger.firn("verify-proof", path, *key)
    assert "there is a record 251" in audit("proof", path, *key)
    for wanted in ("id-250", "o365.audit:id-250"):
        again, _ = prove(ledger, tmp_path, "--id", wanted)
        assert "\nindex 251\n" in again.read_text()


def test_what_is_not_proven(ledger, tmp_path):
    ledger.add(20)
    path, _ = prove(ledger, tmp_path, "--index", "5")
    raw = tmp_path / "raw"
    raw.write_text(record(4) + "\n")
    key = ("--key", ledger.key)
    refused = ("verify-proof", path, "--record", raw, *key)
    assert "are not those of record 5" in ledger.firn(*refused, check=1)
    audit("proof", path, "--record", raw, *key, check=1)
    raw.write_text(record(4))
    ledger.firn(*refused)
    stranger = ledger.firn("keys", "new", tmp_path / "k", "--name", ORIGIN).strip()
    assert "is not signed by" in ledger.firn("verify-proof", path, "--key", stranger, check=1)
    audit("proof", path, "--key", stranger, check=1)
    good = path.read_bytes()
    for at in range(len(good)):
        changed = bytearray(good)
        changed[at] ^= 1
        path.write_bytes(changed)
        if at % 7 == 0:
            ledger.firn(*refused, check=1)
        if at % 97 == 0:
            audit("proof", path, "--record", raw, *key, check=1)
    _, text = prove(ledger, tmp_path, "--index", "22", check=1)
    assert "no record 22" in text
    _, text = prove(ledger, tmp_path, "--id", "id-20", check=1)
    assert "no record of an event 'id-20'" in text
    prove(ledger, tmp_path, check=2)


def test_the_families_of_ids_are_all_known():
    """event_families[] is what the readers set."""
    text = "".join(p.read_text() for p in (ROOT / "src" / "event").glob("read_*.c"))
    lines = [line for line in text.replace("=\n", "= ").splitlines() if "event->family =" in line]
    used = {word for line in lines for word in line.split('"')[1::2]}
    source = (ROOT / "src" / "event" / "identity.c").read_text()
    listed = source.split("event_families[] = {")[1].split("}")[0].split('"')[1::2]
    assert used == set(listed)


# --- publishing ---

def published(copy):
    return {p.relative_to(copy): p.read_bytes() for p in copy.rglob("*") if p.is_file()}


def test_a_copy_grows_in_place(ledger, tmp_path):
    copy = tmp_path / "copy"
    for size in (0, 3, 255, 258, 600):
        if size:
            ledger.grow(size)
        before = published(copy) if copy.exists() else {}
        ledger.firn("ledger", "publish", ledger.dir, copy, "--bundles")
        after = published(copy)
        assert (copy / "checkpoint").read_bytes() == (ledger.dir / "checkpoint").read_bytes()
        for path, content in before.items():
            assert str(path) == "checkpoint" or after[path] == content, path
        assert f"{size} leaves" in audit("published", copy, "--key", ledger.key)
    assert pathlib.Path("tile/0/000.p/255") in after
    assert pathlib.Path("tile/1/000.p/2") in after
    assert "600 entries ok" in tlogcheck(copy, ledger.key)


def test_a_copy_of_256_is_full(ledger, tmp_path):
    ledger.grow(256)
    copy = tmp_path / "copy"
    ledger.firn("ledger", "publish", ledger.dir, copy, "--bundles")
    names = {str(p) for p in published(copy)}
    assert names == {"checkpoint", "tile/0/000", "tile/1/000.p/1", "tile/entries/000"}
    audit("published", copy, "--key", ledger.key)
    assert "256 entries ok" in tlogcheck(copy, ledger.key)


def test_a_large_copy(ledger, tmp_path):
    ledger.grow(70000)
    copy = tmp_path / "copy"
    ledger.firn("ledger", "publish", ledger.dir, copy)
    names = {str(p) for p in published(copy)}
    assert {"tile/0/272", "tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17",
            "tile/2/000.p/1"} <= names
    assert len(names) == 273 + 1 + 2 + 1 + 1
    assert "70000 leaves" in audit("published", copy, "--key", ledger.key)
    # Entries that are asked for later are all written.
    ledger.firn("ledger", "publish", ledger.dir, copy, "--bundles")
    assert "entries, too" in audit("published", copy, "--key", ledger.key)


def test_a_copy_that_was_cut_off_is_finished(ledger, tmp_path):
    ledger.grow(300)
    copy = tmp_path / "copy"
    ledger.firn("ledger", "publish", ledger.dir, copy, "--bundles")
    old = (copy / "checkpoint").read_bytes()
    ledger.grow(900)
    ledger.firn("ledger", "publish", ledger.dir, copy)
    whole = published(copy)
    # As if it had ended before the checkpoint, or before a bundle, too.
    (copy / "checkpoint").write_bytes(old)
    (copy / "tile" / "entries" / "002").unlink()
    (copy / "tile" / "0" / "002").write_bytes(b"half")
    audit("published", copy, "--key", ledger.key)
    ledger.firn("ledger", "publish", ledger.dir, copy)
    assert published(copy) == whole


def test_a_copy_of_another_log_is_refused(ledger, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(ledger.dir, tmp_path / "old")
    ledger.add(10)
    ledger.firn("ledger", "publish", ledger.dir, copy)
    before = published(copy)
    assert "never shrinks" in ledger.firn(
        "ledger", "publish", tmp_path / "old", copy, check=1)
    for name, origin, why in (("b", ORIGIN, "has another root"),
                              ("c", "log.example/c", "is a copy of")):
        (tmp_path / name).mkdir()
        other = Ledger(tmp_path / name, origin)
        other.add(20)
        assert why in other.firn("ledger", "publish", other.dir, copy, check=1)
    assert published(copy) == before


def test_damage_of_a_copy_is_found_by_others(ledger, tmp_path):
    ledger.grow(300)
    copy = tmp_path / "copy"
    ledger.firn("ledger", "publish", ledger.dir, copy, "--bundles")
    for name in ("tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "checkpoint"):
        good = (copy / name).read_bytes()
        (copy / name).write_bytes(good[:9] + bytes([good[9] ^ 1]) + good[10:])
        audit("published", copy, "--key", ledger.key, check=1)
        (copy / name).write_bytes(good)
    (copy / "tile" / "entries" / "000").unlink()
    assert "is missing" in audit("published", copy, "--key", ledger.key, check=1)


# --- stat ---

def test_stat_counts(ledger):
    ledger.add(20)
    stat = ledger.stat()
    assert stat["origin"] == ORIGIN and stat["keys"] == [ledger.key]
    assert stat["size"] == sum(s["records"] for s in stat["streams"]) == 22
    assert {"source": "o365/Exchange", "tenant": "0000-1", "records": 20} in stat["streams"]
    assert stat["bytes"]["hash"] == 22 * 32
    assert stat["checkpoint"] == (ledger.dir / "checkpoint").read_text()
    assert len(base64.b64decode(stat["root"])) == 32
    table = ledger.firn("ledger", "stat", ledger.dir)
    assert "22 records" in table
    rows = [line for line in table.splitlines() if line.startswith(("source", "o365/", "firn/"))]
    assert len(rows) == 4 and len({len(row) for row in rows}) == 1
