"""Installer, doctor, history and batch on a file system like the Mac's: see mac_disk."""

import json
import os
import subprocess
import sys
import unicodedata
from contextlib import contextmanager
from ctypes.util import find_library
from importlib.util import find_spec
from pathlib import Path

import pytest
import tried
from recraft_setup import HERE, Steps, checks
from recraft_setup.hosts import Host
from recraft_setup.plugins import Ledger, put, remove
from trees import tree
from waiting import wait_for

FUSE = find_spec("mfusepy") and os.access("/dev/fuse", os.R_OK | os.W_OK) and (os.environ.get("FUSE_LIBRARY_PATH") or find_library("fuse3"))
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not FUSE, reason="no FUSE here: it needs /dev/fuse, libfuse3 and mfusepy")]
SUITES = (
    "core/test_paths.py", "core/test_settings.py", "core/test_keys.py", "core/test_history.py",
    "core/test_history_commands.py", "core/test_readfile.py", "core/test_batch.py",
)  # fmt: skip


@contextmanager
def mounted(folder):
    """A Mac's disk whose files lie in `folder`; its path."""
    (folder / "files").mkdir(parents=True)
    mount = folder / "disk"
    mount.mkdir()
    said = folder / "said.txt"
    with said.open("w") as file:
        command = [sys.executable, str(Path(__file__).with_name("mac_disk.py")), str(folder / "files"), str(mount)]
        with subprocess.Popen(command, stdout=file, stderr=file) as process:
            try:
                wait_for(lambda: mount.is_mount() or process.poll() is not None)
                assert process.poll() is None, said.read_text()
                yield mount
            finally:
                subprocess.run(["umount", "-l", str(mount)], check=False)
                process.terminate()


@pytest.fixture
def disk(tmp_path, record_property):
    record_property("where", "a disk like a Mac's, by FUSE")
    with mounted(tmp_path) as one:
        yield one


def test_the_disk_is_like_a_mac(disk):
    (disk / "Käthe.txt").write_text("1")
    assert (disk / unicodedata.normalize("NFD", "KÄTHE.txt")).read_text() == "1"
    assert [one.name for one in disk.iterdir()] == [unicodedata.normalize("NFD", "Käthe.txt")]


def test_the_plugin_is_no_stray_copy_of_itself_and_goes_without_a_trace(disk):
    home = disk / "Käthe Müller"
    host = Host("krita", "Krita", home / "krita/pykrita", home / "kritarc")
    host.plugins.mkdir(parents=True)
    before = tree(disk)
    ledger = Ledger(home / "data")
    put(host, [sys.executable, "-m", "recraft_core", "worker"], ledger, Steps())
    (host.plugins / "recraft").rename(host.plugins / "Recraft")  # by a hand, or another program
    assert checks._strays(host) == []
    put(host, [sys.executable, "-m", "recraft_core", "worker"], ledger, Steps())
    remove(str(host.plugins), ledger, Steps())
    assert {path for path in tree(disk) if not path.startswith(unicodedata.normalize("NFD", "Käthe Müller/data"))} == set(before)


@pytest.mark.parametrize("suite", SUITES)
def test_what_deals_with_files_works_there(disk, suite, tmp_path, record_property):
    """The suite itself, its files on that disk."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--basetemp", str(disk / "Träume"), f"tests/{suite}"]
    command += ["--junitxml", str(tmp_path / "run.xml")]
    done = subprocess.run(command, cwd=HERE, env={**os.environ, "TMPDIR": str(disk)}, capture_output=True, text=True, check=False)
    if (tmp_path / "run.xml").exists():  # pytest may have ended before it wrote any
        record_property("inside", json.dumps(tried.of_run(tmp_path / "run.xml")))
    assert done.returncode == 0, done.stdout[-3000:]
