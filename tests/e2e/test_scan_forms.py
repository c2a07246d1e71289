"""Every form an export comes in is recognised by content and read alike.

All samples are made here; the CSV shapes of Purview, Search-UnifiedAuditLog,
Microsoft-Extractor-Suite and Log Analytics follow their documentation.
"""

import csv
import gzip
import io
import json
import subprocess
import sys
import uuid

import pytest
from conftest import FIRN

TENANT = "5d3a4c2e-7a55-4d4b-9d5b-0a4b0f6f2f11"


def audit(n=0, **more):
    """A record of the unified audit log, different for each n."""
    record = {
        "CreationTime": f"2026-10-05T10:{n % 60:02}:21",
        "Id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"record {n}")),
        "Operation": "FileAccessed",
        "OrganizationId": TENANT,
        "RecordType": 6,
        "UserKey": "i:0h.f|membership|10032001a@live.com",
        "UserType": 0,
        "Version": 1,
        "Workload": "SharePoint",
        "ClientIP": "192.0.2.7",
        "UserId": "ann@contoso.example",
        "ObjectId": f"https://contoso.example/sites/a/Shared/{n}, \"x\".docx",
    }
    record.update(more)
    return record


RECORDS = [audit(n) for n in range(5)]


def compact(record):
    return json.dumps(record, separators=(",", ":"), ensure_ascii=False)


def as_csv(rows, delimiter=",", end="\r\n", quoting=csv.QUOTE_MINIMAL):
    out = io.StringIO()
    writer = csv.DictWriter(
        out, rows[0].keys(), delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def purview(record):
    return {"CreationDate": record["CreationTime"] + ".0000000Z", "UserIds": record["UserId"],
            "Operations": record["Operation"], "AuditData": compact(record)}


def purview_new(record):
    return {"RecordId": record["Id"], "CreationDate": record["CreationTime"] + ".0000000Z",
            "RecordType": "6", "Operation": record["Operation"], "UserId": record["UserId"],
            "AuditData": compact(record), "AssociatedAdminUnits": "",
            "AssociatedAdminUnitsNames": ""}


def search_ual(record):
    return {"PSComputerName": "outlook.office365.com", "RunspaceId": str(uuid.uuid4()),
            "PSShowComputerName": "False", "RecordType": "SharePointFileOperation",
            "CreationDate": "10/5/2026 10:00:21 AM", "UserIds": record["UserId"],
            "Operations": record["Operation"],
            "AuditData": json.dumps(record, indent=1).replace("\n", "\r\n"),
            "ResultIndex": "1", "ResultCount": "5", "Identity": record["Id"],
            "IsValid": "True", "ObjectState": "Unchanged"}


def graph_query(record):
    return {"id": record["Id"], "createdDateTime": record["CreationTime"] + "Z",
            "auditLogRecordType": "sharePointFileOperation", "operation": record["Operation"],
            "organizationId": TENANT, "userType": "regular", "service": "SharePoint",
            "userPrincipalName": record["UserId"], "objectId": record["ObjectId"],
            "auditData": dict(record, **{"@odata.type": "#microsoft.graph.security.x"})}


FORMS = {
    "ndjson": "\n".join(map(compact, RECORDS)) + "\n",
    "ndjson without the last line end": "\n".join(map(compact, RECORDS)),
    "ndjson with crlf and empty lines": "\r\n\r\n".join(map(compact, RECORDS)) + "\r\n",
    "array": json.dumps(RECORDS),
    "indented array": json.dumps(RECORDS, indent=2),
    "array a line a record": "[\n" + ",\n".join(map(compact, RECORDS)) + "\n]\n",
    "indented objects": "\n".join(json.dumps(r, indent=4) for r in RECORDS),
    "objects without anything between": "".join(map(compact, RECORDS)),
    "value": json.dumps({"@odata.context": "https://x", "value": RECORDS}),
    "records": json.dumps({"records": RECORDS}),
    "Records": json.dumps({"Records": RECORDS}, indent=1),
    "events": json.dumps({"events": RECORDS}),
    "items": json.dumps({"kind": "x#list", "items": RECORDS, "nextPageToken": "z"}),
    "wrapper a line": "\n".join(json.dumps({"records": [r]}) for r in RECORDS),
    "array a line": "\n".join(json.dumps([r]) for r in RECORDS),
    "AuditData string": "\n".join(json.dumps({"AuditData": compact(r)}) for r in RECORDS),
    "AuditData object": json.dumps([{"AuditData": r} for r in RECORDS]),
    "Graph audit query": json.dumps({"value": [graph_query(r) for r in RECORDS]}),
    "_raw": "\n".join(json.dumps({"_raw": compact(r), "host": "h"}) for r in RECORDS),
    "event.original": "\n".join(json.dumps({"event.original": compact(r)}) for r in RECORDS),
    "event original": json.dumps([{"event": {"original": compact(r)}} for r in RECORDS]),
    "message": json.dumps({"events": [{"message": compact(r)} for r in RECORDS]}),
    "o365audit": "\n".join(json.dumps({"o365audit": r, "tags": []}) for r in RECORDS),
    "envelope in an envelope": "\n".join(
        json.dumps({"_raw": json.dumps({"AuditData": compact(r)})}) for r in RECORDS),
    "strings": json.dumps([compact(r) for r in RECORDS]),
    "Purview csv": as_csv([purview(r) for r in RECORDS]),
    "newer Purview csv": as_csv([purview_new(r) for r in RECORDS], end="\n"),
    "Search-UnifiedAuditLog csv": "#TYPE System.Object\r\n" + as_csv(
        [search_ual(r) for r in RECORDS], quoting=csv.QUOTE_ALL),
    "semicolons": "sep=;\r\n" + as_csv([purview(r) for r in RECORDS], delimiter=";"),
    "tabs": as_csv([purview(r) for r in RECORDS], delimiter="\t"),
}


@pytest.mark.parametrize("name", FORMS)
def test_forms(scan, tmp_path, name):
    path = tmp_path / "misleading.txt"
    path.write_bytes(FORMS[name].encode())
    done = scan(path, options=["--events", "--format", "ndjson", "--no-shipped-rules"])
    assert done.summary["events"] == 5, done.rejects
    assert done.summary["rejected"] == 0 and done.summary["kinds"] == {"o365.audit": 5}
    assert [e["id"] for e in done.lines] == [r["Id"] for r in RECORDS]
    for n, event in enumerate(done.lines):
        assert event["time"] == f"2026-10-05T10:{n:02}:21.000000Z"
        assert event["operation"] == "FileAccessed" and event["tenant"] == TENANT
        assert event["event_id"] == "o365.audit:" + RECORDS[n]["Id"]
        assert event["ip"] == "192.0.2.7" and event["actor_name"] == "ann@contoso.example"
        assert event["index"] is None and event["received"] is None


ENCODINGS = {
    "utf-8 mark": lambda b: b"\xef\xbb\xbf" + b,
    "utf-8 mark twice": lambda b: b"\xef\xbb\xbf" * 2 + b,
    "utf-16-le": lambda b: b"\xff\xfe" + b.decode().encode("utf-16-le"),
    "utf-16-be": lambda b: b"\xfe\xff" + b.decode().encode("utf-16-be"),
    "utf-16-le without mark": lambda b: b.decode().encode("utf-16-le"),
    "utf-16-be without mark": lambda b: b.decode().encode("utf-16-be"),
    "gzip": gzip.compress,
    "gzip of utf-16": lambda b: gzip.compress(b"\xff\xfe" + b.decode().encode("utf-16-le")),
    "zstd": lambda b: subprocess.run(
        ["zstd", "-q", "-c"], input=b, capture_output=True, check=True).stdout,
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("form", ["ndjson", "indented array", "value", "Purview csv"])
def test_encodings(scan, tmp_path, encoding, form):
    path = tmp_path / "x"
    path.write_bytes(ENCODINGS[encoding](FORMS[form].encode()))
    assert scan(path).summary["events"] == 5


def test_all_forms_are_the_same_five_events(scan, tmp_path):
    for n, text in enumerate(FORMS.values()):
        (tmp_path / f"sub{n % 3}").mkdir(exist_ok=True)
        (tmp_path / f"sub{n % 3}" / f"{n}.log").write_text(text, newline="")
    summary = scan(tmp_path).summary
    assert summary["files"] == len(FORMS)
    assert summary["events"] == 5
    assert summary["duplicates"] == 5 * (len(FORMS) - 1)
    assert summary["conflicts"] == summary["tellings"] == 0


def test_standard_input(scan):
    assert scan("-", input=FORMS["value"].encode()).summary["events"] == 5


def test_log_analytics_csv(scan, tmp_path):
    """TimeGenerated [UTC], structured columns as JSON text, locale times."""
    rows = [{
        "TenantId": "workspace", "TimeGenerated [UTC]": "4/28/2026, 3:05:26.000 PM",
        "ResultType": "50126", "Category": "SignInLogs", "Type": "SigninLogs",
        "OperationName": "Sign-in activity", "CorrelationId": "c" * 8,
        "Id": f"0d6a8d3e-0000-4000-8000-{n:012}", "UserPrincipalName": "bo@contoso.example",
        "UserId": "7b1c6a52-0000-4000-8000-000000000001", "IPAddress": "198.51.100.9",
        "AppDisplayName": "Azure Portal", "AppId": "c44b4083-3bb0-49c1-b47d-974e53cbdf3c",
        "Status": json.dumps({"errorCode": 50126, "failureReason": "Invalid password"}),
        "LocationDetails": json.dumps({"city": "Oslo", "countryOrRegion": "NO"}),
        "AADTenantId": TENANT, "UserAgent": "Mozilla/5.0", "ResourceDisplayName": "Azure",
    } for n in range(3)]
    path = tmp_path / "query_data.csv"
    path.write_bytes(b"\xef\xbb\xbf" + as_csv(rows, quoting=csv.QUOTE_ALL).encode())
    done = scan(path, options=["--events", "--format", "ndjson"])
    assert done.summary["kinds"] == {"entra.signin": 3}
    for event in done.lines:
        assert event["time"] == "2026-04-28T15:05:26.000000Z"
        assert event["actor_name"] == "bo@contoso.example" and event["tenant"] == TENANT
        assert event["outcome"] == "failure" and event["status_code"] == "50126"
        assert event["ip"] == "198.51.100.9" and event["country"] == "NO"


def test_what_is_no_log_is_named_and_has_no_records(scan, tmp_path):
    (tmp_path / "README.md").write_text("# Hello, world\n\n[a link](x), and text.\n")
    (tmp_path / "rule.yml").write_text("title: x\nlogsource: {product: m365}\n")
    (tmp_path / "binary").write_bytes(bytes(range(256)) * 10)
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "mail.log").write_text("Oct  5 10:00:00 mx postfix/smtp[1]: to=<a@b>\n")
    (tmp_path / "table.csv").write_text("a,b\n1,2\n")
    (tmp_path / "link.md").write_text("[x](y)\n")
    (tmp_path / ".hidden").write_text(FORMS["ndjson"])
    (tmp_path / "a.json").write_text(FORMS["ndjson"])
    summary = scan(tmp_path).summary
    assert summary["files"] == 1 and summary["files_skipped"] == 7
    assert summary["records"] == 5
    assert len(summary["skipped"]) == 7
    assert all(s["file"] and s["reason"] for s in summary["skipped"])


def test_bad_records_are_named_with_their_place(scan, tmp_path):
    lines = [compact(r) for r in RECORDS]
    lines[1] = lines[1][:100]          # cut short
    lines[3] = "not json"
    lines.insert(2, json.dumps({"AuditData": ""}))
    path = tmp_path / "x.ndjson"
    path.write_text("\n".join(lines) + "\n[1, 2]\n")
    done = scan(path)
    assert done.summary["events"] == 3 and done.summary["rejected"] == 5
    assert [(r["line"], r["record"]) for r in done.rejects] == [
        (2, None), (3, None), (5, None), (7, 1), (7, 2)]
    assert done.rejects[1]["reason"] == "AuditData is empty"


def test_a_cut_array_keeps_what_came_before(scan, tmp_path):
    path = tmp_path / "x.json"
    path.write_text(FORMS["indented array"][:-200])
    done = scan(path)
    assert done.summary["events"] == 4
    assert done.summary["rejected"] >= 1 and done.rejects[0]["record"] == 5


def test_damaged_compression_keeps_what_came_before(scan, tmp_path):
    many = "\n".join(compact(audit(n)) for n in range(2000))
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(many.encode())[:-2000])
    done = scan(path)
    assert 0 < done.summary["events"] < 2000
    assert "lost" in done.rejects[-1]["reason"]


def test_broken_bytes_are_read_all_the_same(scan, tmp_path):
    bad = [
        compact(audit(1)).encode().replace(b"Shared", b"Sh\xffred"),
        compact(audit(2)).encode().replace(b'"Version":1', b'"Version":1' + b"0" * 400),
        compact(audit(3)).encode().replace(b"Shared", b"Sh\\ud800red"),
        compact(audit(4)).encode().replace(b'"Version":1', b'"Version":1,"Operation":"Other"'),
    ]
    path = tmp_path / "x"
    path.write_bytes(b"\n".join(bad))
    done = scan(path, options=["--events", "--format", "ndjson"])
    assert done.summary["events"] == 4 and done.summary["repaired"] == 2 + 1
    assert done.summary["duplicate_keys"] == 1
    assert {e["operation"] for e in done.lines} == {"FileAccessed"}  # the first wins
    assert "\ufffd" in done.lines[0]["target_id"]


def test_a_long_wrapper_streams(tmp_path):
    """Memory does not grow with the file, whatever encloses the records."""
    path = tmp_path / "big.json"
    with path.open("w") as out:
        out.write('{"@odata.context": "x", "value": [')
        for n in range(60000):
            out.write((",\n" if n else "") + compact(audit(n)))
        out.write('], "@odata.nextLink": "x]}", "other": {"a": [{}, "}"]}, "n": 1}\n')
        out.write(compact(audit(60000)))
    # The biggest the process ever was, as the kernel counts it.
    code = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True,"
            "stdout=subprocess.DEVNULL);"
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    done = subprocess.run(
        [sys.executable, "-c", code, FIRN, "scan", "--threads", "1", "--no-shipped-rules",
         "--summary", str(tmp_path / "s"), str(path)], capture_output=True, check=True)
    summary = json.loads((tmp_path / "s").read_text())
    # What stands behind the list is no record, and what follows it is one.
    assert (summary["events"], summary["rejected"]) == (60001, 0)
    if "/san" not in FIRN:  # sanitizers keep what is freed
        assert int(done.stdout) < 64 * 1024, "KiB for a file of 40 MB"


@pytest.mark.parametrize("form", ["lines", "array", "indented"])
def test_a_record_that_is_too_long_costs_only_itself(scan, tmp_path, form):
    long = dict(audit(1), Filler='x"{[' * (17 << 20))
    records = [compact(audit(0)), json.dumps(long, indent=1 if form == "indented" else None),
               compact(audit(2)), compact(audit(3))]
    path = tmp_path / "x"
    text = "\n".join(records) if form == "lines" else "[" + ",\n".join(records) + "]"
    path.write_text(text)
    done = scan(path, options=["--no-shipped-rules"])
    assert done.summary["events"] == 3 and done.summary["rejected"] == 1
    assert "64 MiB" in done.rejects[0]["reason"]
    assert (done.rejects[0]["line"], done.rejects[0]["record"]) == (
        (2, None) if form == "lines" else (None, 2))


def test_a_second_telling_and_a_conflict_are_said(scan, tmp_path):
    a, b, c = audit(1), audit(1), audit(1)
    del a["ClientIP"]
    c["UserId"] = "ANN@contoso.example"   # the same person
    d = audit(1, UserId="eve@contoso.example")
    path = tmp_path / "x"
    path.write_text("\n".join(map(compact, [a, b, c, d])))
    summary = scan(path).summary
    assert (summary["events"], summary["duplicates"]) == (1, 3)
    assert (summary["tellings"], summary["conflicts"]) == (1, 1)
    assert summary["conflict_fields"] == {"actor": 1}


TWO_LOGS = """title: In the audit log
id: 11111111-0000-4000-8000-000000000001
logsource: {product: m365, service: audit}
detection: {s: {Operation: UserLoggedIn}, condition: s}
---
title: In the sign-in log
id: 11111111-0000-4000-8000-000000000002
logsource: {product: azure, service: signinlogs}
detection: {s: {appDisplayName: Teams}, condition: s}
"""


def test_a_signin_told_by_the_audit_log_and_by_graph_is_one(scan, tmp_path):
    """One event, of which the rules of each log see their own record."""
    sid = "0d6a8d3e-1111-4000-8000-000000000001"
    ual = audit(0, Id=sid, RecordType=15, Operation="UserLoggedIn",
                Workload="AzureActiveDirectory", ErrorNumber="0", ResultStatus="Success")
    graph = {"id": sid, "createdDateTime": "2026-10-05T10:00:21.7654321Z",
             "userPrincipalName": "ann@contoso.example", "userId": "u", "appId": "a",
             "appDisplayName": "Teams", "ipAddress": "192.0.2.7", "clientAppUsed": "Browser",
             "status": {"errorCode": 0}, "isInteractive": True, "resourceTenantId": TENANT}
    rules = tmp_path / "rules.yml"
    rules.write_text(TWO_LOGS)
    for n, order in enumerate(([ual, graph, ual, graph], [graph, ual, graph, ual])):
        logs = tmp_path / str(n)
        logs.mkdir()
        for i, record in enumerate(order):
            (logs / str(i)).write_text(json.dumps({"value": [record]}))
        done = scan(logs, options=["--no-shipped-rules", "--rules", rules, "--format", "ndjson"])
        assert (done.summary["events"], done.summary["duplicates"]) == (1, 3)
        assert (done.summary["tellings"], done.summary["conflicts"]) == (1, 0)
        assert sorted(found["message"] for found in done.lines) == [
            "In the audit log", "In the sign-in log"]


def test_what_has_no_id_is_never_a_repeat(scan, tmp_path):
    path = tmp_path / "x"
    path.write_text((compact({"time": "2026-10-05T10:00:00Z", "user": "a"}) + "\n") * 3)
    summary = scan(path).summary
    assert summary["kinds"] == {"unknown": 3} and summary["duplicates"] == 0
