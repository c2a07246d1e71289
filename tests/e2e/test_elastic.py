"""What firn reads agrees with what others read from the same records.

elastic_integrations holds recorded logs and, for each record, the ECS document
that another project's parser makes of it.  Time, action, actor, source address
and outcome must agree in 97 of 100 records that have them.

Every record is a file of its own.  A scan tells an event once however often it
comes, and some samples come in several files: a batch of records that has not
as many events is scanned in halves, down to a record by itself.

Both sides are brought to one spelling, and no further:
  time     to whole milliseconds, as ECS has it
  action   lower case; blanks and underscores as hyphens
  actor    lower case; any of user.name, user.email, user.id and the same under
           client and source is one of firn's actor_id, actor_name or the part
           of a name before the @
  address  as an address; IPv4 within IPv6 is IPv4

Each disagreement is printed with its reason.  Where ECS says success only
because its pipeline takes that for every record that does not say otherwise,
firn says unknown, on purpose; those are counted by themselves.
"""

import collections
import concurrent.futures
import fnmatch
import ipaddress
import json
import os
import pathlib
import subprocess

import pytest

STREAMS = [
    "o365/audit",
    "azure/signinlogs",
    "azure/auditlogs",
    "azure/identity_protection",
    "azure/graphactivitylogs",
    "google_workspace/*",
    "okta/system",
]
FIELDS = ["time", "action", "actor", "address", "outcome"]
LEAST = 0.97
BATCHES = 59  # those beside each other may tell the same event

DEFAULT = "its pipeline takes success where the record does not say"

# stream and file, field -> why firn reads it otherwise
REASONS = {
    ("azure/identity_protection *", "time"):
        "the envelope's time of export; firn: when the risk was found",
    ("azure/identity_protection *", "action"):
        "the name of the log; firn: the kind of risk",
    ("azure/graphactivitylogs *", "action"):
        "the name of the log; firn: the request's method and path",
    ("google_workspace/alert *", "*"):
        "out of the details of an Alert Center alert; its kind is unknown",
    ("google_workspace/login *", "outcome"):
        "failure for every challenge; firn: as login_challenge_status says",
    ("o365/audit test-azuread-events.*", "action"):
        "a word of its own; firn: the suite's",
    ("o365/audit test-ms-teams-events.*", "action"):
        "a word of its own; firn: the suite's",
    ("o365/audit *", "address"):
        "of several addresses another one",
    ("o365/audit test-dlp-*", "outcome"):
        "failure because a rule blocked; firn: the record says nothing",
    ("o365/audit test-platform-attribute-*", "time"):
        "the time of the test; the record has none",
}


def packages():
    data = os.environ.get("FIRN_DATA")
    root = pathlib.Path(data or "/nonexistent") / "elastic_integrations"
    if not root.is_dir():
        pytest.skip("recorded logs are absent (FIRN_DATA)")
    return root / "packages"


def raw_records(path):
    """The records of a sample file, each as JSON text."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        return [json.dumps(one) for one in json.loads(text)["events"]]
    return [line for line in text.splitlines() if line.strip()]


def cases():
    """(stream, file, number, raw record, expected document)"""
    found = []
    for wanted in STREAMS:
        package, name = wanted.split("/")
        pattern = f"{package}/data_stream/{name}/_dev/test/pipeline"
        for path in sorted(packages().glob(pattern + "/*-expected.json")):
            source = path.with_name(path.name.removesuffix("-expected.json"))
            expected = json.loads(path.read_text(encoding="utf-8"))["expected"]
            raw = raw_records(source)
            assert len(raw) == len(expected), source
            stream = f"{package}/{path.parents[3].name}"
            found += [(stream, source.name, number, record, document)
                      for number, (record, document)
                      in enumerate(zip(raw, expected)) if document]
    return found


def scan(paths):
    """Of each file, which has one record, the event that firn reads; None if it reads none."""
    done = subprocess.run(
        [os.environ["FIRN"], "scan", "--events", "--format", "ndjson",
         "--no-shipped-rules", *map(str, paths)],
        capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    events = [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]
    assert len(events) <= len(paths), events
    if len(events) == len(paths):
        return events
    if len(paths) == 1:
        return [None]
    half = len(paths) // 2
    return scan(paths[:half]) + scan(paths[half:])


def member(document, path):
    """The values at a dotted path, always as a list."""
    for name in path.split("."):
        document = document.get(name) if isinstance(document, dict) else None
    if document is None:
        return []
    return document if isinstance(document, list) else [document]


def time_of(text):
    return text[:23].rstrip("Z") if text else None


def word_of(text):
    return text.lower().replace(" ", "-").replace("_", "-") if text else None


def address_of(text):
    if not text:
        return None
    address = ipaddress.ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address


def names_of(values):
    names = set()
    for value in values:
        text = str(value).lower()
        names |= {text, text.split("@")[0]}
    return names


def expected_of(document):
    """field -> the value the document has, only where it has one"""
    users = [value for owner in ("user", "client.user", "source.user")
             for name in ("name", "email", "id")
             for value in member(document, f"{owner}.{name}")]
    found = {
        "time": [time_of(v) for v in member(document, "@timestamp")],
        "action": [word_of(v) for v in member(document, "event.action")],
        "actor": sorted(str(user).lower() for user in users),
        "address": [address_of(v) for v in member(document, "source.ip")],
        "outcome": member(document, "event.outcome"),
    }
    return {field: values for field, values in found.items() if values}


def read_of(event):
    """field -> the value firn has, as expected_of() compares it"""
    actor = [event[name] for name in ("actor_id", "actor_name") if event[name]]
    return {
        "time": {time_of(event["time"])},
        "action": {word_of(event["operation"])},
        "actor": names_of(actor),
        "address": {address_of(event["ip"])},
        "outcome": {event["outcome"]},
    }


def reason_of(where, field):
    for (place, what), reason in REASONS.items():
        if fnmatch.fnmatch(where, place) and fnmatch.fnmatch(field, what):
            return reason
    return "no reason known"


def compare(case, event):
    """Yields (stream, field, verdict, text) for what the document has."""
    stream, name, number, _, document = case
    read = read_of(event) if event else collections.defaultdict(set)
    for field, values in expected_of(document).items():
        where = f"{stream} {name}:{number} {field}: " \
            f"{sorted(map(str, values))} / {sorted(map(str, read[field]))}"
        if set(values) & read[field]:
            yield stream, field, "agrees", where
        elif (field == "outcome" and values == ["success"]
              and read[field] == {"unknown"}):
            yield stream, field, "default", f"{where}: {DEFAULT}"
        else:
            reason = reason_of(f"{stream} {name}", field)
            yield stream, field, "differs", f"{where}: {reason}"


def test_events_agree_with_ecs(tmp_path):
    todo = cases()
    assert len(todo) > 900
    paths = [tmp_path / f"{number:04}.json" for number in range(len(todo))]
    for path, case in zip(paths, todo):
        path.write_text(case[3] + "\n", encoding="utf-8")
    events = [None] * len(todo)
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        for n, found in enumerate(pool.map(
                scan, [paths[n::BATCHES] for n in range(BATCHES)])):
            events[n::BATCHES] = found

    counts = collections.Counter()
    for case, event in zip(todo, events):
        for stream, field, verdict, text in compare(case, event):
            counts[field, verdict] += 1
            counts[stream.split("/")[0], field, verdict] += 1
            if verdict != "agrees":
                print(text)

    for package in sorted({stream.split("/")[0] for stream in STREAMS}):
        for field in FIELDS:
            agrees, differs, default = (
                counts[package, field, verdict]
                for verdict in ("agrees", "differs", "default"))
            print(f"{package:16} {field:8} {agrees:4} agree, {differs:3} "
                  f"differ, {default:3} differ on purpose")
    for field in FIELDS:
        agrees, differs = counts[field, "agrees"], counts[field, "differs"]
        assert agrees >= LEAST * (agrees + differs), \
            f"{field}: {agrees} agree, {differs} differ"
