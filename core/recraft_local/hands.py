"""Which painter's hand a request asks for: by an own style, by the name of a style, or by words of its prompt."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .checks import Order
    from .pictures.styles import Hand

# hand | parts of the service's style names | words of a prompt; the more telling rows first
_ROWS = """
woodblock | | ukiyo-e, ukiyo, woodblock, hokusai, hiroshige, japanese print
crosshatch | crosshatch, bold sketch | crosshatch, crosshatched, cross-hatching, hatching, etching
engraving | engraving, antiquarian | engraving, engraved, woodcut, wood engraving
linocut | linocut, stencil, cutout, stamp, sharp contrast, bold stroke | linocut, lino print, block print, stencil
pencil | pencil, hand-drawn, tablet sketch, freehand | pencil, charcoal, graphite, pencil sketch, pencil drawing
ink | urban sketching, outline, line art, noir, thin, doodle | ink, ink drawing, pen and ink, line art, lineart
halftone | comic, pop art, pop graphic, graphic intensity, street art, retro pop, punk | comic, pop art, halftone
riso | risograph, grain, multicolor, segmented colors, color blobs | risograph, riso, screen print, silkscreen
neon | neon, glow, 80's, psychedelic, cosmics | neon style, synthwave, vaporwave, psychedelic
watercolor | watercolor | watercolor, watercolour, aquarelle
post-impressionism | expressionism | van gogh, post-impressionist, post-impressionism, expressionist, expressionism
impressionism | | impressionist, impressionistic, impressionism, monet, renoir
oil | bold fantasy, mystic naturalism | oil painting, oil paint, oil on canvas, oils, painterly, painting
renaissance | pop renaissance | renaissance, old master, old masters, baroque
pastel | pastel, child book, young adult book | pastel, pastels, chalk drawing
gouache | illustration, modern folk, warm folk, cover, editorial | gouache, tempera, storybook illustration
abstract | | kandinsky, bauhaus, abstract art
flat | vector art, flat, cartoon, kawaii, naivector, vivid shapes, vector photo | flat design, cartoon, cel shaded
"""
_HANDS = [[part.strip() for part in row.split("|")] for row in _ROWS.strip().splitlines()]
# Said beside a style without asking for anything on the picture.
_FILLERS = """
a an and art artwork as by drawing effect hand in into it like look make me my of on painted painting picture please
print restyle scene sketch style styled the this to transform turn version with
"""
_EMPTY = frozenset(_FILLERS.split())


def wanted(order: Order) -> Hand | None:
    """The hand an order asks for; None when it names none, as with a photographic style."""
    from .pictures.styles import Hand, named

    style = order.style
    if style is not None and style.hand:
        return Hand(np.array(style.hand, np.float32), "the own style")
    if style is not None:
        low = f" {style.name.lower()}"
        fitting = (hand for hand, names, _ in _HANDS if any(f" {part}" in low for part in _parts(names)))
        return next(map(named, fitting), None)
    wish = _in_prompt(str(order.values.get("prompt") or ""))
    return named(wish[0]) if wish else None


def other_wishes(order: Order) -> bool:
    """Whether the prompt asks for more than a style: things on the picture, which only a model could change."""
    prompt = str(order.values.get("prompt") or "").lower()
    wish = _in_prompt(prompt)
    if wish:
        prompt = prompt.replace(wish[1], " ")
    return any(word not in _EMPTY for word in re.findall(r"[\w'-]+", prompt))


def _in_prompt(prompt: str) -> tuple[str, str] | None:
    """The hand whose word stands in the prompt, and that word; the longest word of the first row that has one."""
    low = prompt.lower()
    for hand, _, words in _HANDS:
        for word in sorted(_parts(words), key=len, reverse=True):
            if re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", low):
                return hand, word
    return None


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(",") if part.strip()]

