"""Where the source picture lies inside an outpainted one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recraft_core.shared.contract import EXPANDS
from recraft_core.shared.geometry import Box, Size


def outpaint_frame(
    source: tuple[int, int], size: tuple[int, int] | None, values: Mapping[str, Any]
) -> tuple[Size, Box]:
    """Size of the result and the box of the source picture in it, both in px.

    With `size` the source is fitted inside and centred; with `expand_*` it keeps its own size; `zoom_out_percentage`
    (0..100) then shrinks it about its own centre, the frame stays. Page "Endpoints", Image outpainting.
    """
    if size is not None:
        frame = Size(*size)
        scale = min(frame.width / source[0], frame.height / source[1])
        inner = Size(*(min(most, max(1, round(side * scale))) for side, most in zip(source, frame, strict=True)))
        box = Box((frame.width - inner.width) // 2, (frame.height - inner.height) // 2, *inner)
    else:
        left, right, top, bottom = (int(values.get(name) or 0) for name in EXPANDS)
        frame = Size(source[0] + left + right, source[1] + top + bottom)
        box = Box(left, top, *source)
    return frame, _shrunk(box, 1 - float(values.get("zoom_out_percentage") or 0) / 100)


def _shrunk(box: Box, scale: float) -> Box:
    width, height = max(1, round(box.width * scale)), max(1, round(box.height * scale))
    return Box(box.x + (box.width - width) // 2, box.y + (box.height - height) // 2, width, height)
