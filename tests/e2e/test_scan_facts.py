"""Facts in a scan: a rule over what is not known is undecided, and the scan
says so; a correlation that rests on it is incomplete."""

import json

import pytest
from conftest import run

RULES = """title: Fast travel
name: fast
id: fast
logsource: {product: m365, service: audit}
detection:
    s: {Operation: UserLoggedIn, firn.travel_kmh|gt: 900}
    condition: s
---
title: Not from here
id: away
level: high
logsource: {product: m365, service: audit}
detection:
    s: {Operation: UserLoggedIn}
    here: {firn.country: AU}
    condition: s and not here
---
title: Signed in
name: right
id: right
logsource: {product: m365, service: audit}
detection:
    s: {Operation: UserLoggedIn}
    condition: s
---
title: Fast or often
id: often
level: medium
correlation:
    type: event_count
    rules: [fast, right]
    group-by: [firn.actor_name]
    timespan: 1h
    condition: {gte: 3}
---
title: Several countries
id: countries
level: medium
correlation:
    type: value_count
    rules: [right]
    group-by: [firn.actor_name]
    timespan: 1h
    condition: {field: firn.country, gte: 2}
"""


def record(number, address):
    event = {
        "CreationTime": f"2026-10-05T10:0{number}:00",
        "Id": f"00000000-0000-4000-8000-{number:012}",
        "Operation": "UserLoggedIn", "RecordType": 15, "UserType": 0,
        "OrganizationId": "7f3c2a94-5d1e-4b86-9c07-e1a8d2f6b350",
        "Workload": "AzureActiveDirectory", "UserId": "kim@contoso.example",
    }
    if address:
        event["ClientIP"] = event["ActorIpAddress"] = address
    return event


# In a country, in another, in none that is known, and from nowhere.
RECORDS = [record(1, "1.1.1.1"), record(2, "8.8.8.8"), record(3, "10.1.2.3"),
           record(4, None)]


@pytest.fixture(name="scan")
def fixture_scan(tmp_path):
    rules = tmp_path / "rules.yml"
    rules.write_text(RULES)
    log = tmp_path / "log.ndjson"
    summary = tmp_path / "summary.json"

    def scan(*options, records=tuple(RECORDS)):
        log.write_text("".join(json.dumps(r) + "\n" for r in records))
        out = run("scan", log, "--no-shipped-rules", "--rules", rules,
                  "--summary", summary, *options)
        return out.stdout.decode(), json.loads(summary.read_text())

    return scan


def undecided(summary):
    return {u["rule"]: (u["events"], u["unknown"])
            for u in summary["undecided"]}


def test_undecided_is_no_finding_and_is_counted(scan):
    out, summary = scan("--format", "ndjson")
    findings = [json.loads(line) for line in out.splitlines()]
    away = [f["evidences"][0]["data"]["id"][-1] for f in findings
            if f["message"] == "Not from here"]
    assert away == ["2", "4"]
    assert undecided(summary) == {
        "away": (1, ["firn.country"]),
        "countries": (1, ["firn.country"]),
        "often": (4, ["firn.travel_kmh"]),
    }


def test_correlations_say_what_they_lack(scan):
    out, _ = scan("--format", "ndjson")
    told = {f["message"]: f["unmapped"] for f in map(
        json.loads, out.splitlines())}
    assert told["Fast or often"]["completeness"] == "incomplete"
    assert told["Fast or often"]["unknown_facts"] == ["firn.travel_kmh"]
    assert told["Several countries"]["unknown_facts"] == ["firn.country"]
    assert told["Not from here"]["completeness"] == "unknown"
    assert "unknown_facts" not in told["Not from here"]


def test_what_is_known_is_decided(scan):
    out, summary = scan("--format", "ndjson", records=RECORDS[:2])
    told = {f["message"]: f["unmapped"] for f in map(
        json.loads, out.splitlines())}
    assert told["Several countries"]["completeness"] == "unknown"
    assert undecided(summary) == {"often": (2, ["firn.travel_kmh"])}


def test_an_event_told_twice_is_undecided_once(scan):
    _, once = scan()
    _, twice = scan(records=RECORDS * 2)
    assert twice["duplicates"] == 4
    assert undecided(once) == undecided(twice)


def test_any_number_of_threads(scan):
    assert scan("--threads", 1) == scan("--threads", 4)


def test_the_table_and_the_level(scan):
    out, _ = scan()
    line = "Fast or often: 4 events, because firn.travel_kmh is unknown"
    assert line in " ".join(out.split())
    out, summary = scan("--level", "high")
    assert undecided(summary) == {"away": (1, ["firn.country"])}


def test_match_and_explain_agree(tmp_path):
    rule = tmp_path / "rule.yml"
    rule.write_text(RULES.split("---\n", maxsplit=1)[0])
    log = tmp_path / "log.ndjson"
    log.write_text(json.dumps(RECORDS[0]) + "\n")
    out = run("rules", "match", rule, log)
    assert not out.stdout
    assert "1 times a rule is undecided on an event, because of unknown " \
        "firn.travel_kmh" in out.stderr.decode()
    out = run("rules", "explain", rule, log)
    assert out.stdout.decode().endswith(
        "\nundecided, because firn.travel_kmh is unknown\n")
    told = json.loads(run("rules", "explain", rule, log, "--format", "json").stdout)
    assert told["fires"] is False
    assert told["undecided"] == ["firn.travel_kmh"]
    assert told["verdict"] == "unknown"


def test_no_such_fact(tmp_path):
    rule = tmp_path / "rule.yml"
    rule.write_text(RULES.split("---\n", maxsplit=1)[0].replace(
        "travel_kmh", "travel_kph"))
    log = tmp_path / "log.ndjson"
    log.write_text("{}\n")
    out = run("rules", "match", rule, log, check=1)
    assert "there is no field 'firn.travel_kph'" in out.stderr.decode()
