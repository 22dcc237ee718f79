"""Content-aware fill: continue the surroundings into a hole.

The crop around each hole is filled small, by the PatchMatch library and by `fill_numpy`; then every small
cell is told where its like is and the full-resolution pixels are copied from there (`transfer`). The library
keeps texture, `fill_numpy` shapes: of the two that one stays in which less is unlike the rest of the picture. That is
decided at half the size, where each costs a quarter, and only the better one is finished. Where contours surely go on
through the hole, they are drawn first and neither is asked. In large holes the library forgets that up is not down: how
far pixels were carried counts there, too, and in a small picture both ways are given fewer cells, since with more they
were no better. Large holes of large pictures are the library's alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from . import contours, fill_numpy, library
from .contexts import contexts_of
from .made import Made
from .offsets import Search, grown
from .seams import correction
from .transfer import reduced, transfer

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float32]
    Guide = Callable[[NDArray[np.float32], Bools, int], NDArray[np.float32]]

RIM = 1 / 8  # of the shorter side: what counts as surroundings where everything is to go
SIDE, NUMPY_SIDE = 512, 256  # cells along the longer side of a crop, at most
LARGE = 36_000  # cells of a hole from which on fewer are enough
AFAR = 1 / 20  # of fill_numpy's PULL: more, and its dull patches win in grass and gravel
STIFFNESS = 1.0  # how much neighbours want one offset, in typical fits


class Method(NamedTuple):
    """A way to fill a small picture, the longest side it is given, in cells, and its name in the log.

    `other` is tried beside it.
    """

    guide: Guide
    side: int
    name: str
    other: Method | None = None


def method() -> Method:
    """The best method this computer has."""
    why = library.missing()
    if why:
        return Method(fill_numpy.filled, NUMPY_SIDE, f"numpy fill ({why})")
    return Method(library.filled, SIDE, "patchmatch+transfer", Method(fill_numpy.filled, SIDE, "numpy fill"))


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
        return from_rim(rgb, seed, by, wary)
    ways = (by, by.other) if by.other and not wary else (by,)  # past a border, the library alone does better
    seed %= 2**32  # the library's are of 32 bits
    used = [fill_crop(out[area], hole[area], seed, ways, wary) for area in contexts_of(hole)]
    return Made(out, " and ".join(dict.fromkeys(used)))


def from_rim(rgb: Bytes, seed: int, by: Method, wary: bool) -> Made:
    """Fill all but a rim: whoever selects everything most likely wants the ground without what is on it."""
    rim = max(1, int(RIM * min(rgb.shape[:2])))
    inside = np.zeros(rgb.shape[:2], bool)
    inside[rim:-rim, rim:-rim] = True
    result = fill(rgb, inside, seed=seed, by=by, wary=wary)
    return Made(result.pixels, f"{result.how}; all is selected, so a rim of {rim} px was kept to go by")


def fill_crop(crop: Bytes, hole: Bools, seed: int, ways: tuple[Method, ...], wary: bool) -> str:
    """Fill one crop, a view of the picture, in place; gives the name of the way that was taken."""
    scale = -(-max(hole.shape) // ways[0].side)
    large = len(ways) > 1 and np.count_nonzero(hole) > LARGE * scale**2
    coarse = large and max(hole.shape) <= SIDE  # in larger ones such cells show as stairs
    if coarse:
        scale = -(-max(hole.shape) // NUMPY_SIDE)
    spare = (-hole.shape[0] % scale, -hole.shape[1] % scale)  # so that the sides are whole cells
    whole = np.pad(crop, ((0, spare[0]), (0, spare[1]), (0, 0)), mode="edge") if any(spare) else crop
    mask = np.pad(hole, ((0, spare[0]), (0, spare[1])), mode="edge") if any(spare) else hole
    whole = np.ascontiguousarray(whole)
    small, cells = reduced(whole, mask, scale)
    if cells.all():  # what little is known is thinner than a cell
        crop[hole] = crop[~hole].mean(0).round()
        return "one colour"
    if len(ways) == 1 or (large and not coarse):
        best = planned(small, cells, ways[0], seed, wary)
    elif coarse:
        best = chosen(small, cells, ways, seed, AFAR)
    else:
        best = better(small, cells, ways, seed)
    patch = transfer(whole, cells, best.search, best.added, scale)
    np.copyto(crop, patch[: hole.shape[0], : hole.shape[1]], where=hole[..., None])
    return best.name


class Plan(NamedTuple):
    """Where each cell is copied from, and what is added to its colours; by what way."""

    search: Search
    added: Floats
    name: str


def planned(small: Floats, cells: Bools, way: Method, seed: int, wary: bool = False) -> Plan:
    """How `way` would fill `cells` of `small`."""
    guide = way.guide(small, cells, seed)
    search = Search(guide, grown(cells, 2), fill_numpy.sources_of(cells, 2), seed)
    search.run(3)
    search.join(6, STIFFNESS)
    return Plan(search, correction(search, guide, cells, wary=wary), way.name)


def better(small: Floats, cells: Bools, ways: tuple[Method, ...], seed: int) -> Plan:
    """The plan along contours, else the better of `ways`: chosen at half the size, then finished from there."""
    half, unknown = fill_numpy.halved(small, cells)
    if unknown.all() or not unknown.any():
        return planned(small, cells, ways[0], seed)
    guide = contours.guide(half, unknown)
    if guide:
        best = planned(half, unknown, Method(guide, SIDE, "numpy fill along contours"), seed)
    else:
        best = chosen(half, unknown, ways, seed)
    wider = fill_numpy.doubled(painted(half, unknown, best), cells.shape)
    guess = np.where(cells[..., None], wider, small)
    found = fill_numpy.field_of(best.search)
    picture, found = fill_numpy.refined(guess, cells, found, fill_numpy.ROUNDS[-1], seed)
    search = Search(picture, grown(cells, 2), fill_numpy.sources_of(cells, 2), seed)
    at = search.ty, search.tx
    search.offer(np.arange(len(search.ty)), found.sy[at], found.sx[at])
    search.run(1)
    search.join(6, STIFFNESS)
    return Plan(search, correction(search, picture, cells), best.name)


def chosen(small: Floats, cells: Bools, ways: tuple[Method, ...], seed: int, afar: float = 0) -> Plan:
    """The best plan of `ways`: least unlike the picture, and `afar` of what `fill_numpy` would pay for the distance."""
    plans = [planned(small, cells, way, seed) for way in ways]
    return min(plans, key=lambda plan: strange(small, cells, plan, seed) + afar * carried(plan, cells))


def carried(plan: Plan, cells: Bools) -> float:
    """What it costs `fill_numpy` that the pixels come from where they do: colours 0..255 squared."""
    search, own = plan.search, plan.search.number[cells]
    down = (search.sy - search.ty)[own] / search.h
    across = (search.sx - search.tx)[own] / search.w
    return float(np.stack([down**2, across**2]).mean(1) @ fill_numpy.PULL)


def painted(small: Floats, cells: Bools, plan: Plan) -> Floats:
    """`small` with its hole filled as planned, colours 0..255; a new array."""
    filled, own = small.copy(), plan.search.number[cells]
    filled[cells] = small[plan.search.sy[own], plan.search.sx[own]] + plan.added[cells]
    return filled


def strange(small: Floats, cells: Bools, plan: Plan, seed: int) -> float:
    """How unlike anything in the picture the patches of a plan are, at half the size: colours 0..255 squared."""
    filled = painted(small, cells, plan)
    half, unknown = fill_numpy.halved(filled, np.zeros_like(cells)), fill_numpy.halved(small, cells)[1]
    if unknown.all() or not unknown.any():
        return 0.0
    search = Search(half[0], grown(unknown, 2), fill_numpy.sources_of(unknown, 2), seed)
    search.run(2)
    return float(search.cost.mean())
