"""A real Kafka broker, and what is written to it.  Its jars are in the folder
FIRN_KAFKA, or where `make setup-kafka` puts them; kcat writes the messages."""

import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import time

import pytest

from run_home import wait_for

TOP = pathlib.Path(__file__).parents[2]
JARS = os.environ.get("FIRN_KAFKA") or TOP / "build" / "kafka"
SCRIPT = TOP / "scripts" / "kafka.sh"

wanted = pytest.mark.skipif(
    not (pathlib.Path(JARS).is_dir() and shutil.which("java") and shutil.which("kcat")),
    reason="wants a broker (make setup-kafka), java and kcat (kafkacat)")


class Broker:
    """A broker in a folder of its own."""

    def __init__(self, root, settings="num.partitions=3\nlog.segment.bytes=1048576\n",
                 address=None, **env):
        self.dir, self.address = root, address
        self.env = {**os.environ, **env}
        (root / "extra.properties").write_text(settings)
        self.start()

    def start(self):
        self.process = subprocess.Popen([SCRIPT, "run", JARS, self.dir], env=self.env)
        wait_for(lambda: self.process.poll() is not None or self.answers(), 120)
        assert self.process.poll() is None, (self.dir / "broker.out").read_text()
        self.address = self.address or (self.dir / "brokers").read_text().strip()
        self.login = (self.dir / "brokers-sasl").read_text().strip()

    def answers(self):
        at = self.dir / "brokers"
        return at.exists() and subprocess.run(
            ["kcat", "-L", "-b", self.address or at.read_text().strip(), "-m", "2"],
            capture_output=True, check=False).returncode == 0

    def kill(self):
        self.process.kill()
        self.process.wait()

    def ask(self, key, version, body):
        """A request of the protocol, and the code that its answer has for a topic."""
        host, port = self.address.rsplit(":", 1)
        head = struct.pack(">hhih", key, version, 1, -1)
        with socket.create_connection((host, int(port))) as s:
            s.sendall(struct.pack(">i", len(head + body)) + head + body)
            with s.makefile("rb") as answer:
                said = answer.read(struct.unpack(">i", answer.read(4))[0])
        # Number, pause, how many topics, the topic's name, the code.
        at = 14 + struct.unpack(">h", said[12:14])[0]
        return struct.unpack(">h", said[at:at + 2])[0]

    def delete(self, topic):
        name = struct.pack(">ih", 1, len(topic)) + topic.encode()
        assert self.ask(20, 1, name + struct.pack(">i", 30000)) == 0

    def create(self, topic, partitions):
        name = struct.pack(">ih", 1, len(topic)) + topic.encode()
        rest = struct.pack(">ihiiib", partitions, 1, 0, 0, 30000, 0)
        # While the old one is going, there is one.
        wait_for(lambda: self.ask(19, 2, name + rest) == 0)

    def put(self, topic, messages):
        """Each goes to the partition that its hash says."""
        with subprocess.Popen(
                ["kcat", "-P", "-b", self.address, "-t", topic, "-K", "\t",
                 "-X", "partitioner=murmur2_random"], stdin=subprocess.PIPE) as kcat:
            kcat.communicate("".join(
                f"{key}\t{text}\n" for key, text in enumerate(messages)).encode())
        assert kcat.returncode == 0


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
