"""Pictures beyond what the service takes, in overlapping tiles that are blended where they meet.

Each tile is a request of its own, priced before and filed by itself: after a kill, those that were answered come out of
the history. An enlargement grows in a file, not in memory, and is written by strips.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..imaging.canvas import Canvas, read_canvas
from ..imaging.mask import bounds
from ..imaging.masks import read_mask
from ..imaging.pixels import Coverage, Pixels, resize
from ..imaging.readfile import MAX_PIXELS, PictureLike, Source, write_picture, write_png
from ..imaging.xmp import Statement
from ..operations.provenance import statement
from ..shared.geometry import Box, Size
from ..shared.i18n import say
from ..shared.operations import OPERATIONS, TILED, Operation
from ..shared.plan import Plan

ENLARGED = 4096  # px a side of what comes back at most. Source: "Endpoints", Crisp upscale
OVERLAP = 64  # px of the source that two tiles of an enlargement share
CORE, SHARED, AROUND = 2048, 256, 384  # px: a tile of a selection, what two of them share, and the context of each


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
"""`front.job` with the operation and its options: pixels and a mask in, a job out."""


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
    return sum(1 for _ in grid(Box.of(size), side, shared))


def _sides(operation: Operation, size: Size) -> tuple[int, int]:
    return (ENLARGED // factor(size), OVERLAP) if operation.name == "crisp_upscale" else (CORE, SHARED)


def grid(whole: Box, side: int, shared: int) -> Iterator[Box]:
    """Boxes of at most `side` px that cover `whole`, neighbours sharing `shared` px, all of about one size."""
    for y, height in _cuts(whole.height, side, shared):
        for x, width in _cuts(whole.width, side, shared):
            yield Box(whole.x + x, whole.y + y, width, height)


def _cuts(length: int, side: int, shared: int) -> list[tuple[int, int]]:
    pieces = max(1, -(-(length - shared) // (side - shared)))
    each = -(-(length + (pieces - 1) * shared) // pieces)
    starts = [round(index * (length - each) / max(1, pieces - 1)) for index in range(pieces)]
    return [(start, min(each, length - start)) for start in starts]


def ramp(box: Box, before: Sequence[Box], scale: int = 1) -> NDArray[np.float32]:
    """How much a tile counts, 0..1, shape (height, width): it rises over what tiles before it have made."""
    left = max((one.right - box.x for one in before if one.y == box.y and one.x < box.x), default=0) * scale
    above = max((one.bottom - box.y for one in before if one.y < box.y), default=0) * scale
    return np.outer(_rise(box.height * scale, above), _rise(box.width * scale, left))


def _rise(length: int, over: int) -> NDArray[np.float32]:
    out = np.ones(length, np.float32)
    over = max(0, min(over, length))
    out[:over] = (np.arange(over, dtype=np.float32) + 0.5) / max(1, over)
    return out


def blend(below: Pixels, tile: Pixels, share: NDArray[np.float32]) -> None:
    """Lay a tile over what is there, in place, `share` of it. Colours are mixed by how much each of them shows."""
    for rows in (slice(top, top + 128) for top in range(0, len(tile), 128)):
        if share[rows].min(initial=1.0) == 1.0:
            below[rows] = tile[rows]
            continue
        new = share[rows, :, None] * tile[rows, :, 3:]
        old = (1 - share[rows, :, None]) * below[rows, :, 3:]
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
    """What the tiles came to. The picture is in `pixels`, which may be a file that goes with `keep`."""

    pixels: Pixels
    source: Source
    units: int
    notes: tuple[str, ...]
    says: Statement | None = None
    keep: TemporaryDirectory[str] | None = None
    layers: tuple[Drawnless, ...] = (Drawnless(),)

    def save(self, path: str | Path, *, say: Callable[[str], None]) -> list[Path]:
        """Write it; PNG by strips."""
        target = Path(path)
        write = write_png if target.suffix.lower() == ".png" else write_picture
        note = write(target, self.pixels, like=self.source, says=self.says)
        if note:
            say(note)
        if self.keep is not None:
            del_mapped(self.pixels)
            self.keep.cleanup()
        return [target]


def del_mapped(pixels: Pixels) -> None:
    """Let go of a file that stands for memory; Windows does not delete it before."""
    if isinstance(pixels, np.memmap) and pixels._mmap is not None:  # type: ignore[attr-defined]  # noqa: SLF001
        pixels._mmap.close()  # type: ignore[attr-defined]  # noqa: SLF001


@dataclass(frozen=True)
class Tiled:
    """A picture that takes several requests. `plan` has the price of all; `folder` is where a large result grows."""

    ask: Ask
    canvas: Canvas
    coverage: Coverage | None
    plan: Plan
    folder: str

    @property
    def may_draw(self) -> bool:
        """False: what comes back are pixels."""
        return False

    def run(self) -> Result:
        """Carry them out, one after the other."""
        if self.coverage is not None:
            return self._filled(self.coverage)
        beside = self.folder if Path(self.folder).is_dir() else None  # not so on another computer
        keep = TemporaryDirectory(prefix=".recraft-tiles-", dir=beside)
        try:
            return self._enlarged(keep)
        except BaseException:
            keep.cleanup()
            raise

    def _enlarged(self, keep: TemporaryDirectory[str]) -> Result:
        size, scale, units = self.canvas.size, factor(self.canvas.size), 0
        shape = (size.height * scale, size.width * scale, 4)
        path = Path(keep.name, "pixels")
        with path.open("wb") as file:
            file.truncate(shape[0] * shape[1] * 4)
        before: list[Box] = []
        for box in grid(Box.of(size), *_sides(self.plan.operation, size)):
            made: Layered = self.ask(_part(self.canvas.source.pixels, box)).run()
            tile = resize(made.pixels, Size(box.width * scale, box.height * scale))
            mapped = np.memmap(path, np.uint8, "r+", shape=shape)  # opened for each: its pages go back in between
            at = Box(box.x * scale, box.y * scale, box.width * scale, box.height * scale)
            blend(mapped[at.y : at.bottom, at.x : at.right], tile, ramp(box, before, scale))
            mapped.flush()
            del_mapped(mapped)
            before.append(box)
            units += made.units
        pixels = np.memmap(path, np.uint8, "r", shape=shape)
        note = say("{count} tiles, blended where they overlap.", count=len(before))
        return Result(pixels, self.canvas.source, units, (note,), self._says(made), keep)

    def _says(self, made: Layered) -> Statement | None:
        """What the file says of how it was made: the same as each of its tiles."""
        return statement(self.plan, offline=made.offline, when=made.when)

    def _filled(self, coverage: Coverage) -> Result:
        pixels, units = self.canvas.source.pixels.copy(), 0
        before: list[Box] = []
        whole = Box.of(self.canvas.size)
        for box in _selected(coverage):
            read = box.grown(AROUND).intersect(whole)
            inner = box.moved(-read.x, -read.y)
            part = np.zeros((read.height, read.width), np.uint8)
            part[inner.y : inner.bottom, inner.x : inner.right] = coverage[box.y : box.bottom, box.x : box.right]
            made: Layered = self.ask(_part(pixels, read), mask=part, islands="together").run()
            tile = made.pixels[inner.y : inner.bottom, inner.x : inner.right]
            blend(pixels[box.y : box.bottom, box.x : box.right], tile, ramp(box, before))
            before.append(box)
            units += made.units
        np.copyto(pixels, self.canvas.source.pixels, where=(coverage == 0)[..., None])  # blending rounds
        note = say("{count} tiles, blended where they overlap.", count=len(before))
        return Result(pixels, self.canvas.source, units, (note,), self._says(made))


def _part(pixels: Pixels, box: Box) -> Pixels:
    return np.ascontiguousarray(pixels[box.y : box.bottom, box.x : box.right])


def _selected(coverage: Coverage) -> Iterator[Box]:
    """The tiles in which something is selected."""
    for box in grid(bounds(coverage), CORE, SHARED):
        if coverage[box.y : box.bottom, box.x : box.right].any():
            yield box


def tiled(ask: Ask, operation: str, picture: PictureLike, mask: PictureLike | None, folder: str, **how: bool) -> Any:
    """The job of a picture that needs tiles; None where one request does.

    `how` are the ways to read the mask.
    """
    row = OPERATIONS[operation]
    if row.name not in TILED or picture is None or (row.masked and mask is None):
        return None
    canvas = read_canvas(picture)
    if canvas.svg or not needed(row, canvas.size):
        return None
    coverage = None
    if mask is not None and row.masked:
        coverage = read_mask(mask, canvas.size, picture=canvas.source.pixels, **how).coverage
        inner = bounds(coverage)
        if inner.empty or max(inner.size) <= CORE:
            return None
        boxes = list(_selected(coverage))
    else:
        boxes = list(grid(Box.of(canvas.size), *_sides(row, canvas.size)))
    plan: Plan = ask(
        _part(canvas.source.pixels, boxes[0]), **({"mask": _any_mask(boxes[0])} if row.masked else {})
    ).plan
    return Tiled(ask, canvas, coverage, replace(plan, units=plan.units * len(boxes)), folder)


def _any_mask(box: Box) -> Coverage:
    return np.full((box.height, box.width), 255, np.uint8)
