"""firn run follows assessments of damage: what comes later changes the verdict, and is told."""

import json
import os
import time
import urllib.request

import pytest

from conftest import FIRN, run
from run_home import Run, Sim, source_of, wait_for

RULE = "firn-damage-verdict"


class Home:
    """A simulator with an attack to come, and a service that tells a file."""

    def __init__(self, root, *options):
        self.root = root
        self.sim = Sim(root, "--people", 40, "--history", "30m", "--rate", 5, "--quota", 0,
                       *options)
        self.out = root / "alerts.ndjson"
        self.service = Run(root, {"t": source_of(self.sim, self.sim.tenants[0])},
                           shipped_rules=False, seal=False, outputs={
                               "f": {"kind": "file", "path": str(self.out)}})

    def start_of(self):
        """Where the intruder comes from: the truth knows it beforehand."""
        for line in (self.sim.dir / "truth.ndjson").read_text().splitlines():
            said = json.loads(line)
            if "start" in said:
                return said["start"]
        return None

    def damage(self, *words, check=None):
        return run("damage", self.service.ledger, *words, check=check, env=self.service.env)

    def cases(self):
        return self.service.status().get("cases", [])

    def alerts(self):
        """Of verdicts, in their order."""
        if not self.out.exists():
            return []
        said = [json.loads(line) for line in self.out.read_text().splitlines()]
        return [s for s in said if s["finding_info"]["analytic"]["uid"] == RULE]

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
    home = home("--attack", "token-theft:contain=full", "--attack-in", "20s")
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
    for _ in range(25):
        time.sleep(1)
        print(time.time(), home.cases(), [(verdict_of(a), a["severity"]) for a in home.alerts()],
              home.metric("verdict"), home.metric("damage"))
    assert 0
