"""The stage: where scenery is painted, and the pieces it is built of (sky, hills, water, trees, towns)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import sin, tau
from random import Random

from .colours import RGB, Light, mix, rgb, shade
from .shapes import Contour, Gradient, Page, Paint, Shape, ellipse, polygon, rect, ribbon, smooth_open

Ridge = Callable[[float], float]  # height of the ground line (page y) at page x
_SEASON_LEAVES = {
    "summer": ("5d9c50", "4c8a4b", "79ad58"), "spring": ("86b562", "eda9bf", "74ab62"),
    "autumn": ("d9822b", "c4512d", "e0a83a"), "winter": ("4f7a6b", "426a60", "5f8a78"),
}  # fmt: skip
_SEASON_GRASS = {"summer": "86b05c", "spring": "9cc46c", "autumn": "c2a052", "winter": "e6edf1"}


@dataclass
class Stage:
    """Collects shapes from back to front under one light."""

    page: Page
    dice: Random
    light: Light
    season: str = "summer"
    sun_x: float = 0.5
    aurora: bool = False
    shapes: list[Shape] = field(default_factory=list)

    def add(self, contours: Sequence[Contour], paint: Paint, opacity: float = 1.0, *, depth: str = "back",
            edge: bool = True) -> None:  # fmt: skip
        """Put one shape in front of what is there."""
        self.shapes.append(Shape(tuple(contours), paint, opacity, depth, edge))

    def lit(self, colour: RGB, share: float = 1.0) -> RGB:
        """A thing's own colour under this light; share < 1 for things near the eye."""
        return mix(colour, self.light.ambient, min(0.9, self.light.strength * share))

    def away(self, colour: RGB, distance: float) -> RGB:
        """A lit colour seen through air: distance 0 here .. 1 at the horizon."""
        return mix(self.lit(colour), self.light.far, distance)

    def leaf(self) -> RGB:
        """A leaf colour of the season."""
        return rgb(self.dice.choice(_SEASON_LEAVES[self.season]))

    def grass(self) -> RGB:
        """Ground cover of the season."""
        return rgb(_SEASON_GRASS[self.season])

    def between(self, low: float, high: float) -> float:
        """A number of the drawing's own dice."""
        return self.dice.uniform(low, high)


def fade(y0: float, y1: float, *colours: RGB, x: float = 0.0) -> Gradient:
    """Vertical ramp from y0 to y1 with the colours evenly spaced."""
    n = max(1, len(colours) - 1)
    return Gradient((x, y0), (x, y1), tuple((i / n, c, 1.0) for i, c in enumerate(colours)))


def glow(x: float, y: float, radius: float, colour: RGB, strength: float, squash: float = 1.0) -> Gradient:
    """Light (or shade) that fades to nothing; `squash` is its height over its width."""
    stops = tuple((t, colour, strength * a) for t, a in ((0.0, 1.0), (0.3, 0.62), (0.6, 0.22), (1.0, 0.0)))
    return Gradient((x, y), (x, y), stops, radius, squash)


def sky(stage: Stage, low: float, *, colours: tuple[RGB, RGB, RGB] | None = None) -> None:
    """Sky down to `low`; it covers the whole page, so it is the first shape."""
    top, middle, bottom = colours or stage.light.sky
    stage.add([rect(0, 0, stage.page.w, stage.page.h)], fade(0, max(low, 0.2), top, middle, bottom), edge=False)


def disc(stage: Stage, y: float, radius: float) -> None:
    """Sun or moon at the stage's sun_x, with its glow; a moon has seas."""
    x, colour = stage.sun_x, stage.light.disc
    strength = 0.5 if stage.light.dark else 0.85
    stage.add([ellipse(x, y, radius * 5.5, radius * 5.5)], glow(x, y, radius * 5.5, colour, strength), edge=False)
    stage.add([ellipse(x, y, radius, radius)], mix(colour, (255, 255, 255), 0.25))
    if stage.light.dark:
        spots = [(-0.3, -0.2, 0.24), (0.32, 0.1, 0.17), (-0.05, 0.42, 0.2)]
        stage.add([ellipse(x + a * radius, y + b * radius, r * radius, r * radius) for a, b, r in spots],
                  shade(colour, -0.07), 0.6, edge=False)  # fmt: skip


def stars(stage: Stage, count: int, low: float) -> None:
    """Small stars above `low`, a few of them bright with four rays."""
    dots, bright = [], []
    for i in range(count):
        x, y, r = stage.between(0, stage.page.w), stage.between(0, low), stage.between(0.0012, 0.0034)
        dots.append(ellipse(x, y, r, r))
        if i % 12 == 0:
            s = r * 4.5
            bright.append(
                polygon(
                    [
                        (x, y - s),
                        (x + r, y - r),
                        (x + s, y),
                        (x + r, y + r),
                        (x, y + s),
                        (x - r, y + r),
                        (x - s, y),
                        (x - r, y - r),
                    ]
                )
            )
    stage.add(dots, (250, 246, 226), 0.85, edge=False)
    stage.add(bright, (255, 250, 230), edge=False)


def cloud(stage: Stage, x: float, y: float, size: float, opacity: float = 0.9) -> None:
    """A heap of round puffs with a flat base at y."""
    top = mix(stage.light.sky[2], (255, 255, 255), 0.2 if stage.light.dark else 0.72)
    if stage.light.dark:
        top = mix(stage.light.sky[1], stage.light.sky[2], 0.6)
    puffs, n = [], stage.dice.randint(3, 5)
    for i in range(n):
        t = (i + 0.5) / n
        r = size * (0.10 + 0.13 * sin(t * 3.14)) * stage.between(0.85, 1.2)
        puffs.append(ellipse(x + (t - 0.5) * size * 0.82, y - r * 0.72, r, r * 0.95))
    base = rect(x - size * 0.5, y - size * 0.085, size, size * 0.085, size * 0.0425)
    stage.add([*puffs, base], fade(y - size * 0.3, y, top, mix(top, stage.light.sky[1], 0.42)), opacity)


def clouds(stage: Stage, count: int, top: float, low: float, size: float = 0.34) -> None:
    """A sky's worth of clouds between top and low, the lower ones smaller."""
    for i in range(count):
        t = (i + stage.between(0.1, 0.9)) / count
        x = ((i * 0.618 + stage.between(0.0, 0.25)) % 1.0) * stage.page.w
        cloud(stage, x, top + (low - top) * t, size * (1.2 - 0.6 * t) * stage.between(0.8, 1.2))


def ridge(stage: Stage, y: float, rise: float, *, waves: float = 1.3) -> Ridge:
    """A rolling ground line around y, ± rise."""
    a, b, c = (stage.between(0, tau) for _ in range(3))
    span = tau * waves / max(stage.page.w, 1.0)
    return lambda x: (
        y + rise * (0.6 * sin(x * span + a) + 0.3 * sin(x * span * 2.1 + b) + 0.1 * sin(x * span * 4.7 + c))
    )


def land(stage: Stage, line: Ridge, paint: Paint, *, depth: str = "back") -> None:
    """Everything below a ground line."""
    w, h = stage.page
    n = max(12, int(14 * w))
    top = smooth_open([(w * 1.04 * i / n - 0.02 * w, line(w * 1.04 * i / n - 0.02 * w)) for i in range(n + 1)])
    stage.add([(*top, (w * 1.02, h * 1.02), (-0.02 * w, h * 1.02))], paint, depth=depth)


def peaks(stage: Stage, base: float, height: float, colour: RGB, *, snow: bool, count: int = 4) -> None:
    """A chain of mountains: each a lit and a shaded side, with snow on top."""
    w = stage.page.w
    lit_left = stage.sun_x < w / 2
    order = sorted(range(count), key=lambda i: (i * 7) % count)
    for i in order:
        x = w * (i + stage.between(0.25, 0.75)) / count
        tall = height * stage.between(0.62, 1.0)
        wide = tall * stage.between(0.85, 1.15)
        _peak(stage, x, base, tall, wide, colour, snow, lit_left)


def _peak(
    stage: Stage, x: float, base: float, tall: float, wide: float, colour: RGB, snow: bool, lit_left: bool
) -> None:
    top = base - tall
    bend = stage.between(-0.12, 0.12) * wide
    spine = [(x, top), (x + bend, top + tall * 0.3), (x - bend * 0.6, top + tall * 0.55), (x + bend * 0.9, base)]
    light, dark = shade(colour, 0.05), shade(colour, -0.055)
    stage.add([polygon([(x - wide, base), (x - wide * 0.42, top + tall * 0.46), *spine])], light if lit_left else dark)
    stage.add([polygon([*spine, (x + wide, base), (x + wide * 0.45, top + tall * 0.43)])], dark if lit_left else light)
    if not snow:
        return
    white = stage.lit((247, 249, 251), 0.7)
    cold = mix(white, stage.lit((120, 150, 190)), 0.4)
    left = [
        (x - wide * 0.26, top + tall * 0.285),
        (x - wide * 0.15, top + tall * 0.25),
        (x - wide * 0.1, top + tall * 0.36),
    ]
    right = [
        (x + wide * 0.13, top + tall * 0.37),
        (x + wide * 0.17, top + tall * 0.24),
        (x + wide * 0.27, top + tall * 0.265),
    ]
    mid = (x + bend * 0.55, top + tall * 0.29)
    stage.add([polygon([(x, top), *left, mid])], white if lit_left else cold)
    stage.add([polygon([(x, top), mid, *right])], cold if lit_left else white)


def pines(stage: Stage, line: Ridge, count: int, size: float, colour: RGB, *, depth: str = "back") -> None:
    """A row of conifers along a ground line, as one shape."""
    trees = []
    for i in range(count):
        x = stage.page.w * (i + stage.between(0, 1)) / count
        s, y = size * stage.between(0.6, 1.15), line(x) + size * 0.06
        for lift, half in ((0.0, 0.25), (0.26, 0.20), (0.5, 0.14)):
            trees.append(
                polygon([(x - half * s, y - lift * s), (x, y - (lift + 0.5) * s), (x + half * s, y - lift * s)])
            )
    stage.add(trees, colour, depth=depth)


def round_trees(stage: Stage, line: Ridge, count: int, size: float, distance: float, *, depth: str = "back") -> None:
    """A row of leafy trees along a ground line."""
    for i in range(count):
        x = stage.page.w * (i + stage.between(0.05, 0.95)) / count
        s, y = size * stage.between(0.65, 1.15), line(x) + size * 0.04
        leaf = stage.away(stage.leaf(), distance)
        stage.add(
            [rect(x - s * 0.045, y - s * 0.5, s * 0.09, s * 0.5)], stage.away(rgb("7a5a44"), distance), depth=depth
        )
        stage.add([ellipse(x, y - s * 0.66, s * 0.30, s * 0.36)], shade(leaf, -0.05), depth=depth)
        stage.add([ellipse(x - s * 0.05, y - s * 0.71, s * 0.22, s * 0.27)], leaf, depth=depth, edge=False)


def water(stage: Stage, y: float, colour: RGB, *, low: float | None = None, glints: int = 34) -> None:
    """Water from y down to `low`, paler towards the horizon, with flat glints and the sun's path."""
    w, h = stage.page
    low = h if low is None else low
    near, far = stage.lit(shade(colour, -0.10)), mix(stage.lit(shade(colour, 0.03)), stage.light.sky[2], 0.42)
    stage.add([rect(0, y, w, low - y)], fade(y, low, far, stage.lit(colour), near), edge=False)
    _glints(stage, y, low, glints, mix(stage.lit(colour), (255, 255, 255), 0.5), 0.0, w, 0.45)
    if stage.light.disc != stage.light.sky[2]:
        _glints(stage, y, low, 22, stage.light.disc, stage.sun_x, 0.16, 0.8)


def _glints(
    stage: Stage, y: float, low: float, count: int, colour: RGB, centre: float, spread: float, opacity: float
) -> None:
    """Short tapered strokes, longer towards the eye; around `centre` when it is not 0."""
    strokes = []
    for i in range(count):
        t = ((i + stage.between(0, 1)) / count) ** 1.6
        gy = y + 0.006 + (low - y) * t
        size = 0.012 + 0.10 * t
        x = stage.between(0, spread) if centre == 0 else centre + stage.between(-1, 1) * spread * (0.25 + t)
        long = size * stage.between(0.5, 1.2) * (1.0 if centre == 0 else 0.7)
        path = [(x + long * a, gy + 0.001 * (k % 2)) for k, a in enumerate((-1, -0.5, 0, 0.5, 1))]
        strokes.append(ribbon(path, 0.0018 + 0.006 * t, taper=True))
    stage.add(strokes, colour, opacity, edge=False)


def skyline(
    stage: Stage, base: float, height: float, count: int, colour: RGB, *, lights: float = 0.0, depth: str = "back"
) -> None:
    """A row of buildings; `lights` 0..1 is the share of lit windows."""
    w = stage.page.w
    glass: list[Contour] = []
    lamps: list[Contour] = []
    x = -0.02 * w
    while x < w:
        wide = w / count * stage.between(0.7, 1.5)
        tall = height * stage.between(0.35, 1.0) ** 1.2
        body = shade(colour, stage.between(-0.03, 0.03))
        stage.add(
            [rect(x, base - tall, wide * 1.01, tall + 0.02), *_roof(stage, x, base - tall, wide)], body, depth=depth
        )
        pitch = max(0.018, wide / 5)
        for row in range(int((tall - pitch) / (pitch * 1.25))):
            for column in range(int((wide - pitch * 0.6) / pitch)):
                pane = rect(
                    x + pitch * (0.45 + column), base - tall + pitch * (0.6 + 1.25 * row), pitch * 0.5, pitch * 0.66
                )
                (lamps if stage.dice.random() < lights else glass).append(pane)
        x += wide
    pale = shade(colour, -0.045 if lights else 0.06)
    stage.add(glass, pale, edge=False, depth=depth)
    if lamps:
        stage.add(lamps, rgb("ffd98a"), 0.92, edge=False, depth=depth)


def _roof(stage: Stage, x: float, y: float, wide: float) -> list[Contour]:
    """What tops one building: nothing, a step, a mast or a slope."""
    kind = stage.dice.randrange(4)
    if kind == 1:
        return [rect(x + wide * 0.2, y - wide * 0.22, wide * 0.6, wide * 0.25)]
    if kind == 2:
        return [
            rect(x + wide * 0.47, y - wide * 0.7, wide * 0.06, wide * 0.72),
            rect(x + wide * 0.3, y - wide * 0.14, wide * 0.4, wide * 0.16),
        ]
    if kind == 3:
        return [polygon([(x, y + 0.001), (x + wide, y - wide * 0.35), (x + wide, y + 0.001)])]
    return []


def tufts(
    stage: Stage, top: float, low: float, count: int, colour: RGB, *, size: float = 0.03, depth: str = "back"
) -> None:
    """Grass tufts, larger towards the eye, as one shape."""
    blades = []
    for _ in range(count):
        t = stage.dice.random()
        x, y, s = stage.between(0, stage.page.w), top + (low - top) * t, size * (0.35 + 0.9 * t)
        feet = [(x + lean * s * 0.3, x + lean * s) for lean in (-0.35, 0.0, 0.4)]
        blades += [polygon([(foot - s * 0.07, y), (tip, y - s), (foot + s * 0.07, y)]) for foot, tip in feet]
    stage.add(blades, colour, edge=False, depth=depth)


def blossoms(stage: Stage, top: float, low: float, count: int, colours: Sequence[RGB], *, depth: str = "back") -> None:
    """Flower heads scattered over a meadow."""
    for colour in colours:
        heads, hearts = [], []
        for _ in range(count // len(colours)):
            t = stage.dice.random()
            x, y, r = stage.between(0, stage.page.w), top + (low - top) * t, 0.0035 + 0.0085 * t
            heads += [
                ellipse(x + dx * r, y + dy * r, r * 0.72, r * 0.66)
                for dx, dy in ((0.7, 0), (-0.7, 0), (0, 0.62), (0, -0.62))
            ]
            hearts.append(ellipse(x, y, r * 0.45, r * 0.42))
        stage.add(heads, stage.lit(colour, 0.6), edge=False, depth=depth)
        stage.add(hearts, stage.lit(rgb("f6cf5a"), 0.6), edge=False, depth=depth)


def rays(stage: Stage, x: float, y: float, count: int, reach: float, opacity: float) -> None:
    """Shafts of light from a point, downwards."""
    beams = []
    for i in range(count):
        a = -0.75 + 1.5 * (i + stage.between(0.2, 0.8)) / count
        half = stage.between(0.025, 0.06)
        beams.append(polygon([(x, y), (x + (a - half) * reach, y + reach), (x + (a + half) * reach, y + reach)]))
    colour = mix(stage.light.disc, (255, 255, 255), 0.2)
    ramp = Gradient((x, y), (x, y + reach), ((0.0, colour, 0.8), (0.6, colour, 0.25), (1.0, colour, 0.0)))
    stage.add(beams, ramp, opacity, edge=False)
