"""What a zone is painted with: one colour, or the one linear or radial gradient that explains its pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOST_SAMPLES = 1200
FLAT = 1.2  # levels of deviation that one colour explains
_FEWEST = 24  # samples: with fewer a gradient explains noise
_GAIN = 0.7  # a gradient earns its place where it leaves less than this share of one colour's error
_DEARER = {"flat": 1.0, "linear": 1.0, "radial": 1.25}  # the simpler one is kept unless the other is that much better
_TURNS = (np.linspace(-0.35, 0.35, 8), np.linspace(-0.08, 0.08, 7), np.linspace(-0.02, 0.02, 5))  # radians
_STEPS = 24  # of the search for a middle
_BINS = 24
_SEARCHED = 200  # samples that a search looks at
_STOP = 1.6  # levels that a stop may be off the line between its neighbours and be left out


class Paint(NamedTuple):
    """`kind` is flat, linear or radial.

    The mapping (2, 3) takes px to 0..1: by its first row along a line, by both as a radius.
    """

    kind: str
    stops: tuple[tuple[float, tuple[float, float, float]], ...]  # where, 0..1, and the colour there, in levels
    mapping: Floats
    error: float  # root of the mean squared distance per channel, levels


class Samples(NamedTuple):
    """Some pixels of a zone: where they are (n, 2), x and y of their middles, and their colours (n, 3)."""

    at: Floats
    colour: Floats
    solid: bool = True  # from the inside of a zone; thin ones are a mixture, and shading found in them is chance


def one(colour: Sequence[float], error: float = 0.0) -> Paint:
    """That one colour."""
    red, green, blue = colour
    return Paint("flat", ((0.0, (float(red), float(green), float(blue))),), np.zeros((2, 3)), error)


def flat(samples: Samples) -> Paint:
    """The mean colour, or the middle one where the zone is thin and its edges are mixed in."""
    mean = samples.colour.mean(axis=0) if samples.solid else np.median(samples.colour, axis=0)
    return one(mean.tolist(), float(np.sqrt(np.square(samples.colour - mean).mean())))


def joined(one: Samples, other: Samples, sizes: tuple[int, int], most: int = MOST_SAMPLES) -> Samples:
    """At most `most` samples of both zones, as many of each as its share of the pixels."""
    total = min(most, len(one.at) + len(other.at))
    parts = []
    for samples, size in ((one, sizes[0]), (other, sizes[1])):
        wanted = max(8, round(total * size / (sizes[0] + sizes[1])))
        step = max(1, len(samples.at) // wanted)
        parts.append((samples.at[::step], samples.colour[::step]))
    solid = one.solid if sizes[0] > sizes[1] else other.solid
    return Samples(np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts]), solid)


def explained(samples: Samples, enough: float) -> Paint:
    """The simplest paint with an error of at most `enough` levels; where none has, the one that comes nearest."""
    plain = flat(samples)
    if _enough_alone(samples, plain, enough):
        return plain
    u, frame = _framed(samples)
    gradients = [_linear(u, samples.colour, angle, frame) for angle, _ in _angles(u, samples.colour)]
    best = min((plain, *gradients), key=lambda p: p.error)
    if best.error > enough:
        _, circle = _circle(u, samples.colour)
        if circle is not None:
            best = min(best, _radial(u, samples.colour, circle, frame), key=lambda p: p.error * _DEARER[p.kind])
    return best if best.error < _GAIN * plain.error else plain


def miss(samples: Samples, enough: float) -> float:
    """About the error that `explained` would leave; far quicker, and infinite where no gradient will do."""
    plain = flat(samples)
    if _enough_alone(samples, plain, enough):
        return plain.error
    u, _ = _framed(samples)
    if _bent(u, samples.colour)[1] > 2 * enough:
        return np.inf
    least = min(error for _, error in _angles(u, samples.colour))
    return least if least <= enough else min(least, _circle(u, samples.colour, steps=8, round_only=True)[0])


def _enough_alone(samples: Samples, plain: Paint, enough: float) -> bool:
    return plain.error <= min(FLAT, enough) or len(samples.at) < _FEWEST or not samples.solid


def _framed(samples: Samples) -> tuple[Floats, tuple[Floats, float]]:
    """Places as -1..1 around their middle, and that middle and the reach in px."""
    middle = samples.at.mean(axis=0)
    reach = max(float(np.abs(samples.at - middle).max()), 1.0)
    return (samples.at - middle) / reach, (middle, reach)


def _bent(u: Floats, colour: Floats) -> tuple[Floats, float]:
    """The quadratic surface (6, 3) nearest to the colours, and its error."""
    x, y = u.T
    basis = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)
    square = basis.T @ basis
    square[np.diag_indices(6)] += 1e-6 * len(u)
    factors = np.linalg.solve(square, basis.T @ colour)
    return factors, float(np.sqrt(np.square(basis @ factors - colour).mean()))


def _angles(u: Floats, colour: Floats) -> list[tuple[float, float]]:
    """The directions, in radians, along which the colours change most like a gradient, and the error of each."""
    around = u - u.mean(axis=0)
    slope = np.linalg.solve(around.T @ around + 1e-6 * np.eye(2), around.T @ colour)  # (2, 3)
    way = np.linalg.svd(slope, full_matrices=False)[0][:, 0]
    factors, _ = _bent(u, colour)
    bends = np.array([[[f[3], f[4] / 2], [f[4] / 2, f[5]]] for f in factors.T])
    bend = np.linalg.eigh(np.einsum("kij,kjl->il", bends, bends))[1][:, 1]
    few, hues = _some(u, colour)
    candidates = []
    for start in {round(float(np.arctan2(v[1], v[0])) % np.pi, 2) for v in (way, bend)}:
        angle, error = start, np.inf
        for turns in _TURNS:
            angles = angle + turns
            errors = _scatter(np.stack([np.cos(angles), np.sin(angles)], axis=1) @ few.T, hues)
            best = int(errors.argmin())
            angle, error = float(angles[best]), float(errors[best])
        candidates.append((angle, error))
    return candidates


def _some(u: Floats, colour: Floats) -> tuple[Floats, Floats]:
    step = max(1, len(u) // _SEARCHED)
    return u[::step], colour[::step]


def _profile(t: Floats, colour: Floats) -> tuple[Floats, Floats, float]:
    """Bin middles, mean colours and the error of colours as a function of `t` (0..1) made of straight pieces."""
    bins = min(_BINS, max(4, len(t) // 12))
    place = np.minimum((t * bins).astype(int), bins - 1)
    count = np.bincount(place, minlength=bins)
    used = count > 0
    sums = np.stack([np.bincount(place, colour[:, c], bins) for c in range(3)], axis=1)
    middles = np.bincount(place, t, bins)[used] / count[used]
    means = sums[used] / count[used][:, None]
    seen = np.stack([np.interp(t, middles, means[:, c]) for c in range(3)], axis=1)
    return middles, means, float(np.sqrt(np.square(seen - colour).mean()))


def _scatter(t: Floats, colour: Floats) -> Floats:
    """How far colours (n, 3) are from being a function of each row of `t` (k, n), in levels: what neighbours differ by.

    John von Neumann's ratio, https://doi.org/10.1214/aoms/1177731677.
    """
    steps = np.diff(colour[np.argsort(t, axis=1)], axis=1)
    return np.asarray(np.sqrt(np.einsum("kij,kij->k", steps, steps) / (6 * max(steps.shape[1], 1))))


def _linear(u: Floats, colour: Floats, angle: float, frame: tuple[Floats, float]) -> Paint:
    t = u @ np.array((np.cos(angle), np.sin(angle)))
    low, high = float(t.min()), float(t.max())
    wide = max(high - low, 1e-9)
    middles, means, error = _profile((t - low) / wide, colour)
    middle, reach = frame
    along = np.array((np.cos(angle), np.sin(angle))) / (reach * wide)
    mapping = np.array([[*along, -along @ middle - low / wide], [0, 0, 0]])
    return Paint("linear", _stops(middles, means, error), mapping, error)


def _circle(u: Floats, colour: Floats, *, steps: int = _STEPS, round_only: bool = False) -> tuple[float, Floats | None]:
    """The error and form of the best circle or ellipse of colours: its middle, aspect and angle. None without any."""
    factors, _ = _bent(u, colour)
    bends = np.array([[[2 * f[3], f[4]], [f[4], 2 * f[5]]] for f in factors.T])
    weights = np.sign(np.trace(bends, axis1=1, axis2=2))
    bend, slope = (bends * weights[:, None, None]).sum(axis=0), (factors[1:3] * weights).sum(axis=1)
    values, vectors = np.linalg.eigh(bend)
    if abs(values).max() < 1e-6:
        return np.inf, None
    middle = _middle_of(bend, slope)
    few, hues = _some(u, colour)
    candidates = [_searched(few, hues, np.array((*middle, 1.0, 0.0)), steps)]
    if values[0] * values[1] > 0 and not round_only:
        long = float(np.clip(np.sqrt(abs(values[1] / values[0])), 0.2, 5))
        start = np.array((*middle, long, float(np.arctan2(vectors[1, 1], vectors[0, 1]))))
        candidates.append(_searched(few, hues, start, steps))
    return min(candidates, key=lambda one: one[0])


def _middle_of(bend: Floats, slope: Floats) -> tuple[float, float]:
    middle = -np.linalg.lstsq(bend, slope, rcond=0.05)[0]
    away = max(float(np.hypot(*middle)), 1e-9)
    x, y = middle * min(1.0, 3 / away)
    return float(x), float(y)


def _round(p: Floats) -> Floats:
    """The mapping (2, 3) under which an ellipse with middle p[0], p[1], aspect p[2] and angle p[3] is a circle."""
    cos, sin = np.cos(p[3]), np.sin(p[3])
    turned = np.array([[cos * p[2], sin * p[2]], [-sin, cos]])
    return np.column_stack([turned, -turned @ p[:2]])


def _radii(u: Floats, forms: Floats) -> Floats:
    """Distance (k, n) of each point from the middle of each form (k, 4), along its ellipse."""
    x, y = u[:, 0] - forms[:, :1], u[:, 1] - forms[:, 1:2]
    cos, sin = np.cos(forms[:, 3:]), np.sin(forms[:, 3:])
    return np.asarray(np.hypot((cos * x + sin * y) * forms[:, 2:3], cos * y - sin * x))


def _searched(u: Floats, colour: Floats, at: Floats, steps: int) -> tuple[float, Floats]:
    """The form near `at` with the least error, by ever smaller steps."""
    moves = np.diag((0.25, 0.25, 0.2, 0.3)) if at[2] != 1 else np.diag((0.25, 0.25, 0, 0))[:2]
    moves = np.concatenate([moves, -moves])
    least, size = float(_scatter(_radii(u, at[None]), colour)[0]), 1.0
    for _ in range(steps):
        forms = at + size * moves
        errors = np.where(forms[:, 2] > 0.1, _scatter(_radii(u, forms), colour), np.inf)
        best = int(errors.argmin())
        if errors[best] < least - 1e-3:
            at, least = forms[best], float(errors[best])
        else:
            size /= 2.5
        if size < 0.02:
            break
    return least, at


def _radial(u: Floats, colour: Floats, form: Floats, frame: tuple[Floats, float]) -> Paint:
    r = _radii(u, form[None])[0]
    most = max(float(r.max()), 1e-9)
    middles, means, error = _profile(r / most, colour)
    middle, reach = frame
    mapping = _round(form) / most
    mapping[:, :2] /= reach
    mapping[:, 2] -= mapping[:, :2] @ middle
    return Paint("radial", _stops(middles, means, error), mapping, error)


def _stops(middles: Floats, means: Floats, error: float) -> tuple[tuple[float, tuple[float, float, float]], ...]:
    """The fewest points whose straight connections stay within _STOP, or `error`, of the profile."""
    allowed = max(_STOP, error)  # the means are no truer than that
    keep = {0, len(middles) - 1}
    waiting = [(0, len(middles) - 1)]
    while waiting:
        first, last = waiting.pop()
        if last - first < 2:
            continue
        inner = np.arange(first + 1, last)
        share = ((middles[inner] - middles[first]) / (middles[last] - middles[first]))[:, None]
        away = np.abs(means[inner] - means[first] - share * (means[last] - means[first])).max(axis=1)
        if away.max() > allowed:
            at = first + 1 + int(away.argmax())
            keep.add(at)
            waiting += [(first, at), (at, last)]
    order = sorted(keep)
    return tuple((float(middles[k]), tuple(np.clip(means[k], 0, 255).tolist())) for k in order)


def painted(paint: Paint, at: Floats) -> Floats:
    """Colours (n, 3) of the paint at points (n, 2)."""
    if paint.kind == "flat":
        return np.broadcast_to(np.array(paint.stops[0][1]), (len(at), 3))
    both = at @ paint.mapping[:, :2].T + paint.mapping[:, 2]
    t = both[:, 0] if paint.kind == "linear" else np.hypot(both[:, 0], both[:, 1])
    where = [stop[0] for stop in paint.stops]
    return np.stack([np.interp(t, where, [stop[1][c] for stop in paint.stops]) for c in range(3)], axis=1)
