"""PNG written fast: one filter for all rows, zlib's run-length strategy, rows shared out to threads.

At 16 megapixels about ten times faster than Pillow at its default level, and a tenth larger. zlib lets go of Python's
lock, so the threads really run side by side. Format: https://www.w3.org/TR/png-3/
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .paged import relaxed
from .pixels import strips

_COLOUR_TYPE = {1: 0, 3: 2, 4: 6}  # channels: grayscale, RGB, RGBA
_ADLER = 65521
_BAND_BYTES = 1 << 20  # below this a further thread costs more than it brings


class _Band(NamedTuple):
    deflated: bytes
    checksum: int
    length: int


def encode_png(array: NDArray[np.uint8], *, chunks: Iterable[bytes] = (), sub: bool = True) -> bytes:
    """An 8-bit PNG of (h, w), (h, w, 3) or (h, w, 4): L, RGB or RGBA.

    `chunks` (see `chunk`) go between header and picture. `sub` stores each pixel as the difference to its left
    neighbour: right for pictures, wrong for masks.
    """
    height, width = array.shape[:2]
    channels = 1 if array.ndim == 2 else array.shape[2]
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPE[channels], 0, 0, 0)
    picture = chunk(b"IDAT", *_zlib_stream(array.reshape(height, width, channels), sub))
    return b"".join([b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", header), *chunks, picture, chunk(b"IEND")])


def write_strips(file: BinaryIO, array: NDArray[np.uint8], *, channels: int, chunks: Iterable[bytes] = ()) -> None:
    """The same for (h, w, 4) pixels of which `channels` are kept, without ever holding more than some rows of them."""
    height, width = array.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPE[channels], 0, 0, 0)
    file.write(b"".join([b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", header), *chunks, chunk(b"IDAT", b"\x78\x01")]))
    rows = list(strips(height, max(1, _BAND_BYTES * 8 // (width * channels))))
    checksum = 1
    for some in rows:
        band = _deflate(np.ascontiguousarray(array[some, :, :channels]), True, some is rows[-1])
        checksum = _joined(checksum, band)
        file.write(chunk(b"IDAT", band.deflated))
        relaxed(array)
    file.write(chunk(b"IDAT", struct.pack(">I", checksum)) + chunk(b"IEND"))


def chunk(kind: bytes, *parts: bytes) -> bytes:
    """One chunk of a PNG: length, kind, content, checksum."""
    checksum = zlib.crc32(kind)
    for part in parts:
        checksum = zlib.crc32(part, checksum)
    return b"".join([struct.pack(">I", sum(map(len, parts))), kind, *parts, struct.pack(">I", checksum)])


def is_kept(kind: bytes, content: bytes, checksum: bytes) -> bool:
    """False for a chunk beside the picture, its name beginning with a small letter, whose checksum is wrong."""
    return not kind[:1].islower() or checksum == struct.pack(">I", zlib.crc32(content, zlib.crc32(kind)))


def resolution_chunk(dpi: tuple[float, float]) -> bytes:
    """The pHYs chunk for `dpi` in px per inch, across and down."""
    across, down = (round(value / 0.0254) for value in dpi)
    return chunk(b"pHYs", struct.pack(">IIB", across, down, 1))


def profile_chunk(icc: bytes) -> bytes:
    """The iCCP chunk for an ICC profile."""
    return chunk(b"iCCP", b"ICC profile\0\0", zlib.compress(icc))


def _zlib_stream(array: NDArray[np.uint8], sub: bool) -> list[bytes]:
    bands = _bands(len(array), array.size)
    last = bands[-1]
    with ThreadPoolExecutor(len(bands)) as pool:
        done = list(pool.map(lambda rows: _deflate(array[rows], sub, rows is last), bands))
    checksum = 1
    for band in done:
        checksum = _joined(checksum, band)
    return [b"\x78\x01", *(band.deflated for band in done), struct.pack(">I", checksum)]


def _bands(height: int, size: int) -> list[slice]:
    count = max(1, min(cpu_count() or 1, 4, size // _BAND_BYTES))
    return list(strips(height, -(-height // count)))


def _deflate(rows: NDArray[np.uint8], sub: bool, last: bool) -> _Band:
    packer = zlib.compressobj(1, zlib.DEFLATED, -15, 9, zlib.Z_RLE if sub else zlib.Z_DEFAULT_STRATEGY)
    parts, checksum, length = [], 1, 0
    for some in strips(len(rows), 64):
        filtered = _filtered(rows[some], sub)
        parts.append(packer.compress(filtered.data))
        checksum = zlib.adler32(filtered.data, checksum)
        length += filtered.size
    # A full flush ends on a whole byte, so that the next band's own stream can follow.
    parts.append(packer.flush(zlib.Z_FINISH if last else zlib.Z_FULL_FLUSH))
    return _Band(b"".join(parts), checksum, length)


def _filtered(rows: NDArray[np.uint8], sub: bool) -> NDArray[np.uint8]:
    count, width, channels = rows.shape
    flat = rows.reshape(count, width * channels)
    out = np.empty((count, 1 + flat.shape[1]), np.uint8)
    out[:, 0] = sub  # filter type: 0 none, 1 sub
    out[:, 1:] = flat
    if sub:
        out[:, 1 + channels :] -= flat[:, :-channels]
    return out


def _joined(before: int, band: _Band) -> int:
    """Adler-32 of two pieces from the checksums of both (as adler32_combine in zlib)."""
    low, high = before & 0xFFFF, before >> 16
    more_low, more_high = band.checksum & 0xFFFF, band.checksum >> 16
    joined_low = (low + more_low - 1) % _ADLER
    joined_high = (high + more_high + band.length * (low - 1)) % _ADLER
    return joined_high << 16 | joined_low
