"""Bytes from elsewhere to pixels. Hostile until checked: kind first, then size, then the picture itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from PIL.WebPImagePlugin import WebPImageFile

from ..shared.errors import BadPicture, RecraftError
from ..shared.geometry import Size
from ..shared.i18n import say
from .pixels import Pixels, as_array
from .pngfacts import check_rows, facts
from .pngfile import PngPicture

# Named one by one, so that no other decoder of Pillow's forty can be reached by untrusted bytes. Opening them directly
# also skips Pillow's own limit, which is a warning only; the caps here take its place.
READERS: dict[str, Callable[[BinaryIO], Image.Image]] = {
    "png": PngPicture,
    "jpeg": JpegImageFile,
    "webp": WebPImageFile,
}
# What decoders say of files that are whole, but beyond them.
_UNKNOWN = ("unsupported", "not supported", "cannot handle", "not handled", "unknown pixel", "unknown pcx mode", "unimplemented", "overrun when reading", "unknown compression")  # fmt: skip  # noqa: E501
_AGAIN = "Try the operation once more; the bytes that came are kept in the history."


def sniff(data: bytes) -> str:
    """What the first bytes say: "png", "jpeg", "webp", "svg", or "" for anything else."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    return "svg" if _looks_like_svg(data[:4096]) else ""


def _looks_like_svg(head: bytes) -> bool:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.decode("utf-16", "ignore").encode()
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return head.startswith(b"<") and (b"<svg" in head or b":svg" in head)


def decode(data: bytes, *, max_pixels: int = 64_000_000, remedy: str = _AGAIN) -> Pixels:
    """Pixels of a PNG, JPEG or WebP of at most `max_pixels` px²; of an animation, the first picture.

    Colours are taken as they are: no profile and no orientation is applied, so the size is what the header says.
    Raises BadPicture with `remedy` for other kinds, and for too large, damaged or cut short pictures.
    """
    kind = sniff(data)
    if kind not in READERS:
        said = say("an SVG drawing") if kind == "svg" else _described(data)
        raise BadPicture(say("A PNG, JPEG or WebP picture was expected, but this is {said}.", said=said), remedy=remedy)
    with guarded(say("The {kind} picture", kind=kind.upper()), remedy), READERS[kind](BytesIO(data)) as image:
        check_size(Size(*image.size), max_pixels)
        pixels = to_pixels(image)
        if kind == "png":
            check_png(BytesIO(data), image)
        return pixels


def _described(data: bytes) -> str:
    """What bytes of no known kind look like to a person."""
    if not data:
        return say("nothing at all")
    start = " ".join(data[:400].decode("utf-8", "ignore").split())[:40]
    if not start or b"\0" in data[:400] or not start.isprintable():
        return say("an unknown kind of file ({count:,} bytes)", count=len(data))
    if start.lower().startswith(("<!doctype html", "<html")):
        return say("a web page that begins “{start}”", start=start)
    return say("text that begins “{start}”", start=start)


@contextmanager
def guarded(subject: str, remedy: str) -> Iterator[None]:
    """Whatever a decoder trips over inside becomes a BadPicture about `subject`, for instance "The mask"."""
    try:
        yield
    except RecraftError:
        raise
    except MemoryError as problem:
        raise BadPicture(
            say("{subject} is too large for this computer's memory.", subject=subject), remedy="Scale it down."
        ) from problem
    except Exception as problem:  # damaged files raise OSError, SyntaxError, ValueError, struct.error and more
        detail = str(problem).strip().rstrip(".") or type(problem).__name__
        beyond = isinstance(problem, NotImplementedError) or any(word in detail.lower() for word in _UNKNOWN)
        what = (
            say("{subject} is of a kind that is not opened ({detail}).", subject=subject, detail=detail)
            if beyond
            else say("{subject} is damaged or cut short ({detail}).", subject=subject, detail=detail)
        )
        raise BadPicture(what, remedy=remedy) from problem


def check_size(size: Size, max_pixels: int) -> None:
    """Raise BadPicture when a picture of `size` px would have more than `max_pixels` px²."""
    if size.area > max_pixels:
        raise BadPicture(
            say(
                "The picture claims {size} pixels; at most {most:.0f} million are opened.",
                size=size,
                most=max_pixels / 1000000.0,
            ),
            remedy="Scale it down, or crop it to the part you need.",
        )


def check_png(file: BinaryIO, image: Image.Image) -> None:
    """Raise BadPicture when rows are missing at the end of a PNG; `image` is what was decoded of it."""
    last = image.crop((0, max(0, image.height - 2), image.width, image.height))
    if all(row.any() for row in np.asarray(last)):
        return
    png = facts(file)
    if png:
        check_rows(file, png)


def to_pixels(image: Image.Image) -> Pixels:
    """Pixels of a Pillow image of any mode, its numbers taken as sRGB."""
    image = eight_bits(image)
    if image.mode in {"La", "RGBa"}:
        image = image.convert(image.mode.upper())
    if image.mode not in {"RGB", "RGBA"} or image.has_transparency_data:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    return as_array(image)


def eight_bits(image: Image.Image) -> Image.Image:
    """The image with 8 bits a channel: deep grayscale (I;16, I, F) becomes L, everything else is left as it is."""
    image.load()
    if not image.mode.startswith(("I", "F")):
        return image
    return Image.fromarray(scaled_to_bytes(np.asarray(image)))


def scaled_to_bytes(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Numbers of any depth as 0..255, rounded to the nearest.

    bool is 0 or 255, 16 bit divides by 257, floats run 0..1 (what overshoots is cut). Wider integers, and floats that
    pass 2, are taken as 8 or 16 bit, whichever holds the largest; beyond that the largest becomes 255. NaN is 0.
    """
    if values.dtype == np.uint8:
        return values.astype(np.uint8)
    if values.dtype == np.bool_:
        return np.negative(values.astype(np.uint8))
    numbers = np.nan_to_num(values.astype(np.float32), copy=False)
    full = _full_scale(values.dtype, float(numbers.max(initial=0)))
    rounded: NDArray[np.uint8] = np.clip(numbers * np.float32(255 / full) + 0.5, 0, 255).astype(np.uint8)
    return rounded


def _full_scale(kind: np.dtype[np.generic], largest: float) -> float:
    if kind.kind == "u" and kind.itemsize == 2:
        return 65535
    if kind.kind == "f" and largest <= 2:
        return 1.0
    return next((step for step in (255.0, 65535.0) if largest <= step), largest)
