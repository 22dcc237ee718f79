"""Scenery: one painter for each kind of place. Each says where things may stand."""

from __future__ import annotations

from collections.abc import Callable

from .colours import RGB, mix, rgb, shade
from .shapes import Contour, Gradient, ellipse, polygon, rect, ribbon, smooth
from .skies import Ground, heavens, nightsky, open_sky, space
from .stage import Stage, blossoms, fade, glow, land, peaks, pines, rays, ridge, round_trees, sky, skyline, tufts, water


def sea(stage: Stage, tint: RGB | None) -> Ground:
    """Open water to the horizon, often with far land."""
    h = stage.page.h
    y = h * 0.57
    heavens(stage, y)
    if stage.dice.random() < 0.7:
        land(
            stage,
            ridge(stage, y - 0.012, 0.03, waves=0.9),
            fade(y - 0.05, y + 0.02, stage.away(rgb("5f7f78"), 0.72), stage.away(rgb("5f7f78"), 0.8)),
        )
    water(stage, y, tint or rgb("2f86a6"))
    return Ground(y + (h - y) * 0.22, y + (h - y) * 0.55, "water")


def lake(stage: Stage, tint: RGB | None) -> Ground:
    """Mountains and firs around still water, reeds in front."""
    h = stage.page.h
    y = h * 0.56
    heavens(stage, y - 0.1, banks=3)
    peaks(stage, y, h * 0.26, stage.away(rgb("6f86a0"), 0.45), snow=True, count=5)
    shore = ridge(stage, y - 0.035, 0.03)
    land(stage, shore, stage.away(rgb("5c8560"), 0.35))
    pines(stage, lambda _x: y + 0.004, 34, 0.10, stage.away(rgb("3f6a58"), 0.25))
    water(stage, y, tint or rgb("3f8ba0"))
    reeds = [
        ribbon(
            [(x := stage.between(0, stage.page.w * 0.2), h), (x + 0.01, h - stage.between(0.05, 0.13))],
            0.006,
            taper=True,
        )
        for _ in range(16)
    ]
    stage.add(reeds, stage.lit(rgb("4f7548")), depth="front", edge=False)
    return Ground(y + (h - y) * 0.24, y + (h - y) * 0.55, "water")


def beach(stage: Stage, tint: RGB | None) -> Ground:
    """Sand, foam and shallow water."""
    w, h = stage.page
    y = h * 0.50
    heavens(stage, y)
    water(stage, y, tint or rgb("2fa3ae"), low=h * 0.74)
    line = ridge(stage, h * 0.69, 0.035, waves=0.7)
    land(stage, lambda x: line(x) - 0.014, (250, 250, 244))
    land(stage, line, fade(h * 0.66, h, stage.lit(rgb("dcc08e")), stage.lit(rgb("f0dcae"))))
    dots = [ellipse(stage.between(0, w), stage.between(h * 0.78, h), 0.004, 0.0025) for _ in range(40)]
    stage.add(dots, stage.lit(rgb("c9a873")), edge=False)
    return Ground(h * 0.79, h * 0.88)


def mountain(stage: Stage, tint: RGB | None) -> Ground:
    """Two chains of snowy mountains behind a meadow."""
    h = stage.page.h
    y = h * 0.66
    heavens(stage, y - 0.16, banks=3)
    rock = tint or rgb("6a7f9c")
    peaks(stage, y + 0.02, h * 0.40, stage.away(rock, 0.55), snow=True, count=5)
    stage.add([rect(0, y - h * 0.16, stage.page.w, h * 0.18)], _veil(stage, y - h * 0.16, y + 0.02, 0.75), edge=False)
    peaks(stage, y + 0.06, h * 0.27, stage.away(rock, 0.18), snow=True, count=4)
    hill = ridge(stage, y, 0.035)
    land(stage, hill, stage.away(rgb("4f7a5c"), 0.25))
    pines(stage, hill, 40, 0.085, stage.away(rgb("35604f"), 0.18))
    near = ridge(stage, h * 0.75, 0.03, waves=0.8)
    land(stage, near, fade(h * 0.72, h, stage.lit(stage.grass()), stage.lit(shade(stage.grass(), -0.12))))
    tufts(stage, h * 0.80, h, 46, stage.lit(shade(stage.grass(), -0.14)))
    return Ground(h * 0.80, h * 0.90)


def _veil(stage: Stage, y0: float, y1: float, strength: float) -> Gradient:
    """Mist that thickens downwards."""
    return Gradient((0, y0), (0, y1), ((0.0, stage.light.far, 0.0), (1.0, stage.light.sky[2], strength)))


def forest(stage: Stage, tint: RGB | None) -> Ground:
    """Three depths of trunks under leaves, light between them, a path."""
    w, h = stage.page
    deep, pale = rgb("2f5a48"), mix(stage.light.sky[2], rgb("d9e8c8"), 0.4)
    leaf = tint or (rgb("4c8a4b") if stage.season in ("summer", "winter") else stage.leaf())
    sky(
        stage,
        h * 0.8,
        colours=(stage.away(mix(leaf, pale, 0.5), 0.35), mix(stage.lit(pale), leaf, 0.12), stage.lit(pale)),
    )
    stage.add(
        [ellipse(stage.sun_x, h * 0.26, 0.62, 0.62)],
        glow(stage.sun_x, h * 0.26, 0.62, stage.light.disc, 0.75),
        edge=False,
    )
    for layer in range(3):
        away = 0.62 - 0.27 * layer
        trunk = mix(stage.away(rgb("5a4638"), away * 0.6), mix(deep, pale, away), 0.45 + 0.1 * layer)
        trunks = [
            _trunk(
                stage,
                w * (i + stage.between(0.1, 0.9)) / (9 - 2 * layer),
                h * (0.66 + 0.05 * layer),
                0.018 + 0.016 * layer,
            )
            for i in range(9 - 2 * layer)
        ]
        stage.add(trunks, trunk)
        crown = mix(stage.lit(shade(leaf, -0.12 + 0.02 * layer)), pale, away)
        puffs = [
            ellipse(w * i / 10, stage.between(-0.04, 0.04) + h * (0.17 - 0.05 * layer), 0.13, stage.between(0.07, 0.13))
            for i in range(11)
        ]
        stage.add([rect(0, -0.1, w, 0.1 + h * (0.17 - 0.05 * layer)), *puffs], crown, edge=layer == 2)
        if layer == 1:
            rays(stage, stage.sun_x, -0.1, 5, h * 0.95, 0.4)
        floor = ridge(stage, h * (0.64 + 0.06 * layer), 0.018)
        land(stage, floor, mix(stage.lit(shade(leaf, 0.02 - 0.03 * layer)), pale, away * 0.8))
    path = [
        (w * 0.47, h * 0.72),
        (w * 0.53, h * 0.72),
        (w * 0.60, h * 0.86),
        (w * 0.72, h * 1.02),
        (w * 0.26, h * 1.02),
        (w * 0.42, h * 0.86),
    ]
    stage.add([smooth(path)], mix(stage.lit(rgb("d8c090")), leaf, 0.25), 0.9, edge=False)
    tufts(stage, h * 0.78, h * 1.01, 60, stage.lit(shade(leaf, -0.13)))
    return Ground(h * 0.79, h * 0.90)


def _trunk(stage: Stage, x: float, foot: float, half: float) -> Contour:
    lean = stage.between(-0.02, 0.02)
    return polygon(
        [
            (x - half * 0.7 + lean, -0.02),
            (x + half * 0.7 + lean, -0.02),
            (x + half, foot),
            (x + half * 1.7, foot + 0.03),
            (x - half * 1.7, foot + 0.03),
            (x - half, foot),
        ]
    )


def field(stage: Stage, tint: RGB | None) -> Ground:
    """Rolling meadows with trees far off and flowers near."""
    h = stage.page.h
    y = h * 0.58
    heavens(stage, y - 0.04)
    grass = tint or stage.grass()
    land(stage, ridge(stage, y - 0.06, 0.05, waves=0.9), stage.away(rgb("7f9fa0"), 0.6))
    middle = ridge(stage, y, 0.045)
    land(stage, middle, stage.away(shade(grass, -0.05), 0.42))
    round_trees(stage, middle, 9, 0.10, 0.38)
    fold = ridge(stage, h * 0.65, 0.035, waves=0.8)
    land(stage, fold, fade(h * 0.62, h * 0.78, stage.away(shade(grass, 0.03), 0.16), stage.away(grass, 0.1)))
    near = ridge(stage, h * 0.74, 0.022, waves=0.6)
    land(stage, near, fade(h * 0.72, h, stage.lit(grass), stage.lit(shade(grass, -0.13))))
    tufts(stage, h * 0.77, h * 1.01, 70, stage.lit(shade(grass, -0.13)))
    if stage.season in ("summer", "spring"):
        blossoms(stage, h * 0.78, h * 0.99, 66, (rgb("f4f1e6"), rgb("e8788f"), rgb("f0c24f")))
    return Ground(h * 0.77, h * 0.89)


def desert(stage: Stage, tint: RGB | None) -> Ground:
    """Dunes and far table mountains."""
    h = stage.page.h
    y = h * 0.60
    heavens(stage, y, banks=1)
    sand = tint or rgb("e2ab67")
    mesas = [
        polygon([(x - s, y + 0.02), (x - s * 0.72, y - s * 0.7), (x + s * 0.6, y - s * 0.7), (x + s, y + 0.02)])
        for x, s in ((stage.page.w * 0.16, 0.14), (stage.page.w * 0.8, 0.19))
    ]
    stage.add(mesas, stage.away(rgb("b5704f"), 0.5))
    for i, (level, rise, away) in enumerate(((0.60, 0.03, 0.45), (0.67, 0.045, 0.22), (0.77, 0.05, 0.0))):
        line = ridge(stage, h * level, rise, waves=0.8 + 0.15 * i)
        top = stage.away(shade(sand, 0.04), away)
        land(stage, line, fade(h * level - rise, h * level + 0.2, top, stage.away(shade(sand, -0.11), away)))
    ripples = [
        ribbon(
            [
                (x := stage.between(0, stage.page.w), yy := stage.between(h * 0.84, h)),
                (x + 0.06, yy - 0.004),
                (x + 0.12, yy),
            ],
            0.003,
            taper=True,
        )
        for _ in range(26)
    ]
    stage.add(ripples, stage.lit(shade(sand, -0.14)), 0.6, edge=False)
    return Ground(h * 0.79, h * 0.90)


def city(stage: Stage, tint: RGB | None) -> Ground:
    """Three rows of buildings behind a road."""
    h = stage.page.h
    y = h * 0.80
    heavens(stage, y - 0.15, banks=3)
    lights = 0.55 if stage.light.dark else 0.22 if stage.light.strength > 0.3 else 0.0
    wall = tint or rgb("66788f")
    count = max(7, int(9 * stage.page.w))
    skyline(stage, y, h * 0.50, count + 4, stage.away(wall, 0.66), lights=lights * 0.5)
    skyline(stage, y, h * 0.38, count, stage.away(shade(wall, -0.02), 0.36), lights=lights)
    skyline(stage, y, h * 0.22, count - 1, stage.away(shade(wall, -0.10), 0.06), lights=lights)
    _pavement(stage, y)
    return Ground(y + (h - y) * 0.42, y + (h - y) * 0.66)


def _pavement(stage: Stage, y: float) -> None:
    w, h = stage.page
    stage.add([rect(0, y, w, h - y)], fade(y, h, stage.lit(rgb("9a9a98")), stage.lit(rgb("6f7278"))), edge=False)
    stage.add([rect(0, y, w, 0.008)], stage.lit(rgb("c5c3bb")), edge=False)
    lane = y + (h - y) * 0.72
    stage.add(
        [rect(w * i / 7 + 0.02, lane, w / 13, 0.008) for i in range(8)], stage.lit(rgb("f0e2b4")), 0.8, edge=False
    )


def street(stage: Stage, tint: RGB | None) -> Ground:
    """House fronts with shops along a road."""
    w, h = stage.page
    y = h * 0.74
    heavens(stage, h * 0.5, banks=3)
    skyline(stage, y, h * 0.46, max(9, int(11 * w)), stage.away(rgb("7d8699"), 0.62))
    walls = [rgb(c) for c in ("d9a273", "c7705a", "e3c48f", "8aa79a", "a98a94", "b9c0b0")]
    x, warm = -0.03, stage.light.dark
    while x < w:
        wide, tall = stage.between(0.22, 0.34), stage.between(0.30, 0.46) * min(h, 1.25)
        _front(stage, x, y, wide, tall, tint or stage.dice.choice(walls), warm)
        x += wide
    _pavement(stage, y)
    return Ground(y + (h - y) * 0.40, y + (h - y) * 0.66)


def _front(stage: Stage, x: float, y: float, wide: float, tall: float, wall: RGB, warm: bool) -> None:
    """One house front: roof, windows with shutters, a shop with an awning."""
    body = stage.away(wall, 0.12)
    stage.add([rect(x, y - tall, wide, tall)], body)
    stage.add([rect(x - 0.006, y - tall - 0.014, wide + 0.012, 0.026)], shade(body, -0.08))
    pane = rgb("ffdf94") if warm else stage.lit(rgb("a9c6cf"))
    rows = max(1, int((tall - 0.19) / 0.115))
    panes = [
        rect(x + wide * (0.14 + 0.28 * c), y - tall + 0.045 + 0.115 * r, wide * 0.16, 0.068)
        for r in range(rows)
        for c in range(3)
    ]
    stage.add(panes, pane)
    stage.add(
        [rect(x + wide * 0.08, y - 0.125, wide * 0.5, 0.105), rect(x + wide * 0.68, y - 0.125, wide * 0.2, 0.125)],
        shade(pane, -0.12 if not warm else 0.0),
    )
    stripe = wide * 0.66 / 6
    for i in range(6):
        colour = stage.lit(rgb("f4eee0")) if i % 2 else shade(body, -0.16)
        left = x + wide * 0.02 + stripe * i
        stage.add(
            [
                polygon(
                    [
                        (left + stripe * 0.1, y - 0.165),
                        (left + stripe * 0.95, y - 0.165),
                        (left + stripe, y - 0.118),
                        (left, y - 0.118),
                    ]
                )
            ],
            colour,
            edge=False,
        )


def snow(stage: Stage, tint: RGB | None) -> Ground:
    """Snowfields with firs before mountains."""
    h = stage.page.h
    y = h * 0.62
    heavens(stage, y - 0.08, banks=3)
    peaks(stage, y, h * 0.28, stage.away(rgb("8ea6c2"), 0.5), snow=True, count=5)
    white = tint or rgb("eef3f8")
    far = ridge(stage, y - 0.01, 0.03)
    land(stage, far, stage.away(shade(white, -0.07), 0.4))
    pines(stage, far, 36, 0.10, stage.away(rgb("5a7f86"), 0.4))
    mid = ridge(stage, h * 0.69, 0.03)
    land(stage, mid, stage.away(shade(white, -0.04), 0.15))
    pines(stage, mid, 9, 0.22, stage.away(rgb("3f6a68"), 0.12))
    near = ridge(stage, h * 0.76, 0.02, waves=0.7)
    land(stage, near, fade(h * 0.74, h, stage.lit(white, 0.6), stage.lit(mix(white, rgb("a9c4e2"), 0.5))))
    return Ground(h * 0.79, h * 0.90)


Painter = Callable[[Stage, RGB | None], Ground]
OUTDOORS: dict[str, Painter] = {
    "sea": sea, "lake": lake, "beach": beach, "mountain": mountain, "forest": forest, "field": field,
    "castlefield": field, "desert": desert, "city": city, "street": street, "snow": snow, "sky": open_sky,
    "nightsky": nightsky, "space": space,
}  # fmt: skip
