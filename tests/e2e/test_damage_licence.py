"""Licences that were taken away, by whomever: what was read is then not logged.

They change all the time in a tenant, so that only those are looked at of mailboxes that the
intruder could open.
"""
import json

import pytest

from ledger_home import Ledger

APP = "3f1c2b9e-5d7a-4c80-9be1-0a5f6d2c7e11"
PLAN = "M365_ADVANCED_AUDITING"
LICENCE = "Change user license"


def base(number, what, who, **more):
    return {"CreationTime": f"2026-10-05T10:{number:02}:00", "OrganizationId": "0000-1",
            "Id": f"00000000-0000-4000-8000-0000000000{number:02}", "Operation": what,
            "ResultStatus": "Success", "UserId": f"{who}@victim.example", "Version": 1, **more}


def licence(number, whose, before, after, who="admin"):
    change = {"Name": "AssignedLicense", "OldValue": f"[SkuName=E5, DisabledPlans=[{before}]]",
              "NewValue": f"[SkuName=E5, DisabledPlans=[{after}]]"}
    return base(number, LICENCE + ".", who, RecordType=8, Workload="AzureActiveDirectory",
                ObjectId=f"{whose}@victim.example", ModifiedProperties=[change],
                Target=[{"ID": f"{whose}@victim.example", "Type": 5}])


def read(number, whose, who, ip, **more):
    return base(number, "MailItemsAccessed", who, RecordType=50, Workload="Exchange",
                MailboxOwnerUPN=f"{whose}@victim.example", ClientIPAddress=ip,
                OperationProperties=[{"Name": "MailAccessType", "Value": "Bind"}],
                Folders=[{"Path": "\\Inbox", "FolderItems": [
                    {"InternetMessageId": f"<{number}@x>"}]}], OperationCount=1, **more)


RECORDS = [
    licence(1, "Bob", "", PLAN),
    licence(2, "carl", "", PLAN),
    licence(3, "dora", PLAN, ""),
    licence(4, "emil", "", "SWAY"),
    licence(5, "kim", "", PLAN),
    # Kim's account is in the intruder's hands, and opens bob's mailbox, too.
    read(10, "kim", "kim", "203.0.113.66"),
    read(11, "bob", "kim", "203.0.113.66"),
    # An app may open all.
    base(20, "MailItemsAccessed", "app", RecordType=50, Workload="Exchange", UserType=5,
         MailboxOwnerUPN="zoe@victim.example", ClientAppId=APP, ClientIPAddress="203.0.113.80",
         OperationProperties=[{"Name": "MailAccessType", "Value": "Bind"}],
         AppAccessContext={"ClientAppId": APP}) | {"UserId": APP},
]


@pytest.fixture(name="ledger", scope="module")
def fixture_ledger(tmp_path_factory):
    ledger = Ledger(tmp_path_factory.mktemp("licence"))
    path = ledger.root / "audit.ndjson"
    path.write_text("".join(json.dumps(one) + "\n" for one in RECORDS))
    ledger.firn("import", ledger.dir, path, "--progress", "never")
    return ledger


def blind(answer):
    """Whose licence was away."""
    return sorted(place for range_ in answer["undetermined"] if range_["cause"] == "blind"
                  for place in range_["places"])


def queries(ledger, tmp_path, *options):
    ledger.firn("damage", ledger.dir, *options, "--report", tmp_path / "report", check=1)
    inputs = json.loads((tmp_path / "report/evidence/inputs.json").read_text())
    return [query for query in inputs["queries"] if LICENCE.lower() in query]


def test_of_the_mailboxes_that_could_be_opened(ledger, tmp_path):
    answer = ledger.damage("--ip", "203.0.113.66")
    assert blind(answer) == ["bob@victim.example", "kim@victim.example"]
    (query,) = queries(ledger, tmp_path, "--ip", "203.0.113.66")
    assert "'bob@victim.example'" in query and PLAN in query


def test_of_all_where_all_could_be_opened(ledger, tmp_path):
    answer = ledger.damage("--app", APP)
    assert blind(answer) == [f"{who}@victim.example" for who in ("bob", "carl", "kim")]
    (query,) = queries(ledger, tmp_path, "--app", APP)
    assert "victim.example" not in query and PLAN in query
