"""Colour spaces as three curves and a matrix: what PNG's gAMA, cHRM and cICP say, and profiles of that shape.

For what Pillow's colour engine cannot do: it knows 8 bits only, in which linear light has no shadows left.
Sources: PNG (https://www.w3.org/TR/png-3/), ITU-T H.273 for cICP, ICC.1:2022 for profiles, IEC 61966-2-1 for sRGB.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
STEPS = 65536  # of a curve: one for each number of 16 bits

_XY: TypeAlias = "tuple[float, float]"
Corners: TypeAlias = "tuple[_XY, _XY, _XY, _XY]"
# Chromaticities of red, green, blue and white. H.273, table 2.
_D65: _XY = (0.3127, 0.3290)
_BT709 = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06), _D65)
PRIMARIES: dict[int, Corners] = {
    1: _BT709,
    4: ((0.67, 0.33), (0.21, 0.71), (0.14, 0.08), (0.310, 0.316)),
    5: ((0.64, 0.33), (0.29, 0.60), (0.15, 0.06), _D65),
    6: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65),
    7: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), _D65),
    11: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.314, 0.351)),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), _D65),
}
_D50: _XY = (0.3457, 0.3585)
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


class Space(NamedTuple):
    """A colour space. `curves`: 1 or 3 tables of STEPS, number to light, both 0..1. `matrix`: its light to sRGB's,
    None where the primaries are those of sRGB, or it is grey.
    """

    curves: tuple[Floats, ...]
    matrix: NDArray[np.float64] | None = None

    def linear(self) -> bool:
        """True when numbers are about proportional to light, so that 8 bits would not do."""
        return all(float(curve[STEPS // 2]) > 0.4 for curve in self.curves)

    def shown(self, numbers: NDArray[np.uint16]) -> NDArray[np.uint8]:
        """Numbers 0..65535, (..., channels), in sRGB of 8 bits."""
        each = self.curves if len(self.curves) > 1 else self.curves * numbers.shape[-1]
        if self.matrix is None:
            tables = [_encoded(curve) for curve in each]
            return np.stack([table[numbers[..., at]] for at, table in enumerate(tables)], axis=-1)
        light = np.stack([curve[numbers[..., at]] for at, curve in enumerate(each)], axis=-1)
        return _encoded(light @ self.matrix.T.astype(np.float32))


class _Lab(Space):
    """CIE L*a*b* of ICC: 0..65535 are 0..100 of lightness and -128..127 of the others, for the white D50."""

    def shown(self, numbers: NDArray[np.uint16]) -> NDArray[np.uint8]:
        """Numbers 0..65535, (..., 3), in sRGB of 8 bits."""
        lightness, a, b = np.moveaxis(numbers.astype(np.float32) / np.float32(257), -1, 0)
        middle = (lightness / np.float32(2.55) + 16) / 116
        roots = np.stack([middle + (a - 128) / 500, middle, middle - (b - 128) / 200], axis=-1)
        light = np.where(roots > 6 / 29, roots**3, (roots - 4 / 29) * np.float32(108 / 841))
        return _encoded(light.astype(np.float32) @ (_from_d50() * _xyz(_D50)).T.astype(np.float32))


LAB = _Lab(())


def _encoded(light: Floats) -> NDArray[np.uint8]:
    steps = np.clip(light, 0, 1) * np.float32(STEPS - 1) + np.float32(0.5)
    levels: NDArray[np.uint8] = _srgb_table()[steps.astype(np.uint16)]
    return levels


@lru_cache(maxsize=1)
def _srgb_table() -> NDArray[np.uint8]:
    light = np.linspace(0, 1, STEPS)
    return np.floor(np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055) * 255 + 0.5).astype(
        np.uint8
    )


def _table(curve: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Floats:
    return np.clip(curve(np.linspace(0, 1, STEPS)), 0, 1).astype(np.float32)


def _srgb(value: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def _bt709(value: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(value < 0.081, value / 4.5, ((value + 0.099) / 1.099) ** (1 / 0.45))


def _pq(value: NDArray[np.float64]) -> NDArray[np.float64]:
    """SMPTE ST 2084, with its reference white of 203 cd/m² (ITU-R BT.2408) as 1."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    root = value ** (1 / m2)
    return (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1) * 10000 / 203


def _hlg(value: NDArray[np.float64]) -> NDArray[np.float64]:
    """ARIB STD-B67, with its reference white, 75 % of the signal, as 1."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    light = np.where(value <= 0.5, value**2 / 3, (np.exp((value - c) / a) + b) / 12)
    linear: NDArray[np.float64] = light / ((np.exp((0.75 - c) / a) + b) / 12)
    return linear


# H.273, table 3.
TRANSFERS: dict[int, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    **dict.fromkeys((1, 6, 14, 15), _bt709),
    4: lambda value: value**2.2,
    5: lambda value: value**2.8,
    8: lambda value: value,
    13: _srgb,
    16: _pq,
    18: _hlg,
}
HDR = {16, 18}


def coded(primaries: int, transfer: int) -> Space | None:
    """The space of H.273's two numbers; None for sRGB itself, and for numbers that say nothing."""
    curve, corners = TRANSFERS.get(transfer), PRIMARIES.get(primaries, _BT709)
    plain = curve in (None, _srgb) or (curve is _bt709 and corners is _BT709)
    if plain and corners is _BT709:
        return None  # video's own curve on sRGB's primaries is shown as sRGB by every viewer
    return Space((_table(curve or _srgb),), None if corners is _BT709 else _to_srgb(corners))


def stated(gamma: float | None, corners: Corners | None) -> Space | None:
    """The space of PNG's gAMA (the exponent of encoding, 0.45455 for 2.2) and cHRM; None when they mean sRGB.

    Within 5 % of 2.2 sRGB's own curve is meant, as the reference decoder has it.
    """
    usual = gamma is None or not 0.01 < gamma < 100 or abs(gamma * 2.2 - 1) < 0.05
    matrix = _matrix_of(corners)
    if usual and matrix is None:
        return None
    return Space((_table(_srgb if usual else lambda value: value ** (1 / (gamma or 1))),), matrix)


def _matrix_of(corners: Corners | None) -> NDArray[np.float64] | None:
    if corners is None or max(abs(a - b) for one, two in zip(corners, _BT709, strict=True) for a, b in zip(one, two, strict=True)) < 0.003:  # fmt: skip  # noqa: E501
        return None
    try:
        matrix = _to_srgb(corners)
    except (np.linalg.LinAlgError, ZeroDivisionError):
        return None
    return matrix if np.isfinite(matrix).all() and np.abs(matrix).max() < 100 else None


def _to_srgb(corners: Corners) -> NDArray[np.float64]:
    """From the light of `corners` to that of sRGB, white to white (Bradford)."""
    matrix: NDArray[np.float64] = np.linalg.inv(_to_xyz(_BT709)) @ _adapted(corners[3], _D65) @ _to_xyz(corners)
    return matrix


def _to_xyz(corners: Corners) -> NDArray[np.float64]:
    columns = np.array([_xyz(one) for one in corners[:3]]).T
    scaled: NDArray[np.float64] = columns * np.linalg.solve(columns, _xyz(corners[3]))
    return scaled


def _xyz(one: _XY) -> NDArray[np.float64]:
    x, y = one
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _adapted(white: _XY, wanted: _XY) -> NDArray[np.float64]:
    ratio = (_BRADFORD @ _xyz(wanted)) / (_BRADFORD @ _xyz(white))
    matrix: NDArray[np.float64] = np.linalg.inv(_BRADFORD) @ (ratio[:, None] * _BRADFORD)
    return matrix


def _from_d50() -> NDArray[np.float64]:
    """From XYZ to the light of sRGB, both for the white D50, as the colours of a profile are held."""
    return np.linalg.inv(_adapted(_D65, _D50) @ _to_xyz(_BT709)).astype(np.float64)


# --- profiles -------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4)
def of_profile(icc: bytes) -> Space | None:
    """The space of an ICC profile that is curves and a matrix, or one grey curve; None for any other."""
    try:
        tags = _tags(icc)
        kind = icc[16:20]
        if kind == b"GRAY" and b"kTRC" in tags and b"A2B0" not in tags:
            return Space((_curve(tags[b"kTRC"]),))
        if kind != b"RGB " or b"A2B0" in tags or icc[20:24] != b"XYZ ":
            return None
        columns = np.array([_point(tags[name]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]).T
        return Space(tuple(_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC")), _from_d50() @ columns)
    except (KeyError, struct.error, ValueError, IndexError, np.linalg.LinAlgError):
        return None


def _tags(icc: bytes) -> dict[bytes, bytes]:
    count = min(struct.unpack_from(">I", icc, 128)[0], 200)
    rows = [struct.unpack_from(">4sII", icc, 132 + 12 * at) for at in range(count)]
    return {name: icc[start : start + length] for name, start, length in rows}


def _point(tag: bytes) -> tuple[float, ...]:
    return tuple(value / 65536 for value in struct.unpack_from(">3i", tag, 8))


def _curve(tag: bytes) -> Floats:
    if tag[:4] == b"para":
        return _table(_parametric(tag))
    if tag[:4] != b"curv":
        raise ValueError("no curve")
    count = struct.unpack_from(">I", tag, 8)[0]
    if count == 0:
        return _table(lambda value: value)
    if count == 1:
        exponent = struct.unpack_from(">H", tag, 12)[0] / 256
        return _table(lambda value: value**exponent)
    points = np.frombuffer(tag, ">u2", count, 12) / 65535
    return _table(lambda value: np.interp(value, np.linspace(0, 1, count), points))


def _parametric(tag: bytes) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """ICC.1:2022, 10.18: parametricCurveType."""
    kind = struct.unpack_from(">H", tag, 8)[0]
    length = (1, 3, 4, 5, 7)[kind]
    numbers = [value / 65536 for value in struct.unpack_from(f">{length}i", tag, 12)]
    g, a, b, c, d, e, f = (*numbers, *(0.0,) * (7 - length)) if kind else (numbers[0], 1.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    if kind in {1, 2}:  # below -b / a the curve is flat, at 0 or at c
        d, e, f, c = (-b / a if a else 0.0), c, c, 0.0
    return lambda value: np.where(value >= d, np.maximum(a * value + b, 0) ** g + e, c * value + f)
