"""A picture in other proportions: a part of it is cropped, a part is continued, so that neither is much."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from . import outpaint

if TYPE_CHECKING:
    from numpy.typing import NDArray

SLACK = 1.04  # proportions nearer to each other than this are left to cropping
CROPPED = 0.4  # how much of the difference is cropped, as an exponent; the rest is continued
SIDE = 1024  # px, the longest side of what is continued


def reshaped(rgb: NDArray[np.uint8], shape: float, *, seed: int = 0) -> tuple[NDArray[np.uint8], str]:
    """`rgb` (h, w, 3) at about `shape` (width / height), at most SIDE px before it grows, and how."""
    height, width = rgb.shape[:2]
    wrong = shape * height / width
    if max(wrong, 1 / wrong) < SLACK:
        return rgb, "in its own shape"
    image = Image.fromarray(rgb)
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    share = max(wrong, 1 / wrong) ** -CROPPED
    across, down = (1.0, share) if wrong > 1 else (share, 1.0)
    crop = np.array(image)[central(image.height, down), central(image.width, across)]
    wider = max(0, round(shape * crop.shape[0]) - crop.shape[1])
    taller = max(0, round(crop.shape[1] / shape) - crop.shape[0])
    left, top = wider // 2, taller // 2
    result = outpaint.extend(crop, left=left, top=top, right=wider - left, bottom=taller - top, seed=seed)
    return result.pixels, f"continued by {result.how}"


def central(length: int, share: float) -> slice:
    """The middle `share` of a side."""
    taken = max(1, round(length * share))
    return slice((length - taken) // 2, (length - taken) // 2 + taken)


def fitted(rgb: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """`rgb` (h, w, 3) at exactly `width` x `height`, its middle kept."""
    scale = max(width / rgb.shape[1], height / rgb.shape[0])
    across, down = (rgb.shape[1] - width / scale) / 2, (rgb.shape[0] - height / scale) / 2
    box = across, down, rgb.shape[1] - across, rgb.shape[0] - down
    return np.asarray(Image.fromarray(rgb).resize((width, height), Image.Resampling.LANCZOS, box=box))
