"""Raw pixels: views of what a host sent, crops, sizes.

Row 0 is the top. Nothing here copies a canvas: a crop is a view where it can be, and one pass where it cannot.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray
from PIL import Image

from ..shared.geometry import Box, Size
from ..shared.i18n import say

Pixels: TypeAlias = NDArray[np.uint8]
"""uint8 (height, width, 4): RGBA, straight alpha, sRGB."""
Coverage: TypeAlias = NDArray[np.uint8]
"""uint8 (height, width): 0 not selected .. 255 fully selected."""
Buffer: TypeAlias = "bytes | bytearray | memoryview | NDArray[np.uint8]"
Order = Literal["RGBA", "BGRA", "L"]

STRIP = 128  # rows worked on at a time: a strip of a 4096 px canvas stays in the processor's cache


def strips(height: int, rows: int = STRIP) -> Iterator[slice]:
    """The rows 0..height in slices of at most `rows`."""
    for top in range(0, height, rows):
        yield slice(top, min(top + rows, height))


def view(buffer: Buffer, size: Size, order: Order = "RGBA") -> Pixels | Coverage:
    """The host's bytes as an array, top row first, without padding: (h, w, 4), or (h, w) for order "L".

    RGBA and L share memory with `buffer` and are read-only; BGRA is swapped into a new array, so crop first
    (`crop` takes the buffer itself) where only a part is wanted. ValueError when the length is wrong.
    """
    return _in_order(_shaped(buffer, size, order), order)


def crop(
    source: Buffer, canvas: Size, box: Box, order: Order = "RGBA", size: Size | None = None
) -> Pixels | Coverage:
    """The part of a canvas in `box`: (h, w, 4), or (h, w) for order "L"; scaled to `size` where given.

    `source` is the host's bytes, or an array (h, w[, 4]) of the canvas. Outside the canvas the result is transparent.
    The answer is a read-only view when nothing has to change; copy it before writing.
    """
    whole = _shaped(source, canvas, order)
    seen = box.intersect(Box.of(canvas))
    part = whole[seen.y : seen.bottom, seen.x : seen.right]
    if seen != box:
        part = _on_empty(part, seen.moved(-box.x, -box.y), box.size)
    # Scaled first and swapped after: a resampler does not care what its first three channels are called.
    return _in_order(part if size is None else resize(part, size), order)


def packed(pixels: Pixels | Coverage, order: Order = "RGBA") -> memoryview:
    """The array as the bytes a host takes, top row first; copied only when it must be."""
    return np.ascontiguousarray(_in_order(pixels, order)).data.cast("B")


def _shaped(source: Buffer, size: Size, order: Order) -> NDArray[np.uint8]:
    shape = (size.height, size.width) if order == "L" else (size.height, size.width, 4)
    flat = source if isinstance(source, np.ndarray) else np.frombuffer(source, np.uint8)
    shared = flat.reshape(shape).view()
    shared.flags.writeable = False
    return shared


def _in_order(array: NDArray[np.uint8], order: Order) -> NDArray[np.uint8]:
    return _swapped(array) if order == "BGRA" else array


def _swapped(pixels: Pixels) -> Pixels:
    """Red and blue exchanged, in a new array: byte-reversed words rotated, a strip at a time (2.5x plain indexing)."""
    source = words(pixels)
    out = np.empty(source.shape, "<u4")
    for rows in strips(len(out), 64):
        reversed_words = source[rows].byteswap()
        np.right_shift(reversed_words, 8, out=out[rows])
        reversed_words <<= 24
        out[rows] |= reversed_words
    return out.view(np.uint8).reshape(pixels.shape)


def words(pixels: Pixels) -> NDArray[np.uint32]:
    """Each pixel as one number, (h, w): alpha is the highest byte, red the lowest. Shares memory where it can."""
    if pixels.strides[1:] != (4, 1):
        pixels = np.ascontiguousarray(pixels)
    numbers: NDArray[np.uint32] = pixels.view("<u4")[..., 0]
    return numbers


def _on_empty(part: NDArray[np.uint8], at: Box, size: Size) -> NDArray[np.uint8]:
    out = np.zeros((size.height, size.width, *part.shape[2:]), np.uint8)
    out[at.y : at.bottom, at.x : at.right] = part
    return out


def opaque(pixels: Pixels) -> bool:
    """True when every alpha is 255."""
    numbers = words(pixels)
    return all(int(np.bitwise_and.reduce(numbers[rows], axis=None)) >> 24 == 255 for rows in strips(len(numbers), 1024))


def as_image(array: NDArray[np.uint8], mode: str = "") -> Image.Image:
    """A Pillow image on the array's own memory, without a copy: (h, w) L, (h, w, 4) RGBA, or RGBX to ignore alpha."""
    mode = mode or ("L" if array.ndim == 2 else "RGBA")
    height, width = array.shape[:2]
    row = width * (1 if array.ndim == 2 else 4)
    if array.strides[1:] != ((1,) if array.ndim == 2 else (4, 1)) or array.strides[0] < row:
        array = np.ascontiguousarray(array)
    stride = max(array.strides[0], row)
    # Pillow asks for whole strides but reads only `row` bytes of each, so the last one may run past the canvas.
    memory = as_strided(array, (height * stride,), (1,), writeable=False)
    return Image.frombuffer(mode, (width, height), memory, "raw", mode, stride, 1)


def as_array(image: Image.Image) -> NDArray[np.uint8]:
    """A Pillow image of mode L, RGB, RGBX or RGBA as an array of its own: (h, w) for L, else (h, w, 4).

    Alpha comes from the mode alone: 255 everywhere but for RGBA. ValueError for any other mode.
    """
    raw = {"L": "L", "RGB": "RGBX", "RGBX": "RGBX", "RGBA": "RGBA"}.get(image.mode)
    if raw is None:
        raise ValueError(say("no array is made of the pixel mode {mode}", mode=image.mode))
    width, height = image.size
    out = np.empty((height, width) if raw == "L" else (height, width, 4), np.uint8)
    for rows in strips(height):
        part = image.crop((0, rows.start, width, rows.stop)).tobytes("raw", raw)
        out[rows] = np.frombuffer(part, np.uint8).reshape(out[rows].shape)
        if raw == "RGBX":
            out[rows, :, 3] = 255  # Pillow promises nothing about this byte, and many operations leave 0 in it
    return out


def resize(array: NDArray[np.uint8], size: Size) -> NDArray[np.uint8]:
    """The array at `size`; the array itself when it has it.

    Works on Pixels (colours weighted by their alpha, so that hidden colour does not bleed) and on Coverage. A shrink
    by a whole number averages squares, which is many times faster than Lanczos and as good there.
    """
    height, width = array.shape[:2]
    if (width, height) == tuple(size):
        return array
    flat = array.ndim == 3 and opaque(array)
    return as_array(_scaled(as_image(array, "RGBX" if flat else ""), size))


def _scaled(image: Image.Image, size: Size) -> Image.Image:
    times = _whole_shrink(image.size, size)
    if times > 1:
        right, bottom = min(image.width, times * size.width), min(image.height, times * size.height)
        return image.reduce(times, (0, 0, right, bottom))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _whole_shrink(source: tuple[int, int], size: Size) -> int:
    """The k for which `size` is `source` / k, rounded up or down; 0 when there is none."""
    times = round(source[0] / size.width)
    pairs = zip(source, size, strict=True)
    return times if times and all(side // times <= new <= -(-side // times) for side, new in pairs) else 0


def mirror_pad(array: NDArray[np.uint8], size: Size) -> NDArray[np.uint8]:
    """The array continued by mirroring at its right and bottom edges, as often as it takes, until it has `size`."""
    height, width = array.shape[:2]
    pads = [(0, max(0, size.height - height)), (0, max(0, size.width - width)), (0, 0)]
    return np.pad(array, pads[: array.ndim], mode="symmetric")
