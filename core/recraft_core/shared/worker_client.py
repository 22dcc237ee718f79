"""The plugin's end of the wire: start the worker, send, poll, start it again after a crash.

    link = PluginLink(read_command(folder), host="Krita 5.2.9")
    id = link.send("run", operation="erase", …, blobs=[pixels, coverage])
    for message in link.poll():      # from the host's own timer, every 20 ms or so
        …

No thread, no wait: every call returns within its budget, and no trouble is raised from `poll`; it comes as a message
of kind "error" for each job it ends. See `messages` for what is said.
"""

from __future__ import annotations

import hmac
import os
import secrets
import selectors
import socket
import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from .errors import Cancelled, EngineTrouble
from .i18n import say
from .protocol import PROTOCOL, Bytes, Message, Reader, pieces, senseless
from .worker_process import Child, read_command

__all__ = ["PluginLink", "read_command"]

START_S = 60.0
_BURY_S = 2.0
_BUFFER = 1 << 22
_PART = 1 << 20


class PluginLink:
    """One worker and the way to it.

    `command` starts the worker, and may be changed while none runs. `host` is the program's name and version for logs
    and the history, `environ` the environment to take over (the process's own when None).
    """

    def __init__(self, command: Sequence[str], *, host: str, environ: Mapping[str, str] | None = None) -> None:
        self.command = list(command)
        self._host = host
        self._environ = environ
        self._last_id = 0
        self._open: set[int] = set()
        self._queued: list[Message] = []
        self._news: list[Message] = []
        self._ended: list[Child] = []
        self._forget()

    def _forget(self) -> None:
        """No worker: the state before the first start and after each end."""
        self._child: Child | None = None
        self._door: socket.socket | None = None
        self._callers: list[tuple[socket.socket, Reader]] = []
        self._wire: socket.socket | None = None
        self._reader = Reader("worker")
        self._out: deque[memoryview] = deque()
        self._started = self._moved = self._heard = self._lost_at = 0.0
        self._unpacked: float | None = None
        self._secrets = ("", "")
        self.worker: Mapping[str, Any] = {}

    @property
    def state(self) -> str:
        """"stopped", "starting" or "ready"."""
        if self._child is None:
            return "stopped"
        return "ready" if self._wire is not None else "starting"

    @property
    def busy(self) -> bool:
        """True while an answer is awaited."""
        return bool(self._open or self._news)

    @property
    def pid(self) -> int:
        """The worker's process id, 0 when there is none."""
        return self._child.pid if self._child else 0

    # --- starting ---------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the worker if none runs. Returns at once; it is ready when `state` says so.

        Raises EngineTrouble when it cannot be started at all.
        """
        if self._child is not None and (self._open or self._child.alive):
            return
        # One that died while nobody waited is no trouble: another takes its place.
        self._drop()
        self._ended = [one for one in self._ended if one.alive]
        token, proof = self._secrets = (secrets.token_hex(32), secrets.token_hex(32))
        try:
            self._door = _listening()
            port = self._door.getsockname()[1]
            greeting = {"recraft": PROTOCOL, "port": port, "token": token, "proof": proof}
            self._child = Child(self.command, os.environ if self._environ is None else self._environ, greeting)
        except OSError as trouble:
            self._forget()
            raise EngineTrouble(
                say("No connection can be made: {trouble}.", trouble=trouble), remedy="Run: recraft doctor"
            ) from trouble
        except EngineTrouble:
            self._close_door()
            raise
        self._started = self._moved = time.monotonic()

    # --- talking ----------------------------------------------------------------------------------------------------

    def send(self, kind: str, *, blobs: Sequence[Bytes] = (), **fields: Any) -> int:
        """Send a request, starting the worker when there is none; the id its answers will carry.

        The blobs are not copied: leave them as they are until the answer has come. Trouble comes from `poll`.
        """
        self._last_id += 1
        message = Message(kind, self._last_id, fields, blobs)
        try:
            self.start()
        except EngineTrouble as trouble:
            self._open.add(message.id)
            self._end_all(trouble)
            return message.id
        self._open.add(message.id)
        if self._wire is None:
            self._queued.append(message)
        else:
            self._out.extend(pieces(message))
        return message.id

    def cancel(self, id: int) -> None:  # noqa: A002 - the message's own word
        """Ask for the end of a job; its `error` of kind Cancelled comes at once."""
        if id not in self._open:
            return
        waiting = [message for message in self._queued if message.id == id]
        if waiting:
            self._queued.remove(waiting[0])
            self._news.append(Message("error", id, {"error": Cancelled(remedy="Nothing was sent.").as_dict()}))
        elif self._wire is not None:
            self._out.extend(pieces(Message("cancel", id)))

    def poll(self, budget_ms: float = 8, *, wait: bool = False) -> list[Message]:
        """Pump for at most `budget_ms` and answer the messages that came; at once when nothing moves.

        With `wait` the whole budget is waited for a message, for hosts without a timer.
        """
        end = time.monotonic() + budget_ms / 1000
        while self._child is not None:
            moved = self._pump()
            left = end - time.monotonic()
            if left <= 0 or (self._news and not moved):
                break
            if not moved and not self._sleep(left if wait or self._out or self._reader.halfway else 0):
                break
        news, self._news = self._news, []
        self._open -= {message.id for message in news if message.ends}
        return news

    def wait(self, id: int, timeout_s: float) -> list[Message]:  # noqa: A002
        """Everything that comes until the request `id` has ended or `timeout_s` is over; blocks meanwhile."""
        messages: list[Message] = []
        end = time.monotonic() + timeout_s
        while id in self._open and time.monotonic() < end:
            messages += self.poll(50, wait=True)
        return messages

    def stop(self, wait_s: float = 0) -> None:
        """Let the worker go: it finishes and files what was paid for, then ends. Waits at most `wait_s` for that.

        Requests still open are answered no more.
        """
        self._drop()
        self._open, self._queued, self._news = set(), [], []
        end = time.monotonic() + wait_s
        for child in self._ended if wait_s else ():
            child.wait(max(0.0, end - time.monotonic()))

    # --- pumping ----------------------------------------------------------------------------------------------------

    def _pump(self) -> bool:
        """One step of whatever is due; True when something moved."""
        if self._lost_at:
            return self._bury()
        try:
            moved = self._receive() | self._transmit() if self._wire is not None else self._answer_door()
        except EngineTrouble as trouble:
            self._fail(trouble)
            return False
        except OSError:
            moved = self._lost()
        if self._child is not None and self._wire is None and not moved and not self._lost_at:
            self._check_start()
        return moved

    def _sleep(self, seconds: float) -> bool:
        """Wait until something can move; False when the time is over without it."""
        if self._lost_at and seconds > 0:
            time.sleep(min(seconds, 0.01))
            return True
        waiting = [sock for sock in (self._wire, self._door, *(one for one, _ in self._callers)) if sock is not None]
        if seconds <= 0 or not waiting:
            return False
        # While it starts, its end must be noticed too, which no socket tells.
        limit = min(seconds, 0.05) if self._wire is None else seconds
        return _ready(waiting, limit, writing=bool(self._out)) or limit < seconds

    def _answer_door(self) -> bool:
        """Take calls, and let in the one who knows the token."""
        assert self._door is not None  # noqa: S101 - open while starting
        moved = False
        try:
            caller, _ = self._door.accept()
            caller.setblocking(False)
            self._callers.append((caller, Reader("worker")))
            moved = True
        except BlockingIOError:
            pass
        for pair in list(self._callers):
            if self._hear(*pair):
                moved = True
            if self._wire is not None:
                break
        return moved

    def _hear(self, caller: socket.socket, reader: Reader) -> bool:
        try:
            count = caller.recv_into(reader.space())
            messages = reader.got(count)
        except BlockingIOError:
            return False
        except (OSError, EngineTrouble):
            count, messages = 0, []
        if not count:
            self._turn_away(caller)
        elif messages:
            self._admit(caller, reader, messages[0])
        return True

    def _turn_away(self, caller: socket.socket) -> None:
        self._callers = [pair for pair in self._callers if pair[0] is not caller]
        caller.close()

    def _admit(self, caller: socket.socket, reader: Reader, hello: Message) -> None:
        token, proof = self._secrets
        if hello.kind != "hello" or not hmac.compare_digest(hello["token"].encode(), token.encode()):
            self._turn_away(caller)
            return
        if hello["protocol"] != PROTOCOL:
            raise senseless(
                say("version {theirs} instead of {ours}", theirs=hello["protocol"], ours=PROTOCOL)
            )
        for one, _ in self._callers:
            if one is not caller:
                one.close()
        self._callers = []
        self._close_door()
        self._wire, self._reader, self.worker = caller, reader, hello.fields
        reader.trust()
        _enlarge(caller)
        self._out.extend(pieces(Message("welcome", 0, {"proof": proof, "host": self._host})))
        for message in self._queued:
            self._out.extend(pieces(message))
        self._queued = []

    def _receive(self) -> bool:
        assert self._wire is not None  # noqa: S101
        try:
            # In parts: one call for all of it goes on for as long as the worker sends, beyond any budget.
            count = self._wire.recv_into(self._reader.space()[:_PART])
        except BlockingIOError:
            return False
        if count == 0:
            return self._lost()
        for message in self._reader.got(count):
            self._take(message)
        return self._wire is not None

    def _take(self, message: Message) -> None:
        if message.kind == "bye":
            # It has had nothing to do for long. If it has by now, it simply goes on.
            if not self._open:
                self._drop()
        elif message.id == 0 or message.id in self._open or message.kind == "filed":
            self._news.append(message)

    def _transmit(self) -> bool:
        if self._wire is None or not self._out:
            return False
        try:
            count = self._wire.send(self._out[0][:_PART])
        except BlockingIOError:
            return False
        if count == len(self._out[0]):
            self._out.popleft()
        else:
            self._out[0] = self._out[0][count:]
        return True

    # --- ending -----------------------------------------------------------------------------------------------------

    def _check_start(self) -> None:
        assert self._child is not None  # noqa: S101
        if not self._child.alive:
            self._lost()
            return
        now, share = time.monotonic(), self._child.unpacked
        if share is not None and self._child.heard != self._heard:
            self._heard, self._moved = self._child.heard, now
        if share is not None and share != self._unpacked:
            self._unpacked = share
            fields = {"phase": "unpacking", "share": share, "elapsed_s": now - self._started, "left_s": None}
            self._news += [Message("progress", one.id, fields) for one in self._queued if one.kind == "run"]
        if now - self._moved > START_S:
            self._child.kill()
            self._fail(
                EngineTrouble(
                    say("The worker did not start within {seconds:.0f} s.", seconds=START_S),
                    remedy="Run: recraft doctor",
                )
            )

    def _lost(self) -> bool:
        """The worker is gone. When nothing is awaited, the next request starts another; else every open job failed."""
        if self._wire is not None and not self._open:
            self._drop()
            return False
        self._lost_at = time.monotonic()
        return self._bury()

    def _bury(self) -> bool:
        """Its end follows that of its connection in a moment, and tells why; this does not wait for it."""
        assert self._child is not None  # noqa: S101
        if not self._child.alive or time.monotonic() - self._lost_at > _BURY_S:
            self._fail(self._child.why(ready=self._wire is not None))
        return False

    def _fail(self, trouble: EngineTrouble) -> None:
        self._drop()
        self._end_all(trouble)

    def _end_all(self, trouble: EngineTrouble) -> None:
        done = {message.id for message in self._news if message.ends}
        ids = sorted(self._open - done) or ([] if done else [0])
        self._news += [Message("error", one, {"error": trouble.as_dict()}) for one in ids]
        self._queued = []

    def _drop(self) -> None:
        child = self._child
        self._close()
        self._forget()
        if child is not None:
            child.let_go()
            # Kept so that its end is noticed some day; Python complains about a process nobody asks for.
            self._ended.append(child)

    def _close(self) -> None:
        self._close_door()
        for sock in (self._wire, *(one for one, _ in self._callers)):
            if sock is not None:
                sock.close()

    def _close_door(self) -> None:
        if self._door is not None:
            self._door.close()
            self._door = None


def _listening() -> socket.socket:
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # On Windows another program could otherwise listen on the very same port.
    if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
        door.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    door.setblocking(False)
    try:
        door.bind(("127.0.0.1", 0))
        door.listen(4)
    except OSError:
        door.close()
        raise
    return door


def _enlarge(sock: socket.socket) -> None:
    """Room for many rows of pixels at once, and no waiting for more before a small message goes out."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _ready(socks: Sequence[socket.socket], seconds: float, *, writing: bool) -> bool:
    # select() cannot watch what a host with a thousand open files would hand it; poll() can.
    kind = getattr(selectors, "PollSelector", selectors.SelectSelector)
    with kind() as selector:
        for sock in socks:
            selector.register(sock, selectors.EVENT_READ | (selectors.EVENT_WRITE if writing else 0))
        return bool(selector.select(seconds))
