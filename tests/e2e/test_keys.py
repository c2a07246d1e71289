"""firn keys: new and show; rotate is in test_ledger_changes.py."""

import base64
import hashlib
import os
import stat

import pytest

from conftest import run


def keys(*args, check=0):
    done = run("keys", *args, check=check)
    return (done.stdout if check == 0 else done.stderr).decode()


def test_a_new_key_is_shown_again(tmp_path):
    path = tmp_path / "key"
    line = keys("new", path, "--name", "log.example/a")
    name, key_id, encoded = line.rstrip("\n").split("+", 2)
    public = base64.b64decode(encoded, validate=True)
    assert name == "log.example/a"
    assert len(public) == 33 and public[0] == 1
    assert key_id == hashlib.sha256(b"log.example/a\n" + public).hexdigest()[:8]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    secret = path.read_text()
    assert secret.startswith(f"PRIVATE+KEY+log.example/a+{key_id}+")
    assert secret.count("\n") == 1 and secret.endswith("\n")
    assert keys("show", path) == line


def test_a_cosigner_has_another_type(tmp_path):
    line = keys("new", tmp_path / "w", "--cosigner", "--name", "w.example")
    assert base64.b64decode(line.rstrip("\n").split("+", 2)[2])[0] == 4
    assert keys("show", tmp_path / "w") == line


def test_keys_differ(tmp_path):
    assert keys("new", tmp_path / "a", "--name", "x") != keys(
        "new", tmp_path / "b", "--name", "x")


def test_no_file_is_written_over(tmp_path):
    path = tmp_path / "key"
    path.write_text("precious\n")
    assert "File exists" in keys("new", path, "--name", "x", check=2)
    assert path.read_text() == "precious\n"


def test_a_bad_name_makes_no_file(tmp_path):
    for name in ["", "a b", "a+b", "a\u3000b", "x" * 256]:
        keys("new", tmp_path / "key", "--name", name, check=2)
    assert not list(tmp_path.iterdir())
    keys("new", tmp_path / "key", "--name", "x" * 255)


def test_a_key_that_others_may_read_is_refused(tmp_path):
    path = tmp_path / "key"
    line = keys("new", path, "--name", "x")
    for mode in [0o640, 0o604, 0o620, 0o610]:
        path.chmod(mode)
        assert f"chmod 600 {path}" in keys("show", path, check=2)
    path.chmod(0o400)
    assert keys("show", path) == line


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_key_of_someone_else_is_refused(tmp_path):
    path = tmp_path / "key"
    keys("new", path, "--name", "x")
    os.chown(path, 12345, -1)
    assert "belongs to user 12345" in keys("show", path, check=2)


def test_a_key_that_is_open_signs_nothing(tmp_path):
    env = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state"),
           "XDG_CONFIG_HOME": str(tmp_path / "config")}
    run("init", tmp_path / "ledger", "--origin", "log.example/a", env=env)
    log = tmp_path / "a.ndjson"
    log.write_text('{"RecordType":1,"Operation":"x","Id":"1"}\n')
    secret = tmp_path / "config/firn/log.example-a.key"
    secret.chmod(0o640)
    for args in (["import", tmp_path / "ledger", log],
                 ["keys", "rotate", tmp_path / "ledger", "--new", tmp_path / "n"]):
        assert b"chmod 600" in run(*args, check=2, env=env).stderr
    secret.chmod(0o400)
    run("import", tmp_path / "ledger", log, env=env)


def test_what_is_no_secret_key_is_refused(tmp_path):
    path = tmp_path / "key"
    keys("new", path, "--name", "x")
    good = path.read_text()
    for text, reason in [
        ("", "no secret key"),
        ("hello\n", "no secret key"),
        (good + good, "more than a secret key"),
        (good + "\n", "more than a secret key"),
        (good * 20, "more than a secret key"),
        (good.replace("+x+", "+y+"), "not the one"),
        (good.replace("+x+", "++"), "no name"),
        (good[:-6] + "\n", "not base64"),
        (good[:-5] + "\n", "bytes"),
    ]:
        path.write_text(text)
        assert reason in keys("show", path, check=2), text
    os.remove(path)
    os.mkfifo(path, 0o600)
    assert "is no file" in keys("show", path, check=2)
    assert "cannot open" in keys("show", tmp_path / "none", check=2)


def test_shows_the_keys_of_a_ledger(tmp_path):
    lines = [keys("new", tmp_path / f"{i}", "--name", "x") for i in range(3)]
    ledger = tmp_path / "ledger"
    ledger.mkdir()
    assert "keys.pub" in keys("show", ledger, check=2)
    (ledger / "keys.pub").write_text("".join(lines))
    assert keys("show", ledger) == "".join(lines)
    (ledger / "keys.pub").write_text(lines[0] + "x" + lines[1])
    assert "keys.pub:2: " in keys("show", ledger, check=2)


def test_usage(tmp_path):
    for args in [[], ["new"], ["show"], ["make", "x"], ["new", "x"],
                 ["show", "x", "y"], ["show", "x", "--name", "y"],
                 ["show", "x", "--cosigner"], ["new", "x", "--name"],
                 ["rotate"], ["rotate", "x"], ["rotate", "x", "--new"],
                 ["rotate", "x", "--new", "y"], ["show", "x", "--key", "y"],
                 ["new", "x", "--name", "y", "--new", "z"],
                 ["rotate", "x", "--new", "y", "--name", "z"],
                 ["new", "x", "--nam=", "--what"]]:
        run("keys", *args, check=2, cwd=tmp_path)
    assert not list(tmp_path.iterdir())
    assert run("keys", "--help").stdout == run("help", "keys").stdout
