"""Scenery: the steps that the places of data/sketch.ini are made of, and the stage that collects their shapes.

Heights in the steps are shares of the page; sizes are page units.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import sin, tau
from random import Random
from typing import Any, NamedTuple, cast

from .colours import RGB, Light, mix, repainted, rgb, shade, turn
from .shapes import Contour, Gradient, Page, Paint, Shape, clockwise, ellipse, rect, ribbon, smooth
from .vocabulary import figure, main_colour, table

WHITE: RGB = (255, 255, 255)
_PALETTES = {
    "leaf summer": "5d9c50 4c8a4b 79ad58", "leaf spring": "86b562 eda9bf 74ab62", "leaf autumn": "d9822b c4512d e0a83a",
    "leaf winter": "4f7a6b 426a60 5f8a78", "grass summer": "86b05c", "grass spring": "9cc46c",
    "grass autumn": "c2a052", "grass winter": "e6edf1", "wall": "e8cdb0 b9cbc0 d9b8a8 a9bccb e3d3a8 c9b8cf bcd0d6",
    "accent": "e0744f 3f7fa0 6a8f5a 8a5fa0 d99a3f c9506a",
}  # fmt: skip


class Ground(NamedTuple):
    """Where things stand (page y): far ones at `far`, near ones at `near`.

    `kind` is ground, water, table, air, or icon (in the middle of the page).
    """

    far: float
    near: float
    kind: str = "ground"


@dataclass
class Stage:
    """Collects shapes from back to front under one light; `line` is the height of the last ground at page x."""

    page: Page
    dice: Random
    light: Light
    season: str = "summer"
    sun_x: float = 0.5
    aurora: bool = False
    tint: RGB | None = None
    shapes: list[Shape] = field(default_factory=list)
    line: Callable[[float], float] = lambda _x: 0.6

    def add(self, contours: Sequence[Contour], paint: Paint, opacity: float = 1.0, *, depth: str = "back",
            edge: bool = True) -> None:  # fmt: skip
        """Put one shape in front of what is there."""
        if contours:
            self.shapes.append(Shape(tuple(contours), paint, opacity, depth, edge))

    def lit(self, colour: RGB, share: float = 1.0) -> RGB:
        """A thing's own colour under this light; share < 1 for things near the eye."""
        return mix(colour, self.light.ambient, min(0.9, self.light.strength * share))

    def away(self, colour: RGB, distance: float) -> RGB:
        """A lit colour seen through air: distance 0 here .. 1 at the horizon."""
        return mix(self.lit(colour), self.light.far, distance)

    def between(self, low: float, high: float) -> float:
        """A number of the drawing's own dice."""
        return self.dice.uniform(low, high)

    def value(self, word: str) -> float | str | RGB:
        """A word of a step: a number, a name, or a colour ("#2f86a6", "grass"), after "*" the prompt's if any."""
        name = word.lstrip("*")
        if "=" in word:
            return word[1:]
        if name[0] in ".0123456789":
            return float(name)
        if word[0] == "*" and self.tint:
            return self.tint
        if name[0] == "#":
            return rgb(name[1:])
        if name in ("disc", "far", "ambient"):
            return cast("RGB", getattr(self.light, name))
        return rgb(self.dice.choice((_PALETTES.get(f"{name} {self.season}") or _PALETTES[name]).split()))


def build(stage: Stage, place: str) -> Ground:
    """Paint a place; where things may stand in it."""
    ground = Ground(0.8, 0.9)
    for step in table("scenery")[place].split(";"):
        name, *words = step.split()
        if name == "ground":
            far, near = (float(word) * stage.page.h for word in words[:2])
            ground = Ground(far, near, *words[2:])
        else:
            _STEPS[name](stage, *map(stage.value, words))
    return ground


def fade(y0: float, y1: float, *colours: RGB) -> Gradient:
    """Vertical ramp from y0 to y1 with the colours evenly spaced."""
    n = max(1, len(colours) - 1)
    return Gradient((0, y0), (0, y1), tuple((i / n, c, 1.0) for i, c in enumerate(colours)))


def glow(x: float, y: float, radius: float, colour: RGB, strength: float, squash: float = 1.0) -> Gradient:
    """Light (or shade) that fades to nothing; `squash` is its height over its width."""
    stops = tuple((t, colour, strength * a) for t, a in ((0.0, 1.0), (0.3, 0.62), (0.6, 0.22), (1.0, 0.0)))
    return Gradient((x, y), (x, y), stops, radius, squash)


def whole(stage: Stage, *colours: RGB, top: float = 0.0, low: float = 1.0) -> None:
    """The page from `top` down in one colour or a ramp; the first shape of a drawing covers the page."""
    w, h = stage.page
    paint = colours[0] if len(colours) == 1 else fade(top * h, low * h, *colours)
    stage.add([rect(0, top * h, w, h - top * h)], paint, edge=False)


def _sky(stage: Stage, low: float) -> None:
    """Sky, its lamp and what drifts there, above `low`."""
    light, h = stage.light, stage.page.h
    whole(stage, *light.sky, low=max(low, 0.2))
    if light.covered:
        _clouds(stage, 7, low * 0.05, low * 0.85, 0.42)
        return
    if light.dark:
        _spots(stage, 130, 0, 0.0036, 1, (250, 246, 226), 0.85, low)
    if stage.aurora:
        _aurora(stage, low * h)
    low_sun = light.sky[2][0] > 235 and light.sky[2][2] < 180
    y = low - stage.between(0.10, 0.16) if low_sun else low * stage.between(0.22, 0.34)
    _disc(stage, y * h, 0.075 if low_sun else 0.052)
    _clouds(stage, 1 if stage.aurora else 4, low * 0.12, low * 0.82)


def _disc(stage: Stage, y: float, r: float) -> None:
    """Sun or moon with its glow; a moon has seas."""
    x, colour = stage.sun_x, stage.light.disc
    shine = glow(x, y, r * 5.5, colour, 0.5 if stage.light.dark else 0.85)
    stage.add([ellipse(x, y, r * 5.5, r * 5.5)], shine, edge=False)
    stage.add([ellipse(x, y, r, r)], mix(colour, WHITE, 0.25))
    if stage.light.dark:
        spots = [(-0.3, -0.2, 0.24), (0.32, 0.1, 0.17), (-0.05, 0.42, 0.2)]
        seas = [ellipse(x + a * r, y + b * r, c * r, c * r) for a, b, c in spots]
        stage.add(seas, shade(colour, -0.07), 0.6, edge=False)


def _clouds(stage: Stage, count: float, top: float, low: float, size: float = 0.34) -> None:
    """A sky's worth of clouds between top and low, the lower ones smaller."""
    for i in range(int(count)):
        t = (i + stage.between(0.1, 0.9)) / count
        x = ((i * 0.618 + stage.between(0.0, 0.25)) % 1.0) * stage.page.w
        _cloud(stage, x, (top + (low - top) * t) * stage.page.h, size * (1.2 - 0.6 * t) * stage.between(0.8, 1.2))


def _cloud(stage: Stage, x: float, y: float, size: float) -> None:
    """A heap of round puffs with a flat base at y."""
    light = stage.light
    top = mix(light.sky[1], light.sky[2], 0.6) if light.dark else mix(light.sky[2], WHITE, 0.72)
    puffs, n = [], stage.dice.randint(3, 5)
    for i in range(n):
        t = (i + 0.5) / n
        r = size * (0.10 + 0.13 * sin(t * 3.14)) * stage.between(0.85, 1.2)
        puffs.append(ellipse(x + (t - 0.5) * size * 0.82, y - r * 0.72, r, r * 0.95))
    base = rect(x - size * 0.5, y - size * 0.085, size, size * 0.085, size * 0.0425)
    stage.add([*puffs, base], fade(y - size * 0.3, y, top, mix(top, light.sky[1], 0.42)), 0.9)


def _aurora(stage: Stage, low: float) -> None:
    """Curtains of green and violet light above `low`, brightest along their lower hem."""
    w = stage.page.w
    for k, code in enumerate(("7a63dc", "3fc9a4", "86efb4")):
        y, tall = low * (0.40 + 0.14 * k), low * (0.40 - 0.05 * k)
        hem = _ridge(stage, y, low * 0.09, 0.9 + 0.25 * k)
        xs = [w * (1.1 * i / 40 - 0.05) for i in range(41)]
        for left, right in pairwise(xs):
            # Every fold is a strip of its own light, so that the curtain fades upwards along its whole hem.
            foot, glare = hem(left), stage.between(0.25, 0.6)
            ramp = tuple((t, rgb(code), glare * part) for t, part in ((0, 0), (0.7, 0.55), (0.95, 1), (1, 0)))
            strip = ((left, foot - tall), (right, hem(right) - tall), (right, hem(right)), (left, foot))
            stage.add([strip], Gradient((0, foot - tall), (0, foot), ramp), edge=False)


def _ridge(stage: Stage, y: float, rise: float, waves: float = 1.0) -> Callable[[float], float]:
    """A rolling ground line around page y, ± rise."""
    a, b, c = (stage.between(0, tau) for _ in range(3))
    span = tau * waves / max(stage.page.w, 1.0)
    terms = ((0.6, 1.0, a), (0.3, 2.1, b), (0.1, 4.7, c))
    return lambda x: y + rise * sum(size * sin(x * span * pace + phase) for size, pace, phase in terms)


def _earth(stage: Stage, level: float, rise: float, top: RGB, low: RGB) -> None:
    """Everything below a rolling line."""
    w, h = stage.page
    stage.line = _ridge(stage, level * h, rise, stage.between(0.7, 1.2))
    n = max(12, int(14 * w))
    line = smooth([(x, stage.line(x)) for x in (w * (1.04 * i / n - 0.02) for i in range(n + 1))], closed=False)
    stage.add([(*line, (w * 1.02, h * 1.02), (-0.02 * w, h * 1.02))], fade((level - rise) * h, h, top, low))


def _hills(stage: Stage, level: float, rise: float, colour: RGB, away: float) -> None:
    _earth(stage, level, rise, stage.away(shade(colour, 0.02), away), stage.away(shade(colour, -0.06), away))


def _land(stage: Stage, level: float, rise: float, colour: RGB) -> None:
    _earth(stage, level, rise, stage.lit(colour), stage.lit(shade(colour, -0.13)))


def _peaks(stage: Stage, base: float, height: float, colour: RGB, away: float, count: float) -> None:
    """A chain of snowy mountains: each a lit and a shaded side."""
    w, h = stage.page
    colour, n = stage.away(colour, away), int(count)
    sides = (shade(colour, 0.05), shade(colour, -0.055))
    snow = stage.lit((247, 249, 251), 0.7)
    snows = (snow, mix(snow, stage.lit((120, 150, 190)), 0.4))
    if stage.sun_x > w / 2:
        sides, snows = sides[::-1], snows[::-1]
    for i in sorted(range(n), key=lambda i: (i * 7) % n):
        x, foot, tall = w * (i + stage.between(0.25, 0.75)) / n, base * h, height * h * stage.between(0.62, 1.0)
        wide, bend = tall * stage.between(0.85, 1.15), stage.between(-0.1, 0.1)

        def at(*points: tuple[float, float], x: float = x, foot: float = foot, tall: float = tall,
               wide: float = wide) -> Contour:  # fmt: skip
            return clockwise([(x + u * wide, foot - v * tall) for u, v in points])

        spine = [(0.0, 1.0), (bend, 0.7), (-bend * 0.6, 0.45), (bend * 0.9, 0.0)]
        stage.add([at((-1, 0), (-0.42, 0.54), *spine)], sides[0])
        stage.add([at(*spine, (1, 0), (0.45, 0.57))], sides[1])
        stage.add([at((0, 1), (-0.26, 0.715), (-0.15, 0.75), (-0.1, 0.64), (bend * 0.6, 0.71))], snows[0])
        stage.add([at((0, 1), (bend * 0.6, 0.71), (0.13, 0.63), (0.17, 0.76), (0.27, 0.735))], snows[1])


def _mist(stage: Stage, top: float, low: float) -> None:
    """Air that thickens downwards."""
    w, h = stage.page
    veil = Gradient((0, top * h), (0, low * h), ((0.0, stage.light.far, 0.0), (1.0, stage.light.sky[2], 0.75)))
    stage.add([rect(0, top * h, w, (low - top) * h)], veil, edge=False)


def _water(stage: Stage, top: float, low: float, colour: RGB) -> None:
    """Water, paler towards the horizon, with flat glints and the sun's path."""
    w, h = stage.page
    near, far = stage.lit(shade(colour, -0.10)), mix(stage.lit(shade(colour, 0.03)), stage.light.sky[2], 0.42)
    stage.add([rect(0, top * h, w, (low - top) * h)], fade(top * h, low * h, far, stage.lit(colour), near), edge=False)
    stage.line = lambda _x: top * h
    bright = mix(stage.lit(colour), WHITE, 0.5)
    for count, shine, opacity, path in ((34, bright, 0.45, False), (22, stage.light.disc, 0.8, True)):
        strokes = []
        for i in range(count):
            t = ((i + stage.between(0, 1)) / count) ** 1.6
            y, long = (top + (low - top) * t) * h + 0.006, (0.012 + 0.10 * t) * stage.between(0.4, 1.1)
            x = stage.sun_x + stage.between(-0.16, 0.16) * (0.25 + t) if path else stage.between(0, w)
            strokes.append(ribbon([(x - long, y), (x, y + 0.001), (x + long, y)], 0.0018 + 0.006 * t, taper=True))
        stage.add(strokes, shine, opacity, edge=False)


def shore(stage: Stage, focus: float) -> Ground:
    """A headland in front of water for things that cannot swim; returns where they stand on it."""
    w, h = stage.page
    x = focus + (0.3 if focus >= w / 2 else -0.3) * w
    grass = stage.lit(rgb(_PALETTES[f"grass {stage.season}"]))
    for drop, paint in ((0.03, stage.lit(rgb("6b665e"))), (0.0, fade(h * 0.75, h, grass, shade(grass, -0.16)))):
        stage.add([ellipse(x, h * 1.13 + drop, w * 0.72, h * 0.37)], paint, depth="front")
    return Ground(h * 0.80, h * 0.83, "ground")


def _row(stage: Stage, names: str, count: float, size: float, away: float, colour: RGB | None = None) -> None:
    """Drawings along the last ground line; plants take the colour, or that of the season's leaves."""
    kinds = names.split(",")
    for i in range(int(count)):
        name, s = kinds[stage.dice.randrange(len(kinds))], size * stage.between(0.7, 1.15)
        x = stage.page.w * (i + stage.between(0.05, 0.95)) / count
        leaf, main = colour or cast("RGB", stage.value("leaf")), main_colour(name)
        if name == "palm-tree":
            leaf = main

        def lit(c: RGB, main: RGB = main, leaf: RGB = leaf) -> RGB:
            return stage.away(repainted(c, main, leaf), away)

        stage.shapes += figure(name, x, stage.line(x) + s * 0.04, s, lit, flip=stage.dice.random() < 0.5, depth="back")


def _put(stage: Stage, name: str, x: float, y: float, size: float, away: float = 0.0) -> None:
    """One drawing, standing on a place of the page; x from the side where the sun is."""
    w, h = stage.page
    x = x * w if stage.sun_x < w / 2 else (1 - x) * w
    stage.shapes += figure(name, x, y * h, size, lambda c: stage.away(c, away), depth="back")


def _spots(stage: Stage, count: float, top: float, size: float, squash: float, colour: RGB, opacity: float = 1.0,
           low: float = 1.0) -> None:  # fmt: skip
    """Flat dots all over a band of the page: stars, pebbles, ripples, bubbles, grain of wood."""
    spots = []
    for _ in range(int(count)):
        x, t = stage.between(0, stage.page.w), stage.dice.random()
        r = size * (0.4 + 0.6 * stage.dice.random())
        spots.append(ellipse(x, (top + (low - top) * t) * stage.page.h, r, r * squash))
    stage.add(spots, stage.lit(colour, 0.6), opacity, edge=False)


def _oval(stage: Stage, x: float, y: float, rx: float, ry: float, colour: RGB, opacity: float = 1.0) -> None:
    w, h = stage.page
    stage.add([ellipse(x * w, y * h, rx, ry)], stage.lit(colour, 0.6), opacity, edge=False)


def _glow(stage: Stage, x: float, y: float, radius: float, colour: RGB, strength: float, squash: float = 1.0) -> None:
    """A patch of light; x from the side where the sun is."""
    w, h = stage.page
    x = x * w if stage.sun_x < w / 2 else (1 - x) * w
    light = glow(x, y * h, radius, colour, strength, squash)
    stage.add([ellipse(x, y * h, radius, radius * squash)], light, edge=False)


def _floor(stage: Stage, top: float, colour: RGB) -> None:
    """A plain ground or wall from `top` down, a little darker towards the eye."""
    stage.tint = colour if top == 0 else stage.tint
    shown = stage.lit(colour, 0.8)
    whole(stage, shade(shown, 0.02), shade(shown, -0.09), top=top)
    if top:
        stage.add([rect(0, top * stage.page.h, stage.page.w, 0.008)], shade(shown, 0.08), edge=False)


def _tufts(stage: Stage, top: float, count: float, colour: RGB) -> None:
    """Grass tufts, larger towards the eye, as one shape."""
    blades = []
    for _ in range(int(count)):
        t = stage.dice.random()
        x, y, s = stage.between(0, stage.page.w), (top + (1.01 - top) * t) * stage.page.h, 0.03 * (0.35 + 0.9 * t)
        blades += [((x + lean * s * 0.3 - s * 0.07, y), (x + lean * s, y - s), (x + lean * s * 0.3 + s * 0.07, y))
                   for lean in (-0.35, 0.0, 0.4)]  # fmt: skip
    stage.add(blades, stage.lit(shade(colour, -0.13)), edge=False)


def _rays(stage: Stage, opacity: float) -> None:
    """Shafts of light from above."""
    h, x, beams = stage.page.h, stage.sun_x, []
    for i in range(5):
        a, half = -0.75 + 1.5 * (i + stage.between(0.2, 0.8)) / 5, stage.between(0.025, 0.06)
        beams.append(((x, -0.1), (x + (a + half) * h, h), (x + (a - half) * h, h)))
    colour = mix(stage.light.disc, WHITE, 0.2)
    ramp = Gradient((x, -0.1), (x, h), ((0.0, colour, 0.8), (0.6, colour, 0.25), (1.0, colour, 0.0)))
    stage.add(beams, ramp, opacity, edge=False)


def _skyline(stage: Stage, base: float, height: float, count: float, colour: RGB, away: float) -> None:
    """A row of buildings; by night many windows are lit, at sunset some."""
    w, h = stage.page
    lights = (0.55 if stage.light.dark else 0.22 if stage.light.strength > 0.3 else 0.0) * (1.2 - away)
    colour, x, foot = stage.away(colour, away), -0.02 * w, base * h
    panes: dict[bool, list[Contour]] = {False: [], True: []}
    while x < w:
        wide, tall = stage.between(0.7, 1.5) / count, height * h * stage.between(0.35, 1.0) ** 1.2
        roof = [rect(x + wide * 0.3, foot - tall * 1.07, wide * 0.4, tall * 0.1)] if stage.dice.random() < 0.4 else []
        stage.add([rect(x, foot - tall, wide * 1.01, tall + 0.02), *roof], shade(colour, stage.between(-0.03, 0.03)))
        pitch = max(0.018, wide / 5)
        for row in range(int((tall - pitch) / (pitch * 1.25))):
            for column in range(int((wide - pitch * 0.6) / pitch)):
                place = x + pitch * (0.45 + column), foot - tall + pitch * (0.6 + 1.25 * row)
                panes[stage.dice.random() < lights].append(rect(*place, pitch * 0.5, pitch * 0.66))
        x += wide
    stage.add(panes[False], shade(colour, -0.045 if lights else 0.06), edge=False)
    stage.add(panes[True], rgb("ffd98a"), 0.92, edge=False)


def _forms(stage: Stage, base: RGB) -> None:
    """Waves and cut-out forms in a few related colours."""
    w, h = stage.page
    inks = [base, turn(base, 35), turn(base, 180), shade(turn(base, 20), 0.16), shade(base, -0.18), rgb("f4e9d4")]
    whole(stage, mix(base, rgb("f6efe0"), 0.82))
    for k in range(4):
        ink = inks[(k * 2 + 1) % 6]
        _earth(stage, 0.32 + 0.19 * k, 0.12, ink, ink)
    for k in range(9):
        x, y, r = stage.between(0, w), stage.between(0, h), stage.between(0.03, 0.16)
        leaf = [(x - r, y), (x, y - r * 0.7), (x + r, y - r * 0.2), (x + r * 0.4, y + r * 0.8)]
        stage.add([ellipse(x, y, r, r) if k % 2 else smooth(leaf)], inks[k % 6], 0.95)
    stage.add([ellipse(stage.sun_x, h * 0.27, 0.16, 0.16)], fade(h * 0.27 - 0.16, h * 0.27 + 0.16, inks[3], inks[2]))


def lit_up(light: Light, base: RGB) -> Light:
    """A light in which everything takes on the shades of one colour, as a background colour asks for."""
    return replace(light, sky=(base, base, base), far=mix(base, light.far, 0.2), ambient=base,
                   strength=max(0.35, light.strength))  # fmt: skip


_STEPS: dict[str, Callable[..., Any]] = {
    "sky": _sky, "clouds": _clouds, "hills": _hills, "land": _land, "peaks": _peaks, "mist": _mist, "water": _water,
    "row": _row, "put": _put, "spots": _spots, "oval": _oval, "glow": _glow, "floor": _floor, "tufts": _tufts,
    "rays": _rays, "skyline": _skyline, "forms": _forms, "whole": whole,
}  # fmt: skip
