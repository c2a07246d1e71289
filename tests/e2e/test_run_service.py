"""firn run as a service: full disks, signals, status, configuration, folders."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import pytest

from conftest import FIRN, run
from ledger_home import record
from run_home import Run, Sim, had, source_of, wait_for

RULE = """title: {title}
id: {id}
status: experimental
description: d
logsource: {{product: m365, service: audit}}
detection: {{s: {{Operation: New-InboxRule}}, condition: s}}
level: high
"""


class Folder:
    """A service that watches a folder for exports."""

    def __init__(self, root, **keys):
        self.drop = root / "drop"
        self.drop.mkdir()
        self.service = Run(root, {"drop": {
            "kind": "file", "path": str(self.drop), "poll": "200 ms", "still": "500 ms"}},
            **keys)

    def put(self, name, numbers, mode="w"):
        with open(self.drop / name, mode) as out:
            out.writelines(record(n) + "\n" for n in numbers)

    def source(self):
        return self.service.status()["sources"][0]

    def wait(self, events):
        wait_for(lambda: self.source()["events"] == events)


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


# --- what is dropped into a folder ---

def test_files_that_come_grow_and_move(folder):
    folder.put("a.ndjson", range(10))
    folder.service.start()
    folder.wait(10)
    folder.put("a.ndjson", range(10, 15), "a")
    folder.wait(15)
    os.rename(folder.drop / "a.ndjson", folder.drop / "b.ndjson")
    shutil.copy(folder.drop / "b.ndjson", folder.drop / "c.ndjson")
    folder.put(".hidden.ndjson", range(100, 110))
    folder.put("d.ndjson.part", range(100, 110))
    folder.put("d.ndjson.tmp", range(100, 110))
    time.sleep(2)
    folder.wait(15)
    assert folder.source()["deliveries"] == 2
    os.rename(folder.drop / "d.ndjson.part", folder.drop / "d.ndjson")
    folder.wait(25)
    folder.service.stop()
    assert len(folder.service.ids()) == 25


def test_files_that_are_no_log(folder):
    (folder.drop / "a.ndjson").write_bytes(b"\x00\x01\x02" * 1000)
    (folder.drop / "b.txt").write_text("a letter to somebody\n" * 50)
    (folder.drop / "sub").mkdir()
    folder.put("c.ndjson", range(3))
    with open(folder.drop / "c.ndjson", "a") as out:
        out.write('{"cut":\n')
    folder.service.start()
    folder.wait(3)
    wait_for(lambda: folder.source()["open_gaps"] == 2)
    status = folder.service.status()
    assert status["unreadable"] == 1
    assert any("gaps are open" in warning for warning in status["warnings"])
    folder.service.stop()
    gaps = folder.service.open_gaps().values()
    assert {gap["cause"] for gap in gaps} == {"unreadable"}
    assert {pathlib.Path(gap["key"]).name for gap in gaps} == {"a.ndjson", "b.txt"}
    # Nothing is told twice, and nothing is taken twice.
    folder.service.start()
    time.sleep(2)
    folder.service.stop()
    assert len(folder.service.own("gap")) == 2
    assert sorted(folder.service.ids().values()) == [1, 1, 1, 1]


def test_a_broken_file_that_is_replaced(folder):
    """Its gap heals: by a log, and by a log that was taken before."""
    names = [f"{name}.ndjson" for name in "ab"]
    for name in names:
        (folder.drop / name).write_bytes(b"\x00\x01\x02" * 1000)
    folder.service.start()
    wait_for(lambda: folder.source()["open_gaps"] == 2)
    folder.put("new", range(4))
    os.rename(folder.drop / "new", folder.drop / "a.ndjson")
    folder.wait(4)
    wait_for(lambda: folder.source()["open_gaps"] == 1)
    folder.service.stop()
    folder.service.start()
    shutil.copy(folder.drop / "a.ndjson", folder.drop / "b.ndjson")
    wait_for(lambda: folder.source()["open_gaps"] == 0)
    folder.service.stop()
    assert not folder.service.open_gaps()
    assert len(folder.service.ids()) == 4


# --- full disks ---

def test_a_disk_that_is_nearly_full_stops_intake():
    room = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=room) as root:
        root = pathlib.Path(root)
        free = shutil.disk_usage(root).free
        folder = Folder(root, disk_min=f"{(free >> 20) - 150}M")
        folder.put("a.ndjson", range(5))
        folder.service.start()
        folder.wait(5)
        ballast = os.open(root / "ballast", os.O_CREAT | os.O_WRONLY)
        os.posix_fallocate(ballast, 0, 400 << 20)
        os.close(ballast)
        wait_for(lambda: folder.service.status()["paused"])
        folder.put("b.ndjson", range(5, 9))
        time.sleep(2)
        status = folder.service.status()
        assert status["paused"] and status["events"] == 5
        assert any("disk is nearly full" in warning for warning in status["warnings"])
        os.unlink(root / "ballast")
        folder.wait(9)
        assert not folder.service.status()["paused"]
        folder.service.stop()
        log = (root / "run.log").read_text()
        assert "intake stops" in log and "intake goes on" in log
        assert len(folder.service.ids()) == 9


# --- signals ---

def test_sigterm_is_quick_and_loses_nothing(tmp_path):
    sim = Sim(tmp_path, "--people", 50, "--history", 0, "--load", 20000, "--blob", 200,
              "--quota", 0)
    service = Run(tmp_path, {"t0": source_of(sim, sim.tenants[0], quota=1000000)})
    for _ in range(4):
        service.start()
        time.sleep(0.2)
        since = time.monotonic()
        service.stop()
        assert time.monotonic() - since < 15
    sim.end_events()
    service.start()
    service.settle()
    service.stop()
    sim.stop()
    there = service.ids()
    events, _ = had(sim.truth())
    assert set(there) == events
    assert set(there.values()) == {1}
    assert not service.own("gap")


def test_sighup_reads_the_rules_again(tmp_path):
    rules = tmp_path / "rules"
    rules.mkdir()
    first = RULE.format(title="First", id="5d0b4b5e-7e0e-4d0c-8a53-1f2e6f0b8c01")
    second = RULE.format(title="Second", id="5d0b4b5e-7e0e-4d0c-8a53-1f2e6f0b8c02")
    (rules / "a.yml").write_text(first)
    folder = Folder(tmp_path, rules=[str(rules)], shipped_rules=False)
    folder.put("a.ndjson", range(3))
    service = folder.service.start()
    wait_for(lambda: service.status()["findings"]["high"] == 3)
    (rules / "b.yml").write_text(second)
    service.process.send_signal(signal.SIGHUP)
    wait_for(lambda: service.status()["rules"] == 2)
    # What is there is judged by it; what was found before is not told again.
    wait_for(lambda: service.status()["findings"]["high"] == 6)
    (rules / "b.yml").write_text("title: [broken\n")
    service.process.send_signal(signal.SIGHUP)
    wait_for(lambda: service.status()["rules_refused"] == 1)
    assert service.status()["rules"] == 1
    shutil.rmtree(rules)
    service.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "rules stay as they are" in (tmp_path / "run.log").read_text())
    folder.put("b.ndjson", range(3, 5))
    wait_for(lambda: service.status()["findings"]["high"] == 8)
    service.stop()
    titles = [finding["message"] for finding in service.own("finding")]
    assert sorted(titles) == ["First"] * 5 + ["Second"] * 3


# --- what it tells ---

SAMPLE = re.compile(
    r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{([^{}]*)\})? (-?[0-9.]+(?:e[-+]?[0-9]+)?)\n')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')


def read_metrics(text):
    """Prometheus' text format 0.0.4, and nothing that it does not allow."""
    families, samples, name = {}, {}, None
    for line in text.splitlines(keepends=True):
        assert line.endswith("\n")
        if line.startswith("# HELP "):
            name, words = line[7:].split(" ", 1)
            assert name not in families and words.strip()
            families[name] = None
        elif line.startswith("# TYPE "):
            assert line[7:].split()[0] == name and families[name] is None
            families[name] = line.split()[3]
            assert families[name] in ("counter", "gauge")
            assert name.endswith("_total") == (families[name] == "counter")
        else:
            match = SAMPLE.fullmatch(line)
            assert match, line
            assert match[1] == name and families[name]
            labels = match[2] or ""
            assert "".join(m[0] for m in LABEL.finditer(labels)) == labels
            key = name, tuple(m.groups() for m in LABEL.finditer(labels))
            assert key not in samples
            samples[key] = float(match[3])
    return families, samples


def ask(service, path, data=None):
    url = f"http://{service.address}{path}"
    with urllib.request.urlopen(url, data, 30) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


def refused(service, path, data=None):
    with pytest.raises(urllib.error.HTTPError) as error:
        ask(service, path, data)
    return error.value.code


def test_status_and_metrics(tmp_path):
    folder = Folder(tmp_path)
    folder.put("a.ndjson", range(10))
    folder.put("b.ndjson", range(5))
    service = folder.service.start()
    wait_for(lambda: folder.source()["records"] == 15)
    kind, text = ask(service, "/metrics")
    assert kind == "text/plain; version=0.0.4"
    families, samples = read_metrics(text)
    assert all(families.values())
    assert samples["firn_records_total", ()] == 15
    assert samples["firn_events_total", ()] == 10
    assert samples["firn_duplicates_total", ()] == 5
    assert samples["firn_source_records", (("source", "drop"),)] == 15
    assert samples["firn_source_up", (("source", "drop"),)] == 1
    assert samples["firn_intake_paused", ()] == 0
    status = service.status()
    for key, value in {"records": 15, "events": 10, "duplicates": 5, "deliveries": 2,
                       "broken": 0, "paused": False, "warnings": [],
                       "origin": "log.example/run"}.items():
        assert status[key] == value
    assert samples["firn_ledger_records", ()] == status["size"]
    assert samples["firn_rules", ()] == status["rules"] > 0
    assert [s["name"] for s in status["sources"]] == ["drop"]
    assert ask(service, "/healthz") == (ask(service, "/healthz")[0], "ok\n")
    assert refused(service, "/") == 404
    assert refused(service, "/status", b"{}") == 405
    said = run("status", "-c", service.config, env=service.env, check=None)
    assert said.returncode in (0, 2), said.stderr
    service.stop()


# --- the configuration ---

GOOD = {"ledger": "ledger", "sources": {"a": {"kind": "file", "path": "drop"}}}
WRONG = [
    ("", "'ledger' is missing"),
    ("[1]", "here should be keys and values"),
    ("ledger: a\n", "'sources' is missing"),
    ("ledger: a\nsources: {}\n", "at least one source"),
    ("ledger: a\nledger: b\n", "2:"),
    ("ledger: a\nsources:\n  a: {kind: file, path: d}\nnothing: 1\n", ":4: there is no key"),
    ("ledger: a\nsources:\n  a: {kind: fil, path: d}\n", ":3: there is no kind of source"),
    ("ledger: a\nsources:\n  a: {path: d}\n", ":3: a source wants its 'kind'"),
    ("ledger: a\nsources:\n  a: [b]\n", ":3: a source is keys and values"),
    ("ledger: a\nsources:\n  a: {kind: file}\n", ":3: 'path' is missing"),
    ("ledger: a\nsources:\n  'a b': {kind: file, path: d}\n", ":3: the name of a source"),
    ("ledger: a\nsources:\n  a:\n    kind: file\n    path: d\n    poll: 5\n",
     ":6: 'poll' wants a time"),
    ("ledger: a\nthreads: 0\nsources:\n  a: {kind: file, path: d}\n", ":2: 'threads' is out of"),
    ("ledger: a\nholidays: [Monday]\nsources:\n  a: {kind: file, path: d}\n",
     "a holiday is a day such as"),
    ("ledger: a\nsources:\n  a: {kind: m365, tenant: t, client: c, secret: abc}\n",
     ":3: 'secret' is a secret"),
    ("ledger: a\n---\nledger: b\n", "a second document"),
    ("ledger: a\nsources:\n  a: {kind: file, path: d}\noutputs:\n  b: {kind: nothing}\n", ":5:"),
]


def test_good_configurations(tmp_path):
    config = tmp_path / "firn.yaml"
    config.write_text(json.dumps(GOOD))
    run("check-config", config)
    keys = run("check-config", "--keys").stdout.decode()
    for word in ("disk_min", "source, kind m365", "source, kind file", "default 64M"):
        assert word in keys


@pytest.mark.parametrize("text, says", WRONG)
def test_wrong_configurations(tmp_path, text, says):
    config = tmp_path / "firn.yaml"
    config.write_text(text)
    done = run("check-config", config, check=1)
    assert says in done.stderr.decode() + done.stdout.decode()
    started = subprocess.run([FIRN, "run", "-c", config], capture_output=True, timeout=60)
    assert started.returncode == 2
    assert says in started.stderr.decode()
