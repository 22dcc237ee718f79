"""`recraft worker`: the process that works for a plugin, from its greeting to its end. See `messages`.

It says hello before it loads numpy and its kin, so that the host can hand over pixels meanwhile. It ends when the
host does: what was paid for is finished and filed first.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from ..shared import __version__
from ..shared.errors import EngineTrouble
from ..shared.protocol import PROTOCOL, Message, Reader, pieces, senseless

if TYPE_CHECKING:
    from .dispatcher import Open

log = logging.getLogger(__name__)

GREET_S = 30.0
IDLE_S = 15 * 60.0
TICK_S = 0.5
_BUFFER = 1 << 22


class Wire:
    """The worker's end of the connection. Any thread may `post`; one thread reads."""

    def __init__(self, port: int) -> None:
        self._sock = socket.create_connection(("127.0.0.1", port), timeout=GREET_S)
        for name in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            self._sock.setsockopt(socket.SOL_SOCKET, name, _BUFFER)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = Reader("host")
        self._turn = threading.Lock()
        self.open = True

    def post(self, message: Message) -> None:
        """Send a message; nothing happens when the host is gone, since nobody would hear of it."""
        with self._turn:
            if not self.open:
                return
            try:
                for piece in pieces(message):
                    self._sock.sendall(piece)
            except OSError:
                self.open = False

    def trust(self) -> None:
        """The greeting is over."""
        self._reader.trust()
        self._sock.settimeout(None)

    def receive(self, wait_s: float) -> list[Message] | None:
        """Whole messages that came within `wait_s` seconds, [] when none did; None when the host is gone."""
        ready, _, _ = select.select([self._sock], [], [], wait_s)
        if not ready:
            return [] if self.open else None
        try:
            count = self._sock.recv_into(self._reader.space())
        except OSError:
            count = 0
        return self._reader.got(count) if count else None

    def hang_up(self, *_: object) -> None:
        """As if the host had left; fit to be called by a signal."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the connection."""
        self.open = False
        self._sock.close()


def main(open_: Open | None = None, *, idle_s: float = IDLE_S) -> int:
    """Serve the plugin that started this process; answers its exit code. `open_` is how clients are made."""
    greeting = _greeting(sys.stdin.buffer)
    wire = Wire(greeting["port"])
    host = _meet(wire, greeting["token"], greeting["proof"])
    from .. import logs, redaction
    from ..api.service import Connection
    from .dispatcher import Dispatcher

    redaction.register(os.environ.get("RECRAFT_API_TOKEN", ""))
    logs.guard_crashes()
    logs.start()
    # At the end of a desktop's session programs are asked to end: what is paid for is filed first.
    signal.signal(signal.SIGTERM, wire.hang_up)
    log.info("working for %s", host)
    dispatcher = Dispatcher(wire.post, host=host, open_=open_ or Connection.open)
    dispatcher.fetch_missing()
    with contextlib.closing(dispatcher):
        try:
            _serve(wire, dispatcher.take, lambda: dispatcher.busy, dispatcher.tick, idle_s)
        finally:
            wire.close()
    log.info("ended")
    return 0


def _greeting(pipe: BinaryIO) -> dict[str, Any]:
    """The line the host writes: where to call and how to show who we are."""
    try:
        data = json.loads(pipe.readline(4096))
        return {"port": int(data["port"]), "token": str(data["token"]), "proof": str(data["proof"])}
    except (ValueError, KeyError, TypeError):
        raise EngineTrouble(
            "The worker is started by the plugins in Krita and GIMP and has nothing to do by itself.",
            remedy="For pictures in a terminal use the other commands: recraft --help.",
        ) from None


def _meet(wire: Wire, token: str, proof: str) -> str:
    """Say hello and wait for the welcome; the host's name."""
    hello = {"protocol": PROTOCOL, "token": token, "version": __version__, "pid": os.getpid()}
    wire.post(Message("hello", 0, hello))
    welcome = next(_until(wire, GREET_S), None)
    if welcome is None or welcome.kind != "welcome" or welcome["proof"] != proof:
        wire.close()
        raise senseless("no welcome")
    wire.trust()
    return str(welcome.get("host", ""))


def _until(wire: Wire, seconds: float) -> Iterator[Message]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        messages = wire.receive(end - time.monotonic())
        if messages is None:
            return
        yield from messages


def _serve(
    wire: Wire, take: Callable[[Message], None], busy: Callable[[], bool], tick: Callable[[], None], idle_s: float
) -> None:
    last = last_tick = time.monotonic()
    while True:
        messages = wire.receive(TICK_S if busy() else idle_s)
        if messages is None:
            return
        for message in messages:
            take(message)
        now = time.monotonic()
        if busy():
            last = now
            if now - last_tick >= TICK_S:
                tick()
                last_tick = now
        elif now - last >= idle_s:
            # The host may close the connection now; until it does, we are here.
            wire.post(Message("bye", 0))
            last = now
