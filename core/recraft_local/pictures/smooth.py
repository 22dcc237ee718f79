"""Averages, guided smoothing and colour spreading, shared by the picture makers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Floats = NDArray[np.float32]

_SKIN_PX = 96  # side of the small copy
_SKIN_TURNS = 1500  # enough for a hole as wide as that


def resized(
    channel: Floats,
    size: tuple[int, int],
    how: Image.Resampling = Image.Resampling.BICUBIC,
    box: tuple[float, float, float, float] | None = None,
) -> Floats:
    """Scale one float channel (h, w) to `size` (width, height); `box` is the part of it to take."""
    return np.asarray(Image.fromarray(np.ascontiguousarray(channel, np.float32)).resize(size, how, box))


def box_mean(x: Floats, radius: int) -> Floats:
    """Mean of the (2 * radius + 1)^2 px around each pixel of `x` (h, w, ...); outside does not count."""
    return _means_down(_means_down(x, radius).swapaxes(0, 1), radius).swapaxes(0, 1)


def _means_down(x: Floats, radius: int) -> Floats:
    height, reach = len(x), 2 * radius + 1
    sums = np.empty((height + 1, *x.shape[1:]), np.float32)
    sums[0] = 0
    for at, row in enumerate(x):  # numpy's own sum down the columns takes up to twice as long
        np.add(sums[at], row, out=sums[at + 1])
    means = np.empty(x.shape, np.float32)
    first, last = min(radius, height), max(radius, height - radius)
    inside = means[first:last]
    np.subtract(sums[reach:], sums[:-reach], out=inside)
    inside /= np.float32(reach)
    for at in (*range(first), *range(last, height)):
        low, high = max(at - radius, 0), min(at + radius + 1, height)
        means[at] = (sums[high] - sums[low]) / np.float32(high - low)
    return means


def extremes(x: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Least and greatest of the 3 x 3 px around each pixel of `x` (h, w)."""
    padded = np.pad(x, 1, mode="edge")
    least = np.minimum(np.minimum(padded[:-2], padded[1:-1]), padded[2:])
    most = np.maximum(np.maximum(padded[:-2], padded[1:-1]), padded[2:])
    return (
        np.minimum(np.minimum(least[:, :-2], least[:, 1:-1]), least[:, 2:]),
        np.maximum(np.maximum(most[:, :-2], most[:, 1:-1]), most[:, 2:]),
    )


def guided(guide: Floats, x: Floats, radius: int, edge: float) -> tuple[Floats, Floats]:
    """Describe `x` (h, w) by the colours of `guide` (h, w, 3), both 0..1: a (h, w, 3) and b (h, w).

    (a * guide).sum(2) + b is `x` smoothed within `radius` px but sharp where the guide is; colour
    variances below `edge` count as flat. He, Sun and Tang, https://doi.org/10.1109/TPAMI.2012.213.
    """
    mean, mean_x = box_mean(guide, radius), box_mean(x, radius)
    shared = box_mean(guide * x[..., None], radius) - mean * mean_x[..., None]
    pairs = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)]
    products = np.stack([guide[..., i] * guide[..., j] for i, j in pairs], axis=-1)
    rr, rg, rb, gg, gb, bb = np.moveaxis(
        box_mean(products, radius) - np.stack([mean[..., i] * mean[..., j] for i, j in pairs], axis=-1), -1, 0
    )
    rr, gg, bb = rr + edge, gg + edge, bb + edge
    # the inverse of a symmetric 3 x 3 matrix, written out: far faster than a solver call per pixel
    c0, c1, c2 = gg * bb - gb * gb, rb * gb - rg * bb, rg * gb - rb * gg
    c3, c4, c5 = rr * bb - rb * rb, rg * rb - rr * gb, rr * gg - rg * rg
    scale = 1 / (rr * c0 + rg * c1 + rb * c2)
    s0, s1, s2 = np.moveaxis(shared, -1, 0) * scale
    a = np.stack([c0 * s0 + c1 * s1 + c2 * s2, c1 * s0 + c3 * s1 + c4 * s2, c2 * s0 + c4 * s1 + c5 * s2], axis=-1)
    b = mean_x - (a * mean).sum(axis=2)
    return box_mean(a, radius), box_mean(b, radius)


def bleed(rgba: Bytes) -> Bytes:
    """Colours of `rgba` (h, w, 4), with those of clear pixels replaced by the nearest visible ones.

    Clear pixels may hold any colour; scaling or tracing would smear it into the edge.
    """
    rgb, alpha = rgba[..., :3], rgba[..., 3]
    if alpha.min() > 31:
        return np.ascontiguousarray(rgb)
    if not alpha.any():
        return np.zeros_like(rgb)
    weight = np.minimum(alpha.astype(np.float32) / 32, 1)[..., None]  # an eighth of cover is colour enough
    return np.rint(_spread(rgb.astype(np.float32) * weight, weight)).astype(np.uint8)


def _spread(colour: Floats, weight: Floats) -> Floats:
    """Fill where `weight` is short of 1 from ever coarser averages; `colour` is multiplied by `weight`."""
    if weight.min() >= 1 or max(weight.shape[:2]) == 1:
        return np.asarray(colour / np.maximum(weight, 1e-6), np.float32)
    height, width = weight.shape[:2]
    sums, weights = _halved(colour), _halved(weight)
    scale = np.minimum(1, 1 / np.maximum(weights, 1e-6))
    coarse = _spread(sums * scale, weights * scale)
    filled = coarse.repeat(2, axis=0)[:height].repeat(2, axis=1)[:, :width]
    return colour + (1 - weight) * filled


def _halved(x: Floats) -> Floats:
    """Sum of each 2 x 2."""
    x = np.pad(x, ((0, x.shape[0] % 2), (0, x.shape[1] % 2), (0, 0)))
    return x[::2, ::2] + x[1::2, ::2] + x[::2, 1::2] + x[1::2, 1::2]


def run_on(channel: Bytes, hole: NDArray[np.bool_]) -> Floats:
    """`channel` (h, w) as floats, the hole bridged as a stretched skin would: no lines, no peaks inside.

    Worked out on a small copy, for what changes slowly. Something outside the hole is needed.
    """
    height, width = channel.shape
    size = (min(width, _SKIN_PX), min(height, _SKIN_PX))
    there = resized(np.where(hole, np.float32(0), np.float32(1)), size, Image.Resampling.BOX)
    sums = resized(np.where(hole, np.float32(0), channel.astype(np.float32)), size, Image.Resampling.BOX)
    fixed = sums / np.maximum(there, 1e-6)
    known = there > 0
    skin = np.where(known, fixed, fixed[known].mean())
    for _ in range(_SKIN_TURNS):
        edge = np.pad(skin, 1, "edge")
        mean = (edge[:-2, 1:-1] + edge[2:, 1:-1] + edge[1:-1, :-2] + edge[1:-1, 2:]) / 4
        skin = np.where(known, fixed, mean)
    wide = resized(skin, (width, height), Image.Resampling.BICUBIC)
    return np.where(hole, wide, channel).astype(np.float32)
