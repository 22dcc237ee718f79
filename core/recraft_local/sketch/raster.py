"""Paint shapes into pixels: every shape is drawn a few times too large and averaged down, for clean edges."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from .shapes import Gradient, Page, Shape, flatten

Pixels = NDArray[np.uint8]  # (height, width, 3)
Box = tuple[int, int, int, int]  # left, top, right, bottom in px
_WHOLE = 255


def paint(shapes: Sequence[Shape], page: Page, width: int, height: int, *, haze: float = 0.0) -> Pixels:
    """The drawing as (height, width, 3) uint8.

    `haze` blurs everything behind the first front shape, in page units (0 = sharp throughout).
    """
    picture = Image.new("RGB", (width, height), (255, 255, 255))
    blurred = haze <= 0
    for shape in shapes:
        if not blurred and shape.depth != "back":
            picture, blurred = soften(picture, haze * min(width, height)), True
        lay(picture, shape, page)
    return np.array(picture)


def soften(picture: Image.Image, radius: float) -> Image.Image:
    """Blur by `radius` px; done on a smaller copy when the radius is large, which looks the same."""
    cut = max(1, int(radius // 3))
    if cut == 1:
        return picture.filter(ImageFilter.GaussianBlur(radius))
    small = picture.reduce(cut).filter(ImageFilter.GaussianBlur(radius / cut))
    return small.resize(picture.size, Image.Resampling.BICUBIC)


def lay(picture: Image.Image, shape: Shape, page: Page) -> None:
    """Paint one shape onto the picture, in place."""
    k = picture.width / page.w
    left, top, right, bottom = shape.box()
    x0, y0 = max(0, floor(left * k) - 1), max(0, floor(top * k) - 1)
    x1, y1 = min(picture.width, ceil(right * k) + 1), min(picture.height, ceil(bottom * k) + 1)
    if x1 <= x0 or y1 <= y0:
        return
    mask = _coverage(shape, k, (x0, y0, x1, y1))
    if isinstance(shape.paint, Gradient):
        colour, alpha = _ramp(shape.paint, k, (x0, y0, x1, y1), shape.opacity)
        if alpha is not None:
            mask = Image.fromarray(np.asarray(mask, np.uint8) * alpha.astype(np.float32)).convert("L")
        picture.paste(Image.fromarray(colour), (x0, y0), mask)
        return
    if shape.opacity < 1:
        share = shape.opacity
        mask = mask.point([round(v * share) for v in range(256)])
    picture.paste(shape.paint, (x0, y0, x1, y1), mask)


def _coverage(shape: Shape, k: float, box: Box) -> Image.Image:
    """How much of each pixel of `box` the shape covers, 0..255."""
    x0, y0, x1, y1 = box
    w, h = x1 - x0, y1 - y0
    if _fills(shape, k, box):
        return Image.new("L", (w, h), _WHOLE)
    fine = 4 if w * h < 300_000 else 3 if w * h < 1_300_000 else 2
    mask = Image.new("L", (w * fine, h * fine), 0)
    draw = ImageDraw.Draw(mask)
    for contour in shape.contours:
        points = [((x * k - x0) * fine - 0.5, (y * k - y0) * fine - 0.5) for x, y in flatten(contour)]
        if len(points) > 2:
            draw.polygon(points, fill=_WHOLE)
    return mask.reduce(fine)


def _fills(shape: Shape, k: float, box: Box) -> bool:
    """Whether the shape is one plain rectangle that covers the whole box: nothing to average then."""
    if len(shape.contours) != 1 or len(shape.contours[0]) != 4:
        return False
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = (knot[:2] for knot in shape.contours[0])
    square = ay == by and bx == cx and cy == dy and dx == ax
    return square and ax * k <= box[0] and ay * k <= box[1] and cx * k >= box[2] and cy * k >= box[3]


def _ramp(paint: Gradient, k: float, box: Box, opacity: float) -> tuple[Pixels, NDArray[Any] | None]:
    """Colours (h, w, 3) of a gradient over `box`, and its opacity 0..1 when not 1 throughout."""
    x0, y0, x1, y1 = box
    xs = (np.arange(x0, x1, dtype=np.float32) + 0.5) / k
    ys = ((np.arange(y0, y1, dtype=np.float32) + 0.5) / k)[:, None]
    (ax, ay), (bx, by) = paint.a, paint.b
    if paint.radius is not None:
        t = np.hypot(xs - ax, (ys - ay) / paint.squash) / max(paint.radius, 1e-6)
    else:
        length = max((bx - ax) ** 2 + (by - ay) ** 2, 1e-9)
        t = ((xs - ax) * (bx - ax) + (ys - ay) * (by - ay)) / length
    index = np.clip(t * 1023, 0, 1023).astype(np.int16)
    offsets = [s[0] for s in paint.stops]
    steps = np.linspace(0, 1, 1024)
    table = np.stack([np.interp(steps, offsets, [s[1][i] for s in paint.stops]) for i in range(3)], axis=1)
    colour = np.rint(table).astype(np.uint8)[index]
    if opacity >= 1 and all(s[2] >= 1 for s in paint.stops):
        return colour, None
    faint = np.interp(steps, offsets, [s[2] for s in paint.stops]).astype(np.float32) * opacity
    return colour, faint[index]
