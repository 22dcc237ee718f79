"""Selection coverage to the mask that is sent, and to the soft edge with which the result is cut."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import ImageFilter

from ..shared.geometry import Box, Size
from .pixels import Coverage, as_array, as_image

NOISE = 24  # levels: a picture that went through a codec and back differs by less
STEP = 3  # px of a gap that still counts as joined
Bits = NDArray[np.uint64]


def bounds(coverage: Coverage) -> Box:
    """The smallest box around everything selected; an empty box when nothing is."""
    edges = as_image(coverage).getbbox() if coverage.size else None
    return Box.between(*edges) if edges else Box(0, 0, 0, 0)


def mask(coverage: Coverage, *, threshold: int = 128, grow_px: int = 0) -> NDArray[np.uint8]:
    """The mask of a selection: 255 (change) where coverage is at least `threshold` (1..255), else 0.

    `grow_px` > 0 grows it by that many px, < 0 shrinks it. The shape grown with is an octagon (a square for 1 and
    2 px), so corners come out nearly round. The selection is taken to go on beyond the canvas: shrinking does not eat
    in from the canvas edge.
    """
    hard: NDArray[np.uint8] = np.negative((coverage >= threshold).view(np.uint8))  # 0 - 1 wraps to 255
    if grow_px == 0:
        return hard
    area = bounds(hard).grown(abs(grow_px)).intersect(Box.of(_size(hard)))
    if area.empty:
        return hard
    part = hard[area.y : area.bottom, area.x : area.right]
    part[...] = _grown(part, grow_px) if grow_px > 0 else ~_grown(~part, -grow_px)
    return hard


def feather(coverage: Coverage, radius_px: float) -> Coverage:
    """The coverage with its edges softened, inward and outward alike, over about `radius_px` px each way.

    A Gaussian of sigma radius / 2, so 2 % is left `radius_px` outside a straight edge. Worked out near the selection
    only; at the edge of the canvas the selection goes on as it is. 0 gives a copy.
    """
    out = coverage.copy()
    sigma = radius_px / 2
    area = bounds(coverage).grown(int(3 * sigma) + 2).intersect(Box.of(_size(coverage)))
    if sigma > 0 and not area.empty:
        part = as_image(coverage[area.y : area.bottom, area.x : area.right])
        out[area.y : area.bottom, area.x : area.right] = as_array(part.filter(ImageFilter.GaussianBlur(sigma)))
    return out


def spilt(inner: Coverage, outer: Coverage, differs: Coverage) -> Coverage:
    """The coverage of what reaches from `inner` (0 or 255) into `outer`: there it `differs` by more than noise.

    What lies apart from `inner` by more than STEP px is not counted; the edge follows the difference, NOISE to twice
    that in levels.
    """
    able = (outer > 0) & (differs > NOISE)
    spill, count = inner, -1
    while count != (count := int(np.count_nonzero(spill))):
        spill = np.where(able | (inner > 0), mask(spill, grow_px=STEP), np.uint8(0)).astype(np.uint8)
    soft = np.clip(differs.astype(np.int16) - NOISE, 0, NOISE) * np.int16(255) // np.int16(NOISE)
    return np.where((spill > 0) & (inner == 0), soft, 0).astype(np.uint8)


def _size(array: NDArray[np.uint8]) -> Size:
    return Size(array.shape[1], array.shape[0])


def _grown(hard: NDArray[np.uint8], reach: int) -> NDArray[np.uint8]:
    """0|255 (h, w) grown by `reach` px with an octagon: lines along both axes and both diagonals, one after another.

    Worked on 64 pixels at once, as the bits of a word. The margin on all sides makes the order of the lines not
    matter and keeps what leaves a row from entering the next.
    """
    height, width = hard.shape
    margin = -(-reach // 64)
    bits: Bits = np.zeros((height + 2 * reach, -(-width // 64) + 2 * margin), "<u8")
    packed = np.packbits(hard, axis=1, bitorder="little")
    bits.view(np.uint8)[reach : reach + height, 8 * margin : 8 * margin + packed.shape[1]] = packed
    diagonal = min(round(reach / (2 + 2**0.5)), (reach - 1) // 2)  # diagonals alone would leave a chequerboard
    straight = reach - 2 * diagonal
    for dx, dy, half in ((1, 0, straight), (0, 1, straight), (1, 1, diagonal), (1, -1, diagonal)):
        bits = _line(bits, dx, dy, half)
    rows = bits.view(np.uint8)[reach : reach + height, 8 * margin :]
    return np.negative(np.unpackbits(rows, axis=1, count=width, bitorder="little"))


def _line(bits: Bits, dx: int, dy: int, half: int) -> Bits:
    """Grown along one direction by `half` px both ways. What is covered triples each turn, so 16 px take four."""
    reach = 0
    while reach < half:
        step = min(2 * reach + 1, half - reach)
        bits = bits | _moved(bits, step * dx, step * dy) | _moved(bits, -step * dx, -step * dy)
        reach += step
    return bits


def _moved(bits: Bits, dx: int, dy: int) -> Bits:
    """The bits `dx` px further right and `dy` px further down; what leaves is lost, what enters is 0."""
    out = np.zeros_like(bits)
    height, width = bits.shape
    source = bits[max(0, -dy) : height - max(0, dy)]
    target = out[max(0, dy) : height - max(0, -dy)]
    words, rest = divmod(dx, 64)
    _or_words(target, source << np.uint64(rest), words, width)
    if rest:
        _or_words(target, source >> np.uint64(64 - rest), words + 1, width)
    return out


def _or_words(target: Bits, source: Bits, words: int, width: int) -> None:
    if abs(words) < width:
        target[:, max(0, words) : width + min(0, words)] |= source[:, max(0, -words) : width - max(0, words)]
