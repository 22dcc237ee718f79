"""The canvas may be cropped, grown, scaled, turned or mirrored while a job runs: how its result follows.

A `Fingerprint` keeps short runs of pixels of what was read. When the result comes they are looked for: at their old
place first, then turned and mirrored, then moved (crop and growth), then scaled. Where nothing fits the result is not
placed: a result in the wrong place is worse than one kept in the history. Painting meanwhile changes some runs only.

`read(box)` is the host's: the visible pixels of a box inside the canvas, 4 bytes each with the alpha last, top row
first. Nothing here holds more than a strip of the canvas at a time.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from math import ceil, floor
from typing import TYPE_CHECKING, Any, NamedTuple

from ..geometry import Box, Size

if TYPE_CHECKING:  # Python 3.8 cannot work it out
    Read = Callable[[Box], Any]
LENGTH = 24  # px of a run
_GRID = 12  # runs are spread over this many columns and rows of the area
_STRIP = 2 << 20  # bytes of one step of the search
_ASKED = 32  # runs of each kind that are asked for the answer
_NEEDLES = 3
_MOST_HITS = 300


class Run(NamedTuple):
    """LENGTH pixels from (x, y) on: to the right, or down when `down`."""

    x: int
    y: int
    down: bool
    pixels: bytes

    @property
    def box(self) -> Box:
        """What it covers."""
        return Box(self.x, self.y, 1, LENGTH) if self.down else Box(self.x, self.y, LENGTH, 1)

    @property
    def detail(self) -> int:
        """How many different pixels it has: a run of one colour may lie anywhere."""
        return len({self.pixels[at : at + 4] for at in range(0, len(self.pixels), 4)})

    def like(self, now: bytes) -> bool:
        """True when `now` may be the same: conversions round, but by less than a run varies along its way."""
        if now == self.pixels:
            return True
        middle = _mean(self.pixels)
        varies = sum(abs(value - middle[at % 4]) for at, value in enumerate(self.pixels))
        apart = sum(abs(one - other) for one, other in zip(now, self.pixels))
        return apart <= min(8.0 * len(self.pixels), 0.3 * varies)


class Move(NamedTuple):
    """What happened to the canvas: the point (x, y) is now at (a x + b y + c, d x + e y + f), in canvas px."""

    a: float = 1
    b: float = 0
    c: float = 0
    d: float = 0
    e: float = 1
    f: float = 0

    @property
    def same(self) -> bool:
        """True when nothing happened."""
        return self == Move()

    @property
    def turned(self) -> bool:
        """True when pixels change their order, by turning or mirroring."""
        return self.b != 0 or self.a < 0 or self.e < 0

    @property
    def scaled(self) -> bool:
        """True when pixels change their size."""
        return abs(self.a + self.b) != 1 or abs(self.d + self.e) != 1

    def box(self, box: Box) -> Box:
        """Where a box is now, to whole px."""
        left, top, right, bottom = self.edges(box)
        x, y = round(left), round(top)
        return Box.between(x, y, max(x + 1, round(right)), max(y + 1, round(bottom)))

    def edges(self, box: Box) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of where a box is now."""
        corners = [(x, y) for x in (box.x, box.right) for y in (box.y, box.bottom)]
        across = [self.a * x + self.b * y + self.c for x, y in corners]
        down = [self.d * x + self.e * y + self.f for x, y in corners]
        return min(across), min(down), max(across), max(down)

    def pixels(self, data: Any, width: int, height: int, step: int = 4) -> bytes:
        """Pixels (or coverage, with `step` 1) of width × height, turned and mirrored as the canvas was, not scaled."""
        if not self.turned:
            return bytes(data)
        rows = array("I" if step == 4 else "B")
        rows.frombytes(bytes(data))
        lines = [rows[at : at + width] for at in range(0, width * height, width)]
        if self.b:  # x and y changed places
            lines = [rows[at::width] for at in range(width)]
        if self.a + self.b < 0:
            lines = [line[::-1] for line in lines]
        if self.d + self.e < 0:
            lines.reverse()
        return b"".join(line.tobytes() for line in lines)

    def said(self) -> str:
        """What happened, as a sentence; "" when nothing did."""
        if self.same:
            return ""
        if self.turned:
            return "The canvas was turned or mirrored meanwhile: the result followed."
        if self.scaled:
            return "The canvas was scaled meanwhile: the result followed."
        return "The canvas was cropped or grown meanwhile: the result followed."


def onto(box: Box, target: Box) -> Move:
    """The move that brings `box` to `target`, scaled by what its width is scaled by."""
    share = target.width / box.width
    return Move(share, 0, target.x - box.x * share, 0, share, target.y - box.y * share)


@dataclass(frozen=True)
class Fingerprint:
    """What the canvas looked like in `area` (canvas px) when it was `canvas` large."""

    canvas: Size
    area: Box
    runs: tuple[Run, ...]

    @cached_property
    def telling(self) -> tuple[Run, ...]:
        """The runs with some detail, half of them level and half upright, the most detailed first."""
        detailed = sorted((run for run in self.runs if run.detail > 1), key=lambda run: -run.detail)
        both = ([run for run in detailed if run.down is down][:_ASKED] for down in (False, True))
        return tuple(sorted((run for runs in both for run in runs), key=lambda run: -run.detail))


# The eight ways a canvas can lie, unturned first: (a, b, d, e) of a Move.
_WAYS = (
    (1, 0, 0, 1), (-1, 0, 0, 1), (1, 0, 0, -1), (-1, 0, 0, -1),
    (0, -1, 1, 0), (0, 1, -1, 0), (0, 1, 1, 0), (0, -1, -1, 0),
)  # fmt: skip


def fingerprint(canvas: Size, area: Box, read: Read) -> Fingerprint:
    """Take the runs of `area`, the part of the canvas a result depends on; about 300 reads of a few px."""
    area = area.intersect(Box.of(canvas))
    if min(area.size) < LENGTH:
        area = area.grown(LENGTH).intersect(Box.of(canvas))
    runs = [
        Run(box.x, box.y, box.width == 1, bytes(read(box))) for box in _spread(area) if Box.of(canvas).holds(box)
    ]
    return Fingerprint(canvas, area, tuple(runs))


def _spread(area: Box) -> Iterator[Box]:
    """Places for the runs: a grid whose points are shifted, so that no pattern of the picture agrees with it."""
    for row in range(_GRID):
        for column in range(_GRID):
            shift = (row * 7 + column * 5) % _GRID / _GRID
            x = area.x + int((column + shift) * max(0, area.width - LENGTH) / _GRID)
            y = area.y + int((row + shift) * max(0, area.height - LENGTH) / _GRID)
            yield Box(x, y, LENGTH, 1)
            yield Box(x, y, 1, LENGTH)


def within(pixels: Any, area: Box) -> Read:
    """A `read` from the pixels of `area` that are in memory already; it knows nothing outside."""
    data = memoryview(pixels).cast("B")

    def read(box: Box) -> bytes:
        first = 4 * ((box.y - area.y) * area.width + box.x - area.x)
        starts = range(first, first + 4 * area.width * box.height, 4 * area.width)
        return b"".join(bytes(data[at : at + 4 * box.width]) for at in starts)

    return read


def alike(old: Fingerprint, canvas: Size, read: Read) -> bool:
    """True when what is there now may be the picture that was read, painted over or not: 3 runs of 10 are the same."""
    return len(old.telling) < 3 or _share(old, Move(), canvas, read) > 0.3


def follow(old: Fingerprint, canvas: Size, read: Read) -> Move | None:
    """What happened to the canvas since, None when it cannot be told."""
    move: Move | None = None
    for move in following(old, canvas, read):  # noqa: B007 - the last one counts
        pass
    return move


def following(old: Fingerprint, canvas: Size, read: Read) -> Iterator[Move | None]:
    """`follow` in steps: yields None for each bit of work and at last the answer."""
    same = canvas == old.canvas
    if same and (len(old.telling) < 3 or _share(old, Move(), canvas, read) > 0.6):
        yield Move()
        return
    move = _best(old, _whole_ways(old.canvas, canvas), canvas, read) or _scaled(old, canvas, read)
    yield None
    if move is None:
        for move in _moved(old, canvas, read):  # noqa: B007 - the last one counts
            yield None
    # Where nothing speaks for another place, it was only painted over or adjusted.
    yield move or (Move() if same else None)


def _whole_ways(old: Size, canvas: Size) -> list[Move]:
    """Turned and mirrored as a whole, nothing cut away or added."""
    ways = []
    for a, b, d, e in _WAYS:
        width, height = (old.height, old.width) if b else old
        if (width, height) == canvas:
            ways.append(Move(a, b, width if a + b < 0 else 0, d, e, height if d + e < 0 else 0))
    return ways


def _best(old: Fingerprint, moves: Iterable[Move], canvas: Size, read: Read) -> Move | None:
    """The one move that explains what is there now; None when none does, or two do: that would be a guess.

    Of whole turns the first wins, since a picture that is its own mirror image may lie either way.
    """
    turns = _whole_ways(old.canvas, canvas)
    best, first, rival = 0.3, None, False
    for move in moves:
        share = _share(old, move, canvas, read)
        if first is not None and 0.97 * best < share <= best / 0.97:
            rival = True
        elif share > best:
            best, first, rival = share, move, False
        if rival and best > 0.97 and first not in turns:
            break
    return first if not rival or first in turns else None


def _share(old: Fingerprint, move: Move, canvas: Size, read: Read) -> float:
    """How many (0..1) of the runs that are not cut away are found where `move` takes them; 0 for too few of them."""
    whole, seen, yes, exactly = Box.of(canvas), 0, 0, 0
    for run in old.telling:
        box = move.box(run.box)
        if not whole.holds(box):
            continue
        seen += 1
        now = _as_before(run, move, read(box))
        exactly += now == run.pixels
        yes += run.like(now)
        if seen - yes > 8 and seen > 5 * yes:
            return 0.0
    # Next to the right place many are alike, but few are equal.
    return (yes + exactly) / (2 * seen) if yes >= 3 else 0.0


def _as_before(run: Run, move: Move, pixels: Any) -> bytes:
    """The pixels of a run's new place in the order they once had; along the run only one of the two axes counts."""
    backwards = (move.d + move.e if run.down != bool(move.b) else move.a + move.b) < 0
    return array("I", bytes(pixels))[::-1].tobytes() if backwards else bytes(pixels)


def _moved(old: Fingerprint, canvas: Size, read: Read) -> Iterator[Move | None]:
    """Cropped or grown, perhaps turned too: the most detailed runs are looked for in the whole canvas."""
    best = None
    for ways in (_WAYS[:1], _WAYS[1:]) if len(old.telling) > 2 else ():
        needles = [needle for way in ways for needle in _needles(old, way)]
        candidates: dict[Move, None] = {}
        for move in _hits(needles, canvas, read):
            if move is not None and len(candidates) < _MOST_HITS:
                candidates[move] = None
            yield None
        best = best or _best(old, candidates, canvas, read)
        if best is not None:
            break
    yield best


def _needles(old: Fingerprint, way: tuple[int, int, int, int]) -> list[tuple[bytes, Run, tuple[int, int, int, int]]]:
    """The most detailed runs that lie level after turning that way, as the bytes they are then."""
    level = [run for run in old.telling if run.down == bool(way[1])][:_NEEDLES]
    backwards = way[0] + way[1] < 0
    turned = [(array("I", run.pixels)[::-1].tobytes() if backwards else run.pixels, run) for run in level]
    # Without the last alpha: it is the same almost everywhere, and the search looks at the last byte first.
    return [(pixels[:-1], run, way) for pixels, run in turned]


def _hits(needles: list[Any], canvas: Size, read: Read) -> Iterator[Move | None]:
    rows = max(1, _STRIP // (4 * canvas.width))
    for top in range(0, canvas.height, rows):
        strip = bytes(read(Box(0, top, canvas.width, min(rows, canvas.height - top))))
        for needle, run, way in needles:
            for at in _places(strip, needle):
                y, x = divmod(at // 4, canvas.width)
                if x + LENGTH <= canvas.width:
                    yield _carrying(run, way, x, y + top)
        yield None


def _places(strip: bytes, needle: bytes) -> Iterator[int]:
    at = strip.find(needle)
    while at >= 0:
        if at % 4 == 0:
            yield at
        at = strip.find(needle, at + 1)


def _carrying(run: Run, way: tuple[int, int, int, int], x: int, y: int) -> Move:
    """The move that carries the box of `run` so that its new corner is (x, y)."""
    a, b, d, e = way
    left, top = Move(a, b, 0, d, e, 0).edges(run.box)[:2]
    return Move(a, b, x - left, d, e, y - top)


def _scaled(old: Fingerprint, canvas: Size, read: Read) -> Move | None:
    """Scaled as a whole: told by the mean colours of the runs, which must differ enough to tell anything."""
    move, whole = Move(canvas.width / old.canvas.width, 0, 0, 0, canvas.height / old.canvas.height, 0), Box.of(canvas)
    if canvas == old.canvas or not old.runs:
        return None
    means = [_mean(run.pixels) for run in old.runs]
    middle = [sum(one) / len(one) for one in zip(*means)]
    spread = sum(abs(value - centre) for mean in means for value, centre in zip(mean, middle))
    wrong = 0.0
    for run, mean in zip(old.runs, means):
        left, top, right, bottom = move.edges(run.box)
        box = Box.between(floor(left), floor(top), ceil(right), ceil(bottom)).intersect(whole)
        wrong += sum(abs(one - other) for one, other in zip(mean, _mean(bytes(read(box)))))
    return move if spread > 4 * len(means) and wrong < 0.25 * spread else None


def _mean(pixels: bytes) -> tuple[float, ...]:
    return tuple(sum(pixels[at::4]) / (len(pixels) / 4) for at in range(4))
