"""The evidence of firn damage, of a ledger that was erased from, cosigned, or changed its key."""

import hashlib
import json
import os
import shutil
from types import SimpleNamespace

import pytest

from audit import audit
from damage_acts import OURS, RULE_OF, THEIRS, act
from ledger_home import Ledger
from tlog import Key
from witness import Witness

# A confined process cannot look into itself for leaks.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"

ACTS = (act(1, "2026-10-01T10:00:00", "UserLoggedIn", OURS),
        act(2, "2026-10-02T10:00:00", "UserLoggedIn", THEIRS),
        act(3, "2026-10-02T10:01:00", "New-InboxRule", THEIRS, **RULE_OF),
        act(4, "2026-10-03T10:00:00", "UserLoggedIn", OURS))
SIGNED = "evidence/signed"


class Case(Ledger):
    """A ledger of these acts."""

    def __init__(self, root):
        super().__init__(root)
        self.bring(*ACTS)

    def bring(self, *records):
        path = self.root / f"{self.size()}.ndjson"
        path.write_text("".join(r + "\n" for r in records))
        self.firn("import", self.dir, path, "--progress", "never")

    def report(self, name, *options):
        """The folder, and what is in its report."""
        folder = self.root / name
        self.damage(*(options or ("--ip", THEIRS)), "--report", folder)
        return folder, json.loads((folder / "report.json").read_text())


@pytest.fixture
def case(tmp_path):
    return Case(tmp_path)


def records(folder):
    lines = (folder / "evidence" / "records.ndjson").read_text().splitlines()
    return {r["index"]: r for r in map(json.loads, lines)}


def change(path, old, new):
    """As somebody does who knows how the folder is made."""
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new, 1))
    top = path.parent
    while not (top / "SHA256SUMS").exists():
        top = top.parent
    name = str(path.relative_to(top))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    sums = (top / "SHA256SUMS").read_text().splitlines()
    (top / "SHA256SUMS").write_text("".join(
        f"{digest}  {name}\n" if line.endswith(f"  {name}") else f"{line}\n" for line in sums))


# --- erased ---

def test_what_is_erased_after_a_report_is_in_it_still(case):
    folder, report = case.report("before")
    assert report["counts"]["ways"]["open"] and not any(
        r["salt"] is None for r in records(folder).values())
    case.firn("ledger", "erase", case.dir, "--query", f"ip:{THEIRS}", "--reason", "request 4711",
              "--yes")
    case.verify()
    assert "0 of them erased" in audit("bundle", folder, "--key", case.key)


def test_what_was_erased_before_a_report_is_a_leaf_without_bytes(case):
    _, before = case.report("before")
    size = before["ledger"]["size"]
    lost = before["intrusion"]["steps"][-1]["index"]
    case.firn("ledger", "erase", case.dir, "--query", "op:New-InboxRule", "--reason",
              "request 4711", "--yes")
    folder, after = case.report("after", "--ip", THEIRS, "--add", f"record:{lost}", "--at", size)
    # The tree is the same, and what the record said is not said any more.
    assert after["ledger"]["root"] == before["ledger"]["root"]
    assert not any(w["kind"] == "inbox-rule" for w in after["ways"])
    assert not any(u["cause"] == "erased" for u in before["undetermined"])
    erased, = [u for u in after["undetermined"] if u["cause"] == "erased"]
    assert erased["index"] == lost and erased["detail"].startswith("1 record, received from ")
    assert erased["detail"] in after["verdict"]["reasons"] and erased["places"] == []
    gone = records(folder)[lost]
    assert gone["salt"] is None and "raw" not in gone and "raw64" not in gone
    assert gone["leaf"] == records(case.root / "before")[lost]["leaf"]
    assert "1 of them erased" in audit("bundle", folder, "--key", case.key)
    # Nobody can say later what it was.
    path = folder / "evidence" / "records.ndjson"
    whole = json.dumps(gone, separators=(",", ":"), ensure_ascii=False).encode()
    change(path, whole, whole[:-1] + b',"raw":"{}"}')
    assert "has bytes and no salt" in audit("bundle", folder, "--key", case.key, check=1)


# --- cosigned ---

KEYS = [Key(f"witness.example/w{i}", bytes([10 + i]) * 32, 4) for i in range(3)]


class Witnesses:
    """Three witnesses, of which some run, and a policy that wants some of them."""

    def __init__(self, case, running):
        self.case, self.running = case, []
        for i in running:
            place = case.root / f"w{i}"
            place.mkdir()
            log = SimpleNamespace(key=SimpleNamespace(vkey=case.key))
            self.running.append(Witness(place, KEYS[i], [log]).start())
        self.urls = dict(zip(running, (f"http://{w.address}" for w in self.running)))

    def policy(self, need, name="policy", keys=KEYS):
        path = self.case.root / name
        lines = [f"log {self.case.key}"]
        lines += [f"witness w{i} {key.vkey} {self.urls.get(i, '')}" for i, key in enumerate(keys)]
        names = " ".join(f"w{i}" for i in range(len(keys)))
        path.write_text("\n".join([*lines, f"group all {need} {names}", "quorum all"]) + "\n")
        return path


@pytest.fixture
def witnesses(case):
    made = Witnesses(case, (0, 2))
    yield made
    for witness in made.running:
        witness.stop()


def test_cosignatures_are_in_the_bundle_and_checked(case, witnesses):
    two = witnesses.policy(2)
    case.firn("ledger", "cosign", case.dir, "--policy", two, "--keep")
    folder, _ = case.report("case")
    bundle = ("bundle", folder, "--key", case.key)
    said = audit(*bundle).splitlines()[-1]
    assert said.startswith("cosigned: witness.example/w0+")
    assert "witness.example/w2+" in said and "w1" not in said
    assert said.count("the ledger's own word") == 2
    # Whose keys are known from elsewhere, those are believed.
    own = case.root / "keys"
    own.write_text(f"{case.key}\n{KEYS[0].vkey}\n")
    assert audit("bundle", folder, "--key", own).count("the ledger's own word") == 1
    said = audit(*bundle, "--policy", two).splitlines()[-1]
    assert said.startswith("witnessed: 2 of 3 witnesses of the policy cosigned ")
    assert said.endswith("which is enough")
    said = audit(*bundle, "--policy", witnesses.policy(3, "three"), check=1)
    assert "2 of 3 witnesses cosigned" in said and "missing: witness.example/w1" in said
    strangers = [Key(f"witness.example/s{i}", bytes([20 + i]) * 32, 4) for i in range(2)]
    said = audit(*bundle, "--policy", witnesses.policy(1, "strange", strangers), check=1)
    assert "0 of 2 witnesses cosigned" in said
    # One wrong cosignature, or one of another checkpoint, is a fault whoever asks.
    note = folder / SIGNED / "cosigned"
    kept = shutil.copytree(folder, case.root / "copy")
    change(note, note.read_bytes()[-20:-16], b"AAAA")
    assert "'witness.example/w2' is wrong" in audit(*bundle, check=1)
    line = KEYS[1].cosign("log.example/a\n1\n" + "A" * 43 + "=\n").encode()
    note = kept / SIGNED / "cosigned"
    change(note, b"\xe2\x80\x94 witness.example/w2", line + b"\xe2\x80\x94 witness.example/w2")
    assert "'witness.example/w1' is wrong" in audit("bundle", kept, *bundle[2:], check=1)


def test_witnesses_must_have_cosigned_all_of_it(case, witnesses):
    policy = witnesses.policy(2)
    folder, _ = case.report("none")
    said = audit("bundle", folder, "--key", case.key, "--policy", policy, check=1)
    assert "no witness cosigned anything" in said
    case.firn("ledger", "cosign", case.dir, "--policy", policy)
    case.bring(act(5, "2026-10-04T10:00:00", "UserLoggedIn", THEIRS))
    folder, _ = case.report("behind")
    bundle = ("bundle", folder, "--key", case.key)
    said = audit(*bundle)
    assert "cosigned: by nobody whose key is known" in said
    assert "and the report rests on record " in audit(*bundle, "--policy", policy, check=1)
    case.firn("ledger", "cosign", case.dir, "--policy", policy)
    again, _ = case.report("again")
    assert "is enough" in audit("bundle", again, *bundle[2:], "--policy", policy)


def test_witnesses_of_a_ledger(case, witnesses):
    two = witnesses.policy(2)
    ledger = ("ledger", case.dir, "--policy")
    said = audit(*ledger, two, check=1)
    assert "cosigned': no witness cosigned anything" in said
    assert "witnessed" not in audit("ledger", case.dir)
    case.firn("ledger", "cosign", case.dir, "--policy", two)
    cosigned = audit(*ledger, two).splitlines()[-1]
    assert cosigned.startswith("witnessed: 2 of 3 witnesses of the policy cosigned ")
    assert audit(*ledger, two, "--key", case.key).splitlines()[-1] == cosigned
    # What came since is in the first line: it is for who reads to judge.
    case.bring(act(5, "2026-10-04T10:00:00", "UserLoggedIn", THEIRS))
    said = audit(*ledger, two).splitlines()
    assert said[-1] == cosigned and said[0] != audit("ledger", case.dir, "--key", case.key)
    said = audit(*ledger, witnesses.policy(3, "three"), check=1)
    assert "2 of 3 witnesses cosigned" in said and "missing: witness.example/w1" in said
    strange = Key("log.example/strange", bytes([30]) * 32)
    policy = case.root / "strange"
    policy.write_text(two.read_text().replace(case.key, strange.vkey))
    assert "no log of the policy signed" in audit(*ledger, policy, check=1)
    assert "--policy is for" in audit("published", case.dir, "--policy", two, check=2)


@pytest.mark.parametrize("lines, said", (
    ("", "no quorum in it"),
    ("quorum none\nquorum none\n", ":2: a second quorum"),
    ("quorum w\n", ":1: the quorum is one name"),
    (f"witness none {KEYS[0].vkey}\n", ":1: a name is missing, or is 'none'"),
    (f"witness w {KEYS[0].vkey}\nwitness w {KEYS[1].vkey}\n", ":2: 'w' is defined twice"),
    (f"witness w {KEYS[0].vkey}\nwitness x {KEYS[0].vkey}\n", "is listed twice"),
    (f"witness w {KEYS[0].vkey} u more\n", "'more' stands behind the URL"),
    (f"witness w {KEYS[0].vkey}\ngroup g 2 w\n", "'2' is neither all, any nor 1 to 1"),
    (f"witness w {KEYS[0].vkey}\ngroup g all w w\n", "a member twice"),
    ("group g any w\n", "'w' is defined nowhere above"),
    ("witness w\n", "a verifier key is missing"),
    ("witness w x+00000000+AQ==\n", "its id is wrong"),
    ("constructor x\n", "'constructor' is none of log, witness, group, quorum"),
    ("quorum none\r\n", "a control character"),
))
def test_what_is_no_policy(lines, said, tmp_path):
    policy = tmp_path / "policy"
    policy.write_text(lines)
    key = Key("log.example/a", bytes(32)).vkey
    assert said in audit("bundle", tmp_path, "--key", key, "--policy", policy, check=2)


# --- another key ---

def test_the_changes_of_a_key_are_in_the_bundle_and_followed(case):
    old = case.key
    folder, before = case.report("before")
    new = case.root / "new.key"
    case.firn("keys", "rotate", case.dir, "--new", new)
    key = (case.dir / "keys.pub").read_text().splitlines()[1]
    shutil.copy(new, case.root / "config" / "firn" / "log.example-a.key")
    case.bring(act(5, "2026-10-04T10:00:00", "UserLoggedIn", THEIRS))
    folder, after = case.report("after")
    assert after["ledger"]["size"] > before["ledger"]["size"]
    for known in (old, key):
        said = audit("bundle", folder, "--key", known)
        assert f"signed by {key[:len('log.example/a') + 9]}" in said
        audit("bundle", case.root / "before", "--key", known,
              check=0 if known == old else 1)
    stranger = Key("log.example/a", bytes([9]) * 32).vkey
    assert "signed by none of the keys" in audit("bundle", folder, "--key", stranger, check=1)
    # Made again at the size of before, it is the same, signed with the new key.
    again, _ = case.report("again", "--ip", THEIRS, "--at", before["ledger"]["size"])
    for name in ("report.json", "evidence/records.ndjson", "items.csv"):
        assert (again / name).read_bytes() == (case.root / "before" / name).read_bytes(), name
    audit("bundle", again, "--key", old)
    # Without what leads to it, or with another's change, the old key does not.
    changes = folder / SIGNED / "changes"
    whole = changes.read_bytes()
    for spoiled in (whole.split(b"\n")[0] + b"\n", whole[:-9] + b"AAAA" + whole[-5:]):
        change(changes, changes.read_bytes(), spoiled)
        audit("bundle", folder, "--key", old, check=1)
