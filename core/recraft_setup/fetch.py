"""The worker of a plugin that came without one, fetched into the plugin's own folder.

Run by whatever Python or uv the plugin finds. It says how far it is, one line of JSON each, and stops when its standard
input closes: when somebody cancels, and when the host is gone. Then, as after any trouble, nothing of it stays.

    {"package": "numpy", "share": 0.4}          under way
    {"error": "…", "network": true}             it did not work, and whether the network is to blame
    {"done": true}                              worker.json names it
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from . import Steps, Trouble, environment, locked

FOLDER = "worker"
_NO_WINDOW = 0x08000000  # CREATE_NO_WINDOW, on Windows
# What pip and uv say when they begin with a package. Those not named are small.
_PACKAGE = re.compile(r"^\s*(?:Collecting|Downloading|Downloaded|Prepared) ([A-Za-z0-9][\w.-]*?)(?:[=<>! (].*)?$")
_ANSWERS = "import recraft_core.worker, numpy, PIL.Image"


class Told(Steps):
    """Steps whose programs are listened to and can be stopped."""

    hears = True

    def __init__(self, tell: Any) -> None:
        super().__init__()
        self._tell = tell
        self._process: subprocess.Popen[str] | None = None
        self._seen = set[str]()
        self.last = ""
        self.stopped = False

    def say(self, text: str) -> None:
        """Nothing: whoever listens wants to know how far it is."""

    def run(self, command: Sequence[str], env: Mapping[str, str], *, quiet: bool = False) -> int:  # noqa: ARG002
        """Run a program and pass on which package it is at."""
        more: dict[str, Any] = {"creationflags": _NO_WINDOW} if os.name == "nt" else {}
        self._process = subprocess.Popen(
            list(command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=dict(env),
            encoding="utf-8", errors="replace", **more,
        )  # fmt: skip
        with self._process as process:
            if self.stopped:
                process.kill()
            for line in process.stdout or ():
                self._hear(line.strip())
        return 1 if self.stopped else process.returncode

    def stop(self) -> None:
        """End what runs; nothing starts any more."""
        self.stopped = True
        if self._process is not None:
            with suppress(OSError):
                self._process.kill()

    def _hear(self, line: str) -> None:
        self.last = line or self.last
        package = _PACKAGE.match(line)
        if package:
            self._seen.add(package[1])
            every = len({locked.package(block) for part in locked.parts() for block in part})
            self._tell(package=package[1], share=round(0.1 + 0.8 * min(1.0, len(self._seen) / every), 3))


def main(plugin: Path) -> int:
    """Make it; 0 when worker.json names a worker that answers."""
    steps = Told(_line)
    threading.Thread(target=_watch, args=(steps,), daemon=True).start()
    folder = plugin / FOLDER
    try:
        with suppress(FileNotFoundError):
            (plugin / "worker.json").unlink()
        python = environment.ready(folder, "local,keyring", editable=False, steps=steps)
        _look(python, steps)
        _name(plugin, python)
    except (Trouble, OSError) as trouble:
        shutil.rmtree(folder, ignore_errors=True)
        if not steps.stopped:
            # The plugin has remedies of its own: here nobody types a command.
            what = steps.last if str(trouble) == environment.OFFLINE else str(trouble).partition(". ")[0]
            _line(error=what, network="HTTPS_PROXY" in str(trouble))
        return 1
    _line(done=True)
    return 0


def _look(python: Path, steps: Told) -> None:
    """Raises Trouble where what was fetched does not work here."""
    _line(package="", share=0.95)
    if steps.run([str(python), "-I", "-c", _ANSWERS], os.environ):
        raise Trouble(steps.last or "it does not answer")


def _name(plugin: Path, python: Path) -> None:
    """worker.json comes last, and whole: without it there is no worker."""
    command = [python.relative_to(plugin).as_posix(), "-I", "-m", "recraft_core", "worker"]
    fresh = plugin / "worker.json.new"
    fresh.write_text(json.dumps({"command": command, "list": locked.digest()}), encoding="utf-8")
    fresh.replace(plugin / "worker.json")


def _line(**fields: Any) -> None:
    print(json.dumps(fields), flush=True)


def _watch(steps: Told) -> None:
    with suppress(OSError, ValueError):
        sys.stdin.buffer.read()
    steps.stop()
