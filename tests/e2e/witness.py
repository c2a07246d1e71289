"""A witness to test with: `firn witness`, asked by curl."""

import hashlib
import signal
import socket
import subprocess
import time

from conftest import FIRN


class Witness:
    """A running witness and its files."""

    def __init__(self, directory, own, logs, listen="127.0.0.1:0"):
        self.dir, self.listen, self.process = directory, listen, None
        self.own = own
        self.key, self.logs = directory / "w.key", directory / "logs"
        self.state = directory / "state"
        self.key.write_text(own.secret)
        self.key.chmod(0o600)
        self.logs.write_text("# logs\n" + "\n\n".join(log.key.vkey for log in logs) + "\n")

    @property
    def args(self):
        return ["witness", "--key", self.key, "--logs", self.logs,
                "--state", self.state, "--listen", self.listen]

    def start(self):
        self.log = open(self.dir / "log", "a+", encoding="utf-8")
        at = self.log.tell()
        self.process = subprocess.Popen(
            [FIRN, *map(str, self.args)], stderr=self.log)
        for _ in range(1000):
            self.log.seek(at)
            line = self.log.readline()
            if line.endswith("\n"):
                break
            assert self.process.poll() is None
            time.sleep(0.01)
        assert " logs listens on " in line
        self.address = line.split()[-1]
        return self

    def stop(self, how=signal.SIGTERM):
        """Ends it; by SIGTERM well, and soon."""
        if not self.process:
            return
        self.process.send_signal(how)
        code = self.process.wait(timeout=30)
        assert code == (0 if how == signal.SIGTERM else -how), self.told
        self.process = None
        self.log.close()

    @property
    def told(self):
        return (self.dir / "log").read_text()

    def curl(self, path, *args, body=None):
        """Status, content type and body."""
        if self.address.startswith("unix:"):
            args = ["--unix-socket", self.address[5:], *args]
            url = f"http://localhost{path}"
        else:
            url = f"http://{self.address}{path}"
        if body is not None:
            args = ["--data-binary", "@-", *args]
        done = subprocess.run(
            ["curl", "-sS", "--noproxy", "*", "-m", "30", "-w",
             "\n%{http_code} %{content_type}", *args, url],
            input=body.encode() if body is not None else None,
            capture_output=True, check=True)
        text, _, last = done.stdout.decode().rpartition("\n")
        status, _, kind = last.partition(" ")
        return int(status), kind, text

    def add(self, request):
        return self.curl("/add-checkpoint", body=request)

    def cosigns(self, log, old, size):
        status, _, text = self.add(log.request(old, size))
        assert status == 200, text
        assert abs(self.own.cosigned(log.text(size), text) - time.time()) < 100

    def last(self, origin):
        digest = hashlib.sha256(origin.encode()).hexdigest()
        return self.curl(f"/{digest}/checkpoint")

    def socket(self):
        host, port = self.address.rsplit(":", 1)
        sock = socket.create_connection((host, int(port)), timeout=30)
        return sock
