"""What a picture file carries beside its pixels, taken from one file and written into another of any kind.

EXIF (CIPA DC-008), IPTC-IIM, XMP. What a camera or an editor wrote stays, places and names included; only what would
be untrue of the new picture, or show the old one, goes.
"""

from __future__ import annotations

import struct
import zlib
from contextlib import suppress
from typing import Any, BinaryIO, NamedTuple

from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2, TiffImageFile

from ..shared.geometry import Size
from . import exif as exifs
from .png import chunk
from .tifffacts import raw_tag
from .xmp import Statement, stated

MAX_SEGMENT = 65_533 - 64  # bytes of one segment of a JPEG, less what stands before them
_IIM, _RESOURCE_XMP = 0x0404, 0x0424  # of Photoshop's image resources
_TIFF_XMP, _TIFF_IIM = 700, 33723
# Of a TIFF's own tags those that describe what the picture shows, not how its file is laid out.
_DESCRIBING = (270, 271, 272, 305, 306, 315, 316, 33432, 18246, 18249, 40091, 40092, 40093, 40094, 40095)
_INNER = (34665, 34853, 40965)  # EXIF, GPS, interoperability


class Carried(NamedTuple):
    """Three blocks as a file holds them, b"" for none: `exif` with its prefix, `xmp` a packet, `iptc` IIM records."""

    exif: bytes = b""
    xmp: bytes = b""
    iptc: bytes = b""

    @property
    def says_where(self) -> bool:
        """True when it tells where the picture was taken."""
        held = Image.Exif()
        with suppress(Exception):  # damaged EXIF tells nothing
            held.load(self.exif)
            return bool(held.get_ifd(_INNER[1])) or b":GPSLatitude" in self.xmp
        return b":GPSLatitude" in self.xmp


DAMAGED = "The picture's EXIF data are damaged and were not kept."


def carried_by(image: Image.Image, file: BinaryIO | None = None) -> Carried:
    """The blocks of a Pillow image, opened from `file` where it was; to be asked once it is loaded."""
    info = image.info
    if isinstance(image, TiffImageFile) and file is not None:
        return of_tiff(file)
    exif = _bytes(info.get("exif")) or _raw_profile(info, "exif") or _raw_profile(info, "APP1")
    if not exif and isinstance(info.get("exif"), Image.Exif):
        exif = info["exif"].tobytes()
    resources = _resources(image)
    xmp = _bytes(info.get("xmp")) or _bytes(info.get("XML:com.adobe.xmp")) or _bytes(resources.get(_RESOURCE_XMP))
    iptc = _bytes(resources.get(_IIM)) or _iim_of(_raw_profile(info, "iptc") or _raw_profile(info, "8bim"))
    if exif and not exif.startswith(exifs.PREFIX):
        exif = exifs.PREFIX + exif
    return Carried(exif, xmp or _raw_profile(info, "xmp"), iptc)


def of_tiff(file: BinaryIO) -> Carried:
    """The blocks of a TIFF."""
    held = Image.Exif()
    with suppress(Exception):  # damaged directories raise whatever they like; then there is nothing to keep
        exif = Image.Exif()
        file.seek(0)
        exif.load_from_fp(file)
        for number in _DESCRIBING:
            if number in exif:
                held[number] = exif[number]
        for number in _INNER[:2]:
            inner = exif.get_ifd(number)
            if inner:
                held[number] = {tag: value for tag, value in inner.items() if tag not in _INNER}
    return Carried(_tobytes(held), raw_tag(file, _TIFF_XMP), raw_tag(file, _TIFF_IIM))


def of_resources(blocks: dict[int, bytes]) -> Carried:
    """The blocks of a Photoshop file, among its image resources."""
    return Carried(b"", blocks.get(_RESOURCE_XMP, b""), blocks.get(_IIM, b""))


def _tobytes(held: Image.Exif) -> bytes:
    with suppress(Exception):  # as above: tags of a type that Pillow cannot write
        return held.tobytes() if len(held) else b""
    return b""


def brought_up_to_date(held: Carried, says: Statement | None, size: Size, *, srgb: bool) -> tuple[Carried, str]:
    """What the picture that was made of it carries, and a note for people, or ""."""
    note = ""
    try:
        exif = exifs.brought_up_to_date(held.exif, size, srgb=srgb)
    except ValueError:
        exif, note = b"", DAMAGED
    return Carried(exif, stated(held.xmp, says, size), held.iptc), note


def png_chunks(held: Carried) -> list[bytes]:
    """The chunks of a PNG: eXIf and iTXt; IIM has no chunk of its own and goes as ImageMagick and ExifTool have it."""
    out = [chunk(b"eXIf", held.exif.removeprefix(exifs.PREFIX))] if held.exif else []
    out += [chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0", held.xmp)] if held.xmp else []
    if held.iptc:
        records = _as_resource(held.iptc)
        text = f"\niptc\n{len(records):8}\n{records.hex()}\n".encode()
        out.append(chunk(b"zTXt", b"Raw profile type iptc\0\0", zlib.compress(text)))
    return out


def jpeg_options(held: Carried) -> dict[str, Any]:
    """Pillow's options; what does not fit into a segment of a JPEG is left out."""
    extra = _as_segment(held.iptc) if held.iptc else b""
    blocks = {"exif": held.exif, "xmp": held.xmp}
    return {name: data for name, data in {**blocks, "extra": extra}.items() if data and len(data) <= MAX_SEGMENT}


def webp_options(held: Carried) -> dict[str, Any]:
    """Pillow's options."""
    return {name: data for name, data in (("exif", held.exif), ("xmp", held.xmp)) if data}


def into_tiff(data: bytes, held: Carried) -> bytes:
    """A TIFF, as Pillow writes one, with the blocks in its first directory.

    They go behind it, with a directory that takes the place of the first: libtiff, which compresses, writes none inside
    another.
    """
    added = tiff_directory(held, data[:8])
    if not len(added):
        return data
    block = added.tobytes(len(data))
    entries = sorted((*entries_of(data, struct.unpack_from("<I", data, 4)[0]), *entries_of(block, 0)), key=tag_of)
    both = data + block + b"\0" * (len(block) % 2)
    head = both[:4] + struct.pack("<I", len(both)) + both[8:]
    return head + struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)


def tiff_directory(held: Carried, head: bytes = b"II*\0\0\0\0\0") -> ImageFileDirectory_v2:
    """The blocks as tags of a TIFF's directory; `head` are the first eight bytes of the TIFF."""
    added = ImageFileDirectory_v2(head)
    for number, block in ((_TIFF_XMP, held.xmp), (_TIFF_IIM, held.iptc)):
        if block:
            added[number] = block
            added.tagtype[number] = 1 if number == _TIFF_XMP else 7
    with suppress(Exception):  # of a block that Pillow cannot read nothing is kept
        for number, value in _directories(held.exif).items():
            added[number] = value
    return added


# --- taking ----------------------------------------------------------------------------------------------------------


def _bytes(value: Any) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    if isinstance(value, tuple) and all(isinstance(one, int) for one in value):
        return bytes(one & 255 for one in value)
    return bytes(value) if isinstance(value, (bytes, bytearray)) else b""


def _resources(image: Image.Image) -> dict[int, Any]:
    """Photoshop's image resources, of a JPEG or a PSD."""
    listed = getattr(image, "resources", None)  # of a PSD: (number, name, data)
    resources = {one[0]: one[2] for one in listed} if listed else image.info.get("photoshop")
    return resources if isinstance(resources, dict) else {}


def _raw_profile(info: dict[Any, Any], kind: str) -> bytes:
    """A block that ImageMagick wrote as hexadecimal text into a PNG: a blank line, its kind, its length, its digits."""
    text = info.get(f"Raw profile type {kind}")
    if not isinstance(text, str):
        return b""
    with suppress(ValueError, IndexError):
        return bytes.fromhex("".join(text.split("\n")[3:]))
    return b""


def _iim_of(data: bytes) -> bytes:
    """The IIM records among Photoshop's image resources; `data` itself where it is records already."""
    at = 0
    while data[at : at + 4] == b"8BIM":
        name = data[at + 6] + 1
        start = at + 6 + name + name % 2
        length = int.from_bytes(data[start : start + 4], "big")
        if int.from_bytes(data[at + 4 : at + 6], "big") == _IIM:
            return data[start + 4 : start + 4 + length]
        at = start + 4 + length + length % 2
    return data if data[:1] == b"\x1c" else b""


# --- writing ---------------------------------------------------------------------------------------------------------


def _as_resource(iptc: bytes) -> bytes:
    """Records as one of Photoshop's image resources, without a name."""
    return b"8BIM" + struct.pack(">HHI", _IIM, 0, len(iptc)) + iptc + b"\0" * (len(iptc) % 2)


def _as_segment(iptc: bytes) -> bytes:
    data = b"Photoshop 3.0\0" + _as_resource(iptc)
    return b"\xff\xed" + struct.pack(">H", len(data) + 2) + data if len(data) < MAX_SEGMENT else b""


def entries_of(data: bytes, at: int) -> list[bytes]:
    """The 12 bytes of each tag of a directory of a little-endian TIFF."""
    count = struct.unpack_from("<H", data, at)[0]
    return [data[at + 2 + 12 * index : at + 14 + 12 * index] for index in range(count)]


def tag_of(entry: bytes) -> int:
    """The number of such a tag."""
    return int.from_bytes(entry[:2], "little")


def _directories(exif: bytes) -> dict[int, Any]:
    """What a TIFF's own directory takes of an EXIF block."""
    held = Image.Exif()
    held.load(exif)
    directories: dict[int, Any] = {number: held[number] for number in _DESCRIBING if number in held}
    for number in _INNER[:2]:
        inner = held.get_ifd(number)
        if inner:
            directories[number] = {tag: value for tag, value in inner.items() if tag not in _INNER}
    return directories
