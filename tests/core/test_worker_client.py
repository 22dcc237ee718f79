"""The plugin's end: it starts, never blocks, and survives whatever its worker does."""

import json
import os
import signal
import socket
import sys
import textwrap
from pathlib import Path

import pytest
from plugin import Plugin, erase
from recraft_core.shared.errors import EngineTrouble, from_dict
from recraft_core.shared.protocol import PROTOCOL
from recraft_core.shared.worker_client import PluginLink
from recraft_core.shared.worker_process import Child, child_environment, read_command

NOWHERE = str(Path("/nowhere/python").absolute())  # on Windows it begins with a drive
# A worker that greets properly and then does as the test says.
GREETING = """
    import sys, time, os
    from recraft_core.worker import main as worker
    from recraft_core.shared.protocol import Message
    told = worker._greeting(sys.stdin.buffer)
    wire = worker.Wire(told["port"])
"""


def saying(code, tmp_path):
    """A link to a worker that runs `code`."""
    path = tmp_path / "worker.py"
    path.write_text(textwrap.dedent(GREETING) + textwrap.dedent(code))
    return PluginLink([sys.executable, str(path)], host="Test")


def trouble(message):
    assert message.kind == "error"
    return from_dict(message["error"])


@pytest.fixture
def ended():
    """Links to be let go after the test."""
    links = []
    yield links.append
    for link in links:
        link.stop(10)


def test_the_command_is_read_from_the_file_install_writes(tmp_path):
    (tmp_path / "worker.json").write_text(json.dumps({"command": [sys.executable, "-m", "recraft_core", "worker"]}))
    assert read_command(tmp_path)[0] == sys.executable
    (tmp_path / "recraft-worker").write_text("")
    (tmp_path / "worker.json").write_text(json.dumps({"command": ["recraft-worker", "worker"]}))
    assert read_command(tmp_path) == [str(tmp_path / "recraft-worker"), "worker"]


@pytest.mark.parametrize(
    "text", [None, "", "{}", '{"command": []}', '{"command": 5}', json.dumps({"command": [NOWHERE]})], ids=str
)
def test_without_a_command_it_says_to_install(tmp_path, text):
    if text is not None:
        (tmp_path / "worker.json").write_text(text)
    with pytest.raises(EngineTrouble) as caught:
        read_command(tmp_path)
    assert "install.py" in caught.value.remedy


def test_the_child_gets_nothing_of_the_hosts_python():
    environ = {
        "PYTHONPATH": "/krita", "PYTHONHOME": "/krita", "HOME": "/home/ann", "RECRAFT_API_TOKEN": "abc",
        "APPDIR": "/run/mount", "LD_LIBRARY_PATH": f"/run/mount/usr/lib{os.pathsep}/opt/lib", "QT_PLUGIN_PATH": "/run/mount/qt",
    }  # fmt: skip
    kept = child_environment(environ)
    assert {"HOME": "/home/ann", "RECRAFT_API_TOKEN": "abc", "LD_LIBRARY_PATH": "/opt/lib"}.items() <= kept.items()
    assert not {"PYTHONPATH", "PYTHONHOME", "QT_PLUGIN_PATH"} & set(kept)


def test_the_child_gets_no_libraries_and_certificates_of_a_mac_bundle():
    inside = "/Applications/GIMP.app/Contents/Resources"
    environ = {"DYLD_LIBRARY_PATH": f"{inside}/lib", "DYLD_INSERT_LIBRARIES": "x", "SSL_CERT_FILE": f"{inside}/ca.pem"}
    kept = child_environment({**environ, "REQUESTS_CA_BUNDLE": "/etc/company.pem"})
    assert not set(environ) & set(kept)
    assert kept["REQUESTS_CA_BUNDLE"] == "/etc/company.pem"


def test_a_program_that_is_not_there(ended):
    link = PluginLink(["/nowhere/recraft", "worker"], host="Test")
    ended(link)
    with pytest.raises(EngineTrouble):
        link.start()
    id_ = link.send("account")
    (message,) = link.poll()
    assert (message.id, link.state, link.busy) == (id_, "stopped", False)
    assert "install.py" in trouble(message).remedy


def test_a_program_that_is_no_worker_is_told_with_its_last_words(ended):
    link = PluginLink([sys.executable, "-c", "raise SystemExit('no module named recraft_core')"], host="Test")
    ended(link)
    (message,) = link.wait(link.send("account"), 20)
    assert "no module named recraft_core" in str(trouble(message))
    assert "before it was ready" in str(trouble(message))


def test_reading_what_it_says_does_not_move_the_place_where_it_writes(tmp_path):
    code = f"""
        import os, sys, time
        print("a first line", file=sys.stderr, flush=True)
        while not os.path.exists({str(tmp_path / "go")!r}):
            time.sleep(0.01)
        print("x", file=sys.stderr)
    """
    child = Child([sys.executable, "-c", textwrap.dedent(code)], os.environ, {})
    while not child.heard and child.alive:
        child.wait(0.01)
    child._complaint.seek(0)
    (tmp_path / "go").touch()
    child.wait(20)
    child._complaint.seek(0)
    assert child._complaint.read().split() == [b"a", b"first", b"line", b"x"]
    assert "It said: x" in str(child.why(ready=True))
    child.let_go()


def test_another_version_is_refused_with_a_remedy(tmp_path, ended):
    link = saying('wire.post(Message("hello", 0, {"protocol": 99, "token": told["token"]})); wire.receive(20)', tmp_path)
    ended(link)
    (message,) = link.wait(link.send("account"), 20)
    assert f"99 instead of {PROTOCOL}" in str(trouble(message))
    assert "Reinstall both" in str(trouble(message))


def test_who_does_not_know_the_token_is_turned_away(tmp_path, ended):
    """Another program on this computer finds the port, says hello, and gets nothing."""
    code = """
        stranger = worker.Wire(told["port"])
        stranger.post(Message("hello", 0, {"protocol": 1, "token": "x" * 64}))
        answer = stranger.receive(10)
        worker._meet(wire, told["token"], told["proof"])
        run = wire.receive(10)
        wire.post(Message("answer", run[0].id, {"data": {"stranger": answer is None}}))
        wire.receive(20)
    """
    link = saying(code, tmp_path)
    ended(link)
    (message,) = link.wait(link.send("account"), 20)
    assert message["data"] == {"stranger": True}


def test_a_worker_that_babbles_is_cut_off(tmp_path, ended):
    code = """
        worker._meet(wire, told["token"], told["proof"])
        wire._sock.sendall(b"Hello, I am a print statement\\n")
        wire.receive(20)
    """
    link = saying(code, tmp_path)
    ended(link)
    (message,) = link.wait(link.send("account"), 20)
    assert "do not understand each other" in str(trouble(message))
    assert link.state == "stopped"


def test_after_a_crash_every_open_job_ends_and_the_next_click_starts_anew(tmp_path, ended):
    code = """
        worker._meet(wire, told["token"], told["proof"])
        wire.receive(10)
        sys.exit("out of paint")
    """
    link = saying(code, tmp_path)
    ended(link)
    ids = [link.send("account"), link.send("account")]
    found = link.wait(ids[0], 20) + link.wait(ids[1], 20)
    assert sorted(message.id for message in found) == ids
    for message in found:
        assert "It said: out of paint" in str(trouble(message))
        assert "history" in trouble(message).remedy
    again = link.send("account")
    assert link.state == "starting"
    assert [message.id for message in link.wait(again, 20)] == [again]


def test_an_idle_worker_may_leave_and_comes_back_when_needed(tmp_path, key, engine):
    with Plugin(tmp_path, engine.base_url, key, idle_s=0.2) as plugin:
        assert plugin.ask("settings", do="get").kind == "answer"
        first = plugin.link.pid
        while plugin.link.state != "stopped":
            assert plugin.link.poll(200, wait=True) == []
        assert plugin.ask("settings", do="get").kind == "answer"
        assert plugin.link.pid != first


@pytest.mark.skipif(os.name == "nt", reason="kills with a signal")
def test_a_worker_that_died_while_nobody_waited_is_replaced_without_a_word(tmp_path, key, engine):
    with Plugin(tmp_path, engine.base_url, key) as plugin:
        plugin.ask("settings", do="get")
        os.kill(plugin.link.pid, signal.SIGKILL)
        while plugin.link._child.alive:
            plugin.link._child.wait(0.1)
        assert plugin.ask("settings", do="get").kind == "answer"


def test_polling_never_waits_while_nothing_moves(tmp_path, ended):
    """Sixty looks at a worker that takes its time cost the host nothing but the looks."""
    link = saying("time.sleep(20)", tmp_path)
    ended(link)
    link.send("account")
    looks = [link.poll(8) for _ in range(60)]
    assert looks == [[]] * 60
    assert link.state == "starting"


def test_a_click_taken_back_before_the_worker_is_there_is_never_sent(tmp_path, key, engine):
    with Plugin(tmp_path, engine.base_url, key) as plugin:
        id_ = plugin.link.send("run", **erase())
        plugin.link.cancel(id_)
        (message,) = plugin.link.wait(id_, 5)
        assert type(trouble(message)).__name__ == "Cancelled"
        assert plugin.ask("account")["data"]["balance"] == engine.balance
        assert [visit.endpoint for visit in engine.requests] == ["users/me"]


def test_the_door_is_on_this_computer_only_and_closed_after_the_greeting(tmp_path, key, engine):
    with Plugin(tmp_path, engine.base_url, key) as plugin:
        plugin.link.start()
        host, port = plugin.link._door.getsockname()
        assert host == "127.0.0.1"
        plugin.ask("settings", do="get")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((host, port), timeout=2).close()
