"""A fresh machine: Debian's own Python without pip, ensurepip and compiler, and somebody who is not root."""
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import roots
from hosts_run import run_in

PARTS = ("core", "krita_plugin", "gimp_plugin", "install.py", "setup.cfg", "setup.py", "pyproject.toml", "README.md", "LICENSE")
PICTURES = ("dunes.jpg", "dunes-mask.png")
NOBODY = 1234
# Others may have a Python of theirs first on the PATH; this is the system's.
PYTHON = "/usr/bin/python3"

pytestmark = [pytest.mark.host, pytest.mark.slow]


@pytest.fixture
def user(tmp_path):
    """The home of an ordinary user, and in it the folder as it comes from a release."""
    home = tmp_path / "home"
    release = home / "recraft-canvas"
    (release / "tests/pictures").mkdir(parents=True)
    for name in PARTS:
        source = roots.PROJECT / name
        if source.is_dir():
            shutil.copytree(source, release / name, ignore=shutil.ignore_patterns("__pycache__", ".*", "*.egg-info"))
        else:
            shutil.copyfile(source, release / name)
    for name in PICTURES:
        shutil.copyfile(roots.PROJECT / "tests/pictures" / name, release / "tests/pictures" / name)
    (home / ".runtime").mkdir(mode=0o700)
    subprocess.run(["chown", "--recursive", f"{NOBODY}:{NOBODY}", str(home)], check=True)
    return home


def reached():
    """This machine's own ways to packages: variables, and the folders they and its settings of pip speak of."""
    env = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_", "SSL_")) or "PROXY" in name.upper()}
    named = [Path(value) for value in env.values() if value.startswith("/")]
    return env, [one if one.is_dir() else one.parent for one in named if one.exists()]


def typed(root, home, *words, network=True):
    """What an ordinary user types in the release folder, and what it answers."""
    env, folders = reached()
    command = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "env", f"--chdir={home}/recraft-canvas"]
    return run_in(
        root, [*command, PYTHON, *words], home=home, folders=folders, env=env, network=network, display=False, timeout_s=600
    )  # fmt: skip


@pytest.mark.parametrize("system", ["stock"], indirect=True)
def test_the_first_command_of_the_readme_works(system, user):
    bare = typed(system, user, "-c", "import importlib.util as u, shutil as s; print(u.find_spec('pip'), u.find_spec('ensurepip'), s.which('cc'))")
    assert bare.stdout.split() == ["None"] * 3, bare
    outcome = typed(system, user, "install.py", "demo")
    assert outcome.exit == 0, outcome.stdout + outcome.stderr
    assert (user / "recraft-canvas/demo/after.png").stat().st_size > 100_000
    assert typed(system, user, "install.py", "doctor").exit == 0


@pytest.mark.parametrize("system", ["stock"], indirect=True)
def test_without_a_network_it_names_the_line_that_helps_and_leaves_nothing(system, user):
    (user / ".local/share/krita").mkdir(parents=True)
    subprocess.run(["chown", "--recursive", f"{NOBODY}:{NOBODY}", str(user)], check=True)
    before = sorted(path for path in user.rglob("*") if "__pycache__" not in path.parts)
    for command in ("demo", "krita"):
        outcome = typed(system, user, "-B", "install.py", command, network=False)
        assert outcome.exit == 1, outcome
        assert outcome.stderr.splitlines()[-1].endswith("sudo apt install python3-venv"), outcome.stderr
        assert "Traceback" not in outcome.stderr
        assert sorted(path for path in user.rglob("*") if "__pycache__" not in path.parts and ".cache" not in path.parts) == before


@pytest.mark.parametrize("host", ["gimp-3.0", "gimp-3.2"], indirect=True)
def test_newer_pythons_get_an_environment_as_well(host, user):
    """Python 3.13 and 3.14, as Debian has them."""
    code = "import sys; sys.path.insert(0, 'core'); from pathlib import Path; from recraft_setup import Steps, environment as e; e._make(Path('env'), Steps()); print(e._has_pip(e.python_of(Path('env'))), e.usable(e.python_of(Path('env'))))"
    outcome = typed(host.root, user, "-c", code)
    assert outcome.stdout.split()[-2:] == ["True", "True"], outcome
