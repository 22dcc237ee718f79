"""A result put into the pixels it was made from, instead of above them: what a key frame of an animation takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..geometry import Box
from ..protocol import room

_ROWS = 16  # of one portion of the work
_MIXED = re.compile(rb"[^\x00\xff]")
_FULL = re.compile(rb"\xff+")
_TOUCHED = re.compile(rb"[^\x00]+")


def cut(data: Any, area: Box, box: Box, step: int) -> Any:
    """What `data` (`step` bytes for each pixel of `area`) holds of `box`; zero bytes outside."""
    view, both = memoryview(data).cast("B"), area.intersect(box)
    out = room(box.width * box.height * step)
    for y in range(both.y, both.bottom):
        source = ((y - area.y) * area.width + both.x - area.x) * step
        target = ((y - box.y) * box.width + both.x - box.x) * step
        out[target : target + both.width * step] = view[source : source + both.width * step]
    return out


def replaced(old: Any, layer: Any, coverage: Any, width: int) -> Iterator[Any]:
    """Pixels with a result in them: yields None after each portion of the work and at last (pixels, touched).

    `old` are the pixels, `layer` those of the result (both 4 bytes a pixel, straight alpha), `coverage` 0..255 says how
    far each is to be replaced; all three fill the same box, `width` px wide. What is fully covered becomes the result,
    transparent or not; `touched` is 0 for each pixel that has kept its bytes.
    """
    old, layer, coverage = (memoryview(one).cast("B") for one in (old, layer, coverage))
    out, touched = room(len(old)), room(len(coverage))
    for row, start in enumerate(range(0, len(coverage), width)):
        ends = slice(start, start + width)
        part = slice(4 * start, 4 * (start + width))
        out[part] = old[part]
        covered, above = bytes(coverage[ends]), bytes(layer[part])[3::4]
        parts = bytes(map(max, covered, above))
        touched[ends] = parts
        for run in _FULL.finditer(parts):
            some = slice(4 * (start + run.start()), 4 * (start + run.end()))
            out[some] = layer[some]
        for one in _MIXED.finditer(parts):
            at = 4 * (start + one.start())
            out[at : at + 4] = _mixed(bytes(old[at : at + 4]), bytes(layer[at : at + 4]), covered[one.start()])
        if row % _ROWS == 0:
            yield None
    yield out, touched


def _mixed(old: bytes, above: bytes, covered: int) -> bytes:
    """One pixel: the part of the old one that is not covered stays, and the result, cut to the coverage, lies above."""
    stays = min(1.0, (255 - covered) / (255 - above[3])) * (255 - above[3]) / 255
    low, high = old[3] * stays, float(above[3])
    if low + high <= 0:
        return bytes(4)
    colours = (round((below * low + top * high) / (low + high)) for below, top in zip(old[:3], above[:3]))
    return bytes((*colours, min(255, round(low + high))))


def joined(old: Any, new: Any, touched: Any, step: int) -> Any:
    """`old` with `new` where `touched` is not 0; `step` bytes for each pixel."""
    out = bytearray(old)
    view = memoryview(new).cast("B")
    for run in _TOUCHED.finditer(touched):
        some = slice(run.start() * step, run.end() * step)
        out[some] = view[some]
    return out
