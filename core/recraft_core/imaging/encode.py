"""Pixels to the fewest bytes that serve: one picture, one mask, one encode.

Pillow's PNG at its default level takes seconds for 16 megapixels and then exceeds the service's limit; a search over
qualities takes as long again. So the size is predicted first, from a mosaic of small tiles strewn over the picture,
and the picture itself is encoded once. `benchmarks/roundtrip.py` measures it.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any, Literal, NamedTuple

import numpy as np
from PIL import Image

from ..shared.errors import BadPicture
from ..shared.i18n import say
from .mask import mask as hard_mask
from .pixels import Coverage, Pixels, as_image, opaque
from .png import encode_png

__all__ = ["Encoded", "Prefer", "encode_mask", "encode_picture", "encode_png"]

Prefer = Literal["auto", "lossless", "fast"]


class Encoded(NamedTuple):
    """A picture as bytes. `how` is for people: "png", "webp lossless", "jpeg q95", "webp q90"."""

    data: bytes
    media_type: str
    how: str
    lossless: bool


class _Lossy(NamedTuple):
    """A lossy encoding and the qualities to choose from, best first. `save` gives b"" where the encoder gives up."""

    name: str
    save: Callable[[Image.Image, int], bytes]
    ladder: tuple[int, ...]


# Quality 95 without colour subsampling: 41 dB on photographs, where WebP stays at 37 because it always subsamples.
_JPEG = _Lossy(
    "jpeg",
    lambda image, quality: _saved(image, "JPEG", quality=quality, subsampling=0),
    tuple(range(95, 4, -1)),
)
# Method 0 is the fast one; slower ones gain a few per cent at many times the price.
_WEBP = _Lossy(
    "webp",
    lambda image, quality: _saved(image, "WEBP", quality=quality, method=0),
    tuple(range(97, 0, -4)),
)


def encode_picture(pixels: Pixels, *, max_bytes: int, prefer: Prefer = "auto") -> Encoded:
    """The picture in at most `max_bytes` bytes, with its alpha only where some pixel is not opaque.

    "auto": lossless when the raw bytes would fit anyway, or for painted pictures, which compress well; photographs as
    JPEG. "lossless": whenever it fits. "fast": JPEG. Pictures with alpha are WebP, lossless where it fits.
    JPEG quality is the highest up to 95 that fits. Raises BadPicture when even the lowest does not.
    """
    solid = opaque(pixels)
    image = as_image(pixels, "RGBX" if solid else "RGBA")
    if _lossless_pays(pixels, image, max_bytes, prefer):
        exact = _lossless(pixels, image, solid)
        if len(exact.data) <= max_bytes:
            return exact
    return _best_fit(_JPEG if solid else _WEBP, _Mosaic(pixels, image.mode, 32), image, max_bytes)


def encode_mask(mask: Coverage) -> Encoded:
    """The mask as the service wants it: grayscale PNG, 8 bit, every pixel 0 or 255; anything between is rounded."""
    return Encoded(encode_png(hard_mask(mask), sub=False), "image/png", "png", lossless=True)


class _Mosaic:
    """A sixteenth of a picture in square tiles, to predict the encoded size of the whole from.

    32 px tiles predict JPEG 0..7 % too large, 128 px tiles predict lossless within -13..7 % (18 pictures measured).
    A picture of less than a quarter megapixel is its own mosaic.
    """

    def __init__(self, pixels: Pixels, mode: str, tile: int) -> None:
        self.image = as_image(pixels if pixels.size < 1 << 20 else _tiles(pixels, tile), mode)
        self.share = self.image.width * self.image.height / (pixels.shape[0] * pixels.shape[1])

    def predict(self, save: Callable[[Image.Image], bytes]) -> float:
        """Bytes that `save` will make of the whole picture; infinite when the encoder gives up."""
        return len(save(self.image)) / self.share or float("inf")


def _tiles(pixels: Pixels, tile: int) -> Pixels:
    height, width = pixels.shape[:2]
    cell = min(4 * tile, height, width)
    tile = cell // 4
    rows, columns = height // cell, width // cell
    out = np.empty((rows, tile, columns, tile, 4), np.uint8)
    for at in range(rows * columns):
        row, column = divmod(at, columns)
        # The R2 sequence strews offsets evenly and is the same each time, so that a picture always encodes alike.
        y = row * cell + int(at * 0.7548776662466927 % 1 * (cell - tile))
        x = column * cell + int(at * 0.5698402909980532 % 1 * (cell - tile))
        out[row, :, column] = pixels[y : y + tile, x : x + tile]
    return out.reshape(rows * tile, columns * tile, 4)


def _lossless_pays(pixels: Pixels, image: Image.Image, max_bytes: int, prefer: Prefer) -> bool:
    solid = image.mode == "RGBX"
    if solid and prefer == "fast":
        return False
    if pixels.shape[0] * pixels.shape[1] * (3 if solid else 4) <= max_bytes:
        return True
    if solid and _Mosaic(pixels, image.mode, 32).predict(lambda tiles: _JPEG.save(tiles, 98)) > max_bytes:
        return False  # lossless is larger than quality 98 on anything worth a thought
    size = _Mosaic(pixels, image.mode, 128).predict(_webp_lossless)
    if prefer == "auto" and solid:
        # Painted pictures need 1.4 times the bytes of quality 95, photographs 2.5 times: bytes cost more than CPU.
        worth = 2 * _Mosaic(pixels, image.mode, 32).predict(lambda tiles: _JPEG.save(tiles, 95))
        return size <= min(max_bytes, worth)
    return size <= max_bytes


def _lossless(pixels: Pixels, image: Image.Image, solid: bool) -> Encoded:
    data = _webp_lossless(image)
    if data:
        return Encoded(data, "image/webp", "webp lossless", lossless=True)
    # WebP ends at 16383 px a side.
    return Encoded(encode_png(pixels[..., :3] if solid else pixels), "image/png", "png", lossless=True)


def _webp_lossless(image: Image.Image) -> bytes:
    return _saved(image, "WEBP", lossless=True, quality=0, method=0, exact=True)


def _best_fit(codec: _Lossy, mosaic: _Mosaic, image: Image.Image, max_bytes: int) -> Encoded:
    """One encode at the best quality predicted to fit; when it does not, one more with what the first one taught."""
    budget = float(max_bytes)
    while budget > max_bytes / 16:
        quality = _predicted_quality(codec, mosaic, budget)
        data = codec.save(image, quality)
        if data and len(data) <= max_bytes:
            return Encoded(data, f"image/{codec.name}", f"{codec.name} q{quality}", lossless=False)
        budget *= min(0.95, 0.97 * max_bytes / max(len(data), 1)) if data else 0.7
    raise BadPicture(
        say(
            "A picture of {width} × {height} pixels does not fit into {most:.2f} MB.",
            width=image.width,
            height=image.height,
            most=max_bytes / 1000000.0,
        ),
        remedy="Select a smaller area, or scale the canvas down.",
    )


def _predicted_quality(codec: _Lossy, mosaic: _Mosaic, budget: float) -> int:
    """The highest rung predicted to stay within `budget`, by halving; the lowest when none does."""
    best, worst = 0, len(codec.ladder) - 1
    probe = best  # most pictures fit at the top
    while best < worst:
        if mosaic.predict(lambda tiles: codec.save(tiles, codec.ladder[probe])) <= budget:  # noqa: B023 - called at once
            worst = probe
        else:
            best = probe + 1
        probe = (best + worst) // 2
    return codec.ladder[best]


def _saved(image: Image.Image, kind: str, **how: Any) -> bytes:
    """Encoded bytes, or b"" where Pillow's encoder gives up, as lossy WebP does on large noise (error 6)."""
    out = BytesIO()
    try:
        image.save(out, kind, **how)
    except (OSError, ValueError):
        return b""
    return out.getvalue()
