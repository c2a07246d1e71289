"""The report of firn damage, opened from a file in a real browser (make setup-browser)."""

import html
import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest
from conftest import FIRN_SIM, run
from ledger_home import Ledger

# What searches cannot read /proc, and so not be looked at for leaks.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
# Where the pictures that docs/damage.md shows are put; else they are only looked at.
PICTURES = os.environ.get("FIRN_PICTURES")

pytestmark = pytest.mark.skipif(
    not BROWSER, reason="no Chromium here: make setup-browser installs it")


def browse(folder, *options):
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
               f"--user-data-dir={folder / 'profile'}", *options]
    done = subprocess.run(command, capture_output=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


@pytest.fixture(scope="module", name="report")
def a_report(tmp_path_factory):
    """Of an intrusion by consent, with its owner busy meanwhile."""
    folder = tmp_path_factory.mktemp("page")
    subprocess.run([FIRN_SIM, "write", folder / "exports", "--people", "60", "--days", "10",
                    "--attack", "consent:owner=busy,contain=none"], check=True,
                   stdout=subprocess.DEVNULL)
    start = json.loads(
        (folder / "exports/.truth.ndjson").read_text().splitlines()[0])["start"]
    ledger = Ledger(folder / "home")
    ledger.firn("import", ledger.dir, *(folder / "exports").glob("[a-z]*"), "--progress", "never")
    given = [word for app in start["app"] for word in ("--app", app)]
    given += [word for ip in start["ip"] for word in ("--ip", ip)]
    run("damage", ledger.dir, *given, "--report", folder / "report", check=1, env=ledger.env)
    return folder / "report"


@pytest.fixture(scope="module", name="page")
def a_page(report, tmp_path_factory):
    """The text of the page as the browser has it."""
    folder = tmp_path_factory.mktemp("browser")
    dom = browse(folder, "--dump-dom", (report / "report.html").as_uri())
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", dom)))


def test_figures_are_those_of_the_json(report, page):
    told = json.loads((report / "report.json").read_text())
    assert told["verdict"]["verdict"] in page.lower()
    for certainty in ("accessed", "possibly accessed"):
        items = told["counts"][certainty]["items"]
        assert re.search(rf"\b{certainty} {items:,}\b", page), certainty
    assert re.search(rf"\bundetermined {len(told['undetermined'])}\b", page)
    assert told["counts"]["accessed"]["items"] > 10
    assert told["ledger"]["origin"] in page


def test_items_and_ways_are_on_the_page(report, page):
    told = json.loads((report / "report.json").read_text())
    for item in told["items"][:200]:
        assert (item["name"] or item["id"] or item["place"]) in page, item
    for way in told["ways"]:
        assert (way["name"] or way["object"] or way["holder"] or "") in page, way
    for reason in told["verdict"]["reasons"][1:]:
        assert reason in page


def test_the_page_loads_nothing(report):
    text = (report / "report.html").read_text()
    assert "default-src 'none'" in text
    assert not re.search(r"<(script|iframe|object|img|link)\b", text)
    assert not re.search(r"\b(src|srcset|data)=", text)


@pytest.mark.parametrize("name,options", [
    ("damage-report", ["--window-size=1100,1180"]),
    ("damage-narrow", ["--window-size=480,1400"]),
    ("damage-dark", ["--window-size=1100,1180", "--force-dark-mode", "--blink-settings="
                     "preferredColorScheme=0"]),
])
def test_pictures_of_it(report, tmp_path, name, options):
    picture = tmp_path / f"{name}.png"
    browse(tmp_path, *options, f"--screenshot={picture}", (report / "report.html").as_uri())
    assert picture.read_bytes().startswith(b"\x89PNG") and picture.stat().st_size > 20000
    if PICTURES and name == "damage-report":
        shutil.copy(picture, pathlib.Path(PICTURES) / picture.name)


def test_it_prints(report, tmp_path):
    paper = tmp_path / "report.pdf"
    browse(tmp_path, f"--print-to-pdf={paper}", (report / "report.html").as_uri())
    assert paper.read_bytes().startswith(b"%PDF")
