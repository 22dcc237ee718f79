"""Release files in dist/: wheel and sdist, one zip each for Krita and GIMP with a worker that needs no Python, and one
each without a worker, which fetches the wheel on a click.

The worker is frozen by PyInstaller, in an environment of its own below the cache folder, and kept there until a source
or a requirement changes. In a zip its packages travel as one tightly packed file. A zip made twice from the same worker
is the same to the byte.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import os
import platform
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from recraft_core.shared.worker_process import FILE, WHOLE

from . import HERE, Steps, Trouble, environment, locked, plugins, unpacking
from .checks import worker_answers
from .hosts import cache_folder

NAME = "recraft-worker"
PROGRAM = f"{NAME}.exe" if os.name == "nt" else NAME
# What worker.json says in a zip; the plugin looks beside itself.
COMMAND = (f"worker/{PROGRAM}", "worker")
NAME_OF_WHEEL = "recraft-canvas"
# In a zip without a worker: the folder with what fetches one, the modules in it, and how they begin.
SETUP = "setup"
_FETCHING = ("__init__", "environment", "fetch", "hosts", "locked", "pip_wheel", "running")
# What decides how the worker is frozen, and what of ours goes in beside the core.
_RECIPE = ("bundle", "unpacking", "hosts", "running")
_FETCH = """
import sys
from pathlib import Path
from recraft_setup.fetch import main
sys.exit(main(Path(__file__).resolve().parents[1]))
"""
_TOOLS = ("pyinstaller>=6.10", "build>=1.2", "setuptools>=68", "wheel")
# A server with several workers starts this program once more for each; only freeze_support knows what is meant then.
_ENTRY = f"""
import os, sys
if os.path.exists(os.path.join(os.path.dirname(sys.executable), {unpacking.REST!r})):
    from recraft_setup.unpacking import main
    sys.exit(main())
import multiprocessing
multiprocessing.freeze_support()
from recraft_core.cli import main
sys.exit(main())
"""
# Left out: windows nobody opens, and tests and build helpers of packages. numpy's linear algebra, an eighth of the
# whole, has to stay: numpy does not start without it.
_WITHOUT = (
    "tkinter", "turtle", "idlelib", "lib2to3", "pydoc_data", "unittest", "doctest", "pdb", "pytest", "setuptools",
    "pip", "wheel", "pkg_resources", "numpy.f2py", "numpy.testing", "numpy.distutils", "PIL.ImageQt", "PIL.ImageTk",
    "curses", "ncnn.model_zoo", "ncnn.utils", "IPython", "PIL._imagingft", "numpy.fft", "numpy.polynomial",
    "numpy._core._multiarray_tests", "pydoc", "xmlrpc", "_pydecimal",
)  # fmt: skip
# Packages that are looked up by their name: keyring finds its backends so, and `recraft doctor` what is there.
_NAMED = ("keyring", "starlette", "uvicorn", "python-multipart", "pypatchmatch", "vtracer", "resvg-py", "ncnn")
# They belong to the system's C library, or are on every desktop; ours would need a C library as new as ours.
_OF_THE_SYSTEM = ("libmvec.so.1", "libstdc++.so.6", "libgcc_s.so.1")
_X86 = ("x86_64", "amd64")
_SYSTEMS = {"win32": "windows", "darwin": "macos"}
_LICENCES = ("LICEN[CS]E*", "COPYING*", "NOTICE*", "AUTHORS*")


def make(steps: Steps, dist: Path = HERE / "dist") -> list[Path]:
    """Everything for a release, in the folder `dist`; the files made. Raises Trouble when a tool fails."""
    if sys.version_info < (3, 11):
        raise Trouble(f"the best fill needs Python 3.11 or newer, and this is {platform.python_version()}. Use one.")
    dist.mkdir(parents=True, exist_ok=True)
    made = packages(tools(steps), dist, steps)
    wheel = next(one for one in made if one.suffix == ".whl")
    return [*made, *online(wheel, dist), *zips(frozen_worker(steps), dist)]


def tools(steps: Steps) -> Path:
    """The Python that has what the worker is made of, and PyInstaller."""
    return environment.ready(cache() / "environment", "local,keyring", editable=True, steps=steps, tools=_TOOLS)


def cache() -> Path:
    """Where the environment and the frozen worker are kept."""
    return cache_folder() / "bundle"


def packages(python: Path, dist: Path, steps: Steps) -> list[Path]:
    """The sdist, and the wheel built from it."""
    steps.say("Building wheel and sdist …")
    with tempfile.TemporaryDirectory() as scratch:
        _run([str(python), "-m", "build", "--no-isolation", "--outdir", scratch, str(HERE)])
        return [Path(shutil.copy2(one, dist)) for one in sorted(Path(scratch).iterdir())]


def zips(worker: Path, dist: Path, *, level: int = 9, date: float | None = None) -> list[Path]:
    """The plugins' zips with the frozen `worker`, in the folder `dist`.

    `level` is 0 (least) .. 9 of compression; `date`, in seconds since 1970, is that of the newest commit when None.
    """
    system = f"{_SYSTEMS.get(sys.platform, 'linux')}-{platform.machine().lower()}"
    with tempfile.TemporaryDirectory() as scratch:
        packed = _packed(worker, Path(scratch) / "worker", level)
        more = _below(packed, "recraft/worker/")
        return [
            _zip(dist / f"recraft-{kind}-{version()}-{system}.zip", {**files, **more}, level, date)
            for kind, files in _plugins(unpacking.name_of(packed, PROGRAM))
        ]


def online(wheel: Path, dist: Path, *, level: int = 9, date: float | None = None) -> list[Path]:
    """The zips for every system, without a worker: on a click they fetch `wheel` and what it needs, by hash."""
    own = f"{NAME_OF_WHEEL}=={version()} \\\n    --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"
    with tempfile.TemporaryDirectory() as scratch:
        setup = Path(scratch) / SETUP
        (setup / "recraft_setup").mkdir(parents=True)
        for name in _FETCHING:
            shutil.copyfile(Path(__file__).with_name(f"{name}.py"), setup / "recraft_setup" / f"{name}.py")
        (setup / "__main__.py").write_text(_FETCH, encoding="utf-8")
        every = own + locked.FILE.read_text(encoding="utf-8")
        (setup / "recraft_setup" / locked.FILE.name).write_text(every, encoding="utf-8")
        more = _below(setup, f"recraft/{SETUP}/")
        return [
            _zip(dist / f"recraft-{kind}-{version()}-online.zip", {**files, **more}, level, date)
            for kind, files in _plugins("")
        ]


def _plugins(whole: str) -> Iterator[tuple[str, dict[str, Path]]]:
    """The files of each plugin by their names in a zip; `whole` is the name of the worker's folder, "" without one."""
    with tempfile.TemporaryDirectory() as scratch:
        for kind, put in (("krita", plugins.put_krita), ("gimp", plugins.put_gimp)):
            home = Path(scratch) / kind / "plugins"
            folder = put(home, COMMAND)
            if whole:
                told = {"command": COMMAND, WHOLE: whole}
                (folder / FILE).write_text(json.dumps(told), encoding="utf-8")
            else:
                (folder / FILE).unlink()
            yield kind, {**_below(home), **_below(home.parent / "actions")}


def version() -> str:
    """The version in the core's own words."""
    text = (HERE / "core" / "recraft_core" / "shared" / "__init__.py").read_text(encoding="utf-8")
    return text.split('__version__ = "')[1].split('"')[0]


# --- the worker ------------------------------------------------------------------------------------------------------


def frozen_worker(steps: Steps) -> Path:
    """The folder of the frozen worker; made when a source, a requirement or this recipe has changed."""
    recipe = (Path(__file__).with_name(f"{name}.py").read_bytes() for name in _RECIPE)
    digest = hashlib.sha256(b"".join((environment.fingerprint(editable=False).encode(), *recipe)))
    ready = cache() / f"worker-{digest.hexdigest()[:12]}"
    if not ready.exists() and steps.touch("make the frozen worker", ready):
        python = tools(steps)
        steps.say("Freezing the worker; this takes a minute …")
        with tempfile.TemporaryDirectory(dir=cache()) as scratch:
            folder = _freeze(python, Path(scratch))
            _slim(folder)
            _licences(python, folder / "licences")
            _check(folder)
            for old in cache().glob("worker-*"):
                shutil.rmtree(old, ignore_errors=True)
            folder.rename(ready)
    return ready


def _check(worker: Path) -> None:
    """One that lacks a module starts all the same, and ends at the first question."""
    finding = worker_answers([str(worker / PROGRAM), COMMAND[1]])
    if finding.cure:
        raise Trouble(f"the frozen worker is not whole: {finding.what}. Look for what _WITHOUT took too much of.")


def _freeze(python: Path, scratch: Path) -> Path:
    entry = scratch / "entry.py"
    entry.write_text(_ENTRY, encoding="utf-8")
    options = ["--onedir", "--console", "--noconfirm", "--log-level", "ERROR", "--name", NAME]
    options += ["--paths", str(HERE / "core"), "--collect-all", "patchmatch", "--optimize", "2"]
    # Our own modules are found by name at run time: the catalog, the commands, the work done apart.
    options += ["--collect-submodules", "recraft_core", "--collect-submodules", "recraft_local"]
    options += ["--add-data", f"{HERE / 'core' / 'recraft_local' / 'data'}{os.pathsep}recraft_local/data"]
    for name in _NAMED:
        options += ["--copy-metadata", name]
    for name in _WITHOUT:
        options += ["--exclude-module", name]
    for name, folder in (("--distpath", "dist"), ("--workpath", "work"), ("--specpath", "spec")):
        options += [name, str(scratch / folder)]
    _run([str(python), "-m", "PyInstaller", *options, str(entry)])
    return scratch / "dist" / NAME


def _slim(worker: Path) -> None:
    """Take out what a zip cannot hold or another computer must not get."""
    inside = worker / "_internal"
    for one in sorted(inside.rglob("*")):
        if one.is_symlink() and sys.platform == "darwin":
            _copied(one)
        # Elsewhere links to libraries only help loaders that pass over what a wheel says about its neighbours.
        elif one.is_symlink() or one.name in _OF_THE_SYSTEM:
            one.unlink()
    strip = shutil.which("strip") if sys.platform == "linux" else None
    if strip:
        for one in sorted(inside.rglob("*.so*")):
            _stripped(one, strip)


def _stripped(library: Path, strip: str) -> None:
    """Without the names only a debugger reads; where a wheel's patching does not survive that, as it was."""
    fresh = library.with_name(f"{library.name}.stripped")
    _run([strip, "--strip-unneeded", "-o", str(fresh), str(library)])
    if _loads(fresh.read_bytes()):
        fresh.replace(library)
    else:
        fresh.unlink()


def _loads(elf: bytes) -> bool:
    """True when every segment a loader maps lies in the file (64 bit, little endian) as its page in memory wants it."""
    start, size, count = (int.from_bytes(elf[at : at + wide], "little") for at, wide in ((32, 8), (54, 2), (56, 2)))
    rows = (struct.unpack_from("<IIQQQQQQ", elf, start + number * size) for number in range(count))
    return all((row[2] - row[3]) % max(row[7], 1) == 0 for row in rows if row[0] == 1)


def _copied(link: Path) -> None:
    """A copy in the place of a link: macOS finds libraries by the names PyInstaller links, and a zip holds no link."""
    target = link.resolve()
    link.unlink()
    if target.is_dir():
        shutil.copytree(target, link, symlinks=False)
    elif target.is_file():
        shutil.copy2(target, link)


def _licences(python: Path, folder: Path) -> None:
    """The licence texts of the packages inside."""
    site = next(python.parents[1].glob("lib/python3*/site-packages"), python.parents[1] / "Lib" / "site-packages")
    for pattern in _LICENCES:
        for one in sorted(site.glob(f"*.dist-info/**/{pattern}")):
            target = folder / one.relative_to(site).parts[0].removesuffix(".dist-info") / one.name
            if one.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(one, target)


def _packed(worker: Path, folder: Path, level: int) -> Path:
    """The frozen worker as it lies in a zip: Python's own files open, all packages in one file, alike beside alike.

    It is a quarter less than a zip could make of them. See `unpacking`, which is the way back.
    """
    rest = []
    for one in worker.rglob("*"):
        above = one.relative_to(worker).parts[:-1]
        if one.is_file() and (above in {(), ("_internal",)} or "lib-dynload" in above):
            (folder / one.relative_to(worker)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(one, folder / one.relative_to(worker))
        elif one.is_file():
            rest.append(one)
    machine: list[dict[str, int]] = [{"id": lzma.FILTER_X86}] if platform.machine().lower() in _X86 else []
    best = 9 | lzma.PRESET_EXTREME
    filters = [*machine, {"id": lzma.FILTER_LZMA2, "preset": best if level == 9 else level}]
    with lzma.open(folder / unpacking.REST, "wb", filters=filters) as file, tarfile.open(fileobj=file, mode="w") as tar:
        for one in sorted(rest, key=lambda one: (one.suffix, one.relative_to(worker).parts)):
            member = tarfile.TarInfo(one.relative_to(worker).as_posix())
            member.size, member.mode = one.stat().st_size, one.stat().st_mode & 0o755
            with one.open("rb") as content:
                tar.addfile(member, content)
    return folder


# --- helpers ---------------------------------------------------------------------------------------------------------


def _below(folder: Path, prefix: str = "") -> dict[str, Path]:
    """Every file and folder below `folder` by its name in a zip; folders end in a slash, as Krita's importer wants."""
    paths = folder.rglob("*") if folder.is_dir() else ()
    inside = {f"{prefix}{one.relative_to(folder).as_posix()}{'/' * one.is_dir()}": one for one in paths}
    return {**({prefix: folder} if prefix else {}), **inside}


def _zip(path: Path, files: dict[str, Path], level: int, date: float | None) -> Path:
    year, month, day, hour, minute, second = time.gmtime(_date() if date is None else date)[:6]
    when = max(year, 1980), month, day, hour, minute, second  # a zip knows no earlier year
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, when)
            entry.create_system = 3  # Unix: the run bit is in it, whichever system made it
            entry.compress_type = zipfile.ZIP_DEFLATED
            folder = name.endswith("/")
            mode = 0o40755 if folder else 0o100755 if _runs(name) else 0o100644
            entry.external_attr = mode << 16 | (0x10 if folder else 0)
            # A ZipInfo knows of no level that was given to the archive.
            archive.writestr(entry, b"" if folder else files[name].read_bytes(), compresslevel=level)
    return path


def _date() -> float:
    """The date of everything in a zip: of the newest commit, or of the newest source where there is no history.

    It has to differ between versions: GIMP asks a plug-in for its menu again only when its file has another date.
    """
    command = ["git", "-C", str(HERE), "log", "-1", "--format=%ct"]
    output = subprocess.run(command, capture_output=True, text=True, check=False).stdout if shutil.which("git") else ""
    newest = output.strip() or max(one.stat().st_mtime for one in HERE.glob("*_plugin/**/*.py"))
    return float(os.environ.get("SOURCE_DATE_EPOCH") or newest)


def _runs(name: str) -> bool:
    return name in {f"recraft/worker/{PROGRAM}", "recraft/recraft.py"}


def _run(command: Sequence[str]) -> None:
    """Run a tool quietly; Trouble with the end of what it said when it fails."""
    env = {**os.environ, "PYTHONHASHSEED": "0", "SOURCE_DATE_EPOCH": "315532800"}
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", env=env, check=False)
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise Trouble(f"{' '.join(command[1:3])} failed:\n{said}\nSee to that, and run this again.")
