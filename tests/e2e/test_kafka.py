"""firn run against a real Kafka broker, whose jars are in the folder FIRN_KAFKA,
or where `make setup-kafka` puts them; kcat writes the messages."""

import json
import os
import pathlib
import random
import shutil
import subprocess
import time

import pytest

from run_home import Run, wait_for

TOP = pathlib.Path(__file__).parents[2]
JARS = os.environ.get("FIRN_KAFKA") or TOP / "build" / "kafka"
SCRIPT = TOP / "scripts" / "kafka.sh"

pytestmark = pytest.mark.skipif(
    not (pathlib.Path(JARS).is_dir() and shutil.which("java") and shutil.which("kcat")),
    reason="wants a broker (make setup-kafka), java and kcat (kafkacat)")


class Broker:
    """A broker in a folder of its own."""

    def __init__(self, root):
        self.dir = root
        (root / "extra.properties").write_text(
            "num.partitions=3\nlog.segment.bytes=1048576\n")
        self.start()

    def start(self):
        self.process = subprocess.Popen([SCRIPT, "run", JARS, self.dir])
        wait_for(lambda: self.process.poll() is not None or self.answers(), 120)
        assert self.process.poll() is None, (self.dir / "broker.out").read_text()
        self.address = (self.dir / "brokers").read_text().strip()
        self.login = (self.dir / "brokers-sasl").read_text().strip()

    def answers(self):
        at = self.dir / "brokers"
        return at.exists() and subprocess.run(
            ["kcat", "-L", "-b", at.read_text().strip(), "-m", "2"],
            capture_output=True, check=False).returncode == 0

    def kill(self):
        self.process.kill()
        self.process.wait()

    def put(self, topic, messages):
        """Each goes to the partition that its hash says."""
        with subprocess.Popen(
                ["kcat", "-P", "-b", self.address, "-t", topic, "-K", "\t",
                 "-X", "partitioner=murmur2_random"], stdin=subprocess.PIPE) as kcat:
            kcat.communicate("".join(
                f"{key}\t{text}\n" for key, text in enumerate(messages)).encode())
        assert kcat.returncode == 0


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    own = Broker(tmp_path_factory.mktemp("kafka"))
    yield own
    own.kill()


def sign_in(n):
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {"time": when, "resourceId": "/tenants/t/providers/Microsoft.aadiam",
            "operationName": "Sign-in activity", "category": "SignInLogs",
            "tenantId": "00000000-0000-4000-8000-000000000001", "resultType": "0",
            "properties": {"id": f"id-{n}", "createdDateTime": when,
                           "userPrincipalName": f"u{n % 9}@example.org",
                           "ipAddress": "203.0.113.5", "appDisplayName": "Mail",
                           "status": {"errorCode": 0}}}


def messages(first, count, draw):
    """In the shape of an Event Hub, one to five records a message."""
    out, last = [], first + count
    while first < last:
        n = min(draw.randint(1, 5), last - first)
        out.append(json.dumps({"records": [sign_in(first + i) for i in range(n)]}))
        first += n
    return out


def source(broker, topic, **keys):
    return {"kind": "kafka", "brokers": broker.address, "topics": topic, **keys}


def wait_ids(service, count):
    """Until so many events were counted; a look into the ledger is slow."""
    wait_for(lambda: service.status()["records"] >= count, 120)


def said(service):
    own = service.status()["sources"][0]
    return own["mood"], own.get("text", "")


def expect(service, count):
    assert service.ids() == {f"id-{n}": 1 for n in range(count)}
    service.verify()


def test_each_record_once_whatever_is_killed(broker, tmp_path):
    draw = random.Random(1)
    service = Run(tmp_path, {"hub": source(broker, "kill")})
    for n in range(0, 3000, 500):
        broker.put("kill", messages(n, 500, draw))
        service.start()
        time.sleep(draw.random() * 1.5)
        service.kill()
    service.start()
    service.settle(4)
    service.stop()
    expect(service, 3000)
    assert not service.open_gaps()


def test_goes_on_when_the_broker_is_back(broker, tmp_path):
    draw = random.Random(2)
    broker.put("away", messages(0, 200, draw))
    service = Run(tmp_path, {"hub": source(broker, "away")}).start()
    wait_ids(service, 200)
    broker.kill()
    wait_for(lambda: said(service)[0] == "trouble")
    broker.start()
    broker.put("away", messages(200, 200, draw))
    wait_ids(service, 400)
    service.settle()
    service.stop()
    expect(service, 400)


def test_two_share_a_topic(broker, tmp_path):
    draw = random.Random(3)
    services = []
    for name in "ab":
        root = tmp_path / name
        root.mkdir()
        services.append(Run(root, {"hub": source(
            broker, "shared", partitions="shared", group="two")}).start())
    for n in range(0, 600, 100):
        broker.put("shared", messages(n, 100, draw))
        time.sleep(1)
    wait_for(lambda: sum(s.status()["records"] for s in services) >= 600, 120)
    for service in services:
        service.settle()
        service.stop()
    there = [service.ids() for service in services]
    assert set(there[0]) | set(there[1]) == {f"id-{n}" for n in range(600)}
    assert all(n == 1 for ids in there for n in ids.values())


def test_login(broker, tmp_path):
    secret = tmp_path / "password"
    secret.write_text("wrong\n")
    secret.chmod(0o600)
    broker.put("login", messages(0, 10, random.Random(4)))
    service = Run(tmp_path, {"hub": source(
        broker, "login", brokers=broker.login, security="sasl", user="firn",
        password={"file": str(secret)})}).start()
    wait_for(lambda: "login was refused" in said(service)[1])
    service.stop()
    secret.write_text("secret\n")
    service.start()
    wait_ids(service, 10)
    service.stop()
    expect(service, 10)


def test_what_is_no_json_is_kept_and_told(broker, tmp_path):
    good = messages(0, 20, random.Random(5))
    broker.put("broken", [*good[:5], "hello", *good[5:]])
    service = Run(tmp_path, {"hub": source(broker, "broken")}).start()
    wait_ids(service, 21)
    service.settle()
    service.stop()
    kept = service.sql("select decode(raw(index)) as raw from records "
                       "where source = 'kafka/unread'")
    assert [json.loads(row["raw"])["base64"] for row in kept] == ["aGVsbG8="]
    gaps = service.open_gaps()
    assert [gap["cause"] for gap in gaps.values()] == ["unreadable"]
