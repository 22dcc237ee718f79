"""The sky over every place, and the places that are mostly sky."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from .colours import RGB, mix, rgb, shade
from .shapes import Gradient, ellipse, polygon, rect, ribbon
from .stage import Stage, cloud, clouds, disc, fade, glow, land, pines, ridge, sky, stars


class Ground(NamedTuple):
    """Where things stand (page y): far ones at `far`, near ones at `near`.

    `kind` is ground, water, table, air, or icon (in the middle of the page).
    """

    far: float
    near: float
    kind: str = "ground"


def heavens(stage: Stage, low: float, *, banks: int = 4) -> None:
    """Sky, its lamp and what drifts there, above `low`."""
    sky(stage, low)
    light = stage.light
    if light.covered:
        clouds(stage, banks + 3, low * 0.05, low * 0.85, 0.42)
        return
    if light.dark:
        stars(stage, 110, low * 0.95)
    if stage.aurora:
        aurora(stage, low)
    low_sun = light.sky[2][0] > 235 and light.sky[2][2] < 180
    disc(
        stage,
        low - stage.between(0.10, 0.16) if low_sun else low * stage.between(0.22, 0.34),
        0.075 if low_sun else 0.052,
    )
    clouds(stage, 1 if stage.aurora else banks, low * 0.12, low * 0.82)


def aurora(stage: Stage, low: float) -> None:
    """Curtains of green and violet light above `low`, brightest along their lower hem."""
    w = stage.page.w
    for k, code in enumerate(("7a63dc", "3fc9a4", "86efb4")):
        y = low * (0.40 + 0.14 * k)
        hem, tall, folds = ridge(stage, y, low * 0.09, waves=0.9 + 0.25 * k), low * (0.40 - 0.05 * k), 40
        xs = [w * (1.1 * i / folds - 0.05) for i in range(folds + 1)]
        for left, right in pairwise(xs):
            # Every fold is a strip of its own light, so that the curtain fades upwards along its whole hem.
            foot, glare = hem(left), stage.between(0.25, 0.6)
            ramp = tuple((t, rgb(code), glare * part) for t, part in ((0, 0), (0.7, 0.55), (0.95, 1), (1, 0)))
            strip = polygon([(left, foot - tall), (right, hem(right) - tall), (right, hem(right)), (left, foot)])
            stage.add([strip], Gradient((0, foot - tall), (0, foot), ramp), edge=False)


def open_sky(stage: Stage, tint: RGB | None) -> Ground:
    """Clouds all around."""
    w, h = stage.page
    if tint:
        stage.light = replace(stage.light, sky=(shade(tint, -0.08), shade(tint, 0.04), shade(tint, 0.16)))
    heavens(stage, h, banks=5)
    for i in range(7):
        cloud(stage, w * i / 6, h * stage.between(0.93, 1.02), stage.between(0.42, 0.6))
    return Ground(h * 0.55, h * 0.75, "air")


def nightsky(stage: Stage, tint: RGB | None) -> Ground:
    """Stars over dark hills."""
    w, h = stage.page
    sky(stage, h)
    stars(stage, 170, h * 0.85)
    if stage.aurora:
        aurora(stage, h * 0.8)
    stage.add([ellipse(w * 0.5, h * 0.3, 0.8, 0.5)], glow(w * 0.5, h * 0.3, 0.8, stage.light.sky[2], 0.45), edge=False)
    hill = ridge(stage, h * 0.78, 0.03)
    land(stage, ridge(stage, h * 0.72, 0.04), stage.away(rgb("33507a"), 0.4))
    pines(stage, hill, 30, 0.09, stage.lit(rgb("1c3550")))
    land(stage, hill, fade(h * 0.74, h, stage.lit(tint or rgb("3a5a5f")), stage.lit(rgb("22333f"))))
    return Ground(h * 0.84, h * 0.92)


def space(stage: Stage, tint: RGB | None) -> Ground:
    """Stars, mist and planets over the curve of a moon."""
    w, h = stage.page
    deep = (tint and shade(tint, -0.3)) or rgb("141238")
    sky(stage, h, colours=(rgb("0a0b20"), deep, mix(deep, rgb("3b2a6b"), 0.5)))
    for colour in ("b04f9a", "3f6fd0", "2fa0a8"):
        x, y, r = stage.between(0, w), stage.between(0, h), stage.between(0.45, 0.7)
        stage.add([ellipse(x, y, r, r)], glow(x, y, r, rgb(colour), 0.42), edge=False)
    stars(stage, 210, h)
    # Away from the focus: behind a head a ring would look like horns.
    inward = 0.2 * w if stage.sun_x < w / 2 else -0.2 * w
    _planet(stage, stage.sun_x, h * 0.18, 0.085, rgb("e8a860"), ring=True)
    _planet(stage, stage.sun_x + inward, h * 0.36, 0.035, rgb("7fb8d0"), ring=False)
    land(stage, lambda x: h * 0.84 + 0.30 * ((x - w / 2) / w) ** 2, fade(h * 0.84, h, rgb("b9a8c0"), rgb("5f5478")))
    craters = [
        (x, y, r)
        for _ in range(9)
        for x, y, r in [(stage.between(0, w), stage.between(h * 0.93, h), stage.between(0.015, 0.05))]
    ]
    stage.add([ellipse(x, y, r, r * 0.3) for x, y, r in craters], rgb("6f6386"), 0.8, edge=False)
    stage.add([ellipse(x, y + r * 0.06, r * 0.86, r * 0.22) for x, y, r in craters], rgb("584d70"), edge=False)
    return Ground(h * 0.88, h * 0.93)


def _planet(stage: Stage, x: float, y: float, r: float, colour: RGB, *, ring: bool) -> None:
    stage.add([ellipse(x, y, r * 2.4, r * 2.4)], glow(x, y, r * 2.4, colour, 0.35), edge=False)
    stage.add([ellipse(x, y, r, r)], fade(y - r, y + r, shade(colour, 0.07), shade(colour, -0.16)))
    if ring:
        half = [
            (x + 1.85 * r * c, y + 0.42 * r * s - 0.25 * r * c)
            for c, s in ((-1, 0), (-0.9, 0.44), (-0.5, 0.86), (0, 1), (0.5, 0.86), (0.9, 0.44), (1, 0))
        ]
        stage.add([ribbon(half, r * 0.16)], rgb("f3dcae"), 0.9, edge=False)


def nowhere(stage: Stage, tint: RGB | None) -> Ground:
    """Plain ground of one colour."""
    colour = tint or rgb("e9e4d8")
    stage.add([rect(0, 0, stage.page.w, stage.page.h)], colour, edge=False)
    return Ground(stage.page.h * 0.80, stage.page.h * 0.84, "table")
