"""firn-sim serve: what it serves is what the suite's documents say, and what
its truth says."""

import base64
import datetime
import email.utils
import http.client
import json
import ssl
import subprocess
import time
import urllib.error

import pytest

from conftest import FIRN_SIM
from sim_client import TYPES, Client, Sim, b64

LITTLE = ("--people", 50, "--history", "2m", "--rate", 20)


@pytest.fixture(scope="module")
def sim(tmp_path_factory):
    with Sim(tmp_path_factory.mktemp("sim") / "d", "--tenants", 2, *LITTLE,
             "--quota", 0) as running:
        yield running


@pytest.fixture
def healed(sim):
    yield sim
    sim.heal()


# --- tokens ---


def test_tokens_of_both_versions(sim):
    v1, v2 = sim.ask_token(), sim.ask_token(
        v2=True, resource=None, scope="https://manage.office.com/.default")
    assert v1.status == v2.status == 200
    assert v1.json["expires_in"] == "3599"
    assert v2.json["expires_in"] == 3599
    assert v1.json["resource"] == "https://manage.office.com"
    for answer in (v1, v2):
        payload = answer.json["access_token"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(
            payload + "=" * (-len(payload) % 4)))
        assert claims["aud"] == "https://manage.office.com"
        assert claims["tid"] == sim.tenants[0]["tenant"]
        assert claims["appid"] == sim.tenants[0]["client"]
        assert "ActivityFeed.Read" in claims["roles"]
        assert claims["exp"] - claims["iat"] == 3599


@pytest.mark.parametrize("changes, status, code", [
    ({"client_secret": "wrong"}, 401, 7000215),
    ({"client_secret": None}, 401, 7000218),
    ({"client_id": "11111111-2222-4333-8444-555555555555"}, 400, 700016),
    ({"client_id": None}, 400, 900144),
    ({"grant_type": None}, 400, 900144),
    ({"grant_type": "password"}, 400, 70003),
    ({"resource": "https://nothing.example"}, 400, 500011),
    ({"resource": None}, 400, 900144),
    ({"v2": True, "scope": "https://manage.office.com/Read"}, 400, 1002012),
])
def test_refuses_wrong_requests_for_tokens(sim, changes, status, code):
    answer = sim.ask_token(**changes)
    assert answer.status == status
    assert answer.json["error_codes"] == [code]
    assert answer.json["error_description"].startswith(f"AADSTS{code}: ")


def assert_assertion(sim, code, **changes):
    answer = sim.ask_token(
        client_secret=None,
        client_assertion_type="urn:ietf:params:oauth:client-assertion-type:"
                              "jwt-bearer",
        client_assertion=sim.assertion(**changes))
    if code:
        assert answer.json["error_codes"] == [code], changes
        assert answer.status == 401
    else:
        assert answer.status == 200, answer.body


def test_checks_assertions(sim, tmp_path):
    other = tmp_path / "key"
    subprocess.run(["openssl", "genrsa", "-out", other, "2048"], check=True,
                   capture_output=True)
    now = int(time.time())
    assert_assertion(sim, None)
    assert_assertion(sim, 700027, key=other)
    assert_assertion(sim, 700027, header={"x5t": b64(b"x" * 20)})
    assert_assertion(sim, 5002738, header={"alg": "none"})
    assert_assertion(sim, 700023, aud="https://elsewhere.example/oauth2/token")
    assert_assertion(sim, 700021, iss="someone")
    assert_assertion(sim, 700021, sub="someone")
    assert_assertion(sim, 700024, exp=now - 1000)
    assert_assertion(sim, 700024, nbf=now + 1000, exp=now + 2000)
    assert_assertion(sim, None, jti="once")
    assert_assertion(sim, 700027, jti="once")


def test_takes_what_a_trusted_provider_says(sim):
    def ask(text):
        return sim.ask_token(
            client_secret=None, client_assertion=text,
            client_assertion_type="urn:ietf:params:oauth:"
                                  "client-assertion-type:jwt-bearer")

    text = open(sim.tenants[0]["federated"]).read()
    assert ask(text).status == ask(text).status == 200
    assert ask(text[:-9] + "AAAAAAAAA").json["error_codes"] == [700027]
    assert_assertion(sim, 700027, iss="https://provider.example/")


def test_knows_its_tenants_only(sim):
    path = "/11111111-2222-4333-8444-555555555555/oauth2/token"
    assert sim.ask(path, b"grant_type=client_credentials").json[
        "error_codes"] == [90002]


def test_apis_want_a_good_token(sim):
    client, other = Client(sim), Client(sim, 1)
    denied = {"Message": "Authorization has been denied for this request."}
    good = client.headers["Authorization"]
    head, payload, signature = good.split(".")
    broken = f"{head}.{payload}.{signature[:-9]}AAAAAAAAA"
    for authorization in (None, "Bearer x", "Basic abc", broken):
        headers = {"Authorization": authorization} if authorization else {}
        answer = sim.ask(client.feed + "subscriptions/list", headers=headers)
        assert (answer.status, answer.json) == (401, denied)
    for feed, code in ((other.feed, "AF20010"),
                       ("/api/v1.0/x/activity/feed/", "AF20013"),
                       ("/api/v1.0/11111111-2222-4333-8444-555555555555"
                        "/activity/feed/", "AF20011")):
        answer = sim.ask(feed + "subscriptions/list", headers=client.headers)
        assert (answer.status, answer.code) == (400, code)


def test_tokens_expire(tmp_path):
    with Sim(tmp_path / "d", *LITTLE, "--token-life", "2s") as sim:
        client = Client(sim)
        assert client.get("subscriptions/list").status == 200
        time.sleep(2.5)
        assert client.get("subscriptions/list").status == 401


def test_tls_is_for_those_who_trust_its_ca(tmp_path):
    with Sim(tmp_path / "d", *LITTLE, "--tls") as sim:
        assert sim.url.startswith("https://")
        assert Client(sim).get("subscriptions/list").json == []
        sim.context = ssl.create_default_context()
        with pytest.raises(urllib.error.URLError):
            sim.ask("/sim/truth")


# --- subscriptions and lists ---


def test_subscriptions(tmp_path):
    with Sim(tmp_path / "d", *LITTLE) as sim:
        client = Client(sim)
        type = "Audit.Exchange"
        listing = {"contentType": type}
        assert client.get("subscriptions/content", **listing).code == "AF20022"
        assert client.post("subscriptions/stop", **listing).code == "AF20022"
        assert client.start(type).json == {
            "contentType": type, "status": "enabled", "webhook": None}
        again = client.start(type)
        assert (again.status, again.code) == (400, "AF20024")
        assert client.get("subscriptions/list").json == [
            {"contentType": type, "status": "enabled", "webhook": None}]
        # what happened before the first start is there
        assert client.list(type)
        assert client.start("Audit.Nothing").code == "AF20020"
        assert client.post("subscriptions/start").code == "AF20001"
        assert client.post(
            "subscriptions/start", contentType="Audit.General",
            body=b'{"webhook":{"address":"https://x.example"}}'
        ).code == "AF20021"
        # what becomes available while it is stopped is lost
        assert client.post("subscriptions/stop", **listing).status == 200
        before = sim.counts()["types"][type]["blobs"]
        while sim.counts()["types"][type]["blobs"] < before + 3:
            time.sleep(0.2)
        client.start(type)
        time.sleep(1)
        listed = {c["contentId"] for c in client.list(type)}
        lost = [line for line in sim.stop() if line.get("fate") == "lost"]
        assert lost
        assert not listed & {line["blob"] for line in lost}


def stamp(time, form="%Y-%m-%dT%H:%M:%S"):
    return time.strftime(form)


def test_rules_of_times(sim):
    client = Client(sim)
    client.start("Audit.General")
    now = datetime.datetime.now(datetime.timezone.utc)
    hour, day = datetime.timedelta(hours=1), datetime.timedelta(days=1)

    def code(**query):
        answer = client.get("subscriptions/content",
                            contentType="Audit.General", **query)
        return answer.code if answer.status != 200 else None

    assert code() is None
    assert code(startTime=stamp(now - hour), endTime=stamp(now)) is None
    assert code(startTime=stamp(now - hour, "%Y-%m-%dT%H:%M"),
                endTime=stamp(now + hour)) is None
    assert code(startTime=stamp(now, "%Y-%m-%d"), endTime=stamp(now + hour)
                ) in (None, "AF20055")
    assert code(startTime=stamp(now - hour)) == "AF20030"
    assert code(endTime=stamp(now)) == "AF20030"
    assert code(startTime=stamp(now), endTime=stamp(now - hour)) == "AF20030"
    assert code(startTime=stamp(now - day - hour), endTime=stamp(now)
                ) == "AF20055"
    assert code(startTime=stamp(now - 8 * day),
                endTime=stamp(now - 7.5 * day)) == "AF20055"
    assert code(startTime=stamp(now - hour) + "Z", endTime=stamp(now)
                ) == "AF20002"
    assert code(startTime="yesterday", endTime=stamp(now)) == "AF20002"
    assert code(PublisherIdentifier="me") == "AF20002"
    assert code(nextPage="12") == "AF20031"


def test_pages(tmp_path):
    with Sim(tmp_path / "d", *LITTLE, "--page", 3, "--blob", 5) as sim:
        client = Client(sim)
        client.start("Audit.SharePoint")
        publisher = "11111111-2222-4333-8444-555555555555"
        sim.settle()
        first = client.get(
            "subscriptions/content", contentType="Audit.SharePoint",
            PublisherIdentifier=publisher)
        assert len(first.json) == 3
        assert f"\r\nNextPageUri: {sim.url}/api/v1/" in (
            "\r\n" + str(first.headers).replace("\n", "\r\n"))
        assert publisher in first.headers["NextPageUri"]
        contents = client.list("Audit.SharePoint")
        assert [c["contentId"] for c in contents[:3]] == [
            c["contentId"] for c in first.json]
        created = [c["contentCreated"] for c in contents]
        assert created == sorted(created)
        assert len({c["contentId"] for c in contents}) == len(contents)
        counts = sim.counts()["types"]["Audit.SharePoint"]
        assert len(contents) == counts["blobs"]
        middle = created[len(created) // 2][:19]
        from_middle = client.list(
            "Audit.SharePoint", startTime=created[0][:19], endTime=middle)
        assert [c["contentId"] for c in from_middle] == [
            c["contentId"] for c in contents
            if c["contentCreated"][:19] < middle]


def test_blobs_that_are_not_there(sim):
    client = Client(sim)
    client.start("Audit.Exchange")
    content = client.list("Audit.Exchange")[0]["contentId"]
    assert client.get("audit/nothing").code == "AF20052"
    wrong = content[:14] + "999999999" + content[23:]
    assert client.get("audit/" + wrong).code == "AF20050"
    assert client.get("audit/" + content.replace("$", "%24")).status == 200
    # another tenant's
    other = Client(sim, 1)
    assert other.get("audit/" + content).code == "AF20050"


def test_quota(tmp_path):
    with Sim(tmp_path / "d", *LITTLE, "--quota", 10) as sim:
        client = Client(sim)
        codes = [client.get("subscriptions/list") for _ in range(25)]
        throttled = [c for c in codes if c.status != 200]
        assert len(throttled) >= 5
        for answer in throttled:
            assert (answer.status, answer.code) == (403, "AF429")
            assert answer.json["error"]["message"] == (
                "Too many requests. Method=Subscriptions, PublisherId="
                "00000000-0000-0000-0000-000000000000")


def test_content_expires(tmp_path):
    with Sim(tmp_path / "d", *LITTLE, "--history", 0, "--keep", "3s") as sim:
        client = Client(sim)
        client.start("Audit.SharePoint")
        contents = []
        while not contents:
            contents = client.list("Audit.SharePoint")
        assert client.blob(contents[0]).status == 200
        time.sleep(4)
        assert client.blob(contents[0]).code == "AF20051"
        assert contents[0] not in client.list("Audit.SharePoint")
        fates = {line["blob"]: line for line in sim.stop() if "blob" in line}
        assert fates[contents[0]["contentId"]]["fate"] == "expired"
        assert fates[contents[0]["contentId"]]["served"] == 1


# --- the truth ---


def assert_truth(lines, blobs, tenant=0):
    """The events and blobs of the truth are exactly what was served."""
    told = {}
    for line in lines:
        if "event" not in line or line["tenant"] != tenant:
            continue
        for copy in line["available"]:
            told.setdefault(copy["content"], []).append(line["event"])
    served = {id: [r["Id"] for r in records] for id, records in blobs.items()}
    assert {k: sorted(v) for k, v in told.items()} == {
        k: sorted(v) for k, v in served.items()}
    for line in lines:
        if "blob" in line and line["tenant"] == tenant:
            assert line["records"] == len(blobs[line["blob"]])


def test_truth_is_what_is_served(tmp_path):
    with Sim(tmp_path / "d", "--people", 100, "--history", "10m", "--rate", 60,
             "--quota", 0, "--attack", "all", "--attack-in", "4s") as sim:
        clients = [Client(sim), Client(sim, 1)]
        for client in clients:
            client.start_all()
        time.sleep(5)
        sim.settle()
        blobs = [client.collect() for client in clients]
        counts = sim.counts()
        lines = sim.stop()
        for tenant in (0, 1):
            assert_truth(lines, blobs[tenant], tenant)
    events = [line for line in lines if "event" in line]
    assert not any("pending" in line for line in events)
    assert counts["all"]["happened"] == len(events)
    assert counts["all"]["available"] == len(events)
    assert counts["all"]["served_records"] == counts["all"]["copies"]
    repeated = [e for e in events if len(e["available"]) > 1]
    assert 0.002 < len(repeated) / len(events) < 0.03
    # types are the suite's
    for contents in blobs:
        for id, records in contents.items():
            for record in records:
                if record["RecordType"] in (8, 15):
                    assert "Audit_AzureActiveDirectory" in id
                if record["Workload"] == "MicrosoftTeams":
                    assert "Audit_General" in id
    # what the intruders did
    attacks = {e["attack"] for e in events if "attack" in e}
    assert len(attacks) == 8
    read = [e for e in events if e.get("read")]
    assert read and all(e["mailbox"] for e in read)
    ways = {e["way_back"] for e in events if "way_back" in e}
    assert {"secret", "inbox-rule", "user", "consent"} <= ways
    assert any(e["tenant"] == 1 for e in events if "attack" in e)


def test_delays(tmp_path):
    with Sim(tmp_path / "d", *LITTLE, "--delay", "0.001", "--rate", 300
             ) as sim:
        time.sleep(3)
        events = [line for line in sim.stop() if line.get("available")]

    def lag(event):
        at, time = (datetime.datetime.fromisoformat(t[:-1]) for t in
                    (event["available"][0]["at"], event["time"]))
        return (at - time).total_seconds()

    lags = sorted(lag(e) for e in events if e["type"] == "Audit.Exchange")
    # 60 to 90 minutes, a thousand times faster, and up to five seconds
    # because history passes in steps
    assert 3 < lags[len(lags) // 2] < 11


def test_two_runs_of_a_seed_have_the_same_tenants(tmp_path):
    tenants = []
    for n in range(3):
        with Sim(tmp_path / str(n), *LITTLE, "--tenants", 3, "--seed",
                 n // 2) as sim:
            tenants.append([(t["tenant"], t["client"]) for t in sim.tenants])
    assert tenants[0] == tenants[1] != tenants[2]
    assert len({t for t, _ in tenants[0]}) == 3


# --- faults ---


def test_lists_and_heals_faults(healed):
    sim = healed
    sim.faults("[{fault: slow, type: DLP.All, for: 500}, {fault: late}]")
    listed = sim.ask("/sim/faults").json
    assert [f["fault"] for f in listed[-2:]] == ["slow", "late"]
    assert listed[-2]["type"] == "DLP.All" and "to" not in listed[-1]
    sim.heal()
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    assert all(f["to"] <= now for f in sim.ask("/sim/faults").json)


@pytest.mark.parametrize("text", [
    "{fault: slow}", "[{}]", "[{fault: nothing}]", "[{fault: slow, x: 1}]",
    "[{fault: slow, share: 2}]", "[{fault: slow, type: Audit.X}]",
    "[{fault: slow, on: mail}]", "[{fault: slow, for: soon}]", "[slow]", "[",
    "[{fault: skew, seconds: -9999999}]", "[{fault: late, lose: true}]",
])
def test_refuses_wrong_faults(sim, text):
    answer = sim.post("/sim/faults", text)
    assert (answer.status, answer.code) == (400, "BadFaults")
    assert answer.json["error"]["message"][0].isdigit()


@pytest.fixture
def general(healed):
    """A client of one content type, with a blob that is there."""
    client = Client(healed)
    client.start("Audit.General")
    contents = client.list("Audit.General")
    return healed, client, contents[0]


LISTING = {"contentType": "Audit.General"}


def test_throttles_and_denies(general):
    sim, client, content = general
    sim.faults("[{fault: throttle, on: blob}, {fault: unauthorised, on: list}]")
    answer = client.blob(content)
    assert (answer.status, answer.code) == (403, "AF429")
    assert "Method=GetBlob" in answer.json["error"]["message"]
    assert client.get("subscriptions/content", **LISTING).status == 401
    sim.heal()
    assert client.blob(content).status == 200


def test_takes_the_permission_away(general):
    sim, client, content = general
    sim.faults("[{fault: no-permission}]")
    answer = client.blob(content)
    assert (answer.status, answer.code) == (403, "AF10001")


def test_fails_and_answers_something_else(general):
    sim, client, content = general
    sim.faults("[{fault: server-error, on: list}, "
               "{fault: server-error, status: 500, on: token},"
               "{fault: not-json-200, on: blob}]")
    answer = client.get("subscriptions/content", **LISTING)
    assert (answer.status, answer.code) == (503, "AF50000")
    assert sim.ask_token().status == 500
    answer = client.blob(content)
    assert answer.status == 200 and answer.body.startswith(b"<!DOCTYPE html>")


def test_cuts(general):
    sim, client, content = general
    sim.faults("[{fault: cut, on: blob, after: 50}]")
    with pytest.raises(http.client.IncompleteRead) as cut:
        client.blob(content)
    assert len(cut.value.partial) == 50
    sim.heal()
    sim.faults("[{fault: cut, on: blob, head: true, after: 5}]")
    with pytest.raises((http.client.HTTPException, OSError)):
        client.blob(content)


def test_is_slow(general):
    sim, client, content = general
    size = len(client.blob(content).body)
    sim.faults(f"[{{fault: slow, on: blob, rate: {size // 2}}}]")
    begin = time.monotonic()
    assert len(client.blob(content).body) == size
    assert time.monotonic() - begin > 1


def test_truncates(general):
    sim, client, content = general
    whole = client.blob(content).body
    sim.faults("[{fault: truncate, percent: 50, on: blob}]")
    answer = client.blob(content)
    assert answer.status == 200
    assert whole.startswith(answer.body) and len(answer.body) < len(whole)


def test_skews(general):
    sim, client, content = general
    sim.faults("[{fault: skew, seconds: -600}]")
    time.sleep(1.5)
    answer = client.get("subscriptions/content", **LISTING)
    now = datetime.datetime.now(datetime.timezone.utc)
    date = email.utils.parsedate_to_datetime(answer.headers["Date"])
    assert 590 < (now - date).total_seconds() < 700
    newest = max(client.list("Audit.General"), key=lambda c: c["contentId"])
    created = datetime.datetime.fromisoformat(
        newest["contentCreated"].replace("Z", "+00:00"))
    sim.heal()
    assert (now - created).total_seconds() > 60


def test_has_stale_pages(tmp_path):
    with Sim(tmp_path / "d", *LITTLE, "--page", 2) as sim:
        client = Client(sim)
        client.start("Audit.General")
        first = client.get("subscriptions/content", **LISTING)
        sim.faults("[{fault: stale-page, times: 1}]")
        answer = client.get(first.headers["NextPageUri"])
        assert (answer.status, answer.code) == (400, "AF20031")
        assert client.get(first.headers["NextPageUri"]).status == 200


def test_tokens_expire_early(general):
    sim = general[0]
    sim.faults("[{fault: token-expiry, seconds: 1}]")
    client = Client(sim)
    time.sleep(1.5)
    assert client.get("subscriptions/list").status == 401


def test_disables(general):
    sim, client, _ = general
    sim.faults("[{fault: disabled, type: Audit.General}]")
    while True:
        answer = client.get("subscriptions/content", **LISTING)
        if answer.status != 200:
            break
        time.sleep(0.1)
    assert (answer.status, answer.code) == (400, "AF20023")
    assert {"contentType": "Audit.General", "status": "disabled",
            "webhook": None} in client.get("subscriptions/list").json
    assert client.start("Audit.General").status == 200
    time.sleep(0.5)
    assert client.get("subscriptions/content", **LISTING).status == 200


def with_fault(tmp_path, fault, *options, wait=3):
    """A run with a fault from the start: answers by blob, and the truth."""
    file = tmp_path / "faults.yml"
    file.write_text(f"- {fault}\n")
    with Sim(tmp_path / "d", "--people", 50, "--history", 0, "--rate", 50,
             "--faults", file, *options) as sim:
        client = Client(sim)
        client.start_all()
        time.sleep(wait)
        sim.settle()
        answers = {c["contentId"]: client.blob(c)
                   for type in TYPES for c in client.list(type)}
        again = {id: client.get("audit/" + id) for id in answers}
        return answers, again, sim.stop()


def test_blobs_are_malformed_for_good(tmp_path):
    answers, again, lines = with_fault(
        tmp_path, "{fault: malformed, share: 0.5}")
    bad = {id for id, a in answers.items() if not is_json(a.body)}
    assert bad and len(bad) < len(answers)
    assert bad == {id for id, a in again.items() if not is_json(a.body)}
    assert bad == {line["blob"] for line in lines
                   if line.get("fate") == "malformed"}


def is_json(text):
    try:
        json.loads(text)
        return True
    except ValueError:
        return False


def test_blobs_are_malformed_once(tmp_path):
    answers, again, lines = with_fault(
        tmp_path, "{fault: malformed, fetches: 1}")
    assert not any(is_json(a.body) for a in answers.values())
    assert all(is_json(a.body) for a in again.values())
    assert_truth(lines, {id: a.json for id, a in again.items()})


@pytest.mark.parametrize("fault, code, fate", [
    ("expired", "AF20051", "expired-early"), ("missing", "AF20050", "missing")])
def test_blobs_are_announced_and_not_there(tmp_path, fault, code, fate):
    answers, _, lines = with_fault(tmp_path, f"{{fault: {fault}, share: 0.4}}")
    gone = {id for id, a in answers.items() if a.status != 200}
    assert gone and len(gone) < len(answers)
    assert {answers[id].code for id in gone} == {code}
    assert gone == {line["blob"] for line in lines if line.get("fate") == fate}


def test_blobs_are_backdated(tmp_path):
    file = tmp_path / "faults.yml"
    file.write_text("[{fault: backdated, seconds: 100, share: 0.5}]")
    with Sim(tmp_path / "d", *LITTLE, "--faults", file, "--page", 3) as sim:
        client = Client(sim)
        client.start_all()
        time.sleep(3)
        sim.settle()
        created = [c["contentCreated"] for c in client.list("Audit.Exchange")]
        assert created != sorted(created)
        blobs = client.collect()
        assert_truth(sim.stop(), blobs)


def test_one_blob_is_huge(tmp_path):
    answers, _, lines = with_fault(
        tmp_path, "{fault: huge, type: Audit.Exchange}")
    sizes = sorted(len(a.body) for a in answers.values())
    assert sizes[-1] == 60 << 20 and sizes[-2] < 1 << 20
    assert_truth(lines, {id: a.json for id, a in answers.items()})


def test_records_come_thirteen_times(tmp_path):
    answers, _, lines = with_fault(tmp_path, "{fault: duplicate-heavy}")
    times = {}
    for answer in answers.values():
        for record in answer.json:
            times[record["Id"]] = times.get(record["Id"], 0) + 1
    assert set(times.values()) == {13}
    assert_truth(lines, {id: a.json for id, a in answers.items()})


def test_records_are_late_or_never_come(tmp_path):
    file = tmp_path / "faults.yml"
    file.write_text("- {fault: late, seconds: 3600, type: Audit.General}\n"
                    "- {fault: unpublished, share: 0.5, type: Audit.Exchange}\n"
                    "- {fault: unpublished, path: kafka}\n")
    with Sim(tmp_path / "d", *LITTLE, "--rate", 100, "--history", 0,
             "--faults", file) as sim:
        Client(sim).start_all()
        time.sleep(3)
        lines = [line for line in sim.stop() if "event" in line]
    general = [e for e in lines if e["type"] == "Audit.General"]
    assert any(e.get("pending") for e in general)
    exchange = [e for e in lines if e["type"] == "Audit.Exchange"]
    never = [e for e in exchange if e.get("unpublished") == ["activity"]]
    assert 0.1 < len(never) / len(exchange) < 0.9
    assert all(e["available"] == [] for e in never)
    assert not any(e.get("unpublished") for e in lines
                   if e["type"] != "Audit.Exchange")


def test_truth_tells_of_faults(tmp_path):
    _, _, lines = with_fault(
        tmp_path, "{fault: slow, rate: 100000, for: 100}", wait=1)
    [fault] = [line for line in lines if "fault" in line]
    assert fault["fault"] == "slow" and fault["struck"] > 0
    assert fault["from"] < fault["to"]


# --- use ---


@pytest.mark.parametrize("options, says", [
    ((), "which folder"), (("a", "b"), "one folder"),
    (("a", "--people", "0"), "--people"), (("a", "--delay", "x"), "--delay"),
    (("a", "--history", "2y"), "--history"), (("a", "--rate", "-1"), "--rate"),
    (("a", "--attack", "x"), "no attack 'x'"), (("a", "--page", "0"), "--page"),
    (("a", "--nothing"), "no option"), (("a", "--listen"), "wants a value"),
    (("a", "--listen", "x"), "HOST:PORT"), (("a", "--faults", "no"), "'no'"),
    (("/dev/null/a",), "/dev/null/a"),
])
def test_says_what_is_wrong(tmp_path, options, says):
    done = subprocess.run([FIRN_SIM, "serve", *options], capture_output=True,
                          text=True, timeout=60, cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr


def test_help():
    done = subprocess.run([FIRN_SIM, "serve", "--help"], capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 0
    assert "--faults" in done.stdout and "midnight-blizzard" in done.stdout
