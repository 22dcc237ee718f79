"""Requests to the worker: who asked gets the answers. The host's timer calls `poll`; nothing waits."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..contract import learnt
from ..errors import EngineTrouble, RecraftError, from_dict
from ..i18n import say
from ..protocol import Message
from ..worker_client import PluginLink, read_command
from .signals import Signal


class WorkerRequests:
    """One worker, started at the first request. `folder` holds worker.json; `host` is the program's name and version.

    `news` is emitted with each message nobody asked for (balance, filed).
    """

    BUDGET_MS = 8  # of one `poll`: the host's window stays fluent

    def __init__(self, folder: Path, host: str) -> None:
        self._folder, self._host = folder, host
        self._link: PluginLink | None = None
        self._slots: dict[int, Callable[[Message], Any]] = {}
        self._failed: list[tuple[Callable[[Message], Any], Message]] = []
        self.news = Signal()

    def ask(self, kind: str, on_message: Callable[[Message], Any], blobs: Sequence[Any] = (), **fields: Any) -> int:
        """Send a request; `on_message` gets each message that answers it, errors too. The id to cancel it with."""
        try:
            link = self._open()
        except RecraftError as problem:
            self._failed.append((on_message, failure(problem)))
            return 0
        number = link.send(kind, blobs=blobs, **fields)
        self._slots[number] = on_message
        return number

    def cancel(self, number: int) -> None:
        """Ask for the end of a job."""
        if self._link is not None:
            self._link.cancel(number)

    def poll(self) -> None:
        """Hand over what came. An exception of one slot must not keep the next message from its own."""
        failed, self._failed = self._failed, []
        for on_message, message in failed:
            _hand_over(on_message, message)
        for message in self._link.poll(self.BUDGET_MS) if self._link is not None else ():
            _learn(message)
            slot = self._slots.pop(message.id, None) if message.ends else self._slots.get(message.id)
            _hand_over(slot or self.news.emit, message)

    @property
    def pid(self) -> int:
        """The worker's process id, 0 when there is none."""
        return self._link.pid if self._link is not None else 0

    def stop(self) -> None:
        """The host ends: the worker finishes by itself what was paid for."""
        if self._link is not None:
            self._link.stop()

    def _open(self) -> PluginLink:
        if self._link is None:
            self._link = PluginLink(read_command(self._folder), host=self._host)
        elif self._link.state == "stopped":
            program = Path(self._link.command[0])
            # A plugin updated meanwhile goes on with the worker it can talk to. One that is packed is replaced by an
            # update in its place, and may have become whole.
            if not program.is_file() or program.parent == Path(self._folder, "worker"):
                self._link.command = read_command(self._folder)
        return self._link


def _learn(message: Message) -> None:
    """Prices that answers taught come with the balance: what is quoted here is what the worker will count."""
    prices = message.get("learnt", (message.get("data") or {}).get("learnt"))
    if isinstance(prices, dict):
        learnt.use(prices, learnt.NAMED)


def _hand_over(on_message: Callable[[Message], Any], message: Message) -> None:
    try:
        on_message(message)
    except Exception:  # noqa: BLE001 - whatever it is, the next message has to come
        traceback.print_exc()


def failure(problem: RecraftError) -> Message:
    """A worker's error message for what went wrong on this side."""
    return Message("error", 0, {"error": problem.as_dict()})


def outcome(message: Message) -> Message:
    """The message itself, or its error raised."""
    if message.kind == "error":
        raise from_dict(message["error"])
    return message


def unexpected(problem: Exception) -> EngineTrouble:
    """A fault of ours as an error people can do something with."""
    return EngineTrouble(
        say("The plug-in made a mistake: {name}: {problem}.", name=type(problem).__name__, problem=problem),
        remedy="Nothing was placed. What was paid for is in the history; please report this.",
    )
