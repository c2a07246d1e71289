"""Input that is broken, hostile or in the way: nothing hangs, grows or gets lost."""

import gzip
import json
import os
import random
import socket
import subprocess
import time

import pytest
from conftest import FIRN, run
from test_scan_forms import audit, compact

QUIET = ("scan", "--progress", "never", "--no-shipped-rules")
NO_RULES = ("--no-shipped-rules",)


def write(path, text):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize("line", ['{"a":[\n', '{"a\n', '{"a":"\\"\n'])
def test_lines_that_nothing_closes_take_linear_time(scan, tmp_path, line):
    log = write(tmp_path / "log", line * 60000)
    begin = time.monotonic()
    assert scan(log, options=NO_RULES).summary["rejected"] == 60000
    assert time.monotonic() - begin < 10


def test_a_torn_element_costs_only_itself(scan, tmp_path):
    lines = [compact(audit(n)) for n in range(4000)]
    lines[5] = '{"a":{"b":'
    log = write(tmp_path / "log", "[\n" + ",\n".join(lines) + "\n]\n")
    result = scan(log, options=NO_RULES)
    assert result.summary["events"] == 3999
    assert [r["record"] for r in result.rejects] == [6]
    assert result.rejects[0]["reason"] == "the next record begins inside it"


@pytest.mark.parametrize("tail", ["\0", "]", "}", "x"])
def test_what_follows_an_array_is_one_reject(scan, tmp_path, tail):
    log = write(tmp_path / "log", f"[{compact(audit())}]" + tail * 100000)
    summary = scan(log, options=NO_RULES).summary
    assert (summary["events"], summary["rejected"]) == (1, 1)


def test_long_junk_swallows_no_record(scan, tmp_path):
    ends = [compact(audit(n)) for n in range(3)]
    log = write(tmp_path / "log", f"[{ends[0]}," + "x" * 3_000_000 + f"] {ends[1]},{ends[2]}")
    result = scan(log, options=NO_RULES)
    assert result.summary["events"] == 3
    assert [r["record"] for r in result.rejects] == [2]


def test_a_stray_quote_costs_one_row(scan, tmp_path):
    rows = [f"2026-10-05T10:00:00,{n},x\n" for n in range(60000)]
    rows[10] = '2026-10-05T10:00:00,10,"x\n'
    rows[59999] = rows[59999] + "2026-10-05T10:00:00,1,2,3\n"
    log = write(tmp_path / "log", "CreationTime,number,text\n" + "".join(rows))
    result = scan(log, options=NO_RULES)
    assert [r["line"] for r in result.rejects] == [12, 60002]
    assert result.summary["events"] == 59999


def test_many_small_records_need_little_memory(tmp_path):
    log = write(tmp_path / "log", "[{}" + ",1" * 2_000_000 + "]")
    child = subprocess.Popen([FIRN, *QUIET, "--threads", "8", log], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = 0
    assert status == 0
    assert usage.ru_maxrss < 256 * 1024 or "/san" in FIRN  # sanitizers keep what is freed


def mixed(form, seed):
    """Records of all sizes around the borders of batches, some of them broken."""
    rng = random.Random(seed)
    parts, bad, line = [], [], 1
    for n in range(700):
        size = rng.choice([0, 10, 1000, 20000]) + rng.randrange(200)
        record = compact(audit(n, Note="\U0001f600é\n" * (size // 8) + "y" * (size % 8)))
        broken = rng.random() < 0.05
        if form == "rows":
            lines = rng.randrange(4)
            cell = "[1]" if broken else record.replace('"', '""')
            parts.append('2026-10-05,"' + "\r\n" * lines + '",' + f'"{cell}"' + "\r\n")
            bad += [line + 1] * broken
            line += 1 + lines
        else:
            parts.append("{1}" if broken else record)
            bad += [n + 1] * broken
    if form == "rows":
        return "CreationDate,Text,AuditData\r\n" + "".join(parts), bad
    return ("\r\n".join(parts) if form == "lines" else "[" + " ,".join(parts) + "]"), bad


@pytest.mark.parametrize("form", ["lines", "elements", "rows"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "gzip", "zstd"])
def test_borders_and_threads_change_nothing(scan, tmp_path, form, encoding):
    text, bad = mixed(form, 7)
    if encoding == "gzip":
        raw = text.encode()
        raw = b"".join(gzip.compress(raw[i:i + 99999]) for i in range(0, len(raw), 99999))
    elif encoding == "zstd":
        raw = text.encode()
        raw = b"".join(
            subprocess.run(["zstd", "-qc"], input=raw[i:i + 999999], stdout=-1, check=True).stdout
            for i in range(0, len(raw), 999999))
    else:
        raw = text.encode(encoding)
    log = write(tmp_path / "log", raw)
    one, many = (
        scan(log, options=(*NO_RULES, "--threads", n, "--events", "--format", "ndjson"))
        for n in ("1", "4"))
    assert [r["record"] if form == "elements" else r["line"] for r in one.rejects] == bad
    assert one.summary["events"] == 700 - len(bad)
    assert (one.summary, one.rejects) == (many.summary, many.rejects)
    assert one.done.stdout == many.done.stdout


def test_wrappers_in_a_list_on_a_line(scan, tmp_path):
    wrappers = [{"records": [audit(1), audit(2)]}, {"records": [audit(3), 5]}]
    for lines in ([audit(9), wrappers], [wrappers, audit(9)]):
        log = write(tmp_path / "log", "\n".join(map(compact, lines)))
        result = scan(log, options=NO_RULES)
        assert result.summary["events"] == 4
        assert [r["record"] for r in result.rejects] == [4]


@pytest.mark.parametrize("name", ["message", "_raw", "event.original"])
def test_a_known_record_is_no_envelope(scan, tmp_path, name):
    log = write(tmp_path / "log", compact(audit(1, **{name: '{"x":1}'})))
    assert scan(log, options=NO_RULES).summary["kinds"] == {"o365.audit": 1}


def test_repairs_inside_an_envelope_are_counted(scan, tmp_path):
    held = compact(audit(1)).replace("ann@", "\\ud800ann@")
    log = write(tmp_path / "log", json.dumps({"AuditData": held}))
    assert scan(log, options=NO_RULES).summary["repaired"] == 1


def test_what_is_in_a_folder_and_no_file_is_named(scan, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    write(folder / "log", compact(audit()))
    os.mkfifo(folder / "fifo")
    (folder / "up").symlink_to("..")
    (folder / "nowhere").symlink_to("absent")
    (folder / "zero").symlink_to("/dev/zero")
    here = socket.socket(socket.AF_UNIX)
    here.bind(str(folder / "socket"))
    deep = folder
    for _ in range(70):
        deep = deep / "d"
    deep.mkdir(parents=True)
    summary = scan(folder, options=NO_RULES).summary
    here.close()
    skipped = {os.path.relpath(s["file"], folder): s["reason"] for s in summary["skipped"]}
    assert (summary["events"], summary["files"]) == (1, 1)
    assert skipped.pop("/".join("d" * 65)) == "cannot read folder: nested too deeply"
    assert skipped == {
        "fifo": "neither a file nor a folder", "socket": "neither a file nor a folder",
        "zero": "neither a file nor a folder", "up": "a link to a folder",
        "nowhere": "cannot open: No such file or directory"}


def test_the_scan_does_not_read_what_it_writes(tmp_path):
    log = write(tmp_path / "log", "".join(compact(audit(n)) + "\n" for n in range(3000)))
    events = ("--events", "--format", "ndjson")
    for _ in range(2):
        run(*QUIET, *events, "--out", tmp_path / "z-out", "--rejects", tmp_path / "z-rejects",
            "--summary", tmp_path / "z-summary", tmp_path)
        assert len((tmp_path / "z-out").read_text().splitlines()) == 3000
    for name in ("z-out", "z-rejects", "z-summary"):
        (tmp_path / name).unlink()
    with (tmp_path / "z").open("wb") as out:
        subprocess.run([FIRN, *QUIET, *events, tmp_path], stdout=out, check=True, timeout=60)
    assert len((tmp_path / "z").read_text().splitlines()) == 3000
    before = log.read_bytes()
    for option in ("--out", "--rejects", "--summary"):
        done = run(*QUIET, option, log, log, check=2)
        assert b"read and written" in done.stderr
        assert log.read_bytes() == before


def test_fail_on_must_not_be_below_level(tmp_path):
    log = write(tmp_path / "log", compact(audit()))
    done = run(*QUIET, "--level", "high", "--fail-on", "low", log, check=2)
    assert b"--fail-on low is below --level high" in done.stderr


def test_files_put_together_lose_nothing(scan, tmp_path):
    a, b, c = (compact(audit(n)) for n in range(3))
    mark = "\ufeff"
    for text in (
            f"{a}{b}\n{c}\n", f"{a}\n{b} {c}", f"{a}\n{mark}{b}\n{c}", f"[{a},{b}]{mark}{c}",
            f"{mark}{a}\r\n{mark}{b}\r\n{c}"):
        summary = scan(write(tmp_path / "log", text), options=NO_RULES).summary
        assert (summary["events"], summary["rejected"]) == (3, 0)
    result = scan(write(tmp_path / "log", f"{a}\n{b}{{1}}{{2}} {c}\n"), options=NO_RULES)
    assert result.summary["events"] == 3
    assert [(r["line"], r["record"]) for r in result.rejects] == [(2, 2), (2, 3)]
    table = "CreationTime,Text\r\n2026-10-05T10:00:00,x\r\n"
    summary = scan(write(tmp_path / "log", table + mark + table + table), options=NO_RULES).summary
    assert (summary["records"], summary["events"]) == (3, 3)
