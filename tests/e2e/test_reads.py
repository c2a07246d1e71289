"""Who reads people's records is recorded, before anything is shown, or it is said why not."""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

from conftest import FIRN, run
from ledger_files import records
from ledger_home import Ledger, record

# A confined process cannot look into itself for leaks.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
NOT_RECORDED = "firn: this read is not recorded in the ledger: "


@pytest.fixture
def ledger(tmp_path):
    ledger = Ledger(tmp_path / "home")
    ledger.add(20)
    return ledger


def reads(ledger):
    return [json.loads(r.raw) for r in records(ledger.dir) if r.source == "firn/read"]


def tree(path):
    return {p: hashlib.sha256(p.read_bytes()).hexdigest() if p.is_file() else ""
            for p in sorted(path.rglob("*"))}


def read(ledger, *words, env=(), **kwargs):
    return run(*words, recorded=True, env={**ledger.env, **dict(env)}, **kwargs)


def test_what_was_asked_and_by_whom(ledger, tmp_path):
    words = ["user:kim@example.org", "op:New*", '"a, b"']
    done = read(ledger, "search", ledger.dir, *words, "--count", "--format", "csv")
    assert not done.stderr
    done = read(ledger, "sql", ledger.dir, "SELECT 'x\xff' AS \"a\"")
    assert not done.stderr
    read(ledger, "prove", ledger.dir, "--index", "3", "--out", tmp_path / "proof")
    read(ledger, "prove", ledger.dir, "--id", "id-4", "--out", tmp_path / "proof")
    got = reads(ledger)
    assert [(r["by"], r["query"]) for r in got] == [
        ("search", " ".join(words)), ("sql", "SELECT 'x\xff' AS \"a\""), ("prove", "3"),
        ("prove", "id-4")]
    for r in got:
        assert r["user"]["uid"] == os.getuid() and r["at"].endswith("Z")
        assert "tenants" not in r
        assert r.get("purpose") == (None if r["by"] == "prove" else "not stated")
    ledger.verify()


def test_it_is_recorded_before_anything_is_shown(ledger):
    size = ledger.size()
    done = read(ledger, "search", ledger.dir, "--format", "ndjson")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [r["source"] for r in rows if r["index"] == size] == ["firn/read"]
    assert ledger.size() == size + 1


def test_a_proof_is_against_the_checkpoint_before(ledger, tmp_path):
    """Which may have been published; the read itself stands behind it."""
    ledger.firn("ledger", "publish", ledger.dir, tmp_path / "copy")
    size = ledger.size()
    read(ledger, "prove", ledger.dir, "--index", "3", "--out", tmp_path / "proof")
    assert ledger.size() == size + 1
    proof = (tmp_path / "proof").read_text()
    assert (tmp_path / "copy" / "checkpoint").read_text() in proof


def test_what_fails_before_it_reads_is_not_recorded(ledger):
    for words in (["search", ledger.dir, "usr:x"], ["search", ledger.dir, "--limit", "0"],
                  ["sql", ledger.dir], ["prove", ledger.dir, "--index", "x"]):
        read(ledger, *words, check=2)
    read(ledger, "prove", ledger.dir, "--index", "9999", check=1)
    for words in (["search", ledger.root], ["sql", ledger.root, "SELECT 1"],
                  ["prove", ledger.root, "--index", "0"]):
        assert NOT_RECORDED.encode() not in read(ledger, *words, check=2).stderr
    assert not reads(ledger)


def expect_unrecorded(ledger, why, before, **kwargs):
    for words in (["search", ledger.dir, "--count"], ["sql", ledger.dir, "SELECT 1"],
                  ["prove", ledger.dir, "--index", "3"]):
        done = read(ledger, *words, **kwargs)
        line, = done.stderr.decode().splitlines()
        assert line.startswith(NOT_RECORDED) and why in line
        assert done.stdout
    assert tree(ledger.dir) == before


def test_without_a_key(ledger, tmp_path):
    before = tree(ledger.dir)
    expect_unrecorded(ledger, "log.example-a.key': No such file", before,
                      env={"XDG_CONFIG_HOME": str(tmp_path / "nothing")})


def test_with_a_key_of_another_log(ledger, tmp_path):
    before = tree(ledger.dir)
    run("keys", "new", tmp_path / "log.example-a.key", "--name", "log.example/a")
    (tmp_path / "firn").mkdir()
    os.rename(tmp_path / "log.example-a.key", tmp_path / "firn" / "log.example-a.key")
    expect_unrecorded(ledger, "is not the one that signs", before,
                      env={"XDG_CONFIG_HOME": str(tmp_path)})


def test_where_nothing_can_be_written(ledger):
    """A bind mount that is read only, in a mount namespace of its own."""
    enter = ["unshare", "--mount", "sh", "-c",
             'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"',
             "enter", ledger.dir]
    if subprocess.run([*enter, "true"], capture_output=True).returncode:
        pytest.skip("no mount can be made here")
    before = tree(ledger.dir)
    for words in (["search", ledger.dir, "--count"], ["prove", ledger.dir, "--index", "3"]):
        done = subprocess.run([*enter, FIRN, *words], env=ledger.env, capture_output=True)
        assert done.returncode == 0 and done.stdout
        line, = done.stderr.decode().splitlines()
        assert line.startswith(NOT_RECORDED) and "Read-only file system" in line
    assert tree(ledger.dir) == before


@pytest.fixture
def open_place():
    """A folder that everybody can reach."""
    place = pathlib.Path(tempfile.mkdtemp(dir="/tmp"))
    place.chmod(0o777)
    yield place
    shutil.rmtree(place)


def test_by_someone_who_may_only_read(open_place):
    """Whoever may read the files is not kept from it, and it is said."""
    if os.geteuid() != 0:
        pytest.skip("only root can be somebody else")
    ledger = Ledger(open_place / "home")
    ledger.add(20)
    for path in (ledger.dir, *ledger.dir.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    other = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "env",
             f"XDG_CONFIG_HOME={open_place}/c", f"XDG_STATE_HOME={open_place}/s"]
    if subprocess.run([*other, FIRN, "--version"], capture_output=True).returncode:
        pytest.skip("others cannot run the program where it lies")
    before = tree(ledger.dir)
    done = subprocess.run([*other, FIRN, "prove", ledger.dir, "--index", "3"],
                          capture_output=True)
    assert done.returncode == 0 and done.stdout
    assert done.stderr.decode().startswith(NOT_RECORDED)
    assert tree(ledger.dir) == before


def test_through_a_writer_no_key_is_needed(ledger, tmp_path):
    os.mkfifo(tmp_path / "slow")
    importer = subprocess.Popen([FIRN, "import", ledger.dir, tmp_path / "slow"], env=ledger.env,
                                stdout=subprocess.DEVNULL)
    with open(tmp_path / "slow", "wb") as pipe:
        pipe.write(record(100).encode() + b"\n")
        pipe.flush()
        while not (ledger.dir / "control").exists():
            assert importer.poll() is None
        done = read(ledger, "search", ledger.dir, "--count",
                    env={"XDG_CONFIG_HOME": str(tmp_path / "nothing")})
        assert not done.stderr
        assert [r["by"] for r in reads(ledger)] == ["search"]
    assert importer.wait(60) == 0
    ledger.verify()


def test_many_at_once_are_all_recorded(ledger):
    readers = [subprocess.Popen([FIRN, "prove", ledger.dir, "--index", str(n)], env=ledger.env,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
               for n in range(12)]
    for reader in readers:
        _, err = reader.communicate(timeout=120)
        assert reader.returncode == 0 and not err
    assert sorted(int(r["query"]) for r in reads(ledger)) == list(range(12))
    ledger.verify()
