"""Words on the canvas: text shapes of vector layers become words with boxes, which V3 letters at that very place."""

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass

from .shared.geometry import Box
from .shared.validation import word_character

_TEXT = "KoSvgTextShapeID"


@dataclass(frozen=True)
class Word:
    """One word and its box in canvas px."""

    text: str
    box: Box

    @property
    def letterable(self):
        """True when every letter of it can be lettered."""
        return all(word_character(letter) for letter in self.text)


def words_of(nodes, ppi):
    """All words in the text shapes of those layers, in reading order."""
    found = []
    for node in nodes:
        if node.type() == "vectorlayer":
            for shape in _shapes(node.shapes()):
                if shape.type() == _TEXT:
                    found += spread(lines_of(shape.toSvg()), _pixels(shape.boundingBox(), ppi))
    return sorted(found, key=lambda word: (word.box.y // 8, word.box.x))


def _shapes(shapes):
    for shape in shapes:
        if shape.type() == "groupshape":
            yield from _shapes(shape.children())
        else:
            yield shape


def _pixels(rect, ppi):
    """A shape's box: Krita gives it in points."""
    scale = ppi / 72
    left, top = round(rect.left() * scale), round(rect.top() * scale)
    return Box.between(left, top, round(rect.right() * scale), round(rect.bottom() * scale))


def lines_of(svg):
    """The lines of a <text> element: a tspan that moves down (dy, or another y) begins one."""
    try:
        root = ET.fromstring(re.sub(r"\s(xlink|krita|sodipodi):[\w-]+=\"[^\"]*\"", "", svg))  # noqa: S314 - Krita's own text
    except ET.ParseError:
        return []
    lines = [""]
    _gather(root, lines)
    return [line.strip() for line in lines if line.strip()]


def _gather(element, lines):
    if element is not None and (_moves(element.get("dy")) or (element.get("y") and lines[-1].strip())):
        lines.append("")
    for number, part in enumerate((element.text or "").split("\n")):
        if number:
            lines.append("")
        lines[-1] += part
    for child in element:
        _gather(child, lines)
        lines[-1] += child.tail or ""


def _moves(dy):
    return bool(dy) and dy.strip() not in ("0", "0pt", "0px")


def spread(lines, box):
    """The words of lines that fill `box`: lines share its height, words their line by their letters."""
    words = []
    longest = max((len(line) for line in lines), default=1)
    for number, line in enumerate(lines):
        top, bottom = (box.y + box.height * at // len(lines) for at in (number, number + 1))
        for match in re.finditer(r"\S+", line):
            left, right = (box.x + box.width * at // longest for at in match.span())
            words.append(Word(match[0], Box.between(left, top, right, bottom)))
    return words


def layout_of(words, area):
    """The option `text_layout` for words within `area`; four corners each, clockwise from the top left, 0 to 1."""
    out = []
    for word in words:
        box = word.box.intersect(area)
        if box.empty:
            continue
        left, right = ((x - area.x) / area.width for x in (box.x, box.right))
        top, bottom = ((y - area.y) / area.height for y in (box.y, box.bottom))
        corners = ((left, top), (right, top), (right, bottom), (left, bottom))
        out.append({"text": word.text, "bbox": [[round(x, 4), round(y, 4)] for x, y in corners]})
    return out
