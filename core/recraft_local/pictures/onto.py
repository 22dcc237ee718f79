"""Put a picture and a drawn ground together so that they look taken in the same light."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageFilter

from .smooth import bleed, box_mean, guided, resized

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Floats = NDArray[np.float32]
    Bools = NDArray[np.bool_]

WORK = 800  # px, the longest side at which light and edges are worked out
STRIP = 256  # rows at a time at full size, so that memory stays small
REACH = 6  # work px over which a picture's edge may fade into the new ground
RIM = 0.0025  # softness of the rim, of the shorter side
DISTANCE = 0.002  # blur of the ground, of the shorter side: it lies behind the subject
TINT, BRIGHTNESS = 0.22, 0.15  # how far the subject takes on the ground's colour and brightness, as exponents
WRAP = 0.35  # how much light from behind spills over the subject's edge
SHADE = 0.6  # of the shadow where the subject stands
STANDS = (0.55, 0.97)  # a subject whose foot is this far down stands on the ground; lower, it is cut by the border


def onto(cut: Bytes, ground: Bytes) -> Bytes:
    """The subject `cut` (h, w, 4) in front of `ground` (h, w, 3), lit and shaded to fit it; (h, w, 3)."""
    height, width = ground.shape[:2]
    alpha = _shrunk(cut[..., 3])
    size = alpha.shape[1], alpha.shape[0]
    behind = _behind(ground)
    light = np.asarray(Image.fromarray(behind).resize(size, Image.Resampling.BOX), np.float32)
    gain = _gain(cut, alpha, light)
    shadow = _shadow(alpha)
    spill = WRAP * box_mean(1 - alpha, max(2, min(size) // 80))
    glow = np.stack([box_mean(light[..., c], max(2, min(size) // 25)) for c in range(3)], axis=2)
    out = np.empty_like(ground)
    for rows, box in _strips(height, size):
        shape = width, rows.stop - rows.start
        cover = cut[rows, :, 3:].astype(np.float32) / np.float32(255)
        wrap = resized(spill, shape, Image.Resampling.BILINEAR, box)[..., None]
        around = np.dstack([resized(glow[..., c], shape, Image.Resampling.BILINEAR, box) for c in range(3)])
        lit = cut[rows, :, :3] * gain * (1 - wrap) + around * wrap
        back = behind[rows] * (1 - resized(shadow, shape, Image.Resampling.BILINEAR, box)[..., None])
        out[rows] = _bytes(lit * cover + back * (1 - cover))
    return out


def into(rgb: Bytes, hole: Bools, ground: Bytes) -> Bytes:
    """`ground` inside `hole` (h, w), the picture byte for byte outside it.

    At the rim the picture's own colours run out softly, as far as its edge is soft there (hair, grass).
    """
    height, width = hole.shape
    cover_map = _shrunk(np.where(hole, np.uint8(0), np.uint8(255)))
    size = cover_map.shape[1], cover_map.shape[0]
    a, b = guided(_shrunk(rgb), cover_map, REACH, 1e-4)
    near = np.minimum(1, 4 * box_mean(cover_map, REACH))
    # However hard the mask, the rim is soft by a pixel or two.
    rim = Image.fromarray(np.where(hole, np.uint8(0), np.uint8(255)))
    soft = np.asarray(rim.filter(ImageFilter.GaussianBlur(max(1.0, RIM * min(hole.shape)))))
    own, behind = bleed(np.dstack([rgb, np.where(hole, np.uint8(0), np.uint8(255))])), _behind(ground)
    out = rgb.copy()
    for rows, box in _strips(height, size):
        shape = width, rows.stop - rows.start
        share = resized(b, shape, Image.Resampling.BILINEAR, box)
        for c in range(3):
            part = resized(a[..., c], shape, Image.Resampling.BILINEAR, box)
            share = np.asarray(share + part * (rgb[rows, :, c] / np.float32(255)), np.float32)
        share = np.clip((share - 0.15) / 0.7, 0, 1) * resized(near, shape, Image.Resampling.BILINEAR, box)
        share = np.maximum(share, np.minimum(1, soft[rows] / np.float32(128)))
        mixed = own[rows] * share[..., None] + behind[rows] * (1 - share[..., None])
        np.copyto(out[rows], _bytes(mixed), where=hole[rows][..., None])
    return out


def _behind(ground: Bytes) -> Bytes:
    blur = ImageFilter.GaussianBlur(DISTANCE * min(ground.shape[:2]))
    return np.asarray(Image.fromarray(np.ascontiguousarray(ground)).filter(blur))


def _gain(cut: Bytes, alpha: Floats, light: Floats) -> Floats:
    """By how much each channel of the subject is raised or lowered, about 1."""
    subject = np.asarray(Image.fromarray(bleed(cut)).resize(alpha.shape[::-1], Image.Resampling.BOX), np.float32)
    own = (subject * alpha[..., None]).sum((0, 1)).mean() / max(float(alpha.sum()), 1) + 1
    colour = light.mean((0, 1)) + 1
    brightness = np.clip((colour.mean() / own) ** BRIGHTNESS, 0.8, 1.1)
    return np.asarray((colour / colour.mean()) ** TINT * brightness, np.float32)


def _shadow(alpha: Floats) -> Floats:
    """How dark the ground gets under a subject that stands on it, 0..1: its outline moved down, darkest at the foot."""
    height = len(alpha)
    rows = np.flatnonzero((alpha > 0.5).any(axis=1))
    if not len(rows) or not STANDS[0] < (rows[-1] + 1) / height < STANDS[1]:
        return np.zeros_like(alpha)
    tall, foot = int(np.ptp(rows)) + 1, int(rows[-1]) + 1
    down = max(1, tall // 14)
    moved = np.pad(alpha, ((down, 0), (0, 0)))[:height]
    for radius in (max(1, tall // 12), max(1, tall // 16)):
        moved = box_mean(moved, radius)
    low = np.clip((np.arange(height, dtype=np.float32) - (foot - tall / 3)) / (tall / 3), 0, 1)
    return np.asarray(SHADE * moved * low[:, None], np.float32)


def _shrunk(pixels: Bytes) -> Floats:
    """`pixels` as 0..1, at most WORK px a side."""
    height, width = pixels.shape[:2]
    scale = min(1, WORK / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BOX), np.float32) / np.float32(255)


def _strips(height: int, small: tuple[int, int]) -> list[tuple[slice, tuple[float, float, float, float]]]:
    """Rows at full size, and the box of a `small` (width, height) picture each strip comes from."""
    return [
        (slice(top, min(height, top + STRIP)),
         (0, top * small[1] / height, small[0], min(height, top + STRIP) * small[1] / height))
        for top in range(0, height, STRIP)
    ]  # fmt: skip


def _bytes(values: NDArray[np.floating]) -> Bytes:
    return np.asarray(np.rint(np.clip(values, 0, 255)), np.uint8)
