"""A simulator that runs, and a client of it that knows nothing of firn."""

import base64
import hashlib
import json
import pathlib
import ssl
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

from conftest import FIRN_SIM

MANAGEMENT = "https://manage.office.com"
TYPES = ("Audit.AzureActiveDirectory", "Audit.Exchange", "Audit.SharePoint",
         "Audit.General", "DLP.All")
START_S = 300


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json["error"]["code"]


class Sim:
    """firn-sim serve in a folder of its own; as a context, it is ended."""

    def __init__(self, folder, *options):
        self.folder = pathlib.Path(folder)
        self.process = subprocess.Popen(
            [FIRN_SIM, "serve", str(folder), *map(str, options)],
            stderr=subprocess.PIPE, text=True)
        address = self.folder / "address"
        end = time.monotonic() + START_S
        while not address.exists():
            assert self.process.poll() is None, self.process.stderr.read()
            assert time.monotonic() < end
            time.sleep(0.05)
        self.url = address.read_text().strip()
        self.tenants = json.loads((self.folder / "tenants.json").read_text())
        self.context = None
        if self.url.startswith("https:"):
            self.context = ssl.create_default_context(cafile=self.folder / "ca.pem")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stderr.close()

    def stop(self):
        """Ends it as one should; the lines of the truth."""
        self.process.terminate()
        assert self.process.wait(timeout=START_S) == 0, self.process.stderr.read()
        text = (self.folder / "truth.ndjson").read_text()
        return [json.loads(line) for line in text.splitlines()]

    def ask(self, path, data=None, headers=None, method=None):
        url = path if path.startswith("http") else self.url + path
        request = urllib.request.Request(
            url, data=data, headers=headers or {}, method=method)
        try:
            answer = urllib.request.urlopen(
                request, context=self.context, timeout=120)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return Answer(answer.status, answer.headers, answer.read())

    def post(self, path, text=""):
        return self.ask(path, text.encode())

    def faults(self, text):
        answer = self.post("/sim/faults", text)
        assert answer.status == 200, answer.body

    def heal(self):
        assert self.post("/sim/heal").status == 200

    def counts(self):
        return self.ask("/sim/truth").json

    def settle(self):
        """No new events; waits until all that happened is available."""
        assert self.post("/sim/stop-events").status == 200
        end = time.monotonic() + START_S
        while not self.counts()["settled"]:
            assert time.monotonic() < end
            time.sleep(0.2)

    # --- tokens ---

    def form(self, tenant=0, **changes):
        its = self.tenants[tenant]
        fields = {
            "grant_type": "client_credentials", "client_id": its["client"],
            "client_secret": pathlib.Path(its["secret"]).read_text(),
            "resource": MANAGEMENT, **changes}
        return {k: v for k, v in fields.items() if v is not None}

    def token_url(self, tenant=0, v2=False):
        return (f"{self.url}/{self.tenants[tenant]['tenant']}/oauth2/"
                + ("v2.0/token" if v2 else "token"))

    def ask_token(self, tenant=0, v2=False, **changes):
        form = urllib.parse.urlencode(self.form(tenant, **changes))
        return self.ask(self.token_url(tenant, v2), form.encode())

    def assertion(self, tenant=0, v2=False, key=None, header=None, **changes):
        its = self.tenants[tenant]
        der = ssl.PEM_cert_to_DER_cert(
            pathlib.Path(its["certificate"]).read_text())
        now = int(time.time())
        header = {"alg": "RS256", "typ": "JWT",
                  "x5t": b64(hashlib.sha1(der).digest()), **(header or {})}
        payload = {"aud": self.token_url(tenant, v2), "iss": its["client"],
                   "sub": its["client"], "jti": str(uuid.uuid4()),
                   "nbf": now - 10, "exp": now + 600, **changes}
        text = ".".join(b64(json.dumps(part).encode())
                        for part in (header, payload))
        signature = subprocess.run(
            ["openssl", "dgst", "-sha256", "-sign", key or its["key"]],
            input=text.encode(), capture_output=True, check=True).stdout
        return text + "." + b64(signature)


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Client:
    """Of one tenant's activity feed."""

    def __init__(self, sim, tenant=0):
        self.sim = sim
        self.tenant = sim.tenants[tenant]["tenant"]
        answer = sim.ask_token(tenant)
        assert answer.status == 200, answer.body
        self.headers = {"Authorization": "Bearer " + answer.json["access_token"]}
        self.feed = f"/api/v1.0/{self.tenant}/activity/feed/"

    def get(self, path, **query):
        if not path.startswith("http"):
            path = self.feed + path
        if query:
            path += "?" + urllib.parse.urlencode(query)
        return self.sim.ask(path, headers=self.headers)

    def post(self, path, body=b"", **query):
        path = self.feed + path + "?" + urllib.parse.urlencode(query)
        return self.sim.ask(path, body, self.headers)

    def start(self, type):
        return self.post("subscriptions/start", contentType=type)

    def start_all(self):
        for type in TYPES:
            assert self.start(type).status == 200

    def list(self, type, **query):
        """All pages."""
        answer = self.get("subscriptions/content", contentType=type, **query)
        contents = []
        while True:
            assert answer.status == 200, answer.body
            contents += answer.json
            if "NextPageUri" not in answer.headers:
                return contents
            answer = self.get(answer.headers["NextPageUri"])

    def blob(self, content):
        return self.get(content["contentUri"])

    def collect(self):
        """content id -> its records, of all types."""
        blobs = {}
        for type in TYPES:
            for content in self.list(type):
                blobs[content["contentId"]] = self.blob(content).json
        return blobs
