"""The frame around a canvas that grows, and what of the canvas borders it: arithmetic on boxes, in canvas px."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .contract import EXPANDS
from .geometry import Box

RATIOS = ("1:1", "4:3", "16:9", "9:16")  # shapes that a host offers to grow to


def with_margins(whole: Box, values: Mapping[str, Any]) -> Box:
    """The canvas with px added on each side, as `values` name them."""
    left, right, top, bottom = (int(values.get(name) or 0) for name in EXPANDS)
    return Box.between(-left, -top, whole.right + right, whole.bottom + bottom)


def margins(whole: Box, frame: Box) -> dict[str, int]:
    """The px that a frame adds on each side, by the names of the options: what `with_margins` takes."""
    return dict(zip(EXPANDS, (-frame.x, frame.right - whole.right, -frame.y, frame.bottom - whole.bottom)))


def with_ratio(whole: Box, ratio: str) -> Box:
    """The smallest box of a ratio such as "16:9" with the canvas in its middle."""
    across, down = (int(part) for part in ratio.split(":"))
    width = max(whole.width, round(whole.height * across / down))
    height = max(whole.height, round(whole.width * down / across))
    return Box((whole.width - width) // 2, (whole.height - height) // 2, width, height)


def zoomed(frame: Box, values: Mapping[str, Any]) -> Box:
    """The frame grown around its middle, until what was there covers 100 % less `zoom_out_percentage` of a side."""
    keep = 1 - float(values.get("zoom_out_percentage") or 0) / 100
    width, height = round(frame.width / keep), round(frame.height / keep)
    return Box(frame.x - (width - frame.width) // 2, frame.y - (height - frame.height) // 2, width, height)


def bordering(whole: Box, frame: Box, context_px: int | None, least: int) -> Box:
    """The part of the canvas that the new area continues: a strip along each side that grows, `least` px deep."""
    added = (-frame.x, -frame.y, frame.right - whole.right, frame.bottom - whole.bottom)
    depth = [(max(context_px, least) if context_px is not None else max(512, 2 * by)) if by else 0 for by in added]
    strips = (
        Box.between(0, 0, depth[0], whole.bottom),
        Box.between(0, 0, whole.right, depth[1]),
        Box.between(whole.right - depth[2], 0, whole.right, whole.bottom),
        Box.between(0, whole.bottom - depth[3], whole.right, whole.bottom),
    )
    edges = [strip.intersect(whole) for strip, by in zip(strips, added) if by]
    return Box.between(
        min(edge.x for edge in edges),
        min(edge.y for edge in edges),
        max(edge.right for edge in edges),
        max(edge.bottom for edge in edges),
    )


def added(sides: tuple[int, int], scale: float, room: int) -> tuple[int, int]:
    """Two opposite margins in sent px; less where a picture scaled up to the minimum leaves no `room` for all of it."""
    scale = min(scale, max(0, room - 2) / (sum(sides) or 1))
    one, other = (max(1, round(side * scale)) if side else 0 for side in sides)
    return one, other


def edges(read: Box, frame: Box, whole: Box) -> tuple[tuple[int, int, int], ...]:
    """Left, top, right and bottom of the three boxes, side by side."""
    return (
        (read.x, frame.x, whole.x),
        (read.y, frame.y, whole.y),
        (read.right, frame.right, whole.right),
        (read.bottom, frame.bottom, whole.bottom),
    )
