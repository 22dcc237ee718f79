"""Letters drawn as strokes: no fonts to find, the same outline in SVG and in pixels.

Covers the characters `text_layout` allows (CONTRACT.md, section 4): Latin capitals, digits and punctuation; Greek and
Cyrillic look-alikes borrow the Latin letter; crossed letters add a bar. Glyphs (data/sketch.ini) stand in a box 100
high (cap height) on the baseline y = 100.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache

from .colours import RGB
from .shapes import Contour, Point, Shape, clockwise, ellipse, flatten, move, ribbon, smooth
from .vocabulary import table

_BARS = {"Ø": ("O", "H 80 -4 12 104"), "Đ": ("D", "H -6 50 34 50"), "Ħ": ("H", "H -4 24 84 24"),
         "Ł": ("L", "H -6 64 32 40"), "Ŧ": ("T", "H 14 52 56 52")}  # fmt: skip
_ALIKE = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧІАВЕКМНОРСТУХẞ", "ABEZHIKMNOPTYXIABEKMHOPCTYXß", strict=True))
_WEIGHT = 13.0  # stroke width in glyph units
_STROKE = re.compile(r"([HKOE])([^HKOE]*)")


def covers(character: str) -> bool:
    """Whether `character` can be drawn as it is or by its base letter."""
    return _known(character) is not None


def _known(character: str) -> str | None:
    upper = character if character == "ß" else _ALIKE.get(character, character.upper())
    for name in (upper, _ALIKE.get(upper, ""), unicodedata.normalize("NFKD", upper)[:1]):
        if name == " " or name in _BARS or f"g{name}" in table("glyphs"):
            return name
    return None


@lru_cache(maxsize=512)
def _glyph(name: str, weight: float) -> tuple[float, tuple[Contour, ...]]:
    base, bar = _BARS.get(name, (name, ""))
    advance, strokes = ["36", ""] if base == " " else table("glyphs")[f"g{base}"].split(" ", 1)
    contours: list[Contour] = []
    for kind, text in _STROKE.findall(f"{strokes} {bar}"):
        v = [float(number) for number in text.split()]
        line = list(zip(v[0::2], v[1::2], strict=True))
        if kind == "E":
            contours.append(ellipse(*v))
        elif kind == "H":  # piece by piece: a mitre would shave thin, sharp corners
            contours += [ribbon(line[k : k + 2], weight) for k in range(len(line) - 1)]
        else:
            contours.append(ribbon(flatten(smooth(line, closed=kind == "O"), 6), weight, closed=kind == "O"))
    return float(advance) + weight * 0.6 + 6, tuple(contours)


def word(text: str, *, weight: float = _WEIGHT) -> tuple[list[Contour], float]:
    """Contours of one line of text with cap height 100 on the baseline y = 100, and its width.

    Characters that cannot be drawn leave a small gap.
    """
    contours: list[Contour] = []
    x = weight / 2
    for character in text:
        advance, shapes = _glyph(_known(character) or " ", weight)
        contours += [move(c, lambda p, x=x: (p[0] + x, p[1])) for c in shapes]  # type: ignore[misc]
        x += advance
    return contours, max(x - 6, 1.0)


def line(text: str, x: float, y: float, height: float, colour: RGB, *, weight: float = _WEIGHT,
         centred: bool = False, depth: str = "label", fit: float | None = None) -> Shape:  # fmt: skip
    """One line of text as a shape; `y` is the top of the capitals, all lengths in page units.

    `fit` is the widest it may become; longer lines are made smaller.
    """
    contours, width = word(text, weight=weight)
    k = min(height / 100, fit / width) if fit is not None else height / 100
    left = x - width * k / 2 if centred else x
    placed = tuple(move(c, lambda p: (left + p[0] * k, y + p[1] * k)) for c in contours)
    return Shape(placed, colour, depth=depth, edge=False)


def in_quad(text: str, quad: Sequence[Point], colour: RGB, opacity: float = 1.0) -> Shape:
    """Text stretched into four corners (top left, top right, bottom right, bottom left), in perspective."""
    contours, width = word(text)
    send, tall = projective(quad), 100 + _WEIGHT
    flat = [[send(p[0] / width, (p[1] + _WEIGHT / 2) / tall) for p in flatten(c)] for c in contours]
    return Shape(tuple(map(clockwise, flat)), colour, opacity, depth="label", edge=False)


def projective(quad: Sequence[Point]) -> Callable[[float, float], Point]:
    """The map of the unit square onto four corners; straight lines stay straight.

    Heckbert, Fundamentals of Texture Mapping and Image Warping, section 2.2.3.
    """
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = quad
    dx1, dx2, dx3 = x1 - x2, x3 - x2, x0 - x1 + x2 - x3
    dy1, dy2, dy3 = y1 - y2, y3 - y2, y0 - y1 + y2 - y3
    under = dx1 * dy2 - dx2 * dy1 or 1e-9
    g, h = (dx3 * dy2 - dx2 * dy3) / under, (dx1 * dy3 - dx3 * dy1) / under
    a, b, d, e = x1 - x0 + g * x1, x3 - x0 + h * x3, y1 - y0 + g * y1, y3 - y0 + h * y3

    def send(u: float, v: float) -> Point:
        w = g * u + h * v + 1
        w = w if abs(w) > 1e-6 else 1e-6  # a folded quad has a horizon inside; keep the numbers finite
        return (a * u + b * v + x0) / w, (d * u + e * v + y0) / w

    return send
