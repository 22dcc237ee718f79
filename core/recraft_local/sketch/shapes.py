"""Shapes: the one description of a drawing that both the SVG writer and the painter read.

A page has its shorter side = 1; x runs right, y runs down. A shape is a union of closed contours
with one paint. Subjects, letters and scenery are written in a small notation (`parse`), because a
picture kept as text can be mended by eye without touching any code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import atan2, cos, hypot, pi, sin
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

    Stops are (offset 0..1, colour, opacity 0..1), offsets rising. `squash` flattens a radial one: its height
    over its width.
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

    `depth` is "back" (may be out of focus), "front" or "label" (kept as it is by every style);
    `edge` says whether line styles draw its outline.
    """

    contours: tuple[Contour, ...]
    paint: Paint
    opacity: float = 1.0
    depth: str = "back"
    edge: bool = True

    def moved(self, place: Callable[[Point], Point]) -> Shape:
        """The same shape with every point sent through `place` (a gradient's points too)."""
        paint = self.paint
        if isinstance(paint, Gradient):
            paint = replace(paint, a=place(paint.a), b=place(paint.b))
        return replace(self, contours=tuple(move(c, place) for c in self.contours), paint=paint)

    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of the knots and handles."""
        xs = [v for c in self.contours for k in c for v in k[0::2]]
        ys = [v for c in self.contours for k in c for v in k[1::2]]
        return min(xs), min(ys), max(xs), max(ys)


def move(contour: Contour, place: Callable[[Point], Point]) -> Contour:
    """Send every knot and handle of a contour through `place`."""
    return tuple(
        tuple(v for i in range(0, len(k), 2) for v in place((k[i], k[i + 1]))) for k in contour
    )


# ---------------------------------------------------------------- contours


def polygon(points: Iterable[Point]) -> Contour:
    """Straight-sided contour."""
    return tuple((x, y) for x, y in points)


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


def smooth(points: Sequence[Point]) -> Contour:
    """Closed curve through all points (Catmull-Rom written as cubics)."""
    n, knots = len(points), [points[0]]
    curve: list[Knot] = [knots[0]]
    curve += [_span(points[i - 1], points[i], points[(i + 1) % n], points[(i + 2) % n]) for i in range(n)]
    return tuple(curve)


def smooth_open(points: Sequence[Point]) -> Contour:
    """Open curve through all points; close it yourself with straight knots."""
    ends = [points[0], *points, points[-1]]
    spans = [_span(*ends[i : i + 4]) for i in range(len(points) - 1)]
    return (points[0], *spans)


def _span(before: Point, start: Point, end: Point, after: Point) -> Knot:
    """Cubic from start to end whose slope follows the neighbours."""
    return (
        start[0] + (end[0] - before[0]) / 6, start[1] + (end[1] - before[1]) / 6,
        end[0] - (after[0] - start[0]) / 6, end[1] - (after[1] - start[1]) / 6,
        end[0], end[1],
    )  # fmt: skip


def flatten(contour: Contour, steps: int = 10) -> list[Point]:
    """The contour as straight pieces, `steps` for each curve."""
    points = [(contour[0][0], contour[0][1])]
    for knot in contour[1:]:
        if len(knot) == 2:
            points.append((knot[0], knot[1]))
            continue
        (x0, y0), (x1, y1, x2, y2, x3, y3) = points[-1], knot
        for i in range(1, steps + 1):
            t = i / steps
            a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
            points.append((a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3))
    return points


def area(points: Sequence[Point]) -> float:
    """Signed area; positive when the points run clockwise on screen."""
    pairs = zip(points, [*points[1:], points[0]], strict=True)
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairs) / 2


def oriented(contour: Contour) -> Contour:
    """The contour running clockwise, so that overlapping contours of one shape add up in SVG."""
    if area([(k[-2], k[-1]) for k in contour]) >= 0:
        return contour
    points = [(contour[0][0], contour[0][1])] + [(k[-2], k[-1]) for k in contour[1:]]
    back: list[Knot] = [points[-1]]
    for i in range(len(contour) - 1, 0, -1):
        k, end = contour[i], points[i - 1]
        back.append(end if len(k) == 2 else (k[2], k[3], k[0], k[1], *end))
    return tuple(back)


# ---------------------------------------------------------------- strokes


def ribbon(line: Sequence[Point], width: float, *, closed: bool = False, taper: bool = False) -> Contour:
    """A stroke as a filled contour: round ends, or pointed ones with `taper`.

    A closed line becomes a ring cut open by a seam, so that it needs no hole.
    """
    pts = [p for i, p in enumerate(line) if i == 0 or hypot(p[0] - line[i - 1][0], p[1] - line[i - 1][1]) > 1e-9]
    if closed and len(pts) > 2 and hypot(pts[0][0] - pts[-1][0], pts[0][1] - pts[-1][1]) > 1e-9:
        pts.append(pts[0])
    if len(pts) < 2:
        return oriented(ellipse(line[0][0], line[0][1], width / 2, width / 2))
    normals = _normals(pts, closed)
    n = len(pts) - 1
    halves = [width / 2 * (sin(pi * (0.08 + 0.84 * i / n)) if taper else 1.0) for i in range(n + 1)]
    left = [(p[0] + m[0] * h, p[1] + m[1] * h) for p, m, h in zip(pts, normals, halves, strict=True)]
    right = [(p[0] - m[0] * h, p[1] - m[1] * h) for p, m, h in zip(pts, normals, halves, strict=True)]
    if closed or taper:
        return oriented(polygon([*left, *right[::-1]]))
    tail, head = _cap(pts[-1], pts[-2], width / 2), _cap(pts[0], pts[1], width / 2)
    return oriented(polygon([*left, *tail, *right[::-1], *head]))


def _normals(pts: Sequence[Point], closed: bool) -> list[Point]:
    """Mitred normal at every point, left of the direction of travel, at most 1.6 long."""
    sides = []
    for (x0, y0), (x1, y1) in pairwise(pts):
        length = hypot(x1 - x0, y1 - y0)
        sides.append(((y1 - y0) / length, (x0 - x1) / length))
    before = [sides[-1] if closed else sides[0], *sides]
    after = [*sides, sides[0] if closed else sides[-1]]
    normals = []
    for (ax, ay), (bx, by) in zip(before, after, strict=True):
        mx, my = ax + bx, ay + by
        length = hypot(mx, my) or 1.0
        reach = min(1.6, 2 / length) / length
        normals.append((mx * reach, my * reach))
    return normals


def _cap(end: Point, inner: Point, radius: float) -> list[Point]:
    """Half circle around `end`, away from `inner`, running from the left side to the right."""
    along = atan2(end[1] - inner[1], end[0] - inner[0])
    angles = [along - pi / 2 + pi * i / 6 for i in range(1, 6)]
    return [(end[0] + radius * cos(a), end[1] + radius * sin(a)) for a in angles]


# ---------------------------------------------------------------- looking


Box = tuple[float, float, float, float]


def topmost(shapes: Sequence[tuple[Shape, Box]], point: Point) -> RGB:
    """The colour that a drawing shows at a point, as near as flat colours tell; faint shapes do not count.

    `shapes` come back to front with their boxes, which are asked for many points.
    """
    for shape, (left, top, right, bottom) in reversed(shapes):
        if shape.opacity < 0.5 or not (left <= point[0] <= right and top <= point[1] <= bottom):
            continue
        if any(_holds(flatten(contour), point) for contour in shape.contours):
            colour = _at(shape.paint, point)
            if colour is not None:
                return colour
    return (255, 255, 255)


def _holds(outline: Sequence[Point], point: Point) -> bool:
    """Whether a polygon contains a point: an odd number of its sides lies to the right."""
    x, y = point
    inside = False
    for (x0, y0), (x1, y1) in pairwise([*outline, outline[0]]):
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) / (y1 - y0) * (x1 - x0):
            inside = not inside
    return inside


def _at(paint: Paint, point: Point) -> RGB | None:
    """A paint's colour at a point, of a ramp the nearest stop's; None where it is faint."""
    if not isinstance(paint, Gradient):
        return paint
    (ax, ay), (bx, by) = paint.a, paint.b
    if paint.radius is None:
        length = (bx - ax) ** 2 + (by - ay) ** 2 or 1e-9
        t = ((point[0] - ax) * (bx - ax) + (point[1] - ay) * (by - ay)) / length
    else:
        t = hypot(point[0] - ax, (point[1] - ay) / (paint.squash or 1.0)) / (paint.radius or 1e-9)
    _, colour, opacity = min(paint.stops, key=lambda stop: abs(stop[0] - t))
    return colour if opacity >= 0.5 else None


# ---------------------------------------------------------------- notation

_TOKEN = re.compile(r"[A-Za-z]|-?\d*\.?\d+")


def parse(text: str) -> list[Contour]:
    """Read the drawing notation into contours.

    E cx cy rx ry: ellipse. R x y w h r: rounded rectangle. P x y ...: polygon. S x y ...: smooth
    closed curve. K w x y ...: smooth stroke. H w x y ...: straight stroke. T w x y ...: tapered stroke.
    O w x y ...: smooth closed ring. B x y ...: closed path of cubics (start, then three points each).
    """
    out: list[Contour] = []
    tokens = _TOKEN.findall(text)
    starts = [i for i, t in enumerate(tokens) if t.isalpha()]
    for i, j in zip(starts, [*starts[1:], len(tokens)][: len(starts)], strict=True):
        numbers = [float(t) for t in tokens[i + 1 : j]]
        if tokens[i] == "H":  # piece by piece: a mitre would shave thin, sharp corners
            line = _pairs(numbers[1:])
            out += [ribbon(line[k : k + 2], numbers[0]) for k in range(len(line) - 1)]
        else:
            out.append(oriented(_READERS[tokens[i]](numbers)))
    return out


def _pairs(v: Sequence[float]) -> list[Point]:
    return list(zip(v[0::2], v[1::2], strict=True))


def _cubics(v: Sequence[float]) -> Contour:
    return ((v[0], v[1]), *(tuple(v[i : i + 6]) for i in range(2, len(v), 6)))


_READERS: dict[str, Callable[[list[float]], Contour]] = {
    "E": lambda v: ellipse(*v),
    "R": lambda v: rect(*v),
    "P": lambda v: polygon(_pairs(v)),
    "S": lambda v: smooth(_pairs(v)),
    "B": _cubics,
    "K": lambda v: ribbon(flatten(smooth_open(_pairs(v[1:])), 6), v[0]),
    "T": lambda v: ribbon(flatten(smooth_open(_pairs(v[1:])), 6), v[0], taper=True),
    "O": lambda v: ribbon(flatten(smooth(_pairs(v[1:])), 6), v[0], closed=True),
}
