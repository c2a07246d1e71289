"""firn rules: match, explain, backtest, the cost of rules, filters in lists."""

import gzip
import json
import re
import unicodedata

import pytest
from conftest import ROOT, run
from test_scan_forms import audit, compact

RULES = """
title: Somebody fails
id: fails
name: failing
logsource: {product: shop}
level: high
detection:
    selection:
        type: fail
        user|startswith|expand: '%people%'
    condition: selection
---
title: Anything of the shop
id: shop
logsource: {product: shop}
level: informational
detection:
    selection:
        type: '*'
    condition: selection
"""
PLAIN = RULES.replace("startswith|expand: '%people%'", "startswith: k")

EVENTS = [
    {"type": "fail", "user": "kim", "at": "2026-10-05T10:00:00Z"},
    {"type": "pass", "user": "kim", "at": "2026-10-05T11:00:00Z"},
    {"type": "fail", "user": "lee", "at": "2026-10-06T10:00:00Z"},
]


@pytest.fixture
def shop(tmp_path):
    """A folder with rules.yml and events.ndjson."""
    (tmp_path / "rules.yml").write_text(PLAIN)
    (tmp_path / "events.ndjson").write_text("\n".join(map(compact, EVENTS)) + "\n")
    return tmp_path


def firings(done):
    return [(line["event"], line["rule"])
            for line in map(json.loads, done.stdout.splitlines())]


def match(folder, *options, check=0, **kwargs):
    return run("rules", "match", *options, folder / "rules.yml",
               folder / "events.ndjson", check=check, **kwargs)


# --- match ---


def test_match_says_which_rule_fires_on_which_event(shop):
    done = match(shop)
    assert firings(done) == [(0, "fails"), (0, "shop"), (1, "shop"), (2, "shop")]
    assert done.stdout.splitlines()[0] == b'{"event":0,"rule":"fails"}'
    assert done.stderr == b""


def test_match_reads_standard_input(shop):
    done = run("rules", "match", shop / "rules.yml", "-",
               input=(shop / "events.ndjson").read_bytes())
    assert firings(done) == firings(match(shop))


@pytest.mark.parametrize("encode", [gzip.compress, lambda b: b.decode().encode("utf-16")])
def test_match_reads_compressed_events(shop, encode):
    plain = (shop / "events.ndjson").read_bytes()
    want = firings(match(shop))
    (shop / "events.ndjson").write_bytes(encode(plain))
    assert firings(match(shop)) == want
    assert firings(run("rules", "match", shop / "rules.yml", "-", input=encode(plain))) == want


def test_match_says_that_a_file_is_cut_short(shop):
    whole = gzip.compress((shop / "events.ndjson").read_bytes())
    (shop / "events.ndjson").write_bytes(whole[:-9])
    assert b"cannot read" in match(shop, check=2).stderr


def test_match_takes_lines_of_any_length(shop):
    """Lines that are longer than what is read at a time, and short ones."""
    with (shop / "events.ndjson").open("w") as out:
        for n in (10, 300_000, 262_144, 20, 1_000_000):
            out.write(compact({"type": "fail", "pad": "x" * n, "user": "kim"}) + "\n")
    assert firings(match(shop)) == [(i, r) for i in range(5) for r in ("fails", "shop")]


def test_match_counts_lines_and_names_what_is_no_event(shop):
    (shop / "events.ndjson").write_text(
        '\n{"type": "fail", "user": "kim"}\nno\n[1]\n{"type": "x"}')
    done = match(shop, check=1)
    assert firings(done) == [(1, "fails"), (1, "shop"), (4, "shop")]
    assert [line.split(b":")[1] for line in done.stderr.splitlines()] == [
        b" event 2", b" event 3"]


def test_match_takes_placeholders(shop):
    (shop / "rules.yml").write_text(RULES)
    done = match(shop, check=1)
    assert b"%people%" in done.stderr
    assert firings(done) == [(0, "shop"), (1, "shop"), (2, "shop")]
    (shop / "people.yml").write_text("people: [kim, lee]\nmachine: m1\n")
    done = match(shop, "--placeholders", shop / "people.yml")
    assert firings(done) == [
        (0, "fails"), (0, "shop"), (1, "shop"), (2, "fails"), (2, "shop")]


@pytest.mark.parametrize("text, message", [
    ("a: {b: c}\n", "people.yml:1:4: must be a list of values"),
    ("a: [[b]]\n", "people.yml:1:5: a value must be plain"),
    ("- a\n", "holds no map"),
    ("a: b: c\n", "people.yml:1:"),
])
def test_match_says_what_is_wrong_with_placeholders(shop, text, message):
    (shop / "people.yml").write_text(text)
    done = match(shop, "--placeholders", shop / "people.yml", check=2)
    assert message in done.stderr.decode()


@pytest.mark.parametrize("verb", ["check", "list"])
def test_other_verbs_take_placeholders(shop, verb):
    (shop / "rules.yml").write_text(RULES)
    (shop / "people.yml").write_text("people: [kim]\n")
    run("rules", verb, shop / "rules.yml", check=1)
    run("rules", verb, "--placeholders", shop / "people.yml", shop / "rules.yml")


def test_mappings_give_placeholders_to_all_rules(shop):
    (shop / "rules.yml").write_text(RULES)
    assert b"%people%" in run("rules", "check", shop / "rules.yml", check=1).stdout
    (shop / "mapping").mkdir()
    (shop / "mapping" / "people.yml").write_text("placeholders: {people: [kim, lee]}\n")
    assert run("rules", "check", shop).stdout == b"2 rules, 0 refused\n"


def test_list_counts_by_attack(tmp_path):
    tags = {"a": "[attack.t1110, attack.t1078.004, attack.credential-access, attack.t1110]",
            "b": "[attack.t1110, attack.initial_access, attack.credential-access]",
            "c": "[attack.t1098]", "d": "[cve.2020-1]"}
    for name, line in tags.items():
        (tmp_path / f"{name}.yml").write_text(
            f"title: {name}\ntags: {line}\nlogsource: {{product: p}}\ndetection: {{s: {{x: y}}}}\n")
    done = run("rules", "list", "--attack", tmp_path)
    assert [line.split() for line in done.stdout.decode().splitlines()] == [
        ["Initial", "Access", "1", "rule,", "1", "technique"], ["T1110", "1"],
        ["Credential", "Access", "2", "rules,", "2", "techniques"],
        ["T1110", "2", "T1078.004", "1"],
        ["No", "tactic", "1", "rule,", "1", "technique"], ["T1098", "1"],
        ["4", "rules,", "1", "without", "an", "ATT&CK", "tag"]]
    done = run("rules", "list", "--attack", ROOT / "rules")
    assert max(map(len, done.stdout.decode().splitlines())) < 80


def test_bench_tells_rates_and_counts(shop):
    log = shop / "log.ndjson"
    log.write_text("".join(compact(audit(Operation="Add user.", Id=str(i))) + "\n" for i in range(50)))
    rule = shop / "rules.yml"
    rule.write_text("title: t\nlogsource: {product: m365, service: audit}\n"
                    "detection: {s: {Operation: 'Add user.'}}\n")
    told = json.loads(run("rules", "bench", "--format", "json", rule, log).stdout)
    assert (told["events"], told["rules"], told["matches"], told["refused"]) == (50, 1, 50, 0)
    assert told["complete"] is True
    assert 0 < told["together_per_s"] <= told["read_per_s"]
    text = run("rules", "bench", rule, log).stdout.decode()
    assert re.search(r"^together +\d+ events/s", text, re.M)


def test_match_routes_unless_told_otherwise(shop):
    """A rule of the audit log looks at records of the audit log."""
    (shop / "rules.yml").write_text(PLAIN + """
---
title: Audit
id: audit
logsource: {product: m365, service: audit}
detection: {s: {Operation: FileAccessed}}
""")
    events = [audit(1), {"Operation": "FileAccessed", "type": "fail", "user": "kim"}]
    (shop / "events.ndjson").write_text("\n".join(map(compact, events)))
    assert firings(match(shop)) == [(0, "audit"), (1, "fails"), (1, "shop")]
    assert firings(match(shop, "--ignore-logsource")) == [
        (0, "audit"), (1, "fails"), (1, "shop"), (1, "audit")]


def test_match_ignoring_log_sources_ignores_mappings_but_for_blanks(shop):
    (shop / "mapping").mkdir()
    (shop / "mapping" / "m.yml").write_text(
        "logsource: [{product: shop}]\nkinds: [unknown]\n"
        "when: {never: there}\n"
        "fields: {user: [who.name], OrderName: [OrderName, Order Name]}\n")
    (shop / "rules.yml").write_text(PLAIN + """
---
title: Order
id: order
logsource: {product: shop}
detection: {s: {OrderName: x}}
""")
    (shop / "events.ndjson").write_text(
        '{"type": "fail", "user": "kim", "Order Name": "x"}\n')
    done = run("rules", "match", shop, shop / "events.ndjson")
    assert firings(done) == []
    done = run("rules", "match", "--ignore-logsource", shop, shop / "events.ndjson")
    assert firings(done) == [(0, "fails"), (0, "shop"), (0, "order")]


SUPPRESSION = """
---
title: Kim may
id: kim-may
logsource: {product: shop}
firn.owner: lee@example.org
firn.reason: Kim is testing the till
firn.expires: 2026-10-06
filter:
    rules: [failing]
    selection: {user: [kim, lee]}
    condition: not selection
"""


def test_match_takes_the_time_for_suppressions_from_a_field(shop):
    (shop / "rules.yml").write_text(PLAIN.replace("startswith: k", "re: kim|lee") +
                                    SUPPRESSION)
    fails = [f for f in firings(match(shop, "--time-field", "at")) if f[1] == "fails"]
    assert fails == [(2, "fails")]
    # Without a time nothing is held back.
    done = match(shop, "--time-field", "nowhere")
    assert [f for f in firings(done) if f[1] == "fails"] == [(0, "fails"), (2, "fails")]
    assert b"3 events have no time in the field given" in done.stderr
    nested = [{**e, "a.b": {"c": e["at"]}} for e in EVENTS]
    (shop / "events.ndjson").write_text("\n".join(map(compact, nested)))
    fails = [f for f in firings(match(shop, "--time-field", "a.b.c")) if f[1] == "fails"]
    assert fails == [(2, "fails")]


def test_match_names_the_event_that_completed_a_correlation(shop):
    (shop / "rules.yml").write_text(PLAIN + """
---
title: Three of a person
id: three
correlation:
    type: event_count
    rules: [shop]
    group-by: [user]
    timespan: 1h
    condition: {gte: 3}
""")
    events = [{"type": "x", "user": u, "t": 1760000000 + 60 * n}
              for n, u in enumerate("abababa")]
    (shop / "events.ndjson").write_text("\n".join(map(compact, events)))
    assert (4, "three") in firings(match(shop, "--time-field", "t"))
    # What it refers to does not fire by itself.
    assert not [f for f in firings(match(shop, "--time-field", "t")) if f[1] == "shop"]


# --- explain ---


def explain(folder, rule, *options, check=0):
    return run("rules", "explain", *options, rule, folder / "events.ndjson", check=check)


def test_explain_shows_every_condition_with_its_verdict(shop):
    (shop / "rules.yml").write_text(PLAIN.split("---")[0] + SUPPRESSION)
    text = explain(shop, shop / "rules.yml", "--record", 3).stdout.decode()
    assert "events.ndjson:3, unknown" in text
    lines = [line.rstrip() for line in text.splitlines()]
    assert "true      selection" not in lines
    assert any(re.match(r"true +type: 'fail'$", line) for line in lines)
    assert any(re.match(r"false +user: 'k\*'$", line) for line in lines)
    assert any(re.match(r" +- lee$", line) for line in lines)
    assert any(re.match(r"true +suppression kim-may$", line) or
               re.match(r"false +suppression kim-may$", line) for line in lines)
    assert lines[-1] == "does not fire"


def test_explain_as_json(shop):
    done = explain(shop, shop / "rules.yml", "--format", "json")
    first, second = map(json.loads, done.stdout.splitlines())
    assert first["rule"]["id"] == "fails" and second["rule"]["id"] == "shop"
    assert first["fires"] is True and first["verdict"] == "true"
    assert first["record"] == {
        "file": str(shop / "events.ndjson"), "line": 1, "record": 1, "kind": "unknown"}
    condition = first["condition"]
    assert condition["type"] == "identifier" and condition["name"] == "selection"
    leaf = next(p for p in condition["parts"][0]["parts"] if p["field"] == "user")
    assert leaf == {
        "type": "field", "verdict": "true", "field": "user", "test": "'k*'",
        "absent": False, "values": [{"value": "kim", "fits": True}]}


def test_explain_an_absent_field_and_an_unknown_one(shop):
    deep = "[" * 80 + "1" + "]" * 80
    (shop / "events.ndjson").write_text('{"type": "fail"}\n{"user": %s}\n' % deep)
    text = explain(shop, shop / "rules.yml").stdout.decode()
    assert re.search(r"^absent +user: 'k\*'$", text, re.M)
    done = explain(shop, shop / "rules.yml", "--record", 2, "--format", "json")
    first = json.loads(done.stdout.splitlines()[0])
    # `type` is absent, so that the rest does not matter.
    assert first["verdict"] == "false"
    (shop / "events.ndjson").write_text('{"type": "fail", "user": %s}\n' % deep)
    text = explain(shop, shop / "rules.yml").stdout.decode()
    assert re.search(r"^unknown +user: 'k\*'$", text, re.M)
    assert "does not fire, but that is uncertain" in text


def test_explain_takes_the_id_of_a_shipped_rule(tmp_path):
    listed = json.loads(run("rules", "list", "--format", "json").stdout)
    rule = next(r for r in listed if r["path"].endswith("device_code_sign_in.yml"))
    sample = (ROOT / "rules" / "detections" / "entra" / "device_code_sign_in.test.ndjson")
    records = [json.loads(line) for line in sample.read_text().splitlines() if line]
    positive = next(r for r in records if r["expect"])["record"]
    (tmp_path / "events.ndjson").write_text(compact(positive))
    done = explain(tmp_path, rule["id"], "--format", "json")
    answer = json.loads(done.stdout)
    assert answer["fires"] is True and answer["looks_at"] is True


def test_explain_says_that_a_rule_does_not_look(tmp_path):
    (tmp_path / "x.yml").write_text(PLAIN)
    (tmp_path / "events.ndjson").write_text(compact({**audit(1), "type": "fail",
                                                     "user": "kim"}))
    text = explain(tmp_path, tmp_path / "x.yml").stdout.decode()
    assert "does not fire: it looks at records of kind unknown" in text


def test_explain_escapes_what_it_shows(shop):
    (shop / "events.ndjson").write_text(
        compact({"type": "\x1b[31m\u202efail\n", "user": "k"}))
    text = explain(shop, shop / "rules.yml").stdout.decode()
    assert not [c for c in text if unicodedata.category(c) in ("Cc", "Cf") and c != "\n"]
    assert "\\x1b[31m\\u202efail\\n" in text


@pytest.mark.parametrize("arguments, message", [
    (["no-such-rule", "events.ndjson"], "no file and no id of a shipped rule"),
    ([".", "events.ndjson"], "is a folder"),
    (["rules.yml", "events.ndjson", "--record", "9"], "holds 3 readable records, not 9"),
    (["rules.yml", "events.ndjson", "--record", "0"], "no number from 1 on"),
    (["rules.yml", "nowhere.ndjson"], "nowhere.ndjson"),
    (["rules.yml"], "takes RULE PATH"),
])
def test_explain_refuses(shop, arguments, message):
    done = run("rules", "explain", *arguments, check=2, cwd=shop)
    assert message in done.stderr.decode()


# --- backtest and cost ---


@pytest.fixture
def logs(tmp_path):
    """Three days of one person's files, and a rule for them."""
    (tmp_path / "rules.yml").write_text("""
title: A file was read by somebody in a place that nobody has ever heard of before
id: read
logsource: {product: m365, service: audit}
level: high
detection: {s: {Operation: FileAccessed}}
---
title: Never
id: never
logsource: {product: m365, service: audit}
detection: {s: {Operation: Nothing}}
---
title: Always looked at
id: always
logsource: {product: m365, service: audit}
detection: {s: {Operation: FileAccessed}, condition: not s}
""")
    folder = tmp_path / "logs"
    folder.mkdir()
    for day in (1, 2, 3):
        records = [audit(100 * day + n, CreationTime=f"2026-10-0{day}T10:00:0{n}")
                   for n in range(day)]
        (folder / f"{day}.ndjson").write_text("\n".join(map(compact, records)))
    # told once more
    (folder / "again.ndjson").write_text((folder / "3.ndjson").read_text())
    return tmp_path


def test_backtest_counts_by_rule_and_day(logs):
    done = run("rules", "backtest", "--format", "json", logs / "rules.yml", logs / "logs")
    answer = json.loads(done.stdout)
    assert answer["events"] == 6 and answer["findings"] == 6
    read, never, always = answer["rules"]
    assert [(d["day"], d["findings"]) for d in read["days"]] == [
        ("2026-10-01", 1), ("2026-10-02", 2), ("2026-10-03", 3)]
    assert read["days"][0]["first"] == {"file": str(logs / "logs" / "1.ndjson"), "line": 1}
    assert read["findings"] == 6 and never["findings"] == always["findings"] == 0


def test_backtest_agrees_with_a_scan(logs, scan):
    summary = scan(logs / "logs", options=[
        "--no-shipped-rules", "--rules", logs / "rules.yml"]).summary
    done = run("rules", "backtest", "--format", "json", logs / "rules.yml", logs / "logs")
    assert json.loads(done.stdout)["findings"] == sum(summary["findings"].values())


def test_backtest_table_fits(logs):
    deep = logs / ("d" * 60)
    deep.mkdir()
    (logs / "logs").rename(deep / "logs")
    done = run("rules", "backtest", logs / "rules.yml", deep / "logs")
    lines = done.stdout.decode().splitlines()
    assert lines[-1] == "1 of 3 rules would have fired: 6 findings in 6 events"
    assert max(map(len, lines)) <= 80
    assert sum("2026-10-0" in line for line in lines) == 3


def test_cost_counts_looks_and_matches(logs):
    done = run("rules", "list", "--format", "json", logs / "rules.yml",
               "--cost", logs / "logs")
    rows = {r["id"]: r for r in json.loads(done.stdout)}
    assert rows["read"]["looked_at"] == rows["read"]["matches"] == 9
    assert rows["never"]["looked_at"] == 0
    assert rows["always"]["looked_at"] == 9 and rows["always"]["matches"] == 0
    assert rows["read"]["found_by"] == "value" and rows["always"]["found_by"] == "always"
    assert [r["ns"] for r in json.loads(done.stdout)] == sorted(
        (r["ns"] for r in rows.values()), reverse=True)


def test_cost_table(logs):
    done = run("rules", "list", logs / "rules.yml", "--cost", logs / "logs" / "1.ndjson",
               logs / "logs" / "2.ndjson")
    lines = done.stdout.decode().splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[-1].startswith("3 records, 3 rules of which 1 were never looked at")
    # Without rules: the shipped ones.
    done = run("rules", "list", "--cost", logs / "logs")
    assert int(done.stdout.split(b"records, ")[1].split()[0]) > 60


# --- lists, and wrong usage ---


def test_list_shows_filters(shop):
    (shop / "rules.yml").write_text(PLAIN + SUPPRESSION)
    lines = run("rules", "list", shop / "rules.yml").stdout.decode().splitlines()
    assert ("suppress lee@example.org until 2026-10-06, 1 rule: Kim is testing the till"
            in lines)
    rules = json.loads(run("rules", "list", "--format", "json", shop / "rules.yml").stdout)
    assert rules[0]["filters"] == [{
        "id": "kim-may", "title": "Kim may", "path": str(shop / "rules.yml"),
        "owner": "lee@example.org", "reason": "Kim is testing the till",
        "expires": "2026-10-06T00:00:00.000000Z"}]
    assert "filters" not in rules[1]
    done = run("rules", "check", shop / "rules.yml")
    assert done.stdout == b"2 rules, 1 filters, 0 refused\n"


def test_check_names_the_place_in_a_filter(shop):
    (shop / "filter.yml").write_text(SUPPRESSION.replace("[failing]", "[gone]"))
    done = run("rules", "check", shop, check=1)
    assert "filter.yml:10:13: there is no rule of the id or name 'gone'" in done.stdout.decode()


@pytest.mark.parametrize("arguments, message", [
    (["match", "a"], "'rules match' takes DIR EVENTS"),
    (["match", "a", "b", "c"], "'rules match' takes DIR EVENTS"),
    (["backtest", "a"], "'rules backtest' takes DIR PATH..."),
    (["list", "--cost"], "--cost: no logs given behind it"),
    (["check", "--cost"], "--cost does not go with 'check'"),
    (["match", "--record", "1", "a", "b"], "--record does not go with 'match'"),
    (["list", "--time-field", "x"], "--time-field does not go with 'list'"),
    (["explain", "--format", "csv", "a", "b"], "neither table nor json"),
    (["match", "--placeholders"], "option '--placeholders' needs a value"),
    (["list", "--attack", "--format", "json"], "--attack is a table of its own"),
    (["match", "--attack", "a", "b"], "--attack does not go with 'match'"),
    (["bench", "a"], "'rules bench' takes DIR PATH..."),
    (["bench", "nowhere.yml", "b"], "nowhere.yml"),
    (["match", "--what", "a", "b"], "unknown option '--what'"),
    (["--cost", "list"], "--cost goes behind 'list'"),
    (["what"], "'what' is none of"),
    ([], "check, list, test, match, explain, backtest or bench?"),
    (["match", "nowhere.yml", "-"], "nowhere.yml"),
])
def test_wrong_usage(tmp_path, arguments, message):
    done = run("rules", *arguments, check=2, cwd=tmp_path, stdin=-3)
    assert message in done.stderr.decode()
    assert done.stdout == b""
