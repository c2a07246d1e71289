"""ledger erase, expire and reindex: records are destroyed, and all proofs of others hold."""

import json
import os
import random
import signal
import subprocess
import time

import pytest

from audit import audit
from conftest import FIRN
from ledger_home import Ledger
from test_segments import files, manifest, rows

ROUNDS = int(os.environ.get("FIRN_KILL_ROUNDS", "8"))


def mail(n, user):
    return json.dumps({
        "CreationTime": f"2026-10-05T12:00:{n % 60:02}", "Id": f"m{n}", "Operation": "Send",
        "RecordType": 2, "UserId": user, "Workload": "Exchange", "Subject": f"secret-of-{user}",
        "OrganizationId": "contoso"}, separators=(",", ":"))


def fill(root, count=60):
    ledger = Ledger(root)
    ledger.export = root / "mails.ndjson"
    ledger.export.write_text("".join(
        mail(n, f"{'anna' if n % 3 == 0 else 'kim'}@contoso.example") + "\n"
        for n in range(count)))
    ledger.firn("import", ledger.dir, ledger.export, "--progress", "never")
    return ledger


@pytest.fixture
def ledger(tmp_path):
    return fill(tmp_path)


def own(ledger, stream):
    found = rows(ledger, "SELECT decode(raw(index)) AS r FROM records "
                         f"WHERE source = 'firn/{stream}' ORDER BY index")
    return [json.loads(row["r"]) for row in found]


def prove(ledger, index):
    path = ledger.root / f"{index}.proof"
    ledger.firn("prove", ledger.dir, "--index", index, "--out", path)
    return path


ERASE = ("--query", "user:anna@contoso.example", "--reason", "request 4711")


def test_nothing_is_erased_before_it_was_shown(ledger):
    before = rows(ledger)
    done = subprocess.run([FIRN, "ledger", "erase", ledger.dir, *ERASE], env=ledger.env,
                          capture_output=True)
    assert done.returncode == 1
    assert b"o365/Exchange  20 " in done.stdout and b"20 records would be" in done.stdout
    assert rows(ledger) == before
    assert "'ledger erase' wants" in ledger.firn(
        "ledger", "erase", ledger.dir, "--reason", "x", check=2)
    assert "no option --query" in ledger.firn(
        "ledger", "expire", ledger.dir, "--query", "x", "--before", "2026-01-01", "--reason",
        "x", check=2)
    assert "is no day" in ledger.firn(
        "ledger", "expire", ledger.dir, "--before", "soon", "--reason", "x", check=2)
    assert "query:1" in ledger.firn(
        "ledger", "erase", ledger.dir, "--query", "usr:x", "--reason", "x", check=2)


@pytest.mark.parametrize("sealed", (False, True), ids=("in the WAL", "sealed"))
def test_records_are_destroyed_and_the_log_holds(ledger, sealed):
    if sealed:
        ledger.firn("ledger", "seal", ledger.dir)
    before = rows(ledger)
    gone = [r["index"] for r in before if r["actor_name"] == "anna@contoso.example"]
    kept = [r["index"] for r in before if r["index"] not in gone]
    old = {i: prove(ledger, i) for i in (gone[3], kept[7])}
    assert "20 records erased" in ledger.firn("ledger", "erase", ledger.dir, *ERASE, "--yes")
    ledger.verify()
    after = {r["index"]: r for r in rows(ledger)}
    for row in before:
        if row["index"] in kept:
            assert after[row["index"]] == row
            continue
        left = {"index", "received", "source", "tenant"}
        assert after[row["index"]] == {
            k: v if k in left else "erased" if k == "kind" else None for k, v in row.items()}
    # Neither in a file that is not packed, nor in one that is.
    assert subprocess.run(["grep", "-rlF", "anna@", ledger.dir]).returncode == 1
    texts = rows(ledger, "SELECT decode(raw(index)) AS r FROM records ORDER BY index")
    assert [i for i, t in enumerate(texts) if t["r"] is None] == gone
    assert not any("anna@" in (t["r"] or "") for t in texts)
    # The proofs from before hold, those of today, too, and the record cannot be shown any more.
    for proof in (*old.values(), prove(ledger, kept[7])):
        ledger.firn("verify-proof", proof, "--key", ledger.key)
    raw = ledger.root / "raw"
    raw.write_text(mail(3 * 3, "anna@contoso.example"))
    ledger.firn("verify-proof", old[gone[3]], "--key", ledger.key, "--record", raw)
    assert "was erased" in ledger.firn(
        "verify-proof", prove(ledger, gone[3]), "--key", ledger.key, "--record", raw, check=1)
    audit("ledger", ledger.dir, "--key", ledger.key)
    # What was taken out does not come in again.
    more = ledger.root / "more.ndjson"
    more.write_text(ledger.export.read_text() + mail(1000, "kim@contoso.example") + "\n")
    done = json.loads(ledger.firn("import", ledger.dir, more, "--format", "json", "--progress",
                                  "never"))
    assert done["events"] == 1 and done["duplicates"] == 60
    begun, = own(ledger, "erasure")
    ended, = own(ledger, "erased")
    for told in (begun, ended):
        assert (told["by"], told["reason"], told["records"]) == ("erase", "request 4711", 20)
        assert told["user"]["uid"] == os.getuid() and told["at"]
    assert "no records to erase" in ledger.firn("ledger", "erase", ledger.dir, *ERASE)
    ledger.verify("--quick")


def test_words_in_the_text_of_a_record_will_do(ledger):
    ledger.firn("ledger", "erase", ledger.dir, "--query", "secret-of-anna", "--reason", "x",
                "--yes")
    assert rows(ledger, "SELECT count(*) n FROM records WHERE kind = 'erased'") == [{"n": 20}]
    ledger.verify()


def test_what_is_old_expires(ledger):
    ledger.firn("ledger", "seal", ledger.dir)
    expire = ("ledger", "expire", ledger.dir, "--reason", "kept for a year")
    assert "no records" in ledger.firn(*expire, "--before", "2026-01-01", "--yes")
    assert "no records" in ledger.firn(*expire, "--before", "2999-01-01", "--source", "entra",
                                       "--yes")
    assert "60 records erased" in ledger.firn(*expire, "--before", "2999-01-01", "--source",
                                              "o365", "--yes")
    assert "no records" in ledger.firn(*expire, "--before", "2999-01-01", "--source", "o365")
    assert own(ledger, "erased")[0]["by"] == "expire"
    left = rows(ledger, "SELECT DISTINCT kind, source FROM records ORDER BY ALL")
    assert [r["source"] for r in left if r["kind"] is None] == [
        "firn/delivered", "firn/delivery", "firn/erased", "firn/erasure"]
    assert [r["source"] for r in left if r["kind"]] == ["o365/Exchange"]
    ledger.verify()
    audit("ledger", ledger.dir, "--key", ledger.key)


def test_columns_are_made_again(ledger):
    ledger.firn("ledger", "seal", ledger.dir)
    before, segments = rows(ledger), manifest(ledger)
    assert "0 of 1 segments" in ledger.firn("ledger", "reindex", ledger.dir)
    assert "1 of 1 segments" in ledger.firn("ledger", "reindex", ledger.dir, "--all")
    assert rows(ledger) == before
    # Only the columns are new, and they are what they were.
    assert [s[4:7:2] for s in manifest(ledger)] == [s[4:7:2] for s in segments]
    assert len(files(ledger, ".parquet")) == 1
    ledger.verify()


def test_who_is_killed_runs_it_again(tmp_path):
    chance = random.Random(11)
    for n in range(ROUNDS):
        root = tmp_path / str(n)
        root.mkdir()
        ledger = fill(root, 300)
        if n % 2:
            ledger.firn("ledger", "seal", ledger.dir)
        process = subprocess.Popen(
            [FIRN, "ledger", "erase", ledger.dir, *ERASE, "--yes"], env=ledger.env,
            start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.random() * 1.5)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        size = ledger.size()
        ledger.firn("ledger", "erase", ledger.dir, *ERASE, "--yes")
        assert ledger.size() >= size
        ledger.verify()
        assert rows(ledger, "SELECT count(*) n FROM records WHERE kind = 'erased'") == [
            {"n": 100}]
        assert subprocess.run(["grep", "-rlF", "anna@", ledger.dir]).returncode == 1
        subprocess.run(["rm", "-rf", root], check=True)
