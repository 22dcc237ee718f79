"""Enlarge pictures: crisp (faithful to what is there) and creative (the same, with detail emphasised).

Neither invents: an enlargement, shrunk again, gives back the picture it came from.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from os import cpu_count
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from . import net
from .detail import CELL, NEAR, boxes, cells
from .made import Made
from .memory import give_back
from .smooth import bleed, box_mean, extremes, resized

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Floats = NDArray[np.float32]

LONGEST = 4096  # px per side of a result; 4096 x 4096 is also the API's 16 MP
TILE = 256  # px: rows of a strip
RUN = 112  # px of the source per network run, which takes 60 MB; from 96 to 176 px, halo included, all cost the same
HALO = 8  # the network sees 21 px around each pixel, but in a photograph what is past 8 counts for half a level at most
REACH = 4  # px around each pixel that settling sees
WILD = 100  # levels beyond black or white: no photograph's answer of the network comes so far
MEAN = np.array((114.444, 111.4605, 103.02), np.float32)  # the SPAN networks' zero, 0..255
# The most source pixels a network takes in about half a minute on two cores, measured (see benchmarks).
BUDGET = {"ncnn": 4_400_000, "numpy": 700_000}
SLACK = 0.3  # the network's pixels: how far past its neighbours' range a pixel may go, as a share of that range


def size_after(width: int, height: int) -> tuple[int, int]:
    """Size in px of the enlargement of `width` x `height`: four times, else twice, else what 4096 allows."""
    longest = max(width, height)
    for factor in (4, 2):
        if factor * longest <= LONGEST:
            return factor * width, factor * height
    if longest >= LONGEST:
        return width, height
    return round(width * LONGEST / longest), round(height * LONGEST / longest)


def enlarge(rgba: Bytes, *, creative: bool = False) -> Made:
    """Enlarge `rgba` (h, w, 4) to `size_after(w, h)`.

    Colours come from a small network (SPAN, https://arxiv.org/abs/2311.12770) while the picture fits its
    time budget, else from bicubic interpolation; both are then back-projected, so that no colour
    drifts. Coverage is scaled on its own. The same picture gives the same result each time.
    """
    height, width = rgba.shape[:2]
    size = size_after(width, height)
    rgb, how = _enlarged(bleed(rgba), size)
    if creative:
        rgb = _emphasised(rgb, 0.5, grain=3)
        how += "; local contrast and grain added, nothing generated"
    alpha = rgba[..., 3]
    even = alpha.min() == alpha.max()
    alpha = np.full(size[::-1], alpha[0, 0]) if even else _project(alpha, size)
    return Made(np.dstack([rgb, alpha]), how)


def refined(rgba: Bytes, size: tuple[int, int], *, strength: float) -> Made:
    """`rgba` (h, w, 4) at `size` (width, height) with the contrast of its details raised by `strength`.

    Details are what is finer than 17 px of the picture as it came; grain grows with the strength, where there is
    texture. Nothing is invented.
    """
    rgb = to_size(_detailed(bleed(rgba), strength), size)
    alpha = np.asarray(Image.fromarray(rgba[..., 3]).resize(size, Image.Resampling.BICUBIC))
    how = f"{size[0]} x {size[1]}, local contrast and grain added, nothing generated"
    return Made(np.dstack([_emphasised(rgb, strength, grain=6 * strength), alpha]), how)


def _detailed(rgb: Bytes, strength: float) -> Bytes:
    """Fine and coarser details raised by `strength`, each by at most 24 levels, so that no rims glow."""
    light = rgb.astype(np.float32).mean(axis=2)
    details = (light - box_mean(light, radius) for radius in (2, 8))
    raised = sum(24 * np.tanh(strength * detail / 24) for detail in details)
    return _bytes(rgb + raised[..., None])


def _enlarged(rgb: Bytes, size: tuple[int, int]) -> tuple[Bytes, str]:
    """`rgb` (h, w, 3) at `size` (width, height), and how."""
    height, width = rgb.shape[:2]
    runner = "ncnn" if net.has_ncnn() else "numpy"
    if size == (width, height):
        return _emphasised(rgb, 0.6, grain=0), f"{width} x {height} is the largest size: sharpened only"
    if width * height > BUDGET[runner]:
        large = np.dstack([_project(rgb[..., c], size) for c in range(3)])
        return large, f"bicubic, back-projected ({width} x {height} px is too large for SPAN on {runner})"
    factor = 4 if size[0] == 4 * width else 2
    large = _by_network(rgb, factor)
    if large.shape[1::-1] != size:
        large = np.asarray(Image.fromarray(large).resize(size, Image.Resampling.LANCZOS))
    return large, f"SPAN {factor}x on {runner}, back-projected"


def to_size(rgb: Bytes, size: tuple[int, int]) -> Bytes:
    """`rgb` (h, w, 3) enlarged to `size` (width, height): beyond twice by the network, if that is worth its time."""
    height, width = rgb.shape[:2]
    runner = "ncnn" if net.has_ncnn() else "numpy"
    factor = max(size[0] / width, size[1] / height)
    if factor > 2 and width * height <= BUDGET[runner]:
        rgb = _by_network(rgb, 4)
    return np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.LANCZOS))


def _by_network(rgb: Bytes, factor: int) -> Bytes:
    """Run the network where there is detail, and interpolate the rest; over overlapping tiles, several at a time."""
    height, width = rgb.shape[:2]
    padded = np.pad(rgb, ((HALO, HALO), (HALO, HALO), (0, 0)), mode="edge")
    large = np.empty((factor * height, factor * width, 3), np.uint8)

    def place(corner: tuple[int, int], run: Callable[[Floats], Floats]) -> None:
        y, x = corner
        tile = padded[y : y + RUN + 2 * HALO, x : x + RUN + 2 * HALO]
        out = large[factor * y : factor * (y + RUN), factor * x : factor * (x + RUN)]
        busy = cells(tile[HALO - NEAR : NEAR - HALO, HALO - NEAR : NEAR - HALO])
        found = boxes(busy, HALO)
        if sum((bottom - top) * (right - left) for top, left, bottom, right in found) < busy.size * CELL**2:
            _put(tile, partial(_interpolated, factor=factor), out)
        for top, left, bottom, right in found:
            part = tile[top : bottom + 2 * HALO, left : right + 2 * HALO]
            _put(part, run, out[factor * top : factor * bottom, factor * left : factor * right])

    with net.opened(f"span{factor}") as run, ThreadPoolExecutor(min(4, cpu_count() or 1)) as workers:
        list(workers.map(partial(place, run=run), _corners(height, width)))
    give_back()  # encoding comes next, and takes as much again
    return large


def _interpolated(x: Floats, factor: int) -> Floats:
    """What a network's answer to `x` (3, h, w) is where there is nothing to sharpen."""
    size = factor * x.shape[2], factor * x.shape[1]
    return np.stack([resized(c, size) + mean for c, mean in zip(x, MEAN, strict=True)]) / 255


def _put(low: Bytes, run: Callable[[Floats], Floats], large: Bytes) -> None:
    """Fill `large` with what `run` makes of `low`, which has HALO px more on every side, and settle it."""
    tile = low.astype(np.float32)
    done = _tamed(run((tile - MEAN).transpose(2, 0, 1)) * 255, tile)
    factor = done.shape[1] // len(tile)
    spare, edge = HALO - REACH, factor * REACH
    for c in range(3):
        near, wide = (part[cut:-cut, cut:-cut] for part, cut in ((tile[..., c], spare), (done[c], factor * spare)))
        settled = _settle(near, wide, rounds=1, slack=SLACK)
        large[..., c] = _bytes(settled[edge:-edge, edge:-edge])


def _tamed(done: Floats, tile: Floats) -> Floats:
    """`done` (3, h, w), bicubic around where the network lost its hold: at small hard print it answers thousands."""
    wild = ((done < -WILD) | (done > 255 + WILD)).any(axis=0).astype(np.float32)
    if not wild.any():
        return done
    reach = 2 * done.shape[2] // tile.shape[1]  # 2 px of the source
    doubt = np.minimum(box_mean(wild, reach) * (2 * reach + 1) ** 2 / 2, 1)
    plain = np.stack([resized(tile[..., c], done.shape[:0:-1]) for c in range(3)])
    return np.asarray(done + (plain - done) * doubt)


def _corners(height: int, width: int) -> Iterator[tuple[int, int]]:
    return ((y, x) for y in range(0, height, RUN) for x in range(0, width, RUN))


def _project(channel: Bytes, size: tuple[int, int]) -> Bytes:
    """Enlarge one channel without a network."""
    low = channel.astype(np.float32)
    return _bytes(_settle(low, resized(low, size), rounds=6, slack=0))


def _settle(low: Floats, large: Floats, *, rounds: int, slack: float) -> Floats:
    """Correct `large` until, shrunk, it equals `low`; keep each pixel near its neighbours' range.

    Iterative back-projection (Irani and Peleg 1991, doi:10.1016/1049-9652(91)90045-L). The range of the
    3 x 3 px around, and `slack` times it beyond, is what keeps the sharper edges from ringing.
    """
    size = large.shape[1], large.shape[0]
    least, most = extremes(low)
    past = slack * (most - least)
    floor = resized(least - past, size, Image.Resampling.BILINEAR)
    ceiling = resized(most + past, size, Image.Resampling.BILINEAR)
    large = np.minimum(np.maximum(large, floor), ceiling)  # np.clip takes three times as long
    for _ in range(rounds):
        wrong = low - resized(large, (low.shape[1], low.shape[0]), Image.Resampling.BOX)
        large = np.minimum(np.maximum(large + resized(wrong, size), floor), ceiling)
    return large


def _emphasised(rgb: Bytes, strength: float, grain: float) -> Bytes:
    """Local contrast raised by `strength`, and `grain` levels of fine noise where there is texture.

    In strips, whose noise is seeded by their place: the same picture gives the same grain.
    """
    out = np.empty_like(rgb)
    for top in range(0, len(rgb), TILE):
        first, last = max(0, top - 8), min(len(rgb), top + TILE + 8)
        part = rgb[first:last].astype(np.float32)
        light = part.mean(axis=2)
        detail = light - box_mean(light, 2)
        texture = np.sqrt(box_mean(detail * detail, 4))
        least, most = extremes(light)
        raised = np.clip(light + strength * detail, least, most) - light  # within its neighbours: no rims
        if grain:
            noise = np.random.default_rng(top).normal(0, grain, light.shape).astype(np.float32)
            raised = raised + noise * np.minimum(texture / 6, 1) * np.minimum(1, np.minimum(light, 255 - light) / 48)
        out[top : top + TILE] = _bytes(part + raised[..., None])[top - first : top - first + TILE]
    return out


def _bytes(x: Floats) -> Bytes:
    return np.rint(np.clip(x, 0, 255)).astype(np.uint8)
