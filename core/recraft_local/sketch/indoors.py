"""Scenery within walls, under water and in the mind: room, table, studio, reef, abstract."""

from __future__ import annotations

from .colours import RGB, mix, rgb, shade, turn
from .places import OUTDOORS, Painter
from .shapes import Contour, Gradient, ellipse, flatten, polygon, rect, ribbon, smooth, smooth_open
from .skies import Ground, nowhere
from .stage import Stage, fade, glow, land, rays, ridge, sky

_WALLS = ("e8cdb0", "b9cbc0", "d9b8a8", "a9bccb", "e3d3a8", "c9b8cf", "bcd0d6")


def room(stage: Stage, tint: RGB | None) -> Ground:
    """A wall with a window and a picture, boards, a rug."""
    w, h = stage.page
    wall = stage.lit(tint or rgb(stage.dice.choice(_WALLS)), 0.8)
    floor_y = h * 0.72
    stage.add([rect(0, 0, w, h)], fade(0, floor_y, shade(wall, -0.02), shade(wall, 0.03)), edge=False)
    stage.add(
        [rect(0, floor_y, w, h - floor_y)],
        fade(floor_y, h, stage.lit(rgb("b98a62")), stage.lit(rgb("a07350"))),
        edge=False,
    )
    planks = [rect(0, floor_y + (h - floor_y) * t, w, 0.003) for t in (0.18, 0.42, 0.72)]
    stage.add(planks, stage.lit(rgb("8a6144")), 0.5, edge=False)
    stage.add([rect(0, floor_y - 0.022, w, 0.024)], shade(wall, 0.10))
    left = stage.sun_x < w / 2
    wx = 0.08 * w if left else 0.92 * w - 0.34
    _window(stage, wx, h * 0.14, 0.34, h * 0.30)
    _picture(stage, 0.86 * w - 0.14 if left else 0.14 * w, h * 0.18)
    slant = 0.30 if left else -0.30
    beam = [(wx, floor_y + 0.03), (wx + 0.34, floor_y + 0.03), (wx + 0.40 + slant, h), (wx - 0.02 + slant, h)]
    stage.add([polygon(beam)], rgb("fff2cc"), 0.26 if not stage.light.dark else 0.10, edge=False)
    stage.add([ellipse(w * 0.5, h * 0.875, 0.44, 0.075)], stage.lit(turn(wall, 150, chroma=1.6), 0.6))
    stage.add(
        [ellipse(w * 0.5, h * 0.873, 0.39, 0.062)], shade(stage.lit(turn(wall, 150, chroma=1.6), 0.6), 0.06), edge=False
    )
    return Ground(h * 0.84, h * 0.885)


def _window(stage: Stage, x: float, y: float, wide: float, tall: float) -> None:
    top, middle, low = stage.light.sky
    stage.add([rect(x - 0.018, y - 0.018, wide + 0.036, tall + 0.036, 0.006)], stage.lit(rgb("f6f0e4"), 0.5))
    stage.add([rect(x, y, wide, tall)], fade(y, y + tall, top, middle, low))
    hill = [
        (x, y + tall * 0.78),
        (x + wide * 0.3, y + tall * 0.64),
        (x + wide * 0.65, y + tall * 0.8),
        (x + wide, y + tall * 0.68),
    ]
    stage.add([polygon([*hill, (x + wide, y + tall), (x, y + tall)])], stage.away(rgb("7fa070"), 0.3), edge=False)
    bars = [
        rect(x + wide / 2 - 0.007, y, 0.014, tall),
        rect(x, y + tall * 0.45, wide, 0.012),
        rect(x - 0.03, y + tall + 0.016, wide + 0.06, 0.02, 0.004),
    ]
    stage.add(bars, stage.lit(rgb("f6f0e4"), 0.5), edge=False)
    for side in (0, 1):
        cx = x - 0.05 + side * (wide + 0.1)
        folds = [
            (cx - 0.035, y - 0.04),
            (cx + 0.035, y - 0.04),
            (cx + 0.045 - side * 0.03, y + tall * 0.6),
            (cx + 0.04, y + tall + 0.1),
            (cx - 0.04, y + tall + 0.1),
            (cx - 0.045 + (1 - side) * 0.03, y + tall * 0.6),
        ]
        stage.add([polygon(folds)], stage.lit(rgb("c96f55"), 0.6))


def _picture(stage: Stage, x: float, y: float) -> None:
    stage.add([rect(x - 0.09, y, 0.18, 0.22)], stage.lit(rgb("7a5a44"), 0.6))
    stage.add([rect(x - 0.075, y + 0.015, 0.15, 0.19)], stage.lit(rgb("f3e8d3"), 0.6), edge=False)
    stage.add([ellipse(x + 0.02, y + 0.08, 0.03, 0.03)], stage.lit(rgb("e2904f"), 0.6), edge=False)
    stage.add(
        [
            polygon(
                [
                    (x - 0.075, y + 0.205),
                    (x - 0.03, y + 0.12),
                    (x + 0.01, y + 0.17),
                    (x + 0.04, y + 0.14),
                    (x + 0.075, y + 0.205),
                ]
            )
        ],
        stage.lit(rgb("5f8a84"), 0.6),
        edge=False,
    )


def table(stage: Stage, tint: RGB | None) -> Ground:
    """A wooden table before a wall with a patch of window light."""
    w, h = stage.page
    wall = stage.lit(tint or rgb(stage.dice.choice(_WALLS)), 0.8)
    y = h * 0.68
    stage.add([rect(0, 0, w, h)], fade(0, y, shade(wall, -0.06), shade(wall, 0.02)), edge=False)
    light_x = w * 0.25 if stage.sun_x < w / 2 else w * 0.75
    panes = [_pane(light_x - 0.16 + 0.10 * c + 0.03 * r, h * 0.10 + 0.17 * r) for r in range(2) for c in range(3)]
    stage.add(panes, rgb("fff6dc"), 0.34, edge=False)
    stage.add([rect(0, y, w, h - y)], fade(y, h, stage.lit(rgb("c79568")), stage.lit(rgb("9a6b46"))), edge=False)
    stage.add([rect(0, y, w, 0.008)], stage.lit(rgb("e0b688")), edge=False)
    grain = [
        ribbon(
            [(x := stage.between(0, w), yy := stage.between(y + 0.04, h)), (x + 0.15, yy + 0.002), (x + 0.35, yy)],
            0.003,
            taper=True,
        )
        for _ in range(18)
    ]
    stage.add(grain, stage.lit(rgb("80563a")), 0.35, edge=False)
    return Ground(h * 0.80, h * 0.86, "table")


def _pane(x: float, y: float) -> Contour:
    """One pane of light that falls on a wall at a slant."""
    return polygon([(x, y), (x + 0.085, y - 0.02), (x + 0.115, y + 0.13), (x + 0.03, y + 0.15)])


def studio(stage: Stage, tint: RGB | None) -> Ground:
    """A seamless backdrop with a round of light."""
    w, h = stage.page
    wall = tint or rgb(stage.dice.choice(_WALLS))
    y = h * 0.74
    stage.add([rect(0, 0, w, h)], fade(0, h, shade(wall, -0.05), shade(wall, 0.03), shade(wall, -0.03)), edge=False)
    stage.add([ellipse(w / 2, h * 0.46, 0.36, 0.36)], shade(wall, 0.075), 0.85, edge=False)
    stage.add([rect(0, y, w, h - y)], fade(y, h, shade(wall, -0.035), shade(wall, -0.09)), edge=False)
    stage.add([ellipse(w / 2, h * 0.84, 0.55, 0.13)], glow(w / 2, h * 0.84, 0.55, shade(wall, 0.12), 0.75), edge=False)
    return Ground(h * 0.82, h * 0.86, "table")


def underwater(stage: Stage, tint: RGB | None) -> Ground:
    """Light from the surface, weed, coral, bubbles."""
    w, h = stage.page
    sea = tint or rgb("2b87a8")
    sky(stage, h, colours=(shade(sea, 0.20), sea, shade(sea, -0.22)))
    rays(stage, stage.sun_x, -0.15, 6, h * 1.1, 0.5)
    land(stage, ridge(stage, h * 0.80, 0.04), mix(rgb("5f9aa0"), shade(sea, -0.1), 0.6))
    for i in range(9):
        x, tall = w * (i + stage.between(0, 1)) / 9, stage.between(0.10, 0.32)
        points = [(x + 0.018 * (-1) ** k, h * 0.92 - tall * k / 6) for k in range(7)]
        stage.add([ribbon(points, 0.02, taper=True)], mix(rgb("3f8f6a"), sea, stage.between(0.1, 0.5)))
    land(
        stage,
        ridge(stage, h * 0.89, 0.02),
        fade(h * 0.87, h, mix(rgb("e6cf9c"), sea, 0.3), mix(rgb("b99c6a"), sea, 0.45)),
    )
    for i in range(5):
        _coral(
            stage,
            w * (0.08 + 0.21 * i + stage.between(-0.04, 0.04)),
            h * stage.between(0.93, 0.99),
            stage.between(0.08, 0.15),
        )
    bubbles = [(stage.between(0, w), stage.between(0.05, h * 0.8), stage.between(0.004, 0.014)) for _ in range(26)]
    stage.add([ellipse(x, y, r, r) for x, y, r in bubbles], rgb("e6fbff"), 0.35, edge=False)
    return Ground(h * 0.9, h * 0.95, "air")


def _coral(stage: Stage, x: float, y: float, size: float) -> None:
    colour = mix(rgb(stage.dice.choice(("e8735f", "e89ab0", "f0b45a", "9a6fb8"))), rgb("2b87a8"), 0.18)
    arms = [((-0.4, -0.55), (-0.5, -0.95)), ((0.0, -0.6), (0.05, -1.1)), ((0.4, -0.5), (0.55, -0.85))]
    stage.add(
        [
            ribbon([(x, y), (x + a[0] * size, y + a[1] * size), (x + b[0] * size, y + b[1] * size)], size * 0.2)
            for a, b in arms
        ],
        colour,
    )


def abstract(stage: Stage, tint: RGB | None) -> Ground:
    """Waves and cut-out forms in a few related colours."""
    w, h = stage.page
    base = tint or rgb(stage.dice.choice(("e0744f", "3f7fa0", "6a8f5a", "8a5fa0", "d99a3f", "c9506a")))
    inks = [base, turn(base, 35), turn(base, 180), shade(turn(base, 20), 0.16), shade(base, -0.18), rgb("f4e9d4")]
    stage.add([rect(0, 0, w, h)], shade(mix(base, rgb("f6efe0"), 0.82), 0.0), edge=False)
    for k in range(4):
        line = ridge(stage, h * (0.32 + 0.19 * k), 0.12, waves=stage.between(0.6, 1.2))
        land(stage, line, inks[(k * 2 + 1) % 6])
    for k in range(9):
        x, y, r = stage.between(0, w), stage.between(0, h), stage.between(0.03, 0.16)
        colour = inks[k % 6]
        if k % 3 == 0:
            stage.add([ellipse(x, y, r, r)], colour, 0.95)
        elif k % 3 == 1:
            arch = smooth_open(
                [(x + r * c, y + r * s) for c, s in ((-1, 0), (-0.7, -0.7), (0, -1), (0.7, -0.7), (1, 0))]
            )
            stage.add([ribbon(flatten(arch), r * 0.24)], colour)
        else:
            stage.add(
                [smooth([(x - r, y), (x, y - r * 0.7), (x + r, y - r * 0.2), (x + r * 0.4, y + r * 0.8)])], colour, 0.92
            )
    x, y = stage.sun_x, h * 0.27
    stage.add(
        [ellipse(x, y, 0.16, 0.16)], Gradient((x, y - 0.16), (x, y + 0.16), ((0.0, inks[3], 1.0), (1.0, inks[2], 1.0)))
    )
    return Ground(h * 0.8, h * 0.86, "table")


PLACES: dict[str, Painter] = {
    **OUTDOORS, "room": room, "table": table, "studio": studio, "underwater": underwater, "abstract": abstract,
    "plain": nowhere,
}  # fmt: skip
