"""The clicks of one window, sent one after the other while more are made. No toolkit, no host."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from ..errors import RecraftError, Unanswered
from ..protocol import Message
from .choices import in_a_host
from .queue import ClickGuard, Queue
from .requests import WorkerRequests, failure, outcome


class Job:
    """One click. `request` is its text (queue.request_of), `fields` and `blobs` its message `run`, read at the click;
    `title` names it in lists, and `about` is whatever the host needs to place what comes back.

    One of many has the others' `group` (many.Tally) and is read when its turn comes, so that one only is in memory:
    `read(job)` then fills in `fields`, `blobs` and `about`, or raises a RecraftError.
    """

    key = ""  # one window is one line, whatever images it works on

    def __init__(
        self, request: str, fields: Mapping[str, Any], blobs: Sequence[Any], title: str = "", about: Any = None,
        *, read: Callable[[Job], Any] | None = None, group: Any = None,
    ) -> None:  # fmt: skip
        self.request, self.fields, self.blobs = request, dict(fields), list(blobs)
        self.title, self.about = title, about
        self.read, self.group = read, group
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

    def judge(self, request: str, parts: Sequence[str] = ()) -> str:
        """RUN, IGNORE or ASK, as ClickGuard says of a click while these jobs are open. `parts` are the requests that
        one click for many stands for: none of them goes out twice unasked.
        """
        open_ = [job.request for job in self._queue.open]
        if any(one in open_ or self.guard.doubtful(one) for one in parts):
            open_.append(request)
        return self.guard.judge(request, open_)

    def add(self, *jobs: Job) -> None:
        """Queue a click, or one for many; it is sent when those before it have ended."""
        for job in jobs:
            self._queue.add(job)
        self.guard.handled()
        self._tell(self._go())

    @property
    def shown(self) -> Any:
        """What runs, None when nothing does."""
        return self._queue.shown("")

    @property
    def waiting(self) -> list[Any]:
        """What waits, in order."""
        return self._queue.waiting()

    def cancel(self) -> list[Any]:
        """End what runs; what waits goes on, but for the others of its group. Those are answered: they never begin."""
        shown = self.shown
        if shown is None:
            return []
        dropped = [job for job in self.waiting if job.group is not None and job.group is shown.group]
        for job in dropped:
            self._queue.all.remove(job)
        self._requests.cancel(shown.number)
        return dropped

    def outcome(self, job: Job, message: Message) -> Message:
        """A job's last message, or its error raised with a remedy to click; what may have been charged is in doubt."""
        try:
            return outcome(message)
        except RecraftError as trouble:
            if trouble.charged or isinstance(trouble, Unanswered):
                self.guard.doubt(job.request)
            raise in_a_host(trouble) from None

    def _go(self) -> list[tuple[Job, Message]]:
        """Send what is next. Answers those that could not be read, each with why."""
        failed = []
        for job in iter(lambda: next(iter(self._queue.ready()), None), None):
            job.state = "running"
            try:
                if job.read is not None:
                    job.read(job)
            except RecraftError as trouble:
                self._queue.all.remove(job)
                failed.append((job, failure(trouble)))
                continue
            job.number = self._requests.ask("run", partial(self._hear, job), job.blobs, **job.fields)
            job.blobs = []
        return failed

    def _tell(self, ended: Sequence[tuple[Job, Message]]) -> None:
        for job, message in ended:
            self._ended(job, message)

    def _hear(self, job: Job, message: Message) -> None:
        if not message.ends:
            self._told(job, message)
            return
        job.state = "done" if message.kind != "error" else "failed"
        self._queue.all.remove(job)
        self._tell([(job, message), *self._go()])
