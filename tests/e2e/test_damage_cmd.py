"""The command line of firn damage: what is said wrong, what is printed, what becomes a record."""
import csv
import hashlib
import json
import subprocess

import pytest

from audit import audit
from conftest import FIRN
from damage_oracle import Case, beginning
from ledger_files import records as wal


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    return Case(tmp_path_factory.mktemp("cmd"), 5, ["bec"],
                "--people", "40", "--days", "8")


@pytest.fixture(name="start")
def fixture_start(case):
    return beginning(case.attacks[0], "ip")


def damage(case, *options, check=(0, 1)):
    done = subprocess.run([FIRN, "damage", *map(str, options)],
                          env=case.env, capture_output=True, timeout=600)
    assert done.returncode in check, done.stderr.decode()
    if check == (2,):
        assert not done.stdout
        assert done.stderr.startswith(b"firn: ")
        assert done.stderr.count(b"\n") == 1
        return done.stderr.decode()
    return done.stdout.decode()


def records(case):
    """What firn damage has recorded."""
    return [json.loads(r.raw) for r in wal(case.ledger, whole=False)
            if r.source == "firn/damage"]


@pytest.mark.parametrize("options, said", (
    ((), "what is known to be the intruder's?"),
    (("--cut", "ip:192.0.2.1"), "what is known to be the intruder's?"),
    (("--ip", "192.0.2"), "--ip: '192.0.2' is no address"),
    (("--user", ""), "cannot be empty"),
    (("--ip", "192.0.2.1", "--cut", "it"), "--cut: 'it' is not KIND:ID"),
    (("--add", "session"), "--add: 'session' is not KIND:ID"),
    (("--user", "a", "--at", "0"), "--at: '0' is no number of records"),
    (("--user", "a", "--from", "then"), "--from: 'then' is no time"),
    (("--user", "a", "--to", "then"), "--to: 'then' is no time"),
    (("--user", "a", "--format", "xml"), "--format"),
    (("--user", "a", "--state", "fine"), "--state: 'fine' is not understood"),
    (("--user", "a", "--state", "luck: none, by A"), "'luck' is no way back"),
    (("--user", "a", "--state", "device: some, by A"), "that there is none"),
    (("--user", "a", "--state", "log o365 complete to noon, by A"),
     "'noon' is no time"),
    (("--user", "a", "--state", "device: none, by A, evidence /none"),
     "/none"),
    (("--finding", "f00"), "no finding 'f00'"),
    (("--add", "record:99999999"), "no record '99999999'"),
    (("--user", "a", "--at", "99999999"), "99999999"),
    (("--user", "a", "--luck"), "unknown option '--luck'"),
))
def test_said_wrong(case, options, said):
    before = len(records(case))
    assert said in damage(case, case.ledger, *options, check=(2,))
    assert len(records(case)) == before


def test_no_ledger(case, tmp_path):
    damage(case, check=(2,))
    damage(case, tmp_path / "none", "--user", "a", check=(2,))
    damage(case, case.ledger, case.ledger, "--user", "a", check=(2,))


def test_help(case):
    for words in (("--help",), ("aware", "--help")):
        said = damage(case, *words, check=(0,))
        assert said.startswith("usage: firn damage")
        assert max(map(len, said.splitlines())) <= 80


def test_text(case, start):
    said = damage(case, case.ledger, *start)
    assert max(map(len, said.splitlines())) <= 80
    words = [line.split()[0] for line in said.splitlines()
             if not line.startswith(" ")]
    assert words[:3] == ["verdict", "accessed", "possibly"]


def test_nothing_of_it(case):
    """What is not in the data is no access seen, and no proof either."""
    answer = json.loads(damage(case, case.ledger, "--ip", "192.0.2.1",
                               "--format", "json", check=(1,)))
    assert answer["verdict"]["verdict"] == "not established"
    assert not answer["items"]


def certain(answer):
    return {(i["kind"], i["place"], i["id"]) for i in answer["items"]
            if i["certainty"] == "accessed"}


def reached(answer):
    return {(i["kind"], i["place"], i["id"]) for i in answer["items"]}


def test_cut_and_add(case, start):
    whole = case.damage(*start)
    assert certain(whole)
    address = start[1]
    cut = case.damage(*beginning(case.attacks[0], "user"), "--cut",
                      f"ip:{address}")
    for mark in cut["intrusion"]["marks"]:
        assert mark["kind"] != "ip" or mark["cut"]
    assert not certain(cut)
    added = case.damage("--add", f"ip:{address}")
    assert certain(added) <= certain(whole)
    (mark,) = [m for m in added["intrusion"]["marks"] if m["value"] == address]
    assert (mark["rule"], mark["cut"]) == ("added", False)
    wider = case.damage(*start, "--add", "user:nobody@example.com")
    assert certain(wider) == certain(whole)
    day = whole["intrusion"]["first"][:10]
    assert not reached(case.damage(*start, "--to", day))
    assert reached(case.damage(*start, "--from", day)) == reached(whole)


def test_statements(case, start, tmp_path):
    paper = tmp_path / "protocol.txt"
    paper.write_text("Get-InboxRule -IncludeHidden: nothing\n")
    count = len(records(case))
    size = case.damage(*start)["ledger"]["size"]
    said = f"hidden inbox rules: none, by A. Weber, evidence {paper}"
    answer = case.damage(*start, "--state", said, "--purpose", "case 17")
    (way,) = [w for w in answer["ways"] if w["kind"] == "hidden-rule"]
    assert way["state"] == "stated"
    stated, assessed = records(case)[count + 1:]
    assert (stated["kind"], assessed["kind"]) == ("state", "assessed")
    assert stated["by"] == "A. Weber"
    assert stated["evidence"] == hashlib.sha256(paper.read_bytes()).hexdigest()
    # it is known from then on, and not before
    (way,) = [w for w in case.damage(*start)["ways"]
              if w["kind"] == "hidden-rule"]
    assert way["state"] == "stated"
    (way,) = [w for w in case.damage(*start, "--at", str(size))["ways"]
              if w["kind"] == "hidden-rule"]
    assert way["state"] == "unchecked"


def test_aware(case, start):
    assert case.damage(*start)["notification"] is None
    for wrong in (("--at", "then", "--by", "A"), ("--by", "A"),
                  ("--at", "2026-10-09T10:00"),
                  ("--at", "2999-01-01", "--by", "A"),
                  ("--at", "2026-10-09", "--by", "A", "--within", "soon")):
        damage(case, "aware", case.ledger, *wrong, check=(2,))
    damage(case, "aware", case.ledger, "--at", "2026-10-09T10:00",
           "--by", "A. Bauer", check=(0,))
    clock = case.damage(*start)["notification"]
    assert clock["aware"].startswith("2026-10-09T10:00:00")
    assert "2026-10-12T10:00:00" in json.dumps(clock)
    assert "A. Bauer" in json.dumps(clock)
    assert [r["kind"] for r in records(case)].count("aware") == 1


def test_closings(case, start, tmp_path):
    """Who closed what, when and why, is in the report and its evidence."""
    said = "rebuilt <all> of it"
    damage(case, case.ledger, *start, "--by", "A. Weber")
    number = [r.index for r in wal(case.ledger, whole=False)
              if r.source == "firn/damage"][-1]
    damage(case, "close", case.ledger, "--case", number, "--by", "B. Roth",
           "--why", said, check=(0,))
    folder = tmp_path / "case-17"
    report = json.loads(damage(case, case.ledger, *start, "--format", "json",
                               "--report", folder))
    (closed,) = [s for s in report["statements"] if s["kind"] == "closed"]
    assert (closed["by"], closed["text"], closed["case"]) == (
        "B. Roth", said, number)
    assert closed["at"] is not None
    (assessed,) = [s for s in report["statements"] if s["index"] == number]
    assert (assessed["kind"], assessed["by"]) == ("assessed", "A. Weber")
    page = (folder / "report.html").read_text()
    assert f"closed case {number}: rebuilt &lt;all&gt; of it" in page
    assert f"{closed['at'][:10]} {closed['at'][11:19]}" in page
    lines = (folder / "evidence" / "records.ndjson").read_text().splitlines()
    (raw,) = [r["raw"] for r in map(json.loads, lines)
              if r["index"] == closed["index"]]
    assert json.loads(raw)["case"] == number
    audit("bundle", folder, "--key", folder / "evidence/signed/keys.pub")


def test_report(case, start, tmp_path):
    folder = tmp_path / "case-17"
    said = damage(case, case.ledger, *start, "--format", "json", "--by", "A",
                  "--report", folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    report = json.loads((folder / "report.json").read_text())
    assert report == json.loads(said)
    rows = list(csv.DictReader((folder / "items.csv").open(newline="")))
    assert len(rows) == len(report["items"])
    page = (folder / "report.html").read_text()
    assert "http-equiv" in page or "<html" in page
    key = next((folder / "evidence" / "signed").glob("keys.pub"))
    audit("bundle", folder, "--key", key)
    exported = records(case)[-1]
    assert exported["kind"] == "exported"
    assert hashlib.sha256((folder / "SHA256SUMS").read_bytes()).hexdigest() \
        in json.dumps(exported)
    # it never writes over what is there
    damage(case, case.ledger, *start, "--report", folder, check=(2,))
    # a figure that was changed is found
    changed = (folder / "report.json").read_text().replace("accessed", "excused")
    (folder / "report.json").write_text(changed)
    audit("bundle", folder, "--key", key, check=1)
