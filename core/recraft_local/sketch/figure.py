"""Turn a drawing kept as text into shapes in the colours of a scene."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from .colours import RGB, rgb, shade
from .shapes import Contour, Shape, move, oriented, parse

_LINE = re.compile(r"(\|?)(#[0-9a-f]{6}|[a-z]+)([+-]*)(?:@(\d*\.?\d+))?\s+(.*)")
_STEP = 0.085  # lightness of one + or -

FIXED: dict[str, RGB] = {
    "ink": rgb("2c2a33"), "white": rgb("f8f5ec"), "skin": rgb("eebf98"), "hair": rgb("5a3a2a"),
    "wood": rgb("8c6242"), "metal": rgb("a9b3bb"), "glass": rgb("bfe0ea"), "glow": rgb("ffe9a3"),
    "leaf": rgb("5f9e55"), "accent": rgb("f0b545"), "second": rgb("6d4a35"), "main": rgb("c96a4a"),
}  # fmt: skip

Part = tuple[str, float, float, tuple[Contour, ...]]  # role, shade steps, opacity, contours


@lru_cache(maxsize=256)
def parts(text: str) -> tuple[Part, ...]:
    """The parts of a drawing, in painting order, in its own 100 × 100 box."""
    found = []
    for row in filter(str.strip, text.splitlines()):
        match = _LINE.match(row.strip())
        if match is None:
            raise ValueError(f"cannot read the drawing line {row!r}; expected: role ops, e.g. 'main E 50 50 9 9'")
        twin, role, steps, opacity, ops = match.groups()
        contours = parse(ops)
        if twin:
            contours += [oriented(move(c, lambda p: (100 - p[0], p[1]))) for c in contours]
        found.append((role, steps.count("+") - float(steps.count("-")), float(opacity or 1), tuple(contours)))
    return tuple(found)


def draw(text: str, colours: Mapping[str, RGB], *, x: float, y: float, size: float, flip: bool = False,
         tilt: float = 0.0, depth: str = "front") -> list[Shape]:  # fmt: skip
    """A drawing standing with the middle of its base on (x, y), `size` page units for its 100.

    `flip` mirrors it; `tilt` leans it to the right by that share of its height.
    """
    k = size / 100
    side = -k if flip else k

    def place(p: tuple[float, float]) -> tuple[float, float]:
        return x + (p[0] - 50) * side + (100 - p[1]) * k * tilt, y + (p[1] - 100) * k

    shapes = []
    for role, steps, opacity, contours in parts(text):
        colour = rgb(role[1:]) if role[0] == "#" else colours.get(role, FIXED.get(role, FIXED["main"]))
        moved = tuple(oriented(move(c, place)) for c in contours)
        shapes.append(Shape(moved, shade(colour, steps * _STEP) if steps else colour, opacity, depth))
    return shapes
