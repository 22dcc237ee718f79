"""The clicks of one window, sent one after the other while more are made. No toolkit, no host."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from ..protocol import Message
from .queue import ClickGuard, Queue
from .requests import WorkerRequests


class Job:
    """One click. `request` is its text (queue.request_of), `fields` and `blobs` its message `run`, read at the click;
    `title` names it in lists, and `about` is whatever the host needs to place what comes back.
    """

    key = ""  # one window is one line, whatever images it works on

    def __init__(
        self, request: str, fields: Mapping[str, Any], blobs: Sequence[Any], title: str = "", about: Any = None
    ) -> None:
        self.request, self.fields, self.blobs = request, dict(fields), list(blobs)
        self.title, self.about = title, about
        self.state, self.number = "waiting", 0


class Jobs:
    """One runs, the others wait. `on_message(job, message)` hears each progress, `ended(job, message)` the last one."""

    def __init__(
        self,
        requests: WorkerRequests,
        on_message: Callable[[Job, Message], Any],
        ended: Callable[[Job, Message], Any],
        guard: ClickGuard | None = None,
    ) -> None:
        self._requests, self._told, self._ended = requests, on_message, ended
        self.guard = guard or ClickGuard()
        self._queue = Queue()

    def judge(self, request: str) -> str:
        """RUN, IGNORE or ASK, as ClickGuard says of a click while these jobs are open."""
        return self.guard.judge(request, [job.request for job in self._queue.open])

    def add(self, job: Job) -> None:
        """Queue a click; it is sent when those before it have ended."""
        self._queue.add(job)
        self.guard.handled()
        self._go()

    @property
    def shown(self) -> Any:
        """What runs, None when nothing does."""
        return self._queue.shown("")

    @property
    def waiting(self) -> list[Any]:
        """What waits, in order."""
        return self._queue.waiting()

    def cancel(self) -> None:
        """End what runs; what waits goes on."""
        if self.shown is not None:
            self._requests.cancel(self.shown.number)

    def _go(self) -> None:
        for job in self._queue.ready():
            job.state = "running"
            job.number = self._requests.ask("run", partial(self._hear, job), job.blobs, **job.fields)
            job.blobs = []

    def _hear(self, job: Job, message: Message) -> None:
        if not message.ends:
            self._told(job, message)
            return
        job.state = "done" if message.kind != "error" else "failed"
        self._queue.all.remove(job)
        self._go()
        self._ended(job, message)
