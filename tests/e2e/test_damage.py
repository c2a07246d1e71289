"""firn damage against the simulator's truth: what was reached, and whether it has stopped.

One background a seed, with every attack on people of its own, by drawn
parameters.  By default one seed and one beginning an attack, in turn; all of
them, from every beginning, by FIRN_DAMAGE_SEEDS=20 in make soak.
"""
import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from damage_oracle import FIRN, Case, at, beginning, folders, missing, wrong

SEEDS = range(1, 1 + int(os.environ.get("FIRN_DAMAGE_SEEDS", "1")))
FULL = len(SEEDS) > 2
SIZE = ("--people", "180", "--days", "10")
KNOWN = ("ip", "session", "user", "app", "device")
NONE_SEEN = "no access seen since"

# A Wednesday and a Thursday: some of every attack, none of it whole.
DROP = "2026-10-07..2026-10-09:Audit.Exchange"

# These can be contained: an insider goes on working, forged tokens are not the
# tenant's to take back, and where the audit log was off nobody knows.
CONTAINED = ("midnight-blizzard", "device-code", "token-theft", "consent", "bec")


# Of an insider a record tells no more than where it was done: who is at home
# everywhere in the account is known by the account.
UNKNOWN = (("insider", "finding"),)


def some(name, beginnings, seed, number):
    """All that may be known first, or in turn one of it."""
    given = [b for b in beginnings if b[1] and (name, b[0]) not in UNKNOWN]
    return given if FULL else [given[(seed + number) % len(given)]]


def everywhere(jobs, work):
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda job: work(*job), jobs))


def of_finding(case, events, options):
    """Of each account a token was forged for itself: one leads to no other."""
    given = {int(o.split(":")[1]) for o in options if o.startswith("record:")}
    records = case.records()
    people = {e["user"] for e in events
              if "event" in e and records.get(e["event"]) in given}
    return [e for e in events if e.get("mailbox") in people]


def told_wrong(case, attack, name, options):
    """What the answer to one beginning says that is not so."""
    damage, events = case.damage(*options), case.of(attack)
    if (attack["attack"], name) == ("forged-token", "finding"):
        events = of_finding(case, events, options)
    where = (attack["attack"], attack["parameters"], name)
    out = [(*where, "missing", what) for what in missing(damage, events)]
    out += [(*where, "not read", what) for what in wrong(damage, events)]
    if damage["verdict"]["verdict"] == NONE_SEEN:
        out.append((*where, "no log is known to be complete"))
    return out


def each(first, second):
    """Both of every seed, or by default one of each."""
    if FULL:
        return [(seed, what) for seed in SEEDS for what in (first, second)]
    return list(zip(SEEDS, (first, second)))


@pytest.mark.parametrize("seed, gaps", each(False, True))
def test_reached(tmp_path, seed, gaps):
    more = ("--drop", DROP) if gaps else ()
    case = Case(tmp_path, seed, ["all:draw"], *SIZE, *more)
    assert bool(case.drops) == gaps
    jobs = [(case, attack, name, options)
            for number, attack in enumerate(case.attacks)
            for name, options in some(
                attack["attack"], case.beginnings(attack), seed, number)]
    assert len(jobs) >= len(case.attacks) == 8
    found = sum(everywhere(jobs, told_wrong), [])
    assert not found, found[:10]
    shutil.rmtree(tmp_path)


def test_graph_and_mailbox_log(tmp_path):
    """One message by two ids is one, and so is its mailbox."""
    case = Case(tmp_path, 2, ["midnight-blizzard:variant=graph,consent:variant=graph"],
                "--people", "60", "--days", "8")
    for attack in case.attacks:
        stored = [e for e in case.of(attack) if "stored" in e]
        damage = case.damage(*beginning(attack, *KNOWN))
        ids = {i["id"]: i for i in damage["items"] if i["kind"] == "message"}
        assert stored and all("<" in i and "@" in ids[i]["place"] for i in ids)
        assert all(ids[e["read"][0]]["acts"] > 1 for e in stored)


def statements(damage):
    """What somebody would say who checked all that is not open."""
    open_ways = {w["kind"] for w in damage["ways"] if w["state"] == "open"}
    checked = {w["kind"] for w in damage["ways"]} - open_ways
    words = [f"{kind}: none" for kind in sorted(checked)]
    words += [f"log {log} complete to 2026-10-25T00:00"
              for log in ("o365", "entra", "graph")]
    return [w for word in words for w in ("--state", word + ", by A. Weber")]


def is_early(case, damage):
    """Within a day of where the data begin: before, they may have been there, too."""
    (row,) = case.call(FIRN, "sql", case.ledger, "SELECT min(time) AS begin FROM records",
                       "--format", "ndjson").splitlines()
    return at(damage["intrusion"]["first"]) < at(json.loads(row)["begin"]) + 86400


def has_own(damage):
    """The victim's own new phone, or link: no record says whose it is."""
    return any(w["kind"] in ("device", "sharing-link") and w["state"] == "open"
               and w["intruder"] == "likely" for w in damage["ways"])


def judged(case, attack):
    options = beginning(attack, *KNOWN)
    damage = case.damage(*options)
    assert damage["verdict"]["verdict"] != NONE_SEEN
    return case.damage(*options, *statements(damage))


@pytest.mark.parametrize(
    "seed, contain", each("full", "partial") if FULL else [(3, "full")])
def test_verdict(tmp_path, seed, contain):
    """A way back that lives, or that was used after the closing, is seen."""
    played = [f"{name}:contain={contain}" for name in CONTAINED]
    case = Case(tmp_path, seed, played, *SIZE)
    answers = everywhere([(case, a) for a in case.attacks], judged)
    for attack, damage in zip(case.attacks, answers):
        verdict = damage["verdict"]
        about = (attack["attack"], attack["parameters"], attack["alive"],
                 verdict["verdict"], verdict["reasons"][:9])
        if attack["alive"] or not attack["contained_at"]:
            assert verdict["verdict"] != NONE_SEEN, about
        elif is_early(case, damage) or has_own(damage):
            assert verdict["verdict"] == "not established", about
        elif contain == "full":
            assert verdict["verdict"] == NONE_SEEN, about
            assert verdict["since"] >= attack["contained_at"][:19], about
    if contain == "partial":
        assert any(a["verdict"]["verdict"] == "access continues"
                   for a in answers)


# What numbers records, or is of when they came: another in another order.
NUMBERS = ("index", "ledger", "evidence")


def without(value):
    """The answer without what depends on the order of arrival."""
    if isinstance(value, dict):
        return {k: without(v) for k, v in value.items()
                if k not in NUMBERS
                and (k, value.get("kind")) != ("at", "assessed")}
    if isinstance(value, list):
        return [without(v) for v in value]
    return value


def test_order_of_arrival(tmp_path):
    case = Case(tmp_path, 3, ["bec:draw,consent:draw,device-code:draw"],
                "--people", "70", "--days", "8")
    first = [case.damage(*beginning(a, *KNOWN)) for a in case.attacks]
    case.ledger = tmp_path / "other"
    case.call(FIRN, "init", case.ledger, "--origin", "log.example/other")
    # Backwards: the logs, and each log.
    for folder in reversed(folders(case.exports)):
        for file in sorted(folder.iterdir(), reverse=True):
            case.call(FIRN, "import", case.ledger, file)
    for attack, before in zip(case.attacks, first):
        after = case.damage(*beginning(attack, *KNOWN))
        assert without(after) == without(before)


def test_at(tmp_path):
    """The same bytes of the same records, also when others came since."""
    case = Case(tmp_path, 4, ["bec"], "--people", "40", "--days", "8")
    options = beginning(case.attacks[0], *KNOWN)
    size = case.damage(*options)["ledger"]["size"]
    ask = (FIRN, "damage", case.ledger, *options, "--at", str(size))
    asked = [case.call(*ask, "--format", form, codes=(0, 1))
             for form in ("json", "text")]
    extra = tmp_path / "later.ndjson"
    record = next(line for line in
                  next((case.exports / "audit").iterdir()).open()
                  if json.loads(line)["UserId"] in options)
    later = json.loads(record)
    later.update(Id="00000000-0000-4000-8000-000000000001",
                 CreationTime="2026-10-20T00:00:00")
    extra.write_text(json.dumps(later) + "\n")
    case.call(FIRN, "import", case.ledger, extra)
    assert case.damage(*options)["ledger"]["size"] > size
    assert asked == [case.call(*ask, "--format", form, codes=(0, 1))
                     for form in ("json", "text")]
