"""Colour profiles: from whatever a picture carries to sRGB."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from typing import Any, TypeAlias

import numpy as np
from PIL import Image, ImageCms

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
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(icc))
        converted = ImageCms.profileToProfile(
            image, profile, _target(), ImageCms.Intent.RELATIVE_COLORIMETRIC, "RGB", flags=_BLACK_POINT
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return False
    return bool(np.abs(np.asarray(converted).astype(int) - cube).max() <= _CLOSE)


Flat: TypeAlias = Callable[[Image.Image], Image.Image]


def flat_of(icc: bytes | None) -> Flat:
    """A converter of pictures without alpha to RGB in sRGB, or to L; for strips of one picture, one after another.

    It takes L, RGB, CMYK or LAB. What has no profile, one of sRGB, or one that cannot be used, is taken as sRGB.
    """
    transforms: dict[str, Any] = {}

    def flat(image: Image.Image) -> Image.Image:
        if image.mode not in transforms:
            transforms[image.mode] = _transform(image.mode, icc)
        transform = transforms[image.mode]
        if transform is None:
            return image if image.mode == "L" else image.convert("RGB")
        rgb = Image.new("RGB", image.size)
        transform.apply(image, rgb)
        return rgb

    return flat


def converts(mode: str, icc: bytes | None) -> bool:
    """True when a picture of this mode is changed by its profile."""
    return mode == "LAB" or bool(icc and not is_srgb(icc) and _transform(_plain(mode), icc) is not None)


def _transform(mode: str, icc: bytes | None) -> Any:
    if mode != "LAB" and (not icc or is_srgb(icc)):
        return None
    try:
        profile: Any = ImageCms.createProfile("LAB") if mode == "LAB" else ImageCms.ImageCmsProfile(BytesIO(icc or b""))
        if mode != "LAB" and _MODES.get(profile.profile.xcolor_space.strip()) != mode:
            return None
        return ImageCms.buildTransform(
            profile, _target(), mode, "RGB", ImageCms.Intent.RELATIVE_COLORIMETRIC, _BLACK_POINT
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None  # a broken profile: viewers then show the numbers as sRGB, and so do we


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


def to_srgb(pixels: Pixels, icc: bytes) -> Pixels:
    """Pixels in the colours of an RGB profile as sRGB, alpha kept; wider colours are cut."""
    image = Image.fromarray(np.ascontiguousarray(pixels[..., :3]))
    return np.dstack((np.asarray(flat_of(icc)(image)), pixels[..., 3]))


def name_of(icc: bytes) -> str:
    """What a profile calls itself, or "its own" where it does not say."""
    try:
        return ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(BytesIO(icc))).strip() or "its own"
    except (ImageCms.PyCMSError, OSError, ValueError):
        return "its own"


def apart(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Colours in a mode that profiles know, and the alpha."""
    mode = _plain(image.mode)
    if image.mode in {"La", "RGBa"}:
        image = image.convert(image.mode.upper())
    if image.mode in {"LAB", "CMYK", "YCbCr", "HSV"} or not image.has_transparency_data:
        return (image if image.mode == mode else image.convert(mode)), None
    full = image.convert("RGBA")
    return (full if mode == "RGB" else image.convert("L")).convert(mode), full.getchannel("A")


def _plain(mode: str) -> str:
    grey = {"LA": "L", "La": "L", "1": "L"}.get(mode, mode)
    return grey if grey in {*_MODES.values(), "LAB"} else "RGB"


def _target() -> Any:
    return ImageCms.createProfile("sRGB")
