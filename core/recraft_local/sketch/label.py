"""The visible mark of everything drawn here: a small tag that says "sketch"."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .letters import line, word
from .painter import lay
from .shapes import Page, Shape, rect

_WORD = "SKETCH"
_SHARE = 0.05  # tag height as a share of the page's shorter side: readable in a 256 px thumbnail
_LEAST_PX = 17.0
_DARK, _PALE = (28, 30, 36), (250, 249, 245)


def mark_shapes(page: Page, share: float = _SHARE) -> list[Shape]:
    """The tag in the lower right corner, as shapes in page units; `share` is its height."""
    letter = share * 0.5
    _, width = word(_WORD, weight=15)
    wide = width * letter / 100 + share * 0.95
    left, top = page.w - wide - share * 0.45, page.h - share * 1.45
    tag = Shape((rect(left, top, wide, share, share * 0.3),), _DARK, opacity=0.78, depth="label", edge=False)
    rim = Shape((rect(left - share * 0.05, top - share * 0.05, wide + share * 0.1, share * 1.1, share * 0.34),),
                _PALE, opacity=0.45, depth="label", edge=False)  # fmt: skip
    text = line(_WORD, left + share * 0.475, top + share * 0.25, letter, _PALE, weight=15)
    return [rim, tag, text]


def mark(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The same pixels, (height, width, 3 or 4) uint8, with the "sketch" tag in the lower right corner."""
    height, width = pixels.shape[:2]
    share = max(_SHARE, _LEAST_PX / min(width, height))
    picture = Image.fromarray(np.ascontiguousarray(pixels[..., :3]))
    page = Page.of(width, height)
    shapes = mark_shapes(page, share)
    for shape in shapes:
        lay(picture, shape, page)
    rgb = np.array(picture)
    if pixels.shape[2] == 3:
        return rgb
    alpha = Image.fromarray(np.stack([pixels[..., 3]] * 3, axis=2))
    for shape in shapes:
        lay(alpha, Shape(shape.contours, (255, 255, 255), depth="label"), page)
    return np.dstack([rgb, np.array(alpha)[..., 0]])
