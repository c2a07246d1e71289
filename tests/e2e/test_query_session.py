"""Question after question to one firn-query: each is answered as if it were the only one."""
import os
import pathlib
import socket
import struct
import subprocess

import pytest

from conftest import FIRN
from ledger_home import Ledger

# A confined process cannot look into itself for leaks.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
QUERY = pathlib.Path(FIRN).parent / "lib/firn/firn-query"


def plan(select="r.index", below=0, **parts):
    """As store/plan.h has it."""
    lines = [f"below {below}"] if below else []
    lines += [f"{name} {text}" for name, text in parts.items()]
    return "".join(line + "\0" for line in (*lines, f"select {select}")).encode()


class Session:
    def __init__(self, ledger):
        self.socket, theirs = socket.socketpair()
        self.socket.settimeout(120)
        self.child = subprocess.Popen([QUERY, ledger, "session"], stdin=theirs, stdout=theirs)
        theirs.close()

    def ask(self, text, form="csv"):
        text = form.encode() + b"\n" + text
        self.socket.sendall(struct.pack("<I", len(text)) + text)
        got = b""
        while got.count(b"\0") < 2:
            more = self.socket.recv(65536)
            assert more, "it ended"
            got += more
        answer, wrong, rest = got.split(b"\0")
        assert not rest
        return answer.decode(), wrong.decode()

    def end(self):
        self.socket.close()
        return self.child.wait(120)


@pytest.fixture(name="ledger", params=["wal", "sealed"])
def fixture_ledger(request, tmp_path):
    ledger = Ledger(tmp_path)
    ledger.add(150)
    if request.param == "sealed":
        ledger.firn("ledger", "seal", ledger.dir)
    ledger.add(150)
    return ledger


def alone(ledger, text, form="csv"):
    done = subprocess.run([QUERY, ledger.dir, form], input=text, capture_output=True, check=True)
    return done.stdout.decode()


def test_each_as_if_alone(ledger):
    size = ledger.size()
    plans = [plan(either="source = 'firn/delivery'"), plan(either="kind = 'o365.audit'"),
             # Few records, which are read again, and then all of them again.
             plan(either="kind = 'o365.audit'", text="", **{"or": "id-17\""}),
             plan(either="kind = 'o365.audit'"), plan("count(*)", below=size - 100),
             plan("count(*)", below=size), plan("count(*)", where="kind = 'o365.audit'"),
             plan("count(*)", tenant="0000-1"), plan("count(*)", tenant="nobody"),
             plan("count(*)"), b"sql SELECT count(*), max(index) FROM records\0"]
    asked = [(text, ("csv", "ndjson")[i % 2]) for i, text in enumerate(plans)]
    answers = [alone(ledger, *one) for one in asked]
    session = Session(ledger.dir)
    for i in (*range(len(asked)), *reversed(range(len(asked)))):
        assert session.ask(*asked[i]) == (answers[i], "")
    assert session.end() == 0


def test_what_is_wrong_is_said_and_no_end(ledger):
    session = Session(ledger.dir)
    right = plan("count(*)")
    answer = alone(ledger, right)
    for wrong in (plan("nothing"), b"sql DROP VIEW records\0", b"luck\0",
                  plan(below=ledger.size() + 1)):
        assert session.ask(wrong)[1]
        assert session.ask(right) == (answer, "")
    assert session.end() == 0


def test_what_is_no_question_ends_it(tmp_path):
    ledger = Ledger(tmp_path)
    ledger.add(1)
    for sent in (b"\0\0", b"\xff\xff\xff\xff", struct.pack("<I", 4) + b"csv",
                 struct.pack("<I", 4) + b"yes\n", struct.pack("<I", 40) + 40 * b"c"):
        session = Session(ledger.dir)
        session.socket.sendall(sent)
        session.socket.shutdown(socket.SHUT_WR)
        assert session.socket.recv(100) == b""
        assert session.end() == 0
