"""firn run and a real Kafka broker with TLS, and with logins as at an Event Hub."""

import base64
import http.server
import json
import os
import pathlib
import random
import secrets
import ssl
import subprocess
import threading
import time
import urllib.parse

import pytest

import kafka_broker
from kafka_broker import Broker, messages
from receivers import make_certificate
from run_home import Run, wait_for

pytestmark = kafka_broker.wanted

# Seconds that a token is good.
LIFE = int(os.environ.get("FIRN_TOKEN_LIFE", "6"))
WORDS = {name: secrets.token_hex(12) for name in ("hub", "client")}
# Event Hubs' port is always 9093, so the address is what is free.
HOST = ".".join(["127", *(str(random.SystemRandom().randint(1, 254)) for _ in range(3))])
CONNECTION = (f"Endpoint=sb://{HOST}/;SharedAccessKeyName=listen;"
              f"SharedAccessKey={WORDS['hub']}=;EntityPath=connection")


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Authority:
    """A CA, and what it signed."""

    def __init__(self, root):
        self.dir = root
        self.ca, self.key = make_certificate(root, "ca", "DNS:ca.example")
        self.stranger, _ = make_certificate(root, "stranger", "DNS:ca.example")

    def sign(self, name, names):
        """Certificate and key in one file."""
        key, ask, out = (self.dir / f"{name}.{end}" for end in ("key", "csr", "pem"))
        ext = self.dir / f"{name}.ext"
        ext.write_text(f"subjectAltName={names}\n")
        for words in (["req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", key,
                       "-out", ask, "-subj", f"/CN={name}"],
                      ["x509", "-req", "-in", ask, "-CA", self.ca, "-CAkey", self.key,
                       "-CAcreateserial", "-days", "2", "-extfile", ext, "-out", out]):
            subprocess.run(["openssl", *words], check=True, capture_output=True)
        out.write_text(key.read_text() + out.read_text())
        return out


class Tokens:
    """A token endpoint over TLS: what it gives out is by the client's name."""

    def __init__(self, root, authority):
        self.key, self.asked = root / "token.key", {}
        subprocess.run(["openssl", "genrsa", "-out", self.key, "2048"], check=True,
                       capture_output=True)
        other = root / "other.key"
        subprocess.run(["openssl", "genrsa", "-out", other, "2048"], check=True,
                       capture_output=True)
        self.keys = {"forged": other}
        tokens = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                form = dict(urllib.parse.parse_qsl(
                    self.rfile.read(int(self.headers["Content-Length"])).decode()))
                status, body = tokens.answer(form)
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority.sign("tokens", "IP:127.0.0.1"))
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"https://127.0.0.1:{self.server.server_port}/token"

    def answer(self, form):
        client, now = form["client_id"], int(time.time())
        self.asked[client] = self.asked.get(client, 0) + 1
        if form["client_secret"] != WORDS["client"]:
            return 401, {"error": "invalid_client", "error_description": "no such secret"}
        end = now - 100 if client == "late" else now + LIFE
        return 200, {"token_type": "Bearer", "expires_in": LIFE,
                     "access_token": self.make(client, end, now)}

    def make(self, client, end, now):
        text = ".".join(b64(json.dumps(part).encode()) for part in (
            {"alg": "RS256", "typ": "JWT", "kid": "k"},
            {"iss": "https://login.example", "aud": "hubs", "sub": client,
             "scope": "read", "iat": min(now, end) - 1, "exp": end}))
        signature = subprocess.run(
            ["openssl", "dgst", "-sha256", "-sign", self.keys.get(client, self.key)],
            input=text.encode(), capture_output=True, check=True).stdout
        return f"{text}.{b64(signature)}"

    def jwks(self):
        said = subprocess.run(["openssl", "rsa", "-in", self.key, "-noout", "-modulus"],
                              capture_output=True, check=True).stdout.decode()
        return json.dumps({"keys": [{
            "kty": "RSA", "kid": "k", "use": "sig", "alg": "RS256", "e": "AQAB",
            "n": b64(bytes.fromhex(said.strip().split("=")[1]))}]})


def settings(root, authority, jwks):
    """HUBS as an Event Hub speaks, with oauthbearer beside PLAIN; TLS
    without a login; OTHER with the certificate of somebody else."""
    prefix = "listener.name.hubs"
    jaas = "org.apache.kafka.common.security"
    at = {"OPEN": 9092, "HUBS": 9093, "TLS": 9094, "OTHER": 9095}
    good = authority.sign("server", f"DNS:localhost,IP:{HOST}")
    other = authority.sign("elsewhere", "DNS:elsewhere.example")
    listeners = ",".join(f"{name}://{HOST}:{port}" for name, port in at.items())
    lines = {
        "listeners": f"{listeners},CONTROL://{HOST}:9096",
        "advertised.listeners": listeners,
        "controller.quorum.voters": f"1@{HOST}:9096",
        "listener.security.protocol.map":
            "OPEN:PLAINTEXT,HUBS:SASL_SSL,TLS:SSL,OTHER:SSL,CONTROL:PLAINTEXT",
        "num.partitions": 2,
        "ssl.keystore.type": "PEM", "ssl.keystore.location": good,
        "listener.name.other.ssl.keystore.type": "PEM",
        "listener.name.other.ssl.keystore.location": other,
        "sasl.enabled.mechanisms": "PLAIN,OAUTHBEARER",
        f"{prefix}.plain.sasl.jaas.config":
            f'{jaas}.plain.PlainLoginModule required user_$ConnectionString="{CONNECTION}";',
        f"{prefix}.oauthbearer.sasl.jaas.config":
            f"{jaas}.oauthbearer.OAuthBearerLoginModule required;",
        f"{prefix}.oauthbearer.sasl.server.callback.handler.class":
            f"{jaas}.oauthbearer.OAuthBearerValidatorCallbackHandler",
        # As an Event Hub: a connection ends with its token.
        f"{prefix}.oauthbearer.connections.max.reauth.ms": 3600000,
        "sasl.oauthbearer.jwt.validator.class": f"{jaas}.oauthbearer.BrokerJwtValidator",
        "sasl.oauthbearer.jwks.endpoint.url": jwks.as_uri(),
        "sasl.oauthbearer.expected.audience": "hubs",
        "sasl.oauthbearer.expected.issuer": "https://login.example",
        "sasl.oauthbearer.clock.skew.seconds": 0,
    }
    return "".join(f"{key}={value}\n" for key, value in lines.items())


class Place:
    """The broker, its authority and the token endpoint."""

    def __init__(self, root):
        self.authority = Authority(root)
        self.tokens = Tokens(root, self.authority)
        jwks = root / "jwks.json"
        jwks.write_text(self.tokens.jwks())
        self.broker = Broker(
            root, settings(root, self.authority, jwks), f"{HOST}:9092",
            KAFKA_JAVA="-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=" + jwks.as_uri())

    def close(self):
        self.broker.kill()
        self.tokens.server.shutdown()


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    own = Place(tmp_path_factory.mktemp("kafka"))
    yield own
    own.close()


def keep(root, name, text):
    """A file that holds a secret."""
    path = root / name
    path.touch(0o600)
    path.write_text(text + "\n")
    return {"file": str(path)}


def source(place, topic, port=9093, **keys):
    return {"kind": "kafka", "brokers": f"{HOST}:{port}", "topics": topic,
            "security": "sasl-tls", "ca": str(place.authority.ca), **keys}


def oauth(place, topic, secret, client="firn"):
    return source(place, topic, mechanism="oauthbearer", token_url=place.tokens.url,
                  token_client=client, token_secret=secret,
                  token_ca=str(place.authority.ca))


def said(service):
    return {own["name"]: own.get("text", "") for own in service.status()["sources"]}


def wait_records(service, count):
    try:
        wait_for(lambda: service.status()["records"] >= count, 60)
    except AssertionError:
        pytest.fail(json.dumps(said(service), indent=1))


def assert_no_secret(service, root):
    texts = [(root / "run.log").read_text(), json.dumps(service.status())]
    for word in WORDS.values():
        assert not any(word in text for text in texts)


def test_every_login(place, tmp_path):
    secret = keep(tmp_path, "client", WORDS["client"])
    sources = {
        "connection": {"kind": "kafka", "ca": str(place.authority.ca),
                       "connection": keep(tmp_path, "connection", CONNECTION)},
        "plain": source(place, "plain", user="$ConnectionString",
                        password=keep(tmp_path, "plain", CONNECTION)),
        "oauth": oauth(place, "oauth", secret),
        "tls": source(place, "tls", 9094, security="tls"),
    }
    draw, count = random.Random(1), 20
    for i, topic in enumerate(sources):
        place.broker.put(topic, messages(i * count, count, draw))
    service = Run(tmp_path, sources).start()
    total = len(sources) * count
    wait_records(service, total)
    # A token ends meanwhile, and the connections with it.
    until = time.monotonic() + LIFE + 3
    while time.monotonic() < until:
        place.broker.put("oauth", messages(total, 10, draw))
        total += 10
        time.sleep(LIFE / 10)
    wait_records(service, total)
    assert place.tokens.asked["firn"] >= 2
    assert_no_secret(service, tmp_path)
    service.stop()
    assert service.ids() == {f"id-{n}": 1 for n in range(total)}
    assert not service.open_gaps()


def test_what_is_wrong_is_said(place, tmp_path):
    wrong = keep(tmp_path, "wrong", "wrong")
    password = keep(tmp_path, "password", "wrong")
    client = keep(tmp_path, "client", WORDS["client"])
    stranger = str(place.authority.stranger)
    sources = {
        "stranger": {**source(place, "x", 9094, security="tls"), "ca": stranger},
        "name": source(place, "x", 9095, security="tls"),
        "plain": source(place, "x", user="$ConnectionString", password=wrong),
        "mend": source(place, "mend", user="$ConnectionString", password=password),
        "forged": oauth(place, "x", client, "forged"),
        "late": oauth(place, "x", client, "late"),
        "secret": oauth(place, "x", wrong),
        "endpoint": {**oauth(place, "x", client), "token_ca": stranger},
    }
    expected = {
        "stranger": f"TLS fails (the certificate of '{HOST}:9094' is signed by none",
        "name": f"TLS fails (the certificate of '{HOST}:9095' is for another name",
        "plain": "the login was refused (",
        "mend": "the login was refused (",
        "forged": "the login was refused (",
        "late": "the login was refused (",
        "secret": "cannot log in: no token: status 401: no such secret",
        "endpoint": "cannot log in: cannot reach",
    }
    place.broker.put("mend", messages(0, 10, random.Random(2)))
    service = Run(tmp_path, sources).start()
    heard = {}

    def all_said():
        heard.update({name: text for name, text in said(service).items()
                      if expected[name] in text})
        return len(heard) == len(expected)

    try:
        wait_for(all_said, 120)
    except AssertionError:
        pytest.fail(json.dumps(said(service), indent=1))
    # A secret that is put right is enough.
    pathlib.Path(password["file"]).write_text(CONNECTION + "\n")
    wait_records(service, 10)
    assert_no_secret(service, tmp_path)
    service.stop()
    assert service.ids() == {f"id-{n}": 1 for n in range(10)}
