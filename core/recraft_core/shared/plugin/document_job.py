"""A job: one click, from the canvas's pixels to layers."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from ..errors import BadOption
from ..geometry import Box
from ..i18n import N_
from .following import fingerprint
from .placement import contributors
from .strips import all_in_strips, in_strips, mostly, search_areas

if TYPE_CHECKING:
    from ..plan import Plan
    from ..protocol import Bytes
    from .following import Read
    from .host import Canvas
    from .verbs import DockerVerb

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
        desk: Any = None,
    ) -> None:
        self.request, self.desk = request, desk
        self.verb, self.plan, self.options = verb, plan, options
        self.operation = plan.operation.name
        self.key = canvas.key if canvas else ""
        self.title = canvas.title if canvas else ""
        self.layer_id, self.layer_name = (canvas.layer_id, canvas.layer_name) if canvas else ("", "")
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
