#!/usr/bin/env python3
"""Set up Recraft Canvas, and take it away again. Needs Python 3.10 or newer and this folder, nothing else.

    python3 install.py demo      make the environment and erase an object from a photograph, on this computer
    python3 install.py test      make the environment and run every check
    python3 install.py krita     install the Krita plugin      (gimp: the GIMP plug-in, all: both)
    python3 install.py doctor    look what is set up, and say what to do where something is wrong
    python3 install.py remove    take the plugins and the worker away; settings, history and key stay
    python3 install.py bundle    make release files, with a worker that needs no Python
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "core"))

if sys.version_info < (3, 10):
    sys.exit(
        "error: this is Python {}.{}; Recraft Canvas needs 3.10 or newer. Run it with one that is there, such as:\n"
        "  python3.12 install.py\n"
        "or get one from https://www.python.org/downloads/, or by uv where that is installed:\n"
        "  uv run --no-project --python 3.12 install.py".format(*sys.version_info[:2])
    )

from recraft_setup import Steps, Trouble, commands, environment

ENVIRONMENT = HERE / ".venv"
PICTURES = HERE / "tests" / "pictures"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it worked."""
    commands.speak_plainly()
    parser = _parser()
    chosen, rest = parser.parse_known_args(arguments)
    if rest and chosen.command != "test":
        parser.error(f"unknown: {' '.join(rest)}")
    chosen.more = rest
    try:
        return int(chosen.run(chosen))
    except Trouble as trouble:
        print(f"error: {trouble}", file=sys.stderr)
        return 1
    except OSError as trouble:
        print(f"error: {trouble}. Check the disk and the permissions, and run this again.", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", help=argparse.SUPPRESS)
    for name, run in COMMANDS.items():
        one = words.add_parser(name, description=run.__doc__)
        one.set_defaults(run=run)
        commands.arguments(one, name)
    return parser


def demo(_chosen: argparse.Namespace) -> int:
    """A photograph in, the hikers gone, through HTTP to the embedded engine; prints both paths."""
    python = environment.ready(ENVIRONMENT, "local", editable=True, steps=Steps())
    out = HERE / "demo"
    out.mkdir(exist_ok=True)
    before, after = out / "before.jpg", out / "after.png"
    shutil.copyfile(PICTURES / "dunes.jpg", before)
    mask = str(PICTURES / "dunes-mask.png")
    # --local: a demonstration spends nobody's units, whether or not there is a key.
    _run([str(python), "-m", "recraft_core", "erase", str(before), "--mask", mask, "--local", "-o", str(after)])
    program = str(python.with_name("recraft"))
    typed = f'"{program}"' if os.name == "nt" else shlex.quote(program)
    print(f"before: {before}\nafter:  {after}\nNext: {typed} --help")
    return 0


def test(chosen: argparse.Namespace) -> int:
    """Lint, then types beside the tests. pytest's line closes the output where all is well; arguments go on to it."""
    python = environment.ready(ENVIRONMENT, "local,keyring,test", editable=True, steps=Steps())
    clean = {name: value for name, value in os.environ.items() if name not in {"RECRAFT_API_TOKEN", "PYTHONPATH"}}
    clean["OPENBLAS_NUM_THREADS"] = "1"
    _run([str(python), "-m", "ruff", "check", "--quiet", "."], env=clean)
    types = subprocess.Popen(
        [str(python), "-m", "mypy"], cwd=HERE, env=clean, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    # With more workers the real hosts would wait for the processor, not for what they do.
    workers = str(min(4, os.cpu_count() or 1))
    command = [str(python), "-m", "pytest", "-n", workers, "--no-loadscope-reorder", *chosen.more]
    code = subprocess.run(command, cwd=HERE, env=clean, check=False).returncode
    said, _ = types.communicate()
    if types.returncode:
        sys.stdout.buffer.write(said)
        raise Trouble(f"mypy failed with exit code {types.returncode}; see above.")
    return code


def bundle(_chosen: argparse.Namespace) -> int:
    """Make dist/: wheel, sdist, and a zip for Krita and one for GIMP with a frozen worker for this system."""
    from recraft_setup.bundle import make

    for path in make(Steps()):
        print(f"{path}  {path.stat().st_size / 1e6:.1f} MB")
    return 0


def _run(command: Sequence[str], env: dict[str, str] | None = None) -> None:
    """Run a command and let it speak for itself; Trouble when it fails."""
    done = subprocess.run(command, cwd=HERE, env=env, check=False)
    if done.returncode:
        raise Trouble(f"{' '.join(command[1:4])} failed with exit code {done.returncode}; see above.")


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "demo": demo,
    "test": test,
    "bundle": bundle,
    **commands.COMMANDS,
}

if __name__ == "__main__":
    sys.exit(main())
