"""firn damage on a recorded intrusion: one address of 16 April 2021, and what it did that day."""

import json
import os

import pytest
from ledger_home import Ledger

# What searches cannot read /proc, and so not be looked at for leaks.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"

ADDRESS = "34.99.77.38"
VICTIM = "gradya@dutchmasterz.onmicrosoft.com"
DAY = ("--from", "2021-04-16", "--to", "2021-04-17")


@pytest.fixture(scope="module", name="ledger")
def a_ledger(tmp_path_factory, data):
    ledger = Ledger(tmp_path_factory.mktemp("invictus"))
    ledger.firn("import", ledger.dir, data / "invictus_o365_dataset/extracted",
                "--progress", "never")
    ledger.firn("ledger", "seal", ledger.dir)
    return ledger


@pytest.fixture(scope="module", name="damage")
def an_assessment(ledger):
    return ledger.damage("--ip", ADDRESS, *DAY)


def ways(damage, kind):
    return {(way["name"], (way["holder_name"] or "").lower(), way["intruder"])
            for way in damage["ways"] if way["kind"] == kind and way["opened"]}


def test_the_day_is_told(damage):
    intrusion = damage["intrusion"]
    assert intrusion["first"] == "2021-04-16T08:20:47.000000Z"
    assert intrusion["last"] == "2021-04-16T12:33:56.000000Z"
    assert intrusion["certain"] == 95
    what = [step["what"] for step in intrusion["steps"] if step["intruder"] == "certain"]
    assert "tried to sign in 4 times" in what
    assert "signed in 33 times" in what


def test_mailboxes_and_messages_are_named(damage):
    messages = [item for item in damage["items"] if item["kind"] == "message"]
    assert {item["place"] for item in messages} == {VICTIM}
    assert [item["certainty"] for item in messages] == ["accessed"] * 6
    assert all(item["id"].startswith("<") and item["how"] == "named" for item in messages)
    sent = {item["name"] for item in damage["items"]
            if item["kind"] == "sent" and item["certainty"] == "accessed"}
    assert sent == {"Re: Friday Night", "Re: COD Boosting service $5/h"}
    files = {item["name"] for item in damage["items"] if item["kind"] == "file"}
    assert {"Accounts Overview.docx", "Invoice information.xlsx", "Book.xlsx"} <= files


def test_rules_consents_and_roles_are_named(damage):
    rules = ways(damage, "inbox-rule")
    assert {(name, intruder) for name, _, intruder in rules} == {
        ("Move meetings to junk folder", "certain")}
    assert {name for name, _, _ in ways(damage, "permission")} == {"Email Security Solution"}
    assert {name for name, _, _ in ways(damage, "app-role")} == {
        "ExternalConnection.ReadWrite.All", "ExternalItem.ReadWrite.All",
        "Credentials.ReadWrite.All"}
    assert ways(damage, "directory-role") == {
        ("Exchange Administrator", "joey@dutchmasterz.onmicrosoft.com", "likely"),
        ("Global Administrator", "exchange security", "likely")}


def test_nothing_is_claimed_of_exports_without_a_clock(damage):
    assert damage["verdict"]["verdict"] == "not established"
    causes = {gap["cause"] for gap in damage["undetermined"]}
    assert "incomplete" in causes
    assert damage["counts"]["accessed"]["items"] == 20
    assert damage["counts"]["possibly accessed"]["items"] == 2


def test_each_figure_leads_to_records(ledger, damage):
    for item in damage["items"]:
        row = ledger.firn("sql", ledger.dir, f"SELECT raw({item['index']}) AS raw",
                          "--format", "ndjson")
        raw = json.loads(row)["raw"]
        assert item["id"].rsplit("/", 1)[-1] in raw, item
    assert {item["index"] for item in damage["items"]} <= set(damage["evidence"])


def test_another_address_of_that_day(ledger):
    damage = ledger.damage("--ip", "62.149.20.10", *DAY)
    rules = {way["detail"] for way in damage["ways"]
             if way["kind"] in ("inbox-rule", "transport-rule")}
    assert rules == {"DeleteMessage True", "BlindCopyTo ITCornpany@gmail.com"}
    assert len(ways(damage, "directory-role")) == 8
    messages = [item for item in damage["items"]
                if item["kind"] == "message" and item["certainty"] == "accessed"]
    assert len(messages) == 24
