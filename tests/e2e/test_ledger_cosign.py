"""firn ledger cosign: witnesses that run, and some that do not behave."""

import http.server
import threading
import time

import pytest

from conftest import run
from tlog import Key, Log, root
from witness import Witness

LOG = Log(Key("firn.example.com/a", bytes([1]) * 32))
KEYS = [Key(f"witness.example/w{i}", bytes([10 + i]) * 32, 4) for i in range(3)]


class Ledger:
    """The files of a ledger that a witness' client needs."""

    def __init__(self, directory):
        self.dir = directory / "ledger"
        (self.dir / "hash").mkdir(parents=True)
        self.policy = directory / "policy"
        self.cosigned = self.dir / "cosigned"

    def grow(self, size, fork=None):
        leaves = LOG.leaves(size, fork)
        (self.dir / "hash" / "0").write_bytes(b"".join(leaves))
        (self.dir / "hash" / "8").write_bytes(b"".join(
            root(leaves[i : i + 256]) for i in range(0, size - 255, 256)))
        (self.dir / "checkpoint").write_text(LOG.note(size, fork))
        return self

    def trust(self, urls, need):
        lines = [f"log {LOG.key.vkey}"]
        lines += [f"witness w{i} {KEYS[i].vkey} {url}" for i, url in enumerate(urls)]
        names = " ".join(f"w{i}" for i in range(len(urls)))
        self.policy.write_text("\n".join(
            lines + [f"group all {need} {names}", "quorum all"]) + "\n")

    def cosign(self, check=0):
        done = run("ledger", "cosign", self.dir, "--policy", self.policy, check=check)
        return done.stdout.decode() + done.stderr.decode()

    def signers(self, size, fork=None):
        """Who cosigned the note that is kept, which must verify."""
        text, lines = self.cosigned.read_text().split("\n\n")
        lines = lines.splitlines()
        assert text + "\n" == LOG.text(size, fork)
        assert lines[0] + "\n" == LOG.key.line(LOG.text(size, fork))
        names = []
        for line in lines[1:]:
            key = next(key for key in KEYS if line.split(" ")[1] == key.name)
            assert abs(key.cosigned(text + "\n", line) - time.time()) < 100
            names.append(key.name[-2:])
        return names


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path)


@pytest.fixture
def witnesses(tmp_path):
    own = []
    for i, key in enumerate(KEYS):
        (tmp_path / f"w{i}").mkdir()
        own.append(Witness(tmp_path / f"w{i}", key, [LOG]).start())
    yield own
    for witness in own:
        witness.stop()


def urls(witnesses):
    return [f"http://{witness.address}" for witness in witnesses]


def test_witnesses_cosign_as_it_grows(ledger, witnesses):
    ledger.trust(urls(witnesses), 3)
    for size in [0, 1, 7, 7, 300, 777]:
        told = ledger.grow(size).cosign()
        assert ledger.signers(size) == ["w0", "w1", "w2"]
        assert f"3 of 3 witnesses cosigned {size} records; the policy is satisfied" in told
    assert "w1: cosigned\n" in told


def test_asks_from_the_size_that_the_witness_says(ledger, witnesses):
    """Some have seen more than we know of, and some nothing."""
    ledger.trust(urls(witnesses), 3)
    witnesses[0].cosigns(LOG, 0, 5)
    witnesses[1].cosigns(LOG, 0, 9)
    ledger.grow(9).cosign()
    assert ledger.signers(9) == ["w0", "w1", "w2"]
    assert "409 firn.example.com/a 5 to 9" in witnesses[0].told
    ledger.grow(20).cosign()
    assert "200 firn.example.com/a 9 to 20" in witnesses[0].told
    # It knew the size from the file.
    assert witnesses[0].told.count(" 409 ") == 1


def test_too_few(ledger, witnesses):
    ledger.trust(urls(witnesses), 2)
    witnesses[0].stop()
    told = ledger.grow(4).cosign()
    assert "w0: cannot reach 'http://127.0.0.1:" in told
    assert ledger.signers(4) == ["w1", "w2"]
    witnesses[1].stop()
    told = ledger.grow(5).cosign(check=1)
    assert "1 of 3 witnesses cosigned 5 records; not enough: " in told
    assert "missing: w0, w1" in told
    assert ledger.signers(5) == ["w2"]
    # What was got before stays, as long as the checkpoint does.
    witnesses[2].stop()
    witnesses[1].start()
    ledger.trust(urls(witnesses), 2)
    told = ledger.cosign()
    assert "w2: cosigned before; now cannot reach" in told
    assert ledger.signers(5) == ["w1", "w2"]
    # None: the older one stays.
    witnesses[1].stop()
    ledger.grow(6).cosign(check=1)
    assert ledger.signers(5) == ["w1", "w2"]


def test_a_fork_finds_no_witness(ledger, witnesses):
    ledger.trust(urls(witnesses), 1)
    witnesses[0].cosigns(LOG, 0, 6)
    witnesses[1].cosigns(LOG, 0, 9)
    witnesses[2].cosigns(LOG, 0, 8)
    told = ledger.grow(8, fork=3).cosign(check=1)
    assert "w0: answers 422: consistency proof" in told
    assert "w1: has cosigned 9 records, and this checkpoint has 8" in told
    assert "w2: answers 422" in told
    assert not ledger.cosigned.exists()


def test_a_ledger_that_does_not_fit_asks_nobody(ledger, witnesses):
    ledger.trust(urls(witnesses), 3)
    ledger.grow(9).cosign()
    kept = ledger.cosigned.read_text()
    for size, fork, reason in [(8, None, "has 9 records, and the checkpoint 8"),
                               (12, 2, "are not those of the tree of 9 records")]:
        assert reason in ledger.grow(size, fork).cosign(check=2)
    ledger.grow(12)
    (ledger.dir / "checkpoint").write_text(LOG.note(12, fork=11))
    assert "of the tree of 12 records" in ledger.cosign(check=2)
    (ledger.dir / "hash" / "0").write_bytes(b"x" * 100)
    assert "ends before hash" in ledger.cosign(check=2)
    ledger.grow(12)
    ledger.cosigned.write_text("hello\n")
    assert "cosigned': note: " in ledger.cosign(check=2)
    assert "9 to" not in witnesses[0].told
    ledger.cosigned.write_text(kept)
    ledger.cosign()


class Liar(http.server.BaseHTTPRequestHandler):
    """Answers what the test says; each answer is used once but the last."""

    answers = []

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        status, body = self.answers[0]
        if len(self.answers) > 1:
            self.answers.pop(0)
        if callable(body):
            body()
            body = ""
        body = body.encode()
        self.send_response(status)
        self.send_header("Location", "http://127.0.0.1:1/")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            pass

    def log_message(self, *args):
        pass


@pytest.fixture
def liar():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Liar)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/w/"
    server.shutdown()
    server.server_close()


def test_witnesses_that_lie(ledger, liar):
    ledger.trust([liar], 1)
    ledger.grow(5)
    good = KEYS[0].cosign(LOG.text(5))
    for answers, reason in [
        ([(200, "")], "no cosignature"),
        ([(200, "hello\n")], "no cosignature"),
        ([(200, good[:-1])], "no cosignature"),
        ([(200, KEYS[1].cosign(LOG.text(5)))], "no cosignature of its key"),
        ([(200, KEYS[0].cosign(LOG.text(4)))], "a wrong cosignature"),
        ([(200, good + KEYS[0].cosign(LOG.text(4)))], "a wrong cosignature"),
        ([(200, good + "x" * 100000)], "more than 65536 bytes"),
        ([(409, "")], "409 without a size"),
        ([(409, "05\n")], "409 without a size"),
        ([(409, "5\nx")], "409 without a size"),
        ([(409, "0\n")], "another tree of 0 records"),
        ([(409, "6\n")], "has cosigned 6 records, and this checkpoint has 5"),
        ([(409, "1\n"), (409, "2\n"), (409, "3\n"), (409, "4\n")], "asked by others"),
        ([(302, "")], "answers 302: "),
        ([(403, "no \x1b[31m\nmore")], r"answers 403: no \x1b[31m" + "\n"),
        ([(200, lambda: time.sleep(11))], "cannot reach"),
    ]:
        Liar.answers = list(answers)
        told = ledger.cosign(check=1)
        assert told.startswith("w0: ") and reason in told, (answers, told)
        assert not ledger.cosigned.exists()


def test_keeps_only_what_is_verified(ledger, liar):
    ledger.trust([liar], 1)
    ledger.grow(5)
    Liar.answers = [(409, "2\n"), (200, KEYS[1].cosign(LOG.text(5))
                                   + KEYS[0].cosign(LOG.text(5)))]
    ledger.cosign()
    kept = ledger.cosigned.read_text()
    assert kept == LOG.note(5) + KEYS[0].cosign(LOG.text(5))


def test_who_has_no_url_is_not_asked(ledger, witnesses):
    ledger.trust([urls(witnesses)[0], ""], 1)
    assert "w1: has no url in the policy" in ledger.grow(3).cosign()
    ledger.trust(["ftp://127.0.0.1/x", "file:///etc/passwd"], 1)
    assert ledger.grow(4).cosign(check=1).count("cannot reach") == 2


def test_usage(ledger, tmp_path):
    ledger.trust([""], 1)
    ledger.grow(1)
    for args in [[], ["what"], ["cosign"], ["cosign", ledger.dir],
                 ["cosign", "--policy", ledger.policy], ["cosign", "--what"],
                 ["cosign", ledger.dir, "x", "--policy", ledger.policy],
                 ["cosign", tmp_path / "none", "--policy", ledger.policy],
                 ["cosign", tmp_path, "--policy", ledger.policy],
                 ["cosign", ledger.dir, "--policy", tmp_path / "none"],
                 ["cosign", ledger.dir, "--policy", ledger.dir / "checkpoint"]]:
        run("ledger", *args, check=2, cwd=tmp_path)
    assert run("ledger", "--help").stdout == run("help", "ledger").stdout
    assert run("ledger", "cosign", "--help").stdout == run("help", "ledger").stdout
