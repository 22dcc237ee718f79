"""Trouble on demand, by name and endpoint, for tests of clients.

A fault is {"endpoint": "inpaint" or "results" or "*", "fault": NAME, "times": 1, ...}; `times` 0 plays it for ever.
`FAULTS` lists the names and what each takes. Answers, connections and pictures can be made to fail; the engine's
own work is real in all of them, so that a client sees what was charged.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Any, Receive, Send], Awaitable[None]]

FAULTS: dict[str, str] = {
    "refuse": "closes the connection as soon as the request's head has come",
    "close_after_body": "reads the whole request, then closes without an answer and without doing the work",
    "close_after_work": "does the work and charges it, then closes without an answer",
    "reset_midway": "sends half of the answer, then resets the connection",
    "status": "answers `status` with `body` (text, or an object as JSON), `content_type` and `headers`",
    "html": "answers 200 with a sign-in page as HTML",
    "huge": "answers 200 with `bytes` of spaces and no length (64 MiB unless told)",
    "redirect": "answers 302 to the address `to`",
    "stall": "waits `seconds` before anything else, then serves",
    "stall_before_body": "sends the head of the answer, waits `seconds`, then the rest",
    "slow_drip": "sends the answer in pieces of `bytes` (1024), one every `seconds` (0.05)",
    "truncated_picture": "serves, but each picture ends half-way",
    "wrong_type": "serves, but each picture is plain text that claims to be what `content_type` says",
    "expired_url": "serves, but the addresses of the results have expired already",
}
PICTURE_FAULTS = ("truncated_picture", "wrong_type", "expired_url")
_HUGE_BYTES = 64 * 1024 * 1024
_PAGE = "<!doctype html><title>Sign in</title><p>Please sign in to this network first."


@dataclass
class Fault:
    """One scripted trouble; `times` counts down, 0 from the start means for ever."""

    endpoint: str
    fault: str
    times: int = 1
    options: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Fault:
        """From plain data. Raises ValueError when the name is unknown."""
        rest = dict(row)
        endpoint, name, times = rest.pop("endpoint", "*"), rest.pop("fault", ""), rest.pop("times", 1)
        if name not in FAULTS:
            raise ValueError(f"the fault '{name}' is unknown; there are {', '.join(FAULTS)}")
        return cls(str(endpoint), name, int(times), rest)

    def number(self, name: str, default: float) -> float:
        """An option as a number."""
        return float(self.options.get(name, default))


class Script:
    """The faults still to be played, in order."""

    def __init__(self, faults: Iterable[Mapping[str, Any]] = ()) -> None:
        self.waiting = [Fault.read(row) for row in faults]

    def add(self, endpoint: str, fault: str, *, times: int = 1, **options: Any) -> None:
        """Play `fault` for the next `times` requests to `endpoint` ("*" for any)."""
        self.waiting.append(Fault.read({"endpoint": endpoint, "fault": fault, "times": times, **options}))

    def clear(self) -> None:
        """Play nothing more."""
        self.waiting.clear()

    def take(self, endpoint: str) -> Fault | None:
        """The fault for a request to `endpoint`, counted down; None to serve it plainly."""
        for fault in list(self.waiting):
            if fault.endpoint in (endpoint, "*"):
                if fault.times == 1:
                    self.waiting.remove(fault)
                fault.times = max(0, fault.times - 1)
                return fault
        return None


class Wire:
    """One exchange under a fault: the app behind it and the connection in front."""

    def __init__(self, fault: Fault, app: App, scope: Any, receive: Receive, send: Send) -> None:
        self.fault, self.app, self.scope, self.receive, self.send = fault, app, scope, receive, send

    async def play(self) -> None:
        """Do what the fault says."""
        await _PLAYERS.get(self.fault.fault, _serve)(self)

    async def swallow(self) -> None:
        """Read the rest of the request."""
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect" or not message.get("more_body"):
                return

    def close(self, *, reset: bool = False) -> None:
        """Close the connection at once; `reset` so that the other side sees it broken."""
        transport = self.scope.get("state", {}).get("transport")
        if transport is None:
            raise RuntimeError("this server cannot close connections; start it with recraft_local.server")
        if reset:
            linger = struct.pack("ii", 1, 0)
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()

    async def answer(
        self, status: int, body: bytes, content_type: str, headers: Mapping[str, str] | None = None
    ) -> None:
        """A whole answer of our own."""
        all_headers = {"content-type": content_type, "content-length": str(len(body)), **(headers or {})}
        raw = [(name.lower().encode(), value.encode()) for name, value in all_headers.items()]
        await self.send({"type": "http.response.start", "status": status, "headers": raw})
        await self.send({"type": "http.response.body", "body": body})


async def _serve(wire: Wire) -> None:
    await wire.app(wire.scope, wire.receive, wire.send)


async def _refuse(wire: Wire) -> None:
    wire.close()


async def _close_after_body(wire: Wire) -> None:
    await wire.swallow()
    wire.close()


async def _close_after_work(wire: Wire) -> None:
    async def nowhere(_message: Message) -> None:
        return

    await wire.app(wire.scope, wire.receive, nowhere)
    wire.close()


async def _reset_midway(wire: Wire) -> None:
    closed = False

    async def half(message: Message) -> None:
        nonlocal closed
        if closed:
            return
        if message["type"] != "http.response.body":
            await wire.send(message)
            return
        body = message.get("body", b"")
        await wire.send({**message, "body": body[: len(body) // 2], "more_body": True})
        await asyncio.sleep(0.05)  # the half must have left before the reset throws it away
        wire.close(reset=True)
        closed = True

    await wire.app(wire.scope, wire.receive, half)


async def _status(wire: Wire) -> None:
    await wire.swallow()
    options = wire.fault.options
    body = options.get("body", "")
    text = body if isinstance(body, str) else json.dumps(body)
    content_type = options.get("content_type", "text/plain" if isinstance(body, str) else "application/json")
    await wire.answer(int(options.get("status", 500)), text.encode(), content_type, options.get("headers"))


async def _html(wire: Wire) -> None:
    await wire.swallow()
    await wire.answer(200, _PAGE.encode(), "text/html; charset=utf-8")


async def _huge(wire: Wire) -> None:
    await wire.swallow()
    content_type = str(wire.fault.options.get("content_type", "application/json")).encode()
    await wire.send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", content_type)]})
    left = int(wire.fault.number("bytes", _HUGE_BYTES))
    while left > 0:
        await wire.send({"type": "http.response.body", "body": b" " * min(left, 1 << 16), "more_body": True})
        left -= 1 << 16
    await wire.send({"type": "http.response.body", "body": b""})


async def _redirect(wire: Wire) -> None:
    await wire.swallow()
    await wire.answer(302, b"", "text/plain", {"location": str(wire.fault.options["to"])})


async def _stall(wire: Wire) -> None:
    await asyncio.sleep(wire.fault.number("seconds", 1))
    await _serve(wire)


async def _stall_before_body(wire: Wire) -> None:
    async def late(message: Message) -> None:
        if message["type"] == "http.response.body":
            await asyncio.sleep(wire.fault.number("seconds", 1))
        await wire.send(message)

    await wire.app(wire.scope, wire.receive, late)


async def _slow_drip(wire: Wire) -> None:
    step = int(wire.fault.number("bytes", 1024))

    async def drip(message: Message) -> None:
        body = message.get("body", b"")
        if message["type"] != "http.response.body" or not body:
            await wire.send(message)
            return
        for start in range(0, len(body), step):
            last = start + step >= len(body)
            more = message.get("more_body", False) or not last
            await wire.send({**message, "body": body[start : start + step], "more_body": more})
            await asyncio.sleep(wire.fault.number("seconds", 0.05))

    await wire.app(wire.scope, wire.receive, drip)


_PLAYERS: dict[str, Callable[[Wire], Awaitable[None]]] = {
    "refuse": _refuse,
    "close_after_body": _close_after_body,
    "close_after_work": _close_after_work,
    "reset_midway": _reset_midway,
    "status": _status,
    "html": _html,
    "huge": _huge,
    "redirect": _redirect,
    "stall": _stall,
    "stall_before_body": _stall_before_body,
    "slow_drip": _slow_drip,
}
