"""Pictures with more than 8 bits a channel: taken at full depth, and brought to 8 bits in sRGB at the end only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import zip_longest
from math import inf
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..shared.errors import BadPicture
from ..shared.i18n import say
from .pixels import Pixels, strips
from .pngfacts import Facts
from .pngfile import PngPicture
from .spaces import Space
from .tifffacts import Rows
from .white import Whites

Bands = Iterable[tuple[slice, Rows]]
CLIPPED = "Numbers beyond 1 were clipped to white."


class Shown(NamedTuple):
    """Bands of a deep picture in 8 bits: which rows, RGBA in sRGB, and the same rows as the file has them."""

    rows: slice
    pixels: Pixels
    native: Pixels


class Clipping:
    """How much of a picture of floats lies beyond 1, which is white; of a mask, `whites` say what is."""

    def __init__(self, whites: Whites | None = None) -> None:
        self.whites = whites
        self.beyond, self.all, self.largest = 0, 0, 0.0

    def whole(self, rows: Rows, count: int) -> NDArray[np.uint16]:
        """Floats 0..1 as 0..65535; whole numbers as they are. `count` channels are colours."""
        if self.whites:
            rows = self.whites.brought(rows, count)
        if rows.dtype == np.uint16:
            return rows  # type: ignore[return-value]
        numbers: NDArray[np.float32] = np.nan_to_num(rows.astype(np.float32), nan=0.0, posinf=3e38)
        self.beyond += int(np.count_nonzero(numbers > 1 + 1 / 512))
        self.all += numbers.size
        self.largest = max(self.largest, float(numbers.max(initial=0)))
        return _rounded(np.clip(numbers, 0, 1) * np.float32(65535))

    def note(self) -> str:
        """What was clipped, for people. Raises BadPicture when that was most of the picture."""
        if self.beyond > self.all / 2:
            raise BadPicture(
                say("The picture's floating-point numbers run up to {largest:.4g}; 1 is white.", largest=self.largest),
                remedy="Bring them to 0..1 first, for instance by saving with 16 bits a channel.",
            )
        return CLIPPED if self.beyond else ""


def straight(numbers: NDArray[np.uint16], premultiplied: bool) -> NDArray[np.uint16]:
    """The colours taken apart from the alpha with which they were multiplied."""
    if not premultiplied:
        return numbers
    alpha = np.maximum(numbers[..., -1:], 1).astype(np.uint32)
    out = numbers.copy()
    out[..., :-1] = np.minimum((numbers[..., :-1].astype(np.uint32) * 65535 + alpha // 2) // alpha, 65535)
    return out


def eight(numbers: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """0..65535 as 0..255, rounded to the nearest."""
    levels: NDArray[np.uint8] = ((numbers.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
    return levels


def rgba(colours: NDArray[np.uint8], alpha: NDArray[np.uint8] | None) -> Pixels:
    """(n, w, 1 or 3) colours and (n, w) alpha as pixels."""
    out = np.full((*colours.shape[:2], 4), 255, np.uint8)
    out[..., :3] = colours
    if alpha is not None:
        out[..., 3] = alpha
    return out


def shown(
    bands: Bands, *, colours: str, alpha: str, space: Space | None, flat: Callable[[Image.Image], Image.Image]
) -> Iterator[Shown]:
    """The bands in 8 bits. `colours` as of `Layout`; `space` converts grey and RGB; what it cannot do, `flat` does:
    it takes a Pillow image of the colours alone, in their own mode, to RGB.
    """
    for rows, numbers in bands:
        values = straight(numbers, alpha == "premultiplied")  # type: ignore[arg-type]
        opacity = eight(values[..., -1]) if alpha else None
        values = values[..., :-1] if alpha else values
        plain = eight(values)
        if space is not None:
            seen: NDArray[Any] = space.shown(values)
        else:
            seen = np.asarray(flat(as_mode(plain, colours)))
            seen = seen[..., None] if seen.ndim == 2 else seen
        own = plain if colours in {"L", "RGB"} else seen
        yield Shown(rows, rgba(seen, opacity), rgba(own, opacity))


def as_mode(plain: NDArray[np.uint8], colours: str) -> Image.Image:
    """8-bit numbers as a Pillow image of the mode "L", "RGB", "CMYK" or "LAB"."""
    height, width = plain.shape[:2]
    if colours == "LAB":
        plain = plain ^ np.array([0, 128, 128], np.uint8)  # Pillow unpacks signed bytes
    return Image.frombytes(colours, (width, height), np.ascontiguousarray(plain).tobytes())


def of_image(image: Image.Image, full: float, key: int | None) -> Iterator[tuple[slice, Rows]]:
    """Bands of a loaded Pillow image of mode I;16 and its kin, I or F. `key` is transparent, `full` is white; with inf
    the numbers are given as they are, as floats.
    """
    width, height = image.size
    for rows in strips(height):
        numbers = np.asarray(image.crop((0, rows.start, width, rows.stop)))
        if full == inf or numbers.dtype.kind == "f":
            grey: Any = numbers.astype(np.float32) / np.float32(1 if full == inf else full)
        else:
            grey = _to_sixteen(numbers, full)
        if key is not None:
            grey = np.stack([grey, np.where(numbers == key, 0, 65535).astype(np.uint16)], axis=-1)
        yield rows, grey if grey.ndim == 3 else grey[..., None]


def _to_sixteen(numbers: NDArray[Any], full: float) -> NDArray[np.uint16]:
    if full == 65535:
        return _rounded(np.clip(numbers, 0, 65535).astype(np.float32))
    return _rounded(np.clip(numbers / full, 0, 1) * 65535)


def _rounded(numbers: NDArray[Any]) -> NDArray[np.uint16]:
    levels: NDArray[np.uint16] = np.floor(numbers + np.float32(0.5)).astype(np.uint16)
    return levels


def white_of(image: Image.Image) -> float:
    """The number of white in an image of mode I or F that does not tell: 1, 255 or 65535, or its largest number."""
    largest = max(float(one) for one in image.getextrema())  # type: ignore[arg-type]
    if image.mode == "F" and largest <= 2:
        return 1.0
    return next((step for step in (255.0, 65535.0) if largest <= step), largest)


def of_png(file: BinaryIO, png: Facts, *scratch: Pixels | None) -> Iterator[tuple[slice, Rows]]:
    """Bands of a PNG with 16 bits and more than one channel, of which Pillow decodes the upper halves only.

    So it is decoded as something else that has as many bits: grey with alpha as RGBA of 8 bits, and the others a
    second time in the other order of bytes, which gives the lower halves. `scratch` is memory for either, (h, w, 4) of
    zeros, of which each row may be overwritten once it was given out.
    """
    mode = "RGB" if png.colour == 2 else "RGBA"
    raws = ["RGBA"] if png.colour == 4 else [f"{mode};16L", f"{mode};16B"]
    images = [_as_raw(file, mode, raw, into) for raw, into in zip_longest(raws, scratch[: len(raws)])]
    key = png.key()
    for rows in strips(png.height, 32):
        parts = [np.asarray(image.crop((0, rows.start, png.width, rows.stop))) for image in images]
        if png.colour == 4:
            yield rows, parts[0].view(">u2").astype(np.uint16)
            continue
        numbers = parts[1].astype(np.uint16) << 8 | parts[0]
        if key:
            clear = (numbers == np.array(key, np.uint16)).all(axis=-1)
            numbers = np.dstack([numbers, np.where(clear, 0, 65535).astype(np.uint16)])
        yield rows, numbers


def _as_raw(file: BinaryIO, mode: str, raw: str, into: Pixels | None) -> Image.Image:
    file.seek(0)
    image = PngPicture(file)
    image._mode = mode  # noqa: SLF001 - the only way to have the bytes as they are
    image.info.pop("transparency", None)
    tiles: Any = [(*tile[:3], raw) for tile in image.tile]
    image.tile = tiles
    if into is not None:
        # As `Image.frombuffer` does it, which leaves out RGB, though that has four bytes a pixel in Pillow too.
        image.im = Image.core.map_buffer(into, image.size, "raw", 0, (mode, 0, 1))  # type: ignore[attr-defined]
    image.load()
    return image
