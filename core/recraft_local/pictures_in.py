"""Uploaded pictures and masks: format by their first bytes, size, sides, then the pixels themselves.

Every limit is inclusive here and exclusive in the client (the page says "less than" and "no more than" of the same
limits). Header sizes are checked before anything is decoded.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from recraft_core.shared.contract import limits

from . import svg_in
from .rules import Refusal

_BROKEN = "it is damaged or cut short"
_RASTER = ("PNG", "JPEG", "WEBP")


@dataclass(frozen=True)
class Picture:
    """One checked picture: raster pixels, or an SVG with the size it is drawn at.

    `pixels` is uint8 RGBA, (height, width, 4), or None for an SVG; `width` and `height` in px.
    """

    width: int
    height: int
    pixels: NDArray[np.uint8] | None = field(default=None, repr=False)
    svg: bytes = field(default=b"", repr=False)


def kind(data: bytes) -> str:
    """PNG, JPEG, WEBP, SVG by the first bytes, else a word for what it seems to be."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if svg_in.looks_like(data):
        return "SVG"
    others = {b"GIF8": "GIF", b"BM": "BMP", b"II*\x00": "TIFF", b"MM\x00*": "TIFF", b"%PDF": "PDF", b"8BPS": "PSD"}
    return next((name for magic, name in others.items() if data.startswith(magic)), "no known picture format")


def check_bytes(name: str, data: bytes, formats: tuple[str, ...]) -> str:
    """The format of an uploaded file, after its size and format were checked."""
    if not data:
        raise Refusal("file_empty", name=name)
    if len(data) > limits.MAX_FILE_BYTES:
        raise Refusal("file_bytes", name=name, limit=limits.MAX_FILE_BYTES, value=len(data))
    file_format = kind(data)
    if file_format not in formats:
        raise Refusal("file_format", name=name, wanted=" or ".join(formats), value=file_format)
    return file_format


def read(name: str, data: bytes, *, svg: bool, min_side: int) -> Picture:
    """Check and decode the picture of a request. Raises `Refusal`."""
    file_format = check_bytes(name, data, (*_RASTER, "SVG") if svg else _RASTER)
    if file_format == "SVG":
        return _svg(name, data, min_side)
    with _opened(name, data) as image:
        check_size(name, *image.size, min_side=min_side)
        return Picture(*image.size, pixels=_rgba(name, image))


def read_mask(name: str, data: bytes, picture: Picture) -> NDArray[np.bool_]:
    """Check and decode a mask: grey, of the picture's size, only 0 and 255. True where it is white."""
    file_format = check_bytes(name, data, _RASTER)
    with _opened(name, data) as image:
        if image.size != (picture.width, picture.height):
            wanted = f"{picture.width}x{picture.height}"
            raise Refusal("mask_size", name=name, wanted=wanted, value=f"{image.width}x{image.height}")
        grey = _grey(name, image, file_format)
    impure = int(np.count_nonzero((grey != 0) & (grey != 255)))
    if impure:
        raise Refusal("mask_pure", name=name, count=impure)
    return np.equal(grey, 255)


def check_size(name: str, width: int, height: int, *, min_side: int) -> None:
    """Refuse sides and areas beyond the documented limits."""
    size = f"{width}x{height}"
    if max(width, height) > limits.MAX_SIDE:
        raise Refusal("file_side", name=name, limit=limits.MAX_SIDE, value=size)
    if width * height > limits.MAX_PIXELS:
        raise Refusal("file_pixels", name=name, limit=limits.MAX_PIXELS, value=f"{size} = {width * height}")
    if min(width, height) < min_side:
        raise Refusal("file_small", name=name, limit=min_side, value=size)


def _opened(name: str, data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=_RASTER)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refusal("file_pixels", name=name, limit=limits.MAX_PIXELS, value="far more") from None
    except Exception:  # noqa: BLE001 - decoders raise what they like on hostile bytes; all mean "broken"
        raise Refusal("file_broken", name=name, why=_BROKEN) from None


def _rgba(name: str, image: Image.Image) -> NDArray[np.uint8]:
    try:
        if image.mode == "I" or image.mode.startswith("I;16"):
            # Pillow would clip 16-bit grey (mode I before Pillow 11) at 255; scale it instead.
            grey = (np.asarray(image, dtype=np.int32) // 257).clip(0, 255).astype(np.uint8)
            return np.dstack([grey, grey, grey, np.full_like(grey, 255)])
        return np.array(image.convert("RGBA"))
    except Exception:  # noqa: BLE001 - see _opened
        raise Refusal("file_broken", name=name, why=_BROKEN) from None


def _grey(name: str, image: Image.Image, file_format: str) -> NDArray[np.uint8]:
    pixels = _rgba(name, image) if file_format == "WEBP" else None
    if pixels is not None:
        # WebP has no grey mode: equal channels without transparency stand for it.
        if (pixels[..., :3] != pixels[..., :1]).any() or (pixels[..., 3] != 255).any():
            raise Refusal("mask_mode", name=name, value="colour or transparent")
        return pixels[..., 0]
    if image.mode not in ("L", "1") or "transparency" in image.info:
        raise Refusal("mask_mode", name=name, value=_MODES.get(image.mode, image.mode))
    return _rgba(name, image)[..., 0]


_MODES = {
    "RGB": "RGB colour", "RGBA": "RGB with alpha", "LA": "grayscale with alpha", "P": "indexed colour",
    "I;16": "16-bit", "I": "16-bit",
    "CMYK": "CMYK", "L": "grayscale with a transparent value", "1": "1-bit with a transparent value",
}  # fmt: skip


def _svg(name: str, data: bytes, min_side: int) -> Picture:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal("file_broken", name=name, why="an SVG must be UTF-8") from None
    width, height = svg_in.check(name, data)
    # Small SVGs are scaled up before processing; large ones refused (page "Endpoints", Remove background).
    scale = max(1.0, min_side / min(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    check_size(name, *size, min_side=min_side)
    return Picture(*size, svg=data)
