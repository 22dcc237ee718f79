"""Sketches: drawings made from the words of a prompt, for trying out a layout without a model.

The embedded engine has no image model. What it answers to a prompt is an honest placeholder: a
deterministic picture of the things the prompt names, in its colours, light, place and style, with a
tag that says "sketch". The same shapes become SVG or pixels.

Reading order: `vocabulary` opens the data (`data/sketch.xz`: drawings and their words, built by
benchmarks/sketch_data.py; `data/sketch.ini`: all other tables); `scene` reads the prompt (`reading`, `styles`);
`compose` turns the scene into `shapes`, with `scenery` behind, `cast` for the things, `letters` for words and `label`
for the tag; `svg` and `painter` write it, `pixelart` and `finish` add the medium. `drawing` is the way in, `remix`
works from a given picture, `enhance` rewrites a prompt.
"""

from __future__ import annotations

from .drawing import Drawing, auto_size, backdrop, generate, mood, similar
from .label import mark
from .remix import restyle, variation

__all__ = ["Drawing", "auto_size", "backdrop", "generate", "mark", "mood", "restyle", "similar", "variation"]
