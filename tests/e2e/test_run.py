"""firn run against firn-sim serve: what was announced is in the ledger once, or
in a gap, whatever goes wrong on the way."""

import os
import random
import time
from datetime import datetime

import pytest

from run_home import Run, Sim, had, source_of, tallies, wait_for

# One tenant for each; what ends by itself, and what loses something for good.
FAULTS = {
    "none": [],
    "throttle": [{"fault": "throttle", "share": 0.7, "for": 4}],
    "unauthorised": [{"fault": "unauthorised", "share": 0.3, "for": 4}],
    "token-expiry": [{"fault": "token-expiry", "seconds": 1, "for": 4}],
    "server-error": [{"fault": "server-error", "share": 0.5, "for": 4}],
    "cut-head": [{"fault": "cut", "share": 0.3, "for": 4, "after": 10, "head": True}],
    "cut-body": [{"fault": "cut", "share": 0.3, "for": 4, "after": 900}],
    "slow": [{"fault": "slow", "share": 0.3, "for": 4, "rate": 20000, "on": ["blob"]}],
    "truncate": [{"fault": "truncate", "share": 0.5, "for": 4, "on": ["blob"]}],
    "not-json": [{"fault": "not-json-200", "share": 0.5, "for": 4}],
    "stale-page": [{"fault": "stale-page", "share": 0.5, "for": 4}],
    "skew": [{"fault": "skew", "seconds": -120, "for": 4}],
    "malformed": [{"fault": "malformed", "share": 0.5}],
    "malformed-twice": [{"fault": "malformed", "share": 0.5, "fetches": 2}],
    "expired": [{"fault": "expired", "share": 0.5}],
    "missing": [{"fault": "missing", "share": 0.5}],
    "duplicate-heavy": [{"fault": "duplicate-heavy", "copies": 13}],
    "backdated": [{"fault": "backdated", "share": 0.3, "seconds": 600}],
    "late": [{"fault": "late", "share": 0.5, "seconds": 3}],
    "no-permission": [{"fault": "no-permission", "share": 0.5, "for": 4}],
    "huge": [{"fault": "huge"}],
    "disabled": [{"fault": "disabled", "lose": True, "from": 3}],
}


def check(sim, service, names):
    """Everything that could be had is there once, and only what could not is in
    a gap."""
    truth = sim.truth()
    events, lost = had(truth)
    lost = {blob for blob in lost if truth.blobs[blob]["fate"] != "lost"}
    there = service.ids()
    assert len(events - set(there)) == 0
    assert len(set(there) - events) == 0
    assert max(there.values(), default=1) == 1
    gaps = {(names.index(source), key): gap
            for (source, key), gap in service.open_gaps().items()}
    off = [key for key in gaps if gaps[key]["cause"] == "disabled"]
    check_off(truth, [gaps.pop(key) for key in off], names)
    assert set(gaps) == lost, [truth.blobs.get(gap) for gap in set(gaps) ^ lost][:4]
    service.verify()
    check_tallies(truth, service, names)
    return truth


def is_in(blob, gap, names):
    return (blob["tenant"] == names.index(gap["source"]) and blob["type"] == gap["stream"]
            and datetime.fromisoformat(gap["from"]) <= datetime.fromisoformat(blob["created"])
            <= datetime.fromisoformat(gap["to"]))


def check_off(truth, gaps, names):
    """What a subscription lost while it was off is in a gap of its stream; when
    it was made is known where nothing was dated back."""
    told = {fault["fault"] for fault in truth.faults}.isdisjoint(("backdated", "skew"))
    for blob in truth.blobs.values():
        if blob["fate"] == "lost":
            stream = [gap for gap in gaps if gap["stream"] == blob["type"]
                      and names.index(gap["source"]) == blob["tenant"]]
            assert stream, blob
            assert not told or any(is_in(blob, gap, names) for gap in stream), blob


def check_tallies(truth, service, names):
    """firn's own count of what came is the truth's, for each stream."""
    said, true = service.tallies(), tallies(truth)
    for (tenant, stream), count in true.items():
        total = said.pop((names[tenant], stream))
        for key in ("announced", "fetched", "lost", "records", "events", "duplicates"):
            assert total[key] == count[key], (names[tenant], stream, key, total, count)
        assert total["refused"] == total["before"] == 0
    assert not any(total["announced"] for total in said.values())


def test_each_fault_alone(tmp_path):
    names = list(FAULTS)
    sim = Sim(tmp_path, "--tenants", len(names), "--people", 50, "--rate", 8,
              "--history", "1m", "--blob", 20, "--page", 3, "--quota", 0)
    sim.faults([{**fault, "tenant": i} for i, name in enumerate(names)
                for fault in FAULTS[name]])
    service = Run(tmp_path, {
        name: source_of(sim, sim.tenants[i], overlap="1 min", again="2 s")
        for i, name in enumerate(names)})
    service.start()
    time.sleep(5)
    sim.end_events()
    sim.heal()
    service.settle()
    service.stop()
    sim.stop()
    truth = check(sim, service, names)
    struck = {fault["fault"] for fault in truth.faults if fault["struck"]}
    meant = {fault["fault"] for faults in FAULTS.values() for fault in faults}
    assert struck == meant - {"skew"}  # which lasts, and does not strike
    off = [gap for gap in service.open_gaps().values() if gap["cause"] == "disabled"]
    assert {gap["source"] for gap in off} == {"disabled"}
    for blob in truth.blobs.values():
        assert blob["fate"] != "lost" or any(is_in(blob, gap, names) for gap in off), blob
    (since,) = [datetime.fromisoformat(fault["from"]) for fault in truth.faults
                if fault["fault"] == "disabled"]
    for gap in off:
        # It begins with the last look that was answered, and ends when it was on again.
        inside = [blob for blob in truth.blobs.values() if is_in(blob, gap, names)
                  and datetime.fromisoformat(blob["created"]) >= since]
        assert not [blob for blob in inside if blob["fate"] != "lost"], gap
    assert "lost" in {blob["fate"] for blob in truth.blobs.values()}
    assert max(blob["bytes"] for blob in truth.blobs.values()) >= 60 << 20


SEEDS = int(os.environ.get("FIRN_MIX_SEEDS", "1"))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_faults_mixed_and_killed_meanwhile(tmp_path, seed):
    draw = random.Random(seed)
    choice = [fault for faults in FAULTS.values() for fault in faults]
    mix = [{**fault, "from": draw.random() * 3, "for": 1 + draw.random() * 3,
            "share": draw.choice([0.1, 0.3])} for fault in draw.sample(choice, 6)]
    for fault in mix:
        # What was off before it was ever looked at was off for nobody knows how long.
        fault["from"] += 3 * (fault["fault"] == "disabled")
    sim = Sim(tmp_path, "--tenants", 2, "--people", 100, "--rate", 40, "--seed", seed + 1,
              "--history", "1m", "--blob", 50, "--page", 4, "--quota", 0)
    sim.faults(mix)
    service = Run(tmp_path, {f"t{i}": source_of(sim, tenant)
                             for i, tenant in enumerate(sim.tenants)})
    until = time.monotonic() + 6
    while time.monotonic() < until:
        service.start()
        time.sleep(0.3 + draw.random())
        service.kill()
    sim.end_events()
    sim.heal()
    service.start()
    service.settle()
    service.stop()
    sim.stop()
    check(sim, service, ["t0", "t1"])
