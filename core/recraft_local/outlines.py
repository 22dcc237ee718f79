"""Outlines of SVG shapes as polygons: path data, basic shapes and transforms, standard library only.

Source: https://www.w3.org/TR/SVG2/paths.html and https://www.w3.org/TR/SVG2/implnote.html (arcs). Curves become
short straight pieces, good enough to ask where a shape lies.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple
from xml.etree.ElementTree import Element

Point = tuple[float, float]
Polygon = list[Point]

_PIECES = 8  # straight pieces per curve
_TOKEN = re.compile(r"([MmLlHhVvCcSsQqTtAaZz])|([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_FLAG = re.compile(r"[01]")
_CALL = re.compile(r"(matrix|translate|scale|rotate|skewX|skewY)\s*\(([^)]*)\)")
_TAKES = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}


class Matrix(NamedTuple):
    """x' = a x + c y + e, y' = b x + d y + f."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def __matmul__(self, inner: Matrix) -> Matrix:
        """First `inner`, then this one."""
        return Matrix(
            self.a * inner.a + self.c * inner.b, self.b * inner.a + self.d * inner.b,
            self.a * inner.c + self.c * inner.d, self.b * inner.c + self.d * inner.d,
            self.a * inner.e + self.c * inner.f + self.e, self.b * inner.e + self.d * inner.f + self.f,
        )  # fmt: skip

    def of(self, point: Point) -> Point:
        """Where a point goes."""
        x, y = point
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def inverse(self) -> Matrix | None:
        """The way back; None when everything falls on a line."""
        det = self.a * self.d - self.b * self.c
        if not math.isfinite(det) or abs(det) < 1e-12:
            return None
        a, b, c, d = self.d / det, -self.b / det, -self.c / det, self.a / det
        return Matrix(a, b, c, d, -(a * self.e + c * self.f), -(b * self.e + d * self.f))


def transform(text: str | None) -> Matrix:
    """The matrix of a `transform` attribute; what cannot be read changes nothing."""
    matrix = Matrix()
    for name, inner in _CALL.findall(text or ""):
        matrix = matrix @ _step(name, [float(part) for part in _NUMBER.findall(inner)])
    return matrix


def _step(name: str, values: list[float]) -> Matrix:
    if not values or (name == "matrix" and len(values) != 6):
        return Matrix()
    if name == "matrix":
        return Matrix(*values)
    first = values[0]
    second = values[1] if len(values) > 1 else None
    if name == "translate":
        return Matrix(e=first, f=second or 0.0)
    if name == "scale":
        return Matrix(a=first, d=first if second is None else second)
    turn = math.radians(first)
    if name == "rotate":
        x, y = (*values[1:3],) if len(values) == 3 else (0.0, 0.0)
        spin = Matrix(math.cos(turn), math.sin(turn), -math.sin(turn), math.cos(turn))
        return Matrix(e=x, f=y) @ spin @ Matrix(e=-x, f=-y)
    return Matrix(c=math.tan(turn)) if name == "skewX" else Matrix(b=math.tan(turn))


def viewport(root: Element, width: float, height: float) -> Matrix:
    """From the root's user space to a picture of width × height px (viewBox, preserveAspectRatio)."""
    parts = [float(part) for part in _NUMBER.findall(root.get("viewBox") or "")]
    if len(parts) != 4 or parts[2] <= 0 or parts[3] <= 0:
        return Matrix()
    across, down = width / parts[2], height / parts[3]
    shift_x = shift_y = 0.0
    if "none" not in (root.get("preserveAspectRatio") or ""):
        scale = min(across, down)
        shift_x, shift_y = (width - parts[2] * scale) / 2, (height - parts[3] * scale) / 2
        across = down = scale
    return Matrix(across, 0, 0, down, shift_x - parts[0] * across, shift_y - parts[1] * down)


def outline(element: Element, tag: str) -> list[Polygon] | None:
    """The polygons of a basic shape or path in its own user space; None when it is something else."""
    maker = _SHAPES.get(tag)
    if maker is None:
        return None
    try:
        return maker(element)
    except (ValueError, OverflowError, IndexError):
        return None


def _value(element: Element, name: str) -> float:
    match = _NUMBER.match((element.get(name) or "0").strip())
    return float(match[0]) if match else 0.0


def _rect(element: Element) -> list[Polygon]:
    x, y, width, height = (_value(element, name) for name in ("x", "y", "width", "height"))
    return [[(x, y), (x + width, y), (x + width, y + height), (x, y + height)]]


def _ellipse(element: Element) -> list[Polygon]:
    x, y = _value(element, "cx"), _value(element, "cy")
    across = _value(element, "r") or _value(element, "rx")
    down = _value(element, "r") or _value(element, "ry")
    steps = [2 * math.pi * step / 32 for step in range(32)]
    return [[(x + across * math.cos(turn), y + down * math.sin(turn)) for turn in steps]]


def _points(element: Element) -> list[Polygon]:
    numbers = [float(part) for part in _NUMBER.findall(element.get("points") or "")]
    return [list(zip(numbers[::2], numbers[1::2], strict=False))]


def _path(element: Element) -> list[Polygon]:
    return path(element.get("d") or "")


_SHAPES: dict[str, Callable[[Element], list[Polygon]]] = {
    "rect": _rect, "circle": _ellipse, "ellipse": _ellipse, "polygon": _points, "polyline": _points, "path": _path,
}  # fmt: skip


def path(data: str) -> list[Polygon]:
    """The polygons of path data. Raises ValueError when it cannot be read."""
    polygons: list[Polygon] = []
    here: Point = (0.0, 0.0)
    control, previous = here, ""
    for command, values in _commands(data):
        upper = command.upper()
        if upper == "M" or not polygons:
            here = _absolute(command, values, here)[-1] if values else here
            polygons.append([here])
        elif upper == "Z":
            here = polygons[-1][0]
            polygons.append([here])
        else:
            points = _absolute(command, values, here)
            mirrored = (2 * here[0] - control[0], 2 * here[1] - control[1])
            smooth = previous in {"S": "CS", "T": "QT"}.get(upper, "")
            pieces, control = _drawn(upper, here, points, values, mirrored if smooth and previous else here)
            polygons[-1] += pieces
            here = points[-1]
        if upper not in "CSQT":
            control = here
        previous = upper
    return [polygon for polygon in polygons if len(polygon) > 2]


def _commands(data: str) -> Iterator[tuple[str, list[float]]]:
    """Commands one by one, repeated ones spelled out. Arc flags may stand without spaces: `a1 1 0 01.5.5`."""
    position, command = 0, ""
    while position < len(data):
        match = _TOKEN.match(data, position)
        if match is None:
            if data[position] not in " ,\t\r\n":
                raise ValueError(f"unexpected {data[position]!r} in path data")
            position += 1
            continue
        if match[1]:
            command, position = match[1], match.end()
            if command in "Zz":
                yield command, []
            continue
        values, position = _arguments(data, position, command)
        yield command, values
        command = {"M": "L", "m": "l"}.get(command, command)


def _arguments(data: str, position: int, command: str) -> tuple[list[float], int]:
    if not command:
        raise ValueError("a number without a command")
    values: list[float] = []
    while len(values) < _TAKES[command.upper()]:
        while position < len(data) and data[position] in " ,\t\r\n":
            position += 1
        flag = command in "Aa" and len(values) in (3, 4)
        match = _FLAG.match(data, position) if flag else _NUMBER.match(data, position)
        if match is None:
            raise ValueError("path data ends early")
        values.append(float(match[0]))
        position = match.end()
    return values, position


def _absolute(command: str, values: list[float], here: Point) -> list[Point]:
    """The points of a command in absolute coordinates; of an arc only its end."""
    x, y = here if command.islower() else (0.0, 0.0)
    upper = command.upper()
    if upper == "H":
        return [(values[0] + x, here[1])]
    if upper == "V":
        return [(here[0], values[0] + y)]
    if upper == "A":
        values = values[5:]
    return [(across + x, down + y) for across, down in zip(values[::2], values[1::2], strict=True)]


def _drawn(
    upper: str, here: Point, points: list[Point], values: list[float], mirrored: Point
) -> tuple[list[Point], Point]:
    """The pieces of one command, and the control point a smooth follower mirrors."""
    if upper == "A":
        return _arc(here, points[-1], values), points[-1]
    if upper in "ST":
        points = [mirrored, *points]
    if upper in "CSQT":
        return [_bezier([here, *points], step / _PIECES) for step in range(1, _PIECES + 1)], points[-2]
    return points, points[-1]


def _bezier(points: list[Point], t: float) -> Point:
    while len(points) > 1:
        points = [(a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for a, b in pairwise(points)]
    return points[0]


def _arc(start: Point, end: Point, values: list[float]) -> list[Point]:
    """An elliptical arc as points (SVG 2, "Implementation notes", endpoint to centre form)."""
    across, down, tilt = abs(values[0]), abs(values[1]), math.radians(values[2])
    if across == 0 or down == 0 or start == end:
        return [end]
    cos, sin = math.cos(tilt), math.sin(tilt)
    half_x, half_y = (start[0] - end[0]) / 2, (start[1] - end[1]) / 2
    x, y = cos * half_x + sin * half_y, cos * half_y - sin * half_x
    scale = math.sqrt(max(1.0, (x / across) ** 2 + (y / down) ** 2))
    across, down = across * scale, down * scale
    below = (across * y) ** 2 + (down * x) ** 2
    root = math.sqrt(max(0.0, (across * down) ** 2 - below) / below) * (-1 if values[3] == values[4] else 1)
    centre_x, centre_y = root * across * y / down, -root * down * x / across
    first = math.atan2((y - centre_y) / down, (x - centre_x) / across)
    sweep = math.atan2((-y - centre_y) / down, (-x - centre_x) / across) - first
    sweep += (2 * math.pi if values[4] and sweep < 0 else 0) - (2 * math.pi if not values[4] and sweep > 0 else 0)
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    place = Matrix(cos, sin, -sin, cos, *middle)
    turns = [first + sweep * step / (2 * _PIECES) for step in range(1, 2 * _PIECES + 1)]
    return [
        place.of((centre_x + across * math.cos(turn), centre_y + down * math.sin(turn))) for turn in turns
    ]
