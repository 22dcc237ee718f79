"""Masks as selections: what is white and opaque in a picture is selected."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..shared.errors import BadPicture
from ..shared.geometry import Size
from ..shared.i18n import join, say
from .arrays import from_array
from .pixels import Coverage, Pixels, as_array, as_image, strips
from .reading import decoded, headed
from .sources import PictureLike

_MOST = 0.9
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

    `source` as for `read_picture`, but no profile is applied. A mask whose brightest value is 1 counts as 0 and 1.
    `transparent` takes OpenAI's convention instead: what is transparent is selected, colours do not count. `invert`
    exchanges selected and not selected. `picture` is what the mask is for, to notice one mistaken for the other.
    Raises BadPicture when it has not the picture's `size`, which is seen before it is decoded.
    """
    pixels = _pixels(source, size)
    coverage = _coverage(pixels, transparent=transparent)
    notes = () if transparent else _notes(pixels, coverage, picture)
    return Selection(~coverage if invert else coverage, notes)


def read_coverage(source: PictureLike, size: Size) -> Coverage:
    """The coverage of `read_mask`, as white and opaque selects it."""
    return read_mask(source, size).coverage


def _pixels(source: PictureLike, size: Size) -> Pixels:
    if isinstance(source, np.ndarray):
        marked = source.dtype.kind == "u" and source.size > 0 and bool(source.max() == 1)
        pixels = from_array(source.astype(np.uint8) if marked else source)
        _check_size(Size(pixels.shape[1], pixels.shape[0]), size)
        return pixels
    with headed(source, "The mask") as header:
        _check_size(header.size, size)
        return decoded(header, managed=False).pixels


def _check_size(mask_size: Size, size: Size) -> None:
    if mask_size != size:
        raise BadPicture(
            say("The mask is {found} pixels, but the picture is {size}.", found=mask_size, size=size),
            remedy="Make the mask on the same picture, or scale it to the picture's size.",
        )


def _coverage(pixels: Pixels, *, transparent: bool) -> Coverage:
    if transparent:
        return np.invert(pixels[..., 3])
    out = np.empty(pixels.shape[:2], np.uint8)
    for rows in strips(len(out)):
        bright = as_array(as_image(pixels[rows], "RGBX").convert("RGB").convert("L"))
        wide = bright.astype(np.uint16) * pixels[rows, :, 3] + np.uint16(128)
        out[rows] = (wide + (wide >> 8)) >> 8
    return np.negative(out) if out.max(initial=0) == 1 else out


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
