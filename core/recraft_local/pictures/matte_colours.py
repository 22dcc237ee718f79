"""Let places of like colour near each other settle together whether they are subject or background.

The network sees shapes but draws them coarsely, and several looks at one picture disagree here and there.
Colours know where the edge runs. So each place hears what the places of its colour around it think, and those
right beside it, and makes up its mind anew: mean field in a fully connected random field, after Krähenbühl and
Koltun 2011, https://arxiv.org/abs/1210.5644, with the distant neighbours gathered in a grid of cells as in Chen,
Paris and Durand 2007, https://doi.org/10.1145/1276377.1276506.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .smooth import box_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

CELLS = 8  # of the grid along the picture's longer side
SHADES = (24, 20, 20)  # of the grid: brightness, red against blue, green against both
STRETCH = 1.6  # photographs use the middle of the two colour axes; what lies outside falls into the last cell
ROUNDS = 3
FAR, NEAR = 4.0, 4.0  # how much the like-coloured and the neighbours count, in log odds
NEAR_PX = 2
SURE = 0.02  # however sure the network is, colours may still object


def settled(guide: Floats, seen: Floats) -> Floats:
    """`seen` (h, w), how likely each place is subject, 0..1, made up anew by the colours of `guide` (h, w, 3), 0..1.

    Hardly anything is left between sure in and sure out. `guide` is a small picture: a few hundred px a side.
    """
    grid = _Grid(guide)
    first = np.clip(seen, SURE, 1 - SURE)
    odds = np.log(first / (1 - first))
    belief = seen
    for _ in range(ROUNDS):
        heard = FAR * (2 * grid.mean(belief) - 1) + NEAR * (2 * box_mean(belief, NEAR_PX) - 1)
        belief = np.asarray(1 / (1 + np.exp(-(odds + heard))), np.float32)
    return belief


class _Grid:
    """A picture's pixels sorted into cells of place and colour."""

    def __init__(self, guide: Floats) -> None:
        height, width = guide.shape[:2]
        step = CELLS / max(height, width)
        down, across = (np.rint(np.arange(n, dtype=np.float32) * step).astype(np.int64) for n in (height, width))
        self.shape = int(down[-1]) + 1, int(across[-1]) + 1, *SHADES
        self.cell = down[:, None] * self.shape[1] + across
        for shade, count in zip(_shades(guide), SHADES, strict=True):
            self.cell = self.cell * count + np.rint(np.clip(shade, 0, 1) * (count - 1)).astype(np.int64)
        self.weight = self._gathered(np.ones((height, width), np.float32))

    def mean(self, x: Floats) -> Floats:
        """For each pixel the mean of `x` (h, w) over the pixels in its cell and, less, in those beside it."""
        return self._gathered(x) / self.weight

    def _gathered(self, x: Floats) -> Floats:
        sums = np.bincount(self.cell.ravel(), x.ravel(), int(np.prod(self.shape))).astype(np.float32)
        sums = sums.reshape(self.shape)
        for axis in range(sums.ndim):
            line = np.moveaxis(sums, axis, 0)
            spread = 2 * line
            spread[1:] += line[:-1]
            spread[:-1] += line[1:]
            sums = np.moveaxis(spread, 0, axis)
        return np.asarray(sums.reshape(-1)[self.cell], np.float32)


def _shades(guide: Floats) -> tuple[Floats, Floats, Floats]:
    """Brightness and the two colour axes of `guide`, about 0..1."""
    red, green, blue = np.moveaxis(guide, -1, 0)
    return (
        (red + green + blue) / 3,
        np.asarray((red - blue) / 2 * STRETCH + 0.5, np.float32),
        np.asarray((2 * green - red - blue) / 4 * STRETCH + 0.5, np.float32),
    )
