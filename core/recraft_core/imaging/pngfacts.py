"""What a PNG says beside its pixels, and whether all its rows are there. https://www.w3.org/TR/png-3/"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO, NamedTuple

from ..shared.errors import BadPicture
from ..shared.i18n import say
from .png import chunk, is_kept
from .spaces import HDR, TRANSFERS, Corners, Space, coded, stated

NO_END = "The PNG file lacks its end; every row of the picture is there."
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_PIECE = 1 << 20
_LONGEST = 1 << 31


class Facts(NamedTuple):
    """The header of a PNG, and its whole chunks by their names, up to the picture, and its EXIF data."""

    width: int
    height: int
    bits: int
    colour: int
    interlaced: bool
    chunks: dict[bytes, bytes]

    @property
    def row_bits(self) -> int:
        """Bits of one pixel."""
        return self.bits * _CHANNELS[self.colour]

    def key(self) -> tuple[int, ...] | None:
        """The numbers of the colour that is transparent, as deep as the file is; grey and RGB only."""
        data, count = self.chunks.get(b"tRNS", b""), {0: 1, 2: 3}.get(self.colour, 0)
        if not count or len(data) < 2 * count:
            return None
        return struct.unpack_from(f">{count}H", data)


def facts(file: BinaryIO) -> Facts | None:
    """The facts of a PNG file; None where its header makes no sense, which the decoder tells."""
    chunks: dict[bytes, bytes] = {}
    for name, length in _walk(file):
        if name == b"IEND" or length > _LONGEST:
            break
        # Behind the picture only EXIF data says something that is needed.
        if name != b"IDAT" and (b"IDAT" not in chunks or name == b"eXIf"):
            data = file.read(length)
            if is_kept(name, data, file.read(4)):
                chunks.setdefault(name, data)
        elif name == b"IDAT":
            chunks[name] = b""
    header = chunks.get(b"IHDR", b"")
    if len(header) != 13:
        return None
    width, height, bits, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    return Facts(width, height, bits, colour, bool(interlaced), chunks) if colour in _CHANNELS else None


def space_of(png: Facts) -> tuple[Space | None, str]:
    """The colour space that a PNG's chunks state, None for sRGB or a profile; and a note for people, or "".

    cICP comes before iCCP, iCCP before sRGB, sRGB before gAMA and cHRM.
    """
    if outranks_profile(png):
        data = png.chunks[b"cICP"]
        space = coded(data[0], data[1])
        if data[1] in HDR:
            return space, "The picture is HDR; what is brighter than white was clipped."
        return space, "The colours were converted from those that the file names (cICP) to sRGB." if space else ""
    if b"iCCP" in png.chunks or b"sRGB" in png.chunks:
        return None, ""
    space = stated(_gamma(png.chunks.get(b"gAMA", b"")), _corners(png.chunks.get(b"cHRM", b"")))
    return space, "The colours were converted from the gamma or primaries of the file to sRGB." if space else ""


def outranks_profile(png: Facts) -> bool:
    """True when the file names its colours by cICP, so that a profile beside it does not count."""
    data = png.chunks.get(b"cICP", b"")
    return len(data) == 4 and data[1] in TRANSFERS


def _gamma(data: bytes) -> float | None:
    return int.from_bytes(data, "big") / 100000 if len(data) == 4 else None


def _corners(data: bytes) -> Corners | None:
    if len(data) != 32:
        return None
    values = [value / 100000 for value in struct.unpack(">8I", data)]
    white, red, green, blue = zip(values[::2], values[1::2], strict=True)
    corners = (red, green, blue, white)
    return corners if all(y > 0 for _, y in corners) else None


def _walk(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Name and length of each chunk, the file standing at its content."""
    at = 8
    while True:
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return
        length, name = struct.unpack(">I4s", head)
        yield name, length
        if name == b"IEND":
            return
        at += 12 + length


def check_rows(file: BinaryIO, png: Facts) -> None:
    """Raise BadPicture when the picture data ends before the last row.

    Decoders stop there without a word and leave the rest black. To be asked only where the last row looks like that:
    everything is inflated once more.
    """
    wanted = sum(_passes(png))
    length = 0
    for piece in _inflated(file):
        length += piece
        if length >= wanted:
            return
    rows = (
        say("{rows} of {height} rows", rows=_whole_rows(png, length), height=png.height)
        if not png.interlaced
        else say("{found} of {wanted} bytes", found=length, wanted=wanted)
    )
    raise BadPicture(
        say("The PNG picture is cut short: it contains {rows}.", rows=rows),
        remedy="Get the file once more, or save it again as PNG.",
    )


def ended(file: BinaryIO, png: Facts) -> tuple[BinaryIO, str]:
    """The file, or a copy with the end that it lacks, and a note about that. BadPicture when rows are missing."""
    chunks = list(_walk(file))
    if chunks and chunks[-1][0] == b"IEND":
        return file, ""
    check_rows(file, png)
    file.seek(0)
    copy = [file.read(8)]
    for name, length in chunks:
        data, checksum = file.read(8 + length)[8:], file.read(4)
        # Of the picture, which may be cut short, the last row was found; of anything else a part is of no use.
        if name == b"IDAT" or (len(data) == length and is_kept(name, data, checksum)):
            copy.append(chunk(name, data))
    return BytesIO(b"".join([*copy, chunk(b"IEND")])), NO_END


def _passes(png: Facts) -> Iterator[int]:
    """Bytes of each pass of the picture, filter bytes included."""
    for x, y, across, down in _ADAM7 if png.interlaced else ((0, 0, 1, 1),):
        columns, rows = -(-(png.width - x) // across), -(-(png.height - y) // down)
        if columns > 0 and rows > 0:
            yield rows * (1 + -(-columns * png.row_bits // 8))


def _whole_rows(png: Facts, length: int) -> int:
    return length // (1 + -(-png.width * png.row_bits // 8))


def _inflated(file: BinaryIO) -> Iterator[int]:
    """Lengths of what the picture data holds, piece by piece."""
    stream = zlib.decompressobj()
    for name, length in _walk(file):
        data = file.read(length) if name == b"IDAT" else b""
        while data and not stream.eof:
            try:
                yield len(stream.decompress(data, _PIECE))
            except zlib.error:
                return
            data = stream.unconsumed_tail
