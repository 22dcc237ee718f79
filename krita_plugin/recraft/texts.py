"""The text shapes of Krita's vector layers as words with boxes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from .qt import QtGui
from .shared.geometry import Box
from .shared.plugin.words import Text, Word, turned

if TYPE_CHECKING:
    from .qt import QtCore

_TEXT = "KoSvgTextShapeID"


def words_of(nodes: Iterable[Any], ppi: float) -> list[Word]:
    """All words in the text shapes of those layers and of the groups among them, in reading order."""
    words = []
    for node in nodes:
        if node.type() == "grouplayer":
            words += words_of(node.childNodes(), ppi)
        elif node.type() == "vectorlayer":
            for shape in _shapes(node.shapes()):
                if shape.type() == _TEXT:
                    words += _of_shape(shape, ppi)
    return sorted(words, key=lambda word: (word.box.y // 8, word.box.x))


def _of_shape(shape: Any, ppi: float) -> list[Word]:
    svg = shape.toSvg()
    text = Text(svg, _measure)
    matrix = shape.absoluteTransformation() if hasattr(shape, "absoluteTransformation") else shape.transformation()
    angle = math.atan2(matrix.m12(), matrix.m11())
    box = _pixels(shape.boundingBox(), ppi)
    if abs(math.sin(angle)) < 0.02:
        return text.spread(box)
    size = math.hypot(matrix.m11(), matrix.m12()) * text.size * ppi / 72
    return turned(text, box, angle, size)


def _measure(family: str) -> Callable[[str], float]:
    font = QtGui.QFont(family)
    font.setPixelSize(100)  # widths are compared with one another, so any size will do
    return QtGui.QFontMetricsF(font).horizontalAdvance


def _shapes(shapes: Iterable[Any]) -> Iterator[Any]:
    for shape in shapes:
        if shape.type() == "groupshape":
            yield from _shapes(shape.children())
        else:
            yield shape


def _pixels(rect: QtCore.QRectF, ppi: float) -> Box:
    """A shape's box: Krita gives it in points."""
    scale = ppi / 72
    left, top = round(rect.left() * scale), round(rect.top() * scale)
    return Box.between(left, top, round(rect.right() * scale), round(rect.bottom() * scale))
