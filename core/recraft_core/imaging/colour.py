"""Colour profiles: from whatever a picture carries to sRGB."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, ImageCms

from .decode import eight_bits
from .pixels import Pixels

# Colour space of a profile -> mode of the pictures it describes; others (LAB files bring none) are left alone.
_MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
_BLACK_POINT: Any = 0x2000  # lcms: black point compensation; Pillow has a name for it since 10.3
_CLOSE = 2  # of 255: as far as the many files that call themselves sRGB differ from each other


@lru_cache(maxsize=1)
def srgb_profile() -> bytes:
    """An ICC profile of sRGB."""
    return bytes(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())


@lru_cache(maxsize=8)
def is_srgb(icc: bytes) -> bool:
    """True when `icc` describes sRGB to within 2 of 255. Measured, since the name in a profile proves little."""
    steps = np.linspace(0, 255, 9).astype(np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(27, 27, 3)
    image = Image.fromarray(np.ascontiguousarray(cube))
    converted = _converted(image, icc)
    return converted is not None and bool(np.abs(np.asarray(converted).astype(int) - cube).max() <= _CLOSE)


def to_srgb(image: Image.Image, icc: bytes | None) -> Image.Image:
    """The image in sRGB, its alpha kept; in RGB, RGBA or its own mode.

    Unchanged when it has no profile, one of sRGB, or one that cannot be used.
    """
    if image.mode == "LAB":
        return ImageCms.profileToProfile(image, ImageCms.createProfile("LAB"), _target(), outputMode="RGB") or image
    if not icc or is_srgb(icc):
        return image
    image = eight_bits(image)
    colours, alpha = _apart(image)
    converted = _converted(colours, icc)
    if converted is None:
        return image
    if alpha is not None:
        converted.putalpha(alpha)
    return converted


def from_srgb(pixels: Pixels, icc: bytes) -> Pixels:
    """Pixels of sRGB in the colours of an RGB profile, alpha kept; to lay a result onto a canvas in that profile."""
    image = Image.fromarray(np.ascontiguousarray(pixels[..., :3]))
    converted = ImageCms.profileToProfile(
        image,
        _target(),
        ImageCms.ImageCmsProfile(BytesIO(icc)),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        flags=_BLACK_POINT,
    )
    return np.dstack((np.asarray(converted), pixels[..., 3]))


def _apart(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Colours in a mode that profiles know, and the alpha."""
    plain = {"LA": "L", "1": "L"}.get(image.mode, image.mode)
    mode = plain if plain in _MODES.values() else "RGB"
    if not image.has_transparency_data:
        return image.convert(mode), None
    full = image.convert("RGBA")
    return (full if mode == "RGB" else image).convert(mode), full.getchannel("A")


def _converted(image: Image.Image, icc: bytes) -> Image.Image | None:
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(icc))
        if _MODES.get(profile.profile.xcolor_space.strip()) != image.mode:
            return None
        return ImageCms.profileToProfile(
            image,
            profile,
            _target(),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=_BLACK_POINT,
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None  # a broken profile: viewers then show the numbers as sRGB, and so do we


def _target() -> Any:
    return ImageCms.createProfile("sRGB")
