"""What firn damage said, beside the truth of firn-sim write."""
import json
import os
import pathlib
import subprocess
from datetime import datetime, timezone

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIRN = os.environ.get("FIRN", str(ROOT / "build" / "firn"))
FIRN_SIM = os.environ.get("FIRN_SIM", str(ROOT / "build" / "firn-sim"))

# A confined process cannot look into itself for leaks.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"


class Case:
    """A ledger of one tenant with its attacks, and the truth."""

    def __init__(self, folder, seed, attacks, *more):
        self.folder = pathlib.Path(folder)
        self.env = dict(os.environ,
                        XDG_CONFIG_HOME=str(self.folder / "config"),
                        XDG_STATE_HOME=str(self.folder / "state"))
        exports = self.folder / "exports"
        self.ledger = self.folder / "ledger"
        command = [FIRN_SIM, "write", exports, "--seed", str(seed), *more]
        for attack in attacks:
            command += ["--attack", attack]
        self.call(*command)
        self.call(FIRN, "init", self.ledger,
                  "--origin", f"log.example/{seed}")
        # Sealed twice, so that the WAL's first file can go: each that records
        # something there would read it.
        *most, last = folders(exports)
        for some in (most, [last]):
            self.call(FIRN, "import", self.ledger, *some)
            self.call(FIRN, "ledger", "seal", self.ledger)
        self.exports = exports
        self.attacks, self.events, self.drops = [], [], []
        for line in (exports / ".truth.ndjson").read_text().splitlines():
            told = json.loads(line)
            if "start" in told:
                self.attacks.append(told)
            elif "drop" in told:
                self.drops.append(told)
            else:
                self.events.append(told)

        self.index, self.found = None, None

    def call(self, *command, codes=(0,)):
        done = subprocess.run([str(word) for word in command], env=self.env,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              check=False)
        assert done.returncode in codes, (command, done.stderr.decode())
        return done.stdout

    def damage(self, *options):
        return json.loads(self.call(FIRN, "damage", self.ledger, *options,
                                    "--format", "json", codes=(0, 1)))

    def of(self, attack):
        """The records of one attack, without what the tenant did."""
        return [event for event in self.events
                if event.get("attack") == attack["attack"]
                and event.get("number") == attack["number"]
                and "by" not in event]


    def records(self):
        """The index of each record by its id."""
        if self.index is None:
            rows = self.call(
                FIRN, "sql", self.ledger,
                "SELECT id, index FROM records WHERE id != ''",
                "--format", "ndjson").splitlines()
            self.index = {row["id"]: row["index"]
                          for row in map(json.loads, rows)}
        return self.index

    def findings(self):
        """Of each finding of scan, the ids of its records."""
        if self.found is None:
            lines = self.call(
                FIRN, "scan", "--progress", "never", "--format", "ndjson",
                "--level", "medium", *folders(self.exports)).splitlines()
            self.found = [
                [e["data"]["id"] for e in found["evidences"]]
                for found in map(json.loads, lines)]
        return self.found

    def beginnings(self, attack):
        """What may be known first: (name, options)."""
        kinds = ("ip", "session", "user", "app", "device")
        yield "all", beginning(attack, *kinds)
        for kind in kinds[:3]:
            if attack["start"].get(kind):
                yield kind, beginning(attack, kind)
        own = {event["event"] for event in self.of(attack)
               if "event" in event}
        for ids in self.findings():
            if ids and own.issuperset(ids):
                words = [f"record:{self.records()[i]}" for i in ids]
                yield "finding", [w for word in words
                                  for w in ("--add", word)]
                break


def folders(exports):
    return sorted(p for p in exports.iterdir() if p.is_dir())


def beginning(attack, *kinds):
    """The options that begin with what a responder knows."""
    words = []
    for kind in kinds:
        for value in attack["start"].get(kind, []):
            words += ["--add", f"device:{value}"] if kind == "device" \
                else [f"--{kind}", value]
    return words


def at(text):
    """Seconds; a time without one is None."""
    if not text:
        return None
    text = text.rstrip("Z")
    form = "%Y-%m-%dT%H:%M:%S.%f" if "." in text else "%Y-%m-%dT%H:%M:%S"
    return datetime.strptime(text, form).replace(
        tzinfo=timezone.utc).timestamp()


# Records that name a file which nobody read.
WRITES = ("FileUploaded", "AnonymousLinkCreated", "SharingSet",
          "FileModified", "FileDeleted", "FileRenamed")


def reached(event):
    """(kind, place, id) of each thing that the record's act reached."""
    place = (event.get("mailbox") or "").lower()
    for message in event.get("read", []):
        yield "message", place, message
    if event.get("folder"):
        yield "folder", place, event["folder"]
    if event.get("file") and event["operation"] not in WRITES:
        yield "file", None, event["file"]


def ids_of(event, name):
    """By which a record may name it: a call of Graph, by the store's id."""
    yield name
    for read, stored in zip(event.get("read", []), event.get("stored", [])):
        if read == name:
            yield stored


def is_within(when, first, last, slack=0):
    return ((at(first) is None or at(first) - slack <= when)
            and (at(last) is None or when <= at(last) + slack))


def covers(item, kind, place, name, when):
    """Whether an item is that thing, or covers it."""
    where = item["where"]
    if item["kind"] == kind and item["id"] == name:
        return place in (None, where)
    if kind not in ("message", "attachment", "folder") or where != place:
        return False
    if item["kind"] == "folder":
        return kind == "folder" and name in (item["id"], item["name"],
                                             item["folder"])
    return item["kind"] == "mailbox" and is_within(
        when, item["first"], item["last"], 120)


def is_open(damage, place, when):
    """Whether it is said that nothing is known of that time and place."""
    return any(is_within(when, gap["from"], gap["to"])
               and (not gap["places"] or place is None
                    or place in [p.lower() for p in gap["places"]])
               for gap in damage["undetermined"])


def is_told(event):
    """Whether a record tells it: then no gap excuses that it is missing."""
    return "event" in event and event.get("unpublished") is not True


def missing(damage, events):
    """What the intruder reached, and no part of the answer covers."""
    index = {}
    # Graph knows a mailbox by its owner's id, and may be all that does.
    owners = {e["mailbox_id"]: e["mailbox"] for e in events
              if "mailbox_id" in e}
    for item in damage["items"]:
        item["where"] = owners.get(item["place"], item["place"] or "").lower()
        index.setdefault((item["kind"], item["id"]), []).append(item)
    wide = [i for i in damage["items"] if i["kind"] in ("folder", "mailbox")]
    lost = []
    for event in events:
        when = at(event["time"])
        for kind, place, name in reached(event):
            if any(covers(i, kind, place, id_, when)
                   for id_ in ids_of(event, name)
                   for i in index.get((kind, id_), []) + wide) or \
                    (not is_told(event) and is_open(damage, place, when)):
                continue
            lost.append((event["time"], event.get("operation"), kind, place,
                         name))
    return lost


def wrong(damage, events):
    """What is said to be accessed, and the intruder did not reach."""
    true = {(kind, id_) for event in events
            for kind, _, name in reached(event)
            for id_ in ids_of(event, name)}
    return [(item["kind"], item["place"], item["id"])
            for item in damage["items"]
            if item["certainty"] == "accessed"
            and item["kind"] in ("message", "file", "folder")
            and (item["kind"], item["id"]) not in true]
