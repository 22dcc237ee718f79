"""A picture file up to its pixels: its kind, its size as shown, and who is to decode it. Nothing is decoded yet."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from threading import RLock
from typing import Any, BinaryIO

from PIL import Image, TiffImagePlugin, UnidentifiedImageError
from PIL.TiffImagePlugin import COMPRESSION_INFO, TiffImageFile

from ..shared.errors import BadPicture
from ..shared.geometry import Size
from ..shared.i18n import say
from . import bmpfile, jp2facts, jpegfacts, jxlfacts, pngfacts, psdfacts, tifffacts
from .decode import READERS, check_size, sniff
from .kinds import AS_PNG, FILM, HEIF, JXL, FileKind, kind_of
from .sources import Opened

MAX_PIXELS = 400_000_000  # a square of 20 000 px, 1.6 GB as pixels
# Raster kinds Pillow decodes by itself. EPS, PDF and WMF would start other programs.
_FURTHER = ("AVIF", "BMP", "DDS", "GIF", "ICO", "JPEG2000", "PCX", "PPM", "PSD", "QOI", "SGI", "TGA")
# Of TIFF's tag 262, for people.
_COLOURS = {0: "grey", 1: "grey", 2: "RGB", 3: "a palette", 5: "inks", 6: "YCbCr", 8: "CIE Lab", 9: "ICC Lab"}
_CAP = RLock()


@dataclass
class Header:
    """What a file says before its pixels. `size` is as shown, `turn` the EXIF orientation that leads there, 1 to 8.

    Either `image` decodes it, which is Pillow's, or `layout`, or `merged`. `notes` are sentences for people.
    """

    size: Size
    turn: int = 1
    image: Image.Image | None = None
    layout: tifffacts.Layout | None = None
    merged: psdfacts.Merged | None = None
    png: pngfacts.Facts | None = None
    file: BinaryIO | None = None
    notes: list[str] = field(default_factory=list)


@contextmanager
def uncapped() -> Iterator[None]:
    """Pillow's own limits lifted, which differ from kind to kind; `check_size` takes their place.

    Its warnings about tags of an unusual type say nothing that a person could act upon.
    """
    with _CAP, warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning, module="PIL")
        before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = before


def header_of(source: Opened) -> Header:
    """The header of a picture file. Raises BadPicture for what cannot be opened, by the name of its kind, and for what
    has more than MAX_PIXELS px.
    """
    head = source.head()
    kind = sniff(head)
    if kind == "svg":
        raise BadPicture(
            say("{name} is an SVG drawing, which has no pixels.", name=source.name), remedy="Export it as PNG first."
        )
    if head[:4] in tifffacts.STARTS:
        return _tiff(source, head)
    if kind == "jpeg":
        return _jpeg(source, head)
    psd = _merged(source, head) if head.startswith(psdfacts.START) else None
    if psd:
        check_size(psd.size, MAX_PIXELS)
        return Header(psd.size, merged=psd, file=source.file)
    png = pngfacts.facts(source.file) if kind == "png" else None
    source.file.seek(0)
    image = _image(source, head, READERS.get(kind))
    if image.format == "JPEG2000" and image.mode != "I;16":
        jp2facts.check_depth(source)
    if png and b"eXIf" in png.chunks:
        image.info.setdefault("exif", b"Exif\0\0" + png.chunks[b"eXIf"])
    header = header_of_image(image)
    header.file, header.png = source.file, png
    if png:
        _end(header, png)
        _scale_key(header)
    return header


def header_of_image(image: Image.Image) -> Header:
    """The header of a Pillow image."""
    turn = _turn(image)
    size = _turned(Size(*getattr(image, "_tile_size", image.size)), turn)
    check_size(size, MAX_PIXELS)
    return Header(size, turn, image)


def _image(source: Opened, head: bytes, reader: Callable[[BinaryIO], Image.Image] | None) -> Image.Image:
    if kind_of(head) is JXL and jxlfacts.is_animation(source.file):
        raise BadPicture(
            say("{name} is an animation in JPEG XL, which is not opened here.", name=source.name), remedy=FILM.remedy
        )
    try:
        return reader(source.file) if reader else _further(source.file, kind_of(head))
    except UnidentifiedImageError as unknown:
        raise _not_opened(source, head) from unknown


def _merged(source: Opened, head: bytes) -> psdfacts.Merged | None:
    try:
        return psdfacts.merged(source.file)
    except UnidentifiedImageError as unknown:
        raise _not_opened(source, head) from unknown


def _not_opened(source: Opened, head: bytes) -> BadPicture:
    kind = kind_of(head)
    if kind is None:
        what = say("{name} is not a kind of picture that can be opened.", name=source.name)
        return BadPicture(what, remedy=AS_PNG)
    if kind.pillow in Image.OPEN:
        what = say("{name} is {kind}, and is damaged or cut short.", name=source.name, kind=say(kind.name))
        return BadPicture(what, remedy="Copy or download it again.")
    return BadPicture(
        say("{name} is {kind}, which is not opened here.", name=source.name, kind=say(kind.name)), remedy=kind.remedy
    )


def _further(file: BinaryIO, kind: FileKind | None) -> Image.Image:
    file.seek(0)
    bitmap = bmpfile.masked(file, MAX_PIXELS) if file.read(2) == b"BM" else None
    if bitmap:
        return bitmap
    file.seek(0)
    Image.init()
    formats: tuple[str, ...] = _FURTHER
    if kind is HEIF or kind is JXL:
        _plugged(kind.pillow)
        formats = (kind.pillow,)
    return Image.open(file, formats=[name for name in formats if name in Image.OPEN])


def _plugged(kind: str) -> None:
    """Register Pillow's plug-in for a kind, where it is installed."""
    with suppress(ImportError):
        if kind == "HEIF":
            import_module("pillow_heif").register_heif_opener()
        else:
            import_module("pillow_jxl")  # importing it registers it


def _tiff(source: Opened, head: bytes) -> Header:
    tags, page = tifffacts.tags_of(source.file)
    tifffacts.check_raw(head, tags)
    layout = tifffacts.deep_layout(source.file, head, tags)
    turn = tags.get(274, 1)
    turn = turn if turn in range(1, 9) else 1
    if layout:
        size = _turned(layout.size, turn)
        check_size(size, MAX_PIXELS)
        return Header(size, turn, layout=layout, file=source.file)
    tifffacts.check_compression(tags, lambda number: number in COMPRESSION_INFO and tifffacts.unpacks(number))
    source.file.seek(0)
    with _named(tags), _through_libtiff(wanted=tags.get(262) == 6):
        image = TiffImageFile(source.file)
        if page:
            image.seek(page)
    size = _turned(Size(int(tags[256]), int(tags[257])), turn)
    check_size(size, MAX_PIXELS)
    return Header(size, 1, image, file=source.file)  # Pillow turns a TIFF by itself


@contextmanager
def _through_libtiff(*, wanted: bool) -> Iterator[None]:
    """YCbCr without compression is read by libtiff too: Pillow's own way knows no ReferenceBlackWhite and takes
    fewer colours than pixels for a cut short file.
    """
    with _CAP:
        before, TiffImagePlugin.READ_LIBTIFF = TiffImagePlugin.READ_LIBTIFF, wanted
        try:
            yield
        finally:
            TiffImagePlugin.READ_LIBTIFF = before


@contextmanager
def _named(tags: dict[int, Any]) -> Iterator[None]:
    """A combination of colours and bits that Pillow does not know is told as such: the file is not damaged."""
    try:
        yield
    except (SyntaxError, KeyError) as unknown:
        held = tags.get(258, 1)
        bits = held if isinstance(held, tuple) else (held,)
        colours = _COLOURS.get(tags.get(262, -1), "colours of an unknown kind")
        what = say(
            "The TIFF contains {colours} in {count} channels of {bits} bits, which is not opened.",
            colours=colours,
            count=len(bits),
            bits=bits[0],
        )
        raise BadPicture(what, remedy=AS_PNG) from unknown


def _jpeg(source: Opened, head: bytes) -> Header:
    jpegfacts.check_kind(head)
    source.file.seek(0)
    header = header_of_image(READERS["jpeg"](source.file))
    file, note = jpegfacts.ended(source.file)
    if note:
        header.image, header.notes = READERS["jpeg"](file), [note]
    header.file = file
    return header


def _end(header: Header, png: pngfacts.Facts) -> None:
    """A PNG that lacks its end, though none of its rows, is opened anew with one."""
    file, note = pngfacts.ended(header.file, png) if header.file else (None, "")
    if note and file and header.image:
        image, header.file, header.notes = READERS["png"](file), file, [note]
        image.info.update(header.image.info)
        header.image = image


def _scale_key(header: Header) -> None:
    """Grey of 1, 2 or 4 bits is spread to 8 by Pillow, but not the number of it that is transparent."""
    key, image = header.png.key() if header.png else None, header.image
    if key and image is not None and header.png and header.png.colour == 0 and header.png.bits < 8:
        image.info["transparency"] = key[0] * 255 // ((1 << header.png.bits) - 1)


def _turn(image: Image.Image) -> int:
    try:
        # A PNG's own getexif decodes the picture to look behind it, which `pngfacts` does without.
        turn = Image.Image.getexif(image).get(0x0112, 1)
    except Exception:  # noqa: BLE001 - broken EXIF raises whatever it likes; viewers then show the picture as it lies
        return 1
    return turn if turn in range(1, 9) else 1


def _turned(size: Size, turn: int) -> Size:
    return Size(size.height, size.width) if turn >= 5 else size
