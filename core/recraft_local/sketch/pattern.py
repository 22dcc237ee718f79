"""A pattern: the subjects again and again over the whole page, so that copies of it join without a seam."""

from __future__ import annotations

from math import lcm

from .cast import drawn_at, extent
from .chance import dice_for
from .colours import RGB, mix, rgb, shade
from .scene import Scene
from .shapes import Contour, ellipse, rect
from .skies import Ground
from .stage import Stage

_GROUNDS = ("f6ead6", "e6efe6", "e9e6f2", "f7e3dc", "dfecef")
_CELL = 0.25  # page units from one thing to the next


def cloth(scene: Scene, stage: Stage) -> Ground:
    """The plain ground of a pattern."""
    stage.add([rect(0, 0, stage.page.w, stage.page.h)], _ground(scene), edge=False)
    return Ground(stage.page.h / 2, stage.page.h / 2, "icon")


def _ground(scene: Scene) -> RGB:
    asked = scene.background or scene.place_colour
    return asked or rgb(dice_for(f"cloth {scene.palette_seed}").choice(_GROUNDS))


def repeat(scene: Scene, stage: Stage) -> None:
    """Every subject in turn on a half-drop grid; what crosses an edge comes in again on the other side."""
    w, h = stage.page
    # Whole turns of the subjects, and an even number of columns: the drop of the last one meets the first.
    turn = len(scene.subjects)
    columns, rows = _whole(w / _CELL, lcm(2, turn)), _whole(h / _CELL, turn)
    across, down = w / columns, h / rows
    dots: list[Contour] = []
    for i in range(columns):
        for j in range(rows):
            x, y = (i + 0.5) * across, (j + 0.25 + 0.5 * (i % 2)) * down
            _motif(scene, stage, (i + j) % turn, x, y, min(across, down))
            dots += [ellipse(cx, cy, 0.009, 0.009) for cx, cy in _around(stage, x, y + down / 2, 0.01)]
    stage.add(dots, _dot(scene), depth="front", edge=False)


def _whole(count: float, step: int) -> int:
    return step * max(1, round(count / step))


def _dot(scene: Scene) -> RGB:
    ground = _ground(scene)
    thing = scene.subjects[0].thing
    return mix(ground, scene.subjects[0].colour or (thing.main if thing else None) or shade(ground, -0.2), 0.5)


def _motif(scene: Scene, stage: Stage, which: int, x: float, y: float, cell: float) -> None:
    """One thing in the middle of its cell, as large as fits."""
    subject = scene.subjects[which]
    if subject.thing is None:
        return
    box = extent(subject.thing.art)
    size = cell * 0.78 * 100 / max(box.right - box.left, box.bottom - box.top)
    foot = (100 - (box.top + box.bottom) / 2) / 100 * size
    aside = (50 - (box.left + box.right) / 2) / 100 * size
    for cx, cy in _around(stage, x, y, cell / 2):
        stage.shapes += drawn_at(scene, stage, subject, cx + aside, cy + foot, size)


def _around(stage: Stage, x: float, y: float, reach: float) -> list[tuple[float, float]]:
    """The place itself, and its twins across the edges that something `reach` wide would cross."""
    w, h = stage.page
    xs = [x, *([x + w] if x < reach else []), *([x - w] if x > w - reach else [])]
    ys = [y, *([y + h] if y < reach else []), *([y - h] if y > h - reach else [])]
    return [(one, two) for one in xs for two in ys]
