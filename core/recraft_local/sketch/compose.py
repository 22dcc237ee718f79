"""From a scene to shapes: light, scenery, subjects, weather, then style, palette and lettering."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import cos, sin, tau
from random import Random

from .cast import pattern, perform
from .colours import RGB, Light, lab, lightness, mix, rgb, shade, toward, turn, unlab
from .letters import in_quad, line
from .painter import paint
from .scene import Scene, dice_for
from .scenery import WHITE, Ground, Stage, build, lit_up, shore
from .shapes import Contour, Gradient, Page, Point, Shape, ellipse, rect, ribbon
from .styles import PAPER, apply, recoloured
from .vocabulary import table

_INDOORS = ("room", "table", "studio", "abstract", "plain", "underwater", "space")


def compose(scene: Scene, page: Page, *, subjects: bool = True) -> list[Shape]:
    """All shapes of the drawing, back to front, without the mark; the first covers the page.

    `subjects=False` gives the scenery alone.
    """
    dice = dice_for(f"stage {scene.layout_seed}")
    focus = _focus(scene, page, dice)
    stage = _stage(scene, page, focus, dice)
    layout = scene.layout if subjects else "scene"
    if layout == "tiled":
        pattern(scene, stage)
    else:
        ground = _scenery(scene, stage, layout)
        if subjects and ground.kind == "water" and _stands(scene):
            ground = shore(stage, focus)
        if subjects:
            perform(scene, stage, ground, focus)
        _weather(scene, stage)
    stage.shapes += _badge(scene, page) if layout == "badge" else []
    shapes = apply(stage.shapes, scene.family)
    if scene.family.finish == "watercolor" and not scene.background:
        shapes.append(_wet_edge(page, dice))
    shapes = [s if s.depth == "label" else _recolour(s, scene) for s in shapes]
    if scene.background and (layout in ("icon", "tiled") or not scene.place_named):
        shapes[0] = Shape((rect(0, 0, page.w, page.h),), scene.background, edge=False)
    return shapes + (_lettering(scene, page, shapes) if subjects else [])


def _focus(scene: Scene, page: Page, dice: Random) -> float:
    """Page x of the main subject: on a third in wide pages, near the middle in narrow or formal ones."""
    third = dice.choice((0.36, 0.64)) + dice.uniform(-0.03, 0.03)
    if scene.family.layout != "scene" or scene.place in ("studio", "table", "plain") or page.w < 0.95 * page.h:
        third = 0.5
    elif page.w < 1.15 * page.h:
        third = 0.5 + (third - 0.5) * 0.6
    return page.w * third


def _stage(scene: Scene, page: Page, focus: float, dice: Random) -> Stage:
    light = Light.of(table("lights")["neon" if scene.family.name == "neon" else scene.time])
    if scene.background and scene.place_named:
        light = lit_up(light, scene.background)
    sun_x = page.w - focus + dice.uniform(-0.06, 0.06) * page.w
    if abs(focus - page.w / 2) < 0.08 * page.w:
        sun_x = page.w * dice.choice((0.24, 0.76))
    return Stage(page, dice, light, scene.season, sun_x, aurora="aurora" in scene.weather)


def _scenery(scene: Scene, stage: Stage, layout: str) -> Ground:
    page = stage.page
    if layout == "icon":  # a plain ground, with a soft disc behind the thing
        stage.add([rect(0, 0, page.w, page.h)], scene.background or rgb("fbfaf6"), edge=False)
        if scene.background is None and scene.family.name == "icon":
            hue = dice_for(f"tile {scene.palette_seed}").choice(("cfe3e8", "f6dcc6", "dfe8c9", "e4d8ee", "f6e6b8"))
            stage.add([ellipse(page.w / 2, page.h / 2, 0.40, 0.40)], rgb(hue), edge=False)
        return Ground(page.h / 2 + 0.30, page.h / 2 + 0.30, "icon")
    plain = scene.background is not None and not scene.place_named
    place = "plain" if plain else scene.place
    stage.tint = scene.background if plain else (
        scene.hints[0] if place == "abstract" and scene.hints else scene.place_colour
    )  # fmt: skip
    return build(stage, place)


def _stands(scene: Scene) -> bool:
    """Whether the scene's main figure (or what carries it) needs firm ground."""
    if not scene.subjects:
        return False
    thing = scene.subjects[1 if scene.mounted else 0].thing
    return thing is None or thing.where in ("ground", "table")


def _weather(scene: Scene, stage: Stage) -> None:
    page, dice = stage.page, stage.dice
    if scene.place in _INDOORS:
        return
    if "rain" in scene.weather:
        drops = []
        for _ in range(150):
            x, y, s = dice.uniform(-0.1, page.w), dice.uniform(-0.1, page.h), dice.uniform(0.03, 0.08)
            drops.append(ribbon([(x, y), (x + s * 0.12, y + s * 0.5), (x + s * 0.22, y + s)], 0.0028, taper=True))
        stage.add(drops, (232, 240, 246), 0.45, depth="front", edge=False)
    if "snow" in scene.weather:
        flakes = [(dice.uniform(0, page.w), dice.uniform(0, page.h), dice.uniform(0.0025, 0.009)) for _ in range(130)]
        stage.add([ellipse(x, y, r, r) for x, y, r in flakes], WHITE, 0.85, depth="front", edge=False)
    if "fog" in scene.weather:
        for y in (0.50, 0.62, 0.76):
            top, low, stops = page.h * (y - 0.1), page.h * (y + 0.1), ((0.0, 0.0), (0.5, 0.6), (1.0, 0.0))
            ramp = Gradient((0, top), (0, low), tuple((t, stage.light.far, a) for t, a in stops))
            stage.add([rect(0, top, page.w, low - top)], ramp, edge=False)


# ---------------------------------------------------------------- frames


def _hole(page: Page, ring: Sequence[Point], colour: RGB) -> Shape:
    """The page with a hole in it; the ring runs clockwise."""
    sheet = rect(-0.01, -0.01, page.w + 0.02, page.h + 0.02)
    return Shape((sheet, tuple(ring[::-1])), colour, depth="front", edge=False)


def _circle(cx: float, cy: float, r: float, n: int = 96) -> Contour:
    """Points of a circle, clockwise from its top."""
    return tuple((cx + r * sin(tau * i / n), cy - r * cos(tau * i / n)) for i in range(n))


def _wet_edge(page: Page, dice: Random) -> Shape:
    """White paper left around a wash, its inner edge as a brush leaves it."""
    ring = []
    phases = [dice.uniform(0, tau) for _ in range(3)]
    for i in range(72):
        t = tau * i / 72
        waves = zip((5, 11, 23), (0.014, 0.010, 0.006), phases, strict=True)
        wobble = 0.045 + sum(size * sin(n * t + phase) for n, size, phase in waves)
        c, s = sin(t), -cos(t)
        k = (abs(c) ** 8 + abs(s) ** 8) ** (-1 / 8)  # a rounded square
        ring.append((page.w / 2 + c * k * (page.w / 2 - wobble), page.h / 2 + s * k * (page.h / 2 - wobble)))
    return _hole(page, ring, PAPER)


def _badge(scene: Scene, page: Page) -> list[Shape]:
    """A round emblem around the scene, with its name on a band."""
    cx, cy, r = page.w / 2, page.h / 2 - 0.02, 0.40
    ink, cream, band = rgb("27394a"), scene.background or rgb("f1e3c4"), rgb("b0492f")
    shapes = [_hole(page, _circle(cx, cy, r), cream)]  # type: ignore[arg-type]
    for reach, width, colour in ((r + 0.028, 0.056, ink), (r + 0.028, 0.010, cream), (r, 0.008, cream)):
        ring = ribbon(_circle(cx, cy, reach), width, closed=True)  # type: ignore[arg-type]
        shapes.append(Shape((ring,), colour, depth="front", edge=False))
    name = scene.title or " ".join(s.word for s in scene.subjects[:1])
    if scene.no_text or not name:
        return shapes
    y, half = cy + r * 0.80, 0.30
    for side in (-1, 1):
        x, steps = cx + side * half, ((-0.06, 0.02), (0.09, 0.02), (0.055, 0.07), (0.09, 0.12), (-0.06, 0.12))
        tail = tuple((x + side * dx, y + dy) for dx, dy in steps[:: side])
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


def _lettering(scene: Scene, page: Page, shapes: list[Shape]) -> list[Shape]:
    """The words of text_layout in their corners, and a quoted title at the top, dark on light or light on dark."""
    titled = scene.title and scene.family.layout != "badge"
    if not scene.text_layout and not titled:
        return []
    width = round(64 * page.w)
    small = paint(shapes, page, width, round(64 * page.h))
    ink, pale = (28, 28, 38), (252, 249, 240)

    def behind(corners: Sequence[Point]) -> float:
        """How light it is there, 0 black .. 1 white."""
        (left, right), (top, low) = (sorted(int(p[i] * 64) for p in corners[::2]) for i in (0, 1))
        patch = small[max(top, 0) : max(low, 0) + 1, max(left, 0) : max(right, 0) + 1].reshape(-1, 3)
        return lightness(tuple(map(int, patch.mean(axis=0)))) if len(patch) else 1.0  # type: ignore[arg-type]

    out = []
    for word, quad in scene.text_layout:
        corners = [(x * page.w, y * page.h) for x, y in quad]
        fill, rim = (ink, pale) if behind(corners) > 0.72 else (pale, ink)
        out += [in_quad(word, [(x + 0.006, y + 0.006) for x, y in corners], rim, 0.55), in_quad(word, corners, fill)]
    if titled:
        colour = ink if behind([(page.w * 0.1, 0.07), (0, 0), (page.w * 0.9, 0.19)]) > 0.7 else pale
        out.append(line(scene.title, page.w / 2, 0.07, 0.12, colour, centred=True, fit=page.w * 0.86))
    return out
