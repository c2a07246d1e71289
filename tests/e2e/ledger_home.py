"""A ledger in a folder of its own, for tests of the program."""

import json
import os

from conftest import run

ORIGIN = "log.example/a"


def record(n):
    return json.dumps(
        {"RecordType": 1, "Operation": "New-InboxRule", "Id": f"id-{n}",
         "CreationTime": "2026-10-05T10:00:00", "UserId": "kim@example.org",
         "OrganizationId": "0000-1", "Workload": "Exchange"}, separators=(",", ":"))


class Ledger:
    """A ledger in a folder of its own, with keys and state beside it."""

    def __init__(self, root, origin=ORIGIN, make=True):
        self.root, self.dir = root, root / "ledger"
        self.root.mkdir(exist_ok=True)
        self.env = {**os.environ, "XDG_STATE_HOME": str(root / "state"),
                    "XDG_CONFIG_HOME": str(root / "config")}
        self.records = 0
        if make:
            self.firn("init", self.dir, "--origin", origin)
        self.key = (self.dir / "keys.pub").read_text().strip()

    def firn(self, *args, check=0, **kwargs):
        done = run(*args, check=check, env=self.env, **kwargs)
        return (done.stdout if check == 0 else done.stderr).decode()

    def add(self, count):
        """Imports so many new records."""
        path = self.root / f"{self.records}.ndjson"
        numbers = range(self.records, self.records + count)
        path.write_text("".join(record(n) + "\n" for n in numbers))
        self.records += count
        self.firn("import", self.dir, path, "--progress", "never")

    def grow(self, size):
        """Until it has `size` records; an import has two of firn's own."""
        self.add(size - self.size() - 2)
        assert self.size() == size

    def size(self):
        return self.stat()["size"]

    def stat(self):
        return json.loads(self.firn("ledger", "stat", self.dir, "--format", "json"))

    def damage(self, *options, check=1):
        """What firn damage answers; it is 1 unless access has stopped."""
        done = run("damage", self.dir, *options, "--format", "json", check=check, env=self.env)
        return json.loads(done.stdout)

    def verify(self, *options, check=0):
        return self.firn("verify", self.dir, *options, check=check)
