"""firn witness, by curl and by sockets that do not behave."""

import concurrent.futures
import hashlib
import os
import signal
import socket
import subprocess
import time

import pytest

from conftest import run
from tlog import Key, Log
from witness import Witness

OWN = Key("witness.example/w1", bytes([7]) * 32, 4)
LOG = Log(Key("log.example/a", bytes([1]) * 32))
OTHER = Log(Key("log.example/b", bytes([2]) * 32))
LOGS = [LOG, OTHER]
STRANGER = Log(Key("log.example/c", bytes([3]) * 32))


@pytest.fixture
def witness(tmp_path):
    own = Witness(tmp_path, OWN, LOGS).start()
    yield own
    own.stop()


def received(sock):
    """All until the other side closes."""
    out = b""
    while True:
        try:
            part = sock.recv(65536)
        except ConnectionResetError:
            part = b""
        if not part:
            return out
        out += part


def test_cosigns_and_shows(witness):
    assert witness.last(LOG.origin)[0] == 404
    for old, size in [(0, 1), (1, 5), (5, 5), (5, 13)]:
        witness.cosigns(LOG, old, size)
        status, kind, note = witness.last(LOG.origin)
        text, lines = note.split("\n\n")
        lines = lines.splitlines()
        assert (status, text + "\n") == (200, LOG.text(size))
        assert kind.startswith("text/plain")
        assert lines[0] + "\n" == LOG.key.line(LOG.text(size))
        assert OWN.cosigned(LOG.text(size), lines[1])
        assert len(lines) == 2
    witness.cosigns(OTHER, 0, 3)
    assert "200 log.example/a 5 to 13\n" in witness.told
    assert "200 log.example/b 0 to 3\n" in witness.told


def test_each_error(witness):
    witness.cosigns(LOG, 0, 5)
    before = witness.last(LOG.origin)
    good = LOG.request(5, 8)
    for request, status, body in [
        ("", 400, None),
        ("hello", 400, None),
        (good.replace("old 5", "old 05"), 400, None),
        (good[:-1], 400, None),
        (LOG.request(9, 8), 400, None),
        (good.replace("\n8\n", "\n7\n"), 403, None),
        (good[: good.index("\u2014")] + STRANGER.key.line(LOG.text(8)), 403, None),
        (STRANGER.request(0, 1), 404, None),
        (LOG.request(0, 8), 409, "5\n"),
        (LOG.request(4, 8), 409, "5\n"),
        (LOG.request(6, 8), 409, "5\n"),
        (LOG.request(5, 8, fork=2), 422, None),
        (LOG.request(5, 5, fork=2), 422, None),
        (good.replace("old 5\n", "old 5\n" + good.split("\n")[1] + "\n"), 422, None),
    ]:
        got = witness.add(request)
        assert got[0] == status, (request, got)
        if body:
            assert got[1:] == ("text/x.tlog.size", body)
        else:
            assert got[2].endswith("\n") and got[1].startswith("text/plain")
    assert witness.last(LOG.origin) == before
    assert "422 log.example/a 5 to 8: consistency proof" in witness.told
    assert witness.curl("/add-checkpoint")[0] == 405
    assert witness.curl("/x", body="")[0] == 405
    assert witness.curl("/x", "-X", "DELETE")[0] == 405
    for path in ["/", "//", "/x", "/x/checkpoint", "/checkpoint", "/" + "0" * 64,
                 "/../checkpoint", "/%00/checkpoint"]:
        assert witness.curl(path, "--path-as-is")[0] == 404
    assert witness.curl("/add-checkpoint?x=y", body=good)[0] == 200


def test_is_killed_and_goes_on(tmp_path):
    """Whatever was given away is kept, whenever it is killed."""
    own = Witness(tmp_path, OWN, LOGS).start()
    size = 0
    for _ in range(6):
        own.cosigns(LOG, size, size + 3)
        size += 3
        own.stop(signal.SIGKILL)
        own.start()
        assert own.add(LOG.request(0, 2))[::2] == (409, f"{size}\n")
        assert own.add(LOG.request(size, size + 1, fork=1))[0] == 422
        assert own.add(LOG.request(size, size, fork=1))[0] == 422
    own.stop()


def test_is_killed_amid_requests(tmp_path):
    """The size that was told last is never above the one that is kept."""
    own = Witness(tmp_path, OWN, LOGS).start()
    requests = [LOG.request(i, i + 1) for i in range(60)]
    told = kept = 0
    for round_ in range(5):
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            def submit(start):
                done = start
                try:
                    for i in range(start, len(requests)):
                        if own.add(requests[i])[0] != 200:
                            return done
                        done = i + 1
                except subprocess.CalledProcessError:
                    pass
                return done
            future = pool.submit(submit, kept)
            time.sleep(0.05 + 0.03 * round_)
            own.stop(signal.SIGKILL)
            told = future.result()
        own.start()
        status, _, note = own.last(LOG.origin)
        kept = int(note.split("\n")[1]) if status == 200 else 0
        assert kept >= told
    assert kept
    own.stop()


def test_only_one_of_many_wins(witness):
    """Of requests at once, from one size, all but one are too late."""
    witness.cosigns(LOG, 0, 4)
    requests = [LOG.request(4, size) for size in range(5, 17)]
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(witness.add, requests))
    won = [size for size, answer in zip(range(5, 17), answers) if answer[0] == 200]
    assert len(won) == 1
    for answer in answers:
        assert answer[0] == 200 or answer[::2] == (409, f"{won[0]}\n")


def test_bodies_have_a_limit(witness):
    assert witness.add("old 0\n\n" + "x" * 65536)[0] == 413
    status = witness.curl("/add-checkpoint", "-H", "Transfer-Encoding: chunked",
                          body="x" * 1000000)[0]
    assert status == 413
    with witness.socket() as sock:
        sock.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\n"
                     b"Content-Length: 99999999999\r\n\r\n")
        assert received(sock).startswith(b"HTTP/1.1 413 ")
    witness.cosigns(LOG, 0, 1)


def test_chunked_is_fine(witness):
    status, _, text = witness.curl(
        "/add-checkpoint", "-H", "Transfer-Encoding: chunked", body=LOG.request(0, 2))
    assert status == 200 and OWN.cosigned(LOG.text(2), text)


def test_slow_clients_are_cut_off(witness):
    """Bytes that trickle do not win more time, and others do not wait."""
    head = b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
    with witness.socket() as slow_head, witness.socket() as slow_body:
        start = time.monotonic()
        slow_body.sendall(head)
        for i in range(40):
            try:
                slow_head.sendall(head[i : i + 1])
                slow_body.sendall(b"x")
            except OSError:
                break
            if i == 2:
                witness.cosigns(LOG, 0, 1)
            time.sleep(0.5)
        assert time.monotonic() - start < 15
        received(slow_head)
        received(slow_body)


def test_keeps_connections(witness):
    with witness.socket() as sock:
        for size in range(3):
            body = LOG.request(size, size + 1).encode()
            sock.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\n"
                         b"Content-Length: %d\r\n\r\n" % len(body) + body)
            assert sock.recv(65536).startswith(b"HTTP/1.1 200 ")
        for _ in range(3):
            sock.sendall(b"GET /none HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = sock.recv(65536)
            assert answer.startswith(b"HTTP/1.1 404 ")
            assert b"\r\nContent-Length: 13\r\n" in answer
        body = LOG.request(0, 9).encode()
        sock.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\n"
                     b"Content-Length: %d\r\n\r\n" % len(body) + body)
        assert sock.recv(65536).endswith(b"\r\n\r\n3\n")
        sock.sendall(b"HEAD /none HTTP/1.1\r\nHost: x\r\n\r\n"
                     b"HEAD /none HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert received(sock).count(b"HTTP/1.1 404 ") == 2


def test_http2_is_closed(witness):
    with witness.socket() as sock:
        sock.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
                     b"\0\0\0\4\0\0\0\0\0")
        answer = received(sock)
    # An HTTP/2 server answers with a SETTINGS frame.
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")
    with witness.socket() as sock:
        sock.sendall(b"GET /x HTTP/1.1\r\nHost: x\r\n"
                     b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                     b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n")
        sock.shutdown(socket.SHUT_WR)
        answer = received(sock)
    assert answer.startswith(b"HTTP/1.1 404 ") and b" 101 " not in answer
    assert witness.curl("/x", "--http2", "-o", "/dev/null", "-w",
                        "\n%{http_code} %{http_version}")[:2] == (404, "1.1")


def test_garbage_is_refused(witness):
    for octets in [b"\0" * 100, b"GET\r\n\r\n", b"\x16\x03\x01\x02\0\x01\0" + b"x" * 200,
                   b"GET /x HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                   b"x" * 1000000]:
        with witness.socket() as sock:
            try:
                sock.sendall(octets)
                sock.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            assert not received(sock).startswith(b"HTTP/1.1 200")
    witness.cosigns(LOG, 0, 1)


def test_ends_well_with_connections_open(tmp_path):
    own = Witness(tmp_path, OWN, LOGS).start()
    with own.socket() as idle, own.socket() as half:
        half.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\n")
        time.sleep(0.1)
        start = time.monotonic()
        own.stop()
        assert time.monotonic() - start < 10
        assert received(idle) == b""
        received(half)


def test_many_connections(tmp_path):
    """Whoever comes when it is full waits, and is served."""
    own = Witness(tmp_path, OWN, LOGS).start()
    socks = [own.socket() for _ in range(520)]
    for sock in socks[:30]:
        sock.close()
    own.cosigns(LOG, 0, 1)
    for sock in socks:
        sock.close()
    own.stop()


def test_listens_on_a_unix_socket(tmp_path):
    path = tmp_path / "sock"
    own = Witness(tmp_path, OWN, LOGS, f"unix:{path}").start()
    own.cosigns(LOG, 0, 2)
    own.stop(signal.SIGKILL)
    assert path.exists()
    own.start()
    own.cosigns(LOG, 2, 3)
    own.stop()
    assert not path.exists()


def test_one_witness_a_folder(witness):
    done = run(*witness.args, check=2)
    assert b"another witness works in" in done.stderr


def test_damaged_state_is_refused(tmp_path):
    own = Witness(tmp_path, OWN, LOGS).start()
    own.cosigns(LOG, 0, 2)
    own.cosigns(OTHER, 0, 2)
    own.stop()
    files = sorted(p for p in own.state.iterdir() if p.name != "lock")
    assert [p.name for p in files] == sorted(
        hashlib.sha256(log.origin.encode()).hexdigest() for log in [LOG, OTHER])
    texts = [p.read_bytes() for p in files]
    for bad in [b"", texts[0][:-1], texts[0].replace(b"\n2\n", b"\n1\n"), texts[1]]:
        files[0].write_bytes(bad)
        assert files[0].name.encode() in run(*own.args, check=2).stderr


def test_another_key_goes_on(tmp_path):
    """The log signed what was kept, also if the witness has another key now."""
    own = Witness(tmp_path, OWN, LOGS).start()
    own.cosigns(LOG, 0, 2)
    own.stop()
    own.key.write_text(Key(OWN.name, bytes([8]) * 32, 4).secret)
    own.start()
    assert own.add(LOG.request(0, 3))[::2] == (409, "2\n")
    own.stop()


def test_wrong_configuration(tmp_path):
    own = Witness(tmp_path, OWN, LOGS)
    good = own.logs.read_text()
    for text, reason in [("# none\n", "no key of a log"), ("x+y\n", "/logs:1: "),
                         (good + OWN.vkey, "/logs:5: a key of type 04")]:
        own.logs.write_text(text)
        assert reason in run(*own.args, check=2).stderr.decode()
    own.logs.write_text(good)
    own.key.write_text(LOG.key.secret)
    assert b"is the key of a log" in run(*own.args, check=2).stderr
    own.key.write_text(OWN.secret)
    own.key.chmod(0o644)
    assert b"open to others" in run(*own.args, check=2).stderr
    own.key.chmod(0o600)
    own.listen = "127.0.0.1"
    assert b"neither HOST:PORT" in run(*own.args, check=2).stderr
    os.remove(own.logs)
    assert b"cannot open" in run(*own.args, check=2).stderr


def test_usage(tmp_path):
    for args in [[], ["--key", "x"], ["--key", "x", "--logs", "y"], ["x"],
                 ["--what"], ["--key"]]:
        run("witness", *args, check=2, cwd=tmp_path)
    assert run("witness", "--help").stdout == run("help", "witness").stdout
