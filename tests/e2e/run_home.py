"""firn-sim serve and firn run, together: what the simulator says has happened,
and what the ledger holds."""

import atexit
import collections
import json
import os
import pathlib
import signal
import subprocess
import time
import urllib.request
from datetime import datetime, timezone

from conftest import FIRN, FIRN_SIM, run

LOST = ("expired-early", "missing", "malformed", "lost")


def wait_for(what, seconds=60, pause=0.1):
    """Calls it until it is true; what it returned."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = what()
        if found:
            return found
        time.sleep(pause)
    raise AssertionError("waited in vain")


def end_with_us(process):
    """Whatever a test comes to."""
    atexit.register(process.kill)
    return process


class Sim:
    """A simulator in a folder of its own."""

    def __init__(self, root, *options):
        self.dir = root / "sim"
        self.log = open(root / "sim.log", "wb")
        self.process = end_with_us(subprocess.Popen(
            [FIRN_SIM, "serve", str(self.dir), *map(str, options)],
            stdout=self.log, stderr=self.log))
        address = self.dir / "address"
        wait_for(lambda: self.process.poll() is not None or (
            address.exists() and address.read_text().strip()))
        assert self.process.poll() is None, (root / "sim.log").read_text()
        self.address = address.read_text().strip()
        self.tenants = json.loads((self.dir / "tenants.json").read_text())

    def ask(self, path, text=None):
        data = None if text is None else text.encode()
        with urllib.request.urlopen(f"{self.address}/sim/{path}", data, 30) as answer:
            return json.loads(answer.read() or b"null")

    def faults(self, faults):
        return self.ask("faults", json.dumps(faults))

    def heal(self):
        self.ask("heal", "")

    def end_events(self):
        """No new events; back when all that is to come is available."""
        self.ask("stop-events", "")
        wait_for(lambda: self.ask("truth")["settled"])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(60) == 0
        self.log.close()

    def truth(self):
        """Events by id, blobs by tenant and content id, faults; once it has stopped."""
        truth = collections.namedtuple("Truth", "events blobs faults")({}, {}, [])
        with open(self.dir / "truth.ndjson", encoding="utf-8") as lines:
            for line in lines:
                said = json.loads(line)
                if "event" in said:
                    # Told by two streams: a sign-in is in the audit log, too.
                    first = truth.events.setdefault(said["event"], said)
                    if first is not said:
                        first["available"] += said["available"]
                elif "blob" in said:
                    truth.blobs[said["tenant"], said["blob"]] = said
                elif "fault" in said:
                    truth.faults.append(said)
        return truth


def source_of(sim, tenant, **keys):
    """The configuration of a source that collects a tenant of the simulator."""
    return {"kind": "m365", "tenant": tenant["tenant"], "client": tenant["client"],
            "secret": {"file": os.path.abspath(tenant["secret"])},
            "endpoint": sim.address, "login": sim.address,
            "poll": "300 ms", "patience": "1 s", **keys}


class Run:
    """firn run with a ledger and a configuration of its own."""

    def __init__(self, root, sources, name="log.example/run", **keys):
        self.root = root
        self.env = {**os.environ, "XDG_CONFIG_HOME": str(root / "config"),
                    "XDG_STATE_HOME": str(root / "state")}
        self.ledger = root / "ledger"
        self.config = root / "firn.yaml"
        self.process = None
        self.address = None
        self.configure(sources, **keys)
        if not self.ledger.exists():
            run("init", self.ledger, "--origin", name, env=self.env)

    def configure(self, sources, **keys):
        """JSON is YAML, too."""
        self.config.write_text(json.dumps(
            {"ledger": str(self.ledger), "listen": "127.0.0.1:0", "disk_min": "1M",
             "sources": sources, **keys}, indent=1))

    def start(self):
        log = self.root / "run.log"
        with open(log, "ab") as out:
            begin = out.tell()
            self.process = end_with_us(subprocess.Popen(
                [FIRN, "run", "-c", str(self.config)], env=self.env, stdout=out, stderr=out))

        def address():
            assert self.process.poll() is None, log.read_text()
            return self.find(begin)

        wait_for(address)
        return self

    def find(self, begin=0):
        """Where it listens now: a service that had to open its ledger again listens anew."""
        said = (self.root / "run.log").read_bytes()[begin:].decode()
        found = [line.split("http://")[1].split("/")[0] for line in said.splitlines()
                 if "status at http://" in line]
        self.address = found[-1] if found else None
        return self.address

    def status(self):
        with urllib.request.urlopen(f"http://{self.address}/status", None, 30) as answer:
            return json.loads(answer.read())

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(60) == 0, (self.root / "run.log").read_text()[-4000:]

    def settle(self, quiet=2.0, seconds=120):
        """Back when no more records come, no source is in trouble, and all that was
        available when this was called is there."""
        seen = {"size": -1, "since": time.monotonic()}
        begin = datetime.now(timezone.utc).isoformat()[:26]

        def is_behind(source):
            return source["kind"] == "m365" and (source["complete_until"] or "") < begin

        def settled():
            status = self.status()
            size = status["size"] + status["deliveries"]
            if size != seen["size"] or any(s["mood"] != "well" or "way" in s.get("text", "")
                                           or s.get("text") == "starting" or is_behind(s)
                                           for s in status["sources"]):
                seen.update(size=size, since=time.monotonic())
            return time.monotonic() - seen["since"] > quiet

        wait_for(settled, seconds)

    # --- what the ledger holds ---

    def sql(self, text):
        # Leaks cannot be looked for in a child that may not read /proc.
        env = {**self.env, "ASAN_OPTIONS":
               self.env.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
        done = run("sql", self.ledger, text, "--format", "ndjson", env=env)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def ids(self):
        """How often each record's id is there, of records that are not firn's own."""
        return {row["id"]: row["n"] for row in self.sql(
            "select id, count(*) as n from records "
            "where source not like 'firn/%' group by id")}

    def own(self, stream):
        """Records about firn itself, of one stream."""
        return [json.loads(row["raw"]) for row in self.sql(
            f"select decode(raw(index)) as raw from records "
            f"where source = 'firn/{stream}' order by index")]

    def open_gaps(self):
        """By source and key."""
        gaps = {}
        for gap in self.own("gap"):
            key = gap["source"], gap["key"]
            if gap.get("healed"):
                gaps.pop(key, None)
            else:
                gaps[key] = gap
        return gaps

    def verify(self):
        run("verify", self.ledger, env=self.env)

    def tallies(self):
        """What firn coverage counts, by source and stream."""
        done = run("coverage", self.ledger, "--format", "json", check=None, env=self.env)
        said = json.loads(done.stdout)
        assert done.returncode == (1 if said["open"] else 0), done.stderr
        assert said["strange"] == 0
        return {(stream["source"], stream["stream"]): stream
                for stream in said["streams"]}


def had(truth, tenants=None):
    """Events that the suite handed out in a way that could be read; and the
    content that it announced in vain."""
    lost = {blob for blob, said in truth.blobs.items() if said["fate"] in LOST}
    events = set()
    for event, said in truth.events.items():
        if tenants is not None and said["tenant"] not in tenants:
            continue
        if any(copy["path"] == "activity" and (said["tenant"], copy["content"]) not in lost
               for copy in said["available"]):
            events.add(event)
    return events, lost


def tallies(truth):
    """What the tallies of each tenant's content types ought to be."""
    counts = collections.defaultdict(collections.Counter)
    for (tenant, _), blob in truth.blobs.items():
        if blob["fate"] == "lost":  # cut while nobody subscribed: never announced
            continue
        count = counts[tenant, blob["type"]]
        count["announced"] += 1
        count["fetched" if blob["fate"] == "kept" else "lost"] += 1
        if blob["fate"] == "kept":
            count["records"] += blob["records"]
    for said in truth.events.values():
        blobs = [truth.blobs[said["tenant"], copy["content"]]
                 for copy in said["available"] if copy["path"] == "activity"]
        for blob_type in {blob["type"] for blob in blobs if blob["fate"] == "kept"}:
            counts[said["tenant"], blob_type]["events"] += 1
    for count in counts.values():
        count["duplicates"] = count["records"] - count["events"]
    return counts
