"""firn-sim: scenarios of one's own, and those in sim/attacks/ as documents."""

import pathlib
import re

import pytest

from sim_client import Sim
from test_sim import Tenant, truth_of, write

ROOT = pathlib.Path(__file__).resolve().parents[2]
ATTACKS = sorted((ROOT / "sim/attacks").glob("*.yaml"))

OWN = r"""
name: quiet-reader
help: a password, a rule, some mail
period: {from: 20, to: 80}
parameters:
  contain: {none: 40, partial: 30, full: 30}
  way: {web: 50, phone: 50}
  reads: {from: 2, to: 5, plain: 3, help: times, source: this test}
cast:
  victim: {person: legal}
  thief: {intruder: victim, network: RU, browser: linux, number: 77}
steps:
  - step: 1
    technique: T1078.004
    what: somebody else signs in
    do:
      - wait: 60
      - {sign-in: thief, app: outlook-web, to: exchange}
      - got-password: victim
      - got-session: thief
  - step: 2
    technique: T1114.002
    what: mail is searched, and read
    do:
      - each: [merger, board]
        do:
          - wait: [60, 120]
          - {search: thief, for: "about ${each}"}
      - repeat: $reads
        do:
          - wait: {from: 10, to: 20}
          - when: {way: web}
            do: [{read: thief, messages: 2}]
          - when: {way: phone}
            do: [{read: thief, messages: 3, client: mobile}]
      - cmdlet: New-InboxRule
        by: thief
        object: ${victim.alias}\Late
        parameters: {Name: Late, ForwardTo: "${victim.user}.example"}
comebacks:
  - kinds: [password]
    do:
      - {intruder: victim, as: again, network: NG, browser: edge}
      - {sign-in: again, app: outlook-web, to: exchange}
      - got-session: again
"""


@pytest.fixture
def own(tmp_path):
    file = tmp_path / "own.yaml"
    file.write_text(OWN)
    return file


def test_a_scenario_of_ones_own(tmp_path, own):
    tenant = Tenant(tmp_path / "d", "--people", 60, "--days", 8, "--attack",
                    f"{own}:reads=4,way=phone,contain=full,bec,{own}")
    stories, events = truth_of(tmp_path / "d")
    assert [(s["attack"], s["number"]) for s in stories] == [
        ("quiet-reader", 1), ("bec", 1), ("quiet-reader", 2)]
    first, _, second = stories
    assert first["parameters"] == {"contain": "full", "way": "phone",
                                   "reads": 4}
    assert second["parameters"] == {"contain": "none", "way": "web",
                                    "reads": 3}
    assert first["alive"] == [] and {w["kind"] for w in second["alive"]} == {
        "password", "session", "inbox-rule"}
    assert first["start"]["user"] != second["start"]["user"]
    mine = [e for e in events if e["attack"] == "quiet-reader"
            and e["number"] == 1 and "by" not in e]
    assert [len(e["read"]) for e in mine if "read" in e] == [3] * 4
    assert [e["search"] for e in mine if "search" in e] == [
        "about merger", "about board"]
    records = {r["Id"]: r for r in tenant.of_kind("o365.audit")}
    rule = records[next(e["event"] for e in mine
                        if e["operation"] == "New-InboxRule")]
    user, = first["start"]["user"]
    assert rule["ObjectId"] == user.split("@")[0] + "\\Late"
    assert {"Name": "ForwardTo", "Value": user + ".example"} in rule[
        "Parameters"]
    assert all(records[e["event"]]["ClientInfoString"] == "Client=REST;;"
               for e in mine if "read" in e)


def test_it_comes_back(tmp_path, own):
    write(tmp_path / "d", "--people", 60, "--days", 8, "--attack",
          f"{own}:contain=partial")
    (story,), events = truth_of(tmp_path / "d")
    assert {w["kind"] for w in story["alive"]} == {"password", "session"}
    assert events[-1]["step"] == 3 and events[-1]["operation"] in (
        "UserLoggedIn", "Sign-in activity")


def test_a_copy_is_the_same_attack(tmp_path):
    copy = tmp_path / "copy.yaml"
    copy.write_text((ROOT / "sim/attacks/bec.yaml").read_text())
    for name in ("bec", str(copy)):
        write(tmp_path / name[-4:], "--people", 30, "--days", 3, "--attack",
              name)
    assert (tmp_path / "bec/.truth.ndjson").read_text() == (
        tmp_path / "yaml/.truth.ndjson").read_text()


@pytest.mark.parametrize("old, new, said", [
    ("wait: 60", "weight: 60", "own.yaml:17:9: there is no deed 'weight'"),
    ("{read: thief, messages: 2}", "{read: thief}",
     "own.yaml:33:18: 'read' wants 'messages'"),
    ("from: 2, to: 5", "from: 5, to: 2",
     "own.yaml:8:10: the range is empty"),
    ("got-session: again", "got-session: agian",
     "own.yaml:45:22: 'agian' is not in the cast so far"),
])
def test_mistakes_have_a_place(tmp_path, own, old, new, said):
    own.write_text(OWN.replace(old, new))
    done = write(tmp_path / "d", "--attack", own, check=2)
    assert done.stderr == f"firn-sim write: {tmp_path}/{said}\n"


@pytest.mark.parametrize("attack, said", [
    ("missing.yaml", "cannot open 'missing.yaml'"),
    ("own.yaml:reads=6", "'reads' of an attack is a number from 2 to 5"),
    ("bec:reads=6", "attack 'bec' has no 'reads'"),
    ("bec:invoices=many", "'invoices' of an attack is a number from 1 to 8"),
])
def test_wrong_orders_are_named(tmp_path, own, monkeypatch, attack, said):
    monkeypatch.chdir(own.parent)
    done = write(tmp_path / "d", "--attack", attack, check=2)
    assert said in done.stderr and len(done.stderr.splitlines()) == 1


def test_serve_plays_it(tmp_path, own):
    with Sim(tmp_path / "d", "--people", 30, "--rate", 1, "--history", 0,
             "--attack-in", "2s", "--attack", f"{own}:contain=none") as sim:
        lines = sim.stop()
    assert lines[0]["attack"] == "quiet-reader"
    assert lines[0]["alive"]


def test_files_are_called_as_the_attacks():
    for file in ATTACKS:
        assert f"\nname: {file.stem}\n" in file.read_text()


def test_every_deed_is_documented():
    """The rows of the program's table, and what the page tells of them."""
    table = (ROOT / "sim/attack_table.c").read_text()
    rows = re.findall(r'^    \{"([a-z-]+)", play_', table, re.M)
    page = (ROOT / "docs/sim.md").read_text()
    documented = re.findall(r"^\| `([a-z-]+)[:`]", page.split(
        "### Deeds")[1].split("\n## ")[0], re.M)
    assert len(rows) > 30 and sorted(rows) == sorted(documented)
