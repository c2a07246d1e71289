"""firn-sim write: what it writes is whole, the same every time, and shaped
like the real thing."""

import collections
import csv
import gzip
import json
import re
import subprocess

import pytest

from conftest import FIRN_SIM

ATTACKS = {
    "midnight-blizzard": 11, "forged-token": 1, "device-code": 6,
    "token-theft": 5, "consent": 3, "bec": 6, "insider": 5,
    "audit-tampering": 5,
}
VERSION_4 = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
SIGNIN_LOGS = ("entra.signin", "entra.signin.noninteractive",
               "entra.signin.serviceprincipal")


def write(folder, *options, check=0):
    done = subprocess.run(
        [FIRN_SIM, "write", str(folder), *map(str, options)],
        capture_output=True, text=True, timeout=600)
    assert done.returncode == check, done.stderr
    return done


def compact(record):
    return json.dumps(record, separators=(",", ":"), ensure_ascii=False)


def read(path):
    """The records of a file, out of whatever it wraps them in."""
    if path.suffix == ".csv":
        with open(path, encoding="utf-8-sig", newline="") as file:
            return [json.loads(row["AuditData"])
                    for row in csv.DictReader(file)]
    if path.suffix == ".json":
        return json.loads(path.read_bytes())["value"]
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    lines = [json.loads(line) for line in data.splitlines()]
    if path.parent.name == "audit" or path.name == "audit.ndjson":
        return lines
    return [record for line in lines for record in line["records"]]


def identity(kind, record):
    """Family and id; sign-ins have one id in both logs that tell them."""
    inner = record.get("properties", record)
    id = (inner.get("Id") or inner.get("id") or inner.get("requestId"))
    if kind in SIGNIN_LOGS or inner.get("RecordType") == 15:
        kind = "entra.signin"
    return kind, id


class Tenant:
    """A folder that was written, with its truth."""

    def __init__(self, folder, *options):
        write(folder, *options)
        self.folder = folder
        self.truth = json.loads((folder / ".truth.json").read_text())
        self.files = {f["file"]: f for f in self.truth["files"]}
        self.records = {name: read(folder / name) for name in self.files}

    def of_kind(self, kind):
        return [record for name, records in self.records.items()
                if self.files[name]["kind"] == kind for record in records]


@pytest.fixture(scope="module")
def tenant(tmp_path_factory):
    return Tenant(tmp_path_factory.mktemp("sim") / "logs", "--people", 60,
                  "--days", 14, "--seed", 5, "--attack", "all")


def contents(folder):
    return {path.relative_to(folder): path.read_bytes()
            for path in folder.rglob("*") if path.is_file()}


def test_equal_arguments_give_equal_bytes(tmp_path):
    options = ("--people", 12, "--days", 3, "--attack", "bec,insider")
    write(tmp_path / "a", *options)
    write(tmp_path / "b", *options)
    write(tmp_path / "c", *options, "--seed", 2)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert contents(tmp_path / "a") != contents(tmp_path / "c")


def test_truth_counts_what_is_there(tenant):
    on_disk = {str(p.relative_to(tenant.folder))
               for p in tenant.folder.rglob("*") if p.is_file()}
    assert on_disk == set(tenant.files) | {".truth.json", ".truth.ndjson"}
    identities = set()
    for name, file in tenant.files.items():
        records = tenant.records[name]
        found = [identity(file["kind"], record) for record in records]
        assert len(records) == file["records"], name
        assert len(set(found)) == file["events"], name
        assert len(found) - len(set(found)) == file["repeated"], name
        identities.update(found)
    totals = tenant.truth["totals"]
    assert totals["records"] == sum(map(len, tenant.records.values()))
    assert totals["events"] == len(identities)
    assert totals["duplicates"] == totals["records"] - totals["events"]
    assert totals["duplicates"] == (
        totals["repeated"] + totals["exported_twice"]
        + totals["told_by_two_logs"])


def test_ids_are_random_version_4(tenant):
    for name, records in tenant.records.items():
        kind = tenant.files[name]["kind"]
        if kind == "entra.audit":
            continue
        for record in records:
            assert VERSION_4.fullmatch(identity(kind, record)[1]), record


def test_every_attack_is_in_the_files(tenant):
    there = collections.defaultdict(set)
    for name, records in tenant.records.items():
        kind = tenant.files[name]["kind"]
        for record in records:
            there[kind].add(identity(kind, record)[1])
    steps = collections.defaultdict(set)
    for record in tenant.truth["attacks"]:
        assert record["id"] in there[record["kind"]], record
        assert re.fullmatch(r"T\d{4}(\.\d{3})?", record["technique"])
        steps[record["attack"]].add(record["step"])
    times = [record["time"] for record in tenant.truth["attacks"]]
    assert times == sorted(times)
    assert {name: max(found) for name, found in steps.items()} == ATTACKS
    for name, last in ATTACKS.items():
        assert steps[name] == set(range(1, last + 1)), name


def truth_of(folder):
    """The attacks and the records' lines of .truth.ndjson."""
    lines = [json.loads(line) for line in
             (folder / ".truth.ndjson").read_text().splitlines()]
    stories = [line for line in lines if "start" in line]
    assert lines[:len(stories)] == stories
    return stories, lines[len(stories):]


def test_the_truth_says_what_an_attack_did(tenant):
    stories, events = truth_of(tenant.folder)
    assert {s["attack"] for s in stories} == set(ATTACKS)
    by_id = {identity(tenant.files[name]["kind"], r)[1]: r
             for name, records in tenant.records.items() for r in records}
    for event in events:
        record = by_id[event["event"]]
        if "stored" in event:
            assert event["stored"][0] in record["properties"]["requestUri"]
        elif "read" in event:
            assert event["read"] == [
                item["InternetMessageId"] for folder in record["Folders"]
                for item in folder["FolderItems"]]
            assert event["mailbox"] == record["MailboxOwnerUPN"]
        if event["operation"] == "New-InboxRule":
            assert event["way_back"] == "inbox-rule"
            assert event["object"] == record["ObjectId"]
        for key, field in (("file", "ObjectId"), ("search", "QueryText")):
            if key in event:
                assert event[key] == record[field]
    for story in stories:
        mine = [e for e in events if e["attack"] == story["attack"]]
        assert story["first"] == min(e["time"] for e in mine)
        assert story["last"] == max(e["time"] for e in mine)
        assert story["start"]["user"] or story["start"]["app"]
        left = {(w["kind"], w["object"]) for w in story["ways_back"]}
        assert left >= {(e["way_back"], e["object"]) for e in mine
                        if "way_back" in e}
        assert left == {(w["kind"], w["object"]) for w in story["alive"]}
    kinds = {e["way_back"] for e in events if "way_back" in e}
    assert kinds >= {"app-role", "audit-bypass", "authentication-method",
                     "consent", "device", "forwarding", "inbox-rule",
                     "mailbox-permission", "secret", "sharing-link", "user"}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_alone_fits_into_a_day(tmp_path, name):
    write(tmp_path, "--people", 5, "--days", 1, "--attack", name)
    truth = json.loads((tmp_path / ".truth.json").read_text())
    assert {r["attack"] for r in truth["attacks"]} == {name}
    assert {r["time"][:10] for r in truth["attacks"]} == {"2026-10-05"}


def test_attacks_can_be_named_in_any_way(tmp_path):
    for i, options in enumerate((
            ("--attack", "bec", "consent"),
            ("--attack", "bec,consent"),
            ("--attack", "bec consent"),
            ("--attack", "bec", "--attack", "consent"))):
        write(tmp_path / str(i), "--people", 3, "--days", 1, *options)
    folders = [contents(tmp_path / str(i)) for i in range(4)]
    assert all(folder == folders[0] for folder in folders)


def test_the_feed_is_late_and_repeats(tenant):
    names = sorted(name for name in tenant.files
                   if re.fullmatch(r"audit/\d.*", name))
    assert len(names) == 14 and names[2].endswith(".gz")
    records = [r for name in names for r in tenant.records[name]]
    times = [r["CreationTime"] for r in records]
    late = sum(b < a for a, b in zip(times, times[1:]))
    assert 0.01 < late / len(times) < 0.1
    assert all(re.fullmatch(r"2026-10-\d\dT\d\d:\d\d:\d\d", t) for t in times)
    by_id = collections.defaultdict(set)
    for record in records:
        by_id[record["Id"]].add(compact(record))
    assert all(len(texts) == 1 for texts in by_id.values())
    assert 0.005 < 1 - len(by_id) / len(records) < 0.015


def test_every_workload_is_there(tenant):
    seen = collections.Counter(
        (r["Workload"], r["RecordType"]) for r in tenant.of_kind("o365.audit"))
    for one in (("Exchange", 1), ("Exchange", 2), ("Exchange", 3),
                ("Exchange", 50), ("Exchange", 101), ("SharePoint", 6),
                ("OneDrive", 6), ("SharePoint", 4), ("SharePoint", 36),
                ("OneDrive", 14), ("MicrosoftTeams", 25),
                ("AzureActiveDirectory", 8), ("AzureActiveDirectory", 15),
                ("SecurityComplianceCenter", 40)):
        assert seen[one] > 0, one


def test_policies_see_mail_files_and_devices(tenant):
    """Data loss prevention; what it saw in mail and files is told before."""
    audit = [r for r in tenant.of_kind("o365.audit")]
    matches = [r for r in audit if r["Operation"] == "DlpRuleMatch"]
    about = {11: "SharePointMetaData", 13: "ExchangeMetaData",
             63: "EndpointMetaData"}
    assert {r["RecordType"] for r in matches} == set(about)
    known = {r.get("ObjectId") for r in audit
             if r["Operation"] == "SharingSet"}
    known |= {r["Item"].get("InternetMessageId") for r in audit
              if r["Operation"] == "Send"}
    for record in matches:
        assert record[about[record["RecordType"]]]
        assert record["RecordType"] == 63 or record["ObjectId"] in known
        policy, = record["PolicyDetails"]
        rule, = policy["Rules"]
        found, = rule["ConditionsMatched"]["SensitiveInformation"]
        assert policy["PolicyName"] and rule["RuleName"] and rule["Actions"]
        assert VERSION_4.fullmatch(policy["PolicyId"])
        assert found["Count"] > 0 and found["SensitiveType"]
        assert record["SensitiveInfoDetectionIsIncluded"] is False


def test_the_portal_export_is_a_day_again(tenant):
    raw = (tenant.folder / "purview/2026-10-06.csv").read_bytes()
    assert raw.startswith(
        b"\xef\xbb\xbfCreationDate,UserIds,Operations,AuditData\r\n")
    assert raw.count(b"\n") == raw.count(b"\r\n")
    day = {compact(r) for r in tenant.records["audit/2026-10-06.ndjson"]}
    rows = [compact(r) for r in tenant.records["purview/2026-10-06.csv"]]
    assert len(rows) == len(set(rows)) and set(rows) <= day


def test_sign_ins_are_told_by_both_logs(tenant):
    signins = {r["id"]: r for r in tenant.of_kind("entra.signin")}
    audit = {r["Id"]: r for r in tenant.of_kind("o365.audit")
             if r["RecordType"] == 15
             and r["OrganizationId"] == tenant.truth["tenant"]}
    assert signins and signins.keys() == audit.keys()
    for id, record in audit.items():
        other = signins[id]
        assert record["UserId"] == other["userPrincipalName"]
        assert record["ActorIpAddress"] == other["ipAddress"]
        assert int(record["ErrorNumber"]) == other["status"]["errorCode"]


def test_size_writes_one_log_of_about_that_size(tmp_path):
    write(tmp_path, "--people", 50, "--size", "3M")
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        ".truth.json", "audit.ndjson"]
    size = (tmp_path / "audit.ndjson").stat().st_size
    assert abs(size / (3 << 20) - 1) < 0.01
    truth = json.loads((tmp_path / ".truth.json").read_text())
    assert truth["totals"]["records"] == len(read(tmp_path / "audit.ndjson"))


@pytest.mark.parametrize("options, said", [
    (("--attack", "ransom"), "no attack 'ransom'"),
    (("--people", "0"), "--people must be at least 1"),
    (("--people", "many"), "--people wants a number"),
    (("--days", "-1"), "--days wants a number"),
    (("--start", "2026-02-30"), "--start wants a day"),
    (("--start", "05.10.2026"), "--start wants a day"),
    (("--size", "lots"), "--size wants bytes"),
    (("--colour",), "no option '--colour'"),
    (("--people",), "'--people' wants a value"),
    (("another",), "one folder only"),
])
def test_wrong_usage_is_named(tmp_path, options, said):
    done = write(tmp_path / "x", *options, check=2)
    assert said in done.stderr and len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "x").exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    done = write(tmp_path / "no" / "such", "--days", 1, check=2)
    assert "cannot create" in done.stderr


def test_help():
    for arguments in (["--help"], ["write", "--help"]):
        done = subprocess.run([FIRN_SIM, *arguments], capture_output=True,
                              text=True, timeout=60)
        assert done.returncode == 0 and "usage:" in done.stdout
    assert "examples:" in done.stdout
    assert subprocess.run([FIRN_SIM, "fly"], capture_output=True,
                          timeout=60).returncode == 2


def real_sizes(path):
    """Operation -> sizes of the distinct real records."""
    csv.field_size_limit(1 << 30)
    sizes, seen = collections.defaultdict(list), set()
    with open(path, encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            if not row["AuditData"]:
                continue
            record = json.loads(row["AuditData"])
            if record["Id"] not in seen:
                seen.add(record["Id"])
                sizes[record["Operation"]].append(
                    len(compact(record).encode()))
    return sizes


def test_record_sizes_are_within_10_percent_of_real_ones(data, tmp_path):
    log = data / "invictus_o365_dataset" / "extracted" / "auditrecords.csv"
    if not log.exists():
        pytest.skip("the audit log of invictus_o365_dataset is absent")
    write(tmp_path, "--people", 700, "--size", "150M", "--attack", "all")
    made = collections.defaultdict(list)
    for record in read(tmp_path / "audit.ndjson"):
        made[record["Operation"]].append(len(compact(record).encode()))
    real = real_sizes(log)
    wrong = []
    for operation in sorted(made):
        ours = sum(made[operation]) / len(made[operation])
        line = f"{operation}: {len(made[operation])} records of {ours:.0f}"
        if operation in real:
            theirs = sum(real[operation]) / len(real[operation])
            line += (f"; real {len(real[operation])} of {theirs:.0f},"
                     f" {100 * (ours / theirs - 1):+.1f} %")
            # a mean of a few says little
            if (min(len(real[operation]), len(made[operation])) >= 5
                    and abs(ours / theirs - 1) > 0.1):
                wrong.append(line)
        print(line)
    assert not wrong
