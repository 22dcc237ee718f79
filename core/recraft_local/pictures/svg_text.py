"""Write shapes as SVG: groups with names, paths in whole units, gradients as SVG has them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from . import paints
from .shapes import Shape

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SIDE = 16384  # units of the square view box: a sixteenth of a px of the largest picture traced
_NAMES = {
    "black": (20, 20, 20), "grey": (128, 128, 128), "white": (245, 245, 245), "red": (215, 40, 40),
    "orange": (240, 140, 30), "yellow": (245, 220, 50), "green": (60, 160, 60), "dark-green": (20, 80, 35),
    "cyan": (60, 200, 215), "blue": (50, 90, 210), "dark-blue": (20, 30, 90), "light-blue": (160, 200, 240),
    "purple": (120, 60, 170), "pink": (240, 150, 190), "brown": (120, 75, 40), "beige": (230, 210, 175),
}  # fmt: skip


def written(shapes: Sequence[Shape], size: tuple[int, int], *, opaque: bool) -> str:
    """The drawing's inside: gradients, then one group for each thing, named after its colour and its place in line.

    `size` is that of the picture in whose px the shapes are; where it is `opaque`, the first path covers all.
    """
    scale = SIDE / size[0], SIDE / size[1]
    gradients = {id(shape): f"gradient-{k}" for k, shape in enumerate(_shaded(shapes), 1)}
    lines = [_gradient(shape.paint, gradients[id(shape)], scale) for shape in _shaded(shapes)]
    parts = ["<defs>\n", *lines, "</defs>\n"] if lines else []
    if opaque and shapes:
        parts.append(f'<path d="M 0 0 L {SIDE} 0 L {SIDE} {SIDE} L 0 {SIDE} z" fill="{_hex(_mean(shapes[0]))}"/>\n')
    for thing, group in itertools.groupby(shapes, key=lambda shape: shape.thing):
        mine = list(group)
        name = f"{_name(_mean(mine[0]))}-{thing}" if thing else "background"
        parts += [f'<g id="{name}">\n', *(_path(shape, gradients.get(id(shape)), scale) for shape in mine), "</g>\n"]
    return "".join(parts)


def _shaded(shapes: Sequence[Shape]) -> list[Shape]:
    return [shape for shape in shapes if shape.paint.kind != "flat"]


def _path(shape: Shape, gradient: str | None, scale: tuple[float, float]) -> str:
    rings = [ring for ring in (_ring(start, pieces, scale) for start, pieces in shape.outlines) if ring]
    fill = f"url(#{gradient})" if gradient else _hex(_mean(shape))
    return f'<path d="{" ".join(rings)}" fill="{fill}"/>\n' if rings else ""


def _ring(start: tuple[float, float], pieces: Iterable[tuple[float, ...]], scale: tuple[float, float]) -> str:
    steps = [f"{'L' if len(piece) == 2 else 'C'} {_units(piece, scale)}" for piece in pieces]
    return f"M {_units(start, scale)} {' '.join(steps)} z" if steps else ""


def _units(points: tuple[float, ...], scale: tuple[float, float]) -> str:
    return " ".join(str(min(max(round(v * scale[k % 2]), 0), SIDE)) for k, v in enumerate(points))


def _gradient(paint: paints.Paint, name: str, scale: tuple[float, float]) -> str:
    stops = "".join(f'<stop offset="{at:.3g}" stop-color="{_hex(colour)}"/>' for at, colour in paint.stops)
    if paint.kind == "linear":
        along = paint.mapping[0, :2]
        start = -paint.mapping[0, 2] * along / (along @ along)
        end = start + along / (along @ along)
        places = f'x1="{start[0]:.5g}" y1="{start[1]:.5g}" x2="{end[0]:.5g}" y2="{end[1]:.5g}"'
        matrix = f"scale({scale[0]:.6g} {scale[1]:.6g})"
    else:
        (a, c, e), (b, d, f), _ = np.linalg.inv(np.vstack([paint.mapping, (0, 0, 1)])).tolist()
        x, y = scale
        places = 'cx="0" cy="0" r="1"'
        matrix = f"matrix({a * x:.6g} {b * y:.6g} {c * x:.6g} {d * y:.6g} {e * x:.6g} {f * y:.6g})"
    kind = f"{paint.kind}Gradient"
    head = f'{kind} id="{name}" gradientUnits="userSpaceOnUse" {places} gradientTransform="{matrix}"'
    return f"<{head}>{stops}</{kind}>\n"


def _mean(shape: Shape) -> tuple[float, ...]:
    return tuple(np.mean([colour for _, colour in shape.paint.stops], axis=0).tolist())


def _hex(colour: Iterable[float]) -> str:
    red, green, blue = (min(max(round(v), 0), 255) for v in colour)
    return f"#{red:02x}{green:02x}{blue:02x}"


def _name(colour: tuple[float, ...]) -> str:
    return min(_NAMES, key=lambda name: sum((a - b) ** 2 for a, b in zip(_NAMES[name], colour, strict=True)))
