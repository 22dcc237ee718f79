"""Results onto the canvas: cut to the selection, and laid over it."""

from __future__ import annotations

import numpy as np
from PIL import Image

from ..shared.geometry import Box, Size
from ..shared.i18n import say
from .pixels import Coverage, Pixels, as_array, as_image, opaque, strips, words


def cut(result: Pixels, coverage: Coverage) -> Pixels:
    """The result as a layer: its alpha times `coverage` / 255, in a new array; (h, w, 4) and (h, w) of one size.

    Colours stay as they are, also where nothing shows, so that a host may move or scale the layer without dark seams.
    """
    _same_size(result, coverage)
    source = words(result)
    out = np.empty(source.shape, "<u4")
    for rows in strips(len(out), 64):
        alpha = coverage[rows] if opaque(result[rows]) else _product(result[rows, :, 3], coverage[rows])
        np.bitwise_and(source[rows], 0x00FFFFFF, out=out[rows])
        out[rows] |= alpha.astype("<u4") << 24
    return out.view(np.uint8).reshape(result.shape)


def difference(one: Pixels, other: Pixels) -> Coverage:
    """How far two pictures of one size lie apart, in levels of the channel (alpha too) that differs most."""
    _same_size(one, other)
    out = np.empty(one.shape[:2], np.uint8)
    for rows in strips(len(out), 64):
        apart = np.maximum(one[rows], other[rows]) - np.minimum(one[rows], other[rows])
        np.max(apart, axis=2, out=out[rows])
    return out


def over(canvas: Pixels, layer: Pixels, at: Box) -> Pixels:
    """A new canvas with `layer` laid over it at `at`, which has the layer's size and may reach outside.

    Where the layer's alpha is 0 the canvas stays byte for byte, where it is 255 the layer's pixel replaces it.
    """
    _same_size(layer, np.empty((at.height, at.width), np.void))
    out = canvas.copy()
    seen = at.intersect(Box.of(Size(canvas.shape[1], canvas.shape[0])))
    if not seen.empty:
        below = out[seen.y : seen.bottom, seen.x : seen.right]
        top, left = seen.y - at.y, seen.x - at.x
        _lay(below, layer[top : top + seen.height, left : left + seen.width])
    return out


def _lay(below: Pixels, above: Pixels) -> None:
    for rows in strips(len(below)):
        # Pillow's compositing keeps the lower pixel whole under alpha 0, hidden colour included.
        laid = Image.alpha_composite(as_image(below[rows]), as_image(above[rows]))
        below[rows] = as_array(laid)


def _product(one: Coverage, other: Coverage) -> Coverage:
    """The product of two coverages over 255, rounded to the nearest; x / 255 is (x + x / 256) / 256 here."""
    wide = one.astype(np.uint16) * other + np.uint16(128)
    return ((wide + (wide >> 8)) >> 8).astype(np.uint8)


def _same_size(pixels: Pixels, other: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> None:
    if pixels.shape[:2] != other.shape[:2]:
        raise ValueError(
            say(
                "{one} and {other} rows and columns should be the same",
                one=pixels.shape[:2],
                other=other.shape[:2],
            )
        )
