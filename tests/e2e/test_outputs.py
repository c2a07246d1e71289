"""Findings on their way out, with receivers that fail as receivers do."""

import email
import email.policy
import json
import pathlib
import random
import shutil
import socket
import stat
import subprocess
import time

import pytest

from receivers import (
    SECRET, Driver, Hook, Receiver, Splunk, Syslog, free_port, make_certificate, wait_for)


@pytest.fixture
def drive(tmp_path):
    """drive(outputs) is a Driver that ends with the test."""
    drivers = []

    def go(outputs, **env):
        drivers.append(Driver(tmp_path, outputs, **env))
        return drivers[-1]

    yield go
    for driver in drivers:
        if driver.process and driver.process.poll() is None:
            driver.kill()


@pytest.fixture
def secret(tmp_path):
    """Files that only we may read."""

    def go(text, name="secret"):
        path = tmp_path / name
        path.write_text(text + "\n")
        path.chmod(0o600)
        return {"file": str(path)}

    return go


@pytest.fixture(scope="session")
def cert(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("cert"), "good")


@pytest.fixture(scope="session")
def wrong(tmp_path_factory):
    """Signed by itself, too, but for another name."""
    return make_certificate(tmp_path_factory.mktemp("wrong"), "wrong", "DNS:other.example")


def kill_often(driver, rounds=6, each=40):
    """Findings come, and the process is killed, again and again."""
    for _ in range(rounds):
        driver.start()
        for _ in range(4):
            driver.findings.add(each // 4)
            time.sleep(random.random() * 0.15)
        driver.kill()
    driver.start()


# --- file ---


def read_lines(path):
    lines = path.read_text().splitlines()
    return [json.loads(line) for line in lines], lines


def test_file_has_every_finding_once_after_kills(drive, tmp_path):
    driver = drive({"f": {"kind": "file", "path": str(tmp_path / "out.ndjson")}})
    kill_often(driver)
    driver.await_all("f")
    driver.stop()
    assert read_lines(tmp_path / "out.ndjson")[1] == driver.findings.texts


def test_file_torn_line_goes(drive, tmp_path):
    driver = drive({"f": {"kind": "file", "path": str(tmp_path / "out.ndjson")}})
    driver.findings.add(20)
    # As if the process had ended while it wrote the first batch.
    (tmp_path / "out.ndjson").write_text(
        "\n".join(driver.findings.texts[:7]) + "\n" + driver.findings.texts[7][:50])
    driver.start()
    driver.await_all("f")
    driver.stop()
    assert read_lines(tmp_path / "out.ndjson")[1] == driver.findings.texts


def test_file_may_be_renamed(drive, tmp_path):
    path = tmp_path / "out.ndjson"
    driver = drive({"f": {"kind": "file", "path": str(path)}}).start()
    driver.findings.add(5)
    driver.await_all("f")
    path.rename(tmp_path / "old.ndjson")
    driver.findings.add(5)
    driver.await_all("f")
    driver.stop()
    assert (read_lines(tmp_path / "old.ndjson")[1] + read_lines(path)[1]
            == driver.findings.texts)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_file_that_cannot_be_written_is_waited_for(drive, tmp_path):
    path = tmp_path / "not" / "there.ndjson"
    driver = drive({"f": {"kind": "file", "path": str(path)}})
    driver.findings.add(5)
    driver.start()
    driver.await_error("f", "cannot open")
    path.parent.mkdir()
    driver.await_all("f")
    driver.stop()
    assert read_lines(path)[1] == driver.findings.texts


def test_level_is_kept_to(drive, tmp_path):
    driver = drive({"f": {"level": "high", "kind": "file", "path": str(tmp_path / "out.ndjson")}})
    for severity in (1, 2, 3, 4, 5):
        driver.findings.add(2, severity)
    driver.start()
    driver.await_all("f")
    driver.stop()
    assert [f["severity_id"] for f in read_lines(tmp_path / "out.ndjson")[0]] == [4, 4, 5, 5]


# --- webhook ---


def hook_config(hook, cert, secret, **more):
    return {"w": {"kind": "webhook", "url": hook.url + "/in", "ca": str(cert[0]),
                  "secret": secret(SECRET), "batch": 10, **more}}


def test_webhook_is_signed_and_tried_again(drive, secret, cert):
    hook = Hook(cert)
    hook.plan = [(503, {}, b"down"), (429, {"Retry-After": "1"}, b"slow"),
                 (401, {}, b"who?"), (302, {"Location": "https://evil.example/"}, b"")]
    driver = drive(hook_config(hook, cert, secret))
    driver.findings.add(25)
    driver.start()
    stats = driver.await_all("w")
    driver.stop()
    hook.assert_all_came(driver.findings.uids)
    assert stats["retried"] == 4 and stats["dead"] == 0
    # The same message has the same id, so that who has it can tell.
    assert len(hook.ids) == 7 and len(set(hook.ids)) == 3


def test_webhook_signs_with_two_secrets(drive, secret, cert):
    old = "whsec_" + "QUFB" * 8
    hook = Hook(cert, secrets=[SECRET, old])
    driver = drive(hook_config(hook, cert, secret, **{"secret-old": secret(old, "old")}))
    driver.findings.add(3)
    driver.start()
    driver.await_all("w")
    driver.stop()
    hook.assert_all_came(driver.findings.uids)


def test_webhook_dead_letters(drive, secret, cert):
    hook = Hook(cert)
    driver = drive(hook_config(hook, cert, secret))
    driver.findings.add(40)
    refused = {driver.findings.uids[n] for n in (0, 13, 14, 39)}
    hook.refused = refused
    driver.start()
    stats = driver.await_all("w")
    driver.stop()
    hook.assert_all_came([u for u in driver.findings.uids if u not in refused])
    assert stats["dead"] == 4 and stats["sent"] == 36
    letters = driver.dead("w")
    assert {letter["finding"]["finding_info"]["uid"] for letter in letters} == refused
    assert [letter["index"] for letter in letters] == [0, 26, 28, 78]
    assert all("answers 400: no such thing" in letter["reason"] for letter in letters)


@pytest.mark.parametrize("case", ["wrong name", "unknown"])
def test_webhook_refuses_a_wrong_certificate(drive, secret, cert, wrong, case):
    hook = Hook(wrong if case == "wrong name" else cert)
    driver = drive(hook_config(hook, wrong, secret))
    driver.findings.add(3)
    driver.start()
    driver.await_error("w", "cannot reach")
    driver.stop()
    assert "certificate" in driver.stats["w"]["error"]
    assert not hook.uids


def test_webhook_down_and_back(drive, secret, cert):
    port = free_port()
    driver = drive({"w": {
        "kind": "webhook", "url": f"https://localhost:{port}/in", "ca": str(cert[0]),
        "secret": secret(SECRET), "batch": 10}})
    driver.findings.add(30)
    driver.start()
    driver.await_error("w", "cannot reach")
    hook = Hook(cert, port=port)
    driver.await_all("w")
    driver.stop()
    hook.assert_all_came(driver.findings.uids)


def test_webhook_loses_nothing_to_kills(drive, secret, cert):
    hook = Hook(cert)
    driver = drive(hook_config(hook, cert, secret))
    kill_often(driver)
    driver.await_all("w")
    driver.stop()
    # At a kill one batch may have come of which that was not known.
    hook.assert_all_came(driver.findings.uids, most_twice=6 * 10)


# --- Splunk ---


def splunk_config(splunk, secret, token="secret-token", **more):
    return {"s": {"kind": "hec", "url": splunk.url + "/", "token": secret(token), "batch": 10,
                  "index": "security", **more}}


def test_hec_waits_for_acknowledgement(drive, secret):
    splunk = Splunk()
    splunk.busy, splunk.lose = 2, 1
    driver = drive(splunk_config(splunk, secret, **{"ack-wait": "1s"}))
    driver.findings.add(25)
    driver.start()
    stats = driver.await_all("s")
    driver.stop()
    splunk.assert_all_came(driver.findings.uids)
    assert stats["retried"] == 3
    assert len(splunk.channels) == 1
    event = splunk.events[3]
    assert event["time"] == 1700000000.003 and event["index"] == "security"
    assert event["sourcetype"] == "firn:finding" and event["fields"]["ledger_index"] == 6
    assert event["event"] == json.loads(driver.findings.texts[3])


def test_hec_finds_the_event_that_is_refused(drive, secret):
    splunk = Splunk()
    driver = drive(splunk_config(splunk, secret))
    driver.findings.add(20)
    splunk.refused = {driver.findings.uids[7]}
    driver.start()
    stats = driver.await_all("s")
    driver.stop()
    splunk.assert_all_came(u for n, u in enumerate(driver.findings.uids) if n != 7)
    assert stats["dead"] == 1 and "Invalid data format" in driver.dead("s")[0]["reason"]


def test_hec_with_a_wrong_token_waits(drive, secret):
    splunk = Splunk()
    driver = drive(splunk_config(splunk, secret, token="old"))
    driver.findings.add(2)
    driver.start()
    driver.await_error("s", "Invalid token")
    driver.stop()
    assert driver.stats["s"]["dead"] == 0
    secret("secret-token")
    driver.start()
    driver.await_all("s")
    driver.stop()
    splunk.assert_all_came(driver.findings.uids)


def test_hec_without_acknowledgement(drive, secret):
    splunk = Splunk()
    splunk.acknowledges = False
    driver = drive(splunk_config(splunk, secret))
    driver.findings.add(2)
    driver.start()
    driver.await_error("s", "gives no acknowledgement: switch it on")
    driver.stop()
    assert driver.stats["s"]["sent"] == 0
    splunk.uids.clear()
    driver.config.write_text(json.dumps(splunk_config(splunk, secret, ack=False)))
    driver.start()
    driver.await_all("s")
    driver.stop()
    splunk.assert_all_came(driver.findings.uids)


def test_hec_loses_nothing_to_kills(drive, secret):
    splunk = Splunk()
    driver = drive(splunk_config(splunk, secret))
    kill_often(driver)
    driver.await_all("s")
    driver.stop()
    splunk.assert_all_came(driver.findings.uids, most_twice=6 * 10)


# --- syslog ---


def syslog_config(receiver, over="tcp", **more):
    return {"l": {"kind": "syslog", "host": "localhost", "port": str(receiver.port),
                  "over": over, "hostname": "here", **more}}


def test_syslog_over_tls(drive, cert):
    receiver = Syslog(cert)
    driver = drive(syslog_config(receiver, "tls", ca=str(cert[0])))
    driver.findings.add(30)
    driver.start()
    driver.await_all("l")
    driver.stop()
    wait_for("not all came", lambda: len(receiver.uids) == 30)
    receiver.assert_all_came(driver.findings.uids)
    head, text = receiver.messages[3].split("] ", 1)
    assert head == ("<131>1 2023-11-14T22:13:20.003000Z here firn - 2004 [firn@32473 "
                    f'uid="{3:032x}" index="6" rule="rule-1" level="high"')
    assert json.loads(text) == json.loads(driver.findings.texts[3])
    assert receiver.connections == 1


def test_syslog_refuses_a_wrong_certificate(drive, cert, wrong):
    receiver = Syslog(wrong)
    driver = drive(syslog_config(receiver, "tls", ca=str(wrong[0])))
    driver.findings.add(3)
    driver.start()
    driver.await_error("l", "hostname mismatch")
    driver.stop()
    assert not receiver.uids
    other = Syslog(cert)
    driver.config.write_text(json.dumps(syslog_config(other, "tls", ca=str(wrong[0]))))
    driver.start()
    driver.await_error("l", "self-signed certificate")
    driver.stop()
    assert not other.uids


def test_syslog_shows_its_own_certificate(drive, cert, wrong):
    receiver = Syslog(cert, client_ca=wrong[0])
    own = {"cert": str(wrong[0]), "key": str(wrong[1])}
    driver = drive(syslog_config(receiver, "tls", ca=str(cert[0]), **own))
    driver.findings.add(5)
    driver.start()
    driver.await_all("l")
    driver.stop()
    wait_for("not all came", lambda: len(receiver.uids) == 5)
    # One that is not taken: nothing counts as sent.
    refuser = Syslog(cert, client_ca=cert[0])
    driver.config.write_text(json.dumps(
        syslog_config(refuser, "tls", ca=str(cert[0]), **own)))
    driver.findings.add(5)
    driver.start()
    wait_for("no error", lambda: driver.stats["l"]["retried"] > 2)
    driver.stop()
    assert driver.stats["l"]["sent"] == 5 and not refuser.uids


def test_syslog_connection_that_breaks(drive):
    receiver = Syslog(cut=6000)
    driver = drive(syslog_config(receiver))
    driver.start()
    for _ in range(60):
        driver.findings.add(1)
        time.sleep(0.03)
    driver.await_all("l")
    driver.stop()
    # What its kernel took when it broke is lost: TCP has no more to tell.
    lost = set(driver.findings.uids) - set(receiver.uids)
    assert receiver.connections > 3
    assert len(lost) <= receiver.connections


def test_syslog_down_and_back(drive):
    port = free_port()
    driver = drive({"l": {
        "kind": "syslog", "host": "127.0.0.1", "port": str(port), "over": "tcp"}})
    driver.findings.add(30)
    driver.start()
    driver.await_error("l", "Connection refused")
    receiver = Syslog(port=port)
    driver.await_all("l")
    driver.stop()
    wait_for("not all came", lambda: len(receiver.uids) == 30)
    receiver.assert_all_came(driver.findings.uids)


def test_syslog_loses_nothing_to_kills(drive):
    receiver = Syslog()
    driver = drive(syslog_config(receiver))
    kill_often(driver)
    driver.await_all("l")
    driver.stop()
    wait_for("not all came", lambda: len(set(receiver.uids)) == driver.findings.count)
    receiver.assert_all_came(driver.findings.uids, most_twice=240)


def test_syslog_over_udp(drive):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    server.settimeout(60)
    driver = drive({"l": {
        "kind": "syslog", "host": "127.0.0.1", "port": str(server.getsockname()[1]),
        "over": "udp", "max": "1M"}})
    driver.findings.add(3)
    driver.findings.add(1, padding="x" * 70000)
    driver.findings.add(2)
    driver.start()
    driver.await_all("l")
    driver.stop()
    came = [server.recv(65536).decode() for _ in range(5)]
    assert [json.loads(m[m.index("] {") + 2:])["message"] for m in came] == [
        f"Finding {n}" for n in (0, 1, 2, 4, 5)]
    assert [d["index"] for d in driver.dead("l")] == [6]
    assert "too long for a datagram" in driver.dead("l")[0]["reason"]
    server.close()


def test_syslog_too_long_for_the_receiver(drive):
    receiver = Syslog()
    driver = drive(syslog_config(receiver, max="2k"))
    driver.findings.add(2)
    driver.findings.add(1, padding="x" * 2000)
    driver.findings.add(2)
    driver.start()
    assert driver.await_all("l")["dead"] == 1
    driver.stop()
    wait_for("not all came", lambda: len(receiver.uids) == 4)


RSYSLOG = """
global(workDirectory="{dir}" maxMessageSize="64k"
    defaultNetstreamDriverCAFile="{cert}" defaultNetstreamDriverCertFile="{cert}"
    defaultNetstreamDriverKeyFile="{key}")
module(load="imtcp" streamDriver.name="{driver}" streamDriver.mode="{mode}"
    streamDriver.authMode="anon")
input(type="imtcp" port="{port}" address="127.0.0.1")
template(name="t" type="string"
    string="%syslogseverity% %syslogfacility% %timereported:::date-rfc3339% %hostname% %app-name% \
%msgid% %structured-data% %msg%\\n")
*.* action(type="omfile" file="{dir}/out" template="t")
"""


@pytest.mark.parametrize("over", ["tcp", "tls"])
def test_syslog_to_rsyslog(drive, cert, tmp_path, over):
    program = shutil.which("rsyslogd") or shutil.which("/usr/sbin/rsyslogd")
    if not program:
        pytest.skip("rsyslogd is not installed")
    if over == "tls" and not list(pathlib.Path("/usr/lib").glob("*/rsyslog/lmnsd_ossl.so")):
        pytest.skip("rsyslog-openssl is not installed")
    port = free_port()
    config = tmp_path / "rsyslog.conf"
    config.write_text(RSYSLOG.format(
        dir=tmp_path, cert=cert[0], key=cert[1], port=port,
        driver="ossl" if over == "tls" else "ptcp", mode=int(over == "tls")))
    receiver = Receiver()
    receiver.port = port
    daemon = subprocess.Popen(
        [program, "-n", "-f", config, "-i", tmp_path / "pid"], stderr=subprocess.PIPE)
    try:
        more = {"ca": str(cert[0])} if over == "tls" else {}
        driver = drive(syslog_config(receiver, over, **more))
        driver.findings.add(50)
        driver.start()
        driver.await_all("l")
        driver.stop()
        out = tmp_path / "out"
        wait_for("not all came", lambda: out.exists() and len(
            out.read_text().splitlines()) >= 50)
    finally:
        daemon.terminate()
        daemon.wait()
    for n, line in enumerate(out.read_text().splitlines()):
        head, text = line.split("] ", 1)
        assert head == (
            f"3 16 2023-11-14T22:13:20.{n:03}000Z here firn 2004 [firn@32473 "
            f'uid="{n:032x}" index="{2 * n}" rule="rule-1" level="high"')
        assert json.loads(text) == json.loads(driver.findings.texts[n])


# --- mail ---


SENDMAIL = """#!/bin/sh
# Takes messages into a folder; the first time it has no time.
cd "$(dirname "$0")"
[ "$*" = "-oi -t" ] || exit 64
if [ ! -e tried ]; then
	: >tried
	echo "no $(printf '\\033')room" >&2
	exit 75
fi
cat >"$$.part"
mv "$$.part" "$(date +%s.%N).eml"
"""


@pytest.fixture
def sendmail(tmp_path):
    path = tmp_path / "mails" / "sendmail"
    path.parent.mkdir()
    path.write_text(SENDMAIL)
    path.chmod(0o755)
    return path


def mail_config(sendmail, **more):
    return {"m": {"kind": "mail", "to": ["soc@b.example", "boss@b.example"],
                  "from": "firn@b.example", "command": [str(sendmail), "-oi", "-t"],
                  "every": "0s", **more}}


def read_mails(sendmail):
    return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in sorted(sendmail.parent.glob("*.eml"))]


def test_mail(drive, sendmail):
    driver = drive(mail_config(sendmail, batch=10))
    driver.findings.add(24)
    driver.findings.add(1, 5, message="x")
    driver.start()
    stats = driver.await_all("m")
    driver.stop()
    assert stats["retried"] == 1 and "ends with status 75: no \\x1broom" in stats["error"]
    mails = read_mails(sendmail)
    assert [m["Subject"] for m in mails] == [
        "[firn] 10 findings, high: Finding 0", "[firn] 10 findings, high: Finding 10",
        "[firn] 5 findings, critical: Finding 24"]
    assert mails[0]["To"] == "soc@b.example, boss@b.example"
    assert mails[0]["From"] == "firn@b.example" and mails[0]["Date"].datetime
    text = "".join(m.get_content() for m in mails)
    assert all(uid in text for uid in driver.findings.uids)


def test_mail_that_is_refused_is_dead(drive, sendmail):
    sendmail.write_text("#!/bin/sh\ncat >/dev/null\necho nobody >&2\nexit 67\n")
    driver = drive(mail_config(sendmail))
    driver.findings.add(5)
    driver.start()
    assert driver.await_all("m")["dead"] == 5
    driver.stop()
    assert all("status 67: nobody" in letter["reason"] for letter in driver.dead("m"))


def test_mail_loses_nothing_to_kills(drive, sendmail):
    (sendmail.parent / "tried").touch()
    driver = drive(mail_config(sendmail, batch=10))
    kill_often(driver, rounds=4)
    driver.await_all("m")
    driver.stop()
    texts = [m.get_content() for m in read_mails(sendmail)]
    # A message that was begun is whole, though who asked for it is gone.
    assert all(text.endswith("'firn search' finds them.\n") for text in texts)
    assert all(any(uid in text for text in texts) for uid in driver.findings.uids)


def test_mail_is_a_digest(drive, sendmail):
    (sendmail.parent / "tried").touch()
    driver = drive(mail_config(sendmail, every="3s")).start()
    driver.findings.add(1)
    driver.await_all("m")
    for _ in range(5):
        driver.findings.add(1)
        time.sleep(0.1)
    driver.await_all("m")
    driver.stop()
    assert len(read_mails(sendmail)) <= 3


# --- all together ---


def test_one_that_is_stuck_holds_up_no_other(drive, secret, tmp_path):
    splunk = Splunk()
    driver = drive({
        "f": {"kind": "file", "path": str(tmp_path / "out.ndjson")},
        "w": {"kind": "webhook", "url": f"http://localhost:{free_port()}/",
              "secret": secret(SECRET)},
        "s": splunk_config(splunk, lambda text: secret(text, "token"))["s"]})
    driver.findings.add(20)
    driver.start()
    driver.await_all("f")
    driver.await_all("s")
    driver.await_error("w", "cannot reach")
    start = time.monotonic()
    driver.stop()
    assert time.monotonic() - start < 60
    assert driver.stats["w"]["next"] == 0
