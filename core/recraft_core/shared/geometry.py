"""Boxes and sizes on the canvas: what part is sent, how it is scaled, where the result goes.

All numbers are canvas pixels; the origin is the top left corner, x runs right and y runs down.
A `Box` is left, top, width, height and holds the pixels left <= x < left + width.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, sqrt
from typing import NamedTuple


class Size(NamedTuple):
    """Width and height in px."""

    width: int
    height: int

    @property
    def area(self) -> int:
        """Number of pixels."""
        return self.width * self.height

    def __str__(self) -> str:
        return f"{self.width} × {self.height}"


class Box(NamedTuple):
    """A rectangle on the canvas; may reach outside it."""

    x: int
    y: int
    width: int
    height: int

    @classmethod
    def of(cls, size: tuple[int, int]) -> Box:
        """Box of a whole canvas or picture of `size`."""
        return cls(0, 0, size[0], size[1])

    @classmethod
    def between(cls, left: int, top: int, right: int, bottom: int) -> Box:
        """Box from two corners; right and bottom are just outside, an inverted pair gives an empty box."""
        return cls(left, top, max(0, right - left), max(0, bottom - top))

    @property
    def size(self) -> Size:
        """Width and height."""
        return Size(self.width, self.height)

    @property
    def right(self) -> int:
        """First column right of the box."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """First row below the box."""
        return self.y + self.height

    @property
    def empty(self) -> bool:
        """True when the box holds no pixel."""
        return self.width <= 0 or self.height <= 0

    def holds(self, other: Box) -> bool:
        """True when every pixel of `other` is in this box; an empty box is held by all."""
        return other.empty or self.intersect(other) == other

    def intersect(self, other: Box) -> Box:
        """The pixels both boxes hold; empty when they do not touch."""
        return Box.between(
            max(self.x, other.x), max(self.y, other.y), min(self.right, other.right), min(self.bottom, other.bottom)
        )

    def moved(self, dx: int, dy: int) -> Box:
        """The same box `dx` px further right and `dy` px further down."""
        return Box(self.x + dx, self.y + dy, self.width, self.height)

    def grown(self, margin: int) -> Box:
        """The box with `margin` px more on each side."""
        return Box(self.x - margin, self.y - margin, self.width + 2 * margin, self.height + 2 * margin)

    def inside(self, outer: Box) -> Box:
        """The box moved, never resized, to lie in `outer`; centred on the axes where it is larger."""
        return Box(
            _slide(self.x, self.width, outer.x, outer.width),
            _slide(self.y, self.height, outer.y, outer.height),
            self.width,
            self.height,
        )


def _slide(start: int, length: int, low: int, room: int) -> int:
    if length > room:
        return low - (length - room) // 2
    return min(max(start, low), low + room - length)


@dataclass(frozen=True)
class Limits:
    """What the service takes: sides in px, `max_pixels` in px², `max_bytes` of the encoded picture."""

    min_side: int
    max_side: int
    max_pixels: int
    max_bytes: int


def context_box(selection: Box, canvas: Size, *, margin: int, min_side: int = 256) -> Box:
    """The part of the canvas to send: the selection and `margin` px around it, on the canvas.

    Each side is at least `min_side` px where the canvas has that many. A box that would leave the canvas is
    moved first and cut only where the canvas is too small, so the selection keeps as much surrounding as there is.
    `selection` must touch the canvas.
    """
    whole = Box.of(canvas)
    marked = selection.intersect(whole)
    wanted = marked.grown(margin)
    size = Size(max(wanted.width, min_side), max(wanted.height, min_side))
    centred = Box(
        marked.x + (marked.width - size.width) // 2, marked.y + (marked.height - size.height) // 2, *size
    )
    return centred.inside(whole).intersect(whole)


def fit(size: Size, limits: Limits) -> Size:
    """The size at which a picture of `size` is sent: scaled up to the minimum, down to the maximum, else unchanged.

    The shape is kept to the nearest pixel. A picture so narrow that no scale satisfies both ends keeps to the
    maximum; `padding` then adds what the short side lacks.
    """
    scale = 1.0
    if min(size) < limits.min_side:
        scale = limits.min_side / min(size)
    most = min(limits.max_side / max(size), sqrt(limits.max_pixels / size.area))
    scale = min(scale, most)
    if scale == 1.0:
        return size
    toward = ceil if scale > 1.0 and scale < most else floor
    # A hair of slack keeps 256 / 100 * 100 at 256 when the floating point product lands a bit off.
    return Size(*(max(1, toward(side * scale + (-1e-9 if toward is ceil else 1e-9))) for side in size))


def padding(size: Size, limits: Limits) -> Size:
    """The size after mirroring at the right and bottom until each side has the minimum; `size` itself when it has."""
    return Size(max(size.width, limits.min_side), max(size.height, limits.min_side))


def contain(size: Size, into: Box) -> Box:
    """The largest box of the shape of `size` that fits into `into`, centred there; sides of at least 1 px."""
    scale = min(into.width / size.width, into.height / size.height)
    width, height = (max(1, round(side * scale)) for side in size)
    return Box(into.x + (into.width - width) // 2, into.y + (into.height - height) // 2, width, height)
