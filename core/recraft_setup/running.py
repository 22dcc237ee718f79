"""Who is still at work with what an installer is about to change: processes started from a folder."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from . import hosts

_PATIENCE_S = 60


def using(folder: Path) -> list[int]:
    """Ids of the processes whose program lies in `folder`; [] where the system does not tell."""
    inside = os.path.normcase(f"{os.path.realpath(folder)}{os.sep}")
    programs = _windows() if sys.platform == "win32" else _linux() if Path("/proc/self/cmdline").exists() else _by_ps()
    return sorted({pid for pid, program in programs if pid != os.getpid() and _real(program).startswith(inside)})


def end_engine(worker: Sequence[str]) -> None:
    """End the engine that stays for a next command, which the worker of the command `worker` may have started.

    It holds nothing that is paid for; a worker of before knows of none, and is left alone.
    """
    *program, word = worker or [""]
    # Asked in a home where no engine was ever started, the command would leave a log behind.
    ours = hosts.data_folder()
    started = [*ours.glob("engine/shared-*.json"), *ours.glob("data/engine/shared-*.json")]
    if started and word == "worker" and program and Path(program[0]).exists():
        with suppress(OSError, subprocess.SubprocessError):
            subprocess.run([*program, "engine", "stop"], capture_output=True, timeout=_PATIENCE_S, check=False)


def _real(program: str) -> str:
    """Its name without links in the folders above; it may be one itself, as an environment's python is."""
    path = Path(program)
    return os.path.normcase(Path(os.path.realpath(path.parent), path.name) if path.is_absolute() else program)


def _linux() -> Iterator[tuple[int, str]]:
    """An environment's python is a link: its own name is in the command line only. What runs is told beside it."""
    for one in Path("/proc").iterdir():
        if one.name.isdigit():
            with suppress(OSError):  # it has ended, or is somebody else's
                yield int(one.name), os.fsdecode((one / "cmdline").read_bytes().split(b"\0")[0])
                yield int(one.name), str((one / "exe").readlink())


def _by_ps() -> Iterator[tuple[int, str]]:
    """Told a locale, since in a plain one every letter beyond ASCII is a ?, and -ww, since COLUMNS cuts its lines."""
    environ = {**os.environ, "LC_ALL": "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"}
    process = subprocess.run(["ps", "-axww", "-o", "pid=,args="], capture_output=True, env=environ, check=False)
    for line in os.fsdecode(process.stdout).splitlines():
        pid, _, command = line.strip().partition(" ")
        yield int(pid), command.strip()


def _windows() -> Iterator[tuple[int, str]]:
    """Source: learn.microsoft.com, EnumProcesses and QueryFullProcessImageNameW."""
    import ctypes

    kernel: Any = ctypes.WinDLL("kernel32")  # type: ignore[attr-defined,unused-ignore]
    kernel.OpenProcess.restype = ctypes.c_void_p
    ids, filled = (ctypes.c_uint32 * 16384)(), ctypes.c_uint32()
    kernel.K32EnumProcesses(ids, ctypes.sizeof(ids), ctypes.byref(filled))
    for pid in ids[: filled.value // 4]:
        handle = ctypes.c_void_p(kernel.OpenProcess(0x1000, False, pid))  # PROCESS_QUERY_LIMITED_INFORMATION
        name, size = ctypes.create_unicode_buffer(32768), ctypes.c_uint32(32768)
        if handle.value and kernel.QueryFullProcessImageNameW(handle, 0, name, ctypes.byref(size)):
            yield pid, name.value
        if handle.value:
            kernel.CloseHandle(handle)
