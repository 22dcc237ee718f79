"""BMP files whose channels lie where masks say so, of which Pillow knows a few and drops the transparency of some.

Source: BITMAPV5HEADER and BITMAPINFOHEADER, learn.microsoft.com/windows/win32/api/wingdi.
"""

from __future__ import annotations

import struct
from io import SEEK_END
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from ..shared.geometry import Size
from .decode import check_size
from .pixels import Pixels, strips

_BITFIELDS = {3, 6}
_HEAD = 70
# Of 32 bits and masks behind the usual word: what Pillow reads to the number, in a tenth of the time.
_PILLOWS = {
    (0xFF0000, 0xFF00, 0xFF, 0),
    (0xFF000000, 0xFF0000, 0xFF00, 0),
    (0xFF000000, 0xFF00, 0xFF, 0),
    (0xFF000000, 0xFF0000, 0xFF00, 0xFF),
    (0xFF, 0xFF00, 0xFF0000, 0xFF000000),
    (0xFF0000, 0xFF00, 0xFF, 0xFF000000),
    (0xFF000000, 0xFF00, 0xFF, 0xFF0000),
}
_LENGTHS = {40, 52, 56, 108, 124}  # of headers that Pillow takes


def masked(file: BinaryIO, most: int) -> Image.Image | None:
    """The picture of a BMP with masks, of at most `most` px², not decoded yet; None for any other, which Pillow reads.

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
    if file.seek(0, SEEK_END) < start + _across(width, bits) * abs(height):
        raise ValueError("image file is truncated")
    masks = struct.unpack_from("<4I", head, 54)
    # The plain header is followed by three masks, and only what came after it has room for a fourth.
    masks = (*masks[:3], masks[3] if length >= 56 or packed == 6 else 0)
    if bits == 32 and packed == 3 and length in _LENGTHS and masks in _PILLOWS:
        return None
    file.seek(0)
    return _MaskedPicture(file, Size(width, height), start, bits, masks)


class _MaskedPicture(ImageFile.ImageFile):
    """Such a file; a picture of negative height lies with its first row on top."""

    format = "BMP"

    def __init__(self, file: BinaryIO, size: Size, start: int, bits: int, masks: tuple[int, ...]) -> None:
        self._laid = size, start, bits, masks
        super().__init__(file)

    def _open(self) -> None:
        (width, height), start, bits, masks = self._laid
        self._mode = "RGBA" if masks[3] else "RGB"
        self._size = width, abs(height)
        file: Any = self.fp
        file.seek(38)
        self.info["dpi"] = tuple(number / 39.3701 for number in struct.unpack("<2i", file.read(8)))
        tiles: Any = [("recraft_masks", (0, 0, *self._size), start, (bits, masks, height > 0))]
        self.tile = tiles


class _Decoder(ImageFile.PyDecoder):
    """The numbers of the file to channels, a strip at a time."""

    _pulls_fd = True

    def decode(self, buffer: Any) -> tuple[int, int]:  # noqa: ARG002 - the file is read instead
        """Fill the image. Raises ValueError when the file is cut short."""
        bits, masks, flipped = self.args
        width, height = self.state.xsize, self.state.ysize
        for rows in strips(height):
            count = rows.stop - rows.start
            data = self.fd.read(_across(width, bits) * count)  # type: ignore[union-attr]
            if len(data) < _across(width, bits) * count:
                raise ValueError("image file is truncated")
            pixels = _pixels(np.frombuffer(data, f"<u{bits // 8}").reshape(count, -1)[:, :width], masks)
            top = height - rows.stop if flipped else rows.start
            raw = Image._getdecoder(self.mode, "raw", "RGBA" if masks[3] else "RGBX", (0, -1 if flipped else 1))  # noqa: SLF001
            raw.setimage(self.im, (0, top, width, top + count))
            raw.decode(pixels.tobytes())
        return -1, 0


Image.register_decoder("recraft_masks", _Decoder)


def _across(width: int, bits: int) -> int:
    """Bytes of a row."""
    return (width * bits + 31) // 32 * 4


def _pixels(numbers: NDArray[np.unsignedinteger], masks: tuple[int, ...]) -> Pixels:
    pixels = np.zeros((*numbers.shape, 4), np.uint8)
    pixels[..., 3] = 255
    for channel, mask in enumerate(masks):
        if mask:
            pixels[..., channel] = _channel(numbers, mask)
    return pixels


def _channel(numbers: NDArray[np.unsignedinteger], mask: int) -> NDArray[np.uint8]:
    """The numbers under a mask as 0..255."""
    shift = (mask & -mask).bit_length() - 1
    top = mask >> shift
    values = ((numbers & np.uint32(mask)) >> np.uint32(shift)).astype(np.float64)
    scaled: NDArray[np.uint8] = np.floor(values * (255 / top) + 0.5).clip(0, 255).astype(np.uint8)
    return scaled
