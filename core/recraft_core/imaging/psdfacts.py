"""What the merged picture of a Photoshop file is: laid on white wherever it is not opaque.

So Photoshop, GIMP and Krita write it; ImageMagick leaves the colours as they are. Adobe's specification does not say.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import BinaryIO

import numpy as np
from PIL import Image

from .pixels import strips

ON_WHITE = "The transparency of this Photoshop file cannot be read: the picture is as it lies on white."
_CHANNELS = {"L": 1, "CMYK": 4, "LAB": 3}


def lost_alpha(file: BinaryIO, mode: str) -> str:
    """A note where a PSD has an alpha channel that is not decoded in its colours, "" otherwise."""
    with suppress(struct.error):
        file.seek(0)
        channels, place = struct.unpack(">12xH12x", file.read(26))[0], 26
        for _ in range(2):  # the palette, the resources
            file.seek(place)
            place += 4 + struct.unpack(">I", file.read(4))[0]
        file.seek(place)
        # A count of layers below zero says that the first further channel is the merged picture's alpha.
        length, _, layers = struct.unpack(">IIh", file.read(10))
        return ON_WHITE if length and layers < 0 and channels > _CHANNELS.get(mode, channels) else ""
    return ""


def off_white(image: Image.Image) -> Image.Image:
    """The picture with its own colours, as decoded from a PSD with alpha; the image itself where they are its own.

    On white no channel can be darker than 255 less the alpha: where one is, nothing was laid on anything.
    """
    if image.mode != "RGBA":
        return image
    parts = [image.crop((0, rows.start, image.width, rows.stop)) for rows in strips(image.height)]
    if not all(_on_white(np.asarray(part)) for part in parts):
        return image
    out = Image.new("RGBA", image.size)
    for rows, part in zip(strips(image.height), parts, strict=True):
        out.paste(Image.fromarray(_taken_off(np.asarray(part))), (0, rows.start))
    out.info, out.format = image.info, image.format
    return out


def _on_white(pixels: np.ndarray) -> bool:
    return bool((pixels[..., :3].min(axis=2).astype(np.int16) + pixels[..., 3] >= 254).all())


def _taken_off(pixels: np.ndarray) -> np.ndarray:
    alpha = np.maximum(pixels[..., 3:].astype(np.int32), 1)
    dark = (255 - pixels[..., :3].astype(np.int32)) * 255
    out = pixels.copy()
    out[..., :3] = np.clip(255 - (dark + alpha // 2) // alpha, 0, 255)
    return out
