"""The words and drawings that the sketches know, from data/sketch.ini and data/sketch.xz."""

from __future__ import annotations

import json
import lzma
import re
from collections.abc import Callable
from configparser import ConfigParser
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from .colours import RGB, lightness, rgb
from .shapes import Contour, Knot, Point, Shape, area, bounds, flatten, move, reverse

_DATA = Path(__file__).resolve().parents[1] / "data"
_UNIT = 3200  # whole numbers of the file per side of a drawing
_STEP = re.compile(r"([mlc])([^mlc]+)")


class Thing(NamedTuple):
    """A drawing and how it is used: its kind, where it belongs, how large alone in the frame, the scenery it brings.

    `where` is ground, water, air, table or bust (a figure cut off below); `size` a share of the page's shorter side.
    """

    art: str
    kind: str
    where: str
    size: float
    place: str


class Part(NamedTuple):
    """One colour of a drawing: contours in its own box, 0..1 with y down."""

    colour: RGB
    opacity: float
    contours: tuple[Contour, ...]


@cache
def table(section: str) -> dict[str, str]:
    """One section of data/sketch.ini."""
    return {name: " ".join(value.split()) for name, value in _ini()[section].items()}


@cache
def listed(section: str) -> dict[str, list[str]]:
    """A section of word lists turned round: the names of the rows that hold each word."""
    by_word: dict[str, list[str]] = {}
    for name, words in table(section).items():
        for word in words.split():
            by_word.setdefault(word.replace("_", " "), []).append(name)
    return by_word


@cache
def pairs(section: str) -> dict[str, str]:
    """A section of "name value, name value ..." rows."""
    rows = ",".join(table(section).values()).split(",")
    return dict(row.split(maxsplit=1) for row in rows)


@cache
def _ini() -> ConfigParser:
    ini = ConfigParser(delimiters=("=",), comment_prefixes=("#",), interpolation=None)
    ini.optionxform = str  # type: ignore[assignment, method-assign]
    ini.read(_DATA / "sketch.ini", encoding="utf-8")
    return ini


@cache
def _book() -> dict[str, Any]:
    book: dict[str, Any] = json.loads(lzma.decompress((_DATA / "sketch.xz").read_bytes()))
    return book


@cache
def words() -> dict[str, str]:
    """The name of the drawing that each known noun leads to."""
    by_word = {word: name for name, (_, known, _) in _book()["drawings"].items() for word in known.split(",") if word}
    return by_word | {word: names[0] for word, names in listed("words").items()}


def thing(word: str) -> Thing | None:
    """What a noun in the singular is drawn as; None for a word nobody taught us."""
    name = words().get(word)
    return named(name) if name else None


@cache
def named(name: str) -> Thing:
    """The drawing of that name."""
    kind = _book()["drawings"][name][0]
    kinds = table("kinds")
    row = table("drawings").get(name) or kinds.get(kind) or kinds.get(kind.split("-")[0]) or kinds["other"]
    where, size, place = row.split()
    return Thing(name, kind, where, float(size), place)


@cache
def shades_of_skin() -> dict[RGB, tuple[RGB, ...]]:
    """What the colours of a yellow figure become in each of five shades of skin."""
    return {rgb(code): tuple(map(rgb, row)) for code, row in _book()["skin"].items()}


@cache
def parts(name: str) -> tuple[Part, ...]:
    """The parts of a drawing, back to front."""
    pieces = []
    for row in _book()["drawings"][name][2].split(";"):
        fill, data = row.split(" ", 1) if " " in row[:12] else row.split("m", 1)
        code, _, faint = fill.partition("/")
        pieces.append(Part(rgb(code), float(faint or 1), _contours(data)))
    return tuple(pieces)


def _contours(data: str) -> tuple[Contour, ...]:
    """Relative whole numbers to contours."""
    out: list[list[Knot]] = []
    x = y = 0
    for step, numbers in _STEP.findall(data):
        values = [int(v) + (y if i % 2 else x) for i, v in enumerate(numbers.split())]
        x, y = values[-2:]
        if step == "m":
            out.append([])
        out[-1].append(tuple(v / _UNIT for v in values))
    return tuple(map(tuple, out))


@cache
def extent(name: str) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of what a drawing really covers of its box."""
    return bounds(c for part in parts(name) if part.opacity > 0.5 for c in part.contours)


@cache
def main_colour(name: str) -> RGB:
    """The colour that covers most of a drawing; skin, ink and white count little."""
    covered: dict[RGB, float] = {}
    for part in parts(name):
        weight = 0.15 if part.colour in shades_of_skin() or not 0.3 < lightness(part.colour) < 0.93 else 1.0
        size = sum(area(flatten(c, 4)) for c in part.contours) * weight * part.opacity
        covered[part.colour] = covered.get(part.colour, 0.0) + size
    return max(covered, key=lambda colour: covered[colour])


def figure(name: str, x: float, y: float, size: float, change: Callable[[RGB], RGB], *, flip: bool = False,
           tilt: float = 0.0, depth: str = "front") -> list[Shape]:  # fmt: skip
    """A drawing standing with the middle of its base on (x, y), `size` page units for its box, its colours changed.

    `flip` mirrors it; `tilt` leans it to the right by that share of its height.
    """
    left, _, right, bottom = extent(name)
    middle, side = (left + right) / 2, -size if flip else size

    def place(p: Point) -> Point:
        return x + (p[0] - middle) * side + (bottom - p[1]) * size * tilt, y + (p[1] - bottom) * size

    shapes = []
    for part in parts(name):
        contours = (reverse(c) for c in part.contours) if flip else part.contours
        placed = tuple(move(c, place) for c in contours)
        shapes.append(Shape(placed, change(part.colour), part.opacity, depth))
    return shapes
