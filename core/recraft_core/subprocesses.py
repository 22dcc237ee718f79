"""Start this program once more, apart: the embedded engine, and picture work that may have to be stopped.

Tracing and drawing SVG run native code that cannot be interrupted and may want minutes or gigabytes for a hostile
picture. Such work is a module with `in_child(arguments, data) -> bytes`; it gets its picture on standard input.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from .shared.i18n import say

WORD = "apart"  # `recraft apart MODULE ARGUMENT …`, for this module's own use
MEMORY = 4 << 30  # bytes such work may map, where the system can hold it to that
_HOUSES = ("recraft_core.", "recraft_local.")
_MISSING = 3  # exit code: a package is not installed


class Failed(Exception):
    """The work came to nothing; the text is the end of a sentence that says why."""


def command(*arguments: str) -> list[str]:
    """How to start this very program again with `arguments` of the command `recraft`, frozen or not."""
    if getattr(sys, "frozen", False):
        return [sys.executable, *arguments]
    return [sys.executable, "-m", "recraft_core", *arguments]


def environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment of such a process: without the API key and our other settings, which it has no use for."""
    inherited = {name: value for name, value in environ.items() if not name.startswith("RECRAFT_")}
    # Python 3.10 knows no safe path; there `folder` keeps somebody's json.py out.
    # A trace of native code would hide what such work says last: why it failed.
    ours = {"OPENBLAS_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8", "PYTHONSAFEPATH": "1", "RUST_BACKTRACE": "0"}
    return {**inherited, **ours}


def folder() -> Path:
    """Where such a process starts: a folder without modules, which it would take for Python's own."""
    return Path(sys.executable).parent


def run(work: str, arguments: Sequence[str], data: bytes, *, timeout_s: float) -> bytes:
    """What `in_child` of the module `work` makes of `arguments` and `data`, in at most `timeout_s` seconds.

    Raises Failed, and ModuleNotFoundError when the work needs a package that is not installed.
    """
    try:
        done = subprocess.run(
            command(WORD, work, *arguments),
            input=data,
            capture_output=True,
            timeout=timeout_s,
            check=False,
            env=environment(),
            cwd=folder(),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # no black window on Windows
        )
    except subprocess.TimeoutExpired as problem:
        raise Failed(say("it took longer than {timeout_s:g} s and was stopped", timeout_s=timeout_s)) from problem
    if done.returncode == 0:
        return done.stdout
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    # Native code ends with a hint how to trace it, which is no reason.
    why = next((line for line in reversed(said) if not line.startswith("note:")), f"exit code {done.returncode}")
    if done.returncode == _MISSING:
        raise ModuleNotFoundError(why)
    raise Failed(why)


def main(words: Sequence[str]) -> int:
    """The process's side: do the work that `words` name, from standard input to standard output."""
    work, *arguments = words or [""]
    if not work.startswith(_HOUSES):
        sys.stderr.write(f"{work} is no work of ours")
        return 2
    _limit_memory()
    try:
        output = importlib.import_module(work).in_child(arguments, sys.stdin.buffer.read())
    except ModuleNotFoundError as missing:
        sys.stderr.write(str(missing))
        return _MISSING
    except (ValueError, OSError, MemoryError) as problem:
        sys.stderr.write(str(problem) or type(problem).__name__)
        return 1
    sys.stdout.buffer.write(output)
    return 0


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):  # Windows has none, some systems refuse
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
