"""Frames of an animation: each drawing of a layer is a request, and all that come are placed as one layer."""

from __future__ import annotations

import copy
import hashlib
import tempfile
from collections.abc import Generator, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from ..errors import BadOption
from ..geometry import Box
from ..i18n import say_n
from ..protocol import room
from .following import fingerprint
from .strips import STRIP, in_strips, mostly, strip_boxes

if TYPE_CHECKING:
    from ..protocol import Bytes
    from .document_job import Job
    from .document_jobs import Jobs
    from .host import AnimatedCanvas


def search_equal(
    canvas: AnimatedCanvas, layer_id: str, times: Sequence[int], box: Box
) -> Generator[None, None, tuple[tuple[int, ...], ...]]:
    """Which of a layer's key frames are the same within `box`, such as clones: a tuple of times for each drawing.

    Yields after each strip.
    """
    drawings: dict[bytes, list[int]] = {}
    for time in times:
        mark = hashlib.blake2b(digest_size=16)
        for strip in strip_boxes(box, 4):
            node = canvas.node(layer_id)
            if node is None or not canvas.has_frame(time, node):
                return ()
            mark.update(bytes(canvas.read_frame(time, node, strip)))
            yield
        drawings.setdefault(mark.digest(), []).append(time)
    return tuple(map(tuple, drawings.values()))


def _alike(one: Bytes, other: Bytes) -> Generator[bool, None, bool]:
    """True when both are the same, byte for byte. Yields after each portion."""
    one, other = memoryview(one).cast("B"), memoryview(other).cast("B")
    for at in range(0, len(one), STRIP):
        if bytes(one[at : at + STRIP]) != bytes(other[at : at + STRIP]):
            return False
        yield False
    return True


def left_out(count: int) -> list[str]:
    """What is said of key frames that are not what was sent any more."""
    if not count:
        return []
    return [say_n(
        "{n} key frame has changed meanwhile and stays as it is.",
        "{n} key frames have changed meanwhile and stay as they are.",
        count,
    )]


def told(count: int) -> str:
    """What is said when the frames lie on the canvas."""
    return say_n(
        "{n} frame is done: the new layer stands for the one below.",
        "{n} frames are done: the new layer stands for the one below.",
        count,
    )


class Shelf:
    """Pixels that wait in a file without a name instead of in memory; in `folder`, the system's own for None."""

    _file: Any

    def __init__(self, folder: str | None) -> None:
        self._folder, self._file = folder, None

    def put(self, data: Bytes) -> Any:
        """Lay them there, to be had by `get`; a disk without room leaves them in memory."""
        rest = memoryview(data).cast("B")
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(buffering=0, dir=self._folder)  # noqa: SIM115 - closed by `clear`
            start = self._file.seek(0, 2)
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError:
            return data
        return range(start, self._file.tell())

    def get(self, place: Any) -> Bytes:
        """What `put` gave that place for."""
        if not isinstance(place, range):
            kept: Bytes = place
            return kept
        data = room(len(place))
        rest = memoryview(data)
        self._file.seek(place.start)
        while rest:
            rest = rest[self._file.readinto(rest) :]
        return data

    def clear(self) -> None:
        """Nothing of it is wanted any more."""
        if self._file is not None:
            self._file.close()
        self._file = None


class FrameRun:
    """The frames of one layer on their way. When none is open any more, those that came are placed as one layer.

    A frame is read when its turn comes, and its result waits on a shelf in `folder`: no more than one of them is in
    memory.
    """

    _open: list[Job]
    _done: list[Job]
    failed: list[Job]

    def __init__(self, jobs: Jobs, layer_id: str, folder: str | None = None) -> None:
        self._jobs, self._layer_id, self._folder = jobs, layer_id, folder
        self._open, self._done, self.failed = [], [], []
        self.clip: tuple[Bytes, Box] | None = None  # (coverage, box): what was selected at the click
        self._first: Job | None = None  # it reads the selection
        self._shelf = Shelf(self._folder)

    def selecting(self, job: Job, canvas: AnimatedCanvas) -> Iterator[bool]:
        """Take what is selected at the click, once for all of them."""
        box = job.plan.read
        while job.selection is not None and box is not None and self.clip is None:
            if self._first is None or self._first.over:
                self._first = job
                coverage = yield from in_strips(canvas, box, canvas.coverage, 1)
                self.clip = coverage, box
            else:
                yield True

    def reading(self, job: Job, canvas: AnimatedCanvas) -> Iterator[bool]:
        """Take the drawing of a frame; times at which there is another one by now are left out.

        Raises BadOption where none is left, or the canvas has another size.
        """
        node, box = canvas.node(job.layer_id), job.plan.read or Box.of(canvas.size)
        job.times = tuple(time for time in job.times if node is not None and canvas.has_frame(time, node))
        if not job.times or canvas.size != job.canvas_size:
            raise BadOption("The canvas changed while it was read.", remedy="Nothing was sent.")
        pixels = yield from in_strips(canvas, box, partial(canvas.read_frame, job.times[0], node), 4)
        same = job.times[:1]
        for time in job.times[1:]:
            twin = yield from in_strips(canvas, box, partial(canvas.read_frame, time, node), 4)
            if (yield from _alike(pixels, twin)):
                same = (*same, time)
        job.times, job.clip = same, self.clip
        seen = mostly(partial(canvas.read_frame, same[0], node), pixels, box)
        job.take(pixels, self.clip[0] if self.clip is not None else None, fingerprint(canvas.size, box, seen))

    def take(self, job: Job) -> None:
        """One more of them."""
        job.run, job.on_done = self, self._ended
        self._open.append(job)
        self.failed = [one for one in self.failed if one.times[:1] != job.times[:1]]

    def _ended(self, job: Job) -> None:
        if job in self._open:
            self._open.remove(job)
        if job.state == "done" and job.result.layers and job.result.layers[0]["pixels"] is not None:
            self._done.append(job)
            layer = job.result.layers[0]
            del job.result.layers[1:]  # they are in the strip
            layer["pixels"] = self._shelf.put(layer["pixels"])
        elif job.state == "failed":
            self.failed.append(job)
        if self._open or not self._done:
            return
        done, self._done = self._done, []
        placing = copy.copy(done[0])
        placing.on_done, placing.frames = self._placed, done
        placing.layer_id, placing.where = self._layer_id, []
        # What is sent anew may come while these are placed.
        placing.shelf, self._shelf = self._shelf, Shelf(self._folder)
        self._jobs.deliver_again(placing, done[0].result)

    def _placed(self, job: Job) -> None:
        """What is sent anew comes above it."""
        job.shelf.clear()
        self._layer_id = job.placed_as or self._layer_id
