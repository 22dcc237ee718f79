"""Styles: which family a style name or a word of the prompt belongs to, and what the family does to a drawing.

Families change the shapes (so that SVG and pixels agree); finishes (`finish.py`) add texture to pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import dist

from .colours import RGB, lab, lightness, mix, rgb, shade, toward, turn, unlab
from .shapes import Gradient, Page, Paint, Shape, area, flatten, rect, ribbon

INK, PAPER = rgb("2a2730"), rgb("f6f1e6")


@dataclass(frozen=True)
class Family:
    """One way of drawing.

    `line`: outline width in page units (0 = none). `tone`: name of the colour change. `finish`: name of the pixel
    finish. `layout`: "scene", "badge" (inside a round emblem) or "icon" (one thing on a plain ground).
    `modelled`: soft light-to-dark shading inside shapes.
    """

    name: str
    line: float = 0.0
    tone: str = "plain"
    finish: str = "none"
    layout: str = "scene"
    modelled: bool = False


FAMILIES: dict[str, Family] = {f.name: f for f in (
    Family("photo", finish="photo", modelled=True),
    Family("blackwhite", finish="photo", tone="grey", modelled=True),
    Family("illustration", finish="grain", modelled=True),
    Family("flat"),
    Family("comic", line=0.0060, tone="vivid", finish="dots"),
    Family("line", line=0.0052, tone="outline", finish="paper"),
    Family("pencil", line=0.0036, tone="pencil", finish="pencil"),
    Family("engraving", line=0.0030, tone="paper", finish="engraving"),
    Family("linocut", line=0.0, tone="linocut", finish="print"),
    Family("riso", tone="riso", finish="riso"),
    Family("watercolor", tone="wash", finish="watercolor"),
    Family("pastel", tone="pastel", finish="grain"),
    Family("clay", tone="pastel", finish="clay", modelled=True),
    Family("pixel", tone="vivid", finish="pixel"),
    Family("neon", tone="neon", finish="glow", modelled=True),
    Family("noir", tone="noir", finish="grain"),
    Family("cartoon", line=0.0075, tone="vivid"),
    Family("emblem", line=0.0050, tone="vintage", finish="print", layout="badge"),
    Family("icon", layout="icon"),
    Family("iconline", line=0.0140, tone="outline", layout="icon"),
    Family("pictogram", tone="silhouette", layout="icon"),
)}  # fmt: skip

# family | parts of style names and prompt words, most telling families first
_WORDS = """
iconline | doodle line icon, outline icon, outline, broken line, colored outline, gradient outline, offset doodle
pictogram | pictogram, glyph, silhouette
emblem | emblem, badge, stamp, logo_raster, logo, crest
icon | icon, colored shape, gradient shape, offset fill, doodle
pixel | pixel, voxel, 8-bit, 8 bit, 16-bit, mosaic
watercolor | watercolor, watercolour, aquarelle, expressionism, gouache
engraving | engraving, etching, antiquarian, crosshatch, woodcut
linocut | linocut, stencil, cutout, sharp contrast, bold stroke, block print
pencil | pencil, charcoal, hand-drawn, hand drawn, urban sketching, freehand, tablet sketch, bold sketch, hand_drawn
line | line art, line_art, lineart, line drawing, thin, marker outline, outline details, doodle line, naivector
riso | risograph, riso, grain 2.0, retro pop, screen print, punk, multicolor, segmented colors, silkscreen
comic | comic, pop art, pop_art, graphic intensity, pop graphic, pop renaissance, street art, manga, anime
neon | neon, glow, 80's, synthwave, cyberpunk, psychedelic, cosmics
noir | noir, depressive, sin city
clay | clay, 3d, plasticine, claymation, isometric
cartoon | cartoon, kawaii, sticker, bold fantasy, vivid shapes
pastel | pastel, child book, soft, nostalgic, emotional flat, color blobs, roundish
blackwhite | black & white, black and white, monochrome, b_and_w
flat | vector, flat, editorial, chemistry, long shadow, cover, modern folk, graphic
illustration | illustration, drawing, painting, digital art, grain, book, fantasy, seamless digital
illustration | storybook, concept art
photo | photo, photorealism, realistic, enterprise, natural, studio photo, hdr, flash, blur, evening light, faded
photo | forest life, mystic, organic calm, real-life, retro realism, retro snapshot, urban drama, village realism
photo | warm folk, recraft v3 raw, cinematic, dslr
"""
_FINDERS = [
    (family.strip(), tuple(w.strip() for w in words.split(",")))
    for family, words in (row.split("|") for row in _WORDS.strip().splitlines())
]
# These steer the drawing from within a prompt only next to a word like "style"; they are too common there.
_EVERYDAY = """
thin soft book natural blur graphic glow flash cover outline grain stamp drawing painting fantasy doodle neon
enterprise organic flat icon cyberpunk punk
"""
_IN_PROMPT_ONLY_NAMED = frozenset(_EVERYDAY.split())


def family_for(style: str | None, prompt: str, vector: bool) -> Family:
    """The family of a style name; without one, of a style word in the prompt; else illustration or flat."""
    for text, named in ((style or "", True), (prompt, False)):
        low = f" {text.lower()} "
        for family, words in _FINDERS:
            if any(f" {w}" in low and (named or _stands(w, low)) for w in words):
                return FAMILIES[family]
    return FAMILIES["flat" if vector else "illustration"]


def _stands(word: str, prompt: str) -> bool:
    """Whether a prompt uses the word as the name of a style: whole, and not one of the everyday words."""
    if word in _IN_PROMPT_ONLY_NAMED:
        return any(f"{word} {kind}" in prompt for kind in ("style", "art", "illustration", "design"))
    return any(f" {word}{end}" in prompt for end in (" ", ",", ".", "ic ", "graph", ";"))


# ---------------------------------------------------------------- colour changes


def _steps(c: RGB, levels: Sequence[RGB]) -> RGB:
    """The nearest of a few inks, by lightness."""
    return min(levels, key=lambda ink: abs(lightness(ink) - lightness(c)))


def _neon(c: RGB) -> RGB:
    big, a, b = lab(turn(c, 0, chroma=1.7))
    return mix(unlab((0.06 + big * 0.86, a, b)), rgb("6a2bd0"), 0.10)


def _wash(c: RGB) -> RGB:
    return mix(turn(shade(c, 0.03), 0, chroma=0.98), PAPER, 0.14)


def _pencil(c: RGB) -> RGB:
    big = lightness(c)
    return mix(INK, PAPER, min(1.0, max(0.0, big * 1.25 - 0.2)))


TONES: dict[str, Callable[[RGB], RGB]] = {
    "plain": lambda c: c,
    "grey": lambda c: turn(c, 0, chroma=0.0),
    "vivid": lambda c: turn(c, 0, chroma=1.25),
    "outline": lambda c: mix(c, PAPER, 0.90),
    "paper": lambda c: mix(c, PAPER, 0.25),
    "pencil": _pencil,
    "linocut": lambda c: _steps(c, (INK, rgb("b5442f"), rgb("e0a552"), PAPER)),
    "riso": lambda c: toward(c, [(rgb(h), 1.0) for h in ("26405e", "ef6a52", "f7c64f", "f5ecdb", "3f9a94")], 0.92),
    "wash": _wash,
    "pastel": lambda c: mix(turn(c, 0, chroma=0.9), rgb("fdf3ea"), 0.30),
    "neon": _neon,
    "noir": lambda c: _steps(shade(c, -0.12), (rgb("15161b"), rgb("4a4d55"), rgb("9a9b9f"), rgb("efede6"))),
    "vintage": lambda c: toward(c, [(rgb(h), 1.0) for h in ("27394a", "b0492f", "d9a752", "f1e3c4", "5f7a5a")], 0.8),
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
    tone = TONES[family.tone]
    out: list[Shape] = []
    for shape in shapes:
        if shape.depth == "label":
            out.append(shape)
            continue
        changed = recoloured(shape, tone)
        if family.modelled and shape.edge:
            changed = replace(changed, paint=_modelled(changed))
        if family.line and shape.edge and shape.opacity > 0.5:
            if _thickness(shape) < family.line * 1.5:  # a whisker or a spoke is itself a line
                out.append(replace(shape, paint=INK))
                continue
            out.append(_outline(shape, family))
            changed = replace(changed, opacity=1.0)
        out.append(changed)
    return out


def _modelled(shape: Shape) -> Paint:
    """The flat colour as a ramp from lit upper left to shaded lower right."""
    if isinstance(shape.paint, Gradient):
        return shape.paint
    left, top, right, bottom = shape.box()
    if max(right - left, bottom - top) < 0.02:
        return shape.paint
    lit, dim = shade(shape.paint, 0.045), shade(shape.paint, -0.055)
    lean = (right - left) * 0.3
    return Gradient(
        (left + lean, top), (right - lean, bottom), ((0.0, lit, 1.0), (0.45, shape.paint, 1.0), (1.0, dim, 1.0))
    )


def _thickness(shape: Shape) -> float:
    """About how wide the thinnest way across a shape is, in page units: twice area over edge length."""
    thin = []
    for contour in shape.contours:
        points = flatten(contour, 6)
        edge = sum(dist(p, q) for p, q in zip(points, [*points[1:], points[0]], strict=True))
        thin.append(2 * abs(area(points)) / max(edge, 1e-9))
    return max(thin, default=0.0)


def _outline(shape: Shape, family: Family) -> Shape:
    """Ink along every contour, to lie under the fill so that only the outside shows; finer on small parts."""
    left, top, right, bottom = shape.box()
    width = 1.7 * family.line * min(1.0, 0.35 + 2.4 * max(right - left, bottom - top))
    rings = tuple(ribbon(flatten(c, 8), width, closed=True) for c in shape.contours)
    far = shape.depth == "back"
    return Shape(rings, mix(INK, PAPER, 0.3) if far else INK, 1.0, shape.depth, edge=False)


def flood(colour: RGB, page: Page) -> Shape:
    """A plain ground over the whole page."""
    return Shape((rect(0, 0, page.w, page.h),), colour, edge=False)
