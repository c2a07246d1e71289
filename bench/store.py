#!/usr/bin/python3
"""What a sealed ledger costs: making segments, checking, searching, erasing.

	store.py FIRN LOG DIR ROUNDS

LOG is a made-up audit log; the ledger lies in DIR, which must not be there.  Cold is behind
dropped caches, where that is allowed; else it is said.
"""

import ctypes
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time

FIRN, LOG, DIR = (pathlib.Path(p).resolve() for p in sys.argv[1:4])
ROUNDS = int(sys.argv[4])
DUCKDB = pathlib.Path(
    "node_modules/@duckdb/node-bindings-linux-x64/libduckdb.so").resolve()
LEDGER = DIR / "ledger"
ENV = {**os.environ, "XDG_CONFIG_HOME": str(DIR / "config"), "XDG_STATE_HOME": str(DIR / "state")}


def firn(*words):
    """Its output, the seconds it took, and those of the processor."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    done = subprocess.run([FIRN, *map(str, words)], env=ENV, stdout=subprocess.PIPE, check=True)
    took = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.stdout.decode(), took, after.ru_utime + after.ru_stime - (
        before.ru_utime + before.ru_stime)


def say(what, text):
    print(f"  {what:<42} {text}", flush=True)


# --- making it ---

def take():
    firn("init", LEDGER, "--origin", f"bench.example/{os.getpid()}")
    out, took, _ = firn("import", LEDGER, LOG, "--threads", 2, "--progress", "never",
                        "--format", "json")
    return json.loads(out)["size"], took


def parquet_files():
    return sorted(str(p) for p in (LEDGER / "segment").glob("*/*.parquet"))


class Duck:
    def __init__(self):
        self.lib = ctypes.CDLL(str(DUCKDB))
        self.database, self.connection = ctypes.c_void_p(), ctypes.c_void_p()
        self.lib.duckdb_open(None, ctypes.byref(self.database))
        self.lib.duckdb_connect(self.database, ctypes.byref(self.connection))

    def run(self, sql):
        assert self.lib.duckdb_query(self.connection, sql.encode(), None) == 0, sql


def copy_rate(records):
    """DuckDB's own sorted COPY of the same columns, which are in memory, one thread."""
    duck = Duck()
    files = ", ".join(f"'{p}'" for p in parquet_files()[:1])
    duck.run("SET threads = 1")
    duck.run(f"CREATE TEMP TABLE t AS SELECT * FROM read_parquet([{files}], "
             "hive_partitioning = false) ORDER BY index")
    start = time.monotonic()
    duck.run("COPY (SELECT * FROM t ORDER BY actor_name, mailbox, time, index) TO "
             f"'{DIR}/copy.parquet' (FORMAT parquet, COMPRESSION zstd)")
    return min(records, 1000000) / (time.monotonic() - start)


def sizes(records):
    kept = sum(p.stat().st_size for p in (LEDGER / "segment").rglob("*") if p.is_file())
    packed = subprocess.run(f"zstd -3 -qc '{LOG}' | wc -c", shell=True, check=True,
                            stdout=subprocess.PIPE).stdout
    return kept / records, int(packed) / records


# --- asking it ---

def drop_caches():
    os.sync()
    try:
        pathlib.Path("/proc/sys/vm/drop_caches").write_text("3")
    except OSError:
        return False
    return True


def someone():
    """A person with a usual number of records, a session, an id and a day of his."""
    out, _, _ = firn("sql", LEDGER, "SELECT actor_name, count(*) n FROM records WHERE "
                     "actor_name LIKE '%@%' AND session IS NOT NULL GROUP BY 1 "
                     "ORDER BY n, 1", "--format", "ndjson")
    people = out.splitlines()
    user = json.loads(people[len(people) // 2])["actor_name"]
    out, _, _ = firn("search", LEDGER, f"user:{user}", "session:*", "--limit", 1, "--format",
                     "ndjson")
    row = json.loads(out.splitlines()[0])
    return user, row["session"], row["id"], row["time"][:10], len(people)


def ask(what, *words):
    cold = True
    took = []
    for _ in range(ROUNDS):
        cold = drop_caches() and cold
        took.append(firn(*words)[1])
    out = firn(*words)[0]
    say(what, f"{statistics.median(took) * 1000:7.0f} ms {'cold' if cold else 'warm'}, "
        f"{len(out.splitlines()) - 1} rows")


def main():
    DIR.mkdir(parents=True)
    raw = LOG.stat().st_size
    records, took = take()
    print(f"a sealed ledger: {records} records of {raw // records} bytes, {ROUNDS} rounds")
    say("durable import, two threads", f"{records / took:7.0f} records/s")
    _, took, cpu = firn("ledger", "seal", LEDGER)
    say("seal, check and put in place",
        f"{records / took:7.0f} records/s, {records / cpu:.0f} a processor second")
    say("DuckDB's sorted COPY alone", f"{copy_rate(records):7.0f} records/s")
    kept, packed = sizes(records)
    say("kept", f"{kept:7.0f} bytes a record, {packed:.0f} by zstd -3 of the log")
    _, took, cpu = firn("verify", LEDGER)
    say("verify, with columns", f"{raw / took / 1e6:7.0f} MB/s of records, "
        f"{raw / cpu / 1e6:.0f} a processor second")
    user, session, number, day, people = someone()
    say("people", f"{people:7d}")
    ask("one person's month", "search", LEDGER, f"user:{user}", "--format", "csv")
    ask("one session", "search", LEDGER, f"session:{session}", "--format", "csv")
    ask("one record by its id", "search", LEDGER, f"id:{number}", "--format", "csv")
    ask("a free word over a day", "search", LEDGER, f"after:{day}", f"before:{day}T23:59:59.9Z",
        "Outlook", "--count", "--format", "csv")
    ask("people per address per day", "sql", LEDGER,
        "SELECT time::DATE, ip, count(DISTINCT actor_name) FROM records GROUP BY ALL "
        "ORDER BY 3 DESC LIMIT 10", "--format", "csv")
    _, took, _ = firn("ledger", "erase", LEDGER, "--query", f"user:{user}", "--reason", "bench",
                      "--yes")
    say("erase one person", f"{took:7.1f} s")
    firn("verify", LEDGER)


main()
