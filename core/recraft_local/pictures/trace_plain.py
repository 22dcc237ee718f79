"""Trace with numpy alone: outlines of the regions of each colour, as polygons.

The stand-in where vtracer is not installed: right shapes and colours, no curves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Corner = tuple[int, int]

    Bytes = NDArray[np.uint8]
    Ring = NDArray[np.float64]  # corners (n, 2), x and y; the last joins the first

NEAR = 0.6  # px: corners nearer than this to the line past them are left out
SPECK = 8  # corners: outlines with as few or fewer are specks (a lone pixel's has four)



def shapes_of(flat: Bytes, grid: int) -> list[tuple[str, str]]:
    """Path data on a `grid` x `grid` square and colour of each shape of `flat` (h, w, 4), largest below.

    `flat` has few colours and coverage 0 or 255. Each shape reaches under all that follow, so that no
    gap shows between neighbours.
    """
    height, width = flat.shape[:2]
    seen = flat[..., 3] > 0
    if not seen.any():
        return []
    colours, which = np.unique(flat[seen][:, :3], axis=0, return_inverse=True)
    order = np.argsort(-np.bincount(which.ravel()))
    rank = np.full(seen.shape, -1)
    rank[seen] = np.argsort(order)[which.ravel()]
    scale = np.array((grid / width, grid / height))
    shapes = []
    for level, colour in enumerate(colours[order]):
        rings = [_simplified(ring) for ring in _outlines(rank >= level)]
        path = " ".join(_written(ring * scale) for ring in rings if len(ring) > 2)
        if path:
            shapes.append((path, "#{:02x}{:02x}{:02x}".format(*colour)))
    return shapes


def _outlines(mask: NDArray[np.bool_]) -> list[Ring]:
    """Closed outlines of `mask`, through the middles of its pixels' border edges; x, y in px.

    Outer rings run clockwise and holes the other way, so either fill rule leaves the holes open.
    """
    follow = _border(mask)
    rings = []
    while follow:
        start = at = next(iter(follow))
        corners = [start]
        while at in follow:
            onward = follow[at]
            here, at = at, onward.pop()
            if not onward:
                del follow[here]
            corners.append(at)
        if len(corners) > SPECK:
            ring = np.array(corners, float)
            rings.append((ring[1:] + ring[:-1]) / 2)
    return rings


def _border(mask: NDArray[np.bool_]) -> dict[Corner, list[Corner]]:
    """The corners that follow each corner along the border of `mask`, its inside on the right hand."""
    padded = np.pad(mask, 1).astype(np.int8)
    follow: dict[Corner, list[Corner]] = {}
    for edges, (dx, dy) in (
        (np.diff(padded, axis=0)[:, 1:-1], (1, 0)),
        (np.diff(padded, axis=1)[1:-1], (0, -1)),
    ):
        for sign in (1, -1):
            for y, x in np.argwhere(edges == sign).tolist():
                start = (x + (dx * sign < 0), y + (dy * sign < 0))
                follow.setdefault(start, []).append((start[0] + dx * sign, start[1] + dy * sign))
    return follow


def _simplified(ring: Ring) -> Ring:
    """`ring` with the corners left out that lie within NEAR px of the line between those kept."""
    keep = np.zeros(len(ring), bool)
    far = int(((ring - ring[0]) ** 2).sum(axis=1).argmax())
    keep[[0, far]] = True
    closed = np.vstack([ring, ring[:1]])
    waiting = [(0, far), (far, len(ring))]
    while waiting:
        first, last = waiting.pop()
        if last - first < 2:
            continue
        along = closed[last] - closed[first]
        rest = closed[first + 1 : last] - closed[first]
        away = np.abs(rest[:, 0] * along[1] - rest[:, 1] * along[0]) / max(float(np.hypot(*along)), 1e-9)
        worst = int(away.argmax())
        if away[worst] > NEAR:
            middle = first + 1 + worst
            keep[middle] = True
            waiting += [(first, middle), (middle, last)]
    return ring[keep]


def _written(ring: Ring) -> str:
    points = [f"{x} {y}" for x, y in np.rint(ring).astype(int).tolist()]
    return f"M {points[0]} L " + " L ".join(points[1:]) + " z"
