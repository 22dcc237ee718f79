"""Jobs: one click each, from the canvas's pixels to layers. Queued per document, several documents at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import Cancelled, RecraftError, Unreachable, from_dict
from ..i18n import say
from .document_job import READING, Job
from .queue import Queue
from .requests import unexpected
from .result import Result
from .signals import Signal

if TYPE_CHECKING:
    from ..protocol import Message
    from .host import Host
    from .requests import WorkerRequests
    from .state import Facts


class Delivery(Protocol):
    """The host's: one result on its way to its place, in steps."""

    @property
    def job(self) -> Job:
        """Whose result it is."""

    def step(self) -> bool:
        """A bit of the work; False when it is done. What it raises ends it."""

    def give_up(self, trouble: Exception) -> None:
        """It cannot be placed: its job's `note` says why, and where it is."""

    def drop(self) -> None:
        """Let go of what was built."""


class Jobs:
    """All jobs. `changed` rings with the job whenever one moves, `ended` when one is over."""

    _deliveries: list[Delivery]
    _readings: list[tuple[Job, Iterator[Any]]]

    def __init__(
        self, requests: WorkerRequests, host: Host[Any], facts: Facts, deliver_by: Callable[[Job], Delivery]
    ) -> None:
        self._requests, self._host, self._facts, self._deliver_by = requests, host, facts, deliver_by
        self.queue = Queue()
        self.changed, self.ended = Signal(), Signal()
        self._deliveries, self._readings = [], []
        self._stepping = self._starting = False

    @property
    def all(self) -> list[Job]:
        """Open jobs and the last ones that are over."""
        return self.queue.all

    def add(self, job: Job, reading: Iterable[Any] = ()) -> Job:
        """Queue a job; it runs when no other of its document does, and when it has been read."""
        reading = iter(reading)
        if next(reading, self) is not self:
            job.state, job.phase = "reading", READING
            self._readings.append((job, reading))
        self.queue.add(job)
        self._next()
        self.changed.emit(job)
        return job

    @property
    def open(self) -> list[Job]:
        """Jobs that are not over, in order."""
        return self.queue.open

    def of(self, key: str) -> list[Job]:
        """Open jobs of one document."""
        return self.queue.of(key)

    def hold(self, on: bool) -> None:
        """What runs ends, nothing new starts; or go on."""
        self.queue.held = on
        self._next()
        for job in self.open[:1]:
            self.changed.emit(job)

    def cancel(self, job: Job) -> None:
        """End a job: at once from here, in the background at the worker."""
        if job.unsent:
            self._end(job, "cancelled", Cancelled(remedy="Nothing was sent."))
        elif job.state == "running":
            self._requests.cancel(job.number)

    def step(self) -> None:
        """Do a bit of whatever is being read or placed; called by the timer."""
        if self._stepping:  # Krita turns the event loop while it converts colours
            return
        self._stepping = True
        try:
            self._read_and_deliver()
        finally:
            self._stepping = False

    def _read_and_deliver(self) -> None:
        for job, reading in list(self._readings):
            if job.over or not self._read_on(job, reading):
                self._readings.remove((job, reading))
        for delivery in list(self._deliveries):
            try:
                if delivery.step():
                    continue
            except Exception as trouble:  # noqa: BLE001 - or the document's queue would stand still for ever
                delivery.give_up(trouble)
            self._deliveries.remove(delivery)
            self._end(delivery.job, "done")

    def _read_on(self, job: Job, reading: Iterator[Any]) -> bool:
        """One strip more; False when it is read, or cannot be."""
        try:
            self._host.check(job.key)
            if next(reading, self) is not self:
                return True
            if job.state == "running":
                self._send(job)
            elif not job.over:  # it may have been cancelled while it was read
                job.state, job.phase = "waiting", "preparing"
                self._next()
            self.changed.emit(job)
        except RecraftError as trouble:
            self._end(job, "failed", trouble)
        except Exception as trouble:  # noqa: BLE001 - or the document's queue would stand still for ever
            self._end(job, "failed", unexpected(trouble))
        return False

    def drop_deliveries(self) -> None:
        """Krita ends: let go of half-built layers."""
        for delivery in self._deliveries:
            delivery.drop()
        self._deliveries = []

    # --- one job's way ----------------------------------------------------------------------------------------------

    def _next(self) -> None:
        if self._starting:  # one that could not be read has ended: the loop below begins the next
            return
        self._starting = True
        try:
            for job in iter(lambda: next(iter(self.queue.ready()), None), None):
                self._start(job)
        finally:
            self._starting = False

    def _start(self, job: Job) -> None:
        job.state, job.begun, job.balance, job.number = "running", time.monotonic(), self._facts.balance, 0
        if job.run is None:
            self._send(job)
            return
        job.phase, reading = READING, job.run.reading(job, self._host.find(job.key))
        if self._read_on(job, reading):
            self._readings.append((job, reading))

    def _send(self, job: Job) -> None:
        fields, blobs = job.message()
        job.phase = "preparing"
        job.number = self._requests.ask("run", lambda message: self._heard(job, message), blobs, **fields)
        if job.run is not None:
            job.let_go()  # should it fail, its frame is there to be read again

    def _heard(self, job: Job, message: Message) -> None:
        if job.over:
            return
        if message.kind == "progress":
            job.phase, job.share, job.left_s = message["phase"], message.get("share"), message.get("left_s")
            if job.left_s:
                job.usual_s = max(job.usual_s, job.elapsed_s + job.left_s)
            self.changed.emit(job)
        elif message.kind == "error":
            trouble = from_dict(message["error"])
            if self._free_again(job, trouble):
                return
            self._end(job, "cancelled" if isinstance(trouble, Cancelled) else "failed", trouble)
        elif message.kind == "result":
            job.result = Result(message)
            self._deliver(job)

    def _free_again(self, job: Job, trouble: RecraftError) -> bool:
        """True when it is simply done once more: the engine on this computer was gone, and costs nothing."""
        if not isinstance(trouble, Unreachable) or not self._facts.offline or job.retried:
            return False
        job.retried = True
        self._start(job)
        self.changed.emit(job)
        return True

    def _deliver(self, job: Job) -> None:
        job.waits = bool(job.place and job.key and not job.from_history and self._waits(job))
        if not job.place or not job.result.layers or job.waits:
            self._end(job, "done")
            return
        if job.key and job.plan.operation.shape != "enlarge" and job.result.entry:
            # One click is at most one new layer; the others are in the strip. Where no history is kept it has none.
            count, job.result.layers = len(job.result.layers), job.result.layers[:1]
            if count > 1:
                job.where.append(
                    say("The first of {count} lies on the canvas, the others wait in the strip.", count=count)
                )
        job.state, job.phase, job.share = "placing", "placing", None
        self.changed.emit(job)
        self._deliveries.append(self._deliver_by(job))

    def _waits(self, job: Job) -> bool:
        """True when it is not placed by itself: so set, one frame of many, or beside one of the same request there.

        What is in no history has no other place to wait in.
        """
        if job.run is not None:
            return True
        late = self._facts.arrival != "first" or any(one.placed_as for one in job.rivals)
        return late and bool(job.result.entry)

    def deliver_again(self, job: Job, result: Result) -> None:
        """Place a result out of the history, as if `job` had just brought it."""
        job.result, job.from_history = result, True
        self.queue.add(job)
        self._deliver(job)

    def _end(self, job: Job, state: str, trouble: RecraftError | None = None) -> None:
        job.state, job.error = state, trouble
        if state != "failed":
            job.let_go()  # those that share its pixels have them by another name
        for old in [one for one in self.all if one.state == "failed" and one is not job]:
            if old.run is None or old not in old.run.failed:  # its run still offers it
                old.let_go()
        self._next()
        if job.on_done is not None:
            job.on_done(job)
        self.ended.emit(job)
        self.changed.emit(job)
        if job.run is None and job.result is not None and job.result.entry:
            job.result, job.clip = job.result.bare(), None  # its pictures are in the history
        self.queue.forget_old()
