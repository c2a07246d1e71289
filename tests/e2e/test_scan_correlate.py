"""Correlations in a scan: the same findings for any number of threads and any
order of the files, each event counted once, and what they rest on."""

import json
import random

import pytest
from conftest import run

RULES = """title: Wrong password
name: wrong
id: wrong
logsource: {product: m365, service: audit}
detection:
    selection: {Operation: UserLoginFailed}
    condition: selection
---
title: Signed in
name: right
id: right
logsource: {product: m365, service: audit}
detection:
    selection: {Operation: UserLoggedIn}
    condition: selection
---
title: Guessed
id: guessed
level: high
correlation:
    type: temporal_ordered
    rules: [wrong, right]
    group-by: [firn.actor_name]
    timespan: 10m
---
title: Spray
id: spray
level: medium
correlation:
    type: value_count
    rules: [wrong]
    group-by: [firn.ip]
    timespan: 1h
    condition: {field: firn.actor_name, gte: 5}
"""


def record(number, minute, operation, user, address="203.0.113.7"):
    return {
        "CreationTime": f"2026-10-05T{minute // 60:02}:{minute % 60:02}:00",
        "Id": f"00000000-0000-4000-8000-{number:012}",
        "Operation": operation, "RecordType": 15, "UserType": 0,
        "OrganizationId": "7f3c2a94-5d1e-4b86-9c07-e1a8d2f6b350",
        "Workload": "AzureActiveDirectory", "UserId": user,
        "ClientIP": address, "ActorIpAddress": address,
    }


def people(n):
    return f"person{n}@contoso.example"


def attack():
    """Five accounts tried twice; the third is guessed. Some ordinary work."""
    records = [record(i, 60 + i, "UserLoginFailed", people(i % 5))
               for i in range(10)]
    records.append(record(10, 72, "UserLoggedIn", people(2)))
    records += [record(100 + i, 60 + i % 300, "UserLoggedIn",
                       people(50 + i), f"198.51.100.{i % 250}")
                for i in range(3000)]
    return records


@pytest.fixture(name="rules")
def fixture_rules(tmp_path):
    path = tmp_path / "rules.yml"
    path.write_text(RULES)
    return path


def find(rules, *paths, threads=1):
    out = run("scan", *paths, "--no-shipped-rules", "--rules", rules,
              "--format", "ndjson", "--threads", threads)
    return [json.loads(line) for line in out.stdout.splitlines()]


def write(path, records):
    path.write_text("".join(json.dumps(r) + "\n" for r in records))
    return path


def told(findings):
    return sorted((f["finding_info"]["uid"], f["time"], f["count"],
                   len(f["evidences"])) for f in findings)


def test_findings(rules, tmp_path):
    findings = find(rules, write(tmp_path / "a.ndjson", attack()))
    spray, guessed = findings[:2], findings[2:]
    assert [f["message"] for f in findings] == ["Spray", "Spray", "Guessed"]
    assert [f["count"] for f in spray] == [5, 5]
    assert spray[0]["unmapped"]["correlation"] == {
        "type": "value_count", "events": 5, "value": 5,
        "group": [{"field": "firn.ip", "value": "203.0.113.7"}]}
    assert [e["data"]["id"][-2:] for e in spray[1]["evidences"]] == [
        "05", "06", "07", "08", "09"]
    assert spray[0]["evidences"][4]["data"]["position"].endswith(":5")
    assert guessed[0]["start_time"] < guessed[0]["end_time"]
    assert guessed[0]["unmapped"]["lane"] == "settled"
    # Rules that are only referred to find nothing themselves.
    assert {f["finding_info"]["analytic"]["uid"] for f in findings} == {
        "spray", "guessed"}


def test_threads_and_order(rules, tmp_path):
    """Ids, times and counts are equal; only positions may differ."""
    records = attack()
    want = told(find(rules, write(tmp_path / "a.ndjson", records)))
    assert len(want) == 3
    for seed in range(4):
        random.Random(seed).shuffle(records)
        half = len(records) // 2
        paths = [write(tmp_path / "b.ndjson", records[half:]),
                 write(tmp_path / "c.ndjson", records[:half])]
        runs = [find(rules, *paths, threads=n) for n in (1, 3)]
        assert runs[0] == runs[1], f"seed {seed}"
        assert told(runs[0]) == want, f"seed {seed}"


def test_an_event_told_twice_counts_once(rules, tmp_path):
    records = [record(i, 60 + i, "UserLoginFailed", people(i))
               for i in range(4)]
    again = [dict(r, ResultStatus="Failed") for r in records]
    again[0]["UserId"] = people(9)
    path = write(tmp_path / "a.ndjson", records + again)
    assert not find(rules, path)


def test_events_without_a_time_are_counted(rules, tmp_path):
    records = attack()
    for r in records[:3]:
        del r["CreationTime"]
    path = write(tmp_path / "a.ndjson", records)
    summary = tmp_path / "summary.json"
    run("scan", path, "--no-shipped-rules", "--rules", rules,
        "--summary", summary, "--format", "csv")
    assert json.loads(summary.read_text())["correlations"] == {
        "events": 3008 + 7, "no_time": 3, "lost_groups": 0, "lost_events": 0,
        "not_copied": 0, "lost": []}
