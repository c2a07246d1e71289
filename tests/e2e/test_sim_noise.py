"""firn-sim write: what resembles an attack and is none."""

import collections
import subprocess

import pytest

from test_sim import read, write

DAYS = 28  # a migration every four weeks


@pytest.fixture(scope="module")
def audit(tmp_path_factory):
    """The audit log, each record once, in the order of time."""
    folder = tmp_path_factory.mktemp("noise") / "logs"
    write(folder, "--people", 60, "--days", DAYS, "--seed", 3)
    records = {record["Id"]: record for path in (folder / "audit").iterdir()
               for record in read(path)}
    return sorted(records.values(), key=lambda r: r["CreationTime"])


def of(records, operation):
    return [r for r in records if r["Operation"] == operation]


def values(record):
    return {p["Name"]: (p["OldValue"], p["NewValue"])
            for p in record["ModifiedProperties"]}


def test_a_migration_reads_all_mailboxes_and_is_announced(audit):
    name = "Cloudbridge Mailbox Mover"
    about = [r for r in audit if name in str(r)]
    granted, = [r for r in about if r["Operation"]
                == "Add app role assignment to service principal."]
    removed, = [r for r in about
                if r["Operation"] == "Remove service principal."]
    assert values(granted)["AppRole.Value"][1] == "full_access_as_app"
    app = values(granted)["ServicePrincipal.AppId"][1]
    consent, = [r for r in about
                if r["Operation"] == "Consent to application."]
    assert values(consent)["ConsentContext.IsAdminConsent"][1] == "True"
    read_by = [r for r in of(audit, "MailItemsAccessed")
               if r.get("ClientAppId") == app]
    assert all(granted["CreationTime"] < r["CreationTime"]
               < removed["CreationTime"] for r in read_by)
    assert len({r["CreationTime"][:10] for r in read_by}) == 4
    assert len({r["MailboxOwnerUPN"] for r in read_by}) == 60
    address, = {r["ClientIPAddress"] for r in read_by}
    assert address not in {r.get("ClientIPAddress") for r in audit
                           if r.get("ClientAppId") != app}


def test_a_scanner_fails_on_many_accounts_from_the_office(audit):
    failed = collections.defaultdict(set)
    for r in of(audit, "UserLoginFailed"):
        failed[r["CreationTime"][:10], r["ClientIP"]].add(r["UserId"])
    nights = {key: users for key, users in failed.items() if len(users) > 50}
    assert len(nights) == DAYS // 7
    address, = {address for _, address in nights}
    assert any(r["ClientIP"] == address for r in of(audit, "UserLoggedIn"))
    assert not any("python" in str(r) for r in of(audit, "UserLoggedIn"))


def test_leavers_take_files_along_and_are_disabled(audit):
    disabled = {r["ObjectId"]: r for r in of(audit, "Update user.")
                if "AccountEnabled" in values(r)
                and "false" in values(r)["AccountEnabled"][1]}
    assert disabled
    downloads = collections.Counter(
        r["UserId"] for r in of(audit, "FileDownloaded"))
    others = [n for user, n in downloads.items() if user not in disabled]
    for user, record in disabled.items():
        assert record["UserId"] != user
        assert downloads[user] > 2 * max(others)
        after = [r["Operation"] for r in audit if r["UserId"] == user
                 and r["CreationTime"] > record["CreationTime"]
                 # what apps and the scanner do with their mailbox
                 and r.get("UserType") != 5
                 and r["Operation"] != "UserLoginFailed"]
        assert not after


def test_few_work_on_holidays(tmp_path):
    """2026-12-23 is a Wednesday; both are holidays in most countries."""
    write(tmp_path / "logs", "--people", 60, "--days", 3, "--seed", 3,
          "--start", "2026-12-23")
    days = collections.Counter(
        record["CreationTime"][:10]
        for path in (tmp_path / "logs" / "audit").iterdir()
        for record in read(path))
    assert days["2026-12-25"] < days["2026-12-23"] / 3


def test_noise_is_the_same_every_time(tmp_path):
    options = ("--people", 20, "--days", 2, "--seed", 3, "--start",
               "2026-10-13")
    for name in "ab":
        write(tmp_path / name, *options)
    same = subprocess.run(
        ["diff", "-r", tmp_path / "a", tmp_path / "b"], capture_output=True,
        timeout=60)
    assert same.returncode == 0
