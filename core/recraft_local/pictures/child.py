"""Do risky picture work in a process of its own, which can be stopped.

Tracing and drawing SVG run native code that cannot be interrupted and may need minutes or gigabytes for
a hostile picture. The child reads its picture from standard input and writes the result to standard output.
"""

from __future__ import annotations

import contextlib
import importlib
import subprocess
import sys

from .made import PictureTrouble

FLAG = "--picture-child"  # a frozen program's entry hands what follows this to `main`
WORK = ("raster", "trace")  # modules here with a function `in_child(argv, data) -> bytes`
MEMORY = 6 << 30  # bytes a child may map, where the system can hold it to that
MISSING = 3  # exit code: a package is not installed


def child(argv: list[str]) -> list[str]:
    """Command line that does `argv` (the work's name, then its arguments) in a new process."""
    if getattr(sys, "frozen", False):
        return [sys.executable, FLAG, *argv]
    return [sys.executable, "-m", __name__, *argv]


def run_child(argv: list[str], data: bytes, *, timeout_s: float) -> bytes:
    """What the child makes of `data`.

    Raises PictureTrouble when it takes longer than `timeout_s` (it is then stopped) or fails, and
    ModuleNotFoundError when the work needs a package that is not installed.
    """
    hidden = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # no console flashes up on Windows
    try:
        done = subprocess.run(
            child(argv), input=data, capture_output=True, timeout=timeout_s, check=False, creationflags=hidden
        )
    except subprocess.TimeoutExpired as error:
        raise PictureTrouble(
            f"The {argv[0]} step took longer than {timeout_s:g} s and was stopped. Try a smaller or simpler picture."
        ) from error
    said = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode == MISSING:
        raise ModuleNotFoundError(said)
    if done.returncode:
        last = said.splitlines()[-1] if said else f"exit code {done.returncode}"
        raise PictureTrouble(f"The {argv[0]} step failed: {last}. Try another or a smaller picture.")
    return done.stdout


def main(argv: list[str]) -> int:
    """Do the work `argv` names, from standard input to standard output."""
    if argv[0] not in WORK:
        sys.stderr.write(f"unknown work {argv[0]!r}, expected one of {WORK}")
        return 2
    _limit_memory()
    work = importlib.import_module(f"{__package__}.{argv[0]}")
    try:
        sys.stdout.buffer.write(work.in_child(argv[1:], sys.stdin.buffer.read()))
    except ModuleNotFoundError as error:
        sys.stderr.write(str(error))
        return MISSING
    return 0


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, OSError, ValueError):  # Windows has none, some systems refuse
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
