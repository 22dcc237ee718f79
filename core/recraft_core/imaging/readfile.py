"""Picture files as pixels, and pixels as picture files. Reading is in `reading` and `masks`, writing is here.

With `sources`, the only one of the imaging rooms that touches the disk.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ..shared.errors import BadOption, BadPicture, StorageTrouble
from ..shared.geometry import Box, Size
from ..shared.i18n import say
from . import carried, tiff
from .colour import is_srgb, srgb_profile
from .compose import over
from .masks import Selection, read_coverage, read_mask
from .opening import MAX_PIXELS
from .paged import paged
from .pixels import Pixels, as_image, opaque
from .png import encode_png, profile_chunk, resolution_chunk, write_strips
from .reading import Source, read_picture
from .sources import Opened, PictureLike, is_pixels, opened
from .xmp import Statement

__all__ = [
    "ENDINGS",
    "LARGEST",
    "MAX_PIXELS",
    "Opened",
    "PictureLike",
    "Selection",
    "Source",
    "is_pixels",
    "opened",
    "read_coverage",
    "read_mask",
    "read_picture",
    "write_large",
    "write_picture",
]


def write_picture(
    path: str | os.PathLike[str],
    pixels: Pixels,
    *,
    like: Source | None = None,
    native: bool = False,
    says: Statement | None = None,
) -> str:
    """Write a picture file, its kind by the suffix: .png, .jpg, .webp, .tif, .avif. Gives a note for people, or "".

    Whole or not at all: it is written beside `path` and then takes its name. PNG, WebP and TIFF are lossless, JPEG is
    quality 95 on white. Keeps the resolution of `like`; tags the file as sRGB where `like` had a profile, or with that
    very profile when the pixels are `native` to it. Keeps what `like` carried (EXIF, IPTC, XMP), and says in XMP how
    the picture was made where `says` does.
    Raises BadOption for another suffix, StorageTrouble when it cannot be written.
    """
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix not in _WRITERS:
        raise BadOption(
            say("{name} does not say what kind of picture to write.", name=target.name),
            remedy=say("Give a name that ends in one of {endings}.", endings=", ".join(_WRITERS)),
            option="out",
        )
    like = like or Source(pixels)
    new, note = _described(pixels, like, like.icc if native else _profile(like), says)
    data = _WRITERS[suffix](pixels, new)
    _replace(target, lambda file: file.write(data))
    return _notes(suffix, pixels, like, new, note)


def write_large(path: str | os.PathLike[str], pixels: Pixels, *, like: Source, says: Statement | None = None) -> str:
    """`write_picture` for pixels that lie in a file rather than in memory: PNG and TIFF are written by strips, all
    other kinds are made in memory.
    """
    target = Path(path)
    write = _BY_STRIPS.get(target.suffix.lower())
    if write is None:
        return write_picture(path, pixels, like=like, says=says)
    new, note = _described(pixels, like, _profile(like), says)
    channels = 3 if all(opaque(pixels[rows]) for rows in paged(pixels)) else 4
    _replace(target, lambda file: write(file, pixels, channels, new))
    return _notes(target.suffix.lower(), pixels, like, new, note)


def _png_by_strips(file: BinaryIO, pixels: Pixels, channels: int, like: Source) -> None:
    write_strips(file, pixels, channels=channels, chunks=_chunks(like))


def _tiff_by_strips(file: BinaryIO, pixels: Pixels, channels: int, like: Source) -> None:
    directory = carried.tiff_directory(like.carried)
    if like.icc:
        directory[34675] = like.icc
    if like.dpi:
        directory[282], directory[283], directory[296] = *like.dpi, 2
    tiff.write_strips(file, pixels, channels=channels, directory=directory)


_BY_STRIPS = {".png": _png_by_strips, ".tif": _tiff_by_strips, ".tiff": _tiff_by_strips}


def _described(pixels: Pixels, like: Source, icc: bytes | None, says: Statement | None) -> tuple[Source, str]:
    """`like` with what is true of the new picture: its profile and the blocks it carries; and a note, or ""."""
    size = Size(pixels.shape[1], pixels.shape[0])
    held, note = carried.brought_up_to_date(like.carried, says, size, srgb=icc != like.icc)
    return like._replace(icc=icc, carried=held), note


def _png(pixels: Pixels, like: Source) -> bytes:
    return encode_png(pixels[..., :3] if opaque(pixels) else pixels, chunks=_chunks(like))


def _chunks(like: Source) -> list[bytes]:
    profile = [profile_chunk(like.icc)] if like.icc else []
    resolution = [resolution_chunk(like.dpi)] if like.dpi else []
    return [*profile, *resolution, *carried.png_chunks(like.carried)]


def _jpeg(pixels: Pixels, like: Source) -> bytes:
    box = Box(0, 0, pixels.shape[1], pixels.shape[0])
    shown = pixels if opaque(pixels) else over(np.full_like(pixels, 255), pixels, box)
    return _saved(shown, like, "JPEG", quality=95, subsampling=0, **carried.jpeg_options(like.carried))


def _webp(pixels: Pixels, like: Source) -> bytes:
    more = carried.webp_options(like.carried)
    return _saved(pixels, like, "WEBP", lossless=True, exact=True, quality=0, method=0, **more)


def _avif(pixels: Pixels, like: Source) -> bytes:
    """Nearly lossless: 100 is as exact as AVIF's own colour model lets it be. IPTC-IIM has no place in it."""
    return _saved(pixels, like, "AVIF", quality=100, subsampling="4:4:4", **carried.webp_options(like.carried))


def _tiff(pixels: Pixels, like: Source) -> bytes:
    return carried.into_tiff(_saved(pixels, like, "TIFF", compression="tiff_adobe_deflate"), like.carried)


_WRITERS: dict[str, Callable[[Pixels, Source], bytes]] = {
    ".png": _png,
    ".jpg": _jpeg,
    ".jpeg": _jpeg,
    ".webp": _webp,
    ".tif": _tiff,
    ".tiff": _tiff,
}
# Pillow before 11.3, and builds of it without libavif, write none.
if find_spec("PIL._avif"):
    _WRITERS[".avif"] = _avif
ENDINGS = frozenset(_WRITERS)
"""What a picture's file may be called."""
LARGEST = {".jpg": 65500, ".jpeg": 65500, ".webp": 16383, ".avif": 65536}  # px a side, by the libraries that write them


def _saved(pixels: Pixels, like: Source, kind: str, **how: Any) -> bytes:
    image = as_image(pixels, "RGBX").convert("RGB") if opaque(pixels) else as_image(pixels)
    extra: dict[str, Any] = {"icc_profile": like.icc, "dpi": like.dpi}
    out = BytesIO()
    try:
        image.save(out, kind, **how, **{key: value for key, value in extra.items() if value})
    except (OSError, ValueError) as problem:
        size = Size(*image.size)
        raise BadPicture(
            say("{size} pixels cannot be written as {kind} ({problem}).", size=size, kind=kind, problem=problem),
            remedy="Use .png.",
        ) from problem
    return out.getvalue()


def _profile(like: Source) -> bytes | None:
    """The profile for sRGB pixels: none where there was none, the picture's own if it is sRGB, else one of sRGB."""
    if not like.icc:
        return None
    return like.icc if is_srgb(like.icc) else srgb_profile()


def _replace(target: Path, fill: Callable[[BinaryIO], object]) -> None:
    real = Path(os.path.realpath(target))  # the file a link points to, so that the link stays one
    part = real.with_name(f".{secrets.token_hex(8)}.part")  # no longer than the name itself may be
    try:
        with part.open("wb") as file:
            fill(file)
        if real.exists():
            shutil.copymode(real, part)
        part.replace(real)
    except BaseException as problem:
        with suppress(OSError):  # the very trouble may stand in the way here, too
            part.unlink()
        if not isinstance(problem, OSError):
            raise
        raise StorageTrouble(
            say("{path} cannot be written ({why}).", path=target, why=problem.strerror or problem),
            remedy="Check that the folder exists, that you may write there, and that the disk is not full.",
        ) from problem


def _notes(suffix: str, pixels: Pixels, like: Source, new: Source, note: str) -> str:
    notes = []
    if suffix in {".jpg", ".jpeg"} and not opaque(pixels):
        notes.append("JPEG has no transparency: the picture was laid on white.")
    if like.bits > 8:
        notes.append(say("Written with 8 bits a channel; the original has {bits}.", bits=like.bits))
    if like.frames > 1:
        notes.append(say("The original holds {frames} pictures; this is made from the first.", frames=like.frames))
    if new.icc != like.icc:
        notes.append("The colours were converted from the original's profile to sRGB.")
    return " ".join(filter(None, (*notes, note)))
