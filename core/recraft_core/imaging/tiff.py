"""TIFF written by strips, for pictures too large to be held. Format: TIFF 6.0, and Adobe's technical note of 2002."""

from __future__ import annotations

import struct
import zlib
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from ..shared.errors import BadPicture
from ..shared.geometry import Size
from ..shared.i18n import say
from .carried import entries_of, tag_of
from .paged import paged

_DEFLATE, _RGB, _DIFFERENCES, _STRAIGHT_ALPHA = 8, 2, 2, 2
_MOST = (1 << 32) - (1 << 24)  # bytes: places in the file have 32 bits
_ROWS = 64


def write_strips(file: BinaryIO, array: NDArray[np.uint8], *, channels: int, directory: ImageFileDirectory_v2) -> None:
    """A TIFF of (h, w, 4) pixels of which `channels` are kept, 3 or 4, in strips that are deflated one by one.

    `directory` has the tags that are no part of the layout. Raises BadPicture for more than a TIFF can hold.
    """
    height, width = array.shape[:2]
    file.write(struct.pack("<2sHI", b"II", 42, 0))
    at, offsets, counts = 8, [], []
    for rows in paged(array, _ROWS):
        strip = np.array(array[rows, :, :channels])
        strip[:, 1:] -= array[rows, :-1, :channels]
        data = zlib.compress(strip.data, 1)
        offsets.append(at)
        counts.append(len(data))
        at += file.write(data)
        if at > _MOST:
            size = Size(width, height)
            raise BadPicture(
                say("{size} pixels cannot be written as {kind} ({problem}).", size=size, kind="TIFF", problem="> 4 GB"),
                remedy="Use .png.",
            )
    _lay_out(directory, Size(width, height), channels)
    entries = []
    for tag, numbers in ((273, offsets), (279, counts)):  # Pillow's directory would move the offsets
        entries.append(struct.pack("<HHII", tag, 4, len(numbers), at if len(numbers) > 1 else numbers[0]))
        at += file.write(struct.pack(f"<{len(numbers)}I", *numbers))
    at += file.write(bytes(at % 2))
    block = directory.tobytes(at)
    at += file.write(block)
    at += file.write(bytes(at % 2))
    entries = sorted([*entries, *entries_of(block, 0)], key=tag_of)
    file.write(struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4))
    file.seek(4)
    file.write(struct.pack("<I", at))


def _lay_out(directory: ImageFileDirectory_v2, size: Size, channels: int) -> None:
    tags = {256: size.width, 257: size.height, 258: (8,) * channels, 259: _DEFLATE, 262: _RGB,
            277: channels, 278: _ROWS, 284: 1, 317: _DIFFERENCES}  # fmt: skip
    for number, value in tags.items():
        directory[number] = value
    if channels == 4:
        directory[338] = _STRAIGHT_ALPHA
