"""Question after question to one firn-query: each is answered as if it were the only one."""
import os
import pathlib
import shutil
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
    lines += [f"{name} {text}" for name, texts in parts.items()
              for text in ([texts] if isinstance(texts, str) else texts)]
    return "".join(line + "\0" for line in (*lines, f"select {select}")).encode()


class Session:
    def __init__(self, ledger):
        self.ledger = ledger
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

    def rest(self):
        """It lets go of the ledger, of which nothing is open then."""
        self.socket.sendall(struct.pack("<I", 0))
        assert self.socket.recv(100) == b"\0\0"
        assert not [path for path in self.open() if path.startswith(str(self.ledger))]

    def open(self):
        return [os.readlink(fd) for fd in pathlib.Path(f"/proc/{self.child.pid}/fd").iterdir()]

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


def compare(ledger, session, *sizes):
    """What it says of so many records, and of all, is what one says that was just started.

    Of all tenants: for one, what is not sealed is read again."""
    for below in (*sizes, ledger.size()):
        for text in (plan("count(*), min(index), max(index)", below),
                     plan("index, kind, source, id", below, either="index % 10 = 7"),
                     plan("index, id", below, text="", **{"or": "id-1"})):
            answer, wrong = session.ask(text)
            # A session gives them as they come.
            assert sorted(answer.split()) == sorted(alone(ledger, text).split()), text
            assert not wrong


def test_it_goes_on_with_what_comes(ledger):
    session = Session(ledger.dir)
    sizes = [ledger.size()]
    for _ in range(3):
        compare(ledger, session, *sizes)
        ledger.add(40)
        sizes.append(ledger.size())
        text = plan("count(*)", sizes[-1], tenant="0000-1")
        assert session.ask(text) == (alone(ledger, text), "")
    # Those that are there when it is opened anew, and no more.
    session.rest()
    compare(ledger, session, *reversed(sizes))
    assert session.ask(plan(below=ledger.size() + 1))[1]
    session.rest()
    session.rest()
    compare(ledger, session)
    assert session.end() == 0


def test_it_goes_on_when_they_are_sealed(ledger):
    session = Session(ledger.dir)
    sizes = [ledger.size()]
    for _ in range(2):
        compare(ledger, session, *sizes)
        session.rest()
        ledger.add(20)
        ledger.firn("ledger", "seal", ledger.dir)
        sizes.append(ledger.size())
        compare(ledger, session, *sizes)
        ledger.add(30)
        compare(ledger, session, *sizes)
    assert session.end() == 0


@pytest.mark.parametrize("part", [50, 150])
def test_a_part_of_what_it_read_is_sealed(tmp_path, part):
    """As it is when more comes while a segment is made: less than half of it, or more."""
    ledger = Ledger(tmp_path)
    ledger.add(part)
    copy = tmp_path / "copy"
    shutil.copytree(ledger.dir, copy, ignore=shutil.ignore_patterns("control"))
    ledger.firn("ledger", "seal", copy)
    ledger.add(100)
    session = Session(ledger.dir)
    compare(ledger, session, part)
    session.rest()
    shutil.copytree(copy / "segment", ledger.dir / "segment")
    shutil.copy(copy / "manifest", ledger.dir)
    ledger.add(1)
    compare(ledger, session, part, part + 50)
    session.rest()
    ledger.firn("ledger", "seal", ledger.dir)
    compare(ledger, session, part, part + 50)
    assert session.end() == 0


def test_what_is_erased_meanwhile_is_gone(ledger):
    """Also what was not sealed yet when it read it; and the old files are removed."""
    session = Session(ledger.dir)
    shown = plan("index, id", either=["id = 'id-17'", "id = 'id-290'"])
    assert session.ask(shown)[0].count("id-") == 2
    session.rest()
    ledger.firn("ledger", "erase", ledger.dir, "--query", "id:id-290", "--reason", "asked", "--yes")
    assert session.ask(shown) == (alone(ledger, shown), "")
    assert session.ask(shown)[0].count("id-") == 1
    compare(ledger, session)
    session.rest()
    files = set(ledger.dir.glob("segment/*/*"))
    ledger.add(1)
    ledger.firn("ledger", "erase", ledger.dir, "--query", "id:id-17", "--reason", "asked", "--yes")
    assert not files <= set(ledger.dir.glob("segment/*/*"))
    assert session.ask(shown) == (alone(ledger, shown), "")
    compare(ledger, session)
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
