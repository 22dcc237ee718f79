"""Pythons with the core in them: .venv of a checkout, and the worker's own in the user's data folder."""

from __future__ import annotations

import errno
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from . import CHECKOUT, CORE, HERE, Steps, Trouble, locked, pip_wheel, running

_BIN = "Scripts" if os.name == "nt" else "bin"
_PYTHON = "python.exe" if os.name == "nt" else "python"
_HOUSES = ("recraft_core", "recraft_local")
# No file but one whose hash is listed, and nothing that would have to be built here.
_BY_HASH = ("--require-hashes", "--no-deps", "--only-binary", ":all:", "--requirement")
# Settings of the user's own Python, which would send packages past the environment.
_ELSEWHERE = {"PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PYTHONHOME", "PYTHONPATH"}
OFFLINE = (
    "pip could not install the packages; its own messages are above. Check the network, or the proxy in HTTPS_PROXY, "
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
        _make(folder, steps)
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
    """uv, which needs no pip in an environment and is quicker: the one that runs this, else any; "" without one."""
    return os.environ.get("UV") or shutil.which("uv") or ""


def _make(folder: Path, steps: Steps) -> None:
    try:
        import venv

        # Links: the Pythons that uv keeps look for their library beside themselves.
        venv.create(folder, clear=True, symlinks=os.name != "nt")
        if not _uv():
            _give_pip(python_of(folder), steps)
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


def _give_pip(python: Path, steps: Steps) -> None:
    """By ensurepip; Debian and Ubuntu leave that out of their Python, and there pip's own wheel installs itself."""
    if importlib.util.find_spec("ensurepip") is not None:
        _must(steps, [str(python), "-I", "-m", "ensurepip", "--upgrade", "--default-pip"])
        return
    with tempfile.TemporaryDirectory() as scratch:
        wheel = pip_wheel.fetch(Path(scratch))
        _must(steps, [str(python), str(wheel / "pip"), "install", "--quiet", "--no-index", "--no-deps", str(wheel)])


def _must(steps: Steps, command: list[str]) -> None:
    # ensurepip is deaf to pip's settings: it would tell of every file, and of a full disk in Python's words.
    code = steps.run(command, _environment(), quiet=True)
    if code:
        raise subprocess.CalledProcessError(code, command)


def _install(python: Path, extras: str, tools: Sequence[str], steps: Steps, *, editable: bool) -> None:
    if tools or not editable:
        _by_hash(python, steps)
    if editable:
        if _pip(steps, python, "--editable", f"{HERE}[{extras}]", *tools):
            raise Trouble(OFFLINE)
    elif (CORE / _HOUSES[0]).is_dir():  # else they are in the list too
        _houses(_site(python))


def _by_hash(python: Path, steps: Steps) -> None:
    """What the list names. Where a package does not exist for this machine, the rest works without it."""
    if not _pip(steps, python, *_BY_HASH, str(locked.FILE)):
        return
    needed, wished = locked.parts()
    with tempfile.TemporaryDirectory() as scratch:
        one = Path(scratch, "requirements.txt")
        one.write_text("".join(needed), encoding="utf-8")
        if _pip(steps, python, *_BY_HASH, str(one)):
            raise Trouble(OFFLINE)
        for block in wished:
            one.write_text(block, encoding="utf-8")
            if _pip(steps, python, *_BY_HASH, str(one)):
                name = locked.package(block)
                steps.say(f"Going on without {name}: what it does is done more simply, or it says what is missing.")


def _houses(site: Path) -> None:
    """Our own code as it lies here: the very version that runs."""
    for name in _HOUSES:
        shutil.rmtree(site / name, ignore_errors=True)
        shutil.copytree(CORE / name, site / name, ignore=shutil.ignore_patterns("__pycache__"))
    if CHECKOUT:  # what the catalogues say now, not what they said when the checkout was installed
        from . import catalogues

        words = site / "recraft_core" / "shared" / "locale"
        shutil.rmtree(words, ignore_errors=True)
        catalogues.build(HERE / "locale", words)


def _pip(steps: Steps, python: Path, *what: str) -> int:
    quiet = [] if steps.hears else ["--quiet"]
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", *quiet, "--upgrade", "--no-user"]
    env = _environment()
    if not _has_pip(python):
        alone = [] if pip_wheel.sources().indexes else ["--no-index"]
        pip = [_uv(), "pip", "install", *quiet, *alone, "--upgrade", "--python", str(python)]
        env.update(pip_wheel.for_uv())
    return steps.run([*pip, *what], env)


def _environment() -> dict[str, str]:
    """The user's variables, without what would send packages past the environment."""
    return {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}


def fingerprint(*, editable: bool) -> str:
    """What an environment depends on: this Python; our requirements and folder, or the list and the code itself."""
    wanted = [(HERE / "setup.cfg").read_bytes(), str(HERE).encode()] if editable else [locked.FILE.read_bytes()]
    digest = hashlib.sha256(b"\0".join([*wanted, sys.version.encode()]))
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
