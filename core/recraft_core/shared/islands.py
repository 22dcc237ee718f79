"""Separate areas of one selection: found, and gathered into as few requests as keep them sharp.

Two specks at the two ends of a large photograph need not travel in one box of the whole photograph at 70 %. A request
costs the same whatever its size, so areas are gathered as long as the box of them all still goes out unscaled.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from typing import Any

from .geometry import Box
from .i18n import say

_RUN = re.compile(rb"[^\0]+")
# Areas nearer than this (px) are one: the dots of a noisy selection, a line drawn with gaps.
NEAR = 16
# px of surroundings that a tile of a large area is sent with.
AROUND = 384
# More would be hundreds of requests or a selection made of noise: they then go together.
MOST = 200


def areas(coverage: Any, box: Box) -> tuple[Box, ...]:
    """Boxes (canvas px) of the separate areas of `coverage`, one byte a pixel of `box`, 0 where nothing is selected.

    Areas nearer than NEAR count as one; () when there are more than MOST.
    """
    looking = search(lambda _box: coverage, box, max(1, box.height))
    while True:
        try:
            next(looking)
        except StopIteration as end:
            return tuple(end.value)


def search(read: Callable[[Box], Any], box: Box, rows: int) -> Generator[None, None, tuple[Box, ...]]:
    """The same of what `read(strip)` gives, `rows` rows at a time; yields after each, for whoever must not wait."""
    rects: list[list[int]] = []  # [left, top, right, bottom], those whose bottom is near first
    open_: list[list[int]] = []
    for top in range(0, box.height, rows):
        strip = Box(box.x, box.y + top, box.width, min(rows, box.height - top))
        data = bytes(read(strip))
        if len(data) != strip.size.area:
            raise ValueError(say("{count} bytes of coverage for {size}", count=len(data), size=strip.size))
        for y in range(top, top + strip.height):
            open_, done = _still_open(open_, y)
            rects += done
            start = (y - top) * box.width
            for run in _RUN.finditer(data, start, start + box.width):
                open_ = _joined(open_, [run.start() - start, y, run.end() - start, y + 1])
            if len(rects) + len(open_) > 4 * MOST:
                return ()
        yield
    boxes = [Box.between(*edges).moved(box.x, box.y) for edges in _apart([*rects, *open_])]
    return tuple(boxes) if len(boxes) <= MOST else ()


def _still_open(boxes: list[list[int]], y: int) -> tuple[list[list[int]], list[list[int]]]:
    near = [one for one in boxes if y - one[3] < NEAR]
    return (near, []) if len(near) == len(boxes) else (near, [one for one in boxes if y - one[3] >= NEAR])


def _joined(boxes: list[list[int]], new: list[int]) -> list[list[int]]:
    """The boxes with a new one, all that are near each other made one."""
    apart = []
    for one in boxes:
        if _near(one, new):
            new = [min(one[0], new[0]), min(one[1], new[1]), max(one[2], new[2]), max(one[3], new[3])]
        else:
            apart.append(one)
    return [*apart, new]


def _near(one: list[int], other: list[int]) -> bool:
    across = one[0] - other[2] < NEAR and other[0] - one[2] < NEAR
    return across and one[1] - other[3] < NEAR and other[1] - one[3] < NEAR


def _apart(boxes: list[list[int]]) -> list[list[int]]:
    """What has grown together since."""
    count = -1
    while count != len(boxes):
        count = len(boxes)
        done: list[list[int]] = []
        for one in boxes:
            done = _joined(done, one)
        boxes = done
    return sorted(boxes, key=lambda one: (one[1], one[0]))


def gathered(boxes: Sequence[Box], sharp: Callable[[Box], bool]) -> list[tuple[Box, ...]]:
    """The areas in as few groups as go out unscaled; `sharp` tells that of the box around a group."""
    groups: list[list[Box]] = []
    for area in sorted(boxes, key=lambda one: (one.x, one.y)):
        fitting = [group for group in groups if sharp(around([*group, area]))]
        if fitting:
            min(fitting, key=lambda group: around([*group, area]).size.area - around(group).size.area).append(area)
        else:
            groups.append([area])
    return [tuple(group) for group in groups]


def grid(whole: Box, side: int, shared: int = 0) -> list[Box]:
    """Boxes of at most `side` px a side, all of about one size, that cover `whole`; neighbours share `shared` px."""
    across, down = (_cuts(length, side, shared) for length in whole.size)
    return [Box(whole.x + x, whole.y + y, width, height) for y, height in down for x, width in across]


def _cuts(length: int, side: int, shared: int) -> list[tuple[int, int]]:
    own = length - shared
    pieces = max(1, -(-own // (side - shared)))
    edges = [own * at // pieces for at in range(pieces + 1)]
    return [(edges[at], edges[at + 1] - edges[at] + shared) for at in range(pieces)]


def around(boxes: Sequence[Box]) -> Box:
    """The smallest box that holds them all."""
    return Box.between(
        min(one.x for one in boxes), min(one.y for one in boxes),
        max(one.right for one in boxes), max(one.bottom for one in boxes),
    )  # fmt: skip
