"""From a scene to shapes: light, scenery, subjects, weather, then style, palette and lettering."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import cos, sin, tau
from random import Random

from .cast import perform, shore
from .chance import dice_for
from .colours import LIGHTS, RGB, lab, lightness, mix, rgb, shade, toward, turn, unlab
from .indoors import PLACES
from .letters import in_quad, line
from .pattern import cloth, repeat
from .places import OUTDOORS
from .scene import Scene
from .shapes import Box, Gradient, Page, Shape, ellipse, rect, ribbon, topmost
from .skies import Ground
from .stage import Stage
from .styles import PAPER, apply, flood, recoloured

_NEEDS_LAND = frozenset(("ground", "table"))


def compose(scene: Scene, page: Page, *, subjects: bool = True) -> list[Shape]:
    """All shapes of the drawing, back to front, without the mark; the first covers the page.

    `subjects=False` gives the scenery alone.
    """
    dice = dice_for(f"stage {scene.layout_seed}")
    focus = _focus(scene, page, dice)
    stage = _stage(scene, page, focus, dice)
    layout = _layout(scene) if subjects else "scene"
    ground = _scenery(scene, stage, layout)
    if subjects and layout != "icon" and ground.kind == "water" and _stands(scene):
        ground = shore(stage, focus)
    if subjects and layout == "tiled":
        repeat(scene, stage)
    elif subjects:
        perform(scene, stage, ground, focus)
    _weather(scene, stage)
    if layout == "badge":
        stage.shapes += _badge(scene, page)
    shapes = apply(stage.shapes, scene.family)
    if scene.family.finish == "watercolor" and not scene.background:
        shapes.append(_wet_edge(page, dice))
    shapes = [s if s.depth == "label" else _recolour(s, scene) for s in shapes]
    if scene.background and (layout in ("icon", "tiled") or not scene.place_named):
        shapes[0] = flood(scene.background, page)
    return shapes + (_lettering(scene, page, shapes) if subjects else [])


def _layout(scene: Scene) -> str:
    """The family's own, but for a pattern of things that we can draw."""
    things = scene.subjects and all(subject.thing for subject in scene.subjects)
    return "tiled" if scene.tiled and things and scene.family.layout == "scene" else scene.family.layout


def _focus(scene: Scene, page: Page, dice: Random) -> float:
    """Page x of the main subject: on a third in wide pages, near the middle in narrow or formal ones."""
    third = dice.choice((0.36, 0.64)) + dice.uniform(-0.03, 0.03)
    if scene.family.layout != "scene" or scene.place in ("studio", "table", "plain") or page.w < 0.95 * page.h:
        third = 0.5
    elif page.w < 1.15 * page.h:
        third = 0.5 + (third - 0.5) * 0.6
    return page.w * third


def _stage(scene: Scene, page: Page, focus: float, dice: Random) -> Stage:
    light = LIGHTS["neon" if scene.family.name == "neon" else scene.time]
    if scene.background and scene.place_named:
        base = scene.background
        light = replace(
            light,
            sky=(base, base, base),
            far=mix(base, light.far, 0.2),
            ambient=base,
            strength=max(0.35, light.strength),
        )
    sun_x = page.w - focus + dice.uniform(-0.06, 0.06) * page.w
    if abs(focus - page.w / 2) < 0.08 * page.w:
        sun_x = page.w * dice.choice((0.24, 0.76))
    return Stage(page, dice, light, scene.season, sun_x, aurora="aurora" in scene.weather)


def _scenery(scene: Scene, stage: Stage, layout: str) -> Ground:
    if layout == "icon":
        return _tile(scene, stage)
    if layout == "tiled":
        return cloth(scene, stage)
    plain = scene.background is not None and not scene.place_named
    name = "plain" if plain else scene.place
    tint = scene.hints[0] if name == "abstract" and scene.hints else scene.place_colour
    return PLACES[name](stage, scene.background if plain else tint)


def _tile(scene: Scene, stage: Stage) -> Ground:
    """The ground of an icon: plain, with a soft disc behind the thing."""
    page = stage.page
    ground = scene.background or rgb("fbfaf6")
    stage.add([rect(0, 0, page.w, page.h)], ground, edge=False)
    if scene.background is None and scene.family.name == "icon":
        hue = rgb(dice_for(f"tile {scene.palette_seed}").choice(("cfe3e8", "f6dcc6", "dfe8c9", "e4d8ee", "f6e6b8")))
        stage.add([ellipse(page.w / 2, page.h / 2, 0.40, 0.40)], hue, edge=False)
    return Ground(page.h / 2 + 0.30, page.h / 2 + 0.30, "icon")


def _stands(scene: Scene) -> bool:
    """Whether the scene's main figure (or what carries it) needs firm ground."""
    if not scene.subjects:
        return False
    bearer = scene.subjects[1] if scene.mounted else scene.subjects[0]
    return bearer.thing is None or bearer.thing.where in _NEEDS_LAND


def _weather(scene: Scene, stage: Stage) -> None:
    page, dice = stage.page, stage.dice
    if scene.place not in OUTDOORS:
        return
    if "rain" in scene.weather:
        drops = []
        for _ in range(150):
            x, y, s = dice.uniform(-0.1, page.w), dice.uniform(-0.1, page.h), dice.uniform(0.03, 0.08)
            drops.append(ribbon([(x, y), (x + s * 0.12, y + s * 0.5), (x + s * 0.22, y + s)], 0.0028, taper=True))
        stage.add(drops, (232, 240, 246), 0.45, depth="front", edge=False)
    if "snow" in scene.weather:
        flakes = [(dice.uniform(0, page.w), dice.uniform(0, page.h), dice.uniform(0.0025, 0.009)) for _ in range(130)]
        stage.add([ellipse(x, y, r, r) for x, y, r in flakes], (255, 255, 255), 0.85, depth="front", edge=False)
    if "fog" in scene.weather and stage.light.strength:
        for y in (0.50, 0.62, 0.76):
            veil = stage.light.far
            ramp = Gradient(
                (0, page.h * (y - 0.1)), (0, page.h * (y + 0.1)), ((0.0, veil, 0.0), (0.5, veil, 0.6), (1.0, veil, 0.0))
            )
            stage.add([rect(0, page.h * (y - 0.1), page.w, page.h * 0.2)], ramp, edge=False)


# ---------------------------------------------------------------- frames


def _hole(page: Page, ring: list[tuple[float, float]], colour: RGB) -> Shape:
    """The page with a hole in it, as one contour with a seam."""
    w, h = page
    x, y = ring[0]
    # the page runs clockwise from above the ring's first point, the hole the other way round
    outer = [(x, -0.01), (w + 0.01, -0.01), (w + 0.01, h + 0.01), (-0.01, h + 0.01), (-0.01, -0.01), (x, -0.01)]
    return Shape(((*outer, (x, y), *ring[:0:-1], (x, y)),), colour, depth="front", edge=False)


def _circle(cx: float, cy: float, r: float, n: int = 96) -> list[tuple[float, float]]:
    """Points of a circle, clockwise from its top."""
    return [(cx + r * sin(tau * i / n), cy - r * cos(tau * i / n)) for i in range(n)]


def _wet_edge(page: Page, dice: Random) -> Shape:
    """White paper left around a wash, its inner edge as a brush leaves it."""
    ring, inset, n = [], 0.045, 72
    phases = [dice.uniform(0, tau) for _ in range(3)]
    for i in range(n):
        t = tau * i / n
        wobble = (
            inset + 0.014 * sin(5 * t + phases[0]) + 0.010 * sin(11 * t + phases[1]) + 0.006 * sin(23 * t + phases[2])
        )
        c, s = sin(t), -cos(t)
        k = (abs(c) ** 8 + abs(s) ** 8) ** (-1 / 8)  # a rounded square
        ring.append((page.w / 2 + c * k * (page.w / 2 - wobble), page.h / 2 + s * k * (page.h / 2 - wobble)))
    return _hole(page, ring, PAPER)


def _badge(scene: Scene, page: Page) -> list[Shape]:
    """A round emblem around the scene, with its name on a band."""
    cx, cy, r = page.w / 2, page.h / 2 - 0.02, 0.40
    ink, cream = rgb("27394a"), scene.background or rgb("f1e3c4")
    shapes = [_hole(page, _circle(cx, cy, r), cream)]
    for reach, width, colour in ((r + 0.028, 0.056, ink), (r + 0.028, 0.010, cream), (r, 0.008, cream)):
        shapes.append(Shape((ribbon(_circle(cx, cy, reach), width, closed=True),), colour, depth="front", edge=False))
    name = scene.title or " ".join(s.word for s in scene.subjects[:1])
    if scene.no_text or not name:
        return shapes
    band = rgb("b0492f")
    y, half = cy + r * 0.80, 0.30
    for side in (-1, 1):
        x = cx + side * half
        tail = (
            (x - side * 0.06, y + 0.02),
            (x + side * 0.09, y + 0.02),
            (x + side * 0.055, y + 0.07),
            (x + side * 0.09, y + 0.12),
            (x - side * 0.06, y + 0.12),
        )
        shapes.append(Shape((tail,), shade(band, -0.1), depth="front"))
    shapes.append(Shape((rect(cx - half, y, 2 * half, 0.10),), band, depth="front"))
    shapes.append(line(name, cx, y + 0.027, 0.046, cream, centred=True, fit=2 * half - 0.05, depth="front"))
    return shapes


# ---------------------------------------------------------------- palette and lettering


def _recolour(shape: Shape, scene: Scene) -> Shape:
    changes: list[Callable[[RGB], RGB]] = []
    if scene.hue_shift:
        changes.append(lambda c: turn(c, scene.hue_shift))
    if scene.colours:
        changes.append(lambda c: toward(c, scene.colours, 0.86))
    elif scene.hints:
        changes.append(lambda c: _hinted(c, scene, shape.depth == "back"))
    if scene.background and scene.place_named and shape.depth == "back":
        changes.append(lambda c: _near(c, scene.background or c))
    for change in changes:
        shape = recoloured(shape, change)
    return shape


def _hinted(c: RGB, scene: Scene, back: bool) -> RGB:
    """The prompt's loose colours, chiefly in the scenery; a pattern is made of them and their lighter kin."""
    if scene.place == "abstract":
        kin = [(h, 0.5) for h in scene.hints] + [(shade(h, 0.2), 0.3) for h in scene.hints] + [(PAPER, 0.3)]
        return toward(c, kin, 0.92, keep=0.15)
    return toward(c, [(h, 0.5) for h in scene.hints], 0.6 if back else 0.15)


def _near(c: RGB, ground: RGB) -> RGB:
    """Scenery in shades of the background colour."""
    big, a, b = lab(ground)
    return mix(unlab((big + (lightness(c) - big) * 0.45, a, b)), c, 0.15)


def _behind(shapes: list[tuple[Shape, Box]], corners: list[tuple[float, float]]) -> float:
    """How light it is behind a word, 0 black .. 1 white: what lies topmost at some points of its box."""
    a, b, c, d = corners
    places = [(u, v) for u in (0.1, 0.3, 0.5, 0.7, 0.9) for v in (0.25, 0.5, 0.75)]
    points = [tuple((a[i] * (1 - u) + b[i] * u) * (1 - v) + (d[i] * (1 - u) + c[i] * u) * v for i in (0, 1))
              for u, v in places]  # fmt: skip
    return sum(lightness(topmost(shapes, (x, y))) for x, y in points) / len(points)


def _lettering(scene: Scene, page: Page, shapes: list[Shape]) -> list[Shape]:
    """The words of text_layout in their corners, and a quoted title at the top."""
    out = []
    ink, pale = (28, 28, 38), (252, 249, 240)
    boxed = [(shape, shape.box()) for shape in shapes] if scene.text_layout else []
    for word, quad in scene.text_layout:
        corners = [(x * page.w, y * page.h) for x, y in quad]
        fill, rim = (ink, pale) if _behind(boxed, corners) > 0.72 else (pale, ink)
        offset = [(x + 0.006, y + 0.006) for x, y in corners]
        out += [replace(in_quad(word, offset, rim), opacity=0.55), in_quad(word, corners, fill)]
    if scene.title and scene.family.layout != "badge":
        ground = shapes[0].paint
        sky = ground.stops[0][1] if isinstance(ground, Gradient) else ground
        colour = ink if lightness(sky) > 0.7 else pale
        out.append(line(scene.title, page.w / 2, 0.07, 0.12, colour, centred=True, fit=page.w * 0.86))
    return out
