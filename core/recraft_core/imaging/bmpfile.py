"""BMP files whose channels lie where masks say so, of which Pillow knows a few and drops the transparency of some.

Source: BITMAPV5HEADER and BITMAPINFOHEADER, learn.microsoft.com/windows/win32/api/wingdi.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..shared.geometry import Size
from .decode import check_size
from .pixels import Pixels, as_image, strips

_BITFIELDS = {3, 6}
_HEAD = 70


def masked(file: BinaryIO, most: int) -> Image.Image | None:
    """The picture of a BMP with masks, of at most `most` px²; None for any other, which Pillow reads.

    Raises ValueError for one that is cut short, BadPicture for one that is too large.
    """
    file.seek(0)
    head = file.read(_HEAD)
    if len(head) < _HEAD:
        return None
    start, length, width, height, _, bits, packed = struct.unpack_from("<4xIIiiHHI", head, 6)
    if packed not in _BITFIELDS or bits not in {16, 32} or length < 40 or width <= 0 or not height:
        return None
    check_size(Size(width, abs(height)), most)
    masks = struct.unpack_from("<4I", head, 54)
    # The plain header is followed by three masks, and only what came after it has room for a fourth.
    alpha = masks[3] if length >= 56 or packed == 6 else 0
    pixels = _pixels(file, start, (abs(height), width), bits, (*masks[:3], alpha))
    image = as_image(np.ascontiguousarray(pixels[::-1]) if height > 0 else pixels, "RGBA" if alpha else "RGBX")
    image = image if alpha else image.convert("RGB")
    image.format = "BMP"
    image.info["dpi"] = tuple(number / 39.3701 for number in struct.unpack_from("<2i", head, 38))
    return image


def _pixels(file: BinaryIO, start: int, shape: tuple[int, int], bits: int, masks: tuple[int, ...]) -> Pixels:
    height, width = shape
    across = (width * bits + 31) // 32 * 4
    pixels = np.full((height, width, 4), 255, np.uint8)
    file.seek(start)
    for rows in strips(height):
        count = rows.stop - rows.start
        data = file.read(across * count)
        if len(data) < across * count:
            raise ValueError("image file is truncated")
        numbers = np.frombuffer(data, f"<u{bits // 8}").reshape(count, -1)[:, :width]
        for channel, mask in enumerate(masks):
            if mask:
                pixels[rows, :, channel] = _channel(numbers, mask)
            elif channel < 3:
                pixels[rows, :, channel] = 0
    return pixels


def _channel(numbers: NDArray[np.unsignedinteger], mask: int) -> NDArray[np.uint8]:
    """The numbers under a mask as 0..255."""
    shift = (mask & -mask).bit_length() - 1
    top = mask >> shift
    values = ((numbers & np.uint32(mask)) >> np.uint32(shift)).astype(np.float64)
    scaled: NDArray[np.uint8] = np.floor(values * (255 / top) + 0.5).clip(0, 255).astype(np.uint8)
    return scaled
