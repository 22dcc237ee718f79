"""Content-aware fill: continue the surroundings into a hole.

The crop around each hole is filled small, by the PatchMatch library or by `fill_numpy`; then every small
cell is told where its like is and the full-resolution pixels are copied from there (`transfer`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from . import fill_numpy, library
from .contexts import contexts_of
from .made import Made
from .offsets import Search, grown
from .transfer import reduced, transfer

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Bools = NDArray[np.bool_]
    Guide = Callable[[NDArray[np.float32], Bools, int], NDArray[np.float32]]

GREY = 128  # what a picture becomes that has nothing to continue
SIDE, NUMPY_SIDE = 512, 256  # cells along the longer side of a crop, at most
STIFFNESS = 1.0  # how much neighbours want one offset, in typical fits


class Method(NamedTuple):
    """A way to fill a small picture, the longest side it is given, in cells, and its name in the log."""

    guide: Guide
    side: int
    name: str


def method() -> Method:
    """The best method this computer has."""
    why = library.missing()
    if why:
        return Method(fill_numpy.filled, NUMPY_SIDE, f"numpy fill ({why})")
    return Method(library.filled, SIDE, "patchmatch+transfer")


def fill(rgb: Bytes, hole: Bools, *, seed: int = 0, by: Method | None = None, wary: bool = False) -> Made:
    """Fill `hole` with what surrounds it.

    `rgb` is uint8 (h, w, 3), `hole` bool (h, w), True where pixels are to be made. Everything outside the
    hole stays byte for byte, and nothing in the result depends on what was inside it. The same `seed`, any
    integer, gives the same pixels; another one varies them a little. `by` names a method; None takes the
    best there is; `wary` is as for `seams.correction`. Raises ValueError when the shapes do not fit together.
    """
    if rgb.ndim != 3 or rgb.shape[2] != 3 or hole.shape != rgb.shape[:2]:
        raise ValueError(
            f"The picture is {rgb.shape} and the hole {hole.shape}. Pass (height, width, 3) and (height, width)."
        )
    out, by = rgb.copy(), by or method()
    if not hole.any():
        return Made(out, "nothing to fill: the hole is empty")
    if hole.all():
        out[:] = GREY
        return Made(out, "flat grey: the hole covers the whole picture")
    for area in contexts_of(hole):
        fill_crop(out[area], hole[area], seed % 2**32, by, wary)  # the library's seeds have 32 bits
    return Made(out, by.name)


def fill_crop(crop: Bytes, hole: Bools, seed: int, by: Method, wary: bool) -> None:
    """Fill one crop, a view of the picture, in place."""
    scale = -(-max(hole.shape) // by.side)
    spare = (-hole.shape[0] % scale, -hole.shape[1] % scale)  # so that the sides are whole cells
    whole = np.pad(crop, ((0, spare[0]), (0, spare[1]), (0, 0)), mode="edge") if any(spare) else crop
    mask = np.pad(hole, ((0, spare[0]), (0, spare[1])), mode="edge") if any(spare) else hole
    whole = np.ascontiguousarray(whole)
    small, cells = reduced(whole, mask, scale)
    if cells.all():  # what little is known is thinner than a cell
        crop[hole] = crop[~hole].mean(0).round()
        return
    guide = by.guide(small, cells, seed)
    search = Search(guide, grown(cells, 2), fill_numpy.sources_of(cells, 2), seed)
    search.run(3)
    search.join(6, STIFFNESS)
    made = transfer(whole, cells, search, guide, scale, wary=wary)
    np.copyto(crop, made[: hole.shape[0], : hole.shape[1]], where=hole[..., None])
