"""Picture files of any kind as pixels, the way a viewer shows them; and pixels as picture files.

The only one of the imaging rooms that touches the disk.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from PIL.TiffImagePlugin import TiffImageFile

from ..shared.errors import BadOption, BadPicture, StorageTrouble
from ..shared.geometry import Box, Size
from .colour import is_srgb, srgb_profile, to_srgb
from .compose import over
from .decode import READERS, check_size, guarded, scaled_to_bytes, sniff, to_pixels
from .pixels import Coverage, Pixels, as_array, as_image, opaque
from .png import encode_png, profile_chunk, resolution_chunk

PictureLike: TypeAlias = "str | os.PathLike[str] | bytes | Image.Image | NDArray[Any]"
MAX_PIXELS = 400_000_000  # a square of 20 000 px, 1.6 GB as pixels
_TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
# Raster kinds Pillow decodes by itself. EPS, PDF and WMF would start other programs.
_FURTHER = ("AVIF", "BMP", "DDS", "GIF", "ICO", "JPEG2000", "PCX", "PPM", "PSD", "QOI", "SGI", "TGA")
_HELP = "Open it in an editor, save it as PNG and use that."


class Source(NamedTuple):
    """A picture that was read, and what a file like it should keep.

    `pixels` are upright sRGB, 8 bit. `mode` (Pillow's name) and `bits` per channel are those of the file, `icc` its
    colour profile, `dpi` px per inch across and down, `format` Pillow's name as in "PNG", or "" for arrays. `native`
    are the numbers of the file itself where its profile is RGB but not sRGB, so that they can be written unchanged.
    `frames` is how many pictures the file holds, of which `pixels` are the first.
    """

    pixels: Pixels
    mode: str = "RGBA"
    bits: int = 8
    icc: bytes | None = None
    dpi: tuple[float, float] | None = None
    format: str = ""
    native: Pixels | None = None
    frames: int = 1

    @property
    def size(self) -> Size:
        """Width and height in px, as shown."""
        return Size(self.pixels.shape[1], self.pixels.shape[0])


def read_picture(source: PictureLike) -> Source:
    """A picture from a file, the bytes of one, a Pillow image or an array, as a viewer shows it.

    Turned upright by its EXIF orientation, brought to sRGB by its profile, 8 bit with alpha. Arrays are (h, w) grey,
    (h, w, 3) or (h, w, 4) of uint8, uint16, bool or float 0..1, taken as sRGB. Raises BadPicture when it cannot be
    used, StorageTrouble when the file cannot be read.
    """
    if isinstance(source, np.ndarray):
        return Source(_from_array(source), bits=16 if source.dtype == np.uint16 else 8)
    with guarded(_name(source), _HELP):
        image = _opened(source)
        facts = image.mode, _bits(image), image.info.get("icc_profile"), _dpi(image), image.format or ""
        frames = _frames(image)
        upright = _upright(image)
        shown = to_srgb(upright, facts[2])
        # Only colours that were converted have numbers of their own to be kept.
        native = to_pixels(upright) if shown is not upright and upright.mode in {"RGB", "RGBA"} else None
        return Source(to_pixels(shown), *facts, native, frames)


def read_coverage(source: PictureLike, size: Size) -> Coverage:
    """A mask as coverage 0..255: its brightness, or its alpha where the mask has real transparency.

    `source` as for `read_picture`, but no profile is applied. A mask whose brightest value is 1 counts as 0 and 1.
    Raises BadPicture when it has not the picture's `size`.
    """
    if isinstance(source, np.ndarray):
        pixels = _from_array(source)
    else:
        with guarded(_name(source, "The mask"), _HELP):
            pixels = to_pixels(_upright(_opened(source)))
    found = Size(pixels.shape[1], pixels.shape[0])
    if found != size:
        raise BadPicture(
            f"The mask is {found} pixels, but the picture is {size}.",
            remedy="Make the mask on the same picture, or scale it to the picture's size.",
        )
    coverage = as_array(as_image(pixels).convert("L")) if opaque(pixels) else pixels[..., 3].copy()
    return np.negative(coverage) if coverage.max(initial=0) == 1 else coverage


def write_picture(
    path: str | os.PathLike[str], pixels: Pixels, *, like: Source | None = None, native: bool = False
) -> str:
    """Write a picture file, its kind by the suffix: .png, .jpg, .webp, .tif. Gives a note for people, or "".

    Whole or not at all: it is written beside `path` and then takes its name. PNG, WebP and TIFF are lossless, JPEG is
    quality 95 on white. Keeps the resolution of `like`; tags the file as sRGB where `like` had a profile, or with that
    very profile when the pixels are `native` to it.
    Raises BadOption for another suffix, StorageTrouble when it cannot be written.
    """
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix not in _WRITERS:
        raise BadOption(
            f"{target.name} does not say what kind of picture to write.",
            remedy=f"Give a name that ends in one of {', '.join(_WRITERS)}.",
            option="out",
        )
    like = like or Source(pixels)
    icc = like.icc if native else _profile(like)
    _replace(target, _WRITERS[suffix](pixels, like._replace(icc=icc)))
    return _note(suffix, pixels, like, converted=icc != like.icc)


def _name(source: PictureLike, otherwise: str = "The picture") -> str:
    return Path(source).name if isinstance(source, (str, os.PathLike)) else otherwise


def _opened(source: PictureLike) -> Image.Image:
    if isinstance(source, Image.Image):
        return source
    data = source if isinstance(source, bytes) else read_bytes(Path(source))  # type: ignore[arg-type]
    if not data:
        raise BadPicture(f"{_name(source)} is empty: it holds no bytes at all.", remedy="Choose another file.")
    try:
        image = _reader(data, _name(source))(BytesIO(data))
    except UnidentifiedImageError as unknown:
        what = f"{_name(source)} is no picture of a kind that can be opened."
        raise BadPicture(what, remedy=_HELP) from unknown
    check_size(Size(*image.size), MAX_PIXELS)
    return image


def read_bytes(path: Path) -> bytes:
    """The bytes of a picture file. Raises StorageTrouble when there is none, or it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError as problem:
        raise StorageTrouble(f"There is no file {path}.", remedy="Check its name and folder.") from problem
    except IsADirectoryError as problem:
        raise StorageTrouble(f"{path} is a folder, not a picture.", remedy="Name a file in it.") from problem
    except OSError as problem:
        raise StorageTrouble(
            f"{path} cannot be read ({problem.strerror or problem}).", remedy="Check the name and who may read it."
        ) from problem


def _reader(data: bytes, name: str) -> Callable[[BytesIO], Image.Image]:
    kind = sniff(data)
    if kind == "svg":
        raise BadPicture(f"{name} is an SVG drawing, which has no pixels.", remedy="Export it as PNG first.")
    if data[:4] in _TIFF_STARTS:
        return TiffImageFile
    return READERS.get(kind, _open_further)


def _open_further(file: BytesIO) -> Image.Image:
    Image.init()
    return Image.open(file, formats=[kind for kind in _FURTHER if kind in Image.OPEN])


# EXIF orientations and what turns a picture upright; 1 is upright. Source: CIPA DC-008 (Exif 2.3), tag 274.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _upright(image: Image.Image) -> Image.Image:
    image.load()  # Pillow turns a TIFF by itself here, and takes the note away
    try:
        turn = _TURNS.get(image.getexif().get(0x0112, 1))
    except Exception:  # noqa: BLE001 - broken EXIF raises whatever it likes; viewers then show the picture as it lies
        return image
    return image if turn is None else image.transpose(turn)


def _bits(image: Image.Image) -> int:
    """Bits per channel in the file; to be asked before it is loaded, when Pillow still says how it is stored."""
    stored = [str(tile[3]) for tile in getattr(image, "tile", None) or []]
    if any(";16" in text for text in [image.mode, *stored]):
        return 16
    return {"1": 1, "I": 32, "F": 32}.get(image.mode, 8)


def _frames(image: Image.Image) -> int:
    """How many pictures the file holds; a PSD's are its layers, and what is read of it shows them all."""
    return 1 if image.format == "PSD" else int(getattr(image, "n_frames", 1))


def _dpi(image: Image.Image) -> tuple[float, float] | None:
    try:
        across, down = (float(value) for value in image.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    # A TIFF that tells no resolution reads as 1.
    return (across, down) if all(isfinite(value) and 1 < value < 1e6 for value in (across, down)) else None


def _from_array(array: NDArray[Any]) -> Pixels:
    channels = array.shape[-1] if array.ndim == 3 else 1
    if array.ndim not in {2, 3} or channels not in {1, 3, 4} or not array.size or array.dtype.kind not in "buif":
        raise BadPicture(
            f"An array of shape {array.shape} and type {array.dtype} is no picture.",
            remedy="Use (height, width[, 3 or 4]) of uint8, uint16, bool or float 0..1.",
        )
    values = scaled_to_bytes(array).reshape(*array.shape[:2], channels)
    if channels == 4:
        return values
    out = np.full((*array.shape[:2], 4), 255, np.uint8)
    out[..., :3] = values
    return out


def _png(pixels: Pixels, like: Source) -> bytes:
    chunks = [profile_chunk(like.icc)] if like.icc else []
    chunks += [resolution_chunk(like.dpi)] if like.dpi else []
    return encode_png(pixels[..., :3] if opaque(pixels) else pixels, chunks=chunks)


def _jpeg(pixels: Pixels, like: Source) -> bytes:
    box = Box(0, 0, pixels.shape[1], pixels.shape[0])
    shown = pixels if opaque(pixels) else over(np.full_like(pixels, 255), pixels, box)
    return _saved(shown, like, "JPEG", quality=95, subsampling=0)


def _webp(pixels: Pixels, like: Source) -> bytes:
    return _saved(pixels, like, "WEBP", lossless=True, exact=True, quality=0, method=0)


def _tiff(pixels: Pixels, like: Source) -> bytes:
    return _saved(pixels, like, "TIFF", compression="tiff_adobe_deflate")


_WRITERS: dict[str, Callable[[Pixels, Source], bytes]] = {
    ".png": _png,
    ".jpg": _jpeg,
    ".jpeg": _jpeg,
    ".webp": _webp,
    ".tif": _tiff,
    ".tiff": _tiff,
}


def _saved(pixels: Pixels, like: Source, kind: str, **how: Any) -> bytes:
    image = as_image(pixels, "RGBX").convert("RGB") if opaque(pixels) else as_image(pixels)
    extra: dict[str, Any] = {"icc_profile": like.icc, "dpi": like.dpi}
    out = BytesIO()
    try:
        image.save(out, kind, **how, **{key: value for key, value in extra.items() if value})
    except (OSError, ValueError) as problem:
        size = Size(*image.size)
        raise BadPicture(f"{size} pixels cannot be written as {kind} ({problem}).", remedy="Use .png.") from problem
    return out.getvalue()


def _profile(like: Source) -> bytes | None:
    """The profile for sRGB pixels: none where there was none, the picture's own if it is sRGB, else one of sRGB."""
    if not like.icc:
        return None
    return like.icc if is_srgb(like.icc) else srgb_profile()


def _replace(target: Path, data: bytes) -> None:
    real = Path(os.path.realpath(target))  # the file a link points to, so that the link stays one
    part = real.with_name(f".{real.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        if real.exists():
            shutil.copymode(real, part)
        part.replace(real)
    except OSError as problem:
        with suppress(OSError):  # the very trouble may stand in the way here, too
            part.unlink()
        raise StorageTrouble(
            f"{target} cannot be written ({problem.strerror or problem}).",
            remedy="Check that the folder exists, that you may write there, and that the disk is not full.",
        ) from problem


def _note(suffix: str, pixels: Pixels, like: Source, *, converted: bool) -> str:
    notes = []
    if suffix in {".jpg", ".jpeg"} and not opaque(pixels):
        notes.append("JPEG has no transparency: the picture was laid on white.")
    if like.bits > 8:
        notes.append(f"Written with 8 bits a channel; the original has {like.bits}.")
    if like.frames > 1:
        notes.append(f"The original holds {like.frames} pictures; this is made from the first.")
    if converted:
        notes.append("The colours were converted from the original's profile to sRGB.")
    return " ".join(notes)
