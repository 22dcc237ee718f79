"""Shapes: the one description of a drawing that both the SVG writer and the painter read.

A page has its shorter side = 1; x runs right, y runs down. A shape is closed contours with one paint: those that run
clockwise are filled, the others are holes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import atan2, cos, dist, hypot, pi, sin
from typing import NamedTuple

from .colours import RGB

Point = tuple[float, float]
Knot = tuple[float, ...]  # (x, y): straight to there; (c1x, c1y, c2x, c2y, x, y): a cubic curve to there
Contour = tuple[Knot, ...]  # the first knot is always a plain point; closed without repeating it


class Page(NamedTuple):
    """Width and height of the drawing, the shorter one being 1."""

    w: float
    h: float

    @classmethod
    def of(cls, width: int, height: int) -> Page:
        """Page with the proportions of width × height px."""
        short = min(width, height)
        return cls(width / short, height / short)


@dataclass(frozen=True)
class Gradient:
    """Colour ramp in page units: linear from `a` to `b`, or radial with centre `a` and radius `radius`.

    Stops are (offset 0..1, colour, opacity 0..1), offsets rising. `squash` is a radial one's height over its width.
    """

    a: Point
    b: Point
    stops: tuple[tuple[float, RGB, float], ...]
    radius: float | None = None
    squash: float = 1.0


Paint = RGB | Gradient


@dataclass(frozen=True)
class Shape:
    """Contours filled with one paint.

    `depth` is "back" (may be out of focus), "front" or "label" (kept as it is by every style); `edge` says whether line
    styles draw its outline.
    """

    contours: tuple[Contour, ...]
    paint: Paint
    opacity: float = 1.0
    depth: str = "back"
    edge: bool = True

    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of the knots and handles."""
        return bounds(self.contours)


def bounds(contours: Iterable[Contour]) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of the knots and handles of contours."""
    knots = [k for c in contours for k in c]
    xs, ys = [v for k in knots for v in k[0::2]], [v for k in knots for v in k[1::2]]
    return min(xs), min(ys), max(xs), max(ys)


def move(contour: Contour, place: Callable[[Point], Point]) -> Contour:
    """Send every knot and handle of a contour through `place`."""
    return tuple(tuple(v for i in range(0, len(k), 2) for v in place((k[i], k[i + 1]))) for k in contour)


def reverse(contour: Contour) -> Contour:
    """The contour run the other way round: what mirroring needs for holes to stay holes."""
    ends = [k[-2:] for k in contour]
    back: list[Knot] = [ends[-1]]
    for knot, end in zip(contour[:0:-1], ends[-2::-1], strict=True):
        back.append(end if len(knot) == 2 else (*knot[2:4], *knot[0:2], *end))
    return tuple(back)


def rect(x: float, y: float, w: float, h: float, r: float = 0.0) -> Contour:
    """Rectangle with corner radius `r`."""
    if r <= 0:
        return ((x, y), (x + w, y), (x + w, y + h), (x, y + h))
    r = min(r, w / 2, h / 2)
    k, x2, y2 = r * 0.448, x + w, y + h
    return (
        (x + r, y), (x2 - r, y), (x2 - k, y, x2, y + k, x2, y + r),
        (x2, y2 - r), (x2, y2 - k, x2 - k, y2, x2 - r, y2),
        (x + r, y2), (x + k, y2, x, y2 - k, x, y2 - r),
        (x, y + r), (x, y + k, x + k, y, x + r, y),
    )  # fmt: skip


def ellipse(cx: float, cy: float, rx: float, ry: float) -> Contour:
    """Ellipse of four cubic arcs."""
    kx, ky = rx * 0.5523, ry * 0.5523
    return (
        (cx + rx, cy),
        (cx + rx, cy + ky, cx + kx, cy + ry, cx, cy + ry),
        (cx - kx, cy + ry, cx - rx, cy + ky, cx - rx, cy),
        (cx - rx, cy - ky, cx - kx, cy - ry, cx, cy - ry),
        (cx + kx, cy - ry, cx + rx, cy - ky, cx + rx, cy),
    )


def smooth(points: Sequence[Point], *, closed: bool = True) -> Contour:
    """Curve through all points (Catmull-Rom written as cubics); an open one is closed by straight knots of your own."""
    around = [points[-1], *points, points[0], points[1]] if closed else [points[0], *points, points[-1]]
    return (points[0], *(_span(*around[i : i + 4]) for i in range(len(around) - 3)))


def _span(before: Point, start: Point, end: Point, after: Point) -> Knot:
    """Cubic from start to end whose slope follows the neighbours."""
    return (
        start[0] + (end[0] - before[0]) / 6, start[1] + (end[1] - before[1]) / 6,
        end[0] - (after[0] - start[0]) / 6, end[1] - (after[1] - start[1]) / 6, *end,
    )  # fmt: skip


def flatten(contour: Contour, steps: int = 10) -> list[Point]:
    """The contour as straight pieces, `steps` for each curve."""
    x0, y0 = contour[0]
    points = [(x0, y0)]
    ts = [i / steps for i in range(1, steps + 1)]
    weights = [((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3) for t in ts]
    for knot in contour[1:]:
        if len(knot) == 2:
            points.append((knot[0], knot[1]))
        else:
            x1, y1, x2, y2, x3, y3 = knot
            points += [(a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3) for a, b, c, d in weights]
        x0, y0 = points[-1]
    return points


def area(points: Sequence[Point]) -> float:
    """Signed area; positive when the points run clockwise on screen."""
    return sum(p[0] * q[1] - q[0] * p[1] for p, q in zip(points, [*points[1:], points[0]], strict=True)) / 2


def thickness(contour: Contour) -> float:
    """About how wide the thinnest way across is: twice the area over the length of the edge."""
    points = flatten(contour, 4)
    return 2 * abs(area(points)) / max(sum(dist(p, q) for p, q in pairwise([*points, points[0]])), 1e-9)


def clockwise(points: Sequence[Point]) -> Contour:
    """The points as a contour that is filled."""
    return tuple(points if area(points) >= 0 else points[::-1])


def ribbon(line: Sequence[Point], width: float, *, closed: bool = False, taper: bool = False) -> Contour:
    """A stroke as a filled contour: round ends, or pointed ones with `taper`; a closed one is a ring with a seam."""
    pts = [p for i, p in enumerate(line) if i == 0 or dist(p, line[i - 1]) > 1e-9]
    if closed and len(pts) > 2 and dist(pts[0], pts[-1]) > 1e-9:
        pts.append(pts[0])
    if len(pts) < 2:
        return ellipse(*line[0], width / 2, width / 2)
    n = len(pts) - 1
    halves = [width / 2 * (sin(pi * (0.08 + 0.84 * i / n)) if taper else 1.0) for i in range(n + 1)]
    sides = list(zip(pts, _normals(pts, closed), halves, strict=True))
    left = [(p[0] + m[0] * h, p[1] + m[1] * h) for p, m, h in sides]
    right = [(p[0] - m[0] * h, p[1] - m[1] * h) for p, m, h in sides][::-1]
    if closed or taper:
        return clockwise([*left, *right])
    return clockwise([*left, *_cap(pts[-1], pts[-2], width / 2), *right, *_cap(pts[0], pts[1], width / 2)])


def _normals(pts: Sequence[Point], closed: bool) -> list[Point]:
    """Mitred normal at every point, left of the direction of travel, at most 1.6 long."""
    sides = [((q[1] - p[1]) / dist(p, q), (p[0] - q[0]) / dist(p, q)) for p, q in pairwise(pts)]
    before = [sides[-1] if closed else sides[0], *sides]
    after = [*sides, sides[0] if closed else sides[-1]]
    normals = []
    for (ax, ay), (bx, by) in zip(before, after, strict=True):
        length = hypot(ax + bx, ay + by) or 1.0
        reach = min(1.6, 2 / length) / length
        normals.append(((ax + bx) * reach, (ay + by) * reach))
    return normals


def _cap(end: Point, inner: Point, radius: float) -> list[Point]:
    """Half circle around `end`, away from `inner`, running from the left side to the right."""
    along = atan2(end[1] - inner[1], end[0] - inner[0])
    angles = [along - pi / 2 + pi * i / 6 for i in range(1, 6)]
    return [(end[0] + radius * cos(a), end[1] + radius * sin(a)) for a in angles]
