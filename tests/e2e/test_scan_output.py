"""What comes out of a scan, and how it is asked for."""

import csv
import io
import json
import re
import unicodedata

import pytest
from conftest import run
from test_scan_forms import audit, compact

RULE = """
title: Made rule for {name}
id: 3d6f6b1e-0000-4000-8000-00000000000{n}
status: test
description: For the tests.
author: firn project
level: {level}
logsource: {{product: m365, service: audit}}
tags: [attack.collection, attack.t1114.002]
detection:
    selection:
        Operation: {name}
        ClientIP|cidr: 192.0.2.0/24
    condition: selection
"""


@pytest.fixture
def rules(tmp_path):
    directory = tmp_path / "rules"
    directory.mkdir()
    for n, (name, level) in enumerate([("FileAccessed", "high"), ("Send", "low")]):
        (directory / f"{name}.yml").write_text(RULE.format(name=name, level=level, n=n))
    return directory


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.ndjson"
    records = [audit(n) for n in range(50)] + [
        audit(100 + n, Operation="Send", Workload="Exchange", RecordType=2,
              UserId="\x1b[31mbo\u202e\u4e2d\u6587" + "x" * 200) for n in range(10)]
    path.write_text("\n".join(map(compact, records)))
    return path


def options(rules, *more):
    return ["--no-shipped-rules", "--rules", rules, *more]


def test_a_finding_is_an_ocsf_detection_finding(scan, rules, log):
    done = scan(log, options=options(rules, "--format", "ndjson"))
    assert done.summary["findings"] == {
        "critical": 0, "high": 50, "medium": 0, "low": 10, "informational": 0}
    assert len(done.lines) == 60
    first = done.lines[0]
    assert first["class_uid"] == 2004 and first["severity_id"] == 4
    assert first["finding_info"]["analytic"]["uid"] == "3d6f6b1e-0000-4000-8000-000000000000"
    assert first["finding_info"]["attacks"][0]["technique"]["uid"] == "T1114.002"
    data = first["evidences"][0]["data"]
    assert data["position"] == f"{log}:1" and data["index"] is None and data["ledger"] is None
    assert data["id"] == audit(0)["Id"]
    assert first["unmapped"]["completeness"] == "unknown"
    assert first["unmapped"]["lane"] == "settled"
    assert {m["field"] for m in first["unmapped"]["matched"]} >= {"Operation"}
    uids = [f["finding_info"]["uid"] for f in done.lines]
    assert len(set(uids)) == 60
    again = scan(log, options=options(rules, "--format", "ndjson"))
    assert [f["finding_info"]["uid"] for f in again.lines] == uids


def width(line):
    line = re.sub(r"\x1b\[[0-9;]*m", "", line)
    return sum(0 if unicodedata.combining(c) or unicodedata.category(c) == "Cf" else
               2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


@pytest.mark.parametrize("more", [[], ["--events"]])
def test_the_table_fits_and_is_clean(scan, rules, log, more):
    out = scan(log, options=options(rules, *more)).done.stdout.decode()
    assert max(map(width, out.splitlines())) <= 80
    assert "\x1b" not in out and "\u202e" not in out
    assert "60 events" in out and "2 loaded" in out


def test_the_formats(scan, rules, log):
    lines = scan(log, options=options(rules, "--format", "ndjson")).lines
    array = json.loads(scan(log, options=options(rules, "--format", "json")).done.stdout)
    assert array == lines
    rows = list(csv.reader(io.StringIO(
        scan(log, options=options(rules, "--format", "csv")).done.stdout.decode())))
    assert len(rows) == 61 and len({len(row) for row in rows}) == 1
    page = scan(log, options=options(rules, "--format", "html")).done.stdout.decode()
    assert page.startswith("<!doctype html>") and "default-src 'none'" in page
    assert "<svg" in page and "Made rule for Send" in page and "\x1b" not in page
    assert not re.search(r'(src|href)="(?!https://attack\.mitre\.org|#)[^"]*//', page)


def test_events_in_every_format(scan, rules, log):
    keys = ("index time received source tenant id event_id kind class_uid activity operation "
            "outcome status_code actor_id actor_name actor_type session token app_id app_name "
            "client user_agent device ip country asn as_org target_type target_id target_name "
            "mailbox items").split()
    done = scan(log, options=options(rules, "--events", "--format", "ndjson"))
    assert len(done.lines) == 60 and list(done.lines[0]) == keys
    array = json.loads(
        scan(log, options=options(rules, "--events", "--format", "json")).done.stdout)
    assert array == done.lines
    rows = list(csv.reader(io.StringIO(scan(
        log, options=options(rules, "--events", "--format", "csv")).done.stdout.decode())))
    assert rows[0] == keys and len(rows) == 61
    ocsf = scan(log, options=options(rules, "--events", "--ocsf", "--format", "ndjson")).lines
    assert all(o["class_uid"] * 100 + o["activity_id"] == o["type_uid"] for o in ocsf)
    assert all(o["metadata"]["product"] and o["time"] for o in ocsf)


def test_time_range_and_level(scan, rules, log):
    more = ["--from", "2026-10-05T10:10:00Z", "--to", "2026-10-05T10:20:00Z"]
    done = scan(log, options=options(rules, "--format", "ndjson", *more))
    assert len(done.lines) == 10
    assert done.summary["events"] == 60 and done.summary["outside"] == 50
    done = scan(log, options=options(rules, "--format", "ndjson", "--level", "high"))
    assert len(done.lines) == 50 and done.summary["findings"]["low"] == 0


def test_threads_change_nothing(scan, rules, tmp_path):
    path = tmp_path / "many.ndjson"
    path.write_text("\n".join(compact(audit(n % 4000)) for n in range(6000)))
    one, two = (
        scan(path, options=options(rules, "--format", "ndjson", "--threads", n)) for n in (1, 2))
    assert one.done.stdout == two.done.stdout
    assert one.summary == two.summary and one.summary["duplicates"] == 2000


def test_exit_codes(rules, log, tmp_path):
    base = ["scan", "--no-shipped-rules", "--rules", rules, "--progress", "never"]
    run(*base, "--fail-on", "high", log, check=1)
    run(*base, "--fail-on", "critical", log, check=0)
    for bad in (
        ["scan"], ["scan", "--nonsense", log], ["scan", "--level", "bad", log],
        ["scan", "--from", "soon", log], ["scan", "--threads", "0", log],
        ["scan", "--format", "pdf", log], ["scan", "--rules"], ["scan", tmp_path / "absent"],
        ["scan", "--ocsf", log], ["scan", "--rules", tmp_path / "absent", log],
        ["scan", "--out", tmp_path / "no" / "dir", log], ["nonsense"], [],
    ):
        done = run(*bad, check=2)
        assert done.stderr.startswith((b"firn: ", b"usage: ")), done.stderr
    (tmp_path / "text.md").write_text("# no log\n")
    run("scan", tmp_path / "text.md", check=2)


def test_help_and_version():
    for args in (["--help"], ["scan", "--help"], ["rules", "--help"], ["help", "scan"]):
        out = run(*args).stdout.decode()
        assert out.startswith("usage: firn") and "example" in out
        assert max(map(len, out.splitlines())) <= 80
    assert re.fullmatch(r"firn \d+\.\d+\.\d+\n", run("--version").stdout.decode())


def test_the_rules_command_says_what_is_wrong(rules):
    assert re.fullmatch(rb"\d+ rules, 0 refused\n", run("rules", "check").stdout)
    assert b"Made rule for Send" in run("rules", "list", rules).stdout
    for bad, says in (
        (["rules"], b"check, list, test, match"), (["rules", "lst"], b"'lst' is none of"),
        (["rules", "list", "--bogus"], b"unknown option '--bogus'"),
        (["rules", "list", "--format"], b"needs a value"),
        (["rules", "list", "--format", "yaml"], b"'yaml' is neither"),
        (["rules", "check", "--format", "json"], b"--format does not go with 'check'"),
    ):
        done = run(*bad, check=2)
        assert says in done.stderr and done.stderr.count(b"\n") == 1, done.stderr


def test_nothing_read_is_not_nothing_found(tmp_path):
    (tmp_path / "text.md").write_text("# no log\n")
    done = run("scan", tmp_path, check=2)
    assert b"Nothing was read" in done.stdout and b"No findings" not in done.stdout


def test_a_full_disk_is_an_error(rules, log):
    done = run("scan", "--no-shipped-rules", "--rules", rules, "--format", "ndjson",
               "--out", "/dev/full", log, check=2)
    assert b"cannot write" in done.stderr


def test_a_refused_rule_is_said_and_stops_nothing(scan, rules, log):
    (rules / "bad.yml").write_text("title: x\nlogsource: {}\ndetection: {condition: a}\n")
    done = scan(log, options=options(rules, "--format", "ndjson"))
    assert done.summary["rules"] == {"loaded": 2, "refused": 1}
    assert b"bad.yml:3:" in done.done.stderr
