"""Put the subjects of a scene on its ground: size, place, shadow or reflection, and colours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from math import lcm
from random import Random
from typing import NamedTuple

from .colours import RGB, lightness, mix, repainted, rgb, shade, turn
from .letters import covers, line
from .reading import Subject
from .scene import Scene, dice_for
from .scenery import WHITE, Ground, Stage, glow
from .shapes import Contour, Shape, ellipse, move, reverse, ribbon, smooth
from .vocabulary import Thing, extent, figure, main_colour, shades_of_skin, table

_FREE = ("d9583f", "3f7fb0", "e0a53a", "5f9a5f", "8a5fa8", "d9708f", "3f9a94")
_GREY_HAIR = {rgb(code): rgb("c6c4bf") for code in ("5a3a2a", "412519")}
_NAMELESS = Thing("", "other", "table", 0.56, "studio")
_CELL = 0.25  # page units from one thing of a pattern to the next


class Spot(NamedTuple):
    """Where one figure stands: middle of its base, page units for its box, mirrored or not."""

    x: float
    y: float
    size: float
    flip: bool = False


def perform(scene: Scene, stage: Stage, ground: Ground, focus: float) -> None:
    """Draw every subject of the scene, side by side; a single one takes the focus (page x)."""
    dice, w = dice_for(f"cast {scene.layout_seed}"), stage.page.w
    cast = list(scene.subjects)
    if scene.mounted and ground.kind != "icon":
        _mounted(scene, stage, ground, focus, dice)
        cast = cast[2:]
        share, level = 0.7, 0.1
    else:
        share, level = (1.3 if scene.close else 1.0) * (1.0, 0.98, 0.95, 0.9)[max(len(cast), 1) - 1], 0.8
    order = cast[1::2][::-1] + cast[0::2] if focus < w / 2 else cast[2::2][::-1] + cast[0:1] + cast[1::2]
    shares = [share * (1.0 if one is cast[0] else _beside(one, ground)) for one in order]
    sizes = [_size(one, stage, ground, part, level) for one, part in zip(order, shares, strict=True)]
    widths = [_width(subject, size) for subject, size in zip(order, sizes, strict=True)]
    room = (0.94 if ground.kind == "icon" else 1.06) * w
    fit = min(1.0, room / max(sum(widths), 1e-9))
    x = (w - sum(widths) * fit) / 2
    later = []
    for subject, size, width in zip(order, sizes, widths, strict=True):
        near = level if subject is cast[0] else level * 0.45
        middle = focus if len(order) == 1 and not scene.mounted else x + width * fit / 2
        if scene.mounted:
            middle = w * (0.14 if focus > w / 2 else 0.86)
        spots = _spots(subject, stage, ground, middle, size * fit, dice, near, len(order) == 1)
        later += [(spot.y, subject, spot) for spot in spots]
        x += width * fit
    for _, subject, spot in sorted(later, key=lambda item: item[0]):
        _figure(scene, stage, ground, subject, spot)


def _beside(subject: Subject, ground: Ground) -> float:
    """How large a thing is beside another, as a share of its size alone: a book in a wood is no house."""
    where = _thing(subject).where
    return 0.55 if where == "table" and ground.kind == "ground" else 0.62 if ground.kind == "air" else 0.9


def _thing(subject: Subject) -> Thing:
    return subject.thing or _NAMELESS


def _covered(thing: Thing) -> tuple[float, float]:
    """Width and height of a drawing, in shares of its box."""
    left, top, right, bottom = extent(thing.art) if thing.art else (0.1, 0.1, 0.9, 1.0)
    return right - left, bottom - top


def _size(subject: Subject, stage: Stage, ground: Ground, share: float, level: float) -> float:
    """Page units for the box of each of one kind; `level` 0 far .. 1 near."""
    page, thing, n = stage.page, _thing(subject), subject.count
    wide, tall = _covered(thing)
    size = thing.size * share * (1.0 if n == 1 else max(0.36, 0.96 - 0.075 * n))
    size *= 0.75 if thing.where == "bust" else 1.0
    size *= min(1.18, 0.96 + 0.16 * page.h / page.w) / max(wide, tall)  # tall pages have room above
    return min(size, (_base(subject, stage, ground, level) - 0.05) / tall, page.w * 0.92 / wide)


def _base(subject: Subject, stage: Stage, ground: Ground, level: float) -> float:
    return stage.page.h * 0.76 if subject.thing is None else ground.far + (ground.near - ground.far) * level


def _width(subject: Subject, size: float) -> float:
    """Page units that all of one kind need side by side."""
    return _covered(_thing(subject))[0] * size * (1 + _step(subject) * (subject.count - 1))


def _step(subject: Subject) -> float:
    """From one to the next of a kind, in widths: three and more on the ground stand in two rows."""
    return 0.72 if subject.count > 2 and _thing(subject).where != "air" else 0.95


def _spots(subject: Subject, stage: Stage, ground: Ground, x: float, size: float, dice: Random, level: float,
           alone: bool = False) -> list[Spot]:  # fmt: skip
    """Places for all of one kind around page x, within the page."""
    page, thing, n = stage.page, _thing(subject), subject.count
    wide, tall = _covered(thing)
    if thing.where == "bust" and alone and n == 1 and ground.kind not in ("icon", "air"):
        size = min(page.h * 0.9, page.w * 1.05) * thing.size
        return [Spot(page.w / 2 + (x - page.w / 2) * 0.4, page.h + size * 0.02, size / max(wide, tall))]
    base = _base(subject, stage, ground, level)
    step = min(wide * size * _step(subject) * 1.1, (page.w * 0.9 - wide * size) / max(n - 1, 1))
    reach = wide * size / 2 + 0.03 + step * (n - 1) / 2
    row = [min(max(x, reach), page.w - reach) + (i - (n - 1) / 2) * step for i in range(n)]
    sizes = [size * (dice.uniform(0.86, 1.1) if n > 1 else 1.0) for _ in row]
    # The set's creatures and vehicles look to the left; alone they look into the page.
    flips = [turns(thing) and (dice.random() < 0.5 if n > 1 else x < page.w * 0.48) for _ in row]
    if ground.kind == "icon":
        bases = [page.h / 2 + s * tall / 2 for s in sizes]
    elif thing.where == "air" or ground.kind == "air":
        drift = [0.0 if n == 1 else 0.32 * ((i * 0.618 + 0.3) % 1 - 0.5) for i in range(n)]
        bases = [page.h * ((0.38 if level > 0.5 else 0.27) + d) + size * tall / 2 for d in drift]
    else:
        back = [(i % 2) * 0.65 if n > 2 else 0.0 for i in range(n)]  # every other one a step behind
        bases = [base - (ground.near - ground.far) * b for b in back]
        sizes = [s * (1 - 0.16 * b) for s, b in zip(sizes, back, strict=True)]
    return [Spot(*spot) for spot in zip(row, bases, sizes, flips, strict=True)]


def turns(thing: Thing) -> bool:
    """Whether a drawing may be mirrored: what lives or drives, but nothing that may bear letters."""
    return thing.kind.startswith(("animal", "transport-g", "transport-w", "person-activity", "person-sport"))


def _mounted(scene: Scene, stage: Stage, ground: Ground, focus: float, dice: Random) -> None:
    """The first subject on top of the second."""
    rider, mount = scene.subjects[0], replace(scene.subjects[1], count=1)
    size = _size(mount, stage, ground, 0.86 if stage.page.h < 1.2 else 1.0, 0.8)
    spot = _spots(mount, stage, ground, focus, size, dice, 0.8)[0]
    if mount.thing is None or rider.thing is None:
        _figure(scene, stage, ground, mount, spot)
        return
    seats = table("seats")
    row = (seats.get(mount.thing.art) or seats.get(mount.thing.kind) or ".04").split()
    y = spot.y - _covered(mount.thing)[1] * spot.size * (1 - float(row[0]))
    wide, tall = _covered(rider.thing)
    size = min(rider.thing.size * (0.66 if rider.count == 1 else 0.5) / max(wide, tall), (y - 0.03) / tall)
    places = [Spot(spot.x + (i - (rider.count - 1) / 2) * size * 0.62, y, size, spot.flip) for i in range(rider.count)]
    riders = [shape for place in places for shape in drawn(scene, stage, rider, place)]
    inside = row[-1] == "in"  # the rider sits behind the near wall
    stage.shapes += riders if inside else []
    _figure(scene, stage, ground, mount, spot)
    stage.shapes += [] if inside else riders


def _figure(scene: Scene, stage: Stage, ground: Ground, subject: Subject, spot: Spot) -> None:
    """One figure with what ties it to the ground."""
    if subject.thing is None:
        _emblem(scene, stage, subject, spot)
        return
    shapes, where = drawn(scene, stage, subject, spot), subject.thing.where
    half = _covered(subject.thing)[0] * spot.size / 2
    if ground.kind == "water" and where == "water":
        _reflect(stage, shapes, spot, half)
    elif where not in ("air", "bust") and ground.kind in ("ground", "table", "water"):
        _shadow(stage, spot, half)
    stage.shapes += shapes


def drawn(scene: Scene, stage: Stage, subject: Subject, spot: Spot) -> list[Shape]:
    """The shapes of one figure, in its colours and the light of the scene."""
    if subject.thing is None:
        return []
    tilt = (scene.level - 2) * 0.035
    change = _colouring(scene, stage, subject, subject.thing, f"{spot.x:.2f}")
    return figure(subject.thing.art, spot.x, spot.y, spot.size, change, flip=spot.flip, tilt=tilt)


def _colouring(scene: Scene, stage: Stage, subject: Subject, thing: Thing, one: str) -> Callable[[RGB], RGB]:
    """What one figure's colours become: the prompt's, a shade of skin, grey hair; then the light on it."""
    person = dice_for(f"person {scene.palette_seed} {subject.word} {one}")
    tone, main = person.randrange(5), main_colour(thing.art)
    wanted = subject.colour
    if thing.kind == "person" and subject.count > 1 and wanted is None:  # a crowd does not wear one shirt
        wanted = turn(main, person.choice((0, 70, 140, 215, 290)))
    people = thing.kind.startswith(("person", "family", "portrait", "hand", "body"))

    @cache
    def change(colour: RGB) -> RGB:
        if people and colour in shades_of_skin():
            colour = _GREY_HAIR[colour] if scene.old and colour in _GREY_HAIR else shades_of_skin()[colour][tone]
        elif wanted:
            colour = repainted(colour, main, wanted)
        return stage.lit(colour, 0.42)

    return change


def _shadow(stage: Stage, spot: Spot, half: float) -> None:
    """A soft pool of shade, drawn out away from the sun."""
    cx, rx, ry = spot.x + (0.18 if stage.sun_x < spot.x else -0.18) * half, half * 1.3, min(0.06, half * 0.24)
    dark = mix(stage.light.ambient, (18, 18, 34), 0.75)
    y = spot.y - ry * 0.1
    stage.add([ellipse(cx, y, rx, ry)], glow(cx, y, rx, dark, 0.62, ry / rx), depth="front", edge=False)


def _reflect(stage: Stage, shapes: list[Shape], spot: Spot, half: float) -> None:
    """A broken mirror image below the water line, and waves along it."""
    for shape in shapes:
        mirrored = (reverse(move(c, lambda p: (p[0], spot.y + (spot.y - p[1]) * 0.55))) for c in shape.contours)
        stage.add(list(mirrored), shape.paint, shape.opacity * 0.26, edge=False)
    waves: list[Contour] = []
    for i in range(9):
        y, long = spot.y + 0.004 + spot.size * 0.045 * i, half * stage.between(0.35, 0.8)
        x = spot.x + stage.between(-0.5, 0.5) * half
        waves.append(ribbon([(x - long, y), (x - long * 0.4, y + 0.002), (x + long, y)], 0.006, taper=True))
    stage.add(waves, mix(stage.lit((90, 160, 180)), WHITE, 0.55), 0.55, depth="front", edge=False)


def _emblem(scene: Scene, stage: Stage, subject: Subject, spot: Spot) -> None:
    """A word nobody taught us: a round device of soft shapes with its initial, and the word below."""
    dice = dice_for(f"emblem {subject.word} {scene.palette_seed}")
    base = subject.colour or rgb(dice.choice(_FREE))
    x, r = spot.x, spot.size * 0.42
    y = spot.y - r * 1.25
    around = [(1.0, 0.0), (0.62, 0.78), (-0.22, 0.97), (-0.9, 0.43), (-0.9, -0.43), (-0.22, -0.97), (0.62, -0.78)]
    for k, colour in enumerate((mix(base, (255, 252, 244), 0.72), turn(base, -30), base)):
        reach = [r * (1.12 - 0.13 * k) * (1 + 0.13 * dice.uniform(-1, 1)) for _ in around]
        ring = [(x + b * c, y + b * s) for b, (c, s) in zip(reach, around, strict=True)]
        stage.add([smooth(ring)], stage.lit(colour, 0.4), 0.95, depth="front")
    if scene.no_text or scene.text_layout or not all(covers(c) for c in subject.word):
        return
    ink = rgb("f8f5ec") if scene.background and lightness(scene.background) < 0.55 else rgb("2c2a33")
    stage.shapes += [
        line(subject.word[0], x, y - r * 0.42, r * 0.84, (252, 248, 238), weight=15, centred=True, depth="front"),
        line(subject.word, x, y + r * 1.38, 0.055, ink, centred=True, fit=stage.page.w * 0.8, depth="front"),
    ]


# ---------------------------------------------------------------- patterns


def pattern(scene: Scene, stage: Stage) -> None:
    """The subjects over the whole page, on a half-drop grid; what crosses an edge comes in again on the other side."""
    w, h = stage.page
    cloth = scene.background or scene.place_colour or rgb(
        dice_for(f"cloth {scene.palette_seed}").choice(("f6ead6", "e6efe6", "e9e6f2", "f7e3dc", "dfecef"))
    )  # fmt: skip
    stage.add([((0, 0), (w, 0), (w, h), (0, h))], cloth, edge=False)
    # Whole turns of the subjects, and an even number of columns: the drop of the last one meets the first.
    n = len(scene.subjects)
    columns, rows = (step * max(1, round(side / _CELL / step)) for side, step in ((w, lcm(2, n)), (h, n)))
    across, down = w / columns, h / rows
    dots: list[Contour] = []
    for i in range(columns):
        for j in range(rows):
            x, y = (i + 0.5) * across, (j + 0.25 + 0.5 * (i % 2)) * down
            subject = scene.subjects[(i + j) % n]
            wide, tall = _covered(_thing(subject))
            size = min(across, down) * 0.78 / max(wide, tall)
            for cx, cy in _twins(stage, x, y, min(across, down) / 2):
                stage.shapes += drawn(scene, stage, subject, Spot(cx, cy + size * tall / 2, size))
            dots += [ellipse(cx, cy, 0.009, 0.009) for cx, cy in _twins(stage, x, y + down / 2, 0.01)]
    first = scene.subjects[0]
    dot = first.colour or main_colour(_thing(first).art) or shade(cloth, -0.2)
    stage.add(dots, mix(cloth, dot, 0.5), depth="front", edge=False)


def _twins(stage: Stage, x: float, y: float, reach: float) -> list[tuple[float, float]]:
    """The place itself, and its twins across the edges that something `reach` wide would cross."""
    w, h = stage.page
    xs = [x, *([x + w] if x < reach else []), *([x - w] if x > w - reach else [])]
    ys = [y, *([y + h] if y < reach else []), *([y - h] if y > h - reach else [])]
    return [(one, two) for one in xs for two in ys]
