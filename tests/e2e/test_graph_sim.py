"""firn run and the Graph of firn-sim serve: what the truth says is what is there."""

import json
import signal
import subprocess
import time
import urllib.request

import pytest

from conftest import FIRN_SIM
from test_graph import Home, WAIT


class Simulated(Home):
    """The tenant is firn-sim's."""

    def __init__(self, root, *options):
        self.sim_dir = root / "sim"
        self.sim = subprocess.Popen(
            [FIRN_SIM, "serve", self.sim_dir, "--graph", "--people", "300", "--quota", "0", *options],
            stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        end = time.monotonic() + WAIT
        while not (self.sim_dir / "address").exists():
            assert self.sim.poll() is None and time.monotonic() < end
            time.sleep(0.05)
        self.url = (self.sim_dir / "address").read_text().strip()
        self.tenant = json.loads((self.sim_dir / "tenants.json").read_text())[0]
        super().__init__(root)

    def write(self, **more):
        super().write(**{
            "tenant": self.tenant["tenant"], "client": self.tenant["client"],
            "login": self.url, "endpoint": self.url, "back": "1 d", **more})
        text = self.config.read_text().replace("file: secret", f"file: {self.tenant['secret']}")
        self.config.write_text(text)

    def ask(self, path, body=None):
        data = body.encode() if body is not None else None
        with urllib.request.urlopen(self.url + path, data) as answer:
            return answer.read()

    def truth(self):
        """Ids of the first tenant's events that Graph shows."""
        ids = set()
        for line in (self.sim_dir / "truth.ndjson").read_text().splitlines():
            event = json.loads(line)
            if event.get("tenant") == 0 and any(
                    a["path"] == "graph" for a in event.get("available", [])):
                ids.add(event["event"])
        return ids

    def of_the_attack(self):
        """What the intruder did, as far as Graph shows it."""
        events = map(json.loads, (self.sim_dir / "truth.ndjson").read_text().splitlines()[:-1])
        return {e["operation"] for e in events if e.get("attack") and any(
            a["path"] == "graph" for a in e.get("available", []))}

    def events(self):
        return [r["id"] for s, r in self.records() if s.startswith("entra/") and
                not r["id"].startswith("risk-")]

    def close(self):
        super().close()
        self.sim.kill()
        self.sim.wait()


@pytest.fixture
def simulated(tmp_path):
    made = []

    def make(*options):
        made.append(Simulated(tmp_path, *options))
        return made[0]
    yield make
    for one in made:
        one.close()


FAULTS = """
- {fault: throttle, path: graph, share: 0.2, for: 12}
- {fault: unauthorised, path: graph, share: 0.1, for: 12}
- {fault: server-error, path: graph, share: 0.1, status: 503, for: 12}
- {fault: cut, path: graph, share: 0.1, after: 700, for: 12}
- {fault: not-json-200, path: graph, share: 0.1, for: 12}
- {fault: stale-page, path: graph, share: 0.2, for: 12}
- {fault: late, path: graph, share: 0.1, seconds: 15, for: 12}
"""


def test_all_that_the_truth_knows(simulated):
    home = simulated("--history", "4h", "--rate", "20",
                     "--attack", "midnight-blizzard", "--attack-in", "8s")
    home.ask("/sim/faults", FAULTS)
    home.write(top=100, back="1 d")
    home.start()
    for _ in range(3):
        time.sleep(4)
        home.stop(signal.SIGKILL)
        home.start()
    home.ask("/sim/stop-events", "")
    home.ask("/sim/heal", "")
    home.until(lambda: json.loads(home.ask("/sim/truth")).get("pending") == 0,
               "records are still to come")
    home.until(lambda: set(home.events()) == home.truth(), "not all came")
    got = home.events()
    assert len(got) == len(set(got))
    assert len(got) > 200


def test_what_an_attack_has_changed_is_in_the_state(simulated):
    home = simulated("--history", "1h", "--attack", "midnight-blizzard", "--attack-in", "2s")
    end = time.monotonic() + WAIT
    wanted = {"Add user", "Add app role assignment to service principal",
              "Add delegated permission grant"}
    while not wanted <= home.of_the_attack():
        assert time.monotonic() < end
        time.sleep(0.2)
    home.write(state="true", streams="[audits]", rules_of=f"[kim@{home.tenant['domain']}]")
    home.start()
    home.until(lambda: any(c["stream"] == "state" for c in home.own("clock")), "no state")
    records = home.records()

    def of(name):
        return [r for s, r in records if s == f"graph/state.{name}"]
    assert len(of("users")) == 301
    assert any(u["userPrincipalName"].startswith("svc.migration@") for u in of("users"))
    roles = of("appRoles.exchange") + of("appRoles.graph")
    assert any(r["principalDisplayName"] == "Mail Archive Connector" for r in roles)
    assert of("oauth2PermissionGrants")
    for name in ("groups", "servicePrincipals", "applications", "directoryRoles",
                 "roleAssignments", "conditionalAccess", "namedLocations", "domains",
                 "crossTenantDefault", "authorization", "authenticationMethods",
                 "organization", "subscribedSkus", "inboxRules"):
        assert of(name), name
