"""From zones to shapes: merged where one gradient explains two, outlined, and put in order, the farthest first."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from PIL import Image

from . import curves, paints, zones

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Bools = NDArray[np.bool_]
    Labels = NDArray[np.int32]
    Floats = NDArray[np.float64]

UNDER = 1.0  # px that a shape reaches under those that lie over it: no gap shows between them
VAGUE = 0.4  # px that an outline may be off where it lies under others, or between shades of one colour
MOST_OFFERS = 500  # pairs of zones that are tried, the longest borders first: each takes a millisecond or two
LOOKED_AT = 120  # pixels by which a pair is judged
ENOUGH = 2.5  # levels of error that a paint may leave
_BANDS = 32  # colours that a zone is cut into
SPECK = 6  # px: smaller zones join their surroundings


class Shape(NamedTuple):
    """Closed outlines, in px of the traced picture, and their paint. Shapes of one `thing` touch."""

    outlines: list[tuple[tuple[float, float], list[curves.Piece]]]
    paint: paints.Paint
    thing: int
    box: tuple[float, float, float, float]  # left, top, right, bottom


def sampled(labels: Labels, rgb: Bytes, crisp: Bytes) -> list[paints.Samples]:
    """At most MOST_SAMPLES pixels of each zone, of its inside if it has one."""
    inside = zones.inner(labels)
    deep = zones.inner(labels, inside).ravel()
    inside = inside.ravel()
    order = np.argsort(labels.ravel(), kind="stable")
    order = order[np.searchsorted(labels.ravel()[order], 0) :]
    bounds = np.searchsorted(labels.ravel()[order], np.arange(int(labels.max()) + 2))
    width = labels.shape[1]
    samples = []
    for first, last in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        mine = order[first:last]
        core = mine[deep[mine]]
        if len(core) < 24:
            core = mine[inside[mine]]
        solid = len(core) >= 8
        source, mine = (rgb, core) if solid else (crisp, mine)
        # steps that share no factor with the width take no one column only
        mine = mine[:: max(1, len(mine) // paints.MOST_SAMPLES)] if len(mine) > 2 * paints.MOST_SAMPLES else mine
        at = np.stack([mine % width + 0.5, mine // width + 0.5], axis=1)
        samples.append(paints.Samples(at, source.reshape(-1, 3)[mine].astype(np.float64), solid))
    return samples


def neighbours(labels: Labels) -> dict[tuple[int, int], int]:
    """Pairs of zones that touch, the lower number first, and the length of their border in px."""
    parts = []
    for a, b in ((labels[1:], labels[:-1]), (labels[:, 1:], labels[:, :-1])):
        touch = (a != b) & (a >= 0) & (b >= 0)
        parts.append(np.stack([np.minimum(a[touch], b[touch]), np.maximum(a[touch], b[touch])], axis=1))
    pairs = np.concatenate(parts).astype(np.int64)
    packed, length = np.unique(pairs[:, 0] << 32 | pairs[:, 1], return_counts=True)
    return {(int(p >> 32), int(p & 0xFFFFFFFF)): int(n) for p, n in zip(packed, length, strict=True)}


class Merger:
    """Joins zones of one family, two by two, as long as one gradient explains both well enough."""

    def __init__(self, samples: list[paints.Samples], sizes: list[int], family: list[int], enough: float) -> None:
        self.samples, self.sizes, self.family, self.enough = samples, sizes, family, enough
        self.paint = [paints.explained(s, enough) for s in samples]
        self.into = list(range(len(samples)))
        self._left = MOST_OFFERS
        self._age = [0] * len(samples)
        self._offers: list[tuple[float, int, int, int]] = []

    def join(self, pairs: dict[tuple[int, int], int]) -> list[int]:
        """The number that each zone has afterwards."""
        beside: list[set[int]] = [set() for _ in self.samples]
        for a, b in sorted(pairs, key=lambda pair: -pairs[pair]):
            if self.family[a] == self.family[b]:
                beside[a].add(b)
                beside[b].add(a)
                self._offer(a, b)
        while self._offers:
            _, a, b, age = heapq.heappop(self._offers)
            if self.into[a] != a or self.into[b] != b or age != self._age[a] + self._age[b]:
                continue
            self._join(a, b)
            beside[a] = {self.now(k) for k in beside[a] | beside[b]} - {a}
            for other in beside[a]:
                beside[other].add(a)
                self._offer(a, other)
        return [self.now(k) for k in range(len(self.into))]

    def now(self, k: int) -> int:
        """The zone that the zone `k` has become part of."""
        while self.into[k] != k:
            k = self.into[k]
        return k

    def _offer(self, a: int, b: int) -> None:
        if self._left < 1:
            return
        self._left -= 1
        sizes = self.sizes[a], self.sizes[b]
        both = paints.joined(self.samples[a], self.samples[b], sizes, most=LOOKED_AT)
        error = paints.miss(both, self.enough)
        if error <= self.enough:
            heapq.heappush(self._offers, (error, a, b, self._age[a] + self._age[b]))

    def _join(self, a: int, b: int) -> None:
        self.samples[a] = paints.joined(self.samples[a], self.samples[b], (self.sizes[a], self.sizes[b]))
        self.sizes[a] += self.sizes[b]
        self.paint[a] = paints.explained(self.samples[a], self.enough)
        self.into[b] = a
        self._age[a] += self._age[b] + 1


class Zoned(NamedTuple):
    """Zones (h, w), -1 where nothing shows, and what each is painted with."""

    labels: Labels
    paint: list[paints.Paint]


def find(
    rgb: Bytes, seen: Bools, crisp: Bytes, few: Bytes | None, *, least: int = SPECK, most: int | None = None
) -> Zoned:
    """Zones of the picture, of at least `least` px, at most `most` of them; `crisp` is it without blurred edges.

    With `few`, the picture in few colours, each zone has one of these; else one gradient or one colour.
    """
    if few is not None:
        labels = zones.without_specks(zones.zoned(few, seen, 0), crisp, least)
    else:
        labels = zones.without_specks(zones.zoned(crisp, seen), crisp, least)
    labels = zones.without_specks(labels, crisp, 1, zones.halos(labels, crisp))
    if labels.max() < 0:
        return Zoned(labels, [])
    zoned = _merged(labels, rgb, crisp) if few is None else Zoned(labels, _colours_of(labels, few))
    if most is not None and len(zoned.paint) > most:
        labels = _largest(zoned.labels, crisp, most)
        return Zoned(labels, [zoned.paint[k] for k in _commonest(labels, zoned.labels)])
    return zoned


def _largest(labels: Labels, crisp: Bytes, most: int) -> Labels:
    sizes = np.bincount(labels[labels >= 0])
    drop = np.argsort(np.argsort(-sizes, kind="stable")) >= most
    return zones.without_specks(labels, crisp, 1, drop)


def _commonest(labels: Labels, value: NDArray[Any]) -> list[int]:
    """Of each zone the value, below 2 ** 24, that most of its pixels have."""
    there = labels >= 0
    kinds, counts = np.unique(labels[there].astype(np.int64) << 24 | value[there], return_counts=True)
    colours = {}
    for k in np.argsort(counts, kind="stable").tolist():  # the commonest comes last and stays
        colours[int(kinds[k]) >> 24] = int(kinds[k]) & 0xFFFFFF
    return [colours[k] for k in range(len(colours))]


def _colours_of(labels: Labels, few: Bytes) -> list[paints.Paint]:
    """Of each zone the commonest of the few colours."""
    packed = few.astype(np.int64) @ np.array((1 << 16, 1 << 8, 1))
    return [paints.one((k >> 16, k >> 8 & 255, k & 255)) for k in _commonest(labels, packed)]


def _merged(labels: Labels, rgb: Bytes, crisp: Bytes, enough: float = ENOUGH) -> Zoned:
    """Zones that one paint explains as they are, the others cut into bands and joined again as far as one does."""
    samples = sampled(labels, rgb, crisp)
    paint = [paints.explained(s, enough) for s in samples]
    hard = np.array([p.error > 1.3 * enough for p in paint])
    if not hard.any():
        return Zoned(labels, paint)
    labels, family = _split(labels, hard, crisp)
    merger = Merger(sampled(labels, rgb, crisp), np.bincount(labels[labels >= 0]).tolist(), family, enough)
    number = merger.join(neighbours(labels))
    used, table = np.unique(number, return_inverse=True)
    labels = np.where(labels < 0, zones.CLEAR, table.astype(np.int32)[labels])
    return Zoned(labels, [merger.paint[k] for k in used.tolist()])


def _split(labels: Labels, hard: Bools, crisp: Bytes) -> tuple[Labels, list[int]]:
    """Zones that no gradient explains, cut into bands of like colours; and the zone that each came from."""
    there = np.where(labels >= 0, hard[np.maximum(labels, 0)], False)
    strip = Image.fromarray(crisp[there][None])  # a picture of just those pixels
    bands = np.full(labels.shape, -1, np.int32)
    few = strip.quantize(_BANDS, Image.Quantize.MEDIANCUT, kmeans=1, dither=Image.Dither.NONE)
    bands[there] = np.asarray(few)[0]
    right = (labels[:, 1:] == labels[:, :-1]) & (bands[:, 1:] == bands[:, :-1]) & (labels[:, 1:] >= 0)
    down = (labels[1:] == labels[:-1]) & (bands[1:] == bands[:-1]) & (labels[1:] >= 0)
    parts = np.where(labels >= 0, zones.connected(right, down), zones.CLEAR).astype(np.int32)
    parts = zones.without_specks(parts, crisp, SPECK * 2)
    family = np.zeros(int(parts.max()) + 1, np.int64)
    family[parts[parts >= 0]] = labels[parts >= 0]
    return parts, family.tolist()


def outlined(zoned: Zoned, rgb: Bytes, crisp: Bytes, *, stacked: bool = True, reach: int = 2) -> list[Shape]:
    """The shapes of all zones, each over those before it; if not `stacked`, beside them."""
    labels, paint = zoned
    rim, rings = zones.rings(labels)
    if not rings:
        return []
    middles = np.stack([rim.x, rim.y], axis=1) + np.array([(0.5, 0), (0, 0.5), (-0.5, 0), (0, -0.5)])[rim.heading]
    out = np.array([(0, -1), (1, 0), (0, 1), (-1, 0)])[rim.heading]
    away, sure = zones.moved(rim, rgb, crisp, labels, reach)
    areas = np.array([curves.area(middles[ring]) for ring in rings])
    owner = np.array([int(rim.own[ring[0]]) for ring in rings])
    filled = np.zeros(int(labels.max()) + 1)
    np.maximum.at(filled, owner, areas)
    thing = _things(labels, filled)
    order = np.lexsort((-filled, thing))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    rank = np.concatenate([rank, [-2, -1]])  # what is beyond the picture, what is clear
    under = (rank[rim.other] > rank[rim.own]) & stacked
    slack = np.where(under | ~sure, VAGUE, 0.0)
    away = np.where(under, away + UNDER, away)
    # a hole whose inside lies over the zone needs no cutting, unless one can see through it
    windows = any(area < 0 and (rim.other[ring] == zones.CLEAR).any() for area, ring in zip(areas, rings, strict=True))
    by_zone: dict[int, list[int]] = {}
    for k, zone in enumerate(owner.tolist()):
        if areas[k] > 0 or windows or not under[rings[k]].all():
            by_zone.setdefault(zone, []).append(k)
    shapes = []
    height, width = labels.shape
    for zone in order.tolist():
        outlines = []
        for k in by_zone.get(zone, ()):
            ring = rings[k]
            points, breaks, loose = _points(middles[ring], out[ring], away[ring], under[ring], slack[ring])
            _square_corners(points, breaks, width, height)
            outlines.append(curves.outlined(points, breaks, loose))
        first = middles[rings[by_zone[zone][0]]]
        box = (*first.min(axis=0).tolist(), *first.max(axis=0).tolist())
        shapes.append(Shape(outlines, paint[zone], int(thing[zone]), box))
    return shapes


def _points(middles: Floats, out: Floats, away: Floats, under: Bools, slack: Floats) -> tuple[Floats, Bools, Floats]:
    """Points along a ring, where pieces must end, and their slack; one more where the ring goes under or comes up.

    That one lies at the step's corner on the true edge, so that the part which shows reaches to where it ends.
    """
    points = middles + out * away[:, None]
    change = np.flatnonzero(under != np.roll(under, 1))
    if not len(change):
        return points, np.zeros(len(points), bool), slack
    before = change - 1
    shows = np.where(under[change], before, change)
    # half a step on from the one before, or back from the one after
    way = np.stack([-out[shows, 1], out[shows, 0]], axis=1) * np.where(under[change], 0.5, -0.5)[:, None]
    return (
        np.insert(points, change, points[shows] + way, axis=0),
        np.insert(np.zeros(len(points), bool), change, True),
        np.insert(slack, change, 0.0),
    )


def _square_corners(points: Floats, breaks: Bools, width: int, height: int) -> None:
    """Points next to a corner of the picture go into it."""
    for x, y in ((0, 0), (width, 0), (0, height), (width, height)):
        near = np.abs(points - (x, y)).sum(axis=1) < 0.6
        points[near] = (x, y)
        breaks[near] = True


def _things(labels: Labels, filled: Floats) -> NDArray[np.int64]:
    """Which thing each zone belongs to, in reading order: 0 for the ground, else zones that touch without it."""
    ground = filled >= 0.9 * labels.size
    figures = np.where(labels < 0, -1, np.where(ground[np.maximum(labels, 0)], -1, labels))
    right, down = (figures[:, 1:] >= 0) & (figures[:, :-1] >= 0), (figures[1:] >= 0) & (figures[:-1] >= 0)
    areas = zones.connected(right, down)
    height = labels.shape[0]
    thing = np.zeros(len(filled), np.int64)
    thing[labels[figures >= 0]] = areas[figures >= 0]
    y, x = np.nonzero(figures >= 0)
    number = areas[y, x]
    tops, lefts = np.full(int(areas.max()) + 1, 1 << 30), np.full(int(areas.max()) + 1, 1 << 30)
    np.minimum.at(tops, number, y)
    np.minimum.at(lefts, number, x)
    row = tops // max(1, height // 6)
    order = np.empty(len(tops), np.int64)
    order[np.lexsort((lefts, row))] = np.arange(1, len(tops) + 1)
    return np.where(ground, 0, order[thing])
