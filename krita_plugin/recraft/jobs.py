"""Jobs: one click each, from the canvas's pixels to layers. Queued per document, several documents at once."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from .delivery import Delivery, unplaced
from .reading import all_in_strips, in_strips, mostly, search_areas
from .result import Result
from .shared.errors import BadOption, Cancelled, RecraftError, Unreachable, from_dict
from .shared.geometry import Box
from .shared.i18n import N_
from .shared.plugin.following import fingerprint
from .shared.plugin.placement import contributors
from .shared.plugin.queue import Queue
from .shared.plugin.requests import unexpected
from .shared.plugin.signals import Signal
from .tr import tr

if TYPE_CHECKING:
    from .desk import Desk
    from .host import Canvas, Host
    from .shared.plan import Plan
    from .shared.plugin.following import Read
    from .shared.plugin.requests import WorkerRequests
    from .shared.plugin.verbs import DockerVerb
    from .shared.protocol import Bytes, Message
    from .state import Facts

# Nothing of these is placed by itself: their results are looked at first, or are no pictures.
UNPLACED = {"explore", "explore_similar", "create_style", "enhance_prompt"}

READING = N_("reading the canvas")


class Job:
    """One click. `state` goes waiting, running, placing and ends as done, failed or cancelled.

    `request` is its click as text (queue.request_of), `desk` the window's side it was clicked in.
    """

    share: float | None
    left_s: float | None
    hides: Sequence[str]
    _parts: list[str]
    _blobs: list[Bytes]
    _more: dict[str, Any]

    def __init__(
        self,
        verb: DockerVerb,
        plan: Plan,
        options: dict[str, Any],
        canvas: Canvas | None,
        *,
        place: bool = True,
        request: str = "",
        desk: Desk | None = None,
    ) -> None:
        self.request, self.desk = request, desk
        self.verb, self.plan, self.options = verb, plan, options
        self.operation = plan.operation.name
        self.key = canvas.key if canvas else ""
        self.title = canvas.title if canvas else ""
        self.layer_id, self.layer_name = "", ""
        self.canvas_size = plan.canvas
        self.selection = plan.selection
        self.clip: tuple[Bytes, Box] | None = None  # (coverage, box) that drawings are cut with
        self.reads: list[tuple[Bytes, Bytes, Box]] = []  # (pixels, coverage, box) of each part that was read
        self.place = place and self.operation not in UNPLACED
        self.result_as = ""
        self.state, self.phase, self.share, self.left_s = "waiting", "preparing", 0.0, None
        self.begun = 0.0
        self.error: Any = None  # a RecraftError
        self.result: Any = None  # a Result
        self.note = ""
        self.on_done: Callable[[Job], Any] | None = None  # whoever wants the end of this one job
        self.balance: int | None = None  # when it was sent
        # Which layers contributed to what was read, and to what was selected; what the canvas looked like.
        self.seen: Any = None
        self.marked: tuple[str, ...] = ()
        self.print: Any = None
        self.placed_as = ""  # the id of the layer it became
        self.retried = False  # it was begun again by itself
        self.usual_s, self.told_long = 0.0, False  # seconds such a job usually takes; whether its delay was said
        self.where: list[str] = []  # what is to be said about its place
        self.foreign = False  # it comes from a picture of another size
        self.rivals: list[Job] = []  # open jobs of the same request at the click: the first that comes is placed
        self.from_history, self.index = False, 0  # which of its pictures
        self.hides = ()  # ids of layers that it takes the place of
        # One drawing of many (key_frames.FrameRun), the times of its key frames and how many those were at the click;
        # the jobs of all frames that it places, and where their pixels lie.
        self.run: Any = None
        self.times: tuple[int, ...] = ()
        self.asked = 0
        self.frames: list[Job] = []
        self.shelf: Any = None
        self.waits = False  # its result waits in the strip
        self._parts, self._blobs, self._more, self.number = [], [], {}, 0
        layer = canvas.layer() if canvas else None
        if layer is not None:
            self.layer_id, self.layer_name = layer.uniqueId().toString(), layer.name()

    def reading_of(self, other: Job) -> Iterator[None]:
        """Take what another job reads: the same pixels, another prompt."""
        while other.state == "reading":
            yield
        if other.error is not None:
            raise other.error
        for name in ("seen", "marked", "print", "clip", "reads", "_parts", "_blobs"):
            setattr(self, name, getattr(other, name))

    def reading(self, canvas: Canvas, layer: Any = None, cover: Read | None = None) -> Iterator[Any]:
        """Take the pixels of this moment: what is painted while the job waits does not matter any more.

        `layer` alone is read where one is given; `cover(box)` gives the coverage of an area that is not the selection.
        Yields after each strip of a large picture; a small one is read at once.
        """
        area = self.plan.read or self.plan.place or Box.of(canvas.size)
        tree = canvas.tree()
        self.seen = contributors(tree, area) if layer is None else (self.layer_id,)
        self.marked = contributors(tree, self.selection) if self.selection is not None else ()
        if self.plan.read is None:
            self.print = fingerprint(canvas.size, area.intersect(Box.of(canvas.size)), canvas.peek)
            return
        read = canvas.read if layer is None else partial(canvas.read_layer, layer)
        if self.plan.parts:
            yield from self._reading_parts(canvas, read)
            return
        pixels = yield from in_strips(canvas, self.plan.read, read, 4)
        coverage = None
        if self.selection is not None:
            coverage = yield from in_strips(canvas, self.plan.read, cover or canvas.coverage, 1)
            self.clip = (coverage, self.plan.read)
            self.reads = [(pixels, coverage, self.plan.read)]
        # A layer's result is placed by what the canvas shows.
        seen = mostly(canvas.peek, pixels, self.plan.read) if layer is None else canvas.peek
        self.take(pixels, coverage, fingerprint(canvas.size, self.plan.read, seen))

    def take(self, pixels: Bytes, coverage: Bytes | None, print_: Any) -> None:
        """What is sent, and what the canvas looked like."""
        self._parts, self._blobs, self.print = ["pixels"], [pixels], print_
        if coverage is not None:
            self._parts, self._blobs = ["pixels", "coverage"], [pixels, coverage]

    def _reading_parts(self, canvas: Canvas, read: Read) -> Iterator[Any]:
        """A picture and its coverage for each part. Raises BadOption when the areas are others than in the plan."""
        assert self.selection is not None  # noqa: S101 - only of a selection are there parts
        if (yield from search_areas(canvas, self.selection)) != self.plan.areas:
            if self.desk is not None:
                self.desk.state.areas.forget()
            raise BadOption(
                "Another picture or selection came just now: nothing was done.", remedy="Look, then click again."
            )
        boxes = [part.read for part in self.plan.parts if part.read is not None]
        wanted = [one for box in boxes for one in ((box, read, 4), (box, canvas.coverage, 1))]
        blobs = yield from all_in_strips(canvas, wanted)
        self._parts, self._blobs = ["pixels", "coverage"] * len(boxes), blobs
        self.reads = [(blobs[2 * at], blobs[2 * at + 1], box) for at, box in enumerate(boxes)]
        self._more.update(areas=self.plan.areas, reads=boxes)
        self.print = fingerprint(canvas.size, boxes[0], mostly(canvas.peek, self._blobs[0], boxes[0]))

    def pictures(self, pictures: Sequence[tuple[bytes, int, int]]) -> None:
        """The pictures of a new style: (bytes, width, height) each, BGRA."""
        self._parts = ["picture"] * len(pictures)
        self._blobs = [data for data, _, _ in pictures]
        self._more["pictures"] = [[width, height] for _, width, height in pictures]

    def message(self) -> tuple[dict[str, Any], list[Bytes]]:
        """The fields and byte strings of its `run`."""
        fields = {
            "operation": self.operation, "options": self.options, "canvas": self.canvas_size,
            "selection": self.selection, "read": self.plan.read, "parts": self._parts, "order": "BGRA",
            "document": self.title, "layer": self.layer_name, "draw": False, "bare": not self.place, **self._more,
        }  # fmt: skip
        return fields, self._blobs

    def let_go(self) -> None:
        """The pixels are not needed any more: it will not be repeated."""
        self._blobs, self.reads = [], []

    def again(self) -> Job:
        """The very same once more, with the pixels of the first time."""
        twin = copy.copy(self)
        twin.state, twin.phase, twin.share, twin.left_s = "waiting", "preparing", 0.0, None
        twin.error, twin.result, twin.note, twin.begun, twin.where = None, None, "", 0.0, []
        if twin.run is not None:
            twin.run.take(twin)
        return twin

    @property
    def elapsed_s(self) -> float:
        """Seconds since it began to run."""
        return time.monotonic() - self.begun if self.begun else 0.0

    @property
    def unsent(self) -> bool:
        """True while nothing of it has left this program."""
        return self.state in ("waiting", "reading") or (self.state == "running" and not self.number)

    @property
    def over(self) -> bool:
        """True when nothing more will happen."""
        return self.state in ("done", "failed", "cancelled")


class Jobs:
    """All jobs. `changed` rings with the job whenever one moves, `ended` when one is over."""

    _deliveries: list[Delivery]
    _readings: list[tuple[Job, Iterator[Any]]]

    def __init__(self, requests: WorkerRequests, host: Host, facts: Facts) -> None:
        self._requests, self._host, self._facts = requests, host, facts
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
                delivery.drop()
                delivery.job.note = unplaced(trouble)
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
        if job.key and job.plan.operation.shape != "enlarge":
            # One click is at most one new layer; the others are in the strip.
            count, job.result.layers = len(job.result.layers), job.result.layers[:1]
            if count > 1:
                first = "The first of {count} lies on the canvas, the others wait in the strip."
                job.where.append(tr(first, count=count))
        job.state, job.phase, job.share = "placing", "placing", None
        self.changed.emit(job)
        self._deliveries.append(Delivery(self._host, job))

    def _waits(self, job: Job) -> bool:
        """True when it is not placed by itself: so set, one frame of many, or beside one of the same request there."""
        return job.run is not None or self._facts.arrival != "first" or any(one.placed_as for one in job.rivals)

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
        if job.run is None and job.result is not None:
            job.result, job.clip = job.result.bare(), None  # its pictures are in the history
        self.queue.forget_old()
