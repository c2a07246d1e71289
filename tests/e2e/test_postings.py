"""Postings only tell which rows are looked at: what is found is the same with and without them."""

import json
import os
import pathlib
import subprocess

import pytest

from conftest import FIRN
from ledger_home import Ledger

# A confined process cannot look into itself for leaks.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
QUERY = pathlib.Path(FIRN).parent / "lib/firn/firn-query"
BLOCK = 61440

# The expressions that damage asks of, and the field of a record that has the value.
ASKED = {"ip": "ClientIP", "session": "SessionId", "lower(actor_name)": "UserId",
         "lower(mailbox)": "MailboxOwnerUPN", "rtrim(lower(operation), '. ')": "Operation",
         "app_id": "AppId"}
FOLDED = ("lower", "rtrim")


def mail(n):
    return {"RecordType": 2, "Operation": ("MailItemsAccessed", "Send", "Rare Act. ")[min(n % 50, 2)],
            "Id": f"id-{n}", "CreationTime": "2026-10-05T10:00:00", "Workload": "Exchange",
            "OrganizationId": "0000-1", "UserId": f"Kim{n % 97}@example.ORG",
            "MailboxOwnerUPN": f"İda{n % 31}@example.org", "ClientIP": f"203.0.113.{n % 200}",
            "SessionId": f"session-{n // 3}", "AppId": f"app-{n % 5}"}


def add(ledger, numbers, make=mail):
    path = ledger.root / f"{numbers.start}.ndjson"
    path.write_text("".join(json.dumps(make(n)) + "\n" for n in numbers))
    ledger.firn("import", ledger.dir, path, "--progress", "never")


def postings(ledger):
    return sorted((ledger.dir / "segment").glob("*/*.postings"))


def find(ledger, *parts):
    text = "".join(part + "\0" for part in (*parts, "select r.index"))
    done = subprocess.run([QUERY, ledger.dir, "csv"], input=text.encode(), capture_output=True,
                          check=True)
    return set(map(int, done.stdout.split()[1:]))


def any_of(asked):
    """The parts of a plan: one of the values of one of the expressions."""
    return [part for of, values in asked.items()
            for part in (f"any {of}", *(f"or {value}" for value in values))]


def where(asked):
    return ["where " + " OR ".join(
        f"{of} = '{value}'" for of, values in asked.items() for value in values)]


def questions(count):
    for n in range(count):
        record = mail(n * 7 + 3)
        asked = {}
        for of, field in list(ASKED.items())[n % 3::1 + n % 2]:
            value = record[field].replace("İ", "i̇") if n % 4 else "nobody"
            asked[of] = [value.lower().rstrip(". ") if of.startswith(FOLDED) else value, "x"]
        yield asked


@pytest.fixture(name="ledger")
def fixture_ledger(tmp_path):
    """Two segments, and records that are in none."""
    ledger = Ledger(tmp_path)
    for first in (0, 200):
        add(ledger, range(first, first + 200))
        ledger.firn("ledger", "seal", ledger.dir)
    add(ledger, range(400, 450))
    return ledger


def test_the_same_with_and_without(ledger):
    asked = list(questions(10))
    with_all = [find(ledger, *any_of(one)) for one in asked]
    assert with_all == [find(ledger, *where(one)) for one in asked]
    assert sum(map(bool, with_all)) > 5
    first, second = postings(ledger)
    kept = first.read_bytes()
    first.unlink()
    assert with_all == [find(ledger, *any_of(one)) for one in asked]
    # Those of other columns are none.
    first.write_bytes(second.read_bytes())
    assert with_all == [find(ledger, *any_of(one)) for one in asked]
    first.write_bytes(kept[:-8])
    assert with_all == [find(ledger, *any_of(one)) for one in asked]
    first.write_bytes(kept)
    ledger.verify()


def test_with_other_conditions(ledger):
    asked = {"lower(actor_name)": ["kim3@example.org"], "ip": ["203.0.113.7"]}
    both = find(ledger, *any_of(asked))
    assert find(ledger, *any_of(asked), "either app_id = 'app-4'") == \
        both | find(ledger, "where app_id = 'app-4'")
    assert find(ledger, *any_of(asked), "where app_id = 'app-3'") == \
        both & find(ledger, "where app_id = 'app-3'")
    assert find(ledger, *any_of(asked), "tenant 0000-1") == both
    assert not find(ledger, *any_of(asked), "tenant 0000-2")
    assert find(ledger, *any_of(asked), "below 100") == {n for n in both if n < 100}
    text = find(ledger, "text ", "or session-1\"")
    assert find(ledger, *any_of(asked), "text ", "or session-1\"") == both & text


def test_only_what_postings_tell_can_be_asked(ledger):
    done = subprocess.run([QUERY, ledger.dir, "csv"], input=b"any upper(ip)\0or x\0select r.index\0",
                          capture_output=True, check=False)
    assert done.returncode == 2 and b"upper(ip)" in done.stderr


def small(n):
    return {"RecordType": 8, "Operation": f"op{n % 2}", "Id": f"id-{n}", "Workload": "Exchange",
            "CreationTime": "2026-10-05T10:00:00", "UserId": f"u{n:06}@example.org"}


def test_values_in_few_of_many_blocks(tmp_path):
    """There only these are read; rows are in the order of people."""
    ledger = Ledger(tmp_path)
    count = 8 * BLOCK + 100
    add(ledger, range(count), small)
    ledger.firn("ledger", "seal", ledger.dir)
    first, inner, last = (f"u{n:06}@example.org" for n in (0, 3 * BLOCK, count - 1))
    people, operation = "lower(actor_name)", "rtrim(lower(operation), '. ')"
    for asked in ({people: [first]}, {people: [last]}, {people: [first, last]},
                  {people: [inner, "x"], "ip": ["x"]}, {people: ["u999999@example.org"]},
                  {people: [first], operation: ["op1"]}, {people: [first], "kind": ["unknown"]}):
        assert find(ledger, *any_of(asked)) == find(ledger, *where(asked)), asked
    assert len(find(ledger, *any_of({people: [first, inner, last]}))) == 3


def test_merged_erased_and_made_again(ledger):
    """Postings are those of the columns that are there, and no others stay."""
    for first in range(450, 1000, 50):
        add(ledger, range(first, first + 50))
        ledger.firn("ledger", "seal", ledger.dir)
    segments = sorted((ledger.dir / "segment").glob("*/*.parquet"))
    assert [p.stem for p in postings(ledger)] == [p.stem for p in segments] and len(segments) < 8
    ledger.firn("ledger", "erase", ledger.dir, "--query", "user:kim3@example.org", "--reason", "r",
                "--yes")
    ledger.verify()
    asked = {"lower(actor_name)": ["kim3@example.org"]}
    assert not find(ledger, *any_of(asked))
    assert find(ledger, "any kind", "or erased") == find(ledger, "where kind = 'erased'") != set()
    for path in postings(ledger):
        path.unlink()
    ledger.verify()
    ledger.firn("ledger", "reindex", ledger.dir)
    assert [p.stem for p in postings(ledger)] == [
        p.stem for p in sorted((ledger.dir / "segment").glob("*/*.parquet"))]
    ledger.verify()
