"""firn run against a real Kafka broker (kafka_broker.py)."""

import json
import random
import subprocess
import time

import pytest

import kafka_broker
from kafka_broker import Broker, messages, sign_in
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


def put_in(broker, topic, partition, first, count):
    """One record a message."""
    with subprocess.Popen(["kcat", "-P", "-b", broker.address, "-t", topic, "-p", str(partition)],
                          stdin=subprocess.PIPE) as kcat:
        kcat.communicate("".join(json.dumps(sign_in(n)) + "\n"
                                 for n in range(first, first + count)).encode())
    assert kcat.returncode == 0


def wait_all(service, count):
    """The same, of what came before a start, too."""
    wait_for(lambda: service.status()["sources"][0]["records"] >= count)


def remake(broker, topic, partitions, pause=0.0):
    broker.delete(topic)
    time.sleep(pause)
    broker.create(topic, partitions)


def renewed(service):
    """Streams of which a gap says that the topic is another one."""
    return sorted(gap["stream"] for gap in service.open_gaps().values()
                  if gap["cause"] == "expired" and "was made anew" in gap["detail"])


def test_made_anew_and_grown_while_away(broker, tmp_path):
    broker.create("anew", 1)
    put_in(broker, "anew", 0, 0, 20)
    service = Run(tmp_path, {"hub": source(broker, "anew")}).start()
    wait_all(service, 20)
    service.stop()
    remake(broker, "anew", 1)
    put_in(broker, "anew", 0, 20, 50)
    service.start()
    wait_all(service, 70)
    # It is the known one from now on.
    service.stop()
    service.start()
    put_in(broker, "anew", 0, 70, 5)
    wait_all(service, 75)
    service.settle()
    service.stop()
    expect(service, 75)
    assert renewed(service) == ["anew/0"]


@pytest.mark.parametrize("pause", [0, 3])
def test_made_anew_and_grown_while_it_runs(broker, tmp_path, pause):
    topic = f"running-{pause}"
    broker.create(topic, 1)
    put_in(broker, topic, 0, 0, 20)
    service = Run(tmp_path, {"hub": source(broker, topic)}).start()
    wait_all(service, 20)
    # It is looked at once a second.
    time.sleep(2)
    remake(broker, topic, 1, pause)
    put_in(broker, topic, 0, 20, 50)
    wait_all(service, 70)
    service.settle()
    service.stop()
    expect(service, 70)
    assert renewed(service) == [f"{topic}/0"]


@pytest.mark.parametrize("runs", [False, True])
def test_made_anew_with_fewer_partitions(broker, tmp_path, runs):
    topic = f"fewer-{runs}"
    broker.create(topic, 3)
    for n in range(3):
        put_in(broker, topic, n, n * 10, 10)
    service = Run(tmp_path, {"hub": source(broker, topic)}).start()
    wait_all(service, 30)
    if runs:
        time.sleep(2)
    else:
        service.stop()
    remake(broker, topic, 1)
    put_in(broker, topic, 0, 30, 50)
    if not runs:
        service.start()
    wait_all(service, 80)
    wait_for(lambda: said(service)[1].startswith("reads 1 partition,"))
    wait_for(lambda: service.status()["sources"][0]["open_gaps"] == 3)
    service.stop()
    expect(service, 80)
    assert renewed(service) == [f"{topic}/{n}" for n in range(3)]
