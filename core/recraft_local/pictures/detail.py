"""Where a picture has detail, in few boxes: past them an enlarging network changes nothing that anyone could see."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .smooth import box_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Bools = NDArray[np.bool_]

CELL = 8  # px: boxes are whole cells
# Levels by which a pixel of a cell without detail may differ from the mean of the 3 x 3 px around it. Of 57,600 cells
# of ten photographs 31 % have none; there the network changes a pixel by 0.1 on average, and by 5 at most. A line or
# letters that stand out by 8 levels are detail: fainter ones come out a little thicker, by 6 levels at most.
SMOOTH = 5
NEAR = CELL // 2  # px around a cell where nothing differs by more, either


class Box(NamedTuple):
    """A part of a picture."""

    top: int
    left: int
    bottom: int
    right: int


def cells(rgb: Bytes) -> Bools:
    """Which cells of `rgb` (h, w, 3) have detail in or around them; its outermost NEAR px are around all cells."""
    fine = np.zeros(rgb.shape[:2], bool)
    for c in range(3):
        channel = rgb[..., c].astype(np.float32)
        fine |= np.abs(channel - box_mean(channel, 1)) > SMOOTH
    height, width = (-(-(side - 2 * NEAR) // CELL) for side in fine.shape)
    padded = np.zeros(((height + 1) * CELL, (width + 1) * CELL), bool)
    padded[: fine.shape[0], : fine.shape[1]] = fine
    blocks = padded.reshape(height + 1, CELL, width + 1, CELL).any(axis=(1, 3))  # half a cell up and left of the cells
    pairs = blocks[:-1] | blocks[1:]
    return np.asarray(pairs[:, :-1] | pairs[:, 1:])


def boxes(busy: Bools, around: int) -> list[Box]:
    """Boxes that hold every cell of `busy` (rows, columns), cut wherever that leaves less to work on.

    Each costs its own pixels and `around` px on every side. What only several cuts together would gain is not found.
    """
    found, left = [], [Box(0, 0, *busy.shape)]
    while left:
        box = _trimmed(busy, left.pop())
        if not box:
            continue
        pairs = [[_trimmed(busy, half) for half in pair] for pair in _halves(box)]
        costs = [sum(_cost(half, around) for half in pair if half) for pair in pairs]
        if min(costs, default=np.inf) < _cost(box, around):
            left += [half for half in pairs[int(np.argmin(costs))] if half]
        else:
            found.append(Box(*(CELL * side for side in box)))
    return found


def _trimmed(busy: Bools, box: Box) -> Box | None:
    """`box`, in cells, without empty rows and columns around what it holds; None if it holds nothing."""
    part = busy[box.top : box.bottom, box.left : box.right]
    rows, columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
    if not len(rows):
        return None
    top, left = box.top, box.left
    return Box(top + int(rows[0]), left + int(columns[0]), top + int(rows[-1]) + 1, left + int(columns[-1]) + 1)


def _halves(box: Box) -> Iterator[tuple[Box, Box]]:
    for y in range(box.top + 1, box.bottom):
        yield box._replace(bottom=y), box._replace(top=y)
    for x in range(box.left + 1, box.right):
        yield box._replace(right=x), box._replace(left=x)


def _cost(box: Box, around: int) -> int:
    return (CELL * (box.bottom - box.top) + 2 * around) * (CELL * (box.right - box.left) + 2 * around)
