"""kill -9 at any moment of importing, sealing and merging: nothing is lost, nothing is twice."""

import json
import os
import random
import signal
import subprocess
import time

from conftest import FIRN
from ledger_files import checkpoint
from ledger_home import Ledger, record

os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
ROUNDS = int(os.environ.get("FIRN_KILL_ROUNDS", "8"))
FILES, RECORDS = 12, 400


def write_exports(folder):
    """Files that overlap: of each, half is in the next one, too."""
    folder.mkdir()
    for n in range(FILES):
        first = n * RECORDS // 2
        (folder / f"{n:02}.ndjson").write_text(
            "".join(record(i) + "\n" for i in range(first, first + RECORDS)))
    return (FILES + 1) * RECORDS // 2


def start(ledger, *words):
    return subprocess.Popen([FIRN, *map(str, words)], env=ledger.env, start_new_session=True,
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def kill(process, chance):
    """The parent alone, or all of its children with it."""
    if chance.random() < 0.5:
        process.send_signal(signal.SIGKILL)
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def test_nothing_is_lost_and_nothing_is_twice(tmp_path):
    ledger = Ledger(tmp_path)
    exports = tmp_path / "exports"
    events = write_exports(exports)
    chance = random.Random(4711)
    size = 0
    for n in range(ROUNDS):
        # A file more each round, so that there is something to take in and to seal.
        paths = sorted(exports.iterdir())[:1 + n * FILES // ROUNDS]
        work = [start(ledger, "import", ledger.dir, *paths, "--progress", "never"),
                start(ledger, "ledger", "seal", ledger.dir)]
        time.sleep(chance.random() * 0.8)
        chance.shuffle(work)
        for process in work:
            kill(process, chance)
        now = checkpoint(ledger.dir)[1]
        assert now >= size  # never goes back
        size = now
        if n % 4 == 3:
            ledger.verify()
    ledger.firn("import", ledger.dir, exports, "--progress", "never")
    ledger.firn("ledger", "seal", ledger.dir)
    ledger.verify()
    told = [json.loads(line)["id"] for line in ledger.firn(
        "sql", ledger.dir, "SELECT id FROM records WHERE id IS NOT NULL", "--format",
        "ndjson").splitlines()]
    assert len(told) == len(set(told)) == events
    # What nobody names is swept away.
    lines = (ledger.dir / "manifest").read_text().splitlines()
    assert len(list((ledger.dir / "segment").glob("*/*.raw"))) == len(lines) - 2
    assert not list((ledger.dir / "segment" / "new").iterdir())
