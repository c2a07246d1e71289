"""firn rules match against cases that others decided; see docs/rules.md for the
disputed ones.  The data is no part of the project."""

import json
import re
import textwrap

import pytest
from conftest import run

SIGMAHQ = ["rules", "rules-compliance", "rules-emerging-threats", "rules-placeholder",
           "rules-threat-hunting"]

# What docs/rules.md decides of each disputed case, in the order of the file.
DISPUTED = (
    [True, False, True, True, True, True, False, "refused", "refused", False, False] +
    ["refused"] * 7 + [False] * 3 + ["refused"] * 3 + [False] + ["refused"] * 16 +
    [False] * 4 + [True] * 12 + [False] * 4)

# A text condition on an object: it is matched as its JSON, where the evaluator
# that made the list finds nothing.
OBJECTS = {"a136ac98-b2bc-4189-a14d-f0d0388e57a7"}


@pytest.fixture
def sigma(data):
    def read(name):
        return [json.loads(line) for line in (data / "sigma" / name).open()]
    return read


def titled(rule):
    rule = textwrap.dedent(rule.lstrip("\n")) if rule.startswith("\n") else rule
    return rule if "title:" in rule else "title: x\n" + rule


def judge(folder, case):
    """True, False or "refused"."""
    (folder / "r.yml").write_text(titled(case["rule"]))
    (folder / "e.ndjson").write_text(json.dumps(case["event"]) + "\n")
    (folder / "p.yml").write_text(json.dumps(case.get("placeholders", {})))
    done = run("rules", "match", "--ignore-logsource", "--placeholders", folder / "p.yml",
               folder / "r.yml", folder / "e.ndjson", check=None)
    assert done.returncode in (0, 1), done.stderr
    return "refused" if done.returncode else bool(done.stdout)


def test_core(sigma, tmp_path):
    cases = sigma("core.jsonl")
    wrong = [c["name"] for c in cases if (judge(tmp_path, c) is True) != c["expect"]]
    assert len(cases) > 200 and not wrong


def test_disputed(sigma, tmp_path):
    cases = sigma("disputed.jsonl")
    assert len(cases) == len(DISPUTED)
    assert [judge(tmp_path, c) for c in cases] == DISPUTED


def test_correlations(sigma, tmp_path):
    for case in sigma("correlation.jsonl"):
        (tmp_path / "r.yml").write_text(case["rules"])
        (tmp_path / "e.ndjson").write_text("".join(
            json.dumps({**e["event"], "@at": 1760000000 + e["t"]}) + "\n"
            for e in case["events"]))
        done = run("rules", "match", "--ignore-logsource", "--time-field", "@at",
                   tmp_path / "r.yml", tmp_path / "e.ndjson")
        fires = sorted(json.loads(line)["event"] for line in done.stdout.splitlines())
        assert fires == case["fires"], case["name"]


def match_all(data, folder, events):
    """The ids of all of SigmaHQ's rules that fire, by event."""
    rules = folder / "rules"
    rules.mkdir()
    for name in SIGMAHQ:
        (rules / name).symlink_to(data / "sigmahq" / name)
    (folder / "e.ndjson").write_text("".join(json.dumps(e) + "\n" for e in events))
    done = run("rules", "match", "--ignore-logsource", rules, folder / "e.ndjson", check=1)
    # Only what has placeholders is refused.
    assert all(b" stands for" in line for line in done.stderr.splitlines())
    hits = [set() for _ in events]
    for line in map(json.loads, done.stdout.splitlines()):
        hits[line["event"]].add(line["rule"])
    return hits


def test_sigmahq(data, sigma, tmp_path):
    matrix, regression = sigma("matrix.jsonl"), sigma("sigmahq_regression.jsonl")
    hits = match_all(data, tmp_path, [c["event"] for c in matrix + regression])
    wrong = [c["key"] for c, got in zip(matrix, hits) if set(c["hits"]) != got - OBJECTS
             and set(c["hits"]) != got]
    assert not wrong
    wanted, matched = set(), set()
    for case, got in zip(regression, hits[len(matrix):]):
        name = case["rule_file"]
        text = (data / "sigmahq" / name).read_text()
        wanted.add(name)
        if re.search(r"^id: *(\S+)", text, re.M).group(1) in got:
            matched.add(name)
    assert len(wanted) > 200 and wanted == matched
