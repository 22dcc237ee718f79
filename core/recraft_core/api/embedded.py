"""Start and stop the embedded engine: the same API, served by a process of its own on this computer."""

from __future__ import annotations

import atexit
import importlib.util
import secrets
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, Any

from .. import subprocesses
from ..shared.errors import EngineTrouble
from ..shared.i18n import say

START_S = 60.0
_GREETING = "Recraft API on "
_INSTALL = 'Install it with: pip install "recraft-canvas[local]", or add a Recraft key.'
# Offline nothing is bought, so the balance never ends.
_UNITS = "1000000000"
_NEEDED = ("starlette", "uvicorn", "multipart")


class Engine:
    """A running engine. `base_url` is where it answers, `token` the only key it takes, `pid` its process.

    It ends with `stop`, or with this process; with `idle_s` not before nobody has asked it for so many seconds,
    whatever becomes of this process.
    """

    def __init__(self, data: Path | None = None, *, idle_s: float = 0) -> None:
        missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
        if missing:
            raise EngineTrouble("The embedded engine is not installed.", remedy=_INSTALL)
        folder = ("--data", str(data.absolute())) if data else ()
        end = ("--idle", f"{idle_s:g}") if idle_s else ("--until-stdin-closes",)
        arguments = ("serve", "--port", "0", "--units", _UNITS, *end, *folder)
        self.token, self.since = secrets.token_hex(16), time.time()
        try:
            self._process: subprocess.Popen[str] = subprocess.Popen(
                subprocesses.command(*arguments),
                stdin=subprocess.DEVNULL if idle_s else subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                # In the environment, for arguments show in process lists.
                env={**subprocesses.environment(), "RECRAFT_LOCAL_TOKEN": self.token},
                cwd=subprocesses.folder(),
                **_apart(alone=bool(idle_s)),
            )
        except OSError as trouble:
            raise EngineTrouble(
                say("The embedded engine could not be started: {trouble}.", trouble=trouble), remedy=_INSTALL
            ) from trouble
        self.pid = self._process.pid
        if not idle_s:
            atexit.register(self.stop)
        self.base_url = self._greeting()
        (self._let_go if idle_s else self._drain)()

    def _greeting(self) -> str:
        """The address it prints when it is ready; its complaint when it ends instead."""
        assert self._process.stdout is not None  # noqa: S101 - both are pipes
        assert self._process.stderr is not None  # noqa: S101
        watchdog = threading.Timer(START_S, self._process.kill)
        watchdog.start()
        try:
            line = self._process.stdout.readline().strip()
        finally:
            watchdog.cancel()
        if line.startswith(_GREETING):
            return line[len(_GREETING) :]
        self._process.kill()
        complaint = self._process.stderr.read().strip().splitlines()[-1:] or ["it gave no reason"]
        raise EngineTrouble(
            say("The embedded engine did not start: {complaint}.", complaint=complaint[0]), remedy="Run: recraft doctor"
        )

    def _drain(self) -> None:
        """A full pipe would stop the engine; its own log file keeps what matters."""
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                threading.Thread(target=_emptied, args=(pipe,), daemon=True).start()

    def _let_go(self) -> None:
        """It lives on without us; should it end before us, nothing of it is left in the list of processes."""
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()
        threading.Thread(target=self._process.wait, daemon=True).start()

    @property
    def alive(self) -> bool:
        """True while its process runs."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End it: closing its input is the sign it waits for; one that hangs is killed."""
        atexit.unregister(self.stop)
        if self._process.stdin and not self._process.stdin.closed:
            self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _apart(*, alone: bool) -> dict[str, Any]:
    """How a process is started without a black window on Windows, and `alone` so that no Ctrl+C of ours reaches it."""
    if sys.platform == "win32":
        group = subprocess.CREATE_NEW_PROCESS_GROUP if alone else 0
        return {"creationflags": subprocess.CREATE_NO_WINDOW | group}
    return {"start_new_session": alone}


def _emptied(pipe: IO[str]) -> None:
    with pipe:
        pipe.read()


_running: dict[Path | None, Engine] = {}
_lock = threading.Lock()


def shared(data: Path | None = None) -> Engine:
    """The one engine of this process for the folder `data`, started at the first call and again when it died."""
    with _lock:
        engine = _running.get(data)
        if engine is None or not engine.alive:
            engine = _running[data] = Engine(data)
        return engine
