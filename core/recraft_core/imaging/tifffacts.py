"""TIFFs that Pillow does not know or reads with fewer bits: float, half, 16 and more bits, odd planes.

The layout is read here; where strips are compressed, libtiff takes them apart as rows of bytes, by way of Pillow.
Source: TIFF 6.0 and its supplements 1 to 3.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from math import isfinite
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2, TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from ..shared.errors import BadPicture
from ..shared.geometry import Size
from ..shared.i18n import say
from .kinds import AS_PNG, RAW

Rows = NDArray[np.uint16] | NDArray[np.float32]

STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_BIG = (b"+\0", b"\0+")
_COLOURS = {0: "L", 1: "L", 2: "RGB", 5: "CMYK", 8: "LAB", 9: "LAB"}
_ICC_LAB = 9
_NONE, _DEFLATE = (1,), (8, 32946)
_BY_LIBTIFF = (5, 32773, 34925, 50000)  # LZW, PackBits, LZMA, ZSTD
_WEBP = 50001  # a WebP file to each strip or tile; the libtiff that comes with Pillow is built without it
_COMPRESSIONS = {
    6: "old-style JPEG", 34712: "JPEG 2000", 33003: "JPEG 2000", 33005: "JPEG 2000", 34887: "LERC",
    34676: "SGI LogLuv", 34677: "SGI LogLuv", 32809: "ThunderScan", 32766: "NeXT", 34661: "JBIG", 22610: "JPEG XR",
    34934: "JPEG XR", 50001: "WebP", 50002: "JPEG XL", 52546: "JPEG XL", 34713: "Nikon's", 65000: "Kodak's",
    34892: "lossy DNG", 7: "JPEG", 2: "fax", 3: "fax", 4: "fax", 34925: "LZMA", 50000: "Zstandard", 5: "LZW",
}  # fmt: skip
_COLOUR_NAMES = {
    3: "palette", 4: "mask", 6: "YCbCr", 10: "ITU Lab", 32803: "sensor", 32844: "LogL", 32845: "LogLuv"
}  # fmt: skip
_REWRITE = "Open it in an editor and save it as PNG, or as TIFF without compression."


@dataclass(frozen=True)
class Layout:
    """How the first picture of a TIFF lies in its file. `colours` is "L", "RGB", "CMYK" or "LAB"; `alpha` "" for
    none, "straight" or "premultiplied"; `block` the width and height of a tile, or of a strip.
    """

    file: BinaryIO
    order: str
    size: Size
    bits: int
    form: int
    samples: int
    colours: str
    alpha: str
    planes: int
    block: Size
    tiled: bool
    tags: dict[int, Any]

    @property
    def channels(self) -> int:
        """Colours and, where there is one, alpha."""
        return {"L": 1, "CMYK": 4}.get(self.colours, 3) + bool(self.alpha)


def tags_of(file: BinaryIO) -> tuple[dict[int, Any], int]:
    """The tags of the picture of a TIFF, each as a number or a tuple of them, and how many others come before it.

    It is the first one, or the first that is no smaller copy of another, where those come before it.
    """
    first = _directory(file)
    if not _is_smaller(first) or 330 in first:  # a camera's raw file is told by its first
        return dict(first), 0
    others = ((dict(one), page) for page, one in enumerate(_directories(file)) if not _is_smaller(one))
    return next(others, (dict(first), 0))


def _is_smaller(directory: ImageFileDirectory_v2) -> bool:
    """Whether it is a smaller copy of another picture of the file, or a mask for one (tags 254 and 255)."""
    return bool(int(directory.get(254, 0)) & 5) or int(directory.get(255, 1)) == 2


def _directories(file: BinaryIO) -> Iterator[ImageFileDirectory_v2]:
    """The directories one after the other, in the same object, as far as they can be read."""
    directory = _before_first(file)
    seen: set[int] = set()
    with suppress(Exception):  # damaged directories raise whatever they like
        while directory.next and directory.next not in seen and len(seen) < 10_000:
            file.seek(directory.next)
            seen.add(directory.next)
            directory.load(file)
            yield directory


def _directory(file: BinaryIO) -> ImageFileDirectory_v2:
    directory = _before_first(file)
    file.seek(directory.next)
    directory.load(file)
    return directory


def _before_first(file: BinaryIO) -> ImageFileDirectory_v2:
    """A directory that has read nothing yet; `next` is where the first one stands."""
    file.seek(0)
    head = file.read(16)
    big = head[2:4] in _BIG
    directory = ImageFileDirectory_v2(head if head[2:3] == b"+" else head[:8])
    if big:
        # Pillow sees that a TIFF is a big one in one of the two orders of bytes only.
        directory._bigtiff = True  # noqa: SLF001
        directory.next = int.from_bytes(head[8:16], "big" if head[:2] == b"MM" else "little")
    return directory


def raw_tag(file: BinaryIO, number: int) -> bytes:
    """The bytes of a tag of the first picture, of whatever type its writer said it was; b"" without one."""
    with suppress(Exception):  # damaged directories raise whatever they like
        return bytes(_directory(file)._tagdata.get(number, b""))  # noqa: SLF001 - what it makes of them warns aloud
    return b""


def check_raw(head: bytes, tags: dict[int, Any]) -> None:
    """Raise BadPicture for a camera's raw file: what lies first in one is a thumbnail."""
    small = int(tags.get(254, 0)) & 1
    if head[8:10] == b"CR" or 50706 in tags or tags.get(262) in {32803, 34892} or (small and 330 in tags):
        raise BadPicture(say("The picture is {kind}.", kind=say(RAW.name)), remedy=RAW.remedy)


def check_compression(tags: dict[int, Any], known: Callable[[int], bool]) -> None:
    """Raise BadPicture that names a compression which cannot be taken apart."""
    number = int(tags.get(259, 1))
    if not known(number):
        name = _COMPRESSIONS.get(number, f"number {number}")
        raise BadPicture(
            say("The TIFF is compressed in a way that is not opened ({name}).", name=name), remedy=_REWRITE
        )


@lru_cache
def unpacks(number: int) -> bool:
    """Whether the libtiff that came with Pillow was built with a compression; of two that depends on the release."""
    name = {34925: "lzma", 50000: "zstd"}.get(number)
    if name is None:
        return True
    try:
        Image.new("L", (1, 1)).save(BytesIO(), "TIFF", compression=name)
    except OSError:
        return False
    return True


def deep_layout(file: BinaryIO, head: bytes, tags: dict[int, Any]) -> Layout | None:
    """The layout of a TIFF to be read here; None for what Pillow reads as well or better."""
    bits, form, photo = _all(tags.get(258, 1)), _all(tags.get(339, 1)), int(tags.get(262, 1))
    samples = int(tags.get(277, len(bits)))
    packed = int(tags.get(259, 1))
    # Of ICC's Lab, and of alpha beside ink and Lab, Pillow knows nothing.
    odd_colours = photo == _ICC_LAB or (photo in {5, 8} and samples > _count(photo))
    # Nor of less than 8 bits in colour, nor of large files in the order of bytes that is not the usual one.
    known = head[:4] != b"MM\0+" and (bits[0] == 8 or (bits[0] in {1, 2, 4} and photo in {0, 1, 3}))
    plain = known and form[0] in {1, 4} and packed != _WEBP and not odd_colours
    if plain or (packed in {2, 3, 4, 6, 7, 34676, 34677} and head[:4] != b"MM\0+"):
        return None
    name = _COLOUR_NAMES.get(photo) if photo not in _COLOURS else ""
    odd = len(set(bits)) != 1 or len(set(form)) != 1 or bits[0] not in _DEPTHS.get(form[0], _DEPTHS[4])
    if name is None or name or odd or samples < _count(photo):
        kind = {3: "float", 5: "complex", 6: "complex"}.get(form[0], "whole-number")
        what = f"{bits[0]}-bit {kind} {name or _COLOURS.get(photo, f'colours of kind {photo}')}"
        raise BadPicture(say("The TIFF contains {what}, which is not opened.", what=what), remedy=AS_PNG)
    check_compression(tags, lambda number: number in (*_NONE, *_DEFLATE, *_BY_LIBTIFF, _WEBP) and unpacks(number))
    return _layout(file, ">" if head[:2] == b"MM" else "<", tags, samples, photo)


# Sample format -> bits: whole numbers, signed ones, floats, "undefined", which is read as whole numbers, and complex
# ones, which are no colours.
_DEPTHS: dict[int, set[int]] = {
    1: {1, 2, 4, 6, 8, 10, 12, 14, 16, 32, 64}, 2: {8, 16, 32, 64}, 3: {16, 32, 64}, 4: {8, 16, 32, 64},
    5: set(), 6: set(),
}  # fmt: skip


def _all(value: Any) -> tuple[int, ...]:
    return tuple(int(one) for one in value) if isinstance(value, tuple) else (int(value),)


def _count(photo: int) -> int:
    return {"L": 1, "CMYK": 4}.get(_COLOURS[photo], 3)


def _layout(file: BinaryIO, order: str, tags: dict[int, Any], samples: int, photo: int) -> Layout:
    size = Size(int(tags[256]), int(tags[257]))
    extra = _all(tags.get(338, ())) if 338 in tags else ()
    first = extra[0] if extra else (2 if photo == 2 and samples == 4 else 0)
    tiled = 322 in tags
    block = Size(int(tags[322]), int(tags[323])) if tiled else Size(size.width, min(int(tags.get(278, size.height)), size.height))  # fmt: skip  # noqa: E501
    if not (size.area and block.area) or samples > 64 or block.area > 1 << 30:
        raise ValueError("no size")
    alpha = {1: "premultiplied", 2: "straight"}.get(first, "") if samples > _count(photo) else ""
    planes = int(tags.get(284, 1))
    bits, form = _all(tags.get(258, 1))[0], _all(tags.get(339, 1))[0]
    return Layout(file, order, size, bits, form, samples, _COLOURS[photo], alpha, planes, block, tiled, tags)


def bands(layout: Layout) -> Iterator[tuple[slice, Rows]]:
    """The picture from top to bottom: which rows, and their numbers (rows, width, channels): 0..65535, or floats."""
    apart = layout.planes == 2 and layout.samples > 1
    planes = [_plane(layout, plane, 1) for plane in range(layout.channels)] if apart else [_plane(layout, 0, layout.samples)]  # fmt: skip  # noqa: E501
    top = 0
    for pieces in zip(*planes, strict=True):
        rows = pieces[0] if len(pieces) == 1 else np.concatenate(pieces, axis=-1)
        yield slice(top, top + len(rows)), _scaled(layout, rows[:, : layout.size.width, : layout.channels])
        top += len(rows)


def _plane(layout: Layout, plane: int, per: int) -> Iterator[NDArray[Any]]:
    """The rows of one plane, or of all of them where they lie together: (rows, at least width, `per`)."""
    across = -(-layout.size.width // layout.block.width)
    down = -(-layout.size.height // layout.block.height)
    for row in range(down):
        left = layout.size.height - row * layout.block.height
        height = layout.block.height if layout.tiled else min(layout.block.height, left)
        first = (plane * down + row) * across
        blocks = [_lines(layout, first + at, height, per) for at in range(across)]
        for parts in zip(*blocks, strict=True):
            joined = parts[0] if across == 1 else np.concatenate(parts, axis=1)
            yield joined[:left]
            left -= len(joined)


def _lines(layout: Layout, index: int, height: int, per: int) -> Iterator[NDArray[Any]]:
    """The rows of one strip or tile, a few at a time: (rows, width of the block, `per`)."""
    length = -(-layout.block.width * per * layout.bits // 8)
    step = height if layout.tiled else 64
    for start, data in _bytes(layout, index, height, length, step):
        raw = np.frombuffer(data, np.uint8)
        count = min(step, height - start)
        if raw.size < count * length:
            raise ValueError(say("row {start} of a strip is missing", start=start))
        yield _numbers(layout, raw[: count * length].reshape(count, length), per)


def _bytes(layout: Layout, index: int, height: int, length: int, step: int) -> Iterator[tuple[int, bytes]]:
    at, size = (_all(layout.tags[name])[index] for name in ((324, 325) if layout.tiled else (273, 279)))
    compression = int(layout.tags.get(259, 1))
    if compression in _NONE:
        for start in range(0, height, step):
            layout.file.seek(at + start * length)
            yield start, _in_bit_order(layout, layout.file.read(min(step, height - start) * length))
        return
    layout.file.seek(at)
    data = _in_bit_order(layout, layout.file.read(size))
    if compression == _WEBP or compression in _BY_LIBTIFF:
        webp = compression == _WEBP
        whole = _by_webp(layout, data, height) if webp else _by_libtiff(data, compression, height, length)
        yield from ((start, whole[start * length : (start + step) * length]) for start in range(0, height, step))
        return
    stream = zlib.decompressobj()
    for start in range(0, height, step):
        strip = b""
        wanted = min(step, height - start) * length
        while len(strip) < wanted and not stream.eof and data:
            strip += stream.decompress(data, wanted - len(strip))
            data = stream.unconsumed_tail
        yield start, strip


def _in_bit_order(layout: Layout, data: bytes) -> bytes:
    return data.translate(_REVERSED) if layout.tags.get(266) == 2 else data


_REVERSED = bytes(int(f"{value:08b}"[::-1], 2) for value in range(256))  # FillOrder 2: the lowest bit comes first


def _by_libtiff(data: bytes, compression: int, height: int, length: int) -> bytes:
    """A compressed strip as `height` rows of `length` bytes: a grey TIFF of that size around the same bytes."""
    rows = {256: length, 257: height, 258: 8, 259: compression, 262: 1, 273: 8, 277: 1, 278: height, 279: len(data)}
    entries = b"".join(struct.pack("<HHII", name, 4, 1, value) for name, value in rows.items())
    pad = b"\0" * (len(data) % 2)
    directory = struct.pack("<H", len(rows)) + entries + struct.pack("<I", 0)
    head = struct.pack("<2sHI", b"II", 42, 8 + len(data) + len(pad))
    with TiffImageFile(BytesIO(b"".join([head, data, pad, directory]))) as image:
        return image.tobytes()


def _by_webp(layout: Layout, data: bytes, height: int) -> bytes:
    """A strip or tile that is a WebP file, as rows of RGB or RGBA; nothing else is so compressed."""
    if (layout.bits, layout.planes) != (8, 1) or layout.samples not in {3, 4}:
        raise ValueError("no pixels that WebP could hold")
    with WebPImageFile(BytesIO(data)) as image:
        if image.size != (layout.block.width, height):
            raise ValueError(
                say("a strip of {width} x {height} pixels where others belong", width=image.width, height=image.height)
            )
        return image.convert("RGB" if layout.samples == 3 else "RGBA").tobytes()


def _numbers(layout: Layout, raw: NDArray[np.uint8], per: int) -> NDArray[Any]:
    """Bytes of whole rows as numbers of the file, its predictor undone: (rows, width, `per`)."""
    predictor = int(layout.tags.get(317, 1))
    if layout.bits % 8:
        return _unpacked(raw, layout.bits, layout.block.width * per).reshape(len(raw), -1, per)
    width = layout.bits // 8
    if predictor == 3:
        planes = np.cumsum(raw.reshape(len(raw), -1, per), axis=1, dtype=np.uint8).reshape(len(raw), width, -1)
        ordered = np.ascontiguousarray(planes.transpose(0, 2, 1))
        return ordered.view(f">f{width}").reshape(len(raw), -1, per)
    whole = np.ascontiguousarray(raw).view(f"{layout.order}u{width}").reshape(len(raw), -1, per)
    if predictor == 2:
        whole = np.cumsum(whole, axis=1, dtype=f"=u{width}")
    kind = {2: "i", 3: "f"}.get(layout.form, "u")
    return whole.view(whole.dtype.newbyteorder(whole.dtype.byteorder).str.replace("u", kind))


def _unpacked(raw: NDArray[np.uint8], bits: int, count: int) -> NDArray[np.uint16]:
    """Numbers of 1 to 14 bits, packed without gaps, highest bit first, rows beginning at whole bytes."""
    single = np.unpackbits(raw, axis=1, count=count * bits).reshape(len(raw), count, bits)
    return (single @ (1 << np.arange(bits, dtype=np.uint16)[::-1])).astype(np.uint16)


def _scaled(layout: Layout, rows: NDArray[Any]) -> Rows:
    """Whole numbers as 0..65535, those of more bits as floats 0..1, negative ones as 0; floats as float32. Min-is-white
    turned.
    """
    if rows.dtype.kind == "f":
        floats = rows.astype(np.float32)
        return 1 - floats if layout.tags.get(262) == 0 else floats
    if layout.colours == "LAB":
        return _lab(rows, layout)
    top = white_of(layout)
    if layout.bits > 16:
        parts: NDArray[np.float32] = (np.maximum(rows, 0) / top).astype(np.float32)
        return 1 - parts if layout.tags.get(262) == 0 else parts
    if layout.bits == 16 and layout.form != 2:
        wide = rows.astype(np.uint16)
    else:
        wide = np.floor(np.maximum(rows, 0) * (65535 / top) + 0.5).clip(0, 65535).astype(np.uint16)
    turned: NDArray[np.uint16] = ~wide if layout.tags.get(262) == 0 else wide
    return turned


def white_of(layout: Layout) -> float:
    """The largest of the whole numbers that the picture may hold; 1 of floats."""
    return 1.0 if layout.form == 3 else float((1 << (layout.bits - (layout.form == 2))) - 1)


def _lab(rows: NDArray[Any], layout: Layout) -> Rows:
    """L*a*b* as 0..65535, the zero of a* and b* at 32896: ICC's have it there, CIE's are signed, 256 to a step."""
    signed = layout.tags.get(262) != _ICC_LAB
    if layout.bits == 8:
        wide: NDArray[np.uint16] = rows.view(np.uint8).astype(np.uint16) * np.uint16(257)
        wide[..., 1:3] ^= 0x8080 if signed else 0
        return wide
    wide = (rows >> np.array(max(0, layout.bits - 16), rows.dtype)).astype(np.uint16)
    if signed:
        colour = (wide[..., 1:3] ^ 0x8000).astype(np.uint32)
        wide[..., 1:3] = np.minimum(colour + (colour >> 8), 65535)
    return wide


def resolution(tags: dict[int, Any]) -> tuple[float, float] | None:
    """Px per inch across and down; None when the file does not tell."""
    per = {2: 1.0, 3: 2.54}.get(int(tags.get(296, 2)))
    try:
        across, down = (float(tags[name]) * (per or 0) for name in (282, 283))
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return (across, down) if all(isfinite(value) and 1 < value < 1e6 for value in (across, down)) else None


def frames_of(file: BinaryIO) -> int:
    """How many pictures a TIFF holds; smaller copies and those further on that cannot be read do not count."""
    return max(1, sum(not _is_smaller(one) for one in _directories(file)))
