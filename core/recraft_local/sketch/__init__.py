"""Sketches: drawings made from the words of a prompt, for trying out a layout without a model.

The embedded engine has no image model. What it answers to a prompt is an honest placeholder: a
deterministic drawing of the things the prompt names, in its colours, light, place and style, with a
tag that says "sketch". The same shapes become SVG or pixels.

Reading order: `scene` reads the prompt (`reading`, with the tables of `vocabulary` and `styles`); `compose`
turns the scene into `shapes` on a `stage`, with `places`, `skies` and `indoors` as scenery, `cast` and `figure`
for the things (kept as text in `art`), `letters` for words and `label` for the tag; `svg` and `raster` write it,
`pixelart` and `finish` add the medium. `drawing` is the way in, `remix` works from a given picture, `enhance`
rewrites a prompt. All chance comes from `chance`, so the same request always gives the same drawing.
"""

from __future__ import annotations

from .drawing import Drawing, auto_size, backdrop, generate, similar
from .label import mark
from .remix import restyle, variation

__all__ = ["Drawing", "auto_size", "backdrop", "generate", "mark", "restyle", "similar", "variation"]
