"""Attacks with parameters: what is read and left, who else is there, what the
tenant takes back, and what no record tells, is in the truth."""

import collections
import datetime
import json
import time

import pytest

from sim_client import Sim
from test_sim import Tenant, identity, truth_of, write

ALL = ("--people", 300, "--days", 10)


class Played(Tenant):
    def __init__(self, folder, *options):
        super().__init__(folder, *options)
        self.stories, self.lines = truth_of(folder)
        self.by_id = {
            identity(self.files[name]["kind"], record)[1]: record
            for name, records in self.records.items() for record in records}

    def of(self, story):
        return [line for line in self.lines if line["number"] ==
                story["number"] and line["attack"] == story["attack"]]

    def binds(self):
        return [r for r in self.of_kind("o365.audit")
                if r["Operation"] == "MailItemsAccessed" and "Folders" in r]


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    return Played(
        tmp_path_factory.mktemp("full") / "d", *ALL, "--attack",
        "all:contain=full,owner=busy,background=on,repeats=on,sync=on,"
        "throttle=off,attachments=on")


@pytest.fixture(scope="module")
def partial(tmp_path_factory):
    return Played(tmp_path_factory.mktemp("partial") / "d", *ALL, "--seed", 3,
                  "--attack", "all:contain=partial,throttle=on",
                  "--attack", "bec:seed=2,consent:variant=ews")


def at(text):
    return datetime.datetime.fromisoformat(text.rstrip("Z"))


def items(record):
    return {i["InternetMessageId"] for f in record["Folders"]
            for i in f["FolderItems"]}


def test_the_tenant_takes_everything_back(full):
    for story in full.stories:
        mine = full.of(story)
        if "contain" not in story["parameters"]:
            continue
        assert story["alive"] == [] and story["ways_back"]
        closed = [c for e in mine for c in e.get("closes", ())]
        # a directory change is told twice
        for way in story["ways_back"]:
            assert {"kind": way["kind"], "object": way["object"]} in closed
            assert way["since"] <= way["closed_at"] <= story["contained_at"]
        assert story["last"] < min(e["time"] for e in mine if "by" in e)
        # a day at least follows
        assert at(story["contained_at"]).date() < datetime.date(2026, 10, 13)
    done = {e["operation"] for e in full.lines if "by" in e}
    assert done >= {
        "Delete user.", "Delete device.", "Delete application.",
        "Reset user password.", "Update StsRefreshTokenValidFrom Timestamp.",
        "Remove service principal credentials.",
        "Remove delegated permission grant.", "Remove service principal.",
        "Remove app role assignment from service principal.",
        "Remove-InboxRule", "Remove-MailboxPermission", "Set-Mailbox",
        "Set-MailboxAuditBypassAssociation", "AnonymousLinkRemoved",
        "Set-AdminAuditLogConfig", "Update user."}
    for line in full.lines:
        if "by" in line:
            assert line["user"] not in {u for s in full.stories
                                        for u in s["start"]["user"]}


def test_the_intruder_comes_back_by_what_was_overlooked(partial):
    for story in partial.stories:
        if story["parameters"].get("contain") != "partial":
            continue
        assert story["alive"], story["attack"]
        mine = partial.of(story)
        defended = [e["time"] for e in mine if "by" in e]
        if defended:
            assert max(defended) < story["last"]
        assert any("comes back" in e.get("what", "") for e in mine)


@pytest.mark.parametrize("seed", [2, 4])
def test_no_new_password_takes_unseen_what_an_intruder_has(tmp_path, seed):
    """Who has forgotten theirs then, remembers it: the intruder comes back."""
    played = Played(tmp_path / "d", "--people", 60, "--days", 10, "--seed", seed,
                    "--attack", "all:draw")
    of_attacks = {e["event"] for e in played.lines if "event" in e}
    ordinary = [r for r in played.of_kind("o365.audit")
                if r["Id"] not in of_attacks and r["Operation"] in (
                    "Reset user password.", "Change user password.",
                    "Update StsRefreshTokenValidFrom Timestamp.")]
    assert {r["Operation"] for r in ordinary} > {"Change user password."}
    for story in played.stories:
        for way in story["ways_back"]:
            who = {"password": "object", "session": "also"}.get(way["kind"])
            assert not who or not [
                r for r in ordinary if r["ObjectId"] == way[who]
                and way["since"] < r["CreationTime"]
                and (way["closed_at"] or "3") > r["CreationTime"]], way


def test_attacks_fall_on_people_of_their_own(full, partial):
    for played in (full, partial):
        seen = collections.Counter()
        for story in played.stories:
            users = {e["mailbox"] for e in played.of(story) if "mailbox" in e}
            seen.update(users | {u for u in story["start"]["user"]
                                 if "lab" not in u})
        assert seen.most_common(1)[0][1] == 1, seen.most_common(3)
        for key in ("ip", "session", "app"):
            seen = collections.Counter(
                x for s in played.stories for x in s["start"][key])
            assert seen.most_common(1)[0][1] == 1


def test_one_attack_can_be_played_several_times(partial):
    numbers = [s["number"] for s in partial.stories if s["attack"] == "bec"]
    assert numbers == [1, 2]
    consent = [s for s in partial.stories if s["attack"] == "consent"][1]
    assert consent["parameters"]["variant"] == "ews"
    app = consent["start"]["app"][0]
    read = [partial.by_id[e["event"]] for e in partial.of(consent)
            if e.get("read") and "event" in e]
    assert read and all(
        r["ClientInfoString"].startswith("Client=WebServices;")
        and r["AppId"] == r["ClientAppId"] == app for r in read)


def test_others_read_the_same_messages(full):
    """The owner, in the stolen session too, and the suite's own clients."""
    for story in full.stories:
        if "owner" not in story["parameters"]:
            continue
        mine = full.of(story)
        stolen = {m for e in mine for m in e.get("read", ())}
        ids = {e.get("event") for e in mine}
        others = [r for r in full.binds()
                  if r["Id"] not in ids and items(r) & stolen]
        assert others, story["attack"]
        assert not {r["ClientIPAddress"] for r in others} & set(
            story["start"]["ip"])
        if story["attack"] == "token-theft":
            assert {r.get("SessionId") for r in others} & set(
                story["start"]["session"])
    clients = {r["ClientInfoString"] for r in full.binds()}
    assert "Client=REST;Client=RESTSystem;;" in clients


def test_what_is_repeated_has_no_record(full):
    unseen = [e for e in full.lines if e.get("unseen") == "repeated"]
    assert len(unseen) > 5
    told = [e for e in full.lines if e.get("read") and "event" in e]
    for line in unseen:
        assert "event" not in line
        assert any(e["read"] == line["read"] and datetime.timedelta()
                   < at(line["time"]) - at(e["time"])
                   < datetime.timedelta(hours=1) for e in told)


def test_folders_and_attachments(full):
    synced = [e for e in full.lines if "folder" in e]
    assert {e["attack"] for e in synced} == {"device-code", "token-theft",
                                             "bec"}
    for line in synced:
        record = full.by_id[line["event"]]
        assert record["RecordType"] == 2
        assert record["Item"]["ParentFolder"]["Name"] == line["folder"]
    opened = [e for e in full.lines if e["operation"] == "AttachmentAccess"]
    assert opened
    for line in opened:
        record = full.by_id[line["event"]]
        assert line["attachment"] == [
            i["Id"] for m in record["Messages"] for i in m["MessageItems"]]


def test_the_log_of_a_mailbox_falls_silent(partial):
    flooded = 0
    for story in partial.stories:
        if story["parameters"].get("throttle") != "on":
            continue
        unseen = [e for e in partial.of(story)
                  if e.get("unseen") == "throttled"]
        mailbox = unseen[0]["mailbox"]
        binds = sorted((r for r in partial.binds()
                        if r["MailboxOwnerUPN"] == mailbox),
                       key=lambda r: r["CreationTime"])
        last = [r for r in binds if {"Name": "IsThrottled", "Value": "True"}
                in r["OperationProperties"]]
        assert len({r["Id"] for r in last}) == 1
        begin = at(last[0]["CreationTime"])
        day = datetime.timedelta(hours=24)
        assert len({r["Id"] for r in binds
                    if begin - day < at(r["CreationTime"]) <= begin}) > 1000
        assert not [r for r in binds if datetime.timedelta()
                    < at(r["CreationTime"]) - begin < day]
        assert all(begin <= at(e["time"]) < begin + day for e in unseen)
        flooded += 1
    assert flooded >= 7


def test_draws_by_seed(tmp_path):
    said = []
    for i, options in enumerate((
            ("all:draw", 1), ("all:draw", 1), ("all:draw", 2),
            ("all:seed=5", 1))):
        write(tmp_path / str(i), "--people", 60, "--days", 4, "--attack",
              options[0], "--seed", options[1])
        stories, _ = truth_of(tmp_path / str(i))
        said.append(json.dumps([s["parameters"] for s in stories]))
    assert said[0] == said[1] and len(set(said)) == 3


@pytest.mark.parametrize("attack, said", [
    ("insider:variant=ews", "attack 'insider' has no 'variant'"),
    ("bec:contain=some", "'contain' of an attack is not 'some'"),
    ("bec:seed=0", "'seed' of an attack wants a number from 1"),
    ("contain=full", "'contain=full' belongs to no attack"),
    ("all:colour=red", "attack 'all' has no 'colour'"),
    (",".join(["bec"] * 65), "more than 64 attacks"),
])
def test_wrong_parameters_are_named(tmp_path, attack, said):
    done = write(tmp_path / "x", "--attack", attack, check=2)
    assert said in done.stderr and len(done.stderr.splitlines()) == 1


# --- what is left out ---


def test_drops_what_is_asked_for(tmp_path):
    options = ("--people", 40, "--days", 4, "--attack", "bec:contain=full")
    whole = Played(tmp_path / "whole", *options)
    story = whole.stories[0]
    day = story["last"][:10]
    after = str(datetime.date.fromisoformat(day) + datetime.timedelta(days=1))
    less = Played(tmp_path / "less", *options,
                  "--drop", f"{day}..{after}:Audit.Exchange",
                  "--drop", "2026-10-08T10:00:00Z..2026-10-08T12:00:00Z",
                  "--drop", "2026-10-05..2026-10-07:signin")
    drops = [line for line in less.lines if "drop" in line]
    events = [line for line in less.lines if "drop" not in line]
    assert [d["drop"] for d in drops] == ["Audit.Exchange", "all", "signin"]

    def dropped(id, record):
        """By the record itself, as far as its shape says it."""
        time = (record.get("CreationTime") or record.get("createdDateTime")
                or record.get("activityDateTime") or record.get("time"))
        if "2026-10-08T10:00:00" <= time < "2026-10-08T12:00:00":
            return True
        # What data loss prevention says of mail is of another content type.
        if record.get("Workload") == "Exchange" and "PolicyDetails" not in record:
            return time[:10] == day
        return "createdDateTime" in record and time < "2026-10-07"

    gone = set(whole.by_id) - set(less.by_id)
    assert set(less.by_id) <= set(whole.by_id)
    # a sign-in is told by the audit log and by its own: one may be there
    for id in gone:
        assert dropped(id, whole.by_id[id])
    for records in less.records.values():
        for record in records:
            assert not dropped(None, record)
    # the attack is told as if nothing were missing
    unpublished = [e for e in events if e.get("unpublished")]
    assert unpublished and unpublished != events
    assert [{k: v for k, v in e.items() if k != "unpublished"}
            for e in events] == whole.lines
    for line in events:
        if line["stream"] == "audit" and "read" in line:
            assert (line["event"] in less.by_id) != line.get(
                "unpublished", False)
    assert sum(d["records"] for d in drops) >= len(gone)


@pytest.mark.parametrize("drop", [
    "2026-10-07", "2026-10-07..2026-10-07", "2026-10-08..2026-10-07",
    "2026-10-07..2026-10-08:Audit.Nothing", "..2026-10-08", "now..then"])
def test_wrong_drops_are_named(tmp_path, drop):
    done = write(tmp_path / "x", "--drop", drop, check=2)
    assert "--drop wants" in done.stderr


# --- the same where it is served ---


def test_serve_plays_and_tells_the_same(tmp_path):
    with Sim(tmp_path / "d", "--people", 100, "--rate", 5, "--graph",
             "--history", 0, "--quota", 0, "--attack-in", "5s", "--attack",
             "midnight-blizzard:contain=full,bec:contain=partial"
             ) as sim:
        token = sim.ask_token(resource="https://graph.microsoft.com").json[
            "access_token"]

        def there(path, key):
            answer = sim.ask(f"/v1.0/{path}?$top=999", headers={
                "Authorization": f"Bearer {token}"})
            return {one[key] for one in answer.json["value"]}

        time.sleep(6)
        sim.settle()
        principals = there("servicePrincipals", "appId")
        grants = there("oauth2PermissionGrants", "clientId")
        people = there("users", "userPrincipalName")
        lines = sim.stop()
    stories = [line for line in lines if "start" in line]
    assert lines[:2] == stories
    blizzard, bec = stories
    assert blizzard["alive"] == [] and bec["alive"]
    taken = {w["object"] for w in blizzard["ways_back"]
             if w["kind"] in ("service-principal", "delegated-grant", "user")}
    assert taken and not taken & (principals | grants | people)
    events = [line for line in lines if line.get("attack") == "bec"
              and "event" in line]
    assert bec["last"] == max(e["time"] for e in events if "by" not in e)
    assert {c["kind"] for e in events for c in e.get("closes", ())} == {
        w["kind"] for w in bec["ways_back"] if w["closed_at"]}
