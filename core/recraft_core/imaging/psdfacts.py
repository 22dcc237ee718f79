"""The merged picture of a Photoshop file: grey, RGB, ink and Lab of 8 and 16 bits, with its transparency.

Pillow reads 8 bits only, and of the transparency only that beside RGB. Palettes and bitmaps are left to it.
Source: Adobe Photoshop File Formats Specification.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from ..shared.errors import BadPicture
from ..shared.geometry import Size
from .pixels import strips
from .tifffacts import Rows

START = b"8BPS\0\1"
_COLOURS = {1: "L", 3: "RGB", 4: "CMYK", 8: "L", 9: "LAB"}  # 8 is duotone: grey, and inks to print it with
_RAW, _PACKBITS = 0, 1
_ICC = 1039
_VERSION = 1057  # of the file: a number, and whether there is a merged picture
_LAYERS = (b"Lr16", b"Lr32")  # where the layers of deep files are listed
_TRANSPARENT = (b"Mtrn", b"Mt16", b"Mt32")  # "saving merged transparency"
_TOP = 65535
_NEAR = 257  # a level of 8 bits: as far as rounding goes


class Merged(NamedTuple):
    """Where the merged picture lies in its file. `colours` is "L", "RGB", "CMYK" or "LAB", `alpha` tells whether the
    channel behind them is its transparency; `resources` are Photoshop's blocks by number.
    """

    file: BinaryIO
    size: Size
    bits: int
    colours: str
    alpha: bool
    channels: int
    compression: int
    start: int
    resources: dict[int, bytes]

    @property
    def icc(self) -> bytes | None:
        """The colour profile."""
        return self.resources.get(_ICC) or None


def merged(file: BinaryIO) -> Merged | None:
    """The merged picture of a PSD; None for what Pillow reads as well.

    Raises UnidentifiedImageError for depths and compressions that nobody here reads, struct.error for a file cut short,
    BadPicture where none was saved.
    """
    file.seek(0)
    channels, height, width, bits, number = struct.unpack(">12xHIIHH", file.read(26))
    colours = _COLOURS.get(number, "")
    _block(file)  # the palette, or a duotone's inks
    resources = dict(_resources(_block(file)))
    layers = file.tell() + 4, struct.unpack(">I", file.read(4))[0]  # as large as the file: they are not read in
    if layers[1] and resources.get(_VERSION, b"")[4:5] == b"\0":
        # What stands there is a white sheet that says so.
        raise BadPicture(
            "The Photoshop file was saved without the picture of all its layers.",
            remedy="Save it again with “Maximize compatibility”, or as PNG.",
        )
    clear = _transparent(file, *layers)
    file.seek(sum(layers))
    (compression,) = struct.unpack(">H", file.read(2))
    if compression not in {_RAW, _PACKBITS} or (colours and bits not in {8, 16}):
        raise UnidentifiedImageError
    if not colours or channels < _count(colours):
        return None
    # Four channels of RGB are RGBA to every reader, whether the file says so or not.
    alpha = channels > _count(colours) and (clear or (colours, channels) == ("RGB", 4))
    return Merged(file, Size(width, height), bits, colours, alpha, channels, compression, file.tell(), resources)


def _count(colours: str) -> int:
    return {"L": 1, "CMYK": 4}.get(colours, 3)


def _block(file: BinaryIO) -> bytes:
    return file.read(struct.unpack(">I", file.read(4))[0])


def _resources(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each of Photoshop's image resources: a signature, a number, a name, a length."""
    at = 0
    while at + 12 <= len(data):
        name = (data[at + 6] + 2) // 2 * 2
        if at + 10 + name > len(data):
            return
        length = int.from_bytes(data[at + 6 + name : at + 10 + name], "big")
        start = at + 10 + name
        yield int.from_bytes(data[at + 4 : at + 6], "big"), data[start : start + length]
        at = start + length + length % 2


def _transparent(file: BinaryIO, start: int, size: int) -> bool:
    """Whether the first further channel is the merged picture's alpha: a count of layers below zero says so."""
    if size < 6:
        return False
    length, count = struct.unpack(">Ih", file.read(6))
    if length:
        return bool(count < 0)
    file.seek(start + 4)
    at = start + 8 + int.from_bytes(file.read(4), "big")  # behind the mask of all layers
    while at < start + size:
        file.seek(at)
        head = file.read(13)
        if head[:4] not in {b"8BIM", b"8B64"}:
            return False
        if head[4:8] in _TRANSPARENT or (head[4:8] in _LAYERS and head[12:] > b"\x7f"):
            return True
        at += 12 + (int.from_bytes(head[8:12], "big") + 3) // 4 * 4
    return False


# --- its numbers -----------------------------------------------------------------------------------------------------


def bands(psd: Merged) -> Iterator[tuple[slice, Rows]]:
    """The picture from top to bottom: which rows, and their numbers 0..65535, (rows, width, channels).

    Photoshop, GIMP and Krita lay colours on white wherever they are not opaque, ImageMagick, and Krita for all but
    RGB, leave them as they are; Adobe's specification does not say. On white no channel can be darker than white less
    the alpha: where one is, nothing was laid on anything.
    """
    count = _count(psd.colours)
    flat = 1 if psd.colours == "LAB" else count  # of Lab, lightness alone goes from black to white
    white = np.full(count, _TOP) if psd.colours != "LAB" else np.array([_TOP, 128 * 257, 128 * 257])
    laid = psd.alpha and all(_on_white(numbers, flat) for _, numbers in _stored(psd))
    for rows, numbers in _stored(psd):
        bare = _taken_off(numbers, white) if laid else numbers
        if psd.colours == "CMYK":
            bare[..., :4] = ~bare[..., :4]  # stored as light, not as ink
        yield rows, bare


def _on_white(numbers: NDArray[np.uint16], flat: int) -> bool:
    return bool((numbers[..., :flat].min(axis=-1).astype(np.int32) + numbers[..., -1] >= _TOP - _NEAR).all())


def _taken_off(numbers: NDArray[np.uint16], white: NDArray[Any]) -> NDArray[np.uint16]:
    alpha = np.maximum(numbers[..., -1:], 1).astype(np.int64)
    away = (white - numbers[..., :-1].astype(np.int64)) * _TOP
    out = numbers.copy()
    out[..., :-1] = np.clip(white - (away + alpha // 2) // alpha, 0, _TOP)
    return out


def _stored(psd: Merged) -> Iterator[tuple[slice, NDArray[np.uint16]]]:
    """The channels as they lie in the file, one behind the other, a few rows of each at a time."""
    wanted = range(_count(psd.colours) + psd.alpha)
    places = _places(psd)
    for rows in strips(psd.size.height):
        planes = [_plane(psd, rows, places[at * psd.size.height :]) for at in wanted]
        yield rows, np.stack(planes, axis=-1)


def _places(psd: Merged) -> NDArray[np.int64]:
    """Where each row of each channel begins, and where the last one ends."""
    count = psd.channels * psd.size.height
    if psd.compression == _RAW:
        return psd.start + np.arange(count + 1, dtype=np.int64) * (psd.size.width * psd.bits // 8)
    psd.file.seek(psd.start)
    lengths = np.frombuffer(psd.file.read(2 * count), ">u2", count)
    return psd.start + 2 * count + np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])


def _plane(psd: Merged, rows: slice, places: NDArray[np.int64]) -> NDArray[np.uint16]:
    begin, end = int(places[rows.start]), int(places[rows.stop])
    psd.file.seek(begin)
    across, down = psd.size.width * psd.bits // 8, rows.stop - rows.start
    how = "packbits" if psd.compression == _PACKBITS else "raw"
    image = Image.frombytes("L", (across, down), psd.file.read(end - begin), how, "L")
    plane = np.asarray(image)
    return plane.view(">u2").astype(np.uint16) if psd.bits == 16 else plane.astype(np.uint16) * 257
