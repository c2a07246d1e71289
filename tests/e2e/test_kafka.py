"""firn run against a real Kafka broker (kafka_broker.py)."""

import json
import random
import time

import pytest

import kafka_broker
from kafka_broker import Broker, messages
from run_home import Run, wait_for

pytestmark = kafka_broker.wanted


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    own = Broker(tmp_path_factory.mktemp("kafka"))
    yield own
    own.kill()


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
