"""A worker at work is noticed before its files are taken away, and remedies can be typed as they stand."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import recraft_setup
from recraft_setup import Steps, Trouble, commands, environment, hosts, running, typed
from recraft_setup.checks import _strays
from recraft_setup.hosts import Host
from recraft_setup.plugins import Ledger, put, remove

WAITS = "import sys; print('here', flush=True); sys.stdin.read()"


@pytest.fixture
def busy(tmp_path):
    """An environment in a folder with a blank, its Python, and a process of it that waits."""
    import venv

    folder = tmp_path / "wörker 1"
    venv.create(folder)
    with subprocess.Popen(
        [str(environment.python_of(folder)), "-c", WAITS], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        yield folder, process
        process.stdin.close()


def test_a_process_started_from_a_folder_is_found(busy, tmp_path):
    folder, process = busy
    found = running.using(folder)
    assert process.pid in found
    assert os.getpid() not in running.using(Path(sys.executable).parent)
    assert running.using(tmp_path / "wörker") == []  # the beginning of a name is not the folder
    process.stdin.close()
    process.wait(30)
    assert running.using(folder) == []


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_one_started_by_a_linked_path_is_found_and_the_other_way_round(busy, tmp_path):
    """As below Fedora Atomic's /home, which is a link to /var/home."""
    folder, process = busy
    linked = tmp_path / "home"
    linked.symlink_to(tmp_path, target_is_directory=True)
    assert process.pid in running.using(linked / folder.name)
    python = environment.python_of(linked / folder.name)
    with subprocess.Popen([str(python), "-c", WAITS], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        assert other.pid in running.using(folder)
        assert other.pid in {pid for pid, program in running._by_ps() if running._real(program).startswith(f"{folder}{os.sep}")}
        other.stdin.close()


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="compares two ways of the system")
@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_ps_tells_the_same_as_proc(busy, locale, monkeypatch):
    if not shutil.which("ps"):
        pytest.skip("no ps here")
    monkeypatch.setenv("LC_ALL", locale)
    monkeypatch.setenv("COLUMNS", "40")
    folder, process = busy
    assert process.pid in {pid for pid, program in running._by_ps() if program.startswith(f"{folder}{os.sep}")}


def test_what_is_at_work_is_neither_tidied_away_nor_called_removed(busy, tmp_path, capsys):
    folder, process = busy
    data = tmp_path / "data"
    (data / "worker").mkdir(parents=True)
    (tmp_path / "wörker 1").rename(data / "worker" / "old") if os.name != "nt" else shutil.copytree(folder, data / "worker" / "old")
    python = environment.python_of(data / "worker" / "old")
    with subprocess.Popen([str(python), "-c", WAITS], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        environment.tidy(data, [], Steps())
        assert python.exists()
        assert "still runs" in capsys.readouterr().out
        other.stdin.close()
        other.wait(30)
    process.stdin.close()  # its program was moved along, and is there now
    process.wait(30)
    environment.tidy(data, [], Steps())
    assert not (data / "worker" / "old").exists()


def test_remove_says_what_to_close_and_removes_nothing(busy, tmp_path, monkeypatch):
    _, process = busy
    monkeypatch.setenv("RECRAFT_HOME", str(tmp_path / "home"))
    host = Host("krita", "Krita", tmp_path / "pykrita")
    put(host, ["/opt/python"], Ledger(hosts.data_folder()), Steps())
    monkeypatch.setattr(running, "using", lambda where: [process.pid] if where == hosts.data_folder() / "worker" else [])
    with pytest.raises(Trouble, match=rf"process {process.pid}.*Close Krita and GIMP"):
        commands.COMMANDS["remove"](commands.argparse.Namespace(dry_run=False))
    assert (host.plugins / "recraft" / "worker.json").exists()


def test_a_frozen_worker_at_work_keeps_its_plugin(tmp_path, monkeypatch):
    host = Host("krita", "Krita", tmp_path / "pykrita")
    ledger = Ledger(tmp_path / "data")
    put(host, ["/opt/python"], ledger, Steps())
    monkeypatch.setattr(running, "using", lambda where: [7])
    with pytest.raises(Trouble, match="nothing was removed"):
        remove(str(host.plugins), ledger, Steps())
    assert (host.plugins / "recraft" / "worker.json").exists()


# --- words ----------------------------------------------------------------------------------------------------------


def test_the_plugin_is_no_stray_copy_of_itself_where_case_does_not_count(tmp_path):
    host = Host("krita", "Krita", tmp_path)
    (tmp_path / "recraft").mkdir()
    if not (tmp_path / "Recraft").exists():  # a disk that tells them apart shows it by a link
        (tmp_path / "Recraft").symlink_to("recraft")
    (tmp_path / "recraft-main").mkdir()
    assert _strays(host) == [tmp_path / "recraft-main"]


def test_remedies_name_a_python_that_is_this_one(monkeypatch, tmp_path):
    line = typed("doctor")
    assert line.endswith(" install.py doctor")
    python = line.split(" install.py")[0].strip("\"'")
    found = python if os.sep in python else shutil.which(python)
    if python != "py":
        assert os.path.realpath(found) == os.path.realpath(sys.executable)
    monkeypatch.setattr(recraft_setup.shutil, "which", lambda name: None)
    assert sys.executable in typed("doctor")


@pytest.mark.parametrize(("program", "line"), [("recraft", "recraft install gimp"), ("recraft-canvas", "uvx recraft-canvas install gimp")])
def test_from_a_wheel_they_name_the_command_that_was_typed(monkeypatch, program, line):
    monkeypatch.setattr(recraft_setup, "CHECKOUT", False)
    monkeypatch.setattr(sys, "argv", [f"/usr/bin/{program}"])
    assert typed("gimp") == line
    assert typed("doctor") == line.replace("install gimp", "doctor")


def test_a_folder_where_krita_does_not_look_is_refused(tmp_path):
    with pytest.raises(Trouble, match="folders named pykrita only"):
        commands._hosts("krita", tmp_path)
    assert commands._hosts("krita", tmp_path / "pykrita")[0].plugins == tmp_path / "pykrita"
    assert commands._hosts("gimp", tmp_path)[0].plugins == tmp_path


def test_names_outside_the_code_page_can_be_redirected(tmp_path):
    code = f"import sys; sys.path.insert(0, {str(recraft_setup.CORE)!r}); from recraft_setup.commands import speak_plainly; speak_plainly(); print('Käthe × 花')"
    env = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=env, check=True)
    assert done.stdout.decode("utf-8").strip() == "Käthe × 花"


def test_the_engine_that_stays_is_ended_by_who_started_it(tmp_path, monkeypatch):
    monkeypatch.setenv("RECRAFT_HOME", str(tmp_path))
    told = tmp_path / "told"
    program = tmp_path / "worker.py"
    program.write_text(f"import sys; open({str(told)!r}, 'w').write(' '.join(sys.argv[1:]))")
    running.end_engine([sys.executable, str(program), "worker"])
    assert not told.exists()  # where none was ever started nobody is asked
    (tmp_path / "data/engine").mkdir(parents=True)
    (tmp_path / "data/engine/shared-1.json").write_text("{}")
    for other in ([], ["worker"], ["/nowhere/python", "worker"], [sys.executable, str(program), "serve"]):
        running.end_engine(other)
    assert not told.exists()
    running.end_engine([sys.executable, str(program), "worker"])
    assert told.read_text() == "engine stop"
