"""install.py as people run it: from a folder that cannot be written, for a user with a difficult name.

The worker's environment is a real one and costs a pip install; it is made once for all tests here.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from recraft_setup import HERE
from trees import tree

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="written for Linux' folders")]

PARTS = ("core", "locale", "krita_plugin", "gimp_plugin", "install.py", "setup.cfg", "setup.py", "pyproject.toml", "README.md", "LICENSE")
ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
KRITARC = "[general]\nname=Käthe\n\n[python]\nenable_other=true\n"
# Only root can mount; for others the folder may be written, and nobody does.
READ_ONLY = ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"']
# A disk of one megabyte.
FULL = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs -o size=1m tmpfs "$0" && exec "$@"']


class User:
    """A home with one Krita and one GIMP, and install.py in a release folder beside it."""

    def __init__(self, folder, release):
        self.home, self.release = folder / "Käthe Müller", release
        for name in (".config/GIMP/3.0", ".local/share/krita", "bin"):
            (self.home / name).mkdir(parents=True)
        (self.home / ".config/kritarc").write_text(KRITARC, encoding="utf-8")
        self.krita = self.home / ".local/share/krita/pykrita/recraft"
        self.gimp = self.home / ".config/GIMP/3.0/plug-ins/recraft"

    def run(self, *words, prefix=None, **more):
        """Run install.py; its exit code and everything it said."""
        kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_")) or "PROXY" in name.upper()}
        path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
        cache = os.environ.get("PIP_CACHE_DIR") or str(Path.home() / ".cache/pip")
        # Settings of the user's own Python must not matter.
        odd = {"PIP_USER": "1", "PIP_TARGET": "elsewhere", "PYTHONPATH": "/nowhere"}
        home = {"HOME": str(self.home), "PATH": path, "LANG": "C.UTF-8", "PIP_CACHE_DIR": cache}
        environ = {**kept, **odd, **home, **more}
        around = [*READ_ONLY, str(self.release)] if ROOT and prefix is None else prefix or []
        command = [*around, sys.executable, "-B", str(self.release / "install.py"), *words]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    folder = tmp_path_factory.mktemp("release") / "recraft canvas"
    folder.mkdir()
    for name in PARTS:
        copy = shutil.copytree if (HERE / name).is_dir() else shutil.copyfile
        options = {"ignore": shutil.ignore_patterns("__pycache__", ".*", "*.egg-info")} if copy is shutil.copytree else {}
        copy(HERE / name, folder / name, **options)
    return folder


@pytest.fixture(scope="module")
def user(tmp_path_factory, release):
    """A user who has run `install.py all` once, and in the end `install.py remove`."""
    user = User(tmp_path_factory.mktemp("users"), release)
    before = tree(user.home)
    code, said = user.run("all", "--dry-run")
    assert (code, tree(user.home)) == (0, before), said
    assert str(user.krita) in said
    code, said = user.run("all")
    assert code == 0, said
    yield user
    code, said = user.run("remove")
    assert (code, said.splitlines()[-1]) == (0, "Nothing of ours is left.")
    assert tree(user.home) == before


@pytest.fixture
def fresh(tmp_path, release):
    return User(tmp_path, release)


def test_it_says_what_to_do_next_and_all_is_well(user):
    code, said = user.run("doctor")
    assert code == 0, said
    assert "the worker answers" in said
    assert "!" not in said
    assert json.loads((user.krita / "worker.json").read_text(encoding="utf-8"))["command"][1:] == [
        "-I", "-m", "recraft_core", "worker",
    ]  # fmt: skip
    assert "enable_recraft=true" in (user.home / ".config/kritarc").read_text(encoding="utf-8")


def test_again_it_finds_nothing_to_do_and_says_the_next_step(user):
    before = {path: what for path, what in tree(user.home).items() if "/worker/" not in path}
    code, said = user.run("all")
    assert code == 0, said
    assert "Making" not in said
    assert said.splitlines()[-2:] == [
        "Krita: start it (again), open a picture, and choose Settings > Dockers > Recraft.",
        "GIMP: start it (again) and look under Filters > Recraft.",
    ]
    assert {path: what for path, what in tree(user.home).items() if "/worker/" not in path} == before


def environments(user):
    return user.home / ".local/share/recraft-canvas/worker"


def worker(user):
    return Path(json.loads((user.gimp / "worker.json").read_text(encoding="utf-8"))["command"][0])


# What goes wrong most often: how, what doctor says, and the line that mends it.
BREAKAGES = {
    "plugin deleted": (lambda user: shutil.rmtree(user.krita), "not installed", "install.py krita"),
    "turned off in Krita": (
        lambda user: (user.home / ".config/kritarc").write_text(KRITARC, encoding="utf-8"), "turned off", "Python Plugin Manager"),
    "run bit lost": (lambda user: (user.gimp / "recraft.py").chmod(0o644), "may not be executed", "install.py gimp"),
    "worker.json lost": (lambda user: (user.krita / "worker.json").unlink(), "worker.json is missing", "install.py krita"),
    "environment deleted": (
        lambda user: environments(user).rename(environments(user).with_name("away")), "does not answer", "install.py all"),
    "a package deleted": (
        lambda user: shutil.rmtree(next(worker(user).parents[1].glob("lib/python3*/site-packages/numpy"))),
        "does not answer", "install.py all"),
    "an older version": (
        lambda user: (user.gimp / "recraft_gimp/shared/__init__.py").write_text('__version__ = "0.0.1"\n'), "version 0.0.1", "install.py gimp"),
    "a second copy": (
        lambda user: (user.gimp.parent / "recraft-main").mkdir(), "another copy lies in", "Remove it"),
    "a single file instead of the folder": (
        lambda user: (user.gimp.parent / "recraft.py").write_text(""), "another copy lies in", "Remove it"),
}  # fmt: skip


def mend(user):
    """Everything as after the first install."""
    away = environments(user).with_name("away")
    if away.exists():  # making it again is what a deleted package shows
        away.rename(environments(user))
    for stray in (user.gimp.parent / "recraft-main", user.gimp.parent / "recraft.py"):
        shutil.rmtree(stray) if stray.is_dir() else stray.unlink(missing_ok=True)
    return user.run("all")


@pytest.mark.parametrize("what", BREAKAGES)
def test_doctor_finds_what_is_wrong_and_its_cure_works(user, what):
    harm, symptom, cure = BREAKAGES[what]
    harm(user)
    code, said = user.run("doctor")
    lines = said.splitlines()
    found = [index for index, line in enumerate(lines) if line.startswith("!") and symptom in line]
    assert code == 1, said
    assert found, said
    assert cure in lines[found[0] + 1]
    code, said = mend(user)
    assert code == 0, said


def test_after_all_these_cures_all_is_well(user):
    code, said = user.run("doctor")
    assert (code, "!" in said) == (0, False), said


def test_without_network_it_names_network_and_proxy_and_changes_nothing(fresh):
    before = tree(fresh.home / ".config")
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull}
    code, said = fresh.run("all", **nowhere)
    assert code == 1
    assert "HTTPS_PROXY" in said.splitlines()[-1]
    assert "Traceback" not in said
    assert tree(fresh.home / ".config") == before
    assert not fresh.krita.exists()


@pytest.mark.skipif(not ROOT, reason="only root can make a full disk")
def test_a_full_disk_is_named_with_the_way_out(fresh):
    disk = fresh.home / "disk"
    disk.mkdir()
    code, said = fresh.run("krita", prefix=[*FULL, str(disk)], RECRAFT_HOME=str(disk))
    assert code == 1
    assert "RECRAFT_HOME" in said.splitlines()[-1]
    assert "Traceback" not in said
    assert not fresh.krita.exists()


def test_without_krita_and_gimp_it_says_what_to_do(fresh):
    for name in (".config/GIMP", ".local/share/krita"):
        shutil.rmtree(fresh.home / name)
    code, said = fresh.run("gimp", PATH=str(fresh.home / "bin"), prefix=[])
    assert (code, said) == (1, "error: no GIMP was found. Install it and start it once, or name its plugin folder with --into DIR.\n")


@pytest.mark.skipif(not ROOT, reason="only root can make a folder read-only for root")
def test_a_demo_from_a_folder_that_cannot_be_written_says_where_it_could_run(fresh):
    code, said = fresh.run("demo")
    assert (code, said.splitlines()[-1]) == (
        1, f"error: {fresh.release} cannot be written. Copy it to a folder of yours, and run this there.")  # fmt: skip


def test_two_plugins_do_not_fit_into_one_folder(fresh):
    code, said = fresh.run("all", "--into", str(fresh.home))
    assert (code, "unknown: --into" in said) == (2, True)


def test_removing_names_a_plugin_that_others_put_there(fresh):
    fresh.krita.mkdir(parents=True)
    code, said = fresh.run("remove")
    assert (code, str(fresh.krita) in said, fresh.krita.exists()) == (0, True, True)


def test_removing_where_nothing_is_says_so(fresh):
    assert fresh.run("remove") == (0, "Nothing of ours is left.\n")
