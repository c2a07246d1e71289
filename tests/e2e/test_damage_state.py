"""After containment: what the tenant's own lists show decides whether a way back is gone.

The simulator writes the logs of an attack and what the tenant took back.  The
tenant's lists are read after that: those of Graph by 'firn run', those of
Exchange as PowerShell exports them, imported.
"""
import csv
import json
import os
import time
import uuid
from datetime import datetime, timedelta, timezone

import pytest

from damage_oracle import Case, beginning
from graph_api import Graph
from ledger_home import Ledger
from test_graph import Home

NONE_SEEN = "no access seen since"
SIZE = ("--people", "40", "--days", "8")
KNOWN = ("ip", "session", "user", "app")
BEFORE = "2026-01-12T09:00:00Z"

SEEDS = range(1, 1 + int(os.environ.get("FIRN_DAMAGE_SEEDS", "1")))

# That nothing is missing in exports only people can say; of ways back nobody says anything.
STATED = [w for log in ("o365", "entra", "graph")
          for w in ("--state", f"log {log} complete to 2026-10-25T00:00, by A. Weber")]


class Tenant(Home):
    """The ledger of a case, and the Graph of its tenant after the containment."""

    def __init__(self, case):
        self.case, self.attack = case, case.attacks[0]
        self.ledger = Ledger(case.folder, make=False)
        self.graph, self.process, self.root = Graph(), None, case.folder
        self.config = case.folder / "firn.yaml"
        secret = case.folder / "secret"
        secret.write_text("sesame")
        secret.chmod(0o600)
        rows = self.rows("SELECT DISTINCT tenant, actor_id AS id, actor_name AS name FROM records "
                         "WHERE actor_name LIKE '%@%' AND length(actor_id) = 36")
        self.tenant = rows[0]["tenant"]
        self.ids = {row["name"].lower(): row["id"] for row in rows}
        self.victim, = self.attack["start"]["user"]
        self.alias = self.victim.split("@")[0]

    def rows(self, sql):
        said = self.ledger.firn("sql", self.ledger.dir, sql, "--format", "ndjson")
        return [json.loads(line) for line in said.splitlines()]

    def set_at(self, *activities):
        """When that was done to the victim's account last, whoever did it."""
        audits = json.loads((self.case.exports / "entra" / "directoryaudits.json").read_text())
        return max((a["activityDateTime"] for a in audits["value"]
                    if a["activityDisplayName"] in activities and a["result"] == "success"
                    and a["targetResources"][0].get("userPrincipalName") == self.victim),
                   default=BEFORE)

    def read_graph(self, **more):
        """A day's snapshot; of the victim, what is given besides."""
        passwords = ("Reset user password", "Change user password")
        password = self.set_at(*passwords)
        session = self.set_at("Update StsRefreshTokenValidFrom Timestamp")
        self.graph.state["users"] = [{
            "id": oid, "userPrincipalName": name, "displayName": name, "accountEnabled": True,
            "userType": "Member", "lastPasswordChangeDateTime": BEFORE,
            "signInSessionsValidFromDateTime": BEFORE,
            **({"lastPasswordChangeDateTime": password,
                "signInSessionsValidFromDateTime": session, **more}
               if name == self.victim else {})} for name, oid in self.ids.items()]
        self.graph.state["reports/authenticationMethods/userRegistrationDetails"] = [
            {"id": oid, "userPrincipalName": name, "methodsRegistered": ["windowsHelloForBusiness"]}
            for name, oid in self.ids.items()]
        self.write(tenant=self.tenant, state="true", streams="[audits]",
                   rules_of=f"[{self.victim}]")
        self.start()
        self.until(lambda: any(c["stream"] == "state" for c in self.own("clock")), "no state")
        self.stop()

    def export(self, name, rows, age=0):
        """As Export-Csv writes it: all in quotes, and a header; so many days ago."""
        path = self.case.folder / f"{name}.csv"
        rows = [{**row, "RunspaceId": uuid.uuid5(uuid.NAMESPACE_URL, f"{name} {age}")}
                for row in rows]
        with open(path, "w", newline="", encoding="utf-8-sig") as out:
            writer = csv.DictWriter(out, list(rows[0]), quoting=csv.QUOTE_ALL)
            writer.writeheader()
            writer.writerows(rows)
        then = time.time() - age * 86400
        os.utime(path, (then, then))
        self.ledger.firn("import", self.ledger.dir, path, "--progress", "never")

    def export_rules(self, *names, age=0, hidden=True):
        """Get-InboxRule of the victim's mailbox, with -IncludeHidden or without."""
        names += ("Junk E-mail Rule",) if hidden else ()
        self.export("rules", [{
            "Identity": f"{self.alias}\\{4711 + i}", "RuleIdentity": 4711 + i,
            "MailboxOwnerId": self.alias, "Name": name, "Enabled": "True", "Priority": i + 1,
            "ForwardTo": "" if "Junk" in name else "x@evil.example", "RedirectTo": "",
            "DeleteMessage": "False"} for i, name in enumerate(names)], age)

    def export_mailboxes(self, forward="", age=0):
        """Get-Mailbox -ResultSize Unlimited."""
        self.export("mailboxes", [{
            "Identity": name.split("@")[0], "Alias": name.split("@")[0],
            "UserPrincipalName": name, "PrimarySmtpAddress": name, "ForwardingAddress": "",
            "ForwardingSmtpAddress": forward if name == self.victim else "",
            "DeliverToMailboxAndForward": "True", "GrantSendOnBehalfTo": ""}
            for name in self.ids], age)

    def judge(self):
        """The verdict, and the ways back with their states."""
        answer = self.case.damage(*beginning(self.attack, *KNOWN), *STATED)
        return answer["verdict"]["verdict"], {(w["kind"], w["state"]) for w in answer["ways"]}


@pytest.fixture
def tenants(tmp_path):
    """Makes tenants that suffered an attack."""
    made = []

    def play(contain, seed=1, attack="bec"):
        folder = tmp_path / f"{attack}-{contain}-{seed}"
        folder.mkdir()
        made.append(Tenant(Case(folder, seed, [f"{attack}:contain={contain}"], *SIZE)))
        return made[-1]
    yield play
    for one in made:
        one.close()


def test_no_access_is_seen_when_every_list_shows_it(tenants):
    """What is closed in the log is not gone before the tenant's state shows it."""
    tenant = tenants("full")
    tenant.read_graph()
    # What was exported before the containment shows nothing of now.
    age = (datetime.now(timezone.utc) - datetime.fromisoformat(
        tenant.attack["contained_at"].replace("Z", "+00:00"))) / timedelta(days=1) + 1
    tenant.export_mailboxes(age=age)
    tenant.export_rules(age=age)
    verdict, ways = tenant.judge()
    assert verdict != NONE_SEEN
    assert {("password", "gone"), ("session", "gone"), ("refresh-token", "gone"),
            ("inbox-rule", "gone"), ("forwarding", "shut"), ("hidden-rule", "unchecked")} == ways
    # A later list wins: the rule that is there again; hidden ones that are not asked for.
    tenant.export_mailboxes()
    tenant.export_rules(".", hidden=False)
    verdict, ways = tenant.judge()
    assert verdict != NONE_SEEN
    assert {("inbox-rule", "open"), ("forwarding", "gone"), ("hidden-rule", "unchecked")} < ways
    tenant.export_rules()
    verdict, ways = tenant.judge()
    assert verdict == NONE_SEEN and {state for _, state in ways} == {"gone"}
    # Which deliveries tell of the state is known without the file beside the ledger.
    (tenant.ledger.dir / "coverage").unlink()
    assert tenant.judge() == (verdict, ways)


@pytest.mark.skipif(len(SEEDS) < 2, reason="in make soak")
def test_a_password_that_the_list_has_as_it_was(tenants):
    """The log has it closed; a later list wins."""
    tenant = tenants("full")
    tenant.read_graph(lastPasswordChangeDateTime=BEFORE)
    tenant.export_mailboxes()
    tenant.export_rules()
    verdict, ways = tenant.judge()
    assert verdict != NONE_SEEN and ("password", "open") in ways


@pytest.mark.parametrize("seed, attack, contain", [
    (seed, attack, contain) for seed in SEEDS for attack in ("bec", "token-theft")
    for contain in ("partial", "full") if len(SEEDS) > 1 or (attack, contain) == ("bec", "partial")])
def test_lists_show_what_is_true(tenants, seed, attack, contain):
    """What was overlooked is in the lists, or in use: access has not stopped."""
    tenant = tenants(contain, seed, attack)
    alive = tenant.attack["alive"]
    assert bool(alive) == (contain == "partial")
    tenant.read_graph()
    tenant.export_mailboxes(
        forward="x@evil.example" if any(w["kind"] == "forwarding" for w in alive) else "")
    tenant.export_rules(*(w["object"].split("\\")[1] for w in alive if w["kind"] == "inbox-rule"))
    verdict, ways = tenant.judge()
    left = {kind for kind, state in ways if state != "gone"}
    assert (verdict == NONE_SEEN) == (not alive and not left), (alive, ways)
    # Links that the owner made meanwhile, and of what no list tells.
    assert alive or left <= {"sharing-link", "subscription"}, ways
