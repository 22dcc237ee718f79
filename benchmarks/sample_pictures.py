"""Pictures to measure with, made from numbers so that nothing has to be fetched."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter


def photo(side: int) -> np.ndarray:
    """RGBA (side, side, 4) that compresses like a photograph: 0.6 bytes a pixel as JPEG q95, 1.5 as lossless WebP."""
    rng = np.random.default_rng(1)
    tile = min(side, 2048)
    light = octaves(rng, tile, 0.8)
    tint = [octaves(rng, tile, 0.6) * 14 for _ in range(3)]
    edges = np.where(octaves(rng, tile, 0.3) > 0, 30, -30)
    planes = [light * 50 + 120 + edges + colour + rng.normal(0, 1.2, (tile, tile)) for colour in tint]
    return filled(np.clip(np.dstack(planes), 0, 255).astype(np.uint8), side)


def octaves(rng: np.random.Generator, side: int, fall: float) -> np.ndarray:
    """Smooth noise (side, side), mean 0 and deviation about 1; each finer octave is `fall` times as strong."""
    total, weight, cells = np.zeros((side, side), np.float32), 1.0, 4
    while cells <= side:
        grid = Image.fromarray(rng.normal(0, 1, (cells, cells)).astype(np.float32))
        total += weight * np.asarray(grid.resize((side, side), Image.Resampling.BICUBIC))
        weight *= fall
        cells *= 2
    return total / total.std()


def filled(tile: np.ndarray, side: int) -> np.ndarray:
    """The tile and its mirror images, each a little lighter or darker, so that no block repeats."""
    out = np.full((side, side, 4), 255, np.uint8)
    for at, (y, x) in enumerate((y, x) for y in range(0, side, len(tile)) for x in range(0, side, len(tile))):
        turned = np.rot90(tile, at)
        out[y : y + len(tile), x : x + len(tile), :3] = np.clip(turned * (1 - 0.03 * at), 0, 255)
    return out


def paint(side: int) -> np.ndarray:
    """RGBA (side, side, 4): flat shapes, ink lines and soft brush strokes."""
    rng = np.random.default_rng(2)
    image = Image.new("RGB", (side, side), (236, 228, 210))
    draw = ImageDraw.Draw(image)
    for _ in range(90):
        centre, reach = rng.uniform(0, side, 2), rng.uniform(side / 40, side / 7)
        corners = [tuple(centre + reach * rng.uniform(-1, 1, 2)) for _ in range(5)]
        draw.polygon(corners, fill=tuple(int(v) for v in rng.integers(30, 240, 3)))
    for _ in range(50):
        draw.line([tuple(rng.uniform(0, side, 2)) for _ in range(4)], fill=(30, 26, 34), width=max(2, side // 700))
    return np.asarray(brushed(image, rng, side).convert("RGBA"))


def brushed(image: Image.Image, rng: np.random.Generator, side: int) -> Image.Image:
    for at in range(10):
        stroke = Image.new("L", (side // 8, side // 8))
        path = [tuple(rng.uniform(0, side // 8, 2)) for _ in range(5)]
        ImageDraw.Draw(stroke).line(path, fill=170, width=side // 110)
        soft = stroke.filter(ImageFilter.GaussianBlur(side / 250)).resize((side, side), Image.Resampling.BICUBIC)
        grain = Image.effect_noise((side, side), 3).point(lambda value: value + 120)
        soft = ImageChops.multiply(soft, grain) if at % 4 == 0 else soft  # every fourth brush is a dry one
        image.paste(tuple(int(v) for v in rng.integers(30, 240, 3)), mask=soft)
    return image


def noise(side: int) -> np.ndarray:
    """RGBA (side, side, 4): every value as likely as any other."""
    out = np.random.default_rng(3).integers(0, 256, (side, side, 4), dtype=np.uint8)
    out[..., 3] = 255
    return out
