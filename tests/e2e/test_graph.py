"""The source graph: firn run against a Graph that does what the real one does."""

import collections
import json
import re
import signal
import subprocess
import time
import urllib.request

import pytest

from conftest import FIRN, run
from graph_api import CLIENT, SECRET, TENANT, Graph, alert, audit, signin
from ledger_home import Ledger

WAIT = 120


class Home:
    """A ledger, a Graph, and a firn run between them."""

    def __init__(self, root):
        self.ledger, self.graph, self.process = Ledger(root), Graph(), None
        secret = root / "secret"
        secret.write_text(SECRET)
        secret.chmod(0o600)
        self.config, self.root = root / "firn.yaml", root
        self.write()

    def write(self, queue="64M", **more):
        keys = {"tenant": TENANT, "client": CLIENT, "login": self.graph.url,
                "endpoint": self.graph.url, "poll": "200 ms", "again": "1 s",
                "quota": 100000, "back": "2 d", "state": "false", **more}
        lines = "\n".join(f"    {key}: {value}" for key, value in keys.items())
        self.config.write_text(
            f"ledger: ledger\nlisten: 127.0.0.1:0\nseal: false\nshipped_rules: false\n"
            f"queue: {queue}\nsources:\n"
            f"  entra:\n    kind: graph\n    secret: {{file: secret}}\n{lines}\n")

    def start(self):
        self.log = open(self.root / "log", "ab")
        self.process = subprocess.Popen([FIRN, "run", "-c", self.config],
                                        env=self.ledger.env, stderr=self.log)

    def stop(self, how=signal.SIGTERM):
        if not self.process:
            return
        self.process.send_signal(how)
        code = self.process.wait(WAIT)
        self.process = None
        if how == signal.SIGTERM:
            assert code == 0, (self.root / "log").read_text()

    def says(self):
        """What the source says of itself."""
        url = re.findall(r"status at (\S+)", (self.root / "log").read_text())[-1]
        with urllib.request.urlopen(url) as answer:
            return json.loads(answer.read())["sources"][0]["text"]

    def select(self, where):
        """Source and text of these records."""
        # The child may not look at its own threads, which LeakSanitizer does.
        env = {**self.ledger.env, "ASAN_OPTIONS":
               self.ledger.env.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
        done = run("sql", self.ledger.dir, "--format", "ndjson",
                   f"SELECT source, decode(raw(index)) AS raw FROM records WHERE {where}",
                   env=env)
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        return [(row["source"], json.loads(row["raw"])) for row in rows]

    def records(self):
        """Those that are not firn's own: source and record."""
        return self.select("source NOT LIKE 'firn/%'")

    def own(self, stream):
        """firn's own records of that stream."""
        return [text for _, text in self.select(f"source = 'firn/{stream}'")]

    def until(self, true, what):
        end = time.monotonic() + WAIT
        while time.monotonic() < end:
            assert self.process.poll() is None, (self.root / "log").read_text()
            if true():
                return
            time.sleep(0.2)
        raise AssertionError(what)

    def until_ids(self, wanted, sources=("entra/", "graph/alerts")):
        """Until exactly these are in the ledger, each once."""
        def there():
            got = [r["id"] for s, r in self.records() if s.startswith(sources)]
            assert max(collections.Counter(got).values(), default=1) == 1
            return set(got) == set(wanted)
        self.until(there, "not all came")

    def close(self):
        self.stop(signal.SIGKILL)
        self.graph.close()


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path)
    yield made
    made.close()


def fill(graph, now, count=2500):
    """Rows over two days in every list; their ids."""
    rows = {name: [] for name in graph.rows}
    kinds = ["interactiveUser", "nonInteractiveUser", "servicePrincipal", "managedIdentity"]
    for n in range(count):
        at = now - 40 * 3600 * n / count - 5
        rows["signIns"].append(signin(at, f"p{n % 50}@example.org", kinds[n % 4]))
        if n % 5 == 0:
            rows["directoryAudits"].append(audit(at))
    rows["alerts_v2"] = [alert(now - 3600 * n - 5, n) for n in range(3)]
    for name, more in rows.items():
        graph.add(name, *more)
    return [row["id"] for more in rows.values() for row in more]


def test_pages_late_rows_and_kills(home):
    """Nothing is missing and nothing is twice, whatever comes between."""
    graph, now = home.graph, time.time()
    graph.page_max = 100
    wanted = fill(graph, now)
    for _ in range(3):
        home.start()
        time.sleep(1.5)
        home.stop(signal.SIGKILL)
    home.start()
    home.until_ids(wanted)
    late = [signin(now - 20 * 3600), signin(now - 3 * 3600), audit(now - 7 * 3600)]
    fresh = [signin(time.time()), audit(time.time())]
    for row in late + fresh:
        graph.add("signIns" if "createdDateTime" in row else "directoryAudits", row)
    wanted += [row["id"] for row in late + fresh]
    home.until_ids(wanted)
    home.stop()


def test_pages_wait_for_room(home):
    """Of pages of which hardly two find room, each is taken all the same."""
    wanted = fill(home.graph, time.time(), 6000)
    home.write(queue="1M", parallel=8)
    home.start()
    home.until_ids(wanted)
    home.stop()


class Faults:
    """Answers wrongly now and then: every `each`th time, as often as `most`."""

    def __init__(self, *answers, each=3, most=12):
        self.answers, self.each, self.most = answers, each, most
        self.asked, self.struck = 0, 0

    def __call__(self, path, query):
        self.asked += 1
        if self.asked % self.each or self.struck >= self.most:
            return None
        self.struck += 1
        return self.answers[self.struck % len(self.answers)]


@pytest.mark.parametrize("faults", [
    Faults((429, "TooManyRequests", {"Retry_After": "1"}), most=4),
    Faults((500, "UnknownError"), (503, "ServiceNotAvailable"), (504, "GatewayTimeout")),
    Faults((401, "InvalidAuthenticationToken")),
], ids=["throttled", "5xx", "token"])
def test_faults_that_pass(home, faults):
    home.graph.page_max, home.graph.fault = 200, faults
    wanted = fill(home.graph, time.time(), 800)
    home.start()
    home.until_ids(wanted)
    home.stop()
    assert faults.struck


def test_retry_after_is_respected(home):
    """Reports and alerts have limits of their own: one pauses alone."""
    faults = Faults((429, "TooManyRequests", {"Retry_After": "3"}), each=1, most=1)
    home.graph.fault = lambda path, query: (
        faults(path, query) if "auditLogs" in path else None)
    wanted = fill(home.graph, time.time(), 40)
    home.write(parallel=1)
    home.start()
    home.until(lambda: faults.struck, "was not asked")
    begun, asked = time.monotonic(), len(home.graph.asked)
    home.until(lambda: any("auditLogs" in path for _, path, _ in home.graph.asked[asked:]),
               "was not asked again")
    assert time.monotonic() - begun > 2
    assert any("alerts" in path for _, path, _ in home.graph.asked)
    home.until_ids(wanted)


@pytest.mark.parametrize("answer", [
    (410, "syncStateNotFound"), (400, "BadRequest: Invalid Skip Token")])
def test_stale_page_token(home, answer):
    """The window is begun again."""
    stale = Faults(answer, each=2, most=6)
    home.graph.page_max = 10
    home.graph.fault = lambda path, query: (
        stale(path, query) if "$skiptoken" in query else None)
    wanted = fill(home.graph, time.time(), 1000)
    home.start()
    home.until_ids(wanted)
    assert stale.struck == 6


def test_a_link_to_another_host_gets_no_token(home):
    """A token is for the API alone, whatever a page says."""
    other = Graph()
    page = home.graph.page

    def lead_astray(*args):
        status, body = page(*args)
        if "@odata.nextLink" in body:
            body["@odata.nextLink"] = body["@odata.nextLink"].replace(home.graph.url, other.url)
        return status, body
    home.graph.page, home.graph.page_max = lead_astray, 10
    fill(home.graph, time.time(), 100)
    home.start()
    time.sleep(3)
    home.graph.page = page
    other.close()
    assert not other.asked


def test_not_permitted_is_said(home):
    home.graph.fault = lambda path, query: (
        (403, "Authentication_MSGraphPermissionMissing") if "directoryAudits" in path else None)
    wanted = fill(home.graph, time.time(), 60)
    signins = [i for i in wanted if not i.startswith("Directory_")]
    home.start()
    home.until_ids(signins)
    assert "audits: not permitted: the application wants AuditLog.Read.All" in home.says()
    home.graph.fault = None


def test_alerts_are_kept_as_often_as_they_change(home):
    now = time.time()
    home.graph.add("alerts_v2", alert(now - 60, 1))
    home.start()
    home.until_ids(["al-1"])
    changed = {**alert(time.time(), 1), "status": "resolved"}
    home.graph.rows["alerts_v2"][:] = [changed]
    home.until(lambda: [r["status"] for s, r in home.records() if s == "graph/alerts"]
               == ["new", "resolved"], "the change did not come")
    time.sleep(2)
    assert len([1 for s, _ in home.records() if s == "graph/alerts"]) == 2


def test_state_once_a_day(home):
    home.write(state="true", streams="[audits]",
               rules_of="[kim@example.org, ann@example.org]")
    graph = home.graph
    graph.state["users"] = [{"id": f"u{n}", "userPrincipalName": f"p{n}@example.org"}
                            for n in range(250)]
    graph.page_max = 100
    rules = "users/kim@example.org/mailFolders/inbox/messageRules"
    graph.state[rules.replace("@", "%40")] = [{"id": "r1", "displayName": "."}]
    graph.fault = lambda path, query: (
        (403, "Authorization_RequestDenied") if path == "groups" else None)
    home.start()

    def states():
        return collections.Counter(s for s, _ in home.records())
    wanted = {"graph/state.users": 250, "graph/state.domains": 2, "graph/state.federation": 1,
              "graph/state.authorization": 1, "graph/state.crossTenantDefault": 1,
              "graph/state.inboxRules": 1}
    home.until(lambda: states() == wanted, "the state is not there")
    home.until(lambda: any(c["stream"] == "state" for c in home.own("clock")), "no clock")
    home.stop()
    # that there are none is told, too
    assert {d.get("of") for d in home.own("delivery") if d["stream"] == "state.inboxRules"} \
        == {"kim@example.org", "ann@example.org"}
    asked = len(graph.asked)
    home.start()
    time.sleep(2)
    home.stop()
    assert states() == wanted
    assert not [path for _, path, _ in graph.asked[asked:] if path == "users"]


def check(home, *options):
    done = run("check", "m365", "-c", home.config, "--source", "entra", "--format", "json",
               *options, check=None)
    return done.returncode, {a["what"]: a for a in map(json.loads, done.stdout.splitlines())}


def test_check_says_what_is_missing(home):
    home.write(state="true")
    code, answers = check(home)
    assert code == 1
    missing = {w for w, a in answers.items() if a["state"] == "missing"}
    assert missing == {"licence that logs which mail is read"}
    home.graph.state["subscribedSkus"] = [{"servicePlans": [
        {"servicePlanName": "M365_ADVANCED_AUDITING"}]}]
    assert check(home)[0] == 0

    home.graph.roles.remove("AuditLog.Read.All")
    home.graph.fault = lambda path, query: {
        "auditLogs/directoryAudits": (403, "Authentication_MSGraphPermissionMissing"),
        "auditLogs/signIns": (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant"),
    }.get(path)
    code, answers = check(home)
    assert code == 1
    assert answers["permission AuditLog.Read.All"]["state"] == "missing"
    assert answers["permission User.Read.All"]["state"] == "good"
    assert "permission" in answers["audits"]["todo"]
    assert "ways back" in answers["audits"]["blind"]
    assert "licence" in answers["signins"]["todo"]
    assert answers["risks"]["state"] == "good"


def test_check_without_a_token(home):
    home.write(login="http://127.0.0.1:9")
    code, answers = check(home)
    assert code == 1 and set(answers) == {"token"}
    assert run("check", "m365", "-c", home.config, "--source", "none", check=2)


SUPPRESSION = """
title: Look away
id: 3d3c1f5e-0000-4000-8000-000000000001
logsource: {product: azure, service: auditlogs}
filter:
    rules: [5f0a4c1e-7f3f-4a57-9f38-3b6f3c1f0d11]
    selection:
        CorrelationId: '*'
    condition: not selection
"""


def test_firns_own_application_is_watched(home):
    """Changed, or in from elsewhere: critical, whatever a filter says."""
    (home.root / "rules").mkdir()
    (home.root / "rules" / "away.yml").write_text(SUPPRESSION)
    home.config.write_text(
        f"addresses: ['192.0.2.*']\nrules: [{home.root / 'rules'}]\n"
        + home.config.read_text().replace("shipped_rules: false", "shipped_rules: true"))
    now = time.time()
    app = {"servicePrincipalId": "sp", "servicePrincipalName": "firn", "ipAddress": "192.0.2.7"}
    home.graph.add("signIns", signin(now - 60, kind="servicePrincipal", **app),
                   signin(now - 50, kind="servicePrincipal", **{**app, "ipAddress": "203.0.113.9"}))
    change = audit(now - 40, "Add service principal credentials")
    change["targetResources"][0]["modifiedProperties"] = [
        {"displayName": "TargetId.ServicePrincipalNames", "newValue": f'"{CLIENT}"'}]
    home.graph.add("directoryAudits", change, audit(now - 30))
    home.start()

    def found():
        return collections.Counter(f["finding_info"]["title"] for f in home.own("finding")
                                   if "own application" in f["finding_info"]["title"])
    home.until(lambda: sum(found().values()) >= 2, "not found")
    home.stop()
    assert found() == {"Directory change of or by firn's own application": 1,
                       "Firn's own application signed in from elsewhere": 1}
    assert "cannot be filtered or suppressed" in (home.root / "log").read_text()
