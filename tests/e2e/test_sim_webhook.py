"""firn-sim serve: webhooks are validated, told of content, retried, disabled."""

import datetime
import http.server
import json
import ssl
import threading
import time

import pytest

from sim_client import Client, Sim

START_S = 120
TYPE = "Audit.Exchange"


class Receiver:
    """A webhook: keeps what it was told, and answers with .status."""

    def __init__(self, sim):
        self.told, self.status, self.validating = [], 200, 200
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                text = self.rfile.read(int(self.headers["Content-Length"]))
                body = json.loads(text)
                status = (receiver.validating if isinstance(body, dict)
                          else receiver.status)
                receiver.told.append(
                    (time.monotonic(), dict(self.headers), body, status))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(
            sim.folder / "server.pem", sim.folder / "server.key")
        self.server.socket = context.wrap_socket(
            self.server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def notifications(self, status=200):
        return [(at, headers, body) for at, headers, body, answered in
                self.told if isinstance(body, list) and answered == status]

    def contents(self):
        return [content["contentId"] for _, _, body in self.notifications()
                for content in body]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def sim(tmp_path):
    with Sim(tmp_path / "d", "--people", 50, "--history", "1m", "--rate", 20,
             "--blob", 5, "--page", 3, "--quota", 0) as running:
        yield running


@pytest.fixture
def receiver(sim):
    running = Receiver(sim)
    yield running
    running.close()


def start(client, url, type=TYPE, **more):
    body = {"webhook": {"address": url, **more}}
    return client.post("subscriptions/start", json.dumps(body).encode(),
                       contentType=type)


def hook(client, type=TYPE):
    listed = client.get("subscriptions/list").json
    return [s for s in listed if s["contentType"] == type][0]["webhook"]


def until(what):
    end = time.monotonic() + START_S
    while not what():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_is_asked_for_its_code_before_it_is_taken(sim, receiver):
    client = Client(sim)
    receiver.validating = 403
    refused = start(client, receiver.url)
    assert (refused.status, refused.code) == (400, "AF20021")
    assert "HTTP 200" in refused.json["error"]["message"]
    assert client.get("subscriptions/list").json == []
    receiver.validating = 200
    answer = start(client, receiver.url, authId="o365-7")
    assert answer.status == 200
    expected = {"status": "enabled", "address": receiver.url,
                "authId": "o365-7", "expiration": ""}
    assert answer.json == {"contentType": TYPE, "status": "enabled",
                           "webhook": expected}
    assert hook(client) == expected
    _, headers, body, _ = receiver.told[1]
    assert headers["Webhook-AuthID"] == "o365-7"
    assert headers["Webhook-ValidationCode"] == body["validationCode"]
    assert start(client, receiver.url, authId="o365-7").code == "AF20024"


@pytest.mark.parametrize("body, code", [
    (b'{"webhook":{"address":"http://127.0.0.1/"}}', "AF20021"),
    (b'{"webhook":{"address":"https://127.0.0.1:1/"}}', "AF20021"),
    (b'{"webhook":{"address":"https://a/\\r\\nX: y"}}', "AF20021"),
    (b'{"webhook":{"authId":"x"}}', "AF20001"),
    (b'{"webhook":{"address":"https://a/","expiration":"x"}}', "AF20002"),
    (b'{"webhook":{"address":"https://a/",'
     b'"expiration":"2020-01-01T00:00:00Z"}}', "AF20003"),
    (b'{"webhook":', "AF20002"),
])
def test_refuses_what_is_no_webhook(sim, body, code):
    client = Client(sim)
    answer = client.post("subscriptions/start", body, contentType=TYPE)
    assert (answer.status, answer.code) == (400, code)
    assert client.get("subscriptions/list").json == []


def test_is_told_of_all_content_once(sim, receiver):
    client = Client(sim)
    assert client.start(TYPE).status == 200
    until(lambda: client.list(TYPE))
    assert start(client, receiver.url, authId="a").status == 200
    before = {c["contentId"]: c for c in client.list(TYPE)}
    until(lambda: len(receiver.contents()) > 10)
    sim.settle()
    listed = {c["contentId"]: c for c in client.list(TYPE)}
    until(lambda: set(receiver.contents()) >= set(listed) - set(before))
    told = receiver.contents()
    assert len(told) == len(set(told))
    # what became available between the start and the first list
    assert len(set(told) & set(before)) < 10
    _, headers, body = receiver.notifications()[0]
    assert headers["Webhook-AuthID"] == "a"
    assert headers["Content-Type"] == "application/json; utf-8"
    first = body[0]
    assert first.pop("tenantId") == sim.tenants[0]["tenant"]
    assert first.pop("clientId") == sim.tenants[0]["client"]
    assert first == listed[first["contentId"]]
    assert client.blob(first).json

    def sent():
        answer = client.get("subscriptions/notifications", contentType=TYPE)
        assert len(answer.json) <= 3
        notices = answer.json
        while "NextPageUri" in answer.headers:
            answer = client.get(answer.headers["NextPageUri"])
            notices += answer.json
        return notices
    until(lambda: len(sent()) == len(told))
    assert [n["contentId"] for n in sent()] == told
    assert {n["notificationStatus"] for n in sent()} == {"success"}
    assert all(n["notificationSent"] >= n["contentCreated"] for n in sent())


def test_is_told_again_after_failures(sim, receiver):
    client = Client(sim)
    receiver.status = 503
    assert start(client, receiver.url).status == 200
    until(lambda: len(receiver.notifications(503)) == 3)
    receiver.status = 200
    until(lambda: receiver.contents())
    times = [at for at, _, _ in receiver.notifications(503)]
    assert times[2] - times[1] > times[1] - times[0] > 0.2
    failed = receiver.notifications(503)[0][2][0]["contentId"]
    assert receiver.contents()[0] == failed
    assert hook(client)["status"] == "enabled"
    notices = client.get(
        "subscriptions/notifications", contentType=TYPE).json
    assert notices[0]["notificationStatus"] == "failed"


def test_is_disabled_after_six_failures_and_enabled_by_a_start(sim, receiver):
    client = Client(sim)
    receiver.status = 500
    assert start(client, receiver.url).status == 200
    until(lambda: hook(client)["status"] == "disabled")
    assert len(receiver.notifications(500)) == 6
    assert client.list(TYPE)
    receiver.status = 200
    time.sleep(1)
    assert not receiver.contents()
    assert start(client, receiver.url).status == 200
    until(lambda: receiver.contents())
    assert hook(client)["status"] == "enabled"


def test_is_taken_away_by_a_start_without_one_and_by_a_stop(sim, receiver):
    client = Client(sim)
    assert start(client, receiver.url).status == 200
    assert client.start(TYPE).json["webhook"] is None
    assert client.start(TYPE).code == "AF20024"
    assert start(client, receiver.url).status == 200
    assert client.post(
        "subscriptions/stop", contentType=TYPE).status == 200
    assert client.start(TYPE).json["webhook"] is None


def test_expires(sim, receiver):
    client = Client(sim)
    soon = datetime.datetime.now(
        datetime.timezone.utc) + datetime.timedelta(seconds=3)
    assert start(client, receiver.url, expiration=soon.strftime(
        "%Y-%m-%dT%H:%M:%SZ")).status == 200
    until(lambda: hook(client)["status"] == "expired")
    told = len(receiver.told)
    time.sleep(1)
    assert len(receiver.told) <= told + 1  # one may have been under way


def test_ends_while_a_webhook_is_told(sim, receiver):
    assert start(Client(sim), receiver.url).status == 200
    until(lambda: receiver.contents())
    sim.stop()


def test_policies_have_a_content_type(tmp_path):
    with Sim(tmp_path / "d", "--people", 50, "--history", 0, "--rate", 0,
             "--load", 10000, "--quota", 0) as running:
        client = Client(running)
        client.start("DLP.All")
        records = [r for content in client.list("DLP.All")
                   for r in client.blob(content).json]
    assert {r["RecordType"] for r in records} == {11, 13, 63}
    assert {r["Operation"] for r in records} == {"DlpRuleMatch"}
