"""Letters drawn as strokes: no fonts to find, the same outline in SVG and in pixels.

Covers the characters `text_layout` allows (CONTRACT.md, section 4): Latin capitals, digits and
punctuation; Greek and Cyrillic look-alikes borrow the Latin letter; crossed letters add a bar.
Glyphs stand in a box 100 high (cap height) on the baseline y = 100; notation as in `shapes.parse`
with the stroke width left out.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache

from .colours import RGB
from .shapes import Contour, Point, Shape, flatten, move, oriented, parse, polygon

# character: (advance, strokes); H straight, K curved, O closed curve
_GLYPHS: dict[str, tuple[int, str]] = {
    "A": (80, "H 4 100 40 0 76 100 H 17 66 63 66"),
    "B": (72, "H 8 0 8 100 K 8 0 38 0 58 8 60 25 54 42 38 47 8 47 K 8 47 42 47 62 56 66 73 60 92 42 100 8 100"),
    "C": (82, "K 74 18 58 3 42 0 20 8 7 30 5 50 7 70 20 92 42 100 58 97 74 82"),
    "D": (80, "H 8 0 8 100 K 8 0 36 0 58 8 70 28 72 50 70 72 58 92 36 100 8 100"),
    "E": (66, "H 58 0 8 0 8 100 58 100 H 8 48 50 48"),
    "F": (62, "H 58 0 8 0 8 100 H 8 50 48 50"),
    "G": (84, "K 74 18 58 3 42 0 20 8 7 30 5 50 7 70 20 92 44 100 62 96 75 84 H 75 84 75 55 48 55"),
    "H": (80, "H 8 0 8 100 H 72 0 72 100 H 8 48 72 48"),
    "I": (24, "H 12 0 12 100"),
    "J": (58, "K 50 0 50 66 48 84 40 96 27 100 13 96 5 82"),
    "K": (74, "H 8 0 8 100 H 66 0 8 58 H 28 40 68 100"),
    "L": (60, "H 8 0 8 100 54 100"),
    "M": (94, "H 8 100 8 0 47 68 86 0 86 100"),
    "N": (82, "H 8 100 8 0 74 100 74 0"),
    "O": (92, "O 46 0 70 8 84 28 87 50 84 72 70 92 46 100 22 92 8 72 5 50 8 28 22 8"),
    "P": (68, "H 8 100 8 0 K 8 0 38 0 58 8 62 28 56 48 38 55 8 55"),
    "Q": (92, "O 46 0 70 8 84 28 87 50 84 72 70 92 46 100 22 92 8 72 5 50 8 28 22 8 H 58 76 84 106"),
    "R": (72, "H 8 100 8 0 K 8 0 38 0 58 8 62 26 56 45 38 52 8 52 H 36 52 66 100"),
    "S": (70, "K 61 16 50 4 36 0 18 4 9 16 9 30 20 42 36 48 54 56 64 70 61 86 50 97 34 100 16 96 6 82"),
    "T": (70, "H 4 0 66 0 H 35 0 35 100"),
    "U": (80, "K 8 0 8 62 12 84 24 97 40 100 56 97 68 84 72 62 72 0"),
    "V": (78, "H 4 0 39 100 74 0"),
    "W": (110, "H 4 0 29 100 55 16 81 100 106 0"),
    "X": (76, "H 6 0 70 100 H 70 0 6 100"),
    "Y": (74, "H 4 0 37 50 70 0 H 37 50 37 100"),
    "Z": (70, "H 6 0 64 0 6 100 64 100"),
    "0": (74, "O 37 0 56 8 67 28 69 50 67 72 56 92 37 100 18 92 7 72 5 50 7 28 18 8"),
    "1": (48, "H 8 20 28 0 28 100"),
    "2": (68, "K 7 24 14 7 33 0 52 6 60 24 54 42 38 62 7 100 H 7 100 62 100"),
    "3": (68, "K 7 12 22 1 40 1 56 12 56 32 44 44 28 47 K 28 47 48 50 61 62 62 78 50 96 32 100 14 96 5 82"),
    "4": (74, "H 54 100 54 0 5 70 69 70"),
    "5": (70, "H 57 0 14 0 10 44 K 10 44 26 36 44 38 60 50 63 68 56 88 38 100 18 98 6 84"),
    "6": (70, "K 56 6 38 2 20 16 8 42 6 64 O 35 40 54 46 64 62 64 76 54 93 35 100 16 93 6 76 6 62 16 46"),
    "7": (64, "H 5 0 58 0 24 100"),
    "8": (70, "O 35 0 50 6 57 23 50 40 35 46 20 40 13 23 20 6 O 35 46 56 54 65 73 56 92 35 100 14 92 5 73 14 54"),
    "9": (70, "K 14 94 32 98 50 84 62 58 64 36 O 35 0 54 7 64 24 64 38 54 54 35 60 16 54 6 38 6 24 16 7"),
    " ": (36, ""),
    "!": (26, "H 13 0 13 68 E 13 96 9 9"),
    '"': (38, "H 11 0 11 26 H 27 0 27 26"),
    "#": (76, "H 28 6 18 94 H 58 6 48 94 H 8 34 70 34 H 6 66 68 66"),
    "$": (70, ("K 61 22 50 10 36 8 18 11 9 22 10 34 20 43 36 49 54 56 62 68 60 82 50 91 34 93 16 90 6 78 "
              "H 35 -6 35 106")),
    "%": (92, ("H 74 4 18 96 "
              "O 22 4 33 10 37 24 33 38 22 44 11 38 7 24 11 10 O 70 56 81 62 85 76 81 90 70 96 59 90 55 76 59 62")),
    "&": (86, "H 80 100 27 36 K 27 36 19 20 24 5 38 0 52 6 54 20 44 34 K 44 34 18 54 7 74 16 94 36 100 58 92 76 60"),
    "'": (22, "H 11 0 11 26"),
    "(": (36, "K 28 -6 12 20 8 50 12 80 28 106"),
    ")": (36, "K 8 -6 24 20 28 50 24 80 8 106"),
    "*": (54, "H 27 4 27 48 H 8 15 46 37 H 46 15 8 37"),
    "+": (70, "H 35 24 35 82 H 6 53 64 53"),
    ",": (26, "H 15 94 9 114"),
    "-": (48, "H 8 54 40 54"),
    ".": (26, "E 13 96 9 9"),
    "/": (58, "H 52 -4 6 104"),
    ":": (26, "E 13 36 9 9 E 13 96 9 9"),
    ";": (26, "E 13 36 9 9 H 15 94 9 114"),
    "<": (66, "H 58 22 8 53 58 84"),
    ">": (66, "H 8 22 58 53 8 84"),
    "?": (60, "K 6 20 14 5 30 0 47 6 54 22 48 38 34 50 29 70 E 29 96 9 9"),
    "@": (108, ("O 54 30 70 38 74 52 70 66 54 74 38 66 34 52 38 38 "
              "K 76 30 74 62 84 74 98 62 102 44 92 16 66 0 34 4 10 26 5 54 16 86 44 104 78 98")),
    "_": (70, "H 2 108 68 108"),
    "{": (46, "K 38 -6 24 0 22 20 22 38 8 50 22 62 22 80 24 100 38 106"),
    "}": (46, "K 8 -6 22 0 24 20 24 38 38 50 24 62 24 80 22 100 8 106"),
    "Ŋ": (82, "H 8 100 8 0 74 90 H 74 0 74 90 K 74 90 70 108 56 114 46 108"),
    "ß": (72, "K 8 100 8 22 16 5 34 0 52 6 56 22 48 36 36 44 K 36 44 56 52 64 68 58 90 42 100 28 98"),
}  # fmt: skip
_BARS = {"Ø": ("O", "H 80 -4 12 104"), "Đ": ("D", "H -6 50 34 50"), "Ħ": ("H", "H -4 24 84 24"),
         "Ł": ("L", "H -6 64 32 40"), "Ŧ": ("T", "H 14 52 56 52")}  # fmt: skip
_ALIKE = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧІАВЕКМНОРСТУХẞ", "ABEZHIKMNOPTYXIABEKMHOPCTYXß", strict=True))
_WEIGHT = 13.0  # stroke width in glyph units


def covers(character: str) -> bool:
    """Whether `character` can be drawn as it is or by its base letter."""
    return _known(character) is not None


def _known(character: str) -> str | None:
    upper = character if character == "ß" else _ALIKE.get(character, character.upper())
    for name in (upper, _ALIKE.get(upper, ""), unicodedata.normalize("NFKD", upper)[:1]):
        if name in _GLYPHS or name in _BARS:
            return name
    return None


@lru_cache(maxsize=512)
def _glyph(name: str, weight: float) -> tuple[float, tuple[Contour, ...]]:
    base, bar = _BARS.get(name, (name, ""))
    advance, strokes = _GLYPHS[base]
    text = f"{strokes} {bar}"
    for op in "HKO":
        text = text.replace(f"{op} ", f"{op} {weight} ")
    return advance + weight * 0.6 + 6, tuple(parse(text))


def word(text: str, *, weight: float = _WEIGHT) -> tuple[list[Contour], float]:
    """Contours of one line of text with cap height 100 on the baseline y = 100, and its width.

    Characters that cannot be drawn leave a small gap.
    """
    contours: list[Contour] = []
    x = weight / 2
    for character in text:
        name = _known(character) or " "
        advance, shapes = _glyph(name, weight)
        contours += [move(c, lambda p, x=x: (p[0] + x, p[1])) for c in shapes]  # type: ignore[misc]
        x += advance
    return contours, max(x - 6, 1.0)


def line(text: str, x: float, y: float, height: float, colour: RGB, *, weight: float = _WEIGHT,
         centred: bool = False, depth: str = "label", fit: float | None = None) -> Shape:  # fmt: skip
    """One line of text as a shape; `y` is the top of the capitals, all lengths in page units.

    `fit` is the widest it may become; longer lines are made smaller.
    """
    contours, width = word(text, weight=weight)
    k = height / 100
    if fit is not None:
        k = min(k, fit / width)
    left = x - width * k / 2 if centred else x
    placed = tuple(move(c, lambda p: (left + p[0] * k, y + p[1] * k)) for c in contours)
    return Shape(placed, colour, depth=depth, edge=False)


def in_quad(text: str, quad: Sequence[Point], colour: RGB) -> Shape:
    """Text stretched into four corners (top left, top right, bottom right, bottom left), in perspective."""
    contours, width = word(text)
    edge = _WEIGHT / 2
    send = projective(quad)
    flat = [[send(p[0] / width, (p[1] + edge) / (100 + 2 * edge)) for p in flatten(c)] for c in contours]
    return Shape(tuple(oriented(polygon(points)) for points in flat), colour, depth="label", edge=False)


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
