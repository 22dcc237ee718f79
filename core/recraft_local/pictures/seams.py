"""Tones for copied pieces, so that neither the rim of the hole nor the joints between pieces show.

Screened Poisson: the correction's steps undo the steps that copying made, and it is drawn a little to the
tones of the guide. After Perez, Gangnet and Blake, "Poisson Image Editing" (SIGGRAPH 2003).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .offsets import box_blurred, grown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .offsets import Search

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float32]

PULL = 0.001  # to the guide's tones: it wins some thirty cells away from rim and joints
CONTOUR = 40.0  # 0..255: a step larger than about this is a drawn edge, not a change of light
MOST = 32.0  # 0..255: more than this is no difference of light, and would let rough textures wander off
ALONG = 3  # cells on either side in which steps are compared
CHANCE = 2  # times what grain alone would agree by: less than that is taken for grain
ROUNDS = 60


class Edges(NamedTuple):
    """Between all cells and their right or lower neighbours: the wanted step and whether there is one."""

    step: Floats
    weight: Floats


def correction(search: Search, guide: Floats, hole: Bools, *, wary: bool = False) -> Floats:
    """What to add to the copied cells, float32 (h, w, 3); goes on for one cell past the hole's rim.

    `wary` is for holes that are known on one side only, as in outpainting: there the grain of the rim would
    pull all tones a little, and ring after ring the colours would drift. It asks that steps agree.
    """
    ys, xs = np.nonzero(grown(hole, 2))
    area = (slice(ys.min(), ys.max() + 1), slice(xs.min(), xs.max() + 1))
    sy, sx = np.indices(hole.shape)
    sy[search.ty, search.tx], sx[search.ty, search.tx] = search.sy, search.sx
    sy, sx, inside = sy[area], sx[area], hole[area]
    copied = np.where(inside[..., None], guide[sy, sx], guide[area])
    edges = [wanted(guide, ~hole, copied, inside, (sy, sx), axis) for axis in (0, 1)]
    out = np.zeros_like(guide)
    if wary:
        edges = [Edges(steady(e.step), e.weight) for e in edges]
    tones = solved(edges, guide[area] - copied, inside)
    out[area] = past_rim(np.float32(MOST) * np.tanh(tones / np.float32(MOST)), inside)
    return out


def wanted(
    guide: Floats,
    known: Bools,
    copied: Floats,
    hole: Bools,
    source: tuple[NDArray[np.intp], NDArray[np.intp]],
    axis: int,
) -> Edges:
    """The steps a correction should make along `axis`, from each cell to the next.

    A copied piece says what the step should be: the one beside it where it was taken from. Where two pieces
    meet their mean counts, at the rim that of the one piece there is.
    """
    near, far = along(axis, slice(None, -1)), along(axis, slice(1, None))
    said = np.zeros_like(copied[near])
    voices = np.zeros((*said.shape[:2], 1), np.float32)
    for mine, other, way in ((near, far, 1), (far, near, -1)):
        at = [s[mine] + (way if a == axis else 0) for a, s in enumerate(source)]
        ok = hole[mine] & (at[axis] >= 0) & (at[axis] < guide.shape[axis])
        at[axis] = np.clip(at[axis], 0, guide.shape[axis] - 1)
        ok &= known[at[0], at[1]]
        # what the other cell would be if this piece went on, less what it is
        beyond = guide[at[0], at[1]] - copied[other]
        said += np.where(ok[..., None], -way * beyond, 0)
        voices += ok[..., None]
    step = said / np.maximum(voices, 1)
    gradient = np.diff(copied, axis=axis)
    rough = np.maximum(np.abs(gradient), np.abs(gradient - step)).max(2, keepdims=True)
    calm = np.exp(-((rough / CONTOUR) ** 2))
    return Edges(step * calm, (voices > 0) * calm)


def steady(step: Floats) -> Floats:
    """`step` as far as the steps nearby agree: a change of light is the same along a joint, grain is not.

    A few steps of mere grain agree a little by chance, by 1 / their number of what they are; that does not count.
    """
    there = (step != 0).any(2, keepdims=True).astype(np.float32)
    share = np.maximum(box_blurred(there, ALONG), 1e-6)
    common = box_blurred(step, ALONG) / share
    power = box_blurred((step**2).sum(2, keepdims=True), ALONG) / share
    chance = CHANCE * power / np.maximum(share * (2 * ALONG + 1) ** 2, 1)
    agreed = np.maximum((common**2).sum(2, keepdims=True) - chance, 0)
    return step * agreed / (power + np.float32(1e-3))


def along(axis: int, part: slice) -> tuple[slice, slice]:
    """`part` of one axis, all of the other."""
    return (part, slice(None)) if axis == 0 else (slice(None), part)


def summed(flows: list[Floats]) -> Floats:
    """What flows out of each cell, given the flow over its lower and right edges."""
    down, right = flows
    out = np.zeros((right.shape[0], down.shape[1], 3), np.float32)
    out[:-1] += down
    out[1:] -= down
    out[:, :-1] += right
    out[:, 1:] -= right
    return out


def solved(edges: list[Edges], pulled: Floats, hole: Bools) -> Floats:
    """The correction with these steps, 0 outside the hole: conjugate gradients."""
    inside = hole[..., None].astype(np.float32)

    def applied(c: Floats) -> Floats:
        flows = [e.weight * -np.diff(c, axis=axis) for axis, e in enumerate(edges)]
        return inside * (summed(flows) + np.float32(PULL) * c)

    right = inside * (summed([e.weight * e.step for e in edges]) + np.float32(PULL) * pulled)
    c = inside * pulled
    rest = right - applied(c)
    way, size = rest, float(np.vdot(rest, rest))
    enough = 1e-5 * float(np.vdot(right, right)) + 1e-6
    for _ in range(ROUNDS):
        if size <= enough:
            break
        turned = applied(way)
        length = np.float32(size / float(np.vdot(way, turned)))
        c = c + length * way
        rest = rest - length * turned
        before, size = size, float(np.vdot(rest, rest))
        way = rest + np.float32(size / before) * way
    return c


def past_rim(c: Floats, hole: Bools) -> Floats:
    """`c` continued into the cells around the hole, so that it does not fade where the rim is."""
    known = hole[..., None].astype(np.float32)
    around = box_blurred(c * known, 1) / np.maximum(box_blurred(known, 1), 1e-6)
    return np.where(hole[..., None], c, around)
