"""Segments, sql and search: what is found is what was taken in, and nothing is written."""

import csv
import hashlib
import io
import json
import os
import pathlib
import subprocess

import pytest

from conftest import FIRN, FIRN_SIM, run

# A confined process cannot look into itself for leaks.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"

SEAL = pathlib.Path(FIRN).parent / "lib" / "firn" / "firn-seal"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A ledger with a tenant's records, and what scan says of their files."""
    top = tmp_path_factory.mktemp("search")
    os.environ["XDG_CONFIG_HOME"] = str(top / "config")
    os.environ["XDG_STATE_HOME"] = str(top / "state")
    subprocess.run(
        [FIRN_SIM, "write", top / "demo", "--people", "12", "--days", "3", "--seed", "5",
         "--attack", "consent"], check=True, capture_output=True)
    run("init", top / "ledger", "--origin", "firn.example.com/search")
    run("import", top / "ledger", top / "demo", "--progress", "never")
    return top


@pytest.fixture(scope="module")
def rows(place):
    return sql(place / "ledger", "FROM records ORDER BY index")


def sql(ledger, text, **kwargs):
    done = run("sql", ledger, text, "--format", "ndjson", **kwargs)
    return [json.loads(line) for line in done.stdout.splitlines()]


def found(ledger, *words):
    done = run("search", ledger, *words, "--format", "ndjson")
    return [json.loads(line)["index"] for line in done.stdout.splitlines()]


def tree(path):
    return {p: hashlib.sha256(p.read_bytes()).hexdigest() if p.is_file() else ""
            for p in sorted(path.rglob("*"))}


def seal(ledger, first, end, out):
    out.mkdir(parents=True, exist_ok=True)
    share = pathlib.Path(FIRN).parent
    share = share if (share / "share").exists() else share.parent
    geo = share / "share" / "firn" / "geo" / "country.mmdb"
    done = subprocess.run([SEAL, ledger, str(first), str(end), out], capture_output=True,
                          env={**os.environ, "FIRN_GEO": str(geo)})
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def write_manifest(ledger, lines):
    text = "firn-manifest/1\n" + "".join(lines)
    digest = hashlib.sha256(text.encode()).hexdigest()
    (ledger / "manifest").write_text(f"{text}sha256 {digest}\n")


def test_every_record_has_a_row_that_says_what_scan_says(place, rows):
    assert [row["index"] for row in rows] == list(range(len(rows)))
    done = run("scan", place / "demo", "--events", "--format", "ndjson", "--progress", "never",
               "--summary", place / "summary")
    want = {}
    for line in done.stdout.splitlines():
        event = json.loads(line)
        want[event["event_id"] or event["id"]] = event
    told = set()
    for row in rows:
        if row["source"].startswith("firn/"):
            assert row["kind"] is None and row["time"] is None
            continue
        key = row["event_id"] or row["id"]
        if key in told:
            continue  # a second telling
        told.add(key)
        event = want[key]
        for name in row.keys() - {"index", "received", "items"}:
            assert row[name] == event[name], (name, row, event)
        assert (row["items"] or []) == [
            {k: item.get(k) for k in ("id", "parent", "name", "size")}
            for item in event.get("items") or []]
    assert told == set(want)


def test_rows_of_csv_are_read_with_their_header(home_ledger):
    ledger, tmp = home_ledger
    data = json.dumps({
        "CreationTime": "2026-10-05T12:00:00", "Id": "one", "Operation": "Send", "RecordType": 2,
        "UserId": "anna@contoso.example", "Workload": "Exchange"})
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(["CreationDate", "UserIds", "Operations", "AuditData"])
    writer.writerow(["2026-10-05", "anna@contoso.example", "Send", data])
    (tmp / "log.csv").write_text(out.getvalue())
    run("import", ledger, tmp / "log.csv", "--progress", "never")
    row, = sql(ledger, "FROM records WHERE kind IS NOT NULL")
    assert (row["id"], row["operation"], row["actor_name"]) == (
        "one", "Send", "anna@contoso.example")


def test_bad_bytes_lose_no_row(home_ledger):
    ledger, tmp = home_ledger
    line = (b'{"CreationTime":"2026-10-05T12:00:00","Id":"%d","Operation":"Send\xff\xfe\\ud800",'
            b'"RecordType":2,"UserId":"a@b.example","Workload":"Exchange"}\n')
    (tmp / "log.json").write_bytes(b"".join(line % i for i in range(300)) + b'{"broken\n')
    run("import", ledger, tmp / "log.json", "--progress", "never")
    kinds = sql(ledger, "SELECT source, count(*) n, count(operation) o FROM records "
                        "WHERE NOT starts_with(source, 'firn/') GROUP BY ALL ORDER BY n")
    assert [(k["n"], k["o"]) for k in kinds] == [(1, 0), (300, 300)]
    assert kinds[0]["source"] == "file/unreadable"


@pytest.fixture
def home_ledger(place, tmp_path):
    run("init", tmp_path / "ledger", "--origin", f"firn.example.com/{tmp_path.name}")
    return tmp_path / "ledger", tmp_path


def test_segments_answer_as_the_wal_does(place, rows, tmp_path):
    ledger = tmp_path / "a=b" / "ledger"  # which is no column of a segment
    ledger.parent.mkdir()
    subprocess.run(["cp", "-r", place / "ledger", ledger], check=True)
    cut, day = len(rows) // 2, rows[0]["received"][:10]
    lines = [seal(ledger, first, end, ledger / "segment" / day)
             for first, end in ((0, 7), (7, cut))]
    assert [line.split()[:4] for line in lines] == [
        ["segment", "0", "7", day], ["segment", "7", str(cut), day]]
    assert all(len(line.split()[-1]) == 64 for line in lines), "no country table"
    for line in lines:
        for digest, ending in zip(line.split()[4:7], ("raw", "parquet", "idx")):
            name = "{:020}-{:020}".format(*map(int, line.split()[1:3]))
            path = ledger / "segment" / day / f"{name}.{ending}"
            assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
            assert path.stat().st_mode & 0o777 == 0o600
    write_manifest(ledger, lines)
    assert sql(ledger, "FROM records ORDER BY index") == rows
    order = sql(ledger, "SELECT actor_name a, mailbox m, time t, index i FROM "
                        f"'{ledger}/segment/*/*-{cut:020}.parquet'")
    last = [(r["a"] is None, r["a"] or "", r["m"] is None, r["m"] or "", r["t"] is None,
             r["t"] or "", r["i"]) for r in order]
    assert last == sorted(last)
    (ledger / "manifest").write_bytes((ledger / "manifest").read_bytes()[:-3] + b"00\n")
    assert b"not a manifest" in run("sql", ledger, "SELECT 1", check=2).stderr


def test_the_ledger_seals(place, rows, tmp_path):
    ledger = tmp_path / "ledger"
    subprocess.run(["cp", "-r", place / "ledger", ledger], check=True)
    day = rows[0]["received"][:10]
    left = ledger / "segment" / day / "{:020}-{:020}".format(0, len(rows))
    left.parent.mkdir(parents=True)
    for ending in (".raw", ".idx", ".parquet"):
        pathlib.Path(str(left) + ending).write_text("left by one that was killed")
    assert f"{len(rows)}  records sealed now" in run("ledger", "seal", ledger).stdout.decode()
    assert sql(ledger, "FROM records ORDER BY index") == rows
    # What is sealed is not read again: the WAL plays no part in the columns.
    manifest = (ledger / "manifest").read_text()
    assert " 0  records sealed now" in run("ledger", "seal", ledger).stdout.decode()
    assert (ledger / "manifest").read_text() == manifest
    (tmp_path / "more.json").write_text(json.dumps({
        "CreationTime": "2026-10-05T12:00:00", "Id": "more", "Operation": "Send",
        "RecordType": 2, "UserId": "anna@contoso.example", "Workload": "Exchange"}))
    run("import", ledger, tmp_path / "more.json", "--progress", "never")
    assert len(found(ledger)) == len(rows) + 3
    assert " 3  records sealed now" in run("ledger", "seal", ledger).stdout.decode()
    assert len((ledger / "manifest").read_text().splitlines()) == 4
    assert len(found(ledger)) == len(rows) + 3
    assert found(ledger, "user:anna@contoso.example") == [len(rows) + 1]


def test_seal_refuses_what_is_not_there(place, tmp_path):
    for words in (("0", "999999"), ("5", "5"), ("x", "1"), ("1",)):
        done = subprocess.run([SEAL, place / "ledger", *words, tmp_path], capture_output=True)
        assert done.returncode == 2 and done.stderr
    assert not list(tmp_path.iterdir())


def test_nothing_is_written(place, tmp_path):
    ledger = place / "ledger"
    before = tree(place)
    for text in (
            f"COPY (SELECT 1) TO '{ledger}/evil.csv'",
            f"COPY (SELECT 1) TO '{tmp_path}/evil.csv'",
            f"ATTACH '{ledger}/evil.db'",
            f"ATTACH '{ledger}/evil.db'; CREATE TABLE evil.t(a INT)",
            f"SELECT 1; COPY (SELECT 1) TO '{ledger}/evil.csv'",
            f"SELECT 1) TO '{ledger}/evil.csv'; --",
            f"EXPORT DATABASE '{ledger}/evil'",
            f"EXPLAIN ANALYZE COPY (SELECT 1) TO '{ledger}/evil.csv'",
            "SET enable_external_access = true", "SET temp_directory = '/tmp'",
            "CREATE TABLE t(a INT)", "DROP VIEW records", "INSTALL httpfs", "LOAD httpfs",
            "PRAGMA enable_profiling", "SELECT * FROM read_csv('/etc/passwd')",
            "SELECT * FROM glob('/etc/*')", "SELECT $1", "", ";"):
        done = run("sql", ledger, text, check=2)
        assert done.stderr.startswith(b"firn: ") and not done.stdout, text
    assert tree(place) == before
    assert not list(tmp_path.iterdir())


def test_formats(place):
    ledger = place / "ledger"
    text = ("SELECT 1 AS n, -2 AS m, 'a,\"b😀' AS t, NULL AS z, 1.5::DOUBLE AS d, "
            "'NaN'::DOUBLE AS e, true AS b, [1, 2] AS l, {'k': 'v'} AS s, "
            "make_timestamp(0) AS c, 1 AS n -- end")
    line = run("sql", ledger, text, "--format", "ndjson").stdout
    assert line == ('{"n":1,"m":-2,"t":"a,\\"b😀","z":null,"d":1.5,"e":null,"b":true,"l":[1,2],'
                    '"s":{"k":"v"},"c":"1970-01-01T00:00:00.000000Z","n":1}\n').encode()
    head, row = csv.reader(io.StringIO(
        run("sql", ledger, text, "--format", "csv").stdout.decode()))
    assert head == ["n", "m", "t", "z", "d", "e", "b", "l", "s", "c", "n"]
    assert row == ["1", "-2", 'a,"b😀', "", "1.5", "", "true", "[1,2]", '{"k":"v"}',
                   "1970-01-01T00:00:00.000000Z", "1"]
    assert run("sql", ledger, "SELECT 1 AS a, E'x\\x1b\\ny' AS b").stdout == (
        b"a  b\n1  x\\x1b\\ny\n")
    assert b"more than one" in run("sql", ledger, "SELECT 1; SELECT 2", check=2).stderr


def contains(row, name, *values):
    return (row[name] or "").lower() in values


SEARCHES = [
    ([], lambda r: True),
    (["op:send,fileaccessed"], lambda r: contains(r, "operation", "send", "fileaccessed")),
    (["op:file*", "-op:FileAccessed"], lambda r: (r["operation"] or "").startswith("File")
     and r["operation"] != "FileAccessed"),
    (["-country:NO"], lambda r: r["country"] != "NO"),
    (["outcome:failure"], lambda r: r["outcome"] == "failure"),
    (["source:o365"], lambda r: r["source"].startswith("o365/")),
    (["source:o365.audit"], lambda r: r["kind"] == "o365.audit"),
    (["source:o365/Exchange", "item:*"], lambda r: r["source"] == "o365/Exchange" and bool(
        r["items"] and any(i["id"] or i["name"] or i["parent"] for i in r["items"])
        or r["target_id"] or r["target_name"])),
    (["ip:0.0.0.0/1"], lambda r: bool(r["ip"]) and ":" not in r["ip"]
     and int(r["ip"].split(".")[0]) < 128),
    (["after:2026-10-06", "before:2026-10-06T12:00:00Z"],
     lambda r: r["time"] is not None and "2026-10-06T00" <= r["time"] < "2026-10-06T12"),
    (["user:*@*", "-user:a*,b*"], lambda r: ("@" in (r["actor_name"] or "")
                                             or "@" in (r["actor_id"] or ""))
     and not any((r[c] or "").lower().startswith(("a", "b")) for c in ("actor_name", "actor_id"))),
    (["session:*", "app:*"], lambda r: bool(r["session"]) and bool(r["app_id"] or r["app_name"])),
    (['"user.read"'], lambda r: any("user.read" in (r[c] or "").lower() for c in (
        "operation", "actor_name", "app_name", "mailbox", "target_name"))),
]


@pytest.mark.parametrize("words,wanted", SEARCHES, ids=lambda x: " ".join(x) if isinstance(
    x, list) else "")
def test_search_finds_those_and_no_others(place, rows, words, wanted):
    want = [r["index"] for r in rows if wanted(r)]
    assert sorted(found(place / "ledger", *words)) == want
    count = run("search", place / "ledger", *words, "--count", "--format", "csv").stdout
    assert count == f"count\r\n{len(want)}\r\n".encode()


def test_search_is_in_the_order_of_time(place, rows):
    times = {r["index"]: r["time"] for r in rows}
    order = [times[i] for i in found(place / "ledger", "-source:firn")]
    assert order == sorted(order)
    assert len(found(place / "ledger", "--limit", "3")) == 3


def test_histogram(place, rows):
    want = {}
    for row in rows:
        if row["operation"] == "Send":
            want[row["time"][:10]] = want.get(row["time"][:10], 0) + 1
    done = run("search", place / "ledger", "op:Send", "--histogram", "day", "--format", "ndjson")
    got = [json.loads(line) for line in done.stdout.splitlines()]
    assert {g["time"][:10]: g["count"] for g in got} == want
    assert [g["time"] for g in got] == sorted(g["time"] for g in got)


def test_wrong_use(place):
    for words, why in (
            (["search"], "wants"), (["sql", "x"], "wants"),
            (["search", "nowhere"], "nowhere"), (["sql", place, "SELECT 1"], "no ledger"),
            (["search", place / "ledger", "--limit", "0"], "--limit"),
            (["search", place / "ledger", "--histogram", "week"], "week"),
            (["search", place / "ledger", "usr:x"], "query:1: no such word"),
            (["search", place / "ledger", "--count", "--histogram", "day"], "either"),
            (["sql", place / "ledger", "SELECT 1", "--format", "xml"], "xml")):
        done = run(*words, check=2)
        assert why in done.stderr.decode() and not done.stdout
