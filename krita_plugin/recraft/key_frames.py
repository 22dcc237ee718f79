"""Frames of an animation: each key frame of a layer is a request, all that come are one new animated layer above it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from krita import Krita

from . import compat
from .qt import QtCore
from .shared.contract import MODELS
from .shared.errors import BadOption, RecraftError
from .shared.geometry import Box
from .shared.i18n import say
from .shared.plan import plan
from .shared.plugin.frame_run import search_equal
from .shared.plugin.in_place import cut, joined, replaced
from .shared.plugin.many import MOST

if TYPE_CHECKING:
    from krita import Document, Node

    from .host import Canvas, Host
    from .shared.plugin.document_job import Job
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


def drawings(state: State[Canvas], canvas: Canvas, node: Node) -> list[tuple[int, ...]]:
    """The times of each drawing of a layer: one request each. Until they are compared each key frame is one."""
    own, times = node.uniqueId().toString(), times_of(canvas, node)
    # The words change nothing of it; those with choices to be spelled out may be longer than a prompt can be.
    box = plan(state.ask({"prompt": "…"} if state.verb.prompted else None)).read or Box.of(canvas.size)
    found = state.frames.of(canvas, (own, times, box), lambda: search_equal(canvas, own, times, box))
    return list(found) or [(time,) for time in times]


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


def cache() -> str | None:
    """Krita's own folder for such files, which lies on a disk where the system's may lie in memory."""
    folder = Path(QtCore.QStandardPaths.writableLocation(QtCore.QStandardPaths.StandardLocation.CacheLocation))
    return str(folder) if folder.is_dir() else None
