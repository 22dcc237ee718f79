"""Every host of the table starts, runs a plugin, makes a canvas and shows it; and the tools keep their word."""
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import hosts_home
import hosts_table
import numpy as np
import pytest
import roots
from PIL import Image

RED = {"krita": [0, 0, 255, 255], "gimp": [255, 0, 0, 255]}  # Krita keeps BGRA


@pytest.mark.host
@pytest.mark.parametrize("host", hosts_table.names(), indirect=True)
def test_a_plugin_runs_and_is_seen(host, home):
    program = host.host.program
    roots.settle(host.host.name, home, hosts_home.smoke_plugins(program))
    outcome, report = hosts_home.smoke(partial(roots.run, host.host.name, home=home), program, home)
    assert not outcome.timed_out, outcome.stderr
    # Debian says 6.0.4.1 where Krita says 6.0.4.
    assert report, outcome.stderr
    assert host.version.startswith(report["version"].split("-")[0])
    assert (report["size"], report["corner"]) == ([64, 48], RED[program])
    assert_red_canvas_is_seen(home / "window.png")


def assert_red_canvas_is_seen(path):
    """The picture of the window fills the screen and shows the red canvas, not a dialog or a bare screen."""
    with Image.open(path) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    height, width, _ = pixels.shape
    assert (width, height) >= (1400, 860)
    assert pixels[-8, -8].any(), "black below right: the window does not fill the screen"
    # At 100 % the canvas of 64 x 48 px is the least; Krita's view is zoomed in.
    assert (pixels == (255, 0, 0)).all(axis=-1).sum() > 2000


@pytest.mark.host
@pytest.mark.parametrize("host", ["krita-5.1"], indirect=True)
def test_nothing_outlives_a_run_that_takes_too_long(host, home):
    late = "(setsid sh -c 'sleep 4; echo late > late.txt') & sleep 60"
    outcome = roots.run(host.host.name, ["sh", "-c", late], home=home, timeout_s=1.0, display=False)
    assert outcome.timed_out
    assert outcome.exit < 0
    subprocess.run(["sleep", "4"], check=True)
    if host.root is not None:  # without namespaces a process that hides in a session of its own is not found
        assert not (home / "late.txt").exists()


@pytest.mark.host
@pytest.mark.parametrize("host", hosts_table.names("gimp"), indirect=True)
def test_the_core_runs_on_the_roots_own_python(host, home):
    env = {"PYTHONPATH": str(roots.PROJECT / "core")}
    code = "import recraft_core.worker.main, recraft_core.api.client"
    outcome = roots.run(host.host.name, ["python3", "-c", code], home=home, env=env, display=False)
    assert outcome.exit == 0, outcome.stderr


@pytest.mark.host
@pytest.mark.parametrize("host", ["gimp-3.0"], indirect=True)
def test_a_run_without_network_has_only_itself(host, home):
    code = "import socket; s = socket.create_server(('127.0.0.1', 0)); socket.create_connection(s.getsockname())"
    there = "import pathlib; print([line.split(':')[0].strip() for line in open('/proc/net/dev')][2:])"
    outcome = roots.run(
        host.host.name, ["python3", "-c", f"{code}; {there}"], home=home, network=False, display=False
    )  # fmt: skip
    assert outcome.stdout.strip() == "['lo']", outcome.stderr


def test_an_unknown_host_is_told_the_known_ones():
    with pytest.raises(LookupError, match=r"krita-9.*krita-5\.1"):
        hosts_table.host("krita-9")


@pytest.mark.parametrize(
    ("required", "told", "code"), [("1", "krita-5.2: this machine has", 1), ("", "1 skipped", 0)]
)  # fmt: skip
def test_a_missing_required_host_fails_only_where_it_is_required(tmp_path, required, told, code):
    environ = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "RECRAFT_HOSTS": "", "RECRAFT_HOSTS_REQUIRED": required}
    # The machine's own Krita must not stand in: an empty PATH but for Python's.
    environ["PATH"] = str(Path(sys.executable).parent)
    test = f"{__file__}::test_a_plugin_runs_and_is_seen[krita-5.2]"
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", test]
    ended = subprocess.run(command, env=environ, cwd=roots.PROJECT, capture_output=True, text=True, check=False)
    assert (told in ended.stdout, ended.returncode) == (True, code), ended.stdout
