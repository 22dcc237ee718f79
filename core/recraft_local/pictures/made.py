"""What every operation on pixels gives back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Made(NamedTuple):
    """Pixels, and the method that made them.

    `pixels` is uint8, (height, width, 3) or with alpha (height, width, 4). `how` names the method for the
    engine's log in plain words, a fallback and its reason included.
    """

    pixels: NDArray[np.uint8]
    how: str


class PictureTrouble(Exception):
    """A picture could not be made. Its text says what happened and what to do."""


class Undrawable(PictureTrouble):
    """An SVG that the renderer gives up on, or would take too long for: the fault is the picture's."""
