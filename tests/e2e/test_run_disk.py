"""firn run on a disk that is full, or fails: it says so, goes on by itself when
there is room, and loses nothing."""

import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from conftest import preload, run
from run_home import Run, Sim, had, source_of, wait_for


def health(service):
    try:
        with urllib.request.urlopen(f"http://{service.address}/healthz", None, 30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def begin(root, **keys):
    sim = Sim(root, "--people", 50, "--rate", 40, "--history", "1m", "--quota", 0)
    return sim, Run(root, {"t0": source_of(sim, sim.tenants[0])}, **keys)


def end(sim, service):
    """All of it is there, once, and nothing is in a gap."""
    sim.end_events()
    service.settle()
    service.stop()
    sim.stop()
    events, lost = had(sim.truth())
    there = service.ids()
    assert set(there) == events and not lost
    assert set(there.values()) == {1}
    assert not service.own("gap")
    service.verify()


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 64 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64M", "tmpfs", disk],
        capture_output=True, check=False).returncode == 0
    if not mounted:
        pytest.skip("no file system can be mounted here")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def fill(disk):
    """Up to the last byte, as far as that goes while others write."""
    with open(disk / "ballast", "ab", buffering=0) as out:
        for size in (1 << 20, 4096):
            try:
                while True:
                    out.write(bytes(size))
            except OSError:
                pass


def wait_status(service, true):
    """After a write that failed it is not there for some seconds."""
    def is_so():
        service.find()
        try:
            return true(service.status())
        except urllib.error.URLError:
            return False

    wait_for(is_so)


def test_a_full_disk(tmp_path, small_disk):
    """Not a byte is left, more suddenly than disk_min can see."""
    sim, service = begin(tmp_path, disk_min="8M", seal=False)
    shutil.move(service.ledger, small_disk / "ledger")
    service.ledger.symlink_to(small_disk / "ledger")
    service.start()
    wait_for(lambda: service.status()["events"] > 20)
    for _ in range(2):
        fill(small_disk)

        wait_status(service, lambda status: status["paused"])
        size = service.status()["size"]
        time.sleep(2)
        assert service.status()["size"] == size
        assert health(service) == (503, "the disk is nearly full and nothing is collected\n")
        said = run("status", "--at", service.address, check=1, env=service.env).stdout.decode()
        assert "the disk is nearly full and nothing is collected" in said
        os.unlink(small_disk / "ballast")
        wait_status(service, lambda status, size=size: status["size"] > size)
        assert health(service) == (200, "ok\n")
    end(sim, service)


@pytest.mark.parametrize("kind", ("full", "eio"))
def test_a_disk_that_fails(tmp_path, kind):
    """What is wrong is said, and a service on a disk that is well loses nothing."""
    sim, service = begin(tmp_path)
    service.start()
    wait_for(lambda: service.status()["events"] > 20)
    service.stop()
    whole = dict(service.env)
    for at in (100, 150):
        service.env.update(
            LD_PRELOAD=preload(), FIRN_FAULT=f"firn {kind} {at}",
            ASAN_OPTIONS=whole.get("ASAN_OPTIONS", "")
            + ":detect_leaks=0:verify_asan_link_order=0")
        service.start()
        why = {"full": "No space left on device", "eio": "Input/output error"}[kind]
        log = service.root / "run.log"
        # One call that failed may have been for a file that is only a help.
        wait_for(lambda: any(
            said.endswith(f"{why}; trying again in 5 s") or
            (said.startswith("firn: who told what is not kept") and said.endswith(why)
             and kind == "eio") for said in log.read_text(errors="replace").splitlines()))
        service.kill()
        log.rename(log.with_suffix(f".{at}"))
    service.env = whole
    service.start()
    end(sim, service)
