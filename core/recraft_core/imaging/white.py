"""Which number is white in a mask, by one rule for every depth.

It is the largest number of the file's kind: 255, 65535, 1 of floats. A mask whose largest number is less than an
eighth of that was written by a program that counts otherwise, and is taken by what it holds: 0 and one other number,
then that one is white; numbers without soft edges, then they are labels, none of them is white, and it is refused;
others, then white is the largest number of 8, 10, 12, 14 or 16 bits, the fewest that hold them all. Few numbers are a
soft edge where they rise from 0 up to that white, each beside the next only, and those between are narrow bands; what
lies there as an area is a label. One number and no 0 stays the grey that it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..shared.errors import BadPicture
from ..shared.i18n import say

FAR = 8
_FULL = (255.0, 1023.0, 4095.0, 16383.0, 65535.0)
_SIGNED = 2.0**31  # and not less 1, to which float32 does not come nearer
_STEPS = 8  # so few numbers above 0 are a soft edge only where they rise up to white
_EVEN = 1.001  # what rounding does to the steps of floats
_WIDEST = 4  # px, of one band in a soft edge of few numbers, on the whole
_MOST = 0.6  # of white, for one step of few: above, it is a label far from the others


class Seen:
    """The numbers above 0 that a mask holds, of many only some, and the largest step between neighbours.

    All of them as parts of the largest number of their type where that is uint8 or uint16. Each of `numbers` with how
    many pixels hold it, and how many sides these share with pixels that do not.
    """

    def __init__(self) -> None:
        self.numbers: dict[float, tuple[int, int]] = {}
        self.least, self.largest = inf, 0.0
        self.step = 0.0
        self.black = False
        self._last: NDArray[Any] | None = None

    def add(self, part: NDArray[Any], *, enough: bool) -> None:
        """Look at some rows, (h, w, channels). `enough` when more than an eighth of white tells all."""
        top = _top(part)
        if enough and self.largest * FAR >= 1:
            return
        largest = float(np.fmax.reduce(part, axis=None, initial=0)) / top
        self.largest = max(self.largest, largest)
        if enough and self.largest * FAR >= 1:
            return
        last, self._last = self._last, part[-1:].copy()
        if not largest and (last is None or not last.any()):
            self.black = self.black or part.size > 0
            return
        above = part[part > 0]
        self.black = self.black or above.size < part.size
        self.least = min(self.least, float(above.min(initial=top)) / top) if above.size else self.least
        if len(self.numbers) <= _STEPS:
            self._count(part, part[:1] if last is None else last, top)
        for axis in (0, 1):
            steps = np.abs(np.diff(part.astype(np.float32), axis=axis))
            self.step = max(self.step, float(np.nan_to_num(steps).max(initial=0)) / top)

    def _count(self, part: NDArray[Any], last: NDArray[Any], top: int) -> None:
        """Pixels and borders of the numbers in `part`; `last` is the row above it."""
        joined = np.concatenate([last, part])
        for number in np.unique(joined[joined > 0])[: _STEPS + 1]:
            inside = joined == number
            sides = np.count_nonzero(inside[1:] != inside[:-1]) + np.count_nonzero(inside[1:, 1:] != inside[1:, :-1])
            pixels, before = self.numbers.get(float(number) / top, (0, 0))
            self.numbers[float(number) / top] = pixels + int(np.count_nonzero(inside[1:])), before + int(sides)

    def soft(self, white: float) -> bool:
        """True for what is no labels: numbers that rise and fall by steps, where they are few up to `white`."""
        if len(self.numbers) > _STEPS:
            return self.step * 2 <= self.largest
        # A band has a border on both sides.
        bands = (self.numbers[number] for number in self.numbers.keys() - {self.largest})
        if not self.black or any(pixels * 2 > _WIDEST * sides for pixels, sides in bands):
            return False
        known = [0.0, *sorted(self.numbers)]
        widest = max(above - below for below, above in pairwise(known))
        up_to_white = (self.largest + widest) * _EVEN >= white and widest <= white * _MOST
        return up_to_white and self.step <= widest * _EVEN

    def white(self, full: float) -> float:
        """The number of white; 0 when none is.

        `full` is white in the file's kind, inf where whole numbers do not tell it; floats beyond 2 tell nothing either.
        """
        unit = 1.0 if full == inf else full
        largest = self.largest if unit == 1 else round(self.largest * unit)
        if largest > 2 * full or full == inf:
            full = 255.0 if largest <= 255 else _SIGNED if largest <= _SIGNED <= largest * FAR else inf
        if largest * FAR >= full or not largest:
            return full
        if len(self.numbers) == 1 and self.black:
            return largest
        if len(self.numbers) == 1 and full < inf:
            return full
        white = next((step for step in _FULL if largest <= step < full), full if full <= 65535 else 0.0)
        if len(self.numbers) > 1 and largest not in _FULL and not self.soft(white / unit):
            return 0.0
        return white


class Whites:
    """What is white in the grey or RGB, and in the alpha, of a mask.

    `by_alpha` when its colours do not count. `full` as of `Seen.white`; rows come as uint8, as 0..65535 or as floats
    0..1 of it; with inf as the numbers themselves. `note` is told of a number that was taken for white.
    """

    def __init__(self, full: float = 255.0, *, by_alpha: bool = False) -> None:
        self.full = full
        self.note = ""
        self.looked = False
        self._by_alpha = by_alpha
        self._times = (1.0, 1.0)

    def set_full(self, full: float) -> Whites:
        """From now on `full` is white in the numbers that are looked at; gives itself."""
        self.full = full
        return self

    def look(self, bands: Iterable[tuple[slice, NDArray[Any]]], count: int) -> None:
        """See all rows of a mask, of which the first `count` channels are colours. Raises BadPicture for labels."""
        colours, alpha = Seen(), Seen()
        # Floats beyond 2 may come yet, and then are counted otherwise.
        enough = self.full not in {1.0, inf}
        for _, rows in bands:
            if not self._by_alpha:
                colours.add(rows[..., :count], enough=enough)
            alpha.add(rows[..., count:], enough=enough)
        self._times = (self._factor(colours), self._factor(alpha))
        self.looked = True

    def _factor(self, seen: Seen) -> float:
        if not seen.largest:
            return 1.0
        unit = 1.0 if self.full == inf else self.full
        white = seen.white(self.full)
        if white in (0.0, inf):
            least = seen.least * unit
            raise BadPicture(
                say(
                    "The numbers in the mask run from {least:g} to {largest:g}, far below white: they are labels, or "
                    "the mask is a very faint one.",
                    least=least if unit == 1 else round(least),
                    largest=seen.largest * unit if unit == 1 else round(seen.largest * unit),
                ),
                remedy="Make what should change white in it.",
            )
        if white != self.full and white not in _FULL and len(seen.numbers) == 1:
            self.note = say("In the mask {white:g} is taken for white.", white=white)
        return unit / white

    def brought(self, rows: NDArray[Any], count: int) -> NDArray[Any]:
        """Rows in which white is 255, 65535, or 1 of floats."""
        if self._times == (1.0, 1.0):
            return rows
        out = rows.astype(np.float32)
        out[..., :count] *= np.float32(self._times[0])
        out[..., count:] *= np.float32(self._times[1])
        return np.clip(out + np.float32(0.5), 0, _top(rows)).astype(rows.dtype) if rows.dtype.kind == "u" else out


def _top(rows: NDArray[Any]) -> int:
    return int(np.iinfo(rows.dtype).max) if rows.dtype.kind == "u" else 1
