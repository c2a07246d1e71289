"""Who is told of findings, as firn meets them: the driver and its receivers."""

import base64
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
DRIVER = ROOT / os.environ.get("S", "build/san") / "outbox-driver"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
WAIT = 120


def wait_for(what, until, seconds=WAIT):
    """Until until() is true; `what` says what did not happen."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        got = until()
        if got:
            return got
        time.sleep(0.02)
    raise AssertionError(what() if callable(what) else what)


def finding(n, severity=4, **more):
    return {
        "class_uid": 2004, "severity_id": severity, "time": 1700000000000 + n,
        "message": f"Finding {n}", "who": "Jürgen \u202e\n",
        "finding_info": {"uid": f"{n:032x}", "title": f"Finding {n}",
                         "analytic": {"uid": "rule-1"}}, **more}


class Findings:
    """The findings that there are, in a file that grows."""

    def __init__(self, path):
        self.path, self.count, self.texts = path, 0, []
        path.write_bytes(b"")

    def add(self, n=1, severity=4, **more):
        """Between two of them is a record that is none."""
        with open(self.path, "a") as file:
            for _ in range(n):
                text = json.dumps(finding(self.count, severity, **more), ensure_ascii=False)
                self.texts.append(text)
                file.write(f"{text}\n-\n")
                self.count += 1

    @property
    def uids(self):
        return [json.loads(t)["finding_info"]["uid"] for t in self.texts]


class Driver:
    """Outboxes over a file of findings; `outputs` as firn.yaml has them."""

    def __init__(self, directory, outputs, **env):
        self.directory = directory
        self.findings = Findings(directory / "findings.ndjson")
        self.state = directory / "state"
        self.state.mkdir()
        self.config = directory / "outputs.yaml"
        self.config.write_text(json.dumps(outputs))
        self.env = {**os.environ, **env}
        self.process, self.stats = None, {}

    def start(self):
        self.process = subprocess.Popen(
            [DRIVER, self.config, self.state, self.findings.path, "0"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=self.env, cwd=self.directory)
        threading.Thread(target=self.read, args=[self.process], daemon=True).start()
        return self

    def read(self, process):
        for line in process.stdout:
            stats = json.loads(line)
            self.stats[stats["name"]] = stats

    def await_all(self, name):
        """Until every finding is sent, or dead."""
        end = 2 * self.findings.count - 1
        wait_for(lambda: f"{name}: {self.stats.get(name)}, not {end}",
                 lambda: self.stats.get(name, {"next": 0})["next"] >= end)
        return self.stats[name]

    def await_error(self, name, text):
        wait_for(lambda: f"{name}: {self.stats.get(name)}, not {text}",
                 lambda: text in self.stats.get(name, {}).get("error", ""))

    def stop(self):
        self.process.stdin.close()
        self.process.wait(WAIT)
        said = self.process.stderr.read().decode()
        assert self.process.returncode == 0, said
        return said

    def kill(self):
        self.process.kill()
        self.process.wait()

    def dead(self, name):
        path = self.state / f"{name}.dead.ndjson"
        return [json.loads(line) for line in path.read_text().splitlines()]


def make_certificate(directory, name, names="DNS:localhost,IP:127.0.0.1"):
    """A certificate that signs itself; its path and its key's."""
    cert, key = directory / f"{name}.pem", directory / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-keyout", key,
         "-out", cert, "-subj", f"/CN={name}", "-addext", f"subjectAltName={names}"],
        check=True, capture_output=True)
    return cert, key


def server_context(cert, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context


class Receiver:
    """What every receiver keeps: the uids that came, in order."""

    def __init__(self):
        self.uids, self.lock = [], threading.Lock()

    def take(self, found):
        with self.lock:
            self.uids.append(found["finding_info"]["uid"])

    def assert_all_came(self, expected, most_twice=0):
        """None is lost, each came first in order, and few came twice."""
        first = list(dict.fromkeys(self.uids))
        assert first == list(expected)
        assert len(self.uids) - len(first) <= most_twice


class Web(Receiver):
    """An HTTP server whose `answer(path, headers, body)` gives status, headers, body."""

    def __init__(self, cert=None, port=0):
        super().__init__()
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, headers, text = web.answer(self.path, self.headers, body)
                self.send_response(status)
                for header in headers.items():
                    self.send_header(*header)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *args):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *args):
                pass

        self.server = Server(("127.0.0.1", port), Handler)
        if cert:
            self.server.socket = server_context(*cert).wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_port
        self.url = f"{'https' if cert else 'http'}://localhost:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Hook(Web):
    """Checks signatures; `plan` is a list of answers to give before taking anything."""

    def __init__(self, *args, secrets=(SECRET,), **kwargs):
        self.plan, self.refused, self.ids, self.secrets = [], set(), [], secrets
        super().__init__(*args, **kwargs)

    def check(self, headers, body):
        signed = f"{headers['Webhook-Id']}.{headers['Webhook-Timestamp']}.".encode() + body
        assert abs(int(headers["Webhook-Timestamp"]) - time.time()) < 300
        good = ["v1," + base64.b64encode(hmac.new(
            base64.b64decode(s[6:]), signed, hashlib.sha256).digest()).decode()
            for s in self.secrets]
        assert headers["Webhook-Signature"].split(" ") == good
        assert headers["Content-Type"] == "application/json"

    def answer(self, path, headers, body):
        try:
            self.check(headers, body)
            found = json.loads(body)
            indexes = [int(i) for i in headers["Firn-Index"].split()]
            assert [f["finding_info"]["uid"] for f in found] == [
                f"{i // 2:032x}" for i in indexes]
        except (AssertionError, ValueError) as error:
            return 500, {}, repr(error).encode()
        self.ids.append(headers["Webhook-Id"])
        if self.plan:
            return self.plan.pop(0)
        if any(f["finding_info"]["uid"] in self.refused for f in found):
            return 400, {}, b"no such thing"
        for one in found:
            self.take(one)
        return 200, {}, b"ok"


class Splunk(Web):
    """An event collector with acknowledgement, as Splunk describes it."""

    def __init__(self, *args, **kwargs):
        self.acks, self.next, self.busy, self.lose = {}, 0, 0, 0
        self.acknowledges = True
        self.refused, self.channels, self.events = set(), set(), []
        super().__init__(*args, **kwargs)

    @staticmethod
    def say(status, code, text, **more):
        return status, {}, json.dumps({"text": text, "code": code, **more}).encode()

    def answer(self, path, headers, body):
        if headers["Authorization"] != "Splunk secret-token":
            return self.say(403, 4, "Invalid token")
        channel = headers["X-Splunk-Request-Channel"]
        self.channels.add(channel)
        if path == f"/services/collector/ack?channel={channel}":
            ids = json.loads(body)["acks"]
            return 200, {}, json.dumps(
                {"acks": {str(i): self.acks.pop(i, False) for i in ids}}).encode()
        if path != "/services/collector/event":
            return 404, {}, b"{}"
        if self.busy:
            self.busy -= 1
            return self.say(503, 9, "Server is busy")
        events = [json.loads(line) for line in body.decode().splitlines()]
        for number, event in enumerate(events):
            if event["fields"]["finding_uid"] in self.refused:
                return self.say(400, 6, "Invalid data format",
                                **{"invalid-event-number": number})
        self.next += 1
        if self.lose:
            self.lose -= 1
        else:
            self.acks[self.next] = True
            self.events += events
            for event in events:
                self.take(event["event"])
        more = {"ackId": self.next} if self.acknowledges else {}
        return self.say(200, 0, "Success", **more)


class Syslog(Receiver):
    """Takes octet-counted messages; ends a connection after `cut` bytes."""

    def __init__(self, cert=None, port=0, cut=None, client_ca=None):
        super().__init__()
        self.cut, self.messages, self.connections = cut, [], 0
        self.context = server_context(*cert) if cert else None
        if client_ca:
            self.context.verify_mode = ssl.CERT_REQUIRED
            self.context.load_verify_locations(client_ca)
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=[client], daemon=True).start()

    def serve(self, client):
        try:
            if self.context:
                client = self.context.wrap_socket(client, server_side=True)
            self.read(client)
        except OSError:
            pass
        finally:
            # A program that dies resets what it has not read.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            client.close()

    def read(self, client):
        data, total = b"", 0
        while True:
            got = client.recv(4096)
            data, total = data + got, total + len(got)
            data = self.take_messages(data)
            if not got or (self.cut and total > self.cut):
                return

    def take_messages(self, data):
        while b" " in data[:10]:
            length, rest = data.split(b" ", 1)
            if len(rest) < int(length):
                break
            message, data = rest[:int(length)], rest[int(length):]
            self.messages.append(message.decode("ascii"))
            self.take(json.loads(message[message.index(b"] {") + 2:]))
        return data

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]
