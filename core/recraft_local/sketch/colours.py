"""Colours: names in prompts, mixing by eye (OKLab), and the light of the hour.

OKLab after Björn Ottosson, https://bottosson.github.io/posts/oklab/.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import atan2, cos, exp, hypot, radians, sin

RGB = tuple[int, int, int]
Lab = tuple[float, float, float]


def rgb(code: str) -> RGB:
    """Colour from "rrggbb"."""
    return int(code[0:2], 16), int(code[2:4], 16), int(code[4:6], 16)


_NAMES = """
red d23b35, crimson a91f34, scarlet dd3b23, maroon 7a2430, burgundy 6f1f35, vermilion e0492f, coral f2785c,
salmon f29a84, pink ee8fae, rose e36f8e, magenta c93a8b, fuchsia d63aa0, purple 7d4fa3, violet 7f5bc4,
lavender b7a6e0, lilac c5a3d8, plum 7a3b6b, indigo 41418f, navy 22345f, blue 3a73c2, azure 3f93d8, cobalt 2c56a8,
sapphire 2455a0, cyan 35b5c8, turquoise 39b7ae, teal 23807f, aqua 5fc6c6, mint a2dcc0, green 4f9a52,
emerald 2f9a6c, olive 7f8040, lime a4c639, sage 9fb08d, khaki b6a878, yellow f2c53d, gold d9a62e, golden d9a62e,
amber eba52f, mustard d2a02c, ochre c5892f, orange ee8334, tangerine f08a3a, peach f6bd98, apricot f4b07a,
copper b5683c, bronze a06f3c, rust a8502c, terracotta c46a47, brown 80573a, chocolate 5d3b27, tan c9a57b,
beige e3d3b6, cream f4ead2, ivory f5f0e1, white f4f3ef, snowy f2f5f7, silver b9c0c6, grey 8b9095, gray 8b9095,
charcoal 40454b, black 26272b, ebony 2b2524, neon 3df0c5, blonde e3c173, ginger cf7a35
"""
NAMES: dict[str, RGB] = {
    pair.split()[0]: rgb(pair.split()[1]) for pair in _NAMES.replace("\n", " ").split(",")
}


def _linear(v: float) -> float:
    v /= 255
    return v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4


def _gamma(v: float) -> int:
    v = 12.92 * v if v <= 0.0031308 else 1.055 * max(v, 0.0) ** (1 / 2.4) - 0.055
    return max(0, min(255, round(v * 255)))


@lru_cache(maxsize=4096)
def lab(c: RGB) -> Lab:
    """OKLab lightness 0..1 and two opponent colours of an sRGB colour."""
    r, g, b = (_linear(v) for v in c)
    l_ = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    m_ = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    s_ = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * l_ + 0.7936177850 * m_ - 0.0040720468 * s_,
        1.9779984951 * l_ - 2.4285922050 * m_ + 0.4505937099 * s_,
        0.0259040371 * l_ + 0.7827717662 * m_ - 0.8086757660 * s_,
    )


def unlab(c: Lab) -> RGB:
    """Nearest sRGB colour of an OKLab one."""
    big, a, b = max(0.0, min(1.0, c[0])), c[1], c[2]
    l_ = (big + 0.3963377774 * a + 0.2158037573 * b) ** 3
    m_ = (big - 0.1055613458 * a - 0.0638541728 * b) ** 3
    s_ = (big - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _gamma(4.0767416621 * l_ - 3.3077115913 * m_ + 0.2309699292 * s_),
        _gamma(-1.2684380046 * l_ + 2.6097574011 * m_ - 0.3413193965 * s_),
        _gamma(-0.0041960863 * l_ - 0.7034186147 * m_ + 1.7076147010 * s_),
    )


def mix(a: RGB, b: RGB, t: float) -> RGB:
    """`a` at t = 0, `b` at t = 1, mixed as the eye sees it."""
    la, lb = lab(a), lab(b)
    return unlab((la[0] + (lb[0] - la[0]) * t, la[1] + (lb[1] - la[1]) * t, la[2] + (lb[2] - la[2]) * t))


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


def _light(sky: str, disc: str, ambient: str, strength: float, far: str, dark: bool = False,
           covered: bool = False) -> Light:  # fmt: skip
    top, middle, low = (rgb(code) for code in sky.split())
    return Light((top, middle, low), rgb(disc), rgb(ambient), strength, rgb(far), dark, covered)


LIGHTS: dict[str, Light] = {
    "day": _light("4f9fd6 93c9e6 e2f0ee", "fff4cf", "bfe0ee", 0.06, "a5c6d6"),
    "morning": _light("86a9dc c7cde6 fbe0cd", "fff0cc", "f6d3c4", 0.16, "b9b9d4"),
    "golden": _light("7fa5c4 f0cf9d fbdc9f", "fff2c4", "f2b46a", 0.24, "d8b196"),
    "sunset": _light("40508f d9788a fbb26b", "ffe9a6", "b8506f", 0.38, "a4688f"),
    "dusk": _light("2b3768 76659c e7a3a2", "ffe6d0", "4a3f7d", 0.48, "6f6497", True),
    "night": _light("0d1736 1d3160 3f5f94", "f6f1da", "14244f", 0.62, "2f4877", True),
    "overcast": _light("8796a3 aab6bd d6dcdb", "eef1ee", "97a3a8", 0.28, "a9b4b8", covered=True),
    "storm": _light("3b4754 5f6d78 99a3a4", "dfe4e0", "4a5763", 0.45, "6b7983", True, True),
    "fog": _light("c3cfd3 d8e0e0 eef0ea", "fbf7e6", "d6dedd", 0.48, "c8d3d4"),
    "neon": _light("170f35 3c1a63 a3317f", "ff9ad0", "34186b", 0.5, "4b2a80", True),
}
