"""What stops other collectors, or makes them lose records, by name."""

import time

import pytest

from run_home import Run, Sim, had, source_of, wait_for

SMALL = ("--people", 50, "--history", "1m", "--quota", 0)
QUICK = {"quota": 1000000}


# What goes wrong with a tenant.
FAULTS = {
    "huge": [{"fault": "huge", "bytes": 5 << 20, "times": 1}],
    "not-200": [{"fault": "server-error", "on": ["blob"], "status": status, "share": 0.3,
                 "for": 3} for status in (500, 404, 302, 418)],
    "pages": [],
    "thirteen": [{"fault": "duplicate-heavy", "copies": 13, "for": 2}],
    "late": [{"fault": "late", "seconds": 2, "times": 5}],
    "backdated": [{"fault": "backdated", "seconds": 600, "times": 5}],
}
NAMES = list(FAULTS)


def check_all(sim, service):
    """What the simulator handed out is there, each event once, and nothing else."""
    truth = sim.truth()
    events, gone = had(truth)
    there = service.ids()
    assert set(there) == events and not gone
    assert max(there.values()) == 1
    service.verify()
    return truth


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """All of them at once, and to the end: the truth, and the service's records."""
    root = tmp_path_factory.mktemp("known")
    sim = Sim(root, "--tenants", len(FAULTS), *SMALL, "--rate", 5, "--blob", 3, "--page", 1)
    sim.faults([{**fault, "tenant": i} for i, name in enumerate(NAMES)
                for fault in FAULTS[name]])
    service = Run(root, {name: source_of(sim, sim.tenants[i], **QUICK, patience="30 s")
                         for i, name in enumerate(NAMES)})
    service.start()
    time.sleep(5)
    sim.end_events()
    sim.heal()
    service.settle()
    service.stop()
    sim.stop()
    return check_all(sim, service), service


def blobs(collected, name):
    truth, _ = collected
    return [blob for (tenant, _), blob in truth.blobs.items() if tenant == NAMES.index(name)]


def expect_struck(collected, name):
    truth, service = collected
    kinds = {fault["fault"] for fault in FAULTS[name]}
    assert {f["fault"] for f in truth.faults if f["struck"]} >= kinds
    assert had(truth, {NAMES.index(name)})[0] <= set(service.ids())
    assert not [gap for gap in service.own("gap") if gap["source"] == name]


def test_blob_over_1_mib(collected):
    expect_struck(collected, "huge")
    assert max(blob["bytes"] for blob in blobs(collected, "huge")) >= 5 << 20


def test_blob_that_is_not_200(collected):
    expect_struck(collected, "not-200")


def test_pages_are_followed_by_their_header(collected):
    expect_struck(collected, "pages")
    assert len(blobs(collected, "pages")) > 50


def test_same_record_13_times(collected):
    expect_struck(collected, "thirteen")
    truth, service = collected
    events = [event for event in truth.events.values()
              if event["tenant"] == NAMES.index("thirteen")]
    assert max(len(event["available"]) for event in events) >= 13
    rows = service.sql("select count(*) as n from records where source not like 'firn/%'")
    assert rows == [{"n": len(truth.events)}]


@pytest.mark.parametrize("name", ["late", "backdated"])
def test_late_records_are_behind_no_window(collected, name):
    expect_struck(collected, name)


# Which requests fail all the time, while it lasts.
TROUBLES = {
    "no token": {"fault": "server-error", "on": ["token"]},
    "throttled": {"fault": "throttle"},
    "no list": {"fault": "server-error", "on": ["list"]},
    "refused": {"fault": "unauthorised"},
    "not json": {"fault": "not-json-200", "on": ["token", "list", "blob"]},
    "switched off": {"fault": "disabled"},
}


def test_none_stops_for_good(tmp_path):
    sim = Sim(tmp_path, "--tenants", len(TROUBLES), *SMALL, "--rate", 5)
    names = [name.replace(" ", "-") for name in TROUBLES]
    service = Run(tmp_path, {name: source_of(sim, sim.tenants[i], **QUICK)
                             for i, name in enumerate(names)}).start()
    wait_for(lambda: all(source["records"] for source in service.status()["sources"]))
    # Who was started by somebody else is not started twice in a minute.
    service.stop()
    service.start()
    sim.faults([{**fault, "tenant": i, "for": 5}
                for i, fault in enumerate(TROUBLES.values())])
    wait_for(lambda: sum(source["mood"] != "well"
                         for source in service.status()["sources"]) >= 2)
    time.sleep(6)
    sim.end_events()
    # Throttled for so long, it may wait for half a minute.
    service.settle(3.0)
    service.stop()
    sim.stop()
    check_all(sim, service)


def test_many_tenants_not_one_after_another(tmp_path):
    sim = Sim(tmp_path, "--tenants", 30, *SMALL, "--load", 3000, "--blob", 50)
    sim.faults([{"fault": "slow", "tenant": 7, "on": ["blob"], "rate": 1000}])
    service = Run(tmp_path, {f"t{i}": source_of(sim, tenant, **QUICK)
                             for i, tenant in enumerate(sim.tenants)}).start()

    def others_are_done():
        sources = service.status()["sources"]
        return all(s["records"] >= 100 and "way" not in s["text"]
                   for s in sources if s["name"] != "t7")

    wait_for(others_are_done, 60)
    slow = next(s for s in service.status()["sources"] if s["name"] == "t7")
    assert slow["records"] < 100
    sim.end_events()
    sim.heal()
    time.sleep(3)  # some polls: what happened meanwhile is listed
    wait_for(others_are_done, 60)
    service.stop()
    sim.stop()
    events, _ = had(sim.truth(), set(range(30)) - {7})
    assert events <= set(service.ids())


def test_no_endless_loop_at_5000_events_a_minute(tmp_path):
    sim = Sim(tmp_path, *SMALL, "--rate", 100, "--blob", 10, "--page", 5)
    service = Run(tmp_path, {"t0": source_of(sim, sim.tenants[0], **QUICK)}).start()
    time.sleep(6)
    sim.end_events()
    service.settle()
    service.stop()
    sim.stop()
    truth = check_all(sim, service)
    assert len(truth.events) > 600
    # Each was fetched once, however often it was listed.
    assert {blob["served"] for blob in truth.blobs.values()} == {1}


def test_what_was_off_is_missed_although_its_list_cannot_be_read(tmp_path):
    """Who starts a subscription that was off, and does not look first, knows of nothing."""
    sim = Sim(tmp_path, "--tenants", 1, *SMALL, "--rate", 20)
    source = {"known": source_of(sim, sim.tenants[0], **QUICK)}
    (tmp_path / "first").mkdir()
    first = Run(tmp_path / "first", source).start()
    wait_for(lambda: first.status()["sources"][0]["records"])
    first.stop()
    sim.faults([{"fault": "disabled", "lose": True}])
    time.sleep(2)
    sim.faults([{"fault": "truncate", "on": ["subscription"], "for": 4}])
    service = Run(tmp_path, source).start()
    time.sleep(5)
    sim.end_events()
    sim.heal()
    service.settle()
    service.stop()
    sim.stop()
    lost = {blob["type"] for blob in sim.truth().blobs.values() if blob["fate"] == "lost"}
    gaps = [gap for gap in service.open_gaps().values() if gap["cause"] == "disabled"]
    assert lost and lost <= {gap["stream"] for gap in gaps}
