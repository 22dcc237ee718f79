"""Words on the canvas: text shapes of vector layers become words with boxes, which V3 letters at that very place."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .qt import QtGui
from .shared.geometry import Box
from .shared.lettering import word_character

if TYPE_CHECKING:
    from .qt import QtCore

_TEXT = "KoSvgTextShapeID"


@dataclass(frozen=True)
class Word:
    """One word, its box in canvas px, and its four corners from the top left on, where it does not stand upright."""

    text: str
    box: Box
    corners: tuple[tuple[float, float], ...] = ()

    def outline(self) -> tuple[tuple[float, float], ...]:
        """The four corners, clockwise from the top left."""
        box = self.box
        upright = ((box.x, box.y), (box.right, box.y), (box.right, box.bottom), (box.x, box.bottom))
        return self.corners or upright

    @property
    def letterable(self) -> bool:
        """True when every letter of it can be lettered."""
        return all(word_character(letter) for letter in self.text)


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
    text = Text(svg)
    matrix = shape.absoluteTransformation() if hasattr(shape, "absoluteTransformation") else shape.transformation()
    angle = math.atan2(matrix.m12(), matrix.m11())
    box = _pixels(shape.boundingBox(), ppi)
    if abs(math.sin(angle)) < 0.02:
        return text.spread(box)
    size = math.hypot(matrix.m11(), matrix.m12()) * text.size * ppi / 72
    return turned(text, box, angle, size)


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


def lines_of(svg: str) -> list[str]:
    """The lines of a <text> element: a tspan that moves down (dy, or another y) begins one."""
    try:
        root = ET.fromstring(re.sub(r"\s(xlink|krita|sodipodi):[\w-]+=\"[^\"]*\"", "", svg))  # noqa: S314 - Krita's own text
    except ET.ParseError:
        return []
    lines = [""]
    _gather(root, lines)
    return [line.strip() for line in lines if line.strip()]


def _gather(element: ET.Element, lines: list[str]) -> None:
    if element is not None and (_moves(element.get("dy")) or (element.get("y") and lines[-1].strip())):
        lines.append("")
    for number, part in enumerate((element.text or "").split("\n")):
        if number:
            lines.append("")
        lines[-1] += part
    for child in element:
        _gather(child, lines)
        lines[-1] += child.tail or ""


def _moves(dy: Any) -> bool:
    return bool(dy) and dy.strip() not in ("0", "0pt", "0px")


class Text:
    """A <text> element: its lines, and how wide its letters are in its own font."""

    def __init__(self, svg: str) -> None:
        self.size = _number(svg, "font-size", 12.0)
        family = re.search(r"font-family\s*[:=]\s*[\"']?([^;\"'>]+)", svg)
        font = QtGui.QFont(family[1].strip() if family else "sans-serif")
        font.setPixelSize(100)  # widths are compared with one another, so any size will do
        self._metrics = QtGui.QFontMetricsF(font)
        anchor = re.search(r"text-anchor\s*[:=]\s*[\"']?(\w+)", svg)
        self._push = {"middle": 0.5, "end": 1.0}.get(anchor[1] if anchor else "", 0.0)
        wrapped = _number(svg, "inline-size", 0.0)
        self.lines = [line for part in lines_of(svg) for line in self._wrapped(part, wrapped)]

    def width(self, text: str) -> float:
        """The width of some letters, in hundredths of the font's size."""
        return self._metrics.horizontalAdvance(text)

    def _wrapped(self, text: str, room: float) -> list[str]:
        """Krita 6 wraps text in a box by itself and keeps no line breaks: broken as its letters fill the width."""
        if not room:
            return [text]
        lines = [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and self.width(longer) * self.size / 100 > room:
                lines.append(word)
            else:
                lines[-1] = longer
        return lines

    def shares(self) -> Iterator[tuple[str, float, float, float, float]]:
        """(word, left, top, right, bottom) of all words, each 0 to 1 of the whole text's box."""
        longest = max((self.width(line) for line in self.lines), default=0) or 1
        for number, line in enumerate(self.lines):
            indent = self._push * (longest - self.width(line))
            for match in re.finditer(r"\S+", line):
                left, right = ((indent + self.width(line[:at])) / longest for at in match.span())
                yield match[0], left, number / len(self.lines), right, (number + 1) / len(self.lines)

    def spread(self, box: Box) -> list[Word]:
        """The words where the text fills `box`."""
        return [
            Word(word, Box.between(
                round(box.x + box.width * left), round(box.y + box.height * top),
                round(box.x + box.width * right), round(box.y + box.height * bottom),
            ))
            for word, left, top, right, bottom in self.shares()
        ]  # fmt: skip


def _number(svg: str, name: str, default: float) -> float:
    match = re.search(rf"{name}\s*[:=]\s*[\"']?([\d.]+)", svg)
    return float(match[1]) if match else default


def turned(text: Text, box: Box, angle: float, size: float) -> list[Word]:
    """The words of a text turned by `angle` (radians, clockwise): `box` is all it covers, `size` its letters' in px."""
    cos, sin = abs(math.cos(angle)), abs(math.sin(angle))
    high = 1.25 * size * max(1, len(text.lines))
    wide = (box.width - high * sin) / cos if cos > sin else (box.height - high * cos) / sin
    middle = (box.x + box.width / 2, box.y + box.height / 2)
    return [
        _turned_word(word, [((x - 0.5) * wide, (y - 0.5) * high) for x, y in _corners(*edges)], middle, angle)
        for word, *edges in text.shares()
    ]


def _corners(left: float, top: float, right: float, bottom: float) -> tuple[tuple[float, float], ...]:
    return (left, top), (right, top), (right, bottom), (left, bottom)


def _turned_word(word: str, points: Sequence[tuple[float, float]], middle: tuple[float, float], angle: float) -> Word:
    cos, sin = math.cos(angle), math.sin(angle)
    corners = tuple((middle[0] + x * cos - y * sin, middle[1] + x * sin + y * cos) for x, y in points)
    across, down = zip(*corners)
    return Word(word, Box.between(*(round(edge) for edge in (min(across), min(down), max(across), max(down)))), corners)


def layout_of(words: Iterable[Word], area: Box) -> list[dict[str, Any]]:
    """The option `text_layout` for words within `area`; four corners each, clockwise from the top left, 0 to 1."""
    out = []
    for word in words:
        if word.box.intersect(area).empty:
            continue
        corners = [((x - area.x) / area.width, (y - area.y) / area.height) for x, y in word.outline()]
        bbox = [[round(min(1.0, max(0.0, side)), 4) for side in corner] for corner in corners]
        out.append({"text": word.text, "bbox": bbox})
    return out
