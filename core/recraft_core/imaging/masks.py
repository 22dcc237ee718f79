"""Masks as selections: what is white and opaque in a picture is selected."""

from __future__ import annotations

from math import inf
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..shared.errors import BadPicture
from ..shared.geometry import Size
from ..shared.i18n import join, say
from .arrays import from_array
from .pixels import Coverage, Pixels, as_array, as_image, strips
from .reading import decoded, headed
from .sources import PictureLike
from .white import FAR, Whites

_MOST = 0.9
_ROOM = 1 / 512  # of floats: what rounds to black
_SHOWS_ITSELF = "The mask shows the picture itself: what is bright in it is selected."
_OTHERWISE = (
    "If what is transparent should change, as in OpenAI's masks, say so: --transparent-mask "
    "(in scripts transparent_mask=True)."
)


class Selection(NamedTuple):
    """A mask that was read: its coverage, and sentences on it for people."""

    coverage: Coverage
    notes: tuple[str, ...] = ()


def read_mask(
    source: PictureLike, size: Size, *, transparent: bool = False, invert: bool = False, picture: Pixels | None = None
) -> Selection:
    """A mask as coverage 0..255: its brightness times its alpha, so that white and opaque is selected.

    `source` as for `read_picture`, but no profile is applied, and what is white is as in `white`: of 0 and one other
    small number it is that one; of 0..4095 in 16 bits, 4095.
    `transparent` takes OpenAI's convention instead: what is transparent is selected, colours do not count. `invert`
    exchanges selected and not selected. `picture` is what the mask is for, to notice one mistaken for the other.
    Raises BadPicture when it has not the picture's `size`, which is seen before it is decoded, and when nothing in it
    can be taken for white.
    """
    whites = Whites(by_alpha=transparent)
    pixels, said = _pixels(source, size, whites)
    coverage = pixels[..., 3].copy() if transparent else _coverage(pixels)
    if not whites.looked:
        rows, count = coverage[..., None], 0 if transparent else 1
        whites.set_full(255).look([(slice(0, len(rows)), rows)], count)
        coverage = whites.brought(rows, count)[..., 0]
    taken = (whites.note,) if whites.note else ()
    if transparent:
        return Selection(coverage if invert else ~coverage, taken)
    notes = (*_notes(pixels, coverage, picture), *taken)
    return Selection(~coverage if invert else coverage, notes if coverage.any() else (*notes, *said))


def read_coverage(source: PictureLike, size: Size) -> Coverage:
    """The coverage of `read_mask`, as white and opaque selects it."""
    return read_mask(source, size).coverage


def _pixels(source: PictureLike, size: Size, whites: Whites) -> tuple[Pixels, tuple[str, ...]]:
    """The mask's pixels, and what is told of it where nothing is selected."""
    if isinstance(source, np.ndarray):
        pixels = from_array(_from_black_to_white(source, whites))
        _check_size(Size(pixels.shape[1], pixels.shape[0]), size)
        return pixels, ()
    with headed(source, "The mask") as header:
        _check_size(header.size, size)
        read = decoded(header, whites=whites)
        return read.pixels, read.notes


def _from_black_to_white(array: NDArray[Any], whites: Whites) -> NDArray[Any]:
    """An array of other numbers than bytes as `from_array` takes it."""
    kind = array.dtype.newbyteorder("=")
    known = kind.kind in "uif" and kind != np.uint8 and array.ndim in {2, 3} and array.size
    if not known or not np.isfinite([array.min(), array.max()]).all() or array.min() < -_ROOM:
        return array
    rows = array.reshape(*array.shape[:2], -1)
    most: float = int(np.iinfo(kind).max) if kind.kind in "ui" else 1
    if kind == np.uint16:
        rows = rows.astype(np.uint16)
    elif kind.kind == "f":
        rows = rows.astype(np.float32)
    elif int(array.max()) * FAR >= most:
        rows = (rows / most).astype(np.float32)
    else:
        rows, most = rows.astype(np.float32), inf
    count = min(3, rows.shape[2])
    whites.set_full(most).look([(slice(0, len(rows)), rows)], count)
    return whites.brought(rows, count)


def _check_size(mask_size: Size, size: Size) -> None:
    if mask_size != size:
        raise BadPicture(
            say("The mask is {found} pixels, but the picture is {size}.", found=mask_size, size=size),
            remedy="Make the mask on the same picture, or scale it to the picture's size.",
        )


def _coverage(pixels: Pixels) -> Coverage:
    out = np.empty(pixels.shape[:2], np.uint8)
    for rows in strips(len(out)):
        bright = as_array(as_image(pixels[rows], "RGBX").convert("RGB").convert("L"))
        wide = bright.astype(np.uint16) * pixels[rows, :, 3] + np.uint16(128)
        out[rows] = (wide + (wide >> 8)) >> 8
    return out


def _notes(pixels: Pixels, coverage: Coverage, picture: Pixels | None) -> tuple[str, ...]:
    """What looks like a mistake. Nothing is refused: each of these may be meant."""
    alpha = pixels[..., 3]
    clear = np.count_nonzero(alpha < 128) / alpha.size
    if picture is not None and _is_the_picture(pixels, picture):
        return (join(_SHOWS_ITSELF, _OTHERWISE if clear else ""),)
    if not clear:
        return ()
    selected = np.count_nonzero(coverage >= 128) / coverage.size
    by_alpha_alone = _even(pixels)
    if by_alpha_alone and selected > _MOST:
        return (
            join(
                say("The mask selects {share:.0%} of the picture, by its transparency alone.", share=selected),
                _OTHERWISE,
            ),
        )
    if by_alpha_alone and not selected and 0 < clear < 1:
        return (join("The mask is black wherever it is not transparent.", _OTHERWISE),)
    if not by_alpha_alone and _colourful(pixels):
        return (join("The mask is a picture with a hole: what is bright and opaque in it is selected.", _OTHERWISE),)
    return ()


def _even(pixels: Pixels) -> bool:
    """True when all that shows has about one colour, so that transparency alone makes the shape."""
    shown = pixels[pixels[..., 3] >= 128][:, :3]
    return bool(shown.size == 0 or np.ptp(shown, axis=0).max() <= 8)


def _colourful(pixels: Pixels) -> bool:
    """True when a tenth or more of what shows is neither about black nor about white."""
    shown = pixels[pixels[..., 3] >= 128][:, :3]
    between = ~((shown.max(axis=1) < 48) | (shown.min(axis=1) > 207))
    return bool(np.count_nonzero(between) > 0.1 * len(shown))


def _is_the_picture(pixels: Pixels, picture: Pixels) -> bool:
    """True when the mask has the picture's colours wherever it shows."""
    for rows in strips(len(pixels)):
        seen = pixels[rows, :, 3] >= 128
        apart = np.abs(pixels[rows, :, :3].astype(np.int16) - picture[rows, :, :3]).max(axis=-1)
        if (apart[seen] > 8).any():
            return False
    return bool((pixels[..., 3] >= 128).any()) and not _even(pixels)
