"""One engine for all doors of a user: found, started once, never believed before it has shown who it is."""

import contextlib
import http.client
import json
import os
import socket
import stat
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from recraft_core import Studio
from recraft_core.api import embedded, service, warm
from recraft_core.shared.errors import KeyTrouble
from recraft_local.rest import Rest
from recraft_local.server import Settings, serving

TOKEN = "token-for-tests-0123456789"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A user of our own, whose engines stay; none is left afterwards."""
    monkeypatch.setenv("RECRAFT_HOME", str(tmp_path))
    monkeypatch.delenv("RECRAFT_NO_SHARE")
    monkeypatch.delenv("RECRAFT_API_TOKEN", raising=False)
    yield tmp_path
    warm.stop(service.engine_folder())


@pytest.fixture(scope="module")
def shared_engine():
    with serving(Settings(idle_s=60, token=TOKEN)) as engine:
        yield engine


def place(engine, **more):
    return warm.Place(**{"base_url": engine.base_url, "token": TOKEN, **more})


def tell(folder, place, name="shared-0.json"):
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(json.dumps(asdict(place)))
    return file


def account(*more):
    return subprocess.Popen(
        [sys.executable, "-m", "recraft_core", "account", "--local", "-q", *more],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_commands_that_start_at_once_share_one_engine_and_it_is_the_users_alone(home):
    commands = [account() for _ in range(3)]
    said = [command.communicate(timeout=60) for command in commands]
    assert [command.returncode for command in commands] == [0, 0, 0], said
    (one,) = warm.running(service.engine_folder())
    (file,) = service.engine_folder().glob("shared-*.json")
    if os.name != "nt":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    # Nobody comes in without the token, which no list of processes shows.
    assert requests.get(f"{one.base_url}/users/me", headers={"Authorization": "Bearer offline"}, timeout=30).status_code == 401
    shown = Path(f"/proc/{one.pid}/cmdline")
    assert not shown.exists() or json.loads(file.read_text())["token"].encode() not in shown.read_bytes()
    # A script and a command take the same.
    assert Studio(local=True).account()["credits"]
    assert [again.pid for again in warm.running(service.engine_folder())] == [one.pid]
    # An engine that was killed leaves its file behind, and is replaced.
    os.kill(one.pid, 9 if os.name != "nt" else 15)
    assert Studio(local=True).account()["credits"]
    (other,) = warm.running(service.engine_folder())
    assert other.pid != one.pid


def test_an_engine_of_its_own_on_request(home):
    command = account("--no-share")
    said = command.communicate(timeout=60)
    assert command.returncode == 0, said
    assert list(service.engine_folder().glob("shared-*")) == []


@pytest.mark.parametrize("way", ["setting", "environment", "argument"])
def test_each_way_to_have_none_shared(home, monkeypatch, way):
    assert service.choose(local=True).keep_s == 120
    if way == "setting":
        service.settings.change("keep_engine_s", 0)
    if way == "environment":
        monkeypatch.setenv(service.ALONE, "1")
    assert service.choose(local=True, share=way != "argument").keep_s == 0


def test_it_ends_after_a_rest_and_never_while_it_is_needed(tmp_path):
    engine = embedded.Engine(tmp_path, idle_s=0.2)
    lease = warm._held(warm.Place(engine.base_url, engine.token))
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {engine.token}"
    for _ in range(3):  # longer than its rest, since each is a process of its own
        subprocess.run([sys.executable, "-c", "import time; time.sleep(0.2)"], check=True)
        assert session.get(f"{engine.base_url}/users/me", timeout=30).status_code == 200
    assert engine.alive
    lease.close()
    session.close()
    engine._process.wait(30)


def test_it_ends_when_its_folder_is_gone(tmp_path):
    ended = threading.Event()
    rest = Rest()
    rest.end = ended.set
    with rest.disturbed():
        rest.watch(3600, str(tmp_path / "gone"))
        assert ended.wait(30)
        assert rest.rested_s == 0


def test_the_lease_of_a_client_ends_with_it(home):
    client = service.Connection("offline", "", offline=True, keep_s=60).open()
    connection = client._lease._connection
    assert connection.sock is not None
    client.close()
    assert connection.sock is None


def test_a_stranger_at_the_address_is_told_nothing(tmp_path):
    """Whatever took over the port of an engine that has died: it learns neither the token nor a picture."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        heard = []

        def answer():
            connection, _ = listener.accept()
            with connection:
                heard.append(connection.recv(65536))
                connection.sendall(b"HTTP/1.1 200 OK\r\nx-recraft-proof: 00ff\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        file = tell(tmp_path, warm.Place(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", TOKEN))
        assert warm._found(file) is None
        thread.join()
    assert TOKEN.encode() not in heard[0]


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '{"base_url": 7, "token": "x"}', '{"base_url": "http://127.0.0.1:99999/v1", "token": "x"}',
                                  '{"base_url": "http://127.0.0.1:1/v1", "token": "x", "pid": 1, "version": "", "since": 0}', '{"other": 1}'])  # fmt: skip
def test_a_file_that_tells_of_no_engine_is_passed_over_and_removed(tmp_path, text):
    file = tmp_path / "shared-0.json"
    file.write_text(text)
    assert warm._found(file) is None
    assert warm.running(tmp_path) == []
    assert not file.exists()


def test_the_engine_believes_only_who_knows_the_token(shared_engine):
    for path, method in ((warm._LEASE, "GET"), (warm._STOP, "POST")):
        for given in ("", "wrong", "é" * 64, warm._proof(TOKEN, "engine", "n"), warm._proof("another", "user", "n")):
            connection = http.client.HTTPConnection("127.0.0.1", urlsplit(shared_engine.base_url).port, timeout=30)
            with contextlib.closing(connection):
                connection.request(method, path, headers={warm._NONCE: "n", warm._PROOF: given.encode("latin-1")})
                assert connection.getresponse().status == 401
    with contextlib.closing(warm._held(place(shared_engine))) as lease:
        assert lease.token == TOKEN


def test_an_engine_of_another_version_is_not_used_but_seen_and_ended(home, shared_engine, monkeypatch, capsys):
    from recraft_core.cli import main

    folder = service.engine_folder()
    tell(folder, place(shared_engine, pid=4711, version="0.0.9", since=0.0), "shared-0123456789ab.json")
    started = []

    class Started:
        base_url, token, pid, since = shared_engine.base_url, TOKEN, 1, 0.0

        def __init__(self, data, *, idle_s):
            started.append((data, idle_s))

    monkeypatch.setattr(embedded, "Engine", Started)
    warm.lease(folder, 77).close()
    assert started == [(folder, 77)]
    assert main(["engine"]) == 0
    assert "process 4711" in capsys.readouterr().out
    assert main(["engine", "status", "--json"]) == 0
    assert {one["process"] for one in json.loads(capsys.readouterr().out)} == {4711, 1}


def test_an_engine_that_is_about_to_end_lets_nobody_in(shared_engine):
    rest = shared_engine.engine.rest
    rest.over = True
    try:
        with pytest.raises(http.client.HTTPException):
            warm._held(place(shared_engine))
    finally:
        rest.over = False


def test_who_comes_while_it_is_decided_is_seen(monkeypatch):
    """The first look finds rest, then somebody comes: it goes on."""
    rest, ended, looks = Rest(), threading.Event(), iter([10.0, 0.0, 10.0, 10.0])
    rest.end = ended.set
    monkeypatch.setattr(Rest, "rested_s", property(lambda _self: next(looks)))
    rest.watch(0.01, "")
    assert ended.wait(30)
    assert list(looks) == []


def test_an_update_changes_the_name(monkeypatch):
    before = warm._stamp()
    assert warm._stamp() == before
    monkeypatch.setattr(warm, "__version__", "99.0")
    assert warm._stamp() != before


def test_the_key_given_to_an_engine_of_ones_own_is_its_token(home):
    connection = service.choose(local=True, share=False)
    with contextlib.closing(connection.open()) as client:
        from recraft_core.api.client import Client
        from recraft_core.api.wire import Call

        assert client.send(Call("users/me", {})).body["credits"]
        with contextlib.closing(Client("offline", client.base_url, free=True)) as other, pytest.raises(KeyTrouble):
            other.send(Call("users/me", {}))
