"""Outpainting: continue the picture past its borders, a ring at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .fill import fill
from .made import Made
from .smooth import bleed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .fill import Method

OPAQUE = 255
STEP = 0.25  # of the picture's side there is already: farther out, the fill has too little to go by


class Margins(NamedTuple):
    """Pixels on the four sides."""

    left: int
    top: int
    right: int
    bottom: int


def extend(
    rgb: NDArray[np.uint8],
    *,
    left: int,
    top: int,
    right: int,
    bottom: int,
    seed: int = 0,
    by: Method | None = None,
) -> Made:
    """Make the picture larger and continue it there.

    `rgb` is uint8 (h, w, 3), or (h, w, 4) with alpha; the margins are px, 0 or more. Gives the same number of
    channels, (h + top + bottom, w + left + right), with the original in place byte for byte. Grows by rings of at
    most a quarter of a side. What is made is as transparent as the border it lies nearest to. The same `seed`, any
    integer, gives the same pixels; `by` is as for `fill`. Raises ValueError for a negative margin.
    """
    wanted = Margins(left, top, right, bottom)
    if min(wanted) < 0:
        raise ValueError(f"The margins are {tuple(wanted)} px. Pass 0 or more for each side.")
    if rgb.shape[2] == len("RGBA"):
        return with_alpha(rgb, wanted, seed, by)
    result, done = Made(rgb.copy(), "nothing to extend: all margins are 0"), Margins(0, 0, 0, 0)
    while done != wanted:
        ring = next_ring(result.pixels.shape, done, wanted)
        result = ring_around(result.pixels, ring, seed, by)
        done = Margins(*(d + r for d, r in zip(done, ring, strict=True)))
    return result


def with_alpha(rgba: NDArray[np.uint8], wanted: Margins, seed: int, by: Method | None) -> Made:
    """As `extend`: colours go on as in an opaque picture, and the border's alpha goes straight on."""
    sides = (wanted.top, wanted.bottom), (wanted.left, wanted.right)
    out = np.pad(rgba, (*sides, (0, 0)), mode="edge")
    there = np.pad(np.ones(rgba.shape[:2], bool), sides)
    if not out[~there, 3].any():
        out[~there] = 0
        return Made(out, "transparent, as the borders are")
    result = extend(bleed(rgba), **wanted._asdict(), seed=seed, by=by)
    out[~there, :3] = result.pixels[~there]
    seen = "" if out[..., 3].min() == OPAQUE else "; as transparent as the borders"
    return Made(out, result.how + seen)


def next_ring(shape: tuple[int, ...], done: Margins, wanted: Margins) -> Margins:
    """How far to grow next on each side, px."""
    most = Margins(*(max(8, int(side * STEP)) for side in (shape[1], shape[0], shape[1], shape[0])))
    return Margins(*(min(w - d, m) for d, w, m in zip(done, wanted, most, strict=True)))


def ring_around(rgb: NDArray[np.uint8], ring: Margins, seed: int, by: Method | None) -> Made:
    """The picture with one ring made around it."""
    h, w = rgb.shape[:2]
    inside = (slice(ring.top, ring.top + h), slice(ring.left, ring.left + w))
    canvas = np.zeros((h + ring.top + ring.bottom, w + ring.left + ring.right, 3), np.uint8)
    hole = np.ones(canvas.shape[:2], bool)
    canvas[inside], hole[inside] = rgb, False
    return fill(canvas, hole, seed=seed, by=by, wary=True)
