"""Contours that end at a hole, continued through it: a first guess that keeps lines, rims and cornices whole.

Where a strong edge meets the hole on one side and one that looks alike on another, a curve joins them, and carries
what lies on both sides of it. After Sun, Yuan, Jia and Shum, "Image Completion with Structure Propagation" (SIGGRAPH
2005), with pairs found by colour and by how smooth the curve would be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .fill_numpy import filled, spread
from .offsets import box_blurred, grown

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float32]

OFF = 2  # cells from the hole where edges are read: nearer, what is unknown would show
WIDE = 4  # cells on either side of a contour that it carries along
STRONG = 8.0  # levels a cell, of all channels together: less is no contour
COHERENT = 0.5  # 0..1: less is texture
INWARD = 0.3  # cosine to the hole's own direction: less runs past it
MOST = 32  # ends looked at
ALIKE = 30.0  # levels by which two profiles may differ at a cost of 1
SMOOTH = np.radians(15)  # departure from an arc at a cost of 1
BENT = np.radians(100)  # from its chord: more is no contour
STRAIGHT = np.radians(40)  # turned in the hole at a cost of 1, where the contour did not bend before it
BACK = 7  # cells on which the bend is measured
DEAREST = 1.5  # of a pair
ROUND = np.radians(100)  # that a contour may turn in the hole
SURE = 1.0  # dearer than a pair any other has to be: parallel lines, grass and rock find many
CLEAR = 0.105  # of all that meets the hole, sure pairs: less says too little of what is in it
APART = 5  # cells: nearer, two ends are sides of one line


class End(NamedTuple):
    """Where a contour meets the hole: (y, x), the way in, the colours across it, left to right, and how it turns."""

    at: Floats
    way: Floats
    profile: Floats
    bend: float  # radians a cell, on the way in; nan where it cannot be told
    step: float  # levels: how much the colours change across


def guide(picture: Floats, hole: Bools) -> Callable[[Floats, Bools, int], Floats] | None:
    """A way to fill `hole` of `picture` (h, w, 3), 0..255, along contours that surely go on in it; None without any."""
    found = ends(picture, hole)
    prices = np.array([[np.inf if one is other else price(one, other) for other in found] for one in found])
    joined = pairs(found, prices, hole)
    sure = sum(found[i].step + found[j].step for i, j in joined if lead(found, prices, i, j) > SURE)
    if sure <= CLEAR * sum(one.step for one in found):
        return None

    def along(small: Floats, cells: Bools, seed: int) -> Floats:
        drawn, at = stamped(small, cells, [(found[i], found[j]) for i, j in joined])
        left = cells & ~at
        return filled(drawn, left, seed) if left.any() else drawn

    return along


def stamped(picture: Floats, hole: Bools, joined: list[tuple[End, End]]) -> tuple[Floats, Bools]:
    """`picture` with what the pairs carry along their curves drawn in its hole, and where that is."""
    total = np.zeros((*hole.shape, 3), np.float32)
    weight = np.zeros(hole.shape, np.float32)
    for one, other in joined:
        stamp(total, weight, one, other)
    at = hole & (weight > 0)
    out = picture.copy()
    out[at] = total[at] / weight[at][:, None]
    return out, at


def ends(picture: Floats, hole: Bools) -> list[End]:
    """The strongest contours that meet the hole, no two within 3 cells."""
    if min(hole.shape) < 2:
        return []  # a line of cells has no direction
    clean = ~grown(hole, 1)
    light = spread(picture, hole)
    parts = np.gradient(light, axis=(0, 1))
    gy, gx = (np.where(clean[..., None], part, 0) for part in parts)
    yy, xx, xy = (box_blurred((a * b).sum(2), 2) for a, b in ((gy, gy), (gx, gx), (gy, gx)))
    coherence = np.hypot(xx - yy, 2 * xy) / np.maximum(xx + yy, 1e-3)
    here = np.sqrt((gy**2 + gx**2).sum(2))
    normal = 0.5 * np.arctan2(2 * xy, xx - yy)
    inwards = np.stack(np.gradient(box_blurred(hole.astype(np.float32), 6)))
    inwards /= np.maximum(np.hypot(*inwards), 1e-6)
    way = np.stack([np.cos(normal), -np.sin(normal)])  # along the contour: across it, turned
    lean = (way * inwards).sum(0)
    way = way * np.sign(lean)
    ring = grown(hole, OFF + 1) & ~grown(hole, OFF)
    fit = ring & (here > STRONG) & (coherence > COHERENT) & (np.abs(lean) > INWARD)
    ys, xs = np.nonzero(fit)
    order = np.argsort(-(here * coherence)[ys, xs])
    picked: list[End] = []
    for k in order:
        at = np.array((ys[k], xs[k]), np.float32)
        if all(np.abs(at - one.at).max() > 3 for one in picked):
            going = way[:, ys[k], xs[k]].astype(np.float32)
            across = profile(picture, at, going)
            step = float(np.abs(np.diff(across[2:-2], axis=0)).sum(0).mean())
            picked.append(End(at, going, across, turning(way, at, going), step))
            if len(picked) == MOST:
                break
    return picked


def turning(way: Floats, at: Floats, going: Floats) -> float:
    """How much a contour turned, a cell, on its last BACK cells before `at`."""
    first = going
    for step in range(BACK):
        at = at - going
        y, x = np.clip(np.rint(at).astype(int), 0, np.array(way.shape[1:]) - 1)
        before = way[:, y, x]
        before = before * np.sign((before * going).sum())
        if (before * going).sum() < 0.8:  # a corner, or another contour
            return turned(first, going) / step if step > 2 else np.nan
        going = before
    return turned(first, going) / BACK


def profile(picture: Floats, at: Floats, way: Floats) -> Floats:
    """Colours across a contour, (2 * WIDE + 1, 3), from left to right of `way`, averaged over 3 cells of it."""
    side = np.array((way[1], -way[0]), np.float32)
    steps = np.arange(-WIDE, WIDE + 1)[:, None]
    total = np.zeros((2 * WIDE + 1, 3), np.float32)
    for back in (0, 1, 2):
        y, x = np.rint(at - back * way + steps * side).astype(int).T
        total += picture[np.clip(y, 0, len(picture) - 1), np.clip(x, 0, picture.shape[1] - 1)]
    return total / 3


def pairs(found: list[End], prices: Floats, hole: Bools) -> list[tuple[int, int]]:
    """Which ends are joined: the cheapest pairs first, no end twice, no two curves across each other."""
    used: set[int] = set()
    taken = np.zeros(hole.shape, bool)
    joined = []
    for i, j in sorted(zip(*np.nonzero(np.triu(prices <= DEAREST)), strict=True), key=lambda pair: prices[pair]):
        if i in used or j in used:
            continue
        y, x = np.rint(curve(found[i], found[j])[0]).astype(int).T
        y, x = np.clip(y, 0, hole.shape[0] - 1), np.clip(x, 0, hole.shape[1] - 1)
        if taken[y, x].any() or hole[y, x].mean() < 0.6:
            continue
        cells = np.zeros_like(hole)
        cells[y, x] = True
        taken |= grown(cells, 1)
        used |= {i, j}
        joined.append((int(i), int(j)))
    return joined


def lead(found: list[End], prices: Floats, i: int, j: int) -> float:
    """How much dearer the next best pair of either end would be, one that ends elsewhere."""
    others = [prices[a, k] for a, b in ((i, j), (j, i)) for k in range(len(found)) if apart(found[k], found[b]) > APART]
    return float(min(others, default=np.inf) - prices[i, j])


def apart(one: End, other: End) -> float:
    """Cells between two ends."""
    return float(np.hypot(*(one.at - other.at)))


def price(one: End, other: End) -> float:
    """How unlikely it is that two ends are one contour: 0 and more."""
    chord = other.at - one.at
    length = float(np.hypot(*chord))
    if length < 2 * WIDE:
        return np.inf
    there, back = turned(one.way, chord), turned(-other.way, chord)
    bend = max(abs(there), abs(back))
    if bend > BENT:
        return np.inf
    near = 1 / (1 + np.abs(np.arange(-WIDE, WIDE + 1)))
    unlike = float(np.sqrt((((one.profile - other.profile[::-1]) ** 2).mean(1) * near).sum() / near.sum()))
    turn = back - there
    if abs(turn) > ROUND:
        return np.inf
    seen = [bend * length / turn for bend in (one.bend, -other.bend) if not np.isnan(bend)] if abs(turn) > 1e-6 else []
    proof = float(np.clip(seen, 0, 1).mean()) if seen else 0.0
    bent = (turn / STRAIGHT) ** 2
    return (unlike / ALIKE) ** 2 + ((there + back) / SMOOTH / 2) ** 2 + min(bent, 2.0) * (1 - proof) ** 2


def turned(way: Floats, chord: Floats) -> float:
    """The angle from `chord` to `way`."""
    return float(np.arctan2(chord[0] * way[1] - chord[1] * way[0], (chord * way).sum()))


def curve(one: End, other: End) -> tuple[Floats, Floats]:
    """Places (n, 2) and directions (n, 2) of the curve that joins two ends, half a cell apart."""
    length = float(np.hypot(*(other.at - one.at)))
    s = np.linspace(0, 1, max(8, int(3 * length)), dtype=np.float32)[:, None]
    a, b = one.way * length, -other.way * length
    places = (2 * s**3 - 3 * s**2 + 1) * one.at + (s**3 - 2 * s**2 + s) * a
    places = places + (3 * s**2 - 2 * s**3) * other.at + (s**3 - s**2) * b
    ways = np.gradient(places, axis=0)
    return places, ways / np.maximum(np.hypot(ways[:, :1], ways[:, 1:]), 1e-6)


def stamp(total: Floats, weight: Floats, one: End, other: End) -> None:
    """Draw what two ends carry along their curve into `total`, by `weight`."""
    places, ways = curve(one, other)
    share = np.linspace(0, 1, len(places), dtype=np.float32)[:, None]
    sides = np.stack([ways[:, 1], -ways[:, 0]], axis=1)
    for k in range(-WIDE, WIDE + 1):
        colours = (1 - share) * one.profile[k + WIDE] + share * other.profile[WIDE - k]
        y, x = np.rint(places + k * sides).astype(int).T
        ok = (y >= 0) & (y < weight.shape[0]) & (x >= 0) & (x < weight.shape[1])
        trust = np.float32(1 / (1 + k * k) ** 2)
        np.add.at(total, (y[ok], x[ok]), trust * colours[ok])
        np.add.at(weight, (y[ok], x[ok]), trust)
