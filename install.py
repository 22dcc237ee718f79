#!/usr/bin/env python3
"""Set up Recraft Canvas from this folder. Standard library only.

    python3 install.py demo    make the environment and erase an object from a photograph, on this computer
    python3 install.py test    make the environment and run every check

Both make .venv beside this file once and use it again; the command `recraft` is in it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENVIRONMENT = HERE / ".venv"
OLDEST = (3, 10)
PICTURES = HERE / "tests" / "pictures"
# The rooms of the core that run in the hosts' own Pythons; they travel inside each plugin.
PURE_ROOMS = (
    "__init__.py", "catalog.py", "child.py", "contract", "errors.py", "geometry.py", "link.py", "messages.py", "options.py",
    "plan.py", "rules.py", "wire.py",
)  # fmt: skip
_BIN = "Scripts" if os.name == "nt" else "bin"


class Trouble(Exception):
    """Something went wrong that the user can mend; the text says how."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it worked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("demo", help="erase an object from a photograph").set_defaults(run=demo)
    test_command = commands.add_parser("test", help="run every check")
    test_command.add_argument("more", nargs="*", metavar="PYTEST_ARGUMENT", help="handed on to pytest")
    test_command.set_defaults(run=test)
    chosen, rest = parser.parse_known_args(arguments)
    if rest and chosen.command != "test":
        parser.error(f"unknown: {' '.join(rest)}")
    chosen.more = [*getattr(chosen, "more", []), *rest]
    try:
        check_python()
        return int(chosen.run(chosen))
    except Trouble as trouble:
        print(f"error: {trouble}", file=sys.stderr)
        return 1


def demo(_chosen: argparse.Namespace) -> int:
    """A photograph in, the hikers gone, through HTTP to the embedded engine; prints both paths."""
    python = environment("local")
    out = HERE / "demo"
    out.mkdir(exist_ok=True)
    before, after = out / "before.jpg", out / "after.png"
    shutil.copyfile(PICTURES / "dunes.jpg", before)
    recraft = [str(python), "-m", "recraft_core"]
    mask = str(PICTURES / "dunes-mask.png")
    # --local: a demonstration spends nobody's units, whether or not there is a key.
    run([*recraft, "erase", str(before), "--mask", mask, "--local", "-o", str(after)])
    print(f"before: {before}\nafter:  {after}")
    print(f"Next: {ENVIRONMENT / _BIN / 'recraft'} --help")
    return 0


def test(chosen: argparse.Namespace) -> int:
    """Lint, types, tests. pytest comes last, so that its line closes the output."""
    python = environment("local,test")
    clean = {name: value for name, value in os.environ.items() if name not in {"RECRAFT_API_TOKEN", "PYTHONPATH"}}
    clean["OPENBLAS_NUM_THREADS"] = "1"
    for check in (["ruff", "check", "--quiet", "."], ["mypy"]):
        run([str(python), "-m", *check], env=clean)
    return subprocess.run([str(python), "-m", "pytest", *chosen.more], cwd=HERE, env=clean, check=False).returncode


def put_krita(pykrita: Path, worker: Sequence[str]) -> Path:
    """The Krita plugin in the folder `pykrita`, with the command of its worker; the package's folder."""
    shutil.copyfile(HERE / "krita_plugin" / "recraft.desktop", make(pykrita) / "recraft.desktop")
    actions = make(pykrita.parent / "actions")
    shutil.copyfile(HERE / "krita_plugin" / "recraft.action", actions / "recraft.action")
    return put_plugin(HERE / "krita_plugin" / "recraft", pykrita / "recraft", worker)


def put_gimp(plug_ins: Path, worker: Sequence[str]) -> Path:
    """The GIMP plug-in in the folder `plug_ins`, with the command of its worker; the plug-in's folder."""
    folder = put_plugin(HERE / "gimp_plugin" / "recraft", make(plug_ins) / "recraft", worker)
    (folder / "recraft.py").chmod(0o755)
    return folder


def put_plugin(source: Path, target: Path, worker: Sequence[str]) -> Path:
    """Copy a plugin, the pure rooms beside it, and worker.json, which says how its worker is started."""
    if target.exists():
        shutil.rmtree(target)
    leave = shutil.ignore_patterns("__pycache__")
    shutil.copytree(source, target, ignore=leave)
    for name in PURE_ROOMS:
        one = HERE / "core" / "recraft_core" / name
        if one.is_dir():
            shutil.copytree(one, target / "recraft_core" / name, ignore=leave)
        else:
            shutil.copyfile(one, make(target / "recraft_core") / name)
    (target / "worker.json").write_text(json.dumps({"command": [*worker]}), encoding="utf-8")
    return target


def make(folder: Path) -> Path:
    """The folder, made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def check_python() -> None:
    """Raises Trouble where this Python is too old."""
    if sys.version_info < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        found = ".".join(map(str, sys.version_info[:2]))
        raise Trouble(f"this is Python {found}; Recraft Canvas needs {wanted} or newer. Run it with one, such as "
                      f"python3.12 install.py.")  # fmt: skip


def environment(extras: str) -> Path:
    """The Python of .venv with the distribution and `extras` installed; made or brought up to date when needed."""
    python = ENVIRONMENT / _BIN / ("python.exe" if os.name == "nt" else "python")
    stamp = ENVIRONMENT / f".recraft-{extras.replace(',', '-')}"
    wanted = fingerprint()
    if python.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    if not usable(python):
        print(f"Making the environment {ENVIRONMENT} …", flush=True)
        make_environment()
    print(f"Installing recraft-canvas[{extras}] into it …", flush=True)
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    done = subprocess.run([*pip, "--editable", f"{HERE}[{extras}]"], cwd=HERE, check=False)
    if done.returncode:
        raise Trouble(
            "pip could not install the packages; its own words stand above. Check the network, or the proxy in "
            "HTTPS_PROXY, and run this again."
        )
    stamp.write_text(wanted, encoding="utf-8")
    return python


def usable(python: Path) -> bool:
    """True when .venv holds a Python that starts and has pip."""
    if not python.exists():
        return False
    return subprocess.run([str(python), "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0


def make_environment() -> None:
    """A fresh .venv."""
    try:
        venv.create(ENVIRONMENT, clear=True, with_pip=True)
    except (subprocess.CalledProcessError, ImportError, OSError) as trouble:
        raise Trouble(
            f"the environment {ENVIRONMENT} could not be made ({trouble}). On Debian and Ubuntu install the missing "
            "piece with: sudo apt install python3-venv"
        ) from trouble


def fingerprint() -> str:
    """What an environment depends on: our requirements, this folder, this Python."""
    parts = (HERE / "setup.cfg").read_bytes(), str(HERE).encode(), sys.version.encode()
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def run(command: Sequence[str], env: dict[str, str] | None = None) -> None:
    """Run a command and let it speak for itself; Trouble when it fails."""
    done = subprocess.run(command, cwd=HERE, env=env, check=False)
    if done.returncode:
        raise Trouble(f"{' '.join(command[1:4])} failed with exit code {done.returncode}; see above.")


if __name__ == "__main__":
    sys.exit(main())
