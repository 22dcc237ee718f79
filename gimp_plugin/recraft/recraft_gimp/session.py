"""Which run of GIMP this procedure belongs to, and when it was asked for."""

from __future__ import annotations

import os
import time
from pathlib import Path

from gi.repository import Gimp

LOADED = time.time()


def session() -> str:
    """What names this run of GIMP, whose child each procedure is: its process, and when that began."""
    pid = os.getppid()
    return f"gimp-{pid}-{_began(pid) or time.strftime('%Y%m%d')}"


def host_name() -> str:
    """GIMP and its version, for logs and the history."""
    return f"GIMP {Gimp.version()}"


def clicked() -> float:
    """When this procedure was started, in s since 1970: a shortcut pressed five times fast starts five at once."""
    began, ticks = _began(os.getpid()), os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 1
    return time.time() - (time.clock_gettime(time.CLOCK_BOOTTIME) - int(began) / ticks) if began else LOADED


def _began(pid: int) -> str:
    """When a process began, in ticks since the computer did; "" where the system does not say."""
    try:
        # The 22nd field is the start, counted after the name in brackets; proc(5).
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    except OSError:
        return ""
