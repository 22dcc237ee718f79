"""`recraft install`: the plugins out of a wheel, by the same code as install.py's."""

import subprocess
import sys

import pytest
from recraft_core import cli
from recraft_core.cli import install
from recraft_setup import CORE, HERE, Trouble, commands


@pytest.mark.slow
def test_the_wheel_installs_and_removes_as_the_workflow_tries_it():
    done = subprocess.run([sys.executable, str(HERE / ".ci" / "try_wheel.py")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "installed, answered and removed" in done.stdout


def test_trouble_is_an_error_with_its_exit_code(monkeypatch, capsys):
    def fails(_chosen):
        raise Trouble("no Krita was found. Install it.")

    monkeypatch.setitem(commands.COMMANDS, "krita", fails)
    assert cli.main(["install", "krita"]) == 7
    assert capsys.readouterr().err == "error: No Krita was found. Install it.\n"


def test_a_copy_without_plugins_says_so(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "recraft_setup", None)
    assert cli.main(["install", "krita"]) == 7
    assert "brings no plugins" in capsys.readouterr().err
    assert list(install.plugins()) == []


def test_a_folder_where_krita_does_not_look_is_refused_before_anything_is_made(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("RECRAFT_HOME", str(tmp_path / "ours"))
    assert cli.main(["install", "krita", "--into", str(tmp_path / "plugins")]) == 7
    assert "folders named pykrita only" in capsys.readouterr().err
    assert not (tmp_path / "ours").exists(), "not even a log"
    assert not (tmp_path / "plugins").exists()


def test_a_checkout_knows_itself():
    assert CORE.parent == HERE
    assert (HERE / "krita_plugin").is_dir()
