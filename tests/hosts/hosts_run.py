"""Starting a program inside a root: a mount and process namespace of its own, so that nothing outlives the run.

Folders appear inside under the paths they have outside. The system is read-only, /tmp, /run and /var/tmp are
fresh, HOME is the scratch folder the caller gives. Without being root there is no namespace: only the
machine's own hosts can be started then.
"""
from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hosts_table import ENVIRONMENT

# $1 the root, $2 an empty folder to assemble it in, $3 "off" for no network; then "ro|rw FOLDER" pairs up to
# "--", then the command, which may not be process 1: Xvfb tells a parent with that number nothing, and xvfb-run
# would wait for ever. Folders are mounted before the system turns read-only: their mount points may be missing.
ENTER = """
set -e
root=$1 stage=$2 network=$3; shift 3
[ "$network" != off ] || ip link set lo up
mount --rbind "$root" "$stage"
mount -t proc proc "$stage/proc"
[ "$root" = / ] || mount --rbind /dev "$stage/dev"
for fresh in tmp run var/tmp; do mount -t tmpfs -o mode=1777 tmpfs "$stage/$fresh"; done
while [ "$1" != -- ]; do
    mkdir -p "$stage$2"
    mount --rbind "$2" "$stage$2"
    [ "$1" = rw ] || mount -o remount,bind,ro "$stage$2"
    shift 2
done
shift
mount -o remount,bind,ro "$stage"
status=0; chroot "$stage" "$@" || status=$?
exit "$status"
"""

# dbus-run-session: GTK and Qt look for a session bus. openbox: without a window manager no window has the focus.
ON_DISPLAY = (
    "xvfb-run", "--auto-servernum", "--server-args", "-screen 0 {screen}",
    "dbus-run-session", "--", "sh", "-c", 'openbox >/dev/null 2>&1 & exec "$@"', "sh",
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What a run left: exit code (negative: the signal), its two streams, and whether time ran out."""

    exit: int
    stdout: str
    stderr: str
    timed_out: bool
    seconds: float


def enclosed(
    root: Path,
    stage: Path,
    argv: Sequence[str],
    *,
    folders: Iterable[Path] = (),
    writable: Iterable[Path] = (),
    network: bool = True,
) -> list[str]:
    """The command that runs `argv` inside `root`, assembled in the empty folder `stage`."""
    binds = [("ro", path) for path in folders] + [("rw", path) for path in writable]
    # Outer folders first, or an inner one would be covered.
    ordered = sorted(binds, key=lambda bind: len(bind[1].resolve().parts))
    pairs = [word for mode, path in ordered for word in (mode, str(path.resolve()))]
    # However whoever started it ends, the host ends with it.
    tied = ["setpriv", "--pdeathsig", "KILL"]
    unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child", *([] if network else ["--net"])]
    off = "on" if network else "off"
    return [*tied, *unshare, "sh", "-c", ENTER, "sh", str(root), str(stage), off, *pairs, "--", *argv]


def watched(command: Sequence[str], *, env: Mapping[str, str], timeout_s: float, cwd: Path) -> Outcome:
    """Run `command` with its streams in files; after `timeout_s` end its whole process group."""
    begun = time.monotonic()
    # Files, not pipes: a grandchild that survives would keep a pipe open and the reader waiting.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=dict(env), cwd=cwd, start_new_session=True
        ) as process:
            try:
                process.wait(timeout_s)
                timed_out = False
            except subprocess.TimeoutExpired:
                timed_out = True
            finally:
                end_group(process)
        streams = [text_of(stream) for stream in (out, err)]
    return Outcome(process.returncode, *streams, timed_out, round(time.monotonic() - begun, 2))


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End what is left of the run, also when its first process is gone already."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()


def text_of(stream: object) -> str:
    """A stream's file as text; hosts print what they like, so bad bytes are replaced."""
    stream.seek(0)
    return stream.read().decode("utf-8", "replace")


def run_in(
    root: Path | None,
    argv: Sequence[str],
    *,
    home: Path,
    folders: Iterable[Path] = (),
    writable: Iterable[Path] = (),
    env: Mapping[str, str] | None = None,
    timeout_s: float = 120.0,
    network: bool = True,
    screen: str = "1400x900x24",
    display: bool = True,
) -> Outcome:
    """Run `argv` in `root` (None: plainly on this machine) with HOME in `home`.

    `folders` are visible read-only, `writable` and `home` read-write, under their own paths; `env` is added to
    the table's ENVIRONMENT; `screen` is width x height x depth in px and bits; the run starts in `home`.
    """
    home = home.resolve()
    runtime = home / ".runtime"
    runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Compiled Python goes into HOME: the system is read-only and the project folder stays clean.
    own = {"HOME": str(home), "XDG_RUNTIME_DIR": str(runtime), "PYTHONPYCACHEPREFIX": str(home / ".cache" / "python")}
    variables = {**ENVIRONMENT, **own, **(env or {})}
    around = [word.format(screen=screen) if "{" in word else word for word in ON_DISPLAY] if display else []
    command = ["env", "--chdir", str(home), *around, *argv]
    with tempfile.TemporaryDirectory(prefix="recraft-host-") as stage:
        if root is not None:
            writable = [*writable, home]
            command = enclosed(root, Path(stage), command, folders=folders, writable=writable, network=network)
        return watched(command, env=variables, timeout_s=timeout_s, cwd=home)
