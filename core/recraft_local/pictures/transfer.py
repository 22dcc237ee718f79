"""From a small filled picture to full resolution: copy real source pixels, cell by cell.

A cell is a square of `scale` x `scale` pixels of the full picture and one pixel of the small one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import as_strided

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .offsets import Search

    Bytes = NDArray[np.uint8]
    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float32]
    Ints = NDArray[np.intp]

PIXELS_AT_ONCE = 1 << 18  # a chunk of cells: about 20 MB of working arrays
ROUND = tuple((dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1))


def reduced(picture: Bytes, hole: Bools, scale: int) -> tuple[Floats, Bools]:
    """Cell means, float32 (h, w, 3), and the cells any pixel of which is in the hole.

    Those cells are 0 in the means: the hole's own colours never go further. Sides must be multiples of
    `scale`.
    """
    h, w = hole.shape[0] // scale, hole.shape[1] // scale
    cells = hole.reshape(h, scale, w, scale).any((1, 3))
    means = np.empty((h, w, 3), np.float32)
    for row in range(h):  # row by row: a float copy of a 4096 px canvas would take 200 MB
        strip = picture[row * scale : (row + 1) * scale].astype(np.uint32).sum(0)
        means[row] = strip.reshape(w, scale, 3).sum(1)
    means /= scale * scale
    means[cells] = 0
    return means, cells


class Copier:
    """Copies pixels for hole cells. `picture` is uint8 (h * scale, w * scale, 3)."""

    def __init__(self, picture: Bytes, search: Search, added: Floats, scale: int) -> None:
        self.picture, self.search, self.scale = picture, search, scale
        rows, columns = picture.shape[0] - scale + 1, picture.shape[1] - scale + 1
        down, right, _ = picture.strides
        # every scale x scale square of the picture, as a view: squares[y, x] is (scale, scale * 3)
        self.squares = as_strided(picture, (rows, columns, scale, scale * 3), (down, right, down, 1))
        self.corners = corner_means(added)
        self.fades = fade_weights(scale)

    def cells(self, ty: Ints, tx: Ints) -> Bytes:
        """Pixels of the target cells (ty, tx): uint8 (n, scale, scale * 3)."""
        search, scale = self.search, self.scale
        own = search.number[ty, tx]
        sy, sx = search.sy[own], search.sx[own]
        out = self.squares[sy * scale, sx * scale].astype(np.float32)
        joint = self.at_joint(ty, tx, sy - ty, sx - tx)
        if len(joint):
            out[joint] = self.faded(ty[joint], tx[joint])
        out += self.added(ty, tx)
        return np.clip(out + 0.5, 0, 255).astype(np.uint8)

    def at_joint(self, ty: Ints, tx: Ints, oy: Ints, ox: Ints) -> Ints:
        """Indices of cells with a neighbour that copies from elsewhere."""
        differs = np.zeros(len(ty), bool)
        for dy, dx in ROUND:
            other, there = self.neighbour(ty + dy, tx + dx)
            moved = (self.search.sy[other] - ty - dy != oy) | (self.search.sx[other] - tx - dx != ox)
            differs |= there & moved
        return np.flatnonzero(differs)

    def neighbour(self, qy: Ints, qx: Ints) -> tuple[Ints, Bools]:
        """The target number at (qy, qx), and whether there is one."""
        search = self.search
        inside = (qy >= 0) & (qy < search.h) & (qx >= 0) & (qx < search.w)
        other = search.number[np.where(inside, qy, 0), np.where(inside, qx, 0)]
        return other, inside & (other >= 0)

    def faded(self, ty: Ints, tx: Ints) -> Floats:
        """Cells at a joint: the pieces of all neighbours, cross-faded over one cell."""
        search, scale = self.search, self.scale
        total = np.zeros((len(ty), scale, scale * 3), np.float32)
        weights = np.zeros((len(ty), scale, scale), np.float32)
        for (dy, dx), fade in zip(ROUND, self.fades, strict=True):
            other, there = self.neighbour(ty + dy, tx + dx)
            sy, sx = search.sy[other] - dy, search.sx[other] - dx
            use = np.flatnonzero(there & search.within(sy, sx))
            piece = self.squares[sy[use] * scale, sx[use] * scale].astype(np.float32)
            total[use] += piece * np.repeat(fade, 3, axis=1)
            weights[use] += fade
        return total / np.repeat(weights, 3, axis=2)

    def added(self, ty: Ints, tx: Ints) -> Floats:
        """The colour correction of each pixel, between its cell's corners."""
        position = (np.arange(self.scale, dtype=np.float32) + 0.5) / self.scale
        down = np.stack([1 - position, position], 1)
        ramp = (down[:, None, :, None] * down[None, :, None, :]).reshape(-1, 4)
        at = [self.corners[ty + dy, tx + dx] for dy in (0, 1) for dx in (0, 1)]
        return (ramp @ np.stack(at, 1)).reshape(len(ty), self.scale, -1)


def corner_means(cells: Floats) -> Floats:
    """Values at the corners between cells, (h + 1, w + 1, c)."""
    p = np.pad(cells, ((1, 1), (1, 1), (0, 0)), mode="edge")
    return (p[1:, 1:] + p[:-1, 1:] + p[1:, :-1] + p[:-1, :-1]) / 4


def fade_weights(scale: int) -> list[Floats]:
    """Tent weights of the nine neighbours over a cell, each (scale, scale)."""
    u = (np.arange(scale, dtype=np.float32) + 0.5) / scale
    before, after = np.maximum(0.5 - u, 0), np.maximum(u - 0.5, 0)
    line = {-1: before, 0: 1 - before - after, 1: after}
    return [np.outer(line[dy], line[dx]) ** 2 + np.float32(1e-6 * (dy == dx == 0)) for dy, dx in ROUND]


def transfer(picture: Bytes, cells: Bools, search: Search, added: Floats, scale: int) -> Bytes:
    """`picture` with its hole cells filled by copies, to which `added`, a colour per cell, is added; a new array."""
    copier = Copier(picture, search, added, scale)
    out = picture.copy()
    h, w = cells.shape
    blocks = out.reshape(h, scale, w, scale * 3)
    hy, hx = np.nonzero(cells)
    step = max(1, PIXELS_AT_ONCE // scale**2)
    for k in range(0, len(hy), step):
        ty, tx = hy[k : k + step], hx[k : k + step]
        blocks[ty, :, tx] = copier.cells(ty, tx)
    return out
