"""What firn run takes in from firn-sim serve: one core for each of them.

	run_service.py FIRN FIRN_SIM FOLDER LOAD SECONDS
"""

import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request

PARALLEL = 16
TYPES = ("Audit.AzureActiveDirectory", "Audit.Exchange", "Audit.SharePoint",
         "Audit.General", "DLP.All")


def cpu_s(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid):
    """Its own, without the files that it has mapped: segments' indexes, as they are touched."""
    pages = pathlib.Path(f"/proc/{pid}/statm").read_text().split()
    return (int(pages[1]) - int(pages[2])) * resource.getpagesize() // 1000000


def pinned(core, words, **keys):
    return subprocess.Popen(["taskset", "-c", str(core), *map(str, words)], **keys)


class Pair:
    """The simulator on the first core, firn on the second, or those given."""

    def __init__(self, firn, sim, folder, options, seal=False, cores="1"):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.folder = folder
        self.env = {**os.environ, "XDG_CONFIG_HOME": str(folder / "config"),
                    "XDG_STATE_HOME": str(folder / "state")}
        self.sim = pinned(0, [sim, "serve", folder / "sim", "--quota", 0, "--delay", "none",
                              "--history", 0, *options], stdout=subprocess.DEVNULL)
        address = folder / "sim" / "address"
        while not address.exists():
            assert self.sim.poll() is None
            time.sleep(0.2)
        self.url = address.read_text().strip()
        self.tenants = json.loads((folder / "sim" / "tenants.json").read_text())
        self.firn = None
        self.start(firn, seal, cores)

    def start(self, firn, seal, cores):
        folder, log = self.folder, self.folder / "run.log"
        subprocess.run([firn, "init", folder / "ledger", "--origin", "bench.example"],
                       env=self.env, check=True, stdout=subprocess.DEVNULL)
        sources = {f"t{i}": {
            "kind": "m365", "tenant": tenant["tenant"], "client": tenant["client"],
            "secret": {"file": os.path.abspath(tenant["secret"])}, "endpoint": self.url,
            "login": self.url, "poll": "500 ms", "quota": 1000000, "parallel": PARALLEL}
            for i, tenant in enumerate(self.tenants)}
        (folder / "firn.yaml").write_text(json.dumps({
            "ledger": str((folder / "ledger").absolute()), "listen": "127.0.0.1:0",
            "disk_min": "1M", "seal": seal, "sources": sources}))
        self.firn = pinned(cores, [firn, "run", "-c", folder / "firn.yaml"], env=self.env,
                           stderr=open(log, "w"))
        while "status at http://" not in log.read_text():
            assert self.firn.poll() is None, log.read_text()
            time.sleep(0.05)
        self.address = log.read_text().split("http://")[1].split()[0]

    def status(self):
        with urllib.request.urlopen(f"http://{self.address}", None, 60) as answer:
            return json.loads(answer.read())

    def end_firn(self):
        self.firn.send_signal(signal.SIGTERM)
        self.firn.wait(120)

    def end(self):
        self.end_firn()
        self.sim.send_signal(signal.SIGTERM)
        self.sim.wait(120)
        shutil.rmtree(self.folder)


def blobs_of(pair, tenant):
    """The header that asks for blobs of a tenant, and where they are."""
    form = urllib.parse.urlencode({
        "grant_type": "client_credentials", "client_id": tenant["client"],
        "client_secret": pathlib.Path(tenant["secret"]).read_text().strip(),
        "scope": "https://manage.office.com/.default"}).encode()
    url = f"{pair.url}/{tenant['tenant']}/oauth2/v2.0/token"
    with urllib.request.urlopen(url, form, 60) as answer:
        header = f"Authorization: Bearer {json.loads(answer.read())['access_token']}"
    found = []
    for content in TYPES:
        url = (f"{pair.url}/api/v1.0/{tenant['tenant']}/activity/feed/subscriptions/content"
               f"?contentType={content}")
        while url:
            ask = urllib.request.Request(url, headers=dict([header.split(": ", 1)]))
            with urllib.request.urlopen(ask, None, 60) as answer:
                found += [blob["contentUri"] for blob in json.loads(answer.read())]
                url = answer.headers["NextPageUri"]
    return header, found


def fetch(pair, records):
    """curl alone fetches the same blobs, as many at a time, and throws them away."""
    header, found = blobs_of(pair, pair.tenants[0])
    config = pair.folder / "curl"
    config.write_text("".join(f'url="{url}"\noutput="/dev/null"\n' for url in found))
    before, since = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    curl = pinned(1, ["curl", "-q", "-s", "-f", "--parallel", "--parallel-max", PARALLEL,
                      "-H", header, "-K", config], stderr=subprocess.DEVNULL)
    assert curl.wait() == 0
    seconds, after = time.monotonic() - since, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"  floor, curl alone that fetches the same {len(found)} blobs, {PARALLEL} at a time: "
          f"{records / seconds:.0f} records/s, {cpu * 1e6 / records:.2f} s of processor "
          "a million")


def collect(firn, sim, folder, load):
    """All that is ready, as fast as it goes, and the floor beside it."""
    pair = Pair(firn, sim, folder, ["--load", load, "--rate", 0, "--blob", 1000])
    since, status = time.monotonic(), pair.status()
    while status["records"] < load:
        time.sleep(0.05)
        status = pair.status()
    seconds, cpu = time.monotonic() - since, cpu_s(pair.firn.pid)
    print(f"  collected, durable, without repeats, matched with {status['rules']} rules: "
          f"{status['records'] / seconds:.0f} records/s "
          f"({status['records']} in {seconds:.1f} s, {status['deliveries']} deliveries)\n"
          f"  firn takes {cpu * 1e6 / status['records']:.1f} s of processor, the simulator "
          f"{cpu_s(pair.sim.pid) * 1e6 / status['records']:.1f} s, a million records; "
          f"memory {memory_mb(pair.firn.pid)} MB")
    pair.end_firn()
    fetch(pair, status["records"])
    pair.end()


def settle_rate(pair, seconds):
    """Records a second over that time, and memory at its thirds, after a first part."""
    time.sleep(seconds / 5)
    begin, since = pair.status(), time.monotonic()
    memory = [memory_mb(pair.firn.pid)]
    for _ in range(3):
        time.sleep(seconds / 3)
        memory.append(memory_mb(pair.firn.pid))
    end = pair.status()
    rate = (end["records"] - begin["records"]) / (time.monotonic() - since)
    return rate, "memory " + ", ".join(map(str, memory)) + " MB", end


def steady(firn, sim, folder, rate, seconds):
    pair = Pair(firn, sim, folder, ["--rate", rate, "--people", 5000], seal=True)
    got, memory, status = settle_rate(pair, seconds)
    print(f"  one tenant at {rate} records/s for {seconds} s, sealed meanwhile: {got:.0f} records/s "
          f"taken; arrival to alert p99 {status['alert_p99_us'] / 1000:.0f} ms; {memory}")
    pair.end()


def many(firn, sim, folder, seconds):
    pair = Pair(firn, sim, folder, ["--tenants", 200, "--rate", 50, "--people", 50])
    got, memory, status = settle_rate(pair, seconds)
    lags = sorted(source["lag_p99_us"] for source in status["sources"])
    print(f"  200 tenants at 50 records/s for {seconds} s: {got:.0f} records/s taken; "
          f"p99 from available to durable {lags[len(lags) // 2] / 1e6:.2f} s, "
          f"of the slowest tenant {lags[-1] / 1e6:.2f} s; {memory}")
    pair.end()


def truth_of_attack(pair):
    """Where the intruder comes from: the truth knows it beforehand."""
    lines = (pair.folder / "sim" / "truth.ndjson").read_text().splitlines()
    return next(said["start"] for said in map(json.loads, lines) if "start" in said)


def unsealed(pair, records):
    """How many records are in no segment."""
    manifest = pair.folder / "ledger" / "manifest"
    lines = manifest.read_text().splitlines() if manifest.exists() else []
    return records - max((int(line.split()[2]) for line in lines if line.startswith("segment ")),
                         default=0)


def verdict(firn, sim, folder, load, seconds):
    """An assessment that is followed while the intruder goes on, when sealing has caught up."""
    pair = Pair(firn, sim, folder, [
        "--load", load, "--rate", 2000, "--people", 5000, "--attack",
        "token-theft:contain=none", "--attack-in", f"{3 * seconds}s"], seal=True, cores="0,1")
    end = time.monotonic() + 3 * seconds + 10
    while (records := pair.status()["records"]) < load or unsealed(pair, records) > 100000:
        assert time.monotonic() < end, "sealing does not keep up"
        time.sleep(0.5)
    addresses = [word for ip in truth_of_attack(pair)["ip"] for word in ("--ip", ip)]
    done = subprocess.run([firn, "damage", folder / "ledger", *addresses, "--by", "bench"],
                          env=pair.env, stdout=subprocess.DEVNULL, check=False)
    assert done.returncode in (0, 1)
    time.sleep(max(0, end - time.monotonic()))
    status = pair.status()
    case, = status["cases"]
    print(f"  damage followed at 2000 records/s, {status['records']} records, both cores: arrival to "
          f"verdict p99 {status['verdict_p99_us'] / 1000:.0f} ms; {case['verdict']}")
    pair.end()


def main():
    firn, sim, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]).absolute()
    load, seconds = int(sys.argv[4]), int(sys.argv[5])
    collect(firn, sim, folder, load)
    steady(firn, sim, folder, 15000, seconds)
    many(firn, sim, folder, seconds)
    verdict(firn, sim, folder, load // 2, seconds)


main()
