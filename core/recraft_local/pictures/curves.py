"""Draw lines and curves through the points of an outline: straight where it is straight, sharp at true corners.

Curves after Philip J. Schneider, "An algorithm for automatically fitting digitized curves", Graphics Gems, 1990.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]

ARM = 4  # points on either side that tell a direction
TURN = 0.62  # radians (36 degrees) by which a corner turns at least
STRAY = 0.2  # px: a line may be off the points by so much
LOOSE = 0.2  # px: and a curve
_SHARPER = 2.2  # times the turn a few points further on, else it is a tight curve
_HAIRPIN = 1.1  # radians by which two points turn at a corner beside another
_NEAR = 1.6  # px: two straight arms meet no further than this from the points

_SLIVER = 1000  # px: of an area below this a ring may be a sliver
_NEARLY = 9  # times the allowed distance squared: worth another try with the same curve
_DEEPEST = 12  # times that a curve is divided

Piece = tuple[float, ...]  # end of a line: x, y; of a curve: two handles and its end


def outlined(ring: Floats, breaks: Bools, slack: Floats) -> tuple[tuple[float, float], list[Piece]]:
    """Start and pieces that follow the closed `ring` (n, 2).

    At `breaks` (n,) one piece ends and another begins whatever the shape. `slack` (n,) is by how many px more than
    usual a point may be missed.
    """
    marks = np.flatnonzero(_corners(ring) & (slack == 0) | breaks)
    if not len(marks):
        closed = _calmer(np.concatenate([ring[-8:], ring, ring[:9]]), np.concatenate([slack[-8:], slack, slack[:9]]))
        closed = closed[8:-8]
        closed[-1] = closed[0]
        first = _way(closed[-3], closed[2])
        return _place(closed[0]), _curves(closed, first, -first, LOOSE + np.append(slack, slack[0]), 0)
    spans = _between(marks, len(ring))
    parts = [_calmer(ring[span], slack[span]) for span in spans]
    spare = [slack[span] for span in spans]
    lines = [_line(part, more) for part, more in zip(parts, spare, strict=True)]
    joints = [_joint(ring[at], lines[k - 1], lines[k]) for k, at in enumerate(marks)]
    pieces: list[Piece] = []
    for k, part in enumerate(parts):
        part[0], part[-1] = joints[k], joints[(k + 1) % len(joints)]
        pieces += [_place(part[-1])] if lines[k] is not None else _fitted(part, spare[k])
    if abs(area(np.array([joints[0], *(piece[-2:] for piece in pieces)]))) < abs(area(ring)) / 2 < _SLIVER:
        # too narrow for lines and curves to stay apart
        return _place(ring[0]), _without_needless(ring[0], [_place(point) for point in ring[1:]])
    return _place(joints[0]), _without_needless(joints[0], pieces)


def area(points: Floats) -> float:
    """Area within the closed ring of points (n, 2), px²; negative when it runs against the clock."""
    x, y = points.T
    return float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum() / 2)


def _place(point: Floats) -> tuple[float, float]:
    return float(point[0]), float(point[1])


def _between(marks: Ints, n: int) -> list[Ints]:
    """The points from each mark to the next, both included; from the last to the first, all round."""
    ends = [*marks[1:].tolist(), int(marks[0]) + n]
    return [np.arange(a, b + 1) % n for a, b in zip(marks.tolist(), ends, strict=True)]


def _calmer(points: Floats, slack: Floats) -> Floats:
    """Each point at the mean of its neighbours and itself, the ends as they are; again where there is slack."""
    out = points.copy()
    if len(points) < 4:
        return out
    out[1:-1] = (points[:-2] + 2 * points[1:-1] + points[2:]) / 4
    vague = slack[1:-1, None] > 0
    for _ in range(6 if vague.any() else 0):
        out[1:-1] = np.where(vague, (out[:-2] + out[1:-1] + out[2:]) / 3, out[1:-1])
    return out


def _line(points: Floats, slack: Floats) -> tuple[Floats, Floats] | None:
    """A point and the direction of the line through the points between the ends, None where they are not straight."""
    inner = points[1:-1] if len(points) < 8 else points[2:-2]
    if len(inner) < 2 or np.hypot(*(points[-1] - points[0])) < 1e-6:
        return (points[0], points[-1] - points[0]) if len(points) < 4 else None
    middle = inner.mean(axis=0)
    x, y = (inner - middle).T
    angle = 0.5 * np.arctan2(2 * float(x @ y), float(x @ x) - float(y @ y))
    way = np.array((np.cos(angle), np.sin(angle)))
    off = np.abs((inner - middle) @ np.array((-way[1], way[0])))
    room = slack[1:-1] if len(points) < 8 else slack[2:-2]
    return (middle, way) if (off <= STRAY + room).all() else None


def _joint(at: Floats, before: tuple[Floats, Floats] | None, after: tuple[Floats, Floats] | None) -> Floats:
    """Where two lines meet, or the foot of a point on the one line; the point itself where that is farther off."""
    if before is not None and after is not None:
        (p, u), (q, v) = before, after
        cross = u[0] * v[1] - u[1] * v[0]
        if abs(cross) > 0.15 * float(np.hypot(*u) * np.hypot(*v)):
            gap = q - p
            spot = p + u * ((gap[0] * v[1] - gap[1] * v[0]) / cross)
            return np.asarray(spot if np.hypot(*(spot - at)) < _NEAR else at)
    line = before if before is not None else after
    if line is None:
        return at
    foot = line[0] + line[1] * (((at - line[0]) @ line[1]) / max(float(line[1] @ line[1]), 1e-9))
    return np.asarray(foot if np.hypot(*(foot - at)) < _NEAR / 2 else at)


def _corners(ring: Floats) -> Bools:
    """Where the ring turns sharply."""
    n = len(ring)
    if n < 6:
        return np.ones(n, bool)
    arm = min(ARM, n // 4)
    turn = _turns(ring, arm)
    if arm < ARM:
        return np.asarray((turn > 1.2) & (turn >= np.roll(turn, 1)) & (turn > np.roll(turn, -1)))
    top = turn > TURN
    for k in range(1, arm + 1):
        top &= (turn >= np.roll(turn, k)) & (turn > np.roll(turn, -k))
    beyond = (np.roll(turn, arm + 1) + np.roll(turn, -arm - 1)) / 2
    top &= turn > np.minimum(_SHARPER * beyond, 1.2)
    return np.asarray(top | _ends(ring, top))


def _ends(ring: Floats, known: Bools) -> Bools:
    """The sharp turns at the end of a narrow part, two within a few points, which longer arms take for one."""
    turn = _turns(ring, 2)
    top = (turn > _HAIRPIN) & (turn >= np.roll(turn, 1)) & (turn > np.roll(turn, -1))
    return np.asarray(top & ~np.roll(known, 1) & ~np.roll(known, -1))


def _turns(ring: Floats, arm: int) -> Floats:
    """By how many radians the way of `arm` points turns at each point."""
    back, ahead = ring - np.roll(ring, arm, axis=0), np.roll(ring, -arm, axis=0) - ring
    cross = back[:, 0] * ahead[:, 1] - back[:, 1] * ahead[:, 0]
    return np.asarray(np.abs(np.arctan2(cross, (back * ahead).sum(axis=1))))


def _way(start: Floats, end: Floats) -> Floats:
    way = end - start
    return np.asarray(way / max(float(np.hypot(way[0], way[1])), 1e-9))


def _fitted(points: Floats, slack: Floats) -> list[Piece]:
    """Pieces from the first of `points` to the last."""
    if len(points) < 3:
        return [_place(points[-1])]
    return _curves(points, _way_out(points), _way_out(points[::-1]), LOOSE + slack, 0)


def _off_line(points: Floats) -> Floats:
    chord, rest = points[-1] - points[0], points[1:-1] - points[0]
    return np.abs(rest[:, 0] * chord[1] - rest[:, 1] * chord[0]) / max(float(np.hypot(chord[0], chord[1])), 1e-6)


def _way_out(points: Floats) -> Floats:
    far = min(3, len(points) - 1)
    return _way(points[0], points[far if np.abs(points[far] - points[0]).max() > 1e-6 else 1])


def _curves(points: Floats, first: Floats, last: Floats, enough: Floats, depth: int) -> list[Piece]:
    """Pieces that start along `first`, arrive against `last` and miss each point by at most `enough` (n,) px."""
    if len(points) == 2:
        return [_place(points[-1])]
    steps = np.diff(points, axis=0)
    u = np.zeros(len(points))
    np.cumsum(np.hypot(steps[:, 0], steps[:, 1]), out=u[1:])
    long = max(float(u[-1]), 1e-9)
    u /= long
    allowed = enough * enough
    handles, off = _bezier(points, u, first, last, long)
    off /= allowed
    for _ in range(3):
        if not 1 < off.max() < _NEARLY:
            break
        u = _closer(handles, points, u)
        handles, off = _bezier(points, u, first, last, long)
        off /= allowed
    if off.max() <= 1 or depth > _DEEPEST or len(points) < 5:
        return [tuple(handles[1:].ravel().tolist())]
    at = min(max(int(off.argmax()), 2), len(points) - 3)
    way = _way(points[max(at - 3, 0)], points[min(at + 3, len(points) - 1)])
    pieces: list[Piece] = []
    for part, one, two in ((slice(0, at + 1), first, -way), (slice(at, None), way, last)):
        some = points[part]
        if (_off_line(some) <= enough[part][1:-1] / 3).all():
            pieces.append(_place(some[-1]))
        else:
            pieces += _curves(some, one, two, enough[part], depth + 1)
    return pieces


def _bezier(points: Floats, u: Floats, first: Floats, last: Floats, long: float) -> tuple[Floats, Floats]:
    """The cubic from end to end with tangents `first` and `last` nearest to the points, and their distances squared.

    `long` is the way along the points, px.
    """
    b = _weights(u)
    rest = points - (b[:, 0] + b[:, 1])[:, None] * points[0] - (b[:, 2] + b[:, 3])[:, None] * points[-1]
    c00, c11 = float(b[:, 1] @ b[:, 1]), float(b[:, 2] @ b[:, 2])
    c01 = float(b[:, 1] @ b[:, 2]) * float(first @ last)
    x0, x1 = float(b[:, 1] @ (rest @ first)), float(b[:, 2] @ (rest @ last))
    det = c00 * c11 - c01 * c01
    one = two = 0.0
    if abs(det) > 1e-12:
        one, two = (x0 * c11 - x1 * c01) / det, (c00 * x1 - c01 * x0) / det
    if not (1e-3 * long < one < long and 1e-3 * long < two < long):
        one = two = long / 3
    handles = np.array([points[0], points[0] + first * one, points[-1] + last * two, points[-1]])
    away = b @ handles - points
    return handles, np.einsum("ij,ij->i", away, away)


def _weights(u: Floats) -> Floats:
    v = 1 - u
    weights = np.empty((len(u), 4))
    weights[:, 0], weights[:, 1], weights[:, 2], weights[:, 3] = v * v * v, 3 * u * v * v, 3 * u * u * v, u * u * u
    return weights


def _closer(handles: Floats, points: Floats, u: Floats) -> Floats:
    """One Newton step of each parameter towards the nearest place of the curve."""
    d1 = 3 * np.diff(handles, axis=0)
    d2 = 2 * np.diff(d1, axis=0)
    v = 1 - u
    at = _weights(u) @ handles - points
    slope = np.outer(v * v, d1[0]) + np.outer(2 * u * v, d1[1]) + np.outer(u * u, d1[2])
    bend = np.outer(v, d2[0]) + np.outer(u, d2[1])
    under = (slope * slope).sum(axis=1) + (at * bend).sum(axis=1)
    moved = u - (at * slope).sum(axis=1) / np.where(np.abs(under) < 1e-9, 1e-9, under)
    moved = np.clip(moved, 0, 1)
    moved[0], moved[-1] = 0, 1
    return np.asarray(np.maximum.accumulate(moved))


def _without_needless(start: Floats, pieces: list[Piece]) -> list[Piece]:
    """Lines that go on in the direction of the line before are one line with it."""
    out: list[Piece] = []
    before = at = (float(start[0]), float(start[1]))
    for piece in pieces:
        end = (piece[-2], piece[-1])
        if len(piece) == 2 and out and len(out[-1]) == 2 and _along(before, at, end):
            out[-1] = piece
        else:
            before = at
            out.append(piece)
        at = end
    return out


def _along(start: tuple[float, float], middle: tuple[float, float], end: tuple[float, float]) -> bool:
    x, y, px, py = end[0] - start[0], end[1] - start[1], middle[0] - start[0], middle[1] - start[1]
    length = np.hypot(x, y)
    return bool(length > 1e-6 and abs(x * py - y * px) / length < STRAY / 2 and px * x + py * y > 0)
