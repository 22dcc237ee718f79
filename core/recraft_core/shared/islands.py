"""Separate areas of one selection: found, and gathered into as few requests as keep them sharp.

Two specks at the two ends of a large photograph need not travel in one box of the whole photograph at 70 %. A request
costs the same whatever its size, so areas are gathered as long as the box of them all still goes out unscaled.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from .geometry import Box
from .i18n import say

_RUN = re.compile(rb"[^\0]+")
# Areas nearer than this (px) are one: the dots of a noisy selection, a line drawn with gaps.
NEAR = 16
# More would be hundreds of requests or a selection made of noise: they then go together.
MOST = 200


def areas(coverage: Any, box: Box) -> tuple[Box, ...]:
    """Boxes (canvas px) of the separate areas of `coverage`, one byte a pixel of `box`, 0 where nothing is selected.

    Areas nearer than NEAR count as one; () when there are more than MOST.
    """
    data = bytes(coverage)
    if len(data) != box.width * box.height:
        raise ValueError(say("{count} bytes of coverage for {size}", count=len(data), size=box.size))
    rects: list[list[int]] = []  # [left, top, right, bottom], those whose bottom is near first
    open_: list[list[int]] = []
    for y in range(box.height):
        row = data[y * box.width : (y + 1) * box.width]
        open_, done = _still_open(open_, y)
        rects += done
        for run in _RUN.finditer(row):
            open_ = _joined(open_, [run.start(), y, run.end(), y + 1])
        if len(rects) + len(open_) > 4 * MOST:
            return ()
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


def around(boxes: Sequence[Box]) -> Box:
    """The smallest box that holds them all."""
    return Box.between(
        min(one.x for one in boxes), min(one.y for one in boxes),
        max(one.right for one in boxes), max(one.bottom for one in boxes),
    )  # fmt: skip
