"""A few colours that stand for many: weighted k-means, by how different colours look."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Colour = tuple[int, int, int]
_ROUNDS = 50
# sRGB to Oklab and back. Source: Ottosson, "A perceptual color space for image processing", 2020.
_LMS = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
     [0.0883024619, 0.2817188376, 0.6299787005]]
)  # fmt: skip
_LAB = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
     [0.0259040371, 0.7827717662, -0.8086757660]]
)  # fmt: skip


def reduced(colours: Sequence[Colour], weights: Sequence[float], most: int) -> list[Colour]:
    """For each of the colours the one of at most `most` that stands for it. The same input gives the same output."""
    points = _oklab(np.array(colours, np.float64))
    shares = np.array(weights, np.float64)
    shares = shares if shares.sum() > 0 else np.ones(len(points))
    centres = _spread(points, shares, most)
    for _ in range(_ROUNDS):
        nearest = _nearest(points, centres)
        moved = np.array([_mean(points, shares, nearest == at, centre) for at, centre in enumerate(centres)])
        if np.allclose(moved, centres, atol=1e-6):
            break
        centres = moved
    rgb = _srgb(centres)
    return [rgb[at] for at in _nearest(points, centres)]


def _spread(points: np.ndarray, shares: np.ndarray, most: int) -> np.ndarray:
    """The heaviest colour, then each time the one that counts most by its weight and its distance to those chosen."""
    chosen = [int(np.argmax(shares))]
    while len(chosen) < most:
        distance = np.min([((points - points[at]) ** 2).sum(axis=1) for at in chosen], axis=0)
        if distance.max() <= 0:
            break
        score = distance * shares
        chosen.append(int(np.argmax(score if score.max() > 0 else distance)))
    return points[chosen]


def _nearest(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    return ((points[:, None] - centres[None]) ** 2).sum(axis=2).argmin(axis=1)


def _mean(points: np.ndarray, shares: np.ndarray, mine: np.ndarray, old: np.ndarray) -> np.ndarray:
    total = shares[mine].sum()
    return (points[mine] * shares[mine, None]).sum(axis=0) / total if total > 0 else old


def _oklab(rgb: np.ndarray) -> np.ndarray:
    share = rgb / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return np.cbrt(linear @ _LMS.T) @ _LAB.T


def _srgb(lab: np.ndarray) -> list[Colour]:
    linear = ((lab @ np.linalg.inv(_LAB).T) ** 3) @ np.linalg.inv(_LMS).T
    linear = linear.clip(0, 1)
    share = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    rows = np.rint(share * 255).astype(int)
    return [(int(red), int(green), int(blue)) for red, green, blue in rows]
