"""The fill that needs numpy only: for Pythons and computers that have no PatchMatch library.

Coarse to fine; at each level patches are searched and their overlaps averaged in turn, after Wexler,
Shechtman and Irani, "Space-Time Completion of Video" (PAMI 2007).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .offsets import Search, grown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float32]
    Ints = NDArray[np.intp]

ROUNDS = (10, 6, 4, 3, 2)  # searches and averagings, from the coarsest level on
PULL = (1e4, 2e3)  # up is not down: the sky stays above; sideways matters less
OVERLAP = tuple((dy, dx) for dy in range(-2, 3) for dx in range(-2, 3))


def filled(picture: Floats, hole: Bools, seed: int) -> Floats:
    """`picture`, (h, w, 3) 0..255, with its hole filled from the rest; the same seed gives the same pixels."""
    levels = [(picture, hole)]
    while min(levels[-1][1].shape) >= 32 and deep(levels[-1][1], 3):
        smaller = halved(*levels[-1])
        if smaller[1].all():  # what little is known would be lost
            break
        levels.append(smaller)
    guess = spread(*levels[-1])
    field = None
    for k, (known, cells) in enumerate(reversed(levels)):
        guess = np.where(cells[..., None], guess if k == 0 else doubled(guess, cells.shape), known)
        rounds = ROUNDS[min(k, len(ROUNDS) - 1)]
        guess, field = refined(guess, cells, field, rounds, seed)
    return guess


def deep(hole: Bools, cells: int) -> bool:
    """Whether some hole cell is more than `cells` away from all known ones."""
    return not grown(~hole, cells).all()


def halved(picture: Floats, hole: Bools) -> tuple[Floats, Bools]:
    """Half the size: means of what is known of each 2 x 2; a hole where less than half is."""
    h, w = hole.shape[0] // 2 * 2, hole.shape[1] // 2 * 2
    known = (~hole[:h, :w, None]).astype(np.float32)
    total = pooled(picture[:h, :w] * known)
    count = pooled(known)
    return total / np.maximum(count, 1), count[..., 0] < 2


def pooled(cells: Floats) -> Floats:
    """Sums over 2 x 2 cells."""
    return cells[::2, ::2] + cells[1::2, ::2] + cells[::2, 1::2] + cells[1::2, 1::2]


def doubled(cells: Floats, shape: tuple[int, ...]) -> Floats:
    """Twice the size, to `shape`, each cell repeated."""
    rows = np.minimum(np.arange(shape[0]) // 2, cells.shape[0] - 1)
    columns = np.minimum(np.arange(shape[1]) // 2, cells.shape[1] - 1)
    return cells[rows][:, columns]


def spread(picture: Floats, hole: Bools) -> Floats:
    """A smooth first guess: colours spread into the hole from its rim."""
    if not hole.any():
        return picture
    if hole.all():
        return np.full_like(picture, 128)
    if min(hole.shape) < 2:
        return np.where(hole[..., None], picture[~hole].mean(0), picture)
    h, w = hole.shape
    even = ((0, h % 2), (0, w % 2))
    known = (~np.pad(hole, even, constant_values=True)[..., None]).astype(np.float32)
    total, count = pooled(np.pad(picture, (*even, (0, 0))) * known), pooled(known)
    coarse = spread(total / np.maximum(count, 1), count[..., 0] == 0)
    return np.where(hole[..., None], doubled(coarse, hole.shape), picture)


def sources_of(hole: Bools, reach: int) -> Bools:
    """Cells whose whole patch is known and inside; narrower patches where there are none."""
    for radius in range(reach, -1, -1):
        sources = ~grown(hole, radius)
        if radius:
            sources[:radius] = sources[-radius:] = False
            sources[:, :radius] = sources[:, -radius:] = False
        if sources.sum() >= 16 or radius == 0:
            break
    return sources


class Field(NamedTuple):
    """For every cell of a level the row and column it is copied from; known cells name themselves."""

    sy: Ints
    sx: Ints


def refined(guess: Floats, hole: Bools, coarser: Field | None, rounds: int, seed: int) -> tuple[Floats, Field]:
    """One level: `guess` improved, and the field that made it. Starts from the `coarser` level's field."""
    search = Search(guess, grown(hole, 2), sources_of(hole, 2), seed, PULL)
    if coarser is not None:
        y = np.minimum(search.ty // 2, coarser.sy.shape[0] - 1)
        x = np.minimum(search.tx // 2, coarser.sy.shape[1] - 1)
        sy, sx = coarser.sy[y, x] * 2 + search.ty % 2, coarser.sx[y, x] * 2 + search.tx % 2
        search.offer(np.arange(len(sy)), sy, sx)
    for k in range(rounds):
        if k:
            search.look_at(guess)
            search.judge()
        search.run(1 if k else 2, (1,) if k else (8, 2, 1))
        guess = averaged(search, guess, hole, sharpness=1 + 3 * k / max(rounds - 1, 1))
    return guess, field_of(search)


def field_of(search: Search) -> Field:
    """What a search has found, for every cell of its level."""
    sy, sx = np.indices((search.h, search.w))
    sy[search.ty, search.tx], sx[search.ty, search.tx] = search.sy, search.sx
    return Field(sy, sx)


def averaged(search: Search, guess: Floats, hole: Bools, sharpness: float) -> Floats:
    """Hole cells from the overlapping patches around them, better fits weighing more."""
    scale = 2 * (np.percentile(search.cost, 75) / sharpness + 1e-3)
    trust = np.exp(-search.cost / scale) + 1e-6
    # Colours with a fourth that counts the weights: one look into memory for all. A rim of 2 tells what lies outside.
    colours = np.concatenate([guess, np.ones((search.h, search.w, 1), np.float32)], axis=2).reshape(-1, 4)
    known = np.pad(~hole, 2).ravel()
    wide = search.w + 4
    at, at_known = search.sy * search.w + search.sx, (search.sy + 2) * wide + search.sx + 2
    total = np.zeros((len(search.ty), 4), np.float32)
    for dy, dx in OVERLAP:
        targets, others = search.pairs(dy, dx)
        ok = np.flatnonzero(known.take(at_known.take(others) - (dy * wide + dx)))
        targets, others = targets.take(ok), others.take(ok)
        part = colours.take(at.take(others) - (dy * search.w + dx), axis=0)
        part *= trust.take(others)[:, None]
        total[targets] += part
    out = guess.copy()
    use = (total[:, 3] > 0) & hole[search.ty, search.tx]
    out[search.ty[use], search.tx[use]] = total[use, :3] / total[use, 3:]
    return out
