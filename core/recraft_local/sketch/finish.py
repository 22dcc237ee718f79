"""Pixel finishes: what a medium adds to flat shapes.

Every finish takes and gives pixels (height, width, 3) uint8 and is decided by its seed alone. Sizes are shares of
the shorter side, so that 1K and 2K pictures look the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .painter import Pixels, soften

Floats = NDArray[Any]  # float32, (height, width) or (height, width, 3)
_TILE = 1024


def _speck(shape: tuple[int, ...], seed: int) -> Floats:
    """Fine noise around 0 with deviation 1, (height, width); tiled, which at this grain cannot be seen."""
    tile = np.random.default_rng(seed).standard_normal((_TILE, _TILE), dtype=np.float32)
    rows, columns = -(-shape[0] // _TILE), -(-shape[1] // _TILE)
    return np.tile(tile, (rows, columns))[: shape[0], : shape[1]]


def _cloudy(shape: tuple[int, ...], cells: int, seed: int) -> Floats:
    """Soft noise around 0, about -1..1, with `cells` bumps along the shorter side."""
    short = min(shape[0], shape[1])
    rows, columns = max(2, round(cells * shape[0] / short)), max(2, round(cells * shape[1] / short))
    small = np.random.default_rng(seed).uniform(-1, 1, (rows, columns)).astype(np.float32)
    return np.asarray(Image.fromarray(small).resize((shape[1], shape[0]), Image.Resampling.BICUBIC))


def _blurred(pixels: Pixels, share: float) -> Floats:
    radius = share * min(pixels.shape[:2])
    return np.asarray(soften(Image.fromarray(pixels), radius), np.float32)


def _grey(pixels: Pixels) -> Floats:
    """Brightness 0..1."""
    return np.asarray(Image.fromarray(pixels).convert("L"), np.float32) / 255


def _done(values: Floats) -> Pixels:
    return np.clip(values + 0.5, 0, 255).astype(np.uint8)


def _fineness(height: int, width: int) -> float:
    """Line units per px: the same picture at 1K and 2K; coarser in small ones, where fine lines would blur to grey."""
    return min(1024 / min(height, width), 1.25)


def _tint(colour: list[int]) -> Floats:
    return np.array(colour, np.float32)


def _vignette(shape: tuple[int, ...], strength: float) -> Floats:
    y = np.linspace(-1, 1, shape[0], dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, shape[1], dtype=np.float32)
    return 1 - strength * np.clip((x * x + y * y) * 0.5, 0, 1)[..., None] ** 1.5


def photo(pixels: Pixels, seed: int) -> Pixels:
    """Bloom, darker corners and film grain."""
    bloom = _blurred(pixels, 0.02)
    mixed = pixels * np.float32(0.84) + np.maximum(bloom, pixels) * np.float32(0.16)
    mixed *= _vignette(pixels.shape, 0.34)
    mixed += _speck(pixels.shape, seed)[..., None] * np.float32(3.6)
    return _done(mixed)


def grain(pixels: Pixels, seed: int) -> Pixels:
    """The tooth of paper under opaque colour."""
    tooth = _speck(pixels.shape, seed) * np.float32(2.6) + _cloudy(pixels.shape, 9, seed) * np.float32(3.0)
    return _done(pixels + tooth[..., None])


def glow(pixels: Pixels, _seed: int) -> Pixels:
    """Light that spills over its edges."""
    bright = np.clip(pixels.astype(np.float32) * 1.5 - 130, 0, 255).astype(np.uint8)
    spill = _blurred(bright, 0.035) * np.float32(0.75) + _blurred(bright, 0.010) * np.float32(0.4)
    base = pixels.astype(np.float32)
    return _done((255 - (255 - base) * (255 - np.minimum(spill, 255)) / 255) * _vignette(pixels.shape, 0.3))


def watercolor(pixels: Pixels, seed: int) -> Pixels:
    """Wandering edges, pigment that gathers at them, and the grain of rough paper."""
    h, w = pixels.shape[:2]
    short = min(h, w)
    sway = 0.0042 * short
    rows = np.arange(h)[:, None] + _cloudy((h, w), 34, seed) * sway + _cloudy((h, w), 90, seed + 1) * (sway * 0.5)
    columns = np.arange(w) + _cloudy((h, w), 34, seed + 2) * sway + _cloudy((h, w), 90, seed + 3) * (sway * 0.5)
    moved = pixels[np.clip(rows, 0, h - 1).astype(np.intp), np.clip(columns, 0, w - 1).astype(np.intp)]
    soft = _blurred(moved, 0.008)
    rim = np.abs(_grey(moved) - soft.mean(axis=2) / 255)
    flow = _cloudy((h, w), 7, seed + 4) * np.float32(0.55) + _cloudy((h, w), 22, seed + 5) * np.float32(0.45)
    tooth = np.clip(_cloudy((h, w), 260, seed + 6), -1, 1)
    base = moved.astype(np.float32)
    ink = 255 - base  # pigment: more of it where it pools, none on bare paper
    amount = 1 + flow * np.float32(0.17) + np.minimum(rim * 2.2, 0.42) + tooth * np.float32(0.10)
    return _done(255 - ink * amount[..., None] + (tooth * np.float32(2.0))[..., None])


def pencil(pixels: Pixels, seed: int) -> Pixels:
    """Graphite: two directions of hatching that thicken with the shade."""
    h, w = pixels.shape[:2]
    scale = _fineness(h, w)
    y, x = np.arange(h, dtype=np.float32)[:, None] * scale, np.arange(w, dtype=np.float32) * scale
    wander = _cloudy((h, w), 14, seed) * np.float32(5)
    dark = 1 - _grey(pixels)
    hatch = np.sin((x * 0.8 + y * 0.62 + wander) * 0.62) * 0.5 + 0.5
    cross = np.sin((x * 0.7 - y * 0.74 + wander) * 0.55) * 0.5 + 0.5
    dark = np.clip((dark - 0.10) * 1.15, 0, 1)
    tone = dark * (0.30 + 0.75 * hatch) + np.clip(dark - 0.32, 0, 1) * cross * 0.7 + np.clip(dark * 3.4 - 2.0, 0, 1)
    tooth = _speck((h, w), seed + 1) * np.float32(0.16) * np.sqrt(np.clip(tone, 0, 1))
    shade = np.clip(tone + tooth, 0, 1)[..., None]
    return _done(_tint([250, 247, 240]) * (1 - shade) + _tint([52, 50, 56]) * shade)


def engraving(pixels: Pixels, seed: int) -> Pixels:
    """Swelling lines on cream paper; a second set crosses them in the shadows."""
    h, w = pixels.shape[:2]
    scale = _fineness(h, w)
    y, x = np.arange(h, dtype=np.float32)[:, None] * scale, np.arange(w, dtype=np.float32) * scale
    light = np.asarray(soften(Image.fromarray(pixels).convert("L"), 0.0015 * min(h, w)), np.float32) / 255
    bend = (light - 0.5) * 5 + _cloudy((h, w), 5, seed) * np.float32(4)
    first = _screen((y + bend) / 5.2, np.clip(1.0 - light, 0.02, 1))
    second = _screen((y * 0.6 + x * 0.8) / 5.6, np.clip(0.62 - light, 0, 1))
    ink = np.maximum(first, second)[..., None]
    return _done(_tint([246, 239, 222]) * (1 - ink) + _tint([38, 36, 46]) * ink)


def _screen(phase: Floats, dark: Floats) -> Floats:
    """Lines whose width follows the darkness 0..1, edges soft by about a pixel."""
    away = np.abs(phase - np.floor(phase) - 0.5) * 2  # 0 on the line's middle, 1 between lines
    lines: Floats = np.clip((dark - away) * 3.2 + 0.5, 0, 1) * (dark > 0.03)
    return lines


def prints(pixels: Pixels, seed: int) -> Pixels:
    """Block print: ink that misses spots, a hand-pressed unevenness."""
    h, w = pixels.shape[:2]
    miss = (_speck((h, w), seed) > 2.5) | (_cloudy((h, w), 130, seed + 1) > 0.98)
    worn = _cloudy((h, w), 12, seed + 2) * np.float32(5)
    base = pixels + worn[..., None]
    base[miss] += (_tint([243, 236, 220]) - base[miss]) * 0.6
    return _done(base)


def riso(pixels: Pixels, seed: int) -> Pixels:
    """Two drums a little out of register, and grainy ink."""
    step = max(1, round(0.0022 * min(pixels.shape[:2])))
    base = pixels.astype(np.float32)
    base[..., 0] = np.roll(base[..., 0], step, 1)
    base[..., 2] = np.roll(base[..., 2], -step, 0)
    ink = (255 - base) * (1 + _speck(pixels.shape, seed)[..., None] * np.float32(0.05))
    return _done(np.minimum(255 - ink, _tint([247, 240, 226])))


def dots(pixels: Pixels, _seed: int) -> Pixels:
    """Printed dots in the half shades of a comic page."""
    h, w = pixels.shape[:2]
    pitch = _fineness(h, w) / 11
    y, x = np.arange(h, dtype=np.float32)[:, None] * pitch, np.arange(w, dtype=np.float32) * pitch
    u, v = (x + y) * 0.7071, (x - y) * 0.7071
    away = np.hypot(u - np.round(u), v - np.round(v))
    light = np.asarray(soften(Image.fromarray(pixels).convert("L"), 0.004 * min(h, w)), np.float32) / 255
    size = np.clip(0.72 - light, 0, 0.6) * 0.75
    ink = np.clip((size - away) * 9 + 0.5, 0, 1) * (size > 0.03) * (light > 0.16)
    return _done(pixels * (1 - 0.26 * ink)[..., None])


FINISHES: dict[str, Callable[[Pixels, int], Pixels]] = {
    "photo": photo, "grain": grain, "glow": glow, "watercolor": watercolor,
    "pencil": pencil, "engraving": engraving, "print": prints, "riso": riso, "dots": dots,
}  # fmt: skip
