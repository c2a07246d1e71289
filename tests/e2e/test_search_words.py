"""Words in the bytes of records, raw(), ids, tenants, orders and pages."""

import json
import os
import subprocess
from pathlib import Path

import pytest

import ledger_files
from conftest import run
from ledger_home import Ledger

# A confined process cannot look into itself for leaks.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"

A, B = "aaaaaaaa-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000002"


def mail(n, tenant, **more):
    return {"CreationTime": f"2026-10-05T12:{n // 60 % 60:02}:{n % 60:02}", "Id": f"Id-{n:05}",
            "Operation": ("Send", "MoveToDeletedItems", "Create")[n % 3], "RecordType": 2,
            "OrganizationId": tenant, "UserId": f"user{n % 7}@contoso.example",
            "UserKey": f"{n % 7:08X}-AbCd", "Workload": "Exchange", "SessionId": f"{n % 5:08x}-cafe",
            **more}


def first_lines():
    lines = [json.dumps(mail(n, A if n % 4 else B, Subject=f"Budget {n}" if n % 10 == 0 else "x"))
             for n in range(400)]
    lines += [
        json.dumps(mail(400, A, UserId="KIM@contoso.example")),
        json.dumps(mail(401, A, UserId="kim@contoso.example")),
        json.dumps(mail(402, A, UserId="\u212aim@contoso.example"), ensure_ascii=False),
        json.dumps(mail(403, A, Subject="Gr\u00fc\u00dfe")),
        json.dumps(mail(404, A, Subject="Gr\u00fc\u00dfe"), ensure_ascii=False),
        json.dumps(mail(405, B, Subject='say "budget", please')),
        '{"broken budget',
        json.dumps(mail(7, A if 7 % 4 else B, ClientIP="203.0.113.9")),  # a second telling
    ]
    return "\n".join(lines).encode() + b"\n{\"Id\":\"bad\xff\xfebytes\"}\n"


def second_lines():
    return "".join(json.dumps(mail(n, B if n % 2 else A, Subject="budget BUDGET")) + "\n"
                   for n in range(500, 560)).encode()


@pytest.fixture(scope="module")
def wal(tmp_path_factory):
    """A ledger of which nothing is sealed."""
    place = Ledger(tmp_path_factory.mktemp("words") / "wal")
    for name, lines in (("one", first_lines()), ("two", second_lines())):
        (place.root / name).write_bytes(lines)
        place.firn("import", place.dir, place.root / name, "--progress", "never")
    return place


@pytest.fixture(scope="module")
def sealed(wal):
    """The same in a segment, but for two records behind it."""
    root = wal.root.parent / "sealed"
    subprocess.run(["cp", "-r", wal.root, root], check=True)
    place = Ledger(root, make=False)
    place.firn("ledger", "seal", place.dir)
    (root / "three").write_text(json.dumps(mail(600, A, Subject="late budget")))
    place.firn("import", place.dir, root / "three", "--progress", "never")
    return place


@pytest.fixture(scope="module")
def raw(wal):
    """The bytes of each record, by the format alone."""
    return [r.raw for r in ledger_files.records(wal.dir)]


@pytest.fixture(params=["wal", "sealed"])
def ledger(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def rows_in():
    """What a ledger that is not changed has, by its folder."""
    return {}


@pytest.fixture
def rows(ledger, rows_in):
    """All its records, as columns."""
    if ledger.dir not in rows_in:
        rows_in[ledger.dir] = sql(ledger, "FROM records")
    return rows_in[ledger.dir]


def sql(ledger, text, *options, check=0):
    out = ledger.firn("sql", ledger.dir, text, "--format", "ndjson", *options, check=check)
    return [json.loads(line) for line in out.splitlines()] if check == 0 else out


def found(ledger, *words):
    out = ledger.firn("search", ledger.dir, *words, "--format", "ndjson")
    return [json.loads(line)["index"] for line in out.splitlines()]


# --- raw() ---


def test_raw_gives_the_bytes_as_they_came(ledger, raw):
    for order in ("index", "hash(index)"):
        rows = sql(ledger, "SELECT index, hex(raw(index)) AS bytes FROM records "
                           f"WHERE index < {len(raw)} ORDER BY {order}")
        assert len(rows) == len(raw)
        assert all(bytes.fromhex(r["bytes"]) == raw[r["index"]] for r in rows)


def test_raw_of_what_is_not_there(ledger):
    assert sql(ledger, "SELECT raw(NULL) IS NULL AS n") == [{"n": True}]
    third, = sql(ledger, "SELECT count(raw(CASE WHEN index % 3 = 0 THEN index END)) AS n, "
                         "count(*) FILTER (index % 3 = 0) AS m FROM records")
    assert third["n"] == third["m"] > 100
    for bad in ("99999", "18446744073709551615::UBIGINT"):
        why = sql(ledger, f"SELECT raw({bad})", check=2)
        assert "there is no record" in why
    assert "there is no record" in sql(
        ledger, "SELECT raw(index + 1) FROM records ORDER BY index", check=2)


def test_raw_of_a_damaged_record(sealed, tmp_path):
    subprocess.run(["cp", "-r", *sealed.root.iterdir(), tmp_path], check=True)
    place = Ledger(tmp_path, make=False)
    file, = (place.dir / "segment").glob("*/*.raw")
    data = bytearray(file.read_bytes())
    data[40] ^= 1
    file.write_bytes(data)
    assert "damaged" in sql(place, "SELECT raw(5)", check=2)
    assert "damaged" in place.firn("search", place.dir, "budget", check=2)
    assert len(sql(place, "SELECT index FROM records")) > 400


def test_erased_records_have_no_words(sealed, raw, tmp_path):
    subprocess.run(["cp", "-r", *sealed.root.iterdir(), tmp_path], check=True)
    place = Ledger(tmp_path, make=False)
    gone = found(place, "user:user3@contoso.example", "budget")
    assert gone
    place.firn("ledger", "erase", place.dir, "--query", "user:user3@contoso.example budget",
               "--reason", "a test", "--yes")
    assert found(place, "budget", "user3") == []
    assert not set(gone) & set(found(place, "budget"))
    assert set(gone) <= set(found(place, "-nosuchword"))
    assert set(gone) <= set(found(place, "-budget"))
    rows = sql(place, "SELECT index, raw(index) IS NULL AS none FROM records")
    assert [r["index"] for r in rows if r["none"]] == gone


# --- words ---


def is_in(word, bytes_):
    return word.lower().encode() in bytes_.lower() if word.isascii() else (
        word.encode() in bytes_)


WORDS = [
    ["budget"], ["BUDGET"], ["-budget"], ["budget", "-please"], ["budget,late"],
    ["-budget,send"], ['"budget 1"'], ['"say \\""budget\\"""'], ["user3@CONTOSO.example"],
    ['"""Id"":""id-00012"""'], ["Gr\u00fc\u00dfe"], ["gr\\u00fc\\u00dfe"], ["e"], ["z"], ["no\u00f6"],
    ["file/unreadable"], ["broken"], ["bytes"], ['"modified"'], ["x" * 256], ["user*"],
]


def alternatives(word):
    """Of a word of the test: whether it is turned round, and its values."""
    negative = word.startswith("-")
    word = word[negative:]
    if word.startswith('"'):
        return negative, [word[1:-1].replace('""', '"')]
    return negative, word.split(",")


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_words_are_those_in_the_bytes(ledger, raw, words):
    def fits(bytes_):
        return all(any(is_in(v, bytes_) for v in values) != negative
                   for negative, values in map(alternatives, words))
    want = [i for i, bytes_ in enumerate(raw) if fits(bytes_)]
    got = sorted(found(ledger, *words))
    assert [i for i in got if i < len(raw)] == want
    count = ledger.firn("search", ledger.dir, *words, "--count", "--format", "csv")
    assert count.split() == ["count", str(len(got))]


def test_words_and_columns_are_both_true(ledger, rows, raw):
    by = {r["index"]: r for r in rows}
    want = [i for i, bytes_ in enumerate(raw) if b"budget" in bytes_.lower()
            and by[i]["operation"] == "Send" and by[i]["time"] < "2026-10-05T12:05"]
    assert want and [i for i in found(
        ledger, "op:Send", "budget", "before:2026-10-05T12:05", "--order", "index")] == want
    assert found(ledger, "op:Send", "budget", "op:Create") == []
    assert found(ledger, "user:nobody", "budget") == []
    out = ledger.firn("search", ledger.dir, "budget", "--histogram", "day", "--format", "ndjson")
    assert sum(json.loads(line)["count"] for line in out.splitlines()) == len(
        found(ledger, "budget"))


def test_firns_own_records_have_words(ledger):
    assert 0 in found(ledger, "source:firn", "lines")
    assert found(ledger, "source:firn/delivery", "one") == [0]


# --- names and ids ---


def test_names_are_found_in_any_case(ledger, rows):
    want = [r["index"] for r in rows if (r["actor_name"] or "").lower() == "kim@contoso.example"]
    assert len(want) == 3
    for name in ("kim@contoso.example", "KIM@Contoso.EXAMPLE", "\u212aim@contoso.example"):
        assert sorted(found(ledger, f"user:{name}")) == want
        assert sorted(found(ledger, f"user:nobody,{name},{name.upper()}")) == want
        assert sorted(found(ledger, f"user:{name}", "session:*")) == want
        assert not set(want) & set(found(ledger, f"-user:{name}"))
    both = sorted(r["index"] for r in rows if (r["actor_name"] or "") in (
        "user1@contoso.example", "user2@contoso.example"))
    assert sorted(found(ledger, "user:User1@contoso.example,USER2@contoso.example")) == both
    many = ",".join(f"user{n}@contoso.example" for n in range(1, 7))
    want = sorted(r["index"] for r in rows if (r["actor_name"] or "") in many.split(","))
    assert sorted(found(ledger, f"user:{many}")) == want


def test_ids_are_found_as_typed_and_in_one_case(ledger, rows):
    for column, word, stored in (("actor_id", "user", "00000003-AbCd"),
                                 ("session", "session", "00000003-cafe")):
        want = sorted(r["index"] for r in rows if r[column] == stored)
        assert want and sorted(found(ledger, f"{word}:{stored}")) == want
        assert sorted(found(ledger, f"{word}:{stored},{stored}")) == want
        assert sorted(set(range(len(rows))) - set(want)) == sorted(
            found(ledger, f"-{word}:{stored}"))
    assert len(found(ledger, "session:00000003-CAFE")) == len(want)
    assert found(ledger, "session:00000003-CaFe") == found(ledger, "session:00000003-cafe")
    assert found(ledger, "user:00000003-abcd") == []


def test_a_name_and_an_id_of_one_record_show_it_once(ledger, rows):
    want = sorted(r["index"] for r in rows if r["actor_name"] == "user3@contoso.example"
                  or r["actor_id"] == "00000004-AbCd")
    assert sorted(found(ledger, "user:user3@contoso.example,00000004-AbCd")) == want
    want = sorted(r["index"] for r in rows if r["actor_name"] == "user3@contoso.example"
                  or r["actor_id"] == "00000003-AbCd")
    assert sorted(found(ledger, "user:user3@contoso.example,00000003-AbCd")) == want


def test_records_are_found_by_the_id_of_their_event(ledger):
    rows = sql(ledger, "FROM records WHERE event_id IS NOT NULL")
    by = {}
    for row in rows:
        by.setdefault(row["id"], []).append(row["index"])
    assert len(by["Id-00007"]) == 2  # two tellings of one event
    for name in ("Id-00000", "Id-00007", "Id-00399", "Id-00559"):
        family = next(r["event_id"] for r in rows if r["id"] == name)
        assert sorted(found(ledger, f"id:{name}")) == by[name]
        assert sorted(found(ledger, f"id:{family}")) == by[name]
        assert found(ledger, f"id:{name}", "user:nobody") == []
    both = sorted(by["Id-00007"] + by["Id-00559"])
    assert sorted(found(ledger, "id:Id-00007,Id-00559,none")) == both
    assert found(ledger, "id:Id-00007", "id:Id-00559") == []
    assert found(ledger, "id:Id-00010", "budget") == by["Id-00010"]
    assert found(ledger, "id:Id-00007", "budget") == []
    every = found(ledger)
    assert sorted(found(ledger, "-id:Id-00007,Id-00559")) == sorted(set(every) - set(both))
    assert found(ledger, "id:id-00007") == found(ledger, "id:entra.signin:Id-00007") == []


# --- tenants and purposes ---


def test_only_records_of_the_tenants_are_seen(ledger, rows):
    all_of = {t: sorted(r["index"] for r in rows if r["tenant"] == t) for t in (A, B)}
    assert all_of[A] and all_of[B]
    budget = set(found(ledger, "budget"))
    for options, want in (
            (["--tenant", A], all_of[A]), (["--tenant", B], all_of[B]),
            (["--tenant", f"{A},{B}"], sorted(all_of[A] + all_of[B])),
            (["--tenant", A, "--tenant", B], sorted(all_of[A] + all_of[B])),
            (["--tenant", "nobody"], [])):
        assert sorted(found(ledger, *options)) == want
        assert sorted(r["index"] for r in sql(ledger, "FROM records", *options)) == want
        count = sql(ledger, "SELECT count(*) AS n FROM records", *options)
        assert count == [{"n": len(want)}]
        words = sorted(found(ledger, "budget", *options))
        assert words == sorted(budget & set(want))
        ids = found(ledger, "id:Id-00007,Id-00012,Id-00559", *options)
        assert set(ids) <= set(want)
    one = next(r["index"] for r in rows if r["id"] == "Id-00012")
    assert found(ledger, "id:Id-00012", "--tenant", B) == [one]
    assert found(ledger, "id:Id-00012", "--tenant", A) == []


def test_raw_of_other_tenants_is_null(ledger, rows):
    size = max(r["index"] for r in rows) + 1
    seen = sql(ledger, f"SELECT range AS i, raw(range::UBIGINT) IS NULL AS none FROM range({size})",
               "--tenant", A)
    mine = {r["index"] for r in rows if r["tenant"] == A}
    assert {r["i"] for r in seen if not r["none"]} == mine


def test_no_file_is_read_where_tenants_are_chosen(ledger):
    for text in (
            f"FROM '{ledger.dir}/segment/*/*.parquet'", f'FROM "{ledger.dir}/keys.pub"',
            f"FROM read_parquet('{ledger.dir}/segment/*/*.parquet')",
            f"FROM records, read_text('{ledger.dir}/keys.pub')",
            f"SELECT (SELECT count(*) FROM read_blob('{ledger.dir}/wal/*'))",
            f"WITH a AS (FROM glob('{ledger.dir}/*')) FROM a",
            f"SELECT * FROM query('FROM read_text(''{ledger.dir}/keys.pub'')')",
            f"SELECT * FROM query_table('{ledger.dir}/x.parquet')",
            f"SUMMARIZE '{ledger.dir}/x.parquet'", f"DESCRIBE '{ledger.dir}/x.parquet'",
            f"SELECT 1 WHERE EXISTS (FROM sniff_csv('{ledger.dir}/keys.pub'))",
            f"SELECT [x FOR x IN (SELECT content FROM read_text('{ledger.dir}/keys.pub'))]",
            "FROM parquet_metadata('x')", "FROM duckdb_views()", "FROM sql_auto_complete('x')",
            "FROM records AS r(a), LATERAL (FROM read_csv(a))",
            f"FROM records UNION ALL FROM '{ledger.dir}/x.parquet'"):
        why = sql(ledger, text, "--tenant", A, check=2)
        assert "cannot be read here" in why, text
    for text in ("SELECT 1; FROM records", "COPY records TO 'x'", "", "SELECT )"):
        sql(ledger, text, "--tenant", A, check=2)
    for text in (
            "WITH a AS (FROM records) SELECT count(*) FROM a JOIN records USING (index)",
            "SELECT * FROM range(3) JOIN (SELECT unnest([1, 2]) AS range) USING (range)",
            "SELECT count(*) FROM records, json_each('[1]')", "DESCRIBE records",
            "SELECT tenant, count(*) FROM records GROUP BY ALL ORDER BY ALL -- FROM 'x.csv'"):
        assert sql(ledger, text, "--tenant", A)


def test_tenants_and_purposes_are_said_rightly(ledger):
    for command in (["search", ledger.dir], ["sql", ledger.dir, "SELECT 1"]):
        for options in (["--tenant", ""], ["--tenant", "a,,b"], ["--tenant", "a\nb"],
                        ["--tenant", "-"], ["--purpose", ""], ["--purpose", "x" * 513],
                        ["--purpose", "a\nb"]):
            assert "firn: " in ledger.firn(*command, *options, check=2)
        ledger.firn(*command, "--purpose", "a request of Anna's", "--tenant", A)


def test_what_was_asked_is_recorded_and_not_found(wal, tmp_path):
    subprocess.run(["cp", "-r", *wal.root.iterdir(), tmp_path], check=True)
    place = Ledger(tmp_path, make=False)
    for options, tenants, purpose in (
            ([], None, "not stated"),
            (["--tenant", f"{A},{B}", "--purpose", "request 4711"], [A, B], "request 4711")):
        for words in (["search", place.dir, "seldom-word"], ["sql", place.dir, "SELECT 1"]):
            done = run(*words, *options, recorded=True, env=place.env)
            assert not done.stderr
            told = json.loads(ledger_files.records(place.dir)[-1].raw)
            assert (told["query"], told.get("tenants"), told["purpose"]) == (
                words[2], tenants, purpose)
    assert found(place, "seldom-word") == []
    assert len(found(place, "source:firn/read", "-seldom-word")) == 4
    assert len(sql(place, "FROM records WHERE source = 'firn/read' AND "
                          "contains(decode(raw(index)), 'seldom-word')")) == 2


# --- orders and pages ---


def rows_of(ledger, *options):
    done = run("search", ledger.dir, *options, "--format", "ndjson", env=ledger.env)
    more = [line for line in done.stderr.decode().splitlines() if line.startswith("more: ")]
    return ([json.loads(line) for line in done.stdout.splitlines()],
            more[0].removeprefix("more: --page ") if more else "")


def in_order(rows, order):
    down = order.startswith("-")
    if "index" in order:
        return sorted(rows, key=lambda r: r["index"], reverse=down)
    timed = sorted((r for r in rows if r["time"]), key=lambda r: (r["time"], r["index"]),
                   reverse=down)
    rest = sorted((r for r in rows if not r["time"]), key=lambda r: r["index"], reverse=down)
    return timed + rest


@pytest.mark.parametrize("order", ["time", "-time", "index", "-index"])
@pytest.mark.parametrize("words", [[], ["budget"], ["user:user3@contoso.example"],
                                   ["-id:Id-00007", "op:Send"]], ids=" ".join)
def test_pages_are_the_whole(ledger, order, words):
    whole, more = rows_of(ledger, *words, "--order", order)
    assert not more and whole == in_order(whole, order)
    if words == [] and "time" in order:
        assert whole[-1]["time"] is None
    limit = max(7, len(whole) // 3)
    rows, page = [], []
    while True:
        some, more = rows_of(ledger, *words, f"--order={order}", "--limit", str(limit), *page)
        rows += some
        if not more:
            break
        assert len(some) == limit
        page = ["--page", more]
    assert rows == whole


def test_few_rows_say_what_many_do(ledger):
    """Few are read again, many come from the columns."""
    rows = sql(ledger, "FROM records ORDER BY index")
    assert len(rows) > 300
    assert rows_of(ledger, "--order", "index", "--limit", "99")[0] == rows[:99]
    assert rows_of(ledger, "--order", "index", "--limit", "300")[0] == rows[:300]
    assert rows_of(ledger, "--order=-index", "op:Send", "--limit", "3")[0] == [
        r for r in reversed(rows) if r["operation"] == "Send"][:3]
    some = rows_of(ledger, "user:user3@contoso.example", "budget", "--order", "index")[0]
    assert some == [r for r in rows if r["index"] in {s["index"] for s in some}]


def test_a_page_that_is_full_is_the_last(ledger):
    size = len(found(ledger, "budget"))
    assert rows_of(ledger, "budget", "--limit", str(size))[1] == ""
    assert rows_of(ledger, "budget", "--limit", str(size - 1))[1] != ""


def test_the_formats_have_one_page(ledger):
    words = ["search", ledger.dir, "budget", "--limit", "5"]
    tokens = set()
    for form in ("table", "csv", "ndjson"):
        done = run(*words, "--format", form, env=ledger.env)
        tokens.add(done.stderr)
        assert len(done.stdout.splitlines()) == 5 + (form != "ndjson")
        assert b"key_" not in done.stdout
    assert len(tokens) == 1


@pytest.mark.parametrize("words", [[], ["budget"], ["id:Id-00520,Id-00521,Id-00700"]],
                         ids=" ".join)
def test_what_comes_later_is_on_no_later_page(sealed, words, tmp_path):
    subprocess.run(["cp", "-r", *sealed.root.iterdir(), tmp_path], check=True)
    place = Ledger(tmp_path, make=False)
    whole = found(place, *words, "--order", "-time")
    some, more = rows_of(place, *words, "--order", "-time", "--limit", "1")
    (tmp_path / "new").write_text(json.dumps(mail(700, A, Subject="budget",
                                                  CreationTime="2026-10-05T12:00:30")))
    place.firn("import", place.dir, tmp_path / "new", "--progress", "never")
    for seal in (False, True):
        if seal:
            place.firn("ledger", "seal", place.dir)
        rest, _ = rows_of(place, *words, "--order", "-time", "--limit", "10000", "--page", more)
        assert [r["index"] for r in some + rest] == whole
        assert len(found(place, *words)) > len(whole)


def test_wrong_tokens(ledger):
    _, more = rows_of(ledger, "budget", "--limit", "3")
    query, size, time, index = more.split(".")
    good = ["search", ledger.dir, "budget", "--limit", "3", "--page"]
    assert ledger.firn(*good, more)
    for token in (
            "", "x", "....", more + " ", more + ".", "." + more, more[1:], more.upper(),
            f"{query}.{size}.{time}", f"{query}.0{size}.{time}.{index}",
            f"{query}.{size}.{time}.{size}", f"{query}.0.{time}.0", f"{query}.{size}.-0.{index}",
            f"{query}.{size}.{'9' * 20}.{index}", f"{query}.{'9' * 20}.{time}.{index}",
            f"{query}.{int(size) + 1}.{time}.{index}", f"{query}.{size}.{time}.-1",
            f"{'0' * 16}.{size}.{time}.{index}", "\u00fc" * 16 + f".{size}.{time}.{index}",
            f"{query}.{size}.'.{index}", "1 OR 1=1"):
        why = ledger.firn(*good, token, check=2)
        assert "firn: " in why and "\n" == why[-1], token
    for words in (["please"], ["budget", "op:Send"], ["budget", "--order", "-time"],
                  ["budget", "--tenant", A]):
        why = ledger.firn("search", ledger.dir, *words, "--limit", "3", "--page", more, check=2)
        assert "another query" in why
    for words in (["--page", more], ["--count", "--limit", "3"], ["--count", "--order", "index"],
                  ["--order", "size"], ["--limit", "99999999999999999999"]):
        assert "firn: " in ledger.firn("search", ledger.dir, "budget", *words, check=2)


def test_nothing_is_written_by_raw(sealed):
    before = {p: p.read_bytes() for p in sorted(Path(sealed.dir).rglob("*")) if p.is_file()}
    for text in (f"COPY (SELECT raw(1)) TO '{sealed.dir}/evil'",
                 f"COPY (SELECT raw(index) FROM records) TO '{sealed.root}/evil' (FORMAT blob)",
                 f"ATTACH '{sealed.dir}/evil.db'", "SET threads = 8"):
        sql(sealed, text, check=2)
    assert sql(sealed, "SELECT count(raw(index)) AS n FROM records")[0]["n"] > 400
    assert found(sealed, "budget")
    assert before == {
        p: p.read_bytes() for p in sorted(Path(sealed.dir).rglob("*")) if p.is_file()}
