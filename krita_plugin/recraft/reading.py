"""What is read of a canvas, a strip at a time: a large one takes a while, and nothing waits for it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from .shared import islands
from .shared.errors import BadOption
from .shared.geometry import Box
from .shared.plugin.following import within
from .shared.protocol import room

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from .host import Canvas
    from .shared.plugin.following import Read
    from .shared.protocol import Bytes

STRIP = 8 << 20  # bytes that are read at once: about 50 ms


def in_strips(canvas: Canvas, area: Box, read: Read, step: int) -> Generator[bool, None, Bytes]:
    """The bytes of `area`, `step` for each pixel; yields after each strip of a large one, True where it had to wait.

    Whoever paints meanwhile is waited for, and all is read again: a result must not be made from half a stroke. Raises
    BadOption when the canvas changed its size meanwhile.
    """
    while canvas.busy:
        yield True
    if area.width * area.height * step <= STRIP:
        return read(area)
    size, data = canvas.size, room(area.width * area.height * step)
    rows = max(1, STRIP // (area.width * step))
    y = area.y
    while y < area.bottom:
        if canvas.busy:
            y = area.y
            yield True
            continue
        if canvas.size != size:
            raise BadOption("The canvas changed while it was read.", remedy="Click once more.")
        strip = Box(area.x, y, area.width, min(rows, area.bottom - y))
        start = (y - area.y) * area.width * step
        data[start : start + strip.height * area.width * step] = read(strip)
        y = strip.bottom
        yield False
    return data


def all_in_strips(canvas: Canvas, wanted: Sequence[tuple[Box, Read, int]]) -> Generator[bool, None, list[Bytes]]:
    """The same of several (area, read, step): where somebody painted in between, all of them are read again."""
    while True:
        blobs: list[Bytes] = []
        for area, read, step in wanted:
            strips, waited = in_strips(canvas, area, read, step), False
            while True:
                try:
                    waited = next(strips)
                except StopIteration as end:
                    blobs.append(end.value)
                    break
                yield waited
                if waited:
                    break
            if waited:
                break
            yield False
        else:
            return blobs


def mostly(beside: Read, pixels: Bytes, area: Box) -> Read:
    """Reads out of the pixels that are here already, and `beside` them."""
    here = within(pixels, area)
    return lambda box: here(box) if area.holds(box) else beside(box)


def search_areas(canvas: Canvas, selection: Box) -> Generator[None, None, tuple[Box, ...]]:
    """Find the areas of what is selected now; yields after each strip."""
    return islands.search(canvas.coverage, selection, max(1, STRIP // 8 // selection.width))


class Areas:
    """The separate areas of the selection in front, looked for a few rows at a time."""

    _PATIENCE_S = 0.02

    def __init__(self) -> None:
        self._of: Any = None
        self._found: tuple[Box, ...] = ()
        self._search: Iterator[None] | None = None

    def of(self, canvas: Canvas, selection: Box, *, to_end: bool = False) -> tuple[Box, ...]:
        """Those of `selection`; () until they are found. `to_end`: look until they are, for a click is made of them."""
        if self._of != (canvas.key, selection):
            self._of, self._found, self._search = (canvas.key, selection), (), self._look(canvas, selection)
            self.go_on(canvas, selection)
        if to_end:
            self.go_on(canvas, selection, to_end=True)
        return self._found

    def go_on(self, canvas: Canvas | None, selection: Box | None, *, to_end: bool = False) -> bool:
        """Look on for a moment, where they are still in front; True when something was found."""
        end = time.monotonic() + self._PATIENCE_S
        if canvas is None or (canvas.key, selection) != self._of:
            return False
        while self._search is not None and (to_end or not canvas.busy):
            if next(self._search, self) is self:
                self._search = None
                return len(self._found) > 1
            if time.monotonic() > end and not to_end:
                break
        return False

    def forget(self) -> None:
        """The selection has changed within its box."""
        self._of = self._search = None

    def _look(self, canvas: Canvas, selection: Box) -> Iterator[None]:
        self._found = yield from search_areas(canvas, selection)
