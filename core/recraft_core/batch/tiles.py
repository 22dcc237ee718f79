"""Pictures beyond what the service takes, in overlapping tiles that are blended where they meet.

Each tile is a request of its own, priced before and filed by itself: after a kill, those that were answered come out of
the history. What is read and what is made lie in files, not in memory, and the result is written by strips.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..imaging.canvas import Canvas, draws, read_canvas
from ..imaging.mask import bounds
from ..imaging.masks import read_mask
from ..imaging.paged import Folder, copied, paged, relaxed
from ..imaging.pixels import Coverage, Pixels, resize, strips
from ..imaging.readfile import MAX_PIXELS, PictureLike, Source, opened, write_large
from ..imaging.reading import headed
from ..imaging.xmp import Statement
from ..operations import saving
from ..operations.provenance import statement
from ..shared.geometry import Box, Size
from ..shared.i18n import say
from ..shared.islands import grid
from ..shared.operations import OPERATIONS, TILED, Operation
from ..shared.plan import Plan

ENLARGED = 4096  # px a side of what comes back at most. Source: "Endpoints", Crisp upscale
OVERLAP = 64  # px of the source that two tiles of an enlargement share
CORE, SHARED, AROUND = 2048, 256, 384  # px: a tile of a selection, what two of them share, and the context of each
# Tiles that are worked on at once: an answer takes some ten seconds, and each tile some 200 MB while it is read.
TOGETHER = 2
Share: TypeAlias = "tuple[NDArray[np.float32], NDArray[np.float32]]"
"""How much each row and each column of a tile counts, 0..1; a pixel by the product of both."""
_slots = BoundedSemaphore(TOGETHER)  # of all rows of this process
_T = TypeVar("_T")


class Layered(Protocol):
    """What comes back for a tile."""

    @property
    def pixels(self) -> Pixels:
        """The tile with its result in place."""

    @property
    def units(self) -> int:
        """What it cost."""

    @property
    def offline(self) -> bool:
        """True when the embedded engine made it."""

    @property
    def when(self) -> float:
        """When it was asked for, in s since 1970."""


Ask = Callable[..., Any]
"""`front.job` with the operation and its options: pixels and a mask in, a job out. May be called from any thread."""


def factor(size: Size) -> int:
    """How much larger a picture becomes by tiles: four times, or twice where that would be too much to open."""
    return 4 if 16 * size.area <= MAX_PIXELS else 2


def needed(operation: Operation, size: Size) -> bool:
    """True where one request would lose detail: more than the service enlarges, or takes unscaled."""
    if operation.name == "crisp_upscale":
        return max(size) * 2 > ENLARGED
    return operation.name in TILED and (max(size) > CORE + 2 * AROUND)


def count(operation: Operation, size: Size) -> int:
    """How many requests a picture takes; for a selection at most, since tiles without it are not sent."""
    if not needed(operation, size):
        return 1
    side, shared = _sides(operation, size)
    return len(grid(Box.of(size), side, shared))


def _sides(operation: Operation, size: Size) -> tuple[int, int]:
    return (ENLARGED // factor(size), OVERLAP) if operation.name == "crisp_upscale" else (CORE, SHARED)


def ramp(box: Box, before: Sequence[Box], scale: int = 1) -> Share:
    """How much a tile counts: it rises over what tiles before it have made."""
    left = max((one.right - box.x for one in before if one.y == box.y and one.x < box.x), default=0) * scale
    above = max((one.bottom - box.y for one in before if one.y < box.y), default=0) * scale
    return _rise(box.height * scale, above), _rise(box.width * scale, left)


def _rise(length: int, over: int) -> NDArray[np.float32]:
    out = np.ones(length, np.float32)
    over = max(0, min(over, length))
    out[:over] = (np.arange(over, dtype=np.float32) + 0.5) / max(1, over)
    return out


def blend(below: Pixels, tile: Pixels, share: Share) -> None:
    """Lay a tile over what is there, in place, `share` of it. Colours are mixed by how much each of them shows."""
    for rows in strips(len(tile)):
        part = np.outer(share[0][rows], share[1])[..., None]
        if part.min(initial=1.0) == 1.0:
            below[rows] = tile[rows]
            continue
        new = part * tile[rows, :, 3:]
        old = (1 - part) * below[rows, :, 3:]
        alpha = new + old
        colour = tile[rows, :, :3] * new + below[rows, :, :3] * old
        below[rows, :, :3] = np.rint(np.divide(colour, alpha, out=np.zeros_like(colour), where=alpha > 0))
        below[rows, :, 3:] = np.rint(alpha)


@dataclass(frozen=True)
class Drawnless:
    """A layer that is no drawing."""

    svg: bytes = b""


@dataclass(frozen=True)
class Result:
    """What the tiles came to. The picture is in `pixels`, which lie in a file that goes with `keep`."""

    pixels: Pixels
    source: Source
    units: int
    notes: tuple[str, ...]
    says: Statement | None
    keep: Folder
    layers: tuple[Drawnless, ...] = (Drawnless(),)

    @property
    def entry(self) -> str:
        """Empty: each tile has one of its own."""
        return ""

    def save(self, path: str | Path, *, say: Callable[[str], None]) -> list[Path]:
        """Write it; PNG and TIFF by strips."""
        try:
            note = write_large(path, self.pixels, like=self.source, says=self.says)
        finally:
            self.keep.close()
        if note:
            say(note)
        return [Path(path)]


@dataclass(frozen=True)
class Tiled:
    """A picture that takes several requests, of which `together` are under way at once. `plan` has the price of all;
    `keep` is where the pictures lie.
    """

    ask: Ask
    canvas: Canvas
    coverage: Coverage | None
    plan: Plan
    keep: Folder
    together: int = 1

    def check_out(self, path: str, *, on_disk: bool = True) -> None:
        """Raises BadOption or StorageTrouble where the result cannot be saved as `path`, as far as that is known."""
        size, scale = self.canvas.size, factor(self.canvas.size) if self.coverage is None else 1
        try:
            large = Size(size.width * scale, size.height * scale)
            saving.check(path, self.plan, large, may_draw=False, on_disk=on_disk)
        except BaseException:
            self.keep.close()
            raise

    def run(self) -> Result:
        """Carry them out."""
        try:
            return self._enlarged() if self.coverage is None else self._filled(self.coverage)
        except BaseException:
            self.keep.close()
            raise

    def _enlarged(self) -> Result:
        size, scale = self.canvas.size, factor(self.canvas.size)
        boxes = grid(Box.of(size), *_sides(self.plan.operation, size))
        pixels = self.keep((size.height * scale, size.width * scale, 4))

        def enlarged(box: Box) -> tuple[Layered, Pixels]:
            layered: Layered = self.ask(_part(self.canvas.source.pixels, box)).run()
            return layered, resize(layered.pixels, Size(box.width * scale, box.height * scale))

        units = 0
        # Closed at once where something goes wrong here: what is on its way is waited for, it may be paid for.
        with closing(in_order([partial(enlarged, box) for box in boxes], self.together)) as made:
            for number, box in enumerate(boxes):
                layered, tile = next(made)  # `enumerate` or `zip` over them would hold each until the next one is there
                at = Box(box.x * scale, box.y * scale, box.width * scale, box.height * scale)
                blend(pixels[at.y : at.bottom, at.x : at.right], tile, ramp(box, boxes[:number], scale))
                relaxed(pixels)
                relaxed(self.canvas.source.pixels)
                units, says = units + layered.units, self._says(layered)
                del layered, tile  # some 80 MB that would be held while the next one is made
        return self._result(pixels, units, len(boxes), says)

    def _filled(self, coverage: Coverage) -> Result:
        source = self.canvas.source.pixels
        pixels = copied(source, self.keep(source.shape))
        boxes, whole, units = list(_selected(coverage)), Box.of(self.canvas.size), 0
        for number, box in enumerate(boxes):  # one after the other: each sees what those before it have made
            read = box.grown(AROUND).intersect(whole)
            inner = box.moved(-read.x, -read.y)
            part = np.zeros((read.height, read.width), np.uint8)
            part[inner.y : inner.bottom, inner.x : inner.right] = coverage[box.y : box.bottom, box.x : box.right]
            layered: Layered = self.ask(_part(pixels, read), mask=part, islands="together").run()
            tile = layered.pixels[inner.y : inner.bottom, inner.x : inner.right]
            blend(pixels[box.y : box.bottom, box.x : box.right], tile, ramp(box, boxes[:number]))
            units, says = units + layered.units, self._says(layered)
            del layered, tile
        for rows in paged(pixels):
            np.copyto(pixels[rows], source[rows], where=(coverage[rows] == 0)[..., None])  # blending rounds
            relaxed(source)
        return self._result(pixels, units, len(boxes), says)

    def _says(self, layered: Layered) -> Statement | None:
        """What the file says of how it was made: the same as of its last tile."""
        return statement(self.plan, offline=layered.offline, when=layered.when)

    def _result(self, pixels: Pixels, units: int, count: int, says: Statement | None) -> Result:
        note = say("{count} tiles, blended where they overlap.", count=count)
        return Result(pixels, self.canvas.source, units, (note,), says, self.keep)


def in_order(work: Sequence[Callable[[], _T]], together: int) -> Generator[_T, None, None]:
    """What each piece of `work` brings, in their order, `together` at a time in threads of their own.

    When one fails nothing more is begun, and what is on its way is waited for: it may be paid for. Then an error that
    may have cost something comes before all others.
    """
    if together == 1:
        yield from (one() for one in work)
        return
    todo, under_way = deque(work), deque[Future[_T]]()
    with ThreadPoolExecutor(together, thread_name_prefix="recraft-tile") as pool:
        while todo or under_way:
            while todo and len(under_way) < together and not any(map(_failed, under_way)):
                under_way.append(pool.submit(_in_turn, todo.popleft()))
            try:
                yield under_way.popleft().result()
            except Exception as first:  # noqa: BLE001 - any at all; one of them is raised again
                wait(under_way)
                errors = [first, *(problem for one in under_way if (problem := one.exception()))]
                raise next((one for one in errors if getattr(one, "charged", False)), first) from None


def _failed(future: Future[_T]) -> bool:
    return future.done() and future.exception() is not None


def _in_turn(work: Callable[[], _T]) -> _T:
    with _slots:
        return work()


def _part(pixels: Pixels, box: Box) -> Pixels:
    return np.array(pixels[box.y : box.bottom, box.x : box.right])


def _selected(coverage: Coverage) -> Iterator[Box]:
    """The tiles in which something is selected."""
    for box in grid(bounds(coverage), CORE, SHARED):
        if coverage[box.y : box.bottom, box.x : box.right].any():
            yield box


def tiled(
    ask: Ask,
    operation: str,
    picture: PictureLike,
    mask: PictureLike | None,
    folder: str,
    *,
    together: int = 1,
    **how: bool,
) -> Tiled | None:
    """The job of a picture that needs tiles; None where one request does.

    Its pictures lie beside `folder`. `together` tiles may be under way at once. `how` are the ways to read the mask.
    """
    row = OPERATIONS[operation]
    if row.name not in TILED or picture is None or (row.masked and mask is None) or not _large(row, picture):
        return None
    keep = Folder(folder if Path(folder).is_dir() else None)  # not so on another computer
    try:
        job = _planned(ask, row, picture, mask, keep, together, how)
    except BaseException:
        keep.close()
        raise
    if job is None:
        keep.close()
    return job


def _large(row: Operation, picture: PictureLike) -> bool:
    """True where it takes tiles by its header, which a drawing does not have."""
    with opened(picture) as file:
        if draws(file):
            return False
        with headed(file) as header:
            return needed(row, header.size)


def _planned(
    ask: Ask, row: Operation, picture: PictureLike, mask: PictureLike | None, keep: Folder, together: int,
    how: dict[str, bool],
) -> Tiled | None:  # fmt: skip
    canvas = read_canvas(picture, keep)
    if canvas.svg:
        return None
    coverage = None
    if mask is not None and row.masked:
        coverage = read_mask(mask, canvas.size, picture=canvas.source.pixels, **how).coverage
        inner = bounds(coverage)
        if inner.empty or max(inner.size) <= CORE:
            return None
        boxes = list(_selected(coverage))
    else:
        boxes = grid(Box.of(canvas.size), *_sides(row, canvas.size))
    plan: Plan = ask(
        _part(canvas.source.pixels, boxes[0]), **({"mask": _any_mask(boxes[0])} if row.masked else {})
    ).plan
    return Tiled(ask, canvas, coverage, replace(plan, units=plan.units * len(boxes)), keep, together)


def _any_mask(box: Box) -> Coverage:
    return np.full((box.height, box.width), 255, np.uint8)
