"""Words on the canvas: a text becomes words with boxes, which V3 letters at that very place.

How wide letters are only a host's fonts know: whoever gives a text hands in a function that measures.
"""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..geometry import Box
from ..lettering import word_character


@dataclass(frozen=True)
class Word:
    """One word, its box in canvas px, and its four corners from the top left on, where it does not stand upright."""

    text: str
    box: Box
    corners: tuple[tuple[float, float], ...] = ()

    def outline(self) -> tuple[tuple[float, float], ...]:
        """The four corners, clockwise from the top left."""
        return self.corners or corners(self.box.x, self.box.y, self.box.right, self.box.bottom)

    @property
    def letterable(self) -> bool:
        """True when every letter of it can be lettered."""
        return all(word_character(letter) for letter in self.text)


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
    """A <text> element: its lines, and how wide its letters are in its own font.

    `measure(family)` is the font's own: a function from letters to their width, in hundredths of the font's size.
    """

    def __init__(self, svg: str, measure: Callable[[str], Callable[[str], float]]) -> None:
        self.size = _number(svg, "font-size", 12.0)
        family = re.search(r"font-family\s*[:=]\s*[\"']?([^;\"'>]+)", svg)
        self.width = measure(family[1].strip() if family else "sans-serif")
        anchor = re.search(r"text-anchor\s*[:=]\s*[\"']?(\w+)", svg)
        self._push = {"middle": 0.5, "end": 1.0}.get(anchor[1] if anchor else "", 0.0)
        wrapped = _number(svg, "inline-size", 0.0)
        self.lines = [line for part in lines_of(svg) for line in self._wrapped(part, wrapped)]

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
        return shares(self.lines, self.width, self._push)

    def spread(self, box: Box) -> list[Word]:
        """The words where the text fills `box`."""
        return [
            Word(word, Box.between(
                round(box.x + box.width * left), round(box.y + box.height * top),
                round(box.x + box.width * right), round(box.y + box.height * bottom),
            ))
            for word, left, top, right, bottom in self.shares()
        ]  # fmt: skip


def shares(
    lines: Sequence[str], width: Callable[[str], float], push: float = 0.0
) -> Iterator[tuple[str, float, float, float, float]]:
    """(word, left, top, right, bottom) of all words, each 0 to 1 of the box that the lines fill.

    Lines share its height; `width` measures letters; shorter lines begin at `push`, 0..1, of what they lack.
    """
    longest = max((width(line) for line in lines), default=0) or 1
    for number, line in enumerate(lines):
        indent = push * (longest - width(line))
        for match in re.finditer(r"\S+", line):
            left, right = ((indent + width(line[:at])) / longest for at in match.span())
            yield match[0], left, number / len(lines), right, (number + 1) / len(lines)


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
        _turned_word(word, [((x - 0.5) * wide, (y - 0.5) * high) for x, y in corners(*edges)], middle, angle)
        for word, *edges in text.shares()
    ]


def corners(left: float, top: float, right: float, bottom: float) -> tuple[tuple[float, float], ...]:
    """The four corners, clockwise from the top left."""
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
        out.append({"text": word.text, "bbox": bbox(word.outline(), area)})
    return out


def bbox(outline: Iterable[tuple[float, float]], area: Box) -> list[list[float]]:
    """Corners in canvas px as shares of `area`, 0 to 1 and kept inside it."""
    shares_ = (((x - area.x) / area.width, (y - area.y) / area.height) for x, y in outline)
    return [[round(min(1.0, max(0.0, side)), 4) for side in corner] for corner in shares_]
