"""Frames of an animation: each key frame of a layer is a request, all that come are one new animated layer above it."""

from __future__ import annotations

import copy
import hashlib
import tempfile
from collections.abc import Generator, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from krita import Krita

from . import compat
from .qt import QtCore
from .shared.contract import MODELS
from .shared.errors import BadOption, RecraftError
from .shared.geometry import Box
from .shared.i18n import say, say_n
from .shared.plan import plan
from .shared.plugin.following import fingerprint
from .shared.plugin.in_place import cut, joined, replaced
from .shared.plugin.many import MOST
from .shared.plugin.strips import STRIP, in_strips, mostly, strips
from .shared.protocol import room

if TYPE_CHECKING:
    from krita import Document, Node

    from .host import Canvas, Host
    from .shared.plugin.document_job import Job
    from .shared.plugin.document_jobs import Jobs
    from .shared.plugin.state import State
    from .shared.protocol import Bytes

_TRIES = 500  # turns of the event loop for Krita to change the time of a document nobody sees


def animated_layer(canvas: Canvas | None) -> Any:
    """The active layer where it is a paint layer with key frames, else None."""
    node = canvas.layer() if canvas is not None else None
    return node if node is not None and node.type() == "paintlayer" and node.animated() else None


def offered(state: State[Canvas]) -> bool:
    """True when what a click does can be done frame by frame: the size stays, pixels come, and the layer has frames."""
    row, model = state.verb.row, MODELS.get(state.model)
    drawn = row.name == "vectorize" or (model is not None and model.vector)
    return row.shape in ("region", "picture") and not drawn and animated_layer(state.canvas) is not None


def times_of(canvas: Canvas, node: Node) -> list[int]:
    """The times of a layer's key frames in the playback range, in order. Raises BadOption where there are too many."""
    document = canvas.document
    scope = range(document.playBackStartTime(), document.playBackEndTime() + 1)
    times = [time for time in scope if node.hasKeyframeAtTime(time)]
    if not times:
        raise BadOption(
            "The layer has no key frame in the playback range.",
            remedy="Choose an animated layer, or set the range in the Animation Timeline.", option="over",
        )  # fmt: skip
    if len(times) > MOST:
        raise BadOption(
            say("The layer has {count} key frames in the playback range.", count=len(times)),
            remedy=say("Set a range with up to {most} in the Animation Timeline.", most=MOST), option="over",
        )  # fmt: skip
    return times


def read_frame(document: Document, node: Node, time: int, box: Box) -> QtCore.QByteArray:
    """One key frame's own pixels of `box`, as compat.read_layer gives those of a layer."""
    data = node.pixelDataAtTime(*box, time)
    return data if compat.plain(node) else _converted(document, memoryview(data), box, _space(node), compat.PLAIN)


def _space(node: Node) -> tuple[str, str, str]:
    return node.colorModel(), node.colorDepth(), node.colorProfile()


def _converted(
    document: Document, data: Bytes, box: Box, source: tuple[str, str, str], target: tuple[str, str, str]
) -> QtCore.QByteArray:
    """Pixels of `box` in another colour space, as Krita converts them."""
    node = document.createNode("", "paintlayer")
    node.setColorSpace(*source)
    node.setPixelData(QtCore.QByteArray(bytes(data)), *box)
    node.setColorSpace(*target)
    return node.pixelData(*box)


def with_result(
    document: Document, node: Node, time: int, layer: dict[str, Any], coverage: Any, area: Any
) -> Iterator[Any]:
    """One key frame with a result's layer in it: yields None after each bit of work, at last (box, pixels, touched).

    `coverage` fills `area`: what was selected; None when all of the layer's box is replaced. The pixels are in the
    node's own space, `touched` is 0 where they are as they were.
    """
    box = Box(*layer["box"])
    covered = b"\xff" * (box.width * box.height) if coverage is None else cut(coverage, area, box, 1)
    for whole in replaced(read_frame(document, node, time, box), layer["pixels"], covered, box.width):
        if whole is None:
            yield None
            continue
        new, touched = whole
        if not compat.plain(node):
            new = _converted(document, new, box, compat.PLAIN, _space(node))
        yield box, new, touched


def search_equal(
    canvas: Canvas, layer_id: str, times: Sequence[int], box: Box
) -> Generator[None, None, tuple[tuple[int, ...], ...]]:
    """Which of a layer's key frames are the same within `box`, such as clones: a tuple of times for each drawing.

    Yields after each strip.
    """
    drawings: dict[bytes, list[int]] = {}
    for time in times:
        mark = hashlib.blake2b(digest_size=16)
        for strip in strips(box, 4):
            node = compat.node_by_id(canvas.document, layer_id)
            if node is None or not node.hasKeyframeAtTime(time):
                return ()
            mark.update(bytes(read_frame(canvas.document, node, time, strip)))
            yield
        drawings.setdefault(mark.digest(), []).append(time)
    return tuple(map(tuple, drawings.values()))


def drawings(state: State[Canvas], canvas: Canvas, node: Node) -> list[tuple[int, ...]]:
    """The times of each drawing of a layer: one request each. Until they are compared each key frame is one."""
    own, times = node.uniqueId().toString(), times_of(canvas, node)
    # The words change nothing of it; those with choices to be spelled out may be longer than a prompt can be.
    box = plan(state.ask({"prompt": "…"} if state.verb.prompted else None)).read or Box.of(canvas.size)
    found = state.frames.of(canvas, (own, times, box), lambda: search_equal(canvas, own, times, box))
    return list(found) or [(time,) for time in times]


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


class Shelf:
    """Pixels that wait in a file without a name instead of in memory."""

    def __init__(self) -> None:
        self._file: Any = None

    def put(self, data: Bytes) -> Any:
        """Lay them there, to be had by `get`; a disk without room leaves them in memory."""
        rest = memoryview(data).cast("B")
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(buffering=0, dir=_cache())  # noqa: SIM115 - closed by `clear`
            start = self._file.seek(0, 2)
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError:
            return data
        return range(start, self._file.tell())

    def get(self, place: Any) -> Bytes:
        """What `put` gave that place for."""
        if not isinstance(place, range):
            return place
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


def _cache() -> str | None:
    """Krita's own folder for such files, which lies on a disk where the system's may lie in memory."""
    folder = Path(QtCore.QStandardPaths.writableLocation(QtCore.QStandardPaths.StandardLocation.CacheLocation))
    return str(folder) if folder.is_dir() else None


class FrameRun:
    """The frames of one layer on their way. When none is open any more, those that came are placed as one layer.

    A frame is read when its turn comes, and its result waits on a shelf: no more than one of them is in memory.
    """

    _open: list[Job]
    _done: list[Job]
    failed: list[Job]

    def __init__(self, jobs: Jobs, layer_id: str) -> None:
        self._jobs, self._layer_id = jobs, layer_id
        self._open, self._done, self.failed = [], [], []
        self.clip: tuple[Bytes, Box] | None = None  # (coverage, box): what was selected at the click
        self._first: Job | None = None  # it reads the selection
        self._shelf = Shelf()

    def selecting(self, job: Job, canvas: Canvas) -> Iterator[bool]:
        """Take what is selected at the click, once for all of them."""
        box = job.plan.read
        while job.selection is not None and box is not None and self.clip is None:
            if self._first is None or self._first.over:
                self._first = job
                coverage = yield from in_strips(canvas, box, canvas.coverage, 1)
                self.clip = coverage, box
            else:
                yield True

    def reading(self, job: Job, canvas: Canvas) -> Iterator[bool]:
        """Take the drawing of a frame; times at which there is another one by now are left out.

        Raises BadOption where none is left, or the canvas has another size.
        """
        node, box = compat.node_by_id(canvas.document, job.layer_id), job.plan.read or Box.of(canvas.size)
        job.times = tuple(time for time in job.times if node is not None and node.hasKeyframeAtTime(time))
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
        placing.shelf, self._shelf = self._shelf, Shelf()  # what is sent anew may come while these are placed
        self._jobs.deliver_again(placing, done[0].result)

    def _placed(self, job: Job) -> None:
        """What is sent anew comes above it."""
        job.shelf.clear()
        self._layer_id = job.placed_as or self._layer_id


class FrameLayer:
    """A copy of an animated layer, in no tree, whose key frames take results. One undo step when it is entered.

    A time is changed in a document of our own, which no view shows: in the painter's it would be an undo step.
    """

    def __init__(self, document: Document, node: Node) -> None:
        own = document.colorModel(), document.colorDepth(), document.colorProfile()
        self._node: Any = node.duplicate()
        self._scratch: Any = Krita.instance().createDocument(16, 16, "frames", *own, 72.0)
        try:
            self._scratch.rootNode().addChildNode(self._node, None)
        except Exception:
            self.drop()
            raise

    def put(self, time: int, box: Box, new: Any, touched: Any) -> Iterator[bool]:
        """Put what `with_result` made into the key frame at `time`. Yields while Krita goes there."""
        own = self._node.pixelDataAtTime(*box, time)
        yield from self._turn_to(time)
        pixels = joined(own, new, touched, len(own) // (box.width * box.height))
        self._node.setPixelData(QtCore.QByteArray(bytes(pixels)), *box)

    def _turn_to(self, time: int) -> Iterator[bool]:
        self._scratch.setCurrentTime(time)
        for _ in range(_TRIES):
            self._scratch.waitForDone()
            if self._scratch.currentTime() == time:
                return
            yield True
        raise RecraftError(say("Krita did not go to frame {time}.", time=time), remedy="The results are in the strip.")

    def finished(self, name: str) -> Node:
        """The layer, to be entered."""
        node = self._node.duplicate()
        node.setName(name)
        self.drop()
        return node

    def drop(self) -> None:
        """Let go of the document of our own."""
        scratch, self._node, self._scratch = self._scratch, None, None
        if scratch is not None:
            scratch.setModified(False)
            scratch.close()


def in_every_frame(host: Host, job: Job) -> list[str]:
    """A layer placed in an animation has no frames itself: it covers all of them, which should be said."""
    canvas = host.find(job.key) if job.place else None
    if canvas is not None and canvas.animated:
        return ["The picture is animated: the new layer shows in every frame."]
    return []


def told(count: int) -> str:
    """What is said when the frames lie on the canvas."""
    return say_n(
        "{n} frame is done: the new layer stands for the one below.",
        "{n} frames are done: the new layer stands for the one below.",
        count,
    )
