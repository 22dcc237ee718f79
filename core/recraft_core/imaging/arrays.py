"""numpy arrays as pictures: documented ranges, and nothing guessed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..shared.errors import BadPicture
from ..shared.i18n import say
from .decode import scaled_to_bytes
from .pixels import Pixels, strips


def from_array(array: NDArray[Any]) -> Pixels:
    """Pixels of an array; see `read_picture` for what it may be."""
    channels = array.shape[-1] if array.ndim == 3 else 1
    if array.ndim not in {2, 3} or channels not in {1, 3, 4} or not array.size or array.dtype.kind not in "buif":
        raise BadPicture(
            say("An array of shape {shape} and type {dtype} is no picture.", shape=array.shape, dtype=array.dtype),
            remedy=_turned_array(array) or "Use (height, width[, 3 or 4]) of uint8, uint16, bool or float 0..1.",
        )
    _check_range(array)
    out = np.full((*array.shape[:2], 4), 255, np.uint8)
    for rows in strips(len(array)):
        part = array[rows].reshape(-1, array.shape[1], channels)
        out[rows, :, : 3 if channels == 1 else channels] = scaled_to_bytes(_narrow(part))
    return out


def _turned_array(array: NDArray[Any]) -> str:
    if array.ndim == 3 and array.shape[0] in {1, 3, 4} and array.size:
        return "Put the channels last: array.transpose(1, 2, 0)."
    return ""


def _narrow(part: NDArray[Any]) -> NDArray[Any]:
    """Whole numbers of any type but 16 bits as bytes; the range was checked."""
    if part.dtype.kind in "iu" and part.dtype.newbyteorder("=") != np.uint16:
        return part.astype(np.uint8)
    return part.astype(np.float32) if part.dtype.kind == "f" else part


def _check_range(array: NDArray[Any]) -> None:
    """Numbers beyond what their type may hold are told by name; nothing is guessed."""
    kind = array.dtype.newbyteorder("=")
    if kind in (np.uint8, np.uint16, np.bool_):
        return
    low, high = array.min(), array.max()
    floats = array.dtype.kind == "f"
    # A resampler overshoots a little: what rounds to black or white is black or white.
    room, top = (1 / 512, 1) if floats else (0, 255)
    if low >= -room and high <= top + room:
        return
    if np.isfinite([low, high]).all():
        runs = say("runs from {low:.6g} to {high:.6g}", low=float(low), high=float(high))
    else:
        runs = say("holds numbers that are not finite ({low}..{high})", low=low, high=high)
    fix = "array.clip(0, 1), or array / 255, as it is meant" if floats else "array.astype(np.uint16) for 16 bits"
    raise BadPicture(
        say(
            "The array of type {dtype} {runs}, but {numbers} run from 0 to {top}.",
            dtype=array.dtype,
            runs=runs,
            numbers=say("floats") if floats else say("whole numbers"),
            top=top,
        ),
        remedy=say("Bring it there: {fix}.", fix=fix),
    )
