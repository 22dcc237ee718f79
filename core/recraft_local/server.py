"""Serving: on a thread for tests and plugins, or as a process from the command line.

Uvicorn with its h11 protocol; the protocol class hands the connection to the app, so that scripted faults can close
it. Only the loopback interface is listened on unless a host is given.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette

from .app import create
from .engine import Engine
from .faults import Script
from .patience import Connection
from .request_log import Visit
from .settings import Settings

_ENVIRONMENT = "RECRAFT_LOCAL_SETTINGS"
_BACKLOG = 128


@dataclass(frozen=True)
class Serving:
    """A running engine. `base_url` ends in /v1; `requests` is its log, `faults` its script."""

    base_url: str
    engine: Engine

    @property
    def requests(self) -> deque[Visit]:
        """What was asked so far, oldest first."""
        return self.engine.requests

    @property
    def faults(self) -> Script:
        """Trouble to come: `faults.add("inpaint", "stall", seconds=2)`."""
        return self.engine.faults

    @property
    def balance(self) -> int:
        """Units left."""
        return self.engine.store.balance


def config(app: Any, *, factory: bool = False, workers: int | None = None) -> uvicorn.Config:
    """How we run uvicorn: quiet, h11 only, no proxy headers."""
    return uvicorn.Config(
        app, factory=factory, workers=workers, http=Connection, ws="none", lifespan="off", loop="asyncio",
        log_level="critical", access_log=False, server_header=False, proxy_headers=False, timeout_keep_alive=30,
        timeout_graceful_shutdown=5,
    )  # fmt: skip


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Connections queue from here on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    if os.name != "nt":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    listener.listen(_BACKLOG)
    listener.set_inheritable(True)
    return listener


def address(host: str, listener: socket.socket) -> str:
    """The base address of the API on that socket."""
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{listener.getsockname()[1]}/v1"


@contextmanager
def serving(settings: Settings | None = None) -> Iterator[Serving]:
    """An engine on a free loopback port, on a thread of its own; ended and joined on leaving."""
    settings = settings or Settings(control=True)
    engine = Engine(settings)
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(config(create(engine)))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="recraft_local", daemon=True)
    thread.start()
    try:
        yield Serving(address("127.0.0.1", listener), engine)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
        engine.store.close()


class DataTrouble(Exception):
    """The folder for what the engine remembers cannot be used; the text says why."""


def _opened(settings: Settings) -> Engine:
    try:
        return Engine(settings)
    except OSError as trouble:
        raise DataTrouble(str(trouble.strerror or trouble)) from trouble


def run(settings: Settings, *, port: int, workers: int = 1, until_stdin_closes: bool = False) -> None:
    """Serve until stopped. The first line on standard output is the address, as soon as connections are taken."""
    listener = listen(settings.host, port)
    _log_to(settings.log)
    # Opened before the address is told: who reads it may rely on an answer.
    engine = _opened(settings)
    engine.store.let_go()
    print(f"Recraft API on {address(settings.host, listener)}", flush=True)  # noqa: T201 - the promise of the command
    if workers > 1:
        # Made once here, so that the workers find the tables instead of racing to create them.
        engine.store.close()
        _run_many(settings, listener, workers, until_stdin_closes=until_stdin_closes)
        return
    server = uvicorn.Server(config(create(engine)))
    engine.rest.end = lambda: setattr(server, "should_exit", True)
    if until_stdin_closes:
        _at_end_of_input(engine.rest.end)
    if settings.idle_s:
        _let_go_of_the_terminal()
        engine.rest.watch(settings.idle_s, settings.data)
    server.run(sockets=[listener])
    engine.store.close()


def _run_many(settings: Settings, listener: socket.socket, workers: int, *, until_stdin_closes: bool) -> None:
    from uvicorn.supervisors import Multiprocess

    os.environ[_ENVIRONMENT] = settings.to_text()
    many = config("recraft_local.server:from_environment", factory=True, workers=workers)
    supervisor = Multiprocess(many, sockets=[listener])
    if until_stdin_closes:
        _at_end_of_input(lambda: _end(supervisor))
    supervisor.run()


def _end(supervisor: Any) -> None:
    supervisor.should_exit.set()
    # On Windows the supervisor's sign to its workers, CTRL_BREAK, reaches only those of a process group's head, which
    # they are not. Whoever asked is gone by now.
    for worker in supervisor.processes if os.name == "nt" else ():
        worker.process.terminate()
        worker.process.join(5)


def from_environment() -> Starlette:
    """The app of one worker process, with the settings its parent left in the environment."""
    settings = Settings.from_text(os.environ[_ENVIRONMENT])
    _log_to(settings.log)
    return create(Engine(settings))


def _log_to(path: str) -> None:
    handler: logging.Handler = logging.FileHandler(path, encoding="utf-8") if path else logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    if path and os.name != "nt":
        Path(path).chmod(0o600)
    log = logging.getLogger("recraft_local")
    log.addHandler(handler)
    log.setLevel(logging.INFO)


def _let_go_of_the_terminal() -> None:
    """Who started us has read the address and leaves; nobody reads what we would say."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _at_end_of_input(stop: Any) -> None:
    """Call `stop` when standard input ends: the process that started us is gone."""
    descriptor = sys.stdin.fileno()

    def watch() -> None:
        # Not sys.stdin: its lock, held by this thread, would abort the interpreter when it ends for another reason.
        while os.read(descriptor, 4096):
            pass
        stop()

    threading.Thread(target=watch, name="recraft_local stdin", daemon=True).start()
