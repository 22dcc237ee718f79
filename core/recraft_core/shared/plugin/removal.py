"""Erasing over transparency: a layer above shows nothing there, so what was to go is hidden by a transparency mask."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from typing import TYPE_CHECKING

from ..protocol import room

if TYPE_CHECKING:
    from ..geometry import Box
    from ..protocol import Bytes

_ROWS, _PORTION = 16, 4 << 20  # rows, and bytes, of one portion of the work
_SEEN = 8  # levels of alpha from which something is seen
_UNSEEN = bytes(range(_SEEN + 1))


def kept_part(
    pixels: Bytes, area: Box, coverage: Bytes, layer: Bytes, box: Box
) -> Generator[bool, None, bytearray | memoryview | None]:
    """What stays of the picture below a result, 0..255 for each pixel of `area`; None where all of it may stay.

    `pixels` (BGRA) and `coverage` (the selection) fill `area`, the box that was read; `layer` are the result's pixels
    in `box`, cut to the coverage already. With the result on top, the picture's alpha then is what the result says:
    alpha · cover · (1 - above) + above = alpha · (1 - covered) + above. Yields after each portion of the work.
    """
    pixels, layer = memoryview(pixels).cast("B"), memoryview(layer).cast("B")
    cover, gone, wide = room(area.width * area.height), False, area.width
    for row in range(area.height):
        start = row * wide
        cover[start : start + wide] = b"\xff" * wide
        covered = bytes(coverage[start : start + wide])
        if any(covered):
            alpha = bytes(pixels[4 * start : 4 * (start + wide)])[3::4]
            if min(alpha) < 255:
                gone = _kept_row(cover, start, alpha, covered, _alpha_row(layer, box, area, row)) or gone
        if row % _ROWS == 0:
            yield True
    return cover if gone else None


def kept_of_all(
    reads: Sequence[tuple[Bytes, Bytes, Box]], area: Box, layer: Bytes, box: Box
) -> Generator[bool, None, bytearray | memoryview | None]:
    """The same of each (pixels, coverage, box) that was read, as one cover of `area`, which holds them all."""
    found = []
    for pixels, coverage, part in reads:
        cover = yield from kept_part(pixels, part, coverage, layer, box)
        if cover is not None:
            found.append((cover, part))
    if not found or found[0][1] == area:
        return found[0][0] if found else None
    whole = room(area.width * area.height)
    for start in range(0, len(whole), _PORTION):
        whole[start : start + _PORTION] = b"\xff" * min(_PORTION, len(whole) - start)
        yield True
    for cover, part in found:
        for row in range(part.height):
            start = (part.y - area.y + row) * area.width + part.x - area.x
            whole[start : start + part.width] = cover[row * part.width : (row + 1) * part.width]
        yield True
    return whole


def _kept_row(cover: bytearray | memoryview, start: int, alpha: bytes, covered: bytes, above: bytes) -> bool:
    """Fill one row of `cover`; True when something that is seen goes."""
    gone = False
    for at, part in enumerate(covered):
        if part and above[at] < 255:
            stays = min(255, 255 * (255 - part) // (255 - above[at]))
            cover[start + at] = stays
            gone = gone or (alpha[at] > _SEEN and stays < 255 - _SEEN)
    return gone


def _alpha_row(layer: memoryview, box: Box, area: Box, row: int) -> bytes:
    """The alpha of pixels in `box`, along one row of `area`."""
    y, both = area.y + row, box.intersect(area)
    if not both.y <= y < both.bottom:
        return bytes(area.width)
    start = 4 * ((y - box.y) * box.width + both.x - box.x)
    part = bytes(layer[start : start + 4 * both.width])[3::4]
    return bytes(both.x - area.x) + part + bytes(area.right - both.right)


def empty(layer: Bytes) -> Generator[bool, None, bool]:
    """True when nothing of a layer's pixels (BGRA) is seen. Yields after each portion of the work."""
    view = memoryview(layer).cast("B")
    for at in range(0, len(view), _PORTION):
        if bytes(view[at : at + _PORTION])[3::4].translate(None, _UNSEEN):
            return False
        yield True
    return True


def targets(seen: Iterable[str], active: str) -> list[str]:
    """Ids of the layers that are masked: the active one where it alone shows, else all that show."""
    return [active] if list(seen) == [active] else list(seen)
