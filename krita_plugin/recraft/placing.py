"""Results become layers: built outside the layer tree, entered at once, so that one undo takes them away.

A `Placement` works in steps, so that the window stays alive while many megabytes are written.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from krita import Selection

from . import compat
from .shared.geometry import Box
from .shared.plugin.placement import Spot
from .shared.plugin.vectors import positioned

if TYPE_CHECKING:
    from krita import Document

    from .host import Canvas
    from .shared.protocol import Bytes

_INVERSE = bytes(range(255, -1, -1))


class Placement:
    """One result on its way into a document.

    `layers` are a result message's layers with their bytes under "pixels" and "svg". `step` builds a bit and says
    whether there is more; nothing is seen until `enter`.
    """

    def __init__(
        self, canvas: Canvas, layers: Sequence[Mapping[str, Any]], selection: tuple[Bytes, Box] | None = None
    ) -> None:
        self._canvas = canvas
        self._document = canvas.document
        self._selection: Any = selection  # (bytes, box) to clip drawings to
        self._name = layers[0]["name"]
        self._made: list[Any] = []
        self._work = self._all(layers)
        self.done = False

    def step(self) -> bool:
        """One bit of work; False when all is built. Raises Gone when the document was closed meanwhile."""
        if self.done:
            return False
        self._canvas.check()
        self.done = next(self._work, None) is None
        return not self.done

    def enter(self, spot: Spot | None = None) -> str:
        """Put what is built into the layer tree, on top without a `Spot`: one undo step. The new layer's id."""
        self._canvas.check()
        nodes, self._made = self._made, []
        top = nodes[0]
        if len(nodes) > 1:
            top = self._document.createGroupLayer(self._name)
            # The first result on top: it is the one that shows.
            for node in reversed(nodes):
                top.addChildNode(node, None)
        own = self._canvas.enter(top, spot or Spot())
        for node in nodes:
            if node.type() == "vectorlayer":
                compat.paint_drawing(node, self._canvas.size, self._canvas.ppi)
        return own

    def finish(self) -> None:
        """All at once, for a document nobody is painting in yet."""
        while self.step():
            pass
        self.enter()

    def drop(self) -> None:
        """Let go of every layer that is not in the tree: wrappers must not outlive their document (crash in 5.x)."""
        self._made = []
        self._work = iter(())
        self.done = True

    def _all(self, layers: Sequence[Mapping[str, Any]]) -> Iterator[bool]:
        for index, layer in enumerate(layers):
            node: Any = None
            for node in self._one(layer):
                if node is None:
                    yield True
            if index:
                node.setVisible(False)
            self._made.append(node)
            yield True

    def _one(self, layer: Mapping[str, Any]) -> Iterator[Any]:
        """Yield None for each bit of work and at last the node."""
        if layer["svg"] is not None and (layer["pixels"] is None or self._can_clip()):
            yield from self._drawing(layer)
            return
        document, box = self._document, Box(*layer["box"])
        node = document.createNode(layer["name"], "paintlayer")
        foreign = not compat.plain(document)
        if foreign:
            # Krita itself converts: the node takes sRGB bytes first and the document's space afterwards.
            node.setColorSpace(*compat.PLAIN)
        at, end = 0, len(layer["pixels"])
        while at < end:
            at = compat.put_pixels(node, layer["pixels"], box, at)
            yield None
        if foreign:
            node.setColorSpace(document.colorModel(), document.colorDepth(), document.colorProfile())
        yield node

    def _can_clip(self) -> bool:
        return self._selection is not None and compat.can_mask(self._document)

    def _drawing(self, layer: Mapping[str, Any]) -> Iterator[Any]:
        """A vector layer, with a mask where the drawing was cut to a selection. Yields None until it is there."""
        aside = Aside(positioned, bytes(layer["svg"]), Box(*layer["box"]), self._canvas.ppi, layer.get("move"))
        while aside.is_alive():
            aside.join(0.004)  # it gets some time even where Krita keeps Python to itself
            yield None
        node = compat.drawing(aside.result())
        node.setName(layer["name"])
        if layer["pixels"] is not None:
            node.addChildNode(mask_of(self._document, *self._selection), None)
        yield node


class Aside(threading.Thread):
    """A long piece of arithmetic beside Krita's own thread; it touches nothing of Krita's."""

    _made: Any
    _trouble: Exception | None

    def __init__(self, call: Callable[..., Any], *values: Any) -> None:
        super().__init__(daemon=True)
        self._call, self._values = call, values
        self._made, self._trouble = None, None
        self.start()

    def run(self) -> None:
        """The thread's own work."""
        try:
            self._made = self._call(*self._values)
        except Exception as trouble:  # noqa: BLE001 - handed on by `result`
            self._trouble = trouble

    def result(self) -> Any:
        """What came of it; its exception raised."""
        self.join()
        if self._trouble is not None:
            raise self._trouble
        return self._made


def mask_of(document: Document, coverage: Bytes, box: Box, name: str = "Recraft") -> Any:
    """A transparency mask that shows what `coverage` (0..255, one byte a pixel of `box`) covers. Krita 5.2 and up."""
    shown = Selection()
    shown.setPixelData(bytes(coverage), *box)
    mask = document.createTransparencyMask(name)
    mask.setSelection(shown)
    return mask


def mask_without(document: Document, cover: Bytes, box: Box, name: str) -> Any:
    """A transparency mask that hides what `cover` (0..255, one byte a pixel of `box`) leaves out; all outside stays."""
    shown = Selection()
    shown.setPixelData(bytes(cover).translate(_INVERSE), *box)
    shown.invert()
    mask = document.createTransparencyMask(name)
    mask.setSelection(shown)
    return mask
