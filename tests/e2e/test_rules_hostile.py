"""Rules and events that try to cost too much: bounded, and named."""

import json
import resource
import time

import pytest
from conftest import run

SECONDS = 60  # of a test build on a slow machine
BYTES = 2 << 30

HEAD = "title: t\nid: r\nlogsource: {product: p}\n"


@pytest.fixture
def match(tmp_path):
    """match(rule, events, check) -> (ids by line, messages), in bounds."""

    def go(rule, *events, check=0):
        (tmp_path / "r.yml").write_text(HEAD + rule)
        (tmp_path / "e.ndjson").write_bytes(b"\n".join(
            e if isinstance(e, bytes) else json.dumps(e).encode() for e in events))
        start = time.monotonic()
        done = run("rules", "match", "--ignore-logsource", tmp_path / "r.yml",
                   tmp_path / "e.ndjson", check=check)
        assert time.monotonic() - start < SECONDS
        assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 < BYTES
        lines = [json.loads(line)["event"] for line in done.stdout.splitlines()]
        return lines, done.stderr.decode()

    return go


# --- rules ---


@pytest.mark.parametrize("rule, place", [
    ("detection: {s: {f: x}, condition: '%s s %s'}\n" % ("(" * 10000, ")" * 10000), "r.yml:4:"),
    ("detection: {s: {f: x}, condition: '%s s'}\n" % ("not " * 10000), "r.yml:4:"),
    ("detection: %s\n" % ("{a: " * 10000 + "b" + "}" * 10000), "r.yml:4:"),
    ("detection: %s\n" % ("[" * 100000), "r.yml:"),
    ("detection: {s: {f|re: '%s'}}\n" % ("(" * 5000 + ")" * 5000), "r.yml:4:"),
    ("detection: {s: {f|re: '%s'}}\n" % ("a" * 100000), "longer than"),
    ("detection:\n  s:\n%s" % "".join(f"    f{n}: x\n" for n in range(5000)), "r.yml:"),
    ("detection: {s: {%s: x}}\n" % ".".join("a" * 5000), "r.yml:4:"),
])
def test_a_rule_too_deep_or_too_large_is_refused_with_its_place(match, rule, place):
    lines, messages = match(rule, {"f": "x"}, check=1)
    assert lines == [] and place in messages
    assert len(messages) < 10000


def test_placeholders_do_not_multiply_without_end(tmp_path):
    (tmp_path / "r.yml").write_text(HEAD + "detection: {s: {f|expand: '%a%%a%%a%%a%'}}\n")
    (tmp_path / "p.yml").write_text("a: [%s]\n" % ", ".join(f"v{n}" for n in range(100)))
    done = run("rules", "match", "--placeholders", tmp_path / "p.yml", tmp_path / "r.yml",
               "-", check=1, input=b"")
    assert b"r.yml:4:27: its placeholders give more than 100000 values" in done.stderr


@pytest.mark.parametrize("modifier", ["", "|contains", "|startswith", "|endswith", "|cased"])
def test_a_list_of_100000_values(match, modifier):
    values = "".join(f"      - value-{n}-\n" for n in range(100000))
    lines, messages = match(f"detection:\n  s:\n    f{modifier}:\n{values}",
                            {"f": "value-99999-"}, {"f": "value"}, {"f": "value-0-"})
    assert lines == [0, 2] and messages == ""


def test_values_of_a_megabyte(match):
    long = "a" * (1 << 20)
    lines, messages = match(
        f"detection: {{s: {{f|contains: {long}b}}, t: {{f|contains: 'a*b*a*b*c'}}, "
        "condition: 1 of them}\n",
        {"f": long + "b"}, {"f": long}, {"f": "ab" * (1 << 19)}, {"f": "abababc"})
    assert lines == [0, 3] and messages == ""


def test_wildcards_do_not_explode(match):
    lines, _ = match("detection: {s: {f: '%s'}}\n" % ("*a" * 100 + "*b"),
                     {"f": "a" * 100000}, {"f": "a" * 100000 + "b"})
    assert lines == [1]


@pytest.mark.parametrize("regex", [
    "^(a+)+$", "^(a|aa)+$", "(a{1,1000}){1,1000}$", "(a*)*b", "(.*)*x", "^(([a-z])+.)+[A-Z]([a-z])+$",
])
def test_a_catastrophic_regular_expression_is_given_up_and_counted(match, regex):
    lines, messages = match(f"detection: {{s: {{f|re: '{regex}'}}}}\n",
                            *[{"f": "a" * 30000 + "!x" * (n % 2)} for n in range(20)],
                            {"f": "aaaB"})
    assert 20 not in lines or regex.startswith("^((")
    assert not messages or "was given up at its limit" in messages


def test_many_filters_for_many_rules(tmp_path):
    rules = "".join(f"---\ntitle: t\nid: r{n}\nlogsource: {{product: p}}\n"
                    f"detection: {{s: {{f: x{n}}}}}\n" for n in range(500))
    filters = "".join(f"---\ntitle: t\nid: f{n}\nlogsource: {{product: p}}\n"
                      f"filter: {{rules: any, s: {{g: y{n}}}, condition: not s}}\n"
                      for n in range(200))
    (tmp_path / "r.yml").write_text(rules + filters)
    start = time.monotonic()
    done = run("rules", "match", tmp_path / "r.yml", "-",
               input=b'{"f": "x7"}\n{"f": "x7", "g": "y199"}\n')
    assert time.monotonic() - start < SECONDS
    assert done.stdout == b'{"event":0,"rule":"r7"}\n'


# --- events ---

RULE = "detection: {s: {f|contains: x}, k: [needle], condition: s or k}\n"


def test_deep_json_is_named(match):
    for depth in (2000, 10000, 1000000):
        lines, messages = match(
            RULE, {"f": "x"}, b'{"f": ' + b"[" * depth + b'"x"' + b"]" * depth + b"}",
            b'{"f": ' + b'{"f": ' * depth + b'"x"' + b"}" * depth + b"}", {"f": "x"},
            check=None)
        assert lines[0] == 0 and lines[-1] == 3
        for event in (1, 2):
            assert event in lines or f"event {event}: " in messages


def test_a_field_below_what_is_looked_into_is_counted(match):
    lines, messages = match(RULE, b'{"f": ' + b"[" * 500 + b'"x"' + b"]" * 500 + b"}")
    assert lines == [] and "not looked up to its end" in messages


def test_long_strings_and_many_members(match):
    lines, messages = match(
        RULE, {"f": "y" * (1 << 20) + "X"}, {"f": ["y"] * 100000 + ["x"]},
        {f"k{n}": "y" for n in range(100000)} | {"f": "x"},
        {"g": {f"k{n}": ["needle"] for n in range(1000)}}, {"f": "y" * (1 << 20)})
    assert lines == [0, 1, 2, 3] and messages == ""


def test_repeated_names_are_counted_and_the_first_wins(match):
    lines, messages = match(RULE, b'{"f": "x", "f": "y"}', b'{"f": "y", "f": "x"}')
    assert lines == [0]
    assert "2 names stand twice in an event" in messages


def test_broken_bytes_are_counted_and_read(match):
    lines, messages = match(RULE, b'{"f": "\xff\xfex\xc0\x80"}', b'{"f": "\\ud800x"}',
                            b'{"f": "y\xed\xa0\x80"}')
    assert lines == [0, 1]
    assert "3 events have broken bytes" in messages


def test_json_in_strings_in_strings(match):
    text = '"x"'
    for _ in range(12):
        text = json.dumps({"f": text})
    lines, _ = match("detection: {s: {%s: x}}\n" % ".".join("f" * 12),
                     json.loads(text), {"f": json.dumps([json.dumps({"f": "x"})] * 1000)})
    assert lines in ([], [0])


def test_explain_is_bounded(tmp_path):
    condition = " or ".join(["s"] * 200)
    (tmp_path / "r.yml").write_text(HEAD + "detection: {s: {f: [%s]}, condition: %s}\n" % (
        ", ".join(f"v{n}" for n in range(10000)), condition))
    (tmp_path / "e.ndjson").write_text(json.dumps({"f": ["y" * (1 << 20)] * 20}))
    start = time.monotonic()
    done = run("rules", "explain", tmp_path / "r.yml", tmp_path / "e.ndjson")
    assert time.monotonic() - start < SECONDS
    assert done.stdout.count(b"s (as above)") == 199
    assert len(done.stdout) < 1 << 20


def test_a_condition_that_names_a_long_list_again_and_again(match):
    condition = " or ".join(["s"] * 2000)
    lines, _ = match("detection: {s: {f: [%s]}, condition: %s}\n" % (
        ", ".join(f"v{n}" for n in range(10000)), condition), {"f": "v9999"}, {"f": "w"})
    assert lines == [0]
