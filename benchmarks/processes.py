"""Memory and CPU of processes, read in one way by all benchmarks: of this one, of another, of a command and all that
it starts. All memory is in MB of 2^20 bytes, all CPU in seconds of user and system together.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple


def megabytes(field: str = "VmRSS", pid: int | str = "self") -> float:
    """What Linux tells of a process's memory: "VmRSS" what it holds now, "VmHWM" the most it held, "RssAnon" what is
    its own; 0 where there is none.
    """
    return _fields(f"/proc/{pid}/status").get(field, 0.0)


def forget_peak() -> bool:
    """On Linux, let this process's "VmHWM" begin here; False where that cannot be."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return False
    return True


def peak_megabytes(*, children: bool = False) -> float:
    """The most this process held, and with `children` the largest one that it started and that has ended beside it.
    0 where the system does not tell.
    """
    if not find_spec("resource"):
        return 0.0
    import resource

    unit = 2**20 if sys.platform == "darwin" else 2**10
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / unit if children else 0.0
    # Linux counts the starting process's peak into ru_maxrss.
    return most + (megabytes("VmHWM") or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit)


def cpu_s(pid: int) -> float:
    """CPU that a process took and those it started that have ended."""
    fields = _text(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def cpu_of(words: list[str], env: dict[str, str] | None = None) -> float:
    """CPU of a command and all that it started and waited for. Raises CalledProcessError where it fails."""
    before = _children_s()
    subprocess.run(words, env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return _children_s() - before


class Seen(NamedTuple):
    """Memory of a command and all that it started, at one moment. `own` is what would be free without them; `whole` is
    that and their share of the pages of files and programs that they have mapped; `kinds` is `own` of the largest
    process of each kind: command, worker, engine.
    """

    own: float
    whole: float
    kinds: dict[str, float]


def watched(words: list[str], env: dict[str, str], every_s: float = 0.1) -> tuple[float, list[Seen]]:
    """CPU of a command and all that it starts and waits for, and the memory of all of them over time."""
    before = _children_s()
    process = subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL)
    seen = []
    while process.poll() is None:
        seen.append(_memory(process.pid))
        time.sleep(every_s)
    return _children_s() - before, seen


def _memory(pid: int) -> Seen:
    own, whole, kinds = 0.0, 0.0, {}
    for one in _family(pid):
        fields = _fields(f"/proc/{one}/smaps_rollup")
        name = _text(f"/proc/{one}/cmdline").replace("\0", " ")
        kind = "engine" if " serve " in name else "worker" if "spawn_main" in name else "command"
        mine = fields.get("Pss_Anon", 0.0) + fields.get("Pss_Shmem", 0.0)
        own += mine
        whole += fields.get("Pss", 0.0)
        kinds[kind] = max(kinds.get(kind, 0.0), mine)
    return Seen(own, whole, kinds)


def _family(pid: int) -> list[int]:
    children = [_text(str(path)).split() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    return [pid, *(one for some in children for child in some for one in _family(int(child)))]


def _children_s() -> float:
    took = os.times()
    return took.children_user + took.children_system


def _fields(path: str) -> dict[str, float]:
    lines = (line.split() for line in _text(path).splitlines())
    return {words[0].rstrip(":"): int(words[1]) / 1024 for words in lines if words[-1:] == ["kB"]}


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
