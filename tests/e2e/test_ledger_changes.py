"""Ledgers whose key changes, that go on under another name, and whose witnesses
are asked by themselves: keys rotate, ledger recover, cosign --keep."""

import json
import os
import random
import shutil
import signal
import subprocess
import time

import pytest

from conftest import FIRN
from test_ledger import Ledger, audit, published, record
from tlog import Key
from witness import Witness

NEXT = "log.example/next"

# How often changes are killed, some times each; then each is let through.  A
# ledger changes 100 times at most.
ROUNDS = int(os.environ.get("FIRN_KILL_ROUNDS", "36"))
CHANGES = min(90, (ROUNDS + 2) // 3)
KILLS = (ROUNDS + CHANGES - 1) // CHANGES


@pytest.fixture
def ledger(tmp_path):
    made = Ledger(tmp_path)
    made.add(20)
    return made


def rotate(ledger, name, *options, check=0):
    """To a key of its own file; imports use it from then on."""
    text = ledger.firn("keys", "rotate", ledger.dir, "--new", ledger.root / name,
                       *options, check=check)
    if not check:
        ledger.secret = ledger.root / name
    return text


def add(ledger, count, check=0):
    """Imports new records with the key that signs now."""
    path = ledger.root / f"{ledger.records}.ndjson"
    numbers = range(ledger.records, ledger.records + count)
    path.write_text("".join(record(n) + "\n" for n in numbers))
    ledger.records += count
    key = getattr(ledger, "secret", None)
    return ledger.firn("import", ledger.dir, path, "--progress", "never",
                       *(["--key", key] if key else []), check=check)


def verified(ledger, *options):
    return json.loads(ledger.verify("--format", "json", *options))


def recover(ledger, name=NEXT, *options, check=0):
    return ledger.firn("ledger", "recover", ledger.dir, "--new-origin", name,
                       "--reason", "the disk died", *options, check=check)


def lose(ledger, count):
    """Imports, and then the folder is as it was before."""
    shutil.copytree(ledger.dir, ledger.root / "copy")
    add(ledger, count)
    shutil.rmtree(ledger.dir)
    (ledger.root / "copy").rename(ledger.dir)


# --- another key ---

def test_another_key_signs(ledger, tmp_path):
    text = rotate(ledger, "new.key")
    assert "signs since   record 22, instead of log.example/a+" in text
    assert (tmp_path / "new.key").stat().st_mode & 0o777 == 0o600
    keys = (ledger.dir / "keys.pub").read_text().splitlines()
    assert keys[0] == ledger.key and len(keys) == 2 and keys[1] in text
    # The old one, which is where it is by default, is told who signs now.
    old = ledger.root / "old.ndjson"
    old.write_text(record(999) + "\n")
    refused = ledger.firn("import", ledger.dir, old, check=2)
    assert "up to record 22; since then " + keys[1].split("+")[1] in refused
    add(ledger, 10)
    for options in ([], ["--quick"]):
        answer = verified(ledger, "--key", ledger.key, *options)
        assert answer["key"] == "followed" and answer["signer"] == keys[1]
        assert answer["changes"] == 1 and answer["was"] is None
        assert verified(ledger, "--key", keys[1], *options)["key"] == "given"
        assert verified(ledger, *options)["key"] == "ledger"
    assert "lead from the key that you gave" in ledger.verify("--key", ledger.key)
    for key in keys:
        assert "35 records" in audit("ledger", ledger.dir, "--key", key)
    assert ledger.stat()["keys"] == keys
    streams = {s["source"]: s["records"] for s in ledger.stat()["streams"]}
    assert streams["firn/key"] == 1


def test_it_is_done_once(ledger):
    assert "already" not in rotate(ledger, "new.key")
    assert "already" in rotate(ledger, "new.key")
    add(ledger, 1)
    assert "record 22, already" in rotate(ledger, "new.key")
    for number in range(3):
        rotate(ledger, f"{number}.key", "--key", ledger.secret)
    answer = verified(ledger, "--key", ledger.key)
    assert answer["changes"] == 4 and answer["key"] == "followed"
    audit("ledger", ledger.dir, "--key", ledger.key)


def test_what_does_not_fit_changes_nothing(ledger, tmp_path):
    before = published(ledger.dir)
    ledger.firn("keys", "new", tmp_path / "other", "--name", "log.example/b")
    ledger.firn("keys", "new", tmp_path / "w", "--name", "log.example/a", "--cosigner")
    assert "is of 'log.example/b'" in rotate(ledger, "other", check=2)
    assert "cosigner" in rotate(ledger, "w", check=2)
    (tmp_path / "open").write_text((tmp_path / "other").read_text())
    (tmp_path / "open").chmod(0o644)
    assert "chmod 600" in rotate(ledger, "open", check=2)
    assert published(ledger.dir) == before


def test_a_running_import_is_not_disturbed(ledger, tmp_path):
    path = tmp_path / "many.ndjson"
    path.write_text("".join(record(n) + "\n" for n in range(1000, 200000)))
    writer = subprocess.Popen([FIRN, "import", ledger.dir, path, "--progress", "never"],
                              env=ledger.env, stdout=subprocess.DEVNULL)
    for _ in range(1000):
        if ledger.size() > 22:
            break
        time.sleep(0.01)
    assert writer.poll() is None
    assert "another process writes to the ledger" in rotate(ledger, "new.key", check=2)
    assert "another process writes to the ledger" in recover(ledger, check=2)
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    rotate(ledger, "new.key")
    ledger.firn("import", ledger.dir, path, "--progress", "never", "--key", ledger.secret)
    assert ledger.size() == 22 + 1 + 2 + 199000
    assert verified(ledger, "--key", ledger.key)["key"] == "followed"


def test_a_key_that_no_record_introduces(ledger, tmp_path):
    rotate(ledger, "new.key")
    add(ledger, 3)
    stranger = ledger.firn("keys", "new", tmp_path / "k", "--name", "log.example/a")
    keys, changes = ledger.dir / "keys.pub", ledger.dir / "changes"
    good, said = keys.read_text(), changes.read_text()
    keys.write_text(good + stranger)
    for options in ([], ["--quick"], ["--key", ledger.key]):
        assert "keys.pub:3': no record of the log" in ledger.verify(*options, check=1)
    assert "keys.pub:3: no record" in audit("ledger", ledger.dir, check=1)
    keys.write_text(good)
    changes.unlink()
    assert "keys.pub:2': no record of the log" in ledger.verify("--key", ledger.key, check=1)
    assert "keys.pub:2: no record" in audit("ledger", ledger.dir, check=1)
    for at in range(0, len(said), 7):
        changes.write_text(said[:at] + ("A" if said[at] != "A" else "B") + said[at + 1:])
        ledger.verify("--quick", check=1)
        if at % 91 == 0:
            audit("ledger", ledger.dir, check=1)
    changes.write_text(said)
    ledger.verify("--key", ledger.key)


def test_a_proof_leads_on_from_the_old_key(ledger, tmp_path):
    rotate(ledger, "new.key")
    add(ledger, 3)
    proof, raw = tmp_path / "p.tlog-proof", tmp_path / "raw"
    ledger.firn("prove", ledger.dir, "--index", "5", "--out", proof)
    raw.write_text(record(4))
    for key in (ledger.dir / "keys.pub").read_text().splitlines():
        given = ("--record", raw, "--key", key)
        text = ledger.firn("verify-proof", proof, *given)
        assert ("to which the key that you gave has led" in text) == (key == ledger.key)
        assert "this is record 5" in audit("proof", proof, *given)
    stranger = ledger.firn("keys", "new", tmp_path / "k", "--name", "log.example/a").strip()
    assert "is not signed by" in ledger.firn("verify-proof", proof, "--key", stranger, check=1)
    audit("proof", proof, "--key", stranger, check=1)
    # A published copy has no records: who has the old key only is told who signs.
    copy = tmp_path / "copy"
    ledger.firn("ledger", "publish", ledger.dir, copy)
    assert "but by log.example/a" in audit("published", copy, "--key", ledger.key, check=1)


def test_records_of_firn_s_own_are_sealed_too(ledger):
    rotate(ledger, "new.key")
    add(ledger, 5)
    ledger.firn("ledger", "seal", ledger.dir)
    # A confined process cannot look into itself for leaks.
    ledger.env["ASAN_OPTIONS"] = ledger.env.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    assert verified(ledger, "--key", ledger.key)["changes"] == 1
    found = ledger.firn("search", ledger.dir, "op:New-InboxRule", "--count")
    assert "25" in found
    # And so they may be when key and name change again.
    rotate(ledger, "third.key", "--key", ledger.secret)
    add(ledger, 5)
    ledger.firn("ledger", "seal", ledger.dir)
    lose(ledger, 5)
    ledger.firn("ledger", "seal", ledger.dir)
    assert "are lost" in recover(ledger, NEXT, "--key", ledger.secret)
    del ledger.secret
    add(ledger, 5)
    ledger.firn("ledger", "seal", ledger.dir)
    for options in ([], ["--quick"]):
        answer = verified(ledger, "--key", ledger.key, *options)
        assert answer["changes"] == 3 and answer["key"] == "followed"
    assert "whose records" in audit("ledger", ledger.dir, "--key", ledger.key)


def kill_at_random(ledger, args, most=0.05):
    """Starts firn and kills it; whether it had ended before."""
    process = subprocess.Popen([FIRN, *map(str, args)], env=ledger.env,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(random.random() * most)
    process.send_signal(signal.SIGKILL)
    return process.wait() == 0


def test_killed_at_any_moment_a_key_changes_once(ledger):
    for number in range(CHANGES):
        old = getattr(ledger, "secret", ledger.root / "config/firn/log.example-a.key")
        new = ledger.root / f"{number}.key"
        args = ["keys", "rotate", ledger.dir, "--key", old, "--new", new]
        for _ in range(KILLS):
            kill_at_random(ledger, args)
            assert verified(ledger, "--quick", "--key", ledger.key)["ok"]
        rotate(ledger, new.name, "--key", old)
        add(ledger, 1)
    answer = verified(ledger, "--key", ledger.key)
    assert answer["changes"] == CHANGES and answer["size"] == 22 + CHANGES * 4
    audit("ledger", ledger.dir, "--key", ledger.key)


# --- another name ---

def test_an_older_copy_goes_on_under_another_name(ledger, tmp_path):
    ledger.verify()
    lose(ledger, 10)
    refused = ledger.firn("import", ledger.dir, tmp_path / "20.ndjson", check=2)
    assert "go on under another name: 'firn ledger recover'" in refused
    text = recover(ledger)
    assert "was           log.example/a, of which the records 22 to 33 are lost" in text
    assert "the old key has signed it, too" in text
    assert (ledger.dir / "origin").read_text() == NEXT + "\n"
    new = (ledger.dir / "keys.pub").read_text().strip()
    assert new in text and new.startswith(NEXT)
    # What was lost can be brought again.
    ledger.firn("import", ledger.dir, tmp_path / "20.ndjson", "--progress", "never")
    answer = verified(ledger, "--key", ledger.key)
    assert answer["key"] == "followed" and answer["size"] == 22 + 1 + 12
    was = answer["was"]
    assert (was["origin"], was["kept"], was["lost_end"]) == ("log.example/a", 22, 34)
    assert was["by_old_key"] and was["reason"] == "the disk died" and was["who"]
    told = "was log.example/a, whose records 22 to 33 are lost: the disk died"
    for key in (ledger.key, new):
        assert told in audit("ledger", ledger.dir, "--key", key)
    assert "whose records 22 to 33 are lost: the disk died" in ledger.verify()
    # The old name is used up.
    assert "was signed" in ledger.firn("init", tmp_path / "x", "--origin", "log.example/a",
                                       check=2)
    assert "already" in recover(ledger)
    proof = tmp_path / "p"
    ledger.firn("prove", ledger.dir, "--index", "3", "--out", proof)
    for key in (ledger.key, new):
        ledger.firn("verify-proof", proof, "--key", key)
        audit("proof", proof, "--key", key)
    # A copy of the old name stays what it was.
    assert "is a copy of" not in ledger.firn("ledger", "publish", ledger.dir, tmp_path / "c")


def test_what_others_saw_must_be_told_as_lost(ledger, tmp_path):
    shutil.copytree(tmp_path / "state", tmp_path / "state.before")
    shutil.copytree(ledger.dir, tmp_path / "copy")
    add(ledger, 5)
    shutil.copytree(tmp_path / "state", tmp_path / "state.5")
    add(ledger, 5)
    ledger.verify()
    seen = tmp_path / "state" / "firn" / "verified"
    shutil.copytree(seen, tmp_path / "seen")
    shutil.rmtree(ledger.dir)
    (tmp_path / "copy").rename(ledger.dir)
    shutil.rmtree(tmp_path / "state")
    (tmp_path / "state.5").rename(tmp_path / "state")
    recover(ledger)
    shutil.copytree(tmp_path / "seen", seen)
    assert "is not true of 'log.example/a': one checkpoint of it was seen here" in (
        ledger.verify(check=1))
    shutil.rmtree(seen)
    ledger.verify()


def test_it_is_only_for_what_is_lost(ledger, tmp_path):
    before = published(ledger.dir)
    assert "it keeps its name" in recover(ledger, check=2)
    assert published(ledger.dir) == before
    for args in (["--new-origin", NEXT], ["--reason", "x"],
                 ["--new-origin", "a b", "--reason", "x"],
                 ["--new-origin", NEXT, "--reason", ""],
                 ["--new-origin", NEXT, "--reason", "a\nb"]):
        ledger.firn("ledger", "recover", ledger.dir, *args, check=2)
    ledger.firn("ledger", "recover", tmp_path, "--new-origin", NEXT, "--reason", "x", check=2)
    lose(ledger, 3)
    assert "another is needed" in recover(ledger, "log.example/a", check=2)
    ledger.firn("keys", "new", tmp_path / "k", "--name", "log.example/a")
    assert "is not the one that signed" in recover(
        ledger, NEXT, "--key", tmp_path / "k", check=2)
    (tmp_path / "config/firn/log.example-a.key").rename(tmp_path / "away")
    assert "the old key was not at hand" in recover(ledger)
    assert "is not signed by" in ledger.verify("--key", ledger.key, check=1)
    ledger.verify()


def test_killed_at_any_moment_it_has_one_new_name(ledger):
    add(ledger, 3)
    for number in range(CHANGES):
        lose(ledger, 2)
        name = f"log.example/{number}"
        args = ["ledger", "recover", ledger.dir, "--new-origin", name, "--reason", "x"]
        for _ in range(KILLS):
            kill_at_random(ledger, args)
            done = subprocess.run([FIRN, "verify", ledger.dir], env=ledger.env,
                                  capture_output=True)
            assert done.returncode == 0 or b"on its way to" in done.stderr or (
                b"was seen here before" in done.stderr), done.stderr
        recover(ledger, name)
        answer = verified(ledger)
        assert answer["origin"] == name and answer["was"]["names"] == number + 1
        add(ledger, 1)
    assert verified(ledger, "--key", ledger.key)["changes"] == CHANGES
    audit("ledger", ledger.dir, "--key", ledger.key)


# --- witnesses that a ledger keeps ---

KEYS = [Key(f"witness.example/w{i}", bytes([10 + i]) * 32, 4) for i in range(2)]


class Log:
    """A log that a witness knows by its keys."""

    def __init__(self, vkey):
        self.key = self
        self.vkey = vkey


@pytest.fixture
def witnesses(tmp_path, ledger):
    own = []
    for i, key in enumerate(KEYS):
        (tmp_path / f"w{i}").mkdir()
        own.append(Witness(tmp_path / f"w{i}", key, [Log(ledger.key)]).start())
    yield own
    for witness in own:
        witness.stop()


def policy(ledger, witnesses, need="2"):
    path = ledger.root / "policy"
    lines = [f"log {ledger.key}"]
    lines += [f"witness w{i} {w.own.vkey} http://{w.address}" for i, w in enumerate(witnesses)]
    names = " ".join(f"w{i}" for i in range(len(witnesses)))
    path.write_text("\n".join(lines + [f"group all {need} {names}", "quorum all"]) + "\n")
    return path


def test_an_import_asks_the_witnesses(ledger, witnesses):
    assert ledger.stat()["witnessed"] is None
    assert "keeps no policy" in ledger.firn("ledger", "cosign", ledger.dir, check=2)
    ledger.firn("ledger", "cosign", ledger.dir, "--keep", check=2)
    text = ledger.firn("ledger", "cosign", ledger.dir, "--policy",
                       policy(ledger, witnesses), "--keep")
    assert "2 of 2 witnesses cosigned 22 records" in text
    add(ledger, 3)
    for answer in (ledger.stat(), verified(ledger), verified(ledger, "--quick")):
        seen = answer["witnessed"]
        assert (seen["size"], seen["cosigned"], seen["witnesses"]) == (27, 2, 2)
        assert seen["satisfied"] and seen["time"].startswith("20")
    assert "witnessed   27 records, by 2 of 2 witnesses, at 20" in ledger.verify()
    assert "the policy is satisfied" in ledger.firn("ledger", "stat", ledger.dir)
    assert "2 of 2" in ledger.firn("ledger", "cosign", ledger.dir)
    # Failures are told, and fail nothing.
    witnesses[1].stop()
    path = ledger.root / "more.ndjson"
    path.write_text(record(500) + "\n")
    done = subprocess.run([FIRN, "import", ledger.dir, path, "--format", "json"],
                          env=ledger.env, capture_output=True, check=True)
    assert json.loads(done.stdout)["size"] == 30
    told = done.stderr.decode()
    assert "firn: witness w1: cannot reach" in told and "w0" not in told.split("not enough")[0]
    assert "1 of 2 witnesses cosigned 30 records; not enough" in told
    seen = verified(ledger)["witnessed"]
    assert (seen["size"], seen["cosigned"], seen["satisfied"]) == (30, 1, False)
    assert "missing: w1" in seen["missing"]
    witnesses[1].start()


def test_what_was_cosigned_binds(ledger, witnesses, tmp_path):
    shutil.copytree(tmp_path / "state", tmp_path / "state.old")
    shutil.copytree(ledger.dir, tmp_path / "old")
    ledger.firn("ledger", "cosign", ledger.dir, "--policy", policy(ledger, witnesses), "--keep")
    add(ledger, 3)
    cosigned = (ledger.dir / "cosigned").read_bytes()
    # An older copy, whose owner forgot, too; but the cosigned checkpoint is there.
    shutil.rmtree(ledger.dir)
    shutil.copytree(tmp_path / "old", ledger.dir)
    shutil.rmtree(tmp_path / "state")
    (tmp_path / "state.old").rename(tmp_path / "state")
    (ledger.dir / "cosigned").write_bytes(cosigned)
    for options in ([], ["--quick"]):
        assert "cosigned': the 27 records that it is over are not the first" in ledger.verify(
            *options, check=1)
    assert "'cosigned': is not over the first" in audit("ledger", ledger.dir, check=1)
    path = tmp_path / "more.ndjson"
    path.write_text(record(500) + "\n")
    refused = ledger.firn("import", ledger.dir, path, check=2)
    assert "a checkpoint over 27 was signed" in refused and "cosigned" in refused
    assert "records 22 to 26 are lost" in recover(ledger)
    assert not (ledger.dir / "cosigned").exists()
    ledger.verify("--key", ledger.key)
    audit("ledger", ledger.dir, "--key", ledger.key)


def test_a_file_that_is_no_checkpoint_of_this_log(ledger, witnesses):
    ledger.firn("ledger", "cosign", ledger.dir, "--policy", policy(ledger, witnesses))
    good = (ledger.dir / "cosigned").read_text()
    for text in ("hello\n", good.replace("log.example/a\n", "log.example/b\n", 1),
                 good.replace("\n22\n", "\n21\n")):
        (ledger.dir / "cosigned").write_text(text)
        assert "cosigned'" in ledger.verify(check=1)
        ledger.firn("import", ledger.dir, ledger.root / "0.ndjson", check=2)
    (ledger.dir / "cosigned").write_text(good)
    assert "by whom, only a policy says" in ledger.verify()
    (ledger.dir / "witnesses").write_text("hello\n")
    assert "witnesses:1: 'hello' is none of" in ledger.verify(check=1)


def test_witnesses_follow_a_change_of_key(ledger, witnesses):
    ledger.firn("ledger", "cosign", ledger.dir, "--policy", policy(ledger, witnesses), "--keep")
    rotate(ledger, "new.key")
    keys = (ledger.dir / "keys.pub").read_text().splitlines()
    add(ledger, 1)
    # They do not know the new key yet, and neither does the policy.
    seen = ledger.stat()["witnessed"]
    assert seen["size"] == 22 and seen["satisfied"]
    for witness in witnesses:
        witness.stop()
        witness.logs.write_text("\n".join(keys) + "\n")
        witness.start()
    path = policy(ledger, witnesses)
    path.write_text(f"log {keys[1]}\n" + path.read_text())
    ledger.firn("ledger", "cosign", ledger.dir, "--policy", path, "--keep")
    seen = verified(ledger, "--key", ledger.key)["witnessed"]
    assert seen["size"] == 26 and seen["satisfied"]
