"""Styles: which family a style name or a word of the prompt belongs to, and what the family does to a drawing.

Families (data/sketch.ini) change the shapes, so that SVG and pixels agree; finishes (`finish.py`) add texture.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from .colours import RGB, lab, lightness, mix, rgb, shade, toward, turn, unlab
from .reading import role
from .shapes import Gradient, Paint, Shape, flatten, ribbon, thickness
from .vocabulary import table

INK, PAPER = rgb("2a2730"), rgb("f6f1e6")


@dataclass(frozen=True)
class Family:
    """One way of drawing.

    `line`: outline width in page units (0 = none). `tone`: name of the colour change. `finish`: name of the pixel
    finish. `layout`: "scene", "badge" (inside a round emblem) or "icon" (one thing on a plain ground). `modelled`: soft
    light-to-dark shading inside shapes. `words`: parts of style names and prompt words that ask for it.
    """

    name: str
    line: float
    tone: str
    finish: str
    layout: str
    modelled: bool
    words: tuple[str, ...]


@cache
def families() -> dict[str, Family]:
    """All families by name, the most telling ones first."""
    out = {}
    for name, row in table("styles").items():
        how, words = row.split(" | ")
        line, tone, finish, layout, modelled = how.split()
        triggers = tuple(word.strip() for word in words.split(","))
        out[name] = Family(name, float(line), tone, finish, layout, modelled == "1", triggers)
    return out


def family_for(style: str | None, prompt: str, vector: bool) -> Family:
    """The family of a style name; without one, of a style word in the prompt; else illustration or flat."""
    for text, named in ((style or "", True), (prompt, False)):
        low = f" {text.lower()} "
        for family in families().values():
            if any(f" {word}" in low and (named or _stands(word, low)) for word in family.words):
                return family
    return families()["flat" if vector else "illustration"]


def _stands(word: str, prompt: str) -> bool:
    """Whether a prompt uses the word as the name of a style: whole, and not one of the everyday words."""
    if word in role("everyday"):
        return any(f"{word} {kind}" in prompt for kind in ("style", "art", "illustration", "design"))
    return any(f" {word}{end}" in prompt for end in (" ", ",", ".", "ic ", "graph", ";"))


# ---------------------------------------------------------------- colour changes


def _steps(c: RGB, *inks: str) -> RGB:
    """The nearest of a few inks, by lightness."""
    return min(map(rgb, inks), key=lambda ink: abs(lightness(ink) - lightness(c)))


def _near(c: RGB, amount: float, *inks: str) -> RGB:
    return toward(c, [(rgb(ink), 1.0) for ink in inks], amount)


def _neon(c: RGB) -> RGB:
    big, a, b = lab(turn(c, 0, chroma=1.7))
    return mix(unlab((0.06 + big * 0.86, a, b)), rgb("6a2bd0"), 0.10)


_TONES: dict[str, Callable[[RGB], RGB]] = {
    "plain": lambda c: c,
    "grey": lambda c: turn(c, 0, chroma=0.0),
    "vivid": lambda c: turn(c, 0, chroma=1.2),
    "outline": lambda c: mix(c, PAPER, 0.90),
    "paper": lambda c: mix(c, PAPER, 0.25),
    "pencil": lambda c: mix(INK, PAPER, min(1.0, max(0.0, lightness(c) * 1.25 - 0.2))),
    "linocut": lambda c: _steps(c, "2a2730", "b5442f", "e0a552", "f6f1e6"),
    "riso": lambda c: _near(c, 0.92, "26405e", "ef6a52", "f7c64f", "f5ecdb", "3f9a94"),
    "wash": lambda c: mix(turn(shade(c, 0.03), 0, chroma=0.98), PAPER, 0.14),
    "pastel": lambda c: mix(turn(c, 0, chroma=0.9), rgb("fdf3ea"), 0.30),
    "neon": _neon,
    "noir": lambda c: _steps(shade(c, -0.12), "15161b", "4a4d55", "9a9b9f", "efede6"),
    "vintage": lambda c: _near(c, 0.8, "27394a", "b0492f", "d9a752", "f1e3c4", "5f7a5a"),
    "silhouette": lambda c: INK if lightness(c) < 0.84 else PAPER,
}


def recoloured(shape: Shape, change: Callable[[RGB], RGB]) -> Shape:
    """The shape with every colour of its paint changed."""
    paint = shape.paint
    if isinstance(paint, Gradient):
        return replace(shape, paint=replace(paint, stops=tuple((t, change(c), a) for t, c, a in paint.stops)))
    return replace(shape, paint=change(paint))


def apply(shapes: Sequence[Shape], family: Family) -> list[Shape]:
    """Redraw shapes the way of a family: its colours, shading and outlines. Labels stay as they are."""
    tone = cache(_TONES[family.tone])
    out: list[Shape] = []
    for shape in shapes:
        if shape.depth == "label":
            out.append(shape)
            continue
        changed = recoloured(shape, tone)
        if family.modelled and shape.edge:
            changed = replace(changed, paint=_modelled(changed))
        if family.line and shape.edge and shape.opacity > 0.5:
            if max(map(thickness, shape.contours)) < family.line * 1.5:  # a whisker or a spoke is itself a line
                out.append(replace(shape, paint=INK))
                continue
            out.append(_outline(shape, family))
            changed = replace(changed, opacity=1.0)
        out.append(changed)
    return out


def _modelled(shape: Shape) -> Paint:
    """The flat colour as a ramp from lit upper left to shaded lower right."""
    left, top, right, bottom = shape.box()
    if isinstance(shape.paint, Gradient) or max(right - left, bottom - top) < 0.05:
        return shape.paint
    lit, dim = shade(shape.paint, 0.045), shade(shape.paint, -0.055)
    lean = (right - left) * 0.3
    stops = ((0.0, lit, 1.0), (0.45, shape.paint, 1.0), (1.0, dim, 1.0))
    return Gradient((left + lean, top), (right - lean, bottom), stops)


def _outline(shape: Shape, family: Family) -> Shape:
    """Ink along every contour, to lie under the fill so that only the outside shows; finer on small parts."""
    left, top, right, bottom = shape.box()
    width = 1.7 * family.line * min(1.0, 0.35 + 2.4 * max(right - left, bottom - top))
    rings = tuple(ribbon(flatten(c, 8), width, closed=True) for c in shape.contours)
    return Shape(rings, mix(INK, PAPER, 0.3) if shape.depth == "back" else INK, 1.0, shape.depth, edge=False)
