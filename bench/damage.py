"""What firn damage costs: an intrusion in a large ledger, and one mailbox's month.

	damage.py FIRN FIRN_SIM DIR RECORDS ROUNDS

The ledger lies in DIR, which must not be there: 90 days of a tenant of as many people as make about
RECORDS records, with one attack, imported and sealed in parts, since the exports take more room than
the ledger; and an app that read in 10,000 mailboxes, a fifth of the records, a million at most.  The
floor is one search by DuckDB for the same marks over the same Parquet files.
"""

import datetime
import json
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import time
import uuid

FIRN, SIM, DIR = (pathlib.Path(p).resolve() for p in sys.argv[1:4])
RECORDS, ROUNDS = int(sys.argv[4]), int(sys.argv[5])
LEDGER = DIR / "ledger"
ENV = {**os.environ, "XDG_CONFIG_HOME": str(DIR / "config"), "XDG_STATE_HOME": str(DIR / "state")}
DAYS = 90
PERSON_DAY = 30  # records of a person a day, about
PEOPLE_MAX = 5000  # of one part: 14 million records, 20 GB of exports
ATTACK = "bec:owner=busy,background=on,sync=on,contain=none"


MAILBOXES = 10000
APP = "3f1c2b9e-5d7a-4c80-9be1-0a5f6d2c7e11"
APP_READS = min(1000000, RECORDS // 5)
APP_PART = 100000  # lines of one export
TENANT = "9c2e1b74-60d8-4f0a-8a35-b1f47c0d9e52"


def run(*words, codes=(0,)):
    """Its output, and the seconds it took."""
    start = time.monotonic()
    done = subprocess.run([str(word) for word in words], env=ENV, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)
    took = time.monotonic() - start
    assert done.returncode in codes, (words, done.stderr.decode())
    return done.stdout.decode(), took


def say(what, text):
    print(f"  {what:<42} {text}", flush=True)


# --- making it ---

def rename(exports, seed):
    """Another tenant's people have other addresses, also those who are called alike."""
    for packed in sorted(exports.rglob("*.gz")):
        run("gunzip", packed)
    for path in sorted(p for p in exports.rglob("*") if p.is_file()):
        run("sed", "-i", f"s/fjordline/fjordline{seed}/g", path)


def add_part(people, seed, attack):
    """One tenant's records; what the truth says of the attack, if there is one."""
    exports = DIR / "exports"
    more = ["--attack", ATTACK] if attack else []
    run(SIM, "write", exports, "--people", people, "--days", DAYS, "--seed", seed, *more)
    if seed > 1:
        rename(exports, seed)
    out, _ = run(FIRN, "import", LEDGER, *sorted(p for p in exports.iterdir() if p.is_dir()),
                 "--format", "json", "--progress", "never")
    run(FIRN, "ledger", "seal", LEDGER)
    truth = exports / ".truth.ndjson"
    told = map(json.loads, truth.read_text().splitlines() if attack else ())
    started = next((t for t in told if "start" in t), None)
    shutil.rmtree(exports)
    return json.loads(out)["size"], started


def make():
    run(FIRN, "init", LEDGER, "--origin", f"bench.example/{os.getpid()}")
    people, seed, truth = max(50, RECORDS // DAYS // PERSON_DAY), 1, None
    while people > 0:
        size, attack = add_part(min(people, PEOPLE_MAX), seed, seed == 1)
        truth = truth or attack
        people -= PEOPLE_MAX
        seed += 1
    add_app()
    return size + APP_READS, truth


def read_by_app(number, draw):
    """A record of the audit log: the app opens one to three messages."""
    at = datetime.datetime(2026, 11, 1) + datetime.timedelta(seconds=number * 2)
    mailbox = f"user{draw.randrange(MAILBOXES):05}@victim.example"
    items = [{"InternetMessageId": f"<{draw.getrandbits(160):040X}@mail.victim.example>"}
             for _ in range(draw.choice((1, 1, 1, 1, 2, 3)))]
    return {
        "CreationTime": at.isoformat(), "Id": str(uuid.UUID(int=draw.getrandbits(128), version=4)),
        "Operation": "MailItemsAccessed", "OrganizationId": TENANT, "RecordType": 50,
        "ResultStatus": "Succeeded", "UserKey": APP, "UserType": 5, "Version": 1,
        "Workload": "Exchange", "UserId": mailbox, "AppId": "00000003-0000-0000-c000-000000000000",
        "AppAccessContext": {"ClientAppId": APP, "UniqueTokenId": f"token{number // 2000:017}"},
        "ClientAppId": APP, "ClientIPAddress": f"203.0.113.{draw.randrange(64)}",
        "ClientInfoString": f"Client=REST;UserAgent=[NoUserAgent][AppId={APP}];",
        "LogonType": 0, "MailboxGuid": str(uuid.uuid5(uuid.NAMESPACE_DNS, mailbox)),
        "MailboxOwnerUPN": mailbox, "OperationCount": len(items),
        "OperationProperties": [{"Name": "MailAccessType", "Value": "Bind"},
                                {"Name": "IsThrottled", "Value": "False"}],
        "Folders": [{"FolderItems": items, "Id": "LgAAAABN", "Path": "\\Inbox"}]}


def add_app():
    draw, part = random.Random(6), DIR / "app.ndjson"
    for first in range(0, APP_READS, APP_PART):
        with part.open("w") as out:
            for number in range(first, min(first + APP_PART, APP_READS)):
                out.write(json.dumps(read_by_app(number, draw), separators=(",", ":")) + "\n")
        run(FIRN, "import", LEDGER, part, "--progress", "never")
    run(FIRN, "ledger", "seal", LEDGER)
    part.unlink(missing_ok=True)


# --- asking it ---

def measure(*words, codes=(0, 1)):
    """The answer, its seconds, and the most MB that firn or one of its children took."""
    took, memory, out = [], 0, b""
    for _ in range(ROUNDS):
        start = time.monotonic()
        with subprocess.Popen([FIRN, *map(str, words)], env=ENV, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL) as child:
            out = child.stdout.read()
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        assert child.returncode in codes, words
        took.append(time.monotonic() - start)
        memory = max(memory, usage.ru_maxrss // 1024)
    return out, statistics.median(took), memory


COLUMNS = {"ip": ["ip"], "session": ["session"], "token": ["token"], "device": ["device"],
           "app": ["app_id", "actor_id", "target_id"],
           "user": ["actor_id", "lower(actor_name)", "lower(mailbox)", "target_id",
                    "lower(target_name)"]}


def floor(damage):
    """One search for all that was found to be the intruder's."""
    terms = []
    for kind, columns in COLUMNS.items():
        values = {text.lower() for mark in damage["intrusion"]["marks"] if mark["kind"] == kind
                  for text in (mark["value"], mark["name"]) if text}
        listed = ", ".join("'" + value.replace("'", "''") + "'" for value in sorted(values))
        terms += [f"{column} IN ({listed})" for column in columns if values]
    out, took, memory = measure("sql", LEDGER, "SELECT count(*) FROM records WHERE " +
                                " OR ".join(terms), "--format", "csv")
    return int(out.splitlines()[1]), took, memory


def ask(what, *words):
    out, took, memory = measure("damage", LEDGER, *words, "--format", "json")
    damage = json.loads(out)
    found, least, most = floor(damage)
    counts = damage["counts"]
    say(what, f"{took:7.2f} s, {memory} MB; one search for the same marks {least:.2f} s, {most} MB,"
        f" {found} records")
    say("", f"{counts['accessed']['items']} items accessed, "
        f"{counts['possibly accessed']['items']} possibly, {damage['verdict']['verdict']}")


def main():
    DIR.mkdir(parents=True)
    start = time.monotonic()
    size, truth = make()
    print(f"damage in a sealed ledger of {size} records, {ROUNDS} rounds, "
          f"made in {time.monotonic() - start:.0f} s")
    what = truth["start"]
    ask("an intrusion, by its addresses", *(w for ip in what["ip"] for w in ("--ip", ip)))
    ask("an intrusion, by its sessions", *(w for s in what["session"] for w in ("--session", s)))
    ask("one mailbox's last month", "--user", what["user"][0], "--from", "2026-12-04", "--to",
        "2027-01-03")
    ask(f"an app, {APP_READS} records of {MAILBOXES} mailboxes", "--app", APP)
    if size > 2000000:
        _, took, memory = measure("damage", LEDGER, "--ip", "0.0.0.0/0", codes=(2,))
        say("too much: --ip 0.0.0.0/0", f"{took:7.2f} s until it is refused, {memory} MB")


if __name__ == "__main__":
    main()
