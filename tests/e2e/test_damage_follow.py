"""firn run follows assessments of damage: what comes later changes the verdict, and is told."""

import json
import os
import pathlib
import signal
import struct
import time
import urllib.request

import pytest

from conftest import preload, run
from damage_acts import OURS, RULE_OF, THEIRS, act
from run_home import Run, Sim, source_of, wait_for

RULE = "firn-damage-verdict"


def without_leaks(service):
    """These cannot be looked for in a child that may not read /proc."""
    service.env["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    return service


class Home:
    """A simulator with an attack to come, and a service that tells a file."""

    def __init__(self, root, *options):
        self.root = root
        self.sim = Sim(root, "--people", 40, "--history", "2m", "--rate", 2, "--quota", 0,
                       *options)
        self.out = root / "alerts.ndjson"
        self.service = Run(root, {"t": source_of(self.sim, self.sim.tenants[0])},
                           shipped_rules=False, seal=False, outputs={
                               "f": {"kind": "file", "path": str(self.out)}})

        without_leaks(self.service)

    def start_of(self):
        """Where the intruder comes from: the truth knows it beforehand."""
        for line in (self.sim.dir / "truth.ndjson").read_text().splitlines():
            said = json.loads(line)
            if "start" in said:
                return said["start"]
        return None

    def damage(self, *words, check=None):
        return run("damage", self.service.ledger, *words, check=check, recorded=True,
                   env=self.service.env)

    def cases(self):
        return self.service.status().get("cases", [])

    def alerts(self):
        """Of verdicts, in their order."""
        if not self.out.exists():
            return []
        said = [json.loads(line) for line in self.out.read_text().splitlines()]
        return [s for s in said if s["finding_info"]["analytic"]["uid"] == RULE]

    def text(self):
        done = run("status", "--at", self.service.address, check=None, env=self.service.env)
        return done.stdout.decode()

    def close(self, case):
        run("damage", "close", self.service.ledger, "--case", case, "--by", "A. Weber",
            "--why", "over", env=self.service.env)

    def wait_alerts(self, count):
        wait_for(lambda: len(self.alerts()) >= count, 120)
        return self.alerts()

    def metric(self, name):
        with urllib.request.urlopen(f"http://{self.service.address}/metrics", None, 30) as answer:
            lines = answer.read().decode().splitlines()
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1])
                for line in lines if line.startswith(f"firn_{name}")}


@pytest.fixture
def home(tmp_path):
    made = []

    def make(*options):
        made.append(Home(tmp_path, *options))
        return made[0]
    yield make
    for one in made:
        for process in (one.service.process, one.sim.process):
            if process and process.poll() is None:
                process.kill()
                process.wait()


def verdict_of(alert):
    return {m["field"]: m.get("value") for m in alert["unmapped"]["matched"]}["verdict"]


def test_a_verdict_follows_the_intruder_and_is_told(home):
    home = home("--attack", "token-theft:contain=none", "--attack-in", "8s")
    home.service.start()
    start = wait_for(home.start_of)
    wait_for(lambda: home.service.sql("select 1 as n from records where source like 'o365/%' limit 1"))
    words = [w for ip in start["ip"] for w in ("--ip", ip)]
    done = home.damage(*words, "--by", "A. Weber", "--format", "json")
    assert json.loads(done.stdout)["verdict"]["verdict"] == "not established"
    case = wait_for(home.cases)[0]
    assert case["verdict"] == "not established" and "--ip" in case["command"]

    first = home.wait_alerts(1)[0]
    assert verdict_of(first) == "access continues" and first["severity"] == "Critical"
    assert first["resources"] == [{"uid": str(case["case"]), "name": case["command"],
                                   "type": "case"}]
    assert first["finding_info"]["desc"].startswith("last use ")
    index = first["evidences"][0]["data"]["index"]
    used = home.service.sql(f"select ip from records where index = {index}")
    assert used[0]["ip"] in start["ip"]

    # After a start it is followed, and nothing is told twice.
    home.service.stop()
    home.service.start()
    wait_for(lambda: [c.get("looked") for c in home.cases()] not in ([], [None]))
    again = home.cases()[0]
    assert again["case"] == case["case"] and again["verdict"] == verdict_of(home.alerts()[-1])
    uids = [a["finding_info"]["uid"] for a in home.alerts()]
    assert len(uids) == len(set(uids))
    # The intruder goes on meanwhile: of a later use it is told, too.
    wait_for(lambda: [f["verdict"] for f in home.service.own("followed")] ==
             [verdict_of(a) for a in home.alerts()])

    said = home.text()
    assert f"damage         {case['case']}: access continues" in said
    gauge = f'firn_damage_access_continues{{case="{case["case"]}"}}'
    assert home.metric("damage_access_continues")[gauge] == 1

    home.close(case["case"])
    wait_for(lambda: not home.cases())
    home.service.stop()
    home.service.verify()


# --- by hand ---

class Dropped(Home):
    """A service that is given records in a folder."""

    def __init__(self, root, env=None, **keys):
        self.root, self.sim, self.drop = root, None, root / "drop"
        self.drop.mkdir()
        self.out = root / "alerts.ndjson"
        self.service = Run(root, {"drop": {
            "kind": "file", "path": str(self.drop), "poll": "200 ms", "still": "300 ms"}},
            shipped_rules=False, seal=False, **keys,
            outputs={"f": {"kind": "file", "path": str(self.out)}})
        without_leaks(self.service).env.update(env or {})
        self.service.start()

    def put(self, name, *records):
        (self.drop / f"{name}.part").write_text("".join(r + "\n" for r in records))
        (self.drop / f"{name}.part").rename(self.drop / f"{name}.ndjson")

    def have(self, events):
        wait_for(lambda: self.service.sql(
            "select count(*) as n from records where source not like 'firn/%'")[0]["n"] == events)


@pytest.fixture
def dropped(tmp_path, request):
    home = Dropped(tmp_path, **getattr(request, "param", {}))
    yield home
    if home.service.process.poll() is None:
        home.service.kill()


def test_it_changes_there_and_back(dropped):
    dropped.put("1", act(1, "2026-10-01T10:00:00", "UserLoggedIn", OURS),
                act(2, "2026-10-02T10:00:00", "UserLoggedIn", THEIRS),
                act(3, "2026-10-02T10:01:00", "New-InboxRule", THEIRS, **RULE_OF))
    dropped.have(3)
    done = dropped.damage("--ip", THEIRS, "--by", "A. Weber", "--format", "json", check=1)
    assert json.loads(done.stdout)["verdict"]["verdict"] == "access continues"
    case = wait_for(dropped.cases)[0]["case"]
    # The owner acts, days later, and the intruder has not been seen for as long.
    dropped.put("2", act(4, "2026-10-05T10:00:00", "UserLoggedIn", OURS))
    assert verdict_of(dropped.wait_alerts(1)[0]) == "not established"
    dropped.put("3", act(5, "2026-10-05T11:00:00", "UserLoggedIn", THEIRS))
    last = dropped.wait_alerts(2)[1]
    assert verdict_of(last) == "access continues" and last["severity"] == "Critical"
    assert dropped.alerts()[0]["severity"] == "High"
    # Asked again, it has another number; what is closed is not followed.
    dropped.damage("--ip", THEIRS, check=1)
    wait_for(lambda: [c["case"] for c in dropped.cases()] not in ([], [case]))
    assert len(dropped.cases()) == 1
    failed = run("damage", "close", dropped.service.ledger, "--case", case, "--by", "A. Weber",
                 check=2, env=dropped.service.env)
    assert f"no open case {case}" in failed.stderr.decode()
    dropped.close(dropped.cases()[0]["case"])
    wait_for(lambda: not dropped.cases())
    dropped.put("4", act(6, "2026-10-09T10:00:00", "UserLoggedIn", OURS))
    dropped.have(6)
    assert len(dropped.alerts()) == 2
    print("verdict p99 after arrival:", dropped.service.status()["verdict_p99_us"] / 1e6, "s")


def test_a_statement_and_a_wrong_command(dropped):
    dropped.put("1", act(1, "2026-10-02T10:00:00", "UserLoggedIn", THEIRS))
    dropped.have(1)
    dropped.damage("--ip", THEIRS, "--cut", "session:it's", check=1)
    case = wait_for(dropped.cases)[0]
    assert case["command"] == f"--ip '{THEIRS}' --cut 'session:it'\\''s'"
    looked = wait_for(lambda: dropped.cases()[0].get("looked"))
    run("damage", "aware", dropped.service.ledger, "--at", "2026-10-03T09:30", "--by", "A. Weber",
        env=dropped.service.env)
    wait_for(lambda: dropped.cases()[0].get("looked") != looked)
    assert not dropped.cases()[0].get("trouble")


def title_of(alert):
    return alert["finding_info"]["title"]


def test_a_later_use_is_told_while_access_continues(dropped):
    """By another mark at once, by the same an hour later, and never twice."""
    other = "203.0.113.99"
    dropped.put("1", act(1, "2026-10-02T10:00:00", "UserLoggedIn", THEIRS),
                act(2, "2026-10-02T10:01:00", "New-InboxRule", THEIRS, **RULE_OF))
    dropped.have(2)
    dropped.damage("--ip", THEIRS, "--ip", other, check=1)
    wait_for(lambda: [c.get("looked") for c in dropped.cases()] not in ([], [None]))
    assert not dropped.alerts()
    dropped.put("2", act(3, "2026-10-02T10:05:00", "UserLoggedIn", THEIRS))
    first, = dropped.wait_alerts(1)
    assert verdict_of(first) == "access continues" and first["severity"] == "Critical"
    assert title_of(first).endswith(", and is used again")
    assert first["finding_info"]["desc"].startswith("last use 2026-10-02 10:05:00 ")
    dropped.put("3", act(4, "2026-10-02T10:06:00", "UserLoggedIn", THEIRS))
    dropped.have(4)
    dropped.put("4", act(5, "2026-10-02T10:07:00", "UserLoggedIn", other))
    second = dropped.wait_alerts(2)[1]
    assert second["finding_info"]["desc"].startswith("last use 2026-10-02 10:07:00 ")
    # What was told can be read from the next checkpoint on.
    wait_for(lambda: len(dropped.service.own("followed")) == 2)
    told = dropped.service.own("followed")
    assert [(t["last"][:19], t["last_by"]) for t in told] == [
        ("2026-10-02T10:05:00", f"address {THEIRS}"), ("2026-10-02T10:07:00", f"address {other}")]
    # Who is started anew knows what was told.
    dropped.service.kill()
    dropped.service.start()
    wait_for(lambda: [c.get("looked") for c in dropped.cases()] not in ([], [None]))
    looked = dropped.cases()[0]["looked"]
    dropped.put("5", act(6, "2026-10-02T10:08:00", "UserLoggedIn", other))
    wait_for(lambda: dropped.cases()[0].get("looked") != looked)
    dropped.have(6)
    assert len(dropped.alerts()) == 2 and dropped.service.own("followed") == told


def test_a_use_that_was_held_is_told_when_its_hour_is_over(tmp_path):
    ahead = tmp_path / "ahead"
    ahead.write_bytes(struct.pack("q", 0))
    home = Dropped(tmp_path, {"LD_PRELOAD": preload(), "FIRN_FAULT_AHEAD": str(ahead)})
    try:
        home.put("1", act(1, "2026-10-02T10:00:00", "UserLoggedIn", THEIRS),
                 act(2, "2026-10-02T10:01:00", "New-InboxRule", THEIRS, **RULE_OF))
        home.have(2)
        home.damage("--ip", THEIRS, check=1)
        wait_for(lambda: [c.get("looked") for c in home.cases()] not in ([], [None]))
        home.put("2", act(3, "2026-10-02T10:05:00", "UserLoggedIn", THEIRS))
        home.wait_alerts(1)
        looked = home.cases()[0]["looked"]
        home.put("3", act(4, "2026-10-02T10:06:00", "UserLoggedIn", THEIRS))
        wait_for(lambda: home.cases()[0].get("looked") != looked)
        home.have(4)
        for seconds, alerts in (3400, 1), (3700, 2):
            with ahead.open("r+b") as file:
                file.write(struct.pack("q", seconds))
            time.sleep(2)
            assert len(home.wait_alerts(alerts)) == alerts
        assert home.alerts()[1]["finding_info"]["desc"].startswith("last use 2026-10-02 10:06:00 ")
        home.service.stop()
    finally:
        if home.service.process.poll() is None:
            home.service.kill()


def children(pid):
    path = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in path.read_text().split()]


def helper_of(service):
    """The process that assesses, and the one that keeps it."""
    for keeper in children(service.process.pid):
        for helper in children(keeper):
            return helper, keeper
    return None


def follow_one(dropped):
    """An intrusion that is followed; the process that assesses it, and who keeps that."""
    dropped.put("1", act(1, "2026-10-01T10:00:00", "UserLoggedIn", OURS),
                act(2, "2026-10-02T10:00:00", "UserLoggedIn", THEIRS),
                act(3, "2026-10-02T10:01:00", "New-InboxRule", THEIRS, **RULE_OF))
    dropped.have(3)
    dropped.damage("--ip", THEIRS, check=1)
    wait_for(lambda: [c.get("looked") for c in dropped.cases()] not in ([], [None]))
    return wait_for(lambda: helper_of(dropped.service))


@pytest.mark.parametrize("dropped", [{"assess": "10 s"}], indirect=True)
def test_a_helper_that_hangs_is_ended_and_started_again(dropped):
    log = dropped.root / "run.log"
    helper, keeper = follow_one(dropped)
    os.kill(helper, signal.SIGSTOP)
    dropped.put("2", act(4, "2026-10-06T10:00:00", "UserLoggedIn", OURS))
    dropped.have(4)
    trouble = wait_for(lambda: dropped.cases()[0].get("trouble"), 60)
    assert trouble == "the process that assesses damage gives no answer"
    assert verdict_of(dropped.wait_alerts(1)[0]) == "not established"
    assert log.read_text().count(f"damage is not followed: {trouble}") == 1
    other, same = wait_for(lambda: helper_of(dropped.service))
    assert other != helper and same == keeper and not os.path.exists(f"/proc/{helper}")
    wait_for(lambda: not dropped.cases()[0].get("trouble"))
    # Nor does a stop wait for one that hangs.
    os.kill(other, signal.SIGSTOP)
    dropped.service.stop()


def test_a_lost_helper_is_started_again(dropped):
    log = dropped.root / "run.log"
    helper, keeper = follow_one(dropped)
    os.kill(helper, signal.SIGKILL)
    # What comes meanwhile is assessed when there is one again.
    dropped.put("2", act(4, "2026-10-06T10:00:00", "UserLoggedIn", OURS))
    alert, = dropped.wait_alerts(1)
    assert verdict_of(alert) == "not established"
    wait_for(lambda: not dropped.cases()[0].get("trouble"))
    said = log.read_text()
    assert said.count("damage is not followed: the process") == 1
    assert said.count("damage is followed again") == 1
    # Without who keeps it, it stays lost, which is said; the rest goes on.
    helper, keeper = wait_for(lambda: helper_of(dropped.service))
    os.kill(keeper, signal.SIGKILL)
    os.kill(helper, signal.SIGKILL)
    wait_for(lambda: "nothing starts the process that assesses damage" in log.read_text())
    dropped.put("3", act(5, "2026-10-07T10:00:00", "UserLoggedIn", THEIRS))
    dropped.have(5)
    assert dropped.cases()[0]["trouble"] == "the process that assesses damage is gone"
    dropped.service.stop()


def name_of(pid):
    return pathlib.Path(f"/proc/{pid}/cmdline").read_text().split("\0")[0]


def query_of(service):
    """The firn-query that goes on from one assessment to the next."""
    helper = helper_of(service)
    return next((pid for pid in children(helper[0]) if name_of(pid) == "firn-query"), None)


def assess(dropped, number, day):
    """Whatever comes is the owner's; back when it was looked at."""
    looked = dropped.cases()[0]["looked"]
    dropped.put(f"a{number}", act(number, f"2026-10-{day:02}T10:00:00", "UserLoggedIn", OURS))
    wait_for(lambda: dropped.cases()[0]["looked"] != looked and not dropped.cases()[0].get("trouble"))


def test_a_query_goes_on_and_holds_nothing(dropped):
    helper, _ = follow_one(dropped)
    query = wait_for(lambda: query_of(dropped.service))
    run("ledger", "seal", dropped.service.ledger, env=dropped.service.env)
    for number in range(10, 13):
        assess(dropped, number, 3)
        if number == 10:
            time.sleep(5.1)  # then what was read of segments is kept
        assert query_of(dropped.service) == query and helper_of(dropped.service)[0] == helper
    ledger = str(dropped.service.ledger)
    wait_for(lambda: not any(os.readlink(fd).startswith(ledger) for pid in (query, helper)
                             for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir()))
    # What is erased does not come back.
    run("ledger", "erase", ledger, "--query", f"ip:{THEIRS}", "--reason", "asked", "--yes",
        env=dropped.service.env)
    dropped.put("2", act(20, "2026-10-06T10:00:00", "UserLoggedIn", OURS))
    assert verdict_of(dropped.wait_alerts(1)[0]) == "not established"
    assert query_of(dropped.service) == query


def test_a_lost_query_is_started_again(dropped):
    """One that is lost meanwhile is missed by nobody."""
    helper, _ = follow_one(dropped)
    query = wait_for(lambda: query_of(dropped.service))
    os.kill(query, signal.SIGKILL)
    assess(dropped, 10, 3)
    other = query_of(dropped.service)
    assert other not in (None, query)
    # In the middle of an answer, it is lost with who asked.
    os.kill(other, signal.SIGSTOP)
    dropped.put("2", act(11, "2026-10-03T10:00:00", "UserLoggedIn", OURS))
    worker, = wait_for(lambda: [pid for pid in children(helper) if pid != other])
    os.kill(worker, signal.SIGKILL)
    assert wait_for(lambda: dropped.cases()[0].get("trouble")) == "it failed"
    wait_for(lambda: not os.path.exists(f"/proc/{other}"))
    assess(dropped, 12, 6)
    assert query_of(dropped.service) not in (None, query, other)
    assert helper_of(dropped.service)[0] == helper
    assert verdict_of(dropped.wait_alerts(1)[0]) == "not established"
