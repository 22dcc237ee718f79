"""Pythons with the core in them: .venv of a checkout, and the worker's own in the user's data folder."""

from __future__ import annotations

import configparser
import errno
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from . import CHECKOUT, CORE, HERE, Steps, Trouble, pip_wheel, running

_BIN = "Scripts" if os.name == "nt" else "bin"
_PYTHON = "python.exe" if os.name == "nt" else "python"
_HOUSES = ("recraft_core", "recraft_local")
_BUILT_FROM = ("core", "krita_plugin", "gimp_plugin", "setup.cfg", "setup.py", "pyproject.toml", "README.md", "LICENSE")
# Settings of the user's own Python, which would send packages past the environment.
_ELSEWHERE = {"PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PYTHONHOME", "PYTHONPATH"}
_OFFLINE = (
    "pip could not install the packages; its own words stand above. Check the network, or the proxy in HTTPS_PROXY, "
    "and run this again."
)


def python_of(folder: Path) -> Path:
    """The interpreter of an environment."""
    return folder / _BIN / _PYTHON


def ready(folder: Path, extras: str, *, editable: bool, steps: Steps, tools: Sequence[str] = ()) -> Path:
    """The Python of the environment in `folder` with `extras` and `tools` installed; made or updated when needed.

    Raises Trouble with the line to run when it cannot be made.
    """
    python = python_of(folder)
    stamp = folder / f".recraft-{extras.replace(',', '-')}{'-linked' if editable else ''}"
    wanted = fingerprint(editable=editable)
    if python.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    if not steps.touch("make the environment", folder):
        return python
    fresh = not usable(python)
    if fresh:
        steps.say(f"Making the environment {folder} …")
        _make(folder)
    steps.say(f"Installing recraft-canvas[{extras}] into it …")
    try:
        _install(python, extras, tools, steps, editable=editable)
    except Trouble:
        if fresh:  # an older one still works
            shutil.rmtree(folder, ignore_errors=True)
        raise
    stamp.write_text(wanted, encoding="utf-8")
    return python


def usable(python: Path) -> bool:
    """True when this interpreter starts, and something can install packages for it."""
    try:
        arguments = ["-c", ""] if _uv() and not _has_pip(python) else ["-m", "pip", "--version"]
        return subprocess.run([str(python), *arguments], capture_output=True, check=False).returncode == 0
    except OSError:  # it is not there, or no program
        return False


def _has_pip(python: Path) -> bool:
    return (_site(python) / "pip").is_dir()


def _site(python: Path) -> Path:
    """Where an environment keeps its packages."""
    return next(python.parents[1].glob("lib/python3*/site-packages"), python.parents[1] / "Lib" / "site-packages")


def _uv() -> str:
    """uv, which installs where a Python has no pip of its own; "" where there is none."""
    return shutil.which("uv") or ""


def _make(folder: Path) -> None:
    try:
        import venv

        # Debian and Ubuntu leave ensurepip out of their Python, and with it pip.
        whole = importlib.util.find_spec("ensurepip") is not None
        venv.create(folder, clear=True, with_pip=whole)
        if not whole and not _uv():
            _give_pip(python_of(folder))
    except Trouble:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    except (subprocess.CalledProcessError, ImportError, OSError) as trouble:
        shutil.rmtree(folder, ignore_errors=True)
        if HERE in folder.parents and isinstance(trouble, OSError) and trouble.errno in (errno.EROFS, errno.EACCES):
            raise Trouble(f"{HERE} cannot be written. Copy it to a folder of yours, and run this there.") from trouble
        raise Trouble(
            f"the environment {folder} could not be made ({trouble}). On Debian and Ubuntu install the missing piece "
            "with: sudo apt install python3-venv. Where the disk is full or read only, set RECRAFT_HOME to a folder "
            "with room."
        ) from trouble


def _give_pip(python: Path) -> None:
    """Let pip install itself, from its wheel's own file."""
    with tempfile.TemporaryDirectory() as scratch:
        wheel = pip_wheel.fetch(Path(scratch))
        command = [str(python), str(wheel / "pip"), "install", "--quiet", "--no-index", "--no-deps", str(wheel)]
        subprocess.run(command, env=_environment(), check=True)


def _install(python: Path, extras: str, tools: Sequence[str], steps: Steps, *, editable: bool) -> None:
    if not CHECKOUT:
        _from_wheel(python, extras, tools, steps)
        return
    if editable:
        if _pip(python, "--editable", f"{HERE}[{extras}]", *tools):
            raise Trouble(_OFFLINE)
        return
    with tempfile.TemporaryDirectory() as scratch:
        # Built from a copy: this folder may be read-only, and an older build in it would slip in.
        for name in _BUILT_FROM:
            copy = shutil.copytree if (HERE / name).is_dir() else shutil.copyfile
            copy(HERE / name, Path(scratch) / name)
        if _pip(python, f"{scratch}[{extras}]", *tools):
            _piecewise(python, scratch, extras, steps)


def _piecewise(python: Path, source: str, extras: str, steps: Steps) -> None:
    """Where a package is not to be had, as without a compiler on a rare machine, the rest works without it."""
    if _pip(python, source):
        raise Trouble(_OFFLINE)
    wanted = configparser.ConfigParser()
    wanted.read(HERE / "setup.cfg", encoding="utf-8")
    rows = wanted["options.extras_require"]
    _what_there_is(python, [line for name in extras.split(",") for line in rows[name].strip().splitlines()], steps)


def _what_there_is(python: Path, requirements: Sequence[str], steps: Steps) -> None:
    for line in requirements:
        if _pip(python, "--only-binary", ":all:", line):
            steps.say(f"Going on without {line}: what it does is done in a plainer way, or says what is missing.")


def _from_wheel(python: Path, extras: str, tools: Sequence[str], steps: Steps) -> None:
    """What we need from the index, and our own code as it lies here: the very version that runs."""
    needed, wished = requirements(extras)
    if _pip(python, *needed, *wished, *tools):
        if _pip(python, *needed):
            raise Trouble(_OFFLINE)
        _what_there_is(python, wished, steps)
    for name in _HOUSES:
        target = _site(python) / name
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(CORE / name, target, ignore=shutil.ignore_patterns("__pycache__"))


def requirements(extras: str) -> tuple[list[str], list[str]]:
    """What our installed package says it needs, always and for `extras`, as pip takes it."""
    needed, wished = list[str](), list[str]()
    for line in metadata.requires("recraft-canvas") or []:
        extra = re.search(r"""extra\s*==\s*["']([^"']+)["']""", line)
        if not extra:
            needed.append(line)
        elif extra[1] in extras.split(","):
            rest = re.sub(r"\s*(\band\b|;)\s*$", "", line.replace(extra[0], "").strip())
            wished.append(rest)
    return needed, wished


def _pip(python: Path, *what: str) -> int:
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--upgrade", "--no-user"]
    env = _environment()
    if not _has_pip(python):
        pip = [_uv(), "pip", "install", "--quiet", "--upgrade", "--python", str(python)]
        env.update(pip_wheel.for_uv())
    return subprocess.run([*pip, *what], cwd=HERE, env=env, check=False).returncode


def _environment() -> dict[str, str]:
    """The user's variables, without what would send packages past the environment."""
    return {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}


def fingerprint(*, editable: bool) -> str:
    """What an environment depends on: our requirements, this folder, this Python; the code itself when it is copied."""
    wanted = (HERE / "setup.cfg").read_bytes() if CHECKOUT else repr(metadata.requires("recraft-canvas")).encode()
    digest = hashlib.sha256(b"\0".join((wanted, str(HERE).encode(), sys.version.encode())))
    if not editable:
        for house in _HOUSES:
            folder = CORE / house
            for path in sorted((*folder.rglob("*.py"), *folder.glob("data/*"))):
                digest.update(path.read_bytes())
    return digest.hexdigest()


def worker(data: Path, *, link: bool, steps: Steps, again: bool = False) -> list[str]:
    """The command of the worker, in an environment of its own below `data`; a new one when `again`.

    A changed one is made beside the old, which goes only when nothing points to it any more (`tidy`).
    """
    folder = data / "worker" / fingerprint(editable=link)[:12]
    if again:
        shutil.rmtree(folder, ignore_errors=True)
    python = ready(folder, "local,keyring", editable=link, steps=steps)
    return _worker_of(folder, python)


def _worker_of(folder: Path, python: Path | None = None) -> list[str]:
    return [str(python or python_of(folder)), "-I", "-m", "recraft_core", "worker"]


def tidy(data: Path, keep: list[str], steps: Steps) -> None:
    """Remove workers' environments that no plugin uses any more."""
    for folder in sorted((data / "worker").glob("*")):
        if any(word.startswith(str(folder)) for word in keep) or not steps.touch("remove", folder):
            continue
        running.end_engine(_worker_of(folder))
        if running.using(folder):
            # It may be finishing what was paid for.
            steps.say(f"A worker of before still runs in {folder}; run this again once Krita and GIMP are closed.")
            continue
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():
            steps.say(f"{folder} could not be removed whole; something still uses it. Run this again later.")
