"""A picture or a drawing of any kind as a canvas to work on."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..shared.geometry import Size
from .decode import check_size, sniff
from .paged import MakeArray, held
from .pixels import Pixels
from .readfile import MAX_PIXELS, Opened, PictureLike, Source, is_pixels, opened, read_picture


@dataclass(frozen=True)
class Canvas:
    """A picture file as a canvas: its pixels, the drawing itself when it is one, and its path, "" without a file."""

    source: Source = field(repr=False)
    svg: bytes = field(default=b"", repr=False)
    path: str = ""

    @property
    def size(self) -> Size:
        """Width and height in px."""
        return self.source.size

    @property
    def own(self) -> Pixels | None:
        """The pixels in the numbers of the file's own RGB profile, where that is a wider space than sRGB."""
        return self.source.native if self.source.icc else None


def read_canvas(picture: PictureLike, make: MakeArray = held) -> Canvas:
    """A picture of any kind as a canvas, read into arrays of `make`; an SVG is measured, made safe and drawn."""
    if is_pixels(picture):
        return Canvas(read_picture(picture, make))
    with opened(picture) as file:
        data = _svg_bytes(file)
        if not data:
            return Canvas(read_picture(file, make), path=file.path)
    # What makes drawings safe takes its time to load, and most pictures are none.
    from .svg import drawn
    from .svg import opened as opened_drawing

    drawing = opened_drawing(data)
    check_size(drawing.natural, MAX_PIXELS)
    shown = drawn(drawing.data, drawing.natural)
    source = Source(shown.pixels, format="SVG", notes=(*drawing.notes, *shown.notes))
    return Canvas(source, drawing.data, file.path)


def _svg_bytes(file: Opened) -> bytes:
    """The bytes of a drawing; empty for anything else."""
    return file.whole() if draws(file) else b""


def draws(file: Opened) -> bool:
    """True for a drawing, also a packed one or under another name."""
    head = file.head()
    kind = sniff(head)
    if kind not in {"svg", ""}:
        return False
    from .svg import is_drawing

    return is_drawing(head) or (not kind and file.name.lower().endswith(".svg"))
