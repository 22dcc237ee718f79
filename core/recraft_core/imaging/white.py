"""Which number is white in a mask, by one rule for every depth.

It is the largest number of the file's kind: 255, 65535, 1 of floats. A mask whose largest number is less than an
eighth of that was written by a program that counts otherwise, and is taken by what it holds: 0 and one other number,
then that one is white; or numbers that need 8, 10, 12 or 14 bits, then the largest one of so many bits is white. What
is left are several small numbers, as those of labels: none of them is white, and a sentence says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..shared.i18n import say

_FAR = 8
_FULL = (255.0, 1023.0, 4095.0, 16383.0, 65535.0)


def white_of(least: float, largest: float, full: float) -> float:
    """The number of white in a mask whose numbers above 0 run from `least` to `largest`; 0 when none is.

    `full` is white in the file's kind, inf where whole numbers do not tell it; floats beyond 2 tell nothing either.
    """
    if largest > 2 * full or full == inf:
        full = 255.0 if largest <= 255 else inf
    if not largest or largest * _FAR >= full:
        return full
    if least == largest:
        return largest
    return next((step for step in _FULL if step < full and step < 2 * largest <= 2 * step), 0.0)


def labels(least: float, largest: float) -> str:
    """What is told of a mask in which no number is white."""
    return say(
        "The numbers in it run from {least:g} to {largest:g}, far below white, as those of labels do.",
        least=float(least),
        largest=float(largest),
    )


class Whites:
    """What is white in the grey or RGB, and in the alpha, of a mask with other numbers than bytes.

    `full` as of `white_of`. Rows come as 0..65535 or as floats 0..1 of it; with inf as the numbers themselves.
    """

    def __init__(self, full: float) -> None:
        self.full = full
        self.note = ""
        self._times = (1.0, 1.0)

    def look(self, bands: Iterable[tuple[slice, NDArray[Any]]], count: int) -> None:
        """See all rows of a mask, of which the first `count` channels are colours."""
        colours, alpha = (inf, 0.0), (inf, 0.0)
        for _, rows in bands:
            colours, alpha = _ends(rows[..., :count], *colours), _ends(rows[..., count:], *alpha)
        self._times = (self._factor(*colours), self._factor(*alpha))

    def _factor(self, least: float, largest: float) -> float:
        if not largest:
            return 1.0
        unit = 1.0 if self.full == inf else self.full
        if unit != 1:
            least, largest = round(least * unit), round(largest * unit)
        white = white_of(least, largest, self.full)
        if not white:
            self.note = labels(least, largest)
        return unit / white if white else 0.0

    def brought(self, rows: NDArray[Any], count: int) -> NDArray[Any]:
        """Rows in which white is 65535, or 1 of floats."""
        if self._times == (1.0, 1.0):
            return rows
        out = rows.astype(np.float32)
        out[..., :count] *= np.float32(self._times[0])
        out[..., count:] *= np.float32(self._times[1])
        return np.clip(out + np.float32(0.5), 0, 65535).astype(np.uint16) if rows.dtype == np.uint16 else out


def _ends(part: NDArray[Any], least: float, largest: float) -> tuple[float, float]:
    """The ends so far with those of the numbers above 0 in `part`, as parts of 65535 where it is of that type."""
    above = part[part > 0]
    if not above.size:
        return least, largest
    top = 65535 if part.dtype == np.uint16 else 1
    return min(least, float(above.min()) / top), max(largest, float(above.max()) / top)
