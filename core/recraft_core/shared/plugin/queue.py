"""One click, one job: which clicks count, and the queue they stand in. No toolkit, no host.

A job is anything with `key` (its document's, "" for none), `state` (waiting, running, placing, done, failed,
cancelled) and `request` (what `request_of` made of its click).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

RUN, IGNORE, ASK = "run", "ignore", "ask"
OVER = ("done", "failed", "cancelled")
_KEPT = 40  # jobs that are over


class Queued(Protocol):
    """What the queue knows of a job."""

    key: str
    state: str
    request: str


def request_of(operation: str, options: Mapping[str, Any], **where: Any) -> str:
    """A click as text: two clicks that ask for the same have the same. `where`: document, selection and the like."""
    return json.dumps([operation, dict(options), where], sort_keys=True, default=str)


class ClickGuard:
    """Says of each click whether it counts.

    The second click of a double click (within `double_s` seconds of the one before) never does. One that asks, to the
    letter, for what waits or runs already, or for what may have been charged without an answer, must be confirmed:
    by one more click, later than a double click and while the question stands.
    """

    STANDS_S = 30.0  # a question older than this is asked again

    def __init__(self, double_s: float = 0.5, clock: Callable[[], float] = time.monotonic) -> None:
        self._double_s, self._clock = double_s, clock
        self._last = float("-inf")
        self._asked, self._asked_at = "", float("-inf")
        self._doubtful: set[str] = set()

    def judge(self, request: str, open_requests: Any = ()) -> str:
        """RUN, IGNORE or ASK for a click that asks for `request` while `open_requests` wait or run."""
        now = self._clock()
        before, self._last = self._last, now
        if now - before < self._double_s:
            return IGNORE
        repeats = request in self._doubtful or request in set(open_requests)
        confirmed = self._asked == request and now - self._asked_at < self.STANDS_S
        if repeats and not confirmed:
            self._asked, self._asked_at = request, now
            return ASK
        self._asked = ""
        self._doubtful.discard(request)
        return RUN

    def handled(self) -> None:
        """The click has been dealt with: a second one that queued up meanwhile still follows close upon it."""
        self._last = self._clock()

    def doubt(self, request: str) -> None:
        """The request may have been charged without bringing anything: its repetition is asked about."""
        self._doubtful.add(request)

    def doubtful(self, request: str) -> bool:
        """True while it is not known whether that request was charged."""
        return request in self._doubtful


class Queue:
    """Jobs in the order of their clicks: one at a time in each document, several documents at once."""

    def __init__(self) -> None:
        self.all: list[Any] = []
        self.held = False  # what runs ends, nothing new starts

    def add(self, job: Queued) -> None:
        """One more at the end."""
        self.all.append(job)

    @property
    def open(self) -> list[Any]:
        """Those that are not over, in order."""
        return [job for job in self.all if job.state not in OVER]

    def of(self, key: str) -> list[Any]:
        """Open jobs of one document."""
        return [job for job in self.open if job.key == key]

    def waiting(self, key: str | None = None) -> list[Any]:
        """Those that have not begun, of one document or of all."""
        return [job for job in self.open if job.state == "waiting" and key in (None, job.key)]

    def shown(self, key: str) -> Any:
        """The job that a document's progress names and its ✕ cancels: what runs, else what is next; None for none."""
        mine = self.of(key) or self.of("")
        return next((job for job in mine if job.state != "waiting"), mine[0] if mine else None)

    def ready(self) -> list[Any]:
        """Those that may start now."""
        busy = {job.key for job in self.all if job.state in ("running", "placing")}
        jobs = []
        for job in self.waiting() if not self.held else ():
            if job.key not in busy:
                busy.add(job.key)
                jobs.append(job)
        return jobs

    def next_up(self, job: Queued) -> None:
        """Let a waiting job go before all others that wait."""
        if job in self.waiting():
            self.all.remove(job)
            self.all.insert(next((at for at, one in enumerate(self.all) if one.state == "waiting"), len(self.all)), job)

    def forget_old(self) -> None:
        """Keep the last ones that are over only."""
        for job in [one for one in self.all if one.state in OVER][:-_KEPT]:
            self.all.remove(job)
