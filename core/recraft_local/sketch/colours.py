"""Colours: mixing by eye (OKLab), pulling towards a palette, and the light of the hour.

OKLab after Björn Ottosson, https://bottosson.github.io/posts/oklab/.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import atan2, cos, exp, hypot, radians, sin

RGB = tuple[int, int, int]
Lab = tuple[float, float, float]
_TO_CONE = (
    (0.4122214708, 0.5363325363, 0.0514459929), (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)  # fmt: skip
_TO_LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468), (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)  # fmt: skip
_FROM_LAB = (
    (1.0, 0.3963377774, 0.2158037573), (1.0, -0.1055613458, -0.0638541728), (1.0, -0.0894841775, -1.2914855480)
)  # fmt: skip
_FROM_CONE = (
    (4.0767416621, -3.3077115913, 0.2309699292), (-1.2684380046, 2.6097574011, -0.3413193965),
    (-0.0041960863, -0.7034186147, 1.7076147010),
)  # fmt: skip


def rgb(code: str) -> RGB:
    """Colour from "rrggbb"."""
    return int(code[0:2], 16), int(code[2:4], 16), int(code[4:6], 16)


def _linear(v: float) -> float:
    v /= 255
    return v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4


def _gamma(v: float) -> int:
    v = 12.92 * v if v <= 0.0031308 else 1.055 * max(v, 0.0) ** (1 / 2.4) - 0.055
    return max(0, min(255, round(v * 255)))


def _times(matrix: Sequence[Sequence[float]], v: Sequence[float]) -> Lab:
    a, b, c = (row[0] * v[0] + row[1] * v[1] + row[2] * v[2] for row in matrix)
    return a, b, c


@lru_cache(maxsize=4096)
def lab(c: RGB) -> Lab:
    """OKLab lightness 0..1 and two opponent colours of an sRGB colour."""
    return _times(_TO_LAB, [v ** (1 / 3) for v in _times(_TO_CONE, [_linear(v) for v in c])])


def unlab(c: Lab) -> RGB:
    """Nearest sRGB colour of an OKLab one."""
    cone = _times(_FROM_LAB, (max(0.0, min(1.0, c[0])), c[1], c[2]))
    red, green, blue = (_gamma(v) for v in _times(_FROM_CONE, [v**3 for v in cone]))
    return red, green, blue


def mix(a: RGB, b: RGB, t: float) -> RGB:
    """`a` at t = 0, `b` at t = 1, mixed as the eye sees it."""
    (l0, a0, b0), (l1, a1, b1) = lab(a), lab(b)
    return unlab((l0 + (l1 - l0) * t, a0 + (a1 - a0) * t, b0 + (b1 - b0) * t))


def shade(c: RGB, by: float) -> RGB:
    """Lighter (by > 0) or darker (by < 0); 0.1 is a clear step. Shadows lean to blue, lights to yellow."""
    big, a, b = lab(c)
    return unlab((big + by, a * (1 - abs(by) * 0.4), b * (1 - abs(by) * 0.4) + by * 0.05))


def turn(c: RGB, degrees: float, *, chroma: float = 1.0) -> RGB:
    """Hue turned by `degrees`, colourfulness times `chroma`."""
    big, a, b = lab(c)
    angle, reach = atan2(b, a) + radians(degrees), hypot(a, b) * chroma
    return unlab((big, reach * cos(angle), reach * sin(angle)))


def lightness(c: RGB) -> float:
    """OKLab lightness, 0 black .. 1 white."""
    return lab(c)[0]


def toward(c: RGB, colours: Sequence[tuple[RGB, float]], amount: float = 0.85, *, keep: float = 0.6) -> RGB:
    """Pull a colour to the nearest of `colours` (each with a weight above 0), keeping `keep` of its lightness."""
    big, a, b = lab(c)
    pulls = []
    for target, weight in colours:
        tl, ta, tb = lab(target)
        far = hypot(0.7 * (big - tl), hypot(a - ta, b - tb) * 1.6)
        pulls.append((weight * exp(-far / 0.07), (tl, ta, tb)))
    total = sum(p for p, _ in pulls) or 1e-12
    tl, ta, tb = (sum(p * t[i] for p, t in pulls) / total for i in range(3))
    return mix(c, unlab((big * keep + tl * (1 - keep), ta, tb)), amount)


def repainted(c: RGB, main: RGB, wanted: RGB) -> RGB:
    """A colour of a thing whose `main` colour becomes `wanted`: its relatives go along, others stay.

    Relatives have the hue of the main colour; of a grey one, its lightness.
    """
    (l0, a0, b0), (l1, a1, b1), (l2, a2, b2) = lab(main), lab(wanted), lab(c)
    grey = hypot(a0, b0) < 0.045
    near = abs(l2 - l0) < 0.22 and hypot(a2, b2) < 0.06 if grey else (
        hypot(a2, b2) > 0.035 and (a0 * a2 + b0 * b2) / max(hypot(a0, b0) * hypot(a2, b2), 1e-9) > 0.86
    )  # fmt: skip
    return unlab((l1 + (l2 - l0) * 0.8, a1 + (a2 - a0) * 0.4, b1 + (b2 - b0) * 0.4)) if near else c


@dataclass(frozen=True)
class Light:
    """The light of one hour or weather: sky colours top to bottom, disc, and what it does to everything.

    `ambient` is laid over all scenery by `strength` 0..1, and over subjects by half of it.
    """

    sky: tuple[RGB, RGB, RGB]
    disc: RGB
    ambient: RGB
    strength: float
    far: RGB
    dark: bool = False
    covered: bool = False  # neither sun nor moon is seen

    @classmethod
    def of(cls, row: str) -> Light:
        """A light from its row in data/sketch.ini."""
        *sky, disc, ambient, strength, far = row.split()[:7]
        top, middle, low = map(rgb, sky)
        words = row.split()[7:]
        return cls((top, middle, low), rgb(disc), rgb(ambient), float(strength), rgb(far), "dark" in words,
                   "covered" in words)  # fmt: skip
