"""The worker of a plugin that came without one: what it takes to fetch it, on a click and never before.

The work is done by a program of its own, `setup/` beside the plugin, run by uv where that is there, else by a Python
of the system. The host's timer calls `poll`; nothing waits.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import EngineTrouble, RecraftError
from ..i18n import N_, say
from ..worker_process import FILE, child_environment, read_command

SETUP = "setup"
_LIST = Path(SETUP, "recraft_setup", "requirements.txt")
_NO_WINDOW = 0x08000000  # CREATE_NO_WINDOW, on Windows
_NEWEST, _OLDEST = 14, 10  # Python 3.x
# Programs started from a desktop know fewer folders than a terminal does.
_ELSEWHERE = ("~/.local/bin", "~/.cargo/bin", "/opt/homebrew/bin", "/usr/local/bin")
_NO_PYTHON = "Install uv (docs.astral.sh/uv), then try again. Or take the zip for your system, which fetches nothing."
_NO_NETWORK = "Check the network, or the proxy in HTTPS_PROXY, and try again."
_NO_ROOM = "Check the disk and the permissions, and try again."
_FETCHED = 0.5


def wanted(folder: Path) -> bool:
    """True for a plugin that can fetch its worker and has none, or one of another version."""
    if not (folder / _LIST).is_file():
        return False
    try:
        read_command(folder)
        known = json.loads((folder / FILE).read_text(encoding="utf-8")).get("list")
    except (RecraftError, OSError, ValueError, AttributeError):
        return True
    return bool(known != hashlib.sha256((folder / _LIST).read_bytes()).hexdigest()[:16])


class WorkerSetup:
    """One fetching. `state` is "idle", "running", "stopping" or "done"; `trouble` says why there is no worker."""

    def __init__(self, folder: Path, environ: Mapping[str, str] | None = None) -> None:
        self._folder = Path(folder)
        self._environ = os.environ if environ is None else environ
        self._process: subprocess.Popen[bytes] | None = None
        self._said, self._rest = "", b""
        self._heard: Any = None
        self._heard_in = ""
        self.state = "idle"
        self.share = 0.0
        self.package = ""
        self.trouble: RecraftError | None = None

    @property
    def words(self) -> str:
        """How far it is, as a sentence."""
        if self.package and self.state == "running":
            return say("Fetching {package}", package=self.package)
        return N_("Preparing") if self.share < _FETCHED else N_("Working")

    def start(self) -> None:
        """Begin; what is in the way is in `trouble`."""
        self.trouble, self.package, self.share, self._said, self._rest = None, "", 0.0, "", b""
        environ = child_environment(self._environ)
        command = runner(environ)
        if not command:
            what = say("There is neither uv nor a Python of 3.10 or newer on this computer.")
            self.trouble = EngineTrouble(what, remedy=_NO_PYTHON)
            return
        if "uv" in Path(command[0]).stem:
            environ["UV"] = command[0]
        handle, self._heard_in = tempfile.mkstemp(prefix="recraft-setup-")
        try:
            # Into a file: reading a pipe could make the host wait, and its own Python may not run threads.
            self._process = subprocess.Popen(
                [*command, "-I", "-B", str(self._folder / SETUP)], stdin=subprocess.PIPE, stdout=handle,
                stderr=subprocess.STDOUT, env=environ, cwd=str(self._folder),
                creationflags=_NO_WINDOW if os.name == "nt" else 0,
            )  # fmt: skip
            self._heard = open(self._heard_in, "rb")  # noqa: PTH123, SIM115 - until it has ended
            self.state = "running"
        except OSError as problem:
            self._fail(str(problem), network=False)
            Path(self._heard_in).unlink()
        finally:
            os.close(handle)

    def cancel(self) -> None:
        """Ask for the end; it clears away what there is of the worker, then the state is "idle" again."""
        if self._process is not None and self.state == "running":
            self.state = "stopping"
            assert self._process.stdin is not None  # noqa: S101 - it is a pipe
            self._process.stdin.close()

    def poll(self) -> None:
        """Hear how far it is."""
        if self._process is None:
            return
        ended = self._process.poll() is not None
        *lines, self._rest = (self._rest + self._heard.read()).split(b"\n")
        for line in lines:
            self._hear(line.decode("utf-8", "replace").strip())
        if ended:
            self._end()

    def _hear(self, line: str) -> None:
        try:
            news = json.loads(line)
            self.package, self.share = str(news.get("package", "")), float(news.get("share", self.share))
        except (ValueError, AttributeError, TypeError):
            self._said = line or self._said
            return
        if "error" in news and self.state == "running":
            self._fail(str(news["error"]), network=bool(news.get("network")))
        elif news.get("done"):
            self.share = 1.0

    def _end(self) -> None:
        done = not wanted(self._folder)
        if not done and self.state == "running" and self.trouble is None:
            self._fail(self._said, network=False)  # uv found no Python, or was killed
        assert self._process is not None and self._process.stdin is not None  # noqa: S101, PT018
        with contextlib.suppress(OSError):
            self._process.stdin.close()
            self._heard.close()
            Path(self._heard_in).unlink()
        self._process, self.state = None, "done" if done else "idle"

    def _fail(self, why: str, *, network: bool) -> None:
        what = say("The worker could not be fetched: {why}", why=f"{why[:300].rstrip('.')}.")
        self.trouble = EngineTrouble(what, remedy=_NO_NETWORK if network else _NO_ROOM)


def runner(environ: Mapping[str, str]) -> list[str]:
    """The beginning of a command that runs a Python new enough; [] where there is none."""
    path = os.pathsep.join([environ.get("PATH", ""), *map(os.path.expanduser, _ELSEWHERE)])
    uv = shutil.which("uv", path=path)
    if uv:
        return [uv, "run", "--no-project", "--python", f">=3.{_OLDEST + 1}", "python"]
    return next((command for command in _pythons(path) if _new_enough(command, environ)), [])


def _pythons(path: str) -> Iterator[list[str]]:
    if os.name == "nt":  # python3.exe there may be a door to the Store
        launcher = shutil.which("py", path=path)
        yield from ([[launcher, "-3"]] if launcher else [])
        return
    for name in (*(f"python3.{minor}" for minor in range(_NEWEST, _OLDEST - 1, -1)), "python3"):
        program = shutil.which(name, path=path)
        # Without Xcode, macOS' own opens a window that asks for it.
        if program and not (sys.platform == "darwin" and program.startswith("/usr/bin/")):
            yield [program]


def _new_enough(command: list[str], environ: Mapping[str, str]) -> bool:
    code = f"import sys, venv; sys.exit(sys.version_info < (3, {_OLDEST}))"
    flags = _NO_WINDOW if os.name == "nt" else 0
    try:
        done = subprocess.run(
            [*command, "-I", "-c", code], env=dict(environ), capture_output=True, timeout=10, creationflags=flags,
            check=False,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0
