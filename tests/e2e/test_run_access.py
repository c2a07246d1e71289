"""How firn run proves who it is, over TLS, and what it says where that fails."""

import os
import ssl
import urllib.request

import pytest

from conftest import run
from run_home import Run, Sim, had, source_of, wait_for

OPTIONS = ("--tls", "--tenants", 3, "--people", 50, "--rate", 5, "--history", "1m",
           "--quota", 0, "--token-life", 4)


@pytest.fixture
def sim(tmp_path, monkeypatch):
    made = Sim(tmp_path, *OPTIONS)
    context = ssl.create_default_context(cafile=made.dir / "ca.pem")
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context))
    monkeypatch.setattr(urllib.request, "urlopen", opener.open)
    yield made
    if made.process.poll() is None:
        made.process.kill()


def of(sim, number, **keys):
    source = source_of(sim, sim.tenants[number], ca=str(sim.dir / "ca.pem"))
    return {key: value for key, value in {**source, **keys}.items() if value is not None}


def test_a_secret_and_a_certificate_over_tls(sim, tmp_path):
    tenant = sim.tenants[1]
    service = Run(tmp_path, {
        "secret": of(sim, 0),
        "certificate": of(sim, 1, secret=None,
                          certificate=os.path.abspath(tenant["certificate"]),
                          key=os.path.abspath(tenant["key"]))})
    run("check-config", service.config)
    service.start()
    # Longer than a token lives.
    wait_for(lambda: all(s["records"] > 300 for s in service.status()["sources"])
             or sim.ask("truth")["all"]["happened"] > 1500)
    sim.end_events()
    service.settle()
    service.stop()
    sim.stop()
    events, lost = had(sim.truth(), {0, 1})
    assert set(service.ids()) == events and not lost and not service.open_gaps()


def test_what_is_wrong_is_said_and_heals(sim, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("wrong\n")
    secret.chmod(0o600)
    service = Run(tmp_path, {
        "wrong": of(sim, 0, secret={"file": str(secret)}),
        "stranger": of(sim, 1, ca=None),
        "well": of(sim, 2)})
    service.start()

    def says(name, words):
        source = next(s for s in service.status()["sources"] if s["name"] == name)
        return source["mood"] == "trouble" and words in source["text"]

    wait_for(lambda: says("wrong", "AADSTS7000215"))
    wait_for(lambda: says("stranger", "certificate"))
    done = run("status", "--at", service.address, check=1)
    assert b"wrong" in done.stdout and b"AADSTS7000215" in done.stdout
    assert b"wrong\n" not in (tmp_path / "run.log").read_bytes()
    right = open(sim.tenants[0]["secret"], encoding="utf-8").read()
    secret.write_text(right)
    wait_for(lambda: not says("wrong", "") and next(
        s for s in service.status()["sources"] if s["name"] == "wrong")["records"] > 0)
    service.stop()


def test_secrets_that_others_may_read_are_refused(sim, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("open\n")
    secret.chmod(0o644)
    service = Run(tmp_path, {"open": of(sim, 0, secret={"file": str(secret)})})
    service.start()
    wait_for(lambda: "others may read" in service.status()["sources"][0].get("text", ""))
    service.stop()
    for keys in ({"secret": None}, {"certificate": str(secret)}, {"secret": "in the open"}):
        service.configure({"open": of(sim, 0, **keys)})
        done = run("check-config", service.config, check=1)
        assert b"secret" in done.stderr or b"certificate" in done.stderr
