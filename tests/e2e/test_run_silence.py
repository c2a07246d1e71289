"""What is never published on any path, and the habit of the weeks before that shows it:
with FIRN_SILENCE_SEEDS=5, in make soak.

The weeks come by Kafka, which has messages for as long as it keeps them."""

import collections
import json
import math
import os
import statistics
from datetime import datetime, timedelta, timezone

import pytest

from run_home import Run, Sim, wait_for

SEEDS = range(1, 1 + int(os.environ.get("FIRN_SILENCE_SEEDS", "0")))
HISTORY = timedelta(days=20)
HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
LOST = range(9, 12)  # hours of a day
# On these days the simulator's people rest in most places.
HOLIDAYS = "01-01 01-06 05-01 08-15 11-01 12-25 12-26".split()


def working_day(before):
    """The last day before that one on which people work."""
    day = before - timedelta(days=1)
    while day.weekday() > 4:
        day -= timedelta(days=1)
    return day


def is_odd(day):
    """Whether it is a holiday, or that weekday was in a week before."""
    return any((day - n * WEEK).strftime("%m-%d") in HOLIDAYS for n in range(4))


def lose(day, share, now):
    """All paths lack so many of the records of these hours; a little more, as the
    simulator begins a moment later."""
    begin = day + LOST.start * HOUR - timedelta(seconds=20)
    return {"fault": "unpublished", "share": share, "from": int((begin - now).total_seconds()),
            "for": int((len(LOST) * HOUR).total_seconds()) + 40}


def published(sim):
    """How many events of each hour came to be on Kafka, and how many happened."""
    came, happened = collections.defaultdict(set), collections.defaultdict(set)
    for line in (sim.dir / "truth.ndjson").read_text().splitlines():
        said = json.loads(line)
        if "event" not in said or said["stream"] == "audit":
            continue
        hour = datetime.fromisoformat(said["time"][:13] + ":00:00+00:00")
        happened[hour].add(said["event"])
        if any(copy["path"] == "eventhub" for copy in said["available"]):
            came[hour].add(said["event"])
    return ({hour: len(ids) for hour, ids in came.items()},
            {hour: len(ids) for hour, ids in happened.items()})


def habit(counts, begin, hour):
    """The least of the lower medians of this hour of the week and of its neighbours."""
    medians = []
    for at in (hour - HOUR, hour, hour + HOUR):
        weeks = [counts.get(at - n * WEEK, 0) for n in range(1, 5) if at - n * WEEK >= begin]
        medians.append(statistics.median_low(weeks))
    return min(medians)


def spread(counts, begin, end):
    """How much hours differ from one week to the next, without what chance explains."""
    differ, chance = [], []
    hour = begin + WEEK
    while hour < end:
        before, now = counts.get(hour - WEEK, 0), counts.get(hour, 0)
        if before >= 50:
            differ.append(abs(math.log((now + 0.5) / (before + 0.5))))
            chance.append(1 / before)
        hour += HOUR
    if len(differ) < 24:
        return 0.15
    total = (1.4826 * statistics.median_low(differ)) ** 2 / 2 - statistics.median_low(chance)
    return max(0.05, math.sqrt(max(0, total)))


def explained(counts, begin, end, hour):
    """So many events the habit explains; fewer it does not."""
    usual = habit(counts, begin, hour)
    return usual * math.exp(-4 * spread(counts, begin, end)) - 4 * math.sqrt(1.5 * usual)


def silences(service):
    """Hours that are in a suspected gap; there are no other gaps."""
    hours = set()
    for gap in service.open_gaps().values():
        assert gap["cause"] == "silence", gap
        at = datetime.fromisoformat(gap["from"][:19] + "+00:00")
        while at < datetime.fromisoformat(gap["to"][:19] + "+00:00"):
            hours.add(at)
            at += HOUR
    return hours


def collect(tmp_path, seed, faults):
    (tmp_path / "faults").write_text(json.dumps(faults))
    sim = Sim(tmp_path, "--people", 130, "--history", f"{HISTORY.days}d", "--seed", seed,
              "--kafka", "mock", "--kafka-partitions", 1, "--faults", tmp_path / "faults")
    sim.end_events()
    service = Run(tmp_path, {"hub": {
        "kind": "kafka", "topics": "activity", "start": "earliest", "partitions": "all",
        "brokers": (sim.dir / "kafka").read_text().strip()}})
    service.start()
    # The first look is after five seconds, the next ones after ten, twenty, ...
    wait_for(lambda: any(source["open_gaps"] for source in service.status()["sources"]), 120)
    service.settle(1)
    service.stop()
    sim.stop()
    return sim, service


@pytest.mark.parametrize("seed", SEEDS)
def test_never_published_and_more_than_the_habit_explains(tmp_path, seed):
    now = datetime.now(timezone.utc)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    whole = working_day(today)
    part = working_day(whole)
    if is_odd(whole):
        pytest.skip(f"{whole:%A} was a holiday: its hours have no habit")
    sim, service = collect(tmp_path, seed, [lose(whole, 1, now), lose(part, 0.2, now)])
    came, happened = published(sim)
    (stream,) = service.tallies().values()
    begin = datetime.fromisoformat(stream["since"][:19] + "+00:00") + HOUR
    assert begin < now - timedelta(days=16)
    end = now.replace(minute=0, second=0, microsecond=0)
    found = silences(service)
    lost = {whole + hour * HOUR for hour in LOST}
    assert all(came.get(hour, 0) < happened[hour] / 20 for hour in lost)
    # Of what was lost in part the habit explains what is left.
    assert any(came[part + hour * HOUR] < happened[part + hour * HOUR] for hour in LOST)
    expected = {hour for hour in lost
                if came.get(hour, 0) < explained(came, begin, end, hour)}
    assert expected and expected <= found <= lost
