"""One writer, many commands: several imports at once, and what is left when one is killed."""

import json
import os
import random
import signal
import socket
import stat
import struct
import subprocess
import time

import pytest

from conftest import FIRN, FIRN_SIM, run
from control import ask, connect, text
from ledger_files import checkpoint, records

ROUNDS = int(os.environ.get("FIRN_KILL_ROUNDS", "8"))


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


@pytest.fixture
def ledger(home):
    run("init", home / "ledger", "--origin", "firn.example.com/test")
    return home / "ledger"


def take(ledger, *paths, **kwargs):
    done = run("import", ledger, *paths, "--format", "json", "--progress", "never", **kwargs)
    return json.loads(done.stdout)


def start(ledger, *paths, **kwargs):
    return subprocess.Popen(
        [FIRN, "import", ledger, *paths, "--format", "json", "--progress", "never"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kwargs)


def end(importer, check=0):
    out, err = importer.communicate(timeout=600)
    assert importer.returncode == check, err.decode()
    assert check or b"another process" not in err
    return json.loads(out) if out else None


def audit(n):
    return json.dumps({
        "CreationTime": f"2026-10-05T12:00:{n % 60:02}", "Id": f"00000000-0000-4000-8000-{n:012}",
        "Operation": "FileAccessed", "OrganizationId": "11111111-2222-4333-8444-555555555555",
        "RecordType": 6, "UserId": f"user{n % 7}@contoso.example", "Workload": "SharePoint",
        "UserType": 0, "Version": 1})


def lines(path, numbers):
    path.write_text("".join(audit(n) + "\n" for n in numbers))
    return path


def until(true, seconds=30):
    end_by = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end_by
        time.sleep(0.005)


def events_of(ledger):
    return sorted((r.source, r.identity or b"", r.raw) for r in records(ledger)
                  if not r.source.startswith("firn/"))


@pytest.fixture
def writer(home, ledger):
    """An import that waits for its input, and serves others meanwhile."""
    os.mkfifo(home / "slow")
    importer = start(ledger, home / "slow")
    with open(home / "slow", "wb") as pipe:
        pipe.write((audit(10 ** 6) + "\n").encode())
        pipe.flush()
        until((ledger / "control").exists)
        yield importer
    if importer.poll() is None:
        end(importer)


def test_one_that_waits_lets_others_write(home, ledger, writer):
    done = take(ledger, lines(home / "a.ndjson", range(100)))
    assert done["events"] == 100
    # Signed for, although the writer has nothing to do.
    until(lambda: checkpoint(ledger)[1] >= 102, 5)
    assert writer.poll() is None
    assert take(ledger, lines(home / "b.ndjson", range(50, 150)))["events"] == 50
    again = take(ledger, home / "a.ndjson")
    assert (again["files"], again["files_before"]) == (0, 1)


def test_it_is_answered_at_once(home, ledger, writer):
    times = []
    for n in range(20):
        path = lines(home / "one.ndjson", [n])
        start_s = time.monotonic()
        take(ledger, path)
        times.append(time.monotonic() - start_s)
    print("an import through a writer:", sorted(times)[10])
    assert sorted(times)[10] < 1


def test_others_may_come_and_go_in_any_order(home, ledger):
    want = {audit(n) for n in range(3000)}
    paths = [lines(home / f"{i}.ndjson", range(i * 250, i * 250 + 500)) for i in range(11)]
    importers = [start(ledger, path) for path in paths]
    done = [end(importer) for importer in importers]
    assert sum(d["events"] for d in done) == 3000
    assert sum(d["duplicates"] for d in done) == 11 * 500 - 3000
    got = [raw.decode() for _, _, raw in events_of(ledger)]
    assert len(got) == 3000 and set(got) == want
    assert not (ledger / "control").exists()
    run("verify", ledger)


def test_the_same_file_at_the_same_time(home, ledger):
    with open(home / "a.ndjson", "w") as out:
        for n in range(20000):  # records that have no id
            out.write(json.dumps({"n": n, "text": "x" * 50}) + "\n")
    importers = [start(ledger, home / "a.ndjson") for _ in range(4)]
    done = [end(importer) for importer in importers]
    assert sum(d["events"] for d in done) == 20000
    own = [r.source for r in records(ledger) if r.source.startswith("firn/")]
    assert own == ["firn/delivery", "firn/delivered"]
    assert len(events_of(ledger)) == 20000
    run("verify", ledger)


def test_whichever_is_killed_nothing_is_lost_or_double(home, ledger):
    """Three importers of overlapping folders; one is killed, sometimes the writer."""
    seed = int(os.environ.get("FIRN_SEED", random.randrange(1 << 30)))
    print("seed", seed)
    rng = random.Random(seed)
    source = home / "sim"
    subprocess.run([FIRN_SIM, "write", source, "--people", "40", "--days", "4", "--seed", "5"],
                   check=True, stdout=subprocess.DEVNULL)
    with open(source / "zz.ndjson", "w") as out:  # records that have no id
        for i in range(20000):
            out.write(json.dumps({"n": i, "text": "x" * 50}) + "\n")
    whole = home / "whole"
    run("init", whole, "--origin", "firn.example.com/whole")
    start_s = time.monotonic()
    take(whole, source)
    took = time.monotonic() - start_s
    size, finished = 0, 0
    for round_ in range(ROUNDS):
        importers = []
        for _ in range(3):
            importers.append(start(ledger, source))
            time.sleep(rng.random() * took / 20)
        victims = rng.sample(importers, rng.choice((1, 1, 2)))
        time.sleep(rng.random() * took)
        for victim in victims:
            victim.send_signal(signal.SIGKILL)
        for importer in importers:
            if importer in victims:
                importer.communicate()
            else:
                end(importer)
                finished += 1
        now = checkpoint(ledger)[1]
        assert now >= size  # never goes back
        size = now
        assert events_of(ledger) == events_of(whole)
        if round_ % 2 == 0:  # begin anew: otherwise all is taken after one round
            subprocess.run(["rm", "-rf", ledger, home / "state"], check=True)
            key = home / "config" / "firn" / "firn.example.com-test.key"
            key.unlink()
            run("verify", whole)
            run("init", ledger, "--origin", "firn.example.com/test")
            size = 0
    assert finished >= ROUNDS
    take(ledger, source)
    assert events_of(ledger) == events_of(whole)
    run("verify", ledger)


# --- the socket ---


def test_the_socket_is_the_owners_and_goes(home, ledger, writer):
    mode = os.lstat(ledger / "control").st_mode
    assert stat.S_ISSOCK(mode) and mode & 0o777 == 0o600


def test_a_socket_that_was_left_is_no_hindrance(home, ledger):
    os.mkfifo(home / "slow")
    importer = start(ledger, home / "slow")
    with open(home / "slow", "wb"):
        until((ledger / "control").exists)
        importer.send_signal(signal.SIGKILL)
        importer.communicate()
    assert (ledger / "control").exists()
    assert take(ledger, lines(home / "a.ndjson", range(10)))["events"] == 10
    assert not (ledger / "control").exists()


def test_long_paths_are_no_hindrance(home):
    ledger = home / ("x" * 100) / ("y" * 100) / "ledger"
    ledger.parent.mkdir(parents=True)
    run("init", ledger, "--origin", "firn.example.com/long")
    os.mkfifo(home / "slow")
    importer = start(ledger, home / "slow")
    with open(home / "slow", "wb") as pipe:
        pipe.write((audit(1) + "\n").encode())
        pipe.flush()
        until((ledger / "control").exists)
        assert take(ledger, lines(home / "a.ndjson", range(2, 10)))["events"] == 8
    assert end(importer)["events"] == 1


def test_strange_clients_do_not_stop_it(home, ledger, writer):
    there = []
    for n in range(40):
        client = socket.socket(socket.AF_UNIX)
        client.connect(str(ledger / "control"))
        if n % 4 == 1:
            client.send(b"GET / HTTP/1.1\r\n\r\n")
        if n % 4 >= 2:
            client.send(b"firn-control/1\n\0")
        if n % 4 == 3:
            client.send(struct.pack("<I", 60 << 20) + b"\3" * 1000)
        there.append(client)
        if n % 5:
            client.close()
    assert take(ledger, lines(home / "a.ndjson", range(10)))["events"] == 10
    assert writer.poll() is None
    for client in there:
        client.close()


def test_what_a_client_may_not_add(home, ledger, writer):
    """By docs/ledger.md alone."""
    client = connect(ledger)
    name = b"n" * 16
    record = lambda source: (b"\1" + text("H", source) + text("H", b"") + struct.pack(
        "<qq", -2 ** 63, -2 ** 63) + text("I", b"{}"))
    batch = lambda first, *items: (b"\3" + name + struct.pack("<QI", first, len(items))
                                   + b"".join(items))
    code, why = ask(client, batch(0, record(b"file/x")))
    assert code == 1 and b"no such delivery" in why
    assert ask(client, b"\2" + name + text("H", b"") + text("I", b"{}"))[0] == 0
    code, said = ask(client, batch(0, record(b"file/x"), b"\0", record(b"file/x")))
    assert (code, struct.unpack("<Q", said[:8])[0], said[8:]) == (0, 1, b"\0\4\0")
    for source in (b"firn/delivery", b"firn/read", b"", b"a\nb", b"\xff"):
        code, why = ask(client, batch(3, record(source)))
        assert code == 1 and b"source" in why or b"own" in why
    for stream in (b"delivery", b"delivered", b"", b"../x"):
        code, why = ask(client, b"\5" + b"k" * 16 + text("H", stream) + text("H", b"")
                        + text("I", b"{}"))
        assert code == 1 and b"stream" in why
    assert ask(client, b"\6")[0] == 0
    size = struct.unpack("<Q", ask(client, b"\7")[1])[0]
    assert size == checkpoint(ledger)[1]
    run("verify", ledger)
