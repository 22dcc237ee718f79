"""The colours of a picture, counted."""

from __future__ import annotations

import numpy as np
from PIL import Image

from .pixels import Coverage, Pixels

Counted = tuple[tuple[tuple[int, int, int], float], ...]

_HALF = 128  # coverage and opacity from which a pixel counts
_LOOKED_AT = 1_000_000  # px; of a larger picture every so many


def counted(pixels: Pixels, coverage: Coverage | None, most: int) -> Counted:
    """The picture's colours with the share of each, the commonest first; at most `most`, the nearest ones merged.

    `pixels` are (height, width, 4), `coverage` (height, width); what is mostly transparent or not selected is not
    counted. Empty when nothing is left.
    """
    seen = pixels[..., 3] >= _HALF
    if coverage is not None:
        seen &= coverage >= _HALF
    colours = pixels[..., :3][seen]
    colours = colours[:: max(1, len(colours) // _LOOKED_AT)]
    if not len(colours):
        return ()
    unique, counts = np.unique(colours, axis=0, return_counts=True)
    if len(unique) > most:
        unique, counts = _merged(colours, most)
    order = np.argsort(-counts, kind="stable")
    total = int(counts.sum())
    return tuple((_rgb(unique[at]), int(counts[at]) / total) for at in order)


def _merged(colours: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """By median cut: `most` colours and how many pixels each stands for."""
    image = Image.fromarray(np.ascontiguousarray(colours[None])).quantize(most, Image.Quantize.MEDIANCUT)
    table = np.array(image.getpalette(), np.uint8).reshape(-1, 3)
    counts = np.bincount(np.asarray(image).ravel(), minlength=len(table))[: len(table)]
    return table[counts > 0], counts[counts > 0]


def _rgb(colour: np.ndarray) -> tuple[int, int, int]:
    red, green, blue = (int(channel) for channel in colour)
    return red, green, blue
