"""Cut a picture into zones: areas without an edge inside, flat or softly shaded, and their outlines."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .smooth import extremes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

CLEAR, OUTSIDE = -1, -2  # labels of clear pixels and of what lies beyond the picture
RAMP = 40  # levels between neighbours that make an edge, not a soft gradient
SOFT = 8  # levels from pixel to pixel that soft shading may have
_THIN = 0.03  # share of its pixels that a thin zone has inside
_RINGING = 28  # levels by which sharpening and scaling miss a colour beside an edge
_PATIENCE = (40, 120, 9999)  # levels, all channels together, to the neighbour a speck goes to: like first
_TINY = 12  # px of a speck
_STRONG = 12  # levels per channel between the sides of an edge that can be told to parts of a pixel
_EVEN = 4  # levels of deviation within a zone of one colour
_TURNS = 64  # times that specks may be eaten from their rim

# Heading east, south, west, north: the step, and the pixels ahead on the right and on the left, from the corner reached
_STEP = np.array([(1, 0), (0, 1), (-1, 0), (0, -1)])
_AHEAD_RIGHT = np.array([(0, 0), (-1, 0), (-1, -1), (0, -1)])
_AHEAD_LEFT = np.array([(0, -1), (0, 0), (-1, 0), (-1, -1)])


def crisper(rgb: Bytes) -> Bytes:
    """Pixels half-way between two colours take the nearer one: else every edge becomes a thin shape."""
    out = np.empty_like(rgb)
    for c in range(3):
        here = np.ascontiguousarray(rgb[..., c])
        least, most = extremes(here)
        nearer = np.where(most - here < here - least, most, least)
        out[..., c] = np.where(most - least < RAMP, here, nearer)
    return out


def connected(right: Bools, down: Bools) -> NDArray[np.int32]:
    """Number every pixel's area (h, w) from 0, where `right` (h, w-1) and `down` (h-1, w) join a pixel to the next."""
    starts = np.ones((right.shape[0], down.shape[1]), bool)
    starts[:, 1:] = ~right
    run = np.cumsum(starts.ravel(), dtype=np.int32).reshape(starts.shape) - 1
    above, below = run[:-1][down], run[1:][down]
    fresh = np.ones(len(above), bool)
    fresh[1:] = (above[1:] != above[:-1]) | (below[1:] != below[:-1])
    above, below = above[fresh], below[fresh]
    root = np.arange(int(run[-1, -1]) + 1, dtype=np.int32)
    while True:
        a, b = root[above], root[below]
        apart = a != b
        if not apart.any():
            break
        above, below, a, b = above[apart], below[apart], a[apart], b[apart]
        np.minimum.at(root, np.maximum(a, b), np.minimum(a, b))
        while True:
            further = root[root]
            if (further == root).all():
                break
            root = further
    ranks = np.cumsum(root == np.arange(len(root)), dtype=np.int32) - 1
    return np.asarray(ranks[root][run])


def zoned(rgb: Bytes, seen: Bools, step: int = SOFT) -> NDArray[np.int32]:
    """Zones of `rgb` (h, w, 3), joined where neighbours differ by at most `step` levels; CLEAR where not `seen`."""
    wide = rgb.astype(np.int16)
    right = (np.abs(wide[:, 1:] - wide[:, :-1]).max(axis=2) <= step) & seen[:, 1:] & seen[:, :-1]
    down = (np.abs(wide[1:] - wide[:-1]).max(axis=2) <= step) & seen[1:] & seen[:-1]
    return np.where(seen, connected(right, down), CLEAR).astype(np.int32)


def inner(labels: NDArray[np.int32], inside: Bools | None = None) -> Bools:
    """Those of `inside`, or of all pixels, whose four neighbours are so too and of their own zone."""
    same = np.ones(labels.shape, bool) if inside is None else inside.copy()
    down, right = labels[1:] == labels[:-1], labels[:, 1:] == labels[:, :-1]
    if inside is not None:
        down, right = down & inside[1:] & inside[:-1], right & inside[:, 1:] & inside[:, :-1]
    same[1:] &= down
    same[:-1] &= down
    same[:, 1:] &= right
    same[:, :-1] &= right
    return same


def halos(labels: NDArray[np.int32], rgb: Bytes) -> Bools:
    """Which zones, by number, are only the blur of an edge or the ringing beside it: thin, and coloured like it.

    That is nearly the colour of a neighbour (h, w, 3), or on the way between those of two.
    """
    count = int(labels.max()) + 1
    areas = np.maximum(np.bincount(labels[labels >= 0], minlength=count), 1)
    core = np.bincount(labels[inner(labels) & (labels >= 0)], minlength=count)
    thin = core < _THIN * areas
    if not thin.any():
        return thin
    there = labels >= 0
    sums = [np.bincount(labels[there], rgb[..., c][there], count) for c in range(3)]
    squares = [np.bincount(labels[there], rgb[..., c][there].astype(np.float32) ** 2, count) for c in range(3)]
    colour = np.stack(sums, axis=1) / areas[:, None]
    uneven = np.stack(squares, axis=1) / areas[:, None] - colour**2
    flags = np.zeros(count, bool)
    for zone, others in _beside(labels, thin).items():
        hue, hues = colour[zone], colour[others]
        larger = hues[areas[others] > areas[zone]]
        blurred = uneven[zone].max() > _EVEN**2  # a stripe of that colour would have it all along
        flags[zone] = _ringing(hue, hues, larger) or (
            blurred and any(_mixed(hue, a, b) for a, b in itertools.combinations(hues[:3], 2))
        )
    return flags


def _ringing(hue: Floats, hues: Floats, larger: Floats) -> bool:
    """Whether `hue` misses that of a larger neighbour by what an edge of that strength makes of it."""
    off = np.abs(larger - hue).max(axis=1)
    edge = np.abs(larger[:, None] - hues[None]).max(axis=(1, 2), initial=0)
    return bool(((off < _RINGING) & (off <= 0.12 * edge + 2)).any())


def _mixed(hue: Floats, a: Floats, b: Floats) -> bool:
    """Whether `hue` lies on the way from `a` to `b`."""
    way = b - a
    t = float((hue - a) @ way / max(float(way @ way), 1e-9))
    return 0.12 < t < 0.88 and float(np.abs(a + t * way - hue).max()) < _RINGING


def _beside(labels: NDArray[np.int32], thin: Bools) -> dict[int, list[int]]:
    """The neighbours of each thin zone, the one with the longest border first."""
    parts = []
    for a, b in ((labels[1:], labels[:-1]), (labels[:, 1:], labels[:, :-1])):
        touch = (a != b) & (a >= 0) & (b >= 0)
        parts += [(a[touch], b[touch]), (b[touch], a[touch])]
    own, other = (np.concatenate([part[k] for part in parts]).astype(np.int64) for k in (0, 1))
    packed, length = np.unique((own << 32 | other)[thin[own]], return_counts=True)
    neighbours: dict[int, list[int]] = {}
    for k in np.argsort(-length, kind="stable").tolist():
        neighbours.setdefault(int(packed[k] >> 32), []).append(int(packed[k] & 0xFFFFFFFF))
    return neighbours


def detail(crisp: Bytes, seen: Bools) -> float:
    """Share of the pixels that lie in specks: small in drawings, large in photographs."""
    labels = zoned(crisp, seen)
    counts = np.bincount(labels.ravel() + 1, minlength=2)[1:]
    return float(counts[counts < _TINY].sum() / max(int(counts.sum()), 1))


def without_specks(labels: NDArray[np.int32], rgb: Bytes, least: int, drop: Bools | None = None) -> NDArray[np.int32]:
    """`labels` numbered anew from 0; zones of under `least` pixels, and those to `drop`, go to their neighbours.

    Each pixel goes to that which is nearest in colour.
    """
    counts = np.bincount(labels.ravel() + 1, minlength=2)
    if drop is not None:
        counts[1:][drop] = 0
    counts[0] = least  # what is clear stays clear
    if (counts[1:] < least).all():
        return labels
    small = counts[labels + 1] < least
    labels = np.where(small, OUTSIDE, labels)
    colour = rgb.astype(np.int16)
    for allowed in _PATIENCE:
        for _ in range(_TURNS):
            y, x = np.nonzero(labels == OUTSIDE)
            if not len(y) or not _eat_rim(labels, colour, y, x, allowed):
                break
    labels[labels == OUTSIDE] = CLEAR  # surrounded by clear pixels only
    return renumbered(labels)


def _eat_rim(labels: NDArray[np.int32], colour: NDArray[np.int16], y: Ints, x: Ints, allowed: int) -> bool:
    """Give the pixels at `y`, `x` to neighbours at most `allowed` levels away; whether any was given."""
    height, width = labels.shape
    best, taken = np.full(len(y), allowed + 1, np.int64), np.full(len(y), OUTSIDE, np.int32)
    for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0)):
        ny, nx = y + dy, x + dx
        there = (ny >= 0) & (ny < height) & (nx >= 0) & (nx < width)
        ny, nx = np.clip(ny, 0, height - 1), np.clip(nx, 0, width - 1)
        away = np.abs(colour[y, x] - colour[ny, nx]).sum(axis=1, dtype=np.int64)
        nearer = there & (labels[ny, nx] >= 0) & (away < best)
        best[nearer], taken[nearer] = away[nearer], labels[ny, nx][nearer]
    labels[y, x] = taken
    return bool((taken != OUTSIDE).any())


def renumbered(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """The same zones, numbered from 0 without gaps."""
    there = np.bincount(labels.ravel() + 1, minlength=2)[1:] > 0
    table = np.concatenate([[CLEAR], np.cumsum(there, dtype=np.int32) - 1]).astype(np.int32)
    return np.asarray(table[labels + 1])


class Rim(NamedTuple):
    """Every step along the zones' borders, the zone on its right: (n,) each, in one list for all rings."""

    own: NDArray[np.int32]  # the zone
    other: NDArray[np.int32]  # what lies on the left
    heading: Ints  # 0 east, 1 south, 2 west, 3 north
    x: Ints  # the corner where the step starts
    y: Ints


def rings(labels: NDArray[np.int32]) -> tuple[Rim, list[Ints]]:
    """The borders of all zones, and the closed rings as indices into them; the outer rings run clockwise."""
    height, width = labels.shape
    padded = np.pad(labels, 1, constant_values=OUTSIDE)
    rim = _steps(padded)
    valid = rim.own >= 0
    rim = Rim(*(part[valid] for part in rim))
    corner = rim.y * (width + 1) + rim.x
    where = np.full(4 * (height + 1) * (width + 1), -1, np.int32)
    where[rim.heading * ((height + 1) * (width + 1)) + corner] = np.arange(len(corner), dtype=np.int32)
    x, y = rim.x + _STEP[rim.heading, 0], rim.y + _STEP[rim.heading, 1]
    right = padded[y + 1 + _AHEAD_RIGHT[rim.heading, 1], x + 1 + _AHEAD_RIGHT[rim.heading, 0]]
    left = padded[y + 1 + _AHEAD_LEFT[rim.heading, 1], x + 1 + _AHEAD_LEFT[rim.heading, 0]]
    turned = np.where(right != rim.own, 1, np.where(left != rim.own, 0, 3))
    onward = where[(rim.heading + turned) % 4 * ((height + 1) * (width + 1)) + y * (width + 1) + x].tolist()
    return rim, _cycles(onward)


def _cycles(onward: list[int]) -> list[Ints]:
    waiting = bytearray(b"\1") * len(onward)
    cycles = []
    for start in range(len(onward)):
        if not waiting[start]:
            continue
        ring, at = [], start
        while waiting[at]:
            waiting[at] = 0
            ring.append(at)
            at = onward[at]
        cycles.append(np.array(ring))
    return cycles


def _steps(padded: NDArray[np.int32]) -> Rim:
    parts: list[tuple[Any, ...]] = []
    above, below = padded[:-1, 1:-1], padded[1:, 1:-1]
    y, x = np.nonzero(above != below)
    a, b = above[y, x], below[y, x]
    parts += [(b, a, 0, x, y), (a, b, 2, x + 1, y)]
    before, behind = padded[1:-1, :-1], padded[1:-1, 1:]
    y, x = np.nonzero(before != behind)
    a, b = before[y, x], behind[y, x]
    parts += [(b, a, 3, x, y + 1), (a, b, 1, x, y)]
    own, other, xs, ys = (np.concatenate([part[k] for part in parts]) for k in (0, 1, 3, 4))
    heading = np.concatenate([np.full(len(part[0]), part[2]) for part in parts])
    return Rim(own, other, heading, xs, ys)


def moved(rim: Rim, rgb: Bytes, crisp: Bytes, labels: NDArray[np.int32], reach: int) -> tuple[Floats, Bools]:
    """How far each step of `rim` lies from the true edge, in px to its left; told by the pixels mixed of both sides.

    The mixed pixels within `reach` px count. (n,), between -reach and reach; and where the sides differ enough to tell.
    """
    height, width = labels.shape
    # The pixel on the right of a step, and the way from it to the one on the left
    px = rim.x + np.array([0, -1, -1, 0])[rim.heading]
    py = rim.y + np.array([0, 0, -1, -1])[rim.heading]
    out = _STEP[(rim.heading + 3) % 4]
    inner = _picked(crisp, px, py)
    outer = _picked(crisp, px + out[:, 0], py + out[:, 1])
    way = inner - outer
    strength = np.maximum((way * way).sum(axis=1), 1)
    total = np.zeros(len(px))
    for side, label, sign in ((0, rim.own, -1), (1, rim.other, 1)):
        same = np.ones(len(px), bool)
        for k in range(reach):
            at = k + side
            qx, qy = px + sign * at * out[:, 0], py + sign * at * out[:, 1]
            there = (qx >= 0) & (qx < width) & (qy >= 0) & (qy < height)
            cx, cy = np.clip(qx, 0, width - 1), np.clip(qy, 0, height - 1)
            same &= there & (labels[cy, cx] == label)
            share = np.clip(((_picked(rgb, cx, cy) - outer) * way).sum(axis=1) / strength, 0, 1)
            total += np.where(same, share - (1 - side), 0)
    sure = (rim.other < 0) | (strength > 3 * _STRONG**2)
    return np.where((rim.other >= 0) & sure, np.clip(total, -reach, reach), 0.0), sure


def _picked(rgb: Bytes, x: Ints, y: Ints) -> Floats:
    height, width = rgb.shape[:2]
    return np.asarray(rgb[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)], np.float64)
