"""What is read of a canvas, a strip at a time: a large one takes a while, and nothing waits for it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from .. import islands
from ..errors import BadOption
from ..geometry import Box
from ..protocol import room
from .following import within

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from ..protocol import Bytes
    from .following import Read
    from .host import Canvas

    Looking = Generator[Any, None, tuple[Any, ...]]

STRIP = 8 << 20  # bytes that are read at once: about 50 ms


def in_strips(canvas: Canvas, area: Box, read: Read, step: int) -> Generator[bool, None, Bytes]:
    """The bytes of `area`, `step` for each pixel; yields after each strip of a large one, True where it had to wait.

    Whoever paints meanwhile is waited for, and all is read again: a result must not be made from half a stroke. Raises
    BadOption when the canvas changed its size meanwhile.
    """
    while canvas.busy:
        yield True
    if area.width * area.height * step <= STRIP:
        whole: Bytes = read(area)
        return whole
    size, data, waited = canvas.size, room(area.width * area.height * step), True
    while waited:
        waited = False
        for strip in strip_boxes(area, step):
            waited = canvas.busy
            if waited:
                yield True
                break
            if canvas.size != size:
                raise BadOption("The canvas changed while it was read.", remedy="Click once more.")
            start = (strip.y - area.y) * area.width * step
            data[start : start + strip.size.area * step] = read(strip)
            yield False
    return data


def strip_boxes(area: Box, step: int) -> Iterator[Box]:
    """The parts of `area`, `step` bytes for each pixel, that are read at once."""
    rows = max(1, STRIP // (area.width * step))
    for y in range(area.y, area.bottom, rows):
        yield Box(area.x, y, area.width, min(rows, area.bottom - y))


def all_in_strips(canvas: Canvas, wanted: Sequence[tuple[Box, Read, int]]) -> Generator[bool, None, list[Bytes]]:
    """The same of several (area, read, step): where somebody painted in between, all of them are read again."""
    while True:
        blobs: list[Bytes] = []
        for area, read, step in wanted:
            reading, waited = in_strips(canvas, area, read, step), False
            while True:
                try:
                    waited = next(reading)
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


class Search:
    """What it takes several looks to find, about what is in front."""

    PATIENCE_S = 0.02  # of one look

    def __init__(self) -> None:
        self._about: Any = None
        self._found: tuple[Any, ...] = ()
        self._work: Looking | None = None
        self._at_work = False

    @property
    def over(self) -> bool:
        """True when there is nothing to look for any more."""
        return self._work is None

    def of(
        self, canvas: Canvas, about: Any, work: Callable[[], Looking], *, to_end: bool = False
    ) -> tuple[Any, ...]:
        """What `work` finds about `about` on that canvas; () until it has. `to_end`: look until then, for a click."""
        if self._about != (canvas.key, about):
            self._about, self._found, self._work = (canvas.key, about), (), work()
            self.go_on(canvas)
        if to_end:
            self.go_on(canvas, to_end=True)
        return self._found

    def go_on(self, canvas: Canvas | None, *, to_end: bool = False) -> bool:
        """Look on for a moment, where it is about what is still in front; True when something was found."""
        end = time.monotonic() + self.PATIENCE_S
        if canvas is None or self._about is None or self._about[0] != canvas.key:
            return False
        while self._work is not None and not self._at_work and (to_end or not canvas.busy):
            if self._is_over(self._work):
                return bool(self._found)
            if time.monotonic() > end and not to_end:
                break
        return False

    def _is_over(self, work: Looking) -> bool:
        self._at_work = True  # Krita turns the event loop while it converts colours, and may come here once more
        try:
            next(work)
        except StopIteration as end:
            if work is self._work:  # else it has been forgotten meanwhile
                self._found, self._work = end.value or (), None
            return True
        except Exception:
            self.forget()
            raise
        finally:
            self._at_work = False
        return False

    def forget(self) -> None:
        """It may be different by now."""
        self._about = self._work = None
