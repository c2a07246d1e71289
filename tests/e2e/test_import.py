"""init and import: what goes into a ledger is there, byte for byte, once."""

import csv
import gzip
import io
import json
import os
import random
import signal
import subprocess
import time

import pytest

from conftest import FIRN, FIRN_SIM, run
from ledger_files import checkpoint, records

ORIGIN = "firn.example.com/test"
ROUNDS = int(os.environ.get("FIRN_KILL_ROUNDS", "8"))


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


@pytest.fixture
def ledger(home):
    run("init", home / "ledger", "--origin", ORIGIN)
    return home / "ledger"


def take(ledger, *paths, **kwargs):
    done = run("import", ledger, *paths, "--format", "json", "--progress", "never", **kwargs)
    return json.loads(done.stdout)


def audit(n, **more):
    """The n-th record of an audit log."""
    return {
        "CreationTime": f"2026-10-05T12:00:{n % 60:02}", "Id": f"00000000-0000-4000-8000-{n:012}",
        "Operation": "FileAccessed", "OrganizationId": "11111111-2222-4333-8444-555555555555",
        "RecordType": 6, "UserId": f"user{n % 7}@contoso.example", "Workload": "SharePoint",
        "UserType": 0, "Version": 1, **more,
    }


def events_of(ledger):
    return [r for r in records(ledger) if not r.source.startswith("firn/")]


def test_init_says_who_verifies_and_overwrites_nothing(home, ledger):
    origin, size, root = checkpoint(ledger)
    assert (origin, size) == (ORIGIN, 0)
    assert root == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    key = home / "config" / "firn" / "firn.example.com-test.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert run("keys", "show", ledger).stdout == run("keys", "show", key).stdout
    assert run("init", ledger, "--origin", ORIGIN, check=2).stderr
    assert b"--origin" in run("init", home / "other", "--origin", "a b", check=2).stderr
    other = run("init", home / "other", "--origin", "x", "--key", key, check=2)
    assert b"is of 'firn.example.com/test'" in other.stderr


def test_records_are_kept_as_they_were_delivered(home, ledger):
    lines = [json.dumps(audit(i), indent=None) for i in range(4)]
    spaced = json.dumps(audit(4), indent=3)
    wrapper = '{ "@odata.context":"x" ,\t"value" : [ %s,\n %s ,%s] }' % (lines[0], spaced, lines[1])
    (home / "w.json").write_text(wrapper)
    (home / "l.ndjson").write_text(lines[2] + "\n" + '{"records":[%s,%s]}\n' % (lines[3], lines[0]))
    done = take(ledger, home / "w.json", home / "l.ndjson")
    assert (done["records"], done["events"], done["duplicates"]) == (6, 5, 1)
    kept = events_of(ledger)
    assert [r.raw.decode() for r in kept] == [lines[2], lines[3], lines[0], spaced, lines[1]] or \
        [r.raw.decode() for r in kept] == [lines[0], spaced, lines[1], lines[2], lines[3]]
    assert all(r.historic and r.tenant == audit(0)["OrganizationId"] for r in kept)
    assert {r.source for r in kept} == {"o365/SharePoint"}


def test_a_delivery_is_opened_and_closed(home, ledger):
    (home / "a.ndjson").write_text(json.dumps(audit(1)) + "\nnonsense\n")
    done = take(ledger, home / "a.ndjson")
    opened, event, bad, closed = records(ledger)
    assert (opened.source, closed.source) == ("firn/delivery", "firn/delivered")
    assert [r.delivery for r in (opened, event, bad, closed)] == [0, 0, 0, 0]
    about, result = json.loads(opened.raw), json.loads(closed.raw)
    assert about["name"].endswith("a.ndjson") and about["form"] == "lines"
    assert about["sha256"] == result["sha256"] and result["items"] == 2
    assert (bad.source, bad.raw) == ("file/unreadable", b"nonsense")
    assert done["unreadable"] == 1 and result["unreadable"] == 1


def rows(events):
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["CreationDate", "UserIds", "Operations", "AuditData"])
    for e in events:
        writer.writerow([e["CreationTime"], e["UserId"], e["Operation"], json.dumps(e)])
    return out.getvalue()


def test_csv_and_json_of_one_tenant_are_the_same_events(home, ledger):
    events = [audit(i) for i in range(300)]
    (home / "export.csv").write_text(rows(events))
    (home / "again.ndjson.gz").write_bytes(
        gzip.compress("".join(json.dumps(e) + "\n" for e in reversed(events)).encode()))
    assert take(ledger, home / "export.csv")["events"] == 300
    done = take(ledger, home / "again.ndjson.gz")
    assert (done["events"], done["duplicates"], done["tellings"]) == (0, 300, 0)
    kept = events_of(ledger)
    assert len(kept) == 300 and kept[7].raw.startswith(b"2026-10-05T12:00:07,")
    header = json.loads(records(ledger)[0].raw)["header"]
    assert header.strip() == "CreationDate,UserIds,Operations,AuditData"


def test_lists_of_exchange_are_kept_though_they_tell_no_time(home, ledger):
    rule = {"Identity": "bob\\5", "RuleIdentity": "5", "MailboxOwnerId": "bob", "Name": ".",
            "Enabled": "True", "ForwardTo": "x@e.example", "IsValid": "True"}
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rule))
    writer.writeheader()
    writer.writerows([rule, rule])
    (home / "rules.csv").write_text("#TYPE Selected\n" + out.getvalue())
    (home / "rules.json").write_text(json.dumps([rule, dict(rule, Name="..")]))
    for file in ("rules.csv", "rules.json"):
        done = take(ledger, home / file)
        assert (done["events"], done["duplicates"], done["not_kept"]) == (2, 0, 0)
    opened = json.loads(records(ledger)[0].raw)
    assert opened["modified"] and "RuleIdentity" in opened["header"]
    assert len(events_of(ledger)) == 4


def test_what_tells_more_or_otherwise_is_kept_beside(home, ledger):
    texts = [audit(1), audit(1, ClientIP="192.0.2.7"), audit(1, ClientIP="192.0.2.8"), audit(1)]
    (home / "a.ndjson").write_text("".join(json.dumps(e) + "\n" for e in texts))
    done = take(ledger, home / "a.ndjson")
    assert (done["events"], done["tellings"], done["conflicts"], done["duplicates"]) == (1, 1, 1, 3)
    assert len(events_of(ledger)) == 3


def test_the_same_bytes_are_read_once_whatever_their_name(home, ledger):
    (home / "a.ndjson").write_text(json.dumps({"no": "id"}) + "\n" + json.dumps(audit(1)) + "\n")
    first = take(ledger, home / "a.ndjson")
    (home / "b.ndjson").write_bytes((home / "a.ndjson").read_bytes())
    again = take(ledger, home / "b.ndjson")
    assert (first["events"], again["files"], again["files_before"]) == (2, 0, 1)
    assert again["size"] == first["size"]


def test_standard_input_and_what_is_no_log(home, ledger):
    done = run("import", ledger, "-", "--format", "json",
               input=(json.dumps(audit(3)) + "\n").encode())
    assert json.loads(done.stdout)["events"] == 1
    (home / "notes.txt").write_text("hello\n")
    done = run("import", ledger, home / "notes.txt", check=2)
    assert b"notes.txt" in done.stderr and b"no file given is a readable log" in done.stderr
    assert b"is no ledger" in run("import", home, home / "notes.txt", check=2).stderr


def test_an_older_copy_does_not_go_on(home, ledger):
    (home / "a.ndjson").write_text(json.dumps(audit(1)) + "\n")
    subprocess.run(["cp", "-a", ledger, home / "copy"], check=True)
    take(ledger, home / "a.ndjson")
    subprocess.run(["rm", "-rf", ledger], check=True)
    os.rename(home / "copy", ledger)
    done = run("import", ledger, home / "a.ndjson", check=2)
    assert b"older copy" in done.stderr


def test_killed_at_any_moment_it_loses_and_doubles_nothing(home, ledger):
    seed = int(os.environ.get("FIRN_SEED", random.randrange(1 << 30)))
    print("seed", seed)
    rng = random.Random(seed)
    source = home / "sim"
    subprocess.run([FIRN_SIM, "write", source, "--people", "60", "--days", "6", "--seed", "5"],
                   check=True, stdout=subprocess.DEVNULL)
    with open(source / "zz.ndjson", "w") as out:  # records that have no id
        for i in range(20000):
            out.write(json.dumps({"n": i, "text": "x" * 50}) + "\n")
    whole = home / "whole"
    run("init", whole, "--origin", "firn.example.com/whole")
    start = time.monotonic()
    want = take(whole, source)
    took = time.monotonic() - start
    size = 0
    for _ in range(ROUNDS):
        importer = subprocess.Popen([FIRN, "import", ledger, source, "--progress", "never"],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        time.sleep(rng.random() * took)
        importer.send_signal(signal.SIGKILL)
        importer.communicate()
        now = checkpoint(ledger)[1]
        assert now >= size  # never goes back
        size = now
    done = take(ledger, source)
    assert done["size"] == want["size"] == checkpoint(ledger)[1]
    key = lambda r: (r.source, r.identity or b"", r.raw)
    assert sorted(map(key, events_of(ledger))) == sorted(map(key, events_of(whole)))
