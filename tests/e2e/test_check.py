"""What firn check m365 reads from the ledger, and that a change is a record, once a day."""

import json
import os
from datetime import datetime, timedelta, timezone

import pytest
from conftest import run
from run_home import Run, Sim, source_of, wait_for

MAILBOXES = """Identity,AuditEnabled,AuditOwner,AuditDelegate,AuditAdmin,DefaultAuditSet
ann,True,"Update, MailItemsAccessed","MailItemsAccessed","MailItemsAccessed",
kim,True,Update,,,"Admin, Delegate, Owner"
"""
WORSE = MAILBOXES + """bob,False,Update,,,"Admin, Delegate, Owner"
eve,True,Update,MailItemsAccessed,MailItemsAccessed,"Admin, Delegate"
"""
BYPASS = "Identity,AuditBypassEnabled\nann,False\n"


def signin(n, **more):
    when = datetime.now(timezone.utc) - timedelta(hours=2)
    return {"id": f"0d6a8d3e-1111-4000-8000-{n:012}", "createdDateTime": when.isoformat()[:19] + "Z",
            "userPrincipalName": "ann@contoso.example", "userId": "u", "appId": "a",
            "appDisplayName": "Teams", "ipAddress": "192.0.2.7", "clientAppUsed": "Browser",
            "status": {"errorCode": 0}, "isInteractive": True, **more}


class Home:
    """A simulator, and a ledger that is collected from it."""

    def __init__(self, folder, **keys):
        self.folder = folder
        self.sim = Sim(folder, "--people", 20, "--rate", 1, "--history", "1m")
        self.service = Run(folder, {"mail": source_of(self.sim, self.sim.tenants[0])}, **keys)
        # A confined process cannot look into itself for leaks.
        self.service.env["ASAN_OPTIONS"] = \
            os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
        self.count = 0

    def add(self, text, name="export"):
        self.count += 1
        path = self.folder / f"{name}{self.count}"
        path.write_text(text)
        run("import", self.service.ledger, path, env=self.service.env)

    def check(self, *options):
        done = run("check", "m365", "-c", self.service.config, "--format", "json", *options,
                   check=None, env=self.service.env)
        return {a["what"]: a for a in map(json.loads, done.stdout.splitlines())}, \
            done.stderr.decode()

    def states(self):
        return {what: a["state"] for what, a in self.check()[0].items()
                if a["source"] == "ledger"}


@pytest.fixture(name="home")
def fixture_home(tmp_path):
    home = Home(tmp_path)
    yield home
    home.sim.stop()


def test_logs_that_come(home):
    home.add(json.dumps({"value": [signin(1), signin(2, isInteractive=False)]}))
    old = (datetime.now(timezone.utc) - timedelta(days=9)).isoformat()[:19] + "Z"
    home.add(json.dumps({"value": [
        signin(3, signInEventTypes=["servicePrincipal"], servicePrincipalId="p",
               createdDateTime=old)]}))
    states = home.states()
    assert states["log SignInLogs"] == states["log NonInteractiveUserSignInLogs"] == "good"
    assert states["log ServicePrincipalSignInLogs"] == states["log AuditLogs"] == "missing"
    assert states["log UserRiskEvents"] == "not checked"  # there may have been none
    answers = home.check("--all")[0]
    assert "diagnostic settings" not in answers["log SignInLogs"].get("todo", "")
    assert "Event Hub" in answers["log MicrosoftGraphActivityLogs"]["todo"]
    assert answers["log AuditLogs"]["detections"]


def test_auditing_by_exports(home):
    audited = {"the unified audit log is on": "not checked",
               "mailboxes are audited": "not checked",
               "mailboxes log which mail is read": "not checked",
               "nobody bypasses mailbox audit": "not checked"}

    def now():
        states = home.states()
        return {what: states[what] for what in audited}

    assert now() == audited
    home.add(json.dumps([{"AdminAuditLogEnabled": True,
                          "UnifiedAuditLogIngestionEnabled": True}]))
    home.add(MAILBOXES)
    home.add(BYPASS + "kim,False\n")
    assert set(now().values()) == {"good"}
    home.add("Name,UnifiedAuditLogIngestionEnabled\nAdmin Audit Log Settings,False\n")
    home.add(WORSE)
    home.add(BYPASS + "kim,True\n")
    assert set(now().values()) == {"missing"}
    answers = home.check()[0]
    assert answers["mailboxes are audited"]["why"] == "not audited: bob (1 of 4)"
    assert answers["mailboxes log which mail is read"]["why"].endswith("of: eve (1 of 4)")
    assert answers["nobody bypasses mailbox audit"]["why"].endswith("of: kim (1 of 2)")


def test_a_change_is_a_record(home):
    _, said = home.check()
    assert "has changed" in said
    (first,) = home.service.own("check")
    assert {c["from"] for c in first["changed"]} == {""}
    assert "has changed" not in home.check()[1]
    assert len(home.service.own("check")) == 1
    # of one source only nothing is compared
    home.add(json.dumps({"value": [signin(1)]}))
    assert "has changed" not in home.check("--source", "mail")[1]
    assert "has changed" in home.check()[1]
    second = home.service.own("check")[1]
    assert second["changed"] == [{"source": "ledger", "what": "log SignInLogs",
                                  "from": "missing", "to": "good"}]
    assert {a["what"]: a["state"] for a in second["answers"]}["log AuditLogs"] == "missing"


def test_run_checks_by_itself(tmp_path):
    home = Home(tmp_path, check="1 s")
    home.service.start()
    # The subscriptions are on soon after.
    wait_for(lambda: any(c["to"] == "good" and "subscription" in c["what"]
                         for record in home.service.own("check")
                         for c in record["changed"]))
    log = tmp_path / "run.log"
    wait_for(lambda: b"what the tenants lack has changed" in log.read_bytes())
    home.service.stop()
    home.sim.stop()
    assert os.path.getsize(log) < 1 << 20
