"""Pixel art: the drawing on a coarse grid in few colours, as squares in either output."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from PIL import Image

from .colours import RGB
from .painter import Pixels, paint
from .shapes import Contour, Page, Shape, rect

_CELLS = 96  # along the shorter side
_COLOURS = 28


def grid(shapes: Sequence[Shape], page: Page) -> Pixels:
    """The drawing reduced to cells of a limited palette, (rows, columns, 3)."""
    columns, rows = round(_CELLS * page.w), round(_CELLS * page.h)
    fine = paint(shapes, page, columns * 3, rows * 3)
    small = Image.fromarray(fine).resize((columns, rows), Image.Resampling.BOX)
    return np.array(small.quantize(_COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB"))


def enlarge(cells: Pixels, width: int, height: int) -> Pixels:
    """Cells as crisp squares at width × height px."""
    return np.array(Image.fromarray(cells).resize((width, height), Image.Resampling.NEAREST))


def shapes(drawing: Sequence[Shape], page: Page) -> list[Shape]:
    """The grid as one shape of rectangles per colour, on a ground of the commonest colour."""
    cells = grid(drawing, page)
    rows, columns = cells.shape[:2]
    code = (cells.astype(np.int64) * (65536, 256, 1)).sum(axis=2)
    values, counts = np.unique(code, return_counts=True)
    ground = int(values[counts.argmax()])
    runs: dict[int, list[Contour]] = {int(v): [] for v in values if v != ground}
    kx, ky = page.w / columns, page.h / rows
    for y in range(rows):
        edges = np.flatnonzero(np.diff(code[y], prepend=-1, append=-1))
        for start, end in pairwise(edges):
            value = int(code[y, start])
            if value != ground:  # a hair of overlap hides seams between rows
                runs[value].append(rect(start * kx, y * ky, (end - start) * kx, ky * 1.04))
    first = Shape((rect(0, 0, page.w, page.h),), _split(ground), edge=False)
    return [first, *(Shape(tuple(squares), _split(value), edge=False) for value, squares in runs.items())]


def _split(code: int) -> RGB:
    return code >> 16, code >> 8 & 255, code & 255
