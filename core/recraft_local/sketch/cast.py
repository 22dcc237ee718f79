"""Put the subjects of a scene on its ground: size, place, shadow or reflection, and colours."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import NamedTuple

from .chance import dice_for
from .colours import RGB, lightness, mix, rgb, shade, turn
from .figure import FIXED, draw, parts
from .letters import covers, line
from .reading import Subject
from .scene import Scene
from .shapes import Shape, ellipse, polygon, ribbon, smooth, smooth_open
from .skies import Ground
from .stage import Stage, fade, glow
from .vocabulary import ART, SEATS, Thing

_SKIN = ("f3cfae", "eebf98", "d9a06f", "b57a4f", "8a5638", "6b4029")
_HAIR = ("2b2320", "4a2f22", "6f4a2e", "a06a3a", "d3a45a", "3a3a3f")
_FREE = ("d9583f", "3f7fb0", "e0a53a", "5f9a5f", "8a5fa8", "d9708f", "3f9a94")
_DRESSED = frozenset(("man", "woman", "child"))  # a crowd does not wear one shirt
_LEAFY = frozenset(("tree", "pine", "palm", "cactus"))  # named in a colour, their leaves have it
_VESSELS = frozenset(("sailboat", "rowboat", "ship", "car", "bus", "bicycle"))


class Spot(NamedTuple):
    """Where one figure stands: middle of its base, page units for its 100, mirrored or not."""

    x: float
    y: float
    size: float
    flip: bool


class Extent(NamedTuple):
    """What a drawing really covers of its own 100 × 100 box."""

    left: float
    top: float
    right: float
    bottom: float


def perform(scene: Scene, stage: Stage, ground: Ground, focus: float) -> None:
    """Draw every subject of the scene; the first one takes the focus (page x)."""
    dice = dice_for(f"cast {scene.layout_seed}")
    crowd = len(scene.subjects)
    if not crowd:
        return
    if scene.mounted:
        _mounted(scene, stage, ground, focus, dice)
        rest = scene.subjects[2:]
    else:
        rest = scene.subjects[1:]
    if ground.kind == "icon":
        _icon(scene, stage, ground, dice)
        return
    side = -1 if focus > stage.page.w / 2 else 1
    if len(rest) > 1:
        focus = stage.page.w / 2
    later: list[tuple[float, Subject, Spot]] = []
    for k, subject in enumerate(rest):
        share = (0.80 if _size(subject) > 0.55 else 0.64) * (0.85 if len(rest) > 1 or subject.count > 1 else 1.0)
        x = focus + side * 0.32 * stage.page.w * (1 if k % 2 == 0 else -1)
        x = min(max(x, stage.page.w * 0.16), stage.page.w * 0.84)
        later += [(s.y, subject, s) for s in _spots(subject, stage, ground, x, share, dice, level=0.1)]
    if not scene.mounted:
        hero = scene.subjects[0]
        share = (1.0, 0.86, 0.74, 0.66)[crowd - 1] * (1.3 if scene.close else 1.0)
        later += [(s.y + 0.001, hero, s) for s in _spots(hero, stage, ground, focus, share, dice, level=0.8)]
    for _, subject, spot in sorted(later, key=lambda item: item[0]):
        _figure(scene, stage, ground, subject, spot)


def _icon(scene: Scene, stage: Stage, ground: Ground, dice: Random) -> None:
    """The subjects side by side in the middle."""
    crowd = len(scene.subjects)
    for k, subject in enumerate(scene.subjects):
        x = stage.page.w / 2 + (k - (crowd - 1) / 2) * 0.34
        for spot in _spots(subject, stage, ground, x, (1.0, 0.58, 0.46, 0.36)[crowd - 1], dice, level=0.5):
            _figure(scene, stage, ground, subject, spot)


def _size(subject: Subject) -> float:
    return subject.thing.size if subject.thing else 0.56


def extent(art: str) -> Extent:
    """What the drawing named `art` covers."""
    boxes = [Shape(contours, (0, 0, 0)).box() for _, _, opacity, contours in parts(ART[art]) if opacity > 0.5]
    return Extent(
        min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)
    )


def _spots(
    subject: Subject, stage: Stage, ground: Ground, x: float, share: float, dice: Random, level: float
) -> list[Spot]:
    """Places for all of one kind, within the page; `level` 0 far .. 1 near."""
    page, thing, n = stage.page, subject.thing, subject.count
    covered = extent(thing.art) if thing else Extent(10, 10, 90, 100)
    width = (covered.right - covered.left) / 100
    size = _size(subject) * share * (1.0 if n == 1 else max(0.36, 0.80 - 0.055 * n))
    size *= min(1.18, 0.96 + 0.16 * page.h / page.w)  # tall pages have room above
    base = page.h * 0.76 if thing is None else ground.far + (ground.near - ground.far) * level
    size = min(size, (base - 0.05) / ((100 - covered.top) / 100), page.w * 0.92 / width)
    if thing is not None and thing.art.startswith("portrait"):
        size = min(page.h, page.w * 1.1) * 0.86
        return [Spot(page.w / 2 + (x - page.w / 2) * 0.4, page.h + size * 0.02, size, flip=False)]
    step = min(width * size * 1.02, (page.w * 0.9 - width * size) / max(n - 1, 1))
    reach = width * size / 2 + 0.03 + step * (n - 1) / 2
    row = [min(max(x, reach), page.w - reach) + (i - (n - 1) / 2) * step for i in range(n)]
    flips = [dice.random() < 0.5 if n > 1 else x > page.w * 0.52 for _ in row]
    sizes = [size * (dice.uniform(0.86, 1.1) if n > 1 else 1.0) for _ in row]
    if ground.kind == "icon":
        bases = [page.h / 2 + s * (100 - (covered.top + covered.bottom) / 2) / 100 for s in sizes]
    elif (thing is not None and thing.where == "air") or ground.kind == "air":
        bases = [page.h * ((0.38 if level > 0.5 else 0.27) + _drift(i, n)) + size / 2 for i in range(n)]
    else:
        back = [(i % 2) * 0.65 if n > 2 else 0.0 for i in range(n)]  # every other one a step behind
        bases = [base - (ground.near - ground.far) * b for b in back]
        sizes = [s * (1 - 0.16 * b) for s, b in zip(sizes, back, strict=True)]
        if thing is not None and thing.where == "water":  # afloat: the keel on the water line
            bases = [b + s * (100 - covered.bottom) / 100 for b, s in zip(bases, sizes, strict=True)]
    return [Spot(*spot) for spot in zip(row, bases, sizes, flips, strict=True)]


def _drift(i: int, n: int) -> float:
    """How far the i-th of n floating things is from their common height, as a share of the page."""
    return 0.0 if n == 1 else 0.32 * ((i * 0.618 + 0.3) % 1 - 0.5)


def _mounted(scene: Scene, stage: Stage, ground: Ground, focus: float, dice: Random) -> None:
    """The first subject on top of the second."""
    rider, mount = scene.subjects[0], replace(scene.subjects[1], count=1)
    room = 0.82 if stage.page.h < 1.2 else 1.0
    spot = _spots(mount, stage, ground, focus, room, dice, level=0.8)[0]
    if mount.thing is None or rider.thing is None:
        _figure(scene, stage, ground, mount, spot)
        return
    seat = SEATS.get(mount.thing.art, extent(mount.thing.art).top + 4)
    y = spot.y - (100 - seat) / 100 * spot.size
    top = extent(rider.thing.art).top
    size = min(rider.thing.size * (0.62 if rider.count == 1 else 0.5), (y - 0.03) / ((100 - top) / 100))
    n = rider.count
    seats = [Spot(spot.x + (i - (n - 1) / 2) * size * 0.62, y, size, spot.flip) for i in range(n)]
    riders = [shape for s in seats for shape in _drawn(scene, stage, rider, s)]
    if mount.thing.art in _VESSELS:  # the rider sits inside: behind the near wall
        stage.shapes += riders
        _figure(scene, stage, ground, mount, spot)
    else:
        _figure(scene, stage, ground, mount, spot)
        stage.shapes += riders


def _figure(scene: Scene, stage: Stage, ground: Ground, subject: Subject, spot: Spot) -> None:
    """One figure with what ties it to the ground."""
    if subject.thing is None:
        _emblem(scene, stage, subject, spot)
        return
    shapes = _drawn(scene, stage, subject, spot)
    where = subject.thing.where if ground.kind != "air" else "air"
    covered = extent(subject.thing.art)
    half = (covered.right - covered.left) / 200 * spot.size
    if ground.kind == "water" and where == "water":
        _reflect(stage, shapes, spot.y - spot.size * (102 - covered.bottom) / 100, spot, half)
    elif where != "air" and ground.kind != "icon" and not subject.thing.art.startswith("portrait"):
        _shadow(stage, spot, half)
    stage.shapes += shapes


def drawn_at(scene: Scene, stage: Stage, subject: Subject, x: float, y: float, size: float) -> list[Shape]:
    """One figure by itself, the middle of its base on (x, y), `size` page units for its 100."""
    return _drawn(scene, stage, subject, Spot(x, y, size, flip=False))


def _drawn(scene: Scene, stage: Stage, subject: Subject, spot: Spot) -> list[Shape]:
    if subject.thing is None:
        return []
    tilt = (scene.level - 2) * 0.035
    colours = roles(scene, stage, subject, subject.thing, f"{spot.x:.2f}")
    return draw(ART[subject.thing.art], colours, x=spot.x, y=spot.y, size=spot.size, flip=spot.flip, tilt=tilt)


def roles(scene: Scene, stage: Stage, subject: Subject, thing: Thing, one: str) -> dict[str, RGB]:
    """The colours of one figure: named in the prompt, else its own, else from the palette; then the light on it."""
    dice = dice_for(f"roles {scene.palette_seed} {subject.word}")
    person = dice_for(f"person {scene.palette_seed} {subject.word} {one}")
    free = rgb(dice.choice(_FREE))
    main = subject.colour or thing.main or free
    if thing.art in _DRESSED and subject.count > 1 and subject.colour is None:
        main = turn(main, person.choice((0, 70, 140, 215, 290)))
    second = thing.second or turn(main, dice.choice((35, -40, 160)), chroma=0.9)
    found = {
        **FIXED,
        "main": main,
        "second": second,
        "skin": rgb(person.choice(_SKIN)),
        "hair": rgb(person.choice(_HAIR)),
    }
    if scene.old:
        found["hair"] = rgb("cfcdc8")
    if thing.art in _LEAFY and (subject.colour or thing.main):
        found["leaf"] = main
    elif thing.art == "tree":
        found["leaf"] = stage.leaf()
    lit = {name: stage.lit(colour, 0.42) for name, colour in found.items()}
    lit["glow"] = found["glow"] if stage.light.dark else lit["glow"]
    return lit


def _shadow(stage: Stage, spot: Spot, half: float) -> None:
    """A soft pool of shade, drawn out away from the sun."""
    away = 0.18 if stage.sun_x < spot.x else -0.18
    cx, rx, ry = spot.x + away * half, half * 1.3, min(0.06, half * 0.24)
    dark = mix(stage.light.ambient, (18, 18, 34), 0.75)
    y = spot.y - ry * 0.1
    stage.add([ellipse(cx, y, rx, ry)], glow(cx, y, rx, dark, 0.62, ry / rx), depth="front", edge=False)


def _reflect(stage: Stage, shapes: list[Shape], line_y: float, spot: Spot, half: float) -> None:
    """A broken mirror image below the water line, and foam along it."""
    for shape in shapes:
        faint = replace(shape, opacity=shape.opacity * 0.26, edge=False)
        stage.shapes.append(faint.moved(lambda p: (p[0], line_y + (line_y - p[1]) * 0.55)))
    dice = stage.dice
    waves = []
    for i in range(9):
        y = line_y + 0.006 + spot.size * 0.045 * i
        x, long = spot.x + dice.uniform(-0.5, 0.5) * half, half * dice.uniform(0.35, 0.8)
        waves.append(
            ribbon(
                [(x - long, y), (x - long * 0.4, y + 0.002), (x + long * 0.4, y - 0.001), (x + long, y)],
                0.006,
                taper=True,
            )
        )
    stage.add(waves, mix(stage.lit((90, 160, 180)), (255, 255, 255), 0.55), 0.55, depth="front", edge=False)


def _emblem(scene: Scene, stage: Stage, subject: Subject, spot: Spot) -> None:
    """A word nobody taught us: a round device of soft shapes with its initial, and the word below."""
    dice = dice_for(f"emblem {subject.word} {scene.palette_seed}")
    base = subject.colour or rgb(dice.choice(_FREE))
    x, r = spot.x, spot.size * 0.42
    y = spot.y - r * 1.25
    for k, colour in enumerate((mix(base, (255, 252, 244), 0.72), turn(base, -30), base)):
        reach = r * (1.12 - 0.13 * k)
        bumps = [1 + 0.13 * dice.uniform(-1, 1) for _ in range(7)]
        ring = [(x + reach * b * c, y + reach * b * s) for b, (c, s) in zip(bumps, _CIRCLE, strict=True)]
        stage.add([smooth(ring)], stage.lit(colour, 0.4), 0.95, depth="front")
    shine = ellipse(x - r * 0.25, y - r * 0.35, r * 0.30, r * 0.22)
    stage.add([shine], stage.lit(shade(base, 0.12), 0.4), 0.7, depth="front", edge=False)
    if scene.no_text or scene.text_layout or not all(covers(c) for c in subject.word):
        return
    initial = line(subject.word[0], x, y - r * 0.42, r * 0.84, (252, 248, 238), weight=15, centred=True, depth="front")
    ink = FIXED["white"] if scene.background and lightness(scene.background) < 0.55 else FIXED["ink"]
    name = line(subject.word, x, y + r * 1.38, 0.055, ink, centred=True, fit=stage.page.w * 0.8, depth="front")
    stage.shapes += [initial, name]


_CIRCLE = [(1.0, 0.0), (0.62, 0.78), (-0.22, 0.97), (-0.9, 0.43), (-0.9, -0.43), (-0.22, -0.97), (0.62, -0.78)]


def shore(stage: Stage, focus: float) -> Ground:
    """A headland in front of water for things that cannot swim; returns where they stand on it."""
    w, h = stage.page
    y = h * 0.80
    toward = -1 if focus < w / 2 else 1
    reach = 0.62 * w

    def at(t: float, dy: float) -> tuple[float, float]:
        return focus - toward * t * reach, y + dy

    edge = w * 1.05 if toward > 0 else -0.05 * w
    top = [(edge, y - 0.06), (focus, y - 0.045), at(0.35, -0.01), at(0.65, 0.06), at(0.95, 0.14), at(1.5, 0.26)]
    outline = (*smooth_open(top), (at(1.5, 0)[0], h * 1.05), (edge, h * 1.05))
    rock = stage.lit(rgb("7a7468"))
    stage.add([polygon([(k[-2], k[-1] + 0.02) for k in outline])], shade(rock, -0.08), depth="front")
    grass = stage.lit(stage.grass())
    stage.add([outline], fade(y - 0.06, h, grass, shade(grass, -0.16)), depth="front")
    foam = ribbon([(x, yy + 0.012) for x, yy in top[2:]], 0.010, taper=True)
    stage.add([foam], (248, 250, 246), 0.6, depth="front", edge=False)
    return Ground(y - 0.035, y + 0.02, "ground")
