"""Which parts of the picture to look at for a hole: one crop for each group of near pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .offsets import grown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Labels = NDArray[np.intp]
    Area = tuple[slice, slice]

MARGIN = 0.5  # of the longer side of the hole's box
LEAST_MARGIN = 32  # px
GRID = 128  # cells along the longer side of the map the grouping is done on


def contexts_of(hole: Bools) -> list[Area]:
    """Crops (rows, columns) that do not overlap and together hold the whole hole, from the top down.

    Each has a margin of half its hole's longer side, and at least as much known as unknown.
    """
    joined = hole
    while True:
        areas = [with_margin(hole, box) for box in boxes_of(hole, joined)]
        covered = np.zeros_like(hole)
        for area in areas:
            covered[area] = True
        if not overlap(areas):
            return areas
        joined = covered


def overlap(areas: list[Area]) -> bool:
    """Whether any two crops share a pixel."""
    edges = np.array([(y.start, y.stop, x.start, x.stop) for y, x in areas])
    top, bottom, left, right = edges.T
    both = (top[:, None] < bottom) & (top < bottom[:, None]) & (left[:, None] < right) & (left < right[:, None])
    return int(both.sum()) > len(areas)


def boxes_of(hole: Bools, joined: Bools) -> list[Area]:
    """Boxes around those parts of `hole` that hang together in `joined`."""
    cell = -(-max(hole.shape) // GRID)
    groups = labelled(coarse(joined, cell))
    there = coarse(hole, cell)
    boxes = []
    for label in np.unique(groups[there]):
        rows, columns = np.nonzero((groups == label) & there)
        rough = (span(rows, cell), span(columns, cell))
        ys, xs = np.nonzero(hole[rough])
        top, left = rough[0].start, rough[1].start
        boxes.append((slice(top + ys.min(), top + ys.max() + 1), slice(left + xs.min(), left + xs.max() + 1)))
    return boxes


def span(cells: Labels, size: int) -> slice:
    """The pixels from the first to the last of these cells."""
    return slice(int(cells.min()) * size, (int(cells.max()) + 1) * size)


def coarse(mask: Bools, cell: int) -> Bools:
    """Cells of `cell` x `cell` px in which any pixel is set."""
    rows = np.logical_or.reduceat(mask, np.arange(0, mask.shape[0], cell), axis=0)
    return np.logical_or.reduceat(rows, np.arange(0, mask.shape[1], cell), axis=1)


def labelled(mask: Bools) -> Labels:
    """A number for every connected part of `mask` (corners connect), -1 elsewhere."""
    labels = np.full(mask.shape, -1, np.intp)
    for seed in np.flatnonzero(mask):
        if labels.flat[seed] >= 0:
            continue
        part = np.zeros_like(mask)
        part.flat[seed] = True
        while True:
            wider = grown(part, 1) & mask
            if (wider == part).all():
                break
            part = wider
        labels[part] = seed
    return labels


def with_margin(hole: Bools, box: Area) -> Area:
    """`box` with its margin, cut at the borders; wider where too little in it is known."""
    rows, columns = box
    longer = max(rows.stop - rows.start, columns.stop - columns.start)
    margin = int(MARGIN * longer) + LEAST_MARGIN
    while True:
        area = (widened(rows, margin, hole.shape[0]), widened(columns, margin, hole.shape[1]))
        crop = hole[area]
        if crop.shape == hole.shape or crop.mean() <= 0.5:
            return area
        margin *= 2


def widened(side: slice, margin: int, end: int) -> slice:
    """`side` with `margin` on both ends, within 0..`end`."""
    return slice(max(0, int(side.start) - margin), min(end, int(side.stop) + margin))
