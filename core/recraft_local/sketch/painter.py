"""Paint shapes into pixels: every shape is drawn a few times too large and averaged down, for clean edges."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from .shapes import Gradient, Page, Shape, area, flatten

Pixels = NDArray[np.uint8]  # (height, width, 3)
_STEPS = 1024  # colours of a ramp
_Box = tuple[int, int, int, int]  # left, top, right, bottom in px


def paint(shapes: Sequence[Shape], page: Page, width: int, height: int, *, haze: float = 0.0) -> Pixels:
    """The drawing as (height, width, 3) uint8; `haze` blurs what is behind the first front shape, in page units."""
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
    left, top, right, bottom = (v * k for v in shape.box())
    x0, y0 = max(0, floor(left) - 1), max(0, floor(top) - 1)
    x1, y1 = min(picture.width, ceil(right) + 1), min(picture.height, ceil(bottom) + 1)
    if x1 <= x0 or y1 <= y0:
        return
    box = (x0, y0, x1, y1)
    mask = _coverage(shape, k, box)
    colour: Any = shape.paint
    if isinstance(colour, Gradient):
        colour = _ramp(colour, k, box)
        if colour.mode == "RGBA":
            mask = ImageChops.multiply(mask, colour.getchannel("A"))
            colour = colour.convert("RGB")
    if shape.opacity < 1:
        mask = mask.point([round(v * shape.opacity) for v in range(256)])
    picture.paste(colour, box, mask)


def _coverage(shape: Shape, k: float, box: _Box) -> Image.Image:
    """How much of each pixel of `box` the shape covers, 0..255."""
    x0, y0, x1, y1 = box
    w, h = x1 - x0, y1 - y0
    if _fills(shape, k, box):
        return Image.new("L", (w, h), 255)
    fine = 4 if w * h < 200_000 else 3 if w * h < 500_000 else 2
    mask = Image.new("L", (w * fine, h * fine), 0)
    draw = ImageDraw.Draw(mask)
    size, dx, dy = k * fine, x0 * fine + 0.5, y0 * fine + 0.5
    for contour in shape.contours:
        points = flatten(contour, 6 if w + h < 120 else 10)
        if len(points) > 2:
            draw.polygon([(x * size - dx, y * size - dy) for x, y in points], fill=255 if area(points) >= 0 else 0)
    return mask.reduce(fine)


def _fills(shape: Shape, k: float, box: _Box) -> bool:
    """Whether the shape is one plain rectangle that covers the whole box: nothing to average then."""
    if len(shape.contours) != 1 or len(shape.contours[0]) != 4 or any(len(knot) != 2 for knot in shape.contours[0]):
        return False
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = shape.contours[0]
    square = ay == by and bx == cx and cy == dy and dx == ax
    return square and ax * k <= box[0] and ay * k <= box[1] and cx * k >= box[2] and cy * k >= box[3]


def _ramp(paint: Gradient, k: float, box: _Box) -> Image.Image:
    """A gradient over `box`, RGB, or RGBA where its opacity varies."""
    x0, y0, x1, y1 = box
    (ax, ay), (bx, by) = paint.a, paint.b
    size = (x1 - x0, y1 - y0)
    if paint.radius is not None:
        return _disc(paint, k, box).resize(size, Image.Resampling.BILINEAR)
    length = max((bx - ax) ** 2 + (by - ay) ** 2, 1e-9)
    across, down = (bx - ax) / length / k, (by - ay) / length / k
    start = (((x0 + 0.5) / k - ax) * (bx - ax) + ((y0 + 0.5) / k - ay) * (by - ay)) / length
    ends = [start + dx + dy for dx in (0, across * (size[0] - 1)) for dy in (0, down * (size[1] - 1))]
    low, scale = min(ends), (_STEPS - 1) / max(max(ends) - min(ends), 1e-9)
    row = Image.fromarray(_colours(paint, np.linspace(low, max(ends), _STEPS)[None]))
    a, b = across * scale, down * scale
    where = (a, b, (start - low) * scale + 0.5 - (a + b) / 2, 0, 0, 0.5)
    return row.transform(size, Image.Transform.AFFINE, where, Image.Resampling.NEAREST)


def _disc(paint: Gradient, k: float, box: _Box) -> Image.Image:
    """A radial gradient over `box` on a coarse grid: it is smooth enough to be enlarged."""
    x0, y0, x1, y1 = box
    xs, ys = (np.linspace(a, b, max(2, (b - a) // 4), endpoint=False) + (b - a) / max(2, (b - a) // 4) / 2
              for a, b in ((x0, x1), (y0, y1)))  # fmt: skip
    far = np.hypot(xs / k - paint.a[0], (ys[:, None] / k - paint.a[1]) / paint.squash)
    return Image.fromarray(_colours(paint, far / max(paint.radius or 0, 1e-6)))


def _colours(paint: Gradient, t: NDArray[Any]) -> Pixels:
    """The colours of a gradient at the shares t (0..1 and beyond) of its way, RGB or RGBA."""
    offsets, bands = [stop[0] for stop in paint.stops], [[*stop[1], 255 * stop[2]] for stop in paint.stops]
    n = 3 if all(stop[2] >= 1 for stop in paint.stops) else 4
    return np.stack([np.rint(np.interp(t, offsets, [b[i] for b in bands])) for i in range(n)], axis=-1).astype(np.uint8)
